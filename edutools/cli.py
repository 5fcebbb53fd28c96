"""The command ``edutools``: open the course, say what is broken, give it an address, write its site."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from edutools.course import checkout, lessons_folder

FIRST_LESSON = "00_start_here.ipynb"
# What the site is made with, besides what lessons need: module, and the package that brings it.
SITE_NEEDS = {
    "jinja2": "jinja2",
    "latex2mathml": "latex2mathml",
    "markdown_it": "markdown-it-py",
    "markupsafe": "markupsafe",
    "mdit_py_plugins": "mdit-py-plugins",
    "nbclient": "nbclient",
    "nbformat": "nbformat",
    "pygments": "pygments",
}
RECORD = ".edutools-lessons.json"


def main(arguments: list[str] | None = None) -> int:
    """Run the command that `arguments` name, by default those of the command line; its exit status."""
    parser = argparse.ArgumentParser(prog="edutools", description="A course you can play, and its tools.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    _describe_lab(commands.add_parser("lab", help="open the course in JupyterLab", allow_abbrev=False))
    _describe_publish(
        commands.add_parser("publish", help="set the course's address, and build the wheel of its release")
    )
    commands.add_parser("doctor", help="say what is installed, what is broken, and what mends it")
    _describe_site(commands.add_parser("site", help="write the course as pages that need no Python"))
    chosen, rest = parser.parse_known_args(arguments)
    if rest and chosen.command != "lab":
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        if chosen.command == "lab":
            return lab(*_folder_first(rest))
        if chosen.command == "doctor":
            return _doctor()
        if chosen.command == "site":
            return _site(chosen.out)
        return _publish(chosen.repo, chosen.ref, chosen.wheel)
    except (OSError, RuntimeError, ValueError) as error:
        print(f"edutools {chosen.command}: {error}", file=sys.stderr)
        return 1


def _describe_lab(parser: argparse.ArgumentParser) -> None:
    parser.usage = "edutools lab [-h] [FOLDER] [options of JupyterLab]"
    parser.description = (
        "Open the course in JupyterLab. In a checkout the lessons open where they are; elsewhere, or where a "
        "FOLDER is named, they are copied first (./edutools-lessons), and no file that is there is touched. "
        "As JupyterHub's Spawner.cmd it opens the copy in each learner's home."
    )


def _folder_first(arguments: list[str]) -> tuple[Path | None, list[str]]:
    # Left to argparse, the 9999 of `--port 9999` would be the folder.
    if arguments and not arguments[0].startswith("-"):
        return Path(arguments[0]), arguments[1:]
    return None, arguments


def _describe_publish(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Set the course's address in pyproject.toml, the README and every lesson, and build the wheel of its "
        "release."
    )
    parser.add_argument("--repo", required=True, metavar="OWNER/NAME", help="the repository on GitHub")
    parser.add_argument("--ref", metavar="TAG", help="the release's tag (v and the version)")
    parser.add_argument(
        "--wheel", metavar="FOLDER", type=Path, help="where the wheel is written (dist in the checkout)"
    )


def _describe_site(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Run every lesson and write it as static pages in which every widget works, with no kernel and no "
        "other host. They open from a folder, from any static host, and in a frame of another page."
    )
    parser.add_argument("out", metavar="OUT", type=Path, help="a new folder, or a site built before")


def lab(folder: Path | None, options: list[str]) -> int:
    """Open the lessons in JupyterLab until it is closed, and return its exit status.

    Parameters
    ----------
    folder : Path or None
        Where the lessons are copied first; None for the checkout's own where they can be written, else
        ./edutools-lessons.
    options : list of str
        Further options of JupyterLab.

    Raises
    ------
    ValueError: `folder` is a file.
    """
    if find_spec("jupyterlab") is None:
        print('edutools lab needs JupyterLab: python -m pip install "jupyterlab>=4.2"', file=sys.stderr)
        return 1
    # A checkout that many share is often one that none of them may write to.
    if folder is None and checkout() and os.access(lessons_folder(), os.W_OK):
        opened = lessons_folder()
    else:
        opened = folder or Path("edutools-lessons")
        for sentence in copy_lessons(lessons_folder(), opened):
            print(sentence)
    return _open(opened.resolve(), options)


def _open(folder: Path, options: list[str]) -> int:
    first = f"/lab/tree/{FIRST_LESSON}"
    arguments = [f"--ServerApp.root_dir={folder}"]
    # JupyterLab refuses root unless told; whoever is root in a container often has no other user.
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--allow-root")
    if "JUPYTERHUB_API_TOKEN" in os.environ:
        # Started by a hub, which lets nobody in but through the server that it knows.
        hub = import_module("jupyterhub.singleuser")
        hub.main([*arguments, f"--ServerApp.default_url={first}", *options])
    else:
        from jupyterlab.labapp import LabApp

        LabApp.launch_instance(argv=[*arguments, f"--LabApp.default_url={first}", *options])
    return 0


def copy_lessons(origin: Path, target: Path) -> list[str]:
    """Copy lessons into `target`, touching no file that is there, and return what a learner should know.

    Parameters
    ----------
    origin : Path
        Folder of the lessons as they were published.
    target : Path
        The learner's folder; it is made where it is missing.

    Raises
    ------
    ValueError: `target` is a file.
    """
    if target.exists() and not target.is_dir():
        raise ValueError(f"`folder` must be a folder, got the file {str(target)!r}.")
    record = target / RECORD
    copied: dict[str, str] = json.loads(record.read_text(encoding="utf-8")) if record.exists() else {}
    newer = []
    for path in _published(origin):
        name, digest = path.relative_to(origin).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()
        own = target / name
        if not own.exists():
            own.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, own)
            copied[name] = digest
        elif copied.get(name) != digest and hashlib.sha256(own.read_bytes()).hexdigest() != digest:
            newer.append(name)
    record.write_text(json.dumps(copied, indent=1, sort_keys=True), encoding="utf-8")
    return _what_to_know(target, newer)


def _published(origin: Path) -> list[Path]:
    kinds = {".ipynb", ".md", ".png", ".svg"}
    paths = (path for path in sorted(origin.rglob("*")) if path.suffix in kinds and path.is_file())
    return [
        path for path in paths if not any(part.startswith(".") for part in path.relative_to(origin).parts)
    ]


def _what_to_know(target: Path, newer: list[str]) -> list[str]:
    said = [f"The lessons are in {target}."]
    if newer:
        said.append(
            f"Kept as they are there, though this edutools brings other versions: {', '.join(newer)}. "
            "To get one, rename yours and run this again, or name a new folder: edutools lab FOLDER"
        )
    return said


def _site(out: Path) -> int:
    missing = [package for module, package in SITE_NEEDS.items() if find_spec(module) is None]
    if missing:
        print(f"edutools site needs more: python -m pip install {' '.join(missing)}", file=sys.stderr)
        return 1
    from edutools.course.site.build import build

    print(f"Open {build(out) / 'index.html'}")
    return 0


def _doctor() -> int:
    from edutools.course import doctor

    found = doctor.examine()
    print(found)
    return 0 if found.well else 1


def _publish(repo: str, ref: str | None, folder: Path | None) -> int:
    from edutools.course.publish import build_wheel, publish

    root = checkout()
    if root is None:
        raise RuntimeError(
            "the course is published from a checkout of the project; this edutools was installed without one."
        )
    for path in publish(root, repo, ref):
        print(f"wrote {path.relative_to(root)}")
    print(f"built {build_wheel(root, folder or root / 'dist')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
