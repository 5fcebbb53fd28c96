"""The timeline in a saved page: each figure is Python's, by keyboard and mouse, light, dark and narrow."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import expect

from edutools import Monitor
from edutools.widgets.base import page as page_of
from edutools.widgets.figures import decimals
from tests.browser.reading import clipped, drag, figures_on, focus, named, said
from tests.test_widgets_timeline import GAP, GROUPS, MONDAY, a_monitor, timeline

LONG = "Donaudampfschifffahrtsgesellschaftskapitän"


@pytest.fixture
def monitor(tmp_path):
    return a_monitor(tmp_path / "loans.monitor")


@pytest.fixture
def many(tmp_path):
    """Three groups, one of a name without a blank, over two years of weeks, with gaps and two marks."""
    monitor = Monitor(tmp_path / "many", groups=[LONG, "b", "c"], metrics=["selection_rate", "accuracy"])
    random = np.random.default_rng(1)
    week = np.repeat([each for each in range(104) if each % 9 != 5], 60)
    group = random.choice([LONG, "b", "c"], week.size)
    monitor.record(
        MONDAY + 7 * week,
        y_pred=random.random(week.size) < np.where((week > 40) & (group == "b"), 0.9, 0.4),
        sensitive_features=group,
        y_true=random.integers(0, 2, week.size),
    )
    monitor.mark(LONG, MONDAY + 7 * 60)
    monitor.mark("second", MONDAY + 7 * 101)
    return monitor


def agrees(page, shown) -> None:
    """What the page says of its series and window is what the twin says of them."""
    summary = shown._summary()
    facts = shown._facts
    picture = next(each for each in facts["pictures"] if each["name"] == shown.series)
    heading, state_said = summary["sentences"][0].split(". ", 1)
    assert (said(page, "heading"), said(page, "said")) == (heading, state_said)
    listed = [named(page, "alerts").locator("li span"), named(page, "marks").locator("li")]
    in_lists = [text for each in listed for text in each.all_inner_texts()]
    assert in_lists == summary["sentences"][-len(in_lists) :] if in_lists else True
    assert len(in_lists) == len(picture["alerts"]) + sum(len(line["marks"]) for line in picture["lines"])
    shown_from = len(facts["windows"]) - len(summary["tables"][0]["rows"])
    row = summary["tables"][0]["rows"][shown.window - shown_from]
    assert named(page, "window").evaluate("node => node.valueAsNumber") == shown.window
    assert said(page, "when") == f"week of {row[0]}"
    for place in range(len(picture["lines"])):
        assert said(page, f"value-{place}") == row[place + 1]
    if picture["limit"] is not None:
        assert said(page, "state") == row[-1]


def test_every_figure_is_that_of_the_twin_by_keys_and_mouse(open_widget, monitor):
    shown = monitor.show()
    page = open_widget(shown)
    agrees(page, shown)
    focus(named(page, "window"))
    for steps in (1, 5, 5):
        for _ in range(steps):
            page.keyboard.press("ArrowLeft")
        shown.window -= steps
        agrees(page, shown)
    drag(page, named(page, "window"), shown.window / 23, 1)
    shown.window = 23
    agrees(page, shown)


def test_each_series_can_be_chosen_by_keyboard(open_widget, monitor):
    shown = monitor.show()
    page = open_widget(shown)
    names = [each["name"] for each in shown._facts["pictures"]]
    assert len(names) == 3
    for name in names:
        named(page, "series").select_option(name)
        shown.series = name
        agrees(page, shown)
    assert page.locator("[data-test=evidence] svg").count() == 0
    focus(named(page, "series"))
    page.keyboard.press("ArrowUp")
    expect(named(page, "heading")).to_have_text("Share of women among those who apply")


def test_points_intervals_band_and_limit_stand_where_the_figures_are(open_widget, monitor):
    page = open_widget(monitor.show())
    table = monitor.timeline(GAP)
    known = table[table["value"].notna()]
    points = page.locator("[data-test=line-0] circle").evaluate_all(
        "nodes => nodes.map(node => [+node.getAttribute('cx'), +node.getAttribute('cy')])"
    )
    across, down = np.array(points).T
    assert np.corrcoef(across, known.index)[0, 1] == pytest.approx(1, abs=1e-6)
    slope, start = np.polyfit(known["value"], down, 1)
    np.testing.assert_allclose(slope * known["value"] + start, down, atol=0.06)
    path = page.locator("[data-test=line-0] .edu-interval").get_attribute("d")
    ends = [each.split("V") for each in path.split("M")[1:]]
    low = np.array([float(each[0].split()[1]) for each in ends])
    high = np.array([float(each[1]) for each in ends])
    np.testing.assert_allclose(slope * known["low"] + start, low, atol=0.1)
    np.testing.assert_allclose(slope * known["high"] + start, high, atol=0.1)
    baseline = page.locator("[data-test=values] .edu-baseline").get_attribute("d")
    at = float(baseline.split()[1].split("H")[0])
    assert at == pytest.approx(slope * known["baseline"].iloc[0] + start, abs=0.1)


def test_an_alert_is_marked_by_shape_number_and_words_and_leads_to_its_window(open_widget, monitor):
    page = open_widget(monitor.show())
    (alert,) = monitor.alerts[monitor.alerts["series"] == GAP].to_dict("records")
    mark = named(page, "alert-1")
    assert mark.locator("text").text_content() == "1"
    assert mark.locator("path").count() == 1
    label = page.locator("[data-test=values] svg").get_attribute("aria-label")
    assert "Alert 1: below its band" in label
    focus(named(page, "go-1"))
    page.keyboard.press("Enter")
    assert said(page, "when") == f"week of {alert['window']:%Y-%m-%d}"
    assert said(page, "state").startswith("ALERT, below its band beyond noise")
    evidence = decimals(monitor.timeline(GAP).set_index("window").loc[alert["window"], "evidence"] * -1, 1)
    assert f"evidence {evidence}" in said(page, "state")
    expect(named(page, "live")).to_contain_text("ALERT, below its band")


def test_a_click_on_the_chart_goes_to_the_window_under_it(open_widget, monitor):
    page = open_widget(monitor.show())
    chart = page.locator("[data-test=values] svg")
    point = chart.locator("circle").nth(3)
    box = point.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert said(page, "when") == "week of 2026-01-26"


def test_what_is_undefined_is_no_point_and_marked_at_the_foot(open_widget):
    page = open_widget(timeline())
    assert page.locator("[data-test=line-0] circle").count() == 2
    assert page.locator("[data-test=values] .edu-missing").count() == 1
    assert "Grey foot: undefined." in said(page, "notes")
    focus(named(page, "window"))
    page.keyboard.press("ArrowLeft")
    assert said(page, "value-0") == "undefined: women has no rows"


def test_one_window_has_nowhere_to_go(open_widget, tmp_path):
    monitor = Monitor(tmp_path / "one", groups=GROUPS)
    monitor.record("2026-01-05", y_pred=[1, 0], sensitive_features=GROUPS)
    page = open_widget(monitor.show())
    assert named(page, "window").is_disabled()
    assert said(page, "said") == "Not judged: there is no baseline yet."


def test_two_on_one_page_do_not_disturb_each_other(open_widget, monitor):
    page = open_widget(page_of(monitor.show(), monitor.show(), title="Two"))
    one, two = page.locator(".edu-root").nth(0), page.locator(".edu-root").nth(1)
    before = figures_on(two)
    focus(named(one, "window"))
    page.keyboard.press("Home")
    assert figures_on(two) == before


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["monitor", "many"])
def test_axe_finds_nothing_in_light_and_dark(open_widget, axe_violations, page, request, name, scheme):
    page.emulate_media(color_scheme=scheme)
    shown = request.getfixturevalue(name).show()
    open_widget(shown)
    assert axe_violations(page, "body") == []
    named(page, "series").select_option(shown._facts["pictures"][-1]["name"])
    assert axe_violations(page, "body") == []


@pytest.mark.parametrize("width", [360, 700, 1400])
@pytest.mark.parametrize("name", ["monitor", "many"])
def test_nothing_is_clipped_on_a_narrow_or_a_wide_page(open_widget, page, request, name, width):
    page.set_viewport_size({"width": width, "height": 800})
    shown = request.getfixturevalue(name).show()
    open_widget(shown)
    for picture in shown._facts["pictures"]:
        named(page, "series").select_option(picture["name"])
        assert clipped(page) == []
        texts = page.locator(".edu-chart text").evaluate_all(
            "nodes => nodes.filter(node => { const box = node.getBoundingClientRect();"
            " return box.left < -1 || box.right > innerWidth + 1; }).map(node => node.textContent)"
        )
        assert texts == []


def test_a_page_that_grows_wider_is_drawn_anew(open_widget, page, monitor):
    page.set_viewport_size({"width": 360, "height": 800})
    open_widget(monitor.show())
    chart = page.locator("[data-test=values] svg")
    narrow = chart.get_attribute("viewBox")
    page.set_viewport_size({"width": 900, "height": 800})
    expect(chart).not_to_have_attribute("viewBox", narrow)
    assert page.locator("[data-test=line-0] circle").count() == 23
