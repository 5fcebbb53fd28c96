"""The group sliders, as Python sees them: thresholds, criteria, gaps, twin, page size, errors."""

from __future__ import annotations

import base64
import gzip
import re

import numpy as np
import pytest
import traitlets

import edutools
from edutools import GroupMetrics, ThresholdCounts, choose_thresholds
from edutools.criteria import CRITERIA
from edutools.metrics import METRICS
from tests.examples import multinomial_counts

KB = 1_000


def drawn(seed: int = 0, n: int = 400, groups: tuple[str, ...] = ("men", "women")):
    rng = np.random.default_rng(seed)
    group = np.array(groups)[rng.integers(0, len(groups), n)]
    label = (rng.random(n) < np.where(group == groups[0], 0.65, 0.5)).astype(int)
    score = 1 / (1 + np.exp(-(rng.normal(size=n) + 1.6 * (label - 0.5) + 0.4 * (group == groups[0]))))
    return label, score, group


LABEL, SCORE, GROUP = drawn()
COUNTS = ThresholdCounts.from_predictions(LABEL, SCORE, sensitive_features=GROUP)


@pytest.fixture
def sliders() -> GroupMetrics:
    return GroupMetrics(COUNTS, gain=300, loss=700)


def test_thresholds_begin_alike_or_each_where_it_is_told():
    assert GroupMetrics(COUNTS, thresholds=0.3).thresholds == {"men": 0.3, "women": 0.3}
    told = {"women": 0.4, "men": np.inf}
    assert GroupMetrics(COUNTS, thresholds=told).thresholds == told


def test_one_group_can_be_moved_alone(sliders):
    sliders.thresholds = {"women": 0.25}
    assert sliders.thresholds == {"men": 0.5, "women": 0.25}


def test_figures_by_group_gaps_and_profit_are_those_of_the_library(sliders):
    sliders.thresholds = {"men": 0.62, "women": 0.41}
    cells = COUNTS.at({"men": 0.62, "women": 0.41})
    table = sliders.by_group
    assert list(table.columns) == list(METRICS)
    assert list(table.index) == ["men", "women"]
    for metric in METRICS:
        np.testing.assert_array_equal(table[metric], edutools.rate(cells, metric))
        for reference in (None, "men"):
            assert sliders.difference(metric, reference=reference) == edutools.difference(
                cells, metric, reference=reference
            )
            assert sliders.ratio(metric, reference=reference) == edutools.ratio(
                cells, metric, reference=reference
            )
    assert sliders.profit == (300 * cells.tp - 700 * cells.fp).sum()


@pytest.mark.parametrize("criterion", CRITERIA)
def test_a_criterion_sets_the_thresholds_that_it_asks_for(sliders, criterion):
    sliders.criterion = criterion
    assert sliders.thresholds == choose_thresholds(COUNTS, criterion, gain=300, loss=700).thresholds
    assert sliders.criterion == criterion


@pytest.mark.parametrize(("name", "value"), [("gain", 900.0), ("loss", 50.0), ("tolerance", 0.2)])
def test_a_chosen_criterion_is_asked_again_when_what_it_costs_changes(sliders, name, value):
    sliders.criterion = "demographic_parity"
    setattr(sliders, name, value)
    money = {"gain": 300, "loss": 700, "tolerance": 0.01} | {name: value}
    assert sliders.thresholds == choose_thresholds(COUNTS, "demographic_parity", **money).thresholds
    assert sliders.criterion == "demographic_parity"


def test_money_alone_moves_no_threshold_that_was_set_by_hand(sliders):
    sliders.thresholds = {"men": 0.9, "women": 0.1}
    sliders.gain = 10
    assert sliders.thresholds == {"men": 0.9, "women": 0.1}
    assert sliders.profit == pytest.approx((10 * sliders.cells.tp - 700 * sliders.cells.fp).sum())


def test_moving_a_threshold_leaves_the_criterion(sliders):
    sliders.criterion = "equal_opportunity"
    sliders.thresholds = {"men": 0.777}
    assert sliders.criterion is None


def test_a_browser_that_sends_a_criterion_with_its_thresholds_is_believed(sliders):
    chosen = choose_thresholds(COUNTS, "equalized_odds", gain=300, loss=700).thresholds
    seen = []
    sliders.observe(lambda change: seen.append(change["new"]), "thresholds")
    sliders.set_state({"criterion": "equalized_odds", "thresholds": chosen})
    assert (sliders.criterion, sliders.thresholds, seen) == ("equalized_odds", chosen, [chosen])
    sliders.set_state({"criterion": None, "thresholds": {"men": None, "women": 0.5}})
    assert (sliders.criterion, sliders.thresholds) == (None, {"men": np.inf, "women": 0.5})


