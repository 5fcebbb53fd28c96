"""The cards of a pipeline, as Python sees them: what each stage holds and changed, judged by plain pandas."""

from __future__ import annotations

import json
import re
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from edutools import DataFlow, load_loans
from edutools.course.pipeline import assign_rows, balancing_weights, engineer_features, preprocess

LOANS = load_loans()
ROWS = assign_rows(LOANS)
CLEAN = preprocess(LOANS, learn_from=LOANS[ROWS == "train"])
TABLE = engineer_features(CLEAN, learn_from=CLEAN[ROWS == "train"])
WEIGHTS = balancing_weights(CLEAN["gender"])
PEOPLE = pd.DataFrame(
    {
        "name": ["Ada", "Bo", "Cy", "Di"],
        "group": ["a", "b", "a", "b"],
        "age": [30, 41, 1990, 52],
        "income": [1.5, np.nan, 3.0, np.nan],
        "repaid": [1, 0, 1, 1],
    },
    index=[10, 11, 12, 13],
)


@pytest.fixture
def flow() -> DataFlow:
    flow = DataFlow(sensitive_features="gender", label="repaid")
    flow.record("collected", LOANS)
    flow.record("clean", CLEAN, note="Gaps filled.")
    flow.record("weighted", CLEAN, sample_weight=WEIGHTS)
    flow.record("features", TABLE)
    flow.record("training", TABLE[ROWS == "train"])
    return flow


def recorded(*stages: pd.DataFrame, **asked) -> DataFlow:
    flow = DataFlow(**asked)
    for number, data in enumerate(stages):
        flow.record(f"stage {number}", data)
    return flow


def last(*stages: pd.DataFrame) -> pd.Series:
    """What the last of these stages holds and changed."""
    return recorded(*stages).stages.iloc[-1]


def test_shapes_columns_rows_and_gaps_are_those_of_pandas(flow):
    stages = flow.stages
    tables = [LOANS, CLEAN, CLEAN, TABLE, TABLE[ROWS == "train"]]
    assert list(stages.index) == ["collected", "clean", "weighted", "features", "training"]
    assert list(zip(stages["rows"], stages["columns"], strict=True)) == [table.shape for table in tables]
    assert stages["missing"].tolist() == [table.isna().sum().sum() for table in tables]
    for (name, row), before, after in zip(list(stages.iterrows())[1:], tables[:-1], tables[1:], strict=True):
        assert set(row["columns_gained"]) == set(after) - set(before), name
        assert set(row["columns_lost"]) == set(before) - set(after), name
        assert row["rows_gained"] == len(after.index.difference(before.index))
        assert row["rows_lost"] == len(before.index.difference(after.index))
    assert stages.loc["clean", "columns_lost"] == ("name", "phone")
    assert stages.loc["collected", ["rows_gained", "rows_lost", "changed", "filled"]].isna().all()


def test_changed_and_filled_cells_of_the_course_are_those_of_pandas_compare(flow):
    common = list(CLEAN.columns)
    both = LOANS[common].compare(CLEAN, keep_shape=True)
    was, stands = both.xs("self", axis=1, level=1), both.xs("other", axis=1, level=1)
    changed = (was.notna() & stands.notna()).sum()
    row = flow.stages.loc["clean"]
    assert row["changed"] == changed.sum()
    assert row["filled"] == LOANS[common].isna().sum().sum()
    flow.stage = "clean"
    told = repr(flow).split("Cells by column, collected → clean\n")[1].split("\n\n")[0].splitlines()[1:]
    by_column = {line.split()[0]: list(map(int, line.split()[1:])) for line in told}
    assert {column: cells[0] for column, cells in by_column.items() if cells[0]} == dict(changed[changed > 0])
    gaps = LOANS[common].isna().sum()
    assert {column: cells[1] for column, cells in by_column.items() if cells[1]} == dict(gaps[gaps > 0])


CELL = st.sampled_from([1, 2, 1.0, "1", "x", None, np.nan, True, pd.Timestamp("2025-01-01")])


@st.composite
def tables(draw):
    columns = draw(st.lists(st.sampled_from("abcd"), unique=True, min_size=1))
    labels = draw(st.lists(st.integers(0, 5), unique=True))
    cells = {column: draw(st.lists(CELL, min_size=len(labels), max_size=len(labels))) for column in columns}
    return pd.DataFrame(cells, index=labels, dtype=object)


