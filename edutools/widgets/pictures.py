"""Pictures that a question asks the reader to read: checked data, drawn in the browser, told in the twin.

A picture is an object with ``type``, ``alt`` (what it shows, in words, without the answer) and its data:

- ``matrix``: ``tp``, ``fp``, ``fn``, ``tn``; optional ``labels`` and ``decisions``, two texts each, the
  negative first;
- ``rates``: ``rows`` of ``name``, ``value``, ``low`` and ``high`` in [0, 1], or ``value`` null and a
  ``reason``;
- ``lines``: ``x`` and ``y``, what the axes measure, and ``series`` of ``name`` and ``points`` [[x, y], …];
- ``table``: ``columns`` and ``rows`` of texts or numbers;
- ``dots``: ``threshold`` in [0, 1], and ``groups`` of ``name``, ``repay`` and ``default``: scores in [0, 1].
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from edutools.texts import text
from edutools.widgets.figures import decimals, interval, threshold_words

Picture = dict[str, Any]


# Makes the error for a field that is wrong, from its name and what is wrong with it.
Complaint = Callable[[str, str], ValueError]


def read_picture(raw: Any, complain: Complaint) -> Picture:
    """The picture that `raw` describes, in one form.

    Raises
    ------
    ValueError: a field is missing or wrong; `complain` makes it.
    """
    if not isinstance(raw, dict):
        raise complain("picture", f"must be an object, got {raw!r}")
    kind = raw.get("type")
    if kind not in _READERS:
        raise complain("picture.type", f"must be one of {list(_READERS)!r}, got {kind!r}")
    given = _Given(raw, "picture", complain)
    return {"type": kind, "alt": given.text("alt"), **_READERS[kind](given)}


class _Given:
    """An object of a picture, whose fields it reads."""

    def __init__(self, raw: dict[str, Any], where: str, complain: Complaint) -> None:
        self._raw, self._where, self._complain = raw, where, complain

    def wrong(self, key: str, needed: str) -> ValueError:
        got = repr(self._raw[key]) if key in self._raw else "nothing"
        return self._complain(f"{self._where}.{key}", f"must be {needed}, got {got}")

    def text(self, key: str) -> str:
        value = self._raw.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(key, "a text")
        return value

    def texts(self, key: str, default: list[str]) -> list[str]:
        value = self._raw.get(key, default)
        if not isinstance(value, list) or len(value) != 2 or not all(isinstance(each, str) for each in value):
            raise self.wrong(key, "two texts")
        return value

    def count(self, key: str) -> int:
        value = self._raw.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise self.wrong(key, "a whole number from 0 up")
        return value

    def share(self, key: str) -> float:
        value: Any = self._raw.get(key)
        if not _is_share(value):
            raise self.wrong(key, "a number from 0 to 1")
        return value

    def shares(self, key: str) -> list[float]:
        value = self._raw.get(key)
        if not isinstance(value, list) or not all(map(_is_share, value)):
            raise self.wrong(key, "a list of numbers from 0 to 1")
        return [float(each) for each in value]

    def is_null(self, key: str) -> bool:
        return key in self._raw and self._raw[key] is None

    def points(self, key: str) -> list[list[float]]:
        value = self._raw.get(key)
        if not isinstance(value, list) or len(value) < 2 or not all(map(_is_point, value)):
            raise self.wrong(key, "a list of at least two points [x, y]")
        return [[float(x), float(y)] for x, y in value]

    def objects(self, key: str) -> list[_Given]:
        value = self._raw.get(key)
        if not isinstance(value, list) or not value or not all(isinstance(each, dict) for each in value):
            raise self.wrong(key, "a list of objects")
        return [
            _Given(each, f"{self._where}.{key}[{place}]", self._complain) for place, each in enumerate(value)
        ]

    def table(self) -> dict[str, Any]:
        columns, rows = self._raw.get("columns"), self._raw.get("rows")
        if not isinstance(columns, list) or not columns:
            raise self.wrong("columns", "a list of texts")
        if not isinstance(rows, list) or not rows or any(len(row) != len(columns) for row in rows):
            raise self.wrong("rows", f"a list of rows of {len(columns)} cells")
        return {"columns": list(map(str, columns)), "rows": [list(map(str, row)) for row in rows]}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_share(value: Any) -> bool:
    return _is_number(value) and 0 <= value <= 1


def _is_point(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(_is_number, value))


def _matrix(given: _Given) -> Picture:
    labels = given.texts("labels", [text("common.negative"), text("common.positive")])
    decisions = given.texts(
        "decisions", [text("common.predicted_negative"), text("common.predicted_positive")]
    )
    cells = {cell: given.count(cell) for cell in ("tp", "fp", "fn", "tn")}
    return {"labels": labels, "decisions": decisions, "cells": cells}


def _rates(given: _Given) -> Picture:
    return {"rows": [_rate(row) for row in given.objects("rows")]}


def _rate(row: _Given) -> dict[str, Any]:
    if row.is_null("value"):
        return {"name": row.text("name"), "value": None, "interval": None, "reason": row.text("reason")}
    value, low, high = (row.share(key) for key in ("value", "low", "high"))
    if not low <= value <= high:
        raise row.wrong("value", f"from its low end {low} to its high end {high}")
    return {"name": row.text("name"), "value": value, "interval": [low, high], "reason": ""}


def _lines(given: _Given) -> Picture:
    series = [
        {"name": each.text("name"), "points": each.points("points")} for each in given.objects("series")
    ]
    return {"x": given.text("x"), "y": given.text("y"), "series": series}


def _dots(given: _Given) -> Picture:
    groups = [
        {"name": each.text("name"), "repay": each.shares("repay"), "default": each.shares("default")}
        for each in given.objects("groups")
    ]
    return {"threshold": given.share("threshold"), "groups": groups}


_READERS: dict[str, Callable[[_Given], Picture]] = {
    "matrix": _matrix,
    "rates": _rates,
    "lines": _lines,
    "table": lambda given: given.table(),
    "dots": _dots,
}


def picture_as_table(picture: Picture) -> dict[str, Any]:
    """The picture as a twin's table: ``caption``, ``columns``, ``rows`` of str."""
    return {"caption": picture["alt"], **_TABLES[picture["type"]](picture)}


