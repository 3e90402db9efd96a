"""The page of one's feeds: make, copy, narrow, replace, switch and take away; OPML on demand."""

import re
from concurrent.futures import ThreadPoolExecutor, wait
from xml.etree.ElementTree import fromstring

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from feed_stage import Stage, make_stage
from kit import Clock, SignUp, Submit
from shelf import leave
from studyplan.domain.feeds import FeedId, FeedWish
from studyplan.services import feeds
from studyplan.settings import Settings
from studyplan.store import catalogs, learners

FIELDS = {"kinds": "all", "lowest_tier": "1", "cap": "100", "event_at": "07:00"}
PAGE = "/settings/feeds"


@pytest.fixture
def stage(app: Flask, settings: Settings, clock: Clock, sign_up: SignUp) -> Stage:
    return make_stage(app, settings, clock, sign_up())


def addresses(client: FlaskClient) -> list[str]:
    """Return the paths of the RSS addresses on the page."""
    return list(dict.fromkeys(re.findall(r'data-copy="[^"]*(/feeds/[^"]+/due\.rss)"', client.get(PAGE).text)))


def feed_id_of(stage: Stage, place: int = 0) -> str:
    with stage.change() as session:
        return feeds.list_feeds(session, stage.learner_id, stage.links, now=stage.clock.now)[place].feed.id


def test_a_feed_is_made_with_an_address_in_four_forms(stage: Stage, client: FlaskClient, submit: Submit) -> None:
    assert submit(PAGE, name="Reeder", **FIELDS).status_code == 303
    page = client.get(PAGE)
    assert len(addresses(client)) == 2
    for form in ("rss", "atom", "json", "ics"):
        assert page.text.count(f'/due.{form}"') >= 2
    assert page.headers["Cache-Control"] == "no-store"
    assert all(stage.client.get(path).status_code == 200 for path in addresses(client))


def test_readers_find_the_feeds_from_this_page_alone(stage: Stage, client: FlaskClient) -> None:
    found = re.findall(r'<link rel="alternate" type="([^"]+)"[^>]* href="([^"]+)"', client.get(PAGE).text)
    assert [kind for kind, _ in found] == ["application/rss+xml", "application/atom+xml"]
    assert all(stage.token in href for _, href in found)
    for path in ("/", "/today", "/settings", f"{PAGE}/{feed_id_of(stage)}"):
        assert 'rel="alternate"' not in client.get(path).text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "Give it a name"),
        ({"name": "x" * 81}, "1 to 80 characters"),
        ({"cap": "9"}, "10 to 500 entries"),
        ({"cap": ""}, "How many entries"),
        ({"cap": "many"}, "Give a whole number"),
        ({"event_at": "03:00"}, "between 4:00 and 23:59"),
        ({"kinds": "other"}, "Not a valid choice"),
    ],
)
def test_a_value_that_does_not_fit_is_said_beside_its_field(
    stage: Stage, submit: Submit, wrong: dict[str, str], said: str
) -> None:
    for path in (PAGE, f"{PAGE}/{feed_id_of(stage)}"):
        answer = submit(path, **{"name": "Reeder", **FIELDS, **wrong})
        assert answer.status_code == 422
        assert said in answer.text
        assert f'id="{next(iter(wrong))}-error"' in answer.text


def test_what_it_shows_can_be_changed_and_its_address_stays(stage: Stage, client: FlaskClient, submit: Submit) -> None:
    stage.add_due(0, number=1)
    stage.add_due(1, number=0)
    tag = stage.poll().headers["ETag"]
    path = f"{PAGE}/{feed_id_of(stage)}"
    assert submit(path, **FIELDS | {"name": "Only reviews", "kinds": "reviews"}).status_code == 303
    changed = stage.poll(If_None_Match=tag)
    assert changed.status_code == 200
    assert "Only reviews" in changed.text
    assert stage.titles() == ["Review 1: Flows"]
    assert re.search(r'<option selected value="reviews">', client.get(path).text)


def test_a_new_address_replaces_the_old_one_and_says_until_when(
    stage: Stage, client: FlaskClient, submit: Submit
) -> None:
    before = addresses(client)
    assert submit(f"{PAGE}/{feed_id_of(stage)}/address", on=PAGE).status_code == 303
    after = addresses(client)
    assert (len(after), after == before) == (1, False)
    assert "works until 2 December" in client.get(PAGE).text


