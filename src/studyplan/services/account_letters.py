"""The mails about an account. Their tokens are made when they are sent, so that none is ever stored."""

from datetime import datetime

from sqlalchemy.orm import Session

from studyplan.domain.deliveries import Delivery, Kind
from studyplan.publish.links import Links
from studyplan.publish.twins import Note
from studyplan.services import accounts

ACCOUNT_KINDS = (Kind.CONFIRM, Kind.RESET)


def account_note(session: Session, delivery: Delivery, links: Links, *, now: datetime) -> Note:
    """Return what a mail about an account says."""
    if delivery.kind is Kind.CONFIRM:
        token = accounts.make_confirm_token(session, delivery.learner_id, secret=links.secret, now=now)
        return _confirm(links.page(f"/confirm/{token}"))
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
