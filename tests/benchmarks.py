"""How fast: ``python -m tests.benchmarks [section …]`` prints each figure beside its bar, and the machine.

A section is a function that yields `Figure`s, named in `SECTIONS`. Ratios come from one run on one machine; a
figure on the wrong side of its bar makes the exit status 1. No test depends on them: a busy machine proves
nothing.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from edutools._checks import one_of
from tests import needs
from tests.examples import multinomial_counts

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Figure:
    """What was measured, and the bar: at most, or (where `least`) at least."""

    what: str
    value: float
    bar: float
    unit: str = "×"
    least: bool = False

    @property
    def met(self) -> bool:
        """Whether the value is on the right side of the bar."""
        return self.value >= self.bar if self.least else self.value <= self.bar

    def __str__(self) -> str:
        bound = f"{'at least' if self.least else 'at most'} {self.bar:,g} {self.unit}"
        value = f"{self.value:,.3g}" if abs(self.value) < 1000 else f"{self.value:,.0f}"
        missed = "" if self.met else "MISSED"
        return f"{self.what:<72} {value:>9} {self.unit:<3} {bound:<20} {missed}".rstrip()


def seconds(work: Callable[[], Any], *, runs: int = 5) -> float:
    """Median time of some runs of `work`, after one that loads what is loaded late."""
    work()
    taken = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return median(taken)


def people(rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels (int8), scores (float64) and two groups (int8) of many people."""
    rng = np.random.default_rng(0)
    label, group = (rng.integers(0, 2, rows).astype(np.int8) for _ in range(2))
    return label, np.clip(rng.normal(0.4 + 0.2 * label, 0.2), 0, 1), group


def counting() -> Iterator[Figure]:
    """Rows into counts, beside reading them, pandas and scikit-learn."""
    import pandas as pd
    from sklearn.metrics import confusion_matrix, roc_curve

    from edutools import ThresholdCounts

    label, score, group = people(10_000_000)
    counted = seconds(lambda: ThresholdCounts.from_predictions(label, score, sensitive_features=group))
    read = seconds(lambda: (label.sum(), group.sum(), score.sum()))
    yield Figure("10⁷ rows at 1,002 thresholds, beside reading the three columns once", counted / read, 8)
    frame = pd.DataFrame({"label": label, "score": score, "group": group})

    def one_threshold() -> Any:
        return frame.assign(selected=frame["score"] >= 0.5).groupby(["group", "label", "selected"]).size()

    yield Figure("… beside pandas' group-by for one threshold", counted / seconds(one_threshold, runs=3), 1)

    label, score, group = people(1_000_000)
    counted = seconds(
        lambda: ThresholdCounts.from_predictions(label, score, sensitive_features=group), runs=31
    )
    parts = [(label[group == each], score[group == each]) for each in (0, 1)]
    curves = seconds(lambda: [roc_curve(*part) for part in parts], runs=3)
    name = "10⁶ rows: times faster than scikit-learn's roc_curve per group"
    yield Figure(name, curves / counted, 30, least=True)
    matrices = seconds(lambda: [confusion_matrix(y, s >= 0.5) for y, s in parts], runs=1) * 1002
    name = "… than its confusion_matrix once a threshold (one timed, times 1,002)"
    yield Figure(name, matrices / counted, 10_000, least=True)


def intervals() -> Iterator[Figure]:
    """What a slider's move computes in the browser, as Node runs it."""
    source = """
      import { readFileSync } from "node:fs";
      import { differenceInterval, rate, rateInterval, ratioInterval } from "./edutools/widgets/metrics.js";
      const definitions = JSON.parse(readFileSync("./edutools/metrics.json", "utf8"));
      const metrics = Object.keys(definitions).slice(0, 8), times = [];
      for (let move = 0; move < 200; move++) {
        const cells = Array.from({ length: 12 },
          (_, i) => ({ tp: 90 + i + move % 7, fp: 40 + i, fn: 30 + move % 5, tn: 70 + 3 * i }));
        const sizes = cells.map(({ tp, fp, fn, tn }) => tp + fp + fn + tn), start = performance.now();
        for (const metric of metrics) {
          cells.forEach((each, i) => {
            rate(definitions, metric, each);
            rateInterval(definitions, metric, each, sizes[i], false);
          });
          differenceInterval(definitions, metric, cells, sizes, false);
          ratioInterval(definitions, metric, cells, sizes, false);
        }
        times.push(performance.now() - start);
      }
      const first = times[0];
      times.sort((a, b) => a - b);
      console.log(JSON.stringify({ first, median: times[100] }));
    """
    command = [str(needs.node()), "--input-type=module", "--eval", source]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    taken = json.loads(done.stdout)
    yield Figure("A move's rates, gaps and intervals: 12 groups, 8 metrics", taken["median"], 2, "ms")
    yield Figure("… the first one, which works out the critical values", taken["first"], 50, "ms")


