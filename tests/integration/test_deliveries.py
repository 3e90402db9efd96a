"""Deliveries: from the learner's minute to the mail, through leases, pauses, breakers and absences."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

import desk
from desk import Desk
from kit import Clock
from studyplan.domain.deliveries import Delivery
from studyplan.domain.learner import DigestWish
from studyplan.jobs import ticks
from studyplan.services import bounces, clockwork, deliveries, digests, enrollment
from studyplan.services.enrollment import StudyWish
from studyplan.settings import Settings
from studyplan.store import learners, marks, suppressions
from studyplan.store.rows import LearnerRow

MONDAY_AT_SEVEN = datetime(2026, 11, 30, 6, 0, tzinfo=UTC)


@pytest.fixture
def at_desk(settings: Settings, clock: Clock) -> Iterator[Desk]:
    with desk.opened(settings, clock) as opened:
        yield opened


def claimed(at_desk: Desk, clock: Clock) -> Delivery:
    """Return a learner's digest on Monday at seven, in the hands of a sender that does nothing with it."""
    at_desk.add_learner()
    clock.now = MONDAY_AT_SEVEN
    with at_desk.context.writing() as session:
        clockwork.queue_digests(session, 10, now=clock.now)
        batch = deliveries.claim(session, at_desk.context.settings, limit=1, lease=timedelta(seconds=25), now=clock.now)
    return batch.deliveries[0]


def set_wish(at_desk: Desk, learner_id: int, clock: Clock, **changed: object) -> None:
    wish = DigestWish(**{"kind": "weekly", "weekday": 0, "minute": 420, **changed})  # type: ignore[arg-type]
    with at_desk.context.writing() as session:
        digests.change_wish(session, learner_id, wish, now=clock.now)  # type: ignore[arg-type]


def test_a_digest_that_the_clock_is_late_with_is_not_lost_when_its_time_is_changed(at_desk: Desk, clock: Clock) -> None:
    learner_id = at_desk.add_learner()
    clock.now = MONDAY_AT_SEVEN - timedelta(days=1)
    at_desk.tick()
    clock.now = MONDAY_AT_SEVEN + timedelta(hours=2)
    with at_desk.context.writing() as session:
        wish = replace(learners.get_learner(session, learner_id).digest, minute=7 * 60 + 30)
        digests.change_wish(session, learner_id, wish, now=clock.now)
    at_desk.tick()
    assert at_desk.states() == [("weekly", "sent")]


def test_digests_that_are_switched_off_when_one_is_due_hold_up_nobody(at_desk: Desk, clock: Clock) -> None:
    learner_id = at_desk.add_learner()
    at_desk.add_learner("eve@example.org")
    clock.now = MONDAY_AT_SEVEN - timedelta(days=1)
    at_desk.tick()
    clock.now = MONDAY_AT_SEVEN
    set_wish(at_desk, learner_id, clock, kind="off")
    at_desk.tick()
    assert at_desk.states() == [("weekly", "sent")]
    with at_desk.context.writing() as session:  # as an earlier version left it
        learners.change_learner(session, learner_id, next_digest_at=clock.now)
    clock.now = MONDAY_AT_SEVEN + timedelta(weeks=1)
    at_desk.tick()
    assert at_desk.states() == [("weekly", "sent")] * 2


@pytest.mark.parametrize("odd", [{"digest_kind": "hourly"}, {"zone": "Atlantis/Poseidon"}])
def test_a_learner_whose_digest_cannot_be_timed_holds_up_nobody(
    at_desk: Desk, clock: Clock, odd: dict[str, str]
) -> None:
    learner_id = at_desk.add_learner("odd@example.org")
    at_desk.add_learner()
    clock.now = MONDAY_AT_SEVEN - timedelta(days=1)
    at_desk.tick()
    with at_desk.context.writing() as session:
        learners.change_learner(session, learner_id, **odd)
    with at_desk.context.writing() as session:
        assert clockwork.queue_digests(session, 100, now=MONDAY_AT_SEVEN) == (1, False)


def test_a_digest_comes_on_the_learners_weekday_at_the_learners_minute_once(at_desk: Desk, clock: Clock) -> None:
    at_desk.add_learner()
    clock.now = MONDAY_AT_SEVEN - timedelta(seconds=1)
    at_desk.tick()
    assert at_desk.states() == []
    clock.now = MONDAY_AT_SEVEN
    for _ in range(3):
        at_desk.tick()
    assert [(row.kind, row.period, row.state) for row in at_desk.deliveries()] == [("weekly", "2026-W49", "sent")]
    assert [mail.recipient for mail in at_desk.mailer.mails] == ["ada@example.org"]


