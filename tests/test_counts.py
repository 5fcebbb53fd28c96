"""Counts at every threshold: judged by scikit-learn, brute force and each other."""

from __future__ import annotations

import json
import re
import warnings
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix, roc_curve

from edutools.counts import ThresholdCounts
from edutools.metrics import difference

CELLS = ("tp", "fp", "fn", "tn")
COUNTS = (*CELLS, "positives", "negatives", "squared_weights")
GRID = np.array([float(f"{k / 1000:.3f}") for k in range(1001)])


def neighbours(grid):
    """Every value of a grid and two floating-point steps on each side, within [0, 1]."""
    down, up = np.nextafter(grid, -1), np.nextafter(grid, 2)
    around = [np.nextafter(down, -1), down, grid, up, np.nextafter(up, 2)]
    return np.clip(np.concatenate(around), 0, 1).astype(grid.dtype)


def same(one, other):
    assert one.groups == other.groups
    assert np.array_equal(one.thresholds, other.thresholds)
    assert one.weighted == other.weighted
    for name in COUNTS:
        assert np.allclose(getattr(one, name), getattr(other, name), rtol=0, atol=1e-9), name


scores = st.one_of(
    st.sampled_from(GRID.tolist()), st.floats(0, 1), st.sampled_from(neighbours(GRID).tolist())
)
rows = st.lists(
    st.tuples(st.booleans(), scores, st.sampled_from("abc"), st.floats(0, 4)), min_size=1, max_size=25
)


def columns(rows):
    y_true, y_score, group, weight = zip(*rows, strict=True)
    return np.array(y_true, dtype=int), np.array(y_score), np.array(group), np.array(weight)


@settings(max_examples=6)
@given(rows=rows, weighted=st.booleans())
def test_counts_are_scikit_learns_confusion_matrix_at_every_threshold(rows, weighted):
    y_true, y_score, group, weight = columns(rows)
    assume(not weighted or weight.any())
    counts = ThresholdCounts.from_predictions(
        y_true, y_score, sensitive_features=group, sample_weight=weight if weighted else None
    )
    for place, name in enumerate(counts.groups):
        mine = group == name
        for column in {*range(0, 1002, 83), 1000, 1001, *(np.searchsorted(GRID, y_score))}:
            expected = confusion_matrix(
                y_true[mine],
                (y_score[mine] >= counts.thresholds[column]).astype(int),
                labels=[0, 1],
                sample_weight=weight[mine] if weighted else None,
            )
            got = [[counts.tn, counts.fp], [counts.fn, counts.tp]]
            assert np.allclose([[cell[place, column] for cell in row] for row in got], expected, atol=1e-9)


def test_counts_are_scikit_learns_confusion_matrix_at_all_1002_thresholds():
    rng = np.random.default_rng(0)
    y_true, y_score = rng.integers(0, 2, 60), rng.choice(neighbours(GRID), 60)
    counts = ThresholdCounts.from_predictions(y_true, y_score)
    for column, threshold in enumerate(counts.thresholds):
        tn, fp, fn, tp = confusion_matrix(y_true, y_score >= threshold, labels=[0, 1]).ravel()
        assert [
            counts.at(threshold).tp[0],
            counts.fp[0, column],
            counts.fn[0, column],
            counts.tn[0, column],
        ] == [
            tp,
            fp,
            fn,
            tn,
        ]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(
    "thresholds", [None, GRID, [*GRID, np.inf], "distinct"], ids=["default", "given", "inf", "distinct"]
)
def test_every_grid_value_and_its_neighbours_are_counted_exactly(dtype, thresholds):
    y_score = neighbours(GRID.astype(dtype))
    y_true = np.arange(len(y_score)) % 2
    counts = ThresholdCounts.from_predictions(y_true, y_score, thresholds=thresholds)
    wide = np.sort(y_score[y_true == 1].astype(np.float64))
    assert np.array_equal(counts.tp[0], len(wide) - np.searchsorted(wide, counts.thresholds, side="left"))
    wide = np.sort(y_score[y_true == 0].astype(np.float64))
    assert np.array_equal(counts.fp[0], len(wide) - np.searchsorted(wide, counts.thresholds, side="left"))


