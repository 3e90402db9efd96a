"""The links in account mails: a new password, a confirmed address."""

import time
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from kit import PASSWORD, Clock, Look, SignUp, Submit
from studyplan.domain.catalog import LearnerId
from studyplan.services import accounts
from studyplan.settings import Settings
from studyplan.store.rows import DeliveryRow, UserRow
from studyplan.web.csrf import takes_from_elsewhere
from studyplan.web.registration import register_account

NEW = "another shelf of quiet books"


@pytest.mark.parametrize("email", ["ada@example.org", "nobody@example.org"])
def test_asking_for_a_new_password_tells_nothing_about_the_address(
    client: FlaskClient, sign_up: SignUp, submit: Submit, look: Look, email: str
) -> None:
    sign_up()
    client.delete_cookie("studyplan")
    began = time.perf_counter()
    response = submit("/reset", email=email)
    assert time.perf_counter() - began >= 0.25
    assert response.status_code == 200
    assert f"If {email} has an account here" in response.text
    queued = look(lambda session: session.scalars(select(DeliveryRow.address).where(DeliveryRow.kind == "reset")).all())
    assert queued == [email] * email.startswith("ada")


@pytest.fixture
def reset_link(look: Look, settings: Settings, clock: Clock) -> Callable[[LearnerId], str]:
    """What the mail will hold."""

    def make(learner_id: LearnerId) -> str:
        now, secret = clock.now, settings.secret
        return "/reset/" + look(lambda session: accounts.make_reset_token(session, learner_id, secret=secret, now=now))

    return make


def test_a_reset_link_shows_on_get_acts_on_post_and_works_once(
    app: Flask,
    client: FlaskClient,
    sign_up: SignUp,
    submit: Submit,
    look: Look,
    reset_link: Callable[[LearnerId], str],
) -> None:
    learner_id = sign_up()
    elsewhere = app.test_client()
    link = reset_link(learner_id)
    for _ in range(3):
        assert elsewhere.get(link).status_code == 200
    assert client.get("/account").status_code == 200
    response = submit(link, browser=elsewhere, password=NEW)
    assert response.location == "/sign-in?after=reset"
    assert "is changed" in elsewhere.get(response.location).text
    assert elsewhere.get(link).status_code == 404
    assert client.get("/account").status_code == 303, "the old session has ended"
    assert submit("/sign-in", browser=elsewhere, email="ada@example.org", password=NEW).status_code == 303
    assert look(lambda session: session.get_one(UserRow, learner_id).confirmed_at) is not None


def test_a_reset_link_holds_for_half_an_hour(
    client: FlaskClient, sign_up: SignUp, clock: Clock, reset_link: Callable[[LearnerId], str]
) -> None:
    link = reset_link(sign_up())
    clock.advance(minutes=30)
    assert client.get(link).status_code == 200
    clock.advance(seconds=1)
    assert client.get(link).status_code == 404


def _confirm_token(look: Look, learner_id: LearnerId, settings: Settings, clock: Clock) -> str:
    return look(lambda session: accounts.make_confirm_token(session, learner_id, secret=settings.secret, now=clock.now))


def test_a_confirm_link_is_no_reset_link(
    client: FlaskClient, sign_up: SignUp, look: Look, settings: Settings, clock: Clock
) -> None:
    token = _confirm_token(look, sign_up(), settings, clock)
    assert client.get(f"/confirm/{token}").status_code == 200
    assert client.get(f"/reset/{token}").status_code == 404
    assert client.get(f"/confirm/{token}x").status_code == 404


def test_a_poor_new_password_is_refused_beside_its_field(
    client: FlaskClient, sign_up: SignUp, submit: Submit, reset_link: Callable[[LearnerId], str]
) -> None:
    link = reset_link(sign_up())
    response = submit(link, password="password1234")
    assert response.status_code == 422
    assert 'id="password-error"' in response.text
    assert client.get(link).status_code == 200, "the link is not used up"


