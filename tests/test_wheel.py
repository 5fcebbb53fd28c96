"""The wheel carries all that the course needs, and works with no checkout beside it."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile

import pytest


@pytest.fixture(scope="module")
def wheel(root, tmp_path_factory):
    """The wheel, as the release carries it."""
    folder = tmp_path_factory.mktemp("wheel")
    # Without isolation, since that would fetch the builder again.
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        folder,
        root,
    ]
    subprocess.run([*map(str, command)], check=True, capture_output=True)
    [path] = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def names(wheel):
    """Names of the files in the wheel."""
    return set(zipfile.ZipFile(wheel).namelist())


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Run code with the wheel's edutools in place of the checkout's, and return what it prints as JSON."""
    site = tmp_path_factory.mktemp("site")
    zipfile.ZipFile(wheel).extractall(site)
    elsewhere = tmp_path_factory.mktemp("elsewhere")

    def run(code):
        code = f"import json, sys; sys.path.insert(0, {str(site)!r})\n{code}"
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=elsewhere
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def test_the_wheel_is_called_as_the_set_up_cells_call_it(root, wheel):
    from edutools.course.publish import address_of

    assert address_of(root).wheel.endswith(f"/{wheel.name}")


def test_every_file_of_the_package_is_in_the_wheel(root, names):
    package = {
        path.relative_to(root).as_posix()
        for path in (root / "edutools").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {path.rsplit(".", 1)[-1] for path in package} >= {"py", "js", "css", "json"}
    assert package - names == {"edutools/start.py"}  # it makes a checkout ready, and an installed copy is


def test_lessons_and_data_are_in_the_wheel_and_their_sources_are_not(root, names):
    published = [path for path in (root / "lessons").glob("*") if path.is_file()]
    data = [path for path in (root / "datasets").glob("*") if path.is_file()]
    assert {f"edutools/_lessons/{path.name}" for path in published} <= names
    assert {f"edutools/_data/{path.name}" for path in data} <= names
    assert {"edutools/_data/loans.csv", "edutools/_lessons/00_start_here.ipynb"} <= names
    assert not [name for name in names if "/source/" in name]


def test_nothing_else_is_in_the_wheel(names):
    tops = {name.split("/")[0] for name in names}
    assert tops == {"edutools", "edutools-0.1.0.dist-info"}
    assert "edutools-0.1.0.dist-info/licenses/LICENSE" in names
    assert not [name for name in names if "__pycache__" in name or ".ipynb_checkpoints" in name]


def test_the_installed_package_finds_its_data_and_counts(installed):
    found = installed(
        "import edutools; from edutools import ThresholdCounts, load_loans, rate\n"
        "loans = load_loans()\n"
        "counts = ThresholdCounts.from_predictions([0, 1], [0.2, 0.9])\n"
        "print(json.dumps([edutools.__file__, loans.shape, float(rate(counts.at(0.5), 'accuracy')[0])]))"
    )
    assert found[0].endswith("edutools/__init__.py") and "site" in found[0]
    assert found[1:] == [[1000, 10], 1.0]


def test_the_installed_package_copies_its_lessons(installed, tmp_path):
    found = installed(
        "from pathlib import Path\nfrom edutools.cli import copy_lessons\n"
        "from edutools.course import checkout, lessons_folder\n"
        f"said = copy_lessons(lessons_folder(), Path({str(tmp_path / 'mine')!r}))\n"
        "print(json.dumps([checkout() is None, said]))"
    )
    assert found == [True, [f"The lessons are in {tmp_path / 'mine'}."]]
    assert {"00_start_here.ipynb", "05_evaluate.ipynb", "glossary.md"} <= {
        path.name for path in (tmp_path / "mine").iterdir()
    }
