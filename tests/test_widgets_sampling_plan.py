"""The sampling plan, as Python sees it: the draw, the model, figures by group, twin, what travels, errors."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chisquare
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from edutools import SamplingPlan, make_loans
from edutools.metrics import share_interval
from edutools.widgets.draw import asking_order, drawn_by, person_hash, waiting_time
from edutools.widgets.logistic import fit_logistic

SCRIPT = Path(__file__).parent / "js" / "draw_and_fit.mjs"
FEATURES = ["age", "income", "debt_ratio", "credit_history"]
POPULATION = {"woman": 0.51, "man": 0.49}
CHANNELS = {
    "app": {"woman": 1, "man": 1},
    "branch": {"woman": 0.2, "man": 1},
    "letter": lambda people: people["age"] > 60,
}
GIVEN = {
    "label": "repaid",
    "sensitive_features": "gender",
    "features": FEATURES,
    "channels": CHANNELS,
    "include_rows": True,
}


def people(n: int = 600, **dials) -> pd.DataFrame:
    """Applicants without gaps or typing errors, under an index that is no row number."""
    loans = make_loans(n, seed=3, missingness=0, entry_errors=0, **dials)
    return loans.set_index(pd.Index([f"applicant {7 * row}" for row in range(n)]))


PEOPLE = people()


@pytest.fixture
def plan() -> SamplingPlan:
    return SamplingPlan(PEOPLE, **GIVEN, population=POPULATION, asked={"app": 40, "branch": 60, "letter": 5})


# ---- the draw


def order_of(weights, seed, channel=0):
    weights = np.array(weights, dtype=float)
    return asking_order(weights, seed, channel, np.arange(len(weights)))


def test_whoever_has_twice_the_weight_is_drawn_first_twice_as_often():
    weights = np.array([1, 2, 3, 4])
    first = np.bincount([order_of(weights, seed)[0] for seed in range(20_000)], minlength=4)
    assert chisquare(first, 20_000 * weights / weights.sum()).pvalue > 0.001


def test_two_are_drawn_without_replacement_in_each_order_as_often_as_theory_says():
    weights, draws = np.array([1.0, 2.0, 4.0]), 20_000
    seen = dict.fromkeys(itertools.permutations(range(3), 2), 0)
    for seed in range(draws):
        seen[tuple(order_of(weights, seed, channel=2)[:2].tolist())] += 1
    # The second is drawn by weight among those who are left.
    expected = [draws * weights[a] / 7 * weights[b] / (7 - weights[a]) for a, b in seen]
    assert chisquare(list(seen.values()), expected).pvalue > 0.001


def test_channels_and_seeds_draw_independently_of_each_other():
    uniform = waiting_time(person_hash(0, 0, np.arange(4_000)))
    for seed, channel in [(0, 1), (1, 0), (1, 1), (2**32 - 1, 0)]:
        other = waiting_time(person_hash(seed, channel, np.arange(4_000)))
        assert abs(np.corrcoef(uniform, other)[0, 1]) < 0.06
        assert other.mean() == pytest.approx(1, abs=0.08), "an exponential of mean 1"


def test_a_weight_of_0_is_never_reached():
    assert order_of([1, 0, 2, 0], seed=5).tolist() in ([0, 2], [2, 0])


def test_nobody_is_asked_twice_and_a_channel_asks_on_where_an_earlier_one_was_first():
    orders = [np.array([3, 1, 2]), np.array([1, 3, 2, 0])]
    assert [found.tolist() for found in drawn_by(orders, [2, 1])] == [[3, 1], [2]]
    assert [found.tolist() for found in drawn_by(orders, [3, 4])] == [[3, 1, 2], [0]]


def test_asking_one_more_keeps_all_who_are_asked(plan):
    before = list(plan.sample_index)
    plan.asked = {"letter": 6}
    assert list(plan.sample_index)[:-1] == before


def test_the_browser_draws_and_trains_as_python_does(node):
    rng = np.random.default_rng(0)
    hashes = np.column_stack(
        [rng.integers(0, 2**32, 500), rng.integers(0, 8, 500), rng.integers(0, 20_000, 500)]
    )
    times = np.array([0, 1, 2, 2**31 - 1, 2**31, 2**32 - 1, *rng.integers(0, 2**32, 500)], dtype=np.uint32)
    draws = [
        {
            "channels": (rng.random((3, n)) * (rng.random((3, n)) < 0.8)).astype(np.float32).tolist(),
            "seed": int(rng.integers(0, 2**32)),
            "people": np.flatnonzero(rng.random(n) < 0.5).tolist(),
            "asked": rng.integers(0, n // 3, 3).tolist(),
        }
        for n in (10, 200, 3_000)
    ]
    fits = [
        {
            "columns": features.T.tolist(),
            "labels": labels.astype(int).tolist(),
            "people": list(range(len(labels))),
            "ridge": ridge,
        }
        for features, labels, ridge in to_learn().values()
    ]
    given = {"hashes": hashes.tolist(), "times": times.tolist(), "draws": draws, "fits": fits}
    done = subprocess.run(
        [node, SCRIPT], input=json.dumps(given), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    answered = json.loads(done.stdout)
    assert answered["hashes"] == [int(person_hash(s, c, np.array([p]))[0]) for s, c, p in hashes.tolist()]
    assert answered["times"] == waiting_time(times).tolist(), "to the last bit"
    for draw, found in zip(draws, answered["draws"], strict=True):
        orders = [
            asking_order(np.array(weights), draw["seed"], channel, np.array(draw["people"]))
            for channel, weights in enumerate(draw["channels"])
        ]
        assert found == [each.tolist() for each in drawn_by(orders, draw["asked"])]
    for (features, labels, ridge), fitted in zip(to_learn().values(), answered["fits"], strict=True):
        model = fit_logistic(features, labels, ridge=ridge)
        np.testing.assert_allclose(fitted["weights"], model.weights, rtol=1e-7, atol=1e-9)


# ---- the model


def to_learn() -> dict[str, tuple[np.ndarray, np.ndarray, float]]:
    """Features, labels and a ridge: easy and hard to learn from."""
    rng = np.random.default_rng(1)
    features = rng.normal([40, 30_000, 0.3], [12, 9_000, 0.1], (300, 3))
    line = (features - features.mean(axis=0)) / features.std(axis=0) @ [1.5, -1, 0.5]
    noisy = rng.random(300) < 1 / (1 + np.exp(-line))
    flat = np.column_stack([features[:, 0], np.full(300, 0.1)])
    return {
        "noisy": (features, noisy, 1.0),
        "a strong ridge": (features, noisy, 50.0),
        "a weak ridge": (features, noisy, 0.01),
        "nothing is mixed": (features, line > 0, 1.0),
        "one of 300": (features, np.arange(300) == 7, 1.0),
        "a column without spread": (flat, noisy, 1.0),
        "a column twice": (features[:, [0, 0, 1]], noisy, 1.0),
        "two people": (features[:2], np.array([True, False]), 1.0),
    }


@pytest.mark.parametrize("name", to_learn())
def test_the_model_is_that_of_scikit_learn_with_the_same_penalty(name):
    features, labels, ridge = to_learn()[name]
    theirs = make_pipeline(StandardScaler(), LogisticRegression(C=1 / ridge, tol=1e-10, max_iter=10_000))
    theirs.fit(features, labels)
    ours = fit_logistic(features, labels, ridge=ridge)
    np.testing.assert_allclose(ours.log_odds(features), theirs.decision_function(features), atol=1e-4)
    np.testing.assert_allclose(ours.weights[1:], theirs[-1].coef_[0], atol=1e-4)


@pytest.mark.parametrize("label", [True, False])
def test_of_one_label_nothing_is_learnt(label):
    assert fit_logistic(np.ones((3, 1)), np.full(3, label)) is None


# ---- the plan


def halves(frame: pd.DataFrame) -> pd.Series:
    """Which may be asked: of each gender and label the first, the third and so on."""
    return frame.groupby(["gender", "repaid"]).cumcount() % 2 == 0


def test_figures_by_group_are_those_of_pandas_and_scikit_learn(plan):
    table, asked = plan.by_group, PEOPLE.loc[plan.sample_index]
    held_out = PEOPLE[~halves(PEOPLE)]
    model = make_pipeline(StandardScaler(), LogisticRegression(tol=1e-10, max_iter=10_000))
    model.fit(asked[FEATURES].astype(np.float32).astype(float), asked["repaid"])
    wrong = model.predict(held_out[FEATURES].astype(np.float32).astype(float)) != held_out["repaid"]
    assert len(asked) == 105 and asked.index.is_unique
    assert halves(PEOPLE).loc[asked.index].all(), "none of those held out is asked"
    for group in ("man", "woman"):
        row, own = table.loc[group], asked[asked["gender"] == group]
        assert row["asked"] == len(own)
        assert row["share"] == len(own) / len(asked)
        np.testing.assert_allclose(
            row[["share_low", "share_high"]].tolist(), share_interval(len(own), len(asked))
        )
        assert row["population"] == POPULATION[group]
        assert row["positive_rate"] == pytest.approx(own["repaid"].mean())
        judged = held_out["gender"] == group
        assert (row["judged"], row["errors"]) == (judged.sum(), wrong[judged].sum())
        assert row["error_rate"] == pytest.approx(wrong[judged].mean())
        np.testing.assert_allclose(
            row[["error_rate_low", "error_rate_high"]].tolist(),
            share_interval(wrong[judged].sum(), judged.sum()),
        )


def test_the_letter_reaches_only_whom_its_function_names(plan):
    plan.asked = {"app": 0, "branch": 0, "letter": 15}
    assert (PEOPLE.loc[plan.sample_index, "age"] > 60).all()
    assert len(plan.sample_index) == 15


def test_an_array_and_a_mapping_and_a_function_reach_alike():
    weight = np.where(PEOPLE["gender"] == "woman", 0.2, 1)
    drawn = [
        list(SamplingPlan(PEOPLE, **{**GIVEN, "channels": {"one": reach}}, asked={"one": 50}).sample_index)
        for reach in ({"woman": 0.2, "man": 1}, weight, lambda frame: weight)
    ]
    assert drawn[0] == drawn[1] == drawn[2]


def test_the_same_plan_draws_the_same_people_and_another_seed_others(plan):
    again = SamplingPlan(PEOPLE, **GIVEN, asked=plan.asked)
    assert list(again.sample_index) == list(plan.sample_index)
    again.seed = 1
    assert set(again.sample_index) != set(plan.sample_index)


def test_200_are_asked_in_equal_parts_where_nothing_is_said():
    older = int((PEOPLE.loc[halves(PEOPLE), "age"] > 60).sum())
    assert SamplingPlan(PEOPLE, **GIVEN).asked == {"app": 66, "branch": 66, "letter": older}
    assert SamplingPlan(PEOPLE, **GIVEN, asked={"branch": 9}).asked == {"app": 0, "branch": 9, "letter": 0}


def test_a_population_that_is_not_given_is_the_frame():
    shares = SamplingPlan(PEOPLE, **GIVEN).by_group["population"]
    pd.testing.assert_series_equal(
        shares,
        PEOPLE["gender"].value_counts(normalize=True),
        check_names=False,
        check_index_type=False,
        check_like=True,
    )


def test_several_features_make_groups_together():
    frame = PEOPLE.assign(old=np.where(PEOPLE["age"] > 45, "older", "younger"))
    given = {**GIVEN, "sensitive_features": ["gender", "old"], "channels": {"all": lambda f: np.ones(len(f))}}
    table = SamplingPlan(frame, **given).by_group
    assert list(table.index) == ["man, older", "man, younger", "woman, older", "woman, younger"]
    assert table["asked"].sum() == 200


def test_nobody_asked_is_undefined_and_said(plan):
    plan.asked = dict.fromkeys(CHANNELS, 0)
    table = plan.by_group
    assert table[["share", "positive_rate", "errors", "error_rate"]].isna().all(axis=None)
    twin = repr(plan)
    assert "undefined: nobody is asked" in twin
    assert "Nobody is asked, so there are no shares to compare." in twin
    assert "The error rates cannot be compared." in twin


def test_a_group_of_whom_nobody_is_asked_is_undefined_and_said():
    given = {**GIVEN, "channels": {"club": {"woman": 0, "man": 1}}}
    plan = SamplingPlan(PEOPLE, **given, asked={"club": 80})
    woman = plan.by_group.loc["woman"]
    assert (woman["asked"], woman["share"]) == (0, 0)
    assert np.isnan(woman["positive_rate"])
    assert not np.isnan(woman["error_rate"]), "others have taught the model"
    assert "undefined: nobody of woman is asked" in repr(plan)
    assert "Trained without anybody of woman." in repr(plan)


def test_where_all_asked_have_one_label_nothing_is_learnt_and_it_is_said():
    given = {**GIVEN, "channels": {"payers": lambda frame: frame["repaid"]}}
    plan = SamplingPlan(PEOPLE, **given, asked={"payers": 50})
    assert plan.by_group["error_rate"].isna().all()
    assert "undefined: repaid is the same for all who are asked, so there is nothing to learn" in repr(plan)


def test_the_trail_is_the_last_ten_draws_by_the_same_plan(plan):
    assert plan.trail == []
    plan.seed = 4
    assert plan.trail == [0, 1, 2, 3]
    plan.seed = 25
    assert plan.trail == list(range(15, 25))
    plan.asked = {"app": 50}
    assert plan.trail == []
    plan.seed = 26
    assert plan.trail == [25]
    plan.seed = 3
    assert plan.trail == []


def test_what_a_browser_sends_is_believed(plan):
    plan.set_state({"seed": 9, "_first": 0})
    assert plan.trail == list(range(9))
    asked = {"app": 10, "branch": 0, "letter": 0}
    plan.set_state({"asked": asked, "_first": 9})
    assert (plan.asked, plan.trail, len(plan.sample_index)) == (asked, [], 10)


def test_the_twin_states_channels_shares_errors_and_the_draws_before(plan):
    plan.seed = 3
    assert "draws before" not in repr(SamplingPlan(PEOPLE, **GIVEN))
    twin, table = repr(plan), plan.by_group
    assert "105 of 301 people are asked (draw 3)." in twin
    assert re.search(r"branch +60 +301 +0\.\d\d +0\.\d\d\n", twin)
    for group, row in table.iterrows():
        share = f"{row['share']:.2f} ({row['share_low']:.2f} to {row['share_high']:.2f})"
        assert re.search(rf"{group} +{row['asked']:.0f} +{re.escape(share)} +{row['population']:.2f}", twin)
        rate = f"{row['error_rate']:.2f} ({row['error_rate_low']:.2f} to {row['error_rate_high']:.2f})"
        assert re.search(rf"{group} +{row['judged']:.0f} +{row['errors']:.0f} +{re.escape(rate)}", twin)
    shares = []
    for seed in (0, 1, 2):
        plan.seed = seed
        shares.append(plan.by_group.loc["woman", "share"])
    assert f"{min(shares):.2f} to {max(shares):.2f}\n" in twin
    assert "in the 3 draws before" in twin


def test_the_twin_says_on_which_side_of_the_interval_the_population_lies():
    asked = {"branch": 200}
    words = repr(SamplingPlan(PEOPLE, **GIVEN, population=POPULATION, asked=asked))
    assert "The interval lies below the population's share: woman." in words
    assert "The interval lies above the population's share: man." in words
    few = repr(SamplingPlan(PEOPLE, **GIVEN, population=POPULATION, asked={"branch": 4}))
    assert "Each interval includes the population's share." in few
    assert not re.search(r"\b(un)?fair\b", words + few)


def test_a_saved_page_of_3000_people_is_small_and_holds_no_other_column(tmp_path):
    frame = people(3_000)
    plan = SamplingPlan(frame, **GIVEN)
    assert plan.save_html(tmp_path / "page.html").stat().st_size <= 150_000
    assert len(plan._people) == 3_000 * (4 * (len(FEATURES) + len(CHANNELS)) + 2)
    state = json.dumps(plan.page_state() | {"_people": ""})
    for secret in (frame.index[5], frame["name"].iloc[5], frame["phone"].iloc[5], "contact_preference"):
        assert secret not in state
    assert "holds a row for each person" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_names_with_markup_are_text_in_the_twin():
    evil = "<img src=x onerror=alert(1)>"
    frame = PEOPLE.assign(**{evil: PEOPLE["repaid"]}).replace({"gender": {"man": evil}})
    plan = SamplingPlan(frame, **{**GIVEN, "label": evil, "channels": {evil: {evil: 1, "woman": 1}}})
    assert evil in repr(plan)
    assert "<img" not in plan.to_html()


# ---- what is refused


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"include_rows": False}, "`include_rows` must be True, got False: the browser draws and trains"),
        ({"label": "repayed"}, "Did you mean 'repaid'"),
        ({"label": "contact_preference"}, "`label` must name a column of 1 and 0, got"),
        ({"features": ["incme"]}, "Did you mean 'income'"),
        ({"features": "income"}, "`features` must be a list of at least one column, got 'income'"),
        ({"features": []}, "`features` must be a list of at least one column, got []"),
        ({"features": ["income", "repaid"]}, "`features` must not hold the label, got 'repaid'"),
        ({"features": ["education"]}, "`features` must name columns of numbers, got 'education'"),
        ({"sensitive_features": "sex"}, "`sensitive_features` must be one of"),
        ({"sensitive_features": "age"}, "must make 2 to 12 groups"),
        ({"channels": {}}, "`channels` must name 1 to 8 channels with their reach, got {}"),
        ({"channels": {"app": {"woman": 1}}}, "must have a number for each group, got none for ['man']"),
        ({"channels": {"app": {"woman": 1, "men": 1}}}, "Did you mean 'man'"),
        ({"channels": {"app": [1, 2]}}, "must give 600 weights, one for each row, got shape (2,)"),
        ({"channels": {"app": {"woman": -1, "man": 1}}}, "at least 0 and somewhere above 0, got -1 to 1"),
        ({"channels": {"app": {"woman": 0, "man": 0}}}, "at least 0 and somewhere above 0, got 0 to 0"),
        ({"channels": {"app": {"woman": np.inf, "man": 0}}}, "must be finite weights"),
        ({"channels": {"app": {"woman": np.nan, "man": 0}}}, "must be finite weights"),
        ({"asked": {"ap": 3}}, "Did you mean 'app'"),
        ({"asked": {"app": 302}}, "`asked['app']` must be a whole number from 0 to 301"),
        ({"asked": {"app": -1}}, "got -1"),
        ({"asked": {"app": 2.5}}, "got 2.5"),
        ({"asked": {"app": True}}, "got True"),
        ({"population": {"woman": 0.6, "man": 0.6}}, "that add up to 1, got"),
        ({"population": {"woman": 1.2, "man": -0.2}}, "must be shares of at least 0"),
        ({"population": {"women": 0.5, "man": 0.5}}, "Did you mean 'woman'"),
        ({"seed": -1}, "`seed` must be at least 0 and below 2³², got -1"),
        ({"seed": 2**32}, "`seed` must be at least 0 and below 2³²"),
    ],
)
def test_what_is_wrong_is_refused_with_what_is_possible(change, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        SamplingPlan(PEOPLE, **{**GIVEN, **change})


def test_rows_are_not_taken_unasked():
    with pytest.raises(ValueError, match="`include_rows` must be True"):
        SamplingPlan(PEOPLE, **{key: each for key, each in GIVEN.items() if key != "include_rows"})


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ("income", "got 1 missing or infinite in 'income': leave those rows out, or fill them first"),
        ("repaid", "`label` must name a column with a label in each row, got 1 missing in 'repaid'"),
    ],
)
def test_what_is_missing_is_refused(column, message):
    frame = PEOPLE.astype({column: float})
    frame.iloc[3, frame.columns.get_loc(column)] = np.nan
    with pytest.raises(ValueError, match=re.escape(message)):
        SamplingPlan(frame, **GIVEN)


def test_what_is_missing_in_pandas_own_types_is_refused_too():
    frame = PEOPLE.astype({"age": "Int64"})
    assert list(SamplingPlan(frame, **GIVEN).sample_index) == list(SamplingPlan(PEOPLE, **GIVEN).sample_index)
    frame.iloc[3, frame.columns.get_loc("age")] = pd.NA
    with pytest.raises(ValueError, match="got 1 missing or infinite in 'age'"):
        SamplingPlan(frame, **{**GIVEN, "channels": {"all": np.ones(600)}})


def test_something_else_than_a_table_of_pandas_is_refused():
    with pytest.raises(TypeError, match="`people` must be a pandas DataFrame, got dict"):
        SamplingPlan(PEOPLE.to_dict(), **GIVEN)


def test_too_many_people_are_refused():
    frame = PEOPLE.iloc[np.zeros(20_001, dtype=int)]
    with pytest.raises(ValueError, match=r"`people` must have 4 to 20,000 rows, got 20,001"):
        SamplingPlan(frame, **GIVEN)


def test_an_unknown_keyword_is_refused_with_the_near_one():
    with pytest.raises(TypeError, match=r"got 'chanels'. Did you mean 'channels'"):
        SamplingPlan(PEOPLE, **GIVEN, chanels={})


def test_a_wrong_change_changes_nothing(plan):
    before = plan.asked
    with pytest.raises(ValueError, match="whole number"):
        plan.asked = {"app": 1_000}
    assert plan.asked == before
