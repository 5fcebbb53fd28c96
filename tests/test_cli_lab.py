"""`edutools lab` opens the lessons, and never touches a learner's file."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import types
from pathlib import Path
from urllib.request import urlopen

import pytest

from edutools import cli
from edutools.cli import RECORD, copy_lessons


@pytest.fixture
def origin(tmp_path):
    """Lessons as they were published."""
    folder = tmp_path / "published"
    (folder / "images").mkdir(parents=True)
    (folder / "source").mkdir()
    (folder / ".ipynb_checkpoints").mkdir()
    for name in (
        "00_a.ipynb",
        "01_b.ipynb",
        "glossary.md",
        "images/c.png",
        "source/00_a.py",
        ".ipynb_checkpoints/00_a.ipynb",
    ):
        (folder / name).write_text(f"published {name}")
    return folder


def files(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes().decode("utf-8", "replace")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != RECORD
    }


@pytest.fixture
def opened(monkeypatch):
    """What JupyterLab would have been asked to open."""
    calls = []
    monkeypatch.setattr(cli, "_open", lambda folder, options: calls.append((folder, options)) or 0)
    return calls


def test_lessons_are_copied_without_their_sources(origin, tmp_path):
    copy_lessons(origin, tmp_path / "mine")
    assert files(tmp_path / "mine") == {
        name: f"published {name}" for name in ("00_a.ipynb", "01_b.ipynb", "glossary.md", "images/c.png")
    }


def test_a_learners_work_is_never_overwritten_and_need_not_be_mentioned(origin, tmp_path):
    mine = tmp_path / "mine"
    copy_lessons(origin, mine)
    (mine / "00_a.ipynb").write_text("my answers")
    (mine / "notes.md").write_text("my notes")
    assert copy_lessons(origin, mine) == [f"The lessons are in {mine}."]
    assert files(mine)["00_a.ipynb"] == "my answers"
    assert files(mine)["notes.md"] == "my notes"


def test_a_newer_lesson_is_not_copied_over_an_older_one_but_named(origin, tmp_path):
    mine = tmp_path / "mine"
    copy_lessons(origin, mine)
    (mine / "00_a.ipynb").write_text("my answers")
    for name in ("00_a.ipynb", "01_b.ipynb"):
        (origin / name).write_text("newer")
    before = files(mine)
    _, said = copy_lessons(origin, mine)
    assert files(mine) == before
    assert "00_a.ipynb, 01_b.ipynb" in said and "rename" in said
    (mine / "00_a.ipynb").rename(mine / "00_a of mine.ipynb")
    copy_lessons(origin, mine)
    assert files(mine)["00_a.ipynb"] == "newer"
    assert files(mine)["00_a of mine.ipynb"] == "my answers"


def test_a_file_that_was_there_before_the_first_copy_is_kept_and_named(origin, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "00_a.ipynb").write_text("another course")
    _, said = copy_lessons(origin, mine)
    assert "00_a.ipynb" in said
    assert files(mine)["00_a.ipynb"] == "another course"
    assert files(mine)["01_b.ipynb"] == "published 01_b.ipynb"


def test_a_file_in_the_folders_place_is_a_clear_error(origin, tmp_path, opened, capsys):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ValueError, match="`folder` must be a folder, got the file"):
        copy_lessons(origin, tmp_path / "file")
    assert cli.main(["lab", str(tmp_path / "file")]) == 1
    assert capsys.readouterr().err.startswith("edutools lab: `folder` must be a folder")
    assert opened == []


def test_in_a_checkout_the_lessons_open_where_they_are(root, opened, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["lab", "--no-browser", "--port", "9999"]) == 0
    assert opened == [(root / "lessons", ["--no-browser", "--port", "9999"])]
    assert not (tmp_path / "edutools-lessons").exists()


def test_a_named_folder_gets_a_copy_and_opens_even_in_a_checkout(root, opened, tmp_path):
    assert cli.main(["lab", str(tmp_path / "mine"), "--no-browser"]) == 0
    assert opened == [((tmp_path / "mine").resolve(), ["--no-browser"])]
    assert files(tmp_path / "mine").keys() >= {path.name for path in (root / "lessons").glob("*.ipynb")}


def test_outside_a_checkout_the_lessons_are_copied_to_the_working_folder(
    origin, opened, tmp_path, monkeypatch
):
    monkeypatch.setattr(cli, "checkout", lambda: None)
    monkeypatch.setattr(cli, "lessons_folder", lambda: origin)
    monkeypatch.chdir(tmp_path)
    assert cli.main(["lab"]) == 0
    assert opened == [((tmp_path / "edutools-lessons").resolve(), [])]
    assert "00_a.ipynb" in files(tmp_path / "edutools-lessons")


def test_a_checkout_that_cannot_be_written_is_copied_from(root, opened, tmp_path, monkeypatch):
    monkeypatch.setattr(cli.os, "access", lambda path, mode: (path, mode) != (root / "lessons", os.W_OK))
    monkeypatch.chdir(tmp_path)
    assert cli.main(["lab"]) == 0
    assert opened == [((tmp_path / "edutools-lessons").resolve(), [])]


def test_a_hub_is_given_the_server_that_it_knows(tmp_path, monkeypatch):
    given = []
    hub = types.ModuleType("jupyterhub.singleuser")
    hub.main = given.extend
    monkeypatch.setitem(sys.modules, "jupyterhub", types.ModuleType("jupyterhub"))
    monkeypatch.setitem(sys.modules, "jupyterhub.singleuser", hub)
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "of a learner")
    assert cli.main(["lab", str(tmp_path / "mine"), "--debug"]) == 0
    assert f"--ServerApp.root_dir={(tmp_path / 'mine').resolve()}" in given
    assert given[-2:] == ["--ServerApp.default_url=/lab/tree/00_start_here.ipynb", "--debug"]


def test_without_jupyterlab_one_sentence_says_how_to_get_it(monkeypatch, capsys, opened):
    monkeypatch.setattr(cli, "find_spec", lambda name: None)
    assert cli.main(["lab"]) == 1
    said = capsys.readouterr().err
    assert said == 'edutools lab needs JupyterLab: python -m pip install "jupyterlab>=4.2"\n'
    assert opened == []


def test_an_unknown_option_of_another_command_is_refused(capsys):
    with pytest.raises(SystemExit):
        cli.main(["publish", "--repo", "a/b", "--nonsense"])
    assert "--nonsense" in capsys.readouterr().err


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def answer(address, *, seconds=30):
    """The page at `address`, once the server is up."""
    for _ in range(seconds * 10):
        try:
            with urlopen(address, timeout=5) as page:
                return page.url, page.read().decode()
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(address)


def test_jupyterlab_opens_on_the_first_lesson(root, tmp_path):
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "edutools.cli",
        "lab",
        "--no-browser",
        f"--port={port}",
        "--IdentityProvider.token=t",
    ]
    log = tmp_path / "log"
    with log.open("w") as output:
        server = subprocess.Popen(command, stdout=output, stderr=output, cwd=tmp_path, env=dict(os.environ))
        try:
            url, _ = answer(f"http://127.0.0.1:{port}/?token=t")
            _, listing = answer(f"http://127.0.0.1:{port}/api/contents?token=t&content=1")
        finally:
            server.terminate()
            server.wait(timeout=20)
    assert re.search(r"/lab/tree/00_start_here\.ipynb", url), log.read_text()
    assert all(path.name in listing for path in Path(root, "lessons").glob("*.ipynb"))
