"""The threshold of each group that a criterion asks for, and what it costs beside the highest profit.

A solver of one kind serves every criterion that compares groups. All the groups' values of a metric lie
within a tolerance where they all lie in one window ``[low, low + tolerance]``, and `low` is then the value of
some group at some threshold. In a window each group's thresholds are one run of those ordered by the metric,
so the most profitable of them is a range maximum, and the windows are searched best first: boxes of windows,
each with an upper bound of the profit in it, are split until the box with the highest bound is a single
window. Equalized odds has a window for each of its two rates; both rise as the threshold falls, so a run of
thresholds stays a run.

Ties, here as in widgets/criteria.js: of windows of equal profit the one that begins lowest (in the true
positive rate first, for equalized odds); within it, in each group, the lowest of its most profitable
thresholds.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edutools._checks import known_keywords, one_of
from edutools.counts import Cells, ThresholdCounts
from edutools.metrics import label_of, rate
from edutools.texts import text

Floats = NDArray[np.float64]
Mixture = list[tuple[int, float]]

CRITERIA: dict[str, tuple[str, ...]] = {
    "max_profit": (),
    "single_threshold": (),
    "demographic_parity": ("selection_rate",),
    "equal_opportunity": ("true_positive_rate",),
    "equalized_odds": ("true_positive_rate", "false_positive_rate"),
    "predictive_parity": ("precision",),
}
"""Each criterion's metrics: those whose values may differ between groups by no more than the tolerance."""

_OTHER_NAMES = {
    "statistical_parity": "demographic_parity",
    "selection_rate": "demographic_parity",
    "true_positive_rate": "equal_opportunity",
    "true_positive_rate_parity": "equal_opportunity",
    "equalised_odds": "equalized_odds",
    "precision": "predictive_parity",
    "maximum_profit": "max_profit",
    "group_unaware": "single_threshold",
}

SLACK = 1e-12
"""How far above the tolerance a gap may lie: rates are rounded, and 0.3 - 0.2 is more than 0.1."""

_RANDOMIZED_SLACK = 1e-9
"""The same for mixtures, whose rates are what a linear program leaves."""

Picks = list[int]
Box = tuple[int, int, int, int]


@dataclass(frozen=True, repr=False)
class ThresholdChoice:
    """Thresholds that a criterion asks for, one a group, with their profit and the gap that they leave.

    Attributes
    ----------
    criterion : str
        What was asked.
    thresholds : dict of str to float, or of str to list of (float, float)
        Threshold of each group (positive means score ≥ threshold; +inf approves nobody). Where randomized,
        each group's thresholds with their probabilities, which sum to 1.
    profit : float
        gain · tp - loss · fp, summed over the groups, in the unit of `gain`; its expectation where
        randomized.
    share : float
        Profit over the profit of "max_profit", at most 1; nan where the latter is not above 0.
    gap : float
        Highest less lowest value of the criterion's metric among the groups, in [0, 1]; for "equalized_odds"
        the larger of the gaps in true and in false positive rate; 0 with one group; nan for "max_profit" and
        "single_threshold", which compare no metric, and where the metric is undefined in a group.
    met : bool
        Whether the gap is within the tolerance (always, for the two criteria without a metric).
    degenerate : bool
        Whether the criterion is met, or where it cannot be met is come nearest to, only by approving everyone
        or refusing everyone in each group.
    alternative : ThresholdChoice or None
        Where `degenerate`, the most profitable choice that is not, within the smallest gap that such a choice
        can have; None where no group has a threshold that approves some and refuses others. One threshold a
        group, also where randomized.
    reason : str
        Why the criterion is not met or the share undefined; "" where neither is so.
    """

    criterion: str
    thresholds: dict[str, Any]
    profit: float
    share: float
    gap: float
    met: bool
    degenerate: bool = False
    alternative: ThresholdChoice | None = None
    reason: str = ""

    def __repr__(self) -> str:
        each = ", ".join(f"{group}: {_shown(chosen)}" for group, chosen in self.thresholds.items())
        parts = [f"{self.criterion}: {{{each}}}", f"profit {self.profit:.6g}", f"share {self.share:.3f}"]
        parts += [f"gap {self.gap:.3f}"] if CRITERIA[self.criterion] else []
        parts += ["met" if self.met else "not met"]
        parts += ["degenerate"] if self.degenerate else []
        return f"ThresholdChoice({', '.join(parts)})"

    def to_dict(self) -> dict[str, Any]:
        """The choice as a dict that JSON can hold: undefined numbers and the threshold +inf are None."""
        return {
            "criterion": self.criterion,
            "thresholds": {group: _plain(chosen) for group, chosen in self.thresholds.items()},
            "profit": _finite(self.profit),
            "share": _finite(self.share),
            "gap": _finite(self.gap),
            "met": self.met,
            "degenerate": self.degenerate,
            "alternative": self.alternative.to_dict() if self.alternative else None,
            "reason": self.reason,
        }


def _shown(chosen: float | list[tuple[float, float]]) -> str:
    if isinstance(chosen, list):
        return " or ".join(f"{_shown(threshold)} ({chance:.3f})" for threshold, chance in chosen)
    return "nobody" if chosen == math.inf else f"{chosen:g}"


