"""One applicant, from the features to the decision and its reasons."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from edutools._checks import known_keywords, one_of, suggestion
from edutools._columns import read_groups
from edutools.texts import text
from edutools.widgets.counted import Named, names
from edutools.widgets.decision import (
    Decider,
    Feature,
    Groups,
    Threshold,
    by_size,
    described,
    logistic,
    plain,
    reasons,
    threshold_of,
)
from edutools.widgets.figures import decimals, threshold_words, wholes
from edutools.widgets.table import from_json, to_json

if TYPE_CHECKING:
    import pandas as pd

LAYERS = ("input", "model", "bias_check", "decision")
DECISIONS = ("refused", "approved")


def _threshold_to_json(value: Threshold) -> Any:
    if isinstance(value, dict):
        return {group: to_json(each) for group, each in value.items()}
    return to_json(value)


def _threshold_from_json(value: Any) -> Threshold:
    if isinstance(value, dict):
        return {group: from_json(each) for group, each in value.items()}
    return from_json(value)


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
        What the negative and the positive label, and the negative and the positive decision, are called.
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

    threshold = traitlets.Any(0.5, help="The score from which one is approved, of all or by group.").tag(
        sync=True,
        to_json=lambda value, _: _threshold_to_json(value),
        from_json=lambda value, _: _threshold_from_json(value),
    )
    group = traitlets.Unicode(None, allow_none=True, help="The applicant's group.").tag(sync=True)
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
        decision_names: Sequence[str] | None = DECISIONS,
        include_rows: bool = False,
        units: Mapping[str, str] | None = None,
    ) -> None:
        table, applicant, read = _tables(model, row, X, feature_names)
        groups, own = _groups(table, applicant, read, sensitive_features, group, group_feature, threshold)
        units = dict(units or {})
        for name in units:
            one_of("units", name, read)
        self._given = {name: _value(applicant, table, name) for name in read}
        self._decider = Decider(
            model,
            table[read],
            [described(table[name], self._given[name], units.get(name, "")) for name in read],
            groups,
            pos_label=pos_label,
            as_array=not hasattr(X, "columns"),
        )
        super().__init__(
            threshold=_checked_threshold(threshold, groups.names),
            group=own,
            _facts=self._described(own),
            _rows=self._people() if include_rows else None,
            **names(label_names, decision_names),
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
        return _checked_threshold(proposal["value"], self._decider.groups.names)

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
            if features[name].kind == "number" and not _is_finite(value):
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
            {**{key: _or_null(each) for key, each in vars(feature).items()}, "slope": slope}
            | {"mean": _sent(feature, feature.mean), "value": _sent(feature, self._given[feature.name])}
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
                [_sent(feature, each) for each in decider.people[feature.name].tolist()]
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
            "at": [_threshold_to_json(self.threshold), self.group, self.what_if],
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
                    "values": [_sent(each, values[each.name]) for each in decider.features],
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


def signed(value: float, digits: int) -> str:
    """`value` with its sign, + too, unless it rounds to 0."""
    words = decimals(value, digits)
    return f"+{words}" if value > 0 and words != decimals(0.0, digits) else words


def score_beside(score: float, threshold: float) -> tuple[str, str]:
    """A score and a threshold in words, with as many decimals (three to six) as tell them apart."""
    if math.isinf(threshold):
        return decimals(score, 3), threshold_words(threshold)
    if decimals(score, 3) != decimals(threshold, 3) or score == threshold:
        return decimals(score, 3), threshold_words(threshold)
    digits = next((d for d in (4, 5) if decimals(score, d) != decimals(threshold, d)), 6)
    return decimals(score, digits), decimals(threshold, digits)


# ---- what is read


def _tables(
    model: Any, row: Any, X: Any, feature_names: Sequence[str] | None
) -> tuple[pd.DataFrame, Mapping[str, Any], list[str]]:
    """The background people as a table, the applicant by column, and the columns that the model reads."""
    import pandas as pd

    if hasattr(X, "columns"):
        table = pd.DataFrame(X).rename(columns=str)
        fitted_with: Sequence[str] = getattr(model, "feature_names_in_", table.columns.tolist())
        known = list(fitted_with if feature_names is None else feature_names)
    else:
        numbers = np.asarray(X)
        if numbers.ndim != 2:
            raise ValueError(f"`X` must have two dimensions, got shape {numbers.shape}.")
        known = list(feature_names or [f"x{place}" for place in range(numbers.shape[1])])
        if len(known) != numbers.shape[1]:
            raise ValueError(f"`feature_names` must name {numbers.shape[1]} columns, got {len(known)}.")
        table = pd.DataFrame(numbers, columns=known)
    known = [str(name) for name in known]
    if table.empty:
        raise ValueError("`X` must have at least one row, got none.")
    for name in known:
        _refuse_absent("X", name, known, list(table.columns))
        if table[name].isna().any():
            raise ValueError(f"`X` must have a value in every row of {name!r}: fill or drop the blank ones.")
    return table, _applicant(row, known), known


def _applicant(row: Any, known: list[str]) -> Mapping[str, Any]:
    if hasattr(row, "columns"):
        if len(row) != 1:
            raise ValueError(f"`row` must be one applicant, got {len(row)} rows.")
        row = row.iloc[0]
    if isinstance(row, Mapping) or hasattr(row, "index"):
        applicant = {str(name): plain(each) for name, each in row.items()}
    else:
        values = np.asarray(row).ravel()
        if len(values) != len(known):
            raise ValueError(f"`row` must have {len(known)} features, got {len(values)}.")
        applicant = {name: plain(each) for name, each in zip(known, values, strict=True)}
    for name in known:
        _refuse_absent("row", name, known, list(applicant))
    return applicant


def _value(applicant: Mapping[str, Any], table: pd.DataFrame, name: str) -> Any:
    import pandas as pd

    from edutools.widgets.decision import is_number

    value = applicant[name]
    if pd.isna(value):
        raise ValueError(f"`row` must have a value for {name!r}, got {value!r}: fill it as X was filled.")
    if is_number(table[name]) and not _is_finite(value):
        raise ValueError(f"`row` must have a finite number for {name!r}, got {value!r}.")
    return value


def _refuse_absent(what: str, name: str, known: list[str], got: list[str]) -> None:
    if name not in got:
        raise ValueError(
            f"`{what}` must have the features that the model reads, {known!r}, got {got!r}: "
            f"{name!r} is absent.{suggestion(name, got)}"
        )


def _groups(
    table: pd.DataFrame,
    applicant: Mapping[str, Any],
    read: list[str],
    sensitive_features: Any,
    group: str | None,
    group_feature: str | None,
    threshold: Any,
) -> tuple[Groups, str | None]:
    """The groups of the background people, and the applicant's own."""
    if group_feature is not None:
        _refuse_absent("X", group_feature, [group_feature], list(table.columns))
    if sensitive_features is None and group_feature is not None:
        sensitive_features = table[group_feature]
    if sensitive_features is None:
        if group is None and not isinstance(threshold, Mapping):
            return Groups(), None
        raise ValueError(
            "`sensitive_features` must say the group of each row in `X` where there is a `group` or a "
            "threshold by group, got None."
        )
    codes, found, code_of = read_groups(sensitive_features, len(table))
    spelled = dict(zip(code_of, found, strict=True))
    of_people = np.array([spelled[code] for code in codes.tolist()], dtype=object)
    values = _values_of_groups(table, of_people, found, group_feature) if group_feature is not None else None
    own = _own_group(applicant, found, group, group_feature, values)
    reads = group_feature if group_feature in read else None
    return Groups(found, of_people, reads, values if reads is not None else None), own


