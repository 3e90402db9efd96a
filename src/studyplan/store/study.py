"""Memories, readings under way and reviews as values."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.orm import Session

from studyplan.domain.catalog import LearnerId, ReadingId
from studyplan.domain.errors import NotFound
from studyplan.domain.memory import Memory, Rating
from studyplan.domain.occurrences import Occurrence, OccurrenceId
from studyplan.domain.plan import ItemKind, ReviewKind
from studyplan.domain.reviews import Review, ReviewId
from studyplan.store.rows import MemoryRow, OccurrenceRow, ReviewRow, StartedRow


def list_memories(session: Session, learner_id: LearnerId) -> dict[ReadingId, Memory]:
    """Return what we believe a learner retains, by reading."""
    rows = session.scalars(select(MemoryRow).where(MemoryRow.learner_id == learner_id))
    return {ReadingId(row.reading_id): _memory(row) for row in rows}


def find_memory(session: Session, learner_id: LearnerId, reading_id: ReadingId) -> Memory | None:
    """Return what we believe a learner retains of one reading."""
    row = session.get(MemoryRow, (learner_id, reading_id))
    return None if row is None else _memory(row)


def put_memory(session: Session, learner_id: LearnerId, reading_id: ReadingId, memory: Memory | None) -> None:
    """Store a memory; None takes it away."""
    if memory is None:
        session.execute(delete(MemoryRow).where(MemoryRow.learner_id == learner_id, MemoryRow.reading_id == reading_id))
    else:
        session.merge(MemoryRow(learner_id=learner_id, reading_id=reading_id, **asdict(memory)))
    session.flush()


def list_started(session: Session, learner_id: LearnerId) -> dict[ReadingId, tuple[float, int]]:
    """Return minutes read and parts done of the first readings that are under way."""
    rows = session.scalars(select(StartedRow).where(StartedRow.learner_id == learner_id))
    return {ReadingId(row.reading_id): (row.minutes_read, row.parts_read) for row in rows}


def put_started(
    session: Session, learner_id: LearnerId, reading_id: ReadingId, *, minutes_read: float, parts_read: int
) -> None:
    """Store how far a first reading is; no minutes take the note away."""
    if minutes_read <= 0:
        session.execute(
            delete(StartedRow).where(StartedRow.learner_id == learner_id, StartedRow.reading_id == reading_id)
        )
    else:
        session.merge(
            StartedRow(learner_id=learner_id, reading_id=reading_id, minutes_read=minutes_read, parts_read=parts_read)
        )
    session.flush()


def add_review(session: Session, learner_id: LearnerId, review: Review) -> None:
    """Keep a review for ever."""
    session.add(
        ReviewRow(
            learner_id=learner_id,
            id=review.id,
            reading_id=review.reading_id,
            occurrence_id=review.occurrence_id,
            kind=review.kind,
            rating=review.rating,
            recall_expected=review.recall_expected,
            minutes=review.minutes,
            timed=review.timed,
            rated_at=review.rated_at,
            studied_on=review.studied_on,
            key=review.key,
            before=_before(review),
        )
    )
    session.flush()


def find_review(session: Session, learner_id: LearnerId, occurrence: Occurrence, key: str) -> Review | None:
    """Return the review that counts and was made from a form already, or else of an occurrence."""
    of_occurrence = and_(ReviewRow.reading_id == occurrence.reading_id, ReviewRow.occurrence_id == occurrence.id)
    query = select(ReviewRow).where(
        ReviewRow.learner_id == learner_id, ReviewRow.undone_at.is_(None), or_(ReviewRow.key == key, of_occurrence)
    )
    row = session.scalar(query.order_by(ReviewRow.key != key).limit(1))
    return None if row is None else _review(row)


def minutes_read_of(session: Session, learner_id: LearnerId, reading_id: ReadingId) -> float:
    """Return the minutes read of a first reading that is under way; 0 for any other."""
    row = session.get(StartedRow, (learner_id, reading_id))
    return 0.0 if row is None else row.minutes_read


def get_review(session: Session, learner_id: LearnerId, review_id: ReviewId) -> Review:
    """Return a learner's review, or raise NotFound."""
    row = session.get(ReviewRow, (learner_id, review_id))
    if row is None:
        raise NotFound("There is no such rating.")
    return _review(row)


