"""Models whose log-odds are a sum over the features: a slope for each number, an amount for each level.

Logistic regressions are, behind scalers, one-hot encoders and ColumnTransformers too. additive.js computes
the same in the browser.
"""

from __future__ import annotations

from collections import UserList
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from edutools.predictors import linear_form
from edutools.widgets.decision import Feature, logistic

if TYPE_CHECKING:
    import pandas as pd

Term = float | dict[str, float]

_SCALERS = ("StandardScaler", "RobustScaler", "MinMaxScaler", "MaxAbsScaler")
_ENCODERS = ("OneHotEncoder", "OrdinalEncoder")


@dataclass(frozen=True)
class Additive:
    """Log-odds = intercept + a term for each feature.

    Attributes
    ----------
    intercept : float
    terms : tuple of float or dict of str to float
        In the order of the features: the slope of a number, or what each level (spelled) adds.
    means : tuple of float
        Mean of each feature's term over the people.
    """

    intercept: float
    terms: tuple[Term, ...]
    means: tuple[float, ...]

    def log_odds(self, values: Sequence[Any]) -> float:
        """Log-odds of one applicant, whose values stand in the order of the features."""
        total = self.intercept  # one after the other, as the browser adds
        for term, value in zip(self.terms, values, strict=True):
            total += added(term, value)
        return total

    def contributions(self, values: Sequence[Any]) -> list[float]:
        """What each feature adds to the log-odds beside the mean of the people.

        The Shapley value of a feature in a model that is a sum: slope × (value − mean), and for a level what
        it adds less the mean of what the people's levels add (Štrumbelj and Kononenko 2014).
        """
        return [
            added(term, value) - mean
            for term, value, mean in zip(self.terms, values, self.means, strict=True)
        ]

    def base(self) -> float:
        """Mean of the people's log-odds, from which the contributions lead to the applicant's."""
        total = self.intercept
        for mean in self.means:
            total += mean
        return total


def added(term: Term, value: Any) -> float:
    """What one value adds to the log-odds."""
    return term[str(value)] if isinstance(term, dict) else term * float(value)


def additive_form(
    model: Any,
    people: pd.DataFrame,
    features: Sequence[Feature],
    levels: Mapping[str, Sequence[Any]],
    scores: NDArray[np.float64],
    *,
    pos_label: Any = 1,
    linear: tuple[Sequence[float], float] | None = None,
) -> Additive | None:
    """The sum that a model's log-odds are, or None where they are none.

    Parameters
    ----------
    model : estimator or None
    people : DataFrame, shape (n, n_features)
    features : sequence of Feature
        The columns of `people`, in their order.
    levels : mapping of str to sequence
        Of each feature that is no number: every level.
    scores : ndarray of float, shape (n,), in [0, 1]
        What the model gives `people`; a sum that gives others is none of this model.
    linear : tuple of slopes and intercept, optional
        Already known, of features that are all numbers.
    """
    classes = list(getattr(model, "classes_", ()))
    # Which class the scores are of is seen by the scores where no label says it.
    positives = [pos_label] if pos_label in classes else classes
    if all(each.kind == "number" for each in features):
        forms: list[Any] = [linear] if linear is not None else []
        forms += [linear_form(model, len(features), pos_label=each) for each in positives]
        for form in forms:
            read = form and _checked(
                [float(each) for each in form[0]], float(form[1]), people, features, scores
            )
            if read:
                return read
    as_levels = _read_as_levels(model, [each.name for each in features])
    if not hasattr(model, "decision_function") or as_levels is None:
        return None
    if any(each.kind == "number" and each.name in as_levels for each in features):
        return None
    found = (_probed(model, people, features, levels, scores, each) for each in positives)
    return next((each for each in found if each is not None), None)


