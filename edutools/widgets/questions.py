"""Questions of a quiz: read from a bank, a file or a list, checked field by field, and judged.

The form is a superset of jupyterquiz's (https://github.com/jmshea/jupyterquiz), whose files load unchanged: a
list of questions, each with ``question``, ``type``, optional ``code`` and its ``answers``. To it come:

- types ``order`` (``lines`` in their right order, ``as_code``, ``also_correct``, ``mistakes``, ``feedback``)
  and ``open`` (``model_answer``);
- ``kind``, what the question asks of the learner: ``recall``, ``apply``, ``read`` (a picture) or ``predict``;
- ``picture``, to be read: see `edutools.widgets.pictures`;
- ``id`` (permanent; without one it is made of the question), ``hint`` and ``explanation`` on every question;
- ``misconception`` on an answer, ``tolerance`` on a number, ``unit`` on a numeric question.
"""

from __future__ import annotations

import hashlib
import html
import json
import math
import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any

from edutools._checks import one_of
from edutools.texts import SOURCE
from edutools.widgets.pictures import read_picture

KINDS = ("recall", "apply", "read", "predict")
TYPES = ("multiple_choice", "many_choice", "numeric", "string", "match", "order", "open")
_EVERY = {
    "id",
    "type",
    "question",
    "code",
    "hint",
    "explanation",
    "kind",
    "picture",
    "title",
    "points",
    "tags",
    "bubbles",
    "cols",
}
_FIELDS = {
    "multiple_choice": {"answers", "answer_cols"},
    "many_choice": {"answers", "answer_cols"},
    "numeric": {"answers", "precision", "unit"},
    "string": {"answers", "input_width"},
    "match": {"pairs", "options", "shuffle_pairs", "shuffle_options"},
    "order": {"lines", "as_code", "also_correct", "mistakes", "feedback"},
    "open": {"model_answer"},
}
_ANSWER_FIELDS = {
    *("answer", "code", "correct", "feedback", "misconception", "hide", "type"),
    *("value", "range", "tolerance", "match_case", "fuzzy_threshold"),
}


@dataclass(frozen=True)
class Verdict:
    """What is said of one answer.

    Parameters
    ----------
    right : bool
        The answer is right; of an open answer, the reader marked it as had in full.
    feedback : tuple of str
        What the question says of this answer, in its small Markdown.
    misconceptions : tuple of str
        The misconceptions that the chosen wrong answers are tagged with.
    """

    right: bool
    feedback: tuple[str, ...] = ()
    misconceptions: tuple[str, ...] = ()


def bank_names() -> list[str]:
    """Names of the lessons that have a question bank, in order."""
    return sorted(
        entry.name[:-5] for entry in (files("edutools") / "quizzes").iterdir() if entry.name.endswith(".json")
    )


def load(source: str | Path | Iterable[dict[str, Any]] | Iterable[str]) -> list[dict[str, Any]]:
    """Questions of a bank (its name), a file (a path or a name ending in .json) or a list, in one form.

    A list of ids takes its questions from the banks.

    Raises
    ------
    ValueError: no bank or question has that name, or a question is malformed; file, question and field are
        named.
    TypeError: `source` is none of these.
    OSError: the file cannot be read.
    """
    if isinstance(source, Path) or (isinstance(source, str) and source.endswith(".json")):
        path = Path(source)
        return _questions(_json(path.read_bytes(), path.name), path.name, prefix=path.stem)
    if isinstance(source, str):
        one_of("quiz", source, bank_names())
        entry = files("edutools") / "quizzes" / f"{source}.json"
        banked = _questions(_json(entry.read_bytes(), entry.name), entry.name, prefix=source)
        # Said to a screen reader where the widget around them speaks another language.
        return [{**question, "lang": SOURCE} for question in banked]
    if not isinstance(source, Iterable):
        raise TypeError(
            f"`source` must be a lesson's name, a file or a list of questions, got {type(source).__name__}"
        )
    listed = list(source)
    ids = [each for each in listed if isinstance(each, str)]
    if ids and len(ids) == len(listed):
        return [_from_banks(name) for name in dict.fromkeys(ids)]
    return _questions(listed, "the list", prefix="quiz")


