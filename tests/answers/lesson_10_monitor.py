"""Lesson 10: weeks taken together, alarms in a year, and what a lot tells of the refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from edutools.course.pipeline import FEATURES, as_table, assign_rows, train
from edutools.datasets import load_loans, make_loans


def data() -> dict[str, Any]:
    """The weeks of *Try* and the trial of *Challenge*, as the lesson has them."""
    loans = load_loans()
    raw = loans[assign_rows(loans) == "train"]
    people = pd.concat(
        [make_loans(7_000, seed=11), make_loans(13_000, seed=111, under_representation=0.0)],
        ignore_index=True,
    )
    week = pd.Series(np.arange(20_000) // 500)
    wrong = (people["gender"] == "woman") & week.between(24, 31)
    form = people.assign(debt_ratio=people["debt_ratio"] * np.where(wrong, 1.2, 1.0))
    decided = pd.Series(train(as_table(raw, raw)).predict(as_table(form, raw)[FEATURES]))
    weekly = (
        pd.DataFrame({"week": week, "gender": people["gender"], "approved": decided, "applied": 1})
        .query("20 <= week <= 30")
        .groupby(["week", "gender"], as_index=False)[["applied", "approved"]]
        .sum()
    )
    by_lot = (decided == 0) & (np.random.default_rng(1).random(20_000) < 0.1)
    trial = pd.DataFrame(
        {
            "gender": people["gender"],
            "decided": decided,
            "by_lot": by_lot,
            "repaid": people["repaid"].where((decided == 1) | by_lot),
        }
    )[week.between(24, 31)]
    return {"weekly": weekly, "series": 3, "weeks": 52, "each": 0.01, "trial": trial}


def _gap(given: dict[str, Any]) -> Any:
    """Each gender's rate as a mean of its weekly rates, weighted by who applied."""
    recent = given["weekly"].query("week >= 27")
    rates = {
        gender: np.average(rows["approved"] / rows["applied"], weights=rows["applied"])
        for gender, rows in recent.groupby("gender")
    }
    return round(rates["woman"] - rates["man"], 3)


def _any_alarm(given: dict[str, Any]) -> Any:
    """By adding up the probability that the first alarm is the first chance, the second, and so on."""
    chances = given["series"] * given["weeks"]
    return sum(0.01 * 0.99**place for place in range(chances))


def _by_lot(given: dict[str, Any]) -> Any:
    """Each woman of known outcome counts for as many as she stands for."""
    women = given["trial"].query("gender == 'woman' and (decided == 1 or by_lot)")
    refused = given["trial"].query("gender == 'woman' and decided == 0")
    stands_for = np.where(women["by_lot"], len(refused) / refused["by_lot"].sum(), 1.0)
    would_repay = women["repaid"] * stands_for
    return round((would_repay * women["decided"]).sum() / would_repay.sum(), 3)


OTHERWISE = {
    "10_monitor/gap-of-four-weeks": _gap,
    "10_monitor/any-alarm-in-a-year": _any_alarm,
    "10_monitor/rate-by-lot": _by_lot,
}
