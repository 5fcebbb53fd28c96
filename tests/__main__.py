"""Run every test: ``python -m tests``, with what follows passed to pytest.

What the tests need is found or installed first; what cannot be installed is named at once. Everything is then
one run of pytest: unit and property tests, style, types, ``node --test``, the browser, and nbval on lessons.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests import needs

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str]) -> int:
    """Run the tests and return pytest's exit status, or 1 where something that they need is missing."""
    missing = needs.missing()
    if missing:
        print(f"The tests need {' and '.join(missing)}, which could not be installed here.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="edutools-tests-") as folder:
        command = [sys.executable, "-B", "-m", "pytest", *_how(Path(folder)), *arguments]
        return subprocess.call(command, cwd=ROOT, env={**os.environ, "HOME": folder})


def _how(folder: Path) -> list[str]:
    kept = [f"--basetemp={folder / 'tmp'}", f"--output={folder / 'pages'}", f"-ocache_dir={folder / 'cache'}"]
    # A notebook's cells share one kernel, so a file stays with one worker.
    return ["-n", "2", "--dist", "loadfile", *kept]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
