"""One store of compiled statements for all databases of a kind: compiling anew takes a quarter of a test's time."""

from collections import UserDict
from typing import Any

from sqlalchemy import Compiled, Connection, Engine, event


class CompiledStatements(UserDict[Any, Compiled]):
    """SQLAlchemy keeps them by dialect, of which each engine has its own; here the dialect's name counts."""

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        """Return a compiled statement."""
        return self.data.get(_named(key), default)

    def __setitem__(self, key: tuple[Any, ...], compiled: Compiled) -> None:
        self.data[_named(key)] = compiled


def _named(key: tuple[Any, ...]) -> tuple[Any, ...]:
    dialect, *statement = key
    return (dialect.name, *statement)


_STATEMENTS = CompiledStatements()


def _hand_to(connection: Connection) -> None:
    connection.execution_options(compiled_cache=_STATEMENTS)


def share() -> None:
    """Let every connection of this process use the one store."""
    if not event.contains(Engine, "engine_connect", _hand_to):
        event.listen(Engine, "engine_connect", _hand_to)
