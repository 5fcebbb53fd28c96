"""An environment that holds what Colab holds, and what an install of the course changes in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from packaging.requirements import Requirement

from edutools.course.lessons import private_environment
from edutools.course.publish import Address, address_of, set_up

ROOT = Path(__file__).resolve().parent.parent.parent
PINS = [
    Requirement(line)
    for line in (Path(__file__).parent / "constraints.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
COLABS_PYTHON = "3.13"
# Where an older Python cannot have a pin, the newest below it is taken.
NEEDS_PYTHON = {"shap": (3, 12)}
# Not Colab's pins: the notebook of its generation, and what compares a lesson's outputs.
BESIDE = ["notebook==6.5.7", "nbval>=0.11", "pytest>=8.2,<9", "pytest-xdist>=3.6", "setuptools<81"]
ADDRESS = Address("a-school/fair-loans", "v1", address_of(ROOT).version)
_RUN_CELL = """import json, time
import google.colab
start = time.perf_counter()
{cell}
seconds = time.perf_counter() - start
from edutools import load_loans
print(json.dumps([seconds, len(load_loans())]))"""


@dataclass(frozen=True)
class Colab:
    """An environment with Colab's pins.

    Parameters
    ----------
    folder : Path
        The virtual environment.
    private : Path
        Where whatever runs in it keeps its records and settings.
    """

    folder: Path
    private: Path

    @property
    def python(self) -> str:
        """Path of its interpreter."""
        return str(self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))

    @cached_property
    def environment(self) -> dict[str, str]:
        """Variables under which its programs run: none leads to the checkout."""
        kept = private_environment(self.private) | {"HOME": str(self.private)}
        return {name: value for name, value in kept.items() if name != "PYTHONPATH"}

    def run(self, *arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run its interpreter, away from the checkout."""
        return subprocess.run(
            [self.python, *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.private,
            env=self.environment | variables,
        )

    def pip(self, *arguments: str | Path) -> float:
        """Seconds that pip took to install what `arguments` name.

        Raises
        ------
        RuntimeError: pip could not.
        """
        start = time.perf_counter()
        done = self.run("-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments)
        if done.returncode:
            raise RuntimeError(f"pip could not install {arguments}:\n{done.stderr[-3000:]}")
        return time.perf_counter() - start

    def installed(self) -> dict[str, str]:
        """Version of every package that it holds, by name."""
        listed = self.run("-m", "pip", "list", "--disable-pip-version-check", "--format=json").stdout
        return {each["name"].lower().replace("_", "-"): each["version"] for each in json.loads(listed)}


def python_like_colabs() -> str:
    """Path of a Python of Colab's version, on the PATH or kept by pyenv; this one where there is none."""
    found = shutil.which(f"python{COLABS_PYTHON}")
    kept = Path(found).parent.parent / "versions" if found else Path()
    candidates = [found, *sorted(kept.glob(f"{COLABS_PYTHON}*/bin/python3"))]
    return next((str(each) for each in candidates if each and _makes_environments(each)), sys.executable)


def _makes_environments(python: str | Path) -> bool:
    return not subprocess.run(
        [python, "-c", "import ensurepip, venv"], capture_output=True, check=False
    ).returncode


def pins_for(version: tuple[int, int]) -> list[str]:
    """Colab's pins, each as near as this version of Python can have it."""
    return [
        str(pin) if NEEDS_PYTHON.get(pin.name, version) <= version else f"{pin.name}<{_version_of(pin)}"
        for pin in PINS
    ]


def _version_of(pin: Requirement) -> str:
    return next(iter(pin.specifier)).version


def make(python: str, folder: Path, private: Path) -> Colab:
    """The environment in `folder`, with Colab's pins and nothing of ours.

    Raises
    ------
    RuntimeError: pip could not install the pins.
    """
    subprocess.run([python, "-m", "venv", "--clear", folder], check=True)
    colab = Colab(folder, private)
    major, minor = map(int, colab.run("-c", "import sys; print(*sys.version_info[:2])").stdout.split())
    colab.pip(*pins_for((major, minor)), *BESIDE)
    return colab


def build_wheel(folder: Path) -> Path:
    """The project's wheel, built into `folder` by what is installed here."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "-w", folder, ROOT], check=True, capture_output=True)
    [wheel] = folder.glob("*.whl")
    return wheel


@dataclass(frozen=True)
class Installed:
    """An environment once a set-up cell has run in it.

    Parameters
    ----------
    colab : Colab
    before, after : dict
        The version of every package by name, before the cell and after.
    seconds : float
        How long the cell took.
    rows : int
        Rows of the loans that the same process read afterwards, with no restart.
    """

    colab: Colab
    before: dict[str, str]
    after: dict[str, str]
    seconds: float
    rows: int

    @property
    def changed(self) -> dict[str, tuple[str, str | None]]:
        """The version before and after of every package that is another now, or gone."""
        return {
            name: (old, self.after.get(name))
            for name, old in self.before.items()
            if self.after.get(name) != old
        }

    @property
    def added(self) -> set[str]:
        """Names of the packages that have come, besides edutools."""
        return self.after.keys() - self.before.keys() - {"edutools"}


def install(python: str, folder: Path, *, environment: Path | None = None) -> Installed:
    """What a lesson's set-up cell does over Colab's pins, with the project's wheel in the release's place.

    Parameters
    ----------
    python : str
        Path of the interpreter that makes the environment.
    folder : Path
        An empty folder, in which all this happens.
    environment : Path, optional
        Where the environment is made anew instead, to be kept.

    Raises
    ------
    RuntimeError: pip could not install the pins, or the cell failed.
    """
    wheel = build_wheel(folder)
    colab = make(python, environment or folder / "environment", folder / "private")
    stub = folder / "stub" / "google" / "colab"
    stub.mkdir(parents=True)
    (stub / "__init__.py").touch()
    before = colab.installed()
    code = _RUN_CELL.format(cell=set_up(ADDRESS).replace(ADDRESS.wheel, wheel.as_uri()))
    done = colab.run("-c", code, PYTHONPATH=str(folder / "stub"))
    if done.returncode:
        raise RuntimeError(f"the set-up cell failed:\n{done.stderr[-3000:]}")
    seconds, rows = json.loads(done.stdout)
    return Installed(colab, before, colab.installed(), seconds, rows)
