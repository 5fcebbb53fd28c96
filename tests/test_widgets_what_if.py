"""What if, as Python sees it: score, changes, curves, groups, what travels, requests, the browser's sums."""

from __future__ import annotations

import asyncio
import json
import math
import re
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.inspection import partial_dependence
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from edutools import DecisionTrace, FairLogisticRegression, WhatIf
from tests.test_bias_individual import COLUMNS, NUMBERS, X, Y, explained, fitted

SCRIPT = Path(__file__).parent / "js" / "what_if_changes.mjs"
GROUPS = np.where(np.random.default_rng(5).random(len(X)) < 0.4, "woman", "man")
CHANGEABLE = ["income", "debt", "home", "flag"]


def what_if(kind="logistic", row=7, **play) -> WhatIf:
    usual = {"row": row, "changeable": [each for each in CHANGEABLE if kind != "numbers" or each in NUMBERS]}
    return WhatIf.from_estimator(fitted(kind), X[NUMBERS] if kind == "numbers" else X, **usual | play)


def score_of(kind, row, **changed) -> float:
    table = X[NUMBERS] if kind == "numbers" else X
    return float(fitted(kind).predict_proba(table.iloc[[row]].assign(**changed))[0, 1])


# ---- score and contributions


@pytest.mark.parametrize("kind", ["numbers", "logistic", "forest"])
def test_the_score_is_the_models_own_and_follows_what_is_changed(kind):
    found = what_if(kind)
    assert found.score == score_of(kind, 7)
    found.what_if = {"debt": 0.9, "income": 20_000}
    assert found.score == score_of(kind, 7, debt=0.9, income=20_000)
    assert found.what_if == {"income": 20_000, "debt": 0.9}, "in the features' order"
    assert found.values["age"] == X["age"][7]
    found.what_if = {"debt": float(X["debt"][7])}
    assert found.what_if == {} and found.score == score_of(kind, 7)


def test_levels_are_changed_by_the_names_that_are_shown():
    found = what_if()
    found.what_if = {"flag": "True", "home": "own"}
    assert found.score == score_of("logistic", 7, flag=True, home="own")
    found.what_if = {"flag": True}
    assert found.values["flag"] == "True"


def test_contributions_are_those_that_explain_finds_and_those_of_the_trace():
    np.testing.assert_allclose(
        what_if().contributions["contribution"], explained().contributions["contribution"]
    )
    trace = DecisionTrace.from_estimator(fitted("numbers"), X[NUMBERS].iloc[7], X[NUMBERS])
    np.testing.assert_allclose(
        what_if("numbers").contributions["contribution"], trace.contributions["contribution"]
    )
    forest = what_if("forest")
    own = forest.score
    assert forest.contributions.loc["debt", "contribution"] == pytest.approx(
        own - score_of("forest", 7, debt=X["debt"].mean())
    )
    assert forest.contributions.loc["home", "contribution"] == pytest.approx(
        own - score_of("forest", 7, home=X["home"].mode()[0])
    )


# ---- changes


def test_the_smallest_change_is_that_of_explain():
    for kind in ("numbers", "logistic", "forest"):
        found, other = what_if(kind), explained(kind, changeable=what_if(kind).changeable)
        assert found.smallest_change == (other.smallest and other.smallest["to"])


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_making_the_change_flips_the_decision_and_touches_only_what_may_change(data):
    kind = data.draw(st.sampled_from(["numbers", "logistic", "forest"]))
    names = NUMBERS if kind == "numbers" else COLUMNS
    found = what_if(
        kind,
        data.draw(st.integers(0, len(X) - 1)),
        changeable=data.draw(st.lists(st.sampled_from(names), unique=True)),
        threshold=data.draw(st.sampled_from([0.3, 0.5, 0.7])),
    )
    before, change = found.decision, found.smallest_change
    if change is None:
        assert "No change of" in repr(found) or "No feature may change" in repr(found)
        return
    assert set(change) <= set(found.changeable)
    found.what_if = change
    assert found.decision != before


def test_no_change_is_sought_before_somebody_says_what_may_change():
    found = what_if(changeable=None)
    assert found.changeable == [] and found.smallest_change is None
    assert "No feature may change yet" in repr(found) and "smallest change found" not in repr(found)
    found.changeable = ["home", "debt"]
    assert found.changeable == ["debt", "home"] and found.smallest_change is not None


# ---- curves


