"""The file in which a monitor keeps its counts: SQLite, refused by name where it is not whole.

It holds counts by window and group, the digests of the batches, the marks, and one line for each decision
whose outcome may still come: a keyed digest of its id, its window, its group and the decision. That line goes
when the outcome comes, or when the wait is over. Whoever has the file and a list of ids can tell which of
them wait in it: the digest hides names from a glance, not from a search.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

SCHEMA = 1
APPLICATION = 0x65647574  # "edut": where SQLite's header says whose file it is
KEY_SIZE = 16  # bytes
COUNTS = ("accepted", "refused", "tp", "fp", "fn", "tn")

_MAGIC = b"SQLite format 3\x00"
_TABLES = {
    "settings": "name TEXT PRIMARY KEY, value TEXT NOT NULL",
    "batches": "id TEXT PRIMARY KEY, digest TEXT NOT NULL, rows INTEGER NOT NULL",
    "counts": "place INTEGER, code INTEGER, " + ", ".join(f"{name} INTEGER NOT NULL" for name in COUNTS),
    "waiting": "key BLOB PRIMARY KEY, place INTEGER NOT NULL, code INTEGER NOT NULL, "
    "accepted INTEGER NOT NULL",
    "marks": "name TEXT PRIMARY KEY, ends INTEGER NOT NULL, begins INTEGER NOT NULL",
}
_KEYS = {"counts": ", PRIMARY KEY (place, code)"}
# Each row carries a sum of itself, so that a byte that has changed on the disk is found at the next opening.
_SCHEMA_TEXT = [
    f"CREATE TABLE {name} ({columns}, checked INTEGER NOT NULL{_KEYS.get(name, '')})"
    for name, columns in _TABLES.items()
]


class Ledger:
    """Open an existing file, or make one of `settings`; nothing is kept open between two uses.

    Raises
    ------
    ValueError: the file is no monitor's, damaged, or of a later version; it is left as it was.
    """

    def __init__(self, path: Path, settings: Mapping[str, Any] | None = None) -> None:
        self.path = path
        if settings is not None:
            self._make(settings)
        self._refuse_strange()

    def _make(self, settings: Mapping[str, Any]) -> None:
        # Made beside its place and then put there, so that a file of this name is never half made.
        if not self.path.parent.is_dir():
            raise FileNotFoundError(f"The folder {self.path.parent} must be there for {self.path.name}.")
        part = self.path.with_name(f"{self.path.name}.{secrets.token_hex(4)}.part")
        try:
            connection = sqlite3.connect(part)
            with _closing(connection):
                for statement in _SCHEMA_TEXT:
                    connection.execute(statement)
                written = {"settings": json.dumps(settings), "salt": secrets.token_hex(16)}
                _put(connection, "settings", written.items())
                connection.execute(f"PRAGMA application_id = {APPLICATION}")
                connection.execute(f"PRAGMA user_version = {SCHEMA}")
                connection.commit()
            _put_in_place(part, self.path)
        finally:
            part.unlink(missing_ok=True)

    def _refuse_strange(self) -> None:
        head = _head(self.path)
        if not head.startswith(_MAGIC) or len(head) < 100:
            raise ValueError(
                f"{self.path} is not a monitor's file: it is no SQLite database. It was left as it is."
            )
        if int.from_bytes(head[68:72], "big") != APPLICATION:
            raise ValueError(
                f"{self.path} is not a monitor's file: it is an SQLite database of another program. "
                "It was left as it is."
            )
        version = int.from_bytes(head[60:64], "big")
        if version != SCHEMA:
            raise ValueError(
                f"{self.path} is of version {version} of the monitor's file, and this edutools reads "
                f"version {SCHEMA}. It was left as it is."
            )
        try:
            with self.reading() as connection:
                self._refuse_damaged(connection)
                settings = dict(connection.execute("SELECT name, value FROM settings"))
                self.settings: dict[str, Any] = json.loads(settings["settings"])
                self._salt = bytes.fromhex(settings["salt"])
        except (sqlite3.Error, _Damaged, ValueError, KeyError) as error:
            if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
                raise
            raise ValueError(
                f"{self.path} is a monitor's file that is damaged ({error}). It was left as it is: "
                "put a copy of it in its place, or begin another file."
            ) from error

    def _refuse_damaged(self, connection: sqlite3.Connection) -> None:
        (said,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        if said != "ok":
            raise _Damaged(said)
        built = {sql for (sql,) in connection.execute("SELECT sql FROM sqlite_master WHERE type = 'table'")}
        if built != set(_SCHEMA_TEXT):
            raise _Damaged("its tables are not those of a monitor")
        for table in _TABLES:
            for *row, checked in connection.execute(f"SELECT * FROM {table}"):
                if checked != _sum_of(row):
                    raise _Damaged(f"a row of {table} does not add up")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for a look."""
        connection = self._connect()
        with _closing(connection):
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection in one transaction: all of it is kept, or nothing where anything fails."""
        connection = self._connect()
        with _closing(connection):
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    def _connect(self) -> sqlite3.Connection:
        # By URI, since a plain connection to a file that has gone would make an empty one.
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode=rw", uri=True, timeout=30, isolation_level=None
        )
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")  # a line that is forgotten leaves no bytes behind
        return connection

    def keys(self, ids: Iterable[Any]) -> list[bytes]:
        """A keyed digest of each id; texts and numbers that read alike are alike."""
        texts = (_plain(each).encode("utf-8", "surrogatepass") for each in ids)
        return [hashlib.blake2b(each, key=self._salt, digest_size=KEY_SIZE).digest() for each in texts]

    def counted(self, connection: sqlite3.Connection, batch: str, digest: str) -> bool:
        """Whether this batch has been counted.

        Raises
        ------
        ValueError: a batch of this name with other rows has been.
        """
        found = connection.execute("SELECT digest FROM batches WHERE id = ?", (batch,)).fetchone()
        if found is not None and found[0] != digest:
            raise ValueError(
                f"`batch` {batch!r} has been counted with other rows. Give what is new another name; "
                "nothing was counted."
            )
        return found is not None

    def note_batch(self, connection: sqlite3.Connection, batch: str, digest: str, rows: int) -> None:
        """Keep that this batch has been counted."""
        _put(connection, "batches", [(batch, digest, rows)])

    def add(self, connection: sqlite3.Connection, added: Mapping[tuple[int, int], NDArray[np.int64]]) -> None:
        """Add to the counts of each (window, group)."""
        kept = self.counts(connection)
        rows = [
            (*key, *(int(each) for each in kept.get(key, np.zeros(len(COUNTS), dtype=np.int64)) + more))
            for key, more in added.items()
        ]
        _put(connection, "counts", rows)

    def counts(self, connection: sqlite3.Connection) -> dict[tuple[int, int], NDArray[np.int64]]:
        """The counts of each (window, group), in the order of `COUNTS`."""
        rows = connection.execute(f"SELECT place, code, {', '.join(COUNTS)} FROM counts")
        return {(place, code): np.array(counted, dtype=np.int64) for place, code, *counted in rows}

    def await_outcomes(
        self, connection: sqlite3.Connection, rows: Iterable[tuple[bytes, int, int, int]]
    ) -> None:
        """Keep (key, window, group, decision) until the outcome comes.

        Raises
        ------
        ValueError: one of them waits already.
        """
        try:
            _put(connection, "waiting", rows, verb="INSERT")
        except sqlite3.IntegrityError:
            raise ValueError(
                "`ids` must name each decision once, got one that is there twice or waits for its outcome "
                "already. Nothing was counted."
            ) from None

    def take(self, connection: sqlite3.Connection, key: bytes) -> tuple[int, int, int] | None:
        """Window, group and decision of a row that waited, which is then forgotten; None where none did."""
        found = connection.execute(
            "SELECT place, code, accepted FROM waiting WHERE key = ?", (key,)
        ).fetchone()
        if found is not None:
            connection.execute("DELETE FROM waiting WHERE key = ?", (key,))
        return found

    def forget_before(self, connection: sqlite3.Connection, place: int) -> None:
        """Forget the rows of windows before `place`, whose wait is over."""
        connection.execute("DELETE FROM waiting WHERE place < ?", (place,))

    def waiting(self, connection: sqlite3.Connection) -> int:
        """How many decisions wait for their outcome."""
        return int(connection.execute("SELECT count(*) FROM waiting").fetchone()[0])

    def see(self, connection: sqlite3.Connection, place: int) -> None:
        """Keep that the windows before `place` are over."""
        _put(connection, "settings", [("over", str(max(place, self.over(connection) or place)))])

    def over(self, connection: sqlite3.Connection) -> int | None:
        """The first window that is not over yet, or None where nothing was recorded."""
        found = connection.execute("SELECT value FROM settings WHERE name = 'over'").fetchone()
        return None if found is None else int(found[0])

    def set_mark(self, connection: sqlite3.Connection, name: str, ends: int, begins: int) -> None:
        """Keep a mark: the windows before `ends` lie before it, those from `begins` on after it."""
        _put(connection, "marks", [(name, ends, begins)])

    def marks(self, connection: sqlite3.Connection) -> dict[str, tuple[int, int]]:
        """Where the windows before each mark end and those after it begin, the earliest mark first."""
        rows = connection.execute("SELECT name, ends, begins FROM marks ORDER BY ends, name")
        return {name: (ends, begins) for name, ends, begins in rows}


class _Damaged(Exception):
    """What a file says does not add up."""


def _put(
    connection: sqlite3.Connection,
    table: str,
    rows: Iterable[tuple[Any, ...]],
    verb: str = "INSERT OR REPLACE",
) -> None:
    summed = [(*row, _sum_of(row)) for row in rows]
    if summed:
        marks = ", ".join("?" * len(summed[0]))
        connection.executemany(f"{verb} INTO {table} VALUES ({marks})", summed)


def _sum_of(row: Iterable[Any]) -> int:
    return zlib.crc32(repr(tuple(row)).encode("utf-8", "surrogatepass"))


def _plain(each: Any) -> str:
    # A column of whole numbers with gaps holds floats in pandas: 3.0 is the id 3.
    return str(int(each)) if isinstance(each, float) and each.is_integer() else str(each)


def _put_in_place(part: Path, path: Path) -> None:
    # Unlike a rename, a link refuses a file that another has put there meanwhile; mounted folders may know
    # none.
    try:
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError:
        part.rename(path)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(100)


@contextmanager
def _closing(connection: sqlite3.Connection) -> Iterator[None]:
    try:
        yield
    finally:
        connection.close()
