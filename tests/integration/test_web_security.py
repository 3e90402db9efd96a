"""Forms from elsewhere, headers, error pages and what the log says."""

import io
import json
import logging
import re

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from sqlalchemy import func, select

from kit import PASSWORD, Look, SignUp, Submit
from studyplan.domain.errors import Conflict, Invalid, NotFound
from studyplan.store.rows import SessionRow
from studyplan.web.csrf import takes_from_elsewhere
from studyplan.web.limits import client_key

# What is said here is said before any statement: one database is enough.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

FORMS = [
    "/sign-in",
    "/sign-out",
    "/reset",
    "/reset/x",
    "/confirm/x",
    "/account/address",
    "/account/password",
    "/account/browsers",
    "/account/confirmation",
    "/account/delete",
]
TOKENS = [None, "", "wrong", "Ünïcödé", "\ud83d", "IjEi.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb", "x" * 5_000]


@pytest.mark.parametrize("path", FORMS)
def test_no_form_acts_without_its_token(client: FlaskClient, sign_up: SignUp, look: Look, path: str) -> None:
    sign_up()
    for token in TOKENS:
        data = {} if token is None else {"csrf_token": token.encode("utf-8", "surrogatepass")}
        assert client.post(path, data=data).status_code in {400, 404, 422}, token
    ended = select(func.count()).where(SessionRow.ended_at.is_not(None))
    assert look(lambda session: session.scalar(ended)) == 0


def test_another_visitor_s_token_is_of_no_use(app: Flask, client: FlaskClient, sign_up: SignUp) -> None:
    sign_up()
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', app.test_client().get("/sign-in").text)
    assert token is not None
    client.get("/account")
    answer = client.post("/sign-out", data={"csrf_token": token[1]})
    assert answer.status_code == 400
    assert "This form is too old" in answer.text
    assert client.get("/account").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
    ],
)
def test_a_request_that_another_site_makes_is_refused_whatever_its_token(
    client: FlaskClient, sign_up: SignUp, submit: Submit, headers: dict[str, str]
) -> None:
    sign_up()
    client.environ_base.update({f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()})
    assert submit("/sign-out", on="/account").status_code == 403
    assert client.get("/account").status_code == 200


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}])
def test_a_request_from_our_own_page_is_taken(
    client: FlaskClient, sign_up: SignUp, submit: Submit, headers: dict[str, str]
) -> None:
    sign_up()
    client.environ_base.update({f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()})
    assert submit("/sign-out", on="/account").status_code == 303


def test_only_the_marked_view_is_exempt_and_no_path_that_begins_alike(app: Flask, client: FlaskClient) -> None:
    app.add_url_rule("/test/api", view_func=takes_from_elsewhere(lambda: "marked"), methods=["POST"])
    app.add_url_rule("/test/apitoken", "unmarked", view_func=lambda: "unmarked", methods=["POST"])
    assert client.post("/test/api", headers={"Origin": "https://elsewhere.example"}).status_code == 200
    assert client.post("/test/apitoken").status_code == 400


def test_an_expired_form_keeps_what_was_typed(client: FlaskClient, sign_up: SignUp) -> None:
    sign_up()
    client.delete_cookie("studyplan")
    response = client.post("/sign-in", data={"email": "ada@example.org", "password": PASSWORD, "csrf_token": "old"})
    assert response.status_code == 422
    assert "had expired" in response.text
    assert 'value="ada@example.org"' in response.text
    assert PASSWORD not in response.text


@pytest.mark.parametrize("path", ["/sign-in", "/nowhere", "/healthz", "/static/x/app.css", "/account"])
def test_every_response_bounds_what_the_browser_does(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Permissions-Policy" in headers
    assert "Strict-Transport-Security" not in headers, "only over https"
    assert re.fullmatch(r"[0-9a-f]{4}-[0-9a-f]{4}", headers["X-Request-ID"])


@pytest.mark.parametrize("path", ["/sign-in", "/reset", "/account", "/nowhere"])
def test_no_page_holds_anything_inline(client: FlaskClient, sign_up: SignUp, path: str) -> None:
    if path == "/account":
        sign_up()
    page = client.get(path).text
    assert "style=" not in page
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|hx-on", page)


def test_nothing_is_stored_of_a_page_for_somebody(client: FlaskClient, sign_up: SignUp) -> None:
    assert client.get("/sign-in").headers["Cache-Control"] == "no-cache"
    sign_up()
    assert client.get("/account").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("localhost", "localhost"),
    ],
)
def test_a_client_is_its_address_or_its_household(app: Flask, address: str, key: str) -> None:
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        assert client_key() == key


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 413, 422, 429, 500, 503])
def test_each_error_has_a_page_with_the_request_s_id_and_a_way_back(
    app: Flask, client: FlaskClient, status: int
) -> None:
    app.add_url_rule("/test/fail", view_func=lambda: abort(status))
    response = client.get("/test/fail")
    assert response.status_code == status
    assert f"{status} · request {response.headers['X-Request-ID']}" in response.text
    assert 'class="btn pri" href="/"' in response.text


@pytest.mark.parametrize(
    ("error", "status"),
    [(NotFound("No such shelf."), 404), (Conflict("The shelf is full."), 409), (Invalid("A shelf has a name."), 422)],
)
def test_a_mistake_is_mapped_once_and_says_what_to_do(
    app: Flask, client: FlaskClient, error: Exception, status: int
) -> None:
    def view() -> str:
        raise error

    app.add_url_rule("/test/fail", view_func=view)
    response = client.get("/test/fail")
    assert response.status_code == status
    assert str(error) in response.text


def test_an_unforeseen_error_is_generic_for_users_and_logged_with_its_id(
    app: Flask, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    app.testing = False

    def view() -> str:
        raise RuntimeError("the secret inside")

    app.add_url_rule("/test/fail", view_func=view)
    with caplog.at_level(logging.ERROR):
        response = client.get("/test/fail")
    assert response.status_code == 500
    assert "secret" not in response.text
    assert "the secret inside" in caplog.text


def test_the_log_holds_each_sign_in_and_no_secret(
    client: FlaskClient, sign_up: SignUp, submit: Submit, logged: io.StringIO
) -> None:
    sign_up()
    client.delete_cookie("studyplan")
    submit("/sign-in", email="ada@example.org", password="not the password")
    submit("/sign-in", email="ada@example.org", password=PASSWORD)
    client.get("/reset/secret-token?also=secret-query")
    client.get("/feeds/secret-token/due.rss")
    client.get("/nowhere%0d%0aforged: line")
    logging.getLogger("waitress").warning("GET /r/secret-token with sp_secret")
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    events = [line["event"] for line in lines]
    assert "signed_in" in events
    assert "sign_in_refused" in events
    text = json.dumps(lines)
    assert "secret-" not in text
    assert "sp_secret" not in text
    assert PASSWORD not in text
    assert all(str(line["at"]).endswith("Z") for line in lines)
    signed_in = next(line for line in lines if line["event"] == "signed_in")
    assert any(line["event"] == "request" and line["request"] == signed_in["request"] for line in lines)