MOVES = """slider => {
  const root = slider.closest(".edu-root"), low = Number(slider.min), wide = Number(slider.max) - low;
  const changed = [], laidOut = [];
  for (let move = 0; move < 300; move++) {
    // Across the range in a second, at 60 moves a second.
    slider.valueAsNumber = low + wide * (((17 * move) % 1002) / 1001);
    const start = performance.now();
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    changed.push(performance.now() - start);
    root.getBoundingClientRect();  // the browser's layout of it, which would else wait for the next frame
    laidOut.push(performance.now() - start);
  }
  return [changed, laidOut].map((times) => times.sort((a, b) => a - b)[150]);
}"""


def sampling_plan() -> Any:
    """A plan of 3,000 applicants and two channels."""
    from edutools import SamplingPlan, make_loans

    return SamplingPlan(
        make_loans(3_000, missingness=0, entry_errors=0),
        label="repaid",
        sensitive_features="gender",
        features=["age", "income", "debt_ratio", "credit_history"],
        channels={"app": {"woman": 1, "man": 1}, "branch": {"woman": 0.2, "man": 1}},
        asked={"app": 500, "branch": 100},
        include_rows=True,
    )


def training_on(plan: Any) -> Callable[[], Any]:
    """Scikit-learn's training of a logistic regression on those whom `plan` asks."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from edutools import make_loans

    asked = make_loans(3_000, missingness=0, entry_errors=0).loc[plan.sample_index]
    columns = ["age", "income", "debt_ratio", "credit_history"]
    model = make_pipeline(StandardScaler(), LogisticRegression())
    return lambda: model.fit(asked[columns], asked["repaid"])


def detecting() -> Iterator[Figure]:
    """All findings about a large table, beside pandas' group-bys for the counts after training alone."""
    import pandas as pd

    from edutools import BiasDetector

    rows = 1_000_000
    dice = np.random.default_rng(0)
    table = pd.DataFrame({f"x{i}": dice.normal(size=rows) for i in range(8)})
    table["gender"] = dice.choice(["man", "woman"], rows)
    table["region"] = dice.choice(["north", "south", "east", "west"], rows)
    table["score"], table["repaid"] = dice.random(rows), dice.integers(0, 2, rows)

    def detect() -> None:
        detector = BiasDetector("score", table, label="repaid", sensitive_features=["gender", "region"])
        detector.detect_bias(fliptest=False)

    def group_by() -> None:
        accepted, repaid = table.score >= 0.5, table.repaid == 1
        for feature in ("gender", "region"):
            for cell in (accepted & repaid, accepted & ~repaid, ~accepted & repaid, ~accepted & ~repaid):
                cell.groupby(table[feature]).sum()

    theirs = seconds(group_by)
    yield Figure("detect_bias of 10⁶ rows × 12, two features: seconds", seconds(detect), theirs + 1, "s")
    yield Figure("pandas, the same counts by four group-bys a feature: seconds", theirs, np.inf, "s")


def traces() -> dict[str, tuple[Any, int]]:
    """Traces of the course's model: of its training, and of one decision, each with the slider to move."""
    from edutools import DecisionTrace, TrainingTrace, WhatIf, load_loans
    from edutools.course.pipeline import FEATURES, as_table, assign_rows, train

    loans = load_loans()
    rows = assign_rows(loans)
    table = as_table(loans, loans[rows == "train"])
    learnt, test = table[rows == "train"], table[rows == "test"]
    decided = DecisionTrace.from_estimator(
        train(learnt),
        test[FEATURES].iloc[0],
        learnt[FEATURES],
        sensitive_features=learnt["gender"],
        group=test["gender"].iloc[0],
    )
    trained = TrainingTrace.from_estimator(
        train(learnt, epochs=None), test[FEATURES], test["repaid"], sensitive_features=test["gender"]
    )
    return {
        "TrainingTrace: another epoch": (trained, 0),
        "DecisionTrace: another threshold": (decided, 0),
        "DecisionTrace: another value of a feature": (decided, 1),
        "WhatIf, all else in the page: another value of a feature": (
            WhatIf.from_estimator(
                train(learnt), learnt[FEATURES], changeable=FEATURES[1:], include_rows=True, row=0
            ),
            1,
        ),
    }


