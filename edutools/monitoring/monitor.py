"""A model in use: counts by group and week, gaps over time, and alerts whose false alarms are counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from edutools._checks import known_keywords, one_of, suggestion
from edutools._columns import read_groups
from edutools.monitoring.batch import Rows, digest_of, outcome_counts, read_binary, read_decisions
from edutools.monitoring.ledger import COUNTS, Ledger
from edutools.monitoring.series import Record, Series, watch
from edutools.monitoring.settings import Baseline, read_settings, read_whole, refuse_other_settings
from edutools.monitoring.windows import begin_of, places, read_times

if TYPE_CHECKING:
    from edutools.widgets.timeline import Timeline


@dataclass(frozen=True)
class Receipt:
    """What became of a batch.

    Attributes
    ----------
    batch : str, its name
    rows : int, how many rows were counted: 0 where the batch had been counted before
    counted_before : bool
    unmatched : int, outcomes whose decision does not wait: never recorded with its id, already joined, or
        forgotten
    """

    batch: str
    rows: int
    counted_before: bool = False
    unmatched: int = 0


class Monitor:
    """Counts of a model's decisions by group and week in a file, gaps over time, and alerts.

    Decisions arrive in batches, with their outcomes, or with ids by which outcomes join them later, or never.
    What is kept is counts; a line for one decision is kept only while its outcome may come, under a keyed
    digest of its id.

    Two things are watched. A *gap* is a group's rate less the reference's, of each metric; its band is its
    baseline, give or take `tolerance`. A *share* is a group's share of those who apply. An alert says that
    the last 1, 2, 4, 8 or 13 windows together lie outside the band farther than noise explains, where noise
    is that of independent rows, and of the baseline where that was counted too. In a quiet year (52 weeks in
    which nothing changes) the probability of any alert, over all series together, is at most `false_alarms`:
    the gaps have four fifths of it, in equal parts, and the shares a fifth. This holds for windows
    that were whole when they were judged; what arrives for them later changes what is said of them.

    Where a window has decisions of one kind (refused, say) and of none of them an outcome, the rates that
    need these outcomes are undefined, as they are in lending. Where outcomes of both kinds are known, those
    rates hold as far as the known ones are like all of their kind, and as many of the one kind as of the
    other.

    Parameters
    ----------
    path : str or Path
        The file. One that is there is continued: its settings are read from it, and those given must be its
        own.
    groups : sequence of str
        Names of the groups, at least two. Needed for a new file.
    reference : str, optional
        The group that the others are compared with; by default the last of `groups`.
    metrics : sequence of str, default ("selection_rate",)
        What the gaps are of: names in metrics.json that are shares of some people. All but the selection rate
        need outcomes.
    baseline : int, Cells, or mapping of metric to {group: rate}, default 8
        What the gaps were: in the first so many windows, which are then not judged; in a sample (such as the
        test rows: ``counts.at(0.5)``); or known rates in [0, 1] of each group, with ``"share"`` among the
        metrics where the groups' shares are known; without it shares are not watched.
    tolerance : float or mapping of metric (or "share") to float, default 0
        How far from the baseline a gap or share may lie without an alert, in [0, 1).
    false_alarms : float, default 0.05
        Probability of an alert in a quiet year, in (0, 0.2].
    window : {"day", "week", "month"}, default "week"
        By UTC; a week begins on Monday.
    outcome_delay : int, default 0
        Windows that pass before the outcomes of a window are judged.
    wait : int, default 104
        Windows that a decision waits for its outcome before its line is forgotten.

    Raises
    ------
    ValueError: the file is no monitor's, or damaged, and is left as it was; a new file without `groups`; a
        setting that is not as said above, or is not that of the file.
    TypeError: an unknown keyword.

    Examples
    --------
    >>> import tempfile
    >>> from edutools import Monitor
    >>> folder = tempfile.mkdtemp()
    >>> monitor = Monitor(f"{folder}/loans.monitor", groups=["women", "men"])
    >>> monitor.record("2026-01-05", y_pred=[1, 0, 1], sensitive_features=["women", "women", "men"]).rows
    3
    """

    @known_keywords()
    def __init__(
        self,
        path: str | Path,
        *,
        groups: Sequence[str] | None = None,
        reference: str | None = None,
        metrics: Sequence[str] | None = None,
        baseline: Baseline | None = None,
        tolerance: float | Mapping[str, float] | None = None,
        false_alarms: float | None = None,
        window: str | None = None,
        outcome_delay: int | None = None,
        wait: int | None = None,
    ) -> None:
        given = {
            "groups": groups,
            "reference": reference,
            "metrics": metrics,
            "baseline": baseline,
            "tolerance": tolerance,
            "false_alarms": false_alarms,
            "window": window,
            "outcome_delay": outcome_delay,
            "wait": wait,
        }
        self.path = Path(path)
        if self.path.exists():
            self._ledger = Ledger(self.path)
            refuse_other_settings(self.path, given, self._ledger.settings)
        else:
            self._ledger = Ledger(self.path, read_settings(given))
        self._settings = self._ledger.settings

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the groups."""
        return tuple(self._settings["groups"])

    @property
    def reference(self) -> str:
        """The group that the others are compared with."""
        return str(self._settings["reference"])

    @known_keywords()
    def record(
        self,
        time: Any,
        *,
        y_pred: ArrayLike | None = None,
        y_score: ArrayLike | None = None,
        threshold: float = 0.5,
        sensitive_features: Any,
        y_true: ArrayLike | None = None,
        ids: Iterable[Any] | None = None,
        batch: str | None = None,
    ) -> Receipt:
        """Count a batch of decisions, all of it or nothing, and return what became of it.

        Parameters
        ----------
        time : a time, or one for each row
            When it was decided: texts in ISO 8601, datetimes, or numpy's or pandas' own. Without a zone it
            is UTC.
        y_pred : array_like of 1 or 0, shape (n,), optional
            The decisions, 1 for accepted.
        y_score : array_like of float, shape (n,), optional
            Or scores, accepted from `threshold` on.
        threshold : float, default 0.5
        sensitive_features : array_like, shape (n,), or several as elsewhere
            Each row's group: one of `groups`.
        y_true : array_like of 1, 0 or missing, shape (n,), optional
            Outcomes, where they are known already.
        ids : iterable, length n, optional
            By which outcomes will come later. Where there is none, or it is missing (None), none will come:
            so nothing is kept of those whose outcome nobody will know.
        batch : str, optional
            The batch's name: of one name only the first is counted. By default a digest of its rows; give
            names where two batches may hold the same rows at the same times.

        Raises
        ------
        ValueError: rows that are not as said above; a group that is not among `groups`; an id that stands
        there
            twice or waits already; a batch of this name with other rows. Nothing was counted.
        """
        rows = self._read_rows(time, y_pred, y_score, threshold, sensitive_features, y_true, ids)
        with self._ledger.writing() as connection:
            name = rows.digest if batch is None else str(batch)
            if self._ledger.counted(connection, name, rows.digest):
                return Receipt(name, 0, counted_before=True)
            self._ledger.add(connection, rows.counts())
            self._ledger.await_outcomes(connection, rows.waiting())
            self._ledger.note_batch(connection, name, rows.digest, len(rows.place))
            self._see(connection, int(rows.place.max()))
        return Receipt(name, len(rows.place))

    @known_keywords()
    def record_outcomes(self, ids: Iterable[Any], y_true: ArrayLike, *, batch: str | None = None) -> Receipt:
        """Join outcomes to the decisions that wait for them, all or nothing, and return what became of them.

        Parameters
        ----------
        ids : iterable, length n
            Ids that `record` was given.
        y_true : array_like of 1 or 0, shape (n,)
        batch : str, optional
            As in `record`.

        Raises
        ------
        ValueError: rows that are not as said above, an id that stands there twice, or a batch of this name
        with other
            rows. Nothing was counted.
        """
        outcome = read_binary("y_true", y_true)
        keys = [key for key in self._read_ids(ids, outcome.size) if key is not None]
        if len(keys) < outcome.size:
            raise ValueError(f"`ids` must have an id in each row, got {outcome.size - len(keys)} missing.")
        if len(set(keys)) < len(keys):
            raise ValueError("`ids` must name each decision once, got one twice. Nothing was counted.")
        digest = digest_of([np.frombuffer(b"".join(keys), dtype=np.uint8), outcome])
        with self._ledger.writing() as connection:
            name = digest if batch is None else str(batch)
            if self._ledger.counted(connection, name, digest):
                return Receipt(name, 0, counted_before=True)
            found = [
                (self._ledger.take(connection, key), hit) for key, hit in zip(keys, outcome, strict=True)
            ]
            joined = [(*row, hit) for row, hit in found if row is not None]
            self._ledger.add(connection, outcome_counts(joined))
            self._ledger.note_batch(connection, name, digest, len(joined))
        return Receipt(name, len(joined), unmatched=len(keys) - len(joined))

    def close(self, time: Any) -> None:
        """Say that whatever was decided before `time` has arrived: the windows that end by then are judged.

        Without it a window is judged once a later one has rows.
        """
        (moment,) = read_times(time, 1)
        place, _ = self._split_at(moment)
        with self._ledger.writing() as connection:
            self._see(connection, place)

    def mark(self, name: str, time: Any) -> None:
        """Mark what was done at `time`, such as "mitigated": evidence gathers anew from there.

        A window that `time` falls into belongs to neither side. A mark of the same name moves.
        """
        if not isinstance(name, str) or not name.strip():
            raise ValueError(f"`name` must be a text, got {name!r}.")
        (moment,) = read_times(time, 1)
        with self._ledger.writing() as connection:
            self._ledger.set_mark(connection, name, *self._split_at(moment))

    def timeline(self, series: str | None = None) -> pd.DataFrame:
        """Each series in each window: a DataFrame, nan where undefined, the reason beside it.

        Columns: ``series``; ``kind``, one of "gap", "share" and "rate"; ``window``, when it begins;
        ``value``, ``low`` and ``high``, with a 95% interval (Wilson; Newcombe for gaps); ``rows``, how many
        people it is of; ``baseline``, ``band_low`` and ``band_high``; ``evidence``, in standard errors
        beyond the band less the span's margin, and ``limit``; ``judged``, whether the window is one that may
        raise an alert; ``alert``; ``reason``, why there is no value.

        Parameters
        ----------
        series : str, optional
            One of `series` alone.

        Raises
        ------
        ValueError: no series has that name.
        """
        return pd.concat([each.to_frame() for each in self._chosen(series)], ignore_index=True)

    @property
    def series(self) -> tuple[str, ...]:
        """Names of the series: first those that are watched, then the rates behind them."""
        return tuple(each.name for each in self._watched())

    @property
    def alerts(self) -> pd.DataFrame:
        """The alerts, the earliest first: a DataFrame with a row for each time that a series left its band.

        Columns: ``series``; ``window``, the first that raised it, and ``until``, the last; ``side``, "above"
        or "below" the band; ``span``, how many windows together showed it; their ``value``, ``low`` and
        ``high``; the ``baseline``; ``evidence`` and ``limit``.
        """
        found = [row for each in self._watched() for row in each.alerts()]
        columns = ["series", "window", "until", "side", "span", "value", "low", "high", "baseline"]
        frame = pd.DataFrame(found, columns=[*columns, "evidence", "limit"])
        return frame.sort_values(["window", "series"], ignore_index=True, kind="stable")

    @known_keywords()
    def before_after(self, mark: str, *, windows: int = 8) -> pd.DataFrame:
        """Each series before and after a mark, and the change: a DataFrame with 95% intervals.

        Parameters
        ----------
        mark : str
            The name of a mark.
        windows : int, default 8
            At most so many on each side; neither side reaches across another mark.

        Raises
        ------
        ValueError: no mark has that name, or `windows` is no whole number from 1 up.
        """
        read_whole("windows", windows, 1)
        record = self._record()
        one_of("mark", mark, record.marks)
        rows = [each.before_after(mark, windows) for each in watch(record)]
        return pd.DataFrame(rows).set_index("series")

    @property
    def waiting(self) -> int:
        """How many decisions wait for their outcome: the only lines of single people in the file."""
        with self._ledger.reading() as connection:
            return self._ledger.waiting(connection)

    def show(self, series: str | None = None) -> Timeline:
        """A widget of the timeline, one series at a time, `series` first.

        Raises
        ------
        ValueError: no series has that name, or nothing was recorded yet.
        """
        from edutools.widgets.timeline import Timeline

        record = self._record()
        if not record.n_windows:
            raise ValueError(f"{self.path} holds no decisions yet: monitor.record(…) counts some.")
        return Timeline(
            [each.to_dict() for each in watch(record)],
            groups=self.groups,
            windows=record.window_names(),
            unit=record.window,
            series_name=series,
        )

    def __repr__(self) -> str:
        record = self._record()
        decisions = int(record.counts[..., :2].sum())
        ends = f", {record.window_names()[0]} to {record.window_names()[-1]}" if record.n_windows else ""
        return (
            f"Monitor({str(self.path)!r}): {record.n_windows} {record.window}s{ends}; "
            f"{decisions:,} decisions, {self.waiting:,} waiting for their outcome; {len(self.alerts)} alerts"
        )

    def _chosen(self, series: str | None) -> list[Series]:
        watched = self._watched()
        if series is None:
            return watched
        one_of("series", series, [each.name for each in watched])
        return [each for each in watched if each.name == series]

    def _watched(self) -> list[Series]:
        return watch(self._record())

    def _record(self) -> Record:
        with self._ledger.reading() as connection:
            counts, over = self._ledger.counts(connection), self._ledger.over(connection)
            marks = self._ledger.marks(connection)
        first = min((place for place, _ in counts), default=0)
        last = max((place for place, _ in counts), default=-1)
        table = np.zeros((last - first + 1, len(self.groups), len(COUNTS)), dtype=np.int64)
        for (place, code), counted in counts.items():
            table[place - first, code] = counted
        return Record(settings=self._settings, first=first, counts=table, over=over or first, marks=marks)

    def _see(self, connection: Any, place: int) -> None:
        self._ledger.see(connection, place)
        self._ledger.forget_before(connection, place - int(self._settings["wait"]))

    def _split_at(self, moment: pd.Timestamp) -> tuple[int, int]:
        """Where the windows before `moment` end, and where those after it begin."""
        window = self._settings["window"]
        (place,) = places(pd.DatetimeIndex([moment]), window).tolist()
        (begin,) = begin_of(place, window)
        return place, place + int(moment.tz_localize(None) > begin)

    def _read_rows(
        self, time: Any, y_pred: Any, y_score: Any, threshold: float, groups: Any, y_true: Any, ids: Any
    ) -> Rows:
        accepted = read_decisions(y_pred, y_score, threshold)
        times = read_times(time, accepted.size)
        return Rows(
            place=places(times, self._settings["window"]),
            code=self._read_codes(groups, accepted.size),
            accepted=accepted,
            outcome=np.full(accepted.size, -1, dtype=np.int8)
            if y_true is None
            else read_binary("y_true", y_true, accepted.size, missing=True),
            keys=None if ids is None else self._read_ids(ids, accepted.size),
            times=times.tz_localize(None).to_numpy().astype("datetime64[ns]").astype(np.int64),
        )

    def _read_codes(self, groups: Any, n_rows: int) -> NDArray[np.int64]:
        codes, names, code_of = read_groups(groups, n_rows)
        strange = [name for name in names if name not in self.groups]
        if strange:
            raise ValueError(
                f"`sensitive_features` must be among this monitor's groups {list(self.groups)!r}, got "
                f"{strange[0]!r}. Nothing was counted.{suggestion(strange[0], self.groups)}"
            )
        known = np.zeros(int(max(code_of)) + 1, dtype=np.int64)
        known[list(code_of)] = [self.groups.index(name) for name in names]
        return known[codes]

    def _read_ids(self, ids: Iterable[Any], n_rows: int) -> list[bytes | None]:
        """A key for each id, None where there is none."""
        listed = list(ids)
        if len(listed) != n_rows:
            raise ValueError(f"`ids` must have {n_rows} rows, one for each decision, got {len(listed)}.")
        missing = pd.isna(pd.Series(listed, dtype=object))
        keys = iter(
            self._ledger.keys(each for each, absent in zip(listed, missing, strict=True) if not absent)
        )
        return [None if absent else next(keys) for absent in missing]
