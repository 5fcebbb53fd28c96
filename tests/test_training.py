"""FairLogisticRegression: scikit-learn's model without a penalty, and what was asked for with one."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn
from fairlearn.metrics import demographic_parity_difference, true_positive_rate_difference
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from sklearn.datasets import make_classification
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import _enforce_estimator_tags_y, estimator_checks_generator

from edutools import FairLogisticRegression, training

ASKED = {
    "demographic_parity": demographic_parity_difference,
    "equal_opportunity": true_positive_rate_difference,
}


ESTIMATORS = [FairLogisticRegression(), FairLogisticRegression(epochs=5)]
# It takes numpy's arrays alone, as most of scikit-learn's estimators do.
LEFT_OUT = {"check_array_api_input"}
# Of three labels the checks make two. An older scikit-learn takes the first row's label for one of them, so
# that after it has shuffled the rows for this check, they have other labels, whatever is estimated.
_MADE = [_enforce_estimator_tags_y(ESTIMATORS[0], np.array(each)) for each in ([0, 1, 2], [2, 1, 0])]
if (_MADE[0] != _MADE[1][::-1]).any():
    LEFT_OUT.add("check_sample_weight_equivalence_on_dense_data")
CHECKS = [
    (estimator, check)
    for each in ESTIMATORS
    for estimator, check in estimator_checks_generator(each)
    if check.func.__name__ not in LEFT_OUT
]


@pytest.mark.parametrize(
    ("estimator", "check"), CHECKS, ids=[f"{each}-{check.func.__name__}" for each, check in CHECKS]
)
def test_it_is_an_estimator_as_scikit_learn_asks_for(estimator, check):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check(estimator)


def people(seed=0, rows=600, groups=2):
    """Features of which the first carries the group, labels, and groups."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, groups, rows)
    X = rng.normal(size=(rows, 3))
    X[:, 0] += 1.2 * group
    y = (rng.random(rows) < 1 / (1 + np.exp(-(X @ [1.5, -1.0, 0.5] - 0.8)))).astype(int)
    return X, y, np.array(["a", "b", "c", "d"])[group]


@given(
    seed=st.integers(0, 10_000),
    C=st.sampled_from([0.01, 1.0, 100.0]),
    fit_intercept=st.booleans(),
    weighted=st.booleans(),
)
def test_without_strength_it_agrees_with_scikit_learn(seed, C, fit_intercept, weighted):
    X, y = make_classification(150, 5, n_redundant=1, flip_y=0.2, random_state=seed)
    weight = np.random.default_rng(seed).uniform(0.1, 3, len(y)) if weighted else None
    ours = FairLogisticRegression(C=C, fit_intercept=fit_intercept).fit(X, y, sample_weight=weight)
    theirs = LogisticRegression(C=C, fit_intercept=fit_intercept, tol=1e-8, max_iter=10_000)
    theirs.fit(X, y, sample_weight=weight)
    assert ours.converged_
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-3)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, atol=1e-3)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-3)


def sum_by_its_definition(parameters, X, y, group, *, strength, criterion, C):
    """What the docstring says is minimised, written by itself."""
    score = 1 / (1 + np.exp(-(X @ parameters[:-1] + parameters[-1])))
    asked = np.ones(len(y), bool) if criterion == "demographic_parity" else y == 1
    means = [score[asked & (group == each)].mean() for each in np.unique(group)]
    pairs = [(a - b) ** 2 for i, a in enumerate(means) for b in means[:i]]
    ridge = parameters[:-1] @ parameters[:-1] / (2 * C * len(y))
    return log_loss(y, score) + ridge + strength * np.mean(pairs)


