"""What if in a saved page, moved by mouse and keys with no kernel and no network."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from edutools import WhatIf
from edutools.widgets.applicant import signed
from edutools.widgets.base import page as page_of
from edutools.widgets.figures import decimals
from tests.browser.reading import clipped, drag, focus, named, option, said
from tests.browser.test_hostile_names import EVIL, HOSTILE

NUMBERS = ["age", "income", "debt_ratio"]
COLUMNS = [*NUMBERS, "home"]


def people(n: int = 200) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    table = pd.DataFrame(
        {
            "age": rng.integers(18, 81, n),
            "income": rng.lognormal(10.4, 0.4, n).round(-2),
            "debt_ratio": rng.beta(2, 4, n).round(2),
            "home": rng.choice(["own", "rent", "mortgage"], n),
        }
    )
    sure = (table.income - 33_000) / 15_000 - 4 * (table.debt_ratio - 0.3) + (table.home == "own")
    return table.assign(repaid=(rng.random(n) < 1 / (1 + np.exp(-sure))).astype(int))


PEOPLE = people()
X = PEOPLE[COLUMNS]
GROUPS = np.where(np.random.default_rng(4).random(len(X)) < 0.5, "woman", "man")
LOGISTIC = make_pipeline(
    make_column_transformer((OneHotEncoder(), ["home"]), (StandardScaler(), NUMBERS)), LogisticRegression()
).fit(X, PEOPLE["repaid"])
FOREST = make_pipeline(
    make_column_transformer((OneHotEncoder(), ["home"]), remainder="passthrough"),
    RandomForestClassifier(20, random_state=0),
).fit(X, PEOPLE["repaid"])
SCORES = LOGISTIC.predict_proba(X)[:, 1]
PLACE = int(np.argmin(abs(SCORES - 0.4)))


def asked(model=LOGISTIC, **play) -> WhatIf:
    usual = {
        "row": PLACE,
        "sensitive_features": GROUPS,
        "threshold": {"man": 0.5, "woman": 0.45},
        "changeable": ["income", "debt_ratio"],
        "units": {"income": "€"},
    }
    return WhatIf.from_estimator(model, X, **{**usual, **play})


@pytest.fixture
def widget() -> WhatIf:
    return asked(include_rows=True)


def content(page, test: str) -> str:
    return named(page, test).evaluate("node => node.textContent")


def table_on(page, test: str) -> list[list[str]]:
    return page.locator(f"[data-test={test}] tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].map(cell => cell.textContent.trim()))"
    )


def agrees(page, widget: WhatIf) -> None:
    """Every figure on the page is Python's, whose state is set to what was done in the page."""
    assert content(page, "decision") == widget._decided()
    digits = 2 if widget._engine.additive else 3
    for place, contribution in enumerate(widget.contributions["contribution"]):
        assert content(page, f"contribution-{place}") == signed(contribution, digits)
        shown = named(page, f"value-{place}")
        if shown.count():
            assert content(page, f"value-{place}") == widget._figure(place, widget._values()[place])
    assert content(page, "flip") == widget._flipped()[0]
    if widget.changeable:
        (alone,) = widget._alone_table()
        assert table_on(page, "alone") == [row[:4] for row in alone["rows"]]
    near = widget._near_table()
    assert content(page, "near") == near["caption"]
    if widget._groups.names:
        assert table_on(page, "by-group") == widget._group_table()[0]["rows"]


def test_the_page_says_what_python_says(open_widget, widget):
    page = open_widget(widget)
    agrees(page, widget)
    assert content(page, "note") == ""


def test_sliders_and_lists_move_score_contributions_changes_and_decision(open_widget, widget):
    page = open_widget(widget)
    slider = named(page, "slider-2")
    focus(slider)
    for key in ("ArrowRight", "PageUp", "End", "Home", "ArrowUp", "ArrowLeft"):
        page.keyboard.press(key)
        widget.what_if = {"debt_ratio": slider.evaluate("node => node.valueAsNumber")}
        agrees(page, widget)
    drag(page, named(page, "slider-1"), 0.5, 0.85)
    moved = named(page, "slider-1").evaluate("node => node.valueAsNumber")
    step = widget._engine.features[1].step
    assert moved != X["income"][PLACE] and moved % step == 0
    widget.what_if = {**widget.what_if, "income": moved}
    agrees(page, widget)
    named(page, "list-3").select_option("own")
    widget.what_if = {**widget.what_if, "home": "own"}
    agrees(page, widget)
    named(page, "reset").click()
    widget.what_if = {}
    agrees(page, widget)
    assert named(page, "reset").is_disabled()


def test_an_arrow_key_moves_by_one_step_from_a_value_between_two(open_widget):
    row = X.iloc[PLACE].to_dict() | {"income": 31_234.0}
    page = open_widget(asked(row=row, group="man"))
    slider = named(page, "slider-1")
    assert slider.evaluate("node => node.valueAsNumber") == 31_234
    focus(slider)
    page.keyboard.press("ArrowRight")
    assert slider.evaluate("node => node.valueAsNumber") == 32_234


