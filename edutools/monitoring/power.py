"""What a monitor finds, and how often it calls without need: by simulation, before anything is at stake."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edutools._checks import known_keywords
from edutools.monitoring.evidence import (
    MARGINS,
    WINDOWS_OF_LIMITS,
    Baseline,
    Evidence,
    counted_gap,
    counted_share,
    gap_evidence,
    limit,
    share_evidence,
)
from edutools.monitoring.series import GAPS_PART, SHARES_PART


@known_keywords()
def power(
    *,
    decisions: int = 500,
    share: float = 0.5,
    before: Sequence[float] = (0.4, 0.5),
    after: Sequence[float] = (0.3, 0.5),
    within: int = 4,
    gaps: int = 1,
    baseline: int | None = None,
    tolerance: float = 0.0,
    false_alarms: float = 0.05,
    years: int = 2000,
    seed: int = 0,
) -> dict[str, float]:
    """How often a change of one gap is found in time, and how often a quiet year brings an alert.

    Parameters
    ----------
    decisions : int, default 500
        A week.
    share : float, default 0.5
        The group's share of them, in (0, 1); the rest are the reference's.
    before, after : pair of float
        The group's and the reference's rate before the change and after it, in [0, 1].
    within : int, default 4
        Weeks in which the change is to be found.
    gaps : int, default 1
        How many gaps are watched, each of decisions of its own, beside the group's share of who applies.
    baseline : int, optional
        Weeks of reference; by default the gap and the share are known.
    tolerance, false_alarms
        As a Monitor has them.
    years : int, default 2000
        To simulate.
    seed : int, default 0

    Returns
    -------
    dict of str to float, in [0, 1]
        ``"found"``: share of runs with an alert of the gap that changed, within so many weeks;
        ``"false_alarms"``: share of quiet years with an alert of any series.
    """
    random = np.random.default_rng(seed)
    reference = baseline or 0
    before_change = reference + max(MARGINS) - 1
    limits = [
        limit(false_alarms * GAPS_PART / gaps, WINDOWS_OF_LIMITS),
        limit(false_alarms * SHARES_PART, WINDOWS_OF_LIMITS),
    ]
    quiet = np.zeros(years, dtype=bool)
    # Each gap is of decisions of its own, and the first of them say who applies.
    for place in range(gaps):
        year = _simulated(random, years, before_change, decisions, share, [(WINDOWS_OF_LIMITS, before)])
        judged = _judged(year, share, before, reference, tolerance)
        for found, of_series in list(zip(judged, limits, strict=True))[: 2 if place == 0 else 1]:
            quiet |= _alerts(found, of_series, before_change)
    changed = _simulated(
        random, years, before_change, decisions, share, [(0, before), (within, after)], before
    )
    gap = next(_judged(changed, share, before, reference, tolerance))
    return {
        "found": float(_alerts(gap, limits[0], before_change).mean()),
        "false_alarms": float(quiet.mean()),
    }


def _simulated(
    random: np.random.Generator,
    years: int,
    first: int,
    decisions: int,
    share: float,
    then: list[tuple[int, Sequence[float]]],
    before: Sequence[float] | None = None,
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Hits and sizes, shape (years, weeks, 2): `first` weeks as before, and then as said."""
    phases = [(first, before or then[0][1]), *then]
    rates = np.concatenate([np.full((weeks, 2), rate) for weeks, rate in phases if weeks])
    group = random.binomial(decisions, share, size=(years, len(rates)))
    sizes = np.stack([group, decisions - group], axis=-1)
    return random.binomial(sizes, rates), sizes


def _judged(
    simulated: tuple[NDArray[Any], NDArray[Any]],
    share: float,
    before: Sequence[float],
    reference: int,
    tolerance: float,
) -> Iterator[Evidence]:
    """Evidence of the gap, and of who applies."""
    hits, sizes = simulated
    begins = np.where(np.arange(hits.shape[1]) < reference, hits.shape[1], reference)
    known = Baseline(before[0] - before[1]), Baseline(share)
    gap, of_share = (
        known
        if not reference
        else (
            counted_gap(hits[:, :reference].sum(axis=1), sizes[:, :reference].sum(axis=1)),
            counted_share(sizes[:, :reference, 0].sum(axis=1), sizes[:, :reference].sum(axis=(1, 2))),
        )
    )
    yield gap_evidence(hits, sizes, gap, begins, tolerance)
    yield share_evidence(sizes[..., 0], sizes.sum(axis=-1), of_share, begins, tolerance)


def _alerts(evidence: Evidence, of_series: float, begin: int) -> NDArray[np.bool_]:
    return np.any(np.abs(np.nan_to_num(evidence.value[:, begin:])) > of_series, axis=1)
