"""Rates of each group, and the gaps between groups, read off counts as metrics.json defines them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edutools._checks import known_keywords, one_of
from edutools.texts import text

Floats = NDArray[np.float64]
Pairs = tuple[NDArray[np.intp], NDArray[np.intp]]

DEFINITIONS: dict[str, dict[str, Any]] = json.loads(
    (files("edutools") / "metrics.json").read_text(encoding="utf-8")
)
METRICS: tuple[str, ...] = tuple(DEFINITIONS)
# Standard errors to either side of a 95% interval of what is normal.
Z = 1.959963984540054


class GroupCells(Protocol):
    """What is read here of a table of counts: its groups, and four arrays whose first axis is the groups."""

    @property
    def groups(self) -> tuple[str, ...]:
        """Names, length n_groups."""
        ...

    @property
    def tp(self) -> NDArray[Any]:
        """True positives."""
        ...

    @property
    def fp(self) -> NDArray[Any]:
        """False positives."""
        ...

    @property
    def fn(self) -> NDArray[Any]:
        """False negatives."""
        ...

    @property
    def tn(self) -> NDArray[Any]:
        """True negatives."""
        ...

    @property
    def squared_weights(self) -> NDArray[Any]:
        """Sum of squared weights, shape (n_groups,)."""
        ...

    @property
    def weighted(self) -> bool:
        """Whether rows have weights."""
        ...


class Undefined(float):
    """A nan that carries the reason why there is no number, as text, in `reason`."""

    reason: str

    def __new__(cls, reason: str) -> Undefined:
        """A nan whose `reason` says why there is no number."""
        undefined = super().__new__(cls, "nan")
        undefined.reason = reason
        return undefined

    def __repr__(self) -> str:
        return f"nan ({self.reason})"

    def __reduce__(self) -> tuple[type[Undefined], tuple[str]]:
        return Undefined, (self.reason,)


@known_keywords()
def rate(counts: GroupCells, metric: str) -> Floats:
    """Value of a metric in each group, nan where it is undefined.

    Parameters
    ----------
    counts : ThresholdCounts or Cells
        The four cells of each group.
    metric : str
        A name in metrics.json, such as "true_positive_rate".

    Returns
    -------
    ndarray of float, shape (n_groups, n_thresholds) for ThresholdCounts, (n_groups,) for Cells
        Values within the metric's range, [0, 1].

    Raises
    ------
    ValueError: `metric` is not in metrics.json.
    """
    definition = definition_of(metric)
    if "parts" in definition:
        return np.mean([rate(counts, part) for part in definition["parts"]], axis=0)
    over, under = _weigh(counts, definition["over"]), _weigh(counts, definition["under"])
    return np.divide(over, under, out=np.full(under.shape, np.nan), where=under > 0)


def definition_of(metric: str) -> dict[str, Any]:
    """Entry of metrics.json for a metric.

    Raises
    ------
    ValueError: `metric` is not in metrics.json.
    """
    return DEFINITIONS[one_of("metric", metric, METRICS, near=_OTHER_NAMES)]


def label_of(metric: str) -> str:
    """What readers call a metric of metrics.json, such as 'True positive rate', in the present language."""
    return text(f"metric.{metric}")


def _weigh(counts: GroupCells, weights: dict[str, int]) -> Floats:
    terms = [weight * np.asarray(getattr(counts, cell), dtype=float) for cell, weight in weights.items()]
    return np.sum(terms, axis=0)


@known_keywords()
def difference(cells: GroupCells, metric: str, *, reference: str | None = None) -> float:
    """Largest difference of a metric between groups, in [0, 1], or to a reference group, in [-1, 1].

    Parameters
    ----------
    cells : Cells
        The four cells of each group at its threshold.
    metric : str
        A name in metrics.json.
    reference : str, optional
        A group. With it, the result is another group's value less the reference's: of the groups' differences
        the one farthest from 0, with its sign. Without it, the result is the highest value less the lowest.

    Returns
    -------
    float
        An `Undefined` (a nan with its `reason`) where the metric is undefined in any group, or there is one
        group only.

    Raises
    ------
    ValueError: `metric` is not in metrics.json; `reference` is not a group.
    """
    values, others, missing = _compared(cells, metric, reference)
    if missing:
        return Undefined(missing)
    if reference is None:
        return float(values.max() - values.min())
    gaps = values[others] - values[cells.groups.index(reference)]
    return float(gaps[np.argmax(np.abs(gaps))])


@known_keywords()
def ratio(cells: GroupCells, metric: str, *, reference: str | None = None) -> float:
    """Smallest ratio of a metric between groups, in [0, 1], or to a reference group, in [0, inf).

    Parameters
    ----------
    cells : Cells
        The four cells of each group at its threshold.
    metric : str
        A name in metrics.json.
    reference : str, optional
        A group. With it, the result is another group's value over the reference's, the smallest of them where
        there are several. Without it, the result is the lowest value over the highest.

    Returns
    -------
    float
        An `Undefined` (a nan with its `reason`) where the metric is undefined in any group, the divisor is 0,
        or there is one group only.

    Raises
    ------
    ValueError: `metric` is not in metrics.json; `reference` is not a group.
    """
    values, others, missing = _compared(cells, metric, reference)
    if missing:
        return Undefined(missing)
    if reference is None:
        top = values.max()
        return float(values.min() / top) if top > 0 else Undefined(text("undefined.zero_over_zero"))
    base = values[cells.groups.index(reference)]
    return (
        float(values[others].min() / base)
        if base > 0
        else Undefined(text("undefined.zero_reference", group=reference))
    )


def undefined_reasons(cells: GroupCells, metric: str) -> dict[str, str]:
    """Why a metric has no value: a dict of group to reason, with only the groups where it has none."""
    definition = definition_of(metric)
    if "parts" in definition:
        reasons: dict[str, str] = {}
        for part in definition["parts"]:
            reasons = undefined_reasons(cells, part) | reasons
        return {group: reasons[group] for group in cells.groups if group in reasons}
    undefined = np.isnan(rate(cells, metric))
    empty = _weigh(cells, DEFINITIONS["base_rate"]["under"]) == 0
    return {
        group: text("undefined.people" if is_empty else f"undefined.{definition['needs']}", group=group)
        for group, is_undefined, is_empty in zip(cells.groups, undefined, empty, strict=True)
        if is_undefined
    }


@known_keywords()
def rate_interval(counts: GroupCells, metric: str, *, confidence: float = 0.95) -> Floats:
    """Interval of each group's rate, of which `confidence` of all samples' intervals hold the true one.

    Wilson's interval [1]_ for every rate that is a share of some people. F1 is a rising function of such a
    share, tp / (tp + fp + fn), and takes that share's limits; the mean of two rates (balanced accuracy)
    joins their limits as Newcombe's does. Both keep their coverage at 50 rows, where resampling the cells
    does not. Weighted rows count as Kish's effective number of rows [2]_, which supposes weights that do not
    depend on the outcome.

    Parameters
    ----------
    counts : Cells or ThresholdCounts
        The four cells of each group, with `squared_weights` and `weighted`.
    metric : str
        A name in metrics.json.
    confidence : float, default 0.95
        In (0, 1).

    Returns
    -------
    ndarray of float, shape (n_groups, 2) for Cells, (n_groups, n_thresholds, 2) for ThresholdCounts
        Low and high, within [0, 1]; nan where the rate is undefined.

    Raises
    ------
    ValueError: `metric` is not in metrics.json, or `confidence` is not in (0, 1).

    References
    ----------
    .. [1] Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. JASA,
    22.
    .. [2] Kish, L. (1965). Survey Sampling. Wiley. Section 11.7.
    """
    definition_of(metric)
    return np.stack(_limits(counts, metric, _critical_values(2, confidence)[0]), axis=-1)


def share_interval(hits: ArrayLike, size: ArrayLike) -> Floats:
    """Wilson's 95% interval of hits / size, for a share that no metric names, such as a group's of a table.

    Parameters
    ----------
    hits, size : array_like of the same shape (...)
        How many, of how many; with Kish's effective numbers for weighted rows, neither need be whole.

    Returns
    -------
    ndarray of float, shape (..., 2)
        Low and high, within [0, 1]; nan where `size` is 0.
    """
    z = _critical_values(2, 0.95)[0]
    limits = _wilson(np.asarray(hits, dtype=float), np.asarray(size, dtype=float), z)
    return np.stack(limits, axis=-1)


@known_keywords()
def difference_interval(
    cells: GroupCells, metric: str, *, reference: str | None = None, confidence: float = 0.95
) -> tuple[float, float]:
    """Interval (low, high) of `difference`, within [0, 1], or [-1, 1] with a reference group.

    Newcombe's interval [1]_ for two groups. The highest less the lowest of many groups is drawn apart by
    chance, and resampling makes that worse; so each pair of groups takes its Newcombe interval, and the
    largest limits are taken:
    the lower ones with the critical value of the studentized range, so that among groups that are truly
    alike 0 is held in `confidence` of all samples, the upper ones with the value that leaves the two tails
    together 1 - `confidence` where two groups stand apart from the rest. A low of 0 means that the gap is
    within noise.

    Parameters
    ----------
    cells, metric, reference
        As for `difference`. With a reference and several other groups, the interval spans those of all
        groups that may be the farthest; it can then hold 0 though the difference is clear but its sign is
        not.
    confidence : float, default 0.95
        In (0, 1).

    Returns
    -------
    tuple of float
        Two `Undefined` where the difference is undefined.

    Raises
    ------
    ValueError: as for `difference`, or `confidence` is not in (0, 1).

    References
    ----------
    .. [1] Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions.
       Statistics in Medicine, 17(8).
    """
    critical = _critical_of(cells, reference, confidence)
    gap = difference(cells, metric, reference=reference)
    if isinstance(gap, Undefined):
        return gap, gap
    low, high = _limits_of_difference(cells, metric, reference, critical)
    return float(low), float(high)


@known_keywords()
def ratio_interval(
    cells: GroupCells, metric: str, *, reference: str | None = None, confidence: float = 0.95
) -> tuple[float, float]:
    """Interval (low, high) of `ratio`, within [0, 1], or [0, inf] with a reference group.

    For two groups the limits of Donner and Zou [1]_ on Wilson's, which unlike Katz's stand also where a rate
    is 0; for many groups the smallest limits of all pairs, with critical values as for
    `difference_interval`. A high of 1 means that the ratio is within noise.

    Parameters
    ----------
    cells, metric, reference
        As for `ratio`.
    confidence : float, default 0.95
        In (0, 1).

    Returns
    -------
    tuple of float
        Two `Undefined` where the ratio is undefined.

    Raises
    ------
    ValueError: as for `ratio`, or `confidence` is not in (0, 1).

    References
    ----------
    .. [1] Donner, A. and Zou, G. Y. (2012). Closed-form confidence intervals for functions of the normal
    mean and
       standard deviation. Statistical Methods in Medical Research, 21(4).
    """
    critical = _critical_of(cells, reference, confidence)
    share = ratio(cells, metric, reference=reference)
    if isinstance(share, Undefined):
        return share, share
    low, high = _limits_of_ratio(cells, metric, reference, critical)
    return float(low), float(high)


def _limits_of_difference(
    counts: GroupCells, metric: str, reference: str | None, critical: tuple[float, float]
) -> tuple[Floats, Floats]:
    """Low and high of the difference between groups, the first axis, where all of them are defined."""
    values, pairs = rate(counts, metric), _pairs(counts, reference)
    near, far = (_pair_differences(values, _limits(counts, metric, z), pairs) for z in critical)
    least = np.maximum(near[0], -near[1]).max(axis=0).clip(min=0)
    low, high = far
    if reference is None:
        return least, high.max(axis=0).clip(max=1)
    # What is farthest lies at least `least` from 0, on either side.
    below, above = low <= -least, high >= least
    lows = np.where(below, low, np.where(above, least, 1))
    highs = np.where(above, high, np.where(below, -least, -1))
    return lows.min(axis=0).clip(min=-1), highs.max(axis=0).clip(max=1)


def _limits_of_ratio(
    counts: GroupCells, metric: str, reference: str | None, critical: tuple[float, float]
) -> tuple[Floats, Floats]:
    """Low and high of the ratio between groups, the first axis, where it is defined."""
    values, pairs = rate(counts, metric), _pairs(counts, reference)
    near, far = (_pair_ratios(values, _limits(counts, metric, z), pairs) for z in critical)
    high = near[1].min(axis=0)
    return far[0].min(axis=0), np.minimum(high, 1) if reference is None else high


def _compared(cells: GroupCells, metric: str, reference: str | None) -> tuple[Floats, NDArray[np.bool_], str]:
    """Values by group, which groups are not the reference, and why nothing can be compared, or ""."""
    values = rate(cells, metric)
    if values.ndim != 1:
        raise ValueError(
            "`cells` must be at one threshold a group, as `counts.at(0.5)`, got all thresholds at once."
        )
    if reference is not None:
        one_of("reference", reference, cells.groups)
    reasons = list(undefined_reasons(cells, metric).values())
    if len(cells.groups) == 1:
        reasons.append(text("undefined.one_group", group=cells.groups[0]))
    return values, np.array([group != reference for group in cells.groups]), "; ".join(reasons)


def _limits(counts: GroupCells, metric: str, z: float) -> tuple[Floats, Floats]:
    """Lower and upper limits of each group's value, z standard errors away."""
    definition = DEFINITIONS[metric]
    if "parts" in definition:
        return _limits_of_mean(counts, definition["parts"], z)
    over, under = definition["over"], definition["under"]
    hits = _weigh(counts, dict.fromkeys(over, 1)) * _effective_share(counts)
    size = _weigh(counts, dict.fromkeys(under, 1)) * _effective_share(counts)
    low, high = _wilson(hits, size, z)
    # Each cell over the line weighs `hit`, each further one under it `miss`: the value rises with the share
    # of hits.
    hit = next(iter(over.values()))
    miss = next(weight for cell, weight in under.items() if cell not in over)
    return hit * low / (hit * low + miss * (1 - low)), hit * high / (hit * high + miss * (1 - high))


