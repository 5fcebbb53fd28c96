"""Lessons: each is what its source gives, has every part of a lesson, and can be read without a kernel."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest

from edutools.course.exercises import exercise_names
from edutools.course.lessons import differing, normalised, sources
from edutools.course.publish import address_of, written_cells
from edutools.widgets.questions import load

ROOT = Path(__file__).resolve().parent.parent
LESSONS = ROOT / "lessons"
SOURCES = sources(ROOT)
NAMES = [path.stem for path in SOURCES]
WIDGETS = (
    "ConfusionMatrix",
    "GroupMetrics",
    "SamplingPlan",
    "DataFlow",
    "TrainingTrace",
    "DecisionTrace",
    "WhatIf",
    "report(",
    "monitor.show(",
    "found.widget(",
)
# The nine ways into a lesson, in their order.
NINE = ["Why", "Learn", "See", "Try", "Challenge", "Project", "Recall", "Cost", "Map"]
PARTS = ["Objectives", "What to know first", *NINE, "Key insight", "Sources"]
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)\s]+)\)")

every_lesson = pytest.mark.parametrize("name", NAMES)


@cache
def notebook(name: str) -> dict:
    return json.loads((LESSONS / f"{name}.ipynb").read_text(encoding="utf-8"))


def cells(name: str, kind: str) -> list[dict]:
    return [cell for cell in notebook(name)["cells"] if cell["cell_type"] == kind]


def source(cell: dict) -> str:
    return "".join(cell["source"])


def prose(name: str) -> str:
    return "\n\n".join(source(cell) for cell in cells(name, "markdown"))


def code(name: str) -> str:
    return "\n".join(source(cell) for cell in cells(name, "code"))


def outputs(name: str) -> list[dict]:
    return [output for cell in cells(name, "code") for output in cell["outputs"]]


def tagged(name: str, tag: str) -> list[dict]:
    return [cell for cell in notebook(name)["cells"] if tag in cell["metadata"].get("tags", [])]


def slug(heading: str) -> str:
    """The anchor that GitHub and JupyterLab give a heading, in lower case."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(path: Path) -> set[str]:
    return {
        slug(heading) for heading in re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    }


def glossary_terms() -> list[str]:
    return re.findall(r"^## (.+)$", (LESSONS / "glossary.md").read_text(encoding="utf-8"), re.MULTILINE)


def test_there_are_lessons_and_each_has_a_source_and_a_notebook():
    assert {"00_start_here", "05_evaluate"} <= set(NAMES)
    assert sorted(path.stem for path in LESSONS.glob("*.ipynb")) == NAMES


@every_lesson
def test_a_lesson_is_what_its_source_gives(name):
    path = LESSONS / "source" / f"{name}.py"
    assert not differing(path, LESSONS / f"{name}.ipynb", address_of(ROOT)), (
        f"{name}.ipynb is not what its source gives: python -m edutools.course.lessons {name}"
    )


@every_lesson
def test_every_code_cell_has_run_in_order_and_without_an_error(name):
    counts = [cell["execution_count"] for cell in cells(name, "code")]
    assert counts == list(range(1, len(counts) + 1))
    assert not [output for output in outputs(name) if output["output_type"] == "error"]
    assert not [output for output in outputs(name) if output.get("name") == "stderr"]


@every_lesson
def test_a_notebook_holds_nothing_that_needs_a_kernel_to_be_read(name):
    assert notebook(name) == normalised(notebook(name))
    assert "widgets" not in notebook(name)["metadata"]


@every_lesson
def test_a_widget_leaves_a_twin_in_html_and_in_text(name):
    assert any(widget in code(name) for widget in WIDGETS)
    data = [output["data"] for output in outputs(name) if "text/html" in output.get("data", {})]
    twins = [each for each in data if 'class="dataframe"' not in "".join(each["text/html"])]
    assert twins
    assert all({"text/html", "text/plain"} <= each.keys() for each in twins)


def sections(name: str) -> dict[str, list[dict]]:
    """The cells of each part (a heading of the second level) in order; those before the first under ''."""
    found: dict[str, list[dict]] = {"": []}
    for cell in notebook(name)["cells"]:
        text = source(cell)
        pieces = (
            re.split(r"^## (.+)$", text, flags=re.MULTILINE) if cell["cell_type"] == "markdown" else [text]
        )
        if pieces[0].strip():
            found[list(found)[-1]].append({**cell, "source": [pieces[0]]})
        for heading, rest in zip(pieces[1::2], pieces[2::2], strict=True):
            assert heading not in found, f"two parts called {heading}"
            found[heading] = [{**cell, "source": [rest]}] if rest.strip() else []
    return found


def code_in(name: str, part: str) -> list[dict]:
    return [cell for cell in sections(name)[part] if cell["cell_type"] == "code"]


