"""How the measures of a numeric sensitive feature move with the boundary that cuts it in two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from edutools.bias.comparisons import Comparison
from edutools.metrics import ratio_interval

if TYPE_CHECKING:
    import pandas as pd

    from edutools.bias.subject import Feature, Subject

# More boundaries than this are thinned evenly: a table of salaries has one for each person.
MOST_BOUNDARIES = 100


def by_boundary(feature: Feature, subject: Subject, *, minimum_rows: int = 20) -> pd.DataFrame:
    """Measures of the rows below each boundary (d) against those at or above it (a), one boundary a row.

    Parameters
    ----------
    feature : Feature
        With its `numbers`.
    subject : Subject
    minimum_rows : int, default 20
        What each side must have.

    Returns
    -------
    DataFrame
        Columns boundary (as text), at, rows_below, rows_from, and of DPL, DPPL and DI, where there are labels
        and predictions, the value and its limits. "> 25" of whole numbers is the row "≥ 26".
    """
    import pandas as pd

    places, counts = _counts(feature, subject)
    below = np.cumsum(counts, axis=0) - counts
    whole = counts.sum(axis=0)
    sizes = below.sum(axis=(1, 2))
    kept = np.flatnonzero((sizes >= minimum_rows) & (sizes <= whole.sum() - minimum_rows) & (sizes > 0))
    if len(kept) > MOST_BOUNDARIES:
        kept = kept[np.linspace(0, len(kept) - 1, MOST_BOUNDARIES).round().astype(int)]
    rows = []
    for i in kept:
        sides = {"d": below[i][None], "a": (whole - below[i])[None]}
        pair = Comparison(feature=feature.name, group="", reference="", favourable=1, **sides)
        rows.append(
            {
                "boundary": f"{feature.name} ≥ {places[i]:g}",
                "at": float(places[i]),
                "rows_below": int(sizes[i]),
                "rows_from": int(whole.sum() - sizes[i]),
                **_measured(pair, subject),
            }
        )
    return pd.DataFrame(rows)


def _counts(feature: Feature, subject: Subject) -> tuple[Any, Any]:
    """The feature's values, in order, and the rows at each, by label and prediction: (n_values, 2, 2)."""
    assert feature.numbers is not None
    known = ~np.isnan(feature.numbers)
    places, codes = np.unique(feature.numbers[known], return_inverse=True)
    nobody = np.zeros(len(known), dtype=bool)
    y, accepted = (nobody if each is None else each for each in (subject.y, subject.accepted))
    kinds = 2 * y[known].astype(np.int64) + accepted[known]
    return places, np.bincount(codes * 4 + kinds, minlength=4 * len(places)).reshape(-1, 2, 2)


def _measured(pair: Comparison, subject: Subject) -> dict[str, float]:
    of_labels = ["DPL"] if subject.y is not None else []
    of_predictions = ["DPPL", "DI"] if subject.accepted is not None else []
    row: dict[str, float] = {}
    for short in of_labels + of_predictions:
        low, high = (
            ratio_interval(pair.cells, "selection_rate", reference="a")
            if short == "DI"
            else pair.difference_limits(short)
        )
        row |= {short: pair.value(short), f"{short}_low": float(low), f"{short}_high": float(high)}
    return row