def test_the_twin_states_cells_rates_gaps_and_profit(sliders):
    sliders.thresholds = {"men": np.inf, "women": 0.4}
    twin, cells = repr(sliders), sliders.cells
    size = (GROUP == "men").sum()
    line = rf"men +{size} +nobody +0 +0 +{cells.fn[0]} +{cells.tn[0]}\n"
    assert re.search(line, twin)
    assert "Precision" in twin
    assert "undefined: nobody in men is predicted positive" in twin
    assert f"Profit {money(sliders.profit)}" in twin
    assert "disparate treatment under the Equal Credit Opportunity Act" in twin
    low, high = edutools.difference_interval(cells, "selection_rate")
    gap = edutools.difference(cells, "selection_rate")
    assert f"{gap:.2f} ({low:.2f} to {high:.2f})" in twin.split("Gaps between groups")[1]


def money(amount: float) -> str:
    return f"{'−' if amount < 0 else ''}€{abs(amount):,.0f}"


def test_the_twin_names_the_criterion(sliders):
    assert "Criterion" not in repr(sliders)
    sliders.criterion = "equal_opportunity"
    assert "Criterion: Equal opportunity." in repr(sliders)


def test_the_twin_is_the_same_every_time():
    assert repr(GroupMetrics(COUNTS, gain=300)) == repr(GroupMetrics(COUNTS, gain=300))


def test_the_notebook_gets_text_html_and_the_live_view(sliders):
    data, _ = sliders._repr_mimebundle_()
    assert data["text/plain"] == repr(sliders)
    assert data["text/html"] == sliders.to_html()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == sliders.model_id


def test_only_named_metrics_are_shown_once_each():
    twin = repr(GroupMetrics(COUNTS, metrics=["precision", "balanced_accuracy", "precision"]))
    rates = twin.split("Rates by group, with 95% intervals\n")[1].split("\n\n")[0].splitlines()
    assert [re.split(r"\s{2,}", line)[0] for line in rates] == ["metric", "Precision", "Balanced accuracy"]


def test_from_predictions_and_from_estimator_count_alike():
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression().fit(SCORE[:, None], LABEL)
    probability = model.predict_proba(SCORE[:, None])[:, 1]
    one = GroupMetrics.from_estimator(model, SCORE[:, None], LABEL, sensitive_features=GROUP, thresholds=0.4)
    other = GroupMetrics.from_predictions(LABEL, probability, sensitive_features=GROUP, thresholds=0.4)
    assert one.counts.to_dict() == other.counts.to_dict()
    assert one.by_group.equals(other.by_group)


def test_a_grid_of_ones_own_is_kept():
    sliders = GroupMetrics.from_predictions(
        LABEL, SCORE, sensitive_features=GROUP, grid=[0.2, 0.4, 0.6], thresholds=0.4
    )
    with pytest.raises(ValueError, match=re.escape("must be one of 0.2, 0.4, 0.6, got 0.5")):
        sliders.thresholds = {"men": 0.5}
    sliders.criterion = "demographic_parity"
    assert set(sliders.thresholds.values()) <= {0.2, 0.4, 0.6}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"thresholds": {"womn": 0.5}}, "Did you mean 'women'"),
        ({"thresholds": {"men": 0.12345}}, "Nearest: 0.123 and 0.124"),
        ({"thresholds": {"men": None}}, "`threshold` must be a number, or +inf for nobody, got None"),
        ({"thresholds": {"men": "0.5"}}, "`threshold` must be a number, or +inf for nobody, got '0.5'"),
        ({"thresholds": {"men": True}}, "`threshold` must be a number, or +inf for nobody, got True"),
        ({"tolerance": np.nan}, "`tolerance` must be a number in [0, 1], got nan"),
        ({"criterion": "demografic_parity"}, "Did you mean 'demographic_parity'"),
        ({"gain": -1}, "`gain` must be a finite number, at least 0, got -1"),
        ({"loss": np.nan}, "`loss` must be a finite number, at least 0, got nan"),
    ],
)
def test_a_wrong_value_is_refused_and_changes_nothing(sliders, change, message):
    ((name, value),) = change.items()
    before = getattr(sliders, name), sliders.thresholds
    with pytest.raises(ValueError, match=re.escape(message)):
        setattr(sliders, name, value)
    assert (getattr(sliders, name), sliders.thresholds) == before


@pytest.mark.parametrize("tolerance", [-0.1, 1.1, "small"])
def test_a_tolerance_that_is_no_share_is_refused(sliders, tolerance):
    with pytest.raises(traitlets.TraitError, match="tolerance"):
        sliders.tolerance = tolerance


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: GroupMetrics(COUNTS, gian=3), "got 'gian'. Did you mean 'gain'?"),
        (
            lambda: GroupMetrics.from_predictions(LABEL, SCORE, sensitive_features=GROUP, tolerence=0.1),
            "got 'tolerence'. Did you mean 'tolerance'?",
        ),
        (
            lambda: GroupMetrics.from_estimator(None, SCORE, LABEL, sensitive_featurs=GROUP),
            "got 'sensitive_featurs'. Did you mean 'sensitive_features'?",
        ),
        (lambda: GroupMetrics(COUNTS.to_dict()), "must be a ThresholdCounts, got dict"),
    ],
)
def test_an_unknown_keyword_or_no_counts_are_refused(call, message):
    with pytest.raises(TypeError, match=re.escape(message)):
        call()