def prose_in(name: str, part: str) -> str:
    return "\n\n".join(source(cell) for cell in sections(name)[part] if cell["cell_type"] == "markdown")


@every_lesson
def test_a_lesson_has_every_part_in_order(name):
    first = source(notebook(name)["cells"][0])
    title = first.splitlines()[0]
    assert re.fullmatch(rf"# {name[:2]} · \S.*", title), title
    assert re.search(r"\*\*\d+ minutes\*\*", first)
    assert re.search(r"Previous: (none|\[)", first) and "Next: " in first
    assert list(sections(name))[1:] == PARTS
    assert re.search(r"^- ", prose_in(name, "Objectives"), re.MULTILINE)
    assert prose_in(name, "Key insight").count("\n> ") + prose_in(name, "Key insight").startswith("> ") >= 1
    assert re.search(r"^- ", prose_in(name, "Sources"), re.MULTILINE)
    assert re.search(r"^### Predict", prose(name), re.MULTILINE) and "Predict(" in code(name)


@every_lesson
def test_each_of_the_nine_parts_holds_what_its_heading_promises(name):
    for part in NINE:
        assert sections(name)[part], f"{part} is empty"
    assert re.search(r"\(\d{4}\)|\b(?:19|20)\d\d\b", prose_in(name, "Why")), "a documented case has a year"
    assert any(_shows_a_widget(cell) for cell in code_in(name, "See")), "a widget to see"
    for part in ("Try", "Challenge"):
        assert any("exercise(" in source(cell) for cell in code_in(name, part)), f"no exercise in {part}"
        assert any(".check(" in source(cell) for cell in code_in(name, part))
    for part in ("Try", "Challenge", "Cost", "Map"):
        computed = [
            cell for cell in code_in(name, part) if not re.search(r"exercise\(|\.check\(", source(cell))
        ]
        assert any(cell["outputs"] for cell in computed), f"nothing computed in {part}"
    assert code_in(name, "Project"), "a template to fill"
    assert any(f'Quiz("{name}"' in source(cell) for cell in code_in(name, "Recall"))


def _shows_a_widget(cell: dict) -> bool:
    """Whether the cell left a twin that is no data frame."""
    shown = ["".join(out.get("data", {}).get("text/html", "")) for out in cell["outputs"]]
    return any(html and 'class="dataframe"' not in html for html in shown)


@every_lesson
def test_what_is_due_from_earlier_lessons_is_asked_at_the_head_and_at_the_end(name):
    if NAMES.index(name) == 0:
        return
    asked = [
        part for part in sections(name) for cell in code_in(name, part) if f'review("{name}")' in source(cell)
    ]
    assert asked == ["What to know first", "Recall"]


@every_lesson
def test_each_exercise_offers_check_hint_and_solution_and_starts_as_not_attempted(name):
    tasks = re.findall(r"^(\w+) = exercise\(", code(name), re.MULTILINE)
    assert tasks
    for task in tasks:
        assert f"{task}.check(" in code(name)
    everything = prose(name) + code(name)
    assert ".hint()" in everything and ".solution()" in everything
    checks = [cell for cell in cells(name, "code") if ".check(" in source(cell)]
    for cell in checks:
        assert "not attempted" in json.dumps(cell["outputs"], ensure_ascii=False).lower(), source(cell)


@every_lesson
def test_badge_and_set_up_cell_stand_in_source_and_notebook_as_the_address_makes_them(name):
    for tag, text in written_cells(address_of(ROOT), name).items():
        assert [source(cell) for cell in tagged(name, tag)] == [text]


@every_lesson
def test_every_link_leads_somewhere(name):
    for _, target in LINK.findall(prose(name)):
        if re.match(r"[a-z]+:", target):
            assert target.startswith("https://"), target
            continue
        path, _, anchor = target.partition("#")
        place = LESSONS / path if path else LESSONS / f"{name}.ipynb"
        assert place.exists(), target
        if anchor:
            assert place.suffix == ".md" and anchor in anchors(place), target


@every_lesson
def test_previous_and_next_lead_to_the_lessons_beside_it(name):
    first = source(notebook(name)["cells"][0])
    place = NAMES.index(name)
    if place > 0:
        assert re.search(rf"Previous: \[[^\]]+\]\({NAMES[place - 1]}\.ipynb\)", first)
    if place + 1 < len(NAMES):
        assert re.search(rf"Next: \[[^\]]+\]\({NAMES[place + 1]}\.ipynb\)", first)


@every_lesson
def test_every_image_says_in_words_what_it_shows(name):
    for output in outputs(name):
        for kind, data in output.get("data", {}).items():
            if kind in {"image/png", "image/jpeg"}:
                assert output["metadata"].get(kind, {}).get("alt"), (
                    f"{kind} without an alternative text in {name}"
                )
            if kind == "image/svg+xml":
                assert re.search(r"<title>\s*\S|aria-label=", "".join(data)), (
                    f"{kind} without a title in {name}"
                )
    for alternative in re.findall(r"!\[([^\]]*)\]", prose(name)):
        assert alternative.strip()


