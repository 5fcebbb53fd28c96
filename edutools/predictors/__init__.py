"""Scores and decisions of any model that can be asked, whatever it was made with.

No framework is imported here: what a model is, is told by the modules that its class comes from, and a model
of PyTorch has brought PyTorch along.
"""

from edutools.predictors.linear import linear_form
from edutools.predictors.reading import OUTPUTS, Reader, labels, reader, scores

__all__ = ["OUTPUTS", "Reader", "labels", "linear_form", "reader", "scores"]
