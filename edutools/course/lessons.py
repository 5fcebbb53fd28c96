"""Lessons, from the percent script that authors edit to the executed notebook that readers open.

``python -m edutools.course.lessons`` builds every lesson, ``… 05_evaluate`` one, and ``… --check`` only
says which notebooks are no longer what their source gives.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from edutools.course import checkout
from edutools.course.publish import Address, address_of, notebook_text, source_with

if TYPE_CHECKING:
    from nbclient import NotebookClient
    from nbformat import NotebookNode

CLOCK = "2026-01-01T12:00:00+00:00"
SECONDS_A_CELL = 120
# A running kernel's widget; without one, JupyterLab says 'model not found' where it would else show the twin.
_LIVE_VIEW = "application/vnd.jupyter.widget-view+json"
_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
_DIFFERS_EVERY_TIME = (
    (re.compile(r"\b0x[0-9a-f]{6,}\b"), "0x0"),
    # Of a table with computed columns, whose last bits are another machine's.
    (re.compile(r"\bsha256:[0-9a-f]{64}\b"), "sha256:0"),
    (re.compile(r"[^\s\"']*/ipykernel_\d+/\d+\.py"), "<cell>"),
    (re.compile(r"\bsk-(container|estimator)-id-\d+"), r"sk-\1-id-1"),
)


def build(source: Path, destination: Path, address: Address) -> Path:
    """Path of the executed notebook of one lesson, written to `destination`.

    Parameters
    ----------
    source : Path
        The lesson's percent script; its badge and set-up cell are brought up to date.
    destination : Path
        The notebook to write.
    address : Address
        Where the course is published.

    Raises
    ------
    nbclient.exceptions.CellExecutionError: a cell of the lesson fails.
    """
    before = source.read_text(encoding="utf-8")
    script = source_with(address, source.stem, before)
    if script != before:
        source.write_text(script, encoding="utf-8")
    notebook = executed(script, folder=source.parent.parent)
    destination.write_text(notebook_text(normalised(notebook)), encoding="utf-8")
    return destination


def executed(script: str, *, folder: Path) -> dict[str, Any]:
    """The notebook of a percent script, run in `folder` as by a learner who has done nothing yet."""
    import jupytext
    import nbformat

    notebook = jupytext.reads(script, fmt="py:percent")
    notebook.metadata["kernelspec"] = _KERNEL
    with TemporaryDirectory(prefix="edutools-lesson-") as private:
        client_of(notebook, folder).execute(env=private_environment(Path(private)))
    return json.loads(nbformat.writes(notebook, version=4))


def client_of(notebook: NotebookNode, folder: Path, **options: Any) -> NotebookClient:
    """What runs the cells of `notebook` in `folder`; `options` are those of nbclient's own client."""
    from nbclient import NotebookClient

    return NotebookClient(
        notebook,
        timeout=SECONDS_A_CELL,
        resources={"metadata": {"path": str(folder)}},
        # New kernels warn at each start that others on the machine could listen; a lesson is no secret.
        extra_arguments=["--log-level=ERROR"],
        **options,
    )


def private_environment(folder: Path) -> dict[str, str]:
    """Environment of this process, with all that a session keeps sent to `folder` and a clock that stands."""
    kept = {
        "EDUTOOLS_HOME": "edutools",
        "IPYTHONDIR": "ipython",
        "JUPYTER_CONFIG_DIR": "jupyter/config",
        "JUPYTER_DATA_DIR": "jupyter/data",
        "JUPYTER_RUNTIME_DIR": "jupyter/runtime",
        "MPLCONFIGDIR": "matplotlib",
    }
    for name in kept.values():
        (folder / name).mkdir(parents=True, exist_ok=True)
    folders = {variable: str(folder / name) for variable, name in kept.items()}
    return {
        **os.environ,
        **folders,
        "EDUTOOLS_CLOCK": CLOCK,
        "EDUTOOLS_LANGUAGE": "en",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
    }


