"""Begin to study: how many minutes on which days, in which zone, on which track, and until when."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil
from zoneinfo import available_timezones

from sqlalchemy.orm import Session

from studyplan.domain.budget import MOST_MINUTES, Budget
from studyplan.domain.catalog import LearnerId, Track, TrackId
from studyplan.domain.errors import Invalid, NotFound
from studyplan.domain.learner import Enrollment
from studyplan.domain.plan import Plan
from studyplan.services.planning import replan
from studyplan.store import catalogs, learners, occurrences

LEAST_MINUTES = 6
MOST_STEPS = 6
LONGEST_HORIZON = timedelta(days=5 * 366)


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


def check_zone(zone: str) -> None:
    """Raise Invalid when nobody keeps this zone's time."""
    if zone not in available_timezones():
        raise Invalid(f"There is no zone “{zone}”. Choose one such as Europe/Berlin.", field="zone")


def check_weekdays(weekdays: tuple[int, ...]) -> None:
    """Raise Invalid when no weekday has the minutes that a part of a reading takes."""
    if max(Budget(weekdays=weekdays).weekdays) < LEAST_MINUTES:
        raise Invalid(f"Give at least one day {LEAST_MINUTES} minutes or more.", field="weekdays")


def start(session: Session, learner_id: LearnerId, wish: StudyWish, *, now: datetime) -> Plan:
    """Put a learner on a track and plan. The day somebody begins always offers something.

    A learner who studies already keeps budget, zone and memories; the track shares them.
    """
    track = catalogs.get_track(session, wish.track_slug).track
    if learners.find_learner(session, learner_id) is None:
        learners.add_learner(session, learner_id, zone=wish.zone, weekdays=wish.weekdays, now=now)
    else:
        learners.change_learner(session, learner_id, zone=wish.zone, weekdays=list(wish.weekdays))
    learner = learners.get_learner(session, learner_id)
    today = learner.today(now)
    if wish.horizon_on is not None and not today < wish.horizon_on <= today + LONGEST_HORIZON:
        raise Invalid("Choose a date after today, within five years.", field="horizon_on")
    if not any(learner.budget.minutes_on(today + timedelta(days=ahead)) for ahead in range(7)):
        raise Invalid("The coming week has no study day. Give one day some minutes.", field="weekdays")
    if not learner.budget.minutes_on(today):
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
    """Give today the minutes of what falls due next and plan again: the learner has time left."""
    learner = learners.get_learner(session, learner_id)
    waiting = occurrences.list_open(session, learner_id)
    if not waiting:
        raise NotFound("Nothing is planned that could be read ahead.")
    today = learner.today(now)
    following = min(waiting, key=lambda item: (item.due_at > now, item.due_at, item.id))
    step = max(LEAST_MINUTES, ceil(following.minutes))
    for steps in range(1, MOST_STEPS + 1):  # the plan may put something longer first, or the rest of a part tomorrow
        minutes = min(learner.budget.minutes_on(today) + steps * step, MOST_MINUTES)
        learners.put_one_off(session, learner_id, today, minutes)
        learners.count_inputs_change(session, learner_id)
        made = replan(session, learner_id, now=now)
        if made.on(today):
            break
    return made
