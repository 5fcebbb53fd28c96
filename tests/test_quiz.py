"""A quiz reads its questions rightly, judges and scores answers, and forgets none that was confirmed."""

from __future__ import annotations

import copy
import json
import math

import pytest

from edutools import events
from edutools.widgets import questions
from edutools.widgets.questions import is_answer, judge, load, points, shown_order
from edutools.widgets.quiz import Quiz

HOSTILE = "<img src=x onerror=alert(1)>"
CHOICE = {
    "id": "t/choice",
    "type": "multiple_choice",
    "question": "Which?",
    "answers": [
        {"answer": "wrong one", "correct": False, "feedback": "why wrong", "misconception": "slip"},
        {"answer": "right one", "correct": True, "feedback": "why right"},
    ],
}
NUMBER = {"id": "t/number", "type": "numeric", "question": "1+1?", "answers": [{"value": 2, "correct": True}]}
ORDER = {"id": "t/order", "type": "order", "question": "Order.", "lines": ["a", "b", "c", "d"]}
OPEN = {"id": "t/open", "type": "open", "question": "Why?", "model_answer": "The secret model answer."}
ALL = [CHOICE, NUMBER, ORDER, OPEN]


@pytest.fixture(scope="module")
def cases(root):
    return json.loads((root / "tests" / "quiz_cases.json").read_text(encoding="utf-8"))


def changed(**fields):
    return {**copy.deepcopy(CHOICE), **fields}


def test_every_question_is_read_into_the_form_that_the_browser_judges(cases):
    for name, each in cases["questions"].items():
        assert load([{**each["given"], "id": name}]) == [each["read"]], name


def test_every_answer_gets_the_verdict_that_the_browser_gives(cases):
    for case in cases["verdicts"]:
        verdict = judge(cases["questions"][case["of"]]["read"], case["answer"])
        said = [verdict.right, list(verdict.feedback), list(verdict.misconceptions)]
        assert said == [case["right"], case["feedback"], case["misconceptions"]], case


def test_tries_earn_one_point_then_half_then_none(cases):
    for case in cases["points"]:
        assert points(cases["questions"][case["of"]]["read"], case["tries"]) == case["points"], case


def test_a_file_of_jupyterquiz_loads_unchanged_and_reads_rightly(tmp_path):
    written = [
        {
            "question": "Compute $\\frac{1}{2}$ of <b>this</b>:<br>4 &lt; 5",
            "type": "multiple_choice",
            "code": "if a &lt; b:\n    print(a)",
            "answer_cols": 4,
            "answers": [
                {"answer": "2", "correct": True, "feedback": "Yes.", "hide": "false"},
                {"code": "x[0] &amp; y", "correct": False},
            ],
        },
        {
            "question": "$\\pi$?",
            "type": "numeric",
            "precision": 3,
            "answers": [
                {"type": "value", "value": 3.14, "correct": True, "feedback": "Correct."},
                {"type": "range", "range": [3.142857, 3.142858], "correct": True, "feedback": "22/7"},
                {"type": "default", "feedback": "Try again."},
            ],
        },
        {
            "question": "Several by their answers",
            "type": "multiple_choice",
            "answers": [{"answer": "a", "correct": True}, {"answer": "b", "correct": True}],
        },
        {
            "question": "A word",
            "type": "string",
            "input_width": 20,
            "answers": [{"answer": "recall", "correct": True, "match_case": False}],
        },
    ]
    path = tmp_path / "theirs.json"
    path.write_text(json.dumps([*written, written[1]]), encoding="utf-8")
    choice, number, several, word, again = load(path)
    assert choice["question"] == "Compute $\\frac{1}{2}$ of **this**:  \n4 < 5"
    assert choice["code"] == "if a < b:\n    print(a)"
    assert choice["columns"] == 4
    assert choice["options"][1]["code"] == "x[0] & y"
    assert several["type"] == "many_choice"
    assert judge(number, 3.1415926).right
    assert not judge(number, 3.1).right
    assert judge(word, "Recall").right
    ids = [question["id"] for question in (choice, number, several, word, again)]
    assert len(set(ids)) == 5
    assert all(each.startswith("theirs/") for each in ids)
    assert [question["id"] for question in load(str(path))] == ids


