"""A question that must be answered before what it asks about is shown."""

from __future__ import annotations

import hashlib
import io
import math
import sys
from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import Any

import traitlets
from ipywidgets import Widget as AnyWidget
from ipywidgets import widget_serialization

from edutools import events
from edutools._checks import known_keywords, one_of
from edutools._markup import markdown_as_html
from edutools.texts import text
from edutools.widgets.base import NoneIsSeen, Widget, summary_as_html, summary_as_text
from edutools.widgets.kept import Kept

KIND = "prediction"


class Predict(Kept):
    """A question whose answer must be committed before the widget or output that it wraps is shown.

    Then it shows how far off the guess was. What is asked for follows from what is given: one of `choices`, a
    number (where `answer` is one, or `low` and `high` are given), else words.

    Parameters
    ----------
    question : str
        The question, in a small Markdown with TeX.
    reveal : widget, matplotlib figure or axes, data frame, str, or function that returns one, optional
        What is shown once the guess is committed. A function is called once, now.
    answer : float or str, optional
        What is the case: a number, or one of `choices`.
    choices : list of str, or dict of str to str, optional
        What may be chosen; in a dict, each with what is said to the reader who chose it.
    low, high : float, optional
        The ends of the slider on which a number is guessed.
    step : float, optional
        The slider's step, which also says how many decimals are shown; 1 where all numbers given are whole,
        else a hundredth of the slider.
    unit : str, optional
        The number's unit.
    alt : str, optional
        What a figure shows, in words; required with a figure.
    item : str, optional
        The permanent id under which the prediction is kept (``"05_evaluate/predict-accuracy"``); without one
        it is made of the question.

    Raises
    ------
    ValueError: neither `reveal` nor `answer` is given, fewer than two choices are, `answer` is not among them
        or not within `low` and `high`, or a figure comes without `alt`.
    TypeError: `reveal` is nothing that can be shown.

    Examples
    --------
    >>> from edutools import Predict
    >>> question = Predict("How many of 10 are right?", answer=9, low=0, high=10, reveal="Nine.")
    >>> question.committed
    False
    """

    _name = "predict"

    guess = NoneIsSeen(None, help="The reader's guess: a number, one of the choices, or words.").tag(
        sync=True
    )
    committed = traitlets.Bool(False, help="Whether the guess is committed, and the rest shown.").tag(
        sync=True
    )

    _question = traitlets.Unicode().tag(sync=True)
    _item = traitlets.Unicode().tag(sync=True)
    _kind = traitlets.Unicode().tag(sync=True)
    _choices: traitlets.List[Any] = traitlets.List().tag(sync=True)
    _answer = traitlets.Any(None).tag(sync=True)
    _scale = traitlets.Dict().tag(sync=True)
    _words = traitlets.Unicode("").tag(sync=True)
    _table = traitlets.Dict().tag(sync=True)
    _image = traitlets.Bytes(b"").tag(sync=True)
    _alt = traitlets.Unicode("").tag(sync=True)
    _child = traitlets.Instance(AnyWidget, allow_none=True).tag(sync=True, **widget_serialization)

    @known_keywords()
    def __init__(
        self,
        question: str,
        *,
        reveal: Any = None,
        answer: float | str | None = None,
        choices: Iterable[str] | Mapping[str, str] | None = None,
        low: float | None = None,
        high: float | None = None,
        step: float | None = None,
        unit: str = "",
        alt: str = "",
        item: str | None = None,
    ) -> None:
        if reveal is None and answer is None:
            raise ValueError("`reveal` or `answer` must be given: without both there is nothing to show")
        options = _options(choices, answer)
        kind = _kind(options, answer, low, high)
        shown = _shown(reveal() if _is_function(reveal) else reveal, alt)
        super().__init__(
            _question=question,
            _item=item or f"prediction/{hashlib.sha256(question.encode()).hexdigest()[:10]}",
            _kind=kind,
            _choices=options,
            _answer=_plain_number(answer) if kind == "number" else None if answer is None else str(answer),
            _scale=_scale(answer, low, high, step, unit) if kind == "number" else {},
            **shown,
        )
        before = self._remembered()
        if before is not None:
            self.set_trait("guess", before)
            self.set_trait("committed", True)
            self._kept = 1
        self.observe(self._keep, "committed")

    @property
    def item(self) -> str:
        """The permanent id under which the prediction is kept."""
        return self._item

    def page_widgets(self) -> list[Widget]:
        """The widget itself and the one that it shows.

        Raises
        ------
        TypeError: what it shows is a widget of another library, which a page without a kernel cannot hold.
        """
        if self._child is None:
            return [self]
        if not isinstance(self._child, Widget):
            raise TypeError(f"a page can hold widgets of edutools only, got {type(self._child).__name__}")
        return [self, *self._child.page_widgets()]

    @traitlets.validate("guess")
    def _checked_guess(self, proposal: Any) -> Any:
        guess = proposal["value"]
        none_yet = guess is None and not self.committed
        return guess if none_yet or self._is_guess(guess) else self._refuse(guess)

    @traitlets.validate("committed")
    def _checked_commitment(self, proposal: Any) -> bool:
        if proposal["value"] and self.guess is None:
            raise ValueError("`guess` must be set before it can be committed, got None")
        return proposal["value"]

    def _is_guess(self, guess: Any) -> bool:
        if self._kind == "number":
            is_number = isinstance(guess, int | float) and not isinstance(guess, bool)
            return is_number and -math.inf < guess < math.inf and abs(guess) <= sys.float_info.max
        if self._kind == "choice":
            return guess in [each["text"] for each in self._choices]
        return isinstance(guess, str) and bool(guess.strip())

    def _refuse(self, guess: Any) -> Any:
        if self._kind == "choice":
            return one_of("guess", guess, [each["text"] for each in self._choices])
        raise ValueError(
            f"`guess` must be {'a number' if self._kind == 'number' else 'a text'}, got {guess!r}"
        )

    def _remembered(self) -> Any:
        values = [event["value"] for event in events.events(self._item, KIND)]
        guesses = [value.get("guess") for value in values if isinstance(value, dict)]
        return next((guess for guess in reversed(guesses) if self._is_guess(guess)), None)

    def _keep(self, change: Any) -> None:
        if change["new"]:
            events.record(self._item, KIND, {"guess": self.guess, "answer": self._answer})
            self._kept = 1

    def _summary(self) -> dict[str, Any]:
        sentences = [self._question]
        if self._choices:
            sentences.append(
                text("predict.options", options=" / ".join(each["text"] for each in self._choices))
            )
        if self.committed:
            sentences.append(text("predict.you_said", guess=self._in_words(self.guess)))
        return {"title": text("predict.title"), "sentences": sentences, "tables": []}

    def _in_words(self, value: Any) -> str:
        if self._kind != "number":
            return str(value)
        unit = self._scale["unit"]
        return f"{value:z.{self._scale['digits']}f}{'' if unit in ('', '%') else ' '}{unit}"

    def _answer_line(self) -> list[str]:
        return (
            []
            if self._answer is None
            else [f"{text('predict.answer').capitalize()}: {self._in_words(self._answer)}"]
        )

    def __repr__(self) -> str:
        parts = [summary_as_text(self._summary()), f"{text('predict.revealed')}:", *self._answer_line()]
        return "\n\n".join([*parts, *self._revealed_text()])

    def _revealed_text(self) -> list[str]:
        if self._child is not None:
            return [repr(self._child)]
        if self._table:
            table = {"title": "", "sentences": [], "tables": [{"caption": "", **self._table}]}
            return [summary_as_text(table).strip()]
        return [self._words or self._alt] if self._words or self._alt else []

    def to_html(self) -> str:
        """The question as plain HTML without script, and what it reveals, folded up below it."""
        question, *others = self._summary()["sentences"]
        said = "".join(f"<p>{escape(line)}</p>" for line in others)
        answer = "".join(f"<p>{escape(line)}</p>" for line in self._answer_line())
        return (
            f"<div>\n<p><strong>{escape(text('predict.title'))}</strong></p>\n{markdown_as_html(question)}\n{said}\n"
            f"<details>\n<summary>{escape(text('predict.revealed'))}</summary>\n{answer}{self._revealed_html()}\n"
            "</details>\n</div>"
        )

    def _revealed_html(self) -> str:
        if self._child is not None:
            own = isinstance(self._child, Widget)
            return self._child.to_html() if own else f"<pre>{escape(repr(self._child))}</pre>"
        if self._table:
            return summary_as_html({"title": "", "sentences": [], "tables": [{"caption": "", **self._table}]})
        if self._image:
            return f'<img alt="{escape(self._alt)}" src="data:image/png;base64,{_base64(self._image)}">'
        return markdown_as_html(self._words)


