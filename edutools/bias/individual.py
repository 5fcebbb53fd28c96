"""One individual: what their score is made of, who like them is decided otherwise, and what would flip it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from edutools._checks import known_keywords, one_of
from edutools.bias.contributions import load_shap
from edutools.bias.findings import records
from edutools.texts import text
from edutools.widgets.applicant import checked_threshold, score_beside, signed
from edutools.widgets.asked import Asked, Values
from edutools.widgets.base import summary_as_html, summary_as_text
from edutools.widgets.changes import Change, Changes, Line, changes
from edutools.widgets.counted import names
from edutools.widgets.decision import by_size, logistic, plain
from edutools.widgets.decision_trace import DECISIONS
from edutools.widgets.figures import decimals, wholes

if TYPE_CHECKING:
    import pandas as pd

NEIGHBOURS = 5
BACKGROUND = 100  # people who stand for all in Shapley values


@dataclass(frozen=True, repr=False)
class Explanation:
    """What can be said of one decision, as `explain` found it.

    Attributes
    ----------
    score : float, in [0, 1]
    threshold : float, in [0, 1]
    accepted : bool
        Whether the score reaches the threshold.
    contributions : DataFrame, features × value, mean, contribution
        In log-odds where `scale` is ``"log-odds"``, and then exact; else in score, by shap.
    base : float
        What the contributions start from; with their sum it is the applicant's log-odds, or score.
    scale : {"log-odds", "score"}
    nearest : DataFrame
        The five people nearest among those decided otherwise: ``place`` in X, ``distance``, ``differs``,
        ``score``, ``label``, and their features. It is in no other form of this but with `include_rows`.
    others : int
        How many people are decided otherwise.
    changeable : tuple of str
        The features that were allowed to change.
    alone : DataFrame, a row for each changeable feature: from, to, distance, score
        The smallest change found of that feature alone that flips the decision; nan where none was found.
    smallest : dict or None
        The smallest change found, of one or of several features: ``to``, each changed feature's new value,
        ``distance`` and ``score``.
    exact : bool
        Whether changes were computed, or searched for.
    """

    score: float
    threshold: float
    accepted: bool
    contributions: pd.DataFrame
    base: float
    scale: str
    nearest: pd.DataFrame
    others: int
    changeable: tuple[str, ...]
    alone: pd.DataFrame
    smallest: dict[str, Any] | None
    exact: bool
    include_rows: bool
    _asked: Asked = field(compare=False)
    _decisions: list[str] = field(compare=False)
    _left_out: int = 0

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON has it, None where nothing was found; people's features with `include_rows`."""
        near = self.nearest[["distance", "differs", "score", "label", *self._features]]
        # The distance in one feature, to all its decimals, would be somebody's value.
        near = near if self.include_rows else near[["distance", "differs"]].round({"distance": 2})
        return {
            "score": self.score,
            "threshold": None if math.isinf(self.threshold) else self.threshold,
            "accepted": self.accepted,
            "scale": self.scale,
            "base": self.base,
            "contributions": records(self.contributions.reset_index()),
            "distance": text("individual.distance"),
            "others": self.others,
            "nearest": records(near),
            "changeable": list(self.changeable),
            "alone": records(self.alone.reset_index()),
            "smallest": self.smallest,
            "exact": self.exact,
        }

    def __repr__(self) -> str:
        return summary_as_text(self._summary())

    def _repr_html_(self) -> str:
        return summary_as_html(self._summary())

    @property
    def _features(self) -> list[str]:
        return [each.name for each in self._asked.features]

    def _summary(self) -> dict[str, Any]:
        return {
            "title": text("individual.title"),
            "sentences": [
                self._decided(),
                self._added_up(),
                *self._flipped(),
                text("individual.not_advice"),
                *([text("individual.left_out", rows=wholes(self._left_out))] if self._left_out else []),
            ],
            "tables": [self._contribution_table(), *self._alone_table(), self._near_table()],
        }

    def _decided(self) -> str:
        figure, line = score_beside(self.score, self.threshold)
        return text(
            f"decision_trace.decided{'_nobody' if math.isinf(self.threshold) else ''}",
            decision=self._decisions[self.accepted],
            score=figure,
            side=text("decision_trace.reaches" if self.accepted else "decision_trace.below"),
            threshold=line,
            whose=text("decision_trace.of_all"),
        )

    def _added_up(self) -> str:
        gained = float(self.contributions["contribution"].sum())
        if self.scale == "score":
            return text(
                "individual.sum_score",
                base=decimals(self.base, 3),
                added=signed(gained, 3),
                score=decimals(self.base + gained, 3),
            )
        return text(
            "individual.sum_odds",
            base=decimals(self.base),
            added=signed(gained, 2),
            total=decimals(self.base + gained),
            score=decimals(float(logistic(self.base + gained)), 3),
        )

    def _flipped(self) -> list[str]:
        if not self.changeable:
            return [text("individual.none_named")]
        named, decision = ", ".join(self.changeable), self._decisions[not self.accepted]
        if self.smallest is None:
            return [text("individual.no_change", features=named, decision=decision)]
        own = self.contributions["value"]
        told = [
            text(
                "individual.change",
                feature=name,
                old=self._figure(name, own[name]),
                new=self._figure(name, new),
            )
            for name, new in self.smallest["to"].items()
        ]
        return [
            text(
                "individual.smallest",
                decision=decision,
                changes="; ".join(told),
                distance=decimals(self.smallest["distance"]),
                score=score_beside(self.smallest["score"], self.threshold)[0],
            ),
            text(f"individual.{'computed' if self.exact else 'searched'}", features=named),
        ]

    def _figure(self, name: str, value: Any, *, mean: bool = False) -> str:
        return figure_of(self._asked.features[self._features.index(name)], value, mean=mean)

    def _contribution_table(self) -> dict[str, Any]:
        table, digits = self.contributions, 2 if self.scale == "log-odds" else 3
        order = by_size(table["contribution"].tolist())
        return {
            "caption": text(f"individual.contributions_{'odds' if digits == 2 else 'score'}"),
            "columns": [text(f"individual.{each}") for each in ("feature", "value", "mean", "contribution")],
            "rows": [
                [
                    table.index[place],
                    self._figure(table.index[place], table["value"].iloc[place]),
                    self._figure(table.index[place], table["mean"].iloc[place], mean=True),
                    signed(table["contribution"].iloc[place], digits),
                ]
                for place in order
            ],
        }

    def _alone_table(self) -> list[dict[str, Any]]:
        rows = []
        for name, row in self.alone.iterrows():
            found = not math.isnan(row["distance"])
            told = [decimals(row["distance"]), score_beside(row["score"], self.threshold)[0]]
            new = self._figure(str(name), row["to"]) if found else text("individual.none_found")
            rows.append([str(name), self._figure(str(name), row["from"]), new, *(told if found else "––")])
        columns = ["feature", "from", "to", "distance_head", "score"]
        caption = text("individual.alone", decision=self._decisions[not self.accepted])
        return [
            {"caption": caption, "columns": [text(f"individual.{each}") for each in columns], "rows": rows}
        ][: len(rows)]

    def _near_table(self) -> dict[str, Any]:
        shown = self._features if self.include_rows else []
        rows = []
        for turn, (_, one) in enumerate(self.nearest.iterrows(), start=1):
            differs = ", ".join(one["differs"]) or text("decision_trace.nothing")
            own = [self._figure(name, one[name]) for name in shown]
            rows.append([str(turn), decimals(one["distance"]), differs, *own])
        caption = text(
            f"individual.near{'' if rows else '_nobody'}",
            others=wholes(self.others),
            people=wholes(len(self._asked.people)),
            decision=self._decisions[not self.accepted],
            distance=text("individual.distance"),
        )
        columns = [text(f"individual.{each}") for each in ("nearest", "distance_head", "differs")]
        return {"caption": caption, "columns": [*columns, *shown], "rows": rows}


