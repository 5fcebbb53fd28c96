"""What is installed, what is too old, whether widgets can show, and the one command that mends it.

It stands on Python's own library alone, since it is asked where something else is broken.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import site
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import Distribution, distributions
from pathlib import Path

from edutools.course import checkout

# What these packages are for; without one, the rest of edutools works.
OPTIONAL = {
    "fairlearn": "for some mitigations",
    "imbalanced-learn": "for sampling with categories",
    "ipykernel": "to run lessons",
    "ipython": "to run lessons",
    "jupyterlab": "for `edutools lab`",
    "nbconvert": "to export a lesson",
    "shap": "to explain models that are not linear",
}
LEARNERS = ("bias", "course", "lab")  # the extras that a learner installs
# Which generation of the package that shows widgets in a program goes with which of ipywidgets.
MANAGERS = {"jupyterlab-widgets": {8: 3}, "widgetsnbextension": {7: 3, 8: 4}}
_NEEDED = re.compile(r"([A-Za-z0-9._-]+?)\s*(?:\[[^\]]*\])?\s*\(?((?:[<>=!~]=?[^;)]*)?)\)?\s*(?:;.*)?")


@dataclass(frozen=True)
class Package:
    """A package that edutools stands on.

    Parameters
    ----------
    name : str
    needed : str
        The versions that edutools works with, such as ``">=0.9.21"``.
    version : str or None
        The version that is there; None where it is not.
    """

    name: str
    needed: str
    version: str | None

    @property
    def wrong(self) -> str:
        """What is wrong with it, in a few words; empty where nothing is."""
        if self.version is None:
            return "" if self.name in OPTIONAL else f"missing; edutools needs {self.needed}"
        for sign, bound in re.findall(r"(>=|<)\s*([\d.]+)", self.needed):
            if (_release(self.version) < _release(bound)) is (sign == ">="):
                return f"too {'old' if sign == '>=' else 'new'}; edutools needs {self.needed}"
        return ""

    def __str__(self) -> str:
        absent = f"not installed; needed {OPTIONAL.get(self.name)}" if self.version is None else ""
        return f"  {self.name:<18} {self.version or '–':<10} {self.wrong or absent}".rstrip()


@dataclass
class Place:
    """A program that shows notebooks: what keeps widgets from showing in it, and what mends that."""

    name: str
    version: str
    wrongs: list[str] = field(default_factory=list)
    newer: list[str] = field(default_factory=list)  # packages of another version
    again: list[str] = field(default_factory=list)  # packages of the same version, their files being gone
    stale: list[Path] = field(default_factory=list)  # folders to be removed

    def __str__(self) -> str:
        can = "widgets cannot show:" if self.wrongs else "widgets can show"
        return "\n".join([f"  {self.name} {self.version}: {can}", *(f"    {wrong}" for wrong in self.wrongs)])


@dataclass(frozen=True)
class Examination:
    """What the doctor found.

    Parameters
    ----------
    version : str or None
        Of edutools; None where it is no installed package.
    packages : list of Package
    places : list of Place
        The programs of this environment that show notebooks.
    """

    version: str | None
    packages: list[Package]
    places: list[Place]

    @property
    def well(self) -> bool:
        """Whether there is nothing to mend."""
        return not self.command

    @property
    def command(self) -> str:
        """The one command that mends what was found; empty where there is nothing to mend."""
        newer = {each.name: f"{each.name}{each.needed}" for each in self.packages if each.wrong}
        for line in (each for place in self.places for each in place.newer):
            newer[re.split("[>=]", line)[0]] = line  # the narrower of two
        again = dict.fromkeys(each for place in self.places for each in place.again)
        stale = dict.fromkeys(str(each) for place in self.places for each in place.stale)
        remove = f"import shutil; [shutil.rmtree(each) for each in {list(stale)}]"
        steps = [
            ["-m", "pip", "install", *newer.values()] if newer else [],
            ["-m", "pip", "install", "--force-reinstall", "--no-deps", *again] if again else [],
            ["-c", remove] if stale else [],
        ]
        return " && ".join(_quoted([sys.executable, *step]) for step in steps if step)

    def __str__(self) -> str:
        python = ".".join(map(str, sys.version_info[:3]))
        shown = [str(place) for place in self.places] or [f"  {_no_front_end()}"]
        end = f"To mend it, run this in a terminal, and start the notebook anew:\n\n  {self.command}"
        return "\n".join(
            [
                f"edutools {self.version or 'without a version'}, Python {python} in {sys.prefix}",
                "",
                *map(str, self.packages),
                "",
                "Widgets",
                *shown,
                "",
                "Nothing is to be mended." if self.well else end,
            ]
        )


def doctor() -> None:
    """Print what is installed, what is too old, whether widgets can show, and the command that mends it."""
    print(examine())


def examine(paths: Sequence[str] | None = None, data: Sequence[Path] | None = None) -> Examination:
    """What is installed here, and what keeps widgets from showing.

    Parameters
    ----------
    paths : list of str, optional
        Where packages are looked for; ``sys.path`` where it is not given.
    data : list of Path, optional
        Folders in which Jupyter looks for extensions, the first that has one winning; those of this
        environment where it is not given.
    """
    there = {_plain(each.name): each for each in reversed([*distributions(path=list(paths or sys.path))])}
    versions = {name: each.version for name, each in there.items()}
    packages = [Package(name, needed, versions.get(name)) for name, needed in _needs(there.get("edutools"))]
    folders = list(data) if data is not None else _data_folders()
    return Examination(versions.get("edutools"), packages, _places(versions, folders))


def _needs(ours: Distribution | None) -> list[tuple[str, str]]:
    """Name and versions of each package of the core and the extras that a learner installs."""
    found: dict[str, str] = {}
    for line in _requirements(ours):
        name, needed = _NEEDED.fullmatch(line.strip()).groups()  # type: ignore[union-attr]
        if _plain(name) != "edutools" and _is_learners(line):
            found.setdefault(_plain(name), needed.strip())
    return sorted(found.items())


def _requirements(ours: Distribution | None) -> Iterable[str]:
    root = checkout()
    if root is None:
        return (ours.requires if ours else None) or []
    # What an editable install wrote down may be older than the checkout.
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    return [
        *project["dependencies"],
        *(f"{line}; extra == '{extra}'" for extra, lines in extras.items() for line in lines),
    ]


def _is_learners(line: str) -> bool:
    extra = re.search(r"extra\s*==\s*['\"](\w+)['\"]", line)
    return extra is None or extra[1] in LEARNERS


def _places(versions: dict[str, str], data: list[Path]) -> list[Place]:
    found = []
    newer_notebook = _release(versions.get("notebook", "0")) >= (7,)
    lab = versions.get("jupyterlab")
    if lab or newer_notebook:  # Notebook 7 shows widgets as JupyterLab does
        name, version = ("JupyterLab", lab) if lab else ("Jupyter Notebook", versions["notebook"])
        found.append(
            _examined(Place(name, str(version)), versions, data, "jupyterlab-widgets", _lab_extension)
        )
    classic = (
        versions.get("nbclassic") if newer_notebook or "notebook" not in versions else versions["notebook"]
    )
    if classic:
        place = Place("classic Notebook", classic)
        found.append(_examined(place, versions, data, "widgetsnbextension", _classic_extension))
    return found


def _examined(
    place: Place,
    versions: dict[str, str],
    data: list[Path],
    manager: str,
    extension: Callable[[list[Path], str], list[tuple[Path, str | None]]],
) -> Place:
    """`place`, with what keeps widgets from showing in it."""
    _match_generations(place, versions, manager)
    for package in (manager, "anywidget"):
        if package not in versions:
            continue  # said elsewhere
        copies = extension(data, package)
        if not copies:
            place.wrongs.append(f"the part of {package} that runs in the browser is not there")
            place.again.append(f"{package}=={versions[package]}")
        elif package == "anywidget" and copies[0][1] not in (None, versions[package]):
            folder, version = copies[0]
            place.wrongs.append(f"{folder} holds anywidget {version} and hides {versions[package]}")
            place.stale.append(folder)
    return place


def _match_generations(place: Place, versions: dict[str, str], manager: str) -> None:
    """Note where ipywidgets and what shows its widgets are of two generations."""
    widgets, there = versions.get("ipywidgets"), versions.get(manager)
    if widgets is None:
        return  # installing it brings what shows its widgets
    needed = MANAGERS[manager].get(_release(widgets)[0])
    if needed is None:
        oldest = min(MANAGERS[manager])
        place.wrongs.append(f"ipywidgets must be {oldest} or newer here, got {widgets}")
        place.newer.append(f"ipywidgets>={oldest}")
    elif there is None or _release(there)[0] != needed:
        place.wrongs.append(f"ipywidgets {widgets} needs {manager} {needed}, got {there or 'none'}")
        place.newer.append(f"{manager}=={needed}.*")


def _lab_extension(data: list[Path], package: str) -> list[tuple[Path, str | None]]:
    """Folder and version of each copy of a package's extension of JupyterLab, the one that is used first."""
    name = {"jupyterlab-widgets": "@jupyter-widgets/jupyterlab-manager"}.get(package, package)
    described = [folder / "labextensions" / name / "package.json" for folder in data]
    return [
        (path.parent, json.loads(path.read_text(encoding="utf-8")).get("version"))
        for path in described
        if path.is_file()
    ]


