"""A saved quiz asks and answers in a real Chromium, with no kernel and no network, by mouse and by key."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

from edutools.widgets.base import page as page_of
from edutools.widgets.quiz import Quiz

HOSTILE = "<img src=x onerror=alert(1)>"
QUESTIONS = [
    {
        "id": "t/one",
        "type": "multiple_choice",
        "question": "Is $\\frac{1}{2}$ **more** than a third?",
        "hint": "Draw a *line*.",
        "explanation": "Three sixths, two sixths.",
        "answers": [
            {"answer": "no", "correct": False, "feedback": "A half is three sixths."},
            {"answer": "never", "correct": False, "feedback": "Try with sixths."},
            {"answer": "yes", "correct": True, "feedback": "It is."},
        ],
    },
    {
        "id": "t/many",
        "type": "many_choice",
        "question": "Which are even?",
        "answers": [
            {"answer": "2", "correct": True, "feedback": "Twice one."},
            {"answer": "3", "correct": False, "feedback": "One is left over."},
            {"answer": "4", "correct": True, "feedback": "Twice two."},
        ],
    },
    {
        "id": "t/number",
        "type": "numeric",
        "question": "What is 3 of 4, as a share?",
        "answers": [
            {"value": 0.75, "correct": True, "feedback": "Three quarters."},
            {"type": "default", "feedback": "Divide."},
        ],
    },
    {
        "id": "t/order",
        "type": "order",
        "question": "Order.",
        "as_code": True,
        "lines": ["a = 1", "b = a", "c = b"],
    },
    {"id": "t/open", "type": "open", "question": "Why?", "model_answer": "Because it is so."},
    {
        "id": "t/match",
        "type": "match",
        "question": "Match.",
        "options": ["red", "green"],
        "pairs": [{"label": "blood", "answer": "red"}, {"label": "grass", "answer": "green"}],
    },
]


def question(page: Page, name: str, nth: int = 0):
    return page.locator(f'[data-id="t/{name}"]').nth(nth)


def part(page: Page, name: str, test: str):
    return question(page, name).locator(f'[data-test="{test}"]')


def order_of(page: Page):
    return [line.inner_text() for line in question(page, "order").locator("li .edu-text").all()]


def test_a_wrong_answer_has_its_own_feedback_and_a_right_second_try_half_a_point(open_widget):
    page = open_widget(Quiz(QUESTIONS))
    part(page, "one", "option-0").check()
    part(page, "one", "check").click()
    expect(question(page, "one")).to_contain_text("A half is three sixths.")
    expect(question(page, "one")).not_to_contain_text("It is.")
    part(page, "one", "option-2").check()
    part(page, "one", "check").click()
    expect(part(page, "one", "said")).to_contain_text("Right, at the second try: half a point.")
    expect(part(page, "one", "said")).to_contain_text("Three sixths, two sixths.")
    expect(page.locator('[data-test="score"]')).to_have_text("0.5 of 6 points, 1 of 6 answered")
    expect(part(page, "one", "option-2")).to_be_disabled()


def test_keys_alone_answer_a_choice_and_the_focus_stays_in_the_question(open_widget):
    page = open_widget(Quiz(QUESTIONS, only=["one"]))
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(part(page, "one", "option-2")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(part(page, "one", "said")).to_contain_text("Right, at the first try.")
    expect(part(page, "one", "said")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(part(page, "one", "hint")).to_contain_text("Draw a line.")


def test_several_choices_say_what_is_wrong_and_that_something_is_missing(open_widget):
    page = open_widget(Quiz(QUESTIONS))
    part(page, "many", "option-0").check()
    part(page, "many", "option-1").check()
    part(page, "many", "check").click()
    expect(question(page, "many")).to_contain_text("One is left over.")
    expect(part(page, "many", "said")).to_contain_text("Something right is still unchosen.")
    part(page, "many", "option-1").uncheck()
    part(page, "many", "option-2").check()
    part(page, "many", "check").click()
    expect(part(page, "many", "said")).to_contain_text("Right, at the second try")


@pytest.mark.parametrize("typed", ["0.75", "3/4", "75%", "0,75"])
def test_a_number_is_typed_and_checked_with_enter(open_widget, typed):
    page = open_widget(Quiz(QUESTIONS, only=["number"]))
    part(page, "number", "line").focus()
    page.keyboard.type("many")
    page.keyboard.press("Enter")
    expect(part(page, "number", "said")).to_contain_text("Type a number first")
    page.keyboard.press("Control+a")
    page.keyboard.type("0.5")
    page.keyboard.press("Enter")
    expect(part(page, "number", "said")).to_contain_text("Divide.")
    page.keyboard.press("Control+a")
    page.keyboard.type(typed)
    page.keyboard.press("Enter")
    expect(part(page, "number", "said")).to_contain_text("Three quarters.")
    assert part(page, "number", "line").input_value() == typed


def test_lines_are_moved_by_arrow_keys_with_the_focus_on_the_moved_line(open_widget):
    page = open_widget(Quiz(QUESTIONS, only=["order"]))
    before = order_of(page)
    first = question(page, "order").locator("li").first
    first.locator('[data-test="down"]').focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert order_of(page) == [*before[1:], before[0]]
    expect(question(page, "order").locator("li").last.locator('[data-test="down"]')).to_be_focused()
    expect(page.locator('[data-test="live"]')).to_have_text("Moved to line 3 of 3.")


def test_lines_are_put_in_order_by_buttons_and_stay_once_right(open_widget):
    page = open_widget(Quiz(QUESTIONS, only=["order"]))
    for place, line in enumerate(["a = 1", "b = a", "c = b"]):
        while order_of(page)[place] != line:
            at = order_of(page).index(line)
            question(page, "order").locator("li").nth(at).locator('[data-test="up"]').click()
    part(page, "order", "check").click()
    expect(part(page, "order", "said")).to_contain_text("Right, at the first try.")
    question(page, "order").locator("li").first.drag_to(question(page, "order").locator("li").last)
    assert order_of(page) == ["a = 1", "b = a", "c = b"]


def test_a_line_is_dragged_to_its_place(open_widget):
    page = open_widget(Quiz(QUESTIONS, only=["order"]))
    before = order_of(page)
    start = question(page, "order").locator("li").first.bounding_box()
    end = question(page, "order").locator("li").last.bounding_box()
    page.mouse.move(start["x"] + 60, start["y"] + 10)
    page.mouse.down()
    page.mouse.move(start["x"] + 60, end["y"] + end["height"] - 4, steps=8)
    page.mouse.up()
    assert order_of(page) == [*before[1:], before[0]]


def test_an_open_answer_is_compared_and_marked_by_the_reader(open_widget):
    page = open_widget(Quiz(QUESTIONS, only=["open"]))
    expect(page.get_by_text("Because it is so.")).to_be_hidden()
    part(page, "open", "compare").click()
    expect(part(page, "open", "said")).to_contain_text("Write an answer first.")
    part(page, "open", "words").fill("I think so.")
    part(page, "open", "compare").click()
    expect(page.get_by_text("Because it is so.")).to_be_visible()
    part(page, "open", "mark-0.5").click()
    expect(part(page, "open", "said")).to_contain_text("You marked it “Partly”.")
    expect(page.locator('[data-test="score"]')).to_have_text("0.5 of 1 points, 1 of 1 answered")


def test_pairs_are_matched_and_counted(open_widget):
    page = open_widget(Quiz(QUESTIONS, only=["match"]))
    part(page, "match", "check").click()
    expect(part(page, "match", "said")).to_contain_text("Choose one for each first.")
    page.get_by_label("blood", exact=True).select_option("red")
    page.get_by_label("grass", exact=True).select_option("red")
    part(page, "match", "check").click()
    expect(part(page, "match", "said")).to_contain_text("1 of 2 belong where you put them.")
    page.get_by_label("grass", exact=True).select_option("green")
    part(page, "match", "check").click()
    expect(part(page, "match", "said")).to_contain_text("2 of 2")


def test_after_two_wrong_tries_the_answer_can_be_shown(open_widget):
    page = open_widget(Quiz(QUESTIONS, only=["one"]))
    expect(part(page, "one", "show")).to_be_hidden()
    for place in (0, 1):
        part(page, "one", f"option-{place}").check()
        part(page, "one", "check").click()
    part(page, "one", "check").click()
    expect(part(page, "one", "said")).to_contain_text("the answer that you gave before")
    part(page, "one", "show").click()
    expect(part(page, "one", "answer")).to_contain_text("yes")
    expect(part(page, "one", "answer")).to_contain_text("Three sixths, two sixths.")


def test_answers_given_before_stand_in_the_page(open_widget):
    quiz = Quiz(QUESTIONS)
    quiz.answers = {"t/one": 2, "t/number": 0.5, "t/order": [1, 0, 2], "t/match": [0, 1]}
    page = open_widget(quiz)
    expect(part(page, "one", "option-2")).to_be_checked()
    expect(part(page, "number", "line")).to_have_value("0.5")
    assert order_of(page) == ["b = a", "a = 1", "c = b"]
    expect(page.locator('[data-test="score"]')).to_have_text("2 of 6 points, 4 of 6 answered")


def test_mathematics_is_mathml_and_code_is_code(open_widget):
    page = open_widget(Quiz([{**QUESTIONS[0], "code": "if a < b:\n    pass"}]))
    assert page.locator("math mfrac").count() == 1
    assert (
        page.evaluate("document.querySelector('math').namespaceURI") == "http://www.w3.org/1998/Math/MathML"
    )
    assert page.locator("pre code").inner_text() == "if a < b:\n    pass"


def test_two_quizzes_in_one_page_do_not_touch_each_other(open_widget):
    page = open_widget(page_of(*(Quiz(QUESTIONS, only=["one"]) for _ in range(2)), title="Two"))
    second = question(page, "one", 1)
    second.locator('[data-test="option-2"]').check()
    second.locator('[data-test="check"]').click()
    expect(second.locator('[data-test="said"]')).to_contain_text("Right, at the first try.")
    expect(question(page, "one", 0).locator('[data-test="option-2"]')).not_to_be_checked()
    expect(page.locator('[data-test="score"]').first).to_have_text("0 of 1 points, 0 of 1 answered")


def test_hostile_texts_stay_text_everywhere(open_widget):
    hostile = json.loads(
        json.dumps(QUESTIONS).replace("Because it is so.", HOSTILE).replace("a = 1", HOSTILE)
    )
    for each in hostile:
        each["question"] = f"{HOSTILE} $\\text{{{HOSTILE}}}$"
        each["hint"] = each["explanation"] = each["code"] = HOSTILE
        for answer in each.get("answers", []):
            answer["feedback"] = HOSTILE
    hostile[0]["answers"][2]["answer"] = HOSTILE
    page = open_widget(Quiz(hostile))
    fired = []
    page.on("dialog", lambda dialog: (fired.append(dialog.message), dialog.dismiss()))
    for name in ("one", "many"):
        part(page, name, "option-2").check()
        part(page, name, "check").click()
    part(page, "number", "line").fill("1")
    part(page, "number", "check").click()
    part(page, "order", "check").click()
    part(page, "open", "words").fill(HOSTILE)
    part(page, "open", "compare").click()
    part(page, "open", "mark-1").click()
    expect(question(page, "one")).to_contain_text(HOSTILE)
    assert page.locator("img, .edu-root script").count() == 0
    assert fired == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_before_and_after_answering(open_widget, axe_violations, page, scheme):
    page.emulate_media(color_scheme=scheme)
    open_widget(Quiz(QUESTIONS))
    assert axe_violations(page) == []
    for place in (0, 1):
        part(page, "one", f"option-{place}").check()
        part(page, "one", "check").click()
    part(page, "one", "show").click()
    part(page, "many", "option-1").check()
    part(page, "many", "check").click()
    part(page, "number", "line").fill("0.75")
    part(page, "number", "check").click()
    part(page, "order", "check").click()
    part(page, "open", "words").fill("so")
    part(page, "open", "compare").click()
    part(page, "match", "check").click()
    question(page, "one").locator("summary").click()
    assert axe_violations(page) == []


@pytest.mark.parametrize("width", [360, 1400])
def test_nothing_is_wider_than_the_page(open_widget, page, width):
    page.set_viewport_size({"width": width, "height": 800})
    open_widget(Quiz("05_evaluate"))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = page.evaluate(
        """[...document.querySelectorAll(".edu-root :is(button, label, summary, select)")]
          .filter((node) => node.offsetParent && node.getBoundingClientRect().height < 24)
          .map((node) => node.outerHTML)"""
    )
    assert small == []


def test_confidence_is_asked_once_before_the_first_answer_and_held_against_it(open_widget):
    page = open_widget(Quiz(QUESTIONS, confidence=True))
    part(page, "one", "option-0").check()
    part(page, "one", "check").click()
    expect(part(page, "one", "said")).to_contain_text("how sure")
    expect(page.locator('[data-test="calibration"]')).to_be_hidden()
    part(page, "one", "sure-0.75").focus()
    page.keyboard.press("ArrowRight")
    part(page, "one", "check").click()
    expect(part(page, "one", "said")).to_contain_text("Not yet")
    expect(part(page, "one", "sure-0.95")).to_be_disabled()
    expect(page.locator('[data-test="calibration-95"]')).to_have_text("0.00 (0.00 to 0.79)")
    expect(page.locator('[data-test="brier"]')).to_contain_text("Brier score 0.90")
    part(page, "one", "option-2").check()
    part(page, "one", "check").click()
    expect(page.locator('[data-test="calibration-95"]')).to_have_text("0.00 (0.00 to 0.79)")
    expect(question(page, "open").locator('[data-test="sure"]')).to_have_count(0)


def test_pictures_are_drawn_with_their_words_and_nothing_of_them_becomes_markup(open_widget):
    from tests.test_pictures import PICTURES, question_with

    hostile = {**PICTURES["table"], "columns": [HOSTILE, "rows"], "alt": HOSTILE}
    shown = [*PICTURES.values(), hostile]
    page = open_widget(Quiz([question_with(picture, id=f"t/{k}") for k, picture in enumerate(shown)]))
    figures = page.locator('[data-test="picture"]')
    expect(figures).to_have_count(len(shown))
    expect(figures.nth(0).locator('[data-test="picture-cell-fp"]')).to_have_text("20")
    expect(figures.nth(1)).to_contain_text("undefined: nobody would repay")
    expect(figures.nth(2).get_by_role("img", name="Two losses.")).to_be_visible()
    assert figures.nth(2).locator("path.edu-series").count() == 2
    expect(figures.nth(4).get_by_role("img")).to_have_attribute(
        "aria-label", re.compile(r"^People\. .* 0\.60")
    )
    assert figures.nth(4).locator("circle").count() == 2
    expect(figures.nth(5)).to_contain_text(HOSTILE)
    expect(page.locator("img")).to_have_count(0)


def test_a_page_with_no_kernel_waits_for_nothing_to_be_kept(open_widget):
    page = open_widget(Quiz(QUESTIONS))
    part(page, "number", "line").fill("0.75")
    part(page, "number", "check").click()
    page.wait_for_timeout(2500)
    expect(page.locator('[data-test="unkept"]')).to_be_hidden()
