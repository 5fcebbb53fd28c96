"""One individual explained: contributions, who is near, and changes that flip, judged by brute force."""

from __future__ import annotations

import itertools
import json
import math
import re
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    KBinsDiscretizer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    RobustScaler,
    StandardScaler,
)

from edutools.bias.individual import explain

NUMBERS = ["income", "age", "debt"]
COLUMNS = [*NUMBERS, "home", "flag"]


def people(n: int = 400, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "income": rng.lognormal(10.4, 0.4, n).round(-2),
            "age": rng.integers(18, 80, n),
            "debt": rng.beta(2, 4, n).round(3),
            "home": rng.choice(["own", "rent", "mortgage"], n),
            "flag": rng.random(n) < 0.4,
        }
    )


X = people()
Y = (
    np.random.default_rng(1).random(len(X))
    < 1 / (1 + np.exp(-((X.income - 33_000) / 15_000 - 4 * (X.debt - 0.3) + (X.home == "own") - 0.5)))
).to_numpy()


def columns(*, onehot=None, scaler=None, remainder="passthrough"):
    return make_column_transformer(
        (onehot or OneHotEncoder(), ["home"]), (scaler or StandardScaler(), NUMBERS), remainder=remainder
    )


@cache
def fitted(kind: str):
    models = {
        "logistic": make_pipeline(columns(), LogisticRegression()),
        "numbers": make_pipeline(StandardScaler(), LogisticRegression()),
        "forest": make_pipeline(columns(), RandomForestClassifier(30, random_state=0)),
        "boosted": make_pipeline(columns(), HistGradientBoostingClassifier(max_iter=30)),
    }
    return models[kind].fit(X[NUMBERS] if kind == "numbers" else X, Y)


def explained(kind="logistic", row=7, **play):
    model = fitted(kind)
    table = X[NUMBERS] if kind == "numbers" else X
    usual = {"model": model, "changeable": [each for each in table.columns if each != "age"]}
    return explain(row, table, Y, None, lambda rows: model.predict_proba(rows)[:, 1], **usual | play)


def changed(row: pd.DataFrame, to: dict) -> pd.DataFrame:
    return row.assign(**{name: [value == "True" if name == "flag" else value] for name, value in to.items()})


# ---- contributions


@pytest.mark.parametrize(
    "model",
    [
        make_pipeline(columns(), LogisticRegression()),
        make_pipeline(
            columns(onehot=OneHotEncoder(drop="first"), scaler=RobustScaler()), LogisticRegression()
        ),
        make_pipeline(columns(onehot=OrdinalEncoder(), scaler=MinMaxScaler()), LogisticRegression()),
        make_pipeline(columns(remainder="drop"), StandardScaler(), LogisticRegression()),
        make_pipeline(
            columns(scaler=make_pipeline(SimpleImputer(), StandardScaler()), remainder=OneHotEncoder()),
            LogisticRegression(),
        ),
    ],
    ids=["one-hot", "dropped", "ordinal", "without flag", "nested"],
)
def test_a_logistic_regression_behind_encoders_and_scalers_is_read_as_the_sum_that_it_is(model):
    model.fit(X, Y)
    found = explain(7, X, Y, None, lambda rows: model.predict_proba(rows)[:, 1], model=model)
    log_odds = model.decision_function(X)
    assert found.scale == "log-odds" and found.exact
    assert found.base == pytest.approx(log_odds.mean())
    assert found.base + found.contributions["contribution"].sum() == pytest.approx(log_odds[7])
    for name in COLUMNS:
        # the mean over everybody's value of this feature, all else as this applicant has it
        rows = pd.concat([X.iloc[[7]]] * len(X), ignore_index=True).assign(**{name: X[name].to_numpy()})
        mean = model.decision_function(rows).mean()
        assert found.contributions.loc[name, "contribution"] == pytest.approx(log_odds[7] - mean, abs=1e-8)


@pytest.mark.parametrize(
    "model",
    [
        make_pipeline(columns(scaler=KBinsDiscretizer(3)), LogisticRegression()),
        make_pipeline(columns(scaler=MinMaxScaler(clip=True)), LogisticRegression()),
        make_pipeline(columns(), PolynomialFeatures(2), LogisticRegression(max_iter=2_000)),
        make_pipeline(
            make_column_transformer((OneHotEncoder(), ["home", "age"]), remainder="drop"),
            LogisticRegression(),
        ),
        RandomForestClassifier(5, random_state=0),
    ],
    ids=["bins", "clipped", "products", "numbers as levels", "forest"],
)
def test_what_is_no_sum_of_its_features_is_not_read_as_one(model):
    table = X if hasattr(model, "steps") else X[NUMBERS]
    model.fit(table, Y)
    found = explain(7, table, Y, None, lambda rows: model.predict_proba(rows)[:, 1], model=model)
    assert found.scale == "score" and not found.exact