def _base64(data: bytes) -> str:
    import base64

    return base64.b64encode(data).decode("ascii")


def _is_function(reveal: Any) -> bool:
    return isinstance(reveal, Callable) and not isinstance(reveal, AnyWidget)  # type: ignore[arg-type]


def _options(choices: Any, answer: Any) -> list[dict[str, str]]:
    if choices is None:
        return []
    said = choices if isinstance(choices, Mapping) else dict.fromkeys(choices, "")
    if len(said) < 2:
        raise ValueError(f"`choices` must hold at least two, got {list(said)!r}")
    if answer is not None:
        one_of("answer", answer, said)
    return [{"text": str(choice), "feedback": str(feedback)} for choice, feedback in said.items()]


def _kind(options: list[dict[str, str]], answer: Any, low: float | None, high: float | None) -> str:
    if options:
        return "choice"
    if (low is None) != (high is None):
        raise ValueError(f"`low` and `high` must be given together, got {low!r} and {high!r}")
    if low is not None or (answer is not None and not isinstance(answer, str)):
        return "number"
    return "words"


def _plain_number(answer: Any, name: str = "answer") -> float | None:
    if answer is None:
        return None
    number = answer.item() if hasattr(answer, "item") else answer
    if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
        raise ValueError(f"`{name}` must be a finite number, got {answer!r}")
    return number


