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
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from edutools._checks import one_of
from tests import needs

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
    counted = seconds(lambda: ThresholdCounts.from_predictions(label, score, sensitive_features=group))
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


SECTIONS: dict[str, Callable[[], Iterator[Figure]]] = {"counting": counting, "intervals": intervals}


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
