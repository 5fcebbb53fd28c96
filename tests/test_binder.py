"""What Binder is told agrees with the project."""

from __future__ import annotations

import tomllib

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet


def test_binder_installs_the_course_with_what_opens_it_on_a_python_that_it_allows(root):
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    assert (root / ".binder" / "requirements.txt").read_text() == ".[lab]\n"
    assert "jupyterlab" in {Requirement(each).name for each in project["optional-dependencies"]["lab"]}
    name, _, version = (root / ".binder" / "runtime.txt").read_text().strip().partition("-")
    assert name == "python"
    assert version in SpecifierSet(project["requires-python"])
