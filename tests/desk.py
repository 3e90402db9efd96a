"""A context of jobs whose time a test moves, whose mails stay in memory, and whose jobs run when it says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

import shelf
from studyplan.domain.catalog import LearnerId
from studyplan.domain.deliveries import Answer, Fate
from studyplan.jobs import ticks
from studyplan.jobs.context import Context
from studyplan.jobs.handlers import HANDLERS
from studyplan.now import Now
from studyplan.publish.mail import Mail, Mailer, Meanwhile, nothing
from studyplan.publish.outbox import MemoryMailer
from studyplan.settings import Settings
from studyplan.store import accounts
from studyplan.store.database import make_engine
from studyplan.store.rows import DeliveryRow, LearnerRow

TRACK = "all-knots"
BOOKS = tuple(shelf.Book(slug=f"knot-{number:02}", minutes=20) for number in range(5))


@dataclass
class Desk:
    """What a test of deliveries works with. It is a runner too: jobs wait in `jobs`."""

    context: Context
    jobs: list[tuple[str, LearnerId | None]] = field(default_factory=list)

    @property
    def mailer(self) -> MemoryMailer:
        assert isinstance(self.context.mailer, MemoryMailer)
        return self.context.mailer

    def submit(self, name: str, learner_id: LearnerId | None, _session: Session) -> None:
        self.jobs.append((name, learner_id))

    def work(self) -> None:
        """Run the jobs that wait."""
        jobs, self.jobs = self.jobs, []
        for name, learner_id in jobs:
            HANDLERS[name](self.context, learner_id)

    def tick(self) -> None:
        """Let the clock tick once, and run what it asked for."""
        for tick in (ticks.roll_over, ticks.queue_digests, ticks.sweep):
            tick(self.context, self)
            self.work()

    def add_learner(self, email: str = "ada@example.org", *, zone: str = "Europe/Berlin") -> LearnerId:
        """Add a learner with a plan, whose first digest is timed."""
        with self.context.writing() as session:
            now = self.context.now()
            shelf.load(session, *BOOKS, tracks=[shelf.track(TRACK)], now=now)
            learner_id = shelf.begin(session, email=email, zone=zone, horizon_on=None, track_slug=TRACK, now=now)
            accounts.confirm(session, learner_id, now=now)
            for row in session.scalars(select(DeliveryRow)):
                session.delete(row)  # the mail that asks to confirm the address
        ticks.queue_digests(self.context, self)
        self.jobs.clear()
        return learner_id

    def first_learner(self) -> LearnerId:
        """Return the learner that was added first."""
        with self.context.reading() as session:
            return LearnerId(
                session.scalars(select(LearnerRow.learner_id).order_by(LearnerRow.learner_id)).first() or 0
            )

    def deliveries(self, learner_id: LearnerId | None = None) -> list[DeliveryRow]:
        """Return the rows as they are stored, the oldest first."""
        with self.context.reading() as session:
            rows = session.scalars(select(DeliveryRow).order_by(DeliveryRow.queued_at, DeliveryRow.id))
            return [row for row in rows if learner_id in {None, row.learner_id}]

    def states(self) -> list[tuple[str, str]]:
        """Return kind and state of each delivery."""
        return [(row.kind, row.state) for row in self.deliveries()]


class FickleMailer(MemoryMailer):
    """A way for mails that answers as it is told, then takes everything."""

    def __init__(self, *fates: Fate) -> None:
        super().__init__()
        self.fates = list(fates)

    def send(self, mail: Mail, *, now: datetime, meanwhile: Meanwhile = nothing) -> Answer:
        fate = self.fates.pop(0) if self.fates else Fate.TAKEN
        if fate is not Fate.TAKEN:
            return Answer(fate=fate, detail=f"said {fate}")
        return super().send(mail, now=now, meanwhile=meanwhile)


@contextmanager
def opened(settings: Settings, now: Now, mailer: Mailer | None = None) -> Iterator[Desk]:
    """Give a desk, and close its connections at the end."""
    engine = make_engine(settings.database)
    try:
        yield Desk(Context(settings=settings, engine=engine, mailer=mailer or MemoryMailer(), now=now))
    finally:
        engine.dispose()
