"""The group sliders in a saved page, moved by mouse and keys with no kernel and no network."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from edutools import (
    GroupMetrics,
    ThresholdCounts,
    choose_thresholds,
    difference,
    difference_interval,
    rate,
    ratio,
    ratio_interval,
)
from edutools.criteria import CRITERIA
from edutools.metrics import undefined_reasons
from edutools.widgets.base import page as page_of
from edutools.widgets.figures import decimals, interval
from tests.browser.reading import (
    cells_of,
    cells_on,
    clipped,
    drag,
    figures_on,
    focus,
    named,
    rate_words,
    said,
    shown_threshold,
    threshold_of,
)
from tests.examples import NAMES, loan_counts, multinomial_counts

OPEN_ALL = "document.querySelectorAll('details').forEach(each => { each.open = true; })"
METRICS = (
    "selection_rate",
    "true_positive_rate",
    "false_positive_rate",
    "precision",
    "accuracy",
    "base_rate",
)


@pytest.fixture
def sliders() -> GroupMetrics:
    return GroupMetrics(loan_counts(), gain=300, loss=700, **NAMES)


def slider(page, place: int):
    return named(page, f"threshold-{place}")


def money(amount: float) -> str:
    return f"{'−' if amount < 0 else ''}€{abs(amount):,.0f}"


def agrees(
    page, thresholds: dict[str, float], counts: ThresholdCounts | None = None, *, metrics=METRICS
) -> None:
    """Every figure on the page is Python's at these thresholds."""
    cells = (counts or loan_counts()).at(thresholds)
    profits = 300 * cells.tp - 700 * cells.fp
    for place, group in enumerate(cells.groups):
        assert threshold_of(slider(page, place)) == thresholds[group]
        assert cells_on(page, f"cell-{place}") == cells_of(cells, place)
        facts = said(page, f"facts-{place}")
        assert shown_threshold(facts) == thresholds[group]
        assert facts.endswith(f"profit {money(profits[place])}")
        for metric in metrics:
            assert said(page, f"{metric}-{place}") == rate_words(cells, metric, place)
    assert f"Profit {money(profits.sum())}:" in said(page, "profit")
    for metric in metrics:
        assert said(page, f"gap-{metric}").startswith(gap_words(cells, metric))


def gap_words(cells, metric: str) -> str:
    reasons = undefined_reasons(cells, metric)
    if reasons:
        return f"Gap undefined: {next(iter(reasons.values()))}."
    low, high = difference_interval(cells, metric)
    side = "includes 0, so it is within noise." if low <= 0 else "excludes 0."
    return f"Gap {decimals(difference(cells, metric))} {interval((low, high))}: the interval {side}"


def test_dragging_moves_one_group_and_every_figure_with_it(open_widget, sliders):
    page = open_widget(sliders)
    agrees(page, {"man": 0.5, "woman": 0.5})
    drag(page, slider(page, 0), 0.5, 0.8)
    man = threshold_of(slider(page, 0))
    assert man == pytest.approx(0.8, abs=0.01)
    agrees(page, {"man": man, "woman": 0.5})
    drag(page, slider(page, 1), 0.5, 0.2)
    woman = threshold_of(slider(page, 1))
    assert woman == pytest.approx(0.2, abs=0.01)
    agrees(page, {"man": man, "woman": woman})


def test_arrow_home_and_end_keys_move_one_group(open_widget, sliders):
    page = open_widget(sliders)
    focus(slider(page, 1))
    for key, threshold in [
        ("ArrowRight", 0.501),
        ("ArrowLeft", 0.5),
        ("Home", 0.0),
        ("ArrowLeft", 0.0),
        ("End", np.inf),
        ("ArrowLeft", 1.0),
    ]:
        page.keyboard.press(key)
        agrees(page, {"man": 0.5, "woman": threshold})


