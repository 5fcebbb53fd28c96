"""Nothing of the product speaks to another host: no page, widget or lesson; of Python, downloads alone."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "edutools"
# Names, not addresses: nothing is loaded from them.
NAMESPACES = re.compile(r"http://www\.w3\.org/(1998/Math/MathML|1999/xhtml|2000/svg)")
# All by which a page reaches a host by itself.
SPEAKS = re.compile(
    r"https?:|\bfetch\s*\(|sendBeacon|XMLHttpRequest|WebSocket|EventSource|RTCPeerConnection|importScripts"
    r"|@import|url\(\s*[\"']?(?!data:|#)|\bsrc\s*=|serviceWorker"
)
NETWORK = {"requests", "urllib", "http", "socket", "ssl", "pooch", "ftplib", "smtplib", "httpx", "aiohttp"}
# Who may: data sets that a reader asks for.
MAY = {"datasets.py": {"requests", "pooch"}}


def without_comments(text: str) -> str:
    return re.sub(r"/\*.*?\*/|(?<![:\"'])//[^\n]*", "", text, flags=re.DOTALL)


@pytest.mark.parametrize(
    "path", sorted([*PACKAGE.rglob("*.js"), *PACKAGE.rglob("*.css")]), ids=lambda path: path.name
)
def test_no_script_or_style_asks_another_host(path):
    text = NAMESPACES.sub("", without_comments(path.read_text(encoding="utf-8")))
    assert SPEAKS.findall(text) == []


def test_the_judge_of_scripts_sees_what_speaks():
    for line in (
        "fetch(x)",
        "navigator.sendBeacon(x)",
        "@import 'a'",
        "url(a.png)",
        "img.src = x",
        "new WebSocket(x)",
    ):
        assert SPEAKS.search(line), line


def imported(path: Path) -> set[str]:
    """Modules that may speak to another host, among all that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module or ""]
        found |= {name.split(".")[0] for name in names if name not in ("urllib.parse", "http.HTTPStatus")}
    return found & NETWORK


def test_python_reaches_another_host_where_data_are_fetched_and_nowhere_else():
    reaching = {path.relative_to(PACKAGE).as_posix(): imported(path) for path in PACKAGE.rglob("*.py")}
    assert {name: modules for name, modules in reaching.items() if modules} == MAY


def test_no_lesson_reaches_another_host_but_by_fetching_data():
    for path in sorted((ROOT / "lessons" / "source").glob("*.py")):
        assert imported(path) == set(), path.name
