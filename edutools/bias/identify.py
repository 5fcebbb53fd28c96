"""Every measure of bias for every group of a subject, with intervals, held against what chance would give."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from edutools._checks import one_of
from edutools.bias import chance
from edutools.bias.boundaries import by_boundary
from edutools.bias.comparisons import RATES, Comparison, cells_of, of_samples
from edutools.bias.findings import Finding, Findings
from edutools.bias.measures import (
    CONVENTIONS,
    FROM_POPULATION,
    MEASURES,
    flips,
    generalized_entropies,
    generalized_entropy,
)
from edutools.bias.subject import Feature, Subject, crossed, read_population, spelled_out
from edutools.bias.words import figures, four_fifths, percent, sentence
from edutools.counts import Cells
from edutools.metrics import (
    Z,
    label_of,
    rate,
    rate_interval,
    ratio_interval,
    share_interval,
    undefined_reasons,
)
from edutools.texts import text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Limits = tuple[float, float]

# Distances, which chance alone moves away from 0, never below it.
DISTANCES = ("KL", "JS", "LP", "TVD", "KS")
# What needs no true labels.
WITHOUT_LABELS = ("CI", "DPPL", "DI", "CDDPL", "FT")
SHOWN_RATES = (
    "base_rate",
    "selection_rate",
    "true_positive_rate",
    "false_positive_rate",
    "precision",
    "accuracy",
)
SOURCES = {
    "POP": "Barocas, S., Hardt, M. and Narayanan, A. (2023). Fairness and Machine Learning. MIT Press.",
    "GE": "Speicher, T. et al. (2018). A unified approach to quantifying algorithmic unfairness. KDD 2018.",
    "FT": "Black, E., Yeom, S. and Fredrikson, M. (2020). FlipTest. FAT* 2020.",
    "CDDL": "Wachter, S., Mittelstadt, B. and Russell, C. (2021). Bias preservation in machine learning. "
    "West Virginia Law Review, 123(3).",
    "DI": "Uniform Guidelines on Employee Selection Procedures, 29 CFR 1607.4(D), 1978; "
    "Feldman, M. et al. (2015). Certifying and removing disparate impact. KDD 2015.",
}
SOURCES["CDDPL"] = SOURCES["CDDL"]
CLARIFY = "Amazon AI Fairness and Explainability Whitepaper (2020)."
RESAMPLES = 1_000
# More than this share of resamples without a value leaves no interval.
MOST_UNDEFINED = 0.025
# The fliptest looks for each row's neighbours: beyond so many rows only on request.
FLIPTEST_ROWS = 10_000
# About so many rows tell a share to within ±0.1 (95%, at a share of a half).
ROWS_FOR_A_SHARE = 97


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a caller chose; see `BiasDetector.detect_bias`."""

    reference: Any = None
    population: Mapping[Any, Any] = field(default_factory=dict)
    intersections: bool = True
    minimum_rows: int = 20
    fliptest: bool | None = None
    convention: str = "edutools"
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Tally:
    """A feature's rows, counted once: shape (n_groups, n_strata, n_labels, 2)."""

    feature: Feature
    counts: NDArray[np.int64]
    favourable: int

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        """Rows of each group."""
        sizes: NDArray[np.int64] = self.counts.sum(axis=(1, 2, 3))
        return sizes


def identify(subject: Subject, options: Options) -> Findings:
    """Findings about every group of a subject.

    Raises
    ------
    ValueError: no such convention, reference group, or group of the population.
    """
    one_of("convention", options.convention, CONVENTIONS)
    return _Run(subject, options).findings()


