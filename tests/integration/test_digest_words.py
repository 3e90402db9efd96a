"""What a digest and its settings promise, and of which days they speak."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kit import AGREED, Clock, Look, SignUp, Submit
from studyplan.domain.catalog import LearnerId
from studyplan.services import accounts, letters
from studyplan.settings import Settings
from studyplan.store import suppressions

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_the_first_digest_speaks_of_no_day_before_one_joined(
    client: FlaskClient, submit: Submit, look: Look, settings: Settings, clock: Clock, learner_id: LearnerId
) -> None:
    done = re.findall(r'action="(/occurrences/[^"]+/done)"', client.get("/today").text)[0]
    assert submit(done, on="/today", rating="3", minutes="33", key="a-form-key").status_code == 303
    monday = clock.now + timedelta(days=5)
    mail = look(lambda session: letters.preview(session, learner_id, settings, now=monday))
    assert f"{monday:%A}" == "Monday"
    assert f"33 of {60 + 40 + 60} minutes" in mail.text, "Wednesday, Thursday and Saturday, and not Tuesday before them"


def test_a_digest_is_not_promised_to_an_address_that_gets_none(
    app: Flask, client: FlaskClient, submit: Submit, sign_up: SignUp, clock: Clock
) -> None:
    learner_id = sign_up()
    assert submit("/settings/digest/now", on="/settings/digest").status_code == 303
    assert "before you confirm it" in client.get("/settings/digest").text
    with Session(app.extensions["sqlalchemy"].writing_engine) as session, session.begin():
        accounts.mark_confirmed(session, LearnerId(learner_id), now=clock.now)
        suppressions.lock_soft_bounces(session, "ada@example.org")
        suppressions.put_suppression(session, "ada@example.org", "hard bounce", (), since=clock.now)
    assert submit("/settings/digest/now", on="/settings/digest").status_code == 303
    page = client.get("/settings/digest").text
    assert "is on its way" not in page
    assert "that you asked for" not in page


def test_each_of_the_last_mails_is_called_what_it_is(client: FlaskClient, sign_up: SignUp) -> None:
    sign_up()
    assert "<b>Link to confirm the address</b>" in client.get("/settings/digest").text


def test_a_pause_is_said(client: FlaskClient, submit: Submit, clock: Clock, learner_id: LearnerId) -> None:
    assert learner_id
    until = (clock.now + timedelta(days=9)).date()
    wish = {"kind": "weekly", "weekday": "0", "at": "07:00", "paused_until": until.isoformat()}
    assert submit("/settings/digest", on="/settings/digest", **wish, **AGREED).status_code == 303
    assert f"None before {until:%A %-d %B}." in client.get("/settings/digest").text


@pytest.mark.parametrize("path", ["/settings/digest", "/settings/feeds"])
def test_a_form_that_is_refused_stands_below_its_own_tab(submit: Submit, learner_id: LearnerId, path: str) -> None:
    assert learner_id
    refused = submit(path, name="", kind="hourly")
    assert refused.status_code == 422
    assert re.search(rf'href="{path}" aria-current="page"', refused.text)