def test_a_feed_may_be_changed_in_two_windows_at_once(stage: Stage) -> None:
    feed_id, now = FeedId(feed_id_of(stage)), stage.clock.now

    def rename() -> None:
        with stage.change() as session:
            feeds.change_feed(session, stage.learner_id, feed_id, "Renamed", FeedWish(), now=now)

    with ThreadPoolExecutor(1) as pool:
        with stage.change() as session:
            learners.lock_learner(session, stage.learner_id)
            other = pool.submit(rename)
            wait([other], timeout=0.3)
            feeds.rotate(session, stage.learner_id, feed_id, stage.links, now=now)
        other.result()
    with stage.change() as session:
        feed = feeds.get_feed(session, stage.learner_id, feed_id)
    assert (feed.name, feed.version) == ("Renamed", 2)


def test_off_on_and_taken_away(stage: Stage, client: FlaskClient, submit: Submit) -> None:
    path = f"{PAGE}/{feed_id_of(stage)}"
    for to, status in (("off", 404), ("on", 200)):
        assert submit(f"{path}/switch", on=PAGE, to=to).status_code == 303
        assert stage.poll().status_code == status
    assert f'action="{path}/delete"' not in client.get(PAGE).text, "nothing ends by one click beside others"
    assert submit(f"{path}/delete", on=path).status_code == 303
    assert stage.poll().status_code == 404
    assert addresses(client) == []
    assert "Make your first feed" in client.get(PAGE).text


def test_a_twenty_first_feed_is_refused(stage: Stage, submit: Submit) -> None:
    for number in range(19):
        assert submit(PAGE, name=f"Feed {number}", **FIELDS).status_code == 303
    assert submit(PAGE, name="One more", **FIELDS).status_code == 409


def test_the_page_says_when_each_was_read(stage: Stage, client: FlaskClient) -> None:
    def said() -> list[str]:
        return re.findall(r"never read|read today|read yesterday|read \d+ days ago", client.get(PAGE).text)

    assert said() == ["never read"]
    stage.poll()
    assert said() == ["read today"]
    stage.clock.advance(days=1)
    assert said() == ["read yesterday"]
    stage.clock.advance(days=5)
    assert said() == ["read 6 days ago"]


def test_opml_names_the_feeds_and_gives_addresses_only_when_asked(stage: Stage, submit: Submit) -> None:
    bare = submit(f"{PAGE}/opml", on=PAGE)
    assert bare.headers["Content-Disposition"].startswith("attachment")
    assert stage.token not in bare.text
    full = submit(f"{PAGE}/opml", on=PAGE, addresses="1")
    outlines = list(fromstring(full.data).iter("outline"))
    assert [outline.get("text") for outline in outlines] == ["On my phone"]
    assert outlines[0].get("xmlUrl") == f"{stage.settings.site}{stage.path('atom')}"


def test_others_find_nothing(stage: Stage, app: Flask, sign_up: SignUp) -> None:
    bob, path = app.test_client(), f"{PAGE}/{feed_id_of(stage)}"
    sign_up("bob@example.org", browser=bob)
    assert bob.get(path).status_code == 404
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', bob.get(PAGE).text)
    assert token is not None
    for what in ("", "/address", "/switch", "/delete"):
        assert bob.post(path + what, data={"csrf_token": token[1], "name": "x", **FIELDS}).status_code == 404
    visitor = app.test_client().get(PAGE)
    assert (visitor.status_code, "/sign-in" in visitor.headers["Location"]) == (303, True)


def test_who_has_not_begun_chooses_a_track_first(app: Flask, stage: Stage, client: FlaskClient) -> None:
    with stage.change() as session:
        session.execute(text("DELETE FROM learners"))
    for path in (PAGE, "/settings", "/today", "/plan"):
        sent_on = client.get(path, follow_redirects=True)
        assert (sent_on.request.path, "Choose a track first" in sent_on.text) == ("/tracks", True)


def test_a_feed_keeps_to_a_track_that_was_left(stage: Stage, client: FlaskClient) -> None:
    with stage.change() as session:
        track = catalogs.get_track(session, "all").track
    feed_id = stage.add_feed("One track", FeedWish(tracks=(track.id,)))
    with stage.change() as session:
        leave(session, stage.learner_id, now=stage.clock.now)
    box = re.search(rf'<input[^>]*name="tracks"[^>]*value="{track.id}">', client.get(f"{PAGE}/{feed_id}").text)
    assert box is not None
    assert "checked" in box[0]
