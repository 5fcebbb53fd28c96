"""Each lesson, gone through in JupyterLab as a learner does: guesses, sliders, questions and exercises."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from edutools import events
from edutools.course.exercises import _catalogue
from edutools.widgets.quiz import Quiz
from tests.browser.jupyterlab import Lab, assert_every_widget_shows, lab, outputs, run_all, set_theme
from tests.browser.learner import TASK, answer, plain, play_with, predict, write_and_run
from tests.browser.reading import clipped, named
from tests.test_lessons_built import LESSONS, NAMES

A_MONTH_LATER = """import os
os.environ["EDUTOOLS_CLOCK"] = "2026-02-02T12:00:00Z"
from edutools import progress, review
review()"""


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("private")


@pytest.fixture(scope="module")
def server(private: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("lessons")
    for name in NAMES:
        shutil.copy(LESSONS / f"{name}.ipynb", folder)
    with lab(folder, private) as running:
        yield running


@pytest.fixture
def page(server: Lab, browser: Browser) -> Iterator[Page]:
    """A page of its own for each lesson, whose kernel ends with it; nothing may go wrong in it."""
    context = browser.new_context(viewport={"width": 1200, "height": 1000})
    page = context.new_page()
    wrongs = server.wrongs_in(page)
    yield page
    page.evaluate("() => window.jupyterapp.shell.currentWidget.context.sessionContext.shutdown()")
    context.close()
    assert wrongs == []


@pytest.fixture
def kept(private: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read what the learner's kernels have kept."""
    monkeypatch.setenv("EDUTOOLS_HOME", str(private / "learner"))


def ran(server: Lab, page: Page, name: str) -> float:
    """Seconds that the lesson took from the first cell to the last."""
    server.open(page, f"{name}.ipynb")
    start = time.perf_counter()
    run_all(page)
    return time.perf_counter() - start


def items(name: str, kind: str) -> set[str]:
    return {event["item"] for event in events.events(kind=kind) if event["item"].startswith(f"{name}/")}


def cell_sources(page: Page) -> list[str]:
    return page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.content.widgets"
        ".map(cell => cell.model.sharedModel.getSource())"
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_learner_goes_through_the_whole_lesson(server, page, kept, axe_violations, name):
    print(f"{name}: {ran(server, page, name):.1f} s in JupyterLab, from the first cell to the last")
    sees_every_widget(page, axe_violations)
    predicts_and_moves(page, name)
    answers_every_question(page, name)
    does_every_exercise(page, name)


def sees_every_widget(page: Page, axe_violations: Callable[..., list[str]]) -> None:
    for place in range(assert_every_widget_shows(page, outputs(page))):
        assert clipped(page, f".edu-root >> nth={place}") == []
    set_theme(page, "dark")
    assert axe_violations(page) == []
    set_theme(page, "light")


def predicts_and_moves(page: Page, name: str) -> None:
    guesses = page.locator(".edu-root.edu-predict")
    assert guesses.count() > 0
    for place in range(guesses.count()):
        predict(guesses.nth(place))
    expected = set(re.findall(rf'item="({name}/[^"]+)"', "\n".join(cell_sources(page))))
    wait_until(lambda: items(name, "prediction") == expected)
    others = page.locator(".edu-root:not(.edu-predict):not(.edu-quiz)")
    moved = [play_with(others.nth(place)) for place in range(others.count())]
    assert moved and all(moved), "every widget has something to play with"


def answers_every_question(page: Page, name: str) -> None:
    quiz = page.locator(".edu-root.edu-quiz").last
    questions = Quiz(name, fresh=True)._questions
    for question in questions:
        answer(quiz, question)
    earned = sum(1 if question["type"] == "open" else 0.5 for question in questions)
    expect(named(quiz, "score")).to_have_text(
        f"{earned:g} of {len(questions)} points, {len(questions)} of {len(questions)} answered"
    )
    expect(named(quiz, "calibration")).to_contain_text("You said 75%")
    wait_until(lambda: items(name, "quiz") == {question["id"] for question in questions})


def does_every_exercise(page: Page, name: str) -> None:
    sources = cell_sources(page)
    tasks = [found for source in sources for found in TASK.findall(source)]
    assert {task for _, task in tasks} == {each for each in _catalogue() if each.startswith(f"{name}/")}
    for variable, task in tasks:
        place = next(at for at, source in enumerate(sources) if f"{variable}.check(" in source)
        assert "Not attempted" in write_and_run(page, place, f"{variable}.check(...)")
        assert "Hint 1" in write_and_run(page, place, f"{variable}.hint()")
        # The names as they were there: a later cell may have used one for something else.
        names = f"globals().update({variable}._data)"
        for wrong in _catalogue()[task]["wrong"]:
            shown = write_and_run(page, place, f"{names}\n{wrong['code'].strip()}\n{variable}.check(answer)")
            assert shown.startswith("Incorrect."), f"{task}, {wrong['misconception']}: {shown}"
            assert plain(wrong["feedback"]) in shown
        solution = write_and_run(page, place, f"{variable}.solution()")
        shown = write_and_run(page, place, f"{names}\n{solution}\n{variable}.check(answer)")
        assert shown.startswith("Correct."), f"{task}: {shown}"


def wait_until(holds, *, seconds: float = 10) -> None:
    """Wait for what the kernel writes a moment after the page has sent it."""
    until = time.monotonic() + seconds
    while not holds() and time.monotonic() < until:
        time.sleep(0.05)
    assert holds()


def test_a_month_later_the_review_asks_again_and_its_answers_count(server, page, kept):
    # Alone, without the lessons above, it has this one answer to ask for again.
    events.record(f"{NAMES[0]}/at-the-line", "quiz", {"answer": 1, "try": 1})
    name = server.write("review.ipynb", A_MONTH_LATER, "progress()")
    server.open(page, name)
    run_all(page)
    quiz = page.locator(".edu-root.edu-quiz")
    first = quiz.locator('[data-test="question"]').first.get_attribute("data-id")
    (question,) = Quiz([first], fresh=True)._questions
    before = len(events.events(first, "quiz"))
    answer(quiz, question)
    tries = 1 if question["type"] == "open" else 2
    wait_until(lambda: len(events.events(first, "quiz")) == before + tries)
    assert all(event["value"]["review"] for event in events.events(first, "quiz")[before:])
    assert " now" in json.dumps(outputs(page)[1])
