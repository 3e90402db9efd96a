"""Whose turn it is: the clock's own queries, the only ones that look across learners. Each has its index."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, bindparam, exists, literal_column, or_, select, update
from sqlalchemy.orm import Session

from studyplan.domain.catalog import LearnerId
from studyplan.store.database import Moment
from studyplan.store.rows import LearnerRow, PlanRow, UserRow

_WANTED = LearnerRow.digest_kind != literal_column("'off'")
_UNTIMED = and_(LearnerRow.next_digest_at.is_(None), _WANTED)
_HAS_TURNS = select(
    or_(
        exists().where(LearnerRow.next_digest_at <= bindparam("now", type_=Moment)),
        exists().where(_UNTIMED),
    )
)


@dataclass(frozen=True, kw_only=True, slots=True)
class DigestTurn:
    """A learner's wish for digests; `due_at` is None when the next one has yet to be timed."""

    learner_id: LearnerId
    kind: str
    weekday: int
    minute: int
    zone_name: str
    due_at: datetime | None
    visited_on: date


def has_digest_turns(session: Session, *, now: datetime) -> bool:
    """Say whether anybody's digest is due, or has yet to be timed: what most ticks find out and no more."""
    return bool(session.connection().scalar(_HAS_TURNS, {"now": now}))


def list_due_digests(session: Session, limit: int, *, now: datetime) -> list[DigestTurn]:
    """Return whose digest is due, the longest due first; a rival clock passes over them until commit."""
    return _turns(session, and_(LearnerRow.next_digest_at <= now, _WANTED), limit)


def list_untimed_digests(session: Session, limit: int) -> list[DigestTurn]:
    """Return who wants digests and has no next moment yet."""
    return _turns(session, _UNTIMED, limit)


def set_next_digests(session: Session, moments: Sequence[tuple[LearnerId, datetime]]) -> None:
    """Set when the next digests are due; many share a moment, such as Monday at seven in one zone."""
    together: dict[datetime, list[LearnerId]] = {}
    for learner_id, moment in moments:
        together.setdefault(moment, []).append(learner_id)
    for moment, learner_ids in together.items():
        theirs = update(LearnerRow).where(LearnerRow.learner_id.in_(learner_ids))
        session.connection().execute(theirs.values(next_digest_at=moment))


def forget_digest_times(session: Session, *, now: datetime) -> None:
    """Let all digests that are not due yet be timed anew."""
    session.execute(update(LearnerRow).where(LearnerRow.next_digest_at > now).values(next_digest_at=None))


def take_new_days(session: Session, limit: int, *, again_at: datetime, now: datetime) -> list[LearnerId]:
    """Return whose study day has ended; unless planned by then they come again at `again_at`."""
    due = (
        select(LearnerRow.learner_id)
        .where(LearnerRow.next_day_at <= now)
        .order_by(LearnerRow.next_day_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    taken = session.scalars(
        update(LearnerRow)
        .where(LearnerRow.learner_id == due.c.learner_id)
        .values(next_day_at=again_at)
        .returning(LearnerRow.learner_id)
        .execution_options(synchronize_session=False)
    )
    return [LearnerId(learner_id) for learner_id in taken]


def list_outdated_plans(session: Session) -> list[LearnerId]:
    """Return whose plan was made from older inputs. It looks at everybody: for a start, not for a tick."""
    outdated = (
        select(LearnerRow.learner_id)
        .join(PlanRow, PlanRow.learner_id == LearnerRow.learner_id)
        .where(PlanRow.inputs_version != LearnerRow.inputs_version)
    )
    return [LearnerId(learner_id) for learner_id in session.scalars(outdated)]


def _turns(session: Session, condition: ColumnElement[bool], limit: int) -> list[DigestTurn]:
    found = session.execute(
        select(
            LearnerRow.learner_id,
            LearnerRow.digest_kind,
            LearnerRow.digest_weekday,
            LearnerRow.digest_minute,
            LearnerRow.zone,
            LearnerRow.next_digest_at,
            LearnerRow.visited_on,
            UserRow.created_at,
        )
        .join(UserRow, UserRow.id == LearnerRow.learner_id)
        .where(condition)
        .order_by(LearnerRow.next_digest_at)
        .limit(limit)
        .with_for_update(of=LearnerRow, skip_locked=True)
    )
    return [
        DigestTurn(
            learner_id=LearnerId(learner_id),
            kind=kind,
            weekday=weekday,
            minute=minute,
            zone_name=zone,
            due_at=due_at,
            visited_on=visited_on or created_at.date(),
        )
        for learner_id, kind, weekday, minute, zone, due_at, visited_on, created_at in found
    ]