@pytest.mark.parametrize("kind", ["numbers", "logistic", "forest"])
def test_the_curve_is_scikit_learns_ice_over_its_partial_dependence(kind):
    table = X[NUMBERS] if kind == "numbers" else X
    few = table.iloc[:250].astype({"age": float})
    model = fitted(kind)
    for name in few.columns.drop("flag", errors="ignore"):
        found = WhatIf.from_estimator(model, few, row=7, feature=name)
        points = {name: np.array(found.curve.index.tolist())}
        own = partial_dependence(
            model,
            few,
            [name],
            custom_values=points,
            kind="both",
            method="brute",
            response_method="predict_proba",
        )
        np.testing.assert_allclose(found.curve["people"], own["average"][0], atol=1e-12)
        np.testing.assert_allclose(found.curve["applicant"], own["individual"][0][7], atol=1e-12)


# ---- groups


def test_a_group_that_is_read_is_flipped_in_its_column_and_never_changed_otherwise():
    model = fitted("logistic")
    found = WhatIf.from_estimator(model, X, row=7, group_feature="home", changeable=["debt", "flag"])
    assert found.group == X["home"][7]
    for home in ("own", "rent", "mortgage"):
        found.group = home
        assert found.score == pytest.approx(score_of("logistic", 7, home=home))
        assert "home" not in (found.smallest_change or {})
    with pytest.raises(ValueError, match="`changeable` must be one of"):
        found.changeable = ["home"]
    with pytest.raises(ValueError, match="`what_if` must be one of"):
        found.what_if = {"home": "own"}


def test_a_threshold_by_group_moves_the_decision_and_not_the_score():
    score = score_of("logistic", 7)
    found = what_if(sensitive_features=GROUPS, threshold={"man": score + 0.1, "woman": score - 0.1})
    assert found.group == GROUPS[7]
    decided = {}
    for group in ("man", "woman"):
        found.group = group
        decided[group] = (found.score, found.decision)
    assert decided == {"man": (score, "refused"), "woman": (score, "approved")}
    scores = fitted("logistic").predict_proba(X)[:, 1]
    accepted = scores >= np.where(GROUPS == "man", score + 0.1, score - 0.1)
    assert found._nearest()["others"] == (~accepted).sum()


