"""The trace of one decision, as Python sees it: score, contributions, groups, neighbours, reasons, errors."""

from __future__ import annotations

import itertools
import json
import math
import re
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestNeighbors
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    PolynomialFeatures,
    RobustScaler,
    StandardScaler,
)

from edutools import DecisionTrace, FairLogisticRegression
from edutools.widgets.decision import reasons
from edutools.widgets.decision_trace import LAYERS, score_beside, signed
from edutools.widgets.figures import decimals

SCRIPT = Path(__file__).parent / "js" / "trace_decisions.mjs"
FEATURES = ["income", "age", "debt_ratio", "years"]
GROUPS = ("man", "woman")


def applicants(n: int = 300, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    woman = rng.random(n) < 0.4
    table = pd.DataFrame(
        {
            "name": [f"Person {place}" for place in range(n)],
            "income": np.round(rng.lognormal(10.4, 0.4, n), -2),
            "age": rng.integers(18, 81, n),
            "debt_ratio": rng.beta(2, 4, n).round(4),
            "years": rng.normal(5, 2, n),
            "woman": woman.astype(int),
            "gender": np.where(woman, "woman", "man"),
        }
    )
    log_odds = 1.2 * (np.log(table.income) - 10.4) / 0.4 + 0.03 * (table.age - 45) - 4 * table.debt_ratio + 1
    table["repaid"] = (rng.random(n) < 1 / (1 + np.exp(-log_odds + 0.8 * woman))).astype(int)
    return table


PEOPLE = applicants()
ROW = PEOPLE.iloc[7]


def fitted(model=None, features=FEATURES):
    model = make_pipeline(StandardScaler(), LogisticRegression()) if model is None else model
    return model.fit(PEOPLE[features], PEOPLE["repaid"])


MODEL = fitted()


def trace(model=MODEL, row=ROW, X=PEOPLE, **play) -> DecisionTrace:
    usual = {"sensitive_features": PEOPLE["gender"], "group": row["gender"]} if X is PEOPLE else {}
    return DecisionTrace.from_estimator(model, row, X, **{**usual, **play})


# ---- score and contributions


@pytest.mark.parametrize(
    "steps",
    [
        [],
        [StandardScaler()],
        [StandardScaler(with_mean=False)],
        [StandardScaler(with_std=False)],
        [MinMaxScaler((-1, 3))],
        [MaxAbsScaler()],
        [RobustScaler()],
        [RobustScaler(with_centering=False)],
        [MinMaxScaler(), "passthrough", StandardScaler()],
    ],
    ids=str,
)
@pytest.mark.parametrize("last", [LogisticRegression(max_iter=5_000), FairLogisticRegression(progress=False)])
def test_contributions_of_a_linear_model_are_the_log_odds_less_those_of_the_mean(steps, last):
    model = fitted(make_pipeline(*steps, last))
    found = trace(model)
    log_odds = model.decision_function(PEOPLE[FEATURES])
    own = log_odds[7]
    assert found.score == pytest.approx(model.predict_proba(PEOPLE[FEATURES])[7, 1], abs=1e-12)
    table = found.contributions
    assert table["contribution"].sum() == pytest.approx(own - log_odds.mean(), abs=1e-8)
    np.testing.assert_allclose(table["mean"], PEOPLE[FEATURES].mean())
    for feature in FEATURES:
        changed = PEOPLE[FEATURES].iloc[[7]].astype(float).assign(**{feature: PEOPLE[feature].mean()})
        alone = own - model.decision_function(changed)[0]
        assert table.loc[feature, "contribution"] == pytest.approx(alone, abs=1e-8)


def test_contributions_of_a_linear_model_are_its_shapley_values():
    """Brute force: every order in which features come in, the absent ones as the people have them."""
    X, own = PEOPLE[FEATURES], PEOPLE[FEATURES].iloc[7]

    def worth(present: tuple[str, ...]) -> float:
        return MODEL.decision_function(X.assign(**{name: own[name] for name in present})).mean()

    shapley = dict.fromkeys(FEATURES, 0.0)
    for order in itertools.permutations(FEATURES):
        for place, name in enumerate(order):
            shapley[name] += (worth(order[: place + 1]) - worth(order[:place])) / math.factorial(4)
    assert trace().contributions["contribution"].to_dict() == pytest.approx(shapley)


def test_the_other_label_turns_score_and_contributions_round():
    one, other = trace(), trace(pos_label=0)
    assert other.score == pytest.approx(1 - one.score)
    np.testing.assert_allclose(other.contributions["contribution"], -one.contributions["contribution"])


@pytest.mark.parametrize(
    "model",
    [
        RandomForestClassifier(20, random_state=0),
        make_pipeline(StandardScaler(), PolynomialFeatures(2), LogisticRegression(max_iter=2_000)),
        make_pipeline(MinMaxScaler(clip=True), LogisticRegression()),
    ],
)
def test_other_models_are_asked_again_with_one_feature_at_its_mean(model):
    model = fitted(model)
    found = trace(model)
    own = model.predict_proba(PEOPLE[FEATURES])[7, 1]
    for feature in FEATURES:
        changed = PEOPLE[FEATURES].iloc[[7]].assign(**{feature: PEOPLE[feature].mean()})
        apart = own - model.predict_proba(changed)[0, 1]
        assert found.contributions.loc[feature, "contribution"] == pytest.approx(apart, abs=1e-12)
    assert found.page_state()["_facts"]["intercept"] is None
    assert "approximate" in repr(found) and "need not add up" in repr(found)


def test_a_linear_model_whose_scores_are_not_those_of_its_sum_is_no_linear_model():
    from sklearn.base import BaseEstimator, ClassifierMixin

    class Squashed(ClassifierMixin, BaseEstimator):
        def fit(self, X, y):
            inner = LogisticRegression(max_iter=5_000).fit(X, y)
            self.classes_, self.coef_, self.intercept_, self.inner_ = (
                inner.classes_,
                inner.coef_,
                inner.intercept_,
                inner,
            )
            return self

        def predict(self, X):
            return self.inner_.predict(X)

        def predict_proba(self, X):
            return (self.inner_.predict_proba(X) + 0.5) / 2

    assert trace(fitted(Squashed()), feature_names=FEATURES).page_state()["_facts"]["intercept"] is None


def test_levels_stand_beside_the_commonest_one():
    from sklearn.compose import make_column_transformer

    X = PEOPLE[["age"]].assign(education=np.where(PEOPLE.income > 40_000, "master", "primary"))
    model = make_pipeline(
        make_column_transformer((OneHotEncoder(), ["education"]), remainder="passthrough"),
        LogisticRegression(max_iter=2_000),
    ).fit(X, PEOPLE["repaid"])
    found = DecisionTrace.from_estimator(model, {"age": 30, "education": "master"}, X)
    changed = pd.DataFrame({"age": [30, 30], "education": ["master", "primary"]})
    own, other = model.predict_proba(changed)[:, 1]
    assert found.contributions.loc["education"].to_list() == ["master", "primary", pytest.approx(own - other)]
    assert "education is master; the commonest is primary" in " ".join(found.reasons)
    found.what_if = {"education": "primary"}
    assert found.score == pytest.approx(other)


# ---- groups


def test_a_group_unread_keeps_the_score_and_changes_the_threshold_alone():
    found = trace(threshold={"man": 0.95, "woman": 0.05})
    decided = {}
    for group in GROUPS:
        found.group = group
        decided[group] = (found.score, found.decision)
    score = MODEL.predict_proba(PEOPLE[FEATURES])[7, 1]
    assert decided == {"man": (score, "refused"), "woman": (score, "approved")}
    twin = repr(found)
    assert "The model does not read the group: the score stays the same" in twin
    assert "proxies" in twin and "disparate treatment" in twin
    assert re.search(r"woman \(this applicant\) +0\.\d+ +0\.05 +approved", twin)
    assert re.search(r"\nman +0\.\d+ +0\.95 +refused", twin)


def test_a_group_that_is_read_is_replaced_in_its_column():
    read = [*FEATURES, "woman"]
    model = fitted(features=read)
    found = DecisionTrace.from_estimator(model, ROW, PEOPLE, group_feature="woman")
    assert found.group == str(ROW["woman"])
    for group in ("0", "1"):
        found.group = group
        flipped = PEOPLE[read].iloc[[7]].assign(woman=int(group))
        assert found.score == model.predict_proba(flipped)[0, 1]
        assert found.values["woman"] == int(group)
    assert "The model reads woman" in repr(found)
    named = trace(model, group_feature="woman")
    named.group = "woman" if ROW["gender"] == "man" else "man"
    assert named.score == model.predict_proba(PEOPLE[read].iloc[[7]].assign(woman=1 - ROW["woman"]))[0, 1]


def test_a_column_that_says_the_group_but_is_not_read_changes_no_score():
    found = DecisionTrace.from_estimator(MODEL, ROW, PEOPLE, group_feature="gender")
    assert found.group == ROW["gender"]
    before = found.score
    found.group = next(group for group in GROUPS if group != found.group)
    assert found.score == before
    assert "does not read the group" in repr(found)


def test_without_a_group_nothing_is_compared():
    found = DecisionTrace.from_estimator(MODEL, ROW, PEOPLE)
    assert found.group is None and "nothing is compared between groups" in repr(found)
    assert "The same applicant in each group" not in repr(found)


@pytest.mark.parametrize("threshold", [0.5, 1.0, 0.0, np.inf])
def test_a_score_at_the_threshold_is_approved(threshold):
    found = trace(threshold=threshold)
    assert found.decision == ("approved" if found.score >= threshold else "refused")
    found.threshold = found.score
    assert found.decision == "approved"
    found.threshold = float(np.nextafter(found.score, 1))
    assert found.decision == "refused"


# ---- neighbours


@pytest.mark.parametrize("threshold", [0.5, {"man": 0.7, "woman": 0.3}])
def test_the_nearest_are_those_of_standardized_distance_among_the_other_side(threshold):
    found = trace(threshold=threshold, include_rows=True)
    scores = MODEL.predict_proba(PEOPLE[FEATURES])[:, 1]
    lines = PEOPLE["gender"].map(threshold) if isinstance(threshold, dict) else threshold
    other = np.flatnonzero((scores >= lines) != (found.decision == "approved"))
    space = StandardScaler().fit_transform(PEOPLE[FEATURES])
    distances, places = NearestNeighbors(n_neighbors=3).fit(space[other]).kneighbors(space[[7]])
    near = found._decider.nearest(found.values, found.threshold, found.decision == "approved")
    assert near["others"] == len(other)
    assert [one["place"] for one in near["nearest"]] == other[places[0]].tolist()
    np.testing.assert_allclose([one["distance"] for one in near["nearest"]], distances[0])
    for one in near["nearest"]:
        apart = abs(space[one["place"]] - space[7])
        order = [place for place in np.argsort(-apart, kind="stable") if apart[place] >= 0.1]
        assert one["differs"] == order


def test_where_all_are_decided_alike_there_is_no_nearest():
    found = trace(threshold=0.0)
    assert "None of the 300 people is refused" in repr(found)


def test_a_feature_in_which_all_are_alike_counts_for_no_distance():
    X = PEOPLE[FEATURES].assign(age=40)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, PEOPLE["repaid"])
    found = DecisionTrace.from_estimator(model, X.iloc[0].to_dict() | {"age": 60}, X)
    assert all(math.isfinite(float(one["distance"])) for one in found._found["nearest"])
    assert found.contributions.loc["age", "contribution"] == pytest.approx(0)


