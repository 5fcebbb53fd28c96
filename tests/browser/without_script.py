"""Notebooks as readers meet them where no script runs: what a page shows, held against what was saved."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import Browser, Page

from edutools.widgets.base import Widget

LIVE_VIEW = "application/vnd.jupyter.widget-view+json"
LIVE_STATE = "application/vnd.jupyter.widget-state+json"
# In HTML these are a list's own marks, which a browser draws and does not count as text.
_ORDINAL = re.compile(r"^\s*\d+\. ", re.MULTILINE)
_FIGURE = re.compile(r"\d[\d,.]*\d|\d")
# A folded part is unfolded as a reader does it, by a click, which needs no script.
_CLOSED = "details:not([open]) > summary"
_OUTPUTS = """cells => cells.map(cell => cell.querySelector(".jp-Cell-outputWrapper")?.innerText ?? "")"""


def figures(text: str) -> Counter[str]:
    """How often each number stands in a text."""
    return Counter(_FIGURE.findall(text))


def twins(notebook: Any) -> dict[int, dict[str, str]]:
    """The outputs of a notebook that hold a widget's twin, by the place of their code cell.

    A data frame is no twin; each of ours is a plain ``<div>``.
    """
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return {
        place: output.data
        for place, cell in enumerate(code)
        for output in cell.outputs
        if output.get("data", {}).get("text/html", "").startswith("<div>\n<p><strong>")
    }


def saved_with_state(widgets: dict[str, Widget]) -> Any:
    """A notebook, a cell a widget, as JupyterLab saves it: live view beside twin, and the state."""
    cells = []
    for place, (name, widget) in enumerate(widgets.items(), start=1):
        data, metadata = widget._repr_mimebundle_()
        output = nbformat.v4.new_output("execute_result", data=data, metadata=metadata, execution_count=place)
        cells.append(nbformat.v4.new_code_cell(f"# {name}", outputs=[output], execution_count=place))
    state = Widget.get_manager_state(
        widgets=[each for one in widgets.values() for each in one.page_widgets()]
    )
    return nbformat.from_dict(
        {**nbformat.v4.new_notebook(cells=cells), "metadata": {"widgets": {LIVE_STATE: state}}}
    )


def open_without_script(browser: Browser, path: Path, html: str) -> tuple[Page, list[str]]:
    """A page written to `path` and shown with script off and no network, unfolded; and the hosts it asked."""
    path.write_text(html, encoding="utf-8")
    page = browser.new_context(
        java_script_enabled=False, offline=True, viewport={"width": 1000, "height": 800}
    ).new_page()
    asked: list[str] = []
    page.on(
        "request",
        lambda request: None if request.url.startswith(("file:", "data:")) else asked.append(request.url),
    )
    page.goto(path.as_uri())
    while page.locator(_CLOSED).count():
        page.locator(_CLOSED).first.click()
    return page, asked


def shown_outputs(page: Page) -> list[str]:
    """What a reader sees below each code cell."""
    return page.locator(".jp-CodeCell").evaluate_all(_OUTPUTS)


def not_shown(saved: dict[int, dict[str, str]], shown: list[str]) -> dict[int, Counter[str]]:
    """The numbers of each twin that do not stand below its cell, by the cell's place."""
    missing = {
        place: figures(_ORDINAL.sub("", data["text/plain"])) - figures(shown[place])
        for place, data in saved.items()
    }
    return {place: each for place, each in missing.items() if each}
