"""How strongly counts speak for a gap that has left its band, and how much of that a quiet year brings.

Each window (a week, say) gives a gap between two groups, or a group's share of those who apply. The last 1,
2, 4, 8 and 13 windows are each taken together and held against the band in standard errors: a generalized
likelihood ratio over some spans [1]_. A span's distance less its margin is its evidence; the largest is the
window's. The margins make a month the span that is watched most closely: what one week alone must show is
more, since a year has 52 chances for it. The limit that a quiet year passes with a given probability was
found by simulation (`simulated_limit`).

.. [1] Lai, T. L. (1995). Sequential changepoint detection in quality control and dynamical systems. Journal
of
   the Royal Statistical Society B, 57(4), 613-658.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MARGINS = {1: 0.8, 2: 0.3, 4: 0.0, 8: 0.3, 13: 0.4}
"""Windows taken together, and the standard errors that each such span must show beyond the limit."""

WINDOWS_OF_LIMITS = 52
# Probability that 52 windows of a quiet series pass the limit: simulated_limit of 3,000,000 years.
LIMITS = {
    0.2: 2.876,
    0.1: 3.120,
    0.05: 3.338,
    0.02: 3.599,
    0.01: 3.784,
    0.005: 3.956,
    0.002: 4.174,
    0.001: 4.330,
    0.0005: 4.479,
    0.0002: 4.681,
    0.0001: 4.811,
}

# A sum of counts more skewed than this is too far from what its standard error describes to be judged.
MOST_SKEWED = 0.7


@dataclass(frozen=True)
class Baseline:
    """What gaps or shares are held against: a value that is known, or counts with the noise that counts have.

    Attributes
    ----------
    value : float or ndarray of shape (...)
        A gap in [-1, 1] or a share in [0, 1]; nan where the counts do not tell it.
    hits, sizes : ndarray, optional
        What it was counted from, of the shape that one window has: (..., 2) of a gap, (...) of a share. None
        where it is known.
    """

    value: float | Floats
    hits: Floats | None = None
    sizes: Floats | None = None


def counted_gap(hits: Any, sizes: Any) -> Baseline:
    """The gap among `hits` of `sizes`, shape (..., 2): a group and its reference."""
    hits, sizes = np.asarray(hits, dtype=float), np.asarray(sizes, dtype=float)
    return Baseline(_gap(hits, sizes), hits, sizes)


def counted_share(rows: Any, everyone: Any) -> Baseline:
    """The share of `rows` among `everyone`, shape (...)."""
    rows, everyone = np.asarray(rows, dtype=float), np.asarray(everyone, dtype=float)
    return Baseline(_over(rows, everyone), rows, everyone)


def gap_distance(hits: Any, sizes: Any, baseline: Baseline, edge: float = 0.0) -> Floats:
    """Standard errors from the baseline's gap plus `edge` to the gap seen, nan where nothing can be told.

    The standard error is that of groups whose rates differ by just so much (a score test [1]_); a baseline
    that was counted adds its own, and the gap that both are held to is estimated from both.

    Parameters
    ----------
    hits, sizes : array_like, shape (..., n, 2)
        In the group and in the reference: how many, of how many.
    baseline : Baseline, one for each leading index
    edge : float, default 0

    References
    ----------
    .. [1] Miettinen, O. and Nurminen, M. (1985). Comparative analysis of two rates. Statistics in Medicine,
    4(2).
    """
    hits, sizes = np.asarray(hits, dtype=float), np.asarray(sizes, dtype=float)
    seen = _gap(hits, sizes)
    if baseline.hits is None or baseline.sizes is None:
        held_to = np.clip(np.asarray(baseline.value)[..., None] + edge, -1, 1)
        variance, third = _moments_of_gap(hits, sizes, held_to)
        return _as_normal(seen - held_to, variance, third)
    before_hits, before_sizes = baseline.hits[..., None, :], baseline.sizes[..., None, :]
    before = np.asarray(baseline.value)[..., None]
    weight, weight_before = _harmonic(sizes), _harmonic(before_sizes)
    common = _over(weight * (seen - edge) + weight_before * before, weight + weight_before)
    now = _moments_of_gap(hits, sizes, np.clip(common + edge, -1, 1))
    then = _moments_of_gap(before_hits, before_sizes, np.clip(common, -1, 1))
    return _as_normal(seen - edge - before, now[0] + then[0], now[1] - then[1])


def share_distance(rows: Any, everyone: Any, baseline: Baseline, edge: float = 0.0) -> Floats:
    """Standard errors from the baseline's share plus `edge` to the share seen, nan where nothing can be told.

    Parameters
    ----------
    rows, everyone : array_like, shape (..., n)
        How many of the group, among how many.
    baseline : Baseline, one for each leading index
    edge : float, default 0
    """
    rows, everyone = np.asarray(rows, dtype=float), np.asarray(everyone, dtype=float)
    seen = _over(rows, everyone)
    if baseline.hits is None or baseline.sizes is None:
        held_to = np.clip(np.asarray(baseline.value)[..., None] + edge, 0, 1)
        return _as_normal(seen - held_to, *_moments(held_to, everyone))
    before_rows, before_everyone = baseline.hits[..., None], baseline.sizes[..., None]
    common = _over(rows - edge * everyone + before_rows, everyone + before_everyone)
    now = _moments(np.clip(common + edge, 0, 1), everyone)
    then = _moments(np.clip(common, 0, 1), before_everyone)
    return _as_normal(seen - edge - np.asarray(baseline.value)[..., None], now[0] + then[0], now[1] - then[1])


def _gap(hits: Floats, sizes: Floats) -> Floats:
    rates = _over(hits, sizes)
    return rates[..., 0] - rates[..., 1]


def _harmonic(sizes: Floats) -> Floats:
    """The weight of a gap between two groups, as in Mantel and Haenszel's estimate."""
    return np.nan_to_num(_over(sizes.prod(axis=-1), sizes.sum(axis=-1)))


