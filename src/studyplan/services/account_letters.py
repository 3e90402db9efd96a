"""The mails about an account. Their tokens are made when they are sent, so that none is ever stored."""

from datetime import datetime

from sqlalchemy.orm import Session

from studyplan.domain.deliveries import Delivery, Kind
from studyplan.publish.links import Links
from studyplan.publish.twins import Note
from studyplan.services import accounts

ASKED_FOR = (Kind.CONFIRM, Kind.RESET)
ACCOUNT_KINDS = (*ASKED_FOR, Kind.MOVED)


def account_note(session: Session, delivery: Delivery, links: Links, *, now: datetime) -> Note:
    """Return what a mail about an account says."""
    if delivery.kind is Kind.CONFIRM:
        token = accounts.make_confirm_token(session, delivery.learner_id, secret=links.secret, now=now)
        return _confirm(links.page(f"/confirm/{token}"))
    if delivery.kind is Kind.MOVED:
        return _moved(links.page("/sign-in"))
    token = accounts.make_reset_token(session, delivery.learner_id, secret=links.secret, now=now)
    return _reset(links.page(f"/reset/{token}"))


def _confirm(url: str) -> Note:
    return Note(
        subject="Confirm your address",
        paragraphs=(
            "Somebody, most likely you, gave this address to a Studyplan account.",
            "Confirm that it is yours, and digests can come here. The link holds for a day.",
        ),
        button="Confirm this address",
        url=url,
        foot="Not you? Then do nothing: nothing more will be sent here.",
    )


def _reset(url: str) -> Note:
    return Note(
        subject="Choose a new password",
        paragraphs=("Somebody, most likely you, asked for a new password. The link holds for half an hour.",),
        button="Choose a new password",
        url=url,
        foot="Not you? Then do nothing: the password stays as it is.",
    )


def _moved(url: str) -> Note:
    return Note(
        subject="Your account has another address now",
        paragraphs=(
            "Somebody who knew its password gave the Studyplan account of this address another one.",
            "If that was you, nothing is left to do. If not, tell whoever runs this site.",
        ),
        button="Open Studyplan",
        url=url,
        foot="This is the last mail to this address.",
    )
