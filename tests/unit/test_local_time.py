"""Slots, gaps and folds against a brute force."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studyplan.domain.local_time import iso_week, next_slot, start_of_study_day, study_day, to_utc, zone_of

ODD_ZONES = (
    "Africa/Casablanca", "America/New_York", "America/Scoresbysund", "America/St_Johns", "Antarctica/Troll",
    "Asia/Beirut", "Asia/Kathmandu", "Australia/Lord_Howe", "Europe/Berlin", "Pacific/Apia", "Pacific/Chatham",
    "Pacific/Kiritimati",
)  # fmt: skip
NAMES = sorted(name for name in available_timezones() if name not in {"localtime", "Factory"})


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def first_instant_at_or_after(wall: datetime, zone: tzinfo) -> datetime:
    """Return the first instant whose wall time is not before `wall`, by looking at every quarter of an hour."""
    moment = wall.replace(tzinfo=UTC) - timedelta(hours=26)
    while moment.astimezone(zone).replace(tzinfo=None) < wall:
        moment += timedelta(minutes=15)
    return moment


@pytest.mark.parametrize(
    ("zone", "wall", "moment"),
    [
        ("Europe/Berlin", datetime(2026, 3, 29, 2, 30), utc(2026, 3, 29, 1)),
        ("Europe/Berlin", datetime(2026, 10, 25, 2, 30), utc(2026, 10, 25, 0, 30)),
        ("Australia/Lord_Howe", datetime(2026, 10, 4, 2, 15), utc(2026, 10, 3, 15, 30)),
        ("Pacific/Apia", datetime(2011, 12, 30, 7, 0), utc(2011, 12, 30, 10)),
        ("Antarctica/Troll", datetime(2026, 3, 29, 2, 30), utc(2026, 3, 29, 1)),
        ("Asia/Beirut", datetime(2026, 3, 29, 0, 15), utc(2026, 3, 28, 22)),
        ("Etc/UTC", datetime(2026, 3, 29, 2, 30), utc(2026, 3, 29, 2, 30)),
    ],
)
def test_a_wall_time_is_its_first_instant_and_one_in_a_gap_is_the_gaps_end(
    zone: str, wall: datetime, moment: datetime
) -> None:
    assert to_utc(wall, ZoneInfo(zone)) == moment


def days_with_a_change(zone: tzinfo, year: int) -> Iterator[datetime]:
    """Yield the noons of a year that another offset follows until the next noon."""
    noons = [datetime(year, 1, 1, 12) + timedelta(days=count) for count in range(370)]
    for week in (noons[start : start + 8] for start in range(0, 364, 7)):
        if week[0].replace(tzinfo=zone).utcoffset() != week[-1].replace(tzinfo=zone).utcoffset():
            offsets = [noon.replace(tzinfo=zone).utcoffset() for noon in week]
            yield from (noon for noon, here, there in zip(week, offsets, offsets[1:], strict=False) if here != there)


@pytest.mark.parametrize(("name", "year"), [*((name, 2026) for name in ODD_ZONES), ("Pacific/Apia", 2011)])
def test_around_every_change_wall_times_agree_with_a_brute_force(name: str, year: int) -> None:
    zone = ZoneInfo(name)
    for noon in days_with_a_change(zone, year):
        for minutes in range(9 * 60, 24 * 60, 30):
            wall = noon + timedelta(minutes=minutes)
            assert to_utc(wall, zone) == first_instant_at_or_after(wall, zone), (name, wall)


def test_the_end_of_every_gap_of_every_zone_is_the_instant_at_which_clocks_jump() -> None:
    walls_in_gaps = 0
    for zone in map(ZoneInfo, NAMES):
        for noon in days_with_a_change(zone, 2026):
            for wall in (noon + timedelta(minutes=15 * count) for count in range(96)):
                moment = to_utc(wall, zone)
                if moment.astimezone(zone).replace(tzinfo=None) != wall:
                    walls_in_gaps += 1
                    just_before = (moment - timedelta(seconds=1)).astimezone(zone).replace(tzinfo=None)
                    assert just_before < wall < moment.astimezone(zone).replace(tzinfo=None), (zone, wall)
    assert walls_in_gaps > 300


def test_a_study_day_ends_at_four_and_begins_then() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert study_day(utc(2026, 11, 25, 2, 59), berlin) == date(2026, 11, 24)
    assert study_day(utc(2026, 11, 25, 3, 0), berlin) == date(2026, 11, 25)
    assert start_of_study_day(date(2026, 11, 25), berlin) == utc(2026, 11, 25, 3)


def test_iso_weeks_belong_to_the_year_of_their_thursday() -> None:
    assert [iso_week(date(2026, 12, 31)), iso_week(date(2027, 1, 3)), iso_week(date(2027, 1, 4))] == [
        "2026-W53", "2026-W53", "2027-W01",
    ]  # fmt: skip


def test_cron_style_losses_do_not_happen_in_new_york_and_berlin() -> None:
    york, berlin = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin")
    slot = next_slot(0, 0, york, utc(2026, 3, 2, 5))
    assert (slot.at, slot.period) == (utc(2026, 3, 9, 4), "2026-W11")
    twice = next_slot(6, 150, berlin, utc(2026, 10, 24))
    assert (twice.at, twice.period) == (utc(2026, 10, 25, 0, 30), "2026-W43")
    assert next_slot(6, 150, berlin, twice.at).at == utc(2026, 11, 1, 1, 30)


def test_a_skipped_friday_has_its_weekly_slot_when_clocks_jump_and_no_daily_one() -> None:
    apia = ZoneInfo("Pacific/Apia")
    weekly = next_slot(4, 7 * 60, apia, utc(2011, 12, 25))
    assert (weekly.at, weekly.period) == (utc(2011, 12, 30, 10), "2011-W52")
    daily = [next_slot(None, 7 * 60, apia, utc(2011, 12, 29))]
    daily.append(next_slot(None, 7 * 60, apia, daily[0].at))
    assert [slot.period for slot in daily] == ["2011-12-29", "2011-12-31"]


@given(
    st.sampled_from(NAMES),
    st.none() | st.integers(0, 6),
    st.integers(0, 24 * 60 - 1),
    st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31)),
)
def test_slots_follow_each_other_without_losing_or_doubling_a_period(
    name: str, weekday: int | None, minute: int, start: datetime
) -> None:
    zone, moment = ZoneInfo(name), start.replace(tzinfo=UTC)
    slots = []
    for _ in range(20):
        slot = next_slot(weekday, minute, zone, moment)
        assert slot.at > moment
        slots.append(slot)
        moment = slot.at
    days = {slot.period for slot in slots}
    assert len(days) == len(slots)
    gaps = {later.at - earlier.at for earlier, later in pairwise(slots)}
    step = timedelta(days=1 if weekday is None else 7)
    assert all(abs(gap - step) <= timedelta(hours=2) for gap in gaps)
    assert next_slot(weekday, minute, zone, slots[3].at - timedelta(microseconds=1)) == slots[3]


def test_a_zone_that_is_not_known_any_more_is_utc() -> None:
    assert zone_of("Europe/Berlin").key == "Europe/Berlin"
    assert [zone_of(name).key for name in ("Atlantis/Poseidon", "", "../etc/passwd")] == ["UTC"] * 3
