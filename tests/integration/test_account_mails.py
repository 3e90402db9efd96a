"""Mails about the account itself: where they go, and what they give away."""

from collections.abc import Iterator

import pytest

import desk
from desk import Desk
from kit import Clock
from studyplan.services import accounts, bounces
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


def test_a_move_is_not_told_to_an_address_that_wants_no_mail(at_desk: Desk, clock: Clock) -> None:
    learner_id = at_desk.add_learner()
    with at_desk.context.writing() as session:
        bounces.note_bounce(session, "ada@example.org", "complaint", "spam", now=clock.now)
        accounts.change_address(session, learner_id, "ada@new.example", now=clock.now)
    at_desk.tick()
    assert [mail.recipient for mail in at_desk.mailer.mails] == ["ada@new.example"]
