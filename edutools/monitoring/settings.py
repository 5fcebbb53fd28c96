"""What a monitor is told when its file is made: read, checked, and kept in the file as plain JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from edutools._checks import one_of
from edutools.counts import Cells
from edutools.metrics import DEFINITIONS, METRICS, definition_of
from edutools.monitoring.series import SHARE
from edutools.monitoring.windows import WINDOWS_A_YEAR

# Means and F1 scores are no shares of some people, which the evidence is made for.
WATCHED = tuple(
    metric
    for metric in METRICS
    if set(DEFINITIONS[metric].get("under", {}).values()) == {1} and metric != "error_rate"
)
FEWEST_REFERENCE_WINDOWS = 2
Baseline = int | Cells | Mapping[str, Mapping[str, float]]


_DEFAULTS: dict[str, Any] = {
    "metrics": ("selection_rate",),
    "baseline": 8,
    "tolerance": 0.0,
    "false_alarms": 0.05,
    "window": "week",
    "outcome_delay": 0,
    "wait": 104,
}


def read_settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a new file as plain JSON."""
    chosen = _DEFAULTS | {name: value for name, value in given.items() if value is not None}
    groups = _read_group_names(chosen.get("groups"))
    metrics = _read_metrics(chosen["metrics"])
    return {
        "groups": groups,
        "reference": one_of("reference", chosen.get("reference", groups[-1]), groups),
        "metrics": metrics,
        "baseline": _read_baseline(chosen["baseline"], groups, metrics),
        "tolerance": _read_tolerance(chosen["tolerance"], metrics),
        "false_alarms": _read_share("false_alarms", chosen["false_alarms"], low=1e-6, high=0.2),
        "window": one_of("window", chosen["window"], WINDOWS_A_YEAR),
        "outcome_delay": read_whole("outcome_delay", chosen["outcome_delay"], 0),
        "wait": read_whole("wait", chosen["wait"], 1),
    }


def refuse_other_settings(path: Path, given: Mapping[str, Any], kept: Mapping[str, Any]) -> None:
    """Raise where a setting that is given is not that of the file.

    Raises
    ------
    ValueError: as said, or a setting is none.
    """
    named = {name: value for name, value in given.items() if value is not None}
    read = read_settings({"groups": kept["groups"], "metrics": kept["metrics"], **named})
    for name in named:
        if json.loads(json.dumps(read[name])) != kept[name]:
            raise ValueError(
                f"`{name}` must be that of {path}, {kept[name]!r}, got {read[name]!r}: what is watched "
                "is settled when its file is made. Leave it out, or begin another file."
            )


def _read_group_names(groups: Any) -> list[str]:
    if groups is None:
        raise ValueError("`groups` must be given for a new file: the names of at least two groups.")
    names = [str(each) for each in groups] if not isinstance(groups, str) else [groups]
    if len(names) < 2 or len(set(names)) < len(names):
        raise ValueError(f"`groups` must be the names of at least two groups, each once, got {groups!r}.")
    return names


def _read_metrics(metrics: Any) -> list[str]:
    listed = [metrics] if isinstance(metrics, str) else list(metrics)
    for metric in listed:
        definition_of(metric)
        one_of("metrics", metric, WATCHED)
    if not listed or len(set(listed)) < len(listed):
        raise ValueError(f"`metrics` must be at least one, each once, of {list(WATCHED)!r}, got {metrics!r}.")
    return listed


def _read_baseline(baseline: Any, groups: list[str], metrics: list[str]) -> dict[str, Any]:
    if isinstance(baseline, Mapping):
        return {"rates": _read_rates(baseline, groups, metrics)}
    if hasattr(baseline, "groups") and hasattr(baseline, "tp"):
        return {"cells": _read_cells(baseline, groups)}
    return {"windows": read_whole("baseline", baseline, FEWEST_REFERENCE_WINDOWS)}


def _read_rates(baseline: Mapping[str, Any], groups: list[str], metrics: list[str]) -> dict[str, Any]:
    for name in baseline:
        one_of("baseline", name, [*metrics, SHARE])
    rates: dict[str, Any] = {}
    for name in [*metrics, *([SHARE] if SHARE in baseline else [])]:
        found = baseline.get(name)
        if not isinstance(found, Mapping) or set(map(str, found)) != set(groups):
            raise ValueError(
                f"`baseline[{name!r}]` must have a rate of each group {groups!r}, got {found!r}."
            )
        by_group = {str(group): value for group, value in found.items()}
        rates[name] = [_read_share(f"baseline[{name!r}][{each!r}]", by_group[each]) for each in groups]
    if SHARE in rates and not math.isclose(sum(rates[SHARE]), 1, abs_tol=1e-6):
        raise ValueError(f"`baseline[{SHARE!r}]` must add up to 1, got {sum(rates[SHARE])!r}.")
    return rates


def _read_cells(cells: Any, groups: list[str]) -> list[list[int]]:
    if set(cells.groups) != set(groups):
        raise ValueError(f"`baseline` must have the groups {groups!r}, got {list(cells.groups)!r}.")
    if cells.weighted or np.ndim(cells.tp) != 1:
        raise ValueError("`baseline` must be unweighted cells at one threshold a group, as `counts.at(0.5)`.")
    order = [cells.groups.index(group) for group in groups]
    return [[int(getattr(cells, name)[place]) for name in ("tp", "fp", "fn", "tn")] for place in order]


def _read_tolerance(tolerance: Any, metrics: list[str]) -> dict[str, float]:
    names = [*metrics, SHARE]
    if not isinstance(tolerance, Mapping):
        return dict.fromkeys(names, _read_share("tolerance", tolerance, high=0.999))
    for name in tolerance:
        one_of("tolerance", name, names)
    return {name: _read_share(f"tolerance[{name!r}]", tolerance.get(name, 0.0), high=0.999) for name in names}


def _read_share(name: str, value: Any, *, low: float = 0.0, high: float = 1.0) -> float:
    number = value.item() if isinstance(value, np.generic) else value
    if isinstance(number, bool) or not isinstance(number, int | float) or not low <= number <= high:
        raise ValueError(f"`{name}` must be a number from {low:g} to {high:g}, got {value!r}.")
    return float(number)


def read_whole(name: str, value: Any, least: int) -> int:
    """A whole number from `least` up.

    Raises
    ------
    ValueError: it is none.
    """
    number = value.item() if isinstance(value, np.integer) else value
    if isinstance(number, bool) or not isinstance(number, int) or number < least:
        raise ValueError(f"`{name}` must be a whole number from {least} up, got {value!r}.")
    return number
