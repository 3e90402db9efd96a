"""Marks: where the clock and the senders left off, seen by all processes."""

from datetime import datetime

from sqlalchemy import bindparam, delete, select, text, update
from sqlalchemy.orm import Session

from studyplan.store.database import Moment
from studyplan.store.rows import MarkRow

_PUT = text(
    "INSERT INTO marks (name, at, note) VALUES (:name, :at, :note) "
    "ON CONFLICT (name) DO UPDATE SET at = excluded.at, note = excluded.note"
).bindparams(bindparam("at", type_=Moment))


def put_mark(session: Session, name: str, note: str = "", *, now: datetime) -> None:
    """Set a mark, in one statement: two may meet a dead mail server at once."""
    session.execute(_PUT, {"name": name, "at": now, "note": note})


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
