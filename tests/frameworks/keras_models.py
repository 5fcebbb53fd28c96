"""Keras 3 models on the backend that KERAS_BACKEND names, and Keras 2: sequential, functional, subclassed.

Which of both is in KERAS: ``keras`` or ``tf_keras``.
"""

from __future__ import annotations

import importlib
import os

import numpy as np

from edutools.predictors import reader
from tests.frameworks.loans import Comparison, audited, loans

keras = importlib.import_module(os.environ.get("KERAS", "keras"))
X, y = loans()
INPUT = X.to_numpy(dtype=np.float32)


def trained(last: str | None, loss: object, outputs: int = 1) -> object:
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(8, activation="relu"),
            keras.layers.Dropout(0.3),
            keras.layers.Dense(outputs, activation=last),
        ]
    )
    model.compile(keras.optimizers.Adam(0.02), loss)
    model.fit(INPUT, y, epochs=8, verbose=0)
    return model


def forward(model: object) -> np.ndarray:
    output = model(INPUT, training=False)
    return np.asarray(output.detach() if hasattr(output, "detach") else output)


class Subclass(keras.Model):
    """A model whose `call` could do anything."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = keras.layers.Dense(1, activation="sigmoid")

    def call(self, x: object) -> object:
        return self.dense(x)


check = Comparison(f"Keras {keras.__version__} on {keras.backend.backend()}")

sigmoid = trained("sigmoid", "binary_crossentropy")
check.same("last layer a sigmoid", reader(sigmoid).scores(X), forward(sigmoid)[:, 0])
check.same("batches of 7", reader(sigmoid, batch_size=7).scores(X), forward(sigmoid)[:, 0])
check.true("kind is Keras", reader(sigmoid).kind == "Keras")

logits = trained(None, keras.losses.BinaryCrossentropy(from_logits=True))
own = 1 / (1 + np.exp(-forward(logits)[:, 0].astype(float)))
check.same("one logit, which its loss declares", reader(logits).scores(X), own)
logits.compile("adam", "mse")
check.refuses("one logit, undeclared", lambda: reader(logits).scores(X), "`output`", "logits")
check.same("one logit, said", reader(logits, output="logits").scores(X), own)

two = trained("softmax", "sparse_categorical_crossentropy", outputs=2)
check.same("two outputs of a softmax", reader(two).scores(X), forward(two)[:, 1])
check.same("the other of them", reader(two, pos_label=0).scores(X), forward(two)[:, 0])
from_logits = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
layer = keras.Sequential([*trained(None, from_logits, outputs=2).layers, keras.layers.Softmax()])
layer.build((None, 4))
check.same("a layer Softmax", reader(layer).scores(X), forward(layer)[:, 1])

inputs = keras.Input((4,))
hidden = keras.layers.Dense(8, activation="tanh")(inputs)
declared = keras.layers.Dense(1, activation="sigmoid")(hidden)
functional = keras.Model(inputs, declared)
check.same("functional", reader(functional).scores(X), forward(functional)[:, 0])
nested = keras.Sequential([keras.Input((4,)), functional])
check.same("a model in a model", reader(nested).scores(X), forward(nested)[:, 0])
ten = keras.Model(inputs, keras.layers.Dense(10, activation="softmax")(hidden))
check.refuses("ten outputs", lambda: reader(ten).scores(X), "`pos_label`", "10 classes")
check.same("ten outputs, one named", reader(ten, pos_label=7).scores(X), forward(ten)[:, 7])

subclass = Subclass()
subclass(INPUT)
check.refuses("subclass", lambda: reader(subclass).scores(X), "`output`")
check.same("subclass, said", reader(subclass, output="probabilities").scores(X), forward(subclass)[:, 0])
check.refuses("a column too few", lambda: reader(sigmoid).scores(X.iloc[:, :3]), "rows 0 to", X.columns[0])
both = keras.Model(inputs, [declared, hidden])
check.refuses("two outputs apart", lambda: reader(both).scores(X), "one output, got 2")
audited(check, sigmoid)
audited(check, logits, output="logits")
check.end()
