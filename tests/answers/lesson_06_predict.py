"""Lesson 06: one applicant's score, a contribution and a counterfactual."""

from __future__ import annotations

from typing import Any

from scipy.optimize import brentq
from scipy.special import logit

from edutools.course.pipeline import FEATURES, assign_rows, engineer_features, preprocess, train
from edutools.datasets import load_loans


def data() -> dict[str, Any]:
    """The constrained model and one applicant of the test, as the lesson has them."""
    loans = load_loans()
    rows = assign_rows(loans)
    clean = preprocess(loans, learn_from=loans[rows == "train"])
    table = engineer_features(clean, learn_from=clean[rows == "train"])
    return {"model": train(table[rows == "train"]), "applicant": table.loc[[733], FEATURES]}


def _score(given: dict[str, Any]) -> Any:
    return round(float(given["model"].predict_proba(given["applicant"])[0, 1]), 2)


def _contribution(given: dict[str, Any]) -> Any:
    """The log-odds less those with the mean debt ratio, which asks the model twice."""
    mean = given["model"][0].mean_[FEATURES.index("debt_ratio")]
    scores = [
        given["model"].predict_proba(each)[0, 1]
        for each in (given["applicant"], given["applicant"].assign(debt_ratio=mean))
    ]
    return logit(scores[0]) - logit(scores[1])


def _debt(given: dict[str, Any]) -> Any:
    def above(ratio: float) -> float:
        return given["model"].predict_proba(given["applicant"].assign(debt_ratio=ratio))[0, 1] - 0.5

    return round(brentq(above, 0, 1), 3)


OTHERWISE = {
    "06_predict/score-by-hand": _score,
    "06_predict/contribution-of-debt": _contribution,
    "06_predict/debt-that-would-do": _debt,
}
