"""What each mitigation does to each gap, and its price: ``python -m tests.mitigations --splits 0:50``.

On each split of 800 rows to train on and 200 to judge on, logistic regression is trained as it is and by
every method of `edutools.bias.mitigate`, asked for each criterion in turn where it can be asked. What is
printed is the median over the splits of the change in the criterion's gap and in accuracy, each with the
95% interval of a median by order statistics (the splits share rows, so it is somewhat short), and on how
many splits the gap fell. ``--large`` takes make_loans(100_000) instead: one half is trained on, the other
judged on.
"""

from __future__ import annotations

import argparse
import math
import sys
import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import binom
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from tqdm import tqdm

from edutools import fetch_german_credit, load_loans, make_loans
from edutools.bias.mitigate import METHODS, acceptance, mitigate
from edutools.bias.mitigate.tradeoffs import cells_of, gap
from edutools.course.pipeline import FEATURES, as_table
from tests.pipeline import as_markdown, seeds_of

TEST_ROWS = 200
CRITERIA = ("demographic_parity", "equal_opportunity", "equalized_odds")
OF_A_CRITERION = {
    "demographic_parity": "selection rate",
    "equal_opportunity": "true positive rate",
    "equalized_odds": "true and false positive rate",
}
# Methods that look at columns as they came; for the others they are turned into numbers once a split.
OF_COLUMNS = ("synthetic", "drop_proxy", "repair_proxy")
Rows = dict[str, Any]


def estimator() -> Any:
    """Logistic regression on numbers in standard deviations and words one column a value."""
    words = make_column_selector(dtype_include=["object", "string", "category"])
    encode = OneHotEncoder(drop="first", handle_unknown="ignore", sparse_output=False)
    return make_pipeline(
        make_column_transformer((encode, words), remainder=StandardScaler()),
        LogisticRegression(max_iter=1000),
    )


def loans(split: int) -> tuple[Rows, Rows]:
    """Rows of loans.csv to train on and to judge on; groups: gender."""
    table = load_loans()
    train, test = _divided(table["gender"], table["repaid"], split)
    ready = as_table(table, table.loc[train])
    return tuple(_rows(ready[FEATURES], ready["repaid"], ready["gender"], each) for each in (train, test))


def german(split: int) -> tuple[Rows, Rows]:
    """The same of German credit. Its groups are by age, up to 25 and older (Kamiran and Calders 2009)."""
    table = fetch_german_credit()
    group = pd.Series(np.where(table["age"] > 25, "older", "up to 25"), index=table.index, name="age group")
    train, test = _divided(group, table["good_credit"], split)
    features = table.drop(columns="good_credit")
    return tuple(_rows(features, table["good_credit"], group, each) for each in (train, test))


def large(split: int, *, seen: bool = False, **dials: Any) -> tuple[Rows, Rows]:
    """Two halves of 100,000 simulated applicants; the gender is a feature too where it is `seen`."""
    table = make_loans(100_000, seed=split, **dials)
    ready = as_table(table, table)
    halves = np.array_split(np.random.default_rng(split).permutation(len(table)), 2)
    X = ready[FEATURES].assign(**({"woman": (ready["gender"] == "woman").astype(int)} if seen else {}))
    return tuple(_rows(X, ready["repaid"], ready["gender"], table.index[each]) for each in halves)


DATA = {"loans": loans, "german": german}


def _divided(group: pd.Series, label: pd.Series, split: int) -> tuple[pd.Index, pd.Index]:
    kinds = group.astype(str) + " " + label.astype(str)
    train, test = train_test_split(group.index, test_size=TEST_ROWS, random_state=split, stratify=kinds)
    return pd.Index(train), pd.Index(test)


def _rows(X: pd.DataFrame, y: pd.Series, group: pd.Series, rows: pd.Index) -> Rows:
    chosen = {"X": X, "y": y, "group": group}
    return {name: values.loc[rows].reset_index(drop=True) for name, values in chosen.items()}


def judged(model: Any, rows: Rows) -> dict[str, float]:
    """Accuracy and the gaps of a model's decisions, or expected decisions."""
    chance = acceptance(model, rows["X"], sensitive_features=rows["group"])
    names = sorted(rows["group"].unique())
    cells = cells_of(chance, rows["y"].to_numpy() == 1, rows["group"].to_numpy(dtype=object), names)
    tp, _, _, tn = cells.sum(axis=0)
    return {"accuracy": float((tp + tn) / cells.sum())} | {each: gap(each, cells, names) for each in CRITERIA}


