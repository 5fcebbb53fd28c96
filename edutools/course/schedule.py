"""When a question that was answered is to be asked again: spaced by the FSRS algorithm.

Each asking of a question is one repetition, graded by its tries: right at first is *good*, right at the
second *hard*, anything else *again*. There are no steps of minutes within a day, since
a course is taken lesson by lesson.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from edutools import events
from edutools.widgets.questions import bank_names, load, points
from edutools.widgets.quiz import KIND, askings, is_review

if TYPE_CHECKING:
    from fsrs import Card, Rating, Scheduler


@dataclass(frozen=True)
class Remembered:
    """What is known of one question that was answered at least once.

    Attributes
    ----------
    id, lesson : str
        The question's permanent id, and the lesson that it belongs to.
    points : float
        For the tries in the lesson's own quiz, when it was last begun there: 0, 0.5 or 1; nan where it was
        answered in reviews alone.
    tries : int
        In all askings together.
    last : datetime
        When it was last answered, in UTC.
    due : datetime
        From when on it is to be asked again, in UTC.
    recall : float
        How likely it is still known now, in [0, 1], as FSRS estimates it.
    """

    id: str
    lesson: str
    points: float
    tries: int
    last: datetime
    due: datetime
    recall: float


def remembered(lessons: Iterable[str] | None = None) -> list[Remembered]:
    """Every question with a right answer that was answered so far, in the order of the lessons' banks.

    Parameters
    ----------
    lessons : iterable of str, optional
        Only questions of these lessons.
    """
    by_item: dict[str, list[dict[str, Any]]] = {}
    for event in events.events(kind=KIND):
        by_item.setdefault(event["item"], []).append(event)
    answered = [
        (lesson, question, askings(question, by_item[question["id"]]))
        for lesson in (bank_names() if lessons is None else lessons)
        if any(item.startswith(f"{lesson}/") for item in by_item)
        for question in load(lesson)
        if question["scored"] and question["id"] in by_item
    ]
    return [_of(lesson, question, asked) for lesson, question, asked in answered if asked]


def due(lessons: Iterable[str] | None = None, *, moment: datetime | None = None) -> list[Remembered]:
    """The questions that are due, the one most likely forgotten first.

    Parameters
    ----------
    lessons : iterable of str, optional
        Only questions of these lessons.
    moment : datetime with a zone, optional
        By default now.
    """
    at = moment or present()
    return sorted(
        (each for each in remembered(lessons) if each.due <= at), key=lambda each: (each.recall, each.id)
    )


def weights() -> list[float]:
    """The 21 weights of FSRS-6, with which a page schedules as `remembered` does."""
    return list(_scheduler().parameters)


def present() -> datetime:
    """The present time, or that of the stopped clock, in UTC."""
    return _time(events.now())


def _of(lesson: str, question: dict[str, Any], asked: Sequence[Sequence[dict[str, Any]]]) -> Remembered:
    scheduler, card = _scheduler(), _new_card()
    for asking in asked:
        card, _ = scheduler.review_card(card, _grade(question, asking), time_of(asking[0]))
    own = [asking for asking in asked if not is_review(asking[0])]
    return Remembered(
        id=question["id"],
        lesson=lesson,
        points=_points(question, own[-1]) if own else float("nan"),
        tries=sum(map(len, asked)),
        last=time_of(asked[-1][-1]),
        due=card.due,
        recall=scheduler.get_card_retrievability(card, present()),
    )


def _grade(question: dict[str, Any], asking: Sequence[dict[str, Any]]) -> Rating:
    from fsrs import Rating

    return {1.0: Rating.Good, 0.5: Rating.Hard}.get(_points(question, asking), Rating.Again)


def _points(question: dict[str, Any], asking: Sequence[dict[str, Any]]) -> float:
    return points(question, [event["value"]["answer"] for event in asking])


def _scheduler() -> Scheduler:
    from fsrs import Scheduler

    # Without chance in the intervals, two looks at the schedule agree.
    return Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)


def _new_card() -> Card:
    from fsrs import Card

    return Card(card_id=0)  # without a number of its own it sleeps until the clock gives it one


def time_of(event: dict[str, Any]) -> datetime:
    """When an event happened, in UTC."""
    return _time(event["time"])


def _time(written: str) -> datetime:
    return datetime.fromisoformat(written).astimezone(UTC)
