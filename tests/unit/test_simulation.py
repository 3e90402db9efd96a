"""Simulated learners, and what comparisons of policies say."""

import json
import sys
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from studyplan.domain.budget import Break
from studyplan.domain.catalog import Mention, Reading
from studyplan.domain.errors import Invalid
from studyplan.domain.memory import Rating
from studyplan.simulation.cohort import Trial, run_trial, run_trials
from studyplan.simulation.course import Absence, Course, CourseReading, Term, date_of, make_course, make_free_course
from studyplan.simulation.learner import live
from studyplan.simulation.oracle import Annealer, Schedule
from studyplan.simulation.policies import POLICIES, RIVALS
from studyplan.simulation.policy import Done, Promise, Task
from studyplan.simulation.progress import Progress
from studyplan.simulation.report import Comparison, Report, compare
from studyplan.simulation.truths import Actr

TERM = Term(weeks=12, minutes=60)


@pytest.fixture(scope="module")
def course() -> Course:
    """Twenty readings, every other built on the one before it, some of them landmarks."""
    return tuple(
        replace(reading, weight=1.5 if i % 3 == 0 else 1.0, builds_on=frozenset({i - 1} if i % 2 else ()))
        for i, reading in enumerate(make_free_course(20))
    )


@pytest.fixture(scope="module")
def report(course: Course) -> Report:
    comparison = Comparison(truth="actr", policies=("planner", *RIVALS, "greedy"), term=TERM, learners=3)
    return compare(comparison, course)


class Overeager:
    """A policy that asks for more than there is."""

    promises: tuple[Promise, ...] = ()

    def __init__(self, _course: Course, _term: Term) -> None:
        self.done: list[Done] = []

    def today(self, _day: int, minutes: float) -> list[Task]:
        return [Task(i=1, minutes=minutes, review=False), Task(i=0, minutes=1.0, review=False)]

    def note(self, done: Done) -> None:
        self.done.append(done)


def test_the_planner_beats_every_rival_on_the_same_learners(report: Report) -> None:
    planner, *others = report.summaries
    assert planner.recall > max(other.recall for other in others if other.policy in RIVALS)
    assert planner.weighted_recall > max(other.weighted_recall for other in others if other.policy in RIVALS)
    assert planner.ahead == 0
    assert all(other.ahead == pytest.approx(planner.recall - other.recall) for other in others)


def test_no_policy_exceeds_a_day_or_reads_before_what_a_reading_builds_on(report: Report) -> None:
    assert {(s.days_over_budget, s.out_of_order) for s in report.summaries} == {(0, 0)}
    assert all(s.minutes <= 12 * 60 and s.peak_week <= 60 for s in report.summaries)


def test_only_the_planner_promises_and_keeps_its_finish(report: Report) -> None:
    assert [s.policy for s in report.summaries if s.promises] == ["planner"]
    promises = report.summaries[0].promises
    assert promises.worst_finish_error_weeks <= 2
    assert 0 < promises.cold.width < 0.6


def test_a_report_is_a_table_and_plain_values(report: Report) -> None:
    told = json.loads(json.dumps(report.as_json()))
    assert told["simulated"] is True
    assert told["truth"] == "actr"
    assert [p["policy"] for p in told["policies"]] == ["planner", *RIVALS, "greedy"]
    text = report.as_text()
    assert len(text.splitlines()) >= 1 + len(RIVALS) + 2 + 2
    assert "planner: forecast at the start off by" in text


def test_the_same_seed_is_the_same_learner_on_any_number_of_processes(course: Course) -> None:
    trials = [Trial(truth="multiscale", policy="sm2", term=TERM, seed=seed) for seed in (1, 2)]
    steps = []
    alone = run_trials(course, trials, after_each=lambda: steps.append(1))
    together = run_trials(course, trials, processes=2, after_each=lambda: steps.append(1))
    assert alone == together
    assert alone[0] != alone[1]
    assert len(steps) == 4


def test_a_day_that_asks_too_much_is_counted_and_not_done() -> None:
    outcome = live(
        Actr, 1, (CourseReading(minutes=500.0, review_minutes=3.0),) * 2, Term(weeks=2, minutes=60), Overeager
    )
    assert outcome.days_over_budget == 6
    assert outcome.week_minutes == (60, 60)


def test_reading_before_what_it_builds_on_is_counted() -> None:
    course = (
        CourseReading(minutes=100.0, review_minutes=3.0),
        CourseReading(minutes=500.0, review_minutes=3.0, builds_on=frozenset({0})),
    )
    assert live(Actr, 1, course, Term(weeks=1, minutes=60), Overeager).out_of_order == 1


def test_ratings_are_noisy_in_the_way_of_the_learner(course: Course) -> None:
    given = []

    class Asker(Overeager):
        def today(self, day: int, _minutes: float) -> list[Task]:
            return [Task(i=0, minutes=25.0, review=False)] if day == 0 else [Task(i=0, minutes=3.0, review=True)]

        def note(self, done: Done) -> None:
            given.append(done.rating)

    short = (replace(course[0], minutes=25.0), *course[1:])
    for seed in range(60):
        live(Actr, seed, short, Term(weeks=4, minutes=120), Asker)
    shares = {rating: given.count(rating) / sum(map(bool, given)) for rating in Rating}
    assert shares[Rating.FORGOT] < 0.3
    assert shares[Rating.CLEAR] > shares[Rating.EASY] > shares[Rating.HAZY] > 0


