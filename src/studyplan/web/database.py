"""The request's database session: read-only for requests that must not write, committed once by the edge."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from flask import Flask, current_app, g, has_request_context, request
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import Engine, exc
from sqlalchemy.orm import Session

from studyplan.store.database import READ_ONLY, make_engine

log = structlog.get_logger("studyplan.web")

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

# SQLITE_BUSY, LOCKED, NOMEM, IOERR, FULL, CANTOPEN: the next try may succeed without a change to the program.
_SQLITE_FULL = 13
_PASSING_SQLITE = frozenset({5, 6, 7, 10, _SQLITE_FULL, 14})


class RequestSession(FlaskSession):
    """A session whose connection the database lets write only when the request may."""

    def get_bind(self, *_args: Any, **_kwargs: Any) -> Engine:
        """Return the engine that fits the request's method."""
        database = _database()
        return database.reading_engine if is_safe_request() else database.writing_engine


class Database(SQLAlchemy):
    """A thin user of the engine that the store makes."""

    def __init__(self, url: str) -> None:
        self.writing_engine = make_engine(url)
        self.reading_engine = self.writing_engine.execution_options(**READ_ONLY)
        super().__init__(session_options={"class_": RequestSession, "expire_on_commit": False})

    def _make_engine(self, _bind_key: str | None, _options: dict[str, Any], _app: Flask) -> Engine:
        return self.writing_engine


def is_safe_request() -> bool:
    """Say whether this is a request that changes nothing."""
    return has_request_context() and request.method in SAFE_METHODS


def current_session() -> Session:
    """Return the request's session. It connects with its first statement; views never commit it."""
    session: Session = _database().session()
    return session


@contextmanager
def reading() -> Iterator[Session]:
    """Give a session that cannot write: one of its own when the request's may, so that it holds no lock.

    Once the request's own has begun, it serves: who holds a lock must not wait for another connection as well.
    """
    if is_safe_request() or current_session().in_transaction():
        yield current_session()
        return
    with Session(_database().reading_engine) as session:
        yield session


@contextmanager
def writing() -> Iterator[Session]:
    """Give a short write transaction of its own, for bookkeeping beside the request's."""
    with Session(_database().writing_engine) as session, session.begin():
        yield session


def give_up() -> None:
    """Take back what the request has begun to write, and let others write, before its form is shown again."""
    finish(succeeded=False)


def after_commit(hook: Callable[[], object]) -> None:
    """Call `hook` once the request's transaction is committed; never when it is rolled back."""
    _hooks().append(hook)


def finish(*, succeeded: bool) -> None:
    """End the request's transaction: the one place of the web that commits."""
    session = current_session()
    hooks, g.after_commit = _hooks(), []
    if not succeeded:
        session.rollback()
        return
    session.commit()
    session.close()
    for hook in hooks:
        try:
            hook()
        except Exception:  # the request is done and stored, whatever becomes of what follows it
            log.exception("after_commit_failed")


def is_passing(error: BaseException | None) -> bool:
    """Say whether a database error is about the database's state now: locked, full, restarting, out of reach."""
    if isinstance(error, exc.TimeoutError):
        return True
    if isinstance(error, exc.InternalError):  # no writes are taken; where none was due, that is a fault of ours
        return not is_safe_request()
    if not isinstance(error, exc.OperationalError):
        return False
    code = _sqlite_code(error)
    return code is None or code in _PASSING_SQLITE


def is_disk_full(error: BaseException | None) -> bool:
    """Say whether a database error is about the room on its disk."""
    return isinstance(error, exc.OperationalError) and (
        _sqlite_code(error) == _SQLITE_FULL or type(error.orig).__name__ == "DiskFull"
    )


def _sqlite_code(error: exc.OperationalError) -> int | None:
    code: int | None = getattr(error.orig, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _database() -> Database:
    database: Database = current_app.extensions["sqlalchemy"]
    return database


def _hooks() -> list[Callable[[], object]]:
    hooks: list[Callable[[], object]] = g.setdefault("after_commit", [])
    return hooks
