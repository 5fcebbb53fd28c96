"""Other places that run the course: ``python -m tests.places [PLACE …]``; what follows ``--`` is pytest's.

One virtual environment gets the project's wheel and what the places need (Voilà, marimo, JupyterHub); a hub's
proxy comes from npm and Firefox is found on the PATH, or installed by apt as root. A place that cannot be had
fails: it is not skipped.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests import needs
from tests.places.environment import FOLDER, ROOT, make

PLACES = ["binder", "firefox", "hub", "marimo", "voila"]


def main(arguments: list[str]) -> int:
    """Try each place that is named, and return pytest's exit status."""
    own, rest = _divided(arguments)
    parser = argparse.ArgumentParser(
        prog="python -m tests.places",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("places", nargs="*", metavar="PLACE", help=f"some of {PLACES}; else all")
    parser.add_argument(
        "--folder", type=Path, help="keep the environment here, and take the one that is there"
    )
    chosen = parser.parse_args(own)
    unknown = sorted(set(chosen.places) - set(PLACES))
    if unknown:
        parser.error(f"there are {PLACES}, got {unknown}")
    places = chosen.places or PLACES
    if "firefox" in places and not shutil.which("firefox") and not shutil.which("firefox-esr"):
        needs.install_by_apt("firefox-esr")
    with TemporaryDirectory(prefix="edutools-places-") as temporary:
        folder = (chosen.folder or Path(temporary)).resolve()
        make(folder)
        files = [f"tests/places/in_{place}.py" for place in places]
        command = [sys.executable, "-B", "-m", "pytest", "-v", "-p", "no:cacheprovider", *files, *rest]
        return subprocess.call(command, cwd=ROOT, env={**os.environ, FOLDER: str(folder)})


def _divided(arguments: list[str]) -> tuple[list[str], list[str]]:
    place = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:place], arguments[place + 1 :]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
