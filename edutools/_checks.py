"""Errors that say what is wrong, what was got and what is possible."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


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
        Other names of allowed values, in lower case (``{"tpr": "true_positive_rate"}``), to suggest from.

    Raises
    ------
    ValueError: `value` is not among `allowed`; the message lists them and suggests the nearest.
    """
    possible = list(allowed)
    # numpy's texts are texts, but True is not the number 1.
    plain = str(value) if isinstance(value, str) else value
    if any(type(plain) is type(each) and plain == each for each in possible):
        return plain
    raise ValueError(
        f"`{name}` must be one of {possible!r}, got {value!r}.{suggestion(value, possible, near)}"
    )


def suggestion(value: Any, possible: Iterable[Any], near: dict[str, str] | None = None) -> str:
    """A sentence that names the allowed value nearest to `value`, or an empty string."""
    aliases = near or {}
    spelled = {str(each).lower(): each for each in possible} | {
        key.lower(): name for key, name in aliases.items()
    }
    match = get_close_matches(str(value).lower(), spelled, n=1, cutoff=0.6)
    return f" Did you mean {spelled[match[0]]!r}?" if match else ""


def known_keywords(*further: Callable[..., Any]) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """A decorator: the function then refuses an unknown keyword by a TypeError that suggests the near one.

    Parameters
    ----------
    *further : function
        Those to which the function hands on the keywords that are not its own.
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        gathers = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
        own = [each for each in _parameters(function) if each.kind not in gathers]
        handed = [each for one in further for each in _parameters(one) if each.kind is each.KEYWORD_ONLY]
        known = [each.name for each in (*own, *handed) if each.name not in ("self", "cls")]
        called = function.__qualname__.removesuffix(".__init__")

        @functools.wraps(function)
        def checked(*args: P.args, **kwargs: P.kwargs) -> T:
            for name in kwargs:
                if name not in known:
                    raise TypeError(
                        f"{called}() has the keywords {known}, got {name!r}.{suggestion(name, known)}"
                    )
            return function(*args, **kwargs)

        return checked

    return decorate


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    return list(inspect.signature(function).parameters.values())
