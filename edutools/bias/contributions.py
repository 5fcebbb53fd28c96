"""What each feature does to the score, and how that differs between groups."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin

from edutools.metrics import Z
from edutools.texts import text
from edutools.widgets.asked import Asked

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from edutools.bias.subject import Feature

# SHAP asks the model for each row and permutation twice as often as there are features, for each row of the
# background, so it looks at samples.
SHAP_ROWS, BACKGROUND_ROWS, PERMUTATIONS = 100, 25, 2
REPEATS, CURVES, GRID = 5, 4, 20


class Scorer(ClassifierMixin, BaseEstimator):
    """A function of rows as scikit-learn's inspection tools take it: fitted, with probabilities.

    Parameters
    ----------
    score : callable
        From a DataFrame of n rows to their n scores in [0, 1].
    threshold : float, in [0, 1], default 0.5
        Who scores as much is accepted.
    """

    def __init__(self, score: Callable[[Any], Any] | None = None, threshold: float = 0.5) -> None:
        self.score_rows, self.threshold = score, threshold
        self.classes_ = np.array([False, True])

    def fit(self, X: Any, y: Any) -> Scorer:
        """Itself: there is nothing to learn."""
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probability of False and of True, shape (n, 2)."""
        assert self.score_rows is not None
        scores = np.asarray(self.score_rows(X), dtype=float)
        return np.column_stack([1 - scores, scores])

    def predict(self, X: Any) -> NDArray[np.bool_]:
        """Whether each score reaches the threshold, shape (n,)."""
        return self.predict_proba(X)[:, 1] >= self.threshold


def contributions(
    X: pd.DataFrame,
    feature: Feature,
    groups: Sequence[str],
    score: Any,
    *,
    model: Any = None,
    pos_label: Any = 1,
    seed: int = 0,
) -> tuple[pd.DataFrame, str]:
    """Mean contribution of each feature of X to the score of a group's rows, and of all other rows.

    Of a linear model, behind scalers and one-hot encoders too, it is exact, in log-odds: what the row's value
    adds, less the mean of that over all rows; over the features they add up to the gap between the groups'
    mean log-odds. Of any other model they are SHAP values [1]_ in the score's own unit, of a sample of
    `SHAP_ROWS` rows against `BACKGROUND_ROWS`.

    Parameters
    ----------
    X : DataFrame, shape (n, n_features)
    feature : Feature
        The sensitive feature.
    groups : sequence of str
        Which of its groups are compared, each with all other rows.
    score : callable
        From rows like X's to their scores, in [0, 1].
    model : object, optional
        Read, where it is linear.
    pos_label : object, default 1
    seed : int, default 0
        Of the sample.

    Returns
    -------
    table : DataFrame
        Columns feature, group, contribution (the group's mean), of_others, difference, and low and high, its
        95% interval, in falling order of the difference's size.
    how : str
        How they were found, as text.

    Raises
    ------
    ImportError: the model is not linear, and shap is not installed.

    References
    ----------
    .. [1] Lundberg, S. M. and Lee, S.-I. (2017). A unified approach to interpreting model predictions.
    NeurIPS.
    """
    exact = exact_contributions(score, X, model=model, pos_label=pos_label)
    if exact is not None:
        values, codes = exact, feature.codes
        how = text("analysis.exact")
    else:
        rows = np.sort(np.random.default_rng(seed).permutation(len(X))[:SHAP_ROWS])
        values, codes = shap_values(score, X.iloc[rows], X, seed=seed), feature.codes[rows]
        how = text("analysis.by_shap", rows=len(rows), background=min(BACKGROUND_ROWS, len(X)))
    found = []
    for group in groups:
        member = codes == feature.groups.index(group)
        own, others = values[member], values[~member]
        for i, name in enumerate(X):
            gap, low, high = _difference_of_means(own[:, i], others[:, i])
            found.append((str(name), group, _mean(own[:, i]), _mean(others[:, i]), gap, low, high))
    columns = ["feature", "group", "contribution", "of_others", "difference", "low", "high"]
    table = pd.DataFrame(found, columns=columns)
    return table.sort_values("difference", key=abs, ascending=False, kind="stable", ignore_index=True), how


def exact_contributions(
    score: Any, X: pd.DataFrame, *, model: Any = None, pos_label: Any = 1
) -> NDArray[np.float64] | None:
    """What each value of X adds to the log-odds beside the mean, shape (n, n_features).

    None where the model's log-odds are no sum over the features, or a value is missing.
    """
    if model is None or X.isna().any(axis=None):
        return None
    asked, _, _ = Asked.read(score, 0, X, model=model, pos_label=pos_label)
    if asked.additive is None:
        return None
    columns = [
        pd.Series(column).map(term).to_numpy(dtype=float) if isinstance(term, dict) else term * column
        for term, column in zip(asked.additive.terms, asked.columns, strict=True)
    ]
    return np.column_stack(columns) - np.array(asked.additive.means)


def load_shap() -> Any:
    """The shap library.

    Raises
    ------
    ImportError: it is not installed.
    """
    try:
        import shap
    except ImportError as error:
        raise ImportError(
            "A model that is not linear is explained by shap, which is not installed: pip install shap"
        ) from error
    return shap


