"""How a page is set for one reader or another, and what is wrong with it for them: for every widget alike."""

from __future__ import annotations

import base64
from collections.abc import Callable

from playwright.sync_api import ElementHandle, Locator, Page

TEXT = 2  # times its size, as WCAG 1.4.4 asks

FORCED_LIGHT = {"forced_colors": "active", "color_scheme": "light"}
FORCED_DARK = {"forced_colors": "active", "color_scheme": "dark"}
COLOURS = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "forced, light": FORCED_LIGHT,
    "forced, dark": FORCED_DARK,
}

# As Firefox does where only text is zoomed: letters grow, the window does not. A formula is left as it is.
_GROW = """times => {
  const all = [...document.querySelectorAll("body, body *")].filter(node => !node.closest("svg, math"));
  const sizes = all.map(node => [node, parseFloat(getComputedStyle(node).fontSize)]);
  for (const [node, size] of sizes) node.style.setProperty("font-size", `${times * size}px`, "important");
}"""
# WCAG 1.4.12: what a reader's own style may ask for.
SPACED = """* {
  line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important;
}
p { margin-bottom: 2em !important; }"""

# Controls that a finger or a shaking hand may miss (WCAG 2.5.8), and those pressed too narrow to be used.
_SMALL = """root => [...root.querySelectorAll("button, select, input, textarea, summary")].flatMap(node => {
  const label = node.matches("[type=checkbox], [type=radio]") ? node.closest("label") : null;
  const sizes = [node, label].filter(Boolean).map(each => each.getBoundingClientRect());
  if (!node.checkVisibility({ visibilityProperty: true }) || !sizes[0].width) return [];
  const [width, height] = ["width", "height"].map(side => Math.max(...sizes.map(size => size[side])));
  const least = node.matches("select, textarea, [type=range], [type=text]") ? 80 : 24;
  const named = `${node.tagName} ${node.dataset.test ?? ""} ${width.toFixed()} × ${height.toFixed()}`;
  return width < least - 0.1 || height < 23.9 ? [named] : [];
})"""

# Two texts on the same ground, or a text that lies on a control that is not its own.
_OVERLAPPING = """root => {
  const free = node => node.closest(".edu-spoken, svg, option, math");
  const boxes = [], words = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const node = words.currentNode, range = document.createRange();
    if (!node.data.trim() || free(node.parentElement) || !node.parentElement.checkVisibility()) continue;
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) boxes.push([box, node.data.trim(), node.parentElement]);
  }
  for (const node of root.querySelectorAll("select, input:not([type=radio]):not([type=checkbox]), textarea"))
    if (node.checkVisibility()) boxes.push([node.getBoundingClientRect(), node.dataset.test, node]);
  boxes.sort(([a], [b]) => a.top - b.top);
  const wrong = [];
  boxes.forEach(([a, said, node], place) => {
    for (let next = place + 1; next < boxes.length && boxes[next][0].top < a.bottom - 4; next += 1) {
      const [b, other, own] = boxes[next];
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - b.top;
      const within = node.contains(own) || own.contains(node);
      if (across > 4 && down > 4 && !within) wrong.push(`${said} | ${other}`);
    }
  });
  return wrong;
}"""

_PIXELS = """const pixelsOf = async picture => {
  const image = new Image();
  image.src = `data:image/png;base64,${picture}`;
  await image.decode();
  const pen = new OffscreenCanvas(image.width, image.height).getContext("2d");
  pen.drawImage(image, 0, 0);
  return pen.getImageData(0, 0, image.width, image.height).data;
};"""
# How much of two pictures of one size differs by a contrast of 3 or more, in pixels.
_DIFFERING = f"""async pictures => {{ {_PIXELS}
  const [a, b] = await Promise.all(pictures.map(pixelsOf));"""
_DIFFERING += """
  const part = value => (value <= 10.3 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const parts = [0.2126, 0.7152, 0.0722];
  const light = (data, at) => parts.reduce((sum, weight, place) => sum + weight * part(data[at + place]), 0);
  let apart = 0;
  for (let at = 0; at < Math.min(a.length, b.length); at += 4) {
    const [dark, pale] = [light(a, at), light(b, at)].sort((one, other) => one - other);
    if ((pale + 0.05) / (dark + 0.05) >= 3) apart += 1;
  }
  return apart;
}"""

_COUNTED = f"""async ([picture, fill]) => {{ {_PIXELS}
  const data = await pixelsOf(picture);
  let count = 0;
  for (let at = 0; at < data.length; at += 4) count += fill.every((part, place) => data[at + place] === part);
  return count;
}}"""

