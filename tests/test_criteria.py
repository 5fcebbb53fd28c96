"""Thresholds for a criterion, one a group: judged by trying all combinations; the browser's, by Python's."""

from __future__ import annotations

import json
import math
import subprocess
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edutools.counts import ThresholdCounts
from edutools.criteria import CRITERIA, ThresholdChoice, choose_thresholds
from edutools.metrics import DEFINITIONS

PARITY = [criterion for criterion, metrics in CRITERIA.items() if metrics]

# Every combination, tried with exact fractions on cells counted one row at a time.


def cells_of(rows: list[tuple[int, float]], threshold: float) -> tuple[int, int, int, int]:
    approved = [label for label, score in rows if score >= threshold]
    refused = [label for label, score in rows if score < threshold]
    return sum(approved), len(approved) - sum(approved), sum(refused), len(refused) - sum(refused)


def part(over: int, under: int) -> Fraction | None:
    return Fraction(over, under) if under else None


RATES = {
    "demographic_parity": [lambda tp, fp, fn, tn: part(tp + fp, tp + fp + fn + tn)],
    "equal_opportunity": [lambda tp, fp, fn, tn: part(tp, tp + fn)],
    "equalized_odds": [lambda tp, fp, fn, tn: part(tp, tp + fn), lambda tp, fp, fn, tn: part(fp, fp + tn)],
    "predictive_parity": [lambda tp, fp, fn, tn: part(tp, tp + fp)],
}


def gap_of(criterion: str, cells: list[tuple[int, int, int, int]]) -> Fraction | None:
    rates = [[rate(*each) for each in cells] for rate in RATES[criterion]]
    if any(value is None for values in rates for value in values):
        return None
    return max(max(values) - min(values) for values in rates)


def tried(
    groups: dict[str, list[tuple[int, float]]],
    grid: list[float],
    criterion: str,
    gain: Fraction,
    loss: Fraction,
    tolerance: Fraction,
) -> dict[str, Any]:
    """What the definition of the criterion gives, by trying every combination of thresholds."""
    at = {group: [cells_of(rows, threshold) for threshold in grid] for group, rows in groups.items()}
    options = []
    for picks in product(range(len(grid)), repeat=len(groups)):
        cells = [row[k] for row, k in zip(at.values(), picks, strict=True)]
        profit = sum(gain * tp - loss * fp for tp, fp, _, _ in cells)
        gap = gap_of(criterion, cells)
        if gap is not None:
            extreme = all(tp + fp == 0 or fn + tn == 0 for tp, fp, fn, tn in cells)
            options.append((profit, gap, extreme))
    if not options:
        return {"defined": False}
    smallest = min(gap for _, gap, _ in options)
    within = max(tolerance, smallest)
    feasible = [option for option in options if option[1] <= within]
    degenerate = all(extreme for _, _, extreme in feasible)
    beside = [option for option in options if not option[2]] if degenerate else []
    nearest = min((gap for _, gap, _ in beside), default=None)
    return {
        "defined": True,
        "met": smallest <= tolerance,
        "profit": max(profit for profit, _, _ in feasible),
        "within": within,
        "degenerate": degenerate,
        "beside": None
        if not beside
        else (max(profit for profit, gap, _ in beside if gap == nearest), nearest),
    }


def agrees(
    choice: ThresholdChoice, groups: dict[str, list[tuple[int, float]]], profit: Any, within: Any
) -> bool:
    """Whether a choice's thresholds have the profit and gap that it says, and those have been tried."""
    cells = [cells_of(rows, choice.thresholds[group]) for group, rows in groups.items()]
    gap = gap_of(choice.criterion, cells)
    assert choice.gap == pytest.approx(float(gap), abs=1e-12)
    assert choice.profit == pytest.approx(float(profit), abs=1e-9)
    return gap <= within


twelfths = st.integers(0, 6).map(lambda k: k / 6)
a_group = st.lists(st.tuples(st.integers(0, 1), twelfths), min_size=1, max_size=9)
money = st.sampled_from([Fraction(0), Fraction(1, 2), Fraction(1), Fraction(3)])