def _from_banks(name: str) -> dict[str, Any]:
    bank = one_of("quiz", name.split("/")[0], bank_names())
    by_id = {question["id"]: question for question in load(bank)}
    return by_id[one_of("question", name, by_id)]


def _json(content: bytes, name: str) -> Any:
    try:
        return json.loads(content)  # in UTF-8, 16 or 32, with or without a mark of it
    except ValueError as error:
        raise ValueError(f"{name} is not JSON: {error}") from None


def _questions(raw: Any, name: str, *, prefix: str) -> list[dict[str, Any]]:
    if not isinstance(raw, list):
        raise ValueError(f"{name} must hold a list of questions, got {type(raw).__name__}")
    if not raw:
        raise ValueError(f"{name} holds no question")
    questions: list[dict[str, Any]] = []
    ids: set[str] = set()
    for number, each in enumerate(raw, start=1):
        field = _Field(name, number, each)
        made = _question(field, each)
        made["id"] = field.text("id") if "id" in each else _made_id(prefix, each, ids)
        if made["id"] in ids:
            raise field.wrong("id", f"must be unlike every other, got {made['id']!r} a second time")
        ids.add(made["id"])
        questions.append(made)
    return questions


def _made_id(prefix: str, raw: dict[str, Any], taken: set[str]) -> str:
    """An id for a question without one: the same for the same question, another for its copy in one file."""
    digest = hashlib.sha256(json.dumps(raw, sort_keys=True, default=str).encode()).hexdigest()[:10]
    copies = (f"{prefix}/{digest}{f'-{copy}' if copy > 1 else ''}" for copy in range(1, len(taken) + 2))
    return next(made for made in copies if made not in taken)


class _Field:
    """One question of one source, whose fields it reads and whose errors it words."""

    def __init__(self, source: str, number: int, raw: Any) -> None:
        self._where = f"{source}, question {number}"
        if not isinstance(raw, dict):
            raise ValueError(
                f"{self._where} must be an object with `question` and `type`, got {type(raw).__name__}"
            )
        self._raw = raw
        if isinstance(raw.get("id") or raw.get("question"), str):
            self._where += f" ({(raw.get('id') or raw['question'])[:40]!r})"

    def wrong(self, field: str, problem: str) -> ValueError:
        return ValueError(f"{self._where}: `{field}` {problem}")

    def text(self, field: str, *, default: str | None = None) -> str:
        return self.text_in(self._raw, field, field, default=default)

    def text_in(self, holder: dict[str, Any], key: str, field: str, *, default: str | None = None) -> str:
        value = holder.get(key, default)
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            got = "nothing" if key not in holder else repr(value)
            raise self.wrong(field, f"must be a text, got {got}")
        return value

    def flag_in(self, holder: dict[str, Any], key: str, field: str, *, default: bool | None = None) -> bool:
        value = holder.get(key, default)
        if not isinstance(value, bool):
            raise self.wrong(
                field, f"must be true or false, got {'nothing' if key not in holder else repr(value)}"
            )
        return value

    def number_in(self, holder: dict[str, Any], key: str, field: str, *, low: float = -math.inf) -> float:
        return self.number(holder.get(key), field, low=low)

    def number(self, value: Any, field: str, *, low: float = -math.inf) -> float:
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not math.isfinite(value)
            or value < low
        ):
            needed = "a number" if low == -math.inf else f"a number of at least {low:g}"
            raise self.wrong(field, f"must be {needed}, got {value!r}")
        return value

    def rows(self, field: str, *, least: int = 1) -> list[Any]:
        value = self._raw.get(field)
        if not isinstance(value, list) or len(value) < least:
            raise self.wrong(field, f"must be a list of at least {least}, got {value!r}")
        return value

    def objects(self, field: str, *, least: int = 1) -> list[dict[str, Any]]:
        for place, each in enumerate(self.rows(field, least=least)):
            if not isinstance(each, dict):
                raise self.wrong(f"{field}[{place}]", f"must be an object, got {each!r}")
        return self._raw[field]

    def refuse_slips(self, holder: dict[str, Any], known: set[str], field: str = "") -> None:
        # Other tools' own fields are let through; what is nearly one of ours is a slip of the pen.
        for key in holder.keys() - known:
            near = get_close_matches(key, known, n=1, cutoff=0.8)
            if near:
                raise self.wrong(field + key, f"is no field. Did you mean {near[0]!r}?")


