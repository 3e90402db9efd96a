"""What a learner decides about the plan, changed and written down."""

import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studyplan.domain.budget import MOST_MINUTES, Break, Budget
from studyplan.domain.catalog import DEFAULT_TIER_WEIGHTS, TrackId
from studyplan.domain.errors import Invalid, NotFound
from studyplan.domain.study_settings import StudySettings, changed_parts, from_document, to_document

TODAY = date(2026, 11, 25)
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
FIRST, SECOND = TrackId(1), TrackId(2)
SETTINGS = StudySettings(
    budget=Budget(weekdays=(0, 35, 0, 35, 0, 50, 0), one_off={TODAY: 20}),
    zone_name="Europe/Berlin",
    tier_weights=DEFAULT_TIER_WEIGHTS,
    horizons={FIRST: date(2027, 6, 1), SECOND: None},
)
days = st.dates(date(2026, 1, 1), date(2028, 1, 1))
pauses = st.tuples(days, days).map(lambda pair: Break(first_on=min(pair), last_on=max(pair)))
minutes = st.integers(0, MOST_MINUTES)
budgets = st.builds(
    Budget,
    weekdays=st.tuples(*[minutes] * 7),
    breaks=st.lists(pauses, max_size=3).map(tuple),
    one_off=st.dictionaries(days, minutes, max_size=3),
)
all_settings = st.builds(
    StudySettings,
    zone_name=st.sampled_from(("Europe/Berlin", "Asia/Tokyo")),
    budget=budgets,
    tier_weights=st.fixed_dictionaries({tier: st.floats(0, 5) for tier in range(1, 6)}),
    horizons=st.dictionaries(st.integers(1, 9).map(TrackId), st.none() | days),
)


@given(all_settings)
def test_settings_come_back_from_json_as_they_were(settings: StudySettings) -> None:
    assert from_document(json.loads(json.dumps(to_document(settings)))) == settings


@given(all_settings, st.integers(-300, 300))
def test_more_minutes_a_week_are_shared_out_over_the_study_days(settings: StudySettings, more: int) -> None:
    before = settings.budget.weekdays
    after = settings.with_minutes_more(more).budget.weekdays
    clipped = any(minutes in (0, MOST_MINUTES) for minutes in after)
    assert sum(after) - sum(before) == more or clipped
    assert all(0 <= minutes <= MOST_MINUTES for minutes in after)
    if any(before):
        assert all(new == old for old, new in zip(before, after, strict=True) if not old)


def test_minutes_more_or_fewer_are_shared_as_the_days_share_them() -> None:
    assert SETTINGS.with_minutes_more(60).budget.weekdays == (0, 52, 0, 53, 0, 75, 0)
    assert SETTINGS.with_minutes_more(-60).budget.weekdays == (0, 18, 0, 17, 0, 25, 0)
    assert SETTINGS.with_minutes_more(-120).budget.weekdays == (0,) * 7


def test_breaks_stand_in_order_and_those_that_meet_become_one() -> None:
    later, earlier = Break(first_on=date(2027, 1, 4), last_on=date(2027, 1, 9)), Break(first_on=TODAY, last_on=TODAY)
    longer = Break(first_on=TODAY, last_on=date(2026, 12, 1))
    settings = SETTINGS.with_break(later).with_break(earlier).with_break(longer)
    assert settings.budget.breaks == (longer, later)
    both = Break(first_on=date(2026, 11, 28), last_on=date(2027, 1, 5))
    assert settings.with_break(both).budget.breaks == (Break(first_on=TODAY, last_on=later.last_on),)
    assert settings.with_break(earlier).budget.breaks == (earlier, later)
    assert settings.without_break(TODAY).budget.breaks == (later,)


@pytest.mark.parametrize("last_on", [date(2026, 11, 24), date(2027, 11, 27)])
def test_a_break_ends_after_it_begins_and_within_a_year(last_on: date) -> None:
    with pytest.raises(Invalid) as error:
        SETTINGS.with_break(Break(first_on=TODAY, last_on=last_on))
    assert error.value.field == "last_on"


def test_a_day_can_have_other_minutes_once() -> None:
    assert SETTINGS.with_day(TODAY, 0).budget.minutes_on(TODAY) == 0


def test_a_dropped_tier_counts_nothing_and_counts_again_when_taken_back() -> None:
    dropped = SETTINGS.with_lowest_tier(4)
    assert dropped.tier_weights == {1: 0, 2: 0, 3: 0, 4: 1.0, 5: 1.5}
    assert dropped.with_lowest_tier(1).tier_weights == DEFAULT_TIER_WEIGHTS
    assert SETTINGS.with_tier_weights({5: 2.0}).tier_weights == {5: 2.0}


def test_a_date_is_set_for_one_track_or_for_all() -> None:
    day = date(2027, 3, 1)
    assert SETTINGS.with_horizon(day, SECOND).horizons == {FIRST: date(2027, 6, 1), SECOND: day}
    assert SETTINGS.with_horizon(day).horizons == {FIRST: day, SECOND: day}
    assert SETTINGS.with_horizon(None).horizons == {FIRST: None, SECOND: None}


def test_a_new_date_lies_after_today_and_within_five_years() -> None:
    SETTINGS.check_horizons(SETTINGS, now=datetime(2030, 1, 1, tzinfo=UTC))
    SETTINGS.with_horizon(date(2031, 11, 25)).check_horizons(SETTINGS, now=NOON)
    for day in (date(2032, 1, 1), TODAY):
        with pytest.raises(Invalid, match="within five years"):
            SETTINGS.with_horizon(day).check_horizons(SETTINGS, now=NOON)


def test_a_new_date_lies_after_today_where_the_learner_will_live() -> None:
    late = datetime(2026, 11, 25, 20, tzinfo=UTC)  # the next day has begun in Auckland
    tomorrow = SETTINGS.with_horizon(date(2026, 11, 26))
    tomorrow.check_horizons(SETTINGS, now=late)
    with pytest.raises(Invalid, match="after today"):
        tomorrow.with_zone("Pacific/Auckland").check_horizons(SETTINGS, now=late)


def test_a_track_is_joined_and_left() -> None:
    third = TrackId(3)
    joined = SETTINGS.with_track(third, TODAY)
    assert joined.horizons[third] == TODAY
    assert joined.without_track(third) == SETTINGS
    with pytest.raises(NotFound):
        SETTINGS.without_track(third)


def test_a_track_that_one_is_not_on_has_no_date() -> None:
    with pytest.raises(NotFound):
        SETTINGS.with_horizon(TODAY, TrackId(999))


def test_only_the_parts_that_differ_are_told() -> None:
    before, after = to_document(SETTINGS), to_document(SETTINGS.with_zone("Asia/Tokyo"))
    assert changed_parts(before, after) == {"zone_name": "Europe/Berlin"}
    assert changed_parts(after, before) == {"zone_name": "Asia/Tokyo"}
    assert from_document(after | changed_parts(before, after)) == SETTINGS


def test_a_break_ends_what_its_days_had_of_their_own() -> None:
    away = SETTINGS.with_break(Break(first_on=TODAY, last_on=TODAY))
    assert away.budget.minutes_on(TODAY) == 0
