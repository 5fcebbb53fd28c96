"""One reader for any model: scores of rows, or decisions alone where a model gives no more."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edutools._checks import known_keywords, one_of, suggestion
from edutools.predictors.frameworks import BATCH, Framework, framework_of
from edutools.predictors.outputs import OUTPUTS, accepted_of, place_of, score_of


def scores(model: Any, X: Any, *, pos_label: Any = 1) -> NDArray[np.float64]:
    """Probability of the positive label for each row, shape (n,), in [0, 1].

    Parameters
    ----------
    model : object
        A fitted classifier with `predict_proba` and `classes_`, as scikit-learn's have, or a network of
        PyTorch, Keras or Gluon that declares what it puts out.
    X : array-like, shape (n, n_features)
        What the model takes.
    pos_label : bool, int, float or str, default 1
        Which of the model's `classes_` is positive.

    Raises
    ------
    TypeError: the model is not a classifier, or gives no probabilities.
    ValueError: `pos_label` is not one of the model's classes, or there are more than two; the model fails on
        the rows.
    """
    if isinstance(model, Reader) or framework_of(model) is not None:
        return (model if isinstance(model, Reader) else reader(model, pos_label=pos_label)).scores(X)
    classes = _classes(model)
    if pos_label not in classes:
        near = suggestion(pos_label, classes)
        raise ValueError(
            f"`pos_label` must be one of the model's classes, {classes!r}, got {pos_label!r}.{near}"
        )
    if len(classes) > 2:
        raise ValueError(
            f"`model` must tell two classes apart to have a threshold, got {len(classes)}: {classes!r}."
        )
    _refuse_without_probabilities(model)
    probabilities = np.asarray(_asked(model, model.predict_proba, X))
    return probabilities[:, classes.index(pos_label)].astype(np.float64, copy=False)


def labels(model: Any, X: Any) -> NDArray[Any]:
    """Label that a classifier predicts for each row, shape (n,), one of its own classes.

    Raises
    ------
    TypeError: the model is not a classifier.
    ValueError: the model fails on the rows.
    """
    _classes(model)
    return np.asarray(_asked(model, model.predict, X))


@known_keywords()
def reader(
    model: Any,
    *,
    pos_label: Any = None,
    output: str | None = None,
    classes: Sequence[Any] | None = None,
    threshold: float | None = 0.5,
    batch_size: int = BATCH,
) -> Reader:
    """Whatever reads `model`: its scores of rows in [0, 1], and whom it accepts.

    What a model puts out is taken from what it declares: scikit-learn's interface, the last step of a
    network, a Keras loss `from_logits`. It is never guessed from the numbers. What declares nothing needs
    `output`.

    Parameters
    ----------
    model : object
        A fitted classifier with scikit-learn's interface (a Pipeline, XGBoost's and LightGBM's too), a
        PyTorch module, a Keras model, an MXNet Gluon block, or a function of rows.
    pos_label : object, optional
        The favourable class, by default 1 where there are two classes.
    output : {"probabilities", "logits", "log_probabilities", "labels"}, optional
        What the model puts out, where it does not declare it, or declares it wrongly.
    classes : sequence, optional
        Class of each output in order, by default the model's `classes_`, or 0, 1, …
    threshold : float or None, default 0.5
        Who scores as much is accepted. With None the model's own label decides, where it gives labels.
    batch_size : int, default 8192
        Rows that a network is asked at once.

    Raises
    ------
    TypeError: `model` is none of these.
    ValueError: `output` is unknown, or is needed; `pos_label` or `classes` do not fit the model.
    """
    if output is not None:
        one_of("output", output, OUTPUTS, near={"probability": "probabilities", "logit": "logits"})
    if batch_size < 1:
        raise ValueError(f"`batch_size` must be at least 1, got {batch_size!r}.")
    if isinstance(model, (str, bytes, os.PathLike)):
        raise TypeError(
            f"`model` must be a model, got {model!r}. A file is not opened here, since a pickle runs code: "
            "load it yourself where you trust it."
        )
    if isinstance(model, type):
        raise TypeError(
            f"`model` must be a fitted model, got the class {model.__name__}: make one of it, and fit it."
        )
    about = {"pos_label": pos_label, "threshold": threshold}
    home = framework_of(model)
    if home is not None:
        return _Network(model, home, output, classes=classes, batch_size=batch_size, **about)
    if hasattr(model, "predict"):
        return _classifier(model, output, classes, about)
    if callable(model):
        return _Rows(model, model, "function", output, classes=classes, **about)
    raise TypeError(
        "`model` must be a fitted classifier, a PyTorch, Keras or Gluon network, or a function of rows, "
        f"got {type(model).__name__}."
    )


def _classifier(
    model: Any, output: str | None, classes: Sequence[Any] | None, about: dict[str, Any]
) -> Reader:
    """A reader of what has scikit-learn's `predict`: by its probabilities, its labels, or as it is told."""
    own = classes if classes is not None else getattr(model, "classes_", None)
    if own is None and output is None:
        _classes(model)  # says what is missing
    own = _names(own) if own is not None else None
    if hasattr(model, "predict_proba") and output in (None, "probabilities"):
        return _Rows(model, model.predict_proba, "classifier", "probabilities", classes=own, **about)
    if output in ("logits", "probabilities", "log_probabilities"):
        ask = model.decision_function if hasattr(model, "decision_function") else model.predict
        return _Rows(model, ask, "classifier", output, classes=own, **about)
    return _Rows(model, model.predict, "classifier", "labels", classes=own, **about)


