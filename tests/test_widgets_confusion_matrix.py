"""The confusion matrix widget, as Python sees it: its figures, its twin, its page's size, its errors."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
import traitlets
from sklearn import metrics as sklearn_metrics
from sklearn.linear_model import LogisticRegression

from edutools import ConfusionMatrix, ThresholdCounts
from tests.examples import multinomial_counts

KB = 1_000
N = 400


def drawn(seed: int = 0, n: int = N):
    rng = np.random.default_rng(seed)
    group = np.where(rng.random(n) < 0.4, "women", "men")
    label = rng.integers(0, 2, n)
    score = np.round(1 / (1 + np.exp(-(rng.normal(size=n) + 1.6 * (label - 0.5)))), 3)
    return label, score, group


LABEL, SCORE, GROUP = drawn()


@pytest.fixture
def matrix() -> ConfusionMatrix:
    return ConfusionMatrix.from_predictions(LABEL, SCORE, sensitive_features=GROUP)


def table_of(twin: str, caption: str) -> list[list[str]]:
    """Rows of the twin's table under `caption`, each split where two blanks stand."""
    lines = twin.split(f"\n{caption}\n")[1].split("\n\n")[0].splitlines()
    return [re.split(r"\s{2,}", line) for line in lines]


@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.5, 0.713, 1.0, np.inf])
@pytest.mark.parametrize("group", [None, "women"])
def test_matrix_is_that_of_scikit_learn_at_any_threshold(matrix, threshold, group):
    matrix.threshold, matrix.group = threshold, group
    rows = np.full(N, True) if group is None else group == GROUP
    expected = sklearn_metrics.confusion_matrix(LABEL[rows], SCORE[rows] >= threshold, labels=[0, 1])
    np.testing.assert_array_equal(matrix.matrix, expected)
    assert matrix.cells.groups == (group or "all",)


def test_rate_and_profit_are_of_what_is_shown(matrix):
    matrix.group, matrix.threshold, matrix.gain, matrix.loss = "men", 0.6, 300, 700
    rows = GROUP == "men"
    predicted = SCORE[rows] >= 0.6
    assert matrix.rate("precision") == pytest.approx(sklearn_metrics.precision_score(LABEL[rows], predicted))
    _, fp, _, tp = sklearn_metrics.confusion_matrix(LABEL[rows], predicted).ravel()
    assert matrix.profit == 300 * tp - 700 * fp


@pytest.mark.parametrize("normalize", ["true", "pred", "all"])
def test_shares_in_the_twin_are_those_of_scikit_learn(matrix, normalize):
    matrix.normalize = normalize
    expected = 100 * sklearn_metrics.confusion_matrix(LABEL, SCORE >= 0.5, normalize=normalize)
    _, *rows = table_of(repr(matrix), "Confusion matrix")
    shown = [[float(cell.removesuffix("%")) for cell in row[1:]] for row in rows]
    np.testing.assert_allclose(shown, expected, atol=0.05 + 1e-9)


def test_the_twin_states_the_cells_and_the_threshold(matrix):
    matrix.threshold = 0.713
    twin = repr(matrix)
    (tn, fp), (fn, tp) = sklearn_metrics.confusion_matrix(LABEL, SCORE >= 0.713)
    assert "positive from a score of 0.713" in twin
    assert table_of(twin, "Confusion matrix")[1:] == [
        ["actual negative", str(tn), str(fp)],
        ["actual positive", str(fn), str(tp)],
    ]


def test_the_twin_says_why_a_rate_is_undefined_and_gives_no_number(matrix):
    matrix.threshold = np.inf
    precision = next(
        row for row in table_of(repr(matrix), "Rates, with 95% intervals") if row[0] == "Precision"
    )
    assert precision[1:] == ["undefined: nobody in all is predicted positive"]
    assert repr(matrix).startswith("Confusion matrix. all: 400 rows, nobody predicted positive\n")


def test_a_share_of_nobody_is_said_and_not_zero(matrix):
    matrix.normalize, matrix.threshold = "pred", np.inf
    assert [row[2] for row in table_of(repr(matrix), "Confusion matrix")[1:]] == ["no share: nobody here"] * 2


def test_the_notebook_gets_text_html_and_the_live_view(matrix):
    data, _ = matrix._repr_mimebundle_()
    assert data["text/plain"] == repr(matrix)
    assert data["text/html"] == matrix.to_html()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == matrix.model_id
    assert "<script" not in matrix.to_html()


def test_nobody_travels_as_null(matrix):
    matrix.threshold = np.inf
    assert matrix.get_state("threshold") == {"threshold": None}
    matrix.set_state({"threshold": 0.25})
    assert matrix.threshold == 0.25
    matrix.set_state({"threshold": None})
    assert matrix.threshold == np.inf


