"""Mail addresses that get nothing, whoever's they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
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


def list_soft_bounces(session: Session, address: str) -> list[datetime]:
    """Return when mail to an address bounced for a while."""
    row = session.get(SuppressionRow, address)
    return [] if row is None else [datetime.fromisoformat(moment) for moment in row.soft_at]


def put_suppression(
    session: Session, address: str, reason: str, soft_at: Sequence[datetime] = (), *, since: datetime | None
) -> None:
    """Note a bounce; from `since` on nothing is sent to the address."""
    moments = [moment.isoformat() for moment in soft_at]
    session.merge(SuppressionRow(address=address, reason=reason[:200], soft_at=moments, since=since))
    session.flush()


def delete_suppression(session: Session, address: str) -> bool:
    """Let mail go to an address again; say whether it was held back."""
    row = session.get(SuppressionRow, address)
    if row is None:
        return False
    session.delete(row)
    session.flush()
    return True