def test_a_week_splits_its_minutes_over_three_days() -> None:
    assert [Term(weeks=1, minutes=m).sessions() for m in (120, 60, 150)] == [
        ((0, 35), (2, 35), (5, 50)),
        ((0, 18), (2, 17), (5, 25)),
        ((0, 44), (2, 44), (5, 62)),
    ]
    assert sum(Term(weeks=1, minutes=90).budget.weekdays) == 90


def test_an_announced_absence_stands_in_the_budget_and_an_unannounced_one_does_not() -> None:
    announced = Term(weeks=5, minutes=120, absence=Absence.parse("2-3"))
    silent = replace(announced, absence=Absence.parse("2-3,unannounced"))
    pause = Break(first_on=date(2026, 1, 12), last_on=date(2026, 1, 25))
    assert announced.budget.breaks == (pause,)
    assert silent.budget.breaks == ()
    assert announced.sessions() == silent.sessions()
    assert [day for day, _ in silent.sessions()] == [0, 2, 5, 21, 23, 26, 28, 30, 33]
    assert Term(weeks=5, minutes=120).losing_evenly(silent) == Term(weeks=5, minutes=72)
    assert all(announced.budget.minutes_on(date_of(day)) for day, _ in announced.sessions())
    assert announced.horizon_on == date(2026, 1, 5) + timedelta(weeks=5)


@pytest.mark.parametrize("text", ["", "x", "3-2", "0-1", "2-3,maybe", "-3", "2-x", "\u00b2"])
def test_a_wrong_absence_is_refused_by_name(text: str) -> None:
    with pytest.raises(Invalid, match="is no absence"):
        Absence.parse(text)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"policies": ("planner", "oracle")}, "No policy is called 'oracle'"),
        ({"truth": "oracle"}, "No truth is called 'oracle'"),
        ({"learners": 1}, "2 to 10000 learners, not 1"),
        ({"seed": -1}, "0 or more, not -1"),
        ({"term": Term(weeks=0, minutes=60)}, "1 to 520 weeks, not 0"),
        ({"term": replace(TERM, absence=Absence.parse("10-13"))}, "Week 13 of the absence is after the last, 12"),
    ],
)
def test_a_comparison_that_cannot_be_run_is_refused_at_once(change: dict[str, Any], says: str) -> None:
    with pytest.raises(Invalid, match=says):
        Comparison(**{"truth": "actr", "policies": ("planner",), "term": TERM} | change)


def test_a_course_has_curriculum_order_tier_weights_and_strict_links() -> None:
    later, first = (
        Reading(id=n, slug=str(n), title="", url="", cluster="c", tier=tier, minutes=minutes)
        for n, tier, minutes in ((1, 5, 40), (2, 4, 8))
    )
    assert make_course([later, first], [Mention(reading=1, earlier=2, strength=1)]) == (
        CourseReading(minutes=8, review_minutes=3.0, weight=1.0),
        CourseReading(minutes=40, review_minutes=10.0, weight=1.5, builds_on=frozenset({0})),
    )


def test_the_oracle_improves_what_a_policy_did_and_keeps_the_limits(course: Course) -> None:
    outcome = run_trial(course, Trial(truth="actr", policy="ladder", term=TERM, seed=4))
    weights = np.array([reading.weight for reading in course])
    annealer = Annealer(Actr(np.random.default_rng((4, 1)), len(course)), course, TERM, np.random.default_rng(1))
    reached = float(weights @ np.array(outcome.recall))
    assert annealer.improve(outcome.met_on, 0) == pytest.approx(reached)
    assert reached * 1.02 < annealer.improve(outcome.met_on, 1500) < weights.sum()


def test_a_patient_oracle_reaches_no_more_than_a_free_one(course: Course) -> None:
    term = Term(weeks=6, minutes=60)
    outcome = run_trial(course, Trial(truth="actr", policy="planner", term=term, seed=4))

    def reached(*, is_patient: bool) -> float:
        learner = Actr(np.random.default_rng((4, 1)), len(course))
        rng = np.random.default_rng(1)
        return Annealer(learner, course, term, rng, is_patient=is_patient).improve(outcome.met_on, 3000)

    assert reached(is_patient=True) < reached(is_patient=False)


def test_a_patient_schedule_begins_a_reading_when_the_one_before_is_finished() -> None:
    two = tuple(CourseReading(minutes=20, review_minutes=5.0) for _ in range(2))
    for is_patient in (True, False):
        schedule = Schedule(two, [30, 10], is_patient=is_patient)
        schedule.put(0, (0,))
        schedule.put(1, (1,))
        assert schedule.fits()
        schedule.put(0, (1,))  # both end on the second day: only by beginning both on the first
        assert schedule.fits() is not is_patient


def test_progress_counts_and_estimates(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(2, sys.stderr)
    progress.step()
    progress.step()
    said = capsys.readouterr().err
    assert "1 of 2, about" in said
    assert said.endswith("2 of 2, about 0.0 min left \n")


def test_every_policy_can_be_asked_for() -> None:
    assert {"planner", *RIVALS, "read-only", "quota", "greedy"} == set(POLICIES)