@given(tables(), tables())
def test_cells_are_counted_as_by_hand(before, after):
    found = {"changed": 0, "filled": 0, "emptied": 0}
    for column in set(before) & set(after):
        for label in set(before.index) & set(after.index):
            old, new = before.at[label, column], after.at[label, column]
            if pd.isna(old) and pd.isna(new):
                continue
            kind = "filled" if pd.isna(old) else "emptied" if pd.isna(new) else "changed"
            found[kind] += kind != "changed" or old != new
    row = last(before, after)
    assert {kind: row[kind] for kind in found} == found
    assert row["rows_gained"] == len(set(after.index) - set(before.index))
    assert row["rows_lost"] == len(set(before.index) - set(after.index))


def test_a_change_of_type_alone_changes_no_cell():
    changed = PEOPLE.astype({"age": float, "repaid": bool, "group": "category", "name": object})
    assert last(PEOPLE, changed)[["changed", "filled", "emptied"]].tolist() == [0, 0, 0]


def test_large_whole_numbers_that_no_float_holds_are_told_apart():
    big = pd.DataFrame({"a": [2**53, 2**53 + 1]})
    assert last(big, big.assign(a=big["a"].astype(float)))["changed"] == 1


def test_rows_in_another_order_are_the_same_rows():
    row = last(PEOPLE, PEOPLE.iloc[::-1][list(reversed(PEOPLE.columns))])
    assert row[["rows_gained", "rows_lost", "changed", "filled", "emptied"]].tolist() == [0] * 5
    assert row["columns_gained"] == row["columns_lost"] == ()


def test_cells_that_hold_lists_or_arrays_are_compared_too():
    before = pd.DataFrame({"a": [[1, 2], [3]], "b": [np.array([1, 2]), np.array([3, 4])]})
    after = pd.DataFrame({"a": [[1, 2], [4]], "b": [np.array([1, 2]), np.array([3, 5])]})
    assert last(before, after)["changed"] == 2


@pytest.mark.parametrize("stage", ["collected", "clean", "weighted", "training"])
def test_shares_and_base_rates_are_those_of_pandas_with_wilson_s_interval(flow, stage):
    table = {"collected": LOANS, "clean": CLEAN, "weighted": CLEAN, "training": TABLE[ROWS == "train"]}[stage]
    found = flow.by_group.loc[stage]
    shares = table["gender"].value_counts(normalize=True)
    rates = table.groupby("gender")["repaid"].agg(["mean", "sum", "size"])
    for group in ("man", "woman"):
        row, people = found.loc[group], rates.loc[group]
        assert (row["share"], row["base_rate"]) == pytest.approx((shares[group], people["mean"]))
        for key, hits, size in [
            ("share", people["size"], len(table)),
            ("base_rate", people["sum"], people["size"]),
        ]:
            limits = binomtest(int(hits), int(size)).proportion_ci(method="wilson")
            assert (row[f"{key}_low"], row[f"{key}_high"]) == pytest.approx((limits.low, limits.high))
    assert found["weighted_share"].isna().all() == (stage != "weighted")


def test_weights_move_shares_and_their_intervals_are_those_of_kish_s_number(flow):
    found = flow.by_group.loc["weighted"]
    assert found["weighted_share"].tolist() == pytest.approx([0.5, 0.5])
    effective = WEIGHTS.sum() ** 2 / (WEIGHTS**2).sum()
    z = 1.959963984540054
    for group in ("man", "woman"):
        middle = (0.5 + z * z / (2 * effective)) / (1 + z * z / effective)
        half = z * np.sqrt(0.25 / effective + z * z / (4 * effective**2)) / (1 + z * z / effective)
        limits = found.loc[group, ["weighted_share_low", "weighted_share_high"]].tolist()
        assert limits == pytest.approx([middle - half, middle + half])
    assert f"its 1,000 rows are weighted, and tell as much as {round(effective)} that are not" in repr(flow)


def test_weights_within_a_group_move_its_base_rate():
    weights = [3.0, 1.0, 1.0, 0.0]
    flow = DataFlow(sensitive_features="group", label="repaid")
    flow.record("weighted", PEOPLE.assign(repaid=[1, 0, 0, 1]), sample_weight=weights)
    found = flow.by_group.loc["weighted"]
    assert found["base_rate"].tolist() == [0.5, 0.5]
    assert found["weighted_base_rate"].tolist() == [0.75, 0.0]
    assert found["weighted_share"].tolist() == [0.8, 0.2]


