"""The command that holds our frontier against fairlearn's counts what it says it counts."""

from __future__ import annotations

import math

import numpy as np
import pytest
from fairlearn.metrics import demographic_parity_difference
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score

from tests import frontier
from tests.frontier import OURS, THEIRS

SHARES = st.floats(0, 1, allow_nan=False)
POINTS = st.lists(st.tuples(SHARES, SHARES), min_size=1, max_size=8)


@given(POINTS)
def test_the_hypervolume_is_the_area_that_a_fine_grid_counts(points):
    middles = (np.arange(4000) + 0.5) / 4000
    best = [max((accuracy for gap, accuracy in points if gap <= at), default=0) for at in middles]
    # Each step of the curve may cut one strip of the grid.
    assert frontier.hypervolume(points) == pytest.approx(np.mean(best), abs=len(points) / 4000)


@given(POINTS, st.tuples(SHARES, SHARES))
def test_a_point_more_never_makes_the_hypervolume_smaller(points, more):
    assert frontier.hypervolume([*points, more]) >= frontier.hypervolume(points) - 1e-12


def test_a_gap_that_no_point_meets_is_undefined_and_not_zero():
    points = [(0.1, 0.8), (0.2, 0.9), (0.3, 0.7)]
    assert math.isnan(frontier.reached(points, 0.05))
    assert [frontier.reached(points, gap) for gap in (0.1, 0.15, 0.2, 1)] == [0.8, 0.8, 0.9, 0.9]


def test_decisions_are_judged_as_scikit_learn_and_fairlearn_judge_them():
    dice = np.random.default_rng(0)
    y, approved, group = dice.integers(0, 2, 300), dice.integers(0, 2, 300), dice.choice(["a", "b"], 300)
    gap, accuracy = frontier.judged(approved, y, group)
    assert gap == pytest.approx(demographic_parity_difference(y, approved, sensitive_features=group))
    assert accuracy == pytest.approx(accuracy_score(y, approved))


def test_chances_are_judged_by_what_they_come_to_on_average():
    dice = np.random.default_rng(1)
    y, chance, group = dice.integers(0, 2, 50), dice.random(50), np.repeat(["a", "b"], 25)
    drawn = [frontier.judged(dice.random(50) < chance, y, group)[1] for _ in range(4000)]
    assert frontier.judged(chance, y, group)[1] == pytest.approx(np.mean(drawn), abs=0.01)


def curves(mine, other):
    return {OURS: [[(0.1, value)] for value in mine], THEIRS: [[(0.1, value)] for value in other]}


def test_the_table_says_where_ours_is_the_lower_one_and_what_is_not_reached():
    table = frontier.table_of(curves([0.8, 0.9, 0.7], [0.9, 0.8, 0.8])).set_index("median of")
    row = table.loc["accuracy at a gap of at most 0.1"]
    assert row[[OURS, THEIRS, "ours is lower"]].tolist() == ["0.800", "0.800", "on 2 of 3 splits"]
    assert table.loc["accuracy at a gap of at most 0.05"].tolist() == ["not reached"] * 2 + ["undefined"] * 2
    mixed = {OURS: [[(0.1, 0.8)], [(0.3, 0.9)]], THEIRS: [[(0.1, 0.7)], [(0.1, 0.7)]]}
    shown = frontier.table_of(mixed).set_index("median of").loc["accuracy at a gap of at most 0.1"]
    assert shown[[OURS, "ours is lower"]].tolist() == ["0.800 (1 splits)", "on 0 of 1 splits"]


def test_the_bar_is_a_median_at_most_a_hundredth_below():
    assert frontier.holds(curves([0.8, 0.8], [0.81, 0.81]))
    assert not frontier.holds(curves([0.8, 0.8], [0.82, 0.82]))


def test_the_command_measures_and_draws_both_curves_of_a_split(capsys, tmp_path):
    status = frontier.main(["--splits", "3:4", "--data", "loans", "--picture", str(tmp_path / "f.svg")])
    printed = capsys.readouterr().out
    found = frontier.measured("loans", [3])
    assert printed.startswith("loans: 1 split of 800 rows to train on and 200 to judge on")
    assert f"| hypervolume | {frontier.hypervolume(found[OURS][0]):.3f} |" in printed
    assert status == (0 if frontier.holds(found) else 1)
    assert "<svg" in (tmp_path / "f.svg").read_text(encoding="utf-8")


def test_the_strengths_really_trade_accuracy_for_the_gap():
    found = frontier.measured("loans", [0])
    gaps = {method: [gap for gap, _ in points[0]] for method, points in found.items()}
    assert all(each[0] > 0.1 and min(each) < 0.5 * each[0] for each in gaps.values())
