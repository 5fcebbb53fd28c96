"""A learner on the site, opened from a folder, with no network: three whole lessons and on to notebooks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from edutools import Predict, Quiz, events, exercise, export_progress, import_progress, progress
from edutools.course import lessons_folder
from edutools.course.exercises import exercise_names
from tests.browser.learner import answer, play_with, predict
from tests.browser.reading import named
from tests.browser.test_page_events import kept
from tests.browser.test_site_progress import numbers, table_in_python, table_on, taken_in
from tests.test_progress import SURVIVORS

NAMES = ("04_train", "05_evaluate", "06_predict")
OWN_SCHEMES = ("file:", "blob:", "data:")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A browser of the learner's own, in which nothing may go wrong and nobody else be asked."""
    context = browser.new_context(offline=True, viewport={"width": 1200, "height": 900})
    page = context.new_page()
    wrongs: list[str] = []
    page.on("pageerror", lambda error: wrongs.append(str(error)))
    page.on("console", lambda said: wrongs.append(said.text) if said.type == "error" else None)
    context.on("request", lambda asked: asked.url.startswith(OWN_SCHEMES) or wrongs.append(asked.url))
    yield page
    context.close()
    assert wrongs == []


def alive(page: Page) -> Page:
    page.wait_for_selector("html[data-ready]", state="attached", timeout=30_000)
    return page


def test_a_learner_goes_through_three_whole_lessons_and_on_to_the_notebooks(page, site, tmp_path):
    page.goto((site / "index.html").as_uri())
    page.locator(".site-lessons").get_by_role("link", name=re.compile("^04")).click()
    for name in NAMES:
        assert page.url.endswith(f"/{name}.html")
        goes_through(alive(page), name)
        looks_something_up(page, name)
        page.locator("a[rel=next]").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("07")
    for name in reversed(NAMES):
        page.locator("a[rel=prev]").click()
        page.wait_for_url(f"**/{name}.html")
        finds_all_answers_again(alive(page), name)
    counts_it_and_carries_it_on(page, site, tmp_path)


def goes_through(page: Page, name: str) -> None:
    guesses = page.locator(".edu-root.edu-predict")
    assert guesses.count() > 0
    for place in range(guesses.count()):
        predict(guesses.nth(place))
    others = page.locator(".edu-root:not(.edu-predict):not(.edu-quiz)")
    moved = [play_with(others.nth(place)) for place in range(others.count())]
    assert moved
    assert all(moved), "every widget has something to play with"
    quiz = page.locator(".edu-root.edu-quiz").last
    questions = Quiz(name, fresh=True)._questions
    for question in questions:
        answer(quiz, question)
    expect(named(quiz, "score")).to_have_text(score_line(name))
    expect(named(quiz, "calibration")).to_contain_text("You said 75%")
    expect(page.get_by_text("This is done in Python")).not_to_have_count(0)
    own = [event for event in kept(page) if event["item"].startswith(f"{name}/")]
    assert {event["item"] for event in own if event["kind"] == "quiz"} == {each["id"] for each in questions}
    assert {event["item"] for event in own if event["kind"] == "prediction"} == predictions_of(name)


def score_line(name: str) -> str:
    """Every question is answered wrongly and then rightly, but for those that the reader marks: in full."""
    questions = Quiz(name, fresh=True)._questions
    earned = sum(1 if question["type"] == "open" else 0.5 for question in questions)
    return f"{earned:g} of {len(questions)} points, {len(questions)} of {len(questions)} answered"


def predictions_of(name: str) -> set[str]:
    source = (lessons_folder() / f"{name}.ipynb").read_text(encoding="utf-8")
    return set(re.findall(rf'item=\\"({name}/[^"\\]+)\\"', source))


def looks_something_up(page: Page, name: str) -> None:
    """A word by its link, another by the search, and each time back to the lesson."""
    lesson = page.url
    word = page.locator('.site-lesson a[href^="glossary.html#"]').first
    anchor = word.get_attribute("href").partition("#")[2]
    word.click()
    expect(page.locator(f'[id="{anchor}"]')).to_be_in_viewport()
    page.get_by_role("banner").get_by_role("searchbox").fill("selection rate")
    page.keyboard.press("Enter")
    expect(named(page, "results").get_by_role("link").first).to_be_visible()
    named(page, "query").fill(name[3:].replace("_", " "))
    named(page, "results").locator(f'a[href^="{name}.html#"]').first.click()
    assert page.url.partition("#")[0] == lesson
    alive(page)


def finds_all_answers_again(page: Page, name: str) -> None:
    expect(named(page.locator(".edu-root.edu-quiz").last, "score")).to_have_text(score_line(name))
    guesses = page.locator(".edu-root.edu-predict")
    assert guesses.count() == len(predictions_of(name))
    for place in range(guesses.count()):
        expect(named(guesses.nth(place), "commit").first).to_be_hidden()
        expect(named(guesses.nth(place), "said").first).not_to_be_empty()


def counts_it_and_carries_it_on(page: Page, site: Path, tmp_path: Path) -> None:
    """Progress goes into the notebooks by a file, grows there, and comes back."""
    page.get_by_role("banner").get_by_role("link", name="Progress").click()
    alive(page)
    there = numbers(table_on(page))
    with page.expect_download() as download:
        named(page, "export").click()
    assert import_progress(download.value.path()) == len(kept(page))
    assert numbers(table_in_python()) == there
    row = progress().table.loc[list(NAMES)]
    assert (row["answered"] == row["questions"]).all()
    assert row["predictions"].tolist() == [len(predictions_of(name)) for name in NAMES]
    exercise("00_start_here/wrongly-approved", counts=SURVIVORS).check(1)
    Predict("How many?", answer=3, low=0, high=9, item="00_start_here/how-many").set_state(
        {"guess": 4, "committed": True}
    )
    taken_in(page, export_progress(tmp_path / "back.jsonl"))
    assert sorted(kept(page), key=lambda each: each["time"]) == events.events()
    assert numbers(table_on(page)) == numbers(table_in_python())
    exercises = [each for each in exercise_names() if each.startswith("00_start_here/")]
    assert table_on(page)[0][3:5] == [f"1 of {len(exercises)}", "1"]
