"""A reader without a mouse: goes from stop to stop by Tab, and works with whatever has the keyboard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page

SURE = "0.75"
MOST_STOPS = 2_000

_STOP = """() => {
  const node = document.activeElement, root = node.closest(".edu-root");
  const question = node.closest("[data-test=question]"), line = node.closest(".edu-lines > li");
  const shown = node.closest(".edu-choices") ? node.nextElementSibling : node;
  const { outlineStyle, outlineWidth } = getComputedStyle(shown ?? node);
  const box = node.getBoundingClientRect();
  const cell = node.closest(".jp-Cell"), cells = () => window.jupyterapp.shell.currentWidget.content.widgets;
  return {
    root: root ? [...(cell ?? document).querySelectorAll(".edu-root")].indexOf(root) : null,
    widget: root ? [...root.classList].find(name => name.startsWith("edu-") && name !== "edu-root") : null,
    question: question?.dataset.id ?? null, test: node.dataset?.test ?? "", tag: node.tagName.toLowerCase(),
    kind: node.type ?? "", role: node.getAttribute("role") ?? "",
    value: node.value ?? "", checked: Boolean(node.checked),
    pressed: node.getAttribute("aria-pressed"), idle: node.getAttribute("aria-disabled") === "true",
    at: node.selectedIndex ?? null, options: [...(node.options ?? [])].map(each => each.textContent),
    lines: [...(line?.parentElement.children ?? [])].map(each => Number(each.dataset.test.slice(5))),
    line: line ? [...line.parentElement.children].indexOf(line) : null,
    seen: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2,
    inside: box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth,
    outside: node === document.body, open: Boolean(node.closest("details")?.open),
    cell: cell ? cells().findIndex(each => each.node === cell) : null,
  };
}"""


@dataclass
class Reader:
    """Who goes through a page by keys; `answers` are the right ones by question, as `judge` takes them."""

    page: Page
    answers: dict[str, tuple[str, Any]] = field(default_factory=dict)
    visited: set[tuple[int | None, int]] = field(default_factory=set)  # cell, and place in it or on the page
    operated: list[tuple[str, str]] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)

    def stop(self) -> dict[str, Any]:
        """Where the keyboard is."""
        return self.page.evaluate(_STOP)

    def press(self, *keys: str) -> dict[str, Any]:
        """Press keys, and say where the keyboard is then."""
        for key in keys:
            self.page.keyboard.press(key)
        return self.stop()

    def go_through(self, *, ends: Callable[[dict[str, Any]], bool]) -> None:
        """Tab from stop to stop, and work with every control of a widget, until `ends` says so of a stop.

        Raises
        ------
        AssertionError: a control cannot be worked with, or loses the keyboard; there is no end.
        """
        for _ in range(MOST_STOPS):
            stop = self.press("Tab")
            if ends(stop):
                return
            if stop["root"] is None:
                continue
            self.visited.add((stop["cell"], stop["root"]))
            named = f"{stop['widget']} {stop['question'] or ''} {stop['test'] or stop['tag']}"
            if not (stop["seen"] and stop["inside"]):
                self.unseen.append(named)
            self.work_with(stop, named)
            after = self.stop()
            assert after["root"] is not None, f"{named} loses the keyboard"
            self.operated.append((stop["widget"], stop["test"] or stop["tag"]))
        raise AssertionError(f"after {MOST_STOPS} stops there is no end: {self.stop()}")

    def work_with(self, stop: dict[str, Any], named: str) -> None:
        """Do with a control what a reader does with it, and see that it did something."""
        if stop["question"] in self.answers:
            self.answer(stop, named)
        elif stop["kind"] == "range":
            after = self.press("ArrowRight")
            after = self.press("ArrowLeft") if after["value"] == stop["value"] else after
            assert after["value"] != stop["value"], named
        elif stop["tag"] == "select":
            after = self.press("ArrowDown" if stop["at"] == 0 else "ArrowUp")
            assert after["at"] != stop["at"] or len(stop["options"]) == 1, named
        elif stop["kind"] == "checkbox":
            assert self.press("Space")["checked"] != stop["checked"], named
        elif stop["kind"] == "number":
            assert self.press("End", "5")["value"] == f"{stop['value']}5", named
        elif stop["kind"] == "radio":
            after = self.press("Space") if not stop["checked"] else self.press("ArrowRight")
            assert after["checked"], named
        elif stop["tag"] == "summary":
            assert self.press("Enter")["open"] != stop["open"], named
        elif stop["role"] == "tab":
            assert self.press("ArrowRight")["test"] != stop["test"], named
        elif stop["tag"] == "textarea" or stop["kind"] == "text":
            self.page.keyboard.type("1")
        elif stop["tag"] == "button":
            after = self.press("Enter")
            assert stop["pressed"] is None or after["pressed"] == "true" or after["test"] != stop["test"], (
                named
            )

    def answer(self, stop: dict[str, Any], named: str) -> None:
        """Give the right answer to the part of a question that has the keyboard, and check it."""
        kind, right = self.answers[stop["question"]]
        test = stop["test"]
        if test.startswith("option-"):
            self.choose(stop, kind, right, named)
        elif test.startswith("match-"):
            wanted = stop["options"].index(right[int(test.removeprefix("match-"))])
            assert self.press(*["ArrowDown"] * (wanted - stop["at"]))["at"] == wanted, named
        elif test in ("up", "down"):
            self.put_in_order(stop, right, named)
        elif test == "line":
            self.page.keyboard.type(str(right))
        elif test == "words":
            self.page.keyboard.type("Who is missing, and who decides?")
        elif test.startswith("sure-"):
            self.choose(stop, "sure", SURE, named)
        elif test == "check":
            self.press("Enter")
            said = self.page.evaluate(
                "document.activeElement.closest('[data-test=question]')"
                ".querySelector('[data-test=said]').textContent"
            )
            assert "Right" in said, f"{named}: {said}"
        elif test == "compare":
            assert self.press("Enter")["test"].startswith("mark-"), named
            self.press("Enter")
        elif stop["tag"] == "summary":
            assert self.press("Enter")["open"] != stop["open"], named

    def choose(self, stop: dict[str, Any], kind: str, right: Any, named: str) -> None:
        if kind == "many_choice":
            if (int(stop["test"].removeprefix("option-")) in right) != stop["checked"]:
                assert self.press("Space")["checked"] != stop["checked"], named
            return
        wanted = f"sure-{right}" if kind == "sure" else f"option-{right}"
        after = stop if stop["checked"] else self.press("Space")
        for _ in range(20):
            if after["test"] == wanted:
                break
            after = self.press("ArrowDown")
        assert (after["test"], after["checked"]) == (wanted, True), named

    def put_in_order(self, stop: dict[str, Any], right: list[int], named: str) -> None:
        """Each line, as Tab comes to it, goes up to its place among those above."""
        place, lines = stop["line"], stop["lines"]
        above = sum(right.index(each) > right.index(lines[place]) for each in lines[:place])
        after = self.press(*["ArrowUp"] * above) if above else stop
        assert after["line"] == place - above, named
