"""What a tier counts, and what-if by tiers, on a list of one's own."""

import re

import pytest
from flask.testing import FlaskClient

from kit import AGREED, PASSWORD, WEEK, Clock, Look, SignUp, Submit
from shelf import Book, load, track
from studyplan.domain.catalog import LearnerId
from studyplan.store import learners
from studyplan.web.database import writing

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

BEGUN = {**WEEK, "zone": "Europe/Berlin", "track": "everything", "horizon_on": "", **AGREED}


@pytest.fixture
def learner_id(client: FlaskClient, sign_up: SignUp, submit: Submit, clock: Clock) -> LearnerId:
    """Somebody on a list of the tiers 5, 3 and 1."""
    learner_id = sign_up()
    books = [Book(slug=f"tier-{tier}", tier=tier) for tier in (1, 3, 5)]
    with client.application.test_request_context("/", method="POST"), writing() as session:
        load(session, *books, now=clock.now, tracks=[track("everything"), track("loops", "knots")])
    assert submit("/start", on="/start?track=everything", **BEGUN).status_code == 303
    return learner_id


def test_the_tiers_that_the_tracks_hold_can_be_weighted(
    client: FlaskClient, submit: Submit, look: Look, learner_id: LearnerId
) -> None:
    page = client.get("/settings").text
    assert re.findall(r'name="w(\d)"', page) == ["5", "3", "1"]
    assert "but for readings that others build on" in page
    weights = {**WEEK, "zone": "Europe/Berlin", "w5": "1.5", "w3": "0", "w1": "2"}
    assert submit("/settings", **weights, **AGREED).status_code == 303
    stored = look(lambda session: learners.get_learner(session, learner_id)).tier_weights
    assert stored == {5: 1.5, 4: 1.0, 3: 0.0, 2: 0.6, 1: 2.0}
    nothing = submit("/settings", **(weights | {"w5": "0", "w1": "0"}))
    assert nothing.status_code == 422
    assert "Let one tier count" in nothing.text


def test_what_if_offers_the_tiers_that_there_are(client: FlaskClient, learner_id: LearnerId) -> None:
    assert learner_id
    page = client.get("/plan?tier=3").text
    offered = re.findall(r"<option[^>]*>([^<]+)<", page.partition('name="tier"')[2].partition("</select>")[0])
    assert offered == ["nothing more", "all below tier 5", "all below tier 3", "nothing at all"]
    assert "<b>Falls out:</b> Tier 1." in page
    assert "The date of all your tracks." not in page


def test_that_a_date_is_for_all_tracks_is_said_where_there_are_several(
    client: FlaskClient, submit: Submit, learner_id: LearnerId
) -> None:
    assert learner_id
    second = BEGUN | {"track": "loops"}
    assert submit("/start", on="/start?track=loops", **second).status_code == 303
    assert "The date of all your tracks." in client.get("/plan").text


def test_a_change_of_minutes_is_no_change_of_tiers_and_what_counts_nothing_is_said_to(
    client: FlaskClient, submit: Submit, learner_id: LearnerId
) -> None:
    weights = {"zone": "Europe/Berlin", "w5": "1.5", "w3": "0.8", "w1": "0.4"}
    assert submit("/settings", **{**WEEK, "d1": "45"}, **weights, **AGREED).status_code == 303
    page = client.get("/plan").text
    assert "145 minutes a week instead of 140" in page
    assert "what a tier counts" not in page
    assert submit("/settings", **{**WEEK, "d1": "45"}, **(weights | {"w1": "0"}), **AGREED).status_code == 303
    page = client.get("/plan").text
    assert "tier 1: you let its tier count nothing" in page
    assert "What a tier counts" in page


def test_the_forecast_of_the_start_is_that_of_the_plan(client: FlaskClient, submit: Submit, clock: Clock) -> None:
    with client.application.test_request_context("/", method="POST"), writing() as session:
        load(session, now=clock.now, tracks=[track("everything")])
    asked = {name: value for name, value in BEGUN.items() if name.startswith("d")}
    foreseen = client.get("/start/forecast", query_string={**asked, "track": "everything"}).text
    somebody = {"email": "bea@example.org", "password": PASSWORD}
    assert submit("/start", on="/start?track=everything", **BEGUN, **somebody).status_code == 303
    finish = re.findall(r"all 4 read</dt><dd>([^<]+)<", foreseen)
    assert len(finish) == 1
    assert finish == re.findall(r"all 4 read</dt><dd>([^<]+)<", client.get("/plan").text)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"d0": "5", "d1": "5", "d2": "5"}, "Give a day six minutes or more"),
        ({"d0": "30", "horizon_on": "2020-01-01"}, "The date must lie ahead, within five years"),
    ],
)
def test_the_forecast_says_what_it_is_for(client: FlaskClient, clock: Clock, asked: dict[str, str], said: str) -> None:
    with client.application.test_request_context("/", method="POST"), writing() as session:
        load(session, now=clock.now, tracks=[track("everything")])
    assert said in client.get("/start/forecast", query_string={**asked, "track": "everything"}).text


def test_the_first_day_s_own_minutes_are_explained(client: FlaskClient, submit: Submit, clock: Clock) -> None:
    with client.application.test_request_context("/", method="POST"), writing() as session:
        load(session, now=clock.now, tracks=[track("everything")])
    somebody = {"email": "bea@example.org", "password": PASSWORD}
    assert submit("/start", on="/start?track=everything", **BEGUN, **somebody).status_code == 303
    assert "Your first day has 60 minutes, so that you can begin at once." in client.get("/today").text
