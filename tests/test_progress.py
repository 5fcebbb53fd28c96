"""What a learner has done, counted; carried elsewhere, merged and deleted."""

from __future__ import annotations

import json
import math
import shutil

import pandas as pd
import pytest

from edutools import (
    Predict,
    Quiz,
    ThresholdCounts,
    delete_progress,
    events,
    exercise,
    export_progress,
    import_progress,
    progress,
)
from edutools.course.exercises import exercise_names
from edutools.widgets.questions import bank_names, load

LESSON = "00_start_here"
CHOICES = [question for question in load(LESSON) if question["type"] == "multiple_choice"]
SURVIVORS = ThresholdCounts.from_predictions([1, 0, 1, 0], [0.9, 0.7, 0.4, 0.2])


def right(question):
    return [option["correct"] for option in question["options"]].index(True)


def do_something():
    first, second = CHOICES[:2]
    wrong = (right(second) + 1) % len(second["options"])
    quiz = Quiz(LESSON)
    quiz.answers = {first["id"]: right(first)}
    quiz.answers = {**quiz.answers, second["id"]: wrong}
    quiz.answers = {**quiz.answers, second["id"]: right(second)}
    task = exercise(f"{LESSON}/wrongly-approved", counts=SURVIVORS)
    task.check(3)
    task.check(1)
    asked = Predict("How many?", answer=0.3, low=0, high=1, item=f"{LESSON}/a-guess")
    asked.set_state({"guess": 0.5, "committed": True})


def test_nothing_done_is_nothing_everywhere_and_reads_the_same_every_time():
    table = progress().table
    assert list(table.index) == bank_names()
    assert (table[["answered", "points", "solved", "predictions", "due"]] == 0).all().all()
    assert table["next_due"].isna().all()
    assert list(table["questions"]) == [sum(each["scored"] for each in load(name)) for name in bank_names()]
    assert table["exercises"].sum() == len(exercise_names())
    assert repr(progress()) == repr(progress())
    assert "0 of" in progress()._repr_html_()
    assert repr(progress(LESSON)).endswith("Nothing was done in this lesson yet.")


def test_what_was_done_is_counted_lesson_by_lesson(monkeypatch):
    monkeypatch.setenv("EDUTOOLS_CLOCK", "2026-03-02T09:00:00Z")
    do_something()
    row = progress().table.loc[LESSON]
    assert row[["answered", "points", "solved", "predictions", "due"]].tolist() == [2, 1.5, 1, 1, 0]
    assert row["next_due"] > pd.Timestamp("2026-03-02T09:00:00Z")
    monkeypatch.setenv("EDUTOOLS_CLOCK", "2026-04-02T09:00:00Z")
    assert progress().table.loc[LESSON, "due"] == 2
    assert "2 now" in repr(progress())


def test_one_lesson_is_told_item_by_item(monkeypatch):
    monkeypatch.setenv("EDUTOOLS_CLOCK", "2026-03-02T09:00:00Z")
    do_something()
    told = progress(LESSON)
    table = told.table
    assert table["kind"].tolist() == ["quiz", "quiz", "exercise", "prediction"]
    assert table.loc[CHOICES[1]["id"], ["result", "tries"]].tolist() == ["0.5 points", 2]
    assert table.loc[f"{LESSON}/wrongly-approved", ["result", "tries"]].tolist() == ["solved", 2]
    assert table["next_due"].notna().tolist() == [True, True, False, False]
    assert "2026-03-02" in repr(told)
    assert CHOICES[0]["id"] in told._repr_html_()


def test_an_exercise_that_was_never_right_is_not_solved():
    exercise(f"{LESSON}/wrongly-approved", counts=SURVIVORS).check(3)
    assert progress().table.loc[LESSON, "solved"] == 0
    assert progress(LESSON).table["result"].tolist() == ["not solved yet"]


def test_a_question_answered_in_a_review_alone_has_no_points_yet():
    Quiz([CHOICES[0]["id"]], fresh=True).answers = {CHOICES[0]["id"]: right(CHOICES[0])}
    assert progress().table.loc[LESSON, ["answered", "points"]].tolist() == [1, 0]
    assert progress(LESSON).table["result"].tolist() == ["asked in a review only"]
    assert not math.isnan(progress().table.loc[LESSON, "points"])


def test_a_lesson_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="Did you mean '00_start_here'"):
        progress("00_start_her")


def test_what_was_done_can_be_carried_to_another_machine(monkeypatch, tmp_path):
    do_something()
    before = progress().table
    path = export_progress(tmp_path / "mine.jsonl")
    monkeypatch.setenv("EDUTOOLS_HOME", str(tmp_path / "other machine"))
    own = events.record(f"{LESSON}/wrongly-approved", "hint", {"step": 1})
    assert import_progress(path) == 6
    assert import_progress(path) == 0
    pd.testing.assert_frame_equal(progress().table, before)
    assert own in events.events()
    assert not list((tmp_path / "other machine").glob("*.part"))


def test_a_folder_of_another_machine_is_merged_torn_lines_and_all(monkeypatch, tmp_path, learner):
    do_something()
    shutil.copytree(learner, tmp_path / "copy")
    (path,) = (tmp_path / "copy").glob("*.jsonl")
    path.write_bytes(path.read_bytes()[:-5])
    monkeypatch.setenv("EDUTOOLS_HOME", str(tmp_path / "other"))
    assert import_progress(tmp_path / "copy") == 5


def test_a_file_that_holds_something_else_is_refused_and_nothing_is_taken_in(tmp_path, learner):
    made = events.record(f"{LESSON}/x", "hint", {"step": 1})
    foreign = tmp_path / "foreign.jsonl"
    other = json.dumps({**made, "id": "other"})
    foreign.write_text(f"{other}\n\nname,answer\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"foreign.jsonl, line 3: must be an event .* got 'name,answer'"):
        import_progress(foreign)
    assert events.events() == [made]
    with pytest.raises(FileNotFoundError):
        import_progress(tmp_path / "missing.jsonl")


def test_deleting_asks_first_and_then_leaves_nothing_of_ours(learner):
    do_something()
    (learner / "notes.jsonl").write_text('{"my": "own"}\n')
    with pytest.raises(ValueError, match="`confirm` must be True to delete all 6 events"):
        delete_progress()
    assert len(events.events()) == 6
    assert delete_progress(confirm=True) == 6
    assert events.events() == []
    assert [path.name for path in learner.iterdir()] == ["notes.jsonl"]
    made = events.record(f"{LESSON}/x", "hint", {"step": 1})
    assert events.events() == [made]


def test_deleting_forgets_what_no_file_would_take(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EDUTOOLS_HOME", str(tmp_path / "file" / "below"))
    monkeypatch.setattr(events, "_session", events._Session())
    with pytest.warns(UserWarning, match="EDUTOOLS_HOME"):
        events.record(f"{LESSON}/x", "hint", {"step": 1})
    assert delete_progress(confirm=True) == 1
    assert events.events() == []
