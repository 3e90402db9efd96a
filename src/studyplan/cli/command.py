"""What a command is, and the transaction that it works in."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from studyplan.domain.catalog import LearnerId
from studyplan.domain.errors import Conflict, Invalid, NotFound
from studyplan.now import now
from studyplan.services.learners import find_id_by_address, is_learner
from studyplan.settings import Settings
from studyplan.store import schema
from studyplan.store.database import READ_ONLY, make_engine

FIRST_YEAR, LAST_YEAR = 2000, 2200


def _no_arguments(_parser: ArgumentParser) -> None:
    """Add nothing: the command takes no arguments."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """One word after `studyplan`: its help, an example, its arguments and what it does."""

    name: str
    summary: str
    example: str
    run: Callable[[Namespace, Settings], None]
    configure: Callable[[ArgumentParser], None] = _no_arguments


@contextmanager
def transaction(settings: Settings, *, read_only: bool = False) -> Iterator[Session]:
    """Give a session and commit once at the end; an error rolls everything back. `read_only` waits for no writer.

    Conflict when the schema is not the one that this version works with.
    """
    if not settings.database_url and not Path(make_url(settings.database).database or "").exists():
        raise Conflict(f"There is no database in {settings.data_dir} yet. Run `studyplan upgrade` first.")
    engine = make_engine(settings.database)
    options = READ_ONLY if read_only else {}
    try:
        with Session(engine.execution_options(**options)) as session, session.begin():
            found, newest = schema.find_version(session), schema.newest_version()
            if found != newest:
                raise Conflict(f"The database has schema {found or 'none'}, not {newest}. Run `studyplan upgrade`.")
            yield session
    finally:
        engine.dispose()


def add_email(parser: ArgumentParser) -> None:
    """Add the address that names a learner."""
    parser.add_argument("email", metavar="EMAIL", help="the learner's mail address")


def add_moment(parser: ArgumentParser) -> None:
    """Add the moment to act at."""
    parser.add_argument(
        "--at", metavar="ISO", help="the moment to act at, such as 2026-11-25T07:00+01:00 (default: now)"
    )


def moment(arguments: Namespace) -> datetime:
    """Return the moment that `--at` names, UTC where it has no zone; Invalid when it is none."""
    if arguments.at is None:
        return now()
    try:
        given = datetime.fromisoformat(arguments.at)
    except ValueError:
        raise Invalid(f"--at {arguments.at!r} is no moment. Give one such as 2026-11-25T07:00+01:00.") from None
    if not FIRST_YEAR <= given.year <= LAST_YEAR:
        raise Invalid(f"--at {arguments.at!r} is too far away. Give a moment from {FIRST_YEAR} to {LAST_YEAR}.")
    return given.astimezone(UTC) if given.tzinfo else given.replace(tzinfo=UTC)


def read_file(path: Path) -> bytes:
    """Return what a file holds, or raise NotFound."""
    if not path.is_file():
        raise NotFound(f"{path} is no file. Give the path of one.")
    return path.read_bytes()


def learner_of(session: Session, arguments: Namespace) -> LearnerId:
    """Return the learner with the given address, or raise NotFound."""
    learner_id = find_id_by_address(session, arguments.email)
    if learner_id is None:
        raise NotFound(f"Nobody here has the address {arguments.email}. `studyplan user list` shows who has one.")
    return learner_id


def reader_of(session: Session, arguments: Namespace) -> LearnerId:
    """Return the learner with the given address, or raise NotFound for who has not begun either."""
    learner_id = learner_of(session, arguments)
    if not is_learner(session, learner_id):
        raise NotFound(f"{arguments.email} has an account and is on no track yet: there is nothing to plan.")
    return learner_id