# ---- reasons


@given(
    st.lists(st.floats(-5, 5, allow_nan=False), min_size=1, max_size=12),
    st.booleans(),
)
def test_at_most_four_reasons_and_only_those_that_told_that_way(contributions, approved):
    told = [contributions[place] for place in reasons(contributions, approved)]
    wanted = sorted((each for each in contributions if (each > 0 if approved else each < 0)), key=abs)[::-1]
    assert [abs(each) for each in told] == [abs(each) for each in wanted[:4]]
    assert all(each > 0 for each in told) if approved else all(each < 0 for each in told)


def test_reasons_say_value_mean_and_amount():
    found = trace(threshold=np.inf, units={"income": "€ per year"})
    table = found.contributions.sort_values("contribution")
    lowered = table[table["contribution"] < 0]
    assert len(found.reasons) == len(lowered) > 0
    first = lowered.iloc[0]
    assert found.reasons[0].startswith(lowered.index[0])
    assert f"({decimals(first['contribution'])} in log-odds)" in found.reasons[0]
    found.threshold = 0.0
    assert found.reasons[0].startswith(table.index[-1])
    assert f"+{decimals(table['contribution'].iloc[-1])} in log-odds" in found.reasons[0]
    assert "income" in " ".join([*found.reasons, repr(found)]) and "€ per year" in repr(found)


