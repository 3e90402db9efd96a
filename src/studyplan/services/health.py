"""Whether the database can serve this version of Studyplan."""

from datetime import datetime

from sqlalchemy.orm import Session

from studyplan.store import schema


def list_problems(session: Session, *, now: datetime) -> list[str]:  # noqa: ARG001 the clock's age will be told by it
    """Return one sentence for each reason not to send requests here; a database out of reach raises."""
    found, newest = schema.find_version(session), schema.newest_version()
    if found != newest:
        return [f"The database has schema {found or 'none'}, this version needs {newest}. Run `studyplan upgrade`."]
    return []
