"""One install for many, that none of them may write to: lessons and answers are each learner's own."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from urllib.request import Request, urlopen

import pytest

from edutools.course.lessons import private_environment
from tests.browser.jupyterlab import free_port, wait_for
from tests.colab.environment import build_wheel
from tests.places.environment import may_not_write_where_nobody_may

LESSON = "00_start_here.ipynb"
ANSWER = """
from edutools import Quiz, progress
quiz = Quiz("00_start_here")
quiz.answers = {"00_start_here/at-the-line": %d}
"""
READ = """
import json
from edutools.events import events
print(json.dumps([each["value"]["answer"] for each in events("00_start_here/at-the-line")]))
"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A folder that holds the installed package, and to which nobody may write."""
    folder = tmp_path_factory.mktemp("shared")
    (folder / "wheel").mkdir()
    wheel = build_wheel(folder / "wheel")
    site = folder / "site"
    zipfile.ZipFile(wheel).extractall(site)
    paths = [site, *site.rglob("*")]
    for path in paths:
        path.chmod(path.stat().st_mode & ~0o222)
    yield site
    for path in paths:
        path.chmod(path.stat().st_mode | 0o200)


@pytest.fixture
def started(shared):
    """Start Python in a learner's home, as somebody who may not write to the install."""

    def start(home, *arguments, **options):
        home.mkdir(exist_ok=True)
        kept = private_environment(home / ".kept")
        del kept["EDUTOOLS_HOME"]  # where each system keeps what is a user's
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=home,
            env=kept | {"HOME": str(home), "PYTHONPATH": str(shared)},
            preexec_fn=may_not_write_where_nobody_may,
            text=True,
            **options,
        )

    return start


@pytest.fixture
def said(started):
    """What Python prints that ran so, and what it complained of."""

    def run(home, code):
        done = started(home, "-c", code, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out, error = done.communicate(timeout=120)
        return out, error

    return run


def digests(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_nobody_can_write_to_the_install(shared, said, tmp_path):
    _, error = said(tmp_path / "ada", f"open({str(shared / 'edutools' / 'cli.py')!r}, 'a')")
    assert "PermissionError" in error


def test_answers_are_kept_in_the_home_of_who_gave_them(shared, said, tmp_path):
    before = digests(shared)
    for place, learner in enumerate(["ada", "ben"]):
        _, error = said(tmp_path / learner, ANSWER % place)
        assert error == ""
    for place, learner in enumerate(["ada", "ben"]):
        assert json.loads(said(tmp_path / learner, READ)[0]) == [place]
        assert len([*(tmp_path / learner).rglob("*.jsonl")]) == 1
    assert digests(shared) == before


def test_each_opens_a_copy_of_the_lessons_that_can_be_changed(shared, started, tmp_path):
    before = digests(shared)
    for learner in ["ada", "ben"]:
        home, port = tmp_path / learner, free_port()
        options = [f"--ServerApp.port={port}", "--IdentityProvider.token=t", "--ServerApp.ip=127.0.0.1"]
        home.mkdir()
        with (home / "log").open("w") as log:
            lab = started(home, "-m", "edutools.cli", "lab", "--no-browser", *options, stdout=log, stderr=log)
            try:
                address = f"http://127.0.0.1:{port}/api"
                wait_for(f"{address}?token=t", lab, home / "log")
                change(f"{address}/contents/{LESSON}?token=t", learner)
            finally:
                lab.terminate()
                lab.wait(timeout=20)
    for learner in ["ada", "ben"]:
        lessons = tmp_path / learner / "edutools-lessons"
        assert json.loads((lessons / LESSON).read_text())["cells"][0]["source"] == [f"of {learner}"]
        assert (lessons / "glossary.md").exists() and os.access(lessons / "glossary.md", os.W_OK)
    assert digests(shared) == before


def change(address, word):
    """Save the lesson with another first cell, as JupyterLab does."""
    with urlopen(address, timeout=20) as answer:
        model = json.load(answer)
    model["content"]["cells"][0]["source"] = f"of {word}"
    body = json.dumps({"type": "notebook", "content": model["content"]}).encode()
    urlopen(Request(address, data=body, method="PUT"), timeout=20).close()
