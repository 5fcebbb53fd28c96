"""Exact counts of a model's decisions in every group, at every threshold: made once, read for ever."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edutools import predictors
from edutools._checks import known_keywords, one_of
from edutools._columns import (
    ALL,
    natural,
    plain,
    read_groups,
    read_positives,
    read_scores,
    read_weights,
    refuse_scores,
)
from edutools.metrics import label_of, rate
from edutools.texts import text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Counts = NDArray[Any]

# By division: k / 1000 equals the literals 0.000 … 1.000, which np.linspace misses at 144 points.
_STEPS = 1000
_GRID = np.append(np.arange(_STEPS + 1) / _STEPS, np.inf)
_GRID.flags.writeable = False

# s * _STRETCH never undershoots the step that s lies in, and overshoots by one at most: one comparison
# corrects it.
_STRETCH = _STEPS * (1 + 2.0**-50)

# Rows taken at a time, so that what is computed about them stays in the processor's cache.
_CHUNK = 32_768


_PLOTTED = ("true_positive_rate", "false_positive_rate")
_DASHES = ("-", "--", "-.", ":")

# Okabe and Ito's colours, which colour-blind readers tell apart; not the yellow, which white paper swallows.
_HUES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_MARKS = ("o", "s", "^", "D", "v", "P", "X", "p", "h", "<", ">", "*")


def _legend(ax: Axes, lines: Mapping[str, Any], **where: Any) -> None:
    """A legend of lines by name, each name as it is: matplotlib hides `_a` and reads `$a$` as a formula."""
    legend = ax.legend(
        [*lines.values()], [str(place) for place in range(len(lines))], fontsize="small", **where
    )
    for shown, name in zip(legend.get_texts(), lines, strict=True):
        shown.set_parse_math(False)
        shown.set_text(name)


def _look(group: int, *values: NDArray[Any]) -> dict[str, Any]:
    """Hue and marks of a group's line through `values` in every picture."""
    return {
        "color": _HUES[group % len(_HUES)],
        "marker": _MARKS[group % len(_MARKS)],
        # matplotlib fails on marks along a line that is nowhere defined.
        "markevery": 0.1 if np.isfinite(np.sum(values, axis=0)).any() else None,
        "markersize": 5,
        "linewidth": 1.5,
    }


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Cells:
    """The four cells of every group, each group at one threshold.

    Attributes
    ----------
    groups : tuple of str, length n_groups
    tp, fp, fn, tn : ndarray of int64 (float64 where weighted), shape (n_groups,)
    thresholds : ndarray of float, shape (n_groups,), each group's own
    squared_weights : ndarray, shape (n_groups,), sum of the squared weights of a group's rows (rows where
        unweighted)
    weighted : bool
    """

    groups: tuple[str, ...]
    tp: Counts
    fp: Counts
    fn: Counts
    tn: Counts
    thresholds: NDArray[np.float64]
    squared_weights: Counts
    weighted: bool = False

    @cached_property
    def overall(self) -> Cells:
        """Cells of all groups as one, named "all"; its threshold is nan where the groups' differ."""
        same = (self.thresholds == self.thresholds[0]).all()
        return Cells(
            groups=(ALL,),
            thresholds=self.thresholds[:1] if same else np.array([np.nan]),
            squared_weights=self.squared_weights.sum(keepdims=True),
            weighted=self.weighted,
            **{cell: getattr(self, cell).sum(keepdims=True) for cell in ("tp", "fp", "fn", "tn")},
        )

    def __repr__(self) -> str:
        rows = (
            f"  {group}: threshold {_shown(t)}, tp {tp:g}, fp {fp:g}, fn {fn:g}, tn {tn:g}"
            for group, t, tp, fp, fn, tn in zip(
                self.groups, self.thresholds, self.tp, self.fp, self.fn, self.tn, strict=True
            )
        )
        return "\n".join(["Cells", *rows])


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class ThresholdCounts:
    """Exact counts of true and false positives and negatives, by group, at every threshold.

    A row is predicted positive where its score is at or above the threshold. Make one with
    `from_predictions`, `from_estimator` or `from_frame`.

    Attributes
    ----------
    groups : tuple of str, length n_groups
    thresholds : ndarray of float, shape (n_thresholds,), increasing; the last may be +inf, at which nobody
        is positive
    tp, fp, fn, tn : ndarray of int64 (float64 where weighted), shape (n_groups, n_thresholds)
    positives, negatives : ndarray, shape (n_groups,), ``tp + fn`` and ``fp + tn`` at any threshold
    squared_weights : ndarray, shape (n_groups,), sum of the squared weights of a group's rows (rows where
        unweighted)
    weighted : bool
    """

    groups: tuple[str, ...]
    thresholds: NDArray[np.float64]
    tp: Counts
    fp: Counts
    positives: Counts
    negatives: Counts
    squared_weights: Counts
    weighted: bool = False

    @cached_property
    def fn(self) -> Counts:
        """Positives below the threshold, shape (n_groups, n_thresholds)."""
        return self.positives[:, None] - self.tp

    @cached_property
    def tn(self) -> Counts:
        """Negatives below the threshold, shape (n_groups, n_thresholds)."""
        return self.negatives[:, None] - self.fp

    @classmethod
    @known_keywords()
    def from_predictions(
        cls,
        y_true: ArrayLike,
        y_score: ArrayLike,
        *,
        sensitive_features: Any = None,
        sample_weight: ArrayLike | None = None,
        pos_label: Any = 1,
        thresholds: ArrayLike | str | None = None,
    ) -> ThresholdCounts:
        """Counts of labels and scores that are already at hand.

        Parameters
        ----------
        y_true : array-like, shape (n,)
            True labels, two at most: bool, int, float or str. One label alone is taken where it is
            `pos_label`, or 0, -1 or False with ``pos_label=1``.
        y_score : array-like of float, shape (n,)
            Scores, in [0, 1] with the default thresholds. float32 is compared as float64.
        sensitive_features : array-like, DataFrame, mapping or list of array-likes, optional
            What groups the rows: one feature or several, whose combinations make the groups. Names are in
            natural order (a Categorical's in its own); missing values make a group named "missing", last.
        sample_weight : array-like of float, shape (n,), optional
            Weights, none negative.
        pos_label : bool, int, float or str, default 1
            The label that is positive.
        thresholds : array-like of float, or "distinct", optional
            An increasing grid, of which the last may be +inf; "distinct" for every distinct score, then
            +inf. By default 0.000 … 1.000 in 1,001 steps, then +inf.

        Warns
        -----
        UserWarning: a sensitive feature is missing somewhere.

        Raises
        ------
        ValueError: lengths that differ, no rows, more than two labels, an absent `pos_label`, a score that
            is not finite or (with the default thresholds) outside [0, 1], a negative weight, thresholds that
            do not increase, or two different values of a sensitive feature that read alike.
        """
        scores = read_scores(y_score)
        positive = read_positives(y_true, pos_label)
        weights = None if sample_weight is None else read_weights(sample_weight)
        for name, column in (("y_score", scores), ("sample_weight", weights)):
            if column is not None and len(column) != len(positive):
                raise ValueError(
                    f"`{name}` must have {len(positive)} rows as `y_true` has, got {len(column)}."
                )
        codes, names, code_of = read_groups(sensitive_features, len(positive))
        grid = _grid_of(thresholds, scores)
        histogram, squares = _count(scores, positive, codes, max(code_of) + 1, weights, grid)
        of_names = list(code_of)
        return cls._from_histogram(names, grid, histogram[of_names], squares[of_names], weights is not None)

    @classmethod
    @known_keywords()
    def from_estimator(
        cls,
        model: Any,
        X: Any,
        y: ArrayLike,
        *,
        sensitive_features: Any = None,
        sample_weight: ArrayLike | None = None,
        pos_label: Any = 1,
        thresholds: ArrayLike | str | None = None,
    ) -> ThresholdCounts:
        """Counts of a model's scores for the rows of X, whose true labels are y.

        Parameters
        ----------
        model : object
            A fitted classifier that `edutools.predictors.scores` can read.
        X : array-like, shape (n, n_features)
        y : array-like, shape (n,)
        sensitive_features, sample_weight, pos_label, thresholds
            As for `from_predictions`.

        Raises
        ------
        TypeError: the model gives no scores in [0, 1].
        ValueError: as for `from_predictions`.
        """
        return cls.from_predictions(
            y,
            predictors.scores(model, X, pos_label=pos_label),
            sensitive_features=sensitive_features,
            sample_weight=sample_weight,
            pos_label=pos_label,
            thresholds=thresholds,
        )

    @classmethod
    @known_keywords()
    def from_frame(
        cls,
        frame: Any,
        *,
        y_true: str,
        y_score: str,
        sensitive_features: str | Sequence[str] | None = None,
        sample_weight: str | None = None,
        pos_label: Any = 1,
        thresholds: ArrayLike | str | None = None,
    ) -> ThresholdCounts:
        """Counts of a table's rows, by one group-by that the table's own engine runs.

        Parameters
        ----------
        frame : DataFrame, lazy frame or relation that narwhals knows
            pandas, polars (eager or lazy), pyarrow, DuckDB and others. A lazy one is run once, and only its
            groups come to this process.
        y_true, y_score : str
            Names of the columns of labels and scores.
        sensitive_features : str or list of str, optional
            Names of the columns that group the rows.
        sample_weight : str, optional
            Name of the column of weights.
        pos_label, thresholds
            As for `from_predictions`.

        Warns
        -----
        UserWarning: a sensitive feature is missing somewhere.

        Raises
        ------
        ValueError: a column is absent, or as for `from_predictions`.
        TypeError: narwhals does not know `frame`.
        """
        features = (
            [sensitive_features] if isinstance(sensitive_features, str) else list(sensitive_features or [])
        )
        named = {"y_true": y_true, "y_score": y_score, "sample_weight": sample_weight}
        on_grid = thresholds is None
        groups = _run_group_by(frame, {k: v for k, v in named.items() if v is not None}, features, on_grid)
        _refuse_groups(groups, on_grid, weighted=sample_weight is not None)
        size = (
            groups["rows"].astype(np.float64)
            if sample_weight is None
            else groups["weight"].astype(np.float64)
        )
        positive = read_positives(groups["label"], pos_label)
        by_feature = [groups[f"feature_{i}"] for i in range(len(features))]
        codes, names, code_of = read_groups(by_feature or None, len(positive), rows=groups["rows"])
        scores = groups["score"].astype(np.float64)
        grid = _GRID if on_grid else _grid_of(thresholds, scores)
        if on_grid:
            scores = scores / _STEPS  # from the number of the step to the step: both lie in the same bin
        histogram, squares = _count(scores, positive, codes, max(code_of) + 1, size, grid)
        of_names = list(code_of)
        histogram = histogram[of_names]
        if sample_weight is None:
            histogram = histogram.astype(np.int64)
            return cls._from_histogram(names, grid, histogram, histogram.sum(axis=(1, 2)), False)
        squares = np.bincount(codes, groups["squared"].astype(np.float64), minlength=max(code_of) + 1)
        return cls._from_histogram(names, grid, histogram, squares[of_names], True)

    @classmethod
    def _from_histogram(
        cls,
        names: tuple[str, ...],
        grid: NDArray[np.float64],
        histogram: Counts,
        squares: Counts,
        weighted: bool,
    ) -> ThresholdCounts:
        # histogram[group, label, bin] counts rows above `bin` thresholds; from the far end, so that 0 stays
        # exactly 0.
        at_or_above = histogram[:, :, ::-1].cumsum(axis=2)[:, :, ::-1]
        return cls(
            groups=names,
            thresholds=grid,
            tp=np.ascontiguousarray(at_or_above[:, 1, 1:]),
            fp=np.ascontiguousarray(at_or_above[:, 0, 1:]),
            positives=at_or_above[:, 1, 0].copy(),
            negatives=at_or_above[:, 0, 0].copy(),
            squared_weights=squares,
            weighted=weighted,
        )

    @cached_property
    def overall(self) -> ThresholdCounts:
        """Counts of all groups together, as one group named "all"."""
        return ThresholdCounts(
            groups=(ALL,),
            thresholds=self.thresholds,
            weighted=self.weighted,
            **{name: getattr(self, name).sum(axis=0, keepdims=True) for name in _SUMS},
        )

    def __add__(self, other: ThresholdCounts) -> ThresholdCounts:
        """Counts of both tables' rows; a group that one table lacks has no rows there.

        Raises
        ------
        ValueError: the tables' thresholds differ.
        """
        if not isinstance(other, ThresholdCounts):
            return NotImplemented
        if not np.array_equal(self.thresholds, other.thresholds):
            raise ValueError(
                "Counts are merged only where their thresholds are the same, got "
                f"{_span(self.thresholds)} and {_span(other.thresholds)}."
            )
        groups = _union(self.groups, other.groups)
        return ThresholdCounts(
            groups=groups,
            thresholds=self.thresholds,
            weighted=self.weighted or other.weighted,
            **{name: self._spread(name, groups) + other._spread(name, groups) for name in _SUMS},
        )

    def _spread(self, name: str, groups: tuple[str, ...]) -> Counts:
        values = getattr(self, name)
        spread = np.zeros((len(groups), *values.shape[1:]), dtype=values.dtype)
        spread[[groups.index(group) for group in self.groups]] = values
        return spread

    def at(self, threshold: float | Mapping[str, float]) -> Cells:
        """The four cells of every group, at one threshold for all or one for each group.

        Parameters
        ----------
        threshold : float or mapping of group to float
            Values of `thresholds`, +inf included where it is one.

        Raises
        ------
        ValueError: a threshold is not on the grid (the nearest that are get named), or a group is unknown or
            left out.
        """
        if isinstance(threshold, Mapping):
            for group in threshold:
                one_of("threshold", group, self.groups)
            lacking = [group for group in self.groups if group not in threshold]
            if lacking:
                raise ValueError(f"`threshold` must have one for every group, got none for {lacking}.")
            columns = [self._column_of(threshold[group]) for group in self.groups]
        else:
            columns = [self._column_of(threshold)] * len(self.groups)
        rows = range(len(self.groups))
        return Cells(
            groups=self.groups,
            thresholds=self.thresholds[columns],
            squared_weights=self.squared_weights,
            weighted=self.weighted,
            **{cell: getattr(self, cell)[rows, columns] for cell in ("tp", "fp", "fn", "tn")},
        )

    def _column_of(self, threshold: Any) -> int:
        try:
            value = math.nan if isinstance(threshold, (bool, str)) else float(threshold)
        except (TypeError, ValueError):
            value = math.nan
        if math.isnan(value):
            raise ValueError(f"`threshold` must be a number, or +inf for nobody, got {threshold!r}.")
        column = int(np.searchsorted(self.thresholds, value))
        if column < len(self.thresholds) and self.thresholds[column] == value:
            return column
        near = " and ".join(_shown(t) for t in self.thresholds[max(column - 1, 0) : column + 1])
        raise ValueError(
            f"`threshold` must be one of {_span(self.thresholds)}, got {threshold!r}. Nearest: {near}."
        )

    @known_keywords()
    def plot(
        self, ax: Axes | Sequence[Axes] | None = None, *, metrics: Sequence[str] = _PLOTTED
    ) -> NDArray[Any]:
        """The axes drawn on, shape (2,): each group's rates against the threshold, and its ROC curve.

        Parameters
        ----------
        ax : Axes or two of them, optional
            Where to draw. On one, only the rates are drawn and the result has shape (1,); by default a new
            figure with two.
        metrics : sequence of str, default true and false positive rate
            The rates of the first picture, four at most: a group is a hue and a mark, a rate a style of line.

        Raises
        ------
        ValueError: a metric is not in metrics.json, or there are more than four.
        """
        from matplotlib import pyplot as plt

        if not 0 < len(metrics) <= len(_DASHES):
            raise ValueError(f"`metrics` must have 1 to {len(_DASHES)} names, got {len(metrics)}.")
        if ax is None:
            ax = plt.subplots(1, 2, figsize=(9.6, 4.2), layout="constrained")[1]
        axes = np.atleast_1d(np.asarray(ax, dtype=object))
        if axes.shape not in ((1,), (2,)):
            raise ValueError(f"`ax` must be one or two Axes, got an array of shape {axes.shape}.")
        self._plot_rates(axes[0], metrics)
        if len(axes) == 2:
            self._plot_roc(axes[1])
        return axes

    def _plot_rates(self, ax: Axes, metrics: Sequence[str]) -> None:
        finite = np.isfinite(self.thresholds)
        lines = {}
        for dashes, metric in zip(_DASHES, metrics, strict=False):
            values = rate(self, metric)
            for i, group in enumerate(self.groups):
                name = f"{label_of(metric)}, {group}"
                (lines[name],) = ax.plot(
                    self.thresholds[finite],
                    values[i, finite],
                    dashes,
                    label=name,
                    **_look(i, values[i, finite]),
                )
        ax.set(xlabel=text("plot.threshold"), ylim=(-0.02, 1.02))
        _legend(ax, lines)

    def _plot_roc(self, ax: Axes) -> None:
        across, up = rate(self, "false_positive_rate"), rate(self, "true_positive_rate")
        ax.plot([0, 1], [0, 1], color="0.6", linewidth=1, linestyle=":")
        lines = {
            group: ax.plot(across[i], up[i], label=group, **_look(i, across[i], up[i]))[0]
            for i, group in enumerate(self.groups)
        }
        labels = [label_of(metric) for metric in ("false_positive_rate", "true_positive_rate")]
        ax.set(xlabel=labels[0], ylabel=labels[1], xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
        _legend(ax, lines, loc="lower right")

    def to_dict(self) -> dict[str, Any]:
        """The table as a dict of lists and numbers that JSON can write; the threshold +inf is None."""
        table: dict[str, Any] = {name: getattr(self, name).tolist() for name in _SUMS}
        table["thresholds"] = [None if t == np.inf else t for t in self.thresholds.tolist()]
        return {"groups": list(self.groups), "weighted": self.weighted, **table}

    @classmethod
    def from_dict(cls, table: Mapping[str, Any]) -> ThresholdCounts:
        """The table that `to_dict` wrote.

        Raises
        ------
        ValueError: an entry is absent or unknown, the shapes do not agree, or the numbers are no counts: not
            whole (where unweighted), negative, or rising with the threshold or above the group's own.
        """
        needed = ("groups", "weighted", "thresholds", *_SUMS)
        for name in table:
            one_of("table", name, needed)
        lacking = [name for name in needed if name not in table]
        if lacking:
            raise ValueError(f"`table` must have the entries {list(needed)!r}, got none named {lacking}.")
        grid = _checked_grid([np.inf if t is None else t for t in table["thresholds"]])
        groups = tuple(table["groups"])
        if (
            not all(isinstance(group, str) for group in groups)
            or len(set(groups)) < len(groups)
            or not groups
        ):
            raise ValueError(f"`groups` must hold different texts, at least one, got {table['groups']!r}.")
        weighted = one_of("weighted", table["weighted"], [False, True])
        arrays = {name: _numbers(name, table[name], weighted) for name in _SUMS}
        for name, array in arrays.items():
            shape = (len(groups), len(grid)) if name in ("tp", "fp") else (len(groups),)
            if array.shape != shape:
                raise ValueError(f"`{name}` must have shape {shape}, got {array.shape}.")
        for name, total in (("tp", arrays["positives"]), ("fp", arrays["negatives"])):
            # Sums of weights are rounded, whole numbers are not.
            if (np.diff(arrays[name], prepend=total[:, None]) > 1e-9 * weighted * total[:, None]).any():
                whole = "positives" if name == "tp" else "negatives"
                raise ValueError(
                    f"`{name}` must start at `{whole}` at most, and never rise with the threshold."
                )
        return cls(groups=groups, thresholds=grid, weighted=weighted, **arrays)

    def __repr__(self) -> str:
        sizes = ", ".join(
            f"{group} {size:g}"
            for group, size in zip(self.groups, self.positives + self.negatives, strict=True)
        )
        unit = "weights" if self.weighted else "rows"
        return f"ThresholdCounts({unit}: {sizes}; thresholds: {_span(self.thresholds)})"


_SUMS = ("tp", "fp", "positives", "negatives", "squared_weights")


def _numbers(name: str, values: Any, weighted: bool) -> Counts:
    """One entry of a table from a dict: whole numbers, or any where weighted, at least 0."""
    possible = "finite numbers" if weighted else "whole numbers"
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"`{name}` must hold {possible}: {error}.") from None
    fits = np.isfinite(array) & (array >= 0) & (weighted | (array == np.floor(array)))
    if not fits.all():
        raise ValueError(f"`{name}` must hold {possible}, at least 0, got {array[~fits][0]:g}.")
    return array if weighted else np.array(values, dtype=np.int64)