def test_default_thresholds_are_the_literals_and_then_nobody():
    thresholds = ThresholdCounts.from_predictions([0, 1], [0.2, 1.0]).thresholds
    assert np.array_equal(thresholds[:-1], GRID) and thresholds[-1] == np.inf and len(thresholds) == 1002


def test_score_of_one_is_refused_only_at_infinity():
    counts = ThresholdCounts.from_predictions([0, 1], [1.0, 1.0])
    assert (counts.at(1.0).tp[0], counts.at(1.0).fp[0]) == (1, 1)
    assert (counts.at(np.inf).tp[0], counts.at(np.inf).fp[0], counts.at(np.inf).fn[0]) == (0, 0, 1)


def test_distinct_thresholds_give_scikit_learns_roc_curve():
    rng = np.random.default_rng(1)
    y_true, y_score = rng.integers(0, 2, 300), rng.normal(size=300).round(1) + rng.integers(0, 2, 300)
    counts = ThresholdCounts.from_predictions(y_true, y_score, thresholds="distinct")
    false_positive, true_positive, thresholds = roc_curve(y_true, y_score, drop_intermediate=False)
    assert np.array_equal(counts.thresholds, thresholds[::-1])
    assert np.allclose(counts.tp[0] / counts.positives[0], true_positive[::-1])
    assert np.allclose(counts.fp[0] / counts.negatives[0], false_positive[::-1])


@given(rows=rows, more=rows, thresholds=st.sampled_from([None, [0.1, 0.5], [0.2, 0.7, np.inf]]))
def test_merged_counts_are_the_counts_of_all_rows(rows, more, thresholds):
    parts = [columns(rows), columns(more)]
    made = [
        ThresholdCounts.from_predictions(y, s, sensitive_features=g, thresholds=thresholds)
        for y, s, g, _ in parts
    ]
    y, s, g, _ = (np.concatenate(pair) for pair in zip(*parts, strict=True))
    together = ThresholdCounts.from_predictions(y, s, sensitive_features=g, thresholds=thresholds)
    same(made[0] + made[1], together)
    same(made[1] + made[0], together)


def test_merging_keeps_groups_that_one_table_lacks_with_nobody_in_the_other():
    one = ThresholdCounts.from_predictions([0, 1], [0.2, 0.8], sensitive_features=["10", "9"])
    other = ThresholdCounts.from_predictions([1, 1], [0.2, 0.8], sensitive_features=["9", "100"])
    merged = one + other
    assert merged.groups == ("9", "10", "100")
    assert merged.positives.tolist() == [2, 0, 1] and merged.negatives.tolist() == [0, 1, 0]


def test_merging_tables_of_different_thresholds_is_refused():
    one = ThresholdCounts.from_predictions([0, 1], [0.2, 0.8])
    other = ThresholdCounts.from_predictions([0, 1], [0.2, 0.8], thresholds=[0.5])
    with pytest.raises(ValueError, match=r"thresholds are the same, got 0, 0\.001, …, 1, \+inf .* and 0\.5"):
        one + other


def test_merging_weighted_with_unweighted_is_weighted():
    one = ThresholdCounts.from_predictions([0, 1], [0.2, 0.8], sample_weight=[0.5, 2])
    merged = one + ThresholdCounts.from_predictions([0, 1], [0.2, 0.8])
    assert merged.weighted and merged.squared_weights.tolist() == [0.25 + 4 + 2]


@given(rows=rows)
def test_overall_is_the_counts_without_groups(rows):
    y_true, y_score, group, _ = columns(rows)
    grouped = ThresholdCounts.from_predictions(y_true, y_score, sensitive_features=group)
    plain = ThresholdCounts.from_predictions(y_true, y_score)
    same(grouped.overall, plain)
    assert plain.groups == ("all",)
    cells, expected = grouped.at(0.5).overall, plain.at(0.5)
    assert all(np.array_equal(getattr(cells, each), getattr(expected, each)) for each in CELLS)
    assert cells.groups == ("all",) and cells.thresholds.tolist() == [0.5]


def test_overall_of_cells_at_different_thresholds_has_none_of_its_own():
    counts = ThresholdCounts.from_predictions([0, 1, 1], [0.2, 0.8, 0.4], sensitive_features=["m", "w", "w"])
    overall = counts.at({"m": 0.1, "w": 0.5}).overall
    assert np.isnan(overall.thresholds).all() and (overall.tp, overall.fp, overall.fn) == ([1], [1], [1])


