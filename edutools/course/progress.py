"""What a learner has done so far, what is due again, and how to carry it, merge it or delete it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edutools import events
from edutools._checks import one_of
from edutools.course import schedule
from edutools.course.exercises import CORRECT, Passage, exercise_names
from edutools.texts import text
from edutools.widgets.base import summary_as_html, summary_as_text
from edutools.widgets.questions import bank_names, load
from edutools.widgets.quiz import Quiz

if TYPE_CHECKING:
    import pandas as pd

MOST = 5
_MOMENT = "datetime64[ns, UTC]"


@dataclass(frozen=True, eq=False, repr=False)
class Progress:
    """What was done, as `progress` counts it; a notebook shows it as a table.

    Attributes
    ----------
    table : DataFrame
        One row a lesson: ``answered`` of ``questions`` with a right answer, ``points`` (in the lesson's own
        quiz), ``solved`` of ``exercises``, ``predictions`` made, ``due`` (questions to be asked again now)
        and ``next_due`` (UTC; NaT where nothing is). Of one lesson: a row for each thing done in it.
    lesson : str, optional
        The lesson, where it is one lesson's progress.
    """

    table: pd.DataFrame
    lesson: str | None = None

    def __repr__(self) -> str:
        return summary_as_text(self._summary())

    def _repr_html_(self) -> str:
        return summary_as_html(self._summary())

    def _summary(self) -> dict[str, Any]:
        view = _lessons_as_table if self.lesson is None else _items_as_table
        title = "progress.title" if self.lesson is None else "progress.title_one"
        kept = text("progress.kept") if len(self.table) else text("progress.nothing")
        tables = [view(self.table)] if len(self.table) else []
        return {"title": text(title, lesson=self.lesson), "sentences": [kept], "tables": tables}


def progress(lesson: str | None = None) -> Progress:
    """What was done so far and what is due: lesson by lesson, or item by item of one lesson.

    Parameters
    ----------
    lesson : str, optional
        A lesson's name, such as ``"05_evaluate"``.

    Raises
    ------
    ValueError: no lesson has that name.

    Examples
    --------
    >>> from edutools import progress
    >>> int(progress().table["answered"].sum())
    0
    """
    import pandas as pd

    if lesson is not None:
        rows = _items(one_of("lesson", lesson, bank_names()))
        columns = ["item", "kind", "result", "tries", "last", "next_due"]
        done = pd.DataFrame(rows, columns=columns).set_index("item")
        return Progress(done.astype({"last": _MOMENT, "next_due": _MOMENT}), lesson)
    counted = pd.DataFrame([_lesson(name) for name in bank_names()]).set_index("lesson")
    return Progress(counted.astype({"next_due": _MOMENT}))


def review(lesson: str | None = None, *, most: int = MOST) -> Quiz | Passage:
    """A quiz of the questions that are due, the one most likely forgotten first, or a word that none is.

    Which question is due when follows from how its earlier askings went: see `edutools.course.schedule`.

    Parameters
    ----------
    lesson : str, optional
        Ask only what belongs to lessons before this one, such as ``"05_evaluate"``; by default all.
    most : int, default 5
        At most so many questions.

    Raises
    ------
    ValueError: no lesson has that name, or `most` is no whole number from 1 up.
    """
    if isinstance(most, bool) or not isinstance(most, int) or most < 1:
        raise ValueError(f"`most` must be a whole number from 1 up, got {most!r}")
    lessons = bank_names()
    if lesson is not None:
        lessons = lessons[: lessons.index(one_of("lesson", lesson, lessons))]
    found = schedule.due(lessons)
    if not found:
        return Passage(text("review.nothing"))
    return Quiz([each.id for each in found[:most]], fresh=True)


def export_progress(path: str | Path) -> Path:
    """Path of the one file that now holds every event, a line of JSON each.

    Parameters
    ----------
    path : str or Path
        The file to write; one that is there is replaced.

    Raises
    ------
    OSError: the file cannot be written.
    """
    target = Path(path).expanduser()
    target.write_bytes(events.to_lines(events.events()))
    return target


def import_progress(path: str | Path) -> int:
    """How many events were new and are now kept here, too; what is here already stays as it is.

    Parameters
    ----------
    path : str or Path
        A file that `export_progress` wrote, or a folder of events from another machine.

    Raises
    ------
    OSError: the file or folder cannot be read, or the events cannot be kept.
    ValueError: a line holds no event; nothing was taken in.
    """
    source = Path(path).expanduser()
    if source.is_dir():
        return events.merge(event for each in sorted(source.glob("*.jsonl")) for event in _whole_events(each))
    return events.merge(_every_event(source))


def delete_progress(*, confirm: bool = False) -> int:
    """How many events were deleted: everything that was kept of the learner on this machine.

    Parameters
    ----------
    confirm : bool, default False
        Must be True: what is deleted does not come back.

    Raises
    ------
    ValueError: `confirm` is not True; nothing was deleted.
    OSError: a file cannot be deleted.
    """
    if confirm is not True:
        count = len(events.events())
        raise ValueError(
            f"`confirm` must be True to delete all {count} events in {events.home()}, got {confirm!r}. "
            "export_progress(path) keeps a copy."
        )
    return events.forget()


def _whole_events(path: Path) -> Iterable[dict[str, Any]]:
    """The events of one file of a folder; a line that a killed session left torn holds none."""
    found = map(events.from_line, path.read_bytes().splitlines())
    return [event for event in found if event is not None]


def _every_event(path: Path) -> list[dict[str, Any]]:
    found = []
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        event = events.from_line(line)
        if event is None and line.strip():
            raise ValueError(
                f"{path.name}, line {number}: must be an event as export_progress writes it, "
                f"got {line[:60].decode('utf-8', 'replace')!r}"
            )
        found.append(event)
    return [event for event in found if event is not None]


def _lesson(name: str) -> dict[str, Any]:
    answered = schedule.remembered([name])
    now = schedule.present()
    exercises = [each for each in exercise_names() if each.startswith(f"{name}/")]
    own = [each.points for each in answered if not math.isnan(each.points)]
    later = [each.due for each in answered if each.due > now]
    return {
        "lesson": name,
        "answered": len(answered),
        "questions": sum(question["scored"] for question in load(name)),
        "points": sum(own),
        "solved": len(_solved() & set(exercises)),
        "exercises": len(exercises),
        "predictions": len({event["item"] for event in _of(name, "prediction")}),
        "due": len(answered) - len(later),
        "next_due": min((each.due for each in answered), default=None),
    }


def _solved() -> set[str]:
    return {event["item"] for event in events.events(kind="exercise") if _status(event) == CORRECT}


def _status(event: dict[str, Any]) -> str:
    return event["value"].get("status", "") if isinstance(event["value"], dict) else ""


def _of(lesson: str, kind: str) -> list[dict[str, Any]]:
    return [event for event in events.events(kind=kind) if event["item"].startswith(f"{lesson}/")]


def _items(lesson: str) -> list[tuple[Any, ...]]:
    """One row for each item that was done: questions first, then exercises, then predictions."""
    asked = [
        (each.id, "quiz", _points_in_words(each.points), each.tries, each.last, each.due)
        for each in schedule.remembered([lesson])
    ]
    done = []
    for kind in ("exercise", "prediction"):
        by_item: dict[str, list[dict[str, Any]]] = {}
        for event in _of(lesson, kind):
            by_item.setdefault(event["item"], []).append(event)
        done += [
            (item, kind, _result(kind, kept), len(kept), schedule.time_of(kept[-1]), None)
            for item, kept in by_item.items()
        ]
    return [*asked, *done]


def _points_in_words(points: float) -> str:
    if math.isnan(points):
        return text("progress.in_review")
    return text("progress.point") if points == 1 else text("progress.points", points=f"{points:g}")


def _result(kind: str, kept: list[dict[str, Any]]) -> str:
    if kind == "prediction":
        return text("progress.predicted")
    solved = any(_status(event) == CORRECT for event in kept)
    return text("progress.solved" if solved else "progress.unsolved")


def _lessons_as_table(table: pd.DataFrame) -> dict[str, Any]:
    rows = [
        [
            row["lesson"],
            text("progress.of", n=row["answered"], total=row["questions"]),
            f"{row['points']:g}" if row["answered"] else "",
            text("progress.of", n=row["solved"], total=row["exercises"]),
            str(row["predictions"]),
            _when(row["due"], row["next_due"]),
        ]
        for row in table.reset_index().to_dict("records")
    ]
    names = ("lesson", "answered", "earned", "solved_of", "predictions", "due")
    return {"caption": text("progress.caption"), "columns": _columns(names), "rows": rows}


def _items_as_table(table: pd.DataFrame) -> dict[str, Any]:
    now = schedule.present()
    rows = [
        [
            row["item"],
            text(f"progress.kind_{row['kind']}"),
            row["result"],
            str(row["tries"]),
            f"{row['last']:%Y-%m-%d}",
            _when(int(row["next_due"] <= now), row["next_due"]),  # NaT lies before nothing
        ]
        for row in table.reset_index().to_dict("records")
    ]
    names = ("item", "kind", "result", "tries", "last", "due")
    return {"caption": text("progress.caption_one"), "columns": _columns(names), "rows": rows}


def _columns(names: Iterable[str]) -> list[str]:
    return [text(f"progress.column_{name}") for name in names]


def _when(due: int, next_due: Any) -> str:
    import pandas as pd

    if due:
        return text("progress.due_now", n=due)
    return "" if pd.isna(next_due) else text("progress.due_on", date=f"{next_due:%Y-%m-%d}")
