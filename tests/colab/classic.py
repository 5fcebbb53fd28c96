"""The classic Notebook 6, of Colab's generation, on this machine alone, and notebooks run in it."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.browser.jupyterlab import MILLISECONDS_TO_RUN, free_port, notebook_of, serving
from tests.colab.environment import Colab

_CONNECTED = "() => window.Jupyter?.notebook?.kernel?.is_connected()"
_CODE = "window.Jupyter.notebook.get_cells().filter(cell => cell.cell_type === 'code')"
# A reply may overtake what the cell prints, so a cell has ended when both channels have said so.
_ENDED = f"""places => {_CODE}.every((cell, place) => {{
  if (!places.includes(place)) return true;
  const heard = window.Jupyter.notebook.kernel.get_callbacks_for_msg(cell.last_msg_id);
  return heard?.shell_done && heard.iopub_done && typeof cell.input_prompt_number === "number";
}})"""
SETTLE = 1_000  # milliseconds: widgets of cells that run the moment the kernel connects are lost


@dataclass(frozen=True)
class Classic:
    """A running server: its folder of notebooks, and where it answers."""

    folder: Path
    address: str
    token: str

    def open(self, page: Page, name: str) -> None:
        """Show a notebook of the folder, and wait until its kernel can run."""
        page.goto(f"{self.address}/notebooks/{name}?token={self.token}")
        page.wait_for_function(_CONNECTED, timeout=MILLISECONDS_TO_RUN)
        page.wait_for_timeout(SETTLE)

    def write(self, name: str, *cells: str) -> str:
        """Put a notebook of code cells into the folder, and return its name."""
        (self.folder / name).write_text(json.dumps(notebook_of(cells)), encoding="utf-8")
        return name


def run_all(page: Page) -> None:
    """Run every cell of the notebook that is shown; returns when all have ended."""
    page.evaluate("() => window.Jupyter.notebook.execute_all_cells()")
    written = page.evaluate(f"() => {_CODE}.flatMap((cell, place) => cell.get_text().trim() ? [place] : [])")
    page.wait_for_function(_ENDED, arg=written, timeout=MILLISECONDS_TO_RUN)


def run_cell(page: Page, place: int) -> str:
    """Run one code cell, and return what it printed."""
    page.evaluate(f"place => {_CODE}[place].execute()", place)
    page.wait_for_function(_ENDED, arg=[place], timeout=MILLISECONDS_TO_RUN)
    return "".join(
        output.get("text", "") for output in outputs(page)[place] if output["output_type"] == "stream"
    )


def outputs(page: Page) -> list[list[dict[str, Any]]]:
    """The outputs of each code cell of the notebook that is shown."""
    return page.evaluate(f"() => {_CODE}.map(cell => cell.output_area.toJSON())")


@contextmanager
def classic(colab: Colab, folder: Path) -> Iterator[Classic]:
    """A server of that environment on the notebooks of `folder`, until the end."""
    port, token = free_port(), secrets.token_hex(16)
    root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    command = [colab.python, "-m", "notebook", *root, "--no-browser", "--ip=127.0.0.1", f"--port={port}"]
    command += [f"--NotebookApp.token={token}", f"--notebook-dir={folder}"]
    address = f"http://127.0.0.1:{port}"
    log = colab.private / "notebook.log"
    # Lessons run with a home of their own, which stays empty.
    environment = colab.environment | {"EDUTOOLS_HOME": str(colab.private / "learner")}
    with serving(command, f"{address}/api?token={token}", log, cwd=folder, env=environment):
        yield Classic(folder, address, token)
