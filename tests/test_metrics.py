"""Rates and gaps between groups: judged by exact fractions, scikit-learn and fairlearn."""

from __future__ import annotations

import copy
import json
import pickle
import re

import numpy as np
import pytest
from fairlearn import metrics as fairlearn_metrics
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sklearn_metrics

from edutools import metrics
from edutools.counts import Cells, ThresholdCounts
from edutools.metrics import METRICS, Undefined, difference, rate, ratio, undefined_reasons
from tests.make_cases import CASES, RATES

CELLS = ("tp", "fp", "fn", "tn")


def cells_of(*groups, squared_weights=None, weighted=False):
    """Cells of groups given as (tp, fp, fn, tn), named a, b, c …"""
    columns = np.array(groups, dtype=float if weighted else np.int64).T
    return Cells(
        groups=tuple("abcdefghijkl"[: len(groups)]),
        **dict(zip(CELLS, columns, strict=True)),
        thresholds=np.full(len(groups), 0.5),
        squared_weights=columns.sum(axis=0) if squared_weights is None else np.array(squared_weights),
        weighted=weighted,
    )


def read_cases():
    return json.loads(CASES.read_text(encoding="utf-8"))


def cells_of_case(case):
    return cells_of(
        *(tuple(each[cell] for cell in CELLS) for each in case["cells"]),
        squared_weights=case["squared_weights"],
        weighted=case["weighted"],
    )


def close(value, expected):
    return np.isnan(value) if expected is None else value == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("case", read_cases(), ids=lambda case: case["name"])
def test_every_metric_has_the_value_of_the_exact_fractions(case):
    cells = cells_of_case(case)
    first = cells.groups[0]
    for metric in METRICS:
        expected = case["expected"][metric]
        assert all(map(close, rate(cells, metric), expected["rates"])), metric
        assert close(difference(cells, metric), expected["difference"]), metric
        assert close(ratio(cells, metric), expected["ratio"]), metric
        assert close(difference(cells, metric, reference=first), expected["difference_to_first"]), metric
        assert close(ratio(cells, metric, reference=first), expected["ratio_to_first"]), metric


def test_cases_cover_every_metric_of_the_file():
    assert all(set(case["expected"]) == set(METRICS) == set(RATES) for case in read_cases())


people = st.lists(
    st.tuples(st.booleans(), st.booleans(), st.sampled_from("abc"), st.integers(1, 4)),
    min_size=1,
    max_size=30,
)

SKLEARN = {
    "accuracy": sklearn_metrics.accuracy_score,
    "precision": sklearn_metrics.precision_score,
    "true_positive_rate": sklearn_metrics.recall_score,
    "f1_score": sklearn_metrics.f1_score,
    "error_rate": sklearn_metrics.zero_one_loss,
    "negative_predictive_value": lambda y, p, **kw: sklearn_metrics.precision_score(y, p, pos_label=0, **kw),
    "true_negative_rate": lambda y, p, **kw: sklearn_metrics.recall_score(y, p, pos_label=0, **kw),
}


def as_columns(people):
    y_true, y_pred, group, weight = (np.array(column) for column in zip(*people, strict=True))
    return y_true.astype(int), y_pred.astype(int), group, weight.astype(float)


@pytest.mark.parametrize("metric", SKLEARN)
@pytest.mark.parametrize("weighted", [False, True])
@settings(max_examples=40)
@given(people=people)
def test_rates_are_scikit_learns_wherever_they_are_defined(metric, weighted, people):
    y_true, y_pred, group, weight = as_columns(people)
    weight = weight if weighted else None
    counts = ThresholdCounts.from_predictions(y_true, y_pred, sensitive_features=group, sample_weight=weight)
    cells = counts.at(0.5)
    for name, value in zip(cells.groups, rate(cells, metric), strict=True):
        rows = group == name
        kept = {} if weight is None else {"sample_weight": weight[rows]}
        if metric not in ("accuracy", "error_rate"):
            kept["zero_division"] = np.nan
        assert value == pytest.approx(SKLEARN[metric](y_true[rows], y_pred[rows], **kept), nan_ok=True)


@given(people=people)
def test_balanced_accuracy_is_scikit_learns_where_both_labels_are_present(people):
    y_true, y_pred, _, _ = as_columns(people)
    value = rate(ThresholdCounts.from_predictions(y_true, y_pred).at(0.5), "balanced_accuracy")[0]
    if len(set(y_true)) < 2:
        assert np.isnan(value)
    else:
        assert value == pytest.approx(sklearn_metrics.balanced_accuracy_score(y_true, y_pred))


