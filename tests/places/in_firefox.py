"""Firefox: every widget on a page, a lesson of the site, and a lesson in JupyterLab, by keys and mouse."""

from __future__ import annotations

import json

import pytest

from edutools.widgets.base import page as page_of
from tests.browser.jupyterlab import READY, lab
from tests.every_widget import every_widget
from tests.places.environment import ROOT
from tests.places.firefox import firefox

MATRIX = 'document.querySelector(".edu-confusion_matrix")'
HEADING = f"{MATRIX}.querySelector('[data-test=heading]').textContent"
SLIDER = f"{MATRIX}.querySelector('[data-test=threshold]')"


@pytest.fixture(scope="module")
def browser_window(tmp_path_factory):
    """A Firefox."""
    with firefox(tmp_path_factory.mktemp("firefox")) as started:
        print(f"\nFirefox {started.version}")
        yield started


@pytest.fixture
def window(browser_window):
    """The same for each test, with nothing noted of the one before."""
    browser_window.wrongs.clear()
    browser_window.asked.clear()
    yield browser_window
    assert browser_window.wrongs == []


def move_the_threshold(window) -> None:
    """By a key, and by the mouse from where it is to a quarter of the line."""
    window.run(f"{SLIDER}.scrollIntoView({{block: 'center'}})")
    before = window.run(HEADING)
    window.run(f"{SLIDER}.focus()")
    window.press("ArrowRight", "ArrowRight")
    after = window.wait(f"{HEADING} !== {json.dumps(before)} && {HEADING}")
    assert "0.502" in after
    box = window.run(f"{SLIDER}.getBoundingClientRect()")
    height = box["y"] + box["height"] / 2
    at = [box["x"] + 12 + share * (box["width"] - 24) for share in (0.502, 0.4, 0.25)]
    window.drag(*((x, height) for x in at))
    assert 0.24 < float(window.run(f"{SLIDER}.getAttribute('aria-valuetext')")) < 0.26


def test_every_widget_lives_on_a_page_with_no_kernel(window, tmp_path):
    widgets = every_widget()
    path = tmp_path / "page.html"
    path.write_text(page_of(*widgets.values(), title="Every widget"), encoding="utf-8")
    window.open(path.as_uri())
    window.wait("document.documentElement.dataset.ready")
    assert window.run(
        "document.querySelectorAll('[data-widget] > div > .edu-root, [data-widget] > .edu-root').length"
    ) == len(widgets)
    move_the_threshold(window)
    assert all(each.startswith(("file:", "blob:", "data:")) for each in window.asked)


def test_nothing_is_wider_than_a_phone(window, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(page_of(*every_widget().values(), title="Every widget"), encoding="utf-8")
    window.size(360, 740)
    try:
        window.open(path.as_uri())
        window.wait("document.documentElement.dataset.ready")
        assert window.run("document.documentElement.scrollWidth") <= 360
    finally:
        window.size(1000, 800)


def test_a_lesson_of_the_site_lives_from_a_folder(window, site):
    window.open((site / "00_start_here.html").as_uri())
    window.wait("document.documentElement.dataset.ready")
    before = window.run(HEADING)
    window.run(f"{SLIDER}.focus()")
    window.press("ArrowRight")
    window.wait(f"{HEADING} !== {json.dumps(before)}")
    assert all(each.startswith(("file:", "blob:", "data:")) for each in window.asked)


def test_a_lesson_runs_in_jupyterlab(window, tmp_path):
    name = "00_start_here.ipynb"
    folder = tmp_path / "lessons"
    folder.mkdir()
    (folder / name).write_bytes((ROOT / "lessons" / name).read_bytes())
    with lab(folder, tmp_path / "private") as server:
        window.open(f"{server.address}/lab/tree/{name}?token={server.token}&reset")
        window.wait("!!document.querySelector('.jp-NotebookPanel')", seconds=120)
        # A window that nobody sees has no focus, without which JupyterLab knows no current notebook.
        window.run(
            "document.querySelector('.jp-NotebookPanel').dispatchEvent(new FocusEvent('focus')) && true"
        )
        window.wait(f"({READY})()", seconds=120)
        window.run("window.jupyterapp.commands.execute('notebook:run-all-cells').then(() => true)")
        window.wait(f"!!{MATRIX}")
        move_the_threshold(window)
        window.open("about:blank")
