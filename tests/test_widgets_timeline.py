"""The timeline's twin and traits, from a monitor and from plain data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from edutools import Monitor
from edutools.widgets.timeline import Timeline

GROUPS = ["women", "men"]
GAP = "selection_rate: women − men"
MONDAY = np.datetime64("2026-01-05")


def a_monitor(path, weeks=24, changed=12, mitigated=18, **settings):
    """Women's rate falls from 0.4 to 0.25 at `changed`, and returns at `mitigated`; a week without men."""
    monitor = Monitor(path, groups=GROUPS, **({"baseline": 6} | settings))
    random = np.random.default_rng(0)
    for week in range(weeks):
        group = random.choice(GROUPS, 500, p=[0.42, 0.58]) if week != 8 else np.full(200, "women")
        rate = np.where(group == "women", 0.25 if changed <= week < mitigated else 0.4, 0.5)
        monitor.record(
            MONDAY + 7 * week,
            y_pred=random.random(group.size) < rate,
            sensitive_features=group,
            batch=f"week {week}",
        )
    monitor.mark("mitigated", MONDAY + 7 * mitigated)
    return monitor


def series(**changes):
    plain = {
        "name": GAP,
        "kind": "gap",
        "metric": "selection_rate",
        "group": "women",
        "reference": "men",
        "figures": [[-0.1, -0.2, 0.0], [None, None, None], [-0.3, -0.4, -0.2]],
        "rows": [90, 0, 100],
        "reasons": ["", "women has no rows", ""],
        "baseline": -0.1,
        "tolerance": 0.05,
        "limit": 3.5,
        "evidence": [0.2, None, -4.0],
        "states": ["quiet", "unjudged", "alert"],
        "alerts": [{"place": 2, "until": 2, "span": 1, "above": False, "figures": [-0.3, -0.4, -0.2]}],
        "marks": [],
    }
    return plain | changes


SERIES = [series()]
WINDOWS = ["2026-01-05", "2026-01-12", "2026-01-19"]


def timeline(*own, **keywords):
    return Timeline(
        list(own) or SERIES, **({"groups": GROUPS, "windows": WINDOWS, "unit": "week"} | keywords)
    )


def test_the_twin_says_what_the_monitor_says(tmp_path):
    monitor = a_monitor(tmp_path / "m")
    shown = monitor.show()
    (alert,) = monitor.alerts[monitor.alerts["series"] == GAP].to_dict("records")
    summary = shown._summary()
    said = " ".join(summary["sentences"])
    assert f"Alert 1: below its band, week of {alert['window']:%Y-%m-%d}" in said
    assert f"{alert['value']:.2f}".replace("-", "−") in said
    row = monitor.before_after("mitigated").loc[GAP]
    assert f"change {row['change']:.2f} ({row['change_low']:.2f} to {row['change_high']:.2f})" in said
    states = [row[-1] for row in summary["tables"][0]["rows"]]
    alarmed = monitor.timeline(GAP)["alert"].tolist()[-12:]
    assert [state.startswith("ALERT, below") for state in states] == alarmed
    assert states[-1] == "not judged yet"


def test_it_opens_at_the_last_window_and_the_first_series(tmp_path):
    shown = a_monitor(tmp_path / "m").show()
    assert (shown.series, shown.window) == (GAP, 23)


def test_the_rates_of_all_groups_are_one_picture(tmp_path):
    monitor = a_monitor(tmp_path / "m")
    shown = monitor.show("selection_rate: men")
    assert shown.series == "selection_rate by group"
    table = shown._summary()["tables"][0]
    assert table["columns"] == ["Week", "women", "men"]
    last = monitor.timeline("selection_rate: men").iloc[-1]
    assert table["rows"][-1][2].startswith(
        f"{last['value']:.2f} ({last['low']:.2f} to {last['high']:.2f}) of"
    )


def test_an_undefined_window_says_why():
    rows = timeline()._summary()["tables"][0]["rows"]
    assert rows[1] == ["2026-01-12", "undefined: women has no rows", "too little to judge"]


def test_the_page_holds_no_rows_of_people(tmp_path):
    monitor = Monitor(tmp_path / "m", groups=GROUPS)
    monitor.record("2026-01-05", y_pred=[1, 0], sensitive_features=GROUPS, ids=["Ada", "Alan"])
    shown = monitor.show()
    assert "Ada" not in str(shown.page_state())
    assert "no rows of people" in shown.save_html(tmp_path / "page.html").read_text(encoding="utf-8")


def test_a_series_without_baseline_says_so(tmp_path):
    monitor = Monitor(tmp_path / "m", groups=GROUPS)
    monitor.record("2026-01-05", y_pred=[1, 0], sensitive_features=GROUPS)
    assert "Not judged: there is no baseline yet." in monitor.show()._summary()["sentences"][0]


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"windows": []}, "`windows` must be at least one"),
        ({"unit": "hour"}, "`unit` must be one of"),
        ({"series_name": "selection_rate: woman − men"}, "Did you mean 'selection_rate: women − men'"),
    ],
)
def test_what_cannot_be_shown_is_refused(keywords, message):
    with pytest.raises(ValueError, match=message):
        timeline(**keywords)


def test_traits_that_are_not_there_are_refused():
    shown = timeline()
    with pytest.raises(ValueError, match="`window` must lie from 0 to 2, got 3"):
        shown.window = 3
    with pytest.raises(ValueError, match="`series` must be one of"):
        shown.series = "share: women"
    shown.window = 0
    assert shown.window == 0


def test_months_and_days_are_named(tmp_path):
    for unit, name in (("month", "2026-01"), ("day", "2026-01-05")):
        monitor = Monitor(tmp_path / unit, groups=GROUPS, window=unit)
        monitor.record("2026-01-05", y_pred=[1, 0], sensitive_features=GROUPS)
        assert monitor.show()._facts["windows"] == [name]
        assert pd.Timestamp(name) == monitor.timeline(GAP)["window"][0]
