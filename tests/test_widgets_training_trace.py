"""The trace of training, as Python sees it: histories of any form, decisions counted anew, twin, errors."""

from __future__ import annotations

import json
import math
import re

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.linear_model import LogisticRegression, Perceptron, SGDClassifier
from sklearn.metrics import accuracy_score, confusion_matrix, log_loss
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from edutools import FairLogisticRegression, ThresholdCounts, TrainingTrace, difference, difference_interval
from edutools.metrics import share_interval
from edutools.widgets.figures import decimals, interval

NAMES = ["age", "income", "debt"]


def people(n: int, seed: int) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Features, labels and groups, whose labels and one feature differ by group."""
    rng = np.random.default_rng(seed)
    groups = np.where(rng.random(n) < 0.4, "b", "a")
    X = pd.DataFrame(rng.normal(size=(n, 3)) * [1, 20, 0.1] + [40, 100, 0.5], columns=NAMES)
    X["income"] += 15 * (groups == "a")
    chance = (X["age"] - 40) + (X["income"] - 105) / 20 - 10 * (X["debt"] - 0.5)
    return X, (rng.random(n) < 1 / (1 + np.exp(-chance))).astype(int).to_numpy(), groups


X, Y, GROUPS = people(400, 0)
X_TEST, Y_TEST, GROUPS_TEST = people(150, 1)
OWN = {group: np.array([each == group for each in GROUPS_TEST]) for group in "ab"}
FITTED = make_pipeline(StandardScaler(), FairLogisticRegression(5.0, epochs=4)).fit(
    X, Y, fairlogisticregression__sensitive_features=GROUPS
)


def after(model, epoch: int):
    """A pipeline whose last step is scikit-learn's, with the weights of one epoch."""
    entry = model[-1].history_[epoch]
    plain = LogisticRegression().fit(model[:-1].transform(X), Y)
    plain.coef_, plain.intercept_ = np.array([entry["coef"]]), np.array([entry["intercept"]])
    return make_pipeline(*(step for _, step in model.steps[:-1]), plain)


@pytest.fixture
def trace() -> TrainingTrace:
    return TrainingTrace.from_estimator(FITTED, X_TEST, Y_TEST, sensitive_features=GROUPS_TEST)


# ---- by recorded weights


@pytest.mark.parametrize("threshold", [0.5, 0.3])
def test_every_epoch_is_what_scikit_learn_says_of_a_model_with_its_weights(threshold):
    trace = TrainingTrace.from_estimator(
        FITTED, X_TEST, Y_TEST, sensitive_features=GROUPS_TEST, threshold=threshold
    )
    assert list(trace.history.index) == [0, 1, 2, 3, 4]
    for epoch, row in trace.history.iterrows():
        score = after(FITTED, epoch).predict_proba(X_TEST)[:, 1]
        selected = score >= threshold
        assert row["val_loss"] == pytest.approx(log_loss(Y_TEST, score), rel=1e-12)
        assert row["val_accuracy"] == accuracy_score(Y_TEST, selected)
        hits = (selected == Y_TEST).sum()
        assert row[["val_accuracy_low", "val_accuracy_high"]].tolist() == share_interval(hits, 150).tolist()
        for group in "ab":
            own = OWN[group]
            found = trace.by_group.loc[(epoch, group)]
            tn, fp, fn, tp = confusion_matrix(Y_TEST[own], selected[own], labels=[0, 1]).ravel()
            assert found[["tp", "fp", "fn", "tn"]].tolist() == [tp, fp, fn, tn]
            assert found["selection_rate"] == selected[own].mean()
            limits = found[["selection_rate_low", "selection_rate_high"]].tolist()
            assert limits == pytest.approx(share_interval(tp + fp, own.sum()).tolist(), rel=1e-12)
        counts = ThresholdCounts.from_predictions(
            Y_TEST, selected.astype(float), sensitive_features=GROUPS_TEST
        ).at(0.5)
        assert row["gap"] == difference(counts, "selection_rate")
        assert (row["gap_low"], row["gap_high"]) == difference_interval(counts, "selection_rate")


def test_figures_of_training_are_those_that_it_recorded(trace):
    for epoch, entry in enumerate(FITTED[-1].history_):
        row = trace.history.loc[epoch]
        assert [row[name] for name in ("loss", "penalty", "accuracy")] == [
            entry[name] for name in ("loss", "penalty", "accuracy")
        ]
        assert trace.by_group.loc[epoch]["trained_on"].to_dict() == pytest.approx(entry["rates"])
    assert trace.history.loc[0, "loss"] == pytest.approx(math.log(2))


