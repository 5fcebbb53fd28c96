"""The contract with Colab: ``python -m tests.colab``, with what follows passed to pytest.

It makes an environment with Colab's pins, and runs a lesson's set-up cell in it with the project's own wheel
in the release's place. It fails where that changes a pin or adds more than two packages. Then it runs every
lesson by nbval, and shows every lesson and the widgets in classic Notebook 6.5.7 in a real Chromium.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from tests.colab.environment import ROOT


def main(arguments: list[str] | None = None) -> int:
    """Run the contract, and return pytest's exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.colab",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--python", help="the Python of the environment (3.13 where it is found, else this one)"
    )
    parser.add_argument("--folder", type=Path, help="where the environment is made anew, and kept")
    chosen, rest = parser.parse_known_args(arguments)
    chosen_so = {"EDUTOOLS_COLAB_PYTHON": chosen.python, "EDUTOOLS_COLAB_FOLDER": chosen.folder}
    variables = {name: str(value) for name, value in chosen_so.items() if value}
    command = [sys.executable, "-m", "pytest", "-v", "-s", "-p", "no:cacheprovider", "tests/colab", *rest]
    every = {"EDUTOOLS_COLAB_LESSONS": "every"}
    return subprocess.call(command, cwd=ROOT, env={**os.environ, **variables, **every})


if __name__ == "__main__":
    sys.exit(main())
