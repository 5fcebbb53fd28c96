"""Accuracy against fairness, ours beside fairlearn's: ``python -m tests.frontier --splits 0:50`` prints it.

On each split, `FairLogisticRegression` is trained at a row of strengths, and fairlearn's
ExponentiatedGradient over the same base model (logistic regression; Agarwal et al. 2018) at a row of bounds.
Each trained model is a point: its demographic parity difference and its accuracy on the rows held out.
ExponentiatedGradient gives a lottery over models, of which the expected decisions are judged. What a row of
points reaches is its hypervolume: the area under the best accuracy at each gap, gaps from 0 to 1 (1 is best).
The exit status is 1 where our median lies more than 0.01 below fairlearn's.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from fairlearn.reductions import DemographicParity, ExponentiatedGradient
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from tqdm import tqdm

from edutools import FairLogisticRegression, fetch_german_credit, load_loans
from edutools.course.pipeline import FEATURES, as_table
from tests.pipeline import as_markdown, seeds_of

TEST_ROWS = 200
STRENGTHS = (0, 0.1, 0.3, 1, 2, 4, 8, 16, 32, 100, 300, 1000)
BOUNDS = (1, 0.3, 0.25, 0.2, 0.15, 0.12, 0.09, 0.06, 0.04, 0.02, 0.01, 0.002)
GAPS = (0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3)
MARGIN = 0.01
OURS, THEIRS = "FairLogisticRegression", "ExponentiatedGradient"

Points = list[tuple[float, float]]


def loans(split: int) -> dict[str, Any]:
    """Features, labels and genders of loans.csv, for training and for the test."""
    table = load_loans()
    train, test = _divided(table["gender"], table["repaid"], split)
    raw = table.loc[train]
    ready = as_table(table, raw)
    return _scaled(ready[FEATURES], ready["repaid"], ready["gender"], train, test)


def german(split: int) -> dict[str, Any]:
    """The same of German credit. Its groups are by age, up to 25 and older (Kamiran and Calders 2009).

    Its column of personal status does not tell women from men throughout (Grömping 2019).
    """
    table = fetch_german_credit()
    label = table["good_credit"]
    group = pd.Series(np.where(table["age"] > 25, "older", "up to 25"), index=table.index)
    train, test = _divided(group, label, split)
    features = pd.get_dummies(table.drop(columns="good_credit"), drop_first=True).astype(float)
    return _scaled(features, label, group, train, test)


DATA = {"loans": loans, "german": german}


def _divided(group: pd.Series, label: pd.Series, split: int) -> tuple[pd.Index, pd.Index]:
    kinds = group.astype(str) + " " + label.astype(str)
    train, test = train_test_split(group.index, test_size=TEST_ROWS, random_state=split, stratify=kinds)
    return pd.Index(train), pd.Index(test)


def _scaled(
    features: pd.DataFrame, label: pd.Series, group: pd.Series, train: pd.Index, test: pd.Index
) -> dict[str, Any]:
    scaler = StandardScaler().fit(features.loc[train])
    parts = {"train": train, "test": test}
    return {
        name: {
            "X": scaler.transform(features.loc[rows]),
            "y": label.loc[rows].to_numpy(),
            "group": group.loc[rows].to_numpy(),
        }
        for name, rows in parts.items()
    }


def judged(approved: np.ndarray, y: np.ndarray, group: np.ndarray) -> tuple[float, float]:
    """Demographic parity difference and accuracy of decisions, or of chances to be approved, in [0, 1]."""
    rates = pd.Series(approved, dtype=float).groupby(group).mean()
    return float(rates.max() - rates.min()), float(np.where(y == 1, approved, 1 - approved).mean())


def ours(data: dict[str, Any]) -> Points:
    """A point for each strength."""
    train, test = data["train"], data["test"]
    points = []
    for strength in STRENGTHS:
        model = FairLogisticRegression(strength)
        model.fit(train["X"], train["y"], sensitive_features=train["group"] if strength else None)
        points.append(judged(model.predict(test["X"]), test["y"], test["group"]))
    return points


def theirs(data: dict[str, Any]) -> Points:
    """A point for each bound."""
    train, test = data["train"], data["test"]
    points = []
    for bound in BOUNDS:
        model = ExponentiatedGradient(
            LogisticRegression(max_iter=1000),
            DemographicParity(difference_bound=bound),
            eps=min(bound, 0.01),
        )
        model.fit(train["X"], train["y"], sensitive_features=train["group"])
        votes = [
            weight * model.predictors_[k].predict(test["X"]) for k, weight in model.weights_.items() if weight
        ]
        points.append(judged(np.sum(votes, axis=0), test["y"], test["group"]))
    return points


METHODS = {OURS: ours, THEIRS: theirs}


def reached(points: Points, gap: float) -> float:
    """The best accuracy of a point whose gap is at most `gap`; nan where there is none."""
    return max((accuracy for found, accuracy in points if found <= gap), default=np.nan)


def hypervolume(points: Points) -> float:
    """The area under the best accuracy at each gap from 0 to 1, in [0, 1]."""
    ends = [*sorted(gap for gap, _ in points), 1.0]
    steps = pairwise(ends)
    return float(sum((high - low) * reached(points, low) for low, high in steps))


def measured(name: str, splits: Iterable[int]) -> dict[str, list[Points]]:
    """The points of both methods, split by split."""
    found: dict[str, list[Points]] = {method: [] for method in METHODS}
    for split in tqdm(list(splits), unit="split", desc=name):
        data = DATA[name](split)
        for method, points_of in METHODS.items():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of fairlearn's solver, on data that a line separates
                found[method].append(points_of(data))
    return found


def table_of(found: dict[str, list[Points]]) -> pd.DataFrame:
    """Both curves side by side: medians over the splits, and on how many splits ours is the lower one."""
    mine, other = found[OURS], found[THEIRS]
    rows = [_row("hypervolume", [hypervolume(each) for each in mine], [hypervolume(each) for each in other])]
    for gap in GAPS:
        pair = ([reached(each, gap) for each in method] for method in (mine, other))
        rows.append(_row(f"accuracy at a gap of at most {gap:g}", *pair))
    return pd.DataFrame(
        rows, columns=["median of", OURS, THEIRS, "ours less theirs, 5% to 95%", "ours is lower"]
    )


def _row(name: str, mine: Sequence[float], other: Sequence[float]) -> list[str]:
    difference = np.array(mine) - np.array(other)
    known = difference[~np.isnan(difference)]
    lower = f"on {(known < 0).sum()} of {len(known)} splits" if len(known) else "undefined"
    return [name, _median_of(mine), _median_of(other), _range_of(known), lower]


def _median_of(values: Sequence[float]) -> str:
    """The median over the splits that have a value; of how many it is, where not of all."""
    known = [value for value in values if not np.isnan(value)]
    if not known:
        return "not reached"
    return f"{np.median(known):.3f}" + (f" ({len(known)} splits)" if len(known) < len(values) else "")


def _range_of(known: np.ndarray) -> str:
    if not len(known):
        return "undefined"
    low, high = np.quantile(known, [0.05, 0.95])
    return f"{low:+.3f} to {high:+.3f}"


def holds(found: dict[str, list[Points]]) -> bool:
    """Whether our median hypervolume is at most the margin below fairlearn's."""
    medians = {method: np.median([hypervolume(each) for each in points]) for method, points in found.items()}
    return bool(medians[OURS] >= medians[THEIRS] - MARGIN)


