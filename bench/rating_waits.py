"""How long a rating waits for the others that write on SQLite, and who holds the database how long.

Signing up, wrong sign-ins, sending digests, planning and feed bookkeeping go on at once in threads of one process, as
`studyplan serve` runs them.
"""

import argparse
import statistics
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from argon2 import PasswordHasher
from sqlalchemy import Connection, event, update

import crowd
from studyplan.cli.migrations import upgrade
from studyplan.cli.serve import TURN_SECONDS
from studyplan.domain.catalog import LearnerId
from studyplan.domain.memory import Rating
from studyplan.jobs import ticks
from studyplan.jobs.context import Context, make_context
from studyplan.jobs.handlers import plan_learner
from studyplan.jobs.sending import send_due
from studyplan.publish.outbox import MemoryMailer
from studyplan.services import accounts, due, review
from studyplan.services.review import Finishing
from studyplan.settings import load
from studyplan.store.rows import DeliveryRow

RATERS = 4
WRITES = "BEGIN IMMEDIATE"


class NoRunner:
    """Takes jobs and forgets them."""

    def submit(self, *_job: object) -> None:
        """Do nothing."""


class Watch:
    """Notes by thread how long each write transaction held the database, and how long each rating took in all."""

    def __init__(self, context: Context) -> None:
        self.ratings: list[tuple[float, float]] = []
        self.holds: dict[str, list[float]] = defaultdict(list)
        self._since = threading.local()
        event.listen(context.engine, "after_cursor_execute", self._got)
        event.listen(context.engine, "commit", self._left)

    def _got(self, _connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        if statement == WRITES:
            self._since.got = time.perf_counter()

    def _left(self, connection: Connection) -> None:
        if not connection.get_execution_options().get("studyplan_read_only", False):
            self.holds[threading.current_thread().name].append(time.perf_counter() - self._since.got)


def make_learners(context: Context) -> list[LearnerId]:
    """Add learners who rate, and many whose digests are due."""
    now = context.now()
    with context.writing() as session:
        raters = [crowd.add_learner(session, f"rater-{number}@example.org", now=now) for number in range(RATERS)]
        crowd.add_copies(session, raters[0], 500)
    return raters


def rate(context: Context, learner_id: LearnerId, keys: count, watch: Watch) -> None:  # type: ignore[type-arg]
    """Rate what is due, or what falls due within the year; note how long it waited and how long it took with that."""
    now = context.now() + timedelta(days=200)
    with context.reading() as session:
        items = due.list_due(session, learner_id, limit=1, now=now)
    if items:
        finishing = Finishing(rating=Rating.CLEAR, key=f"rating-{next(keys):08}")
        asked = time.perf_counter()
        with context.reading() as session:
            ready = review.prepare(session, learner_id, now=now)
        ready_at = time.perf_counter()
        with context.writing() as session:
            session.connection()
            waited = time.perf_counter() - ready_at
            review.finish(session, learner_id, items[0].occurrence.id, finishing, ready=ready, now=now)
        watch.ratings.append((waited, time.perf_counter() - asked))
    time.sleep(0.5)


def sign_up(context: Context, keys: count) -> None:  # type: ignore[type-arg]
    """Hash a password, then add an account."""
    hashed = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1).hash("a quiet shelf of books")
    with context.writing() as session:
        accounts.sign_up(session, email=f"new-{next(keys)}@example.org", password_hash=hashed, now=context.now())
    time.sleep(0.2)


def sign_in_wrongly(context: Context) -> None:
    """Verify a password against another's hash; nothing is written."""
    with context.reading() as session:
        accounts.find_credentials(session, "rater-0@example.org")
    PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1).hash("another shelf of books")
    time.sleep(0.2)


def send(context: Context) -> None:
    """Send everybody's digest again."""
    with context.writing() as session:
        session.execute(update(DeliveryRow).values(state="queued", next_at=context.now(), attempt=0))
    send_due(context)


def measure(seconds: float) -> Watch:
    """Let all write at once for a while."""
    with tempfile.TemporaryDirectory() as name:
        settings = load(_env_file=None, data_dir=Path(name), database_url="", secret_key="s" * 40)
        moment = datetime.now(UTC)
        context = replace(make_context(settings, now=lambda: moment), mailer=MemoryMailer())
        upgrade(context.engine)
        raters, keys, stop = make_learners(context), count(), threading.Event()
        ticks.queue_digests(context, NoRunner())
        watch = Watch(context)
        work: list[tuple[str, Callable[[], None]]] = [
            *(
                (f"rating {learner_id}", lambda who=learner_id: rate(context, who, keys, watch))
                for learner_id in raters
            ),
            ("planning", lambda: plan_learner(context, raters[next(keys) % RATERS])),
            ("digests", lambda: send(context)),
            ("sign-up", lambda: sign_up(context, keys)),
            ("wrong sign-in", lambda: sign_in_wrongly(context)),
            ("clock", lambda: (ticks.sweep(context, NoRunner()), time.sleep(1))[0]),
        ]
        threads = [threading.Thread(target=_repeat, args=(each, stop), name=name) for name, each in work]
        for thread in threads:
            thread.start()
        time.sleep(seconds)
        stop.set()
        for thread in threads:
            thread.join()
        context.engine.dispose()
    return watch


def _repeat(work: Callable[[], None], stop: threading.Event) -> None:
    while not stop.is_set():
        work()


def main() -> None:
    """Print the waits of ratings and the holds of all writers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30)
    sys.setswitchinterval(TURN_SECONDS)
    watch = measure(parser.parse_args().seconds)
    for what, seconds in zip(("waited", "took in all"), zip(*watch.ratings, strict=True), strict=True):
        p95 = sorted(seconds)[int(len(seconds) * 0.95)] * 1000
        print(f"{len(seconds)} ratings {what} {statistics.median(seconds) * 1000:.1f} ms, p95 {p95:.1f} ms (goal 100)")
    for name, holds in sorted(watch.holds.items()):
        p95 = sorted(holds)[int(len(holds) * 0.95)] * 1000
        print(f"  {name:16} {len(holds):6d} writes, held {statistics.median(holds) * 1000:6.1f} ms, p95 {p95:6.1f} ms")


if __name__ == "__main__":
    main()
