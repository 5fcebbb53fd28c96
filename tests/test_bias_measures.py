"""Every measure of bias, judged by scikit-learn, scipy and brute force, by examples and traps."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy
from sklearn.metrics import accuracy_score, precision_score, recall_score

from edutools.bias.measures import (
    BETWEEN,
    DIVERGENCES,
    MEASURES,
    Side,
    between,
    conditional_disparity,
    divergence,
    fliptest,
    generalized_entropy,
)

COUNTS = st.integers(0, 9)
SIDES = st.builds(Side, tp=COUNTS, fp=COUNTS, fn=COUNTS, tn=COUNTS)


def rows_of(side):
    """Labels and predictions, row by row."""
    kinds = [(1, 1, side.tp), (0, 1, side.fp), (1, 0, side.fn), (0, 0, side.tn)]
    rows = [(label, predicted) for label, predicted, count in kinds for _ in range(int(count))]
    return np.array(rows, dtype=int).reshape(-1, 2).T


def rate(score, side, *, of, **given):
    y, predicted = rows_of(side)
    return score(y, predicted, **given) if of(side) else None


RATES = {
    "RD": lambda side: rate(recall_score, side, of=lambda each: each.tp + each.fn),
    "SD": lambda side: rate(recall_score, side, of=lambda each: each.tn + each.fp, pos_label=0),
    "DAR": lambda side: rate(precision_score, side, of=lambda each: each.tp + each.fp),
    "DRR": lambda side: rate(precision_score, side, of=lambda each: each.tn + each.fn, pos_label=0),
    "AD": lambda side: rate(accuracy_score, side, of=lambda each: each.rows),
    "DPL": lambda side: rows_of(side)[0].mean() if side.rows else None,
    "DPPL": lambda side: rows_of(side)[1].mean() if side.rows else None,
}
TURNED = {"SD", "DRR"}  # d − a


@pytest.mark.parametrize("short", RATES)
@given(a=SIDES, d=SIDES)
def test_a_difference_of_rates_is_that_of_scikit_learn_and_undefined_where_it_has_nobody(short, a, d):
    first, second = (RATES[short](side) for side in ((d, a) if short in TURNED else (a, d)))
    got = between(short, a, d)
    if first is None or second is None:
        assert math.isnan(got)
    else:
        assert got == pytest.approx(first - second, abs=1e-12)


@given(a=SIDES, d=SIDES)
def test_the_other_measures_of_cells_are_their_formulas(a, d):
    (y_a, p_a), (y_d, p_d) = rows_of(a), rows_of(d)

    def ratio(over, under):
        return over / under if under else math.nan

    expected = {
        "CI": ratio(len(y_a) - len(y_d), len(y_a) + len(y_d)),
        "DI": ratio(ratio(p_d.sum(), len(p_d)), ratio(p_a.sum(), len(p_a))),
        "DCAcc": ratio(y_a.sum(), p_a.sum()) - ratio(y_d.sum(), p_d.sum()),
        "DCR": ratio((1 - y_d).sum(), (1 - p_d).sum()) - ratio((1 - y_a).sum(), (1 - p_a).sum()),
        "TE": ratio((y_d > p_d).sum(), (y_d < p_d).sum()) - ratio((y_a > p_a).sum(), (y_a < p_a).sum()),
    }
    for short, value in expected.items():
        assert between(short, a, d) == pytest.approx(value, nan_ok=True), short


LABELS = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 9), min_size=1)


@given(a=LABELS, d=LABELS)
def test_divergences_are_those_of_scipy_and_numpy(a, d):
    names = sorted({*a, *d})
    p, q = (np.array([counts.get(name, 0) for name in names], dtype=float) for counts in (a, d))
    if not (p.sum() and q.sum()):
        assert all(math.isnan(divergence(short, a, d)) for short in DIVERGENCES)
        return
    p, q = p / p.sum(), q / q.sum()
    kullback = float(entropy(p, q))
    assert divergence("KL", a, d) == pytest.approx(
        math.nan if math.isinf(kullback) else kullback, nan_ok=True
    )
    assert divergence("JS", a, d) == pytest.approx(jensenshannon(p, q) ** 2, abs=1e-9)
    assert divergence("LP", a, d) == pytest.approx(math.dist(p, q))
    assert divergence("TVD", a, d) == pytest.approx(sum(abs(p - q)) / 2)
    assert divergence("KS", a, d) == pytest.approx(max(abs(p - q)))


@given(
    positives=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    negatives=st.tuples(st.integers(1, 9), st.integers(1, 9)),
)
def test_with_two_labels_in_both_groups_three_divergences_are_one(positives, negatives):
    a, d = ({"yes": yes, "no": no} for yes, no in zip(positives, negatives, strict=True))
    gap = abs(between("DPL", *(Side(fn=yes, tn=no) for yes, no in zip(positives, negatives, strict=True))))
    assert divergence("KS", a, d) == pytest.approx(gap)
    assert divergence("TVD", a, d) == pytest.approx(gap)
    assert divergence("LP", a, d) == pytest.approx(math.sqrt(2) * gap)


@given(st.lists(st.tuples(SIDES, SIDES), min_size=1, max_size=4), st.booleans())
def test_conditional_disparity_is_the_mean_over_strata_that_pandas_counts(strata, predicted):
    frames = [
        pd.DataFrame({"stratum": place, "d": group, "outcome": rows_of(side)[int(predicted)]})
        for place, pair in enumerate(strata)
        for group, side in enumerate(pair)
    ]
    people = pd.concat(frames).astype(int)
    got = conditional_disparity(strata, predicted=predicted)
    total = 0.0
    for _, stratum in people.groupby("stratum"):
        shares = stratum.groupby("outcome")["d"].mean()
        total += len(stratum) * (shares.get(0, math.nan) - shares.get(1, math.nan))
    empty = any(a.rows + d.rows == 0 for a, d in strata)
    assert got == pytest.approx(math.nan if empty or people.empty else total / len(people), nan_ok=True)


@given(everyone=SIDES)
def test_generalized_entropy_is_half_the_squared_coefficient_of_variation(everyone):
    y, predicted = rows_of(everyone)
    benefit = predicted - y + 1
    got = generalized_entropy(everyone)
    if benefit.sum() == 0:
        assert math.isnan(got)
    else:
        assert got == pytest.approx((benefit.std() / benefit.mean()) ** 2 / 2, abs=1e-12)


def test_the_fliptest_asks_the_nearest_five_by_distance():
    dice = np.random.default_rng(0)
    X_a, X_d = dice.normal(size=(30, 3)), dice.normal(size=(20, 3))
    yes_a, yes_d = dice.random(30) < 0.6, dice.random(20) < 0.4
    nearest = np.argsort(((X_d[:, None] - X_a) ** 2).sum(axis=2), axis=1)[:, :5]
    like = yes_a[nearest].mean(axis=1) > 0.5
    expected = ((yes_d & ~like).sum() - (~yes_d & like).sum()) / 20
    assert fliptest(X_a, yes_a, X_d, yes_d) == pytest.approx(expected)
    few = fliptest(X_a[:9], yes_a[:9], X_d, yes_d)
    nearest = np.argsort(((X_d[:, None] - X_a[:9]) ** 2).sum(axis=2), axis=1)[:, 0]
    assert few == pytest.approx((yes_d.astype(int) - yes_a[nearest].astype(int)).mean())
    assert math.isnan(fliptest(np.empty((0, 3)), [], X_d, yes_d))


# ---- the worked examples of Clarify's guide


def test_the_worked_examples_come_out_as_the_guide_prints_them():
    assert divergence("KL", {"yes": 8, "no": 2}, {"yes": 3, "no": 7}) == pytest.approx(0.5341, abs=5e-5)
    a, d = Side(tp=65, fn=5, tn=18, fp=5), Side(tp=20, fn=7, tn=20, fp=10)
    assert between("RD", a, d) == pytest.approx(0.1878, abs=5e-5)
    assert between("SD", Side(tn=20, fp=10, fn=0), Side(tn=18, fp=5, fn=0)) == pytest.approx(0.1159, abs=5e-5)
    assert between("TE", Side(fn=8, fp=6, tn=0), Side(fn=5, fp=2, tn=0)) == pytest.approx(1.1667, abs=5e-5)
    # Berkeley: women were 0.46 of the rejected and 0.32 of the accepted.
    berkeley = (Side(fn=68, tn=54), Side(fn=32, tn=46))
    assert conditional_disparity([berkeley]) == pytest.approx(0.14)


# ---- the traps


def test_the_fliptest_has_the_sign_of_the_library_and_not_of_the_guide():
    X = np.arange(12.0).reshape(-1, 1)
    assert fliptest(X, np.ones(12, bool), X, np.zeros(12, bool)) == -1


def test_nobody_approved_is_no_maximal_bias():
    nobody = Side(fn=5, tn=5)
    assert math.isnan(between("DI", nobody, nobody))
    assert between("DI", nobody, nobody, convention="clarify") == 0


def test_a_group_without_positives_has_no_recall_difference():
    a, none = Side(tp=5, fn=0, tn=5), Side(fn=0, tn=5, fp=5)
    assert math.isnan(between("RD", a, none))
    assert between("RD", a, none, convention="clarify") == 1


def test_generalized_entropy_can_exceed_the_range_that_the_guide_gives():
    assert generalized_entropy(Side(tp=1, fn=3, tn=0)) == pytest.approx(1.5)


def test_a_positive_specificity_difference_is_in_favour_of_d():
    better, worse = Side(tn=9, fp=1, fn=0), Side(tn=5, fp=5, fn=0)
    assert between("SD", worse, better) > 0


def test_five_sixths_lies_on_the_other_side_of_four_fifths():
    ratio = between("DI", Side(tp=6, fn=4, tn=0), Side(tp=5, fn=5, tn=0))
    assert ratio == pytest.approx(0.8333, abs=5e-5) and ratio > 0.8


def test_a_divergence_is_negative_in_clarify_where_absent_labels_are_dropped():
    a, d = {"x": 1, "y": 3}, {"x": 3, "z": 1}
    assert divergence("KL", a, d, convention="clarify") < 0
    assert math.isnan(divergence("KL", a, d))


# ---- conventions and errors


def test_infinite_ratios_are_infinite_or_equal_in_clarify_and_undefined_in_ours():
    a, d = Side(fn=3, tn=5), Side(fn=2, fp=1, tn=5)
    assert between("TE", a, d, convention="clarify") == -math.inf
    assert between("TE", a, Side(fn=1, tn=1), convention="clarify") == 0
    assert math.isnan(between("TE", a, d))


@pytest.mark.parametrize("short", BETWEEN)
def test_an_empty_group_is_undefined_in_ours_and_an_error_in_clarify(short):
    some, empty = Side(tp=3, fp=1, fn=1, tn=3), Side(fn=0, tn=0)
    if short != "CI":
        assert math.isnan(between(short, some, empty))
    with pytest.raises(ValueError, match="error in Clarify"):
        between(short, some, empty, convention="clarify")


def test_what_clarify_refuses_is_refused_in_its_convention():
    with pytest.raises(ValueError, match="share no label"):
        divergence("JS", {"x": 1}, {"y": 1}, convention="clarify")
    with pytest.raises(ValueError, match="0 rejected in 1 strata"):
        conditional_disparity([(Side(fn=1, tn=0), Side(fn=1, tn=0))], convention="clarify")
    with pytest.raises(ValueError, match="FT of a group with no rows"):
        fliptest(np.empty((0, 1)), [], [[1.0]], [True], convention="clarify")
    with pytest.raises(ValueError, match="GE without any benefit"):
        generalized_entropy(Side(fn=3, tn=0), convention="clarify")


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda: between("DPPLL", Side(fn=1, tn=1), Side(fn=1, tn=1)), "Did you mean 'DPPL'"),
        (lambda: between("DI", Side(fn=1, tn=1), Side(fn=1, tn=1), convention="aws"), "`convention` must be"),
        (lambda: divergence("KLD", {}, {}), "Did you mean 'KL'"),
    ],
)
def test_an_unknown_measure_or_convention_is_refused(call, complaint):
    with pytest.raises(ValueError, match=complaint):
        call()


def test_every_measure_can_be_had_and_lies_in_its_range():
    others = {"CDDL", "CDDPL", "FT", "GE"}
    assert set(BETWEEN) | set(DIVERGENCES) | others == set(MEASURES)
    dice = np.random.default_rng(1)
    for _ in range(200):
        a, d = (
            Side(**dict(zip(("tp", "fp", "fn", "tn"), dice.integers(0, 6, 4), strict=True))) for _ in "ad"
        )
        for short in BETWEEN:
            value, about = between(short, a, d), MEASURES[short]
            assert math.isnan(value) or about.low <= value <= about.high, short