def test_the_last_epoch_decides_as_the_model_does(trace):
    approved = FITTED.predict(X_TEST) == 1
    last = trace.by_group.loc[4]
    assert (last["tp"] + last["fp"]).to_dict() == {group: approved[OWN[group]].sum() for group in "ab"}
    assert trace.weights.loc[4].tolist() == [FITTED[-1].intercept_[0], *FITTED[-1].coef_[0]]
    assert list(trace.weights.columns) == ["intercept", *NAMES]


def test_rates_of_the_rows_trained_on_have_scipys_intervals_and_their_gap_newcombes():
    trace = TrainingTrace(FITTED)
    approved = after(FITTED, 4).predict_proba(X)[:, 1] >= 0.5
    for group in "ab":
        own = approved[group == GROUPS]
        limits = stats.binomtest(int(own.sum()), len(own)).proportion_ci(method="wilson")
        row = trace.by_group.loc[(4, group)]
        assert (row["trained_on_low"], row["trained_on_high"]) == pytest.approx(tuple(limits), abs=1e-9)
    counts = ThresholdCounts.from_predictions(Y, approved.astype(float), sensitive_features=GROUPS)
    limits = difference_interval(counts.at(0.5), "selection_rate")
    assert tuple(trace.history.loc[4, ["gap_low", "gap_high"]]) == pytest.approx(tuple(limits))


def test_group_rows_that_cannot_be_are_refused_and_incomplete_ones_give_no_interval():
    entry = {"rates": {"a": 0.5, "b": 0.25}}
    with pytest.raises(ValueError, match="`group_rows` must be above 0"):
        TrainingTrace([{**entry, "group_rows": {"a": 0, "b": 3}}])
    assert "gap_low" not in TrainingTrace([{**entry, "group_rows": {"a": 9}}]).history
    told = TrainingTrace([{"rates": {"a": 0.5, "b": None}, "group_rows": {"a": 9, "b": 4}}])
    assert np.isnan(told.history["gap"].item()) and np.isnan(told.by_group.loc[(1, "b"), "trained_on_low"])


def test_another_positive_label_turns_weights_and_decisions_round():
    trace = TrainingTrace.from_estimator(FITTED, X_TEST, Y_TEST, sensitive_features=GROUPS_TEST, pos_label=0)
    score = after(FITTED, 4).predict_proba(X_TEST)[:, 0]
    assert trace.history.loc[4, "val_loss"] == pytest.approx(log_loss(Y_TEST == 0, score))
    own = OWN["a"]
    assert trace.by_group.loc[(4, "a"), "tp"] == ((score >= 0.5) & (Y_TEST == 0) & own).sum()
    assert trace.weights.loc[4].tolist() == [-FITTED[-1].intercept_[0], *-FITTED[-1].coef_[0]]
    assert "trained_on" not in trace.by_group, "recorded of the other label"
    assert "accuracy" not in trace.history, "a tie went to the other label"


def test_accuracy_counted_at_another_threshold_is_left_out():
    trace = TrainingTrace.from_estimator(
        FITTED, X_TEST, Y_TEST, sensitive_features=GROUPS_TEST, threshold=0.3
    )
    assert "accuracy" not in trace.history
    assert "trained_on" not in trace.by_group


def test_a_model_alone_is_traced_as_in_a_pipeline_of_one():
    model = FairLogisticRegression(epochs=3).fit(X, Y)
    alone = TrainingTrace.from_estimator(model, X_TEST, Y_TEST, sensitive_features=GROUPS_TEST)
    piped = TrainingTrace.from_estimator(make_pipeline(model), X_TEST, Y_TEST, sensitive_features=GROUPS_TEST)
    assert repr(alone) == repr(piped)
    assert list(alone.weights.columns) == ["intercept", *NAMES]


def test_a_scaler_that_names_columns_lends_its_names_and_given_names_go_first():
    model = make_pipeline(MinMaxScaler(), FairLogisticRegression(epochs=2)).fit(X, Y)
    assert list(TrainingTrace(model).weights.columns) == ["intercept", *NAMES]
    named = TrainingTrace.from_estimator(
        model, X_TEST, Y_TEST, sensitive_features=None, feature_names=["i", "j", "k"]
    )
    assert list(named.weights.columns) == ["intercept", "i", "j", "k"]
    assert named.by_group.index.get_level_values("group").unique().tolist() == ["all"]
    assert "gap" not in named.history


