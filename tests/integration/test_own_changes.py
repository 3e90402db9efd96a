"""Changes of one's own: shown first with what they lead to, done once agreed to, and put back."""

import re
from datetime import timedelta
from functools import partial

import pytest
from flask.testing import FlaskClient

from kit import AGREED, SETTINGS, Clock, Look, Submit
from studyplan.domain.catalog import LearnerId
from studyplan.domain.study_settings import StudySettings
from studyplan.services import enrollment, learners, planning

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def settings_of(look: Look, learner_id: LearnerId) -> StudySettings:
    return look(lambda session: planning.get_settings(session, learners.get_learner(session, learner_id)))


def test_every_change_is_shown_first_with_what_it_leads_to_and_done_once_agreed_to(
    client: FlaskClient, submit: Submit, look: Look, learner_id: LearnerId, clock: Clock
) -> None:
    settings = partial(settings_of, look, learner_id)
    (track_id,) = settings().horizons
    break_on, until = ((clock.now + timedelta(days=days)).date().isoformat() for days in (14, 60))
    pause = {"first_on": break_on, "last_on": break_on}
    second = {**SETTINGS, "track": "landmarks", "horizon_on": until}
    forms = [
        ("/settings", "/settings", {**SETTINGS, "d0": "25"}),
        (f"/settings/tracks/{track_id}", "/settings", {"horizon_on": until}),
        ("/plan/break", "/plan", pause),
        (f"/plan/break/{break_on}/end", "/plan", {}),
        ("/start", "/start?track=landmarks", second),
        (f"/settings/tracks/{track_id}/leave", "/settings", {}),
    ]
    for path, on, fields in forms:
        clock.now += timedelta(seconds=1)
        before = settings()
        shown = submit(path, on=on, **fields)
        assert shown.status_code == 200, path
        assert "Nothing is changed yet" in shown.text
        assert ">Recall" in shown.text
        assert settings() == before
        again = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', shown.text))
        for _ in range(2):
            assert client.post(path, data=again | AGREED).location == "/plan#ledger"
        assert settings() != before, path
        undo = re.search(r'action="(/plan/ledger/[^"]+/undo)"', client.get("/plan").text)
        assert undo
    left = settings()
    assert track_id not in left.horizons
    assert submit(undo[1], on="/plan").status_code == 303
    assert settings().horizons.keys() == left.horizons.keys() | {track_id}


def test_what_changes_nothing_is_not_asked_for(submit: Submit, look: Look, learner_id: LearnerId) -> None:
    before = settings_of(look, learner_id)
    assert submit("/settings", **SETTINGS).location == "/settings"
    assert settings_of(look, learner_id) == before


def test_who_is_on_no_track_changes_settings_and_can_put_them_back(
    client: FlaskClient, submit: Submit, look: Look, learner_id: LearnerId, clock: Clock
) -> None:
    (track,) = look(lambda session: enrollment.list_enrolled(session, learner_id))
    submit(f"/settings/tracks/{track.track.id}/leave", on="/settings", **AGREED)
    clock.now += timedelta(seconds=1)
    weights = {f"w{tier}": "1" for tier in range(1, 6)}
    assert submit("/settings", **(SETTINGS | AGREED | weights | {"d0": "25"})).status_code == 303
    page = client.get("/plan").text
    assert "165 minutes a week instead of 140" in page
    undo = re.search(r'action="(/plan/ledger/[^"]+/undo)"', page)
    assert undo
    assert submit(undo[1], on="/plan").status_code == 303
    assert settings_of(look, learner_id).budget.weekdays[0] == 0


def test_start_again_on_a_track_keeps_its_date_in_the_form(client: FlaskClient, learner_id: LearnerId) -> None:
    assert learner_id
    assert 'name="horizon_on" type="date" value="2027-04-24"' in client.get("/start?track=everything").text
    assert 'name="horizon_on" type="date" value=""' in client.get("/start?track=landmarks").text


def test_a_change_that_is_so_already_is_told_so(client: FlaskClient, submit: Submit, learner_id: LearnerId) -> None:
    assert learner_id
    assert submit("/plan/change", on="/plan", more="0", tier="1").status_code == 303
    assert "nothing was changed" in client.get("/plan").text
