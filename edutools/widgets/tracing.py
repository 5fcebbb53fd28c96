"""What a model decided after each epoch of its training: by its recorded weights, or trained here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edutools._checks import suggestion
from edutools._columns import read_groups, read_positives

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
History = tuple[list[dict[str, Any]], list[str] | None]


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows whose decisions are counted: their labels and groups."""

    positives: Bools
    codes: NDArray[Any]
    names: tuple[str, ...]
    code_of: tuple[int, ...]

    @classmethod
    def read(cls, y: Any, sensitive_features: Any, *, pos_label: Any) -> Rows:
        """Labels and groups as they are given, checked.

        Raises
        ------
        ValueError: what `ThresholdCounts.from_predictions` refuses of labels and groups.
        """
        positives = read_positives(y, pos_label)
        return cls(positives, *read_groups(sensitive_features, len(positives)))

    def rates(self, approved: Bools) -> dict[str, float]:
        """Share of each group that is selected."""
        return {
            name: float(np.mean(approved[self.codes == code]))
            for name, code in zip(self.names, self.code_of, strict=True)
        }

    def accuracy(self, approved: Bools) -> float:
        """Share of the rows whose decision is their label."""
        return float(np.mean(approved == self.positives))

    def cells(self, approved: Bools) -> dict[str, dict[str, int]]:
        """The four cells of each group."""
        kinds = {
            "tp": approved & self.positives,
            "fp": approved & ~self.positives,
            "fn": ~approved & self.positives,
            "tn": ~approved & ~self.positives,
        }
        return {
            name: {cell: int(np.count_nonzero(rows & (self.codes == code))) for cell, rows in kinds.items()}
            for name, code in zip(self.names, self.code_of, strict=True)
        }

    def log_loss(self, log_odds: Floats) -> float:
        """Mean log-loss of the positive label's log-odds."""
        # log(1 + e^z) - y z, which cannot overflow.
        return float(np.mean(np.logaddexp(0, log_odds) - self.positives * log_odds))


# ---- by recorded weights


def retraced(
    model: Any, X: Any, y: Any, sensitive_features: Any, *, pos_label: Any, threshold: float
) -> History:
    """The history of a fitted `FairLogisticRegression` with decisions on held-out rows, and feature names.

    Raises
    ------
    TypeError, ValueError: as `TrainingTrace.from_estimator` says.
    """
    if isinstance(threshold, bool) or not 0 <= threshold <= 1:
        raise ValueError(f"`threshold` must lie in [0, 1], got {threshold!r}.")
    step, entered = _last_step(model, X)
    sign = _sign(step.classes_, pos_label)
    rows = Rows.read(y, sensitive_features, pos_label=pos_label)
    _refuse_lengths("X", entered, rows)
    return [_judged(entry, entered, rows, sign, threshold) for entry in step.history_], names_entering(model)


def _last_step(model: Any, X: Any) -> tuple[Any, Floats]:
    """The step that was trained epoch by epoch, and the rows as they enter it."""
    steps = [step for _, step in model.steps] if hasattr(model, "steps") else [model]
    step = steps[-1]
    if not hasattr(step, "history_") or not all("coef" in entry for entry in step.history_):
        raise TypeError(
            "`model` must be a fitted FairLogisticRegression, or a Pipeline that ends in one, got "
            f"{type(step).__name__}, which has no weights in `history_`."
        )
    entered = np.asarray(model[:-1].transform(X) if len(steps) > 1 else X, dtype=np.float64)
    size = len(step.history_[0]["coef"])
    if entered.ndim != 2 or entered.shape[1] != size:
        raise ValueError(f"`X` must have {size} columns for each row, got the shape {entered.shape}.")
    return step, entered


def _sign(classes: Any, pos_label: Any) -> int:
    """1 where the positive label is the one that raises the log-odds, else -1."""
    possible = np.asarray(classes).tolist()
    if pos_label not in possible:
        raise ValueError(
            f"`pos_label` must be one of the model's classes, {possible!r}, got {pos_label!r}."
            + suggestion(pos_label, possible)
        )
    return 1 if possible.index(pos_label) == 1 else -1


def _judged(
    entry: dict[str, Any], entered: Floats, rows: Rows, sign: int, threshold: float
) -> dict[str, Any]:
    """An epoch's record, with what the model of that epoch decides of held-out rows."""
    from scipy.special import expit

    coef, intercept = sign * np.asarray(entry["coef"]), sign * entry["intercept"]
    log_odds = entered @ coef + intercept
    # What training counted, it counted at 0.5 and of the second class, to which a tie went.
    counted = ["accuracy", "rates", "group_rows"] if threshold == 0.5 and sign == 1 else []
    return {
        **{name: entry[name] for name in ("epoch", "loss", "penalty", *counted)},
        "coef": coef,
        "intercept": intercept,
        "val_loss": rows.log_loss(log_odds),
        # ≥, not >: a tie is selected, as everywhere in edutools.
        "cells": rows.cells(expit(log_odds) >= threshold),
    }


