"""Logistic regression with a small ridge, as logistic.js fits it in the browser."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MOST_STEPS = 100
SMALL_STEP = 1e-9


@dataclass(frozen=True)
class Logistic:
    """A fitted model: `weights`, the intercept first, of features less `centre`, times `factor`."""

    centre: Floats
    factor: Floats
    weights: Floats

    def log_odds(self, features: Floats) -> Floats:
        """The log-odds of each row of `features`, shape (n, n_features): an array of shape (n,)."""
        return self.weights[0] + (features - self.centre) * self.factor @ self.weights[1:]


def fit_logistic(features: Floats, labels: NDArray[np.bool_], *, ridge: float = 1.0) -> Logistic | None:
    """The model that training arrives at, or None where the rows have not both labels.

    Parameters
    ----------
    features : ndarray, shape (n, n_features)
        Finite numbers. They are standardised on these rows; a column without spread becomes 0.
    labels : ndarray of bool, shape (n,)
    ridge : float, default 1.0
        Of the penalty ridge ÷ 2 · Σ weight², which leaves the intercept alone: 1 ÷ C of scikit-learn.
    """
    if labels.all() or not labels.any():
        return None
    centre = features.mean(axis=0)
    spread = features.std(axis=0)
    flat = features.min(axis=0) == features.max(axis=0)
    factor = np.where(flat, 0.0, 1 / np.where(flat, 1.0, spread))
    rows = np.column_stack([np.ones(len(features)), (features - centre) * factor])
    penalty = np.full(rows.shape[1], ridge)
    penalty[0] = 0.0
    return Logistic(centre, factor, _newton(rows, labels.astype(float), penalty))


def _newton(rows: Floats, targets: Floats, penalty: Floats) -> Floats:
    weights = np.zeros(rows.shape[1])
    weights[0] = np.log(targets.sum() / (len(targets) - targets.sum()))
    loss = _loss(rows, targets, penalty, weights)
    for _ in range(MOST_STEPS):
        chance = (1 + np.tanh(rows @ weights / 2)) / 2  # the logistic function, which cannot overflow so
        slope = rows.T @ (chance - targets) + penalty * weights
        curve = rows.T @ (rows * (chance * (1 - chance))[:, None]) + np.diag(penalty)
        step = np.linalg.solve(curve, slope)
        share = 1.0
        # Halved where a whole step would climb: far from the goal the curve is not the parabola of the step.
        while True:
            reached = _loss(rows, targets, penalty, weights - share * step)
            if reached <= loss * (1 + 1e-12) or share / 2 <= SMALL_STEP:
                break
            share /= 2
        weights, loss = weights - share * step, reached
        if np.abs(step).max() < SMALL_STEP:
            break
    return weights


def _loss(rows: Floats, targets: Floats, penalty: Floats, weights: Floats) -> float:
    z = rows @ weights
    return float((np.logaddexp(0, z) - targets * z).sum() + (penalty * weights**2).sum() / 2)