@known_keywords()
def explain(
    row: Any,
    X: Any,
    y: Any = None,
    scores: Any = None,
    predict: Callable[[Any], Any] | None = None,
    *,
    threshold: float = 0.5,
    changeable: Sequence[str] | None = None,
    model: Any = None,
    linear: tuple[Sequence[float], float] | None = None,
    pos_label: Any = 1,
    include_rows: bool = False,
    decision_names: Sequence[str] | None = None,
    units: Mapping[str, str] | None = None,
    seed: int = 0,
) -> Explanation:
    """What one individual's score is made of, who like them is decided otherwise, and what would flip it.

    Parameters
    ----------
    row : int, Series, dict, DataFrame of one row, or array of shape (n_features,)
        The individual; a whole number is the place of a row of `X`.
    X : DataFrame or array, shape (n, n_features)
        The people among whom they are seen, as the model takes them; rows with blanks are left out.
    y : ndarray of bool, shape (n,), optional
        True where the label is favourable.
    scores : ndarray of float, shape (n,), in [0, 1], optional
        The model's scores of `X`, where they are known.
    predict : function of rows
        Scores of rows as those of `X`, shape (n,), in [0, 1].
    threshold : float, default 0.5
        The score from which one is accepted.
    changeable : sequence of str, optional
        The features that this person could change. No other is ever changed; without any, no change is
        sought, since what a person can change is a judgement that stands in no table.
    model : object, optional
        The fitted model behind `predict`. A logistic regression, alone or behind scalers, one-hot encoders
        and ColumnTransformers, is read from it, and its contributions and changes are then exact.
    linear : tuple of slopes and intercept, optional
        The log-odds of a linear model of numbers, where they are known.
    pos_label : object, default 1
        Which of the model's classes is favourable.
    include_rows : bool, default False
        Whether the features of the nearest people enter what is shown and `to_dict`.
    decision_names : sequence of two str, optional
        What the negative and the positive decision are called; by default refused and approved.
    units : mapping of str to str, optional
        The unit of a feature, shown beside its values.
    seed : int, default 0
        Of the people that stand for all in Shapley values.

    Returns
    -------
    Explanation

    Raises
    ------
    ImportError: the model is no sum of its features, and shap is not installed.
    TypeError: `predict` is no function.
    ValueError: a feature is absent, unknown or blank; the threshold lies outside [0, 1]; the model fails.

    Notes
    -----
    For a linear model the contribution of a feature is slope × (value − mean), in log-odds: its Shapley value
    where features are taken one apart from the other (Štrumbelj and Kononenko 2014; Lundberg and Lee 2017).
    For others it is the Shapley value of the score by shap, beside up to 100 people: over every coalition up
    to 11 features, over a sample of them beyond. Distances count a number in standard deviations, another
    level as 1. A change that is found flips the decision; it is not claimed to be the least possible
    (Wachter, Mittelstadt and Russell 2018).
    """
    if not callable(predict):
        raise TypeError(f"`predict` must be a function that gives scores of rows, got {predict!r}.")
    line_at = checked_threshold(threshold, ())
    assert isinstance(line_at, float)
    asked, values, whole = Asked.read(
        predict,
        row,
        X,
        model=model,
        scores=scores,
        pos_label=pos_label,
        linear=linear,
        units=units,
        seed=seed,
    )
    columns = [each.name for each in asked.features]
    allowed = tuple(one_of("changeable", str(name), columns) for name in changeable or ())
    score = asked.score(values)
    line = Line(line_at, score >= line_at)
    accepted = asked.scores >= line_at
    base, contributions, scale = _contributions(asked, values, seed)
    found = changes(asked, values, line, [columns.index(name) for name in allowed], accepted)
    near = asked.nearest(values, accepted, line.approved, most=NEIGHBOURS)
    return Explanation(
        score=score,
        threshold=line_at,
        accepted=line.approved,
        contributions=_contribution_frame(asked, values, contributions),
        base=base,
        scale=scale,
        nearest=_near_frame(asked, near["nearest"], None if y is None else np.asarray(y)[whole], whole),
        others=near["others"],
        changeable=allowed,
        alone=_alone_frame(asked, values, found),
        smallest=_as_dict(asked, found.smallest),
        exact=asked.additive is not None,
        include_rows=include_rows,
        _asked=asked,
        _decisions=names(None, decision_names, DECISIONS)["decision_names"],
        _left_out=int((~whole).sum()),
    )


