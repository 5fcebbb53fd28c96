"""Both matrix widgets on real loans: Statlog German Credit, by age at 25."""

from __future__ import annotations

import pytest

from edutools import ConfusionMatrix, GroupMetrics, choose_thresholds, difference, difference_interval
from edutools.criteria import CRITERIA
from edutools.metrics import METRICS
from edutools.widgets.figures import decimals, interval
from tests.browser.reading import (
    cells_of,
    cells_on,
    clipped,
    drag,
    focus,
    named,
    option,
    rate_words,
    said,
    threshold_of,
)
from tests.examples import GERMAN_FOLDER, german_counts

NAMES = {"label_names": ["bad credit", "good credit"], "decision_names": ["refused", "approved"]}

pytestmark = pytest.mark.skipif(
    not (GERMAN_FOLDER / "german" / "german.data").is_file(),
    reason=f"the published german.data is not in {GERMAN_FOLDER}, and tests do not download",
)


def test_the_confusion_matrix_moves_on_real_loans(open_widget, axe_violations):
    counts = german_counts()
    page = open_widget(ConfusionMatrix(counts, gain=300, loss=700, **NAMES))
    assert said(page, "heading") == "all: 500 rows, positive from a score of 0.50"
    drag(page, named(page, "threshold"), 0.5, 0.75)
    threshold = threshold_of(named(page, "threshold"))
    for group in counts.groups:
        option(page, f"group-{group}").click()
        place = counts.groups.index(group)
        assert cells_on(page) == cells_of(counts.at(threshold), place)
        for metric in METRICS:
            assert said(page, f"value-{metric}") == rate_words(counts.at(threshold), metric, place)
    assert axe_violations(page) == []
    assert clipped(page) == []


def test_the_group_sliders_choose_on_real_loans_as_python_does(open_widget, axe_violations):
    counts = german_counts()
    assert counts.groups == ("25 or younger", "older than 25")
    page = open_widget(GroupMetrics(counts, gain=300, loss=700, **NAMES))
    for criterion in CRITERIA:
        choice = choose_thresholds(counts, criterion, gain=300, loss=700)
        named(page, f"criterion-{criterion}").click()
        for place, group in enumerate(counts.groups):
            assert threshold_of(named(page, f"threshold-{place}")) == choice.thresholds[group]
            assert cells_on(page, f"cell-{place}") == cells_of(counts.at(choice.thresholds), place)
    focus(named(page, "threshold-0"))
    page.keyboard.press("ArrowRight")
    cells = counts.at(
        {group: threshold_of(named(page, f"threshold-{place}")) for place, group in enumerate(counts.groups)}
    )
    limits = difference_interval(cells, "true_positive_rate")
    gap = f"Gap {decimals(difference(cells, 'true_positive_rate'))} {interval(limits)}"
    assert said(page, "gap-true_positive_rate").startswith(gap)
    assert axe_violations(page) == []
    assert clipped(page) == []
