"""Lesson 01: who is missing, and who stands alone, counted person by person."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd

from edutools.datasets import load_loans


def data() -> dict[str, Any]:
    """The table, and the same in bands without names and phones."""
    loans = load_loans()
    bands = {
        "age": ([0, 29, 44, 59, np.inf], ["18 to 29", "30 to 44", "45 to 59", "60 or older"]),
        "income": (
            [0, 20_000, 30_000, 40_000, 50_000, np.inf],
            ["to 20", "to 30", "to 40", "to 50", "above 50"],
        ),
    }
    banded = loans.drop(columns=["name", "phone"])
    for column, (edges, names) in bands.items():
        banded[column] = pd.cut(loans[column], edges, labels=names).astype(object)
    return {"loans": loans, "banded": banded}


def _women_to_ask(given: dict[str, Any]) -> Any:
    genders = list(given["loans"]["gender"])
    added = 0
    while (genders.count("woman") + added) / (len(genders) + added) < 0.51:
        added += 1
    return added


def _how_often(table: pd.DataFrame, columns: list[str]) -> list[int]:
    """For each person, how many say the same; what is missing is an answer."""
    said = [tuple(map(str, row)) for row in table[columns].itertuples(index=False)]
    counts = Counter(said)
    return [counts[each] for each in said]


def _alone_on_three(given: dict[str, Any]) -> Any:
    return _how_often(given["loans"], ["gender", "age", "education"]).count(1)


def _left_out_for_five(given: dict[str, Any]) -> Any:
    alike = _how_often(given["banded"], ["gender", "age", "education", "income"])
    return sum(1 for each in alike if each < 5)


OTHERWISE = {
    "01_collect/women-to-ask": _women_to_ask,
    "01_collect/alone-on-three": _alone_on_three,
    "01_collect/left-out-for-five": _left_out_for_five,
}
