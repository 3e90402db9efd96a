"""Waitress, with a stop that lets every request that has begun end."""

import signal
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import waitress

from studyplan.domain.errors import Invalid
from studyplan.web.app import BIGGEST_REQUEST_BYTES

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

THREADS = 32
"""More than may wait for their turn to hash a password (web/hashing.py), so that pages never wait behind sign-ins."""

LONGEST_STOP_SECONDS = 20.0
MOST_BODY_BYTES = 2 * BIGGEST_REQUEST_BYTES
"""Longer bodies are cut off before they fill the disk; up to here the application's own page says what is too big."""


def serve_until(app: "WSGIApplication", listen: str, stop: threading.Event, on_listening: Callable[[], None]) -> None:
    """Answer requests until `stop` is set; then accept no new ones and finish those that have begun.

    Invalid when nothing can listen there.
    """
    try:
        server = waitress.create_server(
            app, listen=listen, threads=THREADS, ident=None, max_request_body_size=MOST_BODY_BYTES
        )
    except OSError as error:
        reason = f"{listen} cannot be listened on: {error.strerror}"
        raise Invalid(f"{reason}. Set STUDYPLAN_LISTEN to another place, such as 127.0.0.1:8001.") from error
    on_listening()
    while not stop.is_set():
        _turn(server, 0.2)
    server.handle_accept()
    server.del_channel()
    server.socket.close()
    deadline = time.monotonic() + LONGEST_STOP_SECONDS
    while time.monotonic() < deadline and _is_busy(server):
        _turn(server, 0.05)
    server.task_dispatcher.shutdown()
    server.asyncore.close_all(server._map)  # noqa: SLF001 its own run() does the same


def stop_on_signals(stop: threading.Event) -> None:
    """Set an event when the process is asked to end, by SIGTERM or Ctrl-C, once or many times.

    A thread sets it: a handler interrupts the main thread anywhere, even where that holds the event's own lock.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: threading.Thread(target=stop.set).start())


def _turn(server: waitress.server.BaseWSGIServer, seconds: float) -> None:
    server.asyncore.loop(timeout=seconds, use_poll=True, map=server._map, count=1)  # noqa: SLF001 run() has no end


def _is_busy(server: waitress.server.BaseWSGIServer) -> bool:
    return any(
        channel.requests or channel.request is not None or channel.total_outbufs_len
        for channel in list(server.active_channels.values())
    )
