"""`studyplan serve`, `web`, `clock` and `worker`: everything in one process, or one role each."""

import threading
from argparse import Namespace

from studyplan.cli.command import Command
from studyplan.cli.server import serve_until, stop_on_signals
from studyplan.cli.upgrade import upgrade
from studyplan.jobs.clock import run_clock
from studyplan.jobs.context import make_context
from studyplan.jobs.runner import LocalRunner
from studyplan.settings import Settings
from studyplan.web.app import create_app
from studyplan.web.log import set_up_logging


def serve(_arguments: Namespace, settings: Settings) -> None:
    """Migrate, load the catalogs, and run web pages, clock and jobs in this process until it is asked to stop."""
    set_up_logging()
    upgrade(settings)
    stop = threading.Event()
    stop_on_signals(stop)
    context = make_context(settings)
    runner = LocalRunner(context)
    runner.start()
    clock = threading.Thread(target=run_clock, args=(context, runner, stop), kwargs={"alone": True}, name="clock")
    clock.start()
    app = create_app(settings, submit=runner.submit)
    try:
        serve_until(app, settings.listen, stop, lambda: print(_greeting(settings), flush=True))
    finally:
        stop.set()
        clock.join()
        runner.stop()
        context.engine.dispose()


def _greeting(settings: Settings) -> str:
    mail = "the mail server that STUDYPLAN_SMTP_URL names"
    if not settings.smtp_url.get_secret_value():
        mail = f"{settings.data_dir / 'outbox'} (read it at {settings.site}/dev/mail)"
    return f"Studyplan: {settings.site}\n  data: {settings.database}\n  mail: {mail}\nStop with Ctrl-C."


SERVE = Command(
    name="serve",
    summary="Run the web pages, the clock and the jobs in one process.",
    example="studyplan serve",
    run=serve,
)
