"""Who gets in: new addresses, old ones, switched off and taken away, and texts that are no token at all."""

import io
import json
import random
from datetime import timedelta
from statistics import median
from time import perf_counter
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, inspect, text
from werkzeug.test import create_environ

from feed_stage import Stage, make_stage
from kit import Clock, SignUp
from studyplan.domain.feeds import FeedId
from studyplan.services import feeds
from studyplan.settings import Settings

BAD_TOKENS = ("x", "é%0a", "A" * 43, "A" * 5_000, "..", "'; --", "\udcff")


@pytest.fixture
def stage(app: Flask, settings: Settings, clock: Clock, sign_up: SignUp) -> Stage:
    return make_stage(app, settings, clock, sign_up())


@pytest.fixture
def feed_id(stage: Stage) -> FeedId:
    with stage.change() as session:
        return feeds.list_feeds(session, stage.learner_id, stage.links, now=stage.clock.now)[0].feed.id


def test_a_new_address_works_at_once_and_the_old_one_for_seven_more_days(stage: Stage, feed_id: FeedId) -> None:
    occurrence = stage.add_due()
    old = stage.token
    link = stage.action()
    with stage.change() as session:
        feeds.rotate(session, stage.learner_id, feed_id, stage.links, now=stage.clock.now)
    new = stage.token_of(feed_id)
    assert new != old
    ids = [stage.client.get(stage.path("json", token)).get_json(force=True)["items"][0]["id"] for token in (old, new)]
    assert ids == [f"urn:uuid:{occurrence.id}"] * 2, "the same occurrence by both addresses"
    stage.clock.advance(days=6, hours=23)
    assert stage.client.get(stage.path("rss", old)).status_code == 200
    assert stage.client.get(link).status_code == 200
    stage.clock.advance(hours=1)
    assert stage.client.get(stage.path("rss", old)).status_code == 404
    assert stage.client.get(link).status_code == 410, "links read through the old address end with it"
    assert stage.client.get(stage.path("rss", new)).status_code == 200
    stage.token = new
    assert stage.client.get(stage.action()).status_code == 200


def test_off_is_off_until_it_is_on_again_at_the_same_address(stage: Stage, feed_id: FeedId) -> None:
    stage.add_due()
    link, before = stage.action(), stage.poll()
    for on, feed_status, link_status in ((False, 404, 410), (True, 200, 200)):
        with stage.change() as session:
            feeds.switch(session, stage.learner_id, feed_id, on=on, now=stage.clock.now)
        assert stage.poll(If_None_Match=before.headers["ETag"]).status_code == feed_status
        assert stage.client.get(link).status_code == link_status


def test_taken_away_it_ends_at_once_with_its_links(stage: Stage, feed_id: FeedId) -> None:
    stage.add_due()
    link = stage.action()
    assert stage.poll().status_code == 200
    with stage.change() as session:
        feeds.revoke(session, stage.learner_id, feed_id, now=stage.clock.now)
    assert stage.poll().status_code == 404
    assert stage.client.get(link).status_code == 410
    assert stage.client.post(link, data={"rating": "3"}).status_code == 410


def test_taken_away_while_it_is_written_it_is_not_found(stage: Stage, feed_id: FeedId) -> None:
    stage.add_due()
    engine, is_gone = stage.app.extensions["sqlalchemy"].writing_engine, []

    def take_away(*_checked_in: object) -> None:  # the day of its use is noted, and the next thing is to write it
        if not is_gone:
            is_gone.append(True)
            with stage.change() as session:
                feeds.revoke(session, stage.learner_id, feed_id, now=stage.clock.now)

    event.listen(engine, "checkin", take_away)
    assert stage.poll().status_code == 404
    assert is_gone


def test_an_account_that_is_gone_has_no_feed(stage: Stage) -> None:
    stage.add_due()
    assert stage.poll().status_code == 200
    with stage.change() as session:
        session.execute(text("DELETE FROM users"))
    assert stage.poll().status_code == 404


