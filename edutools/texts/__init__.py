"""Every text that a widget, a twin or a finding shows: one catalogue a language."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from typing import Any

from edutools._checks import one_of

SOURCE = "en"
"""The language in which every text exists, and which stands in where another lacks one."""

VARIABLE = "EDUTOOLS_LANGUAGE"
"""The environment variable that says which language is spoken until `language` says another."""

_chosen: str | None = None

# Signs that turn the direction of writing, and those that end it (Unicode Standard Annex #9, 2).
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_POP_EMBEDDING, _FIRST_ISOLATE, _POP_ISOLATE = "\u202c", "\u2066", "\u2069"
_ENDS = (_POP_EMBEDDING, _POP_ISOLATE)


@cache
def languages() -> tuple[str, ...]:
    """Codes of the languages that have a catalogue, such as ``("en", "es")``."""
    names = (entry.name for entry in files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(".json") for name in names if name.endswith(".json")))


def language(code: str | None = None) -> str:
    """Code of the language in which widgets, findings and reports are made, once `code` is chosen if given.

    What was made before keeps its language. Lessons, question banks and errors are English in all, and
    numbers are written alike: a point before decimals, a comma between thousands. Names that edutools gives
    to a group, such as 'the rest', are in the language too.

    Parameters
    ----------
    code : str, optional
        ``"en"`` or ``"es"``; ``"es-MX"`` is ``"es"``. Until one is chosen it is the one that the environment
        variable ``EDUTOOLS_LANGUAGE`` names, or else English.

    Raises
    ------
    TypeError: `code` is no text.
    ValueError: there is no catalogue of that language.
    """
    global _chosen
    if code is not None:
        _chosen = _known("code", code)
    return _chosen or _known(VARIABLE, os.environ.get(VARIABLE) or SOURCE)


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Texts in language `code` while it lasts, and in the language of before afterwards."""
    global _chosen
    before, _chosen = _chosen, _known("code", code)
    try:
        yield
    finally:
        _chosen = before


def text(key: str, /, **values: Any) -> str:
    """The text called `key` in the present language, its ``{placeholders}`` filled from `values`.

    Raises
    ------
    KeyError: no text has that name, or a placeholder has no value.
    """
    return _whole(language())[key].format(**{name: _kept(value) for name, value in values.items()})


def _kept(value: Any) -> Any:
    """A name with the signs that end what it turned of the direction of writing, as dom.js adds them."""
    if not isinstance(value, str) or value.isascii() or not (turns := _TURNS.findall(value)):
        return value
    still_open: list[str] = []
    for sign in turns:
        if sign not in _ENDS:
            still_open.append(_POP_EMBEDDING if sign < _FIRST_ISOLATE else _POP_ISOLATE)
        elif still_open and still_open[-1] == sign:
            still_open.pop()
    return value + "".join(reversed(still_open))


def phrase(english: str) -> str:
    """What a data file says in English, such as a rule's summary, in the present language."""
    return _phrases(language()).get(english, english)


def catalogue(*sections: str, code: str | None = None) -> dict[str, str]:
    """All texts of some sections, those whose key begins with ``section.``, with their placeholders."""
    whole = _whole(code or language())
    return {key: value for key, value in whole.items() if key.split(".", 1)[0] in sections}


def _known(name: str, code: str) -> str:
    if not isinstance(code, str):
        raise TypeError(f"`{name}` must be a text such as 'es', got {type(code).__name__}.")
    main = code.replace("_", "-").split("-")[0].lower()
    return one_of(name, main if main in languages() else code, languages())


@cache
def _whole(code: str) -> dict[str, str]:
    return read(SOURCE) | read(code)


@cache
def read(code: str) -> dict[str, str]:
    """The catalogue of one language as it stands, without what it lacks."""
    return json.loads((files(__name__) / f"{code}.json").read_text(encoding="utf-8"))


@cache
def _phrases(code: str) -> dict[str, str]:
    place = files(__name__) / "phrases" / f"{code}.json"
    return json.loads(place.read_text(encoding="utf-8")) if place.is_file() else {}
