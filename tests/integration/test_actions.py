"""A signed link: GET shows and changes nothing, POST acts once on its one occurrence, and it ends."""

import json
import re
import string
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import inspect, text

from feed_stage import Stage, make_stage
from kit import Clock, SignUp
from studyplan.domain.occurrences import ClosedBy, Occurrence
from studyplan.domain.plan import ItemKind
from studyplan.publish.links import Grant
from studyplan.settings import Settings
from studyplan.store import occurrences, study
from studyplan.store.rows import LearnerRow


@pytest.fixture
def stage(app: Flask, settings: Settings, clock: Clock, sign_up: SignUp) -> Stage:
    return make_stage(app, settings, clock, sign_up())


def rows_of(stage: Stage) -> dict[str, str]:
    """Return all that the database holds, the days of feeds' last use aside."""
    with stage.change() as session:
        names = inspect(session.connection()).get_table_names()
        held = {name: session.execute(text(f'SELECT * FROM "{name}"')).mappings().all() for name in names}
    return {
        name: json.dumps([{**row, "used_on": None} for row in rows], default=str, sort_keys=True)
        for name, rows in held.items()
    }


def count_reviews(stage: Stage) -> int:
    with stage.change() as session:
        return len(study.list_reviews(session, stage.learner_id))


def state_of(stage: Stage, occurrence: Occurrence) -> Occurrence:
    with stage.change() as session:
        return occurrences.get_occurrence(session, stage.learner_id, occurrence.id)


def test_the_page_shows_what_is_due_and_what_can_be_done(stage: Stage) -> None:
    stage.add_due(0, number=2)
    page = stage.client.get(stage.action())
    assert page.status_code == 200
    for said in ("Flows", "Forgot", "Hazy", "Clear", "Easy", "Tomorrow", "In a week", "Leave it to the plan"):
        assert said in page.text
    assert page.headers["Referrer-Policy"] == "same-origin", "else the page's own forms come from nowhere"
    assert re.findall(r'<a class="btn" href="https://[^"]+" rel="([^"]+)"', page.text) == ["noopener noreferrer"]
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow, noarchive"
    assert page.headers["Cache-Control"] == "no-store"
    chosen = stage.client.get(stage.action() + "?rating=2").text
    assert re.findall(r'value="(\d)" autofocus', chosen) == ["2"]


def test_following_every_link_of_every_feed_changes_nothing(stage: Stage) -> None:
    for place in range(3):
        stage.add_due(place, number=place)
    feeds = [stage.poll(form).text for form in ("rss", "atom", "json", "ics")]
    site = re.escape(stage.settings.site)
    paths = {stage.path(form) for form in ("rss", "atom", "json", "ics")}
    for feed in feeds:
        paths |= set(re.findall(rf"{site}(/[^\s\"'<>\\&]*)", feed))
    assert any(path.startswith("/r/") for path in paths)
    before = rows_of(stage)
    kinds = ({}, {"Sec-Purpose": "prefetch"}, {"Purpose": "prefetch"}, {"X-Moz": "prefetch"})
    for path in sorted(paths):
        for headers in kinds:
            for method in ("GET", "HEAD"):
                assert stage.client.open(path, method=method, headers=headers).status_code < 400
    assert rows_of(stage) == before


@pytest.mark.parametrize("key", ["", "the-form-of-one-visit"])
def test_a_double_click_is_one_review(stage: Stage, key: str) -> None:
    occurrence = stage.add_due(0)
    path = stage.action()
    first = stage.client.post(path, data={"rating": "3", "key": key})
    assert (first.status_code, first.headers["Location"]) == (303, path)
    assert stage.client.post(path, data={"rating": "3", "key": key}).status_code == 303
    assert stage.client.post(path, data={"rating": "1"}).status_code == 303, "another tab"
    assert count_reviews(stage) == 1
    assert state_of(stage, occurrence).closed_by is ClosedBy.RATING
    assert "Clear" in stage.client.get(path).text
    assert "Flows" not in "".join(stage.titles())


def test_a_rating_can_be_taken_back_and_given_again(stage: Stage) -> None:
    occurrence = stage.add_due(0)
    path = stage.action()
    stage.client.post(path, data={"rating": "1", "key": "first-visit-key"})
    assert "Take it back" in stage.client.get(path).text
    assert stage.client.post(path, data={"undo": "1"}).status_code == 303
    assert state_of(stage, occurrence).closed_at is None
    assert stage.client.post(path, data={"undo": "1"}).status_code == 303, "twice is once"
    stage.client.post(path, data={"rating": "4", "key": "second-visit-key"})
    assert count_reviews(stage) == 1
    assert "Easy" in stage.client.get(path).text


@pytest.mark.parametrize(
    ("form", "closed_by"),
    [
        ({"skip": "1"}, ClosedBy.SKIP),
        ({"until": "2026-11-26"}, ClosedBy.SNOOZE),
        ({"until": "2026-12-24"}, ClosedBy.SNOOZE),
        ({"read": "1"}, ClosedBy.RATING),
    ],
)
def test_put_off_left_out_or_read_it_is_done_once(stage: Stage, form: dict[str, str], closed_by: ClosedBy) -> None:
    occurrence = stage.add_due(0, number=0)
    path = stage.action()
    for _ in range(2):
        assert stage.client.post(path, data=form).status_code == 303
    assert state_of(stage, occurrence).closed_by is closed_by
    assert stage.client.get(path).status_code == 200


