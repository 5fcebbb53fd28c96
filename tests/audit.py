"""Known vulnerabilities and licences of all that the project stands on: ``python -m tests.audit``.

What is looked at is what `pyproject.toml` asks for, extras included, and all that this brings, in the
versions installed here. The licences are read off the packages themselves. The vulnerabilities are asked of a
service, by pip-audit in an environment of its own: hence this is no part of the test run. The exit status is
1 where something was found, and 2 where nothing was but the service could not be asked about every package.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import tomllib
import venv
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 600

# How licences are called: in metadata, in the first lines of their files, and by SPDX.
CALLED = {
    "MIT": r"\bMIT\b",
    "BSD": r"\bBSD\b|0BSD|Redistribution and use in source and binary forms",
    "Apache-2.0": r"\bApache\b",
    "ISC": r"\bISC\b",
    "PSF-2.0": r"\bPSF|Python Software Foundation",
    "MPL-2.0": r"\bMPL\b|Mozilla Public License",
    "LGPL": r"\bLGPL|Lesser General Public",
    "AGPL": r"\bAGPL|Affero",
    "GPL": r"\bGPL|GNU General Public",
    "Artistic": r"\bArtistic\b",
    "Zlib": r"\bZlib\b",
    "CC0-1.0": r"\bCC0\b",
    "Unlicense": r"\bUnlicense\b",
}
# They ask for their notices to be kept, and MPL for changes to its own files, of which we make none.
ACCEPTED = {"MIT", "BSD", "Apache-2.0", "ISC", "PSF-2.0", "MPL-2.0", "Zlib", "CC0-1.0", "Unlicense"}
# What needs a sentence.
EXPLAINED = {
    "text-unidecode": "Artistic License or GPL, as one likes; pytest-playwright brings it, to tests alone",
}


class Vulnerabilities(NamedTuple):
    """What the service said: one line a vulnerability, and of which packages it knew nothing and why."""

    found: list[str]
    unasked: dict[str, str]


def main() -> int:
    """Print licences, then vulnerabilities; see the module for the exit status."""
    packages, absent = installed(required(ROOT / "pyproject.toml"))
    wrong = [f"{name} is not installed: pip install -e '.[test]'" for name in absent]
    wrong += print_licences(packages)
    known = vulnerabilities({name: each.version for name, each in packages.items()})
    wrong += known.found
    print_vulnerabilities(known, len(packages))
    return 1 if wrong else 2 if known.unasked else 0


# ---- what is looked at


def required(pyproject: Path) -> list[Requirement]:
    """What the project asks for, its extras included, without itself."""
    # The file, not the metadata of an installed edutools: an editable install's are as old as the install.
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    lines = [
        *project["dependencies"],
        *(one for each in project["optional-dependencies"].values() for one in each),
    ]
    return [each for each in map(Requirement, lines) if each.name != project["name"]]


def installed(asked: Iterable[Requirement]) -> tuple[dict[str, Distribution], list[str]]:
    """The distributions that `asked` brings, by name, all the way down; and names of what is not here."""
    found: dict[str, Distribution] = {}
    absent: list[str] = []
    seen: set[tuple[str, tuple[str, ...]]] = set()
    waiting = [(str(canonicalize_name(each.name)), tuple(sorted(each.extras))) for each in asked]
    while waiting:
        name, extras = place = waiting.pop()
        if place in seen:
            continue
        seen.add(place)
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            absent.append(name)
            continue
        for each in map(Requirement, found[name].requires or []):
            if each.marker is None or any(each.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
                waiting.append((str(canonicalize_name(each.name)), tuple(sorted(each.extras))))
    return dict(sorted(found.items())), sorted(set(absent))


# ---- licences


def print_licences(packages: Mapping[str, Distribution]) -> list[str]:
    """Print how many packages have which licence, and return a line for each that is not accepted."""
    by_licence: dict[str, list[str]] = {}
    wrong = []
    for name, each in packages.items():
        stated = licence_of(each)
        by_licence.setdefault(stated or "none stated", []).append(name)
        if not is_accepted(stated) and name not in EXPLAINED:
            wrong.append(f"{name} {each.version}: licence {stated or 'not stated'}")
    print(f"Licences of {len(packages)} packages:")
    for stated, names in sorted(by_licence.items(), key=lambda each: (-len(each[1]), each[0])):
        shown = f": {', '.join(names)}" if len(names) <= 3 else ""
        print(f"  {len(names):4} {stated}{shown}")
    for name in EXPLAINED.keys() & packages.keys():
        print(f"  {name}: {EXPLAINED[name]}")
    print(*(f"  not accepted: {line}" for line in wrong) if wrong else ["  all accepted"], sep="\n")
    return wrong


def licence_of(package: Distribution) -> str:
    """The package's licence as an expression of SPDX names (as in ``"MIT AND (BSD OR ISC)"``), or ''.

    Of several classifiers it is not known whether all hold or one of them: all are taken to hold.
    """
    about = package.metadata
    expression = about.get("License-Expression")
    if expression:
        return expression
    classifiers = [each for each in about.get_all("Classifier") or [] if each.startswith("License ::")]
    for said in (" and ".join(classifiers), about.get("License") or "", _licence_files(package)):
        # A licence in full may speak of others further down.
        names = spoken(said[:400])
        if names:
            return " AND ".join(names)
    return ""


def spoken(words: str) -> list[str]:
    """The licences that `words` name."""
    return [name for name, pattern in CALLED.items() if re.search(pattern, words)]


def _licence_files(package: Distribution) -> str:
    named = [
        each for each in package.files or [] if re.match(r"(LICEN[CS]E|COPYING)", each.name, re.IGNORECASE)
    ]
    return "\n".join(each.read_text()[:400] for each in named if ".dist-info" in str(each))


def is_accepted(expression: str) -> bool:
    """Whether a licence expression may be met by accepted licences alone."""
    if not expression:
        return False
    inner = re.sub(r"\s+WITH\s+[\w.-]+", "", expression)
    while "(" in inner:
        inner, count = re.subn(
            r"\(([^()]*)\)", lambda found: "MIT" if is_accepted(found[1]) else "none", inner
        )
        if not count:
            return False
    options = (re.split(r"\s+AND\s+", each) for each in re.split(r"\s+OR\s+", inner))
    return any(all(_is_accepted_name(name) for name in names) for names in options)


def _is_accepted_name(name: str) -> bool:
    called = spoken(name)
    return bool(called) and set(called) <= ACCEPTED


# ---- vulnerabilities


def vulnerabilities(versions: Mapping[str, str], run: Callable[[Path], str] | None = None) -> Vulnerabilities:
    """What the service of pip-audit knows of packages by name and version.

    Parameters
    ----------
    versions : mapping of str to str
        Versions by package.
    run : function of a path, optional
        Asks about the pinned requirements in that file and returns pip-audit's JSON; a test gives its own.

    Notes
    -----
    Where pip-audit cannot ask about a package, it skips it and still says that nothing is known and all is
    well. Here whatever was skipped counts as not asked.
    """
    with tempfile.TemporaryDirectory(prefix="edutools-audit-") as folder:
        pinned = Path(folder, "pinned.txt")
        pinned.write_text("".join(f"{name}=={version}\n" for name, version in versions.items()))
        try:
            answered = json.loads((run or _ask)(pinned))["dependencies"]
        except (OSError, ValueError, KeyError, subprocess.SubprocessError) as error:
            return Vulnerabilities([], dict.fromkeys(versions, _reason(error)))
    unasked = {name: "pip-audit did not speak of it" for name in versions}
    found = []
    for each in answered:
        name = str(canonicalize_name(each["name"]))
        if "skip_reason" in each:
            unasked[name] = each["skip_reason"]
            continue
        unasked.pop(name, None)
        for one in each.get("vulns", []):
            mended = ", ".join(one["fix_versions"]) or "no version yet"
            found.append(f"{name} {each['version']}: {one['id']}, mended in {mended}")
    return Vulnerabilities(found, unasked)


def _ask(pinned: Path) -> str:
    """pip-audit's JSON about the requirements in a file, from a virtual environment beside it."""
    home = pinned.parent / "pip-audit"
    venv.create(home, with_pip=True)
    python = home / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "pip-audit"],
        check=True,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    how = [
        "--requirement",
        pinned,
        "--no-deps",
        "--disable-pip",
        "--format",
        "json",
        "--progress-spinner",
        "off",
    ]
    # Its own exit status is 1 where it found something: what it printed says so too.
    asked = subprocess.run(
        [python, "-m", "pip_audit", *how], capture_output=True, text=True, timeout=SECONDS, check=False
    )
    if not asked.stdout.strip():
        raise OSError((asked.stderr.strip().splitlines() or ["pip-audit said nothing"])[-1])
    return asked.stdout


def _reason(error: Exception) -> str:
    said = getattr(error, "stderr", None) or str(error)
    return (str(said).strip().splitlines() or [type(error).__name__])[-1]


def print_vulnerabilities(known: Vulnerabilities, packages: int) -> None:
    """Print what the service said, and plainly what it could not be asked."""
    print(f"\nKnown vulnerabilities of {packages} packages, by pip-audit:")
    for line in known.found:
        print(f"  {line}")
    asked = packages - len(known.unasked)
    if asked and not known.found:
        print(f"  none known of the {asked} that it was asked about")
    if known.unasked:
        print(f"  NOT ASKED about {len(known.unasked)} packages: whether they are vulnerable is not known.")
        print(*(f"    {name}: {reason}" for name, reason in list(known.unasked.items())[:3]), sep="\n")
        print("    …" if len(known.unasked) > 3 else "")


if __name__ == "__main__":
    sys.exit(main())
