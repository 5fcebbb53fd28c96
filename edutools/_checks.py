"""Errors that say what is wrong, what was got and what is possible."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any


def one_of(name: str, value: Any, allowed: Iterable[Any], *, near: dict[str, str] | None = None) -> Any:
    """Return `value` where it is one of `allowed`.

    Parameters
    ----------
    name : str
        What the caller calls the value, for the message.
    value : object
        What was got.
    allowed : iterable
        What is possible.
    near : dict of str to str, optional
        Other names of allowed values, in lower case (``{"tpr": "true_positive_rate"}``), from which to suggest.

    Raises
    ------
    ValueError: `value` is not among `allowed`; the message lists them and suggests the nearest.
    """
    possible = list(allowed)
    if any(type(value) is type(each) and value == each for each in possible):
        return value
    raise ValueError(f"`{name}` must be one of {possible!r}, got {value!r}.{suggestion(value, possible, near)}")


def suggestion(value: Any, possible: Iterable[Any], near: dict[str, str] | None = None) -> str:
    """A sentence that names the allowed value nearest to `value`, or an empty string."""
    aliases = near or {}
    spelled = {str(each).lower(): each for each in possible} | {key.lower(): name for key, name in aliases.items()}
    match = get_close_matches(str(value).lower(), spelled, n=1, cutoff=0.6)
    return f" Did you mean {spelled[match[0]]!r}?" if match else ""