def test_contributions_to_a_forest_are_its_shapley_values():
    """Brute force: every order in which features come in, the absent ones as a hundred people have them."""
    model, table = fitted("forest"), X.iloc[:100]
    found = explain(7, table, None, None, lambda rows: model.predict_proba(rows)[:, 1], model=model)
    own = table.iloc[7]

    @cache
    def worth(present: frozenset[str]) -> float:
        rows = table.assign(**{name: own[name] for name in present})
        return float(model.predict_proba(rows.astype(table.dtypes))[:, 1].mean())

    shapley = dict.fromkeys(COLUMNS, 0.0)
    for order in itertools.permutations(COLUMNS):
        for place, name in enumerate(order):
            gained = worth(frozenset(order[: place + 1])) - worth(frozenset(order[:place]))
            shapley[name] += gained / math.factorial(5)
    assert found.contributions["contribution"].to_dict() == pytest.approx(shapley, abs=1e-6)
    assert found.base + found.contributions["contribution"].sum() == pytest.approx(found.score)
    assert found.base == pytest.approx(worth(frozenset()))


def test_the_callers_random_numbers_are_left_as_they_were():
    np.random.seed(3)
    expected = np.random.random()
    np.random.seed(3)
    explained("forest")
    assert np.random.random() == expected


def test_where_shap_is_absent_the_cure_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "shap", None)
    with pytest.raises(ImportError, match="pip install shap"):
        explained("forest")
    assert explained("logistic").exact


def test_the_other_label_turns_contributions_round():
    model = fitted("logistic")
    one = explained()
    other = explain(
        7, X, ~Y, None, lambda rows: model.predict_proba(rows)[:, 0], model=model, pos_label=False
    )
    np.testing.assert_allclose(other.contributions["contribution"], -one.contributions["contribution"])


# ---- changes


def flips(kind: str, found, to: dict, row: int) -> bool:
    table = X[NUMBERS] if kind == "numbers" else X
    score = fitted(kind).predict_proba(changed(table.iloc[[row]], to))[0, 1]
    return (score >= found.threshold) != found.accepted


@pytest.mark.parametrize("kind", ["numbers", "logistic", "forest", "boosted"])
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_every_change_that_is_found_flips_and_touches_only_what_may_change(kind, data):
    names = NUMBERS if kind == "numbers" else COLUMNS
    changeable = data.draw(st.lists(st.sampled_from(names), unique=True))
    row = data.draw(st.integers(0, len(X) - 1))
    found = explained(
        kind, row, changeable=changeable, threshold=data.draw(st.sampled_from([0.3, 0.5, 0.62]))
    )
    assert set(found.alone.index) == set(changeable)
    for name, each in found.alone.dropna().iterrows():
        assert flips(kind, found, {name: each["to"]}, row)
    if found.smallest is not None:
        assert set(found.smallest["to"]) <= set(changeable)
        assert flips(kind, found, found.smallest["to"], row)
        assert found.smallest["distance"] <= found.alone["distance"].min() + 1e-12 or found.alone.empty
    else:
        assert found.alone["distance"].isna().all()


@settings(max_examples=25, deadline=None)
@given(row=st.integers(0, len(X) - 1), threshold=st.sampled_from([0.2, 0.5, 0.7]))
def test_of_one_number_in_a_linear_model_no_nearer_value_flips(row, threshold):
    found = explained("numbers", row, changeable=NUMBERS, threshold=threshold)
    for name, step in zip(NUMBERS, [1, 1, 0.01], strict=True):
        own, to = X[name].iloc[row], found.alone.loc[name, "to"]
        low, high = X[name].quantile([0.01, 0.99])
        end = to if not math.isnan(to) else low if own - low > high - own else high
        # What is written is rounded to the applicant's decimals, so the last step before it may be cut.
        nearer = own + np.linspace(0, 1, 400) * (max(abs(end - own) - 1.01 * step, 0) * np.sign(end - own))
        rows = pd.concat([X[NUMBERS].iloc[[row]]] * 400).assign(**{name: nearer})
        scores = fitted("numbers").predict_proba(rows)[:, 1]
        assert ((scores >= threshold) == found.accepted).all()


