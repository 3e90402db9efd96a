from datetime import date, timedelta

import pytest

from studyplan.domain.budget import Break, Budget
from studyplan.domain.errors import Invalid

MONDAY = date(2026, 1, 5)


def test_a_single_day_overrules_a_break_and_a_break_overrules_the_weekday() -> None:
    away = Break(first_on=MONDAY, last_on=MONDAY + timedelta(days=6))
    budget = Budget(weekdays=(30, 0, 0, 0, 0, 0, 60), breaks=(away,), one_off={MONDAY + timedelta(days=2): 20})
    days = [budget.minutes_on(MONDAY + timedelta(days=n)) for n in range(8)]
    assert days == [0, 0, 20, 0, 0, 0, 0, 30]


def test_the_next_study_day_is_the_day_itself_or_the_first_with_minutes() -> None:
    budget = Budget(weekdays=(0, 0, 25, 0, 0, 0, 0))
    assert budget.next_study_day(MONDAY) == MONDAY + timedelta(days=2)
    assert budget.next_study_day(MONDAY + timedelta(days=2)) == MONDAY + timedelta(days=2)
    assert Budget(weekdays=(0,) * 7).next_study_day(MONDAY) is None


def test_a_budget_without_seven_weekdays_is_refused() -> None:
    with pytest.raises(Invalid, match="seven weekdays, not 2"):
        Budget(weekdays=(10, 20))


@pytest.mark.parametrize("minutes", [-1, 961])
def test_minutes_that_no_day_has_are_refused(minutes: int) -> None:
    with pytest.raises(Invalid, match=f"not {minutes}"):
        Budget(weekdays=(0, 0, 0, 0, 0, 0, minutes))
