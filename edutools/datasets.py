"""Loan applicants: simulated (`make_loans`), bundled (`load_loans`) and real (`fetch_german_credit`)."""

from __future__ import annotations

import functools
import hashlib
import inspect
import json
import math
import os
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Mapping
from importlib.resources import files
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, ParamSpec, TypeVar, cast
from urllib.parse import urljoin

import numpy as np

from edutools._checks import suggestion

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

MOST_BYTES = 2**26  # of what is downloaded, by far more than any set of the registry has

P = ParamSpec("P")
T = TypeVar("T")

__all__ = ["EDUCATION_LEVELS", "fetch_german_credit", "load_loans", "make_loans"]

EDUCATION_LEVELS = ("primary", "secondary", "bachelor", "master")
"""The levels of the column `education`, from lowest (rank 0) to highest (rank 3)."""

# ---- The causal story, in numbers. datasets/README.md tells it in words; a change here changes loans.csv.

WOMEN_IN_POPULATION = 0.51
EDUCATION_SHARES = (0.15, 0.40, 0.28, 0.17)
MEDIAN_INCOME = 34_000.0
INCOME_SPREAD = 0.30
LOG_ODDS = {"intercept": 2.4, "status": 4.4, "debt": -2.8, "credit": 2.8}
CONTACT_PREFERENCES = ("app", "phone", "email", "letter")
COLLECTION_YEAR = 2025
YOUNG = 30


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# One stream of random bits a quantity, so that turning one dial leaves every other column as it was. The
# order is part of the data: a new stream goes to the end.
STREAMS = _words(
    "gender age education income debt credit repaid contact campaign decision "
    "missing_income missing_education missing_credit error_age error_income error_debt "
    "first_name surname_start surname_end phone_block phone_number"
)

# First names that women and men both bear, from many languages.
FIRST_NAMES = _words(
    "Abiola Akira Alex Amal Andrea Ariel Ashley Ayo Bao Billie Blake Cameron Camille Charlie Chi Claude Dana "
    "Dawa Deniz Derya Dominique Eden Ekene Emery Evren Gal Gurpreet Hai Harpreet Haru Hayden Hikaru Ilkay "
    "Indra Jamie Jin Jo Jules Kai Kelly Kim Kiran Lee Linh Lou Makoto Manpreet Maxime Minh Morgan Nao Nikita "
    "Noa Noor Nur Ola Olu Parker Pema Quinn Rain Ren Robin Rowan Sacha Sam Sasha Shai Simran Sol Sonam Tal "
    "Taylor Temitope Tenzin Toni Umut Wren Xin Yuki Yuval Zhi"
)
# Surnames are made of one word of each row (Quillbasket), so that they are evidently invented.
SURNAME_STARTS = _words(
    "Amber Bramble Cinder Clover Cobalt Copper Dapple Ember Feather Fennel Gable Glimmer Harbour Hazel Ivory "
    "Juniper Kettle Lantern Lichen Maple Marble Nettle Opal Pebble Plum Quill Russet Saffron Thimble Umber "
    "Velvet Whistle"
)
SURNAME_ENDS = _words(
    "anchor basket beacon candle compass cricket drum fiddle goose heron jumper kite ladder lemon magnet "
    "moth needle otter paddle pickle puddle rocket saddle teapot trumpet turnip walnut whisker zephyr"
)

# Six blocks of 10,000 numbers each that the French regulator keeps free for films and books (ARCEP, national
# numbering plan, decision 2018-0881): nobody has them.
PHONE_BLOCKS = ("1 99 00", "2 61 91", "3 53 01", "4 65 71", "5 36 49", "6 39 98")


