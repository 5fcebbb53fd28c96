"""What every test stands on: nothing of the user's is touched, the clock stands, the browser is real."""

from __future__ import annotations

import fcntl
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import settings

from edutools.course.lessons import private_environment
from tests import needs

ROOT = Path(__file__).resolve().parent.parent

# The same cases in every run: what fails here fails everywhere.
settings.register_profile("edutools", derandomize=True, database=None, deadline=None, print_blob=True)
settings.load_profile("edutools")


def pytest_configure(config: pytest.Config) -> None:
    """Send whatever a session keeps to a folder that goes away, and put Node where tests look for it."""
    if hasattr(config, "workerinput"):
        return  # a worker has inherited it
    folder = TemporaryDirectory(prefix="edutools-tests-")
    config.add_cleanup(folder.cleanup)
    os.environ.update(private_environment(Path(folder.name)), **_caches(Path(folder.name)), PATH=_path())
    needs.let_playwright_run()
    sys.dont_write_bytecode = True


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail where a test left something in the folder that the lessons' kernels find empty."""
    left = [path for path in Path(os.environ["EDUTOOLS_HOME"]).rglob("*") if path.is_file()]
    if left and not hasattr(session.config, "workerinput"):
        print(f"\nA server that a test starts needs an EDUTOOLS_HOME of its own; one wrote {left[0].name}.")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _caches(folder: Path) -> dict[str, str]:
    names = ("HYPOTHESIS_STORAGE_DIRECTORY", "MYPY_CACHE_DIR", "RUFF_CACHE_DIR")
    return {name: str(folder / name.lower()) for name in names}


def _path() -> str:
    """The PATH with this environment's own programs first, and Node's where it is not on it."""
    node = needs.node()
    folders = [Path(sys.executable).parent, *([node.parent] if node else [])]
    return os.pathsep.join([*map(str, dict.fromkeys(folders)), os.environ.get("PATH", "")])


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the project."""
    return ROOT


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the course as a site, built once for all workers; it is read, never written to."""
    from edutools.course.site.build import build

    # Each worker has a folder of its own in the one that a run has.
    in_worker = "PYTEST_XDIST_WORKER" in os.environ
    shared = tmp_path_factory.getbasetemp().parent if in_worker else tmp_path_factory.getbasetemp()
    with (shared / "site.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = shared / "site"
        return folder if folder.exists() else build(folder, progress=False)


@pytest.fixture(scope="session")
def node() -> str:
    """Path of Node."""
    found = needs.node()
    assert found, "Node 20 or newer is missing; `python -m tests` installs it"
    return str(found)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """How pytest-playwright starts the browser."""
    found = needs.browser()
    assert found, "a Chromium browser is missing; `python -m tests` installs it"
    return {"executable_path": str(found), "args": list(needs.BROWSER_ARGUMENTS)}


@pytest.fixture(autouse=True)
def learner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a learner who has done nothing yet, each test's own."""
    monkeypatch.setenv("EDUTOOLS_HOME", str(tmp_path / "learner"))
    return tmp_path / "learner"