def _classic_extension(data: list[Path], package: str) -> list[tuple[Path, str | None]]:
    """The same of the classic Notebook."""
    name = {"widgetsnbextension": "jupyter-js-widgets"}.get(package, package)
    entries = [folder / "nbextensions" / name / "extension.js" for folder in data]
    return [(path.parent, _version_in(path.parent / "index.js")) for path in entries if path.is_file()]


def _version_in(module: Path) -> str | None:
    found = re.search(r'^var version = "([^"]+)";', _text(module), re.MULTILINE)
    return found[1] if found else None


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _data_folders() -> list[Path]:
    """Where Jupyter looks for extensions, the first that has one winning."""
    own = [Path(sys.prefix, "share", "jupyter")]
    users = [_users_folder(), Path(site.getuserbase(), "share", "jupyter")]
    named = [Path(each) for each in os.environ.get("JUPYTER_PATH", "").split(os.pathsep) if each]
    # Inside a virtual environment its own folder comes before the user's.
    mine = [*own, *users] if sys.prefix != sys.base_prefix else [*users, *own]
    return [*named, *mine, Path("/usr/local/share/jupyter"), Path("/usr/share/jupyter")]


def _users_folder() -> Path:
    if named := os.environ.get("JUPYTER_DATA_DIR"):
        return Path(named)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Jupyter"
    if os.name == "nt":
        return Path(os.environ.get("APPDATA", Path.home())) / "jupyter"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "jupyter"


def _no_front_end() -> str:
    if "google.colab" in sys.modules:
        return "Colab shows widgets by itself."
    return (
        "No JupyterLab or Notebook is in this environment. The one that shows your notebook needs anywidget "
        "and ipywidgets beside it, of the versions above."
    )


def _quoted(command: list[str]) -> str:
    return subprocess.list2cmdline(command) if os.name == "nt" else shlex.join(command)


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _release(version: str) -> tuple[int, ...]:
    """The numbers of a version, without zeros at its end: 8.1 is 8.1.0."""
    numbers = re.match(r"\d+(?:\.\d+)*", version)
    parts = [int(each) for each in numbers[0].split(".")] if numbers else [0]
    while parts[1:] and not parts[-1]:
        parts.pop()
    return tuple(parts)
