"""A widget whose state came damaged says so by name; its twin stays, and the page's other widgets live."""

from __future__ import annotations

import base64
import copy
import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from edutools import ConfusionMatrix
from edutools.widgets.base import Widget, packed
from edutools.widgets.base import page as page_of
from tests.every_widget import EVERY
from tests.examples import loan_counts

HELD = re.compile(r"(<script type=\"text/plain\" data-held>)([^<]*)")
# Of each kind of value something of another; no trait may hold a list and a number both.
WRONG: list[Any] = [[1, "x"], -7.5, "not this", {"x": {}}, True]


@pytest.fixture
def opened(page: Page, tmp_path: Path) -> Iterator[Any]:
    """Opens a page that holds a widget as often as it has damaged states; gives what each place then says."""
    failed: list[str] = []
    page.on("pageerror", lambda error: failed.append(str(error)))

    def open_page(widget: Widget, states: list[dict[str, Any]]) -> list[dict[str, Any]]:
        html = page_of(widget, title="damaged")
        page_holds = json.loads(gzip.decompress(base64.b64decode(HELD.search(html)[2])))
        states_held = page_holds["states"]
        whole = states_held[widget.model_id]
        for place, state in enumerate(states):
            states_held[f"damaged-{place}"] = {**whole, "state": state}
        one = re.search(r"<div data-widget=.*?(?=</main>)", html, re.DOTALL)[0]
        copies = [one.replace(widget.model_id, f"damaged-{number}") for number in range(len(states))]
        html = html.replace("</main>", "".join(copies) + one + "</main>")
        path = tmp_path / "damaged.html"
        path.write_text(HELD.sub(lambda found: found[1] + packed(page_holds), html), encoding="utf-8")
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready]", state="attached", timeout=30_000)
        assert failed == []
        return page.locator("[data-widget]").evaluate_all(
            """places => places.map(place => ({
              said: place.querySelector('[data-test="damaged"]')?.textContent ?? null,
              alive: place.querySelector(".edu-root:not(:has([data-test=damaged]))") !== null,
              shown: place.innerText.trim().length,
            }))"""
        )

    yield open_page


def state_of(widget: Widget) -> dict[str, Any]:
    # A page holds the texts apart, once for all of its widgets.
    return json.loads(json.dumps(without(widget.page_state(), "_texts")))


def kind_of(value: Any) -> str:
    if isinstance(value, dict):
        return "bytes" if "$bytes" in value else "dict"
    return {bool: "flag", int: "number", float: "number", str: "text", list: "list"}.get(type(value), "null")


def without(state: dict[str, Any], trait: str) -> dict[str, Any]:
    return {name: value for name, value in state.items() if name != trait}


@pytest.mark.parametrize(
    "name",
    [
        "audit",
        "confusion_matrix",
        "data_flow",
        "decision_trace",
        "group_metrics",
        "mitigations",
        "predict by choice",
        "quiz answered",
        "sampling_plan",
        "timeline",
        "training_trace",
        "what_if",
    ],
)
def test_a_state_that_lacks_a_trait_or_holds_another_kind_is_named(name, opened):
    widget = EVERY[name]()
    whole = state_of(widget)
    damages = [(trait, without(whole, trait)) for trait in whole]
    damages += [
        (trait, {**whole, trait: wrong})
        for trait, value in whole.items()
        for wrong in WRONG
        if kind_of(value) not in ("null", kind_of(wrong)) and trait not in ANYTHING
    ]
    *found, sound = opened(widget, [state for _, state in damages])[1:]
    for (trait, _), place in zip(damages, found, strict=True):
        assert place["said"] and f"`{trait}`" in place["said"], (trait, place)
        assert place["shown"] > len(place["said"]), "the twin stays beside what is said"
    assert sound["alive"] and sound["said"] is None


ANYTHING = {"threshold", "guess", "_answer"}  # of several kinds


def test_counts_that_no_table_can_hold_are_refused(opened):
    widget = ConfusionMatrix(loan_counts())
    whole = state_of(widget)
    table = bytearray(base64.b64decode(whole["_table"]["$bytes"]))

    def with_table(data: bytes) -> dict[str, Any]:
        return {**whole, "_table": {"$bytes": base64.b64encode(data).decode()}}

    def with_counts(**facts: Any) -> dict[str, Any]:
        return {**whole, "_counts": {**whole["_counts"], **facts}}

    flipped = [bytes(table[:at]) + bytes([table[at] ^ 0x40]) + bytes(table[at + 1 :]) for at in (0, 1, 500)]
    damaged = [
        *map(with_table, [b"", bytes(table[:-1]), bytes(table) + b"\0", b"\xff" * len(table), *flipped]),
        with_counts(weighted=True),
    ]
    facts = [
        with_counts(groups=None),
        with_counts(positives=[1]),
        with_counts(negatives=[None, 3]),
        with_counts(squared_weights="many"),
    ]
    found = opened(widget, [*damaged, *facts])[1:-1]
    said = [place["said"] for place in found]
    assert all("`_table`" in each for each in said[: len(damaged)]), said
    assert all("`_counts`" in each for each in said[len(damaged) :]), said
    assert not any(place["alive"] for place in found)


def test_a_page_lives_on_where_one_of_its_states_is_missing(page, tmp_path):
    widget = ConfusionMatrix(loan_counts())
    html = page_of(widget, title="missing").replace(
        "<main>", '<main><div data-widget="gone"><p>twin</p><p>still</p></div>'
    )
    path = tmp_path / "missing.html"
    path.write_text(html, encoding="utf-8")
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-ready]", state="attached")
    assert page.locator("[data-widget=gone]").inner_text().split() == ["twin", "still"]
    assert page.locator(".edu-root").count() == 1


@pytest.mark.parametrize("name", ["$bytes", "$data", "__proto__", "constructor", "hasOwnProperty"])
def test_a_group_called_like_the_machinery_keeps_its_threshold(name, open_widget):
    from edutools import GroupMetrics, ThresholdCounts

    counts = ThresholdCounts.from_predictions(
        [0, 1, 0, 1], [0.2, 0.8, 0.3, 0.9], sensitive_features=[name, name, "b", "b"]
    )
    widget = GroupMetrics(counts, thresholds={name: 0.25, "b": 0.75})
    page = open_widget(widget)
    place = counts.groups.index(name)
    slider = page.locator(f'[data-test="threshold-{place}"]')
    assert slider.get_attribute("aria-valuetext") == "0.25"
    assert copy.copy(widget.thresholds)[name] == 0.25
