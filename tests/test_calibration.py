"""How sure a reader says to be, held against how often right: judged by scikit-learn and scipy."""

from __future__ import annotations

import json
import math
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import brier_score_loss

from edutools import events
from edutools.widgets.calibration import LEVELS, Calibration
from edutools.widgets.quiz import Quiz
from tests.test_quiz import ALL

PAIRS = st.lists(st.tuples(st.sampled_from(LEVELS), st.booleans()), min_size=1, max_size=40)


@given(PAIRS)
def test_the_brier_score_is_scikit_learns(pairs):
    said, right = zip(*pairs, strict=True)
    expected = brier_score_loss([int(each) for each in right], said, pos_label=1)
    assert Calibration.of(pairs).brier_score == pytest.approx(expected)


@given(PAIRS)
def test_a_level_s_row_is_a_count_with_scipys_interval(pairs):
    table = Calibration.of(pairs).table
    assert table["answered"].sum() == len(pairs)
    for level, row in table.iterrows():
        there = [right for each, right in pairs if each == level]
        assert (row["answered"], row["right"]) == (len(there), sum(there))
        limits = stats.binomtest(sum(there), len(there)).proportion_ci(method="wilson")
        assert (row["low"], row["high"]) == pytest.approx(tuple(limits), abs=1e-9)


def test_nothing_said_is_undefined_and_not_zero():
    nothing = Calibration.of([])
    assert math.isnan(nothing.brier_score)
    assert nothing.table.empty
    assert repr(nothing) == "Nothing answered yet to hold your confidence against."


def answered(quiz, name, *tries, sure=None):
    """As the browser sends it: the level, the tries and the answer in one message."""
    for count in range(1, len(tries) + 1):
        level = {} if sure is None else {"_sure": {**quiz._sure, name: sure}}
        quiz.set_state(
            {
                **level,
                "_tries": {**quiz._tries, name: list(tries[:count])},
                "answers": {**quiz.answers, name: tries[count - 1]},
            }
        )


def test_the_first_try_counts_and_is_kept_with_what_was_said():
    quiz = Quiz(ALL, confidence=True)
    answered(quiz, "t/choice", 0, 1, sure=0.95)
    answered(quiz, "t/number", 2, sure=0.5)
    table = quiz.calibration.table
    assert table["right"].to_dict() == {0.5: 1, 0.95: 0}
    kept = [event["value"].get("confidence") for event in events.events(kind="quiz")]
    assert kept == [0.95, None, 0.5]
    assert "You said 95% for 1, of which 0 were right at first: 0.00 (0.00 to 0.79)" in repr(quiz)
    again = Quiz(ALL, confidence=True)
    assert again.calibration == quiz.calibration


def test_a_quiz_that_starts_over_forgets_what_was_said():
    quiz = Quiz(ALL, confidence=True)
    answered(quiz, "t/choice", 0, sure=0.95)
    quiz.answers = {}
    assert quiz.calibration.table.empty
    assert quiz._sure == {}


def test_an_answer_without_a_level_is_no_part_of_the_calibration():
    quiz = Quiz(ALL, confidence=True)
    quiz.answers = {"t/choice": 0}
    assert quiz.calibration.table.empty


def test_a_quiz_that_does_not_ask_says_nothing_of_confidence():
    assert "confidence" not in repr(Quiz(ALL))
    assert Quiz(ALL)._levels == []


@pytest.mark.parametrize(
    ("sure", "complaint"), [({"t/choice": 0.6}, "`confidence` must be one of"), ({"t/x": 0.5}, "`question`")]
)
def test_a_level_or_question_that_is_none_is_refused(sure, complaint):
    with pytest.raises(ValueError, match=complaint):
        Quiz(ALL, confidence=True).set_trait("_sure", sure)


def test_the_browser_counts_and_scores_as_python_does(node, root):
    quiz = Quiz(ALL, confidence=True)
    answered(quiz, "t/choice", 0, 1, sure=0.95)
    answered(quiz, "t/number", 2, sure=0.95)
    answered(quiz, "t/order", [0, 1, 2, 3], sure=0.25)
    module = (root / "edutools/widgets/calibration.js").as_uri()
    given = {"questions": quiz._questions, "said": quiz._sure, "tries": quiz._tries}
    script = f"""
    import {{ calibrationOf, brierScore }} from {json.dumps(module)};
    const {{ questions, said, tries }} = {json.dumps(given)};
    const rows = calibrationOf(questions, said, (question) => tries[question.id] ?? []);
    console.log(JSON.stringify({{ rows, brier: brierScore(rows), none: brierScore([]) }}));
    """
    done = subprocess.run(
        [node, "--input-type=module", "-e", script], capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    table = quiz.calibration.table.reset_index()
    assert [[row["level"], row["answered"], row["right"]] for row in found["rows"]] == table[
        ["confidence", "answered", "right"]
    ].to_numpy().tolist()
    assert found["brier"] == pytest.approx(quiz.calibration.brier_score)
    assert found["none"] is None
