"""One's own changes: tried out, applied, put back, written down."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from shelf import NOW, Book, always, begin, days_on, do_today, load, plan_of
from studyplan.domain.budget import Break
from studyplan.domain.catalog import LearnerId
from studyplan.domain.errors import Conflict, Invalid, NotFound
from studyplan.domain.ledger import LedgerChange, LedgerId, LedgerLine
from studyplan.domain.study_settings import StudySettings
from studyplan.services import changes, ledger, planning
from studyplan.store import learners, plans
from studyplan.store.database import Base
from studyplan.store.rows import LearnerRow

BOOKS = tuple(Book(slug=f"knot-{n}", tier=4 + n % 2, minutes=15 + 5 * (n % 4)) for n in range(10))
WEEKDAYS = (0, 35, 0, 35, 0, 50, 0)


@pytest.fixture
def learner_id(session: Session) -> LearnerId:
    load(session, *BOOKS)
    return begin(session, weekdays=WEEKDAYS)


@pytest.fixture
def own(session: Session, learner_id: LearnerId) -> StudySettings:
    return settings_of(session, learner_id)


def settings_of(session: Session, learner_id: LearnerId) -> StudySettings:
    return planning.get_settings(session, learners.get_learner(session, learner_id))


def own_changes(session: Session, learner_id: LearnerId) -> list[LedgerLine]:
    return [line for line in ledger.list_lines(session, learner_id) if line.change is LedgerChange.CHANGED]


def everything(session: Session) -> dict[str, object]:
    session.flush()
    tables = Base.metadata.tables.values()
    return {table.name: session.execute(select(table)).all() for table in tables} | {
        "count": session.scalar(select(func.count()).select_from(Base.metadata.tables["ledger"]))
    }


def test_trying_out_stores_nothing(session: Session, learner_id: LearnerId, own: StudySettings) -> None:
    do_today(session, learner_id)
    before = everything(session)
    for other in (
        own.with_minutes_more(60),
        own.with_weekdays((0, 0, 0, 0, 0, 0, 0)),
        own.with_lowest_tier(5),
        own.with_horizon(date(2027, 6, 1)),
        own.with_break(Break(first_on=date(2026, 12, 1), last_on=date(2026, 12, 20))),
    ):
        tried = changes.try_out(session, learner_id, always(other), now=NOW)
        assert tried.after.value >= 0
    changes.plan_now(session, learner_id, now=days_on(5))
    assert everything(session) == before


def test_what_falls_out_and_what_comes_back_is_named(session: Session, learner_id: LearnerId) -> None:
    own = settings_of(session, learner_id)
    tried = changes.try_out(session, learner_id, always(own.with_lowest_tier(5)), now=NOW)
    assert {reading.tier for reading in tried.falls_out} == {4}
    assert tried.comes_back == ()
    changes.apply(session, learner_id, always(own.with_lowest_tier(5)), "Tier 5 only", now=NOW)
    back = changes.try_out(session, learner_id, always(own), now=NOW)
    assert set(back.comes_back) == set(tried.falls_out)


def test_more_minutes_never_lower_the_value_of_the_plan_that_is_shown(
    session: Session, learner_id: LearnerId, own: StudySettings
) -> None:
    shown = plan_of(session, learner_id)
    for more in (15, 30, 90):
        tried = changes.try_out(session, learner_id, always(own.with_minutes_more(more)), now=NOW)
        assert tried is not None
        assert tried.after.value >= shown.value
    assert changes.try_out(session, learner_id, always(own), now=NOW) is None


def test_a_change_is_written_down_and_can_be_put_back(
    session: Session, learner_id: LearnerId, own: StudySettings
) -> None:
    before = plans.find_plan(session, learner_id)
    other = own.with_minutes_more(-60).with_break(Break(first_on=date(2026, 12, 1), last_on=date(2026, 12, 9)))
    other = other.with_horizon(date(2027, 1, 15)).with_lowest_tier(5).with_day(date(2026, 11, 28), 5)
    changes.apply(session, learner_id, always(other), "Less in December", now=NOW)
    made = changes.get_stored(session, learner_id).plan
    assert settings_of(session, learner_id) == other
    assert made.horizon_on == date(2027, 1, 15)
    (change,) = own_changes(session, learner_id)
    assert change.subject == "Less in December"
    changes.undo(session, learner_id, change.id, now=NOW + timedelta(hours=23))
    again = changes.get_stored(session, learner_id).plan
    assert settings_of(session, learner_id) == own
    assert before is not None
    assert (again.horizon_on, again.wanted) == (before.plan.horizon_on, before.plan.wanted)
    assert LedgerChange.UNDONE in {line.change for line in ledger.list_lines(session, learner_id)}


def test_a_change_is_put_back_once_and_within_a_day(
    session: Session, learner_id: LearnerId, own: StudySettings
) -> None:
    changes.apply(session, learner_id, always(own.with_minutes_more(30)), "More", now=NOW)
    (change,) = own_changes(session, learner_id)
    with pytest.raises(Conflict):
        changes.undo(session, learner_id, change.id, now=NOW + timedelta(hours=25))
    changes.undo(session, learner_id, change.id, now=NOW)
    with pytest.raises(Conflict):
        changes.undo(session, learner_id, change.id, now=NOW)


def test_what_is_put_back_leaves_the_plan_as_it_was(
    session: Session, learner_id: LearnerId, own: StudySettings
) -> None:
    before = plan_of(session, learner_id)
    changes.apply(session, learner_id, always(own.with_weekdays((30, *(7,) * 6))), "Short days", now=NOW)
    (change,) = own_changes(session, learner_id)
    changes.undo(session, learner_id, change.id, now=NOW + timedelta(minutes=1))
    after = plan_of(session, learner_id)
    assert (after.recall, after.finish, after.wanted) == (before.recall, before.finish, before.wanted)


def test_changes_of_different_things_are_put_back_in_any_order(
    session: Session, learner_id: LearnerId, own: StudySettings
) -> None:
    changes.apply(session, learner_id, always(own.with_minutes_more(30)), "More", now=NOW)
    changes.apply(session, learner_id, lambda it: it.with_lowest_tier(5), "Tier 5", now=NOW + timedelta(minutes=1))
    later, earlier = own_changes(session, learner_id)
    changes.undo(session, learner_id, earlier.id, now=NOW + timedelta(minutes=2))
    assert settings_of(session, learner_id) == own.with_lowest_tier(5)
    changes.undo(session, learner_id, later.id, now=NOW + timedelta(minutes=3))
    assert settings_of(session, learner_id) == own


def test_the_latest_change_of_the_same_is_put_back_first(
    session: Session, learner_id: LearnerId, own: StudySettings
) -> None:
    changes.apply(session, learner_id, always(own.with_minutes_more(30)), "More", now=NOW)
    changes.apply(session, learner_id, always(own.with_minutes_more(60)), "Even more", now=NOW + timedelta(minutes=1))
    later, earlier = own_changes(session, learner_id)
    with pytest.raises(Conflict, match="not before later ones"):
        changes.undo(session, learner_id, earlier.id, now=NOW + timedelta(minutes=2))
    changes.undo(session, learner_id, later.id, now=NOW + timedelta(minutes=3))
    changes.undo(session, learner_id, earlier.id, now=NOW + timedelta(minutes=4))
    assert settings_of(session, learner_id) == own


def test_a_change_meets_what_others_have_changed_meanwhile(session: Session, learner_id: LearnerId) -> None:
    first, second = (Break(first_on=date(2026, 12, day), last_on=date(2026, 12, day + 2)) for day in (1, 8))
    for pause in (first, second):
        changes.apply(session, learner_id, lambda own, pause=pause: own.with_break(pause), "A break", now=NOW)
    assert settings_of(session, learner_id).budget.breaks == (first, second)


def test_the_same_form_sent_twice_changes_once(session: Session, learner_id: LearnerId, own: StudySettings) -> None:
    for _ in range(2):
        changes.apply(session, learner_id, lambda it: it.with_minutes_more(30), "More", key="a" * 16, now=NOW)
    assert sum(settings_of(session, learner_id).budget.weekdays) == sum(own.budget.weekdays) + 30
    assert len(own_changes(session, learner_id)) == 1


def test_what_changes_nothing_is_not_written_down(session: Session, learner_id: LearnerId, own: StudySettings) -> None:
    changes.apply(session, learner_id, always(own), "Nothing", now=NOW)
    assert own_changes(session, learner_id) == []


def test_only_what_was_changed_is_put_back(session: Session, learner_id: LearnerId, own: StudySettings) -> None:
    changes.apply(session, learner_id, always(own.with_zone("Asia/Tokyo")), "Days in Asia/Tokyo", now=NOW)
    learners.put_one_off(session, learner_id, NOW.date(), 90)
    (change,) = own_changes(session, learner_id)
    changes.undo(session, learner_id, change.id, now=NOW)
    assert settings_of(session, learner_id) == own.with_day(NOW.date(), 90)


def test_what_was_changed_otherwise_since_is_not_put_back(
    session: Session, learner_id: LearnerId, own: StudySettings
) -> None:
    changes.apply(session, learner_id, always(own.with_minutes_more(30)), "More", now=NOW)
    (change,) = own_changes(session, learner_id)
    other = own.budget.weekdays[::-1]
    learners.change_learner(session, learner_id, weekdays=list(other))
    with pytest.raises(Conflict):
        changes.undo(session, learner_id, change.id, now=NOW)
    assert settings_of(session, learner_id).budget.weekdays == other


def test_a_line_that_is_no_change_of_one_s_own_cannot_be_put_back(session: Session, learner_id: LearnerId) -> None:
    own = settings_of(session, learner_id)
    changes.apply(session, learner_id, always(own.with_lowest_tier(5)), "Tier 5 only", now=NOW)
    told = next(line for line in ledger.list_lines(session, learner_id) if line.change is LedgerChange.LEFT_OUT)
    assert told.why == "You let its tier count nothing."
    with pytest.raises(Conflict):
        changes.undo(session, learner_id, told.id, now=NOW)


def test_another_learner_s_line_does_not_exist(session: Session, learner_id: LearnerId, own: StudySettings) -> None:
    changes.apply(session, learner_id, always(own.with_minutes_more(30)), "More", now=NOW)
    (change,) = own_changes(session, learner_id)
    stranger = begin(session, email="eve@example.org")
    for key in (change.id, LedgerId("no such line")):
        with pytest.raises(NotFound):
            changes.undo(session, stranger, key, now=NOW)
    assert ledger.list_lines(session, stranger) == []


def test_a_date_lies_ahead_and_within_five_years(session: Session, learner_id: LearnerId, own: StudySettings) -> None:
    for other in (own.with_horizon(date(2050, 1, 1)), own.with_horizon(NOW.date())):
        with pytest.raises(Invalid):
            changes.try_out(session, learner_id, always(other), now=NOW)
        with pytest.raises(Invalid):
            changes.apply(session, learner_id, always(other), "Far", now=NOW)


def test_somebody_without_a_plan_has_none_to_show(session: Session) -> None:
    load(session)
    learner_id = begin(session)
    assert changes.get_stored(session, learner_id).plan.made_on == NOW.date()
    with pytest.raises(NotFound):
        changes.get_stored(session, LearnerId(987_654))


def test_who_lives_in_a_zone_nobody_knows_any_more_can_change_the_rest(session: Session, learner_id: LearnerId) -> None:
    session.execute(update(LearnerRow).values(zone="Europe/Atlantis"))
    session.expire_all()
    own = settings_of(session, learner_id)
    assert changes.apply(session, learner_id, always(own.with_lowest_tier(5)), "Tier 5 only", now=NOW)
    with pytest.raises(Invalid, match="no zone “Europe/Lemuria”"):
        changes.apply(session, learner_id, always(own.with_zone("Europe/Lemuria")), "Zone", now=NOW)
