"""A logistic regression that can be asked to treat groups alike, and the record of how it was trained."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from edutools._checks import one_of
from edutools._columns import read_groups

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

CRITERIA = ("demographic_parity", "equal_opportunity")
MOST_EPOCHS = 1_000
SECONDS_BEFORE_A_BAR = 2.0
# The share of the expected fall that a step must bring (Armijo), and where halving it has no more sense.
LEAST_FALL, SMALLEST_STEP = 1e-4, 1e-12
SINGULAR = 1e-12


class FairLogisticRegression(ClassifierMixin, BaseEstimator):
    """Logistic regression that minimises log-loss plus a penalty on the gap between groups.

    It minimises ::

        mean log-loss + ‖coef‖² / (2 C n) + strength · mean over pairs of groups of (m_a - m_b)²

    where m_g is the mean score of group g: over all its rows for demographic parity, over those with a
    positive label for equal opportunity. Without the last term it is scikit-learn's ``LogisticRegression``.
    The groups shape the coefficients and nothing else: they are not needed, and not looked at, to predict.

    Parameters
    ----------
    strength : float, at least 0, default 0.0
        What a squared gap of 1 in mean score costs, in units of log-loss. 0 asks for nothing; 50 closes
        most gaps that the features allow to be closed.
    criterion : str, default "demographic_parity"
        Whose mean scores must be alike: ``"demographic_parity"`` or ``"equal_opportunity"``.
    C : float, above 0, default 1.0
        Inverse of the strength of regularisation, as in scikit-learn; ``np.inf`` for none.
    fit_intercept : bool, default True
        Whether there is an intercept, which is not regularised.
    epochs : int, optional
        How many epochs to train: in each, all rows are seen once and one step is taken. By default until the
        slope is gone (`tol`).
    tol : float, above 0, default 1e-8
        Training ends early where no partial derivative is larger than this.
    progress : bool, default True
        Whether a progress bar is shown once training has taken two seconds.

    Attributes
    ----------
    classes_ : ndarray, shape (2,)
        The two labels; the second is the positive one.
    coef_ : ndarray of float, shape (1, n_features)
    intercept_ : ndarray of float, shape (1,)
    history_ : list of dict
        One entry an epoch, the first of them untrained: ``epoch``, ``loss`` (mean log-loss, without the
        penalty), ``penalty`` (strength times the mean squared gap), ``accuracy``, ``rates`` (share of each
        group with a score of at least 0.5; empty without groups), ``group_rows`` (how many rows of equal
        weight tell as much as the group's, Kish 1965), ``intercept`` and ``coef``. All on the training rows,
        by their weights.
    n_iter_ : int
        Epochs trained.
    converged_ : bool
        Whether training ended because nothing lower was left to find.

    Warns
    -----
    ConvergenceWarning: `epochs` is not given, and 1,000 were not enough.

    Notes
    -----
    The step is Newton's for the log-loss and Gauss and Newton's for the penalty, whose square has a curvature
    of its own that is left out so that the step always leads down; it is halved until the sum falls, or,
    where what is left to fall is less than rounding, until the slope does. It begins with all coefficients at
    0, so the same data give the same model. Where the penalty is strong, the sum may have several valleys,
    and the one that is found is the one below 0.

    A penalty on the squared gap is a soft constraint: it trades, and does not promise. Related work uses the
    covariance of group and score (Zafar, Valera, Gomez Rodriguez and Gummadi 2017) or mean scores of groups
    (Kamishima, Akaho, Asoh and Sakuma 2012; Beutel et al. 2019).

    References
    ----------
    Zafar, M. B., Valera, I., Gomez Rodriguez, M., & Gummadi, K. P. (2017). Fairness constraints: Mechanisms
    for fair classification. AISTATS 2017.

    Kamishima, T., Akaho, S., Asoh, H., & Sakuma, J. (2012). Fairness-aware classifier with prejudice remover
    regularizer. ECML PKDD 2012.

    Kish, L. (1965). Survey sampling. Wiley. Section 11.7.

    Beutel, A., et al. (2019). Putting fairness principles into practice. AIES 2019.

    Examples
    --------
    >>> import numpy as np
    >>> from edutools import FairLogisticRegression
    >>> X, y = np.array([[0.0], [1.0], [2.0], [3.0]]), [0, 1, 0, 1]
    >>> model = FairLogisticRegression(strength=10).fit(X, y, sensitive_features=["a", "a", "b", "b"])
    >>> [round(entry["loss"], 3) for entry in model.history_][0]
    0.693
    """

    def __init__(
        self,
        strength: float = 0.0,
        *,
        criterion: str = "demographic_parity",
        C: float = 1.0,
        fit_intercept: bool = True,
        epochs: int | None = None,
        tol: float = 1e-8,
        progress: bool = True,
    ) -> None:
        self.strength = strength
        self.criterion = criterion
        self.C = C
        self.fit_intercept = fit_intercept
        self.epochs = epochs
        self.tol = tol
        self.progress = progress

    def fit(
        self,
        X: Any,
        y: ArrayLike,
        *,
        sensitive_features: Any = None,
        sample_weight: ArrayLike | None = None,
    ) -> FairLogisticRegression:
        """The estimator itself, trained.

        Parameters
        ----------
        X : array-like of float, shape (n_rows, n_features)
        y : array-like, shape (n_rows,)
            Labels of two kinds.
        sensitive_features : array-like, shape (n_rows,) or (n_rows, n_features), optional
            The group of each row; needed where `strength` is above 0. Several features are crossed.
        sample_weight : array-like of float, shape (n_rows,), optional
            Weights, at least 0.

        Raises
        ------
        ValueError: a parameter is out of its range; the labels are not of two kinds; `strength` is above 0
            and there are no groups, or only one; a group has no positive label where equal opportunity is
            asked for; a weight is negative, or all are 0.
        """
        self._refuse_parameters()
        X, y = validate_data(self, X, y, dtype=np.float64)
        positive = self._read_labels(y)
        weights = self._read_weights(sample_weight, X)
        task = _Task(
            X=np.column_stack([X, np.ones(len(X))]) if self.fit_intercept else X,
            positive=positive,
            weights=weights / weights.sum(),
            ridge=self._ridge(X.shape[1], float(weights.sum())),
            strength=float(self.strength),
            **self._read_groups(sensitive_features, positive, weights),
        )
        self._train(task)
        return self

    def decision_function(self, X: Any) -> Array:
        """Log-odds of the positive label for each row, shape (n_rows,)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        return np.asarray(X @ self.coef_[0] + self.intercept_[0])

    def predict_proba(self, X: Any) -> Array:
        """Probability of each label, shape (n_rows, 2), in the order of `classes_`."""
        score = _logistic(self.decision_function(X))
        return np.column_stack([1 - score, score])

    def predict(self, X: Any) -> NDArray[Any]:
        """Label of each row, shape (n_rows,): the positive one from a score of 0.5 on."""
        check_is_fitted(self)
        # ≥, not >: a tie is positive, as everywhere in edutools.
        return self.classes_[(self.decision_function(X) >= 0).astype(int)]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags

    # ---- what is read

    def _refuse_parameters(self) -> None:
        one_of("criterion", self.criterion, CRITERIA)
        _number("strength", self.strength, least=0)
        _number("C", self.C, above=0, infinite=True)
        _number("tol", self.tol, above=0)
        if self.epochs is None:
            return
        epochs: Any = self.epochs
        if isinstance(epochs, bool) or not isinstance(epochs, Integral) or int(epochs) < 0:
            raise ValueError(
                "`epochs` must be a whole number of at least 0, or None for as many as it takes, "
                f"got {self.epochs!r}."
            )

    def _read_labels(self, y: Any) -> Array:
        check_classification_targets(y)
        if type_of_target(y) == "multiclass":
            raise ValueError(
                "Only binary classification is supported. The type of the target is multiclass: "
                f"`y` must hold two labels, got {np.unique(y)[:5].tolist()!r}."
            )
        self.classes_ = np.unique(y)
        if len(self.classes_) < 2:
            raise ValueError(
                f"`y` must hold two labels, got one class: {self.classes_.tolist()!r}. "
                "There is nothing to tell apart."
            )
        return np.asarray(y == self.classes_[1], dtype=np.float64)

    def _read_weights(self, sample_weight: Any, X: Array) -> Array:
        weights = np.asarray(_check_sample_weight(sample_weight, X, dtype=np.float64))
        if (weights < 0).any():
            raise ValueError(f"`sample_weight` must be at least 0 in every row, got {weights.min():g}.")
        if not weights.any():
            raise ValueError("`sample_weight` must be above 0 somewhere, got only zeros.")
        return weights

    def _ridge(self, n_features: int, total: float) -> Array:
        """What each coefficient's square costs, twice; the intercept's nothing."""
        ridge = np.full(n_features, 1 / (self.C * total))
        return np.append(ridge, 0.0) if self.fit_intercept else ridge

    def _read_groups(self, sensitive_features: Any, positive: Array, weights: Array) -> dict[str, Any]:
        """The groups' names, and the weights of each group's rows, of shape (n_groups, n_rows)."""
        if sensitive_features is None:
            if self.strength > 0:
                raise ValueError(
                    f"`strength` is {self.strength!r}, so `sensitive_features` must say which group each row "
                    "is in, got None. In a Pipeline: set_fit_request(sensitive_features=True) on this step."
                )
            nobody = np.empty((0, len(weights)))
            return {"groups": (), "members": nobody, "compared": nobody}
        codes, names, code_of = read_groups(sensitive_features, len(weights))
        members = np.array([codes == code for code in code_of], dtype=np.float64) * weights
        kept = members.sum(axis=1) > 0  # a group whose rows all weigh nothing is not there
        names = tuple(name for name, keep in zip(names, kept, strict=True) if keep)
        members = members[kept]
        compared = members * positive if self.criterion == "equal_opportunity" else members
        if self.strength > 0:
            _refuse_groups(names, compared)
        return {"groups": names, "members": members, "compared": _as_means(compared)}

    # ---- how it is trained

    def _train(self, task: _Task) -> None:
        at = task.at(np.zeros(task.X.shape[1]))
        self.history_ = [self._entry(0, task, at)]
        most = MOST_EPOCHS if self.epochs is None else int(self.epochs)
        show = _bar(most) if self.progress else lambda _: None
        converged = at.is_flat(self.tol)
        for epoch in range(1, most + 1):
            further = None if converged else task.step_from(at)
            if further is None:
                break
            at = further
            converged = at.is_flat(self.tol)
            self.history_.append(self._entry(epoch, task, at))
            show(epoch)
        show(most)
        self.n_iter_ = len(self.history_) - 1
        self.converged_ = converged or self.n_iter_ < most
        n_features = task.X.shape[1] - self.fit_intercept
        self.coef_ = at.parameters[None, :n_features].copy()
        self.intercept_ = at.parameters[n_features:].copy() if self.fit_intercept else np.zeros(1)
        if self.epochs is None and not self.converged_:
            warnings.warn(
                f"Training did not end within {MOST_EPOCHS:,} epochs: scale the features, lower "
                f"`strength`, or raise `tol` (the largest partial derivative is {abs(at.slope).max():.1e}).",
                ConvergenceWarning,
                stacklevel=3,
            )

    def _entry(self, epoch: int, task: _Task, at: _Place) -> dict[str, Any]:
        approved = at.scores >= 0.5
        n_features = task.X.shape[1] - self.fit_intercept
        return {
            "epoch": epoch,
            "loss": at.loss,
            "penalty": at.penalty,
            "accuracy": float(task.weights @ (approved == task.positive)),
            "rates": dict(zip(task.groups, task.rates(approved), strict=True)),
            "group_rows": dict(zip(task.groups, _effective_rows(task.members).tolist(), strict=True)),
            "intercept": float(at.parameters[-1]) if self.fit_intercept else 0.0,
            "coef": at.parameters[:n_features].tolist(),
        }


@dataclass(frozen=True)
class _Task:
    """What is minimised: the data, with every weight in it."""

    X: Array
    positive: Array
    weights: Array  # of the rows, adding up to 1
    ridge: Array
    strength: float
    groups: tuple[str, ...]
    members: Array  # the weights of each group's rows
    compared: Array  # weights that give the mean of each group's rows whose mean scores must be alike

    def at(self, parameters: Array) -> _Place:
        log_odds = self.X @ parameters
        scores = _logistic(log_odds)
        # log(1 + e^z) - y z, which cannot overflow.
        loss = float(self.weights @ (np.logaddexp(0, log_odds) - self.positive * log_odds))
        slope = self.X.T @ (self.weights * (scores - self.positive)) + self.ridge * parameters
        penalty, bend = 0.0, None
        if self.strength:
            apart, bend = self._apart(scores), self._bend(scores)
            penalty = self.strength * float(apart @ apart)
            slope = slope + 2 * self.strength * (bend.T @ apart)
        total = loss + penalty + float(self.ridge @ parameters**2) / 2
        return _Place(parameters, scores, loss, penalty, total, slope, bend)

    def rates(self, approved: NDArray[np.bool_]) -> list[float]:
        """Share of each group that is approved, by weight."""
        return ((self.members @ approved) / self.members.sum(axis=1)).tolist()

    def step_from(self, at: _Place) -> _Place | None:
        """The place one step lower, or None where nothing lower is found."""
        step = self._step(at)
        expected = float(at.slope @ step)
        length = 1.0
        while length > SMALLEST_STEP:
            further = self.at(at.parameters + length * step)
            if _leads_down(at, further, LEAST_FALL * length * expected):
                return further
            length /= 2
        return None

    def _step(self, at: _Place) -> Array:
        curve = self.weights * at.scores * (1 - at.scores)
        curvature = (self.X * curve[:, None]).T @ self.X + np.diag(self.ridge)
        if at.bend is not None:
            curvature += 2 * self.strength * at.bend.T @ at.bend
        # Columns in units far apart, or that repeat each other, leave a curvature without a usable inverse.
        scale = 1 / np.sqrt(np.maximum(curvature.diagonal(), np.finfo(float).tiny))
        scaled = curvature * scale[:, None] * scale
        return np.asarray(-scale * np.linalg.lstsq(scaled, scale * at.slope, rcond=SINGULAR)[0])

    def _apart(self, scores: Array) -> Array:
        """Each group's distance from their middle, scaled so that its square is the mean over pairs."""
        means = self.compared @ scores
        return np.asarray((means - means.mean()) * np.sqrt(2 / (len(means) - 1)))

    def _bend(self, scores: Array) -> Array:
        """How each distance changes with each parameter, shape (n_groups, n_parameters)."""
        slopes = self.compared @ (self.X * (scores * (1 - scores))[:, None])
        return np.asarray((slopes - slopes.mean(axis=0)) * np.sqrt(2 / (len(slopes) - 1)))


@dataclass(frozen=True)
class _Place:
    """Some parameters, and what is known of the sum that is minimised there."""

    parameters: Array
    scores: Array
    loss: float
    penalty: float
    total: float
    slope: Array
    bend: Array | None

    def is_flat(self, tol: float) -> bool:
        return bool(abs(self.slope).max() <= tol)


def _leads_down(at: _Place, further: _Place, fall: float) -> bool:
    """Whether the sum falls by `fall` (a negative number), or is the same number where less slope is left."""
    if further.total == at.total:
        # The fall is smaller than rounding. Going on for the sum's sake alone would never end.
        return bool(abs(further.slope).max() < abs(at.slope).max())
    return further.total <= at.total + fall


def _effective_rows(weights: Array) -> Array:
    """How many rows of equal weight tell as much, along the last axis."""
    return weights.sum(axis=-1) ** 2 / (weights**2).sum(axis=-1)


def _logistic(log_odds: Array) -> Array:
    from scipy.special import expit

    return np.asarray(expit(log_odds))


def _as_means(members: Array) -> Array:
    """Rows' weights, scaled so that each group's add up to 1."""
    with np.errstate(invalid="ignore"):
        return np.asarray(members / members.sum(axis=1, keepdims=True))


def _refuse_groups(names: tuple[str, ...], compared: Array) -> None:
    if len(names) < 2:
        raise ValueError(f"`sensitive_features` must tell at least two groups apart, got {list(names)!r}.")
    for name, rows in zip(names, compared, strict=True):
        if not rows.any():
            raise ValueError(
                f"Equal opportunity compares rows with a positive label, and group {name!r} has none: "
                "join it with another, or ask for 'demographic_parity'."
            )


def _number(
    name: str, value: Any, *, least: float | None = None, above: float = -np.inf, infinite: bool = False
) -> None:
    span = f"of at least {least}" if least is not None else f"above {above}"
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    number = float(cast("float", value)) if is_number else np.nan
    within = number >= least if least is not None else number > above
    # Written so that NaN fails too.
    if not within or (np.isinf(number) and not infinite):
        raise ValueError(f"`{name}` must be a {'' if infinite else 'finite '}number {span}, got {value!r}.")


def _bar(most: int) -> Callable[[int], None]:
    """What is told of each epoch that is done; a bar appears once that has taken a while."""
    begun = time.perf_counter()
    bars: list[Any] = []

    def show(epoch: int) -> None:
        if not bars and epoch < most and time.perf_counter() - begun > SECONDS_BEFORE_A_BAR:
            from tqdm.auto import tqdm

            bars.append(tqdm(total=most, unit="epoch"))
        for bar in bars:
            bar.update(epoch - bar.n)
            if epoch == most:
                bar.close()

    return show
