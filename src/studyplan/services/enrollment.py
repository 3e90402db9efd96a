"""Begin to study: how many minutes on which days, in which zone, on which track, and until when."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from math import ceil
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from studyplan.domain.budget import MOST_MINUTES, Budget
from studyplan.domain.catalog import LearnerId, Track
from studyplan.domain.errors import Invalid, NotFound
from studyplan.domain.ledger import LedgerChange
from studyplan.domain.local_time import study_day
from studyplan.domain.occurrences import Occurrence
from studyplan.domain.study_settings import StudySettings
from studyplan.services import changes
from studyplan.services.changes import Change
from studyplan.services.due import split_due
from studyplan.services.learners import check_zone
from studyplan.services.ledger import line, new_id
from studyplan.services.planning import PlanInputs, get_inputs, replan
from studyplan.store import catalogs, learners, ledger, occurrences, plans

LEAST_MINUTES = 6
FIRST_DAY_MINUTES = 60
"""What the day somebody begins has at most where it is a day off."""


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


def check_weekdays(weekdays: tuple[int, ...]) -> None:
    """Raise Invalid when no weekday has the minutes that a part of a reading takes."""
    if max(Budget(weekdays=weekdays).weekdays) < LEAST_MINUTES:
        raise Invalid(f"Give at least one day {LEAST_MINUTES} minutes or more.", field="weekdays")


def first_day_minutes(weekdays: tuple[int, ...]) -> int:
    """Return the minutes of the day somebody begins where its weekday has none."""
    return min(max(weekdays), FIRST_DAY_MINUTES)


def start(session: Session, learner_id: LearnerId, wish: StudyWish, *, now: datetime) -> None:
    """Put somebody who is new on a track, and plan."""
    if not learners.is_learner(session, learner_id):
        learners.add_learner(session, learner_id, zone=wish.zone, weekdays=wish.weekdays, now=now)
    change = joining(session, wish, now=now)
    changes.apply(session, learner_id, change.settings, change.what, now=now)


@dataclass(frozen=True, kw_only=True, slots=True)
class Joining:
    """What a wish changes, and how the ledger says it."""

    settings: Change
    what: str


def joining(session: Session, wish: StudyWish, *, now: datetime) -> Joining:
    """Return the change that puts a learner on a track. The day somebody begins always offers something.

    For who studies already, minutes and zone become those of the wish; breaks stay, and tracks share one memory of
    each reading. NotFound for a track that is not there.
    """
    track = catalogs.get_track(session, wish.track_slug).track
    today = study_day(now, ZoneInfo(wish.zone))

    def settings(former: StudySettings) -> StudySettings:
        joined = former.with_weekdays(wish.weekdays).with_zone(wish.zone).with_track(track.id, wish.horizon_on)
        has_time = bool(former.horizons) or joined.budget.minutes_on(today) >= LEAST_MINUTES
        return joined if has_time else joined.with_day(today, first_day_minutes(wish.weekdays))

    return Joining(settings=settings, what=f"Now on “{track.title}”, {_until(wish)}")


def _until(wish: StudyWish) -> str:
    return f"by {wish.horizon_on:%-d %B %Y}" if wish.horizon_on else "without a date"


@dataclass(frozen=True, kw_only=True, slots=True)
class EnrolledTrack:
    """A track that a learner is on, and by when it should be known."""

    track: Track
    horizon_on: date | None

    def has_come(self, today: date) -> bool:
        """Say whether its date has come: the plan counts with it no more."""
        return self.horizon_on is not None and self.horizon_on <= today


def list_enrolled(session: Session, learner_id: LearnerId) -> list[EnrolledTrack]:
    """Return the tracks that a learner is on, the oldest first."""
    horizons = {item.track_id: item.horizon_on for item in learners.list_enrollments(session, learner_id)}
    stored = catalogs.list_tracks_by_id(session, list(horizons))
    return [EnrolledTrack(track=item.track, horizon_on=horizons[item.track.id]) for item in stored]


def list_tiers(session: Session, learner_id: LearnerId) -> list[int]:
    """Return the tiers of the readings on a learner's tracks, the highest first."""
    enrolled = [item.track_id for item in learners.list_enrollments(session, learner_id)]
    tiers: set[int] = set()
    for stored in catalogs.list_tracks_by_id(session, enrolled):
        readings = catalogs.get_catalog(session, stored.catalog_id).readings
        tiers |= {reading.tier for reading in stored.track.choose(readings)}
    return sorted(tiers, reverse=True)


def read_ahead(session: Session, learner_id: LearnerId, *, key: str | None = None, now: datetime) -> None:
    """Let what comes next fall due now, and give today the minutes for it: the learner has time left.

    A second time under the same form's key it is done already.
    """
    learners.lock_learner(session, learner_id)
    line_id = new_id(key)
    if ledger.has_line(session, learner_id, line_id):
        return
    inputs = get_inputs(session, learners.get_learner(session, learner_id), now=now)
    minutes = inputs.budget.minutes_on(inputs.today)
    listed, following = _read_next(session, learner_id, inputs, now=now)
    placed = replace(following, due_at=min(following.due_at, now), put_off=True)
    occurrences.put_occurrences(session, learner_id, [placed])
    needed = ceil(inputs.spent_today + sum(item.minutes for item in listed) + following.minutes)
    learners.put_one_off(session, learner_id, inputs.today, min(max(minutes, needed), MOST_MINUTES))
    learners.count_inputs_change(session, learner_id)
    replan(session, learner_id, now=now)
    title = catalogs.get_reading(session, following.reading_id, learner_id=learner_id).title
    done = line(LedgerChange.MOVED, f"{title}, to today", "You read ahead.", now=now)
    ledger.add_lines(session, learner_id, [replace(done, id=line_id)])


def _read_next(
    session: Session, learner_id: LearnerId, inputs: PlanInputs, *, now: datetime
) -> tuple[list[Occurrence], Occurrence]:
    """Return today's list and what comes after it: what is due too, else what the plan has next.

    Of that, what can be done today: all that it builds on is read by then. NotFound when there is nothing.
    """
    listed, others = split_due(inputs, now=now)
    stored = plans.find_plan(session, learner_id)
    planned = list(dict.fromkeys(item.reading_id for item in stored.plan.items)) if stored else []
    ahead = [item for item in inputs.still_open if not item.is_due(now) and item.reading_id in planned]
    ahead.sort(key=lambda item: (item.put_off, planned.index(item.reading_id)))
    position = {item.reading_id: place for place, item in enumerate(inputs.candidates)}
    others.sort(key=lambda item: (not item.put_off, position.get(item.reading_id, 0) * item.put_off))
    following = next((item for item in (*others, *ahead) if _can_follow(inputs, listed, item)), None)
    if following is None:
        raise NotFound("Nothing is planned that could be read ahead today.")
    return listed, following


def _can_follow(inputs: PlanInputs, listed: Sequence[Occurrence], occurrence: Occurrence) -> bool:
    candidate = inputs.candidate(occurrence.reading_id)
    if candidate is None:
        return False
    unread = {item.reading_id for item in inputs.candidates if item.memory is None}
    ended = {item.reading_id for item in listed if item.part == item.parts}
    return not (candidate.builds_on & unread) - ended
