"""Lesson 03: one applicant's economic status, and how well neighbours tell the gender."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import mannwhitneyu
from sklearn.model_selection import StratifiedKFold

from edutools.course.pipeline import FEATURES, assign_rows, engineer_features, preprocess
from edutools.datasets import load_loans


def data() -> dict[str, Any]:
    """The training rows of lesson 02, their features, and the first of the test rows."""
    loans = load_loans()
    rows = assign_rows(loans)
    clean = preprocess(loans, learn_from=loans[rows == "train"])
    learnt = clean[rows == "train"]
    table = engineer_features(clean, learn_from=learnt)
    return {
        "person": clean[rows == "test"].iloc[0],
        "learnt": learnt,
        "features": table.loc[rows == "train", FEATURES],
        "woman": (learnt["gender"] == "woman").astype(int),
    }


def _economic_status(given: dict[str, Any]) -> Any:
    alone = given["person"].to_frame().T.infer_objects()
    return engineer_features(alone, learn_from=given["learnt"])["economic_status"].iloc[0]


def _what_is_left(given: dict[str, Any]) -> Any:
    """Neighbours by their distances, and the AUC as Mann and Whitney's U."""
    features, woman = given["features"].to_numpy(float), given["woman"].to_numpy()
    scores = np.empty(len(woman))
    for learn, judge in StratifiedKFold(5).split(features, woman):
        scaled = (features - features[learn].mean(axis=0)) / features[learn].std(axis=0)
        away = ((scaled[judge][:, None] - scaled[learn]) ** 2).sum(axis=2)
        nearest = np.argsort(away, axis=1, kind="stable")[:, :5]
        scores[judge] = woman[learn][nearest].mean(axis=1)
    of_women, of_men = scores[woman == 1], scores[woman == 0]
    return mannwhitneyu(of_women, of_men).statistic / (len(of_women) * len(of_men))


OTHERWISE = {
    "03_engineer_features/economic-status": _economic_status,
    "03_engineer_features/what-is-left": _what_is_left,
}