def test_a_group_without_weight_has_an_undefined_weighted_base_rate():
    flow = DataFlow(sensitive_features="group", label="repaid")
    flow.record("weighted", PEOPLE, sample_weight=[1, 0, 1, 0])
    assert np.isnan(flow.by_group.loc[("weighted", "b"), "weighted_base_rate"])
    assert flow.by_group.loc[("weighted", "b"), "weighted_share"] == 0
    assert "undefined: nobody in b has any weight" in repr(flow)


@pytest.mark.parametrize("gone", [PEOPLE.drop(columns="repaid"), PEOPLE.assign(repaid=np.nan)])
def test_a_base_rate_without_labels_is_undefined_and_never_zero(gone):
    flow = recorded(PEOPLE, gone, sensitive_features="group", label="repaid")
    assert flow.by_group.loc["stage 1", ["base_rate", "base_rate_low"]].isna().all(axis=None)
    assert "undefined: no label is known in a" in repr(flow)
    said = "stage 1: there is no column repaid" if "repaid" not in gone else "stage 1: rows without repaid: 4"
    assert said in repr(flow)


def test_labels_that_are_partly_missing_are_left_out_and_counted():
    flow = recorded(PEOPLE.assign(repaid=[1, 0, np.nan, 1]), sensitive_features="group", label="repaid")
    assert flow.by_group["labelled"].tolist() == [1, 2]
    assert flow.by_group["base_rate"].tolist() == [1.0, 0.5]
    assert "stage 0: rows without repaid: 1" in repr(flow)


def test_rows_without_a_group_are_a_group_of_their_own_and_said_without_a_warning():
    gaps = PEOPLE.assign(group=["a", None, "a", None])
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        flow = recorded(gaps, sensitive_features="group")
    assert flow.by_group.loc["stage 0", "rows"].to_dict() == {"a": 2, "missing": 2}
    assert "rows without a value that tells their group: 2." in repr(flow)


def test_a_stage_without_the_group_s_column_says_so():
    flow = recorded(PEOPLE, PEOPLE.drop(columns="group"), sensitive_features="group", label="repaid")
    assert set(flow.by_group.index.get_level_values("stage")) == {"stage 0"}
    assert "stage 1: there is no column group" in repr(flow)


def test_several_features_make_groups_of_their_combinations():
    flow = recorded(PEOPLE.assign(old=PEOPLE["age"] > 40), sensitive_features=["group", "old"])
    assert flow.by_group["rows"].to_dict() == {
        ("stage 0", "a, False"): 1,
        ("stage 0", "a, True"): 1,
        ("stage 0", "b, True"): 2,
    }


def test_without_groups_everybody_has_one_base_rate():
    flow = recorded(PEOPLE, label="repaid")
    assert flow.by_group["base_rate"].to_dict() == {("stage 0", "all"): 0.75}
    assert "Share of rows" not in repr(flow)


def test_another_positive_label_is_counted_where_it_is_named():
    words = PEOPLE.assign(repaid=["yes", "no", "no", "yes"])
    flow = recorded(words, sensitive_features="group", label="repaid", pos_label="no")
    assert flow.by_group["base_rate"].tolist() == [0.5, 0.5]
    with pytest.raises(ValueError, match=r"column 'repaid' must hold labels of two kinds.*`pos_label`"):
        recorded(words, label="repaid")


def test_copied_rows_are_rows_gained_and_their_cells_are_not_compared():
    copied = pd.concat([PEOPLE, PEOPLE.iloc[:2], PEOPLE.iloc[:1]])
    flow = recorded(PEOPLE, copied, PEOPLE)
    stages = flow.stages
    assert stages["rows_gained"].tolist()[1:] == [3, 0]
    assert stages["rows_lost"].tolist()[1:] == [0, 3]
    assert stages.iloc[1:][["changed", "filled", "emptied"]].isna().all(axis=None)
    assert "stage 1: 5 rows bear an index label that another row bears too" in repr(flow)
    assert "not compared" in repr(flow)