def test_a_confirm_link_confirms_on_post_for_a_day(
    client: FlaskClient, sign_up: SignUp, submit: Submit, look: Look, settings: Settings, clock: Clock
) -> None:
    learner_id = sign_up()
    token = _confirm_token(look, learner_id, settings, clock)
    assert client.get(f"/confirm/{token}").status_code == 200
    assert look(lambda session: session.get_one(UserRow, learner_id).confirmed_at) is None
    assert submit(f"/confirm/{token}").status_code == 303
    assert look(lambda session: session.get_one(UserRow, learner_id).confirmed_at) == clock.now
    assert submit(f"/confirm/{token}").status_code == 303, "again is no error"
    clock.advance(hours=25)
    assert client.get(f"/confirm/{token}").status_code == 404


def test_the_confirmation_can_be_sent_again_five_times_an_hour(
    client: FlaskClient, sign_up: SignUp, submit: Submit, look: Look, clock: Clock
) -> None:
    sign_up()
    for _ in range(5):
        clock.advance(minutes=1)
        assert submit("/account/confirmation", on="/account").status_code == 303
    assert submit("/account/confirmation", on="/account").status_code == 429
    count = select(func.count()).where(DeliveryRow.kind == "confirm")
    assert look(lambda session: session.scalar(count)) == 6


def test_registering_makes_an_account_signs_in_and_queues_the_confirmation(
    app: Flask, client: FlaskClient, look: Look
) -> None:
    @app.post("/test/register")
    @takes_from_elsewhere
    def register() -> str:
        return str(register_account("Ada@Example.org", PASSWORD))

    assert client.post("/test/register").status_code == 200
    assert client.get("/account").status_code == 200
    mails = select(DeliveryRow.kind, DeliveryRow.address, DeliveryRow.state)
    assert look(lambda session: session.execute(mails).all()) == [("confirm", "ada@example.org", "queued")]
    assert client.post("/test/register").status_code == 409


def test_an_address_is_changed_with_the_password_and_confirmed_anew(
    app: Flask, client: FlaskClient, sign_up: SignUp, submit: Submit, look: Look, clock: Clock
) -> None:
    sign_up()
    elsewhere = app.test_client()
    assert submit("/sign-in", browser=elsewhere, email="ada@example.org", password=PASSWORD).status_code == 303
    sign_up("eve@example.org", browser=app.test_client())
    for email, proof, said in (
        ("ada@new.example", "not the password", "not your present password"),
        ("no address", PASSWORD, "not a complete address"),
        ("eve@example.org", PASSWORD, "has an account already"),
    ):
        refused = submit("/account/address", on="/account", email=email, proof=proof)
        assert refused.status_code == 422
        assert said in refused.text
    clock.advance(minutes=1)
    assert submit("/account/address", on="/account", email="Ada@New.example", proof=PASSWORD).status_code == 303
    assert "Your address is ada@new.example now" in client.get("/account").text
    assert elsewhere.get("/account").status_code == 303, "other browsers are signed out"
    assert "Confirm your address" in client.get("/account").text
    to = look(lambda session: session.scalars(select(DeliveryRow.address).where(DeliveryRow.kind == "confirm")).all())
    assert "ada@new.example" in to


def test_a_reset_link_is_for_the_address_that_it_was_sent_to(
    client: FlaskClient, sign_up: SignUp, submit: Submit, clock: Clock, reset_link: Callable[[LearnerId], str]
) -> None:
    link = reset_link(sign_up())
    clock.advance(minutes=1)
    assert client.get(link).status_code == 200
    assert submit("/account/address", on="/account", email="ada@new.example", proof=PASSWORD).status_code == 303
    assert client.get(link).status_code == 404
    assert (
        "your address already"
        in submit("/account/address", on="/account", email="ada@new.example", proof=PASSWORD).text
    )
