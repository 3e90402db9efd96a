"""Bounces belong to an address, not to a learner: hard ones stop mail at once, soft ones when they come often."""

from datetime import datetime

from sqlalchemy.orm import Session

from studyplan.domain.account import Account
from studyplan.domain.deliveries import SOFT_BOUNCES, is_suppressed_by
from studyplan.domain.errors import Conflict
from studyplan.formats import bounce
from studyplan.formats.bounce import Returned, Unsubscription
from studyplan.publish.links import Links
from studyplan.services.digests import unsubscribe
from studyplan.store import deliveries, learners, suppressions
from studyplan.store.suppressions import SoftBounce

HARD, SOFT, COMPLAINT = bounce.KINDS


def find_suppression(session: Session, address: str) -> str | None:
    """Return why nothing is sent to an address; None when mail may go there."""
    return suppressions.find_suppression(session, address)


def allow_again(session: Session, account: Account) -> None:
    """Let mail go to an account's address again: its owner says that it works.

    Conflict where whoever reads there has complained, and the account has not shown that it is the same person.
    """
    suppressions.lock_soft_bounces(session, account.email)  # a complaint that comes in just now is not lost
    reason = suppressions.find_suppression(session, account.email) or ""
    if reason.startswith(COMPLAINT) and not account.is_confirmed:
        raise Conflict(f"Whoever reads {account.email} wants no more mail. Change to another address in your account.")
    suppressions.delete_suppression(session, account.email)


def take_in(session: Session, raw: bytes, links: Links, *, now: datetime) -> list[str]:
    """Act on a report, or an mbox file or JSON with several; return what was done, in words. Invalid for other JSON.

    Anybody can send us a mail that looks like a report: it counts only with the Message-ID of a mail that we sent.
    """
    return [_act_on(session, item, links, now=now) for item in bounce.read(raw)]


def note_bounce(session: Session, address: str, kind: str, detail: str, *, message_id: str = "", now: datetime) -> bool:
    """Note a bounce; say whether the address gets nothing from now on. The same mail bounces softly once."""
    address = address.strip().lower()
    soft = suppressions.lock_soft_bounces(session, address)
    if suppressions.find_suppression(session, address) is not None:
        return True
    if kind == SOFT and not (message_id and message_id in {bounce.message_id for bounce in soft}):
        soft = [*soft, SoftBounce(now, message_id)][-SOFT_BOUNCES:]
    is_over = kind in {HARD, COMPLAINT} or is_suppressed_by([bounce.at for bounce in soft], now=now)
    suppressions.put_suppression(
        session,
        address,
        f"{kind}: {detail}" if kind == COMPLAINT else f"{kind} bounce: {detail}",
        soft,
        since=now if is_over else None,
    )
    return is_over


def _act_on(session: Session, item: Returned | Unsubscription, links: Links, *, now: datetime) -> str:
    if isinstance(item, Unsubscription):
        learner_id = links.find_unsubscriber(item.token)
        if learner_id is None:
            return "ignored: an unsubscription with a token that was not signed here"
        unsubscribe(session, learner_id)
        return "unsubscribed a learner"
    learner_id = learners.find_learner_id(session, item.address)
    if learner_id is None or not deliveries.is_ours(session, learner_id, item.message_id):
        return f"ignored: {item.address} got no mail {item.message_id or 'without a Message-ID'} from here"
    is_over = note_bounce(session, item.address, item.kind, item.detail, message_id=item.message_id, now=now)
    return f"{item.address}: {item.detail}" + ("; nothing is sent there any more" if is_over else "; noted")
