"""Senders: one at a time in a process, and patient with a mail server that is out of order."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime

import pytest

import desk
from desk import Desk, FickleMailer
from kit import Clock
from studyplan.domain.deliveries import Fate
from studyplan.services import bounces, deliveries, digests
from studyplan.settings import Settings
from studyplan.store import marks

MONDAY_AT_SEVEN = datetime(2026, 11, 30, 6, 0, tzinfo=UTC)


@pytest.fixture
def at_desk(settings: Settings, clock: Clock) -> Iterator[Desk]:
    with desk.opened(settings, clock) as opened:
        yield opened


def test_an_unreachable_server_is_probed_and_costs_nobody_an_attempt(settings: Settings, clock: Clock) -> None:
    mailer = FickleMailer(*[Fate.UNREACHABLE] * 2)
    with desk.opened(settings, clock, mailer) as at_desk:
        for name in ("ada", "bob", "cleo"):
            at_desk.add_learner(f"{name}@example.org")
        clock.now = MONDAY_AT_SEVEN
        at_desk.tick()
        assert at_desk.states() == [("weekly", "queued")] * 3
        clock.advance(minutes=4)
        at_desk.tick()
        assert len(mailer.fates) == 1, "no probe before five minutes"
        clock.advance(minutes=1)
        at_desk.tick()
        assert not mailer.fates
        clock.advance(minutes=5)
        at_desk.tick()
        at_desk.tick()
        assert [(row.state, row.attempt) for row in at_desk.deliveries()] == [("sent", 1)] * 3


def test_a_probe_that_asks_nothing_leaves_its_turn_to_the_next(settings: Settings, clock: Clock) -> None:
    mailer = FickleMailer(Fate.UNREACHABLE)
    with desk.opened(settings, clock, mailer) as at_desk:
        learner_ids = [at_desk.add_learner(f"{name}@example.org") for name in ("ada", "bob", "cleo")]
        clock.now = MONDAY_AT_SEVEN
        at_desk.tick()
        with at_desk.context.writing() as session:
            for learner_id in learner_ids[:2]:
                digests.unsubscribe(session, learner_id)
        clock.advance(minutes=5)
        at_desk.tick()
        assert sorted(at_desk.states()) == [("weekly", "sent"), ("weekly", "skipped"), ("weekly", "skipped")]


def test_two_senders_may_find_the_server_out_of_order_at_once(at_desk: Desk, clock: Clock) -> None:
    def find_out() -> None:
        with at_desk.context.writing() as session:
            deliveries.open_breaker(session, "the second", now=clock.now)

    with ThreadPoolExecutor(1) as pool:
        with at_desk.context.writing() as session:
            deliveries.open_breaker(session, "the first", now=clock.now)
            second = pool.submit(find_out)
            wait([second], timeout=0.3)
        second.result()
    with at_desk.context.reading() as session:
        assert marks.find_mark(session, deliveries.BREAKER) == (clock.now + deliveries.PROBE_EVERY, "the second")


def test_a_full_mailbox_does_not_bring_back_an_address_that_is_gone_for_good(at_desk: Desk, clock: Clock) -> None:
    def note(kind: str) -> bool:
        with at_desk.context.writing() as session:
            return bounces.note_bounce(session, "ada@example.org", kind, "said so", now=clock.now)

    with ThreadPoolExecutor(1) as pool:
        with at_desk.context.writing() as session:
            bounces.note_bounce(session, "ada@example.org", bounces.HARD, "no such user", now=clock.now)
            second = pool.submit(note, bounces.SOFT)
            wait([second], timeout=0.3)
        assert second.result()
    with at_desk.context.reading() as session:
        assert bounces.find_suppression(session, "ada@example.org") == "hard bounce: no such user"


def test_a_second_sender_goes_back_to_its_work(at_desk: Desk, clock: Clock) -> None:
    at_desk.add_learner()
    clock.now = MONDAY_AT_SEVEN
    with at_desk.context.sending:
        at_desk.tick()
    assert at_desk.states() == [("weekly", "queued")]
    at_desk.tick()
    assert at_desk.states() == [("weekly", "sent")]
