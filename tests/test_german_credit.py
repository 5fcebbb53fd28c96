"""Real German credit data: found in a folder, downloaded, checked, refused."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import requests
from urllib3.response import HTTPResponse

from edutools.datasets import fetch_german_credit

ROOT = Path(__file__).resolve().parent.parent
ENTRY = json.loads((ROOT / "datasets" / "registry.json").read_text(encoding="utf-8"))["german"]
REAL_FILE = ROOT.parent / "shared" / "data" / "german" / "german.data"
needs_real_file = pytest.mark.skipif(
    not REAL_FILE.is_file(),
    reason=f"the published german.data is not at {REAL_FILE}, and tests do not download",
)
Answer = Callable[[requests.PreparedRequest], tuple[int, dict[str, str], bytes]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty cache folder."""
    return tmp_path / "cache"


@pytest.fixture
def full_folder(folder: Path) -> Path:
    """A cache folder that holds the published file."""
    folder.mkdir()
    shutil.copy(REAL_FILE, folder / "german.data")
    return folder


@pytest.fixture
def internet(monkeypatch: pytest.MonkeyPatch) -> Callable[[Answer], list[str]]:
    """Puts an answer in the internet's place, below what follows redirects; gives what was asked."""

    def serve(answer: Answer) -> list[str]:
        asked: list[str] = []

        def send(self: object, request: requests.PreparedRequest, **_: object) -> requests.Response:
            asked.append(str(request.url))
            status, headers, body = answer(request)
            raw = HTTPResponse(io.BytesIO(body), headers=headers, status=status, preload_content=False)
            return requests.adapters.HTTPAdapter().build_response(request, raw)

        monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", send)
        return asked

    return serve


def offline(request: requests.PreparedRequest) -> tuple[int, dict[str, str], bytes]:
    raise requests.ConnectionError("no route to host")


