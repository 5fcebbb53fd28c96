"""Pictures that a question shows: what is wrong in one is named, and the twin tells the same figures."""

from __future__ import annotations

import copy
import re

import pytest

from edutools.widgets.pictures import picture_as_table
from edutools.widgets.questions import load
from edutools.widgets.quiz import Quiz

PICTURES = {
    "matrix": {"type": "matrix", "alt": "A matrix.", "tp": 60, "fp": 20, "fn": 40, "tn": 80},
    "rates": {
        "type": "rates",
        "alt": "Two rates.",
        "rows": [
            {"name": "women", "value": 0.7, "low": 0.61, "high": 0.77},
            {"name": "others", "value": None, "reason": "nobody would repay"},
        ],
    },
    "lines": {
        "type": "lines",
        "alt": "Two losses.",
        "x": "epoch",
        "y": "log-loss",
        "series": [
            {"name": "training", "points": [[0, 0.69], [1, 0.4]]},
            {"name": "test", "points": [[0, 0.69], [2, 0.5]]},
        ],
    },
    "table": {
        "type": "table",
        "alt": "Rows.",
        "columns": ["group", "rows"],
        "rows": [["women", 429], ["men", 571]],
    },
    "dots": {
        "type": "dots",
        "alt": "People.",
        "threshold": 0.6,
        "groups": [{"name": "women", "repay": [0.7, 0.3], "default": []}],
    },
}


def question_with(picture, **fields):
    return {
        "id": "t/one",
        "type": "multiple_choice",
        "question": "What does it show?",
        "picture": picture,
        "answers": [{"answer": "a", "correct": True}, {"answer": "b", "correct": False}],
        **fields,
    }


def told(name):
    (question,) = load([question_with(PICTURES[name])])
    return picture_as_table(question["picture"])


def test_a_matrix_is_told_with_labels_in_rows_and_decisions_in_columns():
    table = told("matrix")
    assert table["caption"] == "A matrix."
    assert table["columns"] == ["", "predicted negative", "predicted positive"]
    assert table["rows"] == [["actual negative", "80", "20"], ["actual positive", "40", "60"]]


def test_rates_are_told_with_their_intervals_and_undefined_with_its_reason():
    assert told("rates")["rows"] == [
        ["women", "0.70 (0.61 to 0.77)"],
        ["others", "undefined: nobody would repay"],
    ]


def test_lines_are_told_by_their_places_with_gaps_where_a_line_has_no_point():
    table = told("lines")
    assert table["columns"] == ["epoch", "training (log-loss)", "test (log-loss)"]
    assert table["rows"] == [["0", "0.69", "0.69"], ["1", "0.4", ""], ["2", "", "0.5"]]


def test_a_table_and_dots_are_told_as_they_are():
    assert told("table")["rows"] == [["women", "429"], ["men", "571"]]
    assert told("dots")["rows"] == [["women", "would repay", "0.30 0.70"], ["women", "would default", ""]]
    assert told("dots")["columns"][-1] == "scores; approved from 0.60"


@pytest.mark.parametrize("name", PICTURES)
def test_both_twins_of_a_quiz_hold_every_figure_of_the_picture(name):
    quiz = Quiz([question_with(PICTURES[name])])
    for row in told(name)["rows"]:
        for cell in filter(None, row):
            assert cell in repr(quiz)
            assert cell in quiz.to_html()


BREAKS = [
    ("matrix", ["tp"], -1, "`picture.tp` must be a whole number from 0 up, got -1"),
    ("matrix", ["tp"], True, "`picture.tp` must be a whole number from 0 up, got True"),
    ("matrix", ["labels"], ["one"], "`picture.labels` must be two texts, got ['one']"),
    ("matrix", ["alt"], " ", "`picture.alt` must be a text"),
    (
        "matrix",
        ["type"],
        "martix",
        "`picture.type` must be one of ['matrix', 'rates', 'lines', 'table', 'dots'], got",
    ),
    ("rates", ["rows", 0, "value"], 1.2, "`picture.rows[0].value` must be a number from 0 to 1, got 1.2"),
    (
        "rates",
        ["rows", 0, "value"],
        0.9,
        "`picture.rows[0].value` must be from its low end 0.61 to its high end",
    ),
    ("rates", ["rows", 1, "reason"], 3, "`picture.rows[1].reason` must be a text, got 3"),
    ("rates", ["rows"], [], "`picture.rows` must be a list of objects, got []"),
    ("lines", ["series", 1, "points"], [[0, 1]], "`picture.series[1].points` must be a list of at least two"),
    ("lines", ["series", 0, "points"], [[0, 1], [1, "x"]], "`picture.series[0].points` must be a list"),
    ("table", ["rows"], [["women"]], "`picture.rows` must be a list of rows of 2 cells"),
    ("table", ["columns"], [], "`picture.columns` must be a list of texts"),
    ("dots", ["groups", 0, "repay"], [2], "`picture.groups[0].repay` must be a list of numbers from 0 to 1"),
    ("dots", ["threshold"], None, "`picture.threshold` must be a number from 0 to 1, got None"),
]


@pytest.mark.parametrize(("name", "path", "value", "complaint"), BREAKS)
def test_what_is_wrong_in_a_picture_is_named(name, path, value, complaint):
    picture = copy.deepcopy(PICTURES[name])
    holder = picture
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    with pytest.raises(ValueError, match=re.escape(complaint)):
        load([question_with(picture)])


def test_a_picture_that_is_no_object_and_a_kind_that_is_none_are_refused():
    with pytest.raises(ValueError, match=r"`picture` must be an object, got 'a\.png'"):
        load([question_with("a.png")])
    with pytest.raises(ValueError, match=r"`kind` must be one of \['recall', .*, got 'recal'"):
        load([question_with(PICTURES["table"], kind="recal")])
    assert load([question_with(PICTURES["table"], kind="read")])[0]["kind"] == "read"
