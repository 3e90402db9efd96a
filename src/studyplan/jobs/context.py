"""What a job works with.

`answers` are the mail server's latest, `sending` is held by the one thread that sends, `stopping` asks it to end.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Engine
from sqlalchemy.orm import Session

import studyplan.now
from studyplan.domain.deliveries import BREAKER_LOOKS_AT, Fate
from studyplan.now import Now
from studyplan.publish.mail import Mailer
from studyplan.publish.outbox import make_mailer
from studyplan.settings import Settings
from studyplan.store.database import READ_ONLY, make_engine


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """The settings, the database, the time, and the way that mail goes."""

    settings: Settings
    engine: Engine
    mailer: Mailer
    now: Now
    answers: deque[Fate] = field(default_factory=lambda: deque(maxlen=BREAKER_LOOKS_AT))
    sending: threading.Lock = field(default_factory=threading.Lock)
    stopping: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Give a session, and commit it at the end."""
        with Session(self.engine) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session that cannot write and holds nobody up."""
        with Session(self.engine.execution_options(**READ_ONLY)) as session:
            yield session


def make_context(settings: Settings, *, now: Now = studyplan.now.now) -> Context:
    """Return the context of a process."""
    return Context(settings=settings, engine=make_engine(settings.database), mailer=make_mailer(settings), now=now)