@settings(max_examples=25, deadline=None)
@given(row=st.integers(0, len(X) - 1), threshold=st.sampled_from([0.3, 0.5, 0.7]))
def test_the_change_of_several_numbers_is_as_small_as_an_optimizer_finds(row, threshold):
    found = explained("numbers", row, changeable=NUMBERS, threshold=threshold)
    model, table = fitted("numbers"), X[NUMBERS]
    own, spread = table.iloc[row].to_numpy(dtype=float), table.std(ddof=0).to_numpy()
    slopes = model[-1].coef_[0] / model[0].scale_
    log_odds = float(model.decision_function(table.iloc[[row]])[0])
    edge = math.log(threshold / (1 - threshold))
    low, high = table.quantile(0.01).to_numpy(), table.quantile(0.99).to_numpy()
    sign = -1 if found.accepted else 1
    solved = minimize(
        lambda z: z @ z,
        np.zeros(3),
        jac=lambda z: 2 * z,
        bounds=list(
            zip((np.minimum(low, own) - own) / spread, (np.maximum(high, own) - own) / spread, strict=True)
        ),
        constraints={"type": "ineq", "fun": lambda z: sign * (log_odds + slopes * spread @ z - edge)},
        method="SLSQP",
    )
    if found.smallest is None:
        assert not solved.success
    else:
        # sliders' ends are rounded outwards, so the room may be a step wider
        rounding = 2 / spread[0] + 2 / spread[1] + 0.002 / spread[2]
        assert (
            found.smallest["distance"] <= math.sqrt(max(solved.fun, 0)) + rounding + 0.02
            or not solved.success
        )


def test_levels_and_numbers_together_are_as_small_as_trying_every_level_finds():
    model = fitted("logistic")
    for row in range(0, 60, 6):
        found = explained("logistic", row, changeable=["debt", "home", "flag"])
        best = math.inf
        for home, flag in itertools.product(X["home"].unique(), [True, False]):
            cost = int(home != X["home"][row]) + int(flag != X["flag"][row])
            for debt in np.arange(0.0, 0.95, 0.02):
                far = math.sqrt(cost + ((debt - X["debt"][row]) / X["debt"].std(ddof=0)) ** 2)
                if far < best:
                    rows = X.iloc[[row]].assign(home=home, flag=flag, debt=debt)
                    low, high = X["debt"].quantile([0.01, 0.99])
                    inside = min(low, X["debt"][row]) <= debt <= max(high, X["debt"][row])
                    if inside and (model.predict_proba(rows)[0, 1] >= 0.5) != found.accepted:
                        best = far
        if found.smallest is None:
            assert best == math.inf
        else:
            assert found.smallest["distance"] <= best + 1e-9


def test_what_may_not_change_leaves_nothing_to_find_and_says_so():
    none_named = explained(changeable=None)
    assert none_named.smallest is None and none_named.alone.empty
    assert "no change was looked for" in repr(none_named)
    assert "smallest change found" not in repr(none_named)
    nothing_does = explained(changeable=["flag"], threshold=0.99)
    assert nothing_does.smallest is None and "No change of flag was found" in repr(nothing_does)


@pytest.mark.parametrize("threshold", [0.0, 1.0, math.inf])
@pytest.mark.parametrize("kind", ["logistic", "forest"])
def test_where_a_threshold_takes_everybody_or_nobody_nothing_flips(kind, threshold):
    found = explained(kind, threshold=threshold)
    assert found.smallest is None or kind == "forest"
    assert found.accepted == (found.score >= threshold)
    json.dumps(found.to_dict(), allow_nan=False)


# ---- neighbours


def test_the_nearest_are_those_of_scaled_distance_among_the_other_side():
    found = explained()
    scores = fitted("logistic").predict_proba(X)[:, 1]
    other = np.flatnonzero((scores >= 0.5) != found.accepted)
    far = sum(((X[name] - X[name][7]) / X[name].std(ddof=0)) ** 2 for name in NUMBERS)
    far = np.sqrt(far + (X["home"] != X["home"][7]) + (X["flag"] != X["flag"][7])).to_numpy()
    order = other[np.argsort(far[other], kind="stable")][:5]
    assert found.others == len(other)
    assert found.nearest["place"].tolist() == order.tolist()
    np.testing.assert_allclose(found.nearest["distance"], far[order])
    assert found.nearest["label"].tolist() == Y[order].tolist()
    np.testing.assert_allclose(found.nearest["score"], scores[order])


def test_peoples_rows_are_shown_only_where_they_are_asked_for():
    without, with_rows = explained(), explained(include_rows=True)
    one = without.nearest.iloc[0]
    for form in (repr(without), without._repr_html_(), json.dumps(without.to_dict())):
        assert f"{one['income']:,.0f}" not in form and repr(float(one["debt"])) not in form.replace(
            "0.500", ""
        )
    assert set(without.to_dict()["nearest"][0]) == {"distance", "differs"}
    assert {"income", "score", "label"} <= set(with_rows.to_dict()["nearest"][0])
    assert f"{one['income']:,.0f}" in repr(with_rows)