def shap_values(score: Any, rows: pd.DataFrame, X: pd.DataFrame, *, seed: int = 0) -> NDArray[np.float64]:
    """SHAP values of a function of rows, shape (n_rows, n_features), in the unit of its scores.

    Parameters
    ----------
    score : callable
    rows : DataFrame, shape (n_rows, n_features)
        Whose scores are explained.
    X : DataFrame, shape (n, n_features)
        Of which `BACKGROUND_ROWS` stand for what is not known of a row.
    seed : int, default 0

    Raises
    ------
    ImportError: shap is not installed.
    """
    shap = load_shap()
    kinds = {name: pd.factorize(X[name])[1] for name in X if not pd.api.types.is_numeric_dtype(X[name])}

    def decoded(values: NDArray[Any]) -> pd.DataFrame:
        frame = pd.DataFrame(values, columns=X.columns)
        for name, uniques in kinds.items():
            codes = frame[name].to_numpy()
            kept = uniques.take(np.where(np.isnan(codes), -1, codes).astype(int))
            frame[name] = pd.Series(kept, index=frame.index).where(~np.isnan(codes))
        return frame.astype({name: X[name].dtype for name in X if name in kinds})

    def coded(frame: pd.DataFrame) -> NDArray[np.float64]:
        columns = []
        for name in frame:
            if name in kinds:
                codes = kinds[name].get_indexer(pd.Index(frame[name])).astype(float)
                columns.append(np.where(codes < 0, np.nan, codes))
            else:
                columns.append(frame[name].to_numpy(dtype=float, na_value=np.nan))
        return np.column_stack(columns)

    background = X.iloc[np.random.default_rng(seed).permutation(len(X))[:BACKGROUND_ROWS]]
    explainer = shap.explainers.Permutation(
        lambda values: np.asarray(score(decoded(values)), dtype=float), coded(background), seed=seed
    )
    asked = PERMUTATIONS * (2 * X.shape[1] + 1)
    return np.asarray(explainer(coded(rows), max_evals=asked, silent=True).values)


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if len(values) else math.nan


def _difference_of_means(own: NDArray[np.float64], others: NDArray[np.float64]) -> tuple[float, float, float]:
    """Difference of two means and its 95% interval by Welch's standard error; undefined of an empty side."""
    if len(own) < 2 or len(others) < 2:
        return math.nan, math.nan, math.nan
    gap = float(own.mean() - others.mean())
    half = Z * math.sqrt(own.var(ddof=1) / len(own) + others.var(ddof=1) / len(others))
    return gap, gap - half, gap + half


def importance(
    X: pd.DataFrame,
    y: NDArray[np.bool_],
    feature: Feature,
    score: Any,
    *,
    threshold: float = 0.5,
    seed: int = 0,
) -> pd.DataFrame:
    """By how much the accuracy of decisions falls in each group where a feature is shuffled within it.

    Returns
    -------
    DataFrame
        Columns feature, group, importance (mean fall over `REPEATS` shuffles), low and high (the least and
        the greatest fall), in falling order. scikit-learn's `permutation_importance` [1]_ on each group's
        rows.

    References
    ----------
    .. [1] Breiman, L. (2001). Random forests. Machine Learning, 45(1).
    """
    from sklearn.inspection import permutation_importance

    found = []
    for i, group in enumerate(feature.groups):
        member = feature.codes == i
        fallen = permutation_importance(
            Scorer(score, threshold),
            X[member],
            y[member],
            scoring="accuracy",
            n_repeats=REPEATS,
            random_state=seed,
        ).importances
        found += [
            (str(name), group, float(each.mean()), float(each.min()), float(each.max()))
            for name, each in zip(X, fallen, strict=True)
        ]
    frame = pd.DataFrame(found, columns=["feature", "group", "importance", "low", "high"])
    return frame.sort_values("importance", ascending=False, kind="stable", ignore_index=True)


def partial_dependence(X: pd.DataFrame, feature: Feature, score: Any, names: list[str]) -> pd.DataFrame:
    """Mean score of each group's rows with one feature set to each value of a grid, by scikit-learn.

    Returns
    -------
    DataFrame
        Columns feature, group, at (the value), score (mean, in [0, 1]). Features with a gap in them are left
        out.

    References
    ----------
    .. [1] Friedman, J. H. (2001). Greedy function approximation. Annals of Statistics, 29(5).
    """
    from sklearn.inspection import partial_dependence as averaged

    found = []
    for name in names:
        column = next(each for each in X if str(each) == name)
        if X[column].isna().any():
            continue
        kinds = None if pd.api.types.is_numeric_dtype(X[column]) else [column]
        # A grid of whole numbers would be cut to them in an integer column.
        table = X if kinds or X[column].dtype.kind == "f" else X.astype({column: float})
        for i, group in enumerate(feature.groups):
            curve = averaged(
                Scorer(score),
                table[feature.codes == i],
                [column],
                categorical_features=kinds,
                grid_resolution=GRID,
                response_method="predict_proba",
                kind="average",
            )
            at, scores = curve["grid_values"][0], curve["average"][0]
            found += [
                (name, group, value, float(mean)) for value, mean in zip(at.tolist(), scores, strict=True)
            ]
    return pd.DataFrame(found, columns=["feature", "group", "at", "score"])
