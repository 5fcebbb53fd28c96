"""Every measure of bias for every group of a subject, with intervals, and tests that hold them against chance."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from edutools._checks import known_keywords, one_of
from edutools.bias.findings import Finding, Findings
from edutools.bias.measures import (
    BETWEEN,
    CONVENTIONS,
    DIVERGENCES,
    MEASURES,
    Side,
    between,
    conditional_disparity,
    divergence,
    divergences,
    flips,
    generalized_entropies,
    generalized_entropy,
)
from edutools.bias.subject import Feature, Subject, crossed, read_population
from edutools.counts import Cells
from edutools.metrics import (
    DEFINITIONS,
    difference_interval,
    rate,
    rate_interval,
    ratio_interval,
    share_interval,
    undefined_reasons,
)
from edutools.texts import text

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

# What is found by one test, since it asks one question of one table.
FAMILIES = {
    "representation": ("CI",),
    "population": ("POP",),
    "labels": ("DPL", "KL", "JS", "LP", "TVD", "KS"),
    "labels within strata": ("CDDL",),
    "acceptance": ("DPPL", "DI"),
    "acceptance within strata": ("CDDPL",),
    "recall": ("RD",),
    "specificity": ("SD",),
    "precision": ("DAR",),
    "rejection": ("DRR",),
    "accuracy": ("AD",),
    "conditional acceptance": ("DCAcc",),
    "conditional rejection": ("DCR",),
    "errors": ("TE",),
    "fliptest": ("FT",),
    "entropy": ("GE",),
}
FAMILY_OF = {short: family for family, shorts in FAMILIES.items() for short in shorts}

# A difference of one rate, as `edutools.metrics` has it, and the sign that turns d − a into the measure.
RATES = {
    "DPL": ("base_rate", -1),
    "DPPL": ("selection_rate", -1),
    "RD": ("true_positive_rate", -1),
    "SD": ("true_negative_rate", 1),
    "DAR": ("precision", -1),
    "DRR": ("negative_predictive_value", 1),
    "AD": ("accuracy", -1),
}
# Distances, which chance alone moves away from 0, never below it.
DISTANCES = ("KL", "JS", "LP", "TVD", "KS")
OF_LABELS = ("DPL", *DISTANCES, "CDDL")
OF_PREDICTIONS = ("DPPL", "DI", "CDDPL")

SHOWN_RATES = ("base_rate", "selection_rate", "true_positive_rate", "false_positive_rate", "precision", "accuracy")
SOURCES = {
    "POP": "Barocas, S., Hardt, M. and Narayanan, A. (2023). Fairness and Machine Learning. MIT Press. Chapter 2.",
    "GE": "Speicher, T. et al. (2018). A unified approach to quantifying algorithmic unfairness. KDD 2018.",
    "FT": "Black, E., Yeom, S. and Fredrikson, M. (2020). FlipTest. FAT* 2020.",
    "CDDL": "Wachter, S., Mittelstadt, B. and Russell, C. (2021). Bias preservation in machine learning.",
    "DI": "Feldman, M. et al. (2015). Certifying and removing disparate impact. KDD 2015.",
}
CLARIFY = "Amazon AI Fairness and Explainability Whitepaper (2020)."
FOUR_FIFTHS = 0.8
DRAWS, RESAMPLES = 9_999, 1_000
# More than this share of resamples without a value leaves no interval.
MOST_UNDEFINED = 0.025
# The fliptest looks for each row's neighbours: beyond so many rows only on request.
FLIPTEST_ROWS = 10_000
# About so many rows tell a share to within ±0.1 (95%, at a share of a half).
ROWS_FOR_A_SHARE = 97
FALSE, TRUE = 0, 1


@dataclass(frozen=True, eq=False)
class Tally:
    """Rows counted once: by group, stratum, label and prediction.

    Attributes
    ----------
    feature : Feature
    counts : ndarray of int, shape (n_groups, n_strata, n_labels, 2)
        The last axis is refused, accepted; without predictions all are refused.
    favourable : int
        Which label is favourable.
    """

    feature: Feature
    counts: NDArray[np.int64]
    favourable: int

    def side(self, table: NDArray[Any]) -> Side:
        """The four cells of tables of shape (..., n_strata, n_labels, 2)."""
        return cells_of(table.sum(axis=-3), self.favourable)


def cells_of(table: NDArray[Any], favourable: int) -> Side:
    """The four cells of tables of labels × predictions, shape (..., n_labels, 2)."""
    others = table.sum(axis=-2) - table[..., favourable, :]
    return Side(
        tp=table[..., favourable, TRUE],
        fn=table[..., favourable, FALSE],
        fp=others[..., TRUE],
        tn=others[..., FALSE],
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class Comparison:
    """A group (d) beside its reference (a), each as a table of strata × labels × predictions."""

    feature: str
    group: str
    reference: str
    d: NDArray[np.int64]
    a: NDArray[np.int64]
    favourable: int

    @cached_property
    def sides(self) -> tuple[Side, Side]:
        """Cells of the reference, and of the group."""
        return tuple(cells_of(table.sum(axis=0), self.favourable) for table in (self.a, self.d))  # type: ignore[return-value]

    @cached_property
    def cells(self) -> Cells:
        """Both as `edutools.metrics` takes them."""
        pair = self.sides
        of = {cell: np.array([getattr(side, cell) for side in pair]) for cell in ("tp", "fp", "fn", "tn")}
        return Cells(
            groups=("a", "d"),
            thresholds=np.full(2, math.nan),
            squared_weights=np.array([side.rows for side in pair]),
            **of,
        )


@known_keywords()
def identify(
    subject: Subject,
    *,
    reference: str | Mapping[str, str] | None = None,
    population: Mapping[Any, Any] | None = None,
    intersections: bool = True,
    minimum_rows: int = 20,
    fliptest: bool | None = None,
    convention: str = "edutools",
    seed: int = 0,
) -> Findings:
    """Findings about every group of a subject; see `BiasDetector.detect_bias` for the parameters.

    Raises
    ------
    ValueError: no such convention, reference group, or group of the population.
    """
    one_of("convention", convention, CONVENTIONS)
    run = _Run(
        subject,
        _references(reference, subject),
        read_population(population or subject.population, subject.sensitive),
        intersections,
        minimum_rows,
        fliptest,
        convention,
        np.random.default_rng(seed),
    )
    return run.findings()


def _references(reference: Any, subject: Subject) -> dict[str, str]:
    if reference is None:
        return {}
    if isinstance(reference, Mapping):
        chosen = {str(feature): str(group) for feature, group in reference.items()}
    else:
        homes = [each.name for each in subject.sensitive if str(reference) in each.groups]
        every = [group for each in subject.sensitive for group in each.groups]
        one_of("reference", str(reference), every)
        chosen = {name: str(reference) for name in homes}
    for name, group in chosen.items():
        one_of("reference", group, subject.feature(name).groups)
    return chosen


class _Run:
    """One pass over a subject."""

    def __init__(
        self,
        subject: Subject,
        references: Mapping[str, str],
        population: Mapping[str, Mapping[str, float]],
        intersections: bool,
        minimum_rows: int,
        fliptest: bool | None,
        convention: str,
        dice: np.random.Generator,
    ) -> None:
        self.subject, self.references, self.population = subject, references, population
        self.minimum_rows, self.convention, self.dice = minimum_rows, convention, dice
        self.flips = len(subject.table) <= FLIPTEST_ROWS if fliptest is None else fliptest
        self.notes = list(subject.notes)
        several = range(2, len(subject.sensitive) + 1) if intersections else ()
        self.features = [
            *subject.sensitive,
            *(crossed(chosen) for size in several for chosen in combinations(subject.sensitive, size)),
        ]
        self.p_values: dict[tuple[Any, ...], tuple[float, str | None]] = {}

    def findings(self) -> Findings:
        tallies = self._tallies()
        self._note_small_groups()
        found = [finding for tally in tallies for finding in self._of_feature(tally)]
        if self.subject.y is not None and self.subject.accepted is not None:
            found.append(self._entropy(tallies))
        return Findings(
            items=tuple(sorted(self._adjusted(found), key=_rank)),
            notes=tuple(dict.fromkeys(self.notes)),
            asks=tuple(_asks(self.subject)),
            tests=len(self.p_values),
            groups=[row for tally in tallies[: len(self.subject.sensitive)] for row in self._groups(tally)],
            boundaries={
                each.name: _sweep(each, self.subject, self.minimum_rows)
                for each in self.subject.sensitive
                if each.numbers is not None
            },
            convention=self.convention,
        )

    # counting

    @cached_property
    def _labels(self) -> tuple[NDArray[np.intp], int, int]:
        """Code of each row's label, how many labels there are, and which is favourable."""
        labels, y = self.subject.labels, self.subject.y
        if labels is None or y is None:
            return np.zeros(len(self.subject.table), dtype=np.intp), 1, 0
        import pandas as pd

        codes, uniques = pd.factorize(labels)
        if len(uniques) <= 2:
            return y.astype(np.intp), 2, 1
        return codes, len(uniques), int(codes[y][0])

    def _tallies(self) -> list[Tally]:
        subject = self.subject
        strata = subject.strata
        n_strata = 1 if strata is None else len(strata.groups)
        codes, n_labels, favourable = self._labels
        rest = codes * 2
        if subject.accepted is not None:
            rest = rest + subject.accepted
        if strata is not None:
            rest = rest + strata.codes * (n_labels * 2)
        width = n_strata * n_labels * 2
        shape = (-1, n_strata, n_labels, 2)
        return [
            Tally(
                feature,
                np.bincount(feature.codes * width + rest, minlength=len(feature.groups) * width).reshape(shape),
                favourable,
            )
            for feature in self.features
        ]

    def _note_small_groups(self) -> None:
        for feature in self.subject.sensitive:
            for group, size in zip(feature.groups, feature.sizes.tolist(), strict=True):
                if size < self.minimum_rows:
                    self.notes.append(
                        text("findings.small", group=group, feature=feature.name, n=size, needed=ROWS_FOR_A_SHARE)
                    )

    # comparing

    def _of_feature(self, tally: Tally) -> Iterator[Finding]:
        single = tally.feature in self.subject.sensitive
        for comparison in self._comparisons(tally, single):
            yield from self._of_comparison(comparison)
        if single:
            yield from self._population(tally)

    def _comparisons(self, tally: Tally, single: bool) -> Iterator[Comparison]:
        feature, counts = tally.feature, tally.counts
        sizes = counts.sum(axis=(1, 2, 3))
        everyone = counts.sum(axis=0)
        chosen = self.references.get(feature.name)
        for i, group in enumerate(feature.groups):
            if not single and sizes[i] < self.minimum_rows:
                continue
            two = len(feature.groups) == 2
            rest = feature.groups[1 - i] if two else text("bias.rest")
            pairs = [(rest, everyone - counts[i])]
            if chosen is not None and chosen != group and not two:
                pairs.append((chosen, counts[feature.groups.index(chosen)]))
            for reference, a in pairs:
                yield Comparison(
                    feature=feature.name,
                    group=group,
                    reference=reference,
                    d=counts[i],
                    a=a,
                    favourable=tally.favourable,
                )

    def _of_comparison(self, pair: Comparison) -> Iterator[Finding]:
        for short in MEASURES:
            if short != "GE":
                yield self._finding(pair, short)

    def _finding(self, pair: Comparison, short: str) -> Finding:
        missing = self._missing(short)
        value, reason = (math.nan, missing) if missing else self._value(pair, short)
        low, high = (math.nan, math.nan)
        if not math.isnan(value):
            low, high, no_interval = self._interval(pair, short, value)
            reason = reason or no_interval
        p_value, untested = self._tested(pair, short) if not missing else (math.nan, None)
        if short == "CI":
            reason = reason or untested
        return self._worded(pair, short, value, (low, high), p_value, reason)

    def _missing(self, short: str) -> str | None:
        """What the subject lacks for a measure, as text; None where it lacks nothing."""
        subject = self.subject
        if short not in ("CI", *OF_PREDICTIONS, "FT") and subject.y is None:
            return text("findings.no_label")
        if MEASURES[short].stage == "predictions" and subject.accepted is None:
            return text("findings.no_model")
        if short in ("CDDL", "CDDPL") and subject.strata is None:
            return text("findings.no_strata")
        if short == "FT":
            return self._no_fliptest
        return None

    @cached_property
    def _no_fliptest(self) -> str | None:
        if not self.flips:
            return text("findings.fliptest_rows", n=FLIPTEST_ROWS)
        return text("findings.fliptest_numbers") if self._numeric.shape[1] == 0 else None

    @cached_property
    def _numeric(self) -> NDArray[np.float64]:
        """Features that are numbers without a gap and not sensitive, shape (n, n_numeric)."""
        sensitive = {each.name for each in self.subject.sensitive}
        numbers = self.subject.features.select_dtypes("number")
        kept = [name for name in numbers if str(name) not in sensitive and numbers[name].notna().all()]
        return numbers[kept].to_numpy(dtype=np.float64)

    # values

    def _value(self, pair: Comparison, short: str) -> tuple[float, str | None]:
        try:
            value = float(self._measured(pair, short))
        except ValueError as error:  # where Clarify's own library raises
            return math.nan, str(error)
        return value, _why_undefined(pair, short) if math.isnan(value) else None

    def _measured(self, pair: Comparison, short: str) -> float:
        a, d = pair.sides
        if short in BETWEEN:
            return between(short, a, d, convention=self.convention)
        if short in DIVERGENCES:
            first, second = (
                {str(i): count for i, count in enumerate(table.sum(axis=(0, 2)).tolist())}
                for table in (pair.a, pair.d)
            )
            return divergence(short, first, second, convention=self.convention)
        if short == "FT":
            rows = (a.rows, d.rows)
            return float(self._flips(pair).mean()) if all(rows) else math.nan
        strata = [
            (cells_of(one, pair.favourable), cells_of(other, pair.favourable))
            for one, other in zip(pair.a, pair.d, strict=True)
            if one.sum() + other.sum()
        ]
        return conditional_disparity(strata, predicted=short == "CDDPL", convention=self.convention)

    def _flips(self, pair: Comparison) -> NDArray[np.float64]:
        d, a = self._rows(pair)
        accepted = self.subject.accepted
        assert accepted is not None
        return flips(self._numeric[a], accepted[a], self._numeric[d], accepted[d])

    def _rows(self, pair: Comparison) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        feature = next(each for each in self.features if each.name == pair.feature)
        d = feature.codes == feature.groups.index(pair.group)
        if pair.reference in feature.groups:
            return d, feature.codes == feature.groups.index(pair.reference)
        return d, ~d

    # intervals

    def _interval(self, pair: Comparison, short: str, value: float) -> tuple[float, float, str | None]:
        a, d = pair.sides
        if short == "CI":
            low, high = share_interval(d.rows, a.rows + d.rows)
            return 1 - 2 * float(high), 1 - 2 * float(low), None
        if short in RATES:
            return (*_difference(pair, short), None)
        if short == "DI":
            return (*map(float, ratio_interval(pair.cells, "selection_rate", reference="a")), None)
        if short == "FT":
            return (*_of_flips(self._flips(pair)), None)
        if short in ("LP", "TVD", "KS") and pair.a.shape[1] == 2:
            scale = math.sqrt(2) if short == "LP" else 1.0
            low, high = _of_absolute(*_difference(pair, "DPL"))
            return low * scale, high * scale, None
        low, high = _percentiles(self._resampled(pair, short))
        if math.isnan(low):
            return low, high, text("findings.no_interval")
        if short in DISTANCES and self._tested(pair, short)[0] > 0.05:
            low = 0.0
        return low, high, None

    def _resampled(self, pair: Comparison, short: str) -> NDArray[np.float64]:
        """The measure of tables drawn again from both groups, shape (RESAMPLES,)."""
        a, d = self._drawn_again(pair)
        if short in BETWEEN:
            sides = [cells_of(table.sum(axis=1), pair.favourable) for table in (a, d)]
            return np.asarray(between(short, *sides))
        if short in DIVERGENCES:
            shares = [table.sum(axis=(1, 3)) for table in (a, d)]
            return divergences(short, *(each / each.sum(axis=1, keepdims=True) for each in shares))
        return _conditional(a, d, pair.favourable, predicted=short == "CDDPL")

    def _drawn_again(self, pair: Comparison) -> tuple[NDArray[Any], ...]:
        key = (pair.feature, pair.group, pair.reference)
        if getattr(self, "_last_key", None) != key:
            self._last_key = key
            self._last = tuple(
                self.dice.multinomial(table.sum(), table.ravel() / table.sum(), size=RESAMPLES).reshape(
                    -1, *table.shape
                )
                for table in (pair.a, pair.d)
            )
        return self._last

    # tests

    def _tested(self, pair: Comparison, short: str) -> tuple[float, str | None]:
        """The p-value of the measure's family, and why there is none."""
        family = FAMILY_OF[short]
        if family == "representation":
            return math.nan, None
        if family in ("fliptest", "entropy"):
            return math.nan, None
        key = (pair.feature, frozenset((pair.group, pair.reference)), family)
        if key not in self.p_values:
            p_value = self._chance(pair, family)
            if math.isnan(p_value):
                return math.nan, None
            self.p_values[key] = (p_value, None)
        return self.p_values[key]

    def _chance(self, pair: Comparison, family: str) -> float:
        """How often groups dealt out by chance lie as far apart."""
        a, d = pair.sides
        shares = _share_of_family(family, a, d)
        if shares is not None and not (family == "labels" and pair.a.shape[1] > 2):
            return chance_of_shares(*shares)
        if not (a.rows and d.rows):
            return math.nan
        if family == "labels":
            return self._permuted(pair, "TVD")
        return self._permuted(pair, FAMILIES[family][0])

    def _permuted(self, pair: Comparison, short: str) -> float:
        """Permutation test by the measure itself, the groups dealt out anew, within strata where it has them."""
        observed = self._from_tables(short, pair.a[None], pair.d[None], pair.favourable)[0]
        if math.isnan(observed):
            return math.nan
        conditional = short in ("CDDL", "CDDPL")
        both = pair.a + pair.d
        if conditional:
            dealt = np.stack([self._dealt(whole, int(part.sum())) for whole, part in zip(both, pair.d, strict=True)], 1)
        else:
            dealt = self._dealt(both.sum(axis=0), int(pair.d.sum()))[:, None]
            both = both.sum(axis=0, keepdims=True)
        values = self._from_tables(short, both[None] - dealt, dealt, pair.favourable)
        # A deal without a value counts as far apart, so that the test errs to the safe side.
        far = ~(np.abs(values) < abs(observed) - 1e-12)
        return float((1 + far.sum()) / (DRAWS + 1))

    def _dealt(self, whole: NDArray[np.int64], size: int) -> NDArray[np.int64]:
        drawn = self.dice.multivariate_hypergeometric(whole.ravel(), size, size=DRAWS, method="marginals")
        return drawn.reshape(-1, *whole.shape)

    @staticmethod
    def _from_tables(short: str, a: NDArray[Any], d: NDArray[Any], favourable: int) -> NDArray[np.float64]:
        if short in ("CDDL", "CDDPL"):
            return _conditional(a, d, favourable, predicted=short == "CDDPL")
        if short in DIVERGENCES:
            shares = [table.sum(axis=(1, 3)) for table in (a, d)]
            return divergences(short, *(each / each.sum(axis=1, keepdims=True) for each in shares))
        sides = [cells_of(table.sum(axis=1), favourable) for table in (a, d)]
        return np.asarray(between(short, *sides))

    # others

    def _population(self, tally: Tally) -> Iterator[Finding]:
        from scipy.stats import binomtest

        feature = tally.feature
        sizes = tally.counts.sum(axis=(1, 2, 3))
        n = int(sizes.sum())
        for group, share in self.population.get(feature.name, {}).items():
            size = int(sizes[feature.groups.index(group)])
            value = size / n - share
            low, high = (float(limit) - share for limit in share_interval(size, n))
            p_value = float(binomtest(size, n, share).pvalue)
            self.p_values[feature.name, group, "population"] = (p_value, None)
            reference = text("bias.population")
            yield Finding(
                stage="data",
                metric=text("measure.POP"),
                short="POP",
                feature=feature.name,
                group=group,
                reference=reference,
                value=value,
                low=low,
                high=high,
                p_value=p_value,
                family="population",
                text=_sentence(
                    "POP",
                    value,
                    (low, high),
                    0.0,
                    group=group,
                    reference=reference,
                    d=_percent(size / n),
                    a=_percent(share),
                ),
                source=SOURCES["POP"],
                rows=(size, n),
            )

    def _entropy(self, tallies: Sequence[Tally]) -> Finding:
        everyone = self._everyone
        table = everyone.sum(axis=0)
        side = cells_of(table, self._labels[2])
        reason = None
        try:
            value = generalized_entropy(side, convention=self.convention)
            reason = text("findings.no_benefit") if math.isnan(value) else None
        except ValueError as error:
            value, reason = math.nan, str(error)
        low, high = math.nan, math.nan
        if reason is None:
            drawn = self.dice.multinomial(table.sum(), table.ravel() / table.sum(), size=RESAMPLES)
            low, high = _percentiles(
                generalized_entropies(cells_of(drawn.reshape(-1, *table.shape), self._labels[2]))
            )
        return Finding(
            stage="predictions",
            metric=MEASURES["GE"].name,
            short="GE",
            feature=None,
            group=None,
            reference=None,
            value=value,
            low=low,
            high=high,
            family="entropy",
            reason=reason,
            text=_sentence("GE", value, (low, high), 0.0, reason=reason),
            source=SOURCES["GE"],
            rows=(int(table.sum()), 0),
        )

    @cached_property
    def _everyone(self) -> NDArray[np.int64]:
        codes, n_labels, _ = self._labels
        accepted = self.subject.accepted
        assert accepted is not None
        return np.bincount(codes * 2 + accepted, minlength=n_labels * 2).reshape(1, n_labels, 2)

    def _adjusted(self, found: Sequence[Finding]) -> list[Finding]:
        adjusted = benjamini_yekutieli([p_value for p_value, _ in self.p_values.values()])
        by_key = dict(zip(self.p_values, adjusted.tolist(), strict=True))

        def of(each: Finding) -> float:
            key = (each.feature, frozenset((each.group, each.reference)), each.family)
            return by_key.get(key, by_key.get((each.feature, each.group, each.family), math.nan))

        return [
            replace(each, adjusted_p_value=of(each)) if not math.isnan(each.p_value) else each for each in found
        ]

    def _worded(
        self,
        pair: Comparison,
        short: str,
        value: float,
        limits: tuple[float, float],
        p_value: float,
        reason: str | None,
    ) -> Finding:
        measure = MEASURES[short]
        words = _parts(pair, short)
        convention = _four_fifths(limits) if short == "DI" and not math.isnan(limits[0]) else None
        label = self._label_words
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
            p_value=p_value,
            parity=measure.parity,
            family=FAMILY_OF[short],
            reason=reason,
            convention=convention,
            text=_sentence(
                short,
                value,
                limits,
                measure.parity,
                reason=reason if math.isnan(value) else None,
                convention=convention,
                group=pair.group,
                reference=pair.reference,
                label=label,
                **words,
            ),
            source=SOURCES.get(short, SOURCES["CDDL"] if short == "CDDPL" else CLARIFY),
            rows=(int(pair.d.sum()), int(pair.a.sum())),
        )

    @cached_property
    def _label_words(self) -> str:
        if self.subject.label is None:
            return text("bias.label")
        return text("bias.label_is", label=self.subject.label, value=self.subject.favourable)

    def _groups(self, tally: Tally) -> Iterator[dict[str, Any]]:
        """Rows, cells and rates of each group of a sensitive feature, as JSON holds them."""
        side = tally.side(tally.counts)
        known = [
            name
            for name in SHOWN_RATES
            if (self.subject.y is not None or name == "selection_rate")
            and (self.subject.accepted is not None or name == "base_rate")
        ]
        groups = tally.feature.groups
        counted = {name: np.asarray(getattr(side, name)) for name in ("tp", "fp", "fn", "tn")}
        cells = Cells(
            groups=groups,
            thresholds=np.full(len(groups), self.subject.threshold),
            squared_weights=np.asarray(side.rows),
            **counted,
        )
        values = {name: rate(cells, name) for name in known}
        limits = {name: rate_interval(cells, name) for name in known}
        reasons = {name: undefined_reasons(cells, name) for name in known}
        total = int(np.sum(side.rows))
        shares = self.population.get(tally.feature.name, {})
        for i, group in enumerate(groups):
            yield {
                "feature": tally.feature.name,
                "group": group,
                "rows": int(side.rows[i]),
                "share": float(side.rows[i] / total),
                "population": shares.get(group),
                "cells": {name: int(cell[i]) for name, cell in counted.items()}
                if self.subject.y is not None and self.subject.accepted is not None
                else None,
                "rates": {
                    name: {
                        "label": DEFINITIONS[name]["label"],
                        "value": None if math.isnan(values[name][i]) else float(values[name][i]),
                        "low": None if math.isnan(limits[name][i, 0]) else float(limits[name][i, 0]),
                        "high": None if math.isnan(limits[name][i, 1]) else float(limits[name][i, 1]),
                        "reason": reasons[name].get(group),
                    }
                    for name in known
                },
            }


