"""The learner's own days: study day, gaps and folds, ISO weeks. All moments in and out are aware UTC."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

DAY_BORDER = time(4)
"""A study day begins and ends at four in the morning, local time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Slot:
    """A moment that the learner's calendar asks for, and the local week or day that it belongs to."""

    at: datetime
    period: str


def zone_of(name: str) -> ZoneInfo:
    """Return a zone by its name; UTC for one that this machine does not know any more."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError):
        return ZoneInfo("UTC")


def to_utc(wall: datetime, zone: tzinfo) -> datetime:
    """Return the moment of a naive wall time: in a gap the first valid instant after it, in a fold the first."""
    local = wall.replace(tzinfo=zone, fold=0)
    moment = local.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment
    return _end_of_gap(wall, zone)


def _end_of_gap(wall: datetime, zone: tzinfo) -> datetime:
    """Return the instant at which the gap around `wall` ends, found by halving between its two readings."""
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    after = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


def study_day(moment: datetime, zone: tzinfo) -> date:
    """Return the learner's study day: the local date, or the day before it until 4 am on the clock."""
    local = moment.astimezone(zone)
    return local.date() if local.time() >= DAY_BORDER else local.date() - timedelta(days=1)


def start_of_study_day(day: date, zone: tzinfo) -> datetime:
    """Return the first moment of a study day."""
    return to_utc(datetime.combine(day, DAY_BORDER), zone)


def monday_of(day: date) -> date:
    """Return the first day of a day's week."""
    return day - timedelta(days=day.weekday())


def iso_week(day: date) -> str:
    """Return the ISO week of a local date, such as '2026-W48'."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def next_slot(weekday: int | None, minute: int, zone: tzinfo, after: datetime) -> Slot:
    """Return the first slot later than `after`: a minute of the local day, weekly from Monday = 0 or daily for None.

    Each local week or day has exactly one slot, whatever its clocks do; a day that the zone leaves out has no daily
    one. The period is that of the wall time asked for.
    """
    wanted = time(*divmod(minute, 60))
    return next(slot for slot in _slots(weekday, wanted, zone, after.astimezone(zone).date()) if slot.at > after)


def _slots(weekday: int | None, wanted: time, zone: tzinfo, around: date) -> Iterator[Slot]:
    """Count slots up from the one before a local date: a gap may have moved that one to a later date."""
    step = timedelta(days=1 if weekday is None else 7)
    day = around - step + timedelta(days=0 if weekday is None else weekday - around.weekday())
    while True:
        at = to_utc(datetime.combine(day, wanted), zone)
        if weekday is not None:
            yield Slot(at=at, period=iso_week(day))
        elif at.astimezone(zone).date() == day:
            yield Slot(at=at, period=day.isoformat())
        day += step
