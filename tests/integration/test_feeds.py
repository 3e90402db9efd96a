"""A feed through HTTP: what it says, when it changes, and what it never tells."""

import gzip
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import feedparser
import pytest
from flask import Flask
from sqlalchemy import event
from werkzeug.test import create_environ

from feed_stage import Stage, make_stage
from kit import Clock, SignUp
from samples import READING
from studyplan.domain.feeds import FeedWish, Kinds
from studyplan.domain.local_time import start_of_study_day
from studyplan.domain.plan import ItemKind
from studyplan.services import feeds
from studyplan.settings import Settings
from studyplan.store import catalogs

FORMS = ("rss", "atom", "json", "ics")


@pytest.fixture
def stage(app: Flask, settings: Settings, clock: Clock, sign_up: SignUp) -> Stage:
    return make_stage(app, settings, clock, sign_up())


def test_an_entry_is_useful_without_signing_in(stage: Stage) -> None:
    occurrence = stage.add_due(0, number=3)
    entry = feedparser.parse(stage.poll("rss").data).entries[0]
    assert entry.title == "Review 3: Flows"
    assert entry.id == f"urn:uuid:{occurrence.id}"
    assert entry.guidislink is False
    assert entry.link == f"{stage.settings.site}/occurrences/{occurrence.id}"
    assert datetime(*entry.published_parsed[:6], tzinfo=UTC) == stage.clock.now
    for said in (
        "6\u00a0min",
        "Flows &amp; others",
        "tier 4",
        "Recall is at 69",
        "reversible maps",
        "Which two properties",
    ):
        assert said in entry.summary
    assert 'href="https://example.org/Flows"' in entry.summary
    assert entry.summary.count("/r/") == 1


@pytest.mark.parametrize("form", FORMS)
def test_headers_are_those_of_a_private_feed(stage: Stage, form: str) -> None:
    stage.add_due()
    response = stage.poll(form)
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "private, max-age=900"
    assert response.headers["Vary"] == "Accept-Encoding"
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow, noarchive"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["ETag"].startswith('"')
    assert response.last_modified == stage.clock.now
    assert "Set-Cookie" not in response.headers
    assert stage.token not in response.text
    head = stage.client.head(stage.path(form))
    assert (head.status_code, head.data) == (200, b"")
    assert {**head.headers} == {**response.headers}


