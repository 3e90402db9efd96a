"""A reading moves to an address that is known already: two become one, with all that was learned."""

from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from shelf import (
    NOW,
    SHELF,
    Book,
    begin,
    begin_to_read,
    by_slug,
    count_read,
    current,
    days_on,
    do_today,
    load,
    memories,
    open_ones,
    shipped,
    todays,
    track,
)
from studyplan.domain.catalog import LearnerId
from studyplan.domain.plan import ItemKind
from studyplan.services import catalogs, clockwork, due, enrollment, planning
from studyplan.services.enrollment import StudyWish
from studyplan.store import study

BOWLINE, CLOVE, SPLICE, WHIPPING = SHELF


@pytest.fixture
def learner_id(session: Session) -> LearnerId:
    """Somebody who has read the bowline and a part of the clove hitch."""
    return begin_to_read(session)


MOVED = replace(BOWLINE, url="https://ropes.example/new", former_urls=("https://ropes.example/bowline",))


def load_other(session: Session, *books: Book, slug: str = "other") -> None:
    catalogs.store_shipped(session, shipped(*books, slug=slug, tracks=[track(slug, catalog=slug)]), now=NOW)


def test_progress_follows_to_an_address_that_another_catalog_lists_already(
    session: Session, learner_id: LearnerId
) -> None:
    (before,) = memories(session, learner_id).items()
    load_other(session, replace(MOVED, former_urls=()))
    load(session, MOVED, CLOVE, SPLICE, WHIPPING, now=days_on(1))
    present = by_slug(current(session))["bowline"].id
    assert present != before[0]
    assert memories(session, learner_id) == {present: before[1]}
    (review,) = study.list_reviews(session, learner_id, reading_id=present)
    due.get_today(session, learner_id, now=days_on(1))
    made = planning.replan(session, learner_id, now=days_on(1))
    assert {item.kind for item in made.items if item.reading_id == present} == {ItemKind.REVIEW}
    assert open_ones(session, learner_id)[present].due_at > review.rated_at
    assert count_read(session, learner_id, now=days_on(1)) == 1


def test_of_two_readings_that_become_one_the_better_memory_stays(session: Session) -> None:
    load(session)
    load_other(session, replace(MOVED, former_urls=()))
    learner_id = begin(session, weekdays=(60,) * 7)
    enrollment.start(session, learner_id, StudyWish(track_slug="other", weekdays=(60,) * 7, zone="UTC"), now=NOW)
    for day in range(3):
        do_today(session, learner_id, now=days_on(day))
    known = memories(session, learner_id)
    former, present = by_slug(current(session))["bowline"].id, by_slug(current(session, "other"))["bowline"].id
    study.put_memory(session, learner_id, former, replace(known[former], reviews=7))
    load(session, MOVED, CLOVE, SPLICE, WHIPPING, now=days_on(3))
    assert memories(session, learner_id)[present].reviews == 7
    assert former not in memories(session, learner_id)
    assert not {former, present} & set(open_ones(session, learner_id))
    planning.replan(session, learner_id, now=days_on(3))
    assert present in open_ones(session, learner_id)


def test_a_catalog_that_lists_the_former_address_goes_along(session: Session, learner_id: LearnerId) -> None:
    load_other(session, replace(MOVED, former_urls=()))
    load_other(session, BOWLINE, Book(slug="hitch", builds_on=("bowline",)), slug="third")
    reader = begin(session, track_slug="third", email="bob@example.org")
    do_today(session, reader)
    (memory,) = memories(session, reader).values()
    load(session, MOVED, CLOVE, SPLICE, WHIPPING, now=days_on(1))
    third = current(session, "third")
    present = by_slug(third)["bowline"].id
    assert memories(session, reader) == {present: memory}
    assert [(link.reading, link.earlier) for link in third.mentions] == [(by_slug(third)["hitch"].id, present)]
    planning.replan(session, reader, now=days_on(1))
    assert count_read(session, reader, now=days_on(1)) == 1
    load(session, MOVED, CLOVE, SPLICE, WHIPPING, now=days_on(2))
    assert memories(session, reader) == {present: memory}


def test_who_is_on_a_catalog_that_lists_both_addresses_is_planned_anew(session: Session, learner_id: LearnerId) -> None:
    load_other(session, BOWLINE, replace(MOVED, slug="again", former_urls=()), slug="both")
    reader = begin(session, track_slug="both", email="bob@example.org")
    assert reader not in clockwork.list_outdated_plans(session)
    load(session, MOVED, CLOVE, SPLICE, WHIPPING, now=days_on(1))
    assert {reader, learner_id} <= set(clockwork.list_outdated_plans(session))


def test_a_first_reading_under_way_follows_too(session: Session) -> None:
    long = replace(MOVED, minutes=60)
    load(session, replace(BOWLINE, minutes=60))
    learner_id = begin(session)
    do_today(session, learner_id)
    load_other(session, replace(long, former_urls=()))
    load(session, long, now=days_on(1))
    present = by_slug(current(session))["bowline"].id
    assert study.list_started(session, learner_id) == {present: (30.0, 1)}
    planning.replan(session, learner_id, now=days_on(1))
    (last,) = todays(session, learner_id, now=days_on(1))
    assert (last.reading_id, last.part) == (present, 2)