@pytest.mark.parametrize("criterion", ASKED)
@pytest.mark.parametrize("groups", [2, 3])
@pytest.mark.parametrize("strength", [1.0, 20.0])
def test_what_is_found_is_the_least_that_another_optimiser_finds(criterion, groups, strength):
    X, y, group = people(groups=groups)
    ours = FairLogisticRegression(strength, criterion=criterion).fit(X, y, sensitive_features=group)
    found = np.append(ours.coef_[0], ours.intercept_)
    asked = {"strength": strength, "criterion": criterion, "C": 1.0}
    theirs = minimize(
        lambda parameters: sum_by_its_definition(parameters, X, y, group, **asked), np.zeros(4), tol=1e-10
    )
    assert sum_by_its_definition(found, X, y, group, **asked) <= theirs.fun + 1e-7
    last = ours.history_[-1]
    ridge = (found[:-1] ** 2).sum() / (2 * len(y))
    assert last["loss"] + last["penalty"] + ridge == pytest.approx(
        sum_by_its_definition(found, X, y, group, **asked)
    )


@pytest.mark.parametrize("criterion", ASKED)
def test_more_strength_leaves_a_smaller_gap_and_costs_log_loss(criterion):
    X, y, group = people(rows=4000)
    gaps, losses = [], []
    for strength in (0, 1, 10, 100):
        model = FairLogisticRegression(strength, criterion=criterion).fit(X, y, sensitive_features=group)
        gaps.append(ASKED[criterion](y, model.predict(X), sensitive_features=group))
        losses.append(model.history_[-1]["loss"])
    assert gaps == sorted(gaps, reverse=True)
    assert losses == sorted(losses)
    assert gaps[-1] < 0.05 < 0.15 < gaps[0]


def test_the_history_says_what_scikit_learn_says_of_each_epoch():
    X, y, group = people()
    model = FairLogisticRegression(10, epochs=5).fit(X, y, sensitive_features=group)
    assert [entry["epoch"] for entry in model.history_] == [0, 1, 2, 3, 4, 5] and model.n_iter_ == 5
    assert model.history_[0]["loss"] == pytest.approx(np.log(2))
    assert model.history_[0]["coef"] == [0, 0, 0] and model.history_[0]["rates"] == {"a": 1.0, "b": 1.0}
    for entry in model.history_:
        score = 1 / (1 + np.exp(-(X @ entry["coef"] + entry["intercept"])))
        assert entry["loss"] == pytest.approx(log_loss(y, score))
        assert entry["accuracy"] == pytest.approx(accuracy_score(y, score >= 0.5))
        assert entry["rates"] == pytest.approx(pd.Series(score >= 0.5).groupby(group).mean().to_dict())
        means = pd.Series(score).groupby(group).mean()
        assert entry["penalty"] == pytest.approx(10 * (means["a"] - means["b"]) ** 2)
    assert model.coef_[0].tolist() == model.history_[-1]["coef"]
    assert model.intercept_[0] == model.history_[-1]["intercept"]


def test_the_rows_of_a_group_are_those_that_tell_as_much_with_equal_weights():
    X, y, group = people(rows=300)

    def group_rows(**given):
        model = FairLogisticRegression(epochs=1).fit(X, y, **given)
        first, last = (entry["group_rows"] for entry in model.history_)
        assert first == last
        return last

    sizes = pd.Series(group).value_counts().to_dict()
    assert group_rows(sensitive_features=group) == pytest.approx(sizes)
    # Alike within each group, as the course's weights are: each group tells what its rows tell.
    weight = np.where(group == "a", 3.0, 1.0)
    assert group_rows(sensitive_features=group, sample_weight=weight) == pytest.approx(sizes)
    kept_or_not = np.random.default_rng(1).integers(0, 2, 300)
    kept = pd.Series(group)[kept_or_not == 1].value_counts().to_dict()
    assert group_rows(sensitive_features=group, sample_weight=kept_or_not) == pytest.approx(kept)
    uneven = np.arange(1, 301)
    by_hand = {name: uneven[group == name].sum() ** 2 / (uneven[group == name] ** 2).sum() for name in sizes}
    assert group_rows(sensitive_features=group, sample_weight=uneven) == pytest.approx(by_hand)
    assert group_rows() == {}


def test_the_sum_falls_at_every_epoch():
    X, y, group = people()
    history = FairLogisticRegression(50).fit(X, y, sensitive_features=group).history_
    sums = [each["loss"] + each["penalty"] + np.square(each["coef"]).sum() / (2 * len(y)) for each in history]
    assert (np.diff(sums) < 0).all()


