"""One applicant, from the features to the decision and its reasons."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import traitlets

from edutools._checks import known_keywords, one_of
from edutools.texts import text
from edutools.widgets.applicant import (
    checked_threshold,
    is_finite,
    or_null,
    read_applicants_group,
    read_tables,
    read_value,
    score_beside,
    sent,
    signed,
    threshold_from_json,
    threshold_to_json,
)
from edutools.widgets.base import NoneIsSeen
from edutools.widgets.counted import Named, names
from edutools.widgets.decision import (
    Decider,
    Threshold,
    by_size,
    described,
    logistic,
    plain,
    reasons,
    threshold_of,
)
from edutools.widgets.figures import decimals, wholes

if TYPE_CHECKING:
    import pandas as pd

LAYERS = ("input", "model", "bias_check", "decision")
DECISIONS = ("common.refused", "common.approved")


class DecisionTrace(Named):
    """One applicant through four layers: input, model, bias check, decision with its reasons.

    Parameters
    ----------
    model : estimator
        A fitted classifier of two classes with ``predict_proba``.
    row : Series, dict, DataFrame of one row, or array of shape (n_features,)
        The applicant; columns that the model does not read, such as a blank label, may be there.
    X : DataFrame or array, shape (n, n_features)
        The background people, beside whom the applicant is seen.
    sensitive_features : array-like, shape (n,), optional
        The group of each background person; needed where `threshold` differs by group.
    group : str, optional
        The applicant's group.
    threshold : float, or mapping of str to float, default 0.5
        The score from which an applicant is approved, in [0, 1], +∞ for nobody; one for all or one a group.
    pos_label : object, default 1
        Which of the model's classes is positive.
    feature_names : sequence of str, optional
        The columns that the model reads; by default the names that it was fitted with, else all of X.
    group_feature : str, optional
        The column of X that says the group. Where the model reads it, another group is written in it for the
        bias check.
    label_names, decision_names : sequence of two str, optional
        What the negative and the positive label, and the negative and the positive decision, are called; by
        default the decisions are refused and approved.
    include_rows : bool, default False
        Whether the features of the background people travel into the page, without which nearest applicants
        are told by their distance alone.
    units : mapping of str to str, optional
        The unit of a feature, shown beside its values.

    Raises
    ------
    TypeError: the model is not a fitted classifier with ``predict_proba``.
    ValueError: a feature is absent or blank; the group is unknown; a threshold lies outside [0, 1].

    Notes
    -----
    For logistic regressions, alone or behind scalers, a feature's contribution is coefficient × (value − mean
    of X), in log-odds: the Shapley value of a linear model with independent features (Štrumbelj and
    Kononenko 2014; Lundberg and Lee 2017). For other models it is the score less the score with that feature
    at its mean, which need not add up.
    """

    _name = "decision_trace"

    threshold = NoneIsSeen(0.5, help="The score from which one is approved, of all or by group.").tag(
        sync=True,
        to_json=lambda value, _: threshold_to_json(value),
        from_json=lambda value, _: threshold_from_json(value),
    )
    group = NoneIsSeen(None, allow_none=True, help="The applicant's group.").tag(sync=True)
    layer = traitlets.Unicode("input", help="The layer that is open.").tag(sync=True)
    what_if = traitlets.Dict(help="Values of the applicant that were changed, by feature.").tag(sync=True)

    _facts = traitlets.Dict().tag(sync=True)
    _found = traitlets.Dict().tag(sync=True)
    _rows = traitlets.Dict(None, allow_none=True).tag(sync=True)

    @known_keywords()
    def __init__(
        self,
        model: Any,
        row: Any,
        X: Any,
        *,
        sensitive_features: Any = None,
        group: str | None = None,
        threshold: float | Mapping[str, float] = 0.5,
        pos_label: Any = 1,
        feature_names: Sequence[str] | None = None,
        group_feature: str | None = None,
        label_names: Sequence[str] | None = None,
        decision_names: Sequence[str] | None = None,
        include_rows: bool = False,
        units: Mapping[str, str] | None = None,
    ) -> None:
        table, applicant, read = read_tables(model, row, X, feature_names)
        groups, own = read_applicants_group(
            table, applicant, read, sensitive_features, group, group_feature, threshold
        )
        units = dict(units or {})
        for name in units:
            one_of("units", name, read)
        self._given = {name: read_value(applicant, table, name) for name in read}
        self._decider = Decider(
            model,
            table[read],
            [described(table[name], self._given[name], units.get(name, "")) for name in read],
            groups,
            pos_label=pos_label,
            as_array=not hasattr(X, "columns"),
        )
        super().__init__(
            threshold=checked_threshold(threshold, groups.names),
            group=own,
            _facts=self._described(own),
            _rows=self._people() if include_rows else None,
            **names(label_names, decision_names, DECISIONS),
        )
        self._find()

    @classmethod
    @known_keywords(__init__)
    def from_estimator(cls, model: Any, row: Any, X: Any, **play: Any) -> DecisionTrace:
        """One applicant's trace through a fitted classifier.

        Parameters
        ----------
        model, row, X, **play
            As the constructor takes them.

        Raises
        ------
        TypeError, ValueError: what the constructor raises.
        """
        return cls(model, row, X, **play)

    # ---- what may be set

    @traitlets.validate("threshold")
    def _known_threshold(self, proposal: dict[str, Any]) -> Threshold:
        return checked_threshold(proposal["value"], self._decider.groups.names)

    @traitlets.validate("group")
    def _known_group(self, proposal: dict[str, Any]) -> str | None:
        possible = self._decider.groups.names or (None,)
        return one_of("group", proposal["value"], possible)

    @traitlets.validate("layer")
    def _known_layer(self, proposal: dict[str, Any]) -> str:
        return one_of("layer", proposal["value"], LAYERS)

    @traitlets.validate("what_if")
    def _known_values(self, proposal: dict[str, Any]) -> dict[str, Any]:
        given = {name: plain(each) for name, each in proposal["value"].items()}
        own = self._decider.groups.feature
        features = {each.name: each for each in self._decider.features if each.name != own}
        for name, value in given.items():
            one_of("what_if", name, features)
            if features[name].kind == "number" and not is_finite(value):
                raise ValueError(f"`what_if` must give {name!r} a finite number, got {value!r}.")
        changed = {name: given[name] for name in features if name in given}
        return {name: value for name, value in changed.items() if value != self._given[name]}

    @traitlets.observe("threshold", "group", "what_if")
    def _find_again(self, _: Any) -> None:
        if self._found:
            self._find()

    # ---- what it says

    @property
    def values(self) -> dict[str, Any]:
        """The applicant's features as they stand, with what was changed."""
        return self._decider.with_group({**self._given, **self.what_if}, self.group)

    @property
    def score(self) -> float:
        """The model's score of the applicant, in [0, 1]."""
        return self._decider.score(self.values)

    @property
    def decision(self) -> str:
        """The decision, one of `decision_names`."""
        return self.decision_names[self._approved(self.score, self.group)]

    @property
    def contributions(self) -> pd.DataFrame:
        """What each feature adds to the score: a DataFrame, features × value, mean, contribution.

        Contributions are in log-odds for a linear model, and then add up to the log-odds less those of the
        mean of X; else they are differences of score, in [−1, 1].
        """
        import pandas as pd

        values, features = self.values, self._decider.features
        return pd.DataFrame(
            {
                "value": [values[each.name] for each in features],
                "mean": [each.mean for each in features],
                "contribution": self._decider.contributions(values),
            },
            index=pd.Index([each.name for each in features], name="feature"),
        )

    @property
    def reasons(self) -> list[str]:
        """At most four sentences: what lowered a refused applicant's score, or helped an approved one."""
        values = self.values
        contributions = self._decider.contributions(values)
        told = reasons(contributions, self._approved(self.score, self.group))
        return [self._reason(place, values, contributions[place]) for place in told]

    def _approved(self, score: float, group: str | None) -> bool:
        # ≥, not >: a tie is approved, as everywhere in edutools.
        return score >= threshold_of(self.threshold, group)

    # ---- what travels

    def _described(self, own: str | None) -> dict[str, Any]:
        """The features, the groups and the model, as far as the browser computes with them."""
        decider = self._decider
        slopes: Sequence[float | None] = decider.line[0] if decider.line else [None] * len(decider.features)
        features = [
            {**{key: or_null(each) for key, each in vars(feature).items()}, "slope": slope}
            | {"mean": sent(feature, feature.mean), "value": sent(feature, self._given[feature.name])}
            for feature, slope in zip(decider.features, slopes, strict=True)
        ]
        groups = decider.groups
        places = [feature.name for feature in decider.features]
        return {
            "features": features,
            "intercept": decider.line[1] if decider.line else None,
            "people": len(decider.people),
            "group": own,
            "groups": list(groups.names),
            "group_place": places.index(groups.feature) if groups.feature is not None else None,
            "group_values": [plain(groups.values[name]) for name in groups.names] if groups.values else None,
        }

    def _people(self) -> dict[str, Any]:
        """The background people's features, scores and groups, column by column."""
        decider = self._decider
        of_people = decider.groups.of_people
        return {
            "values": [
                [sent(feature, each) for each in decider.people[feature.name].tolist()]
                for feature in decider.features
            ],
            "scores": decider.scores.tolist(),
            "groups": None if of_people is None else [str(each) for each in of_people],
        }

    def _find(self) -> None:
        """What the browser cannot compute: who is nearest, and the scores of a model that is not linear."""
        values, score = self.values, self.score
        near = self._decider.nearest(values, self.threshold, self._approved(score, self.group))
        # In words, since the distance in one feature, to all its decimals, would be somebody's value.
        told = [{"distance": decimals(one["distance"]), "differs": one["differs"]} for one in near["nearest"]]
        self._found = {
            "at": [threshold_to_json(self.threshold), self.group, self.what_if],
            "by_group": None if self._decider.line else self._by_group(),
            "others": near["others"],
            "nearest": told,
        }

    def _by_group(self) -> list[dict[str, Any]]:
        decider = self._decider
        found = []
        for group in decider.groups.names or (None,):
            values = decider.with_group(self.values, group)
            found.append(
                {
                    "values": [sent(each, values[each.name]) for each in decider.features],
                    "score": decider.score(values),
                    "contributions": decider.contributions(values),
                }
            )
        return found

    def _holds(self) -> str:
        return text(f"decision_trace.holds{'' if self._rows is None else '_rows'}")

    # ---- the twin

    def _summary(self) -> dict[str, Any]:
        return {
            "title": text("decision_trace.title"),
            "sentences": [
                self._decided(),
                *self._reasoned(),
                *self._added_up(),
                *self._group_sentences(),
                text("decision_trace.not_advice"),
            ],
            "tables": [self._input_table(), self._model_table(), *self._group_table(), *self._near_table()],
        }

    def _decided(self) -> str:
        score, threshold = self.score, threshold_of(self.threshold, self.group)
        approved = self._approved(score, self.group)
        figure, line = score_beside(score, threshold)
        key = "decided_nobody" if math.isinf(threshold) else "decided"
        return text(
            f"decision_trace.{key}",
            decision=self.decision_names[approved],
            score=figure,
            side=text("decision_trace.reaches" if approved else "decision_trace.below"),
            threshold=line,
            whose=self._whose(),
        )

    def _whose(self) -> str:
        if isinstance(self.threshold, dict):
            return text("decision_trace.of_group", group=self.group)
        return text("decision_trace.of_all")

    def _reasoned(self) -> list[str]:
        approved, told = self._approved(self.score, self.group), self.reasons
        if not told:
            return [text(f"decision_trace.no_{'help' if approved else 'reason'}")]
        head = text(f"decision_trace.{'helped' if approved else 'reasons'}")
        return [head, *(f"{place}. {each}" for place, each in enumerate(told, start=1))]

    def _reason(self, place: int, values: Mapping[str, Any], contribution: float) -> str:
        feature = self._decider.features[place]
        value = values[feature.name]
        side = "other" if feature.kind == "level" else "above" if value > feature.mean else "below"
        scale = "odds" if self._decider.line else "score"
        return text(
            f"decision_trace.reason_{side}",
            feature=feature.name,
            value=self._figure(place, value),
            mean=self._figure(place, feature.mean, mean=True),
            amount=text(f"decision_trace.in_{scale}", amount=self._signed(contribution)),
        )

    def _signed(self, contribution: float) -> str:
        return signed(contribution, 2 if self._decider.line else 3)

    def _figure(self, place: int, value: Any, *, mean: bool = False) -> str:
        feature = self._decider.features[place]
        if feature.kind == "level":
            return str(value)
        figure = decimals(float(value), feature.mean_digits if mean else feature.digits)
        return f"{figure} {feature.unit}".strip()

    def _added_up(self) -> list[str]:
        decider = self._decider
        if decider.line is None:
            return [text("decision_trace.approximate")]
        base, total = decider.base(), decider.log_odds(self.values)
        return [
            text(
                "decision_trace.sum",
                base=decimals(base),
                base_score=decimals(float(logistic(base)), 3),
                added=signed(total - base, 2),
                total=decimals(total),
                score=decimals(float(logistic(total)), 3),
                label=self.label_names[1],
            )
        ]

    def _group_sentences(self) -> list[str]:
        groups = self._decider.groups
        if not groups.names:
            return [text("decision_trace.no_group")]
        apart = isinstance(self.threshold, dict) and len(set(self.threshold.values())) > 1
        return [
            text("decision_trace.group_unread")
            if groups.feature is None
            else text("decision_trace.group_read", feature=groups.feature),
            text("decision_trace.proxies"),
            *([text("decision_trace.law")] if apart else []),
        ]

    def _input_table(self) -> dict[str, Any]:
        values, rows = self.values, []
        for place, feature in enumerate(self._decider.features):
            quantiles = (feature.low, feature.median, feature.high)
            rows.append(
                [
                    feature.name,
                    self._figure(place, values[feature.name]),
                    self._figure(place, feature.mean, mean=True),
                    *("–" if feature.kind == "level" else self._figure(place, each) for each in quantiles),
                ]
            )
        columns = ["feature", "value", "mean", "low", "median", "high"]
        return {
            "caption": text("decision_trace.beside", people=wholes(len(self._decider.people))),
            "columns": [text(f"decision_trace.{each}") for each in columns],
            "rows": rows,
        }

    def _model_table(self) -> dict[str, Any]:
        contributions = self._decider.contributions(self.values)
        scale = "odds" if self._decider.line else "score"
        return {
            "caption": text(f"decision_trace.contributions_{scale}"),
            "columns": [text("decision_trace.feature"), text("decision_trace.contribution")],
            "rows": [
                [self._decider.features[place].name, self._signed(contributions[place])]
                for place in by_size(contributions)
            ],
        }

    def _group_table(self) -> list[dict[str, Any]]:
        rows = []
        for group in self._decider.groups.names:
            score = self._decider.score(self._decider.with_group(self.values, group))
            threshold = threshold_of(self.threshold, group)
            own = text("decision_trace.own_group", group=group) if group == self.group else group
            decision = self.decision_names[self._approved(score, group)]
            rows.append([own, *score_beside(score, threshold), decision])
        columns = ["group", "score", "threshold", "decision"]
        return [
            {
                "caption": text("decision_trace.by_group"),
                "columns": [text(f"decision_trace.{each}") for each in columns],
                "rows": rows,
            }
        ][: len(rows)]

    def _near_table(self) -> list[dict[str, Any]]:
        near = self._decider.nearest(self.values, self.threshold, self._approved(self.score, self.group))
        columns = [text(f"decision_trace.{each}") for each in ("nearest", "distance", "differs")]
        rows = [
            [str(place), decimals(one["distance"]), self._differing(one["differs"])]
            for place, one in enumerate(near["nearest"], start=1)
        ]
        caption = text(
            "decision_trace.near" if rows else "decision_trace.near_nobody",
            others=wholes(near["others"]),
            people=wholes(len(self._decider.people)),
            decision=self.decision_names[not self._approved(self.score, self.group)],
        )
        # A table of nobody would be a head without rows; its caption still says so.
        return [{"caption": caption, "columns": columns, "rows": rows}]

    def _differing(self, places: Sequence[int]) -> str:
        shown = [self._decider.features[place].name for place in places]
        return ", ".join(shown) if shown else text("decision_trace.nothing")
