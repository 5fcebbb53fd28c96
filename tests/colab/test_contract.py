"""Over Colab's pins the course installs in seconds, changes none, and its lessons and widgets run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from edutools import choose_thresholds
from tests.browser.jupyterlab import LATE, assert_every_widget_shows
from tests.browser.reading import cells_of, cells_on, drag, focus, named, threshold_of
from tests.browser.test_jupyterlab import ASSIGN, COUNTS, READ, SET, STATE, WIDGETS
from tests.colab.classic import Classic, classic, outputs, run_all, run_cell
from tests.colab.environment import (
    PINS,
    ROOT,
    Installed,
    build_wheel,
    install,
    pins_for,
    python_like_colabs,
)

MOST_ADDED = 2
TRIES = 40
LESSONS = sorted(path.stem for path in (ROOT / "lessons").glob("[0-9][0-9]_*.ipynb"))
# `python -m tests.colab` shows each in classic Notebook; nbval runs each in any case.
SHOWN = LESSONS if os.environ.get("EDUTOOLS_COLAB_LESSONS") == "every" else ["05_evaluate"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Colab's pins, and a lesson's set-up cell run over them as Colab runs it."""
    where = os.environ.get("EDUTOOLS_COLAB_FOLDER")
    return install(
        os.environ.get("EDUTOOLS_COLAB_PYTHON") or python_like_colabs(),
        tmp_path_factory.mktemp("colab"),
        environment=Path(where) if where else None,
    )


def test_every_pin_is_what_colab_has_or_the_nearest_that_this_python_can_have(installed):
    version = installed.colab.run("-c", "import sys; print(*sys.version_info[:2])").stdout.split()
    nearest = [pin for pin in pins_for((int(version[0]), int(version[1]))) if "==" not in pin]
    there = {pin.name: installed.before[pin.name] for pin in PINS}
    print(f"\nPython {'.'.join(version)}, {there}; not Colab's own: {nearest or 'none'}")
    assert [pin.name for pin in PINS if there[pin.name] not in pin.specifier] == [
        each.split("<")[0] for each in nearest
    ]


def test_the_set_up_cell_changes_nothing_that_was_there_and_needs_no_restart(installed):
    assert installed.changed == {}
    assert installed.rows == 1000, "the same process has it, without a restart"


def test_it_adds_two_packages_at_most(installed):
    # How long it may take, the benchmark `installing` says, on a machine that does nothing else.
    print(f"\ninstalled in {installed.seconds:.1f} s; added: {sorted(installed.added)}")
    assert len(installed.added) <= MOST_ADDED


def test_the_extra_of_a_notebook_asks_for_nothing_more(installed, tmp_path):
    installed.colab.pip(f"edutools[course] @ {build_wheel(tmp_path).as_uri()}")
    assert installed.colab.installed() == installed.after


@pytest.fixture(scope="module")
def lessons(installed: Installed) -> Path:
    """The lessons that the wheel brought."""
    where = installed.colab.run("-c", "from edutools.course import lessons_folder as f; print(f())")
    return Path(where.stdout.strip())


def test_every_lesson_runs_and_prints_what_it_printed(installed, lessons, tmp_path):
    # Every cell that prints is compared (nbval's strict way), not only those that print figures.
    for name in LESSONS:
        shutil.copy(lessons / f"{name}.ipynb", tmp_path)
    how = [
        "--nbval",
        "--nbval-current-env",
        f"--nbval-sanitize-with={ROOT / 'tests/lessons.cfg'}",
    ]
    also = ["-q", "-p", "no:cacheprovider", "-n", "2", "--dist", "loadfile", f"--rootdir={tmp_path}"]
    done = installed.colab.run("-m", "pytest", *also, *how, tmp_path)
    assert done.returncode == 0, done.stdout[-6000:]
    print("\n" + done.stdout.strip().splitlines()[-1])


@pytest.fixture(scope="module")
def server(
    installed: Installed, lessons: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Classic]:
    """One server for this module, on copies of the lessons."""
    folder = tmp_path_factory.mktemp("lessons")
    for name in LESSONS:
        shutil.copy(lessons / f"{name}.ipynb", folder)
    with classic(installed.colab, folder) as running:
        yield running


@pytest.fixture
def page(server: Classic, browser: Browser) -> Iterator[Page]:
    """A page of its own, whose kernel ends with it; nothing may go wrong in it."""
    page = browser.new_page(viewport={"width": 1300, "height": 1000})
    wrongs: list[str] = []
    page.on("pageerror", lambda error: LATE in str(error) or wrongs.append(str(error)))
    yield page
    page.evaluate("() => new Promise(done => window.Jupyter.notebook.session.delete(done, done))")
    page.close()
    assert wrongs == []