def test_distances_say_how_they_are_measured():
    assert "standard deviations, another level counts 1" in repr(explained())


# ---- what comes in


def test_rows_of_every_kind_are_the_same_individual():
    told = {repr(explained(row=each)) for each in (7, X.iloc[7], X.iloc[7].to_dict(), X.iloc[[7]])}
    assert len(told) == 1


def test_people_with_blanks_are_left_out_and_counted():
    blank = X.assign(income=X["income"].where(X.index % 10 != 0))
    model = make_pipeline(
        columns(scaler=make_pipeline(SimpleImputer(), StandardScaler())), LogisticRegression()
    )
    model.fit(blank, Y)
    found = explain(7, blank, Y, None, lambda rows: model.predict_proba(rows)[:, 1], model=model)
    assert "40 rows with blank values are left out" in repr(found)
    assert found.contributions.loc["income", "mean"] == blank["income"].mean()
    assert X.index[found.nearest["place"]].to_series().mod(10).ne(0).all()
    with pytest.raises(ValueError, match="a value for 'income', got nan"):
        explain(10, blank, Y, None, lambda rows: model.predict_proba(rows)[:, 1], model=model)


def test_arrays_are_taken_too():
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X[NUMBERS].to_numpy(), Y)
    found = explain(
        7, X[NUMBERS].to_numpy(), Y, None, lambda rows: model.predict_proba(rows)[:, 1], model=model
    )
    assert found.contributions.index.tolist() == ["x0", "x1", "x2"] and found.exact


def test_a_linear_form_that_is_known_is_used_and_a_wrong_one_is_not():
    model = fitted("numbers")
    slopes = model[-1].coef_[0] / model[0].scale_
    intercept = float(model[-1].intercept_[0] - slopes @ model[0].mean_)
    predict = lambda rows: model.predict_proba(rows)[:, 1]  # noqa: E731
    assert explain(7, X[NUMBERS], None, None, predict, linear=(slopes, intercept)).exact
    assert not explain(7, X[NUMBERS], None, None, predict, linear=(slopes, intercept + 1)).exact


def test_what_a_model_says_of_an_unseen_level_is_kept_in_the_error():
    strange = X.iloc[7].to_dict() | {"home": "boat"}
    with pytest.raises(
        ValueError, match=r"`model` failed on .* row.*'income'.*ValueError: Found unknown cat"
    ) as got:
        explained(row=strange)
    assert isinstance(got.value.__cause__, ValueError)


@pytest.mark.parametrize(
    ("play", "error", "message"),
    [
        ({"changeable": ["incme"]}, ValueError, "Did you mean 'income'"),
        ({"threshold": 1.5}, ValueError, "`threshold` must be a number in [0, 1]"),
        ({"row": 400}, ValueError, "from 0 to 399, got 400"),
        ({"row": X.iloc[7].drop("age")}, ValueError, "'age' is absent"),
        ({"units": {"incom": "€"}}, ValueError, "Did you mean 'income'"),
        ({"changable": ["age"]}, TypeError, "Did you mean 'changeable'"),
    ],
)
def test_what_is_wrong_is_said(play, error, message):
    with pytest.raises(error, match=re.escape(message)):
        explained(**play)


def test_a_model_that_gives_no_scores_is_refused():
    with pytest.raises(ValueError, match="scores in \\[0, 1\\], got -3 to -3"):
        explain(7, X, Y, None, lambda rows: np.full(len(rows), -3.0))
    with pytest.raises(ValueError, match="one score a row"):
        explain(7, X, Y, None, lambda rows: np.zeros((len(rows), 2)))
    with pytest.raises(TypeError, match="`predict` must be a function"):
        explain(7, X, Y)


def test_names_with_markup_are_text_in_html():
    evil = "<img src=x onerror=alert(1)>"
    table = X[NUMBERS].rename(columns={"age": evil})
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(table, Y)
    found = explain(7, table, Y, None, lambda rows: model.predict_proba(rows)[:, 1], changeable=[evil])
    assert evil in repr(found) and "<img" not in found._repr_html_()


def test_the_dict_is_json_and_says_what_the_text_says():
    for kind in ("logistic", "forest"):
        told = json.loads(json.dumps(explained(kind).to_dict(), allow_nan=False))
        assert told["accepted"] == (told["score"] >= told["threshold"])
        assert [each["feature"] for each in told["contributions"]] == COLUMNS
