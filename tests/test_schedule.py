"""When a question is asked again, judged by the FSRS library driven by hand."""

from __future__ import annotations

import json
import random
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from fsrs import Card, Rating, Scheduler

from edutools import Quiz, events, review
from edutools.course import schedule
from edutools.widgets.questions import load

LESSON = "00_start_here"
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
CHOICE = next(question for question in load(LESSON) if question["type"] == "multiple_choice")
RIGHT = [option["correct"] for option in CHOICE["options"]].index(True)
WRONG = (RIGHT + 1) % len(CHOICE["options"])


@pytest.fixture
def at(monkeypatch):
    """Set the clock to so many days after the start."""

    def set_clock(days: float) -> datetime:
        moment = START + timedelta(days=days)
        monkeypatch.setenv("EDUTOOLS_CLOCK", moment.isoformat())
        return moment

    set_clock(0)
    return set_clock


def by_hand(*graded: tuple[Rating, datetime]) -> Card:
    scheduler = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)
    card = Card(card_id=1)
    for rating, moment in graded:
        card, _ = scheduler.review_card(card, rating, moment)
    return card


def answer(*tries, fresh=False):
    quiz = Quiz([CHOICE["id"]], fresh=fresh)
    for each in tries:
        quiz.answers = {CHOICE["id"]: each}


@pytest.mark.parametrize(
    ("tries", "rating"),
    [((RIGHT,), Rating.Good), ((WRONG, RIGHT), Rating.Hard), ((WRONG,), Rating.Again)],
)
def test_the_tries_of_an_asking_grade_it(at, tries, rating):
    answer(*tries)
    (found,) = schedule.remembered()
    assert (found.id, found.lesson, found.tries) == (CHOICE["id"], LESSON, len(tries))
    assert found.due == by_hand((rating, START)).due
    assert found.recall == pytest.approx(1)


def test_a_right_answer_only_at_the_third_try_is_graded_as_forgotten(at):
    others = [place for place in range(len(CHOICE["options"])) if place != RIGHT]
    answer(others[0], others[1], RIGHT)
    assert schedule.remembered()[0].due == by_hand((Rating.Again, START)).due


def test_reviews_space_a_question_out_as_the_library_does(at):
    graded = [(Rating.Good, START)]
    answer(RIGHT)
    for day, tries, rating in [
        (3, (RIGHT,), Rating.Good),
        (20, (WRONG, RIGHT), Rating.Hard),
        (50, (WRONG,), Rating.Again),
        (52, (RIGHT,), Rating.Good),
    ]:
        graded.append((rating, at(day)))
        answer(*tries, fresh=True)
        (found,) = schedule.remembered()
        assert found.due == by_hand(*graded).due
    moment = at(60)
    card = by_hand(*graded)
    assert schedule.remembered()[0].recall == pytest.approx(Scheduler().get_card_retrievability(card, moment))


def test_a_second_wrong_try_is_no_second_asking(at):
    answer(WRONG)
    at(0.01)
    quiz = Quiz([CHOICE["id"]])  # the cell is run again: the first try still stands
    quiz.answers = {CHOICE["id"]: RIGHT}
    assert schedule.remembered()[0].due == by_hand((Rating.Hard, START)).due


def test_nothing_is_due_before_its_time_and_the_likeliest_forgotten_comes_first(at):
    bank = [question for question in load(LESSON) if question["type"] == "multiple_choice"][:2]
    for question, right in zip(bank, (True, False), strict=True):
        options = [option["correct"] for option in question["options"]]
        Quiz([question["id"]]).answers = {question["id"]: options.index(right)}
    assert schedule.due() == []
    at(0.9)
    assert schedule.due() == []
    at(1.01)
    assert [each.id for each in schedule.due()] == [bank[1]["id"]]
    at(9)
    assert [each.id for each in schedule.due()] == [bank[1]["id"], bank[0]["id"]]
    at(0)
    assert len(schedule.due(moment=START + timedelta(days=9))) == 2


