"""The tables that readers are shown are those that the commands print."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from tests import pipeline


@pytest.fixture(scope="module")
def measurements(root):
    return (root / "lessons" / "measurements.md").read_text(encoding="utf-8")


def rows_below(text, command):
    """The rows of the first table after a command, each a list of texts."""
    after = text.split(f"`{command}`")[1]
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in re.search(r"(?:^\|.*\n)+", after, re.MULTILINE)[0].splitlines()
    ]


def test_the_table_over_fifty_seeds_has_the_command_s_figures_and_bars_and_all_are_met(measurements):
    shown = rows_below(measurements, "python -m tests.pipeline --seeds 0:50")[2:]
    printed = pipeline.table_of(pd.DataFrame([pipeline.measured(0)]))
    assert [row[0] for row in shown] == printed["figure"].tolist()
    assert [row[3] for row in shown] == printed["bar on the median"].tolist()
    for figure, median, _, bar, met in shown:
        assert met == ("yes" if bar else ""), figure
        assert pipeline.meets(float(median), bar), figure
