"""An audit's dict, from which every view is made: checked, ranked, beside the rules, without people."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from edutools._checks import suggestion
from edutools.documents.rules import AS_OF, NOTICE, rules_for

SCHEMA = 1
NEEDED = ("schema", "model", "label", "rows", "groups", "findings", "notes")
# What an audit may hold beside that. Nothing else is taken over: a key that nobody foresaw could hold people.
FURTHER: dict[str, Any] = {
    "made": None,
    "favourable": None,
    "threshold": None,
    "convention": None,
    "asks": [],
    "tests": None,
    "boundaries": {},
    "data": {},
    "versions": {},
    "analysis": None,
    "mitigations": [],
}
FINDING = ("stage", "metric", "short", "value", "parity", "text")
IDENTIFIERS = ("name", "phone", "email", "e-mail", "address", "ssn", "id")

BEYOND, COVERS, BARE, UNDEFINED = "beyond", "covers", "bare", "undefined"
STANDINGS = (BEYOND, COVERS, BARE, UNDEFINED)
"""Where a finding stands: its interval lies beyond parity, covers it, is not known, or there is no value."""


def contents_of(
    audit: Mapping[str, Any], *, include_rows: bool = False, identifiers: Sequence[str] = IDENTIFIERS
) -> dict[str, Any]:
    """What a report holds, as JSON holds it.

    Parameters
    ----------
    audit : mapping
        What `BiasDetector.to_dict` gives: ``schema``, ``model``, ``label``, ``rows`` (how many), ``groups``,
        ``findings``, ``notes`` and, where known, ``made``, ``favourable``, ``threshold``, ``convention``,
        ``data``, ``versions``, ``asks``, ``tests``, ``boundaries``, ``analysis``, ``mitigations``. Its
        ``people`` (a list of dicts, one a person) are taken over only on request.
    include_rows : bool, default False
        Whether the report shows ``people``.
    identifiers : sequence of str
        Columns of ``people`` that are left out even then, whatever the case of their letters.

    Returns
    -------
    dict
        The audit, its findings ranked as it ranks them, those without a value last. With each its ``rank``,
        its ``standing``, and ``mirrors``: the rank of the finding that says the same from the other group's
        side, or by another measure of the same two rates, where there is one above it; these come after all
        others. The ``rules`` that its numbers speak to.

    Raises
    ------
    TypeError: `audit` is no mapping.
    ValueError: a key is absent; the schema is another; a finding lacks what it needs.
    """
    if not isinstance(audit, Mapping):
        raise TypeError(
            f"`audit` must be a dict such as BiasDetector.to_dict gives, got {type(audit).__name__}."
        )
    absent = [key for key in NEEDED if key not in audit]
    if absent:
        near = "".join(suggestion(key, absent) for key in audit if key not in (*NEEDED, *FURTHER, "people"))
        raise ValueError(f"`audit` must hold {list(NEEDED)}, got none of {absent}.{near}")
    if audit["schema"] != SCHEMA:
        raise ValueError(f"`audit` must have the schema {SCHEMA}, got {audit['schema']!r}.")
    findings = _ranked(audit["findings"])
    kept = {key: audit[key] for key in NEEDED if key != "findings"}
    kept |= {key: audit.get(key, usual) for key, usual in FURTHER.items()}
    kept["findings"] = findings
    if include_rows and audit.get("people"):
        kept["people"] = _without(identifiers, audit["people"])
    rules = rules_for(str(finding["short"]) for finding in findings)
    kept["rules"] = {
        "as_of": AS_OF,
        "notice": NOTICE,
        "rules": {key: rule.to_dict() for key, rule in rules.items()},
    }
    return plain(kept)


def _ranked(findings: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    for place, finding in enumerate(findings):
        absent = [key for key in FINDING if key not in finding]
        if absent:
            raise ValueError(
                f"finding {place} of `audit` must hold {list(FINDING)}, got none of {absent}: {finding!r}"
            )
    stood = [{**finding, "standing": standing(finding)} for finding in findings]
    stood.sort(key=lambda finding: finding["standing"] == UNDEFINED)
    return _numbered(stood)


def _numbered(stood: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Findings with their rank, those behind the others that say what another has said."""
    firsts: dict[tuple[Any, ...], dict[str, Any]] = {}
    leading: list[dict[str, Any]] = []
    said: list[dict[str, Any]] = []
    for finding in stood:
        feature, group, reference = (finding.get(key) for key in ("feature", "group", "reference"))
        mirrored = firsts.get((finding["short"], feature, reference, group))
        repeated = firsts.get((finding.get("repeats"), feature, group, reference))
        numbered = {**finding, "mirrors": repeated or mirrored}
        firsts.setdefault((finding["short"], feature, group, reference), numbered)
        (said if numbered["mirrors"] else leading).append(numbered)
    ranked = [*leading, *said]
    for rank, finding in enumerate(ranked, start=1):
        finding["rank"] = rank
    for finding in said:
        finding["mirrors"] = finding["mirrors"]["rank"]
    return ranked


def standing(finding: Mapping[str, Any]) -> str:
    """Where a finding stands, one of `STANDINGS`; an interval that only touches parity covers it."""
    value, low, high = (number(finding.get(key)) for key in ("value", "low", "high"))
    if math.isnan(value):
        return UNDEFINED
    if math.isnan(low) or math.isnan(high):
        return BARE
    return COVERS if low <= finding["parity"] <= high else BEYOND


def number(written: Any) -> float:
    """A number as JSON writes it: nan of None, and ±∞ of ``"inf"`` and ``"-inf"``."""
    return math.nan if written is None else float(written)


def _without(identifiers: Sequence[str], people: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    hidden = {name.strip().casefold() for name in identifiers}
    return [
        {name: value for name, value in person.items() if str(name).strip().casefold() not in hidden}
        for person in people
    ]


def plain(value: Any) -> Any:
    """`value` as JSON holds it: numpy's numbers as Python's, nan as None, infinite ones as words.

    Raises
    ------
    TypeError: JSON cannot hold it.
    """
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None if math.isnan(value) else str(value)
    if value is None or isinstance(value, bool | int | str):
        return value
    raise TypeError(f"an audit cannot hold {type(value).__name__}: give what JSON can hold")