def _run_group_by(
    frame: Any, named: dict[str, str], features: Sequence[str], on_grid: bool
) -> dict[str, NDArray[Any] | Any]:
    """Rows (and weights) by label, score or its step, and features: each column of the answer by its name.

    A score that cannot be counted is null, or the step -1.
    """
    import narwhals as nw

    table = nw.from_native(frame).lazy()
    schema = table.collect_schema()
    for argument, column in [*named.items(), *(("sensitive_features", feature) for feature in features)]:
        one_of(argument, column, list(schema))
    for argument in ("y_score", "sample_weight"):
        if argument in named and not (
            schema[named[argument]].is_numeric() or schema[named[argument]] == nw.Boolean
        ):
            raise ValueError(
                f"`{argument}` must name a column of numbers, got one of {schema[named[argument]]}."
            )
    score = nw.col(named["y_score"]).cast(nw.Float64)
    keys = {"score": _step_of(score) if on_grid else _finite(score), "label": nw.col(named["y_true"])}
    keys |= {f"feature_{i}": nw.col(feature) for i, feature in enumerate(features)}
    sums = {"rows": nw.len()}
    columns = dict(keys)
    if "sample_weight" in named:
        columns["weight"] = nw.col(named["sample_weight"]).cast(nw.Float64)
        columns["squared"] = columns["weight"] * columns["weight"]
        weight = nw.col("weight")
        sums |= {"weight": weight.sum(), "squared": nw.col("squared").sum()}
        sums |= {"least": weight.min(), "weighed": weight.count()}
    groups = table.select(**columns).group_by(*keys).agg(**sums).collect()
    numbers = {"score", *sums}
    return {
        name: groups[name].to_numpy() if name in numbers else plain(groups[name].to_native())
        for name in groups.columns
    }