def _matrix_told(picture: Picture) -> dict[str, Any]:
    cells, labels = picture["cells"], picture["labels"]
    rows = [[labels[0], str(cells["tn"]), str(cells["fp"])], [labels[1], str(cells["fn"]), str(cells["tp"])]]
    return {"columns": ["", *picture["decisions"]], "rows": rows}


def _rates_told(picture: Picture) -> dict[str, Any]:
    rows = [[row["name"], _rate_in_words(row)] for row in picture["rows"]]
    return {"columns": [text("common.group"), text("picture.rate")], "rows": rows}


def _rate_in_words(row: dict[str, Any]) -> str:
    if row["value"] is None:
        return text("common.undefined", reason=row["reason"])
    return f"{decimals(row['value'])} {interval(row['interval'])}"


def _lines_told(picture: Picture) -> dict[str, Any]:
    places = sorted({x for series in picture["series"] for x, _ in series["points"]})
    heights = [dict(map(tuple, series["points"])) for series in picture["series"]]
    rows = [[f"{x:g}", *(f"{known[x]:g}" if x in known else "" for known in heights)] for x in places]
    names = [f"{series['name']} ({picture['y']})" for series in picture["series"]]
    return {"columns": [picture["x"], *names], "rows": rows}


def _table_told(picture: Picture) -> dict[str, Any]:
    return {"columns": picture["columns"], "rows": picture["rows"]}


def _dots_told(picture: Picture) -> dict[str, Any]:
    rows = [
        [group["name"], text(f"picture.{label}"), " ".join(decimals(score) for score in sorted(group[label]))]
        for group in picture["groups"]
        for label in ("repay", "default")
    ]
    scores = text("picture.scores", threshold=threshold_words(picture["threshold"]))
    return {"columns": [text("common.group"), text("picture.label"), scores], "rows": rows}


_TABLES: dict[str, Callable[[Picture], dict[str, Any]]] = {
    "matrix": _matrix_told,
    "rates": _rates_told,
    "lines": _lines_told,
    "table": _table_told,
    "dots": _dots_told,
}
