"""Markdown as HTML without script: prose of lessons and glossary, its links turned to the site's pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from edutools.course.site.templates import scrolling
from edutools.texts import SOURCE, language

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

# A file of the repository, as lessons and glossary link to it, and the page that it becomes.
PAGES = {
    "glossary.md": "glossary.html",
    "measurements.md": "measurements.html",
    "../datasets/README.md": "datasheet.html",
}
MATHML = "http://www.w3.org/1998/Math/MathML"
_LESSON = re.compile(r"(\d\d_\w+)\.ipynb")


def page_of(target: str) -> str:
    """The site's address for an address of the repository's; any other stays as it is."""
    path, mark, anchor = target.partition("#")
    lesson = _LESSON.fullmatch(path)
    return (f"{lesson[1]}.html" if lesson else PAGES.get(path, path)) + mark + anchor


def slug(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@dataclass
class Section:
    """A heading of a page and the words below it up to the next heading, for contents and search."""

    level: int
    anchor: str
    heading: str
    words: str = ""


@dataclass
class Prose:
    """The Markdown of one page, rendered part by part, so that no anchor stands in it twice.

    Parameters
    ----------
    link : callable, optional
        Gives the address that takes the place of a link's own.
    """

    link: Callable[[str], str] = page_of
    sections: list[Section] = field(default_factory=list)

    def html(self, markdown: str) -> str:
        """`markdown` (CommonMark, tables, ``$…$`` formulas) as HTML; raw HTML in it is shown as text."""
        tokens = _parser().parse(markdown)
        for token, inside in zip(tokens, [*tokens[1:], None], strict=True):
            if token.type == "heading_open" and inside is not None:
                token.attrs["id"] = self._enter(int(token.tag[1]), _words(inside))
            elif token.type == "inline" and self.sections and _words(token) != self.sections[-1].heading:
                self.sections[-1].words += f"{_words(token)} "
        for token in _every(tokens):
            for attribute in token.attrs.keys() & {"href", "src"}:
                token.attrs[attribute] = self.link(str(token.attrs[attribute]))
        rendered = _parser().renderer.render(tokens, _parser().options, {})
        # Lessons are English in every language, and a screen reader is told so.
        return rendered if language() == SOURCE else f'<div lang="{SOURCE}">\n{rendered}</div>\n'

    def _enter(self, level: int, heading: str) -> str:
        name = slug(heading)
        again = sum(each.anchor == name or each.anchor.startswith(f"{name}-again-") for each in self.sections)
        anchor = f"{name}-again-{again}" if again else name
        self.sections.append(Section(level, anchor, heading))
        return anchor


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.add_render_rule("table_open", lambda *_: f"{scrolling('div')}<table>\n")
    parser.add_render_rule("table_close", lambda *_: "</table></div>\n")
    parser.add_render_rule("fence", _code)
    parser.add_render_rule("code_block", _code)
    # A price is no formula: `from 10$ to 20$`.
    return parser.use(dollarmath_plugin, allow_space=True, allow_digits=False, renderer=_formula)


def _code(renderer: object, tokens: list[Token], place: int, *_: object) -> str:
    return f"{scrolling('pre')}<code>{escape(tokens[place].content)}</code></pre>\n"


# What a formula may be made of. latex2mathml puts `\\text{…}` into its MathML as it stands, markup included.
_OF_FORMULAS = frozenset(
    [
        "math",
        "mrow",
        "mi",
        "mo",
        "mn",
        "mtext",
        "mspace",
        "mfrac",
        "msqrt",
        "mroot",
        "msub",
        "msup",
        "msubsup",
        "munder",
        "mover",
        "munderover",
        "mtable",
        "mtr",
        "mtd",
        "mstyle",
        "mpadded",
        "mphantom",
        "menclose",
    ]
)
_NEVER = {"href", "style", "class", "id"}


def _formula(tex: str, options: dict[str, Any]) -> str:
    from latex2mathml.converter import convert

    made = convert(tex, display="block" if options["display_mode"] else "inline")
    if not _is_formula(made):
        made = f"<code>{escape(tex)}</code>"
    return f"{scrolling('div')}{made}</div>" if options["display_mode"] else made


def _is_formula(mathml: str) -> bool:
    """Whether it is MathML and nothing else: no other element, no address, nothing that runs."""
    try:
        elements = list(ElementTree.fromstring(mathml).iter())
    except ElementTree.ParseError:
        return False
    named = all(each.tag.removeprefix(f"{{{MATHML}}}") in _OF_FORMULAS for each in elements)
    attributes = {name for each in elements for name in each.attrib}
    return named and not any(name in _NEVER or name.startswith("on") or ":" in name for name in attributes)


def _every(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _every(token.children or [])


def _words(token: Token) -> str:
    return "".join(
        " " if each.type == "softbreak" else each.content
        for each in token.children or []
        if each.type != "image"
    )
