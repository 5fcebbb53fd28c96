"""What a learner did is kept, whole and once."""

from __future__ import annotations

import json
import os
import warnings

import numpy as np
import pytest

from edutools import events


@pytest.fixture(autouse=True)
def running_clock(monkeypatch):
    monkeypatch.delenv("EDUTOOLS_CLOCK", raising=False)


def test_nothing_recorded_is_an_empty_list():
    assert events.events() == []


def test_an_event_is_read_as_it_was_recorded_and_has_every_field():
    made = events.record("05_evaluate/threshold-meaning", "quiz", {"answer": 1, "text": "ä ≥ \n"})
    assert events.events() == [made]
    assert made.keys() == {"id", "item", "time", "kind", "value", "schema"}
    assert made["value"] == {"answer": 1, "text": "ä ≥ \n"}


def test_events_are_chosen_by_item_and_by_kind():
    events.record("a/one", "quiz", 1)
    events.record("a/two", "quiz", 2)
    events.record("a/one", "prediction", 3)
    assert [event["value"] for event in events.events("a/one")] == [1, 3]
    assert [event["value"] for event in events.events(kind="quiz")] == [1, 2]
    assert [event["value"] for event in events.events("a/one", "prediction")] == [3]


def test_an_event_is_on_the_disk_as_one_line_once_record_returns(learner):
    made = [events.record("a/one", "quiz", n) for n in range(3)]
    (path,) = learner.glob("*.jsonl")
    assert [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] == made


def test_a_stopped_clock_gives_its_time_and_keeps_the_order(monkeypatch):
    monkeypatch.setenv("EDUTOOLS_CLOCK", "2026-01-02T03:04:05+01:00")
    for number in range(5):
        assert events.record("a/one", "quiz", number)["time"] == "2026-01-02T02:04:05.000000Z"
    assert [event["value"] for event in events.events()] == [0, 1, 2, 3, 4]


def test_numbers_of_numpy_are_recorded_as_numbers():
    made = events.record("a/one", "prediction", {"guess": np.float64(0.5), "cells": np.array([1, 2])})
    assert made["value"] == {"guess": 0.5, "cells": [1, 2]}


def test_a_value_that_json_cannot_hold_is_refused():
    with pytest.raises(TypeError, match="cannot hold object"):
        events.record("a/one", "quiz", object())


def test_a_torn_line_and_foreign_lines_are_passed_over(learner):
    made = events.record("a/one", "quiz", 1)
    (path,) = learner.glob("*.jsonl")
    path.write_bytes(
        b'[1]\n{"id": 3}\n\xff\n' + path.read_bytes() + json.dumps({**made, "id": "x"}).encode()[:-9]
    )
    assert events.events() == [made]


def test_the_same_event_in_two_files_is_read_once(learner):
    made = events.record("a/one", "quiz", 1)
    (path,) = learner.glob("*.jsonl")
    (learner / "copied-from-another-machine.jsonl").write_bytes(path.read_bytes())
    assert events.events() == [made]


def test_a_folder_that_cannot_be_written_warns_once_and_the_session_still_knows(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EDUTOOLS_HOME", str(tmp_path / "file" / "below"))
    monkeypatch.setattr(events, "_session", events._Session())
    with pytest.warns(UserWarning, match="EDUTOOLS_HOME"):
        events.record("a/one", "quiz", 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        events.record("a/one", "quiz", 2)
    assert [event["value"] for event in events.events()] == [1, 2]


def test_a_write_cut_short_by_a_full_disk_loses_nothing_that_follows(monkeypatch, learner):
    monkeypatch.setattr(events, "_session", events._Session())
    whole = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: whole(descriptor, data[:10]))
    with pytest.warns(UserWarning, match="only a part"):
        events.record("a/one", "quiz", 1)
    monkeypatch.setattr(os, "write", whole)
    events.record("a/one", "quiz", 2)
    assert [event["value"] for event in events.events()] == [1, 2]
    assert len(list(learner.glob("*.jsonl"))) == 2


def test_without_a_setting_the_folder_is_the_platform_s_own(monkeypatch, tmp_path):
    monkeypatch.delenv("EDUTOOLS_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert events.home().name == "edutools"
    assert tmp_path in events.home().parents


def test_half_a_character_is_kept_as_it_came():
    made = events.record("t/item", "quiz", {"text": "\ud83d"})
    assert events.events() == [made]


def test_a_file_that_has_not_changed_is_read_once_and_a_changed_one_again(monkeypatch, learner):
    made = [events.record("t/item", "quiz", number) for number in range(3)]
    assert events.events() == made
    (path,) = learner.glob("*.jsonl")
    with monkeypatch.context() as closed:
        closed.setattr(type(path), "read_bytes", lambda _: pytest.fail("read again"))
        assert events.events() == made
    made.append(events.record("t/item", "quiz", 3))
    assert events.events() == made


def test_an_event_whose_time_is_none_is_no_event(learner):
    made = events.record("t/item", "quiz", 1)
    line = json.dumps({**made, "id": "other", "time": "yesterday"})
    (learner / "20260101T000000000000Z-0123abcd.jsonl").write_text(line + "\n")
    assert events.events() == [made]