@pytest.mark.parametrize("form", FORMS)
def test_compressed_and_plain_have_their_own_tags(stage: Stage, form: str) -> None:
    stage.add_due()
    plain, packed = stage.poll(form), stage.poll(form, Accept_Encoding="br, gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert stage.poll(form, Accept_Encoding="gzip;q=0, identity").data == plain.data
    assert stage.poll(form, Accept_Encoding="gzip", If_None_Match=plain.headers["ETag"]).status_code == 200
    assert stage.poll(form, Accept_Encoding="gzip", If_None_Match=packed.headers["ETag"]).status_code == 304


def test_a_reader_may_name_its_tag_in_a_list_or_weak(stage: Stage) -> None:
    stage.add_due()
    first = stage.poll()
    tag = first.headers["ETag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', f'"other",W/{tag}', "*"):
        response = stage.poll(If_None_Match=known)
        assert (response.status_code, response.data) == (304, b"")
        assert response.headers["ETag"] == tag
    assert stage.poll(If_None_Match='"other"').status_code == 200
    assert stage.poll(If_None_Match=tag.strip('"')).status_code == 200
    modified = first.headers["Last-Modified"]
    assert stage.poll(If_Modified_Since=modified).status_code == 304
    assert stage.poll(If_Modified_Since=modified, If_None_Match='"other"').status_code == 200
    assert stage.poll(If_Modified_Since="Wed, 25 Nov 2026 08:59:59 GMT").status_code == 200
    for odd in ("yesterday", "Mon, 01 Jan 99999999999999999999 00:00:00 GMT", f"{modified[:-3]}+999999999999999999"):
        assert stage.poll(If_Modified_Since=odd).status_code == 200


def test_only_reading_is_answered(stage: Stage) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        response = stage.client.open(stage.path(), method=method)
        assert response.status_code == 405
        assert response.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("form", FORMS)
def test_the_tag_is_the_same_in_another_process_and_after_a_restart(
    stage: Stage, form: str, settings: Settings, make_app: object
) -> None:
    stage.add_due()
    stage.add_due(1)
    first = stage.poll(form)
    other = make_app(settings)  # type: ignore[operator]
    cold = other.test_client().get(stage.path(form), headers={"If-None-Match": first.headers["ETag"]})
    assert cold.status_code == 304
    again = other.test_client().get(stage.path(form))
    assert {**again.headers} == {**first.headers}
    assert again.data == first.data


@pytest.mark.parametrize("form", ["rss", "atom", "json"])
def test_what_falls_due_shows_at_the_next_poll_without_any_clock(stage: Stage, form: str) -> None:
    stage.add_due(0)
    stage.add_due(1, due_at=stage.clock.now + timedelta(minutes=30))
    tag = stage.poll(form).headers["ETag"]
    stage.clock.advance(minutes=29, seconds=59)
    assert stage.poll(form, If_None_Match=tag).status_code == 304
    assert len(stage.titles()) == 1
    stage.clock.advance(seconds=1)
    changed = stage.poll(form, If_None_Match=tag)
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag
    assert changed.last_modified == stage.clock.now
    assert len(stage.titles()) == 2


def test_entries_are_the_newest_first_and_keep_their_dates(stage: Stage) -> None:
    made = [stage.add_due(place, due_at=stage.clock.now - timedelta(days=place)) for place in range(3)]
    before = stage.poll("atom").data
    assert [entry.id for entry in feedparser.parse(before).entries] == [f"urn:uuid:{item.id}" for item in made]
    stage.clock.advance(days=2)
    assert stage.poll("atom").data == before, "time alone changes nothing"


def test_ten_thousand_unchanged_polls_are_one_answer_and_no_write(stage: Stage) -> None:
    stage.add_due()
    first = stage.poll()
    assert first.status_code == 200
    wal = stage.settings.data_dir / "studyplan.db-wal"
    written = wal.stat().st_size if wal.exists() else 0
    statements: list[str] = []
    engine = stage.app.extensions["sqlalchemy"].writing_engine
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    environ = create_environ(stage.path(), headers={"If-None-Match": first.headers["ETag"]})
    answers: list[str] = []
    for _ in range(10_000):
        list(stage.app.wsgi_app(dict(environ), lambda status, _headers: answers.append(status)))
    assert set(answers) == {"304 Not Modified"}
    assert statements == [], "nothing but one raw read each"
    assert (wal.stat().st_size if wal.exists() else 0) == written


def test_the_last_use_is_noted_once_a_day(stage: Stage) -> None:
    def used_on() -> object:
        with stage.change() as session:
            return feeds.list_feeds(session, stage.learner_id, stage.links, now=stage.clock.now)[0].feed.used_on

    assert stage.client.head(stage.path()).status_code == 200
    assert used_on() is None
    stage.poll()
    assert used_on() == stage.clock.now.date()
    stage.clock.advance(days=1)
    stage.poll()
    assert used_on() == stage.clock.now.date()


def test_one_build_asks_few_questions_however_much_is_due(stage: Stage) -> None:
    counts: list[dict[str, int]] = []
    engine = stage.app.extensions["sqlalchemy"].writing_engine
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    for place in range(3):
        stage.add_due(place)
        counts.append({})
        for form in FORMS:
            statements.clear()
            stage.poll(form)
            counts[-1][form] = len([text for text in statements if "PRAGMA" not in text and "BEGIN" not in text])
    assert counts[1] == counts[2], "the first poll also learns what the process keeps"
    assert max(counts[1].values()) <= 18


def test_a_feed_shows_what_it_is_asked_to(stage: Stage) -> None:
    stage.add_due(0, number=2)
    stage.add_due(1, number=0)
    assert sorted(stage.titles()) == ["Read: GANs", "Review 2: Flows"]
    stage.add_feed("Reviews", FeedWish(kinds=Kinds.REVIEWS))
    assert stage.titles() == ["Review 2: Flows"]
    stage.add_feed("First", FeedWish(kinds=Kinds.FIRST))
    assert stage.titles() == ["Read: GANs"]
    stage.add_feed("Landmarks", FeedWish(lowest_tier=5))
    assert stage.titles() == []
    stage.add_due(2, number=0, kind=ItemKind.PART, part=2, parts=3)
    stage.add_feed("All")
    assert "Part 2 of 3: VAEs" in stage.titles()


def test_beyond_the_cap_one_entry_a_day_says_how_many_more(stage: Stage) -> None:
    stage.add_library([replace(READING, title=f"Reading {place}") for place in range(13)])
    for place in range(13):
        stage.add_due(place, due_at=stage.clock.now - timedelta(minutes=place))
    feed_id = stage.add_feed("Short", FeedWish(cap=10))
    entries = feedparser.parse(stage.poll("rss").data).entries
    more = [entry for entry in entries if "more readings are due" in entry.title]
    assert [entry.title for entry in more] == ["And 3 more readings are due"]
    assert [entry.title for entry in entries if entry not in more] == [
        f"Review 1: Reading {place}" for place in range(10)
    ]
    begins_at = start_of_study_day(stage.clock.now.date(), ZoneInfo("Europe/Berlin"))
    assert datetime(*more[0].published_parsed[:6], tzinfo=UTC) == begins_at
    tag = stage.poll("rss").headers["ETag"]
    stage.clock.advance(hours=1)
    assert stage.poll("rss", If_None_Match=tag).status_code == 304
    stage.clock.advance(days=1)
    changed = stage.poll("rss", If_None_Match=tag)
    assert changed.status_code == 200
    ids = {entry.id for entry in feedparser.parse(changed.data).entries}
    assert len(ids - {entry.id for entry in entries}) == 1, "only the entry that says so is new"
    assert feed_id not in changed.text


def test_a_feed_of_a_track_goes_on_showing_what_the_catalog_has_withdrawn(stage: Stage) -> None:
    with stage.change() as session:
        track_id = catalogs.get_track(session, "all").track.id
    stage.add_feed("One track", FeedWish(tracks=(track_id,)))
    shown = stage.add_due(0)
    assert shown.id in stage.client.get(stage.path()).text
    stage.withdraw(0)
    assert shown.id in stage.client.get(stage.path()).text
