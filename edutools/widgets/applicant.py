"""Reads what a widget on one applicant is given: the row, the background people, groups and thresholds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from edutools._checks import one_of, suggestion
from edutools._columns import read_groups
from edutools.widgets.decision import Feature, Groups, Threshold, is_number, plain
from edutools.widgets.figures import decimals, threshold_words
from edutools.widgets.table import from_json, to_json

if TYPE_CHECKING:
    import pandas as pd


def threshold_to_json(value: Threshold) -> Any:
    """A threshold, or one a group, as JSON has it: null for +∞."""
    if isinstance(value, dict):
        return {group: to_json(each) for group, each in value.items()}
    return to_json(value)


def threshold_from_json(value: Any) -> Threshold:
    """A threshold, or one a group, as JSON had it."""
    if isinstance(value, dict):
        return {group: from_json(each) for group, each in value.items()}
    return from_json(value)


def signed(value: float, digits: int) -> str:
    """`value` with its sign, + too, unless it rounds to 0."""
    words = decimals(value, digits)
    return f"+{words}" if value > 0 and words != decimals(0.0, digits) else words


def score_beside(score: float, threshold: float) -> tuple[str, str]:
    """A score and a threshold in words, with as many decimals (three to six) as tell them apart."""
    if math.isinf(threshold):
        return decimals(score, 3), threshold_words(threshold)
    if decimals(score, 3) != decimals(threshold, 3) or score == threshold:
        return decimals(score, 3), threshold_words(threshold)
    digits = next((d for d in (4, 5) if decimals(score, d) != decimals(threshold, d)), 6)
    return decimals(score, digits), decimals(threshold, digits)


def read_tables(
    model: Any, row: Any, X: Any, feature_names: Sequence[str] | None, *, blanks: bool = False
) -> tuple[pd.DataFrame, Mapping[str, Any], list[str]]:
    """The background people as a table, the applicant by column, and the columns that the model reads."""
    import pandas as pd

    if hasattr(X, "columns"):
        table = pd.DataFrame(X).rename(columns=str)
        fitted_with: Sequence[str] = getattr(model, "feature_names_in_", table.columns.tolist())
        known = list(fitted_with if feature_names is None else feature_names)
    else:
        numbers = np.asarray(X)
        if numbers.ndim != 2:
            raise ValueError(f"`X` must have two dimensions, got shape {numbers.shape}.")
        known = list(feature_names or [f"x{place}" for place in range(numbers.shape[1])])
        if len(known) != numbers.shape[1]:
            raise ValueError(f"`feature_names` must name {numbers.shape[1]} columns, got {len(known)}.")
        table = pd.DataFrame(numbers, columns=known)
    known = [str(name) for name in known]
    if table.empty:
        raise ValueError("`X` must have at least one row, got none.")
    for name in known:
        refuse_absent("X", name, known, list(table.columns))
        if not blanks and table[name].isna().any():
            raise ValueError(f"`X` must have a value in every row of {name!r}: fill or drop the blank ones.")
    return table, _applicant(row, known), known


def _applicant(row: Any, known: list[str]) -> Mapping[str, Any]:
    if hasattr(row, "columns"):
        if len(row) != 1:
            raise ValueError(f"`row` must be one applicant, got {len(row)} rows.")
        row = row.iloc[0]
    if isinstance(row, Mapping) or hasattr(row, "index"):
        applicant = {str(name): plain(each) for name, each in row.items()}
    else:
        values = np.asarray(row).ravel()
        if len(values) != len(known):
            raise ValueError(f"`row` must have {len(known)} features, got {len(values)}.")
        applicant = {name: plain(each) for name, each in zip(known, values, strict=True)}
    for name in known:
        refuse_absent("row", name, known, list(applicant))
    return applicant


def read_value(applicant: Mapping[str, Any], table: pd.DataFrame, name: str) -> Any:
    """The applicant's value of one feature; a blank or infinite one is refused."""
    import pandas as pd

    value = applicant[name]
    if pd.isna(value):
        raise ValueError(f"`row` must have a value for {name!r}, got {value!r}: fill it as X was filled.")
    if is_number(table[name]) and not is_finite(value):
        raise ValueError(f"`row` must have a finite number for {name!r}, got {value!r}.")
    return value


