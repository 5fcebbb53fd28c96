"""Questions that answer back: each distractor has its feedback, each question a hint and a second try."""

from __future__ import annotations

import math
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any

import traitlets

from edutools import events
from edutools._checks import known_keywords, one_of
from edutools._markup import inline_as_html, markdown_as_html
from edutools.texts import text
from edutools.widgets.base import aligned, table_as_html
from edutools.widgets.calibration import LEVELS, Calibration
from edutools.widgets.kept import Kept
from edutools.widgets.pictures import picture_as_table
from edutools.widgets.questions import is_answer, judge, load, points, shown_order

KIND = "quiz"


class Quiz(Kept):
    """A quiz whose answers reach Python, survive a re-run of the cell and are kept as events.

    It works wholly in the browser, so the right answers are in the page: it is for learning, not for marking.

    Parameters
    ----------
    source : str, Path or iterable of dict or str
        A lesson's bank by name (``"05_evaluate"``), a file (a path, or a name that ends in ``.json``), a list
        of questions, or a list of ids of the banks' questions (``["05_evaluate/threshold-meaning"]``). The
        form is a superset of jupyterquiz's: see `edutools.widgets.questions`.
    only : list of str, optional
        Ids of the questions to ask, in this order; of a bank, the part after the slash is enough.
    shuffle : bool, default False
        Whether options stand in an order of their own, the same at every run.
    fresh : bool, default False
        Whether to ask anew whatever was answered before, as a review does; its answers are kept as such, and
        do not change what a lesson's own quiz shows.
    confidence : bool, default False
        Whether to ask, before a question is first answered, how sure the reader is; `calibration` then holds
        what was said against how often it was right.

    Raises
    ------
    ValueError: no bank or question has that name, or a question is malformed (file and field are named).
    OSError: the file cannot be read.

    Examples
    --------
    >>> from edutools import Quiz
    >>> quiz = Quiz("05_evaluate", only=["threshold-meaning"])
    >>> quiz.answers
    {}
    >>> quiz.score
    0.0
    """

    _name = "quiz"
    _sections = ("picture", "calibration")

    answers = traitlets.Dict(
        help="The latest confirmed answer to each question, by id; set to {} to start over."
    ).tag(sync=True)

    _questions: traitlets.List[Any] = traitlets.List().tag(sync=True)
    _tries = traitlets.Dict().tag(sync=True)
    _sure: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    _levels: traitlets.List[Any] = traitlets.List().tag(sync=True)
    _fresh = traitlets.Bool(False).tag(sync=True)

    @known_keywords()
    def __init__(
        self,
        source: str | Path | Iterable[dict[str, Any]] | Iterable[str],
        *,
        only: Iterable[str] | None = None,
        shuffle: bool = False,
        fresh: bool = False,
        confidence: bool = False,
    ) -> None:
        questions = load(source)
        if only is not None:
            questions = _chosen(questions, only)
        self._by_id = {question["id"]: question for question in questions}
        before = {} if fresh else {question["id"]: _remembered(question) for question in questions}
        kept = {name: asking for name, asking in before.items() if asking}
        self._recorded = {name: len(asking) for name, asking in kept.items()}
        answers = {name: [each["answer"] for each in asking] for name, asking in kept.items()}
        super().__init__(
            _questions=[
                {**question, "shown": shown_order(question, shuffle=shuffle)} for question in questions
            ],
            _tries=answers,
            answers={name: each[-1] for name, each in answers.items()},
            _levels=list(LEVELS) if confidence else [],
            _fresh=fresh,
            _sure=_levels_said(kept) if confidence else {},
            _kept=sum(self._recorded.values()),
        )
        self.observe(self._keep, ["answers", "_tries"])

    @property
    def questions(self) -> list[dict[str, Any]]:
        """The questions that are asked, in order, in the one form that `edutools.widgets.questions` makes."""
        return list(self._by_id.values())

    @property
    def score(self) -> float:
        """Share of the points earned so far, in [0, 1]; nan where no question has a right answer.

        A question that is right at the first try earns one point, at the second try half a point, later none;
        an open answer earns what the reader marked it with: 0, 0.5 or 1.
        """
        scored = [question for question in self.questions if question["scored"]]
        if not scored:
            return math.nan
        return sum(points(question, self._tries.get(question["id"], [])) for question in scored) / len(scored)

    @property
    def calibration(self) -> Calibration:
        """How often first answers were right, by how sure the reader had said to be; see `Calibration`."""
        first = ((name, level, self._tries.get(name, [])) for name, level in self._sure.items())
        return Calibration.of(
            (level, judge(self._by_id[name], tries[0]).right) for name, level, tries in first if tries
        )

    @traitlets.validate("_sure")
    def _checked_levels(self, proposal: Any) -> dict[str, float]:
        for name, level in proposal["value"].items():
            one_of("question", name, self._by_id)
            one_of("confidence", level, LEVELS)
        return proposal["value"]

    @traitlets.validate("answers")
    def _checked(self, proposal: Any) -> dict[str, Any]:
        for name, answer in proposal["value"].items():
            self._refuse_no_answer("answers", name, answer)
        return proposal["value"]

    @traitlets.validate("_tries")
    def _checked_tries(self, proposal: Any) -> dict[str, list[Any]]:
        for name, tries in proposal["value"].items():
            if not isinstance(tries, list):
                raise ValueError(f"`_tries[{name!r}]` must be a list of answers, got {tries!r}")
            for answer in tries:
                self._refuse_no_answer("_tries", name, answer)
        return proposal["value"]

    def _refuse_no_answer(self, trait: str, name: str, answer: Any) -> None:
        one_of("question", name, self._by_id)
        question = self._by_id[name]
        if not is_answer(question, answer):
            kind = question["type"]
            raise ValueError(
                f"`{trait}[{name!r}]` is not an answer to a question of type {kind!r}: {answer!r}"
            )

    def _keep(self, change: Any) -> None:
        """Bring the list of tries up to the answers, and write each new try as an event."""
        # What the browser sends is its own list of tries; what Python sets is an answer alone, or none.
        tries = {name: each for name, each in self._tries.items() if name in self.answers}
        for name, answer in self.answers.items():
            before = tries.get(name, [])
            if not before or before[-1] != answer:
                tries[name] = [*before, answer]
        self._recorded = {name: count for name, count in self._recorded.items() if name in tries}
        self._tries = tries
        self._sure = {name: level for name, level in self._sure.items() if name in tries}
        for name, each in tries.items():
            before = self._recorded.get(name, 0)
            for number, answer in enumerate(each[before:], before + 1):
                events.record(name, KIND, self._event(name, answer, number))
            self._recorded[name] = len(each)
        self._kept = sum(self._recorded.values())

    def _event(self, name: str, answer: Any, number: int) -> dict[str, Any]:
        verdict = judge(self._by_id[name], answer)
        said = {"answer": answer, "right": verdict.right, "misconceptions": list(verdict.misconceptions)}
        sure = {"confidence": self._sure[name]} if number == 1 and name in self._sure else {}
        return {**said, "try": number, **sure, **({"review": True} if self._fresh else {})}

    def _title(self) -> str:
        count = len(self._by_id)
        return text("quiz.title_one") if count == 1 else text("quiz.title", n=count)

    def _summary(self) -> dict[str, Any]:
        sentences = [
            line
            for number, question in enumerate(self._questions, 1)
            for line in self._lines(number, question)
        ]
        closing = [self._score_line(), *(self.calibration.sentences() if self._levels else [])]
        return {"title": self._title(), "sentences": [*sentences, *closing], "tables": []}

    def _score_line(self) -> str:
        scored = [question for question in self.questions if question["scored"]]
        earned = sum(points(question, self._tries.get(question["id"], [])) for question in scored)
        return text(
            "quiz.score",
            points=f"{earned:g}",
            total=len(scored),
            answered=len(self.answers),
            asked=len(self._by_id),
        )

    def _lines(self, number: int, question: dict[str, Any]) -> list[str]:
        asked = [
            f"{number}. {question['question']}",
            *question["code"].splitlines(),
            *_picture_told(question),
        ]
        options = [
            f"   ({letter}) {option}" for letter, option in zip(_LETTERS, _options(question), strict=False)
        ]
        return [*asked, *options, *(f"   {line}" for line in (*_choices(question), *self._said(question)))]

    def _said(self, question: dict[str, Any]) -> list[str]:
        """What was answered and what is said of it; nothing where nothing was answered yet."""
        name = question["id"]
        if name not in self.answers:
            return []
        answer = self.answers[name]
        verdict = judge(question, answer)
        word = (
            "quiz.twin_noted"
            if not question["scored"]
            else "quiz.twin_right"
            if verdict.right
            else "quiz.twin_wrong"
        )
        return [text(word, answer=_in_words(question, answer)), *verdict.feedback]

    def to_html(self) -> str:
        """The questions with their options, and what was answered so far, as plain HTML without script."""
        items = "\n".join(f"<li>{self._item(question)}</li>" for question in self._questions)
        closing = [self._score_line(), *(self.calibration.sentences() if self._levels else [])]
        return (
            f"<div>\n<p><strong>{escape(self._title())}</strong></p>\n<ol>\n{items}\n</ol>\n"
            + "\n".join(f"<p>{escape(line)}</p>" for line in closing)
            + "\n</div>"
        )

    def _item(self, question: dict[str, Any]) -> str:
        code = f"<pre><code>{escape(question['code'])}</code></pre>" if question["code"] else ""
        listed = "".join(f"<li>{_option_as_html(question, option)}</li>" for option in _options(question))
        options = f'\n<ol type="a">{listed}</ol>' if listed else ""
        lines = [*_choices(question), *self._said(question)]
        said = "".join(f"\n<p>{inline_as_html(line)}</p>" for line in lines)
        shown = table_as_html(**picture_as_table(question["picture"])) if "picture" in question else ""
        asked = markdown_as_html(question["question"]) + code + shown + options
        lang = question.get("lang", self._language)
        return (asked if lang == self._language else f'<div lang="{lang}">{asked}</div>') + said


