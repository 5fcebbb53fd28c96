"""A batch on its way into the counts: what a caller gives, read and checked, and what it counts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from edutools._columns import plain, read_scores
from edutools.monitoring.ledger import COUNTS, KEY_SIZE


@dataclass(frozen=True)
class Rows:
    """A batch on its way into the counts; `outcome` is -1 where it is not known."""

    place: NDArray[np.int64]
    code: NDArray[np.int64]
    accepted: NDArray[np.int8]
    outcome: NDArray[np.int8]
    keys: list[bytes | None] | None
    times: NDArray[np.int64]

    @property
    def digest(self) -> str:
        """The same for the same rows in the same order."""
        keys = np.frombuffer(b"".join(each or bytes(KEY_SIZE) for each in self.keys or []), dtype=np.uint8)
        return digest_of([self.times, self.code, self.accepted, self.outcome, keys])

    def counts(self) -> dict[tuple[int, int], NDArray[np.int64]]:
        """What is added to the counts of each (window, group)."""
        hit, miss = self.outcome == 1, self.outcome == 0
        accepted = self.accepted == 1
        columns = np.stack(
            [accepted, ~accepted, accepted & hit, accepted & miss, ~accepted & hit, ~accepted & miss], axis=1
        )
        keys, inverse = np.unique(np.stack([self.place, self.code], axis=1), axis=0, return_inverse=True)
        summed = np.zeros((len(keys), len(COUNTS)), dtype=np.int64)
        np.add.at(summed, inverse.ravel(), columns)
        return {(int(place), int(code)): row for (place, code), row in zip(keys, summed, strict=True)}

    def waiting(self) -> list[tuple[bytes, int, int, int]]:
        """(key, window, group, decision) of those whose outcome may still come."""
        if self.keys is None:
            return []
        rows = zip(self.keys, self.place.tolist(), self.code.tolist(), self.accepted.tolist(), strict=True)
        return [
            (key, *row)
            for (key, *row), outcome in zip(rows, self.outcome, strict=True)
            if key is not None and outcome < 0
        ]


def outcome_counts(
    joined: Iterable[tuple[int, int, int, int]],
) -> dict[tuple[int, int], NDArray[np.int64]]:
    """What outcomes that have come, as (window, group, decision, outcome), add to the counts."""
    added: dict[tuple[int, int], NDArray[np.int64]] = {}
    for place, code, accepted, hit in joined:
        cell = ("tp" if hit else "fp") if accepted else ("fn" if hit else "tn")
        row = added.setdefault((place, code), np.zeros(len(COUNTS), dtype=np.int64))
        row[COUNTS.index(cell)] += 1
    return added


def digest_of(columns: Iterable[NDArray[Any]]) -> str:
    """SHA-256 of the columns, each with its length before it, in hexadecimal digits."""
    found = hashlib.sha256()
    for column in columns:
        held = np.ascontiguousarray(column).tobytes()
        found.update(len(held).to_bytes(8, "big") + held)
    return found.hexdigest()


def read_decisions(y_pred: Any, y_score: Any, threshold: float) -> NDArray[np.int8]:
    """1 for each accepted row and 0 for the others, from decisions or from scores.

    Raises
    ------
    ValueError: both or neither are given, or they are not what they must be.
    """
    if (y_pred is None) == (y_score is None):
        raise ValueError("Either `y_pred` or `y_score` must be given, got both or neither.")
    if y_score is None:
        return read_binary("y_pred", y_pred)
    scores = read_scores(y_score)
    if not np.isfinite(scores).all():
        raise ValueError(f"`y_score` must be finite, got {int((~np.isfinite(scores)).sum())} that are not.")
    # ≥, not >: a tie is accepted, as everywhere else.
    return (scores >= threshold).astype(np.int8)


def read_binary(
    name: str, values: Any, n_rows: int | None = None, *, missing: bool = False
) -> NDArray[np.int8]:
    """1 or 0 in each row, and -1 where a value is missing and may be."""
    array = np.asarray(plain(values), dtype=object)
    if array.ndim != 1 or not array.size or (n_rows is not None and array.size != n_rows):
        expected = "at least one row" if n_rows is None else f"{n_rows} rows"
        raise ValueError(f"`{name}` must have one dimension and {expected}, got shape {array.shape}.")
    absent = pd.isna(array)
    if absent.any() and not missing:
        raise ValueError(f"`{name}` must be 1 or 0 in each row, got {int(absent.sum())} missing.")
    read = np.full(array.size, -1, dtype=np.int8)
    for row, value in enumerate(array):
        if not absent[row]:
            if isinstance(value, str | bytes) or value not in (0, 1):
                raise ValueError(f"`{name}` must be 1 or 0 in each row, got {value!r} in row {row}.")
            read[row] = int(value)
    return read