def test_a_rate_of_nobody_is_undefined_with_its_reason_and_never_zero(open_widget, sliders):
    page = open_widget(sliders)
    focus(slider(page, 1))
    page.keyboard.press("End")
    assert slider(page, 1).get_attribute("aria-valuetext") == "nobody"
    assert said(page, "precision-1") == "undefined: nobody in woman is predicted positive"
    assert said(page, "gap-precision") == "Gap undefined: nobody in woman is predicted positive."
    axis = page.locator(".edu-lane", has=named(page, "precision-1")).locator(".edu-axis")
    expect(axis).to_have_class(re.compile("edu-undefined"))
    focus(slider(page, 0))
    page.keyboard.press("End")
    assert said(page, "four-fifths") == "Ratio undefined, so the four-fifths line says nothing here."
    expect(page.locator(".edu-axis > b").first).to_be_hidden()


def test_locked_sliders_move_together_and_part_again(open_widget, sliders):
    page = open_widget(sliders)
    focus(named(page, "locked"))
    page.keyboard.press("Space")
    drag(page, slider(page, 1), 0.5, 0.7)
    together = threshold_of(slider(page, 1))
    assert together == pytest.approx(0.7, abs=0.01)
    agrees(page, {"man": together, "woman": together})
    named(page, "locked").click()
    focus(slider(page, 0))
    page.keyboard.press("Home")
    agrees(page, {"man": 0.0, "woman": together})


def test_locking_brings_thresholds_that_differ_to_one(open_widget):
    apart = GroupMetrics(loan_counts(), gain=300, loss=700, thresholds={"man": 0.7, "woman": 0.4})
    page = open_widget(apart)
    named(page, "locked").click()
    agrees(page, {"man": 0.7, "woman": 0.7})


def test_each_criterion_gives_the_thresholds_that_python_gives(open_widget, sliders):
    page = open_widget(sliders)
    best = choose_thresholds(loan_counts(), "max_profit", gain=300, loss=700).profit
    named(page, "locked").check()
    for criterion in CRITERIA:
        choice = choose_thresholds(loan_counts(), criterion, gain=300, loss=700)
        named(page, f"criterion-{criterion}").click()
        agrees(page, choice.thresholds)
        pressed = page.locator(".edu-criteria [aria-pressed=true]")
        expect(pressed).to_have_attribute("data-test", f"criterion-{criterion}")
        price = money(best) if criterion == "max_profit" else f"costs {money(best - choice.profit)}"
        assert said(page, f"price-{criterion}").endswith(price)
        share = decimals(100 * choice.profit / best, 1)
        assert said(page, "profit") == (
            f"Profit {money(choice.profit)}: {share}% of the highest possible, {money(best)}"
        )
        asked = [
            metric
            for metric in METRICS
            if "edu-asked" in named(page, f"panel-{metric}").get_attribute("class").split()
        ]
        assert asked == [metric for metric in METRICS if metric in CRITERIA[criterion]]
    assert not named(page, "locked").is_checked(), "thresholds that differ are not locked"


def test_moving_by_hand_leaves_the_criterion(open_widget, sliders):
    page = open_widget(sliders)
    named(page, "criterion-demographic_parity").focus()
    page.keyboard.press("Enter")
    assert said(page, "criterion-said").startswith("Demographic parity asks for the same selection rate")
    focus(slider(page, 0))
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".edu-criteria [aria-pressed=true]")).to_have_count(0)
    assert said(page, "criterion-said").startswith("Move a threshold")


def test_money_prices_the_criteria_again_and_moves_a_chosen_one(open_widget, sliders):
    page = open_widget(sliders)
    named(page, "criterion-demographic_parity").click()
    focus(named(page, "loss"))
    page.keyboard.press("Control+a")
    page.keyboard.type("1500")
    choice = choose_thresholds(loan_counts(), "demographic_parity", gain=300, loss=1500)
    best = choose_thresholds(loan_counts(), "max_profit", gain=300, loss=1500).profit
    assert threshold_of(slider(page, 0)) == choice.thresholds["man"]
    assert threshold_of(slider(page, 1)) == choice.thresholds["woman"]
    assert said(page, "price-max_profit") == money(best)
    assert f"Profit {money(choice.profit)}:" in said(page, "profit")
    focus(slider(page, 0))
    page.keyboard.press("End")
    focus(named(page, "gain"))
    page.keyboard.press("Control+a")
    page.keyboard.type("10")
    assert threshold_of(slider(page, 0)) == np.inf, "a threshold set by hand stays"
    assert said(page, "facts-0").endswith("profit €0")


