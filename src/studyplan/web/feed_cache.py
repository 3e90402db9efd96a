"""Feeds that were found and built already: as many bytes as fit, the longest unused go first."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from studyplan.services.feed_polls import FoundFeed

MOST_BYTES = 32 * 1024 * 1024
OWN_BYTES = 2_000
"""What a feed takes beside its bodies."""


class Answer(NamedTuple):
    """A whole response."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes = b""


@dataclass(frozen=True, kw_only=True, slots=True)
class Body:
    """A built feed, plain and compressed, and when it changed last."""

    plain: Answer
    gzipped: Answer
    changed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """What a feed's address led to and its tags; its body once somebody needed that."""

    found: FoundFeed
    tag: str
    gzipped_tag: str
    body: Body | None = None

    @property
    def bytes(self) -> int:
        """Return how much memory it takes, about."""
        return OWN_BYTES + (len(self.body.plain.body) + len(self.body.gzipped.body) if self.body else 0)


class FeedCache:
    """Feeds by the path that they were asked for by. Its size does not grow with the number of learners."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, path: str) -> Kept | None:
        """Return what is kept for a path."""
        with self._lock:
            kept = self._kept.get(path)
            if kept is not None:
                self._kept.move_to_end(path)
            return kept

    def put(self, path: str, kept: Kept) -> None:
        """Keep it, in the place of what was kept for the path before."""
        with self._lock:
            self._forget(path)
            self._kept[path] = kept
            self._bytes += kept.bytes
            while self._bytes > self._most_bytes:
                self._forget(next(iter(self._kept)))

    def forget(self, path: str) -> None:
        """Keep nothing for a path: it leads nowhere any more."""
        with self._lock:
            self._forget(path)

    def _forget(self, path: str) -> None:
        kept = self._kept.pop(path, None)
        if kept is not None:
            self._bytes -= kept.bytes
