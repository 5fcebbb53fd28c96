"""Two groups side by side, as counts: what every measure, interval and test is read off."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from edutools.bias.measures import (
    BETWEEN,
    DIVERGENCES,
    Side,
    between,
    conditional_disparity,
    divergence,
    divergences,
)
from edutools.bias.subject import spelled_out
from edutools.counts import Cells
from edutools.metrics import DEFINITIONS, difference_interval, undefined_reasons
from edutools.texts import text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Counts = NDArray[Any]

# Measures that are differences of one rate, as `edutools.metrics` has it, and the sign that d − a takes.
RATES = {
    "DPL": ("base_rate", -1),
    "DPPL": ("selection_rate", -1),
    "RD": ("true_positive_rate", -1),
    "SD": ("true_negative_rate", 1),
    "DAR": ("precision", -1),
    "DRR": ("negative_predictive_value", 1),
    "AD": ("accuracy", -1),
}
REFUSED, ACCEPTED = 0, 1


def cells_of(table: Counts, favourable: int) -> Side:
    """The four cells of tables of labels × predictions, shape (..., n_labels, 2)."""
    others = table.sum(axis=-2) - table[..., favourable, :]
    return Side(
        tp=table[..., favourable, ACCEPTED],
        fn=table[..., favourable, REFUSED],
        fp=others[..., ACCEPTED],
        tn=others[..., REFUSED],
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class Comparison:
    """A group (d) beside its reference (a), counted.

    Attributes
    ----------
    feature, group, reference : str
    d, a : ndarray of int, shape (n_strata, n_labels, 2)
        Rows by stratum, label and prediction: refused, accepted. Without predictions all are refused.
    favourable : int
        Which label is favourable.
    """

    feature: str
    group: str
    reference: str
    d: Counts
    a: Counts
    favourable: int

    @cached_property
    def sides(self) -> tuple[Side, Side]:
        """Cells of the reference, and of the group."""
        a, d = (cells_of(table.sum(axis=0), self.favourable) for table in (self.a, self.d))
        return a, d

    @cached_property
    def cells(self) -> Cells:
        """Both as `edutools.metrics` takes them, named "a" and "d"."""
        pair = self.sides
        return Cells(
            groups=("a", "d"),
            thresholds=np.full(2, math.nan),
            squared_weights=np.array([side.rows for side in pair]),
            weighted=False,
            **{cell: np.array([getattr(side, cell) for side in pair]) for cell in ("tp", "fp", "fn", "tn")},
        )

    @property
    def key(self) -> tuple[str, frozenset[str]]:
        """Alike for a comparison and its mirror, in which the two groups change places."""
        return self.feature, frozenset((self.group, self.reference))

    def value(self, short: str, convention: str = "edutools") -> float:
        """A measure that needs no rows, in its range; nan where ours leaves it undefined.

        Raises
        ------
        ValueError: by Clarify's convention, where its library raises.
        """
        if short in BETWEEN:
            return float(between(short, *self.sides, convention=convention))
        if short in DIVERGENCES:
            a, d = (_by_label(table) for table in (self.a, self.d))
            return divergence(short, a, d, convention=convention)
        return float(
            conditional_disparity(
                _strata(self.a[None], self.d[None], self.favourable, one=True),
                predicted=short == "CDDPL",
                convention=convention,
            )
        )

    def difference_limits(self, short: str) -> tuple[float, float]:
        """Newcombe's interval of a measure in `RATES`."""
        metric, sign = RATES[short]
        low, high = difference_interval(self.cells, metric, reference="a")
        return (float(low), float(high)) if sign > 0 else (-float(high), -float(low))

    def why_undefined(self, short: str) -> str:
        """Why a measure has no value, as text."""
        names = {
            side: spelled_out(self.feature, name) for side, name in (("a", self.reference), ("d", self.group))
        }
        empty = [names[name] for name, side in zip("ad", self.sides, strict=True) if not side.rows]
        if empty:
            return text("undefined.people", group=empty[0])
        if short not in RATES and short != "DI":
            return text(f"unmeasured.{short}", group=names["d"], reference=names["a"])
        metric = RATES[short][0] if short in RATES else "selection_rate"
        needs = DEFINITIONS[metric]["needs"]
        reasons = [
            text(f"undefined.{needs}", group=names[side]) for side in undefined_reasons(self.cells, metric)
        ]
        return "; ".join(reasons) or text("undefined.zero_reference", group=names["a"])


def of_samples(short: str, a: Counts, d: Counts, favourable: int) -> NDArray[np.float64]:
    """A measure of many samples in our convention, shape (n,).

    Parameters
    ----------
    short : str
    a, d : ndarray of int, shape (n, n_strata, n_labels, 2)
        Tables of both groups, as a `Comparison` has them.
    favourable : int
    """
    if short in ("CDDL", "CDDPL"):
        return np.asarray(conditional_disparity(_strata(a, d, favourable), predicted=short == "CDDPL"))
    if short in DIVERGENCES:
        p, q = (table.sum(axis=(1, 3)) for table in (a, d))
        return divergences(short, p / p.sum(axis=1, keepdims=True), q / q.sum(axis=1, keepdims=True))
    return np.asarray(between(short, *(cells_of(table.sum(axis=1), favourable) for table in (a, d))))


def _by_label(table: Counts) -> dict[str, float]:
    return {str(label): count for label, count in enumerate(table.sum(axis=(0, 2)).tolist())}


def _strata(a: Counts, d: Counts, favourable: int, *, one: bool = False) -> list[tuple[Side, Side]]:
    """Both groups in each stratum that has rows; with `one`, of a single sample."""
    there = np.flatnonzero((a + d).sum(axis=(0, 2, 3)))
    tables = ((a[:, i], d[:, i]) for i in there)
    return [
        (cells_of(x[0] if one else x, favourable), cells_of(y[0] if one else y, favourable))
        for x, y in tables
    ]
