"""Lesson 08: a weight, and a threshold at which two selection rates come nearest."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from edutools import ThresholdCounts
from edutools.bias.mitigate.balance import weights
from edutools.bias.mitigate.task import read_task
from edutools.course.pipeline import FEATURES, as_table, assign_rows
from edutools.datasets import load_loans


def data() -> dict[str, Any]:
    """The training rows, and the counts of the plain model on the test, as the lesson has them."""
    loans = load_loans()
    rows = assign_rows(loans)
    raw = loans[rows == "train"]
    table, test = as_table(raw, raw), as_table(loans[rows == "test"], raw)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(table[FEATURES], table["repaid"])
    counts = ThresholdCounts.from_estimator(
        model, test[FEATURES], test["repaid"], sensitive_features=test["gender"]
    )
    return {"table": table, "counts": counts}


def _weight(given: dict[str, Any]) -> Any:
    """The weight that training is given."""
    table = given["table"]
    task = read_task(
        LogisticRegression(), table[FEATURES], table["repaid"], table["gender"], pos_label=1, seed=0
    )
    of_rows = weights(task)
    return float(of_rows[((table["gender"] == "woman") & (table["repaid"] == 1)).to_numpy()][0])


def _threshold(given: dict[str, Any]) -> Any:
    """Read off the whole table of counts at once."""
    counts = given["counts"]
    man, woman = counts.groups.index("man"), counts.groups.index("woman")
    rates = (counts.tp + counts.fp) / (counts.positives + counts.negatives)[:, None]
    steps = np.flatnonzero(np.isin(counts.thresholds, [k / 100 for k in range(101)]))
    target = rates[man, counts.thresholds == 0.5][0]
    return float(counts.thresholds[steps[np.abs(rates[woman, steps] - target).argmin()]])


OTHERWISE = {
    "08_mitigate/weight-by-hand": _weight,
    "08_mitigate/threshold-for-women": _threshold,
}