def normalised(notebook: dict[str, Any]) -> dict[str, Any]:
    """The notebook without what differs from run to run, and without the live view that needs a kernel."""
    cells = [_cell(cell) for cell in notebook["cells"]]
    for cell, name in zip(cells, _identifiers(cells), strict=True):
        cell["id"] = name
    metadata = {"kernelspec": _KERNEL, "language_info": {"name": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def _cell(cell: dict[str, Any]) -> dict[str, Any]:
    tags = cell["metadata"].get("tags", [])
    plain = {**cell, "metadata": {"tags": tags} if tags else {}}
    if "outputs" in cell:
        plain["outputs"] = [_output(output) for output in _joined(cell["outputs"])]
    return plain


def _joined(outputs: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The outputs, with what was printed in pieces in one: where it is cut differs from run to run."""
    joined: list[dict[str, Any]] = []
    for output in outputs:
        last = joined[-1] if joined else {}
        if output["output_type"] == "stream" and output["name"] == last.get("name"):
            joined[-1] = {**last, "text": _lines("".join([*last["text"], *output["text"]]))}
        else:
            joined.append(output)
    return joined


def _output(output: dict[str, Any]) -> dict[str, Any]:
    if "text" in output:
        return {**output, "text": _scrubbed(output["text"])}
    if "data" not in output:
        return output
    data = {kind: value for kind, value in output["data"].items() if kind != _LIVE_VIEW}
    return {**output, "data": {kind: _scrubbed(value) for kind, value in data.items()}}


def _scrubbed(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    text = "".join(value)
    for pattern, same in _DIFFERS_EVERY_TIME:
        text = pattern.sub(same, text)
    return _lines(text)


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _identifiers(cells: list[dict[str, Any]]) -> list[str]:
    """A name for each cell that stays while its text does: its tag where it has one, else a digest."""
    names: list[str] = []
    for cell in cells:
        tags = cell["metadata"].get("tags", [])
        text = "".join(cell["source"])
        name = tags[0] if tags else hashlib.sha256(text.encode()).hexdigest()[:8]
        times = sum(each == name or each.startswith(f"{name}-again-") for each in names)
        names.append(f"{name}-again-{times}" if times else name)
    return names


def comparable(notebook: dict[str, Any]) -> dict[str, Any]:
    """The notebook without the bytes of its images, which differ between versions of matplotlib."""
    copy = json.loads(json.dumps(notebook))
    for cell in copy["cells"]:
        for output in cell.get("outputs", []):
            for kind in output.get("data", {}):
                if kind in {"image/png", "image/jpeg"}:
                    output["data"][kind] = ""
    return copy


def sources(root: Path, names: Iterable[str] = ()) -> list[Path]:
    """Paths of the lessons' sources in the checkout `root`, all or those called `names`, in order.

    Raises
    ------
    ValueError: there is no lesson of that name.
    """
    from edutools._checks import one_of

    found = {path.stem: path for path in sorted((root / "lessons" / "source").glob("[0-9][0-9]_*.py"))}
    return [found[one_of("lesson", name, found)] for name in names] or list(found.values())


def differing(source: Path, notebook: Path, address: Address) -> bool:
    """Whether `notebook` is not what `source` gives now, images aside; nothing is written."""
    script = source.read_text(encoding="utf-8")
    if not notebook.exists() or source_with(address, source.stem, script) != script:
        return True
    rebuilt = normalised(executed(script, folder=source.parent.parent))
    kept = json.loads(notebook.read_text(encoding="utf-8"))
    return notebook_text(comparable(rebuilt)) != notebook_text(comparable(kept))


def main(arguments: list[str] | None = None) -> int:
    """Build or check lessons as the command line asks, and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m edutools.course.lessons", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NN_name", help="the lessons; all where none is named")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; say which notebooks differ from their source"
    )
    chosen = parser.parse_args(arguments)
    root = checkout()
    if root is None:
        sys.exit("Lessons are built in a checkout of the project; this edutools came without their sources.")
    address = address_of(root)
    stale = []
    for source in sources(root, chosen.names):
        notebook = root / "lessons" / f"{source.stem}.ipynb"
        if not chosen.check:
            print(build(source, notebook, address).relative_to(root), flush=True)
        elif differing(source, notebook, address):
            stale.append(notebook.name)
    if stale:
        print(
            f"Not what their source gives: {', '.join(stale)}. Build them: python -m edutools.course.lessons"
        )
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
