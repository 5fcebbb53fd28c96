"""Simulated loan applicants: the bundled file, the causal story, each dial, bad input."""

from __future__ import annotations

import inspect
import itertools
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

from edutools.datasets import EDUCATION_LEVELS, load_loans, make_loans

DATASETS = Path(__file__).resolve().parent.parent / "datasets"
COLUMNS = [
    "name",
    "phone",
    "gender",
    "age",
    "income",
    "education",
    "contact_preference",
    "debt_ratio",
    "credit_history",
    "repaid",
]
FLAWLESS = {"missingness": 0.0, "entry_errors": 0.0}
MANY = 40_000


def is_woman(loans: pd.DataFrame) -> pd.Series:
    return loans["gender"] == "woman"


def changed_columns(before: pd.DataFrame, after: pd.DataFrame) -> set[str]:
    return {column for column in before if not before[column].equals(after[column])}


def gap_in(column: str, loans: pd.DataFrame) -> float:
    """Women's mean less men's."""
    means = loans.groupby("gender")[column].mean()
    return float(means["woman"] - means["man"])


# ---- loans.csv


def test_loans_csv_is_rebuilt_byte_for_byte(tmp_path: Path) -> None:
    rebuilt = tmp_path / "loans.csv"
    command = [sys.executable, "-m", "edutools.datasets", str(rebuilt)]
    subprocess.run(command, check=True, cwd=DATASETS.parent, capture_output=True)
    assert rebuilt.read_bytes() == (DATASETS / "loans.csv").read_bytes()


def test_loaded_loans_equal_the_simulation_with_its_defaults() -> None:
    pd.testing.assert_frame_equal(load_loans(), make_loans(1000, seed=0))


def test_loaded_loans_are_a_thousand_rows_of_the_ten_columns() -> None:
    loans = load_loans()
    assert loans.shape == (1000, 10)
    assert list(loans) == COLUMNS


def test_loaded_loans_hold_a_few_gaps_and_a_few_entry_errors() -> None:
    loans = load_loans()
    gaps = loans.isna().sum()
    assert set(gaps[gaps > 0].index) == {"income", "education", "credit_history"}
    assert gaps.max() < 60
    errors = [(loans["age"] > 80).sum(), (loans["income"] < 1000).sum(), (loans["debt_ratio"] > 1).sum()]
    assert all(0 < count < 10 for count in errors)


def test_datasheet_names_every_column_and_every_dial() -> None:
    datasheet = (DATASETS / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+)`", datasheet))
    assert set(COLUMNS) <= named
    assert set(inspect.signature(make_loans).parameters) - {"n"} <= named


def datasheet_table(heading: str) -> list[list[str]]:
    """The rows of the datasheet's table whose first heading is `heading`."""
    lines = (DATASETS / "README.md").read_text(encoding="utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(f"| {heading} |"))
    rows = itertools.takewhile(lambda line: line.startswith("|"), lines[start + 2 :])
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def test_counts_in_the_datasheet_are_those_of_loans_csv() -> None:
    loans = load_loans()
    woman = is_woman(loans)
    counts = {
        "women": woman.sum(),
        "men": (~woman).sum(),
        "women who repaid": loans["repaid"][woman].sum(),
        "men who repaid": loans["repaid"][~woman].sum(),
        "income missing": loans["income"].isna().sum(),
        "education missing": loans["education"].isna().sum(),
        "credit_history missing": loans["credit_history"].isna().sum(),
        "age is a year of birth": (loans["age"] > 80).sum(),
        "income is in thousands": (loans["income"] < 1000).sum(),
        "debt_ratio is in per cent": (loans["debt_ratio"] > 1).sum(),
        "different names": loans["name"].nunique(),
        "different phones": loans["phone"].nunique(),
    }
    assert {fact: int(count) for fact, count in datasheet_table("fact")} == counts


def test_shares_in_the_datasheet_are_those_of_a_large_sample() -> None:
    for setting, *shares in datasheet_table("setting"):
        dials = {} if setting == "defaults" else eval(f"dict({setting.strip('`')})")
        means = (
            make_loans(200_000, past_decision=True, **dials)
            .groupby("gender")[["repaid", "past_decision"]]
            .mean()
        )
        women, men = means.loc["woman"], means.loc["man"]
        found = [women["repaid"], men["repaid"], women["past_decision"], men["past_decision"]]
        assert [float(share) for share in shares] == pytest.approx(found, abs=0.01), setting


