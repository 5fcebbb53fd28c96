"""Windows of time as whole numbers: which one a time falls in, and when one begins."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

WINDOWS_A_YEAR = {"day": 365, "week": 52, "month": 12}
_MONDAY = 3  # days from the first Monday's week to 1 January 1970, a Thursday


def read_times(time: Any, n_rows: int | None = None) -> pd.DatetimeIndex:
    """Times in UTC; one time stands for all rows. A time without a zone is taken as UTC.

    Raises
    ------
    ValueError: not times, missing times, or not `n_rows` of them.
    """
    single = isinstance(time, str) or not hasattr(time, "__len__")
    try:
        times = pd.DatetimeIndex(
            pd.to_datetime([time] if single else time, utc=True, format="mixed" if _texts(time) else None)
        )
    except (ValueError, TypeError, OverflowError) as error:
        raise ValueError(f"`time` must be a time or one for each row, got {_short(time)}: {error}.") from None
    if times.hasnans:
        raise ValueError(
            f"`time` must be known in each row, got {int(np.count_nonzero(times.isna()))} missing."
        )
    if n_rows is None or len(times) == n_rows:
        return times
    if not single:
        raise ValueError(f"`time` must be one time, or {n_rows} of them, got {len(times)}.")
    return times.repeat(n_rows)


def _texts(time: Any) -> bool:
    return isinstance(time, str) or (
        hasattr(time, "__len__") and len(time) > 0 and isinstance(next(iter(time)), str)
    )


def _short(time: Any) -> str:
    shown = repr(time)
    return shown if len(shown) < 80 else f"{shown[:77]}…"


def places(times: pd.DatetimeIndex, window: str) -> NDArray[np.int64]:
    """The window of each time, as a whole number that rises by one from window to window."""
    if window == "month":
        return np.asarray((times.year - 1970) * 12 + times.month - 1, dtype=np.int64)
    days = times.tz_localize(None).to_numpy().astype("datetime64[D]").astype(np.int64)
    return days if window == "day" else (days + _MONDAY) // 7


def begin_of(place: Any, window: str) -> pd.DatetimeIndex:
    """When each window begins, without a zone: UTC. A week begins on Monday."""
    place = np.atleast_1d(np.asarray(place, dtype=np.int64))
    if window == "month":
        return pd.DatetimeIndex(place.astype("datetime64[M]").astype("datetime64[s]"))
    days = place if window == "day" else 7 * place - _MONDAY
    return pd.DatetimeIndex(days.astype("datetime64[D]").astype("datetime64[s]"))
