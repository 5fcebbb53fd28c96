"""Exporters of nbconvert that show a widget's twin where Jupyter's own would leave a hole.

``jupyter nbconvert --to edutools-html lesson.ipynb``, or ``--to edutools-webpdf``. Once a notebook was saved
with its widgets' state, Jupyter's own exporters write the live widget, which asks another host for its code,
and drop the table that stands beside it in the same output.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from typing import Any

from nbconvert.exporters import HTMLExporter, WebPDFExporter
from nbconvert.preprocessors import Preprocessor
from traitlets import List, Unicode, default

LIVE_VIEW = "application/vnd.jupyter.widget-view+json"
# What shows a reader the state of a widget; its text/plain alone may be no more than a class's name.
READABLE = ("text/html", "image/svg+xml", "image/png", "text/markdown")
BROWSERS = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
    "microsoft-edge",
]


_CLOSED = re.compile(r"<details(?=[\s>])")


class PreferTwin(Preprocessor):
    """Leaves out the live view of a widget that left a twin, and the saved state where no live view is left.

    Any exporter takes it: ``--Exporter.preprocessors=edutools.course.exporter.PreferTwin``.
    """

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """The notebook with its twins in sight, and the resources with what its pages have use for."""
        outputs = [output for cell in nb.cells for output in cell.get("outputs", [])]
        shown = [output.data for output in outputs if "data" in output]
        for data in shown:
            if any(kind in data for kind in READABLE):
                data.pop(LIVE_VIEW, None)
        if not any(LIVE_VIEW in data for data in shown):
            nb.metadata.pop("widgets", None)
        written = [cell.source for cell in nb.cells if cell.cell_type == "markdown"]
        written += [
            "".join(data[kind]) for data in shown for kind in ("text/latex", "text/markdown") if kind in data
        ]
        resources["edutools_formulas"] = any(
            "$" in text or r"\(" in text or r"\[" in text for text in written
        )
        resources["edutools_diagrams"] = any("```mermaid" in text for text in written) or any(
            "text/vnd.mermaid" in data for data in shown
        )
        return nb, resources


class _WithTwins(HTMLExporter):
    """What both share: the twins, and a page that asks another host only for what it has use for."""

    @default("template_name")
    def _template_name_default(self) -> str:
        return "edutools"

    @default("extra_template_basedirs")
    def _extra_template_basedirs_default(self) -> list[str]:
        return [os.getcwd(), str(Path(__file__).parent / "templates")]  # nbconvert's own default, and ours


class TwinHTMLExporter(_WithTwins):
    """One HTML page of a notebook in which each widget stands as its twin: ``--to edutools-html``."""

    export_from_notebook = "HTML with edutools' tables"


class TwinWebPDFExporter(_WithTwins, WebPDFExporter):
    """The same page as PDF, its headings and tables marked up for a screen reader: ``--to edutools-webpdf``.

    It is printed by a Chromium, Chrome or Edge on the PATH; where there is none, by Playwright's, as by
    nbconvert. A browser run by root, as in a container, needs ``--disable-chromium-sandbox``.
    """

    export_from_notebook = "PDF with edutools' tables"

    browsers = List(Unicode(), BROWSERS, help="Programs that can print a page, the first that is found.").tag(
        config=True
    )

    def run_playwright(self, html: str) -> bytes:
        """The page as PDF, with nothing folded. One long page without breaks is left to Playwright."""
        html = _CLOSED.sub("<details open", html)
        browser = next(filter(None, map(which, self.browsers)), None)
        if browser is None or not self.paginate:
            return super().run_playwright(html)
        return self._printed(browser, html)

    def _printed(self, browser: str, html: str) -> bytes:
        """What `browser` prints; unlike Playwright, it says what is a heading, a table and a cell."""
        sandbox = ["--no-sandbox"] if self.disable_sandbox else []
        with TemporaryDirectory(prefix="edutools-pdf-") as folder:
            page, printed = Path(folder, "page.html"), Path(folder, "page.pdf")
            page.write_text(html, encoding="utf-8")
            command = [
                browser,
                "--headless",
                "--disable-gpu",
                "--no-first-run",
                f"--user-data-dir={folder}/profile",
                "--no-pdf-header-footer",
                "--generate-pdf-document-outline",
                f"--print-to-pdf={printed}",
                *sandbox,
                *self.browser_args,
                page.as_uri(),
            ]
            ended = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
            if not printed.exists():
                raise RuntimeError(_why_nothing_was_printed(browser, ended.stderr))
            return printed.read_bytes()


def _why_nothing_was_printed(browser: str, said: str) -> str:
    advice = " Run by root, it needs `--disable-chromium-sandbox`." if "no-sandbox" in said else ""
    last = next(reversed(said.strip().splitlines()), "it said nothing")
    return f"{browser} printed no page: {last}.{advice}"
