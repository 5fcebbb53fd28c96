"""The loans as numbers, and the comparison: what every environment shares."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from edutools import BiasDetector
from edutools.course.pipeline import FEATURES, as_table, assign_rows
from edutools.datasets import load_loans
from edutools.predictors import reader

CLOSE = 1e-5  # what float32 leaves of a score, computed in batches of another size


def loans() -> tuple[Any, np.ndarray]:
    """The features of each applicant as they leave the pipeline, standardized, and whether each repaid."""
    people = load_loans()
    table = as_table(people, learn_from=people[assign_rows(people) == "train"])
    X = table[FEATURES].astype(float)
    return (X - X.mean()) / X.std(), table["repaid"].to_numpy().astype(int)


def audited(check: Comparison, model: Any, **declared: Any) -> None:
    """A whole audit of a model beside that of its scores in a column, from a table and from an array."""
    X, y = loans()
    people = load_loans()["gender"]
    given: dict[str, Any] = {"label": y, "favourable": 1}
    found = BiasDetector(model, X, sensitive_features=people, **given, **declared)
    column = X.assign(score=reader(model, **declared).scores(X))
    alike = BiasDetector("score", column, sensitive_features=people, features=list(X.columns), **given)
    array = BiasDetector(model, X.to_numpy(), **declared)
    asked = array.detect_bias()
    numbered = array.detect_bias(sensitive_features=0, **given).to_frame()
    expected = alike.detect_bias().to_frame()
    shown = ["stage", "short", "group", "reference", "value", "low", "high"]
    same = found.detect_bias().to_frame()[shown].equals(expected[shown])
    check.true(f"audited, {len(expected)} findings as of a column of scores", same and len(expected) > 20)
    check.true("an array audited by a column's number", set(numbered["feature"].dropna()) == {"0"})
    check.true("an array alone says what an audit needs", "label" in repr(asked) and asked.to_frame().empty)


class Comparison:
    """Lines of what was compared, and whether all was as it should be."""

    failures = 0  # of all frameworks in this run

    def __init__(self, framework: str) -> None:
        self._framework = framework

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
        Comparison.failures += not held
        print(f"  {'ok  ' if held else 'FAIL'} {self._framework}, {case}: {outcome}", flush=True)

    def end(self) -> None:
        """Leave, with 1 where something failed."""
        sys.exit(1 if Comparison.failures else 0)
