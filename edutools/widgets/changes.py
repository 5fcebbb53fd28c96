"""The smallest change found that flips a decision, among the features that may change.

A change is as large as its distance: of a number in standard deviations, of a level 1, the root of their
squares together. Where the model's log-odds are a sum the smallest is computed; else it is searched for.
additive.js computes the first in the browser. What is found is rounded to the decimals shown, away from the
applicant, and flips the decision as it is written; a smaller one that nobody looked at may exist.

The search for other models: of one feature alone, every level, and 61 values across the slider's range,
between whose last and first the place where the decision flips is narrowed. Of several, the twelve nearest
people decided otherwise lend their values of the features that may change; each is then moved back as far as
the decision stays flipped, the features in their order and in reverse, twice.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edutools.widgets.additive import Additive, added
from edutools.widgets.asked import Asked, Values
from edutools.widgets.decision import Feature, distance, logistic

CANDIDATES = 61
LENDERS = 12
BETWEEN = 9  # points between two values, where a flip is narrowed down
ROUNDS = 3
NUDGES = 3


@dataclass(frozen=True)
class Line:
    """The threshold of the applicant, and on which side they are.

    Attributes
    ----------
    threshold : float, in [0, 1] or +∞
    approved : bool
        As decided now; a flip is the other.
    """

    threshold: float
    approved: bool

    def crossed(self, score: Any) -> Any:
        """Whether a score is decided otherwise."""
        return (score >= self.threshold) != self.approved


@dataclass(frozen=True)
class Change:
    """An applicant who is decided otherwise.

    Attributes
    ----------
    places : tuple of int
        The features that changed.
    values : list
        All values after the change.
    distance : float
        In standard deviations, a level counting 1.
    score : float, in [0, 1]
    """

    places: tuple[int, ...]
    values: Values
    distance: float
    score: float


@dataclass(frozen=True)
class Changes:
    """What flips the decision: of one feature alone, by its place, and of several together."""

    alone: dict[int, Change | None]
    together: Change | None

    @property
    def smallest(self) -> Change | None:
        """The smallest of all that were found; of two alike the one of fewer features."""
        found = [each for each in (*self.alone.values(), self.together) if each is not None]
        return min(found, key=lambda each: (each.distance, len(each.places)), default=None)


def changes(
    asked: Asked, values: Values, line: Line, changeable: Sequence[int], accepted: NDArray[np.bool_]
) -> Changes:
    """Changes that flip the decision, each of which the model itself confirms.

    Parameters
    ----------
    asked : Asked
    values : list
        The applicant.
    line : Line
    changeable : sequence of int
        Places of the features that may change; no other does.
    accepted : ndarray of bool, shape (n,)
        How each background person is decided, for the search.
    """
    if asked.additive is not None:
        alone = {place: _alone(asked, values, place, line) for place in changeable}
        together = _together(asked, values, changeable, line)
    else:
        alone = _searched_alone(asked, values, line, changeable)
        together = _searched_together(asked, values, line, changeable, accepted)
    found = [None if each is None else _change(asked, values, each) for each in (*alone.values(), together)]
    kept = [each if each is not None and line.crossed(each.score) and each.places else None for each in found]
    return Changes(dict(zip(alone, kept[:-1], strict=True)), kept[-1])


def _change(asked: Asked, values: Values, to: Values) -> Change:
    places = tuple(place for place, (one, other) in enumerate(zip(values, to, strict=True)) if one != other)
    return Change(places, to, asked.distance(values, to), asked.score(to))


def replaced(values: Values, place: int, value: Any) -> Values:
    """The applicant with another value in one place."""
    return [*values[:place], value, *values[place + 1 :]]


def outward(value: float, digits: int, up: bool) -> float:
    """A number with `digits` decimals, rounded up or down."""
    scale = 10.0**digits
    return math.ceil(value * scale - 1e-9) / scale if up else math.floor(value * scale + 1e-9) / scale


def bounds(feature: Feature, value: float) -> tuple[float, float]:
    """From where to where a number may be moved: as far as its slider goes, or the applicant is already."""
    return min(feature.start, value), max(feature.stop, value)


# ---- models that are a sum


def _crosses(model: Additive, line: Line, values: Values) -> bool:
    return bool(line.crossed(logistic(model.log_odds(values))))


def _edge(threshold: float) -> float:
    """Log-odds of a threshold."""
    if threshold >= 1:
        return math.inf
    return -math.inf if threshold <= 0 else math.log(threshold / (1 - threshold))


def _alone(asked: Asked, values: Values, place: int, line: Line) -> Values | None:
    """The applicant with that one feature changed just enough; None where no value of its range is."""
    model, feature = asked.additive, asked.features[place]
    assert model is not None
    if feature.kind == "level":
        others = [
            replaced(values, place, level) for level in asked.levels[feature.name] if level != values[place]
        ]
        crossing = [each for each in others if _crosses(model, line, each)]
        own = model.log_odds(values)
        return min(crossing, key=lambda each: abs(model.log_odds(each) - own), default=None)
    slope = model.terms[place]
    missing = _edge(line.threshold) - model.log_odds(values)
    if isinstance(slope, dict) or slope == 0 or not math.isfinite(missing):
        return None
    up = missing / slope > 0 or (missing == 0 and (slope > 0) != line.approved)
    low, high = bounds(feature, values[place])
    moved = outward(values[place] + missing / slope, feature.digits, up)
    for _ in range(NUDGES):
        if not low <= moved <= high:
            return None
        if _crosses(model, line, replaced(values, place, moved)):
            return replaced(values, place, moved)
        moved = _stepped(moved, feature.digits, up)
    return None


def _stepped(value: float, digits: int, up: bool) -> float:
    scale = 10.0**digits
    return math.floor(value * scale + (1.5 if up else -0.5)) / scale


def _together(asked: Asked, values: Values, changeable: Sequence[int], line: Line) -> Values | None:
    """The least change of several features: levels by what they gain, numbers along the steepest way.

    All levels cost alike, so of m changed levels the m that gain most are best; what is then missing is
    made up by the numbers, in proportion to slope × standard deviation (the point of a plane nearest to the
    applicant), as far as each one's range goes. Every m is tried.
    """
    model = asked.additive
    assert model is not None
    sign = -1 if line.approved else 1
    missing = sign * (_edge(line.threshold) - model.log_odds(values))
    if not math.isfinite(missing):
        return None
    gains = _gains(asked, model, values, changeable, sign)
    steep = _steepness(asked, model, values, changeable, sign)
    best: tuple[float, int, dict[int, float]] | None = None
    for m in range(len(gains) + 1):
        rest = missing - sum(gain for gain, _, _ in gains[:m])
        moves = _shared_out(steep, rest)
        if moves is not None:
            far = math.sqrt(m + sum(each * each for each in moves.values()))
            if best is None or far < best[0]:
                best = (far, m, moves)
        if rest <= 0:
            break
    if best is None:
        return None
    to = list(values)
    for _, place, level in gains[: best[1]]:
        to[place] = level
    ups = {place: sign * float(model.terms[place]) > 0 for place, _, _ in steep}  # type: ignore[arg-type]
    for place, far in best[2].items():
        feature = asked.features[place]
        moved = values[place] + (far if ups[place] else -far) * feature.spread
        low, high = bounds(feature, values[place])
        to[place] = min(max(outward(moved, feature.digits, ups[place]), low), high)
    nudged = _nudged(asked, model, values, to, line, ups)
    return None if nudged is None else _shrunk(asked, model, values, nudged, line)


def _gains(
    asked: Asked, model: Additive, values: Values, changeable: Sequence[int], sign: int
) -> list[tuple[float, int, str]]:
    """Of each feature of levels: what its best level gains, its place, and that level; most first."""
    found = []
    for place in changeable:
        term, feature = model.terms[place], asked.features[place]
        if feature.kind == "level":
            own = added(term, values[place])
            options = [(sign * (added(term, level) - own), level) for level in asked.levels[feature.name]]
            gain, level = max(options, key=lambda each: each[0])
            found += [(gain, place, level)] if gain > 0 else []
    return sorted(found, key=lambda each: -each[0])


def _steepness(
    asked: Asked, model: Additive, values: Values, changeable: Sequence[int], sign: int
) -> list[tuple[int, float, float]]:
    """Of each number: place, gain a standard deviation, and how many of these its range leaves."""
    found = []
    for place in changeable:
        term, feature = model.terms[place], asked.features[place]
        if not isinstance(term, dict) and term != 0 and feature.spread > 0:
            low, high = bounds(feature, values[place])
            room = (high - values[place] if sign * term > 0 else values[place] - low) / feature.spread
            if room > 0:
                found.append((place, abs(term) * feature.spread, room))
    return found


def _shared_out(steep: Sequence[tuple[int, float, float]], rest: float) -> dict[int, float] | None:
    """Standard deviations by which each number moves to gain `rest` by the least; None where it cannot."""
    if rest <= 0:
        return {}
    moves: dict[int, float] = {}
    free = list(steep)
    while free:
        squares = 0.0
        for _, gain, _ in free:
            squares += gain * gain
        beyond = [each for each in free if rest * each[1] / squares > each[2]]
        if not beyond:
            return moves | {place: rest * gain / squares for place, gain, _ in free}
        for place, gain, room in beyond:
            moves[place] = room
            rest -= gain * room
        free = [each for each in free if each[0] not in moves]
    return None


def _nudged(
    asked: Asked, model: Additive, values: Values, to: Values, line: Line, ups: dict[int, bool]
) -> Values | None:
    """`to` with a last decimal more where rounding at the end of a range left it just short."""
    for _ in range(NUDGES):
        if _crosses(model, line, to):
            return to
        for place, up in ups.items():
            low, high = bounds(asked.features[place], values[place])
            moved = _stepped(to[place], asked.features[place].digits, up)
            if low <= moved <= high and not _crosses(model, line, to):
                to = replaced(to, place, moved)
    return to if _crosses(model, line, to) else None


def _shrunk(asked: Asked, model: Additive, values: Values, to: Values, line: Line) -> Values:
    """`to` without the changes that are not needed, the smallest tried first."""
    apart = [distance(*each) for each in zip(asked.features, values, to, strict=True)]
    for place in sorted(range(len(to)), key=lambda place: apart[place]):
        without = replaced(to, place, values[place])
        if to[place] != values[place] and _crosses(model, line, without):
            to = without
    return to


# ---- other models, by search


def _searched_alone(
    asked: Asked, values: Values, line: Line, changeable: Sequence[int]
) -> dict[int, Values | None]:
    options = {place: _options(asked, values, place) for place in changeable}
    rows = [replaced(values, place, each) for place, every in options.items() for each in every]
    crossed = iter(line.crossed(asked.scores_of(rows)).tolist())
    found: dict[int, Values | None] = {}
    for place, every in options.items():
        flips = [next(crossed) for _ in every]
        if asked.features[place].kind == "level":
            first = next((each for each, flip in zip(every, flips, strict=True) if flip), None)
            found[place] = None if first is None else replaced(values, place, first)
        else:
            brackets = _brackets(values[place], every, flips)
            narrowed = _narrowed(asked, [(values, place, *each) for each in brackets], line)
            nearest = min(narrowed, key=lambda each: abs(each - values[place]), default=None)
            found[place] = None if nearest is None else replaced(values, place, nearest)
    return found


def _options(asked: Asked, values: Values, place: int) -> list[Any]:
    """Values of a feature to be tried, without the applicant's own; numbers in order."""
    feature = asked.features[place]
    if feature.kind == "level":
        return [level for level in asked.levels[feature.name] if level != values[place]]
    low, high = bounds(feature, values[place])
    even = np.linspace(low, high, CANDIDATES).round(feature.digits).tolist()
    return sorted({each for each in even if low <= each <= high} - {values[place]})


