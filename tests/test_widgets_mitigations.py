"""The comparison's twin and traits, from plain data."""

from __future__ import annotations

import numpy as np
import pytest

from edutools.bias.mitigate import Comparison
from edutools.bias.mitigate.tradeoffs import Tried
from edutools.widgets.figures import decimals, interval
from edutools.widgets.mitigations import Mitigations

GROUPS = ("man", "woman")
FOLDS = 4


def comparison(groups=GROUPS, profit=(3.0, 5.0), undefined=False) -> Comparison:
    """The model as it is, two methods that apply and one that does not, over four folds of made-up counts."""
    dice = np.random.default_rng(0)
    cells = {
        name: dice.multinomial(50, shares, (FOLDS, len(groups))).astype(float)
        for name, shares in {
            "none": [0.5, 0.1, 0.1, 0.3],
            "reweighing": [0.5, 0.1, 0.1, 0.3],
            "thresholds": [0.45, 0.15, 0.15, 0.25],
        }.items()
    }
    cells["none"][:, 1] = [20, 5, 10, 15]
    if undefined:
        cells["thresholds"][:, 1] = [0, 0, 20, 30]
    tried = [
        Tried("none", cells["none"]),
        Tried("reweighing", cells["reweighing"]),
        Tried("grid_search", np.array([]), "<b>no weights</b>"),
        Tried("thresholds", cells["thresholds"]),
    ]
    return Comparison(
        tried,
        groups=groups,
        criterion="demographic_parity",
        spread=1 / 3,
        profit=profit,
        rows=50 * FOLDS * len(groups),
        folds=FOLDS,
    )


def test_the_twin_says_each_method_s_figures_and_the_reason_of_one_that_does_not_apply():
    made = comparison()
    table = made.to_frame()
    twin = made.widget()._summary()["tables"][0]
    rows = twin["rows"]
    assert twin["columns"] == ["Method", "Gap in selection rate", "Accuracy"]
    for row, (_, figures) in zip(rows, table.iterrows(), strict=True):
        if figures["reason"]:
            assert row[1:] == [f"Does not apply here: {figures['reason']}", ""]
            continue
        for said, name in zip(row[1:], ("gap", "accuracy"), strict=True):
            limits = figures[f"{name}_low"], figures[f"{name}_high"]
            assert said == f"{decimals(figures[name], 3)} {interval(limits, 3)}"


def test_a_change_whose_interval_holds_none_is_said_to_be_perhaps_none():
    made = comparison()
    for method in ("reweighing", "thresholds"):
        row = made.to_frame().loc[method]
        sentences = Mitigations(made.to_dict(), method=method)._summary()["sentences"][-2:]
        for said, name in zip(sentences, ("gap", "accuracy"), strict=True):
            holds_none = row[f"{name}_change_low"] <= 0 <= row[f"{name}_change_high"]
            assert ("may be none" in said) == holds_none


def test_before_and_after_are_the_cells_of_all_folds():
    made = comparison()
    table = Mitigations(made.to_dict(), method="thresholds")._summary()["tables"][1]
    assert [row[0] for row in table["rows"]] == [
        "man, before",
        "man, after",
        "woman, before",
        "woman, after",
    ]
    assert table["rows"][2][1:5] == ["80", "20", "40", "60"]
    assert table["rows"][2][5].startswith("0.50 (")


def test_what_is_undefined_is_said_and_is_no_zero():
    plain = comparison(undefined=True).to_dict()
    widget = Mitigations(plain, criterion="predictive_parity", method="thresholds")
    summary = widget._summary()
    assert "Gap in precision: undefined in some fold, before or after." in summary["sentences"]
    assert summary["tables"][0]["rows"][3][1] == "undefined"
    assert summary["tables"][1]["rows"][3][5] == "undefined: nobody in woman is predicted positive"


def test_a_trait_takes_only_what_the_comparison_has():
    widget = comparison().widget()
    for name, wrong in {"criterion": "parity", "measure": "money", "method": "threshold"}.items():
        with pytest.raises(ValueError, match=f"`{name}` must be one of"):
            setattr(widget, name, wrong)
    with pytest.raises(ValueError, match="'accuracy'"):
        Mitigations(comparison(profit=None).to_dict(), measure="profit")
    with pytest.raises(TypeError, match="got 'methods'"):
        Mitigations(comparison().to_dict(), methods=[])


def test_the_first_method_that_applies_is_open_and_profit_has_two_decimals():
    widget = comparison().widget()
    assert (widget.method, widget.criterion) == ("reweighing", "demographic_parity")
    assert widget.measure == "accuracy"
    widget.measure = "profit"
    profit = comparison().to_frame().loc["none", "profit"]
    assert widget._summary()["tables"][0]["rows"][0][2].startswith(decimals(profit, 2))


def test_the_comparison_shows_itself_as_the_widget_does():
    made = comparison()
    assert repr(made) == repr(made.widget())
    data, _ = made._repr_mimebundle_()
    assert data["text/plain"] == repr(made)
