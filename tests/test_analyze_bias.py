"""Where bias comes from, judged by scikit-learn, shap, pandas and published counts."""

from __future__ import annotations

import json
import sys

import numpy as np
import pandas as pd
import pytest
import shap
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from edutools import BiasDetector, load_loans
from edutools.bias.contributions import shap_values
from edutools.bias.proxies import auc_interval

FEATURES = ["age", "income", "debt_ratio", "credit_history"]
LOANS = load_loans()
X = LOANS[FEATURES].fillna(LOANS[FEATURES].median())
TABLE = LOANS.assign(**{name: X[name] for name in FEATURES})
LINEAR = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, LOANS.repaid)

# Bickel, Hammel and O'Connell (1975), the six largest departments: admitted and rejected men and women.
BERKELEY = {
    "A": (512, 313, 89, 19),
    "B": (353, 207, 17, 8),
    "C": (120, 205, 202, 391),
    "D": (138, 279, 131, 244),
    "E": (53, 138, 94, 299),
    "F": (22, 351, 24, 317),
}


@pytest.fixture(scope="module")
def linear():
    detector = BiasDetector(LINEAR, TABLE, label="repaid", sensitive_features="gender", strata="education")
    return detector.analyze_bias()


def test_contributions_of_a_linear_model_are_those_of_shap(linear):
    values = shap.LinearExplainer(
        (LINEAR[-1].coef_[0] / LINEAR[0].scale_, LINEAR[-1].intercept_), X.to_numpy(dtype=float)
    ).shap_values(X.to_numpy(dtype=float))
    woman = (LOANS.gender == "woman").to_numpy()
    for _, row in linear.contributions.iterrows():
        own = values[woman, FEATURES.index(row.feature)]
        others = values[~woman, FEATURES.index(row.feature)]
        assert row.group == "woman"
        assert row.difference == pytest.approx(own.mean() - others.mean(), abs=1e-9)
        assert row.low < row.difference < row.high


def test_contributions_of_a_linear_model_add_up_to_the_gap_in_log_odds(linear):
    log_odds = LINEAR.decision_function(X)
    woman = LOANS.gender == "woman"
    gap = log_odds[woman].mean() - log_odds[~woman].mean()
    assert linear.contributions.difference.sum() == pytest.approx(gap)


def test_contributions_behind_one_hot_encoders_are_exact_too():
    columns = ["income", "contact_preference"]
    encoded = make_column_transformer(
        (OneHotEncoder(), ["contact_preference"]), (StandardScaler(), ["income"])
    )
    model = make_pipeline(encoded, LogisticRegression()).fit(TABLE[columns], LOANS.repaid)
    found = BiasDetector(model, TABLE, label="repaid", sensitive_features="gender").analyze_bias()
    woman = LOANS.gender == "woman"
    log_odds = model.decision_function(TABLE[columns])
    gap = log_odds[woman].mean() - log_odds[~woman].mean()
    assert found.contributions.difference.sum() == pytest.approx(gap)
    effects = dict(
        zip(model[0].named_transformers_["onehotencoder"].categories_[0], model[-1].coef_[0], strict=False)
    )
    added = TABLE.contact_preference.map(effects)
    of_contact = found.contributions.set_index("feature").difference["contact_preference"]
    assert of_contact == pytest.approx(added[woman].mean() - added[~woman].mean())
    assert "exact" in " ".join(found.notes)


def test_shap_values_of_categories_and_numbers_add_up_to_the_score_above_the_background():
    table = TABLE[["income", "contact_preference"]].iloc[:300]

    def score(rows):
        likes = {"app": 0.3, "email": 0.2, "phone": 0.1, "letter": 0.0}
        return 0.4 + rows.contact_preference.map(likes).astype(float) + (rows.income > 30_000) * 0.2

    values = shap_values(score, table.iloc[:20], table, seed=1)
    background = table.iloc[np.random.default_rng(1).permutation(300)[:25]]
    assert values.sum(axis=1) == pytest.approx(np.asarray(score(table.iloc[:20]) - score(background).mean()))
    income = (table.iloc[:20].income > 30_000) * 0.2 - (background.income > 30_000).mean() * 0.2
    assert values[:, 0] == pytest.approx(income.to_numpy())


def test_a_model_that_is_not_linear_is_explained_by_shap_and_says_of_how_many_rows():
    forest = RandomForestClassifier(10, random_state=0).fit(X, LOANS.repaid)
    found = BiasDetector(forest, TABLE, label="repaid", sensitive_features="gender").analyze_bias()
    assert set(found.contributions.feature) == set(FEATURES)
    assert found.contributions.feature[0] == "income"
    assert "SHAP values of 100 sampled rows against 25" in " ".join(found.notes)


def test_without_shap_the_error_names_what_brings_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "shap", None)
    with pytest.raises(ImportError, match="pip install shap"):
        shap_values(lambda rows: rows.age / 100, X[:2], X)


def test_importance_is_scikit_learn_s_on_each_group(linear):
    woman = LOANS.gender == "woman"
    theirs = permutation_importance(
        LINEAR, X[woman], LOANS.repaid[woman], scoring="accuracy", n_repeats=5, random_state=0
    ).importances_mean
    ours = linear.importance[linear.importance.group == "woman"].set_index("feature").importance
    assert ours[FEATURES].to_numpy() == pytest.approx(theirs)