def _question(field: _Field, raw: dict[str, Any]) -> dict[str, Any]:
    kind = field.text("type")
    try:
        one_of("type", kind, TYPES)
    except ValueError as error:
        raise field.wrong("type", str(error).removeprefix("`type` ")) from None
    field.refuse_slips(raw, _EVERY | _FIELDS[kind])
    common = {name: _readable(field.text(name, default="")) for name in ("question", "hint", "explanation")}
    if not common["question"] and "code" not in raw:
        raise field.wrong("question", "must be a text, got nothing")
    return {
        "type": kind,
        **common,
        "code": html.unescape(field.text("code", default="")),
        **({"kind": _kind(field)} if "kind" in raw else {}),
        **({"picture": read_picture(raw["picture"], field.wrong)} if "picture" in raw else {}),
        **_READERS[kind](field, raw),
    }


def _kind(field: _Field) -> str:
    kind = field.text("kind")
    if kind not in KINDS:
        raise field.wrong("kind", f"must be one of {list(KINDS)!r}, got {kind!r}")
    return kind


def _choice(field: _Field, raw: dict[str, Any]) -> dict[str, Any]:
    options = [
        _option(field, each, f"answers[{place}].") for place, each in enumerate(field.objects("answers"))
    ]
    correct = sum(option["correct"] for option in options)
    # jupyterquiz, too, lets several be chosen wherever several are right, whatever the type says.
    several = raw["type"] == "many_choice" or correct > 1
    columns = field.number_in(raw, "answer_cols", "answer_cols", low=1) if "answer_cols" in raw else 1
    return {
        "type": "many_choice" if several else "multiple_choice",
        "options": options,
        "columns": int(columns),
        "scored": several or correct > 0,
    }


def _option(field: _Field, raw: dict[str, Any], at: str) -> dict[str, Any]:
    field.refuse_slips(raw, _ANSWER_FIELDS, at)
    text, code = (field.text_in(raw, key, at + key, default="") for key in ("answer", "code"))
    if not text and not code:
        raise field.wrong(at + "answer", "must be a text (or `code` be given), got nothing")
    return {"text": _readable(text), "code": html.unescape(code), **_remarks(field, raw, at)}


def _remarks(field: _Field, raw: dict[str, Any], at: str) -> dict[str, Any]:
    return {"correct": field.flag_in(raw, "correct", at + "correct"), **_said(field, raw, at)}


def _said(field: _Field, raw: dict[str, Any], at: str) -> dict[str, str]:
    texts = {key: field.text_in(raw, key, at + key, default="") for key in ("feedback", "misconception")}
    return {"feedback": _readable(texts["feedback"]), "misconception": texts["misconception"]}


def _numeric(field: _Field, raw: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "rules": [],
        "otherwise": "",
        "unit": field.text("unit", default=""),
        "scored": True,
    }
    if "precision" in raw:
        made["precision"] = int(field.number_in(raw, "precision", "precision", low=1))
    for place, each in enumerate(field.objects("answers")):
        at = f"answers[{place}]."
        field.refuse_slips(each, _ANSWER_FIELDS, at)
        if each.get("type") == "default":
            made["otherwise"] = _readable(field.text_in(each, "feedback", at + "feedback"))
        elif "value" in each:
            tolerance = (
                field.number_in(each, "tolerance", at + "tolerance", low=0) if "tolerance" in each else 0
            )
            value = field.number_in(each, "value", at + "value")
            made["rules"].append({"value": value, "tolerance": tolerance, **_remarks(field, each, at)})
        else:
            made["rules"].append({"range": _range(field, each, at), **_remarks(field, each, at)})
    return _with_right_answer(field, made)