@pytest.mark.parametrize(
    ("question", "complaint"),
    [
        (changed(type="multiple_choise"), "`type` must be one of .* Did you mean 'multiple_choice'"),
        (changed(answers=[]), "`answers` must be a list of at least 1"),
        (changed(answers="a"), "`answers` must be a list"),
        (changed(answers=["a"]), r"`answers\[0\]` must be an object, got 'a'"),
        (
            changed(answers=[{"answer": "a", "correct": "yes"}]),
            r"`answers\[0\].correct` must be true or false, got 'yes'",
        ),
        (changed(answers=[{"answer": "a"}]), r"`answers\[0\].correct` must be true or false, got nothing"),
        (changed(answers=[{"correct": True}]), r"`answers\[0\].answer` must be a text .* got nothing"),
        (
            changed(answers=[{"answer": "a", "correct": True, "feedbak": "x"}]),
            r"`answers\[0\].feedbak` is no field. Did you mean 'feedback'",
        ),
        (changed(hints="x"), "`hints` is no field. Did you mean 'hint'"),
        (changed(question=None), "`question` must be a text, got None"),
        ({"id": "t/x", "type": "multiple_choice", "answers": CHOICE["answers"]}, "`question` must be a text"),
        ({**NUMBER, "precision": 0}, "`precision` must be a number of at least 1, got 0"),
        (
            {**NUMBER, "answers": [{"value": "2", "correct": True}]},
            r"`answers\[0\].value` must be a number, got '2'",
        ),
        (
            {**NUMBER, "answers": [{"range": [2, 1], "correct": True}]},
            r"`answers\[0\].range` must have its low end",
        ),
        (
            {**NUMBER, "answers": [{"range": [2], "correct": True}]},
            r"`answers\[0\].range` must be \[low, high\]",
        ),
        (
            {**NUMBER, "answers": [{"value": 2, "correct": False}]},
            "`answers` must hold one with `correct` true",
        ),
        ({**ORDER, "lines": ["a"]}, "`lines` must be a list of at least 2"),
        ({**ORDER, "also_correct": [[0, 1, 2, 2]]}, r"`also_correct\[0\]` must hold each of 0 to 3 once"),
        (
            {**ORDER, "mistakes": [{"before": "a", "after": "z", "feedback": "x"}]},
            r"`mistakes\[0\].after` must be one of the lines .* got 'z'",
        ),
        ({"id": "t/x", "type": "open", "question": "Why?"}, "`model_answer` must be a text, got nothing"),
        (
            {
                "type": "match",
                "question": "q",
                "options": ["a", "b"],
                "pairs": [{"label": "l", "answer": "c"}],
            },
            r"`pairs\[0\].answer` must be one of",
        ),
    ],
)
def test_a_malformed_question_is_refused_by_file_question_and_field(tmp_path, question, complaint):
    path = tmp_path / "broken.json"
    path.write_text(
        json.dumps([NUMBER, {**question, "id": question.get("id", "t/x") + "2"}]), encoding="utf-8"
    )
    with pytest.raises(ValueError, match=r"broken\.json, question 2 .*" + complaint):
        Quiz(path)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "broken.json is not JSON"),
        ("{}", "broken.json must hold a list of questions, got dict"),
        ("[]", "broken.json holds no question"),
        ('["q"]', "broken.json, question 1 must be an object"),
    ],
)
def test_a_malformed_file_is_refused_by_name(tmp_path, content, complaint):
    path = tmp_path / "broken.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=complaint):
        Quiz(path)


def test_an_unknown_bank_suggests_the_near_one():
    with pytest.raises(ValueError, match=r"`quiz` must be one of .* Did you mean '05_evaluate'"):
        Quiz("05_evalute")


def test_a_repeated_id_is_refused():
    with pytest.raises(ValueError, match=r"question 2 .*`id` must be unlike every other"):
        Quiz([CHOICE, CHOICE])


def test_only_some_questions_are_asked_in_the_order_given():
    quiz = Quiz(ALL, only=["open", "t/choice"])
    assert [question["id"] for question in quiz.questions] == ["t/open", "t/choice"]
    with pytest.raises(ValueError, match=r"`only` must be one of .* Did you mean 't/choice'"):
        Quiz(ALL, only=["t/choise"])


def test_lines_to_be_ordered_never_stand_in_a_right_order_and_always_alike():
    for n in range(40):
        (question,) = load([{**ORDER, "id": f"t/{n}", "lines": ["a", "b", "b"], "also_correct": [[1, 0, 2]]}])
        shown = shown_order(question, shuffle=False)
        assert not judge(question, shown).right
        assert shown == shown_order(question, shuffle=False)