@given(rows=rows, weighted=st.booleans(), thresholds=st.sampled_from([None, "distinct", [0.1, 0.5]]))
def test_table_comes_back_from_json_exactly(rows, weighted, thresholds):
    y_true, y_score, group, weight = columns(rows)
    assume(not weighted or weight.any())
    counts = ThresholdCounts.from_predictions(
        y_true,
        y_score,
        sensitive_features=group,
        sample_weight=weight if weighted else None,
        thresholds=thresholds,
    )
    written = json.dumps(counts.to_dict(), allow_nan=False)
    back = ThresholdCounts.from_dict(json.loads(written))
    same(back, counts)
    assert all(getattr(back, name).dtype == getattr(counts, name).dtype for name in COUNTS)
    assert all(np.array_equal(getattr(back, name), getattr(counts, name)) for name in COUNTS)


def test_infinity_is_null_in_json():
    table = ThresholdCounts.from_predictions([0, 1], [0.2, 0.8]).to_dict()
    assert table["thresholds"][-1] is None and table["thresholds"][420] == 0.42


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tp": [[1]]}, r"`tp` must have shape \(1, 1002\), got \(1, 1\)"),
        ({"positives": None}, r"got none named \['positives'\]"),
        ({"tpp": []}, r"`table` must be one of .*Did you mean 'tp'"),
        ({"tp": [[0.5] * 1002]}, "`tp` must hold whole numbers, at least 0, got 0.5"),
        ({"negatives": [-1]}, "`negatives` must hold whole numbers, at least 0, got -1"),
        ({"positives": [[]]}, r"`positives` must have shape \(1,\)"),
        ({"tp": [[0] * 1001 + [1]]}, "`tp` must start at `positives` at most, and never rise"),
        ({"fp": [[2] * 1002]}, "`fp` must start at `negatives` at most, and never rise"),
        ({"groups": [1]}, r"`groups` must hold different texts, at least one, got \[1\]"),
        ({"weighted": "false"}, "`weighted` must be one of"),
    ],
)
def test_malformed_table_is_refused(change, message):
    table = ThresholdCounts.from_predictions([0, 1], [0.2, 0.8]).to_dict() | change
    table = {name: entry for name, entry in table.items() if entry is not None}
    with pytest.raises(ValueError, match=message):
        ThresholdCounts.from_dict(table)


# Labels


@pytest.mark.parametrize(
    ("y_true", "pos_label"),
    [
        ([0, 1, 1, 0], 1),
        ([False, True, True, False], 1),
        ([False, True, True, False], True),
        ([0.0, 1.0, 1.0, 0.0], 1),
        ([-1, 1, 1, -1], 1),
        ([1, 2, 2, 1], 2),
        ([1, 0, 0, 1], 0),
        ([7, 300, 300, 7], 300),
        (["no", "yes", "yes", "no"], "yes"),
        (np.array([0, 1, 1, 0], dtype=np.int8), 1),
        (np.array([0, 1, 1, 0], dtype=np.uint8), 1),
        (np.array([-1, 1, 1, -1], dtype=np.int8), 1),
        (pd.Series(["no", "yes", "yes", "no"]), "yes"),
        (pd.Series(["no", "yes", "yes", "no"], dtype="category"), "yes"),
        (pd.Series([0, 1, 1, 0], dtype="Int64"), 1),
        (pd.Series([False, True, True, False], dtype="boolean"), 1),
        (pl.Series([0, 1, 1, 0]), 1),
        (pl.Series(["no", "yes", "yes", "no"]), "yes"),
        ([[0], [1], [1], [0]], 1),
    ],
)
def test_labels_of_every_type_are_understood(y_true, pos_label):
    counts = ThresholdCounts.from_predictions(y_true, [0.1, 0.9, 0.3, 0.7], pos_label=pos_label)
    cells = counts.at(0.5)
    assert [cells.tp[0], cells.fp[0], cells.fn[0], cells.tn[0]] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("labels", "pos_label", "positives"),
    [
        ([1, 1], 1, 2),
        ([0, 0], 1, 0),
        ([-1, -1], 1, 0),
        ([False], 1, 0),
        ([True], 1, 1),
        ([0.0], 1, 0),
        (["y"], "y", 1),
    ],
)
def test_one_label_alone_is_taken_where_it_is_clear_which(labels, pos_label, positives):
    counts = ThresholdCounts.from_predictions(labels, [0.5] * len(labels), pos_label=pos_label)
    assert counts.positives[0] == positives and counts.negatives[0] == len(labels) - positives


