"""Senders that are interrupted: by a stop, by rows that cannot be read, by a slow database, by a change of mind."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

import desk
from desk import Desk
from kit import Clock
from studyplan.domain.catalog import LearnerId
from studyplan.domain.deliveries import Answer, Fate
from studyplan.domain.learner import DigestWish
from studyplan.jobs import runner_procrastinate
from studyplan.jobs.handlers import SEND
from studyplan.jobs.runner import LocalRunner
from studyplan.jobs.sending import LEASE, send_due
from studyplan.publish.mail import Mail, Meanwhile, nothing
from studyplan.publish.outbox import MemoryMailer
from studyplan.services import bounces, clockwork, deliveries, digests, letters
from studyplan.settings import Settings
from studyplan.store.rows import UserRow

MONDAY_AT_SEVEN = datetime(2026, 11, 30, 6, 0, tzinfo=UTC)
NAMES = ("ada", "bob", "cleo", "dan")


class Interrupted(MemoryMailer):
    """A way for mails during the first of which something happens."""

    def __init__(self) -> None:
        super().__init__()
        self.event: Callable[[], None] = nothing

    def send(self, mail: Mail, *, now: datetime, meanwhile: Meanwhile = nothing) -> Answer:
        answer = super().send(mail, now=now, meanwhile=meanwhile)
        event, self.event = self.event, nothing
        meanwhile()
        event()
        return answer


@pytest.fixture
def mailer() -> Interrupted:
    return Interrupted()


@pytest.fixture
def at_desk(settings: Settings, clock: Clock, mailer: Interrupted) -> Iterator[Desk]:
    with desk.opened(settings, clock, mailer) as opened:
        for name in NAMES:
            opened.add_learner(f"{name}@example.org")
        clock.now = MONDAY_AT_SEVEN
        with opened.context.writing() as session:
            clockwork.queue_digests(session, 10, now=clock.now)
        yield opened


def states(at_desk: Desk) -> list[str]:
    return sorted(state for _, state in at_desk.states())


def waiting(at_desk: Desk) -> list[tuple[LearnerId, str]]:
    """Return the learners whose mail has not gone yet, and their addresses."""
    gone = {mail.recipient for mail in at_desk.mailer.mails}
    with at_desk.context.reading() as session:
        found = session.execute(select(UserRow.id, UserRow.email))
        return [(LearnerId(learner_id), email) for learner_id, email in found if email not in gone]


def submit(runner: LocalRunner | runner_procrastinate.ProcrastinateRunner, at_desk: Desk) -> None:
    with at_desk.context.writing() as session:
        runner.submit(SEND, None, session)


def hold_until(begun: threading.Event, go_on: threading.Event) -> Callable[[], None]:
    def hold() -> None:
        begun.set()
        go_on.wait(10)

    return hold


def assert_only_the_first_was_sent(at_desk: Desk) -> None:
    assert states(at_desk) == ["queued", "queued", "queued", "sent"]
    assert sorted(row.attempt for row in at_desk.deliveries()) == [0, 0, 0, 1]
    assert len(at_desk.mailer.mails) == 1


def test_a_runner_that_stops_finishes_a_mail_and_gives_back_the_others(at_desk: Desk, mailer: Interrupted) -> None:
    begun, go_on = threading.Event(), threading.Event()
    mailer.event = hold_until(begun, go_on)
    runner = LocalRunner(at_desk.context)
    runner.start()
    submit(runner, at_desk)
    assert begun.wait(10)
    threading.Timer(0.3, go_on.set).start()
    runner.stop()
    assert_only_the_first_was_sent(at_desk)


def test_a_worker_that_stops_finishes_a_mail_and_gives_back_the_others(at_desk: Desk, mailer: Interrupted) -> None:
    if at_desk.context.engine.dialect.name == "sqlite":
        pytest.skip("Procrastinate needs PostgreSQL")
    begun, go_on, stop = threading.Event(), threading.Event(), threading.Event()
    mailer.event = hold_until(begun, go_on)
    runner_procrastinate.install(at_desk.context.engine)
    submit(runner_procrastinate.ProcrastinateRunner(), at_desk)
    worker = threading.Thread(target=runner_procrastinate.run_worker, args=(at_desk.context, stop))
    worker.start()
    assert begun.wait(10)
    stop.set()
    go_on.set()
    worker.join()
    assert_only_the_first_was_sent(at_desk)


def test_a_probe_that_a_stop_prevents_leaves_its_turn_to_the_next(
    at_desk: Desk, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with at_desk.context.writing() as session:
        deliveries.open_breaker(session, "away", now=clock.now)
    clock.advance(minutes=5)
    gather = letters.gather

    def gather_until_the_stop(*args: object, **named: object) -> letters.Desk:
        at_desk.context.stopping.set()
        return gather(*args, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(letters, "gather", gather_until_the_stop)
        at_desk.tick()
    assert states(at_desk) == ["queued"] * 4
    at_desk.context.stopping.clear()
    at_desk.tick()
    assert states(at_desk) == ["sent"] * 4


def test_a_learner_whose_plan_cannot_be_read_holds_up_nobody(at_desk: Desk) -> None:
    odd = at_desk.first_learner()
    with at_desk.context.writing() as session:
        session.execute(text("UPDATE plans SET coming = '[7]' WHERE learner_id = :odd"), {"odd": odd})
    with capture_logs() as logs:
        send_due(at_desk.context)
    assert states(at_desk) == ["queued", "sent", "sent", "sent"]
    row = at_desk.deliveries(odd)[0]
    assert (row.state, row.attempt, row.reason) == ("queued", 1, deliveries.NOT_WRITTEN.detail)
    assert row.next_at is not None
    assert row.next_at > MONDAY_AT_SEVEN
    assert [(log["event"], log["learner"]) for log in logs] == [("mail cannot be written", odd)]


def test_mail_that_cannot_be_gathered_together_waits_for_the_server_together(settings: Settings, clock: Clock) -> None:
    mailer = desk.FickleMailer(Fate.UNREACHABLE)
    with desk.opened(settings, clock, mailer) as at_desk:
        learner_ids = [at_desk.add_learner(f"{name}@example.org") for name in NAMES]
        clock.now = MONDAY_AT_SEVEN
        with at_desk.context.writing() as session:
            clockwork.queue_digests(session, 10, now=clock.now)
            session.execute(text("UPDATE plans SET coming = '[7]' WHERE learner_id = :odd"), {"odd": learner_ids[-1]})
        send_due(at_desk.context)
        assert not mailer.fates
        assert states(at_desk) == ["queued"] * 4
        assert not mailer.mails


@pytest.mark.parametrize("seconds", [6, 40])
def test_a_sender_that_gathers_slowly_gets_on(
    at_desk: Desk, clock: Clock, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    gathered, gather = [], letters.gather

    def gather_slowly(*args: object, **named: object) -> letters.Desk:
        gathered.append(1)
        assert len(gathered) < 20
        clock.advance(seconds=seconds)
        return gather(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(letters, "gather", gather_slowly)
    at_desk.tick()
    assert states(at_desk) == ["sent"] * 4
    assert len(gathered) == 1


def test_a_slow_sender_leaves_alone_what_another_has_claimed_since(
    at_desk: Desk, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose_the_claims(session: Session, *args: object, **named: object) -> letters.Desk:
        clock.advance(seconds=40)
        monkeypatch.undo()
        with at_desk.context.writing() as other:
            deliveries.sweep(other, now=clock.now)
            deliveries.claim(other, at_desk.context.settings, limit=3, lease=LEASE, now=clock.now)
        return letters.gather(session, *args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(letters, "gather", lose_the_claims)
    at_desk.tick()
    assert states(at_desk) == ["sending", "sending", "sending", "sent"]


@pytest.mark.parametrize("change", ["unsubscribe", "pause", "bounce"])
def test_a_change_of_mind_holds_for_mail_that_a_sender_has_claimed(
    at_desk: Desk, clock: Clock, mailer: Interrupted, change: str
) -> None:
    wish = DigestWish(kind="weekly", weekday=0, minute=420, paused_until=clock.now.date().replace(day=31, month=12))

    def change_minds() -> None:
        with at_desk.context.writing() as session:
            for learner_id, address in waiting(at_desk):
                if change == "unsubscribe":
                    digests.unsubscribe(session, learner_id)
                elif change == "pause":
                    digests.change_wish(session, learner_id, wish, now=clock.now)
                else:
                    bounces.note_bounce(session, address, bounces.HARD, "550 no such user", now=clock.now)

    mailer.event = change_minds
    at_desk.tick()
    assert states(at_desk) == ["sent", "skipped", "skipped", "skipped"]
    said = {"unsubscribe": "switched off", "pause": "paused until", "bounce": "550 no such user"}[change]
    assert all(said in row.reason for row in at_desk.deliveries() if row.state == "skipped")


def test_a_change_of_mind_while_a_batch_is_gathered_holds_for_its_first_mail(
    at_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    gather = letters.gather

    def unsubscribe_meanwhile(*args: object, **named: object) -> letters.Desk:
        gathered = gather(*args, **named)  # type: ignore[arg-type]
        with at_desk.context.writing() as session:
            for row in at_desk.deliveries():
                digests.unsubscribe(session, LearnerId(row.learner_id))
        return gathered

    monkeypatch.setattr(letters, "gather", unsubscribe_meanwhile)
    at_desk.tick()
    assert states(at_desk) == ["skipped"] * 4
