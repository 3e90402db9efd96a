"""The edge: transactions, time, hosts, paths, health."""

import io
from collections.abc import Callable

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from studyplan.domain.errors import Conflict
from studyplan.settings import Settings
from studyplan.store.rows import SuppressionRow
from studyplan.web.csrf import takes_from_elsewhere
from studyplan.web.current import current_now
from studyplan.web.database import after_commit, current_session, writing


def _suppress(address: str) -> None:
    current_session().add(SuppressionRow(address=address))
    current_session().flush()


@pytest.fixture
def hooks(app: Flask) -> list[str]:
    """Routes that write, and what their hooks did."""
    called: list[str] = []

    @app.route("/test/write/<int:status>", methods=["GET", "POST", "HEAD"])
    @takes_from_elsewhere
    def write(status: int) -> tuple[str, int]:
        after_commit(lambda: called.append(f"after {status}"))
        _suppress(f"{status}@example.org")
        return "written", status

    @app.post("/test/conflict")
    @takes_from_elsewhere
    def conflict() -> str:
        after_commit(lambda: called.append("after conflict"))
        _suppress("conflict@example.org")
        raise Conflict("It is suppressed already.")

    return called


def _count(app: Flask) -> int:
    with app.app_context():
        return current_session().scalar(select(func.count()).select_from(SuppressionRow)) or 0


def test_a_response_below_400_is_committed_once_and_hooks_run_after_it(
    app: Flask, client: FlaskClient, hooks: list[str]
) -> None:
    assert client.post("/test/write/200").status_code == 200
    assert client.post("/test/write/303").status_code == 303
    assert _count(app) == 2
    assert hooks == ["after 200", "after 303"]


def test_a_failed_form_changes_nothing_and_its_hooks_do_not_run(
    app: Flask, client: FlaskClient, hooks: list[str]
) -> None:
    assert client.post("/test/write/422").status_code == 422
    assert client.post("/test/conflict").status_code == 409
    assert _count(app) == 0
    assert hooks == []


def test_what_fails_after_the_commit_is_logged_and_the_answer_stands(
    app: Flask, client: FlaskClient, hooks: list[str], logged: io.StringIO
) -> None:
    def fail() -> None:
        with writing():
            raise OperationalError("BEGIN IMMEDIATE", None, Exception("database is locked"))

    @app.post("/test/failing-hook")
    @takes_from_elsewhere
    def write_and_fail() -> str:
        after_commit(fail)
        after_commit(lambda: hooks.append("after a failure"))
        _suppress("ada@example.org")
        return "written"

    assert client.post("/test/failing-hook").status_code == 200
    assert _count(app) == 1
    assert hooks == ["after a failure"]
    assert "database is locked" in logged.getvalue()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_database_itself_refuses_a_write_in_a_get(
    app: Flask, client: FlaskClient, hooks: list[str], method: str
) -> None:
    with pytest.raises(DBAPIError, match=r"read-?only"):
        client.open("/test/write/200", method=method)
    assert _count(app) == 0
    assert hooks == []


def test_a_refused_write_shows_the_page_of_an_error_of_ours(app: Flask, client: FlaskClient, hooks: list[str]) -> None:
    app.testing = False
    response = client.get("/test/write/200")
    assert response.status_code == 500
    assert response.headers["X-Request-ID"] in response.text
    assert not hooks


@pytest.mark.parametrize("path", ["/healthz", "/robots.txt", "/sign-in"])
def test_a_page_that_needs_no_data_opens_no_connection(app: Flask, client: FlaskClient, path: str) -> None:
    pool = app.extensions["sqlalchemy"].writing_engine.pool
    assert client.get(path).status_code == 200
    assert pool.checkedin() == 0


def test_a_request_acts_at_one_moment(app: Flask, client: FlaskClient, clock: Callable[[], object]) -> None:
    app.add_url_rule("/test/now", view_func=lambda: current_now().isoformat())
    assert client.get("/test/now").text == "2026-11-25T09:00:00+00:00"


@pytest.mark.alters_schema
def test_ready_says_when_the_schema_is_not_the_newest(app: Flask, client: FlaskClient) -> None:
    assert client.get("/readyz").text.startswith("ready\n")
    with app.extensions["sqlalchemy"].writing_engine.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
    response = client.get("/readyz")
    assert response.status_code == 503
    assert "studyplan upgrade" in response.text


def test_a_foreign_host_header_is_refused(client: FlaskClient) -> None:
    response = client.get("/sign-in", headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert "STUDYPLAN_BASE_URL" in response.text
    assert client.get("/healthz", headers={"Host": "127.0.0.1:8000"}).status_code == 200


@pytest.mark.parametrize("path", ["/study/sign-in", "/sign-in"])
def test_the_base_url_may_have_a_path_whether_the_proxy_leaves_it_on_or_not(
    settings: Settings, make_app: Callable[[Settings], Flask], path: str
) -> None:
    app = make_app(settings.model_copy(update={"base_url": "http://localhost/study"}))
    response = app.test_client().get(path)
    assert response.status_code == 200
    assert 'action="/study/sign-in"' in response.text
    assert 'href="/study/static/' in response.text


def test_static_files_are_kept_for_ever_under_their_content_s_address(app: Flask, client: FlaskClient) -> None:
    with app.test_request_context():
        url = app.jinja_env.globals["static_url"]("app.css")
        integrity = app.jinja_env.globals["static_integrity"]("app.css")
    assert "immutable" in client.get(url).headers["Cache-Control"]
    assert client.get("/static/old/app.css").headers["Cache-Control"] == "no-cache"
    assert client.get("/static/old/../app.py").status_code == 404
    assert integrity.startswith("sha384-")


def test_forwarded_addresses_are_believed_from_configured_proxies_only(
    settings: Settings, make_app: Callable[[Settings], Flask]
) -> None:
    for hops, expected in ((0, "127.0.0.1"), (1, "203.0.113.7")):
        app = make_app(settings.model_copy(update={"trusted_proxies": hops}))
        app.add_url_rule("/test/client", view_func=lambda: request.remote_addr or "")
        headers = {"X-Forwarded-For": "198.51.100.1, 203.0.113.7"}
        assert app.test_client().get("/test/client", headers=headers).text == expected
