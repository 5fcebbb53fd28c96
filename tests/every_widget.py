"""One list of every widget, made as the lessons make it, for tests of what holds in all of them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd

import edutools
from edutools import (
    ConfusionMatrix,
    DataFlow,
    DecisionTrace,
    GroupMetrics,
    Predict,
    Quiz,
    SamplingPlan,
    TrainingTrace,
    WhatIf,
    load_loans,
    make_loans,
)
from edutools.course.pipeline import FEATURES, assign_rows, balancing_weights, engineer_features, preprocess
from edutools.course.pipeline import train as train_model
from edutools.documents import report
from edutools.widgets.base import Widget
from edutools.widgets.mitigations import Mitigations
from tests.audits import audit
from tests.examples import NAMES, loan_counts, multinomial_counts
from tests.test_widgets_mitigations import comparison
from tests.test_widgets_timeline import a_monitor

BANKS = Path(edutools.__file__).parent / "quizzes"
SHARE = "What share of the women who would repay does the model approve at a threshold of 0.50?"
CELL = {
    "id": "t/cell",
    "type": "string",
    "question": "Which cell counts those who would repay and were refused? Two letters.",
    "answers": [{"answer": "fn", "correct": True, "feedback": "False negatives."}],
}
# Of the questions, one of each type; of the pictures, one of each kind.
ASKED = {
    "00_start_here": ["at-the-line", "read-the-dots", "read-the-matrix"],
    "02_preprocess": ["read-the-stages"],
    "04_train": ["read-the-trace", "order-of-an-epoch"],
    "05_evaluate": ["which-denominator", "cannot-all-hold", "read-this-table", "what-it-hides"],
}


@cache
def _people() -> tuple[pd.DataFrame, pd.DataFrame, Any]:
    """The rows that the course's model is trained on, those that it is judged on, and the model."""
    loans = load_loans()
    rows = assign_rows(loans)
    clean = preprocess(loans, learn_from=loans[rows == "train"])
    table = engineer_features(clean, learn_from=clean[rows == "train"])
    learnt = table[rows == "train"]
    return learnt, table[rows == "test"], train_model(learnt)


def _confusion_matrix() -> Widget:
    return ConfusionMatrix(loan_counts(), gain=300, loss=700, **NAMES)


def _confusion_matrix_of_classes() -> Widget:
    dice = np.random.default_rng(0)
    kinds = np.array(["fully repaid", "repaid late", "in arrears", "written off"])
    true = dice.choice(kinds, 400)
    return ConfusionMatrix.from_predictions(
        true,
        y_pred=np.where(dice.random(400) < 0.7, true, dice.choice(kinds, 400)),
        sensitive_features=dice.choice(["woman", "man"], 400),
    )


def _data_flow() -> Widget:
    loans = load_loans()
    rows = assign_rows(loans)
    clean = preprocess(loans, learn_from=loans[rows == "train"])
    flow = DataFlow(sensitive_features="gender", label="repaid", include_rows=True)
    flow.record("collected", loans, note="As they were asked.")
    flow.record("clean", clean)
    flow.record("weighted", clean, sample_weight=balancing_weights(clean["gender"]))
    flow.record("features", engineer_features(clean, learn_from=clean[rows == "train"]))
    flow.stage = "weighted"
    return flow


def _decision_trace() -> Widget:
    learnt, test, model = _people()
    return DecisionTrace.from_estimator(
        model,
        test[FEATURES].iloc[3],
        learnt[FEATURES],
        sensitive_features=learnt["gender"],
        group="woman",
        threshold={"man": 0.5, "woman": 0.45},
        label_names=NAMES["label_names"],
        include_rows=True,
    )


def _what_if() -> Widget:
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    dice = np.random.default_rng(3)
    size = 200
    people = pd.DataFrame(
        {
            "income": dice.lognormal(10.4, 0.4, size).round(-2),
            "debt_ratio": dice.beta(2, 4, size).round(2),
            "home": dice.choice(["owned", "rented", "with parents"], size),
        }
    )
    repaid = (people["income"] > 30_000) ^ (dice.random(size) < 0.2)
    model = make_pipeline(
        make_column_transformer((OneHotEncoder(), ["home"]), (StandardScaler(), ["income", "debt_ratio"])),
        LogisticRegression(),
    ).fit(people, repaid.astype(int))
    return WhatIf.from_estimator(
        model,
        people,
        row=7,
        sensitive_features=dice.choice(["woman", "man"], size),
        threshold={"man": 0.5, "woman": 0.45},
        changeable=["income", "debt_ratio"],
        units={"income": "€"},
        label_names=NAMES["label_names"],
        include_rows=True,
    )


