"""Lesson 05: rates, gaps and profit on the 200 test rows."""

from __future__ import annotations

from typing import Any

import pandas as pd
from sklearn.metrics import recall_score

from edutools.counts import ThresholdCounts
from edutools.course.pipeline import FEATURES, as_table, assign_rows, train
from edutools.datasets import load_loans


def data() -> dict[str, Any]:
    """Labels, groups and the unconstrained model's scores of the test rows, and their counts."""
    loans = load_loans()
    rows = assign_rows(loans)
    table = as_table(loans, loans[rows == "train"])
    test = table[rows == "test"]
    model = train(table[rows == "train"], strength=0)
    people = {
        "y_true": test["repaid"].to_numpy(),
        "y_score": model.predict_proba(test[FEATURES])[:, 1],
        "gender": test["gender"].to_numpy(),
    }
    counts = ThresholdCounts.from_predictions(
        people["y_true"], people["y_score"], sensitive_features=people["gender"]
    )
    return {**people, "counts": counts}


def _true_positive_rate_of_women(given: dict[str, Any]) -> Any:
    women = given["gender"] == "woman"
    return round(recall_score(given["y_true"][women], given["y_score"][women] >= 0.5), 2)


def _demographic_parity_difference(given: dict[str, Any]) -> Any:
    approved = pd.Series(given["y_score"] >= 0.5).groupby(given["gender"]).mean()
    return float(abs(approved["man"] - approved["woman"]))


def _highest_profit(given: dict[str, Any]) -> Any:
    y_true, y_score = given["y_true"], given["y_score"]
    return max(
        (100 * ((y_score >= k / 1000) & (y_true == 1)) - 500 * ((y_score >= k / 1000) & (y_true == 0))).sum()
        for k in range(1001)
    )


OTHERWISE = {
    "05_evaluate/true-positive-rate-of-women": _true_positive_rate_of_women,
    "05_evaluate/demographic-parity-difference": _demographic_parity_difference,
    "05_evaluate/highest-profit": _highest_profit,
}
