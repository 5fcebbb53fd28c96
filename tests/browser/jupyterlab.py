"""A JupyterLab server on this machine alone, and notebooks run in it as a reader runs them."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Page, expect

from edutools.course.lessons import private_environment

SECONDS_TO_START = 60
MILLISECONDS_TO_RUN = 120_000
VIEW = "application/vnd.jupyter.widget-view+json"
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}

# anywidget says so where a module took more than two seconds to load, as on a machine that is busy. A widget
# gets over it: `test_a_widget_that_loads_late_hears_python_all_the_same`.
LATE = "[anywidget] Failed to initialize model."

# The toolbar says 'idle' before there is a kernel.
READY = """() => {
  const session = window.jupyterapp?.shell?.currentWidget?.context?.sessionContext;
  const kernel = session?.session?.kernel;
  return session?.isReady && kernel?.status === "idle" && kernel.connectionStatus === "connected";
}"""
_OUTPUTS = """() => window.jupyterapp.shell.currentWidget.content.widgets
  .filter(cell => cell.model.type === "code").map(cell => cell.model.toJSON().outputs)"""


@dataclass(frozen=True)
class Lab:
    """A running server: its folder of notebooks, and where it answers."""

    folder: Path
    address: str
    token: str

    def open(self, page: Page, name: str) -> None:
        """Show a notebook of the folder, in a workspace without a past, and wait until its kernel can run."""
        page.goto(f"{self.address}/lab/tree/{name}?token={self.token}&reset")
        page.wait_for_function(READY, timeout=MILLISECONDS_TO_RUN)

    def wrongs_in(self, page: Page) -> list[str]:
        """What goes wrong in a page from now on: errors, and what it asks another host for."""
        wrongs: list[str] = []

        def note(wrong: str) -> None:
            if LATE not in wrong:
                wrongs.append(wrong)

        own = (self.address, "data:", "blob:")
        page.on("pageerror", lambda error: note(str(error)))
        page.on("console", lambda message: note(message.text) if message.type == "error" else None)
        page.on("request", lambda asked: asked.url.startswith(own) or note(f"asked for {asked.url}"))
        return wrongs

    def write(self, name: str, *cells: str) -> str:
        """Put a notebook of code cells into the folder, and return its name."""
        (self.folder / name).write_text(json.dumps(notebook_of(cells)), encoding="utf-8")
        return name


def notebook_of(cells: Iterable[str]) -> dict[str, Any]:
    """A notebook of these code cells."""
    return {
        "cells": [
            {
                "cell_type": "code",
                "execution_count": None,
                "id": f"cell-{place}",
                "metadata": {},
                "outputs": [],
                "source": source,
            }
            for place, source in enumerate(cells)
        ],
        "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def run_all(page: Page) -> None:
    """Run every cell of the notebook that is shown; returns when all have ended."""
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")


def run_cell(page: Page, place: int) -> str:
    """Run one cell, and return what it printed."""
    page.evaluate(
        "place => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = place; "
        "return window.jupyterapp.commands.execute('notebook:run-cell'); }",
        place,
    )
    return "".join(
        output.get("text", "") for output in outputs(page)[place] if output["output_type"] == "stream"
    )


def outputs(page: Page) -> list[list[dict[str, Any]]]:
    """The outputs of each code cell of the notebook that is shown."""
    return page.evaluate(_OUTPUTS)


def cell_count(page: Page) -> int:
    """How many cells the notebook has."""
    return page.evaluate("() => window.jupyterapp.shell.currentWidget.content.widgets.length")


def active_cell(page: Page) -> int:
    """The place of the cell that JupyterLab's commands would act on."""
    return page.evaluate("() => window.jupyterapp.shell.currentWidget.content.activeCellIndex")


def set_theme(page: Page, scheme: str) -> None:
    """Change JupyterLab to its light or its dark theme, and wait until it shows."""
    page.evaluate(
        "theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", THEMES[scheme]
    )
    light = str(scheme == "light").lower()
    page.wait_for_selector(f'body[data-jp-theme-light="{light}"]', state="attached")


@contextmanager
def lab(folder: Path, private: Path) -> Iterator[Lab]:
    """A server on the notebooks of `folder`, whose settings and records stay in `private`, until the end."""
    port, token = free_port(), secrets.token_hex(16)
    _ask_for_no_news(private / "settings")
    environment = private_environment(private) | {
        "EDUTOOLS_HOME": str(private / "learner"),
        "JUPYTERLAB_SETTINGS_DIR": str(private / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(private / "workspaces"),
        "HOME": str(private),
    }
    command = [sys.executable, "-m", "jupyterlab", *_options(folder, port, token)]
    address = f"http://127.0.0.1:{port}"
    log = private / "server.log"
    with serving(command, f"{address}/api?token={token}", log, cwd=folder, env=environment):
        yield Lab(folder, address, token)


@contextmanager
def serving(command: list[str], address: str, log: Path, *, cwd: Path, env: dict[str, str]) -> Iterator[None]:
    """Keep running what `command` starts, from when it answers at `address`; what it says goes to `log`."""
    with log.open("w") as written:
        server = subprocess.Popen(command, env=env, stdout=written, stderr=subprocess.STDOUT, cwd=cwd)
        try:
            wait_for(address, server, log)
            yield
        finally:
            server.terminate()
            try:
                server.wait(timeout=10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def assert_every_widget_shows(page: Page, outputs: list[list[dict[str, Any]]]) -> int:
    """How many widgets the cells' `outputs` hold; no cell failed, and each widget stands on the page."""
    made = [output for cell in outputs for output in cell]
    assert [output for output in made if output["output_type"] == "error"] == []
    views = sum(VIEW in output.get("data", {}) for output in made)
    assert views > 0
    expect(page.locator(".edu-root")).to_have_count(views)
    for place in range(views):
        expect(page.locator(".edu-root").nth(place)).not_to_be_empty()
    return views


def _options(folder: Path, port: int, token: str) -> list[str]:
    root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return [
        *root,
        "--no-browser",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={folder}",
        f"--IdentityProvider.token={token}",
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.extension_manager=readonly",
    ]


def _ask_for_no_news(settings: Path) -> None:
    # Else a question about news from another host covers a corner of the page.
    chosen = settings / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    chosen.parent.mkdir(parents=True)
    chosen.write_text(json.dumps({"fetchNews": "false", "checkForUpdates": False}))


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the server answers at `address`."""
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until:
        try:
            with urlopen(address, timeout=5):
                return
        except (URLError, OSError):
            if server.poll() is not None:
                break
            time.sleep(0.1)
    raise RuntimeError(f"The server did not start:\n{log.read_text()[-3000:]}")
