"""Every text that a widget, a twin or a finding shows: one catalogue a language."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

# Signs that turn the direction of writing, and those that end it (Unicode Standard Annex #9, 2).
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_POP_EMBEDDING, _FIRST_ISOLATE, _POP_ISOLATE = "\u202c", "\u2066", "\u2069"
_ENDS = (_POP_EMBEDDING, _POP_ISOLATE)


@cache
def _read(language: str) -> dict[str, str]:
    return json.loads((files(__name__) / f"{language}.json").read_text(encoding="utf-8"))


def text(key: str, /, **values: Any) -> str:
    """The text called `key`, its ``{placeholders}`` filled from `values`.

    Raises
    ------
    KeyError: no text has that name, or a placeholder has no value.
    """
    return _read("en")[key].format(**{name: _kept(value) for name, value in values.items()})


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


def catalogue(*sections: str) -> dict[str, str]:
    """All texts of some sections, those whose key begins with ``section.``, with their placeholders."""
    return {key: value for key, value in _read("en").items() if key.split(".", 1)[0] in sections}