def _moments_of_gap(hits: Floats, sizes: Floats, gap: Floats) -> tuple[Floats, Floats]:
    """Second and third central moment of the gap seen, were the rates just `gap` apart."""
    group, reference = sizes[..., 0], sizes[..., 1]
    everyone = group + reference
    lower = _likeliest(hits, sizes, gap)
    of_group, of_reference = _moments(lower + gap, group), _moments(lower, reference)
    unbiased = _over(everyone, everyone - 1)
    return unbiased * (of_group[0] + of_reference[0]), of_group[1] - of_reference[1]


def _likeliest(hits: Floats, sizes: Floats, gap: Floats) -> Floats:
    """The reference's likeliest rate where the group's lies just `gap` above it.

    Farrington, C. P. and Manning, G. (1990). Test statistics and sample size formulae for comparative
    binomial trials. Statistics in Medicine, 9(12): the root of a cubic equation.
    """
    n, n_reference = sizes.sum(axis=-1), sizes[..., 1]
    x, x_reference = hits.sum(axis=-1), hits[..., 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        square = ((n + n_reference) * gap - n - x) / n
        linear = ((n_reference * gap - n - 2 * x_reference) * gap + x) / n
        constant = x_reference * gap * (1 - gap) / n
        q = (square / 3) ** 3 - square * linear / 6 + constant / 2
        p = np.copysign(np.sqrt(np.maximum(0, (square / 3) ** 2 - linear / 3)), q)
        angle = (np.pi + np.arccos(np.clip(np.where(p == 0, 0, q / p**3), -1, 1))) / 3
        root = 2 * p * np.cos(angle) - square / 3
    return np.clip(root, np.maximum(0, -gap), np.minimum(1, 1 - gap))


def _moments(rate: Floats, size: Floats) -> tuple[Floats, Floats]:
    """Second and third central moment of a share of `size` rows."""
    spread = rate * (1 - rate)
    return _over(spread, size), _over(spread * (1 - 2 * rate), size**2)


def _over(over: Any, under: Any) -> Floats:
    over, under = np.broadcast_arrays(np.asarray(over, dtype=float), np.asarray(under, dtype=float))
    return np.divide(over, under, out=np.full(under.shape, np.nan), where=under > 0)


def _as_normal(distance: Floats, variance: Floats, third: Floats) -> Floats:
    """A distance as the standard normal value that is as improbable; nan where it cannot be told.

    A sum of rare events has a longer tail than its standard error says. Wilson and Hilferty's cube root, for
    the gamma distribution of the same skewness, straightens it.
    """
    deviation = np.sqrt(np.where(variance > 1e-12, variance, np.nan))
    z, skewness = distance / deviation, third / deviation**3
    slight = np.abs(skewness) < 1e-3
    s = np.where(slight, 1, skewness)
    straightened = 6 / s * (np.cbrt(np.maximum(0, 1 + s * z / 2)) - 1) + s / 6
    return np.where(np.abs(skewness) > MOST_SKEWED, np.nan, np.where(slight, z, straightened))


@dataclass(frozen=True)
class Evidence:
    """Of each window, how far its gap lies beyond its band.

    Attributes
    ----------
    value : ndarray of float, shape (..., n_windows)
        Standard errors less the span's margin, above the band where positive and below it where negative; nan
        where no span says anything.
    span : ndarray of int, same shape
        Windows that were taken together for it.
    """

    value: Floats
    span: NDArray[np.intp]


def gap_evidence(
    hits: Any, sizes: Any, baseline: Baseline, begins: NDArray[np.intp], tolerance: float = 0.0
) -> Evidence:
    """Evidence of each window that a gap lies farther than `tolerance` from its baseline.

    Parameters
    ----------
    hits, sizes : array_like, shape (..., n_windows, 2)
    baseline : Baseline, one for each leading index
    begins : ndarray of int, shape (n_windows,)
        For each window the first that may be taken together with it.
    tolerance : float, at least 0
    """
    hits, sizes = (np.moveaxis(np.asarray(each, dtype=float), -1, -2) for each in (hits, sizes))

    def distance(span: int, edge: float) -> Floats:
        last_hits, last_sizes = (np.moveaxis(_last(each, span), -1, -2) for each in (hits, sizes))
        return gap_distance(last_hits, last_sizes, baseline, edge)

    return _strongest(distance, begins, tolerance)


def share_evidence(
    rows: Any, everyone: Any, baseline: Baseline, begins: NDArray[np.intp], tolerance: float = 0.0
) -> Evidence:
    """Evidence of each window that a share lies farther than `tolerance` from its baseline, as of a gap."""
    rows, everyone = np.asarray(rows, dtype=float), np.asarray(everyone, dtype=float)

    def distance(span: int, edge: float) -> Floats:
        return share_distance(_last(rows, span), _last(everyone, span), baseline, edge)

    return _strongest(distance, begins, tolerance)


def _strongest(
    distance: Callable[[int, float], Floats], begins: NDArray[np.intp], tolerance: float
) -> Evidence:
    places = np.arange(begins.size)
    found: Evidence | None = None
    for span, margin in MARGINS.items():
        above = distance(span, tolerance)
        below = above if tolerance == 0 else distance(span, -tolerance)
        beyond = np.fmax(above - margin, 0) + np.fmin(below + margin, 0)
        beyond = np.where(np.isnan(above) | (places - span + 1 < begins), np.nan, beyond)
        found = (
            Evidence(beyond, np.ones(beyond.shape, dtype=np.intp))
            if found is None
            else _larger(found, beyond, span)
        )
    assert found is not None
    return found


def _larger(found: Evidence, value: Floats, span: int) -> Evidence:
    takes = np.nan_to_num(np.abs(value), nan=-1) > np.nan_to_num(np.abs(found.value), nan=-1)
    return Evidence(np.where(takes, value, found.value), np.where(takes, span, found.span))


def _last(values: Floats, span: int) -> Floats:
    """The sum of the last `span` values at each place, of fewer at the beginning."""
    padded = np.concatenate([np.zeros((*values.shape[:-1], span)), np.cumsum(values, axis=-1)], axis=-1)
    return padded[..., span:] - padded[..., :-span]


def limit(false_alarms: float, windows: int) -> float:
    """Evidence that `windows` windows of a quiet series pass with a probability of `false_alarms` at most.

    Parameters
    ----------
    false_alarms : float, in (0, 1)
    windows : int, at least 1, windows in a year
    """
    of_limits = -math.expm1(WINDOWS_OF_LIMITS / windows * math.log1p(-false_alarms))
    rarest = min(LIMITS)
    if of_limits < rarest:
        return _limit_by_counting(of_limits)
    levels = sorted(LIMITS)
    return float(np.interp(np.log(of_limits), np.log(levels), [LIMITS[level] for level in levels]))


def _limit_by_counting(false_alarms: float) -> float:
    # As if each span of each window were a test of its own: too high, never too low.
    low, high = LIMITS[min(LIMITS)], 40.0
    for _ in range(60):
        middle = (low + high) / 2
        chances = sum(math.erfc((middle + margin) / math.sqrt(2)) for margin in MARGINS.values())
        low, high = (middle, high) if WINDOWS_OF_LIMITS * chances > false_alarms else (low, middle)
    return high


def simulated_limit(false_alarms: float, *, years: int = 100_000, seed: int = 0) -> float:
    """The limit of a year of 52 windows, by simulation of quiet years that go on from quiet years.

    Parameters
    ----------
    false_alarms : float, in (0, 1)
    years : int, default 100,000
    seed : int, default 0
    """
    random, longest, largest = np.random.default_rng(seed), max(MARGINS), []
    warm_up = np.arange(longest - 1 + WINDOWS_OF_LIMITS) < longest - 1
    begins = np.where(warm_up, warm_up.size, 0)
    for size in [10_000] * (years // 10_000) + [years % 10_000] * (years % 10_000 > 0):
        noise = random.standard_normal((size, warm_up.size))
        sums = {span: _last(noise, span) / math.sqrt(span) for span in MARGINS}
        found = _strongest(lambda span, _, sums=sums: sums[span], begins, 0.0)  # type: ignore[misc]
        largest.append(np.nanmax(np.abs(found.value), axis=-1))
    return float(np.quantile(np.concatenate(largest), 1 - false_alarms))
