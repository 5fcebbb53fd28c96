"""Before training: features freed of what they tell of the group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from edutools._checks import suggestion
from edutools.bias.mitigate.task import Task, brought, is_number
from edutools.bias.subject import Feature

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROWS_TO_FIND_A_PROXY = 5_000
LEVELS = 1_001


class HeldColumns(TransformerMixin, BaseEstimator):
    """Columns held at one value each: nothing is left in them to learn from, or to decide by.

    A column that is held and not taken away is still there for a model that asks for it by name.

    Parameters
    ----------
    values : mapping of column to value
        Of a DataFrame by its names, of an array by its places.
    """

    def __init__(self, values: Mapping[Any, Any]) -> None:
        self.values = values

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def fit(self, X: Any, y: Any = None) -> HeldColumns:
        """Itself: there is nothing to learn."""
        return self

    def transform(self, X: Any) -> Any:
        """The rows with those columns at their values, shape (n, n_features)."""
        if isinstance(X, pd.DataFrame):
            return X.assign(**{name: value for name, value in self.values.items() if name in X})
        held = np.array(X)
        for place, value in self.values.items():
            held[:, place] = value
        return held


class QuantileRepair(BaseEstimator):
    """Columns of numbers in which every group is given the same distribution, in part or whole.

    A value is replaced by the median over the groups of their quantiles at its rank within its own group
    (Feldman et al. 2015); `amount` is how far it moves there. Ranks within a group are kept.

    Parameters
    ----------
    columns : sequence of str or int
    amount : float, in [0, 1]

    References
    ----------
    Feldman, M., Friedler, S. A., Moeller, J., Scheidegger, C. and Venkatasubramanian, S. (2015). Certifying
    and removing disparate impact. KDD 2015.
    """

    def __init__(self, columns: Sequence[Any], amount: float) -> None:
        self.columns = columns
        self.amount = amount

    def fit(self, X: Any, group: NDArray[Any]) -> QuantileRepair:
        """Itself, with each group's quantiles."""
        self.quantiles_: dict[Any, dict[str, NDArray[np.float64]]] = {}
        levels = np.linspace(0, 1, LEVELS)
        for name in self.columns:
            values = _column(X, name)
            self.quantiles_[name] = {}
            for each in sorted(set(group.tolist())):
                own = values[(group == each) & ~np.isnan(values)]
                if not len(own):
                    raise ValueError(f"Group {each!r} must have values of {name!r} to be repaired, got none.")
                self.quantiles_[name][each] = np.quantile(own, levels)
        return self

    def transform(self, X: Any, group: NDArray[Any]) -> Any:
        """The rows with those columns repaired, shape (n, n_features); a gap stays a gap."""
        repaired = {}
        for name, of_groups in self.quantiles_.items():
            values = _column(X, name)
            moved = values.copy()
            middle = np.median(list(of_groups.values()), axis=0)
            for each, own in of_groups.items():
                rows = group == each
                moved[rows] = np.interp(_ranks(values[rows], own), np.linspace(0, 1, LEVELS), middle)
            repaired[name] = np.where(np.isnan(values), np.nan, values + self.amount * (moved - values))
        if isinstance(X, pd.DataFrame):
            return X.assign(**repaired)
        done = np.array(X, dtype=np.float64)
        for name, values in repaired.items():
            done[:, name] = values
        return done


