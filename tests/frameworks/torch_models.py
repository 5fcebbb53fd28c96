"""PyTorch modules: with and without a last sigmoid, as a layer and as a function, one output and several."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from edutools import BiasDetector
from edutools.datasets import load_loans
from edutools.predictors import reader, scores
from tests.frameworks.loans import Comparison, audited, loans

X, y = loans()
INPUT = torch.tensor(X.to_numpy(), dtype=torch.float32)


class Functional(nn.Module):
    """A sigmoid that is no layer, on a column that is squeezed away."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self.unused = nn.Softmax(dim=1)  # the last that is registered is not the last that is used

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(self.network(x)).squeeze(1)


class Labels(nn.Module):
    """A class for each row, and no more."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.network(x).argmax(dim=1)


def trained(last: list[nn.Module], loss: nn.Module, outputs: int = 1) -> nn.Sequential:
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, outputs), *last
    )
    target = torch.tensor(y) if outputs > 1 else torch.tensor(y, dtype=torch.float32).reshape(-1, 1)
    adam = torch.optim.Adam(network.parameters(), lr=0.02)
    for _ in range(60):
        adam.zero_grad()
        loss(network(INPUT), target).backward()
        adam.step()
    return network


def forward(network: nn.Module, rows: torch.Tensor = INPUT) -> np.ndarray:
    network.eval()
    with torch.no_grad():
        return network(rows).numpy()


check = Comparison(f"PyTorch {torch.__version__}")

logits = trained([], nn.BCEWithLogitsLoss())
own = 1 / (1 + np.exp(-forward(logits)[:, 0].astype(float)))
check.same("one logit", reader(logits, output="logits").scores(X), own)
check.same("one logit, array", reader(logits, output="logits").scores(X.to_numpy(np.float32)), own)
check.same("one logit, batches of 7", reader(logits, output="logits", batch_size=7).scores(X), own)
check.same("one logit, the other class", reader(logits, output="logits", pos_label=0).scores(X), 1 - own)
check.refuses("one logit, undeclared", lambda: reader(logits).scores(X), "`output`", "logits")
check.same(
    "one logit, double precision",
    reader(logits.double(), output="logits").scores(X),
    1 / (1 + np.exp(-forward(logits, INPUT.double())[:, 0])),
)

sigmoid = trained([nn.Sigmoid()], nn.BCELoss())
check.same("last layer a sigmoid", reader(sigmoid).scores(X), forward(sigmoid)[:, 0])
check.same("by `scores`", scores(sigmoid, X), forward(sigmoid)[:, 0])
function = Functional(trained([], nn.BCEWithLogitsLoss()))
check.same("a function's sigmoid, squeezed", reader(function).scores(X), forward(function))
for part in function.parameters():
    part.requires_grad_(False)
check.same("frozen", reader(function).scores(X), forward(function))
scripted = torch.jit.trace(sigmoid.eval(), INPUT[:2])
check.same("traced", reader(scripted).scores(X), forward(sigmoid)[:, 0])

two = trained([], nn.CrossEntropyLoss(), outputs=2)
shares = torch.softmax(torch.tensor(forward(two)), dim=1).numpy()
check.same("two logits", reader(two, output="logits").scores(X), shares[:, 1])
named = reader(two, output="logits", classes=["default", "repaid"], pos_label="default")
check.same("two logits with names", named.scores(X), shares[:, 0])
softmax = nn.Sequential(*two, nn.Softmax(dim=1))
check.same("two outputs of a softmax", reader(softmax).scores(X), forward(softmax)[:, 1])
log_softmax = nn.Sequential(*two, nn.LogSoftmax(dim=1))
check.same("logarithms of two", reader(log_softmax).scores(X), np.exp(forward(log_softmax)[:, 1]))

ten = nn.Sequential(nn.Linear(4, 10), nn.Softmax(dim=1))
check.refuses("ten outputs", lambda: reader(ten).scores(X), "`pos_label`", "10 classes")
check.same("ten outputs, one named", reader(ten, pos_label=7).scores(X), forward(ten)[:, 7])

function.train()
function.network[3].eval()
before = [part.training for part in function.modules()]
reader(function).scores(X)
check.true("training modes are as before", before == [part.training for part in function.modules()])
check.true("no gradient is kept", all(part.grad is None for part in ten.parameters()))
check.true("accepted from 0.5", bool((reader(sigmoid).accepted(X) == (forward(sigmoid)[:, 0] >= 0.5)).all()))
check.refuses(
    "a column too few", lambda: reader(sigmoid).scores(X.iloc[:, :3]), "rows 0 to 1", X.columns[0], "shapes"
)
check.refuses(
    "two tensors", lambda: reader(nn.LSTM(4, 3), output="logits").scores(X), "one tensor, got tuple"
)
labels = Labels(two)
check.true("labels alone", bool((reader(labels, output="labels").accepted(X) == (shares[:, 1] > 0.5)).all()))
audited(check, sigmoid)
audited(check, logits.float(), output="logits")
analysis = BiasDetector(
    sigmoid, X, label=y, sensitive_features=load_loans()["gender"], favourable=1
).analyze_bias()
curve = analysis.partial_dependence
curve = curve[(curve["group"] == "woman") & (curve["feature"] == curve["feature"].iloc[0])]
women = X[load_loans()["gender"] == "woman"]
moved = [women.assign(**{curve["feature"].iloc[0]: at}).to_numpy() for at in curve["at"]]
means = [forward(sigmoid, torch.tensor(rows, dtype=torch.float32)).mean() for rows in moved]
check.same("analysed, the mean score along a feature", curve["score"].to_numpy(), means)
check.true("analysed, contributions by SHAP", len(analysis.contributions) == 4 and "SHAP" in repr(analysis))
check.refuses(
    "ten outputs audited", lambda: BiasDetector(ten, X).detect_bias(sensitive_features=[0]), "`favourable`"
)
check.end()
