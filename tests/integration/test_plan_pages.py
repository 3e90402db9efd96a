"""The plan, its what-if, breaks and ledger, and the settings that it depends on, through HTTP."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kit import AGREED, SETTINGS, WEEK, Clock, Look, Submit
from studyplan.domain.catalog import LearnerId
from studyplan.domain.learner import Learner
from studyplan.services import enrollment, learners
from studyplan.store import plans

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def learner_of(look: Look, learner_id: LearnerId) -> Learner:
    return look(lambda session: learners.get_learner(session, learner_id))


def test_the_plan_shows_its_weeks_with_minutes_and_reasons(client: FlaskClient, learner_id: LearnerId) -> None:
    page = client.get("/plan").text
    assert learner_id
    assert "140 minutes a week on Tuesdays, Thursdays and Saturdays" in page
    assert "Learning Word Embedding" in page
    assert "of 140 min" in page
    assert "Why these" in page


def test_somebody_without_a_track_is_sent_to_the_tracks(client: FlaskClient) -> None:
    assert client.get("/plan").location.startswith("/sign-in")
    assert client.get("/settings").location.startswith("/sign-in")


def test_a_change_is_tried_out_applied_and_put_back(
    client: FlaskClient, submit: Submit, look: Look, learner_id: LearnerId
) -> None:
    before = learner_of(look, learner_id).budget
    tried = client.get("/plan?more=-60&tier=5").text
    assert "Falls out" in tried
    assert "Apply this" in client.get("/plan/what-if?more=30&tier=&until=").text
    assert learner_of(look, learner_id).budget == before
    applied = submit("/plan/change", on="/plan?more=-60", more="-60", tier="5", until="")
    assert applied.status_code == 303
    assert sum(learner_of(look, learner_id).budget.weekdays) == 80
    page = client.get("/plan").text
    assert "60 minutes a week fewer, nothing below tier 5" in page
    assert "Left out" in page
    undo = re.search(r'action="(/plan/ledger/[^"]+/undo)"', page)
    assert undo
    assert submit(undo[1], on="/plan").status_code == 303
    assert learner_of(look, learner_id).budget == before
    assert submit(undo[1], on="/plan").status_code == 409


def test_a_later_date_and_every_tier_again_can_be_asked_for(
    client: FlaskClient, submit: Submit, learner_id: LearnerId, clock: Clock
) -> None:
    until = (clock.now + timedelta(days=300)).date()
    assert learner_id
    tried = client.get(f"/plan?until={until}").text
    assert re.search(rf"% \([^)]*\) on 24 April</td>.*% \([^)]*\) on {until:%-d %B}", tried), "each for its own date"
    applied = submit("/plan/change", on=f"/plan?until={until}", more="30", tier="1", until=until.isoformat())
    assert applied.status_code == 303
    assert "30 minutes a week more, every tier counts, known by" in client.get("/plan").text


@pytest.mark.parametrize(
    "query", ["more=9999", "more=x", "tier=9", "until=soon", "until=2026-11-25", "until=2050-01-01", "more=-600"]
)
def test_a_change_that_cannot_be_is_said_beside_its_field(
    client: FlaskClient, submit: Submit, learner_id: LearnerId, query: str
) -> None:
    assert learner_id
    page = client.get(f"/plan?{query}")
    assert page.status_code == 200
    assert 'class="err"' in page.text
    name, _, value = query.partition("=")
    assert submit("/plan/change", on="/plan", **{name: value}).status_code == 422


def test_a_break_is_added_shown_and_taken_out(
    client: FlaskClient, submit: Submit, look: Look, learner_id: LearnerId, clock: Clock
) -> None:
    first = (clock.now + timedelta(days=14)).date()
    last = first + timedelta(days=13)
    assert (
        submit("/plan/break", on="/plan", first_on=first.isoformat(), last_on=last.isoformat(), **AGREED).status_code
        == 303
    )
    stored = look(lambda session: plans.find_plan(session, learner_id))
    assert stored is not None
    assert not [item for item in stored.plan.items if first <= item.on <= last]
    page = client.get("/plan").text
    assert "A break, " in page
    assert "Memory goes on fading" in page
    assert submit(f"/plan/break/{first}/end", on="/plan", **AGREED).status_code == 303
    assert not learner_of(look, learner_id).budget.breaks
    assert submit("/plan/break/someday/end", on="/plan").status_code == 422


@pytest.mark.parametrize(("first", "last"), [(10, 3), (0, 500)])
def test_a_break_that_cannot_be_keeps_what_was_typed(
    submit: Submit, learner_id: LearnerId, clock: Clock, first: int, last: int
) -> None:
    days = [(clock.now + timedelta(days=ahead)).date().isoformat() for ahead in (first, last)]
    assert learner_id
    answer = submit("/plan/break", on="/plan", first_on=days[0], last_on=days[1])
    assert answer.status_code == 422
    assert days[0] in answer.text
    assert submit("/plan/break", on="/plan", first_on="", last_on=days[1]).status_code == 422


def test_settings_change_budget_zone_and_weights_and_plan_again(
    client: FlaskClient, submit: Submit, look: Look, learner_id: LearnerId
) -> None:
    assert 'value="40"' in client.get("/settings").text
    changed = {**SETTINGS, "d0": "25", "zone": "America/New_York", "w4": "0.5"}
    assert submit("/settings", **changed, **AGREED).location == "/plan#ledger"
    learner = learner_of(look, learner_id)
    assert (learner.budget.weekdays[0], learner.zone_name, learner.tier_weights[4]) == (25, "America/New_York", 0.5)
    assert "165 minutes a week instead of 140" in client.get("/plan").text
    for other, said in (({"d0": "0", "d2": "25"}, "165 minutes on other days"), ({"w4": "1"}, "What a tier counts")):
        changed |= other
        assert submit("/settings", **changed, **AGREED).status_code == 303
        assert said in client.get("/plan").text
    assert submit("/settings", **(changed | AGREED | {"zone": "Asia/Tokyo"})).status_code == 303
    assert "Days in Asia/Tokyo" in client.get("/plan").text


@pytest.mark.parametrize("wrong", [{"w5": "0", "w4": "0"}, {"w5": "11"}, {f"d{n}": "0" for n in range(7)}, {"d1": ""}])
def test_settings_that_cannot_be_are_said_beside_the_field(
    submit: Submit, look: Look, learner_id: LearnerId, wrong: dict[str, str]
) -> None:
    before = learner_of(look, learner_id)
    answer = submit("/settings", **(SETTINGS | wrong))
    assert answer.status_code == 422
    assert 'class="err"' in answer.text
    assert learner_of(look, learner_id).budget == before.budget


def test_a_track_gets_another_date_or_is_left(
    client: FlaskClient, submit: Submit, look: Look, learner_id: LearnerId, clock: Clock
) -> None:
    action = re.search(r'action="(/settings/tracks/\d+)"', client.get("/settings").text)
    assert action
    until = (clock.now + timedelta(days=200)).date()
    assert submit(action[1], on="/settings", horizon_on=until.isoformat(), **AGREED).status_code == 303
    assert f"to {until:%-d %B}" in client.get("/plan").text
    for wrong in ("someday", "2020-01-01"):
        assert submit(action[1], on="/settings", horizon_on=wrong).status_code == 422
    assert submit(action[1], on="/settings", horizon_on="", **AGREED).status_code == 303
    assert submit(f"{action[1]}/leave", on="/settings", **AGREED).status_code == 303

    def enrolled(session: Session) -> int:
        return len(enrollment.list_enrolled(session, learner_id))

    assert look(enrolled) == 0
    assert submit("/settings/tracks/9999/leave", on="/settings").status_code == 404


def test_the_forecast_moves_with_the_minutes_and_knows_no_password(client: FlaskClient, learner_id: LearnerId) -> None:
    assert learner_id
    week = "&".join(f"{name}={minutes}" for name, minutes in WEEK.items())
    shown = client.get(f"/start/forecast?track=everything&{week}&horizon_on=2099-01-01").text
    assert "With 140 minutes a week" in shown
    assert "points" in shown
    assert "Too little to plan" in client.get("/start/forecast?track=everything&d1=5").text
    assert "Choose a track" in client.get("/start/forecast?track=nothing&d1=x").text


def test_a_forecast_looks_two_years_ahead_and_nobody_asks_for_it_all_day(
    client: FlaskClient, clock: Clock, learner_id: LearnerId
) -> None:
    assert learner_id
    path = "/start/forecast?track=everything&d1=60"
    shown = client.get(f"{path}&horizon_on={(clock.now + timedelta(days=1800)).date()}").text
    assert "expected recall on 25 November 2028" in shown
    answers = [client.get(path).status_code for _ in range(120)]
    assert answers == [200] * 119 + [429]
    assert client.post("/start", data={"track": "everything", "d1": "61"}).status_code == 429, "its page holds one too"


def test_the_same_change_sent_twice_is_one(
    client: FlaskClient, submit: Submit, look: Look, learner_id: LearnerId
) -> None:
    key = re.findall(r'name="key" value="([^"]+)"', client.get("/plan?more=30").text)[0]
    for _ in range(2):
        assert submit("/plan/change", on="/plan?more=30", more="30", key=key).status_code == 303
    assert sum(learner_of(look, learner_id).budget.weekdays) == 170


def test_a_break_frees_today_too(client: FlaskClient, submit: Submit, clock: Clock, learner_id: LearnerId) -> None:
    assert learner_id, "whose day of signing up has minutes of its own"
    today = clock.now.date().isoformat()
    assert submit("/plan/break", on="/plan", first_on=today, last_on=today, **AGREED).status_code == 303
    page = client.get("/today").text
    assert "A break until 25 November" in page
    assert "More than today’s minutes hold" not in page
    assert "It can wait until the break is over." in page


def test_what_does_not_fit_is_never_said_to_be_read(client: FlaskClient, submit: Submit, learner_id: LearnerId) -> None:
    assert learner_id
    until = {"horizon_on": "2026-11-28", "track": "everything"}
    assert submit("/start", on="/start?track=everything", **SETTINGS, **until, **AGREED).status_code == 303
    for path in ("/today", "/plan"):
        page = client.get(path).text
        assert re.search(r"\b[1-9]\d? (of 44 )?read\b", page), path
        assert "all 44 read" not in page.lower()
        assert "All read by" not in page


def test_who_left_every_track_is_told_so(
    client: FlaskClient, submit: Submit, look: Look, learner_id: LearnerId
) -> None:
    (track,) = look(lambda session: enrollment.list_enrolled(session, learner_id))
    assert submit(f"/settings/tracks/{track.track.id}/leave", on="/settings", **AGREED).status_code == 303
    assert "You are on no track" in client.get("/today").text
    assert "You are on no track" in client.get("/settings/digest/preview").text
    assert submit("/settings/tracks/999", on="/tracks", horizon_on="2027-06-01").status_code == 404


@pytest.mark.parametrize("wrong", [{"horizon_on": "1.6.2027"}, {f"d{day}": "1440" for day in range(7)}])
def test_what_cannot_be_keeps_the_form(submit: Submit, learner_id: LearnerId, wrong: dict[str, str]) -> None:
    assert learner_id
    answer = submit("/start", on="/start?track=everything", **{**SETTINGS, "track": "everything", **wrong})
    assert answer.status_code == 422
    assert 'class="err"' in answer.text


def test_a_number_of_any_length_is_taken_for_a_number(client: FlaskClient) -> None:
    assert client.get("/start/forecast?track=everything&d0=" + "9" * 5000).status_code == 200