def test_without_a_row_the_refused_one_in_the_middle_is_taken():
    scores = fitted("logistic").predict_proba(X)[:, 1]
    refused = np.sort(scores[scores < 0.5])
    assert what_if(row=None).score == pytest.approx(refused[len(refused) // 2])
    nobody = what_if(row=None, threshold=0.0)
    assert nobody.score == pytest.approx(scores[0])


# ---- what travels


@pytest.mark.parametrize("kind", ["numbers", "logistic", "forest"])
def test_no_rows_of_people_travel_unless_they_are_asked_for(kind):
    table = X.copy()
    table.index = [f"Person {place}" for place in range(len(X))]
    model = fitted(kind)
    table = table[NUMBERS] if kind == "numbers" else table
    without, with_rows = (
        WhatIf.from_estimator(model, table, row=7, include_rows=asked, changeable=["debt"], feature="debt")
        for asked in (False, True)
    )
    private = json.dumps(without.page_state())
    others = model.predict_proba(table.drop(index="Person 7"))[:, 1]
    # a forest's scores are shares of its trees, which a curve may have too
    assert kind == "forest" or not [score for score in others if repr(float(score)) in private]
    assert without.page_state()["_rows"] is None
    assert "Person" not in private and "Person" not in json.dumps(with_rows.page_state())
    assert with_rows.page_state()["_rows"]["values"][0] == table["income"].tolist()
    assert without._holds() != with_rows._holds()


def test_a_page_state_is_complete_and_json():
    found = what_if("forest")
    found.what_if = {"debt": 0.5}
    state = json.loads(json.dumps(found.page_state(), allow_nan=False))
    assert set(state["_rest"]) == {"at", "contributions", "curve", "nearest", "changes"}
    assert state["_answer"]["scores"] == [score_of("forest", 7, debt=0.5)]
    infinite = json.dumps(what_if(threshold=math.inf).page_state(), allow_nan=False)
    assert '"threshold": null' in infinite


def test_names_with_markup_are_text_in_the_twin():
    evil = "<img src=x onerror=alert(1)>"
    table = X.rename(columns={"age": evil}).assign(home=X["home"].replace("own", evil))
    model = make_pipeline(StandardScaler(), LogisticRegression())
    numbers = table.drop(columns=["home", "flag"])
    found = WhatIf.from_estimator(
        model.fit(numbers, Y), numbers, row=7, feature=evil, changeable=[evil],
        sensitive_features=np.where(GROUPS == "man", evil, "b"), decision_names=[evil, "c"],
    )  # fmt: skip
    assert evil in repr(found) and "<img" not in found.to_html()


def test_the_twin_says_what_the_numbers_say():
    found = what_if(sensitive_features=GROUPS, threshold={"man": 0.4, "woman": 0.6}, units={"income": "€"})
    twin = repr(found)
    assert f"{found.score:.3f}" in twin and found.decision in twin
    assert "€" in twin and "disparate treatment" in twin
    assert "The score along income" in twin


# ---- requests of the browser


def apart(test: Callable[[], None]) -> Callable[[], None]:
    """`test` in a thread of its own: a browser's driver leaves an event loop running in that of tests."""

    @wraps(test)
    def run() -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(test).result()

    return run


@apart
def test_a_request_is_answered_by_its_number_first_the_score_then_the_rest():
    found = what_if("forest")
    sent = []
    found.observe(lambda change: sent.append((change["name"], dict(change["new"]))), ["_answer", "_rest"])

    async def asks():
        found.set_state({"what_if": {"debt": 0.5}, "_asked": 1})
        assert found._answer["asked"] == 1 and found._answer["scores"] == [score_of("forest", 7, debt=0.5)]
        assert [name for name, _ in sent] == ["_answer"], "the rest comes later"
        await found._task

    asyncio.run(asks())
    assert [name for name, _ in sent] == ["_answer", "_rest", "_rest", "_rest", "_rest"]
    assert set(found._rest) == {"at", "contributions", "curve", "nearest", "changes"}
    assert found._rest["at"] == found._answer["at"] == [0.5, None, {"debt": 0.5}, CHANGEABLE, "income"]


@apart
def test_what_an_outdated_request_asked_for_is_dropped():
    found = what_if("forest")
    rest = []
    found.observe(lambda change: rest.append(change["new"]["at"][2]), "_rest")

    async def asks():
        for number, debt in enumerate([0.1, 0.2, 0.3, 0.4, 0.5], start=1):
            found.set_state({"what_if": {"debt": debt}, "_asked": number})
            assert found._answer["asked"] == number
            await asyncio.sleep(0)
        await found._task

    asyncio.run(asks())
    assert rest == [{"debt": 0.5}] * 4


@apart
def test_what_python_sets_without_a_running_loop_is_found_at_once():
    found = what_if("forest")
    found.what_if = {"debt": 0.5}
    assert found._rest["at"][2] == {"debt": 0.5} and "changes" in found._rest


@apart
def test_a_model_that_fails_on_a_change_says_so_in_the_page_and_goes_on():
    def predict(rows):
        if (rows["debt"] > 0.8).any():
            raise RuntimeError("no <b>debt</b> like that")
        return np.full(len(rows), 0.3)

    found = WhatIf(predict, X.assign(debt=X["debt"].clip(upper=0.7)), row=7)
    found.set_state({"what_if": {"debt": 0.9}, "_asked": 1})
    assert "RuntimeError: no <b>debt</b> like that" in found._answer["error"]
    assert found._answer["asked"] == 1
    found.set_state({"what_if": {"debt": 0.2}, "_asked": 2})
    assert "error" not in found._answer and found._rest["at"][2] == {"debt": 0.2}


# ---- the browser computes the same


def test_the_browser_computes_what_python_computes(node):
    rng = np.random.default_rng(0)
    asked, wanted = [], []
    fair = FairLogisticRegression(progress=False).fit(X[NUMBERS] / X[NUMBERS].std(), Y.astype(int))
    scaled = X[NUMBERS] / X[NUMBERS].std()
    for turn in range(90):
        place = int(rng.integers(len(X)))
        threshold = [0.5, math.inf, 0.0, 1.0, {"man": 0.7, "woman": 0.3}, round(float(rng.random()), 2)][
            turn % 6
        ]
        play = {"row": place, "threshold": threshold, "include_rows": True, "sensitive_features": GROUPS}
        if turn % 3 == 0:
            found = WhatIf.from_estimator(fair, scaled, **play)
        elif turn % 3 == 1:
            found = what_if("logistic", **play)
        else:
            found = WhatIf.from_estimator(
                fitted("logistic"), X, group_feature="home", **{**play, "sensitive_features": None,
                "threshold": 0.5 if isinstance(threshold, dict) else threshold},
            )  # fmt: skip
        features = found._own_features()
        found.changeable = [each for each in features if rng.random() < 0.6]
        found.feature = str(rng.choice(list(found._places)))
        found.group = str(rng.choice(found._groups.names))
        if turn % 2:
            found.what_if = {"debt": round(float(rng.random()), 2), "age": int(rng.integers(18, 80))}
        state = found.page_state()
        assert state["_facts"]["intercept"] is not None
        asked.append({"facts": state["_facts"], "rows": state["_rows"]})
        asked[-1] |= {key: state[key] for key in ("threshold", "group", "what_if", "changeable", "feature")}
        wanted.append(found)
    done = subprocess.run([node, SCRIPT], input=json.dumps(asked), capture_output=True, text=True, check=True)
    flipped = 0
    for found, computed in zip(wanted, json.loads(done.stdout), strict=True):
        assert computed["values"] == found._values()
        assert computed["score"] == pytest.approx(found.score, abs=1e-9)
        assert computed["approved"] == (found.decision == "approved")
        assert computed["contributions"] == pytest.approx(
            found.contributions["contribution"].tolist(), abs=1e-9
        )
        assert computed["curve"] == pytest.approx(found.curve["applicant"].tolist(), abs=1e-9)
        near = found._nearest()
        assert (computed["others"], computed["nearest"]) == (near["others"], near["nearest"])
        told = json.loads(json.dumps(found._told_changes()))
        assert computed["changes"]["alone"].keys() == told["alone"].keys()
        pairs = [(computed["changes"]["alone"][each], told["alone"][each]) for each in told["alone"]]
        for one, other in [*pairs, (computed["changes"]["smallest"], told["smallest"])]:
            assert (one is None) == (other is None)
            if other is not None:
                flipped += 1
                assert (one["places"], one["values"]) == (other["places"], other["values"])
                assert one["distance"] == pytest.approx(other["distance"], abs=1e-12)
                assert one["score"] == pytest.approx(other["score"], abs=1e-9)
    assert flipped > 60


# ---- what is refused


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"threshold": 1.5}, "`threshold` must be a number in [0, 1], or +inf for nobody, got 1.5"),
        ({"threshold": {"man": 0.5}}, "for each of ['man', 'woman'], got none for ['woman']"),
        ({"group": "womn"}, "Did you mean 'woman'"),
        ({"changeable": ["incme"]}, "Did you mean 'income'"),
        ({"feature": "dbt"}, "Did you mean 'debt'"),
        ({"what_if": {"agee": 3}}, "Did you mean 'age'"),
        ({"what_if": {"age": math.nan}}, "must give 'age' a finite number, got nan"),
        ({"what_if": {"home": "owned"}}, "Did you mean 'own'"),
    ],
)
def test_a_wrong_value_is_refused_and_changes_nothing(change, message):
    found = what_if(sensitive_features=GROUPS)
    ((name, value),) = change.items()
    before = repr(found)
    with pytest.raises(ValueError, match=re.escape(message)):
        setattr(found, name, value)
    assert repr(found) == before


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: WhatIf(0.5, X), TypeError, "`predict` must be a function"),
        (lambda: what_if(row=400), ValueError, "from 0 to 399, got 400"),
        (lambda: what_if(row=X.iloc[7].to_dict() | {"age": math.nan}), ValueError, "a value for 'age'"),
        (
            lambda: what_if(row=X.iloc[7], sensitive_features=GROUPS),
            ValueError,
            "`group` must say which group",
        ),
        (lambda: what_if(threshold={"man": 0.5}), ValueError, "`sensitive_features` must say"),
        (lambda: what_if(row=None, threshold={"man": 0.5}), ValueError, "`sensitive_features` must say"),
        (lambda: WhatIf.from_estimator(LogisticRegression(), X), TypeError, "not fitted"),
        (
            lambda: WhatIf(lambda rows: np.ones(len(rows)), X.assign(age=math.nan)),
            ValueError,
            "without blank values",
        ),
    ],
)
def test_what_is_wrong_is_said_where_it_is_made(call, error, message):
    with pytest.raises(error, match=re.escape(message)):
        call()


def test_people_with_blanks_are_left_out_and_counted():
    blank = X[NUMBERS].assign(income=X["income"].where(X.index % 10 != 0))
    found = WhatIf(
        lambda rows: fitted("numbers").predict_proba(rows)[:, 1], blank, sensitive_features=GROUPS, row=7,
        threshold={"man": 0.5, "woman": 0.4},
    )  # fmt: skip
    assert "40 rows with blank values are left out" in repr(found)
    assert found.group == GROUPS[7] and len(found._engine.people) == 360
    assert WhatIf(lambda rows: fitted("numbers").predict_proba(rows)[:, 1], blank).score < 0.5


def test_the_notebook_gets_text_html_and_the_live_view():
    found = what_if()
    data, _ = found._repr_mimebundle_()
    assert data["text/plain"] == repr(found) == repr(what_if())
    assert data["text/html"] == found.to_html()
