"""Weekly slots judged by a brute force: every quarter of an hour of two years, asked what the clocks show."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from studyplan.domain.local_time import iso_week, next_slot

START = datetime(2026, 1, 5, tzinfo=UTC)
WEEKS = 104
MINUTE = 15
"""A quarter past each hour lies inside every gap, Lord Howe's half hour too."""
QUARTER = timedelta(minutes=15)
SLOTS = [(weekday, hour * 60 + MINUTE) for weekday in range(7) for hour in range(24)]


@dataclass
class Verdict:
    """What was found: slots looked at, weeks without one, weeks with two, and slots at another moment."""

    slots: int = 0
    lost: int = 0
    doubled: int = 0
    moved: int = 0

    def add(self, other: "Verdict") -> None:
        self.slots += other.slots
        self.lost += other.lost
        self.doubled += other.doubled
        self.moved += other.moved


def walls(zone: tzinfo) -> list[datetime]:
    """Return what the clocks show at every quarter of an hour, from a day before the first week to a day after."""
    moments = (START - timedelta(days=2) + QUARTER * count for count in range((WEEKS * 7 + 5) * 96))
    return [moment.astimezone(zone).replace(tzinfo=None) for moment in moments]


def expected(shown: list[datetime]) -> dict[datetime, datetime]:
    """Return for each wall time of a slot the first moment at which the clocks show it or more."""
    first = START.replace(tzinfo=None)
    wanted = iter(first + timedelta(hours=count, minutes=MINUTE) for count in range(WEEKS * 168))
    target, found, moment = next(wanted), {}, START - timedelta(days=2)
    for wall in shown:
        while wall >= target:
            found[target] = moment
            following = next(wanted, None)
            if following is None:
                return found
            target = following
        moment += QUARTER
    raise AssertionError("two years were not enough")


def ours(weekday: int, minute: int, zone: tzinfo) -> Iterator[tuple[str, datetime]]:
    """Return the periods and moments of our own slots, one after the other."""
    moment = START - timedelta(days=2)
    while moment < START + timedelta(weeks=WEEKS, days=2):
        slot = next_slot(weekday, minute, zone, moment)
        yield slot.period, slot.at
        moment = slot.at


def judge(zone: tzinfo, shown: list[datetime]) -> Verdict:
    """Compare all 168 weekly slots of a zone with what the brute force found."""
    right, verdict = expected(shown), Verdict()
    first = START.replace(tzinfo=None)
    for weekday, minute in SLOTS:
        mine: dict[str, list[datetime]] = {}
        for period, at in ours(weekday, minute, zone):
            mine.setdefault(period, []).append(at)
        for week in range(WEEKS):
            wall = first + timedelta(weeks=week, days=weekday, minutes=minute)
            found = mine.get(iso_week(wall.date()), [])
            verdict.slots += 1
            verdict.lost += not found
            verdict.doubled += len(found) > 1
            verdict.moved += len(found) == 1 and found[0] != right[wall]
    return verdict
