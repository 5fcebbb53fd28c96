"""Another language: whole, faithful to its placeholders, and kept by what was made in it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib.resources import files

import pytest

from edutools import BiasDetector, ConfusionMatrix, Datasheet, ModelCard, Quiz, language, translate
from edutools.bias.measures import FROM_POPULATION, MEASURES
from edutools.course.site.pages import lesson_page
from edutools.course.site.running import VIEW, Lesson
from edutools.documents import report
from edutools.documents.reasons import adverse_action_reasons
from edutools.documents.rules import NOTICE, RULES
from edutools.texts import catalogue, languages, phrase, read, speaking, text
from edutools.widgets.base import held, held_apart, texts_of, without_texts
from edutools.widgets.base import page as page_of
from tests.every_widget import EVERY, _people
from tests.examples import loan_counts

ENGLISH = read("en")
OTHERS = [code for code in languages() if code != "en"]


@pytest.fixture(autouse=True)
def english_again():
    """Whatever a test speaks, the next one begins in English."""
    yield
    language("en")


def words(said: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[^\W\d_]{3,}", re.sub(r"\{\w+\}|`[^`]*`", " ", said))}


def vocabulary(texts) -> set[str]:
    return set().union(*(words(each) for each in texts))


def phrases(code: str) -> dict[str, str]:
    held = files("edutools.texts") / "phrases" / f"{code}.json"
    return json.loads(held.read_text(encoding="utf-8"))


def phrases_of_data_files(root) -> set[str]:
    libraries = json.loads((root / "edutools/bias/translations.json").read_text(encoding="utf-8"))
    said = {NOTICE, FROM_POPULATION, *(measure.name for measure in MEASURES.values())}
    for rule in RULES.values():
        said |= {rule.place, rule.says, rule.reads, *([rule.changes] if rule.changes else [])}
    for measure in libraries.values():
        said |= {measure["quantity"], *measure["differ"]}
        said |= {each["computes"] for each in measure["libraries"]}
    return said


# What the catalogues hold


@pytest.mark.parametrize("code", OTHERS)
def test_every_text_is_there_and_none_that_nobody_says(code):
    assert {
        "lacks": sorted(ENGLISH.keys() - read(code).keys()),
        "spare": sorted(read(code).keys() - ENGLISH.keys()),
    } == {
        "lacks": [],
        "spare": [],
    }


@pytest.mark.parametrize("code", OTHERS)
def test_what_data_files_say_is_there_too(code, root):
    held = phrases(code)
    said = phrases_of_data_files(root)
    assert {"lacks": sorted(said - held.keys()), "spare": sorted(held.keys() - said)} == {
        "lacks": [],
        "spare": [],
    }


@pytest.mark.parametrize("code", OTHERS)
def test_placeholders_are_those_of_the_english_text(code):
    def named(said):
        return sorted(set(re.findall(r"\{\w+\}", said)))

    wrong = {
        key: said for key, said in read(code).items() if key in ENGLISH and named(said) != named(ENGLISH[key])
    }
    assert wrong == {}


@pytest.mark.parametrize("code", OTHERS)
def test_no_text_with_words_was_left_as_it_was(code):
    same = [key for key, said in read(code).items() if words(said) and said == ENGLISH.get(key)]
    assert same == []


@pytest.mark.parametrize("path", ["en", *OTHERS, *(f"phrases/{code}" for code in OTHERS)])
def test_a_catalogue_is_sorted_and_says_something_everywhere(path, root):
    held = json.loads((root / f"edutools/texts/{path}.json").read_text(encoding="utf-8"))
    assert list(held) == sorted(held)
    assert all(said.strip() for said in held.values())
    assert path.startswith("phrases") or held["common.language"] == path


@pytest.mark.parametrize("code", OTHERS)
def test_numbers_in_a_text_are_the_same(code):
    """A figure of a convention or a law that a translation changed would be another convention or law."""

    def numbers(said):
        return sorted(re.findall(r"\d+(?:[.,]\d+)*", said))

    wrong = {key: said for key, said in read(code).items() if numbers(said) != numbers(ENGLISH[key])}
    assert wrong == {}


def test_every_text_that_the_code_names_is_in_the_catalogue(root):
    files = [path for path in (root / "edutools").rglob("*.py")]
    named = {
        key
        for path in files
        for key in re.findall(r'\btext\(\s*"(\w+\.\w+)"', path.read_text(encoding="utf-8"))
    }
    assert named - ENGLISH.keys() == set()
    assert len(named) > 200


# Choosing


def test_without_an_argument_the_present_language_is_said():
    assert language() == "en"
    assert language("es") == "es" == language()
    assert text("quiz.check") == "Comprobar"


@pytest.mark.parametrize("said", ["es", "es-MX", "es_419", "ES"])
def test_a_region_is_its_language(said):
    assert language(said) == "es"


def test_an_unknown_language_is_refused_with_what_is_possible():
    with pytest.raises(ValueError, match=r"`code` must be one of \['en', 'es'\], got 'fr'"):
        language("fr")
    with pytest.raises(TypeError, match=r"`code` must be a text such as 'es', got int"):
        language(1)
    assert language() == "en"


def said_in_a_fresh_python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )


def test_the_environment_chooses_until_another_is_chosen():
    asked = "import edutools; print(edutools.language(), edutools.language('en'))"
    assert said_in_a_fresh_python(asked, EDUTOOLS_LANGUAGE="es_ES").stdout.split() == ["es", "en"]
    assert said_in_a_fresh_python(asked, EDUTOOLS_LANGUAGE="").stdout.split() == ["en", "en"]


def test_an_unknown_language_of_the_environment_is_refused_by_the_variables_name():
    ran = said_in_a_fresh_python("import edutools; edutools.language()", EDUTOOLS_LANGUAGE="xx")
    assert "`EDUTOOLS_LANGUAGE` must be one of ['en', 'es'], got 'xx'" in ran.stderr


def test_a_text_that_a_language_lacks_is_said_in_english(monkeypatch):
    from edutools import texts

    lacking = {key: said for key, said in read("es").items() if key != "quiz.check"}
    monkeypatch.setattr(texts, "read", {"en": ENGLISH, "es": lacking}.__getitem__)
    texts._whole.cache_clear()
    try:
        language("es")
        assert (text("quiz.check"), text("quiz.hint")) == ("Check", "Pista")
        assert catalogue("quiz")["quiz.check"] == "Check"
        assert phrase("words that no file says") == "words that no file says"
    finally:
        texts._whole.cache_clear()


def test_speaking_another_language_ends_with_what_raises():
    with pytest.raises(KeyError), speaking("es"):
        text("no.such")
    assert language() == "en"


# What is made in a language


# What is no word of ours: code, addresses, and names with a line below.
NOT_OURS = re.compile(r"`[^`]*`|https?://\S+|\b\w+_\w+\b|[\w.]+=\S+")
# Names that `every_widget` gives to labels, decisions, classes, stages, channels, reasons and levels.
NAMED = words(
    "approved refused would repay default, written late, as they were asked collected weighted features, "
    "market day, no weights, log-loss, with parents"
)


def english_in(said: str, of_data: set[str]) -> set[str]:
    """Words of `said` that the English catalogue has, and neither the Spanish one nor the data."""
    spanish = vocabulary([*read("es").values(), *phrases("es").values()])
    return (words(NOT_OURS.sub(" ", said)) & vocabulary(ENGLISH.values())) - spanish - of_data


def strings_in(value) -> list[str]:
    """Every text in a piece of JSON, names of fields too."""
    if isinstance(value, dict):
        return [*map(str, value), *(each for part in value.values() for each in strings_in(part))]
    if isinstance(value, list):
        return [each for part in value for each in strings_in(part)]
    return [value] if isinstance(value, str) else []


def given_to(widget) -> set[str]:
    """Words that a widget was given: questions and predictions are asked as they were written."""
    asked = {key: value for key, value in widget.page_state().items() if key != "_texts"}
    if widget._name in ("quiz", "predict"):
        return vocabulary(strings_in(asked))
    return set()


@pytest.mark.parametrize("name", [name for name in EVERY if name != "audit"])
def test_the_twin_of_a_widget_is_spanish_and_stays_so(name):
    language("es")
    widget = EVERY[name]()
    language("en")
    twin = widget._repr_mimebundle_()[0]
    assert english_in(repr(widget) + widget._holds(), given_to(widget) | NAMED) == set()
    assert twin["text/html"].startswith('<div lang="es">')
    assert len(words(twin["text/html"]) - vocabulary(ENGLISH.values())) > 5


def test_the_twin_of_an_english_widget_says_no_language_of_its_own():
    assert "lang=" not in ConfusionMatrix(loan_counts())._repr_mimebundle_()[0]["text/html"]


def audited() -> BiasDetector:
    learnt, _, model = _people()
    return BiasDetector(model, learnt, label="repaid", sensitive_features="gender")


def test_findings_analysis_and_report_are_spanish():
    language("es")
    detector = audited()
    found = detector.detect_bias()
    assert english_in(repr(found), set()) == set()
    contents = report(detector.to_dict()).to_dict()
    # Named as they are in every language: fields, provisions and rules, and the works that formulas stand in.
    kept = [f"{rule.name} {rule.provision}" for rule in RULES.values()]
    kept += ["scikit-learn columns missing sensitive features"]  # of the data, as their record names them
    kept += [finding["source"] for finding in contents["findings"]]
    shown = repr(report(contents).widget())
    assert english_in(shown, vocabulary(kept)) == set()
    assert "disparidad demográfica condicional" in shown and "Ficha" in repr(ModelCard(contents))
    # What code reads is the same in each language.
    language("en")
    again = audited().detect_bias()
    keys = ["stage", "metric", "short", "group", "value"]
    assert found.to_frame()[keys].equals(again.to_frame()[keys])


def test_a_translation_between_libraries_is_in_the_language_and_its_names_are_not():
    language("es")
    found = translate("disparate impact")
    assert (found.metric, found.quantity) == ("disparate impact", "Tasa de selección: la proporción aceptada")
    assert repr(found).startswith("DI, impacto dispar: ")
    assert english_in(" ".join([*found.differ, *found.to_frame()["computes"]]), set()) == set()


def test_cards_and_reasons_are_spanish():
    language("es")
    assert english_in(repr(Datasheet()) + repr(ModelCard()), set()) == set()
    reasons = adverse_action_reasons({"income": -0.8}, reference="la media")
    assert repr(reasons).startswith("Razones principales de la denegación")


# What a page holds


def test_a_saved_page_says_its_language_and_holds_each_catalogue_once():
    language("es")
    widgets = [ConfusionMatrix(loan_counts()) for _ in range(2)]
    language("en")
    english = ConfusionMatrix(loan_counts())
    assert '<html lang="es">' in page_of(*widgets, title="x")
    assert '<html lang="en">' in page_of(english, title="x")
    mixed = page_of(english, widgets[0], title="x")
    assert re.findall(r"<html lang=.(\w+)|data-widget=.\w+. lang=.(\w+)", mixed) == [("en", ""), ("", "es")]
    texts, states = texts_of(held(widgets)), without_texts(held(widgets))
    assert texts.keys() == set(languages())
    assert texts["es"]["confusion_matrix.title"] == "Matriz de confusión"
    assert all("_texts" not in each["state"] and each["language"] == "es" for each in states.values())
    # Each says all that its widgets may say, and no more.
    assert texts["es"] == widgets[0]._texts


def test_a_site_in_another_language_says_that_its_lessons_are_english():
    widget = ConfusionMatrix(loan_counts())
    language("es")
    spanish = ConfusionMatrix(loan_counts())
    cells = [{"cell_type": "markdown", "metadata": {}, "source": "# 00 · X\n\nProse."}]
    for each in (widget, spanish):
        data = {"text/html": each.to_html(), VIEW: {"model_id": each.model_id}}
        output = {"output_type": "display_data", "data": data, "metadata": {}}
        cells.append({"cell_type": "code", "metadata": {}, "source": "x", "outputs": [output]})
    lesson = Lesson("00_x", cells, held_apart([widget.model_id, spanish.model_id]))
    page = lesson_page(lesson, None, None).html()
    assert '<html lang="es">' in page and "Ir al contenido" in page
    assert re.search(r'<div lang="en">\s*<h1[^>]*>00 · X</h1>\s*<p>Prose', page)
    assert re.findall(r"data-widget=.\w+.( lang=.\w+.)?>", page) == [' lang="en"', ""]
    language("en")
    page = lesson_page(lesson, None, None).html()
    assert '<html lang="en">' in page and '<div lang="en">' not in page
    assert re.findall(r"data-widget=.\w+.( lang=.\w+.)?>", page) == ["", ' lang="es"']


def test_what_a_bank_asks_is_said_to_be_english_in_a_spanish_twin():
    language("es")
    twin = Quiz("05_evaluate").to_html()
    assert twin.count('<div lang="en">') == len(Quiz("05_evaluate").questions)
    language("en")
    assert "lang=" not in Quiz("05_evaluate").to_html()
