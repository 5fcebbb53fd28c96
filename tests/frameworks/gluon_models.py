"""MXNet Gluon blocks, hybrid and not, with and without a last sigmoid."""

from __future__ import annotations

import numpy as np

# MXNet 1.9.1, the last, asks numpy for a name that it has dropped.
np.bool = bool  # type: ignore[attr-defined]

import mxnet as mx  # noqa: E402
from mxnet import autograd, gluon  # noqa: E402
from mxnet.gluon import nn  # noqa: E402

from edutools.predictors import reader  # noqa: E402
from tests.frameworks.loans import Comparison, audited, loans  # noqa: E402

X, y = loans()
INPUT = mx.nd.array(X.to_numpy(dtype=np.float32))


class Two(gluon.HybridBlock):
    """Two outputs that a function turns into probabilities."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Dense(2)

    def hybrid_forward(self, F: object, x: object) -> object:
        return F.softmax(self.dense(x))  # type: ignore[attr-defined]


class Plain(gluon.Block):
    """A block whose `forward` could do anything."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Dense(1, activation="sigmoid")

    def forward(self, x: object) -> object:
        return self.dense(x)


def trained(last: str | None, loss: gluon.loss.Loss, box: type = nn.HybridSequential) -> gluon.Block:
    mx.random.seed(0)
    network = box()
    network.add(nn.Dense(8, activation="relu"), nn.BatchNorm(), nn.Dropout(0.3), nn.Dense(1, activation=last))
    network.initialize(mx.init.Xavier())
    return fitted(network, loss)


def fitted(network: gluon.Block, loss: gluon.loss.Loss) -> gluon.Block:
    trainer = gluon.Trainer(network.collect_params(), "adam", {"learning_rate": 0.02})
    for _ in range(60):
        with autograd.record():
            lost = loss(network(INPUT), mx.nd.array(y))
        lost.backward()
        trainer.step(len(y))
    return network


def forward(network: gluon.Block) -> np.ndarray:
    return network(INPUT).asnumpy()


check = Comparison(f"Gluon, MXNet {mx.__version__}, numpy {np.__version__}")
from_sigmoid = gluon.loss.SigmoidBinaryCrossEntropyLoss(from_sigmoid=True)

logits = trained(None, gluon.loss.SigmoidBinaryCrossEntropyLoss())
own = 1 / (1 + np.exp(-forward(logits)[:, 0].astype(float)))
check.same("one logit", reader(logits, output="logits").scores(X), own)
check.same("one logit, batches of 7", reader(logits, output="logits", batch_size=7).scores(X), own)
check.refuses("one logit, undeclared", lambda: reader(logits).scores(X), "`output`", "logits")

sigmoid = trained("sigmoid", from_sigmoid)
check.same("last layer a sigmoid", reader(sigmoid).scores(X), forward(sigmoid)[:, 0])
sigmoid.hybridize()
check.same("hybridized", reader(sigmoid).scores(X), forward(sigmoid)[:, 0])
with autograd.record():
    recorded = reader(sigmoid).scores(X)
check.same("while training is recorded", recorded, forward(sigmoid)[:, 0])
sequence = trained("sigmoid", from_sigmoid, nn.Sequential)
check.same("not hybrid", reader(sequence).scores(X), forward(sequence)[:, 0])

two = Two()
two.initialize()
two = fitted(two, gluon.loss.SoftmaxCrossEntropyLoss(from_logits=False))
check.same("two outputs of a softmax", reader(two).scores(X), forward(two)[:, 1])
check.same("the other of them", reader(two, pos_label=0).scores(X), forward(two)[:, 0])

plain = Plain()
plain.initialize()
plain = fitted(plain, from_sigmoid)
check.refuses("a block of one's own", lambda: reader(plain).scores(X), "`output`")
check.same(
    "a block of one's own, said", reader(plain, output="probabilities").scores(X), forward(plain)[:, 0]
)
check.refuses("a column too few", lambda: reader(sigmoid).scores(X.iloc[:, :3]), "rows 0 to", X.columns[0])
audited(check, sigmoid)
audited(check, logits, output="logits")
check.end()
