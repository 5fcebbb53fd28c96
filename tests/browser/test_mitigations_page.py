"""Methods side by side in a saved page: each figure is Python's, by keyboard and mouse, dark and narrow."""

from __future__ import annotations

import pytest

from edutools.widgets.base import page as page_of
from edutools.widgets.mitigations import Mitigations
from tests.browser.reading import clipped, focus, named, option, said
from tests.browser.test_hostile_names import EVIL
from tests.test_widgets_mitigations import comparison

NAMES = ["none", "reweighing", "grid_search", "thresholds"]


@pytest.fixture
def widget():
    return comparison().widget()


def agrees(page, **traits) -> None:
    """What the page says of its criterion, measure and method is what the twin says of them."""
    twin = Mitigations(comparison().to_dict(), **traits)._summary()
    for row, name in zip(twin["tables"][0]["rows"], NAMES, strict=True):
        shown = named(page, f"figures-{name}").locator("span").all_inner_texts()
        if name == "grid_search":
            assert shown == ["does not apply"]
        else:
            assert [each.split(" ", 1)[1] for each in shown] == row[1:]
    assert named(page, "change").locator("p").all_inner_texts() == twin["sentences"][2:]
    if len(twin["tables"]) == 1:
        assert named(page, "sides").inner_text() == ""
        return
    rows = twin["tables"][1]["rows"]
    for when in ("before", "after"):
        own = [row for row in rows if row[0].endswith(when)]
        shown = named(page, f"cells-{when}").locator("tbody tr").all()
        assert len(shown) == len(own)
        for place, (line, row) in enumerate(zip(shown, own, strict=True)):
            assert line.locator("td").all_inner_texts() == row[1:5]
            rates = page.locator(f'[data-test^="{when}-"][data-test$="-{place}"]').all_inner_texts()
            assert rates == row[5:]


def test_every_method_opens_its_before_and_after_by_keys_and_every_figure_is_python_s(open_widget, widget):
    page = open_widget(widget)
    agrees(page, method="reweighing")
    focus(named(page, "method-none"))
    for name in NAMES:
        page.keyboard.press("Enter")
        assert named(page, f"method-{name}").get_attribute("aria-pressed") == "true"
        agrees(page, method=name)
        page.keyboard.press("Tab")


def test_criterion_and_measure_are_chosen_by_arrow_keys(open_widget, widget):
    page = open_widget(widget)
    named(page, "method-thresholds").click()
    focus(named(page, "criterion-demographic_parity"))
    page.keyboard.press("ArrowRight")
    agrees(page, method="thresholds", criterion="equal_opportunity")
    page.keyboard.press("ArrowRight")
    agrees(page, method="thresholds", criterion="equalized_odds")
    option(page, "measure-profit").click()
    agrees(page, method="thresholds", criterion="equalized_odds", measure="profit")


def test_a_point_is_drawn_where_its_figures_are_and_a_click_opens_it(open_widget, widget):
    page = open_widget(widget)
    frame = comparison().to_frame()
    applying = [name for name in NAMES if name != "grid_search"]
    boxes = {name: named(page, f"point-{name}").locator(".edu-target").bounding_box() for name in applying}
    assert named(page, "point-grid_search").count() == 0
    x = {name: box["x"] for name, box in boxes.items()}
    y = {name: -box["y"] for name, box in boxes.items()}
    # Both axes are straight: three points lie in the picture as they lie in the table.
    for drawn, column in ((x, "gap"), (y, "accuracy")):
        values = frame[column]
        scale = (drawn["thresholds"] - drawn["none"]) / (values["thresholds"] - values["none"])
        assert scale > 0
        expected = drawn["none"] + scale * (values["reweighing"] - values["none"])
        assert abs(drawn["reweighing"] - expected) < 1
    named(page, "point-thresholds").locator(".edu-target").click(force=True)
    agrees(page, method="thresholds")
    assert "edu-opened" in named(page, "point-thresholds").get_attribute("class")


def test_what_is_undefined_has_no_point_and_says_why(open_widget):
    page = open_widget(comparison(undefined=True).widget())
    option(page, "criterion-predictive_parity").click()
    named(page, "method-thresholds").click()
    assert named(page, "point-thresholds").count() == 0
    assert "undefined in some fold" in said(page, "change")
    assert said(page, "after-precision-1") == "undefined: nobody in woman is predicted positive"


def test_names_are_text(open_widget, nothing_runs):
    page = open_widget(comparison(groups=(EVIL, "__proto__")).widget())
    assert EVIL in page.locator(".edu-root").inner_text()
    named(page, "method-grid_search").click()
    assert "<b>no weights</b>" in said(page, "change")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_and_breaks_no_rule_of_access(open_widget, widget, axe_violations, scheme):
    page = open_widget(widget)
    page.emulate_media(color_scheme=scheme)
    assert axe_violations(page) == []
    page.set_viewport_size({"width": 360, "height": 800})
    page.wait_for_timeout(200)
    assert clipped(page) == []


def test_two_on_one_page_do_not_share_what_is_open(open_widget, widget):
    page = open_widget(page_of(widget, comparison().widget(), title="Two"))
    page.locator('[data-test="method-thresholds"]').nth(1).click()
    buttons = page.locator('[data-test="method-thresholds"]')
    pressed = buttons.evaluate_all("all => all.map(each => each.ariaPressed)")
    assert pressed == ["false", "true"]
