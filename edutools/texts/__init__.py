"""Every text that a widget, a twin or a finding shows: one catalogue a language."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def _read(language: str) -> dict[str, str]:
    return json.loads((files(__name__) / f"{language}.json").read_text(encoding="utf-8"))


def text(key: str, /, **values: Any) -> str:
    """The text called `key`, its ``{placeholders}`` filled from `values`.

    Raises
    ------
    KeyError: no text has that name, or a placeholder has no value.
    """
    return _read("en")[key].format(**values)


def catalogue(*sections: str) -> dict[str, str]:
    """All texts of some sections, those whose key begins with ``section.``, with their placeholders."""
    return {key: value for key, value in _read("en").items() if key.split(".", 1)[0] in sections}
