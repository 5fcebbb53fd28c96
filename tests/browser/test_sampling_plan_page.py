"""The sampling plan in a saved page, moved by mouse and keys with no kernel and no network."""

from __future__ import annotations

import re

import numpy as np
import pytest

from edutools import SamplingPlan
from edutools.widgets.base import page as page_of
from edutools.widgets.figures import decimals, interval
from tests.browser.reading import clipped, drag, figures_on, focus, named, said
from tests.test_widgets_sampling_plan import CHANNELS, GIVEN, PEOPLE, POPULATION, halves

ASKED = {"app": 40, "branch": 60, "letter": 5}


def a_plan(**changes) -> SamplingPlan:
    return SamplingPlan(PEOPLE, **{**GIVEN, "population": POPULATION, "asked": ASKED, **changes})


def words(row, name: str) -> str:
    """A share or rate with its interval, as it must stand beside its lane."""
    return f"{decimals(row[name])} {interval((row[f'{name}_low'], row[f'{name}_high']))}"


def agrees(page, plan: SamplingPlan) -> None:
    """Every figure on the page is Python's of the same plan and draw."""
    twin = plan._summary()["sentences"]
    assert said(page, "drawn") == twin[0]
    assert [said(page, "sides"), said(page, "gap")] == twin[1:3]
    for place, (channel, asked) in enumerate(plan.asked.items()):
        slider = named(page, f"asked-{place}")
        assert slider.evaluate("node => node.valueAsNumber") == asked, channel
        assert slider.get_attribute("aria-valuetext") == f"{asked} people"
    for place, (group, row) in enumerate(plan.by_group.iterrows()):
        for panel, name in (("share", "share"), ("positive", "positive_rate"), ("error", "error_rate")):
            if not np.isnan(row[name]):
                assert said(page, f"{panel}-{place}") == words(row, name)
        captions = page.locator(f"[data-test=panel-share] .edu-lane:nth-of-type({place + 1}) .edu-head")
        assert captions.inner_text().strip() == f"{group} · {row['asked']:.0f}"


def dots(page, panel: str, place: int) -> list[float]:
    """Where the draws before stand on a lane, in per cent of its scale."""
    lane = page.locator(f"[data-test=panel-{panel}] .edu-lane").nth(place)
    return lane.locator("u:not([hidden])").evaluate_all(
        "nodes => nodes.map(node => parseFloat(node.style.left))"
    )


def test_it_opens_as_python_left_it(open_widget):
    plan = a_plan(seed=3)
    page = open_widget(plan)
    agrees(page, plan)
    men, women = (PEOPLE.loc[halves(PEOPLE), "gender"] == group for group in ("man", "woman"))
    share = men.sum() / (men.sum() + 0.2 * women.sum())
    assert said(page, "reach-1") == f"Whom it reaches: man {decimals(share)}; woman {decimals(1 - share)}"


def test_dragging_a_slider_asks_more_and_moves_every_figure(open_widget):
    plan = a_plan()
    page = open_widget(plan)
    drag(page, named(page, "asked-1"), 60 / 301, 0.8)
    asked = int(named(page, "asked-1").evaluate("node => node.valueAsNumber"))
    assert asked == pytest.approx(0.8 * 301, abs=10)
    plan.asked = {"branch": asked}
    agrees(page, plan)


def test_keys_ask_one_more_nobody_or_all(open_widget):
    plan = a_plan()
    page = open_widget(plan)
    focus(named(page, "asked-0"))
    most = 301
    for key, asked in [("ArrowRight", 41), ("ArrowLeft", 40), ("Home", 0), ("ArrowLeft", 0), ("End", most)]:
        page.keyboard.press(key)
        plan.asked = {"app": asked}
        agrees(page, plan)
    assert said(page, "count-1") == "0 of 301"
    assert re.search(r"\. Of those wanted, asked already: \d+\.$", said(page, "reach-1"))
    for place in (0, 1):  # whatever is said of a channel, its slider can still be taken hold of
        assert named(page, f"asked-{place}").bounding_box()["width"] > 80


