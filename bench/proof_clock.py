"""Every IANA zone × 168 weekly slots × 2 years against a brute force; APScheduler's CronTrigger beside it."""

import sys
import time
import warnings
from datetime import timedelta
from zoneinfo import ZoneInfo, available_timezones

from apscheduler.triggers.cron import CronTrigger

from slot_judge import SLOTS, START, WEEKS, Verdict, expected, judge, walls
from studyplan.services.clockwork import zone_data_version

CRON_ZONES = (
    "Africa/Casablanca", "America/New_York", "America/Santiago", "America/St_Johns", "Antarctica/Troll",
    "Asia/Beirut", "Asia/Kathmandu", "Australia/Lord_Howe", "Europe/Berlin", "Europe/London", "Pacific/Auckland",
    "Pacific/Chatham",
)  # fmt: skip


def prove() -> Verdict:
    """Judge each course of clocks once, and count it for all zones that share it."""
    names = sorted(available_timezones() - {"localtime", "Factory"})
    total, courses = Verdict(), {}
    for name in names:
        shown = walls(ZoneInfo(name))
        key = hash(tuple(shown))
        if key not in courses:
            courses[key] = judge(ZoneInfo(name), shown)
        total.add(courses[key])
    print(f"zones: {len(names)} names, {len(courses)} different courses of the clocks; {zone_data_version()}")
    return total


def cron(name: str) -> Verdict:
    """Judge CronTrigger by the same brute force."""
    zone, verdict = ZoneInfo(name), Verdict()
    right = expected(walls(zone))
    first = START.replace(tzinfo=None)
    for weekday, minute in SLOTS:
        trigger = CronTrigger(day_of_week=weekday, hour=minute // 60, minute=minute % 60, timezone=zone)
        fired, last = [], (START - timedelta(days=2)).astimezone(zone)
        while last < START + timedelta(weeks=WEEKS):
            at = trigger.get_next_fire_time(last, last)
            if at <= last:  # it fires for the same slot again, and would for ever: let the clocks go on
                at = trigger.get_next_fire_time(None, last + timedelta(hours=3))
                fired.append(last.astimezone(START.tzinfo))
            fired.append(at.astimezone(START.tzinfo))
            last = at
        for week in range(WEEKS - 1):
            at = right[first + timedelta(weeks=week, days=weekday, minutes=minute)]
            near = [each for each in fired if abs(each - at) < timedelta(days=2)]
            verdict.slots += 1
            verdict.lost += not near
            verdict.doubled += len(near) > 1
            verdict.moved += len(near) == 1 and near[0] != at
    return verdict


def main() -> int:
    """Print both and fail when ours is not perfect."""
    warnings.simplefilter("ignore")
    began = time.perf_counter()
    own = prove()
    print(f"ours:        {own.slots:11,d} slots, {own.lost} lost, {own.doubled} doubled, {own.moved} at another moment")
    other = Verdict()
    for name in CRON_ZONES:
        other.add(cron(name))
    print(
        f"CronTrigger: {other.slots:11,d} slots in {len(CRON_ZONES)} zones, {other.lost} lost, "
        f"{other.doubled} doubled, {other.moved} at another moment"
    )
    print(f"took {time.perf_counter() - began:.0f} s")
    return int(bool(own.lost or own.doubled or own.moved))


if __name__ == "__main__":
    sys.exit(main())