def test_a_group_without_held_out_rows_is_undefined():
    own = OWN["a"]
    trace = TrainingTrace.from_estimator(
        FITTED, X_TEST[own], Y_TEST[own], sensitive_features=GROUPS_TEST[own]
    )
    assert trace.by_group["selection_rate"].isna().groupby("group").all().to_dict() == {"a": False, "b": True}
    assert trace.history["gap"].isna().all()
    assert "The gap between the selection rates is undefined in this epoch." in repr(trace)


# ---- trained here


def fits(estimator, **changes) -> TrainingTrace:
    given = {
        "epochs": 5,
        "X_test": X_TEST,
        "y_test": Y_TEST,
        "sensitive_features": GROUPS,
        "sensitive_features_test": GROUPS_TEST,
    }
    return TrainingTrace.from_partial_fit(estimator, X, Y, **{**given, **changes})


@pytest.mark.parametrize(
    "estimator",
    [
        SGDClassifier(loss="log_loss", eta0=0.01, learning_rate="constant", random_state=3),
        GaussianNB(),
        Perceptron(random_state=0),
        MLPClassifier((3,), random_state=1),
    ],
    ids=lambda each: type(each).__name__,
)
def test_partial_fits_are_what_a_loop_over_shuffled_rows_comes_to(estimator):
    before = estimator.get_params()
    trace = fits(estimator)
    assert estimator.get_params() == before
    assert not hasattr(estimator, "classes_"), "a clone was trained"
    model, shuffle = type(estimator)(**before), np.random.default_rng(0)
    for epoch in range(1, 6):
        order = shuffle.permutation(400)
        model.partial_fit(X.iloc[order], Y[order], classes=[0, 1])
        row, approved = trace.history.loc[epoch], model.predict(X_TEST) == 1
        assert row["accuracy"] == accuracy_score(Y, model.predict(X))
        assert row["val_accuracy"] == accuracy_score(Y_TEST, approved)
        own = OWN["b"]
        assert trace.by_group.loc[(epoch, "b"), "selection_rate"] == approved[own].mean()
        assert trace.by_group.loc[(epoch, "b"), "trained_on"] == model.predict(X)[GROUPS == "b"].mean()
        if hasattr(model, "predict_proba"):
            assert row["loss"] == pytest.approx(log_loss(Y, model.predict_proba(X)))
            assert row["val_loss"] == pytest.approx(log_loss(Y_TEST, model.predict_proba(X_TEST)))
        else:
            assert "loss" not in trace.history
        if np.shape(getattr(model, "coef_", None)) == (1, 3):
            assert trace.weights.loc[epoch].tolist() == [model.intercept_[0], *model.coef_[0]]
            assert list(trace.weights.columns) == ["intercept", *NAMES]
        else:
            assert trace.weights.empty


def test_the_same_seed_gives_the_same_trace_and_another_another():
    model = SGDClassifier(loss="log_loss")
    assert repr(fits(model)) == repr(fits(model))
    assert repr(fits(model)) != repr(fits(model, random_state=1))


def test_arrays_and_text_labels_are_taken():
    labels, held_out = np.where(Y, "yes", "no"), np.where(Y_TEST, "yes", "no")
    model = GaussianNB()
    arrays = TrainingTrace.from_partial_fit(
        model,
        X.to_numpy(),
        labels,
        epochs=2,
        X_test=X_TEST.to_numpy(),
        y_test=held_out,
        sensitive_features=None,
        sensitive_features_test=None,
        pos_label="yes",
    )
    assert arrays.history["val_accuracy"].tolist() == fits(model, epochs=2).history["val_accuracy"].tolist()


# ---- histories of any form


class Keras:
    """What Keras's fit returns, as far as it matters here."""

    def __init__(self, history):
        self.history = history
        self.epoch = list(range(len(history["loss"])))


LISTS = {"loss": [0.7, 0.5, 0.4], "accuracy": [0.5, 0.6, 0.8], "val_loss": [0.7, 0.6, 0.65], "lr": [1, 1, 1]}
DICTS = [{name: values[place] for name, values in LISTS.items()} for place in range(3)]


