"""Draw the README's picture again: ``python -m tests.browser.make_readme_picture``.

It is a screenshot of the group sliders on the 200 applicants of loans.csv that the lessons' model has not
seen, at the thresholds that demographic parity asks for.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

from edutools import GroupMetrics
from tests import needs
from tests.examples import NAMES, loan_counts

PICTURE = Path(__file__).resolve().parent.parent.parent / "lessons" / "images" / "group_metrics.png"
WIDTH, SCALE = 900, 2
CRITERION = "demographic_parity"


def main() -> None:
    """Write the picture and say where."""
    sliders = GroupMetrics(loan_counts(), gain=300, loss=700, **NAMES)
    sliders.criterion = CRITERION
    browser_path = needs.browser()
    if browser_path is None:
        raise SystemExit("A Chromium browser is missing; `python -m tests` installs it.")
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        page_path = sliders.save_html(Path(folder) / "page.html")
        browser = playwright.chromium.launch(
            executable_path=str(browser_path), args=list(needs.BROWSER_ARGUMENTS)
        )
        page = browser.new_page(
            viewport={"width": WIDTH, "height": 1200},
            device_scale_factor=SCALE,
            color_scheme="light",
            offline=True,
        )
        page.goto(page_path.as_uri())
        page.wait_for_selector("html[data-ready]", state="attached")
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURE, clip=_top(page))
        browser.close()
    print(f"wrote {PICTURE.name}, {PICTURE.stat().st_size / 1000:.0f} kB")


def _top(page) -> dict[str, float]:
    """The page down to its four first panels of rates: the rest is more of the same."""
    box = page.locator("[data-test=panel-precision]").bounding_box()
    return {"x": 0, "y": 0, "width": WIDTH, "height": box["y"] + box["height"] + 16}


if __name__ == "__main__":
    main()
