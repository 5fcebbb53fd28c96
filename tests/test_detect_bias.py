"""Findings of detect_bias, judged row by row by pandas, scikit-learn, scipy and fairlearn."""

from __future__ import annotations

import json
import math
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from fairlearn.metrics import (
    MetricFrame,
    accuracy_score_difference,
    demographic_parity_difference,
    demographic_parity_ratio,
    equal_opportunity_difference,
)
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from scipy.stats import entropy
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, precision_score, recall_score

from edutools import load_loans, make_loans
from edutools.bias.chance import FAMILIES, benjamini_yekutieli, chance_of_shares
from edutools.bias.detector import BiasDetector
from edutools.bias.findings import COLUMNS
from edutools.bias.measures import MEASURES

ROW = st.tuples(
    st.sampled_from("abc"), st.sampled_from("xy"), st.booleans(), st.booleans(), st.sampled_from("nsw")
)
TABLES = st.lists(ROW, min_size=8, max_size=60).filter(
    lambda rows: len({row[0] for row in rows}) > 1 and len({row[1] for row in rows}) > 1
)
LIGHT = settings(max_examples=12, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))


def table_of(rows):
    table = pd.DataFrame(rows, columns=["group", "sex", "repaid", "accepted", "region"])
    return table.assign(repaid=table.repaid.astype(int), score=table.accepted.astype(float))


def detected(table, **options):
    detector = BiasDetector(
        "score", table, label="repaid", sensitive_features=["group", "sex"], strata="region"
    )
    return detector.detect_bias(**({"minimum_rows": 1, "fliptest": False} | options))


def masks(table, finding):
    """Rows of the group and of its reference, found by its name alone."""
    names = {"group": table.group, "sex": table.sex, "group × sex": table.group + ", " + table.sex}
    of = names[finding.feature]
    d = of == finding.group
    return d, (~d if finding.reference == "the rest" else of == finding.reference)


def share(values):
    return values.mean() if len(values) else math.nan


def conditional(table, d, a, outcome):
    """Conditional demographic disparity, stratum by stratum."""
    both = table[d | a].assign(d=d)
    total = 0.0
    for _, stratum in both.groupby("region"):
        no, yes = stratum[stratum[outcome] == 0], stratum[stratum[outcome] == 1]
        total += len(stratum) * (share(no.d) - share(yes.d))
    return total / len(both)


def expected(table, finding):
    """A measure by its definition, from rows."""
    d, a = masks(table, finding)
    sides = table[a], table[d]

    def both(rate):
        return [rate(side) if len(side) else math.nan for side in sides]

    def scored(metric, **options):
        return both(lambda side: metric(side.repaid, side.accepted, zero_division=np.nan, **options))

    short = finding.short
    if short in ("DPL", "DPPL", "DI"):
        one, other = both(lambda side: side["repaid" if short == "DPL" else "accepted"].mean())
        return (other / one if one else math.nan) if short == "DI" else one - other
    if short in ("KL", "JS", "LP", "TVD", "KS"):
        p, q = (np.array([(side.repaid == k).mean() for k in (0, 1)]) for side in sides)
        middle = (p + q) / 2
        return {
            "KL": math.nan if ((p > 0) & (q == 0)).any() else entropy(p, q),
            "JS": (entropy(p, middle) + entropy(q, middle)) / 2,
            "LP": np.linalg.norm(p - q),
            "TVD": np.abs(p - q).sum() / 2,
            "KS": np.abs(p - q).max(),
        }[short]
    rates = {
        "RD": lambda: scored(recall_score),
        "SD": lambda: scored(recall_score, pos_label=0),
        "DAR": lambda: scored(precision_score),
        "DRR": lambda: scored(precision_score, pos_label=0),
        "AD": lambda: both(lambda side: accuracy_score(side.repaid, side.accepted)),
    }
    if short in rates:
        one, other = rates[short]()
        return other - one if short in ("SD", "DRR") else one - other
    if short == "CI":
        return (a.sum() - d.sum()) / (a.sum() + d.sum())
    if short in ("CDDL", "CDDPL"):
        return conditional(table, d, a, "repaid" if short == "CDDL" else "accepted")

    def divided(over, under):
        return over / under if under else math.nan

    quotients = {
        "DCAcc": lambda s: divided((s.repaid == 1).sum(), (s.accepted == 1).sum()),
        "DCR": lambda s: divided((s.repaid == 0).sum(), (s.accepted == 0).sum()),
        "TE": lambda s: divided(((s.repaid == 1) & ~s.accepted).sum(), ((s.repaid == 0) & s.accepted).sum()),
    }
    one, other = both(quotients[short])
    return one - other if short == "DCAcc" else other - one


