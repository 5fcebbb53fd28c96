"""What a mitigation gives where no plain estimator can: models that know groups, or decide by lot."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from edutools import predictors
from edutools.bias.mitigate.task import groups_to_decide

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edutools.criteria import ThresholdChoice


def acceptance(
    model: Any, X: Any, *, sensitive_features: Any = None, pos_label: Any = 1
) -> NDArray[np.float64]:
    """Chance of each row to be given the favourable label, shape (n,): 0 or 1 unless a lot decides.

    Parameters
    ----------
    model : object
        What `mitigate` gave, or any fitted classifier of scikit-learn's kind.
    X : DataFrame or array-like, shape (n, n_features)
    sensitive_features : Series, DataFrame or array-like, optional
        The group of each row, where the model needs it and X does not hold it.
    pos_label : object, default 1
        The favourable label.

    Raises
    ------
    ValueError: the model needs the groups, and has them neither here nor in X.
    """
    if isinstance(model, Mitigated):
        return model.acceptance(X, sensitive_features=sensitive_features)
    return (predictors.labels(model, X) == pos_label).astype(np.float64)


class Mitigated(ClassifierMixin, BaseEstimator, ABC):
    """A fitted model that decides by more than its own score at one half.

    It is not trained again by `fit`: `mitigate` makes another.

    Parameters
    ----------
    estimator : object
        The fitted model within.
    classes : ndarray, shape (2,)
        Its labels, as they are predicted.
    pos_label : object
        The favourable one.
    groups : sequence of str
        Groups that were there in training.
    group_columns : sequence of str
        The columns of X that hold the group; empty where none do.
    seed : int, default 0
        Of the lots, where lots are drawn: the same rows in the same order are decided alike.
    """

    def __init__(
        self,
        estimator: Any,
        *,
        classes: Any,
        pos_label: Any,
        groups: Sequence[str] = (),
        group_columns: Sequence[Any] = (),
        seed: int = 0,
    ) -> None:
        self.estimator = estimator
        self.classes = classes
        self.pos_label = pos_label
        self.groups = groups
        self.group_columns = group_columns
        self.seed = seed

    def __sklearn_is_fitted__(self) -> bool:
        return True

    @property
    def classes_(self) -> NDArray[Any]:
        """The two labels, shape (2,)."""
        return np.asarray(self.classes)

    @abstractmethod
    def acceptance(self, X: Any, *, sensitive_features: Any = None) -> NDArray[np.float64]:
        """Chance of each row to be given the favourable label, shape (n,), in [0, 1]."""

    def predict(self, X: Any, *, sensitive_features: Any = None) -> NDArray[Any]:
        """Label of each row, shape (n,); where a lot decides, it is drawn with the chance of `acceptance`.

        Parameters
        ----------
        X : DataFrame or array-like, shape (n, n_features)
        sensitive_features : Series, DataFrame or array-like, optional
            The group of each row, where the model needs it and X does not hold it.

        Raises
        ------
        ValueError: the model needs the groups, and has them neither here nor in X; a group is unknown.
        """
        chance = self.acceptance(X, sensitive_features=sensitive_features)
        accepted = np.random.default_rng(self.seed).random(len(chance)) < chance
        other = self.classes_[self.classes_ != self.pos_label][0]
        labels: NDArray[Any] = np.where(accepted, self.pos_label, other).astype(self.classes_.dtype)
        return labels

    def _group(self, X: Any, sensitive_features: Any) -> NDArray[Any]:
        return groups_to_decide(X, sensitive_features, self.group_columns, self.groups)


class Repaired(Mitigated):
    """A model whose features are repaired by the group of each row before it scores them.

    Parameters
    ----------
    estimator : object
        What scores the repaired rows.
    repair : QuantileRepair or Decorrelation
    before : Pipeline or None
        What turns rows into numbers first.
    **known
        As `Mitigated` has them.
    """

    def __init__(
        self,
        estimator: Any,
        *,
        repair: Any,
        before: Any,
        classes: Any,
        pos_label: Any,
        groups: Sequence[str] = (),
        group_columns: Sequence[Any] = (),
        seed: int = 0,
    ) -> None:
        super().__init__(
            estimator,
            classes=classes,
            pos_label=pos_label,
            groups=groups,
            group_columns=group_columns,
            seed=seed,
        )
        self.repair = repair
        self.before = before

    def predict_proba(self, X: Any, *, sensitive_features: Any = None) -> NDArray[np.float64]:
        """Score of each label, shape (n, 2)."""
        probabilities: NDArray[np.float64] = self.estimator.predict_proba(
            self._repaired(X, sensitive_features)
        )
        return probabilities

    def acceptance(self, X: Any, *, sensitive_features: Any = None) -> NDArray[np.float64]:
        """1 where the repaired row is accepted, shape (n,)."""
        decided = self.estimator.predict(self._repaired(X, sensitive_features))
        return (decided == self.pos_label).astype(np.float64)

    def _repaired(self, X: Any, sensitive_features: Any) -> Any:
        group = self._group(X, sensitive_features)
        return self.repair.transform(in_numbers(self.before, X), group)


def in_numbers(before: Any, X: Any) -> Any:
    """The rows after the first steps of a Pipeline, dense; as they are where there are none."""
    return X if before is None else dense(before.transform(X))


def dense(rows: Any) -> Any:
    """Rows as an array, where they came as one that leaves out the zeros."""
    return rows.toarray() if hasattr(rows, "toarray") else np.asarray(rows)


class GroupThresholds(Mitigated):
    """A model that accepts each group from a threshold of its own, or from one that a lot chooses.

    It gives no `predict_proba`: its scores at one half are not its decisions. They are those of `estimator`.

    Parameters
    ----------
    estimator : object
        What scores rows.
    choice : ThresholdChoice
        The thresholds, and what they cost on the rows that they were chosen on.
    **known
        As `Mitigated` has them.
    """

    def __init__(
        self,
        estimator: Any,
        *,
        choice: ThresholdChoice,
        classes: Any,
        pos_label: Any,
        groups: Sequence[str] = (),
        group_columns: Sequence[Any] = (),
        seed: int = 0,
    ) -> None:
        super().__init__(
            estimator,
            classes=classes,
            pos_label=pos_label,
            groups=groups,
            group_columns=group_columns,
            seed=seed,
        )
        self.choice = choice

    @property
    def thresholds_(self) -> Mapping[str, Any]:
        """Threshold of each group, or its thresholds with their chances."""
        return self.choice.thresholds

    def acceptance(self, X: Any, *, sensitive_features: Any = None) -> NDArray[np.float64]:
        """Chance of each row to reach the threshold of its group, shape (n,)."""
        group = self._group(X, sensitive_features)
        scores = predictors.scores(self.estimator, X, pos_label=self.pos_label)
        chance = np.zeros(len(scores))
        for name, chosen in self.thresholds_.items():
            rows = group == name
            for threshold, part in chosen if isinstance(chosen, list) else [(chosen, 1.0)]:
                chance[rows] += part * (scores[rows] >= threshold)
        return np.minimum(chance, 1.0)


class Lottery(Mitigated):
    """Several models of fairlearn's ExponentiatedGradient, one of which a lot chooses for each row.

    It gives no `predict_proba`: the chance of the lot is `acceptance`, and no score.
    """

    def acceptance(self, X: Any, *, sensitive_features: Any = None) -> NDArray[np.float64]:
        """Chance of each row to be accepted, shape (n,); groups are not looked at."""
        chance = np.zeros(len(X))
        for place, weight in self.estimator.weights_.items():
            if weight:
                chance += weight * np.asarray(self.estimator.predictors_[place].predict(X), dtype=np.float64)
        return np.clip(chance, 0.0, 1.0)


class OptimizedThresholds(Mitigated):
    """Thresholds of fairlearn's ThresholdOptimizer, of which a lot chooses for each row."""

    def acceptance(self, X: Any, *, sensitive_features: Any = None) -> NDArray[np.float64]:
        """Chance of each row to be accepted, shape (n,)."""
        group = self._group(X, sensitive_features)
        chances = np.asarray(self.estimator._pmf_predict(X, sensitive_features=group))
        return np.clip(chances[:, 1], 0.0, 1.0)


class Relabelled(Mitigated):
    """A model that was trained on labels 0 and 1, and speaks in the labels that were given."""

    def predict_proba(self, X: Any, *, sensitive_features: Any = None) -> NDArray[np.float64]:
        """Score of each label, shape (n, 2), in the order of `classes_`."""
        scores = predictors.scores(self.estimator, X, pos_label=1)
        favourable = (self.classes_ == self.pos_label).astype(np.float64)
        return scores[:, None] * favourable + (1 - scores)[:, None] * (1 - favourable)

    def acceptance(self, X: Any, *, sensitive_features: Any = None) -> NDArray[np.float64]:
        """1 where a row is accepted, shape (n,); groups are not looked at."""
        return (np.asarray(self.estimator.predict(X)) == 1).astype(np.float64)