def _plain(chosen: float | list[tuple[float, float]]) -> Any:
    if isinstance(chosen, list):
        return [[_finite(threshold), chance] for threshold, chance in chosen]
    return _finite(chosen)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


@known_keywords()
def choose_thresholds(
    counts: ThresholdCounts,
    criterion: str,
    *,
    gain: float = 1.0,
    loss: float = 1.0,
    tolerance: float = 0.01,
    randomized: bool = False,
) -> ThresholdChoice:
    """The most profitable thresholds, one a group, at which the groups agree in the criterion's metric.

    Parameters
    ----------
    counts : ThresholdCounts
        The four cells of each group at every threshold. Only these thresholds are chosen from.
    criterion : str
        - "max_profit": each group its own most profitable threshold.
        - "single_threshold": the most profitable threshold that is the same for all.
        - "demographic_parity": equal selection rates.
        - "equal_opportunity": equal true positive rates.
        - "equalized_odds": equal true and equal false positive rates.
        - "predictive_parity": equal precision. A threshold that approves nobody has none, and is not chosen.
    gain : float, at least 0
        What a true positive (a repaid loan) earns.
    loss : float, at least 0
        What a false positive (a default) costs, in the same unit.
    tolerance : float, in [0, 1]
        The largest gap between groups that counts as equal.
    randomized : bool
        Whether a group may have several thresholds, one of which is drawn for each applicant. The result is
        then the optimum over all such mixtures, of at most two thresholds a group, three for
        "equalized_odds". For "max_profit" and "single_threshold" no mixture earns more than the best
        threshold in it, which is given with probability 1.

    Returns
    -------
    ThresholdChoice
        Where the criterion cannot be met, the most profitable thresholds of the smallest gap, with `met`
        False. Where its metric is undefined in a group at every threshold, the thresholds of "max_profit",
        with `met` False and `gap` nan.

    Raises
    ------
    ValueError: `criterion` is not known; `gain` or `loss` is negative or not finite; `tolerance` is outside
    [0, 1].
    TypeError: `counts` does not hold counts at every threshold; a number or a truth value is of another type.

    References
    ----------
    Hardt, M., Price, E. and Srebro, N. (2016). Equality of opportunity in supervised learning. NeurIPS 29.
    """
    one_of("criterion", criterion, CRITERIA, near=_OTHER_NAMES)
    _check_counts(counts)
    ask = _Ask(
        counts,
        criterion,
        gain=_check_number("gain", gain, math.inf),
        loss=_check_number("loss", loss, math.inf),
        tolerance=_check_number("tolerance", tolerance, 1),
        randomized=one_of("randomized", randomized, (False, True)),
    )
    return ask.answer()


def _check_counts(counts: Any) -> None:
    if not isinstance(counts, ThresholdCounts):
        got = type(counts).__name__
        raise TypeError(f"`counts` must be a ThresholdCounts (the cells at every threshold), got a {got}.")


def _check_number(name: str, value: Any, highest: float) -> float:
    possible = f"a number in [0, {highest:g}]" if math.isfinite(highest) else "a finite number, at least 0"
    if isinstance(value, (bool, np.bool_, str)) or not np.isscalar(value):
        raise TypeError(f"`{name}` must be {possible}, got {value!r}.")
    number = float(value)  # type: ignore[arg-type]
    if not (math.isfinite(number) and 0 <= number <= highest):
        raise ValueError(f"`{name}` must be {possible}, got {value!r}.")
    return number