class Reader(ABC):
    """Scores and decisions of one model; `reader` makes it.

    Attributes
    ----------
    model : object
        What is asked.
    kind : {"classifier", "PyTorch", "Keras", "Gluon", "function"}
        How it is asked.
    has_scores : bool
        Whether it gives scores, or labels alone.
    """

    def __init__(
        self,
        model: Any,
        kind: str,
        output: str | None,
        *,
        pos_label: Any,
        classes: Sequence[Any] | None,
        threshold: float | None,
    ) -> None:
        if classes is not None:
            place_of(pos_label, classes)
        self.model, self.kind, self.output = model, kind, output
        self.pos_label, self.classes, self.threshold = pos_label, classes, threshold

    @property
    def has_scores(self) -> bool:
        """Whether the model gives scores, or labels alone."""
        return self.output != "labels"

    def scores(self, X: Any) -> NDArray[np.float64]:
        """Probability of the favourable class for each row, shape (n,), in [0, 1].

        Raises
        ------
        TypeError: the model gives labels alone.
        ValueError: the model fails on the rows (its own error is the cause), puts out what does not fit, or
            does not declare what it puts out.
        """
        if not self.has_scores:
            _refuse_without_probabilities(self.model)
            raise TypeError("`model` gives labels and no scores: `accepted` reads them.")
        raw, output = self._raw(X)
        return score_of(raw, output, pos_label=self.pos_label, classes=self.classes)

    def accepted(self, X: Any) -> NDArray[np.bool_]:
        """Whether each row gets the favourable decision, shape (n,).

        Raises
        ------
        ValueError: as `scores`; or no label is the favourable one.
        """
        own = getattr(self.model, "predict", None) if self.kind == "classifier" else None
        if self.has_scores and (self.threshold is not None or own is None):
            return self.scores(X) >= (0.5 if self.threshold is None else self.threshold)
        raw = self._raw(X)[0] if own is None else np.asarray(_asked(self.model, own, X))
        return accepted_of(raw, pos_label=self.pos_label, classes=self.classes)

    @abstractmethod
    def _raw(self, X: Any) -> tuple[NDArray[Any], str]:
        """What the model puts out for each row, and what that is."""


class _Rows(Reader):
    """A model that is asked all rows at once, as they were given."""

    def __init__(
        self, model: Any, ask: Callable[[Any], Any], kind: str, output: str | None, **about: Any
    ) -> None:
        if output is None:
            raise ValueError(
                f"`output` must say what the function puts out: one of {OUTPUTS!r}. "
                "It cannot be read off a function, and is not guessed from its numbers."
            )
        super().__init__(model, kind, output, **about)
        self._ask = ask

    def _raw(self, X: Any) -> tuple[NDArray[Any], str]:
        raw = np.asarray(_asked(self.model, self._ask, X))
        _refuse_other_length(raw, _rows_of(X))
        return raw, str(self.output)


class _Network(Reader):
    """A network, asked batch by batch, with numbers alone."""

    def __init__(
        self, model: Any, home: Framework, output: str | None, *, batch_size: int, **about: Any
    ) -> None:
        super().__init__(model, home.name, output, **about)
        self._home, self._batch_size = home, batch_size
        self._known: str | None = None  # what the model was found to declare

    def _raw(self, X: Any) -> tuple[NDArray[Any], str]:
        numbers = as_numbers(X)
        output = self._known = self.output or self._known or self._declared(numbers, X)
        parts: list[NDArray[Any]] = []
        try:
            for part in self._home.batches(self.model, numbers, self._batch_size):
                parts.append(np.atleast_1d(part))
        except Exception as error:
            start = len(parts) * self._batch_size
            raise _failure(
                self.model, error, X, start, min(start + self._batch_size, len(numbers))
            ) from error
        raw = np.concatenate(parts)
        _refuse_other_length(raw, len(numbers))
        return raw, output

    def _declared(self, numbers: NDArray[Any], X: Any) -> str:
        try:
            declared = self._home.declared(self.model, numbers)
        except Exception as error:
            raise _failure(self.model, error, X, 0, min(2, len(numbers))) from error
        if declared is None:
            raise ValueError(
                f"`output` must say what this {self._home.name} model puts out: one of {OUTPUTS!r}. "
                "Its last step declares nothing (no sigmoid, no softmax), and it is not guessed from numbers."
            )
        return declared


