"""Find learners, and keep their zone."""

from dataclasses import replace
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy.orm import Session

from studyplan.domain.catalog import LearnerId
from studyplan.domain.errors import Invalid
from studyplan.domain.learner import Learner
from studyplan.domain.local_time import start_of_study_day, study_day
from studyplan.services.clockwork import MOST_APART
from studyplan.store import learners, occurrences


def find_learner(session: Session, learner_id: LearnerId) -> Learner | None:
    """Return a learner; None for a user who has not begun to study."""
    return learners.find_learner(session, learner_id)


def is_learner(session: Session, learner_id: LearnerId) -> bool:
    """Say whether a user has begun to study."""
    return learners.is_learner(session, learner_id)


def get_learner(session: Session, learner_id: LearnerId) -> Learner:
    """Return a learner, or raise NotFound."""
    return learners.get_learner(session, learner_id)


def find_id_by_address(session: Session, email: str) -> LearnerId | None:
    """Return the learner with this mail address."""
    return learners.find_learner_id(session, email)


def mark_as_demo(session: Session, learner_id: LearnerId) -> None:
    """Mark a learner as made up: no mail goes out, and pages say so."""
    learners.change_learner(session, learner_id, is_demo=True, digest_kind="off")


@cache
def known_zones() -> frozenset[str]:
    """Return the names of all zones; finding them takes a walk over the system's files."""
    return frozenset(available_timezones())


def check_zone(zone: str) -> None:
    """Raise Invalid when nobody keeps this zone's time."""
    if zone not in known_zones():
        raise Invalid(f"There is no zone “{zone}”. Choose one such as Europe/Berlin.", field="zone")


def change_zone(session: Session, learner_id: LearnerId, zone: str, *, now: datetime) -> None:
    """Let a learner's days be those of another zone; what was put off to a day stays on it. Invalid for no zone."""
    learner = learners.get_learner(session, learner_id)
    if zone == learner.zone_name:
        return
    check_zone(zone)
    there = ZoneInfo(zone)
    put_off = [item for item in occurrences.list_open(session, learner_id) if item.put_off]
    days = {item.id: study_day(item.due_at, learner.zone) for item in put_off}
    waiting = [item for item in put_off if item.due_at > now or days[item.id] > study_day(now, there)]
    moved = [replace(item, due_at=start_of_study_day(days[item.id], there)) for item in waiting]
    occurrences.put_occurrences(session, learner_id, moved)
    learners.change_learner(session, learner_id, zone=zone)
    learners.time_digests_anew(session, learner_id, soon=MOST_APART, now=now)