@LIGHT
@given(TABLES)
def test_each_measure_of_each_group_and_intersection_is_that_of_its_rows(rows):
    table = table_of(rows)
    for finding in detected(table):
        if finding.short not in ("GE", "FT"):
            assert finding.value == pytest.approx(expected(table, finding), nan_ok=True, abs=1e-12), finding
            without = finding.value if finding.reason is None else finding.low
            assert math.isnan(without) == (finding.reason is not None), finding


@LIGHT
@given(TABLES)
def test_generalized_entropy_is_that_of_the_benefits_of_all_rows(rows):
    table = table_of(rows)
    benefit = table.accepted.astype(int) - table.repaid + 1
    found = detected(table).find("GE")
    if benefit.mean() == 0:
        assert math.isnan(found.value)
        assert found.reason
    else:
        assert found.value == pytest.approx((((benefit / benefit.mean()) ** 2 - 1) / 2).mean(), abs=1e-12)


@LIGHT
@given(TABLES)
def test_every_group_and_every_intersection_that_has_rows_is_compared(rows):
    table = table_of(rows)
    found = detected(table)
    pairs = {(each.feature, each.group) for each in found if each.short == "DPPL"}
    crossed = {("group × sex", f"{one}, {two}") for one, two in zip(table.group, table.sex, strict=True)}
    assert pairs == {("group", g) for g in table.group} | {("sex", s) for s in table.sex} | crossed


@LIGHT
@given(TABLES)
def test_a_mirrored_comparison_has_the_same_test_and_the_opposite_difference(rows):
    found = detected(table_of(rows))
    for short in ("DPL", "DPPL", "RD", "AD"):
        one, other = (found.find(short, group=group) for group in "xy")
        assert one.value == pytest.approx(-other.value, nan_ok=True)
        assert one.p_value == pytest.approx(other.p_value, nan_ok=True)


@LIGHT
@given(TABLES)
def test_a_value_lies_in_its_interval_and_in_the_range_of_its_measure(rows):
    for each in detected(table_of(rows)):
        if math.isnan(each.value):
            continue
        measure = MEASURES[each.short]
        assert measure.low - 1e-12 <= each.value <= measure.high + 1e-12
        if not math.isnan(each.low) and each.short in (
            "CI",
            "DPL",
            "DPPL",
            "DI",
            "RD",
            "SD",
            "DAR",
            "DRR",
            "AD",
        ):
            assert each.low - 1e-12 <= each.value <= each.high + 1e-12, each


@LIGHT
@given(TABLES, st.sampled_from(["edutools", "clarify"]))
def test_findings_are_json_without_nan_whatever_the_table(rows, convention):
    found = detected(table_of(rows), convention=convention)
    again = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert len(again["findings"]) == len(found)


def test_intersections_are_left_out_below_the_minimum_and_on_request():
    table = table_of(
        [
            *[("a", "x", True, True, "n")] * 30,
            *[("b", "y", True, False, "n")] * 30,
            ("a", "y", True, True, "s"),
        ]
    )
    crossed = {each.group for each in detected(table, minimum_rows=20) if each.feature == "group × sex"}
    assert crossed == {"a, x", "b, y"}
    assert not any("×" in str(each.feature) for each in detected(table, intersections=False))


def test_a_reference_is_held_beside_every_other_group():
    table = table_of([(g, s, r, p, "n") for g in "abc" for s in "xy" for r in (0, 1) for p in (0, 1, 1)])
    found = detected(table, reference="b")
    references = {(each.group, each.reference) for each in found if each.feature == "group"}
    assert references == {(g, "the rest") for g in "abc"} | {("a", "b"), ("c", "b")}
    with pytest.raises(ValueError, match=r"`reference` must be one of .*'a', 'b', 'c'.*got 'd'"):
        detected(table, reference="d")


