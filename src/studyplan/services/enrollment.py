"""Begin to study: how many minutes on which days, in which zone, on which track, and until when."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from math import ceil
from zoneinfo import available_timezones

from sqlalchemy.orm import Session

from studyplan.domain.budget import MOST_MINUTES, Budget
from studyplan.domain.catalog import LearnerId, Track, TrackId
from studyplan.domain.errors import Invalid, NotFound
from studyplan.domain.learner import Enrollment
from studyplan.domain.occurrences import order_for_today
from studyplan.domain.plan import Plan
from studyplan.domain.study_settings import LONGEST_HORIZON
from studyplan.services.planning import get_inputs, replan
from studyplan.store import catalogs, learners, occurrences

LEAST_MINUTES = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class StudyWish:
    """What the start form asks for. No horizon: half a year, rolling."""

    track_slug: str
    weekdays: tuple[int, ...]
    zone: str
    horizon_on: date | None = None

    def __post_init__(self) -> None:
        check_zone(self.zone)
        check_weekdays(self.weekdays)


@cache
def known_zones() -> frozenset[str]:
    """Return the names of all zones; finding them takes a walk over the system's files."""
    return frozenset(available_timezones())


def check_zone(zone: str) -> None:
    """Raise Invalid when nobody keeps this zone's time."""
    if zone not in known_zones():
        raise Invalid(f"There is no zone “{zone}”. Choose one such as Europe/Berlin.", field="zone")


def check_weekdays(weekdays: tuple[int, ...]) -> None:
    """Raise Invalid when no weekday has the minutes that a part of a reading takes."""
    if max(Budget(weekdays=weekdays).weekdays) < LEAST_MINUTES:
        raise Invalid(f"Give at least one day {LEAST_MINUTES} minutes or more.", field="weekdays")


def start(session: Session, learner_id: LearnerId, wish: StudyWish, *, now: datetime) -> Plan:
    """Put a learner on a track and plan. The day somebody begins always offers something.

    For who studies already, minutes and zone become those of the wish; breaks stay, and tracks share one memory of
    each reading.
    """
    track = catalogs.get_track(session, wish.track_slug).track
    if learners.find_learner(session, learner_id) is None:
        learners.add_learner(session, learner_id, zone=wish.zone, weekdays=wish.weekdays, now=now)
    else:
        learners.change_learner(session, learner_id, weekdays=list(wish.weekdays))
        learners.change_zone(session, learner_id, wish.zone)
    learner = learners.get_learner(session, learner_id)
    today = learner.today(now)
    if wish.horizon_on is not None and not today < wish.horizon_on <= today + LONGEST_HORIZON:
        raise Invalid("Choose a date after today, within five years.", field="horizon_on")
    begins = not learners.list_enrollments(session, learner_id)
    if begins and learner.budget.minutes_on(today) < LEAST_MINUTES:
        learners.put_one_off(session, learner_id, today, max(wish.weekdays))
    enrollment = Enrollment(track_id=track.id, started_at=now, horizon_on=wish.horizon_on)
    learners.put_enrollment(session, learner_id, enrollment)
    learners.count_inputs_change(session, learner_id)
    return replan(session, learner_id, now=now)


@dataclass(frozen=True, kw_only=True, slots=True)
class EnrolledTrack:
    """A track that a learner is on, and by when it should be known."""

    track: Track
    horizon_on: date | None


def list_enrolled(session: Session, learner_id: LearnerId) -> list[EnrolledTrack]:
    """Return the tracks that a learner is on, the oldest first."""
    horizons = {item.track_id: item.horizon_on for item in learners.list_enrollments(session, learner_id)}
    stored = catalogs.list_tracks_by_id(session, list(horizons))
    return [EnrolledTrack(track=item.track, horizon_on=horizons[item.track.id]) for item in stored]


def leave(session: Session, learner_id: LearnerId, track_id: TrackId, *, now: datetime) -> Plan:
    """Leave a track. What was learned on it is kept and counts again on any track that has the reading."""
    if track_id not in {item.track_id for item in learners.list_enrollments(session, learner_id)}:
        raise NotFound("You are not on this track.")
    learners.end_enrollment(session, learner_id, track_id, now=now)
    learners.count_inputs_change(session, learner_id)
    return replan(session, learner_id, now=now)


def read_ahead(session: Session, learner_id: LearnerId, *, now: datetime) -> Plan:
    """Let what comes next fall due now, and give today the minutes for it: the learner has time left."""
    learners.lock_learner(session, learner_id)
    inputs = get_inputs(session, learners.get_learner(session, learner_id), now=now)
    minutes = inputs.budget.minutes_on(inputs.today)
    published = [item for item in inputs.still_open if item.is_due(now)]
    listed, others = order_for_today(published, minutes - inputs.spent_today)
    ahead = [item for item in inputs.still_open if not item.is_due(now) and inputs.candidate(item.reading_id)]
    following = next(iter(others), None) or min(
        ahead, key=lambda item: (item.put_off, item.due_at, item.id), default=None
    )
    if following is None:
        raise NotFound("Nothing is planned that could be read ahead.")
    if not following.is_due(now):
        occurrences.put_occurrences(session, learner_id, [replace(following, due_at=now)])
    needed = ceil(inputs.spent_today + sum(item.minutes for item in listed) + following.minutes)
    learners.put_one_off(session, learner_id, inputs.today, min(max(minutes, needed), MOST_MINUTES))
    learners.count_inputs_change(session, learner_id)
    return replan(session, learner_id, now=now)
