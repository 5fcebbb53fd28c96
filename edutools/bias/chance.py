"""What chance alone would give: exact and permutation tests of two groups, and their false discovery rate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from edutools.bias.comparisons import Comparison, of_samples

if TYPE_CHECKING:
    from numpy.typing import NDArray

# What is found by one test, since it asks one question of one table; the first gives a family its statistic.
FAMILIES = {
    "representation": ("CI",),
    "population": ("POP",),
    "labels": ("DPL", "TVD", "KS", "LP", "JS", "KL"),
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
# The share that a family is about: its hits and its size in one group.
_SHARES = {
    "labels": lambda side: (side.positives, side.rows),
    "acceptance": lambda side: (side.accepted, side.rows),
    "recall": lambda side: (side.tp, side.positives),
    "specificity": lambda side: (side.tn, side.negatives),
    "precision": lambda side: (side.tp, side.accepted),
    "rejection": lambda side: (side.tn, side.rejected),
    "accuracy": lambda side: (side.tp + side.tn, side.rows),
    "errors": lambda side: (side.fn, side.fn + side.fp),
}
UNTESTED = ("representation", "fliptest", "entropy")
PERMUTATIONS = 9_999


def p_value(pair: Comparison, family: str, dice: np.random.Generator) -> float:
    """How often groups dealt out by chance lie as far apart, in [0, 1]; nan where nothing can be dealt.

    Exact where the family is about a share of each group, else by `PERMUTATIONS` deals.
    """
    a, d = pair.sides
    several_labels = family == "labels" and pair.a.shape[1] > 2
    if family in _SHARES and not several_labels:
        return chance_of_shares(*_SHARES[family](a), *_SHARES[family](d))
    if not (a.rows and d.rows):
        return math.nan
    return _permuted(pair, "TVD" if several_labels else FAMILIES[family][0], dice)


def chance_of_shares(hits_a: float, size_a: float, hits_d: float, size_d: float) -> float:
    """Exact permutation p-value of a difference of two shares, either way, in [0, 1]; nan of an empty group.

    With the groups dealt out anew, how many hits fall to one of them is hypergeometric [1]_; counted are the
    deals whose shares lie as far apart as those seen.

    Parameters
    ----------
    hits_a, size_a, hits_d, size_d : float, whole numbers, at least 0
        How many, of how many, in both groups.

    References
    ----------
    .. [1] Fisher, R. A. (1935). The Design of Experiments. Oliver and Boyd.
    """
    if not (size_a and size_d):
        return math.nan
    from scipy.stats import hypergeom

    total, hits = int(size_a + size_d), int(hits_a + hits_d)
    expected = size_d * hits / total
    far = abs(hits_d - expected)
    above, below = math.ceil(expected + far - 1e-9), math.floor(expected - far + 1e-9)
    if above <= below:
        return 1.0
    deals = hypergeom(total, hits, int(size_d))
    return float(min(1.0, deals.sf(above - 1) + deals.cdf(below)))


def _permuted(pair: Comparison, short: str, dice: np.random.Generator) -> float:
    """Permutation test by the measure itself; groups are dealt out anew, within strata where it has them."""
    within = short in ("CDDL", "CDDPL")
    a, d = (table if within else table.sum(axis=0, keepdims=True) for table in (pair.a, pair.d))
    observed = of_samples(short, a[None], d[None], pair.favourable)[0]
    if math.isnan(observed):
        return math.nan
    whole = a + d
    dealt = np.stack([_deals(dice, one, int(part.sum())) for one, part in zip(whole, d, strict=True)], axis=1)
    values = of_samples(short, whole - dealt, dealt, pair.favourable)
    # A deal without a value counts as far apart, so that the test errs to the safe side.
    far = ~(np.abs(values) < abs(observed) - 1e-12)
    return float((1 + far.sum()) / (PERMUTATIONS + 1))


def _deals(dice: np.random.Generator, whole: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    dealt = dice.multivariate_hypergeometric(whole.ravel(), size, size=PERMUTATIONS, method="marginals")
    return dealt.reshape(-1, *whole.shape)


def benjamini_yekutieli(p_values: Sequence[float]) -> NDArray[np.float64]:
    """Adjusted p-values, in [0, 1], which hold the false discovery rate under any dependence of the tests.

    Parameters
    ----------
    p_values : sequence of float, length m, each in [0, 1]

    References
    ----------
    .. [1] Benjamini, Y. and Yekutieli, D. (2001). The control of the false discovery rate in multiple testing
       under dependency. Annals of Statistics, 29(4).
    """
    from scipy.stats import false_discovery_control

    return false_discovery_control(p_values, method="by") if len(p_values) else np.empty(0)
