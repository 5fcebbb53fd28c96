"""Cells of a notebook as HTML without script: code in colours, outputs, and a place for each widget."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from edutools.course.site.running import Lesson, view_of
from edutools.course.site.templates import filled, markup, scrolling
from edutools.widgets.base import place

if TYPE_CHECKING:
    from markupsafe import Markup
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

# What the site says by itself: that the lesson opens in Colab, and what Colab must install for it.
_LEFT_OUT = {"badge", "set-up"}


def is_left_out(cell: dict[str, Any]) -> bool:
    """Whether the site has no use for a cell."""
    return bool(_LEFT_OUT & _tags(cell))


def code_cell(cell: dict[str, Any], lesson: Lesson, *, up: str = "") -> Markup:
    """A code cell of `lesson` and its outputs; where only Python can go on, a word on that.

    `up` leads from the page's folder to the site's.
    """
    calls = called(cell["source"])
    kinds = [kind for kind in ("check", "review", "Predict") if kind in calls] + sorted(
        _tags(cell) & {"start"}
    )
    return filled(
        "code_cell.html",
        kind=kinds[0] if kinds else "",
        code=markup(_coloured(cell["source"])),
        outputs=[markup(_output(output, lesson)) for output in cell["outputs"]],
        lesson=lesson.name,
        up=up,
        colab=lesson.colab,
    )


def called(source: str) -> set[str]:
    """Names of the functions and methods that a cell's code calls."""
    from IPython.core.inputtransformer2 import TransformerManager

    # A magic command is no Python until IPython has made it so.
    tree = ast.parse(TransformerManager().transform_cell(source))
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {
        function.attr if isinstance(function, ast.Attribute) else function.id
        for function in calls
        if isinstance(function, ast.Attribute | ast.Name)
    }


def language_of(model: str, lesson: Lesson) -> str:
    """The language that a widget of a lesson speaks."""
    return lesson.widgets[model]["states"][model]["language"]


def _tags(cell: dict[str, Any]) -> set[str]:
    return set(cell["metadata"].get("tags", []))


def _output(output: dict[str, Any], lesson: Lesson) -> str:
    if output["output_type"] == "stream":
        return _printed(output["text"])
    if output["output_type"] == "error":
        return _printed(f"{output['ename']}: {output['evalue']}")
    data = output["data"]
    model = view_of(output)
    if model in lesson.widgets:
        shown = place(model, data["text/html"], language_of(model, lesson))
        return f'<div class="site-output site-widget">{shown}</div>'
    return f'<div class="site-output">{_still(data, output["metadata"])}</div>'


def _still(data: dict[str, Any], metadata: dict[str, Any]) -> str:
    """The richest form of an output that needs no script."""
    if "text/html" in data:
        return f"{scrolling('div')}{data['text/html']}</div>"
    if "image/svg+xml" in data:
        return f'<div class="site-picture">{data["image/svg+xml"]}</div>'
    if "image/png" in data:
        alt = metadata.get("image/png", {}).get("alt", "")
        source = f"data:image/png;base64,{data['image/png'].strip()}"
        return f'<img class="site-picture" alt="{escape(alt)}" src="{source}">'
    return _printed(data.get("text/plain", ""))


def _printed(words: str) -> str:
    return f"{scrolling('pre')}{escape(words)}</pre>"


def _coloured(source: str) -> str:
    from pygments import highlight

    return highlight(source, *_highlighter())


@cache
def _highlighter() -> tuple[PythonLexer, HtmlFormatter]:
    from pygments.filter import simplefilter
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer
    from pygments.token import STANDARD_TYPES, Token

    coloured = _coloured_classes()

    @simplefilter
    def plain_else(_filter: Any, _lexer: Any, stream: Iterable[Any], _options: Any) -> Iterator[Any]:
        for kind, word in stream:
            yield kind if STANDARD_TYPES.get(kind) in coloured else Token.Text, word

    lexer = PythonLexer(stripnl=False)
    lexer.add_filter(plain_else())
    return lexer, HtmlFormatter(cssclass="site-highlight")


def _coloured_classes() -> set[str]:
    """Classes of words that the site's style colours; any other word needs no element of its own."""
    rules = (files("edutools.course.site") / "site.css").read_text(encoding="utf-8")
    groups = re.findall(r"\.site-highlight :is\(([^)]+)\)", rules)
    return {name for group in groups for name in re.findall(r"\w+", group)}