class _Run:
    """One pass over a subject: its rows are counted once, and all else is read off the counts."""

    def __init__(self, subject: Subject, options: Options) -> None:
        self.subject, self.options = subject, options
        self.references = _references(options.reference, subject)
        self.population = read_population(options.population, subject.sensitive)
        self.dice = np.random.default_rng(options.seed)
        self.p_values: dict[tuple[Any, ...], float] = {}
        # Of the comparison at hand, what its value and its interval are both read off.
        self.redrawn: tuple[Comparison, NDArray[Any], NDArray[Any]] | None = None
        self.flipped: tuple[Comparison, NDArray[np.float64]] | None = None

    def findings(self) -> Findings:
        subject = self.subject
        tallies = self._tallies()
        found = [finding for tally in tallies for finding in self._of_feature(tally)]
        if subject.y is not None and subject.accepted is not None:
            found.append(self._entropy())
        return Findings(
            items=tuple(ranked(self._adjusted(found))),
            notes=(*subject.notes, *self._small_groups()),
            asks=tuple(_asks(subject)),
            tests=len(self.p_values),
            groups=[row for tally in tallies[: len(subject.sensitive)] for row in self._rates(tally)],
            boundaries={
                each.name: by_boundary(each, subject, minimum_rows=self.options.minimum_rows)
                for each in subject.sensitive
                if each.numbers is not None
            },
            convention=self.options.convention,
        )

    # Counting

    @cached_property
    def _kinds(self) -> tuple[NDArray[np.intp], int, int]:
        """Each row's label and prediction as one code, how many labels there are, and which is favourable."""
        labels, favourable = np.zeros(len(self.subject.table), dtype=np.intp), 0
        n_labels = 1
        if self.subject.y is not None:
            labels, n_labels, favourable = _coded(self.subject.labels, self.subject.y)
        accepted = self.subject.accepted
        return 2 * labels if accepted is None else 2 * labels + accepted, n_labels, favourable

    @cached_property
    def _features(self) -> list[Feature]:
        """The sensitive features, then their intersections."""
        alone = self.subject.sensitive
        sizes = range(2, len(alone) + 1) if self.options.intersections else ()
        return [*alone, *(crossed(some) for size in sizes for some in combinations(alone, size))]

    def _tallies(self) -> list[Tally]:
        strata = self.subject.strata
        kinds, n_labels, favourable = self._kinds
        n_strata = 1 if strata is None else len(strata.groups)
        within = kinds if strata is None else kinds + strata.codes * (2 * n_labels)
        width = n_strata * n_labels * 2
        return [
            Tally(
                each,
                np.bincount(each.codes * width + within, minlength=len(each.groups) * width).reshape(
                    -1, n_strata, n_labels, 2
                ),
                favourable,
            )
            for each in self._features
        ]

    def _small_groups(self) -> Iterator[str]:
        for feature in self.subject.sensitive:
            for group, size in zip(feature.groups, feature.sizes.tolist(), strict=True):
                if size < self.options.minimum_rows:
                    yield text(
                        "findings.small", group=group, feature=feature.name, n=size, needed=ROWS_FOR_A_SHARE
                    )

    # Comparing

    def _of_feature(self, tally: Tally) -> Iterator[Finding]:
        for pair in self._comparisons(tally):
            for short in MEASURES:
                if short != "GE":
                    yield self._finding(pair, short)
        for group, share in self.population.get(tally.feature.name, {}).items():
            yield self._beside_population(tally, group, share)

    def _comparisons(self, tally: Tally) -> Iterator[Comparison]:
        """Each group beside all other rows, or the other group of two, and beside the reference."""
        feature, counts = tally.feature, tally.counts
        everyone = counts.sum(axis=0)
        two = len(feature.groups) == 2
        chosen = self.references.get(feature.name)
        for i, group in enumerate(feature.groups):
            if feature not in self.subject.sensitive and tally.sizes[i] < self.options.minimum_rows:
                continue
            others = {feature.groups[1 - i] if two else text("bias.rest"): everyone - counts[i]}
            if chosen not in (None, group):
                others[str(chosen)] = counts[feature.groups.index(str(chosen))]
            for reference, a in others.items():
                yield Comparison(
                    feature=feature.name,
                    group=group,
                    reference=reference,
                    d=counts[i],
                    a=a,
                    favourable=tally.favourable,
                )

    def _finding(self, pair: Comparison, short: str) -> Finding:
        measure = MEASURES[short]
        missing = self._missing(short)
        value, reason = (math.nan, missing) if missing else self._value(pair, short)
        limits: Limits = (math.nan, math.nan)
        if not math.isnan(value):
            limits = self._limits(pair, short)
            if math.isnan(limits[0]):
                reason = text("findings.no_interval")
        convention = four_fifths(value, limits) if short == "DI" else None
        words = {
            "group": spelled_out(pair.feature, pair.group),
            "reference": spelled_out(pair.feature, pair.reference),
            "label": self._label_words,
        }
        return Finding(
            stage=measure.stage,
            metric=measure.name,
            short=short,
            feature=pair.feature,
            group=pair.group,
            reference=pair.reference,
            value=value,
            low=limits[0],
            high=limits[1],
            p_value=math.nan if missing else self._tested(pair, chance.FAMILY_OF[short]),
            parity=measure.parity,
            family=chance.FAMILY_OF[short],
            reason=reason,
            convention=convention,
            text=sentence(
                short,
                value,
                limits,
                reason=reason if math.isnan(value) else None,
                convention=convention,
                **words,
                **figures(pair, short),
            ),
            source=SOURCES.get(short, CLARIFY),
            rows=(int(pair.d.sum()), int(pair.a.sum())),
            repeats="DPL" if short in DISTANCES and pair.a.shape[1] == 2 else None,
            favoured=_share(pair.d, pair.favourable) > _share(pair.a, pair.favourable),
        )

    @cached_property
    def _label_words(self) -> str:
        if self.subject.label is None:
            return text("bias.label")
        return text("bias.label_is", label=self.subject.label, value=self.subject.favourable)

    def _missing(self, short: str) -> str | None:
        """What the subject lacks for a measure, as text; None where it lacks nothing."""
        subject = self.subject
        if subject.y is None and short not in WITHOUT_LABELS:
            return text("findings.no_label")
        if subject.accepted is None and MEASURES[short].stage == "predictions":
            return text("findings.no_model")
        if subject.strata is None and short in ("CDDL", "CDDPL"):
            return text("findings.no_strata")
        return self._no_fliptest if short == "FT" else None

    @cached_property
    def _no_fliptest(self) -> str | None:
        wanted = self.options.fliptest
        if not (len(self.subject.table) <= FLIPTEST_ROWS if wanted is None else wanted):
            return text("findings.fliptest_rows", n=FLIPTEST_ROWS)
        return None if self._numbers.shape[1] else text("findings.fliptest_numbers")

    @cached_property
    def _numbers(self) -> NDArray[np.float64]:
        """Features that are numbers without a gap, and not sensitive themselves, shape (n, n_numbers)."""
        sensitive = {each.name for each in self.subject.sensitive}
        numbers = self.subject.features.select_dtypes("number")
        kept = [name for name in numbers if str(name) not in sensitive and numbers[name].notna().all()]
        return numbers[kept].to_numpy(dtype=np.float64)

    def _value(self, pair: Comparison, short: str) -> tuple[float, str | None]:
        """A measure's value, and why there is none."""
        try:
            value = self._flipped(pair) if short == "FT" else pair.value(short, self.options.convention)
        except ValueError as error:  # where Clarify's own library raises
            return math.nan, str(error)
        return value, pair.why_undefined(short) if math.isnan(value) else None

    def _flipped(self, pair: Comparison) -> float:
        a, d = pair.sides
        return float(self._flips(pair).mean()) if a.rows and d.rows else math.nan

    def _flips(self, pair: Comparison) -> NDArray[np.float64]:
        """Each row of the group beside its neighbours in the other, which are looked for once."""
        if self.flipped is None or self.flipped[0] is not pair:
            self.flipped = pair, self._beside_neighbours(pair)
        return self.flipped[1]

    def _beside_neighbours(self, pair: Comparison) -> NDArray[np.float64]:
        feature = next(each for each in self._features if each.name == pair.feature)
        d = feature.codes == feature.groups.index(pair.group)
        a = (
            ~d
            if pair.reference not in feature.groups
            else feature.codes == feature.groups.index(pair.reference)
        )
        accepted = self.subject.accepted
        assert accepted is not None
        return flips(self._numbers[a], accepted[a], self._numbers[d], accepted[d])

    # Intervals and tests

    def _limits(self, pair: Comparison, short: str) -> Limits:
        if short == "CI":
            a, d = pair.sides
            low, high = share_interval(d.rows, a.rows + d.rows)
            return 1 - 2 * float(high), 1 - 2 * float(low)
        if short in RATES:
            return pair.difference_limits(short)
        if short == "DI":
            low, high = ratio_interval(pair.cells, "selection_rate", reference="a")
            return float(low), float(high)
        if short == "FT":
            return _of_mean(self._flips(pair))
        if short in ("LP", "TVD", "KS") and pair.a.shape[1] == 2:
            scale = math.sqrt(2) if short == "LP" else 1.0
            low, high = _of_absolute(*pair.difference_limits("DPL"))
            return low * scale, high * scale
        low, high = _percentiles(of_samples(short, *self._again(pair), pair.favourable))
        within_chance = short in DISTANCES and self._tested(pair, "labels") > 0.05
        return 0.0 if within_chance else low, high

    def _again(self, pair: Comparison) -> tuple[NDArray[Any], NDArray[Any]]:
        """Both groups' tables drawn again, which is the bootstrap of their rows."""
        if self.redrawn is None or self.redrawn[0] is not pair:
            self.redrawn = pair, self._redraw(pair.a), self._redraw(pair.d)
        return self.redrawn[1:]

    def _redraw(self, table: NDArray[np.int64]) -> NDArray[np.int64]:
        shares = table.ravel() / table.sum()
        return self.dice.multinomial(table.sum(), shares, size=RESAMPLES).reshape(-1, *table.shape)

    def _tested(self, pair: Comparison, family: str) -> float:
        if family in chance.UNTESTED:
            return math.nan
        key = (*pair.key, family)
        if key not in self.p_values:
            p_value = chance.p_value(pair, family, self.dice)
            if math.isnan(p_value):
                return p_value
            self.p_values[key] = p_value
        return self.p_values[key]

    def _adjusted(self, found: Sequence[Finding]) -> list[Finding]:
        adjusted = chance.benjamini_yekutieli(list(self.p_values.values()))
        by_key = dict(zip(self.p_values, adjusted.tolist(), strict=True))
        return [
            replace(each, adjusted_p_value=by_key.get((each.feature, each.sides, each.family), math.nan))
            for each in found
        ]

    # What is no comparison of two groups

    def _beside_population(self, tally: Tally, group: str, share: float) -> Finding:
        from scipy.stats import binomtest

        size, n = int(tally.sizes[tally.feature.groups.index(group)]), int(tally.sizes.sum())
        reference = text("bias.population")
        value = size / n - share
        low, high = (float(limit) - share for limit in share_interval(size, n))
        p_value = float(binomtest(size, n, share).pvalue)
        self.p_values[tally.feature.name, frozenset((group, reference)), "population"] = p_value
        words = {"group": group, "reference": reference, "d": percent(size / n), "a": percent(share)}
        return Finding(
            stage="data",
            metric=FROM_POPULATION,
            short="POP",
            feature=tally.feature.name,
            group=group,
            reference=reference,
            value=value,
            low=low,
            high=high,
            p_value=p_value,
            family="population",
            text=sentence("POP", value, (low, high), **words),
            source=SOURCES["POP"],
            rows=(size, n),
            favoured=value > 0,
        )

    def _entropy(self) -> Finding:
        kinds, n_labels, favourable = self._kinds
        table = np.bincount(kinds, minlength=2 * n_labels).reshape(n_labels, 2)
        reason, limits = None, (math.nan, math.nan)
        try:
            value = generalized_entropy(cells_of(table, favourable), convention=self.options.convention)
            reason = text("findings.no_benefit") if math.isnan(value) else None
        except ValueError as error:  # where Clarify's own library raises
            value, reason = math.nan, str(error)
        if reason is None:
            limits = _percentiles(generalized_entropies(cells_of(self._redraw(table), favourable)))
        return Finding(
            stage=MEASURES["GE"].stage,
            metric=MEASURES["GE"].name,
            short="GE",
            feature=None,
            group=None,
            reference=None,
            value=value,
            low=limits[0],
            high=limits[1],
            family="entropy",
            reason=reason,
            text=sentence("GE", value, limits, reason=reason),
            source=SOURCES["GE"],
            rows=(int(table.sum()), 0),
        )

    def _rates(self, tally: Tally) -> Iterator[dict[str, Any]]:
        """Rows, cells and rates of each group, as JSON holds them."""
        subject, groups = self.subject, tally.feature.groups
        side = cells_of(tally.counts.sum(axis=1), tally.favourable)
        counted = {name: np.asarray(getattr(side, name)) for name in ("tp", "fp", "fn", "tn")}
        cells = Cells(
            groups=groups,
            thresholds=np.full(len(groups), subject.threshold),
            squared_weights=np.asarray(side.rows),
            weighted=False,
            **counted,
        )
        known = [
            name
            for name in SHOWN_RATES
            if (subject.y is not None or name == "selection_rate")
            and (subject.accepted is not None or name == "base_rate")
        ]
        rates = {name: _shown_rate(cells, name) for name in known}
        both = subject.y is not None and subject.accepted is not None
        for i, group in enumerate(groups):
            yield {
                "feature": tally.feature.name,
                "group": group,
                "rows": int(tally.sizes[i]),
                "share": float(tally.sizes[i] / tally.sizes.sum()),
                "population": self.population.get(tally.feature.name, {}).get(group),
                "cells": {name: int(cell[i]) for name, cell in counted.items()} if both else None,
                "rates": {name: shown[i] for name, shown in rates.items()},
            }


