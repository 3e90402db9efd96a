"""One clock at a time: a lock on a file beside the data, or an advisory one in PostgreSQL."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine, exc, text

from studyplan.domain.errors import Conflict
from studyplan.jobs.context import Context
from studyplan.store.database import OUT_OF_REACH

ADVISORY_KEY = 0x5374756479  # "Study"


class ClockLock(Protocol):
    """Held by one process at a time; the system lets go of it when that process dies."""

    def acquire(self) -> bool:
        """Take the lock unless another process has it; say whether it is held."""
        ...

    def release(self) -> None:
        """Let go."""
        ...


class FileLock:
    """A lock on a file, for a database that is one too."""

    def __init__(self, file: Path) -> None:
        self._handle = file.open("a")

    def acquire(self) -> bool:
        """Take the lock, or keep it."""
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        """Let go."""
        self._handle.close()


class AdvisoryLock:
    """A lock on a connection of its own; it must reach the server itself, not a pooler of transactions."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    def acquire(self) -> bool:
        """Take the lock, or see that the connection which holds it still stands."""
        try:
            if self._connection is not None:
                self._connection.execute(text("SELECT 1"))
                return True
            self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            if self._connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": ADVISORY_KEY}):
                return True
        except OUT_OF_REACH:
            pass
        self.release()
        return False

    def release(self) -> None:
        """Let go."""
        if self._connection is not None:
            with suppress(exc.SQLAlchemyError):  # else the server would hold it until it notices the hang-up
                self._connection.execute(text("SELECT pg_advisory_unlock_all()"))
            self._connection.invalidate()
            self._connection.close()
            self._connection = None


def make_lock(context: Context) -> ClockLock:
    """Return the lock that fits the database."""
    if context.engine.dialect.name == "postgresql":
        return AdvisoryLock(context.engine)
    return FileLock(context.settings.data_dir / "clock.lock")


@contextmanager
def without_clock(context: Context) -> Iterator[None]:
    """Let no clock tick meanwhile; Conflict when one ticks now."""
    lock = make_lock(context)
    try:
        if not lock.acquire():
            raise Conflict(
                "Studyplan is running on this database. Stop it first, else what it writes now is left behind."
            )
        yield
    finally:
        lock.release()
