"""The reader's progress in the browser: counted as Python counts it, asked again, carried, deleted."""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Page, expect

from edutools import Quiz, events, export_progress, import_progress, progress
from edutools.course import lessons_folder, schedule
from edutools.course.exercises import exercise_names
from edutools.course.site import pages
from edutools.course.site.build import shared_files
from edutools.course.site.running import Lesson
from edutools.widgets.questions import bank_names
from tests.browser.learner import answer
from tests.browser.reading import clipped, named
from tests.browser.test_page_events import FILL, LINES, kept
from tests.test_page_events import steps_of_a_learner

START = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
DENIED = """Object.defineProperty(window, "localStorage",
  { get() { throw new DOMException("", "SecurityError"); } })"""
NOW = START + timedelta(days=40)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with this page alone, whose lessons did not run: it shows their titles."""
    made = tmp_path_factory.mktemp("site")
    paths = sorted(lessons_folder().glob("[0-9][0-9]_*.ipynb"))
    lessons = [Lesson(path.stem, nbformat.read(path, as_version=4).cells, {}) for path in paths]
    page = pages.progress_page(lessons)
    (made / page.path).write_text(page.html(), encoding="utf-8")
    for name, content in shared_files([page]).items():
        (made / name).write_text(content, encoding="utf-8")
    return made


@pytest.fixture
def opened(open_widget, folder, page) -> Page:
    """The page as a reader opens it on the day of `NOW`."""
    page.clock.set_fixed_time(NOW)
    page.goto((folder / "progress.html").as_uri())
    page.wait_for_selector("html[data-ready]", state="attached")
    return page


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of what was done in notebooks over a month."""
    folder = tmp_path_factory.mktemp("lived")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EDUTOOLS_HOME", str(folder / "learner"))
        patch.setattr(os, "fsync", lambda descriptor: None)
        dice = random.Random(11)
        for day in (0, 0.3, 2, 9, 25, 30):
            moment = START + timedelta(days=day)
            patch.setenv("EDUTOOLS_CLOCK", moment.isoformat())
            for name in dice.sample(bank_names(), 6):
                quiz = Quiz(name, fresh=dice.random() < 0.4)
                if dice.random() < 0.3:
                    quiz.answers = {}
                for step in steps_of_a_learner(quiz, dice)[:9]:
                    moment += timedelta(seconds=20)
                    patch.setenv("EDUTOOLS_CLOCK", moment.isoformat())
                    quiz.set_state(step)
        for name in exercise_names()[::2]:
            for status in ("incorrect", dice.choice(["incorrect", "correct"])):
                events.record(name, "exercise", {"status": status, "misconception": ""})
        for name in ("01_collect/one", "01_collect/one", "01_collect/two", "prediction/abc"):
            events.record(name, "prediction", {"guess": 1, "answer": 2})
        return export_progress(folder / "edutools-progress.jsonl")


@pytest.fixture
def a_month(lived, monkeypatch) -> Path:
    """That file, which this learner's notebooks hold, too; their clock stands ten days later."""
    monkeypatch.setenv("EDUTOOLS_CLOCK", NOW.isoformat())
    import_progress(lived)
    return lived


def table_on(page: Page) -> list[list[str]]:
    rows = named(page, "table").locator("tbody tr").all()
    return [[cell.inner_text().strip() for cell in row.locator("th, td").all()] for row in rows]


def table_in_python() -> list[list[str]]:
    titles = {path.stem: f"{path.stem[:2]} · " for path in lessons_folder().glob("[0-9][0-9]_*.ipynb")}
    (table,) = progress()._summary()["tables"]
    return [[titles[name], *row] for name, *row in table["rows"]]


def taken_in(page: Page, file: Path) -> None:
    named(page, "import").set_input_files(file)
    expect(named(page, "told")).to_contain_text("Taken in")


def numbers(rows: list[list[str]]) -> list[list[str]]:
    return [[title[:5], *row] for title, *row in rows]


def test_a_reader_who_did_nothing_reads_so_and_can_neither_export_nor_delete(opened, axe_violations):
    expect(named(opened, "kept")).to_contain_text("Nothing is kept in this browser yet")
    assert numbers(table_on(opened)) == numbers(table_in_python())
    expect(named(opened, "due")).to_contain_text("Nothing is due now")
    expect(named(opened, "export")).to_be_disabled()
    expect(named(opened, "delete")).to_be_disabled()
    assert axe_violations(opened, "body") == []


def test_what_notebooks_kept_is_taken_in_and_counted_as_progress_counts_it(opened, a_month):
    named(opened, "import").set_input_files(a_month)
    count = len(events.events())
    expect(named(opened, "told")).to_have_text(
        f"Taken in: {count} entries that were new; 0 were here already."
    )
    assert numbers(table_on(opened)) == numbers(table_in_python())
    due = progress().table["due"]
    assert (due > 0).sum() > 3
    assert (due < progress().table["answered"]).any()
    expect(named(opened, "due")).to_contain_text(f"To be asked again now: {due.sum()}.")
    named(opened, "import").set_input_files(a_month)
    expect(named(opened, "told")).to_have_text(
        f"Taken in: 0 entries that were new; {count} were here already."
    )
    assert kept(opened) == events.events()


