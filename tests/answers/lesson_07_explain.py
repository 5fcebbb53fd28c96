"""Lesson 07: a share by the formula, a point of scikit-learn's curve, and a flip among all values at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.inspection import partial_dependence

from edutools.course.pipeline import FEATURES, as_table, assign_rows
from edutools.datasets import load_loans


def data() -> dict[str, Any]:
    """The forest, the people and one applicant, as the lesson has them, and the worth of two features."""
    loans = load_loans()
    rows = assign_rows(loans)
    raw = loans[rows == "train"]
    training, test = as_table(raw, raw), as_table(loans[rows == "test"], raw)
    forest = RandomForestClassifier(100, min_samples_leaf=20, random_state=0)
    return {
        "worth": {"nothing": 0.60, "income": 0.40, "debt": 0.50, "both": 0.20},
        "model": forest.fit(training[FEATURES], training["repaid"]),
        "people": training[FEATURES],
        "applicant": test.loc[[579], FEATURES],
    }


def _share(given: dict[str, Any]) -> Any:
    """What both add, shared alike, and half of what income adds alone more than debt does."""
    worth = given["worth"]
    return (worth["both"] - worth["nothing"] + worth["income"] - worth["debt"]) / 2


def _point(given: dict[str, Any]) -> Any:
    found = partial_dependence(
        given["model"],
        given["people"].astype(float),
        ["debt_ratio"],
        custom_values={"debt_ratio": np.array([0.30])},
        response_method="predict_proba",
        method="brute",
    )
    return round(float(found["average"][0][0]), 3)


def _history(given: dict[str, Any]) -> Any:
    """The first of all whole numbers, asked in one table."""
    points = np.arange(46, 100, dtype=float)
    table = given["applicant"].loc[given["applicant"].index.repeat(len(points))]
    scores = given["model"].predict_proba(table.assign(credit_history=points))[:, 1]
    return int(points[np.argmax(scores >= 0.5)])


OTHERWISE = {
    "07_explain/share-of-income": _share,
    "07_explain/point-of-a-curve": _point,
    "07_explain/history-that-would-do": _history,
}
