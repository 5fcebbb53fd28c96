"""Widgets in JupyterLab 4, by mouse and by real keys, with a kernel behind them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from edutools import choose_thresholds
from tests.browser.jupyterlab import (
    LATE,
    Lab,
    active_cell,
    cell_count,
    lab,
    outputs,
    run_cell,
    set_theme,
)
from tests.browser.reading import cells_of, cells_on, drag, focus, named, option, threshold_of
from tests.examples import multinomial_counts

TRIES = 40
PATIENCE = 30_000  # milliseconds

WIDGETS = """
import json
from edutools import ConfusionMatrix, GroupMetrics, Predict, Quiz, ThresholdCounts
counts = ThresholdCounts.from_dict(json.loads('''{counts}'''))
sliders = GroupMetrics(counts, gain=300, loss=700)
matrix = ConfusionMatrix(counts)
quiz = Quiz([
    {{"id": "t/one", "type": "multiple_choice", "question": "Which?", "answers": [
        {{"answer": "this", "correct": True, "feedback": "Yes."}},
        {{"answer": "that", "correct": False, "feedback": "No."}}]}},
    {{"id": "t/two", "type": "string", "question": "Say b.",
      "answers": [{{"answer": "b", "correct": True}}]}},
])
guess = Predict("How many?", answer=7, low=0, high=10, reveal="Seven it is.")
"""
STATE = """print(json.dumps({
    "thresholds": sliders.thresholds, "criterion": sliders.criterion, "locked": sliders.locked,
    "threshold": matrix.threshold, "group": matrix.group, "metric": matrix.metric,
    "normalize": matrix.normalize, "score": quiz.score,
    "guess": guess.guess, "committed": guess.committed}))"""
ASSIGN = """sliders.thresholds = {"region 1": 0.25, "region 2": float("inf")}
matrix.threshold, matrix.group, matrix.normalize = 0.75, "region 2", "true"
"""
SLIDERS, MATRIX, QUIZ, GUESS, READ, SET, CHOOSE = range(1, 8)
COUNTS = multinomial_counts(600)
NO_TIME = """const timeout = AbortSignal.timeout.bind(AbortSignal);
AbortSignal.timeout = (ms) => timeout(ms === 2000 ? 0 : ms);"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One server for this module, on notebooks that its tests write."""
    with lab(tmp_path_factory.mktemp("notebooks"), tmp_path_factory.mktemp("private")) as running:
        yield running


@pytest.fixture(scope="module")
def page(server: Lab, browser: Browser) -> Iterator[Page]:
    """One page for this module; nothing may go wrong in it, and it may ask no other host."""
    context = browser.new_context(viewport={"width": 1300, "height": 1000})
    page = context.new_page()
    wrongs = server.wrongs_in(page)
    yield page
    context.close()
    assert wrongs == []


@pytest.fixture(scope="module")
def play(server: Lab, page: Page) -> Page:
    """A notebook with the four widgets, run."""
    cells = [
        WIDGETS.format(counts=json.dumps(COUNTS.to_dict())),
        "sliders",
        "matrix",
        "quiz",
        "guess",
        STATE,
        ASSIGN,
    ]
    name = server.write("play.ipynb", *cells, 'sliders.criterion = "demographic_parity"')
    server.open(page, name)
    for place in range(READ):
        run_cell(page, place)
    expect(page.locator(".edu-root")).to_have_count(4)
    return page


def python_sees(page: Page, **expected: Any) -> None:
    """Wait until the kernel's widgets have these values; the browser sends a move once it has rested."""
    for _ in range(TRIES):
        state = json.loads(run_cell(page, READ))
        seen = {name: state[name] for name in expected}
        if seen == expected:
            break
    assert seen == expected


def root(page: Page, name: str):
    return page.locator(f".edu-root.edu-{name}")


def test_a_dragged_slider_moves_the_page_and_python(play):
    sliders = root(play, "group_metrics")
    drag(play, named(sliders, "threshold-0"), 0.5, 0.8)
    threshold = threshold_of(named(sliders, "threshold-0"))
    assert threshold == pytest.approx(0.8, abs=0.01)
    python_sees(play, thresholds={"region 1": threshold, "region 2": 0.5}, criterion=None)
    matrix = root(play, "confusion_matrix")
    drag(play, named(matrix, "threshold"), 0.5, 0.3)
    threshold = threshold_of(named(matrix, "threshold"))
    assert cells_on(matrix) == cells_of(COUNTS.at(threshold).overall)
    python_sees(play, threshold=threshold)


