"""What the course's pipeline reaches: ``python -m tests.pipeline --seeds 0:50`` prints it beside its bars.

Each seed is another 1000 applicants of `make_loans`, put through the stages of the course, and judged twice:
on its own 200 test rows, and on 100,000 fresh applicants whom nobody has seen. The exit status is 1 where a
median misses its bar.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from edutools import make_loans
from edutools.course.pipeline import (
    EPOCHS,
    FAIRNESS_STRENGTH,
    FEATURES,
    assign_rows,
    engineer_features,
    preprocess,
    train,
)

FRESH_ROWS = 100_000
FRESH_SEEDS = 1_000_000  # beyond the seeds of the applicants that are learnt from


def judged(model: Any, table: pd.DataFrame) -> dict[str, float]:
    """Accuracy of a model on `table`, and how its selection rates differ between the genders."""
    approved = model.predict(table[FEATURES])
    rates = pd.Series(approved).groupby(table["gender"].to_numpy()).mean()
    return {
        "accuracy": float((approved == table["repaid"].to_numpy()).mean()),
        "fairness score": float(1 - (rates.max() - rates.min())),
        "parity ratio": float(rates.min() / rates.max()),
    }


def measured(seed: int) -> dict[str, float]:
    """All that is measured of one seed."""
    loans, fresh = make_loans(seed=seed), make_loans(FRESH_ROWS, seed=FRESH_SEEDS + seed)
    rows = assign_rows(loans)
    raw = loans[rows == "train"]
    clean = preprocess(loans, learn_from=raw)
    learnt = clean[rows == "train"]
    table = engineer_features(clean, learn_from=learnt)
    others = engineer_features(preprocess(fresh, learn_from=raw), learn_from=learnt)

    training = table[rows == "train"]
    model, free = train(training), train(training, strength=0.0)
    history = model["model"].history_
    losses = [entry["loss"] for entry in history]
    found = {
        "loss of the larger class": losses[0],
        "accuracy before training": history[0]["accuracy"],
        "loss after training": losses[-1],
        "epochs at which the loss fell": float((np.diff(losses) < 0).sum()),
    }
    for name, each in (("constrained", model), ("unconstrained", free)):
        found |= {
            f"{name}, test: {what}": value for what, value in judged(each, table[rows == "test"]).items()
        }
        found |= {f"{name}, fresh: {what}": value for what, value in judged(each, others).items()}
    return found


# What is shown: its name, what it is measured by, and the bar on its median ('' where there is none).
ROWS = [
    ("accuracy, 200 test rows", "constrained, test: accuracy", ">= 0.85"),
    ("fairness score, 200 test rows", "constrained, test: fairness score", ">= 0.95"),
    ("accuracy, 100,000 fresh rows", "constrained, fresh: accuracy", ">= 0.85"),
    ("parity ratio, 100,000 fresh rows", "constrained, fresh: parity ratio", ">= 0.95"),
    ("without constraint: accuracy, 200 test rows", "unconstrained, test: accuracy", ""),
    ("without constraint: fairness score, 200 test rows", "unconstrained, test: fairness score", ""),
    ("without constraint: accuracy, 100,000 fresh rows", "unconstrained, fresh: accuracy", ""),
    ("without constraint: parity ratio, 100,000 fresh rows", "unconstrained, fresh: parity ratio", "< 0.85"),
    ("log-loss before training", "loss of the larger class", "<= 0.6932"),
    ("accuracy before training", "accuracy before training", "<= 0.65"),
    (f"log-loss after {EPOCHS} epochs", "loss after training", "<= 0.35"),
    ("epochs at which the log-loss fell", "epochs at which the loss fell", f">= {EPOCHS}"),
]


def meets(value: float, bar: str) -> bool:
    """Whether a median is on the right side of its bar."""
    if not bar:
        return True
    sign, limit = bar.split()
    return {">=": value >= float(limit), "<=": value <= float(limit), "<": value < float(limit)}[sign]


def table_of(results: pd.DataFrame) -> pd.DataFrame:
    """One row for each figure: its median over the seeds, its middle nine tenths, its bar."""
    low, middle, high = (results.quantile(share) for share in (0.05, 0.5, 0.95))
    return pd.DataFrame(
        {
            "figure": [name for name, _, _ in ROWS],
            "median": [f"{middle[key]:.3f}" for _, key, _ in ROWS],
            "5% to 95% of seeds": [f"{low[key]:.3f} to {high[key]:.3f}" for _, key, _ in ROWS],
            "bar on the median": [bar for _, _, bar in ROWS],
            "met": [("yes" if meets(middle[key], bar) else "NO") if bar else "" for _, key, bar in ROWS],
        }
    )


def as_markdown(table: pd.DataFrame) -> str:
    """A table of texts as Markdown."""
    lines = [table.columns, ["---"] * len(table.columns), *table.itertuples(index=False)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def seeds_of(text: str) -> range:
    """Seeds from 'first:end', the end not among them.

    Raises
    ------
    ValueError: `text` is of another form, or there is no seed in it.
    """
    first, _, end = text.partition(":")
    found = range(int(first), int(end))
    if not found:
        raise ValueError(f"`seeds` must be first:end with the end above the first, got {text!r}.")
    return found


def main(arguments: Iterable[str] | None = None) -> int:
    """Measure, print the table, and return 1 where a median missed its bar."""
    parser = argparse.ArgumentParser(prog="python -m tests.pipeline", description=__doc__)
    parser.add_argument("--seeds", type=seeds_of, default=seeds_of("0:50"), metavar="FIRST:END")
    chosen = parser.parse_args(None if arguments is None else list(arguments))
    results = pd.DataFrame([measured(seed) for seed in tqdm(chosen.seeds, unit="seed")])
    table = table_of(results)
    print(f"{len(results)} seeds, fairness strength {FAIRNESS_STRENGTH:g}, {EPOCHS} epochs\n")
    print(as_markdown(table))
    return 0 if not (table["met"] == "NO").any() else 1


if __name__ == "__main__":
    sys.exit(main())
