"""Which number speaks to which rule: a map with a source for each line, and no legal advice."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True)
class Rule:
    """One provision, and the numbers that speak to it.

    Attributes
    ----------
    name, place, provision : str
        What it is called, where and for what it holds, and where it stands.
    says : str
        What it asks, in plain words.
    measures : tuple of str
        Short names of the measures that speak to it (`edutools.bias.measures.MEASURES`, and ``"POP"``); none
        where no measure between groups does.
    reads : str
        How a number speaks to it, or what does where no number can.
    changes : str or None
        What has changed of late, or may change, as of `AS_OF`.
    source : str
        Where the official text stands.
    """

    name: str
    place: str
    provision: str
    says: str
    measures: tuple[str, ...]
    reads: str
    changes: str | None
    source: str

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON holds it."""
        return {**asdict(self), "measures": list(self.measures)}


_READ = json.loads((files("edutools.documents") / "rules.json").read_text(encoding="utf-8"))

AS_OF: str = _READ["as_of"]
"""The year and month in which the map was last held against its sources."""

NOTICE: str = _READ["notice"]
"""What stands beside the map wherever it is shown."""

RULES = MappingProxyType(
    {key: Rule(**{**rule, "measures": tuple(rule["measures"])}) for key, rule in _READ["rules"].items()}
)
"""The rules by their names, read-only."""


def rules_for(measures: Iterable[str]) -> dict[str, Rule]:
    """The rules to which some of these measures speak, and those to which no measure between groups does."""
    there = set(measures)
    return {key: rule for key, rule in RULES.items() if not rule.measures or there & set(rule.measures)}