def test_a_criterion_met_only_by_all_or_nobody_says_so(open_widget):
    # One group's people all have one score: between all and nobody there is nothing for it.
    label = [1, 0, 1, 0, 1, 1, 0, 0, 1, 0]
    score = [0.5] * 4 + [0.9, 0.8, 0.3, 0.2, 0.7, 0.1]
    counts = ThresholdCounts.from_predictions(label, score, sensitive_features=["a"] * 4 + ["b"] * 6)
    page = open_widget(GroupMetrics(counts, gain=300, loss=700))
    choice = choose_thresholds(counts, "demographic_parity", gain=300, loss=700)
    assert choice.degenerate
    assert said(page, "price-demographic_parity").startswith("met only by all or nobody")
    named(page, "criterion-demographic_parity").click()
    words = said(page, "criterion-said")
    assert "Here only selecting everyone or nobody meets it." in words
    assert f"a profit of {money(choice.alternative.profit)}" in words
    agrees(page, choice.thresholds, counts)


def test_the_four_fifths_line_says_on_which_side_the_ratio_lies(open_widget, sliders):
    page = open_widget(sliders)
    cells = loan_counts().at(0.5)
    low, high = ratio_interval(cells, "selection_rate")
    side = "lies above" if low > 0.8 else "lies below" if high < 0.8 else "includes"
    words = said(page, "four-fifths")
    assert words.startswith(
        f"Ratio {decimals(ratio(cells, 'selection_rate'))} {interval((low, high))}: the interval {side} 0.80"
    )
    assert "EEOC Uniform Guidelines 1978" in words
    lines = page.locator("[data-test=panel-selection_rate] .edu-axis > b")
    place = f"{100 * 0.8 * rate(cells, 'selection_rate').max():.6g}%"
    assert [
        f"{float(line.evaluate('node => parseFloat(node.style.left)')):.6g}%" for line in lines.all()
    ] == [place] * 2
    assert page.locator(".edu-axis > b").count() == 2, "the line stands only where the convention applies"


def test_the_law_is_named_once(open_widget, sliders):
    words = open_widget(sliders).locator("body").inner_text()
    assert words.count("disparate treatment under the Equal Credit Opportunity Act") == 1
    assert not re.search(r"\b(un)?fair\b", words)


def test_roc_opens_on_request_and_its_points_move(open_widget, sliders):
    page = open_widget(sliders)
    assert named(page, "roc").count() == 0
    page.locator("summary").click()
    focus(slider(page, 1))
    page.keyboard.press("ArrowRight")
    cells = loan_counts().at({"man": 0.5, "woman": 0.501})
    marks = named(page, "roc").locator("svg svg")
    for place in (0, 1):
        mark = marks.nth(place)
        shown = float(mark.get_attribute("x")) + 3, 97 - float(mark.get_attribute("y"))
        expected = [
            100 * rate(cells, metric)[place] for metric in ("false_positive_rate", "true_positive_rate")
        ]
        assert shown == pytest.approx(expected)
    assert page.locator(".edu-key").inner_text().split() == ["man", "woman"]


def test_two_on_one_page_do_not_disturb_each_other(open_widget, sliders):
    other = GroupMetrics(loan_counts(), thresholds=0.3, **NAMES)
    page = open_widget(page_of(sliders, other, title="Two"))
    one, two = page.locator(".edu-root").nth(0), page.locator(".edu-root").nth(1)
    before = figures_on(two)
    drag(page, slider(one, 0), 0.5, 0.9)
    named(one, "criterion-equal_opportunity").click()
    named(one, "locked").click()
    assert figures_on(two) == before
    assert not named(two, "locked").is_checked()
    focus(slider(two, 1))
    page.keyboard.press("End")
    assert threshold_of(slider(one, 1)) != np.inf


@pytest.mark.parametrize(("groups", "scheme"), [(2, "light"), (2, "dark"), (12, "dark")])
def test_axe_finds_nothing_in_light_and_dark(open_widget, axe_violations, page, sliders, groups, scheme):
    page.emulate_media(color_scheme=scheme)
    widget = sliders if groups == 2 else many_groups()
    open_widget(widget)
    page.evaluate(OPEN_ALL)
    named(page, "criterion-equalized_odds").click()
    focus(slider(page, 1))
    page.keyboard.press("End")
    assert axe_violations(page, "body") == []


