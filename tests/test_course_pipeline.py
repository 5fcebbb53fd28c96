"""The course's pipeline: each stage has its shape, and learns from the training rows alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import StandardScaler

from edutools import load_loans, make_loans
from edutools.course import pipeline
from edutools.datasets import EDUCATION_LEVELS


@pytest.fixture(scope="module")
def stages():
    loans = load_loans()
    rows = pipeline.assign_rows(loans)
    clean = pipeline.preprocess(loans, learn_from=loans[rows == "train"])
    table = pipeline.engineer_features(clean, learn_from=clean[rows == "train"])
    return loans, rows, clean, table


def test_the_stages_have_the_shapes_that_the_course_promises(stages):
    loans, rows, clean, table = stages
    assert (loans.shape, clean.shape, table.shape) == ((1000, 10), (1000, 8), (1000, 6))
    assert table[rows == "train"].shape == (800, 6) and table[rows == "test"].shape == (200, 6)
    assert list(table.columns) == ["gender", *pipeline.FEATURES, "repaid"]
    assert not clean.isna().any().any() and not table.isna().any().any()
    assert clean.index.equals(loans.index) and table.index.equals(loans.index)


def test_each_gender_and_label_has_its_share_of_the_test_rows(stages):
    loans, rows, *_ = stages
    counts = pd.crosstab([loans["gender"], loans["repaid"]], rows)
    assert (abs(counts["test"] - 0.2 * counts.sum(axis=1)) < 1).all()
    assert rows.equals(pipeline.assign_rows(loans)) and not rows.equals(pipeline.assign_rows(loans, seed=1))


def test_typing_errors_are_put_right(stages):
    loans, _, clean, _ = stages
    truth = make_loans(entry_errors=0.0)
    wrong = (loans["age"] > 120) | (loans["income"] < 1000) | (loans["debt_ratio"] > 1)
    assert wrong.sum() == 9
    known = truth[["age", "income", "debt_ratio"]]
    assert (clean[known.columns].where(known.notna()).fillna(-1) - known.fillna(-1)).abs().max().max() < 1e-9


def test_gaps_are_filled_as_scikit_learn_fills_them_from_the_training_rows(stages):
    loans, rows, clean, _ = stages
    numbers = ["income", "credit_history"]
    raw = loans.assign(income=loans["income"].where(~(loans["income"] < 1000), loans["income"] * 1000))
    imputer = SimpleImputer(strategy="median").fit(raw.loc[rows == "train", numbers])
    np.testing.assert_allclose(clean[numbers], imputer.transform(raw[numbers]))
    commonest = loans.loc[rows == "train", "education"].value_counts().idxmax()
    assert (clean.loc[loans["education"].isna(), "education"] == commonest).all()


def test_economic_status_is_the_mean_of_two_standardised_columns(stages):
    _, rows, clean, table = stages
    ranks = clean["education"].map(EDUCATION_LEVELS.index)
    two = pd.DataFrame({"income": np.log(clean["income"]), "education": ranks})
    expected = StandardScaler().fit(two[rows == "train"]).transform(two).mean(axis=1)
    # pandas' standard deviation divides by n - 1, scikit-learn's by n.
    np.testing.assert_allclose(table["economic_status"], expected * np.sqrt(799 / 800))


def test_nothing_is_learnt_from_the_test_rows(stages):
    loans, rows, clean, table = stages
    spoilt = loans.copy()
    spoilt.loc[rows == "test", "income"] *= 50
    spoilt.loc[rows == "test", "credit_history"] = 0
    again = pipeline.preprocess(spoilt, learn_from=spoilt[rows == "train"])
    assert again[rows == "train"].equals(clean[rows == "train"])
    engineered = pipeline.engineer_features(again, learn_from=again[rows == "train"])
    assert engineered[rows == "train"].equals(table[rows == "train"])


def test_weights_give_each_gender_the_same_say(stages):
    loans, *_ = stages
    weights = pipeline.balancing_weights(loans["gender"])
    assert weights.groupby(loans["gender"]).sum().round(9).tolist() == [500, 500]
    assert weights.mean() == pytest.approx(1)


def test_one_applicant_without_a_label_goes_through_every_stage(stages):
    loans, rows, clean, table = stages
    model = pipeline.train(table[rows == "train"])
    applicant = loans.iloc[[5]].drop(columns="repaid").assign(income=np.nan)
    one = pipeline.preprocess(applicant, learn_from=loans[rows == "train"])
    one = pipeline.engineer_features(one, learn_from=clean[rows == "train"])
    assert one.shape == (1, 5)
    assert 0 < model.predict_proba(one[pipeline.FEATURES])[0, 1] < 1
    blank = pipeline.preprocess(loans.iloc[[5]].assign(repaid=np.nan), learn_from=loans[rows == "train"])
    assert np.isnan(pipeline.engineer_features(blank, learn_from=clean[rows == "train"])["repaid"].iloc[0])


def test_the_model_reads_neither_gender_nor_label_and_five_epochs_are_traced(stages):
    _, rows, _, table = stages
    model = pipeline.train(table[rows == "train"])
    assert list(model.feature_names_in_) == pipeline.FEATURES
    losses = [entry["loss"] for entry in model["model"].history_]
    assert len(losses) == 6 and losses[0] == pytest.approx(np.log(2)) and (np.diff(losses) < 0).all()
    free = pipeline.train(table[rows == "train"], strength=0)
    gaps = [abs(np.subtract(*each["model"].history_[-1]["rates"].values())) for each in (model, free)]
    assert gaps[0] < gaps[1]


def test_a_table_without_a_column_that_is_needed_is_refused_by_name(stages):
    loans, rows, clean, _ = stages
    with pytest.raises(ValueError, match=r"must have the columns .*'gender'.* Did you mean 'gendr'"):
        pipeline.assign_rows(loans.rename(columns={"gender": "gendr"}))
    with pytest.raises(ValueError, match="must have the columns"):
        pipeline.preprocess(loans, learn_from=loans.drop(columns="income"))
    with pytest.raises(ValueError, match="must have the columns"):
        pipeline.engineer_features(clean.drop(columns="education"), learn_from=clean)
    with pytest.raises(ValueError, match="must have the columns"):
        pipeline.train(clean[rows == "train"])


def test_both_stages_at_once_are_the_one_after_the_other():
    loans = make_loans(300, seed=5)
    rows = pipeline.assign_rows(loans, test_size=60)
    raw = loans[rows == "train"]
    clean = pipeline.preprocess(loans, learn_from=raw)
    expected = pipeline.engineer_features(clean, learn_from=clean[rows == "train"])
    pd.testing.assert_frame_equal(pipeline.as_table(loans, raw), expected)
