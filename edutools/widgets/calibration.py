"""How sure a reader says to be, held against how often that reader is right."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edutools.metrics import share_interval
from edutools.texts import text
from edutools.widgets.figures import decimals, interval

if TYPE_CHECKING:
    import pandas as pd

LEVELS = (0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, repr=False)
class Calibration:
    """First answers by how sure the reader had said to be.

    Attributes
    ----------
    answered, right : dict of float to int
        For each level that was said, in (0, 1): how many questions, and how many were right at first.
    """

    answered: dict[float, int]
    right: dict[float, int]

    @classmethod
    def of(cls, pairs: Iterable[tuple[float, bool]]) -> Calibration:
        """The calibration of answers: for each, how sure the reader was, and whether it was right."""
        listed = sorted(pairs)
        levels = dict.fromkeys(level for level, _ in listed)
        answered = {level: sum(each == level for each, _ in listed) for level in levels}
        right = {level: sum(good for each, good in listed if each == level) for level in levels}
        return cls(answered, right)

    @property
    def table(self) -> pd.DataFrame:
        """One row a level: ``answered``, ``right``, and the share ``rate`` with its 95% interval.

        The interval, ``low`` to ``high`` in [0, 1], is Wilson's.
        """
        import pandas as pd

        rows = [
            (level, n, self.right[level], self.right[level] / n, *share_interval(self.right[level], n))
            for level, n in self.answered.items()
        ]
        columns = ["confidence", "answered", "right", "rate", "low", "high"]
        return pd.DataFrame(rows, columns=columns).set_index("confidence")

    @property
    def brier_score(self) -> float:
        """Mean squared distance of what was said from what came, in [0, 1], 0 best; nan where none was.

        Brier, G. W. (1950). Verification of forecasts expressed in terms of probability. Monthly Weather
        Review, 78.
        """
        total = sum(self.answered.values())
        if total == 0:
            return math.nan
        squares = (
            self.right[level] * (1 - level) ** 2 + (n - self.right[level]) * level**2
            for level, n in self.answered.items()
        )
        return sum(squares) / total

    def __repr__(self) -> str:
        return "\n".join(self.sentences())

    def sentences(self) -> list[str]:
        """The calibration in words, a sentence a level."""
        if not self.answered:
            return [text("calibration.none")]
        rows = [
            text(
                "calibration.row",
                percent=f"{100 * level:g}",
                n=n,
                right=self.right[level],
                rate=decimals(self.right[level] / n),
                interval=interval(share_interval(self.right[level], n).tolist()),
            )
            for level, n in self.answered.items()
        ]
        return [*rows, text("calibration.brier", score=decimals(self.brier_score))]