def test_the_same_name_again_replaces_the_stage_and_keeps_its_place(flow):
    flow.record("clean", CLEAN.assign(age=0))
    assert list(flow.stages.index) == ["collected", "clean", "weighted", "features", "training"]
    assert flow.stages.loc["clean", "changed"] >= 1000
    assert flow.stages.loc["weighted", "changed"] == 1000, "the stage after it is compared anew"
    assert flow.stage == "clean"
    assert "Gaps filled." not in repr(flow)


def test_what_was_recorded_does_not_change_with_the_table():
    table = PEOPLE.copy()
    flow = recorded(table)
    table.loc[10, "age"] = 99
    flow.record("later", table)
    assert flow.stages.loc["later", "changed"] == 1


def test_recording_shows_nothing_in_a_notebook_and_opens_the_card(flow):
    assert flow.record("more", LOANS) is None
    assert flow.stage == "more"


def test_two_stages_that_do_not_follow_each_other_can_be_compared(flow):
    flow.stage, flow.compared_with = "weighted", "collected"
    assert "Cells by column, collected → weighted" in repr(flow)
    flow.stage, flow.compared_with = "collected", "clean"
    told = repr(flow).split("Cells by column, clean → collected\n")[1].split("\n\n")[0]
    emptied = {line.split()[0]: int(line.split()[-1]) for line in told.splitlines()[1:]}
    assert emptied["income"] == LOANS["income"].isna().sum(), "seen from the other side, filled is emptied"
    flow.compared_with = "collected"
    assert "Cells by column" not in repr(flow), "compared with itself, the first has none before"


def test_columns_without_a_change_are_left_out_and_many_are_cut_short():
    wide = pd.DataFrame(np.zeros((2, 30)), columns=[f"c{i}" for i in range(30)])
    flow = recorded(wide, wide + 1, wide[["c0"]])
    flow.stage = "stage 1"
    told = repr(flow)
    assert "c19" in told and "and 10 more" in told
    assert len(flow.stages.loc["stage 2", "columns_lost"]) == 29
    assert "and 9 more" in told


def test_no_row_and_no_value_of_a_person_travels_unasked(flow):
    held = json.dumps(flow.page_state(), ensure_ascii=False) + repr(flow) + flow.to_html()
    for column in ("name", "phone", "income", "education"):
        for value in LOANS[column].dropna().unique():
            if len(str(value)) > 4:
                assert str(value) not in held
    assert "no rows of people" in flow._holds()


def test_one_row_is_shown_on_request_without_identifiers():
    flow = DataFlow(include_rows=True, example=12, identifiers=["NAME"])
    flow.record("raw", PEOPLE.rename(columns={"name": " Name"}))
    flow.record("mended", PEOPLE.assign(age=[30, 41, 35, 52]))
    flow.record("fewer", PEOPLE.iloc[:2])
    flow.record("copied", pd.concat([PEOPLE, PEOPLE]))
    told = repr(flow)
    table = told.split("One row, index label 12\n")[1].splitlines()
    lines = {line.split("  ")[0].strip(): line.split()[1:] for line in table}
    assert lines["age"] == ["1990", "35"]
    assert lines["income"] == ["3", "3"]
    assert lines["name"] == ["withheld"] * 4
    assert [*table[-1].split()[-4:]] == ["1", "1", "0", "2"]
    held = json.dumps(flow.page_state()) + told
    assert not re.search(r"Ada|Bo\b|Cy|Di\b", held)
    assert "one person's row" in flow._holds()


def test_the_first_row_of_the_first_stage_is_the_example_unless_one_is_named():
    flow = recorded(PEOPLE.iloc[1:], PEOPLE, include_rows=True)
    assert "One row, index label 11" in repr(flow)


def test_an_index_that_is_an_identifier_is_withheld_too():
    named = PEOPLE.set_index("name")
    flow = DataFlow(include_rows=True, example="Cy")
    flow.record("raw", named)
    assert "Cy" not in repr(flow) + json.dumps(flow.page_state())
    assert "its index label withheld" in repr(flow)
    assert "1990" in repr(flow)


@pytest.mark.parametrize("engine", ["polars", "pyarrow"])
def test_tables_of_other_engines_count_alike(engine):
    tables = [PEOPLE.reset_index(drop=True), PEOPLE.assign(income=2.5).reset_index(drop=True)]
    if engine == "polars":
        others = [
            pl.DataFrame(table.astype(object).where(table.notna(), None).to_dict("list")) for table in tables
        ]
    else:
        others = [pa.Table.from_pandas(table, preserve_index=False) for table in tables]
    asked = {"sensitive_features": "group", "label": "repaid"}
    mine, theirs = recorded(*tables, **asked), recorded(*others, **asked)
    pd.testing.assert_frame_equal(mine.stages, theirs.stages)
    pd.testing.assert_frame_equal(mine.by_group, theirs.by_group)


