"""A prediction is committed before anything is shown, compared, and remembered."""

from __future__ import annotations

import ipywidgets
import matplotlib
import numpy as np
import pandas as pd
import polars as pl
import pytest

from edutools import events
from edutools.widgets.predict import Predict
from edutools.widgets.quiz import Quiz

matplotlib.use("Agg")
HOSTILE = "<img src=x onerror=alert(1)>"
ONE = [{"id": "t/one", "type": "numeric", "question": "1+1?", "answers": [{"value": 2, "correct": True}]}]


def figure():
    from matplotlib.figure import Figure

    drawn = Figure()
    drawn.add_subplot().plot([0, 1], [1, 0])
    return drawn


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"answer": 3}, "number"),
        ({"answer": np.float64(0.5)}, "number"),
        ({"low": 0, "high": 1, "reveal": "x"}, "number"),
        ({"choices": ["a", "b"], "answer": "a"}, "choice"),
        ({"choices": {"a": "no", "b": "yes"}, "reveal": "x"}, "choice"),
        ({"reveal": "x"}, "words"),
        ({"answer": "because"}, "words"),
    ],
)
def test_what_is_asked_for_follows_from_what_is_given(given, kind):
    assert Predict("q", **given)._kind == kind


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"answer": 3, "low": 0, "high": 10}, (1, 0)),
        ({"answer": 0.62, "low": 0, "high": 1}, (0.01, 2)),
        ({"answer": 0.5, "low": 0, "high": 1, "step": 0.05}, (0.05, 2)),
        ({"answer": 700}, (1, 0)),
        ({"answer": 0.25}, (0.01, 2)),
        ({"answer": 12.5, "low": 0, "high": 1000}, (10.0, 0)),
    ],
)
def test_the_step_says_how_many_decimals_are_shown(given, shown):
    scale = Predict("q", **given)._scale
    assert (scale["step"], scale["digits"]) == pytest.approx(shown)


@pytest.mark.parametrize(
    ("given", "error", "complaint"),
    [
        ({}, ValueError, "`reveal` or `answer` must be given"),
        ({"choices": ["a"], "answer": "a"}, ValueError, "`choices` must hold at least two"),
        ({"choices": ["rises", "falls"], "answer": "rise"}, ValueError, "`answer` must be one of .* 'rises'"),
        ({"answer": 5, "low": 0}, ValueError, "`low` and `high` must be given together"),
        ({"answer": 5, "low": 9, "high": 1}, ValueError, "`low` must be below `high`"),
        ({"answer": 5, "low": 0, "high": 1}, ValueError, "`answer` must lie from 0 to 1, got 5"),
        ({"answer": np.nan}, ValueError, "`answer` must be a finite number"),
        ({"answer": 1, "low": 0, "high": 2, "step": 0}, ValueError, "`step` must be above 0"),
        ({"reveal": figure()}, ValueError, "`alt` must say in words"),
        ({"reveal": object()}, TypeError, "`reveal` must be a widget, .* got object"),
    ],
)
def test_what_cannot_be_asked_is_refused(given, error, complaint):
    with pytest.raises(error, match=complaint):
        Predict("q", **given)


def test_a_committed_guess_is_an_event_and_survives_a_re_run():
    first = Predict("q", answer=0.62, low=0, high=1, item="t/share")
    assert (first.guess, first.committed) == (None, False)
    # As the browser sends it: both traits in one message.
    first.set_state({"guess": 0.5, "committed": True})
    assert [event["value"] for event in events.events("t/share", "prediction")] == [
        {"guess": 0.5, "answer": 0.62}
    ]
    again = Predict("q", answer=0.62, low=0, high=1, item="t/share")
    assert (again.guess, again.committed) == (0.5, True)
    assert len(events.events("t/share")) == 1


def test_a_guess_that_no_longer_fits_is_asked_again():
    Predict("q", answer="a", choices=["a", "b", "c"], item="t/x").set_state({"guess": "c", "committed": True})
    assert not Predict("q", answer="a", choices=["a", "b"], item="t/x").committed


def test_moving_the_slider_is_no_commitment():
    asked = Predict("q", answer=0.62, low=0, high=1, item="t/share")
    asked.set_state({"guess": 0.4})
    assert events.events() == []


def test_nothing_can_be_committed_without_a_guess_and_a_guess_must_fit():
    asked = Predict("q", answer="rises", choices=["rises", "falls"])
    with pytest.raises(ValueError, match="`guess` must be set before it can be committed"):
        asked.committed = True
    with pytest.raises(ValueError, match="Did you mean 'falls'"):
        asked.guess = "fall"
    with pytest.raises(ValueError, match="`guess` must be a number, got 'x'"):
        Predict("q", answer=1).guess = "x"
    with pytest.raises(ValueError, match="`guess` must be a text, got ''"):
        Predict("q", reveal="x").guess = ""
    assert events.events() == []


