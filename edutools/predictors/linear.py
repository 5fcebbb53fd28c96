"""The slopes of a linear model, read off it: what makes a widget compute in the browser."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def linear_form(
    model: Any, n_features: int, *, pos_label: Any = 1
) -> tuple[NDArray[np.float64], float] | None:
    """Slope of each feature and intercept of the log-odds of the positive label; None where not linear.

    A linear classifier is read (LogisticRegression, FairLogisticRegression), and a Pipeline of scalers that
    ends in one; the slopes are those of the features as they enter it. A model that has slopes but makes its
    probabilities of them in another way (a linear SVC, a modified Huber loss) is not linear here.

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
    slopes, intercept = sign * coef[0] * scales, sign * intercept
    return (slopes, intercept) if _are_log_odds(model, slopes, intercept, pos_label) else None


def _are_log_odds(model: Any, slopes: NDArray[np.float64], intercept: float, pos_label: Any) -> bool:
    """Whether the model's own probabilities are those of such log-odds, at rows where they are moderate."""
    if not hasattr(model, "predict_proba"):
        return False
    wanted = np.array([-1.5, 0.0, 0.5, 2.0])
    steepness = float(slopes @ slopes)
    rows: Any = np.outer(wanted - intercept, slopes) / steepness if steepness else np.zeros((1, len(slopes)))
    names = getattr(model, "feature_names_in_", None)
    if names is not None:
        import pandas as pd

        rows = pd.DataFrame(rows, columns=names)
    place = list(model.classes_).index(pos_label)
    chances = np.asarray(model.predict_proba(rows))[:, place]
    expected = 1 / (1 + np.exp(-(wanted if steepness else intercept)))
    return bool(np.allclose(chances, expected, rtol=0, atol=1e-6))


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
