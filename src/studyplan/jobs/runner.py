"""Where jobs run. A job names its handler and at most one learner: all state is in the rows."""

import queue
import threading
import time
from dataclasses import replace
from functools import partial
from typing import Protocol

import structlog
from sqlalchemy import event
from sqlalchemy.orm import Session

from studyplan.domain.catalog import LearnerId
from studyplan.jobs.context import Context
from studyplan.jobs.handlers import HANDLERS, PLAN

_log = structlog.get_logger(__name__)
_WAITING = "studyplan_jobs"
PATIENCE_SECONDS = 0.1
"""How long a plan waits: the page that follows a rating comes first, and ratings in a row are planned for once."""

Job = tuple[str, LearnerId | None]


class Runner(Protocol):
    """The one seam between those who ask for work and those who do it."""

    def submit(self, name: str, learner_id: LearnerId | None, session: Session) -> None:
        """Let a handler run once the session's transaction is committed, never when it is rolled back."""
        ...


class LocalRunner:
    """Runs jobs in a few threads of this process. The same job is never run twice at a time."""

    def __init__(self, context: Context, *, threads: int = 2) -> None:
        self._stopping = threading.Event()
        self._context = replace(context, stopping=self._stopping)
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._waiting: set[Job] = set()
        self._running: set[Job] = set()
        self._threads = [threading.Thread(target=self._work, name=f"worker-{n}", daemon=True) for n in range(threads)]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float = 30.0) -> None:
        """Finish what is running, the mail of a batch too, and let go of what waits: its rows bring it back."""
        self._stopping.set()
        with self._lock:
            self._waiting.clear()
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join(seconds)

    def submit(self, name: str, learner_id: LearnerId | None, session: Session) -> None:
        """Queue a job at the session's commit."""
        session.info.setdefault(_WAITING, []).append(partial(self._put, (name, learner_id)))

    def _put(self, job: Job) -> None:
        with self._lock:
            if job in self._waiting:
                return
            self._waiting.add(job)
            if job not in self._running:
                self._queue.put(job)

    def _work(self) -> None:
        while (job := self._queue.get()) is not None:
            if job[0] == PLAN:
                time.sleep(PATIENCE_SECONDS)
            with self._lock:
                if job not in self._waiting or job in self._running:
                    continue
                self._waiting.discard(job)
                self._running.add(job)
            run(self._context, *job)
            with self._lock:
                self._running.discard(job)
                if job in self._waiting:
                    self._queue.put(job)


def run(context: Context, name: str, learner_id: LearnerId | None) -> bool:
    """Run one job and say whether it succeeded. Whatever goes wrong is told and not passed on."""
    try:
        HANDLERS[name](context, learner_id)
    except Exception:  # noqa: BLE001 whatever it is, the next job has to run
        _log.exception("job failed", job=name, learner=learner_id)
        return False
    return True


@event.listens_for(Session, "after_commit")
def _release(session: Session) -> None:
    if not session.in_nested_transaction():
        for put in session.info.pop(_WAITING, ()):
            put()


@event.listens_for(Session, "after_rollback")
def _discard(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info.pop(_WAITING, None)
