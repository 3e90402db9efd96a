"""The clock: one at a time, in no hurry, and telling how it goes."""

import io
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event, text

import desk
from desk import Desk
from kit import Clock
from studyplan.jobs import ticks
from studyplan.jobs.clock import run_clock
from studyplan.jobs.lock import make_lock
from studyplan.services import deliveries, health, ledger
from studyplan.services.planning import draft_plan, store_draft
from studyplan.settings import Settings
from studyplan.store import learners
from studyplan.store.database import make_engine
from studyplan.store.rows import LearnerRow


@pytest.fixture
def at_desk(settings: Settings, clock: Clock) -> Iterator[Desk]:
    with desk.opened(settings, clock) as opened:
        yield opened


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def test_one_process_holds_the_clock_and_the_next_takes_over_when_it_is_gone(
    settings: Settings, clock: Clock, at_desk: Desk
) -> None:
    with desk.opened(settings, clock) as rival:
        first, second = make_lock(at_desk.context), make_lock(rival.context)
        assert first.acquire()
        assert first.acquire(), "it keeps what it has"
        assert not second.acquire()
        first.release()
        assert second.acquire()
        second.release()


def test_a_clock_ticks_at_once_and_stands_by_while_another_ticks(
    settings: Settings, clock: Clock, at_desk: Desk
) -> None:
    with desk.opened(settings, clock) as rival:
        stops = [threading.Event(), threading.Event()]
        running = [
            threading.Thread(target=run_clock, args=(each.context, each, stop))
            for each, stop in zip((at_desk, rival), stops, strict=True)
        ]
        running[0].start()
        wait_until(lambda: bool(at_desk.jobs))
        running[1].start()
        time.sleep(1.5)
        assert not rival.jobs
        stops[0].set()
        running[0].join()
        began = time.monotonic()
        wait_until(lambda: bool(rival.jobs))
        assert time.monotonic() - began <= 2
        stops[1].set()
        running[1].join()


def test_everybody_is_planned_anew_when_the_study_day_ends(at_desk: Desk, clock: Clock) -> None:
    learner_id = at_desk.add_learner()
    clock.advance(days=1)
    assert ticks.roll_over(at_desk.context, at_desk) == 1
    assert ticks.roll_over(at_desk.context, at_desk) == 0, "while it is being planned it is nobody's turn"
    clock.advance(hours=1)
    assert ticks.roll_over(at_desk.context, at_desk) == 1, "a plan that was never made comes again"
    at_desk.work()
    with at_desk.context.reading() as session:
        next_day_at = session.get_one(LearnerRow, learner_id).next_day_at
    assert next_day_at is not None
    assert next_day_at - clock.now < timedelta(days=1)


def test_a_plan_that_went_out_of_date_while_nobody_worked_is_made_at_the_start(at_desk: Desk, clock: Clock) -> None:
    learner_id = at_desk.add_learner()
    with at_desk.context.writing() as session:
        learners.count_inputs_change(session, learner_id)
    ticks.begin(at_desk.context, at_desk, alone=True)
    assert ("plan", learner_id) in at_desk.jobs
    at_desk.work()
    ticks.begin(at_desk.context, at_desk, alone=True)
    assert ("plan", learner_id) not in at_desk.jobs


def test_a_plan_made_from_what_has_changed_since_is_not_stored(at_desk: Desk, clock: Clock) -> None:
    learner_id = at_desk.add_learner()
    with at_desk.context.reading() as session:
        draft = draft_plan(session, learner_id, now=clock.now)
    with at_desk.context.writing() as session:
        assert store_draft(session, draft, now=clock.now)
        learners.count_inputs_change(session, learner_id)
        assert not store_draft(session, draft, now=clock.now)


def test_delays_are_told_by_name(at_desk: Desk, clock: Clock) -> None:
    def delays() -> list[str]:
        with at_desk.context.reading() as session:
            return health.list_delays(session, now=clock.now)

    assert delays() == ["The clock has never ticked on this database. Run `studyplan serve` or `studyplan clock`."]
    at_desk.tick()
    assert delays() == []
    clock.advance(minutes=5)
    assert [line[:34] for line in delays()] == ["The clock has not ticked for 300 s"]
    at_desk.add_learner()
    clock.advance(days=6)
    ticks.queue_digests(at_desk.context, at_desk)
    ticks.sweep(at_desk.context, at_desk)
    with at_desk.context.writing() as session:
        deliveries.open_breaker(session, "451 <bob@example.org> greylisted", now=clock.now)
    clock.advance(minutes=1)
    assert delays() == ["The mail server is out of order and tried every five minutes; the log has its words."]
    clock.advance(minutes=20)
    assert any(line.startswith("A mail has been waiting for a sender") for line in delays())


def test_a_lease_that_ran_out_is_counted(at_desk: Desk, clock: Clock) -> None:
    at_desk.add_learner()
    clock.advance(days=6)
    ticks.queue_digests(at_desk.context, at_desk)
    with at_desk.context.writing() as session:
        deliveries.claim(session, at_desk.context.settings, limit=1, lease=timedelta(seconds=25), now=clock.now)
    clock.advance(seconds=26)
    with at_desk.context.reading() as session:
        assert health.list_figures(session, now=clock.now)["stuck_leases"] == 1
        assert "1 mails are held by senders that did not come back." in health.list_delays(session, now=clock.now)


def test_the_only_sender_there_is_takes_up_at_once_what_it_held_before_it_died(at_desk: Desk, clock: Clock) -> None:
    at_desk.add_learner()
    clock.advance(days=6)
    ticks.queue_digests(at_desk.context, at_desk)
    with at_desk.context.writing() as session:
        deliveries.claim(session, at_desk.context.settings, limit=1, lease=timedelta(seconds=25), now=clock.now)
    at_desk.jobs.clear()
    ticks.begin(at_desk.context, at_desk, alone=True)
    at_desk.work()
    assert at_desk.states()[-1][1] in {"sent", "skipped"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_clock_that_meets_a_locked_database_begins_once_it_is_free(
    at_desk: Desk, settings: Settings, logged: io.StringIO
) -> None:
    impatient, foreign = make_engine(settings.database), make_engine(settings.database)
    event.listen(impatient, "connect", lambda connection, _record: connection.execute("PRAGMA busy_timeout=50"))
    stop, context = threading.Event(), replace(at_desk.context, engine=impatient)
    running = threading.Thread(target=run_clock, args=(context, at_desk, stop))
    with foreign.begin() as holder:
        holder.execute(text("SELECT 1"))
        running.start()
        wait_until(lambda: "the clock cannot start yet" in logged.getvalue())
        assert not at_desk.jobs
    wait_until(lambda: bool(at_desk.jobs))
    stop.set()
    running.join()
    impatient.dispose()
    foreign.dispose()


def test_of_two_plans_made_from_the_same_one_is_stored(at_desk: Desk, clock: Clock) -> None:
    learner_id = at_desk.add_learner()
    clock.advance(days=3)
    with at_desk.context.reading() as session:
        drafts = [draft_plan(session, learner_id, now=clock.now) for _ in range(2)]
    with at_desk.context.writing() as session:
        assert [store_draft(session, draft, now=clock.now) for draft in drafts] == [True, False]
    with at_desk.context.reading() as session:
        told = [line.subject for line in ledger.list_lines(session, learner_id)]
    assert len(told) == len(set(told))
