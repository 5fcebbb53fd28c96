"""A monitor's counts against pandas, its evidence against other ways to it, and what it refuses."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

import edutools
from edutools import Monitor
from edutools.counts import ThresholdCounts
from edutools.monitoring.evidence import (
    MARGINS,
    Baseline,
    _as_normal,
    _likeliest,
    counted_gap,
    gap_distance,
    gap_evidence,
    limit,
    share_distance,
)

GROUPS = ["women", "men"]
MONDAY = np.datetime64("2026-01-05")
GAP = "selection_rate: women − men"


def applicants(n=500, seed=0, weeks=1, women=0.4, men=0.5, share=0.42):
    random = np.random.default_rng(seed)
    week = np.repeat(np.arange(weeks), n)
    group = np.where(random.random(n * weeks) < share, "women", "men")
    rate = np.where(group == "women", np.repeat(np.broadcast_to(women, weeks), n), men)
    return pd.DataFrame(
        {
            "time": MONDAY + 7 * week + random.integers(0, 7, n * weeks),
            "week": week,
            "group": group,
            "accepted": (random.random(n * weeks) < rate).astype(int),
            "repaid": (random.random(n * weeks) < 0.7).astype(int),
            "id": [f"applicant {place}" for place in range(n * weeks)],
        }
    )


def record(monitor, frame, **keywords):
    return monitor.record(
        frame["time"], y_pred=frame["accepted"], sensitive_features=frame["group"], **keywords
    )


@pytest.fixture
def path(tmp_path):
    return tmp_path / "loans.monitor"


# ---- what is counted


def test_rates_and_gaps_are_those_that_pandas_counts(path):
    frame = applicants(weeks=6)
    monitor = Monitor(path, groups=GROUPS, metrics=["selection_rate", "true_positive_rate"])
    record(monitor, frame, y_true=frame["repaid"])
    rates = frame.groupby(["week", "group"])["accepted"].mean().unstack()
    of_repaid = frame[frame["repaid"] == 1].groupby(["week", "group"])["accepted"].mean().unstack()
    right = (frame["accepted"] == frame["repaid"]).groupby([frame["week"], frame["group"]]).mean().unstack()
    for name, expected in {
        GAP: rates["women"] - rates["men"],
        "true_positive_rate: women − men": of_repaid["women"] - of_repaid["men"],
        "share: women": (frame["group"] == "women").groupby(frame["week"]).mean(),
        "selection_rate: men": rates["men"],
        "accuracy: women": right["women"],
    }.items():
        np.testing.assert_allclose(monitor.timeline(name)["value"], expected, err_msg=name)


def test_intervals_are_those_of_edutools_metrics(path):
    frame = applicants(n=40, weeks=3)
    monitor = Monitor(path, groups=GROUPS)
    record(monitor, frame)
    for week, timeline in monitor.timeline(GAP).iterrows():
        one = frame[frame["week"] == week]
        counts = ThresholdCounts.from_predictions(
            np.ones(len(one)), one["accepted"], sensitive_features=one["group"]
        )
        cells = counts.at(0.5)
        expected = edutools.difference_interval(cells, "selection_rate", reference="men")
        assert (timeline["low"], timeline["high"]) == pytest.approx(expected)
        men = edutools.rate_interval(cells, "selection_rate")[counts.groups.index("men")]
        rate = monitor.timeline("selection_rate: men").iloc[week]
        assert (rate["low"], rate["high"]) == pytest.approx(tuple(men))


@pytest.mark.parametrize(
    ("window", "times", "begins"),
    [
        ("week", ["2026-01-04T23:59:59", "2026-01-05T00:00"], ["2025-12-29", "2026-01-05"]),
        ("day", ["2026-01-05T23:00-05:00"], ["2026-01-06"]),
        ("month", ["1969-12-31", "1970-02-01"], ["1969-12-01", "1970-01-01", "1970-02-01"]),
        ("week", [datetime.datetime(2026, 3, 1)], ["2026-02-23"]),
    ],
)
def test_windows_begin_on_mondays_midnights_and_firsts_in_utc(path, window, times, begins):
    monitor = Monitor(path, groups=GROUPS, window=window)
    monitor.record(times, y_pred=[1] * len(times), sensitive_features=["women"] * len(times))
    assert monitor.timeline(GAP)["window"].tolist() == [pd.Timestamp(each) for each in begins]


@given(st.integers(-30_000, 30_000))
def test_a_window_holds_the_times_from_its_beginning_to_the_next(day):
    from edutools.monitoring.windows import begin_of, places

    time = pd.DatetimeIndex([pd.Timestamp("1970-01-01", tz="UTC") + pd.Timedelta(days=day, hours=13)])
    for window in ("day", "week", "month"):
        (place,) = places(time, window)
        begin, end = begin_of([place, place + 1], window)
        assert begin <= time[0].tz_localize(None) < end


def test_a_group_without_rows_has_an_undefined_gap_and_its_reason(path):
    monitor = Monitor(path, groups=GROUPS)
    monitor.record(["2026-01-05", "2026-01-19"], y_pred=[1, 0], sensitive_features=["women", "men"])
    timeline = monitor.timeline(GAP)
    assert timeline["value"].isna().all() and timeline["low"].isna().all()
    assert timeline["reason"].tolist() == [
        "men has no rows",
        "women has no rows; men has no rows",
        "women has no rows",
    ]
    shares = monitor.timeline("share: women")
    assert shares["reason"].tolist() == ["", "nobody applied", ""]
    assert shares["value"].tolist()[::2] == [1, 0]


def test_outcomes_of_the_accepted_alone_give_a_precision_and_no_true_positive_rate(path):
    frame = applicants(weeks=2)
    monitor = Monitor(path, groups=GROUPS, metrics=["precision", "true_positive_rate", "accuracy"])
    record(monitor, frame, y_true=frame["repaid"].where(frame["accepted"] == 1))
    accepted = frame[(frame["accepted"] == 1) & (frame["group"] == "men")]
    precision = accepted.groupby("week")["repaid"].mean()
    np.testing.assert_allclose(monitor.timeline("precision: men")["value"], precision)
    for metric in ("true_positive_rate", "accuracy"):
        timeline = monitor.timeline(f"{metric}: men")
        assert timeline["value"].isna().all()
        assert set(timeline["reason"]) == {"no outcome of those refused in men is known"}


def test_late_outcomes_join_and_their_lines_are_forgotten(path):
    frame = applicants(weeks=2)
    late = Monitor(path, groups=GROUPS, metrics=["accuracy"])
    record(late, frame, ids=frame["id"])
    assert late.waiting == len(frame)
    assert (
        late.timeline("accuracy: men")["reason"].tolist()
        == ["no outcome of those accepted in men is known"] * 2
    )
    receipt = late.record_outcomes(frame["id"], frame["repaid"])
    assert (receipt.rows, receipt.unmatched, late.waiting) == (len(frame), 0, 0)
    at_once = Monitor(path.with_name("other"), groups=GROUPS, metrics=["accuracy"])
    record(at_once, frame, y_true=frame["repaid"])
    pd.testing.assert_frame_equal(late.timeline(), at_once.timeline())
    again = late.record_outcomes(frame["id"], frame["repaid"], batch="the same once more")
    assert (again.rows, again.unmatched) == (0, len(frame))
    pd.testing.assert_frame_equal(late.timeline(), at_once.timeline())


def test_a_line_is_forgotten_when_its_wait_is_over(path):
    monitor = Monitor(path, groups=GROUPS, wait=3)
    monitor.record("2026-01-05", y_pred=[1], sensitive_features=["women"], ids=["a"])
    monitor.record("2026-01-26", y_pred=[1], sensitive_features=["women"], ids=["b"])
    assert monitor.waiting == 2
    monitor.record("2026-02-02", y_pred=[1], sensitive_features=["men"])
    assert monitor.waiting == 1
    assert monitor.record_outcomes(["a", "b"], [1, 1]).unmatched == 1


def test_of_a_decision_without_an_id_no_line_is_kept(path):
    monitor = Monitor(path, groups=GROUPS, metrics=["precision"])
    receipt = monitor.record(
        "2026-01-05", y_pred=[1, 0, 1], sensitive_features=["women", "women", "men"], ids=["a", None, "c"]
    )
    assert (receipt.rows, monitor.waiting) == (3, 2)
    assert monitor.record_outcomes(["a", "c"], [1, 0]).rows == 2
    with pytest.raises(ValueError, match="an id in each row, got 1 missing"):
        monitor.record_outcomes(["a", None], [1, 1])


def test_whole_numbers_that_a_gap_has_made_floats_are_the_same_ids(path):
    monitor = Monitor(path, groups=GROUPS)
    ids = pd.Series([3, None, 2**40])
    monitor.record("2026-01-05", y_pred=[1, 0, 1], sensitive_features=["women", "women", "men"], ids=ids)
    assert monitor.record_outcomes(np.array([3, 2**40]), [1, 0]).rows == 2


def test_scores_are_accepted_from_the_threshold_on(path):
    monitor = Monitor(path, groups=GROUPS)
    monitor.record(
        "2026-01-05", y_score=[0.4, 0.39, 0.9], threshold=0.4, sensitive_features=["women", "women", "men"]
    )
    assert monitor.timeline(GAP)["value"].tolist() == [-0.5]


def test_the_order_of_batches_does_not_matter(path):
    frame = applicants(weeks=20, n=60)
    forward, shuffled = Monitor(path, groups=GROUPS), Monitor(path.with_name("other"), groups=GROUPS)
    for week in range(20):
        record(forward, frame[frame["week"] == week])
    mixed = frame.sample(frac=1, random_state=0)
    for branch in range(5):
        record(shuffled, mixed[branch::5])
    pd.testing.assert_frame_equal(forward.timeline(), shuffled.timeline())


# ---- what is judged


def test_reading_every_week_finds_the_alerts_that_one_reading_at_the_end_finds(path):
    frame = applicants(weeks=30, women=np.where(np.arange(30) < 15, 0.4, 0.25))
    monitor = Monitor(path, groups=GROUPS, baseline=8)
    seen = {}
    for week in range(30):
        record(monitor, frame[frame["week"] == week])
        timeline = monitor.timeline(GAP)
        judged = timeline[timeline["judged"]]
        seen |= (
            dict(zip(judged["window"], judged["alert"], strict=True))
            if not seen
            else {
                window: alert
                for window, alert in zip(judged["window"], judged["alert"], strict=True)
                if window not in seen
            }
        )
    monitor.close(MONDAY + 7 * 30)
    at_end = monitor.timeline(GAP).query("judged")
    assert at_end["alert"].tolist()[:-1] == list(seen.values())
    assert at_end["window"].iloc[0] == pd.Timestamp(MONDAY + 7 * 8)
    assert any(seen.values()) and not all(seen.values())
    (alert,) = monitor.alerts.to_dict("records")
    assert alert["side"] == "below" and alert["window"] > pd.Timestamp(MONDAY + 7 * 14)
    span = frame[(frame["time"] < alert["window"] + pd.Timedelta(days=7))]
    span = span[span["time"] >= alert["window"] - pd.Timedelta(days=7 * (alert["span"] - 1))]
    rates = span.groupby("group")["accepted"].mean()
    assert alert["value"] == pytest.approx(rates["women"] - rates["men"])


def test_the_evidence_of_a_monitor_is_that_of_its_counts(path):
    frame = applicants(weeks=12)
    monitor = Monitor(path, groups=GROUPS, baseline=4)
    record(monitor, frame)
    counted = frame.groupby(["week", "group"])["accepted"]
    hits, sizes = (each.unstack()[GROUPS].to_numpy() for each in (counted.sum(), counted.count()))
    begins = np.where(np.arange(12) < 4, 12, 4)
    baseline = counted_gap(hits[:4].sum(axis=0), sizes[:4].sum(axis=0))
    expected = gap_evidence(hits, sizes, baseline, begins).value
    np.testing.assert_allclose(monitor.timeline(GAP)["evidence"], expected)


def test_a_window_is_judged_once_it_is_over(path):
    monitor = Monitor(path, groups=GROUPS, baseline={"selection_rate": {"women": 0.4, "men": 0.5}})
    record(monitor, applicants())
    assert not monitor.timeline(GAP)["judged"].any()
    monitor.close("2026-01-11")
    assert not monitor.timeline(GAP)["judged"].any()
    monitor.close("2026-01-12")
    assert monitor.timeline(GAP)["judged"].all()


def test_outcomes_are_judged_after_their_delay(path):
    frame = applicants(weeks=6)
    baseline = {"precision": {"women": 0.7, "men": 0.7}}
    monitor = Monitor(path, groups=GROUPS, metrics="precision", baseline=baseline, outcome_delay=3)
    record(monitor, frame, y_true=frame["repaid"])
    assert monitor.timeline("precision: women − men")["judged"].tolist() == [True] * 2 + [False] * 4


def test_a_band_within_its_tolerance_raises_no_alert_and_beyond_it_does(path):
    frame = applicants(weeks=20, n=2000, women=0.34)
    known = {"selection_rate": {"women": 0.4, "men": 0.5}}
    narrow = Monitor(path, groups=GROUPS, baseline=known)
    wide = Monitor(path.with_name("wide"), groups=GROUPS, baseline=known, tolerance={"selection_rate": 0.08})
    for monitor in (narrow, wide):
        record(monitor, frame)
    assert len(narrow.alerts) == 1 and wide.alerts.empty
    assert wide.timeline(GAP)[["band_low", "band_high"]].iloc[0].tolist() == pytest.approx([-0.18, -0.02])


def test_a_drift_in_who_applies_raises_an_alert_of_the_share(path):
    monitor = Monitor(path, groups=GROUPS, baseline=4)
    for week in range(10):
        frame = applicants(seed=week, share=0.42 if week < 6 else 0.55)
        record(monitor, frame.assign(time=MONDAY + 7 * week))
    (alert,) = monitor.alerts.to_dict("records")
    assert (alert["series"], alert["side"]) == ("share: women", "above")


def test_a_mark_begins_the_evidence_anew_and_parts_before_from_after(path):
    frame = applicants(weeks=24, women=np.where(np.arange(24) < 16, 0.25, 0.4))
    monitor = Monitor(path, groups=GROUPS, baseline={"selection_rate": {"women": 0.4, "men": 0.5}})
    record(monitor, frame)
    monitor.mark("mitigated", MONDAY + 7 * 16)
    timeline = monitor.timeline(GAP)
    assert timeline["alert"].tolist()[13:16] == [True] * 3 and not timeline["alert"][16:].any()
    row = monitor.before_after("mitigated", windows=7).loc[GAP]
    sides = frame["week"].between(9, 15), frame["week"].between(16, 22)
    for side, of in zip(("before", "after"), sides, strict=True):
        rates = frame[of].groupby("group")["accepted"].mean()
        assert row[side] == pytest.approx(rates["women"] - rates["men"])
    assert row["change"] == pytest.approx(row["after"] - row["before"])
    assert row["change_low"] < row["change"] < row["change_high"]


def test_a_window_that_a_mark_falls_into_belongs_to_neither_side(path):
    monitor = Monitor(path, groups=GROUPS, baseline={"selection_rate": {"women": 0.4, "men": 0.5}})
    record(monitor, applicants(weeks=5))
    monitor.mark("mitigated", "2026-01-21")
    assert monitor.timeline(GAP)["judged"].tolist() == [True, True, False, True, False]
    assert monitor.before_after("mitigated").loc["share: women"].notna().all()


def test_cells_of_the_test_rows_are_a_baseline_with_their_own_noise(path):
    frame = applicants(n=200)
    counts = ThresholdCounts.from_predictions(
        frame["repaid"], frame["accepted"], sensitive_features=frame["group"]
    )
    monitor = Monitor(path, groups=GROUPS, baseline=counts.at(0.5))
    record(monitor, applicants(weeks=3, seed=1))
    rates = frame.groupby("group")["accepted"].mean()
    timeline = monitor.timeline(GAP)
    assert timeline["baseline"].iloc[0] == pytest.approx(rates["women"] - rates["men"])
    assert timeline["judged"].tolist() == [True, True, False]
    known = Monitor(path.with_name("known"), groups=GROUPS, baseline={"selection_rate": rates.to_dict()})
    record(known, applicants(weeks=3, seed=1))
    less, more = (each.timeline(GAP)["evidence"][:2].abs() for each in (monitor, known))
    assert (less <= more).all() and less.sum() < more.sum()


def test_three_groups_are_each_compared_with_the_reference(path):
    monitor = Monitor(path, groups=["a", "b", "c"], reference="b", metrics=["selection_rate", "accuracy"])
    assert monitor.series[:6] == (
        "selection_rate: a − b",
        "selection_rate: c − b",
        "accuracy: a − b",
        "accuracy: c − b",
        "share: a",
        "share: c",
    )
    limits = monitor.timeline().empty, monitor._watched()
    assert limits[0]
    assert [each.limit for each in limits[1][:6]] == pytest.approx(
        [limit(0.05 * 0.78 / 4, 52)] * 4 + [limit(0.05 * 0.2 / 2, 52)] * 2
    )


# ---- the evidence, against other ways to it


@settings(deadline=None)
@given(
    st.tuples(st.integers(1, 60), st.integers(1, 60)),
    st.tuples(st.floats(0, 1), st.floats(0, 1)),
    st.floats(-0.9, 0.9),
)
def test_the_likeliest_rates_are_those_that_a_search_finds(sizes, shares, gap):
    hits = np.round(np.array(shares) * sizes)
    sizes = np.array(sizes, dtype=float)
    low, high = max(0, -gap), min(1, 1 - gap)

    def unlikely(rate):
        return -(
            stats.binom.logpmf(hits[0], sizes[0], np.clip(rate + gap, 1e-12, 1 - 1e-12))
            + stats.binom.logpmf(hits[1], sizes[1], np.clip(rate, 1e-12, 1 - 1e-12))
        )

    found = float(_likeliest(hits, sizes, np.array(gap)))
    searched = optimize.minimize_scalar(
        unlikely, bounds=(low, high), method="bounded", options={"xatol": 1e-9}
    )
    assert low - 1e-9 <= found <= high + 1e-9
    assert unlikely(found) <= searched.fun + 1e-6


@pytest.mark.parametrize(("n", "rate"), [(20, 0.1), (60, 0.05), (200, 0.9), (500, 0.4)])
def test_a_distance_is_as_improbable_as_the_normal_value_that_stands_for_it(n, rate):
    hits = np.arange(n + 1)
    distance = share_distance(hits, np.full(n + 1, n), Baseline(rate))
    exact = stats.norm.isf(stats.binom.sf(hits, n, rate) + stats.binom.pmf(hits, n, rate) / 2)
    near = np.isfinite(exact) & (np.abs(exact) < 4.5)
    assert near.sum() >= 8
    np.testing.assert_allclose(distance[near], exact[near], atol=0.3)


def test_a_known_gap_of_0_is_judged_as_by_the_pooled_test_of_two_rates():
    hits, sizes = np.array([[130, 190]]), np.array([[400, 420]])
    pooled = 320 / 820
    z = (130 / 400 - 190 / 420) / np.sqrt(pooled * (1 - pooled) * (1 / 400 + 1 / 420) * 820 / 819)
    assert gap_distance(hits, sizes, Baseline(0.0))[0] == pytest.approx(z, rel=0.003)


def test_what_is_too_skewed_to_be_judged_is_not():
    assert np.isnan(_as_normal(np.array([0.5]), np.array([0.01]), np.array([0.0011])))[0]
    assert np.isnan(gap_distance([[1, 0]], [[5, 0]], Baseline(0.0)))[0]


def test_the_limits_are_those_of_another_simulation():
    random = np.random.default_rng(11)
    longest = max(MARGINS)
    largest = []
    for _ in range(20):
        noise = random.standard_normal((5_000, longest - 1 + 52))
        of_year = np.zeros(5_000)
        for span, margin in MARGINS.items():
            sums = np.lib.stride_tricks.sliding_window_view(noise, span, axis=1).sum(axis=2)
            of_year = np.maximum(
                of_year, np.abs(sums[:, longest - span :]).max(axis=1) / np.sqrt(span) - margin
            )
        largest.append(of_year)
    largest = np.concatenate(largest)
    for false_alarms in (0.2, 0.05, 0.04, 0.02, 0.01, 0.004):
        found = (largest > limit(false_alarms, 52)).mean()
        # Four standard errors of this simulation; the limits' own is a sixth of it.
        assert found == pytest.approx(false_alarms, abs=4.2 * np.sqrt(false_alarms / len(largest)))


def test_limits_rise_as_false_alarms_grow_rare_and_windows_many():
    rarer = [limit(0.1 / 3**step, 52) for step in range(12)]
    assert all(np.diff(rarer) > 0)
    assert limit(0.05, 12) < limit(0.05, 52) < limit(0.05, 365)


# ---- what is refused


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({}, "`groups` must be given for a new file"),
        ({"groups": ["women"]}, "at least two groups"),
        ({"groups": "women"}, "at least two groups"),
        ({"groups": GROUPS, "reference": "man"}, "Did you mean 'men'"),
        ({"groups": GROUPS, "metrics": ["f1_score"]}, "`metrics` must be one of"),
        ({"groups": GROUPS, "metrics": ["tpr"]}, "Did you mean 'true_positive_rate'"),
        ({"groups": GROUPS, "metrics": []}, "at least one"),
        ({"groups": GROUPS, "baseline": 1}, "`baseline` must be a whole number from 2 up, got 1"),
        ({"groups": GROUPS, "baseline": {"selection_rate": {"women": 0.4}}}, "a rate of each group"),
        ({"groups": GROUPS, "baseline": {"share": {"women": 0.4, "men": 0.6}}}, "selection_rate"),
        (
            {
                "groups": GROUPS,
                "baseline": {
                    "selection_rate": {"women": 0.4, "men": 0.4},
                    "share": {"women": 0.4, "men": 0.5},
                },
            },
            "add up to 1",
        ),
        ({"groups": GROUPS, "tolerance": -0.1}, "`tolerance` must be a number from 0"),
        ({"groups": GROUPS, "tolerance": {"accuracy": 0.1}}, "`tolerance` must be one of"),
        ({"groups": GROUPS, "false_alarms": 0}, "`false_alarms` must be a number"),
        ({"groups": GROUPS, "window": "hour"}, "`window` must be one of"),
        ({"groups": GROUPS, "outcome_delay": -1}, "`outcome_delay` must be a whole number"),
        ({"groups": GROUPS, "wait": 0}, "`wait` must be a whole number from 1 up"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_and_no_file_made(path, keywords, message):
    with pytest.raises(ValueError, match=message):
        Monitor(path, **keywords)
    assert not list(path.parent.iterdir())


def test_an_unknown_keyword_is_refused_with_the_near_one(path):
    with pytest.raises(TypeError, match="Did you mean 'tolerance'"):
        Monitor(path, groups=GROUPS, tolerence=0.1)


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"y_pred": [1, 2]}, "`y_pred` must be 1 or 0 in each row, got 2 in row 1"),
        ({"y_pred": [1, None]}, "1 missing"),
        ({"y_pred": ["1", "0"]}, "1 or 0"),
        ({"y_pred": []}, "at least one row"),
        ({}, "Either `y_pred` or `y_score`"),
        ({"y_score": [0.2, np.nan]}, "finite"),
        ({"y_pred": [1, 0], "sensitive_features": ["women", "man"]}, "Did you mean 'men'"),
        ({"y_pred": [1, 0], "sensitive_features": ["women"]}, "2 rows"),
        ({"y_pred": [1, 0], "y_true": [1]}, "2 rows"),
        ({"y_pred": [1, 0], "ids": ["a", "a"]}, "each decision once"),
        ({"y_pred": [1, 0], "ids": ["a"]}, "2 rows"),
        ({"y_pred": [1, 0], "time": ["2026-01-05"] * 3}, "one time, or 2"),
        ({"y_pred": [1, 0], "time": "the day before"}, "`time` must be a time"),
        ({"y_pred": [1, 0], "time": ["2026-01-05", None]}, "1 missing"),
    ],
)
def test_a_batch_that_cannot_be_counted_is_refused_whole(path, keywords, message):
    monitor = Monitor(path, groups=GROUPS)
    whole = {"time": "2026-01-05", "sensitive_features": ["women", "men"]} | keywords
    with pytest.raises(ValueError, match=message):
        monitor.record(whole.pop("time"), **whole)
    assert monitor.timeline().empty and monitor.waiting == 0


def test_names_of_series_and_marks_are_refused_where_unknown(path):
    monitor = Monitor(path, groups=GROUPS)
    with pytest.raises(ValueError, match="Did you mean 'share: women'"):
        monitor.timeline("share: woman")
    monitor.mark("mitigated", "2026-01-05")
    with pytest.raises(ValueError, match="Did you mean 'mitigated'"):
        monitor.before_after("mitigate")
    with pytest.raises(ValueError, match="`name` must be a text"):
        monitor.mark("", "2026-01-05")
    with pytest.raises(ValueError, match="no decisions yet"):
        monitor.show()
