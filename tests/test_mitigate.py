"""Each method does what it is named for, by counting and by fairlearn, and touches nothing it is given."""

from __future__ import annotations

import json
import pickle
import sys

import numpy as np
import pandas as pd
import pytest
from fairlearn.metrics import (
    demographic_parity_difference,
    equal_opportunity_difference,
    equalized_odds_difference,
)
from fairlearn.postprocessing import ThresholdOptimizer
from fairlearn.preprocessing import CorrelationRemover
from fairlearn.reductions import DemographicParity, ExponentiatedGradient
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from edutools import ThresholdCounts, choose_thresholds, load_loans, make_loans
from edutools.bias.mitigate import METHODS, acceptance, compare, mitigate
from edutools.bias.mitigate.balance import drawn_rows, targets, weights, with_synthetic_rows
from edutools.bias.mitigate.repairs import QuantileRepair
from edutools.bias.mitigate.task import read_task
from edutools.bias.mitigate.tradeoffs import GAPS, cells_of, gap
from edutools.course.pipeline import FEATURES, as_table, preprocess, train
from tests.mitigations import estimator as for_words
from tests.mitigations import judged, large

LOANS = load_loans()
TABLE = as_table(LOANS, LOANS)
X, Y, GROUP = TABLE[FEATURES], TABLE["repaid"], TABLE["gender"]
CLEAN = preprocess(LOANS, learn_from=LOANS)
PLAIN = make_pipeline(StandardScaler(), LogisticRegression())
NEEDS_GROUP = [name for name, method in METHODS.items() if "groups" in method.needs]
BALANCING = ["reweighing", "oversampling", "undersampling", "synthetic"]
# What grows with the square of the rows, or trains dozens of models, is judged on fewer here and on all of
# them by `python -m tests.mitigations --large`.
FEWER = {"synthetic": 10_000, "exponentiated_gradient": 8_000, "grid_search": 8_000}


def decide(name, model, rows, group):
    return model.predict(rows, sensitive_features=group) if name in NEEDS_GROUP else model.predict(rows)


@pytest.fixture(scope="module")
def many():
    """Where labels are alike in both groups, and where they are apart and the model sees the group."""
    return {"alike": large(0), "apart": large(0, repayment_gap=1.0, seen=True)}


@pytest.fixture(scope="module")
def before(many):
    return {dial: judged(clone(PLAIN).fit(one["X"], one["y"]), other) for dial, (one, other) in many.items()}


def targeting():
    for name, method in METHODS.items():
        for criterion in method.criteria:
            if criterion in ("demographic_parity", "equal_opportunity", "equalized_odds"):
                yield name, criterion


@pytest.mark.parametrize(("name", "criterion"), list(targeting()))
def test_each_method_reduces_the_gap_that_it_targets_among_a_hundred_thousand(many, before, name, criterion):
    dial = "apart" if name in BALANCING else "alike"
    training, rest = many[dial]
    rows = slice(FEWER.get(name, len(training["X"])))
    chosen = {key: values.iloc[rows] for key, values in training.items()}
    asked = {"criterion": criterion} if "criterion" in METHODS[name].parameters else {}
    model = mitigate(name, PLAIN, chosen["X"], chosen["y"], chosen["group"], **asked)
    after = judged(model, rest)[criterion]
    assert after < 0.9 * before[dial][criterion]


@pytest.mark.parametrize("name", ["reweighing", "undersampling"])
def test_where_labels_are_alike_there_is_nothing_to_balance_and_nothing_changes(many, before, name):
    training, rest = many["alike"]
    model = mitigate(name, PLAIN, training["X"], training["y"], training["group"])
    assert judged(model, rest) == pytest.approx(before["alike"], abs=0.005)


def test_dropping_a_proxy_closes_a_gap_of_which_it_is_the_cause_and_widens_one_that_it_corrected():
    found = {}
    for cause, dials in {"apart": {"income_error": 0.0, "repayment_gap": 1.0}, "unrecorded": {}}.items():
        table = make_loans(20_000, **dials)
        clean = preprocess(table, learn_from=table)
        rows = {"X": clean.drop(columns=["gender", "repaid"]), "y": clean["repaid"], "group": clean["gender"]}
        model = for_words().fit(rows["X"], rows["y"])
        dropped = mitigate("drop_proxy", for_words(), *rows.values())
        assert dropped.named_steps["held"].values.keys() == {"contact_preference"}
        found[cause] = [judged(each, rows)["demographic_parity"] for each in (model, dropped)]
    assert found["apart"][1] < 0.9 * found["apart"][0]
    assert found["unrecorded"][1] > 1.5 * found["unrecorded"][0]


