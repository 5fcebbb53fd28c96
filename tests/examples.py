"""Data that several tests and the benchmark stand on."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from edutools import ThresholdCounts, fetch_german_credit, load_loans

NAMES = {"label_names": ["would default", "would repay"], "decision_names": ["refused", "approved"]}
GERMAN_FOLDER = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
_STEPS = 1001


def multinomial_counts(rows: int, *, groups: int = 2, seed: int = 0) -> ThresholdCounts:
    """Counts of `rows` people in `groups` groups at the default thresholds: drawn, people are not."""
    rng = np.random.default_rng(seed)
    score = np.linspace(0, 1, _STEPS)
    shapes = [score ** (1 + 2 * label) * (1 - score) ** (3 - 2 * label) for label in (0, 1)]
    parts = np.concatenate(
        [shape / shape.sum() * share for shape, share in zip(shapes, (0.4, 0.6), strict=True)]
    )
    people = rng.multinomial(rng.multinomial(rows, np.full(groups, 1 / groups)), parts)
    drawn = people.reshape(groups, 2, _STEPS)
    reached = np.concatenate(
        [drawn[:, :, ::-1].cumsum(axis=2)[:, :, ::-1], np.zeros((groups, 2, 1), int)], axis=2
    )
    return ThresholdCounts(
        groups=tuple(f"region {place + 1}" for place in range(groups)),
        thresholds=np.append(np.arange(_STEPS) / (_STEPS - 1), np.inf),
        tp=reached[:, 1],
        fp=reached[:, 0],
        positives=reached[:, 1, 0],
        negatives=reached[:, 0, 0],
        squared_weights=drawn.sum(axis=(1, 2)),
    )


@cache
def loan_counts() -> ThresholdCounts:
    """Counts of the lessons' loan model on the 200 applicants that it has not seen, by gender."""
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    loans = load_loans()
    # As the lessons do: typing errors (an age of 1996) become missing values.
    for column, limits in {"age": (18, 100), "income": (1_000, 200_000), "debt_ratio": (0, 2)}.items():
        loans[column] = loans[column].where(loans[column].between(*limits))
    columns = ["age", "income", "debt_ratio", "credit_history"]
    train, test = train_test_split(loans, test_size=200, random_state=0, stratify=loans[["gender", "repaid"]])
    model = make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), LogisticRegression())
    model.fit(train[columns], train["repaid"])
    return ThresholdCounts.from_estimator(
        model, test[columns], test["repaid"], sensitive_features=test["gender"]
    )


@cache
def german_counts() -> ThresholdCounts:
    """Counts of a model on half of the Statlog German Credit table, by age: up to 25 years, or older.

    Raises
    ------
    OSError: the table is not in the folder of real data.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    credit = fetch_german_credit(data_home=GERMAN_FOLDER, download_if_missing=False)
    columns = ["duration", "amount", "installment_rate", "age", "number_credits", "present_residence"]
    train, test = train_test_split(credit, test_size=0.5, random_state=0, stratify=credit["good_credit"])
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(train[columns], train["good_credit"])
    by_age = np.where(test["age"] <= 25, "25 or younger", "older than 25")
    return ThresholdCounts.from_estimator(
        model, test[columns], test["good_credit"], sensitive_features=by_age
    )