def test_a_refusal_that_no_feature_explains_says_so():
    best = dict(zip(FEATURES, [200_000, 80, 0.0, 5.0], strict=True))
    means = PEOPLE[FEATURES].mean()
    slopes = MODEL[-1].coef_[0]
    row = {
        name: (best[name] if name != "years" else means["years"] + 3 * np.sign(slopes[3]))
        for name in FEATURES
    }
    found = DecisionTrace.from_estimator(MODEL, row, PEOPLE, threshold=np.inf)
    assert (found.contributions["contribution"] >= 0).all()
    assert found.reasons == []
    assert "what refuses here is the threshold" in repr(found)


# ---- what travels


def test_no_rows_of_people_travel_unless_they_are_asked_for(tmp_path):
    without, with_rows = (trace(include_rows=asked) for asked in (False, True))
    others = PEOPLE.drop(index=7)
    scores = MODEL.predict_proba(others[FEATURES])[:, 1]
    private = json.dumps(without.page_state())
    assert not [value for value in [*others["years"], *scores] if repr(float(value)) in private]
    assert "no rows" not in private and without.page_state()["_rows"] is None
    told = with_rows.page_state()["_rows"]
    assert told["values"][3] == PEOPLE["years"].tolist()
    for found in (without, with_rows):
        page = found.save_html(tmp_path / "page.html").read_text(encoding="utf-8")
        assert "Person" not in json.dumps(found.page_state())
        words = (
            "the features and scores of the other people" if found is with_rows else "only means, quantiles"
        )
        assert words in page


