"""Many widgets stand in one notebook, and each brings its style: in what order must not matter."""

from __future__ import annotations

import pytest

from edutools.widgets.base import page as page_of
from edutools.widgets.source import OWN_END, style
from tests.every_widget import EVERY, every_widget

# Compared where they are: every style of every node is too much to be sent to and fro.
_STYLES = """() => [...document.querySelectorAll(".edu-root, .edu-root *")].map((node) => {
  const computed = getComputedStyle(node);
  return [node, [...computed].map((name) => `${name}: ${computed.getPropertyValue(name)}`)];
})"""
_KEEP = f"() => {{ window.before = ({_STYLES})(); return window.before.length; }}"
_CHANGED = f"""() => ({_STYLES})().flatMap(([node, said], place) => {{
  const [old, before] = window.before[place];
  if (old !== node) return ["another node"];
  const changed = said.filter((each, at) => each !== before[at]);
  return changed.map((each) => `${{node.tagName}}.${{node.className}} ${{each}}`);
}}).slice(0, 200)"""


@pytest.fixture(scope="module")
def widgets():
    """One or more of each, by a name that begins as its module does."""
    return every_widget()


def module_of(name: str) -> str:
    return name.split(" ")[0]


def test_every_widget_is_among_them(widgets, root):
    modules = (root / "edutools" / "widgets").glob("*.js")
    own = {path.stem for path in modules if path.read_text(encoding="utf-8").endswith(OWN_END)}
    assert own == {module_of(name) for name in widgets}


def test_a_style_that_another_widget_brings_later_changes_nothing(open_widget, widgets):
    page = open_widget(page_of(*widgets.values(), title="All"))
    assert page.evaluate(_KEEP) > 500
    # Once more, from the last to the first: of any two styles, that which came before comes after now.
    for name in reversed(dict.fromkeys(map(module_of, widgets))):
        page.add_style_tag(content=style([name]))
    assert page.evaluate(_CHANGED) == []


@pytest.mark.parametrize("name", EVERY)
def test_a_widget_looks_alone_as_it_does_in_company(open_widget, widgets, name):
    page = open_widget(widgets[name])
    assert page.evaluate(_KEEP) > 10
    for other in sorted({module_of(each) for each in widgets} - {module_of(name)}):
        page.add_style_tag(content=style([other]))
    assert page.evaluate(_CHANGED) == []


def test_a_style_that_changes_something_is_found(open_widget, widgets):
    page = open_widget(page_of(widgets["predict in words"], title="One"))
    page.evaluate(_KEEP)
    page.add_style_tag(content=".edu-root.edu-root button { padding: 77px; }")
    assert any("padding-left: 77px" in each for each in page.evaluate(_CHANGED))
