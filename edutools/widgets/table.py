"""A table of counts on its way to the browser: a few plain facts, and the counts as bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import traitlets

from edutools.counts import ThresholdCounts
from edutools.metrics import DEFINITIONS
from edutools.texts import text

# More steps of a curve than the eye can tell apart; a longer table ("distinct" thresholds) is thinned to it.
MOST_THRESHOLDS = 1_002
# Times all the people there are, it still has its hundredths in a float.
MOST_MONEY = 1e12


def pack(counts: ThresholdCounts) -> tuple[dict[str, Any], bytes]:
    """The facts of a table (groups, thresholds, totals) as a plain dict, and its counts as bytes.

    The bytes hold, for each group, the true positives and then the false positives at every threshold:
    float64 where weighted, else second differences as zigzag varints, of which most take one byte.
    """
    kept = thinned(counts.thresholds.size)
    true_positives, false_positives = counts.tp[:, kept], counts.fp[:, kept]
    facts = {
        "groups": list(counts.groups),
        "thresholds": None if is_default(counts.thresholds) else _or_null(counts.thresholds[kept]),
        "positives": (counts.tp[:, 0] + counts.fn[:, 0]).tolist(),
        "negatives": (counts.fp[:, 0] + counts.tn[:, 0]).tolist(),
        "squared_weights": np.asarray(counts.squared_weights).tolist(),
        "weighted": bool(counts.weighted),
        "thinned_from": int(counts.thresholds.size) if kept.size < counts.thresholds.size else None,
    }
    rows = np.stack([true_positives, false_positives], axis=1).reshape(-1, kept.size)
    if counts.weighted:
        return facts, rows.astype("<f8").tobytes()
    return facts, varints(_second_differences(rows).ravel())


def _second_differences(rows: np.ndarray) -> np.ndarray:
    first = np.diff(rows, axis=1, prepend=0)
    return np.diff(first, axis=1, prepend=0)


def varints(values: np.ndarray) -> bytes:
    """Whole numbers as zigzag LEB128: small ones, of either sign, in one byte each."""
    signed = values.astype(np.int64)
    zigzag = ((signed << 1) ^ (signed >> 63)).astype(np.uint64)
    digits = [(zigzag >> np.uint64(7 * place)).astype(np.uint64) for place in range(10)]
    septets = np.stack([(digit & np.uint64(127)).astype(np.uint8) for digit in digits], axis=1)
    needed = np.stack([np.ones(zigzag.shape, dtype=bool), *(digit > 0 for digit in digits[1:])], axis=1)
    goes_on = np.column_stack([needed[:, 1:], np.zeros(zigzag.shape, dtype=bool)])
    return (septets | (goes_on.astype(np.uint8) << 7))[needed].tobytes()


def thinned(size: int) -> np.ndarray:
    """Which thresholds travel: all of a short table, else evenly spaced ones, the first and the last too."""
    return np.unique(np.linspace(0, size - 1, min(size, MOST_THRESHOLDS)).round().astype(int))


def drawn(counts: ThresholdCounts) -> ThresholdCounts:
    """Counts at the thresholds that travel to the browser."""
    kept = thinned(counts.thresholds.size)
    if kept.size == counts.thresholds.size:
        return counts
    return replace(counts, thresholds=counts.thresholds[kept], tp=counts.tp[:, kept], fp=counts.fp[:, kept])


def middle(counts: ThresholdCounts) -> float:
    """The threshold nearest to 0.5 among those that the browser has."""
    thresholds = drawn(counts).thresholds
    return float(thresholds[np.abs(thresholds - 0.5).argmin()])


def is_default(thresholds: np.ndarray) -> bool:
    """Whether `thresholds` is the default grid, which the browser makes itself."""
    return (
        thresholds.size == 1_002
        and bool(np.array_equal(thresholds[:-1], np.arange(1_001) / 1_000))
        and np.isinf(thresholds[-1])
    )


def _or_null(thresholds: np.ndarray) -> list[float | None]:
    return [to_json(value) for value in thresholds]


def browser_definitions(metrics: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What the browser needs of metrics.json to compute and explain `metrics` and their parts."""
    needed = dict.fromkeys(
        [*metrics, *(part for metric in metrics for part in DEFINITIONS[metric].get("parts", ()))]
    )
    fields = ("over", "under", "parts", "needs")
    return {
        metric: {field: DEFINITIONS[metric][field] for field in fields if field in DEFINITIONS[metric]}
        for metric in needed
    }


def named_or_default(name: str, given: Sequence[str] | None, *keys: str) -> list[str]:
    """Two names as given, or the usual ones.

    Raises
    ------
    ValueError: the names given are not two texts.
    """
    if given is None:
        return [text(key) for key in keys]
    names = [] if isinstance(given, str) else list(given)
    if len(names) != len(keys) or not all(isinstance(each, str) for each in names):
        raise ValueError(f"`{name}` must be two texts, the negative and the positive one, got {given!r}.")
    return names


class Threshold(traitlets.Float):
    """A threshold as a trait: +∞, which JSON does not know, travels as null."""

    def __init__(self, default: float = 0.5, **about: Any) -> None:
        super().__init__(default, **about)
        self.tag(to_json=lambda value, _: to_json(value), from_json=lambda value, _: from_json(value))

    def validate(self, obj: Any, value: Any) -> float:
        """The threshold as it was given.

        Raises
        ------
        ValueError: it is a whole number that no float can hold. TraitError: it is not a number.
        """
        try:
            return float(super().validate(obj, value))
        except OverflowError:
            raise ValueError(
                f"`{self.name}` must be a threshold, got a number of more than 300 digits."
            ) from None


class Amount(traitlets.Float):
    """An amount of money as a trait: a number from 0 to `MOST_MONEY`."""

    def validate(self, obj: Any, value: Any) -> float:
        """The amount as it was given.

        Raises
        ------
        ValueError: the amount lies outside its range. TraitError: it is not a number.
        """
        if isinstance(value, int | float) and MOST_MONEY < value < np.inf:
            raise ValueError(f"`{self.name}` must be at most {MOST_MONEY:,.0f}, got more.")
        amount = super().validate(obj, value)
        if not 0 <= amount < np.inf:
            raise ValueError(f"`{self.name}` must be a finite number, at least 0, got {value!r}.")
        return float(amount)


def to_json(threshold: float) -> float | None:
    """A threshold as JSON holds it: null for +∞."""
    return float(threshold) if np.isfinite(threshold) else None


def from_json(threshold: float | None) -> float:
    """A threshold from JSON: +∞ for null."""
    return float("inf") if threshold is None else threshold
