"""Scores and labels of any model that can be asked: scikit-learn's classifiers here."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edutools._checks import suggestion


def scores(model: Any, X: Any, *, pos_label: Any = 1) -> NDArray[np.float64]:
    """Probability of the positive label for each row, shape (n,), in [0, 1].

    Parameters
    ----------
    model : object
        A fitted classifier with `predict_proba` and `classes_`, as scikit-learn's have.
    X : array-like, shape (n, n_features)
        What the model takes.
    pos_label : bool, int, float or str, default 1
        Which of the model's `classes_` is positive.

    Raises
    ------
    TypeError: the model is not a classifier, or gives no probabilities.
    ValueError: `pos_label` is not one of the model's classes, or there are more than two.
    """
    classes = _classes(model)
    if pos_label not in classes:
        near = suggestion(pos_label, classes)
        raise ValueError(
            f"`pos_label` must be one of the model's classes, {classes!r}, got {pos_label!r}.{near}"
        )
    if len(classes) > 2:
        raise ValueError(
            f"`model` must tell two classes apart to have a threshold, got {len(classes)}: {classes!r}."
        )
    if not hasattr(model, "predict_proba"):
        cure = (
            " It has a decision_function, whose values are not in [0, 1]: calibrate it first, with "
            "sklearn.calibration.CalibratedClassifierCV(model)."
            if hasattr(model, "decision_function")
            else " `edutools.predictors.labels` gives its hard labels."
        )
        raise TypeError(f"`model` must have predict_proba, got {type(model).__name__}, which has none.{cure}")
    probabilities = np.asarray(model.predict_proba(X))
    return probabilities[:, classes.index(pos_label)].astype(np.float64, copy=False)


def linear_form(
    model: Any, n_features: int, *, pos_label: Any = 1
) -> tuple[NDArray[np.float64], float] | None:
    """Slope of each feature and intercept of the log-odds of the positive label; None where not linear.

    A linear classifier is read (LogisticRegression, FairLogisticRegression), and a Pipeline of scalers that
    ends in one; the slopes are those of the features as they enter it.

    Parameters
    ----------
    model : object
        A fitted classifier of two classes.
    n_features : int
        How many features it takes.
    pos_label : object, default 1
        Which of its `classes_` is positive.
    """
    steps = [step for _, step in model.steps] if hasattr(model, "steps") else [model]
    coef = np.asarray(getattr(steps[-1], "coef_", []), dtype=np.float64)
    if coef.shape != (1, n_features) or not hasattr(steps[-1], "intercept_"):
        return None
    scales, shifts = np.ones(n_features), np.zeros(n_features)
    for step in steps[:-1]:
        scaling = _scaling(step)
        if scaling is None:
            return None
        scales, shifts = scales * scaling[0], shifts * scaling[0] + scaling[1]
    sign = 1 if list(model.classes_).index(pos_label) == 1 else -1
    intercept = float(np.ravel(steps[-1].intercept_)[0] + coef[0] @ shifts)
    return sign * coef[0] * scales, sign * intercept


def _scaling(step: Any) -> tuple[Any, Any] | None:
    """The numbers a and b of a scaler that turns each x into a·x + b; None of any other step."""
    if step is None or step == "passthrough":
        return 1.0, 0.0
    kind = type(step).__name__
    if kind == "MinMaxScaler" and not step.clip:
        return step.scale_, step.min_
    if kind == "MaxAbsScaler" and not getattr(step, "clip", False):
        return 1 / step.scale_, 0.0
    if kind not in ("StandardScaler", "RobustScaler"):
        return None
    middle = getattr(step, "mean_" if kind == "StandardScaler" else "center_", None)
    centred = step.with_mean if kind == "StandardScaler" else step.with_centering
    scale = 1.0 if step.scale_ is None else step.scale_
    return 1 / scale, -middle / scale if centred and middle is not None else 0.0


def labels(model: Any, X: Any) -> NDArray[Any]:
    """Label that a classifier predicts for each row, shape (n,), one of its own classes.

    Raises
    ------
    TypeError: the model is not a classifier.
    """
    _classes(model)
    return np.asarray(model.predict(X))


def _classes(model: Any) -> list[Any]:
    if isinstance(model, type):
        raise TypeError(
            f"`model` must be a fitted model, got the class {model.__name__}: make one of it, and fit it."
        )
    if not hasattr(model, "predict"):
        raise TypeError(
            f"`model` must be a fitted classifier with predict_proba, got {type(model).__name__}."
        )
    if not hasattr(model, "classes_"):
        kind = (
            "classifier is not fitted"
            if _is_classifier(model)
            else f"{type(model).__name__} has no `classes_`"
        )
        cure = (
            "call its fit(X, y) first"
            if _is_classifier(model)
            else "it is a regressor, or no model of scikit-learn"
        )
        raise TypeError(f"`model` must be a fitted classifier, but this {kind}: {cure}.")
    return np.asarray(model.classes_).tolist()


def _is_classifier(model: Any) -> bool:
    return hasattr(model, "predict_proba") or hasattr(model, "decision_function")


class Reader:
    """A model as what can be asked of it: scores in [0, 1], and whom it accepts.

    Attributes
    ----------
    model : object
    has_scores : bool
        Whether it gives more than labels.
    """

    def __init__(self, model: Any, *, pos_label: Any = 1, threshold: float = 0.5) -> None:
        self.model, self._pos_label, self._threshold = model, pos_label, threshold
        self.has_scores = hasattr(model, "predict_proba")

    def scores(self, X: Any) -> NDArray[np.float64]:
        """Probability of the positive label for each row, shape (n,)."""
        return scores(self.model, X, pos_label=self._pos_label)

    def accepted(self, X: Any) -> NDArray[np.bool_]:
        """Whether each row's score reaches the threshold, or its label is the positive one, shape (n,)."""
        if self.has_scores:
            return self.scores(X) >= self._threshold
        return np.asarray(labels(self.model, X) == self._pos_label)


def reader(model: Any, *, pos_label: Any = 1, threshold: float = 0.5, **_: Any) -> Reader:
    """How a model is read."""
    return Reader(model, pos_label=pos_label, threshold=threshold)
