"""What a stage of a pipeline holds, and what differs between two stages, as plain dicts of counts."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edutools._columns import read_groups, read_positives, read_weights
from edutools.metrics import share_interval
from edutools.widgets.group_metrics import MOST_GROUPS

if TYPE_CHECKING:
    import pandas as pd

Facts = dict[str, Any]
# [value, low, high], or None where it is undefined.
Share = list[float] | None


def read_frame(data: Any) -> pd.DataFrame:
    """A copy of a data frame of any engine, as pandas; without an index of its own its rows are numbered.

    Raises
    ------
    TypeError: not a data frame.
    ValueError: two columns of the same name.
    """
    import narwhals as nw
    import pandas as pd

    if isinstance(data, pd.DataFrame):
        frame = data.copy()
    else:
        try:
            native = nw.from_native(data, eager_only=True)
        except TypeError:
            raise TypeError(f"`data` must be a data frame, got {type(data).__name__}.") from None
        frame = pd.DataFrame({column: native[column].to_list() for column in native.columns})
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise ValueError(f"`data` must have columns of different names, got {twice[0]!r} more than once.")
    return frame


def stage_facts(
    frame: pd.DataFrame,
    *,
    features: Sequence[Hashable],
    label: Hashable | None,
    pos_label: Any,
    sample_weight: ArrayLike | None,
) -> Facts:
    """What stands in a table: its shape, its missing values, and its groups with their shares and base rates.

    Returns
    -------
    dict
        rows, columns, missing : int · named_twice : int, rows whose index label another row has too ·
        weighs_as : float or None, Kish's effective number of rows where they are weighted · ungrouped : int,
        rows in which a feature is missing · unlabelled : int, rows whose label is missing · absent : list of
        str, those of `features` and `label` that are no column here · groups : list of dict, as
        `_group_facts` gives them; empty where a feature is absent or there are no rows.

    Raises
    ------
    ValueError: weights that do not fit the rows; more than two labels; more than twelve groups.
    """
    weights = _weights_for(frame, sample_weight)
    absent = [name for name in (*features, label) if name is not None and name not in frame.columns]
    grouped = len(frame) > 0 and not set(features) & set(absent)
    labels = _labels_in(frame, label, pos_label)
    return {
        "rows": len(frame),
        "columns": frame.shape[1],
        "missing": int(frame.isna().to_numpy().sum()),
        "named_twice": int(frame.index.duplicated(keep=False).sum()),
        "weighs_as": None if weights is None else _effective(weights),
        "ungrouped": int(frame[list(features)].isna().any(axis=1).sum()) if grouped else 0,
        "unlabelled": 0 if labels is None else int(np.isnan(labels).sum()),
        "absent": [str(name) for name in absent],
        "groups": _groups(frame, features, labels, weights) if grouped else [],
    }


def _weights_for(frame: pd.DataFrame, sample_weight: ArrayLike | None) -> NDArray[np.float64] | None:
    if sample_weight is None:
        return None
    index = getattr(sample_weight, "index", None)
    # A list has a method of that name.
    if index is not None and not callable(index) and not index.equals(frame.index):
        raise ValueError(
            "`sample_weight` must have the index of `data` where it has one of its own: "
            "else weights would reach other rows than they are meant for."
        )
    weights = read_weights(sample_weight)
    if len(weights) != len(frame):
        raise ValueError(f"`sample_weight` must have {len(frame)} rows as `data` has, got {len(weights)}.")
    return weights


def _labels_in(frame: pd.DataFrame, label: Hashable | None, pos_label: Any) -> NDArray[np.float64] | None:
    """1 for each positive row, 0 for each other, nan where no label is known; None without the column."""
    if label is None or label not in frame.columns:
        return None
    known = frame[label].notna().to_numpy()
    labels = np.full(len(frame), np.nan)
    if known.any():
        try:
            labels[known] = read_positives(frame[label][known], pos_label)
        except ValueError as error:
            raise ValueError(f"The column {label!r} must hold labels of two kinds. {error}") from None
    return labels


def _groups(
    frame: pd.DataFrame,
    features: Sequence[Hashable],
    labels: NDArray[np.float64] | None,
    weights: NDArray[np.float64] | None,
) -> list[Facts]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that groups are missing is said on the card
        codes, names, code_of = read_groups([frame[name] for name in features] or None, len(frame))
    if len(names) > MOST_GROUPS:
        raise ValueError(
            f"`sensitive_features` must make at most {MOST_GROUPS} groups, got {len(names)}: join small ones."
        )
    return [
        {"name": name, **_group_facts(codes == code, labels, weights)}
        for name, code in zip(names, code_of, strict=True)
    ]


def _group_facts(
    inside: NDArray[np.bool_], labels: NDArray[np.float64] | None, weights: NDArray[np.float64] | None
) -> Facts:
    """Of one group: its rows, those with a label, its share of all rows and its base rate.

    Each of the two comes again as the weights make it, None without weights.
    """
    known = inside & ~np.isnan(labels) if labels is not None else np.zeros_like(inside)
    positive = known if labels is None else labels[known]
    return {
        "rows": int(inside.sum()),
        "labelled": int(known.sum()),
        "share": _share(inside),
        "weighted_share": None if weights is None else _share(inside, weights),
        "base_rate": _share(positive) if known.any() else None,
        "weighted_base_rate": None if weights is None else _share(positive, weights[known]),
    }


def _share(hit: NDArray[Any], weights: NDArray[np.float64] | None = None) -> Share:
    """Share of the rows, or of their weight, that is hit, with Wilson's limits.

    Weighted rows count as so many as Kish's effective number (Survey Sampling, 1965, section 11.7).
    """
    weights = np.ones(len(hit)) if weights is None else weights
    size = _effective(weights)
    if size == 0:
        return None
    value = float(weights @ hit / weights.sum())
    return [value, *share_interval(value * size, size).tolist()]


def _effective(weights: NDArray[np.float64]) -> float:
    squares = float(weights @ weights)
    return float(weights.sum()) ** 2 / squares if squares > 0 else 0.0


def differences(before: pd.DataFrame, after: pd.DataFrame) -> Facts:
    """What differs between two tables, rows taken by their index labels and columns by their names.

    Returns
    -------
    dict
        columns_gained, columns_lost : list of str · rows_gained, rows_lost : int; a label that stands on
        three rows where it stood on one is two rows gained · by_column : list of dict, for each common column
        in which something differs its name and the cells that were ``changed`` (known before and after),
        ``filled`` (missing before) and ``emptied`` (missing after); None where labels stand on several
        rows, since it is not known which of them to compare.
    """
    was, stands = Counter(before.index), Counter(after.index)
    comparable = before.index.is_unique and after.index.is_unique
    return {
        "columns_gained": [str(name) for name in after.columns if name not in before.columns],
        "columns_lost": [str(name) for name in before.columns if name not in after.columns],
        "rows_gained": (stands - was).total(),
        "rows_lost": (was - stands).total(),
        "by_column": _by_column(before, after) if comparable else None,
    }


def _by_column(before: pd.DataFrame, after: pd.DataFrame) -> list[Facts]:
    places = before.index.get_indexer(after.index)
    common = places >= 0
    old, new = before.iloc[places[common]], after.iloc[np.flatnonzero(common)]
    found = [
        {"column": str(name), **_cells(old[name], new[name])}
        for name in after.columns
        if name in before.columns
    ]
    return [each for each in found if each["changed"] or each["filled"] or each["emptied"]]


def _cells(before: pd.Series, after: pd.Series) -> dict[str, int]:
    was, stands = before.notna().to_numpy(), after.notna().to_numpy()
    both = was & stands
    # As objects, so that 1 and 1.0 are alike, and large whole numbers that no float holds are not.
    return {
        "changed": _differing(before.to_numpy(object)[both], after.to_numpy(object)[both]),
        "filled": int((stands & ~was).sum()),
        "emptied": int((was & ~stands).sum()),
    }


def _differing(old: NDArray[Any], new: NDArray[Any]) -> int:
    try:
        return int(np.count_nonzero(old != new))
    except (TypeError, ValueError):  # cells that hold arrays
        return sum(repr(one) != repr(other) for one, other in zip(old, new, strict=True))


def reversed_differences(found: Facts) -> Facts:
    """The same differences, seen from the other table."""
    by_column = found["by_column"]
    return {
        "columns_gained": found["columns_lost"],
        "columns_lost": found["columns_gained"],
        "rows_gained": found["rows_lost"],
        "rows_lost": found["rows_gained"],
        "by_column": by_column
        and [{**each, "filled": each["emptied"], "emptied": each["filled"]} for each in by_column],
    }


def total(found: Facts, kind: str) -> int | None:
    """How many cells were ``changed``, ``filled`` or ``emptied`` in all columns, None where not compared."""
    by_column = found["by_column"]
    return None if by_column is None else sum(each[kind] for each in by_column)


def example_of(frame: pd.DataFrame, label: Hashable, identifiers: Sequence[str]) -> Facts:
    """The row called `label`: how many bear that label, and its cells in words where it is one.

    Returns
    -------
    dict
        found : int · cells : list of [column, value], without the `identifiers` · withheld : list of str,
        the identifiers that this table has
    """
    hidden = {_spelled(name) for name in identifiers}
    withheld = [str(name) for name in frame.columns if _spelled(name) in hidden]
    import pandas as pd

    places = frame.index.get_indexer_for(pd.Index([label], tupleize_cols=frame.index.nlevels > 1))
    rows = frame.iloc[places[places >= 0]]
    cells = [
        [str(name), _in_words(rows[name].iloc[0])]
        for name in (frame.columns if len(rows) == 1 else [])
        if _spelled(name) not in hidden
    ]
    return {"found": len(rows), "cells": cells, "withheld": withheld}


def _spelled(name: Any) -> str:
    # 'Name' and ' name' tell as much as 'name'.
    return str(name).strip().casefold()


def _in_words(value: Any) -> str:
    if isinstance(value, (float, np.floating)):
        return "" if np.isnan(value) else np.format_float_positional(value, precision=4, trim="-")
    import pandas as pd

    missing = pd.isna(value)
    return "" if missing is True else str(value)
