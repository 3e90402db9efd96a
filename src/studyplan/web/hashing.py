"""A turnstile before the password hashes: each takes a core for a while, and pages must not wait for them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from werkzeug.exceptions import ServiceUnavailable

MOST_AT_ONCE, WAITING = 8, 16
"""Together fewer than the threads that serve pages (cli/server.py), on however many cores."""
AT_ONCE = max(1, min(MOST_AT_ONCE, (os.cpu_count() or 1) // 2))

RETRY_AFTER_SECONDS = 1

_places = BoundedSemaphore(AT_ONCE + WAITING)
_turns = BoundedSemaphore(AT_ONCE)


@contextmanager
def turn() -> Iterator[None]:
    """Wait for one's turn to hash; 503 when too many wait already. Hold no transaction meanwhile."""
    if not _places.acquire(blocking=False):
        raise ServiceUnavailable(retry_after=RETRY_AFTER_SECONDS)
    try:
        with _turns:
            yield
    finally:
        _places.release()
