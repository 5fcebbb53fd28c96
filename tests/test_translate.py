"""One measure under the names of the field's libraries, judged by those of them that are installed."""

from __future__ import annotations

import fairlearn.metrics
import pytest

from edutools import translate
from edutools.bias.measures import MEASURES


@pytest.mark.parametrize("short", MEASURES)
def test_every_measure_has_its_name_in_clarify_and_here(short):
    found = translate(short)
    assert {"edutools", "Clarify"} <= set(found.to_frame().library)
    assert translate(found.metric).short == short


def test_every_name_of_fairlearn_s_is_one_that_it_has():
    said = [
        each["name"]
        for short in MEASURES
        for each in translate(short).libraries
        if each["library"] == "Fairlearn"
    ]
    names = {name.split("(")[0] for name in said}
    assert len(names) > 5
    assert all(hasattr(fairlearn.metrics, name) for name in names), names


def test_a_library_s_own_name_leads_to_the_measure():
    assert translate("statistical_parity_difference").short == "DPPL"
    assert translate("DISPARATE_IMPACT").short == "DI"
    assert translate("tpr_disparity").short == "RD"
    assert translate("mean_difference").short == "DPL"


def test_an_unknown_name_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match=r"Did you mean 'equal_opportunity_difference'\?"):
        translate("equal_oportunity_difference")


def test_its_signs_are_said_and_its_table_reads_without_style():
    found = translate("DPPL")
    assert "opposite" in repr(found)
    assert "<code>pprev_disparity</code>" in found._repr_html_()
