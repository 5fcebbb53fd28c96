"""Lesson 02: what is written into gaps, a weight, and people on both sides of a split."""

from __future__ import annotations

import statistics
from collections import Counter
from fractions import Fraction
from typing import Any

import pandas as pd
from sklearn.model_selection import train_test_split

from edutools.course.pipeline import assign_rows, preprocess
from edutools.datasets import load_loans


def data() -> dict[str, Any]:
    """The applicants, which rows are for what, and the two tables of the challenge."""
    loans = load_loans()
    rows = assign_rows(loans)
    clean = preprocess(loans, learn_from=loans[rows == "train"])
    women = clean[clean["gender"] == "woman"]
    copied = pd.concat([clean, women.sample(300, replace=True, random_state=0)])
    learn_from, judge = train_test_split(copied, test_size=200, random_state=0)
    return {"loans": loans, "rows": rows, "learn_from": learn_from, "judge": judge}


def _fill_income(given: dict[str, Any]) -> Any:
    known = [
        income * 1000 if income < 1000 else income
        for income, part in zip(given["loans"]["income"], given["rows"], strict=True)
        if part == "train" and income == income
    ]
    return statistics.median(known)


def _weight_of_a_woman(given: dict[str, Any]) -> Any:
    # Weights w for a woman and m for a man: women·w = men·m, and women·w + men·m = everyone.
    women = Counter(given["loans"]["gender"])["woman"]
    return float(Fraction(len(given["loans"]), 2) / women)


def _twins_in_the_test(given: dict[str, Any]) -> Any:
    known = set(given["learn_from"].index)
    return sum(person in known for person in given["judge"].index)


OTHERWISE = {
    "02_preprocess/fill-income": _fill_income,
    "02_preprocess/weight-of-a-woman": _weight_of_a_woman,
    "02_preprocess/twins-in-the-test": _twins_in_the_test,
}
