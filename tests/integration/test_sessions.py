"""Signed-in browsers: the server knows them, lists them and ends them."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from kit import PASSWORD, Clock, Look, SignUp, Submit
from studyplan.settings import Settings
from studyplan.store.rows import SessionRow


def test_a_copied_cookie_is_worth_nothing_after_sign_out(
    app: Flask, client: FlaskClient, sign_up: SignUp, submit: Submit
) -> None:
    sign_up()
    cookie = client.get_cookie("studyplan")
    assert cookie is not None
    thief = app.test_client()
    thief.set_cookie("studyplan", cookie.value)
    assert thief.get("/account").status_code == 200
    assert submit("/sign-out", on="/account").status_code == 303
    assert client.get("/account").status_code == 303
    assert thief.get("/account").status_code == 303


def test_sign_out_is_a_post_only(client: FlaskClient, sign_up: SignUp) -> None:
    sign_up()
    assert client.get("/sign-out").status_code == 405
    assert client.get("/account").status_code == 200


def test_signing_in_makes_a_new_cookie_and_a_secret_of_which_only_the_hash_is_kept(
    client: FlaskClient, sign_up: SignUp, submit: Submit, look: Look
) -> None:
    sign_up()
    client.delete_cookie("studyplan")
    client.get("/sign-in")
    before = client.get_cookie("studyplan")
    submit("/sign-in", email="ada@example.org", password=PASSWORD)
    assert client.get_cookie("studyplan") != before
    with client.session_transaction() as cookie:
        secret = cookie["secret"]
    assert len(secret) >= 43, "256 bits"
    hashes = look(lambda session: session.scalars(select(SessionRow.secret_hash)).all())
    assert len(hashes) == 2
    assert secret not in hashes


@pytest.mark.parametrize("change", [{"secret": "guess"}, {"learner": 2}, {"secret": ""}])
def test_a_cookie_that_names_no_session_is_a_visitor_s(
    client: FlaskClient, sign_up: SignUp, change: dict[str, object]
) -> None:
    sign_up()
    with client.session_transaction() as cookie:
        cookie.update(change)
    assert client.get("/account").status_code == 303


def test_a_tampered_cookie_is_a_visitor_s(client: FlaskClient, sign_up: SignUp) -> None:
    sign_up()
    cookie = client.get_cookie("studyplan")
    assert cookie is not None
    client.set_cookie("studyplan", cookie.value[:-2] + "xx")
    assert client.get("/account").status_code == 303


def test_a_session_ends_after_thirty_idle_days(client: FlaskClient, sign_up: SignUp, clock: Clock) -> None:
    sign_up()
    clock.advance(days=29)
    assert client.get("/account").status_code == 200
    clock.advance(days=29)
    assert client.get("/account").status_code == 200
    clock.advance(days=30)
    assert client.get("/account").status_code == 303


def test_a_session_ends_after_ninety_days_however_busy(client: FlaskClient, sign_up: SignUp, clock: Clock) -> None:
    sign_up()
    for _ in range(89):
        clock.advance(days=1)
        assert client.get("/account").status_code == 200
    clock.advance(days=1)
    assert client.get("/account").status_code == 303


def test_being_seen_is_noted_at_most_once_a_day_beside_the_read_only_request(
    client: FlaskClient, sign_up: SignUp, clock: Clock, look: Look
) -> None:
    sign_up()
    began = clock.now
    clock.advance(hours=23)
    client.get("/account")
    assert look(lambda session: session.scalar(select(SessionRow.seen_at))) == began
    clock.advance(hours=1)
    client.get("/account")
    assert look(lambda session: session.scalar(select(SessionRow.seen_at))) == clock.now


def test_the_account_page_lists_browsers_and_ends_the_others(
    app: Flask, client: FlaskClient, sign_up: SignUp, submit: Submit
) -> None:
    sign_up()
    other = app.test_client()
    other.environ_base["HTTP_USER_AGENT"] = "Other <browser>"
    submit("/sign-in", browser=other, email="ada@example.org", password=PASSWORD)
    page = client.get("/account").text
    assert "this browser" in page
    assert "Other &lt;browser&gt;" in page
    assert submit("/account/browsers", on="/account").status_code == 303
    assert other.get("/account").status_code == 303
    assert "Other" not in client.get("/account").text


def test_a_visitor_is_asked_to_sign_in_and_a_stranger_s_page_shows_nothing_of_others(
    app: Flask, client: FlaskClient, sign_up: SignUp
) -> None:
    sign_up("ada@example.org")
    stranger = app.test_client()
    sign_up("bob@example.org", browser=stranger)
    assert app.test_client().get("/account").location == "/sign-in?next=/account"
    assert "ada@example.org" not in stranger.get("/account").text


def test_who_sends_a_form_after_the_session_ended_is_told_that_it_was_not_saved(
    client: FlaskClient, sign_up: SignUp, submit: Submit, clock: Clock
) -> None:
    sign_up()
    client.get("/account")
    clock.advance(days=91)
    answer = submit("/account/browsers", on="/sign-in")
    assert answer.location == "/sign-in?after=ended"
    assert "was not saved" in client.get(answer.location).text


def test_knowing_who_asks_takes_one_query(app: Flask, client: FlaskClient, sign_up: SignUp) -> None:
    sign_up()
    statements: list[str] = []
    engine = app.extensions["sqlalchemy"].writing_engine
    event.listen(engine, "before_cursor_execute", lambda _c, _cursor, sql, *_rest: statements.append(sql))
    client.get("/nowhere")
    selects = [sql for sql in statements if sql.lstrip().upper().startswith("SELECT")]
    assert len(selects) == 1


def test_over_https_the_cookie_belongs_to_the_host_alone(
    settings: Settings, make_app: Callable[[Settings], Flask]
) -> None:
    app = make_app(settings.model_copy(update={"base_url": "https://study.example.org"}))
    headers = app.test_client().get("/sign-in", base_url="https://study.example.org").headers
    cookie = headers["Set-Cookie"]
    assert cookie.startswith("__Host-studyplan=")
    for part in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax"):
        assert part in cookie
    assert "Domain" not in cookie
    assert headers["Strict-Transport-Security"] == "max-age=63072000"