def _range(field: _Field, raw: dict[str, Any], at: str) -> list[float]:
    ends = raw.get("range")
    if not isinstance(ends, list) or len(ends) != 2:
        raise field.wrong(at + "range", f"must be [low, high] (or `value` be given), got {ends!r}")
    low, high = (field.number(end, f"{at}range[{place}]") for place, end in enumerate(ends))
    if low >= high:
        raise field.wrong(at + "range", f"must have its low end below its high end, got {ends!r}")
    return [low, high]


def _string(field: _Field, raw: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"rules": [], "otherwise": "", "scored": True}
    for place, each in enumerate(field.objects("answers")):
        at = f"answers[{place}]."
        field.refuse_slips(each, _ANSWER_FIELDS, at)
        if each.get("type") == "default":
            made["otherwise"] = _readable(field.text_in(each, "feedback", at + "feedback"))
            continue
        near = (
            field.number_in(each, "fuzzy_threshold", at + "fuzzy_threshold", low=0)
            if "fuzzy_threshold" in each
            else 0
        )
        case = field.flag_in(each, "match_case", at + "match_case", default=False)
        answer = html.unescape(field.text_in(each, "answer", at + "answer"))
        made["rules"].append({"text": answer, "match_case": case, "near": near, **_remarks(field, each, at)})
    return _with_right_answer(field, made)


def _with_right_answer(field: _Field, made: dict[str, Any]) -> dict[str, Any]:
    if not any(rule["correct"] for rule in made["rules"]):
        raise field.wrong("answers", "must hold one with `correct` true, got none")
    return made


def _match(field: _Field, raw: dict[str, Any]) -> dict[str, Any]:
    given = enumerate(field.rows("options", least=2))
    options = [_readable(field.text_in({"x": each}, "x", f"options[{place}]")) for place, each in given]
    labels, targets, remarks = [], [], []
    for place, pair in enumerate(field.objects("pairs")):
        labels.append(_readable(field.text_in(pair, "label", f"pairs[{place}].label")))
        answer = _readable(field.text_in(pair, "answer", f"pairs[{place}].answer"))
        if answer not in options:
            raise field.wrong(f"pairs[{place}].answer", f"must be one of {options!r}, got {answer!r}")
        targets.append(options.index(answer))
        remarks.append(_said(field, pair, f"pairs[{place}]."))
    return {"labels": labels, "choices": options, "targets": targets, "remarks": remarks, "scored": True}


def _order(field: _Field, raw: dict[str, Any]) -> dict[str, Any]:
    as_code = field.flag_in(raw, "as_code", "as_code", default=False)
    given = enumerate(field.rows("lines", least=2))
    lines = [field.text_in({"x": each}, "x", f"lines[{place}]") for place, each in given]
    return {
        "lines": lines,
        "as_code": as_code,
        "right_orders": [list(range(len(lines))), *_also_correct(field, raw, len(lines))],
        "mistakes": _mistakes(field, raw, lines),
        "otherwise": _readable(field.text("feedback", default="")),
        "scored": True,
    }


def _also_correct(field: _Field, raw: dict[str, Any], n_lines: int) -> list[list[int]]:
    orders = field.rows("also_correct") if "also_correct" in raw else []
    for place, order in enumerate(orders):
        if not isinstance(order, list) or sorted(map(repr, order)) != sorted(map(repr, range(n_lines))):
            raise field.wrong(
                f"also_correct[{place}]", f"must hold each of 0 to {n_lines - 1} once, got {order!r}"
            )
    return orders


