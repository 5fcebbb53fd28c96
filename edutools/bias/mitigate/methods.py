"""The methods, by name: before training on the data, during it on the model, after it on the decisions."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from edutools import predictors
from edutools._checks import one_of, suggestion
from edutools.bias.mitigate import balance as balancing
from edutools.bias.mitigate import repairs
from edutools.bias.mitigate.models import (
    GroupThresholds,
    Lottery,
    OptimizedThresholds,
    Relabelled,
    Repaired,
    dense,
    in_numbers,
)
from edutools.bias.mitigate.task import Task, brought, fit_keyword, last_step, read_task
from edutools.counts import ThresholdCounts
from edutools.criteria import CRITERIA, choose_thresholds
from edutools.texts import text
from edutools.training import FairLogisticRegression

STAGES = ("before", "during", "after")
MOST_DISTINCT = 5_000  # rows up to which each distinct score may be a threshold; beyond, 1,001 steps
PARITY, OPPORTUNITY, ODDS = "demographic_parity", "equal_opportunity", "equalized_odds"


def reweighing(task: Task) -> Any:
    """The estimator, trained with a weight a row under which group and label are independent."""
    return task.fitted(weight=balancing.weights(task))


def oversampling(task: Task, *, balance: str = "independent") -> Any:
    """The estimator, trained on all rows and on some of them again."""
    return balancing.resampled(task, balance=balance, above=True).fitted()


def undersampling(task: Task, *, balance: str = "independent") -> Any:
    """The estimator, trained on some of the rows."""
    return balancing.resampled(task, balance=balance, above=False).fitted()


def synthetic(task: Task, *, balance: str = "independent", neighbours: int = balancing.NEIGHBOURS) -> Any:
    """The estimator, trained on all rows and on made-up ones between them."""
    if neighbours < 1:
        raise ValueError(f"`neighbours` must be at least 1, got {neighbours!r}.")
    return balancing.with_synthetic_rows(task, balance=balance, neighbours=neighbours).fitted()


def correlation_removal(task: Task, *, amount: float = 1.0) -> Any:
    """A model of features without what is linear in the group, taken out before the last step."""
    _refuse_amount(amount)
    before, last = _parted(task)
    rows = task.numbers(in_numbers(before, task.X), "What correlation is removed from")
    repair = repairs.Decorrelation(amount).fit(rows, task.group)
    estimator = task.fitted(repair.transform(rows, task.group), estimator=last)
    return Repaired(estimator, repair=repair, before=before, **_known(task))


def drop_proxy(task: Task, *, columns: Any = None) -> Any:
    """The estimator, trained and asked with columns held at one value: by default the strongest proxy."""
    chosen = [repairs.strongest_proxy(task)] if columns is None else repairs.chosen_columns(task, columns)
    held = repairs.HeldColumns({name: repairs.held_value(task.X, name) for name in chosen})
    return task.fitted(estimator=Pipeline([("held", held), ("model", clone(task.estimator))]))


def repair_proxy(task: Task, *, columns: Any = None, amount: float = 1.0) -> Any:
    """A model of columns in which each group has one distribution: by default all columns of numbers."""
    _refuse_amount(amount)
    chosen = repairs.numeric_columns(task) if columns is None else repairs.chosen_columns(task, columns)
    try:
        repair = repairs.QuantileRepair(chosen, amount).fit(task.X, task.group)
    except (TypeError, ValueError) as error:
        if "repaired" in str(error):
            raise
        raise ValueError(
            f"Quantiles are of numbers, and one of the columns {chosen!r} holds words: drop it instead."
        ) from None
    estimator = task.fitted(repair.transform(task.X, task.group))
    return Repaired(estimator, repair=repair, before=None, **_known(task))


def fair_logistic_regression(
    task: Task, *, strength: float = 50.0, criterion: str = PARITY, C: float | None = None
) -> Any:
    """Our logistic regression with its penalty, in place of the last step."""
    before, last = _parted(task)
    inverse = C if C is not None else getattr(last, "C", 1.0) if _is_logistic(last) else 1.0
    fair = FairLogisticRegression(strength, criterion=criterion, C=inverse, progress=False)
    if before is None:
        task.numbers(task.X, "Logistic regression")
        steps = [] if _is_logistic(last) else [("scaler", StandardScaler())]
    else:
        steps = [*task.estimator.steps[:-1], ("numbers", FunctionTransformer(dense))]
    return task.fitted(estimator=Pipeline([*steps, ("model", fair)]) if steps else fair)


def exponentiated_gradient(
    task: Task, *, criterion: str = PARITY, bound: float = 0.01, max_iter: int = 50
) -> Any:
    """Models between which a lot decides, such that their mixture keeps to a bound on the gap."""
    reductions = brought(_reductions, "fairlearn")
    model = reductions.ExponentiatedGradient(
        clone(task.estimator),
        _constraint(reductions, criterion, difference_bound=bound),
        eps=bound,
        max_iter=max_iter,
        sample_weight_name=fit_keyword(task.estimator, "sample_weight"),
    )
    _fit_quietly(model, task)
    return Lottery(model, **_known(task))


def grid_search(
    task: Task, *, criterion: str = PARITY, grid_size: int = 31, constraint_weight: float = 0.5
) -> Any:
    """The one of many weighted models that has the best mean of error and gap."""
    reductions = brought(_reductions, "fairlearn")
    search = reductions.GridSearch(
        clone(task.estimator),
        _constraint(reductions, criterion),
        grid_size=grid_size,
        constraint_weight=constraint_weight,
        sample_weight_name=fit_keyword(task.estimator, "sample_weight"),
    )
    _fit_quietly(search, task)
    return Relabelled(search.predictors_[search.best_idx_], **_known(task))


def thresholds(
    task: Task,
    *,
    criterion: str = PARITY,
    gain: float = 1.0,
    loss: float = 1.0,
    tolerance: float = 0.01,
    randomized: bool = False,
    cv: int | None = 5,
) -> Any:
    """The model with a threshold a group, chosen on scores of rows that it had not seen."""
    one_of("criterion", criterion, CRITERIA)
    estimator = task.fitted()
    held_out = (
        predictors.scores(estimator, task.X, pos_label=task.pos_label) if cv is None else _unseen(task, cv)
    )
    counts = ThresholdCounts.from_predictions(
        task.positive,
        held_out,
        sensitive_features=task.group,
        thresholds="distinct" if len(held_out) <= MOST_DISTINCT else None,
    )
    choice = choose_thresholds(
        counts, criterion, gain=gain, loss=loss, tolerance=tolerance, randomized=randomized
    )
    return GroupThresholds(estimator, choice=choice, **_known(task))


def threshold_optimizer(
    task: Task, *, criterion: str = PARITY, objective: str = "accuracy_score", grid_size: int = 1000
) -> Any:
    """The model with the thresholds of fairlearn's ThresholdOptimizer, chosen on its own training rows."""
    optimizer = brought(_optimizer, "fairlearn")
    names = {PARITY: PARITY, OPPORTUNITY: "true_positive_rate_parity", ODDS: ODDS}
    model = optimizer(
        estimator=clone(task.estimator),
        constraints=names[one_of("criterion", criterion, names)],
        objective=objective,
        grid_size=grid_size,
        predict_method="predict_proba",
    )
    _fit_quietly(model, task)
    return OptimizedThresholds(model, **_known(task))


