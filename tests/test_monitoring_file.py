"""A monitor's file: continued, counted once, whole after a kill, refused where it is not whole."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

from edutools import Monitor

GROUPS = ["women", "men"]
PEOPLE = {"sensitive_features": ["women", "women", "men"], "y_pred": [1, 0, 1]}
GAP = "selection_rate: women − men"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "loans.monitor"


def rows_of(monitor):
    return int(monitor.timeline("share: women")["rows"].sum())


def test_a_restart_continues_with_the_same_settings(path):
    first = Monitor(path, groups=GROUPS, metrics=["selection_rate", "precision"], tolerance=0.05, wait=9)
    first.record("2026-01-05", **PEOPLE, ids=["a", "b", "c"])
    first.mark("mitigated", "2026-01-12")
    again = Monitor(path)
    assert (again.groups, again.reference, again.waiting) == (("women", "men"), "men", 3)
    pd.testing.assert_frame_equal(again.timeline(), first.timeline())
    again.record("2026-01-12", **PEOPLE)
    assert again.record_outcomes(["a"], [1]).rows == 1
    pd.testing.assert_frame_equal(again.timeline(), first.timeline())
    assert Monitor(path, groups=GROUPS, tolerance=0.05).series == first.series


@pytest.mark.parametrize("other", [{"groups": ["men", "women"]}, {"tolerance": 0.1}, {"baseline": 4}])
def test_settings_other_than_those_of_the_file_are_refused_by_name(path, other):
    Monitor(path, groups=GROUPS)
    before = path.read_bytes()
    with pytest.raises(ValueError, match=f"`{next(iter(other))}` must be that of .*loans.monitor"):
        Monitor(path, **other)
    assert path.read_bytes() == before


def test_a_batch_delivered_twice_counts_once(path):
    monitor = Monitor(path, groups=GROUPS)
    receipt = monitor.record("2026-01-05", **PEOPLE)
    again = Monitor(path).record("2026-01-05", **PEOPLE)
    assert (receipt.rows, receipt.counted_before) == (3, False)
    assert (again.rows, again.counted_before, again.batch) == (0, True, receipt.batch)
    assert rows_of(monitor) == 3
    assert monitor.record("2026-01-05", **PEOPLE, batch="another").rows == 3
    assert monitor.record("2026-01-05", **PEOPLE, batch="another").rows == 0
    with pytest.raises(ValueError, match="'another' has been counted with other rows"):
        monitor.record("2026-01-06", **PEOPLE, batch="another")
    assert rows_of(monitor) == 6


def test_outcomes_delivered_twice_count_once(path):
    monitor = Monitor(path, groups=GROUPS, metrics=["precision"])
    monitor.record("2026-01-05", **PEOPLE, ids=[1, 2, 3])
    assert [monitor.record_outcomes([1, 3], [1, 0]).rows for _ in range(2)] == [2, 0]
    assert monitor.timeline("precision: women")["rows"].tolist() == [1]
    with pytest.raises(ValueError, match="each decision once"):
        monitor.record_outcomes([2, 2], [1, 1])


def test_a_batch_is_counted_whole_or_not_at_all(path):
    monitor = Monitor(path, groups=GROUPS)
    monitor.record("2026-01-05", **PEOPLE, ids=["a", "b", "c"])
    before = path.read_bytes()
    with pytest.raises(ValueError, match="waits for its outcome already"):
        monitor.record("2026-01-12", **PEOPLE, ids=["d", "e", "a"])
    assert path.read_bytes() == before
    assert monitor.record("2026-01-12", **PEOPLE, ids=["d", "e", "f"]).rows == 3


def test_no_id_stands_in_the_file_and_none_of_a_joined_row_is_left(path):
    monitor = Monitor(path, groups=GROUPS)
    names = ["Ada Lovelace", "Grace Hopper", "Alan Turing"]
    monitor.record("2026-01-05", **PEOPLE, ids=names)
    assert not any(name.encode() in path.read_bytes() for name in names)
    keys = monitor._ledger.keys(names)
    assert all(key in path.read_bytes() for key in keys)
    monitor.record_outcomes(names, [1, 1, 1])
    assert not any(key in path.read_bytes() for key in keys)


def test_two_monitors_write_to_one_file_by_turns(path):
    code = (
        "import sys; from edutools import Monitor; monitor = Monitor(sys.argv[1])\n"
        "for place in range(20): monitor.record('2026-01-05', y_pred=[1], sensitive_features=['women'],"
        " batch=f'{sys.argv[2]} {place}')"
    )
    Monitor(path, groups=GROUPS)
    both = [subprocess.Popen([sys.executable, "-c", code, str(path), name]) for name in ("one", "other")]
    assert [each.wait(timeout=120) for each in both] == [0, 0]
    assert rows_of(Monitor(path)) == 40


@pytest.mark.skipif(os.name != "posix", reason="kills by signal")
@pytest.mark.parametrize("seed", range(3))
def test_after_a_kill_each_batch_is_there_whole_or_not_and_the_rest_can_be_delivered_again(path, seed):
    code = (
        "import sys; from edutools import Monitor; monitor = Monitor(sys.argv[1])\n"
        "print('ready', flush=True)\n"
        "for place in range(400): monitor.record('2026-01-05', y_pred=[1, 0, 1],"
        " sensitive_features=['women', 'women', 'men'], ids=[(place, row) for row in range(3)],"
        " batch=str(place))"
    )
    Monitor(path, groups=GROUPS)
    writer = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True)
    assert writer.stdout.readline() == "ready\n"
    time.sleep(np.random.default_rng(seed).uniform(0.02, 0.3))
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    writer.stdout.close()
    monitor = Monitor(path)
    with sqlite3.connect(path) as connection:
        (batches,) = connection.execute("SELECT count(*) FROM batches").fetchone()
    connection.close()
    kept = 0 if monitor.timeline().empty else rows_of(monitor)
    assert kept == monitor.waiting == 3 * batches
    for place in range(batches + 2):
        monitor.record("2026-01-05", **PEOPLE, ids=[(place, row) for row in range(3)], batch=str(place))
    assert rows_of(monitor) == 3 * (batches + 2)


# ---- files that are not whole


def refused(path, match):
    before = path.read_bytes()
    with pytest.raises(ValueError, match=match) as error:
        Monitor(path, groups=GROUPS)
    assert str(path) in str(error.value)
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_file_that_is_no_database_is_refused_by_name_and_left(path):
    for content in (b"", b"time,accepted\n2026-01-05,1\n", b"SQLite format 3\x00", os.urandom(4096)):
        path.write_bytes(content)
        refused(path, "is no SQLite database")


def test_a_database_of_another_program_is_refused_by_name_and_left(path):
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE settings (name, value)")
    connection.close()
    refused(path, "SQLite database of another program")


def test_a_file_of_a_later_version_is_refused_by_name_and_left(path):
    Monitor(path, groups=GROUPS)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 2")
    connection.close()
    refused(path, "version 2 of the monitor's file")


def test_a_file_cut_short_is_refused_by_name_and_left(path):
    Monitor(path, groups=GROUPS).record("2026-01-05", **PEOPLE)
    whole = path.read_bytes()
    for share in (0.2, 0.5, 0.9):
        path.write_bytes(whole[: int(share * len(whole))])
        refused(path, "damaged")


def test_a_byte_that_has_changed_is_found_or_changes_nothing(path):
    monitor = Monitor(path, groups=GROUPS)
    monitor.record("2026-01-05", **PEOPLE, ids=["a", "b", "c"])
    monitor.mark("mitigated", "2026-01-12")
    whole, said = path.read_bytes(), monitor.timeline()
    random = np.random.default_rng(5)
    found = 0
    written = [place for place in range(100, len(whole)) if whole[place]]
    for place in random.choice(written, 300, replace=False).tolist():
        damaged = bytearray(whole)
        damaged[place] ^= 1 << int(random.integers(8))
        path.write_bytes(damaged)
        try:
            again = Monitor(path)
        except ValueError as error:
            assert str(path) in str(error)
            found += 1
        else:
            pd.testing.assert_frame_equal(again.timeline(), said)
            assert again._ledger.keys(["a"]) == monitor._ledger.keys(["a"])
        assert path.read_bytes() == bytes(damaged)
    assert found > 200


def test_a_folder_that_is_not_there_is_not_made(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        Monitor(tmp_path / "nowhere" / "loans.monitor", groups=GROUPS)
    assert not list(tmp_path.iterdir())