def _sampling_plan() -> Widget:
    loans = load_loans()
    learnt = preprocess(loans, learn_from=loans)
    people = engineer_features(preprocess(make_loans(600, seed=1), learn_from=loans), learn_from=learnt)
    return SamplingPlan(
        people,
        label="repaid",
        sensitive_features="gender",
        features=FEATURES,
        channels={"bank branches": {"man": 1, "woman": 0.3}, "market day": {"man": 0.5, "woman": 1}},
        asked={"bank branches": 80, "market day": 20},
        include_rows=True,
    )


def _training_trace() -> Widget:
    _, test, model = _people()
    return TrainingTrace.from_estimator(
        model, test[FEATURES], test["repaid"], sensitive_features=test["gender"]
    )


def _timeline() -> Widget:
    with TemporaryDirectory() as folder:
        return a_monitor(Path(folder) / "monitor").show()


@contextmanager
def _kept_nowhere() -> Iterator[None]:
    """What is answered is kept, and tests must leave nothing."""
    with TemporaryDirectory() as folder, patch.dict(os.environ, EDUTOOLS_HOME=folder):
        yield


def _predict(question: str, **asked: Any) -> Callable[[], Widget]:
    return lambda: Predict(question, **asked)


def _predict_committed() -> Widget:
    guess = Predict(SHARE, answer=0.62, low=0, high=1, reveal="Now look at *both* groups.")
    with _kept_nowhere():
        guess.guess, guess.committed = 0.4, True
    return guess


@contextmanager
def _kept_nowhere() -> Iterator[None]:
    """What is answered is kept, and tests must leave nothing."""
    with TemporaryDirectory() as folder, patch.dict(os.environ, EDUTOOLS_HOME=folder):
        yield


def _quiz() -> Quiz:
    banks = {lesson: json.loads((BANKS / f"{lesson}.json").read_text(encoding="utf-8")) for lesson in ASKED}
    questions = [
        {**each, "id": f"t/{lesson}-{each['id'].split('/')[1]}"}
        for lesson, bank in banks.items()
        for each in bank
        if each["id"].split("/")[1] in ASKED[lesson]
    ]
    return Quiz([*questions, CELL], confidence=True)


def _quiz_answered() -> Widget:
    """Each question answered wrongly, then rightly where that is a choice of one."""
    quiz = _quiz()
    with _kept_nowhere():
        for question in quiz.questions:
            quiz.answers = quiz.answers | {question["id"]: _WRONG[question["type"]](question)}
        for question in quiz.questions:
            if question["type"] == "multiple_choice":
                right = next(place for place, option in enumerate(question["options"]) if option["correct"])
                quiz.answers = quiz.answers | {question["id"]: right}
    return quiz


_WRONG: dict[str, Callable[[dict[str, Any]], Any]] = {
    "multiple_choice": lambda question: [each["correct"] for each in question["options"]].index(False),
    "many_choice": lambda question: [[each["correct"] for each in question["options"]].index(False)],
    "match": lambda question: question["targets"][::-1],
    "order": lambda question: question["right_orders"][0][::-1],
    "numeric": lambda question: -1,
    "string": lambda question: "tp",
    "open": lambda question: {"text": "Who is missing, and who decides?", "mark": 0.5},
}

EVERY: dict[str, Callable[[], Widget]] = {
    "audit": lambda: report(audit()).widget(),
    "confusion_matrix": _confusion_matrix,
    "confusion_matrix of classes": _confusion_matrix_of_classes,
    "data_flow": _data_flow,
    "decision_trace": _decision_trace,
    "group_metrics": lambda: GroupMetrics(loan_counts(), gain=300, loss=700, **NAMES),
    "group_metrics of six": lambda: GroupMetrics(multinomial_counts(3000, groups=6), gain=300, loss=700),
    "mitigations": lambda: Mitigations(comparison().to_dict(), method="thresholds"),
    "predict by slider": _predict(SHARE, answer=0.62, low=0, high=1, reveal="Now look at *both* groups."),
    "predict a number": _predict("How many of 200 are approved?", answer=141, unit="people"),
    "predict by choice": _predict(
        "Whose line moves?",
        choices=["the women's", "the men's", "both"],
        answer="both",
        reveal=pd.DataFrame({"group": ["woman", "man"], "threshold": [0.41, 0.52]}),
    ),
    "predict in words": _predict("What will change when the group is left out?", reveal="Little."),
    "predict committed": _predict_committed,
    "quiz": _quiz,
    "quiz answered": _quiz_answered,
    "sampling_plan": _sampling_plan,
    "timeline": _timeline,
    "training_trace": _training_trace,
    "what_if": _what_if,
}


def every_widget() -> dict[str, Widget]:
    """One of each, and of some a second kind or state, by a name that begins as its module does."""
    return {name: make() for name, make in EVERY.items()}
