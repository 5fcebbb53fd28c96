"""A text's placeholders are filled with names from data, whatever these hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edutools.texts import text

TURNING = json.loads((Path(__file__).parent / "turning_names.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("name", "shown"), TURNING)
def test_what_a_name_turns_of_the_direction_of_writing_ends_with_it(name, shown):
    """Else '40 rows' after it would be read '04', here as in dom.js, which is held to the same names."""
    assert text("data_flow.live", name=name, shape="40 rows") == f"{shown}: 40 rows"


def test_a_name_that_stands_in_braces_is_not_filled_again():
    assert text("data_flow.live", name="{shape} {0}", shape="40 rows") == "{shape} {0}: 40 rows"
