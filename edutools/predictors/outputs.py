"""What a model puts out, turned into the score of one class: by what it is said to be, never by its range."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edutools._checks import suggestion

OUTPUTS = ("probabilities", "logits", "log_probabilities", "labels")
# Float32 sums of a softmax may end this far outside [0, 1].
ROUNDING = 1e-5


def score_of(
    raw: NDArray[Any], output: str, *, pos_label: Any, classes: Sequence[Any] | None
) -> NDArray[np.float64]:
    """Probability of the class `pos_label` for each row, shape (n,), in [0, 1].

    Parameters
    ----------
    raw : ndarray, shape (n,), (n, 1) or (n, n_classes)
        What the model put out. One output is about the second class, or the only one; several are one a
        class, and their logits are turned into probabilities by a softmax.
    output : {"probabilities", "logits", "log_probabilities"}
        What it is.
    pos_label : object
        The class to be scored; None stands for 1 where there are two.
    classes : sequence, optional
        Class of each output in order, by default 0, 1, …

    Raises
    ------
    ValueError: the shape is another, the classes do not fit it, a value is not finite, or probabilities leave
        [0, 1].
    """
    columns = _columns(raw)
    width = columns.shape[1]
    # A tree that saw one class has one column, which is about that class.
    alone = width == 1 and classes is not None and len(classes) == 1
    place = place_of(pos_label, named(classes, 1 if alone else max(width, 2)))
    if output == "logits" and width > 1:
        return _softmax(columns.astype(np.float64))[:, place]
    values = columns[:, place if width > 1 else 0].astype(np.float64)
    _refuse_unknown(values, ~np.isfinite(values) if output == "probabilities" else np.isnan(values))
    chances = _one_output(values, output)
    return 1 - chances if width == 1 and place == 0 and not alone else chances


def _columns(raw: NDArray[Any]) -> NDArray[Any]:
    columns = raw.reshape(-1, 1) if raw.ndim == 1 else raw
    if columns.ndim != 2 or not columns.shape[1]:
        raise ValueError(
            f"`model` must put out a number, or one a class, for each row, got shape {raw.shape}. "
            "Give a function of rows that picks what is to be read."
        )
    if columns.dtype.kind not in "biuf":
        raise ValueError(f"`model` must put out numbers, got {columns.dtype}. Is it output='labels'?")
    return columns


def _refuse_unknown(values: NDArray[np.float64], strange: NDArray[np.bool_]) -> None:
    if strange.any():
        row = int(np.argmax(strange))
        raise ValueError(
            f"`model` must put out numbers, got {values[row]} in row {row}, "
            f"and in {int(strange.sum())} rows in all. Does the row lack a value?"
        )


def _one_output(values: NDArray[np.float64], output: str) -> NDArray[np.float64]:
    if output == "logits":
        # Of either sign without overflow.
        small = np.exp(-np.abs(values))
        return np.where(values >= 0, 1 / (1 + small), small / (1 + small))
    return _in_unit_interval(np.exp(values) if output == "log_probabilities" else values)


def _softmax(values: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore"):  # ∞ − ∞
        raised = np.exp(values - values.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = raised / raised.sum(axis=1, keepdims=True)
    _refuse_unknown(values, np.isnan(shares[:, 0]))  # then all of a row's shares are
    return shares


def _in_unit_interval(values: NDArray[np.float64]) -> NDArray[np.float64]:
    outside = (values < -ROUNDING) | (values > 1 + ROUNDING)
    if outside.any():
        row = int(np.argmax(outside))
        raise ValueError(
            f"`model` must put out probabilities in [0, 1], got {values[row]:g} in row {row}. "
            "Where it puts out something else, say so: `output` is one of " + repr(OUTPUTS) + "."
        )
    return np.clip(values, 0, 1)


def named(classes: Sequence[Any] | None, width: int) -> list[Any]:
    """Class of each output in order.

    Raises
    ------
    ValueError: `classes` are not as many.
    """
    if classes is None:
        return list(range(width))
    if len(classes) != width:
        raise ValueError(
            f"`classes` must name the model's {width} classes in the order of its outputs, "
            f"got {list(classes)!r}."
        )
    return list(classes)


def place_of(pos_label: Any, classes: Sequence[Any]) -> int:
    """Where `pos_label` stands among the classes; None stands for 1 where there are two.

    Raises
    ------
    ValueError: it is not among them, or it is None and there are more than two, or no 1.
    """
    if pos_label is None:
        if len(classes) > 2 or 1 not in classes:
            raise ValueError(
                f"`pos_label` (or `favourable`) must say which of the model's {len(classes)} classes is the "
                f"favourable one, of {_shown(classes)}."
            )
        pos_label = 1
    if pos_label not in classes:
        raise ValueError(
            f"`pos_label` must be one of the model's classes, {_shown(classes)}, got {pos_label!r}."
            f"{suggestion(pos_label, classes)} `classes` names them in the order of the model's outputs."
        )
    return list(classes).index(pos_label)


def _shown(classes: Sequence[Any]) -> str:
    return repr(list(classes)) if len(classes) <= 12 else repr(list(classes[:12]))[:-1] + ", …]"


def accepted_of(raw: NDArray[Any], *, pos_label: Any, classes: Sequence[Any] | None) -> NDArray[np.bool_]:
    """Whether each row's label is `pos_label`, shape (n,).

    Raises
    ------
    ValueError: not one label a row, or no label is `pos_label` and nothing says that it is a possible one.
    """
    labels = raw[:, 0] if raw.ndim == 2 and raw.shape[1] == 1 else raw
    if labels.ndim != 1:
        raise ValueError(f"`model` must put out one label for each row, got shape {raw.shape}.")
    wanted = 1 if pos_label is None else pos_label
    same = _equal(labels, wanted)
    if not same.any() and labels.size:
        found = list(dict.fromkeys(labels.tolist()))
        known = list(classes) if classes is not None else found
        usual = wanted == 1 and all(each in (-1, 0) for each in found)
        if wanted not in known and not usual:
            raise ValueError(
                f"`pos_label` must be one of the model's labels, {_shown(known)}, got {wanted!r}."
                f"{suggestion(wanted, known)}"
            )
    return same


def _equal(labels: NDArray[Any], wanted: Any) -> NDArray[np.bool_]:
    alike = labels.dtype.kind in ("U" if isinstance(wanted, str) else "biuf")
    if alike:
        return np.asarray(labels == wanted)
    return np.array([label == wanted for label in labels.tolist()], dtype=bool)
