"""What is examined: decisions about rows whose labels and groups are known, read once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from edutools import predictors
from edutools._checks import suggestion
from edutools._columns import MISSING, natural, read_groups, read_labels, read_scores, refuse_scores
from edutools.texts import text

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A number with more values than this is read by a boundary; with fewer, each value is a group.
MOST_NUMBERED_GROUPS = 10
# More groups than this leave too few rows in each to say anything.
MOST_GROUPS = 50
# A column with so few values may stand for the label under another name.
FEW_VALUES = 2


@dataclass(frozen=True, eq=False)
class Feature:
    """A sensitive feature.

    Attributes
    ----------
    name : str
    groups : tuple of str
        Its values, in natural order, those of an intersection joined by a comma.
    codes : ndarray of int, shape (n,)
        Each row's place in `groups`.
    numbers : ndarray of float, shape (n,), or None
        What was cut at the boundary.
    boundary : float or None
        Where: a row at it belongs to the upper group.
    """

    name: str
    groups: tuple[str, ...]
    codes: NDArray[np.intp]
    numbers: NDArray[np.float64] | None = None
    boundary: float | None = None

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        """Rows in each group, shape (n_groups,)."""
        return np.bincount(self.codes, minlength=len(self.groups))

    @property
    def of_each_row(self) -> pd.Series:
        """Name of each row's group."""
        return pd.Series(np.array(self.groups, dtype=object)[self.codes], name=self.name)


@dataclass(frozen=True, eq=False, kw_only=True)
class Subject:
    """A model, a table, and what was read of both.

    Attributes
    ----------
    table : DataFrame, shape (n, n_columns)
    features : DataFrame, shape (n, n_features)
        The columns that the model takes; without a model, all but the label.
    sensitive : tuple of Feature
    model : object or None
    reader : predictors.Reader or None
    label, favourable : str or None
        The label's name, and the value of it that is favourable, as text.
    labels : ndarray, shape (n,), or None
        Labels as given, of any number of classes.
    y : ndarray of bool, shape (n,), or None
        Whether a row has the favourable label.
    scores : ndarray of float, shape (n,), in [0, 1], or None
        None where the model gives labels alone.
    accepted : ndarray of bool, shape (n,), or None
        Whether the favourable label is predicted.
    strata : Feature or None
    threshold : float
    pos_label : object, default 1
        The favourable label as it is given.
    notes : tuple of str
        What a reader should know before any figure.
    """

    table: pd.DataFrame
    features: pd.DataFrame
    sensitive: tuple[Feature, ...]
    model: Any = None
    reader: Any = None
    label: str | None = None
    favourable: str | None = None
    labels: NDArray[Any] | None = None
    y: NDArray[np.bool_] | None = None
    scores: NDArray[np.float64] | None = None
    accepted: NDArray[np.bool_] | None = None
    strata: Feature | None = None
    threshold: float = 0.5
    pos_label: Any = 1
    notes: tuple[str, ...] = ()

    def feature(self, name: str) -> Feature:
        """The sensitive feature of that name.

        Raises
        ------
        ValueError: there is none.
        """
        names = [each.name for each in self.sensitive]
        if name not in names:
            raise ValueError(
                f"`feature` must be one of the sensitive features {names!r}, got {name!r}."
                + suggestion(name, names)
            )
        return self.sensitive[names.index(name)]

    def compared(self, feature: Feature) -> tuple[str, ...]:
        """The groups that are each held beside all other rows: of two, the less favoured, else all."""
        outcome = self.accepted if self.accepted is not None else self.y
        if len(feature.groups) != 2:
            return feature.groups
        if outcome is None:
            return feature.groups[:1]
        hits = np.bincount(feature.codes, weights=outcome, minlength=2)
        return (feature.groups[int(np.argmin(hits / feature.sizes))],)

    @property
    def groups(self) -> pd.DataFrame:
        """Name of each row's group in each sensitive feature, shape (n, n_sensitive), indexed as `table`."""
        named = {each.name: each.of_each_row.to_numpy() for each in self.sensitive}
        return pd.DataFrame(named, index=self.table.index)