def _references(reference: Any, subject: Subject) -> dict[str, str]:
    """The chosen reference group of each feature."""
    if reference is None:
        return {}
    if isinstance(reference, Mapping):
        chosen = {str(feature): str(group) for feature, group in reference.items()}
    else:
        one_of("reference", str(reference), [group for each in subject.sensitive for group in each.groups])
        chosen = {each.name: str(reference) for each in subject.sensitive if str(reference) in each.groups}
    for name, group in chosen.items():
        one_of("reference", group, subject.feature(name).groups)
    return chosen


def _coded(labels: Any, y: NDArray[np.bool_]) -> tuple[NDArray[np.intp], int, int]:
    """Code of each row's label, how many labels there are, and which is favourable."""
    import pandas as pd

    codes, uniques = pd.factorize(labels)
    if len(uniques) <= 2:
        return y.astype(np.intp), 2, 1
    return codes, len(uniques), int(codes[y][0])


def _share(table: NDArray[np.int64], favourable: int) -> float:
    """The share accepted; where nobody is, as without a model, the share with the favourable label."""
    side = cells_of(table.sum(axis=0), favourable)
    return float((side.accepted or side.positives) / side.rows) if side.rows else 0.0


def _shown_rate(cells: Cells, name: str) -> list[dict[str, Any]]:
    values, limits, reasons = rate(cells, name), rate_interval(cells, name), undefined_reasons(cells, name)

    def plain(number: float) -> float | None:
        return None if math.isnan(number) else float(number)

    return [
        {
            "label": label_of(name),
            "value": plain(values[i]),
            "low": plain(limits[i, 0]),
            "high": plain(limits[i, 1]),
            "reason": reasons.get(group),
        }
        for i, group in enumerate(cells.groups)
    ]


