"""A caller's columns (labels, scores, weights, groups), checked and turned into what can be counted."""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edutools._checks import suggestion

MISSING = "missing"
ALL = "all"

# A label that may stand alone, as the negative one, where the positive is 1.
_NEGATIVES_OF_ONE = {-1, 0}

# Up to this span small integers are counted by their own values: looking up a code for each would cost more.
_DIRECT_SPAN = 64


def read_scores(values: Any) -> NDArray[Any]:
    """Scores as an array of float64 or float32, shape (n,), whose values are not checked yet.

    Raises
    ------
    ValueError: not one-dimensional, empty, or not numbers.
    """
    array = _one_dimensional("y_score", values)
    if array.dtype in (np.float64, np.float32):
        return array
    return _as_floats("y_score", array)


def refuse_scores(scores: NDArray[Any], *, unit_interval: bool) -> None:
    """Raise where a score is not finite or, with `unit_interval`, lies outside [0, 1].

    Raises
    ------
    ValueError: as said, with the first such score and where it stands.
    """
    strange = ~np.isfinite(scores)
    if strange.any():
        raise ValueError(f"`y_score` must be finite, got {_first(scores, strange)}.")
    outside = (scores < 0) | (scores > 1)
    if unit_interval and outside.any():
        raise ValueError(
            f"`y_score` must lie in [0, 1] with the default thresholds, got {_first(scores, outside)}. "
            "Give `thresholds` of your own, or 'distinct', for another range."
        )


def read_weights(values: Any) -> NDArray[np.float64]:
    """Weights as an array of float64, shape (n,), none negative.

    Raises
    ------
    ValueError: not one-dimensional numbers, not finite, negative, all 0, or too large to be squared.
    """
    weights = _as_floats("sample_weight", _one_dimensional("sample_weight", values))
    strange = ~(np.isfinite(weights) & (weights >= 0))
    if strange.any():
        raise ValueError(f"`sample_weight` must be finite and at least 0, got {_first(weights, strange)}.")
    if not weights.any():
        raise ValueError("`sample_weight` must be above 0 somewhere, got only zeros.")
    with np.errstate(over="ignore"):
        if not np.isfinite(weights @ weights):
            raise ValueError(f"`sample_weight` must have squares that add up, got {weights.max():g}.")
    return weights


def read_labels(name: str, values: Any) -> NDArray[Any]:
    """Labels of any number of classes as an array, shape (n,).

    Raises
    ------
    ValueError: not one-dimensional, empty, or missing values.
    """
    import pandas as pd

    array = _one_dimensional(name, values)
    missing = int(pd.isna(array).sum())
    if missing:
        raise ValueError(f"`{name}` must have a label in each row, got {missing} missing.")
    return array


def read_positives(values: Any, pos_label: Any) -> NDArray[np.bool_]:
    """Which labels are `pos_label`, shape (n,).

    Raises
    ------
    ValueError: not one-dimensional, empty, missing values, more than two labels, or `pos_label` is not among
        them.
    """
    array = _one_dimensional("y_true", values)
    if array.dtype.kind in "biu":
        return _positives_of_integers(array, pos_label)
    import pandas as pd

    codes, uniques = pd.factorize(array)
    if (codes < 0).any():
        raise ValueError(f"`y_true` must have a label in every row, got {_count_of(codes < 0)} with none.")
    labels: list[Any] = uniques.tolist()
    _refuse_labels(labels, pos_label)
    positive: NDArray[np.bool_] = codes == (labels.index(pos_label) if pos_label in labels else -1)
    return positive


def _positives_of_integers(array: NDArray[Any], pos_label: Any) -> NDArray[np.bool_]:
    lowest, highest = array.min(), array.max()
    labels = [lowest.item()] if lowest == highest else [lowest.item(), highest.item()]
    if array.dtype.kind != "b" and int(highest) - int(lowest) > 1:
        between = (array != lowest) & (array != highest)
        if between.any():
            labels.insert(1, array[between][0].item())
    _refuse_labels(labels, pos_label)
    if array.dtype.kind == "b":
        return array if bool(pos_label) else ~array
    if labels == [0, 1] and array.dtype.itemsize == 1 and pos_label == 1:
        return array.view(np.bool_)  # already the bytes of booleans: nothing to compute
    return array == pos_label if pos_label in labels else np.zeros(array.shape, dtype=bool)


def _refuse_labels(labels: Sequence[Any], pos_label: Any) -> None:
    if len(labels) > 2:
        shown = ", ".join(map(repr, labels[:3]))
        raise ValueError(
            f"`y_true` must hold two labels, got more: {shown}{', …' if len(labels) > 3 else ''}."
        )
    understood = pos_label == 1 and all(label in _NEGATIVES_OF_ONE for label in labels) and len(labels) == 1
    if pos_label not in labels and not understood:
        raise ValueError(
            f"`pos_label` must be one of the labels in `y_true`, {list(labels)!r}, got {pos_label!r}."
            + suggestion(pos_label, labels)
        )


