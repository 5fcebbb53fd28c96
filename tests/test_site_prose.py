"""Markdown of the site: whatever stands in it, nothing in its HTML runs or leads to a script."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from edutools.course.site.prose import Prose

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt&colon;alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](<vbscript:alert(1)>)",
    "<javascript:alert(1)>",
    "[a]: javascript:alert(1)\n\n[a]",
    '![" onerror="alert(1)](x.png "onload=alert(1)")',
    "# <svg/onload=alert(1)>",
    "```<script>\n</code></pre><script>alert(1)</script>\n```",
    "| <b onclick=alert(1)> |\n|---|\n| </td><script> |",
    r"$\text{<svg/onload=alert(1)>}$",
    r"$\text{<b>bold</b>}$",
    r"$$\mathrm{<img/src=x/onerror=alert(1)>}$$",
    r"$\href{javascript:alert(1)}{x}$",
    r"$\style{position:fixed}{y}$",
    r"$\color{red\" onclick=alert(1) x=\"}{b}$",
    r"$\constructor{__proto__}$",
    "a\x00b\u202ec",
]
RUNS = {"script", "iframe", "object", "embed", "svg", "style", "link", "base", "form", "b"}


class Elements(HTMLParser):
    """The elements of a page, with their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))


def elements(html: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Elements()
    parser.feed(html)
    return parser.found


@pytest.mark.parametrize("markdown", HOSTILE)
def test_hostile_markdown_is_text(markdown):
    for tag, attributes in elements(Prose().html(markdown)):
        assert tag not in RUNS
        assert not any(name.startswith("on") or name == "style" for name in attributes)
        for address in (attributes.get("href"), attributes.get("src")):
            assert address is None or address == "x.png"


def test_a_formula_that_would_be_markup_is_shown_as_it_is_written():
    assert "<code>\\text{&lt;b&gt;}</code>" in Prose().html(r"$\text{<b>}$")


@pytest.mark.parametrize(
    "tex", [r"\frac{tp}{tp + fn} \ge 0.8", r"P(\hat{Y}=1 \mid A=a)", r"a < b \text{ and more}"]
)
def test_an_honest_formula_is_mathml(tex):
    assert "<math" in Prose().html(f"${tex}$")