def asking() -> Iterator[Figure]:
    """A move of WhatIf that the kernel answers, in JupyterLab: to the score on the page."""
    from playwright.sync_api import sync_playwright

    from tests.browser.jupyterlab import lab, run_cell

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        notebooks, private = Path(folder) / "lessons", Path(folder) / "private"
        notebooks.mkdir()
        private.mkdir()
        browser = playwright.chromium.launch(
            executable_path=str(needs.browser()), args=list(needs.BROWSER_ARGUMENTS)
        )
        with lab(notebooks, private) as server:
            page = browser.new_page(viewport={"width": 1200, "height": 1000})
            server.open(page, server.write("ask.ipynb", ASKED, "what_if"))
            for place in (0, 1):
                run_cell(page, place)
            page.wait_for_selector('[data-test="slider-1"]')
            first, rest = page.evaluate(ANSWERS)
        browser.close()
    yield Figure("WhatIf through the kernel: a move to the score and decision", first, 150, "ms")
    yield Figure("… and to all the rest", rest, 2_000, "ms")


# A logistic regression that is asked as a function, so that nothing of it is known to the browser.
ASKED = """
from edutools import WhatIf, load_loans
from edutools.course.pipeline import FEATURES, as_table, assign_rows, train
loans = load_loans()
rows = assign_rows(loans)
table = as_table(loans, loans[rows == "train"])[rows == "train"]
model = train(table)
what_if = WhatIf(lambda X: model.predict_proba(X)[:, 1], table[FEATURES], changeable=FEATURES[1:])
"""
ANSWERS = """async () => {
  const slider = document.querySelector('[data-test="slider-1"]'), root = slider.closest(".edu-root");
  const note = root.querySelector('[data-test="note"]');
  const low = Number(slider.min), wide = Number(slider.max) - low;
  const until = async (done) => { while (!done()) await new Promise((next) => setTimeout(next, 1)); };
  const first = [], rest = [];
  for (let move = 0; move < 30; move++) {
    slider.valueAsNumber = low + wide * (((7 * move) % 30) / 29);
    const start = performance.now();
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    await until(() => note.textContent === "");
    first.push(performance.now() - start);
    await until(() => root.querySelector(".edu-waiting") === null);
    rest.push(performance.now() - start);
  }
  return [first, rest].map((times) => times.sort((a, b) => a - b)[15]);
}"""


def moving() -> Iterator[Figure]:
    """A slider's input event to the changed page, and to its layout, in Chromium; painting is in neither."""
    from playwright.sync_api import sync_playwright

    from edutools import ConfusionMatrix, GroupMetrics

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(needs.browser()), args=list(needs.BROWSER_ARGUMENTS)
        )
        page = browser.new_page(viewport={"width": 1000, "height": 800})

        def moved(widget: Any, slider: int = 0) -> tuple[float, float]:
            page.goto(widget.save_html(Path(folder) / "page.html").as_uri())
            page.wait_for_selector("html[data-ready]", state="attached")
            return page.locator("input[type=range]").nth(slider).evaluate(MOVES)

        for name, make, groups in (
            ("ConfusionMatrix", ConfusionMatrix, 2),
            ("GroupMetrics, 2 groups", GroupMetrics, 2),
            ("GroupMetrics, 12 groups", GroupMetrics, 12),
        ):
            for rows, said in ((10**3, "10³ rows"), (10**7, "10⁷ rows")):
                changed, laid_out = moved(make(multinomial_counts(rows, groups=groups)))
                yield Figure(f"{name}, {said}: a slider's move to the changed page", changed, 2, "ms")
                yield Figure("… and laid out", laid_out, 2, "ms")
        for name, (widget, slider) in traces().items():
            changed, laid_out = moved(widget, slider)
            yield Figure(f"{name}, to the changed page", changed, 2, "ms")
            yield Figure("… and laid out", laid_out, 2, "ms")
        plan = sampling_plan()
        changed, laid_out = moved(plan)
        yield Figure("SamplingPlan, 3,000 people: a move draws, trains and judges", changed, 30, "ms")
        yield Figure("… and laid out", laid_out, 30, "ms")
        name = "… beside scikit-learn's training alone, on as many as the middle move asks"
        fit = training_on(plan)
        yield Figure(name, changed / (1000 * seconds(fit)), 5)
        browser.close()