@pytest.mark.parametrize("width", [360, 1400])
@pytest.mark.parametrize("groups", [2, 12])
def test_nothing_is_clipped_on_a_narrow_or_a_wide_page(open_widget, page, sliders, groups, width):
    page.set_viewport_size({"width": width, "height": 800})
    open_widget(sliders if groups == 2 else many_groups())
    page.evaluate(OPEN_ALL)
    assert clipped(page) == []
    named(page, "criterion-predictive_parity").click()
    focus(slider(page, 1))
    page.keyboard.press("End")
    assert clipped(page) == []


def many_groups() -> GroupMetrics:
    """Twelve groups, one named after several features, one whose name cannot be broken at a blank."""
    counts = multinomial_counts(5_000, groups=12).to_dict()
    counts["groups"][3] = "woman, 25 or younger, born in another country"
    counts["groups"][4] = "Donaudampfschifffahrtsgesellschaftskapitän"
    return GroupMetrics(ThresholdCounts.from_dict(counts), gain=300, loss=700, **NAMES)


def test_twelve_groups_are_told_apart_by_hue_and_shape_together(open_widget):
    widget = many_groups()
    page = open_widget(widget)
    glyphs = page.locator(".edu-card h4 svg path").evaluate_all(
        "paths => paths.map(path => path.getAttribute('d') + getComputedStyle(path).fill)"
    )
    assert len(set(glyphs)) == 12
    beside = page.locator("[data-test=panel-precision] .edu-lane > :first-child svg path").evaluate_all(
        "paths => paths.map(path => path.getAttribute('d') + getComputedStyle(path).fill)"
    )
    assert beside == glyphs, "a group keeps its hue and its shape"
    agrees(
        page, dict.fromkeys(widget.counts.groups, 0.5), widget.counts, metrics=("selection_rate", "precision")
    )
    named(page, "criterion-demographic_parity").click()
    choice = choose_thresholds(widget.counts, "demographic_parity", gain=300, loss=700)
    agrees(page, choice.thresholds, widget.counts, metrics=("selection_rate",))


def test_thinned_thresholds_are_said(open_widget):
    rng = np.random.default_rng(0)
    label, score = rng.integers(0, 2, 3_000), rng.random(3_000)
    group = np.where(rng.random(3_000) < 0.5, "a", "b")
    page = open_widget(
        GroupMetrics.from_predictions(
            label, score, sensitive_features=group, grid="distinct", thresholds=np.inf
        )
    )
    assert "Drawn at 1,002 of 3,001 thresholds." in page.locator(".edu-root").inner_text()
    focus(slider(page, 0))
    page.keyboard.press("Home")
    assert cells_on(page, "cell-0")[0] == "0", "the lowest threshold refuses nobody"


def test_weighted_counts_are_drawn_and_computed(open_widget):
    rng = np.random.default_rng(0)
    counts = ThresholdCounts.from_predictions(
        rng.integers(0, 2, 300),
        rng.random(300),
        sensitive_features=np.where(rng.random(300) < 0.5, "a", "b"),
        sample_weight=rng.random(300) * 3,
    )
    page = open_widget(GroupMetrics(counts, gain=300, loss=700))
    focus(slider(page, 0))
    page.keyboard.press("ArrowRight")
    cells = counts.at({"a": 0.501, "b": 0.5})
    for place in (0, 1):
        for metric in METRICS:
            assert said(page, f"{metric}-{place}") == rate_words(cells, metric, place)
    assert said(page, "cell-0-tp") == f"{cells.tp[0]:,.1f}".removesuffix(".0")


def test_the_page_stands_as_its_twin_where_script_is_off(browser, tmp_path, sliders):
    path = sliders.save_html(tmp_path / "page.html")
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(path.as_uri())
    words = page.locator("body").inner_text()
    context.close()
    cells = loan_counts().at(0.5)
    row = ["man", "114", "0.50", *(str(getattr(cells, cell)[0]) for cell in ("tp", "fp", "fn", "tn"))]
    assert re.search(r"\s+".join(map(re.escape, row)), words)
    assert "Where the page may run script, the numbers can be moved." in words
    assert "no rows of people" in words
