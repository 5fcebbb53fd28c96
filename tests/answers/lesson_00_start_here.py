"""Lesson 00: what a threshold does, and earns."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.metrics import confusion_matrix

from tests.answers.lesson_05_evaluate import data

__all__ = ["OTHERWISE", "data"]


def _wrongly_approved(given: dict[str, Any]) -> Any:
    return confusion_matrix(given["y_true"], given["y_score"] >= 0.6)[0, 1]


def _profit(given: dict[str, Any]) -> Any:
    return np.where(given["y_score"] >= 0.6, np.where(given["y_true"] == 1, 300, -700), 0).sum()


OTHERWISE = {"00_start_here/wrongly-approved": _wrongly_approved, "00_start_here/profit": _profit}
