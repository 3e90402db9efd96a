"""A learner's days in any order of rating, undoing, putting off, changing and planning: what always holds."""

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy.orm import Session

from shelf import NOW, Book, always, begin, load, rate
from studyplan.domain.budget import Break
from studyplan.domain.errors import Conflict, NotFound
from studyplan.domain.memory import Rated, Rating, replay
from studyplan.domain.occurrences import ClosedBy, Occurrence, OccurrenceId
from studyplan.services import changes, due, enrollment, planning, postponing, review
from studyplan.store import learners, occurrences, study
from studyplan.store.database import make_engine

pytestmark = pytest.mark.without_coverage

BOOKS = (
    Book(slug="bowline", tier=5, minutes=20),
    Book(slug="clove-hitch", minutes=12),
    Book(slug="splice", tier=5, minutes=40, builds_on=("bowline",)),
    Book(slug="whipping", tier=3, minutes=8),
)
minutes = st.sampled_from([0, 8, 15, 25, 45])
picks = st.integers(0, 9)


class StudyDays(RuleBasedStateMachine):
    """One learner with four readings; each rule is one thing that a person or the clock does."""

    database: Path

    def __init__(self) -> None:
        super().__init__()
        self.engine = make_engine(f"sqlite:///{self.database}")
        self.session = Session(self.engine)
        self.now: datetime = NOW
        self.told: dict[OccurrenceId, Occurrence] = {}
        self.promised: dict[OccurrenceId, date] = {}
        self.planned = True

    def teardown(self) -> None:
        self.session.close()
        self.engine.dispose()

    @initialize(weekdays=st.tuples(*[minutes] * 7).filter(any))
    def begin(self, weekdays: tuple[int, ...]) -> None:
        load(self.session, *BOOKS)
        self.learner_id = begin(self.session, weekdays=weekdays, horizon_on=date(2027, 1, 10))

    @rule(days=st.integers(1, 12), hours=st.integers(0, 20))
    def let_days_pass(self, days: int, hours: int) -> None:
        self.now += timedelta(days=days, hours=hours)
        self.plan()

    @rule()
    def plan(self) -> None:
        planning.replan(self.session, self.learner_id, now=self.now)
        self.planned = True

    @rule(pick=picks, rating=st.sampled_from([None, *Rating]))
    def rate_something(self, pick: int, rating: Rating | None) -> None:
        if published := self.published():
            rate(self.session, self.learner_id, published[pick % len(published)], rating, now=self.now)
            self.planned = False

    @rule(pick=picks)
    def take_something_back(self, pick: int) -> None:
        reviews = sorted(study.list_reviews(self.session, self.learner_id), key=lambda item: item.place)
        latest = {item.reading_id: item for item in reviews}
        recent = [item for item in latest.values() if item.can_be_undone(self.now)]
        if recent:
            done = recent[pick % len(recent)]
            review.undo(self.session, self.learner_id, done.id, now=self.now)
            assert self.open_ones()[done.reading_id].id == done.occurrence_id
            self.planned = False

    @rule(pick=picks, days=st.integers(1, 9))
    def put_something_off(self, pick: int, days: int) -> None:
        if published := self.published():
            until = self.today() + timedelta(days=days)
            put_off = published[pick % len(published)]
            on = postponing.snooze(self.session, self.learner_id, put_off.id, until, now=self.now)
            self.promised[self.open_ones()[put_off.reading_id].id] = on
            self.planned = False

    @rule(pick=picks)
    def take_something_up(self, pick: int) -> None:
        learner = learners.get_learner(self.session, self.learner_id)
        inputs = planning.get_inputs(self.session, learner, now=self.now)
        if moved := due.list_moved(self.session, learner, inputs, now=self.now):
            again = moved[pick % len(moved)].occurrence
            with suppress(Conflict):
                postponing.take_up(self.session, self.learner_id, again.id, now=self.now)
                assert self.open_ones()[again.reading_id].id == again.id
            self.planned = False

    @rule(pick=picks)
    def skip_something(self, pick: int) -> None:
        if published := self.published():
            skipped = published[pick % len(published)]
            postponing.skip(self.session, self.learner_id, skipped.id, now=self.now)
            self.plan()
            again = self.open_ones().get(skipped.reading_id)
            assert again is None or not again.is_due(self.now)

    @rule(weekdays=st.tuples(*[minutes] * 7).filter(any))
    def change_the_minutes(self, weekdays: tuple[int, ...]) -> None:
        own = changes.get_settings(self.session, learners.get_learner(self.session, self.learner_id))
        changes.apply(self.session, self.learner_id, always(own.with_weekdays(weekdays)), "Other minutes", now=self.now)
        self.planned = True

    @rule(days=st.integers(0, 9))
    def take_a_break(self, days: int) -> None:
        own = changes.get_settings(self.session, learners.get_learner(self.session, self.learner_id))
        pause = Break(first_on=self.today(), last_on=self.today() + timedelta(days=days))
        changes.apply(self.session, self.learner_id, always(own.with_break(pause)), "A break", now=self.now)
        self.planned = True

    @rule()
    def read_ahead(self) -> None:
        try:
            enrollment.read_ahead(self.session, self.learner_id, now=self.now)
        except NotFound:  # what is not due builds on something that today's list does not bring to its end
            inputs = due.get_today(self.session, self.learner_id, now=self.now).inputs
            unread = {item.reading_id for item in inputs.candidates if item.memory is None}
            later = {key for key, item in self.open_ones().items() if not item.is_due(self.now)}
            assert all(item.builds_on & unread for item in inputs.candidates if item.reading_id in later)
        else:
            self.planned = True

    @invariant()
    def each_reading_has_one_open_occurrence_at_most(self) -> None:
        open_ = occurrences.list_open(self.session, self.learner_id)
        assert max(Counter(item.reading_id for item in open_).values(), default=1) == 1

    @invariant()
    def what_was_told_stays_as_it_was_told(self) -> None:
        for item in self.published():
            self.told.setdefault(item.id, item)
        longest = learners.get_learner(self.session, self.learner_id).budget.longest_day(self.today())
        for key, told in self.told.items():
            now = occurrences.get_occurrence(self.session, self.learner_id, key)
            same: dict[str, Any] = {"rank": 0, "closed_at": None, "closed_by": None, "put_off": False}
            if now.minutes < told.minutes and told.minutes > longest:
                same |= {"kind": now.kind, "part": now.part, "parts": now.parts, "minutes": now.minutes}
            assert now.closed_by is ClosedBy.WITHDRAWN or replace(now, **same) == replace(told, **same)
            self.told[key] = now

    @invariant()
    def what_was_put_off_waits_for_its_day(self) -> None:
        for item in self.open_ones().values():
            if item.id in self.promised and item.due_at > self.now:
                assert item.due_at.date() == self.promised[item.id]

    @invariant()
    def what_was_put_on_today_comes_first(self) -> None:
        today = due.get_today(self.session, self.learner_id, now=self.now)
        free = {candidate.reading_id for candidate in today.inputs.candidates if not candidate.builds_on}
        mine = [
            item for key, item in self.open_ones().items() if key in free and item.put_off and item.is_due(self.now)
        ]
        if self.planned and any(item.minutes <= today.minutes_left for item in mine):
            assert today.items[0].due.occurrence.put_off

    @invariant()
    def memories_are_what_the_ratings_that_count_leave(self) -> None:
        rated: dict[int, list[Rated]] = {}
        for item in sorted(study.list_reviews(self.session, self.learner_id), key=lambda item: item.place):
            if item.rating is not None:
                rated.setdefault(item.reading_id, []).append(Rated(rating=item.rating, on=item.studied_on))
        replayed = {key: replay(events) for key, events in rated.items()}
        assert study.list_memories(self.session, self.learner_id) == replayed

    @invariant()
    def today_s_list_fits_today_unless_one_reading_stands_alone(self) -> None:
        today = due.get_today(self.session, self.learner_id, now=self.now)
        listed = [item.due.occurrence.minutes for item in today.items]
        assert sum(listed) <= today.minutes_left + 1e-3 or len(listed) == 1
        shown = {item.due.occurrence.id for item in (*today.items, *today.also_due)}
        assert shown == {item.id for item in self.published()}

    @invariant()
    @precondition(lambda self: self.planned)
    def no_reading_is_lost(self) -> None:
        stored = changes.get_stored(self.session, self.learner_id).plan
        assert {item.reading_id for item in stored.items} <= self.open_ones().keys()
        read = study.list_memories(self.session, self.learner_id).keys()
        left_out = {item.reading_id for item in stored.left_out}
        assert len(read | left_out | self.open_ones().keys()) == len(BOOKS)

    def open_ones(self) -> dict[int, Occurrence]:
        return {item.reading_id: item for item in occurrences.list_open(self.session, self.learner_id)}

    def published(self) -> list[Occurrence]:
        return sorted(
            occurrences.list_published(self.session, self.learner_id, now=self.now), key=lambda item: item.reading_id
        )

    def today(self) -> date:
        return learners.get_learner(self.session, self.learner_id).today(self.now)


@pytest.fixture(autouse=True, scope="module")
def _database(migrated_file: Path) -> None:
    """Let each run begin from the migrated file, which no run commits to."""
    StudyDays.database = migrated_file


TestStudyDays = StudyDays.TestCase
TestStudyDays.settings = settings(
    max_examples=8, stateful_step_count=10, deadline=None, suppress_health_check=list(HealthCheck)
)
