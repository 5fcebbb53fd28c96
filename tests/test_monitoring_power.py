"""False alarms of a quiet year, and what is found in time, by simulation with fixed seeds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from edutools.monitoring import power
from edutools.monitoring.evidence import (
    MARGINS,
    Baseline,
    counted_gap,
    counted_share,
    gap_evidence,
    limit,
    share_evidence,
)

YEARS = 2_000
PROMISE = 0.05


def most(probability, runs=YEARS):
    """As many of the runs as a true probability gives at most, but for one time in ten thousand."""
    return stats.binom.isf(1e-4, runs, probability)


def least(probability, runs=YEARS):
    return stats.binom.ppf(1e-4, runs, probability)


@pytest.mark.parametrize("gaps", [1, 4])
@pytest.mark.parametrize("baseline", [None, 8])
def test_at_most_one_quiet_year_in_twenty_has_an_alert_in_any_series(gaps, baseline):
    found = power(gaps=gaps, baseline=baseline, years=YEARS, seed=gaps)["false_alarms"] * YEARS
    assert found <= most(PROMISE)
    if baseline is None:
        assert found >= least(0.035)  # no more careful than it must be, or it would find less


def test_a_limit_for_more_false_alarms_would_be_found_out():
    assert power(false_alarms=0.08, years=YEARS)["false_alarms"] * YEARS > most(PROMISE)


@pytest.mark.parametrize(
    ("before", "after"), [((0.4, 0.5), (0.3, 0.5)), ((0.5, 0.6), (0.4, 0.6)), ((0.45, 0.55), (0.4, 0.6))]
)
def test_a_gap_that_goes_from_a_tenth_to_a_fifth_is_found_within_four_weeks_in_85_of_100_runs(before, after):
    found = power(before=before, after=after, years=10_000, seed=3)
    assert found["found"] * 10_000 > most(0.85, 10_000)
    assert found["false_alarms"] * 10_000 <= most(PROMISE, 10_000)


def test_a_gap_that_narrows_is_found_as_well():
    assert power(before=(0.3, 0.5), after=(0.4, 0.5), years=YEARS)["found"] > 0.85


WEEKS = 52 + max(MARGINS) - 1
RANDOM_SIZES = np.random.default_rng(1).integers(1, 60, (WEEKS, 2))
GROWING = np.repeat((1.08 ** np.arange(WEEKS) * 10).astype(int)[:, None], 2, axis=1)


@pytest.mark.parametrize("reference", [0, 8])
@pytest.mark.parametrize(
    ("sizes", "rates"),
    [
        ((20, 480), (0.1, 0.1)),
        ((20, 480), (0.05, 0.1)),
        ((10, 100), (0.02, 0.02)),
        ((50, 50), (0.02, 0.12)),
        ((5, 5), (0.1, 0.2)),
        ((3, 50), (0.9, 0.9)),
        ((250, 250), (0.99, 0.999)),
        (RANDOM_SIZES, (0.2, 0.3)),
        (RANDOM_SIZES * (RANDOM_SIZES > 30), (0.2, 0.3)),
        (GROWING, (0.2, 0.3)),
    ],
    ids=str,
)
def test_small_uneven_and_empty_weeks_raise_no_more_alerts(sizes, rates, reference):
    random = np.random.default_rng(7)
    sizes = np.broadcast_to(sizes, (WEEKS, 2))
    hits = random.binomial(sizes, rates, size=(YEARS, WEEKS, 2))
    begins = np.where(np.arange(WEEKS) < WEEKS - 52, WEEKS, reference)
    of_reference = np.broadcast_to(sizes[:reference].sum(axis=0), (YEARS, 2))
    baseline = (
        counted_gap(hits[:, :reference].sum(axis=1), of_reference)
        if reference
        else Baseline(rates[0] - rates[1])
    )
    value = gap_evidence(hits, sizes, baseline, begins).value
    alerts = (np.abs(np.nan_to_num(value)) > limit(PROMISE, 52)).any(axis=1).sum()
    assert alerts <= most(PROMISE)


@pytest.mark.parametrize(("windows", "false_alarms"), [(12, 0.05), (365, 0.05), (365, 0.01)])
def test_days_and_months_keep_the_same_promise(windows, false_alarms):
    random = np.random.default_rng(2)
    n = windows + max(MARGINS) - 1
    sizes = np.full((n, 2), 200)
    begins = np.where(np.arange(n) < n - windows, n, 0)
    hits = random.binomial(200, 0.4, size=(1_000, n, 2))
    value = gap_evidence(hits, sizes, Baseline(0.0), begins).value
    alerts = (np.abs(np.nan_to_num(value)) > limit(false_alarms, windows)).any(axis=1).sum()
    assert alerts <= most(false_alarms, 1_000)
    assert windows == 12 or alerts >= least(0.5 * false_alarms, 1_000)


@pytest.mark.parametrize(("everyone", "share"), [(40, 0.1), (500, 0.42), (200, 0.97), (7, 0.5)])
@pytest.mark.parametrize("reference", [0, 8])
def test_shares_of_who_applies_keep_their_part_of_the_promise(everyone, share, reference):
    random = np.random.default_rng(4)
    rows = random.binomial(everyone, share, size=(YEARS, WEEKS))
    begins = np.where(np.arange(WEEKS) < WEEKS - 52, WEEKS, reference)
    baseline = (
        counted_share(rows[:, :reference].sum(axis=1), np.full(YEARS, everyone * reference))
        if reference
        else Baseline(share)
    )
    value = share_evidence(rows, np.full(WEEKS, everyone), baseline, begins).value
    assert (np.abs(np.nan_to_num(value)) > limit(PROMISE, 52)).any(axis=1).sum() <= most(PROMISE)


def test_a_gap_at_the_edge_of_its_band_raises_no_more_alerts():
    random = np.random.default_rng(9)
    sizes = np.full((WEEKS, 2), 250)
    hits = random.binomial(250, (0.35, 0.5), size=(YEARS, WEEKS, 2))
    begins = np.where(np.arange(WEEKS) < WEEKS - 52, WEEKS, 0)
    value = gap_evidence(hits, sizes, Baseline(-0.1), begins, tolerance=0.05).value
    alerts = (np.abs(np.nan_to_num(value)) > limit(PROMISE, 52)).any(axis=1).sum()
    assert 0 < alerts <= most(PROMISE)
    assert math.isclose(alerts / YEARS, PROMISE / 2, abs_tol=0.015)  # one edge of two is near
