"""Networks of PyTorch, Keras and MXNet Gluon, asked in batches; and what each declares of its output.

A framework is never imported here: `sys.modules` has it wherever a model of it can be.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Rows that are asked at once: a wide network needs some kilobytes for each.
BATCH = 8_192


@dataclass(frozen=True)
class Framework:
    """How networks of one framework are asked, and how one says what it puts out."""

    name: str
    batches: Callable[[Any, NDArray[Any], int], Iterator[NDArray[Any]]]
    declared: Callable[[Any, NDArray[Any]], str | None]


def framework_of(model: Any) -> Framework | None:
    """The framework that a model's class comes from; None where it is none of the three."""
    homes = [f"{each.__module__}.{each.__qualname__}" for each in type(model).__mro__]
    # A Keras model is a module of PyTorch too where it computes with PyTorch.
    if any(home.split(".")[0] in ("keras", "tf_keras") and home.endswith(".Layer") for home in homes) or any(
        home.startswith("tensorflow.python.keras.") for home in homes
    ):
        return KERAS
    if any(home.startswith("mxnet.gluon.") and home.endswith(".Block") for home in homes):
        return GLUON
    return TORCH if "torch.nn.modules.module.Module" in homes else None


def _sliced(X: NDArray[Any], size: int) -> Iterator[NDArray[Any]]:
    for start in range(0, len(X), size):
        yield X[start : start + size]


# PyTorch: the step of the graph that made the output says what it is, whether a layer or a function took it.
_TORCH_STEPS = {"Sigmoid": "probabilities", "Softmax": "probabilities", "LogSoftmax": "log_probabilities"}
_TORCH_STEPS |= {"LogSigmoid": "log_probabilities"}
_TORCH_VIEWS = ("Squeeze", "Unsqueeze", "View", "UnsafeView", "ReshapeAlias", "Select", "Slice", "Alias")


def _torch_batches(model: Any, X: NDArray[Any], size: int) -> Iterator[NDArray[Any]]:
    torch = sys.modules["torch"]
    with _evaluating(model), torch.no_grad():
        for rows in _sliced(X, size):
            yield _torch_output(model(_torch_rows(model, rows))).cpu().numpy()


def _torch_rows(model: Any, rows: NDArray[Any]) -> Any:
    torch = sys.modules["torch"]
    first = next((each for each in model.parameters() if each.is_floating_point()), None)
    kind, device = (torch.float32, "cpu") if first is None else (first.dtype, first.device)
    return torch.tensor(rows, dtype=kind, device=device)


def _torch_output(output: Any) -> Any:
    if not hasattr(output, "detach"):
        raise ValueError(
            f"`model` must put out one tensor, got {type(output).__name__}. "
            "Give a function of rows that picks what is to be read, with its `output`."
        )
    output = output.detach()
    return output if output.dtype in _numpy_knows() else output.float()


def _numpy_knows() -> tuple[Any, ...]:
    torch = sys.modules["torch"]
    return torch.float32, torch.float64, torch.int64, torch.int32, torch.bool


