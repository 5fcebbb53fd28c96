"""The trace of training in a saved page, moved by slider, keys and play with no kernel and no network."""

from __future__ import annotations

import math

import numpy as np
import pytest
from playwright.sync_api import expect

from edutools import TrainingTrace
from edutools.widgets.base import page as page_of
from edutools.widgets.figures import decimals, interval
from tests.browser.reading import clipped, drag, figures_on, focus, named, said
from tests.test_widgets_training_trace import FITTED, GROUPS_TEST, X_TEST, Y_TEST

LONG = "Donaudampfschifffahrtsgesellschaftskapitän"


def a_trace(**changes) -> TrainingTrace:
    return TrainingTrace.from_estimator(FITTED, X_TEST, Y_TEST, sensitive_features=GROUPS_TEST, **changes)


def many(**changes) -> TrainingTrace:
    """Sixty epochs with gaps, twelve groups and many weights, one of each with a name that has no blank."""
    rng = np.random.default_rng(0)
    groups = [LONG, *(f"from {age} to {age + 9}" for age in range(10, 120, 10))]
    history = [
        {
            "loss": None if epoch % 9 == 4 else 40 / epoch,
            "val_loss": 41 / epoch,
            "penalty": epoch / 100,
            "accuracy": 1 - 0.5 / epoch,
            "coef": rng.normal(size=9) * epoch,
            "rates": {group: rng.random() for group in groups},
            "cells": {
                group: dict(zip(("tp", "fp", "fn", "tn"), rng.integers(0, 9_000, 4).tolist(), strict=True))
                for place, group in enumerate(groups)
                if place or epoch % 2
            },
        }
        for epoch in range(1, 61)
    ]
    return TrainingTrace(history, feature_names=[LONG, *"abcdefgh"], loss_name=LONG, **changes)


def agrees(page, trace: TrainingTrace) -> None:
    """Every figure on the page is Python's of the same epoch."""
    epoch, row = trace.epoch, trace.history.loc[trace.epoch]
    twin = trace._summary()["sentences"]
    assert said(page, "epoch-words") == twin[0]
    assert named(page, "epoch").get_attribute("aria-valuetext") == twin[0]
    assert named(page, "epoch").evaluate("node => node.valueAsNumber") == list(trace.history.index).index(
        epoch
    )
    for name in ("loss", "val_loss", "penalty", "accuracy"):
        if name in row:
            assert said(page, name) == decimals(row[name], 3)
    limits = interval((row["val_accuracy_low"], row["val_accuracy_high"]), 3)
    assert said(page, "val_accuracy") == f"{decimals(row['val_accuracy'], 3)} {limits}"
    for place, (group, own) in enumerate(trace.by_group.loc[epoch].iterrows()):
        rate = decimals(own["selection_rate"])
        words = f"{rate} {interval((own['selection_rate_low'], own['selection_rate_high']))}".strip()
        assert said(page, f"rate-{place}") == words
        selected = said(page, f"selected-{place}")
        assert selected == words if rate != "undefined" else selected == f"undefined: no row of {group}"
        cells = ", ".join(f"{cell} {own[cell]:,.0f}" for cell in ("tp", "fp", "fn", "tn"))
        assert said(page, f"cells-{place}") == cells
    assert said(page, "gap") == twin[-1]
    for place, (feature, weight) in enumerate(trace.weights.loc[epoch].items()):
        assert said(page, f"weight-{place}") == decimals(weight, 3), feature


def points(page, panel: str, series: int) -> list[tuple[float, float]]:
    """Where a line goes, in the units of its drawing."""
    path = page.locator(f"[data-test=panel-{panel}] .edu-chart .edu-series").nth(series).get_attribute("d")
    return [
        tuple(map(float, each.removesuffix("h0").split())) for each in path.replace("M", "L").split("L")[1:]
    ]


def test_it_opens_at_the_epoch_that_python_left(open_widget):
    trace = a_trace()
    trace.epoch = 2
    page = open_widget(trace)
    agrees(page, trace)
    assert said(page, "model-heading") == "The model after epoch 2"
    assert named(page, "missing").count() == 0