def read_groups(
    values: Any, n_rows: int, *, rows: NDArray[Any] | None = None
) -> tuple[NDArray[Any], tuple[str, ...], tuple[int, ...]]:
    """A code for each row, the groups' names in order, and the code that stands for each name.

    Parameters
    ----------
    values : None, one feature, or several (a DataFrame, a 2-D array, a mapping, or a list of features)
        Sensitive features of each row.
    n_rows : int
        How many rows there must be.
    rows : ndarray of int, shape (n_rows,), optional
        How many people each row stands for, by default one.

    Returns
    -------
    codes : ndarray of a small integer type, shape (n_rows,), at least 0
    names : tuple of str
    code_of : tuple of int, the code of each name; codes that stand for no name may be up to the largest code
        present

    Warns
    -----
    UserWarning: a value is missing; its rows make the group "missing".

    Raises
    ------
    ValueError: lengths that differ; two different values that read alike.
    """
    features = _features(values, n_rows)
    if not features:
        return np.zeros(n_rows, dtype=np.uint8), (ALL,), (0,)
    read = [_read_feature(feature) for feature in features]
    absent = [codes == labels.index(None) for codes, labels in read if None in labels]
    missing = sum(int(np.count_nonzero(each) if rows is None else rows[each].sum()) for each in absent)
    if missing:
        warnings.warn(
            f"`sensitive_features` has {missing} missing value{'s' * (missing > 1)}: "
            f"kept as a group named {MISSING!r}.",
            UserWarning,
            stacklevel=_level_of_caller(),
        )
    codes, labels = read[0]
    parts: list[tuple[str | None, ...]] = [(label,) for label in labels]
    for more, others in read[1:]:
        codes, parts = _crossed(codes, parts, more, others)
    order = [code for code in range(len(parts)) if parts[code] != (_ABSENT,)]
    names = [", ".join(MISSING if part is None else part for part in parts[code]) for code in order]
    _refuse_alike(names)
    return codes, tuple(names), tuple(order)


def _level_of_caller() -> int:
    """The `stacklevel` at which a warning names the line of the reader's own that called edutools."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("edutools."):
        level, frame = level + 1, frame.f_back
    return level


_ABSENT = "\0absent"


def _read_feature(feature: Any) -> tuple[NDArray[Any], list[str | None]]:
    """A code for each row, and each code's name: None where missing, `_ABSENT` where no row has it."""
    array = feature if isinstance(feature, np.ndarray) else None
    if array is not None and array.dtype.kind in "iub":
        lowest, highest = int(array.min()), int(array.max())
        if highest - lowest < _DIRECT_SPAN:
            return _codes_of_small_integers(array, lowest, highest)
    import pandas as pd

    codes, uniques = pd.factorize(feature)
    if isinstance(getattr(feature, "dtype", None), pd.CategoricalDtype):
        ordered = [c for c in feature.dtype.categories if c in set(uniques)]
        labels = [str(each) for each in ordered]
        _refuse_alike(labels)
        rank = np.array([ordered.index(each) for each in uniques] + [len(labels)])
    else:
        # The list of a numpy array of dates would be integers.
        spelled = [
            str(each) for each in (uniques.astype(str) if uniques.dtype.kind in "mM" else uniques.tolist())
        ]
        _refuse_alike(spelled)
        labels = sorted(spelled, key=natural)
        place = {label: i for i, label in enumerate(labels)}
        rank = np.array([place[each] for each in spelled] + [len(labels)])
    if (codes < 0).any():
        return rank[codes], [*labels, None]
    return rank[codes], list(labels)


def _codes_of_small_integers(
    array: NDArray[Any], lowest: int, highest: int
) -> tuple[NDArray[Any], list[str | None]]:
    if array.dtype.kind == "b":
        codes = array.view(np.uint8)
        labels: list[Any] = [False, True]
        lowest, highest, ends = 0, 1, {lowest, highest}
    else:
        # int8 may wrap here, and is right again as unsigned; 64 bits cannot, and index only when signed.
        moved = array - array.dtype.type(lowest) if lowest else array
        codes = moved.view(np.int64 if array.dtype.itemsize == 8 else f"u{array.dtype.itemsize}")
        labels = list(range(lowest, highest + 1))
        ends = {lowest, highest}
    return codes, [
        str(label) if label in ends or (codes == label - lowest).any() else _ABSENT for label in labels
    ]