@pytest.mark.parametrize(
    ("labels", "pos_label", "message"),
    [
        ([0, 1, 2], 1, "`y_true` must hold two labels, got more: 0, 1, 2"),
        ([0, 5, 9, 3], 0, "must hold two labels, got more"),
        (["a", "b", "c"], "a", "got more: 'a', 'b', 'c'"),
        ([0.2, 0.5, 0.7], 1, "must hold two labels, got more"),
        ([0, 2], 1, r"`pos_label` must be one of the labels in `y_true`, \[0, 2\], got 1"),
        ([2, 2], 1, r"`pos_label` must be .*, \[2\], got 1"),
        ([0, -1], 1, "got 1"),
        (["no", "yes"], 1, r"\['no', 'yes'\], got 1"),
        (["no", "yes"], "Yes", "got 'Yes'. Did you mean 'yes'"),
        ([0, 1], "1", "got '1'. Did you mean 1"),
        (["no", "no"], "yes", r"\['no'\], got 'yes'"),
        ([False, True], 2, r"\[False, True\], got 2"),
        ([0, None], 1, "`y_true` must have a label in every row, got 1 row with none"),
        ([0, float("nan")], 1, "`y_true` must have a label in every row"),
        (["no", None], "no", "`y_true` must have a label in every row"),
        ([], 1, "`y_true` must have at least one row, got none"),
        ([[0, 1], [1, 0]], 1, r"`y_true` must have one dimension, got shape \(2, 2\)"),
    ],
)
def test_labels_that_are_not_two_with_a_positive_one_are_refused(labels, pos_label, message):
    with pytest.raises(ValueError, match=message):
        ThresholdCounts.from_predictions(labels, [0.5] * max(1, len(labels)), pos_label=pos_label)


# Scores, thresholds, weights


@pytest.mark.parametrize(
    ("y_score", "message"),
    [
        ([0.1, float("nan")], "`y_score` must be finite, got nan in row 1"),
        ([float("inf"), 0.1], "`y_score` must be finite, got inf in row 0"),
        ([0.1, -0.01], r"`y_score` must lie in \[0, 1\] with the default thresholds, got -0.01 in row 1"),
        ([1.0000000001, 2.0], r"\[0, 1\].*got 1.0000000001 in row 0 and 1 more.*`thresholds` of your own"),
        ([0.1, None], "`y_score` must be finite, got nan in row 1"),
        (["a", "b"], "`y_score` must hold numbers, got 'a'"),
        (["0.1", "0.2"], "`y_score` must hold numbers, got '0.1'"),
        ([0.1], "`y_score` must have 2 rows as `y_true` has, got 1"),
        ([], "`y_score` must have at least one row, got none"),
        ([[0.1, 0.9], [0.2, 0.8]], r"`y_score` must have one dimension, got shape \(2, 2\)"),
    ],
)
def test_scores_that_cannot_be_counted_are_refused(y_score, message):
    with pytest.raises(ValueError, match=message):
        ThresholdCounts.from_predictions([0, 1], y_score)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("thresholds", [[0.5], "distinct"])
def test_score_that_is_not_finite_is_refused_on_any_grid(bad, thresholds):
    with pytest.raises(ValueError, match="`y_score` must be finite"):
        ThresholdCounts.from_predictions([0, 1], [0.1, bad], thresholds=thresholds)


def test_bad_score_far_down_a_long_column_is_found():
    y_score = np.full(100_000, 0.5)
    y_score[77_777] = np.nan
    with pytest.raises(ValueError, match="got nan in row 77777"):
        ThresholdCounts.from_predictions(np.ones(100_000), y_score)


def test_scores_outside_the_unit_interval_are_counted_on_a_grid_of_ones_own():
    counts = ThresholdCounts.from_predictions([0, 1, 1], [-3.0, 0.0, 12.5], thresholds=[-3, 0.5, 20])
    assert counts.tp.tolist() == [[2, 1, 0]] and counts.fp.tolist() == [[1, 0, 0]]


