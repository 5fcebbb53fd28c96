"""Counts of a table by its own engine: the same as those of the columns, on every engine."""

from __future__ import annotations

import warnings

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from edutools.counts import ThresholdCounts
from tests.test_counts import COUNTS, GRID, neighbours, same, scores

ENGINES = {
    "pandas": lambda table: table.to_pandas(),
    "pandas on arrow": lambda table: table.to_pandas(types_mapper=pd.ArrowDtype),
    "polars": pl.from_arrow,
    "polars lazy": lambda table: pl.from_arrow(table).lazy(),
    "pyarrow": lambda table: table,
    "duckdb": duckdb.from_arrow,
}

engines = pytest.mark.parametrize("engine", ENGINES)


def counted(engine, table, **asked):
    return ThresholdCounts.from_frame(ENGINES[engine](pa.table(table)), y_true="y", y_score="s", **asked)


rows = st.lists(
    st.tuples(
        st.integers(0, 1), scores, st.sampled_from(["a", "b", "c d"]), st.integers(-1, 2), st.floats(0, 4)
    ),
    min_size=1,
    max_size=25,
)


def table_of(rows):
    return dict(zip(("y", "s", "g", "h", "w"), map(np.array, zip(*rows, strict=True)), strict=True))


@engines
@settings(max_examples=12)
@given(rows=rows, weighted=st.booleans(), thresholds=st.sampled_from([None, "distinct", [0.1, 0.5], [*GRID]]))
def test_counts_of_a_frame_are_those_of_its_columns(engine, rows, weighted, thresholds):
    table = table_of(rows)
    assume(not weighted or table["w"].any())
    asked = {
        "sensitive_features": ["g", "h"],
        "sample_weight": "w" if weighted else None,
        "thresholds": thresholds,
    }
    expected = ThresholdCounts.from_predictions(
        table["y"],
        table["s"],
        sensitive_features=[table["g"], table["h"]],
        sample_weight=table["w"] if weighted else None,
        thresholds=thresholds,
    )
    same(counted(engine, table, **asked), expected)


@engines
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(
    "thresholds", [None, [*GRID, np.inf], "distinct"], ids=["default", "given", "distinct"]
)
def test_every_engine_is_exact_at_the_grid_and_its_neighbours(engine, dtype, thresholds):
    s = neighbours(GRID.astype(dtype))
    y = np.arange(len(s)) % 2
    counts = counted(engine, {"y": y, "s": s}, thresholds=thresholds)
    for label, cells in ((1, counts.tp), (0, counts.fp)):
        wide = np.sort(s[y == label].astype(np.float64))
        assert np.array_equal(cells[0], len(wide) - np.searchsorted(wide, counts.thresholds, side="left"))
    assert counts.groups == ("all",) and counts.tp.dtype == np.int64


@engines
def test_labels_and_groups_of_every_type_are_understood(engine):
    table = {"y": ["no", "yes", "yes"], "s": [0, 1, 1], "g": [10, 9, 10], "b": [True, False, True]}
    counts = counted(engine, table, sensitive_features=["g", "b"], pos_label="yes")
    assert counts.groups == ("9, False", "10, True")
    assert counts.positives.tolist() == [1, 1]


@engines
@pytest.mark.parametrize("labels", [[False, True, True], [0.0, 1.0, 1.0], [-1, 1, 1], [0, 0, 0]])
def test_labels_may_be_numbers_or_booleans_or_one_alone(engine, labels):
    counts = counted(engine, {"y": labels, "s": [0.2, 0.5, 0.7]})
    assert counts.positives[0] == sum(label == 1 for label in labels)


@engines
def test_missing_group_values_are_a_group_of_their_own_and_said(engine):
    table = {"y": [0, 1, 1, 0, 1], "s": [0.1, 0.2, 0.3, 0.4, 0.4], "g": ["a", None, "b", None, None]}
    with pytest.warns(UserWarning, match="3 missing values: kept as a group named 'missing'") as said:
        counts = counted(engine, table, sensitive_features="g")
    assert counts.groups == ("a", "b", "missing") and counts.positives.tolist() == [0, 1, 2]
    assert said[0].filename.endswith("test_counts_from_frame.py")


def test_categories_keep_their_own_order():
    frame = pd.DataFrame({"y": [0, 1, 1], "s": [0.1, 0.2, 0.3], "g": ["low", "high", "low"]})
    frame["g"] = pd.Categorical(frame["g"], categories=["low", "mid", "high"])
    assert ThresholdCounts.from_frame(frame, y_true="y", y_score="s", sensitive_features="g").groups == (
        "low",
        "high",
    )


@engines
@pytest.mark.parametrize("thresholds", [None, [0.5], "distinct"], ids=["default", "given", "distinct"])
@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf"), None])
def test_score_that_is_not_finite_is_refused(engine, bad, thresholds):
    table = {"y": [0, 1, 1], "s": pa.array([0.2, bad, bad], pa.float64(), from_pandas=False)}
    with pytest.raises(ValueError, match=r"`y_score` must .*, got another value or none in 2 rows"):
        counted(engine, table, thresholds=thresholds)


