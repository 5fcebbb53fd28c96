"""A mitigation tried: the model before it and after it, on rows that neither was trained on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from edutools import predictors
from edutools.bias.findings import Findings, as_json
from edutools.bias.identify import Options, identify
from edutools.bias.mitigate import mitigate
from edutools.bias.mitigate.models import Mitigated
from edutools.bias.words import figure, number
from edutools.metrics import Z
from edutools.texts import text

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from edutools.bias.subject import Feature, Subject

# What a mitigation is for: the differences that its before and after are held by.
SHOWN = ("DPPL", "RD", "SD", "DAR", "AD")


@dataclass(frozen=True, eq=False, repr=False)
class Mitigation:
    """A new model, with what it changed.

    Attributes
    ----------
    method : str
    model : object
        Fitted, of scikit-learn's kind; it can be pickled. What decides by the group takes it as
        ``predict(X, sensitive_features=…)`` where it is no column of X.
    before, after : Findings
        Of the plain model, trained on the same rows, and of the new one, both about the rows held out.
    rows : int
        How many rows were held out.
    accuracy : tuple of float
        Before and after, in [0, 1].
    price : tuple of float
        By how much accuracy rose (or fell, below 0), and the 95% interval of that; the same people are
        decided twice, so it is that of paired shares.
    """

    method: str
    model: Any
    before: Findings
    after: Findings
    rows: int
    accuracy: tuple[float, float]
    price: tuple[float, float, float]

    def to_frame(self) -> pd.DataFrame:
        """Each difference between groups before and after, one a row.

        Columns short, feature, group, reference, before and after, these two with their 95% interval
        (before_low, before_high, after_low, after_high); nan where undefined.
        """
        import pandas as pd

        later = {(each.short, each.feature, each.group, each.reference): each for each in self.after}
        rows = []
        for each in self.before:
            if each.short in SHOWN and not each.favoured:
                then = later[each.short, each.feature, each.group, each.reference]
                rows.append(
                    {
                        "short": each.short,
                        "feature": each.feature,
                        "group": each.group,
                        "reference": each.reference,
                        "before": each.value,
                        "before_low": each.low,
                        "before_high": each.high,
                        "after": then.value,
                        "after_low": then.low,
                        "after_high": then.high,
                    }
                )
        return pd.DataFrame(rows)

    def to_dict(self) -> dict[str, Any]:
        """All but the model, as JSON holds it: each figure before and after, and the price."""
        change, low, high = map(as_json, self.price)
        return {
            "method": self.method,
            "rows": self.rows,
            "before": self._figures("before") | {"accuracy": self.accuracy[0]},
            "after": self._figures("after")
            | {
                "accuracy": self.accuracy[1],
                "change of accuracy": {"value": change, "low": low, "high": high},
            },
        }

    def _figures(self, when: str) -> dict[str, Any]:
        """Each measure's value and limits, by its name and for whom."""
        return {
            f"{row['short']}, {text('finding.who', group=row['group'], reference=row['reference'])}": {
                name: as_json(row[column])
                for name, column in (("value", when), ("low", f"{when}_low"), ("high", f"{when}_high"))
            }
            for row in self.to_frame().to_dict("records")
        }

    @property
    def _title(self) -> str:
        change, low, high = map(number, self.price)
        before, after = (f"{100 * each:.1f}%" for each in self.accuracy)
        return text(
            "remedy.title",
            method=self.method,
            rows=self.rows,
            before=before,
            after=after,
            change=change,
            low=low,
            high=high,
        )

    def _shown(self) -> list[tuple[str, ...]]:
        return [
            (
                row["short"],
                text("finding.who", group=row["group"], reference=row["reference"]),
                *(figure(row[when], row[f"{when}_low"], row[f"{when}_high"]) for when in ("before", "after")),
            )
            for row in self.to_frame().to_dict("records")
        ]

    def __repr__(self) -> str:
        return "\n".join([self._title, *(f"  {s} ({who}): {b} → {a}" for s, who, b, a in self._shown())])

    def _repr_html_(self) -> str:
        head = "".join(
            f'<th scope="col">{escape(text(f"remedy.{name}"))}</th>'
            for name in ("measure", "for_whom", "before", "after")
        )
        rows = "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in self._shown()
        )
        return (
            f"<p><strong>{escape(self._title)}</strong></p>"
            f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        )