def test_clocks_that_tick_at_once_send_one_digest(settings: Settings, clock: Clock, at_desk: Desk) -> None:
    at_desk.add_learner()
    clock.now = MONDAY_AT_SEVEN
    with desk.opened(settings, clock) as rival:
        rival.tick()
        with at_desk.context.writing() as session:  # as a clock that had read the row before the rival moved it
            learners.change_learner(session, at_desk.deliveries()[0].learner_id, next_digest_at=MONDAY_AT_SEVEN)
        at_desk.tick()
        assert len(rival.mailer.mails) + len(at_desk.mailer.mails) == 1


def test_every_digest_missed_while_the_clock_stood_comes_once_and_old_ones_are_skipped(
    at_desk: Desk, clock: Clock
) -> None:
    learner_id = at_desk.add_learner()
    set_wish(at_desk, learner_id, clock, kind="daily")
    at_desk.tick()
    clock.now = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
    at_desk.tick()
    assert [(row.period, row.state) for row in at_desk.deliveries()] == [
        ("2026-11-26", "skipped"),
        ("2026-11-27", "skipped"),
        ("2026-11-28", "sent"),
    ]
    assert at_desk.deliveries()[0].reason == "too late: more than 12\xa0h after its time"


def test_travelling_gives_no_second_digest_in_a_week(at_desk: Desk, clock: Clock) -> None:
    learner_id = at_desk.add_learner(zone="Pacific/Auckland")
    clock.now = datetime(2026, 11, 29, 18, 0, tzinfo=UTC)  # Monday 7:00 in Auckland
    at_desk.tick()
    with at_desk.context.writing() as session:
        learners.change_learner(session, learner_id, zone="Pacific/Honolulu", next_digest_at=None)
    for _ in range(3 * 24):
        clock.advance(hours=1)
        ticks.queue_digests(at_desk.context, at_desk)
    assert [row.period for row in at_desk.deliveries()] == ["2026-W49"]


def test_new_zone_rules_time_the_digests_anew(at_desk: Desk, clock: Clock) -> None:
    learner_id = at_desk.add_learner()
    with at_desk.context.writing() as session:
        marks.put_mark(session, clockwork.ZONE_DATA, "1999z", now=clock.now)
        learners.change_learner(session, learner_id, next_digest_at=MONDAY_AT_SEVEN + timedelta(hours=1))
        clockwork.follow_zone_data(session, now=clock.now)
    at_desk.tick()
    with at_desk.context.reading() as session:
        assert session.get_one(LearnerRow, learner_id).next_digest_at == MONDAY_AT_SEVEN


@pytest.mark.parametrize(
    ("changed", "reason"),
    [({"kind": "off"}, "switched off"), ({"paused_until": date(2026, 12, 24)}, "paused until 2026-12-24")],
)
def test_a_digest_that_is_queued_already_obeys_a_change_of_mind(
    at_desk: Desk, clock: Clock, changed: dict[str, object], reason: str
) -> None:
    learner_id = at_desk.add_learner()
    clock.now = MONDAY_AT_SEVEN
    with at_desk.context.writing() as session:
        clockwork.queue_digests(session, 10, now=clock.now)
    set_wish(at_desk, learner_id, clock, **changed)
    at_desk.tick()
    assert at_desk.states() == [("weekly", "skipped")]
    assert reason in at_desk.deliveries()[0].reason


def test_one_asked_for_now_does_not_use_up_the_week(at_desk: Desk, clock: Clock) -> None:
    learner_id = at_desk.add_learner()
    for _ in range(2):
        with at_desk.context.writing() as session:
            digests.ask_for_one_now(session, learner_id, now=clock.now)
    at_desk.tick()
    clock.now = MONDAY_AT_SEVEN
    at_desk.tick()
    assert at_desk.states() == [("test", "sent"), ("weekly", "sent")]
    assert "You asked for this one just now." in at_desk.mailer.mails[0].text


def test_who_stays_away_hears_weekly_then_monthly_then_once_more(at_desk: Desk, clock: Clock) -> None:
    learner_id = at_desk.add_learner()
    with at_desk.context.writing() as session:
        learners.change_learner(session, learner_id, visited_on=clock.now.date())
    for _ in range(40):
        clock.advance(days=7)
        ticks.queue_digests(at_desk.context, at_desk)
        at_desk.work()
    kinds = [row.kind for row in at_desk.deliveries()]
    assert kinds == ["weekly"] * 4 + ["monthly"] * 6 + ["farewell"]
    assert "last mail" in at_desk.mailer.mails[-1].text
    with at_desk.context.writing() as session:
        learners.change_learner(session, learner_id, visited_on=clock.now.date())
    clock.advance(days=7)
    ticks.queue_digests(at_desk.context, at_desk)
    assert at_desk.deliveries()[-1].kind == "weekly"