# Whatever the Tab key must reach, in its order: of radio buttons the chosen one, else one at an end.
_STOPS = """() => {
  const kinds = "a[href], button, select, input, textarea, summary, [tabindex]";
  const all = [...document.querySelectorAll(kinds)]
    .filter(node => node.tabIndex >= 0 && !node.disabled)
    .filter(node => node.checkVisibility({ visibilityProperty: true }));
  const groups = new Set();
  const stops = all.filter(node => {
    if (node.type !== "radio") return true;
    const group = all.filter(each => each.name === node.name), chosen = group.find(each => each.checked);
    if (chosen) return chosen === node;
    if (groups.has(node.name)) return false;
    groups.add(node.name);
    return true;
  });
  const ofOne = node => (node.type === "radio" ? all.filter(each => each.name === node.name) : [node]);
  stops.forEach((node, place) => ofOne(node).forEach(each => { each.dataset.stop = place; }));
  return stops.length;
}"""
# Where the keyboard is, and whether a line of 2 pixels or more is round it or round what stands for it.
_FOCUSED = """() => {
  const node = document.activeElement;
  const choice = node?.closest(".edu-choices") ? node.nextElementSibling : null;
  const lined = each => {
    const { outlineStyle, outlineWidth } = getComputedStyle(each);
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
  };
  const place = node?.dataset?.stop === undefined ? -1 : Number(node.dataset.stop);
  return [place, place >= 0 && lined(choice ?? node), `${node?.tagName} ${node?.dataset?.test ?? ""}`];
}"""


def grow_text(page: Page) -> None:
    """Twice the size of every text."""
    page.evaluate(_GROW, TEXT)


def space_text(page: Page) -> None:
    """The widest spacing of text that must not hide any (WCAG 1.4.12)."""
    page.add_style_tag(content=SPACED)


def from_right_to_left(page: Page) -> None:
    """As in a page in Arabic or Hebrew."""
    page.evaluate("document.documentElement.dir = 'rtl'")


# Widths in pixels: a window, a phone, and the narrowest that WCAG 1.4.10 asks for.
LAYOUTS = {
    "a window": (1000, []),
    "a phone": (360, []),
    "the narrowest": (320, []),
    "twice the text": (1000, [grow_text]),
    "twice the text on a phone": (360, [grow_text]),
    "spaced text": (1000, [space_text]),
    "spaced text on a phone": (360, [space_text]),
    "from right to left": (1000, [from_right_to_left]),
    "from right to left on a phone": (360, [from_right_to_left]),
}


def open_all(page: Page) -> None:
    """Whatever can be opened."""
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")


def small_controls(root: Locator) -> list[str]:
    """Controls under 24 × 24 pixels, and lists, fields and sliders that are narrower than 80, a line each."""
    return root.evaluate(_SMALL)


def overlapping(root: Locator) -> list[str]:
    """Texts that lie on each other or on a control."""
    return root.evaluate(_OVERLAPPING)


def differing_pixels(
    page: Page, shown: Locator | ElementHandle, change: Callable[[], None], *, margin: int = 4
) -> int:
    """Pixels of an element, with a margin, that `change` alters by a contrast of 3 to 1 or more."""
    shown.evaluate("node => node.scrollIntoView({ block: 'center' })")
    before = _picture(page, shown, margin)
    change()
    return page.evaluate(_DIFFERING, [before, _picture(page, shown, margin)])


def _picture(page: Page, shown: Locator | ElementHandle, margin: int) -> str:
    box = shown.bounding_box()
    clip = {
        "x": max(0, box["x"] - margin),
        "y": max(0, box["y"] - margin),
        "width": box["width"] + 2 * margin,
        "height": box["height"] + 2 * margin,
    }
    return base64.b64encode(page.screenshot(clip=clip, animations="disabled")).decode("ascii")


def pixels_of(page: Page, shown: Locator, fill: list[int]) -> int:
    """How many pixels of an element have exactly the colour `fill`, as red, green and blue."""
    shown.evaluate("node => node.scrollIntoView({ block: 'center' })")
    return page.evaluate(_COUNTED, [_picture(page, shown, 0), fill])


def walk(page: Page, key: str = "Tab") -> tuple[list[int], list[str], int]:
    """Press `key` from one end of the page to the other.

    Returns
    -------
    the places, among all that must be reached, where the keyboard was; those at which that did not show; and
    how many must be reached
    """
    count = page.evaluate(_STOPS)
    places: list[int] = []
    unseen = []
    for _ in range(count + 5):
        page.keyboard.press(key)
        place, seen, what = page.evaluate(_FOCUSED)
        if place < 0 or (places and place == places[0]):
            break
        places.append(place)
        unseen += [] if seen else [what]
    return places, unseen, count
