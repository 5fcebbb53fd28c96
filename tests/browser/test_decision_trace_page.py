"""The trace of one decision in a saved page, moved by mouse and keys with no kernel and no network."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from edutools import DecisionTrace
from edutools.widgets.base import page as page_of
from edutools.widgets.decision_trace import LAYERS, score_beside, signed
from edutools.widgets.figures import decimals
from tests.browser.reading import clipped, drag, focus, named, said
from tests.browser.test_hostile_names import EVIL, HOSTILE

FEATURES = ["age", "income", "debt_ratio", "credit_history"]


def people(n: int = 200) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    table = pd.DataFrame(
        {
            "age": rng.integers(18, 81, n),
            "income": rng.lognormal(10.4, 0.4, n).round(-2),
            "debt_ratio": rng.beta(2, 4, n).round(2),
            "credit_history": rng.normal(60, 15, n).round(1),
            "gender": np.where(rng.random(n) < 0.5, "woman", "man"),
        }
    )
    sure = (table.credit_history - 60) / 10 + (table.income - 33_000) / 15_000 - 4 * (table.debt_ratio - 0.3)
    table["repaid"] = (rng.random(n) < 1 / (1 + np.exp(-sure))).astype(int)
    return table


PEOPLE = people()
MODEL = make_pipeline(StandardScaler(), LogisticRegression()).fit(PEOPLE[FEATURES], PEOPLE["repaid"])
SCORES = MODEL.predict_proba(PEOPLE[FEATURES])[:, 1]
PLACE = int(np.argmin(abs(SCORES - 0.4)))
APPLICANT = PEOPLE.iloc[PLACE]
OTHER = "woman" if APPLICANT["gender"] == "man" else "man"


def traced(model=MODEL, **play) -> DecisionTrace:
    usual = {
        "group_feature": "gender",
        "threshold": {"man": 0.5, "woman": 0.35},
        "label_names": ["would default", "would repay"],
        "units": {"income": "€ per year"},
    }
    return DecisionTrace.from_estimator(model, APPLICANT, PEOPLE, **{**usual, **play})


@pytest.fixture
def trace() -> DecisionTrace:
    return traced()


def content(page, test: str) -> str:
    """The text of an element, also in a layer that is closed."""
    return named(page, test).evaluate("node => node.textContent")


def agrees(page, trace: DecisionTrace) -> None:
    """Every figure on the page is Python's, whose state is set to what was done in the page."""
    threshold = trace.threshold[trace.group] if isinstance(trace.threshold, dict) else trace.threshold
    figure, line = score_beside(trace.score, threshold)
    assert content(page, "head-model") == figure
    assert content(page, "head-bias_check") == line
    assert content(page, "head-decision") == trace.decision
    assert content(page, "decision") == trace._decided()
    assert list(map(content_of, page.locator("[data-test=reasons] li").all())) == trace.reasons
    digits = 2 if trace._decider.line else 3
    for place, contribution in enumerate(trace.contributions["contribution"]):
        assert content(page, f"contribution-{place}") == signed(contribution, digits)
        assert content(page, f"value-{place}") == trace._figure(place, trace.values[FEATURES[place]])
    if trace._decider.line:
        assert content(page, "sum") == trace._added_up()[0]
    for (table,) in [trace._group_table()]:
        rows = page.locator("[data-test=by-group] tbody tr").all()
        shown = [[content_of(cell).strip() for cell in row.locator("th, td").all()] for row in rows]
        assert shown == table["rows"]


def content_of(node) -> str:
    return node.evaluate("node => node.textContent")


def near_on(page) -> list[list[str]]:
    rows = page.locator("[data-test=nearest] tbody tr").all()
    return [[content_of(cell) for cell in row.locator("th, td").all()] for row in rows]


def test_the_page_says_what_python_says(open_widget, trace):
    page = open_widget(trace)
    agrees(page, trace)
    (table,) = trace._near_table()
    assert near_on(page) == table["rows"]
    assert content(page, "near") == table["caption"]