def test_a_slider_reaches_the_applicant_and_shows_no_extreme_of_the_people():
    for feature in trace().page_state()["_facts"]["features"]:
        column = PEOPLE[feature["name"]]
        assert feature["start"] <= feature["value"] <= feature["stop"]
        low, high = column.quantile([0.01, 0.99])
        assert feature["start"] == pytest.approx(min(low, feature["value"]), abs=feature["step"])
        assert feature["stop"] == pytest.approx(max(high, feature["value"]), abs=feature["step"])
    strange = trace(row=ROW.to_dict() | {"income": 1_000_000}, group="man").page_state()["_facts"]
    assert strange["features"][0]["stop"] >= 1_000_000


def test_a_blank_label_and_columns_beyond_those_that_are_read_are_no_hindrance():
    found = trace(row=pd.concat([ROW.drop("repaid"), pd.Series({"repaid": np.nan})]))
    frame = trace(row=PEOPLE.iloc[[7]].iloc[0])
    assert repr(found) == repr(frame)


def test_rows_of_every_kind_are_the_same_applicant():
    series, as_dict = ROW, ROW[FEATURES].to_dict()
    frame = PEOPLE.iloc[[7]]
    array = PEOPLE[FEATURES].iloc[7].to_numpy()
    plain = make_pipeline(StandardScaler(), LogisticRegression()).fit(
        PEOPLE[FEATURES].to_numpy(), PEOPLE["repaid"]
    )
    told = [repr(DecisionTrace.from_estimator(MODEL, each, PEOPLE)) for each in (series, as_dict, frame)]
    told.append(
        repr(DecisionTrace.from_estimator(plain, array, PEOPLE[FEATURES].to_numpy(), feature_names=FEATURES))
    )
    assert set(told) == {told[0]}
    unnamed = DecisionTrace.from_estimator(plain, array, PEOPLE[FEATURES].to_numpy())
    assert list(unnamed.contributions.index) == ["x0", "x1", "x2", "x3"]


