"""Signing up, signing in, changing and deleting, through the forms."""

import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kit import PASSWORD, Look, SignUp, Submit
from studyplan.cli import server
from studyplan.domain.errors import Invalid
from studyplan.services import accounts
from studyplan.settings import Settings
from studyplan.store.rows import SuppressionRow, UserRow
from studyplan.web import hashing
from studyplan.web.csrf import takes_from_elsewhere
from studyplan.web.database import current_session
from studyplan.web.identity import NOBODYS_HASH, hash_password, is_password_of, normalise_email
from studyplan.web.registration import register_account

NEW = "another shelf of quiet books"


def test_a_learner_signs_in_and_goes_where_they_wanted(client: FlaskClient, sign_up: SignUp, submit: Submit) -> None:
    sign_up()
    client.delete_cookie("studyplan")
    wanted = client.get("/account?x=1")
    assert wanted.status_code == 303
    response = submit("/sign-in", on=wanted.location, email=" ADA@example.org ", password=PASSWORD, next="/account?x=1")
    assert response.status_code == 303
    assert response.location == "/account?x=1"
    assert client.get("/account").status_code == 200


@pytest.mark.parametrize(
    "next_page",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil.example", "javascript:alert(1)", ""],
)
def test_signing_in_never_leads_to_another_site(
    client: FlaskClient, sign_up: SignUp, submit: Submit, next_page: str
) -> None:
    sign_up()
    client.delete_cookie("studyplan")
    response = submit("/sign-in", email="ada@example.org", password=PASSWORD, next=next_page)
    assert response.location == "/today"


def test_known_and_unknown_addresses_get_the_same_answer(client: FlaskClient, sign_up: SignUp, submit: Submit) -> None:
    sign_up()
    client.delete_cookie("studyplan")
    answers = [
        submit("/sign-in", email=email, password="not the password").text.replace(email, "…")
        for email in ("ada@example.org", "bob@example.org")
    ]
    known, unknown = (re.sub(r'(name="csrf_token"[^>]* value=)"[^"]+"', r"\1", answer) for answer in answers)
    assert known == unknown
    assert "do not belong together" in answers[0]


def test_an_unknown_address_takes_as_long_as_a_known_one(app: Flask, sign_up: SignUp, look: Look) -> None:
    sign_up()
    known = look(lambda session: accounts.find_credentials(session, "ada@example.org"))
    assert known is not None
    assert known.password_hash is not None
    assert known.password_hash.split("$")[:4] == NOBODYS_HASH.split("$")[:4]
    with app.app_context():
        assert not is_password_of(None, PASSWORD)
        assert is_password_of(known, PASSWORD)


def test_passwords_are_stored_as_argon2id_with_19_mib_and_two_rounds(app: Flask) -> None:
    with app.app_context():
        assert hash_password(PASSWORD).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_password_is_the_same_in_each_spelling_of_unicode(app: Flask, sign_up: SignUp, look: Look) -> None:
    sign_up()
    known = look(lambda session: accounts.find_credentials(session, "ada@example.org"))
    assert known is not None
    with app.app_context():
        composed = replace(known, password_hash=hash_password("Zoë's café ﬁles"))
        assert is_password_of(composed, "Zoe\u0308's cafe\u0301 files")


def test_a_wrong_password_shows_the_form_again_with_the_address(
    client: FlaskClient, sign_up: SignUp, submit: Submit
) -> None:
    response = submit("/sign-in", email="ada@example.org", password="not the password")
    assert response.status_code == 422
    assert 'value="ada@example.org"' in response.text
    assert "not the password" not in response.text
    assert 'aria-describedby="password-error"' in response.text


def test_the_eleventh_failure_in_five_minutes_is_told_to_wait(
    client: FlaskClient, sign_up: SignUp, submit: Submit
) -> None:
    sign_up()
    client.delete_cookie("studyplan")
    for _ in range(10):
        assert submit("/sign-in", email="ada@example.org", password="not the password").status_code == 422
    response = submit("/sign-in", email="ada@example.org", password=PASSWORD)
    assert response.status_code == 429
    assert 1 <= int(response.headers["Retry-After"]) <= 300
    assert submit("/sign-in", email="bob@example.org", password="not the password").status_code == 422


def test_addresses_far_too_long_are_counted_by_their_beginning(client: FlaskClient, submit: Submit) -> None:
    long = "a" * 300_000
    for number in range(10):
        assert submit("/sign-in", email=f"{long}{number}", password="not the password").status_code == 422
    assert submit("/sign-in", email=f"{long}11", password="not the password").status_code == 429


def test_signing_in_forgives_the_failures_before(client: FlaskClient, sign_up: SignUp, submit: Submit) -> None:
    sign_up()
    for _ in range(2):
        for _ in range(9):
            client.delete_cookie("studyplan")
            assert submit("/sign-in", email="ada@example.org", password="not the password").status_code == 422
        assert submit("/sign-in", email="ada@example.org", password=PASSWORD).status_code == 303


