"""Many widgets stand in one notebook, and each brings its style: in what order must not matter."""

from __future__ import annotations

import pytest

from edutools import (
    ConfusionMatrix,
    DataFlow,
    DecisionTrace,
    GroupMetrics,
    Predict,
    Quiz,
    SamplingPlan,
    TrainingTrace,
    WhatIf,
)
from edutools.course.pipeline import FEATURES, assign_rows, engineer_features, preprocess, train
from edutools.datasets import load_loans, make_loans
from edutools.documents import report
from edutools.widgets.base import page as page_of
from edutools.widgets.source import style
from edutools.widgets.timeline import Timeline
from tests.audits import audit
from tests.examples import multinomial_counts
from tests.test_widgets_timeline import SERIES, WINDOWS

_STYLES = """() => [...document.querySelectorAll(".edu-root, .edu-root *")].map((node) => {
  const computed = getComputedStyle(node);
  const said = [...computed].map((name) => `${name}: ${computed.getPropertyValue(name)}`);
  return [node.tagName, node.className, ...said];
})"""


@pytest.fixture(scope="module")
def widgets():
    """One of each."""
    loans = load_loans()
    rows = assign_rows(loans)
    clean = preprocess(loans, learn_from=loans[rows == "train"])
    table = engineer_features(clean, learn_from=clean[rows == "train"])
    learnt, test = table[rows == "train"], table[rows == "test"]
    model, counts = train(learnt), multinomial_counts(600)
    flow = DataFlow(sensitive_features="gender", label="repaid", include_rows=True)
    flow.record("collected", loans)
    flow.record("clean", clean)
    people = engineer_features(preprocess(make_loans(200, seed=1), learn_from=loans), learn_from=clean)
    return {
        "audit": report(audit()).widget(),
        "confusion_matrix": ConfusionMatrix(counts),
        "data_flow": flow,
        "decision_trace": DecisionTrace.from_estimator(
            model,
            test[FEATURES].iloc[0],
            learnt[FEATURES],
            sensitive_features=learnt["gender"],
            group=test["gender"].iloc[0],
        ),
        "group_metrics": GroupMetrics(counts),
        "predict": Predict("How many?", answer=7, low=0, high=10),
        "quiz": Quiz("05_evaluate", confidence=True),
        "sampling_plan": SamplingPlan(
            people,
            label="repaid",
            sensitive_features="gender",
            features=FEATURES,
            channels={"open call": {"man": 1, "woman": 1}},
            asked={"open call": 50},
            include_rows=True,
        ),
        "timeline": Timeline(SERIES, groups=["women", "men"], windows=WINDOWS, unit="week"),
        "training_trace": TrainingTrace.from_estimator(
            model, test[FEATURES], test["repaid"], sensitive_features=test["gender"]
        ),
        "what_if": WhatIf.from_estimator(model, test[FEATURES], row=0, include_rows=True),
    }


def test_every_widget_is_among_them(widgets, root):
    modules = (root / "edutools" / "widgets").glob("*.js")
    own = {path.stem for path in modules if "export default" in path.read_text(encoding="utf-8")}
    assert own == set(widgets)


def test_a_style_that_another_widget_brings_later_changes_nothing(open_widget, widgets):
    page = open_widget(page_of(*widgets.values(), title="All"))
    before = page.evaluate(_STYLES)
    assert len(before) > 500
    for name in widgets:
        page.add_style_tag(content=style([name]))
        for one, other in zip(before, page.evaluate(_STYLES), strict=True):
            assert one == other, f"after the style of {name}: {set(other) - set(one)} in {one[:2]}"