def as_frame(data: Any) -> pd.DataFrame:
    """A table as pandas has it; columns of an array are numbered from 0.

    Raises
    ------
    TypeError: not a table. ValueError: it has no rows, or two columns of one name.
    """
    frame = data if isinstance(data, pd.DataFrame) else _other_frame(data)
    if not len(frame):
        raise ValueError("`data` must have at least one row, got none.")
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise ValueError(f"`data` must have columns of different names, got {twice!r} twice.")
    return frame


def _other_frame(data: Any) -> pd.DataFrame:
    import narwhals as nw

    native = nw.from_native(data, pass_through=True)
    if isinstance(native, (nw.DataFrame, nw.LazyFrame)):
        return (native.collect() if isinstance(native, nw.LazyFrame) else native).to_pandas()
    array = np.asarray(data)
    if array.ndim != 2:
        raise TypeError(
            f"`data` must be a table or an array of rows × columns, got {type(data).__name__} "
            f"of shape {array.shape}."
        )
    return pd.DataFrame(array)


def column_named(name: str, key: Any, table: pd.DataFrame) -> Any:
    """The label of the column that a caller means by its name or its number.

    Raises
    ------
    ValueError: there is no such column; the message lists them.
    """
    if key in table.columns:
        return key
    if is_column_key(key) and not isinstance(key, str) and 0 <= int(key) < table.shape[1]:
        return table.columns[int(key)]
    columns = list(table.columns)
    raise ValueError(
        f"`{name}` must be one of the columns {columns!r}, or a number from 0 to {len(columns) - 1}, "
        f"got {key!r}.{suggestion(key, columns)}"
    )


def is_column_key(key: Any) -> bool:
    """Whether a value is meant as the name or number of a column."""
    return isinstance(key, (str, Integral)) and not isinstance(key, bool)


def read_label(label: Any, favourable: Any, table: pd.DataFrame) -> tuple[str, NDArray[Any], Any]:
    """The label's name, its values in each row, and which of them is favourable.

    Raises
    ------
    ValueError: the column is absent or has missing values; lengths differ; which label is favourable was not
        said and cannot be known.
    """
    name, values = _one_column("label", label, table)
    labels = read_labels("label", values)
    return name, labels, favourable_of(labels, favourable)


def favourable_of(labels: NDArray[Any], favourable: Any) -> Any:
    """The label that is good for whom it is given to.

    Raises
    ------
    ValueError: it was not said, and the labels are not 0 and 1; or no row has it.
    """
    present = pd.unique(pd.Series(labels)).tolist()
    if favourable is None:
        if all(each in (0, 1) for each in present):
            return 1
        raise ValueError(
            f"`favourable` must say which label is good for a person, since they are {_few(present)}."
        )
    if favourable not in present and not all(each in (0, 1) and favourable in (0, 1) for each in present):
        raise ValueError(
            f"`favourable` must be one of the labels {_few(present)}, got {favourable!r}."
            + suggestion(favourable, present)
        )
    return favourable


def _few(values: Sequence[Any]) -> str:
    shown = ", ".join(map(repr, values[:6]))
    return f"{shown}, …" if len(values) > 6 else shown


def read_sensitive(
    sensitive: Any, boundaries: Mapping[Any, float] | None, table: pd.DataFrame
) -> tuple[Feature, ...]:
    """Sensitive features, from the names or numbers of columns, or from values.

    Parameters
    ----------
    sensitive : str, int, list of them, Series, DataFrame, mapping of names to columns, or array
    boundaries : mapping of name to number, optional
        Where numbers are cut in two; by default at their median.
    table : DataFrame

    Raises
    ------
    ValueError: an absent column; lengths that differ; a feature of one value, or of more than `MOST_GROUPS`;
        a boundary that leaves one side empty, or of no sensitive feature.
    """
    if sensitive is None:
        return ()
    columns = _sensitive_columns(sensitive, table)
    cuts = dict(boundaries or {})
    unknown = [each for each in cuts if str(each) not in columns]
    if unknown:
        raise ValueError(
            f"`boundaries` must name sensitive features, {list(columns)!r}, got {unknown[0]!r}."
            + suggestion(unknown[0], columns)
        )
    cut_at = {str(name): cut for name, cut in cuts.items()}
    for name, values in columns.items():
        if len(values) != len(table):
            raise ValueError(
                f"`sensitive_features` must have {len(table)} rows as `data` has, "
                f"got {len(values)} in {name!r}."
            )
    return tuple(read_feature(name, values, cut_at.get(name)) for name, values in columns.items())


