"""Our measures beside Clarify's own library: ``python -m tests.clarify`` makes it a place and compares.

The library, smclarify 0.5, is pinned apart from what the product stands on, so it runs in an environment of
its own. It is given tables of people, row by row, and each of its values (or that it raises) is held against
ours in its convention. The exit status is 1 where one differs.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from edutools import BiasDetector
from edutools.bias.measures import (
    BETWEEN,
    DIVERGENCES,
    Side,
    between,
    conditional_disparity,
    divergence,
    fliptest,
    generalized_entropy,
)

LIBRARY = "smclarify==0.5"
CLOSE = 1e-12

# Run by the other environment: reads tables, writes what each measure gives.
THEIRS = """
import json, math, sys, warnings
import numpy as np, pandas as pd
from smclarify.bias.metrics import posttraining as post, pretraining as pre
warnings.simplefilter("ignore")

def tried(measure, *arguments):
    try:
        value = float(measure(*arguments))
    except Exception as error:
        return type(error).__name__
    return value if math.isfinite(value) else str(value)

found = []
for case in json.load(open(sys.argv[1])):
    people = pd.DataFrame({key: case[key] for key in ("d", "label", "predicted", "stratum", "kind")})
    d, label, predicted = (people[key].astype(bool) for key in ("d", "label", "predicted"))
    X = pd.DataFrame(np.array(case["X"], dtype=float).reshape(len(people), -1))
    values = {"CI": tried(pre.CI, people["d"], d), "DPL": tried(pre.DPL, people["d"], d, label)}
    values |= {name: tried(getattr(pre, name), people["kind"], d) for name in ("KL", "JS", "LP", "TVD", "KS")}
    values |= {name: tried(getattr(post, name), people["d"], d, predicted) for name in ("DPPL", "DI")}
    for name in ("DCAcc", "DCR", "RD", "SD", "DAR", "DRR", "AD", "TE"):
        measure = getattr(post, {"DCAcc": "DCA"}.get(name, name))
        values[name] = tried(measure, people["d"], d, label, predicted)
    values["CDDL"] = tried(pre.CDDL, people["d"], d, label, people["stratum"])
    values["CDDPL"] = tried(post.CDDPL, people["d"], d, predicted, people["stratum"])
    values["FT"], values["GE"] = tried(post.FT, X, d, predicted), tried(post.GE, label, predicted)
    found.append(values)
print(json.dumps(found))
"""


def tables(count: int, *, seed: int = 0) -> list[dict[str, Any]]:
    """Tables of a few people each, so that every edge case occurs."""
    dice = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        n = int(dice.integers(1, 40))
        chances = dice.choice([0.0, 0.2, 0.5, 0.8, 1.0], 3)
        d, label, predicted = (dice.random(n) < chance for chance in chances)
        made.append(
            {
                "d": d.astype(int).tolist(),
                "label": label.astype(int).tolist(),
                "predicted": predicted.astype(int).tolist(),
                "stratum": dice.integers(0, 3, n).tolist(),
                "kind": dice.choice(list("xyz"), n).tolist(),
                "X": dice.normal(size=(n, 2)).tolist(),
            }
        )
    return made


def ours(case: dict[str, Any]) -> dict[str, Any]:
    """Every measure of one table in Clarify's convention; the name of the error where it is one."""
    d, label, predicted = (np.array(case[key], dtype=bool) for key in ("d", "label", "predicted"))
    stratum, kind, X = (np.array(case[key]) for key in ("stratum", "kind", "X"))

    def side(rows: Any) -> Side:
        cells = {
            "tp": label & predicted,
            "fp": ~label & predicted,
            "fn": label & ~predicted,
            "tn": ~label & ~predicted,
        }
        return Side(**{cell: int((rows & at).sum()) for cell, at in cells.items()})

    def kinds(rows: Any) -> dict[str, float]:
        return {str(name): int((rows & (kind == name)).sum()) for name in np.unique(kind)}

    strata = [(side(~d & (stratum == each)), side(d & (stratum == each))) for each in np.unique(stratum)]
    convention = {"convention": "clarify"}
    calls = {name: lambda name=name: between(name, side(~d), side(d), **convention) for name in BETWEEN}
    calls |= {
        name: lambda name=name: divergence(name, kinds(~d), kinds(d), **convention) for name in DIVERGENCES
    }
    calls["CDDL"] = lambda: conditional_disparity(strata, **convention)
    calls["CDDPL"] = lambda: conditional_disparity(strata, predicted=True, **convention)
    calls["FT"] = lambda: fliptest(X[~d], predicted[~d], X[d], predicted[d], **convention)
    calls["GE"] = lambda: generalized_entropy(side(np.ones(len(d), dtype=bool)), **convention)
    return {name: _tried(call) for name, call in calls.items()}