def _refusing_unknown_keywords(function: Callable[P, T]) -> Callable[P, T]:
    """The same function, whose error at a keyword that it does not have suggests the near one."""
    known = list(inspect.signature(function).parameters)
    # What the literature calls these dials, in case a reader tries that first.
    other_names = {
        "measurement_error": "income_error",
        "label_bias": "decision_bias",
        "missing": "missingness",
    }
    near = {alias: name for alias, name in other_names.items() if name in known}

    @functools.wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> T:
        for name in kwargs:
            if name not in known:
                hint = suggestion(name, known, near)
                raise TypeError(f"{function.__name__}() has the keywords {known}, got {name!r}.{hint}")
        return function(*args, **kwargs)

    return checked


@_refusing_unknown_keywords
def make_loans(
    n: int = 1000,
    *,
    seed: int = 0,
    decision_bias: float = 1.0,
    income_error: float = 0.4,
    repayment_gap: float = 0.0,
    proxy_strength: float = 0.8,
    under_representation: float = 0.3,
    missingness: float = 0.03,
    entry_errors: float = 0.004,
    selective_labels: bool = False,
    past_decision: bool = False,
) -> pd.DataFrame:
    """Simulated loan applicants, one a row, from a causal story whose truth is known.

    The story, in the order in which it happens: age and education come first; they raise income; income
    lowers the debt ratio and, with age, raises the credit history; income, education, debt ratio and credit
    history decide repayment. Gender has no effect on any of these: with the default dials women and men repay
    alike. It changes what is *written down*: a part of women's income is missing from the record
    (`income_error`), and fewer women are asked (`under_representation`). The formulas stand in
    datasets/README.md.

    Each quantity has its own random stream, so the same `seed` gives the same people at every setting of the
    dials, turning one dial leaves the columns that it does not mean unchanged, and the first rows do not
    depend on `n`.

    Parameters
    ----------
    n : int, at least 1
        How many applicants.
    seed : int, at least 0
        Which applicants. The same seed gives the same table on every platform.
    decision_bias : float, log-odds, in [-10, 10]
        Bias in past decisions: how much the past loan officers took off a woman's score. It shows only where
        past decisions do: with `past_decision` or `selective_labels`.
    income_error : float, share in [0, 0.9]
        Measurement error: the share of a woman's true income that the column `income` does not hold.
        Repayment follows the true income.
    repayment_gap : float, log-odds, in [-10, 10]
        A true difference: how much lower a woman's log-odds of repayment are than those of a man like her in
        all else.
    proxy_strength : float, share in [0, 1]
        How strongly `contact_preference` gives gender away: the share of applicants whose preference was set
        by a campaign aimed at their gender. 0 tells nothing, 1 tells all.
    under_representation : float, share in [0, 1)
        The share of women in the population (51%) whom the collection does not reach, where it reaches every
        man. 0.3 gives 42% women among the applicants.
    missingness : float, probability in [0, 0.5]
        How probably each of income, education and credit_history is missing; twice as probably below 30 years
        of age.
    entry_errors : float, probability in [0, 0.5]
        How probably each of age (the year of birth instead), income (in thousands) and debt_ratio (in per
        cent) was typed wrongly.
    selective_labels : bool
        Whether `repaid` is hidden (NaN) for those whom past decisions refused, as in any real lender's data.
    past_decision : bool
        Whether an eleventh column `past_decision` is added (1 approved, 0 refused).

    Returns
    -------
    DataFrame, shape (n, 10), or (n, 11) with `past_decision`
        name : str, invented · phone : str, from ranges reserved for fiction · gender : 'woman' or 'man' ·
        age : int, years, 18 to 80 · income : float, euros per year, in steps of 100 · education : str, one of
        `EDUCATION_LEVELS` · contact_preference : 'app', 'phone', 'email' or 'letter' · debt_ratio : float,
        debt payments as a share of income, 0 to 0.95 · credit_history : float, points from 0 (worst) to 100 ·
        repaid : int, 1 or 0; float with NaN where `selective_labels`. Missing values are NaN. Ranges hold but
        for `entry_errors`.

    Raises
    ------
    TypeError: `n` or `seed` is not a whole number, a dial is not a number, a switch is not True or False,
        or a keyword is unknown.
    ValueError: `n` is below 1, `seed` is below 0, or a dial lies outside its range.

    See Also
    --------
    load_loans : the bundled table, ``make_loans(1000, seed=0)``.

    Examples
    --------
    >>> make_loans(3).shape
    (3, 10)
    """
    import pandas as pd

    n, seed = _whole("n", n, least=1), _whole("seed", seed, least=0)
    decision_bias = _dial("decision_bias", decision_bias, -10, 10)
    income_error = _dial("income_error", income_error, 0, 0.9)
    repayment_gap = _dial("repayment_gap", repayment_gap, -10, 10)
    proxy_strength = _dial("proxy_strength", proxy_strength, 0, 1)
    under_representation = _dial("under_representation", under_representation, 0, 1, below=True)
    missingness = _dial("missingness", missingness, 0, 0.5)
    entry_errors = _dial("entry_errors", entry_errors, 0, 0.5)
    selective_labels = _switch("selective_labels", selective_labels)
    past_decision = _switch("past_decision", past_decision)

    draw = _Draws(n, seed)
    woman = _woman(draw, under_representation)
    truth = _true_applicants(draw)
    repaid = draw.uniform("repaid") < _logistic(_log_odds(truth, truth["income"]) - repayment_gap * woman)

    # Taken off in logarithms, where a share of the income is a distance: the officers judge by this income.
    recorded_income = truth["income"] + math.log1p(-income_error) / INCOME_SPREAD * woman
    officers = _logistic(_log_odds(truth, recorded_income) - decision_bias * woman)
    approved = draw.uniform("decision") < officers

    recorded = _recorded(truth, recorded_income)
    contact_preference = _contact_preference(draw, woman, proxy_strength)
    young = recorded["age"] < YOUNG
    recorded = _mistyped(draw, recorded, entry_errors)
    recorded = _with_gaps(draw, recorded, missingness * (1 + young))

    columns: dict[str, Any] = {
        "name": _names(draw),
        "phone": _phones(draw),
        "gender": np.where(woman, "woman", "man").astype(object),
        "age": recorded["age"],
        "income": recorded["income"],
        "education": recorded["education"],
        "contact_preference": contact_preference,
        "debt_ratio": recorded["debt_ratio"],
        "credit_history": recorded["credit_history"],
        "repaid": np.where(approved, repaid, np.nan) if selective_labels else repaid.astype(np.int64),
    }
    if past_decision:
        columns["past_decision"] = approved.astype(np.int64)
    return pd.DataFrame(columns)