def _step_of(score: Any) -> Any:
    """The number of the step of the grid that a score lies in, 0 to 1000, or -1 where it lies in none."""
    import narwhals as nw

    inside = nw.when((score >= 0) & (score <= 1)).then(score).otherwise(nw.lit(-1.0))
    step = (inside * _STRETCH).floor()
    # Engines turn k / 1000 into a product with the reciprocal, which errs at 144 steps; not where they
    # cannot see it.
    too_far = step / (inside * 0 + _STEPS) > inside
    exact = step - nw.when(too_far).then(nw.lit(1.0)).otherwise(nw.lit(0.0))
    return nw.when(inside < 0).then(nw.lit(-1.0)).otherwise(exact).cast(nw.Int32)


def _finite(score: Any) -> Any:
    """A score, or null where it is not finite."""
    import narwhals as nw

    largest = float(np.finfo(np.float64).max)
    return nw.when((score >= -largest) & (score <= largest)).then(score)


def _refuse_groups(groups: dict[str, Any], on_grid: bool, *, weighted: bool) -> None:
    rows, scores = groups["rows"], groups["score"]
    if not rows.sum():
        raise ValueError("`frame` must have at least one row, got none.")
    strange = scores < 0 if on_grid else np.isnan(scores)
    if strange.any():
        bounds = "lie in [0, 1] with the default thresholds" if on_grid else "be finite"
        n = int(rows[strange].sum())
        raise ValueError(f"`y_score` must {bounds}, got another value or none in {n} row{'s' * (n > 1)}.")
    if weighted and not (
        (groups["weighed"] == rows).all()
        and np.isfinite(groups["weight"]).all()
        and (groups["least"] >= 0).all()
    ):
        raise ValueError("`sample_weight` must be finite and at least 0 in every row, got another or none.")
    if weighted and not groups["weight"].any():
        raise ValueError("`sample_weight` must be above 0 somewhere, got only zeros.")