def test_nothing_recorded_is_said_and_empty_tables_are_stages_too():
    flow = DataFlow(sensitive_features="group", label="repaid", include_rows=True)
    assert (flow.stage, len(flow.stages), len(flow.by_group)) == (None, 0, 0)
    assert "Nothing has been recorded yet" in repr(flow)
    flow.record("empty", PEOPLE.iloc[:0])
    flow.record("none", pd.DataFrame())
    assert flow.stages["rows"].tolist() == [0, 0]
    assert json.dumps(flow.page_state(), allow_nan=False)


def test_the_twin_is_text_and_the_same_every_time(flow):
    evil = "<img src=x onerror=alert(1)>"
    table = pd.DataFrame({evil: [evil, evil], "b": [1, 2]}, index=[evil, "b"])
    hostile = recorded(table, table.assign(b=3), sensitive_features=evil, include_rows=True)
    hostile.record(evil, table, note=evil)
    assert evil in repr(hostile) and "<img" not in hostile.to_html()
    assert repr(flow) == repr(flow)
    data, _ = flow._repr_mimebundle_()
    assert data["text/html"] == flow.to_html() and "Gaps filled." in data["text/plain"]


@pytest.mark.parametrize("trait", ["stage", "compared_with"])
def test_an_unknown_stage_is_refused_with_the_near_one_and_changes_nothing(flow, trait):
    before = getattr(flow, trait)
    with pytest.raises(ValueError, match=f"`{trait}` must be one of .* Did you mean 'clean'"):
        setattr(flow, trait, "claen")
    assert getattr(flow, trait) == before


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda flow: flow.record("", PEOPLE),
            "`name` must be a text that says what the stage is called, got ''",
        ),
        (lambda flow: flow.record(3, PEOPLE), "`name` must be a text"),
        (lambda flow: flow.record("a", PEOPLE, note=3), "`note` must be a text, got 3"),
        (
            lambda flow: flow.record("a", PEOPLE[["age", "age"]]),
            "must have columns of different names, got 'age' more than once",
        ),
        (
            lambda flow: flow.record("a", PEOPLE, sample_weight=[1, 2]),
            "must have 4 rows as `data` has, got 2",
        ),
        (lambda flow: flow.record("a", PEOPLE, sample_weight=[1, 2, 3, -1]), "at least 0, got -1.0 in row 3"),
        (
            lambda flow: flow.record("a", PEOPLE, sample_weight=pd.Series([1, 2, 3, 4])),
            "`sample_weight` must have the index of `data`",
        ),
        (lambda flow: flow.record("a", PEOPLE.assign(repaid=[0, 1, 2, 1])), "must hold two labels, got more"),
        (lambda flow: DataFlow(example=3), "needs include_rows=True, got 3 without"),
        (lambda flow: DataFlow(include_rows="no"), "must be True or False, got 'no'"),
        (
            lambda flow: recorded(pd.DataFrame({"a": range(13)}), sensitive_features="a"),
            "at most 12 groups, got 13",
        ),
    ],
)
def test_bad_input_is_refused_and_records_nothing(call, message):
    flow = recorded(PEOPLE, label="repaid")
    with pytest.raises(ValueError, match=re.escape(message)):
        call(flow)
    assert list(flow.stages.index) == ["stage 0"]


@pytest.mark.parametrize("data", [[1, 2], {"a": [1]}, np.zeros((2, 2)), PEOPLE["age"], None])
def test_what_is_no_data_frame_is_refused(data):
    with pytest.raises(TypeError, match=f"`data` must be a data frame, got {type(data).__name__}"):
        DataFlow().record("a", data)


def test_a_page_stays_small_whatever_the_number_of_rows(tmp_path):
    people = pd.concat([CLEAN] * 100, ignore_index=True)
    flow = recorded(people, people.assign(income=1.0), sensitive_features="gender", label="repaid")
    assert flow.save_html(tmp_path / "flow.html").stat().st_size < 60_000
