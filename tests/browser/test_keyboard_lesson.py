"""A whole lesson by real key presses alone: each cell run, each widget, question and exercise used."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from edutools.course.exercises import _catalogue
from edutools.widgets.quiz import Quiz
from tests.browser.jupyterlab import VIEW, Lab, active_cell, cell_count, lab, outputs
from tests.browser.keyboard import Reader
from tests.browser.learner import TASK, right_answer
from tests.test_lessons_built import LESSONS

LESSON = "05_evaluate"
CELLS = "window.jupyterapp.shell.currentWidget.content.widgets"
IDLE = f"""() => {CELLS}.every(cell => !cell.promptNode?.textContent.includes("*"))
  && window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel.status === "idle"
"""
HAS_FOCUS = f"place => {CELLS}[place].node.contains(document.activeElement)"
HAS_WIDGET = f"place => {CELLS}[place].node.querySelector('.edu-root')?.childElementCount > 0"


def answers_of(name: str) -> dict[str, tuple[str, Any]]:
    """The right answer to each question of a bank, as the reader gives it."""
    right = {}
    for question in Quiz(name, fresh=True)._questions:
        kind = question["type"]
        answer = None if kind == "open" else right_answer(question)
        if kind == "match":
            answer = [question["choices"][target] for target in answer]
        right[question["id"]] = (kind, answer)
    return right


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("private")


@pytest.fixture(scope="module")
def server(private: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("lessons")
    shutil.copy(LESSONS / f"{LESSON}.ipynb", folder)
    with lab(folder, private) as running:
        yield running


@pytest.fixture(scope="module")
def page(server: Lab, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1200, "height": 1000})
    page = context.new_page()
    server.open(page, f"{LESSON}.ipynb")
    yield page
    context.close()


def sources(page: Page) -> list[str]:
    return page.evaluate(f"() => {CELLS}.map(cell => cell.model.sharedModel.getSource())")


def shown_by_cell(page: Page) -> list[list[dict[str, Any]]]:
    return page.evaluate(f"() => {CELLS}.map(cell => cell.model.toJSON().outputs ?? [])")


def go_to_cell(page: Page, place: int) -> None:
    """From wherever the keyboard is, into a widget's output too."""
    page.keyboard.press("Escape")
    while (now := active_cell(page)) != place:
        page.keyboard.press("j" if now < place else "k")
    # A cell that was far away comes into the page first.
    page.wait_for_function(HAS_FOCUS, arg=place)


def test_every_cell_runs_by_keys(page):
    go_to_cell(page, 0)
    for place in range(cell_count(page)):
        assert active_cell(page) == place
        page.keyboard.press("Shift+Enter")
        page.wait_for_function(IDLE)
    assert [each for cell in outputs(page) for each in cell if each["output_type"] == "error"] == []


def test_every_widget_and_question_is_reached_and_used_by_keys(page, private):
    reader = Reader(page, answers_of(LESSON))
    shows = [any(VIEW in each.get("data", {}) for each in cell) for cell in shown_by_cell(page)]
    with_widgets = [place for place, any_widget in enumerate(shows) if any_widget]
    for place in with_widgets:
        go_to_cell(page, place)
        page.wait_for_function(HAS_WIDGET, arg=place)
        reader.go_through(ends=lambda stop, own=place: stop["cell"] != own)
    assert reader.unseen == []
    assert {cell for cell, _ in reader.visited} == set(with_widgets) and len(with_widgets) > 5
    assert {"edu-predict", "edu-quiz", "edu-confusion_matrix", "edu-group_metrics"} <= {
        widget for widget, _ in reader.operated
    }
    kept = [json.loads(line) for file in (private / "learner").rglob("*.jsonl") for line in file.open()]
    answered = {event["item"]: event["value"] for event in kept if event["kind"] == "quiz"}
    assert set(answered) == set(reader.answers)
    assert all(value["right"] or reader.answers[item][0] == "open" for item, value in answered.items())
    asked = set(re.findall(rf'item="({LESSON}/[^"]+)"', "\n".join(sources(page))))
    assert {event["item"] for event in kept if event["kind"] == "prediction"} == asked


def test_escape_leads_from_a_widget_back_to_its_cell_and_an_exercise_is_solved_by_keys(page):
    tasks = [found for source in sources(page) for found in TASK.findall(source)]
    solved = 0
    for variable, task in tasks:
        solution = _catalogue()[task]["solution"].strip()
        if "\n " in solution:
            continue  # the editor indents by itself
        slider = page.locator('.edu-root input[type="range"]').first
        slider.focus()
        checked = f"{variable}.check("
        go_to_cell(page, next(at for at, source in enumerate(sources(page)) if checked in source))
        page.keyboard.press("Enter")
        page.keyboard.press("Control+a")
        page.keyboard.type(f"{solution}\n{variable}.check(answer)")
        place = active_cell(page)
        page.keyboard.press("Shift+Enter")
        page.wait_for_function(IDLE)
        shown = page.evaluate(
            "place => window.jupyterapp.shell.currentWidget.content.widgets[place].outputArea.node.innerText",
            place,
        )
        assert "✓ Correct." in shown, shown
        solved += 1
    assert solved


def test_the_same_lesson_on_the_site_by_keys(site, browser):
    context = browser.new_context(viewport={"width": 1200, "height": 1000}, offline=True)
    page = context.new_page()
    page.goto((site / f"{LESSON}.html").as_uri())
    page.wait_for_selector("html[data-ready]", state="attached")
    reader = Reader(page, answers_of(LESSON))
    reader.go_through(ends=lambda stop: stop["outside"])
    assert reader.unseen == []
    assert {place for _, place in reader.visited} == set(range(page.locator(".edu-root").count()))
    score = page.locator('.edu-root.edu-quiz [data-test="score"]').last.inner_text()
    context.close()
    total = len(reader.answers)
    assert f"{total} of {total} answered" in score
