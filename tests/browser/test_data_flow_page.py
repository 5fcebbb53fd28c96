"""The cards of a pipeline in a saved page, stepped through by mouse and keys, with no kernel."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from playwright.sync_api import expect

from edutools import DataFlow, load_loans
from edutools.course.pipeline import assign_rows, balancing_weights, engineer_features, preprocess
from edutools.texts import text
from edutools.widgets.base import page as page_of
from edutools.widgets.figures import decimals, interval, wholes
from tests.browser.reading import clipped, figures_on, focus, named, said
from tests.browser.test_hostile_names import EVIL, HOSTILE

LOANS = load_loans()
ROWS = assign_rows(LOANS)
CLEAN = preprocess(LOANS, learn_from=LOANS[ROWS == "train"])
TABLE = engineer_features(CLEAN, learn_from=CLEAN[ROWS == "train"])
STAGES = ["collected", "clean", "weighted", "features", "copied"]


@pytest.fixture
def flow() -> DataFlow:
    flow = DataFlow(sensitive_features="gender", label="repaid", include_rows=True)
    flow.record("collected", LOANS, note="As they were asked.")
    flow.record("clean", CLEAN)
    flow.record("weighted", CLEAN, sample_weight=balancing_weights(CLEAN["gender"]))
    flow.record("features", TABLE.drop(columns="repaid"))
    flow.record("copied", pd.concat([CLEAN, CLEAN[CLEAN["gender"] == "woman"].head(100)]))
    flow.stage = "collected"
    return flow


def agrees(page, flow: DataFlow, stage: str) -> None:
    """Every figure on the open card is Python's, as its rows of `stages` and `by_group` say."""
    row = flow.stages.loc[stage]
    shape = f"{wholes(row['rows'])} rows × {wholes(row['columns'])} columns"
    assert said(page, "heading") == f"{stage}: {shape}"
    if stage != STAGES[0]:
        assert said(page, "missing") == wholes(row["missing"])
        for key in ("columns_gained", "columns_lost"):
            assert said(page, key) == (", ".join(row[key]) or "none")
        for key in ("rows_gained", "rows_lost", "changed", "filled", "emptied"):
            assert said(page, key) == ("not compared" if pd.isna(row[key]) else wholes(row[key]))
    for place, (group, figures) in enumerate(flow.by_group.loc[stage].iterrows()):
        for key in ("share", "weighted_share", "base_rate", "weighted_base_rate"):
            if key.startswith("weighted") and stage != "weighted":
                assert named(page, f"{key}-{place}").count() == 0
                continue
            limits = figures[f"{key}_low"], figures[f"{key}_high"]
            words = f"{decimals(figures[key])} {interval(limits)}"
            if pd.isna(figures[key]):
                words = f"undefined: no label is known in {group}"
            assert said(page, f"{key}-{place}") == words


def test_arrow_keys_step_through_the_cards_and_every_figure_is_python_s(open_widget, flow):
    page = open_widget(flow)
    focus(named(page, "stage-0"))
    agrees(page, flow, "collected")
    assert said(page, "note") == "As they were asked."
    for stage in STAGES[1:]:
        page.keyboard.press("ArrowRight")
        agrees(page, flow, stage)
    page.keyboard.press("ArrowRight")
    agrees(page, flow, "collected")
    page.keyboard.press("ArrowLeft")
    agrees(page, flow, "copied")


def test_a_click_opens_a_card_whose_face_says_what_changed(open_widget, flow):
    page = open_widget(flow)
    face = page.locator('label:has([data-test="stage-1"])')
    row = flow.stages.loc["clean"]
    assert re.split(r"\n+", face.inner_text()) == [
        "clean",
        "1,000 × 8",
        "columns −2",
        f"{row['changed']} changed",
        f"{row['filled']} filled",
    ]
    face.click()
    agrees(page, flow, "clean")
    rows = named(page, "by-column").locator("tbody tr").all_inner_texts()
    common = list(CLEAN.columns)
    gaps = LOANS[common].isna().sum()
    shown = {row.split()[0]: [int(cell) for cell in row.split()[1:]] for row in rows}
    assert {column: cells[1] for column, cells in shown.items() if cells[1]} == dict(gaps[gaps > 0])


def test_any_two_stages_can_be_compared_and_the_mark_moves(open_widget, flow):
    page = open_widget(flow)
    named(page, "stage-2").check(force=True)
    expect(named(page, "by-column")).to_have_count(0)
    focus(named(page, "compared-with"))
    named(page, "compared-with").select_option(label="collected")
    assert said(page, "columns_lost") == "name, phone"
    assert said(page, "filled") == wholes(flow.stages.loc["clean", "filled"])
    expect(named(page, "compared-with")).to_be_focused()
    share = flow.by_group.loc[("collected", "woman"), "share"]
    assert said(page, "was-weighted_share-1") == f"was {decimals(share)}"
    mark = page.locator(".edu-lane", has=named(page, "weighted_share-1")).locator(".edu-axis > b")
    left = float(mark.evaluate("node => parseFloat(node.style.left)"))
    assert left == pytest.approx(100 * share)
    named(page, "stage-0").check(force=True)
    assert said(page, "first").startswith("Nothing stands before the first stage")
    named(page, "compared-with").select_option(label="clean")
    assert said(page, "columns_gained") == "name, phone"
    assert said(page, "emptied") == wholes(LOANS.drop(columns=["name", "phone"]).isna().sum().sum())


