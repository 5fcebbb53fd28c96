"""All methods side by side: what each does to a gap, and at what price, on rows that were held out."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.model_selection import RepeatedStratifiedKFold

from edutools._checks import known_keywords, one_of
from edutools.bias.mitigate.methods import METHODS
from edutools.bias.mitigate.models import acceptance
from edutools.bias.mitigate.task import Task, read_task
from edutools.counts import Cells
from edutools.criteria import CRITERIA
from edutools.metrics import rate
from edutools.texts import text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edutools.widgets.mitigations import Mitigations

NONE = "none"
CELLS = ("tp", "fp", "fn", "tn")
GAPS = tuple(name for name, metrics in CRITERIA.items() if metrics)


@dataclass(frozen=True, eq=False)
class Tried:
    """One method on every fold.

    Attributes
    ----------
    method : str
        Its name, or "none" for the estimator as it is.
    cells : ndarray of float, shape (n_folds, n_groups, 4)
        tp, fp, fn, tn of the rows held out, expected where a lot decides; empty where it does not apply.
    reason : str
        Why it does not apply; "" where it does.
    """

    method: str
    cells: NDArray[np.float64]
    reason: str = ""


class Comparison:
    """What `compare` found: a table, a widget, and a plain dict of both.

    Attributes
    ----------
    groups : tuple of str
    tried : tuple of Tried
        First the estimator as it is, then each method.
    profit : tuple of float, or None
        What a true positive earns and a false positive costs.
    """

    def __init__(
        self,
        tried: Sequence[Tried],
        *,
        groups: Sequence[str],
        criterion: str,
        spread: float,
        profit: tuple[float, float] | None,
        rows: int,
        folds: int,
    ) -> None:
        self.tried, self.groups, self.criterion = tuple(tried), tuple(groups), criterion
        self.profit, self.rows, self.folds = profit, rows, folds
        self._spread = spread

    def to_frame(self, criterion: str | None = None) -> pd.DataFrame:
        """One row a method: the gap in a criterion, what is earned, and how both changed, with intervals.

        Parameters
        ----------
        criterion : str, optional
            By default the one that was compared by.

        Returns
        -------
        DataFrame
            Indexed by method; columns stage, gap, gap_low, gap_high, gap_change, gap_change_low,
            gap_change_high, the same of accuracy (and of profit, a row, where it was asked for), and reason.
            Undefined is nan.

        Raises
        ------
        ValueError: no such criterion.
        """
        chosen = one_of("criterion", criterion or self.criterion, GAPS)
        rows = {}
        for each in self.tried:
            row: dict[str, Any] = {"stage": _stage(each.method)}
            for name in ("gap", *self.measures):
                found = self.figures(each, chosen if name == "gap" else name)
                row |= {f"{name}{end}": value for end, value in zip(_ENDS, found, strict=True)}
            rows[each.method] = row | {"reason": each.reason}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("method")

    @property
    def measures(self) -> tuple[str, ...]:
        """What is weighed against the gap: "accuracy", and "profit" where it was asked for."""
        return ("accuracy", "profit") if self.profit else ("accuracy",)

    def figures(self, tried: Tried, name: str) -> tuple[float, ...]:
        """Value with its interval, and change from the estimator as it is with its interval: six numbers."""
        before, after = (self._of_folds(each, name) for each in (self.tried[0], tried))
        if tried.reason:
            return (math.nan,) * 6
        limits = (0.0, 1.0) if name != "profit" else (-math.inf, math.inf)
        value, low, high = self._interval(after)
        change = self._interval(after - before) if tried.method != NONE else (0.0, math.nan, math.nan)
        return value, max(low, limits[0]), min(high, limits[1]), *change

    def _of_folds(self, tried: Tried, name: str) -> NDArray[np.float64]:
        if tried.reason:
            return np.array([])
        if name in CRITERIA:
            return np.array([gap(name, fold, self.groups) for fold in tried.cells])
        tp, fp, fn, tn = tried.cells.sum(axis=1).T
        if name == "profit":
            assert self.profit is not None
            return (self.profit[0] * tp - self.profit[1] * fp) / (tp + fp + fn + tn)
        return (tp + tn) / (tp + fp + fn + tn)

    def _interval(self, values: NDArray[np.float64]) -> tuple[float, float, float]:
        """Mean over the folds and its 95% interval, undefined with a fold that has no value.

        Folds share rows to train on, so their spread alone is too small: it is widened by how many rows were
        held out for each that was trained on.
        """
        # Nadeau, C. and Bengio, Y. (2003). Inference for the generalization error. Machine Learning, 52(3).
        from scipy.stats import t

        mean = float(values.mean())
        if len(values) < 2:
            return mean, math.nan, math.nan
        half = float(t.ppf(0.975, len(values) - 1)) * math.sqrt(
            (1 / len(values) + self._spread) * float(values.var(ddof=1))
        )
        return mean, mean - half, mean + half

    def cells(self, method: str) -> dict[str, dict[str, float]]:
        """The cells of each group after a method, over all rows held out once (mean over repetitions).

        Raises
        ------
        ValueError: no such method was compared, or it did not apply.
        """
        tried = self._tried(method)
        if tried.reason:
            raise ValueError(f"{method!r} did not apply: {tried.reason}")
        repeats = len(tried.cells) / self.folds
        total = tried.cells.sum(axis=0) / repeats
        return {
            group: dict(zip(CELLS, map(float, row), strict=True))
            for group, row in zip(self.groups, total, strict=True)
        }

    def _tried(self, method: str) -> Tried:
        names = [each.method for each in self.tried]
        return self.tried[names.index(one_of("method", method, names))]

    def to_dict(self) -> dict[str, Any]:
        """The comparison as JSON can hold it: undefined numbers are None."""
        return {
            "groups": list(self.groups),
            "criterion": self.criterion,
            "measures": list(self.measures),
            "rows": self.rows,
            "folds": len(self.tried[0].cells),
            "methods": [
                {
                    "name": each.method,
                    "stage": _stage(each.method),
                    "reason": each.reason or None,
                    "figures": {
                        name: [_finite(value) for value in self.figures(each, name)]
                        for name in (*GAPS, *self.measures)
                    },
                    "cells": None if each.reason else list(self.cells(each.method).values()),
                }
                for each in self.tried
            ],
        }

    def widget(self) -> Mitigations:
        """The comparison as points, each of which opens its before and after."""
        from edutools.widgets.mitigations import Mitigations

        return Mitigations(self.to_dict())

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return self.widget()._repr_mimebundle_(**kwargs)

    def __repr__(self) -> str:
        return repr(self.widget())


_ENDS = ("", "_low", "_high", "_change", "_change_low", "_change_high")


def _stage(method: str) -> str | None:
    return None if method == NONE else METHODS[method].stage


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def gap(criterion: str, cells: NDArray[np.float64], groups: Sequence[str]) -> float:
    """Highest less lowest value of a criterion's metric among groups, the larger of two; nan if undefined.

    Parameters
    ----------
    criterion : str
        A name in `GAPS`.
    cells : ndarray of float, shape (n_groups, 4)
        tp, fp, fn, tn.
    groups : sequence of str, length n_groups
    """
    counted = Cells(
        groups=tuple(groups),
        thresholds=np.full(len(groups), math.nan),
        squared_weights=cells.sum(axis=1),
        **dict(zip(CELLS, cells.T, strict=True)),
    )
    return float(max(np.ptp(rate(counted, metric)) for metric in CRITERIA[criterion]))


def cells_of(
    chance: NDArray[np.float64], positive: NDArray[np.bool_], group: NDArray[Any], groups: Sequence[str]
) -> NDArray[np.float64]:
    """Expected tp, fp, fn, tn of each group, shape (n_groups, 4), of rows accepted with some chance."""
    good = positive.astype(np.float64)
    parts = np.column_stack(
        [chance * good, chance * (1 - good), (1 - chance) * good, (1 - chance) * (1 - good)]
    )
    return np.array([parts[group == name].sum(axis=0) for name in groups])


@known_keywords()
def compare(
    estimator: Any,
    X: Any,
    y: Any,
    sensitive_features: Any,
    *,
    methods: Sequence[str] | None = None,
    criterion: str = "demographic_parity",
    parameters: Mapping[str, Mapping[str, Any]] | None = None,
    cv: int = 5,
    repeats: int = 1,
    profit: tuple[float, float] | None = None,
    pos_label: Any = 1,
    seed: int = 0,
    progress: bool = True,
) -> Comparison:
    """Methods side by side, each trained and judged on the same folds, beside the estimator as it is.

    Parameters
    ----------
    estimator, X, y, sensitive_features, pos_label, seed
        As `mitigate` takes them.
    methods : sequence of str, optional
        Names in `METHODS`; by default all.
    criterion : str, default "demographic_parity"
        What is asked of the methods that can be asked, and whose gap is shown first.
    parameters : mapping of method to its parameters, optional
    cv : int, at least 2, default 5
        Folds: in each, a part of the rows is held out and judged.
    repeats : int, at least 1, default 1
        How often the rows are laid into folds anew.
    profit : tuple of float, optional
        What a true positive earns, and what a false positive costs, in one unit.
    progress : bool, default True
        Whether a progress bar is shown.

    Returns
    -------
    Comparison
        A method that does not apply is in it, with its reason.

    Notes
    -----
    Values are means over the folds, with the corrected interval of Nadeau and Bengio (2003). A gap is never
    below 0, so between groups that fare alike it is above 0 by chance, the more so the fewer rows a fold has.

    Raises
    ------
    ValueError: no such method or criterion; what `mitigate` refuses for every method; a group with fewer
        rows than folds.
    """
    names = [one_of("method", name, METHODS) for name in (METHODS if methods is None else methods)]
    one_of("criterion", criterion, GAPS)
    for name in parameters or {}:
        one_of("parameters", name, names)
    if cv < 2 or repeats < 1:
        raise ValueError(f"`cv` must be at least 2 and `repeats` at least 1, got {cv!r} and {repeats!r}.")
    task = read_task(estimator, X, y, sensitive_features, pos_label=pos_label, seed=seed)
    _refuse_small(task, cv)
    asked = {name: _asked(name, criterion, (parameters or {}).get(name, {})) for name in names}
    tried = list(_all_tried(task, asked, list(_folds(task, cv, repeats)), progress))
    return Comparison(
        tried,
        groups=task.groups,
        criterion=criterion,
        spread=1 / (cv - 1),
        profit=None if profit is None else (float(profit[0]), float(profit[1])),
        rows=len(task.y),
        folds=cv,
    )


def _refuse_small(task: Task, folds: int) -> None:
    for name, row in zip(task.groups, task.counts, strict=True):
        if row.sum() < folds:
            raise ValueError(
                f"Group {name!r} must have a row for each of {folds} folds, got {row.sum()}: "
                "take fewer folds."
            )


def _asked(name: str, criterion: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """A method's parameters: the criterion too, where it is one that the method can be asked for."""
    method = METHODS[name]
    can = "criterion" in method.parameters and criterion in method.criteria
    return ({"criterion": criterion} if can else {}) | dict(given)