def _sensitive_columns(sensitive: Any, table: pd.DataFrame) -> dict[str, Any]:
    if is_column_key(sensitive):
        sensitive = [sensitive]
    if isinstance(sensitive, pd.DataFrame):
        return {str(name): sensitive[name] for name in sensitive.columns}
    if isinstance(sensitive, Mapping):
        return {str(name): values for name, values in sensitive.items()}
    if _names_columns(sensitive, table):
        keys = [column_named("sensitive_features", each, table) for each in sensitive]
        return {str(key): table[key] for key in keys}
    name = getattr(sensitive, "name", None)
    return {str(name if name is not None else text("bias.group")): sensitive}


def _names_columns(sensitive: Any, table: pd.DataFrame) -> bool:
    """Whether a list is of columns, not of each row's group; where both fit, known names decide."""
    if not isinstance(sensitive, (list, tuple)) or not 0 < len(sensitive) <= table.shape[1]:
        return False
    known = all(each in table.columns for each in sensitive)
    return known or (len(sensitive) != len(table) and all(map(is_column_key, sensitive)))


def read_feature(name: str, values: Any, boundary: float | None = None) -> Feature:
    """One sensitive feature: numbers cut at a boundary, anything else by its values.

    Raises
    ------
    ValueError: one value only, or more than `MOST_GROUPS`; a boundary that leaves one side empty.
    """
    numbers = _numbers_of(values)
    if boundary is not None or (
        numbers is not None and len(np.unique(numbers[~np.isnan(numbers)])) > MOST_NUMBERED_GROUPS
    ):
        return _cut(name, numbers, boundary)
    several = pd.Series(values).nunique(dropna=False)
    if several > MOST_GROUPS:
        raise ValueError(
            f"`sensitive_features` must have at most {MOST_GROUPS} groups each, got {several} in {name!r}: "
            "join them before, or, of numbers, give a boundary in `boundaries`."
        )
    codes, groups, code_of = read_groups(values, len(values))
    if len(groups) < 2:
        raise ValueError(
            f"`sensitive_features` must have two groups to compare, got only {groups[0]!r} "
            f"in {name!r}, in all {len(values)} rows."
        )
    return Feature(name, groups, _compact(codes, code_of))


def _numbers_of(values: Any) -> NDArray[np.float64] | None:
    series = pd.Series(values)
    if not pd.api.types.is_numeric_dtype(series) or pd.api.types.is_bool_dtype(series):
        return None
    return series.to_numpy(dtype=np.float64, na_value=np.nan)


def _cut(name: str, numbers: NDArray[np.float64] | None, boundary: float | None) -> Feature:
    if numbers is None:
        raise ValueError(f"`boundaries` must be of numbers, and {name!r} holds none.")
    known = ~np.isnan(numbers)
    at = float(np.median(numbers[known])) if boundary is None else float(boundary)
    upper = numbers >= at
    if boundary is None and upper[known].all():  # more than half the rows lie at the lowest value
        at = float(numbers[numbers > at].min())
        upper = numbers >= at
    if upper[known].all() or not upper[known].any():
        raise ValueError(
            f"`boundaries` must leave rows on both sides, got {at:g} for {name!r}, which lies between "
            f"{numbers[known].min():g} and {numbers[known].max():g}."
        )
    groups = [f"{name} < {at:g}", f"{name} ≥ {at:g}"]
    codes = np.where(known, upper.astype(np.intp), 2)
    if not known.all():
        groups.append(MISSING)
    return Feature(name, tuple(groups), codes, numbers, at)