def as_numbers(X: Any) -> NDArray[Any]:
    """Rows as float32 (float64 where they are), as a network takes them.

    Raises
    ------
    ValueError: no rows; a column holds no numbers, named.
    """
    array = _numbers_of_frame(X) if hasattr(X, "iloc") else np.asarray(X)
    if array.dtype.kind not in "biuf":
        raise ValueError(f"`X` must hold numbers for a network, got {array.dtype}.{_PREPARED}")
    if array.ndim < 2 or not len(array):
        raise ValueError(f"`X` must have rows and columns, at least one row, got shape {array.shape}.")
    return array if array.dtype == np.float64 else array.astype(np.float32, copy=False)


_PREPARED = (
    " Name the columns that it takes (`features`), or give a function of rows that prepares them and "
    "asks it, with its `output`."
)


def _numbers_of_frame(X: Any) -> NDArray[Any]:
    words = [
        str(name)
        for name, kind in zip(X.columns, X.dtypes, strict=True)
        if getattr(kind, "kind", "O") not in "biuf"
    ]
    if words:
        raise ValueError(
            f"`X` must hold numbers for a network, got others in the columns {words}.{_PREPARED}"
        )
    return X.to_numpy(dtype=np.float64, na_value=np.nan)  # type: ignore[no-any-return]


def _rows_of(X: Any) -> int:
    shape = getattr(X, "shape", None)
    return int(shape[0]) if shape else len(X)


def _refuse_other_length(raw: NDArray[Any], rows: int) -> None:
    if raw.ndim == 0 or len(raw) != rows:
        raise ValueError(f"`model` must put out a value for each of {rows} rows, got shape {raw.shape}.")


def _asked(model: Any, ask: Callable[[Any], Any], X: Any) -> Any:
    rows = _rows_of(X)
    try:
        return ask(X)
    except Exception as error:
        raise _failure(model, error, X, 0, rows) from error


def _failure(model: Any, error: Exception, X: Any, start: int, stop: int) -> ValueError:
    """The model's own error, with which rows and columns it was given."""
    names = getattr(X, "columns", None)
    if names is None:
        shape = getattr(X, "shape", None) or np.shape(X)
        columns = f"{shape[1]} columns" if len(shape) > 1 else "one column"
    else:
        listed = [str(each) for each in names]
        columns = f"the columns {listed[:20]}{' and more' * (len(listed) > 20)}"
    called = getattr(model, "__name__", type(model).__name__)
    return ValueError(
        f"`model` ({called}) failed when given rows {start} to {stop - 1} of {_rows_of(X)} with {columns}: "
        f"{type(error).__name__}: {error}"
    )


def _refuse_without_probabilities(model: Any) -> None:
    if hasattr(model, "predict_proba") or not hasattr(model, "predict"):
        return
    cure = (
        " It has a decision_function, whose values are not in [0, 1]: calibrate it first, with "
        "sklearn.calibration.CalibratedClassifierCV(model)."
        if hasattr(model, "decision_function")
        else " `edutools.predictors.labels` gives its hard labels."
    )
    raise TypeError(f"`model` must have predict_proba, got {type(model).__name__}, which has none.{cure}")


def _classes(model: Any) -> list[Any]:
    if isinstance(model, type):
        raise TypeError(
            f"`model` must be a fitted model, got the class {model.__name__}: make one of it, and fit it."
        )
    if not hasattr(model, "predict"):
        raise TypeError(
            f"`model` must be a fitted classifier with predict_proba, got {type(model).__name__}."
        )
    if not hasattr(model, "classes_"):
        kind = (
            "classifier is not fitted"
            if _is_classifier(model)
            else f"{type(model).__name__} has no `classes_`"
        )
        cure = (
            "call its fit(X, y) first"
            if _is_classifier(model)
            else "it is a regressor, or no model of scikit-learn"
        )
        raise TypeError(f"`model` must be a fitted classifier, but this {kind}: {cure}.")
    return _names(model.classes_)


def _names(classes: Any) -> list[Any]:
    if isinstance(classes, (list, tuple)) and any(isinstance(each, np.ndarray) for each in classes):
        raise ValueError(
            f"`model` must predict one label, got a model of {len(classes)}. "
            "Give a function of rows that picks one, with its `output`."
        )
    return np.asarray(classes).tolist()


def _is_classifier(model: Any) -> bool:
    return hasattr(model, "predict_proba") or hasattr(model, "decision_function")