@pytest.mark.parametrize(
    ("thresholds", "message"),
    [
        ([0.1, 0.1], "`thresholds` must increase, got 0.1 and then 0.1"),
        ([0.5, 0.1], "`thresholds` must increase, got 0.5 and then 0.1"),
        ([0.1, float("nan")], "`thresholds` must be finite"),
        ([-float("inf"), 0.1], "`thresholds` must be finite"),
        ([], "`thresholds` must have one dimension and a value"),
        ([[0.1, 0.2]], r"`thresholds` must have one dimension and a value, got shape \(1, 2\)"),
        (101, "`thresholds` must have one dimension"),
        ("distnct", r"`thresholds` must be one of \['distinct'\], got 'distnct'. Did you mean 'distinct'"),
        (["a"], "`thresholds` must be numbers or 'distinct'"),
    ],
)
def test_thresholds_that_are_no_increasing_grid_are_refused(thresholds, message):
    with pytest.raises(ValueError, match=message):
        ThresholdCounts.from_predictions([0, 1], [0.1, 0.2], thresholds=thresholds)


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        ([1, -0.5], "`sample_weight` must be finite and at least 0, got -0.5 in row 1"),
        ([1, float("nan")], "`sample_weight` must be finite and at least 0, got nan in row 1"),
        ([float("inf"), 1], "got inf in row 0"),
        ([0, 0], "`sample_weight` must be above 0 somewhere"),
        ([1], "`sample_weight` must have 2 rows as `y_true` has, got 1"),
        (["a", "b"], "`sample_weight` must hold numbers, got 'a'"),
    ],
)
def test_weights_that_cannot_be_are_refused(weight, message):
    with pytest.raises(ValueError, match=message):
        ThresholdCounts.from_predictions([0, 1], [0.1, 0.2], sample_weight=weight)


def test_weights_are_summed_and_their_squares_kept_by_group():
    counts = ThresholdCounts.from_predictions(
        [0, 1, 1], [0.1, 0.6, 0.2], sensitive_features=["a", "b", "b"], sample_weight=[2, 0.5, 3]
    )
    assert counts.weighted and counts.squared_weights.tolist() == [4, 9.25]
    assert counts.at(0.5).tp.tolist() == [0, 0.5] and counts.at(0.5).fn.tolist() == [0, 3]


def test_rows_are_their_own_squared_weights_without_weights():
    counts = ThresholdCounts.from_predictions([0, 1, 1], [0.1, 0.6, 0.2], sensitive_features=["a", "b", "b"])
    assert not counts.weighted and counts.squared_weights.tolist() == [1, 2]
    assert counts.tp.dtype == np.int64


# One threshold, or one for each group


def test_each_group_has_the_threshold_it_was_given():
    counts = ThresholdCounts.from_predictions(
        [1, 1, 1, 0], [0.42, 0.41, 0.5, 0.6], sensitive_features=["women", "women", "men", "men"]
    )
    cells = counts.at({"women": 0.42, "men": np.inf})
    assert cells.groups == ("men", "women")
    assert cells.thresholds.tolist() == [np.inf, 0.42]
    assert (cells.tp.tolist(), cells.fn.tolist(), cells.tn.tolist()) == ([0, 1], [1, 1], [1, 0])


def test_every_three_decimal_literal_is_on_the_default_grid():
    counts = ThresholdCounts.from_predictions([0, 1], [0.2, 0.8])
    for literal in (0.42, 0.1 + 0.0, 0.007, 0.999, 1, 0, True * 1.0, np.float64(0.58), np.int64(1)):
        assert counts.at(literal).thresholds[0] == literal


@pytest.mark.parametrize(
    ("threshold", "message"),
    [
        (
            0.4205,
            r"`threshold` must be one of 0, 0\.001, …, 1, \+inf .*, got 0\.4205\. Nearest: 0\.42 and 0\.421",
        ),
        (0.1 + 0.2, r"Nearest: 0\.3 and 0\.301"),
        (1.5, r"got 1\.5\. Nearest: 1 and \+inf"),
        (-0.1, r"got -0\.1\. Nearest: 0\.$"),
        (float("nan"), "`threshold` must be a number, or"),
        ("0.5", "`threshold` must be a number, or .* got '0.5'"),
        (None, "`threshold` must be a number"),
        (True, "`threshold` must be a number"),
        ({"women": 0.5}, r"`threshold` must have one for every group, got none for \['men'\]"),
        (
            {"women": 0.5, "men": 0.5, "Men": 0.5},
            r"must be one of \['men', 'women'\], got 'Men'. Did you mean 'men'",
        ),
        ({"women": 0.5, "men": 0.12345}, "Nearest: 0.123 and 0.124"),
    ],
)
def test_threshold_off_the_grid_or_of_an_unknown_group_is_refused(threshold, message):
    counts = ThresholdCounts.from_predictions([0, 1], [0.2, 0.8], sensitive_features=["men", "women"])
    with pytest.raises(ValueError, match=message):
        counts.at(threshold)


