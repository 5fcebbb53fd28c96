"""Exercises that answer: a check that knows the likely mistakes by name, hints in steps, and a solution.

Each lesson's exercises stand in one file of ``edutools/exercises``. An exercise is its prompt, its hints, a
solution and the wrong answers that learners are likely to give, each of these as code that is run on the
learner's own data: what is right, and which misconception an answer shows, follows from the data at hand.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

import numpy as np

from edutools import events
from edutools._checks import one_of, suggestion
from edutools._markup import markdown_as_html
from edutools.texts import text

CORRECT = "correct"
INCORRECT = "incorrect"
NOT_ATTEMPTED = "not attempted"


def exercise(name: str, /, **data: Any) -> Exercise:
    """The exercise of that name, ready to be checked on the learner's own data.

    Parameters
    ----------
    name : str
        Its permanent id, such as ``"05_evaluate/demographic-parity-difference"``.
    **data
        What it is about, under the names that it asks for (``counts=counts``).

    Raises
    ------
    ValueError: no exercise has that name, a name that it needs is not given, one that it does not know is, or
        it cannot be solved on this data.

    Examples
    --------
    >>> from edutools import ThresholdCounts, exercise
    >>> counts = ThresholdCounts.from_predictions([1, 0, 1, 0], [0.9, 0.7, 0.4, 0.2])
    >>> task = exercise("00_start_here/wrongly-approved", counts=counts)
    >>> task.check(1)
    Correct. These are the false positives: above the line, and they would not repay.
    >>> task.check(...)
    Not attempted yet. `hint()` gives a step.
    """
    written = _catalogue()[one_of("exercise", name, _catalogue())]
    for given in data.keys() - set(written["needs"]):
        near = suggestion(given, written["needs"])
        raise ValueError(f"`{name}` takes {written['needs']!r}, got {given!r}.{near}")
    for needed in written["needs"]:
        if needed not in data:
            raise ValueError(f"`{name}` needs `{needed}={needed}`, got {sorted(data)!r}")
    return Exercise(written, data)


def exercise_names() -> list[str]:
    """Ids of all exercises, lesson by lesson in the order of the lessons."""
    return list(_catalogue())


@cache
def _catalogue() -> dict[str, dict[str, Any]]:
    entries = sorted((files("edutools") / "exercises").iterdir(), key=lambda entry: entry.name)
    lessons = [
        tomllib.loads(entry.read_text(encoding="utf-8")) for entry in entries if entry.name.endswith(".toml")
    ]
    return {each["id"]: each for lesson in lessons for each in lesson["exercise"]}


@dataclass(frozen=True)
class Result:
    """What a check says of an answer.

    Attributes
    ----------
    status : str
        ``"correct"``, ``"incorrect"`` or ``"not attempted"``.
    reason : str
        Why, in a small Markdown.
    misconception : str
        What the answer shows to be misunderstood; "" where it is none of the known mistakes.
    """

    status: str
    reason: str = ""
    misconception: str = ""

    def __repr__(self) -> str:
        return f"{text('exercise.' + self.status.replace(' ', '_'))} {self.reason}".strip()

    def _repr_html_(self) -> str:
        mark = {CORRECT: "✓ ", INCORRECT: "✗ ", NOT_ATTEMPTED: ""}[self.status]
        word = text("exercise." + self.status.replace(" ", "_"))
        return f"<p><strong>{mark}{escape(word)}</strong></p>\n{markdown_as_html(self.reason)}"


@dataclass(frozen=True)
class Passage:
    """A text that a notebook shows: in a small Markdown, or as code."""

    content: str
    code: bool = False

    def __repr__(self) -> str:
        return self.content

    def _repr_html_(self) -> str:
        return (
            f"<pre><code>{escape(self.content)}</code></pre>" if self.code else markdown_as_html(self.content)
        )


@dataclass(frozen=True, repr=False)
class Exercise:
    """An exercise on the learner's own data; make one with `exercise`."""

    _written: dict[str, Any]
    _data: dict[str, Any]
    _hints_given: list[int] = field(default_factory=lambda: [0])

    def __post_init__(self) -> None:
        try:
            self._run(self._written["solution"])
        except Exception as error:
            raise ValueError(
                f"`{self.name}` cannot be solved on this data: {type(error).__name__}: {error}"
            ) from error

    @property
    def name(self) -> str:
        """Its permanent id."""
        return self._written["id"]

    @property
    def prompt(self) -> str:
        """What is asked, in a small Markdown."""
        return self._written["prompt"].strip()

    def __repr__(self) -> str:
        return self.prompt

    def _repr_html_(self) -> str:
        return markdown_as_html(self.prompt)

    def check(self, answer: Any) -> Result:
        """What is to be said of `answer`: correct, incorrect with the reason, or not attempted (``...``)."""
        result = self._judged(answer)
        if result.status != NOT_ATTEMPTED:
            kept = {"status": result.status, "misconception": result.misconception}
            events.record(self.name, "exercise", kept)
        return result

    def hint(self) -> Passage:
        """The next step towards the answer; after the last one, the last one again."""
        hints = self._written["hints"]
        step = min(self._hints_given[0], len(hints) - 1)
        self._hints_given[0] = step + 1
        events.record(self.name, "hint", {"step": step + 1})
        return Passage(text("exercise.hint", step=step + 1, total=len(hints), hint=hints[step]))

    def solution(self) -> Passage:
        """Code that gives a right answer."""
        events.record(self.name, "solution", {})
        return Passage(self._written["solution"].strip(), code=True)

    def _judged(self, answer: Any) -> Result:
        if answer is None or answer is ...:
            return Result(NOT_ATTEMPTED, text("exercise.try"))
        expected = self._run(self._written["solution"])
        if _kind(answer) != _kind(expected):
            kinds = {"expected": _in_words(expected), "got": _in_words(answer)}
            return Result(INCORRECT, text("exercise.wrong_kind", **kinds), "wrong-kind")
        if self._same(answer, expected):
            return Result(CORRECT, self._written.get("explanation", ""))
        for wrong in self._written["wrong"]:
            if self._same(answer, self._of_wrong(wrong)):
                return Result(INCORRECT, wrong["feedback"], wrong["misconception"])
        return Result(INCORRECT, text("exercise.unknown_mistake"))

    def _same(self, answer: Any, other: Any) -> bool:
        return alike(answer, other, tolerance=self._written.get("tolerance", 0.0))

    def _of_wrong(self, wrong: dict[str, str]) -> Any:
        try:
            return self._run(wrong["code"])
        except Exception:  # on this data the mistake leads nowhere, so nobody can have made it
            return None

    def _run(self, code: str) -> Any:
        """What `code`, which is ours, leaves under the name ``answer``."""
        import pandas as pd

        names = {"np": np, "pd": pd, **self._data}
        with np.errstate(divide="ignore", invalid="ignore"):
            exec(compile(code, f"<{self.name}>", "exec"), names)
        return names["answer"]