@pytest.mark.parametrize("name", METHODS)
def test_a_fitted_model_comes_back_that_can_be_pickled_and_the_estimator_stays_as_it_was(name):
    given, state = clone(PLAIN), repr(PLAIN)
    frame, labels, groups = X.copy(), Y.copy(), GROUP.copy()
    model = mitigate(name, given, frame, labels, groups, seed=3)
    again = pickle.loads(pickle.dumps(model))
    one, other = (decide(name, each, X, GROUP) for each in (model, again))
    assert one.tolist() == other.tolist() and set(one) == {0, 1} and one.dtype == Y.dtype
    assert repr(given) == state and not hasattr(given, "classes_") and not hasattr(given[-1], "coef_")
    pd.testing.assert_frame_equal(frame, X)
    assert labels.equals(Y) and groups.equals(GROUP)
    if hasattr(model, "predict_proba"):
        further = {"sensitive_features": GROUP} if name in NEEDS_GROUP else {}
        scores = model.predict_proba(X, **further)
        assert scores.sum(axis=1) == pytest.approx(1)
        assert ((scores[:, 1] >= 0.5) == (one == 1)).mean() > 0.999


@pytest.mark.parametrize("name", METHODS)
def test_words_labels_and_groups_of_any_kind_are_taken_as_they_come(name):
    rows = CLEAN.drop(columns=["gender", "repaid"])
    labels = np.where(Y == 1, "yes", "no")
    model = mitigate(name, for_words(), rows, labels, GROUP, pos_label="yes")
    found = decide(name, model, rows, GROUP)
    assert set(found) == {"yes", "no"}
    chance = acceptance(model, rows, sensitive_features=GROUP, pos_label="yes")
    assert ((found == "yes") == (chance == 1))[(chance == 0) | (chance == 1)].all()


# ---- before training


tables = arrays(np.int64, st.tuples(st.integers(2, 4), st.just(2)), elements=st.integers(1, 60))


def rows_of(counts):
    cells = [(group, label) for group in range(len(counts)) for label in (0, 1)]
    rows = [cell for cell, n in zip(cells, counts.ravel(), strict=True) for _ in range(n)]
    group, label = np.array(rows).T
    return read_task(PLAIN, np.zeros((len(rows), 1)), label, group.astype(str), pos_label=1, seed=0)


@given(tables)
def test_under_the_weights_label_and_group_are_independent_and_no_group_or_label_gains(counts):
    task = rows_of(counts)
    weighed = pd.DataFrame({"group": task.group, "label": task.y, "weight": weights(task)})
    total = weighed.pivot_table(index="group", columns="label", values="weight", aggfunc="sum")
    assert weighed["weight"].mean() == pytest.approx(1)
    assert (total[1] / total.sum(axis=1)).to_numpy() == pytest.approx(task.y.mean())
    assert total.sum(axis=1).to_numpy() == pytest.approx(counts.sum(axis=1))


@given(tables, st.booleans())
def test_rows_drawn_are_independent_to_within_rounding_and_as_many_as_possible(counts, above):
    wanted = targets(counts, balance="independent", above=above)
    assert ((wanted >= counts) if above else (wanted <= counts)).all()
    assert (wanted == counts).any()
    ideal = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0)
    scale = (counts / ideal).max() if above else (counts / ideal).min()
    assert np.abs(wanted - ideal * scale).max() <= 1
    equal = targets(counts, balance="equal", above=above)
    assert (equal == (counts.max() if above else counts.min())).all()


@settings(max_examples=20, deadline=None)
@given(tables, st.booleans())
def test_rows_are_drawn_as_the_targets_say_and_come_from_the_rows(counts, above):
    task = rows_of(counts)
    drawn = drawn_rows(task, balance="independent", above=above)
    found = np.bincount(task.cells[drawn], minlength=counts.size).reshape(-1, 2)
    assert (found == targets(counts, balance="independent", above=above)).all()
    if above:
        assert set(drawn) == set(range(len(task.y)))
    else:
        assert len(set(drawn)) == len(drawn)