# Groups


def groups_of(features, n=4):
    return ThresholdCounts.from_predictions(
        np.arange(n) % 2, np.linspace(0, 1, n), sensitive_features=features
    ).groups


@pytest.mark.parametrize(
    ("features", "groups"),
    [
        (None, ("all",)),
        (["b", "a", "b", "a"], ("a", "b")),
        ([10, 9, 100, 9], ("9", "10", "100")),
        (np.array([10, 9, 100, 9], dtype=np.int64), ("9", "10", "100")),
        (np.array([-3, 2, -3, 0], dtype=np.int8), ("-3", "0", "2")),
        (np.array([-128, 127, 0, 0], dtype=np.int8), ("-128", "0", "127")),
        (np.array([250, 251, 255, 250], dtype=np.uint8), ("250", "251", "255")),
        ([True, False, True, True], ("False", "True")),
        ([2.5, 0.5, 10.0, 0.5], ("0.5", "2.5", "10.0")),
        (["25-34", "100+", "5-9", "25-34"], ("5-9", "25-34", "100+")),
        (pd.Series(["b", "a", "b", "a"], index=[7, 8, 9, 3]), ("a", "b")),
        (
            pd.Categorical(["low", "high", "mid", "low"], categories=["low", "mid", "high", "none"]),
            ("low", "mid", "high"),
        ),
        (pd.Series(pd.Categorical(["b", "a", "b", "a"], categories=["b", "a"])), ("b", "a")),
        (pl.Series(["b", "a", "b", "a"]), ("a", "b")),
        (pd.to_datetime(["2024-01-02", "2024-01-01", "2024-01-02", "2024-01-01"]), None),
        (("b", "a", "b", "a"), ("a", "b")),
        (iter("abab"), ("a", "b")),
    ],
)
def test_groups_come_from_any_column_in_natural_order(features, groups):
    if groups is None:
        assert [name[:10] for name in groups_of(features)] == ["2024-01-01", "2024-01-02"]
    else:
        assert groups_of(features) == groups


INTERSECTIONS = ("f, 9", "f, 10", "m, 9", "m, 10")


@pytest.mark.parametrize(
    "features",
    [
        [["f", "m", "f", "m"], [9, 10, 10, 9]],
        (np.array(["f", "m", "f", "m"]), pd.Series([9, 10, 10, 9])),
        pd.DataFrame({"sex": ["f", "m", "f", "m"], "age": [9, 10, 10, 9]}),
        pl.DataFrame({"sex": ["f", "m", "f", "m"], "age": [9, 10, 10, 9]}),
        {"sex": ["f", "m", "f", "m"], "age": [9, 10, 10, 9]},
        np.array([["f", 9], ["m", 10], ["f", 10], ["m", 9]], dtype=object),
    ],
    ids=["lists", "columns", "pandas", "polars", "mapping", "array"],
)
def test_several_features_make_intersectional_groups(features):
    assert groups_of(features) == INTERSECTIONS


def test_only_combinations_that_some_row_has_are_groups():
    assert groups_of([["f", "m", "f", "m"], [1, 2, 1, 2]]) == ("f, 1", "m, 2")


@pytest.mark.parametrize(
    ("features", "groups", "missing"),
    [
        (["b", None, "a", None], ("a", "b", "missing"), 2),
        ([1.0, float("nan"), 2.0, 1.0], ("1.0", "2.0", "missing"), 1),
        (pd.Series([1, None, 2, 1], dtype="Int64"), ("1", "2", "missing"), 1),
        (pl.Series([1, None, 2, 1]), ("1", "2", "missing"), 1),
        (pd.Categorical(["z", None, "a", "a"], categories=["z", "a"]), ("z", "a", "missing"), 1),
        ([["z", None, "y", "y"], [1, 1, 2, 2]], ("y, 2", "z, 1", "missing, 1"), 1),
        (["zz", None, "missing-ish", "zz"], ("missing-ish", "zz", "missing"), 1),
    ],
)
def test_missing_group_values_are_a_group_of_their_own_and_said(features, groups, missing):
    with pytest.warns(UserWarning, match=f"{missing} missing value.*kept as a group named 'missing'") as said:
        assert groups_of(features) == groups
    assert said[0].filename.endswith("test_counts.py")