@contextmanager
def _evaluating(model: Any) -> Iterator[None]:
    """The module without dropout and the like, and afterwards each part in the mode that it was in."""
    modes = [(part, part.training) for part in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for part, training in modes:
            part.training = training


def _torch_declared(model: Any, X: NDArray[Any]) -> str | None:
    torch = sys.modules["torch"]
    with _evaluating(model), torch.inference_mode(False), torch.enable_grad():
        output = model(_torch_rows(model, X[:2]).requires_grad_())
    step = getattr(output, "grad_fn", None)
    while step is not None:
        name = step.name().split("Backward")[0]
        if name in _TORCH_STEPS:
            return _TORCH_STEPS[name]
        if name not in _TORCH_VIEWS or not step.next_functions:
            return None
        step = step.next_functions[0][0]
    return None


TORCH = Framework("PyTorch", _torch_batches, _torch_declared)


# Keras, 2 and 3: the layer that the output comes from has an activation; a loss may say `from_logits`.
def _keras_batches(model: Any, X: NDArray[Any], size: int) -> Iterator[NDArray[Any]]:
    for rows in _sliced(X, size):
        # `predict` would cut the rows into batches again, which for one row takes longer than the network.
        output = model.predict_on_batch(rows.astype(np.float32, copy=False))
        if isinstance(output, (list, tuple, dict)):
            raise ValueError(
                f"`model` must have one output, got {len(output)}. "
                "Give a function of rows that picks what is to be read, with its `output`."
            )
        yield np.asarray(output)


def _keras_declared(model: Any, X: NDArray[Any]) -> str | None:
    layer = _keras_last(model)
    if type(layer).__name__ == "Softmax":
        return "probabilities"
    activation = getattr(getattr(layer, "activation", None), "__name__", None)
    if activation in ("sigmoid", "softmax"):
        return "probabilities"
    if activation in ("log_softmax", "log_sigmoid"):
        return "log_probabilities"
    if layer is None or activation in (None, "linear"):
        return "logits" if _from_logits(getattr(model, "loss", None)) else None
    return None


def _keras_last(model: Any) -> Any:
    """The layer that a model's output comes from; None of a subclass, whose `call` may do anything."""
    outputs = getattr(model, "outputs", None)
    history = getattr(outputs[0], "_keras_history", None) if outputs else None
    if history is None:
        return None
    layer = history[0]
    return _keras_last(layer) if getattr(layer, "outputs", None) else layer


def _from_logits(loss: Any) -> bool:
    settings = loss.get_config() if hasattr(loss, "get_config") else {}
    told = getattr(loss, "_fn_kwargs", None) or getattr(loss, "fn_kwargs", None) or {}
    return bool(settings.get("from_logits") or told.get("from_logits"))


KERAS = Framework("Keras", _keras_batches, _keras_declared)


# MXNet Gluon: a hybrid block shows its steps as a graph; another only what it is built of, in order.
_GLUON_STEPS = {"sigmoid": "probabilities", "softmax": "probabilities", "log_softmax": "log_probabilities"}
_GLUON_STEPS |= {"SoftmaxActivation": "probabilities", "_npx_sigmoid": "probabilities"}
_GLUON_STEPS |= {"_npx_softmax": "probabilities", "_npx_log_softmax": "log_probabilities"}
_GLUON_VIEWS = ("Reshape", "reshape", "Flatten", "squeeze", "expand_dims", "slice_axis", "identity", "_copy")


def _gluon_batches(model: Any, X: NDArray[Any], size: int) -> Iterator[NDArray[Any]]:
    mx = sys.modules["mxnet"]
    array = mx.np.array if mx.util.is_np_array() else mx.nd.array
    places = next((each.list_ctx() for each in model.collect_params().values()), [mx.current_context()])
    for rows in _sliced(X, size):
        with mx.autograd.pause(train_mode=False):
            output = model(array(rows, dtype=np.float32, ctx=places[0]))
        if not hasattr(output, "asnumpy"):
            raise ValueError(
                f"`model` must put out one array, got {type(output).__name__}. "
                "Give a function of rows that picks what is to be read, with its `output`."
            )
        yield output.asnumpy()


def _gluon_declared(model: Any, X: NDArray[Any]) -> str | None:
    mx = sys.modules["mxnet"]
    if not isinstance(model, mx.gluon.HybridBlock):
        parts = list(getattr(model, "_children", {}).values())
        in_order = isinstance(model, mx.gluon.nn.Sequential)
        return _gluon_declared(parts[-1], X) if in_order and parts else None
    try:
        graph = json.loads(model(mx.sym.var("data")).tojson())
    except Exception:  # a block may take what a graph cannot follow; it then declares nothing
        return None
    nodes = graph["nodes"]
    node = nodes[graph["heads"][0][0]]
    while node["op"] in _GLUON_VIEWS:
        node = nodes[node["inputs"][0][0]]
    kind = node.get("attrs", {}).get("act_type") if node["op"] in ("Activation", "_npx_activation") else None
    return _GLUON_STEPS.get(kind or node["op"])


GLUON = Framework("Gluon", _gluon_batches, _gluon_declared)