def _brackets(own: float, options: list[float], flips: list[bool]) -> list[tuple[float, float]]:
    """On each side of the applicant: the last value that is decided alike, and the first that is not."""
    found = []
    for side in (
        [pair for pair in zip(options, flips, strict=True) if pair[0] > own],
        [pair for pair in zip(options, flips, strict=True) if pair[0] < own][::-1],
    ):
        before = own
        for value, flip in side:
            if flip:
                found.append((before, value))
                break
            before = value
    return found


def _narrowed(
    asked: Asked, brackets: Sequence[tuple[Values, int, float, float]], line: Line, *, rounds: int = ROUNDS
) -> list[float]:
    """Of applicant, place, a value decided alike and one decided otherwise: the latter, nearer the former."""
    ends = [(inner, outer) for _, _, inner, outer in brackets]
    for _ in range(rounds):
        between = [
            np.linspace(inner, outer, BETWEEN + 2)[1:-1].round(asked.features[place].digits).tolist()
            for (_, place, _, _), (inner, outer) in zip(brackets, ends, strict=True)
        ]
        rows = [
            replaced(values, place, each)
            for (values, place, _, _), every in zip(brackets, between, strict=True)
            for each in every
        ]
        crossed = iter(line.crossed(asked.scores_of(rows)).tolist())
        for turn, every in enumerate(between):
            flips = [next(crossed) for _ in every]
            inner, outer = ends[turn]
            before = inner
            for value, flip in zip(every, flips, strict=True):
                # Rounded points may fall together with either end.
                if flip:
                    outer = value
                    break
                before = value
            ends[turn] = (before, outer)
    return [outer for _, outer in ends]


