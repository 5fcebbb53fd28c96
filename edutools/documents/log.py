"""What was measured, when, on which data and with which versions: a line of JSON a run, never rewritten.

A line carries the digest of what it holds. One that does not fit its digest, or is no JSON, is damaged: it is
named, passed over, and left where it stands.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from edutools._checks import known_keywords, one_of
from edutools.documents.contents import contents_of, number
from edutools.events import now
from edutools.texts import text

SCHEMA = 1
_FIELDS = {"id", "time", "run", "figures", "note", "schema", "digest"}
_RUN = ("model", "label", "favourable", "rows", "threshold", "convention")


class AuditLog:
    """A file of runs, to which lines are only ever added.

    Parameters
    ----------
    path : str or Path
        A file of JSON lines; it need not exist yet.

    Examples
    --------
    >>> log = AuditLog("audits.jsonl")  # doctest: +SKIP
    >>> log.record(detector.to_dict(), note="before reweighing")  # doctest: +SKIP
    >>> log.compare()  # doctest: +SKIP
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    @known_keywords()
    def record(self, audit: Mapping[str, Any], *, note: str = "") -> dict[str, Any]:
        """Add a run and return its entry; when this returns, it is on the disk.

        Only what was measured is kept: no rows of people.

        Parameters
        ----------
        audit : mapping
            What `BiasDetector.to_dict` gives.
        note : str, optional
            Why it was measured.

        Raises
        ------
        ValueError: what `edutools.documents.report` raises.
        OSError: the file cannot be written.
        """
        contents = contents_of(audit)
        entry = {
            "id": str(uuid4()),
            "time": now(),
            "run": {
                **{key: contents[key] for key in _RUN},
                "data": (contents["data"] or {}).get("digest"),
                "versions": contents["versions"],
            },
            "figures": dict(_figures(contents)),
            "note": str(note),
            "schema": SCHEMA,
        }
        entry["digest"] = _digest(entry)
        _append(self.path, _as_line(entry))
        return entry

    def entries(self) -> list[dict[str, Any]]:
        """The runs, oldest first; damaged lines are passed over, with a warning that names them."""
        read = list(self._read())
        damaged = [f"{line} ({wrong})" for line, _, wrong in read if wrong]
        if damaged:
            warnings.warn(
                text("log.damaged", path=self.path, n=len(damaged), lines=", ".join(damaged)), stacklevel=2
            )
        return [entry for _, entry, wrong in read if not wrong]

    @property
    def damaged(self) -> dict[int, str]:
        """What is wrong with each damaged line, by its number from 1."""
        return {line: wrong for line, _, wrong in self._read() if wrong}

    def _read(self) -> Iterator[tuple[int, dict[str, Any], str | None]]:
        try:
            lines = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return
        for place, line in enumerate(lines, start=1):
            if line.strip():
                entry, wrong = _from_line(line)
                yield place, entry, wrong

    def compare(self, earlier: int | str = -2, later: int | str = -1) -> Comparison:
        """The second run held against the first: what changed in data, model, versions and figures.

        Parameters
        ----------
        earlier, later : int or str, default the last two
            The place of a run among `entries`, or its id.

        Raises
        ------
        ValueError: there is no such run.
        """
        entries = self.entries()
        return Comparison(_run(entries, "earlier", earlier), _run(entries, "later", later))

    def __len__(self) -> int:
        return sum(not wrong for _, _, wrong in self._read())

    def __repr__(self) -> str:
        return f"AuditLog({str(self.path)!r}): {len(self)}"


