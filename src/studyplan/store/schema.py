"""Which version the schema has, and which one this program needs."""

from functools import cache

from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from studyplan import resources


@cache
def newest_version() -> str:
    """Return the id of the newest migration: its file's name begins with it."""
    return max(file.name.partition("_")[0] for file in (resources.path("migrations") / "versions").glob("[0-9]*.py"))


def find_version(session: Session) -> str | None:
    """Return the id of the schema's version; None for an empty database."""
    if not inspect(session.connection()).has_table("alembic_version"):
        return None
    version: str | None = session.scalar(text("SELECT version_num FROM alembic_version"))
    return version
