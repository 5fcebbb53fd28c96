"""What tests read off a widget's page, and how they take hold of its sliders."""

from __future__ import annotations

import re
from collections.abc import Iterable

from playwright.sync_api import Locator, Page, expect

from edutools import rate, rate_interval
from edutools.metrics import undefined_reasons
from edutools.widgets.figures import decimals, interval

CELLS = ("tn", "fp", "fn", "tp")
THUMB = 24  # pixels

# Blocks whose content is wider than they are, text beyond the window, and a page that scrolls sideways. What
# may scroll by itself (a large matrix, an input) and what only screen readers read are left out.
_CLIPPED = """root => {
  const wrong = [], page = document.documentElement;
  const free = node => node.closest(".edu-scroll, .edu-spoken, svg, input, textarea, select, math");
  if (page.scrollWidth > innerWidth) wrong.push(`page ${page.scrollWidth}`);
  for (const node of root.querySelectorAll("*")) {
    if (free(node) || !node.textContent.trim() || !node.getClientRects().length) continue;
    if (getComputedStyle(node).display !== "inline" && node.scrollWidth > node.clientWidth + 1)
      wrong.push(`${node.tagName}.${node.className}: ${node.textContent.slice(0, 60)}`);
  }
  const words = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const node = words.currentNode, range = document.createRange();
    if (free(node.parentElement) || !node.data.trim()) continue;
    range.selectNodeContents(node);
    for (const box of range.getClientRects())
      if (box.right > innerWidth + 1 || box.left < -1) wrong.push(`outside: ${node.data}`);
  }
  return wrong;
}"""


def clipped(page: Page, selector: str = ".edu-root") -> list[str]:
    """What does not fit the page's width inside the first `selector`, a line each."""
    return page.locator(selector).first.evaluate(_CLIPPED)


def named(page: Page | Locator, test: str) -> Locator:
    """The one element whose data-test is `test`."""
    return page.locator(f'[data-test="{test}"]')


def option(page: Page | Locator, test: str) -> Locator:
    """The label to click on for the option whose input is called `test`."""
    return page.locator(f'label:has([data-test="{test}"])')


def said(page: Page | Locator, test: str) -> str:
    """The text of that element."""
    return named(page, test).inner_text()


def cells_on(page: Page | Locator, prefix: str = "cell") -> tuple[str, ...]:
    """What the four cells show, in the order of `CELLS`."""
    return tuple(said(page, f"{prefix}-{cell}") for cell in CELLS)


def cells_of(cells, place: int = 0) -> tuple[str, ...]:
    """What the four cells must show, as Python counts."""
    return tuple(f"{getattr(cells, cell)[place]:,}" for cell in CELLS)


def figures_on(root: Locator) -> list[str]:
    """Every text that a test can find, but what is said to a screen reader later."""
    return root.locator('[data-test]:not([data-test="live"])').all_inner_texts()


def rates_on(page: Page | Locator, tests: Iterable[str]) -> dict[str, str]:
    """What stands beside each rate."""
    return {test: said(page, test) for test in tests}


def rate_words(cells, metric: str, place: int = 0) -> str:
    """What must stand beside a rate: the number with its interval, or why it has none."""
    reasons = undefined_reasons(cells, metric)
    group = cells.groups[place]
    if group in reasons:
        return f"undefined: {reasons[group]}"
    value, limits = rate(cells, metric)[place], rate_interval(cells, metric)[place]
    return f"{decimals(value)} {interval(limits)}".strip()


def drag(page: Page, slider: Locator, start: float, stop: float) -> None:
    """Take the slider's thumb at `start` with the mouse and let it go at `stop`, shares of its range.

    The slider may move by a step on being taken, as its range is longer than it has pixels.
    """
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()

    def at(share: float) -> float:
        return box["x"] + THUMB / 2 + share * (box["width"] - THUMB)

    height = box["y"] + box["height"] / 2
    page.mouse.move(at(start), height)
    page.mouse.down()
    page.mouse.move(at((start + stop) / 2), height)
    page.mouse.move(at(stop), height)
    page.mouse.up()


def threshold_of(slider: Locator) -> float:
    """The threshold that the slider tells a screen reader."""
    words = slider.get_attribute("aria-valuetext")
    return float("inf") if words == "nobody" else float(words)


def shown_threshold(words: str) -> float:
    """The threshold in a sentence such as '114 rows · threshold 0.911 · profit €12,600'."""
    found = re.search(r"(?:threshold|score of) (nobody|[\d.]+)", words)
    return float("inf") if found is None or found[1] == "nobody" else float(found[1])


def focus(slider: Locator) -> None:
    """Put the keyboard on an element."""
    slider.focus()
    expect(slider).to_be_focused()