def refuse_absent(what: str, name: str, known: list[str], got: list[str]) -> None:
    """Raise where the column `name` is not among those got."""
    if name not in got:
        raise ValueError(
            f"`{what}` must have the features that the model reads, {known!r}, got {got!r}: "
            f"{name!r} is absent.{suggestion(name, got)}"
        )


def read_applicants_group(
    table: pd.DataFrame,
    applicant: Mapping[str, Any],
    read: list[str],
    sensitive_features: Any,
    group: str | None,
    group_feature: str | None,
    threshold: Any,
) -> tuple[Groups, str | None]:
    """The groups of the background people, and the applicant's own."""
    if group_feature is not None:
        refuse_absent("X", group_feature, [group_feature], list(table.columns))
    if sensitive_features is None and group_feature is not None:
        sensitive_features = table[group_feature]
    if sensitive_features is None:
        if group is None and not isinstance(threshold, Mapping):
            return Groups(), None
        raise ValueError(
            "`sensitive_features` must say the group of each row in `X` where there is a `group` or a "
            "threshold by group, got None."
        )
    codes, found, code_of = read_groups(sensitive_features, len(table))
    spelled = dict(zip(code_of, found, strict=True))
    of_people = np.array([spelled[code] for code in codes.tolist()], dtype=object)
    values = _values_of_groups(table, of_people, found, group_feature) if group_feature is not None else None
    own = _own_group(applicant, found, group, group_feature, values)
    reads = group_feature if group_feature in read else None
    return Groups(found, of_people, reads, values if reads is not None else None), own


def _values_of_groups(
    table: pd.DataFrame, of_people: Any, found: tuple[str, ...], group_feature: str
) -> dict[str, Any]:
    values = {}
    for name in found:
        held = table[group_feature][of_people == name].unique()
        if len(held) != 1:
            raise ValueError(
                f"`group_feature` must have one value in each group, got {len(held)} in {name!r} of "
                f"{group_feature!r}."
            )
        values[name] = plain(held[0])
    return values


def _own_group(
    applicant: Mapping[str, Any],
    found: tuple[str, ...],
    group: str | None,
    group_feature: str | None,
    values: Mapping[str, Any] | None,
) -> str:
    written = None
    if values is not None and group_feature is not None and group_feature in applicant:
        written = next((name for name, each in values.items() if each == applicant[group_feature]), None)
    own = group if group is not None else written
    if own is None:
        raise ValueError(
            f"`group` must say which group the applicant is in, one of {list(found)!r}, got None."
        )
    one_of("group", own, found)
    if written is not None and own != written:
        raise ValueError(f"`group` is {own!r}, but the applicant's {group_feature!r} says {written!r}.")
    return own


def checked_threshold(value: Any, groups: tuple[str, ...]) -> Threshold:
    """A threshold in [0, 1] or +∞, or one for each of `groups`."""
    if not isinstance(value, Mapping):
        return _threshold(value)
    given = {str(group): each for group, each in value.items()}
    for group in given:
        one_of("group", group, groups)
    absent = [group for group in groups if group not in given]
    if absent:
        raise ValueError(
            f"`threshold` must have a number for each of {list(groups)!r}, got none for {absent!r}."
        )
    return {group: _threshold(given[group]) for group in groups}


def _threshold(value: Any) -> float:
    number = plain(value)
    is_number = isinstance(number, int | float) and not isinstance(number, bool)
    if not is_number or not (0 <= number <= 1 or number == math.inf):
        raise ValueError(f"`threshold` must be a number in [0, 1], or +inf for nobody, got {value!r}.")
    return float(number)


def is_finite(value: Any) -> bool:
    """Whether a value is a finite number, and no truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def sent(feature: Feature, value: Any) -> Any:
    """A value as the browser gets it: a number, or a level in words."""
    return str(value) if feature.kind == "level" else value


def or_null(value: Any) -> Any:
    """A value as JSON has it: null for nan."""
    return None if isinstance(value, float) and math.isnan(value) else value
