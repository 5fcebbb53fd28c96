"""`edutools publish` sets the course's address everywhere at once."""

from __future__ import annotations

import json
import os
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
from types import ModuleType

import pytest

from edutools import cli
from edutools.course import publish as publishing
from edutools.course.publish import Address, address_of, publish, set_up, source_with

NEW = Address("a-school/fair-loans", "v2.0", "0.1.0")


@pytest.fixture
def project(root, tmp_path):
    """A copy of all that an address is written to."""
    copy = tmp_path / "project"
    copy.mkdir()
    for name in ("pyproject.toml", "README.md"):
        shutil.copyfile(root / name, copy / name)
    shutil.copytree(root / "lessons", copy / "lessons")
    return copy


def everything(project):
    return {
        path.relative_to(project).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(project.rglob("*"))
        if path.suffix in {".toml", ".md", ".py", ".ipynb"}
    }


def test_binder_opens_the_release_that_the_rest_of_the_readme_names(root):
    address = address_of(root)
    [opened] = re.findall(
        r"\(https://mybinder\.org/v2/gh/([^?)]+)\?urlpath=lab/tree/([^)]+)\)",
        (root / "README.md").read_text(),
    )
    assert opened[0] == f"{address.repo}/{address.tag}"
    assert (root / opened[1]).exists()


def test_the_address_stands_in_pyproject_and_all_else_agrees_with_it(root):
    address = address_of(root)
    urls = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]
    assert urls == {"Repository": address.repository, "Release": address.release}
    readme = (root / "README.md").read_text(encoding="utf-8")
    assert readme.count(f"git clone {address.repository} edutools && ") == 2
    assert re.findall(r"\((https://colab[^)]*)\)", readme) == [
        f"{address.colab}lessons/{path.name}" for path in sorted((root / "lessons").glob("*.ipynb"))
    ]


def test_publishing_sets_every_address_and_leaves_none_of_the_old(project):
    old = address_of(project)
    changed = publish(project, NEW.repo, NEW.tag)
    assert address_of(project) == NEW
    texts = everything(project)
    assert {path.name for path in changed} >= {
        "pyproject.toml",
        "README.md",
        "00_start_here.py",
        "05_evaluate.ipynb",
    }
    for name, text in texts.items():
        assert old.repo not in text.replace("publish --repo OWNER/NAME", ""), name
    for path in (project / "lessons").glob("*.ipynb"):
        assert f"{NEW.colab}lessons/{path.name}" in texts[f"lessons/{path.name}"]
        assert NEW.wheel in texts[f"lessons/{path.name}"]
        assert NEW.wheel in texts[f"lessons/source/{path.stem}.py"]
    assert f"git clone {NEW.repository} edutools" in texts["README.md"]


def test_every_address_of_the_course_in_it_is_one_of_this_release(project):
    publish(project, NEW.repo, NEW.tag)
    lessons = sorted(path.name for path in (project / "lessons").glob("*.ipynb"))
    known = {NEW.repository, NEW.release, NEW.wheel, *(f"{NEW.colab}lessons/{name}" for name in lessons)}
    known.add(f"{NEW.binder}?urlpath=lab/tree/lessons/{lessons[0]}")
    found = {
        address
        for text in everything(project).values()
        for address in re.findall(r"https://[^\s\"')\\\]]+", text)
        if NEW.repo in address
    }
    assert found == known


def test_publishing_changes_badge_and_set_up_cell_of_a_notebook_and_nothing_else(project):
    before = json.loads((project / "lessons" / "05_evaluate.ipynb").read_text(encoding="utf-8"))
    publish(project, NEW.repo, NEW.tag)
    after = json.loads((project / "lessons" / "05_evaluate.ipynb").read_text(encoding="utf-8"))
    differ = [
        old["id"]
        for old, new in zip(before["cells"], after["cells"], strict=True)
        if {**old, "source": 0} != {**new, "source": 0}
    ]
    changed = [old["id"] for old, new in zip(before["cells"], after["cells"], strict=True) if old != new]
    assert (differ, changed) == ([], ["badge", "set-up"])


def test_publishing_twice_changes_nothing_and_publishing_elsewhere_and_back_changes_nothing(project):
    publish(project, NEW.repo, NEW.tag)
    once = everything(project)
    assert publish(project, NEW.repo, NEW.tag) == []
    publish(project, "someone/else.py", "course/2027")
    assert everything(project) != once
    publish(project, NEW.repo, NEW.tag)
    assert everything(project) == once


def test_without_a_ref_the_tag_is_the_version(project):
    publish(project, NEW.repo)
    assert address_of(project).tag == "v0.1.0"


@pytest.mark.parametrize(
    "repo",
    [
        "",
        "owner",
        "owner/",
        "/name",
        "a/b/c",
        "own er/name",
        "-a/b",
        "a--b/c",
        "a/..",
        "a/b.git",
        "OWNER/NAME",
        'a/b"\nx = "',
    ],
)
def test_what_is_no_repository_is_refused_and_nothing_is_written(project, repo):
    before = everything(project)
    with pytest.raises(
        ValueError, match=r"`repo` must be the name of a repository on GitHub, as OWNER/NAME, got "
    ):
        publish(project, repo)
    assert everything(project) == before


