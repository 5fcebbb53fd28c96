"""`python -m tests.audit`: licences are read and judged, and what was not asked never passes for harmless."""

from __future__ import annotations

import json
import re
import subprocess
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from tests import audit

ROOT = Path(__file__).resolve().parent.parent


class Package:
    """A distribution as `importlib.metadata` gives it, with nothing but its metadata."""

    files = ()
    version = "1.0"

    def __init__(self, **about: Any) -> None:
        self.metadata = Message()
        for name, values in about.items():
            for value in [values] if isinstance(values, str) else values:
                self.metadata[name.replace("_", "-")] = value


def answer(*dependencies: dict[str, Any]) -> str:
    return json.dumps({"dependencies": list(dependencies), "fixes": []})


def test_every_package_that_the_project_brings_has_an_accepted_licence(capsys):
    packages, absent = audit.installed(audit.required(ROOT / "pyproject.toml"))
    assert {"numpy", "fsrs", "shap", "jupyterlab", "pytest"} <= packages.keys()
    assert "edutools" not in packages
    assert absent == []
    assert audit.print_licences(packages) == [], capsys.readouterr().out


@pytest.mark.parametrize(
    ("expression", "accepted"),
    [
        ("MIT", True),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("GPL-3.0-or-later", False),
        ("AGPL-3.0-only", False),
        ("LGPL-2.1-or-later", False),
        ("GPL-2.0-only OR MIT", True),
        ("GPL-2.0-only AND MIT", False),
        ("(MIT OR GPL-2.0-only) AND BSD-3-Clause", True),
        ("MIT AND (GPL-2.0-only OR (ISC AND Zlib))", True),
        ("MIT AND (GPL-2.0-only OR LGPL-2.1-only)", False),
        ("MIT)(", False),
        ("LicenseRef-Ours", False),
        ("", False),
    ],
)
def test_a_licence_expression_is_accepted_where_accepted_licences_meet_it(expression, accepted):
    assert audit.is_accepted(expression) is accepted


def test_a_licence_is_read_off_the_expression_then_classifiers_then_words():
    gpl = "License :: OSI Approved :: GNU General Public License v3 (GPLv3)"
    mit = "License :: OSI Approved :: MIT License"
    assert audit.licence_of(Package(License_Expression="ISC", Classifier=gpl)) == "ISC"
    assert audit.licence_of(Package(Classifier=[mit, gpl])) == "MIT AND GPL"
    assert audit.licence_of(Package(License="BSD 3-Clause License\n\nCopyright")) == "BSD"
    assert audit.licence_of(Package(License="UNKNOWN")) == ""


def test_a_package_without_an_accepted_licence_is_named(capsys):
    packages = {"ours": Package(License="MIT"), "theirs": Package(License="GPLv3"), "whose": Package()}
    assert audit.print_licences(packages) == ["theirs 1.0: licence GPL", "whose 1.0: licence not stated"]


def test_what_pip_audit_skips_counts_as_not_asked():
    """It says 'No known vulnerabilities found' and exits with 0 where the service knew no package at all."""
    skipped = {"name": "one", "skip_reason": "not found"}
    sound = {"name": "Two_Three", "version": "2", "vulns": []}
    known = audit.vulnerabilities(
        {"one": "1", "two-three": "2", "four": "4"}, lambda _: answer(skipped, sound)
    )
    assert known.found == []
    assert known.unasked == {"one": "not found", "four": "pip-audit did not speak of it"}


def test_a_vulnerability_is_named_with_the_version_that_mends_it():
    def run(pinned: Path) -> str:
        assert pinned.read_text() == "one==1\n"
        bad = {"id": "PYSEC-1", "fix_versions": ["1.1"], "aliases": []}
        return answer({"name": "one", "version": "1", "vulns": [bad]})

    assert audit.vulnerabilities({"one": "1"}, run) == (["one 1: PYSEC-1, mended in 1.1"], {})


@pytest.mark.parametrize(
    "error",
    [
        OSError("no route to host"),
        subprocess.CalledProcessError(1, "pip", stderr="x\nERROR: no such package"),
        ValueError("no JSON"),
    ],
)
def test_a_service_that_cannot_be_asked_is_said_plainly_and_is_no_success(error, monkeypatch, capsys):
    def fails(_: Path) -> str:
        raise error

    monkeypatch.setattr(audit, "_ask", fails)
    monkeypatch.setattr(audit, "installed", lambda _: ({"one": Package(License="MIT")}, []))
    assert audit.main() == 2
    said = capsys.readouterr().out
    assert "NOT ASKED about 1 packages" in said
    assert "none known" not in said
    assert "1 MIT" in said  # the licences are judged all the same


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (answer({"name": "one", "version": "1.0", "vulns": []}), 0),
        (answer({"name": "one", "version": "1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": []}]}), 1),
    ],
)
def test_exit_status_says_what_was_found(given, status, monkeypatch):
    monkeypatch.setattr(audit, "_ask", lambda _: given)
    monkeypatch.setattr(audit, "installed", lambda _: ({"one": Package(License="MIT")}, []))
    assert audit.main() == status


def test_a_package_that_is_missing_here_is_named_and_is_no_success(monkeypatch):
    monkeypatch.setattr(audit, "_ask", lambda _: answer({"name": "one", "version": "1.0", "vulns": []}))
    monkeypatch.setattr(audit, "installed", lambda _: ({"one": Package(License="MIT")}, ["fsrs"]))
    assert audit.main() == 1


def test_contributing_names_every_dependency_with_its_bound_and_why():
    rows = re.findall(
        r"^\| ([\w-]+) \| ([\d.]+)(?:, below (\d+))? \| \S.{10,} \|$",
        (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    stated = {f"{name}>={low}" + (f",<{high}" if high else "") for name, low, high in rows}
    project = audit.tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert stated == set(project["dependencies"])
