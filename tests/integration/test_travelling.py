"""A journey between zones costs no digest and doubles none."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

import desk
from desk import Desk
from kit import Clock
from studyplan.services import learners
from studyplan.settings import Settings

MONDAY = datetime(2026, 11, 30, tzinfo=UTC)


@pytest.fixture
def at_desk(settings: Settings, clock: Clock) -> Iterator[Desk]:
    with desk.opened(settings, clock) as opened:
        yield opened


@pytest.mark.parametrize(
    ("home", "abroad", "leaves", "comes"),
    [
        ("America/New_York", "Europe/Berlin", 11, 11),  # 6:00 at home, noon abroad: at once
        ("America/New_York", "Europe/Berlin", 5, 6),  # midnight at home: at 7:00 abroad
        ("Europe/Berlin", "America/New_York", 5, 12),  # 6:00 at home: at 7:00 abroad
        ("Europe/Berlin", "America/New_York", 9, 6),  # it came at home
        ("Asia/Tokyo", "Asia/Tokyo", 1, -2),
        ("America/Los_Angeles", "Pacific/Auckland", 7, 7),  # Sunday night at home, Monday evening abroad: at once
        ("America/Los_Angeles", "Pacific/Auckland", -10, -6),  # Sunday at home, 3:00 on Monday abroad: at 7:00 there
    ],
)
def test_a_week_has_one_digest_wherever_one_goes(
    at_desk: Desk, clock: Clock, home: str, abroad: str, leaves: int, comes: int
) -> None:
    learner_id = at_desk.add_learner(zone=home)
    for hour in range(-12, 48):
        clock.now = MONDAY + timedelta(hours=hour)
        if hour == leaves:
            with at_desk.context.writing() as session:
                learners.change_zone(session, learner_id, abroad, now=clock.now)
        at_desk.tick()
    (row,) = at_desk.deliveries()
    assert row.period == "2026-W49"
    assert row.ended_at == MONDAY + timedelta(hours=comes)