def test_a_base_rate_without_labels_is_hatched_with_its_reason(open_widget, flow):
    page = open_widget(flow)
    named(page, "stage-3").check(force=True)
    assert said(page, "base_rate-0") == "undefined: no label is known in man"
    axis = page.locator(".edu-lane", has=named(page, "base_rate-0")).locator(".edu-axis")
    expect(axis).to_have_class(re.compile("edu-undefined"))
    assert "there is no column repaid" in " ".join(named(page, "remark").all_inner_texts())


def test_one_row_is_shown_beside_the_stage_before_without_identifiers(open_widget, flow):
    page = open_widget(flow)
    assert said(page, "withheld") == "Withheld: name, phone."
    named(page, "stage-1").check(force=True)
    assert said(page, "withheld") == "Withheld: name, phone."
    cells = [row.split("\t") for row in named(page, "example").locator("tbody tr").all_inner_texts()]
    assert [cell[0] for cell in cells] == list(CLEAN.columns)
    assert ["gender", LOANS["gender"][0], CLEAN["gender"][0]] in cells
    content = page.content()
    assert LOANS["name"][0] not in content and LOANS["phone"][0] not in content
    named(page, "stage-4").check(force=True)
    chosen = DataFlow(include_rows=True, example=-1)
    chosen.record("only", CLEAN)
    page = open_widget(chosen)
    assert said(page, "example-absent") == "No row of only bears this label."


def test_copied_labels_are_said_and_cells_are_not_compared(open_widget, flow):
    page = open_widget(flow)
    named(page, "stage-4").check(force=True)
    assert "200 rows bear an index label that another row bears too" in said(page, "remark")
    assert said(page, "changed") == "not compared"


def test_an_empty_flow_says_how_to_fill_it(open_widget):
    page = open_widget(DataFlow())
    assert said(page, "none").startswith("Nothing has been recorded yet")


def test_two_on_one_page_do_not_disturb_each_other(open_widget, flow):
    other = DataFlow(label="repaid")
    other.record("a", CLEAN)
    other.record("b", TABLE)
    page = open_widget(page_of(flow, other, title="Two"))
    one, two = page.locator(".edu-root").nth(0), page.locator(".edu-root").nth(1)
    before = figures_on(two)
    named(one, "stage-3").check(force=True)
    assert figures_on(two) == before
    named(two, "stage-0").check(force=True)
    assert said(one, "heading").startswith("features")


@pytest.mark.usefixtures("nothing_runs")
def test_every_name_is_text(open_widget):
    table = pd.DataFrame({name: [name] * len(HOSTILE) for name in HOSTILE}, index=HOSTILE)
    table[EVIL] = HOSTILE
    flow = DataFlow(sensitive_features=EVIL, label="", pos_label="", include_rows=True, identifiers=["null"])
    for name in HOSTILE:
        if name.strip():
            flow.record(name, table, note=name)
    page = open_widget(flow)
    names = [name for name in HOSTILE if name.strip()]
    faces = page.locator(".edu-flow strong").evaluate_all("nodes => nodes.map(node => node.textContent)")
    assert faces == names
    for place, name in enumerate(names):
        named(page, f"stage-{place}").check(force=True)
        heading = named(page, "heading").evaluate("node => node.textContent")
        size = f"{len(HOSTILE)} rows × {len(HOSTILE)} columns"
        assert heading == text("data_flow.live", name=name, shape=size)
        assert named(page, "note").evaluate("node => node.textContent") == name
    columns = named(page, "example").locator("tbody th")
    shown = columns.evaluate_all("nodes => nodes.map(node => node.textContent)")
    assert shown == [name for name in HOSTILE if name != "null"]
    named(page, "compared-with").select_option(label="constructor")
    lanes = named(page, "panel-share").locator(".edu-lane > :first-child")
    assert sorted(each.strip() for each in lanes.evaluate_all("n => n.map(each => each.textContent)")) == (
        sorted(name.strip() for name in HOSTILE)
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_light_and_dark(open_widget, axe_violations, page, flow, scheme):
    page.emulate_media(color_scheme=scheme)
    open_widget(flow)
    for place in range(len(STAGES)):
        named(page, f"stage-{place}").check(force=True)
        assert axe_violations(page, "body") == []


@pytest.mark.parametrize("width", [360, 1400])
def test_nothing_is_clipped_on_a_narrow_or_a_wide_page(open_widget, page, flow, width):
    page.set_viewport_size({"width": width, "height": 800})
    long = CLEAN.rename(columns={"age": "Donaudampfschifffahrtsgesellschaftskapitänsalter"})
    flow.record("Donaudampfschifffahrtsgesellschaftskapitänsmütze", long, note="long")
    open_widget(flow)
    for place in range(len(STAGES) + 1):
        named(page, f"stage-{place}").check(force=True)
        assert clipped(page) == []


def test_the_page_stands_as_its_twin_where_script_is_off(browser, tmp_path, flow):
    path = flow.save_html(tmp_path / "page.html")
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(path.as_uri())
    words = page.locator("body").inner_text()
    context.close()
    assert re.search(r"clean\s+1,000 × 8\s+none\s+name, phone\s+0\s+0\s+9\s+", words)
    assert "one person's row at each stage" in words