@pytest.mark.parametrize("metrics", [["tpr"], [], "accuracy"])
def test_unknown_or_no_metrics_are_refused(metrics):
    with pytest.raises(ValueError, match="metric"):
        GroupMetrics(COUNTS, metrics=metrics)


def test_the_near_metric_is_named():
    with pytest.raises(ValueError, match="Did you mean 'true_positive_rate'"):
        GroupMetrics(COUNTS, metrics=["selection_rate", "tpr"])


@pytest.mark.parametrize("groups", [1, 13])
def test_fewer_than_two_or_more_than_twelve_groups_are_refused(groups):
    with pytest.raises(ValueError, match=f"2 to 12 groups, got {groups}"):
        GroupMetrics(multinomial_counts(1_000, groups=groups))


def test_missing_groups_are_kept_and_said():
    with_gaps = np.where(np.arange(GROUP.size) % 10 == 0, None, GROUP)
    with pytest.warns(UserWarning, match="missing"):
        sliders = GroupMetrics.from_predictions(LABEL, SCORE, sensitive_features=with_gaps)
    assert list(sliders.thresholds) == ["men", "women", "missing"]


def test_a_group_of_one_row_stands_with_its_undefined_rates():
    sliders = GroupMetrics.from_predictions(
        [*LABEL, 1], [*SCORE, 0.9], sensitive_features=[*GROUP, "third"], gain=300, loss=700
    )
    assert sliders.by_group.loc["third"].isna().sum() > 0
    assert "undefined: third has no negatives" in repr(sliders)
    assert np.isnan(sliders.difference("false_positive_rate"))


def test_names_with_markup_are_text_in_the_twin():
    evil = "<img src=x onerror=alert(1)>"
    groups = np.where(GROUP == "men", evil, "women")
    sliders = GroupMetrics.from_predictions(
        LABEL, SCORE, sensitive_features=groups, label_names=[evil, "b"], decision_names=[evil, "d"]
    )
    assert evil in repr(sliders)
    assert "<img" not in sliders.to_html()


@pytest.mark.parametrize("rows", [10**3, 10**5, 10**7])
@pytest.mark.parametrize(("groups", "most"), [(2, 60), (12, 120)])
def test_a_saved_page_is_small_whatever_the_number_of_rows(tmp_path, groups, most, rows):
    page = GroupMetrics(multinomial_counts(rows, groups=groups)).save_html(tmp_path / "page.html")
    assert page.stat().st_size <= most * KB


def test_a_saved_page_replaces_the_file_and_names_no_other_host(tmp_path, sliders):
    path = tmp_path / "page.html"
    path.write_text("old")
    assert sliders.save_html(path) == path
    content = path.read_text(encoding="utf-8")
    assert content.startswith("<!doctype html>")
    held = re.search(r"data-held>([^<]+)<", content)[1]
    unpacked = content.replace(held, gzip.decompress(base64.b64decode(held)).decode())
    addresses = set(re.findall(r"(?:https?:)?//[^\s\"'`<)\\]+\.[^\s\"'`<)\\]+", unpacked))
    assert addresses <= {"http://www.w3.org/2000/svg"}


@pytest.mark.parametrize("grid", ["distinct", [0.2, 0.4]])
def test_sliders_begin_at_the_threshold_nearest_to_a_half(grid):
    sliders = GroupMetrics.from_predictions(LABEL, SCORE, sensitive_features=GROUP, grid=grid)
    nearest = min(sliders.counts.thresholds, key=lambda each: abs(each - 0.5))
    assert set(sliders.thresholds.values()) == {nearest}


def test_a_criterion_chosen_on_a_thinned_table_stays_chosen():
    rng = np.random.default_rng(4)
    label, score, group = rng.integers(0, 2, 5_000), rng.random(5_000), rng.integers(0, 2, 5_000)
    sliders = GroupMetrics.from_predictions(label, score, sensitive_features=group, grid="distinct")
    in_browser = set(sliders.page_state()["_counts"]["thresholds"]) - {None}
    chosen = sliders.choice("equal_opportunity").thresholds
    assert sliders.counts.thresholds.size > 1_002 and set(chosen.values()) <= in_browser | {np.inf}
    sliders.set_state({"thresholds": chosen, "criterion": "equal_opportunity"})
    assert (sliders.criterion, sliders.thresholds) == ("equal_opportunity", chosen)
