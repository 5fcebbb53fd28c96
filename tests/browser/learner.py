"""A learner in JupyterLab: predicts, moves what can be moved, answers wrongly and then rightly."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from edutools.widgets.questions import judge
from tests.browser.reading import drag, named, option

CONFIDENCE = "0.75"
# Where a lesson names an exercise: the variable, and the exercise's id.
TASK = re.compile(r'^(\w+) = exercise\(\s*"([^"]+)"', re.MULTILINE)


def predict(root: Locator) -> None:
    """Commit a guess, of whatever kind is asked for, and see what is said and what it really is."""
    expect(named(root, "revealed")).to_be_empty()
    if not named(root, "slider").count():  # a slider always stands somewhere
        named(root, "commit").click()
        expect(named(root, "problem")).not_to_be_empty()
    if named(root, "slider").count():
        named(root, "slider").focus()
        for key in ("Home", "ArrowRight", "ArrowRight"):
            root.page.keyboard.press(key)
    elif named(root, "option-0").count():
        named(root, "option-0").focus()
        root.page.keyboard.press("Space")
    elif named(root, "line").count():
        named(root, "line").fill("1")
    else:
        named(root, "words").fill("It stays as it is.")
    named(root, "commit").click()
    expect(named(root, "said")).not_to_be_empty()


def play_with(root: Locator) -> int:
    """How many things of the widget were moved: sliders by key and by mouse, else stages, methods, lists."""
    sliders = root.locator('input[type="range"]:visible:enabled')
    for place in range(sliders.count()):
        _move(sliders.nth(place))
    if sliders.count():
        return sliders.count()
    stages = root.locator('input[data-test^="stage-"]').count()
    for place in range(stages):
        option(root, f"stage-{place}").click()
        expect(named(root, f"stage-{place}")).to_be_checked()
    methods = root.locator('button[data-test^="method-"]').all()
    for method in methods:
        method.click()
        expect(method).to_have_attribute("aria-pressed", "true")
    return (
        stages or len(methods) or sum(_choose_each(lists) for lists in root.locator("select:visible").all())
    )


def _choose_each(lists: Locator) -> int:
    """Choose each option of a list in its turn, and the first again."""
    count = lists.locator("option").count()
    for place in [*range(count), 0]:
        lists.select_option(index=place)
        assert lists.evaluate("node => node.selectedIndex") == place
    return count


def _move(slider: Locator) -> None:
    """Move a slider a step by key, and then drag it with the mouse to another place; each shows."""
    # To the middle: at the edge of its window the mouse may meet what lies above the notebook.
    slider.evaluate("node => node.scrollIntoView({ block: 'center' })")
    slider.focus()
    before = _value(slider)
    slider.page.keyboard.press("ArrowRight")
    if _value(slider) == before:  # it stands at its end
        slider.page.keyboard.press("ArrowLeft")
    assert _value(slider) != before
    drag(slider.page, slider, 0.1, 0.9)
    high = _value(slider)
    drag(slider.page, slider, 0.9, 0.1)
    assert _value(slider) < high


def _value(slider: Locator) -> float:
    return slider.evaluate("node => node.valueAsNumber")


def answer(root: Locator, question: dict[str, Any]) -> None:
    """Answer a question wrongly, be told why, and then rightly."""
    asked = root.locator(f'[data-id="{question["id"]}"]')
    asked.scroll_into_view_if_needed()
    if question["type"] == "open":
        return _answer_open(asked)
    wrong, right = _wrong_answer(question), right_answer(question)
    for given in (wrong, right):
        FIELDS[question["type"]](asked, question, given)
        if named(asked, "sure").count() and given == wrong:
            named(asked, f"sure-{CONFIDENCE}").focus()
            asked.page.keyboard.press("Space")
        named(asked, "check").click()
        expect(named(asked, "said")).to_contain_text("Not yet" if given == wrong else "Right")
        for words in judge(question, given).feedback:
            expect(asked).to_contain_text(plain(words))
    return None


def _answer_open(asked: Locator) -> None:
    named(asked, "words").fill("Who is missing, and who decides?")
    named(asked, "compare").click()
    expect(named(asked, "model")).to_be_visible()
    named(asked, "mark-1").click()


def plain(words: str) -> str:
    """The longest stretch of a text that has no mark of Markdown or TeX in it."""
    return max(re.split(r"\$[^$]*\$|[*`\n\[\]]", words), key=len).strip()


def right_answer(question: dict[str, Any]) -> Any:
    kind = question["type"]
    if kind in ("multiple_choice", "many_choice"):
        right = [place for place, option in enumerate(question["options"]) if option["correct"]]
        return right if kind == "many_choice" else right[0]
    if kind == "match":
        return question["targets"]
    if kind == "order":
        return question["right_orders"][0]
    return _of_rule(next(rule for rule in question["rules"] if rule["correct"]))


def _wrong_answer(question: dict[str, Any]) -> Any:
    """A wrong answer that the question knows by name, or one that is merely wrong."""
    kind = question["type"]
    if kind in ("multiple_choice", "many_choice"):
        wrong = next(place for place, option in enumerate(question["options"]) if not option["correct"])
        return [wrong] if kind == "many_choice" else wrong
    if kind == "match":
        return question["targets"][1:] + question["targets"][:1]
    if kind == "order":
        return question["shown"]
    known = [_of_rule(rule) for rule in question["rules"] if not rule["correct"]]
    return known[0] if known else ("something else" if kind == "string" else -12345.0)


def _of_rule(rule: dict[str, Any]) -> Any:
    if "text" in rule:
        return rule["text"]
    return rule["value"] if "value" in rule else sum(rule["range"]) / 2


def _choose_one(asked: Locator, question: dict[str, Any], given: int) -> None:
    named(asked, f"option-{given}").check()


def _choose_many(asked: Locator, question: dict[str, Any], given: list[int]) -> None:
    for place in range(len(question["options"])):
        named(asked, f"option-{place}").set_checked(place in given)


def _type(asked: Locator, question: dict[str, Any], given: Any) -> None:
    named(asked, "line").fill(str(given))


def _match(asked: Locator, question: dict[str, Any], given: list[int]) -> None:
    for place, choice in enumerate(given):
        named(asked, f"match-{place}").select_option(label=question["choices"][choice])


def _put_in_order(asked: Locator, question: dict[str, Any], given: list[int]) -> None:
    for at, place in enumerate(given):
        line = named(asked, f"line-{place}")
        while line.evaluate("node => [...node.parentElement.children].indexOf(node)") > at:
            named(line, "up").click()


FIELDS = {
    "multiple_choice": _choose_one,
    "many_choice": _choose_many,
    "numeric": _type,
    "string": _type,
    "match": _match,
    "order": _put_in_order,
}


def write_and_run(page: Page, place: int, source: str) -> str:
    """Put other code into a cell and run it, as a learner does; returns what it showed, in plain text."""
    shown = page.evaluate(
        """async ([place, source]) => {
          const notebook = window.jupyterapp.shell.currentWidget.content;
          notebook.activeCellIndex = place;
          notebook.widgets[place].model.sharedModel.setSource(source);
          await window.jupyterapp.commands.execute("notebook:run-cell");
          return notebook.widgets[place].model.toJSON().outputs;
        }""",
        [place, source],
    )
    return "\n".join(_as_text(output) for output in shown)


def _as_text(output: dict[str, Any]) -> str:
    if output["output_type"] == "error":
        return f"{output['ename']}: {output['evalue']}"
    return "".join(output.get("text", output.get("data", {}).get("text/plain", "")))