def _searched_together(
    asked: Asked, values: Values, line: Line, changeable: Sequence[int], accepted: NDArray[np.bool_]
) -> Values | None:
    near = asked.nearest(values, accepted, line.approved, most=LENDERS)["nearest"]
    lent = [
        [
            _lent(asked, values, place, one["place"]) if place in changeable else values[place]
            for place in range(len(values))
        ]
        for one in near
    ]
    starts = [each for each, flip in zip(lent, line.crossed(asked.scores_of(lent)), strict=True) if flip]
    found: list[Values] = []
    for order in (list(changeable), list(changeable)[::-1]) if starts else ():
        moved = starts
        for place in order * 2:
            moved = _moved_back(asked, values, moved, place, line)
        found += moved
    return min(found, key=lambda each: asked.distance(values, each), default=None)


def _lent(asked: Asked, values: Values, place: int, person: int) -> Any:
    """Another person's value of a feature, rounded as it is shown: not theirs to all decimals."""
    feature, value = asked.features[place], asked.columns[place][person]
    if feature.kind == "level":
        return value
    low, high = bounds(feature, values[place])
    return min(max(round(float(value), feature.digits), low), high)


def _moved_back(asked: Asked, values: Values, moved: list[Values], place: int, line: Line) -> list[Values]:
    """Each of `moved` with one feature as near to the applicant's own as the decision allows."""
    back = [replaced(each, place, values[place]) for each in moved]
    flips = line.crossed(asked.scores_of(back)).tolist()
    found = [one if flip else each for each, one, flip in zip(moved, back, flips, strict=True)]
    if asked.features[place].kind == "level":
        return found
    left = [turn for turn, flip in enumerate(flips) if not flip]
    brackets = [(moved[turn], place, values[place], moved[turn][place]) for turn in left]
    for turn, value in zip(left, _narrowed(asked, brackets, line, rounds=2), strict=True):
        found[turn] = replaced(moved[turn], place, value)
    return found
