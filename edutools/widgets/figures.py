"""Numbers in words, written as dom.js writes them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from edutools.texts import text


def decimals(value: float, digits: int = 2) -> str:
    """`value` with `digits` decimals, or the word for undefined."""
    if math.isnan(value):
        return text("common.undefined_short")
    written = f"{value:.{digits}f}"
    return (written.removeprefix("-") if float(written) == 0 else written).replace("-", "−")


def wholes(value: float) -> str:
    """A count with thousands apart, with one decimal where weights leave it no whole number."""
    rounded = round(value)
    return (f"{rounded:,}" if abs(value - rounded) < 1e-9 else f"{value:,.1f}").replace("-", "−")


def money(value: float, currency: str) -> str:
    """An amount with its currency before it, in hundredths where it is no whole number."""
    return f"{'−' if value < 0 else ''}{currency}{abs(value):,.{0 if float(value).is_integer() else 2}f}"


def interval(limits: Sequence[float], digits: int = 2) -> str:
    """An interval in brackets, or nothing where it is undefined."""
    low, high = limits
    if math.isnan(low) or math.isnan(high):
        return ""
    return text("common.interval", low=decimals(low, digits), high=decimals(high, digits))


def threshold_words(threshold: float) -> str:
    """A threshold with two decimals, with three where two would hide a step, or 'nobody' for +∞."""
    if math.isinf(threshold):
        return text("common.nobody")
    return f"{threshold:.{3 if abs(threshold * 100 - round(threshold * 100)) > 1e-6 else 2}f}"