def first_use(term: str, text: str) -> re.Match[str] | None:
    """The first place of `text` that uses `term`, alone or in the plural, as a word of its own."""
    return re.search(rf"(?<![\w-]){re.escape(term)}s?(?![\w-])", text, re.IGNORECASE)


def running_text(text: str) -> str:
    """Prose without headings, code, formulas, addresses, other lessons' titles and the list of sources."""
    text = re.sub(r"\[[^\]]*\]\([^)]*\.ipynb\)", "", text.split("## Sources")[0])
    return re.sub(r"^#+ .*$|`[^`]*`|\$\$?[^$]+\$\$?", "", text, flags=re.MULTILINE)


def unlinked_terms(text: str, terms: list[str]) -> list[str]:
    """Those glossary terms whose first use in `text` is no link to the glossary."""
    text = running_text(text)
    linked = [(match.span(1), match[2]) for match in LINK.finditer(text)]
    found = []
    for term in terms:
        use = first_use(term, text)
        if use and not any(
            start <= use.start() < end and target == f"glossary.md#{slug(term)}"
            for (start, end), target in linked
        ):
            found.append(term)
    return found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A [score](glossary.md#score) and more scores.", []),
        ("Scores first, then a [score](glossary.md#score).", ["Score"]),
        ("# Score\n\nThe `score` is $score$. A [score](glossary.md#score).", []),
        ("An [interval](glossary.md#score) is no score.", ["Score"]),
        ("Scoreboards and underscore.", []),
        ("Next: [03 · Score](03_score.ipynb). A [score](glossary.md#score).", []),
    ],
)
def test_a_first_use_without_a_link_is_found(text, found):
    assert unlinked_terms(text, ["Score"]) == found


@every_lesson
def test_the_first_use_of_a_glossary_term_links_to_it(name):
    assert unlinked_terms(prose(name), glossary_terms()) == []


def test_the_glossary_is_in_order_and_its_links_lead_somewhere():
    text = (LESSONS / "glossary.md").read_text(encoding="utf-8")
    assert glossary_terms() == sorted(glossary_terms(), key=str.lower)
    assert {target for _, target in LINK.findall(text)} <= {f"#{slug(term)}" for term in glossary_terms()}


@every_lesson
def test_the_readme_lists_the_lesson_with_its_title_and_minutes(name):
    first = source(notebook(name)["cells"][0])
    title = first.splitlines()[0].removeprefix("# ").replace(" · ", " ")
    minutes = re.search(r"\*\*(\d+) minutes\*\*", first)
    assert minutes
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"| [{title}](lessons/{name}.ipynb) | {minutes[1]} |" in readme


def minutes_that_it_takes(name: str) -> float:
    """About how long a learner needs: to read, to look through the code, to guess, to answer and to solve.

    Adults read English non-fiction at 238 words a minute in the mean (Brysbaert 2019, Journal of Memory and
    Language 109); text with numbers in it, and in a second language, more slowly.
    """
    words = len(running_text(prose(name)).split())
    lines = sum(len(source(cell).splitlines()) for cell in cells(name, "code"))
    solved = sum(task.startswith(f"{name}/") for task in exercise_names())
    return words / 180 + lines / 100 + code(name).count("Predict(") + 0.6 * len(load(name)) + 3 * solved


@every_lesson
def test_the_minutes_are_about_what_a_learner_needs(name):
    stated = re.search(r"\*\*(\d+) minutes\*\*", source(notebook(name)["cells"][0]))
    assert stated and int(stated[1]) == pytest.approx(minutes_that_it_takes(name), abs=5)


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "datasets/README.md"])
def test_every_local_link_and_picture_of_a_document_is_there(document):
    path = ROOT / document
    text = re.sub(
        r"^```.*?^```|`[^`\n]+`", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
    )
    targets = re.findall(r"\]\(([^)\s#]+)", text)
    local = [target for target in targets if not re.match(r"[a-z]+:", target)]
    assert [target for target in local if not (path.parent / target).exists()] == []


def test_what_nbval_overlooks_is_what_the_builder_writes_down():
    from configparser import ConfigParser

    parser = ConfigParser()
    parser.read(ROOT / "tests" / "lessons.cfg")
    examples = {
        "<f at 0x7f01aabbccdd>": "<f at 0x0>",
        "/a/ipykernel_12/345.py:3: Warning": "<cell>:3: Warning",
        f"sha256:{'0f' * 32})": "sha256:0)",
        '<div id="sk-container-id-7">': '<div id="sk-element">',
    }
    for before, after in examples.items():
        text = before
        for section in parser.sections():
            text = re.sub(parser[section]["regex"], parser[section]["replace"], text)
        assert text == after
