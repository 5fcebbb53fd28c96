"""An audit as BiasDetector gives it, counted from the course's model on 200 applicants new to it."""

from __future__ import annotations

import math
from copy import deepcopy
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from edutools import ThresholdCounts, difference_interval, load_loans, rate, rate_interval, ratio_interval
from edutools.bias.measures import MEASURES, Side, between
from edutools.course.pipeline import FEATURES, as_table, assign_rows, train
from edutools.metrics import undefined_reasons

RATES = ("selection_rate", "base_rate", "true_positive_rate", "false_positive_rate", "precision", "accuracy")
# Measures that are a difference of a rate of ours, group a less group d, or a ratio d to a.
OF_RATE = {"DPPL": "selection_rate", "RD": "true_positive_rate", "DAR": "precision", "AD": "accuracy"}
MEASURED = ("CI", "DPL", "DPPL", "DI", "RD", "DAR", "AD", "TE", "DCR")


def audit(*, women_repay: bool = True) -> dict[str, Any]:
    """The audit; without `women_repay` no woman in it has repaid, so that some of her rates are undefined."""
    return deepcopy(_audit(women_repay))


@cache
def _audit(women_repay: bool) -> dict[str, Any]:
    loans = load_loans()
    rows = assign_rows(loans)
    learnt = loans[rows == "train"]
    test = as_table(loans[rows == "test"], learnt)
    scores = train(as_table(learnt, learnt)).predict_proba(test[FEATURES])[:, 1]
    label = test["repaid"].astype(int)
    if not women_repay:
        label = label.where(test["gender"] != "woman", 0)
    features = {
        "gender": test["gender"].map({"woman": "women", "man": "men"}),
        "age": pd.Series(np.where(test["age"] < 40, "below 40", "40 and above"), index=test.index),
    }
    counted = {
        name: ThresholdCounts.from_predictions(label, scores, sensitive_features=groups)
        for name, groups in features.items()
    }
    findings = [each for name, counts in counted.items() for each in _findings(name, counts)]
    findings.sort(key=lambda each: each["covers_parity"] is not False)
    return {
        "schema": 1,
        "made": "2026-11-28T12:00:00Z",
        "model": "LogisticRegression",
        "label": "repaid",
        "favourable": "1",
        "rows": len(test),
        "threshold": 0.5,
        "convention": "edutools",
        "asks": ["With strata, conditional demographic disparity could be measured."],
        "tests": 8,
        "boundaries": {"age": [{"boundary": 35, "DPPL": 0.2}, {"boundary": 40, "DPPL": 0.253}]},
        "data": {
            "columns": list(loans.columns),
            "features": list(FEATURES),
            "digest": "sha256:" + "0123456789abcdef" * 4,
            "missing": {"income": 61, "education": 30, "credit_history": 20},
        },
        "versions": {"edutools": "0.1.0", "scikit-learn": "1.6.1"},
        "groups": [each for name, counts in counted.items() for each in _groups(name, counts)],
        "findings": findings,
        "notes": ["women (gender) has fewer rows than men: its intervals are wider."],
        "analysis": {
            "notes": ["Only 200 rows were asked."],
            "proxies": [{"column": "economic_status", "auc": 0.71, "low": 0.64, "high": 0.78}]
        },
        "mitigations": [
            {
                "method": "reweighing",
                "before": {"DPPL": {"value": 0.2, "low": 0.06, "high": 0.33}, "accuracy": 0.71},
                "after": {"DPPL": {"value": 0.08, "low": -0.06, "high": 0.21}, "accuracy": 0.7},
            }
        ],
    }  # fmt: skip


def _sides(counts: ThresholdCounts) -> dict[str, Side]:
    cells = counts.at(0.5)
    return {
        group: Side(**{name: int(getattr(cells, name)[place]) for name in ("tp", "fp", "fn", "tn")})
        for place, group in enumerate(cells.groups)
    }


def _groups(feature: str, counts: ThresholdCounts) -> list[dict[str, Any]]:
    cells, sides = counts.at(0.5), _sides(counts)
    total = sum(side.rows for side in sides.values())
    return [
        {
            "feature": feature,
            "group": group,
            "rows": side.rows,
            "share": side.rows / total,
            "population": {"women": 0.51, "men": 0.49}.get(group),
            "cells": {name: getattr(side, name) for name in ("tp", "fp", "fn", "tn")},
            "rates": {
                metric: _figure(
                    rate(cells, metric)[place],
                    rate_interval(cells, metric)[place],
                    undefined_reasons(cells, metric).get(group),
                )
                for metric in RATES
            },
        }
        for place, (group, side) in enumerate(sides.items())
    ]


def _figure(value: float, limits: Any, reason: str | None) -> dict[str, Any]:
    value, low, high = (None if math.isnan(each) else float(each) for each in (value, *limits))
    return {"value": value, "low": low, "high": high, "reason": reason}


def _findings(feature: str, counts: ThresholdCounts) -> list[dict[str, Any]]:
    (group, d), (reference, a) = sorted(
        _sides(counts).items(), key=lambda side: side[1].accepted / side[1].rows
    )
    return [_finding(short, feature, group, reference, a, d, counts) for short in MEASURED]


def _finding(
    short: str, feature: str, group: str, reference: str, a: Side, d: Side, counts: ThresholdCounts
) -> dict[str, Any]:
    measure, value = MEASURES[short], between(short, a, d)
    low, high = _limits(short, counts, group, reference)
    undefined = math.isnan(value)
    covers = None if low is None or undefined else low <= measure.parity <= high
    said = "undefined" if undefined else f"{value:.3f}"
    return {
        "stage": measure.stage,
        "metric": measure.name,
        "short": short,
        "feature": feature,
        "group": group,
        "reference": reference,
        "value": None if undefined else value,
        "low": None if undefined else low,
        "high": None if undefined else high,
        "p_value": None,
        "adjusted_p_value": None if covers is None else 0.4 if covers else 0.0004,
        "parity": measure.parity,
        "covers_parity": covers,
        "convention": "four-fifths: the interval holds 0.8" if short == "DI" and not undefined else None,
        "reason": f"nobody in {group} has the label"
        if undefined
        else "not resampled"
        if low is None
        else None,
        "text": f"{measure.name.capitalize()} of {group} against {reference} is {said}.",
        "source": "Amazon AI Fairness and Explainability Whitepaper (2020)",
    }


def _limits(short: str, counts: ThresholdCounts, group: str, reference: str) -> tuple[Any, Any]:
    cells = counts.at(0.5)
    if short in OF_RATE:
        low, high = difference_interval(cells, OF_RATE[short], reference=group)
    elif short == "DI":
        low, high = ratio_interval(cells, "selection_rate", reference=reference)
    else:
        return None, None
    return (None, None) if math.isnan(low) else (float(low), float(high))