def _scale(
    answer: Any, low: float | None, high: float | None, step: float | None, unit: str
) -> dict[str, Any]:
    """The slider's ends (null without), its step, and how many decimals a number is shown with."""
    low, high, step = (
        _plain_number(each, name) for name, each in (("low", low), ("high", high), ("step", step))
    )
    given = [float(each) for each in (low, high, _plain_number(answer)) if each is not None]
    if low is not None and high is not None:
        if not low < high:
            raise ValueError(f"`low` must be below `high`, got {low!r} and {high!r}")
        if not all(low <= each <= high for each in given):
            raise ValueError(f"`answer` must lie from {low!r} to {high!r}, got {answer!r}")
    whole = all(each.is_integer() for each in given)
    if step is None:
        step = 1 if whole else (high - low) / 100 if low is not None and high is not None else 0.01
    elif not step > 0:
        raise ValueError(f"`step` must be above 0, got {step!r}")
    digits = 0 if float(step).is_integer() else max(0, math.ceil(-math.log10(step) - 1e-9))
    return {"low": low, "high": high, "step": step, "digits": digits, "unit": unit}


def _shown(content: Any, alt: str) -> dict[str, Any]:
    """What is revealed, as the trait that carries it."""
    if content is None:
        return {}
    if isinstance(content, AnyWidget):
        return {"_child": content}
    if isinstance(content, str):
        return {"_words": content}
    figure = _figure_of(content)
    if figure is not None:
        if not alt.strip():
            raise ValueError("`alt` must say in words what the figure shows, got nothing")
        return {"_image": _png(figure), "_alt": alt}
    return {"_table": _table_of(content)}


def _figure_of(content: Any) -> Any:
    if hasattr(content, "savefig"):
        return content
    return content.get_figure() if hasattr(content, "get_figure") else None


def _png(figure: Any) -> bytes:
    from matplotlib import pyplot

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110, bbox_inches="tight", metadata={"Software": None})
    # Else the notebook would show the figure below the cell, before the guess is committed.
    pyplot.close(figure)
    return buffer.getvalue()


def _table_of(content: Any) -> dict[str, Any]:
    import narwhals as nw
    import pandas as pd

    if isinstance(content, pd.Series):
        content = content.to_frame()
    if isinstance(content, pd.DataFrame) and not isinstance(content.index, pd.RangeIndex):
        content = content.reset_index()
    try:
        frame = nw.from_native(content, eager_only=True)
    except TypeError:
        raise TypeError(
            "`reveal` must be a widget, a matplotlib figure, a data frame, a text or a function that returns "
            f"one of these, got {type(content).__name__}"
        ) from None
    if not frame.columns:
        raise ValueError("`reveal` must have something to show, got a data frame without columns")
    rows = [[_cell(value) for value in row] for row in frame.iter_rows()]
    return {"columns": [str(column) for column in frame.columns], "rows": rows}


def _cell(value: Any) -> str:
    if isinstance(value, float):
        import numpy as np

        return np.format_float_positional(value, precision=4, trim="-")
    return str(value)