@settings(max_examples=150, deadline=None)
@given(
    people=st.lists(a_group, min_size=1, max_size=3),
    grid=st.sets(st.integers(0, 7).map(lambda k: k / 6), min_size=1, max_size=6),
    nobody=st.booleans(),
    gain=money,
    loss=money,
    tolerance=st.sampled_from(["0", "0.01", "0.1", "0.3", "0.5", "1"]),
)
@pytest.mark.parametrize("criterion", PARITY)
def test_no_other_combination_of_thresholds_within_the_tolerance_earns_more(
    criterion, people, grid, nobody, gain, loss, tolerance
):
    groups = {f"g{number}": rows for number, rows in enumerate(people)}
    thresholds = [*sorted(grid), *([math.inf] if nobody else [])]
    counts = counted(groups, thresholds)
    best = tried(groups, thresholds, criterion, gain, loss, Fraction(tolerance))
    choice = choose_thresholds(
        counts, criterion, gain=float(gain), loss=float(loss), tolerance=float(tolerance)
    )
    if not best["defined"]:
        assert not choice.met
        assert math.isnan(choice.gap)
        assert choice.reason
        return
    assert choice.met == best["met"]
    assert agrees(choice, groups, best["profit"], best["within"])
    assert choice.degenerate == best["degenerate"]
    if best["beside"] is None:
        assert choice.alternative is None
    else:
        assert agrees(choice.alternative, groups, *best["beside"])
        assert not choice.alternative.degenerate


def counted(groups: dict[str, list[tuple[int, float]]], thresholds: list[float]) -> ThresholdCounts:
    rows = [(group, label, score) for group, people in groups.items() for label, score in people]
    return ThresholdCounts.from_predictions(
        [label for _, label, _ in rows],
        [score for _, _, score in rows],
        sensitive_features=[group for group, _, _ in rows],
        thresholds=thresholds,
    )


def sample(
    seed: int, n: int, n_groups: int, *, thresholds: Any = None, steps: int = 0, weighted: bool = False
) -> ThresholdCounts:
    """Scores that mean more in some groups than in others, with ties where there are `steps`."""
    rng = np.random.default_rng(seed)
    group = np.concatenate([np.arange(n_groups), rng.integers(0, n_groups, n)])
    truth = rng.beta(2 + 0.3 * group, 2 + 0.2 * (n_groups - group))
    label = (rng.random(len(group)) < truth).astype(int)
    label[:2] = 0, 1
    score = np.clip(truth + 0.25 * rng.normal(size=len(group)) * (0.3 + group / n_groups), 0, 1)
    return ThresholdCounts.from_predictions(
        label,
        np.round(score * steps) / steps if steps else score,
        sensitive_features=group,
        thresholds=thresholds,
        # Quarters, whose sums are exact.
        sample_weight=rng.integers(1, 9, len(group)) / 4 if weighted else None,
    )


@pytest.mark.parametrize("tolerance", [0.0, 0.01, 0.1])
@pytest.mark.parametrize("criterion", PARITY)
def test_no_pair_of_the_default_thresholds_earns_more(criterion, tolerance):
    counts = sample(3, 2000, 2)
    profit = counts.tp - 2.0 * counts.fp
    total = profit[0][:, None] + profit[1]
    gap = np.zeros(total.shape)
    tp, fp, fn, tn = counts.tp, counts.fp, counts.fn, counts.tn
    with np.errstate(invalid="ignore"):
        values = {
            "selection_rate": (tp + fp) / (tp + fp + fn + tn),
            "true_positive_rate": tp / (tp + fn),
            "false_positive_rate": fp / (fp + tn),
            "precision": tp / (tp + fp),
        }
    for metric in CRITERIA[criterion]:
        gap = np.maximum(gap, np.abs(values[metric][0][:, None] - values[metric][1]))
    choice = choose_thresholds(counts, criterion, loss=2, tolerance=tolerance)
    smallest = np.nanmin(gap)
    assert choice.met == (smallest <= tolerance + 1e-12)
    assert choice.profit == total[gap <= max(tolerance, smallest) + 1e-12].max()
    assert choice.gap <= max(tolerance, smallest) + 1e-12