def read_strata(strata: Any, table: pd.DataFrame) -> Feature | None:
    """The strata that a disparity is taken within: a column's values, or the quarters of a number.

    Raises
    ------
    ValueError: an absent column, lengths that differ, or more than `MOST_GROUPS` strata.
    """
    if strata is None:
        return None
    name, values = _one_column("strata", strata, table)
    numbers = _numbers_of(values)
    if numbers is not None and len(np.unique(numbers)) > MOST_NUMBERED_GROUPS:
        values = pd.qcut(numbers, 4, duplicates="drop")
    known = pd.Series(values).astype(object)
    values = known.where(known.notna(), MISSING).to_numpy()
    several = len(pd.unique(values))
    if several > MOST_GROUPS:
        raise ValueError(f"`strata` must have at most {MOST_GROUPS} values, got {several} in {name!r}.")
    codes, groups, code_of = read_groups(values, len(table))
    return Feature(name, groups, _compact(codes, code_of))


def _one_column(keyword: str, given: Any, table: pd.DataFrame) -> tuple[str, Any]:
    if is_column_key(given):
        column = column_named(keyword, given, table)
        return str(column), table[column]
    if len(given) != len(table):
        raise ValueError(f"`{keyword}` must have {len(table)} rows as `data` has, got {len(given)}.")
    name = getattr(given, "name", None)
    return str(name if name is not None else keyword), given


def _compact(codes: NDArray[Any], code_of: Sequence[int]) -> NDArray[np.intp]:
    """Codes as places among the names that `read_groups` gives."""
    place = np.zeros(max(code_of) + 1, dtype=np.intp)
    place[list(code_of)] = np.arange(len(code_of))
    return place[codes]


def spelled_out(feature: str, group: str) -> str:
    """A group's name as it can stand in a sentence: a bare "yes" or "1" with its feature."""
    bare = group.lower() in ("yes", "no", "true", "false") or natural(group)[0] == 0
    return f"{feature} = {group}" if bare else group


def crossed(features: Sequence[Feature]) -> Feature:
    """The intersections of several features: each combination that some row has."""
    together = np.ravel_multi_index(
        [each.codes for each in features], [len(each.groups) for each in features]
    )
    present, codes = np.unique(together, return_inverse=True)
    places = np.unravel_index(present, [len(each.groups) for each in features])
    groups = [
        ", ".join(
            spelled_out(each.name, each.groups[int(place[i])])
            for each, place in zip(features, places, strict=True)
        )
        for i in range(len(present))
    ]
    return Feature(" × ".join(each.name for each in features), tuple(groups), codes.astype(np.intp))


def read_features(model: Any, features: Any, label: Any, table: pd.DataFrame) -> pd.DataFrame:
    """The columns that a model takes.

    Parameters
    ----------
    model : object or None
    features : list of names or numbers of columns, or None
        By default those in the model's `feature_names_in_`, else all but the label and the column of scores.
        Of an array, whose columns have numbers alone, all are meant in the model's order.
    label : name of a column, or None
    table : DataFrame

    Raises
    ------
    ValueError: a column is absent, or how many the model takes does not tell which.
    """
    if features is not None:
        return table[[column_named("features", each, table) for each in features]]
    scores = column_named("model", model, table) if is_column_key(model) else None
    left = [each for each in table.columns if each not in (label, scores)]
    known = [str(each) for each in getattr(model, "feature_names_in_", [])]
    if not known:
        _refuse_other_width(getattr(model, "n_features_in_", len(left)), left)
        return table[left]
    if _is_numbered(table):  # an array: its columns are meant in the model's order
        _refuse_other_width(len(known), left)
        return table[left].set_axis(known, axis="columns")
    absent = [each for each in known if each not in table.columns]
    if absent:
        raise ValueError(
            f"`data` must have the columns that the model was fitted on, got none named {absent[0]!r}."
            + suggestion(absent[0], table.columns)
        )
    return table[known]


def _is_numbered(table: pd.DataFrame) -> bool:
    numbers: list[Any] = list(range(table.shape[1]))
    return list(table.columns) == numbers


def _refuse_other_width(takes: int, left: Sequence[Any]) -> None:
    if takes != len(left):
        raise ValueError(
            f"`features` must name the {takes} columns that the model takes, "
            f"since there are {len(left)}: {list(left)!r}."
        )


