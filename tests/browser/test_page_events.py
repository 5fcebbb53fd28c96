"""A page of the course keeps answers in a real browser: and says where it cannot."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Page, expect

from edutools import import_progress, progress
from edutools.widgets.base import page as page_of
from edutools.widgets.predict import Predict
from edutools.widgets.quiz import Quiz
from tests.browser.learner import answer, predict
from tests.browser.reading import named

NAME = "05_evaluate"
LINES = """Object.keys(localStorage).filter(key => key.startsWith("edutools.events/")).sort()
  .map(key => localStorage[key]).join("")"""
FILL = """for (let size = 2 ** 23; size >= 1; size /= 2)
  try { localStorage.filler = (localStorage.filler ?? "") + "x".repeat(size) } catch {}"""
NOT_KEPT = "Not kept: the browser lets this page store nothing more."
PLATFORM = """<!doctype html><title>Platform</title>
<iframe sandbox="allow-scripts" src="lesson.html" title="Lesson" width="900" height="700"></iframe>
<script>document.documentElement.dataset.ready = 1</script>"""


def the_page() -> str:
    guess = Predict("How many of 10?", answer=9, low=0, high=10, item=f"{NAME}/guess", reveal="Nine.")
    return page_of(Quiz(NAME, confidence=True), guess, title="A lesson", keeps=True)


def kept(page: Page) -> list[dict[str, Any]]:
    return [json.loads(line) for line in page.evaluate(LINES).split("\n")[:-1]]


def reloaded(page: Page) -> Page:
    page.reload()
    page.wait_for_selector("html[data-ready]", state="attached")
    return page


def test_answers_stand_there_after_a_reload_and_count_in_python(open_widget, tmp_path):
    page = open_widget(the_page())
    questions = Quiz(NAME)._questions
    for question in questions:
        answer(page.locator(".edu-quiz").first, question)
    predict(page.locator(".edu-predict"))
    said = [
        page.locator(".edu-quiz").first.inner_text(),
        named(page.locator(".edu-predict"), "said").first.inner_text(),
    ]
    before = kept(page)
    reloaded(page)
    expect(page.locator(".edu-predict")).to_contain_text("You said 2; it is 9")
    again = page.locator(".edu-quiz").first
    assert named(again, "score").inner_text() in said[0]
    assert named(again, "calibration").inner_text() in said[0]
    expect(again.locator('[data-test="said"]').first).to_contain_text("Right, at the second try")
    assert named(page.locator(".edu-predict"), "said").first.inner_text() == said[1]
    assert kept(page) == before
    path = tmp_path / "carried.jsonl"
    path.write_text(page.evaluate(LINES), encoding="utf-8")
    assert import_progress(path) == len(before)
    row = progress().table.loc[NAME]
    assert row[["answered", "predictions"]].tolist() == [row["questions"], 1]
    assert row["points"] == sum(1 if question["type"] == "open" else 0.5 for question in questions)


def test_a_review_is_asked_anew_after_a_reload_and_its_answers_are_kept_as_a_review(open_widget):
    page = open_widget(page_of(Quiz(NAME, only=["perfect-accuracy"], fresh=True), title="Review", keeps=True))
    (question,) = Quiz(NAME, only=["perfect-accuracy"])._questions
    answer(page.locator(".edu-quiz"), question)
    assert [(event["value"]["try"], event["value"]["review"]) for event in kept(page)] == [
        (1, True),
        (2, True),
    ]
    reloaded(page)
    expect(named(page, "said")).to_be_empty()
    answer(page.locator(".edu-quiz"), question)
    assert [event["value"]["try"] for event in kept(page)] == [1, 2, 1, 2]


def test_two_tabs_keep_beside_each_other(open_widget, context):
    page = open_widget(the_page())
    other = context.new_page()
    other.goto(page.url)
    other.wait_for_selector("html[data-ready]", state="attached")
    questions = Quiz(NAME)._questions
    for tab, question in ((page, questions[0]), (other, questions[1]), (page, questions[2])):
        tab.bring_to_front()
        answer(tab.locator(".edu-quiz").first, question)
    assert len(kept(page)) == 6
    reloaded(other)
    expect(named(other.locator(".edu-quiz").first, "score")).to_contain_text(
        f"3 of {len(questions)} answered"
    )


def test_a_frame_that_may_keep_nothing_says_so_once_and_still_answers(open_widget, tmp_path):
    (tmp_path / "lesson.html").write_text(the_page(), encoding="utf-8")
    page = open_widget(PLATFORM, name="platform.html")
    frame = page.frame_locator("iframe")
    expect(frame.locator('[data-test="not-kept"]')).to_contain_text(NOT_KEPT)
    question = frame.locator('[data-id="05_evaluate/perfect-accuracy"]').first
    question.locator('[data-test="option-1"]').check()
    question.locator("label", has_text="95%").first.click()
    question.locator('[data-test="check"]').click()
    expect(question.locator('[data-test="said"]')).to_contain_text("Right, at the first try")
    page.wait_for_timeout(2500)
    expect(frame.locator('[data-test="unkept"]:visible')).to_have_count(0)


def test_a_full_store_says_so_beside_the_answer_and_keeps_it_once_there_is_room(open_widget):
    page = open_widget(the_page())
    page.evaluate(FILL)
    questions = Quiz(NAME)._questions
    quiz = page.locator(".edu-quiz").first
    answer(quiz, questions[0])
    expect(named(quiz, "unkept")).to_contain_text(NOT_KEPT)
    page.evaluate("localStorage.removeItem('filler')")
    answer(quiz, questions[1])
    expect(named(quiz, "unkept")).to_be_hidden()
    assert [(event["item"], event["value"]["try"]) for event in kept(page)] == [
        (question["id"], number) for question in questions[:2] for number in (1, 2)
    ]


def test_a_saved_widget_s_page_keeps_nothing(open_widget):
    page = open_widget(Quiz(NAME))
    answer(page.locator(".edu-quiz"), Quiz(NAME)._questions[0])
    assert kept(page) == []
    expect(named(page, "unkept")).to_be_hidden()