def _of_absolute(low: float, high: float) -> Limits:
    """The interval of |x|, from that of x."""
    if low <= 0 <= high:
        return 0.0, max(-low, high)
    return min(abs(low), abs(high)), max(abs(low), abs(high))


def _of_mean(flipped: NDArray[np.float64]) -> Limits:
    """The interval of the mean of -1, 0 and 1, the other group taken as it is."""
    half = Z * float(flipped.std()) / math.sqrt(len(flipped))
    return max(-1.0, float(flipped.mean()) - half), min(1.0, float(flipped.mean()) + half)


def _percentiles(values: NDArray[np.float64]) -> Limits:
    undefined = np.isnan(values)
    if undefined.mean() > MOST_UNDEFINED:
        return math.nan, math.nan
    low, high = np.quantile(values[~undefined], [0.025, 0.975])
    return float(low), float(high)


def ranked(found: Sequence[Finding]) -> list[Finding]:
    """Findings in their order: what stands out from chance, the largest first, by what it is at least.

    Differences of shares come before quotients and disparities, whose sizes cannot be held beside theirs. The
    measures of one question about two groups stay together, the less favoured group's first.
    """
    least: dict[Any, float] = {}
    for each in found:
        question = (each.feature, each.sides, each.family)
        if each.short == chance.FAMILIES[each.family][0]:
            least[question] = max(least.get(question, 0.0), each.least)

    def place(each: Finding) -> tuple[Any, ...]:
        stands_out = each.adjusted_p_value <= 0.05
        question = (each.feature, each.sides, each.family)
        order = chance.FAMILIES[each.family].index(each.short)
        of_shares = chance.FAMILIES[each.family][0] in (*RATES, "POP")
        size = -least.get(question, 0.0)
        names = (str(each.feature), sorted(map(str, each.sides)), each.family)
        return math.isnan(each.value), not stands_out, not of_shares, size, names, each.favoured, order

    return sorted(found, key=place)


def _asks(subject: Subject) -> Iterator[str]:
    """What could be measured too, and by which keyword."""
    columns = list(subject.table.columns)
    shown = ", ".join(map(repr, columns[:8])) + (", …" if len(columns) > 8 else "")
    if subject.y is None:
        yield text("findings.ask_label", columns=shown)
    if not subject.sensitive:
        yield text("findings.ask_groups", columns=shown)
    if subject.accepted is None:
        yield text("findings.ask_model")
    if subject.strata is None and subject.sensitive:
        yield text("findings.ask_strata")