@pytest.mark.parametrize("lesson", SHOWN)
def test_a_lesson_runs_in_classic_notebook_and_every_widget_of_it_appears(server, page, lesson):
    server.open(page, f"{lesson}.ipynb")
    run_all(page)
    assert_every_widget_shows(page, outputs(page))


def test_widgets_in_classic_notebook_are_dragged_typed_at_and_answered_and_python_knows(server, page):
    made = WIDGETS.format(counts=json.dumps(COUNTS.to_dict()))
    choose = 'sliders.criterion = "demographic_parity"'
    cells = [made, "sliders", "matrix", "quiz", "guess", STATE, ASSIGN, choose]
    server.open(page, server.write("play.ipynb", *cells))
    for place in range(READ):
        run_cell(page, place)
    sliders, matrix = root(page, "group_metrics"), root(page, "confusion_matrix")
    drags(page, sliders, matrix)
    keys_reach_it(page, matrix)
    answers(page, root(page, "quiz"))
    hears_python(page, sliders, matrix)


def root(page: Page, name: str) -> Locator:
    return page.locator(f".edu-root.edu-{name}")


def python_sees(page: Page, **expected) -> None:
    for _ in range(TRIES):
        state = json.loads(run_cell(page, READ))
        seen = {name: state[name] for name in expected}
        if seen == expected:
            break
    assert seen == expected


def drags(page: Page, sliders: Locator, matrix: Locator) -> None:
    drag(page, named(sliders, "threshold-0"), 0.5, 0.8)
    threshold = threshold_of(named(sliders, "threshold-0"))
    assert threshold == pytest.approx(0.8, abs=0.02)
    python_sees(page, thresholds={"region 1": threshold, "region 2": 0.5})
    drag(page, named(matrix, "threshold"), 0.5, 0.3)
    threshold = threshold_of(named(matrix, "threshold"))
    assert cells_on(matrix) == cells_of(COUNTS.at(threshold).overall)
    python_sees(page, threshold=threshold)


def keys_reach_it(page: Page, matrix: Locator) -> None:
    """Arrow keys and letters stay with the widget: classic Notebook takes none for its commands."""
    count = page.locator(".cell").count()
    focus(named(matrix, "threshold"))
    for key, threshold in [("Home", 0), ("ArrowRight", 0.001), ("ArrowUp", 0.002), ("ArrowLeft", 0.001)]:
        page.keyboard.press(key)
        expect(named(matrix, "threshold")).to_be_focused()
        assert threshold_of(named(matrix, "threshold")) == threshold
    for letter in "abmdd":  # cell above, cell below, to Markdown, delete
        page.keyboard.press(letter)
    assert page.locator(".cell").count() == count
    python_sees(page, threshold=0.001)


def answers(page: Page, quiz: Locator) -> None:
    focus(named(quiz, "option-1").first)
    page.keyboard.press("Space")
    page.keyboard.press("ArrowUp")
    quiz.get_by_role("button", name="Check").first.click()
    expect(named(quiz, "said").first).to_contain_text("Right")
    named(quiz, "line").click()
    page.keyboard.type("b")
    page.keyboard.press("Enter")
    expect(named(quiz, "score")).to_contain_text("2 of 2 points")
    python_sees(page, score=1.0)


def hears_python(page: Page, sliders: Locator, matrix: Locator) -> None:
    run_cell(page, SET)
    expect(named(sliders, "threshold-0")).to_have_attribute("aria-valuetext", "0.25")
    rows = COUNTS.positives[1] + COUNTS.negatives[1]
    heading = f"region 2: {rows} rows, positive from a score of 0.75"
    expect(named(matrix, "heading")).to_have_text(heading)
    focus(named(sliders, "criterion-equal_opportunity"))
    page.keyboard.press("Enter")
    choice = choose_thresholds(COUNTS, "equal_opportunity", gain=300, loss=700)
    python_sees(page, criterion="equal_opportunity", thresholds=choice.thresholds)


def test_the_doctor_finds_what_is_broken_there_and_its_command_mends_it(installed):
    """Last, since it leaves another version behind."""

    def doctor() -> tuple[int, str]:
        done = installed.colab.run("-m", "edutools.cli", "doctor")
        return done.returncode, done.stdout

    status, said = doctor()
    assert status == 0, said
    assert "classic Notebook 6.5.7: widgets can show" in said
    installed.colab.pip("anywidget==0.9.13")
    status, said = doctor()
    assert status == 1
    assert "anywidget          0.9.13     too old" in said
    command = said.strip().splitlines()[-1].strip()
    subprocess.run(command, shell=True, check=True, capture_output=True, env=installed.colab.environment)
    status, said = doctor()
    assert status == 0, said
