"""The confusion matrix in a saved page, moved by mouse and keys with no kernel and no network."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import expect
from sklearn.metrics import confusion_matrix

from edutools import ConfusionMatrix, rate
from edutools.metrics import DEFINITIONS, METRICS, label_of
from edutools.widgets.base import page as page_of
from edutools.widgets.figures import decimals
from tests.browser.reading import (
    CELLS,
    cells_of,
    cells_on,
    clipped,
    drag,
    figures_on,
    focus,
    named,
    option,
    rate_words,
    rates_on,
    said,
    shown_threshold,
    threshold_of,
)
from tests.examples import NAMES, loan_counts

MOVING = """root => [...root.querySelectorAll("*")].filter(node => {
  const { transitionDuration, animationDuration } = getComputedStyle(node);
  return parseFloat(transitionDuration) > 0 || parseFloat(animationDuration) > 0;
}).length"""
OPEN_ALL = "document.querySelectorAll('details').forEach(each => { each.open = true; })"


@pytest.fixture
def matrix() -> ConfusionMatrix:
    return ConfusionMatrix(loan_counts(), gain=300, loss=700, metric="true_positive_rate", **NAMES)


def agrees(page, threshold: float, group: str | None = None) -> None:
    """Every figure on the page is Python's at `threshold`."""
    counts = loan_counts()
    cells = counts.at(threshold) if group else counts.at(threshold).overall
    place = counts.groups.index(group) if group else 0
    assert cells_on(page) == cells_of(cells, place)
    assert rates_on(page, [f"value-{metric}" for metric in METRICS]) == {
        f"value-{metric}": rate_words(cells, metric, place) for metric in METRICS
    }
    profit = 300 * cells.tp[place] - 700 * cells.fp[place]
    assert said(page, "profit").endswith(f"= {'−' if profit < 0 else ''}€{abs(profit):,}")
    assert shown_threshold(said(page, "heading")) == threshold


def test_dragging_moves_the_threshold_and_every_figure_with_it(open_widget, matrix):
    page = open_widget(matrix)
    slider = named(page, "threshold")
    agrees(page, 0.5)
    drag(page, slider, 0.5, 0.8)
    threshold = threshold_of(slider)
    assert threshold == pytest.approx(0.8, abs=0.01)
    agrees(page, threshold)
    drag(page, slider, 0.8, 0.1)
    assert threshold_of(slider) == pytest.approx(0.1, abs=0.01)
    agrees(page, threshold_of(slider))


def test_arrow_home_and_end_keys_move_the_threshold(open_widget, matrix):
    page = open_widget(matrix)
    slider = named(page, "threshold")
    focus(slider)
    for key, threshold in [
        ("ArrowRight", 0.501),
        ("ArrowRight", 0.502),
        ("ArrowLeft", 0.501),
        ("ArrowUp", 0.502),
        ("Home", 0.0),
        ("ArrowRight", 0.001),
        ("End", np.inf),
        ("ArrowLeft", 1.0),
    ]:
        page.keyboard.press(key)
        assert threshold_of(slider) == threshold
        agrees(page, threshold)


def test_at_the_far_end_nobody_is_positive_and_precision_says_why_it_has_no_value(open_widget, matrix):
    page = open_widget(matrix)
    focus(named(page, "threshold"))
    page.keyboard.press("End")
    assert named(page, "threshold").get_attribute("aria-valuetext") == "nobody"
    assert said(page, "heading") == "all: 200 rows, nobody predicted positive"
    assert said(page, "value-precision") == "undefined: nobody in all is predicted positive"
    axis = page.locator(".edu-lane", has=named(page, "value-precision")).locator(".edu-axis")
    expect(axis).to_have_class(re.compile("edu-undefined"))
    assert axis.locator("svg").evaluate("node => getComputedStyle(node).visibility") == "hidden"


def test_a_screen_reader_is_told_once_the_reader_pauses(open_widget, matrix):
    page = open_widget(matrix)
    focus(named(page, "threshold"))
    page.keyboard.press("End")
    expect(named(page, "live")).to_have_text(re.compile("^Threshold nobody: 0 true positives"))


def test_a_chosen_metric_lights_its_cells_and_fills_in_its_formula(open_widget, matrix):
    page = open_widget(matrix)
    cells = loan_counts().at(0.5).overall
    for metric, definition in DEFINITIONS.items():
        named(page, f"metric-{metric}").click()
        parts = [DEFINITIONS[part] for part in definition.get("parts", [metric])]
        over = {cell for part in parts for cell in part["over"]}
        used = over | {cell for part in parts for cell in part["under"]}
        for cell in CELLS:
            classes = page.locator("td", has=named(page, f"cell-{cell}")).get_attribute("class").split()
            assert ("edu-over" in classes) == (cell in over), (metric, cell)
            assert ("edu-unlit" in classes) == (cell not in used), (metric, cell)
        label, letters, numbers, end = said(page, "formula").split(" = ")
        assert label == label_of(metric)
        for cell in used:
            letters = re.sub(rf"\b{cell}\b", str(getattr(cells, cell)[0]), letters)
        assert letters == numbers
        value = eval(numbers.replace("÷", "/").replace("×", "*"))
        assert value == pytest.approx(rate(cells, metric)[0])
        assert end == rate_words(cells, metric)


