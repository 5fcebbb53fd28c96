"""How sure a rate or a gap is: judged by published figures, by scipy, and by how often the truth is held."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from edutools import metrics
from edutools.counts import Cells, ThresholdCounts
from edutools.metrics import (
    METRICS,
    Undefined,
    difference,
    difference_interval,
    rate,
    rate_interval,
    ratio,
    ratio_interval,
    share_interval,
)
from tests.test_metrics import cells_of, cells_of_case, read_cases


def selected(*groups):
    """Cells whose selection rates are x / n for each (x, n)."""
    return cells_of(*((x, 0, 0, n - x) for x, n in groups))


# Newcombe, R. G. (1998). Two-sided confidence intervals for the single proportion. Statistics in Medicine
# 17, table I, method 3.
@pytest.mark.parametrize(
    ("x", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_interval_of_a_rate_is_the_published_wilson_interval(x, n, low, high):
    assert rate_interval(selected((x, n)), "selection_rate")[0] == pytest.approx([low, high], abs=5e-5)


@given(st.integers(0, 60), st.integers(0, 60), st.sampled_from([0.5, 0.8, 0.9, 0.99]))
def test_interval_of_a_rate_is_scipys_wilson_interval(hits, misses, confidence):
    got = rate_interval(selected((hits, hits + misses)), "selection_rate", confidence=confidence)[0]
    if not hits + misses:
        assert np.isnan(got).all()
        return
    expected = stats.binomtest(hits, hits + misses).proportion_ci(confidence, method="wilson")
    assert got == pytest.approx([expected.low, expected.high], abs=1e-9)


def test_interval_of_a_share_is_scipys_wilson_interval_and_undefined_of_nobody():
    hits, size = np.array([[0, 15], [81, 20]]), np.array([[20, 148], [263, 20]])
    for place in np.ndindex(hits.shape):
        expected = stats.binomtest(int(hits[place]), int(size[place])).proportion_ci(method="wilson")
        assert share_interval(hits, size)[place] == pytest.approx([expected.low, expected.high], abs=1e-9)
    assert np.isnan(share_interval(0, 0)).all()


# Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions. Statistics
# in Medicine 17, table II, method 10. Where its low end is below 0, the highest less the lowest reaches down
# to 0.
@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0000),
        ((10, 10), (0, 10), 0.6075, 1.0000),
    ],
)
def test_interval_of_the_difference_of_two_is_the_published_newcombe_interval(one, other, low, high):
    cells = selected(one, other)
    to_second = difference_interval(cells, "selection_rate", reference="b")
    assert to_second == pytest.approx((low, high), abs=5e-5)
    between = difference_interval(cells, "selection_rate")
    assert between == pytest.approx((max(low, 0), max(high, -low)), abs=5e-5)


@pytest.mark.parametrize("reference", ["a", "b"])
@pytest.mark.parametrize(("one", "other"), [((480, 1200), (530, 1000)), ((700, 900), (55, 600))])
def test_interval_of_the_ratio_of_two_large_groups_is_near_katzs(one, other, reference):
    cells = selected(one, other)
    (x, n), (y, m) = (other, one) if reference == "a" else (one, other)
    spread = 1.96 * np.sqrt(1 / x - 1 / n + 1 / y - 1 / m)
    expected = (x / n) / (y / m) * np.exp([-spread, spread])
    assert ratio_interval(cells, "selection_rate", reference=reference) == pytest.approx(expected, rel=0.02)


def test_interval_of_a_ratio_stands_where_a_rate_is_zero():
    low, high = ratio_interval(selected((0, 50), (25, 50)), "selection_rate")
    assert low == 0 and 0 < high < 0.5


def test_interval_of_f1_holds_what_resampling_of_many_rows_gives():
    cells = cells_of((3000, 1000, 1200, 4800))
    shares = np.array([0.30, 0.10, 0.12, 0.48])
    tp, fp, fn, tn = np.random.default_rng(0).multinomial(10_000, shares, size=40_000).T
    f1 = 2 * tp / (2 * tp + fp + fn)
    balanced = (tp / (tp + fn) + tn / (tn + fp)) / 2
    for metric, values in (("f1_score", f1), ("balanced_accuracy", balanced)):
        expected = np.quantile(values, [0.025, 0.975])
        assert rate_interval(cells, metric)[0] == pytest.approx(expected, abs=4e-4), metric


@pytest.mark.parametrize("n_groups", [2, 3, 5, 12, 40])
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_critical_value_between_groups_is_that_of_the_studentized_range(n_groups, confidence):
    inner, outer = metrics._critical_values(n_groups, confidence)
    expected = stats.studentized_range.ppf(confidence, n_groups, np.inf) / np.sqrt(2)
    assert inner == pytest.approx(expected, abs=1e-6)
    assert stats.norm.sf(inner) + stats.norm.sf(outer) == pytest.approx(1 - confidence, abs=1e-10)


small = st.tuples(*[st.integers(0, 12)] * 4)


@given(st.lists(small, min_size=1, max_size=5), st.sampled_from(METRICS), st.booleans())
def test_every_interval_holds_its_estimate_and_keeps_to_the_range(groups, metric, to_first):
    cells = cells_of(*groups)
    reference = "a" if to_first else None
    values, limits = rate(cells, metric), rate_interval(cells, metric)
    defined = ~np.isnan(values)
    assert np.isnan(limits[~defined]).all()
    assert (limits[defined] >= 0).all() and (limits[defined] <= 1).all()
    assert (limits[defined, 0] <= values[defined] + 1e-12).all()
    assert (limits[defined, 1] >= values[defined] - 1e-12).all()
    for gap, interval, least, most in (
        (difference, difference_interval, -1 if to_first else 0, 1),
        (ratio, ratio_interval, 0, np.inf if to_first else 1),
    ):
        value = gap(cells, metric, reference=reference)
        low, high = interval(cells, metric, reference=reference)
        if isinstance(value, Undefined):
            assert low.reason == high.reason == value.reason
        else:
            assert least <= low <= value + 1e-12 and value - 1e-12 <= high <= most


@given(st.lists(small, min_size=2, max_size=5), st.sampled_from(METRICS), st.randoms())
def test_intervals_between_groups_do_not_depend_on_their_order(groups, metric, random):
    shuffled = list(groups)
    random.shuffle(shuffled)
    for interval in (difference_interval, ratio_interval):
        expected = interval(cells_of(*groups), metric)
        assert interval(cells_of(*shuffled), metric) == pytest.approx(expected, nan_ok=True, abs=1e-12)


def test_interval_of_two_groups_and_of_a_reference_agree_where_the_gap_is_clear():
    cells = selected((60, 100), (20, 100))
    assert difference_interval(cells, "selection_rate") == pytest.approx(
        difference_interval(cells, "selection_rate", reference="b")
    )
    assert ratio_interval(cells, "selection_rate") == pytest.approx(
        ratio_interval(cells, "selection_rate", reference="a")
    )


def test_intervals_narrow_with_rows_and_widen_with_confidence():
    few, many = selected((30, 60), (24, 60)), selected((3000, 6000), (2400, 6000))
    for interval in (difference_interval, ratio_interval):
        few_low, few_high = interval(few, "selection_rate")
        many_low, many_high = interval(many, "selection_rate")
        sure_low, sure_high = interval(many, "selection_rate", confidence=0.999)
        assert few_low < sure_low < many_low < many_high < sure_high < few_high


def test_interval_of_a_rate_stands_for_every_threshold():
    y, s = np.arange(40) % 2, np.linspace(0, 1, 40)
    counts = ThresholdCounts.from_predictions(y, s, sensitive_features=np.arange(40) % 3, sample_weight=1 + y)
    limits = rate_interval(counts, "precision")
    assert limits.shape == (3, 1002, 2)
    expected = rate_interval(counts.at(0.42), "precision")
    assert np.array_equal(limits[:, 420], expected)


def test_weights_that_are_all_alike_leave_every_interval_as_it_is():
    plain = cells_of((30, 10, 12, 48), (25, 20, 5, 50))
    tripled = cells_of((90, 30, 36, 144), (75, 60, 15, 150), squared_weights=[900, 900], weighted=True)
    for metric in METRICS:
        assert rate_interval(tripled, metric) == pytest.approx(rate_interval(plain, metric))
        assert difference_interval(tripled, metric) == pytest.approx(difference_interval(plain, metric))
        assert ratio_interval(tripled, metric) == pytest.approx(ratio_interval(plain, metric))


@pytest.mark.parametrize("confidence", [0, 1, 95, -0.5, float("nan")])
@pytest.mark.parametrize("interval", [rate_interval, difference_interval, ratio_interval])
def test_confidence_outside_its_range_is_refused(interval, confidence):
    with pytest.raises(ValueError, match="`confidence` must lie between 0 and 1, got"):
        interval(selected((1, 2), (3, 4)), "selection_rate", confidence=confidence)


@pytest.mark.parametrize("case", read_cases(), ids=lambda case: case["name"])
def test_every_interval_has_the_limits_of_the_cases(case):
    cells = cells_of_case(case)
    for metric in METRICS:
        expected = case["expected"][metric]
        for name, confidence in (("intervals", 0.95), ("intervals_80", 0.8)):
            for got, limits in zip(
                rate_interval(cells, metric, confidence=confidence), expected[name], strict=True
            ):
                assert same_limits(got, limits), metric
        for suffix, reference in (("", None), ("_to_first", cells.groups[0])):
            for gap in ("difference_interval", "ratio_interval"):
                got = getattr(metrics, gap)(cells, metric, reference=reference)
                assert same_limits(got, expected[gap + suffix]), (metric, gap, suffix)


def same_limits(got, expected):
    if expected is None:
        return bool(np.isnan(got).all())
    return got == pytest.approx([np.inf if each is None else each for each in expected], abs=1e-9)


# How often the truth is held. Each scenario gives every group's rows and its share of tp, fp, fn and tn; the
# cells are drawn from them, which is what drawing the rows comes to.

DRAWS = 400
ROWS = {50: [50], 200: [200], "mixed": [50, 400, 100, 1000, 80, 200, 60, 300, 50, 150, 500, 90]}
# Base rate, true positive rate and false positive rate of the groups, from first to last.
SPREADS = {
    "alike, in the middle": ((0.5, 0.5), (0.7, 0.7), (0.3, 0.3)),
    "alike, low": ((0.3, 0.3), (0.4, 0.4), (0.1, 0.1)),
    "alike, high": ((0.6, 0.6), (0.9, 0.9), (0.4, 0.4)),
    "a little apart": ((0.45, 0.55), (0.65, 0.75), (0.25, 0.35)),
    "apart": ((0.3, 0.6), (0.5, 0.8), (0.15, 0.4)),
    "far apart": ((0.2, 0.8), (0.3, 0.9), (0.1, 0.6)),
}
JUDGED = (
    "selection_rate",
    "true_positive_rate",
    "false_positive_rate",
    "precision",
    "accuracy",
    "f1_score",
    "balanced_accuracy",
)


def scenarios(n_groups):
    """Name, rows by group, and shares of the four cells by group."""
    for spread, (base, hit, alarm) in SPREADS.items():
        base, hit, alarm = (np.linspace(*ends, n_groups) for ends in (base, hit, alarm))
        cells = [base * hit, (1 - base) * alarm, base * (1 - hit), (1 - base) * (1 - alarm)]
        shares = np.stack(cells, axis=1)
        for name, rows in ROWS.items():
            yield f"{spread}, {name} rows", np.resize(rows, n_groups), shares


def drawn(rng, rows, shares, weight=None):
    """Cells of many samples, each of shape (n_groups, n_samples)."""
    people = np.stack([rng.multinomial(n, p, size=DRAWS) for n, p in zip(rows, shares, strict=True)])
    if weight is None:
        return samples_of(people, people.sum(axis=2))
    weights = weight(rng, (*people.shape, max(rows)))
    # The first of the drawn weights, as many as there are people in the cell.
    weights = weights * (np.arange(max(rows)) < people[..., None])
    return samples_of(weights.sum(axis=3), (weights**2).sum(axis=(2, 3)), weighted=True)


def samples_of(people, squares, *, weighted=False):
    return Cells(
        groups=tuple("abcdefghijkl"[: len(people)]),
        **{cell: people[:, :, i] for i, cell in enumerate(("tp", "fp", "fn", "tn"))},
        thresholds=np.full(len(people), 0.5),
        squared_weights=squares,
        weighted=weighted,
    )


def truth_of(shares):
    return cells_of(*shares, weighted=True)


def share_held(limits, truth):
    """Share of the samples where it is defined whose interval holds the truth."""
    low, high = limits
    defined = ~np.isnan(low + high)
    return ((low <= truth + 1e-12) & (truth - 1e-12 <= high))[defined].mean()


def shares_held(n_groups, limits_of, gap, reference=None, seed=0):
    """By scenario and metric, the share of samples whose interval of a gap holds the truth."""
    rng, held = np.random.default_rng(seed), {}
    critical = metrics._critical_values(n_groups, 0.95, to_one=bool(reference))
    for name, rows, shares in scenarios(n_groups):
        sample, truth = drawn(rng, rows, shares), truth_of(shares)
        for metric in JUDGED:
            limits = np.array(limits_of(sample, metric, reference, critical))
            limits[:, rate(sample, metric).max(axis=0) == 0] = np.nan  # no ratio is defined there
            held[name, metric] = share_held(limits, float(gap(truth, metric, reference=reference)))
    return held


def refuse_coverage_outside_the_bar(held):
    mean, (worst, least) = np.mean(list(held.values())), min(held.items(), key=lambda each: each[1])
    assert 0.93 <= mean <= 0.97, mean
    assert least >= 0.90, (worst, least)


def shares_of_rates_held(weight=None, rows=None, metrics_judged=METRICS):
    rng, held = np.random.default_rng(0), {}
    for name, sizes, shares in scenarios(5):
        if rows is not None and rows not in name:
            continue
        sample, truth = drawn(rng, sizes, shares, weight), truth_of(shares)
        for metric in metrics_judged:
            limits = rate_interval(sample, metric)
            for group, true in enumerate(rate(truth, metric)):
                held[name, metric, group] = share_held((limits[group, :, 0], limits[group, :, 1]), true)
    return held


def test_intervals_of_every_rate_hold_the_truth_as_often_as_they_say():
    held = shares_of_rates_held()
    refuse_coverage_outside_the_bar(held)
    for metric in METRICS:
        refuse_coverage_outside_the_bar({key: share for key, share in held.items() if key[1] == metric})


@pytest.mark.parametrize(
    "weight",
    [
        lambda rng, size: rng.uniform(0.5, 2, size),
        lambda rng, size: rng.choice([1.0, 4.0], size, p=[0.8, 0.2]),
    ],
    ids=["uniform weights", "a fifth counts fourfold"],
)
def test_intervals_of_weighted_rates_hold_the_truth_as_often_as_they_say(weight):
    refuse_coverage_outside_the_bar(shares_of_rates_held(weight, "50 rows", JUDGED))


# The more groups, the more of them lie between the ends, and the more often the truth is held.
@pytest.mark.parametrize("gap", ["difference", "ratio"])
def test_intervals_between_two_to_twelve_groups_hold_the_truth_as_often_as_they_say(gap):
    limits_of = getattr(metrics, f"_limits_of_{gap}")
    held = {}
    for n_groups in (2, 3, 5, 12):
        of_these = shares_held(n_groups, limits_of, getattr(metrics, gap))
        assert min(of_these.values()) >= 0.90
        held |= {(n_groups, *key): share for key, share in of_these.items()}
    refuse_coverage_outside_the_bar(held)


@pytest.mark.parametrize("gap", ["difference", "ratio"])
def test_intervals_to_a_reference_hold_the_truth_at_least_as_often_as_they_say(gap):
    limits_of = getattr(metrics, f"_limits_of_{gap}")
    refuse_coverage_outside_the_bar(shares_held(2, limits_of, getattr(metrics, gap), "a"))
    # Of several groups, any may be the farthest: the interval spans them all, and errs on the safe side.
    held = [*shares_held(5, limits_of, getattr(metrics, gap), "a").values()]
    assert np.mean(held) >= 0.93 and min(held) >= 0.90


def test_resampling_the_cells_would_miss_equal_rates_of_many_groups():
    rng, n_groups = np.random.default_rng(0), 12
    cells = rng.binomial(50, 0.5, size=(200, n_groups))
    again = rng.binomial(50, cells / 50, size=(400, 200, n_groups)) / 50
    low = np.quantile(again.max(axis=2) - again.min(axis=2), 0.025, axis=0)
    assert (low > 0).all()  # never holds the true difference, 0: why the intervals are not made so
