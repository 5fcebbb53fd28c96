"""The pages of the site, from lessons as they ran and from the texts beside them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from edutools.course.site import progress
from edutools.course.site.cells import code_cell, is_left_out, language_of
from edutools.course.site.prose import Prose, Section, page_of
from edutools.course.site.running import Lesson, view_of
from edutools.course.site.templates import filled, markup
from edutools.texts import text
from edutools.widgets.base import SCRIPT_ID, place, script_element, states_element

# The links of each page's head: the page's file, and the name of its text.
LINKS = {
    "index.html": "site.contents",
    "glossary.html": "site.glossary",
    "progress.html": "site.progress",
}


@dataclass
class Page:
    """One page, ready to be written.

    Attributes
    ----------
    path : str
        Its file, relative to the site's folder; in ``embed/`` stand those for frames of other pages.
    heading : str
        What it is about.
    body : str
        The HTML of its main part.
    sections : sequence of Section
        Its headings and what stands below each, for the search.
    widgets : list of str
        Names of the kinds of widgets in it, whose styles it needs.
    holds : iterable of str
        What is said of the people in it.
    scripts : tuple of str
        Files of scripts that it needs besides the site's own.
    """

    path: str
    heading: str
    body: str
    sections: Sequence[Section] = ()
    widgets: list[str] = field(default_factory=list)
    holds: Iterable[str] = ()
    scripts: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What the browser calls it."""
        return f"{self.heading} · edutools"

    @property
    def is_embedded(self) -> bool:
        """Whether it stands in another page's frame, without the site's head."""
        return self.path.startswith("embed/")

    def html(self) -> str:
        """The whole page."""
        up = "../" if self.is_embedded else ""
        return filled("page.html", page=self, up=up, links=LINKS, script=SCRIPT_ID)


def lesson_page(
    lesson: Lesson, before: Lesson | None, after: Lesson | None, *, embedded: bool = False
) -> Page:
    """The page of a lesson: contents, prose, code, outputs, widgets, and the ways on."""
    prose = Prose(_from_embed if embedded else page_of)
    held = [lesson.widgets[model] for model, _ in _shown(lesson.cells, lesson)]
    states = _states(lesson.cells, lesson)
    parts = list(_parts(lesson, prose, _script(states), up="../" if embedded else ""))
    title, end, rest = parts[0].partition("</h1>")
    body = filled(
        "lesson.html",
        embedded=embedded,
        lesson=lesson,
        title=markup(title + end),
        parts=[markup(rest), *parts[1:]],
        sections=prose.sections,
        before=before,
        after=after,
    )
    return Page(
        f"embed/{lesson.name}.html" if embedded else f"{lesson.name}.html",
        lesson.title,
        body,
        prose.sections,
        _kinds(states),
        list(dict.fromkeys(line for each in held for line in each["holds"])),
    )


def _parts(lesson: Lesson, prose: Prose, script: str, *, up: str) -> Iterator[str]:
    """The lesson's cells as HTML, each with the states of its widgets; `script` behind the first of these."""
    for cell in lesson.cells:
        if is_left_out(cell):
            continue
        if cell["cell_type"] == "markdown":
            yield markup(prose.html(cell["source"]))
            continue
        yield code_cell(cell, lesson, up=up)
        if states := _states([cell], lesson):
            yield markup(states_element(states))
            yield script
            script = ""


def _alive(states: Mapping[str, dict[str, Any]], **modules: str) -> str:
    """What brings the one place of a page to life; `modules` are its parts that are no widget's."""
    return markup("\n").join([markup(states_element(states)), _script(states, **modules)])


def _script(states: Mapping[str, dict[str, Any]], **modules: str) -> str:
    return markup(script_element(states, keeps=True, modules=modules))


def _kinds(states: Mapping[str, dict[str, Any]]) -> list[str]:
    return sorted({each["name"] for each in states.values()})


def _from_embed(target: str) -> str:
    """The address of a link from a framed page: lessons stay in the frame, all else lies a folder above."""
    page = page_of(target)
    return page if page == target or ".ipynb" in target else f"../{page}"


def _shown(cells: Iterable[dict[str, Any]], lesson: Lesson) -> list[tuple[str, str]]:
    """Model id and twin of each output of these cells that shows a widget, in order."""
    outputs = (output for cell in cells for output in cell.get("outputs", []))
    return [
        (model, output["data"]["text/html"])
        for output in outputs
        if (model := view_of(output)) in lesson.widgets
    ]


def _states(cells: Iterable[dict[str, Any]], lesson: Lesson) -> dict[str, dict[str, Any]]:
    """What a page must hold to show the widgets of these cells."""
    shown = (lesson.widgets[model]["states"] for model, _ in _shown(cells, lesson))
    return {name: state for states in shown for name, state in states.items()}


def widget_pages(lesson: Lesson) -> list[Page]:
    """A page for each widget of a lesson, for a frame in another page."""
    return [
        Page(
            f"embed/{lesson.name}-{number}.html",
            lesson.widgets[model]["title"],
            filled(
                "widget.html",
                place=markup(place(model, twin, language_of(model, lesson))),
                alive=_alive(lesson.widgets[model]["states"]),
                lesson=lesson,
            ),
            (),
            _kinds(lesson.widgets[model]["states"]),
            lesson.widgets[model]["holds"],
        )
        for number, (model, twin) in enumerate(_shown(lesson.cells, lesson), 1)
    ]


def contents_page(lessons: Iterable[Lesson]) -> Page:
    """The first page: what the course is, and its lessons."""
    told = [(each, markup(Prose().html(each.summary))) for each in lessons]
    return Page("index.html", text("site.title"), filled("contents.html", lessons=told))


def prose_page(path: str, markdown: str) -> Page:
    """A page of Markdown alone, such as the glossary."""
    prose = Prose()
    body = markup('<article class="site-prose">{}</article>').format(markup(prose.html(markdown)))
    return Page(path, prose.sections[0].heading, body, prose.sections)


def progress_page(lessons: Iterable[Lesson]) -> Page:
    """The page that counts what the reader's browser keeps."""
    heading = text("progress.title")
    states = progress.states(lessons)
    body = markup('<h1>{}</h1>\n<div data-widget="{}"><p>{}</p></div>\n{}').format(
        heading,
        progress.NAME,
        text("progress.needs_script"),
        _alive(states, **{progress.NAME: progress.module()}),
    )
    return Page(
        "progress.html", heading, body, widgets=[each for each in _kinds(states) if each != progress.NAME]
    )


def search_page() -> Page:
    """The page that finds words in all others; without script it says that it cannot."""
    return Page("search.html", text("site.search"), filled("search.html"), scripts=("search-index.js",))


def embedding_page(pages: Iterable[Page]) -> Page:
    """What to paste into a page of one's own: a frame for each lesson and each widget, sized to it."""
    framed = sorted((page.path, page.heading) for page in pages if page.is_embedded)
    return Page("embedding.html", text("site.embedding"), filled("embedding.html", framed=framed))


def search_index(pages: Iterable[Page]) -> str:
    """The script that gives the search its sections: of each the page, anchor, titles and words."""
    found = [
        [page.path, each.anchor, page.heading, each.heading, each.words.strip()]
        for page in pages
        if not page.is_embedded
        for each in page.sections
    ]
    return f"globalThis.edutoolsSections = {json.dumps(found, ensure_ascii=False)};\n"
