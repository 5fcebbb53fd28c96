"""How one applicant is decided: features, score, contributions, groups, and who is nearest on the other side.

decision.js computes the same in the browser; a test holds the two together.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from edutools.predictors import linear_form, scores

if TYPE_CHECKING:
    import pandas as pd

Threshold = float | dict[str, float]

MOST_REASONS = 4
NEAREST = 3
# A difference below a tenth of a standard deviation is none that a reader could act on or recognise.
LEAST_DIFFERENCE = 0.1
SLIDER_STEPS = 50


@dataclass(frozen=True)
class Feature:
    """One column that the model reads, as the background people have it.

    Attributes
    ----------
    kind : 'number' or 'level'
    mean : float, or the commonest level
    low, median, high : float, nan for levels
        The tenth, fiftieth and ninetieth percentile.
    spread : float
        Standard deviation; 0 where all are alike, and for levels.
    start, stop, step : float
        Of a slider: from the first to the ninety-ninth percentile, widened to the applicant's own value.
    places, digits : int
        Decimals of a slider's step, and of a value shown.
    """

    name: str
    unit: str
    kind: str
    mean: Any
    low: float = math.nan
    median: float = math.nan
    high: float = math.nan
    spread: float = 0.0
    start: float = 0.0
    stop: float = 1.0
    step: float = 1.0
    places: int = 0
    digits: int = 0
    mean_digits: int = 0


def described(column: pd.Series, value: Any, unit: str) -> Feature:
    """One feature of the background people, with a slider that reaches the applicant's `value`."""
    name = str(column.name)
    if not is_number(column):
        return Feature(name, unit, "level", plain(column.mode().iloc[0]))
    numbers = column.astype(float)
    first, low, median, high, last = numbers.quantile([0.01, 0.1, 0.5, 0.9, 0.99]).tolist()
    start, stop = min(first, value), max(last, value)
    span = (stop - start) or 1.0
    whole = bool((numbers % 1 == 0).all()) and float(value).is_integer()
    exponent = math.floor(math.log10(span / SLIDER_STEPS))
    exponent = max(exponent, 0) if whole else exponent
    step, places = 10.0**exponent, max(-exponent, 0)
    exact = next((d for d in range(places, places + 3) if round(value, d) == value), places + 1)
    return Feature(
        name,
        unit,
        "number",
        mean=float(numbers.mean()),
        low=low,
        median=median,
        high=high,
        spread=float(numbers.std(ddof=0)),
        start=round(math.floor(start / step) * step, places),
        stop=round(math.ceil(stop / step) * step, places),
        step=step,
        places=places,
        digits=exact,
        mean_digits=exact + (exact == 0 and span < 1_000),
    )


def is_number(column: pd.Series) -> bool:
    """Whether a column holds numbers, and not truth values or levels."""
    import pandas as pd

    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def plain(value: Any) -> Any:
    """A number of numpy's as Python's own."""
    return value.item() if isinstance(value, np.generic) else value


@dataclass(frozen=True)
class Groups:
    """Which group each background person is in, and what stands for a group in the table.

    Attributes
    ----------
    names : tuple of str
        Empty where no group was given.
    of_people : ndarray of str, shape (n,), or None
    feature : str or None
        The column that says the group, where the model reads it.
    values : dict of str to object
        What that column holds for each group.
    """

    names: tuple[str, ...] = ()
    of_people: NDArray[Any] | None = None
    feature: str | None = None
    values: Mapping[str, Any] | None = None


