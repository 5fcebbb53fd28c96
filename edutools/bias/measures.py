"""The measures of bias between two groups, before and after training, read off counts.

They are those of Amazon SageMaker Clarify, with its formulas and signs (`MEASURES`), in two conventions. In
ours, the default, whatever divides by zero is undefined: nan. In ``"clarify"`` it is what Clarify's open
library gives: 0/0 is 0, x/0 is infinite, and equal infinities differ by 0; where that library raises, so does
this one. Group a is the favoured one, group d the other; a hat stands for what was predicted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from edutools._checks import one_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Number = Any  # a float, or an array of them, of one shape
Division = Callable[[Number, Number], Number]

CONVENTIONS = ("edutools", "clarify")
NEIGHBOURS, FEW_ROWS = 5, 9
FROM_POPULATION = "difference from the population"  # the name of "POP", which is no comparison of groups


@dataclass(frozen=True)
class Measure:
    """What a measure is.

    Attributes
    ----------
    name : str
        In full.
    formula : str
    low, high : float
        Its range.
    parity : float
        Its value where the groups are treated alike.
    stage : str
        ``"data"``, of observed labels, or ``"predictions"``.
    """

    name: str
    formula: str
    low: float
    high: float
    parity: float
    stage: str


INF, SAME = math.inf, 0.0
# Source of every formula: Amazon SageMaker Clarify, Amazon AI Fairness and Explainability Whitepaper (2020),
# and its library smclarify 0.5.
MEASURES: dict[str, Measure] = {
    "CI": Measure("class imbalance", "(na − nd) ÷ (na + nd)", -1, 1, SAME, "data"),
    "DPL": Measure("difference in proportions of labels", "na¹÷na − nd¹÷nd", -1, 1, SAME, "data"),
    "KL": Measure("Kullback–Leibler divergence", "Σ Pa ln(Pa÷Pd)", 0, INF, SAME, "data"),
    "JS": Measure("Jensen–Shannon divergence", "½ KL(Pa, P) + ½ KL(Pd, P)", 0, math.log(2), SAME, "data"),
    "LP": Measure("Lp-norm", "‖Pa − Pd‖₂", 0, math.sqrt(2), SAME, "data"),
    "TVD": Measure("total variation distance", "½ ‖Pa − Pd‖₁", 0, 1, SAME, "data"),
    "KS": Measure("Kolmogorov–Smirnov distance", "max |Pa − Pd|", 0, 1, SAME, "data"),
    "CDDL": Measure("conditional demographic disparity in labels", "Σ nᵢ DDᵢ ÷ n", -1, 1, SAME, "data"),
    "DPPL": Measure(
        "difference in positive proportions in predicted labels",
        "n̂a¹÷na − n̂d¹÷nd",
        -1,
        1,
        SAME,
        "predictions",
    ),
    "DI": Measure("disparate impact", "(n̂d¹÷nd) ÷ (n̂a¹÷na)", 0, INF, 1.0, "predictions"),
    "DCAcc": Measure(
        "difference in conditional acceptance", "na¹÷n̂a¹ − nd¹÷n̂d¹", -INF, INF, SAME, "predictions"
    ),
    "DCR": Measure(
        "difference in conditional rejection", "nd⁰÷n̂d⁰ − na⁰÷n̂a⁰", -INF, INF, SAME, "predictions"
    ),
    "RD": Measure("recall difference", "TPRa − TPRd", -1, 1, SAME, "predictions"),
    "SD": Measure("specificity difference", "TNRd − TNRa", -1, 1, SAME, "predictions"),
    "DAR": Measure("difference in acceptance rates", "PPVa − PPVd", -1, 1, SAME, "predictions"),
    "DRR": Measure("difference in rejection rates", "NPVd − NPVa", -1, 1, SAME, "predictions"),
    "AD": Measure("accuracy difference", "ACCa − ACCd", -1, 1, SAME, "predictions"),
    "TE": Measure("treatment equality", "FNd÷FPd − FNa÷FPa", -INF, INF, SAME, "predictions"),
    "CDDPL": Measure(
        "conditional demographic disparity in predicted labels", "Σ nᵢ DDᵢ ÷ n", -1, 1, SAME, "predictions"
    ),
    "FT": Measure("counterfactual fliptest", "(F⁺ − F⁻) ÷ nd", -1, 1, SAME, "predictions"),
    "GE": Measure("generalized entropy, α = 2", "Σ [(b÷b̄)² − 1] ÷ 2N", 0, INF, SAME, "predictions"),
}


@dataclass(frozen=True, kw_only=True)
class Side:
    """The rows of one group, counted.

    Parameters
    ----------
    tp, fp, fn, tn : float or ndarray of float, at least 0
        Its four cells, or those of many samples of it. Of labels alone, ``fn`` and ``tn`` hold those with and
        without the favourable label.
    """

    tp: Number = 0
    fp: Number = 0
    fn: Number
    tn: Number

    @property
    def rows(self) -> Number:
        """All rows."""
        return self.tp + self.fp + self.fn + self.tn

    @property
    def positives(self) -> Number:
        """Rows with the favourable label."""
        return self.tp + self.fn

    @property
    def negatives(self) -> Number:
        """Rows without it."""
        return self.fp + self.tn

    @property
    def accepted(self) -> Number:
        """Rows for which the favourable label is predicted."""
        return self.tp + self.fp

    @property
    def rejected(self) -> Number:
        """Rows for which it is not."""
        return self.fn + self.tn


def between(short: str, a: Side, d: Side, *, convention: str = "edutools") -> Number:
    """Value of a measure that needs no more than the cells of both groups.

    Parameters
    ----------
    short : str
        A short name in `BETWEEN`.
    a, d : Side
        The favoured group, and the other.
    convention : str, default "edutools"
        Or ``"clarify"``, of single samples: see this module.

    Returns
    -------
    float, or ndarray of float where the cells are arrays
        In the measure's range; nan where ours leaves it undefined.

    Raises
    ------
    ValueError: no such measure or convention; by Clarify's convention, a group has no rows.
    """
    one_of("measure", short, BETWEEN)
    divide = _division(convention)
    if convention == "clarify" and not (a.rows and d.rows):
        raise ValueError(
            f"{short} of a group with no rows is an error in Clarify, got {a.rows} and {d.rows}."
        )
    return _plain(BETWEEN[short](a, d, divide))


def _division(convention: str) -> Division:
    one_of("convention", convention, CONVENTIONS)
    return _divided_as_clarify if convention == "clarify" else _divided


def _divided(over: Number, under: Number) -> Number:
    over, under = np.broadcast_arrays(np.asarray(over, dtype=float), np.asarray(under, dtype=float))
    return np.divide(over, under, out=np.full(under.shape, math.nan), where=under != 0)


def _plain(value: Number) -> Number:
    return value if np.ndim(value) else float(value)


def _divided_as_clarify(over: float, under: float) -> float:
    if under:
        return over / under
    return math.copysign(INF, over) if over else 0.0


def _apart(one: Number, other: Number) -> Number:
    """The difference, 0 of equal infinities, which only Clarify's convention has."""
    with np.errstate(invalid="ignore"):
        return np.where(np.equal(one, other), 0.0, np.subtract(one, other))


