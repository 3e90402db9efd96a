"""Bounces belong to an address, not to a learner: hard ones stop mail at once, soft ones when they come often."""

from datetime import datetime

from sqlalchemy.orm import Session

from studyplan.domain.deliveries import SOFT_BOUNCES, is_suppressed_by
from studyplan.store import suppressions

HARD, SOFT = "hard", "soft"


def find_suppression(session: Session, address: str) -> str | None:
    """Return why nothing is sent to an address; None when mail may go there."""
    return suppressions.find_suppression(session, address)


def allow_again(session: Session, address: str) -> None:
    """Let mail go to an address again: its owner says that it works."""
    suppressions.delete_suppression(session, address)


def note_bounce(session: Session, address: str, kind: str, detail: str, *, now: datetime) -> bool:
    """Note a bounce; say whether the address gets nothing from now on."""
    address = address.strip().lower()
    if suppressions.find_suppression(session, address) is not None:
        return True
    soft_at = suppressions.list_soft_bounces(session, address)
    if kind == SOFT:
        soft_at = [*soft_at, now][-SOFT_BOUNCES:]
    is_over = kind == HARD or is_suppressed_by(soft_at, now=now)
    suppressions.put_suppression(session, address, f"{kind} bounce: {detail}", soft_at, since=now if is_over else None)
    return is_over