def test_a_slider_moves_score_contributions_reasons_and_decision(open_widget, trace):
    page = open_widget(trace)
    slider = named(page, "slider-3")
    focus(slider)
    for key in ("ArrowRight", "ArrowRight", "PageUp", "End", "Home", "ArrowRight"):
        page.keyboard.press(key)
        trace.what_if = {"credit_history": slider.evaluate("node => node.valueAsNumber")}
        agrees(page, trace)
    drag(page, named(page, "slider-1"), 0.5, 0.9)
    income = named(page, "slider-1").evaluate("node => node.valueAsNumber")
    assert income != APPLICANT["income"]
    trace.what_if = {**trace.what_if, "income": income}
    agrees(page, trace)
    assert said(page, "note-input") == "2 changed by you"
    assert said(page, "slider-1") == "" and "€ per year" in content(page, "value-1")
    assert content(page, "near").startswith("The nearest were found for the applicant as given")
    named(page, "reset").click()
    trace.what_if = {}
    agrees(page, trace)
    assert named(page, "reset").is_disabled()
    assert near_on(page) == trace._near_table()[0]["rows"]


def test_the_line_moves_the_threshold_of_the_applicants_group_alone(open_widget, trace):
    page = open_widget(trace)
    focus(named(page, "threshold"))
    for key in ("ArrowLeft", "End", "Home"):
        page.keyboard.press(key)
        moved = named(page, "threshold").evaluate("node => node.valueAsNumber")
        trace.threshold = {**trace.threshold, trace.group: moved}
        agrees(page, trace)


def test_the_other_group_has_the_same_score_and_its_own_threshold(open_widget, trace):
    page = open_widget(trace)
    score = content(page, "head-model")
    page.locator("[data-test=group] label", has_text=re.compile(f"^{OTHER}$")).click()
    trace.group = OTHER
    agrees(page, trace)
    assert content(page, "head-model") == score
    assert content(page, "head-bias_check") == decimals(trace.threshold[OTHER])


def test_a_group_that_the_model_reads_is_written_in_its_column(open_widget):
    X = PEOPLE.assign(gender=(PEOPLE["gender"] == "woman").astype(int))
    features = ["gender", *FEATURES[1:]]
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X[features], X["repaid"])
    trace = DecisionTrace.from_estimator(model, X.iloc[PLACE], X, group_feature="gender", threshold=0.4)
    page = open_widget(trace)
    expect(named(page, "slider-0")).to_have_count(0)
    for place, group in enumerate(("0", "1")):
        page.locator("[data-test=group] label").nth(place).click()
        trace.group = group
        assert content(page, "head-model") == score_beside(trace.score, 0.4)[0]
        assert content(page, "value-0") == group
    assert "The model reads gender" in content(page, "layer-bias_check")


def test_layers_open_by_click_and_by_the_arrow_keys(open_widget, trace):
    trace.layer = "model"
    page = open_widget(trace)

    def shown() -> list[str]:
        return [layer for layer in LAYERS if named(page, f"layer-{layer}").is_visible()]

    assert shown() == ["model"]
    named(page, "card-decision").click()
    assert shown() == ["decision"]
    for key, layer in [
        ("ArrowRight", "input"),
        ("ArrowLeft", "decision"),
        ("Home", "input"),
        ("ArrowDown", "model"),
        ("End", "decision"),
    ]:
        page.keyboard.press(key)
        assert shown() == [layer]
        expect(named(page, f"card-{layer}")).to_be_focused()
        assert page.locator("[role=tab][aria-selected=true]").count() == 1
    page.keyboard.press("Tab")
    expect(named(page, "layer-decision")).to_be_focused()


def test_everything_can_be_reached_by_keys_alone(open_widget, trace):
    page = open_widget(trace)
    reached = set()
    for _ in range(14):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.dataset.test ?? ''"))
    wanted = {"threshold", "card-input", "layer-input", *(f"slider-{place}" for place in range(4))}
    assert wanted <= reached and any(each.startswith("group-") for each in reached)


def test_what_changed_is_said_to_a_screen_reader(open_widget, trace):
    page = open_widget(trace)
    focus(named(page, "threshold"))
    page.keyboard.press("Home")
    expect(named(page, "live")).to_have_text(re.compile(r"Score 0\.\d+, approved\."))
    assert named(page, "threshold").get_attribute("aria-valuetext") == "0.00"
    assert named(page, "slider-1").get_attribute("aria-valuetext").endswith("€ per year")


def test_a_model_that_is_no_sum_says_that_it_needs_a_kernel(open_widget):
    forest = RandomForestClassifier(20, random_state=0).fit(PEOPLE[FEATURES], PEOPLE["repaid"])
    trace = traced(forest)
    page = open_widget(trace)
    agrees(page, trace)
    expect(page.locator("[data-test^=slider-]")).to_have_count(0)
    assert "needs a kernel" in said(page, "what-if")
    page.locator("[data-test=group] label", has_text=re.compile(f"^{OTHER}$")).click()
    trace.group = OTHER
    agrees(page, trace)
    focus(named(page, "threshold"))
    page.keyboard.press("End")
    trace.threshold = {**trace.threshold, OTHER: 1.0}
    agrees(page, trace)