def test_groups_are_those_of_fairlearn_on_the_course_s_loans():
    loans = load_loans()
    loans = loans.assign(score=(loans.income.fillna(30_000) > 34_000).astype(float))
    detector = BiasDetector("score", loans, label="repaid", sensitive_features="gender")
    found = detector.detect_bias()
    y, accepted, groups = loans.repaid, loans.score.astype(int), loans.gender
    asked = {"sensitive_features": groups}
    woman = {short: found.find(short, group="woman").value for short in ("DPPL", "DI", "RD", "AD")}
    assert abs(woman["DPPL"]) == pytest.approx(demographic_parity_difference(y, accepted, **asked))
    assert min(woman["DI"], 1 / woman["DI"]) == pytest.approx(demographic_parity_ratio(y, accepted, **asked))
    assert abs(woman["RD"]) == pytest.approx(equal_opportunity_difference(y, accepted, **asked))
    assert abs(woman["AD"]) == pytest.approx(accuracy_score_difference(y, accepted, **asked))
    frame = MetricFrame(metrics=accuracy_score, y_true=y, y_pred=accepted, sensitive_features=groups)
    rates = {row["group"]: row["rates"]["accuracy"]["value"] for row in found.groups}
    assert rates == pytest.approx(frame.by_group.to_dict())


def test_the_frame_has_the_agreed_columns_and_a_row_for_each_finding():
    found = BiasDetector(None, load_loans(), label="repaid", sensitive_features="gender").detect_bias()
    frame = found.to_frame()
    assert list(frame.columns) == list(COLUMNS)
    assert len(frame) == len(found)
    assert set(frame.reason.dropna()) >= {"no model or scores were given", "no strata were given"}


def test_clarify_s_convention_gives_its_zeros_where_ours_is_undefined():
    table = table_of([(g, s, 0, 0, "n") for g in "ab" for s in "xy" for _ in range(5)])
    ours, theirs = detected(table), detected(table, convention="clarify")
    assert math.isnan(ours.find("DI", group="a").value)
    assert (
        ours.find("DI", group="a").reason
        == "the rate is 0 in b, the reference, and nothing can be divided by 0"
    )
    assert theirs.find("DI", group="a").value == 0
    assert math.isnan(ours.find("RD", group="a").value)
    assert theirs.find("RD", group="a").value == 0


def test_a_group_that_is_never_in_error_and_labels_of_one_kind_leave_reasons():
    table = table_of([(g, s, r, r, "n") for g in "ab" for s in "xy" for r in (0, 1) for _ in range(3)])
    assert detected(table).find("TE", group="a").reason == "nobody in a or in b is accepted wrongly"
    one_kind = table.assign(repaid=1)
    found = detected(one_kind)
    assert "All rows have the same repaid" in " ".join(found.notes)
    assert found.find("SD", group="a").reason == "b has no negatives; a has no negatives"


# Chance


def by_brute_force(hits_a, size_a, hits_d, size_d):
    people = [1] * (hits_a + hits_d) + [0] * (size_a + size_d - hits_a - hits_d)
    observed = abs(hits_a / size_a - hits_d / size_d)
    far = total = 0
    for chosen in combinations(range(len(people)), size_d):
        d = sum(people[i] for i in chosen)
        gap = abs(d / size_d - (sum(people) - d) / size_a)
        far, total = far + (gap >= observed - 1e-12), total + 1
    return far / total


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 6), st.integers(1, 6), st.data())
def test_the_exact_test_of_shares_counts_every_deal_of_the_groups(size_a, size_d, data):
    hits_a, hits_d = data.draw(st.integers(0, size_a)), data.draw(st.integers(0, size_d))
    counts = (hits_a, size_a, hits_d, size_d)
    assert chance_of_shares(*counts) == pytest.approx(by_brute_force(*counts))


def test_the_permutation_test_within_strata_agrees_with_dealing_rows():
    dice = np.random.default_rng(3)
    n = 120
    table = pd.DataFrame(
        {
            "group": dice.choice(["a", "b"], n),
            "sex": dice.choice(["x", "y"], n),
            "region": dice.choice(["n", "s"], n),
            "repaid": dice.integers(0, 2, n),
        }
    )
    table["accepted"] = (dice.random(n) < 0.4 + 0.15 * (table.group == "a")).astype(int)
    table["score"] = table.accepted.astype(float)
    found = detected(table).find("CDDPL", group="b")
    values = []
    for _ in range(1_000):
        dealt = table.groupby("region").group.transform(lambda one: dice.permutation(one.to_numpy()))
        values.append(conditional(table, dealt == "b", dealt == "a", "accepted"))
    share_as_far = np.mean(np.abs(values) >= abs(found.value) - 1e-12)
    assert found.p_value == pytest.approx(share_as_far, abs=4 * math.sqrt(0.25 / 1_000))


