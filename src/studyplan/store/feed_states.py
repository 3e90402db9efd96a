"""What a poll of a feed has to know, read below SQLAlchemy: most polls end with one such read."""

from collections import deque
from contextlib import closing
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Engine, event, exc

_FIND = """
SELECT a.learner_id, a.feed_id, a.version, a.ends_at, l.zone, f.used_on, l.feed_version, l.inputs_version,
    (SELECT p.made_at FROM plans p WHERE p.learner_id = a.learner_id) AS planned_at,
    (SELECT o.due_at FROM occurrences o
        WHERE o.learner_id = a.learner_id AND o.due_at > {0} AND o.closed_at IS NULL
        ORDER BY o.due_at LIMIT 1) AS next_due_at
FROM feed_addresses a
JOIN feeds f ON f.learner_id = a.learner_id AND f.id = a.feed_id
JOIN learners l ON l.learner_id = a.learner_id
WHERE a.token_hash = {0} AND f."on" AND (a.ends_at IS NULL OR a.ends_at > {0})
"""
_FIND_VERSIONS = """
SELECT l.feed_version, l.inputs_version, p.made_at
FROM learners l LEFT JOIN plans p ON p.learner_id = l.learner_id WHERE l.learner_id = {0}
"""

Versions = tuple[int, int, object]
"""A learner's feed version and inputs version, and when the plan was made, as the database spells it."""


class FeedState(NamedTuple):
    """A feed that a token leads to, and everything by which its content changes."""

    learner_id: int
    feed_id: str
    address_version: int
    address_ends_at: datetime | None
    zone: str
    used_on: date | None
    versions: Versions
    next_due_at: datetime | None


class FeedStates:
    """Reads the states of feeds. sqlalchemy.exc.OperationalError when the database is out of reach.

    On SQLite it keeps connections apart from the engine's pool, whose ways cost thrice what the read does. They
    cannot write, and close when the engine is disposed of.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._error: type[Exception] = engine.dialect.loaded_dbapi.Error
        self._is_sqlite = engine.dialect.name == "sqlite"
        place = "?" if self._is_sqlite else "%s"
        self._find, self._find_versions = _FIND.format(place), _FIND_VERSIONS.format(place)
        self._idle: deque[Any] = deque()
        event.listen(engine, "engine_disposed", lambda _: self._close())

    def find(self, token_hash: str, *, now: datetime) -> FeedState | None:
        """Return the state of the feed that a token leads to; None when no address works by that token."""
        moment = f"{now.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}" if self._is_sqlite else now
        row = self._read(self._find, (moment, token_hash, moment))
        if row is None:
            return None
        learner_id, feed_id, address_version, ends_at, zone, used_on, *versions, next_due_at = row
        return FeedState(
            learner_id=learner_id,
            feed_id=feed_id,
            address_version=address_version,
            address_ends_at=_moment(ends_at),
            zone=zone,
            used_on=date.fromisoformat(used_on) if isinstance(used_on, str) else used_on,
            versions=tuple(versions),
            next_due_at=_moment(next_due_at),
        )

    def find_versions(self, learner_id: int) -> Versions | None:
        """Return what counts the changes of a learner's feeds."""
        row: Versions | None = self._read(self._find_versions, (learner_id,))
        return row

    def _read(self, statement: str, values: tuple[object, ...]) -> Any:
        try:
            return self._read_file(statement, values) if self._is_sqlite else self._read_pooled(statement, values)
        except self._error as error:
            raise exc.OperationalError(statement, None, error) from error

    def _read_file(self, statement: str, values: tuple[object, ...]) -> Any:
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._connect()
        try:
            row = connection.execute(statement, values).fetchone()
        except self._error:
            connection.close()
            raise
        self._idle.append(connection)
        return row

    def _read_pooled(self, statement: str, values: tuple[object, ...]) -> Any:
        with closing(self._engine.raw_connection()) as connection:
            cursor = connection.cursor()
            cursor.execute(statement, values)
            return cursor.fetchone()

    def _connect(self) -> Any:
        pooled = self._engine.raw_connection()
        pooled.detach()
        connection: Any = pooled.dbapi_connection
        connection.execute("PRAGMA query_only=ON")
        return connection

    def _close(self) -> None:
        while self._idle:
            self._idle.pop().close()


def _moment(value: datetime | str | None) -> datetime | None:
    """Return a moment, whatever the driver made of it."""
    if isinstance(value, str):
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    return value