class _Ask:
    """One question to the solver: counts, a criterion, and what an approval earns or costs."""

    def __init__(
        self,
        counts: ThresholdCounts,
        criterion: str,
        *,
        gain: float,
        loss: float,
        tolerance: float,
        randomized: bool,
    ) -> None:
        self.counts, self.criterion, self.randomized = counts, criterion, randomized
        self.gain, self.loss, self.tolerance = gain, loss, tolerance
        self.metrics = CRITERIA[criterion]
        self.values = [rate(counts, metric) for metric in self.metrics]
        self.profit: Floats = gain * counts.tp - loss * counts.fp
        self.best = [int(row.argmax()) for row in self.profit]
        chosen, refused = counts.tp + counts.fp, counts.fn + counts.tn
        # Sums of weights are rounded: what is left of a whole group may be 1e-17 of it.
        nothing = 1e-12 * (chosen + refused)
        self.extreme: NDArray[np.bool_] = (chosen <= nothing) | (refused <= nothing)

    def answer(self) -> ThresholdChoice:
        """The choice, by the way that its criterion needs."""
        if self.criterion == "max_profit":
            return self._choice(self.best, degenerate=bool(self.extreme.all()))
        if self.criterion == "single_threshold":
            k = int(_sum_groups(self.profit).argmax())
            return self._choice([k] * len(self.profit), degenerate=bool(self.extreme.all()))
        if reasons := self._undefined_groups():
            return self._choice(self.best, met=False, reason=reasons)
        return self._mixed() if self.randomized else self._single()

    def _undefined_groups(self) -> str:
        """Which groups have no value of a metric at any threshold, as a sentence, "" where all have."""
        for metric, values in zip(self.metrics, self.values, strict=True):
            missing = [bool(np.isnan(row).all()) for row in values]
            if any(missing):
                groups = ", ".join(
                    group for group, gone in zip(self.counts.groups, missing, strict=True) if gone
                )
                return text("criteria.undefined", metric=label_of(metric), groups=groups)
        return ""

    def _single(self) -> ThresholdChoice:
        """The best choice of one threshold a group."""
        windows = _Windows(self)
        picks, met = windows.most_profitable(self.tolerance), True
        if picks is None:
            picks, met = windows.nearest(), False
            assert picks is not None, "each group has a defined value, so some gap is the smallest"
        reason = "" if met else self._not_met(picks)
        if not self._is_degenerate(picks):
            return self._choice(picks, met=met, reason=reason)
        within = self.tolerance if met else self._gap(picks)
        if windows.most_profitable(within, moderate=True):
            return self._choice(picks, met=met, reason=reason)
        beside = self._beside(windows)
        return self._choice(picks, met=met, reason=reason, degenerate=True, alternative=beside)

    def _mixed(self) -> ThresholdChoice:
        """The best choice of a mixture of thresholds a group."""
        solve = _mix_odds if self.criterion == "equalized_odds" else _mix_metric
        mixtures, met, degenerate = solve(self)
        thresholds = {
            group: [(float(self.counts.thresholds[k]), chance) for k, chance in mixture]
            for group, mixture in zip(self.counts.groups, mixtures, strict=True)
        }
        profit = sum(
            chance * float(row[k])
            for row, mix in zip(self.profit, mixtures, strict=True)
            for k, chance in mix
        )
        gap = self._gap_of_mixtures(mixtures)
        reason = "" if met else text("criteria.not_met", tolerance=f"{self.tolerance:g}", gap=f"{gap:.3g}")
        beside = self._beside(_Windows(self)) if degenerate else None
        return self._made(thresholds, profit, gap, met, reason, degenerate, beside)

    def _beside(self, windows: _Windows) -> ThresholdChoice | None:
        """The most profitable choice of the smallest gap among those that are not degenerate."""
        picks = windows.nearest(moderate=True)
        if picks is None:
            return None
        reason = text("criteria.alternative", tolerance=f"{self.tolerance:g}", gap=f"{self._gap(picks):.3g}")
        return self._choice(picks, met=False, reason=reason)

    def _not_met(self, picks: Picks) -> str:
        return text("criteria.not_met", tolerance=f"{self.tolerance:g}", gap=f"{self._gap(picks):.3g}")

    def _is_degenerate(self, picks: Picks) -> bool:
        return all(bool(row[k]) for row, k in zip(self.extreme, picks, strict=True))

    def _gap(self, picks: Picks) -> float:
        """Largest difference between groups in a metric of the criterion; nan where there is none."""
        gaps = [float(np.ptp(values[np.arange(len(picks)), picks])) for values in self.values]
        return max(gaps) if gaps and not any(map(math.isnan, gaps)) else math.nan

    def _gap_of_mixtures(self, mixtures: list[Mixture]) -> float:
        """The same for mixtures, of their expected cells."""
        chances = np.zeros(self.profit.shape)
        for row, mixture in zip(chances, mixtures, strict=True):
            for k, chance in mixture:
                row[k] = chance
        counts = self.counts
        expected = Cells(
            groups=counts.groups,
            thresholds=np.full(len(counts.groups), np.nan),
            squared_weights=counts.squared_weights,
            weighted=counts.weighted,
            **{cell: (chances * getattr(counts, cell)).sum(axis=1) for cell in ("tp", "fp", "fn", "tn")},
        )
        return max(float(np.ptp(rate(expected, metric))) for metric in self.metrics)

    def _choice(
        self,
        picks: Picks,
        *,
        met: bool = True,
        reason: str = "",
        degenerate: bool = False,
        alternative: ThresholdChoice | None = None,
    ) -> ThresholdChoice:
        found = [float(self.counts.thresholds[k]) for k in picks]
        thresholds = {
            group: [(threshold, 1.0)] if self.randomized else threshold
            for group, threshold in zip(self.counts.groups, found, strict=True)
        }
        return self._made(
            thresholds, self._total(picks), self._gap(picks), met, reason, degenerate, alternative
        )

    def _made(
        self,
        thresholds: dict[str, Any],
        profit: float,
        gap: float,
        met: bool,
        reason: str,
        degenerate: bool,
        alternative: ThresholdChoice | None,
    ) -> ThresholdChoice:
        highest = self._total(self.best)
        share = profit / highest if highest > 0 else math.nan
        reasons = [reason, text("criteria.no_share")] if not highest > 0 else [reason]
        return ThresholdChoice(
            criterion=self.criterion,
            thresholds=thresholds,
            profit=profit,
            share=share,
            gap=gap,
            met=met,
            degenerate=degenerate,
            alternative=alternative,
            reason=" ".join(each for each in reasons if each),
        )

    def _total(self, picks: Picks) -> float:
        total = 0.0
        for row, k in zip(self.profit, picks, strict=True):
            total += float(row[k])
        return total


def _sum_groups(rows: Floats) -> Floats:
    """Sum over the groups, one after the other: the order of additions that criteria.js has."""
    total = np.zeros(rows.shape[1])
    for row in rows:
        total = total + row
    return total


# One threshold a group


