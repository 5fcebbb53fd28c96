"""Saved pages in Spanish: no English is left, nothing breaks their width, and the nearest `lang` chooses."""

from __future__ import annotations

import json
import re

import pytest

from edutools import ConfusionMatrix, GroupMetrics, Predict, Quiz, language
from edutools.widgets.base import held, place, script_element, states_element
from edutools.widgets.base import page as page_of
from tests.browser.reading import named
from tests.every_widget import EVERY
from tests.examples import loan_counts
from tests.test_language import NAMED, english_in, given_to, strings_in, vocabulary

# What is seen, read aloud or said on hovering, with all that can be opened open.
SAID = """() => {
  for (const each of document.querySelectorAll("details")) each.open = true;
  const root = document.querySelector("[data-widget]");
  const names = ["aria-label", "aria-valuetext", "placeholder", "title"];
  const nodes = [...root.querySelectorAll("*")];
  const spoken = nodes.flatMap((node) => names.map((name) => node.getAttribute(name)));
  const drawn = [...root.querySelectorAll("text, option")].map((node) => node.textContent);
  return [root.innerText, ...drawn, ...spoken].filter(Boolean).join("\\n");
}"""


@pytest.fixture(autouse=True)
def english_again():
    yield
    language("en")


@pytest.mark.parametrize("name", EVERY)
def test_no_english_is_left_in_a_spanish_widget_and_a_phone_shows_it_whole(open_widget, name):
    language("es")
    widget = EVERY[name]()
    page = open_widget(widget)
    kept = given_to(widget) | NAMED
    if name == "audit":  # what an audit holds was said when it was made
        kept |= vocabulary(strings_in(json.loads(json.dumps(widget._contents))))
    assert english_in(page.evaluate(SAID), kept) == set()
    assert page.evaluate("document.documentElement.lang") == "es"
    assert page.locator(".edu-root").first.get_attribute("lang") == "es"
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_nearest_lang_chooses_what_a_page_says(open_widget):
    widgets = [ConfusionMatrix(loan_counts()), GroupMetrics(loan_counts())]
    places = "".join(place(each.model_id, each.to_html(), "en", lang="en") for each in widgets)
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>x</title>'
    english = f"{head}{places}{states_element(held(widgets))}{script_element(held(widgets))}"
    whole = english.replace('<html lang="en">', '<html lang="es-CL">')
    page = open_widget(whole)
    assert named(page, "heading").first.inner_text().startswith("todos: 200 filas")
    assert "Paridad demográfica" in page.locator(".edu-root").nth(1).inner_text()
    part = re.sub(r'<div data-widget="(\w+)">', r'<div lang="es" data-widget="\1">', english, count=1)
    page = open_widget(part)
    assert named(page, "heading").first.inner_text().startswith("todos: 200 filas")
    assert "Demographic parity" in page.locator(".edu-root").nth(1).inner_text()
    # Of a language that the page has not, the widget says what it was made in.
    page = open_widget(english.replace('<html lang="en">', '<html lang="constructor">'))
    assert named(page, "heading").first.inner_text().startswith("all: 200 rows")


def test_a_widget_within_another_speaks_as_that_does(open_widget):
    language("es")
    guess = Predict("¿Cuál?", choices=["a", "b"], answer="a", reveal=ConfusionMatrix(loan_counts()))
    language("en")
    page = open_widget(page_of(ConfusionMatrix(loan_counts()), guess, title="Two"))
    asked = page.locator("[data-widget][lang=es]")
    asked.locator("input[type=radio]").first.check()
    named(page, "commit").click()
    asked.locator("[data-test=heading]").wait_for()
    assert asked.locator("[data-test=heading]").inner_text().startswith("todos: 200 filas")
    assert named(page, "heading").first.inner_text().startswith("all: 200 rows")


def test_what_a_bank_asks_is_said_to_be_english_within_a_spanish_quiz(open_widget):
    language("es")
    page = open_widget(Quiz("05_evaluate"))
    spoken = "node => node.closest('[lang]').lang"
    assert set(page.locator(".edu-text:not([data-test])").evaluate_all(f"nodes => nodes.map({spoken})")) == {
        "en"
    }
    assert named(page, "check").first.evaluate(spoken) == "es"
    assert named(page, "hint").first.locator("summary").evaluate(spoken) == "es"
    own = {"type": "string", "question": "¿Qué celda?", "answers": [{"answer": "fn", "correct": True}]}
    page = open_widget(Quiz([own]))
    assert page.locator(".edu-text").first.evaluate(spoken) == "es"