def test_defaults_and_ranges_in_the_datasheet_are_those_of_the_code() -> None:
    parameters = inspect.signature(make_loans).parameters
    for dial, default, span, *_ in datasheet_table("dial"):
        name = dial.strip("`")
        assert parameters[name].default == float(default)
        lowest = float(span.split("…")[0].replace("−", "-"))
        make_loans(1, **{name: lowest})
        with pytest.raises(ValueError, match=f"`{name}` must be a number from {lowest:g} "):
            make_loans(1, **{name: lowest - 0.01})


# ---- The table


@given(n=st.integers(1, 40), seed=st.integers(0, 2**64))
@settings(max_examples=30, deadline=None)
def test_values_keep_to_their_documented_ranges(n: int, seed: int) -> None:
    loans = make_loans(n, seed=seed, **FLAWLESS)
    assert loans.shape == (n, 10)
    assert set(loans["gender"]) <= {"woman", "man"}
    assert loans["age"].between(18, 80).all()
    assert (loans["income"] % 100 == 0).all() and (loans["income"] > 0).all()
    assert set(loans["education"]) <= set(EDUCATION_LEVELS)
    assert set(loans["contact_preference"]) <= {"app", "phone", "email", "letter"}
    assert loans["debt_ratio"].between(0, 0.95).all()
    assert loans["credit_history"].between(0, 100).all()
    assert set(loans["repaid"]) <= {0, 1}


def test_same_seed_gives_the_same_table_and_another_seed_another() -> None:
    pd.testing.assert_frame_equal(make_loans(50, seed=3), make_loans(50, seed=3))
    assert changed_columns(make_loans(50, seed=3), make_loans(50, seed=4)) == set(COLUMNS)


def test_first_rows_do_not_depend_on_how_many_follow() -> None:
    pd.testing.assert_frame_equal(make_loans(40), make_loans(400).head(40))


def test_repaid_is_made_of_whole_numbers() -> None:
    assert make_loans(10)["repaid"].dtype == np.int64


def test_phones_lie_in_the_ranges_that_the_french_regulator_keeps_for_fiction() -> None:
    # ARCEP: 01 99 00, 02 61 91, 03 53 01, 04 65 71, 05 36 49 and 06 39 98, each with any four digits.
    kept = re.compile(r"\+33 (1 99 00|2 61 91|3 53 01|4 65 71|5 36 49|6 39 98) \d\d \d\d")
    phones = make_loans(5000)["phone"]
    assert all(kept.fullmatch(phone) for phone in phones)
    assert phones.str[:11].nunique() == 6


def test_names_do_not_tell_gender() -> None:
    loans = make_loans(MANY)
    for part in (0, 1):
        names = loans["name"].str.split().str[part]
        shares = is_woman(loans).groupby(names).agg(["mean", "size"])
        noise = np.sqrt(0.25 / shares["size"])
        assert (abs(shares["mean"] - is_woman(loans).mean()) < 5 * noise).all()


def test_names_come_from_a_varied_pool() -> None:
    names = load_loans()["name"]
    assert names.str.split().str[0].nunique() > 70
    assert names.nunique() > 980


# ---- The story


def test_women_and_men_repay_alike_by_default() -> None:
    assert abs(gap_in("repaid", make_loans(MANY))) < 0.015


def test_only_the_income_on_record_differs_between_women_and_men_by_default() -> None:
    loans = make_loans(MANY, **FLAWLESS)
    loans["education_rank"] = loans["education"].map(EDUCATION_LEVELS.index)
    for column in ("age", "education_rank", "debt_ratio", "credit_history"):
        assert abs(gap_in(column, loans)) < 0.05 * loans[column].std()
    means = loans.groupby("gender")["income"].mean()
    assert means["woman"] / means["man"] == pytest.approx(0.6, abs=0.01)


