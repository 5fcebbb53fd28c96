"""Which features carry the group: how well each, and all together, tell it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from edutools.metrics import Z
from edutools.texts import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from edutools.bias.subject import Feature

FOLDS = 5
# Fewer rows of a group than this cannot be laid into folds that each hold some.
LEAST_ROWS = 20


def proxies(X: pd.DataFrame, feature: Feature, groups: Sequence[str], *, seed: int = 0) -> pd.DataFrame:
    """How well each column of X, and all of them, tell a group from all other rows.

    What is told is out of fold: in each of 5 folds by what was learnt from the others, of one column by a
    small decision tree, of all by gradient-boosted trees. 0.5 is chance.

    Parameters
    ----------
    X : DataFrame, shape (n, n_features)
        Numbers and categories; gaps are allowed.
    feature : Feature
        The sensitive feature.
    groups : sequence of str
        Which of its groups are told, each from all other rows.
    seed : int, default 0
        Of the folds.

    Returns
    -------
    DataFrame
        Columns feature (of X, or "all"), group, auc (area under the ROC curve, in [0, 1]), low, high (its 95%
        interval) and reason, in falling order of auc. Undefined, with its reason, for a group of few rows.

    References
    ----------
    .. [1] Hanley, J. A. and McNeil, B. J. (1982). The meaning and use of the area under a receiver operating
       characteristic (ROC) curve. Radiology, 143(1), 29-36.
    """
    table = as_numbers(X)
    together = text("analysis.all_features")
    rows = []
    for group in groups:
        member = feature.codes == feature.groups.index(group)
        few = min(member.sum(), (~member).sum()) < LEAST_ROWS
        columns = {together: table, **{str(name): table[[name]] for name in table}}
        for name, values in columns.items():
            auc, low, high = (math.nan,) * 3 if few else _told(values, member, name != together, seed)
            reason = text("analysis.few_rows", group=group, needed=LEAST_ROWS) if few else None
            rows.append((name, group, auc, low, high, reason))
    frame = pd.DataFrame(rows, columns=["feature", "group", "auc", "low", "high", "reason"])
    return frame.sort_values("auc", ascending=False, kind="stable", ignore_index=True)


def _told(
    values: pd.DataFrame, member: NDArray[np.bool_], alone: bool, seed: int
) -> tuple[float, float, float]:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    leaf = max(5, len(member) // 50)
    boosted = HistGradientBoostingClassifier(
        max_iter=1 if alone else 60,
        learning_rate=1.0 if alone else 0.1,
        max_leaf_nodes=8 if alone else 15,
        min_samples_leaf=leaf,
        early_stopping=False,
        random_state=seed,
    )
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    scores = cross_val_predict(boosted, values.to_numpy(), member, cv=folds, method="predict_proba")[:, 1]
    auc = float(roc_auc_score(member, scores))
    return (auc, *auc_interval(auc, int(member.sum()), int((~member).sum())))


def auc_interval(auc: float, positives: int, negatives: int) -> tuple[float, float]:
    """The 95% interval of an area under the ROC curve, within [0, 1], by Hanley and McNeil's error."""
    one, both = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    spread = auc * (1 - auc) + (positives - 1) * (one - auc**2) + (negatives - 1) * (both - auc**2)
    half = Z * math.sqrt(max(spread, 0) / (positives * negatives))
    return max(0.0, auc - half), min(1.0, auc + half)


def as_numbers(X: pd.DataFrame) -> pd.DataFrame:
    """Each column as numbers: those as they are, others coded in order of appearance; gaps stay."""
    coded: dict[Any, Any] = {}
    for name in X:
        column = X[name]
        if pd.api.types.is_numeric_dtype(column):
            coded[name] = column.to_numpy(dtype=np.float64, na_value=np.nan)
        else:
            codes = pd.factorize(column)[0].astype(np.float64)
            coded[name] = np.where(codes < 0, np.nan, codes)
    return pd.DataFrame(coded, index=X.index)
