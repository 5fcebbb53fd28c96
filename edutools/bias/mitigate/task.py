"""What a mitigation is given: an estimator to train anew, its rows, and the group of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import has_fit_parameter

from edutools._checks import suggestion
from edutools._columns import read_groups, read_labels

if TYPE_CHECKING:
    from numpy.typing import NDArray

PACKAGES = {"fairlearn": "fairlearn", "imblearn": "imbalanced-learn"}
"""What pip calls what is imported."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Task:
    """An estimator, the rows that it is to be trained on, and their groups.

    Attributes
    ----------
    estimator : object
        A classifier of scikit-learn's kind; it is cloned, never changed.
    X : DataFrame or ndarray, shape (n, n_features)
    y : ndarray, shape (n,)
        Labels of two kinds.
    group : ndarray of str, shape (n,)
        Name of each row's group; of several sensitive features, of their intersection.
    group_columns : tuple of str
        The columns of X that say the same, so that a model can read the group there; empty where none do.
    pos_label : object
        The favourable label.
    seed : int
    """

    estimator: Any
    X: Any
    y: NDArray[Any]
    group: NDArray[Any]
    group_columns: tuple[Any, ...]
    pos_label: Any
    seed: int

    @cached_property
    def positive(self) -> NDArray[np.bool_]:
        """Whether a row has the favourable label, shape (n,)."""
        found: NDArray[np.bool_] = self.y == self.pos_label
        return found

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """The groups' names."""
        return tuple(sorted(set(self.group.tolist())))

    @cached_property
    def cells(self) -> NDArray[np.intp]:
        """Each row's group and label in one number: twice the group's place, and 1 where favourable."""
        places = {name: place for place, name in enumerate(self.groups)}
        return np.array([2 * places[name] for name in self.group], dtype=np.intp) + self.positive

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """Rows of each group and label, shape (n_groups, 2), the unfavourable label first."""
        return np.bincount(self.cells, minlength=2 * len(self.groups)).reshape(-1, 2)

    def refuse_empty_cells(self) -> None:
        """Raise where a group has no row of one label, so that nothing can be weighed or drawn there.

        Raises
        ------
        ValueError: as said.
        """
        for name, row in zip(self.groups, self.counts, strict=True):
            if not row.all():
                kind = "the favourable" if row[1] == 0 else "the other"
                raise ValueError(
                    f"Group {name!r} must have rows of both labels to be balanced, "
                    f"got none with {kind} label."
                )

    def of(self, rows: NDArray[Any]) -> Task:
        """The same task on some of its rows."""
        chosen = {"X": rows_of(self.X, rows), "y": self.y[rows], "group": self.group[rows]}
        return replace(self, **chosen)

    def fitted(
        self, X: Any = None, *, estimator: Any = None, weight: NDArray[np.float64] | None = None
    ) -> Any:
        """A clone of the estimator, trained.

        Parameters
        ----------
        X : DataFrame or ndarray, optional
            In place of the task's own, with as many rows.
        estimator : object, optional
            In place of the task's own.
        weight : ndarray of float, shape (n,), optional
        """
        chosen = self.estimator if estimator is None else estimator
        further: dict[str, Any] = {}
        if weight is not None:
            further[fit_keyword(chosen, "sample_weight")] = weight
        if takes(chosen, "sensitive_features"):
            further[fit_keyword(chosen, "sensitive_features")] = self.group
        return clone(chosen).fit(self.X if X is None else X, self.y, **further)

    def numbers(self, X: Any, why: str) -> NDArray[np.float64]:
        """X as an array of floats.

        Raises
        ------
        ValueError: a column is no number; the message says `why` it must be.
        """
        if isinstance(X, pd.DataFrame):
            strange = [name for name in X if not is_number(X[name])]
            if strange:
                raise ValueError(
                    f"{why} must have numbers alone, got words in {strange!r}. Give a Pipeline whose first "
                    "steps turn them into numbers."
                )
        return np.asarray(X, dtype=np.float64)