class _Curve:
    """One group's candidate thresholds, in the order in which the criterion's metrics rise.

    Candidates are the lowest threshold of each run with the same cells, where the metrics are defined.
    `x` and `y` are the metrics (y all 0 where there is one), `at` the positions among all thresholds.
    """

    def __init__(self, ask: _Ask, group: int) -> None:
        tp, fp = ask.counts.tp[group], ask.counts.fp[group]
        new = np.ones(len(tp), dtype=bool)
        new[1:] = (tp[1:] != tp[:-1]) | (fp[1:] != fp[:-1])
        for values in ask.values:
            new &= ~np.isnan(values[group])
        falling = np.flatnonzero(new)[::-1]
        at = falling[np.argsort(ask.values[0][group][falling], kind="stable")]
        profit, extreme = ask.profit[group][at], ask.extreme[group][at]
        self.at: list[int] = at.tolist()
        self.x: list[float] = ask.values[0][group][at].tolist()
        # Rounded weights may let the second rate fall by 1e-16 on the way up, which no window can tell.
        self.y: list[float] = (
            np.maximum.accumulate(ask.values[1][group][at]).tolist()
            if len(ask.values) > 1
            else [0.0] * len(at)
        )
        self._order = np.lexsort((at, -profit))
        rank = np.empty(len(at), dtype=np.int64)
        rank[self._order] = np.arange(len(at))
        self._profit: list[float] = [*profit[self._order].tolist(), -math.inf]
        self._ranks = _range_minima(rank)
        self._moderate_ranks = _range_minima(np.where(extreme, len(at), rank))
        self._next_moderate: list[int] = _next_true(~extreme)

    def run(self, low: tuple[float, float], high: tuple[float, float]) -> tuple[int, int]:
        """Candidates whose metrics lie in [low, high], as a range's start and stop, which may be empty."""
        last = min(bisect_right(self.x, high[0]), bisect_right(self.y, high[1]))
        return self.first_from(low), last

    def first_from(self, low: tuple[float, float]) -> int:
        """The candidate of the lowest metrics that are at least `low`: their number where there is none."""
        return max(bisect_left(self.x, low[0]), bisect_left(self.y, low[1]))

    def first_moderate_from(self, low: tuple[float, float]) -> int:
        """The same among the candidates that neither approve nor refuse everyone."""
        return self._next_moderate[self.first_from(low)]

    def best(self, run: tuple[int, int], *, moderate: bool = False) -> tuple[float, int]:
        """Highest profit in a run, and its rank among the group's; -inf where no candidate is moderate."""
        first, last = run
        level = (last - first).bit_length() - 1
        row = (self._moderate_ranks if moderate else self._ranks)[level]
        rank = min(row[first], row[last - (1 << level)])
        return self._profit[rank], rank

    def threshold(self, rank: int) -> int:
        """Position among all thresholds of the candidate of a rank."""
        return self.at[int(self._order[rank])]


def _range_minima(values: NDArray[np.int64]) -> list[list[int]]:
    """Sparse table: row k holds the least of each 2^k neighbours, so two look-ups give that of any range."""
    rows, width = [values], 1
    while 2 * width <= len(values):
        rows.append(np.minimum(rows[-1][:-width], rows[-1][width:]))
        width *= 2
    return [row.tolist() for row in rows]


def _next_true(flags: NDArray[np.bool_]) -> list[int]:
    """Index of the first True at or after each position, one past the last included; else their number."""
    where = np.append(np.where(flags, np.arange(len(flags)), len(flags)), len(flags))
    return np.minimum.accumulate(where[::-1])[::-1].tolist()


