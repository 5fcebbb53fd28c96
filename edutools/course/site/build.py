"""Every lesson, run and written as static pages."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path

from edutools.course import PACKAGE, lessons_folder
from edutools.course.site.pages import (
    Page,
    contents_page,
    embedding_page,
    lesson_page,
    progress_page,
    prose_page,
    search_index,
    search_page,
    widget_pages,
)
from edutools.course.site.running import Lesson, run
from edutools.widgets.source import own_style, theme

MARK = ".edutools-site"
STYLES = ("site.css", "progress.css")


def build(out: Path, *, progress: bool = True) -> Path:
    """The folder `out`, filled with the site.

    Parameters
    ----------
    out : Path
        A folder that is empty, new, or a site built before, whose files are replaced.
    progress : bool, default True
        Whether a bar shows how many lessons have run.

    Raises
    ------
    ValueError: `out` holds something else; nothing was written.
    nbclient.exceptions.CellExecutionError: a cell of a lesson fails; nothing was written.
    """
    _check(out)
    origin = lessons_folder()
    lessons = _run_all(sorted(origin.glob("[0-9][0-9]_*.ipynb")), progress)
    pages = list(_pages(lessons, origin))
    if out.exists():
        shutil.rmtree(out)
    (out / "embed").mkdir(parents=True)
    for page in pages:
        (out / page.path).write_text(page.html(), encoding="utf-8")
    for name, content in shared_files(pages).items():
        (out / name).write_text(content, encoding="utf-8")
    shutil.copytree(origin / "images", out / "images")
    return out


def _check(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise ValueError(f"`OUT` must be a folder, got the file {str(out)!r}.")
    if out.exists() and any(out.iterdir()) and not (out / MARK).exists():
        raise ValueError(
            f"`OUT` must be a new folder or a site built before; {str(out)!r} holds something else."
        )


def _run_all(paths: list[Path], progress: bool) -> list[Lesson]:
    from tqdm import tqdm

    # A kernel is a process of its own, so a thread for each processor keeps them all at work.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        ran = pool.map(run, paths)
        return list(tqdm(ran, total=len(paths), unit="lesson", disable=not progress))


def _pages(lessons: list[Lesson], origin: Path) -> Iterator[Page]:
    neighbours = zip([None, *lessons[:-1]], lessons, [*lessons[1:], None], strict=True)
    framed = []
    for before, lesson, after in neighbours:
        yield lesson_page(lesson, before, after)
        framed += [lesson_page(lesson, before, after, embedded=True), *widget_pages(lesson)]
    yield from framed
    yield contents_page(lessons)
    yield embedding_page(framed)
    yield prose_page("glossary.html", (origin / "glossary.md").read_text(encoding="utf-8"))
    yield prose_page("measurements.html", (origin / "measurements.md").read_text(encoding="utf-8"))
    yield prose_page("datasheet.html", _datasheet().read_text(encoding="utf-8"))
    yield progress_page(lessons)
    yield search_page()


def _datasheet() -> Path:
    """Path of the datasheet of the course's data, in an installed package or a checkout."""
    installed = PACKAGE / "_data" / "README.md"
    return installed if installed.exists() else PACKAGE.parent / "datasets" / "README.md"


def shared_files(pages: list[Page]) -> dict[str, str]:
    """What the pages share, by the name of its file."""
    own = files("edutools.course.site")
    names = {name for page in pages for name in page.widgets}
    return {
        "site.css": "\n".join([theme(), *((own / each).read_text(encoding="utf-8") for each in STYLES)]),
        # A page loads those of its own widgets alone: a browser weighs each rule before it shows anything.
        **{f"{name}.css": own_style([name]) for name in names},
        "site.js": (own / "site.js").read_text(encoding="utf-8"),
        "search-index.js": search_index(pages),
        MARK: "",
    }
