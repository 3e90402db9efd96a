"""A mail server that behaves badly, and the state each mail ends in."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

import crowd
import desk
import smtp_sink
from desk import Desk
from kit import Clock
from smtp_sink import Script, Sink
from studyplan.domain.deliveries import Fate
from studyplan.publish.mail import Mail, SmtpMailer
from studyplan.services import clockwork
from studyplan.settings import Settings
from studyplan.store import suppressions

MONDAY_AT_SEVEN = datetime(2026, 11, 30, 6, 0, tzinfo=UTC)


@contextmanager
def sending(settings: Settings, clock: Clock, script: Script, learners: int = 1) -> Iterator[tuple[Desk, Sink]]:
    """Give a desk that sends to a scripted server, with digests that are due."""
    with smtp_sink.running(script) as sink:
        mailer = SmtpMailer(sink.url, seconds=0.5)
        with desk.opened(settings, clock, mailer) as at_desk:
            for number in range(learners):
                at_desk.add_learner(f"learner-{number}@example.org")
            clock.now = MONDAY_AT_SEVEN
            yield at_desk, sink
        mailer.close()


def once(stage: str, answer: str) -> Script:
    """Return a script that answers badly the first time."""
    answers = [answer]
    return lambda at, _said: answers.pop() if at == stage and answers else None


def always(stage: str, answer: str) -> Script:
    return lambda at, _said: answer if at == stage else None


@pytest.mark.parametrize(
    ("script", "state", "reason", "minutes"),
    [
        (lambda: once("rcpt", "421 4.3.2 shutting down"), "queued", "421", 5),
        (lambda: once("rcpt", "451 4.7.1 greylisted"), "queued", "451", 5),
        (lambda: once("rcpt", "452 4.2.2 mailbox full"), "queued", "452", 5),
        (lambda: once("mail", "450 busy"), "queued", "450", 5),
        (lambda: once("end", "451 try again"), "queued", "451", 5),
        (lambda: once("rcpt", "hang"), "queued", "timed out", 5),
        (lambda: once("data", "drop"), "queued", "closed", 5),
        (lambda: once("end", "hang"), "unknown", "timed out", 5),
        (lambda: once("end", "drop"), "unknown", "closed", 5),
        (lambda: once("end", "drop after taking"), "unknown", "closed", 5),
        (lambda: once("connect", "421 too many"), "queued", "421", 0),
        (lambda: once("connect", "554 go away"), "queued", "554", 0),
        (lambda: once("connect", "hang"), "queued", "timed out", 0),
    ],
)
def test_what_may_pass_is_tried_again_and_arrives(
    settings: Settings, clock: Clock, script: Callable[[], Script], state: str, reason: str, minutes: int
) -> None:
    with sending(settings, clock, script()) as (at_desk, sink):
        at_desk.tick()
        row = at_desk.deliveries()[0]
        assert row.state == state
        assert reason in row.reason
        assert row.next_at == clock.now + timedelta(minutes=minutes)
        assert row.attempt == (1 if minutes else 0)
        clock.advance(minutes=5)
        at_desk.tick()
        at_desk.tick()
        assert at_desk.states() == [("weekly", "sent")]
        assert set(sink.message_ids) == {row.message_id}


@pytest.mark.parametrize(
    ("script", "is_held_back"),
    [
        (always("rcpt", "550 5.1.1 no such user"), True),
        (always("rcpt", "550 no such user"), True),
        (always("rcpt", "552 5.2.2 mailbox full"), False),
        (always("rcpt", "554 5.7.1 relay access denied"), False),
        (always("mail", "550 5.7.1 sender rejected"), False),
        (always("end", "554 5.6.0 too odd"), False),
    ],
)
def test_a_refusal_is_final_and_holds_an_address_back_only_when_it_is_to_blame(
    settings: Settings, clock: Clock, script: Script, *, is_held_back: bool
) -> None:
    with sending(settings, clock, script) as (at_desk, _sink):
        at_desk.tick()
        clock.advance(hours=7)
        at_desk.tick()
        row = at_desk.deliveries()[0]
        assert (row.state, row.attempt) == ("failed", 1)
        with at_desk.context.reading() as session:
            held = suppressions.find_suppression(session, "learner-0@example.org")
        assert (held is not None) is is_held_back


def test_a_closed_port_spends_no_attempt_and_the_mail_arrives_when_it_opens(settings: Settings, clock: Clock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with desk.opened(settings, clock, SmtpMailer(f"smtp://127.0.0.1:{port}", seconds=0.5)) as at_desk:
        at_desk.add_learner()
        clock.now = MONDAY_AT_SEVEN
        for _ in range(3):
            at_desk.tick()
            clock.advance(hours=2)
        assert [(row.state, row.attempt) for row in at_desk.deliveries()] == [("queued", 0)]


@pytest.mark.parametrize(
    ("account", "told"),
    [("ada:gr%C3%BCn@", "ASCII"), ("ada:pa/ss@", "Port could not be cast")],
)
def test_a_mail_server_that_cannot_be_signed_in_to_counts_as_out_of_reach(
    settings: Settings, clock: Clock, account: str, told: str
) -> None:
    with smtp_sink.running() as sink:
        mailer = SmtpMailer(sink.url.replace("//", f"//{account}"), seconds=0.5)
        with desk.opened(settings, clock, mailer) as at_desk:
            at_desk.add_learner()
            clock.now = MONDAY_AT_SEVEN
            at_desk.tick()
            (row,) = at_desk.deliveries()
    assert (row.state, row.attempt) == ("queued", 0)
    assert told in row.reason
    assert sink.mails == []


def test_one_bad_recipient_in_fifty_stops_nobody_elses_mail(settings: Settings, clock: Clock) -> None:
    def script(stage: str, said: str) -> str | None:
        return "550 5.1.1 no such user" if stage == "rcpt" and said == "learner-0@example.org" else None

    with sending(settings, clock, script) as (at_desk, sink):
        add_copies(at_desk, 49)
        at_desk.tick()
        states = [row.state for row in at_desk.deliveries()]
        assert (states.count("sent"), states.count("failed")) == (49, 1)
        assert len(sink.mails) == len(sink.message_ids) == 49


def test_a_server_that_refuses_a_fifth_is_left_alone_and_all_arrive_after_the_probe(
    settings: Settings, clock: Clock
) -> None:
    is_ill = True

    def script(stage: str, _said: str) -> str | None:
        return "451 4.3.0 out of disk" if stage == "end" and is_ill else None

    with sending(settings, clock, script) as (at_desk, sink):
        add_copies(at_desk, 40)
        at_desk.tick()
        assert sum(row.attempt > 0 for row in at_desk.deliveries()) == 11
        is_ill = False
        clock.advance(minutes=5)
        for _ in range(2):
            at_desk.tick()
        assert {row.state for row in at_desk.deliveries()} == {"sent"}
        assert len(sink.mails) == 41


def test_addresses_that_are_gone_say_nothing_against_the_server(settings: Settings, clock: Clock) -> None:
    asked: list[str] = []

    def script(stage: str, said: str) -> str | None:
        asked.extend([said] if stage == "rcpt" else [])
        return "550 5.1.1 no such user" if stage == "rcpt" and len(asked) <= 15 else None

    with sending(settings, clock, script) as (at_desk, sink):
        add_copies(at_desk, 40)
        at_desk.tick()
        states = [row.state for row in at_desk.deliveries()]
        assert (states.count("sent"), states.count("failed")) == (26, 15)
        assert len(sink.mails) == 26


def test_what_a_server_says_may_hold_anything(settings: Settings, clock: Clock) -> None:
    with sending(settings, clock, always("end", "250 2.0.0 queued\0 as \x1b[1m" + 4_000 * "x")) as (at_desk, _sink):
        at_desk.tick()
        (row,) = at_desk.deliveries()
        assert row.state == "sent"
        assert row.reason.startswith("2.0.0 queued as [1mxxx")


@pytest.mark.parametrize("told", ["what?", "354 again", "150 eh"])
def test_what_is_no_answer_leaves_the_mail_in_doubt(settings: Settings, clock: Clock, told: str) -> None:
    with sending(settings, clock, once("end", told)) as (at_desk, sink):
        at_desk.tick()
        assert at_desk.states() == [("weekly", "unknown")]
        clock.advance(minutes=6)
        at_desk.tick()
        assert at_desk.states() == [("weekly", "sent")]
        assert len(sink.mails) == 1


def test_a_server_that_hangs_has_no_more_time_than_one_mail_may_take() -> None:
    stages: list[str] = []

    def hangs_the_second_time(stage: str, _said: str) -> str | None:
        stages.append(stage)
        return "hang" if stages.count("mail") == 2 else None

    with smtp_sink.running(hangs_the_second_time) as sink:
        mailer = SmtpMailer(sink.url, seconds=0.5)
        fates = [mailer.send(letter(f"<{n}@example.org>"), now=MONDAY_AT_SEVEN).fate for n in range(2)]
        mailer.close()
    assert fates == [Fate.TAKEN, Fate.LATER]
    assert stages.count("connect") == 1


@pytest.mark.parametrize("is_lax", [False, True])
@pytest.mark.parametrize(
    ("stage", "told", "fate"),
    [
        ("mail", "550 5.7.1 sender rejected", Fate.REFUSED),
        ("rcpt", "550 5.1.1 no such user", Fate.REFUSED),
        ("rcpt", "451 4.7.1 greylisted", Fate.LATER),
        ("rcpt", "421 4.3.2 shutting down", Fate.LATER),
        ("rcpt", "hang", Fate.LATER),
        ("rcpt", "drop", Fate.LATER),
        ("data", "451 4.3.0 no room", Fate.LATER),
        ("end", "554 5.6.0 too odd", Fate.REFUSED),
        ("end", "drop", Fate.UNKNOWN),
        ("never", "", Fate.TAKEN),
    ],
)
def test_commands_sent_together_are_answered_as_one_by_one_and_the_next_mail_arrives(
    stage: str, told: str, fate: Fate, *, is_lax: bool
) -> None:
    answers = []
    for pipelines in (True, False):
        with smtp_sink.running(once(stage, told)) as sink:
            sink.pipelines, sink.is_lax = pipelines, is_lax
            mailer = SmtpMailer(sink.url, seconds=0.5)
            answers.append(mailer.send(letter("<first@example.org>"), now=MONDAY_AT_SEVEN))
            assert mailer.send(letter("<second@example.org>"), now=MONDAY_AT_SEVEN).fate is Fate.TAKEN
            mailer.close()
            arrived = sink.mails[-1].replace(b"\r\n..", b"\r\n.")
            assert arrived == letter("<second@example.org>").as_bytes(MONDAY_AT_SEVEN)
    assert answers[0] == answers[1]
    assert answers[0].fate is fate


def letter(message_id: str) -> Mail:
    return Mail(
        message_id=message_id,
        sender="Studyplan <study@example.org>",
        recipient="ada@example.org",
        subject="Your week",
        text="One line.\n.\n..two dots\n",
        html="<p>One line.</p>",
    )


def add_copies(at_desk: Desk, count: int) -> None:
    with at_desk.context.writing() as session:
        crowd.add_copies(session, at_desk.first_learner(), count)
        clockwork.queue_digests(session, 1_000, now=at_desk.context.now())