def _limits_of_mean(counts: GroupCells, parts: list[str], z: float) -> tuple[Floats, Floats]:
    # The parts' denominators share no cell, so they err apart: Zou and Donner (2008), Statistics in Medicine
    # 27(10).
    values = [rate(counts, part) for part in parts]
    limits = [_limits(counts, part, z) for part in parts]
    down = np.sqrt(sum((value - low) ** 2 for value, (low, _) in zip(values, limits, strict=True)))
    up = np.sqrt(sum((high - value) ** 2 for value, (_, high) in zip(values, limits, strict=True)))
    middle = sum(values)
    return np.maximum(0, (middle - down) / len(parts)), np.minimum(1, (middle + up) / len(parts))


def _effective_share(counts: GroupCells) -> Floats:
    """Effective rows for each unit of weight, by group, in the shape that multiplies the cells."""
    if not counts.weighted:
        return np.ones((len(counts.groups),) + (1,) * (counts.tp.ndim - 1))
    total = _weigh(counts, DEFINITIONS["base_rate"]["under"])
    squares = np.asarray(counts.squared_weights, dtype=float)
    squares = squares.reshape(squares.shape + (1,) * (total.ndim - squares.ndim))
    return np.divide(total, squares, out=np.zeros(total.shape), where=squares > 0)


