"""What is left of a gap within strata, and where it turns round there."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from edutools.bias.comparisons import RATES, Comparison
from edutools.metrics import difference_interval, rate

if TYPE_CHECKING:
    from edutools.bias.subject import Feature, Subject

# A gap of labels and one of decisions, each with its disparity within strata.
GAPS = (("DPL", "CDDL"), ("DPPL", "CDDPL"))


def within_strata(subject: Subject, feature: Feature) -> tuple[pd.DataFrame, pd.DataFrame]:
    """How a gap between a group and all other rows looks in all, and within strata.

    Parameters
    ----------
    subject : Subject
        With strata.
    feature : Feature
        A sensitive feature. Of two groups, only the less favoured is compared.

    Returns
    -------
    gaps : DataFrame
        A row for each group and gap: short, group, gap (rate of the others less the group's, in [-1, 1]),
        adjusted (the mean of the strata's gaps by rows [1]_), disparity and conditional (demographic
        disparity in all, and its mean within strata), remains (conditional over disparity), reversed (whether
        gap and adjusted have opposite signs, as in Simpson's paradox [2]_).
    strata : DataFrame
        A row for each group, gap and stratum: its rows, both rates, their gap and its 95% interval.

    References
    ----------
    .. [1] Cochran, W. G. (1968). The effectiveness of adjustment by subclassification. Biometrics, 24(2).
    .. [2] Bickel, P. J., Hammel, E. A. and O'Connell, J. W. (1975). Sex bias in graduate admissions: data
    from
       Berkeley. Science, 187(4175), 398-404.
    """
    gaps, parts = [], []
    for group in subject.compared(feature):
        for short, conditional in GAPS:
            pair = _comparison(subject, feature, group, short)
            if pair is None:
                continue
            rows = list(_by_stratum(subject, pair, short))
            parts += rows
            gaps.append(_summed(pair, short, conditional, rows))
    return pd.DataFrame(gaps), pd.DataFrame(parts)


def _comparison(subject: Subject, feature: Feature, group: str, short: str) -> Comparison | None:
    """The group beside all other rows, by stratum and by what the gap is of; None where that is not known."""
    outcome = subject.y if short == "DPL" else subject.accepted
    strata = subject.strata
    if outcome is None or strata is None:
        return None
    # Labels stand on the axis of labels, decisions on that of decisions.
    kinds = 2 * outcome.astype(np.int64) if short == "DPL" else outcome.astype(np.int64)
    keys = (feature.codes * len(strata.groups) + strata.codes) * 4 + kinds
    size = len(feature.groups) * len(strata.groups) * 4
    counts = np.bincount(keys, minlength=size).reshape(len(feature.groups), len(strata.groups), 2, 2)
    i = feature.groups.index(group)
    others = counts.sum(axis=0) - counts[i]
    return Comparison(feature=feature.name, group=group, reference="", d=counts[i], a=others, favourable=1)


def _by_stratum(subject: Subject, whole: Comparison, short: str) -> Iterator[dict[str, Any]]:
    assert subject.strata is not None
    metric = RATES[short][0]
    for i, stratum in enumerate(subject.strata.groups):
        pair = Comparison(
            feature=whole.feature,
            group=whole.group,
            reference="",
            d=whole.d[i : i + 1],
            a=whole.a[i : i + 1],
            favourable=whole.favourable,
        )
        others, own = rate(pair.cells, metric).tolist()
        low, high = difference_interval(pair.cells, metric, reference="a")
        yield {
            "short": short,
            "group": whole.group,
            "stratum": stratum,
            "rows": int(pair.d.sum() + pair.a.sum()),
            "rate": own,
            "rate_of_others": others,
            "gap": others - own,
            "low": -float(high),
            "high": -float(low),
        }


def _summed(pair: Comparison, short: str, conditional: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    gap = pair.value(short)
    known = [row for row in rows if not math.isnan(row["gap"])]
    size = sum(row["rows"] for row in known)
    adjusted = sum(row["gap"] * row["rows"] for row in known) / size if size else math.nan
    together = Comparison(
        feature=pair.feature,
        group=pair.group,
        reference="",
        d=pair.d.sum(axis=0, keepdims=True),
        a=pair.a.sum(axis=0, keepdims=True),
        favourable=pair.favourable,
    )
    disparity, within = together.value(conditional), pair.value(conditional)
    return {
        "short": short,
        "group": pair.group,
        "gap": gap,
        "adjusted": adjusted,
        "disparity": disparity,
        "conditional": within,
        "remains": within / disparity if disparity else math.nan,
        "reversed": bool(gap * adjusted < 0),
    }