_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def _picture_told(question: dict[str, Any]) -> list[str]:
    """What there is to read in a question's picture, line by line."""
    if "picture" not in question:
        return []
    table = picture_as_table(question["picture"])
    return [
        f"   {line}" for line in (table["caption"], *aligned([table["columns"], *table["rows"]]).splitlines())
    ]


def _option_as_html(question: dict[str, Any], option: str) -> str:
    return f"<code>{escape(option)}</code>" if question.get("as_code") else inline_as_html(option)


def _chosen(questions: list[dict[str, Any]], only: Iterable[str]) -> list[dict[str, Any]]:
    by_id = {question["id"]: question for question in questions}
    short = {name.rsplit("/", 1)[-1]: name for name in by_id}
    wanted = [short.get(name, name) for name in only]
    for name in wanted:
        one_of("only", name, by_id)
    return [by_id[name] for name in dict.fromkeys(wanted)]


def askings(question: dict[str, Any], kept: Iterable[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The quiz events of one question, oldest first, apart by asking: each begins with a first try.

    What no longer fits the question is left out.
    """
    apart: list[list[dict[str, Any]]] = []
    for event in kept:
        value = event["value"]
        if not isinstance(value, dict) or not is_answer(question, value.get("answer")):
            continue
        if not apart or value.get("try") == 1 or is_review(event) != is_review(apart[-1][-1]):
            apart.append([])
        apart[-1].append(event)
    return apart


def is_review(event: dict[str, Any]) -> bool:
    """Whether a quiz event comes from a review, not from a lesson's own quiz."""
    return event["value"].get("review") is True


def _remembered(question: dict[str, Any]) -> list[dict[str, Any]]:
    """What was kept of each try at a question since it was last begun in its lesson's quiz, oldest first."""
    kept = askings(question, events.events(question["id"], KIND))
    own = [asking for asking in kept if not is_review(asking[0])]
    return [event["value"] for event in own[-1]] if own else []


def _levels_said(kept: dict[str, list[dict[str, Any]]]) -> dict[str, float]:
    """How sure the reader said to be before each question was first answered, by its id."""
    said = {name: asking[0].get("confidence") for name, asking in kept.items()}
    return {name: level for name, level in said.items() if level in LEVELS}


def _options(question: dict[str, Any]) -> list[str]:
    """What may be chosen or must be put in order, as it stands on the screen."""
    if "options" in question:
        return [_option_text(question["options"][place]) for place in question["shown"]]
    if "lines" in question:
        return [question["lines"][place] for place in question["shown"]]
    return question.get("labels", [])


def _choices(question: dict[str, Any]) -> list[str]:
    """The options of a question that matches them to labels, in one line."""
    if question["type"] != "match":
        return []
    return [
        text("quiz.choices", options=" / ".join(question["choices"][place] for place in question["shown"]))
    ]


def _option_text(option: dict[str, Any]) -> str:
    code = option["code"]
    marked = f"`{code}`" if code and "\n" not in code else code
    return " ".join(filter(None, [option["text"], marked]))


def _in_words(question: dict[str, Any], answer: Any) -> str:
    kind = question["type"]
    if kind == "open":
        return answer["text"]
    if kind == "order":
        return " / ".join(question["lines"][place].strip() for place in answer)
    if kind == "match":
        chosen = (question["choices"][place] for place in answer)
        return "; ".join(
            f"{label}: {choice}" for label, choice in zip(question["labels"], chosen, strict=True)
        )
    if kind in ("numeric", "string"):
        return f"{answer} {question.get('unit', '')}".strip()
    places = answer if kind == "many_choice" else [answer]
    return "; ".join(_option_text(question["options"][place]) for place in places)
