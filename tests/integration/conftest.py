"""A migrated database of each kind, an application on it, and a clock that the test moves."""

import io
import logging
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
import structlog
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

import command_lines
import compiled_statements
import postgres
from kit import AGREED, PASSWORD, SETTINGS, Clock, Look, Run, SignUp, Submit, Value
from studyplan import resources
from studyplan.cli.migrations import upgrade
from studyplan.domain.catalog import LearnerId
from studyplan.services import accounts, catalogs
from studyplan.settings import Settings, load
from studyplan.store import learners
from studyplan.store.database import make_engine
from studyplan.web.app import create_app
from studyplan.web.log import set_up_logging

END_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
DELETE_ROWS = """
DO $$
DECLARE name text;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE format('DELETE FROM %I', name);
    END LOOP;
    FOR name IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' LOOP
        PERFORM setval(quote_ident(name), 1, false);
    END LOOP;
END $$
"""
WEEKDAYS = (30, 30, 30, 30, 30, 60, 0)

compiled_statements.share()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A running PostgreSQL with a migrated database `migrated`, to be copied."""
    with postgres.running() as url:
        _execute(url, "CREATE DATABASE migrated")
        engine = make_engine(_named(url, "migrated"))
        upgrade(engine)
        engine.dispose()
        yield url


@pytest.fixture(scope="session")
def postgres_engine(postgres_server: str) -> Iterator[Engine]:
    """A connection to a migrated database that is emptied after each test: ten times as fast as one of its own."""
    _execute(postgres_server, "CREATE DATABASE lent TEMPLATE migrated")
    engine = make_engine(_named(postgres_server, "lent")).execution_options(isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    file = tmp_path_factory.mktemp("migrated") / "studyplan.db"
    engine = make_engine(f"sqlite:///{file}")
    upgrade(engine)
    engine.dispose()
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh, migrated database: each test runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "studyplan.db")
        yield f"sqlite:///{tmp_path / 'studyplan.db'}"
        return
    if request.node.get_closest_marker("alters_schema"):
        server: str = request.getfixturevalue("postgres_server")
        _execute(server, "CREATE DATABASE altered TEMPLATE migrated")
        yield _named(server, "altered")
        _execute(server, "DROP DATABASE altered WITH (FORCE)")
        return
    engine: Engine = request.getfixturevalue("postgres_engine")
    yield engine.url.render_as_string(hide_password=False)
    _empty(engine)


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def common_engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One migrated database of each kind, for tests that take back what they write."""
    if request.param == "sqlite":
        file = shutil.copy(request.getfixturevalue("migrated_file"), tmp_path_factory.mktemp("common") / "studyplan.db")
        url = f"sqlite:///{file}"
    else:
        server: str = request.getfixturevalue("postgres_server")
        _execute(server, "CREATE DATABASE common TEMPLATE migrated")
        url = _named(server, "common")
    engine = make_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def session(common_engine: Engine) -> Iterator[Session]:
    """A transaction that is taken back in the end."""
    with Session(common_engine) as session:
        yield session


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings with their own folder and database."""
    return load(_env_file=None, data_dir=tmp_path, database_url=database_url, secret_key="s" * 40)


@pytest.fixture
def clock() -> Clock:
    """The time that the application acts by."""
    return Clock()


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """What Jinja made of the templates: compiling them again for each test takes a tenth of the time."""
    return FileSystemBytecodeCache(tmp_path_factory.mktemp("templates"))


@pytest.fixture
def make_app(clock: Clock, compiled_templates: FileSystemBytecodeCache) -> Iterator[Callable[[Settings], Flask]]:
    """Make applications, and close their connections in the end."""
    apps = []

    def make(settings: Settings) -> Flask:
        app = create_app(settings, now=clock)
        app.testing = True
        app.jinja_env.bytecode_cache = compiled_templates
        apps.append(app)
        return app

    yield make
    for app in apps:
        app.extensions["sqlalchemy"].writing_engine.dispose()


@pytest.fixture
def app(settings: Settings, make_app: Callable[[Settings], Flask]) -> Flask:
    """The application."""
    return make_app(settings)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without cookies."""
    return app.test_client()


@pytest.fixture
def sign_up(app: Flask, client: FlaskClient, clock: Clock) -> SignUp:
    """Make a learner with `PASSWORD`, without anything to study yet, and sign a browser in."""

    def make(email: str = "ada@example.org", *, browser: FlaskClient | None = None) -> LearnerId:
        with Session(app.extensions["sqlalchemy"].writing_engine) as session, session.begin():
            learner_id = accounts.sign_up(session, email=email, password_hash=_password_hash(), now=clock.now)
            learners.add_learner(session, learner_id, zone="Europe/Berlin", weekdays=WEEKDAYS, now=clock.now)
            accounts.start_session(session, learner_id, email, agent="Test browser", now=clock.now)
        with (browser or client).session_transaction() as cookie:
            cookie.update(learner=learner_id, secret=email)
        return learner_id

    return make


@pytest.fixture
def submit(client: FlaskClient) -> Submit:
    """Send a form as a browser does: open its page, then post its fields with the page's token."""

    def send(path: str, *, on: str | None = None, browser: FlaskClient | None = None, **fields: str) -> TestResponse:
        browser = browser or client
        token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', browser.get(on or path).text)
        assert token is not None, f"{on or path} has no form"
        return browser.post(path, data={"csrf_token": token[1], **fields})

    return send


@pytest.fixture
def learner_id(app: Flask, sign_up: SignUp, submit: Submit, clock: Clock) -> LearnerId:
    """Somebody on the whole reading room, known by a date."""
    learner_id = sign_up()
    with Session(app.extensions["sqlalchemy"].writing_engine) as session, session.begin():
        catalogs.upgrade(session, resources.path("seed"), now=clock.now)
    until = (clock.now + timedelta(days=150)).date().isoformat()
    begun = submit("/start", on="/start?track=everything", track="everything", horizon_on=until, **SETTINGS, **AGREED)
    assert begun.status_code == 303
    return learner_id


@pytest.fixture
def look(app: Flask) -> Look:
    """Read from the application's database."""

    def read_by(read: Callable[[Session], Value]) -> Value:
        with Session(app.extensions["sqlalchemy"].reading_engine) as session:
            return read(session)

    return read_by


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """What is logged, as it would be on a server."""
    root = logging.getLogger()
    handlers, level, stream = root.handlers[:], root.level, io.StringIO()
    set_up_logging(stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@cache
def _password_hash() -> str:
    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1).hash(PASSWORD)


def _execute(url: str, statement: str) -> None:
    engine = make_engine(url)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
    engine.dispose()


def _empty(engine: Engine) -> None:
    """Close all other connections to a database, delete all rows and let numbers begin anew."""
    with engine.connect() as connection:
        connection.execute(text(END_OTHERS))
        connection.execute(text(DELETE_ROWS))


def _named(url: str, database: str) -> str:
    return make_url(url).set(database=database).render_as_string(hide_password=False)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of its own, named by the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STUDYPLAN_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("STUDYPLAN_SECRET_KEY", "s" * 40)
    return tmp_path


@pytest.fixture
def installed(folder: Path, migrated_file: Path) -> Path:
    """The folder with a database of the newest schema."""
    shutil.copy(migrated_file, folder / "studyplan.db")
    return folder


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command that succeeds and return what it printed."""
    return lambda *arguments: command_lines.succeed(capsys, *arguments)


@pytest.fixture
def refuse(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command that is a mistake and return the one sentence that says so."""
    return lambda *arguments: command_lines.fail(capsys, *arguments)