def benjamini_yekutieli(p_values: Sequence[float]) -> NDArray[np.float64]:
    """Adjusted p-values, which hold the false discovery rate under any dependence of the tests.

    Parameters
    ----------
    p_values : sequence of float, length m, each in [0, 1]

    Returns
    -------
    ndarray of float, shape (m,), in [0, 1]

    References
    ----------
    Benjamini, Y. and Yekutieli, D. (2001). The control of the false discovery rate in multiple testing under
    dependency. Annals of Statistics, 29(4).
    """
    from scipy.stats import false_discovery_control

    return false_discovery_control(p_values, method="by") if len(p_values) else np.empty(0)


def chance_of_shares(hits_a: float, size_a: float, hits_d: float, size_d: float) -> float:
    """Exact permutation p-value, in [0, 1], of a difference of two shares, either way; nan of an empty group.

    The groups dealt out anew, how many hits fall to one is hypergeometric (Fisher 1935); counted are the deals
    whose shares lie as far apart as those seen.
    """
    if not (size_a and size_d):
        return math.nan
    from scipy.stats import hypergeom

    total, hits = int(size_a + size_d), int(hits_a + hits_d)
    expected = size_d * hits / total
    far = abs(hits_d - expected)
    deals = hypergeom(total, hits, int(size_d))
    above, below = math.ceil(expected + far - 1e-9), math.floor(expected - far + 1e-9)
    if above <= below:
        return 1.0
    return float(min(1.0, deals.sf(above - 1) + deals.cdf(below)))