def test_hard_labels_stand_without_a_slider():
    predicted = (SCORE >= 0.4).astype(int)
    fixed = ConfusionMatrix.from_predictions(LABEL, y_pred=predicted, sensitive_features=GROUP)
    np.testing.assert_array_equal(fixed.matrix, sklearn_metrics.confusion_matrix(LABEL, predicted))
    assert fixed.get_state("_fixed") == {"_fixed": True}
    assert "from a score" not in repr(fixed)


def test_hard_labels_may_be_words():
    said, told = np.where(LABEL, "repaid", "default"), np.where(SCORE >= 0.4, "repaid", "default")
    fixed = ConfusionMatrix.from_predictions(said, y_pred=told, pos_label="repaid")
    np.testing.assert_array_equal(fixed.matrix, sklearn_metrics.confusion_matrix(said, told))


@pytest.mark.parametrize("k", [3, 20])
def test_many_classes_show_the_matrix_recall_and_precision_of_scikit_learn(k):
    rng = np.random.default_rng(k)
    true = rng.integers(0, k, 600)
    predicted = np.where(rng.random(600) < 0.6, true, rng.integers(0, k, 600))
    group = np.where(rng.random(600) < 0.5, "b", "a")
    matrix = ConfusionMatrix.from_predictions(true, y_pred=predicted, sensitive_features=group)
    np.testing.assert_array_equal(matrix.matrix, sklearn_metrics.confusion_matrix(true, predicted))
    matrix.group = "a"
    rows = group == "a"
    np.testing.assert_array_equal(
        matrix.matrix, sklearn_metrics.confusion_matrix(true[rows], predicted[rows], labels=range(k))
    )
    shown = table_of(repr(matrix), "Rates, with 95% intervals")[1:]
    for column, score in ((1, sklearn_metrics.recall_score), (2, sklearn_metrics.precision_score)):
        expected = score(true[rows], predicted[rows], labels=range(k), average=None, zero_division=np.nan)
        told = [np.nan if row[column] == "undefined" else float(row[column]) for row in shown]
        np.testing.assert_allclose(told, expected, atol=0.005 + 1e-9)


def test_classes_are_weighted():
    true, predicted, weight = ["a", "b", "c", "c"], ["a", "c", "c", "c"], [1.0, 2.0, 0.5, 0.25]
    matrix = ConfusionMatrix.from_predictions(true, y_pred=predicted, sample_weight=weight)
    expected = sklearn_metrics.confusion_matrix(true, predicted, sample_weight=weight)
    np.testing.assert_allclose(matrix.matrix, expected)