def detected(case: dict[str, Any]) -> dict[str, Any]:
    """The same by `BiasDetector`, of a table in which both groups have rows."""
    people = pd.DataFrame({key: case[key] for key in ("d", "label", "predicted", "stratum", "kind")})
    people = people.assign(predicted=people.predicted.astype(float), x=0.0, z=0.0)
    people[["x", "z"]] = np.array(case["X"], dtype=float)
    asked = {"sensitive_features": "d", "strata": "stratum", "features": ["x", "z"]}
    of_labels = BiasDetector("predicted", people, label="label", **asked)
    of_kinds = BiasDetector("predicted", people, label="kind", favourable=case["kind"][0], **asked)
    options: dict[str, Any] = {"convention": "clarify", "fliptest": True}
    values = {}
    for found, kinds in ((of_labels.detect_bias(**options), False), (of_kinds.detect_bias(**options), True)):
        for each in found:
            if (each.short in DIVERGENCES) == kinds and each.group in ("1", None):
                values[each.short] = _shown(each.value)
    return values


def _shown(value: float) -> Any:
    # What has no value in this convention is what Clarify's library raises for.
    return "ValueError" if math.isnan(value) else value if math.isfinite(value) else str(value)


def _tried(call: Any) -> Any:
    try:
        value = call()
    except ValueError as error:
        return type(error).__name__
    return value if math.isfinite(value) else str(value)


def differing(theirs: list[dict[str, Any]], mine: list[dict[str, Any]]) -> Iterator[str]:
    """A line for each value that is not the other's."""
    for place, (one, other) in enumerate(zip(theirs, mine, strict=True)):
        assert one.keys() == other.keys()
        for name, value in one.items():
            numbers = isinstance(value, float) and isinstance(other[name], float)
            if not (abs(value - other[name]) <= CLOSE if numbers else value == other[name]):
                yield f"table {place}, {name}: theirs {value}, ours {other[name]}"


def main(arguments: list[str] | None = None) -> int:
    """Compare, print what was compared, and return 1 where a value differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.clarify", description=__doc__)
    parser.add_argument("--tables", type=int, default=500)
    parser.add_argument(
        "--python", type=Path, help=f"an environment that has {LIBRARY}; by default a new one"
    )
    chosen = parser.parse_args(arguments)
    made = tables(chosen.tables)
    with tempfile.TemporaryDirectory() as folder:
        python = chosen.python or _environment(Path(folder) / "venv")
        given = Path(folder) / "tables.json"
        given.write_text(json.dumps(made))
        done = subprocess.run(
            [str(python), "-c", THEIRS, str(given)], capture_output=True, text=True, check=True
        )
    theirs, mine = json.loads(done.stdout), [ours(case) for case in made]
    both = [place for place, case in enumerate(made) if len(set(case["d"])) == 2]
    lines = [
        *differing(theirs, mine),
        *differing([theirs[place] for place in both], [detected(made[place]) for place in both]),
    ]
    errors = sum(isinstance(value, str) for values in theirs for value in values.values())
    print(
        f"{len(made)} tables, {len(both)} of them by BiasDetector too, {len(theirs[0])} measures each; "
        f"{LIBRARY} makes {errors} infinite or an error"
    )
    print("\n".join(lines[:20]) or f"all alike to {CLOSE:g}")
    return 1 if lines else 0


def _environment(folder: Path) -> Path:
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", LIBRARY], check=True)
    return python


if __name__ == "__main__":
    sys.exit(main())
