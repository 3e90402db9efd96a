"""Where a learner stands with each reading."""

from datetime import date, timedelta

from studyplan.domain.catalog import ReadingId
from studyplan.domain.memory import Rating, first_memory
from studyplan.domain.standing import stand

TODAY = date(2026, 11, 24)
FIRST, SECOND, THIRD = ReadingId(1), ReadingId(2), ReadingId(3)
LINKS = {FIRST: frozenset[ReadingId](), SECOND: frozenset({FIRST}), THIRD: frozenset({FIRST, SECOND})}


def test_a_reading_is_ready_once_all_that_it_builds_on_is_read() -> None:
    memories = {FIRST: first_memory(Rating.CLEAR, TODAY)}
    standings = stand(LINKS, LINKS, memories, today=TODAY)
    assert [standings[key].is_ready for key in LINKS] == [False, True, False]
    assert [standings[key].is_read for key in LINKS] == [True, False, False]


def test_recall_fades_and_is_unknown_before_the_first_reading() -> None:
    memories = {FIRST: first_memory(Rating.CLEAR, TODAY - timedelta(days=30))}
    standings = stand(LINKS, LINKS, memories, today=TODAY)
    assert 0 < (standings[FIRST].recall or 0) < 0.9
    assert standings[SECOND].recall is None