def read_task(estimator: Any, X: Any, y: Any, sensitive_features: Any, *, pos_label: Any, seed: int) -> Task:
    """A task, its parts checked.

    Raises
    ------
    TypeError: the estimator cannot be trained.
    ValueError: lengths differ; labels that are not two; one group alone.
    """
    if not (hasattr(estimator, "fit") and hasattr(estimator, "get_params")):
        raise TypeError(
            "`estimator` must be a classifier of scikit-learn's kind, which can be cloned and trained anew, "
            f"got {type(estimator).__name__}."
        )
    labels = read_labels("y", y)
    if len(labels) != len(X):
        raise ValueError(f"`y` must have {len(X)} rows as `X` has, got {len(labels)}.")
    present = pd.unique(pd.Series(labels)).tolist()
    if len(present) != 2:
        raise ValueError(f"`y` must hold two labels, got {len(present)}: {present[:4]!r}.")
    if pos_label not in present:
        raise ValueError(
            f"`pos_label` must be one of the labels {present!r}, got {pos_label!r}."
            + suggestion(pos_label, present)
        )
    group = group_names(sensitive_features, len(labels))
    if len(set(group.tolist())) < 2:
        raise ValueError(f"`sensitive_features` must have two groups at least, got {group[0]!r} alone.")
    return Task(
        estimator=estimator,
        X=X if isinstance(X, pd.DataFrame) else np.asarray(X),
        y=labels,
        group=group,
        group_columns=columns_of_groups(X, sensitive_features, group),
        pos_label=pos_label,
        seed=seed,
    )


def group_names(sensitive_features: Any, rows: int) -> NDArray[Any]:
    """Name of each row's group, shape (rows,).

    Raises
    ------
    ValueError: lengths differ.
    """
    codes, names, code_of = read_groups(sensitive_features, rows)
    table = np.empty(max(code_of) + 1, dtype=object)
    table[list(code_of)] = names
    return table[codes]


def columns_of_groups(X: Any, sensitive_features: Any, group: NDArray[Any]) -> tuple[Any, ...]:
    """The columns of X from which the same groups can be read; empty where a name alone is the same.

    A column ``age`` of years is not the sensitive feature ``age`` with its values 'below 25' and '25 or
    above', though their names collide.
    """
    if not isinstance(X, pd.DataFrame):
        return ()
    names = _names(sensitive_features)
    if not names or any(name not in X.columns for name in names):
        return ()
    try:
        same = bool((group_names(X[names], len(X)) == group).all())
    except ValueError:
        return ()
    return tuple(names) if same else ()


def _names(sensitive_features: Any) -> list[Any]:
    if hasattr(sensitive_features, "columns"):
        return list(sensitive_features.columns)
    if isinstance(sensitive_features, dict):
        return list(sensitive_features)
    name = getattr(sensitive_features, "name", None)
    return [] if name is None else [name]


def groups_to_decide(
    X: Any, sensitive_features: Any, columns: Sequence[Any], known: Sequence[str]
) -> NDArray[Any]:
    """Group of each row to decide on: as it is given, else from the columns of X that hold it.

    Raises
    ------
    ValueError: it is neither given nor in X; a group was not there in training.
    """
    if sensitive_features is None:
        if not columns or not isinstance(X, pd.DataFrame) or any(name not in X for name in columns):
            raise ValueError(
                "This model decides by the group of each row, which is no column of `X`: give it as "
                "`predict(X, sensitive_features=…)`."
            )
        sensitive_features = X[list(columns)]
    group = group_names(sensitive_features, len(X))
    strange = sorted(set(group.tolist()) - set(known))
    if strange:
        raise ValueError(
            f"`sensitive_features` must hold groups that were there in training, {list(known)!r}, "
            f"got {strange[0]!r}." + suggestion(strange[0], known)
        )
    return group


def rows_of(X: Any, rows: NDArray[Any]) -> Any:
    """Some rows of a table or array, by their places."""
    return _safe_indexing(X, rows)


def is_number(column: pd.Series) -> bool:
    """Whether a column holds numbers, truth values among them."""
    return pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column)


def last_step(estimator: Any) -> tuple[str, Any]:
    """Prefix of the last step's parameters in a Pipeline, "" where there is none, and that step."""
    if isinstance(estimator, Pipeline):
        name, step = estimator.steps[-1]
        prefix, last = last_step(step)
        return f"{name}__{prefix}", last
    return "", estimator


def takes(estimator: Any, keyword: str) -> bool:
    """Whether the estimator, or the last step of a Pipeline, is trained with a keyword."""
    return has_fit_parameter(last_step(estimator)[1], keyword)


def fit_keyword(estimator: Any, keyword: str) -> str:
    """How `fit` is given a keyword of the last step.

    Raises
    ------
    ValueError: the last step takes no such keyword.
    """
    prefix, last = last_step(estimator)
    if not has_fit_parameter(last, keyword):
        raise ValueError(
            f"{type(last).__name__} takes no `{keyword}` in training, so it cannot count rows by weight."
        )
    return f"{prefix}{keyword}"


def brought(load: Callable[[], Any], package: str) -> Any:
    """What `load` imports.

    Raises
    ------
    ImportError: the package is not installed; the message says how to have it.
    """
    try:
        return load()
    except ImportError as error:
        if getattr(error, "name", None) not in (package, None) and not str(error.name).startswith(package):
            raise
        name = PACKAGES[package]
        raise ImportError(f"This method needs {name}: pip install {name}", name=package) from error