def _probed(
    model: Any,
    people: pd.DataFrame,
    features: Sequence[Feature],
    levels: Mapping[str, Sequence[Any]],
    scores: NDArray[np.float64],
    pos_label: Any,
) -> Additive | None:
    """The terms of a model that is known to be a sum, by what one changed feature does to its log-odds."""
    import pandas as pd

    first = people.iloc[[0]]
    tried: list[tuple[int, Any]] = []
    for place, each in enumerate(features):
        options = [each.start, each.stop] if each.kind == "number" else list(levels[each.name])
        tried += [(place, option) for option in options]
    rows = pd.concat([first] * (1 + len(tried)), ignore_index=True)
    for place, each in enumerate(features):
        column = rows[each.name].astype(object)
        for turn, (changed, option) in enumerate(tried, start=1):
            if changed == place:
                column.iloc[turn] = option
        dtype = float if each.kind == "number" else people[each.name].dtype
        rows[each.name] = column.astype(dtype)
    sign = 1 if list(model.classes_).index(pos_label) == 1 else -1
    own, *others = (sign * np.asarray(model.decision_function(rows), dtype=float)).tolist()
    terms: list[Term] = []
    for place, each in enumerate(features):
        got = [log_odds for (changed, _), log_odds in zip(tried, others, strict=True) if changed == place]
        if each.kind == "number":
            terms.append((got[1] - got[0]) / ((each.stop - each.start) or 1.0))
        else:
            spelled = [str(level) for level in levels[each.name]]
            terms.append({level: log_odds - own for level, log_odds in zip(spelled, got, strict=True)})
    values = [first[each.name].iloc[0] for each in features]
    intercept = own - sum(added(term, value) for term, value in zip(terms, values, strict=True))
    return _checked(terms, intercept, people, features, scores)


def _checked(
    terms: Sequence[Term],
    intercept: float,
    people: pd.DataFrame,
    features: Sequence[Feature],
    scores: NDArray[np.float64],
) -> Additive | None:
    """The sum with its means, where it gives the people the model's own scores."""
    columns = [
        people[each.name].astype(str).map(term).to_numpy(dtype=float)
        if isinstance(term, dict)
        else term * people[each.name].to_numpy(dtype=float)
        for each, term in zip(features, terms, strict=True)
    ]
    log_odds = intercept + np.sum(columns, axis=0)
    if not np.allclose(logistic(log_odds), scores, rtol=0, atol=1e-9):
        return None
    return Additive(intercept, tuple(terms), tuple(float(column.mean()) for column in columns))


def _read_as_levels(step: Any, columns: list[str]) -> set[str] | None:
    """The columns that a step reads as levels; None where it may read several, or a number, in another way.

    Known are the steps that take each column for itself, a number by a line and a level by a number of its
    own, and what ends in a linear classifier.
    """
    kind = type(step).__name__
    if step is None or (isinstance(step, str) and step in ("passthrough", "drop")):
        return set()
    if hasattr(step, "steps"):
        return _of_pipeline([each for _, each in step.steps], columns)
    if kind == "ColumnTransformer":
        return _of_column_transformer(step, columns)
    if kind in _SCALERS:
        return None if getattr(step, "clip", False) else set()
    # No blank value comes here, so an imputer leaves all as it is.
    if kind == "SimpleImputer" or (kind == "FunctionTransformer" and step.func is None):
        return set()
    if kind in _ENCODERS:
        return set(columns)
    return set() if hasattr(step, "coef_") and hasattr(step, "classes_") else None


def _of_pipeline(steps: list[Any], columns: list[str]) -> set[str] | None:
    found: set[str] = set()
    for place, step in enumerate(steps):
        # After the first step columns may stand in another order, or be several of what was one.
        if place > 0 and type(step).__name__ == "ColumnTransformer":
            return None
        read = _read_as_levels(step, columns)
        if read is None:
            return None
        found |= read
    return found


def _of_column_transformer(step: Any, columns: list[str]) -> set[str] | None:
    found: set[str] = set()
    for _, transformer, chosen in step.transformers_:
        if isinstance(chosen, str):
            chosen = [chosen]
        if isinstance(chosen, UserList):  # before scikit-learn 1.7, the columns of the remainder
            chosen = chosen.data
        if not isinstance(chosen, list | tuple | np.ndarray) or any(
            isinstance(one, bool | np.bool_) for one in chosen
        ):
            return None
        named = [columns[one] if isinstance(one, int | np.integer) else str(one) for one in chosen]
        read = _read_as_levels(transformer, named)
        if read is None:
            return None
        found |= read
    return found
