"""What VS Code's notebooks ask of a widget, as far as that can be told without VS Code.

It shows widgets of ipywidgets 8, and gets anywidget's front end from a server of npm's packages by the name
and version that the model names. What is anywidget's alone, and whole in the model, shows there.
"""

from __future__ import annotations

import re

import anywidget
import pytest

from tests.every_widget import EVERY

TWIN = {"text/plain", "text/html"}
_IMPORTS = re.compile(r"^\s*(?:import|export .* from)\b|\bimport\(", re.MULTILINE)


@pytest.mark.parametrize("name", ["confusion_matrix", "quiz", "predict by slider"])
def test_a_widget_is_anywidgets_model_with_all_its_code_in_it(name):
    widget = EVERY[name]()
    state = widget.get_state()
    assert state["_model_module"] == state["_view_module"] == "anywidget"
    major, minor, *_ = anywidget.__version__.split(".")
    assert state["_model_module_version"].lstrip("~^").startswith(f"{major}.{minor}.")
    assert not _IMPORTS.search(state["_esm"])
    assert state["_css"]


@pytest.mark.parametrize("name", ["confusion_matrix", "quiz", "predict by slider"])
def test_where_that_cannot_be_had_its_twin_stands_in_the_same_output(name):
    data, _ = EVERY[name]()._repr_mimebundle_()
    assert {*TWIN, "application/vnd.jupyter.widget-view+json"} == data.keys()
