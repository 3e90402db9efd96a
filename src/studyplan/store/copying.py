"""Copy a whole database into an empty one of the same schema, of whichever kind, and check the copy."""

from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Engine, Table, func, insert, select, text

from studyplan.domain.errors import Conflict
from studyplan.store.accounts import LAST_DELETED
from studyplan.store.database import READ_ONLY, Base
from studyplan.store.rows import MarkRow

AT_ONCE = 1_000

Progress = Callable[[str, int], None]


def copy_database(source: Engine, target: Engine, progress: Progress) -> int:
    """Copy every row in one transaction; return how many. Conflict when the target is not empty or the copy differs."""
    copied = 0
    with source.execution_options(**READ_ONLY).connect() as reading, target.begin() as writing:
        for table in Base.metadata.sorted_tables:
            if writing.scalar(select(func.count()).select_from(table)):
                raise Conflict(f"The target has rows in {table.name} already. Move into an empty database.")
        for table in Base.metadata.sorted_tables:
            for rows in _batches(reading, table):
                writing.execute(insert(table), rows)
                copied += len(rows)
            if _digest(reading, table) != _digest(writing, table):
                raise Conflict(f"The copy of {table.name} differs from the original. Nothing was stored.")
            progress(table.name, copied)
            _continue_numbers(writing, table)
        _pass_over_deleted(writing)
    return copied


def _batches(connection: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    ordered = select(table).order_by(*table.primary_key.columns)
    result = connection.execute(ordered, execution_options={"yield_per": AT_ONCE})
    for rows in result.mappings().partitions():
        yield [dict(row) for row in rows]


def _digest(connection: Connection, table: Table) -> tuple[int, int]:
    """Return how many rows there are, and the sum of their hashes: the order that databases sort texts in differs."""
    rows, total = 0, 0
    for batch in _batches(connection, table):
        for row in batch:
            rows += 1
            total += int.from_bytes(sha256(repr(sorted(row.items())).encode()).digest()[:8])
    return rows, total


def _continue_numbers(connection: Connection, table: Table) -> None:
    """Let PostgreSQL number new rows after those that were copied; SQLite does so by itself."""
    key = table.primary_key.columns
    if connection.dialect.name != "postgresql" or len(key) != 1 or table.autoincrement_column is None:
        return
    column = table.autoincrement_column.name
    connection.execute(
        text(
            f"SELECT setval(pg_get_serial_sequence('{table.name}', '{column}'), "  # noqa: S608 names of our own schema
            f"coalesce(max({column}), 0) + 1, false) FROM {table.name}"
        )
    )


def _pass_over_deleted(connection: Connection) -> None:
    """Let PostgreSQL give no deleted user's id again, as SQLite does not: signed links in old mails name it."""
    last = connection.scalar(select(MarkRow.note).where(MarkRow.name == LAST_DELETED))
    if last is None or connection.dialect.name != "postgresql":
        return
    sequence = "pg_get_serial_sequence('users', 'id')"
    following = "greatest(:last, (SELECT coalesce(max(id), 0) FROM users)) + 1"
    connection.execute(text(f"SELECT setval({sequence}, {following}, false)"), {"last": int(last)})