def _folds(task: Task, cv: int, repeats: int) -> Iterator[tuple[Any, Any]]:
    strata = task.cells if task.counts.min() >= cv else task.cells // 2
    folds = RepeatedStratifiedKFold(n_splits=cv, n_repeats=repeats, random_state=task.seed)
    yield from folds.split(np.zeros(len(task.y)), strata)


def _all_tried(
    task: Task, asked: Mapping[str, Mapping[str, Any]], folds: list[tuple[Any, Any]], progress: bool
) -> Iterator[Tried]:
    from tqdm.auto import tqdm

    with tqdm(total=(1 + len(asked)) * len(folds), disable=not progress, leave=False) as bar:
        for name in (NONE, *asked):
            bar.set_description(_label(name))
            yield _tried(task, name, asked.get(name, {}), folds, bar)


def _label(name: str) -> str:
    return text("mitigations.name_none") if name == NONE else METHODS[name].label


def _tried(
    task: Task, name: str, parameters: Mapping[str, Any], folds: list[tuple[Any, Any]], bar: Any
) -> Tried:
    cells = []
    for done, (train, rest) in enumerate(folds):
        try:
            cells.append(_judged(task.of(train), task.of(rest), name, parameters, task.groups))
        except (ValueError, ImportError) as error:
            if name == NONE:
                raise
            bar.update(len(folds) - done)
            return Tried(name, np.array([]), str(error))
        bar.update()
    return Tried(name, np.array(cells))


def _judged(
    train: Task, rest: Task, name: str, parameters: Mapping[str, Any], groups: Sequence[str]
) -> NDArray[np.float64]:
    with warnings.catch_warnings():
        # Solvers inside a method warn on each of dozens of fits; what they arrive at is judged here.
        warnings.simplefilter("ignore")
        model = train.fitted() if name == NONE else METHODS[name].make(train, **parameters)
        chance = acceptance(model, rest.X, sensitive_features=rest.group, pos_label=rest.pos_label)
    return cells_of(chance, rest.positive, rest.group, groups)
