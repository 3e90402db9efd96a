"""Minutes by weekday, breaks and one-off days."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studyplan.domain.budget import MOST_MINUTES, Break, Budget
from studyplan.domain.errors import Invalid

MONDAY = date(2026, 11, 23)
TUESDAY, FRIDAY, SUNDAY = date(2026, 11, 24), date(2026, 11, 27), date(2026, 11, 29)
WORKDAYS = (30, 30, 30, 30, 30, 0, 0)


def test_a_day_has_its_weekday_s_minutes() -> None:
    budget = Budget(weekdays=(10, 20, 30, 40, 50, 60, 70))
    assert (budget.minutes_on(MONDAY), budget.minutes_on(TUESDAY), budget.minutes_on(SUNDAY)) == (10, 20, 70)


def test_a_break_has_no_minutes_from_its_first_to_its_last_day() -> None:
    budget = Budget(weekdays=WORKDAYS, breaks=(Break(first_on=TUESDAY, last_on=FRIDAY),))
    assert budget.minutes_on(MONDAY) == 30
    assert budget.minutes_on(TUESDAY) == budget.minutes_on(FRIDAY) == 0


def test_a_one_off_day_overrules_weekday_and_break() -> None:
    pause = Break(first_on=MONDAY, last_on=FRIDAY)
    budget = Budget(weekdays=WORKDAYS, breaks=(pause,), one_off={TUESDAY: 15, SUNDAY: 90})
    assert (budget.minutes_on(TUESDAY), budget.minutes_on(SUNDAY)) == (15, 90)


def test_of_a_day_its_whole_minutes_are_left_that_were_not_spent() -> None:
    budget = Budget(weekdays=WORKDAYS, one_off={FRIDAY: 15}).after({MONDAY: 12.5, FRIDAY: 20.0})
    assert [budget.minutes_on(day) for day in (MONDAY, TUESDAY, FRIDAY)] == [17, 30, 0]


@pytest.mark.parametrize("weekdays", [(30,) * 6, (30,) * 8, (-1,) * 7, (MOST_MINUTES + 1,) * 7])
def test_seven_weekdays_have_sensible_minutes(weekdays: tuple[int, ...]) -> None:
    with pytest.raises(Invalid) as error:
        Budget(weekdays=weekdays)
    assert error.value.field == "weekdays"


def test_a_one_off_day_has_sensible_minutes() -> None:
    with pytest.raises(Invalid, match="961"):
        Budget(weekdays=WORKDAYS, one_off={MONDAY: 961})


def test_the_next_study_day_may_have_to_hold_so_many_minutes() -> None:
    budget = Budget(weekdays=(0, 20, 0, 20, 0, 50, 0))
    assert budget.next_study_day(MONDAY) == TUESDAY
    assert budget.next_study_day(MONDAY, 20) == TUESDAY
    assert budget.next_study_day(MONDAY, 20.5) == date(2026, 11, 28)
    assert budget.next_study_day(MONDAY, 51) is None


@given(st.tuples(*[st.integers(0, 60)] * 7), st.dates(MONDAY, date(2030, 1, 1)))
def test_the_next_study_day_is_the_first_with_minutes(weekdays: tuple[int, ...], day: date) -> None:
    budget = Budget(weekdays=weekdays)
    found = budget.next_study_day(day)
    if found is None:
        assert not any(weekdays)
    else:
        assert budget.minutes_on(found)
        between = range(day.toordinal(), found.toordinal())
        assert not any(budget.minutes_on(date.fromordinal(number)) for number in between)


def test_the_longest_day_may_be_one_that_is_still_to_come() -> None:
    budget = Budget(weekdays=(0, 35, 0, 0, 0, 50, 0), one_off={date(2026, 11, 24): 90, date(2026, 11, 28): 60})
    assert [budget.longest_day(date(2026, 11, day)) for day in (24, 25, 29)] == [90, 60, 50]
