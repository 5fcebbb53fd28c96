"""What each lesson's exercises are asked about, and their answers got in another way than the solution's.

A module a lesson (``lesson_05_evaluate``), with

- ``data()``: what the lesson's exercises need, by name, as the lesson has it;
- ``OTHERWISE``: for each exercise's id, a function that takes that dict and gives the right answer, got from
  the rows themselves or through another library.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

from edutools.course.exercises import _catalogue


@cache
def _module(lesson: str) -> Any:
    return import_module(f"tests.answers.lesson_{lesson}")


@cache
def _data(lesson: str) -> dict[str, Any]:
    return _module(lesson).data()


def lesson_of(name: str) -> str:
    """The lesson that an exercise belongs to."""
    return name.partition("/")[0]


def data_for(name: str) -> dict[str, Any]:
    """What the exercise needs, by name."""
    everything = _data(lesson_of(name))
    return {needed: everything[needed] for needed in _catalogue()[name]["needs"]}


def written_otherwise(name: str) -> Any:
    """The exercise's right answer, got in another way."""
    return _module(lesson_of(name)).OTHERWISE[name](_data(lesson_of(name)))