@pytest.mark.parametrize(
    ("widget", "slider"), [("group_metrics", "threshold-1"), ("confusion_matrix", "threshold")]
)
def test_arrow_home_and_end_keys_reach_a_slider_and_jupyterlab_takes_none(play, widget, slider):
    handle = named(root(play, widget), slider)
    focus(handle)
    active = active_cell(play)
    for key, threshold in [("Home", 0), ("ArrowRight", 0.001), ("ArrowUp", 0.002), ("ArrowLeft", 0.001)]:
        play.keyboard.press(key)
        expect(handle).to_be_focused()
        assert threshold_of(handle) == threshold
    play.keyboard.press("End")
    assert threshold_of(handle) == float("inf")
    assert active_cell(play) == active, "an arrow key must not choose another cell"
    if widget == "confusion_matrix":
        python_sees(play, threshold=float("inf"))
    else:
        first = threshold_of(named(root(play, widget), "threshold-0"))
        python_sees(play, thresholds={"region 1": first, "region 2": float("inf")})


def test_letters_typed_in_a_widget_run_no_command_of_jupyterlab(play):
    cells = cell_count(play)
    fields = [
        named(root(play, "group_metrics"), "gain"),
        named(root(play, "confusion_matrix"), "loss"),
        named(root(play, "confusion_matrix"), "threshold"),
        named(root(play, "quiz"), "line"),
        named(root(play, "predict"), "slider"),
    ]
    for field in fields:
        focus(field)
        for letter in "abmdd":  # cell above, cell below, to Markdown, delete
            play.keyboard.press(letter)
        expect(field).to_be_focused()
        assert cell_count(play) == cells
    expect(named(root(play, "quiz"), "line")).to_have_value("abmdd")
    play.keyboard.press("Escape")
    assert cell_count(play) == cells


def test_choices_by_mouse_and_keys_reach_python(play):
    sliders, matrix = root(play, "group_metrics"), root(play, "confusion_matrix")
    focus(named(sliders, "criterion-equal_opportunity"))
    play.keyboard.press("Enter")
    choice = choose_thresholds(COUNTS, "equal_opportunity", gain=300, loss=700)
    python_sees(play, criterion="equal_opportunity", thresholds=choice.thresholds)
    focus(named(sliders, "locked"))
    play.keyboard.press("Space")
    option(matrix, "group-region 1").click()
    named(matrix, "metric-precision").click()
    focus(named(matrix, "normalize-counts"))
    play.keyboard.press("ArrowRight")
    python_sees(play, group="region 1", metric="precision", normalize="true", locked=True, criterion=None)
    focus(named(matrix, "normalize-true"))
    play.keyboard.press("ArrowLeft")
    focus(named(sliders, "locked"))
    play.keyboard.press("Space")
    python_sees(play, normalize=None, locked=False)


def test_what_python_assigns_moves_the_widgets(play):
    sliders, matrix = root(play, "group_metrics"), root(play, "confusion_matrix")
    run_cell(play, SET)
    expect(named(sliders, "threshold-0")).to_have_attribute("aria-valuetext", "0.25")
    expect(named(sliders, "threshold-1")).to_have_attribute("aria-valuetext", "nobody")
    assert cells_on(sliders, "cell-0") == cells_of(COUNTS.at(0.25), 0)
    rows = COUNTS.positives[1] + COUNTS.negatives[1]
    heading = f"region 2: {rows} rows, positive from a score of 0.75"
    expect(named(matrix, "heading")).to_have_text(heading)
    expect(named(matrix, "normalize-true")).to_be_checked()
    run_cell(play, CHOOSE)
    expect(named(sliders, "criterion-demographic_parity")).to_have_attribute("aria-pressed", "true")


PLAN = """
import json
from edutools import SamplingPlan, make_loans
plan = SamplingPlan(
    make_loans(300, missingness=0, entry_errors=0), label="repaid", sensitive_features="gender",
    features=["income"], channels={"call": {"woman": 1, "man": 1}}, asked={"call": 50}, include_rows=True)
"""
READ_PLAN = "print(json.dumps([plan.asked['call'], plan.seed, plan.trail, len(plan.sample_index)]))"


def test_quiz_and_prediction_answer_back_and_reach_python(play):
    quiz, guess = root(play, "quiz"), root(play, "predict")
    focus(named(quiz, "option-1").first)
    play.keyboard.press("Space")
    play.keyboard.press("ArrowUp")
    python_sees(play, score=0.0)
    quiz.get_by_role("button", name="Check").first.click()
    expect(named(quiz, "said").first).to_contain_text("Right")
    line = named(quiz, "line")
    line.fill("")
    line.click()
    play.keyboard.type("b")
    play.keyboard.press("Enter")
    expect(named(quiz, "score")).to_contain_text("2 of 2 points")
    python_sees(play, score=1.0)
    slider = named(guess, "slider")
    focus(slider)
    play.keyboard.press("Home")
    for _ in range(4):
        play.keyboard.press("ArrowRight")
    expect(named(guess, "guess")).to_have_text("4")
    named(guess, "commit").click()
    expect(named(guess, "said")).to_contain_text("You said 4; it is 7: your guess was 3 too low.")
    python_sees(play, guess=4, committed=True)