def test_the_browser_may_set_what_a_reader_may_set():
    found = trace(threshold={"man": 0.5, "woman": 0.5})
    found.set_state({"threshold": {"man": None, "woman": 0.4}, "group": "woman", "layer": "decision"})
    assert (found.threshold, found.group, found.layer) == (
        {"man": math.inf, "woman": 0.4},
        "woman",
        "decision",
    )
    found.set_state({"what_if": {"age": 60}})
    changed = PEOPLE[FEATURES].iloc[[7]].assign(age=60)
    assert found.score == MODEL.predict_proba(changed)[0, 1]
    assert found._found["at"] == [{"man": None, "woman": 0.4}, "woman", {"age": 60}]
    found.what_if = {"age": int(ROW["age"])}
    assert found.what_if == {}


def test_what_is_found_follows_what_is_set_for_a_model_that_is_not_linear():
    model = fitted(RandomForestClassifier(10, random_state=0))
    found = trace(model)
    found.what_if = {"income": 15_000.0}
    changed = PEOPLE[FEATURES].iloc[[7]].assign(income=15_000.0)
    assert [each["score"] for each in found._found["by_group"]] == [model.predict_proba(changed)[0, 1]] * 2
    assert found._found["by_group"][0]["contributions"] == found.contributions["contribution"].to_list()


def test_the_notebook_gets_text_html_and_the_live_view():
    found = trace()
    data, _ = found._repr_mimebundle_()
    assert data["text/plain"] == repr(found) == repr(trace())
    assert data["text/html"] == found.to_html()
    assert set(LAYERS) == {"input", "model", "bias_check", "decision"}


def test_names_with_markup_are_text_in_the_twin():
    evil = "<img src=x onerror=alert(1)>"
    X = PEOPLE[FEATURES].rename(columns={"age": evil})
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, PEOPLE["repaid"])
    groups = PEOPLE["gender"].replace("man", evil)
    found = DecisionTrace.from_estimator(
        model, X.iloc[7], X, sensitive_features=groups, group=evil, decision_names=[evil, "b"]
    )
    assert evil in repr(found) and "<img" not in found.to_html()


# ---- the browser computes the same


def test_the_browser_computes_what_python_computes(node):
    rng = np.random.default_rng(0)
    asked, wanted = [], []
    read = [*FEATURES, "woman"]
    models = [(fitted(), None), (fitted(features=read), "woman")]
    for place in range(40):
        model, group_feature = models[place % 2]
        row = PEOPLE.iloc[place]
        threshold = [0.5, np.inf, {"0": 0.7, "1": 0.3}, round(float(rng.random()), 2)][place % 4]
        found = DecisionTrace.from_estimator(
            model,
            row,
            PEOPLE,
            sensitive_features=PEOPLE["woman"],
            group=str(row["woman"]),
            group_feature=group_feature,
            threshold=threshold,
            include_rows=True,
        )
        if place % 3:
            found.what_if = {"age": int(rng.integers(18, 80)), "debt_ratio": round(float(rng.random()), 2)}
            found.group = str(rng.integers(0, 2))
        state = found.page_state()
        asked.append({key: state[key] for key in ("threshold", "group", "what_if")})
        asked[-1] |= {"facts": state["_facts"], "rows": state["_rows"]}
        wanted.append(found)
    numbers = [*(np.arange(-40, 41) / 16), *rng.normal(0, 1e4, 200), -0.001, 0.0, 1234567.25, 999.9996]
    pairs = [(0.4996, 0.5), (0.49996, 0.5), (0.5, 0.5), (0.4999999, 0.5), (0.3, 0.5), (0.5, None)]
    said = {"numbers": [float(each) for each in numbers], "pairs": pairs}
    said["pairs"] = [[score, 1e999 if line is None else line] for score, line in pairs[:-1]]
    done = subprocess.run(
        [node, SCRIPT],
        input=json.dumps({"traces": asked, "said": said}),
        capture_output=True,
        text=True,
        check=True,
    )
    answer = json.loads(done.stdout)
    for found, computed in zip(wanted, answer["traces"], strict=True):
        approved = found.decision == "approved"
        contributions = found.contributions["contribution"].to_list()
        assert computed["score"] == pytest.approx(found.score, abs=1e-12)
        assert computed["approved"] == approved
        assert computed["contributions"] == pytest.approx(contributions, abs=1e-12)
        assert computed["telling"] == reasons(contributions, approved)
        near = found._decider.nearest(found.values, found.threshold, approved)
        assert computed["others"] == near["others"]
        assert computed["nearest"] == near["nearest"]
    for digits in range(5):
        assert answer["said"]["figures"][digits] == [decimals(float(each), digits) for each in numbers]
    assert answer["said"]["signed"] == [signed(float(each), 2) for each in numbers]
    shown = [len(score_beside(*pair)[0].split(".")[1]) for pair in said["pairs"]]
    assert answer["said"]["beside"] == shown == [4, 5, 3, 6, 3]