def _wilson(hits: Floats, size: Floats, z: float) -> tuple[Floats, Floats]:
    """Wilson's limits of hits / size, nan where size is 0."""
    n = np.where(size > 0, size, np.nan)
    p = hits / n
    centre = p + z * z / (2 * n)
    half = z * np.sqrt(p * (1 - p) / n + (z / (2 * n)) ** 2)
    stretch = 1 + z * z / n
    low, high = (centre - half) / stretch, (centre + half) / stretch
    return np.where(p <= 0, 0.0, low), np.where(p >= 1, 1.0, high)


def _pairs(cells: GroupCells, reference: str | None) -> Pairs:
    """Which groups are compared with which: each with each other, both ways, or each with the reference."""
    n = len(cells.groups)
    if reference is None:
        one, other = np.nonzero(~np.eye(n, dtype=bool))
        return one, other
    place = cells.groups.index(reference)
    others = np.array([i for i in range(n) if i != place])
    return others, np.full(n - 1, place)


def _pair_differences(values: Floats, limits: tuple[Floats, Floats], pairs: Pairs) -> tuple[Floats, Floats]:
    (one, other), (low, high) = pairs, limits
    down, up = values - low, high - values
    gap = values[one] - values[other]
    return gap - np.hypot(down[one], up[other]), gap + np.hypot(up[one], down[other])