def test_synthetic_rows_lie_between_rows_of_their_own_kind_and_categories_are_never_interpolated():
    further = {"flag": CLEAN["age"] > 40, "two": np.where(CLEAN["income"] > 30_000, 7, 3)}
    rows = CLEAN.drop(columns="repaid").assign(**further)
    task = read_task(PLAIN, rows, Y, GROUP, pos_label=1, seed=0)
    grown = with_synthetic_rows(task, balance="equal", neighbours=5)
    assert (grown.counts == task.counts.max()).all()
    pd.testing.assert_frame_equal(grown.X.iloc[: len(rows)], rows, check_index_type=False)
    fresh = grown.X.iloc[len(rows) :]
    assert (fresh.dtypes == rows.dtypes).all()
    for name in ("education", "contact_preference", "flag", "two", "gender"):
        assert set(fresh[name]) <= set(rows[name])
    assert (fresh["gender"] == grown.group[len(rows) :]).all()
    for cell in set(grown.cells[len(rows) :]):
        own = rows[task.cells == cell]
        new = fresh[grown.cells[len(rows) :] == cell]
        for name in ("income", "age", "debt_ratio"):
            assert new[name].between(own[name].min() - 1e-6, own[name].max() + 1e-6).all()
    assert not set(fresh["income"].round(6)) <= set(rows["income"].round(6))


def test_correlation_removal_is_fairlearn_s_on_what_the_last_step_reads():
    model = mitigate("correlation_removal", PLAIN, X, Y, GROUP)
    scaled = StandardScaler().fit_transform(X)
    beside = np.column_stack([scaled, (GROUP == "man").astype(float)])
    remover = CorrelationRemover(sensitive_feature_ids=[4]).fit(beside)
    cleared = remover.transform(beside)
    theirs = LogisticRegression().fit(cleared, Y).predict_proba(cleared)
    assert model.predict_proba(X, sensitive_features=GROUP) == pytest.approx(theirs)


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(5, 80), st.integers(5, 80))
def test_a_full_repair_keeps_ranks_and_gives_both_groups_one_distribution(seed, n, m):
    dice = np.random.default_rng(seed)
    values = np.concatenate([dice.normal(0, 1, n), dice.gamma(2, 3, m)])
    group = np.repeat(np.array(["a", "b"], dtype=object), [n, m])
    frame = pd.DataFrame({"x": values})
    done = QuantileRepair(["x"], 1.0).fit(frame, group).transform(frame, group)["x"].to_numpy()
    for name in ("a", "b"):
        own = group == name
        assert (np.diff(done[own][np.argsort(values[own])]) >= -1e-9).all()
    # The median of two quantiles is their mean.
    at = np.linspace(0, 1, 21)
    middle = (np.quantile(values[:n], at) + np.quantile(values[n:], at)) / 2
    spread = np.ptp(values)
    steps = 3 * max(np.diff(np.sort(values[:n])).max(), np.diff(np.sort(values[n:])).max())
    for own in (done[:n], done[n:]):
        assert np.quantile(own, at) == pytest.approx(middle, abs=max(steps, 0.02 * spread))
    half = QuantileRepair(["x"], 0.5).fit(frame, group).transform(frame, group)["x"].to_numpy()
    assert half == pytest.approx((values + done) / 2)


def test_a_repair_leaves_a_gap_a_gap_and_words_alone():
    frame = pd.DataFrame({"x": [1.0, np.nan, 3.0, 5.0], "w": list("abcd")})
    group = np.array(["a", "a", "b", "b"], dtype=object)
    done = QuantileRepair(["x"], 1.0).fit(frame, group).transform(frame, group)
    assert np.isnan(done["x"][1]) and done["w"].tolist() == list("abcd")
    with pytest.raises(ValueError, match="holds words: drop it instead"):
        mitigate("repair_proxy", for_words(), CLEAN.drop(columns="repaid"), Y, GROUP, columns=["education"])


def test_a_dropped_column_moves_no_decision():
    rows = CLEAN.drop(columns=["gender", "repaid"])
    model = mitigate("drop_proxy", for_words(), rows, Y, GROUP, columns="contact_preference")
    other = rows.assign(contact_preference="letter")
    assert (model.predict_proba(rows) == model.predict_proba(other)).all()
    assert (
        for_words().fit(rows, Y).predict_proba(rows) != for_words().fit(rows, Y).predict_proba(other)
    ).any()


