"""Scores and labels of any model that can be asked: scikit-learn's, judged by their own predict_proba."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.calibration import CalibratedClassifierCV
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier, SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

from edutools.predictors import labels, linear_form, scores

X = np.random.default_rng(0).normal(size=(60, 3))
Y = (X[:, 0] + X[:, 1] > 0).astype(int)
WORDS = np.where(Y, "repaid", "default")


@pytest.mark.parametrize(
    "model",
    [
        LogisticRegression(),
        DecisionTreeClassifier(max_depth=2),
        RandomForestClassifier(n_estimators=5, random_state=0),
        make_pipeline(StandardScaler(), LogisticRegression()),
        CalibratedClassifierCV(LinearSVC()),
    ],
    ids=lambda model: type(model).__name__,
)
@pytest.mark.parametrize(
    ("y", "pos_label"), [(Y, 1), (Y, 0), (Y.astype(bool), True), (WORDS, "repaid"), (WORDS, "default")]
)
def test_scores_are_the_probabilities_of_the_positive_label(model, y, pos_label):
    model.fit(X, y)
    got = scores(model, X, pos_label=pos_label)
    assert got.dtype == np.float64 and got.shape == (60,) and got.min() >= 0 and got.max() <= 1
    assert np.array_equal(got, model.predict_proba(X)[:, list(model.classes_).index(pos_label)])
    assert np.array_equal(labels(model, X), model.predict(X))


def test_columns_reach_the_model_by_name():
    frame = pd.DataFrame(X, columns=list("abc"))
    assert scores(LogisticRegression().fit(frame, Y), frame).shape == (60,)


def test_float32_probabilities_become_float64():
    class Narrow:
        classes_ = np.array([0, 1])

        def predict(self, X):
            return np.ones(len(X))

        def predict_proba(self, X):
            return np.full((len(X), 2), 0.5, dtype=np.float32)

    assert scores(Narrow(), X).dtype == np.float64


@pytest.mark.parametrize("model", [RidgeClassifier(), LinearSVC()])
def test_model_with_a_decision_function_alone_is_refused_and_told_to_calibrate(model):
    model.fit(X, Y)
    with pytest.raises(TypeError, match=r"`model` must have predict_proba.*CalibratedClassifierCV"):
        scores(model, X)
    assert np.array_equal(labels(model, X), model.predict(X))


@pytest.mark.parametrize("ask", [scores, labels])
@pytest.mark.parametrize(
    ("model", "message"),
    [
        (
            LinearRegression().fit(X, Y),
            "`model` must be a fitted classifier.*LinearRegression has no `classes_`.*regressor",
        ),
        (LogisticRegression(), "LogisticRegression.* is not fitted|classifier is not fitted"),
        (LogisticRegression, "got the class LogisticRegression"),
        (None, "`model` must be a fitted classifier.*got NoneType"),
        (StandardScaler().fit(X), "got StandardScaler"),
    ],
)
def test_what_is_no_fitted_classifier_is_refused(ask, model, message):
    with pytest.raises(TypeError, match=message):
        ask(model, X)


@pytest.mark.parametrize(
    ("y", "pos_label", "message"),
    [
        (Y, "1", r"`pos_label` must be one of the model's classes, \[0, 1\], got '1'. Did you mean 1"),
        (WORDS, 1, r"\['default', 'repaid'\], got 1"),
        (WORDS, "Repaid", "Did you mean 'repaid'"),
        (np.arange(60) % 3, 1, r"two classes .*, got 3: \[0, 1, 2\]"),
    ],
)
def test_positive_label_that_the_model_does_not_know_is_refused(y, pos_label, message):
    with pytest.raises(ValueError, match=message):
        scores(LogisticRegression().fit(X, y), X, pos_label=pos_label)


@pytest.mark.parametrize("ask", [scores, labels])
def test_models_own_error_is_left_visible(ask):
    with pytest.raises(ValueError, match="features"):
        ask(LogisticRegression().fit(X, Y), X[:, :2])


@pytest.mark.parametrize("as_frame", [False, True])
@pytest.mark.parametrize(
    "model",
    [
        LogisticRegression(),
        LogisticRegression(C=1e-12),
        make_pipeline(StandardScaler(), LogisticRegression()),
        SGDClassifier(loss="log_loss", random_state=0),
        LinearDiscriminantAnalysis(),
    ],
    ids=str,
)
def test_the_slopes_of_a_linear_model_give_its_probabilities(model, as_frame):
    rows = pd.DataFrame(X * 10, columns=list("abc")) if as_frame else X
    model.fit(rows, WORDS)
    for label in ("repaid", "default"):
        slopes, intercept = linear_form(model, 3, pos_label=label)
        assert np.allclose(expit(rows @ slopes + intercept), scores(model, rows, pos_label=label), atol=1e-9)


@pytest.mark.parametrize(
    "model",
    [
        SVC(kernel="linear", probability=True, random_state=0),
        SGDClassifier(loss="modified_huber", random_state=0),
        RidgeClassifier(),
        LinearSVC(),
        DecisionTreeClassifier(max_depth=2),
        make_pipeline(PolynomialFeatures(2), LogisticRegression()),
    ],
    ids=lambda model: type(model).__name__,
)
@pytest.mark.filterwarnings("ignore:The `probability`:FutureWarning")
def test_slopes_that_do_not_give_the_models_probabilities_are_not_taken_for_log_odds(model):
    assert linear_form(model.fit(X, Y), 3) is None
