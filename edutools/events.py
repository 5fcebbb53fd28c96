"""What a learner did, kept on the learner's machine: append-only events, one line of JSON each.

Each kernel session writes a file of its own, so nothing needs a lock, and a synced or mounted folder is
fine; to merge two folders is to put their files together. The folder is ``EDUTOOLS_HOME`` where that is set,
else the platform's folder for user data. ``EDUTOOLS_CLOCK`` (an ISO 8601 time) stops the clock, for tests and
for building lessons.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

SCHEMA = 1
_FIELDS = {"id", "item", "time", "kind", "value", "schema"}


def home() -> Path:
    """The folder that holds the events; it need not exist yet."""
    chosen = os.environ.get("EDUTOOLS_HOME")
    if chosen:
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_data_dir("edutools", appauthor=False))


def now() -> str:
    """The present time in UTC as ISO 8601, or the time at which ``EDUTOOLS_CLOCK`` stands."""
    stopped = os.environ.get("EDUTOOLS_CLOCK")
    moment = datetime.fromisoformat(stopped) if stopped else datetime.now(UTC)
    in_utc = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    return in_utc.isoformat(timespec="microseconds").replace("+00:00", "Z")


def record(item: str, kind: str, value: Any) -> dict[str, Any]:
    """Write one event and return it; when this returns, the event is on the disk.

    A folder that cannot be written does not break a lesson: it warns once, and the event lives as long as the
    session.

    Parameters
    ----------
    item : str
        The permanent id of what was answered, such as ``"05_evaluate/threshold-meaning"``.
    kind : str
        What happened: ``"quiz"``, ``"prediction"``, ``"exercise"``, ``"hint"`` or ``"solution"``.
    value : object
        What JSON can hold, numpy's scalars and arrays included.

    Raises
    ------
    TypeError: JSON cannot hold `value`.
    """
    event = {"id": str(uuid4()), "item": item, "time": now(), "kind": kind, "value": value, "schema": SCHEMA}
    line = json.dumps(event, ensure_ascii=False, separators=(",", ":"), default=_plain)
    event = json.loads(line)
    _session.write(event, line)
    return event


def events(item: str | None = None, kind: str | None = None) -> list[dict[str, Any]]:
    """All events in the folder, each id once, oldest first.

    A line that a killed session left unfinished is passed over.

    Parameters
    ----------
    item : str, optional
        Only events of this item.
    kind : str, optional
        Only events of this kind.
    """
    union = {event["id"]: event for event in (*_read(home()), *_session.unwritten(home()))}
    wanted = (
        event
        for event in union.values()
        if (item is None or event["item"] == item) and (kind is None or event["kind"] == kind)
    )
    return sorted(wanted, key=lambda event: event["time"])


class _Session:
    """The file of this kernel session, begun at its first event, and what no file would take."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._owner: tuple[int, Path] | None = None
        self._kept: list[tuple[Path, dict[str, Any]]] = []
        self._warned = False

    def write(self, event: dict[str, Any], line: str) -> None:
        folder = home()
        try:
            _append(self._file(folder, event["time"]), line + "\n")
        except OSError as error:
            self._path = None
            self._kept.append((folder, event))
            self._warn(folder, error)

    def unwritten(self, folder: Path) -> list[dict[str, Any]]:
        return [event for kept_for, event in self._kept if kept_for == folder]

    def _file(self, folder: Path, time: str) -> Path:
        # A forked process and a changed folder begin a file of their own.
        owner = (os.getpid(), folder)
        if self._path is None or self._owner != owner:
            stamp = time.replace("-", "").replace(":", "").replace(".", "")
            self._path, self._owner = folder / f"{stamp}-{uuid4().hex[:8]}.jsonl", owner
        return self._path

    def _warn(self, folder: Path, error: OSError) -> None:
        if not self._warned:
            self._warned = True
            warnings.warn(
                f"Answers cannot be kept in {folder} ({error.strerror or error}); they last as long as this "
                "session. Set EDUTOOLS_HOME to a folder that can be written.",
                stacklevel=5,
            )


_session = _Session()


def _append(path: Path, line: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Half a character, which a page may send, is kept as it came: json reads it back.
    data = line.encode("utf-8", "surrogatepass")
    new = not path.exists()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        # One write a line: two sessions never mix, and a kill leaves at most one torn line at the end.
        if os.write(descriptor, data) != len(data):
            raise OSError("the disk took only a part of the line")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if new:
        _keep_entry(path.parent)


def _keep_entry(folder: Path) -> None:
    # A new file survives a power cut only once its folder is written too, which not every system can do.
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        return
    finally:
        os.close(descriptor)


def _read(folder: Path) -> Iterator[dict[str, Any]]:
    try:
        paths = sorted(folder.glob("*.jsonl"))
    except OSError:
        return
    for path in paths:
        try:
            lines = path.read_bytes().splitlines()
        except OSError:
            continue
        yield from _events_in(lines)


def _events_in(lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and event.keys() >= _FIELDS and _is_named(event):
            yield event


def _is_named(event: dict[str, Any]) -> bool:
    return all(isinstance(event[field], str) for field in ("id", "item", "time", "kind"))


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"an event cannot hold {type(value).__name__}: give what JSON can hold")
