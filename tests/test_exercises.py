"""Each exercise knows the right answer, however it was got, and each likely mistake by its name."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix, recall_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from edutools import events
from edutools.counts import ThresholdCounts
from edutools.course.exercises import Exercise, _catalogue, alike, exercise, exercise_names
from edutools.datasets import load_loans

CATALOGUE = _catalogue()
MISTAKES = [(name, wrong) for name, each in CATALOGUE.items() for wrong in each["wrong"]]


@pytest.fixture(scope="module")
def predictions():
    """Labels, scores and groups of the lessons' 200 test rows."""
    loans = load_loans()
    columns = ["age", "income", "debt_ratio", "credit_history"]
    train, test = train_test_split(loans, test_size=200, random_state=0, stratify=loans[["gender", "repaid"]])
    model = make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), LogisticRegression())
    model.fit(train[columns], train["repaid"])
    return test["repaid"].to_numpy(), model.predict_proba(test[columns])[:, 1], test["gender"].to_numpy()


@pytest.fixture(scope="module")
def counts(predictions):
    y_true, y_score, gender = predictions
    return ThresholdCounts.from_predictions(y_true, y_score, sensitive_features=gender)


def run(code, counts):
    names = {"counts": counts, "np": np}
    exec(code, names)
    return names["answer"]


def written_otherwise(name, predictions):
    """The answer got from the rows themselves, through scikit-learn or pandas, not from the counts."""
    y_true, y_score, gender = predictions
    if name == "00_start_here/wrongly-approved":
        return confusion_matrix(y_true, y_score >= 0.6)[0, 1]
    if name == "00_start_here/profit":
        return np.where(y_score >= 0.6, np.where(y_true == 1, 300, -700), 0).sum()
    if name == "05_evaluate/true-positive-rate-of-women":
        women = gender == "woman"
        return round(recall_score(y_true[women], y_score[women] >= 0.5), 2)
    if name == "05_evaluate/demographic-parity-difference":
        approved = pd.Series(y_score >= 0.5).groupby(gender).mean()
        return float(abs(approved["man"] - approved["woman"]))
    assert name == "05_evaluate/highest-profit", f"{name} has no answer written otherwise"
    return max(
        (100 * ((y_score >= k / 1000) & (y_true == 1)) - 500 * ((y_score >= k / 1000) & (y_true == 0))).sum()
        for k in range(1001)
    )


@pytest.mark.parametrize("name", exercise_names())
def test_the_solution_and_an_equivalent_one_are_correct(name, counts, predictions):
    task = exercise(name, counts=counts)
    assert task.check(run(task.solution().content, counts)).status == "correct"
    assert task.check(written_otherwise(name, predictions)).status == "correct"


@pytest.mark.parametrize("name", exercise_names())
@pytest.mark.parametrize("stub", [..., None], ids=["dots", "none"])
def test_a_stub_is_not_attempted_and_leaves_no_event(name, stub, counts):
    result = exercise(name, counts=counts).check(stub)
    assert (result.status, result.misconception) == ("not attempted", "")
    assert "Not attempted" in repr(result)
    assert events.events() == []


@pytest.mark.parametrize(
    ("name", "wrong"), MISTAKES, ids=[f"{name}-{wrong['misconception']}" for name, wrong in MISTAKES]
)
def test_each_likely_mistake_is_told_in_its_own_words(name, wrong, counts):
    result = exercise(name, counts=counts).check(run(wrong["code"], counts))
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


@pytest.mark.parametrize("lesson", ["00_start_here", "05_evaluate"])
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
    assert task.check(np.array([run(task.solution().content, counts)])).status == "correct"


def test_rounding_to_two_decimals_is_allowed_where_the_exercise_says_so(counts):
    task = exercise("05_evaluate/demographic-parity-difference", counts=counts)
    right = run(task.solution().content, counts)
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
