"""Mixtures of thresholds for a criterion: judged by linear programs over all thresholds, and by fairlearn."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from fairlearn.postprocessing import ThresholdOptimizer
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from sklearn.linear_model import LogisticRegression

from edutools.counts import ThresholdCounts
from edutools.criteria import CRITERIA, ThresholdChoice, choose_thresholds

LINEAR = ["demographic_parity", "equal_opportunity", "equalized_odds"]
MOST = {"equalized_odds": 3}


def rates(counts: ThresholdCounts, criterion: str) -> list[np.ndarray]:
    tp, fp = counts.tp, counts.fp
    positives, negatives = counts.positives[:, None], counts.negatives[:, None]
    selection, true, false = (tp + fp) / (positives + negatives), tp / positives, fp / negatives
    return {
        "demographic_parity": [selection],
        "equal_opportunity": [true],
        "equalized_odds": [true, false],
    }[criterion]


def program(values: list[np.ndarray], worth: np.ndarray, tolerance: float | None) -> tuple[float, float]:
    """Highest expected worth within a gap, and that gap; of the smallest gap where `tolerance` is None."""
    n_groups, n_thresholds = worth.shape
    n = n_groups * n_thresholds
    # Variables: every probability, the lowest value of each metric, the gap.
    limits, sums = [], []
    for group in range(n_groups):
        own = slice(group * n_thresholds, (group + 1) * n_thresholds)
        total = np.zeros(n + len(values) + 1)
        total[own] = 1
        sums.append(total)
        for axis, value in enumerate(values):
            above, below = np.zeros((2, n + len(values) + 1))
            above[own], above[n + axis] = -value[group], 1
            below[own], below[n + axis], below[-1] = value[group], -1, -1
            limits += [above, below]
    cost = np.zeros(n + len(values) + 1)
    if tolerance is None:
        cost[-1] = 1
    else:
        cost[:n] = -worth.ravel()
    gap = (0, 1) if tolerance is None else (0, tolerance)
    found = linprog(
        cost,
        A_ub=np.array(limits),
        b_ub=np.zeros(len(limits)),
        A_eq=np.array(sums),
        b_eq=np.ones(n_groups),
        bounds=[(0, 1)] * n + [(0, 1)] * len(values) + [gap],
    )
    assert found.status == 0
    return -found.fun, found.x[-1]


def expected(counts: ThresholdCounts, choice: ThresholdChoice) -> dict[str, np.ndarray]:
    """Expected true and false positives of each group, as its mixture says."""
    cells: dict[str, list[float]] = {"tp": [], "fp": []}
    for row, group in enumerate(counts.groups):
        for cell, found in cells.items():
            columns = {t: k for k, t in enumerate(counts.thresholds.tolist())}
            counted = getattr(counts, cell)[row]
            found.append(sum(chance * counted[columns[t]] for t, chance in choice.thresholds[group]))
    return {cell: np.array(found) for cell, found in cells.items()}


def gap_of(counts: ThresholdCounts, choice: ThresholdChoice) -> float:
    cells = expected(counts, choice)
    approved, people = cells["tp"] + cells["fp"], counts.positives + counts.negatives
    values = {
        "demographic_parity": lambda: [approved / people],
        "equal_opportunity": lambda: [cells["tp"] / counts.positives],
        "equalized_odds": lambda: [cells["tp"] / counts.positives, cells["fp"] / counts.negatives],
        "predictive_parity": lambda: [cells["tp"] / approved],
    }[choice.criterion]()
    return float(max(np.ptp(each) for each in values))


def check(counts: ThresholdCounts, choice: ThresholdChoice, gain: float, loss: float) -> None:
    """That a choice is a mixture of few thresholds, with the profit and the gap that it says."""
    for mixture in choice.thresholds.values():
        assert len(mixture) <= MOST.get(choice.criterion, 2)
        assert sum(chance for _, chance in mixture) == pytest.approx(1, abs=1e-12)
        assert all(chance > 0 for _, chance in mixture)
    cells = expected(counts, choice)
    assert choice.profit == pytest.approx(float((gain * cells["tp"] - loss * cells["fp"]).sum()), abs=1e-9)
    assert choice.gap == pytest.approx(gap_of(counts, choice), abs=1e-9)


@st.composite
def tied_scores(draw: st.DrawFn, both_labels: bool = True) -> ThresholdCounts:
    """Groups of a few people each, whose scores are often the same."""
    steps = draw(st.sampled_from([2, 5, 20]))
    group, label, score = [], [], []
    for number in range(draw(st.integers(1, 4))):
        person = st.tuples(st.integers(0, 1), st.integers(0, steps).map(lambda k: k / steps))
        people = draw(st.lists(person, min_size=1, max_size=25))
        people += [(0, 0.0), (1, 0.6)] if both_labels else []
        group += [number] * len(people)
        label += [each for each, _ in people]
        score += [each for _, each in people]
    assume(1 in label)
    grid = draw(st.sampled_from(["distinct", None, [0.0, 0.3, 0.5, math.inf], [0.1, 0.5], [0.0, 0.05]]))
    return ThresholdCounts.from_predictions(label, score, sensitive_features=group, thresholds=grid)


money = st.sampled_from([0.0, 0.5, 1.0, 2.7])
tolerances = st.sampled_from([0.0, 0.01, 0.1, 0.5, 1.0])


@settings(max_examples=40, deadline=None)
@given(counts=tied_scores(), gain=money, loss=money, tolerance=tolerances)
@pytest.mark.parametrize("criterion", LINEAR)
def test_no_mixture_of_all_thresholds_earns_more(criterion, counts, gain, loss, tolerance):
    choice = choose_thresholds(counts, criterion, gain=gain, loss=loss, tolerance=tolerance, randomized=True)
    check(counts, choice, gain, loss)
    values, profit = rates(counts, criterion), gain * counts.tp - loss * counts.fp
    _, smallest = program(values, profit, None)
    assert choice.met == (smallest <= tolerance + 1e-7)
    best, _ = program(values, profit, max(tolerance, smallest))
    assert choice.profit == pytest.approx(best, abs=1e-6)
    assert choice.gap <= max(tolerance, smallest) + 1e-7
    assert bool(choice.reason) == (not choice.met or math.isnan(choice.share))


@settings(max_examples=40, deadline=None)
@given(counts=tied_scores(), tolerance=tolerances)
@pytest.mark.parametrize("criterion", LINEAR)
def test_a_mixture_is_degenerate_where_no_other_threshold_can_have_a_part(criterion, counts, tolerance):
    choice = choose_thresholds(counts, criterion, tolerance=tolerance, randomized=True)
    approved = counts.tp + counts.fp
    moderate = (approved > 0) & (approved < (counts.positives + counts.negatives)[:, None])
    values = rates(counts, criterion)
    _, smallest = program(values, counts.tp, None)
    part, _ = program(values, moderate.astype(float), max(tolerance, smallest))
    assert choice.degenerate == (part < 1e-6)
    if choice.degenerate and moderate.any():
        assert choice.alternative.gap > max(tolerance, smallest)
        check(counts, choice.alternative, 1, 1)


def best_at_precision(counts: ThresholdCounts, profit: np.ndarray, low: float, high: float) -> float:
    """Highest expected profit where every group's precision lies in [low, high]; -inf where it cannot."""
    total = 0.0
    for tp, fp, worth in zip(counts.tp, counts.fp, profit, strict=True):
        some = tp + fp > 0
        tp, approved, worth = tp[some], (tp + fp)[some], worth[some]
        found = linprog(
            -worth,
            A_ub=np.array([low * approved - tp, tp - high * approved]),
            b_ub=np.zeros(2),
            A_eq=np.ones((1, len(tp))),
            b_eq=[1],
        )
        if found.status == 2:
            return -math.inf
        total -= found.fun
    return total


