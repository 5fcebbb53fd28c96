"""A prediction in a saved page: nothing is shown before it is committed, and then how far off it was."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from matplotlib.figure import Figure
from playwright.sync_api import expect

from edutools.widgets.predict import Predict
from edutools.widgets.quiz import Quiz

HOSTILE = "<img src=x onerror=alert(1)>"
ONE = [
    {
        "id": "t/one",
        "type": "numeric",
        "question": "Inner question?",
        "answers": [{"value": 2, "correct": True}],
    }
]


def part(page, test):
    return page.locator(f'[data-test="{test}"]')


def test_a_number_is_guessed_with_arrow_keys_and_shown_beside_what_it_is(open_widget):
    page = open_widget(Predict("Share?", answer=0.62, low=0, high=1, reveal="**Uncovered** now."))
    expect(page.get_by_text("Uncovered")).to_have_count(0)
    page.keyboard.press("Tab")
    for _ in range(10):
        page.keyboard.press("ArrowLeft")
    expect(part(page, "guess")).to_have_text("0.40")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(part(page, "said")).to_contain_text("You said 0.40; it is 0.62: your guess was 0.22 too low.")
    expect(part(page, "said")).to_be_focused()
    expect(part(page, "revealed")).to_contain_text("Uncovered now.")
    expect(part(page, "commit")).to_be_hidden()
    axis = part(page, "axis")
    left, right = (axis.locator("svg").nth(k).bounding_box()["x"] for k in (1, 0))
    line = axis.locator(".edu-axis").bounding_box()
    assert (right - left) / line["width"] == pytest.approx(0.22, abs=0.005)


def test_a_typed_number_may_lie_anywhere_and_its_difference_is_said(open_widget):
    page = open_widget(Predict("How much?", answer=700, unit="€"))
    part(page, "commit").click()
    expect(part(page, "problem")).to_have_text("Type a number first.")
    part(page, "line").focus()
    page.keyboard.type("1,200")
    page.keyboard.press("Enter")
    expect(part(page, "said")).to_contain_text("You said 1200 €; it is 700 €: your guess was 500 € too high.")


def test_a_guess_that_is_right_to_the_shown_digits_is_exact(open_widget):
    page = open_widget(Predict("Share?", answer=0.499, low=0, high=1))
    part(page, "commit").click()
    expect(part(page, "said")).to_contain_text("You said 0.50, and it is 0.50.")


def test_a_choice_is_right_or_not_with_what_is_said_of_it(open_widget):
    asked = Predict(
        "It …", answer="rises", choices={"falls": "No, it *rises*.", "rises": "Yes."}, reveal="So."
    )
    page = open_widget(asked)
    part(page, "commit").click()
    expect(part(page, "problem")).to_have_text("Choose one first.")
    part(page, "option-0").check()
    part(page, "commit").click()
    expect(part(page, "said")).to_contain_text("You said “falls”; it is “rises”.")
    expect(part(page, "said")).to_contain_text("No, it rises.")
    expect(part(page, "revealed")).to_contain_text("So.")


def test_words_are_kept_as_they_were_written(open_widget):
    page = open_widget(Predict("Why?", reveal="Because."))
    part(page, "words").fill(HOSTILE)
    part(page, "commit").click()
    expect(part(page, "said")).to_have_text(f"You said {HOSTILE}.")
    expect(part(page, "revealed")).to_contain_text("Because.")
    assert page.locator("img").count() == 0


def test_a_wrapped_widget_is_made_only_after_the_guess_and_works(open_widget):
    page = open_widget(Predict("How many?", answer=1, reveal=Quiz(ONE)))
    expect(page.get_by_text("Inner question?")).to_have_count(0)
    part(page, "line").first.fill("2")
    part(page, "commit").click()
    expect(page.get_by_text("Inner question?")).to_be_visible()
    inner = page.locator(".edu-quiz")
    inner.locator('[data-test="line"]').fill("2")
    inner.locator('[data-test="check"]').click()
    expect(inner).to_contain_text("Right, at the first try.")


def test_a_prediction_may_wrap_a_prediction(open_widget):
    page = open_widget(Predict("Outer?", answer=1, reveal=Predict("Inner?", answer=2, reveal=Quiz(ONE))))
    for name in ("Outer?", "Inner?"):
        expect(page.get_by_text(name, exact=True)).to_be_visible()
        page.locator('[data-test="line"]:visible').fill("1")
        page.locator('[data-test="commit"]:visible').click()
    expect(page.get_by_text("Inner question?")).to_be_visible()


def test_a_figure_is_revealed_with_its_words(open_widget):
    drawn = Figure(figsize=(3, 2))
    drawn.add_subplot().plot([0, 1])
    page = open_widget(
        Predict("Up?", choices=["yes", "no"], answer="yes", reveal=drawn, alt="A rising line.")
    )
    assert page.locator("img").count() == 0
    part(page, "option-0").check()
    part(page, "commit").click()
    picture = page.get_by_alt_text("A rising line.")
    expect(picture).to_be_visible()
    page.wait_for_function("document.querySelector('img').naturalWidth > 100")


def test_a_table_is_revealed_as_text(open_widget):
    frame = pd.DataFrame({HOSTILE: ["women", HOSTILE], "rate": [0.5, 0.25]})
    page = open_widget(Predict("?", answer=1, reveal=frame))
    part(page, "line").fill("1")
    part(page, "commit").click()
    expect(part(page, "revealed").locator("th").first).to_have_text(HOSTILE)
    expect(part(page, "revealed").locator("td").last).to_have_text("0.25")
    assert page.locator("img").count() == 0


def test_a_committed_prediction_opens_revealed(open_widget):
    asked = Predict("Share?", answer=0.62, low=0, high=1, reveal="Shown.")
    asked.guess = 0.3
    asked.committed = True
    page = open_widget(asked)
    expect(part(page, "said")).to_contain_text("your guess was 0.32 too low")
    expect(part(page, "revealed")).to_contain_text("Shown.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["number", "choice", "line"])
def test_axe_finds_nothing_before_and_after_the_guess(open_widget, axe_violations, page, scheme, kind):
    page.emulate_media(color_scheme=scheme)
    frame = pd.DataFrame({"group": ["women"], "rate": [0.5]})
    asked = {
        "number": Predict("Share of $n$?", answer=0.62, low=0, high=1, reveal=frame),
        "choice": Predict(
            "It …", answer="rises", choices={"falls": "No.", "rises": "Yes."}, reveal=Quiz(ONE)
        ),
        "line": Predict("How much?", answer=7, unit="€", reveal="Seven."),
    }[kind]
    open_widget(asked)
    assert axe_violations(page) == []
    if kind == "choice":
        part(page, "option-0").check()
    if kind == "line":
        part(page, "line").fill("5")
    part(page, "commit").click()
    expect(part(page, "revealed")).to_have_text(re.compile("."))
    assert axe_violations(page) == []


def test_nothing_is_wider_than_a_phone(open_widget, page):
    page.set_viewport_size({"width": 360, "height": 800})
    open_widget(Predict("Share?", answer=0.98, low=0, high=1, unit="of all applicants", reveal="Shown."))
    part(page, "slider").focus()
    page.keyboard.press("End")
    part(page, "commit").click()
    expect(part(page, "axis")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
