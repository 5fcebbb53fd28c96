"""Methods of mitigation as points, accuracy or profit against a gap; a point opens its before and after."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import traitlets

from edutools._checks import known_keywords, one_of
from edutools.criteria import CRITERIA
from edutools.metrics import DEFINITIONS, label_of, share_interval
from edutools.texts import text
from edutools.widgets.base import Widget
from edutools.widgets.figures import decimals, interval, wholes
from edutools.widgets.table import browser_definitions

NONE = "none"
CELLS = ("tp", "fp", "fn", "tn")
DIGITS_OF = {"profit": 2}  # of a share three, where a difference hides
GAPS = tuple(name for name, metrics in CRITERIA.items() if metrics)
SHOWN_FIRST = 2  # the estimator as it is, then the first method

Facts = dict[str, Any]


class Mitigations(Widget):
    """Methods side by side: what each does to a gap, at what price, and each group's cells before and after.

    `edutools.bias.mitigate.Comparison.widget` makes one.

    Parameters
    ----------
    comparison : mapping
        As `Comparison.to_dict` gives it.
    criterion : str, optional
        Whose gap is drawn; by default the one that was compared by.
    measure : {"accuracy", "profit"}, default "accuracy"
        What it is drawn against.
    method : str, optional
        What is open; by default the first method that applies.

    Raises
    ------
    ValueError: a criterion, measure or method that the comparison does not have.
    """

    _name = "mitigations"
    _sections = ("undefined", "metric")

    criterion = traitlets.Unicode(help="The criterion whose gap is drawn.").tag(sync=True)
    measure = traitlets.Unicode(help="What the gap is drawn against: accuracy, or profit.").tag(sync=True)
    method = traitlets.Unicode(help="The method that is open.").tag(sync=True)

    _facts = traitlets.Dict().tag(sync=True)
    _definitions = traitlets.Dict().tag(sync=True)

    @known_keywords()
    def __init__(
        self,
        comparison: Mapping[str, Any],
        *,
        criterion: str | None = None,
        measure: str = "accuracy",
        method: str | None = None,
    ) -> None:
        methods = [_facts_of(each) for each in comparison["methods"]]
        applying = [each["name"] for each in methods if each["reason"] is None]
        facts = {
            **{key: comparison[key] for key in ("groups", "measures", "rows", "folds")},
            "criteria": [{"name": name, "metrics": list(CRITERIA[name])} for name in GAPS],
            "methods": methods,
        }
        metrics = dict.fromkeys(metric for name in GAPS for metric in CRITERIA[name])
        super().__init__(
            _facts=facts,
            _definitions=browser_definitions(list(metrics)),
            criterion=criterion or comparison["criterion"],
            measure=measure,
            method=method or applying[:SHOWN_FIRST][-1],
        )

    @traitlets.validate("criterion")
    def _known_criterion(self, proposal: dict[str, Any]) -> str:
        return str(one_of("criterion", proposal["value"], GAPS))

    @traitlets.validate("measure")
    def _known_measure(self, proposal: dict[str, Any]) -> str:
        return str(one_of("measure", proposal["value"], self._facts["measures"]))

    @traitlets.validate("method")
    def _known_method(self, proposal: dict[str, Any]) -> str:
        return str(one_of("method", proposal["value"], [each["name"] for each in self._facts["methods"]]))

    def _summary(self) -> dict[str, Any]:
        shown = self._of(self.method)
        return {
            "title": text("mitigations.title"),
            "sentences": [
                text("mitigations.folds", rows=wholes(self._facts["rows"]), folds=self._facts["folds"]),
                f"{_words('name', self.method)}: {_words('text', self.method)}",
                *self._said(shown),
            ],
            "tables": [self._table(), *([] if shown["reason"] else [self._cells(shown)])],
        }

    def _of(self, name: str) -> Facts:
        found: Facts = next(each for each in self._facts["methods"] if each["name"] == name)
        return found

    def _said(self, shown: Facts) -> list[str]:
        if shown["reason"] is not None:
            return [text("mitigations.not_applied", reason=shown["reason"])]
        if shown["name"] == NONE:
            return []
        return [self._change(shown, name) for name in (self.criterion, self.measure)]

    def _change(self, shown: Facts, name: str) -> str:
        before, after = self._of(NONE)["figures"][name], shown["figures"][name]
        if before[0] is None or after[0] is None:
            return text("mitigations.undefined_change", what=_words("of", name))
        low, high = (math.nan if each is None else each for each in after[4:])
        digits = DIGITS_OF.get(name, 3)
        covers = not (low > 0 or high < 0)
        return text(
            "mitigations.change_maybe_none" if covers else "mitigations.change",
            what=_words("of", name),
            before=decimals(before[0], digits),
            after=decimals(after[0], digits),
            change=_signed(after[3], digits),
            interval=interval((low, high), digits),
        )

    def _table(self) -> dict[str, Any]:
        return {
            "caption": text("mitigations.table", criterion=_words("of", self.criterion)),
            "columns": [text("mitigations.method"), _words("of", self.criterion), _words("of", self.measure)],
            "rows": [self._row(number, each) for number, each in enumerate(self._facts["methods"])],
        }

    def _row(self, number: int, each: Facts) -> list[str]:
        name = f"{number}. {_words('name', each['name'])}"
        if each["reason"] is not None:
            return [name, text("mitigations.not_applied", reason=each["reason"]), ""]
        shown = [(each["figures"][key], DIGITS_OF.get(key, 3)) for key in (self.criterion, self.measure)]
        return [name, *(_figures(*pair) for pair in shown)]

    def _cells(self, shown: Facts) -> dict[str, Any]:
        metrics = CRITERIA[self.criterion]
        pairs = [("before", self._of(NONE))] + ([] if shown["name"] == NONE else [("after", shown)])
        rows = [
            [f"{group}, {text(f'mitigations.{when}')}", *map(wholes, cells.values())]
            + [_rate(metric, cells, group) for metric in metrics]
            for place, group in enumerate(self._facts["groups"])
            for when, cells in ((when, each["cells"][place]) for when, each in pairs)
        ]
        return {
            "caption": text("mitigations.before_after"),
            "columns": [text("common.group"), *CELLS, *(label_of(metric) for metric in metrics)],
            "rows": rows,
        }


def _facts_of(method: Mapping[str, Any]) -> Facts:
    cells = method["cells"]
    return {
        **{key: method[key] for key in ("name", "stage", "reason", "figures")},
        "cells": None if cells is None else [{cell: each[cell] for cell in CELLS} for each in cells],
    }


def _words(key: str, name: str) -> str:
    return text(f"mitigations.{key}_{name}")


def _figures(figures: Sequence[float | None], digits: int) -> str:
    value, low, high = (math.nan if each is None else each for each in figures[:3])
    return " ".join(filter(None, [decimals(value, digits), interval((low, high), digits)]))


def _signed(value: float, digits: int) -> str:
    words = decimals(value, digits)
    return words if words.startswith("−") else f"+{words}"


def _rate(metric: str, cells: Mapping[str, float], group: str) -> str:
    definition = DEFINITIONS[metric]
    hits, size = (
        sum(weight * cells[cell] for cell, weight in definition[part].items()) for part in ("over", "under")
    )
    if not size > 0:
        return text("common.undefined", reason=text(f"undefined.{definition['needs']}", group=group))
    low, high = share_interval(hits, size)
    return f"{decimals(hits / size)} {interval((float(low), float(high)))}"
