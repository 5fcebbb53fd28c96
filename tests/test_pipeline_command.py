"""The command that measures the course's pipeline says what it measured, and when a bar is missed."""

from __future__ import annotations

import pandas as pd
import pytest

from tests import pipeline


def test_the_table_shows_medians_beside_their_bars(capsys):
    status = pipeline.main(["--seeds", "0:3"])
    printed = capsys.readouterr().out
    expected = pd.DataFrame([pipeline.measured(seed) for seed in range(3)]).median()
    assert f"| accuracy, 200 test rows | {expected['constrained, test: accuracy']:.3f} |" in printed
    assert printed.count("\n| ") == len(pipeline.ROWS) + 2
    assert status == (1 if "| NO |" in printed else 0)


def test_a_median_below_its_bar_is_named_and_fails(monkeypatch, capsys):
    results = pd.DataFrame([pipeline.measured(0)])
    results["constrained, test: accuracy"] = 0.84
    table = pipeline.table_of(results)
    assert table.loc[table["figure"] == "accuracy, 200 test rows", "met"].item() == "NO"


@pytest.mark.parametrize(
    ("value", "bar", "met"), [(0.85, ">= 0.85", True), (0.85, "< 0.85", False), (0.1, "", True)]
)
def test_a_bar_is_read_as_it_is_written(value, bar, met):
    assert pipeline.meets(value, bar) is met


@pytest.mark.parametrize("text", ["5:5", "3", "a:b"])
def test_seeds_in_another_form_are_refused(text):
    with pytest.raises(ValueError):
        pipeline.seeds_of(text)
