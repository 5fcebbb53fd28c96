"""One threshold a group, with money and gaps side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import traitlets
from numpy.typing import ArrayLike

from edutools._checks import known_keywords, one_of
from edutools.counts import Cells, ThresholdCounts
from edutools.criteria import CRITERIA, ThresholdChoice, choose_thresholds
from edutools.metrics import (
    METRICS,
    definition_of,
    difference,
    difference_interval,
    label_of,
    rate,
    rate_interval,
    ratio,
    ratio_interval,
    undefined_reasons,
)
from edutools.texts import text
from edutools.widgets.counted import Counted, counted, names
from edutools.widgets.figures import decimals, interval, money, threshold_words, wholes
from edutools.widgets.table import drawn, from_json, middle, to_json

if TYPE_CHECKING:
    import pandas as pd

SHOWN = ("selection_rate", "true_positive_rate", "false_positive_rate", "precision", "accuracy", "base_rate")
FEWEST_GROUPS, MOST_GROUPS = 2, 12


class GroupMetrics(Counted):
    """One threshold slider a group, with each group's matrix, rates, gaps and profit side by side.

    Parameters
    ----------
    counts : ThresholdCounts
        Counts by group and threshold, of two to twelve groups.
    thresholds : float or mapping of str to float, optional
        Where the sliders begin, one for all or one for each group: thresholds of the counts, +∞ for nobody.
        By default the one nearest to 0.5.
    gain, loss : float, default 1.0
        What a true positive earns and what a false positive costs, at least 0, in `currency`.
    tolerance : float, default 0.01
        How large a gap still meets a criterion, in [0, 1].
    currency : str, default "€"
        Stands before amounts.
    metrics : sequence of str, optional
        The metrics shown, names in metrics.json; at least one.
    label_names, decision_names : sequence of two str, optional
        What the negative and the positive label, and the negative and the positive decision, are called.

    Raises
    ------
    TypeError: `counts` is not a ThresholdCounts.
    ValueError: fewer than two or more than twelve groups; an unknown group, metric or threshold.
    """

    _name = "group_metrics"
    _sections = ("undefined", "criteria", "metric")

    thresholds = traitlets.Dict(help="Each group's threshold.").tag(
        sync=True,
        to_json=lambda value, _: {group: to_json(each) for group, each in value.items()},
        from_json=lambda value, _: (
            {group: from_json(each) for group, each in value.items()} if isinstance(value, dict) else value
        ),
    )
    locked = traitlets.Bool(False, help="Whether the thresholds move together.").tag(sync=True)
    criterion = traitlets.Unicode(
        None, allow_none=True, help="The criterion that chose the thresholds, or None."
    ).tag(sync=True)
    tolerance = traitlets.Float(0.01, min=0.0, max=1.0, help="How large a gap still meets a criterion.").tag(
        sync=True
    )

    _metrics = traitlets.List(traitlets.Unicode()).tag(sync=True)

    @known_keywords()
    def __init__(
        self,
        counts: ThresholdCounts,
        *,
        thresholds: float | Mapping[str, float] | None = None,
        gain: float = 1.0,
        loss: float = 1.0,
        tolerance: float = 0.01,
        currency: str = "€",
        metrics: Sequence[str] = SHOWN,
        label_names: Sequence[str] | None = None,
        decision_names: Sequence[str] | None = None,
    ) -> None:
        self._refuse_other_than_counts(counts)
        if not FEWEST_GROUPS <= len(counts.groups) <= MOST_GROUPS:
            raise ValueError(
                f"`counts` must hold {FEWEST_GROUPS} to {MOST_GROUPS} groups, got {len(counts.groups)}: "
                "give `sensitive_features`, and join small groups where there are many."
            )
        if isinstance(metrics, str) or not metrics:
            raise ValueError(f"`metrics` must be a list of at least one metric, got {metrics!r}.")
        for metric in metrics:
            definition_of(metric)
        shown = list(dict.fromkeys(metrics))
        self.counts = counts
        self._drawn, self._middle = drawn(counts), middle(counts)
        super().__init__(
            **counted(counts, [*shown, *(metric for asked in CRITERIA.values() for metric in asked)]),
            _metrics=shown,
            thresholds=thresholds
            if isinstance(thresholds, Mapping)
            else dict.fromkeys(counts.groups, self._middle if thresholds is None else thresholds),
            gain=gain,
            loss=loss,
            tolerance=tolerance,
            currency=currency,
            **names(label_names, decision_names),
        )

    @classmethod
    @known_keywords(__init__)
    def from_predictions(
        cls,
        y_true: ArrayLike,
        y_score: ArrayLike,
        *,
        sensitive_features: Any,
        sample_weight: ArrayLike | None = None,
        pos_label: Any = 1,
        grid: Any = None,
        **play: Any,
    ) -> GroupMetrics:
        """Group sliders from labels, scores and groups.

        Parameters
        ----------
        y_true : array-like, shape (n_rows,)
            True labels, of two kinds.
        y_score : array-like of float, shape (n_rows,)
            Scores in [0, 1].
        sensitive_features : array-like, shape (n_rows,) or (n_rows, n_features)
            The group of each row.
        sample_weight : array-like of float, shape (n_rows,), optional
            Weights, at least 0.
        pos_label : object, default 1
            The label that counts as positive.
        grid : array-like or "distinct", optional
            The thresholds to count at, as `thresholds` of ThresholdCounts.from_predictions.
        **play
            What the constructor takes besides counts.

        Raises
        ------
        ValueError: what ThresholdCounts.from_predictions and the constructor raise.
        """
        counts = ThresholdCounts.from_predictions(
            y_true,
            y_score,
            sensitive_features=sensitive_features,
            sample_weight=sample_weight,
            pos_label=pos_label,
            thresholds=grid,
        )
        return cls(counts, **play)

    @classmethod
    @known_keywords(__init__)
    def from_estimator(
        cls,
        model: Any,
        X: Any,
        y: ArrayLike,
        *,
        sensitive_features: Any,
        sample_weight: ArrayLike | None = None,
        pos_label: Any = 1,
        grid: Any = None,
        **play: Any,
    ) -> GroupMetrics:
        """Group sliders from a fitted classifier, data and groups.

        Parameters
        ----------
        model : estimator
            A fitted scikit-learn classifier with ``predict_proba``.
        X : array-like, shape (n_rows, n_features)
            What the model takes.
        y : array-like, shape (n_rows,)
            True labels.
        sensitive_features, sample_weight, pos_label, grid, **play
            As in `from_predictions`.

        Raises
        ------
        ValueError: what ThresholdCounts.from_estimator and the constructor raise.
        """
        counts = ThresholdCounts.from_estimator(
            model,
            X,
            y,
            sensitive_features=sensitive_features,
            sample_weight=sample_weight,
            pos_label=pos_label,
            thresholds=grid,
        )
        return cls(counts, **play)

    @traitlets.validate("thresholds")
    def _known_thresholds(self, proposal: dict[str, Any]) -> dict[str, float]:
        given = {str(group): each for group, each in proposal["value"].items()}
        for group in given:
            one_of("group", group, self.counts.groups)
        thresholds = {
            group: given.get(group, self.thresholds.get(group, self._middle)) for group in self.counts.groups
        }
        return dict(zip(self.counts.groups, self.counts.at(thresholds).thresholds.tolist(), strict=True))

    @traitlets.validate("tolerance")
    def _known_tolerance(self, proposal: dict[str, Any]) -> float:
        if math.isnan(proposal["value"]):  # which lies neither below 0 nor above 1
            raise ValueError("`tolerance` must be a number in [0, 1], got nan.")
        return proposal["value"]

    @traitlets.validate("criterion")
    def _known_criterion(self, proposal: dict[str, Any]) -> str | None:
        return one_of("criterion", proposal["value"], [None, *CRITERIA])

    # The browser sends a criterion together with its thresholds; only what Python sets changes them here.
    @traitlets.observe("criterion", "gain", "loss", "tolerance")
    def _follow_criterion(self, _: Any) -> None:
        if self.criterion is not None:
            self.thresholds = self.choice(self.criterion).thresholds

    @traitlets.observe("thresholds")
    def _leave_criterion(self, _: Any) -> None:
        if self.criterion is not None and self.thresholds != self.choice(self.criterion).thresholds:
            self.criterion = None

    def choice(self, criterion: str) -> ThresholdChoice:
        """What `choose_thresholds` answers for a criterion with the widget's gain, loss and tolerance.

        It chooses from the thresholds that are drawn, as the buttons do.
        """
        asked = (criterion, self.gain, self.loss, self.tolerance)
        if getattr(self, "_answered", (None, None))[0] != asked:
            gain, loss, tolerance = asked[1:]
            self._answered = (
                asked,
                choose_thresholds(self._drawn, criterion, gain=gain, loss=loss, tolerance=tolerance),
            )
        return self._answered[1]

    @property
    def cells(self) -> Cells:
        """The four cells of each group at its threshold, each of shape (n_groups,)."""
        return self.counts.at(self.thresholds)

    @property
    def by_group(self) -> pd.DataFrame:
        """Every metric of each group at its threshold: a DataFrame, groups × metrics, nan where undefined."""
        import pandas as pd

        cells = self.cells
        table = pd.DataFrame({metric: rate(cells, metric) for metric in METRICS}, index=list(cells.groups))
        return table.rename_axis("group")

    @property
    def profit(self) -> float:
        """Gain of the true positives less the loss of the false ones, over all groups, in `currency`."""
        cells = self.cells
        return float((self.gain * cells.tp - self.loss * cells.fp).sum())

    def difference(self, metric: str, *, reference: str | None = None) -> float:
        """Difference of a metric between groups at the present thresholds, as `edutools.difference`."""
        return difference(self.cells, metric, reference=reference)

    def ratio(self, metric: str, *, reference: str | None = None) -> float:
        """Ratio of a metric between groups at the present thresholds, as `edutools.ratio` gives it."""
        return ratio(self.cells, metric, reference=reference)

    def _summary(self) -> dict[str, Any]:
        cells = self.cells
        best = self.choice("max_profit").profit
        share = {"share": decimals(100 * self.profit / best, 1)} if best > 0 else {}
        total = text(
            "group_metrics.total" if share else "group_metrics.total_only",
            profit=money(round(self.profit, 2), self.currency),
            best=money(round(best, 2), self.currency),
            **share,
        )
        chosen = (
            [text("group_metrics.chosen", criterion=text(f"group_metrics.{self.criterion}"))]
            if self.criterion
            else []
        )
        return {
            "title": text("group_metrics.title"),
            "sentences": [*chosen, total, text("group_metrics.law")],
            "tables": [self._cells_table(cells), self._rates_table(cells), self._gaps_table(cells)],
        }

    def _cells_table(self, cells: Cells) -> dict[str, Any]:
        columns = [
            text("group_metrics.group"),
            text("group_metrics.rows"),
            text("group_metrics.threshold"),
            "tp",
            "fp",
            "fn",
            "tn",
        ]
        rows = [
            [group, wholes(tp + fp + fn + tn), threshold_words(threshold), *map(wholes, (tp, fp, fn, tn))]
            for group, threshold, tp, fp, fn, tn in zip(
                cells.groups, cells.thresholds, cells.tp, cells.fp, cells.fn, cells.tn, strict=True
            )
        ]
        return {"caption": text("group_metrics.by_group"), "columns": columns, "rows": rows}

    def _rates_table(self, cells: Cells) -> dict[str, Any]:
        rows = []
        for metric in self._metrics:
            reasons = undefined_reasons(cells, metric)
            limits = rate_interval(cells, metric)
            rows.append(
                [
                    label_of(metric),
                    *(
                        text("common.undefined", reason=reasons[group])
                        if group in reasons
                        else f"{decimals(value)} {interval(each)}"
                        for group, value, each in zip(cells.groups, rate(cells, metric), limits, strict=True)
                    ),
                ]
            )
        columns = [text("group_metrics.metric"), *cells.groups]
        return {"caption": text("group_metrics.rates"), "columns": columns, "rows": rows}

    def _gaps_table(self, cells: Cells) -> dict[str, Any]:
        rows = [
            [
                label_of(metric),
                _with_interval(difference(cells, metric), difference_interval(cells, metric)),
                _with_interval(ratio(cells, metric), ratio_interval(cells, metric)),
            ]
            for metric in self._metrics
        ]
        columns = [text("group_metrics.metric"), text("group_metrics.gap"), text("group_metrics.ratio")]
        return {"caption": text("group_metrics.gaps"), "columns": columns, "rows": rows}


def _with_interval(value: float, limits: Sequence[float]) -> str:
    if math.isnan(value):
        return text("common.undefined", reason=getattr(value, "reason", ""))
    return f"{decimals(value)} {interval(limits)}".rstrip()
