"""The tables that readers are shown are those that the commands print."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from edutools.bias.mitigate import METHODS
from tests import frontier, mitigations, pipeline
from tests.frontier import OURS, THEIRS


@pytest.fixture(scope="module")
def measurements(root):
    return (root / "lessons" / "measurements.md").read_text(encoding="utf-8")


def rows_below(text, heading):
    """The rows of the first table after a line that is there once, each a list of texts."""
    _, after = text.split(heading)
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in re.search(r"(?:^\|.*\n)+", after, re.MULTILINE)[0].splitlines()
    ]


def test_the_table_over_fifty_seeds_has_the_command_s_figures_and_bars_and_all_are_met(measurements):
    shown = rows_below(measurements, "`python -m tests.pipeline --seeds 0:50`")[2:]
    printed = pipeline.table_of(pd.DataFrame([pipeline.measured(0)]))
    assert [row[0] for row in shown] == printed["figure"].tolist()
    assert [row[3] for row in shown] == printed["bar on the median"].tolist()
    for figure, median, _, bar, met in shown:
        assert met == ("yes" if bar else ""), figure
        assert pipeline.meets(float(median), bar), figure


@pytest.mark.parametrize("data", list(frontier.DATA))
def test_the_frontiers_over_fifty_splits_have_the_command_s_rows_and_meet_the_bar(measurements, data):
    shown = rows_below(measurements, f"{data}: 50 splits of 800 rows to train on and 200 to judge on")
    one_point = {method: [[(0.0, 0.5)]] for method in (OURS, THEIRS)}
    printed = frontier.table_of(one_point)
    assert shown[0] == printed.columns.tolist()
    assert [row[0] for row in shown[2:]] == printed["median of"].tolist()
    hypervolume = dict(zip(shown[0], shown[2], strict=True))
    assert float(hypervolume[OURS]) >= float(hypervolume[THEIRS]) - frontier.MARGIN


def test_where_ours_loses_is_said_as_the_tables_count_it(measurements):
    for data in frontier.DATA:
        rows = rows_below(measurements, f"{data}: 50 splits of 800 rows to train on and 200 to judge on")
        lower = re.search(r"on (\d+) of", rows[2][-1])
        assert lower and f"on {lower[1]} of" in measurements.split("Where ours loses:")[1]


def test_the_picture_of_the_frontiers_has_a_title_and_is_told_in_words(root, measurements):
    assert "<dc:title>" in (root / "lessons" / "images" / "frontier.svg").read_text(encoding="utf-8")
    assert re.search(r"!\[Two panels.{80,}\]\(images/frontier\.svg\)", measurements)


@pytest.mark.parametrize("name", mitigations.DATA)
def test_each_method_stands_in_the_table_of_each_gap_it_can_be_asked_for_with_its_verdict(measurements, name):
    for criterion, gap in mitigations.OF_A_CRITERION.items():
        shown = rows_below(measurements, f"{name}, gap in {gap}, ")[2:]
        asked = [
            each
            for each in METHODS.values()
            if "criterion" not in each.parameters or criterion in each.criteria
        ]
        assert [row[0] for row in shown] == [each.label for each in asked]
        for _, change, fell, _, moved in shown:
            middle, low, high = (float(x.replace("−", "-")) for x in re.findall(r"[+−][\d.]+", change))
            assert low <= middle <= high
            assert {"down": high <= 0, "up": low >= 0, "not surely": low <= 0 <= high}[moved]
            assert moved != "down" or int(fell.split(" of ")[0]) > 25


def test_the_interval_of_a_median_holds_it_as_often_as_it_says():
    dice = np.random.default_rng(0)
    held = []
    for _ in range(2000):
        _, low, high = mitigations.median_interval(dice.exponential(size=50))
        held.append(low <= np.log(2) <= high)
    assert 0.94 < np.mean(held) < 0.98