def _mistakes(field: _Field, raw: dict[str, Any], lines: list[str]) -> list[dict[str, Any]]:
    mistakes = []
    for place, each in enumerate(field.objects("mistakes") if "mistakes" in raw else []):
        at = f"mistakes[{place}]."
        field.refuse_slips(each, {"before", "after", "feedback", "misconception"}, at)
        ends = [field.text_in(each, key, at + key) for key in ("before", "after")]
        for key, end in zip(("before", "after"), ends, strict=True):
            if end not in lines:
                raise field.wrong(at + key, f"must be one of the lines {lines!r}, got {end!r}")
        texts = {key: field.text_in(each, key, at + key, default="") for key in ("feedback", "misconception")}
        mistakes.append({"before": lines.index(ends[0]), "after": lines.index(ends[1]), **texts})
    return mistakes


def _open(field: _Field, raw: dict[str, Any]) -> dict[str, Any]:
    return {"model_answer": _readable(field.text("model_answer")), "scored": True}


_READERS: dict[str, Callable[[_Field, dict[str, Any]], dict[str, Any]]] = {
    "multiple_choice": _choice,
    "many_choice": _choice,
    "numeric": _numeric,
    "string": _string,
    "match": _match,
    "order": _order,
    "open": _open,
}

_TAGS = {"b": "**", "strong": "**", "i": "*", "em": "*", "code": "`"}


def _readable(text: str) -> str:
    """`text` as our Markdown; jupyterquiz takes its texts as HTML, of which a few marks are understood."""
    text = re.sub(r"<br\s*/?>", "  \n", text, flags=re.IGNORECASE)
    text = re.sub(r"</?(b|strong|i|em|code)>", lambda tag: _TAGS[tag[1].lower()], text, flags=re.IGNORECASE)
    return html.unescape(text)


def shown_order(question: dict[str, Any], *, shuffle: bool) -> list[int]:
    """The order in which the options or lines of a question stand on the screen, the same at every run.

    Lines to be put in order are always shuffled, and never stand in a right order at first.
    """
    places = list(range(len(question.get("options", question.get("lines", question.get("choices", []))))))
    if question["type"] in ("order", "match") or (shuffle and "options" in question):
        dice = random.Random(question["id"])
        dice.shuffle(places)
        while question["type"] == "order" and judge(question, places).right and _can_be_wrong(question):
            dice.shuffle(places)
    return places


def _can_be_wrong(question: dict[str, Any]) -> bool:
    lines = question["lines"]
    return len({tuple(lines[k] for k in order) for order in question["right_orders"]}) < _distinct_orders(
        lines
    )


def _distinct_orders(lines: list[str]) -> int:
    repeats = math.prod(math.factorial(lines.count(line)) for line in set(lines))
    return math.factorial(len(lines)) // repeats


def is_answer(question: dict[str, Any], answer: Any) -> bool:
    """Whether `answer` has the form that this question's answers have.

    That is the place of an option, from 0 (``multiple_choice``); the places of some (``many_choice``); a
    number (``numeric``); a text (``string``); the places of the lines as they were put (``order``) or of each
    label's option (``match``); ``{"text": str, "mark": 0, 0.5 or 1}`` (``open``).
    """
    kind = question["type"]
    if kind == "multiple_choice":
        return _is_place(answer, len(question["options"]))
    if kind == "numeric":
        return isinstance(answer, int | float) and not isinstance(answer, bool) and math.isfinite(answer)
    if kind == "string":
        return isinstance(answer, str)
    if kind == "open":
        keys = isinstance(answer, dict) and answer.keys() == {"text", "mark"}
        return bool(keys) and isinstance(answer["text"], str) and answer["mark"] in (0, 0.5, 1)
    if not isinstance(answer, list):
        return False
    if kind == "match":
        in_choices = all(_is_place(each, len(question["choices"])) for each in answer)
        return in_choices and len(answer) == len(question["labels"])
    length = len(question["options"] if kind == "many_choice" else question["lines"])
    distinct = all(_is_place(each, length) for each in answer) and len(set(answer)) == len(answer)
    return distinct and (kind == "many_choice" or len(answer) == length)


