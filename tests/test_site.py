"""The course as a site: every page, every link, nothing from another host, and what is refused."""

from __future__ import annotations

import json
import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest

from edutools.cli import main
from edutools.course import lessons_folder
from edutools.course.site.build import build
from edutools.course.site.cells import called, code_cell
from edutools.course.site.prose import Prose, page_of, slug
from edutools.course.site.running import Lesson

MOST_BYTES = 1_000_000  # of a page, with all that it loads
LESSONS = sorted(path.stem for path in lessons_folder().glob("[0-9][0-9]_*.ipynb"))
# What makes a browser load something, as against what a reader may follow.
LOADING = {"src", "srcset", "poster", "data", "action", "background"}


class Elements(HTMLParser):
    """Every element of a page with its attributes, and its anchors."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    @property
    def anchors(self) -> list[str]:
        return [attributes["id"] for _, attributes in self.found if "id" in attributes]

    def values(self, *names: str) -> list[str]:
        return [attributes[name] for _, attributes in self.found for name in names if name in attributes]


def pages(site: Path) -> dict[str, Elements]:
    return {
        path.relative_to(site).as_posix(): Elements(path.read_text(encoding="utf-8"))
        for path in sorted(site.rglob("*.html"))
    }


def test_every_lesson_has_its_page_and_a_framed_page_for_it_and_for_each_widget(site):
    for name in LESSONS:
        places = [
            (site / path).read_text(encoding="utf-8").count("<div data-widget=")
            for path in (f"{name}.html", f"embed/{name}.html")
        ]
        framed = list((site / "embed").glob(f"{name}-*.html"))
        assert places == [len(framed)] * 2
        assert len(framed) >= 3  # a prediction, a widget to drag, a quiz


def test_every_link_within_the_site_leads_somewhere(site):
    found = pages(site)
    broken = []
    for name, page in found.items():
        for target in page.values("href", "src"):
            parts = urlsplit(target)
            if parts.scheme:
                continue
            path = (site / name).parent / unquote(parts.path) if parts.path else site / name
            if not path.is_file():
                broken.append((name, target))
            elif parts.fragment and path.suffix == ".html":
                there = found[path.resolve().relative_to(site.resolve()).as_posix()]
                if unquote(parts.fragment) not in there.anchors:
                    broken.append((name, target))
    assert broken == []


def test_no_anchor_stands_twice_on_a_page(site):
    for name, page in pages(site).items():
        assert len(page.anchors) == len(set(page.anchors)), name


def test_nothing_is_loaded_from_another_host(site):
    for name, page in pages(site).items():
        loads = page.values(*LOADING) + [
            attributes["href"] for tag, attributes in page.found if tag == "link" and "href" in attributes
        ]
        assert [each for each in loads if urlsplit(each).scheme not in ("", "data")] == [], name
    for path in (*site.glob("*.css"), site / "site.js"):
        text = path.read_text(encoding="utf-8")
        assert re.findall(r"(?:https?:)?//[\w-]+\.[a-z]{2,}", re.sub(r"/\*.*?\*/|^//.*$", "", text)) == []


def test_a_page_with_all_that_it_loads_stays_small(site):
    # Each lesson loads the styles of its own widgets alone.
    shared = sum(path.stat().st_size for path in (*site.glob("*.css"), site / "site.js"))
    sizes = {path.name: path.stat().st_size + shared for path in site.rglob("*.html")}
    assert {name: size for name, size in sizes.items() if size > MOST_BYTES} == {}
    assert shared + (site / "search-index.js").stat().st_size < MOST_BYTES


def test_a_page_loads_the_style_of_each_of_its_widgets_and_of_no_other(site):
    for name, widgets in {
        "05_evaluate.html": {"confusion_matrix", "group_metrics", "predict", "quiz"},
        "embed/05_evaluate-1.html": {"predict"},
        "glossary.html": set(),
    }.items():
        links = re.findall(
            r'<link rel="stylesheet" href="([^"]+)">', (site / name).read_text(encoding="utf-8")
        )
        up = "../" if name.startswith("embed/") else ""
        assert set(links) == {f"{up}{each}.css" for each in {"site", *widgets}}
        assert all(((site / name).parent / each).is_file() for each in links)


def test_code_stands_on_a_page_as_written_and_only_coloured_words_have_an_element():
    source = 'def double(x):\n    """Twice."""\n    return 2 * x  # <b>\n\nprint(f"{double(1)} & more")\n'
    lesson = Lesson("00_x", [{"cell_type": "markdown", "metadata": {}, "source": "# 00 · X"}], {})
    shown = code_cell({"metadata": {}, "source": source, "outputs": []}, lesson)
    assert unescape(re.sub(r"<[^>]+>", "", shown)).strip() == source.strip()
    words = dict.fromkeys(re.findall(r'<span class="\w+">([^<]+)</span>', shown))
    assert {"def", "double", "return", "2"} <= set(words)
    assert not {"print", "x", "(", ":", " "} & set(words)


def test_what_widgets_share_stands_once_on_a_page(site):
    for path in site.rglob("*.html"):
        content = path.read_text(encoding="utf-8")
        alive = int("data-widget" in content)
        assert content.count("const widgets = {") == content.count("const texts = {") == alive, path.name
        assert content.count('href="#edutools-script"') == content.count('id="edutools-script"') == alive


def test_the_search_knows_every_lesson_and_every_word_of_the_glossary(site):
    index = (site / "search-index.js").read_text(encoding="utf-8")
    sections = json.loads(index.removeprefix("globalThis.edutoolsSections = ").rstrip(";\n"))
    assert {page.removesuffix(".html") for page, *_ in sections} >= {*LESSONS, "glossary", "datasheet"}
    terms = re.findall(r"^## (.+)$", (lessons_folder() / "glossary.md").read_text(encoding="utf-8"), re.M)
    assert {heading for page, _, _, heading, _ in sections if page == "glossary.html"} >= set(terms)
    found = pages(site)
    assert all(anchor in found[page].anchors for page, anchor, *_ in sections)


def test_an_exercise_says_that_it_needs_python(site):
    for name in LESSONS:
        source = nbformat.read(lessons_folder() / f"{name}.ipynb", as_version=4)
        checks = sum("check" in called(cell.source) for cell in source.cells if cell.cell_type == "code")
        page = (site / f"{name}.html").read_text(encoding="utf-8")
        assert checks > 0
        assert page.count('data-test="needs-python"') == checks
        assert f"lessons/{name}.ipynb" in page


def test_what_a_cell_calls_is_found_beside_magic_commands():
    assert {"check", "print"} <= called("%matplotlib inline\nprint(task.check(1))\n!ls")


def test_the_code_of_a_prediction_is_folded_since_it_holds_the_answer():
    lesson = Lesson("00_x", [{"cell_type": "markdown", "metadata": {}, "source": "# 00 · X"}], {})
    guess = {"metadata": {}, "source": "Predict('How many?', answer=7)", "outputs": []}
    folded = Elements(code_cell(guess, lesson)).found
    assert [tag for tag, _ in folded][:3] == ["div", "details", "summary"]
    assert not any(tag == "details" and "open" in attributes for tag, attributes in folded)


def test_a_published_lesson_leads_to_colab():
    address = "https://colab.research.google.com/github/someone/some/blob/v1/lessons/00_x.ipynb"
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": "# 00 · X"},
        {"cell_type": "markdown", "metadata": {"tags": ["badge"]}, "source": f"[![Open](x.svg)]({address})"},
    ]
    lesson = Lesson("00_x", cells, {})
    assert lesson.colab == address
    check = {"metadata": {}, "source": "task.check(1)", "outputs": []}
    assert f'href="{address}"' in code_cell(check, lesson)
    assert "<a" not in code_cell(check, Lesson("00_x", cells[:1], {}))


def test_what_a_cell_holds_becomes_text_or_is_escaped():
    lesson = Lesson("00_x", [{"cell_type": "markdown", "metadata": {}, "source": "# X"}], {})
    hostile = "<img src=x onerror=alert(1)>"
    cell = {
        "metadata": {},
        "source": f"print({hostile!r})",
        "outputs": [
            {"output_type": "stream", "name": "stdout", "text": hostile},
            {"output_type": "error", "ename": hostile, "evalue": hostile, "traceback": []},
            {"output_type": "execute_result", "data": {"text/plain": hostile}, "metadata": {}},
            {
                "output_type": "display_data",
                "data": {"image/png": "AA=="},
                "metadata": {"image/png": {"alt": '"><script>'}},
            },
        ],
    }
    elements = Elements(code_cell(cell, lesson)).found
    assert [tag for tag, _ in elements if tag in {"script"}] == []
    assert [attributes for tag, attributes in elements if tag == "img"] == [
        {"class": "site-picture", "alt": '"><script>', "src": "data:image/png;base64,AA=="}
    ]
    prose = Elements(
        Prose().html(f"{hostile}\n\n[a](javascript:alert(1))\n\n## {hostile}\n\n<script>1</script>")
    )
    assert {tag for tag, _ in prose.found} <= {"p", "h2"}


def test_links_of_the_repository_become_the_site_s():
    assert page_of("05_evaluate.ipynb") == "05_evaluate.html"
    assert page_of("05_evaluate.ipynb#learn") == "05_evaluate.html#learn"
    assert page_of("glossary.md#auc") == "glossary.html#auc"
    assert page_of("../datasets/README.md") == "datasheet.html"
    assert page_of("https://example.org/a.md") == "https://example.org/a.md"


def test_an_anchor_is_as_github_makes_it_and_never_given_twice():
    assert slug("Who is *in* it, & why?") == "who-is-in-it--why"
    prose = Prose()
    assert 'id="predict"' in prose.html("## Predict\n\nOne.")
    assert 'id="predict-again-1"' in prose.html("## Predict\n\nTwo **words**.")
    assert [(each.anchor, each.words) for each in prose.sections] == [
        ("predict", "One. "),
        ("predict-again-1", "Two words. "),
    ]


def test_a_formula_is_mathml_and_a_price_is_not():
    html = Prose().html(r"From 10$ to 20$, and $$\frac{a}{b}$$")
    assert html.count("<math") == 1
    assert "From 10$ to 20$" in html


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(ValueError, match="must be a new folder or a site built before"):
        build(tmp_path)
    assert (tmp_path / "thesis.txt").read_text(encoding="utf-8") == "years of work"
    with pytest.raises(ValueError, match="must be a folder, got the file"):
        build(tmp_path / "thesis.txt")


def test_the_command_says_what_it_refuses(tmp_path, capsys):
    (tmp_path / "mine").write_text("", encoding="utf-8")
    assert main(["site", str(tmp_path)]) == 1
    assert "edutools site: `OUT` must be a new folder" in capsys.readouterr().err


def test_the_command_names_what_it_needs(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("edutools.cli.find_spec", lambda name: None if name == "markdown_it" else name)
    assert main(["site", str(tmp_path / "out")]) == 1
    assert "python -m pip install markdown-it-py" in capsys.readouterr().err
