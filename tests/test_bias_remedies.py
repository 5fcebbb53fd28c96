"""A mitigation's before and after, an explanation and a what-if, as BiasDetector gives them."""

from __future__ import annotations

import json
import math
import pickle

import numpy as np
import pytest
from fairlearn.metrics import demographic_parity_difference
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split

from edutools import BiasDetector, make_loans
from edutools.bias.remedies import _paired

LOANS = make_loans(3_000)
FEATURES = ["income", "credit_history", "debt_ratio"]
TABLE = LOANS.assign(**{name: LOANS[name].fillna(LOANS[name].median()) for name in FEATURES})
TABLE["income"] /= 1_000
MODEL = LogisticRegression(max_iter=1_000).fit(TABLE[FEATURES], TABLE.repaid)


def detector(**given):
    return BiasDetector(MODEL, TABLE, **({"label": "repaid", "sensitive_features": "gender"} | given))


def test_before_and_after_are_of_rows_that_neither_model_was_trained_on():
    tried = detector().mitigate_bias("reweighing", seed=4)
    kinds = 2 * (TABLE.gender == "woman") + TABLE.repaid
    train, test = train_test_split(np.arange(3_000), test_size=0.3, random_state=4, stratify=kinds)
    train, test = np.sort(train), np.sort(test)
    assert tried.rows == len(test) == 900
    plain = LogisticRegression(max_iter=1_000).fit(TABLE[FEATURES].iloc[train], TABLE.repaid.iloc[train])
    y, groups = TABLE.repaid.iloc[test], TABLE.gender.iloc[test]
    for findings, model, accuracy in (
        (tried.before, plain, tried.accuracy[0]),
        (tried.after, tried.model, tried.accuracy[1]),
    ):
        accepted = model.predict(TABLE[FEATURES].iloc[test])
        gap = demographic_parity_difference(y, accepted, sensitive_features=groups)
        assert abs(findings.find("DPPL", group="woman").value) == pytest.approx(gap)
        assert accuracy == pytest.approx(accuracy_score(y, accepted))


def test_thresholds_by_group_close_the_gap_and_the_model_can_be_kept(tmp_path):
    tried = detector().mitigate_bias("thresholds")
    before, after = (found.find("DPPL", group="woman") for found in (tried.before, tried.after))
    assert before.low > 0
    assert abs(after.value) < 0.1 < before.value
    kept = pickle.loads(pickle.dumps(tried.model))  # ours, made a line before
    some = {"sensitive_features": TABLE.gender[:50]}
    assert (
        kept.predict(TABLE[FEATURES][:50], **some) == tried.model.predict(TABLE[FEATURES][:50], **some)
    ).all()
    frame = tried.to_frame().set_index("short")
    assert (frame.before["DPPL"], frame.after["DPPL"]) == (before.value, after.value)
    assert frame.group["DPPL"] == "woman"


def test_the_price_is_the_paired_change_of_accuracy():
    dice = np.random.default_rng(0)
    before = dice.random(400) < 0.8
    after = np.where(dice.random(400) < 0.1, ~before, before)
    value, low, high = _paired(before, after)
    assert value == pytest.approx(after.mean() - before.mean())
    drawn = [dice.integers(0, 400, 400) for _ in range(2_000)]
    resampled = np.quantile([after[rows].mean() - before[rows].mean() for rows in drawn], [0.025, 0.975])
    assert (low, high) == pytest.approx(resampled, abs=0.006)
    assert _paired(before, before)[1] < 0 < _paired(before, before)[2]


def test_what_was_tried_stands_in_the_audit_and_reads_as_before_and_after():
    examined = detector()
    tried = examined.mitigate_bias("reweighing")
    audit = examined.to_dict()
    assert [each["method"] for each in audit["mitigations"]] == ["reweighing"]
    json.dumps(audit, allow_nan=False)
    assert "reweighing, on 900 rows held out: accuracy from" in repr(tried)
    assert '<th scope="col">After (95% interval)</th>' in tried._repr_html_()
    assert "reweighing" in examined.report().to_markdown()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"label": None}, "`label` must be given to mitigate bias"),
        ({"sensitive_features": None}, "`sensitive_features` must be given to mitigate bias"),
    ],
)
def test_what_a_mitigation_needs_is_named(given, message):
    with pytest.raises(ValueError, match=message):
        detector(**given).mitigate_bias("reweighing")


def test_a_column_of_scores_cannot_be_trained_anew_and_it_is_said():
    table = TABLE.assign(score=0.5)
    examined = BiasDetector("score", table, label="repaid", sensitive_features="gender")
    with pytest.raises(ValueError, match="give the model behind the scores"):
        examined.mitigate_bias("reweighing")
    with pytest.raises(ValueError, match="explain needs a `model` that gives scores of any row, got 'score'"):
        examined.explain(0)


def test_an_unknown_method_part_or_feature_is_refused_with_the_near_one():
    with pytest.raises(ValueError, match=r"Did you mean 'reweighing'\?"):
        detector().mitigate_bias("reweighting")
    with pytest.raises(ValueError, match="`test_size` must lie between 0 and 1, got 2"):
        detector().mitigate_bias("reweighing", test_size=2)
    with pytest.raises(ValueError, match=r"got 'sex'"):
        detector().mitigate_bias("reweighing", sensitive_features="sex")


def test_methods_are_compared_by_cross_validation():
    found = detector().compare_mitigations(methods=["reweighing", "thresholds"], cv=3, progress=False)
    frame = found.to_frame().reset_index()
    assert {"reweighing", "thresholds"} <= set(frame["method"])
    assert found.widget() is not None


def test_one_person_is_explained_by_the_detector_s_model():
    examined = detector()
    explained = examined.explain(3, changeable=["income"])
    score = MODEL.predict_proba(TABLE[FEATURES][3:4])[0, 1]
    assert explained.score == pytest.approx(score)
    assert math.isclose(
        explained.base + explained.contributions.contribution.sum(),
        math.log(score / (1 - score)),
        rel_tol=1e-9,
    )
    page = examined.report(include_rows=True).to_json()
    without = examined.report().to_json()
    assert str(TABLE.income[3]) in page
    assert str(TABLE.income[3]) not in without
    assert LOANS.name[3] not in page


def test_what_if_moves_the_detector_s_model_from_its_threshold():
    widget = detector(threshold=0.6).what_if(5, changeable=["income"])
    assert widget.threshold == 0.6
    assert widget.changeable == ["income"]
