"""Names that are markup, script or words of the machinery appear as text, and nothing runs."""

from __future__ import annotations

import numpy as np
import pandas as pd
from playwright.sync_api import expect

from edutools import (
    ConfusionMatrix,
    GroupMetrics,
    Monitor,
    Predict,
    Quiz,
    SamplingPlan,
    ThresholdCounts,
    TrainingTrace,
)
from edutools.widgets.base import page as page_of
from tests.browser.conftest import RUN
from tests.browser.reading import cells_of, cells_on, focus, named, threshold_of

EVIL = "<img src=x onerror=alert(1)>"
# Each would end the place that holds it, were it put there as it is, or be taken for something of ours.
HOSTILE = [
    EVIL,
    "</script><script>alert(2)</script>",
    "<!-- <script>",
    '" onfocus="alert(3)" autofocus x="',
    "{group} {reason} ${alert(5)}",
    "__proto__",
    "constructor",
    "&lt;b&gt; &amp;",
    "",
    "null",
    "\u202egnihtyreve",
    "Ünïcødé 数据 🙂",
]


def told(name: str) -> str:
    """How a name reads within a sentence: what it turns of the direction of writing ends with it."""
    return name + "\u202c" * name.startswith("\u202e")


def counts(names: list[str]) -> ThresholdCounts:
    rng = np.random.default_rng(0)
    n = 40 * len(names)
    return ThresholdCounts.from_predictions(
        rng.integers(0, 2, n), rng.random(n), sensitive_features=np.array(names)[np.arange(n) % len(names)]
    )


def test_group_sliders_show_every_name_as_text(open_widget, nothing_runs):
    table = counts(HOSTILE)
    widget = GroupMetrics(
        table, currency=EVIL, label_names=[EVIL, "</td>"], decision_names=["<b>no</b>", "'\"><script>"]
    )
    page = open_widget(widget)
    headings = page.locator(".edu-card h4").evaluate_all("nodes => nodes.map(node => node.textContent)")
    assert sorted(each.removeprefix(" ") for each in headings) == sorted(table.groups)
    shown = page.locator(".edu-root").inner_text()
    for name in (EVIL, "</td>", "<b>no</b>", "'\"><script>"):
        assert name in shown
    named(page, "criterion-demographic_parity").click()
    for place, group in enumerate(table.groups):
        focus(named(page, f"threshold-{place}"))
        page.keyboard.press("Home")
        page.keyboard.press("ArrowRight")
        assert threshold_of(named(page, f"threshold-{place}")) == 0.001
        assert cells_on(page, f"cell-{place}") == cells_of(table.at(0.001), place), group


def test_the_confusion_matrix_shows_every_name_as_text(open_widget, nothing_runs):
    table = counts(HOSTILE)
    page = open_widget(
        ConfusionMatrix(table, label_names=[EVIL, EVIL], decision_names=[EVIL, "ok"], currency=EVIL)
    )
    bar = named(page, "group").locator("label")
    assert bar.evaluate_all("nodes => nodes.map(node => node.textContent)") == ["all", *table.groups]
    for place, group in enumerate(table.groups):
        bar.nth(place + 1).click()
        assert cells_on(page) == cells_of(table.at(0.5), place)
        heading = named(page, "heading").evaluate("node => node.textContent")
        assert heading == f"{told(group)}: 40 rows, positive from a score of 0.50"


def test_the_sampling_plan_shows_every_name_as_text(open_widget, nothing_runs):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "group": np.array(HOSTILE)[np.arange(480) % len(HOSTILE)],
            EVIL: rng.integers(0, 2, 480),
            "__proto__": rng.random(480),
        }
    )
    channels = {name: rng.random(480) for name in HOSTILE[:8]}
    plan = SamplingPlan(
        frame,
        label=EVIL,
        sensitive_features="group",
        features=["__proto__"],
        channels=channels,
        include_rows=True,
    )
    page = open_widget(plan)
    for place, channel in enumerate(channels):
        heading = named(page, f"channel-{place}").locator("h4")
        assert heading.evaluate("node => node.textContent") == channel
        focus(named(page, f"asked-{place}"))
        page.keyboard.press("Home")
        page.keyboard.press("ArrowRight")
    plan.asked = dict.fromkeys(channels, 1)
    assert named(page, "drawn").inner_text() == plan._summary()["sentences"][0]
    heads = page.locator("[data-test=panel-share] .edu-head").evaluate_all(
        "nodes => nodes.map(node => node.textContent.trim())"
    )
    table = plan.by_group
    assert heads == [f"{told(group)} · {asked}".strip() for group, asked in table["asked"].items()]
    assert EVIL in named(page, "panel-positive").inner_text()


