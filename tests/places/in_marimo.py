"""marimo: every widget lives through `mo.ui.anywidget`, and other cells follow what is moved in it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.jupyterlab import free_port
from tests.browser.reading import focus, named
from tests.every_widget import EVERY
from tests.places.answering import answer_first
from tests.places.environment import ROOT, serving

APP = """
import marimo

app = marimo.App()


@app.cell
def _():
    import marimo as mo

    from tests.every_widget import every_widget

    shown = {name: mo.ui.anywidget(widget) for name, widget in every_widget().items()}
    # marimo follows what has a name of its own.
    matrix, quiz = shown["confusion_matrix"], shown["quiz"]
    mo.vstack(list(shown.values()))
    return matrix, mo, quiz


@app.cell
def _(matrix, mo):
    mo.md(f"Python reads {matrix.value['threshold']:.3f} and {matrix.widget.threshold:.3f}.")
    return


@app.cell
def _(mo, quiz):
    mo.md(f"Python counts {len(quiz.value['answers'])} answers.")
    return


if __name__ == "__main__":
    app.run()
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Where a marimo app answers that shows one of each widget."""
    folder = tmp_path_factory.mktemp("marimo")
    (folder / "app.py").write_text(APP, encoding="utf-8")
    port = free_port()
    where = f"http://127.0.0.1:{port}"
    command = ["marimo", "run", "app.py", "--headless", "--no-token", f"--port={port}", "--host=127.0.0.1"]
    with serving(command, where, folder / "private", folder=folder, variables={"PYTHONPATH": str(ROOT)}):
        yield where


def test_every_widget_shows_and_python_follows_what_is_moved(address, page, wrongs):
    others = []
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((address, "blob:", "data:", address.replace("http", "ws")))
            else others.append(request.url)
        ),
    )
    page.goto(address)
    expect(page.locator(".edu-root")).to_have_count(len(EVERY), timeout=180_000)
    matrix = page.locator(".edu-confusion_matrix").first
    expect(page.get_by_text("Python reads 0.500 and 0.500.")).to_be_visible(timeout=60_000)
    focus(named(matrix, "threshold"))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("Python reads 0.502 and 0.502.")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("Python counts 0 answers.")).to_be_visible()
    answer_first(page.locator(".edu-quiz").first)
    expect(page.get_by_text("Python counts 1 answers.")).to_be_visible(timeout=30_000)
    assert wrongs == []
    assert others == []
