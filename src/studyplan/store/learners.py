"""Learners, their budgets and their enrollments."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import and_, case, delete, select, update
from sqlalchemy.orm import Session

from studyplan.domain.budget import Break, Budget
from studyplan.domain.catalog import DEFAULT_TIER_WEIGHTS, LearnerId, TrackId
from studyplan.domain.errors import NotFound
from studyplan.domain.learner import DigestWish, Enrollment, Learner
from studyplan.domain.local_time import zone_of
from studyplan.store.rows import BreakRow, EnrollmentRow, LearnerRow, OneOffDayRow, UserRow


def add_learner(session: Session, learner_id: LearnerId, *, zone: str, weekdays: Iterable[int], now: datetime) -> None:
    """Add how a user studies."""
    row = LearnerRow(learner_id=learner_id, zone=zone, weekdays=list(weekdays), feed_changed_at=now)
    session.add(row)
    session.flush()


def find_learner(session: Session, learner_id: LearnerId) -> Learner | None:
    """Return a learner with breaks and one-off days, or None."""
    return list_learners(session, [learner_id]).get(learner_id)


def is_learner(session: Session, learner_id: LearnerId) -> bool:
    """Say whether a user has begun to study."""
    return session.scalar(select(LearnerRow.learner_id).where(LearnerRow.learner_id == learner_id)) is not None


def list_learners(session: Session, learner_ids: Sequence[LearnerId]) -> dict[LearnerId, Learner]:
    """Return learners by id, however many in three statements."""
    found = session.execute(
        select(LearnerRow, UserRow.confirmed_at, UserRow.created_at)
        .join(UserRow, UserRow.id == LearnerRow.learner_id)
        .where(LearnerRow.learner_id.in_(learner_ids))
    ).all()
    budgets = _budgets(session, [row for row, *_ in found])
    return {
        LearnerId(row.learner_id): _learner(row, confirmed_at, joined_at, budgets[row.learner_id])
        for row, confirmed_at, joined_at in found
    }


def get_learner(session: Session, learner_id: LearnerId) -> Learner:
    """Return a learner, or raise NotFound."""
    learner = find_learner(session, learner_id)
    if learner is None:
        raise NotFound("There is no such learner.")
    return learner


def find_learner_id(session: Session, email: str) -> LearnerId | None:
    """Return the learner with this mail address."""
    found = session.scalar(select(UserRow.id).where(UserRow.email == email.strip().lower()))
    return None if found is None else LearnerId(found)


def lock_learner(session: Session, learner_id: LearnerId) -> int | None:
    """Let nobody else write for this learner until the transaction ends (SQLite's write lock does so already).

    Return the version of the inputs that a plan depends on; None when there is no such learner.
    """
    mine = select(LearnerRow.inputs_version).where(LearnerRow.learner_id == learner_id)
    version = session.scalar(mine.with_for_update())
    session.expire_all()  # what was read before may have changed since
    return version


def change_learner(session: Session, learner_id: LearnerId, **values: object) -> None:
    """Set columns of a learner's row."""
    session.execute(update(LearnerRow).where(LearnerRow.learner_id == learner_id).values(**values))


def time_digests_anew(session: Session, learner_id: LearnerId, *, soon: timedelta = timedelta(), now: datetime) -> None:
    """Let the clock time the next digest; one that it is late with stays due, unless none is wanted any more.

    One that would have come `soon` is looked at now: in another zone its time may have passed.
    """
    is_wanted = LearnerRow.digest_kind != "off"
    is_late = and_(LearnerRow.next_digest_at <= now, is_wanted)
    is_near = and_(LearnerRow.next_digest_at <= now + soon, is_wanted)
    change_learner(
        session, learner_id, next_digest_at=case((is_late, LearnerRow.next_digest_at), (is_near, now), else_=None)
    )


def note_visit(session: Session, learner_id: LearnerId, *, now: datetime) -> None:
    """Note that a learner was here: digests become rarer for who stays away."""
    change_learner(session, learner_id, visited_on=now.date())


def count_inputs_change(session: Session, learner_id: LearnerId) -> None:
    """Note that something a plan depends on has changed."""
    change_learner(session, learner_id, inputs_version=LearnerRow.inputs_version + 1)


def count_feed_change(session: Session, learner_id: LearnerId, *, now: datetime) -> None:
    """Note that something feeds show has changed."""
    change_learner(session, learner_id, feed_version=LearnerRow.feed_version + 1, feed_changed_at=now)


def count_change(session: Session, learner_id: LearnerId, *, now: datetime) -> None:
    """Note that something both a plan and feeds depend on has changed."""
    versions = {"inputs_version": LearnerRow.inputs_version + 1, "feed_version": LearnerRow.feed_version + 1}
    change_learner(session, learner_id, **versions, feed_changed_at=now)


def put_break(session: Session, learner_id: LearnerId, pause: Break) -> None:
    """Add a break."""
    session.merge(BreakRow(learner_id=learner_id, first_on=pause.first_on, last_on=pause.last_on))


def put_one_off(session: Session, learner_id: LearnerId, on: date, minutes: int) -> None:
    """Give one day other minutes than its weekday has."""
    session.merge(OneOffDayRow(learner_id=learner_id, on=on, minutes=minutes))


def replace_budget(session: Session, learner_id: LearnerId, budget: Budget) -> None:
    """Store a whole budget: weekdays, breaks and one-off days."""
    change_learner(session, learner_id, weekdays=list(budget.weekdays))
    session.execute(delete(BreakRow).where(BreakRow.learner_id == learner_id))
    session.execute(delete(OneOffDayRow).where(OneOffDayRow.learner_id == learner_id))
    for pause in budget.breaks:
        put_break(session, learner_id, pause)
    for on, minutes in budget.one_off.items():
        put_one_off(session, learner_id, on, minutes)


def put_enrollment(session: Session, learner_id: LearnerId, enrollment: Enrollment) -> None:
    """Enroll a learner on a track, again if it was left, or change its horizon."""
    session.merge(
        EnrollmentRow(
            learner_id=learner_id,
            track_id=enrollment.track_id,
            started_at=enrollment.started_at,
            horizon_on=enrollment.horizon_on,
            ended_at=None,
        )
    )


def end_enrollment(session: Session, learner_id: LearnerId, track_id: TrackId, *, now: datetime) -> None:
    """Leave a track; what was learned on it stays."""
    session.execute(
        update(EnrollmentRow)
        .where(EnrollmentRow.learner_id == learner_id, EnrollmentRow.track_id == track_id)
        .values(ended_at=now)
    )


def list_enrollments(session: Session, learner_id: LearnerId) -> list[Enrollment]:
    """Return the tracks that a learner is on, the oldest first."""
    rows = session.scalars(
        select(EnrollmentRow)
        .where(EnrollmentRow.learner_id == learner_id, EnrollmentRow.ended_at.is_(None))
        .order_by(EnrollmentRow.started_at, EnrollmentRow.track_id)
    )
    return [
        Enrollment(track_id=TrackId(row.track_id), started_at=row.started_at, horizon_on=row.horizon_on) for row in rows
    ]


def _budgets(session: Session, rows: Sequence[LearnerRow]) -> dict[int, Budget]:
    ids = [row.learner_id for row in rows]
    breaks: dict[int, list[Break]] = {learner_id: [] for learner_id in ids}
    one_off: dict[int, dict[date, int]] = {learner_id: {} for learner_id in ids}
    for pause in session.scalars(select(BreakRow).where(BreakRow.learner_id.in_(ids)).order_by(BreakRow.first_on)):
        breaks[pause.learner_id].append(Break(first_on=pause.first_on, last_on=pause.last_on))
    for day in session.scalars(select(OneOffDayRow).where(OneOffDayRow.learner_id.in_(ids))):
        one_off[day.learner_id][day.on] = day.minutes
    return {
        row.learner_id: Budget(
            weekdays=tuple(row.weekdays), breaks=tuple(breaks[row.learner_id]), one_off=one_off[row.learner_id]
        )
        for row in rows
    }


def _learner(row: LearnerRow, confirmed_at: datetime | None, joined_at: datetime, budget: Budget) -> Learner:
    return Learner(
        id=LearnerId(row.learner_id),
        confirmed=confirmed_at is not None,
        zone_name=row.zone,
        zone=zone_of(row.zone),
        budget=budget,
        tier_weights={**DEFAULT_TIER_WEIGHTS, **{int(tier): weight for tier, weight in row.tier_weights.items()}},
        inputs_version=row.inputs_version,
        feed_version=row.feed_version,
        feed_changed_at=row.feed_changed_at,
        digest=DigestWish(
            kind=row.digest_kind,
            weekday=row.digest_weekday,
            minute=row.digest_minute,
            paused_until=row.digest_paused_until,
        ),
        joined_at=joined_at,
        is_demo=row.is_demo,
    )