def list_reviews(
    session: Session, learner_id: LearnerId, *, reading_id: ReadingId | None = None, since_on: date | None = None
) -> list[Review]:
    """Return the reviews that count, the oldest first."""
    query = select(ReviewRow).where(ReviewRow.learner_id == learner_id, ReviewRow.undone_at.is_(None))
    if reading_id is not None:
        query = query.where(ReviewRow.reading_id == reading_id)
    if since_on is not None:
        query = query.where(ReviewRow.studied_on >= since_on)
    return [_review(row) for row in session.scalars(query.order_by(ReviewRow.rated_at, ReviewRow.id))]


@dataclass(frozen=True, kw_only=True, slots=True)
class Trace:
    """What of a review says something about the learner: what was expected, what came of it, what it took."""

    reading_id: ReadingId
    kind: ItemKind
    review_kind: ReviewKind | None
    rating: Rating | None
    expected: float | None
    minutes: float
    timed: bool
    on: date


def list_traces(session: Session, learner_id: LearnerId, *, limit: int) -> list[Trace]:
    """Return the newest reviews that count, the oldest of them first."""
    rows = session.execute(
        select(
            ReviewRow.reading_id,
            ReviewRow.kind,
            OccurrenceRow.form,
            ReviewRow.rating,
            ReviewRow.recall_expected,
            ReviewRow.minutes,
            ReviewRow.timed,
            ReviewRow.studied_on,
        )
        .join(OccurrenceRow, and_(OccurrenceRow.learner_id == learner_id, OccurrenceRow.id == ReviewRow.occurrence_id))
        .where(ReviewRow.learner_id == learner_id, ReviewRow.undone_at.is_(None))
        .order_by(ReviewRow.rated_at.desc(), ReviewRow.id)
        .limit(limit)
    ).all()
    return [
        Trace(
            reading_id=ReadingId(reading_id),
            kind=ItemKind(kind),
            review_kind=ReviewKind(form) if form else None,
            rating=None if rating is None else Rating(rating),
            expected=expected,
            minutes=minutes,
            timed=timed,
            on=on,
        )
        for reading_id, kind, form, rating, expected, minutes, timed, on in reversed(rows)
    ]


def undo_review(session: Session, learner_id: LearnerId, review_id: ReviewId, *, now: datetime) -> None:
    """Mark a review as taken back; its row stays, its form key can be used again."""
    session.execute(
        update(ReviewRow).where(ReviewRow.learner_id == learner_id, ReviewRow.id == review_id).values(undone_at=now)
    )


def _memory(row: MemoryRow) -> Memory:
    return Memory(
        stability=row.stability,
        difficulty=row.difficulty,
        last_on=row.last_on,
        reviews=row.reviews,
        lapses=row.lapses,
        version=row.version,
    )


def _before(review: Review) -> dict[str, Any]:
    memory = review.memory_before
    return {
        "memory": None if memory is None else asdict(memory) | {"last_on": memory.last_on.isoformat()},
        "minutes_read": review.minutes_read_before,
    }


def _review(row: ReviewRow) -> Review:
    memory = row.before["memory"]
    return Review(
        id=ReviewId(row.id),
        reading_id=ReadingId(row.reading_id),
        occurrence_id=OccurrenceId(row.occurrence_id),
        kind=ItemKind(row.kind),
        rating=None if row.rating is None else Rating(row.rating),
        recall_expected=row.recall_expected,
        minutes=row.minutes,
        timed=row.timed,
        rated_at=row.rated_at,
        studied_on=row.studied_on,
        key=row.key,
        memory_before=None if memory is None else Memory(**memory | {"last_on": date.fromisoformat(memory["last_on"])}),
        minutes_read_before=row.before["minutes_read"],
        undone_at=row.undone_at,
    )