def figure_of(feature: Any, value: Any, *, mean: bool = False) -> str:
    """A feature's value in words, with its unit."""
    if feature.kind == "level":
        return str(value)
    return f"{decimals(float(value), feature.mean_digits if mean else feature.digits)} {feature.unit}".strip()


def _contributions(asked: Asked, values: Values, seed: int) -> tuple[float, list[float], str]:
    if asked.additive is not None:
        return asked.additive.base(), asked.additive.contributions(values), "log-odds"
    base, found = shapley(asked, values, seed=seed)
    return base, found, "score"


def shapley(asked: Asked, values: Values, *, seed: int = 0) -> tuple[float, list[float]]:
    """Base score and Shapley values by the shap library, in [−1, 1]: with it they add up to the score.

    Raises
    ------
    ImportError: shap is not installed.
    """
    shap = load_shap()
    spelled = [
        None if each.kind == "number" else np.array(list(asked.levels[each.name]), dtype=object)
        for each in asked.features
    ]

    def coded(column: Any, known: NDArray[Any] | None) -> NDArray[np.float64]:
        if known is None:
            return np.asarray(column, dtype=float)
        place = {level: code for code, level in enumerate(known)}
        return np.array([place[level] for level in column], dtype=float)

    def scores_of_codes(codes: NDArray[np.float64]) -> NDArray[np.float64]:
        columns = [
            column if known is None else known[column.astype(int)]
            for column, known in zip(codes.T, spelled, strict=True)
        ]
        return asked.ask(asked.table(columns))

    some = asked.sample[:: -(-len(asked.sample) // BACKGROUND)]
    background = [coded(column[some], known) for column, known in zip(asked.columns, spelled, strict=True)]
    own = [coded([value], known)[0] for value, known in zip(values, spelled, strict=True)]
    explainer = shap.KernelExplainer(scores_of_codes, np.column_stack(background))
    # shap draws coalitions from numpy's common generator, which is the caller's.
    state = np.random.get_state()
    np.random.seed(seed)
    try:
        found = explainer.shap_values(np.array(own), l1_reg=False, silent=True)
    finally:
        np.random.set_state(state)
    return float(explainer.expected_value), [float(each) for each in np.ravel(found)]


def _contribution_frame(asked: Asked, values: Values, contributions: Sequence[float]) -> pd.DataFrame:
    import pandas as pd

    usual = [asked.usual(place) for place in range(len(values))]
    names_of = pd.Index([each.name for each in asked.features], name="feature")
    return pd.DataFrame({"value": values, "mean": usual, "contribution": contributions}, index=names_of)


def _alone_frame(asked: Asked, values: Values, found: Changes) -> pd.DataFrame:
    import pandas as pd

    rows = [
        [
            values[place],
            math.nan if each is None else each.values[place],
            math.nan if each is None else each.distance,
            math.nan if each is None else each.score,
        ]
        for place, each in found.alone.items()
    ]
    index = pd.Index([asked.features[place].name for place in found.alone], name="feature")
    return pd.DataFrame(rows, columns=["from", "to", "distance", "score"], index=index)


def _as_dict(asked: Asked, change: Change | None) -> dict[str, Any] | None:
    if change is None:
        return None
    to = {asked.features[place].name: plain(change.values[place]) for place in change.places}
    return {"to": to, "distance": change.distance, "score": change.score}


def _near_frame(
    asked: Asked, near: Sequence[Mapping[str, Any]], labels: NDArray[Any] | None, whole: NDArray[np.bool_]
) -> pd.DataFrame:
    import pandas as pd

    columns = [each.name for each in asked.features]
    places = np.flatnonzero(whole)
    rows = [
        {
            "place": int(places[one["place"]]),
            "distance": one["distance"],
            "differs": [columns[place] for place in one["differs"]],
            "score": float(asked.scores[one["place"]]),
            "label": None if labels is None else plain(labels[one["place"]]),
            **{
                name: plain(column[one["place"]]) for name, column in zip(columns, asked.columns, strict=True)
            },
        }
        for one in near
    ]
    return pd.DataFrame(rows, columns=["place", "distance", "differs", "score", "label", *columns])
