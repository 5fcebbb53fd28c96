"""Lesson 09: a figure computed again, findings that cover parity, and how a gap moved."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from fairlearn.metrics import demographic_parity_ratio, selection_rate

from edutools import BiasDetector
from edutools.course.pipeline import FEATURES, as_table, assign_rows, train
from edutools.datasets import load_loans


@cache
def _pipeline() -> tuple[pd.DataFrame, dict[str, Any]]:
    loans = load_loans()
    rows = assign_rows(loans)
    learnt = loans[rows == "train"]
    table = as_table(learnt, learnt)
    models = {"earlier": train(table, strength=0), "later": train(table)}
    return as_table(loans[rows == "test"], learnt), models


def data() -> dict[str, Any]:
    """The audits of both models on the test rows, as the lesson has them."""
    test, models = _pipeline()
    audits = {
        name: BiasDetector(
            model, test, label="repaid", sensitive_features="gender", features=FEATURES
        ).to_dict()
        for name, model in models.items()
    }
    return {**audits, "audit": audits["later"]}


def _approved(name: str) -> tuple[pd.DataFrame, Any]:
    test, models = _pipeline()
    return test, models[name].predict_proba(test[FEATURES])[:, 1] >= 0.5


def _ratio(given: dict[str, Any]) -> Any:
    """From the rows: here women are the group that is approved less often."""
    test, approved = _approved("later")
    return demographic_parity_ratio(test["repaid"], approved, sensitive_features=test["gender"])


def _covering(given: dict[str, Any]) -> Any:
    table = pd.DataFrame(given["audit"]["findings"]).astype(dict.fromkeys(["low", "high", "parity"], float))
    below = (table["low"] - table["parity"]) * (table["high"] - table["parity"])
    return int((below <= 0).sum())


def _moved(given: dict[str, Any]) -> Any:
    gaps = []
    for name in ("earlier", "later"):
        test, approved = _approved(name)
        shares = [
            selection_rate(test["repaid"][test["gender"] == who], approved[test["gender"] == who])
            for who in ("woman", "man")
        ]
        gaps.append(np.diff(shares)[0])
    return round(gaps[1] - gaps[0], 3)


OTHERWISE = {
    "09_document/compute-it-again": _ratio,
    "09_document/how-many-cover": _covering,
    "09_document/how-the-gap-moved": _moved,
}