def changes(train: Rows, test: Rows, *, seed: int, methods: Iterable[str] = METHODS) -> list[dict[str, Any]]:
    """Gap and accuracy before, and how both change, by method and criterion."""
    whole = estimator().fit(train["X"], train["y"])
    before = judged(whole, test)
    plain = [rows | {"X": whole[:-1].transform(rows["X"])} for rows in (train, test)]
    found = []
    for name in methods:
        model, rows = (estimator(), [train, test]) if name in OF_COLUMNS else (estimator()[-1], plain)
        asked = "criterion" in METHODS[name].parameters
        after: dict[str, float] | None = None
        for criterion in CRITERIA:
            if after is None or asked:
                can = not asked or criterion in METHODS[name].criteria
                after = _after(name, criterion, model, rows, seed) if can else None
            row = {"method": name, "criterion": criterion, "before": before[criterion]}
            values = after or {}
            row["gap"] = values.get(criterion, math.nan) - before[criterion]
            row["accuracy"] = values.get("accuracy", math.nan) - before["accuracy"]
            found.append(row)
    return found


def _after(name: str, criterion: str, given: Any, rows: list[Rows], seed: int) -> dict[str, float]:
    train, test = rows
    asked = {"criterion": criterion} if "criterion" in METHODS[name].parameters else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of solvers, on data that a line separates
        model = mitigate(name, given, train["X"], train["y"], train["group"], seed=seed, **asked)
        return judged(model, test)


def measured(name: str, splits: Iterable[int]) -> pd.DataFrame:
    """The changes on every split."""
    parts = []
    for split in tqdm(list(splits), unit="split", desc=name):
        parts += [row | {"split": split} for row in changes(*DATA[name](split), seed=split)]
    return pd.DataFrame(parts)


def table_of(found: pd.DataFrame, criterion: str) -> pd.DataFrame:
    """One row a method: medians of the changes, their intervals, and how often the gap fell."""
    chosen = found[found["criterion"] == criterion]
    rows = []
    for name in dict.fromkeys(chosen["method"]):
        own = chosen[chosen["method"] == name]
        known = own["gap"].notna()
        if not known.any():
            continue
        fell = f"{(own['gap'] < 0).sum()} of {known.sum()}"
        rows.append(
            [METHODS[name].label, _said(own["gap"]), fell, _said(own["accuracy"]), _verdict(own["gap"])]
        )
    return pd.DataFrame(
        rows, columns=["method", "change in gap", "gap fell on", "change in accuracy", "gap moved"]
    )


def median_interval(values: Iterable[float]) -> tuple[float, float, float]:
    """Median and the 95% interval that two order statistics give; undefined below six values."""
    ordered = np.sort(np.asarray(list(values), dtype=float))
    n = len(ordered)
    below = int(binom.ppf(0.025, n, 0.5))
    if n < 6:
        return float(np.median(ordered)), math.nan, math.nan
    return float(np.median(ordered)), float(ordered[below - 1]), float(ordered[n - below])


def _said(values: pd.Series) -> str:
    middle, low, high = median_interval(values.dropna())
    limits = "" if math.isnan(low) else f" ({low:+.3f} to {high:+.3f})"
    return f"{middle:+.3f}{limits}".replace("-0.000", "+0.000").replace("-", "−")


def _verdict(values: pd.Series) -> str:
    _, low, high = median_interval(values.dropna())
    if math.isnan(low) or low <= 0 <= high:
        return "not surely"
    return "down" if high < 0 else "up"


def main(arguments: Iterable[str] | None = None) -> int:
    """Measure, and print a table for each data set and gap."""
    parser = argparse.ArgumentParser(prog="python -m tests.mitigations", description=__doc__)
    parser.add_argument("--splits", type=seeds_of, default=seeds_of("0:50"), metavar="FIRST:END")
    parser.add_argument("--data", nargs="+", choices=list(DATA), default=list(DATA))
    parser.add_argument("--large", action="store_true", help="two halves of make_loans(100_000), once")
    chosen = parser.parse_args(None if arguments is None else list(arguments))
    if chosen.large:
        return _print_large()
    for name in chosen.data:
        found = measured(name, chosen.splits)
        for criterion in CRITERIA:
            before = found.loc[found["criterion"] == criterion, "before"].median()
            gap_in = f"{name}, gap in {OF_A_CRITERION[criterion]}"
            print(f"{gap_in}, {before:.3f} before (median of {len(chosen.splits)} splits)\n")
            print(as_markdown(table_of(found, criterion)), flush=True)
            print()
    return 0


def _print_large() -> int:
    # SMOTENC looks for neighbours among all rows of one kind, which takes a while at this size.
    found = pd.DataFrame(changes(*large(0), seed=0))
    shown = found.dropna().assign(
        method=[METHODS[name].label for name in found.dropna()["method"]],
        criterion=[OF_A_CRITERION[name] for name in found.dropna()["criterion"]],
    )
    words = shown[["before", "gap", "accuracy"]].map(lambda value: f"{value:+.3f}".replace("-", "−"))
    words["before"] = shown["before"].map("{:.3f}".format)
    table = pd.concat([shown[["method", "criterion"]], words], axis=1)
    table.columns = pd.Index(["method", "gap in", "before", "change in gap", "change in accuracy"])
    print("make_loans(100_000), trained on one half, judged on the other\n")
    print(as_markdown(table))
    return 0


if __name__ == "__main__":
    sys.exit(main())
