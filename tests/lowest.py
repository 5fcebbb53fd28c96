"""The unit tests with the oldest of everything: ``python -m tests.lowest``; what follows goes to pytest.

An environment is made that holds the lowest minor version of each package that pyproject.toml says edutools
works with, and deleted afterwards. What drives a browser or a JupyterLab, and what judges the source, is not
run there: those are the newest in any case.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

from packaging.requirements import Requirement

from tests.colab.environment import ROOT, Colab, build_wheel

EXTRAS = ("bias", "course")
# The newest whatever else is there: what judges, not what is judged.
JUDGES = {"ruff", "mypy", "pandas-stubs", "hatchling", "edutools", "urllib3"}  # the last comes with requests
APART = [
    *(
        "browser",
        "colab",
        "test_style.py",
        "test_wheel.py",
        "test_cli_lab.py",
        "test_site.py",
        "test_doctor.py",
    ),
    *("test_layers.py", "test_audit_command.py"),
]
# Their judge, scikit-learn's partial dependence at values of one's own, came later.
DESELECTED = [
    "tests/test_widgets_what_if.py::test_the_curve_is_scikit_learns_ice_over_its_partial_dependence",
    "tests/test_exercises.py::test_the_solution_and_an_equivalent_one_are_correct[07_explain/point-of-a-curve]",
]
# Of these the newest ask for a numpy that is newer.
BESIDE = ["setuptools<81", "pyarrow<18"]


def main(arguments: list[str] | None = None) -> int:
    """Run the tests, print which versions they met, and return pytest's exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.lowest",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--folder", type=Path, help="keep the environment here, and take one that is there")
    chosen, rest = parser.parse_known_args(arguments)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    with tempfile.TemporaryDirectory() as temporary:
        lowest = Colab((chosen.folder or Path(temporary)) / "lowest", Path(temporary) / "private")
        pins = lowest_of(project)
        if not Path(lowest.python).exists():
            venv.create(lowest.folder, with_pip=True)
            lowest.pip(*pins, *judges_of(project), *BESIDE)
            # For its version alone: the tests import the checkout.
            lowest.pip("--no-deps", build_wheel(Path(temporary)))
        print("\n".join(sorted(pins)), flush=True)
        # Warnings of packages of that age are theirs; our own must be quiet with the newest.
        how = [
            "-o",
            "addopts=",
            "-o",
            "filterwarnings=",
            "-p",
            "no:cacheprovider",
            "-n",
            "2",
            "--dist=loadfile",
        ]
        apart = [f"--ignore=tests/{each}" for each in APART]
        apart += [f"--deselect={each}" for each in DESELECTED]
        command = [lowest.python, "-m", "pytest", "-q", *how, *apart, "tests", *rest]
        environment = lowest.environment | {"PYTHONPATH": str(ROOT)}
        return subprocess.call(command, cwd=ROOT, env=environment)


def lowest_of(project: dict) -> list[str]:
    """The lowest minor version of every package that lessons run on."""
    lines = [
        *project["dependencies"],
        *(line for each in EXTRAS for line in project["optional-dependencies"][each]),
    ]
    return [f"{each.name}=={_bound(each)}.*" for each in map(Requirement, lines) if each.name != "edutools"]


def _bound(requirement: Requirement) -> str:
    return next(each.version for each in requirement.specifier if each.operator == ">=")


def judges_of(project: dict) -> list[str]:
    """What the tests are made with."""
    extras = project["optional-dependencies"]
    lines = [line for each in ("site", "test") for line in extras[each]]
    return [line for line in lines if Requirement(line).name not in JUDGES]


if __name__ == "__main__":
    sys.exit(main())