def test_max_profit_takes_each_groups_own_best_threshold():
    counts = sample(1, 500, 4)
    choice = choose_thresholds(counts, "max_profit", gain=3, loss=2)
    profit = 3 * counts.tp - 2 * counts.fp
    assert choice.profit == profit.max(axis=1).sum()
    assert list(choice.thresholds.values()) == counts.thresholds[profit.argmax(axis=1)].tolist()
    assert choice.share == 1
    assert choice.met
    assert math.isnan(choice.gap)
    assert choice.reason == ""


def test_single_threshold_is_the_best_that_is_the_same_for_all():
    counts = sample(2, 500, 3)
    choice = choose_thresholds(counts, "single_threshold")
    profit = (counts.tp - counts.fp).sum(axis=0)
    assert set(choice.thresholds.values()) == {counts.thresholds[profit.argmax()]}
    assert choice.profit == profit.max()
    assert choice.share == pytest.approx(profit.max() / (counts.tp - counts.fp).max(axis=1).sum())
    assert choice.met


def test_of_thresholds_with_the_same_cells_the_lowest_is_chosen():
    counts = counted({"a": [(0, 0.2), (1, 0.8)]}, [0.0, 0.3, 0.5, 0.8, 0.9, math.inf])
    for criterion in CRITERIA:
        assert choose_thresholds(counts, criterion).thresholds == {"a": 0.3}


def test_one_group_has_no_gap():
    counts = sample(4, 300, 1)
    best = choose_thresholds(counts, "max_profit")
    for criterion in PARITY:
        choice = choose_thresholds(counts, criterion, tolerance=0)
        assert choice.gap == 0
        assert choice.met
        assert choice.profit == best.profit


def test_a_gap_that_is_only_rounded_above_the_tolerance_is_within_it():
    assert 0.4 - 0.3 > 0.1
    groups = {"a": [(1, 0.9)] * 4 + [(0, 0.1)] * 6, "b": [(1, 0.9)] * 3 + [(0, 0.1)] * 7}
    choice = choose_thresholds(counted(groups, [0.5, math.inf]), "demographic_parity", tolerance=0.1)
    assert choice.met
    assert choice.profit == 7


def test_a_group_without_positives_cannot_be_asked_for_equal_opportunity():
    groups = {"none": [(0, 0.5), (0, 0.7)], "some": [(0, 0.2), (1, 0.8)]}
    counts = counted(groups, [0.0, 0.6, math.inf])
    for criterion in ("equal_opportunity", "equalized_odds"):
        choice = choose_thresholds(counts, criterion)
        assert not choice.met
        assert math.isnan(choice.gap)
        assert not choice.degenerate
        assert "True positive rate" in choice.reason
        assert "none" in choice.reason
        assert choice.thresholds == choose_thresholds(counts, "max_profit").thresholds
        assert choice.to_dict()["gap"] is None
    assert choose_thresholds(counts, "demographic_parity").met


def test_predictive_parity_never_refuses_a_whole_group():
    groups = {"a": [(0, 0.9), (0, 0.8)], "b": [(1, 0.9), (0, 0.8)]}
    choice = choose_thresholds(counted(groups, [0.5, 0.85, math.inf]), "predictive_parity", tolerance=0.2)
    assert not choice.met
    assert choice.thresholds["a"] < math.inf
    assert choice.gap == 0.5
    assert "0.5" in choice.reason
    assert "0.2" in choice.reason