FAIRLEARN = (
    "selection_rate",
    "true_positive_rate",
    "false_positive_rate",
    "true_negative_rate",
    "false_negative_rate",
)


@pytest.mark.parametrize("metric", FAIRLEARN)
@settings(max_examples=20)
@given(people=people)
def test_rates_differences_and_ratios_are_fairlearns_where_every_group_has_both_labels(metric, people):
    y_true, y_pred, group, _ = as_columns(people)
    # One of each label in every group, so that fairlearn's 0 for an undefined rate does not arise.
    y_true, y_pred = np.append(y_true, [0, 1] * 3), np.append(y_pred, [0, 1, 1, 0, 1, 1])
    group = np.append(group, list("aabbcc"))
    frame = fairlearn_metrics.MetricFrame(
        metrics=getattr(fairlearn_metrics, metric), y_true=y_true, y_pred=y_pred, sensitive_features=group
    )
    cells = ThresholdCounts.from_predictions(y_true, y_pred, sensitive_features=group).at(0.5)
    assert rate(cells, metric) == pytest.approx(frame.by_group.to_numpy(dtype=float))
    assert rate(cells.overall, metric)[0] == pytest.approx(frame.overall)
    assert difference(cells, metric) == pytest.approx(frame.difference(method="between_groups"))
    assert float(ratio(cells, metric)) == pytest.approx(frame.ratio(method="between_groups"), nan_ok=True)


def test_rate_has_a_column_for_each_threshold():
    counts = ThresholdCounts.from_predictions(
        [0, 1, 1, 0], [0.1, 0.6, 0.3, 0.9], sensitive_features=list("abab")
    )
    rates = rate(counts, "selection_rate")
    assert rates.shape == (2, 1002)
    for threshold in (0.0, 0.25, 0.6, 1.0, np.inf):
        column = list(counts.thresholds).index(threshold)
        assert np.array_equal(rates[:, column], rate(counts.at(threshold), "selection_rate"))


def test_group_without_positives_has_undefined_true_positive_rate_and_says_so():
    cells = cells_of((0, 3, 0, 9), (5, 2, 3, 10))
    assert np.isnan(rate(cells, "true_positive_rate")[0])
    assert undefined_reasons(cells, "true_positive_rate") == {"a": "a has no positives"}
    assert undefined_reasons(cells, "false_positive_rate") == {}


@pytest.mark.parametrize(
    ("metric", "cells", "reason"),
    [
        ("selection_rate", (0, 0, 0, 0), "a has no rows"),
        ("true_positive_rate", (0, 1, 0, 1), "a has no positives"),
        ("false_negative_rate", (0, 1, 0, 1), "a has no positives"),
        ("false_positive_rate", (1, 0, 1, 0), "a has no negatives"),
        ("true_negative_rate", (1, 0, 1, 0), "a has no negatives"),
        ("precision", (0, 0, 1, 1), "nobody in a is predicted positive"),
        ("false_discovery_rate", (0, 0, 1, 1), "nobody in a is predicted positive"),
        ("negative_predictive_value", (1, 1, 0, 0), "nobody in a is predicted negative"),
        ("false_omission_rate", (1, 1, 0, 0), "nobody in a is predicted negative"),
        ("f1_score", (0, 0, 0, 1), "a has no positives, true or predicted"),
        ("balanced_accuracy", (1, 0, 1, 0), "a has no negatives"),
        ("balanced_accuracy", (0, 1, 0, 1), "a has no positives"),
    ],
)
def test_every_undefined_rate_states_its_reason(metric, cells, reason):
    assert undefined_reasons(cells_of(cells, (1, 1, 1, 1)), metric) == {"a": reason}


@pytest.mark.parametrize("gap", [difference, ratio])
def test_gap_over_groups_of_which_one_is_undefined_is_undefined_and_says_which(gap):
    result = gap(cells_of((5, 2, 3, 10), (0, 3, 0, 9)), "true_positive_rate")
    assert isinstance(result, Undefined) and np.isnan(result)
    assert result.reason == "b has no positives"
    assert repr(result) == "nan (b has no positives)"


def test_gap_names_every_group_that_is_undefined():
    reason = difference(cells_of((0, 1, 0, 1), (1, 1, 1, 1), (0, 2, 0, 2)), "true_positive_rate").reason
    assert "a has no positives" in reason and "c has no positives" in reason


