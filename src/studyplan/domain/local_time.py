"""The learner's own days: study day, gaps and folds, ISO weeks. All moments in and out are aware UTC."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

DAY_BORDER = time(4)
"""A study day begins and ends at four in the morning, local time."""


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


def iso_week(day: date) -> str:
    """Return the ISO week of a local date, such as '2026-W48'."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"
