"""Numbers in words, written as dom.js writes them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from edutools.texts import text


def decimals(value: float, digits: int = 2) -> str:
    """`value` with `digits` decimals, or the word for undefined."""
    if math.isnan(value):
        return text("common.undefined_short")
    return _fixed(value, digits)


def wholes(value: float) -> str:
    """A count with thousands apart, with one decimal where weights leave it no whole number."""
    return _fixed(value, 1).removesuffix(".0")


def money(value: float, currency: str) -> str:
    """An amount with its currency before it, in hundredths where it is no whole number."""
    digits = 0 if float(value).is_integer() else 2
    return f"{'−' if value < 0 else ''}{currency}{_fixed(abs(value), digits)}"


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
    hidden = abs(threshold * 100 - math.floor(threshold * 100 + 0.5))
    return _fixed(threshold, 3 if hidden > 1e-6 else 2)


def _fixed(value: float, digits: int) -> str:
    # Half upwards, as JavaScript's toFixed: Python's own format writes 1/8 as 0.12.
    rounded = Decimal(float(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return f"{abs(rounded) if rounded == 0 else rounded:,f}".replace("-", "−")