@pytest.mark.parametrize("features", [["a", "b", "a", "b"], [0, 1, 0, 1], None])
def test_nothing_is_said_where_nothing_is_missing(features):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        groups_of(features)


@pytest.mark.parametrize(
    "features",
    [
        [1, "1", 2, 2],
        ["missing", None, "a", "a"],
        [["a, b", "a", "x", "x"], ["c", "b, c", "y", "y"]],
        pd.Series([1, "1", 2, 2], dtype=object),
    ],
)
@pytest.mark.filterwarnings("ignore:`sensitive_features` has")
def test_different_values_that_read_alike_are_refused(features):
    with pytest.raises(ValueError, match="`sensitive_features` must have values that read differently"):
        groups_of(features)


@pytest.mark.parametrize(
    "features",
    [
        ["a", "b"],
        [["a", "b", "a", "b"], [1, 2]],
        pd.DataFrame({"a": [1, 2]}),
        np.zeros((4, 2, 2)),
        pd.DataFrame(index=range(4)),
    ],
)
def test_features_of_another_shape_are_refused(features):
    with pytest.raises(ValueError, match="`sensitive_features` must have"):
        groups_of(features)


def test_markup_in_a_group_name_stays_text():
    name = "<img src=x onerror=alert(1)>"
    assert name in groups_of([name, "a", "a", "a"])


def test_group_of_one_row_is_counted():
    counts = ThresholdCounts.from_predictions([1, 0, 1], [0.9, 0.2, 0.4], sensitive_features=["a", "b", "b"])
    cells = counts.at(0.5)
    assert [cells.tp[0], cells.fp[0], cells.fn[0], cells.tn[0]] == [1, 0, 0, 0]


@settings(max_examples=40)
@given(
    codes=st.lists(st.integers(-100, 100), min_size=1, max_size=60),
    dtype=st.sampled_from([np.int8, np.int16, np.int64, np.float32, object, str]),
)
def test_every_coding_of_the_same_groups_gives_the_same_counts(codes, dtype):
    y_true, y_score = np.arange(len(codes)) % 2, np.linspace(0, 1, len(codes))
    coded = np.array(codes).astype(dtype)
    counts = ThresholdCounts.from_predictions(y_true, y_score, sensitive_features=coded)
    assert [float(group) for group in counts.groups] == sorted(set(codes))
    for place, group in enumerate(counts.groups):
        mine = np.array(codes) == float(group)
        assert counts.at(0.5).tp[place] == (y_true[mine] * (y_score[mine] >= 0.5)).sum()
        assert counts.negatives[place] == (1 - y_true[mine]).sum()


def test_inputs_are_left_as_they_were_and_the_grid_cannot_be_written():
    y_true, y_score = np.array([0, 1], dtype=np.int8), np.array([0.2, 0.8])
    group = np.array([3, 5], dtype=np.int8)
    counts = ThresholdCounts.from_predictions(y_true, y_score, sensitive_features=group)
    assert (y_true.tolist(), y_score.tolist(), group.tolist()) == ([0, 1], [0.2, 0.8], [3, 5])
    with pytest.raises(ValueError, match="read-only"):
        counts.thresholds[0] = 7


# An estimator; a picture; a text


def test_estimator_is_asked_for_the_scores_of_its_positive_label():
    X = np.arange(20.0).reshape(-1, 1)
    y = np.where(np.arange(20) > 9, "yes", "no")
    model = LogisticRegression().fit(X, y)
    for pos_label, column in (("no", 0), ("yes", 1)):
        got = ThresholdCounts.from_estimator(model, X, y, sensitive_features=y, pos_label=pos_label)
        expected = ThresholdCounts.from_predictions(
            y, model.predict_proba(X)[:, column], sensitive_features=y, pos_label=pos_label
        )
        same(got, expected)


