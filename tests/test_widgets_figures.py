"""Numbers in words: the twin writes what the page writes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from edutools.widgets.figures import decimals, interval, money, threshold_words, wholes

SCRIPT = Path(__file__).parent / "js" / "say_figures.mjs"


def some_numbers() -> dict[str, list[float]]:
    rng = np.random.default_rng(0)
    # Halves, quarters, eighths and sixteenths lie between two decimals exactly: where rounding rules differ.
    dyadic = (np.arange(-32, 33) / 32).tolist()
    fractions = [a / b for b in range(1, 30) for a in range(b + 1)]
    grid = (np.arange(1001) / 1000).tolist()
    shares = [*dyadic, *fractions, *grid, *rng.uniform(-1, 1, 300).tolist(), -0.001, -0.004, 1e-17]
    amounts = [
        *(1000 * np.array(dyadic)),
        *np.round(rng.normal(0, 1e6, 300), 2),
        0,
        5,
        1234567,
        1.005,
        2.04,
        0.25,
    ]
    return {"shares": shares, "amounts": [float(amount) for amount in amounts]}


def test_the_twin_and_the_page_write_the_same_words(node):
    given = some_numbers()
    done = subprocess.run(
        [node, SCRIPT], input=json.dumps(given), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    shares, amounts = given["shares"], given["amounts"]
    assert json.loads(done.stdout) == {
        "two": [decimals(value) for value in shares],
        "three": [decimals(value, 3) for value in shares],
        "thresholds": [threshold_words(abs(value)) for value in shares],
        "wholes": [wholes(abs(value)) for value in amounts],
        "money": [money(value, "€") for value in amounts],
    }


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (decimals(0.125), "0.13"),
        (decimals(-0.25, 1), "−0.3"),
        (decimals(-0.001), "0.00"),
        (decimals(float("nan")), "undefined"),
        (wholes(1234567), "1,234,567"),
        (wholes(12.25), "12.3"),
        (money(-1500.0, "€"), "−€1,500"),
        (money(0.5, "$"), "$0.50"),
        (interval((0.1, 0.25)), "(0.10 to 0.25)"),
        (interval((float("nan"), 0.25)), ""),
        (threshold_words(0.5), "0.50"),
        (threshold_words(0.911), "0.911"),
        (threshold_words(float("inf")), "nobody"),
    ],
)
def test_a_number_is_written_so(written, words):
    assert written == words