def _fit_quietly(model: Any, task: Task) -> None:
    """Train what is fairlearn's, without what its use of pandas is warned of in dozens of lines."""
    with warnings.catch_warnings():
        for kind in (DeprecationWarning, PendingDeprecationWarning, FutureWarning):
            warnings.simplefilter("ignore", kind)
        model.fit(task.X, task.positive.astype(int), sensitive_features=task.group)


def _known(task: Task) -> dict[str, Any]:
    return {
        "classes": np.unique(task.y),
        "pos_label": task.pos_label,
        "groups": task.groups,
        "group_columns": task.group_columns,
        "seed": task.seed,
    }


def _parted(task: Task) -> tuple[Any, Any]:
    """The first steps of a Pipeline, trained, and its last; None and the estimator where there is none."""
    estimator = task.estimator
    if not isinstance(estimator, Pipeline) or len(estimator.steps) < 2:
        return None, last_step(estimator)[1]
    return clone(estimator[:-1]).fit(task.X, task.y), estimator.steps[-1][1]


def _is_logistic(estimator: Any) -> bool:
    return isinstance(estimator, (LogisticRegression, FairLogisticRegression))


def _unseen(task: Task, folds: int) -> Any:
    """Score of each row by a model that was trained on other rows, shape (n,)."""
    cells = StratifiedKFold(folds, shuffle=True, random_state=task.seed)
    least = int(task.counts.min())
    strata = task.cells if least >= folds else task.positive
    scores = np.empty(len(task.y))
    for train, rest in cells.split(np.zeros(len(task.y)), strata):
        model = task.of(train).fitted()
        scores[rest] = predictors.scores(model, task.of(rest).X, pos_label=task.pos_label)
    return scores


def _refuse_amount(amount: float) -> None:
    if not 0 <= amount <= 1:
        raise ValueError(f"`amount` must lie in [0, 1], got {amount!r}.")


def _reductions() -> Any:
    from fairlearn import reductions

    return reductions


def _optimizer() -> Any:
    from fairlearn.postprocessing import ThresholdOptimizer

    return ThresholdOptimizer


def _constraint(reductions: Any, criterion: str, **bound: float) -> Any:
    kinds = {
        PARITY: reductions.DemographicParity,
        OPPORTUNITY: reductions.TruePositiveRateParity,
        ODDS: reductions.EqualizedOdds,
    }
    return kinds[one_of("criterion", criterion, kinds)](**bound)


