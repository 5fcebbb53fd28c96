"""JupyterHub: an install that nobody may write to, lessons and answers in each learner's own home."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page

from edutools.course import PACKAGE
from tests.browser.jupyterlab import READY, free_port, run_all
from tests.places.answering import answer_first, kept_of
from tests.places.environment import environment, may_not_write_where_nobody_may, place, serving

LESSON = "00_start_here.ipynb"
LEARNERS = ["ada", "ben"]
CONFIG = """
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = "course"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = "{homes}/{{username}}"
c.Spawner.cmd = ["{edutools}", "lab"]
c.Spawner.args = ["--LabApp.expose_app_in_browser=True"]
c.Spawner.environment = {{"EDUTOOLS_HOME": ""}}
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_port = {hub}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy}"
"""


def package() -> Path:
    """The installed package."""
    [found] = place().glob("lib/python*/site-packages/edutools")
    return found


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def read_only():
    """The installed package, which nobody may write to."""
    found = package()
    paths = [found, *found.rglob("*")]
    modes = {path: path.stat().st_mode for path in paths}
    for path in paths:
        path.chmod(modes[path] & ~0o222)
    yield found
    for path in paths:
        path.chmod(modes[path])


@pytest.fixture(scope="module")
def hub(read_only, tmp_path_factory):
    """Where the hub answers, and the folder of its learners' homes."""
    folder = tmp_path_factory.mktemp("hub")
    homes = folder / "homes"
    ports = {"port": free_port(), "hub": free_port(), "proxy": free_port()}
    config = folder / "config.py"
    config.write_text(CONFIG.format(homes=homes, edutools=place() / "bin" / "edutools", **ports))
    address = f"http://127.0.0.1:{ports['port']}"
    with serving(
        ["jupyterhub", "-f", str(config)],
        f"{address}/hub/health",
        folder / "private",
        folder=folder,
        before=may_not_write_where_nobody_may,
    ):
        yield address, homes


def test_the_install_is_one_that_its_learners_cannot_write(read_only, tmp_path):
    attempt = f"open({str(read_only / 'cli.py')!r}, 'a')"
    done = subprocess.run(
        [place() / "bin" / "python", "-c", attempt],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=may_not_write_where_nobody_may,
    )
    assert "PermissionError" in done.stderr


def test_each_learner_has_lessons_and_answers_of_their_own(hub, read_only, browser):
    address, homes = hub
    before = digests(read_only)
    for learner in LEARNERS:
        page = browser.new_context(viewport={"width": 1100, "height": 900}).new_page()
        log_in(page, address, learner)
        run_all(page)
        answer_first(page.locator(".edu-quiz").last, option=LEARNERS.index(learner))
        assert kept_of(page, homes / learner, "00_start_here/")
        page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    for learner in LEARNERS:
        lessons = homes / learner / "edutools-lessons"
        saved = json.loads((lessons / LESSON).read_text(encoding="utf-8"))
        assert "application/vnd.jupyter.widget-view+json" in json.dumps(saved), "saved in the learner's home"
        assert os.access(lessons / LESSON, os.W_OK)
        [kept] = (homes / learner).rglob("*.jsonl")
        assert kept.parent == homes / learner / ".local" / "share" / "edutools"
    assert digests(read_only) == before
    assert PACKAGE not in read_only.parents


def log_in(page: Page, address: str, learner: str) -> None:
    """Log in as a new learner, and wait until the first lesson stands there with its kernel."""
    page.goto(f"{address}/hub/login")
    page.fill("#username_input", learner)
    page.fill("#password_input", "course")
    page.click("#login_submit")
    page.wait_for_url(f"**/user/{learner}/lab/tree/{LESSON}", timeout=180_000)
    page.wait_for_function(READY, timeout=180_000)