def _pair_ratios(values: Floats, limits: tuple[Floats, Floats], pairs: Pairs) -> tuple[Floats, Floats]:
    (one, other), (low, high) = pairs, limits
    product = values[one] * values[other]

    def terms(limit_over: Floats, limit_under: Floats) -> tuple[Floats, Floats, Floats]:
        over = limit_over * (2 * values[one] - limit_over)
        under = limit_under * (2 * values[other] - limit_under)
        return over, under, product + np.sqrt(np.maximum(0, product**2 - over * under))

    over, _, root = terms(low[one], high[other])
    # The published lower limit with its root moved under the line, where it cannot cancel.
    lows = np.divide(over, root, out=np.zeros(root.shape), where=(over > 0) & (root > 0))
    _, under, root = terms(high[one], low[other])
    return lows, np.divide(root, under, out=np.full(root.shape, np.inf), where=under > 0)


def _critical_of(cells: GroupCells, reference: str | None, confidence: float) -> tuple[float, float]:
    return _critical_values(len(cells.groups), confidence, to_one=reference is not None)


@cache
def _critical_values(n_groups: int, confidence: float, *, to_one: bool = False) -> tuple[float, float]:
    """Standard errors to go towards no gap, and away from it; for two groups, both are the normal's own."""
    if not 0 < confidence < 1:
        raise ValueError(f"`confidence` must lie between 0 and 1, got {confidence!r}.")
    if to_one:
        tail = (1 - confidence ** (1 / max(1, n_groups - 1))) / 2
        inner = _solve(lambda z: 1 - _normal_below(z) - tail)
    else:
        inner = _solve(lambda z: confidence - _range_below(math.sqrt(2) * z, max(2, n_groups)))
    tail = 1 - confidence - (1 - _normal_below(inner))
    return inner, _solve(lambda z: 1 - _normal_below(z) - tail)


