"""Open the course, or run every test, on a machine that has Python and nothing else.

``python3 edutools/start.py`` opens the course; ``python3 edutools/start.py test`` runs every test. Both first
make a virtual environment, the folder .venv of the checkout, where it is missing, and install what they need.
This file is run by itself, before anything is installed: it imports Python's own library and nothing else.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)


def main(arguments: list[str] | None = None) -> int:
    """Run what was asked for, and return its exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--venv", type=Path, default=HERE / ".venv", help="the virtual environment's folder")
    parser.add_argument("what", nargs="?", choices=["lab", "test"], default="lab")
    parser.add_argument("rest", nargs=argparse.REMAINDER, help="passed to `edutools lab`, or to pytest")
    chosen = parser.parse_args(arguments)
    if sys.version_info < OLDEST:
        sys.exit(f"edutools needs Python {OLDEST[0]}.{OLDEST[1]} or newer; this is {sys.version.split()[0]}.")
    python = environment(chosen.venv)
    install(python, chosen.what)
    if chosen.what == "test":
        os.chdir(HERE)  # where the tests' package is found
    # -B, so that a test run leaves no compiled file behind.
    command = {"lab": ["-m", "edutools.cli", "lab"], "test": ["-B", "-m", "tests"]}[chosen.what]
    return become([python, *command, *chosen.rest])


def environment(folder: Path) -> str:
    """Path of the interpreter of the virtual environment `folder`, made where it is missing."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if works(python):
        return str(python)
    # Debian and Ubuntu keep the part of venv that brings pip in a package of its own.
    if not works(Path(sys.executable), "ensurepip"):
        become_able_to_make_one()
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
    return str(python)


def works(python: Path, module: str = "pip") -> bool:
    """Whether the interpreter `python` exists and has `module`."""
    return (
        python.exists()
        and subprocess.call([str(python), "-c", f"import {module}"], stderr=subprocess.DEVNULL) == 0
    )


def become_able_to_make_one() -> None:
    """Install the system's package for virtual environments, or name it and stop."""
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        say(f"Installing {package}, which makes virtual environments.")
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        apt = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", package]
        if subprocess.call(apt, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}) == 0:
            return
    sys.exit(f"Python cannot make a virtual environment here: sudo apt install {package}, then try again.")


def install(python: str, extra: str) -> None:
    """Install edutools from this folder, and what `extra` needs, into the environment of `python`."""
    say(f"Installing edutools and what `{extra}` needs; the first time this takes a few minutes.")
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if subprocess.call([*pip, "--editable", f"{HERE}[{extra}]"]):
        sys.exit("pip could not install what is named above; is there a connection to the internet?")


def become(command: list[str]) -> int:
    """Run `command` in place of this process, so that Ctrl-C reaches it alone, or return its exit status."""
    if os.name == "nt":
        return subprocess.call(command)
    os.execv(command[0], command)


def say(sentence: str) -> None:
    """Print `sentence` at once."""
    print(sentence, flush=True)


if __name__ == "__main__":
    sys.exit(main())
