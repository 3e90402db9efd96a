"""Many learners at once: one studies for real, the others are copies of that one's rows."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from studyplan import resources
from studyplan.domain.catalog import LearnerId
from studyplan.services import accounts, catalogs, enrollment
from studyplan.services.enrollment import StudyWish
from studyplan.store import accounts as account_store
from studyplan.store.database import Base
from studyplan.store.rows import EnrollmentRow, LearnerRow, OccurrenceRow, PlanRow, UserRow

COPIED = (LearnerRow, EnrollmentRow, PlanRow, OccurrenceRow)
AT_ONCE = 2_000
OCCURRENCES = 12
"""How many open occurrences each copy gets: about those of the coming week."""


def add_learner(
    session: Session, email: str = "ada@example.org", *, zone: str = "Europe/Berlin", now: datetime
) -> LearnerId:
    """Add a learner with a confirmed address, a track of the seed catalog and a plan."""
    catalogs.upgrade(session, resources.path("seed"), now=now)
    learner_id = accounts.sign_up(session, email=email, password_hash="none", now=now)
    account_store.confirm(session, learner_id, now=now)
    track = catalogs.list_tracks(session)[0].track
    wish = StudyWish(track_slug=track.slug, weekdays=(35, 0, 35, 0, 35, 50, 0), zone=zone)
    enrollment.start(session, learner_id, wish, now=now)
    return learner_id


def add_copies(
    session: Session, learner_id: LearnerId, count: int, *, rows: tuple[type[Base], ...] = COPIED, **changed: Any
) -> list[LearnerId]:
    """Add learners with the coming week of a learner; `changed` are columns of their learner rows."""
    made: list[int] = []
    originals = {row: [_values(item) for item in session.scalars(_of(row, learner_id))] for row in rows}
    created_at = session.get_one(UserRow, learner_id).created_at
    for start in range(0, count, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, count))
        users = [
            {
                "email": f"copy-{number}@example.org",
                "fs_uniquifier": f"copy-{number}",
                "confirmed_at": created_at,
                "created_at": created_at,
                "active": True,
            }
            for number in numbers
        ]
        ids = list(session.scalars(insert(UserRow).returning(UserRow.id), users))
        made += ids
        for row, values in originals.items():
            copies = [item | {"learner_id": new} | _own(row, new, item, changed) for new in ids for item in values]
            if copies:
                session.execute(insert(row), copies)
    return [LearnerId(copy_id) for copy_id in made]


def _own(row: type[Base], copy_id: int, item: dict[str, Any], changed: dict[str, Any]) -> dict[str, Any]:
    if row is LearnerRow:
        return {"next_day_at": None} | changed  # a copy has no whole plan to make another from
    if row is PlanRow:
        return {"document": ""}
    return {"id": f"{copy_id:08x}{item['id'][8:]}"} if row is OccurrenceRow else {}


def _of(row: Any, learner_id: LearnerId) -> Any:
    query = select(row).where(row.learner_id == learner_id)
    return query.order_by(row.due_at).limit(OCCURRENCES) if row is OccurrenceRow else query


def _values(item: Any) -> dict[str, Any]:
    return {column.key: getattr(item, column.key) for column in type(item).__mapper__.column_attrs}