def test_keys_and_mouse_go_through_the_epochs(open_widget):
    trace = a_trace()
    page = open_widget(trace)
    slider = named(page, "epoch")
    focus(slider)
    for key, epoch in [("ArrowLeft", 3), ("Home", 0), ("ArrowLeft", 0), ("ArrowRight", 1), ("End", 4)]:
        page.keyboard.press(key)
        trace.epoch = epoch
        agrees(page, trace)
    drag(page, slider, 1, 0.5)
    trace.epoch = 2
    agrees(page, trace)
    page.keyboard.press("Home")
    assert said(page, "epoch-words") == "Epoch 0 of 4: untrained."
    assert said(page, "model-heading") == "The model before training"
    expect(named(page, "live")).to_contain_text("Epoch 0 of 4: untrained.")


def test_lines_stand_where_the_figures_are(open_widget):
    trace = a_trace()
    page = open_widget(trace)
    history = trace.history
    for panel, columns, top in (
        ("loss", ["loss", "val_loss", "penalty"], max(history[["loss", "val_loss", "penalty"]].max())),
        ("accuracy", ["accuracy", "val_accuracy"], 1),
    ):
        for place, name in enumerate(columns):
            line = np.array(points(page, panel, place))
            assert line[:, 0] == pytest.approx(np.linspace(36, 288, 5), abs=0.06)
            assert line[:, 1] == pytest.approx(152 - 142 * history[name] / top, abs=0.06)


def test_what_is_undefined_is_a_gap_and_what_is_absent_is_said(open_widget):
    history = {"loss": [0.7, math.nan, 0.5, 0.4], "rates": {"a": [0.1, 0.2, None, 0.4]}}
    page = open_widget(TrainingTrace(history, epoch=2, loss_name="hinge"))
    assert page.locator("[data-test=panel-loss] .edu-series").first.get_attribute("d").count("M") == 2
    assert [each for each in said(page, "panel-loss").split() if each in ("hinge", "undefined")] == [
        "hinge",
        "undefined",
    ]
    assert said(page, "loss") == "undefined"
    assert said(page, "rate-0") == "0.20"
    told = named(page, "missing").all_inner_texts()
    assert told == ["The history tells no accuracy.", "The history tells no weights."]
    assert named(page, "panel-accuracy").count() == 0
    assert named(page, "weights").count() == 0
    assert said(page, "no-cells").startswith("Intervals need counts of rows")
    focus(named(page, "epoch"))
    page.keyboard.press("ArrowRight")
    assert (said(page, "loss"), said(page, "rate-0")) == ("0.500", "undefined")
    label = page.locator("[data-test=panel-loss] .edu-chart").get_attribute("aria-label")
    assert label == "hinge by epoch. trained on: from 0.700 to 0.400."


def test_a_loss_that_is_nowhere_defined_still_stands(open_widget):
    page = open_widget(TrainingTrace({"loss": [math.nan, math.nan], "accuracy": [0.5, 0.6]}))
    assert said(page, "loss") == "undefined"
    assert said(page, "accuracy") == "0.600"


def test_one_epoch_has_nowhere_to_go(open_widget):
    page = open_widget(TrainingTrace({"loss": [0.7]}))
    assert named(page, "epoch").is_disabled()
    assert named(page, "play").is_disabled()
    assert said(page, "loss") == "0.700"


# ---- play


def in_slow_motion(page) -> None:
    """Time stands still but where a test lets it run."""
    page.clock.install(time=0)
    page.clock.pause_at(1_000)


def test_play_goes_from_the_first_epoch_to_the_last_and_ends(page, open_widget):
    in_slow_motion(page)
    open_widget(a_trace())
    focus(named(page, "play"))
    page.keyboard.press("Enter")
    seen = [said(page, "epoch-words")]
    for _ in range(4):
        assert said(page, "play") == "Pause"
        page.clock.run_for(1_000)
        seen.append(said(page, "epoch-words"))
    assert seen == ["Epoch 0 of 4: untrained.", *(f"Epoch {epoch} of 4." for epoch in range(1, 5))]
    assert said(page, "play") == "Play"