def test_draw_again_draws_others_and_leaves_the_last_ten_as_dots(open_widget):
    plan = a_plan()
    page = open_widget(plan)
    seen = {"share": [], "positive": [], "error": []}
    names = {"share": "share", "positive": "positive_rate", "error": "error_rate"}
    for draw in range(12):
        for panel, values in seen.items():
            values.append(plan.by_group[names[panel]].tolist())
        named(page, "again").focus()
        page.keyboard.press("Enter")
        plan.seed = draw + 1
        agrees(page, plan)
        for panel, values in seen.items():
            stretch = 200 if panel == "error" else 100
            for place in (0, 1):
                expected = [stretch * each[place] for each in values[-10:]]
                assert dots(page, panel, place) == pytest.approx(expected, abs=1e-3)
    assert len(dots(page, "share", 0)) == 10
    focus(named(page, "asked-2"))
    page.keyboard.press("ArrowLeft")
    assert dots(page, "share", 0) == [], "another plan begins another trail"


def test_draws_that_python_kept_stand_as_dots_at_once(open_widget):
    plan = a_plan()
    plan.seed = 4
    assert len(dots(open_widget(plan), "error", 1)) == 4


def test_the_population_s_share_is_a_dotted_line(open_widget):
    page = open_widget(a_plan())
    lines = page.locator("[data-test=panel-share] .edu-axis > b")
    assert lines.evaluate_all("nodes => nodes.map(node => parseFloat(node.style.left))") == [49, 51]


def test_nobody_asked_is_undefined_with_its_reason(open_widget):
    page = open_widget(a_plan(asked={"app": 1}))
    assert said(page, "error-0").startswith("undefined: repaid is the same for all who are asked")
    focus(named(page, "asked-0"))
    page.keyboard.press("Home")
    for test in ("share-0", "error-1"):
        assert said(page, test) == "undefined: nobody is asked"
    assert said(page, "positive-1") == "undefined: nobody of woman is asked"
    assert said(page, "sides") == "Nobody is asked, so there are no shares to compare."
    assert said(page, "gap") == "The error rates cannot be compared."
    assert page.locator("[data-test=panel-share] .edu-axis > b:visible").count() == 0


def test_a_group_of_whom_nobody_is_asked_is_said(open_widget):
    page = open_widget(a_plan(channels={"club": {"woman": 0, "man": 1}}, asked={"club": 80}))
    assert said(page, "positive-1") == "undefined: nobody of woman is asked"
    assert said(page, "without") == "Trained without anybody of woman."


def test_two_on_one_page_do_not_disturb_each_other(open_widget):
    page = open_widget(page_of(a_plan(), a_plan(seed=7), title="Two"))
    one, two = page.locator(".edu-root").nth(0), page.locator(".edu-root").nth(1)
    before = figures_on(two)
    named(one, "again").click()
    focus(named(one, "asked-0"))
    page.keyboard.press("End")
    assert figures_on(two) == before


def many_groups(**changes) -> SamplingPlan:
    """Ten groups and eight channels, one of each with a name that cannot be broken at a blank."""
    bands = np.array(
        ["18 to 29", "30 to 39", "40 to 49", "Donaudampfschifffahrtsgesellschaftskapitän", "60 or older"]
    )
    frame = PEOPLE.assign(band=bands[np.clip(PEOPLE["age"] // 10 - 2, 0, 4)])
    channels = dict(CHANNELS) | {f"weekly newspaper number {number}": np.ones(600) for number in range(4)}
    channels["Donaudampfschifffahrtsgesellschaftskapitän"] = np.ones(600)
    given = {"sensitive_features": ["gender", "band"], "population": None, "asked": None, "seed": 2}
    channels = {
        name: reach(frame) if callable(reach) else reach
        for name, reach in channels.items()
        if not isinstance(reach, dict)
    }
    return SamplingPlan(frame, **{**GIVEN, **given, "channels": channels, **changes})


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_light_and_dark(open_widget, axe_violations, page, many, scheme):
    page.emulate_media(color_scheme=scheme)
    open_widget(many_groups() if many else a_plan())
    named(page, "again").click()
    assert axe_violations(page, "body") == []
    for slider in page.locator("input[type=range]").all():
        slider.focus()
        page.keyboard.press("Home")
    assert axe_violations(page, "body") == []


@pytest.mark.parametrize("width", [360, 1400])
@pytest.mark.parametrize("many", [False, True])
def test_nothing_is_clipped_on_a_narrow_or_a_wide_page(open_widget, page, many, width):
    page.set_viewport_size({"width": width, "height": 800})
    open_widget(many_groups() if many else a_plan())
    assert clipped(page) == []
    for slider in page.locator("input[type=range]").all():
        slider.focus()
        page.keyboard.press("Home")
    assert clipped(page) == []


def test_many_groups_agree_too(open_widget):
    plan = many_groups()
    agrees(open_widget(plan), plan)