def alike(a: Any, b: Any, *, tolerance: float = 0.0) -> bool:
    """Whether two answers are the same: numbers within `tolerance` and rounding, whatever holds them.

    Lists, tuples, arrays and Series are alike by their values in order; dicts by key; tables by column and
    index, in any order. nan is like nan.
    """
    if _kind(a) != _kind(b):
        return False
    kind = _kind(a)
    if kind == "number":
        return _close(_number(a), _number(b), tolerance)
    if kind == "list":
        return _alike_lists(a, b, tolerance)
    if kind == "dict":
        return a.keys() == b.keys() and all(alike(a[key], b[key], tolerance=tolerance) for key in a)
    if kind == "table":
        return _alike_tables(a, b, tolerance)
    return bool(a == b)


def _close(a: Any, b: Any, tolerance: float) -> bool:
    # A hair more than asked for: 0.855 written for 0.86 is half a hundredth off, and the difference rounds.
    return bool(np.isclose(a, b, rtol=1e-9, atol=tolerance + 1e-9, equal_nan=True))


def _alike_lists(a: Any, b: Any, tolerance: float) -> bool:
    first, second = np.asarray(a), np.asarray(b)
    if first.shape != second.shape:
        return False
    pairs = zip(first.ravel().tolist(), second.ravel().tolist(), strict=True)
    return all(alike(one, other, tolerance=tolerance) for one, other in pairs)


def _alike_tables(a: Any, b: Any, tolerance: float) -> bool:
    if set(a.columns) != set(b.columns) or len(a) != len(b) or set(a.index) != set(b.index):
        return False
    ordered = a.loc[b.index, list(b.columns)] if a.index.is_unique else a[list(b.columns)]
    return _alike_lists(ordered.to_numpy(), b.to_numpy(), tolerance)


def _kind(value: Any) -> str:
    """The kind of a value, whatever holds it: number, truth, text, list, dict, table, or its type's name."""
    if isinstance(value, bool | np.bool_):
        return "truth"
    if isinstance(value, int | float | np.number):
        return "number"
    if isinstance(value, str):
        return "text"
    if isinstance(value, dict):
        return "dict"
    if hasattr(value, "columns") and hasattr(value, "to_numpy"):
        return "table"
    if isinstance(value, list | tuple):
        return "list"
    if isinstance(value, np.ndarray) or (hasattr(value, "to_numpy") and hasattr(value, "index")):
        array = np.asarray(value)
        # One number in an array, such as a sum over one group, is a number.
        return "number" if array.size == 1 and array.dtype.kind in "iuf" else "list"
    return type(value).__name__


def _number(value: Any) -> Any:
    return np.asarray(value).ravel()[0]


def _in_words(value: Any) -> str:
    kind = _kind(value)
    if kind == "list":
        shape = " × ".join(map(str, np.asarray(value, dtype=object).shape))
        return text("exercise.kind_list", shape=shape)
    if kind == "dict":
        return text("exercise.kind_dict", keys=", ".join(map(repr, value)))
    if kind == "table":
        return text("exercise.kind_table", columns=", ".join(map(str, value.columns)))
    known = {"number", "truth", "text"}
    return text(f"exercise.kind_{kind}") if kind in known else text("exercise.kind_other", kind=kind)