def test_lines_that_can_only_be_right_are_shown_without_end():
    (question,) = load([{**ORDER, "lines": ["a", "a"]}])
    assert sorted(shown_order(question, shuffle=False)) == [0, 1]


def test_options_keep_their_order_unless_shuffled_and_are_shuffled_alike_every_time():
    many = [
        changed(id=f"t/{n}", answers=[{"answer": str(k), "correct": k == 0} for k in range(6)])
        for n in range(5)
    ]
    plain = [question["shown"] for question in Quiz(many)._questions]
    mixed = [question["shown"] for question in Quiz(many, shuffle=True)._questions]
    assert plain == [list(range(6))] * 5
    assert mixed == [question["shown"] for question in Quiz(many, shuffle=True)._questions]
    assert len(set(map(tuple, mixed))) > 1


def test_the_score_is_the_share_of_the_points():
    quiz = Quiz(ALL)
    assert quiz.score == 0
    quiz.answers = {"t/choice": 1}
    assert quiz.score == 0.25
    quiz.answers = {**quiz.answers, "t/number": 3}
    quiz.answers = {**quiz.answers, "t/number": 2.0}
    assert quiz.score == 1.5 / 4
    quiz.answers = {**quiz.answers, "t/open": {"text": "because", "mark": 0.5}}
    assert quiz.score == 2 / 4


def test_a_quiz_in_which_nothing_is_right_or_wrong_has_no_score():
    survey = changed(answers=[{"answer": "a", "correct": False}, {"answer": "b", "correct": False}])
    assert math.isnan(Quiz([survey]).score)


def test_an_answer_from_the_browser_is_recorded_once_with_its_misconception():
    quiz = Quiz(ALL)
    # As the browser sends it: both traits in one message.
    quiz.set_state({"_tries": {"t/choice": [0]}, "answers": {"t/choice": 0}})
    quiz.set_state({"_tries": {"t/choice": [0, 1]}, "answers": {"t/choice": 1}})
    quiz.set_state({"_tries": {"t/choice": [0, 1]}, "answers": {"t/choice": 1}})
    kept = [event["value"] for event in events.events("t/choice", "quiz")]
    assert kept == [
        {"answer": 0, "right": False, "misconceptions": ["slip"], "try": 1},
        {"answer": 1, "right": True, "misconceptions": [], "try": 2},
    ]
    assert quiz.score == 0.5 / 4


def test_an_answer_set_in_python_counts_as_a_try():
    quiz = Quiz(ALL)
    quiz.answers = {"t/choice": 0}
    quiz.answers = {"t/choice": 0, "t/number": 2}
    assert quiz._tries == {"t/choice": [0], "t/number": [2]}
    assert [event["item"] for event in events.events(kind="quiz")] == ["t/choice", "t/number"]


def test_answers_survive_a_re_run_of_the_cell_and_are_not_recorded_again():
    first = Quiz(ALL)
    first.answers = {"t/choice": 0}
    first.answers = {"t/choice": 1, "t/order": [0, 1, 2, 3], "t/open": {"text": "so", "mark": 1}}
    again = Quiz(ALL)
    assert again.answers == first.answers
    assert again.score == first.score == 2.5 / 4
    again.answers = {**again.answers, "t/number": 2}
    assert len(events.events(kind="quiz")) == 5


def test_an_answer_that_no_longer_fits_its_question_is_forgotten():
    Quiz([changed(answers=[{"answer": str(k), "correct": k == 0} for k in range(4)])]).answers = {
        "t/choice": 3
    }
    assert Quiz([CHOICE]).answers == {}


def test_answers_set_to_nothing_start_over():
    quiz = Quiz(ALL)
    quiz.answers = {"t/choice": 0}
    quiz.answers = {}
    quiz.answers = {"t/choice": 1}
    assert quiz.score == 0.25
    assert [event["value"]["answer"] for event in events.events("t/choice")] == [0, 1]