class Decider:
    """A model among its background people, asked about one applicant.

    Parameters
    ----------
    model : estimator
    people : DataFrame, shape (n, n_features)
        The background people, the columns that the model reads.
    features : sequence of Feature
    groups : Groups
    pos_label : object
    as_array : bool
        Whether the model takes arrays, not frames.
    """

    def __init__(
        self,
        model: Any,
        people: pd.DataFrame,
        features: Sequence[Feature],
        groups: Groups,
        *,
        pos_label: Any,
        as_array: bool,
    ) -> None:
        self.people, self.features, self.groups = people, list(features), groups
        self._ask: Callable[[Any], NDArray[np.float64]] = lambda frame: scores(
            model, frame.to_numpy() if as_array else frame, pos_label=pos_label
        )
        self.scores = self._ask(people)
        self.means = {each.name: each.mean for each in self.features}
        self.line = self._line(model, pos_label)

    def _line(self, model: Any, pos_label: Any) -> tuple[list[float], float] | None:
        """Slopes and intercept of the log-odds, where they are linear and give the model's own scores."""
        if any(each.kind != "number" for each in self.features):
            return None
        form = linear_form(model, len(self.features), pos_label=pos_label)
        if form is None:
            return None
        numbers = self.people.to_numpy(dtype=float)
        exact = np.allclose(logistic(numbers @ form[0] + form[1]), self.scores, rtol=0, atol=1e-9)
        return (form[0].tolist(), form[1]) if exact else None

    def with_group(self, values: Mapping[str, Any], group: str | None) -> dict[str, Any]:
        """The applicant with another group written in the column that says it, if the model reads one."""
        if self.groups.feature is None or self.groups.values is None or group is None:
            return dict(values)
        return {**values, self.groups.feature: self.groups.values[group]}

    def score(self, values: Mapping[str, Any]) -> float:
        """The model's score of an applicant, in [0, 1]."""
        return float(self._ask(self._frame([values]))[0])

    def base(self) -> float:
        """Log-odds of the mean of the people; nan where the log-odds are not linear."""
        return math.nan if self.line is None else self.log_odds(self.means)

    def log_odds(self, values: Mapping[str, Any]) -> float:
        """Log-odds of an applicant; of a linear model only."""
        if self.line is None:
            raise ValueError("Log-odds are sums of features for linear models only.")
        slopes, total = self.line
        for slope, each in zip(slopes, self.features, strict=True):
            total += slope * values[each.name]
        return total

    def contributions(self, values: Mapping[str, Any]) -> list[float]:
        """What each feature adds, in log-odds, or in score where the model is not linear.

        Linear: coefficient × (value − mean), which add up to the log-odds less those of the mean. Else the
        score less the score with that one feature at its mean, which need not add up.
        """
        if self.line is not None:
            return [
                slope * (values[each.name] - each.mean)
                for slope, each in zip(self.line[0], self.features, strict=True)
            ]
        changed = [{**values, each.name: each.mean} for each in self.features]
        score, *others = self._ask(self._frame([values, *changed])).tolist()
        return [score - other for other in others]

    def _frame(self, rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
        import pandas as pd

        frame = pd.DataFrame({name: [row[name] for row in rows] for name in self.people.columns})
        kept = {
            name: dtype
            for name, dtype in self.people.dtypes.items()
            if isinstance(dtype, pd.CategoricalDtype | pd.BooleanDtype | np.dtypes.BoolDType)
        }
        return frame.astype(kept)

    def nearest(self, values: Mapping[str, Any], threshold: Threshold, approved: bool) -> dict[str, Any]:
        """The background people nearest to an applicant among those decided otherwise.

        Returns
        -------
        dict
            ``others``, how many are decided otherwise; ``nearest``, at most three of them, each with
            ``place`` in the table, ``distance`` in standard deviations and ``differs``, places of the
            features in which they differ most first.
        """
        otherwise = [
            place
            for place, score in enumerate(self.scores.tolist())
            if (score >= threshold_of(threshold, self.group_of(place))) != approved
        ]
        columns = [self.people[each.name].tolist() for each in self.features]
        found: list[dict[str, Any]] = []
        for place in otherwise:
            apart = [
                distance(each, column[place], values[each.name])
                for each, column in zip(self.features, columns, strict=True)
            ]
            found.append({"place": place, "distance": length(apart), "differs": differing(apart)})
        found.sort(key=lambda one: float(one["distance"]))
        return {"others": len(otherwise), "nearest": found[:NEAREST]}

    def group_of(self, place: int) -> str | None:
        """Group of one background person."""
        return None if self.groups.of_people is None else str(self.groups.of_people[place])


def threshold_of(threshold: Threshold, group: str | None) -> float:
    """The threshold of one group."""
    return threshold[str(group)] if isinstance(threshold, dict) else threshold


def distance(feature: Feature, one: Any, other: Any) -> float:
    """How far two values of a feature lie apart, in standard deviations; 1 for two levels."""
    if feature.kind == "level":
        return float(one != other)
    return abs(one - other) / feature.spread if feature.spread > 0 else 0.0


def length(apart: Sequence[float]) -> float:
    """The Euclidean length of distances in each feature."""
    total = 0.0  # one after the other, as the browser adds, so that both order people alike
    for each in apart:
        total += each * each
    return math.sqrt(total)


def differing(apart: Sequence[float]) -> list[int]:
    """Places of the features that lie apart noticeably, the furthest first."""
    return sorted(
        (place for place, each in enumerate(apart) if each >= LEAST_DIFFERENCE), key=lambda i: -apart[i]
    )


def by_size(contributions: Sequence[float]) -> list[int]:
    """Places of the contributions, the largest of either sign first."""
    return sorted(range(len(contributions)), key=lambda place: -abs(contributions[place]))


def reasons(contributions: Sequence[float], approved: bool) -> list[int]:
    """Places of the at most four features that tell most why: what lowered a refused score, or helped.

    More than four reasons are not likely to be helpful to the applicant: 12 CFR 1002.9(b)(2), official
    interpretation 9(b)(2)-1.
    """
    sign = 1 if approved else -1
    telling = [place for place in by_size(contributions) if sign * contributions[place] > 0]
    return telling[:MOST_REASONS]


def logistic(log_odds: Any) -> Any:
    """Probability that has these log-odds."""
    from scipy.special import expit

    return expit(log_odds)
