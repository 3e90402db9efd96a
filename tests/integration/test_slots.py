"""The short form of `make proof-clock`: twelve odd zones, all weekly slots, two years."""

from zoneinfo import ZoneInfo

import pytest

from slot_judge import WEEKS, Verdict, judge, walls

pytestmark = pytest.mark.without_coverage


@pytest.mark.parametrize(
    "name",
    [
        "Africa/Casablanca", "America/Havana", "America/New_York", "America/St_Johns", "Antarctica/Troll",
        "Asia/Beirut", "Asia/Kathmandu", "Australia/Lord_Howe", "Europe/Berlin", "Pacific/Apia", "Pacific/Chatham",
        "UTC",
    ],
)  # fmt: skip
def test_each_local_week_has_each_slot_once_at_the_minute_asked_for(name: str) -> None:
    zone = ZoneInfo(name)
    assert judge(zone, walls(zone)) == Verdict(slots=168 * WEEKS)