def draw(curves: dict[str, dict[str, list[Points]]], path: Path) -> None:
    """Draw the median accuracy that both methods reach at each gap, a panel a data set."""
    import matplotlib.pyplot as plt

    plt.rcParams["svg.hashsalt"] = "frontier"
    figure, axes = plt.subplots(1, len(curves), figsize=(4.6 * len(curves), 3.6), layout="constrained")
    gaps = np.linspace(0, 0.3, 121)
    looks = {OURS: ("#00805d", "-"), THEIRS: ("#a8488a", "--")}
    for axis, (name, found) in zip(np.atleast_1d(axes), curves.items(), strict=True):
        for method, splits in found.items():
            reaches = np.array([[reached(points, gap) for gap in gaps] for points in splits])
            # Only where most splits reach the gap, or the median would be of the lucky ones.
            most = np.isnan(reaches).mean(axis=0) < 0.5
            middle = [np.nanmedian(column) for column in reaches[:, most].T]
            colour, dashes = looks[method]
            axis.plot(gaps[most], middle, dashes, color=colour, label=method, drawstyle="steps-post")
        axis.set(title=name, xlabel="demographic parity difference, at most", ylabel="median accuracy")
        axis.legend(loc="lower right", frameon=False)
    figure.savefig(path, metadata={"Date": None, "Title": "Accuracy against fairness of both methods"})
    plt.close(figure)


def main(arguments: Iterable[str] | None = None) -> int:
    """Measure, print a table for each data set, and return 1 where ours lies too far below."""
    parser = argparse.ArgumentParser(prog="python -m tests.frontier", description=__doc__)
    parser.add_argument("--splits", type=seeds_of, default=seeds_of("0:50"), metavar="FIRST:END")
    parser.add_argument("--data", nargs="+", choices=list(DATA), default=list(DATA))
    parser.add_argument("--picture", type=Path, metavar="FILE.svg", help="draw the curves as well")
    chosen = parser.parse_args(None if arguments is None else list(arguments))
    curves = {}
    for name in chosen.data:
        curves[name] = measured(name, chosen.splits)
        count = f"{len(chosen.splits)} split{'s' if len(chosen.splits) > 1 else ''}"
        print(f"{name}: {count} of 800 rows to train on and {TEST_ROWS} to judge on\n")
        print(as_markdown(table_of(curves[name])), flush=True)
        print()
    if chosen.picture:
        draw(curves, chosen.picture)
    return 0 if all(map(holds, curves.values())) else 1


if __name__ == "__main__":
    sys.exit(main())
