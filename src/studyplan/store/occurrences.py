"""Occurrences as values. Once published, an occurrence is only ranked anew or closed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, insert, select, update
from sqlalchemy.orm import Session

from studyplan.domain.catalog import LearnerId, ReadingId
from studyplan.domain.errors import NotFound
from studyplan.domain.occurrences import ClosedBy, Occurrence, OccurrenceId
from studyplan.domain.plan import ItemKind, Reason, ReviewKind
from studyplan.domain.plan_document import from_document, to_document
from studyplan.store.rows import OccurrenceRow


def get_occurrence(session: Session, learner_id: LearnerId, occurrence_id: OccurrenceId) -> Occurrence:
    """Return a learner's occurrence, or raise NotFound."""
    row = session.get(OccurrenceRow, (learner_id, occurrence_id))
    if row is None:
        raise NotFound("There is no such occurrence.")
    return _occurrence(row)


def find_open(session: Session, learner_id: LearnerId, reading_id: ReadingId) -> Occurrence | None:
    """Return the open occurrence of a reading, published or not."""
    row = session.scalar(select(OccurrenceRow).where(*_open(learner_id), OccurrenceRow.reading_id == reading_id))
    return None if row is None else _occurrence(row)


def list_open(session: Session, learner_id: LearnerId) -> list[Occurrence]:
    """Return all open occurrences, published or not, by the day on which they fall due."""
    rows = session.scalars(
        select(OccurrenceRow).where(*_open(learner_id)).order_by(OccurrenceRow.due_at, OccurrenceRow.id)
    )
    return [_occurrence(row) for row in rows]


def list_published(
    session: Session, learner_id: LearnerId, *, limit: int | None = None, now: datetime
) -> list[Occurrence]:
    """Return the open occurrences that are due, newest first, ties by id."""
    rows = session.scalars(
        select(OccurrenceRow)
        .where(*_open(learner_id), OccurrenceRow.due_at <= now)
        .order_by(OccurrenceRow.due_at.desc(), OccurrenceRow.id)
        .limit(limit)
    )
    return [_occurrence(row) for row in rows]


def list_skipped(session: Session, learner_id: LearnerId, since: datetime) -> set[ReadingId]:
    """Return the readings of which an occurrence was skipped at a moment or later."""
    rows = session.scalars(
        select(OccurrenceRow.reading_id).where(
            OccurrenceRow.learner_id == learner_id,
            OccurrenceRow.closed_by == ClosedBy.SKIP,
            OccurrenceRow.closed_at >= since,
        )
    )
    return {ReadingId(reading_id) for reading_id in rows}


def list_closed(session: Session, learner_id: LearnerId, *, since: datetime) -> list[Occurrence]:
    """Return the occurrences that ended since a moment, in the order in which they did."""
    rows = session.scalars(
        select(OccurrenceRow)
        .where(OccurrenceRow.learner_id == learner_id, OccurrenceRow.closed_at >= since)
        .order_by(OccurrenceRow.closed_at, OccurrenceRow.id)
    )
    return [_occurrence(row) for row in rows]


def put_occurrences(session: Session, learner_id: LearnerId, occurrences: Sequence[Occurrence]) -> None:
    """Add or change occurrences, however many in three statements."""
    ids = [occurrence.id for occurrence in occurrences]
    known = set(session.scalars(select(OccurrenceRow.id).where(_named(learner_id, ids))))
    rows = [{"learner_id": learner_id, **_columns(occurrence)} for occurrence in occurrences]
    if new := [row for row in rows if row["id"] not in known]:
        session.execute(insert(OccurrenceRow), new)
    if changed := [row for row in rows if row["id"] in known]:
        session.execute(update(OccurrenceRow), changed)


def delete_unpublished(
    session: Session, learner_id: LearnerId, occurrence_ids: Sequence[OccurrenceId], *, now: datetime
) -> None:
    """Remove occurrences that nobody has seen."""
    if occurrence_ids:
        unseen = _named(learner_id, occurrence_ids), OccurrenceRow.due_at > now
        session.execute(delete(OccurrenceRow).where(*unseen))


def close_occurrences(
    session: Session, learner_id: LearnerId, occurrence_ids: Sequence[OccurrenceId], by: ClosedBy, *, now: datetime
) -> None:
    """End occurrences."""
    if occurrence_ids:
        ended = {"closed_at": now, "closed_by": by}
        session.execute(update(OccurrenceRow).where(_named(learner_id, occurrence_ids)).values(ended))


def _named(learner_id: LearnerId, occurrence_ids: Sequence[OccurrenceId]) -> ColumnElement[bool]:
    return and_(OccurrenceRow.learner_id == learner_id, OccurrenceRow.id.in_(occurrence_ids))


def _open(learner_id: LearnerId) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return OccurrenceRow.learner_id == learner_id, OccurrenceRow.closed_at.is_(None)


def _columns(occurrence: Occurrence) -> dict[str, Any]:
    return {
        "id": occurrence.id,
        "reading_id": occurrence.reading_id,
        "number": occurrence.number,
        "kind": occurrence.kind,
        "form": occurrence.review_kind or "",
        "part": occurrence.part,
        "parts": occurrence.parts,
        "minutes": occurrence.minutes,
        "reason": to_document(occurrence.reason),
        "rank": occurrence.rank,
        "due_at": occurrence.due_at,
        "made_at": occurrence.made_at,
        "put_off": occurrence.put_off,
        "closed_at": occurrence.closed_at,
        "closed_by": occurrence.closed_by or "",
    }


def _occurrence(row: OccurrenceRow) -> Occurrence:
    return Occurrence(
        id=OccurrenceId(row.id),
        reading_id=ReadingId(row.reading_id),
        number=row.number,
        kind=ItemKind(row.kind),
        review_kind=ReviewKind(row.form) if row.form else None,
        part=row.part,
        parts=row.parts,
        minutes=row.minutes,
        reason=from_document(Reason, row.reason),
        rank=row.rank,
        due_at=row.due_at,
        made_at=row.made_at,
        put_off=row.put_off,
        closed_at=row.closed_at,
        closed_by=ClosedBy(row.closed_by) if row.closed_by else None,
    )