def _share_of_family(family: str, a: Side, d: Side) -> tuple[float, float, float, float] | None:
    """The two shares whose difference a family is about: hits and size of a, and of d; None where it is of more."""
    of = {
        "labels": lambda side: (side.positives, side.rows),
        "acceptance": lambda side: (side.accepted, side.rows),
        "recall": lambda side: (side.tp, side.positives),
        "specificity": lambda side: (side.tn, side.negatives),
        "precision": lambda side: (side.tp, side.accepted),
        "rejection": lambda side: (side.tn, side.rejected),
        "accuracy": lambda side: (side.tp + side.tn, side.rows),
        "errors": lambda side: (side.fn, side.fn + side.fp),
    }.get(family)
    return None if of is None else (*of(a), *of(d))


def _difference(pair: Comparison, short: str) -> tuple[float, float]:
    metric, sign = RATES[short]
    low, high = difference_interval(pair.cells, metric, reference="a")
    return (float(low), float(high)) if sign > 0 else (-float(high), -float(low))


def _of_absolute(low: float, high: float) -> tuple[float, float]:
    """The interval of |x|, from that of x."""
    if low <= 0 <= high:
        return 0.0, max(-low, high)
    return min(abs(low), abs(high)), max(abs(low), abs(high))


def _of_flips(flipped: NDArray[np.float64]) -> tuple[float, float]:
    """The interval of the mean of -1, 0 and 1, the other group taken as it is."""
    half = 1.959964 * float(flipped.std()) / math.sqrt(len(flipped))
    return max(-1.0, float(flipped.mean()) - half), min(1.0, float(flipped.mean()) + half)


