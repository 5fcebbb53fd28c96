"""What the widgets on counts share: the counts, what decisions earn and cost, and what labels are called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import traitlets

from edutools.counts import ThresholdCounts
from edutools.widgets.base import Widget
from edutools.widgets.table import Amount, browser_definitions, named_or_default, pack

LABELS = ("common.negative", "common.positive")
PREDICTIONS = ("common.predicted_negative", "common.predicted_positive")


class Named(Widget):
    """A widget that says what the two labels and the two decisions are called."""

    label_names = traitlets.List(
        traitlets.Unicode(), minlen=2, maxlen=2, help="Negative, positive label."
    ).tag(sync=True)
    decision_names = traitlets.List(
        traitlets.Unicode(), minlen=2, maxlen=2, help="Negative, positive decision."
    ).tag(sync=True)


class Counted(Named):
    """A widget that plays with a ThresholdCounts."""

    gain = Amount(1.0, help="What a true positive earns.").tag(sync=True)
    loss = Amount(1.0, help="What a false positive costs.").tag(sync=True)
    currency = traitlets.Unicode("€", help="Stands before amounts.").tag(sync=True)

    _counts = traitlets.Dict().tag(sync=True)
    _table = traitlets.Bytes().tag(sync=True)
    _definitions = traitlets.Dict().tag(sync=True)

    @classmethod
    def _refuse_other_than_counts(cls, counts: Any) -> None:
        if not isinstance(counts, ThresholdCounts):
            raise TypeError(
                f"`counts` must be a ThresholdCounts, got {type(counts).__name__}: "
                f"{cls.__name__}.from_predictions takes labels and scores."
            )


def counted(counts: ThresholdCounts, metrics: Sequence[str]) -> dict[str, Any]:
    """The traits that bring `counts` to the browser, and what it needs to compute `metrics` from them."""
    facts, table = pack(counts)
    return {"_counts": facts, "_table": table, "_definitions": browser_definitions(metrics)}


def names(
    label_names: Sequence[str] | None = None,
    decision_names: Sequence[str] | None = None,
    decisions: tuple[str, str] = PREDICTIONS,
) -> dict[str, list[str]]:
    """The traits `label_names` and `decision_names`, as given, or those that texts call so.

    Raises
    ------
    ValueError: the names given are not two texts.
    """
    return {
        "label_names": named_or_default("label_names", label_names, *LABELS),
        "decision_names": named_or_default("decision_names", decision_names, *decisions),
    }