def remedied(
    subject: Subject,
    method: str,
    *,
    sensitive: Sequence[str] | None = None,
    test_size: float = 0.3,
    seed: int = 0,
    **parameters: Any,
) -> Mitigation:
    """A method tried on a part of a subject's rows, and held beside the plain model on the others.

    Parameters
    ----------
    subject : Subject
        With a model that can be trained anew, labels and sensitive features.
    method : str
        A name in `edutools.bias.mitigate.METHODS`.
    sensitive : sequence of str, optional
        Of which sensitive features the groups are; by default of all, crossed.
    test_size : float, in (0, 1), default 0.3
        The share of rows that is held out.
    seed : int, default 0
    **parameters
        Of the method.

    Raises
    ------
    ValueError: there are no labels, groups, or model to train; the method does not apply, and why.
    """
    estimator, y = trainable(subject), subject.y
    assert y is not None
    chosen = tuple(subject.sensitive if sensitive is None else map(subject.feature, sensitive))
    train, test = _halves(subject, chosen, test_size, seed)
    groups = subject.groups[[each.name for each in chosen]]
    labels = np.asarray(subject.labels)
    known = {"pos_label": subject.pos_label, "seed": seed}
    new = mitigate(
        method,
        estimator,
        subject.features.iloc[train],
        labels[train],
        groups.iloc[train],
        **known,
        **parameters,
    )
    from sklearn.base import clone

    plain = clone(estimator).fit(subject.features.iloc[train], labels[train])
    accepted = [decided(model, subject, groups, test) for model in (plain, new)]
    right = [decisions == y[test] for decisions in accepted]
    before, after = (_findings(subject, test, decisions, seed) for decisions in accepted)
    return Mitigation(
        method,
        new,
        before,
        after,
        len(test),
        (float(right[0].mean()), float(right[1].mean())),
        _paired(*right),
    )


def trainable(subject: Subject) -> Any:
    """The subject's model, which a mitigation trains anew.

    Raises
    ------
    ValueError: there is none, or no labels, or no groups.
    """
    if subject.y is None:
        raise ValueError("`label` must be given to mitigate bias: a model is trained on labels, got none.")
    if not subject.sensitive:
        raise ValueError("`sensitive_features` must be given to mitigate bias, got none.")
    if subject.model is None or isinstance(subject.model, (str, int)):
        raise ValueError(
            f"`model` must be a classifier that can be trained anew, got {subject.model!r}: give the model "
            "behind the scores."
        )
    return subject.model


def _halves(
    subject: Subject, chosen: Sequence[Feature], test_size: float, seed: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Places of the rows to train on and of those held out, alike in groups and labels where they can be."""
    from sklearn.model_selection import train_test_split

    if not 0 < test_size < 1:
        raise ValueError(f"`test_size` must lie between 0 and 1, got {test_size!r}.")
    y = subject.y
    assert y is not None
    sizes = [len(each.groups) for each in chosen]
    kinds = np.ravel_multi_index([*(each.codes for each in chosen), y.astype(int)], [*sizes, 2])
    rare = np.unique(kinds, return_counts=True)[1].min() < 2
    train, test = train_test_split(
        np.arange(len(y)), test_size=test_size, random_state=seed, stratify=y if rare else kinds
    )
    return np.sort(train), np.sort(test)


def decided(model: Any, subject: Subject, groups: pd.DataFrame, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Whom a model accepts among some rows, at the subject's threshold where it has scores."""
    X = subject.features.iloc[rows]
    if isinstance(model, Mitigated):
        return np.asarray(model.predict(X, sensitive_features=groups.iloc[rows]) == subject.pos_label)
    reader = predictors.reader(model, pos_label=subject.pos_label, threshold=subject.threshold)
    return reader.accepted(X)


def _findings(subject: Subject, rows: NDArray[np.intp], accepted: NDArray[np.bool_], seed: int) -> Findings:
    held = replace(
        subject,
        table=subject.table.iloc[rows],
        features=subject.features.iloc[rows],
        sensitive=tuple(_of_rows(each, rows) for each in subject.sensitive),
        strata=None if subject.strata is None else _of_rows(subject.strata, rows),
        labels=None if subject.labels is None else np.asarray(subject.labels)[rows],
        y=None if subject.y is None else subject.y[rows],
        scores=None,
        accepted=accepted,
        notes=(),
    )
    return identify(held, Options(intersections=False, fliptest=False, seed=seed))


def _of_rows(feature: Feature, rows: NDArray[np.intp]) -> Feature:
    # The boundary's sweep is a matter of the data, not of a mitigation.
    return replace(feature, codes=feature.codes[rows], numbers=None)


def _paired(before: NDArray[np.bool_], after: NDArray[np.bool_]) -> tuple[float, float, float]:
    """By how much a share rose among the same people, and its 95% interval (Agresti and Min 2005).

    Half a person is added to each cell of the table of pairs, without which few changes give no interval.

    References
    ----------
    Agresti, A. and Min, Y. (2005). Simple improved confidence intervals for comparing matched proportions.
    Statistics in Medicine, 24(5).
    """
    gained, lost = float((after & ~before).sum()), float((before & ~after).sum())
    n = len(before)
    b, c, m = gained + 0.5, lost + 0.5, n + 2.0
    middle = (b - c) / m
    half = Z * math.sqrt(b + c - (b - c) ** 2 / m) / m
    return (gained - lost) / n, middle - half, middle + half
