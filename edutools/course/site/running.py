"""A lesson, run once, with what a page needs to bring its widgets to life."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from edutools.course.lessons import client_of, private_environment
from edutools.texts import VARIABLE, language
from edutools.widgets.base import held_apart

VIEW = "application/vnd.jupyter.widget-view+json"
HELD = "application/vnd.edutools.held+json"
_COLAB = re.compile(r"\((https://colab\.research\.google\.com/[^)\s]+)\)")


@dataclass(frozen=True)
class Lesson:
    """A lesson as it ran.

    Attributes
    ----------
    name : str
        The stem of its file, such as ``"05_evaluate"``.
    cells : list of dict
        Its cells in the format of notebooks, with their outputs.
    widgets : dict
        What a page must hold of each shown widget, by model id: ``states`` (its own and that
        of each widget that it holds), ``title``, and ``holds`` (what is said of the people in it).
    """

    name: str
    cells: list[dict[str, Any]]
    widgets: dict[str, dict[str, Any]]

    @property
    def title(self) -> str:
        """The lesson's first heading."""
        found = re.search(r"^# (.+)$", self._head, re.MULTILINE)
        return found[1] if found else self.name

    @property
    def minutes(self) -> str:
        """The minutes that its head names, as digits; empty where it names none."""
        found = re.search(r"\*\*(\d+) minutes\*\*", self._head)
        return found[1] if found else ""

    @property
    def summary(self) -> str:
        """Its head's paragraph on what it is about, in Markdown."""
        return next((part for part in self._head.split("\n\n")[1:] if not part.startswith(("**", "#"))), "")

    @property
    def colab(self) -> str | None:
        """Address under which Colab opens it; None where the course has no address yet."""
        for cell in self.cells:
            if "badge" in cell["metadata"].get("tags", []) and (found := _COLAB.search(cell["source"])):
                return found[1]
        return None

    @property
    def _head(self) -> str:
        return self.cells[0]["source"]


def run(path: Path) -> Lesson:
    """The lesson in the notebook `path`, run as by a learner who has done nothing yet.

    Raises
    ------
    nbclient.exceptions.CellExecutionError: a cell of the lesson fails.
    """
    import nbformat

    notebook = nbformat.read(path, as_version=4)
    last = nbformat.v4.new_code_cell()
    notebook.cells.append(last)
    with TemporaryDirectory(prefix="edutools-site-") as private:
        client = client_of(notebook, path.parent, store_widget_state=False)
        with client.setup_kernel(env=private_environment(Path(private)) | {VARIABLE: language()}):
            for place, cell in enumerate(notebook.cells):
                if cell is last:
                    shown = [view_of(output) for each in notebook.cells for output in each.get("outputs", [])]
                    last.source = f"from {__name__} import tell\ntell({[name for name in shown if name]!r})"
                client.execute_cell(cell, place)
    return Lesson(path.stem, notebook.cells[:-1], last.outputs[0]["data"][HELD])


def view_of(output: dict[str, Any]) -> str | None:
    """Id of the model that an output shows alive; None where it shows none."""
    return output.get("data", {}).get(VIEW, {}).get("model_id")


def tell(shown: list[str]) -> None:
    """Say, as an output of the kernel that ran a lesson, what a page needs of the widgets it has `shown`."""
    from IPython.display import display

    display({HELD: held_apart(shown)}, raw=True)
