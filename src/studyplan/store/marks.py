"""Marks: where the clock and the senders left off, seen by all processes."""

from datetime import datetime
from typing import cast

from sqlalchemy import Table, bindparam, delete, select, update
from sqlalchemy.orm import Session

from studyplan.store.rows import MarkRow

_TABLE = cast("Table", MarkRow.__table__)
_CHANGE = _TABLE.update().where(_TABLE.c.name == bindparam("which"))


def put_mark(session: Session, name: str, note: str = "", *, now: datetime) -> None:
    """Set a mark."""
    connection, values = session.connection(), {"name": name, "at": now, "note": note}
    if not connection.execute(_CHANGE, values | {"which": name}).rowcount:
        connection.execute(_TABLE.insert(), values)


def find_mark(session: Session, name: str) -> tuple[datetime, str] | None:
    """Return when a mark was set, and its note."""
    row = session.execute(select(MarkRow.at, MarkRow.note).where(MarkRow.name == name)).one_or_none()
    return None if row is None else (row.at, row.note)


def advance_mark(session: Session, name: str, to: datetime, *, now: datetime) -> bool:
    """Set a mark that lies at or before now to a later moment; say whether this caller was the one to do it."""
    moved = session.scalar(
        update(MarkRow).where(MarkRow.name == name, MarkRow.at <= now).values(at=to).returning(MarkRow.name)
    )
    return moved is not None


def delete_mark(session: Session, name: str) -> None:
    """Take a mark away."""
    session.execute(delete(MarkRow).where(MarkRow.name == name))
