"""Deliveries as values. One statement claims them, so that two senders never hold the same one."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, cast
from uuid import uuid4

from sqlalchemy import Connection, CursorResult, Table, bindparam, case, delete, func, literal, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from studyplan.domain.catalog import LearnerId
from studyplan.domain.deliveries import WAITING, Delivery, DeliveryId, Kind, Outcome, Record, State, Told
from studyplan.store.premises import HOLDS, Premise, parameters
from studyplan.store.rows import DeliveryRow

TOLD_WITHIN = timedelta(days=40)
_TELLING = (Kind.WEEKLY, Kind.DAILY, Kind.MONTHLY)
_VALUE = (
    DeliveryRow.learner_id,
    DeliveryRow.id,
    DeliveryRow.kind,
    DeliveryRow.period,
    DeliveryRow.message_id,
    DeliveryRow.attempt,
    DeliveryRow.queued_at,
    DeliveryRow.address,
)
_TEXTS = ("reason", "address", "message_id")
_TABLE = cast("Table", DeliveryRow.__table__)
_SETTLE = (
    update(_TABLE)
    .where(
        _TABLE.c.learner_id == bindparam("of"),
        _TABLE.c.id == bindparam("which"),
        _TABLE.c.state.in_((State.SENDING, State.UNKNOWN)),
        _TABLE.c.attempt == bindparam("claim"),
    )
    .values(
        {name: bindparam(name) for name in ("state", "reason", "next_at", "attempt", "ended_at")}
        | {"lease_until": None}
    )
    .returning(HOLDS)
)
"""Made once: it runs once a mail, and looks at the next one in passing."""
_SETTLE_SENT = _SETTLE.values(address=bindparam("address"), told=bindparam("told"))


def add_deliveries(session: Session, wanted: Sequence[tuple[LearnerId, Kind, str, datetime]], *, now: datetime) -> None:
    """Queue mails by learner, kind, period and the moment each is for; a period that has one already keeps it."""
    rows = [
        {
            "learner_id": learner_id,
            "id": str(uuid4()),
            "kind": kind,
            "period": period,
            "queued_at": queued_at,
        }
        for learner_id, kind, period, queued_at in wanted
    ]
    if rows:
        connection = session.connection()
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        same = dict.fromkeys(_TEXTS, "") | {"attempt": 0, "state": State.QUEUED, "next_at": now}
        connection.execute(insert(_TABLE).values(same).on_conflict_do_nothing(), rows)


def has_delivery(session: Session, learner_id: LearnerId, kind: Kind, period: str) -> bool:
    """Say whether a period has its mail already."""
    same = DeliveryRow.learner_id == learner_id, DeliveryRow.kind == kind, DeliveryRow.period == period
    return session.scalar(select(DeliveryRow.id).where(*same)) is not None


def claim_deliveries(
    session: Session, *, host: str, limit: int, lease_until: datetime, now: datetime
) -> list[Delivery]:
    """Take deliveries that are due until `lease_until`. A delivery keeps its Message-ID at every attempt."""
    due = (
        select(DeliveryRow.learner_id, DeliveryRow.id)
        .where(DeliveryRow.state.in_(WAITING), DeliveryRow.next_at <= now)
        .order_by(DeliveryRow.next_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    named = literal("<").concat(DeliveryRow.id).concat(f"@{host}>")
    taken = session.execute(
        update(DeliveryRow)
        .where(DeliveryRow.learner_id == due.c.learner_id, DeliveryRow.id == due.c.id)
        .values(
            state=State.SENDING,
            attempt=DeliveryRow.attempt + 1,
            next_at=None,
            lease_until=lease_until,
            message_id=case((DeliveryRow.message_id == "", named), else_=DeliveryRow.message_id),
        )
        .returning(*_VALUE)
        .execution_options(synchronize_session=False)
    )
    return [_delivery(row) for row in taken]


def settle_delivery(
    connection: Connection,
    delivery: Delivery,
    outcome: Outcome,
    *,
    sent: tuple[str, Told | None] | None = None,
    following: Premise | None = None,
    now: datetime,
) -> bool:
    """Write what became of a claimed delivery, late or not; nothing when somebody else has claimed it since.

    `sent` says to which address, and what the mail told. Say whether the premise of the following mail holds for sure.
    """
    values = {
        "of": delivery.learner_id,
        "which": delivery.id,
        "claim": delivery.attempt,
        "state": outcome.state,
        "reason": outcome.reason,
        "next_at": outcome.next_at,
        "attempt": delivery.attempt if outcome.spends_attempt else delivery.attempt - 1,
        "ended_at": now if outcome.next_at is None else None,
        **parameters(following),
    }
    if sent is None:
        return bool(connection.scalar(_SETTLE, values))
    address, told = sent
    return bool(connection.scalar(_SETTLE_SENT, values | {"address": address, "told": _document(told)}))


def renew_claims(session: Session, claimed: Sequence[Delivery], *, lease_until: datetime) -> set[DeliveryId]:
    """Hold claimed deliveries until `lease_until`; return those that nobody else has claimed since."""
    keys = [(delivery.learner_id, delivery.id, delivery.attempt) for delivery in claimed]
    renewed = session.scalars(
        update(DeliveryRow)
        .where(
            DeliveryRow.learner_id.in_({delivery.learner_id for delivery in claimed}),
            tuple_(DeliveryRow.learner_id, DeliveryRow.id, DeliveryRow.attempt).in_(keys),
            DeliveryRow.state.in_((State.SENDING, State.UNKNOWN)),
        )
        .values(state=State.SENDING, next_at=None, lease_until=lease_until)
        .returning(DeliveryRow.id)
        .execution_options(synchronize_session=False)
    )
    return {DeliveryId(delivery_id) for delivery_id in renewed}


def expire_leases(session: Session, before: datetime, *, now: datetime) -> int:
    """Put back what a sender took and never settled: it may have been sent. Return how many."""
    expired = session.execute(
        update(DeliveryRow)
        .where(DeliveryRow.state == State.SENDING, DeliveryRow.lease_until < before)
        .values(state=State.UNKNOWN, reason="the sender did not come back", next_at=now, lease_until=None)
        .execution_options(synchronize_session=False)
    )
    return _count(expired)


def make_waiting_due(session: Session, *, now: datetime) -> None:
    """Let everything that waits for its next attempt be tried now."""
    session.execute(
        update(DeliveryRow)
        .where(DeliveryRow.state.in_(WAITING), DeliveryRow.next_at > now)
        .values(next_at=now)
        .execution_options(synchronize_session=False)
    )


def has_due(session: Session, *, now: datetime) -> bool:
    """Say whether a delivery waits for a sender."""
    due = select(DeliveryRow.id).where(DeliveryRow.state.in_(WAITING), DeliveryRow.next_at <= now)
    return session.scalar(due.limit(1)) is not None


def find_oldest_due_at(session: Session, *, now: datetime) -> datetime | None:
    """Return since when the delivery that has waited longest is due."""
    return session.scalar(
        select(func.min(DeliveryRow.next_at)).where(DeliveryRow.state.in_(WAITING), DeliveryRow.next_at <= now)
    )


def count_expired_leases(session: Session, *, now: datetime) -> int:
    """Return how many deliveries a sender took and did not settle in time."""
    expired = select(func.count()).where(DeliveryRow.state == State.SENDING, DeliveryRow.lease_until < now)
    return session.scalar(expired) or 0


def is_ours(session: Session, learner_id: LearnerId, message_id: str) -> bool:
    """Say whether a mail with this Message-ID went to a learner."""
    sent = select(DeliveryRow.id).where(DeliveryRow.learner_id == learner_id, DeliveryRow.message_id == message_id)
    return bool(message_id) and session.scalar(sent) is not None


def list_last_told(session: Session, learner_ids: Sequence[LearnerId], *, now: datetime) -> dict[LearnerId, Told]:
    """Return what the last digest of each learner said, when it was not long ago."""
    rows = session.execute(
        select(DeliveryRow.learner_id, DeliveryRow.told)
        .where(
            DeliveryRow.learner_id.in_(learner_ids),
            DeliveryRow.state == State.SENT,
            DeliveryRow.kind.in_(_TELLING),
            DeliveryRow.queued_at > now - TOLD_WITHIN,
        )
        .order_by(DeliveryRow.queued_at)
    )
    return {LearnerId(learner_id): _told(told) for learner_id, told in rows if told}


def list_records(session: Session, learner_id: LearnerId, limit: int) -> list[Record]:
    """Return what became of a learner's latest mails, the newest first."""
    rows = session.execute(
        select(DeliveryRow.kind, DeliveryRow.state, DeliveryRow.reason, DeliveryRow.queued_at, DeliveryRow.ended_at)
        .where(DeliveryRow.learner_id == learner_id)
        .order_by(DeliveryRow.queued_at.desc())
        .limit(limit)
    )
    return [
        Record(kind=Kind(kind), state=State(state), reason=reason, at=ended_at or queued_at)
        for kind, state, reason, queued_at, ended_at in rows
    ]


def delete_ended(session: Session, before: datetime) -> int:
    """Forget what ended before a moment; a farewell is remembered, for it is said once. Return how many."""
    old = delete(DeliveryRow).where(DeliveryRow.ended_at < before, DeliveryRow.kind != Kind.FAREWELL)
    return _count(session.execute(old))


def _count(result: Any) -> int:
    return result.rowcount if isinstance(result, CursorResult) else 0


def _delivery(row: Any) -> Delivery:
    """Return the value of a row of `_VALUE`."""
    return Delivery(
        learner_id=LearnerId(row.learner_id),
        id=DeliveryId(row.id),
        kind=Kind(row.kind),
        period=row.period,
        message_id=row.message_id,
        attempt=row.attempt,
        queued_at=row.queued_at,
        address=row.address,
    )


def _document(told: Told | None) -> dict[str, Any] | None:
    if told is None:
        return None
    return {"items": told.items, "finish_on": told.finish_on.isoformat() if told.finish_on else None}


def _told(told: dict[str, Any]) -> Told:
    finish_on = told["finish_on"]
    return Told(items=told["items"], finish_on=date.fromisoformat(finish_on) if finish_on else None)
