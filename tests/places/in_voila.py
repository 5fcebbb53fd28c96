"""Voilà: a lesson is an app, its widgets are moved in the page, and Python hears of it."""

from __future__ import annotations

import shutil

import pytest
from playwright.sync_api import expect

from tests.browser.jupyterlab import free_port
from tests.browser.reading import focus, named
from tests.places.answering import answer_first, kept_of
from tests.places.environment import ROOT, serving

LESSON = "00_start_here.ipynb"


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """Where the lesson answers as an app, and the folder in which its learner's answers are kept."""
    folder = tmp_path_factory.mktemp("voila")
    shutil.copy(ROOT / "lessons" / LESSON, folder)
    port, private = free_port(), folder / "private"
    command = ["voila", LESSON, "--no-browser", f"--port={port}", "--Voila.ip=127.0.0.1", "--token="]
    address = f"http://127.0.0.1:{port}"
    with serving(command, f"{address}/voila/static/voila.js", private, folder=folder):
        yield address, private / "edutools"


def test_a_lesson_is_an_app_whose_answers_are_kept(app, page, wrongs):
    address, home = app
    page.goto(address, timeout=180_000)
    expect(page.locator(".edu-root").first).to_be_visible(timeout=60_000)
    for name in ("confusion_matrix", "predict", "quiz"):
        assert page.locator(f".edu-root.edu-{name}").count(), name
    matrix = page.locator(".edu-confusion_matrix").first
    before = named(matrix, "heading").inner_text()
    focus(named(matrix, "threshold"))
    page.keyboard.press("ArrowRight")
    expect(named(matrix, "heading")).not_to_have_text(before)
    answer_first(page.locator(".edu-quiz").first)
    assert kept_of(page, home, "00_start_here/")
    assert page.get_by_text("Traceback").count() == 0
    assert wrongs == []
