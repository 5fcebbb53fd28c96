"""Model cards and datasheets: filled from an audit, blanks marked, read back by YAML and Markdown."""

from __future__ import annotations

import json
import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from edutools import Datasheet, ModelCard
from edutools.documents.markdown import front_matter
from tests.audits import audit
from tests.browser.test_hostile_names import EVIL, HOSTILE
from tests.test_documents import rendered

CARDS = [ModelCard, Datasheet]
# As the papers head them: Mitchell et al. (2019), section 4; Gebru et al. (2021), section 3.
SECTIONS = {
    ModelCard: [
        "Model details",
        "Intended use",
        "Factors",
        "Metrics",
        "Evaluation data",
        "Training data",
        "Quantitative analyses",
        "Ethical considerations",
        "Caveats and recommendations",
    ],
    Datasheet: [
        "Motivation",
        "Composition",
        "Collection process",
        "Preprocessing, cleaning and labelling",
        "Uses",
        "Distribution",
        "Maintenance",
    ],
}


def parts(card) -> tuple[dict, str]:
    """The header as YAML reads it, and the rest."""
    empty, header, rest = re.split(r"^---$", card.to_markdown(), maxsplit=2, flags=re.MULTILINE)
    assert empty == ""
    return yaml.safe_load(header), rest


@pytest.mark.parametrize("card", CARDS)
def test_the_sections_are_those_of_the_paper_in_its_order(card):
    _, rest = parts(card(audit(), name="Loans"))
    assert re.findall(r"^## (.+)$", rest, re.MULTILINE) == SECTIONS[card]


@pytest.mark.parametrize("card", CARDS)
def test_a_card_goes_through_its_dict_and_json_unchanged(card, tmp_path):
    made = card(audit(), name="Loans", contact="Ada", metadata={"license": "cc-by-4.0"})
    back = card.from_dict(json.loads(made.save(tmp_path / "card.json").read_text(encoding="utf-8")))
    assert back.to_dict() == made.to_dict()
    assert back.to_markdown() == made.save(tmp_path / "README.md").read_text(encoding="utf-8")
    assert repr(back) == repr(made)


@pytest.mark.parametrize("card", CARDS)
def test_blanks_are_marked_and_counted(card):
    made = card(name="Loans", contact="Ada Example")
    assert len(made.blanks) == len(made.answers) - 1 and "contact" not in made.blanks
    _, rest = parts(made)
    assert rest.count("*Blank.*") == len(made.blanks)
    assert f"{len(made.blanks)} of {len(made.answers)} questions are blank" in rest
    assert made._repr_html_().count("<mark>Blank.</mark>") == len(made.blanks)
    full = made.fill(**dict.fromkeys(made.blanks, "said"))
    assert full.blanks == [] and "All" in repr(full).splitlines()[1]
    assert made.blanks and full.fill(contact="  ").blanks == ["contact"]


def test_a_model_card_knows_what_the_audit_knows():
    examined = audit()
    card = ModelCard(examined, name="Loans")
    assert card.answers["type"] == "LogisticRegression"
    assert card.answers["thresholds"] == "Accepted from a score of 0.5."
    assert card.answers["groups"] == "gender: men, women; age: 40 and above, below 40"
    assert examined["data"]["digest"] in card.answers["evaluation_data"]
    assert card.answers["mitigations"] == "Tried: reweighing."
    assert card.answers["caveats"] == examined["notes"][0]
    assert {"developers", "primary_uses", "training_data", "contact", "risks"} <= set(card.blanks)
    assert ModelCard(examined, type="A scorecard").answers["type"] == "A scorecard"