def test_a_part_is_read_without_a_rating(stage: Stage) -> None:
    occurrence = stage.add_due(0, number=0, kind=ItemKind.PART, part=1, parts=2)
    path = stage.action()
    page = stage.client.get(path).text
    assert "Part 1 is read" in page
    assert 'name="rating"' not in page
    stage.client.post(path, data={"read": "1"})
    assert state_of(stage, occurrence).closed_by is ClosedBy.READ


@pytest.mark.parametrize(
    "form", [{}, {"rating": "5"}, {"rating": "clear"}, {"until": "soon"}, {"until": "2020-01-01"}, {"other": "1"}]
)
def test_what_cannot_be_understood_changes_nothing(stage: Stage, form: dict[str, str]) -> None:
    stage.add_due(0)
    path = stage.action()
    before = rows_of(stage)
    assert stage.client.post(path, data=form).status_code == 422
    assert rows_of(stage) == before


def test_a_link_that_is_not_due_yet_leads_to_the_reading(stage: Stage) -> None:
    occurrence = stage.add_due(0)
    path = stage.action()
    with stage.change() as session:
        later = replace(occurrence, due_at=stage.clock.now + timedelta(days=2))
        occurrences.put_occurrences(session, stage.learner_id, [later])
    page = stage.client.get(path).text
    assert "Not due yet" in page
    assert "Open the reading" in page


def test_a_day_that_cannot_be_is_told_beside_its_field(stage: Stage) -> None:
    stage.add_due(0)
    page = stage.client.post(stage.action(), data={"until": "2020-01-01"}).text
    assert re.search(r'aria-describedby="until-wrong".*1 January 2020 is not a day in the coming year', page, re.DOTALL)
    assert 'name="skip"' in page


def test_two_who_disagree_are_told(stage: Stage) -> None:
    stage.add_due(0)
    path = stage.action()
    stage.client.post(path, data={"skip": "1"})
    assert stage.client.post(path, data={"rating": "3"}).status_code == 409


def test_every_change_of_a_character_is_refused(stage: Stage) -> None:
    stage.add_due(0)
    path = stage.action()
    before = rows_of(stage)
    for place in range(len("/r/"), len(path)):
        for character in "A-" if path[place] not in "A-" else string.ascii_lowercase[:2]:
            changed = path[:place] + character + path[place + 1 :]
            assert stage.client.get(changed).status_code == 404
            assert stage.client.post(changed, data={"rating": "3"}).status_code == 404
    assert rows_of(stage) == before


def through_feed(stage: Stage, _occurrence: Occurrence) -> str:
    return stage.action()


def through_mail(stage: Stage, occurrence: Occurrence) -> str:
    return stage.links.action(Grant.on(stage.learner_id, occurrence)).removeprefix(stage.settings.site)


def test_a_link_in_a_feed_acts_as_long_as_its_reading_is_due(stage: Stage) -> None:
    path = through_feed(stage, stage.add_due(0))
    stage.clock.advance(days=60)
    assert stage.client.get(path).status_code == 200
    assert stage.client.post(path, data={"rating": "3"}).status_code == 303
    assert "Clear" in stage.client.get(path).text
    stage.clock.advance(days=2)
    assert stage.client.get(path).status_code == 410


def test_a_link_in_a_mail_ends_after_35_days(stage: Stage) -> None:
    path = through_mail(stage, stage.add_due(0))
    stage.clock.advance(days=35, seconds=-1)
    assert stage.client.get(path).status_code == 200
    stage.clock.advance(seconds=1)
    page = stage.client.get(path)
    assert page.status_code == 410
    assert "Sign in and open it" in page.text
    before = rows_of(stage)
    assert stage.client.post(path, data={"rating": "3"}).status_code == 410
    assert rows_of(stage) == before


def test_a_mail_may_come_before_its_day(stage: Stage) -> None:
    occurrence = stage.add_due(0, due_at=stage.clock.now + timedelta(days=1))
    path = through_mail(stage, occurrence)
    assert "Thursday 26 November" in stage.client.get(path).text
    assert stage.client.post(path, data={"rating": "3"}).status_code == 404
    stage.clock.advance(days=1)
    assert "Forgot" in stage.client.get(path).text


def test_the_link_needs_no_session_and_minds_none(stage: Stage, sign_up: SignUp) -> None:
    stage.add_due(0)
    path, bob = stage.action(), stage.app.test_client()
    sign_up("bob@example.org", browser=bob)
    page = bob.get(path)
    assert page.status_code == 200
    assert "ada@example.org" not in page.text
    assert "signed in with another account" in page.text
    for owner in (stage.client, stage.app.test_client()):
        assert "signed in with another account" not in owner.get(path).text
    elsewhere = {"Origin": "null", "Sec-Fetch-Site": "cross-site"}
    assert bob.post(path, data={"rating": "3"}, headers=elsewhere).status_code == 303
    assert count_reviews(stage) == 1


def test_a_put_off_can_be_taken_back(stage: Stage) -> None:
    occurrence = stage.add_due(0)
    path = stage.action()
    stage.client.post(path, data={"until": "2026-12-24"})
    assert "Take it back" in stage.client.get(path).text
    for _ in range(2):
        assert stage.client.post(path, data={"undo": "1"}).status_code == 303
    assert state_of(stage, occurrence).closed_at is None


def test_who_acts_by_links_alone_is_not_away(stage: Stage) -> None:
    stage.add_due(0)
    stage.clock.advance(days=30)
    stage.client.post(stage.action(), data={"rating": "3"})
    with stage.change() as session:
        assert session.get_one(LearnerRow, stage.learner_id).visited_on == stage.clock.now.date()