def _percentiles(values: NDArray[np.float64]) -> tuple[float, float]:
    undefined = np.isnan(values)
    if undefined.mean() > MOST_UNDEFINED:
        return math.nan, math.nan
    low, high = np.quantile(values[~undefined], [0.025, 0.975])
    return float(low), float(high)


def _conditional(a: NDArray[Any], d: NDArray[Any], favourable: int, *, predicted: bool) -> NDArray[np.float64]:
    """Conditional demographic disparity of many tables, shape (n,), from (n, n_strata, n_labels, 2) each."""
    there = (a + d).sum(axis=(0, 2, 3)) > 0
    strata = [
        (cells_of(a[:, i], favourable), cells_of(d[:, i], favourable)) for i in np.flatnonzero(there)
    ]
    return np.asarray(conditional_disparity(strata, predicted=predicted))


def _rank(finding: Finding) -> tuple[Any, ...]:
    """Order of findings: those with a value, chance excluded, then by the test and by the distance from parity."""
    width = MEASURES[finding.short].high - MEASURES[finding.short].low if finding.short in MEASURES else 2.0
    size = abs(finding.value - finding.parity) / (width if math.isfinite(width) else 2.0)
    undefined = math.isnan(finding.value)
    p_value = finding.adjusted_p_value
    return (
        undefined,
        finding.covers_parity is not False,
        1.0 if math.isnan(p_value) else p_value,
        0.0 if undefined else -size,
    )


