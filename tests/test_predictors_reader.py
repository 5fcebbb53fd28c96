"""One reader for any model. Networks of real frameworks are read in `python -m tests.frameworks`."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.sparse import csr_matrix
from scipy.special import expit, log_expit, softmax
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from edutools.predictors import reader, scores
from edutools.predictors.frameworks import Framework, _sliced
from edutools.predictors.outputs import score_of
from edutools.predictors.reading import _Network, as_numbers

X = pd.DataFrame(np.random.default_rng(0).normal(size=(90, 3)), columns=["income", "debt", "age"])
Y = (X["income"] > X["debt"]).to_numpy().astype(int)
THREE = np.digitize(X["income"], [-0.5, 0.5])
MODEL = LogisticRegression().fit(X, Y)
LOGITS = MODEL.decision_function(X)

finite = st.floats(-500, 500, width=32)


@given(hnp.arrays(np.float32, st.integers(1, 30), elements=finite))
def test_one_logit_is_a_sigmoid_of_the_second_class(logits):
    got = score_of(logits, "logits", pos_label=1, classes=None)
    assert np.allclose(got, expit(logits.astype(float)), rtol=1e-12, atol=0)
    assert np.array_equal(score_of(logits[:, None], "logits", pos_label=0, classes=None), 1 - got)
    logged = score_of(log_expit(logits.astype(float)), "log_probabilities", pos_label=1, classes=None)
    assert np.allclose(logged, got, atol=1e-9)


@given(hnp.arrays(np.float32, st.tuples(st.integers(1, 20), st.integers(2, 5)), elements=finite), st.data())
def test_several_logits_are_a_softmax_and_the_named_class_is_scored(logits, data):
    place = data.draw(st.integers(0, logits.shape[1] - 1))
    names = [f"class {i}" for i in range(logits.shape[1])]
    got = score_of(logits, "logits", pos_label=names[place], classes=names)
    assert np.allclose(got, softmax(logits.astype(float), axis=1)[:, place], atol=1e-12)


def test_logits_and_logarithms_may_be_infinite():
    ends = np.array([-np.inf, np.inf, 0])
    assert score_of(ends, "logits", pos_label=1, classes=None).tolist() == [0, 1, 0.5]
    pairs = np.array([[0, -np.inf], [0, 0]])
    assert score_of(pairs, "logits", pos_label=1, classes=None).tolist() == [0, 0.5]
    assert score_of(ends[:1], "log_probabilities", pos_label=1, classes=None).tolist() == [0]


def test_a_function_is_read_as_it_is_said_to_be_and_never_by_its_numbers():
    chances = MODEL.predict_proba(X)[:, 1]
    assert np.array_equal(reader(lambda rows: chances, output="probabilities").scores(X), chances)
    # Numbers in [0, 1] that are said to be logits are logits.
    assert np.allclose(reader(lambda rows: chances, output="logits").scores(X), expit(chances))
    for ask in (lambda rows: chances, lambda rows: LOGITS, lambda rows: chances > 0.5):
        with pytest.raises(ValueError, match=r"`output` must say.*'logits'"):
            reader(ask)


def test_scores_of_a_classifier_and_its_decisions():
    read = reader(MODEL)
    assert read.kind == "classifier" and read.has_scores and read.model is MODEL
    assert np.array_equal(read.scores(X), MODEL.predict_proba(X)[:, 1])
    assert np.array_equal(read.accepted(X), MODEL.predict(X) == 1)
    assert np.array_equal(reader(MODEL, threshold=0.8).accepted(X), MODEL.predict_proba(X)[:, 1] >= 0.8)
    assert np.array_equal(reader(MODEL, pos_label=0).scores(X), MODEL.predict_proba(X)[:, 0])
    assert np.array_equal(scores(read, X), read.scores(X))


def test_without_a_threshold_the_models_own_label_decides():
    strict = FixedThresholdClassifier(LogisticRegression(), threshold=0.9).fit(X, Y)
    own = reader(strict, threshold=None).accepted(X)
    assert np.array_equal(own, strict.predict(X) == 1)
    assert own.sum() < reader(strict).accepted(X).sum()


def test_labels_alone_give_decisions_and_no_scores():
    machine = LinearSVC().fit(X, Y)
    read = reader(machine)
    assert not read.has_scores and np.array_equal(read.accepted(X), machine.predict(X) == 1)
    with pytest.raises(TypeError, match="CalibratedClassifierCV"):
        read.scores(X)
    words = reader(lambda rows: np.where(Y, "yes", "no"), output="labels", pos_label="yes")
    assert np.array_equal(words.accepted(X), Y == 1)
    with pytest.raises(TypeError, match="`accepted` reads them"):
        words.scores(X)
    with pytest.raises(ValueError, match=r"`pos_label` must be one of the model's labels.*got 'Yes'.*'yes'"):
        reader(lambda rows: np.where(Y, "yes", "no"), output="labels", pos_label="Yes").accepted(X)
    nobody = reader(lambda rows: np.zeros(len(rows)), output="labels")
    assert not nobody.accepted(X).any()


def test_more_than_two_classes_need_the_favourable_one():
    model = HistGradientBoostingClassifier(max_iter=5).fit(X, THREE)
    with pytest.raises(ValueError, match=r"`pos_label` \(or `favourable`\) must say which of .*3 classes"):
        reader(model)
    assert np.array_equal(reader(model, pos_label=2).scores(X), model.predict_proba(X)[:, 2])


def test_classes_with_names_need_the_favourable_one():
    model = LogisticRegression().fit(X, np.where(Y, "repaid", "default"))
    with pytest.raises(ValueError, match=r"must say which of the model's 2 .*\['default', 'repaid'\]"):
        reader(model)
    with pytest.raises(ValueError, match=r"got 'repayed'. Did you mean 'repaid'"):
        reader(model, pos_label="repayed")


def test_what_declares_no_classes_is_settled_by_keywords():
    line = LinearRegression().fit(X, LOGITS)
    with pytest.raises(TypeError, match="LinearRegression has no `classes_`"):
        reader(line)
    assert np.allclose(reader(line, output="logits").scores(X), expit(line.predict(X)))
    pair = lambda rows: np.column_stack([1 - Y, Y]) * 0.5 + 0.25  # noqa: E731
    named = reader(pair, output="probabilities", classes=["bad", "good"], pos_label="bad")
    assert np.array_equal(named.scores(X), 0.75 - Y * 0.5)
    with pytest.raises(ValueError, match=r"`classes` must name the model's 2 classes.*got \['a', 'b', 'c'\]"):
        reader(pair, output="probabilities", classes=["a", "b", "c"], pos_label="a").scores(X)


@pytest.mark.parametrize(
    ("raw", "output", "message"),
    [
        (np.full(90, 1.5), "probabilities", r"\[0, 1\], got 1.5 in row 0"),
        (np.where(np.arange(90) == 4, np.nan, 0.5), "probabilities", r"got nan in row 4, and in 1 rows"),
        (np.full(90, np.nan), "logits", "got nan in row 0"),
        (np.tile([0.0, np.inf], (90, 1)), "logits", r"got \[ 0. inf\] in row 0"),
        (np.zeros((90, 2, 2)), "logits", r"shape \(90, 2, 2\)"),
        (np.zeros(89), "logits", r"each of 90 rows, got shape \(89,\)"),
        (np.float64(0.5), "probabilities", r"got shape \(\)"),
        (np.full(90, "yes"), "logits", "must put out numbers.*output='labels'"),
        (np.zeros((90, 2)), "labels", r"one label for each row, got shape \(90, 2\)"),
    ],
)
def test_an_output_that_does_not_fit_is_refused(raw, output, message):
    read = reader(lambda rows: raw, output=output)
    with pytest.raises(ValueError, match=message):
        read.accepted(X)


@pytest.mark.parametrize(
    ("model", "keywords", "error", "message"),
    [
        (MODEL, {"output": "logit"}, ValueError, "Did you mean 'logits'"),
        (MODEL, {"positive": 1}, TypeError, "got 'positive'"),
        (MODEL, {"batch_size": 0}, ValueError, "`batch_size` must be at least 1"),
        ("model.pkl", {}, TypeError, "a pickle runs code"),
        (Path("model.pkl"), {}, TypeError, "a pickle runs code"),
        (pickle.dumps(MODEL), {}, TypeError, "a pickle runs code"),
        (LogisticRegression, {}, TypeError, "got the class LogisticRegression"),
        (LogisticRegression(), {}, TypeError, "not fitted"),
        (None, {}, TypeError, "got NoneType"),
        (3, {}, TypeError, "got int"),
    ],
)
def test_what_cannot_be_read_is_refused(model, keywords, error, message):
    with pytest.raises(error, match=message):
        reader(model, **keywords)


def test_a_models_own_error_is_kept_with_the_rows_and_columns_that_it_was_given():
    with pytest.raises(
        ValueError, match=r"failed when given rows 0 to 89 of 90 .*'income', 'debt'"
    ) as caught:
        reader(MODEL).scores(X[["income", "debt"]])
    assert isinstance(caught.value.__cause__, ValueError)
    assert str(caught.value.__cause__) in str(caught.value)

    def broken(rows):
        raise KeyError("no such level")

    with pytest.raises(
        ValueError, match=r"`model` \(broken\).*with 3 columns: KeyError: 'no such level'"
    ) as caught:
        reader(broken, output="logits").scores(X.to_numpy())
    assert isinstance(caught.value.__cause__, KeyError)


def test_a_gap_or_a_level_unseen_in_training_is_the_models_to_refuse():
    gap = X.assign(debt=X["debt"].where(X.index != 7))
    with pytest.raises(ValueError, match=r"failed when given rows 0 to 89.*NaN"):
        reader(MODEL).accepted(gap)
    patient = HistGradientBoostingClassifier(max_iter=5).fit(X, Y)
    assert reader(patient).scores(gap).shape == (90,)


def test_no_framework_is_imported():
    code = (
        "import sys, numpy as np\n"
        "from edutools.predictors import reader\n"
        "reader(lambda rows: np.zeros(len(rows)), output='logits').scores(np.zeros((2, 2)))\n"
        "assert not {'torch', 'keras', 'tensorflow', 'mxnet', 'xgboost', 'sklearn'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# The batches themselves, which are the same for each framework.
def network(ask, *, output="logits", declared=None, batch_size=40):
    home = Framework("Toy", lambda model, rows, size: map(ask, _sliced(rows, size)), lambda *_: declared)
    about = {"pos_label": None, "classes": None, "threshold": 0.5}
    return _Network(ask, home, output, batch_size=batch_size, **about)


def test_a_network_is_asked_in_batches_of_float32_and_never_more_rows_at_once():
    seen = []

    def ask(rows):
        seen.append((rows.dtype, len(rows)))
        return rows[:, :1]

    got = network(ask).scores(X.to_numpy(dtype=np.float32))
    assert seen == [(np.float32, 40), (np.float32, 40), (np.float32, 10)]
    assert np.allclose(got, expit(X["income"]), atol=1e-6)
    # A last batch of one row, whose only value a network may squeeze to a number.
    assert network(lambda rows: rows[:, 0].squeeze(), batch_size=89).scores(X).shape == (90,)


def test_a_failure_names_the_rows_of_its_batch():
    def ask(rows):
        if len(rows) < 40:
            raise RuntimeError("a size that it cannot take")
        return rows[:, 0]

    with pytest.raises(ValueError, match=r"rows 80 to 89 of 90 .*RuntimeError: a size that it cannot take"):
        network(ask).scores(X)


def test_a_network_that_declares_nothing_needs_output():
    ask = lambda rows: rows[:, 0]  # noqa: E731
    with pytest.raises(
        ValueError, match=r"`output` must say what this Toy model puts out: one of .*'logits'"
    ):
        network(ask, output=None).scores(X)
    assert np.allclose(network(ask, output=None, declared="logits").scores(X), expit(X["income"]))


def test_columns_of_words_are_named_and_numbers_of_any_kind_are_read():
    words = X.assign(gender="woman", region=pd.Categorical(["north"] * 90))
    with pytest.raises(ValueError, match=r"got others in the columns \['gender', 'region'\]"):
        network(lambda rows: rows[:, 0]).scores(words)
    with pytest.raises(ValueError, match="must hold numbers for a network, got <U"):
        network(lambda rows: rows[:, 0]).scores(words.to_numpy().astype(str))
    kinds = pd.DataFrame({"a": pd.array([1, None], dtype="Int64"), "b": [True, False], "c": [0.5, 1.5]})
    assert np.array_equal(as_numbers(kinds), [[1, 1, 0.5], [np.nan, 0, 1.5]], equal_nan=True)
    assert np.array_equal(as_numbers(pl.DataFrame({"a": [1, 2], "b": [0.5, 1.5]})), [[1, 0.5], [2, 1.5]])
    for nothing in (np.zeros(3), np.zeros((0, 3))):
        with pytest.raises(ValueError, match="at least one row, got shape"):
            network(lambda rows: rows[:, 0]).scores(nothing)


def test_a_gap_is_named_where_a_network_answers_it_with_no_number():
    gap = X.assign(income=X["income"].where(X.index != 41))
    with pytest.raises(ValueError, match=r"got nan in row 41.*Does the row lack a value"):
        network(lambda rows: rows[:, 0]).scores(gap)


def test_sparse_rows_and_lists_are_counted():
    rows = X.to_numpy()
    read = reader(LogisticRegression().fit(rows, Y))
    assert np.allclose(read.scores(csr_matrix(rows)), read.scores(rows.tolist()))


def test_a_model_of_two_labels_at_once_is_refused():
    both = RandomForestClassifier(2).fit(X, np.column_stack([Y, THREE]))
    with pytest.raises(ValueError, match="`model` must predict one label, got a model of 2"):
        reader(both)


@pytest.mark.parametrize(
    "found", [np.array([0, 1, 1]), np.array([False, True, True]), np.array([0, "1", 1], object)]
)
def test_labels_of_any_kind_are_compared_as_python_compares(found):
    got = reader(lambda rows: found, output="labels").accepted(np.zeros((3, 1)))
    assert got.dtype == bool and got.tolist() == [label == 1 for label in found.tolist()]


def test_a_model_that_saw_one_class_alone_is_sure_of_it():
    ones = DecisionTreeClassifier().fit(X, np.ones(90, dtype=int))
    assert reader(ones).scores(X).tolist() == [1] * 90
    assert reader(ones).accepted(X).all()
    with pytest.raises(ValueError, match=r"`pos_label`.*got 0"):
        reader(ones, pos_label=0)
