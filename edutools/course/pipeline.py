"""The course's loan pipeline, a function a stage, so that a lesson can begin where the one before it ended.

    rows = assign_rows(loans)                                         # once, before anything is learnt
    clean = preprocess(loans, learn_from=loans[rows == "train"])      # 1000 × 8
    table = engineer_features(clean, learn_from=clean[rows == "train"])  # 1000 × 6
    model = train(table[rows == "train"])
    model.predict_proba(table[rows == "test"][FEATURES])

Each lesson builds its stage in the open; what stands here is what it arrives at, and a test holds the two
together. `as_table` goes through the second and third at once. Whatever a stage learns (a median, a mean, the
commonest level), it learns from `learn_from`, and so a new applicant is treated by what was learnt from the
training rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from edutools._checks import suggestion
from edutools.datasets import COLLECTION_YEAR, EDUCATION_LEVELS

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.pipeline import Pipeline

TEST_ROWS = 200
IDENTIFIERS = ("name", "phone")
PROXY = "contact_preference"
FEATURES = ["age", "economic_status", "debt_ratio", "credit_history"]
"""What the model reads: every engineered column but the gender and the label."""

FAIRNESS_STRENGTH = 50.0
EPOCHS = 5

OLDEST, LOWEST_INCOME, HIGHEST_RATIO = 120, 1_000, 1.0


def assign_rows(loans: pd.DataFrame, *, test_size: int = TEST_ROWS, seed: int = 0) -> pd.Series:
    """Which row is for training and which for the test: 'train' or 'test', one for each row.

    Parameters
    ----------
    loans : DataFrame with the columns ``gender`` and ``repaid``
        Each gender and label has its share in both parts.
    test_size : int, default 200
    seed : int, default 0

    Raises
    ------
    ValueError: a column is absent, or a gender and label together have fewer than two rows.
    """
    import pandas as pd
    from sklearn.model_selection import train_test_split

    _refuse_absent(loans, ["gender", "repaid"])
    _, test = train_test_split(
        loans.index, test_size=test_size, random_state=seed, stratify=loans[["gender", "repaid"]]
    )
    return pd.Series(np.where(loans.index.isin(test), "test", "train"), index=loans.index, name="rows")


def preprocess(rows: pd.DataFrame, *, learn_from: pd.DataFrame) -> pd.DataFrame:
    """The applicants without identifiers, typing errors and gaps, shape (n, 8).

    A year of birth becomes an age, an income in thousands an income, a ratio in per cent a ratio. Missing
    incomes and credit histories become the median of `learn_from`, a missing education its commonest level.

    Parameters
    ----------
    rows : DataFrame, shape (n, 10)
        Applicants as `make_loans` gives them; ``repaid`` may be absent or blank.
    learn_from : DataFrame
        The training rows, in the same form.

    Raises
    ------
    ValueError: a column is absent.
    """
    clean, learnt = _corrected(rows), _corrected(learn_from)
    return clean.assign(
        income=clean["income"].fillna(learnt["income"].median()),
        education=clean["education"].fillna(learnt["education"].mode()[0]),
        credit_history=clean["credit_history"].fillna(learnt["credit_history"].median()),
    )


def _corrected(rows: pd.DataFrame) -> pd.DataFrame:
    _refuse_absent(rows, ["gender", "age", "income", "education", PROXY, "debt_ratio", "credit_history"])
    age, income, ratio = rows["age"], rows["income"], rows["debt_ratio"]
    corrected = rows.assign(
        age=age.where(age <= OLDEST, COLLECTION_YEAR - age),
        income=income.where(~(income < LOWEST_INCOME), 1000 * income),
        debt_ratio=ratio.where(~(ratio > HIGHEST_RATIO), ratio / 100),
    )
    return corrected.drop(columns=list(IDENTIFIERS), errors="ignore")


def balancing_weights(gender: pd.Series) -> pd.Series:
    """A weight for each row under which every group counts alike, their mean 1."""
    sizes = gender.groupby(gender).transform("size")
    return (len(gender) / (gender.nunique() * sizes)).rename("weight")


def engineer_features(clean: pd.DataFrame, *, learn_from: pd.DataFrame) -> pd.DataFrame:
    """The table that the model is made from, shape (n, 6): income and education in one, the proxy gone.

    ``economic_status`` is the mean of the logarithm of income and the rank of education, each in standard
    deviations from its mean among `learn_from`.

    Parameters
    ----------
    clean : DataFrame, shape (n, 8)
        What `preprocess` gives.
    learn_from : DataFrame
        The training rows of it.

    Raises
    ------
    ValueError: a column is absent.
    """
    parts = [_standardised(of(clean), of(learn_from)) for of in (_income_in_logarithms, _education_in_ranks)]
    table = clean.assign(economic_status=sum(parts) / len(parts))
    kept = ["gender", *FEATURES, *(["repaid"] if "repaid" in clean.columns else [])]
    _refuse_absent(table, kept)
    return table[kept]


def as_table(people: pd.DataFrame, learn_from: pd.DataFrame) -> pd.DataFrame:
    """The table that the model is made from, of applicants as they answered, shape (n, 6).

    Parameters
    ----------
    people : DataFrame, shape (n, 10)
        Applicants as `make_loans` gives them; ``repaid`` may be absent or blank.
    learn_from : DataFrame
        The training rows, in the same form.

    Raises
    ------
    ValueError: a column is absent.
    """
    learnt = preprocess(learn_from, learn_from=learn_from)
    return engineer_features(preprocess(people, learn_from=learn_from), learn_from=learnt)


def _income_in_logarithms(clean: pd.DataFrame) -> pd.Series:
    _refuse_absent(clean, ["income"])
    return np.log(clean["income"])


def _education_in_ranks(clean: pd.DataFrame) -> pd.Series:
    _refuse_absent(clean, ["education"])
    return clean["education"].map({level: rank for rank, level in enumerate(EDUCATION_LEVELS)}).astype(float)


def _standardised(values: pd.Series, learnt: pd.Series) -> pd.Series:
    return (values - learnt.mean()) / learnt.std()


def train(
    table: pd.DataFrame, *, strength: float = FAIRNESS_STRENGTH, epochs: int | None = EPOCHS
) -> Pipeline:
    """The course's model, trained: a scaler, then a `FairLogisticRegression` that never sees the gender.

    Parameters
    ----------
    table : DataFrame
        Training rows of what `engineer_features` gives; gender shapes the penalty and the weights.
    strength : float, at least 0, default 50
        Of the penalty on the gap in mean score between genders; 0 for none.
    epochs : int, optional
        By default 5; None trains until nothing is left to gain.

    Raises
    ------
    ValueError: a column is absent, or what `FairLogisticRegression.fit` raises.
    """
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    from edutools.training import FairLogisticRegression

    _refuse_absent(table, ["gender", *FEATURES, "repaid"])
    model = Pipeline(
        [("scaler", StandardScaler()), ("model", FairLogisticRegression(strength, epochs=epochs))]
    )
    return model.fit(
        table[FEATURES],
        table["repaid"],
        model__sensitive_features=table["gender"],
        model__sample_weight=balancing_weights(table["gender"]),
    )


def _refuse_absent(frame: Any, columns: list[str]) -> None:
    for column in columns:
        if column not in frame.columns:
            raise ValueError(
                f"The table must have the columns {columns!r}, got {list(frame.columns)!r}."
                + suggestion(column, frame.columns)
            )