@pytest.mark.parametrize(
    "history",
    [
        LISTS,
        {name: np.array(values, dtype=np.float32) for name, values in LISTS.items()},
        {name: tuple(values) for name, values in LISTS.items()},
        pd.DataFrame(LISTS),
        Keras(LISTS),
        DICTS,
        [{"train_loss": e["loss"], "valid_loss": e["val_loss"], "acc": e["accuracy"]} for e in DICTS],
    ],
    ids=["lists", "arrays", "tuples", "frame", "keras", "dicts", "skorch"],
)
def test_a_history_reads_the_same_in_every_form(history):
    found = TrainingTrace(history).history
    assert list(found.index) == [1, 2, 3]
    assert list(found.columns) == ["loss", "val_loss", "accuracy"]
    for name in found.columns:
        assert found[name].tolist() == pytest.approx(LISTS[name], abs=1e-7)


def test_rates_are_taken_by_epoch_or_by_group():
    by_epoch = {"rates": [{"a": 0.1, "b": 0.4}, {"a": 0.2, "b": 0.3}], "epoch": [10, 20]}
    by_group = {"rates": {"a": [0.1, 0.2], "b": [0.4, 0.3]}, "epoch": [10.0, 20.0]}
    for history in (by_epoch, by_group):
        trace = TrainingTrace(history)
        assert trace.by_group["trained_on"].tolist() == [0.1, 0.4, 0.2, 0.3]
        assert trace.history["gap"].tolist() == pytest.approx([0.3, 0.1])
        assert trace.epoch == 20
        assert "Its rows are not counted, so it has no interval." in repr(trace)


def test_cells_of_a_loop_of_ones_own_bring_intervals():
    history = [
        {"cells": {"a": {"tp": 6, "fp": 2, "fn": 1, "tn": 3}, "b": {"tp": 1, "fp": 0, "fn": 4, "tn": 5}}}
    ]
    found = TrainingTrace(history).by_group.loc[(1, "a")]
    assert found["selection_rate"] == pytest.approx(8 / 12)
    limits = found[["selection_rate_low", "selection_rate_high"]].tolist()
    assert limits == pytest.approx(share_interval(8, 12).tolist())
    assert TrainingTrace(history).history.loc[1, "val_accuracy"] == pytest.approx(15 / 22)


def test_what_is_not_a_finite_number_is_undefined_and_what_is_absent_is_said():
    trace = TrainingTrace({"loss": [0.7, math.nan, math.inf, None], "epoch": [0, 1, 2, 3]}, epoch=1)
    assert trace.history["loss"].isna().tolist() == [False, True, True, True]
    words = repr(trace)
    assert re.search(r"\n0 +0\.700\n1 +undefined\n", words)
    for metric in ("accuracy", "selection rates of groups", "weights"):
        assert f"The history tells no {metric}." in words
    assert "The history tells no hinge loss." in repr(
        TrainingTrace({"accuracy": [1]}, loss_name="hinge loss")
    )
    assert trace._facts["curves"] == {"loss": [0.7, None, None, None]}


def test_rounding_above_1_is_no_error():
    trace = TrainingTrace([{"rates": {"a": 1 + 1e-12}, "accuracy": 1 + 1e-12}])
    assert (trace.by_group["trained_on"].item(), trace.history["accuracy"].item()) == (1, 1)


def test_a_penalty_of_0_is_not_drawn():
    assert "penalty" not in TrainingTrace([{"loss": 1.0, "penalty": 0.0}])._facts["curves"]
    assert "penalty" in TrainingTrace([{"loss": 1.0, "penalty": 0.1}])._facts["curves"]


# ---- what it says


def test_the_twin_is_a_table_by_epoch(trace):
    trace.epoch = 2
    words, table = repr(trace), trace.history
    assert "Epoch 2 of 4." in words
    for epoch, row in table.iterrows():
        accuracy = (
            f"{row['val_accuracy']:.3f} ({row['val_accuracy_low']:.3f} to {row['val_accuracy_high']:.3f})"
        )
        figures = [f"{row['loss']:.3f}", f"{row['val_loss']:.3f}", f"{row['penalty']:.3f}"]
        assert re.search(
            rf"\n{epoch} +" + " +".join(map(re.escape, [*figures, f"{row['accuracy']:.3f}", accuracy])), words
        )
    for group, row in trace.by_group.loc[2].iterrows():
        rate = decimals(row["selection_rate"])
        limits = interval((row["selection_rate_low"], row["selection_rate_high"]))
        cells = " +".join(str(int(row[cell])) for cell in ("tp", "fp", "fn", "tn"))
        selected, own = int(row["tp"] + row["fp"]), OWN[group].sum()
        assert re.search(rf"{group} +{selected} +{own} +{re.escape(f'{rate} {limits}')} +{cells}", words)
    for feature, weight in trace.weights.loc[2].items():
        assert re.search(rf"{feature} +{decimals(weight, 3)}", words)
    assert not re.search(r"\b(un)?fair\b", words)


