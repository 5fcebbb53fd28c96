"""Write tests/cases.json anew: ``python -m tests.make_cases``.

Rates and gaps are worked out here as exact fractions, spelled out by hand; the intervals are those of
edutools, which tests/test_intervals.py judges by published figures and by simulation. Tests hold both
languages to the file.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from edutools import metrics
from edutools.counts import Cells

CASES = Path(__file__).with_name("cases.json")

Value = Fraction | None


def _over(top: Fraction | int, bottom: Fraction | int) -> Value:
    return Fraction(top) / Fraction(bottom) if bottom else None


def _mean(a: Value, b: Value) -> Value:
    return None if a is None or b is None else (a + b) / 2


RATES: dict[str, Callable[..., Value]] = {
    "selection_rate": lambda tp, fp, fn, tn: _over(tp + fp, tp + fp + fn + tn),
    "true_positive_rate": lambda tp, fp, fn, tn: _over(tp, tp + fn),
    "false_positive_rate": lambda tp, fp, fn, tn: _over(fp, fp + tn),
    "true_negative_rate": lambda tp, fp, fn, tn: _over(tn, fp + tn),
    "false_negative_rate": lambda tp, fp, fn, tn: _over(fn, tp + fn),
    "precision": lambda tp, fp, fn, tn: _over(tp, tp + fp),
    "negative_predictive_value": lambda tp, fp, fn, tn: _over(tn, tn + fn),
    "false_discovery_rate": lambda tp, fp, fn, tn: _over(fp, tp + fp),
    "false_omission_rate": lambda tp, fp, fn, tn: _over(fn, tn + fn),
    "accuracy": lambda tp, fp, fn, tn: _over(tp + tn, tp + fp + fn + tn),
    "error_rate": lambda tp, fp, fn, tn: _over(fp + fn, tp + fp + fn + tn),
    "f1_score": lambda tp, fp, fn, tn: _over(2 * tp, 2 * tp + fp + fn),
    "base_rate": lambda tp, fp, fn, tn: _over(tp + fn, tp + fp + fn + tn),
    "balanced_accuracy": lambda tp, fp, fn, tn: _mean(_over(tp, tp + fn), _over(tn, fp + tn)),
}

# tp, fp, fn, tn of each group.
TABLES: dict[str, list[tuple[int, int, int, int]]] = {
    "two groups": [(30, 10, 12, 48), (25, 20, 5, 50)],
    "two groups, one without positives": [(0, 3, 0, 9), (5, 2, 3, 10)],
    "nobody selected anywhere": [(0, 0, 6, 14), (0, 0, 9, 11)],
    "nobody selected in one group": [(0, 0, 6, 14), (3, 1, 6, 10)],
    "a perfect model": [(20, 0, 0, 30), (8, 0, 0, 12), (15, 0, 0, 5)],
    "a model that is always wrong": [(0, 9, 11, 0), (0, 7, 4, 0)],
    "one group": [(30, 10, 12, 48)],
    "a group of one row": [(1, 0, 0, 0), (40, 30, 20, 60)],
    "a group with no rows": [(0, 0, 0, 0), (4, 3, 2, 6)],
    "three groups alike": [(20, 10, 10, 20)] * 3,
    "three groups on both sides of the first": [(30, 20, 20, 30), (45, 35, 5, 15), (9, 4, 41, 46)],
    "millions of rows": [
        (3_000_000, 1_000_000, 1_200_000, 4_800_000),
        (2_500_000, 2_000_000, 500_000, 5_000_000),
    ],
    "twelve groups": [(10 + 3 * i, 5 + (i * 7) % 11, 4 + (i * 5) % 9, 20 + (i * i) % 13) for i in range(12)],
}

# The same with weights: cells in quarters, and each group's sum of squared weights.
WEIGHTED = {
    "weights": ([(30.25, 10.5, 12.75, 48.0), (25.5, 20.25, 5.75, 50.5)], [160.0, 121.25]),
    "weights in three groups": (
        [(3.5, 1.25, 2.0, 6.5), (8.75, 4.0, 1.5, 9.0), (2.25, 7.5, 3.0, 1.0)],
        [20.5, 60, 15],
    ),
    "weights of one half": ([(15.0, 5.0, 6.0, 24.0), (12.5, 10.0, 2.5, 25.0)], [25.0, 25.0]),
}


def cases() -> list[dict[str, Any]]:
    """Every case: its groups' cells, and what every metric comes to in them."""
    plain = [_case(name, groups, [sum(cells) for cells in groups], False) for name, groups in TABLES.items()]
    return plain + [_case(name, groups, squares, True) for name, (groups, squares) in WEIGHTED.items()]


def _case(name: str, groups: list[Any], squares: list[float], weighted: bool) -> dict[str, Any]:
    columns = [
        np.array(column, dtype=float if weighted else np.int64) for column in zip(*groups, strict=True)
    ]
    cells = Cells(
        groups=tuple(f"group {i}" for i in range(len(groups))),
        **dict(zip(("tp", "fp", "fn", "tn"), columns, strict=True)),
        thresholds=np.full(len(groups), 0.5),
        squared_weights=np.array(squares),
        weighted=weighted,
    )
    named = [dict(zip(("tp", "fp", "fn", "tn"), each, strict=True)) for each in groups]
    sizes = [sum(each) ** 2 / square if square else 0 for each, square in zip(groups, squares, strict=True)]
    return {
        "name": name,
        "weighted": weighted,
        "cells": named,
        "squared_weights": squares,
        "sizes": sizes,
        "expected": {metric: _expected(cells, named, metric) for metric in RATES},
    }


def _expected(cells: Cells, named: list[dict[str, float]], metric: str) -> dict[str, Any]:
    exact = [RATES[metric](**{cell: Fraction(count) for cell, count in each.items()}) for each in named]
    comparable = len(exact) > 1 and None not in exact
    defined = [value for value in exact if value is not None] if comparable else []
    expected: dict[str, Any] = {
        "rates": [_number(value) for value in exact],
        "difference": _number(max(defined) - min(defined)) if defined else None,
        "ratio": _number(_over(min(defined), max(defined))) if defined else None,
        "difference_to_first": _number(_farthest(defined)) if defined else None,
        "ratio_to_first": _number(_over(min(defined[1:]), defined[0])) if defined else None,
        "intervals": [_limits(each) for each in metrics.rate_interval(cells, metric)],
        "intervals_80": [_limits(each) for each in metrics.rate_interval(cells, metric, confidence=0.8)],
    }
    for suffix, reference in (("", None), ("_to_first", cells.groups[0])):
        for gap in ("difference", "ratio"):
            interval = getattr(metrics, f"{gap}_interval")(cells, metric, reference=reference)
            expected[f"{gap}_interval{suffix}"] = _limits(interval)
    return expected


def _farthest(values: list[Fraction]) -> Fraction:
    gaps = [value - values[0] for value in values[1:]]
    return next(gap for gap in gaps if abs(gap) == max(map(abs, gaps)))


def _number(value: Value) -> float | None:
    return None if value is None else float(value)


def _limits(interval: Any) -> list[float | None] | None:
    low, high = map(float, interval)
    return None if np.isnan(low) else [low, None if np.isinf(high) else high]


def main() -> None:
    """Write the file, one case a line."""
    lines = ",\n".join(json.dumps(case) for case in cases())
    CASES.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