def test_changing_the_password_needs_the_present_one(client: FlaskClient, sign_up: SignUp, submit: Submit) -> None:
    sign_up()
    response = submit("/account/password", on="/account", present="not the password", password=NEW)
    assert response.status_code == 422
    assert "not your present password" in response.text
    assert 'id="present-error"' in response.text


def test_changing_the_password_signs_all_other_browsers_out(
    app: Flask, client: FlaskClient, sign_up: SignUp, submit: Submit
) -> None:
    sign_up()
    other = app.test_client()
    submit("/sign-in", browser=other, email="ada@example.org", password=PASSWORD)
    before = client.get_cookie("studyplan")
    assert submit("/account/password", on="/account", present=PASSWORD, password=NEW).status_code == 303
    assert client.get_cookie("studyplan") != before
    assert client.get("/account").status_code == 200
    assert other.get("/account").status_code == 303


def test_deleting_the_account_deletes_everything(
    client: FlaskClient, sign_up: SignUp, submit: Submit, look: Look
) -> None:
    sign_up()
    assert submit("/account/delete", on="/account", confirmation="not the password").status_code == 422
    assert submit("/account/delete", on="/account", confirmation=PASSWORD).status_code == 303
    assert look(lambda session: session.scalar(select(func.count()).select_from(UserRow))) == 0
    assert client.get("/account").status_code == 303


def test_the_first_user_is_the_admin_and_the_second_is_not(sign_up: SignUp, look: Look) -> None:
    sign_up("ada@example.org")
    sign_up("bob@example.org")
    assert {(account.email, account.is_admin) for account in look(accounts.list_accounts)} == {
        ("ada@example.org", True),
        ("bob@example.org", False),
    }


def test_of_two_who_sign_up_first_at_once_one_is_the_admin(app: Flask, look: Look) -> None:
    engine = app.extensions["sqlalchemy"].writing_engine
    now = datetime(2026, 11, 25, tzinfo=UTC)

    def sign_up(email: str) -> None:
        with Session(engine) as session, session.begin():
            accounts.sign_up(session, email=email, password_hash="-", now=now)

    with ThreadPoolExecutor() as pool:
        with Session(engine) as session, session.begin():
            accounts.sign_up(session, email="ada@example.org", password_hash="-", now=now)
            second = pool.submit(sign_up, "bob@example.org")
            assert wait([second], timeout=0.3).not_done
        second.result()
    assert [(account.email, account.is_admin) for account in look(accounts.list_accounts)] == [
        ("ada@example.org", True),
        ("bob@example.org", False),
    ]


@pytest.mark.parametrize("registration", ["closed", "invite"])
def test_a_closed_server_takes_no_new_accounts(
    settings: Settings, make_app: Callable[[Settings], Flask], registration: str
) -> None:
    app = make_app(settings.model_copy(update={"registration": registration}))
    app.add_url_rule("/test/register", view_func=lambda: str(register_account("ada@example.org", PASSWORD)))
    response = app.test_client().get("/test/register")
    assert response.status_code == 403
    assert "takes no new accounts" in response.text


@pytest.mark.parametrize(
    "email", ["", "ada", "ada@", "ada@example", "ada@exa mple.org", "a" * 65 + "@example.org", "ada\r\n@example.org"]
)
def test_what_cannot_be_an_address_is_refused(email: str) -> None:
    with pytest.raises(Invalid) as caught:
        normalise_email(email)
    assert caught.value.field == "email"


def test_passwords_never_hold_all_threads_that_serve_pages() -> None:
    assert hashing.AT_ONCE <= hashing.MOST_AT_ONCE
    assert hashing.MOST_AT_ONCE + hashing.WAITING < server.THREADS


def test_wrong_sign_ins_in_parallel_do_not_hold_up_a_write(
    app: Flask, client: FlaskClient, sign_up: SignUp, submit: Submit
) -> None:
    @app.post("/test/rate")
    @takes_from_elsewhere
    def rate() -> str:
        current_session().add(SuppressionRow(address=f"{time.perf_counter()}@example.org"))
        return "rated"

    page = client.get("/sign-in").text
    token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    cookie = client.get_cookie("studyplan")
    assert cookie is not None
    statuses: list[int] = []

    def guess(number: int) -> None:
        browser = app.test_client()
        browser.set_cookie("studyplan", cookie.value)
        fields = {"csrf_token": token, "email": f"user{number}@example.org", "password": "not the password"}
        statuses.append(browser.post("/sign-in", data=fields).status_code)

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    took = []
    while any(thread.is_alive() for thread in threads):
        began = time.perf_counter()
        assert client.post("/test/rate").status_code == 200
        took.append(time.perf_counter() - began)
    for thread in threads:
        thread.join()
    assert sorted(took)[len(took) // 2] <= 0.1
    assert set(statuses) <= {422, 503}
    assert statuses.count(422) >= 17