def test_focus_lights_a_metric_and_leaving_it_gives_back_the_chosen_one(open_widget, matrix):
    page = open_widget(matrix)
    focus(named(page, "metric-precision"))
    assert said(page, "formula").startswith("Precision")
    page.keyboard.press("Shift+Tab")
    assert said(page, "formula").startswith("False negative rate")
    focus(named(page, "gain"))
    assert said(page, "formula").startswith("True positive rate")
    focus(named(page, "metric-precision"))
    page.keyboard.press("Enter")
    focus(named(page, "gain"))
    assert said(page, "formula").startswith("Precision")
    assert named(page, "metric-precision").get_attribute("aria-pressed") == "true"


def test_shares_of_row_column_and_all_are_those_of_scikit_learn(open_widget):
    rng = np.random.default_rng(1)
    label, score = rng.integers(0, 2, 150), np.round(rng.random(150), 2)
    page = open_widget(ConfusionMatrix.from_predictions(label, score))
    for normalize in ("true", "all", "pred"):
        option(page, f"normalize-{normalize}").click()
        expected = 100 * confusion_matrix(label, score >= 0.5, normalize=normalize)
        assert cells_on(page) == tuple(f"{decimals(share, 1)}%" for share in expected.ravel())
    focus(named(page, "threshold"))
    page.keyboard.press("End")
    assert cells_on(page)[1] == cells_on(page)[3] == "no share: nobody here"


def test_one_group_or_all_by_mouse_and_keys(open_widget, matrix):
    page = open_widget(matrix)
    option(page, "group-woman").click()
    agrees(page, 0.5, "woman")
    assert said(page, "heading").startswith("woman: 86 rows")
    drag(page, named(page, "threshold"), 0.5, 0.3)
    agrees(page, threshold_of(named(page, "threshold")), "woman")
    focus(named(page, "group-woman"))
    page.keyboard.press("ArrowLeft")
    agrees(page, threshold_of(named(page, "threshold")), "man")


def test_money_is_priced_again_as_it_is_typed(open_widget, matrix):
    page = open_widget(matrix)
    cells = loan_counts().at(0.5).overall
    focus(named(page, "gain"))
    page.keyboard.press("Control+a")
    page.keyboard.type("1250.5")
    profit = 1250.5 * cells.tp[0] - 700 * cells.fp[0]
    assert said(page, "profit").endswith(f"= €{profit:,.0f}" if profit % 1 == 0 else f"= €{profit:,.2f}")
    page.keyboard.press("Control+a")
    page.keyboard.type("-")
    assert "1,250.50" in said(page, "profit"), "what is no amount must change nothing"


def points(page, curve: str) -> tuple[float, float]:
    mark = named(page, curve).locator("svg svg")
    return float(mark.get_attribute("x")) + 3, 97 - float(mark.get_attribute("y"))


def test_curves_open_and_their_points_move_with_the_threshold(open_widget, matrix):
    page = open_widget(matrix)
    page.locator("summary").click()
    focus(named(page, "threshold"))
    for key, threshold in [("ArrowRight", 0.501), ("Home", 0.0)]:
        page.keyboard.press(key)
        cells = loan_counts().at(threshold).overall
        fpr, tpr, precision = (
            100 * rate(cells, metric)[0]
            for metric in ("false_positive_rate", "true_positive_rate", "precision")
        )
        assert points(page, "roc") == pytest.approx((fpr, tpr))
        assert points(page, "precision-recall") == pytest.approx((tpr, precision))
    page.keyboard.press("End")
    assert points(page, "roc") == pytest.approx((0, 0))
    expect(named(page, "precision-recall").locator("svg svg")).to_be_hidden()
    curve = named(page, "roc").locator("path:not(.edu-chance)").first.get_attribute("d")
    assert curve.startswith("M100.00 0.00")
    assert curve.endswith("L0.00 100.00")