BETWEEN: dict[str, Callable[[Side, Side, Division], float]] = {
    "CI": lambda a, d, divide: divide(a.rows - d.rows, a.rows + d.rows),
    "DPL": lambda a, d, divide: _apart(divide(a.positives, a.rows), divide(d.positives, d.rows)),
    "DPPL": lambda a, d, divide: _apart(divide(a.accepted, a.rows), divide(d.accepted, d.rows)),
    "DI": lambda a, d, divide: divide(divide(d.accepted, d.rows), divide(a.accepted, a.rows)),
    "DCAcc": lambda a, d, divide: _apart(divide(a.positives, a.accepted), divide(d.positives, d.accepted)),
    "DCR": lambda a, d, divide: _apart(divide(d.negatives, d.rejected), divide(a.negatives, a.rejected)),
    "RD": lambda a, d, divide: _apart(divide(a.tp, a.positives), divide(d.tp, d.positives)),
    "SD": lambda a, d, divide: _apart(divide(d.tn, d.negatives), divide(a.tn, a.negatives)),
    "DAR": lambda a, d, divide: _apart(divide(a.tp, a.accepted), divide(d.tp, d.accepted)),
    "DRR": lambda a, d, divide: _apart(divide(d.tn, d.rejected), divide(a.tn, a.rejected)),
    "AD": lambda a, d, divide: _apart(divide(a.tp + a.tn, a.rows), divide(d.tp + d.tn, d.rows)),
    "TE": lambda a, d, divide: _apart(divide(d.fn, d.fp), divide(a.fn, a.fp)),
}
"""Measures of the cells of both groups, by their short names."""


