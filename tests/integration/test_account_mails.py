"""Mails about the account itself: where they go, and what they give away."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

import desk
from desk import Desk
from kit import Clock
from studyplan.domain.catalog import LearnerId
from studyplan.domain.deliveries import Delivery, DeliveryId, Kind
from studyplan.services import accounts, bounces, letters
from studyplan.services.deliveries import Unwanted
from studyplan.settings import Settings


@pytest.fixture
def at_desk(settings: Settings, clock: Clock) -> Iterator[Desk]:
    with desk.opened(settings, clock) as opened:
        yield opened


def test_the_confirming_mail_carries_a_link_of_the_configured_site(at_desk: Desk, clock: Clock) -> None:
    from studyplan.services import accounts

    with at_desk.context.writing() as session:
        accounts.sign_up(session, email="new@example.org", password_hash="none", now=clock.now)
    at_desk.tick()
    assert f"{at_desk.context.settings.site}/confirm/" in at_desk.mailer.mails[0].text


def test_the_address_before_is_told_of_a_move_if_it_was_the_learners(at_desk: Desk, clock: Clock) -> None:
    learner_id = at_desk.add_learner()
    for address in ("ada@new.example", "ada@newer.example"):
        clock.advance(minutes=1)
        with at_desk.context.writing() as session:
            accounts.change_address(session, learner_id, address, now=clock.now)
        at_desk.tick()
    told = {(mail.recipient, mail.subject) for mail in at_desk.mailer.mails}
    assert told == {
        ("ada@example.org", "Your account has another address now"),
        ("ada@new.example", "Confirm your address"),
        ("ada@newer.example", "Confirm your address"),
    }
    moved = next(mail for mail in at_desk.mailer.mails if mail.recipient == "ada@example.org")
    assert "ada@new.example" not in moved.as_bytes(clock.now).decode()


def test_an_account_that_is_gone_keeps_back_nobody_elses_mail(at_desk: Desk, clock: Clock) -> None:
    at_desk.add_learner()
    gone = Delivery(
        learner_id=LearnerId(999), id=DeliveryId("gone"), kind=Kind.CONFIRM, period="", message_id="<gone@example.org>",
        attempt=1, queued_at=clock.now,
    )  # fmt: skip
    with at_desk.context.reading() as session:
        written = letters.gather(session, [gone], at_desk.context.settings, now=clock.now)
    assert letters.write(written, gone, now=clock.now) == Unwanted(reason="the account is gone")


def test_the_same_mail_bounces_for_a_while_once(at_desk: Desk, clock: Clock) -> None:
    at_desk.add_learner()
    for mail, is_over in (("<1@x>", False), ("<1@x>", False), ("<2@x>", False), ("<2@x>", False), ("<3@x>", True)):
        with at_desk.context.writing() as session:
            said = bounces.note_bounce(session, "ada@example.org", "soft", "full", message_id=mail, now=clock.now)
        assert said is is_over


def test_two_reports_at_once_are_both_noted(at_desk: Desk, clock: Clock) -> None:
    def note(number: int) -> None:
        with at_desk.context.writing() as session:
            bounces.note_bounce(session, "a@example.org", "soft", "full", message_id=f"<{number}@x>", now=clock.now)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(note, range(3)))
    with at_desk.context.reading() as session:
        assert bounces.find_suppression(session, "a@example.org") == "soft bounce: full"


def test_a_move_is_not_told_to_an_address_that_wants_no_mail(at_desk: Desk, clock: Clock) -> None:
    learner_id = at_desk.add_learner()
    with at_desk.context.writing() as session:
        bounces.note_bounce(session, "ada@example.org", "complaint", "spam", now=clock.now)
        accounts.change_address(session, learner_id, "ada@new.example", now=clock.now)
    at_desk.tick()
    assert [mail.recipient for mail in at_desk.mailer.mails] == ["ada@new.example"]
