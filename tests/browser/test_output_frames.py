"""Every widget works in a sandboxed frame of another origin, one an output and no storage, as Colab shows it.

A frame shares nothing with the page around it but messages, by which its moves reach the kernel.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Frame, Page, Route, expect

from edutools.widgets.base import Widget, packed
from edutools.widgets.source import notebook_module, style
from tests.browser.learner import play_with, predict
from tests.browser.reading import named
from tests.every_widget import EVERY

NOTEBOOK = "http://notebook.test/"
OUTPUT = "http://output.test/"
# What stands in the notebook's page: two outputs, and the kernel's end of the messages.
AROUND = f"""<!doctype html><title>notebook</title>
<iframe sandbox="allow-scripts" src="{OUTPUT}first" width="900" height="420"></iframe>
<iframe sandbox="allow-scripts" src="{OUTPUT}second" width="900" height="420"></iframe>
<script>
window.saved = {{ first: {{}}, second: {{}} }};
addEventListener("message", ({{ data, origin }}) => {{
  if (origin !== "null") throw new Error(`a frame of its own origin says ${{origin}}`);
  Object.assign(window.saved[data.output], data.changes);
}});
</script>"""
# What stands in an output: a small model over each state, which sends what is saved, and the widget's module.
WITHIN = """<!doctype html><title>output</title><style>{style}</style><body><div id="place"></div>
<script type="module">
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const unpacked = new Blob([bytes("{held}")]).stream().pipeThrough(new DecompressionStream("gzip"));
const held = await new Response(unpacked).json();
const revive = (value) => value !== null && typeof value === "object" && "$bytes" in value
  ? new DataView(bytes(value.$bytes).buffer) : value;
const load = (source) => import(URL.createObjectURL(new Blob([source], {{ type: "text/javascript" }})));
const models = new Map(Object.entries(held.states).map(([id, {{ name, state }}]) => {{
  const values = new Map(Object.entries(state).map(([key, value]) => [key, revive(value)]));
  const listeners = new Map();
  const heard = (event) => listeners.get(event) ?? [];
  let changes = {{}};
  return [id, {{
    name,
    get: (key) => values.get(key),
    set(key, value) {{
      if (values.get(key) === value) return;
      values.set(key, value);
      changes[key] = value;
      for (const listener of heard(`change:${{key}}`)) listener(this, value);
    }},
    on: (event, listener) => listeners.set(event, [...heard(event), listener]),
    off: (event, listener) => listeners.set(event, heard(event).filter((each) => each !== listener)),
    save_changes() {{
      parent.postMessage({{ output: location.pathname.slice(1), changes }}, "*");
      changes = {{}};
    }},
    send() {{}},
    widget_manager: {{ get_model: async (key) => models.get(key), create_view: show }},
  }}];
}}));
async function show(model) {{
  const el = document.createElement("div");
  const {{ default: widget }} = await load(held.modules[model.name]);
  await widget.render({{ model, el }});
  return {{ el, remove: () => el.remove() }};
}}
document.querySelector("#place").replaceChildren((await show(models.get(held.shown))).el);
document.documentElement.dataset.ready = "true";
</script>"""
STORAGE = """() => { try { return [typeof window.localStorage]; } catch (error) { return error.name; } }"""
# What differs from another only by its state or its size shows nothing more here.
SHOWN = [name for name in EVERY if not name.endswith(("committed", "answered", "of classes", "of six"))]


@pytest.fixture
def outputs(page: Page) -> Iterator:
    """Show a widget in two outputs of one notebook; nothing may go wrong in any of them."""
    wrongs: list[str] = []
    page.on("pageerror", lambda error: wrongs.append(str(error)))
    page.on("console", lambda message: message.type == "error" and wrongs.append(message.text))

    def show(widget: Widget) -> tuple[Frame, Frame]:
        within = output_of(widget)

        def answer(route: Route) -> None:
            is_output = route.request.url.startswith(OUTPUT)
            route.fulfill(content_type="text/html; charset=utf-8", body=within if is_output else AROUND)

        page.route("**/*.test/**", answer)
        page.goto(NOTEBOOK)
        first, second = page.frames[1:]
        for frame in (first, second):
            frame.wait_for_selector("html[data-ready]", state="attached", timeout=10_000)
        return first, second

    yield show
    assert wrongs == []


def output_of(widget: Widget) -> str:
    """The document of an output that shows `widget`, from the module that a notebook loads."""
    widgets = widget.page_widgets()
    names = list(dict.fromkeys(each._name for each in widgets))
    held = {
        "shown": widget.model_id,
        "states": {each.model_id: {"name": each._name, "state": each.page_state()} for each in widgets},
        "modules": {name: notebook_module(name) for name in names},
    }
    return WITHIN.format(style=style(names), held=packed(held))


def text_of(frame: Frame) -> str:
    """What the widget shows, without what it tells a screen reader, which may come a moment later."""
    return frame.locator(".edu-root").first.evaluate(
        "root => { const copy = root.cloneNode(true);"
        " copy.querySelectorAll('[data-test=live]').forEach(each => each.remove()); return copy.outerHTML; }"
    )


@pytest.mark.parametrize("name", SHOWN)
def test_a_widget_works_in_an_output_that_shares_nothing(outputs, page, name):
    first, second = outputs(EVERY[name]())
    assert first.evaluate(STORAGE) == "SecurityError", "storage must be denied, else this shows little"
    before = text_of(second)
    root = first.locator(".edu-root").first
    expect(root).not_to_be_empty()
    plays(root, name)
    page.wait_for_function("() => Object.keys(window.saved.first).length > 0")
    saved = page.evaluate("() => window.saved")
    assert saved["second"] == {}, json.dumps(saved["second"])
    assert text_of(second) == before, "an output must not move another"


def plays(root, name: str) -> None:
    kind = name.split(" ")[0]
    if kind == "predict":
        predict(root)
    elif kind == "quiz":
        asked = root.locator("[data-id]").first
        named(asked, "option-0").first.focus()
        root.page.keyboard.press("Space")
        if named(asked, "sure-0.75").count():
            named(asked, "sure-0.75").focus()
            root.page.keyboard.press("Space")
        named(asked, "check").click()
        expect(named(asked, "said")).not_to_be_empty()
    elif kind == "audit":
        named(root, "only-beyond").focus()
        root.page.keyboard.press("Space")
    else:
        assert play_with(root) > 0