# ---- during and after training


def test_the_lottery_is_fairlearn_s():
    model = mitigate("exponentiated_gradient", PLAIN, X, Y, GROUP)
    theirs = ExponentiatedGradient(
        clone(PLAIN),
        DemographicParity(difference_bound=0.01),
        eps=0.01,
        sample_weight_name="logisticregression__sample_weight",
    ).fit(X, Y, sensitive_features=GROUP)
    assert model.acceptance(X) == pytest.approx(theirs._pmf_predict(X)[:, 1])
    few = X.iloc[:50]
    drawn = np.mean([model.set_params(seed=seed).predict(few) for seed in range(200)], axis=0)
    assert drawn == pytest.approx(model.acceptance(few), abs=0.15)
    assert not hasattr(model, "predict_proba")


def test_the_optimizer_is_fairlearn_s_and_ours_earns_no_less_on_the_rows_it_was_chosen_on():
    theirs = mitigate("threshold_optimizer", PLAIN, X, Y, GROUP)
    plain = ThresholdOptimizer(
        estimator=clone(PLAIN), constraints="demographic_parity", predict_method="predict_proba"
    ).fit(X, Y, sensitive_features=GROUP)
    chances = plain._pmf_predict(X, sensitive_features=GROUP)[:, 1]
    assert acceptance(theirs, X, sensitive_features=GROUP) == pytest.approx(chances)
    ours = mitigate("thresholds", PLAIN, X, Y, GROUP, cv=None, randomized=True, tolerance=0.0)
    found = acceptance(ours, X, sensitive_features=GROUP)
    right = [np.where(Y == 1, each, 1 - each).mean() for each in (found, chances)]
    assert right[0] >= right[1] - 1e-9
    assert abs(found[GROUP == "man"].mean() - found[GROUP == "woman"].mean()) < 1e-6


def test_thresholds_are_chosen_on_scores_of_rows_that_the_model_had_not_seen():
    forest = RandomForestClassifier(30, random_state=0)
    model = mitigate("thresholds", forest, X, Y, GROUP)
    folds = StratifiedKFold(5, shuffle=True, random_state=0).split(X, GROUP.astype(str) + Y.astype(str))
    unseen = cross_val_predict(forest, X, Y, cv=list(folds), method="predict_proba")[:, 1]
    counts = ThresholdCounts.from_predictions(Y, unseen, sensitive_features=GROUP, thresholds="distinct")
    assert model.choice == choose_thresholds(counts, "demographic_parity")


def test_a_group_of_thresholds_approves_from_its_threshold_on():
    model = mitigate("thresholds", PLAIN, X, Y, GROUP)
    scores = model.estimator.predict_proba(X)[:, 1]
    found = model.predict(X, sensitive_features=GROUP)
    for name, threshold in model.thresholds_.items():
        assert (found[name == GROUP] == (scores[name == GROUP] >= threshold)).all()


# ---- where the group is read


def test_the_group_is_read_from_its_column_where_there_is_one():
    rows = X.assign(gender=(GROUP == "woman").astype(int))
    model = mitigate("thresholds", PLAIN, rows, Y, rows["gender"])
    assert (model.predict(rows) == model.predict(rows, sensitive_features=rows["gender"])).all()
    assert len(set(model.thresholds_.values())) == 2


def test_a_column_of_the_same_name_with_other_values_is_not_taken_for_the_group():
    groups = pd.Series(np.where(X["age"] > 30, "older", "younger"), name="age")
    model = mitigate("thresholds", PLAIN, X, Y, groups)
    assert model.predict(X, sensitive_features=groups).sum() > 0
    with pytest.raises(ValueError, match=r"no column of `X`: give it as `predict\(X, sensitive_features"):
        model.predict(X)


def test_several_features_are_crossed_and_read_from_their_columns():
    rows = X.assign(gender=(GROUP == "woman").astype(int), young=(X["age"] < 35).astype(int))
    model = mitigate("thresholds", PLAIN, rows, Y, rows[["gender", "young"]])
    assert set(model.groups) == {"0, 0", "0, 1", "1, 0", "1, 1"}
    assert (model.predict(rows) == model.predict(rows, sensitive_features=rows[["gender", "young"]])).all()