@settings(max_examples=25, deadline=None)
@given(counts=tied_scores(both_labels=False), gain=money, loss=money, tolerance=tolerances)
def test_no_mixture_of_the_same_precision_earns_more(counts, gain, loss, tolerance):
    some = counts.tp + counts.fp > 0
    assume(some.any(axis=1).all())
    choice = choose_thresholds(
        counts, "predictive_parity", gain=gain, loss=loss, tolerance=tolerance, randomized=True
    )
    check(counts, choice, gain, loss)
    precision = np.where(some, counts.tp / np.maximum(counts.tp + counts.fp, 1), np.nan)
    smallest = max(0.0, np.nanmin(precision, axis=1).max() - np.nanmax(precision, axis=1).min())
    assert choice.met == (smallest <= tolerance + 1e-9)
    within = max(tolerance, smallest)
    assert choice.gap <= within + 1e-9
    profit = gain * counts.tp - loss * counts.fp
    ends = precision[~np.isnan(precision)]
    lows = np.unique(np.clip([*np.linspace(0, 1, 13), *ends, *(ends - within)], 0, 1))
    others = [best_at_precision(counts, profit, low, low + within) for low in lows]
    assert choice.profit >= max(others) - 1e-6


def sample(seed: int, n: int, n_groups: int, **options: Any) -> ThresholdCounts:
    group, label, score = people(seed, n, n_groups)
    return ThresholdCounts.from_predictions(label, score, sensitive_features=group, **options)