def test_labels_of_three_kinds_are_tested_as_one_table():
    dice = np.random.default_rng(0)
    table = pd.DataFrame({"group": dice.choice(["a", "b"], 400), "grade": dice.choice(list("ABC"), 400)})
    quiet = BiasDetector(None, table, label="grade", favourable="A", sensitive_features="group").detect_bias()
    assert quiet.find("TVD").p_value > 0.05
    skewed = table.assign(grade=np.where((table.group == "a") & (table.grade == "B"), "C", table.grade))
    loud = BiasDetector(None, skewed, label="grade", favourable="A", sensitive_features="group").detect_bias()
    assert loud.find("TVD").p_value < 0.001
    assert loud.find("TVD").p_value == loud.find("KS").p_value
    assert math.isnan(loud.find("KL", group="a", reference="b").p_value) is False


def test_adjusted_p_values_are_those_of_the_published_procedure():
    p_values = [0.001, 0.01, 0.02, 0.04, 0.5]
    harmonic = sum(1 / k for k in range(1, 6))
    raw = [p * 5 * harmonic / rank for rank, p in enumerate(p_values, 1)]
    expected = [min(1, *raw[i:]) for i in range(5)]
    assert benjamini_yekutieli(p_values) == pytest.approx(expected)


def test_data_without_bias_yield_a_discovery_in_at_most_five_of_a_hundred_runs():
    dice = np.random.default_rng(11)
    runs, alarms = 80, 0
    for _ in range(runs):
        n = 300
        table = pd.DataFrame(
            {
                "gender": dice.choice(["man", "woman"], n, p=[0.6, 0.4]),
                "region": dice.choice(["north", "south", "east"], n),
                "repaid": (dice.random(n) < 0.6).astype(int),
                "score": dice.random(n),
            }
        )
        found = BiasDetector(
            "score", table, label="repaid", sensitive_features=["gender", "region"]
        ).detect_bias(fliptest=False)
        assert found.tests > 50
        alarms += bool(found.discoveries(0.05))
    # 5% of 80 is 4; more than 10 would come by chance alone once in 350 times
    assert alarms <= 10


def test_a_clear_gap_is_discovered_and_stands_first():
    loans = make_loans(4_000)
    score = np.where(loans.gender == "woman", 0.4, 0.7)
    found = BiasDetector(
        "score", loans.assign(score=score), label="repaid", sensitive_features="gender"
    ).detect_bias()
    assert found[0].short == "DPPL"
    assert found[0].group == "woman"
    assert found[0] in found.discoveries()


def test_one_question_is_one_test_whatever_it_is_called():
    found = detected(
        table_of([(g, s, r, p, "n") for g in "ab" for s in "xy" for r in (0, 1) for p in (0, 1, 1)])
    )
    asked = {(each.feature, each.sides, each.family) for each in found if not math.isnan(each.p_value)}
    assert found.tests == len(asked)
    assert {"KS", "TVD", "DPL"} <= set(FAMILIES["labels"])


# Boundaries, populations, leaks


def test_numbers_are_cut_at_a_boundary_that_belongs_to_the_upper_group():
    table = pd.DataFrame({"age": np.arange(20, 70), "repaid": [0, 1] * 25})
    found = BiasDetector(
        None, table, label="repaid", sensitive_features="age", boundaries={"age": 25}
    ).detect_bias(minimum_rows=2)
    assert {row["group"]: row["rows"] for row in found.groups} == {"age < 25": 5, "age ≥ 25": 45}
    assert not any("median" in note for note in found.notes)
    assert "cut at its median" in BiasDetector(None, table, sensitive_features="age").detect_bias().notes[0]


def test_each_boundary_s_row_is_what_that_boundary_alone_would_give():
    dice = np.random.default_rng(5)
    table = pd.DataFrame(
        {"age": dice.integers(18, 60, 400), "repaid": dice.integers(0, 2, 400), "s": dice.random(400)}
    )
    moved = BiasDetector("s", table, label="repaid", sensitive_features="age").detect_bias().boundaries["age"]
    for at in (20, 31, 50):
        row = moved[moved["at"] == at].iloc[0]
        alone = BiasDetector("s", table, label="repaid", sensitive_features="age", boundaries={"age": at})
        found = alone.detect_bias()
        for short in ("DPL", "DPPL", "DI"):
            finding = found.find(short, group=f"age < {at}")
            assert (row[short], row[f"{short}_low"], row[f"{short}_high"]) == pytest.approx(
                (finding.value, finding.low, finding.high)
            )


