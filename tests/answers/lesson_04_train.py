"""Lesson 04: a log-loss, one step of training, and the weakest strength that closes a gap."""

from __future__ import annotations

from typing import Any

from scipy.optimize import approx_fprime
from sklearn.metrics import log_loss

from edutools.course.pipeline import FEATURES, assign_rows, engineer_features, preprocess, train
from edutools.datasets import load_loans

STRENGTHS = (0, 1, 2, 5, 10, 20, 50, 100)


def data() -> dict[str, Any]:
    """The training rows, models of eight strengths, and labels and scores of the test rows."""
    loans = load_loans()
    rows = assign_rows(loans)
    clean = preprocess(loans, learn_from=loans[rows == "train"])
    table = engineer_features(clean, learn_from=clean[rows == "train"])
    training, test = table[rows == "train"], table[rows == "test"]
    models = {strength: train(training, strength=strength) for strength in STRENGTHS}
    return {
        "labels": test["repaid"].to_numpy(),
        "scores": models[0].predict_proba(test[FEATURES])[:, 1],
        "training": training,
        "models": models,
    }


def _log_loss_of_the_test_rows(given: dict[str, Any]) -> Any:
    return log_loss(given["labels"], given["scores"])


def _one_step(given: dict[str, Any]) -> Any:
    """Against the slope that scikit-learn's own log-loss has, by a small difference."""
    labels = given["training"]["repaid"]

    def loss(intercept: Any) -> Any:
        return log_loss(labels, [1 / (1 + 2.718281828459045 ** -intercept[0])] * len(labels))

    return -approx_fprime([0.0], loss)[0]


def _weakest_strength(given: dict[str, Any]) -> Any:
    """By the penalty that training recorded, strength × gap²."""
    small_enough = [
        strength
        for strength, model in given["models"].items()
        if strength and (model[-1].history_[-1]["penalty"] / strength) ** 0.5 <= 0.05
    ]
    scores = given["models"][0].predict_proba(given["training"][FEATURES])[:, 1]
    of_women = given["training"]["gender"].to_numpy() == "woman"
    assert scores[~of_women].mean() - scores[of_women].mean() > 0.05, "strength 0 leaves no penalty to read"
    return small_enough[0]


OTHERWISE = {
    "04_train/log-loss-of-the-test-rows": _log_loss_of_the_test_rows,
    "04_train/one-step": _one_step,
    "04_train/weakest-strength": _weakest_strength,
}
