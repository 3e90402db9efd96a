"""Readings, budgets and horizons that the planner's tests plan with."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from studyplan.domain.budget import Break, Budget
from studyplan.domain.catalog import ReadingId
from studyplan.domain.memory import Rating, first_memory
from studyplan.domain.packer import LEAST_PART
from studyplan.domain.plan import (
    Aim,
    Candidate,
)

MONDAY = date(2026, 1, 5)
EVERY_OTHER_DAY = Budget(weekdays=(40, 0, 40, 0, 40, 0, 0))


def reading(number: int, minutes: float = 20, **facts: Any) -> Candidate:
    return Candidate(reading_id=ReadingId(number), minutes=minutes, **facts)


def remembered(number: int, stability: float = 5, days_ago: int = 10, minutes: float = 20, **facts: Any) -> Candidate:
    last_on = MONDAY - timedelta(days=days_ago)
    first = first_memory(Rating.CLEAR, last_on)
    return reading(number, minutes, memory=replace(first, stability=stability), **facts)


def until(days: int) -> Aim:
    return Aim(horizon_on=MONDAY + timedelta(days=days))


@st.composite
def situations(draw: st.DrawFn) -> tuple[list[Candidate], Budget, Aim]:
    """Draw readings in curriculum order, some read and some begun, with links back, and days with minutes."""
    candidates: list[Candidate] = []
    for number in range(draw(st.integers(1, 12))):
        minutes = draw(st.integers(5, 60))
        facts: dict[str, Any] = {"weight": draw(st.sampled_from([0.4, 1.0, 1.5]))}
        state = draw(st.sampled_from(["unread", "unread", "begun", "read"]))
        if state == "read":
            last_on = MONDAY - timedelta(days=draw(st.integers(0, 60)))
            stability, difficulty = draw(st.floats(0.2, 100)), draw(st.floats(1, 10))
            first = first_memory(Rating.CLEAR, last_on)
            facts["memory"] = replace(first, stability=stability, difficulty=difficulty)
        elif state == "begun" and minutes >= 3 * LEAST_PART:
            facts |= {"minutes_read": LEAST_PART, "parts_read": 1}
        if draw(st.booleans()) and candidates:
            facts["builds_on"] = frozenset({draw(st.sampled_from(candidates)).reading_id})
        if draw(st.integers(0, 4)) == 0:
            facts["horizon_on"] = MONDAY + timedelta(days=draw(st.integers(1, 80)))
        if draw(st.integers(0, 4)) == 0:
            facts["not_before_on"] = MONDAY + timedelta(days=draw(st.integers(0, 20)))
        elif draw(st.integers(0, 4)) == 0:
            facts["placed_on"] = MONDAY + timedelta(days=draw(st.integers(0, 20)))
        candidates.append(reading(number, minutes, **facts))
    weekdays = tuple(draw(st.lists(st.sampled_from([0, 0, 10, 25, 35, 50, 90]), min_size=7, max_size=7)))
    pause = MONDAY + timedelta(days=draw(st.integers(0, 40)))
    breaks = (Break(first_on=pause, last_on=pause + timedelta(days=draw(st.integers(0, 20)))),)
    return candidates, Budget(weekdays=weekdays, breaks=breaks), until(draw(st.integers(1, 60)))