def saving() -> Iterator[Figure]:
    """Sizes of saved pages at the default thresholds."""
    from edutools import ConfusionMatrix, GroupMetrics

    with tempfile.TemporaryDirectory() as folder:
        path = sampling_plan().save_html(Path(folder) / "page.html")
        yield Figure("SamplingPlan, 3,000 people: the saved page", path.stat().st_size / 1000, 150, "KB")
        for make, groups, most in ((ConfusionMatrix, 2, 60), (GroupMetrics, 2, 60), (GroupMetrics, 12, 120)):
            for rows in (10**3, 10**7):
                path = make(multinomial_counts(rows, groups=groups)).save_html(Path(folder) / "page.html")
                name = f"{make.__name__}, {groups} groups, {rows:,} rows: the saved page"
                yield Figure(name, path.stat().st_size / 1000, most, "KB")


def starting() -> Iterator[Figure]:
    """What a notebook waits for: the import, and the first widget."""
    bare = "above bare Python: import edutools"
    yield Figure(f"In a new Python, {bare}", 1000 * _in_a_new_python("", "import edutools"), 15, "ms")
    loaded = """
import ipykernel.ipkernel, numpy as np, pandas
rng = np.random.default_rng(0)
label, score, group = rng.integers(0, 2, 1000), rng.random(1000), rng.integers(0, 2, 1000)
"""
    first = """
from edutools import GroupMetrics
GroupMetrics.from_predictions(label, score, sensitive_features=group)._repr_mimebundle_()
"""
    name = "In a kernel with numpy and pandas loaded: the first widget, its import included"
    yield Figure(name, 1000 * _in_a_new_python(loaded, first), 150, "ms")


def _in_a_new_python(before: str, work: str, *, runs: int = 9) -> float:
    """Median seconds that `work` takes in a new Python that has run `before`, after a run that compiles."""
    clock = "time.perf_counter()"
    script = f"import time\n{before}\nstart = {clock}\n{work}\nprint({clock} - start)"
    with tempfile.TemporaryDirectory() as compiled:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": compiled}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        command = [sys.executable, "-c", script]
        taken = [
            float(subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout)
            for _ in range(runs + 1)
        ]
    return median(taken[1:])


def lessons() -> Iterator[Figure]:
    """Each lesson from top to bottom, its kernel's start included."""
    from edutools.course.lessons import executed, sources

    for source in sources(ROOT):
        start = time.perf_counter()
        executed(source.read_text(encoding="utf-8"), folder=ROOT / "lessons")
        yield Figure(f"Lesson {source.stem}, run top to bottom", time.perf_counter() - start, 20, "s")


def installing() -> Iterator[Figure]:
    """A lesson's set-up cell over Colab's pins."""
    from tests.colab.environment import install, python_like_colabs

    with tempfile.TemporaryDirectory() as folder:
        done = install(python_like_colabs(), Path(folder))
    yield Figure("The set-up cell, over Colab's pins", done.seconds, 15, "s")
    yield Figure("… packages that it adds besides edutools", len(done.added), 2, "")
    yield Figure("… packages of Colab's that are another version then", len(done.changed), 0, "")


def solving() -> Iterator[Figure]:
    """Thresholds for a criterion on distinct scores, by fairlearn too: how fast, and what they earn."""
    from fairlearn.postprocessing import ThresholdOptimizer
    from sklearn.linear_model import LogisticRegression

    from edutools import ThresholdCounts, choose_thresholds

    random = np.random.default_rng(0)
    n = 10_000
    group = random.choice(["a", "b"], n, p=[0.3, 0.7])
    X = np.column_stack([random.normal(size=(n, 2)), group == "a"])
    label = (X @ [1.0, 0.5, -0.8] + random.logistic(size=n) > 0).astype(int)
    model = LogisticRegression().fit(X, label)
    score = model.predict_proba(X)[:, 1]
    theirs = {"equal_opportunity": "true_positive_rate_parity"}
    for criterion in ("demographic_parity", "equal_opportunity", "equalized_odds"):
        other = ThresholdOptimizer(
            estimator=model,
            constraints=theirs.get(criterion, criterion),
            prefit=True,
            predict_method="predict_proba",
        )

        def ours(criterion: str = criterion) -> Any:
            counts = ThresholdCounts.from_predictions(
                label, score, sensitive_features=group, thresholds="distinct"
            )
            return choose_thresholds(counts, criterion, tolerance=0, randomized=True)

        def fitted(other: Any = other) -> Any:
            return other.fit(X, label, sensitive_features=group)

        times = seconds(fitted, runs=3) / seconds(ours, runs=3)
        yield Figure(
            f"{criterion} at 10⁴ rows: times faster than ThresholdOptimizer.fit", times, 10, least=True
        )
        approved = other._pmf_predict(X, sensitive_features=group)[:, 1]
        # Where gain and loss are 1, accuracy is (profit + negatives) / rows.
        more = (ours().profit - float(approved @ (2 * label - 1))) / n
        yield Figure("… and how much more accurate ours is on these rows", more, -1e-9, unit="", least=True)