def leaks(features: pd.DataFrame, y: NDArray[np.bool_], label: str | None) -> list[str]:
    """Names of features that are the label, or tell it without error; `label` is None where it is no column.

    A column of two values that stand for the two labels, or numbers that a boundary parts without error, in
    ten rows or more of both labels.
    """
    found = [label] if label is not None and label in map(str, features.columns) else []
    if min(y.sum(), len(y) - y.sum()) < 10:
        return found
    for column in features.columns:
        if str(column) not in found and _tells(features[column], y):
            found.append(str(column))
    return found


def _tells(values: pd.Series, y: NDArray[np.bool_]) -> bool:
    numbers = _numbers_of(values)
    if numbers is not None:
        with np.errstate(invalid="ignore"):
            yes, no = numbers[y], numbers[~y]
            return bool(yes.min() > no.max() or yes.max() < no.min())
    codes, uniques = pd.factorize(values)
    return len(uniques) == FEW_VALUES and bool((codes == y).all() or (codes == ~y).all())


def read_population(population: Any, sensitive: Sequence[Feature]) -> dict[str, dict[str, float]]:
    """Shares of the population by feature and group, each in [0, 1].

    Parameters
    ----------
    population : mapping of group to share; or of feature to such a mapping
    sensitive : sequence of Feature

    Raises
    ------
    ValueError: a share outside [0, 1], shares of a feature's groups that add up to more than 1, or a group
        that no sensitive feature has.
    """
    if not population:
        return {}
    nested = all(isinstance(each, Mapping) for each in population.values())
    by_feature = dict(population) if nested else _by_feature(population, sensitive)
    groups_of = {each.name: each.groups for each in sensitive}
    read: dict[str, dict[str, float]] = {}
    for feature, shares in by_feature.items():
        if feature not in groups_of:
            raise ValueError(
                f"`population` must name sensitive features, {list(groups_of)!r}, got {feature!r}."
                + suggestion(feature, groups_of)
            )
        read[feature] = {}
        for group, share in shares.items():
            if str(group) not in groups_of[feature]:
                raise ValueError(
                    f"`population` must name groups of {feature!r}, {list(groups_of[feature])!r}, "
                    f"got {group!r}.{suggestion(group, groups_of[feature])}"
                )
            if not 0 <= float(share) <= 1:
                raise ValueError(f"`population` must have shares in [0, 1], got {share!r} of {group!r}.")
            read[feature][str(group)] = float(share)
        if sum(read[feature].values()) > 1 + 1e-9:
            raise ValueError(
                f"`population` must have shares that add up to 1 at most, got {sum(shares.values()):g} "
                f"for {feature!r}."
            )
    return read


def _by_feature(population: Mapping[Any, float], sensitive: Sequence[Feature]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for group, share in population.items():
        homes = [each.name for each in sensitive if str(group) in each.groups]
        if len(homes) != 1:
            groups = [name for each in sensitive for name in each.groups]
            raise ValueError(
                f"`population` must name groups of one sensitive feature, of {groups!r}, got {group!r}, "
                f"which is in {len(homes)}.{suggestion(group, groups)}"
            )
        found.setdefault(homes[0], {})[str(group)] = share
    return found


def decisions(
    model: Any, features: pd.DataFrame, table: pd.DataFrame, *, threshold: float, **declared: Any
) -> tuple[Any, NDArray[np.float64] | None, NDArray[np.bool_]]:
    """How a model is read, its scores where it has any, and whom it accepts.

    Raises
    ------
    ValueError: a column of scores is absent, or has values outside [0, 1]. What the model itself raises is
        kept (`predictors.reader`).
    """
    if is_column_key(model):
        column = read_scores(table[column_named("model", model, table)])
        refuse_scores(column, unit_interval=True)
        column = column.astype(np.float64, copy=False)
        return None, column, column >= threshold
    reader = predictors.reader(model, threshold=threshold, **declared)
    if not reader.has_scores:
        return reader, None, reader.accepted(features)
    scores = reader.scores(features)
    return reader, scores, scores >= threshold