def test_a_group_that_was_not_there_in_training_is_named():
    model = mitigate("thresholds", PLAIN, X, Y, GROUP)
    with pytest.raises(ValueError, match=r"got 'women'. Did you mean 'woman'"):
        model.predict(X, sensitive_features=np.where(GROUP == "woman", "women", "man"))


def test_the_course_s_own_model_is_given_the_groups_that_it_asks_for():
    model = mitigate("undersampling", train(TABLE), X, Y, GROUP)
    assert model[-1].strength == 50


# ---- what does not apply says why


@pytest.mark.parametrize(
    ("name", "estimator", "why"),
    [
        ("reweighing", KNeighborsClassifier(), "KNeighborsClassifier takes no `sample_weight`"),
        ("exponentiated_gradient", KNeighborsClassifier(), "takes no `sample_weight` in training"),
        ("grid_search", KNeighborsClassifier(), "takes no `sample_weight` in training"),
    ],
)
def test_a_method_that_an_estimator_cannot_serve_says_so(name, estimator, why):
    with pytest.raises(ValueError, match=why):
        mitigate(name, estimator, X, Y, GROUP)


def test_rows_that_a_method_cannot_take_are_named():
    with pytest.raises(ValueError, match="gaps in 'income'"):
        mitigate("synthetic", PLAIN, LOANS[["income", "age"]], Y, GROUP)
    with pytest.raises(ValueError, match=r"words in \['education'"):
        mitigate("correlation_removal", LogisticRegression(), CLEAN[["age", "education"]], Y, GROUP)
    with pytest.raises(ValueError, match="no proxy to take out"):
        noise = pd.DataFrame({"noise": np.random.default_rng(0).normal(size=len(Y))})
        mitigate("drop_proxy", LogisticRegression(), noise, Y, GROUP)
    only = Y.where(GROUP == "man", 0)
    for name in BALANCING:
        with pytest.raises(ValueError, match="Group 'woman' must have rows of both labels"):
            mitigate(name, PLAIN, X, only, GROUP)


def test_slips_are_named_with_what_is_possible():
    with pytest.raises(ValueError, match="Did you mean 'reweighing'"):
        mitigate("reweighting", PLAIN, X, Y, GROUP)
    with pytest.raises(TypeError, match=r"has the parameters \['balance'\], got 'balanced'. Did you mean"):
        mitigate("oversampling", PLAIN, X, Y, GROUP, balanced="equal")
    with pytest.raises(ValueError, match="`criterion` must be one of"):
        mitigate("grid_search", PLAIN, X, Y, GROUP, criterion="predictive_parity")
    with pytest.raises(ValueError, match="`pos_label` must be one of the labels"):
        mitigate("reweighing", PLAIN, X, Y, GROUP, pos_label="yes")
    with pytest.raises(ValueError, match="two groups at least, got 'a'"):
        mitigate("reweighing", PLAIN, X, Y, ["a"] * len(Y))
    with pytest.raises(TypeError, match="can be cloned and trained anew"):
        mitigate("reweighing", lambda rows: rows, X, Y, GROUP)


def test_a_package_that_is_not_there_is_named_with_how_to_have_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "fairlearn.reductions", None)
    monkeypatch.setitem(sys.modules, "fairlearn", None)
    with pytest.raises(ImportError, match="This method needs fairlearn: pip install fairlearn"):
        mitigate("grid_search", PLAIN, X, Y, GROUP)
    found = compare(
        PLAIN, X, Y, GROUP, methods=["grid_search", "reweighing"], cv=2, progress=False
    ).to_frame()
    assert "fairlearn" in found.loc["grid_search", "reason"] and found.loc["reweighing", "reason"] == ""


# ---- side by side


@pytest.fixture(scope="module")
def comparison():
    return compare(
        PLAIN, X, Y, GROUP, methods=["reweighing", "thresholds"], profit=(300, 1500), progress=False
    )