def test_what_is_due_is_asked_anew_in_the_order_of_review_and_counts_in_python(opened, a_month, tmp_path):
    taken_in(opened, a_month)
    due = [each.id for each in schedule.due()]
    asked = opened.locator("[data-test=question]")
    expect(asked).to_have_count(5)
    assert [each.get_attribute("data-id") for each in asked.all()] == due[:5]
    quiz = opened.locator(".edu-quiz")
    for question in Quiz(due[:5], fresh=True)._questions:
        answer(quiz, question)
    expect(named(opened, "due")).to_contain_text(f"{len(due) - 5}.")
    named(opened, "more").click()
    assert [each.get_attribute("data-id") for each in asked.all()] == due[5:10]
    answer(quiz, Quiz(due[5:6], fresh=True)._questions[0])
    carried = tmp_path / "carried.jsonl"
    carried.write_text(opened.evaluate(LINES), encoding="utf-8")
    assert import_progress(carried) == len(
        [event for event in kept(opened) if event["time"] >= NOW.isoformat()[:19]]
    )
    assert [each.id for each in schedule.due()] == due[6:]
    assert numbers(table_on(opened)) == numbers(table_in_python())


def test_what_was_done_here_is_exported_as_a_file_that_python_takes_in(
    opened, a_month, tmp_path, monkeypatch
):
    taken_in(opened, a_month)
    with opened.expect_download() as download:
        named(opened, "export").click()
    assert download.value.suggested_filename == "edutools-progress.jsonl"
    there = table_in_python()
    monkeypatch.setenv("EDUTOOLS_HOME", str(tmp_path / "another machine"))
    assert import_progress(download.value.path()) == len(kept(opened))
    assert table_in_python() == there
    assert export_progress(tmp_path / "again.jsonl").read_bytes() == a_month.read_bytes()


def test_a_file_that_holds_something_else_is_refused_by_line_and_nothing_is_taken_in(
    opened, a_month, tmp_path
):
    foreign = tmp_path / "foreign.jsonl"
    foreign.write_bytes(a_month.read_bytes() + b"\n<img src=x onerror=alert(1)>,1\n")
    lines = a_month.read_bytes().count(b"\n")
    named(opened, "import").set_input_files(foreign)
    expect(named(opened, "told")).to_contain_text(f"Nothing was taken in. foreign.jsonl, line {lines + 2}: ")
    expect(named(opened, "told")).to_contain_text("<img src=x onerror=alert(1)>,1")
    assert kept(opened) == []
    with pytest.raises(ValueError, match=f"line {lines + 2}"):
        import_progress(foreign)


def test_a_full_store_takes_in_nothing_and_says_so(opened, a_month):
    opened.evaluate(FILL)
    named(opened, "import").set_input_files(a_month)
    expect(named(opened, "told")).to_contain_text("the browser has no room for it")
    assert kept(opened) == []


def test_deleting_asks_first_by_keyboard_and_then_leaves_nothing(opened, a_month):
    taken_in(opened, a_month)
    count = len(kept(opened))
    opened.evaluate("localStorage.setItem('edutools.dark', 'yes')")
    named(opened, "delete").focus()
    opened.keyboard.press("Enter")
    expect(named(opened, "asks")).to_contain_text(f"Delete all {count} entries")
    expect(named(opened, "delete-no")).to_be_focused()
    opened.keyboard.press("Enter")
    expect(named(opened, "asks")).to_be_hidden()
    expect(named(opened, "delete")).to_be_focused()
    assert len(kept(opened)) == count
    opened.keyboard.press("Enter")
    opened.keyboard.press("Shift+Tab")
    expect(named(opened, "delete-yes")).to_be_focused()
    opened.keyboard.press("Enter")
    expect(named(opened, "told")).to_have_text(f"Deleted: {count} entries.")
    expect(named(opened, "kept")).to_contain_text("Nothing is kept in this browser yet")
    expect(opened.locator("[data-test=question]")).to_have_count(0)
    assert opened.evaluate("Object.entries(localStorage)") == [["edutools.dark", "yes"]]


def test_what_is_done_in_another_tab_shows_at_once(opened, a_month, context):
    other = context.new_page()
    other.goto(opened.url)
    other.wait_for_selector("html[data-ready]", state="attached")
    taken_in(other, a_month)
    expect(named(opened, "kept")).to_contain_text(f"{len(events.events())} entries")
    assert table_on(opened) == table_on(other)


def test_a_page_that_may_keep_nothing_says_so(open_widget, folder, page):
    page.add_init_script(DENIED)
    page.goto((folder / "progress.html").as_uri())
    expect(named(page, "not-kept")).to_contain_text("Nothing is kept here")
    expect(page.locator("table")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_for_every_reader_at_every_width(opened, a_month, axe_violations, scheme):
    opened.emulate_media(color_scheme=scheme)
    taken_in(opened, a_month)
    named(opened, "delete").click()
    for width, parts in (
        (1000, ["body"]),
        (360, [".site-head", ".edu-lessons", "section:has(.edu-confirm)"]),
    ):
        opened.set_viewport_size({"width": width, "height": 800})
        assert [axe_violations(opened, part) for part in parts] == [[]] * len(parts)
        assert clipped(opened, ".edu-progress") == []
