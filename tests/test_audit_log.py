"""The log of audits: only ever added to, damaged lines named and kept, one run held against another."""

from __future__ import annotations

import json
import multiprocessing
import re
import warnings

import pytest

from edutools.documents import AuditLog
from tests.audits import audit


@pytest.fixture
def log(tmp_path) -> AuditLog:
    return AuditLog(tmp_path / "folder" / "audits.jsonl")


def test_an_empty_log_holds_nothing_and_makes_no_file(log):
    assert log.entries() == [] and len(log) == 0 and not log.path.exists()
    with pytest.raises(ValueError, match="`earlier` must be a place among the 0 runs"):
        log.compare()


def test_a_run_is_kept_with_data_versions_and_figures_and_without_people(log):
    examined = audit() | {"people": [{"name": "Ada Lovelace"}]}
    entry = log.record(examined, note="first")
    assert log.entries() == [entry]
    assert entry["run"]["data"] == examined["data"]["digest"]
    assert entry["run"]["versions"] == examined["versions"]
    first = examined["findings"][0]
    name = " · ".join([first["short"], first["feature"], first["group"], first["reference"]])
    assert entry["figures"][name]["value"] == first["value"]
    assert len(entry["figures"]) == len(examined["findings"]) + sum(
        len(group["rates"]) for group in examined["groups"]
    )
    assert "Lovelace" not in log.path.read_text(encoding="utf-8")


def test_lines_are_only_added(log):
    log.record(audit())
    before = log.path.read_bytes()
    log.record(audit(women_repay=False))
    assert log.path.read_bytes().startswith(before) and len(log) == 2


def test_the_same_run_twice_has_no_difference(log):
    log.record(audit())
    log.record(audit())
    found = log.compare()
    assert found.changes == {} and found.figures == {}
    assert "Data, label, threshold, versions and the kind of model are the same." in repr(found)
    assert "figures are the same" in found._repr_html_()


def test_what_changed_is_told_apart_into_data_versions_and_figures(log):
    one, other = audit(), audit(women_repay=False)
    other["data"]["digest"], other["threshold"] = "sha256:ff", 0.6
    other["versions"] = {"edutools": "0.1.0", "numpy": "2.1.3"}
    other["findings"] = [each for each in other["findings"] if each["short"] != "CI"]
    first, second = log.record(one), log.record(other)
    found = log.compare()
    assert found.changes == {
        "data": (one["data"]["digest"], "sha256:ff"),
        "threshold": (0.5, 0.6),
        "versions.scikit-learn": ("1.6.1", None),
        "versions.numpy": (None, "2.1.3"),
    }
    one_figures, other_figures = first["figures"], second["figures"]
    differ = {name for name in one_figures if one_figures[name] != other_figures.get(name)}
    assert set(found.figures) == differ
    words = repr(found)
    assert re.search(r"threshold +0.5 +0.6", words) and re.search(r"CI · gender.* gone", words)
    assert "undefined: nobody in women has the label  changed" in words
    assert json.loads(json.dumps(found.to_dict()))["changes"]["data"][1] == "sha256:ff"
    assert log.compare(first["id"], second["id"]) == log.compare(0, 1) == found


def test_a_run_that_is_not_there_is_refused(log):
    entry = log.record(audit())
    with pytest.raises(ValueError, match="`later` must be a place among the 1 runs of the log, got 5"):
        log.compare(0, 5)
    with pytest.raises(ValueError, match=f"`earlier` must be one of \\['{entry['id']}'\\]"):
        log.compare("x", 0)
    with pytest.raises(TypeError, match="Did you mean 'note'"):
        log.record(audit(), notes="x")


@pytest.mark.parametrize(
    ("spoil", "wrong"),
    [
        (lambda line: line[:200], "no JSON"),
        (lambda line: b"[1]", "no run"),
        (lambda line: line.replace(b'"repaid"', b'"repaired"'), "changed since it was written"),
        (lambda line: line.replace(b'"schema":1', b'"schema":9'), "schema 9"),
        (lambda line: b"\xff\xfe", "no JSON"),
    ],
)
def test_a_damaged_line_is_named_passed_over_and_kept(log, spoil, wrong):
    kept = [log.record(audit()), log.record(audit(women_repay=False))]
    lines = log.path.read_bytes().splitlines()
    log.path.write_bytes(b"\n".join([lines[0], spoil(lines[0]), lines[1]]) + b"\n")
    spoilt = log.path.read_bytes()
    assert log.damaged == {2: wrong} and len(log) == 2
    with pytest.warns(
        UserWarning, match=re.escape(f"1 damaged lines are passed over and kept as they are: 2 ({wrong})")
    ):
        assert log.entries() == kept
    log.record(audit())
    assert log.path.read_bytes().startswith(spoilt)


def test_a_line_that_a_kill_tore_off_swallows_no_later_one(log):
    log.record(audit())
    torn = log.path.read_bytes()[:-100]
    log.path.write_bytes(torn)
    later = log.record(audit())
    assert log.path.read_bytes().startswith(torn + b"\n")
    with pytest.warns(UserWarning, match="1 \\(no JSON\\)"):
        assert log.entries() == [later]


def _write(path: str, times: int) -> None:
    for _ in range(times):
        AuditLog(path).record(audit())


def test_two_processes_lose_nothing(log):
    audit()  # counted once, before the processes part
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_write, args=(str(log.path), 20)) for _ in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len({entry["id"] for entry in log.entries()}) == 40
