"""Who is asked, through which channels, and what that does later to those who were not."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike, NDArray

from edutools._checks import known_keywords, one_of
from edutools._columns import read_groups
from edutools.counts import Cells
from edutools.metrics import difference, difference_interval, share_interval
from edutools.texts import text
from edutools.widgets.base import Widget
from edutools.widgets.draw import asking_order, drawn_by
from edutools.widgets.figures import decimals, interval, wholes
from edutools.widgets.logistic import Logistic, fit_logistic
from edutools.widgets.table import browser_definitions

if TYPE_CHECKING:
    import pandas as pd

FEWEST_GROUPS, MOST_GROUPS = 2, 12
MOST_CHANNELS = 8
MOST_PEOPLE = 20_000
MOST_TRAIL = 10
ASKED_AT_FIRST = 200

Figures = dict[str, NDArray[Any]]
Reach = Mapping[str, float] | Callable[["pd.DataFrame"], ArrayLike] | ArrayLike


class SamplingPlan(Widget):
    """Sliders for how many are asked through each channel: who is asked, and each group's error later.

    Half of the people, the same at every draw, are never asked: they are those on whom the model is judged.
    The other half may be asked. Each channel asks in an order of its own (a weighted draw without
    replacement), the first channel first, and nobody twice. On those asked a logistic regression is trained,
    with a ridge of 1 on standardised features, and decides at 0.5.

    Parameters
    ----------
    people : DataFrame
        A frame of the people who might be asked, at most 20,000.
    label : str
        The column of the label, 1 or 0 in each row.
    sensitive_features : str or list of str
        The column or columns whose values make the groups, two to twelve.
    features : list of str
        The columns of finite numbers that the model reads.
    channels : mapping of str to reach
        One to eight channels, and whom each reaches, as weights that are finite, at least 0 and somewhere
        above 0: a mapping of each group to a weight, an array of shape (n,), or a function of `people` that
        returns one. Whoever has twice the weight is twice as probably the next to be asked; a weight of 0
        is never reached.
    asked : mapping of str to int, optional
        How many are asked through each channel at first, and 0 through those that are not named. By default
        200, in equal parts.
    include_rows : bool
        Must be True: the browser draws and trains, so each person's features, label, group and weights
        travel into the page. Names, the index and all other columns do not.
    population : mapping of str to float, optional
        Each group's share of the population, which add up to 1. By default its share of `people`.
    seed : int, default 0
        Of the draw, at least 0 and below 2³².

    Raises
    ------
    TypeError: `people` is no pandas DataFrame; an unknown keyword.
    ValueError: `include_rows` is not True; a column is absent, or does not hold what it must; too few or
        too many people, groups or channels; a reach, a number or a share is not as said above.
    """

    _name = "sampling_plan"
    _sections = ("undefined", "metric")

    asked = traitlets.Dict(help="How many are asked through each channel.").tag(sync=True)
    seed = traitlets.Int(0, help="Of the draw: another number, another draw.").tag(sync=True)

    _first = traitlets.Int(0, help="The first seed drawn by the present plan: the trail begins there.").tag(
        sync=True
    )
    _facts = traitlets.Dict().tag(sync=True)
    _people = traitlets.Bytes().tag(sync=True)
    _definitions = traitlets.Dict().tag(sync=True)

    @known_keywords()
    def __init__(
        self,
        people: pd.DataFrame,
        *,
        label: str,
        sensitive_features: str | Sequence[str],
        features: Sequence[str],
        channels: Mapping[str, Reach],
        asked: Mapping[str, int] | None = None,
        include_rows: bool = False,
        population: Mapping[str, float] | None = None,
        seed: int = 0,
    ) -> None:
        if include_rows is not True:
            raise ValueError(
                f"`include_rows` must be True, got {include_rows!r}: the browser draws and trains, so each "
                "person's features, label and group travel into the page and into a file saved of it."
            )
        if not hasattr(people, "iloc"):
            raise TypeError(f"`people` must be a pandas DataFrame, got {type(people).__name__}.")
        self._frame = _Frame.read(people, label, sensitive_features, features, channels)
        self._index = people.index
        self.population = _read_population(population, self._frame)
        super().__init__(
            _facts=self._frame.facts() | {"population": list(self.population.values())},
            _people=self._frame.packed(),
            _definitions=browser_definitions(["accuracy"]),
            _first=seed,
            seed=seed,
            asked=self._frame.asked_at_first() if asked is None else asked,
        )

    @traitlets.validate("asked")
    def _known_asked(self, proposal: dict[str, Any]) -> dict[str, int]:
        given = {str(channel): number for channel, number in proposal["value"].items()}
        for channel, value in given.items():
            number = value.item() if isinstance(value, np.integer) else value
            one_of("channel", channel, self._frame.channels)
            most = self._frame.reached[self._frame.channels.index(channel)]
            if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= most:
                raise ValueError(
                    f"`asked[{channel!r}]` must be a whole number from 0 to {most}, whom this channel can "
                    f"ask, got {number!r}."
                )
        return {
            channel: int(given.get(channel, self.asked.get(channel, 0))) for channel in self._frame.channels
        }

    @traitlets.validate("seed")
    def _known_seed(self, proposal: dict[str, Any]) -> int:
        if not 0 <= proposal["value"] < 2**32:
            raise ValueError(f"`seed` must be at least 0 and below 2³², got {proposal['value']}.")
        return proposal["value"]

    # Both changes do the same when they come from the browser, which has done it already.
    @traitlets.observe("asked")
    def _begin_trail(self, _: Any) -> None:
        self._first = self.seed

    @traitlets.observe("seed")
    def _keep_trail(self, _: Any) -> None:
        self._first = min(self._first, self.seed)

    @property
    def trail(self) -> list[int]:
        """The seeds whose draws are shown as dots: at most ten before the present one, by the same plan."""
        return list(range(max(self._first, self.seed - MOST_TRAIL), self.seed))

    @property
    def sample_index(self) -> pd.Index:
        """The index in `people` of those drawn, in the order in which they are asked."""
        return self._index[self._outcome(self.seed).drawn]

    @property
    def by_group(self) -> pd.DataFrame:
        """Each group's figures at the present plan and draw: a DataFrame, nan where undefined.

        ``asked``, and the group's ``share`` of all asked; ``population``, its share of the population;
        ``positive_rate``, the share of its asked whose label is 1; ``judged``, how many are held out; the
        model's ``errors`` among them, and ``error_rate``. Each share and rate has a 95% interval (Wilson),
        in columns that end in ``_low`` and ``_high``.
        """
        import pandas as pd

        return pd.DataFrame(
            self._outcome(self.seed).figures() | {"population": self.population},
            index=pd.Index(self._frame.groups, name="group"),
        )[list(FIGURES)]

    def _outcome(self, seed: int) -> _Outcome:
        return _Outcome(self._frame, self._frame.drawn(list(self.asked.values()), seed))

    def _summary(self) -> dict[str, Any]:
        outcome = self._outcome(self.seed)
        figures = outcome.figures()
        before = [self._outcome(seed).figures() for seed in self.trail]
        return {
            "title": text("sampling_plan.title"),
            "sentences": [
                text(
                    "sampling_plan.drawn",
                    asked=wholes(outcome.drawn.size),
                    all=wholes(self._frame.askable.size),
                    seed=self.seed,
                ),
                self._share_sentence(figures),
                _gap_sentence(outcome),
                *self._without_sentence(outcome),
            ],
            "tables": [
                self._channels_table(outcome),
                self._asked_table(figures, before),
                self._errors_table(outcome, before),
            ],
        }

    def _share_sentence(self, figures: Figures) -> str:
        sides = [
            _side(limits, share)
            for limits, share in zip(
                np.stack([figures["share_low"], figures["share_high"]], axis=1),
                self.population.values(),
                strict=True,
            )
        ]
        if "undefined" in sides:
            return text("sampling_plan.share_undefined")
        named = {
            side: ", ".join(
                group for group, each in zip(self._frame.groups, sides, strict=True) if each == side
            )
            for side in ("below", "above")
        }
        said = [
            text(f"sampling_plan.share_{side}", groups=groups) for side, groups in named.items() if groups
        ]
        return " ".join(said) or text("sampling_plan.share_inside")

    def _without_sentence(self, outcome: _Outcome) -> list[str]:
        asked = outcome.figures()["asked"]
        absent = [group for group, each in zip(self._frame.groups, asked, strict=True) if each == 0]
        if outcome.model is None or not absent:
            return []
        return [text("sampling_plan.without", groups=", ".join(absent))]

    def _channels_table(self, outcome: _Outcome) -> dict[str, Any]:
        frame = self._frame
        rows = [
            [channel, wholes(found.size), wholes(reached), *map(decimals, shares)]
            for channel, found, reached, shares in zip(
                frame.channels, outcome.by_channel, frame.reached, frame.reached_shares, strict=True
            )
        ]
        columns = [
            *(text(f"sampling_plan.{each}") for each in ("channel", "asked", "can_ask")),
            *(text("sampling_plan.reach_of", group=group) for group in frame.groups),
        ]
        return {"caption": text("sampling_plan.channels"), "columns": columns, "rows": rows}

    def _asked_table(self, figures: Figures, before: list[Figures]) -> dict[str, Any]:
        nobody = text("common.undefined", reason=text("sampling_plan.nobody_asked"))
        rows = [
            [
                group,
                wholes(figures["asked"][place]),
                _with_interval(figures, "share", place) or nobody,
                decimals(self.population[group]),
                _with_interval(figures, "positive_rate", place)
                or text("common.undefined", reason=text("sampling_plan.none_of", group=group)),
                *_range(before, "share", place),
            ]
            for place, group in enumerate(self._frame.groups)
        ]
        columns = [
            text("sampling_plan.group"),
            text("sampling_plan.asked"),
            text("sampling_plan.share"),
            text("sampling_plan.population"),
            text("sampling_plan.positive", label=self._frame.label),
            *_before(before),
        ]
        return {"caption": text("sampling_plan.who"), "columns": columns, "rows": rows}

    def _errors_table(self, outcome: _Outcome, before: list[Figures]) -> dict[str, Any]:
        figures = outcome.figures()
        rows = [
            [
                group,
                wholes(figures["judged"][place]),
                text("common.undefined_short") if math.isnan(errors) else wholes(errors),
                _with_interval(figures, "error_rate", place)
                or text("common.undefined", reason=outcome.why_undefined(place)),
                *_range(before, "error_rate", place),
            ]
            for place, (group, errors) in enumerate(zip(self._frame.groups, figures["errors"], strict=True))
        ]
        columns = [
            text("sampling_plan.group"),
            text("sampling_plan.judged"),
            text("sampling_plan.errors"),
            text("sampling_plan.error_rate"),
            *_before(before),
        ]
        return {"caption": text("sampling_plan.later"), "columns": columns, "rows": rows}


FIGURES = (
    "asked",
    "share",
    "share_low",
    "share_high",
    "population",
    "positive_rate",
    "positive_rate_low",
    "positive_rate_high",
    "judged",
    "errors",
    "error_rate",
    "error_rate_low",
    "error_rate_high",
)


@dataclass(frozen=True, kw_only=True)
class _Frame:
    """The people as the browser gets them: in 32 bits, so that both sides compute from the same numbers."""

    label: str
    feature_names: tuple[str, ...]
    features: NDArray[np.float32]  # (n, n_features)
    channels: tuple[str, ...]
    weights: NDArray[np.float32]  # (n_channels, n)
    groups: tuple[str, ...]
    codes: NDArray[np.uint8]  # the place of each person's group
    labels: NDArray[np.bool_]

    @classmethod
    def read(
        cls,
        people: pd.DataFrame,
        label: str,
        sensitive_features: str | Sequence[str],
        features: Sequence[str],
        channels: Mapping[str, Reach],
    ) -> _Frame:
        sensitive = [sensitive_features] if isinstance(sensitive_features, str) else list(sensitive_features)
        if isinstance(features, str) or not features:
            raise ValueError(f"`features` must be a list of at least one column, got {features!r}.")
        for name, columns in (
            ("label", [label]),
            ("sensitive_features", sensitive),
            ("features", features),
        ):
            for column in columns:
                one_of(name, column, people.columns)
        if label in features:
            raise ValueError(
                f"`features` must not hold the label, got {label!r}: it is what is to be foretold."
            )
        if not 4 <= len(people) <= MOST_PEOPLE:
            raise ValueError(f"`people` must have 4 to {MOST_PEOPLE:,} rows, got {len(people):,}.")
        codes, groups, standing = read_groups(people[sensitive], len(people))
        if not FEWEST_GROUPS <= len(groups) <= MOST_GROUPS:
            raise ValueError(
                f"`sensitive_features` must make {FEWEST_GROUPS} to {MOST_GROUPS} groups, got {len(groups)}."
            )
        places = np.zeros(max(standing) + 1, dtype=np.uint8)
        places[list(standing)] = np.arange(len(groups))
        place_of = places[codes]
        return cls(
            label=label,
            feature_names=tuple(map(str, features)),
            features=_read_features(people, features),
            channels=tuple(map(str, channels)),
            weights=_read_channels(channels, people, groups, place_of),
            groups=groups,
            codes=place_of,
            labels=_read_label(people, label),
        )

    @cached_property
    def askable(self) -> NDArray[np.int64]:
        """The half that may be asked: of each group and label, every other row."""
        return np.flatnonzero(self._turns % 2 == 0)

    @cached_property
    def judged(self) -> NDArray[np.int64]:
        """The other half, on whom the model is judged."""
        return np.flatnonzero(self._turns % 2 == 1)

    @cached_property
    def _turns(self) -> NDArray[np.int64]:
        import pandas as pd

        kinds = pd.Series(self.codes.astype(int) * 2 + self.labels)
        return np.asarray(kinds.groupby(kinds).cumcount(), dtype=np.int64)

    @cached_property
    def reached(self) -> list[int]:
        """How many of those who may be asked each channel reaches."""
        return (self.weights[:, self.askable] > 0).sum(axis=1).tolist()

    @cached_property
    def reached_shares(self) -> NDArray[np.float64]:
        """How probably the first whom a channel asks is of each group, shape (n_channels, n_groups)."""
        sums = np.stack(
            [
                np.bincount(self.codes[self.askable], each[self.askable], len(self.groups))
                for each in self.weights.astype(np.float64)
            ]
        )
        return sums / sums.sum(axis=1, keepdims=True)

    def asked_at_first(self) -> dict[str, int]:
        """How many are asked where nothing is said: 200 in all, as far as there are so many."""
        share = ASKED_AT_FIRST // len(self.channels)
        return {channel: min(share, most) for channel, most in zip(self.channels, self.reached, strict=True)}

    def drawn(self, asked: Sequence[int], seed: int) -> list[NDArray[np.int64]]:
        """The rows asked through each channel."""
        weights = self.weights.astype(np.float64)
        orders = [asking_order(each, seed, place, self.askable) for place, each in enumerate(weights)]
        return drawn_by(orders, asked)

    def facts(self) -> dict[str, Any]:
        return {
            "label": self.label,
            "features": list(self.feature_names),
            "channels": list(self.channels),
            "groups": list(self.groups),
            "people": len(self.codes),
        }

    def packed(self) -> bytes:
        """Features and weights as float32, column by column, then groups and labels in a byte each."""
        numbers = np.concatenate([self.features.T.ravel(), self.weights.ravel()]).astype("<f4")
        return numbers.tobytes() + self.codes.tobytes() + self.labels.astype(np.uint8).tobytes()


@dataclass(frozen=True)
class _Outcome:
    """What comes of one draw."""

    frame: _Frame
    by_channel: list[NDArray[np.int64]]

    @cached_property
    def drawn(self) -> NDArray[np.int64]:
        return np.concatenate(self.by_channel)

    @cached_property
    def model(self) -> Logistic | None:
        features = self.frame.features[self.drawn].astype(np.float64)
        return fit_logistic(features, self.frame.labels[self.drawn]) if self.drawn.size else None

    def figures(self) -> Figures:
        """By group, in the order of the frame's groups; nan where undefined."""
        frame, drawn = self.frame, self.drawn
        asked = self._count(drawn)
        positives = self._count(drawn[frame.labels[drawn]])
        judged = self._count(frame.judged)
        errors = np.full(len(frame.groups), math.nan) if self.model is None else self._errors(self.model)
        return {
            "asked": asked,
            **_share("share", asked, np.full_like(asked, drawn.size)),
            **_share("positive_rate", positives, asked),
            "judged": judged,
            "errors": errors,
            **_share("error_rate", errors, judged),
        }

    def _count(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.bincount(self.frame.codes[rows], minlength=len(self.frame.groups))

    def _errors(self, model: Logistic) -> NDArray[np.float64]:
        rows = self.frame.judged
        decided = model.log_odds(self.frame.features[rows].astype(np.float64)) >= 0
        return self._count(rows[decided != self.frame.labels[rows]]).astype(float)

    @property
    def cells(self) -> Cells | None:
        """Right decisions and errors on those held out, as cells; None where nothing could be trained."""
        if self.model is None:
            return None
        judged, errors, nobody = (
            self._count(self.frame.judged),
            self._errors(self.model),
            np.zeros(len(self.frame.groups)),
        )
        return Cells(
            groups=self.frame.groups,
            tp=judged - errors,
            fp=errors,
            fn=nobody,
            tn=nobody,
            thresholds=nobody,
            squared_weights=judged,
        )

    def why_undefined(self, place: int) -> str:
        """Why a group has no error rate."""
        if self.drawn.size == 0:
            return text("sampling_plan.nobody_asked")
        if self.model is None:
            return text("sampling_plan.one_label", label=self.frame.label)
        return text("sampling_plan.none_judged", group=self.frame.groups[place])


def _share(name: str, hits: NDArray[Any], size: NDArray[Any]) -> Figures:
    """Hits ÷ size under `name`, with its interval under ``name_low`` and ``name_high``; nan of nobody."""
    known = size > 0
    limits = share_interval(hits, size)
    value = np.divide(hits, size, out=np.full(len(hits), math.nan), where=known)
    return {name: value, f"{name}_low": limits[:, 0], f"{name}_high": limits[:, 1]}


def _side(limits: Sequence[float], share: float) -> str:
    """Where an interval lies beside a share: "below", "above", "inside", or "undefined"."""
    low, high = limits
    if math.isnan(low):
        return "undefined"
    return "below" if high < share else "above" if low > share else "inside"


def _with_interval(figures: Figures, name: str, place: int) -> str:
    value, low, high = (figures[f"{name}{end}"][place] for end in ("", "_low", "_high"))
    return "" if math.isnan(value) else f"{decimals(value)} {interval((low, high))}"


def _before(before: list[Figures]) -> list[str]:
    """The head of the column that says how the draws before went, where there are any."""
    return [text("sampling_plan.before", draws=len(before))] if before else []


def _range(before: list[Figures], name: str, place: int) -> list[str]:
    """What stands in that column: the lowest and highest of a figure, nothing where all are undefined."""
    if not before:
        return []
    known = [figures[name][place] for figures in before if not math.isnan(figures[name][place])]
    if not known:
        return [""]
    return [text("sampling_plan.range", low=decimals(min(known)), high=decimals(max(known)))]


def _gap_sentence(outcome: _Outcome) -> str:
    cells = outcome.cells
    gap = math.nan if cells is None else difference(cells, "accuracy")
    if cells is None or math.isnan(gap):
        return text("sampling_plan.gap_undefined")
    low, high = difference_interval(cells, "accuracy")
    return text(
        "sampling_plan.gap_noise" if low <= 0 else "sampling_plan.gap_beyond",
        gap=decimals(gap),
        interval=interval((low, high)),
    )


def _read_label(people: pd.DataFrame, label: str) -> NDArray[np.bool_]:
    values = people[label]
    missing = int(values.isna().sum())
    if missing:
        raise ValueError(
            f"`label` must name a column with a label in each row, got {missing} missing in {label!r}."
        )
    strange = values[~values.isin([0, 1])]
    if len(strange):
        raise ValueError(f"`label` must name a column of 1 and 0, got {strange.iloc[0]!r} in {label!r}.")
    return values.to_numpy().astype(bool)


def _read_features(people: pd.DataFrame, features: Sequence[str]) -> NDArray[np.float32]:
    columns = []
    for name in features:
        column = people[name]
        if column.dtype.kind not in "biuf":
            raise ValueError(f"`features` must name columns of numbers, got {name!r}, of {column.dtype}.")
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        missing = int((~np.isfinite(values)).sum())
        if missing:
            raise ValueError(
                f"`features` must be finite in each row, got {missing} missing or infinite in {name!r}: "
                "leave those rows out, or fill them first."
            )
        columns.append(values.astype(np.float32))
    return np.stack(columns, axis=1)


def _read_channels(
    channels: Mapping[str, Reach], people: pd.DataFrame, groups: tuple[str, ...], codes: NDArray[np.uint8]
) -> NDArray[np.float32]:
    if not isinstance(channels, Mapping) or not 1 <= len(channels) <= MOST_CHANNELS:
        raise ValueError(
            f"`channels` must name 1 to {MOST_CHANNELS} channels with their reach, got {channels!r}."
        )
    return np.stack(
        [_read_reach(f"channels[{name!r}]", each, people, groups, codes) for name, each in channels.items()]
    )


def _read_reach(
    name: str, reach: Reach, people: pd.DataFrame, groups: tuple[str, ...], codes: NDArray[np.uint8]
) -> NDArray[np.float32]:
    if isinstance(reach, Mapping):
        weights = np.array(list(_by_group(name, reach, groups).values()), dtype=np.float64)[codes]
    else:
        weights = np.asarray(reach(people) if callable(reach) else reach, dtype=np.float64)
    if weights.shape != codes.shape:
        raise ValueError(
            f"`{name}` must give {len(codes)} weights, one for each row, got shape {weights.shape}."
        )
    packed = weights.astype(np.float32)
    if not (np.isfinite(packed).all() and (packed >= 0).all() and packed.any()):
        raise ValueError(
            f"`{name}` must be finite weights, at least 0 and somewhere above 0, got "
            f"{weights.min():g} to {weights.max():g}."
        )
    return packed


def _by_group(name: str, given: Mapping[str, float], groups: tuple[str, ...]) -> dict[str, float]:
    """A number for each group, in their order."""
    values = {str(group): value for group, value in given.items()}
    for group in values:
        one_of(f"{name}'s group", group, groups)
    absent = [group for group in groups if group not in values]
    if absent:
        raise ValueError(f"`{name}` must have a number for each group, got none for {absent!r}.")
    return {group: float(values[group]) for group in groups}


def _read_population(population: Mapping[str, float] | None, frame: _Frame) -> dict[str, float]:
    if population is None:
        counts = np.bincount(frame.codes, minlength=len(frame.groups))
        return dict(zip(frame.groups, (counts / counts.sum()).tolist(), strict=True))
    shares = _by_group("population", population, frame.groups)
    total = math.fsum(shares.values())
    if not (all(share >= 0 for share in shares.values()) and abs(total - 1) <= 1e-6):
        raise ValueError(
            f"`population` must be shares of at least 0 that add up to 1, got {shares} (sum {total:g})."
        )
    return shares
