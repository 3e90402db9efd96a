"""`studyplan serve`, `web`, `clock` and `worker`: everything in one process, or one role each."""

import gc
import sys
import threading
from argparse import Namespace
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib import import_module
from typing import Any

from sqlalchemy.engine import make_url

from studyplan.cli.command import Command
from studyplan.cli.server import Server, stop_on_signals
from studyplan.cli.upgrade import upgrade
from studyplan.domain.errors import Conflict, Invalid
from studyplan.jobs.clock import run_clock
from studyplan.jobs.context import Context, make_context
from studyplan.jobs.runner import LocalRunner, Runner
from studyplan.services import health
from studyplan.settings import Settings
from studyplan.store.database import make_engine
from studyplan.web.app import create_app
from studyplan.web.log import set_up_logging
from studyplan.web.work import Submit

GARBAGE_AFTER = 20_000
"""After how many new values the garbage collector looks for cycles: Python's usual is 700."""
TURN_SECONDS = 0.0001
"""How long a thread that plans may keep one waiting that has a page to show: Python's usual is fifty times that."""


def serve(_arguments: Namespace, settings: Settings) -> None:
    """Bring the database up to date, then serve pages, tick and run jobs in this process."""
    upgrade(settings)
    with _role(settings) as (context, runner, stop):
        is_alone = context.engine.dialect.name == "sqlite"
        work = [partial(run_clock, context, runner, stop, alone=is_alone)]
        if settings.runner == "procrastinate":
            work.append(partial(_queue().run_worker, context, stop))
        server = Server(create_app(settings, submit=runner.submit), settings.listen)
        with _threads(work, stop):
            print(_greeting(settings), flush=True)
            server.serve_until(stop)


def web(_arguments: Namespace, settings: Settings) -> None:
    """Serve pages only."""
    with _role(settings) as (_context, runner, stop):
        server = Server(create_app(settings, submit=runner.submit), settings.listen)
        print(_greeting(settings), flush=True)
        server.serve_until(stop)


def clock(_arguments: Namespace, settings: Settings) -> None:
    """Tick only, or stand by while another clock ticks."""
    with _role(settings) as (context, runner, stop):
        run_clock(context, runner, stop)


def worker(_arguments: Namespace, settings: Settings) -> None:
    """Run jobs only. Invalid when the other processes run theirs themselves."""
    if settings.runner != "procrastinate":
        raise Invalid("A worker of its own needs STUDYPLAN_RUNNER=procrastinate; `studyplan serve` runs jobs itself.")
    with _role(settings) as (context, _runner, stop):
        _queue().run_worker(context, stop)


def find_submit(settings: Settings) -> Submit | None:
    """Return the way to the workers for an application on any WSGI server; None where each request plans itself."""
    if settings.runner != "procrastinate":
        return None
    engine = make_engine(settings.database)
    _queue().install(engine)
    engine.dispose()  # a server that forks must not hand on an open connection
    submit: Submit = _queue().ProcrastinateRunner().submit
    return submit


def settle_in() -> None:
    """Prepare the interpreter for a long life of short works.

    All that is loaded by now stays for good, so that the garbage collector need not look through it time and again, and
    it looks more rarely: a mail or a page makes thousands of values that are gone with it.
    """
    gc.freeze()
    gc.set_threshold(GARBAGE_AFTER)
    sys.setswitchinterval(TURN_SECONDS)


@contextmanager
def _role(settings: Settings) -> Iterator[tuple[Context, Runner, threading.Event]]:
    """Give what a role works with, and let what it has begun end after it."""
    set_up_logging()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    stop, context = threading.Event(), make_context(settings)
    stop_on_signals(stop)
    settle_in()
    with ExitStack() as stack:
        stack.callback(context.engine.dispose)
        with context.reading() as session:
            if problems := health.list_problems(session):
                raise Conflict(" ".join(problems))
        if settings.runner == "procrastinate":
            _queue().install(context.engine)
            runner: Runner = _queue().ProcrastinateRunner()
        else:
            runner = local = LocalRunner(context)
            local.start()
            stack.callback(local.stop)
        yield context, runner, stop


@contextmanager
def _threads(work: list[partial[None]], stop: threading.Event) -> Iterator[None]:
    """Do all of the work beside what the caller does. What fails stops it all, and is raised in the end."""
    with ThreadPoolExecutor(len(work)) as pool:
        running = [pool.submit(part) for part in work]
        for one in running:
            one.add_done_callback(lambda _: stop.set())
        try:
            yield
        finally:
            stop.set()
    for one in running:
        one.result()


def _queue() -> Any:
    """Return the module that needs Procrastinate, which only those who chose it have installed."""
    try:
        return import_module("studyplan.jobs.runner_procrastinate")
    except ModuleNotFoundError as error:
        raise Invalid(f"STUDYPLAN_RUNNER=procrastinate needs {error.name}: install studyplan[postgres].") from None


def _greeting(settings: Settings) -> str:
    mail = "the mail server that STUDYPLAN_SMTP_URL names"
    if not settings.smtp_url.get_secret_value():
        mail = f"{settings.data_dir / 'outbox'} (read it at {settings.site}/dev/mail)"
    database = make_url(settings.database).render_as_string()
    return f"Studyplan: {settings.site}\n  data: {database}\n  mail: {mail}\nStop with Ctrl-C."


COMMANDS = (
    Command(
        name="serve",
        summary="Run the web pages, the clock and the jobs in one process.",
        example="studyplan serve",
        run=serve,
    ),
    Command(name="web", summary="Serve the web pages only.", example="studyplan web", run=web),
    Command(
        name="clock",
        summary="Tick only; a second clock stands by until the first is gone.",
        example="studyplan clock",
        run=clock,
    ),
    Command(
        name="worker",
        summary="Run jobs only (with STUDYPLAN_RUNNER=procrastinate).",
        example="STUDYPLAN_RUNNER=procrastinate studyplan worker",
        run=worker,
    ),
)
