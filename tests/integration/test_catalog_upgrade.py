"""Catalogs change under learners' hands; what they learned stays."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from shelf import (
    NOW,
    SHELF,
    Book,
    begin,
    begin_to_read,
    by_slug,
    catalog_id_of,
    count_read,
    current,
    days_on,
    do_today,
    inputs_of,
    load,
    memories,
    open_ones,
    rate,
    shipped,
    todays,
    track,
)
from studyplan import resources
from studyplan.domain.catalog import LearnerId
from studyplan.domain.occurrences import ClosedBy
from studyplan.domain.plan import ItemKind
from studyplan.services import catalogs, due, enrollment, planning, standing
from studyplan.services.enrollment import StudyWish
from studyplan.store import catalogs as stored_catalogs
from studyplan.store import learners, occurrences

BOWLINE, CLOVE, SPLICE, WHIPPING = SHELF


@pytest.fixture
def learner_id(session: Session) -> LearnerId:
    """Somebody who has read the bowline and a part of the clove hitch."""
    return begin_to_read(session)


def test_what_comes_with_studyplan_is_loaded_once(session: Session) -> None:
    seed = resources.path("seed")
    assert catalogs.upgrade(session, seed, now=NOW) == ["Lil'Log"]
    assert catalogs.upgrade(session, seed, now=NOW) == []
    views = {view.track.slug: view for view in catalogs.list_tracks(session)}
    assert (len(views["everything"].readings), len(views["landmarks"].readings)) == (44, 17)
    assert len(views["everything"].clusters) == 12
    assert views["everything"].minutes == sum(reading.minutes for reading in views["everything"].readings)


def test_a_changed_file_is_loaded_again(session: Session, tmp_path: Path) -> None:
    folder = tmp_path / "ropes"
    folder.mkdir()
    text = 'slug = "ropes"\ntitle = "Ropes"\nurl = "https://r.example/"\n[[cluster]]\nslug = "knots"\ntitle = "Knots"\n'
    text += (
        '[[cluster.reading]]\nslug = "bowline"\ntitle = "Bowline"\nurl = "https://r.example/b"\ntier = 5\nminutes = 9\n'
    )
    (folder / "catalog.toml").write_text(text)
    assert catalogs.upgrade(session, tmp_path, now=NOW) == ["Ropes"]
    (folder / "catalog.toml").write_text(text.replace('"Bowline"', '"The Bowline"'))
    assert catalogs.upgrade(session, tmp_path, now=NOW) == ["Ropes"]
    assert [reading.title for reading in current(session, "ropes").readings] == ["The Bowline"]


@pytest.mark.parametrize(
    "changed",
    [
        replace(BOWLINE, title="How to tie a bowline"),
        replace(BOWLINE, tier=3),
        replace(BOWLINE, cluster="splices"),
        replace(BOWLINE, slug="the-bowline", url="https://ropes.example/bowline"),
        replace(BOWLINE, minutes=8),
        replace(BOWLINE, url="http://ropes.example/bowline/?utm_source=mail#top"),
        replace(BOWLINE, url="https://ropes.example/new", former_urls=("https://ropes.example/bowline",)),
    ],
    ids=["retitled", "re-tiered", "another cluster", "another slug", "shorter", "same address", "another address"],
)
def test_a_changed_reading_keeps_its_progress(session: Session, learner_id: LearnerId, changed: Book) -> None:
    before, reading = memories(session, learner_id), by_slug(current(session))["bowline"]
    others = [replace(SPLICE, builds_on=())] if changed.slug != BOWLINE.slug else [SPLICE]
    load(session, changed, CLOVE, *others, WHIPPING, now=days_on(1))
    after = by_slug(current(session))[changed.slug]
    assert after.id == reading.id
    assert (after.tier, after.cluster, after.minutes) == (changed.tier, changed.cluster, changed.minutes)
    assert memories(session, learner_id) == before
    planning.replan(session, learner_id, now=days_on(1))
    assert count_read(session, learner_id, now=days_on(1)) == 1


def test_two_readings_may_swap_their_slugs(session: Session, learner_id: LearnerId) -> None:
    before = by_slug(current(session))
    load(
        session,
        replace(BOWLINE, slug="clove-hitch", url="https://ropes.example/bowline"),
        replace(CLOVE, slug="bowline", url="https://ropes.example/clove-hitch"),
        now=days_on(1),
    )
    after = by_slug(current(session))
    assert (after["bowline"].id, after["clove-hitch"].id) == (before["clove-hitch"].id, before["bowline"].id)


def test_a_new_reading_is_planned(session: Session, learner_id: LearnerId) -> None:
    load(session, *SHELF, Book(slug="sheet-bend", tier=5, minutes=8), now=days_on(1))
    made = planning.replan(session, learner_id, now=days_on(1))
    assert by_slug(current(session))["sheet-bend"].id in made.wanted


def test_the_clock_is_asked_to_plan_for_those_on_its_tracks(session: Session, learner_id: LearnerId) -> None:
    version = learners.get_learner(session, learner_id).inputs_version
    load(session, BOWLINE, CLOVE, WHIPPING, now=days_on(1))
    assert learners.get_learner(session, learner_id).inputs_version == version + 1


def test_a_withdrawn_reading_is_not_begun_any_more_and_its_occurrence_ends(session: Session) -> None:
    load(session)
    learner_id = begin(session)
    first = todays(session, learner_id)[0]
    kept = [book for book in (BOWLINE, CLOVE, WHIPPING) if by_slug(current(session))[book.slug].id != first.reading_id]
    load(session, *kept, now=NOW)
    made = planning.replan(session, learner_id, now=NOW)
    assert first.reading_id not in {item.reading_id for item in made.items}
    assert occurrences.get_occurrence(session, learner_id, first.id).closed_by is ClosedBy.WITHDRAWN
    assert first.id not in {item.id for item in todays(session, learner_id)}


def test_who_has_read_a_withdrawn_reading_goes_on_reviewing_it(session: Session, learner_id: LearnerId) -> None:
    (read,) = memories(session, learner_id)
    load(session, CLOVE, WHIPPING, now=days_on(1))
    made = planning.replan(session, learner_id, now=days_on(1))
    assert {item.kind for item in made.items if item.reading_id == read} == {ItemKind.REVIEW}
    view = standing.get_reading(session, learner_id, read, now=days_on(1))
    assert (view.reading.title, view.standing.is_read) == ("Bowline", True)
    now = open_ones(session, learner_id)[read].due_at
    planning.replan(session, learner_id, now=now)
    assert read in {item.due.reading.id for item in due.get_today(session, learner_id, now=now).items}
    rate(session, learner_id, open_ones(session, learner_id)[read], now=now)


def test_a_withdrawn_reading_that_returns_is_the_same(session: Session, learner_id: LearnerId) -> None:
    before = by_slug(current(session))["bowline"]
    load(session, CLOVE, WHIPPING, now=days_on(1))
    load(session, Book(slug="bowline", url="https://elsewhere.example/x"), CLOVE, now=days_on(2))
    load(session, now=days_on(3))
    assert by_slug(current(session))["bowline"] == before
    assert current(session).withdrawn[0].url == "https://elsewhere.example/x"


def test_a_shorter_edition_of_what_is_half_read_is_still_to_be_finished(session: Session) -> None:
    load(session, Book(slug="splice", minutes=45))
    learner_id = begin(session)
    do_today(session, learner_id)
    load(session, Book(slug="splice", minutes=12), now=days_on(1))
    planning.replan(session, learner_id, now=days_on(1))
    (last,) = todays(session, learner_id, now=days_on(1))
    assert last.part == last.parts
    rate(session, learner_id, last, now=days_on(1))
    assert len(memories(session, learner_id)) == 1


def test_a_withdrawn_track_stays_with_those_who_are_on_it(session: Session) -> None:
    load(session, tracks=[track("everything"), track("splices", "splices")])
    learner_id = begin(session, track_slug="splices")
    load(session, tracks=[track("everything")], now=days_on(1))
    assert [view.track.slug for view in catalogs.list_tracks(session)] == ["everything"]
    made = planning.replan(session, learner_id, now=days_on(1))
    assert len(made.wanted) == 2
    load(session, tracks=[track("splices", "splices"), track("everything")], now=days_on(2))
    assert [view.track.slug for view in catalogs.list_tracks(session)] == ["splices", "everything"]


def test_progress_is_shared_between_catalogs_by_address(session: Session, learner_id: LearnerId) -> None:
    other = shipped(replace(BOWLINE, title="Bowline, retold"), slug="other", tracks=[track("other", catalog="other")])
    catalogs.store_shipped(session, other, now=days_on(1))
    wish = StudyWish(track_slug="other", weekdays=(30,) * 7, zone="UTC")
    enrollment.start(session, learner_id, wish, now=days_on(1))
    readings = inputs_of(session, learner_id, now=days_on(1)).readings
    assert [reading.title for reading in readings].count("Bowline") == 1
    assert len(readings) == 4
    assert count_read(session, learner_id, now=days_on(1)) == 1


def test_a_learner_reads_in_the_words_of_their_own_catalog(session: Session) -> None:
    load(session)
    other = shipped(replace(BOWLINE, title="Bowline, retold"), slug="other", tracks=[track("other", catalog="other")])
    catalogs.store_shipped(session, other, now=NOW)
    for track_slug, title in (("other", "Bowline, retold"), ("everything", "Bowline")):
        learner_id = begin(session, track_slug=track_slug, email=f"{track_slug}@example.org")
        shown = due.get_today(session, learner_id, now=NOW).items
        assert title in [item.due.reading.title for item in shown]


def test_a_rolled_back_change_is_forgotten(session: Session) -> None:
    load(session)
    catalog_id = catalog_id_of(session, "ropework")
    session.info.clear()
    with session.begin_nested() as change:
        load(session, replace(BOWLINE, title="Never stored"), CLOVE)
        assert stored_catalogs.get_catalog(session, catalog_id).readings[0].title == "Never stored"
        change.rollback()
    session.info.clear()
    assert stored_catalogs.get_catalog(session, catalog_id).readings[0].title == "Bowline"