def test_a_degenerate_answer_has_the_best_other_beside_it():
    # One selection rate is in thirds, the other in halves: only 0 and 1 are in both.
    groups = {"a": [(1, 0.9), (0, 0.5), (0, 0.1)], "b": [(1, 0.9), (0, 0.1)]}
    counts = counted(groups, [0.0, 0.3, 0.7, math.inf])
    choice = choose_thresholds(counts, "demographic_parity")
    assert choice.met
    assert choice.degenerate
    assert choice.profit == 0
    assert choice.reason == ""
    beside = choice.alternative
    assert beside is not None
    assert not beside.met
    assert beside.gap == pytest.approx(1 / 6)
    assert beside.thresholds == {"a": 0.7, "b": 0.3}
    assert beside.profit == 2
    assert "0.167" in beside.reason


def test_a_table_with_only_extreme_thresholds_has_no_other_answer():
    counts = counted({"a": [(1, 0.5)], "b": [(0, 0.5)]}, [0.0, math.inf])
    for criterion in ("max_profit", "single_threshold", "demographic_parity"):
        choice = choose_thresholds(counts, criterion)
        assert choice.degenerate
        assert choice.alternative is None


def test_share_is_undefined_where_nothing_earns():
    counts = sample(5, 200, 2)
    choice = choose_thresholds(counts, "demographic_parity", gain=0)
    assert math.isnan(choice.share)
    assert "share" in choice.reason
    assert choice.to_dict()["share"] is None


def test_weights_count_as_so_many_rows():
    counts = sample(6, 300, 3, weighted=True)
    four_times = ThresholdCounts.from_dict(
        counts.to_dict()
        | {"weighted": False}
        | {
            name: (4 * getattr(counts, name)).astype(int).tolist()
            for name in ("tp", "fp", "positives", "negatives", "squared_weights")
        }
    )
    for criterion in CRITERIA:
        weighted, rows = (choose_thresholds(each, criterion) for each in (counts, four_times))
        assert weighted.thresholds == rows.thresholds
        assert 4 * weighted.profit == rows.profit


def test_real_weights_leave_no_gap_above_the_tolerance():
    rng = np.random.default_rng(7)
    group, score = rng.integers(0, 3, 600), rng.random(600)
    counts = ThresholdCounts.from_predictions(
        (rng.random(600) < score).astype(int),
        score,
        sensitive_features=group,
        sample_weight=rng.exponential(size=600),
    )
    for criterion in PARITY:
        choice = choose_thresholds(counts, criterion, tolerance=0.05)
        assert choice.met
        assert 0 <= choice.gap <= 0.05 + 1e-12
        cells = counts.at(choice.thresholds)
        assert choice.profit == pytest.approx(float((cells.tp - cells.fp).sum()))


def test_a_choice_shows_its_numbers_and_goes_to_json():
    groups = {"women": [(1, 0.9), (0, 0.1)], "men": [(0, 0.9), (0, 0.1)]}
    choice = choose_thresholds(counted(groups, [0.0, 0.5, math.inf]), "max_profit")
    assert (
        repr(choice) == "ThresholdChoice(max_profit: {men: nobody, women: 0.5}, profit 1, share 1.000, met)"
    )
    as_json = json.loads(json.dumps(choice.to_dict(), allow_nan=False))
    assert as_json["thresholds"] == {"men": None, "women": 0.5}
    assert as_json["gap"] is None


@pytest.mark.parametrize(
    ("error", "wrong", "said"),
    [
        (ValueError, {"criterion": "equal_odds"}, "Did you mean 'equalized_odds'"),
        (ValueError, {"criterion": "statistical_parity"}, "Did you mean 'demographic_parity'"),
        (ValueError, {"gain": -1}, "`gain` must be a finite number, at least 0, got -1"),
        (ValueError, {"loss": math.inf}, "`loss` must be a finite number, at least 0, got inf"),
        (ValueError, {"loss": math.nan}, "`loss` must be"),
        (TypeError, {"gain": "1"}, "`gain` must be"),
        (TypeError, {"gain": None}, "`gain` must be"),
        (ValueError, {"tolerance": 1.5}, r"`tolerance` must be a number in \[0, 1\], got 1.5"),
        (ValueError, {"tolerance": -0.1}, "`tolerance` must be"),
        (TypeError, {"tolerance": True}, "`tolerance` must be"),
        (ValueError, {"randomized": "yes"}, "`randomized` must be one of"),
        (TypeError, {"counts": [1, 2]}, "`counts` must be a ThresholdCounts .* got a list"),
    ],
)
def test_what_cannot_be_asked_is_refused(error, wrong, said):
    asked = {"counts": sample(8, 20, 2), "criterion": "max_profit"} | wrong
    with pytest.raises(error, match=said):
        choose_thresholds(asked.pop("counts"), asked.pop("criterion"), **asked)


