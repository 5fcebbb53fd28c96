"""The page that counts what the reader's browser keeps, asks what is due, and carries it to the notebooks."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from typing import Any

from edutools.course import schedule
from edutools.course.exercises import exercise_names
from edutools.course.site.running import Lesson
from edutools.texts import catalogue
from edutools.widgets.base import held
from edutools.widgets.questions import bank_names, load
from edutools.widgets.quiz import Quiz

NAME = "progress"


def module() -> str:
    """The source of the page's own part."""
    return (files(__package__) / "progress.js").read_text(encoding="utf-8")


def states(lessons: Iterable[Lesson]) -> dict[str, dict[str, Any]]:
    """What the page holds: its own state under `NAME`, and the quiz that asks again, with every question."""
    questions = [question["id"] for name in bank_names() for question in load(name) if question["scored"]]
    quiz = Quiz(questions, fresh=True)
    own = {
        "_texts": catalogue("common", "progress"),
        "_review": quiz.model_id,
        "_weights": schedule.weights(),
        "_lessons": [_lesson(each) for each in lessons],
    }
    return {NAME: {"name": NAME, "language": quiz._language, "state": own}, **held([quiz])}


def _lesson(lesson: Lesson) -> dict[str, Any]:
    own = [name for name in exercise_names() if name.startswith(f"{lesson.name}/")]
    return {"name": lesson.name, "title": lesson.title, "page": f"{lesson.name}.html", "exercises": own}
