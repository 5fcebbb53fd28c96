"""The table of counts on its way to the browser: what is packed is what the browser reads."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edutools import ThresholdCounts
from edutools.widgets.table import MOST_THRESHOLDS, pack, thinned, varints

UNPACK = Path(__file__).parent / "js" / "unpack_table.mjs"


def sample(seed: int, n: int, *, groups: int = 2, weighted: bool = False, thresholds=None) -> ThresholdCounts:
    rng = np.random.default_rng(seed)
    return ThresholdCounts.from_predictions(
        rng.integers(0, 2, n),
        rng.random(n),
        sensitive_features=[f"group {code}" for code in rng.integers(0, groups, n)],
        sample_weight=rng.random(n) if weighted else None,
        thresholds=thresholds,
    )


def read_by_browser(node: str, tables: list[ThresholdCounts]) -> list[dict]:
    packed = [{"facts": facts, "bytes": base64.b64encode(held).decode()} for facts, held in map(pack, tables)]
    done = subprocess.run(
        [node, UNPACK], input=json.dumps(packed), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def decoded(held: bytes) -> list[int]:
    """Zigzag LEB128 as its definition says, a number at a time."""
    numbers, value, shift = [], 0, 0
    for byte in held:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            numbers.append((value >> 1) ^ -(value & 1))
            value, shift = 0, 0
    return numbers


@given(st.lists(st.integers(-(2**62), 2**62), min_size=1, max_size=40))
def test_whole_numbers_of_any_size_come_back_from_their_bytes(numbers):
    assert decoded(varints(np.array(numbers))) == numbers


def test_the_browser_reads_what_python_counted(node):
    tables = [
        sample(0, 300),
        sample(1, 5_000, groups=12),
        sample(2, 40, thresholds=[0.25, 0.5]),
        sample(3, 60, thresholds="distinct"),
        sample(4, 500, weighted=True),
        sample(5, 30, groups=1, thresholds=[0.5]),
        large(10**12),
    ]
    for table, read in zip(tables, read_by_browser(node, tables), strict=True):
        for kind, judge in (("each", table), ("overall", table.overall)):
            assert read[kind]["thresholds"] == [None if t == np.inf else t for t in judge.thresholds]
            for name in ("tp", "fp", "positives", "negatives"):
                np.testing.assert_allclose(read[kind][name], getattr(judge, name), rtol=1e-12, atol=1e-12)
            size = np.add(judge.positives, judge.negatives, dtype=float)
            np.testing.assert_allclose(read[kind]["sizes"], size**2 / judge.squared_weights, rtol=1e-9)


def large(rows: int) -> ThresholdCounts:
    """Counts of `rows` people, made without making the people."""
    table = sample(6, 2_000).to_dict()
    for name in ("tp", "fp", "positives", "negatives", "squared_weights"):
        table[name] = (np.array(table[name]) * (rows // 2_000) + 0).tolist()
    return ThresholdCounts.from_dict(table)


def test_long_tables_are_thinned_evenly_and_keep_both_ends(node):
    counts = sample(7, 4_000, thresholds="distinct")
    (read,) = read_by_browser(node, [counts])
    kept = thinned(counts.thresholds.size)
    assert kept[0] == 0
    assert kept[-1] == counts.thresholds.size - 1
    assert kept.size == MOST_THRESHOLDS
    assert np.diff(kept).max() - np.diff(kept).min() <= 1
    assert pack(counts)[0]["thinned_from"] == counts.thresholds.size
    np.testing.assert_array_equal(read["each"]["tp"], counts.tp[:, kept])


@pytest.mark.parametrize("thresholds", [None, [0.1, 0.2], "distinct"])
def test_tables_that_travel_whole_are_not_called_thinned(thresholds):
    assert pack(sample(8, 500, thresholds=thresholds))[0]["thinned_from"] is None


def test_the_default_grid_does_not_travel():
    assert pack(sample(9, 50))[0]["thresholds"] is None
    assert pack(sample(9, 50, thresholds=np.arange(1001) / 1000))[0]["thresholds"] is not None


def test_facts_are_plain_json():
    facts, held = pack(sample(10, 50, weighted=True))
    assert json.loads(json.dumps(facts, allow_nan=False)) == facts
    assert isinstance(held, bytes)