def test_an_estimator_of_two_classes_gives_a_slider_and_one_of_three_a_matrix():
    X = SCORE[:, None]
    model = LogisticRegression().fit(X, LABEL)
    binary = ConfusionMatrix.from_estimator(model, X, LABEL, threshold=0.4)
    scored = model.predict_proba(X)[:, 1] >= 0.4
    np.testing.assert_array_equal(binary.matrix, sklearn_metrics.confusion_matrix(LABEL, scored))
    three = np.digitize(SCORE, [0.3, 0.6])
    model = LogisticRegression().fit(X, three)
    classes = ConfusionMatrix.from_estimator(model, X, three)
    np.testing.assert_array_equal(classes.matrix, sklearn_metrics.confusion_matrix(three, model.predict(X)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"metric": "tpr"}, "Did you mean 'true_positive_rate'"),
        ({"metric": "acuracy"}, "Did you mean 'accuracy'"),
        ({"group": "womn"}, "Did you mean 'women'"),
        ({"normalize": "tru"}, "Did you mean 'true'"),
        ({"threshold": 0.12345}, "Nearest: 0.123 and 0.124"),
        ({"threshold": np.nan}, "got nan"),
        ({"gain": -1}, "at least 0, got -1"),
        ({"loss": np.inf}, "finite number, at least 0, got inf"),
    ],
)
def test_a_wrong_value_is_refused_from_the_start_and_later(matrix, change, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        ConfusionMatrix(matrix.counts, **change)
    ((name, value),) = change.items()
    before = getattr(matrix, name)
    with pytest.raises(ValueError, match=re.escape(message)):
        setattr(matrix, name, value)
    assert getattr(matrix, name) == before


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c: ConfusionMatrix(c, metrc="accuracy"), "got 'metrc'. Did you mean 'metric'?"),
        (
            lambda c: ConfusionMatrix.from_predictions(LABEL, SCORE, sensitve_features=GROUP),
            "got 'sensitve_features'. Did you mean 'sensitive_features'?",
        ),
        (
            lambda c: ConfusionMatrix.from_estimator(None, LABEL, SCORE, treshold=0.5),
            "got 'treshold'. Did you mean 'threshold'?",
        ),
        (lambda c: ConfusionMatrix([1, 2]), "must be a ThresholdCounts, got list"),
    ],
)
def test_an_unknown_keyword_is_refused_with_the_near_one(matrix, call, message):
    with pytest.raises(TypeError, match=re.escape(message)):
        call(matrix.counts)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "either `y_score`"),
        ({"y_score": [0.1, 0.2, 0.3], "y_pred": [0, 1, 1]}, "either `y_score`"),
        ({"y_pred": [0, 1]}, "of one length, got shapes (3,) and (2,)"),
        ({"y_pred": [0, 1, None]}, "`y_pred` must have a label in each row, got 1 missing"),
        ({"y_pred": [0, 1, np.nan]}, "`y_pred` must have a label in each row, got 1 missing"),
        ({"y_pred": pd.array(["a", None, "b"])}, "`y_pred` must have a label in each row, got 1 missing"),
        ({"y_pred": ["0", "1", "1"]}, "must hold labels of one kind, got 1 and '1'"),
        ({"y_pred": [0, 1, 2], "sample_weight": [1, 1, -1]}, "at least 0"),
        ({"y_pred": [0, 1, 2], "sample_weight": [1, 1, np.inf]}, "finite"),
        ({"y_pred": [0, 1, 2], "sample_weight": [1, 1]}, "`sample_weight` must have 3 rows"),
        ({"y_pred": [0, 1, 2], "gain": 3}, "'gain'"),
        ({"y_score": [0.1, 0.2, 1.3]}, "[0, 1]"),
    ],
)
def test_wrong_data_is_refused(given, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        ConfusionMatrix.from_predictions([0, 1, 1], **given)


def test_no_rows_and_more_than_twenty_classes_are_refused():
    with pytest.raises(ValueError, match="at least one row, got none"):
        ConfusionMatrix.from_predictions([], y_pred=[])
    with pytest.raises(ValueError, match="at most 20 classes, got 21"):
        ConfusionMatrix.from_predictions(range(21), y_pred=range(21))


@pytest.mark.parametrize("names", [["one"], "ab", [1, 2], ["a", "b", "c"]])
def test_names_that_are_not_two_texts_are_refused(matrix, names):
    for which in ("label_names", "decision_names"):
        with pytest.raises(ValueError, match=f"`{which}` must be two texts"):
            ConfusionMatrix(matrix.counts, **{which: names})


def test_a_value_of_another_type_is_refused(matrix):
    with pytest.raises(traitlets.TraitError, match="threshold"):
        matrix.threshold = "half"


def test_one_label_only_leaves_rates_undefined_with_the_reason():
    counts = ThresholdCounts.from_predictions([1, 1, 1], [0.2, 0.5, 0.9])
    matrix = ConfusionMatrix(counts)
    assert np.isnan(matrix.rate("false_positive_rate"))
    assert "undefined: all has no negatives" in repr(matrix)


@pytest.mark.parametrize("predicted", [{"y_score": [0.1, 0.9, 0.4]}, {"y_pred": ["a", "b", "c"]}])
def test_a_group_without_a_name_is_not_taken_for_all(predicted):
    label = [0, 1, 1] if "y_score" in predicted else ["a", "b", "b"]
    matrix = ConfusionMatrix.from_predictions(label, **predicted, sensitive_features=["", "", "b"])
    assert matrix.matrix.sum() == 3
    matrix.group = ""
    assert matrix.matrix.sum() == 2
    assert repr(matrix).startswith("Confusion matrix. : 2 rows")


def test_names_with_markup_are_text_in_the_twin():
    evil = "<img src=x onerror=alert(1)>"
    matrix = ConfusionMatrix.from_predictions(
        LABEL,
        SCORE,
        sensitive_features=np.where(GROUP == "men", evil, "b"),
        label_names=[evil, "yes"],
        decision_names=["no", evil],
        currency=evil,
        group=evil,
    )
    assert evil in repr(matrix)
    assert "<img" not in matrix.to_html()
    assert "&lt;img" in matrix.to_html()


@pytest.mark.parametrize("rows", [10**3, 10**5, 10**7])
def test_a_saved_page_is_small_whatever_the_number_of_rows(tmp_path, rows):
    page = ConfusionMatrix(multinomial_counts(rows, groups=2)).save_html(tmp_path / "page.html")
    assert page.stat().st_size <= 60 * KB


def test_a_predicted_label_that_is_neither_is_not_taken_for_the_negative_one():
    with pytest.raises(ValueError, match=re.escape("`pos_label` must be one of the labels, [0, 2], got 1")):
        ConfusionMatrix.from_predictions([0, 0, 0], y_pred=[0, 2, 0])


def test_the_slider_begins_at_the_threshold_nearest_to_a_half():
    matrix = ConfusionMatrix.from_predictions([0, 1, 1], [0.1, 0.45, 0.9], thresholds="distinct")
    assert matrix.threshold == 0.45
