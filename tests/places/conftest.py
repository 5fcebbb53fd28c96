"""A Chromium that may ask this machine and no other."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.places.environment import place


@pytest.fixture(scope="session", autouse=True)
def environment_is_there() -> None:
    """Fail at once where there is no environment."""
    place()


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A window of a laptop's width."""
    return {**browser_context_args, "viewport": {"width": 1100, "height": 900}}


@pytest.fixture
def wrongs(page: Page) -> list[str]:
    """What goes wrong in the page's scripts while a test runs."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    return found