def test_the_same_data_give_the_same_model_to_the_last_bit():
    X, y, group = people()
    one, other = (FairLogisticRegression(5).fit(X, y, sensitive_features=group) for _ in range(2))
    assert one.coef_.tobytes() == other.coef_.tobytes() and one.history_ == other.history_
    again = pickle.loads(pickle.dumps(one))
    assert (again.predict_proba(X) == one.predict_proba(X)).all()


def test_a_weight_of_two_is_a_row_written_twice_and_a_weight_of_none_a_row_left_out():
    X, y, group = people(rows=300)
    weight = np.random.default_rng(1).integers(0, 4, len(y))
    weighed = FairLogisticRegression(10).fit(X, y, sensitive_features=group, sample_weight=weight)
    repeated = FairLogisticRegression(10).fit(
        np.repeat(X, weight, axis=0), np.repeat(y, weight), sensitive_features=np.repeat(group, weight)
    )
    np.testing.assert_allclose(weighed.coef_, repeated.coef_, atol=1e-7)
    assert weighed.history_[-1]["accuracy"] == pytest.approx(repeated.history_[-1]["accuracy"])


def test_groups_are_neither_needed_nor_looked_at_to_predict():
    X, y, group = people()
    model = FairLogisticRegression(10).fit(X, y, sensitive_features=group)
    assert model.n_features_in_ == 3
    with pytest.raises(TypeError, match="sensitive_features"):
        model.predict(X, sensitive_features=group)


def test_a_score_of_one_half_is_positive():
    model = FairLogisticRegression(epochs=0).fit([[0.0], [1.0]], ["no", "yes"])
    assert model.predict([[3.0]]).tolist() == ["yes"]
    assert model.predict_proba([[3.0]]).tolist() == [[0.5, 0.5]]


def test_groups_and_weights_reach_it_through_a_pipeline_and_a_search():
    X, y, group = people()
    seen = []

    class Spy(FairLogisticRegression):
        def fit(self, X, y, *, sensitive_features=None, sample_weight=None):
            seen.append((len(X), len(sensitive_features), len(sample_weight)))
            return super().fit(X, y, sensitive_features=sensitive_features, sample_weight=sample_weight)

    with sklearn.config_context(enable_metadata_routing=True):
        step = Spy(5).set_fit_request(sensitive_features=True, sample_weight=True)
        step.set_score_request(sample_weight=True)
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        # The oldest scikit-learn asks the pipeline itself, too, whether its score takes weights.
        pipeline = make_pipeline(scaler, step).set_score_request(sample_weight=True)
        search = GridSearchCV(pipeline, {"spy__strength": [1.0, 10.0]}, cv=3)
        search.fit(X, y, sensitive_features=group, sample_weight=np.ones(len(y)))
    assert seen == [(400, 400, 400)] * 6 + [(600, 600, 600)]
    alone = FairLogisticRegression(search.best_params_["spy__strength"]).fit(
        StandardScaler().fit_transform(X), y, sensitive_features=group
    )
    np.testing.assert_allclose(search.best_estimator_[-1].coef_, alone.coef_, atol=1e-9)