def test_importance_is_that_of_the_decisions_at_the_threshold():
    given = {"label": "repaid", "sensitive_features": "gender", "features": FEATURES}
    ours = BiasDetector(LINEAR, TABLE, threshold=0.7, **given).analyze_bias().importance
    strict = FixedThresholdClassifier(FrozenEstimator(LINEAR), threshold=0.7).fit(X, LOANS.repaid)
    woman = LOANS.gender == "woman"
    theirs = permutation_importance(strict, X[woman], LOANS.repaid[woman], n_repeats=5, random_state=0)
    women = ours[ours.group == "woman"].set_index("feature").importance
    assert women[FEATURES].to_numpy() == pytest.approx(theirs.importances_mean)


def test_partial_dependence_is_the_mean_score_with_the_feature_set(linear):
    curve = linear.partial_dependence
    woman = X[LOANS.gender == "woman"]
    for _, point in curve[(curve.feature == "income") & (curve.group == "woman")].iloc[::7].iterrows():
        set_to = woman.assign(income=float(point["at"]))
        assert point.score == pytest.approx(LINEAR.predict_proba(set_to)[:, 1].mean())


def test_a_perfect_proxy_is_found_and_noise_is_not():
    dice = np.random.default_rng(0)
    group = dice.choice(["a", "b"], 600)
    table = pd.DataFrame(
        {"group": group, "code": np.where(group == "a", "x", "y"), "noise": dice.normal(size=600)}
    )
    told = BiasDetector(None, table, sensitive_features="group").analyze_bias().proxies.set_index("feature")
    assert told.auc["code"] == 1
    assert told.auc["all together"] == 1
    assert abs(told.auc["noise"] - 0.5) < 0.1
    assert "group" not in told.index


def test_the_interval_of_an_area_is_as_wide_as_the_bootstrap_s():
    dice = np.random.default_rng(2)
    y = dice.integers(0, 2, 300)
    scores = dice.normal(size=300) + y
    auc = roc_auc_score(y, scores)
    drawn = [dice.integers(0, 300, 300) for _ in range(600)]
    low, high = np.quantile([roc_auc_score(y[rows], scores[rows]) for rows in drawn], [0.025, 0.975])
    assert auc_interval(auc, int(y.sum()), int((1 - y).sum())) == pytest.approx((low, high), abs=0.015)


def test_few_rows_leave_a_proxy_undefined_with_its_reason():
    table = pd.DataFrame({"group": ["a"] * 50 + ["b"] * 5, "x": range(55)})
    told = BiasDetector(None, table, sensitive_features="group").analyze_bias().proxies
    assert told.auc.isna().all()
    assert (
        set(told.reason) == {"a, or all others, have fewer than 20 rows"}
        or "b, or all others" in told.reason[0]
    )


def test_representation_and_gaps_are_those_of_pandas():
    found = BiasDetector(None, LOANS, label="repaid", sensitive_features="gender").analyze_bias()
    sizes = LOANS.gender.value_counts()
    shown = found.representation.set_index("group")
    assert shown.rows.to_dict() == sizes.to_dict()
    assert shown.base_rate.to_dict() == pytest.approx(LOANS.groupby("gender").repaid.mean().to_dict())
    gaps = LOANS.isna().groupby(LOANS.gender).mean()
    for _, row in found.missing.iterrows():
        assert row.share == pytest.approx(gaps.loc[row.group, row.column])
        assert row.low <= row.share <= row.high
    assert set(found.missing.column) == {name for name in LOANS if LOANS[name].isna().any()}


def test_berkeley_s_gap_turns_round_within_departments():
    rows = [
        {"sex": sex, "department": department, "admitted": admitted}
        for department, counts in BERKELEY.items()
        for (sex, admitted), count in zip(
            (("man", 1), ("man", 0), ("woman", 1), ("woman", 0)), counts, strict=True
        )
        for _ in range(count)
    ]
    table = pd.DataFrame(rows)
    found = BiasDetector(
        None, table, label="admitted", sensitive_features="sex", strata="department"
    ).analyze_bias()
    gap = found.within_strata.iloc[0]
    assert gap.group == "woman"
    assert gap.gap == pytest.approx(1198 / 2691 - 557 / 1835)
    assert gap.disparity == pytest.approx(1278 / 2771 - 557 / 1755)  # 0.46 - 0.32, as Clarify's guide has it
    assert gap.adjusted < 0
    assert gap.reversed
    assert any(note.startswith("Simpson's paradox: over all rows woman") for note in found.notes)
    department_a = found.strata[found.strata.stratum == "A"].iloc[0]
    assert (department_a.rate, department_a.rate_of_others) == pytest.approx((89 / 108, 512 / 825))
    assert department_a.high < 0


def test_an_analysis_is_json_and_its_tables_hold_the_data_s_markup_as_text(linear):
    json.dumps(linear.to_dict(), allow_nan=False)
    table = pd.DataFrame({"group": ["<script>", "b"] * 40, "x": range(80)})
    html = BiasDetector(None, table, sensitive_features="group").analyze_bias()._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_large_tables_are_sampled_and_it_is_said():
    table = pd.concat([TABLE] * 3, ignore_index=True)
    found = BiasDetector(LINEAR, table, label="repaid", sensitive_features="gender").analyze_bias()
    assert "2000 sampled rows of 3000" in " ".join(found.notes)


def test_without_groups_there_is_nothing_to_analyse():
    with pytest.raises(ValueError, match="`sensitive_features` must name a feature"):
        BiasDetector(None, LOANS).analyze_bias()