class _Windows:
    """All windows of the criterion's metrics, and the best-first search among them."""

    def __init__(self, ask: _Ask) -> None:
        self.curves = [_Curve(ask, group) for group in range(len(ask.counts.groups))]
        self.xs = sorted({x for curve in self.curves for x in curve.x})
        self.ys = sorted({y for curve in self.curves for y in curve.y})

    def most_profitable(self, tolerance: float, *, moderate: bool = False) -> Picks | None:
        """Thresholds of the highest profit within a gap, None where there are none.

        With `moderate`, at least one group neither approves nor refuses everyone.
        """
        limit = tolerance + SLACK
        found = self._search(lambda box: self._profit_within(box, limit, moderate))
        return None if found is None else self._picks(found, limit, moderate)

    def nearest(self, *, moderate: bool = False) -> Picks | None:
        """Thresholds of the smallest gap, of these the most profitable; None where there are none."""
        found = self._search(lambda box: -self._gap_from(box, moderate))
        if found is None:
            return None
        return self.most_profitable(self._gap_from(found, moderate), moderate=moderate)

    def _search(self, bound: Callable[[Box], float]) -> Box | None:
        """The single window whose bound is highest, the lowest of equals; None where all are -inf.

        A box ``(first x, first y, last x + 1, last y + 1)`` never has a lower bound than a box inside it.
        Equal bounds leave the heap by their lowest corner, so nothing lower can follow the first single
        window.
        """
        heap: list[tuple[float, Box]] = []

        def add(box: Box) -> None:
            score = bound(box)
            if score > -math.inf:
                heappush(heap, (-score, box))

        add((0, 0, len(self.xs), len(self.ys)))
        while heap:
            box = heappop(heap)[1]
            i, j, k, m = box
            width, height = self.xs[k - 1] - self.xs[i], self.ys[m - 1] - self.ys[j]
            if not (width or height):
                return box
            if width >= height:
                middle = (i + k) // 2
                add((i, j, middle, m))
                add((middle, j, k, m))
            else:
                middle = (j + m) // 2
                add((i, j, k, middle))
                add((i, middle, k, m))
        return None

    def _corners(self, box: Box) -> tuple[tuple[float, float], tuple[float, float]]:
        i, j, k, m = box
        return (self.xs[i], self.ys[j]), (self.xs[k - 1], self.ys[m - 1])

    def _profit_within(self, box: Box, limit: float, moderate: bool) -> float:
        """Upper bound of the profit in the windows that begin in a box: exact for a single window."""
        low, high = self._corners(box)
        high = high[0] + limit, high[1] + limit
        total, step = 0.0, -math.inf
        for curve in self.curves:
            run = curve.run(low, high)
            if run[0] >= run[1]:
                return -math.inf
            profit = curve.best(run)[0]
            total += profit
            if moderate:
                step = max(step, curve.best(run, moderate=True)[0] - profit)
        return total + step if moderate else total

    def _gap_from(self, box: Box, moderate: bool) -> float:
        """Lower bound of the gap from lowest metrics in a box: exact for a single window."""
        low, high = self._corners(box)

        def above(curve: _Curve, candidate: int) -> float:
            if candidate == len(curve.x):
                return math.inf
            return max(curve.x[candidate] - high[0], curve.y[candidate] - high[1], 0.0)

        gap = max(above(curve, curve.first_from(low)) for curve in self.curves)
        if not moderate or gap == math.inf:
            return gap
        return max(gap, min(above(curve, curve.first_moderate_from(low)) for curve in self.curves))

    def _picks(self, window: Box, limit: float, moderate: bool) -> Picks:
        low = self._corners(window)[0]
        runs = [curve.run(low, (low[0] + limit, low[1] + limit)) for curve in self.curves]
        best = [curve.best(run) for curve, run in zip(self.curves, runs, strict=True)]
        if moderate:
            others = [curve.best(run, moderate=True) for curve, run in zip(self.curves, runs, strict=True)]
            steps = [other[0] - own[0] for other, own in zip(others, best, strict=True)]
            group = steps.index(max(steps))
            best[group] = others[group]
        return [curve.threshold(rank) for curve, (_, rank) in zip(self.curves, best, strict=True)]


# Mixtures of thresholds


@dataclass(frozen=True)
class _Edge:
    """Mixtures of two thresholds, along which a metric rises from `x[0]` to `x[1]`.

    A mixture's profit is the quotient of two linear functions of its metric, given at both ends by `over` and
    `under`. Its probabilities are the shares of the way, each times `under`: an expectation over a fixed
    number of people has `under` 1; precision, over those who are approved, has 1 / their number (see
    `_precision_edges`).
    """

    x: tuple[float, float]
    over: tuple[float, float]
    under: tuple[float, float]
    at: tuple[int, int]

    def mixture(self, x: float) -> Mixture:
        """The two thresholds' positions with their probabilities, at a value of the metric."""
        width = self.x[1] - self.x[0]
        share = (x - self.x[0]) / width if width else 0.0
        parts = (1 - share) * self.under[0], share * self.under[1]
        return [(k, part / sum(parts)) for k, part in zip(self.at, parts, strict=True)]


class _Frontier:
    """A group's highest expected profit at each value of the metric that a mixture can have.

    It rises up to the most profitable threshold and falls from there: those mixtures that earn at least so
    much form a convex set, so their values of the metric form an interval.
    """

    def __init__(self, pieces: list[tuple[float, float, _Edge]], peak: float) -> None:
        self.edges = [edge for _, _, edge in pieces]
        self.starts = np.array([start for start, _, _ in pieces])
        self.ends = np.array([end for _, end, _ in pieces])
        self.peak = peak
        self._x, self._over, self._under = (
            np.array([getattr(edge, name) for edge in self.edges]) for name in ("x", "over", "under")
        )

    @property
    def breaks(self) -> Floats:
        """Where one piece ends and the next begins, the two ends included."""
        return np.unique([*self.starts, *self.ends])

    @property
    def scale(self) -> float:
        """Largest absolute profit of a threshold on the frontier."""
        return float(np.abs(self._over / self._under).max())

    def piece(self, x: Floats) -> NDArray[np.int64]:
        """Index of the piece in which each value lies."""
        return np.clip(np.searchsorted(self.starts, x, side="right") - 1, 0, len(self.edges) - 1)

    def profit(self, x: Floats, piece: NDArray[np.int64]) -> Floats:
        """Highest expected profit at each value, by the formula of a piece."""
        over, under, _, _ = self._terms(x, piece)
        return over / under

    def slope(self, x: Floats, piece: NDArray[np.int64]) -> Floats:
        """Derivative of the profit at each value, by the formula of a piece, on which it is monotone."""
        over, under, over_slope, under_slope = self._terms(x, piece)
        return (over_slope * under - over * under_slope) / under**2

    def _terms(self, x: Floats, piece: NDArray[np.int64]) -> tuple[Floats, Floats, Floats, Floats]:
        start, end = self._x[piece].T
        width = np.where(end > start, end - start, 1.0)
        over, under = self._over[piece].T, self._under[piece].T
        slopes = (over[1] - over[0]) / width, (under[1] - under[0]) / width
        return over[0] + slopes[0] * (x - start), under[0] + slopes[1] * (x - start), *slopes

    def mixture(self, x: float) -> Mixture:
        """The most profitable mixture at a value."""
        piece = int(self.piece(np.array([x]))[0])
        return _tidy(self.edges[piece].mixture(x))


