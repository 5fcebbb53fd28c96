"""Rates of each group, and the gaps between groups, read off counts as metrics.json defines them."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from edutools._checks import one_of
from edutools.texts import text

Floats = NDArray[np.float64]

DEFINITIONS: dict[str, dict[str, Any]] = json.loads(
    (files("edutools") / "metrics.json").read_text(encoding="utf-8")
)
METRICS: tuple[str, ...] = tuple(DEFINITIONS)


class GroupCells(Protocol):
    """What is read here of a table of counts: its groups, and four arrays whose first axis is the groups."""

    @property
    def groups(self) -> tuple[str, ...]: ...
    @property
    def tp(self) -> NDArray[Any]: ...
    @property
    def fp(self) -> NDArray[Any]: ...
    @property
    def fn(self) -> NDArray[Any]: ...
    @property
    def tn(self) -> NDArray[Any]: ...


class Undefined(float):
    """A nan that carries the reason why there is no number, as text, in `reason`."""

    reason: str

    def __new__(cls, reason: str) -> Undefined:
        undefined = super().__new__(cls, "nan")
        undefined.reason = reason
        return undefined

    def __repr__(self) -> str:
        return f"nan ({self.reason})"

    def __reduce__(self) -> tuple[type[Undefined], tuple[str]]:
        return Undefined, (self.reason,)


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


def _weigh(counts: GroupCells, weights: dict[str, int]) -> Floats:
    total: Floats = sum(
        weight * np.asarray(getattr(counts, cell), dtype=float) for cell, weight in weights.items()
    )
    return total


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
        An `Undefined` (a nan with its `reason`) where the metric is undefined in any group, or there is one group only.

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
    """Why a metric has no value, for each group where it has none: a dict of group to reason, empty where all is defined."""
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


def _compared(cells: GroupCells, metric: str, reference: str | None) -> tuple[Floats, NDArray[np.bool_], str]:
    """Values by group, which groups are not the reference, and why they cannot be compared ("" where they can)."""
    values = rate(cells, metric)
    if values.ndim != 1:
        raise ValueError(
            "`cells` must be at one threshold a group: take `counts.at(0.5)`, got all thresholds at once."
        )
    if reference is not None:
        one_of("reference", reference, cells.groups)
    reasons = list(undefined_reasons(cells, metric).values())
    if len(cells.groups) == 1:
        reasons.append(text("undefined.one_group", group=cells.groups[0]))
    return values, np.array([group != reference for group in cells.groups]), "; ".join(reasons)


_OTHER_NAMES = {
    "tpr": "true_positive_rate", "fpr": "false_positive_rate", "tnr": "true_negative_rate", "fnr": "false_negative_rate",
    "recall": "true_positive_rate", "sensitivity": "true_positive_rate", "specificity": "true_negative_rate",
    "ppv": "precision", "npv": "negative_predictive_value", "fdr": "false_discovery_rate", "for": "false_omission_rate",
    "f1": "f1_score", "prevalence": "base_rate", "acceptance_rate": "selection_rate",
}  # fmt: skip
