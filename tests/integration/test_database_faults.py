"""The database is locked, restarts or has no room: 503 with Retry-After, nothing half done, and it recovers."""

import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from sqlalchemy import Engine, NullPool, create_engine, event, func, select, text

from kit import PASSWORD, Look, SignUp, Submit
from studyplan.store.database import READ_ONLY, make_engine
from studyplan.store.rows import SuppressionRow
from studyplan.web.csrf import takes_from_elsewhere
from studyplan.web.database import current_session


@pytest.fixture
def engine(app: Flask) -> Engine:
    """The application's engine, with views that write."""

    @app.post("/test/write/<int:size>")
    @takes_from_elsewhere
    def write(size: int) -> str:
        current_session().add(SuppressionRow(address=f"{size}@example.org", reason="x" * size))
        return "written"

    @app.post("/test/twice")
    @takes_from_elsewhere
    def twice() -> str:
        current_session().add(SuppressionRow(address="same@example.org"))
        return "written"

    @app.get("/test/disconnect")
    def disconnect() -> str:
        current_session().execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return "never"

    engine: Engine = app.extensions["sqlalchemy"].writing_engine
    return engine


def _count(look: Look) -> int:
    return look(lambda session: session.scalar(select(func.count()).select_from(SuppressionRow))) or 0


def test_a_foreign_lock_is_waited_for_and_then_told(client: FlaskClient, engine: Engine, look: Look) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL locks rows, and waits.")
    with engine.begin():
        began = time.perf_counter()
        response = client.post("/test/write/1")
        waited = time.perf_counter() - began
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
    assert response.headers["X-Request-ID"] in response.text
    assert waited >= 4.9
    assert client.post("/test/write/1").status_code == 200
    assert _count(look) == 1


def test_reading_goes_on_under_a_foreign_lock(client: FlaskClient, sign_up: SignUp, engine: Engine) -> None:
    sign_up()
    with engine.begin():
        assert client.get("/account").status_code == 200


def test_any_number_reads_while_writers_wait(installed: Path) -> None:
    engine = make_engine(f"sqlite:///{installed / 'studyplan.db'}")
    with ExitStack() as stack:
        stack.callback(engine.dispose)
        readers = [stack.enter_context(engine.execution_options(**READ_ONLY).connect()) for _ in range(40)]
        assert {reader.scalar(select(1)) for reader in readers} == {1}


def test_a_wrong_password_takes_no_write_lock(
    client: FlaskClient, sign_up: SignUp, submit: Submit, engine: Engine
) -> None:
    sign_up()
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("LOCK TABLE users, sessions IN EXCLUSIVE MODE"))
        began = time.perf_counter()
        wrong = {"present": "not the password", "password": "another shelf of quiet books"}
        assert submit("/account/password", on="/account", **wrong).status_code == 422
        assert submit("/account/delete", on="/account", confirmation="not the password").status_code == 422
        client.delete_cookie("studyplan")
        assert submit("/sign-in", email="ada@example.org", password="not the password").status_code == 422
        assert time.perf_counter() - began < 4


def test_a_connection_that_dies_is_told_and_the_next_request_has_a_new_one(client: FlaskClient, engine: Engine) -> None:
    if engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no server that can go away.")
    response = client.get("/test/disconnect")
    assert response.status_code == 503
    assert "pg_terminate" not in response.text
    assert client.post("/test/write/1").status_code == 200


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/settings/digest", {"kind": "daily", "weekday": "0", "at": "03:00"}),
        ("/account/address", {"email": "ada@example.org", "proof": PASSWORD}),
    ],
)
def test_a_form_that_is_refused_holds_no_lock_while_it_waits_for_another_connection(
    client: FlaskClient, sign_up: SignUp, submit: Submit, engine: Engine, path: str, fields: dict[str, str]
) -> None:
    sign_up()
    held, most = set(), []

    def take(connection: object, *_rest: object) -> None:
        held.add(id(connection))
        most.append(len(held))

    event.listen(engine, "checkout", take)
    event.listen(engine, "checkin", lambda connection, _entry: held.discard(id(connection)))
    assert submit(path, on=path.replace("/address", ""), **fields).status_code == 422
    assert max(most) == 1


@pytest.mark.alters_schema  # a database of its own, so that nobody else's connection dies
def test_connections_that_died_while_they_rested_are_replaced_unseen(
    client: FlaskClient, sign_up: SignUp, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no server that can go away.")
    sign_up()
    with create_engine(engine.url, poolclass=NullPool).connect() as other:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
        other.execute(text(f"{others} pg_backend_pid()"))
    rested_until = time.monotonic() + 2
    monkeypatch.setattr(time, "monotonic", lambda: rested_until)
    assert client.get("/account").status_code == 200


def test_a_full_disk_has_a_clear_page_and_recovers(client: FlaskClient, engine: Engine, look: Look) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("A test cannot fill the disk of PostgreSQL.")

    def leave_no_room(connection, _entry) -> None:  # noqa: ANN001 the driver's
        connection.execute("PRAGMA max_page_count = 1")  # SQLite takes the present size instead

    event.listen(engine, "connect", leave_no_room)
    engine.dispose()
    response = client.post("/test/write/2000000")
    assert response.status_code == 503
    assert "disk of this server is full" in response.text
    assert client.get("/readyz").status_code == 200
    event.remove(engine, "connect", leave_no_room)
    engine.dispose()
    assert client.post("/test/write/2000").status_code == 200
    assert _count(look) == 1


def test_what_is_there_already_is_a_conflict(client: FlaskClient, engine: Engine, look: Look) -> None:
    assert client.post("/test/twice").status_code == 200
    assert client.post("/test/twice").status_code == 409
    assert _count(look) == 1


@pytest.mark.parametrize("path", ["/tracks/a%00b", "/readings/99999999999999999999"])
def test_an_address_that_the_database_cannot_even_look_up_leads_nowhere(
    client: FlaskClient, sign_up: SignUp, path: str
) -> None:
    sign_up()
    assert client.get(path).status_code == 404


def test_a_value_that_the_database_cannot_hold_is_refused(client: FlaskClient, app: Flask) -> None:
    @app.post("/test/nul")
    @takes_from_elsewhere
    def write() -> str:
        current_session().scalar(select(SuppressionRow).where(SuppressionRow.address == request.form["address"]))
        return "looked up"

    response = client.post("/test/nul", data={"address": "a\0b@example.org"})
    assert response.status_code == (
        422 if app.extensions["sqlalchemy"].writing_engine.dialect.name == "postgresql" else 200
    )