def _tidy(mixture: Mixture) -> Mixture:
    """A mixture without what is never drawn, its probabilities summing to 1, the lowest threshold first."""
    drawn: dict[int, float] = {}
    for k, chance in mixture:
        if chance > 1e-12:
            drawn[k] = drawn.get(k, 0.0) + chance
    total = sum(drawn.values())
    return [(k, chance / total) for k, chance in sorted(drawn.items())]


def _mix_metric(ask: _Ask) -> tuple[list[Mixture], bool, bool]:
    """Best mixtures for a criterion of one metric, whether it is met, and whether only degenerately."""
    edges = _precision_edges if ask.criterion == "predictive_parity" else _linear_edges
    frontiers = [edges(ask, group) for group in range(len(ask.counts.groups))]
    highest_start = max(float(each.starts[0]) for each in frontiers)
    lowest_end = min(float(each.ends[-1]) for each in frontiers)
    tolerance = max(ask.tolerance, highest_start - lowest_end)
    met = tolerance <= ask.tolerance + SLACK
    low = _best_window(frontiers, highest_start - tolerance, lowest_end, tolerance)
    chosen = [min(max(each.peak, low), low + tolerance) for each in frontiers]
    mixtures = [each.mixture(x) for each, x in zip(frontiers, chosen, strict=True)]
    if not _only_extremes(ask, mixtures):
        return mixtures, met, False
    reach = highest_start - tolerance, lowest_end + tolerance
    return mixtures, met, not _moderate_reachable(ask, frontiers, reach)


def _only_extremes(ask: _Ask, mixtures: list[Mixture]) -> bool:
    return all(bool(row[k]) for row, mix in zip(ask.extreme, mixtures, strict=True) for k, _ in mix)


def _moderate_reachable(ask: _Ask, frontiers: list[_Frontier], reach: tuple[float, float]) -> bool:
    """Whether a mixture within reach of the other groups can hold a threshold that is not extreme."""
    for values, extreme, frontier in zip(ask.values[0], ask.extreme, frontiers, strict=True):
        moderate = values[~np.isnan(values) & ~extreme]
        low, high = max(reach[0], float(frontier.starts[0])), min(reach[1], float(frontier.ends[-1]))
        within = (moderate >= low - SLACK) & (moderate <= high + SLACK)
        # Between a group's ends every threshold can have a part; at an end only those that lie there.
        start, end = float(frontier.starts[0]) + SLACK, float(frontier.ends[-1]) - SLACK
        inside = high - low > SLACK or start < low < end
        if within.any() or (len(moderate) and inside):
            return True
    return False


def _linear_edges(ask: _Ask, group: int) -> _Frontier:
    """Frontier for a metric of fixed denominator: the upper concave hull of the points (metric, profit)."""
    values, profit = ask.values[0][group], ask.profit[group]
    usable = np.flatnonzero(~np.isnan(values))
    hull = usable[_upper_hull(values[usable], profit[usable])]
    pieces = []
    for a, b in _neighbours(hull):
        x = float(values[a]), float(values[b])
        pieces.append((*x, _Edge(x, (float(profit[a]), float(profit[b])), (1.0, 1.0), (int(a), int(b)))))
    return _Frontier(pieces, float(values[hull[profit[hull].argmax()]]))


def _precision_edges(ask: _Ask, group: int) -> _Frontier:
    """Frontier for precision, whose denominator is what the mixture decides.

    Let a mixture approve a share w_k of all whom it approves by threshold k, of precision x_k and s_k
    approved. Its precision is x = Σ w_k x_k, its profit ((gain + loss) x - loss) / Σ w_k / s_k. So where the
    numerator is positive the best mixtures lie on the lower convex hull of the points (x_k, 1 / s_k), where
    it is negative on the upper.
    """
    values = ask.values[0][group]
    approved = (ask.counts.tp[group] + ask.counts.fp[group]).astype(float)
    usable = np.flatnonzero(~np.isnan(values))
    x, under = values[usable], 1 / approved[usable]
    stake = ask.gain + ask.loss
    even = ask.loss / stake if stake > 0 else -math.inf
    lower, upper = usable[_upper_hull(x, -under)], usable[_upper_hull(x, under)]

    def pieces(hull: NDArray[np.int64], low: float, high: float) -> Iterator[tuple[float, float, _Edge]]:
        for a, b in _neighbours(hull):
            ends = float(values[a]), float(values[b])
            start, end = max(ends[0], low), min(ends[1], high)
            if start < end or start == end == ends[0] == ends[1]:
                over = stake * ends[0] - ask.loss, stake * ends[1] - ask.loss
                yield start, end, _Edge(ends, over, (1 / approved[a], 1 / approved[b]), (int(a), int(b)))

    peak = usable[ask.profit[group][usable].argmax()]
    found = [*pieces(upper, -math.inf, even), *pieces(lower, even, math.inf)]
    return _Frontier(found[:1] if found[0][0] == found[-1][1] else found, float(values[peak]))