def _why_undefined(pair: Comparison, short: str) -> str:
    """Why a measure has no value, as text."""
    if short in RATES or short == "DI":
        metric = RATES[short][0] if short in RATES else "selection_rate"
        reasons = undefined_reasons(pair.cells, metric)
        names = {"a": pair.reference, "d": pair.group}
        if reasons:
            return "; ".join(
                text(_reason_key(pair, metric, side), group=names[side]) for side in reasons
            )
        return text("undefined.zero_reference", group=pair.reference)
    if not (pair.a.sum() and pair.d.sum()):
        return text("undefined.people", group=pair.group if not pair.d.sum() else pair.reference)
    return text(f"undefined.{short}", group=pair.group, reference=pair.reference)


def _reason_key(pair: Comparison, metric: str, side: str) -> str:
    of = pair.sides[0 if side == "a" else 1]
    return "undefined.people" if not of.rows else f"undefined.{DEFINITIONS[metric]['needs']}"


def _parts(pair: Comparison, short: str) -> dict[str, str]:
    """The two figures that a measure compares, of d and of a, as they stand in its sentence."""
    a, d = pair.sides
    if short in RATES or short == "DI":
        values = rate(pair.cells, RATES[short][0] if short in RATES else "selection_rate")
        return {"a": _percent(values[0]), "d": _percent(values[1])}
    if short == "CI":
        total = a.rows + d.rows
        return {"a": _percent(a.rows / total), "d": _percent(d.rows / total)}
    quotients = {
        "DCAcc": lambda side: (side.positives, side.accepted),
        "DCR": lambda side: (side.negatives, side.rejected),
        "TE": lambda side: (side.fn, side.fp),
    }
    if short in quotients:
        of = quotients[short]
        return {name: _quotient(*of(side)) for name, side in (("a", a), ("d", d))}
    return {"a": "", "d": ""}


