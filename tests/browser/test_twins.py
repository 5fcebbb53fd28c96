"""A lesson reads whole where no script runs: in nbviewer, on GitHub, on paper, and to a screen reader."""

from __future__ import annotations

import inspect
import re
import tomllib
import unicodedata
from functools import cache
from importlib import import_module
from io import BytesIO
from pathlib import Path

import bleach
import nbformat
import pypdf
import pytest
from nbconvert.exporters import HTMLExporter, LatexExporter, MarkdownExporter, SlidesExporter

import edutools
from edutools.course.exporter import PreferTwin, TwinHTMLExporter, TwinWebPDFExporter
from edutools.widgets.base import Widget
from tests import needs
from tests.browser.without_script import (
    LIVE_VIEW,
    figures,
    not_shown,
    open_without_script,
    saved_with_state,
    shown_outputs,
    twins,
)
from tests.every_widget import every_widget

LESSONS = Path(__file__).resolve().parent.parent.parent / "lessons"
NAMES = sorted(path.stem for path in LESSONS.glob("*.ipynb"))
WIDGETS = [
    name
    for name in edutools.__all__
    if inspect.isclass(getattr(edutools, name)) and issubclass(getattr(edutools, name), Widget)
]
# A cell that ends in a widget's constructor shows it.
SHOWN = re.compile(rf"(?:^|\n)(?:{'|'.join(WIDGETS)})[.(](?:[^\n]|\n[ )\]}}])*$")
# What html-pipeline, GitHub's own filter until it became a project of its own, lets pass in what users write:
# https://github.com/gjtorikian/html-pipeline/blob/main/lib/html_pipeline/sanitization_filter.rb
# No style, script, svg, class or input; an image may be a data address, as GitHub shows those of notebooks.
GITHUB_TAGS = re.findall(
    r"\w+",
    "h1 h2 h3 h4 h5 h6 br b i strong em a pre code img tt div ins del sup sub p ol ul table thead tbody "
    "tfoot blockquote dl dt dd kbd q samp var hr ruby rt rp li tr td th s strike summary details caption "
    "figure figcaption abbr bdo cite dfn mark small span time wbr ",
)
GITHUB_ATTRIBUTES = {
    "*": ["align", "alt", "colspan", "dir", "height", "lang", "open", "rowspan", "scope", "start", "title"],
    "ol": ["type"],
    "a": ["href"],
    "img": ["src"],
}

every_lesson = pytest.mark.parametrize("name", NAMES)


@cache
def lesson(name: str):
    return nbformat.read(LESSONS / f"{name}.ipynb", as_version=4)


@pytest.fixture(scope="module")
def widgets():
    """One of each, as they stand before anybody touched them or after."""
    return every_widget()


@pytest.fixture(scope="module")
def live(widgets):
    """A notebook of them, saved with their state by a reader's JupyterLab."""
    return saved_with_state(widgets)


def page_of(exporter, notebook) -> str:
    return exporter.from_notebook_node(notebook)[0]


@cache
def on_nbviewer(name: str) -> str:
    """A lesson as nbviewer shows it: by Jupyter's own exporter."""
    return page_of(HTMLExporter(), lesson(name))


def on_github(name: str) -> str:
    """A lesson as GitHub shows it: nbconvert's page, of which the filter lets pass what is harmless."""
    cells = re.search(r"<main>(.*)</main>", on_nbviewer(name), re.DOTALL)
    assert cells
    written = bleach.clean(
        cells[1],
        tags=GITHUB_TAGS,
        attributes={**GITHUB_ATTRIBUTES, "div": ["class"]},  # the cells', so that the test finds them
        protocols=["http", "https", "mailto", "data"],
        strip=True,
    )
    return f"<!doctype html><meta charset='utf-8'><body>{written}</body>"


@every_lesson
def test_every_widget_of_a_lesson_left_a_twin(name):
    code = [cell for cell in lesson(name).cells if cell.cell_type == "code"]
    showing = {place for place, cell in enumerate(code) if SHOWN.search(cell.source)}
    assert showing
    assert showing <= twins(lesson(name)).keys()


@every_lesson
def test_nbviewer_shows_every_widgets_numbers_with_script_off(name, browser, tmp_path):
    page, _ = open_without_script(browser, tmp_path / "page.html", on_nbviewer(name))
    assert not_shown(twins(lesson(name)), shown_outputs(page)) == {}


@every_lesson
def test_github_shows_every_widgets_numbers_in_captioned_tables(name, browser, tmp_path):
    page, asked = open_without_script(browser, tmp_path / "page.html", on_github(name))
    assert not_shown(twins(lesson(name)), shown_outputs(page)) == {}
    assert page.locator("style, svg, script, [style]").count() == 0
    assert asked == []
    saved = "".join(each["text/html"] for each in twins(lesson(name)).values())
    assert page.locator("caption").count() == saved.count("<caption>") > 0
    pictures = page.locator("img[src^='data:']")
    assert pictures.count() == sum(
        "image/png" in output.get("data", {})
        for cell in lesson(name).cells
        for output in cell.get("outputs", [])
    )
    assert all(pictures.evaluate_all("nodes => nodes.map(node => node.naturalWidth > 100)"))


def test_no_widget_shows_twice_or_not_at_all_once_a_readers_notebook_holds_its_state(
    live, widgets, browser, tmp_path
):
    assert all(LIVE_VIEW in cell.outputs[0].data for cell in live.cells)
    page, asked = open_without_script(browser, tmp_path / "page.html", page_of(TwinHTMLExporter(), live))
    assert not_shown(twins(live), shown_outputs(page)) == {}
    assert len(twins(live)) == len(widgets)
    assert page.locator("caption").count() == sum(
        each.to_html().count("<caption>") for each in widgets.values()
    )
    assert page.locator("script").count() == 0
    assert asked == []


