"""What is known of a model epoch by epoch, read from histories of any form."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edutools._checks import suggestion
from edutools.counts import Cells
from edutools.widgets.group_metrics import MOST_GROUPS

Floats = NDArray[np.float64]
Entry = Mapping[str, Any]

CURVES = ("loss", "val_loss", "penalty", "accuracy", "val_accuracy")
WITHIN_ONE = ("accuracy", "val_accuracy")
# What Keras and skorch call the same: https://keras.io/api/callbacks/ and
# https://skorch.readthedocs.io/en/stable/user/history.html
ALIASES = {
    "train_loss": "loss",
    "valid_loss": "val_loss",
    "test_loss": "val_loss",
    "acc": "accuracy",
    "train_acc": "accuracy",
    "binary_accuracy": "accuracy",
    "val_acc": "val_accuracy",
    "valid_acc": "val_accuracy",
    "val_binary_accuracy": "val_accuracy",
}
ROUNDING = 1e-9
CELLS = ("tp", "fp", "fn", "tn")
KNOWN = (*CURVES, "rates", "cells", "coef")
READ = {*KNOWN, *ALIASES, "epoch", "intercept", "group_rows"}


@dataclass(frozen=True, eq=False, kw_only=True)
class Epochs:
    """The figures of every epoch; what a history does not tell is None, and what is undefined is nan.

    Attributes
    ----------
    numbers : tuple of int, length n_epochs, rising
    curves : dict of str to ndarray of float, shape (n_epochs,)
        Those of `CURVES` that are told.
    groups : tuple of str, length n_groups
    rates : ndarray of float, shape (n_epochs, n_groups), optional
        Each group's selection rate on the rows trained on.
    rows : ndarray of float, shape (n_groups,), optional
        How many rows `rates` are of; where these are weighted, as many of equal weight as tell as much.
    cells : ndarray of int, shape (n_epochs, n_groups, 4), optional
        The cells (tp, fp, fn, tn) of each group's held-out rows.
    features : tuple of str, length n_features
    weights : ndarray of float, shape (n_epochs, n_features), optional
    intercepts : ndarray of float, shape (n_epochs,), optional
    """

    numbers: tuple[int, ...]
    curves: dict[str, Floats]
    groups: tuple[str, ...] = ()
    rates: Floats | None = None
    rows: Floats | None = None
    cells: NDArray[np.int64] | None = None
    features: tuple[str, ...] = ()
    weights: Floats | None = None
    intercepts: Floats | None = None

    @classmethod
    def read(cls, history: Any, *, feature_names: Sequence[str] | None = None) -> Epochs:
        """The epochs of a history of any form that `TrainingTrace` takes.

        Raises
        ------
        TypeError: `history` has none of the forms.
        ValueError: it is empty, tells nothing that is shown, or holds what cannot be.
        """
        entries = [_by_known_names(entry) for entry in _entries(history)]
        if not entries:
            raise ValueError("`history` must have at least one epoch, got none.")
        numbers = _numbers(entries)
        curves = {name: _curve(name, entries, numbers) for name in CURVES if _is_told(name, entries)}
        features, weights, intercepts = _weights(entries, numbers, feature_names)
        groups, rates, cells = _groups(entries, numbers)
        if cells is not None:  # counts say more than what was told
            curves["val_accuracy"] = _accuracy(cells)
        if not curves and rates is None and cells is None and weights is None:
            raise _nothing_told(key for entry in entries for key in entry)
        return cls(
            numbers=numbers,
            curves=curves,
            groups=groups,
            rates=rates,
            rows=None if rates is None else _rows_of(entries, groups),
            cells=cells,
            features=features,
            weights=weights,
            intercepts=intercepts,
        )

    @cached_property
    def names_of_curves(self) -> tuple[str, ...]:
        """The curves that are told, in the order of `CURVES`, but for a penalty that is 0 in every epoch."""
        return tuple(
            name for name in CURVES if name in self.curves and (name != "penalty" or self.curves[name].any())
        )

    def counted(self, place: int) -> Cells | None:
        """The cells of every group at the epoch that stands at `place`; None where none are counted."""
        if self.cells is None:
            return None
        tp, fp, fn, tn = self.cells[place].T
        return Cells(
            groups=self.groups,
            tp=tp,
            fp=fp,
            fn=fn,
            tn=tn,
            thresholds=np.full(len(self.groups), np.nan),
            squared_weights=self.cells[place].sum(axis=1),
        )

    def selected(self, place: int) -> Cells | None:
        """Cells whose selection rates are those at `place`, of held-out rows or of those trained on.

        None where it is not known how many rows there are. Of rows trained on nothing but the selection rate
        is told: they stand among the positives.
        """
        if self.cells is not None or self.rates is None or self.rows is None:
            return self.counted(place)
        rates, nobody = self.rates[place], np.zeros(len(self.groups))
        rows = np.where(np.isnan(rates), 0.0, self.rows)  # so that what is not told stays undefined
        chosen = np.nan_to_num(rates) * rows
        return Cells(
            groups=self.groups,
            tp=chosen,
            fp=nobody,
            fn=rows - chosen,
            tn=nobody,
            thresholds=np.full(len(self.groups), np.nan),
            squared_weights=rows,
        )


# ---- histories of any form


def _entries(history: Any) -> Iterator[dict[str, Any]]:
    """The epochs of a history as dicts."""
    owner = history.steps[-1][1] if hasattr(history, "steps") else history
    for name in ("history_", "history"):
        if hasattr(owner, name):
            return _entries(getattr(owner, name))
    if hasattr(owner, "columns"):
        return _rows({str(column): owner[column].tolist() for column in owner.columns})
    if isinstance(owner, Mapping):
        return _rows(owner)
    if isinstance(owner, Sequence) and all(isinstance(each, Mapping) for each in owner):
        return (dict(each) for each in owner)
    unfitted = " that is not fitted" if hasattr(owner, "fit") else ""
    raise TypeError(
        "`history` must be a fitted model with `history_`, a list of dicts (one an epoch), a dict of lists, "
        f"or an object with such a `history`, got {type(owner).__name__}{unfitted}."
    )


def _rows(columns: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """One dict an epoch, of a dict of lists; a list may itself stand under each group's name."""
    read = {str(name): values for name, values in columns.items() if str(name) in READ}
    if not read:
        raise _nothing_told(map(str, columns))
    return _across(
        {
            name: list(_across(values)) if isinstance(values, Mapping) else values
            for name, values in read.items()
        }
    )