def zipped(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return packed.getvalue()


def serving(body: bytes) -> Answer:
    return lambda request: (200, {}, body)


def files_under(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


# ---- The table


@needs_real_file
def test_published_counts_of_good_and_bad_loans_are_found(full_folder: Path) -> None:
    credit = fetch_german_credit(data_home=full_folder)
    assert credit.shape == (1000, 21)
    assert credit["good_credit"].value_counts().to_dict() == {1: 700, 0: 300}


@needs_real_file
def test_first_loan_is_decoded_as_the_publisher_documents_it(full_folder: Path) -> None:
    # german.data's first line: A11 6 A34 A43 1169 A65 A75 4 A93 A101 4 A121 67 A143 A152 2 A173 1 A192 A201 1
    first = fetch_german_credit(data_home=full_folder).iloc[0]
    assert first["status"] == "below 0 DM"
    assert first["purpose"] == "radio or television"
    assert first["personal_status_sex"] == "male: single"
    assert first["housing"] == "own"
    assert (first["duration"], first["amount"], first["age"], first["good_credit"]) == (6, 1169, 67, 1)


@needs_real_file
def test_every_code_in_the_file_is_decoded(full_folder: Path) -> None:
    credit = fetch_german_credit(data_home=full_folder)
    assert not credit.isna().any(axis=None)
    text = [column for column in credit if not pd.api.types.is_integer_dtype(credit[column])]
    assert len(text) == 13, "the publisher lists 13 categorical columns"
    assert not any(credit[column].str.fullmatch(r"A\d+").any() for column in text)


@needs_real_file
def test_decoding_is_one_to_one(full_folder: Path) -> None:
    raw = pd.read_csv(REAL_FILE, sep=" ", header=None)
    credit = fetch_german_credit(data_home=full_folder)
    for position, column in enumerate(credit):
        pairs = set(zip(raw[position], credit[column], strict=True))
        assert len(pairs) == raw[position].nunique() == credit[column].nunique()


@needs_real_file
@pytest.mark.parametrize(("privileged", "impact"), [("ge", 0.821), ("gt", 0.795)])
def test_disparate_impact_by_age_25_is_the_one_known_from_others(
    full_folder: Path, privileged: str, impact: float
) -> None:
    credit = fetch_german_credit(data_home=full_folder)
    older = getattr(credit["age"], privileged)(25)
    rates = credit.groupby(older)["good_credit"].mean()
    assert rates[False] / rates[True] == pytest.approx(impact, abs=5e-4)


# ---- Where the file is looked for


@needs_real_file
def test_file_is_found_in_the_folder_that_the_environment_names(
    full_folder: Path, monkeypatch: pytest.MonkeyPatch, internet: Callable[[Answer], list[str]]
) -> None:
    asked = internet(offline)
    monkeypatch.setenv("EDUTOOLS_DATA", str(full_folder))
    assert len(fetch_german_credit()) == 1000
    assert asked == []


@needs_real_file
def test_argument_goes_before_the_environment(full_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDUTOOLS_DATA", str(full_folder / "elsewhere"))
    assert len(fetch_german_credit(data_home=full_folder, download_if_missing=False)) == 1000


@needs_real_file
def test_file_is_found_in_a_folder_of_its_own_name(folder: Path) -> None:
    (folder / "german").mkdir(parents=True)
    shutil.copy(REAL_FILE, folder / "german")
    assert len(fetch_german_credit(data_home=str(folder), download_if_missing=False)) == 1000


@needs_real_file
def test_cached_file_is_read_and_not_written(full_folder: Path) -> None:
    fetch_german_credit(data_home=full_folder)
    assert files_under(full_folder) == [full_folder / "german.data"]


# ---- Offline


def test_offline_with_nothing_cached_one_sentence_says_what_to_do(
    folder: Path, internet: Callable[[Answer], list[str]]
) -> None:
    internet(offline)
    with pytest.raises(
        OSError, match=r"go online and call again, or put `german.data` from https://"
    ) as caught:
        fetch_german_credit(data_home=folder)
    message = str(caught.value)
    assert str(folder) in message and message.endswith(".") and "\n" not in message
    assert files_under(folder) == []


def test_nothing_is_asked_of_the_internet_where_downloading_is_off(
    folder: Path, internet: Callable[[Answer], list[str]]
) -> None:
    asked = internet(offline)
    with pytest.raises(OSError, match="`download_if_missing` is False"):
        fetch_german_credit(data_home=folder, download_if_missing=False)
    assert asked == []


def test_an_answer_of_not_found_is_an_error_of_the_same_form(
    folder: Path, internet: Callable[[Answer], list[str]]
) -> None:
    internet(lambda request: (404, {}, b"gone"))
    with pytest.raises(OSError, match=r"could not be downloaded \(HTTPError\): go online"):
        fetch_german_credit(data_home=folder)


# ---- Downloads


@needs_real_file
def test_download_asks_the_official_address_once_and_is_cached(
    folder: Path, internet: Callable[[Answer], list[str]]
) -> None:
    asked = internet(serving(zipped(german__data=REAL_FILE.read_bytes(), Index=b"about")))
    first = fetch_german_credit(data_home=folder)
    second = fetch_german_credit(data_home=folder)
    pd.testing.assert_frame_equal(first, second)
    assert asked == ["https://archive.ics.uci.edu/static/public/144/statlog+german+credit+data.zip"]
    assert files_under(folder) == [folder / "german" / "german.data"]


@needs_real_file
def test_only_the_wanted_member_is_unpacked(
    folder: Path, tmp_path: Path, internet: Callable[[Answer], list[str]]
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../evil.txt", "out of the folder")
        archive.writestr("/tmp/evil.txt", "out of everything")
        archive.writestr("german.data", REAL_FILE.read_bytes())
    internet(serving(packed.getvalue()))
    fetch_german_credit(data_home=folder)
    assert files_under(tmp_path) == [folder / "german" / "german.data"]


@pytest.mark.parametrize(
    "body",
    [
        zipped(german__data=b"A11 6 A34"),
        zipped(german__data=b"0" * ENTRY["bytes"]),
        zipped(german__data=b"0" * 50_000_000),
    ],
    ids=["shorter", "as long", "longer"],
)
def test_member_with_a_wrong_digest_is_refused_and_not_kept(
    body: bytes, folder: Path, internet: Callable[[Answer], list[str]]
) -> None:
    internet(serving(body))
    with pytest.raises(ValueError, match=f"its sha256 must be {ENTRY['sha256']}, got [0-9a-f]{{64}}"):
        fetch_german_credit(data_home=folder)
    assert files_under(folder) == []


@pytest.mark.parametrize(
    "body", [b"<html>moved</html>", zipped(other__data=b"1")], ids=["no zip", "no member"]
)
def test_answer_that_is_no_zip_with_the_member_is_refused_and_not_kept(
    body: bytes, folder: Path, internet: Callable[[Answer], list[str]]
) -> None:
    internet(serving(body))
    with pytest.raises(ValueError, match=r"is not a zip with 'german\.data' in it"):
        fetch_german_credit(data_home=folder)
    assert files_under(folder) == []


def test_redirect_to_plain_http_is_refused_before_it_is_followed(
    folder: Path, internet: Callable[[Answer], list[str]]
) -> None:
    asked = internet(lambda request: (302, {"location": "http://mirror.example/german.zip"}, b""))
    with pytest.raises(ValueError, match=r"over https only, got 'http://mirror\.example/german\.zip'"):
        fetch_german_credit(data_home=folder)
    assert len(asked) == 1 and asked[0].startswith("https://")
    assert files_under(folder) == []


def test_an_answer_that_goes_on_and_on_is_cut_off_and_not_kept(
    folder: Path, internet: Callable[[Answer], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edutools.datasets.MOST_BYTES", 100_000)
    internet(serving(b"0" * 100_001))
    with pytest.raises(ValueError, match=r"larger than 100,000 bytes; nothing was kept"):
        fetch_german_credit(data_home=folder)
    assert files_under(folder) == []


def test_no_member_of_the_registry_leaves_the_cache_folder() -> None:
    registry = json.loads((ROOT / "datasets" / "registry.json").read_text(encoding="utf-8"))
    for name, entry in registry.items():
        for part in (name, entry["member"]):
            assert Path(part).name == part and part not in (".", "..")


@needs_real_file
def test_redirect_to_https_is_followed(folder: Path, internet: Callable[[Answer], list[str]]) -> None:
    body = zipped(german__data=REAL_FILE.read_bytes())

    def moved(request: requests.PreparedRequest) -> tuple[int, dict[str, str], bytes]:
        if "archive.ics" in str(request.url):
            return 301, {"location": "https://mirror.example/german.zip"}, b""
        return 200, {}, body

    asked = internet(moved)
    assert len(fetch_german_credit(data_home=folder)) == 1000
    assert asked[-1] == "https://mirror.example/german.zip"


def test_cached_file_with_a_wrong_digest_is_never_used_and_never_lost(
    folder: Path, internet: Callable[[Answer], list[str]]
) -> None:
    internet(offline)
    folder.mkdir()
    (folder / "german.data").write_text("my own notes")
    refused = r"sha256 differs.* set aside as 'german\.data\.refused'"
    with pytest.warns(UserWarning, match=refused) as warned, pytest.raises(OSError, match="go online"):
        fetch_german_credit(data_home=folder)
    assert warned[0].filename == __file__
    assert not (folder / "german.data").exists()
    assert (folder / "german.data.refused").read_text() == "my own notes"


@needs_real_file
def test_cached_file_with_a_wrong_digest_is_replaced_by_a_download(
    folder: Path, internet: Callable[[Answer], list[str]]
) -> None:
    internet(serving(zipped(german__data=REAL_FILE.read_bytes())))
    (folder / "german").mkdir(parents=True)
    (folder / "german" / "german.data").write_bytes(REAL_FILE.read_bytes()[:-1])
    with pytest.warns(UserWarning, match="not the published file"):
        assert len(fetch_german_credit(data_home=folder)) == 1000


# ---- The registry, and bad input


@needs_real_file
def test_registry_names_the_published_files_digest_and_size() -> None:
    content = REAL_FILE.read_bytes()
    assert hashlib.sha256(content).hexdigest() == ENTRY["sha256"]
    assert len(content) == ENTRY["bytes"]


def test_registry_gives_address_licence_and_citation_of_every_set() -> None:
    registry = json.loads((ROOT / "datasets" / "registry.json").read_text(encoding="utf-8"))
    for entry in registry.values():
        assert entry["address"].startswith("https://")
        assert entry["licence"] and entry["citation"] and entry["member"]
        assert len(entry["sha256"]) == 64


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"download_if_missing": "no"}, r"`download_if_missing` must be True or False, got 'no'\."),
        ({"data_hom": "."}, r"Did you mean 'data_home'\?"),
    ],
)
def test_bad_argument_is_refused(arguments: dict[str, str], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        fetch_german_credit(**arguments)  # type: ignore[arg-type]


def damaged(compression: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        archive.writestr("german.data", "A11 6 A34\n" * 500 + str(list(range(2000))))
    body = bytearray(buffer.getvalue())
    body[60:300] = bytes(byte ^ 0x5A for byte in body[60:300])
    return bytes(body)


@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_with_a_damaged_member_is_refused_and_not_kept(
    folder: Path, internet: Callable[[Answer], list[str]], compression: int
) -> None:
    internet(serving(damaged(compression)))
    with pytest.raises(ValueError, match=r"is not a zip with 'german\.data' in it .* nothing was kept"):
        fetch_german_credit(data_home=folder)
    assert files_under(folder) == []


def test_a_folder_that_cannot_be_made_is_named_with_what_to_do(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "a file").touch()
    with pytest.raises(OSError, match=r"cannot be kept in .*a file.*name a folder that can be written"):
        fetch_german_credit(data_home=folder / "a file")
