"""The environment that holds the places, and a server of one of them on this machine alone."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from edutools.course.lessons import private_environment

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = "EDUTOOLS_PLACES"  # the variable that says where the environment is
SERVERS = ["voila>=0.5.8", "marimo>=0.10", "jupyterhub>=5"]
# What the list of every widget is made with.
LISTING = ["hypothesis", "pytest"]
# As Binder installs the course from its repository.
BINDER = ["-r", ".binder/requirements.txt"]
PROXY = "configurable-http-proxy@5"
SECONDS_TO_START = 120
FORBIDDEN = 403
_DROP_FROM_BOUNDING_SET, _OVERRIDE_PERMISSIONS = 24, 1  # PR_CAPBSET_DROP, CAP_DAC_OVERRIDE


def make(folder: Path) -> None:
    """Make the environment in `folder`, where it is not yet.

    Raises
    ------
    subprocess.CalledProcessError: something that it needs could not be installed.
    """
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    _pip(python, "install", *BINDER, *SERVERS, *LISTING)
    # The project's version stays while its content changes.
    _pip(python, "install", "--force-reinstall", "--no-deps", ROOT)
    if not (folder / "node_modules").exists():
        subprocess.run(["npm", "install", "--silent", "--prefix", folder, PROXY], check=True)


def _pip(python: Path, *arguments: str | Path) -> None:
    command = [python, "-m", "pip", arguments[0], "--quiet", "--disable-pip-version-check", *arguments[1:]]
    subprocess.run(command, check=True, cwd=ROOT)


def place() -> Path:
    """The environment's folder.

    Raises
    ------
    RuntimeError: nobody has made one.
    """
    found = os.environ.get(FOLDER)
    if found is None:
        raise RuntimeError("these tests are run by `python -m tests.places`, which makes their environment")
    return Path(found)


def environment(private: Path) -> dict[str, str]:
    """Variables under which a place's programs run: none leads to the checkout."""
    private.mkdir(parents=True, exist_ok=True)
    kept = {name: value for name, value in private_environment(private).items() if name != "PYTHONPATH"}
    path = [str(place() / "bin"), str(place() / "node_modules" / ".bin"), kept["PATH"]]
    return {**kept, "HOME": str(private), "PATH": os.pathsep.join(path)}


def may_not_write_where_nobody_may() -> None:
    """Take from root, in a process about to start, the right to write what permissions forbid."""
    if os.geteuid() == 0 and sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_DROP_FROM_BOUNDING_SET, _OVERRIDE_PERMISSIONS, 0, 0, 0)


@contextmanager
def serving(
    command: list[str],
    address: str,
    private: Path,
    *,
    variables: dict[str, str] | None = None,
    folder: Path | None = None,
    before: Callable[[], None] | None = None,
) -> Iterator[Path]:
    """A place's server, from the moment that `address` answers until the end; yields its log.

    Parameters
    ----------
    command : list of str
        The program of the environment, and its options.
    address : str
        Where it answers.
    private : Path
        Where whatever it keeps is sent.
    variables : dict, optional
        Further environment variables.
    folder : Path, optional
        Where it runs; `private` where it is left out.
    before : callable, optional
        Called in the new process before the program starts.

    Raises
    ------
    RuntimeError: the server ended, or did not answer in time.
    """
    said = environment(private) | (variables or {})
    log_path = private / "server.log"
    with log_path.open("w") as log:
        server = subprocess.Popen(
            [str(place() / "bin" / command[0]), *command[1:]],
            env=said,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=folder or private,
            preexec_fn=before,
            start_new_session=True,
        )
        try:
            _wait(address, server, log_path)
            yield log_path
        finally:
            # All that it has started goes with it.
            os.killpg(server.pid, signal.SIGTERM)
            try:
                server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)
                server.wait()


def _wait(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until and server.poll() is None:
        try:
            with urlopen(address, timeout=SECONDS_TO_START):
                return
        except HTTPError as refused:
            if refused.code == FORBIDDEN:
                return
            time.sleep(0.2)  # a proxy that answers before what is behind it
        except (URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"the server did not start:\n{log.read_text()[-3000:]}")