def _crossed(
    codes: NDArray[Any], parts: list[tuple[str | None, ...]], more: NDArray[Any], labels: list[str | None]
) -> tuple[NDArray[Any], list[tuple[str | None, ...]]]:
    """The codes of two features taken together, in their order: the combinations that some row has."""
    both = codes.astype(np.int64) * len(labels) + more.astype(np.int64)
    present, inverse = np.unique(both, return_inverse=True)
    return inverse, [(*parts[each // len(labels)], labels[each % len(labels)]) for each in present.tolist()]


def _features(values: Any, n_rows: int) -> list[Any]:
    """Each sensitive feature as something one-dimensional that pandas can factorize."""
    if values is None:
        return []
    if isinstance(values, Mapping):
        columns: list[Any] = list(values.values())
    elif hasattr(values, "columns") and hasattr(values, "shape"):
        import narwhals as nw

        columns = [column.to_native() for column in nw.from_native(values, eager_only=True).iter_columns()]
    elif isinstance(values, (list, tuple)) and values and all(_is_column(each) for each in values):
        columns = list(values)
    else:
        array = plain(values)
        if array.ndim not in (1, 2):
            raise ValueError(
                f"`sensitive_features` must have one or two dimensions, got shape {array.shape}."
            )
        columns = [array] if array.ndim == 1 else [array[:, i] for i in range(array.shape[1])]
    if not columns:
        raise ValueError("`sensitive_features` must have at least one feature, or be None, got none.")
    columns = [plain(column) for column in columns]
    for column in columns:
        if column.ndim != 1 or len(column) != n_rows:
            shape = column.shape[0] if column.ndim == 1 else column.shape
            raise ValueError(f"`sensitive_features` must have {n_rows} rows as `y_true` has, got {shape}.")
    return columns


def _is_column(value: Any) -> bool:
    return not isinstance(value, (str, bytes)) and getattr(value, "ndim", 1) > 0 and hasattr(value, "__len__")


def plain(values: Any) -> Any:
    """A numpy array, or a pandas array where it knows more: categories, its own missing values."""
    if hasattr(values, "iloc"):
        import pandas as pd

        values = (
            values.to_numpy() if isinstance(values.array, pd.arrays.NumpyExtensionArray) else values.array
        )
    if isinstance(values, np.ndarray) or hasattr(values, "isna"):
        return values
    if hasattr(values, "to_pylist") or hasattr(values, "to_list"):
        # A column of another engine: numpy would turn integers with gaps into floats, and 25 into 25.0.
        array = np.asarray(values)
        listed = values.to_pylist() if hasattr(values, "to_pylist") else values.to_list()
        return _objects(listed) if any(each is None for each in listed) else array
    if isinstance(values, Iterable) and not isinstance(values, (str, bytes)):
        listed = list(values)
        if any(isinstance(each, (str, bytes)) or each is None for each in listed):
            return _objects(listed)  # np.asarray would turn [1, "a", None] into three strings
        return np.asarray(listed)
    return np.asarray(values)


def _objects(values: Sequence[Any]) -> NDArray[Any]:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _refuse_alike(names: Sequence[str]) -> None:
    alike = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if alike:
        raise ValueError(
            "`sensitive_features` must have values that read differently, "
            f"got different ones that both read {alike[0]!r}."
        )


def natural(name: str) -> tuple[Any, ...]:
    """Sort key that puts numbers in numeric order, also inside texts, and "missing" last."""
    try:
        number = float(name)
    except ValueError:
        number = np.nan
    if np.isfinite(number):
        return (0, number, name)
    pieces = re.split(r"(\d+)", name)
    return (2 if name == MISSING else 1, [int(p) if p.isdecimal() else p for p in pieces], name)


def _one_dimensional(name: str, values: Any) -> NDArray[Any]:
    array = values.to_numpy() if hasattr(values, "to_numpy") else np.asarray(plain(values))
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise ValueError(f"`{name}` must have one dimension, got shape {array.shape}.")
    if not len(array):
        raise ValueError(f"`{name}` must have at least one row, got none.")
    return array


def _as_floats(name: str, array: NDArray[Any]) -> NDArray[np.float64]:
    words = (
        (each for each in array if isinstance(each, (str, bytes))) if array.dtype.kind == "O" else iter(())
    )
    strange = next(words, array[0] if array.dtype.kind not in "biufO" else None)
    if strange is None:
        try:
            return np.asarray(array, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise ValueError(f"`{name}` must hold numbers in every row: {error}.") from None
    raise ValueError(f"`{name}` must hold numbers, got {strange!r}.")


def _first(array: NDArray[Any], where: ArrayLike) -> str:
    row = int(np.argmax(where))
    count = int(np.count_nonzero(where))
    more = f" and {count - 1} more" if count > 1 else ""
    return f"{array[row].item()!r} in row {row}{more}"


def _count_of(where: NDArray[np.bool_]) -> str:
    count = int(np.count_nonzero(where))
    return f"{count} row{'s' * (count > 1)}"
