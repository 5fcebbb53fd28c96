"""A course you can play on bias and fairness in machine learning, and the toolkit that it is played with.

The names below are loaded on first use: importing edutools imports nothing else.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # not from typing, which takes longer to load than all else here
if TYPE_CHECKING:
    from typing import Any

    from edutools.bias.detector import BiasDetector
    from edutools.bias.translation import translate
    from edutools.counts import ThresholdCounts
    from edutools.course.doctor import doctor
    from edutools.course.exercises import exercise
    from edutools.course.progress import (
        delete_progress,
        export_progress,
        import_progress,
        progress,
        review,
    )
    from edutools.criteria import choose_thresholds
    from edutools.datasets import fetch_german_credit, load_loans, make_loans
    from edutools.documents.cards import Datasheet, ModelCard
    from edutools.metrics import (
        difference,
        difference_interval,
        rate,
        rate_interval,
        ratio,
        ratio_interval,
    )
    from edutools.monitoring import Monitor
    from edutools.texts import language
    from edutools.training import FairLogisticRegression
    from edutools.widgets.confusion_matrix import ConfusionMatrix
    from edutools.widgets.data_flow import DataFlow
    from edutools.widgets.decision_trace import DecisionTrace
    from edutools.widgets.group_metrics import GroupMetrics
    from edutools.widgets.predict import Predict
    from edutools.widgets.quiz import Quiz
    from edutools.widgets.sampling_plan import SamplingPlan
    from edutools.widgets.training_trace import TrainingTrace
    from edutools.widgets.what_if import WhatIf

    __version__: str

_HOMES = {
    "BiasDetector": "edutools.bias.detector",
    "ConfusionMatrix": "edutools.widgets.confusion_matrix",
    "DataFlow": "edutools.widgets.data_flow",
    "Datasheet": "edutools.documents.cards",
    "DecisionTrace": "edutools.widgets.decision_trace",
    "FairLogisticRegression": "edutools.training",
    "GroupMetrics": "edutools.widgets.group_metrics",
    "ModelCard": "edutools.documents.cards",
    "Monitor": "edutools.monitoring",
    "Predict": "edutools.widgets.predict",
    "Quiz": "edutools.widgets.quiz",
    "SamplingPlan": "edutools.widgets.sampling_plan",
    "ThresholdCounts": "edutools.counts",
    "TrainingTrace": "edutools.widgets.training_trace",
    "WhatIf": "edutools.widgets.what_if",
    "choose_thresholds": "edutools.criteria",
    "delete_progress": "edutools.course.progress",
    "difference": "edutools.metrics",
    "difference_interval": "edutools.metrics",
    "doctor": "edutools.course.doctor",
    "exercise": "edutools.course.exercises",
    "export_progress": "edutools.course.progress",
    "fetch_german_credit": "edutools.datasets",
    "import_progress": "edutools.course.progress",
    "language": "edutools.texts",
    "load_loans": "edutools.datasets",
    "make_loans": "edutools.datasets",
    "progress": "edutools.course.progress",
    "rate": "edutools.metrics",
    "rate_interval": "edutools.metrics",
    "ratio": "edutools.metrics",
    "ratio_interval": "edutools.metrics",
    "review": "edutools.course.progress",
    "translate": "edutools.bias.translation",
}

__all__ = [
    "BiasDetector",
    "ConfusionMatrix",
    "DataFlow",
    "Datasheet",
    "DecisionTrace",
    "FairLogisticRegression",
    "GroupMetrics",
    "ModelCard",
    "Monitor",
    "Predict",
    "Quiz",
    "SamplingPlan",
    "ThresholdCounts",
    "TrainingTrace",
    "WhatIf",
    "__version__",
    "choose_thresholds",
    "delete_progress",
    "difference",
    "difference_interval",
    "doctor",
    "exercise",
    "export_progress",
    "fetch_german_credit",
    "import_progress",
    "language",
    "load_loans",
    "make_loans",
    "progress",
    "rate",
    "rate_interval",
    "ratio",
    "ratio_interval",
    "review",
    "translate",
]


def __getattr__(name: str) -> Any:
    value = _version() if name == "__version__" else _public(name)
    globals()[name] = value  # so that Python asks here once
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _public(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(
            f"module 'edutools' has no attribute {name!r}", name=name, obj=sys.modules[__name__]
        )
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def _version() -> str:
    from importlib.metadata import version

    return version("edutools")