def _quotient(over: float, under: float) -> str:
    return f"{over / under:.2f}" if under else text("common.undefined_short")


def _percent(share: float) -> str:
    return text("common.undefined_short") if math.isnan(share) else f"{100 * share:.1f}%"


def _sentence(
    short: str,
    value: float,
    limits: tuple[float, float],
    parity: float,
    *,
    reason: str | None = None,
    convention: str | None = None,
    **words: str,
) -> str:
    """A finding in words: what, for whom, how large, how sure."""
    name = text("measure.POP") if short == "POP" else MEASURES[short].name
    if reason is not None:
        who = text("finding.who", **words) if words.get("group") else text("bias.all_rows")
        return text("finding.undefined", name=name[0].upper() + name[1:], who=who, reason=reason)
    said = [text(f"finding.{short}", value=_number(value), **words)]
    if math.isnan(limits[0]):
        said.append(text("finding.value", name=short, value=_number(value)))
    else:
        said.append(
            text(
                "finding.interval",
                name=short,
                value=_number(value),
                low=_number(limits[0]),
                high=_number(limits[1]),
            )
        )
        if limits[0] <= parity <= limits[1]:
            said.append(text("finding.covers", parity=f"{parity:g}"))
    if convention:
        said.append(convention)
    return " ".join(said)