def _neighbours(hull: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Each two neighbours of a hull; a hull of one point is its own neighbour."""
    return [(int(hull[0]), int(hull[0]))] if len(hull) == 1 else list(pairwise(hull.tolist()))


def _upper_hull(x: Floats, y: Floats) -> NDArray[np.int64]:
    """Indices of the vertices of the least concave function above some points, in rising x (Andrew 1979)."""
    order = _without_most_below(x, y)
    hull: list[int] = []
    # Floats of Python: reading one out of an array takes longer than what is computed with it.
    across, up = x[order].tolist(), y[order].tolist()
    for c, (x_c, y_c) in enumerate(zip(across, up, strict=True)):
        while len(hull) > 1:
            a, b = hull[-2], hull[-1]
            # Whether c lies below the line from a through b, which keeps b.
            if (y_c - up[a]) * (across[b] - across[a]) < (up[b] - up[a]) * (x_c - across[a]):
                break
            hull.pop()
        hull.append(c)
    return order[hull]


def _without_most_below(x: Floats, y: Floats) -> NDArray[np.int64]:
    """Indices of the points in rising x, the highest of each, without many that are no vertices of the hull.

    A point on or below the line through its two neighbours is none, and what all such points leave has
    neighbours of its own. Where a round leaves out few, the rest is as quickly done one by one.
    """
    order = np.lexsort((-y, x))
    order = order[np.r_[True, np.diff(x[order]) > 0]]
    while len(order) > 2:
        (x_a, x_b, x_c), (y_a, y_b, y_c) = ((v[:-2], v[1:-1], v[2:]) for v in (x[order], y[order]))
        above = (y_c - y_a) * (x_b - x_a) < (y_b - y_a) * (x_c - x_a)
        if above.mean() > 0.9:
            break
        order = order[np.r_[True, above, True]]
    return order


def _best_window(frontiers: list[_Frontier], first: float, last: float, tolerance: float) -> float:
    """Where the most profitable window of a width begins, between `first` and `last`.

    In the window from `low`, each group takes the value nearest to its peak. Between breakpoints the total is
    a sum of monotone slopes, so the slopes at an interval's ends bound it; what can still hold more is
    halved.
    """

    def values_at(frontier: _Frontier, low: Floats) -> Floats:
        return np.clip(frontier.peak, low, low + tolerance)

    def total(low: Floats) -> Floats:
        profits = []
        for each in frontiers:
            x = values_at(each, low)
            profits.append(each.profit(x, each.piece(x)))
        return np.sum(profits, axis=0)

    breaks = np.concatenate([each.breaks for each in frontiers])
    lows = np.unique(np.clip([first, last, *breaks, *(breaks - tolerance)], first, last))
    totals = total(lows)
    best, low = float(totals.max()), float(lows[totals.argmax()])
    start, end = lows[:-1], lows[1:]
    enough = 1e-13 * sum(each.scale for each in frontiers)
    while len(start):
        middle = (start + end) / 2
        steepest, least = np.zeros(len(start)), np.zeros(len(start))
        for each in frontiers:
            inside = values_at(each, middle)
            piece, moving = each.piece(inside), inside != each.peak
            slopes = [np.where(moving, each.slope(values_at(each, x), piece), 0.0) for x in (start, end)]
            steepest, least = steepest + np.maximum(*slopes), least + np.minimum(*slopes)
        here, there, width = total(start), total(end), end - start
        turns = (steepest > 0) & (least < 0)
        reach = (there - here - least * width) / np.where(turns, steepest - least, 1.0)
        bound = here + steepest * np.clip(reach, 0, width)
        open_ = turns & (bound > best + enough) & (middle > start) & (middle < end)
        start, middle, end = start[open_], middle[open_], end[open_]
        if len(middle) and total(middle).max() > best:
            totals = total(middle)
            best, low = float(totals.max()), float(middle[totals.argmax()])
        start, end = np.concatenate([start, middle]), np.concatenate([middle, end])
    return low


def _mix_odds(ask: _Ask) -> tuple[list[Mixture], bool, bool]:
    """Best mixtures for equalized odds, whether it is met, and whether only degenerately."""
    polygons = [_roc_polygon(ask, group) for group in range(len(ask.counts.groups))]
    program = _OddsProgram(ask, polygons)
    tolerance = max(ask.tolerance, program.smallest_gap())
    met = tolerance <= ask.tolerance + _RANDOMIZED_SLACK
    chances = program.maximise(ask.profit, tolerance if met else tolerance + _RANDOMIZED_SLACK)
    mixtures = [
        _at_most_three(ask, group, polygon, chance)
        for group, (polygon, chance) in enumerate(zip(polygons, chances, strict=True))
    ]
    if not _only_extremes(ask, mixtures):
        return mixtures, met, False
    everything = [np.flatnonzero(~np.isnan(x) & ~np.isnan(y)) for x, y in zip(*ask.values, strict=True)]
    moderate = (~ask.extreme).astype(float)
    parts = _OddsProgram(ask, everything).maximise(moderate, tolerance + _RANDOMIZED_SLACK)
    part = sum(
        float(chance @ row[each]) for chance, row, each in zip(parts, moderate, everything, strict=True)
    )
    return mixtures, met, part <= 1e-6


def _roc_polygon(ask: _Ask, group: int) -> NDArray[np.int64]:
    """Thresholds at the corners of the (false, true) positive rates of a group's mixtures, anticlockwise."""
    y, x = (values[group] for values in ask.values)
    usable = np.flatnonzero(~np.isnan(x) & ~np.isnan(y))
    x, y = x[usable], y[usable]
    corners = [*_upper_hull(x, -y).tolist(), *_upper_hull(x, y)[::-1].tolist()]
    # Both hulls end in the same two points, perhaps at different thresholds of equal rates.
    distinct = {(float(x[k]), float(y[k])): k for k in reversed(corners)}
    return usable[sorted(distinct.values(), key=corners.index)]


class _OddsProgram:
    """Linear program over each group's probabilities of some thresholds and the two windows' lower ends."""

    def __init__(self, ask: _Ask, thresholds: list[NDArray[np.int64]]) -> None:
        self.thresholds = thresholds
        n_groups = len(thresholds)
        self.sizes = [len(each) for each in thresholds]
        self.n_chances = sum(self.sizes)
        starts = np.cumsum([0, *self.sizes])
        # Variables: the probabilities, the lower ends of the two windows, the windows' width.
        n = self.n_chances + 3
        self.sums = np.zeros((n_groups, n))
        self.limits = np.zeros((4 * n_groups, n))
        for group, each in enumerate(thresholds):
            own = slice(starts[group], starts[group + 1])
            self.sums[group, own] = 1
            for axis in range(2):
                row = 4 * group + 2 * axis
                values = ask.values[axis][group][each]
                self.limits[row, own] = -values
                self.limits[row, self.n_chances + axis] = 1
                self.limits[row + 1, own] = values
                self.limits[row + 1, self.n_chances + axis] = -1
                self.limits[row + 1, -1] = -1

    def smallest_gap(self) -> float:
        """Width of the narrowest windows that hold every group, 0 or more."""
        cost = np.zeros(self.n_chances + 3)
        cost[-1] = 1
        return max(0.0, float(self._solve(cost, (0, 1))[-1]))

    def maximise(self, worth: NDArray[Any], width: float) -> list[Floats]:
        """Each group's probabilities of the highest expected worth, (n_groups, n_thresholds), in a width."""
        cost = np.zeros(self.n_chances + 3)
        cost[: self.n_chances] = -np.concatenate(
            [row[each] for row, each in zip(worth, self.thresholds, strict=True)]
        )
        scale = np.abs(cost).max()
        found = self._solve(cost / scale if scale > 0 else cost, (width, width))
        return np.split(found[: self.n_chances], np.cumsum(self.sizes)[:-1])

    def _solve(self, cost: Floats, width: tuple[float, float]) -> Floats:
        from scipy.optimize import linprog

        found = linprog(
            cost,
            A_ub=self.limits,
            b_ub=np.zeros(len(self.limits)),
            A_eq=self.sums,
            b_eq=np.ones(len(self.sums)),
            bounds=[(0, 1)] * self.n_chances + [(-1, 1)] * 2 + [width],
            method="highs",
            options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
        )
        if not found.success:
            raise RuntimeError(f"The linear program for 'equalized_odds' was not solved: {found.message}")
        return found.x


def _at_most_three(ask: _Ask, group: int, polygon: NDArray[np.int64], chances: Floats) -> Mixture:
    """The mixture of the three corners, at most, of a triangle around a mixture's expected rates."""
    chances = np.maximum(chances, 0) / np.maximum(chances, 0).sum()
    if len(polygon) <= 3:
        return _tidy(list(zip(polygon.tolist(), chances.tolist(), strict=True)))
    corners = np.array([ask.values[1][group][polygon], ask.values[0][group][polygon]]).T
    point = chances @ corners
    n = len(polygon)
    triangles = np.array([(0, k, k + 1) for k in range(1, n - 1)])
    inside = _barycentric(corners[triangles], point)
    chosen = int(inside.min(axis=1).argmax())
    parts = np.maximum(inside[chosen], 0)
    return _tidy(list(zip(polygon[triangles[chosen]].tolist(), (parts / parts.sum()).tolist(), strict=True)))


def _barycentric(triangles: Floats, point: Floats) -> Floats:
    """Shares of each triangle's three corners in a point, shape (n_triangles, 3), summing to 1."""

    def area(a: Floats, b: Floats, c: Floats) -> Floats:
        return (b[..., 0] - a[..., 0]) * (c[..., 1] - a[..., 1]) - (b[..., 1] - a[..., 1]) * (
            c[..., 0] - a[..., 0]
        )

    a, b, c = triangles[:, 0], triangles[:, 1], triangles[:, 2]
    parts = np.array([area(point, b, c), area(a, point, c), area(a, b, point)]).T
    whole = area(a, b, c)[:, None]
    return np.divide(parts, whole, out=np.full_like(parts, -np.inf), where=whole != 0)