def test_two_on_one_page_do_not_disturb_each_other(open_widget, matrix):
    other = ConfusionMatrix(loan_counts(), threshold=0.25, group="man", **NAMES)
    page = open_widget(page_of(matrix, other, title="Two"))
    one, two = page.locator(".edu-root").nth(0), page.locator(".edu-root").nth(1)
    before = figures_on(two)
    drag(page, named(one, "threshold"), 0.5, 0.9)
    option(one, "group-woman").click()
    option(one, "normalize-true").click()
    assert figures_on(two) == before
    assert named(two, "group-man").is_checked()
    assert named(two, "normalize-counts").is_checked()
    option(two, "group-null").click()
    assert named(one, "group-woman").is_checked()
    assert cells_on(two) == cells_of(loan_counts().at(0.25).overall)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_light_and_dark(open_widget, axe_violations, page, matrix, scheme):
    page.emulate_media(color_scheme=scheme)
    open_widget(page_of(matrix, many_classes(4), title="Matrices"))
    page.evaluate(OPEN_ALL)
    paper = page.locator(".edu-root").first.evaluate("node => getComputedStyle(node).backgroundColor")
    assert paper == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 24, 29)"}[scheme]
    assert axe_violations(page, "main") == []


@pytest.mark.parametrize("width", [360, 1400])
def test_nothing_is_clipped_on_a_narrow_or_a_wide_page(open_widget, page, matrix, width):
    page.set_viewport_size({"width": width, "height": 800})
    hard = ConfusionMatrix.from_predictions([0, 1, 1, 0], y_pred=[0, 1, 0, 0])
    open_widget(page_of(matrix, hard, many_classes(4), many_classes(20), title="Matrices"))
    page.evaluate(OPEN_ALL)
    assert clipped(page, "main") == []
    focus(named(page.locator(".edu-root").first, "threshold"))
    page.keyboard.press("End")
    assert clipped(page, "main") == []


def many_classes(k: int, seed: int = 0) -> ConfusionMatrix:
    rng = np.random.default_rng(seed)
    true = rng.integers(0, k, 500)
    predicted = np.where(rng.random(500) < 0.6, true, rng.integers(0, k, 500))
    names = np.array([f"class {place}" for place in range(k)])
    return ConfusionMatrix.from_predictions(
        names[true], y_pred=names[predicted], sensitive_features=rng.integers(0, 2, 500)
    )


def test_hard_labels_stand_without_a_slider(open_widget):
    fixed = ConfusionMatrix.from_predictions([0, 1, 1, 0, 1], y_pred=[0, 1, 0, 1, 1])
    page = open_widget(fixed)
    assert page.locator("input[type=range]").count() == 0
    assert page.locator("details").count() == 0
    assert cells_on(page) == ("1", "1", "1", "2")
    assert said(page, "heading") == "all: 5 rows"


def test_many_classes_show_the_matrix_and_light_a_class_with_its_rates(open_widget):
    matrix = many_classes(4)
    page = open_widget(matrix)
    shown = [[said(page, f"cell-{i}-{j}") for j in range(4)] for i in range(4)]
    assert shown == matrix.matrix.astype(int).astype(str).tolist()
    focus(named(page, "class-2"))
    page.keyboard.press("Enter")
    assert named(page, "class-2").get_attribute("aria-pressed") == "true"
    expect(named(page, "class-2")).to_be_focused()
    hits, row, column = matrix.matrix[2, 2], matrix.matrix[2].sum(), matrix.matrix[:, 2].sum()
    recall, precision = decimals(hits / row), decimals(hits / column)
    formula = f"class 2: recall {hits:g} ÷ {row:g} = {recall}; precision {hits:g} ÷ {column:g} = {precision}"
    assert said(page, "formula") == formula
    assert (said(page, "recall-2"), said(page, "precision-2")) == (recall, precision)
    option(page, "group-1").click()
    matrix.group = "1"
    assert said(page, "cell-0-0") == f"{matrix.matrix[0, 0]:g}"


def test_the_page_stands_as_its_twin_where_script_is_off(browser, tmp_path, matrix):
    path = matrix.save_html(tmp_path / "page.html")
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(path.as_uri())
    words = page.locator("main").inner_text()
    context.close()
    assert "Confusion matrix. all: 200 rows, positive from a score of 0.50" in words
    tn, fp = matrix.matrix[0]
    assert re.search(rf"would default\s+{tn}\s+{fp}", words)
    assert "Where the page may run script, the numbers can be moved." in words


def test_a_reader_who_asks_for_less_motion_gets_none(open_widget, page, matrix):
    open_widget(matrix)
    assert page.locator(".edu-root").evaluate(MOVING) > 0
    page.emulate_media(reduced_motion="reduce")
    moving = page.locator(".edu-root").evaluate(MOVING)
    assert moving == 0


def test_on_a_narrow_page_a_rate_and_its_interval_stay_on_one_line(open_widget, page, matrix):
    page.set_viewport_size({"width": 390, "height": 800})
    open_widget(matrix)
    values = page.locator(".edu-metrics .edu-lane > :last-child")
    assert values.count() > 10
    assert max(values.evaluate_all("nodes => nodes.map(node => node.getBoundingClientRect().height)")) < 32