def _number(value: float) -> str:
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return f"{value:.3f}".replace("-", "−")


def _four_fifths(limits: tuple[float, float]) -> str:
    low, high = limits
    side = "below" if high < FOUR_FIFTHS else "above" if low >= FOUR_FIFTHS else "across"
    return text(f"finding.four_fifths_{side}")


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


def _sweep(feature: Feature, subject: Subject, minimum_rows: int) -> pd.DataFrame:
    """Measures of those below each boundary against those at or above it, by boundary.

    One row for each value of the feature that leaves `minimum_rows` on both sides: the boundary as text, the rows
    below and from it, and DPL, DPPL and DI with their limits, where there are labels and predictions.
    """
    import pandas as pd

    numbers = feature.numbers
    assert numbers is not None
    known = ~np.isnan(numbers)
    places, values = np.unique(numbers[known], return_inverse=True)
    y = np.zeros(len(numbers), dtype=bool) if subject.y is None else subject.y
    accepted = np.zeros(len(numbers), dtype=bool) if subject.accepted is None else subject.accepted
    kinds = (2 * y + accepted)[known]
    counts = np.bincount(values.astype(np.int64) * 4 + kinds, minlength=len(places) * 4).reshape(-1, 2, 2)
    below = np.cumsum(counts, axis=0) - counts
    rows = []
    whole = counts.sum(axis=0)
    kept = [
        i
        for i in range(1, len(places))
        if minimum_rows <= below[i].sum() <= whole.sum() - minimum_rows
    ]
    if len(kept) > MOST_BOUNDARIES:
        kept = [kept[i] for i in np.linspace(0, len(kept) - 1, MOST_BOUNDARIES).round().astype(int)]
    for i in kept:
        pair = Comparison(
            feature=feature.name,
            group="",
            reference="",
            d=below[i][None],
            a=(whole - below[i])[None],
            favourable=1,
        )
        row: dict[str, Any] = {
            "boundary": f"{feature.name} ≥ {places[i]:g}",
            "at": float(places[i]),
            "rows_below": int(below[i].sum()),
            "rows_from": int((whole - below[i]).sum()),
        }
        for short in _swept(subject):
            value = between(short, *pair.sides)
            low, high = (
                ratio_interval(pair.cells, "selection_rate", reference="a")
                if short == "DI"
                else _difference(pair, short)
            )
            row |= {short: value, f"{short}_low": float(low), f"{short}_high": float(high)}
        rows.append(row)
    return pd.DataFrame(rows)


# More boundaries than this are thinned evenly: a table of salaries would have one for each person.
MOST_BOUNDARIES = 100


def _swept(subject: Subject) -> list[str]:
    of_labels = ["DPL"] if subject.y is not None else []
    return of_labels + (["DPPL", "DI"] if subject.accepted is not None else [])