def test_events_that_fit_no_question_are_passed_over(at):
    events.record(CHOICE["id"], "quiz", "not a dict")
    events.record(CHOICE["id"], "quiz", {"answer": 99})
    events.record("00_start_here/long-gone", "quiz", {"answer": 0})
    events.record("elsewhere/item", "quiz", {"answer": 0})
    assert schedule.remembered() == []
    answer(RIGHT)
    assert len(schedule.remembered()) == 1


def test_answers_kept_before_tries_were_numbered_are_one_asking(at):
    for place in (WRONG, RIGHT):
        events.record(CHOICE["id"], "quiz", {"answer": place, "right": place == RIGHT, "misconceptions": []})
    assert schedule.remembered()[0].due == by_hand((Rating.Hard, START)).due


def test_a_review_asks_only_what_is_due_from_lessons_before_and_no_more_than_asked_for(at):
    for question in load(LESSON):
        if question["type"] == "multiple_choice":
            Quiz([question["id"]]).answers = {question["id"]: 0}
    at(30)
    count = len(schedule.due())
    assert count > 1
    assert len(review(most=1).questions) == 1
    assert len(review("05_evaluate", most=99).questions) == count
    assert repr(review(LESSON)).startswith("Nothing is due")


def test_a_review_asks_anew_keeps_its_answers_and_leaves_the_lesson_s_quiz_as_it_was(at):
    answer(WRONG)
    at(2)
    asked = review("05_evaluate")
    assert asked.answers == {}
    asked.answers = {CHOICE["id"]: RIGHT}
    assert Quiz(LESSON).answers == {CHOICE["id"]: WRONG}
    assert repr(review("05_evaluate")).startswith("Nothing is due")
    values = [event["value"] for event in events.events(CHOICE["id"])]
    assert [(value.get("review"), value["try"]) for value in values] == [(None, 1), (True, 1)]


def test_a_quiz_begun_again_remembers_what_was_answered_since(at):
    quiz = Quiz(LESSON)
    quiz.answers = {CHOICE["id"]: WRONG}
    quiz.answers = {}
    quiz.answers = {CHOICE["id"]: RIGHT}
    again = Quiz(LESSON)
    assert (again.answers, again._tries) == ({CHOICE["id"]: RIGHT}, {CHOICE["id"]: [RIGHT]})


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"lesson": "05_evalute"}, "Did you mean '05_evaluate'"),
        ({"most": 0}, "`most` must be a whole number from 1 up, got 0"),
        ({"most": True}, "got True"),
    ],
)
def test_a_bad_review_is_refused(arguments, complaint):
    with pytest.raises(ValueError, match=complaint):
        review(**arguments)


def test_a_page_schedules_any_history_as_the_library_does(node, root):
    dice = random.Random(4)
    histories = []
    for _ in range(400):
        moment, graded = START, []
        for _ in range(dice.randint(1, 12)):
            graded.append((dice.choice([Rating.Again, Rating.Hard, Rating.Good]), moment))
            moment += timedelta(
                minutes=dice.choice([3, 600, 1439, 1440, 5 * 1440, 90 * 1440]) + dice.randint(0, 60)
            )
        histories.append((graded, moment))
    cases = [
        {
            "repetitions": [{"grade": int(rating), "time": at.timestamp() * 1000} for rating, at in graded],
            "now": now.timestamp() * 1000,
        }
        for graded, now in histories
    ]
    script = root / "tests" / "js" / "schedule_repetitions.mjs"
    given = json.dumps({"weights": schedule.weights(), "cases": cases})
    done = subprocess.run([node, script], input=given, capture_output=True, text=True, check=True)
    scheduler = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)
    for (graded, now), told in zip(histories, json.loads(done.stdout), strict=True):
        card = by_hand(*graded)
        assert told["due"] == card.due.timestamp() * 1000
        assert told["recall"] == pytest.approx(scheduler.get_card_retrievability(card, now), rel=1e-9)
