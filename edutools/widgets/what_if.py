"""One applicant, whose features can be moved: score, decision, contributions, and what would flip it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets
from numpy.typing import NDArray

from edutools._checks import known_keywords, one_of
from edutools._columns import read_groups
from edutools.predictors import scores as scores_of_model
from edutools.texts import text
from edutools.widgets.applicant import (
    checked_threshold,
    is_finite,
    or_null,
    read_applicants_group,
    read_tables,
    score_beside,
    sent,
    signed,
    threshold_from_json,
    threshold_to_json,
)
from edutools.widgets.asked import Asked, Values
from edutools.widgets.base import NoneIsSeen
from edutools.widgets.changes import Change, Changes, Line, changes
from edutools.widgets.counted import Named, names
from edutools.widgets.decision import Groups, Threshold, by_size, plain, threshold_of
from edutools.widgets.decision_trace import DECISIONS
from edutools.widgets.figures import decimals, wholes

if TYPE_CHECKING:
    import pandas as pd

# A drag sends another request within these seconds; what nobody will look at is not computed before that.
PAUSE = 0.02
TWIN_POINTS = 5


class WhatIf(Named):
    """One applicant with a control for each feature, and the score and decision that move with them.

    Parameters
    ----------
    predict : function of rows
        Scores of rows as those of `X`, shape (n,), in [0, 1].
    X : DataFrame or array, shape (n, n_features)
        The background people, beside whom the applicant is seen; rows with blanks are left out.
    row : int, Series, dict, DataFrame of one row, or array of shape (n_features,), optional
        The applicant; a whole number is the place of a row of `X`. By default, of the refused in `X`, the one
        in the middle of their scores.
    sensitive_features : array-like, shape (n,), optional
        The group of each background person.
    group : str, optional
        The applicant's group; known already where `row` is a place in `X`.
    group_feature : str, optional
        The column of X that says the group. Where the model reads it, another group is written in it.
    threshold : float, or mapping of str to float, default 0.5
        The score from which one is approved, in [0, 1], +∞ for nobody; one for all or one a group.
    changeable : sequence of str, optional
        The features that the applicant could change; only these change where the smallest change is sought.
        None by default: what a person can change is a judgement that stands in no table.
    feature : str, optional
        The feature along which the curve is drawn, by default the first.
    model : object, optional
        The fitted model behind `predict`; a logistic regression, alone or behind scalers, one-hot encoders
        and ColumnTransformers, is read from it and computed in the browser.
    linear : tuple of slopes and intercept, optional
        The log-odds of a linear model of numbers, where they are known.
    pos_label : object, default 1
        Which of the model's classes is positive.
    feature_names : sequence of str, optional
        The columns that the model reads; by default the names that it was fitted with, else all of X.
    label_names, decision_names : sequence of two str, optional
        What the negative and the positive label, and the negative and the positive decision, are called; by
        default the decisions are refused and approved.
    include_rows : bool, default False
        Whether the features of the background people travel into the page, without which the nearest are told
        by their distance alone.
    units : mapping of str to str, optional
        The unit of a feature, shown beside its values.
    seed : int, default 0
        Of the people that stand for all where the model is asked again, at most 300.

    Raises
    ------
    TypeError: `predict` is no function.
    ValueError: a feature is absent, unknown or blank; the group is unknown; a threshold lies outside [0, 1];
        the model fails on the rows.

    Notes
    -----
    A model whose log-odds are a sum over the features moves in the browser, and its contributions are slope ×
    (value − mean), in log-odds. Any other is asked through the kernel, score first; its contributions are the
    score less the score with that feature at its mean, which need not add up. Distances count a number in
    standard deviations and another level as 1. The curve is the individual conditional expectation (Goldstein
    et al. 2015) over the partial dependence (Friedman 2001).
    """

    _name = "what_if"
    _sections = ("decision_trace", "individual")

    threshold = NoneIsSeen(0.5, help="The score from which one is approved, of all or by group.").tag(
        sync=True,
        to_json=lambda value, _: threshold_to_json(value),
        from_json=lambda value, _: threshold_from_json(value),
    )
    group = NoneIsSeen(None, allow_none=True, help="The applicant's group.").tag(sync=True)
    what_if = traitlets.Dict(help="Values of the applicant that were changed, by feature.").tag(sync=True)
    changeable = traitlets.List(
        traitlets.Unicode(), help="Features that may change to flip the decision."
    ).tag(sync=True)
    feature = traitlets.Unicode(help="The feature along which the curve is drawn.").tag(sync=True)

    _facts = traitlets.Dict().tag(sync=True)
    _rows = traitlets.Dict(None, allow_none=True).tag(sync=True)
    _dependence = traitlets.Dict(help="Partial dependence at each point, by the feature's place.").tag(
        sync=True
    )
    _asked = traitlets.Int(0, help="The number of the browser's latest request.").tag(sync=True)
    _answer = traitlets.Dict(help="Scores of the applicant in each group: the first answer.").tag(sync=True)
    _rest = traitlets.Dict(help="What takes longer, filled part by part.").tag(sync=True)

    @known_keywords()
    def __init__(
        self,
        predict: Callable[[Any], Any],
        X: Any,
        *,
        row: Any = None,
        sensitive_features: Any = None,
        group: str | None = None,
        group_feature: str | None = None,
        threshold: float | Mapping[str, float] = 0.5,
        changeable: Sequence[str] | None = None,
        feature: str | None = None,
        model: Any = None,
        linear: tuple[Sequence[float], float] | None = None,
        pos_label: Any = 1,
        feature_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
        decision_names: Sequence[str] | None = None,
        include_rows: bool = False,
        units: Mapping[str, str] | None = None,
        seed: int = 0,
    ) -> None:
        if not callable(predict):
            raise TypeError(f"`predict` must be a function that gives scores of rows, got {predict!r}.")
        known: dict[str, Any] = {
            "model": model,
            "pos_label": pos_label,
            "linear": linear,
            "feature_names": feature_names,
            "units": units,
            "seed": seed,
        }
        if row is None:
            row, known["scores"] = _middle_refused(predict, X, sensitive_features, threshold, known)
        self._engine, self._given, whole = Asked.read(predict, row, X, **known)
        self._places = {each.name: place for place, each in enumerate(self._engine.features)}
        self._groups, own = self._read_groups(
            row, X, whole, model, feature_names, sensitive_features, group, group_feature, threshold
        )
        self._left_out = int((~whole).sum())
        self._found: dict[Any, Any] = {}
        self._task: asyncio.Task[None] | None = None
        super().__init__(
            threshold=checked_threshold(threshold, self._groups.names),
            group=own,
            changeable=list(changeable or ()),
            feature=feature or self._first_feature(),
            _facts=self._described(own),
            _rows=self._people() if include_rows else None,
            **names(label_names, decision_names, DECISIONS),
        )
        if self._engine.additive is not None:
            self._dependence = {str(place): self._engine.dependence(place) for place in self._places.values()}
        self._answer_now()
        self._finish()

    @classmethod
    @known_keywords(__init__)
    def from_estimator(cls, model: Any, X: Any, **play: Any) -> WhatIf:
        """One applicant before a fitted classifier.

        Parameters
        ----------
        model : estimator
            A fitted classifier of two classes with ``predict_proba``.
        X, **play
            As the constructor takes them.

        Raises
        ------
        TypeError: the model is not a fitted classifier with ``predict_proba``.
        ValueError: what the constructor raises.
        """
        pos_label = play.get("pos_label", 1)
        return cls(lambda rows: scores_of_model(model, rows, pos_label=pos_label), X, model=model, **play)

    # ---- what may be set

    @traitlets.validate("threshold")
    def _known_threshold(self, proposal: dict[str, Any]) -> Threshold:
        return checked_threshold(proposal["value"], self._groups.names)

    @traitlets.validate("group")
    def _known_group(self, proposal: dict[str, Any]) -> str | None:
        return one_of("group", proposal["value"], self._groups.names or (None,))

    @traitlets.validate("changeable")
    def _known_changeable(self, proposal: dict[str, Any]) -> list[str]:
        given = [one_of("changeable", name, self._own_features()) for name in proposal["value"]]
        return [name for name in self._places if name in given]

    @traitlets.validate("feature")
    def _known_feature(self, proposal: dict[str, Any]) -> str:
        return one_of("feature", proposal["value"], self._places)

    @traitlets.validate("what_if")
    def _known_values(self, proposal: dict[str, Any]) -> dict[str, Any]:
        given = {name: plain(each) for name, each in proposal["value"].items()}
        for name, value in given.items():
            one_of("what_if", name, self._own_features())
            feature = self._engine.features[self._places[name]]
            if feature.kind == "level":
                given[name] = one_of(f"what_if[{name!r}]", str(value), self._engine.levels[name])
            elif not is_finite(value):
                raise ValueError(f"`what_if` must give {name!r} a finite number, got {value!r}.")
        return {
            name: given[name]
            for name, place in self._places.items()
            if name in given and given[name] != self._given[place]
        }

    def _own_features(self) -> list[str]:
        """The features that the applicant has apart from the group."""
        return [name for name in self._places if name != self._groups.feature]

    def _first_feature(self) -> str:
        return (self._own_features() or list(self._places))[0]

    # ---- what it says

    @property
    def values(self) -> dict[str, Any]:
        """The applicant's features as they stand, with what was changed; levels as they are spelled."""
        return dict(zip(self._places, self._values(), strict=True))

    @property
    def score(self) -> float:
        """The model's score of the applicant, in [0, 1]."""
        return self._scores()[self._own_place()]

    @property
    def decision(self) -> str:
        """The decision, one of `decision_names`."""
        return self.decision_names[self._line().approved]

    @property
    def contributions(self) -> pd.DataFrame:
        """What each feature adds to the score: a DataFrame, features × value, mean, contribution.

        In log-odds where the model is a sum, and then they add up to the log-odds less their mean; else in
        score, in [−1, 1], one at a time.
        """
        import pandas as pd

        places = range(len(self._places))
        return pd.DataFrame(
            {
                "value": self._values(),
                "mean": [self._engine.usual(place) for place in places],
                "contribution": self._contributions(),
            },
            index=pd.Index(list(self._places), name="feature"),
        )

    @property
    def smallest_change(self) -> dict[str, Any] | None:
        """New values, by feature, of the smallest change found that flips the decision, or None."""
        smallest = self._changes().smallest
        return None if smallest is None else self._new_values(smallest)

    @property
    def curve(self) -> pd.DataFrame:
        """The score along `feature`: a DataFrame, values × applicant, people (a mean), in [0, 1]."""
        import pandas as pd

        place = self._places[self.feature]
        index = pd.Index(self._engine.points(place), name=self.feature)
        return pd.DataFrame(
            {"applicant": self._individual(), "people": self._engine.dependence(place)}, index=index
        )

    # ---- what it computes, each once for a state

    def _values(self, group: str | None = None) -> Values:
        values = [self.what_if.get(name, own) for name, own in zip(self._places, self._given, strict=True)]
        groups, written = self._groups, group if group is not None else self.group
        if groups.feature is not None and groups.values is not None and written is not None:
            place = self._places[groups.feature]
            own = groups.values[written]
            values[place] = own if self._engine.features[place].kind == "number" else str(own)
        return values

    def _own_place(self) -> int:
        return self._groups.names.index(self.group) if self.group in self._groups.names else 0

    def _line(self) -> Line:
        own = threshold_of(self.threshold, self.group)
        # ≥, not >: a tie is approved, as everywhere in edutools.
        return Line(own, self.score >= own)

    def _at(self) -> list[Any]:
        """The state that an answer belongs to, as the browser spells it."""
        return [threshold_to_json(self.threshold), self.group, self.what_if, self.changeable, self.feature]

    def _once(self, what: str, compute: Callable[[], Any]) -> Any:
        key = repr(self._at())
        if self._found.get("at") != key:
            self._found = {"at": key}
        if what not in self._found:
            self._found[what] = compute()
        return self._found[what]

    def _scores(self) -> list[float]:
        """The applicant's score in each group; one where the groups do not matter."""
        groups = self._groups.names if self._groups.feature is not None else (None,)
        every = self._once(
            "scores", lambda: self._engine.scores_of([self._values(each) for each in groups]).tolist()
        )
        found: list[float] = every if len(every) > 1 else every * max(len(self._groups.names), 1)
        return found

    def _contributions(self) -> list[float]:
        found: list[float] = self._once("contributions", lambda: self._engine.contributions(self._values()))
        return found

    def _accepted(self) -> NDArray[np.bool_]:
        scores, of_people = self._engine.scores, self._groups.of_people
        if of_people is None or not isinstance(self.threshold, dict):
            whole = (
                self.threshold
                if not isinstance(self.threshold, dict)
                else threshold_of(self.threshold, self.group)
            )
            return np.asarray(scores >= whole)
        return np.asarray(scores >= np.array([self.threshold[str(each)] for each in of_people]))

    def _nearest(self) -> dict[str, Any]:
        found: dict[str, Any] = self._once(
            "nearest", lambda: self._engine.nearest(self._values(), self._accepted(), self._line().approved)
        )
        return found

    def _changes(self) -> Changes:
        places = [self._places[name] for name in self.changeable]
        found: Changes = self._once(
            "changes", lambda: changes(self._engine, self._values(), self._line(), places, self._accepted())
        )
        return found

    def _individual(self) -> list[float]:
        place = self._places[self.feature]
        found: list[float] = self._once("curve", lambda: self._engine.individual(place, self._values()))
        return found

    def _new_values(self, change: Change) -> dict[str, Any]:
        by_place = list(self._places)
        return {by_place[place]: change.values[place] for place in change.places}

    # ---- what travels

    @traitlets.observe("threshold", "group", "what_if", "changeable", "feature", "_asked")
    def _follow(self, _: Any) -> None:
        """The first answer at once, and what takes longer once the browser asks for nothing newer."""
        answer = self._answer
        if not answer or (answer["asked"] == self._asked and answer["at"] == self._at()):
            return
        self._answer_now()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._finish()
            return
        self._task = loop.create_task(self._answer_later(self._asked, self._at()))

    def _answer_now(self) -> None:
        answer: dict[str, Any] = {"asked": self._asked, "at": self._at()}
        try:
            answer["scores"] = self._scores()
        except ValueError as error:
            answer["error"] = str(error)
        self._answer = answer

    async def _answer_later(self, asked: int, at: list[Any]) -> None:
        for name, part in self._parts():
            await asyncio.sleep(PAUSE)
            # A newer request came in between: nobody will look at the rest of this one.
            if self._asked != asked or self._at() != at:
                return
            self._put(name, part)

    def _finish(self) -> None:
        for name, part in self._parts():
            self._put(name, part)

    def _put(self, name: str, part: Callable[[], Any]) -> None:
        own = self._rest if self._rest.get("at") == self._at() else {"at": self._at()}
        if "error" in self._answer or name in own:
            return
        try:
            self._rest = {**own, name: part()}
        except ValueError as error:
            self._answer = {**self._answer, "error": str(error)}

    def _parts(self) -> Iterator[tuple[str, Callable[[], Any]]]:
        """What the browser cannot compute: who is near without rows, and all of a model that is no sum."""
        if self._engine.additive is None:
            yield "contributions", self._contributions
            yield "curve", self._told_curve
        if self._rows is None or self._engine.additive is None:
            yield "nearest", self._told_nearest
        if self._engine.additive is None:
            yield "changes", self._told_changes

    def _told_nearest(self) -> dict[str, Any]:
        near = self._nearest()
        # In words, since the distance in one feature, to all its decimals, would be somebody's value.
        told = [
            {"distance": decimals(one["distance"]), "differs": one["differs"]}
            | ({"place": one["place"]} if self._rows is not None else {})
            for one in near["nearest"]
        ]
        return {"others": near["others"], "nearest": told}

    def _told_changes(self) -> dict[str, Any]:
        found = self._changes()
        return {
            "alone": {str(place): _told(change) for place, change in found.alone.items()},
            "smallest": _told(found.smallest),
        }

    def _told_curve(self) -> list[float]:
        place = self._places[self.feature]
        if str(place) not in self._dependence:
            self._dependence = {**self._dependence, str(place): self._engine.dependence(place)}
        return self._individual()

    def page_state(self) -> dict[str, Any]:
        """The traits of the widget as JSON, with all that it can say of its present state."""
        self._finish()
        return super().page_state()

    def _described(self, own: str | None) -> dict[str, Any]:
        """The features, the groups and the model, as far as the browser computes with them."""
        engine, groups, model = self._engine, self._groups, self._engine.additive
        features = []
        for place, feature in enumerate(engine.features):
            one = {key: or_null(each) for key, each in vars(feature).items()}
            one |= {"mean": sent(feature, feature.mean), "value": self._given[place]}
            one["levels"] = list(engine.levels.get(feature.name, ()))
            one["points"] = engine.points(place)
            if model is not None:
                term = model.terms[place]
                one["mean_added"] = model.means[place]
                one["slope"] = None if isinstance(term, dict) else term
                one["adds"] = [term[level] for level in one["levels"]] if isinstance(term, dict) else None
            features.append(one)
        values = None
        if groups.feature is not None and groups.values is not None:
            level = engine.features[self._places[groups.feature]].kind == "level"
            held = [plain(groups.values[name]) for name in groups.names]
            values = [str(each) for each in held] if level else held
        return {
            "features": features,
            "intercept": None if model is None else model.intercept,
            "people": len(engine.people),
            "left_out": self._left_out,
            "group": own,
            "groups": list(groups.names),
            "group_place": None if groups.feature is None else self._places[groups.feature],
            "group_values": values,
        }

    def _people(self) -> dict[str, Any]:
        """The background people's features, scores and groups, column by column."""
        engine, of_people = self._engine, self._groups.of_people
        return {
            "values": [column.tolist() for column in engine.columns],
            "scores": engine.scores.tolist(),
            "groups": None if of_people is None else [str(each) for each in of_people],
        }

    def _holds(self) -> str:
        return text(f"what_if.holds{'' if self._rows is None else '_rows'}")

    def _read_groups(
        self,
        row: Any,
        X: Any,
        whole: NDArray[np.bool_],
        model: Any,
        feature_names: Sequence[str] | None,
        sensitive_features: Any,
        group: str | None,
        group_feature: str | None,
        threshold: Any,
    ) -> tuple[Groups, str | None]:
        is_place = isinstance(row, int | np.integer)
        one = (
            X.iloc[int(row)]
            if is_place and hasattr(X, "iloc")
            else np.asarray(X)[int(row)]
            if is_place
            else row
        )
        table, applicant, read = read_tables(model, one, X, feature_names, blanks=True)
        own = group
        if own is None and is_place and sensitive_features is not None:
            own = _group_of_each(sensitive_features, len(table))[int(row)]
        return read_applicants_group(
            table[whole], applicant, read, _kept(sensitive_features, whole), own, group_feature, threshold
        )

    # ---- the twin

    def _summary(self) -> dict[str, Any]:
        return {
            "title": text("what_if.title"),
            "sentences": [
                self._decided(),
                *self._group_sentences(),
                *self._flipped(),
                text("individual.not_advice"),
                *([text("individual.left_out", rows=wholes(self._left_out))] if self._left_out else []),
            ],
            "tables": [
                self._feature_table(),
                *self._group_table(),
                *self._alone_table(),
                self._near_table(),
                self._curve_table(),
            ],
        }

    def _decided(self) -> str:
        line = self._line()
        figure, threshold = score_beside(self.score, line.threshold)
        whose = "of_group" if isinstance(self.threshold, dict) else "of_all"
        return text(
            f"decision_trace.decided{'_nobody' if math.isinf(line.threshold) else ''}",
            decision=self.decision,
            score=figure,
            side=text("decision_trace.reaches" if line.approved else "decision_trace.below"),
            threshold=threshold,
            whose=text(f"decision_trace.{whose}", group=self.group),
        )

    def _group_sentences(self) -> list[str]:
        groups = self._groups
        if not groups.names:
            return []
        read = (
            text("decision_trace.group_unread")
            if groups.feature is None
            else text("decision_trace.group_read", feature=groups.feature)
        )
        apart = isinstance(self.threshold, dict) and len(set(self.threshold.values())) > 1
        return [read, *([text("decision_trace.law")] if apart else [])]

    def _flipped(self) -> list[str]:
        other = self.decision_names[not self._line().approved]
        if not self.changeable:
            return [text("what_if.none_named")]
        named, smallest = ", ".join(self.changeable), self._changes().smallest
        if smallest is None:
            return [text("individual.no_change", features=named, decision=other)]
        told = [
            text(
                "individual.change",
                feature=name,
                old=self._figure(self._places[name], self._values()[self._places[name]]),
                new=self._figure(self._places[name], value),
            )
            for name, value in self._new_values(smallest).items()
        ]
        return [
            text(
                "individual.smallest",
                decision=other,
                changes="; ".join(told),
                distance=decimals(smallest.distance),
                score=score_beside(smallest.score, self._line().threshold)[0],
            ),
            text(f"individual.{'searched' if self._engine.additive is None else 'computed'}", features=named),
        ]

    def _signed(self, contribution: float) -> str:
        return signed(contribution, 3 if self._engine.additive is None else 2)

    def _figure(self, place: int, value: Any, *, mean: bool = False) -> str:
        feature = self._engine.features[place]
        if feature.kind == "level":
            return str(value)
        digits = feature.mean_digits if mean else feature.digits
        return f"{decimals(float(value), digits)} {feature.unit}".strip()

    def _feature_table(self) -> dict[str, Any]:
        values, contributions = self._values(), self._contributions()
        scale = "score" if self._engine.additive is None else "odds"
        heads = ["value", "mean", "contribution"]
        return {
            "caption": text(f"what_if.contributions_{scale}"),
            "columns": [text(f"individual.{each}") for each in ("feature", *heads)],
            "rows": [
                [
                    self._engine.features[place].name,
                    self._figure(place, values[place]),
                    self._figure(place, self._engine.usual(place), mean=True),
                    self._signed(contributions[place]),
                ]
                for place in by_size(contributions)
            ],
        }

    def _group_table(self) -> list[dict[str, Any]]:
        rows = []
        for group, score in zip(self._groups.names, self._scores(), strict=False):
            threshold = threshold_of(self.threshold, group)
            own = text("decision_trace.own_group", group=group) if group == self.group else group
            rows.append([own, *score_beside(score, threshold), self.decision_names[score >= threshold]])
        columns = [text(f"decision_trace.{each}") for each in ("group", "score", "threshold", "decision")]
        return [{"caption": text("decision_trace.by_group"), "columns": columns, "rows": rows}][: len(rows)]

    def _alone_table(self) -> list[dict[str, Any]]:
        line, values, rows = self._line(), self._values(), []
        for place, change in self._changes().alone.items():
            own = [self._engine.features[place].name, self._figure(place, values[place])]
            if change is None:
                rows.append([*own, text("individual.none_found"), "–", "–"])
            else:
                new, far = self._figure(place, change.values[place]), decimals(change.distance)
                rows.append([*own, new, far, score_beside(change.score, line.threshold)[0]])
        columns = [text(f"individual.{each}") for each in ("feature", "from", "to", "distance_head", "score")]
        caption = text("individual.alone", decision=self.decision_names[not line.approved])
        return [{"caption": caption, "columns": columns, "rows": rows}][: len(rows)]

    def _near_table(self) -> dict[str, Any]:
        near, features = self._nearest(), self._engine.features
        rows = [
            [
                str(turn),
                decimals(one["distance"]),
                ", ".join(features[place].name for place in one["differs"]) or text("decision_trace.nothing"),
            ]
            for turn, one in enumerate(near["nearest"], start=1)
        ]
        caption = text(
            f"individual.near{'' if rows else '_nobody'}",
            others=wholes(near["others"]),
            people=wholes(len(self._engine.people)),
            decision=self.decision_names[not self._line().approved],
            distance=text("individual.distance"),
        )
        columns = [text(f"individual.{each}") for each in ("nearest", "distance_head", "differs")]
        return {"caption": caption, "columns": columns, "rows": rows}

    def _curve_table(self) -> dict[str, Any]:
        place, curve = self._places[self.feature], self.curve
        some = np.unique(np.linspace(0, len(curve) - 1, TWIN_POINTS).round().astype(int))
        if self._engine.features[place].kind == "level":
            some = np.arange(len(curve))
        return {
            "caption": text("what_if.curve", feature=self.feature),
            "columns": [self.feature, text("what_if.this_applicant"), text("what_if.on_average")],
            "rows": [
                [self._figure(place, curve.index[each]), *(decimals(value, 3) for value in curve.iloc[each])]
                for each in some
            ],
        }


