"""The real application on a loopback port, with a time that tests let pass."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from fleet import serving
from studyplan.cli.upgrade import upgrade
from studyplan.services import planning
from studyplan.services.learners import find_id_by_address
from studyplan.settings import Settings
from studyplan.store.database import make_engine
from studyplan.web.app import create_app

BEGINS_AT = datetime(2026, 11, 24, 17, 30, tzinfo=UTC)
"""A Tuesday evening."""


@dataclass
class Clock:
    """The time of a running server."""

    moment: datetime = BEGINS_AT

    def __call__(self) -> datetime:
        return self.moment

    def pass_days(self, days: int) -> None:
        """Let days pass."""
        self.moment += timedelta(days=days)


@dataclass
class Site:
    """A running server."""

    url: str
    settings: Settings
    clock: Clock = field(default_factory=Clock)

    def begin_study_day(self, email: str) -> None:
        """Do what the clock does at four in the morning."""
        engine = make_engine(self.settings.database)
        with Session(engine) as session, session.begin():
            learner_id = find_id_by_address(session, email)
            if learner_id is None:
                raise LookupError(email)
            planning.replan(session, learner_id, now=self.clock.moment)
        engine.dispose()


def make_settings(folder: Path, **overrides: str) -> Settings:
    """Return settings that read no environment file and keep everything in one folder."""
    values = {"data_dir": folder, "secret_key": "x" * 40, "ratelimit_storage": "memory://"} | overrides
    return Settings(_env_file=None, **values)


@contextmanager
def serve(settings: Settings, clock: Clock) -> Iterator[Site]:
    """Serve until the block ends."""
    upgrade(settings)
    with serving(create_app(settings, now=clock)) as url:
        yield Site(url=url, settings=settings, clock=clock)