def _is_place(value: Any, length: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < length


def judge(question: dict[str, Any], answer: Any) -> Verdict:
    """What is to be said of `answer`, which has the form that `is_answer` asks for."""
    kind = question["type"]
    if kind == "open":
        return Verdict(answer["mark"] == 1)
    if kind == "match":
        pairs = zip(answer, question["targets"], question["remarks"], strict=True)
        return _verdict(
            answer == question["targets"], [said for given, target, said in pairs if given != target]
        )
    if kind == "order":
        return _judge_order(question, answer)
    if kind in ("numeric", "string"):
        return _judge_rules(question, answer)
    chosen = [answer] if kind == "multiple_choice" else sorted(answer)
    options = [question["options"][place] for place in chosen]
    wanted = [place for place, option in enumerate(question["options"]) if option["correct"]]
    right = options[0]["correct"] if kind == "multiple_choice" else chosen == wanted
    return _verdict(right, options)


def _judge_order(question: dict[str, Any], answer: Sequence[int]) -> Verdict:
    lines = question["lines"]
    put = [lines[place] for place in answer]
    if any(put == [lines[place] for place in order] for order in question["right_orders"]):
        return Verdict(True)
    made = [
        each
        for each in question["mistakes"]
        if put.index(lines[each["before"]]) < put.index(lines[each["after"]])
    ]
    return _verdict(False, made or [{"feedback": question["otherwise"], "misconception": ""}])


def _judge_rules(question: dict[str, Any], answer: Any) -> Verdict:
    matches = _text_matches if question["type"] == "string" else _number_matches
    for rule in question["rules"]:
        if matches(question, rule, answer):
            return _verdict(rule["correct"], [rule])
    return _verdict(False, [{"feedback": question["otherwise"], "misconception": ""}])


def _verdict(right: bool, remarks: Sequence[dict[str, Any]]) -> Verdict:
    return Verdict(
        right,
        tuple(each["feedback"] for each in remarks if each["feedback"]),
        () if right else tuple(each["misconception"] for each in remarks if each["misconception"]),
    )


def _number_matches(question: dict[str, Any], rule: dict[str, Any], answer: float) -> bool:
    digits = question.get("precision")
    number = float(answer) if digits is None else _rounded(float(answer), digits)
    if "range" in rule:
        # As in jupyterquiz: the low end belongs to the range, the high end does not.
        return rule["range"][0] <= number < rule["range"][1]
    value = float(rule["value"]) if digits is None else _rounded(float(rule["value"]), digits)
    # A hair more than asked for, so that 0.1 + 0.2 is 0.3 and 0.85 lies within 0.05 of 0.8.
    return abs(number - value) <= rule["tolerance"] + 1e-9 * max(1.0, abs(value))


def _rounded(number: float, digits: int) -> float:
    # Halves go up, as in JavaScript's toPrecision.
    return float(Context(prec=digits, rounding=ROUND_HALF_UP).create_decimal(Decimal(number)))


def _text_matches(question: dict[str, Any], rule: dict[str, Any], answer: str) -> bool:
    given, wanted = answer.strip(), rule["text"].strip()
    if not rule["match_case"]:
        given, wanted = given.lower(), wanted.lower()
    if given == wanted:
        return True
    longest = max(len(given), len(wanted))
    return rule["near"] > 0 and 1 - _edits(given, wanted) / longest >= rule["near"]


def _edits(a: str, b: str) -> int:
    """How many letters must be put in, taken out or changed to turn `a` into `b` (Levenshtein)."""
    row = list(range(len(b) + 1))
    for i, letter in enumerate(a, start=1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(b, start=1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (letter != other))
    return row[-1]


def points(question: dict[str, Any], tries: Sequence[Any]) -> float:
    """Points for all tries at one question: 1 for a right first try, 0.5 for a right second one, else 0.

    An open answer has the points that the reader last gave it.
    """
    if question["type"] == "open":
        return float(tries[-1]["mark"]) if tries else 0.0
    worth = (1.0, 0.5)
    return next(
        (share for share, answer in zip(worth, tries, strict=False) if judge(question, answer).right), 0.0
    )