def people(seed: int, n: int, n_groups: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    group = rng.integers(0, n_groups, n)
    truth = rng.beta(2 + 0.3 * group, 2 + 0.2 * (n_groups - group))
    score = np.clip(truth + 0.25 * rng.normal(size=n) * (0.3 + group / n_groups), 0, 1)
    return group, (rng.random(n) < truth).astype(int), np.round(score, 3)


def test_the_best_common_precision_may_lie_between_those_of_all_thresholds():
    rng = np.random.default_rng(0)
    between = 0
    for _ in range(300):
        # Two thresholds a group: a precision says how they are mixed.
        tp, fp = (np.sort(rng.integers(1, 60, (2, 2)))[:, ::-1] for _ in range(2))
        table = {"tp": tp, "fp": fp, "positives": tp[:, 0], "negatives": fp[:, 0]}
        counts = ThresholdCounts.from_dict(
            {name: cells.tolist() for name, cells in table.items()}
            | {"groups": ["a", "b"], "thresholds": [0.2, 0.6], "weighted": False, "squared_weights": [1, 1]}
        )
        ends = np.sort(tp / (tp + fp), axis=1)
        low, high = ends[:, 0].max(), ends[:, 1].min()
        if not low < high or (ends[:, 0] == ends[:, 1]).any():
            continue
        precision = np.linspace(low, high, 20_001)
        total = np.zeros(len(precision))
        for (few, many), (few_false, many_false) in zip(tp[:, ::-1], fp[:, ::-1], strict=True):
            least, most = few + few_false, many + many_false
            part = (precision * least - few) / (many - few - precision * (most - least))
            approved = least + part * (most - least)
            total += approved * (precision - 2 * (1 - precision))
        choice = choose_thresholds(counts, "predictive_parity", loss=2, tolerance=0, randomized=True)
        check(counts, choice, 1, 2)
        assert choice.profit >= total.max() - 1e-9
        assert choice.profit <= total.max() + 1e-3
        between += total.max() > max(total[0], total[-1]) + 1e-3
    assert between > 3


@pytest.mark.parametrize("tolerance", [0.0, 0.03])
@pytest.mark.parametrize("n_groups", [2, 5])
def test_no_mixture_of_many_thresholds_near_the_chosen_precision_earns_more(n_groups, tolerance):
    counts = sample(11, 1500, n_groups)
    choice = choose_thresholds(
        counts, "predictive_parity", gain=1, loss=3, tolerance=tolerance, randomized=True
    )
    check(counts, choice, 1, 3)
    assert choice.met
    profit = counts.tp - 3.0 * counts.fp
    cells = expected(counts, choice)
    precision = cells["tp"] / (cells["tp"] + cells["fp"])
    near = np.linspace(precision.max() - tolerance - 0.02, precision.min() + 0.02, 21)
    lows = [*near, *np.linspace(0, 1, 11)]
    assert (
        choice.profit >= max(best_at_precision(counts, profit, low, low + tolerance) for low in lows) - 1e-6
    )
    assert choice.profit > choose_thresholds(counts, "predictive_parity", loss=3, tolerance=tolerance).profit


@pytest.mark.parametrize("tolerance", [0.0, 0.01, 0.1])
@pytest.mark.parametrize("criterion", [c for c, metrics in CRITERIA.items() if metrics])
def test_a_mixture_earns_no_less_than_one_threshold_a_group(criterion, tolerance):
    for seed, n_groups in [(1, 2), (2, 3), (3, 12)]:
        counts = sample(seed, 3000, n_groups)
        mixed, single = (
            choose_thresholds(counts, criterion, tolerance=tolerance, randomized=randomized)
            for randomized in (True, False)
        )
        check(counts, mixed, 1, 1)
        assert mixed.met
        assert mixed.gap <= tolerance + 1e-9
        assert not single.met or mixed.profit >= single.profit - 1e-9
        assert mixed.share <= 1 + 1e-12


@pytest.mark.parametrize(
    ("criterion", "constraint"),
    [
        ("demographic_parity", "demographic_parity"),
        ("equal_opportunity", "true_positive_rate_parity"),
        ("equalized_odds", "equalized_odds"),
    ],
)
@pytest.mark.parametrize("n_groups", [2, 4])
def test_fairlearns_threshold_optimizer_earns_no_more(criterion, constraint, n_groups):
    group, label, feature = people(5, 2000, n_groups)
    X = np.column_stack([feature, group])
    model = LogisticRegression().fit(X, label)
    score = model.predict_proba(X)[:, 1]
    other = ThresholdOptimizer(
        estimator=model, constraints=constraint, prefit=True, predict_method="predict_proba"
    ).fit(X, label, sensitive_features=group)
    approved = other._pmf_predict(X, sensitive_features=group)[:, 1]
    counts = ThresholdCounts.from_predictions(label, score, sensitive_features=group, thresholds="distinct")
    choice = choose_thresholds(counts, criterion, tolerance=0, randomized=True)
    check(counts, choice, 1, 1)
    # Accuracy, its objective, is (profit + negatives) / rows where gain and loss are 1.
    assert choice.gap <= 1e-9
    assert choice.profit >= float(approved @ (2 * label - 1)) - 1e-9


@pytest.mark.parametrize("criterion", ["max_profit", "single_threshold"])
def test_a_criterion_without_a_metric_needs_no_mixture(criterion):
    counts = sample(6, 400, 3)
    mixed, single = (choose_thresholds(counts, criterion, randomized=each) for each in (True, False))
    assert mixed.thresholds == {group: [(chosen, 1.0)] for group, chosen in single.thresholds.items()}
    assert mixed.profit == single.profit


def test_a_group_without_a_defined_rate_has_no_mixture_either():
    counts = ThresholdCounts.from_predictions(
        [0, 0, 1, 0], [0.5, 0.7, 0.8, 0.2], sensitive_features=[*"aabb"]
    )
    choice = choose_thresholds(counts, "equal_opportunity", randomized=True)
    best = choose_thresholds(counts, "max_profit", randomized=True)
    assert not choice.met
    assert math.isnan(choice.gap)
    assert choice.thresholds == best.thresholds


def test_a_mixture_shows_its_chances_and_goes_to_json():
    counts = ThresholdCounts.from_predictions(
        [1, 0, 1, 0, 0], [0.9, 0.1, 0.9, 0.1, 0.1], sensitive_features=[*"aabbb"], thresholds=[0.5, math.inf]
    )
    choice = choose_thresholds(counts, "demographic_parity", tolerance=0, randomized=True)
    assert choice.thresholds["b"] == [(0.5, 1.0)]
    assert [t for t, _ in choice.thresholds["a"]] == [0.5, math.inf]
    assert [chance for _, chance in choice.thresholds["a"]] == pytest.approx([2 / 3, 1 / 3])
    assert "a: 0.5 (0.667) or nobody (0.333), b: 0.5 (1.000)" in repr(choice)
    as_json = json.loads(json.dumps(choice.to_dict(), allow_nan=False))
    assert as_json["thresholds"]["a"][1] == [None, pytest.approx(1 / 3)]