def test_pause_stops_and_play_goes_on_from_there(page, open_widget):
    in_slow_motion(page)
    trace = a_trace()
    trace.epoch = 1
    open_widget(trace)
    named(page, "play").click()
    page.clock.run_for(1_000)
    named(page, "play").click()
    page.clock.run_for(10_000)
    assert said(page, "epoch-words") == "Epoch 2 of 4."
    named(page, "play").click()
    page.clock.run_for(1_000)
    assert said(page, "epoch-words") == "Epoch 3 of 4."


def test_taking_the_slider_stops_play(page, open_widget):
    in_slow_motion(page)
    open_widget(a_trace())
    named(page, "play").click()
    focus(named(page, "epoch"))
    page.keyboard.press("ArrowRight")
    assert said(page, "play") == "Play"
    page.clock.run_for(10_000)
    assert said(page, "epoch-words") == "Epoch 1 of 4."


def test_a_long_training_plays_within_ten_seconds(page, open_widget):
    in_slow_motion(page)
    open_widget(many(epoch=1))
    named(page, "play").click()
    page.clock.run_for(10_000)
    assert said(page, "epoch-words") == "Epoch 60 of 60."


def test_where_motion_is_reduced_each_press_is_one_epoch(page, open_widget):
    page.emulate_media(reduced_motion="reduce")
    in_slow_motion(page)
    open_widget(a_trace())
    assert said(page, "play") == "Next epoch"
    for words in ("Epoch 0 of 4: untrained.", "Epoch 1 of 4."):
        named(page, "play").click()
        page.clock.run_for(10_000)
        assert said(page, "epoch-words") == words
    page.emulate_media(reduced_motion="no-preference")
    expect(named(page, "play")).to_have_text("Play")


# ---- every page


def test_two_on_one_page_do_not_disturb_each_other(open_widget):
    page = open_widget(page_of(a_trace(), a_trace(), title="Two"))
    one, two = page.locator(".edu-root").nth(0), page.locator(".edu-root").nth(1)
    before = figures_on(two)
    focus(named(one, "epoch"))
    page.keyboard.press("Home")
    assert figures_on(two) == before


def test_many_groups_agree_too(open_widget):
    trace = many(epoch=60)
    page = open_widget(trace)
    agrees(page, trace)
    focus(named(page, "epoch"))
    page.keyboard.press("ArrowLeft")
    trace.epoch = 59
    agrees(page, trace)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("make", [a_trace, many])
def test_axe_finds_nothing_in_light_and_dark(open_widget, axe_violations, page, make, scheme):
    page.emulate_media(color_scheme=scheme)
    open_widget(make())
    assert axe_violations(page, "body") == []
    focus(named(page, "epoch"))
    page.keyboard.press("Home")
    assert axe_violations(page, "body") == []


@pytest.mark.parametrize("width", [360, 700, 1400])
@pytest.mark.parametrize("make", [a_trace, many])
def test_nothing_is_clipped_on_a_narrow_or_a_wide_page(open_widget, page, make, width):
    page.set_viewport_size({"width": width, "height": 800})
    open_widget(make())
    assert clipped(page) == []
    focus(named(page, "epoch"))
    page.keyboard.press("Home")
    assert clipped(page) == []


def test_rates_of_the_rows_trained_on_have_their_intervals_and_their_gap(open_widget):
    trace = TrainingTrace(FITTED)
    page = open_widget(trace)
    for key, epoch in (("Home", 0), ("End", trace.history.index[-1])):
        named(page, "epoch").focus()
        page.keyboard.press(key)
        trace.epoch = epoch
        gap = next(words for words in trace._summary()["sentences"] if words.startswith("Gap"))
        expect(named(page, "gap")).to_have_text(gap)
        for place, (_, row) in enumerate(trace.by_group.loc[epoch].iterrows()):
            limits = interval((row["trained_on_low"], row["trained_on_high"]))
            expect(named(page, f"rate-{place}")).to_have_text(f"{decimals(row['trained_on'])} {limits}")
    assert named(page, "no-cells").count() == 0
