"""A Chromium that reaches no other host, the saved page of a widget in it, and what axe finds there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page, Request

RUN = "window.ran = []; window.alert = each => window.ran.push(each);"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Offline; a module that needs a server on this machine overrides this fixture."""
    return {**browser_context_args, "offline": True, "viewport": {"width": 1000, "height": 800}}


@pytest.fixture
def open_widget(page: Page, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Save a widget (or take a page as str), open it and wait until it lives; nothing may go wrong in it."""
    wrongs: list[str] = []

    def note_error(message: ConsoleMessage) -> None:
        if message.type == "error":
            wrongs.append(message.text)

    def note_request(request: Request) -> None:
        if not request.url.startswith(("file:", "blob:", "data:")):
            wrongs.append(f"asked for {request.url}")

    page.on("pageerror", lambda error: wrongs.append(str(error)))
    page.on("console", note_error)
    page.on("request", note_request)

    def open_page(widget: Any, *, name: str = "widget.html") -> Page:
        path = tmp_path / name
        if isinstance(widget, str):
            path.write_text(widget, encoding="utf-8")
        else:
            widget.save_html(path)
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready]", state="attached", timeout=10_000)
        return page

    yield open_page
    assert wrongs == []


@pytest.fixture
def axe_violations() -> Callable[..., list[str]]:
    """What axe finds inside `selector` against WCAG 2.2, levels A and AA, one line a broken rule."""

    def look(page: Page, selector: str = ".edu-root") -> list[str]:
        # axe would ask for style sheets a second time, which a page from a folder may not.
        options = {
            "runOnly": {"type": "tag", "values": WCAG},
            "resultTypes": ["violations"],
            "preload": False,
        }
        found = Axe().run(page, selector, options).response["violations"]
        return [
            f"{rule['id']}: {rule['help']}: "
            + " | ".join(f"{node['target']} {node['failureSummary']}" for node in rule["nodes"])
            for rule in found
        ]

    return look


@pytest.fixture
def nothing_runs(page: Page) -> Iterator[None]:
    """Alerts are noted, not shown; none may come, from the page or from what was typed and clicked in it."""
    page.add_init_script(RUN)
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog opened: {dialog.message}"))
    yield
    assert page.evaluate("window.ran") == []
    assert (
        page.evaluate(
            "document.querySelectorAll('img, iframe, a, script:not([data-held]):not([type=module])').length"
        )
        == 0
    )
    assert page.evaluate("[...document.querySelectorAll('*')].flatMap(each => [...each.attributes])"
                         ".filter(each => each.name.startsWith('on')).length") == 0  # fmt: skip
