"""What `import edutools` offers, and how little it costs."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import tomllib

import pytest

import edutools

NAMES = {
    "BiasDetector",
    "translate",
    "ThresholdCounts",
    "rate",
    "difference",
    "ratio",
    "rate_interval",
    "difference_interval",
    "ratio_interval",
    "choose_thresholds",
    "make_loans",
    "load_loans",
    "fetch_german_credit",
    "ConfusionMatrix",
    "DecisionTrace",
    "DataFlow",
    "Datasheet",
    "FairLogisticRegression",
    "GroupMetrics",
    "ModelCard",
    "Quiz",
    "Monitor",
    "Predict",
    "SamplingPlan",
    "TrainingTrace",
    "WhatIf",
    "doctor",
    "exercise",
    "delete_progress",
    "export_progress",
    "import_progress",
    "language",
    "progress",
    "review",
    "__version__",
}


def in_a_fresh_python(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_the_public_names_are_the_promised_ones():
    assert set(edutools.__all__) == NAMES
    assert set(dir(edutools)) >= NAMES


@pytest.mark.parametrize("name", sorted(NAMES - {"__version__"}))
def test_a_public_name_is_loaded_on_first_use_and_documented(name):
    found = getattr(edutools, name)
    assert found.__name__ == name
    assert found.__doc__ and found.__doc__.strip()


def test_the_type_checker_sees_the_same_names_in_the_same_places(root):
    tree = ast.parse((root / "edutools" / "__init__.py").read_text(encoding="utf-8"))
    seen = {
        alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("edutools")
        for alias in node.names
    }
    assert seen == edutools._HOMES
    assert set(seen) == NAMES - {"__version__"}


def test_the_version_is_the_one_that_the_project_declares(root):
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert edutools.__version__ == project["version"]


def test_an_unknown_name_is_an_attribute_error_that_says_so():
    with pytest.raises(AttributeError, match="module 'edutools' has no attribute 'Rate'"):
        edutools.Rate  # noqa: B018 (asking is the test)


def test_importing_edutools_loads_no_other_package():
    before, after = in_a_fresh_python(
        "import json, sys, __future__; before = set(sys.modules); import edutools;"
        "print(json.dumps([sorted(before), sorted(set(sys.modules) - before)]))"
    )
    assert "numpy" not in before
    assert after == ["edutools"]


def test_the_tables_names_cost_no_widget_library():
    loaded = in_a_fresh_python(
        "import json, sys; from edutools import rate, make_loans; print(json.dumps(sorted(sys.modules)))"
    )
    assert not {"anywidget", "ipywidgets", "matplotlib", "sklearn", "scipy"} & set(loaded)


@pytest.mark.parametrize(
    ("call", "near"),
    [
        (lambda: edutools.ThresholdCounts.from_predictions(sensitive_feature=[]), "sensitive_features"),
        (lambda: edutools.ThresholdCounts.from_estimator(sample_weights=[]), "sample_weight"),
        (lambda: edutools.ThresholdCounts.from_frame(ytrue="y"), "y_true"),
        (lambda: edutools.choose_thresholds(tolerence=0.1), "tolerance"),
        (lambda: edutools.rate(metrics="accuracy"), "metric"),
        (lambda: edutools.difference(refrence="a"), "reference"),
        (lambda: edutools.ratio(refrence="a"), "reference"),
        (lambda: edutools.rate_interval(confidense=0.9), "confidence"),
        (lambda: edutools.difference_interval(confidense=0.9), "confidence"),
        (lambda: edutools.ratio_interval(confidense=0.9), "confidence"),
        (lambda: edutools.DataFlow(sensitive_feature="gender"), "sensitive_features"),
        (lambda: edutools.DataFlow().record("a", None, weights=[1]), "sample_weight"),
        (lambda: edutools.TrainingTrace({}, losss_name="a"), "loss_name"),
        (lambda: edutools.WhatIf(len, [[1]], changable=[]), "changeable"),
        (lambda: edutools.Quiz(shufle=True), "shuffle"),
        (lambda: edutools.Predict(anser=1), "answer"),
        (lambda: edutools.ModelCard(contackt="a"), "contact"),
        (lambda: edutools.Datasheet(purpos="a"), "purpose"),
    ],
)
def test_an_unknown_keyword_is_refused_with_the_near_one(call, near):
    with pytest.raises(TypeError, match=f"Did you mean '{near}'"):
        call()