def test_each_cause_moves_repayment_the_way_the_story_says() -> None:
    loans = make_loans(MANY, income_error=0.0, **FLAWLESS)
    loans["education_rank"] = loans["education"].map(EDUCATION_LEVELS.index)
    causes = loans[["age", "income", "education_rank", "debt_ratio", "credit_history"]]
    weights = (
        LogisticRegression(max_iter=1000)
        .fit((causes - causes.mean()) / causes.std(), loans["repaid"])
        .coef_[0]
    )
    age, income, education, debt, credit = weights
    assert income > 1 and education > 1 and debt < -1 and credit > 1
    assert abs(age) < 0.2, "age works through income and credit history alone"


# ---- The dials, each with its own meaning


@pytest.mark.parametrize(
    ("dials", "columns"),
    [
        ({"decision_bias": 5.0}, {"past_decision"}),
        ({"income_error": 0.2}, {"income", "past_decision"}),
        ({"repayment_gap": 3.0}, {"repaid"}),
        ({"proxy_strength": 0.1}, {"contact_preference"}),
        ({"missingness": 0.2}, {"income", "education", "credit_history"}),
        ({"entry_errors": 0.2}, {"age", "income", "debt_ratio"}),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_dial_changes_only_the_columns_that_it_means(dials: dict[str, float], columns: set[str]) -> None:
    before = make_loans(3000, past_decision=True)
    after = make_loans(3000, past_decision=True, **dials)
    assert changed_columns(before, after) == columns


def test_under_representation_changes_who_is_asked_and_nothing_true_of_them() -> None:
    before = make_loans(3000, income_error=0, **FLAWLESS)
    after = make_loans(3000, income_error=0, under_representation=0.9, **FLAWLESS)
    assert changed_columns(before, after) == {"gender", "contact_preference"}


@pytest.mark.parametrize("hidden", [0.0, 0.3, 0.9])
def test_under_representation_is_the_share_of_women_who_were_not_reached(hidden: float) -> None:
    share = is_woman(make_loans(MANY, under_representation=hidden)).mean()
    reached = 0.51 * (1 - hidden)
    assert share == pytest.approx(reached / (reached + 0.49), abs=0.01)


def test_income_error_takes_its_share_off_womens_recorded_income_only() -> None:
    true = make_loans(3000, income_error=0.0, **FLAWLESS)
    recorded = make_loans(3000, income_error=0.5, **FLAWLESS)
    woman = is_woman(true)
    assert true["income"][~woman].equals(recorded["income"][~woman])
    assert np.allclose(recorded["income"][woman], true["income"][woman] / 2, atol=100)


def test_repayment_gap_is_in_log_odds_given_all_else() -> None:
    loans = make_loans(MANY, repayment_gap=2.0, income_error=0.0, **FLAWLESS)
    causes = pd.DataFrame(
        {
            # The story's own scale: log income and education's rank, each in standard deviations.
            "status": np.log(loans["income"] / 34_000) / 0.3 / 2
            + (loans["education"].map(EDUCATION_LEVELS.index) - 1.47) / 0.943 / 2,
            "debt": (loans["debt_ratio"] - 0.36) / 0.12,
            "credit": (loans["credit_history"] - 60) / 14,
            "woman": is_woman(loans).astype(float),
        }
    )
    model = LogisticRegression(C=1e6, max_iter=1000).fit(causes, loans["repaid"])
    assert model.coef_[0] == pytest.approx([4.4, -2.8, 2.8, -2.0], abs=0.2)
    assert model.intercept_[0] == pytest.approx(2.4, abs=0.15)


def test_decision_bias_lowers_past_approvals_of_women_and_not_of_men() -> None:
    plain = make_loans(MANY, past_decision=True, decision_bias=0.0, income_error=0.0)
    biased = make_loans(MANY, past_decision=True, decision_bias=2.0, income_error=0.0)
    woman = is_woman(plain)
    assert abs(gap_in("past_decision", plain)) < 0.02
    assert biased["past_decision"][woman].mean() < plain["past_decision"][woman].mean() - 0.05
    assert biased["past_decision"][~woman].equals(plain["past_decision"][~woman])


def test_proxy_at_zero_tells_nothing_and_at_one_tells_all() -> None:
    nothing = make_loans(MANY, proxy_strength=0.0)
    shares = is_woman(nothing).groupby(nothing["contact_preference"]).mean()
    assert shares.max() - shares.min() < 0.03
    everything = make_loans(500, proxy_strength=1.0)
    assert (everything["contact_preference"].eq("app") == is_woman(everything)).all()


def test_missingness_is_doubled_for_the_young() -> None:
    loans = make_loans(MANY, missingness=0.1, entry_errors=0.0)
    young = loans["age"] < 30
    for column in ("income", "education", "credit_history"):
        missing = loans[column].isna()
        assert missing[~young].mean() == pytest.approx(0.1, abs=0.01)
        assert missing[young].mean() == pytest.approx(0.2, abs=0.025)
    assert not loans.drop(columns=["income", "education", "credit_history"]).isna().any(axis=None)


def test_entry_errors_are_years_of_birth_thousands_and_per_cent() -> None:
    clean = make_loans(3000, entry_errors=0.0, missingness=0.0)
    typed = make_loans(3000, entry_errors=0.1, missingness=0.0)
    wrong = {column: typed[column] != clean[column] for column in ("age", "income", "debt_ratio")}
    assert all(rows.mean() == pytest.approx(0.1, abs=0.03) for rows in wrong.values())
    assert (typed["age"] + clean["age"] == 2025)[wrong["age"]].all()
    assert np.allclose((typed["income"] * 1000)[wrong["income"]], clean["income"][wrong["income"]])
    assert np.allclose(
        (typed["debt_ratio"] / 100)[wrong["debt_ratio"]], clean["debt_ratio"][wrong["debt_ratio"]]
    )


def test_selective_labels_hide_repayment_of_exactly_those_whom_the_past_refused() -> None:
    seen = make_loans(2000, past_decision=True)
    hidden = make_loans(2000, past_decision=True, selective_labels=True)
    refused = seen["past_decision"] == 0
    assert 0 < refused.sum() < 2000
    assert hidden["repaid"].isna().equals(refused)
    assert (hidden["repaid"] == seen["repaid"])[~refused].all()
    assert list(make_loans(5, selective_labels=True)) == COLUMNS


def test_past_decision_is_an_eleventh_column_on_request() -> None:
    assert list(make_loans(5, past_decision=True)) == [*COLUMNS, "past_decision"]


# ---- Bad input


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n": 0}, ValueError, r"`n` must be a whole number of at least 1, got 0\."),
        ({"n": 10.0}, TypeError, r"`n` must be a whole number of at least 1, got 10\.0\."),
        ({"n": True}, TypeError, r"`n` must be"),
        ({"seed": -1}, ValueError, r"`seed` must be a whole number of at least 0, got -1\."),
        ({"seed": None}, TypeError, r"`seed` must be"),
        ({"income_error": 0.95}, ValueError, r"`income_error` must be a number from 0 to 0\.9, got 0\.95\."),
        (
            {"income_error": "much"},
            TypeError,
            r"`income_error` must be a number from 0 to 0\.9, got 'much'\.",
        ),
        (
            {"decision_bias": float("inf")},
            ValueError,
            r"`decision_bias` must be a number from -10 to 10, got inf\.",
        ),
        ({"repayment_gap": float("nan")}, ValueError, r"`repayment_gap` must be a number .* got nan\."),
        ({"proxy_strength": -0.1}, ValueError, r"`proxy_strength` must be a number from 0 to 1, got -0\.1\."),
        (
            {"under_representation": 1},
            ValueError,
            r"`under_representation` must be .* from 0 to below 1, got 1\.",
        ),
        ({"missingness": 0.6}, ValueError, r"`missingness` must be a number from 0 to 0\.5, got 0\.6\."),
        ({"entry_errors": True}, TypeError, r"`entry_errors` must be a number from 0 to 0\.5, got True\."),
        ({"selective_labels": "yes"}, TypeError, r"`selective_labels` must be True or False, got 'yes'\."),
        ({"past_decision": 1}, TypeError, r"`past_decision` must be True or False, got 1\."),
        ({"missingnes": 0.1}, TypeError, r"got 'missingnes'\. Did you mean 'missingness'\?"),
        ({"measurement_error": 0.1}, TypeError, r"Did you mean 'income_error'\?"),
    ],
)
def test_bad_argument_is_refused_with_what_is_possible(
    arguments: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        make_loans(**arguments)  # type: ignore[arg-type]


def test_dials_must_be_named() -> None:
    with pytest.raises(TypeError):
        make_loans(10, 0)  # type: ignore[misc]


def test_numpy_numbers_are_taken_as_numbers() -> None:
    loans = make_loans(np.int64(20), seed=np.int32(1), missingness=np.float32(0.5))
    pd.testing.assert_frame_equal(loans, make_loans(20, seed=1, missingness=0.5))


# ---- What the course needs of the default dials (medians; the whole table of 50 seeds is measured elsewhere)


def cleaned(loans: pd.DataFrame) -> pd.DataFrame:
    frame = pd.DataFrame({"woman": is_woman(loans), "repaid": loans["repaid"]})
    frame["age"] = loans["age"].where(loans["age"] < 150, 2025 - loans["age"])
    frame["income"] = loans["income"].where(loans["income"] >= 1000, loans["income"] * 1000)
    frame["debt_ratio"] = loans["debt_ratio"].where(loans["debt_ratio"] <= 1, loans["debt_ratio"] / 100)
    frame["education"] = loans["education"].map({level: rank for rank, level in enumerate(EDUCATION_LEVELS)})
    frame["credit_history"] = loans["credit_history"]
    return frame


def trained_and_judged(seed: int) -> dict[str, float]:
    """One run of the course's plain pipeline: figures on 200 held-out rows and on 20,000 fresh ones."""
    loans, fresh = cleaned(make_loans(seed=seed)), cleaned(make_loans(20_000, seed=10_000 + seed))
    strata = loans["woman"].astype(int) * 2 + loans["repaid"]
    train, test = train_test_split(loans, test_size=200, stratify=strata, random_state=seed)
    medians = train.median()
    train, test, fresh = (part.fillna(medians) for part in (train, test, fresh))
    means, spreads = train.mean(), train.std()

    def inputs(part: pd.DataFrame, shift: float = 0.0) -> np.ndarray:
        z = (part.assign(income=part["income"] + shift * part["woman"]) - means) / spreads
        z["economic_status"] = (z["income"] + z["education"]) / 2
        return z[["age", "economic_status", "debt_ratio", "credit_history"]].to_numpy(float)

    def ratio(approved: np.ndarray) -> float:
        rates = [approved[fresh["woman"] == group].mean() for group in (True, False)]
        return min(rates) / max(rates)

    plain = LogisticRegression(C=1e6, max_iter=2000).fit(inputs(train), train["repaid"])
    log_loss = -np.log(plain.predict_proba(inputs(train))[np.arange(len(train)), train["repaid"]]).mean()
    incomes = train.groupby("woman")["income"].mean()
    shift = incomes[False] - incomes[True]
    mended = LogisticRegression(C=1e6, max_iter=2000).fit(inputs(train, shift), train["repaid"])
    mended_answers = mended.predict(inputs(fresh, shift))
    return {
        "base rate of the larger class": max(train["repaid"].mean(), 1 - train["repaid"].mean()),
        "held-out accuracy": plain.score(inputs(test), test["repaid"]),
        "training log-loss": log_loss,
        "ratio": ratio(plain.predict(inputs(fresh))),
        "mended accuracy": (mended_answers == fresh["repaid"]).mean(),
        "mended ratio": ratio(mended_answers),
    }


def test_default_dials_carry_the_courses_figures() -> None:
    median = pd.DataFrame([trained_and_judged(seed) for seed in range(15)]).median()
    assert median["base rate of the larger class"] <= 0.65
    assert median["held-out accuracy"] >= 0.86
    assert median["held-out accuracy"] == pytest.approx(0.91, abs=0.015), "the datasheet says 0.91"
    assert median["training log-loss"] <= 0.33
    assert median["ratio"] < 0.85
    assert median["mended accuracy"] >= 0.85
    assert median["mended ratio"] >= 0.95
