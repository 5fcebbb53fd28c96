"""What a learner did, kept on the learner's machine: append-only events, one line of JSON each.

Each kernel session writes a file of its own, so nothing needs a lock, and a synced or mounted folder is
fine; to merge two folders is to put their files together. The folder is ``EDUTOOLS_HOME`` where that is set,
else the platform's folder for user data. ``EDUTOOLS_CLOCK`` (an ISO 8601 time) stops the clock, for tests and
for building lessons.
"""

from __future__ import annotations

import json
import os
import re
import warnings
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import uuid4

SCHEMA = 1
_FIELDS = {"id", "item", "time", "kind", "value", "schema"}
_NAME = re.compile(r"\d{8}T\d{12}Z-[0-9a-f]{8}\.jsonl")


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
    event = json.loads(json.dumps(event, default=_plain))
    _session.write(event)
    return event


def events(item: str | None = None, kind: str | None = None) -> list[dict[str, Any]]:
    """All events in the folder, each id once, oldest first.

    A line that a killed session left unfinished is passed over. A file that has not changed is read once.

    Parameters
    ----------
    item : str, optional
        Only events of this item.
    kind : str, optional
        Only events of this kind.
    """
    union = {event["id"]: event for event in (*_read(_files(home())), *_session.unwritten(home()))}
    wanted = (
        event
        for event in union.values()
        if (item is None or event["item"] == item) and (kind is None or event["kind"] == kind)
    )
    return sorted(wanted, key=lambda event: event["time"])


def files() -> list[Path]:
    """The files of the folder that hold events, oldest first; none of any other name."""
    return [path for path in _files(home()) if _NAME.fullmatch(path.name)]


def merge(foreign: Iterable[dict[str, Any]]) -> int:
    """How many events were taken in: those whose id is new, into one file that is there whole or not at all.

    Raises
    ------
    OSError: the folder cannot be written; nothing was taken in.
    """
    known = {event["id"] for event in events()}
    new = {event["id"]: event for event in foreign if event["id"] not in known}
    if new:
        _write_whole(home() / _file_name(now()), to_lines(new.values()))
    return len(new)


def forget() -> int:
    """How many events were deleted: all that the folder and this session hold. Files of other names stay.

    Raises
    ------
    OSError: a file cannot be deleted.
    """
    paths = files()
    found = {event["id"] for event in (*_read(paths), *_session.unwritten(home()))}
    for path in paths:
        path.unlink()
    _session.forget(home())
    return len(found)


def to_lines(kept: Iterable[dict[str, Any]]) -> bytes:
    """Events as they stand in a file: a line of JSON each."""
    lines = (json.dumps(event, ensure_ascii=False, separators=(",", ":")) + "\n" for event in kept)
    # Half a character, which a page may send, is kept as it came: json reads it back.
    return "".join(lines).encode("utf-8", "surrogatepass")


def from_line(line: bytes) -> dict[str, Any] | None:
    """The event that a line of a file holds; None where it holds none."""
    try:
        event = json.loads(line)
    except ValueError:
        return None
    whole = isinstance(event, dict) and event.keys() >= _FIELDS and _is_named(event)
    return event if whole else None


class _Session:
    """The file of this kernel session, begun at its first event, and what no file would take."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._owner: tuple[int, Path] | None = None
        self._kept: list[tuple[Path, dict[str, Any]]] = []
        self._warned = False

    def write(self, event: dict[str, Any]) -> None:
        folder = home()
        try:
            _append(self._file(folder, event["time"]), to_lines([event]))
        except OSError as error:
            self._path = None
            self._kept.append((folder, event))
            self._warn(folder, error)

    def forget(self, folder: Path) -> None:
        self._path = None
        self._kept = [each for each in self._kept if each[0] != folder]

    def unwritten(self, folder: Path) -> list[dict[str, Any]]:
        return [event for kept_for, event in self._kept if kept_for == folder]

    def _file(self, folder: Path, time: str) -> Path:
        # A forked process and a changed folder begin a file of their own.
        owner = (os.getpid(), folder)
        if self._path is None or self._owner != owner:
            self._path, self._owner = folder / _file_name(time), owner
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


def _file_name(time: str) -> str:
    stamp = time.replace("-", "").replace(":", "").replace(".", "")
    return f"{stamp}-{uuid4().hex[:8]}.jsonl"


def _append(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
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


def _write_whole(path: Path, data: bytes) -> None:
    part = path.with_suffix(".part")
    try:
        _append(part, data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    _keep_entry(path.parent)


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(folder.glob("*.jsonl"))
    except OSError:
        return []


def _read(paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
    for path in paths:
        try:
            state = path.stat()
            yield from _events_in(path, state.st_size, state.st_mtime_ns)
        except OSError:
            continue


@lru_cache(maxsize=4096)
def _events_in(path: Path, size: int, changed: int) -> tuple[dict[str, Any], ...]:
    """The events of a file, read again once its size or time is another."""
    lines = map(from_line, path.read_bytes().splitlines())
    return tuple(event for event in lines if event is not None)


def _is_named(event: dict[str, Any]) -> bool:
    return all(isinstance(event[field], str) for field in ("id", "item", "time", "kind")) and _is_time(
        event["time"]
    )


def _is_time(written: str) -> bool:
    try:
        return datetime.fromisoformat(written).tzinfo is not None
    except ValueError:
        return False


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"an event cannot hold {type(value).__name__}: give what JSON can hold")