def test_that_nothing_is_due_is_said_once(at_desk: Desk, clock: Clock) -> None:
    learner_id = at_desk.add_learner()
    clock.now = MONDAY_AT_SEVEN
    at_desk.tick()
    with at_desk.context.writing() as session:
        learners.put_break(session, learner_id, digests_pause())
    for _ in range(3):
        clock.advance(days=7)
        at_desk.tick()
    assert [row.state for row in at_desk.deliveries()] == ["sent", "sent", "skipped", "skipped"]
    assert at_desk.mailer.mails[1].subject == "Your week: Nothing is planned"


def digests_pause() -> learners.Break:
    return learners.Break(first_on=date(2026, 12, 1), last_on=date(2027, 3, 1))


def test_what_a_dead_sender_held_is_sent_again_under_the_same_message_id(at_desk: Desk, clock: Clock) -> None:
    held = claimed(at_desk, clock)
    at_desk.tick()
    assert at_desk.states() == [("weekly", "sending")]
    clock.advance(seconds=30)
    at_desk.tick()
    row = at_desk.deliveries()[0]
    assert (row.state, row.attempt, row.message_id) == ("sent", 2, held.message_id)
    assert at_desk.mailer.mails[0].message_id == held.message_id


def test_a_sender_that_comes_back_late_settles_what_nobody_has_claimed_since(at_desk: Desk, clock: Clock) -> None:
    held = claimed(at_desk, clock)
    clock.advance(seconds=30)
    ticks.sweep(at_desk.context, at_desk)
    assert at_desk.states() == [("weekly", "unknown")]
    with at_desk.context.writing() as session:
        late = deliveries.Unwanted(reason="late")
        deliveries.settle(session.connection(), held, late, None, following=None, now=clock.now)
    at_desk.work()
    assert at_desk.states() == [("weekly", "skipped")]


def test_a_sender_that_comes_back_too_late_changes_nothing(at_desk: Desk, clock: Clock) -> None:
    held = claimed(at_desk, clock)
    clock.advance(seconds=30)
    at_desk.tick()
    with at_desk.context.writing() as session:
        late = deliveries.Unwanted(reason="late")
        deliveries.settle(session.connection(), held, late, None, following=None, now=clock.now)
    assert at_desk.states() == [("weekly", "sent")]


def test_a_bounced_address_gets_nothing_until_its_owner_says_that_it_works(at_desk: Desk, clock: Clock) -> None:
    at_desk.add_learner()
    clock.now = MONDAY_AT_SEVEN
    with at_desk.context.writing() as session:
        assert bounces.note_bounce(session, "Ada@example.org", bounces.HARD, "550 no such user", now=clock.now)
    at_desk.tick()
    assert "550 no such user" in at_desk.deliveries()[0].reason
    with at_desk.context.writing() as session:
        suppressions.delete_suppression(session, "ada@example.org")
    clock.advance(days=7)
    at_desk.tick()
    assert at_desk.states() == [("weekly", "skipped"), ("weekly", "sent")]


def test_an_unconfirmed_address_gets_no_digest(at_desk: Desk, clock: Clock) -> None:
    learner_id = at_desk.add_learner()
    clock.now = MONDAY_AT_SEVEN
    with at_desk.context.writing() as session:
        from studyplan.store.rows import UserRow

        session.get_one(UserRow, learner_id).confirmed_at = None
    at_desk.tick()
    assert at_desk.deliveries()[0].reason == "the address is not confirmed"


def test_purging_keeps_farewells(at_desk: Desk, clock: Clock) -> None:
    learner_id = at_desk.add_learner()
    with at_desk.context.writing() as session:
        learners.change_learner(session, learner_id, visited_on=date(2026, 1, 1))
    clock.now = MONDAY_AT_SEVEN
    at_desk.tick()
    clock.advance(days=500)
    with at_desk.context.writing() as session:
        clockwork.purge(session, now=clock.now)
    assert [row.kind for row in at_desk.deliveries()] == ["farewell"]


def test_another_zone_by_a_second_track_loses_no_digest(at_desk: Desk, clock: Clock) -> None:
    learner_id = at_desk.add_learner(zone="America/Los_Angeles")
    wish = StudyWish(track_slug=desk.TRACK, weekdays=(30,) * 7, zone="Asia/Tokyo", horizon_on=None)
    with at_desk.context.writing() as session:
        enrollment.start(session, learner_id, wish, now=clock.now)
    at_desk.tick()
    clock.now = datetime(2026, 11, 29, 22, 0, tzinfo=UTC)  # seven o'clock on Monday in Tokyo
    at_desk.tick()
    assert [row.period for row in at_desk.deliveries()] == ["2026-W49"]
