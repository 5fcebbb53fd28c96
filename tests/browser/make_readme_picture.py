"""Draw the README's pictures again: ``python -m tests.browser.make_readme_picture``.

One is a screenshot of the group sliders on the 200 applicants of loans.csv that the lessons' model has not
seen, at the thresholds that demographic parity asks for; the other of the audit of a model on the Statlog
German Credit table, as the README's cell makes it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

from edutools import BiasDetector, GroupMetrics, fetch_german_credit
from tests import needs
from tests.examples import GERMAN_FOLDER, NAMES, loan_counts

PICTURES = Path(__file__).resolve().parent.parent.parent / "lessons" / "images"
WIDTH, SCALE = 900, 2
CRITERION = "demographic_parity"


def main() -> None:
    """Write the pictures and say where."""
    sliders = GroupMetrics(loan_counts(), gain=300, loss=700, **NAMES)
    sliders.criterion = CRITERION
    # Of each page what comes first: the rest is more of the same.
    _draw(sliders.save_html, "group_metrics.png", "[data-test=panel-precision]")
    _draw(german_audit().report().save, "german_audit.png", "[data-test=findings] > li >> nth=4")


def german_audit() -> BiasDetector:
    """A logistic regression of half of the German Credit table, examined on the other half, by age."""
    from sklearn.compose import make_column_selector, make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    credit = fetch_german_credit(data_home=GERMAN_FOLDER if GERMAN_FOLDER.is_dir() else None)
    train, test = train_test_split(credit, test_size=0.5, random_state=0, stratify=credit["good_credit"])
    columns = make_column_transformer(
        (StandardScaler(), make_column_selector(dtype_include="number")),
        (OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_exclude="number")),
    )
    features = credit.columns.drop("good_credit")
    model = make_pipeline(columns, LogisticRegression(max_iter=1_000)).fit(
        train[features], train["good_credit"]
    )
    detector = BiasDetector(
        model, test, label="good_credit", sensitive_features="age", boundaries={"age": 26}, strata="housing"
    )
    detector.analyze_bias()
    return detector


def _draw(save: Callable[[Path], Path], name: str, last: str) -> None:
    """Write a picture of a page down to an element."""
    browser_path = needs.browser()
    if browser_path is None:
        raise SystemExit("A Chromium browser is missing; `python -m tests` installs it.")
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        page_path = save(Path(folder) / "page.html")
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
        box = page.locator(last).bounding_box()
        page.set_viewport_size({"width": WIDTH, "height": int(box["y"] + box["height"]) + 100})
        PICTURES.mkdir(parents=True, exist_ok=True)
        top = {"x": 0, "y": 0, "width": WIDTH, "height": box["y"] + box["height"] + 16}
        page.screenshot(path=PICTURES / name, clip=top)
        browser.close()
    print(f"wrote {name}, {(PICTURES / name).stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