def test_with_rows_in_the_page_the_nearest_are_found_again(open_widget):
    trace = traced(include_rows=True)
    page = open_widget(trace)
    focus(named(page, "slider-3"))
    page.keyboard.press("End")
    end = named(page, "slider-3").evaluate("node => node.valueAsNumber")
    trace.what_if = {"credit_history": end}
    near = trace._decider.nearest(trace.values, trace.threshold, trace.decision == "approved")
    rows = near_on(page)
    assert [row[0] for row in rows] == [*FEATURES, "group", "score", "standard deviations away"]
    for place, one in enumerate(near["nearest"]):
        other = PEOPLE.iloc[one["place"]]
        column = [row[2 + place] for row in rows]
        assert column[:4] == [trace._figure(each, other[name]) for each, name in enumerate(FEATURES)]
        assert column[4:] == [other["gender"], decimals(SCORES[one["place"]], 3), decimals(one["distance"])]
    assert "the features and scores of the other people" in page.locator("footer").inner_text()


def test_two_traces_on_a_page_move_apart(open_widget, trace):
    page = open_widget(page_of(trace, traced(), title="two"))
    one, two = (page.locator(".edu-root").nth(place) for place in (0, 1))
    before = content(two, "head-model")
    focus(named(one, "slider-3"))
    page.keyboard.press("End")
    assert content(one, "head-model") != before == content(two, "head-model")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("rows", [False, True])
def test_axe_finds_nothing_in_any_layer(open_widget, axe_violations, page, scheme, rows):
    page.emulate_media(color_scheme=scheme)
    open_widget(traced(include_rows=rows))
    for layer in LAYERS:
        named(page, f"card-{layer}").click()
        assert axe_violations(page, "body") == []


@pytest.mark.parametrize("width", [360, 1400])
def test_nothing_is_clipped_on_a_narrow_or_a_wide_page(open_widget, page, width):
    page.set_viewport_size({"width": width, "height": 800})
    long = "months_since_the_last_instalment_that_was_paid_too_late"
    X = PEOPLE.rename(columns={"credit_history": long})
    features = [*FEATURES[:3], long]
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X[features], X["repaid"])
    open_widget(
        DecisionTrace.from_estimator(model, X.iloc[PLACE], X, group_feature="gender", include_rows=True)
    )
    for layer in LAYERS:
        named(page, f"card-{layer}").click()
        assert clipped(page) == []


def test_every_name_is_text(open_widget, nothing_runs):
    rng = np.random.default_rng(0)
    names = [name for name in HOSTILE if name]
    X = pd.DataFrame(rng.normal(size=(240, len(names))), columns=names)
    y = (X.sum(axis=1) > 0).astype(int)
    groups = np.array(HOSTILE)[np.arange(240) % len(HOSTILE)]
    trace = DecisionTrace.from_estimator(
        make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y),
        X.iloc[0],
        X,
        sensitive_features=groups,
        group="__proto__",
        threshold={name: 0.4 for name in HOSTILE},
        decision_names=[EVIL, "<b>yes</b>"],
        label_names=[EVIL, "</td>"],
        units={EVIL: "<script>"},
    )
    page = open_widget(trace)
    for place, name in enumerate(names):
        focus(named(page, f"slider-{place}"))
        page.keyboard.press("End")
        end = named(page, f"slider-{place}").evaluate("node => node.valueAsNumber")
        trace.what_if = {**trace.what_if, name: end}
        assert content(page, f"value-{place}") == trace._figure(place, end)
        assert content(page, "head-decision") == trace.decision
    focus(named(page, "threshold"))
    page.keyboard.press("End")
    trace.threshold = {**trace.threshold, "__proto__": 1.0}
    for layer in LAYERS:
        named(page, f"card-{layer}").click()
    assert content(page, "decision") == trace._decided()
    assert [each[0].removesuffix(" (this applicant)") for each in trace._group_table()[0]["rows"]] == list(
        trace._decider.groups.names
    )
    assert EVIL in page.locator(".edu-root").inner_text()


def test_the_page_stands_as_its_twin_where_script_is_off(browser, tmp_path, trace):
    path = trace.save_html(tmp_path / "page.html")
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(path.as_uri())
    words = page.locator("body").inner_text()
    context.close()
    for sentence in (trace._decided(), *trace.reasons):
        assert sentence in words
    assert "Where the page may run script, the numbers can be moved." in words