def _told(change: Change | None) -> dict[str, Any] | None:
    if change is None:
        return None
    return {
        "places": list(change.places),
        "values": change.values,
        "distance": change.distance,
        "score": change.score,
    }


def _middle_refused(
    predict: Callable[[Any], Any], X: Any, sensitive_features: Any, threshold: Any, known: Mapping[str, Any]
) -> tuple[int, NDArray[np.float64]]:
    """The place of the refused person in the middle of their scores, and the scores of all."""
    table = read_tables(known["model"], _first_of(X), X, known["feature_names"], blanks=True)
    whole = np.flatnonzero(table[0][table[2]].notna().all(axis=1))
    if not len(whole):
        raise ValueError("`X` must have a row without blank values, got none.")
    asked, _, _ = Asked.read(predict, int(whole[0]), X, **known)
    lines: Any = threshold
    if isinstance(threshold, Mapping):
        of_each = _group_of_each(sensitive_features, len(table[0]))
        lines = np.array([threshold.get(of_each[each], math.nan) for each in whole], dtype=float)
    refused = np.flatnonzero(asked.scores < lines)
    ordered = refused[np.argsort(asked.scores[refused], kind="stable")]
    chosen = ordered[len(ordered) // 2] if len(ordered) else 0
    scores = np.full(len(table[0]), np.nan)
    scores[whole] = asked.scores
    return int(whole[chosen]), scores


def _first_of(X: Any) -> Any:
    return X.iloc[0] if hasattr(X, "iloc") and len(X) else np.asarray(X)[0] if len(X) else {}


def _group_of_each(sensitive_features: Any, size: int) -> list[str]:
    codes, found, code_of = read_groups(sensitive_features, size)
    spelled = dict(zip(code_of, found, strict=True))
    return [spelled[code] for code in codes.tolist()]


def _kept(sensitive_features: Any, whole: NDArray[np.bool_]) -> Any:
    if sensitive_features is None or whole.all():
        return sensitive_features
    if hasattr(sensitive_features, "iloc"):
        return sensitive_features.iloc[np.flatnonzero(whole)]
    return np.asarray(sensitive_features, dtype=object)[whole]