def test_the_gaps_are_those_that_fairlearn_counts():
    dice = np.random.default_rng(0)
    y, decided, group = dice.integers(0, 2, 300), dice.integers(0, 2, 300), dice.choice(["a", "b", "c"], 300)
    cells = cells_of(decided.astype(float), y == 1, group, ["a", "b", "c"])
    theirs = {
        "demographic_parity": demographic_parity_difference,
        "equal_opportunity": equal_opportunity_difference,
        "equalized_odds": equalized_odds_difference,
    }
    for criterion, difference in theirs.items():
        assert gap(criterion, cells, ["a", "b", "c"]) == pytest.approx(
            difference(y, decided, sensitive_features=group)
        )
    assert np.isnan(gap("predictive_parity", cells_of(np.zeros(300), y == 1, group, ["a", "b"]), ["a", "b"]))


def test_all_rows_are_held_out_once_and_counted_with_their_labels(comparison):
    for method in ("none", "reweighing", "thresholds"):
        cells = pd.DataFrame(comparison.cells(method)).T
        assert (cells["tp"] + cells["fn"]).to_dict() == pytest.approx(Y.groupby(GROUP).sum().to_dict())
        assert cells.to_numpy().sum() == pytest.approx(len(Y))


def test_a_figure_is_the_mean_over_the_folds_and_its_change_is_paired(comparison):
    frame = comparison.to_frame()
    none, thresholds = comparison.tried[0].cells, comparison.tried[2].cells
    accuracy = [
        (each[:, :, 0] + each[:, :, 3]).sum(axis=1) / each.sum(axis=(1, 2)) for each in (none, thresholds)
    ]
    change = accuracy[1] - accuracy[0]
    row = frame.loc["thresholds"]
    assert row["accuracy"] == pytest.approx(accuracy[1].mean())
    assert row["accuracy_change"] == pytest.approx(change.mean())
    # Nadeau and Bengio: of 5 folds, a quarter as many rows are held out as are trained on.
    half = 2.7764 * np.sqrt((1 / 5 + 1 / 4) * change.var(ddof=1))
    assert row["accuracy_change_high"] - row["accuracy_change"] == pytest.approx(half, rel=1e-4)
    assert row["gap_change_high"] < 0 and row["gap"] < frame.loc["none", "gap"]
    per_fold = [(300 * f[:, 0].sum() - 1500 * f[:, 1].sum()) / f.sum() for f in thresholds]
    assert row["profit"] == pytest.approx(np.mean(per_fold))


def test_the_criterion_is_asked_of_those_that_can_be_asked():
    few = {"methods": ["thresholds"], "cv": 3, "progress": False}
    asked = compare(PLAIN, X, Y, GROUP, criterion="equal_opportunity", **few)
    told = compare(PLAIN, X, Y, GROUP, parameters={"thresholds": {"criterion": "equal_opportunity"}}, **few)
    assert (asked.tried[1].cells == told.tried[1].cells).all()
    assert asked.to_frame()["gap"].tolist() == told.to_frame("equal_opportunity")["gap"].tolist()


def test_a_method_that_does_not_apply_stands_in_the_table_with_its_reason():
    found = compare(
        KNeighborsClassifier(), X, Y, GROUP, methods=["reweighing", "oversampling"], cv=3, progress=False
    )
    frame = found.to_frame()
    assert "takes no `sample_weight`" in frame.loc["reweighing", "reason"]
    assert np.isnan(frame.loc["reweighing", "gap"]) and frame.loc["oversampling", "gap"] > 0
    with pytest.raises(ValueError, match="'reweighing' did not apply"):
        found.cells("reweighing")


def test_a_bar_counts_the_models_trained(capsys):
    compare(PLAIN, X, Y, GROUP, methods=["reweighing"], cv=2)
    assert "/4" in capsys.readouterr().err


def test_the_comparison_is_plain_data(comparison):
    plain = comparison.to_dict()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert set(plain["methods"][0]["figures"]) == {*GAPS, "accuracy", "profit"}


def test_slips_of_a_comparison_are_named():
    with pytest.raises(TypeError, match="got 'folds'"):
        compare(PLAIN, X, Y, GROUP, folds=3)
    with pytest.raises(ValueError, match="`cv` must be at least 2"):
        compare(PLAIN, X, Y, GROUP, cv=1)
    with pytest.raises(ValueError, match="Did you mean 'thresholds'"):
        compare(PLAIN, X, Y, GROUP, methods=["threshold"])
    with pytest.raises(ValueError, match="a row for each of 5 folds, got 2"):
        compare(PLAIN, X, Y, np.where(np.arange(len(Y)) < 2, "few", "rest"))