def _values_of_groups(
    table: pd.DataFrame, of_people: Any, found: tuple[str, ...], group_feature: str
) -> dict[str, Any]:
    values = {}
    for name in found:
        held = table[group_feature][of_people == name].unique()
        if len(held) != 1:
            raise ValueError(
                f"`group_feature` must have one value in each group, got {len(held)} in {name!r} of "
                f"{group_feature!r}."
            )
        values[name] = plain(held[0])
    return values


def _own_group(
    applicant: Mapping[str, Any],
    found: tuple[str, ...],
    group: str | None,
    group_feature: str | None,
    values: Mapping[str, Any] | None,
) -> str:
    written = None
    if values is not None and group_feature is not None and group_feature in applicant:
        written = next((name for name, each in values.items() if each == applicant[group_feature]), None)
    own = group if group is not None else written
    if own is None:
        raise ValueError(
            f"`group` must say which group the applicant is in, one of {list(found)!r}, got None."
        )
    one_of("group", own, found)
    if written is not None and own != written:
        raise ValueError(f"`group` is {own!r}, but the applicant's {group_feature!r} says {written!r}.")
    return own


def _checked_threshold(value: Any, groups: tuple[str, ...]) -> Threshold:
    if not isinstance(value, Mapping):
        return _threshold(value)
    given = {str(group): each for group, each in value.items()}
    for group in given:
        one_of("group", group, groups)
    absent = [group for group in groups if group not in given]
    if absent:
        raise ValueError(
            f"`threshold` must have a number for each of {list(groups)!r}, got none for {absent!r}."
        )
    return {group: _threshold(given[group]) for group in groups}


def _threshold(value: Any) -> float:
    number = plain(value)
    is_number = isinstance(number, int | float) and not isinstance(number, bool)
    if not is_number or not (0 <= number <= 1 or number == math.inf):
        raise ValueError(f"`threshold` must be a number in [0, 1], or +inf for nobody, got {value!r}.")
    return float(number)


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _sent(feature: Feature, value: Any) -> Any:
    """A value as the browser gets it: a number, or a level in words."""
    return str(value) if feature.kind == "level" else value


def _or_null(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value