def test_the_smallest_change_is_made_at_a_touch_and_flips(open_widget, widget):
    page = open_widget(widget)
    before = widget.decision
    named(page, "make").click()
    widget.what_if = widget.smallest_change
    assert widget.decision != before
    agrees(page, widget)


def test_what_may_change_is_ticked_and_nothing_is_sought_before(open_widget, widget):
    page = open_widget(widget)
    for place, name in ((1, "income"), (2, "debt_ratio")):
        named(page, f"may-{place}").click()
        widget.changeable = [each for each in widget.changeable if each != name]
    expect(named(page, "flip")).to_contain_text("No feature may change yet")
    expect(named(page, "make")).to_be_hidden()
    focus(named(page, "may-3"))
    page.keyboard.press("Space")
    widget.changeable = ["home"]
    agrees(page, widget)


def test_a_group_is_flipped_at_a_touch(open_widget, widget):
    page = open_widget(widget)
    other = next(group for group in ("man", "woman") if group != widget.group)
    option(page, f"group-{('man', 'woman').index(other)}").click()
    widget.group = other
    agrees(page, widget)
    focus(named(page, "threshold"))
    page.keyboard.press("End")
    widget.threshold = {**widget.threshold, other: 1.0}
    agrees(page, widget)


def test_a_group_that_the_model_reads_is_written_in_its_column(open_widget):
    widget = asked(sensitive_features=None, group_feature="home", threshold=0.5)
    page = open_widget(widget)
    expect(named(page, "list-3")).to_have_count(0)
    expect(named(page, "may-3")).to_have_count(0)
    for place, group in enumerate(widget._groups.names):
        option(page, f"group-{place}").click()
        widget.group = group
        assert content(page, "decision") == widget._decided()
        assert content(page, "value-3") == group


def test_the_curve_is_that_of_the_feature_chosen(open_widget, widget):
    page = open_widget(widget)
    chart = page.locator(".edu-chart")
    expect(chart).to_have_attribute("aria-label", "The score along age, all else as it is")
    named(page, "feature").select_option("home")
    widget.feature = "home"
    shown = [
        f"{decimals(one, 3)} (on average {decimals(mean, 3)})"
        for one, mean in widget.curve.itertuples(index=False)
    ]
    assert [content(page, f"level-{turn}") for turn in range(3)] == shown
    named(page, "feature").select_option("income")
    widget.feature = "income"
    line = page.locator(".edu-ice-line").get_attribute("d")
    heights = [float(each) for each in re.findall(r"[ML]-?[\d.]+ (-?[\d.]+)", line)]
    top, bottom = 10, 220 - 36
    assert heights == pytest.approx(bottom - (bottom - top) * widget.curve["applicant"].to_numpy(), abs=0.06)
    people = page.locator(".edu-pd-line").get_attribute("d")
    heights = [float(each) for each in re.findall(r"[ML]-?[\d.]+ (-?[\d.]+)", people)]
    assert heights == pytest.approx(bottom - (bottom - top) * widget.curve["people"].to_numpy(), abs=0.06)


def test_neighbours_stand_beside_the_applicant_where_rows_came_along(open_widget, widget):
    page = open_widget(widget)
    near = widget._nearest()["nearest"][:2]
    shown = table_on(page, "nearest")
    assert [row[0] for row in shown] == [*COLUMNS, "group", "score", "distance"]
    for turn, one in enumerate(near):
        other = X.iloc[one["place"]]
        own = [widget._figure(place, other[name]) for place, name in enumerate(COLUMNS)]
        own += [GROUPS[one["place"]], decimals(SCORES[one["place"]], 3), decimals(one["distance"])]
        assert [row[2 + turn] for row in shown] == own


def test_without_rows_the_nearest_are_known_as_saved_alone(open_widget):
    widget = asked()
    page = open_widget(widget)
    assert [row[:2] for row in table_on(page, "nearest")] == [row[:2] for row in widget._near_table()["rows"]]
    focus(named(page, "slider-0"))
    page.keyboard.press("End")
    expect(named(page, "near")).to_have_text(re.compile("no kernel and no rows"))
    expect(named(page, "nearest")).to_be_hidden()


def test_a_saved_page_of_another_model_says_that_it_cannot_compute(open_widget):
    widget = asked(FOREST, threshold=0.5)
    page = open_widget(widget)
    agrees(page, widget)
    expect(named(page, "note")).to_contain_text("This page has no kernel")
    for test in ("slider-0", "slider-2", "list-3", "may-1", "reset"):
        expect(named(page, test)).to_be_disabled()
    expect(named(page, "make")).to_be_hidden()
    focus(named(page, "threshold"))
    page.keyboard.press("Home")
    assert content(page, "decision").startswith("Decision: approved")
    assert content(page, "contribution-0") == signed(widget.contributions["contribution"].iloc[0], 3)
    expect(named(page, "flip")).to_have_text("This page has no kernel that could compute it.")
    named(page, "feature").select_option("income")
    expect(page.locator(".edu-ice-line")).to_have_attribute("d", "")


