"""The loans as numbers, and the comparison: what every environment shares."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from edutools.course.pipeline import FEATURES, as_table, assign_rows
from edutools.datasets import load_loans

CLOSE = 1e-5  # what float32 leaves of a score, computed in batches of another size


def loans() -> tuple[Any, np.ndarray]:
    """The features of each applicant as they leave the pipeline, standardized, and whether each repaid."""
    people = load_loans()
    table = as_table(people, learn_from=people[assign_rows(people) == "train"])
    X = table[FEATURES].astype(float)
    return (X - X.mean()) / X.std(), table["repaid"].to_numpy().astype(int)


class Comparison:
    """Lines of what was compared, and whether all was as it should be."""

    def __init__(self, framework: str) -> None:
        self._framework, self._failures = framework, 0

    def same(self, case: str, ours: Any, theirs: Any) -> None:
        """One model's scores by us and by its framework."""
        theirs = np.asarray(theirs, dtype=float)
        assert ours.shape == theirs.shape, (ours.shape, theirs.shape)
        apart = float(np.abs(ours - theirs).max())
        # A model that says the same of everyone would prove nothing.
        told_apart = float(np.ptp(theirs)) > 0.05
        self._say(apart <= CLOSE and told_apart, case, f"{len(ours)} scores, at most {apart:.1e} apart")

    def true(self, case: str, held: bool) -> None:
        """Something else that must hold."""
        self._say(held, case, "holds" if held else "does NOT hold")

    def refuses(self, case: str, ask: Callable[[], Any], *words: str) -> None:
        """What must raise a ValueError that says these words."""
        try:
            ask()
        except ValueError as error:
            self._say(all(word in str(error) for word in words), case, f"refused, naming {', '.join(words)}")
        else:
            self._say(False, case, "was not refused")

    def _say(self, held: bool, case: str, outcome: str) -> None:
        self._failures += not held
        print(f"  {'ok  ' if held else 'FAIL'} {self._framework}, {case}: {outcome}", flush=True)

    def end(self) -> None:
        """Leave, with 1 where something failed."""
        sys.exit(1 if self._failures else 0)
