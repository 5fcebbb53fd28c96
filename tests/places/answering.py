"""A learner's answer to a quiz, and where it is kept."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.reading import named

SECONDS_TO_KEEP = 20


def answer_first(quiz: Locator, *, option: int = 0) -> None:
    """Answer the first question by its option of that number, not quite sure, and wait for what is said."""
    question = named(quiz, "question").first
    named(question, f"option-{option}").check()
    question.locator("[data-test^=sure-]").first.focus()
    question.page.keyboard.press("Space")
    named(question, "check").click()
    expect(question.locator(".edu-feedback:visible")).not_to_have_count(0)


def kept_of(page: Page, home: Path, item: str) -> list[Path]:
    """The files below `home` that hold an answer to an item whose id begins so, as soon as there is one."""
    for _ in range(SECONDS_TO_KEEP * 10):
        found = [path for path in home.rglob("*.jsonl") if item in path.read_text(encoding="utf-8")]
        if found:
            return found
        page.wait_for_timeout(100)
    return []
