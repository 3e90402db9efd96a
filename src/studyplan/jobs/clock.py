"""The clock: the only home of APScheduler. Four fixed ticks in memory; whose turn it is stands in the database."""

import logging
import threading
from collections.abc import Callable
from typing import Any

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from studyplan.jobs import ticks
from studyplan.jobs.context import Context
from studyplan.jobs.lock import make_lock
from studyplan.jobs.runner import Runner
from studyplan.store.database import OUT_OF_REACH

_log = structlog.get_logger(__name__)
logging.getLogger("apscheduler").setLevel(logging.WARNING)  # it tells of every run of every tick

TICKS: tuple[tuple[Callable[[Context, Runner], Any], int], ...] = (
    (ticks.queue_digests, 30),
    (ticks.roll_over, 60),
    (ticks.sweep, 10),
    (ticks.purge, 3600),
)
JOB_DEFAULTS = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
LOCK_EVERY_SECONDS = 1.0


def run_clock(context: Context, runner: Runner, stop: threading.Event, *, alone: bool = False) -> None:
    """Tick while this process holds the lock, else stand by; return once `stop` is set.

    `alone`: this process is the only one that sends, so that whatever is being sent at its start no longer is.
    """
    lock, scheduler = make_lock(context), None
    try:
        while not stop.is_set():
            is_held = lock.acquire()
            if is_held and scheduler is None:
                scheduler = _start(context, runner, alone=alone)
            elif not is_held and scheduler is not None:
                _log.warning("the clock has lost its lock")
                scheduler.shutdown(wait=False)
                scheduler = None
            stop.wait(LOCK_EVERY_SECONDS)
    finally:
        if scheduler is not None:
            scheduler.shutdown()
        lock.release()


def _start(context: Context, runner: Runner, *, alone: bool) -> BackgroundScheduler | None:
    """Start the ticks; each comes once at once, for whatever was missed. None while the database cannot be written."""
    try:
        ticks.begin(context, runner, alone=alone)
    except OUT_OF_REACH as error:
        _log.warning("the clock cannot start yet", error=str(error))
        return None
    executor = ThreadPoolExecutor(1)
    scheduler = BackgroundScheduler(executors={"default": executor}, job_defaults=JOB_DEFAULTS, timezone="UTC")
    for tick, seconds in TICKS:
        scheduler.add_job(
            tick, "interval", seconds=seconds, args=(context, runner), id=tick.__name__, next_run_time=context.now()
        )
    scheduler.start()
    _log.info("the clock ticks")
    return scheduler