@pytest.mark.parametrize(("scheme", "other"), [("light", "dark"), ("dark", "light")])
def test_axe_finds_nothing_in_either_theme(play, axe_violations, scheme, other):
    # JupyterLab's theme counts, whatever the reader's system prefers.
    play.emulate_media(color_scheme=other)
    set_theme(play, scheme)
    papers = play.locator(".edu-root").evaluate_all(
        "roots => roots.map(root => getComputedStyle(root).backgroundColor)"
    )
    paper = play.locator(".jp-Notebook").evaluate("node => getComputedStyle(node).backgroundColor")
    assert papers == [paper] * 4
    assert axe_violations(play) == []


# These open another notebook on the module's page, so they come last.


def test_a_plan_that_is_moved_and_drawn_again_is_python_s_too(server, page):
    server.open(page, server.write("plan.ipynb", PLAN, "plan", READ_PLAN, 'plan.asked = {"call": 7}'))
    for place in (0, 1):
        run_cell(page, place)

    def python_has(*expected):
        for _ in range(TRIES):
            seen = json.loads(run_cell(page, 2))
            if seen == list(expected):
                break
        assert seen == list(expected)

    drawn = named(page, "drawn")
    focus(named(page, "asked-0"))
    page.keyboard.press("ArrowRight")
    python_has(51, 0, [], 51)
    for _ in range(2):
        named(page, "again").click()
    expect(drawn).to_have_text("51 of 152 people are asked (draw 2).")
    python_has(51, 2, [0, 1], 51)
    run_cell(page, 3)
    expect(drawn).to_have_text("7 of 152 people are asked (draw 2).")
    python_has(7, 2, [], 7)


FLOW = """
import json
from edutools import DataFlow, load_loans
loans = load_loans()
flow = DataFlow(sensitive_features="gender", label="repaid")
flow.record("collected", loans)
"""
READ_FLOW = "print(json.dumps([flow.stage, flow.compared_with]))"


def test_a_stage_that_is_recorded_while_the_cards_are_shown_appears_and_opens(server, page):
    record = 'flow.record("complete", loans.dropna()); flow.record("young", loans[loans["age"] < 30])'
    again = 'flow.record("complete", loans.iloc[:10])'
    server.open(page, server.write("flow.ipynb", FLOW, "flow", record, READ_FLOW, again))
    for place in (0, 1):
        run_cell(page, place)
    expect(named(page, "heading")).to_have_text("collected: 1,000 rows × 10 columns")
    run_cell(page, 2)
    assert outputs(page)[2] == [], "a cell that records shows nothing"
    expect(page.locator(".edu-flow strong")).to_have_text(["collected", "complete", "young"])
    expect(named(page, "heading")).to_have_text(re.compile("^young: "))
    focus(named(page, "stage-2"))
    page.keyboard.press("ArrowLeft")
    named(page, "compared-with").select_option(label="young")
    for _ in range(TRIES):
        seen = json.loads(run_cell(page, 3))
        if seen == ["complete", "young"]:
            break
    assert seen == ["complete", "young"]
    run_cell(page, 4)
    expect(named(page, "heading")).to_have_text("complete: 10 rows × 10 columns")
    expect(page.locator(".edu-flow strong")).to_have_text(["collected", "complete", "young"])


WHAT_IF = """
import json
import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from edutools import WhatIf
rng = np.random.default_rng(0)
table = pd.DataFrame({"income": rng.integers(10, 60, 300) * 1000, "age": rng.integers(18, 80, 300)})
repaid = (table["income"] + rng.normal(0, 8000, 300) > 30_000).astype(int)
forest = RandomForestClassifier(50, random_state=0).fit(table, repaid)
what_if = WhatIf.from_estimator(forest, table, row={"income": 25_000, "age": 30}, changeable=["income"])
"""
READ_WHAT_IF = """print(json.dumps([what_if.what_if, what_if._decided(), what_if._flipped()[0],
    [what_if._signed(each) for each in what_if.contributions["contribution"]], what_if._asked]))"""