def test_the_trace_of_training_shows_every_name_as_text(open_widget, nothing_runs):
    cells = dict(zip(("tp", "fp", "fn", "tn"), (1, 2, 3, 4), strict=True))
    entry = {"loss": 1.0, "coef": [1.0] * len(HOSTILE), "cells": dict.fromkeys(HOSTILE, cells)}
    page = open_widget(TrainingTrace([entry, entry], feature_names=HOSTILE, loss_name=EVIL))
    focus(named(page, "epoch"))
    page.keyboard.press("Home")
    assert page.locator("[data-test=panel-loss] h4").inner_text() == EVIL
    for place, name in enumerate(HOSTILE):
        row = named(page, f"weight-row-{place}").locator("span").first
        assert row.evaluate("node => node.textContent") == name
        lane = page.locator("[data-test=decisions] .edu-lane").nth(place).locator("span").first
        assert lane.evaluate("node => node.textContent") == f" {told(name)}: 3 of 10 selected"
        key = page.locator("[data-test=panel-rates] .edu-figures-now span").nth(place)
        assert key.evaluate("node => node.textContent") == name


def test_the_timeline_shows_every_name_as_text(open_widget, nothing_runs, tmp_path):
    monitor = Monitor(tmp_path / "monitor", groups=HOSTILE)
    monitor.record("2026-01-05", y_pred=[1] * len(HOSTILE), sensitive_features=HOSTILE)
    monitor.mark(EVIL, "2026-01-05")
    shown = monitor.show()
    page = open_widget(shown)
    options = named(page, "series").locator("option")
    labels = [picture["label"] for picture in shown._facts["pictures"]]
    assert options.evaluate_all("nodes => nodes.map(node => node.textContent)") == labels
    for picture in shown._facts["pictures"]:
        named(page, "series").select_option(picture["name"])
        assert named(page, "heading").evaluate("node => node.textContent") == picture["label"]
        assert (
            named(page, "values")
            .locator(".edu-chart")
            .get_attribute("aria-label")
            .startswith(picture["label"])
        )
    assert EVIL in named(page, "marks").evaluate("node => node.textContent")


def test_class_names_are_text(open_widget, nothing_runs):
    page = open_widget(
        ConfusionMatrix.from_predictions(
            HOSTILE, y_pred=HOSTILE[1:] + HOSTILE[:1], sensitive_features=[*"ab"] * 6
        )
    )
    heads = page.locator("thead th").evaluate_all("nodes => nodes.map(node => node.textContent)")
    assert sorted(heads[1:-1]) == sorted(HOSTILE)


def test_quiz_and_prediction_texts_are_text(open_widget, nothing_runs):
    quiz = Quiz(
        [
            {
                "id": "test/evil",
                "type": "many_choice",
                "question": f"{EVIL} **bold** `<script>alert(6)</script>` [x](javascript:alert(7))",
                "answers": [
                    {"answer": EVIL, "correct": True, "feedback": EVIL},
                    {
                        "answer": "</script><script>alert(8)</script>",
                        "correct": False,
                        "feedback": "<svg onload=alert(9)>",
                    },
                ],
            }
        ]
    )
    guess = Predict(EVIL, choices=[EVIL, "b"], answer="b", reveal=pd.DataFrame({EVIL: [EVIL]}))
    page = open_widget(page_of(quiz, guess, title=EVIL))
    for each in page.locator("input[type=radio], input[type=checkbox]").all():
        each.check()
    for button in page.locator("button:visible").all():
        if button.is_enabled():
            button.click()
    expect(page.locator(".edu-root").first).to_contain_text(EVIL)
    assert page.title() == EVIL
    assert EVIL in page.locator(".edu-root").nth(1).inner_text()


def test_the_twin_is_text_too_where_script_runs_in_a_strange_page(browser, tmp_path):
    """GitHub and a site show the twin by itself: as HTML it must hold no live markup of the data."""
    table = counts([EVIL, "</table><script>alert(1)</script>"])
    widgets = [GroupMetrics(table), ConfusionMatrix(table, group=EVIL, label_names=[EVIL, "b"])]
    path = tmp_path / "twins.html"
    path.write_text("".join(widget.to_html() for widget in widgets), encoding="utf-8")
    page = browser.new_page()
    page.add_init_script(RUN)
    page.goto(path.as_uri())
    ran, live = page.evaluate("[window.ran, document.querySelectorAll('img, script').length]")
    words = page.locator("body").inner_text()
    page.close()
    assert (ran, live) == ([], 0)
    assert EVIL in words
    assert "</table><script>alert(1)</script>" in words
