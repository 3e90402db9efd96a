"""Waitress, with a stop that lets every request that has begun end."""

import signal
import threading
import time
from typing import TYPE_CHECKING, Any

import waitress
from waitress.server import BaseWSGIServer
from waitress.wasyncore import close_all, loop

from studyplan.domain.errors import Invalid
from studyplan.web.app import BIGGEST_REQUEST_BYTES

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

THREADS = 32
"""More than may wait for their turn to hash a password (web/hashing.py), so that pages never wait behind sign-ins."""

LONGEST_STOP_SECONDS = 20.0
MOST_CONNECTIONS = 800
"""Fewer than the files that a process may open, by default 1,024."""
IDLE_SECONDS = 60
MOST_BODY_BYTES = 2 * BIGGEST_REQUEST_BYTES
"""Longer bodies are cut off before they fill the disk; up to here the application's own page says what is too big."""


class Server:
    """Listens from the beginning on; Invalid when nothing can listen there.

    A name may stand for several sockets, such as those of both versions of IP. Who has sent a request through which
    proxy is the application's to judge: waitress leaves the headers that tell it.
    """

    def __init__(self, app: "WSGIApplication", listen: str) -> None:
        self._sockets: dict[int, Any] = {}
        try:
            self._waitress = waitress.create_server(
                app,
                map=self._sockets,
                listen=listen,
                threads=THREADS,
                ident=None,
                max_request_body_size=MOST_BODY_BYTES,
                connection_limit=MOST_CONNECTIONS,
                channel_timeout=IDLE_SECONDS,
                clear_untrusted_proxy_headers=False,
            )
        except (OSError, ValueError) as error:
            close_all(self._sockets)
            reason = f"{listen} cannot be listened on: {getattr(error, 'strerror', None) or error}"
            raise Invalid(f"{reason}. Set STUDYPLAN_LISTEN to another place, such as 127.0.0.1:8001.") from error

    def serve_until(self, stop: threading.Event) -> None:
        """Answer requests until `stop` is set; then accept no new ones and finish those that have begun."""
        while not stop.is_set():
            self._turn(0.2)
        listening = [each for each in self._sockets.values() if isinstance(each, BaseWSGIServer)]
        for each in listening:
            each.handle_accept()
            each.del_channel()
            each.socket.close()
        deadline = time.monotonic() + LONGEST_STOP_SECONDS
        while time.monotonic() < deadline and any(map(_is_busy, listening)):
            self._turn(0.05)
        self._waitress.task_dispatcher.shutdown()
        close_all(self._sockets)

    def _turn(self, seconds: float) -> None:
        loop(timeout=seconds, use_poll=True, map=self._sockets, count=1)


def stop_on_signals(stop: threading.Event) -> None:
    """Set an event when the process is asked to end, by SIGTERM or Ctrl-C, once or many times.

    A thread sets it: a handler interrupts the main thread anywhere, even where that holds the event's own lock.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: threading.Thread(target=stop.set).start())


def _is_busy(server: BaseWSGIServer) -> bool:
    return any(
        channel.requests or channel.request is not None or channel.total_outbufs_len
        for channel in list(server.active_channels.values())
    )
