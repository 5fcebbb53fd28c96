"""A measure between two groups as a sentence that a lender's clerk understands."""

from __future__ import annotations

import math

from edutools.bias.comparisons import RATES, Comparison
from edutools.bias.measures import MEASURES
from edutools.metrics import rate
from edutools.texts import phrase, text

FOUR_FIFTHS = 0.8
Limits = tuple[float, float]


def sentence(
    short: str,
    value: float,
    limits: Limits,
    *,
    reason: str | None = None,
    convention: str | None = None,
    **words: str,
) -> str:
    """What was measured, for whom, how large it is and how sure, in words.

    Parameters
    ----------
    short : str
        A short name of `MEASURES`, or ``"POP"``.
    value : float
    limits : tuple of float
        Of its interval; nan where there is none.
    reason : str, optional
        Why there is no value.
    convention : str, optional
        What is said of a convention, at the end.
    **words : str
        What the text ``finding.SHORT`` asks for.
    """
    if reason is not None:
        who = text("finding.who", **words) if words.get("group") else text("bias.all_rows")
        return text("finding.undefined", name=phrase(MEASURES[short].name), who=who, reason=reason)
    said = [text(f"finding.{short}", value=number(value), **words)]
    if math.isnan(limits[0]):
        said.append(text("finding.value", name=short, value=number(value)))
    else:
        low, high = map(number, limits)
        said.append(text("finding.interval", name=short, value=number(value), low=low, high=high))
        parity = MEASURES[short].parity if short in MEASURES else 0.0
        if limits[0] <= parity <= limits[1]:
            said.append(text("finding.covers", parity=f"{parity:g}"))
    return " ".join([*said, *([convention] if convention else [])])


def figures(pair: Comparison, short: str) -> dict[str, str]:
    """The two figures that a measure compares, of a and of d, as they stand in its sentence."""
    a, d = pair.sides
    if short in RATES or short == "DI":
        shares = rate(pair.cells, RATES[short][0] if short in RATES else "selection_rate")
        return {"a": percent(shares[0]), "d": percent(shares[1])}
    if short == "CI":
        return {"a": percent(a.rows / (a.rows + d.rows)), "d": percent(d.rows / (a.rows + d.rows))}
    quotients = {
        "DCAcc": lambda side: (side.positives, side.accepted),
        "DCR": lambda side: (side.negatives, side.rejected),
        "TE": lambda side: (side.fn, side.fp),
    }
    if short not in quotients:
        return {}
    return {name: _quotient(*quotients[short](side)) for name, side in (("a", a), ("d", d))}


def four_fifths(value: float, limits: Limits) -> str | None:
    """On which side of the four-fifths line the interval of a lower rate lies; None of a higher rate.

    Source: Uniform Guidelines on Employee Selection Procedures, 29 CFR 1607.4(D), 1978.
    """
    if math.isnan(limits[0]) or value > 1:
        return None
    low, high = limits
    side = "below" if high < FOUR_FIFTHS else "above" if low >= FOUR_FIFTHS else "across"
    return text(f"finding.four_fifths_{side}")


def number(value: float) -> str:
    """Three decimals, with a true minus and ∞."""
    digits = "∞" if math.isinf(value) else f"{abs(value):.3f}"
    return f"−{digits}" if value < 0 and digits.strip("0.") else digits


def figure(value: float, low: float, high: float) -> str:
    """A value with its interval, where it has one."""
    if math.isnan(value):
        return text("common.undefined_short")
    if math.isnan(low):
        return number(value)
    return text("findings.interval", value=number(value), low=number(low), high=number(high))


def percent(share: float) -> str:
    """A share in percent, one decimal."""
    return text("common.undefined_short") if math.isnan(share) else f"{100 * share:.1f}%"


def _quotient(over: float, under: float) -> str:
    return f"{over / under:.2f}" if under else text("common.undefined_short")