@engines
@pytest.mark.parametrize("bad", [-0.001, 1.0000001, -1.0, 2.0, 5e-324 * -1])
def test_score_outside_the_unit_interval_is_refused_on_the_default_grid(engine, bad):
    with pytest.raises(
        ValueError, match=r"`y_score` must lie in \[0, 1\] with the default thresholds, .* 1 row\."
    ):
        counted(engine, {"y": [0, 1], "s": [0.5, bad]})
    assert counted(engine, {"y": [0, 1], "s": [0.5, bad]}, thresholds=[-3, 3]).tn[0].tolist() == [0, 1]


@engines
@pytest.mark.parametrize("bad", [float("nan"), float("inf"), None, -0.5])
def test_weight_that_cannot_be_is_refused(engine, bad):
    table = {"y": [0, 1], "s": [0.5, 0.5], "w": pa.array([1.0, bad], pa.float64(), from_pandas=False)}
    with pytest.raises(ValueError, match="`sample_weight` must be finite and at least 0 in every row"):
        counted(engine, table, sample_weight="w")


@engines
@pytest.mark.parametrize(
    ("table", "asked", "message"),
    [
        ({"y": [0, 1, 2], "s": [0.1, 0.2, 0.3]}, {}, "`y_true` must hold two labels, got more"),
        ({"y": [0, 2], "s": [0.1, 0.2]}, {}, "`pos_label` must be one of the labels"),
        ({"y": [0, None], "s": [0.1, 0.2]}, {}, "`y_true` must have a label in every row"),
        ({"y": [0, 1], "s": ["a", "b"]}, {}, "`y_score` must name a column of numbers, got one of String"),
        ({"y": [0, 1], "s": [0.1, 0.2], "w": [0, 0]}, {"sample_weight": "w"}, "above 0 somewhere"),
        ({"y": [0, 1], "s": [0.1, 0.2]}, {"thresholds": [0.5, 0.1]}, "`thresholds` must increase"),
        (
            {"y": [0, 1], "s": [0.1, 0.2]},
            {"sensitive_features": "S"},
            r"`sensitive_features` must be one of \['y', 's'\]",
        ),
        (
            {"Y": [0, 1], "s": [0.1, 0.2]},
            {},
            r"`y_true` must be one of \['Y', 's'\], got 'y'. Did you mean 'Y'",
        ),
        (
            {"y": pa.array([], pa.int64()), "s": pa.array([], pa.float64())},
            {},
            "`frame` must have at least one row",
        ),
    ],
)
def test_table_that_cannot_be_counted_is_refused(engine, table, asked, message):
    with pytest.raises(ValueError, match=message):
        counted(engine, table, **asked)


def test_what_is_no_table_is_refused():
    with pytest.raises(TypeError):
        ThresholdCounts.from_frame([1, 2], y_true="y", y_score="s")


def test_lazy_frame_is_run_once_and_only_its_groups_are_collected(monkeypatch):
    collected = []
    collect = nw.LazyFrame.collect

    def recorded(self, *args, **kwargs):
        result = collect(self, *args, **kwargs)
        collected.append(len(result))
        return result

    monkeypatch.setattr(nw.LazyFrame, "collect", recorded)
    n = 50_000
    frame = pl.DataFrame({"y": np.arange(n) % 2, "s": np.arange(n) / n, "g": np.arange(n) % 3}).lazy()
    counts = ThresholdCounts.from_frame(frame, y_true="y", y_score="s", sensitive_features="g")
    assert counts.positives.sum() == n / 2
    assert len(collected) == 1 and collected[0] <= 1001 * 2 * 3


@engines
def test_columns_may_have_any_name(engine):
    table = pa.table({"score": [0, 1], 'a "b" c': [0.2, 0.8], "label": ["x", "y"], "rows": [1.0, 2.0]})
    asked = {"sensitive_features": "label", "sample_weight": "rows"}
    counts = ThresholdCounts.from_frame(ENGINES[engine](table), y_true="score", y_score='a "b" c', **asked)
    assert counts.groups == ("x", "y") and counts.squared_weights.tolist() == [1, 4]


@engines
def test_counts_of_parts_read_apart_add_up(engine):
    rng = np.random.default_rng(0)
    table = {"y": rng.integers(0, 2, 500), "s": rng.random(500), "g": rng.choice(["a", "b"], 500)}
    parts = [
        counted(engine, {name: column[part] for name, column in table.items()}, sensitive_features="g")
        for part in (slice(0, 123), slice(123, None))
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        whole = counted(engine, table, sensitive_features="g")
    merged = parts[0] + parts[1]
    assert all(np.array_equal(getattr(merged, name), getattr(whole, name)) for name in COUNTS)
