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
from edutools.widgets.source import OWN_END, style
from edutools.widgets.timeline import Timeline
from tests.audits import audit
from tests.examples import multinomial_counts
from tests.test_widgets_mitigations import comparison
from tests.test_widgets_timeline import SERIES, WINDOWS

# Compared where they are: every style of every node is too much to be sent to and fro.
_STYLES = """() => [...document.querySelectorAll(".edu-root, .edu-root *")].map((node) => {
  const computed = getComputedStyle(node);
  return [node, [...computed].map((name) => `${name}: ${computed.getPropertyValue(name)}`)];
})"""
_KEEP = f"() => {{ window.before = ({_STYLES})(); return window.before.length; }}"
_CHANGED = f"""() => ({_STYLES})().flatMap(([node, said], place) => {{
  const [old, before] = window.before[place];
  if (old !== node) return ["another node"];
  const changed = said.filter((each, at) => each !== before[at]);
  return changed.map((each) => `${{node.tagName}}.${{node.className}} ${{each}}`);
}}).slice(0, 200)"""


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
        "audit": report(audit() | {"findings": audit()["findings"][:3]}).widget(),
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
        "mitigations": comparison().widget(),
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
    own = {path.stem for path in modules if path.read_text(encoding="utf-8").endswith(OWN_END)}
    assert own == set(widgets)


def test_a_style_that_another_widget_brings_later_changes_nothing(open_widget, widgets):
    page = open_widget(page_of(*widgets.values(), title="All"))
    assert page.evaluate(_KEEP) > 500
    for name in widgets:
        page.add_style_tag(content=style([name]))
        assert page.evaluate(_CHANGED) == [], f"after the style of {name}"


def test_a_style_that_changes_something_is_found(open_widget, widgets):
    page = open_widget(page_of(widgets["predict"], title="One"))
    page.evaluate(_KEEP)
    page.add_style_tag(content=".edu-root.edu-root button { padding: 77px; }")
    assert any("padding-left: 77px" in each for each in page.evaluate(_CHANGED))