def test_the_same_question_keeps_its_item_and_another_has_another():
    items = [Predict(question, answer=1).item for question in ("a?", "a?", "b?")]
    assert items[0] == items[1] != items[2]


@pytest.mark.parametrize("library", [pd, pl], ids=["pandas", "polars"])
def test_a_table_is_shown_as_rows_of_text(library):
    frame = library.DataFrame({"name": [HOSTILE, "b"], "rate": [0.5, 0.123456], "n": [1, 2]})
    asked = Predict("q", reveal=frame)
    rows = [[HOSTILE, "0.5", "1"], ["b", "0.1235", "2"]]
    assert asked._table == {"columns": ["name", "rate", "n"], "rows": rows}
    assert "0.1235" in repr(asked)
    assert "<img" not in asked.to_html()


def test_the_named_rows_of_a_table_are_kept():
    frame = pd.DataFrame({"rate": [0.5]}, index=pd.Index(["women"], name="group"))
    assert Predict("q", reveal=frame)._table == {"columns": ["group", "rate"], "rows": [["women", "0.5"]]}
    series = pd.Series([1], index=["women"], name="people")
    assert Predict("q", reveal=series)._table["rows"] == [["women", "1"]]


def test_a_figure_is_shown_as_a_picture_with_its_words_and_not_below_the_cell():
    from matplotlib import pyplot

    _, axes = pyplot.subplots()
    asked = Predict("q", reveal=axes, alt='A "falling" line.')
    assert asked._image.startswith(b"\x89PNG")
    assert pyplot.get_fignums() == []
    assert 'alt="A &quot;falling&quot; line."' in asked.to_html()
    assert "falling" in repr(asked)
    assert "$bytes" in asked.page_state()["_image"]


def test_a_function_is_called_once_for_what_it_returns():
    calls = []
    asked = Predict("q", reveal=lambda: calls.append(1) or "shown")
    assert (asked._words, calls) == ("shown", [1])


def test_a_widget_is_held_and_stands_in_the_page_beside_the_question(tmp_path):
    child = Quiz(ONE)
    asked = Predict("q", answer=1, reveal=child)
    assert asked.page_widgets() == [asked, child]
    assert asked.page_state()["_child"] == f"IPY_MODEL_{child.model_id}"
    assert asked.save_html(tmp_path / "page.html").stat().st_size < 70_000


def test_a_widget_of_another_library_is_shown_in_a_notebook_but_not_in_a_page(tmp_path):
    asked = Predict("q", answer=1, reveal=ipywidgets.IntSlider())
    assert "IntSlider" in repr(asked)
    with pytest.raises(TypeError, match="widgets of edutools only, got IntSlider"):
        asked.save_html(tmp_path / "page.html")


def test_the_twin_holds_the_question_and_folded_up_what_it_reveals():
    asked = Predict(f"How *many*? {HOSTILE}", answer=2, unit="people", reveal=Quiz(ONE))
    html = asked.to_html()
    assert "<em>many</em>" in html
    assert html.index("How") < html.index("<details>") < html.index("2 people") < html.index("1+1?")
    assert "<img" not in html
    text = repr(asked)
    assert text.index("How") < text.index("2 people") < text.index("1+1?")


def test_the_twin_of_a_committed_prediction_says_what_was_guessed():
    asked = Predict("q", answer=0.62, low=0, high=1, unit="%")
    asked.set_state({"guess": 0.5, "committed": True})
    assert "You said 0.50%" in repr(asked)
    choice = Predict("q", answer="rises", choices={"rises": "yes", "falls": "no"})
    assert "Possible answers: rises / falls" in repr(choice)


def test_a_choice_that_is_no_text_is_judged_by_how_it_reads():
    question = Predict("How many?", choices=[1, 2], answer=2)
    question.guess = "2"
    assert question.page_state()["_answer"] == question.guess


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"answer": 1, "low": 0, "high": float("inf")}, "`high` must be a finite number, got inf"),
        ({"answer": 1, "low": "a", "high": 2}, "`low` must be a finite number, got 'a'"),
        ({"answer": 1, "step": "a"}, "`step` must be a finite number, got 'a'"),
        ({"reveal": pd.DataFrame()}, "a data frame without columns"),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_name(given, message):
    with pytest.raises(ValueError, match=message):
        Predict("How many?", **given)


def test_the_page_is_told_whether_the_guess_is_kept():
    asked = Predict("q", answer=0.62, item="t/kept")
    assert asked._kept == 0
    asked.set_state({"guess": 0.5, "committed": True})
    assert asked._kept == len(events.events("t/kept")) == 1
    assert Predict("q", answer=0.62, item="t/kept")._kept == 1
    assert asked.page_state()["_kept"] is None
