"""Nothing that `record` has confirmed is lost: 1,000 kills in the middle of a write, two writers at once."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from edutools import events

KILLS = 1_000
# Forks are a hundred times quicker than new interpreters; each child is a session with a file of its own.
HARNESS = """
import os, random, select, signal, sys, time
from edutools import events

def writer(pipe):
    for number in range(10**9):
        os.write(pipe, events.record("t/item", "quiz", "x" * (number % 400))["id"].encode() + b"\\n")

dice, confirmed, cut_short = random.Random(0), [], 0
for _ in range(int(sys.argv[1]) // 2):
    pair = []
    for _ in range(2):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            writer(writing)
        os.close(writing)
        pair.append((child, reading))
    select.select([reading for _, reading in pair], [], [], 10)  # until one of them writes
    time.sleep(dice.random() * 0.004)
    for child, _ in pair:
        os.kill(child, signal.SIGKILL)
    for child, reading in pair:
        _, status = os.waitpid(child, 0)
        assert os.WTERMSIG(status) == signal.SIGKILL
        with os.fdopen(reading, "rb") as pipe:
            *whole, torn = pipe.read().split(b"\\n")
        confirmed += whole
print(b"\\n".join(confirmed).decode())
"""


@pytest.fixture(autouse=True)
def running_clock(monkeypatch):
    monkeypatch.delenv("EDUTOOLS_CLOCK", raising=False)


def test_a_thousand_sessions_killed_two_at_a_time_lose_nothing_that_was_confirmed(learner):
    done = subprocess.run(
        [sys.executable, "-c", HARNESS, str(KILLS)], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    confirmed = done.stdout.split()
    found = {event["id"] for event in events.events("t/item")}
    assert len(confirmed) > KILLS
    assert len(set(confirmed)) == len(confirmed)
    assert set(confirmed) <= found


def test_a_line_torn_at_any_byte_costs_that_line_alone(learner):
    made = [events.record("t/item", "quiz", f"{number} ä") for number in range(3)]
    (path,) = learner.glob("*.jsonl")
    whole = path.read_bytes()
    last = len(events.to_lines(made[-1:]))
    for cut in range(1, last + 1):
        path.write_bytes(whole[:-cut])
        # Without its line break alone, the last line is whole.
        assert events.events() == (made if cut == 1 else made[:2])
    assert json.loads(whole.splitlines()[-1]) == made[-1]
