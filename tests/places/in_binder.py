"""Binder: what it installs from the repository runs a lesson in the JupyterLab that it opens."""

from __future__ import annotations

import shutil

import pytest
from playwright.sync_api import expect

from tests.browser.jupyterlab import READY, free_port, run_all
from tests.browser.reading import focus, named
from tests.places.environment import ROOT, serving

LESSON = "00_start_here.ipynb"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Where JupyterLab answers, installed as Binder installs it, on a copy of the lessons."""
    folder = tmp_path_factory.mktemp("binder")
    shutil.copytree(ROOT / "lessons", folder / "lessons")
    port = free_port()
    where = f"http://127.0.0.1:{port}"
    options = [
        "--no-browser",
        "--allow-root",
        "--ip=127.0.0.1",
        f"--port={port}",
        "--IdentityProvider.token=",
    ]
    command = ["jupyter-lab", *options, "--LabApp.expose_app_in_browser=True"]
    with serving(command, f"{where}/api", folder / "private", folder=folder):
        yield where


def test_a_lesson_runs_there_as_at_home(address, page, wrongs):
    page.goto(f"{address}/lab/tree/lessons/{LESSON}?reset")
    page.wait_for_function(READY, timeout=180_000)
    run_all(page)
    matrix = page.locator(".edu-confusion_matrix").first
    before = named(matrix, "heading").inner_text()
    focus(named(matrix, "threshold"))
    page.keyboard.press("ArrowRight")
    expect(named(matrix, "heading")).not_to_have_text(before)
    assert wrongs == []