def test_jupyters_own_exporter_shows_none_of_them(live, browser, tmp_path):
    """The day it does, ours is not needed any more."""
    page, _ = open_without_script(browser, tmp_path / "page.html", page_of(HTMLExporter(), live))
    with_figures = {place for place, data in twins(live).items() if figures(data["text/plain"])}
    assert not_shown(twins(live), shown_outputs(page)).keys() == with_figures


@pytest.mark.parametrize("exporter", [LatexExporter, MarkdownExporter, SlidesExporter])
def test_any_exporter_shows_the_twins_with_our_preprocessor(exporter, live, widgets):
    written = page_of(exporter(preprocessors=[PreferTwin]), live)
    said = figures("".join(map(repr, widgets.values())))
    assert {each for each in said if "." in each} <= figures(written).keys()


def test_a_widget_without_a_twin_keeps_its_live_view_and_its_state(live):
    from ipywidgets import IntSlider

    slider = IntSlider(7)
    notebook = saved_with_state({"slider": _Page(slider)})
    left, _ = PreferTwin().preprocess(notebook, {})
    assert LIVE_VIEW in left.cells[0].outputs[0].data
    assert "widgets" in left.metadata
    assert "embed-amd.js" in page_of(TwinHTMLExporter(), notebook)


class _Page:
    """A widget of somebody else's with the two methods that the notebook above asks for."""

    def __init__(self, widget):
        self.page_widgets = lambda: [widget]
        self._repr_mimebundle_ = lambda: (widget._repr_mimebundle_(), {})


def test_a_page_asks_another_host_only_for_what_its_notebook_has_use_for():
    formula = nbformat.v4.new_markdown_cell("$$a^2$$")
    diagram = nbformat.v4.new_markdown_cell("```mermaid\ngraph LR\n```")
    plain = nbformat.v4.new_markdown_cell("No more than words.")
    for cell, asked in [(plain, ""), (formula, "mathjax"), (diagram, "mermaid")]:
        written = page_of(TwinHTMLExporter(), nbformat.v4.new_notebook(cells=[cell]))
        hosts = re.findall(r"(?:src=|import\()\"https://([^\"]*)", written)
        assert bool(hosts) == bool(asked), asked
        assert all(asked in each for each in hosts)


def test_a_picture_keeps_its_words_on_the_exported_page(browser, tmp_path):
    page, _ = open_without_script(
        browser, tmp_path / "page.html", page_of(TwinHTMLExporter(), lesson("01_collect"))
    )
    saved = [
        output.metadata["image/png"]["alt"]
        for cell in lesson("01_collect").cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    assert page.locator("img").evaluate_all("nodes => nodes.map(node => node.alt)") == saved


@pytest.fixture(scope="module")
def paper():
    """How the tests' browser prints: as root in a container it has no sandbox."""
    return TwinWebPDFExporter(browsers=[str(needs.browser())], disable_sandbox=True)


def test_a_lesson_on_paper_holds_every_widgets_numbers_and_its_tables_are_tables(paper):
    printed = pypdf.PdfReader(BytesIO(paper.from_notebook_node(lesson("05_evaluate"))[0]))
    words = words_of(printed)
    saved = twins(lesson("05_evaluate"))
    said = figures("".join(each["text/plain"] for each in saved.values()))
    assert {each for each in said if "." in each} <= figures(words).keys()
    assert "What happens" in words and "Predict first" in words
    assert printed.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert structure(printed)["/Table"] >= sum(each["text/html"].count("<table>") for each in saved.values())
    assert structure(printed)["/TH"] and structure(printed)["/H1"]


def words_of(printed) -> str:
    """What stands on the paper, its ligatures undone."""
    return unicodedata.normalize("NFKC", "\n".join(page.extract_text() for page in printed.pages))


def structure(printed) -> dict[str, int]:
    """How many elements of each kind a screen reader is told of."""
    counted: dict[str, int] = {}

    def walk(node):
        node = node.get_object()
        if not isinstance(node, dict):
            return
        kind = node.get("/S")
        counted[kind] = counted.get(kind, 0) + 1
        below = node.get("/K", [])
        for each in below if isinstance(below, list) else [below]:
            walk(each)

    walk(printed.trailer["/Root"]["/StructTreeRoot"])
    return counted


def test_a_readers_notebook_on_paper_shows_the_twin_of_every_widget(paper, live, widgets):
    printed = pypdf.PdfReader(BytesIO(paper.from_notebook_node(live)[0]))
    words = words_of(printed)
    said = figures("".join(map(repr, widgets.values())))
    assert {each for each in said if "." in each} <= figures(words).keys()


def test_a_browser_that_prints_nothing_is_named_with_what_it_said(tmp_path):
    broken = tmp_path / "browser"
    broken.write_text("#!/bin/sh\necho 'no usable sandbox, try --no-sandbox' >&2; exit 1\n")
    broken.chmod(0o755)
    with pytest.raises(RuntimeError, match=r"printed no page: no usable sandbox.*--disable-chromium-sandbox"):
        TwinWebPDFExporter(browsers=[str(broken)]).from_notebook_node(nbformat.v4.new_notebook())


def test_nbconvert_finds_both_by_name(root):
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    found = {
        name: getattr(import_module(place.split(":")[0]), place.split(":")[1])
        for name, place in project["entry-points"]["nbconvert.exporters"].items()
    }
    assert found == {"edutools-html": TwinHTMLExporter, "edutools-webpdf": TwinWebPDFExporter}