def divergence(
    short: str,
    a: Mapping[str, float],
    d: Mapping[str, float],
    *,
    convention: str = "edutools",
) -> float:
    """How far the distributions of labels in both groups lie apart.

    Parameters
    ----------
    short : str
        ``"KL"``, ``"JS"``, ``"LP"``, ``"TVD"`` or ``"KS"``.
    a, d : mapping of str to float
        How many rows of the favoured group, and of the other, have each label.
    convention : str, default "edutools"
        In ours, KL is undefined where a label of group a does not occur in group d. Clarify leaves out labels
        that either group lacks, and does not make what is left add up to 1.

    Returns
    -------
    float
        nan where ours leaves it undefined, as of a group with no rows.

    Raises
    ------
    ValueError: no such measure or convention; by Clarify's, no label occurs in both groups.
    """
    one_of("measure", short, DIVERGENCES)
    one_of("convention", convention, CONVENTIONS)
    names = sorted({*a, *d})
    first, second = (np.array([counts.get(name, 0) for name in names], dtype=float) for counts in (a, d))
    if convention == "clarify":
        return _divergence_as_clarify(short, first, second)
    if not (first.sum() and second.sum()):
        return math.nan
    return float(DIVERGENCES[short](first / first.sum(), second / second.sum()))


def divergences(short: str, p: NDArray[np.float64], q: NDArray[np.float64]) -> NDArray[np.float64]:
    """`divergence` of many pairs of distributions in our convention, shape (...).

    Parameters
    ----------
    short : str
    p, q : ndarray of float, shape (..., n_labels)
        Shares of the favoured group's labels and of the other's, nan of a group with no rows.
    """
    return DIVERGENCES[short](p, q)


def _divergence_as_clarify(short: str, a: NDArray[np.float64], d: NDArray[np.float64]) -> float:
    both = (a > 0) & (d > 0)
    if not both.any():
        raise ValueError(f"{short} of groups that share no label is an error in Clarify.")
    return float(DIVERGENCES[short]((a / a.sum())[both], (d / d.sum())[both]))


def _kullback_leibler(p: NDArray[np.float64], q: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(p == 0, 0.0, p * np.log(p / q))
    return np.where(((p > 0) & (q == 0)).any(axis=-1), math.nan, terms.sum(axis=-1))


def _jensen_shannon(p: NDArray[np.float64], q: NDArray[np.float64]) -> NDArray[np.float64]:
    middle = (p + q) / 2
    return (_kullback_leibler(p, middle) + _kullback_leibler(q, middle)) / 2


DIVERGENCES: dict[str, Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]] = {
    "KL": _kullback_leibler,
    "JS": _jensen_shannon,
    "LP": lambda p, q: np.sqrt(((p - q) ** 2).sum(axis=-1)),
    "TVD": lambda p, q: np.abs(p - q).sum(axis=-1) / 2,
    "KS": lambda p, q: np.abs(p - q).max(axis=-1),
}
"""Measures of two distributions of labels, by their short names."""


def conditional_disparity(
    strata: Sequence[tuple[Side, Side]], *, predicted: bool = False, convention: str = "edutools"
) -> Number:
    """Conditional demographic disparity (CDDL; of predictions CDDPL), in [-1, 1].

    In each stratum: the share of group d among the rejected less its share among the accepted. Over all,
    their mean by rows.

    Parameters
    ----------
    strata : sequence of pairs of Side
        Group a and group d in each stratum.
    predicted : bool, default False
        Whether predictions count, not observed labels.
    convention : str, default "edutools"
        In ours, a stratum in which nobody is rejected, or nobody accepted, leaves it undefined. In Clarify's
        that share is 0.

    Raises
    ------
    ValueError: no such convention; by Clarify's, there is no stratum, or nobody is accepted or rejected.
    """
    divide = _division(convention)
    counted = [_outcomes(pair, predicted) for pair in strata]
    accepted, rejected = (sum(sum(each[kind]) for each in counted) for kind in (0, 1))
    if convention == "clarify" and not (accepted and rejected):
        raise ValueError(
            f"With {accepted:g} accepted and {rejected:g} rejected in {len(counted)} strata, conditional "
            "demographic disparity is an error in Clarify."
        )
    total = sum(
        (sum(yes) + sum(no)) * (divide(no[1], sum(no)) - divide(yes[1], sum(yes))) for yes, no in counted
    )
    return _plain(divide(total, accepted + rejected))