def test_several_sensitive_features_are_crossed():
    X, y, group = people()
    other = np.where(X[:, 1] > 0, "old", "young")
    model = FairLogisticRegression(5, epochs=2).fit(X, y, sensitive_features={"group": group, "age": other})
    assert list(model.history_[0]["rates"]) == ["a, old", "a, young", "b, old", "b, young"]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"strength": -1}, "`strength` must be a finite number of at least 0, got -1"),
        ({"strength": float("nan")}, "`strength` must be"),
        ({"strength": "5"}, "`strength` must be"),
        ({"strength": True}, "`strength` must be"),
        ({"C": 0}, "`C` must be a number above 0, got 0"),
        ({"tol": 0}, "`tol` must be"),
        ({"epochs": 2.5}, "`epochs` must be a whole number"),
        ({"epochs": -1}, "`epochs` must be a whole number"),
        ({"criterion": "demografic_parity"}, "Did you mean 'demographic_parity'"),
    ],
)
def test_a_parameter_out_of_its_range_is_refused_by_name(parameters, message):
    with pytest.raises(ValueError, match=message):
        FairLogisticRegression(**parameters).fit([[0.0], [1.0]], [0, 1])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "`strength` is 1, so `sensitive_features` must say"),
        ({"sensitive_features": ["a"] * 4}, "at least two groups apart, got \\['a'\\]"),
        ({"sensitive_features": ["a", "b"]}, "must have 4 rows"),
        ({"sensitive_features": list("abab"), "sample_weight": [1, 0, 1, 0]}, "at least two groups"),
        ({"sensitive_features": list("abab"), "sample_weight": [1, -1, 1, 1]}, "got -1"),
        ({"sensitive_features": list("abab"), "sample_weight": [0] * 4}, "zero"),
        (
            {"sensitive_features": list("aabb"), "y": [0, 1, 0, 0], "criterion": "equal_opportunity"},
            "'b' has none",
        ),
        ({"sensitive_features": list("abab"), "y": [0, 1, 2, 0]}, "must hold two labels, got \\[0, 1, 2\\]"),
        ({"sensitive_features": list("abab"), "y": [1, 1, 1, 1]}, "one class: \\[1\\]"),
    ],
)
def test_data_that_cannot_be_learnt_from_is_refused_with_the_reason(data, message):
    y, criterion = data.pop("y", [0, 1, 0, 1]), data.pop("criterion", "demographic_parity")
    with pytest.raises(ValueError, match=message):
        FairLogisticRegression(1, criterion=criterion).fit([[0.0], [1.0], [2.0], [3.0]], y, **data)


def test_an_unknown_keyword_and_an_unfitted_model_are_refused():
    with pytest.raises(TypeError, match="strenght"):
        FairLogisticRegression(strenght=1)
    with pytest.raises(NotFittedError):
        FairLogisticRegression().predict([[1.0]])


def test_training_that_does_not_end_is_warned_of_and_a_number_of_epochs_is_not(monkeypatch):
    X, y, _ = people()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not FairLogisticRegression(epochs=2).fit(X, y).converged_
    monkeypatch.setattr(training, "MOST_EPOCHS", 2)
    with pytest.warns(ConvergenceWarning, match="did not end within 2 epochs"):
        FairLogisticRegression().fit(X, y)


@pytest.mark.parametrize(
    ("seed", "strength", "rows"), [(19, 200, 60), (45, 1000, 60), (79, 5, 300), (145, 20, 300)]
)
def test_training_ends_where_only_rounding_is_left_of_the_slope(seed, strength, rows):
    X, y, group = people(seed=seed, rows=rows, groups=2 + seed % 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = FairLogisticRegression(strength).fit(X, y, sensitive_features=group)
    assert model.converged_
    assert model.n_iter_ < 60


def test_columns_that_repeat_each_other_can_be_learnt_from_without_regularisation():
    X, y, _ = people()
    model = FairLogisticRegression(C=np.inf).fit(np.column_stack([X, X]), y)
    alone = LogisticRegression(C=np.inf, tol=1e-10, max_iter=10_000).fit(X, y)
    np.testing.assert_allclose(
        model.predict_proba(np.column_stack([X, X])), alone.predict_proba(X), atol=1e-4
    )


def test_a_bar_appears_only_once_training_has_taken_a_while(monkeypatch, capsys):
    X, y, _ = people()
    FairLogisticRegression().fit(X, y)
    assert "epoch" not in capsys.readouterr().err
    monkeypatch.setattr(training, "SECONDS_BEFORE_A_BAR", 0.0)
    FairLogisticRegression(progress=False).fit(X, y)
    assert "epoch" not in capsys.readouterr().err
    FairLogisticRegression(epochs=3).fit(X, y)
    assert "3/3" in capsys.readouterr().err
