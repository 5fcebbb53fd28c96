"""A monitor's series over time: intervals, band, evidence, alerts, and what lies before and after a mark."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import traitlets

from edutools._checks import known_keywords, one_of
from edutools.metrics import METRICS, label_of
from edutools.texts import text
from edutools.widgets.base import Widget
from edutools.widgets.figures import decimals, interval, wholes

MOST_TOLD = 12  # windows in the twin

Facts = dict[str, Any]


class Timeline(Widget):
    """One series of a monitor over time, chosen among them, with its band, its alerts and its marks.

    `Monitor.show` makes one.

    Parameters
    ----------
    series : sequence of mapping
        Each as `edutools.monitoring.series.Series.to_dict` gives it.
    groups : sequence of str
        Names of the groups, in the order of their hues.
    windows : sequence of str
        When each window begins.
    unit : {"day", "week", "month"}
    series_name : str, optional
        What is shown first; by default the first series.

    Raises
    ------
    ValueError: there are no windows, or `series_name` is none of the series.
    """

    _name = "timeline"

    series = traitlets.Unicode(help="Name of the series that is shown.").tag(sync=True)
    window = traitlets.Int(help="The window whose figures are shown: a place among them.").tag(sync=True)

    _facts = traitlets.Dict().tag(sync=True)

    @known_keywords()
    def __init__(
        self,
        series: Sequence[Mapping[str, Any]],
        *,
        groups: Sequence[str],
        windows: Sequence[str],
        unit: str,
        series_name: str | None = None,
    ) -> None:
        if not windows:
            raise ValueError("`windows` must be at least one, got none.")
        one_of("unit", unit, ("day", "week", "month"))
        pictures = _pictures(series, list(groups))
        names = {each["name"]: each["name"] for each in pictures}
        # A rate is shown beside those of the other groups.
        names |= {one["series"]: each["name"] for each in pictures for one in each["lines"]}
        shown = names[one_of("series", series_name or pictures[0]["name"], names)]
        facts = {"pictures": pictures, "windows": list(windows), "unit": unit}
        super().__init__(_facts=facts, series=shown, window=len(windows) - 1)

    @traitlets.validate("series")
    def _known_series(self, proposal: dict[str, Any]) -> str:
        names = [each["name"] for each in self._facts["pictures"]]
        return str(one_of("series", proposal["value"], names))

    @traitlets.validate("window")
    def _known_window(self, proposal: dict[str, Any]) -> int:
        last = len(self._facts["windows"]) - 1
        if not 0 <= proposal["value"] <= last:
            raise ValueError(f"`window` must lie from 0 to {last}, got {proposal['value']}.")
        return int(proposal["value"])

    def _summary(self) -> dict[str, Any]:
        picture = next(each for each in self._facts["pictures"] if each["name"] == self.series)
        return {
            "title": text("timeline.title"),
            "sentences": [
                f"{picture['label']}. {_said(picture)}",
                *_band(picture),
                *(self._alert(number, alert, picture) for number, alert in enumerate(picture["alerts"], 1)),
                *(self._mark(line, mark) for line in picture["lines"] for mark in line["marks"]),
            ],
            "tables": [self._table(picture)],
        }

    def _table(self, picture: Facts) -> dict[str, Any]:
        windows, unit = self._facts["windows"], self._facts["unit"]
        places = range(max(0, len(windows) - MOST_TOLD), len(windows))
        watched = picture["limit"] is not None
        lines = picture["lines"]
        columns = [text(f"timeline.unit_{unit}"), *(line["label"] for line in lines)]
        rows = [
            [
                windows[place],
                *(_point(line, place) for line in lines),
                *([_state(picture, place)] if watched else []),
            ]
            for place in places
        ]
        caption = text("timeline.shown", name=picture["label"], shown=len(places), all=len(windows))
        return {
            "caption": caption,
            "columns": [*columns, *([text("timeline.state")] if watched else [])],
            "rows": rows,
        }

    def _of(self, place: int) -> str:
        return text(f"timeline.of_{self._facts['unit']}", window=self._facts["windows"][place])

    def _alert(self, number: int, alert: Facts, picture: Facts) -> str:
        value, low, high = alert["figures"]
        return text(
            "timeline.alert",
            n=number,
            side=text("timeline.above" if alert["above"] else "timeline.below"),
            window=self._of(alert["place"]),
            until=self._of(alert["until"]),
            span=self._span(alert["span"]),
            value=decimals(value),
            interval=interval((low, high)),
            baseline=decimals(picture["baseline"]),
        )

    def _span(self, n: int) -> str:
        unit = self._facts["unit"]
        return text(f"timeline.one_{unit}") if n == 1 else text(f"timeline.many_{unit}", n=n)

    def _mark(self, line: Facts, mark: Facts) -> str:
        windows = self._facts["windows"]
        figures = {
            key: value
            for side in ("before", "after", "change")
            for key, value in zip((side, f"{side}_interval"), _words(mark[side]), strict=True)
        }
        place = min(max(mark["ends"], 0), len(windows) - 1)
        said = text("timeline.mark", name=mark["name"], window=self._of(place), **figures)
        return said if line["place"] is None else f"{line['label']}: {said}"


def _pictures(series: Sequence[Mapping[str, Any]], groups: list[str]) -> list[Facts]:
    """What can be chosen: each gap and share alone, and the rates of all groups by metric."""
    found: dict[str, Facts] = {}
    for each in series:
        label = _label(each)
        name = text("timeline.rates", metric=each["metric"]) if each["kind"] == "rate" else each["name"]
        picture = found.setdefault(
            name,
            {
                "name": name,
                "label": label,
                "lines": [],
                **{key: each[key] for key in ("kind", "baseline", "tolerance", "limit", "evidence")},
                "states": each["states"],
                "alerts": each["alerts"],
            },
        )
        rate = each["kind"] == "rate"
        picture["lines"].append(
            {
                "series": each["name"],
                "label": each["group"] if rate else text("timeline.value"),
                "place": groups.index(each["group"]) if rate else None,
                **{key: each[key] for key in ("figures", "rows", "reasons", "marks")},
            }
        )
    return list(found.values())


def _label(series: Mapping[str, Any]) -> str:
    metric = label_of(series["metric"]) if series["metric"] in METRICS else ""
    if series["kind"] == "gap":
        return text("timeline.gap", metric=metric, group=series["group"], reference=series["reference"])
    if series["kind"] == "share":
        return text("timeline.share", group=series["group"])
    return text("timeline.rates", metric=metric)


def _said(picture: Facts) -> str:
    if picture["limit"] is None:
        return text("timeline.said_none")
    if picture["baseline"] is None:
        return text("timeline.said_no_baseline")
    if picture["alerts"]:
        return text("timeline.said_alerts", n=len(picture["alerts"]))
    return text("timeline.said_quiet")


def _band(picture: Facts) -> list[str]:
    baseline, tolerance = picture["baseline"], picture["tolerance"]
    if baseline is None or picture["limit"] is None:
        return []
    key = "timeline.band" if tolerance else "timeline.band_point"
    return [text(key, low=decimals(baseline - tolerance), high=decimals(baseline + tolerance))]


def _point(line: Facts, place: int) -> str:
    value, limits = _words(line["figures"][place])
    if line["figures"][place][0] is None:
        return text("common.undefined", reason=line["reasons"][place])
    return text("timeline.point", value=value, interval=limits, rows=wholes(line["rows"][place]))


def _state(picture: Facts, place: int) -> str:
    state, evidence = picture["states"][place], picture["evidence"][place]
    if evidence is None:
        return text(f"timeline.state_{state}")
    return text(
        f"timeline.state_{state}",
        evidence=decimals(abs(evidence), 1),
        limit=decimals(picture["limit"], 1),
        side=text("timeline.above" if evidence > 0 else "timeline.below"),
    )


def _words(figures: Sequence[float | None]) -> tuple[str, str]:
    value, low, high = (math.nan if each is None else each for each in figures)
    return decimals(value), interval((low, high))