def test_cells_at_one_threshold_are_refused():
    with pytest.raises(TypeError, match="got a Cells"):
        choose_thresholds(sample(8, 20, 2).at(0.5), "max_profit")


# The browser's answers.


def questions(rng: np.random.Generator) -> list[dict[str, Any]]:
    return [
        {
            "criterion": criterion,
            "gain": float(rng.choice([0, 1, 0.1, 0.3, 2.5])),
            "loss": float(rng.choice([0, 1, 0.1, 0.7, 5])),
            "tolerance": float(rng.choice([0, 0.01, 0.05, 0.3, 1])),
        }
        for criterion in CRITERIA
    ]


def tables() -> list[ThresholdCounts]:
    """Default, short and distinct grids, with ties and without, weighted and not, tiny groups and large."""
    rng = np.random.default_rng(0)
    found = []
    for seed in range(260):
        n_groups = int(rng.choice([1, 2, 2, 3, 5, 12]))
        n = int(rng.choice([1, 2 * n_groups, 20 * n_groups, 100 * n_groups]))
        steps = int(rng.choice([0, 3, 12, 100]))
        grid = [None, "distinct", [0.2, 0.5, 0.8], [*(np.arange(13) / 12), math.inf]][int(rng.integers(4))]
        found.append(
            sample(seed, n, n_groups, thresholds=grid, steps=steps, weighted=bool(rng.integers(4) == 0))
        )
    return found


def answer_of_browser(node: str, given: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    script = Path(__file__).parent / "js" / "solve_criteria.mjs"
    sent = json.dumps({"definitions": DEFINITIONS, "cases": given})
    ran = subprocess.run(
        [node, str(script)], input=sent, capture_output=True, text=True, check=False, timeout=120
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def as_in_python(answer: dict[str, Any] | None, groups: tuple[str, ...]) -> dict[str, Any] | None:
    if answer is None:
        return None
    return {
        "criterion": answer["criterion"],
        "thresholds": dict(zip(groups, answer["thresholds"], strict=True)),
        **{name: answer[name] for name in ("profit", "share", "gap", "met", "degenerate")},
        "alternative": as_in_python(answer["alternative"], groups),
        "reason": bool(answer["reasons"]),
    }


def with_reason_or_without(answer: dict[str, Any] | None) -> dict[str, Any] | None:
    if answer is None:
        return None
    beside = with_reason_or_without(answer["alternative"])
    return answer | {"alternative": beside, "reason": bool(answer["reason"])}


def test_the_browser_gives_the_same_answers_to_the_last_bit(node):
    rng = np.random.default_rng(1)
    cases = [(counts, questions(rng)) for counts in tables()]
    answers = answer_of_browser(node, [{"table": c.to_dict(), "questions": asked} for c, asked in cases])
    seen = set()
    for (counts, asked), answered in zip(cases, answers, strict=True):
        for question, answer in zip(asked, answered, strict=True):
            mine = choose_thresholds(counts, **question).to_dict()
            assert with_reason_or_without(mine) == as_in_python(answer, counts.groups), question
            seen.add(
                (question["criterion"], mine["met"], mine["degenerate"], mine["alternative"] is not None)
            )
    # What was compared holds every kind of answer.
    assert {(criterion, True, False, False) for criterion in CRITERIA} <= seen
    assert {(criterion, False, False, False) for criterion in PARITY} <= seen
    assert {(criterion, True, True, True) for criterion in PARITY} <= seen
