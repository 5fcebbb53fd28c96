"""What a BiasDetector is given wrongly is refused in words that say what is wrong and what is possible."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from edutools import BiasDetector, fetch_german_credit, load_loans
from tests.examples import GERMAN_FOLDER
from tests.test_german_credit import needs_real_file

LOANS = load_loans()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"label": "repayed"}, r"`label` must be one of the columns .*got 'repayed'\. Did you mean 'repaid'"),
        ({"sensitive_features": "sex"}, r"`sensitive_features` must be one of the columns .*got 'sex'"),
        ({"sensitive_features": ["gender", 99]}, r"or a number from 0 to 9, got 99"),
        ({"sensitive_features": "name"}, r"at most 50 groups each, got \d+ in 'name'"),
        ({"sensitive_features": ["man"] * 999}, r"must have 1000 rows"),
        ({"sensitive_features": np.full(1000, "man")}, r"two groups to compare, got only 'man'"),
        ({"label": "gender"}, r"`favourable` must say which label is good"),
        ({"label": "gender", "favourable": "women"}, r"got 'women'\. Did you mean 'woman'"),
        ({"label": LOANS.repaid[:10]}, r"`label` must have 1000 rows as `data` has, got 10"),
        (
            {"label": LOANS.repaid.where(LOANS.index > 3)},
            r"`label` must have a label in each row, got 4 missing",
        ),
        ({"sensitive_features": "age", "boundaries": {"age": 5}}, r"rows on both sides, got 5 for 'age'"),
        ({"sensitive_features": "age", "boundaries": {"ages": 25}}, r"Did you mean 'age'"),
        ({"sensitive_features": "gender", "boundaries": {"gender": 1}}, r"'gender' holds none"),
        ({"features": ["age", "incme"]}, r"`features` must be one of the columns .*Did you mean 'income'"),
        ({"strata": "name"}, r"`strata` must have at most 50 values"),
        ({"threshold": 1.5}, r"`threshold` must lie in \[0, 1\], got 1\.5"),
    ],
)
def test_what_is_wrong_is_named_where_it_was_given(given, message):
    with pytest.raises(ValueError, match=message):
        BiasDetector(None, LOANS, **given)


def test_an_unknown_keyword_is_refused_with_the_near_one():
    with pytest.raises(TypeError, match=r"Did you mean 'sensitive_features'\?"):
        BiasDetector(None, LOANS, sensitive_feature="gender")
    with pytest.raises(TypeError, match=r"Did you mean 'convention'\?"):
        BiasDetector(None, LOANS).detect_bias(conventions="clarify")


def test_what_is_no_table_is_refused():
    with pytest.raises(TypeError, match=r"a table or an array of rows × columns, got list of shape \(3,\)"):
        BiasDetector(None, [1, 2, 3])
    with pytest.raises(ValueError, match="at least one row"):
        BiasDetector(None, LOANS[:0])
    twice = pd.concat([LOANS[["age"]], LOANS[["age"]]], axis=1)
    with pytest.raises(ValueError, match="different names, got 'age' twice"):
        BiasDetector(None, twice)


def test_scores_outside_of_their_range_are_refused_with_their_row():
    table = LOANS.assign(score=0.5)
    table.loc[7, "score"] = 1.2
    detector = BiasDetector("score", table, label="repaid", sensitive_features="gender")
    with pytest.raises(ValueError, match=r"got 1\.2 in row 7"):
        detector.detect_bias()


def test_a_convention_a_rate_or_a_finding_that_is_none_is_refused():
    found = BiasDetector(None, LOANS, label="repaid", sensitive_features="gender")
    with pytest.raises(ValueError, match=r"`convention` must be one of \['edutools', 'clarify'\]"):
        found.detect_bias(convention="claryfy")
    findings = found.detect_bias()
    with pytest.raises(ValueError, match=r"`rate` must lie between 0 and 1, got 5"):
        findings.discoveries(5)
    with pytest.raises(ValueError, match=r"\['man', 'woman'\], got 'women'"):
        findings.find("DPL", group="women")


def test_missing_groups_are_a_group_of_their_own_and_the_table_stays_as_it_was():
    table = LOANS.assign(gender=LOANS.gender.where(LOANS.index % 7 > 0))
    before = table.copy(deep=True)
    with pytest.warns(UserWarning, match="kept as a group named 'missing'"):
        found = BiasDetector(None, table, label="repaid", sensitive_features="gender").detect_bias()
    assert {row["group"] for row in found.groups} == {"man", "woman", "missing"}
    pd.testing.assert_frame_equal(table, before)


def test_other_frames_and_arrays_are_read_as_pandas_tables_are():
    expected = BiasDetector(None, LOANS, label="repaid", sensitive_features="gender").detect_bias().to_frame()
    frame = pl.from_pandas(LOANS)
    for data in (frame, frame.lazy()):
        found = BiasDetector(None, data, label="repaid", sensitive_features="gender").detect_bias().to_frame()
        pd.testing.assert_frame_equal(found, expected)
    by_number = BiasDetector(
        None, LOANS[["age", "income"]].to_numpy(), label=LOANS.repaid, sensitive_features=LOANS.gender
    )
    values = by_number.detect_bias().to_frame().value
    np.testing.assert_allclose(values.dropna(), expected.value.dropna())


def test_columns_may_be_given_by_their_number():
    place = list(LOANS.columns).index
    by_name = BiasDetector(None, LOANS, label="repaid", sensitive_features=["gender"])
    by_number = BiasDetector(None, LOANS, label=place("repaid"), sensitive_features=[place("gender")])
    pd.testing.assert_frame_equal(by_name.detect_bias().to_frame(), by_number.detect_bias().to_frame())


@needs_real_file
def test_one_character_of_the_boundary_moves_german_credit_over_the_four_fifths_line():
    credit = fetch_german_credit(data_home=GERMAN_FOLDER, download_if_missing=False)
    table = credit.assign(good=credit.good_credit.astype(float))
    assert table.good.sum() == 700
    moved = BiasDetector("good", table, sensitive_features="age").detect_bias().boundaries["age"]
    ratios = moved.set_index("boundary").DI.round(3)
    assert ratios["age ≥ 25"] == 0.821
    assert ratios["age ≥ 26"] == 0.795  # age > 25


def test_a_model_of_ten_classes_needs_the_favourable_one():
    rows = np.random.default_rng(0).normal(size=(200, 2))
    ten = lambda X: np.random.default_rng(1).dirichlet(np.ones(10), len(X))  # noqa: E731
    detector = BiasDetector(ten, rows, output="probabilities")
    with pytest.raises(ValueError, match=r"`favourable`\) must say which of the model's 10 classes"):
        detector.detect_bias(sensitive_features=0)
    found = detector.detect_bias(sensitive_features=0, favourable=7).to_frame()
    share = ten(rows)[:, 7] >= 0.5
    upper = rows[:, 0] >= np.median(rows[:, 0])
    gap = found[found["short"] == "DPPL"]["value"].abs().max()
    assert gap == pytest.approx(abs(share[upper].mean() - share[~upper].mean()))


def test_a_models_own_error_names_the_rows_and_columns():
    model = LogisticRegression().fit(LOANS[["age", "debt_ratio"]].fillna(0), LOANS.repaid)
    with pytest.raises(ValueError, match=r"failed when given rows 0 to 999 .*\['age', 'debt_ratio'\].*NaN"):
        BiasDetector(model, LOANS.assign(age=LOANS.age.where(LOANS.index != 3))).detect_bias(
            sensitive_features=LOANS.gender
        )
    unseen = make_pipeline(OneHotEncoder(), LogisticRegression()).fit(LOANS[["education"]], LOANS.repaid)
    other = LOANS.assign(education=LOANS.education.where(LOANS.index != 5, "doctor"))
    with pytest.raises(
        ValueError, match=r"with the columns \['education'\].*unknown categories \['doctor'\]"
    ):
        BiasDetector(unseen, other).detect_bias(sensitive_features="gender")


def test_a_file_is_never_loaded():
    with pytest.raises(TypeError, match="a pickle runs code"):
        BiasDetector(Path("model.pkl"), LOANS).detect_bias(sensitive_features="gender")


def test_the_columns_of_an_array_are_meant_in_the_models_order():
    table = LOANS[["age", "credit_history", "repaid"]].fillna(50)
    model = LogisticRegression().fit(table[["age", "credit_history"]], table.repaid)
    by_name = BiasDetector(model, table, label="repaid", sensitive_features=LOANS.gender).detect_bias()
    by_place = BiasDetector(model, table.to_numpy(), label=2, sensitive_features=LOANS.gender).detect_bias()
    pd.testing.assert_frame_equal(by_place.to_frame(), by_name.to_frame())
    with pytest.raises(ValueError, match=r"`features` must name the 2 columns .* there are 3: \[0, 1, 2\]"):
        BiasDetector(model, table.to_numpy())
    with pytest.raises(ValueError, match=r"got none named 'credit_history'. Did you mean 'credit_histories'"):
        BiasDetector(model, table.rename(columns={"credit_history": "credit_histories"}), label="repaid")


def test_a_column_of_scores_by_its_number_is_no_feature():
    rows = np.column_stack([LOANS.age, np.linspace(0, 1, 1000)])
    assert list(BiasDetector(1, rows, sensitive_features=LOANS.gender).subject.features) == [0]
