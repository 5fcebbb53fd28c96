"""The confusion matrix that moves with its threshold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike, NDArray

from edutools._checks import known_keywords, one_of, suggestion
from edutools._columns import read_groups, read_labels, read_weights
from edutools.counts import Cells, ThresholdCounts
from edutools.metrics import METRICS, definition_of, label_of, rate, rate_interval, undefined_reasons
from edutools.texts import text
from edutools.widgets.counted import Counted, counted, names
from edutools.widgets.figures import decimals, interval, money, threshold_words, wholes
from edutools.widgets.table import Threshold, middle

MOST_CLASSES = 20


class ConfusionMatrix(Counted):
    """A confusion matrix to play with: move the threshold, choose a metric, and see the cells that make it.

    True labels stand in the rows and predicted labels in the columns, negative before positive. Positive
    means score ≥ threshold.

    Parameters
    ----------
    counts : ThresholdCounts
        Counts by group and threshold.
    threshold : float, optional
        Where to begin; one of the counts' thresholds, +∞ for 'nobody'. By default the one nearest to 0.5.
    group : str, optional
        The group to show; all groups together by default.
    metric : str, default "accuracy"
        The metric whose cells are lit, a name in metrics.json.
    normalize : {None, "true", "pred", "all"}, default None
        Show counts, or per cent of the row (true label), of the column (predicted label) or of all, as in
        scikit-learn's ``confusion_matrix``.
    gain, loss : float, default 1.0
        What a true positive earns and what a false positive costs, at least 0, in `currency`.
    currency : str, default "€"
        Stands before amounts.
    label_names, decision_names : sequence of two str, optional
        What the negative and the positive label, and the negative and the positive decision, are called.

    Raises
    ------
    TypeError: `counts` is not a ThresholdCounts.
    ValueError: an unknown group, metric or threshold; names that are not two.
    """

    _name = "confusion_matrix"
    _sections = ("undefined", "metric")

    threshold = Threshold(0.5, help="Scores at or above it are positive; +∞ for nobody.").tag(sync=True)
    group = traitlets.Unicode(None, allow_none=True, help="The group shown, or None for all.").tag(sync=True)
    metric = traitlets.Unicode("accuracy", help="The metric whose cells are lit.").tag(sync=True)
    normalize = traitlets.Unicode(None, allow_none=True, help="None, 'true', 'pred' or 'all'.").tag(sync=True)

    _fixed = traitlets.Bool(False).tag(sync=True)
    _classes = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _matrices = traitlets.Dict().tag(sync=True)

    @known_keywords()
    def __init__(
        self,
        counts: ThresholdCounts,
        *,
        threshold: float | None = None,
        group: str | None = None,
        metric: str = "accuracy",
        normalize: str | None = None,
        gain: float = 1.0,
        loss: float = 1.0,
        currency: str = "€",
        label_names: Sequence[str] | None = None,
        decision_names: Sequence[str] | None = None,
    ) -> None:
        self._refuse_other_than_counts(counts)
        self.counts: ThresholdCounts | None = counts
        self._play(
            groups=counts.groups,
            **counted(counts, METRICS),
            _fixed=counts.thresholds.size == 1,
            threshold=middle(counts) if threshold is None or counts.thresholds.size == 1 else threshold,
            group=group,
            metric=metric,
            normalize=normalize,
            gain=gain,
            loss=loss,
            currency=currency,
            **names(label_names, decision_names),
        )

    def _play(self, *, groups: Sequence[str], **traits: Any) -> None:
        self._groups = tuple(groups)
        super().__init__(**traits)

    @classmethod
    @known_keywords(__init__)
    def from_predictions(
        cls,
        y_true: ArrayLike,
        y_score: ArrayLike | None = None,
        *,
        y_pred: ArrayLike | None = None,
        sensitive_features: Any = None,
        sample_weight: ArrayLike | None = None,
        pos_label: Any = 1,
        thresholds: Any = None,
        **play: Any,
    ) -> ConfusionMatrix:
        """A confusion matrix from labels and scores, or from labels and hard predictions.

        Parameters
        ----------
        y_true : array-like, shape (n_rows,)
            True labels.
        y_score : array-like of float, shape (n_rows,), optional
            Scores in [0, 1].
        y_pred : array-like, shape (n_rows,), optional
            Predicted labels, in place of scores: the matrix then stands without a slider, and shows up to 20
            classes.
        sensitive_features : array-like, optional
            The group of each row.
        sample_weight : array-like of float, shape (n_rows,), optional
            Weights, at least 0.
        pos_label : object, default 1
            The label that counts as positive, of two.
        thresholds : array-like or "distinct", optional
            As in ThresholdCounts.from_predictions.
        **play
            What the constructor takes besides counts.

        Raises
        ------
        ValueError: neither or both of `y_score` and `y_pred` are given; more than 20 classes; labels that are
            missing or of two kinds, texts and others; `pos_label` is none of two; and what
            ThresholdCounts.from_predictions raises.
        """
        if (y_score is None) == (y_pred is None):
            raise ValueError("Give either `y_score` (scores in [0, 1]) or `y_pred` (predicted labels).")
        if y_score is not None:
            return cls(
                ThresholdCounts.from_predictions(
                    y_true,
                    y_score,
                    sensitive_features=sensitive_features,
                    sample_weight=sample_weight,
                    pos_label=pos_label,
                    thresholds=thresholds,
                ),
                **play,
            )
        true, predicted = read_labels("y_true", y_true), read_labels("y_pred", y_pred)
        if true.shape != predicted.shape:
            raise ValueError(
                f"`y_true` and `y_pred` must be of one length, got shapes {true.shape} and {predicted.shape}."
            )
        texts = {isinstance(label, str): label for label in (*true.tolist(), *predicted.tolist())}
        if len(texts) > 1:
            raise ValueError(
                "`y_true` and `y_pred` must hold labels of one kind, "
                f"got {texts[False]!r} and {texts[True]!r}."
            )
        classes = np.unique(np.concatenate([true, predicted]))
        if classes.size == 2 and pos_label not in classes.tolist():
            raise ValueError(
                f"`pos_label` must be one of the labels, {classes.tolist()!r}, got {pos_label!r}."
                + suggestion(pos_label, classes.tolist())
            )
        if classes.size > 2:
            return cls._of_classes(true, predicted, classes, sensitive_features, sample_weight, **play)
        return cls(
            ThresholdCounts.from_predictions(
                true,
                (predicted == pos_label).astype(float),
                sensitive_features=sensitive_features,
                sample_weight=sample_weight,
                pos_label=pos_label,
                thresholds=[0.5],
            ),
            **play,
        )

    @classmethod
    @known_keywords(__init__)
    def from_estimator(
        cls,
        model: Any,
        X: Any,
        y: ArrayLike,
        *,
        sensitive_features: Any = None,
        sample_weight: ArrayLike | None = None,
        pos_label: Any = 1,
        thresholds: Any = None,
        **play: Any,
    ) -> ConfusionMatrix:
        """A confusion matrix from a fitted classifier and data.

        A classifier of two classes gives scores, and so a slider; one of more gives its predicted labels.

        Parameters
        ----------
        model : estimator
            A fitted scikit-learn classifier.
        X : array-like, shape (n_rows, n_features)
            What the model takes.
        y : array-like, shape (n_rows,)
            True labels.
        sensitive_features, sample_weight, pos_label, thresholds, **play
            As in `from_predictions`.

        Raises
        ------
        ValueError: as in `from_predictions`; TypeError: the model gives no probabilities.
        """
        known = dict(sensitive_features=sensitive_features, sample_weight=sample_weight, pos_label=pos_label)
        if len(getattr(model, "classes_", ())) > 2:
            from edutools.predictors import labels

            return cls.from_predictions(y, y_pred=labels(model, X), **known, **play)
        from edutools.predictors import scores

        return cls.from_predictions(
            y, scores(model, X, pos_label=pos_label), thresholds=thresholds, **known, **play
        )

    @classmethod
    def _of_classes(
        cls,
        true: NDArray[Any],
        predicted: NDArray[Any],
        classes: NDArray[Any],
        sensitive_features: Any,
        sample_weight: ArrayLike | None,
        **play: Any,
    ) -> ConfusionMatrix:
        if classes.size > MOST_CLASSES:
            raise ValueError(
                f"`y_true` and `y_pred` must hold at most {MOST_CLASSES} classes, got {classes.size}."
            )
        weights = np.ones(true.size) if sample_weight is None else read_weights(sample_weight)
        if weights.shape != true.shape:
            raise ValueError(
                f"`sample_weight` must have {true.size} rows as `y_true` has, got {weights.size}."
            )
        read, groups, code_of = read_groups(sensitive_features, true.size)
        codes = np.searchsorted(np.sort(code_of), read)
        groups = tuple(groups[place] for place in np.argsort(code_of))
        keys = (codes * classes.size + np.searchsorted(classes, true)) * classes.size + np.searchsorted(
            classes, predicted
        )
        shape = (len(groups), classes.size, classes.size)
        table = np.bincount(keys, weights=weights, minlength=int(np.prod(shape))).reshape(shape)
        widget = cls.__new__(cls)
        widget.counts = None
        allowed = {"group", "normalize"}
        for name in play:
            one_of("keyword", name, sorted(allowed))
        widget._play(
            groups=groups,
            _classes=[str(each) for each in classes.tolist()],
            **names(),
            _matrices={"groups": list(groups), "counts": [table.sum(axis=0).tolist(), *table.tolist()]},
            **play,
        )
        return widget

    @traitlets.validate("threshold")
    def _known_threshold(self, proposal: dict[str, Any]) -> float:
        counts = getattr(self, "counts", None)
        if counts is not None:
            counts.at(proposal["value"])
        return proposal["value"]

    @traitlets.validate("group")
    def _known_group(self, proposal: dict[str, Any]) -> str | None:
        return one_of("group", proposal["value"], [None, *self._groups])

    @traitlets.validate("metric")
    def _known_metric(self, proposal: dict[str, Any]) -> str:
        definition_of(proposal["value"])
        return proposal["value"]

    @traitlets.validate("normalize")
    def _known_normalization(self, proposal: dict[str, Any]) -> str | None:
        return one_of("normalize", proposal["value"], [None, "true", "pred", "all"])

    @property
    def cells(self) -> Cells:
        """The four cells of what is shown, each of shape (1,)."""
        if self.counts is None:
            raise AttributeError("`cells` exist for two classes; `matrix` holds the counts of more.")
        cells = self.counts.at(self.threshold)
        return cells.overall if self.group is None else _one_group(cells, cells.groups.index(self.group))

    @property
    def matrix(self) -> NDArray[Any]:
        """The counts shown, shape (n_classes, n_classes), true labels in rows, predicted ones in columns."""
        if self.counts is None:
            place = 0 if self.group is None else 1 + self._groups.index(self.group)
            return np.asarray(self._matrices["counts"][place])
        cells = self.cells
        return np.array([[cells.tn[0], cells.fp[0]], [cells.fn[0], cells.tp[0]]])

    def rate(self, metric: str) -> float:
        """Value of a metric on what is shown, within the metric's range; nan where undefined."""
        return float(rate(self.cells, metric)[0])

    @property
    def profit(self) -> float:
        """Gain of the true positives less the loss of the false ones, in `currency`."""
        return float(self.gain * self.cells.tp[0] - self.loss * self.cells.fp[0])

    def _summary(self) -> dict[str, Any]:
        group = text("common.all") if self.group is None else self.group
        size = wholes(float(self.matrix.sum()))
        if self.counts is None:
            return self._summary_of_classes(text("confusion_matrix.heading_fixed", group=group, size=size))
        cells = self.cells
        kind = "heading_fixed" if self._fixed else "heading_nobody" if np.isinf(self.threshold) else "heading"
        threshold = threshold_words(self.threshold)
        heading = text(f"confusion_matrix.{kind}", group=group, size=size, threshold=threshold)
        return {
            "title": f"{text('confusion_matrix.title')}. {heading}",
            "sentences": [
                text(
                    "confusion_matrix.profit",
                    tp=wholes(cells.tp[0]),
                    fp=wholes(cells.fp[0]),
                    gain=money(self.gain, self.currency),
                    loss=money(self.loss, self.currency),
                    profit=money(self.profit, self.currency),
                )
            ],
            "tables": [self._matrix_table(), self._rates_table(cells)],
        }

    def _matrix_table(self) -> dict[str, Any]:
        shown = self._shares()
        return {
            "caption": text("confusion_matrix.title"),
            "columns": [text("confusion_matrix.true_by_predicted"), *self.decision_names],
            "rows": [[name, *row] for name, row in zip(self.label_names, shown, strict=True)],
        }

    def _shares(self) -> list[list[str]]:
        matrix = self.matrix
        if self.normalize is None:
            return [[wholes(count) for count in row] for row in matrix]
        total = {
            "true": matrix.sum(axis=1, keepdims=True),
            "pred": matrix.sum(axis=0, keepdims=True),
            "all": matrix.sum(),
        }
        with np.errstate(invalid="ignore"):
            shares = 100 * matrix / total[self.normalize]
        return [
            [
                text("common.no_share")
                if np.isnan(share)
                else text("common.percent", value=decimals(share, 1))
                for share in row
            ]
            for row in shares
        ]

    def _rates_table(self, cells: Cells) -> dict[str, Any]:
        rows = []
        for metric in METRICS:
            reasons = undefined_reasons(cells, metric)
            value = (
                text("common.undefined", reason=next(iter(reasons.values())))
                if reasons
                else decimals(rate(cells, metric)[0])
            )
            rows.append([label_of(metric), value, interval(rate_interval(cells, metric)[0])])
        return {
            "caption": text("confusion_matrix.rates"),
            "columns": [
                text("confusion_matrix.metric"),
                text("confusion_matrix.value"),
                text("confusion_matrix.interval"),
            ],
            "rows": rows,
        }

    def _summary_of_classes(self, heading: str) -> dict[str, Any]:
        matrix = self.matrix
        hits = np.diag(matrix)
        with np.errstate(invalid="ignore", divide="ignore"):
            recall, precision = hits / matrix.sum(axis=1), hits / matrix.sum(axis=0)
            accuracy = hits.sum() / matrix.sum()
        return {
            "title": f"{text('confusion_matrix.title')}. {heading}",
            "sentences": [text("confusion_matrix.accuracy_line", accuracy=decimals(accuracy))],
            "tables": [
                {
                    "caption": text("confusion_matrix.title"),
                    "columns": [text("confusion_matrix.true_by_predicted"), *self._classes],
                    "rows": [[name, *row] for name, row in zip(self._classes, self._shares(), strict=True)],
                },
                {
                    "caption": text("confusion_matrix.rates"),
                    "columns": [
                        text("confusion_matrix.class"),
                        text("confusion_matrix.recall"),
                        text("confusion_matrix.precision"),
                    ],
                    "rows": [
                        [name, decimals(a), decimals(b)]
                        for name, a, b in zip(self._classes, recall, precision, strict=True)
                    ],
                },
            ],
        }


def _one_group(cells: Cells, place: int) -> Cells:
    arrays = {
        name: getattr(cells, name)[[place]]
        for name in ("tp", "fp", "fn", "tn", "thresholds", "squared_weights")
    }
    return Cells(groups=(cells.groups[place],), weighted=cells.weighted, **arrays)