def test_a_population_is_held_beside_the_sample():
    table = pd.DataFrame({"gender": ["woman"] * 30 + ["man"] * 70, "repaid": [0, 1] * 50})
    detector = BiasDetector(None, table, label="repaid", sensitive_features="gender")
    found = detector.detect_bias(population={"woman": 0.51}).find("POP")
    assert found.value == pytest.approx(-0.21)
    assert found.low < found.value < found.high < 0
    assert found.p_value < 1e-4
    with pytest.raises(ValueError, match=r"got 'women'.*Did you mean 'woman'"):
        detector.detect_bias(population={"women": 0.51})
    with pytest.raises(ValueError, match="add up to 1 at most"):
        detector.detect_bias(population={"woman": 0.6, "man": 0.6})


def test_a_label_among_the_features_is_said_under_any_name():
    table = load_loans()[["age", "gender", "repaid"]].assign(copy=lambda t: t.repaid.map({0: "no", 1: "yes"}))
    table["late_fee"] = np.where(table.repaid == 1, 0.0, 35.0 + table.age)
    found = BiasDetector(None, table, label="repaid", sensitive_features="gender").detect_bias()
    leaks = [note for note in found.notes if "leaks" in note]
    assert [note.split(",")[0] for note in leaks] == ["copy", "late_fee"]
    with_label = BiasDetector(
        None, table, label="repaid", features=["age", "repaid"], sensitive_features="gender"
    ).detect_bias()
    assert with_label.notes[0].startswith("repaid, among the features")


def test_a_small_group_is_named_with_the_rows_that_it_would_take():
    table = pd.DataFrame({"group": ["a"] * 50 + ["b"] * 4, "repaid": [0, 1] * 27})
    notes = BiasDetector(None, table, label="repaid", sensitive_features="group").detect_bias().notes
    assert notes == (
        "b (group) has 4 rows, too few to say much: to know a share to within 0.1 takes about 97.",
    )


def test_the_fliptest_compares_each_row_with_its_neighbours_in_the_other_group():
    dice = np.random.default_rng(1)
    table = pd.DataFrame({"group": ["a"] * 40 + ["d"] * 20, "x": dice.normal(size=60), "s": dice.random(60)})
    detector = BiasDetector("s", table, sensitive_features="group")
    found = detector.detect_bias(fliptest=True).find("FT", group="d")
    x, accepted = table.x.to_numpy(), table.s.to_numpy() >= 0.5
    apart = []
    for i in range(40, 60):
        near = np.argsort(np.abs(x[:40] - x[i]))[:5]
        apart.append(int(accepted[i]) - int(accepted[:40][near].sum() >= 3))
    assert found.value == pytest.approx(np.mean(apart))
    assert found.low <= found.value <= found.high


# What is shown


def test_findings_read_as_sentences_without_markup_from_the_data():
    table = pd.DataFrame({"<b>group</b>": ["<script>", "b"] * 50, "repaid": [0, 1] * 50})
    found = BiasDetector(None, table, label="repaid", sensitive_features="<b>group</b>").detect_bias()
    html = found._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "With repaid = 1: 0.0% of <script>, 100.0% of b." in repr(found)


def test_no_finding_speaks_of_fair_or_unfair():
    found = BiasDetector(
        "s", load_loans().assign(s=0.7), label="repaid", sensitive_features=["gender", "age"]
    )
    said = " ".join([*(each.text for each in found.detect_bias()), repr(found.detect_bias())]).lower()
    assert "fair" not in said
    assert "discriminat" not in said


def test_without_label_or_groups_it_says_what_it_needs():
    rows = np.random.default_rng(0).normal(size=(50, 3))
    model = LogisticRegression().fit(rows, rows[:, 0] > 0)
    found = BiasDetector(model, rows).detect_bias()
    assert len(found) == 0
    assert "`label` takes a column (0, 1, 2)" in repr(found)
    assert "`sensitive_features` takes a column" in repr(found)
    asked = BiasDetector(model, rows).detect_bias(
        label=rows[:, 0] > 0, sensitive_features=np.where(rows[:, 1] > 0, "up", "down")
    )
    assert asked.find("AD").value == pytest.approx(0, abs=0.2)
