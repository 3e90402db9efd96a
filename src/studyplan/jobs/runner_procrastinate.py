"""The runner for many machines: Procrastinate's queue, in the same PostgreSQL and the same transaction as the rows."""

import asyncio
import contextlib
import logging
import threading
from dataclasses import replace

import structlog
from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException, UniqueViolation
from procrastinate.jobs import Status
from procrastinate.schema import SchemaManager
from psycopg_pool import PoolTimeout
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from studyplan.domain.catalog import LearnerId
from studyplan.jobs.context import Context
from studyplan.jobs.handlers import HANDLERS

HEARTBEAT_SECONDS = 2.0
STALLED_SECONDS = 6.0
SWEEP_SECONDS = 2.0
AGAIN_SECONDS = 0.5
TASK = "studyplan"
INSTALL_KEY = 0x5175657565  # "Queue"

_log = structlog.get_logger(__name__)
logging.getLogger("procrastinate").setLevel(logging.WARNING)  # it tells of every job


def install(engine: Engine) -> bool:
    """Lay the queue's tables unless they are there; say whether they were not."""
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": INSTALL_KEY})
        if connection.scalar(text("SELECT to_regclass('procrastinate_jobs')")) is not None:
            return False
        driver = connection.connection.driver_connection
        if driver is not None:
            driver.execute(SchemaManager.get_schema())
    return True


class ProcrastinateRunner:
    """Defers jobs on the session's own connection, so that rows and job are committed together or not at all."""

    def __init__(self) -> None:
        self._app = App(connector=SyncPsycopgConnector())

    def submit(self, name: str, learner_id: LearnerId | None, session: Session) -> None:
        """Queue a job unless the same one waits already."""
        lock = f"{name} {learner_id or ''}"
        with contextlib.suppress(AlreadyEnqueued), session.begin_nested():
            connection = session.connection().connection.driver_connection
            deferrer = self._app.configure_task(TASK, connection=connection, queueing_lock=lock)
            deferrer.defer(name=name, learner_id=learner_id)


def run_worker(context: Context, stop: threading.Event, *, concurrency: int = 2) -> None:
    """Run jobs until `stop` is set; those that have begun are finished. A database that restarts is waited for."""
    context = replace(context, stopping=stop)
    while not stop.is_set():
        try:
            asyncio.run(_work(context, stop, concurrency))
        except (ConnectorException, PoolTimeout) as error:
            _log.warning("the queue is out of reach", reason=str(error) or type(error).__name__)
        stop.wait(AGAIN_SECONDS)


async def _work(context: Context, stop: threading.Event, concurrency: int) -> None:
    url = make_url(context.settings.database).set(drivername="postgresql")
    connector = PsycopgConnector(conninfo=url.render_as_string(hide_password=False))
    app = App(connector=connector)

    @app.task(name=TASK)
    def run(name: str, learner_id: int | None) -> None:
        HANDLERS[name](context, None if learner_id is None else LearnerId(learner_id))

    async with app.open_async():
        worker = asyncio.create_task(
            app.run_worker_async(
                concurrency=concurrency,
                delete_jobs="always",
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=STALLED_SECONDS,
                install_signal_handlers=False,
            )
        )
        while not stop.is_set() and not worker.done():
            await _take_up_stalled(app)
            await asyncio.to_thread(stop.wait, SWEEP_SECONDS)
        worker.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await worker


async def _take_up_stalled(app: App) -> None:
    """Queue again what a worker began that is not alive; drop it when the same job waits already."""
    try:
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
            try:
                await app.job_manager.retry_job(job)
            except UniqueViolation:
                await app.job_manager.finish_job(job, Status.ABORTED, delete_job=True)
    except ConnectorException:  # the database restarts; the worker itself waits for it too
        _log.warning("the queue cannot be swept just now")