def test_everything_can_be_reached_by_keys_alone(open_widget, widget):
    page = open_widget(widget)
    reached = set()
    for _ in range(24):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.dataset.test ?? ''"))
    wanted = {"threshold", "slider-0", "slider-2", "list-3", "may-0", "may-3", "make", "feature"}
    assert wanted <= reached and any(each.startswith("group-") for each in reached)


def test_what_changed_is_said_to_a_screen_reader(open_widget, widget):
    page = open_widget(widget)
    focus(named(page, "slider-1"))
    page.keyboard.press("End")
    expect(named(page, "live")).to_have_text(re.compile(r"Score 0\.\d+, (approved|refused)\."))
    assert named(page, "slider-1").get_attribute("aria-valuetext").endswith("€")


def test_targets_are_large_enough_to_touch(open_widget, page, widget):
    page.set_viewport_size({"width": 360, "height": 800})
    open_widget(widget)
    for place in page.locator("input[type=range], select, button, label:has(input)").all():
        box = place.bounding_box()
        assert box is None or (box["height"] >= 24 and box["width"] >= 24)


def test_two_on_a_page_move_apart(open_widget, widget):
    page = open_widget(page_of(widget, asked(), title="two"))
    one, two = (page.locator(".edu-root").nth(place) for place in (0, 1))
    before = content(two, "decision")
    focus(named(one, "slider-1"))
    page.keyboard.press("End")
    assert content(one, "decision") != before == content(two, "decision")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("model", ["logistic", "forest"])
def test_axe_finds_nothing(open_widget, axe_violations, page, scheme, model):
    page.emulate_media(color_scheme=scheme)
    open_widget(asked(LOGISTIC if model == "logistic" else FOREST, include_rows=model == "logistic"))
    for feature in ("age", "home"):
        named(page, "feature").select_option(feature)
        assert axe_violations(page, "body") == []


@pytest.mark.parametrize("width", [360, 700, 1400])
def test_nothing_is_clipped_on_a_narrow_or_a_wide_page(open_widget, page, width):
    page.set_viewport_size({"width": width, "height": 800})
    long = "months_since_the_last_instalment_that_was_paid_too_late"
    table = X.rename(columns={"debt_ratio": long}).replace(
        {"home": {"own": "in a house of which they own a part"}}
    )
    numbers = ["age", "income", long]
    model = make_pipeline(
        make_column_transformer((OneHotEncoder(), ["home"]), (StandardScaler(), numbers)),
        LogisticRegression(),
    ).fit(table, PEOPLE["repaid"])
    widget = WhatIf.from_estimator(
        model, table, row=PLACE, sensitive_features=GROUPS, changeable=[long, "home"], include_rows=True
    )
    open_widget(widget)
    for feature in (long, "home"):
        named(page, "feature").select_option(feature)
        assert clipped(page) == []


def test_every_name_is_text(open_widget, nothing_runs):
    rng = np.random.default_rng(0)
    names = [name for name in HOSTILE if name]
    table = pd.DataFrame(rng.normal(size=(240, len(names))), columns=names)
    table["level"] = np.array(HOSTILE)[np.arange(240) % len(HOSTILE)]
    y = (table[names].sum(axis=1) > 0).astype(int)
    model = make_pipeline(
        make_column_transformer((OneHotEncoder(), ["level"]), remainder="passthrough"), LogisticRegression()
    ).fit(table, y)
    widget = WhatIf.from_estimator(
        model,
        table,
        row=0,
        sensitive_features=np.array(HOSTILE)[np.arange(240) % len(HOSTILE)],
        threshold={name: 0.4 for name in HOSTILE},
        changeable=[*names, "level"],
        decision_names=[EVIL, "<b>yes</b>"],
        units={names[0]: "<script>"},
        include_rows=True,
    )
    page = open_widget(widget)
    for place, name in enumerate(names):
        focus(named(page, f"slider-{place}"))
        page.keyboard.press("End")
        end = named(page, f"slider-{place}").evaluate("node => node.valueAsNumber")
        widget.what_if = {**widget.what_if, name: end}
        assert content(page, "decision") == widget._decided()
    for level in ("__proto__", EVIL):
        named(page, f"list-{len(names)}").select_option(level)
        widget.what_if = {**widget.what_if, "level": level}
        assert content(page, "decision") == widget._decided()
        assert content(page, "flip") == widget._flipped()[0]
    for name in (*names, "level"):
        named(page, "feature").select_option(name)
    assert said(page, "alone") and EVIL in page.locator(".edu-root").inner_text()


def test_the_page_stands_as_its_twin_where_script_is_off(browser, tmp_path, widget):
    path = widget.save_html(tmp_path / "page.html")
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(path.as_uri())
    words = page.locator("body").inner_text()
    context.close()
    for sentence in (widget._decided(), *widget._flipped()):
        assert sentence in words
    assert "Where the page may run script, the numbers can be moved." in words
