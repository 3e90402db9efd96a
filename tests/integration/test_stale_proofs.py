"""A password that is replaced while another request still checks the old one proves nothing any more."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kit import PASSWORD, Clock, Look, SignUp, Submit
from studyplan.domain.account import Credentials
from studyplan.domain.catalog import LearnerId
from studyplan.services import accounts
from studyplan.web import account, sign_in


@pytest.fixture
def learner_id(app: Flask, sign_up: SignUp, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> LearnerId:
    """Somebody whose password is reset elsewhere at the very moment that a request has checked it."""
    learner_id = sign_up()
    check = sign_in.is_password_of

    def check_and_be_late(credentials: Credentials | None, password: str) -> bool:
        found = check(credentials, password)
        with Session(app.extensions["sqlalchemy"].writing_engine) as session, session.begin():
            accounts.change_password(session, learner_id, "another", now=clock.now)
        return found

    for module in (account, sign_in):
        monkeypatch.setattr(module, "is_password_of", check_and_be_late)
    return learner_id


def test_it_signs_nobody_in(app: Flask, submit: Submit, learner_id: LearnerId) -> None:
    thief = app.test_client()
    assert learner_id
    assert submit("/sign-in", browser=thief, email="ada@example.org", password=PASSWORD).status_code == 422
    assert thief.get("/account").status_code == 303


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/account/address", {"email": "thief@example.org", "proof": PASSWORD}),
        ("/account/password", {"present": PASSWORD, "password": "another shelf of quiet books"}),
        ("/account/delete", {"confirmation": PASSWORD}),
    ],
)
def test_it_changes_no_account(
    client: FlaskClient, submit: Submit, look: Look, learner_id: LearnerId, path: str, fields: dict[str, str]
) -> None:
    assert submit(path, on="/account", **fields).status_code == 422
    kept = look(lambda session: accounts.get_credentials(session, learner_id))
    assert (kept.email, kept.password_hash) == ("ada@example.org", "another")
    assert client.get("/account").status_code == 303