def _across(columns: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    lists = {name: _as_list(name, values) for name, values in columns.items()}
    lengths = {name: len(values) for name, values in lists.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"`history` must have as many epochs in each list, got {lengths!r}.")
    return (dict(zip(lists, each, strict=True)) for each in zip(*lists.values(), strict=True))


def _as_list(name: str, values: Any) -> list[Any]:
    if isinstance(values, str) or not hasattr(values, "__len__"):
        raise ValueError(f"`history` must have a list, of one value an epoch, in {name!r}, got {values!r}.")
    return list(values)


def _nothing_told(keys: Iterable[str]) -> ValueError:
    told = sorted(set(keys))
    near = next((hint for key in told if (hint := suggestion(key, KNOWN))), "")
    return ValueError(f"`history` must tell one of {list(KNOWN)!r}, got {told!r}.{near}")


def _by_known_names(entry: Entry) -> dict[str, Any]:
    named = {str(key): value for key, value in entry.items()}
    return {ALIASES[key]: value for key, value in named.items() if key in ALIASES} | named


def _is_told(name: str, entries: Sequence[Entry]) -> bool:
    return any(entry.get(name) is not None for entry in entries)


def _numbers(entries: Sequence[Entry]) -> tuple[int, ...]:
    if not any("epoch" in entry for entry in entries):
        return tuple(range(1, len(entries) + 1))
    numbers: list[int] = []
    for entry in entries:
        given: Any = entry.get("epoch")
        whole = isinstance(given, Integral) or (isinstance(given, float) and given.is_integer())
        if isinstance(given, bool) or not whole or given < 0:
            raise ValueError(f"`epoch` must be a whole number of at least 0 in each entry, got {given!r}.")
        if numbers and given <= numbers[-1]:
            raise ValueError(f"`epoch` must rise from entry to entry, got {given} after {numbers[-1]}.")
        numbers.append(int(given))
    return tuple(numbers)


def _curve(name: str, entries: Sequence[Entry], numbers: Sequence[int]) -> Floats:
    read = _share if name in WITHIN_ONE else _figure
    return np.array(
        [read(name, entry.get(name), epoch) for entry, epoch in zip(entries, numbers, strict=True)]
    )


def _figure(name: str, value: Any, epoch: int) -> float:
    """A number; nan for what is not told and for what has no bounds."""
    if value is None:
        return math.nan
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError(
            f"`{name}` must be a number in each epoch, got {value!r} in epoch {epoch}."
        ) from None
    return number if math.isfinite(number) else math.nan


def _share(name: str, value: Any, epoch: int) -> float:
    """A number in [0, 1], or nan; sums of weights may round it to a little above 1."""
    share = _figure(name, value, epoch)
    if not (-ROUNDING <= share <= 1 + ROUNDING or math.isnan(share)):
        raise ValueError(f"`{name}` must lie in [0, 1], got {share:g} in epoch {epoch}.")
    return min(max(share, 0.0), 1.0)


def _weights(
    entries: Sequence[Entry], numbers: Sequence[int], feature_names: Sequence[str] | None
) -> tuple[tuple[str, ...], Floats | None, Floats | None]:
    """The features, their weights and the intercepts, as far as they are told."""
    told = [np.ravel(entry["coef"]).tolist() for entry in entries if entry.get("coef") is not None]
    if not told:
        if feature_names is not None:
            raise ValueError(
                f"`feature_names` name weights, and the history has none, got {list(feature_names)!r}."
            )
        return (), None, None
    size = len(told[0])
    if len(told) < len(entries) or any(len(each) != size for each in told):
        raise ValueError(
            f"`coef` must have as many weights in each epoch, got {size} in the first and "
            f"{sorted({len(each) for each in told})} in {len(told)} of {len(entries)} epochs."
        )
    weights = np.array(
        [[_figure("coef", each, epoch) for each in row] for row, epoch in zip(told, numbers, strict=True)]
    ).reshape(len(entries), size)
    intercepts = _curve("intercept", entries, numbers) if _is_told("intercept", entries) else None
    return _names_of(size, feature_names), weights, intercepts


def _names_of(size: int, feature_names: Sequence[str] | None) -> tuple[str, ...]:
    if feature_names is None:
        return tuple(f"x{place}" for place in range(size))
    names = [] if isinstance(feature_names, str) else list(feature_names)
    if len(names) != size:
        raise ValueError(
            f"`feature_names` must name the {size} weights of each epoch, got {feature_names!r}."
        )
    return tuple(map(str, names))


def _groups(
    entries: Sequence[Entry], numbers: Sequence[int]
) -> tuple[tuple[str, ...], Floats | None, NDArray[np.int64] | None]:
    """The groups, their rates and their cells, as far as they are told."""
    rates, cells = (_by_group(name, entries) for name in ("rates", "cells"))
    groups = tuple(dict.fromkeys(group for told in (cells, rates) for each in told for group in each))
    if len(groups) > MOST_GROUPS:
        raise ValueError(f"`history` must have at most {MOST_GROUPS} groups, got {len(groups)}.")
    return groups, _rates(rates, groups, numbers), _counted(cells, groups, numbers)


def _by_group(name: str, entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """What each epoch tells of each group, by the group's name."""
    told = []
    for entry in entries:
        given = entry.get(name)
        if given is not None and not isinstance(given, Mapping):
            raise ValueError(f"`{name}` must be a dict by group in each epoch, got {given!r}.")
        told.append({str(group): value for group, value in (given or {}).items()})
    return told


def _rates(told: list[dict[str, Any]], groups: tuple[str, ...], numbers: Sequence[int]) -> Floats | None:
    if not any(told):
        return None
    rates = np.full((len(told), len(groups)), math.nan)
    for row, (each, epoch) in enumerate(zip(told, numbers, strict=True)):
        for column, group in enumerate(groups):
            rates[row, column] = _share("rates", each.get(group), epoch)
    return rates


def _rows_of(entries: Sequence[Entry], groups: tuple[str, ...]) -> Floats | None:
    """How many rows each group has, where every group's are told; they are the same in every epoch."""
    told = next(filter(None, _by_group("group_rows", entries)), {})
    if not set(groups) <= set(told):
        return None
    rows = np.array([_figure("group_rows", told[group], 0) for group in groups])
    if not (rows > 0).all():
        raise ValueError(f"`group_rows` must be above 0 for each group, got {told!r}.")
    return rows


def _counted(
    told: list[dict[str, Any]], groups: tuple[str, ...], numbers: Sequence[int]
) -> NDArray[np.int64] | None:
    if not any(told):
        return None
    cells = [
        [_cells(each.get(group), epoch) for group in groups]
        for each, epoch in zip(told, numbers, strict=True)
    ]
    return np.array(cells, dtype=np.int64)


def _cells(given: Any, epoch: int) -> list[int]:
    """The four cells of a group, which are 0 where it has none in an epoch."""
    if given is None:
        return [0] * len(CELLS)
    values: list[Any] = [given.get(cell) for cell in CELLS] if isinstance(given, Mapping) else [None]
    if not all(isinstance(value, Integral) and int(value) >= 0 for value in values):
        raise ValueError(
            f"`cells` must give each group a dict of the whole numbers {list(CELLS)!r}, got {given!r} in "
            f"epoch {epoch}."
        )
    return [int(value) for value in values]


def _accuracy(cells: NDArray[np.int64]) -> Floats:
    tp, _, _, tn = cells.sum(axis=1).T
    with np.errstate(invalid="ignore"):
        return np.asarray((tp + tn) / cells.sum(axis=(1, 2)))
