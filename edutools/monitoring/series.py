"""The series that a monitor's counts make: gaps and shares, which are watched, and the rates behind them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from edutools.metrics import DEFINITIONS, share_interval
from edutools.monitoring.evidence import (
    Baseline,
    Evidence,
    counted_gap,
    counted_share,
    gap_evidence,
    limit,
    share_evidence,
)
from edutools.monitoring.ledger import COUNTS
from edutools.monitoring.windows import WINDOWS_A_YEAR, begin_of
from edutools.texts import text

SHARE = "share"
GAPS_PART, SHARES_PART = 0.78, 0.20
"""What part of the false alarms the gaps have together, and the groups' shares. The rest is kept for how
counts differ from the normal noise that the limits were simulated with."""

Floats = NDArray[np.float64]
_SIDES = {"accepted": ("tp", "fp"), "refused": ("fn", "tn")}


@dataclass(frozen=True)
class Record:
    """What a monitor's file holds, as arrays.

    Attributes
    ----------
    settings : mapping, as the file keeps them
    first : int, the window that `counts` begins with
    counts : ndarray of int, shape (n_windows, n_groups, 6), in the order of `COUNTS`
    over : int, the first window that is not over yet
    marks : mapping of name to the windows where what was before it ends, and what is after it begins
    """

    settings: Mapping[str, Any]
    first: int
    counts: NDArray[np.int64]
    over: int
    marks: Mapping[str, tuple[int, int]]

    @property
    def n_windows(self) -> int:
        """From the first window with rows to the last, those without rows among them."""
        return self.counts.shape[0]

    @property
    def window(self) -> str:
        """What a window is: a day, a week or a month."""
        return str(self.settings["window"])

    @cached_property
    def begin(self) -> pd.DatetimeIndex:
        """When each window begins."""
        return begin_of(self.first + np.arange(self.n_windows), self.window)

    def window_names(self) -> list[str]:
        """The day, or month, on which each window begins, as text."""
        return [str(each) for each in self.begin.strftime("%Y-%m" if self.window == "month" else "%Y-%m-%d")]

    def column(self, name: str) -> NDArray[np.int64]:
        """One of the counts, shape (n_windows, n_groups)."""
        return self.counts[..., COUNTS.index(name)]

    @property
    def reference_windows(self) -> int:
        """How many windows at the beginning are the baseline; 0 where it is given."""
        return int(self.settings["baseline"].get("windows", 0))

    @cached_property
    def begins(self) -> NDArray[np.intp]:
        """For each window the first that may be judged with it; past the end where it is not judged."""
        places = np.arange(self.n_windows)
        begins = np.full(self.n_windows, self.reference_windows)
        for ends, after in (np.array(self.marks[name]) - self.first for name in self.marks):
            begins[places >= after] = np.maximum(begins, after)[places >= after]
            begins[(places >= ends) & (places < after)] = self.n_windows
        begins[places < self.reference_windows] = self.n_windows
        return begins

    def settled(self, metric: str) -> int:
        """How many windows are over, and their outcomes given time to come where the metric needs them."""
        delay = 0 if metric in (SHARE, "selection_rate") else int(self.settings["outcome_delay"])
        return max(0, self.over - self.first - delay)


@dataclass(frozen=True)
class Shares:
    """A metric of each window and group as hits of sizes, shape (n_windows, n_groups); reasons where 0."""

    hits: NDArray[np.int64]
    sizes: NDArray[np.int64]
    reasons: list[list[str]]


def shares_of(record: Record, metric: str) -> Shares:
    """How many of how many each metric counts; nobody where too little is known to count them."""
    groups = record.settings["groups"]
    decided = record.column("accepted") + record.column("refused")
    if metric == "selection_rate":
        reasons = [[text("undefined.people", group=group) for group in groups]] * record.n_windows
        return Shares(record.column("accepted"), decided, reasons)
    definition = DEFINITIONS[metric]
    hits = sum(record.column(cell) for cell in definition["over"])
    sizes = sum(record.column(cell) for cell in definition["under"])
    needed = {side for side, cells in _SIDES.items() if {*cells} & {*definition["under"]}}
    unknown = {side: _unknown(record, side) for side in _SIDES if side in needed}
    # Outcomes of the accepted alone would make everyone's true positive rate 1: it is not known.
    known = ~np.logical_or.reduce(list(unknown.values()))
    reasons = [
        [
            _reason(definition["needs"], group, decided[t, g], {s: unknown[s][t, g] for s in unknown})
            for g, group in enumerate(groups)
        ]
        for t in range(record.n_windows)
    ]
    return Shares(np.where(known, hits, 0), np.where(known, sizes, 0), reasons)


def _unknown(record: Record, side: str) -> NDArray[np.bool_]:
    """Where there are decisions of one kind and of none the outcome is known."""
    return (record.column(side) > 0) & (sum(record.column(cell) for cell in _SIDES[side]) == 0)


def _reason(needs: str, group: str, decided: int, unknown: Mapping[str, Any]) -> str:
    if not decided:
        return text("undefined.people", group=group)
    for side, none_known in unknown.items():
        if none_known:
            return text(f"monitoring.unknown_{side}", group=group)
    return text(f"undefined.{needs}", group=group)


@dataclass(frozen=True)
class Series:
    """One figure over time. A gap has two columns of hits and sizes, the group's and the reference's.

    Attributes
    ----------
    name, kind, metric, group : str; kind is "gap", "share" or "rate"
    record : Record
    hits, sizes : ndarray of int, shape (n_windows, 2) of a gap, (n_windows,) of others
    reasons : list of str, why each window has no value
    baseline : Baseline, or None where it is not watched
    limit : float, evidence from which on there is an alert; nan where it is not watched
    """

    name: str
    kind: str
    metric: str
    group: str
    record: Record
    hits: NDArray[Any]
    sizes: NDArray[Any]
    reasons: list[str]
    baseline: Baseline | None = None
    limit: float = np.nan

    @cached_property
    def figures(self) -> Floats:
        """Value, low and high of each window, shape (n_windows, 3)."""
        return figures_of(self.hits, self.sizes, gap=self.kind == "gap")

    @property
    def tolerance(self) -> float:
        """How far from the baseline the band reaches."""
        return float(self.record.settings["tolerance"][SHARE if self.kind == "share" else self.metric])

    @cached_property
    def evidence(self) -> Evidence:
        """Evidence of each window that the series lies outside its band."""
        nothing = np.full(self.record.n_windows, np.nan)
        if self.baseline is None or not self.has_baseline:
            return Evidence(nothing, np.ones(nothing.shape, dtype=np.intp))
        measure = gap_evidence if self.kind == "gap" else share_evidence
        return measure(self.hits, self.sizes, self.baseline, self.record.begins, self.tolerance)

    @property
    def has_baseline(self) -> bool:
        """Whether there is something to compare with: reference windows must be over first."""
        whole = self.record.settled(self.metric) >= self.record.reference_windows
        return self.baseline is not None and whole and bool(np.isfinite(self.baseline.value))

    @cached_property
    def judged(self) -> NDArray[np.bool_]:
        """Which windows may raise an alert."""
        settled = np.arange(self.record.n_windows) < self.record.settled(self.metric)
        return settled & np.isfinite(self.evidence.value)

    @cached_property
    def beyond(self) -> NDArray[np.intp]:
        """1 where the series is above its band beyond noise, -1 where below it, else 0."""
        value = np.where(self.judged, self.evidence.value, 0)
        return np.where(np.abs(value) > self.limit, np.sign(value), 0).astype(np.intp)

    @cached_property
    def spells(self) -> list[tuple[int, int]]:
        """First and last window of each alert. One that is not judged does not end it; a mark does."""
        found: list[tuple[int, int]] = []
        side, began = 0, -1
        for place in np.flatnonzero(self.judged).tolist():
            goes_on = self.beyond[place] == side and self.record.begins[place] == began
            side, began = int(self.beyond[place]), int(self.record.begins[place])
            if side and goes_on:
                found[-1] = (found[-1][0], place)
            elif side:
                found.append((place, place))
        return found

    def alerts(self) -> Iterator[dict[str, Any]]:
        """What `Monitor.alerts` says of this series."""
        for place, until in self.spells:
            span = int(self.evidence.span[place])
            value, low, high = self.pooled(place - span + 1, place + 1)
            yield {
                "series": self.name,
                "window": self.record.begin[place],
                "until": self.record.begin[until],
                "side": "above" if self.beyond[place] > 0 else "below",
                "span": span,
                "value": value,
                "low": low,
                "high": high,
                "baseline": self._level,
                "evidence": abs(float(self.evidence.value[place])),
                "limit": self.limit,
            }

    @property
    def _level(self) -> float:
        return float(self.baseline.value) if self.baseline is not None and self.has_baseline else np.nan

    def pooled(self, begin: int, end: int) -> tuple[float, float, float]:
        """Value, low and high of the windows from `begin` to before `end` taken together."""
        summed = (each[max(0, begin) : max(0, end)].sum(axis=0)[None] for each in (self.hits, self.sizes))
        value, low, high = figures_of(*summed, gap=self.kind == "gap")[0].tolist()
        return value, low, high

    def sides_of(self, mark: str, windows: int) -> tuple[tuple[int, int], tuple[int, int]]:
        """The windows before a mark and after it, each as (begin, end), up to the next mark."""
        first = self.record.first
        ends, begins = (each - first for each in self.record.marks[mark])
        settled = min(self.record.n_windows, self.record.settled(self.metric))
        others = [(e - first, b - first) for name, (e, b) in self.record.marks.items() if name != mark]
        floor = max([0, *(b for _, b in others if b <= ends)])
        ceiling = min([settled, *(e for e, _ in others if e >= begins)])
        return (max(floor, ends - windows), ends), (begins, min(ceiling, begins + windows))

    def before_after(self, mark: str, windows: int) -> dict[str, Any]:
        """What `Monitor.before_after` says of this series."""
        before, after = (self.pooled(*side) for side in self.sides_of(mark, windows))
        change = after[0] - before[0]
        # Both sides err apart, so their distances to their limits add up as squares: Zou and Donner (2008).
        down = np.hypot(after[0] - after[1], before[2] - before[0])
        up = np.hypot(after[2] - after[0], before[0] - before[1])
        row: dict[str, Any] = {"series": self.name}
        for side, found in (
            ("before", before),
            ("after", after),
            ("change", (change, change - down, change + up)),
        ):
            row |= {side: found[0], f"{side}_low": found[1], f"{side}_high": found[2]}
        return row

    def to_frame(self) -> pd.DataFrame:
        """What `Monitor.timeline` says of this series."""
        value, low, high = self.figures.T
        watched = self.kind != "rate"
        return pd.DataFrame(
            {
                "series": self.name,
                "kind": self.kind,
                "window": self.record.begin,
                "value": value,
                "low": low,
                "high": high,
                "rows": self.sizes.sum(axis=-1) if self.kind == "gap" else self.sizes,
                "baseline": self._level,
                "band_low": self._level - self.tolerance if watched else np.nan,
                "band_high": self._level + self.tolerance if watched else np.nan,
                "evidence": self.evidence.value,
                "limit": self.limit,
                "judged": self.judged,
                "alert": self.beyond != 0,
                "reason": np.where(np.isnan(value), self.reasons, ""),
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """What a picture of this series needs, as plain data; None where undefined."""
        watched = self.baseline is not None
        return {
            "name": self.name,
            "kind": self.kind,
            "metric": self.metric,
            "group": self.group,
            "reference": str(self.record.settings["reference"]) if self.kind == "gap" else None,
            "figures": [[_or_none(each) for each in row] for row in self.figures.tolist()],
            "rows": (self.sizes.sum(axis=-1) if self.kind == "gap" else self.sizes).tolist(),
            "reasons": self.reasons,
            "baseline": _or_none(self._level),
            "tolerance": self.tolerance if watched else None,
            "limit": self.limit if watched else None,
            "evidence": [
                _or_none(value) if judged else None
                for value, judged in zip(self.evidence.value.tolist(), self.judged, strict=True)
            ],
            "states": [self._state(place) for place in range(self.record.n_windows)],
            "alerts": [
                {
                    "place": place,
                    "until": until,
                    "span": int(self.evidence.span[place]),
                    "above": bool(self.beyond[place] > 0),
                    "figures": list(self.pooled(place - int(self.evidence.span[place]) + 1, place + 1)),
                }
                for place, until in self.spells
            ],
            "marks": [self._sides_as_dict(mark) for mark in self.record.marks],
        }

    def _state(self, place: int) -> str:
        if self.baseline is None:
            return "none"
        if place < self.record.reference_windows:
            return "reference"
        if not self.has_baseline or place >= self.record.settled(self.metric):
            return "running"
        if not self.judged[place]:
            return "unjudged"
        return "alert" if self.beyond[place] else "quiet"

    def _sides_as_dict(self, mark: str, windows: int = 8) -> dict[str, Any]:
        (_, ends), (begins, _) = sides = self.sides_of(mark, windows)
        row = self.before_after(mark, windows)
        found = {
            side: [_or_none(row[f"{side}{end}"]) for end in ("", "_low", "_high")]
            for side in ("before", "after", "change")
        }
        return {
            "name": mark,
            "ends": ends,
            "begins": begins,
            "sides": [list(each) for each in sides],
            **found,
        }


def figures_of(hits: NDArray[Any], sizes: NDArray[Any], *, gap: bool) -> Floats:
    """Value, low and high of shares (Wilson's interval) or of gaps between two (Newcombe's), shape (n, 3)."""
    shares = np.divide(hits, sizes, out=np.full(sizes.shape, np.nan), where=sizes > 0)
    low, high = np.moveaxis(share_interval(hits, sizes), -1, 0)
    if not gap:
        return np.stack([shares, low, high], axis=-1)
    value = shares[:, 0] - shares[:, 1]
    down = np.hypot(shares[:, 0] - low[:, 0], high[:, 1] - shares[:, 1])
    up = np.hypot(high[:, 0] - shares[:, 0], shares[:, 1] - low[:, 1])
    return np.stack([value, value - down, value + up], axis=-1)


def watch(record: Record) -> list[Series]:
    """All series of a record: gaps, shares, and then the rates that no alert is raised for."""
    return [*_gaps(record), *_shares(record), *_rates(record)]


def _others(record: Record) -> list[int]:
    groups = record.settings["groups"]
    return [place for place, group in enumerate(groups) if group != record.settings["reference"]]


def _limits(record: Record) -> tuple[float, float]:
    """The limit of each gap, and of each share."""
    settings = record.settings
    n_gaps, n_shares = len(settings["metrics"]) * len(_others(record)), len(_others(record))
    for_gaps = GAPS_PART + (0 if _watches_shares(record) else SHARES_PART)
    of_year = WINDOWS_A_YEAR[record.window]
    return (
        limit(settings["false_alarms"] * for_gaps / n_gaps, of_year),
        limit(settings["false_alarms"] * SHARES_PART / n_shares, of_year),
    )


def _watches_shares(record: Record) -> bool:
    baseline = record.settings["baseline"]
    return "rates" not in baseline or SHARE in baseline["rates"]


def _gaps(record: Record) -> Iterator[Series]:
    groups, reference = record.settings["groups"], record.settings["reference"]
    there = groups.index(reference)
    of_gap, _ = _limits(record)
    for metric in record.settings["metrics"]:
        shares = shares_of(record, metric)
        for place in _others(record):
            pair = [place, there]
            hits, sizes = shares.hits[:, pair], shares.sizes[:, pair]
            yield Series(
                name=f"{metric}: {groups[place]} − {reference}",
                kind="gap",
                metric=metric,
                group=groups[place],
                record=record,
                hits=hits,
                sizes=sizes,
                reasons=[
                    "; ".join(reasons[each] for each in pair if size[each] == 0)
                    for reasons, size in zip(shares.reasons, shares.sizes, strict=True)
                ],
                baseline=_gap_baseline(record, metric, pair, hits, sizes),
                limit=of_gap,
            )


def _gap_baseline(
    record: Record, metric: str, pair: list[int], hits: NDArray[Any], sizes: NDArray[Any]
) -> Baseline:
    given = record.settings["baseline"]
    if "rates" in given:
        return Baseline(given["rates"][metric][pair[0]] - given["rates"][metric][pair[1]])
    if "cells" in given:
        over, under = (
            _of_cells(given["cells"], DEFINITIONS[metric][part])[pair] for part in ("over", "under")
        )
        return counted_gap(over, under)
    return counted_gap(*(each[: record.reference_windows].sum(axis=0) for each in (hits, sizes)))


def _of_cells(cells: list[list[int]], wanted: Mapping[str, int]) -> NDArray[np.int64]:
    return np.array(cells)[:, [("tp", "fp", "fn", "tn").index(cell) for cell in wanted]].sum(axis=1)


def _shares(record: Record) -> Iterator[Series]:
    groups = record.settings["groups"]
    decided = record.column("accepted") + record.column("refused")
    everyone = decided.sum(axis=1)
    _, of_share = _limits(record)
    for place in _others(record):
        yield Series(
            name=f"{SHARE}: {groups[place]}",
            kind="share",
            metric=SHARE,
            group=groups[place],
            record=record,
            hits=decided[:, place],
            sizes=everyone,
            reasons=[text("monitoring.nobody")] * record.n_windows,
            baseline=_share_baseline(record, place, decided[:, place], everyone)
            if _watches_shares(record)
            else None,
            limit=of_share if _watches_shares(record) else np.nan,
        )


def _share_baseline(record: Record, place: int, rows: NDArray[Any], everyone: NDArray[Any]) -> Baseline:
    given = record.settings["baseline"]
    if "rates" in given:
        return Baseline(given["rates"][SHARE][place])
    if "cells" in given:
        sizes = np.array(given["cells"]).sum(axis=1)
        return counted_share(sizes[place], sizes.sum())
    return counted_share(*(each[: record.reference_windows].sum() for each in (rows, everyone)))


def _rates(record: Record) -> Iterator[Series]:
    """Each group's rates, and everyone's accuracy where outcomes are known."""
    metrics = list(record.settings["metrics"])
    if record.counts[..., 2:].any() and "accuracy" not in metrics:
        metrics.append("accuracy")
    for metric in metrics:
        shares = shares_of(record, metric)
        for place, group in enumerate(record.settings["groups"]):
            reasons = [each[place] for each in shares.reasons]
            yield _rate(record, metric, group, shares.hits[:, place], shares.sizes[:, place], reasons)


def _rate(record: Record, metric: str, group: str, hits: Any, sizes: Any, reasons: list[str]) -> Series:
    return Series(
        name=f"{metric}: {group}",
        kind="rate",
        metric=metric,
        group=group,
        record=record,
        hits=hits,
        sizes=sizes,
        reasons=reasons,
    )


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else value
