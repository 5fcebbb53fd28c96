"""What a trait may not hold is refused by name, from Python and from the browser, and all stays as it was."""

from __future__ import annotations

import copy
import json
import math
import re
from typing import Any

import numpy as np
import pytest
import traitlets

from edutools import ConfusionMatrix, GroupMetrics, Predict, Quiz, ThresholdCounts
from edutools.widgets.base import Widget
from edutools.widgets.source import read
from tests.every_widget import EVERY
from tests.examples import loan_counts

# What a stranger's page, another version, or a slip may send: of each kind of value the hardest.
INVALID: list[Any] = [
    *(math.nan, math.inf, -math.inf, -1, 2, 1e308, None, True),
    *("", "nobody", "\ud800", "__proto__", "x" * 5000, b"x"),
    *([], [None], [[["deep"]]], {}, {"__proto__": 1}, {"a": math.nan}, {"\ud800": 1}),
]
# What modules keep beside what a reader sets, and send as well.
SENT_TOO = {"_tries", "_sure", "_kept", "_first"}
# An error may name what a key of the trait must be.
KEYS = {
    "group": {"thresholds", "threshold"},
    "question": {"answers", "_sure", "_tries"},
    "channel": {"asked"},
    "guess": {"committed"},
}
ONE_OF_EACH = (
    *("audit", "confusion_matrix", "confusion_matrix of classes", "data_flow", "decision_trace"),
    *("group_metrics", "mitigations", "predict a number", "predict by choice", "predict in words"),
    *("predict committed", "quiz answered", "sampling_plan", "timeline", "training_trace", "what_if"),
)


def sent_by_the_browser(widget: Widget) -> list[str]:
    return [name for name in widget.page_state() if not name.startswith("_") or name in SENT_TOO]


def values(widget: Widget) -> dict[str, Any]:
    return {name: copy.deepcopy(getattr(widget, name)) for name in sent_by_the_browser(widget)}


def stands(widget: Widget) -> None:
    """The widget can say its state in words and to a page."""
    repr(widget).encode()
    json.dumps(widget.page_state(), allow_nan=False)


def is_named(trait: str, message: str) -> bool:
    keys = [key for key, traits in KEYS.items() if trait in traits]
    return f"'{trait}' trait" in message or any(f"`{name}" in message for name in (trait, *keys))


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_what_is_sent_or_set_is_taken_whole_or_refused_by_name(name, tmp_path, monkeypatch):
    monkeypatch.setenv("EDUTOOLS_HOME", str(tmp_path))
    widget = EVERY[name]()
    for trait in sent_by_the_browser(widget):
        for value in INVALID:
            before = values(widget)
            try:
                widget.set_state({trait: value})
                taken = True
            except ValueError as error:
                assert str(error).startswith(f"{type(widget).__name__} refuses `{trait}` from the browser: ")
                assert values(widget) == before, (trait, value)
                taken = False
            try:
                setattr(widget, trait, value)
                taken = True
            except (ValueError, TypeError, traitlets.TraitError) as error:
                assert is_named(trait, str(error)), (trait, value, str(error))
                if "half a character" in str(error):  # it is found as it is sent, and must be set anew
                    setattr(widget, trait, before[trait])
            if taken:
                stands(widget)
                widget.set_trait(trait, before[trait])


@pytest.mark.parametrize("name", ["a\ud800", "\udcff"])
def test_half_a_character_in_a_name_is_refused_before_anything_is_shown(name):
    """A file read with the wrong encoding brings such names; no notebook and no page can hold them."""
    groups = np.array([name, "b"] * 20, dtype=object)
    counts = ThresholdCounts.from_predictions([0, 1] * 20, np.linspace(0, 1, 40), sensitive_features=groups)
    with pytest.raises(
        ValueError, match=r"`_counts` of ConfusionMatrix cannot be shown: it holds half a character"
    ):
        ConfusionMatrix(counts)


def test_half_a_character_in_a_quiz_is_refused():
    question = {"type": "string", "question": "a\ud800", "answers": [{"answer": "b", "correct": True}]}
    with pytest.raises(
        ValueError, match=r"`_questions` of Quiz cannot be shown: it holds half a character in 'a"
    ):
        Quiz([question])


@pytest.mark.parametrize("trait", ["gain", "loss"])
def test_an_amount_beyond_all_money_is_refused_where_its_sums_would_lose_their_hundredths(trait):
    for amount in (1e13, 10**400):
        with pytest.raises(ValueError, match=f"`{trait}` must be at most 1,000,000,000,000, got more"):
            ConfusionMatrix(loan_counts(), **{trait: amount})


def test_a_number_that_no_float_holds_is_refused_by_name():
    with pytest.raises(
        ValueError, match="`threshold` must be a threshold, got a number of more than 300 digits"
    ):
        ConfusionMatrix(loan_counts()).threshold = 10**400
    with pytest.raises(ValueError, match="`guess` must be a number, got 1000"):
        Predict("How many?", answer=3).guess = 10**400


def test_a_refused_change_is_told_to_the_browser(monkeypatch):
    """Which shows the refused value, and would go on showing it."""
    widget = GroupMetrics(loan_counts())
    told: list[Any] = []
    monkeypatch.setattr(widget, "send_state", lambda key=None: told.append(key))
    with pytest.raises(ValueError, match="refuses `thresholds` from the browser"):
        widget.set_state({"thresholds": {"nobody": 0.5}})
    assert told == [["thresholds"]]


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_a_module_asks_of_a_notebook_no_trait_that_only_a_page_is_told(name):
    """It would call every widget in a notebook damaged."""
    widget = EVERY[name]()
    module = read(f"{widget._name}.js")
    kinds = re.search(r"^const KINDS = \{(.*?)\};", module, re.MULTILINE | re.DOTALL)
    asked = re.findall(r"(\w+): \"", kinds[1])
    assert asked
    assert set(asked) <= set(widget.trait_names(sync=True))
