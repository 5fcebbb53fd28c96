"""Every widget for every reader, as WCAG 2.2 AA asks: their colours and sizes, by keys, touch and speech."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from edutools.widgets.base import page as page_of
from tests.browser.access import (
    COLOURS,
    FORCED_DARK,
    FORCED_LIGHT,
    LAYOUTS,
    differing_pixels,
    grow_text,
    open_all,
    overlapping,
    pixels_of,
    small_controls,
    walk,
)
from tests.browser.reading import clipped, named
from tests.every_widget import EVERY, every_widget

NAMES = list(EVERY)


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of one page with every widget in it."""
    path = tmp_path_factory.mktemp("every") / "every.html"
    path.write_text(page_of(*every_widget().values(), title="Every widget"), encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def shown(everything: str, page: Page) -> Page:
    return opened(page, everything)


def opened(page: Page, address: str) -> Page:
    page.goto(address)
    page.wait_for_selector("html[data-ready]", state="attached", timeout=20_000)
    assert page.locator("[data-widget]").count() == len(NAMES)
    return page


def root(page: Page, name: str):
    return page.locator("[data-widget]").nth(NAMES.index(name)).locator(".edu-root").first


@pytest.mark.parametrize("colours", COLOURS)
@pytest.mark.parametrize("sized", [False, True], ids=["", "twice the text"])
def test_axe_finds_nothing(shown, axe_violations, colours, sized):
    shown.emulate_media(**COLOURS[colours])
    open_all(shown)
    if sized:
        grow_text(shown)
    assert axe_violations(shown, "body") == []


@pytest.mark.parametrize("layout", LAYOUTS)
def test_nothing_is_clipped_squeezed_or_covered(shown, layout):
    width, changes = LAYOUTS[layout]
    shown.set_viewport_size({"width": width, "height": 800})
    open_all(shown)
    for change in changes:
        change(shown)
    shown.wait_for_timeout(100)  # charts are drawn anew for the width
    wrong = {}
    for name in NAMES:
        place = f"[data-widget] >> nth={NAMES.index(name)} >> .edu-root"
        found = clipped(shown, place) + small_controls(root(shown, name)) + overlapping(root(shown, name))
        wrong |= {name: found} if found else {}
    assert wrong == {}


# ---- in forced colours

CHOSEN = "[aria-pressed=true], [aria-selected=true], .edu-choices :checked + span"
UNCHOOSE = """node => {
  for (const name of ["aria-pressed", "aria-selected"])
    if (node.hasAttribute(name)) node.setAttribute(name, "false");
  const input = node.previousElementSibling;
  if (input?.matches("input")) input.checked = false;
}"""
FILLS = {"tp": [0, 114, 178], "fp": [245, 198, 150], "fn": [184, 74, 0], "tn": [188, 220, 240]}


@pytest.mark.parametrize("colours", [FORCED_LIGHT, FORCED_DARK], ids=["light", "dark"])
def test_what_is_chosen_is_seen_in_forced_colours(shown, colours):
    shown.emulate_media(**colours)
    seen = 0
    for name in NAMES:
        for chosen in root(shown, name).locator(CHOSEN).all()[:2]:
            if chosen.is_visible():
                handle = chosen.element_handle()
                apart = differing_pixels(shown, handle, lambda at=handle: at.evaluate(UNCHOOSE))
                assert apart > 60, name  # more than a hair round a small button
                seen += 1
    assert seen >= 8


PICTURES = (
    ".edu-strip > svg",
    ".edu-chart",
    ".edu-lane .edu-axis",
    ".edu-fall",
    ".edu-curve svg",
    ".edu-among",
    ".edu-flow svg",
    ".edu-dots",
    ".edu-number-line",
    ".edu-matrix td[class]",
)
HIDE = "node => { node.style.opacity = 0; }"


@pytest.mark.parametrize("colours", COLOURS)
def test_what_is_drawn_is_seen_and_the_four_cells_keep_their_fills(shown, colours):
    shown.emulate_media(**COLOURS[colours])
    open_all(shown)
    named(shown, "card-model").click()  # the way from the mean to the applicant
    strip = root(shown, "group_metrics").locator(".edu-strip").first
    for cell, fill in FILLS.items():
        assert pixels_of(shown, strip, fill) > 20, cell
    for picture in PICTURES:
        drawn = shown.locator(picture).locator("visible=true").first
        assert differing_pixels(shown, drawn, lambda at=drawn: at.evaluate(HIDE)) > 20, picture


# ---- by keys alone


@pytest.mark.parametrize("colours", [COLOURS["light"], FORCED_DARK], ids=["light", "forced"])
def test_the_tab_key_reaches_everything_in_order_is_seen_and_leaves(shown, colours):
    shown.emulate_media(**colours)
    open_all(shown)
    places, unseen, count = walk(shown)
    assert unseen == []
    assert places == list(range(count))
    assert count > 150


def test_and_back_again(shown):
    places, unseen, count = walk(shown, "Shift+Tab")
    assert unseen == []
    assert places == list(range(count))[::-1]


KINDS = (
    "button",
    ".edu-choices input",
    ".edu-slider",
    ".edu-strip input",
    "select",
    "summary",
    ".edu-option input",
    "textarea",
    "[role=tab]",
)


@pytest.mark.parametrize("kind", KINDS)
def test_where_the_keyboard_is_can_be_seen_in_forced_colours(shown, kind):
    shown.emulate_media(**FORCED_DARK)
    control = shown.locator(kind).locator("visible=true").first
    shown.keyboard.press("Tab")  # what has the keyboard by keys shows it, by mouse it may not
    shown.evaluate("document.activeElement.blur()")
    round_it = control.locator("xpath=following-sibling::span") if "choices" in kind else control
    apart = differing_pixels(shown, round_it, lambda: control.focus(), margin=8)
    assert apart > 60


LOST = """node => {
  const now = document.activeElement, own = node.closest(".edu-root");
  return own.contains(now) && now !== own && now.checkVisibility({ visibilityProperty: true });
}"""
KEYS = {"button": "Enter", "select": "ArrowDown", "[type=range]": "ArrowRight", "[type=radio]": "ArrowRight",
        "[type=checkbox]": "Space", "summary": "Enter", "[type=text]": "Enter"}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_whatever_a_key_does_the_keyboard_stays_in_the_widget(shown, name):
    own = root(shown, name)
    pressed = 0
    for kind, key in KEYS.items():
        controls = own.locator(f"{kind if kind in ('button', 'select', 'summary') else 'input' + kind}")
        for place in range(min(controls.count(), 40)):
            control = controls.nth(place)
            if not control.is_visible() or not control.is_enabled():
                continue
            handle = control.element_handle()
            control.focus()
            shown.keyboard.press(key)
            assert own.evaluate(
                f"(own, node) => ({LOST})(node.isConnected ? node : own.querySelector('*'))", handle
            ), f"{key} on {kind} {control.get_attribute('data-test')}"
            pressed += 1
    assert pressed or name == "predict committed"


# ---- said aloud

LIVE = "[...document.querySelectorAll('[data-test=live]')].map(each => each.textContent)"
COUNT_SAID = """() => { window.said = [];
  for (const node of document.querySelectorAll("[data-test=live]"))
    new MutationObserver(() => window.said.push(node.textContent)).observe(node, { childList: true }); }"""
# A control, a key, and what then is said: the texts that the page shows under these names, or words.
SAID = {
    "audit": ("only-beyond", "Space", ["count"]),
    "confusion_matrix": (
        "threshold",
        "ArrowRight",
        re.compile(r"^Threshold 0\.504: 104 true positives, 12 false positives"),
    ),
    "data_flow": ("stage-2", "ArrowRight", ["heading"]),
    "decision_trace": ("threshold", "ArrowRight", re.compile(r"^Score 0\.507, approved\.$")),
    "group_metrics": ("threshold-0", "ArrowRight", ["profit", "gap-selection_rate"]),
    "mitigations": ("method-reweighing", "Enter", ["heading", "change"]),
    "sampling_plan": ("asked-0", "ArrowRight", ["drawn", "sides", "gap"]),
    "timeline": ("window", "ArrowLeft", ["when", "value-0", "state"]),
    "training_trace": ("epoch", "ArrowLeft", ["epoch-words"]),
    "what_if": ("slider-0", "ArrowRight", re.compile(r"^Score 0\.571, approved\.$")),
}


def test_nothing_is_said_when_a_page_opens(shown):
    shown.wait_for_timeout(1_000)
    assert set(shown.evaluate(LIVE)) == {""}


@pytest.mark.parametrize("name", SAID)
def test_a_move_is_said_once_when_it_rests_and_says_what_changed(shown, name):
    control, key, words = SAID[name]
    own = root(shown, name)
    shown.evaluate(COUNT_SAID)
    named(own, control).focus()
    for _ in range(1 if key in ("Space", "Enter") else 4):
        shown.keyboard.press(key)
    expect(named(own, "live")).not_to_be_empty()
    shown.wait_for_timeout(800)
    (said,) = shown.evaluate("window.said")
    if isinstance(words, re.Pattern):
        assert words.search(said), said
    else:
        for test in words:
            for part in named(own, test).inner_text().splitlines():
                assert part.strip() in said


def test_what_an_answer_is_worth_is_said(shown):
    own = root(shown, "quiz").locator('[data-test="question"]').first
    named(own, "check").focus()
    shown.keyboard.press("Enter")
    live = named(root(shown, "quiz"), "live")
    expect(live).to_have_text("Choose an answer first.")
    named(own, "option-1").focus()
    shown.keyboard.press("Space")
    named(own, "sure-0.75").focus()
    shown.keyboard.press("Space")
    named(own, "check").focus()
    shown.keyboard.press("Enter")
    expect(live).to_contain_text("Not yet")
    expect(live).to_contain_text("Not this.")


# ---- motion and touch

MOVING = """[...document.querySelectorAll(".edu-root *")].filter(node => {
  const { transitionDuration, animationDuration } = getComputedStyle(node);
  return `${transitionDuration},${animationDuration}`.split(",").some(time => parseFloat(time) > 0);
}).length"""


def test_who_asks_for_less_motion_gets_none(shown):
    assert shown.evaluate(MOVING) > 0
    shown.emulate_media(reduced_motion="reduce")
    assert shown.evaluate(MOVING) == 0
    own = root(shown, "training_trace")
    named(own, "epoch").focus()
    shown.keyboard.press("Home")
    expect(named(own, "play")).to_have_text("Next epoch")
    named(own, "play").focus()
    shown.keyboard.press("Enter")
    shown.wait_for_timeout(1_500)  # longer than the slowest play takes for two
    assert named(own, "epoch").evaluate("node => node.valueAsNumber") == 1


@pytest.fixture
def phone(everything: str, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True, offline=True
    )
    yield opened(context.new_page(), everything)
    context.close()


def swipe(page: Page, start: tuple[float, float], stop: tuple[float, float]) -> None:
    """Put a finger down at `start`, move it to `stop` in steps, and lift it."""
    session = page.context.new_cdp_session(page)
    at = [
        {"x": start[0] + (stop[0] - start[0]) * k / 10, "y": start[1] + (stop[1] - start[1]) * k / 10}
        for k in range(11)
    ]
    for kind, points in [
        ("touchStart", at[:1]),
        *[("touchMove", [each]) for each in at[1:]],
        ("touchEnd", []),
    ]:
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    session.detach()


def centred(node: Locator) -> dict[str, float]:
    node.evaluate("node => node.scrollIntoView({ block: 'center' })")
    return node.bounding_box()


@pytest.mark.parametrize("name", NAMES)
def test_a_finger_drags_every_slider_on_a_phone(phone, name):
    for slider in root(phone, name).locator("input[type=range]:enabled").all():
        if not slider.is_visible():
            continue
        box = centred(slider)
        scrolled = phone.evaluate("scrollY")
        shares = slider.evaluate("node => [node.valueAsNumber, node.min, node.max].map(Number)")
        share = (shares[0] - shares[1]) / (shares[2] - shares[1])
        height = box["y"] + box["height"] / 2
        target = 0.2 if share > 0.5 else 0.8
        place = lambda each, box=box: box["x"] + 12 + each * (box["width"] - 24)  # noqa: E731
        swipe(phone, (place(share), height), (place(target), height))
        value = slider.evaluate("node => (node.valueAsNumber - node.min) / (node.max - node.min)")
        assert value == pytest.approx(target, abs=0.12), slider.get_attribute("data-test")
        assert phone.evaluate("scrollY") == scrolled


def test_a_finger_takes_a_line_by_its_grip_and_scrolls_by_the_rest_of_it(phone):
    lines = root(phone, "quiz").locator(".edu-lines > li")
    before = lines.first.inner_text()
    grip = lines.first.locator(".edu-grip")
    from_box, to_box = centred(grip), lines.nth(2).bounding_box()
    swipe(
        phone, (from_box["x"] + 12, from_box["y"] + 12), (from_box["x"] + 12, to_box["y"] + to_box["height"])
    )
    assert lines.first.inner_text() != before
    box, scrolled, now = centred(lines.first), phone.evaluate("scrollY"), lines.all_inner_texts()
    swipe(phone, (box["x"] + box["width"] / 2, box["y"] + 10), (box["x"] + box["width"] / 2, box["y"] - 150))
    expect_scrolled(phone, scrolled)
    assert lines.all_inner_texts() == now


def test_a_finger_that_goes_up_over_a_picture_with_a_slider_scrolls_the_page(phone):
    box = centred(root(phone, "group_metrics").locator(".edu-strip").first)
    scrolled = phone.evaluate("scrollY")
    swipe(phone, (box["x"] + 40, box["y"] + 20), (box["x"] + 42, box["y"] - 150))
    expect_scrolled(phone, scrolled)


def expect_scrolled(page: Page, before: float) -> None:
    page.wait_for_function("before => scrollY > before + 50", arg=before)