def test_a_model_that_only_the_kernel_can_ask_moves_with_the_slider(server, page):
    slow = "import time; time.sleep(6)"
    again = 'what_if.what_if = {"age": 70}'
    server.open(page, server.write("what_if.ipynb", WHAT_IF, "what_if", READ_WHAT_IF, again, slow))
    for place in (0, 1):
        run_cell(page, place)
    income = named(page, "slider-0")
    expect(named(page, "decision")).to_contain_text("refused")

    def agrees() -> list[Any]:
        """Wait until the page is at rest, and shows what Python says of the values in it."""
        # How fast it is, the benchmark `asking` says; a busy machine may take long over a forest.
        expect(named(page, "note")).to_have_text("", timeout=PATIENCE)
        expect(page.locator(".edu-what_if .edu-waiting")).to_have_count(0, timeout=PATIENCE)
        state = json.loads(run_cell(page, 2))
        expect(named(page, "decision")).to_have_text(state[1])
        expect(named(page, "flip")).to_have_text(state[2])
        for place, amount in enumerate(state[3]):
            expect(named(page, f"contribution-{place}")).to_have_text(
                amount.replace("0.000", "0.000"), timeout=500
            )
        return state

    assert agrees()[0] == {}
    focus(income)
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    moved = agrees()
    assert moved[0] == {"income": 27_000}
    assert 1 <= moved[4] <= 20, "never more requests than moves"
    focus(income)
    page.keyboard.press("End")
    assert "approved" in agrees()[1]
    assert cell_count(page) == 5
    drag(page, income, 0.7, 0.1)
    assert agrees()[0]["income"] < 20_000
    named(page, "make").click()
    assert "approved" in agrees()[1]
    run_cell(page, 3)
    assert agrees()[0] == {"age": 70}
    # A kernel that is busy: what is shown is said to be computing, then to be old, and comes at last.
    page.evaluate(
        "() => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = 4; "
        "window.jupyterapp.commands.execute('notebook:run-cell'); }"
    )
    focus(income)
    page.keyboard.press("End")
    expect(named(page, "note")).to_have_text("computing …")
    expect(named(page, "note")).to_contain_text("No answer for 3 seconds", timeout=5_000)
    expect(named(page, "note")).to_have_text("", timeout=15_000)
    assert agrees()[0]["income"] > 55_000


def test_what_a_busy_kernel_has_not_kept_yet_is_said_until_it_has(server, page):
    made = """
from edutools import Predict, Quiz
say_b = {"type": "string", "question": "Say b.", "answers": [{"answer": "b", "correct": True}]}
quiz = Quiz([{"id": "t/busy", **say_b}])
guess = Predict("How many?", answer=7, low=0, high=10, item="t/busy-guess")"""
    server.open(page, server.write("busy.ipynb", made, "quiz", "guess", "import time; time.sleep(7)"))
    for place in range(3):
        run_cell(page, place)
    page.evaluate(
        "() => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = 3; "
        "window.jupyterapp.commands.execute('notebook:run-cell'); }"
    )
    quiz, guess = root(page, "quiz"), root(page, "predict")
    named(quiz, "line").fill("b")
    named(quiz, "check").click()
    named(guess, "commit").click()
    expect(named(quiz, "said")).to_contain_text("Right")
    for widget in (quiz, guess):
        expect(named(widget, "unkept")).to_be_visible()
    for widget in (quiz, guess):
        expect(named(widget, "unkept")).to_be_hidden(timeout=15_000)


def test_a_widget_that_loads_late_hears_python_all_the_same(server, browser):
    page = browser.new_page()
    late: list[str] = []
    page.on("pageerror", lambda error: late.append(str(error)))
    page.add_init_script(NO_TIME)
    say_b = '{"type": "string", "question": "Say b.", "answers": [{"answer": "b", "correct": True}]}'
    made = WIDGETS.format(counts=json.dumps(COUNTS.to_dict())) + ASSIGN
    made += f'quiz = Quiz([{{"id": "t/late", **{say_b}}}])'
    again = "matrix.threshold = 0.25"
    server.open(page, server.write("late.ipynb", made, "sliders", "matrix", "quiz", again))
    for place in range(5):
        run_cell(page, place)
    sliders, quiz, matrix = (root(page, name) for name in ("group_metrics", "quiz", "confusion_matrix"))
    # What Python said before the widget was drawn, what it said afterwards, and what it answers.
    expect(named(sliders, "threshold-0")).to_have_attribute("aria-valuetext", "0.25")
    expect(named(matrix, "heading")).to_contain_text("positive from a score of 0.25")
    named(quiz, "line").fill("b")
    named(quiz, "check").click()
    expect(named(quiz, "said")).to_contain_text("Right")
    expect(named(quiz, "unkept")).to_be_hidden()
    assert len(late) >= 3 and all(LATE in each for each in late), "the test must meet what it is about"
    page.close()