@dataclass(frozen=True)
class Method:
    """What a method is.

    Attributes
    ----------
    name : str
    stage : {"before", "during", "after"}
        Of training: on the data, on the model, on the decisions.
    criteria : tuple of str
        The criteria whose gap it is made to reduce; of several, the first unless `criterion` says another.
    needs : tuple of str
        What it cannot do without: ``"sample_weight"`` in training, ``"scores"``, ``"groups"`` to decide.
    package : str or None
        Whose code it is, where not ours.
    make : callable
        From a `Task` and keywords to a fitted model.
    """

    name: str
    stage: str
    criteria: tuple[str, ...]
    needs: tuple[str, ...]
    package: str | None
    make: Callable[..., Any]

    @property
    def label(self) -> str:
        """Its name in words."""
        return text(f"mitigations.name_{self.name}")

    @property
    def text(self) -> str:
        """What it does, in a sentence or two."""
        return text(f"mitigations.text_{self.name}")

    @property
    def parameters(self) -> dict[str, Any]:
        """Its parameters, with their default values."""
        kinds = inspect.signature(self.make).parameters.values()
        return {each.name: each.default for each in kinds if each.kind is each.KEYWORD_ONLY}


def _method(
    make: Callable[..., Any], stage: str, criteria: tuple[str, ...], *needs: str, by: str | None = None
) -> Method:
    return Method(make.__name__, stage, criteria, needs, by, make)


_REDUCED = (PARITY, OPPORTUNITY, ODDS)
METHODS: dict[str, Method] = {
    each.name: each
    for each in (
        _method(reweighing, "before", (PARITY,), "sample_weight"),
        _method(oversampling, "before", (PARITY,), by="imbalanced-learn"),
        _method(undersampling, "before", (PARITY,), by="imbalanced-learn"),
        _method(synthetic, "before", (PARITY,), by="imbalanced-learn"),
        _method(correlation_removal, "before", (PARITY,), "groups", by="fairlearn"),
        _method(drop_proxy, "before", (PARITY,)),
        _method(repair_proxy, "before", (PARITY,), "groups"),
        _method(fair_logistic_regression, "during", (PARITY, OPPORTUNITY)),
        _method(exponentiated_gradient, "during", _REDUCED, "sample_weight", by="fairlearn"),
        _method(grid_search, "during", _REDUCED, "sample_weight", by="fairlearn"),
        _method(thresholds, "after", (*_REDUCED, "predictive_parity"), "scores", "groups"),
        _method(threshold_optimizer, "after", _REDUCED, "scores", "groups", by="fairlearn"),
    )
}
"""Every method by its name, in the order in which a model is made: data, model, decisions."""


def mitigate(
    method: str,
    estimator: Any,
    X: Any,
    y: Any,
    sensitive_features: Any,
    *,
    pos_label: Any = 1,
    seed: int = 0,
    **parameters: Any,
) -> Any:
    """A model trained anew by a method that lets groups fare more alike; the estimator stays as it was.

    Parameters
    ----------
    method : str
        A name in `METHODS`.
    estimator : object
        A classifier of scikit-learn's kind, trained or not: a clone of it is trained.
    X : DataFrame or array-like, shape (n, n_features)
        Rows to train on.
    y : array-like, shape (n,)
        Labels of two kinds.
    sensitive_features : Series, DataFrame or array-like, of n rows
        The group of each row; several features are crossed.
    pos_label : object, default 1
        The favourable label.
    seed : int, default 0
        Of all that is drawn.
    **parameters
        Of the method: ``METHODS[method].parameters`` lists them.

    Returns
    -------
    object
        Fitted, with `predict`, and `predict_proba` where it decides by a score at one half; it can be
        pickled. What decides by the group takes it from X where it is a column there, else as
        ``predict(X, sensitive_features=…)``.

    Raises
    ------
    ValueError: no such method; the method does not apply to this estimator or these rows, and why.
    TypeError: the method has no such parameter; the estimator cannot be trained.
    ImportError: the method's package is not installed.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from edutools.bias.mitigate import mitigate
    >>> X, y = np.array([[0.0], [1.0], [2.0], [3.0]] * 4), [0, 0, 1, 1] * 3 + [0, 1, 0, 1]
    >>> model = mitigate("reweighing", LogisticRegression(), X, y, ["a", "b", "a", "b"] * 4)
    >>> model.predict([[3.0]]).tolist()
    [1]
    """
    chosen = METHODS[one_of("method", method, METHODS)]
    known = chosen.parameters
    for name in parameters:
        if name not in known:
            raise TypeError(
                f"{method!r} has the parameters {list(known)!r}, got {name!r}.{suggestion(name, known)}"
            )
    task = read_task(estimator, X, y, sensitive_features, pos_label=pos_label, seed=seed)
    return chosen.make(task, **parameters)
