"""An audit's report as a saved page: filtered and sorted with no kernel, on paper, narrow, in the dark."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from edutools.documents import report
from edutools.widgets.audit import ORDERS
from tests.audits import audit
from tests.browser.reading import clipped, focus, named, said
from tests.browser.test_hostile_names import EVIL, HOSTILE


@pytest.fixture
def examined() -> dict:
    return audit()


def ranks(page) -> list[int]:
    """The ranks of the findings on the page, from above."""
    items = page.locator('[data-test="findings"] > li').evaluate_all(
        "nodes => nodes.map(n => n.dataset.test)"
    )
    return [int(each.removeprefix("finding-")) for each in items if each != "none-fits"]


def agrees(page, widget) -> None:
    """What is shown is what Python shows, in its order."""
    shown = widget.shown
    assert ranks(page) == shown["rank"].tolist()
    assert said(page, "count") == f"{len(shown)} of 18 findings shown"


def test_every_filter_and_order_shows_what_python_shows(open_widget, examined):
    made = report(examined)
    page, widget = open_widget(made.widget()), made.widget()
    agrees(page, widget)
    for stage, label in ((None, "all"), ("data", "labels"), ("predictions", "decisions")):
        widget.stage = stage
        named(page, "stage").select_option(label=label)
        for feature in (None, "gender", "age"):
            widget.feature = feature
            named(page, "feature").select_option(label=feature or "all")
            for order in ORDERS:
                widget.order = order
                named(page, "order").select_option(index=ORDERS.index(order))
                agrees(page, widget)
    for beyond in (True, False):
        widget.only_beyond = beyond
        focus(named(page, "only-beyond"))
        page.keyboard.press("Space")
        agrees(page, widget)


def test_a_comparison_is_shown_once_or_from_both_sides(open_widget, examined):
    for finding in list(examined["findings"]):
        swapped = {"group": finding["reference"], "reference": finding["group"]}
        examined["findings"].append(finding | swapped)
    made = report(examined)
    page, widget = open_widget(made.widget()), made.widget()
    assert ranks(page) == widget.shown["rank"].tolist() and len(ranks(page)) == 18
    named(page, "both-sides").check()
    widget.both_sides = True
    assert ranks(page) == widget.shown["rank"].tolist() == list(range(1, 37))


def test_a_page_opens_as_python_left_it(open_widget, examined):
    widget = report(examined).widget()
    widget.feature, widget.order, widget.rate = "age", "gap", "precision"
    page = open_widget(widget)
    agrees(page, widget)
    assert named(page, "rate").locator("option:checked").inner_text() == "Precision"


def test_a_long_list_shows_its_first_findings_and_the_rest_on_request(open_widget, examined):
    examined["findings"] = [each | {"group": f"g{n}"} for n in range(5) for each in examined["findings"]]
    page = open_widget(report(examined).widget())
    assert ranks(page) == list(range(1, 61)) and said(page, "count") == "90 of 90 findings shown"
    focus(named(page, "show-all"))
    page.keyboard.press("Enter")
    assert ranks(page) == list(range(1, 91))
    expect(named(page, "show-all")).to_be_hidden()
    expect(named(page, "finding-61")).to_be_focused()
    named(page, "feature").select_option(label="age")
    assert len(ranks(page)) == 45


def test_nothing_fits_is_said(open_widget, examined):
    examined["findings"] = [each for each in examined["findings"] if each["covers_parity"]]
    page = open_widget(report(examined).widget())
    named(page, "only-beyond").check()
    assert said(page, "none-fits") == "No finding fits what is chosen."
    assert ranks(page) == []


def test_each_rate_of_each_group_stands_with_its_interval_or_its_reason(open_widget):
    examined = audit(women_repay=False)
    page = open_widget(report(examined).widget())
    features = ["gender", "age"]
    for place, rate in enumerate(examined["groups"][0]["rates"]):
        named(page, "rate").select_option(index=place)
        for number, feature in enumerate(features):
            groups = [each for each in examined["groups"] if each["feature"] == feature]
            for lane, group in enumerate(groups):
                figure = group["rates"][rate]
                words = said(page, f"rate-{number}-{lane}")
                if figure["value"] is None:
                    assert words == f"undefined: {figure['reason']}"
                else:
                    assert words == f"{figure['value']:.2f} ({figure['low']:.2f} to {figure['high']:.2f})"


def test_a_finding_s_picture_lies_where_its_figures_say(open_widget, examined):
    findings = report(examined).to_dict()["findings"]
    page = open_widget(report(examined).widget())
    for finding in findings:
        axis = named(page, f"finding-{finding['rank']}").locator(".edu-axis")
        mark, parity = (axis.locator(each).evaluate("n => parseFloat(n.style.left)") for each in ("svg", "b"))
        assert parity == 50
        apart = finding["value"] - finding["parity"]
        assert (mark - 50) * apart >= 0
        line = axis.locator("i").evaluate("n => [parseFloat(n.style.left), parseFloat(n.style.width)]")
        if finding["standing"] == "covers":
            assert line[0] <= 50 <= line[0] + line[1]
        elif finding["standing"] == "beyond":
            assert line[0] > 50 or line[0] + line[1] < 50
        if abs(apart) <= 0.9:
            assert mark == pytest.approx(50 + 50 * apart, abs=0.01)


def test_an_undefined_finding_is_hatched_and_an_endless_interval_ends_at_the_edge(open_widget, examined):
    examined["findings"][0] |= {"value": None, "low": None, "high": None, "reason": "nobody is there"}
    examined["findings"][1] |= {"value": 2.0, "low": 1.5, "high": "inf", "parity": 1.0}
    page = open_widget(report(examined).widget())
    last = named(page, "finding-18")
    expect(last.locator(".edu-axis")).to_have_class(re.compile("edu-undefined"))
    assert "undefined: nobody is there" in last.inner_text()
    endless = page.locator("li", has_text="2.000 (1.500 to ∞)").locator(".edu-axis i")
    left, width = endless.evaluate("n => [parseFloat(n.style.left), parseFloat(n.style.width)]")
    assert left + width == pytest.approx(100)


def test_notes_stand_above_every_figure(open_widget, examined):
    page = open_widget(report(examined).widget())
    words = page.locator("body").inner_text()
    assert words.index(examined["notes"][0]) < words.index("200 rows") < words.index("0.65 (0.56 to 0.73)")


def test_people_are_on_the_page_only_on_request(open_widget, examined):
    examined["people"] = [{"name": "Ada Lovelace", "income": 123456}]
    page = open_widget(report(examined).widget())
    assert "123,456" not in page.content()
    page = open_widget(report(examined, include_rows=True).widget())
    page.locator("summary", has_text="Rows of people").click()
    words = page.locator("body").inner_text()
    assert "123,456" in words and "1 rows of people" in words and "Lovelace" not in page.content()


@pytest.mark.usefixtures("nothing_runs")
def test_every_name_is_text(open_widget, examined):
    for place, evil in enumerate(HOSTILE):
        finding = examined["findings"][place]
        finding |= {"feature": evil, "group": evil, "reference": evil, "text": evil, "source": evil}
        finding |= {"metric": evil, "convention": evil}
    for group in examined["groups"]:
        group |= {"feature": EVIL, "group": "</td><script>alert(1)</script>"}
        group["rates"] = {EVIL: group["rates"]["accuracy"]}
    examined |= {"model": EVIL, "label": EVIL, "notes": HOSTILE, "versions": {EVIL: EVIL}}
    examined["analysis"] = {EVIL: [{EVIL: EVIL, "__proto__": "constructor"}]}
    page = open_widget(report(examined | {"people": [{EVIL: EVIL}]}, include_rows=True).widget())
    for summary in page.locator("summary").all():
        summary.click()
    notes = page.locator(".edu-notes li").evaluate_all("nodes => nodes.map(n => n.textContent)")
    assert notes == HOSTILE
    assert said(page, "title") == f"Audit of {EVIL}"
    shown = page.locator(".edu-sentence").evaluate_all("nodes => nodes.map(n => n.textContent)")
    assert set(HOSTILE) <= set(shown)
    for feature in ("__proto__", "constructor", "null", EVIL):
        named(page, "feature").select_option(label=feature)
        assert len(ranks(page)) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_light_and_dark(open_widget, axe_violations, page, examined, scheme):
    page.emulate_media(color_scheme=scheme)
    open_widget(report(audit(women_repay=False)).widget())
    for summary in page.locator("summary").all():
        summary.click()
    assert axe_violations(page, "body") == []


@pytest.mark.parametrize("width", [360, 1400])
def test_nothing_is_clipped_on_a_narrow_or_a_wide_page(open_widget, page, examined, width):
    page.set_viewport_size({"width": width, "height": 800})
    examined["groups"][0]["group"] = "Donaudampfschifffahrtsgesellschaftskapitäne"
    examined["findings"][0]["group"] = "Donaudampfschifffahrtsgesellschaftskapitäne"
    open_widget(report(examined).widget())
    for summary in page.locator("summary").all():
        summary.click()
    assert clipped(page) == []


def test_on_paper_every_rate_and_rule_stands_and_no_control(open_widget, page, examined):
    open_widget(report(examined).widget())
    page.emulate_media(media="print")
    for control in ("stage", "rate", "only-beyond"):
        expect(named(page, control)).to_be_hidden()
    words = page.locator("body").inner_text()
    for text in (
        "True positive rate",
        "false negative",
        "Uniform Guidelines on Employee Selection",
        "reweighing",
    ):
        assert text in words
    expect(named(page, "further-rules").locator("section").first).to_be_visible()


def test_the_page_stands_as_its_twin_where_script_is_off(browser, tmp_path, examined):
    examined["notes"] = [EVIL]
    path = report(examined).save(tmp_path / "page.html")
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(path.as_uri())
    words = page.locator("body").inner_text()
    live = page.locator("img").count()
    context.close()
    assert f"Note: {EVIL}" in words and live == 0
    assert all(finding["text"] in words for finding in examined["findings"])
    assert "Four-fifths rule of thumb" in words and "no rows of people" in words
