"""The question banks: whole, varied, honest about every distractor, and permanent in their ids."""

from __future__ import annotations

import json
import re

import pytest

from edutools.course.exercises import exercise_names
from edutools.widgets.questions import KINDS, bank_names, judge, load, shown_order
from edutools.widgets.quiz import Quiz

LEAST = 8  # questions a lesson
QUESTIONS = [question for name in bank_names() for question in load(name)]
each_question = pytest.mark.parametrize("question", QUESTIONS, ids=[question["id"] for question in QUESTIONS])


def remarks(question):
    """All wrong answers that a question knows, each with its feedback and misconception."""
    known = [*question.get("options", []), *question.get("rules", [])]
    return [each for each in known if not each["correct"]] + question.get("mistakes", [])


@pytest.mark.parametrize("name", bank_names())
def test_a_bank_has_enough_questions_of_several_types(name):
    bank = load(name)
    assert len(bank) >= LEAST
    assert len({question["type"] for question in bank}) >= 3


@pytest.mark.parametrize("name", bank_names())
def test_a_bank_asks_to_recall_to_apply_to_read_and_to_predict(name):
    kinds = {question.get("kind") for question in load(name)}
    assert kinds == set(KINDS)
    assert all("picture" in question for question in load(name) if question["kind"] == "read")


@each_question
def test_a_question_has_a_hint_and_says_something_to_every_wrong_answer(question):
    assert question["hint"]
    for remark in remarks(question):
        assert remark["feedback"], remark
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", remark["misconception"]), remark
    if question["type"] in ("multiple_choice", "many_choice"):
        assert all(option["feedback"] for option in question["options"])
        assert remarks(question)
    if question["type"] in ("numeric", "order"):
        assert question["otherwise"]
    if question["type"] == "match":
        assert all(said["feedback"] for said in question["remarks"])


@each_question
def test_no_known_wrong_answer_is_taken_for_right_and_each_is_told_in_its_own_words(question):
    for rule in question.get("rules", []):
        answer = rule["value"] if "value" in rule else sum(rule["range"]) / 2
        verdict = judge(question, answer)
        assert (verdict.right, verdict.feedback) == (rule["correct"], (rule["feedback"],))
    for mistake in question.get("mistakes", []):
        order = list(range(len(question["lines"])))
        order.remove(mistake["before"])
        order.insert(order.index(mistake["after"]), mistake["before"])
        assert mistake["feedback"] in judge(question, order).feedback


@pytest.mark.parametrize("name", bank_names())
def test_the_right_answer_does_not_always_stand_in_the_same_place(name):
    places = {
        [option["correct"] for option in question["options"]].index(True)
        for question in load(name)
        if question["type"] == "multiple_choice"
    }
    assert len(places) > 1


@pytest.mark.parametrize("name", bank_names())
def test_a_lesson_s_quiz_opens_unanswered_and_its_page_is_small(name, tmp_path):
    quiz = Quiz(name)
    assert quiz.answers == {}
    assert quiz.score == 0
    assert quiz.save_html(tmp_path / "quiz.html").stat().st_size < 80_000


@each_question
def test_what_is_matched_or_ordered_does_not_begin_solved(question):
    if question["type"] in ("order", "match"):
        assert shown_order(question, shuffle=False) != list(
            range(len(question.get("lines", question.get("choices"))))
        )


def items(root):
    """Every permanent id with what it asks for: questions, exercises and lessons' predictions."""
    sources = sorted((root / "lessons" / "source").glob("*.py"))
    predicted = [
        found
        for path in sources
        for found in re.findall(r'\bitem="([^"]+)"', path.read_text(encoding="utf-8"))
    ]
    return [
        *((question["id"], question["type"]) for question in QUESTIONS),
        *((name, "exercise") for name in exercise_names()),
        *((name, "prediction") for name in predicted),
    ]


def test_no_id_is_used_twice_for_anything(root):
    ids = [name for name, _ in items(root)]
    assert [name for name in ids if ids.count(name) > 1] == []
    assert [name for name in ids if not re.fullmatch(r"\d\d_[a-z_]+/[a-z0-9]+(-[a-z0-9]+)*", name)] == []


def test_every_id_is_known_for_what_it_is_and_no_retired_one_comes_back(root):
    known = json.loads((root / "tests" / "item_ids.json").read_text(encoding="utf-8"))
    assert not known["items"].keys() & set(known["retired"])
    assert dict(items(root)) == known["items"], (
        "put a new id into tests/item_ids.json; retire one that is gone"
    )


def test_a_bank_s_ids_begin_with_its_lesson():
    for name in bank_names():
        assert all(question["id"].startswith(f"{name}/") for question in load(name))
