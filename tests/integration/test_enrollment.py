"""Beginning, studying on a second track, leaving, reading ahead."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from shelf import (
    DAILY,
    NOW,
    Book,
    begin,
    days_on,
    do_today,
    inputs_of,
    leave,
    load,
    open_ones,
    plan_of,
    rate,
    sign_up,
    todays,
    track,
)
from studyplan.domain.budget import Break
from studyplan.domain.catalog import LearnerId
from studyplan.domain.errors import Invalid, NotFound
from studyplan.domain.occurrences import ClosedBy
from studyplan.domain.plan import ItemKind
from studyplan.services import changes, due, enrollment, planning, postponing
from studyplan.services.enrollment import StudyWish
from studyplan.services.learners import change_zone
from studyplan.store import learners, occurrences, study

TRACKS = [track("everything"), track("knots", "knots"), track("splices", "splices")]
SATURDAYS = (0, 0, 0, 0, 0, 60, 0)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("weekdays", "zone", "now", "on"),
    [
        (DAILY, "UTC", NOW, date(2026, 11, 25)),
        (SATURDAYS, "UTC", NOW, date(2026, 11, 25)),
        ((3, 3, 3, 3, 3, 60, 3), "UTC", NOW, date(2026, 11, 25)),
        (SATURDAYS, "Europe/Berlin", moment("2026-11-25T03:59+01:00"), date(2026, 11, 24)),
        (SATURDAYS, "Europe/Berlin", moment("2026-11-25T04:00+01:00"), date(2026, 11, 25)),
        (DAILY, "Europe/Berlin", moment("2026-03-29T03:30+02:00"), date(2026, 3, 28)),
        (DAILY, "Europe/Berlin", moment("2026-10-25T02:30+01:00"), date(2026, 10, 24)),
        (SATURDAYS, "Pacific/Apia", moment("2026-11-25T23:00+13:00"), date(2026, 11, 25)),
    ],
)
def test_the_day_of_signing_up_always_offers_something(
    session: Session, weekdays: tuple[int, ...], zone: str, now: datetime, on: date
) -> None:
    load(session)
    learner_id = begin(session, weekdays=weekdays, zone=zone, horizon_on=None, now=now)
    today = due.get_today(session, learner_id, now=now)
    assert today.on == on
    assert len(today.items) > 0
    assert sum(item.due.occurrence.minutes for item in today.items) <= today.minutes


def test_a_reading_longer_than_any_day_is_offered_in_parts(session: Session) -> None:
    load(session, Book(slug="splice", minutes=45))
    learner_id = begin(session, weekdays=(0, 0, 0, 0, 0, 0, 7))
    (part,) = todays(session, learner_id)
    assert part.minutes == 7


def ask(session: Session, learner_id: LearnerId, wish: dict[str, object]) -> None:
    asked = StudyWish(**{"track_slug": "everything", "weekdays": DAILY, "zone": "UTC", **wish})
    enrollment.start(session, learner_id, asked, now=NOW)


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"zone": "Europe/Atlantis"}, "zone"),
        ({"weekdays": (5,) * 7}, "weekdays"),
        ({"weekdays": (30,) * 6}, "weekdays"),
        ({"horizon_on": date(2026, 11, 25)}, "horizon_on"),
        ({"horizon_on": date(2031, 12, 25)}, "horizon_on"),
    ],
)
def test_a_wish_that_cannot_be_is_refused_by_its_field(session: Session, wish: dict[str, object], field: str) -> None:
    load(session)
    learner_id = sign_up(session)
    with pytest.raises(Invalid) as error:
        ask(session, learner_id, wish)
    assert error.value.field == field


def test_a_track_that_does_not_exist_is_not_found(session: Session) -> None:
    load(session)
    with pytest.raises(NotFound, match="no-such-track"):
        begin(session, track_slug="no-such-track")


def test_a_second_track_shares_what_is_remembered(session: Session) -> None:
    load(session, tracks=TRACKS)
    learner_id = begin(session, track_slug="knots")
    do_today(session, learner_id)
    memories = study.list_memories(session, learner_id)
    wish = StudyWish(track_slug="everything", weekdays=DAILY, zone="UTC", horizon_on=None)
    enrollment.start(session, learner_id, wish, now=days_on(1))
    made = plan_of(session, learner_id)
    assert study.list_memories(session, learner_id) == memories
    assert not made.wanted & memories.keys()
    assert len(inputs_of(session, learner_id, now=days_on(1)).readings) == 4
    assert [item.track.slug for item in enrollment.list_enrolled(session, learner_id)] == ["knots", "everything"]


def test_a_second_track_makes_no_study_day_of_a_day_off(session: Session) -> None:
    load(session, tracks=TRACKS)
    learner_id = begin(session, track_slug="knots", weekdays=SATURDAYS)
    learners.put_break(session, learner_id, Break(first_on=date(2026, 11, 26), last_on=date(2026, 12, 10)))
    wish = StudyWish(track_slug="splices", weekdays=SATURDAYS, zone="UTC")
    enrollment.start(session, learner_id, wish, now=days_on(1))
    made = plan_of(session, learner_id)
    assert min(item.on for item in made.items) == date(2026, 12, 12)


def test_the_earliest_date_of_a_reading_s_tracks_counts_and_one_without_a_date_rolls(session: Session) -> None:
    load(session, tracks=TRACKS)
    learner_id = begin(session, track_slug="everything", horizon_on=None)
    wish = StudyWish(track_slug="knots", weekdays=DAILY, zone="UTC", horizon_on=date(2027, 1, 20))
    enrollment.start(session, learner_id, wish, now=NOW)
    made = plan_of(session, learner_id)
    inputs = planning.get_inputs(session, learners.get_learner(session, learner_id), now=NOW)
    horizons = {item.horizon_on for item in inputs.candidates}
    assert horizons == {None, date(2027, 1, 20)}
    assert (made.rolling, made.horizon_on) == (True, date(2027, 5, 26))


def test_a_date_that_has_passed_gives_way_to_half_a_year(session: Session) -> None:
    load(session)
    learner_id = begin(session, horizon_on=date(2026, 12, 5))
    made = planning.replan(session, learner_id, now=days_on(20))
    assert (made.rolling, made.horizon_on) == (True, date(2027, 6, 15))
    assert len(todays(session, learner_id, now=days_on(20))) > 0


def test_leaving_a_track_keeps_what_was_learned_and_ends_what_was_due(session: Session) -> None:
    load(session, tracks=TRACKS)
    learner_id = begin(session, track_slug="everything")
    first, second = todays(session, learner_id)
    rate(session, learner_id, first)
    leave(session, learner_id)
    assert plan_of(session, learner_id).items == ()
    assert open_ones(session, learner_id) == {}
    assert occurrences.get_occurrence(session, learner_id, second.id).closed_by is ClosedBy.WITHDRAWN
    assert study.list_memories(session, learner_id).keys() == {first.reading_id}
    wish = StudyWish(track_slug="everything", weekdays=DAILY, zone="UTC")
    enrollment.start(session, learner_id, wish, now=NOW)
    again = plan_of(session, learner_id)
    assert first.reading_id not in again.wanted
    assert len(again.wanted) == 3


def test_reading_ahead_lets_the_next_item_fall_due_and_gives_today_its_minutes(session: Session) -> None:
    load(session)
    learner_id = begin(session)
    for _ in range(4):
        do_today(session, learner_id)
        if not (waiting := open_ones(session, learner_id)):
            break
        planned = [item.reading_id for item in plan_of(session, learner_id).items]
        following = next(waiting[reading_id] for reading_id in planned if reading_id in waiting)
        enrollment.read_ahead(session, learner_id, now=NOW)
        assert following.id in {item.id for item in occurrences.list_published(session, learner_id, now=NOW)}
        today = due.get_today(session, learner_id, now=NOW)
        assert following.id in {item.due.occurrence.id for item in today.items}
        assert sum(item.due.occurrence.minutes for item in today.items) <= today.minutes_left + 1e-6


def test_reading_ahead_on_a_day_off_takes_nothing_from_the_days_ahead(session: Session) -> None:
    load(session)
    learner_id = begin(session, weekdays=SATURDAYS)
    do_today(session, learner_id)
    now = days_on(1)
    planning.replan(session, learner_id, now=now)
    assert todays(session, learner_id, now=now) == []
    enrollment.read_ahead(session, learner_id, now=now)
    assert len(todays(session, learner_id, now=now)) > 0
    assert learners.get_learner(session, learner_id).budget.minutes_on(date(2026, 11, 28)) == 60


def test_with_nothing_planned_nothing_is_read_ahead(session: Session) -> None:
    load(session)
    learner_id = begin(session)
    leave(session, learner_id)
    with pytest.raises(NotFound, match="read ahead"):
        enrollment.read_ahead(session, learner_id, now=NOW)


def test_flying_west_after_a_rating_breaks_nothing(session: Session) -> None:
    load(session, Book(slug="bowline", minutes=20), Book(slug="splice", minutes=10))
    learner_id = begin(session, zone="Asia/Tokyo")
    for item in todays(session, learner_id):
        rate(session, learner_id, item)
    change_zone(session, learner_id, "America/Los_Angeles", now=NOW)
    now = NOW + timedelta(minutes=5)
    planning.replan(session, learner_id, now=now)
    today = due.get_today(session, learner_id, now=now)
    assert today.on < NOW.date()
    enrollment.read_ahead(session, learner_id, now=now)
    for item in due.get_today(session, learner_id, now=now).items:
        done = rate(session, learner_id, item.due.occurrence, now=now)
        assert done.review.studied_on == NOW.date()


def test_who_flew_west_gets_no_more_on_a_day_than_is_left_of_it(session: Session) -> None:
    load(session, *[Book(slug=f"knot-{number}", minutes=20) for number in range(60)])
    learner_id = begin(session, zone="Asia/Tokyo")
    rate(session, learner_id, todays(session, learner_id)[0])
    changes.apply(session, learner_id, lambda own: own.with_zone("America/Los_Angeles"), "To the west", now=NOW)
    made = plan_of(session, learner_id)
    assert made.made_on < NOW.date()
    assert sum(item.minutes for item in made.on(NOW.date())) <= 10


def test_a_smaller_budget_asks_today_for_no_more_than_its_minutes(session: Session) -> None:
    load(session, Book(slug="bowline", minutes=50), Book(slug="splice", minutes=18))
    learner_id = begin(session, weekdays=(60,) * 7)
    assert 50 in [item.minutes for item in todays(session, learner_id)]
    changes.apply(session, learner_id, lambda own: own.with_weekdays((12,) * 7), "Less", now=NOW)
    listed = todays(session, learner_id)
    assert sum(item.minutes for item in listed) <= 12
    cut = max(open_ones(session, learner_id).values(), key=lambda item: item.parts)
    assert (cut.kind, cut.minutes, cut.parts) == (ItemKind.PART, 12, 5)
    rate(session, learner_id, listed[0], None)
    tomorrow = days_on(1)
    planning.replan(session, learner_id, now=tomorrow)
    assert sum(item.minutes for item in todays(session, learner_id, now=tomorrow)) <= 12


def test_the_next_part_of_what_was_read_today_waits_for_another_day(session: Session) -> None:
    load(session, Book(slug="bowline", minutes=90), Book(slug="splice", minutes=20))
    learner_id = begin(session, weekdays=(40,) * 7)
    (first,) = todays(session, learner_id)
    rate(session, learner_id, first, None)
    changes.apply(session, learner_id, lambda own: own.with_weekdays((80,) * 7), "More", now=NOW)
    assert first.reading_id not in {item.reading_id for item in todays(session, learner_id)}
    planning.replan(session, learner_id, now=days_on(1))
    assert first.reading_id in {item.reading_id for item in todays(session, learner_id, now=days_on(1))}


def test_what_was_put_off_to_a_day_stays_on_it_in_another_zone(session: Session) -> None:
    load(session)
    learner_id = begin(session, zone="Europe/Berlin")
    first = todays(session, learner_id)[0]
    until = date(2026, 12, 5)
    postponing.snooze(session, learner_id, first.id, until, now=NOW)
    for zone in ("America/Los_Angeles", "Pacific/Apia"):
        changes.apply(session, learner_id, lambda own, zone=zone: own.with_zone(zone), zone, now=NOW)
        learner = learners.get_learner(session, learner_id)
        assert learner.today(open_ones(session, learner_id)[first.reading_id].due_at) == until
    late = datetime(2026, 12, 4, 20, tzinfo=UTC)  # its day has begun in Auckland, and not in Berlin
    for zone, is_due in (("Pacific/Auckland", True), ("Europe/Berlin", False)):
        changes.apply(session, learner_id, lambda own, zone=zone: own.with_zone(zone), zone, now=late)
        assert open_ones(session, learner_id)[first.reading_id].is_due(late) is is_due