@dataclass(frozen=True)
class Comparison:
    """Two runs of a log, held against each other.

    Attributes
    ----------
    earlier, later : dict
        The entries.
    """

    earlier: dict[str, Any]
    later: dict[str, Any]

    @property
    def changes(self) -> dict[str, tuple[Any, Any]]:
        """What differs beside the figures, earlier and later, by names such as ``versions.numpy``."""
        one, other = (_flat(entry["run"]) for entry in (self.earlier, self.later))
        names = list(dict.fromkeys((*one, *other)))
        return {name: (one.get(name), other.get(name)) for name in names if one.get(name) != other.get(name)}

    @property
    def figures(self) -> dict[str, tuple[dict[str, Any] | None, dict[str, Any] | None]]:
        """The figures that differ, earlier and later; None where a run has none of that name."""
        one, other = self.earlier["figures"], self.later["figures"]
        names = list(dict.fromkeys((*one, *other)))
        return {name: (one.get(name), other.get(name)) for name in names if one.get(name) != other.get(name)}

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON holds it."""
        return {
            "earlier": {key: self.earlier[key] for key in ("id", "time", "note")},
            "later": {key: self.later[key] for key in ("id", "time", "note")},
            "changes": {name: list(pair) for name, pair in self.changes.items()},
            "figures": {name: list(pair) for name, pair in self.figures.items()},
        }

    def _summary(self) -> dict[str, Any]:
        sentences = [] if self.changes else [text("log.same_run")]
        if not self.figures:
            sentences.append(text("log.figures_same", n=len(self.later["figures"])))
        tables = []
        for rows, caption, what in (
            ([[name, *map(_told, pair)] for name, pair in self.changes.items()], "what_changed", "what"),
            (
                [[name, *map(_figure, pair), _move(*pair)] for name, pair in self.figures.items()],
                "figures",
                "figure",
            ),
        ):
            if rows:
                columns = [what, "earlier", "later", *(["move"] if what == "figure" else [])]
                tables.append(
                    {
                        "caption": text(f"log.{caption}"),
                        "columns": [text(f"log.{column}") for column in columns],
                        "rows": rows,
                    }
                )
        title = text("log.comparison", earlier=_named(self.earlier), later=_named(self.later))
        return {"title": title, "sentences": sentences, "tables": tables}

    def __repr__(self) -> str:
        from edutools.widgets.base import summary_as_text

        return summary_as_text(self._summary())

    def _repr_html_(self) -> str:
        from edutools.widgets.base import summary_as_html

        return summary_as_html(self._summary())


def _named(entry: Mapping[str, Any]) -> str:
    return text("log.noted", time=entry["time"], note=entry["note"]) if entry["note"] else entry["time"]


def _figures(contents: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for finding in (each for each in contents["findings"] if each["mirrors"] is None):
        whom = [finding.get(key) for key in ("feature", "group", "reference")]
        yield (
            " · ".join([str(finding["short"]), *(str(each) for each in whom if each is not None)]),
            _kept(finding),
        )
    for group in contents["groups"]:
        for rate, figure in (group.get("rates") or {}).items():
            yield f"{rate} · {group['feature']} · {group['group']}", _kept(figure)


def _kept(figure: Mapping[str, Any]) -> dict[str, Any]:
    return {key: figure.get(key) for key in ("value", "low", "high", "reason")}


def _flat(run: Mapping[str, Any]) -> dict[str, Any]:
    versions = {f"versions.{name}": version for name, version in (run.get("versions") or {}).items()}
    return {key: value for key, value in run.items() if key != "versions"} | versions


def _run(entries: list[dict[str, Any]], name: str, which: int | str) -> dict[str, Any]:
    if isinstance(which, str):
        one_of(name, which, [entry["id"] for entry in entries])
        return next(entry for entry in entries if entry["id"] == which)
    if not -len(entries) <= which < len(entries):
        raise ValueError(f"`{name}` must be a place among the {len(entries)} runs of the log, got {which!r}.")
    return entries[which]


def _told(value: Any) -> str:
    return "–" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _figure(figure: Mapping[str, Any] | None) -> str:
    from edutools.widgets.audit import with_limits

    return "–" if figure is None else with_limits(figure)


def _move(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> str:
    if one is None or other is None:
        return text("log.added" if one is None else "log.gone")
    move = number(other["value"]) - number(one["value"])
    if math.isnan(move):
        return text("log.changed")
    return f"{move:+.3f}".replace("-", "−")


def _as_line(entry: Mapping[str, Any]) -> bytes:
    # A lone half of a character in a name is kept as its escape.
    return json.dumps(entry, allow_nan=False, separators=(",", ":")).encode("ascii") + b"\n"


def _digest(entry: Mapping[str, Any]) -> str:
    held = {key: value for key, value in entry.items() if key != "digest"}
    written = json.dumps(held, allow_nan=False, separators=(",", ":"), sort_keys=True)
    return "sha256:" + hashlib.sha256(written.encode("ascii")).hexdigest()


def _from_line(line: bytes) -> tuple[dict[str, Any], str | None]:
    try:
        entry = json.loads(line)
    except ValueError:
        return {}, "no JSON"
    if not isinstance(entry, dict) or not entry.keys() >= _FIELDS:
        return {}, "no run"
    if entry["schema"] != SCHEMA:
        return {}, f"schema {entry['schema']!r}"
    return (entry, None) if entry["digest"] == _digest(entry) else ({}, "changed since it was written")


def _append(path: Path, line: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        # After a line that a kill tore off, a new one begins, so that nothing is lost with it.
        torn = (
            os.fstat(descriptor).st_size
            and os.pread(descriptor, 1, os.fstat(descriptor).st_size - 1) != b"\n"
        )
        written = b"\n" * bool(torn) + line
        if os.write(descriptor, written) != len(written):
            raise OSError("the disk took only a part of the line")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