def site() -> Iterator[Figure]:
    """The course as a site: how long it takes to make, how large a page is, how soon and fast it answers."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        out = Path(folder) / "site"
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "edutools.cli", "site", str(out)], check=True, capture_output=True
        )
        yield Figure("edutools site, all lessons", time.perf_counter() - start, 90, "s")
        shared = sum(path.stat().st_size for path in (*out.glob("*.css"), out / "site.js"))
        lessons = sorted(out.glob("[0-9][0-9]_*.html"))
        largest = max(path.stat().st_size for path in lessons) + shared
        yield Figure("The largest lesson's page with all that it loads", largest / 1000, 1000, "KB")
        browser = playwright.chromium.launch(
            executable_path=str(needs.browser()), args=list(needs.BROWSER_ARGUMENTS)
        )
        soon = {path.stem: _until_alive(browser, path) for path in lessons}
        for name, (first, every) in soon.items():
            yield Figure(
                f"{name}, CPU four times slower: to the first widget that answers", first, 1000, "ms"
            )
            yield Figure("… and to the last on the page", every, 2000, "ms")
        for (widget, name), (changed, laid_out) in _moves_on(browser, lessons).items():
            most = 30 if widget == "sampling_plan" else 2  # which trains a model at every move
            yield Figure(f"{widget} in {name}: a slider's move to the changed page", changed, most, "ms")
            yield Figure("… and laid out", laid_out, most, "ms")
        browser.close()


def _until_alive(browser: Any, path: Path) -> tuple[float, float]:
    """Milliseconds from opening a page to its first and last widget, CPU four times slower; of 5 runs."""
    found = []
    for _ in range(5):
        page = browser.new_page(viewport={"width": 1200, "height": 800})
        page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 4})
        page.goto(path.as_uri())
        # Not by asking the page until it is ready: what asks runs in it too, and would be measured with it.
        page.wait_for_timeout(SETTLED)
        found.append(page.evaluate(ALIVE))
        page.close()
    return tuple(median(each) for each in zip(*found, strict=True))  # type: ignore[return-value]


SETTLED = 4000
ALIVE = """() => {
  if (!document.documentElement.dataset.ready) throw new Error("not yet settled");
  // What lives and is not drawn yet answers nobody.
  const [{ startTime: drawn }] = performance.getEntriesByName("first-contentful-paint");
  const marks = performance.getEntriesByName("edutools.alive");
  return [marks[0], marks.at(-1)].map(({ startTime }) => Math.max(startTime, drawn));
}"""


def _moves_on(browser: Any, lessons: list[Path]) -> dict[tuple[str, str], tuple[float, float]]:
    """Milliseconds of a move of each kind of widget with a slider, by its name and its first lesson."""
    found: dict[tuple[str, str], tuple[float, float]] = {}
    page = browser.new_page(viewport={"width": 1200, "height": 800})
    for path in lessons:
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready]", state="attached")
        for slider in page.locator(".edu-root input[type=range]:visible").all():
            widget = slider.evaluate(
                "slider => [...slider.closest('.edu-root').classList].find(name => name.startsWith('edu-')"
                " && name !== 'edu-root').slice(4)"
            )
            if widget not in {name for name, _ in found}:
                found[widget, path.stem] = tuple(slider.evaluate(MOVES))
    page.close()
    return found


SECTIONS: dict[str, Callable[[], Iterator[Figure]]] = {
    "counting": counting,
    "detecting": detecting,
    "intervals": intervals,
    "moving": moving,
    "asking": asking,
    "saving": saving,
    "site": site,
    "solving": solving,
    "starting": starting,
    "installing": installing,
    "lessons": lessons,
}


def machine() -> str:
    """Processor, cores and versions, in one line."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if "model name" in line]
    processor = names[0] if names else platform.processor() or platform.machine()
    versions = f"Python {platform.python_version()}, numpy {np.__version__}"
    return f"{processor}, {os.cpu_count()} cores; {platform.system()}; {versions}"


def main(names: list[str]) -> int:
    """Print the figures of the sections named, or of all, and return 1 where one missed its bar."""
    chosen = [one_of("section", name, SECTIONS) for name in names] or list(SECTIONS)
    print(machine())
    met = True
    for name in chosen:
        print(f"\n{name}")
        for figure in SECTIONS[name]():
            print(f"  {figure}", flush=True)
            met &= figure.met
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
