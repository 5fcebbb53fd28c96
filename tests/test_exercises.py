"""Each exercise knows the right answer, however it was got, and each likely mistake by its name."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from edutools import events
from edutools.course.exercises import Exercise, _catalogue, alike, exercise, exercise_names
from tests.answers import data_for, lesson_of, written_otherwise

CATALOGUE = _catalogue()
MISTAKES = [(name, wrong) for name, each in CATALOGUE.items() for wrong in each["wrong"]]


@pytest.fixture(scope="module")
def counts():
    return data_for("00_start_here/profit")["counts"]


def run(code, data):
    """What code leaves under the name ``answer``, as exercises run it."""
    names = {"np": np, "pd": pd, **data}
    with np.errstate(divide="ignore", invalid="ignore"):
        exec(code, names)
    return names["answer"]


@pytest.mark.parametrize("name", exercise_names())
def test_the_solution_and_an_equivalent_one_are_correct(name):
    task = exercise(name, **data_for(name))
    assert task.check(run(task.solution().content, data_for(name))).status == "correct"
    assert task.check(written_otherwise(name)).status == "correct"


@pytest.mark.parametrize("name", exercise_names())
@pytest.mark.parametrize("stub", [..., None], ids=["dots", "none"])
def test_a_stub_is_not_attempted_and_leaves_no_event(name, stub):
    result = exercise(name, **data_for(name)).check(stub)
    assert (result.status, result.misconception) == ("not attempted", "")
    assert "Not attempted" in repr(result)
    assert events.events() == []


@pytest.mark.parametrize(
    ("name", "wrong"), MISTAKES, ids=[f"{name}-{wrong['misconception']}" for name, wrong in MISTAKES]
)
def test_each_likely_mistake_is_told_in_its_own_words(name, wrong):
    result = exercise(name, **data_for(name)).check(run(wrong["code"], data_for(name)))
    assert (result.status, result.reason, result.misconception) == (
        "incorrect",
        wrong["feedback"],
        wrong["misconception"],
    )


@pytest.mark.parametrize("name", exercise_names())
def test_an_exercise_has_hints_and_at_least_three_mistakes_with_names_of_their_own(name):
    written = CATALOGUE[name]
    names = [wrong["misconception"] for wrong in written["wrong"]]
    assert len(set(names)) == len(names) >= 3
    assert len(written["hints"]) >= 2
    assert written["prompt"].strip() and written["solution"].strip()
    assert written.keys() <= {
        "id",
        "needs",
        "prompt",
        "hints",
        "solution",
        "explanation",
        "tolerance",
        "wrong",
    }


@pytest.mark.parametrize("lesson", sorted({lesson_of(name) for name in exercise_names()}))
def test_a_lesson_has_two_exercises(lesson):
    assert sum(name.startswith(f"{lesson}/") for name in exercise_names()) >= 2


def test_an_unknown_mistake_is_incorrect_and_offers_a_hint(counts):
    result = exercise("00_start_here/profit", counts=counts).check(-12345)
    assert (result.status, result.misconception) == ("incorrect", "")
    assert "hint()" in result.reason


def test_an_answer_of_the_wrong_kind_is_told_what_was_expected(counts):
    task = exercise("00_start_here/profit", counts=counts)
    assert task.check("24700").reason == "This asks for a number; your answer is a text."
    assert "a dict with the keys 'profit'" in task.check({"profit": 1}).reason
    assert "of shape 2 × 2" in task.check(np.zeros((2, 2))).reason
    assert task.check(True).misconception == "wrong-kind"
    assert task.check(np.array([run(task.solution().content, {"counts": counts})])).status == "correct"


def test_rounding_to_two_decimals_is_allowed_where_the_exercise_says_so(counts):
    task = exercise("05_evaluate/demographic-parity-difference", counts=counts)
    right = run(task.solution().content, {"counts": counts})
    assert task.check(round(right, 2)).status == "correct"
    assert task.check(round(right, 2) + 0.01).status == "incorrect"


def test_checks_hints_and_solutions_are_events(counts):
    task = exercise("00_start_here/profit", counts=counts)
    task.check(1)
    task.hint()
    task.solution()
    task.check(300 * counts.at(0.6).overall.tp[0])
    kept = [(event["kind"], event["value"]) for event in events.events("00_start_here/profit")]
    assert kept == [
        ("exercise", {"status": "incorrect", "misconception": ""}),
        ("hint", {"step": 1}),
        ("solution", {}),
        ("exercise", {"status": "incorrect", "misconception": "ignores-the-loss"}),
    ]


def test_hints_come_one_at_a_time_and_end_with_the_last(counts):
    task = exercise("00_start_here/profit", counts=counts)
    given = [repr(task.hint()) for _ in range(4)]
    assert [hint[:11] for hint in given] == ["Hint 1 of 3", "Hint 2 of 3", "Hint 3 of 3", "Hint 3 of 3"]
    assert CATALOGUE["00_start_here/profit"]["hints"][0] in given[0]


def test_an_unknown_exercise_suggests_the_near_one(counts):
    with pytest.raises(ValueError, match=r"`exercise` must be one of .* Did you mean '00_start_here/profit'"):
        exercise("00_start_here/proft", counts=counts)


def test_data_that_is_missing_misspelled_or_unfit_is_refused(counts):
    with pytest.raises(ValueError, match="needs `counts=counts`, got"):
        exercise("00_start_here/profit")
    with pytest.raises(ValueError, match=r"takes \['counts'\], got 'count'. Did you mean 'counts'"):
        exercise("00_start_here/profit", count=counts)
    with pytest.raises(ValueError, match="cannot be solved on this data: AttributeError"):
        exercise("00_start_here/profit", counts=3)


def test_a_mistake_that_leads_nowhere_on_this_data_is_passed_over(counts):
    written = {
        **CATALOGUE["00_start_here/profit"],
        "wrong": [{"code": "answer = 1 / 0", "feedback": "", "misconception": ""}],
    }
    assert Exercise(written, {"counts": counts}).check(5).status == "incorrect"


def test_what_a_notebook_shows_is_escaped(counts):
    written = {**CATALOGUE["00_start_here/profit"], "prompt": "<img src=x> `<b>`", "hints": ["<img src=x>"]}
    task = Exercise(written, {"counts": counts})
    shown = task._repr_html_() + task.hint()._repr_html_() + task.check("<img src=x>")._repr_html_()
    assert "<img" not in shown
    assert "&lt;img" in shown
    written["solution"] = "answer = 1 < 2"
    assert task.solution()._repr_html_() == "<pre><code>answer = 1 &lt; 2</code></pre>"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (0.1 + 0.2, 0.3),
        (np.float32(0.5), 0.5),
        (np.int64(3), 3),
        (np.nan, float("nan")),
        ([1, 2], np.array([1.0, 2.0])),
        ((1, 2), pd.Series([1, 2], index=["a", "b"])),
        ({"a": [1, 2], "b": "x"}, {"b": "x", "a": np.array([1, 2])}),
        (pd.DataFrame({"a": [1, 2], "b": [3, 4]}), pd.DataFrame({"b": [4, 3], "a": [2, 1]}, index=[1, 0])),
        (["x", None], ["x", None]),
        (True, np.True_),
    ],
)
def test_answers_that_say_the_same_are_alike(one, other):
    assert alike(one, other)
    assert alike(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 2),
        (1, True),
        (1, "1"),
        (1, np.nan),
        ([1, 2], [2, 1]),
        ([1, 2], [1, 2, 3]),
        ({"a": 1}, {"b": 1}),
        ({"a": 1}, {"a": 2}),
        (pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": [1, 3]})),
        (pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"b": [1, 2]})),
        (pd.DataFrame({"a": [1, 2]}), [1, 2]),
        ("a", "b"),
    ],
)
def test_answers_that_differ_are_not_alike(one, other):
    assert not alike(one, other)
    assert not alike(other, one)


def test_a_tolerance_holds_for_every_number_inside():
    assert alike({"a": [0.5, 0.75]}, {"a": [0.504, 0.746]}, tolerance=0.005)
    assert not alike({"a": [0.5, 0.75]}, {"a": [0.504, 0.744]}, tolerance=0.005)