def test_the_model_index_is_what_hubs_ask_for():
    examined = audit()
    header, rest = parts(ModelCard(examined, name="Loans", metadata={"license": "bsd-3-clause"}))
    (model,) = header["model-index"]
    assert model["name"] == "Loans" and header["license"] == "bsd-3-clause"
    assert len(model["results"]) == len(examined["groups"])
    for result, group in zip(model["results"], examined["groups"], strict=True):
        assert result["task"]["type"] == "tabular-classification"
        assert result["dataset"]["type"] and group["group"] in result["dataset"]["name"]
        recall = next(each for each in result["metrics"] if each["type"] == "recall")
        figure = group["rates"]["true_positive_rate"]
        assert recall["value"] == pytest.approx(figure["value"], abs=1e-4)
        assert f"{figure['low']:.3f} to {figure['high']:.3f}" in recall["name"]
        assert all(isinstance(each["value"], float) for each in result["metrics"])
    rates = examined["groups"][0]["rates"]["true_positive_rate"]
    assert f"{rates['value']:.2f} ({rates['low']:.2f} to {rates['high']:.2f})" in rest


def test_an_undefined_rate_has_no_number_in_the_header_and_its_reason_in_the_table():
    header, rest = parts(ModelCard(audit(women_repay=False)))
    women = next(each for each in header["model-index"][0]["results"] if "women" in each["dataset"]["name"])
    assert "recall" not in [each["type"] for each in women["metrics"]]
    assert "undefined: women has no positives" in rest


@pytest.mark.parametrize(
    ("rows", "size"),
    [(999, "n<1K"), (1_000, "1K<n<10K"), (10_000, "10K<n<100K"), (10**6, "1M<n<10M"), (10**8, "n>10M")],
)
def test_a_datasheet_knows_its_size_and_says_what_is_missing(rows, size):
    examined = audit() | {"rows": rows}
    header, rest = parts(Datasheet(examined, name="Loans"))
    assert header["size_categories"] == [size] and header["pretty_name"] == "Loans"
    assert "income 61, education 30" in rest and f"{rows:,} rows were audited" in rest
    assert "true positive" not in rest.lower()
    examined["data"]["missing"] = {}
    assert Datasheet(examined).answers["missing"] == "No values are missing."


@pytest.mark.parametrize("card", CARDS)
@pytest.mark.parametrize("evil", HOSTILE)
def test_hostile_names_and_answers_are_text(card, evil):
    examined = audit()
    for group in examined["groups"]:
        group["feature"], group["group"] = evil, evil
    examined |= {"model": evil, "label": evil, "notes": [evil]}
    examined["data"]["digest"] = evil
    made = card(examined, name=evil, contact=evil, metadata={"license": evil})
    header, rest = parts(made)
    assert header["license"] == evil
    html = rendered(rest)
    allowed = {"h1", "h2", "p", "strong", "em", "table", "thead", "tbody", "tr", "th", "td"}
    assert set(re.findall(r"<\s*/?\s*(\w+)", html)) <= allowed
    assert "<img" not in made._repr_html_() and "<script" not in made._repr_html_()


SCALARS = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(-1e9, 1e9) | st.text()


@given(
    st.dictionaries(
        st.text(min_size=1),
        st.recursive(
            SCALARS,
            lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(), each, max_size=3),
            max_leaves=8,
        ),
        min_size=1,
    )
)
def test_any_header_is_read_back_by_yaml_as_it_was(metadata):
    written = front_matter(metadata)
    assert written.startswith("---\n") and written.endswith("\n---")
    assert yaml.safe_load(written[4:-4]) == metadata


@pytest.mark.parametrize("card", CARDS)
def test_a_question_that_is_not_asked_is_refused_with_the_near_one(card):
    with pytest.raises(TypeError, match="Did you mean 'contact'"):
        card(contackt="x")
    with pytest.raises(TypeError, match="Did you mean 'contact'"):
        card().fill(contackt="x")
    with pytest.raises(TypeError, match="`contact` must be a text, got int"):
        card(contact=1)


def test_another_kind_of_card_is_refused(tmp_path):
    with pytest.raises(ValueError, match="`kind` of a Datasheet must be 'datasheet', got 'model_card'"):
        Datasheet.from_dict(ModelCard().to_dict())
    with pytest.raises(ValueError, match="`schema` of a ModelCard must be 1, got 2"):
        ModelCard.from_dict(ModelCard().to_dict() | {"schema": 2})
    with pytest.raises(ValueError, match=r"must be one of \['.md', '.json'\], got '.html'"):
        ModelCard(name=EVIL).save(tmp_path / "card.html")