def _grid_of(thresholds: ArrayLike | str | None, scores: NDArray[Any]) -> NDArray[np.float64]:
    if thresholds is None:
        return _GRID
    refuse_scores(scores, unit_interval=False)
    if isinstance(thresholds, str):
        one_of("thresholds", thresholds, ["distinct"])
        return np.append(np.unique(scores).astype(np.float64), np.inf)
    return _checked_grid(thresholds)


def _checked_grid(thresholds: ArrayLike) -> NDArray[np.float64]:
    try:
        grid = np.array(thresholds, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"`thresholds` must be numbers or 'distinct', got {thresholds!r}.") from None
    if grid.ndim != 1 or not grid.size:
        raise ValueError(f"`thresholds` must have one dimension and a value, got shape {grid.shape}.")
    if np.isnan(grid).any() or not np.isfinite(grid[:-1]).all() or grid[-1] == -np.inf:
        raise ValueError(
            "`thresholds` must be finite, but for +inf as the last, got " + str(grid[:5].tolist()) + "."
        )
    steps = np.diff(grid) <= 0
    if steps.any():
        i = int(np.argmax(steps))
        raise ValueError(f"`thresholds` must increase, got {_shown(grid[i])} and then {_shown(grid[i + 1])}.")
    return grid


def _count(
    scores: NDArray[Any],
    positive: NDArray[np.bool_],
    codes: NDArray[Any],
    n_codes: int,
    weights: NDArray[np.float64] | None,
    grid: NDArray[np.float64],
) -> tuple[Counts, Counts]:
    """Rows (or weights) by group, label and number of thresholds reached; squared weights by group."""
    n_bins = len(grid) + 1
    size = n_codes * 2 * n_bins
    total = np.zeros(size, dtype=np.int64 if weights is None else np.float64)
    squares = np.zeros(n_codes)
    narrow = np.uint8 if 2 * n_codes <= 256 else np.int64  # a group and a label as one number, in few bytes
    # Keys of 32 bits where they suffice: a processor converts several floats to them at once.
    kind = np.int32 if size <= np.iinfo(np.int32).max else np.int64
    chunk = max(_CHUNK, size)  # else adding up the table would cost more than counting the rows
    for start in range(0, len(scores), chunk):
        rows = slice(start, start + chunk)
        key = _bins(scores, rows, grid).astype(kind, copy=False)
        pair = np.multiply(codes[rows], 2, dtype=narrow, casting="unsafe")
        np.add(pair, positive[rows].view(np.uint8), out=pair)
        np.add(key, np.multiply(pair, n_bins, dtype=kind), out=key)
        total += np.bincount(key, None if weights is None else weights[rows], minlength=size)
        if weights is not None:
            squares += np.bincount(codes[rows], weights[rows] ** 2, minlength=n_codes)
    histogram = total.reshape(n_codes, 2, n_bins)
    return histogram, histogram.sum(axis=(1, 2)) if weights is None else squares


def _bins(scores: NDArray[Any], rows: slice, grid: NDArray[np.float64]) -> NDArray[np.signedinteger[Any]]:
    """How many thresholds each score reaches."""
    values = scores[rows].astype(np.float64, copy=False)
    if grid is not _GRID:
        return np.searchsorted(grid, values, side="right")
    if not (values.min() >= 0 and values.max() <= 1):  # so written, nan is caught too
        refuse_scores(scores, unit_interval=True)
    step = (values * _STRETCH).astype(np.int32)
    step += grid.take(step) <= values
    return step


def _union(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    together = [*one, *(group for group in other if group not in one)]
    in_order = all(list(groups) == sorted(groups, key=natural) for groups in (one, other))
    return tuple(sorted(together, key=natural if in_order else lambda group: group == "missing"))


def _shown(threshold: float) -> str:
    return "+inf (nobody)" if threshold == np.inf else f"{threshold:.12g}"


def _span(thresholds: NDArray[np.float64]) -> str:
    if len(thresholds) <= 5:
        return ", ".join(map(_shown, thresholds))
    last = ", ".join(map(_shown, thresholds[-2:]))
    return f"{_shown(thresholds[0])}, {_shown(thresholds[1])}, …, {last}"
