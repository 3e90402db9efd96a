"""Mail addresses that get nothing, whoever's they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from studyplan.domain.catalog import LearnerId
from studyplan.store.rows import SuppressionRow, UserRow


def find_suppression(session: Session, address: str) -> str | None:
    """Return why nothing is sent to an address; None when mail may go there."""
    return session.scalar(
        select(SuppressionRow.reason).where(SuppressionRow.address == address, SuppressionRow.since.is_not(None))
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipient:
    """Where a learner's mail goes, and why it must not, when there is a reason."""

    address: str
    is_active: bool
    held_back: str | None


def list_recipients(session: Session, learner_ids: Sequence[LearnerId]) -> dict[LearnerId, Recipient]:
    """Return where mails to learners go."""
    rows = session.execute(
        select(UserRow.id, UserRow.email, UserRow.active, SuppressionRow.since, SuppressionRow.reason)
        .outerjoin(SuppressionRow, SuppressionRow.address == UserRow.email)
        .where(UserRow.id.in_(learner_ids))
    )
    return {
        LearnerId(learner_id): Recipient(address=email, is_active=active, held_back=reason if since else None)
        for learner_id, email, active, since, reason in rows
    }


class SoftBounce(NamedTuple):
    """When a mail bounced for a while, and which one; older ones do not say which."""

    at: datetime
    message_id: str = ""


def lock_soft_bounces(session: Session, address: str) -> list[SoftBounce]:
    """Return the soft bounces of an address, and let nobody else note one until the transaction ends."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(insert(SuppressionRow).values(address=address, reason="", soft_at=[]).on_conflict_do_nothing())
    of_address = select(SuppressionRow.soft_at).where(SuppressionRow.address == address)
    noted = (item.partition(" ") for item in session.scalars(of_address.with_for_update()).one())
    return [SoftBounce(datetime.fromisoformat(at), message_id) for at, _, message_id in noted]


def put_suppression(
    session: Session, address: str, reason: str, soft: Sequence[SoftBounce], *, since: datetime | None
) -> None:
    """Note a bounce of an address that is locked; from `since` on nothing is sent to it."""
    noted = [f"{bounce.at.isoformat()} {bounce.message_id}".rstrip() for bounce in soft]
    values = {"reason": reason[:200], "soft_at": noted, "since": since}
    session.execute(update(SuppressionRow).where(SuppressionRow.address == address).values(values))


def delete_suppression(session: Session, address: str) -> bool:
    """Let mail go to an address again; say whether it was held back."""
    row = session.get(SuppressionRow, address)
    if row is None:
        return False
    session.delete(row)
    session.flush()
    return True