def test_plot_draws_each_groups_rates_and_roc_curve():
    matplotlib.use("Agg")
    y, s = np.array([0, 1, 1, 0, 1]), np.array([0.1, 0.6, 0.3, 0.9, 1.0])
    counts = ThresholdCounts.from_predictions(y, s, sensitive_features=list("abaab"))
    rates, roc = counts.plot()
    assert [line.get_label() for line in roc.lines[1:]] == ["a", "b"]
    assert np.array_equal(roc.lines[1].get_ydata(), counts.tp[0] / counts.positives[0])
    assert len(rates.lines) == 4 and len(rates.lines[0].get_xdata()) == 1001
    (only,) = counts.plot(rates, metrics=["accuracy"])
    assert only is rates and rates.lines[-1].get_label() == "Accuracy, b"
    matplotlib.pyplot.close("all")


def test_plot_refuses_what_it_cannot_draw():
    counts = ThresholdCounts.from_predictions([0, 1], [0.2, 0.8])
    with pytest.raises(ValueError, match=r"`metric` must be one of .* Did you mean 'true_positive_rate'"):
        counts.plot(metrics=["tpr"])
    with pytest.raises(ValueError, match="`metrics` must have 1 to 4 names, got 0"):
        counts.plot(metrics=[])
    matplotlib.pyplot.close("all")


def test_text_form_states_its_numbers():
    counts = ThresholdCounts.from_predictions([0, 1, 1], [0.2, 0.8, 0.1], sensitive_features=["a", "b", "b"])
    assert repr(counts) == "ThresholdCounts(rows: a 1, b 2; thresholds: 0, 0.001, …, 1, +inf (nobody))"
    assert re.search(r"b: threshold 0\.5, tp 1, fp 0, fn 1, tn 0", repr(counts.at(0.5)))


# Names that numpy made, and what is almost right


@pytest.mark.parametrize("value", [True, False])
def test_a_truth_value_that_no_row_has_makes_no_group(value):
    counts = ThresholdCounts.from_predictions([0, 1], [0.2, 0.8], sensitive_features=np.array([value, value]))
    assert counts.groups == (str(value),)


def test_a_groups_name_may_be_a_text_of_numpy():
    group = np.array(["a", "b", "b"])
    counts = ThresholdCounts.from_predictions([0, 1, 1], [0.2, 0.8, 0.4], sensitive_features=group)
    cells = counts.at(dict.fromkeys(np.unique(group), 0.5))
    assert cells.tp.tolist() == [0, 1]
    gap = difference(cells, np.str_("accuracy"), reference=group[0])
    assert gap == difference(cells, "accuracy", reference="a")


def test_weights_whose_squares_overflow_are_refused():
    with pytest.raises(ValueError, match="`sample_weight` must have squares that add up"):
        ThresholdCounts.from_predictions([0, 1], [0.2, 0.8], sample_weight=[1e200, 1])


def test_a_warning_of_missing_groups_names_the_callers_own_line():
    with pytest.warns(UserWarning, match="kept as a group named 'missing'") as caught:
        ThresholdCounts.from_predictions([0, 1], [0.2, 0.8], sensitive_features=["a", None])
    assert [Path(each.filename).name for each in caught] == [Path(__file__).name]


@pytest.mark.parametrize("name", ["$x^$", "_hidden", "__proto__", r"\frac{", "a\nb", "\u202ex"])
def test_a_plot_names_each_group_as_it_is(name):
    counts = ThresholdCounts.from_predictions(
        [0, 1] * 20, np.linspace(0, 1, 40), sensitive_features=[name, "b"] * 20
    )
    rates, roc = counts.plot()
    rates.figure.canvas.draw()
    shown = [each.get_text() for each in roc.get_legend().get_texts()]
    assert shown == list(counts.groups)
    assert f"True positive rate, {name}" in [each.get_text() for each in rates.get_legend().get_texts()]
    matplotlib.pyplot.close("all")


def test_a_group_without_positives_leaves_its_rate_out_of_the_plot():
    counts = ThresholdCounts.from_predictions(
        [0, 0, 1, 0], [0.1, 0.2, 0.8, 0.4], sensitive_features=list("aabb")
    )
    rates, _ = counts.plot()
    rates.figure.canvas.draw()
    assert np.isnan(rates.lines[0].get_ydata()).all()
    matplotlib.pyplot.close("all")