@pytest.mark.parametrize("gap", [difference, ratio])
def test_gap_of_one_group_is_undefined(gap):
    assert gap(cells_of((1, 1, 1, 1)), "accuracy").reason == "there is only one group, a"


def test_ratio_of_zero_to_zero_is_undefined_while_the_difference_is_zero():
    cells = cells_of((0, 0, 6, 14), (0, 0, 9, 11))
    assert difference(cells, "selection_rate") == 0
    assert isinstance(ratio(cells, "selection_rate"), Undefined)
    assert "0 / 0" in ratio(cells, "selection_rate").reason


def test_ratio_to_a_reference_whose_rate_is_zero_is_undefined_and_names_it():
    cells = cells_of((0, 0, 6, 14), (3, 1, 6, 10))
    assert ratio(cells, "selection_rate") == 0
    assert ratio(cells, "selection_rate", reference="b") == 0
    assert re.search(r"\ba\b.*reference", ratio(cells, "selection_rate", reference="a").reason)


def test_difference_to_a_reference_has_the_others_sign():
    cells = cells_of((2, 0, 0, 8), (5, 0, 0, 5), (1, 0, 0, 9))
    assert difference(cells, "selection_rate", reference="a") == pytest.approx(0.3)
    assert difference(cells, "selection_rate", reference="b") == pytest.approx(-0.4)
    assert ratio(cells, "selection_rate", reference="a") == pytest.approx(0.5)
    assert ratio(cells, "selection_rate", reference="c") == pytest.approx(2)


def test_undefined_keeps_its_reason_when_copied_and_pickled():
    undefined = Undefined("b has no positives")
    for other in (copy.deepcopy(undefined), pickle.loads(pickle.dumps(undefined))):
        assert np.isnan(other) and other.reason == undefined.reason


@pytest.mark.parametrize(
    ("got", "meant"),
    [
        ("tpr", "true_positive_rate"),
        ("recall", "true_positive_rate"),
        ("acuracy", "accuracy"),
        ("f1", "f1_score"),
        ("Precision", "precision"),
    ],
)
def test_unknown_metric_is_refused_with_the_near_name(got, meant):
    with pytest.raises(ValueError, match=f"`metric` must be one of .*, got '{got}'. Did you mean '{meant}'"):
        rate(cells_of((1, 1, 1, 1)), got)


def test_unknown_reference_is_refused_with_the_near_name():
    cells = cells_of((1, 1, 1, 1), (2, 1, 1, 1))
    with pytest.raises(
        ValueError, match=r"`reference` must be one of \['a', 'b'\], got 'A'. Did you mean 'a'"
    ):
        difference(cells, "accuracy", reference="A")


@pytest.mark.parametrize("gap", [difference, ratio])
def test_gap_over_all_thresholds_at_once_is_refused(gap):
    counts = ThresholdCounts.from_predictions([0, 1], [0.1, 0.6], sensitive_features=["a", "b"])
    with pytest.raises(ValueError, match=r"counts\.at\(0\.5\)"):
        gap(counts, "accuracy")


def test_definitions_are_complete_and_name_only_what_exists():
    needs = {
        "people": {"tp", "fp", "fn", "tn"},
        "positives": {"tp", "fn"},
        "negatives": {"fp", "tn"},
        "predicted_positives": {"tp", "fp"},
        "predicted_negatives": {"fn", "tn"},
        "positives_or_predicted_positives": {"tp", "fp", "fn"},
    }
    for metric, definition in metrics.DEFINITIONS.items():
        assert (
            metrics.label_of(metric)
            and definition["range"] == [0, 1]
            and re.search(r"\(\d{4}\)", definition["source"])
        )
        if "parts" in definition:
            assert set(definition["parts"]) <= set(METRICS)
            continue
        assert set(definition["under"]) == needs[definition["needs"]], metric
        # Intervals stand on this: one weight for every hit, over and under the line, and one for every miss.
        hits = {*definition["over"].values(), *(definition["under"][cell] for cell in definition["over"])}
        misses = {weight for cell, weight in definition["under"].items() if cell not in definition["over"]}
        assert len(hits) == 1 and len(misses) == 1, metric


def test_other_names_are_names_that_scikit_learn_and_fairlearn_have():
    modules = {"scikit-learn": sklearn_metrics, "Fairlearn": fairlearn_metrics}
    named = [each["also_known_as"] for each in metrics.DEFINITIONS.values()]
    assert all(hasattr(modules[k], name) for names in named for k, name in names.items() if k in modules)
    assert {library for names in named for library in names} == {*modules, "AIF360", "Aequitas", "Clarify"}
