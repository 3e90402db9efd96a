"""The engine: how transactions begin on SQLite and PostgreSQL, and what a row is made of."""

import math
import time
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Engine, MetaData, TypeDecorator, create_engine, event, exc
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import ConnectionPoolEntry

from studyplan.store.queue import Queue

READ_ONLY = {"studyplan_read_only": True}
"""Execution options under which the database itself refuses a write."""

OUT_OF_REACH = (exc.OperationalError, exc.InternalError, exc.TimeoutError)
"""What is raised while a database is locked, gone, or a copy that takes no writes."""

BUSY_MILLISECONDS = 5_000
TRUSTED_SECONDS = 1.0
"""How long a connection to PostgreSQL may rest without being tried before it is used again."""
_queues: dict[str, Queue] = {}


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime; SQLite, which knows no zones, keeps it naive."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive datetime: nobody knows which moment it is."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Return aware UTC, whatever the connection's zone is."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The base of all rows. Constraint names follow one rule, so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Moment, dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012 SQLAlchemy's own form


def make_engine(url: str) -> Engine:
    """Return the engine of a database address; its transactions write unless `READ_ONLY` is among their options."""
    if make_url(url).get_backend_name() == "sqlite":
        engine = create_engine(url, hide_parameters=True, max_overflow=-1)  # who reads never waits for who writes
        event.listen(engine, "connect", _open_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        event.listen(engine, "checkin", _leave_queue)
    else:
        engine = create_engine(url, hide_parameters=True, connect_args={"client_encoding": "utf8"})
        event.listen(engine, "begin", _begin_postgresql)
        event.listen(engine, "checkin", _note_rest)
        event.listen(engine, "checkout", partial(_try_after_rest, engine.dialect))
    return engine


def for_single_statements(engine: Engine) -> Engine:
    """Return an engine for transactions of one statement each: PostgreSQL needs neither begin nor commit for them."""
    is_postgresql = engine.dialect.name == "postgresql"
    return engine.execution_options(isolation_level="AUTOCOMMIT") if is_postgresql else engine


def _open_sqlite(connection: Any, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself: `_begin_sqlite` does
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL", f"busy_timeout={BUSY_MILLISECONDS}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once: a transaction that reads, thinks and writes must not lose the race in between.

    The threads of this process queue for it, because SQLite itself lets each ask again after ever longer sleeps.
    """
    read_only = connection.get_execution_options().get("studyplan_read_only", False)
    info = connection.connection.info
    if info.get("query_only") is not read_only:
        connection.exec_driver_sql(f"PRAGMA query_only={'ON' if read_only else 'OFF'}")
        info["query_only"] = read_only
    if not read_only:
        _enter_queue(connection)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def _enter_queue(connection: Connection) -> None:
    """Wait for this connection's turn; without one, SQLite's own lock decides."""
    info = connection.connection.record_info
    if info is not None and "turn" not in info:
        queue = _queues.setdefault(connection.engine.url.database or "", Queue())
        if queue.enter(BUSY_MILLISECONDS / 1000):
            info["turn"] = queue


def _leave_queue(_connection: Any, entry: ConnectionPoolEntry) -> None:
    """Hand the turn on when the connection comes back, its transaction over."""
    queue = (entry.record_info or {}).pop("turn", None)
    if queue is not None:
        queue.leave()


def _note_rest(_connection: Any, entry: ConnectionPoolEntry) -> None:
    entry.info["rests_since"] = time.monotonic()


def _try_after_rest(dialect: Dialect, connection: Any, entry: ConnectionPoolEntry, _proxy: Any) -> None:
    """See whether the server is still there, unless it was a moment ago: that would double what short work costs."""
    if time.monotonic() - entry.info.get("rests_since", math.inf) > TRUSTED_SECONDS:
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as error:
            raise exc.DisconnectionError from error  # the pool connects anew


def _begin_postgresql(connection: Connection) -> None:
    if connection.get_execution_options().get("studyplan_read_only", False):
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