def test_a_long_history_is_told_in_few_rows_with_the_present_epoch():
    trace = TrainingTrace({"loss": np.linspace(1, 0.1, 1_000)}, epoch=777)
    table = trace._summary()["tables"][0]
    told = [int(row[0]) for row in table["rows"]]
    assert len(told) <= 13
    assert {1, 777, 1_000} <= set(told)
    assert told == sorted(told)
    assert table["caption"] == f"By epoch ({len(told)} of 1,000 are listed)"


def test_an_untrained_model_is_called_so(trace):
    trace.epoch = 0
    assert "Epoch 0 of 4: untrained." in repr(trace)


def test_the_epoch_is_one_of_the_history_from_either_side(trace):
    assert trace.epoch == 4
    trace.set_state({"epoch": 1})
    assert trace.epoch == 1
    with pytest.raises(ValueError, match="`epoch` must be one of the 5 epochs from 0 to 4, got 5"):
        trace.epoch = 5
    assert trace.epoch == 1


def test_only_counts_travel(trace, tmp_path):
    state = json.dumps(trace.page_state())
    for value in X_TEST.to_numpy().ravel():
        assert str(value) not in state
    many = TrainingTrace.from_estimator(
        FITTED,
        pd.concat([X_TEST] * 100),
        np.tile(Y_TEST, 100),
        sensitive_features=np.tile(GROUPS_TEST, 100),
    )
    grown = len(json.dumps(many.page_state()["_facts"])) - len(json.dumps(trace.page_state()["_facts"]))
    assert grown < 200, "a hundred times the rows are the same counts with two more digits"
    page = trace.save_html(tmp_path / "page.html").read_text(encoding="utf-8")
    assert "It holds no rows of people." in page
    assert len(page) < 80_000


def test_names_with_markup_are_text_in_the_twin():
    evil = "<img src=x onerror=alert(1)>"
    trace = TrainingTrace(
        [{"loss": 1.0, "rates": {evil: 0.5}, "coef": [1.0]}], feature_names=[evil], loss_name=evil
    )
    assert evil in repr(trace)
    assert "<img" not in trace.to_html()


# ---- what is refused


