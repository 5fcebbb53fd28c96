"""A model as it was after each epoch of its training."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from edutools._checks import known_keywords
from edutools.counts import Cells
from edutools.metrics import difference, difference_interval, rate, rate_interval, share_interval
from edutools.texts import text
from edutools.widgets.base import Widget
from edutools.widgets.epochs import CELLS, Epochs
from edutools.widgets.figures import decimals, interval, wholes
from edutools.widgets.table import browser_definitions
from edutools.widgets.tracing import names_entering, partial_fits, retraced

if TYPE_CHECKING:
    import pandas as pd

LOSSES = ("loss", "val_loss", "penalty")
ACCURACIES = ("accuracy", "val_accuracy")
METRIC = "selection_rate"
MOST_TOLD = 12  # epochs in the twin
DIGITS = {"loss": 3, "val_loss": 3, "penalty": 3, "accuracy": 3, "val_accuracy": 3}


class TrainingTrace(Widget):
    """Loss, accuracy and each group's selection rate by epoch, and the model as it was after each of them.

    Parameters
    ----------
    history : fitted model, list of dict, dict of lists, DataFrame, or object with such a ``history``
        What was recorded of each epoch: a fitted ``FairLogisticRegression`` or a Pipeline that ends in one,
        the ``History`` that Keras returns, what skorch keeps, or what a loop of one's own collected. Read are
        ``loss`` and ``accuracy`` on the rows trained on, ``val_loss`` and ``val_accuracy`` on held-out rows,
        ``penalty``, ``rates`` (each group's selection rate, on the rows trained on), ``cells`` (each group's
        counts ``tp``, ``fp``, ``fn`` and ``tn`` on held-out rows), ``coef`` and ``intercept``, and ``epoch``;
        where the last is absent, epochs are numbered from 1. What is nan or infinite is undefined, and a gap
        in its line. A metric that is absent has no panel.
    feature_names : sequence of str, length n_features, optional
        What the weights in ``coef`` belong to; by default the names that a model was fitted with.
    loss_name : str, default "log-loss"
        What the loss is called.
    epoch : int, optional
        The epoch at which the model is shown, by default the last.

    Raises
    ------
    TypeError: `history` has none of these forms; an unknown keyword.
    ValueError: `history` is empty, tells nothing that is shown, or holds what cannot be, such as an accuracy
        above 1; `epoch` is none of its epochs.

    Notes
    -----
    Intervals stand where rows are counted, as `from_estimator` and `from_partial_fit` do: Wilson's for a
    share, Newcombe's for the gap.
    """

    _name = "training_trace"

    epoch = traitlets.Int(help="The epoch at which the model is shown.").tag(sync=True)

    _facts = traitlets.Dict().tag(sync=True)
    _definitions = traitlets.Dict().tag(sync=True)

    @known_keywords()
    def __init__(
        self,
        history: Any,
        *,
        feature_names: Sequence[str] | None = None,
        loss_name: str = "log-loss",
        epoch: int | None = None,
    ) -> None:
        names = names_entering(history) if feature_names is None else feature_names
        self._epochs = Epochs.read(history, feature_names=names)
        self._loss_name = str(loss_name)
        super().__init__(
            epoch=self._epochs.numbers[-1] if epoch is None else epoch,
            _facts=self._traced(),
            _definitions=browser_definitions([METRIC]),
        )

    @classmethod
    @known_keywords()
    def from_estimator(
        cls,
        model: Any,
        X: Any,
        y: Any,
        *,
        sensitive_features: Any,
        pos_label: Any = 1,
        feature_names: Sequence[str] | None = None,
        threshold: float = 0.5,
    ) -> TrainingTrace:
        """The trace of a fitted `FairLogisticRegression`, with its decisions on held-out rows at every epoch.

        Only counts of the rows travel into the page.

        Parameters
        ----------
        model : FairLogisticRegression, or Pipeline that ends in one
            Fitted; its weights of every epoch are in ``history_``.
        X : array-like, shape (n, n_features)
            Held-out rows, as the model takes them.
        y : array-like, shape (n,)
            Their labels.
        sensitive_features : array-like, shape (n,) or (n, n_features)
            The group of each; several features are crossed. None for all rows in one group.
        pos_label : object, default 1
            Which label is positive.
        feature_names : sequence of str, optional
            By default the names that the model was fitted with.
        threshold : float, default 0.5
            The score from which a row is selected, in [0, 1]. At another than 0.5 the accuracy and the rates
            that were recorded in training are left out, since they were counted at 0.5.

        Raises
        ------
        TypeError: the model is not fitted, or records no weights.
        ValueError: `pos_label` is not one of the model's classes; `threshold` lies outside [0, 1]; labels or
            groups are not as many as rows.
        """
        history, names = retraced(model, X, y, sensitive_features, pos_label=pos_label, threshold=threshold)
        return cls(history, feature_names=names if feature_names is None else feature_names)

    @classmethod
    @known_keywords()
    def from_partial_fit(
        cls,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        epochs: int = 20,
        X_test: Any,
        y_test: Any,
        sensitive_features: Any,
        sensitive_features_test: Any,
        pos_label: Any = 1,
        random_state: int = 0,
    ) -> TrainingTrace:
        """The trace of a clone of any classifier of scikit-learn with ``partial_fit``, trained here.

        In each epoch the clone sees all rows of `X` once, in an order of its own. Losses are log-losses,
        left out where it has no ``predict_proba``; weights are shown where it has a ``coef_`` of one row.

        Parameters
        ----------
        estimator : classifier
            With ``partial_fit``; not changed. A ``random_state`` of None becomes `random_state`.
        X : array-like, shape (n, n_features)
            Rows to train on.
        y : array-like, shape (n,)
            Their labels, of two kinds.
        epochs : int, default 20
            At least 1.
        X_test : array-like, shape (n_test, n_features)
            Held-out rows.
        y_test : array-like, shape (n_test,)
            Their labels.
        sensitive_features : array-like, shape (n,)
            The group of each row trained on, in the order of `X`; None for all in one group.
        sensitive_features_test : array-like, shape (n_test,)
            The group of each held-out row.
        pos_label : object, default 1
            Which label is positive.
        random_state : int, default 0
            Of the order of rows: the same number, the same trace.

        Raises
        ------
        TypeError: the estimator has no ``partial_fit``.
        ValueError: `epochs` is below 1; labels are not of two kinds; rows, labels and groups are not as many.
        """
        history, names = partial_fits(
            estimator,
            (X, y, sensitive_features),
            (X_test, y_test, sensitive_features_test),
            epochs=epochs,
            pos_label=pos_label,
            random_state=random_state,
        )
        return cls(history, feature_names=names)

    @traitlets.validate("epoch")
    def _known_epoch(self, proposal: dict[str, Any]) -> int:
        numbers, epoch = self._epochs.numbers, proposal["value"]
        if epoch not in numbers:
            raise ValueError(
                f"`epoch` must be one of the {len(numbers)} epochs from {numbers[0]} to {numbers[-1]}, "
                f"got {epoch}."
            )
        return epoch

    # ---- what it says

    @property
    def history(self) -> pd.DataFrame:
        """The figures of each epoch: a DataFrame, epoch × figure, nan where undefined.

        ``loss``, ``val_loss``, ``penalty``, ``accuracy`` and ``val_accuracy`` as far as they are told;
        ``val_accuracy_low`` and ``_high``, its 95% interval, where rows are counted; ``gap``, the highest
        selection rate less the lowest, where there are groups, with ``gap_low`` and ``gap_high``.
        """
        import pandas as pd

        epochs = self._epochs
        columns = dict(epochs.curves)
        if epochs.cells is not None:
            columns |= _with_limits("val_accuracy", self._accuracy_limits())
        if len(epochs.groups) > 1:
            columns["gap"] = np.array([self._gap(place)[0] for place in range(len(epochs.numbers))])
            if epochs.selected(0) is not None:
                limits = np.array([self._gap(place)[1] for place in range(len(epochs.numbers))])
                columns |= _with_limits("gap", limits)
        return pd.DataFrame(columns, index=pd.Index(epochs.numbers, name="epoch"))

    @property
    def by_group(self) -> pd.DataFrame:
        """Each group at each epoch: a DataFrame indexed by epoch and group, nan where undefined.

        ``trained_on``, the selection rate on the rows trained on, with its 95% interval ``trained_on_low``
        and ``_high`` where the history tells ``group_rows``; and where held-out rows are counted,
        ``selection_rate`` among these, its 95% interval ``selection_rate_low`` and ``_high``, and the cells
        ``tp``, ``fp``, ``fn`` and ``tn``. Empty where there are no groups.
        """
        import pandas as pd

        epochs = self._epochs
        index = pd.MultiIndex.from_product([epochs.numbers, epochs.groups], names=["epoch", "group"])
        columns: dict[str, Any] = {}
        if epochs.rates is not None:
            columns["trained_on"] = epochs.rates.ravel()
            if epochs.rows is not None:
                limits = share_interval(epochs.rates * epochs.rows, epochs.rows + 0 * epochs.rates)
                columns |= _with_limits("trained_on", limits.reshape(-1, 2))
        if epochs.cells is not None:
            places = range(len(epochs.numbers))
            columns[METRIC] = np.concatenate([self._rates(place) for place in places])
            columns |= _with_limits(METRIC, np.concatenate([self._limits(place) for place in places]))
            columns |= {cell: epochs.cells[:, :, place].ravel() for place, cell in enumerate(CELLS)}
        return pd.DataFrame(columns, index=index)

    @property
    def weights(self) -> pd.DataFrame:
        """The weights after each epoch: a DataFrame, epoch × intercept and features; empty if not told."""
        import pandas as pd

        epochs = self._epochs
        index = pd.Index(epochs.numbers, name="epoch")
        if epochs.weights is None:
            return pd.DataFrame(index=index)
        frame = pd.DataFrame(epochs.weights, index=index, columns=list(epochs.features))
        if epochs.intercepts is not None:
            frame.insert(0, "intercept", epochs.intercepts, allow_duplicates=True)
        return frame

    @property
    def _place(self) -> int:
        return self._epochs.numbers.index(self.epoch)

    def _rates(self, place: int) -> np.ndarray:
        """Each group's selection rate at an epoch, on held-out rows where these are counted."""
        epochs, cells = self._epochs, self._epochs.counted(place)
        if cells is not None:
            return rate(cells, METRIC)
        return np.empty(0) if epochs.rates is None else epochs.rates[place]

    def _limits(self, place: int) -> np.ndarray:
        cells = self._epochs.selected(place)
        return (
            np.full((len(self._epochs.groups), 2), np.nan) if cells is None else rate_interval(cells, METRIC)
        )

    def _gap(self, place: int) -> tuple[float, tuple[float, float]]:
        """The highest selection rate less the lowest, and its interval."""
        cells = self._epochs.selected(place)
        if cells is not None:
            return _difference(cells)
        rates = self._rates(place)
        return float(rates.max() - rates.min()), (math.nan, math.nan)

    def _accuracy_limits(self) -> np.ndarray:
        assert self._epochs.cells is not None
        tp, fp, fn, tn = self._epochs.cells.sum(axis=1).T
        return share_interval(tp + tn, tp + fp + fn + tn)

    # ---- what travels

    def _traced(self) -> dict[str, Any]:
        epochs = self._epochs
        return {
            "epochs": list(epochs.numbers),
            "loss_name": self._loss_name,
            "curves": {name: _sent(epochs.curves[name]) for name in epochs.names_of_curves},
            "groups": list(epochs.groups),
            "rates": _sent(epochs.rates),
            "rows": _sent(epochs.rows),
            "cells": None if epochs.cells is None else epochs.cells.tolist(),
            "features": list(epochs.features),
            "weights": _sent(epochs.weights),
            "intercepts": _sent(epochs.intercepts),
        }

    # ---- the twin

    def _summary(self) -> dict[str, Any]:
        return {
            "title": text("training_trace.title"),
            "sentences": [
                _epoch_words(self.epoch, self._epochs.numbers[-1]),
                *self._missing(),
                *self._gap_sentence(),
            ],
            "tables": [self._epochs_table(), *self._groups_table(), *self._weights_table()],
        }

    def _missing(self) -> list[str]:
        epochs, missing = self._epochs, []
        if not any(name in epochs.curves for name in LOSSES):
            missing.append(text("training_trace.no_loss", loss=self._loss_name))
        if not any(name in epochs.curves for name in ACCURACIES):
            missing.append(text("training_trace.no_accuracy"))
        if not epochs.groups:
            missing.append(text("training_trace.no_rates"))
        if epochs.weights is None:
            missing.append(text("training_trace.no_weights"))
        return missing

    def _gap_sentence(self) -> list[str]:
        if len(self._epochs.groups) < 2:
            return []
        gap, limits = self._gap(self._place)
        if math.isnan(gap):
            return [text("training_trace.gap_undefined")]
        if math.isnan(limits[0]):
            return [text("training_trace.gap", gap=decimals(gap, 3))]
        key = "gap_noise" if limits[0] <= 0 else "gap_beyond"
        return [text(f"training_trace.{key}", gap=decimals(gap, 3), interval=interval(limits, 3))]

    def _epochs_table(self) -> dict[str, Any]:
        epochs = self._epochs
        places = _told(len(epochs.numbers), self._place)
        columns = [
            text("training_trace.epoch"),
            *(self._curve_name(name) for name in epochs.names_of_curves),
            *(text("training_trace.selected_of", group=group) for group in epochs.groups),
        ]
        key = "by_epoch" if len(places) == len(epochs.numbers) else "by_some_epochs"
        caption = text(f"training_trace.{key}", shown=len(places), all=wholes(len(epochs.numbers)))
        return {"caption": caption, "columns": columns, "rows": [self._epoch_row(each) for each in places]}

    def _epoch_row(self, place: int) -> list[str]:
        epochs = self._epochs
        figures = []
        for name in epochs.names_of_curves:
            words = decimals(epochs.curves[name][place], DIGITS[name])
            counted = name == "val_accuracy" and epochs.cells is not None
            figures.append(
                f"{words} {interval(self._accuracy_limits()[place], 3)}".strip() if counted else words
            )
        rates = [
            f"{decimals(value)} {interval(limits)}".strip()
            for value, limits in zip(self._rates(place), self._limits(place), strict=True)
        ]
        return [str(epochs.numbers[place]), *figures, *rates]

    def _curve_name(self, name: str) -> str:
        return text(f"training_trace.{name}", loss=self._loss_name)

    def _groups_table(self) -> list[dict[str, Any]]:
        cells = self._epochs.counted(self._place)
        if cells is None:
            return []
        rows = [
            [
                group,
                wholes(tp + fp),
                wholes(tp + fp + fn + tn),
                f"{decimals(value)} {interval(limits)}".strip(),
                *map(wholes, (tp, fp, fn, tn)),
            ]
            for group, value, limits, tp, fp, fn, tn in zip(
                cells.groups,
                self._rates(self._place),
                self._limits(self._place),
                cells.tp,
                cells.fp,
                cells.fn,
                cells.tn,
                strict=True,
            )
        ]
        columns = [text(f"training_trace.{each}") for each in ("group", "selected", "of", "rate")]
        caption = text("training_trace.decisions", epoch=self.epoch)
        return [{"caption": caption, "columns": [*columns, *CELLS], "rows": rows}]

    def _weights_table(self) -> list[dict[str, Any]]:
        epochs = self._epochs
        if epochs.weights is None:
            return []
        rows = [
            [feature, decimals(weight, 3)]
            for feature, weight in zip(epochs.features, epochs.weights[self._place], strict=True)
        ]
        if epochs.intercepts is not None:
            rows.insert(0, [text("training_trace.intercept"), decimals(epochs.intercepts[self._place], 3)])
        return [
            {
                "caption": text("training_trace.weights", epoch=self.epoch),
                "columns": [text("training_trace.feature"), text("training_trace.weight")],
                "rows": rows,
            }
        ]


def _epoch_words(epoch: int, last: int) -> str:
    return text(f"training_trace.{'untrained' if epoch == 0 else 'epoch_of'}", epoch=epoch, last=last)


def _told(size: int, present: int) -> list[int]:
    """Places of the epochs in the twin: all of a short history, else evenly spaced ones and `present`."""
    if size <= MOST_TOLD:
        return list(range(size))
    return sorted({*np.linspace(0, size - 1, MOST_TOLD).round().astype(int).tolist(), present})


def _difference(cells: Cells) -> tuple[float, tuple[float, float]]:
    return difference(cells, METRIC), difference_interval(cells, METRIC)


def _with_limits(name: str, limits: np.ndarray) -> dict[str, np.ndarray]:
    return {f"{name}_low": limits[:, 0], f"{name}_high": limits[:, 1]}


def _sent(values: np.ndarray | None) -> Any:
    """Numbers for the browser, null where undefined."""
    if values is None:
        return None
    return np.where(np.isnan(values), np.array(None), values).tolist()