@pytest.mark.parametrize("ref", ["a b", "-v1", "v1..2", "v1/", "/v1", "v1.lock", "v1.", 'v"', "v1)", "v~1"])
def test_what_is_no_tag_is_refused_and_nothing_is_written(project, ref):
    before = everything(project)
    with pytest.raises(ValueError, match=r"`ref` must be the name of a tag, such as 'v0\.1\.0', got "):
        publish(project, NEW.repo, ref)
    assert everything(project) == before


def test_a_project_without_a_release_in_its_urls_is_refused(project):
    path = project / "pyproject.toml"
    path.write_text(
        re.sub("^Release = .*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE), encoding="utf-8"
    )
    with pytest.raises(ValueError, match="`Release` in"):
        publish(project, NEW.repo)


def test_only_the_marked_cells_of_a_source_are_written():
    script = (
        '# %% [markdown]\n# # T\n\n# %% [markdown] tags=["badge"]\n\n'
        '# %% tags=["set-up"]\nold\n\n# %%\nx = 1\n'
    )
    written = source_with(NEW, "00_t", script)
    assert written.startswith(
        '# %% [markdown]\n# # T\n\n# %% [markdown] tags=["badge"]\n# [![Open in Colab]('
    )
    assert written.endswith("\n\n# %%\nx = 1\n")
    assert "old" not in written
    assert source_with(NEW, "00_t", written) == written


class Drive(ModuleType):
    """Colab's way to a Drive: it says what was mounted."""

    def __init__(self):
        super().__init__("google.colab.drive")
        self.mounted = []

    def mount(self, folder):
        self.mounted.append(folder)


def run_set_up_cell(address, tmp_path, monkeypatch, *, colab, ticked=False):
    """What the set-up cell of `address` runs, and what it mounts, in Colab or outside it."""
    ran, drive = [], Drive()
    monkeypatch.setattr(subprocess, "run", lambda command, **how: ran.append((command, how)))
    if colab:
        module = ModuleType("google.colab")
        module.drive = drive
        monkeypatch.setitem(sys.modules, "google.colab", module)
    code = set_up(address)
    if ticked:
        assert code.count(" = False  # @param") == 1
        code = code.replace(" = False  # @param", " = True  # @param")
    cell = tmp_path / "cell.py"
    cell.write_text(code, encoding="utf-8")
    runpy.run_path(str(cell))
    return ran, drive.mounted


def test_in_colab_the_set_up_cell_installs_the_releases_wheel_and_asks_for_no_drive(tmp_path, monkeypatch):
    wheel = "https://github.com/a-school/fair-loans/releases/download/v2.0/edutools-0.1.0-py3-none-any.whl"
    before = os.environ["EDUTOOLS_HOME"]
    [(command, how)], mounted = run_set_up_cell(NEW, tmp_path, monkeypatch, colab=True)
    assert command == [sys.executable, "-m", "pip", "install", "--quiet", f"edutools[bias] @ {wheel}"]
    assert how == {"check": True}
    assert (mounted, os.environ["EDUTOOLS_HOME"]) == ([], before)


def test_a_learner_who_ticks_the_box_keeps_answers_in_a_drive(tmp_path, monkeypatch):
    ran, mounted = run_set_up_cell(NEW, tmp_path, monkeypatch, colab=True, ticked=True)
    assert (len(ran), mounted) == (1, ["/content/drive"])
    assert os.environ["EDUTOOLS_HOME"] == "/content/drive/MyDrive/edutools"


@pytest.mark.parametrize("ticked", [False, True])
@pytest.mark.parametrize("repo", [NEW.repo, publishing.UNSET])
def test_outside_colab_the_set_up_cell_does_nothing(tmp_path, monkeypatch, repo, ticked):
    ticked = ticked and repo != publishing.UNSET
    address, before = Address(repo, "v2.0", "0.1.0"), os.environ["EDUTOOLS_HOME"]
    assert run_set_up_cell(address, tmp_path, monkeypatch, colab=False, ticked=ticked) == ([], [])
    assert os.environ["EDUTOOLS_HOME"] == before


def test_without_an_address_the_set_up_cell_says_so_in_colab_and_installs_nothing(tmp_path, monkeypatch):
    with pytest.raises(SystemExit, match="has no address yet"):
        run_set_up_cell(Address(publishing.UNSET, "v2.0", "0.1.0"), tmp_path, monkeypatch, colab=True)
    assert "pip" not in set_up(Address(publishing.UNSET, "v2.0", "0.1.0"))


def test_the_command_publishes_the_checkout_and_builds_the_wheel(project, monkeypatch, capsys):
    monkeypatch.setattr(cli, "checkout", lambda: project)
    monkeypatch.setattr(publishing, "build_wheel", lambda root, folder: folder / "edutools.whl")
    assert cli.main(["publish", "--repo", NEW.repo, "--ref", NEW.tag]) == 0
    said = capsys.readouterr().out
    assert "wrote README.md" in said and f"built {project / 'dist' / 'edutools.whl'}" in said
    assert address_of(project) == NEW


def test_the_command_says_what_is_wrong_in_one_line(project, monkeypatch, capsys):
    monkeypatch.setattr(cli, "checkout", lambda: project)
    assert cli.main(["publish", "--repo", "nonsense"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    monkeypatch.setattr(cli, "checkout", lambda: None)
    assert cli.main(["publish", "--repo", NEW.repo]) == 1
    assert "from a checkout" in capsys.readouterr().err