@pytest.mark.parametrize(
    ("history", "message"),
    [
        ({"los": [1, 2]}, "`history` must tell one of ['loss', 'val_loss'"),
        ({"los": [1, 2]}, "got ['los']. Did you mean 'loss'?"),
        ([{"lr": 1}], "got ['lr']"),
        ([], "`history` must have at least one epoch, got none"),
        ({"loss": []}, "`history` must have at least one epoch, got none"),
        ({"loss": [1, 2], "accuracy": [1]}, "as many epochs in each list, got {'loss': 2, 'accuracy': 1}"),
        ({"loss": 3}, "must have a list, of one value an epoch, in 'loss', got 3"),
        ({"loss": ["low"]}, "`loss` must be a number in each epoch, got 'low' in epoch 1"),
        ({"accuracy": [0.5, 87]}, "`accuracy` must lie in [0, 1], got 87 in epoch 2"),
        ({"rates": {"a": [-0.1]}}, "`rates` must lie in [0, 1], got -0.1 in epoch 1"),
        ({"rates": [0.4]}, "`rates` must be a dict by group in each epoch, got 0.4"),
        ({"loss": [1, 2], "epoch": [2, 1]}, "`epoch` must rise from entry to entry, got 1 after 2"),
        ({"loss": [1, 2], "epoch": [1, 1]}, "`epoch` must rise from entry to entry, got 1 after 1"),
        (
            {"loss": [1], "epoch": [1.5]},
            "`epoch` must be a whole number of at least 0 in each entry, got 1.5",
        ),
        ({"loss": [1], "epoch": [-1]}, "got -1"),
        ([{"loss": 1, "epoch": 1}, {"loss": 1}], "got None"),
        ({"coef": [[1], [1, 2]]}, "`coef` must have as many weights in each epoch"),
        ([{"coef": [1]}, {"loss": 1}], "`coef` must have as many weights in each epoch"),
        ([{"cells": {"a": {"tp": 1}}}], "`cells` must give each group a dict of the whole numbers"),
        ([{"cells": {"a": 3}}], "`cells` must give each group a dict of the whole numbers"),
        ([{"rates": {str(each): 0.5 for each in range(13)}}], "must have at most 12 groups, got 13"),
    ],
)
def test_a_history_that_cannot_be_is_refused(history, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        TrainingTrace(history)


@pytest.mark.parametrize("names", [["a"], "abc", ["a", "b", "c"]])
def test_names_that_are_not_as_many_as_weights_are_refused(names):
    with pytest.raises(ValueError, match="`feature_names` must name the 2 weights of each epoch"):
        TrainingTrace([{"coef": [1, 2]}], feature_names=names)
    with pytest.raises(ValueError, match="`feature_names` name weights, and the history has none"):
        TrainingTrace([{"loss": 1}], feature_names=names)


@pytest.mark.parametrize(
    ("history", "got"),
    [
        (3, "got int"),
        (FairLogisticRegression(), "got FairLogisticRegression that is not fitted"),
        (LogisticRegression().fit(X, Y), "got LogisticRegression"),
        ("loss", "got str"),
        ([1, 2], "got list"),
    ],
)
def test_what_is_no_history_is_refused(history, got):
    with pytest.raises(TypeError, match=f"`history` must be a fitted model with `history_`.*{got}"):
        TrainingTrace(history)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"model": LogisticRegression().fit(X, Y)}, TypeError, "LogisticRegression, which has no weights"),
        ({"model": FairLogisticRegression()}, TypeError, "`model` must be a fitted FairLogisticRegression"),
        ({"pos_label": 2}, ValueError, "`pos_label` must be one of the model's classes, [0, 1], got 2"),
        ({"threshold": 1.5}, ValueError, "`threshold` must lie in [0, 1], got 1.5"),
        ({"X": X_TEST[:3]}, ValueError, "`X` and its labels must have as many rows, got 3 and 150"),
        ({"sensitive_features": GROUPS}, ValueError, "`sensitive_features`"),
    ],
)
def test_wrong_rows_of_an_estimator_are_refused(change, error, message):
    given = {"model": FITTED, "X": X_TEST, "y": Y_TEST, "sensitive_features": GROUPS_TEST, **change}
    with pytest.raises(error, match=re.escape(message)):
        TrainingTrace.from_estimator(given.pop("model"), given.pop("X"), given.pop("y"), **given)


def test_rows_of_another_width_are_refused():
    with pytest.raises(ValueError, match=r"`X` must have 3 columns for each row, got the shape \(150, 2\)"):
        TrainingTrace.from_estimator(
            FITTED[-1], X_TEST.to_numpy()[:, :2], Y_TEST, sensitive_features=GROUPS_TEST
        )


@pytest.mark.parametrize(
    ("estimator", "change", "error", "message"),
    [
        (LogisticRegression(), {}, TypeError, "with `partial_fit`, got LogisticRegression, which has none"),
        (GaussianNB, {}, TypeError, "with `partial_fit`, got GaussianNB"),
        (GaussianNB(), {"epochs": 0}, ValueError, "`epochs` must be a whole number of at least 1, got 0"),
        (GaussianNB(), {"epochs": True}, ValueError, "got True"),
        (GaussianNB(), {"X_test": X}, ValueError, "`X_test` and its labels must have as many rows"),
        (GaussianNB(), {"sensitive_features": None}, ValueError, "must both be given, or both be None"),
    ],
)
def test_what_cannot_be_trained_here_is_refused(estimator, change, error, message):
    with pytest.raises(error, match=re.escape(message)):
        fits(estimator, **change)


def test_one_kind_of_label_is_refused():
    with pytest.raises(ValueError, match=r"`y` must hold two labels, got one: \[1\]"):
        TrainingTrace.from_partial_fit(
            GaussianNB(),
            X,
            np.ones(400, dtype=int),
            X_test=X_TEST,
            y_test=Y_TEST,
            sensitive_features=GROUPS,
            sensitive_features_test=GROUPS_TEST,
        )


@pytest.mark.parametrize("make", [TrainingTrace.from_estimator, TrainingTrace.from_partial_fit])
def test_an_unknown_keyword_is_refused_with_the_near_one(make):
    with pytest.raises(TypeError, match="Did you mean 'sensitive_features'"):
        make(FITTED, X, Y, sensitve_features=GROUPS)