def load_loans() -> pd.DataFrame:
    """The bundled table of 1000 simulated loan applicants, as `make_loans` makes it with its defaults.

    Returns
    -------
    DataFrame, shape (1000, 10)
        The columns that `make_loans` describes, equal to ``make_loans(1000, seed=0)``.

    Raises
    ------
    FileNotFoundError: loans.csv is neither in the installed package nor beside it.

    Notes
    -----
    The people are invented. datasets/README.md is the table's datasheet.
    """
    import pandas as pd

    numbers = {"age": "int64", "income": "float64", "debt_ratio": "float64"}
    numbers |= {"credit_history": "float64", "repaid": "int64"}
    with _bundled("loans.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file, dtype=numbers)


@_refusing_unknown_keywords
def fetch_german_credit(
    *, data_home: str | os.PathLike[str] | None = None, download_if_missing: bool = True
) -> pd.DataFrame:
    """Statlog German Credit: 1000 real loans from 1973 to 1975, with decoded categories, downloaded once.

    Parameters
    ----------
    data_home : path, optional
        The folder in which the file is kept. Without it, the environment variable EDUTOOLS_DATA, and without
        that the platform's folder for caches. A ``german.data`` that is already there (or in ``german/``
        below it) is checked and used.
    download_if_missing : bool
        Whether to download the file where the folder does not hold it.

    Returns
    -------
    DataFrame, shape (1000, 21)
        In the file's order: status, duration (months), credit_history, purpose, amount (Deutsche Mark),
        savings, employment_duration, installment_rate (per cent of disposable income, 1 to 4 as coded),
        personal_status_sex, other_debtors, present_residence (1 to 4 as coded), property, age (years),
        other_installment_plans, housing, number_credits, job, people_liable, telephone, foreign_worker, and
        good_credit (1 good, 0 bad). Numbers are int, categories are str.

    Raises
    ------
    OSError: the file is not in the folder and cannot be downloaded; the sentence says what to do.
    ValueError: what was downloaded is not the published file (its sha256 differs), or far larger; none of it
        is kept.
    TypeError: `download_if_missing` is not True or False, or a keyword is unknown.

    Notes
    -----
    700 loans are good and 300 bad because bad ones were oversampled. Several columns are coded wrongly in
    this edition, `foreign_worker` and `personal_status_sex` among them (Grömping 2019): do not read sex off
    it. The download goes over https only; what is checked is the member inside the zip, as a zip's own
    bytes may change.

    References
    ----------
    Hofmann, H. (1994). Statlog (German Credit Data). UCI Machine Learning Repository.
    https://doi.org/10.24432/C5NC77 (CC BY 4.0).

    Grömping, U. (2019). South German Credit Data: Correcting a Widely Used Data Set. Report 4/2019, Reports
    in Mathematics, Physics and Chemistry, Department II, Beuth University of Applied Sciences Berlin.
    """
    import pandas as pd

    download_if_missing = _switch("download_if_missing", download_if_missing)
    entry = _registry()["german"]
    path = _member("german", entry, _cache_folder(data_home), download_if_missing)
    codes: dict[str, dict[str, str] | None] = entry["columns"]
    frame = pd.read_csv(path, sep=" ", header=None, names=list(codes))
    for column, labels in codes.items():
        if labels is not None:
            frame[column] = frame[column].map(labels)
    frame["good_credit"] = (frame["good_credit"] == 1).astype("int64")
    return frame


# ---- make_loans, step by step


class _Draws:
    """Random numbers for `n` applicants, one independent stream a quantity."""

    def __init__(self, n: int, seed: int) -> None:
        self.n, self.seed = n, seed

    def uniform(self, stream: str, columns: int = 1) -> NDArray[Any]:
        """Numbers in [0, 1), shape (n,), or (n, columns) where several are asked for."""
        sequence = np.random.SeedSequence(self.seed, spawn_key=(STREAMS.index(stream),))
        # Raw bits, not a Generator's methods: numpy promises to keep only the bits (NEP 19).
        bits = np.random.PCG64(sequence).random_raw(self.n * columns)
        numbers = (bits >> np.uint64(11)) * 2.0**-53
        return numbers if columns == 1 else numbers.reshape(self.n, columns)

    def normal(self, stream: str) -> NDArray[Any]:
        """Standard normal numbers, shape (n,) (Box and Muller 1958)."""
        radius, angle = self.uniform(stream, columns=2).T
        return np.sqrt(-2.0 * np.log1p(-radius)) * np.cos(2.0 * np.pi * angle)

    def index(self, stream: str, size: int) -> NDArray[np.int64]:
        """Whole numbers in [0, size), equally probable, shape (n,)."""
        return (self.uniform(stream) * size).astype(np.int64)


def _woman(draw: _Draws, under_representation: float) -> NDArray[np.bool_]:
    """Whether each applicant is a woman, shape (n,)."""
    reached = WOMEN_IN_POPULATION * (1 - under_representation)
    return draw.uniform("gender") < reached / (reached + 1 - WOMEN_IN_POPULATION)


def _true_applicants(draw: _Draws) -> dict[str, NDArray[Any]]:
    """What is true of each applicant, in standard deviations from the mean; `rank` is education's rank."""
    shares = np.array(EDUCATION_SHARES)
    ranks = np.arange(len(shares))
    mean = shares @ ranks
    spread = math.sqrt(shares @ (ranks - mean) ** 2)
    rank = np.searchsorted(np.cumsum(shares)[:-1], draw.uniform("education"), side="right")

    age = draw.normal("age")
    education = (rank - mean) / spread
    # The last weight of each line makes the variance 1.
    income = 0.5 * education + 0.3 * age + math.sqrt(0.66) * draw.normal("income")
    debt = -0.6 * income + 0.8 * draw.normal("debt")
    credit = 0.6 * income + 0.2 * age + math.sqrt(0.528) * draw.normal("credit")
    return {
        "age": age,
        "education": education,
        "rank": rank,
        "income": income,
        "debt": debt,
        "credit": credit,
    }


def _log_odds(truth: Mapping[str, NDArray[Any]], income: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log-odds of repayment, shape (n,), if `income` (in standard deviations) were the true one."""
    status = (income + truth["education"]) / 2
    return (
        LOG_ODDS["intercept"]
        + LOG_ODDS["status"] * status
        + LOG_ODDS["debt"] * truth["debt"]
        + LOG_ODDS["credit"] * truth["credit"]
    )


def _logistic(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities in [0, 1]."""
    return np.asarray(1.0 / (1.0 + np.exp(-log_odds)))


def _recorded(truth: Mapping[str, NDArray[Any]], income: NDArray[np.float64]) -> dict[str, NDArray[Any]]:
    """The columns as a flawless clerk would write them, in their units."""
    euros = MEDIAN_INCOME * np.exp(INCOME_SPREAD * income)
    return {
        "age": np.clip(np.rint(42 + 12 * truth["age"]), 18, 80).astype(np.int64),
        "income": 100.0 * np.rint(euros / 100),
        "education": np.array(EDUCATION_LEVELS, dtype=object)[truth["rank"]],
        "debt_ratio": np.rint(np.clip(0.36 + 0.12 * truth["debt"], 0, 0.95) * 1000) / 1000,
        "credit_history": np.rint(np.clip(60 + 14 * truth["credit"], 0, 100)),
    }


def _mistyped(draw: _Draws, recorded: dict[str, NDArray[Any]], chance: float) -> dict[str, NDArray[Any]]:
    """The columns with a clerk's errors: a year of birth, income in thousands, a ratio in per cent."""
    age, income, ratio = recorded["age"], recorded["income"], recorded["debt_ratio"]
    return recorded | {
        "age": np.where(draw.uniform("error_age") < chance, COLLECTION_YEAR - age, age),
        "income": np.where(draw.uniform("error_income") < chance, income / 1000, income),
        "debt_ratio": np.where(draw.uniform("error_debt") < chance, np.rint(ratio * 1000) / 10, ratio),
    }


def _with_gaps(
    draw: _Draws, recorded: dict[str, NDArray[Any]], chance: NDArray[Any]
) -> dict[str, NDArray[Any]]:
    """The columns with missing values (NaN); `chance` is each applicant's, shape (n,)."""
    streams = {
        "income": "missing_income",
        "education": "missing_education",
        "credit_history": "missing_credit",
    }
    gaps = {
        column: np.where(draw.uniform(stream) < chance, np.nan, recorded[column])
        for column, stream in streams.items()
    }
    return recorded | gaps


def _contact_preference(draw: _Draws, woman: NDArray[np.bool_], strength: float) -> NDArray[Any]:
    """What each applicant prefers, shape (n,): set by the campaign with probability `strength`, else free."""
    free = np.array(CONTACT_PREFERENCES, dtype=object)[draw.index("contact", len(CONTACT_PREFERENCES))]
    set_by_campaign = np.where(woman, "app", "phone").astype(object)
    return np.where(draw.uniform("campaign") < strength, set_by_campaign, free)


def _names(draw: _Draws) -> list[str]:
    """Invented names, drawn without regard to gender."""
    first = draw.index("first_name", len(FIRST_NAMES)).tolist()
    start = draw.index("surname_start", len(SURNAME_STARTS)).tolist()
    end = draw.index("surname_end", len(SURNAME_ENDS)).tolist()
    return [
        f"{FIRST_NAMES[a]} {SURNAME_STARTS[b]}{SURNAME_ENDS[c]}"
        for a, b, c in zip(first, start, end, strict=True)
    ]


def _phones(draw: _Draws) -> list[str]:
    """Phone numbers that belong to nobody."""
    blocks = draw.index("phone_block", len(PHONE_BLOCKS)).tolist()
    numbers = draw.index("phone_number", 10_000).tolist()
    return [
        f"+33 {PHONE_BLOCKS[block]} {number // 100:02d} {number % 100:02d}"
        for block, number in zip(blocks, numbers, strict=True)
    ]


def _loans_csv(frame: pd.DataFrame) -> str:
    """The text of loans.csv: the shortest decimals that give the same numbers, empty where missing."""

    def cell(value: Any) -> str:
        if isinstance(value, str):
            return value
        return "" if math.isnan(value) else np.format_float_positional(value, trim="-")

    rows = frame.astype(object).itertuples(index=False, name=None)
    return "\n".join([",".join(frame.columns), *(",".join(map(cell, row)) for row in rows)]) + "\n"


# ---- Files: bundled, cached, downloaded


def _bundled(name: str) -> Any:
    """The bundled file `name`, as something to open."""
    places = [files("edutools") / "_data", Path(__file__).resolve().parent.parent / "datasets"]
    for place in places:
        if (place / name).is_file():
            return place / name
    raise FileNotFoundError(f"The bundled file {name!r} is in neither of {[str(place) for place in places]}.")


def _registry() -> dict[str, Any]:
    """The real data sets: address, member, sha256, licence, citation and columns, by name."""
    with _bundled("registry.json").open(encoding="utf-8") as file:
        registry: dict[str, Any] = json.load(file)
    return registry


def _cache_folder(data_home: str | os.PathLike[str] | None) -> Path:
    """The folder of downloaded data: the argument, else EDUTOOLS_DATA, else the platform's cache."""
    chosen = data_home if data_home is not None else os.environ.get("EDUTOOLS_DATA")
    if chosen:
        return Path(chosen).expanduser()
    import pooch

    return Path(pooch.os_cache("edutools"))


def _member(name: str, entry: Mapping[str, Any], folder: Path, download: bool) -> Path:
    """The path of the data set's verified file, downloaded where it has to be."""
    home = folder / name / entry["member"]
    for path in (home, folder / entry["member"]):
        if path.is_file():
            if _digest(path.read_bytes()) == entry["sha256"]:
                return path
            _set_aside(path)
    if not download:
        raise OSError(
            f"{entry['title']} is not in {str(folder)!r} and `download_if_missing` is False: call again with "
            f"download_if_missing=True, or put `{entry['member']}` from {entry['address']} into that folder."
        )
    _download(entry, home, folder)
    return home


def _set_aside(path: Path) -> None:
    """Put a cached file that is not the published one out of the way."""
    # Renamed, not deleted: it may be the reader's own.
    refused = path.with_name(path.name + ".refused")
    try:
        path.replace(refused)
        fate = f"it was set aside as {refused.name!r}"
    except OSError:
        fate = "it is not used"
    warnings.warn(f"{str(path)!r} is not the published file (its sha256 differs): {fate}.", stacklevel=5)


def _download(entry: Mapping[str, Any], home: Path, folder: Path) -> None:
    """Download the data set's zip, check the one member that is wanted, and move it to `home`."""
    import requests

    try:
        home.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OSError(
            f"{entry['title']} cannot be kept in {str(folder)!r} ({error.strerror}): name a folder that can "
            "be written, as `data_home` or in EDUTOOLS_DATA."
        ) from None
    # Inside the cache folder, so that the last step is a rename: a half-written file never bears the real
    # name.
    with tempfile.TemporaryDirectory(dir=home.parent) as scratch:
        archive, member = Path(scratch) / "archive.zip", Path(scratch) / entry["member"]
        try:
            _fetch_https(entry["address"], archive)
        except requests.RequestException as error:
            raise OSError(
                f"{entry['title']} is not in {str(folder)!r} and could not be downloaded "
                f"({type(error).__name__}): go online and call again, or put `{entry['member']}` from "
                f"{entry['address']} into that folder."
            ) from None
        member.write_bytes(_checked_member(archive, entry))
        member.replace(home)


def _fetch_https(address: str, path: Path) -> None:
    """Download `address` to `path`, refusing any step that is not https."""
    import pooch

    def refuse_http(response: Any, **_: Any) -> None:
        onward = urljoin(response.url, response.headers.get("location", ""))
        for step in (response.url, onward):
            _require_https(step)

    _require_https(address)
    with path.open("wb") as file:
        # Every answer passes the hook before a redirect in it is followed.
        pooch.HTTPDownloader(hooks={"response": refuse_http}, timeout=30)(address, _Bounded(file), None)


class _Bounded:
    """A file that takes no more than `MOST_BYTES`: a server could go on sending until the disk is full."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._left = file, MOST_BYTES

    def write(self, content: bytes) -> None:
        self._left -= len(content)
        if self._left < 0:
            raise ValueError(f"What was sent is larger than {MOST_BYTES:,} bytes; nothing was kept.")
        self._file.write(content)

    def flush(self) -> None:
        self._file.flush()


def _require_https(address: str) -> None:
    if not address.startswith("https://"):
        raise ValueError(f"Data are downloaded over https only, got {address!r}.")


def _checked_member(archive: Path, entry: Mapping[str, Any]) -> bytes:
    """The bytes of the wanted member, read by its name alone and verified."""
    try:
        with zipfile.ZipFile(archive) as opened, opened.open(entry["member"]) as member:
            # One byte more than published is enough to be refused: a zip bomb is never unpacked.
            content = member.read(entry["bytes"] + 1)
    except Exception as error:  # a damaged zip fails in a way of its own for every kind of compression
        raise ValueError(
            f"What {entry['address']} gave is not a zip with {entry['member']!r} in it ({error}); "
            "nothing was kept."
        ) from None
    found = _digest(content)
    if found != entry["sha256"]:
        raise ValueError(
            f"{entry['member']!r} from {entry['address']} is not the published file: its sha256 must be "
            f"{entry['sha256']}, got {found}; nothing was kept."
        )
    return content


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# ---- Checks of arguments


def _whole(name: str, value: Any, *, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"`{name}` must be a whole number of at least {least}, got {value!r}.")
    if value < least:
        raise ValueError(f"`{name}` must be a whole number of at least {least}, got {value!r}.")
    return int(value)


def _dial(name: str, value: Any, low: float, high: float, *, below: bool = False) -> float:
    span = f"from {low} to below {high}" if below else f"from {low} to {high}"
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"`{name}` must be a number {span}, got {value!r}.")
    number = cast("float", value)
    # Written so that NaN fails too.
    if not (low <= number < high if below else low <= number <= high):
        raise ValueError(f"`{name}` must be a number {span}, got {value!r}.")
    return float(number)


def _switch(name: str, value: Any) -> bool:
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"`{name}` must be True or False, got {value!r}.")
    return bool(value)


if __name__ == "__main__":
    # How loans.csv is rebuilt: python -m edutools.datasets datasets/loans.csv
    if len(sys.argv) != 2:
        raise SystemExit("Usage: python -m edutools.datasets FILE")
    Path(sys.argv[1]).write_bytes(_loans_csv(make_loans()).encode("utf-8"))
