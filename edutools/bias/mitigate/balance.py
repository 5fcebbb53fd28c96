"""Before training: rows weighed, drawn or made up so that the label tells nothing of the group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from edutools._checks import one_of
from edutools.bias.mitigate.task import Task, brought, is_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEIGHBOURS = 5
BALANCES = ("independent", "equal")


def weights(task: Task) -> NDArray[np.float64]:
    """A weight for each row, P(group) P(label) / P(group, label), shape (n,), their mean 1.

    References
    ----------
    Kamiran, F. and Calders, T. (2012). Data preprocessing techniques for classification without
    discrimination. Knowledge and Information Systems, 33(1).

    Raises
    ------
    ValueError: a group has no row of one label.
    """
    task.refuse_empty_cells()
    table: NDArray[np.float64] = (expected(task.counts) / task.counts).ravel()[task.cells]
    return table


def expected(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Rows of each group and label if both were independent, shape (n_groups, 2)."""
    table: NDArray[np.float64] = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / counts.sum()
    return table


def targets(counts: NDArray[np.int64], *, balance: str, above: bool) -> NDArray[np.int64]:
    """How many rows of each group and label there shall be, shape (n_groups, 2).

    Parameters
    ----------
    counts : ndarray of int, shape (n_groups, 2)
    balance : {"independent", "equal"}
        In proportion to what independence of group and label would give, or all alike.
    above : bool
        Whether each is at least as many as there are (to add), or at most (to leave out).

    Raises
    ------
    ValueError: `balance` is another.
    """
    one_of("balance", balance, BALANCES)
    shape = expected(counts) if balance == "independent" else np.ones(counts.shape)
    ratios = counts / shape
    if above:
        return np.maximum(counts, np.rint(shape * ratios.max()).astype(np.int64))
    return np.clip(np.rint(shape * ratios.min()).astype(np.int64), 1, counts)


def drawn_rows(task: Task, *, balance: str, above: bool) -> NDArray[np.intp]:
    """Places of the rows to train on: all and some again, or only some."""
    over, under = brought(_samplers, "imblearn")
    task.refuse_empty_cells()
    wanted = targets(task.counts, balance=balance, above=above)
    sampler = (over if above else under)(
        sampling_strategy=dict(enumerate(wanted.ravel().tolist())), random_state=task.seed
    )
    places = np.arange(len(task.y)).reshape(-1, 1)
    chosen: NDArray[np.intp] = sampler.fit_resample(places, task.cells)[0].ravel()
    return chosen


def _samplers() -> tuple[Any, Any]:
    from imblearn.over_sampling import RandomOverSampler
    from imblearn.under_sampling import RandomUnderSampler

    return RandomOverSampler, RandomUnderSampler


def with_synthetic_rows(task: Task, *, balance: str, neighbours: int) -> Task:
    """The task with rows added between neighbours of one group and label.

    Numbers lie between those of two rows (whole ones rounded), neighbours being near by numbers in standard
    deviations. A category (words, truth values, a number of two values) is the commonest among the
    neighbours, and never between two (SMOTENC, Chawla et al. 2002).

    Raises
    ------
    ValueError: a value is missing; a group has fewer than two rows of a label from which rows are to be made.
    """
    task.refuse_empty_cells()
    frame = task.X if isinstance(task.X, pd.DataFrame) else pd.DataFrame(task.X)
    if frame.isna().any(axis=None):
        name = frame.columns[frame.isna().any()][0]
        raise ValueError(f"Synthetic rows need rows without gaps to lie between, got gaps in {name!r}.")
    wanted = targets(task.counts, balance=balance, above=True)
    grown = task.counts[wanted > task.counts]
    if len(grown) and grown.min() < 2:
        raise ValueError("Synthetic rows lie between two of one group and label, got a single one of some.")
    made, cells = _made(task, frame, wanted, min(neighbours, int(grown.min()) - 1) if len(grown) else 1)
    codes = np.array([False, True])[cells % 2]
    classes = np.unique(task.y)
    unfavourable = classes[classes != task.pos_label][0]
    labels = np.where(codes, task.pos_label, unfavourable).astype(task.y.dtype)
    rows = pd.concat([frame, made], ignore_index=True)
    return Task(
        estimator=task.estimator,
        X=rows if isinstance(task.X, pd.DataFrame) else rows.to_numpy(),
        y=np.concatenate([task.y, labels]),
        group=np.concatenate([task.group, np.array(task.groups, dtype=object)[cells // 2]]),
        group_columns=task.group_columns,
        pos_label=task.pos_label,
        seed=task.seed,
    )


def _made(
    task: Task, frame: pd.DataFrame, wanted: NDArray[np.int64], neighbours: int
) -> tuple[pd.DataFrame, NDArray[np.intp]]:
    """The new rows alone, as the table has them, and the cell of each."""
    named = pd.DataFrame(frame.to_numpy(dtype=object), columns=range(frame.shape[1]))
    categories = [k for k in range(frame.shape[1]) if _is_category(frame.iloc[:, k])]
    numbers = [k for k in range(frame.shape[1]) if k not in categories]
    values = named[numbers].astype(np.float64)
    middle, spread = values.mean(), values.std().replace(0, 1.0)
    named[numbers] = (values - middle) / spread
    named = named.astype(dict.fromkeys(numbers, np.float64))
    for k in categories:
        named[k] = pd.Categorical(pd.factorize(frame.iloc[:, k])[0])
    sampler = brought(_smote, "imblearn")(
        len(categories),
        len(numbers),
        sampling_strategy=dict(enumerate(wanted.ravel().tolist())),
        random_state=task.seed,
        k_neighbors=neighbours,
    )
    rows, cells = sampler.fit_resample(named, task.cells)
    fresh = rows.iloc[len(frame) :].reset_index(drop=True)
    columns = {}
    for k, name in enumerate(frame.columns):
        column = frame.iloc[:, k]
        if k in categories:
            levels = pd.unique(column)
            back = pd.Series(levels[np.asarray(fresh[k], dtype=int)])
        else:
            back = fresh[k] * spread[k] + middle[k]
            back = back.round() if pd.api.types.is_integer_dtype(column) else back
        columns[name] = back.astype(column.dtype)
    return pd.DataFrame(columns), np.asarray(cells)[len(frame) :]


def _is_category(column: pd.Series) -> bool:
    return not is_number(column) or column.nunique() <= 2


def _smote() -> Any:
    from imblearn.over_sampling import SMOTE, SMOTEN, SMOTENC

    def sampler(categories: int, numbers: int, **chosen: Any) -> Any:
        if not categories:
            return SMOTE(**chosen)
        return SMOTENC("auto", **chosen) if numbers else SMOTEN(**chosen)

    return sampler


def resampled(task: Task, *, balance: str, above: bool) -> Task:
    """The task on rows drawn anew."""
    return task.of(drawn_rows(task, balance=balance, above=above))
