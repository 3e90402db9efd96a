"""The ledger as values."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from studyplan.domain.catalog import LearnerId
from studyplan.domain.errors import NotFound
from studyplan.domain.ledger import LedgerChange, LedgerId, LedgerLine
from studyplan.store.rows import LedgerRow


def add_lines(session: Session, learner_id: LearnerId, lines: Sequence[LedgerLine]) -> None:
    """Write lines; they are never changed, only marked as undone."""
    session.add_all(
        LedgerRow(
            learner_id=learner_id,
            id=line.id,
            made_at=line.made_at,
            change=line.change,
            subject=line.subject,
            why=line.why,
            undo=line.undo,
        )
        for line in lines
    )
    session.flush()


def list_lines(session: Session, learner_id: LearnerId, *, limit: int) -> list[LedgerLine]:
    """Return the newest lines, newest first."""
    rows = session.scalars(
        select(LedgerRow)
        .where(LedgerRow.learner_id == learner_id)
        .order_by(LedgerRow.made_at.desc(), LedgerRow.id)
        .limit(limit)
    )
    return [_line(row) for row in rows]


def get_line(session: Session, learner_id: LearnerId, ledger_id: LedgerId) -> LedgerLine:
    """Return a learner's line, or raise NotFound."""
    row = session.get(LedgerRow, (learner_id, ledger_id))
    if row is None:
        raise NotFound("There is no such line.")
    return _line(row)


def has_line(session: Session, learner_id: LearnerId, ledger_id: LedgerId) -> bool:
    """Say whether a learner has a line."""
    return session.get(LedgerRow, (learner_id, ledger_id)) is not None


def mark_undone(session: Session, learner_id: LearnerId, ledger_id: LedgerId, *, now: datetime) -> None:
    """Note that a change was put back."""
    session.execute(
        update(LedgerRow).where(LedgerRow.learner_id == learner_id, LedgerRow.id == ledger_id).values(undone_at=now)
    )


def _line(row: LedgerRow) -> LedgerLine:
    return LedgerLine(
        id=LedgerId(row.id),
        made_at=row.made_at,
        change=LedgerChange(row.change),
        subject=row.subject,
        why=row.why,
        undo=row.undo,
        undone_at=row.undone_at,
    )
