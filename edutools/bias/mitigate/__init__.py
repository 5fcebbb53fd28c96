"""Models made anew so that groups fare more alike: each method by its name, and all side by side."""

from edutools.bias.mitigate.methods import METHODS, Method, mitigate
from edutools.bias.mitigate.models import acceptance
from edutools.bias.mitigate.tradeoffs import Comparison, compare

__all__ = ["METHODS", "Comparison", "Method", "acceptance", "compare", "mitigate"]
