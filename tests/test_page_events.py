"""What a page keeps in a browser, judged by what a notebook keeps: the same answers are the same events."""

from __future__ import annotations

import json
import os
import random
import subprocess
from typing import Any

import pandas as pd
import pytest

from edutools import Predict, Quiz, delete_progress, events, export_progress, import_progress, progress
from edutools.widgets.questions import bank_names, is_answer, load

LEVELS = (0.5, 0.75, 0.95)
JUNK = [None, True, -1, 0, 1, 99, 0.5, "", "words", [], [0], [0, 0], [1, 0], [0, 1, 2, 3], {}, {"text": "x"},
        {"text": "x", "mark": 0.5}, {"text": "x", "mark": 0.7}, {"text": 1, "mark": 1}]  # fmt: skip


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch):
    """Hundreds of events are written here, and none must survive a power cut."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


@pytest.fixture
def keep(node, root):
    """Open pages one after the other in a browser that holds the events of `file`."""

    def run(pages=(), *, file: str = "", answers=()) -> dict[str, Any]:
        given = json.dumps({"file": file, "pages": pages, "answers": answers})
        script = root / "tests" / "js" / "keep_answers.mjs"
        done = subprocess.run([node, script], input=given, capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    return run


def opened(widget, steps=()) -> dict[str, Any]:
    return {"name": widget._name, "state": widget.page_state(), "steps": list(steps)}


def lines_of(result: dict[str, Any]) -> list[dict[str, Any]]:
    return list(map(json.loads, result["lines"].encode().splitlines()))


def told(kept: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**event, "id": "", "time": ""} for event in kept]


def an_answer(question: dict[str, Any], dice: random.Random) -> Any:
    """Any answer to a question, right about as often as wrong."""
    kind = question["type"]
    if kind == "multiple_choice":
        return dice.randrange(len(question["options"]))
    if kind == "many_choice":
        return [
            place
            for place, each in enumerate(question["options"])
            if each["correct"] != (dice.random() < 0.2)
        ]
    if kind == "match":
        return (
            question["targets"]
            if dice.random() < 0.5
            else dice.choices(range(len(question["choices"])), k=len(question["labels"]))
        )
    if kind == "order":
        wrong = dice.sample(range(len(question["lines"])), len(question["lines"]))
        return question["right_orders"][0] if dice.random() < 0.5 else wrong
    if kind == "open":
        return {"text": dice.choice(["So.", 'Weil "≥"\n\u2028 🙂']), "mark": dice.choice([0, 0.5, 1])}
    rules = [rule.get("text", rule.get("value")) for rule in question["rules"]]
    return dice.choice(
        [each for each in rules if each is not None] + (["no"] if kind == "string" else [-7.25])
    )


def steps_of_a_learner(quiz: Quiz, dice: random.Random) -> list[dict[str, Any]]:
    """What the browser sends while questions are answered in any order, some several times, some anew."""
    tries, sure = dict(quiz._tries), dict(quiz._sure)
    steps = []
    for question in dice.choices(quiz.questions, k=3 * len(quiz.questions)):
        if dice.random() < 0.05:
            tries, sure = {}, {}
            steps.append({"_sure": {}, "_tries": {}, "answers": {}})
        name, before = question["id"], tries.get(question["id"], [])
        given = an_answer(question, dice)
        if before and before[-1] == given:
            continue
        if quiz._levels and question["type"] != "open" and not before:
            sure = {**sure, name: dice.choice(quiz._levels)}
        tries = {**tries, name: [*before, given]}
        answers = {each: asked[-1] for each, asked in tries.items()}
        steps.append({"_sure": sure, "_tries": tries, "answers": answers})
    return steps


def in_a_notebook(widget, steps) -> None:
    for step in steps:
        widget.set_state(step)


@pytest.mark.parametrize("options", [{}, {"confidence": True}, {"fresh": True, "confidence": True}])
def test_the_same_answers_to_every_bank_are_the_same_events_as_in_a_notebook(keep, options):
    dice = random.Random(str(options))
    quizzes = [Quiz(name, **options) for name in bank_names()]
    pages = [opened(quiz, steps_of_a_learner(quiz, dice)) for quiz in quizzes]
    result = keep(pages)
    for quiz, page in zip(quizzes, pages, strict=True):
        in_a_notebook(quiz, page["steps"])
    kept = events.events()
    assert len(kept) > 150
    assert {event["value"]["right"] for event in kept} == {True, False}
    assert any(event["value"]["misconceptions"] for event in kept)
    assert told(lines_of(result)) == told(kept)
    assert [each["kept"] for each in result["shown"]] == [quiz._kept for quiz in quizzes]


@pytest.mark.parametrize("confidence", [False, True])
def test_what_was_answered_is_shown_again_as_a_notebook_shows_it(keep, tmp_path, confidence):
    dice = random.Random(3)
    for fresh in (False, True, False):
        for name in bank_names():
            # A cell run again in a session of its own, where only some begin anew.
            quiz = Quiz(name, fresh=fresh, confidence=True)
            in_a_notebook(quiz, steps_of_a_learner(quiz, dice))
            if dice.random() < 0.5:
                quiz.answers = {}
                in_a_notebook(quiz, steps_of_a_learner(quiz, dice)[:5])
    file = export_progress(tmp_path / "mine.jsonl").read_text(encoding="utf-8")
    nothing = {"_tries": {}, "answers": {}, "_sure": {}, "_kept": None}
    for fresh in (False, True):
        quizzes = [Quiz(name, fresh=fresh, confidence=confidence) for name in bank_names()]
        states = [{**opened(quiz), "state": {**quiz.page_state(), **nothing}} for quiz in quizzes]
        shown = keep(states, file=file)["shown"]
        for quiz, page in zip(quizzes, shown, strict=True):
            there = {key: page["first"][key] for key in nothing}
            assert there == {
                "_tries": quiz._tries,
                "answers": quiz.answers,
                "_sure": quiz._sure,
                "_kept": quiz._kept,
            }
    assert any(quiz._tries for quiz in map(Quiz, bank_names()))


GUESSES = [
    (dict(answer=0.62, low=0, high=1), [0.5, 0.4]),
    (dict(answer=700, unit="€"), [650, 7.5]),
    (dict(answer="b", choices=["a", "b"]), ["a"]),
    (dict(choices=["a", "b"], reveal="Both."), ["b"]),
    (dict(reveal="Words."), ["So I think. 🙂"]),
]


@pytest.mark.parametrize(("asked", "guesses"), GUESSES)
def test_a_prediction_is_the_same_event_and_shown_again(keep, tmp_path, asked, guesses):
    question = Predict("What?", item="t/what", **asked)
    steps = [*({"guess": guess} for guess in guesses), {"committed": True}]
    page = opened(question, steps)
    result = keep([page, opened(question)])
    in_a_notebook(question, steps)
    assert told(lines_of(result)) == told(events.events("t/what"))
    assert len(events.events()) == 1
    again = result["shown"][1]["first"]
    assert (again["guess"], again["committed"], again["_kept"]) == (guesses[-1], True, 1)
    other = Predict("What?", item="t/what", answer=3, low=0, high=5)
    file = export_progress(tmp_path / "mine.jsonl").read_text(encoding="utf-8")
    (there,) = keep(
        [{**opened(other), "state": {**other.page_state(), "guess": None, "committed": False}}], file=file
    )["shown"]
    assert (there["first"]["guess"], there["first"]["committed"]) == (other.guess, other.committed)


def test_a_prediction_without_an_id_is_kept_under_the_one_that_a_notebook_makes(keep):
    question = Predict("Without an id?", answer=1, low=0, high=2)
    result = keep([opened(question, [{"guess": 1}, {"committed": True}])])
    assert json.loads(result["lines"])["item"] == question.item


def test_progress_counts_what_a_page_kept_and_a_page_takes_it_back(keep, tmp_path, monkeypatch):
    dice = random.Random(7)
    quizzes = [Quiz(name, confidence=True) for name in bank_names()]
    guess = Predict("How many?", answer=0.3, low=0, high=1, item="00_start_here/a-guess")
    pages = [opened(quiz, steps_of_a_learner(quiz, dice)) for quiz in quizzes]
    pages.append(opened(guess, [{"guess": 0.5}, {"committed": True}]))
    path = tmp_path / "edutools-progress.jsonl"
    path.write_text(keep(pages)["lines"], encoding="utf-8")
    for widget, page in zip([*quizzes, guess], pages, strict=True):
        in_a_notebook(widget, page["steps"])
    there = progress().table.drop(columns="next_due")
    own = delete_progress(confirm=True)
    assert import_progress(path) == own
    assert import_progress(path) == 0
    pd.testing.assert_frame_equal(progress().table.drop(columns="next_due"), there)
    back = export_progress(tmp_path / "back.jsonl").read_text(encoding="utf-8")
    assert keep(file=back)["lines"] == path.read_text(encoding="utf-8")
    assert keep(file=back + back)["lines"] == back


def test_what_is_an_answer_is_the_same_in_both_languages(keep):
    questions = [question for name in bank_names() for question in load(name)]
    assert {question["type"] for question in questions} >= {
        "multiple_choice",
        "many_choice",
        "numeric",
        "match",
        "order",
        "open",
    }
    dice = random.Random(5)
    pairs = [(question, answer) for question in questions for answer in [*JUNK, an_answer(question, dice)]]
    assert keep(answers=pairs)["fits"] == [is_answer(*pair) for pair in pairs]