def test_wrong_revoked_and_malformed_get_equal_bytes_in_equal_time(stage: Stage, feed_id: FeedId) -> None:
    stage.add_due()
    stage.poll()
    revoked = stage.token
    other = stage.add_feed("Another")
    with stage.change() as session:
        feeds.switch(session, stage.learner_id, feed_id, on=False, now=stage.clock.now)
    assert other
    paths = {"wrong": "B" * 43, "off": revoked, "malformed": "not a token"}
    answers = {name: stage.client.get(stage.path("rss", token)) for name, token in paths.items()}
    assert {answer.status_code for answer in answers.values()} == {404}
    assert len({answer.data for answer in answers.values()}) == 1
    assert len({tuple(answer.headers.items()) for answer in answers.values()}) == 1
    environs = {name: create_environ(stage.path("rss", token)) for name, token in paths.items()}
    assert any(_are_equal(_medians(stage.app, environs)) for _ in range(4)), "a busy machine only adds differences"


def _medians(app: Flask, environs: dict[str, dict[str, Any]]) -> list[float]:
    """Return the median seconds of each request, over 500 rounds in changing order."""
    times: dict[str, list[float]] = {name: [] for name in environs}
    for _ in range(500):
        for name in random.sample(list(environs), len(environs)):
            begins = perf_counter()
            list(app.wsgi_app(dict(environs[name]), lambda _status, _headers: None))
            times[name].append(perf_counter() - begins)
    return [median(taken) for taken in times.values()]


def _are_equal(medians: list[float]) -> bool:
    return max(medians) - min(medians) <= max(0.05 * min(medians), 0.0002)


@pytest.mark.parametrize("path", ["/feeds/", "/feeds//due.rss", "/feeds/x/due.xml", "/feeds/x/y/due.rss", "/feeds/x"])
def test_any_other_address_below_feeds_is_answered_alike(stage: Stage, path: str) -> None:
    wrong = stage.client.get(stage.path("rss", "B" * 43))
    response = stage.client.get(path)
    assert (response.status_code, response.data) == (404, wrong.data)
    for token in BAD_TOKENS:
        environ = {**create_environ("/"), "PATH_INFO": f"/feeds/{token}/due.rss"}
        statuses: list[str] = []
        list(stage.app.wsgi_app(environ, lambda status, _headers, seen=statuses: seen.append(status)))
        assert statuses == ["404 Not Found"]


def test_a_token_is_shown_to_its_owner_alone(
    stage: Stage, feed_id: FeedId, sign_up: SignUp, logged: io.StringIO
) -> None:
    stage.add_due()
    texts = [stage.poll(form).text for form in ("rss", "atom", "json", "ics")]
    owner, other = stage.app.test_client(), stage.app.test_client()
    with owner.session_transaction() as cookie:
        cookie.update(learner=stage.learner_id, secret="ada@example.org")
    sign_up("bob@example.org", browser=other)
    for browser in (other, stage.client):
        texts += [browser.get(path).text for path in ("/", "/today", "/settings/feeds", stage.action(), "/robots.txt")]
    texts.append(other.get(f"/settings/feeds/{feed_id}").text)
    assert other.get(f"/settings/feeds/{feed_id}").status_code == 404
    texts += [other.post(f"/settings/feeds/{feed_id}/{what}").text for what in ("address", "switch", "delete")]
    assert stage.token in owner.get("/settings/feeds").text
    with stage.change() as session:
        for table in inspect(session.connection()).get_table_names():
            rows = session.execute(text(f'SELECT * FROM "{table}"')).all()
            texts.append(json.dumps([tuple(row) for row in rows], default=str))
    assert logged.getvalue(), "requests are logged"
    assert all(stage.token not in said for said in [*texts, logged.getvalue()])


def test_under_another_secret_old_addresses_work_and_are_shown_after_a_new_one(stage: Stage, feed_id: FeedId) -> None:
    other = stage.links.__class__(site=stage.settings.site, secret="another secret of more than thirty-two")
    with stage.change() as session:
        assert feeds.list_feeds(session, stage.learner_id, other, now=stage.clock.now)[0].token is None
        feeds.rotate(session, stage.learner_id, feed_id, other, now=stage.clock.now)
        assert feeds.list_feeds(session, stage.learner_id, other, now=stage.clock.now)[0].token is not None
    assert stage.poll().status_code == 200


def test_addresses_that_have_ended_are_forgotten_at_the_next_change(stage: Stage, feed_id: FeedId) -> None:
    for _ in range(3):
        with stage.change() as session:
            feeds.rotate(session, stage.learner_id, feed_id, stage.links, now=stage.clock.now)
        stage.clock.now += timedelta(days=8)
    with stage.change() as session:
        assert session.scalar(text("SELECT count(*) FROM feed_addresses")) == 2