@pytest.mark.parametrize(
    ("answers", "complaint"),
    [
        ({"t/chioce": 0}, "Did you mean 't/choice'"),
        (
            {"t/choice": 2},
            r"`answers\['t/choice'\]` is not an answer to a question of type 'multiple_choice': 2",
        ),
        ({"t/choice": True}, "is not an answer"),
        ({"t/number": "2"}, "is not an answer"),
        ({"t/number": math.nan}, "is not an answer"),
        ({"t/order": [0, 1, 2]}, "is not an answer"),
        ({"t/order": [0, 1, 2, 2]}, "is not an answer"),
        ({"t/open": {"text": "a", "mark": 2}}, "is not an answer"),
    ],
)
def test_an_answer_that_cannot_be_one_is_refused_and_nothing_is_recorded(answers, complaint):
    quiz = Quiz(ALL)
    with pytest.raises(ValueError, match=complaint):
        quiz.answers = answers
    assert quiz.answers == {}
    assert events.events() == []


def test_the_form_of_an_answer_follows_its_type(cases):
    for case in cases["verdicts"]:
        read = cases["questions"][case["of"]]["read"]
        assert is_answer(read, case["answer"]), case
        for foreign in (None, {"text": 1, "mark": 0}, [99], 99 if "options" in read else [0.5], object()):
            if read["type"] == "numeric" and foreign == 99:
                continue
            assert not is_answer(read, foreign), (case["of"], foreign)


def test_an_unanswered_twin_shows_every_option_and_gives_nothing_away():
    quiz = Quiz(ALL)
    for twin in (repr(quiz), quiz.to_html()):
        assert twin.index("wrong one") < twin.index("right one")
        for secret in ("why wrong", "why right", "The secret model answer", "(right)"):
            assert secret not in twin
    assert "0 of 4 points, 0 of 4 answered" in repr(quiz)


def test_an_answered_twin_shows_the_answer_and_what_is_said_of_it():
    quiz = Quiz(ALL)
    quiz.answers = {"t/choice": 0}
    for twin in (repr(quiz), quiz.to_html()):
        assert "wrong one (not yet)" in twin
        assert "why wrong" in twin
        assert "why right" not in twin


def test_the_twin_of_every_type_can_be_made_with_and_without_an_answer(cases):
    given = [{**each["given"], "id": name} for name, each in cases["questions"].items()]
    quiz = Quiz(given)
    before = repr(quiz) + quiz.to_html()
    quiz.answers = {case["of"]: case["answer"] for case in cases["verdicts"]}
    assert len(repr(quiz) + quiz.to_html()) > len(before)


def test_hostile_texts_are_escaped_in_the_twin():
    answers = [{"answer": HOSTILE, "correct": True, "feedback": HOSTILE}]
    quiz = Quiz([changed(question=f"{HOSTILE} **{HOSTILE}** `{HOSTILE}`", code=HOSTILE, answers=answers)])
    quiz.answers = {"t/choice": 0}
    assert "<img" not in quiz.to_html()
    assert quiz.to_html().count("&lt;img") == 7


def test_the_page_holds_the_state_and_no_bank_is_left_out(tmp_path):
    assert Quiz(ALL).save_html(tmp_path / "quiz.html").stat().st_size < 60_000
    for name in questions.bank_names():
        assert len(Quiz(name).questions) >= 4


def test_a_file_that_is_no_text_is_refused_by_name(tmp_path):
    (tmp_path / "broken.json").write_bytes(b"[\xff]")
    with pytest.raises(ValueError, match=r"broken\.json is not JSON"):
        Quiz(tmp_path / "broken.json")


def test_a_file_with_a_byte_order_mark_is_read(tmp_path):
    (tmp_path / "bank.json").write_text(json.dumps([NUMBER]), encoding="utf-8-sig")
    assert len(Quiz(tmp_path / "bank.json").questions) == 1


@pytest.mark.parametrize("source", [None, 3])
def test_a_source_that_holds_no_questions_is_refused(source):
    with pytest.raises(TypeError, match="`source` must be a lesson's name, a file or a list of questions"):
        Quiz(source)


def test_the_page_is_told_how_many_tries_are_kept():
    quiz = Quiz(ALL)
    assert quiz._kept == 0
    quiz.answers = {"t/choice": 0}
    quiz.answers = {"t/choice": 1, "t/number": 2}
    assert quiz._kept == len(events.events(kind="quiz")) == 3
    assert Quiz(ALL)._kept == 3
    assert quiz.page_state()["_kept"] is None, "a page with no kernel waits for none"
    quiz.answers = {}
    assert quiz._kept == 0
