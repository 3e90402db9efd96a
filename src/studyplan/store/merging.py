"""Two readings that turn out to be one: what was learned at the former address goes on at the present one."""

from datetime import datetime
from typing import cast

from sqlalchemy import Table, and_, insert, select, update
from sqlalchemy.orm import Session, aliased

from studyplan.domain.catalog import LearnerId, ReadingId
from studyplan.domain.occurrences import ClosedBy
from studyplan.store import occurrences, study
from studyplan.store.rows import BuildsOnRow, EntryRow, LearnerRow, MemoryRow, OccurrenceRow, ReviewRow, StartedRow

_ROWS = (MemoryRow, StartedRow, OccurrenceRow, ReviewRow)
PROGRESS = tuple(cast("Table", row.__table__) for row in _ROWS)


def merge_readings(session: Session, former: ReadingId, present: ReadingId, *, now: datetime) -> list[int]:
    """Move all progress from one reading to another; return the catalogs that list the other in its stead from now on.

    The former reading stays, withdrawn, because plans that were made before name it.
    """
    with_former, with_present = _learners(session, former), _learners(session, present)
    affected = select(LearnerRow.learner_id).where(LearnerRow.learner_id.in_(with_former))
    session.execute(affected.order_by(LearnerRow.learner_id).with_for_update())
    for learner_id in with_former & with_present:
        _end_open(session, learner_id, (former, present), now=now)
        _keep_better(session, learner_id, (former, present))
    for table in PROGRESS:
        session.execute(table.update().where(table.c.reading_id == former).values(reading_id=present))
    for row in [row for row in session if isinstance(row, _ROWS)]:
        session.expunge(row)  # it lies elsewhere now
    return _list_present(session, former, present, now=now)


def _learners(session: Session, reading_id: ReadingId) -> set[LearnerId]:
    """Return who has begun a reading, or has been told of it."""
    found = (select(table.c.learner_id).where(table.c.reading_id == reading_id) for table in PROGRESS)
    return {LearnerId(learner_id) for query in found for learner_id in session.scalars(query.distinct())}


def _end_open(session: Session, learner_id: LearnerId, pair: tuple[ReadingId, ReadingId], *, now: datetime) -> None:
    """End what a learner was to do with either reading: the next plan finds what the one asks for."""
    ends = [item.id for item in occurrences.list_open(session, learner_id) if item.reading_id in pair]
    occurrences.delete_unpublished(session, learner_id, ends, now=now)
    occurrences.close_occurrences(session, learner_id, ends, ClosedBy.WITHDRAWN, now=now)


def _keep_better(session: Session, learner_id: LearnerId, pair: tuple[ReadingId, ReadingId]) -> None:
    """Leave one memory, that with more reviews or else the later; without any, the first reading that got further."""
    memories = {key: memory for key in pair if (memory := study.find_memory(session, learner_id, key))}
    kept = max(memories, key=lambda key: (memories[key].reviews, memories[key].last_on), default=None)
    furthest = max(pair, key=lambda key: study.minutes_read_of(session, learner_id, key))
    for key in pair:
        if key != kept:
            study.put_memory(session, learner_id, key, None)
        if kept is not None or key != furthest:
            study.put_started(session, learner_id, key, minutes_read=0, parts_read=0)


def _list_present(session: Session, former: ReadingId, present: ReadingId, *, now: datetime) -> list[int]:
    """Let catalogs that list the former reading alone list the present one; return which those are."""
    other = aliased(EntryRow)
    both = select(other).where(other.catalog_id == EntryRow.catalog_id, other.reading_id == present).exists()
    alone = and_(EntryRow.reading_id == former, EntryRow.withdrawn_at.is_(None), ~both)
    entries = session.scalars(select(EntryRow).where(alone)).all()
    listed = [
        {column.key: getattr(entry, column.key) for column in EntryRow.__table__.columns} | {"reading_id": present}
        for entry in entries
    ]
    for entry in entries:
        entry.withdrawn_at = now
        entry.slug = f"{entry.slug[:90]}-withdrawn-{former}"
    session.flush()
    catalog_ids = [entry.catalog_id for entry in entries]
    if listed:
        session.execute(insert(EntryRow), listed)
        for end in (BuildsOnRow.reading_id, BuildsOnRow.earlier_id):
            moved = update(BuildsOnRow).where(BuildsOnRow.catalog_id.in_(catalog_ids), end == former)
            session.execute(moved.values({end: present}))
    return catalog_ids