# ---- what is refused


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"threshold": 1.5}, "`threshold` must be a number in [0, 1], or +inf for nobody, got 1.5"),
        ({"threshold": True}, "got True"),
        ({"threshold": np.nan}, "got nan"),
        ({"threshold": {"man": 0.5}}, "for each of ['man', 'woman'], got none for ['woman']"),
        ({"threshold": {"man": 0.5, "womn": 0.5}}, "Did you mean 'woman'"),
        ({"group": "womn"}, "Did you mean 'woman'"),
        ({"layer": "inputs"}, "Did you mean 'input'"),
        ({"what_if": {"agee": 3}}, "Did you mean 'age'"),
        ({"what_if": {"age": np.nan}}, "must give 'age' a finite number, got nan"),
    ],
)
def test_a_wrong_value_is_refused_and_changes_nothing(change, message):
    found = trace()
    ((name, value),) = change.items()
    before = repr(found)
    with pytest.raises(ValueError, match=re.escape(message)):
        setattr(found, name, value)
    assert repr(found) == before


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: trace(row=ROW.drop("income")), "'income' is absent"),
        (lambda: trace(row=ROW.rename({"income": "incme"})), "Did you mean 'incme'?"),
        (lambda: trace(row=ROW.to_dict() | {"age": np.nan}, group="man"), "a value for 'age', got nan"),
        (
            lambda: trace(row=ROW.to_dict() | {"age": "old"}, group="man"),
            "a finite number for 'age', got 'old'",
        ),
        (lambda: DecisionTrace.from_estimator(MODEL, PEOPLE.head(2), PEOPLE), "one applicant, got 2 rows"),
        (
            lambda: DecisionTrace.from_estimator(MODEL, ROW, PEOPLE.drop(columns="age")),
            "`X` must have the features",
        ),
        (lambda: DecisionTrace.from_estimator(MODEL, ROW, PEOPLE.head(0)), "at least one row"),
        (
            lambda: DecisionTrace.from_estimator(MODEL, ROW, PEOPLE.assign(age=np.nan)),
            "in every row of 'age'",
        ),
        (
            lambda: DecisionTrace.from_estimator(MODEL, ROW, PEOPLE, group="man"),
            "`sensitive_features` must say",
        ),
        (
            lambda: DecisionTrace.from_estimator(MODEL, ROW, PEOPLE, sensitive_features=PEOPLE.gender),
            "`group` must say which group the applicant is in, one of ['man', 'woman']",
        ),
        (lambda: trace(group="men"), "Did you mean 'man'"),
        (lambda: trace(group_feature="gendr"), "Did you mean 'gender'"),
        (lambda: trace(group_feature="age"), "one value in each group"),
        (
            lambda: DecisionTrace.from_estimator(
                MODEL, ROW, PEOPLE, group_feature="gender", group="man" if ROW.gender == "woman" else "woman"
            ),
            "but the applicant's 'gender' says",
        ),
        (lambda: trace(units={"incom": "€"}), "Did you mean 'income'"),
        (lambda: trace(threshold={"man": 0.5}), "got none for ['woman']"),
        (lambda: trace(pos_label=2), "`pos_label` must be one of the model's classes"),
        (lambda: trace(decision_names=["no"]), "`decision_names` must be two texts"),
    ],
)
def test_what_cannot_be_traced_is_refused(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: trace(thresold=0.4), "Did you mean 'threshold'"),
        (lambda: DecisionTrace(MODEL, ROW, PEOPLE, include_row=True), "Did you mean 'include_rows'"),
        (lambda: trace(LogisticRegression()), "not fitted"),
    ],
)
def test_an_unknown_keyword_or_no_model_is_refused(call, message):
    with pytest.raises(TypeError, match=re.escape(message)):
        call()