def _normal_below(z: float) -> float:
    return math.erfc(-z / math.sqrt(2)) / 2


def _range_below(width: float, n: int) -> float:
    """Probability that n standard normals lie within `width` of each other."""
    step = 0.25  # the trapezoid rule is exact to rounding here: the integrand fades smoothly at both ends
    density = step / math.sqrt(2 * math.pi)
    return sum(
        n * density * math.exp(-x * x / 2) * (_normal_below(x + width) - _normal_below(x)) ** (n - 1)
        for x in (step * i for i in range(-32, 33))
    )


def _solve(falling: Callable[[float], float]) -> float:
    """Where a falling function of z in [0, 16] is 0."""
    low, high = 0.0, 16.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if falling(middle) > 0 else (low, middle)
    return (low + high) / 2


_OTHER_NAMES = {
    "tpr": "true_positive_rate",
    "fpr": "false_positive_rate",
    "tnr": "true_negative_rate",
    "fnr": "false_negative_rate",
    "recall": "true_positive_rate",
    "sensitivity": "true_positive_rate",
    "specificity": "true_negative_rate",
    "ppv": "precision",
    "npv": "negative_predictive_value",
    "fdr": "false_discovery_rate",
    "for": "false_omission_rate",
    "f1": "f1_score",
    "prevalence": "base_rate",
    "acceptance_rate": "selection_rate",
}
