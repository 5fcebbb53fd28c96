"""A lesson where most read it: ``python -m tests.screenshots OUT/`` draws it there, to be looked at.

JupyterLab light and dark, classic Notebook over Colab's pins, the site light and dark, and the site at a
phone's width. `--only` names some of them; `--site` takes a site built before, and `--colab` keeps Colab's
environment or takes the one that is there.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, sync_playwright

from edutools._checks import one_of
from tests import needs
from tests.browser.jupyterlab import lab, run_all, set_theme
from tests.colab import classic
from tests.colab.environment import ROOT, Colab, install, python_like_colabs

LESSON = "05_evaluate"
LAPTOP = {"width": 1200, "height": 900}
PHONE = {"width": 360, "height": 780}
# What is looked at: the prose and code above it, and the widget's head.
WIDGET = ".edu-group_metrics"
SETTLE = 1_500  # milliseconds: what is drawn late, such as fonts and themes


@dataclass(frozen=True)
class Studio:
    """What the pictures are taken with.

    Parameters
    ----------
    browser : Browser
    folder : Path
        Where servers keep what goes away afterwards.
    site, colab : Path or None
        A site built before, and where Colab's environment is kept.
    """

    browser: Browser
    folder: Path
    site: Path | None
    colab: Path | None

    def page(self, size: dict[str, int], *, scheme: str = "light") -> Page:
        """A new window of that size, for a reader who likes it light or dark."""
        return self.browser.new_context(
            viewport=size,
            color_scheme=scheme,
            device_scale_factor=2 if size is PHONE else 1,
            has_touch=size is PHONE,
        ).new_page()

    @contextmanager
    def lesson(self, place: str) -> Iterator[Path]:
        """A folder of a place's own that holds the lesson."""
        folder = self.folder / place / "lessons"
        folder.mkdir(parents=True)
        shutil.copy(ROOT / "lessons" / f"{LESSON}.ipynb", folder)
        yield folder


def jupyterlab(studio: Studio, out: Path) -> Iterator[Path]:
    """The lesson run in JupyterLab, in its light theme and in its dark one."""
    with (
        studio.lesson("jupyterlab") as folder,
        lab(folder, studio.folder / "jupyterlab" / "private") as server,
    ):
        page = studio.page(LAPTOP)
        server.open(page, f"{LESSON}.ipynb")
        run_all(page)
        for scheme in ("light", "dark"):
            set_theme(page, scheme)
            yield taken(page, out / f"jupyterlab-{scheme}.png")


def notebook(studio: Studio, out: Path) -> Iterator[Path]:
    """The lesson run in classic Notebook 6.5.7, over Colab's pins."""
    private = studio.folder / "colab"
    private.mkdir()
    kept = studio.colab
    if kept and (kept / "bin" / "python").exists():
        colab = Colab(kept, private)
    else:
        colab = install(python_like_colabs(), private, environment=kept).colab
    with studio.lesson("notebook") as folder, classic.classic(colab, folder) as server:
        page = studio.page(LAPTOP)
        server.open(page, f"{LESSON}.ipynb")
        classic.run_all(page)
        yield taken(page, out / "notebook-classic.png")


def site(studio: Studio, out: Path) -> Iterator[Path]:
    """The lesson on the site, with no kernel: light, dark, and at a phone's width."""
    from edutools.course.site.build import build

    built = studio.site or build(studio.folder / "site")
    for name, size, scheme in [
        ("site-light", LAPTOP, "light"),
        ("site-dark", LAPTOP, "dark"),
        ("site-phone", PHONE, "light"),
        ("site-phone-dark", PHONE, "dark"),
    ]:
        page = studio.page(size, scheme=scheme)
        page.goto((built / f"{LESSON}.html").resolve().as_uri())
        page.wait_for_selector("html[data-ready]", state="attached")
        yield taken(page, out / f"{name}.png")


PLACES: dict[str, Callable[[Studio, Path], Iterator[Path]]] = {
    "jupyterlab": jupyterlab,
    "notebook": notebook,
    "site": site,
}


def taken(page: Page, path: Path) -> Path:
    """What the window shows once the widget stands near its top."""
    widget = page.locator(WIDGET).first
    widget.wait_for(timeout=60_000)
    widget.evaluate("node => node.scrollIntoView({ block: 'start' })")
    page.wait_for_timeout(SETTLE)
    page.screenshot(path=path)
    return path


def main(arguments: list[str] | None = None) -> int:
    """Draw what is asked for, say where each picture is, and return 0."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.screenshots",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("out", type=Path, metavar="OUT", help="a folder; pictures there are drawn anew")
    parser.add_argument("--only", nargs="+", default=[*PLACES], metavar="PLACE", help=f"some of {[*PLACES]}")
    parser.add_argument("--site", type=Path, metavar="FOLDER")
    parser.add_argument("--colab", type=Path, metavar="FOLDER")
    chosen = parser.parse_args(arguments)
    places = [PLACES[one_of("only", name, PLACES)] for name in chosen.only]
    if needs.missing():
        sys.exit(f"The pictures need {' and '.join(needs.missing())}.")
    needs.let_playwright_run()
    chosen.out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="edutools-screenshots-") as folder, sync_playwright() as playwright:
        os.environ["EDUTOOLS_HOME"] = f"{folder}/learner"
        browser = playwright.chromium.launch(
            executable_path=str(needs.browser()), args=list(needs.BROWSER_ARGUMENTS)
        )
        studio = Studio(browser, Path(folder), chosen.site, chosen.colab)
        for place in places:
            for path in place(studio, chosen.out):
                print(path, flush=True)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