def _ranks(values: NDArray[np.float64], quantiles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rank of each value in [0, 1]; the middle of those that a value which repeats has."""
    last = len(quantiles) - 1
    low = np.searchsorted(quantiles, values, side="left")
    high = np.searchsorted(quantiles, values, side="right") - 1
    between = np.interp(values, quantiles, np.arange(last + 1))
    ranks: NDArray[np.float64] = np.where(high >= low, (low + high) / 2, between) / last
    return ranks


def _column(X: Any, name: Any) -> NDArray[np.float64]:
    return np.asarray(X[name] if isinstance(X, pd.DataFrame) else X[:, name], dtype=np.float64)


class Decorrelation(BaseEstimator):
    """Numbers less what a line through the groups' means explains of them, by fairlearn's CorrelationRemover.

    Parameters
    ----------
    amount : float, in [0, 1]
        How much of it is taken out.
    """

    def __init__(self, amount: float) -> None:
        self.amount = amount

    def fit(self, X: NDArray[np.float64], group: NDArray[Any]) -> Decorrelation:
        """Itself, with the lines."""
        self.groups_ = sorted(set(group.tolist()))
        places = list(range(X.shape[1], X.shape[1] + len(self.groups_) - 1))
        remover = brought(_remover, "fairlearn")
        self.remover_ = remover(sensitive_feature_ids=places, alpha=self.amount).fit(self._beside(X, group))
        return self

    def transform(self, X: NDArray[np.float64], group: NDArray[Any]) -> NDArray[np.float64]:
        """The rows without that, shape (n, n_features)."""
        changed: NDArray[np.float64] = self.remover_.transform(self._beside(X, group))
        return changed

    def _beside(self, X: NDArray[np.float64], group: NDArray[Any]) -> NDArray[np.float64]:
        # One group less than there are: the last is where all the others are 0.
        members = np.column_stack([group == each for each in self.groups_[:-1]]).astype(np.float64)
        return np.hstack([np.asarray(X, dtype=np.float64), members])


def _remover() -> Any:
    from fairlearn.preprocessing import CorrelationRemover

    return CorrelationRemover


def names_of(X: Any) -> list[Any]:
    """Names of a table's columns, or places of an array's."""
    return list(X.columns) if isinstance(X, pd.DataFrame) else list(range(X.shape[1]))


def chosen_columns(task: Task, columns: Any) -> list[Any]:
    """The columns that a caller named, checked.

    Raises
    ------
    ValueError: X has no such column, or none was named.
    """
    known = names_of(task.X)
    chosen = [columns] if isinstance(columns, (str, int)) else list(columns)
    for name in chosen:
        if name not in known:
            raise ValueError(
                f"`columns` must be among {known!r}, got {name!r}." + suggestion(name, list(map(str, known)))
            )
    if not chosen:
        raise ValueError("`columns` must name at least one column, got none.")
    return chosen


def strongest_proxy(task: Task) -> Any:
    """The column, no group's own, that tells the groups apart best.

    Raises
    ------
    ValueError: none tells them better than chance.
    """
    from edutools.bias.proxies import proxies

    frame = task.X if isinstance(task.X, pd.DataFrame) else pd.DataFrame(task.X)
    names = {str(name): name for name in frame if name not in task.group_columns}
    rows = np.random.default_rng(task.seed).permutation(len(frame))[:ROWS_TO_FIND_A_PROXY]
    places = {name: place for place, name in enumerate(task.groups)}
    codes = np.array([places[name] for name in task.group[rows]], dtype=np.intp)
    feature = Feature("group", task.groups, codes)
    asked = task.groups if len(task.groups) > 2 else task.groups[:1]
    found = proxies(frame.iloc[rows][list(names.values())], feature, asked, seed=task.seed)
    telling = found[found["feature"].isin(names) & (found["low"] > 0.5)]
    if telling.empty:
        raise ValueError("No column tells the groups better than chance, so there is no proxy to take out.")
    return names[telling.iloc[0]["feature"]]


def held_value(X: Any, name: Any) -> Any:
    """The value at which a column is held: of numbers their median, else the commonest."""
    column = pd.Series(X[name] if isinstance(X, pd.DataFrame) else X[:, name])
    if is_number(column) and column.nunique() > 2:
        middle = column.median()
        return int(middle) if pd.api.types.is_integer_dtype(column) else float(middle)
    return column.mode().iloc[0]


def numeric_columns(task: Task) -> list[Any]:
    """The columns of numbers that are no group's own.

    Raises
    ------
    ValueError: there is none.
    """
    frame = task.X if isinstance(task.X, pd.DataFrame) else pd.DataFrame(task.X)
    found = [
        name
        for name in frame
        if name not in task.group_columns and is_number(frame[name]) and frame[name].nunique() > 2
    ]
    if not found:
        raise ValueError("Quantiles are of numbers, and no column holds more than two different ones.")
    return found
