"""The curve of a reading's recall: it falls, is full where it was seen, and ends where the forecast says."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study_cases import EVERY_OTHER_DAY, MONDAY, reading, remembered, until
from studyplan.domain.memory import Rating, first_memory, retrievability, review
from studyplan.domain.plan import Candidate, ItemKind, Offset
from studyplan.domain.planner import plan
from studyplan.domain.recall_curve import draw
from studyplan.web import recall_chart

FIRST = first_memory(Rating.CLEAR, MONDAY - timedelta(days=20))
AGAIN = review(FIRST, Rating.HAZY, MONDAY - timedelta(days=8))
OFFSET = Offset(mean=-0.3, spread=0.2)


def days(number: int) -> date:
    return MONDAY + timedelta(days=number)


@given(st.lists(st.integers(0, 150), max_size=5, unique=True), st.booleans())
def test_recall_falls_but_where_it_is_seen(planned: list[int], is_read: bool) -> None:
    memories = [FIRST, AGAIN] if is_read else []
    curve = draw(memories, [days(day) for day in planned], today=MONDAY, until=days(120), offset=OFFSET)
    seen = {*curve.seen_on, *curve.planned_on}
    points = [*curve.past, *curve.ahead]
    for before, after in pairwise(points):
        assert before.on <= after.on
        assert after.recall <= before.recall or (after.on in seen and after.recall == pytest.approx(1))
    assert [point.on for point in curve.ahead[-1:]] == ([days(120)] if is_read or curve.planned_on else [])
    assert len(points) <= 13 * (len(seen) + 2)


def test_today_s_recall_ends_the_past_and_begins_what_is_ahead() -> None:
    curve = draw([FIRST, AGAIN], [days(3)], today=MONDAY, until=days(60), offset=OFFSET)
    now = retrievability(AGAIN, MONDAY)
    assert (curve.past[-1].recall, curve.ahead[0].recall) == (now, now)
    assert curve.seen_on == (FIRST.last_on, AGAIN.last_on)


def test_nothing_is_ahead_of_what_is_unread_and_not_planned_or_after_the_plan_s_end() -> None:
    assert draw([], [], today=MONDAY, until=days(60), offset=OFFSET).ahead == ()
    assert draw([FIRST], [days(2)], today=MONDAY, until=MONDAY, offset=OFFSET).ahead == ()


@pytest.mark.parametrize("candidate", [reading(1), remembered(1)], ids=["unread", "read"])
def test_it_ends_where_the_plan_says_that_the_reading_will_be(candidate: Candidate) -> None:
    aim = until(90)
    made = plan([candidate], EVERY_OTHER_DAY, today=MONDAY, aim=aim)
    seen = [item.on for item in made.items if item.finishes or item.kind is ItemKind.REVIEW]
    memories = [candidate.memory] if candidate.memory else []
    curve = draw(memories, seen, today=MONDAY, until=days(90), offset=aim.offset)
    assert len(curve.planned_on) > 1
    assert curve.ahead[-1].recall == pytest.approx(made.items[0].reason.horizon_reviewed, abs=0.005)


@pytest.mark.parametrize(
    ("ends", "labels"),
    [(60, ["today", "6 Mar"]), (40, ["16 Dec", "today", "14 Feb"]), (4, ["16 Dec", "9 Jan"])],
)
def test_the_chart_runs_from_the_first_time_to_the_end_and_from_its_floor_to_full(ends: int, labels: list[str]) -> None:
    curve = draw([FIRST, AGAIN], [days(3)], today=MONDAY, until=days(ends), offset=OFFSET)
    chart = recall_chart.draw(curve, MONDAY)
    places = [tuple(map(float, pair.split(","))) for pair in f"{chart.past} {chart.ahead}".split()]
    assert (places[0], places[-1][0]) == ((0.0, 0.0), 100.0)
    assert all(0 <= x <= 100 and 0 <= y <= 100 for x, y in places)
    assert chart.today == pytest.approx(100 * 20 / (20 + ends), abs=0.01)
    assert chart.title.startswith("Recall over time: seen 2 times, 1 time more planned, ")
    assert [label for _, label, _ in chart.x_ticks] == labels
    assert chart.y_ticks[-1] == (1.0, "100 %")