def _outcomes(
    pair: tuple[Side, Side], predicted: bool
) -> tuple[tuple[Number, Number], tuple[Number, Number]]:
    """Of groups a and d: the accepted, and the rejected."""
    a, d = pair
    if predicted:
        return (a.accepted, d.accepted), (a.rejected, d.rejected)
    return (a.positives, d.positives), (a.negatives, d.negatives)


def fliptest(
    X_a: ArrayLike,
    accepted_a: ArrayLike,
    X_d: ArrayLike,
    accepted_d: ArrayLike,
    *,
    convention: str = "edutools",
) -> float:
    """Counterfactual fliptest (FT), in [-1, 1]: those of group d whose like in a are decided otherwise.

    Its sign is that of Clarify's library: 1 where all of d are accepted whose nearest in a are rejected. (Its
    guide implies the other sign.) Distances are taken as the features stand, without a scale.

    Parameters
    ----------
    X_a, X_d : array-like of numbers, shape (n_a, n_features) and (n_d, n_features)
    accepted_a, accepted_d : array-like of bool, shape (n_a,) and (n_d,)
        What was predicted.
    convention : str, default "edutools"

    Returns
    -------
    float
        nan in ours where a group has no rows.

    Raises
    ------
    ValueError: no such convention; by Clarify's, a group has no rows.
    """
    one_of("convention", convention, CONVENTIONS)
    if not (len(np.asarray(X_a)) and len(np.asarray(X_d))):
        if convention == "clarify":
            raise ValueError("FT of a group with no rows is an error in Clarify.")
        return math.nan
    return float(flips(X_a, accepted_a, X_d, accepted_d).mean())


def flips(
    X_a: ArrayLike, accepted_a: ArrayLike, X_d: ArrayLike, accepted_d: ArrayLike
) -> NDArray[np.float64]:
    """How each row of group d is decided beside its like in a, shape (n_d,): 1 better, 0 alike, -1 worse.

    Its like is what most of its nearest rows of group a are given; the parameters are those of `fliptest`.
    """
    from sklearn.neighbors import KNeighborsClassifier

    a, d = (np.asarray(X, dtype=float) for X in (X_a, X_d))
    like = KNeighborsClassifier(NEIGHBOURS if len(a) > FEW_ROWS else 1).fit(a, np.asarray(accepted_a, bool))
    return np.asarray(accepted_d, dtype=float) - like.predict(d)


def generalized_entropy(everyone: Side, *, convention: str = "edutools") -> float:
    """Generalized entropy index (GE) with α = 2, at least 0, of all rows together; 0 where all fare alike.

    The benefit of a row is 1 where it is predicted rightly, 2 of a false positive, 0 of a false negative
    (Speicher et al. 2018).

    Parameters
    ----------
    everyone : Side
        The cells of all rows.
    convention : str, default "edutools"

    Returns
    -------
    float
        nan in ours where there are no rows, or all are false negatives.

    Raises
    ------
    ValueError: no such convention; by Clarify's, what is undefined in ours.
    """
    one_of("convention", convention, CONVENTIONS)
    benefit = everyone.tp + everyone.tn + 2 * everyone.fp
    if not benefit:
        if convention == "clarify":
            raise ValueError("GE without any benefit is an error in Clarify.")
        return math.nan
    return float(generalized_entropies(everyone))


def generalized_entropies(samples: Side) -> Number:
    """`generalized_entropy` in our convention, of many samples at once where the cells are arrays."""
    right = samples.tp + samples.tn
    mean = _divided(right + 2 * samples.fp, samples.rows)
    squares = _divided(right, mean**2) + samples.fp * _divided(2, mean) ** 2
    return _divided(squares - samples.rows, 2 * samples.rows)