def names_entering(model: Any) -> list[str] | None:
    """Names of the columns as they enter the last step of a fitted model, where it knows them."""
    steps = getattr(model, "steps", ())
    if len(steps) < 2:
        last = steps[0][1] if steps else model
        return [str(name) for name in getattr(last, "feature_names_in_", ())] or None
    try:
        return [str(name) for name in model[:-1].get_feature_names_out()]
    except (AttributeError, ValueError):  # a step that names no columns
        return None


# ---- trained here


def partial_fits(
    estimator: Any,
    trained_on: tuple[Any, Any, Any],
    held_out: tuple[Any, Any, Any],
    *,
    epochs: Any,
    pos_label: Any,
    random_state: int,
) -> History:
    """The history of a clone of `estimator` in whose epochs all rows are seen once, and feature names.

    Parameters
    ----------
    estimator, epochs, pos_label, random_state
        As for `TrainingTrace.from_partial_fit`.
    trained_on, held_out : tuple of X, y and sensitive features

    Raises
    ------
    TypeError, ValueError: as `TrainingTrace.from_partial_fit` says.
    """
    if isinstance(estimator, type) or not hasattr(estimator, "partial_fit"):
        name = getattr(estimator, "__name__", type(estimator).__name__)
        raise TypeError(f"`estimator` must be a classifier with `partial_fit`, got {name}, which has none.")
    if isinstance(epochs, bool) or not isinstance(epochs, Integral) or int(epochs) < 1:
        raise ValueError(f"`epochs` must be a whole number of at least 1, got {epochs!r}.")
    (X, y, groups), (X_test, y_test, groups_test) = trained_on, held_out
    if (groups is None) != (groups_test is None):
        raise ValueError(
            "`sensitive_features` and `sensitive_features_test` must both be given, or both be None."
        )
    seen, rows = (
        Rows.read(labels, each, pos_label=pos_label) for labels, each in ((y, groups), (y_test, groups_test))
    )
    _refuse_lengths("X", X, seen)
    _refuse_lengths("X_test", X_test, rows)
    labels = np.asarray(y)
    classes = np.unique(labels)
    if len(classes) < 2:
        raise ValueError(f"`y` must hold two labels, got one: {classes.tolist()!r}.")
    history = [
        {
            "epoch": epoch,
            **_on_rows_trained_on(model, X, seen, pos_label),
            **_on_held_out_rows(model, X_test, rows, pos_label),
            **_weights(model, pos_label),
        }
        for epoch, model in _epoch_by_epoch(estimator, X, labels, classes, int(epochs), random_state)
    ]
    names = [str(name) for name in getattr(X, "columns", ())] or None
    return history, names if "coef" in history[0] else None


def _epoch_by_epoch(
    estimator: Any, X: Any, labels: NDArray[Any], classes: NDArray[Any], epochs: int, random_state: int
) -> Iterator[tuple[int, Any]]:
    """A clone of `estimator` after each epoch, in which it sees all rows in an order of its own."""
    from sklearn.base import clone
    from sklearn.utils import _safe_indexing

    model, shuffle = clone(estimator), np.random.default_rng(random_state)
    if model.get_params().get("random_state", random_state) is None:
        model.set_params(random_state=random_state)
    for epoch in range(1, epochs + 1):
        order = shuffle.permutation(len(labels))
        model.partial_fit(_safe_indexing(X, order), labels[order], classes=classes)
        yield epoch, model


def _on_rows_trained_on(model: Any, X: Any, rows: Rows, pos_label: Any) -> dict[str, Any]:
    approved = np.asarray(model.predict(X)) == pos_label
    return {
        "loss": _log_loss(model, X, rows, pos_label),
        "accuracy": rows.accuracy(approved),
        "rates": rows.rates(approved),
    }


def _on_held_out_rows(model: Any, X: Any, rows: Rows, pos_label: Any) -> dict[str, Any]:
    approved = np.asarray(model.predict(X)) == pos_label
    return {"val_loss": _log_loss(model, X, rows, pos_label), "cells": rows.cells(approved)}


def _log_loss(model: Any, X: Any, rows: Rows, pos_label: Any) -> float | None:
    """Mean log-loss as scikit-learn computes it, or None where the model gives no probabilities."""
    from sklearn.metrics import log_loss

    if not hasattr(model, "predict_proba"):
        return None
    score = np.asarray(model.predict_proba(X))[:, list(model.classes_).index(pos_label)]
    return float(log_loss(rows.positives, score, labels=[False, True]))


def _weights(model: Any, pos_label: Any) -> dict[str, Any]:
    coef = np.asarray(getattr(model, "coef_", np.empty(0)), dtype=np.float64)
    if coef.ndim != 2 or len(coef) != 1:
        return {}
    sign = _sign(model.classes_, pos_label)
    intercept = np.ravel(getattr(model, "intercept_", 0.0))[0]
    return {"coef": sign * coef[0], "intercept": float(sign * intercept)}


def _refuse_lengths(name: str, X: Any, rows: Rows) -> None:
    n = X.shape[0] if hasattr(X, "shape") else len(X)
    if n != len(rows.positives):
        raise ValueError(
            f"`{name}` and its labels must have as many rows, got {n} and {len(rows.positives)}."
        )
