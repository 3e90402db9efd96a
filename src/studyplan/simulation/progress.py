"""A line on a terminal that says how far a long run is and when it should end."""

import time
from typing import TextIO


class Progress:
    """Counts steps of a known total and rewrites one line, at most a few times a second."""

    def __init__(self, total: int, out: TextIO) -> None:
        self._total, self._out = total, out
        self._done, self._started, self._shown = 0, time.monotonic(), 0.0

    def step(self) -> None:
        """Count one step."""
        self._done += 1
        now = time.monotonic()
        if now - self._shown < 0.5 and self._done < self._total:
            return
        self._shown = now
        left = (now - self._started) / self._done * (self._total - self._done)
        self._out.write(f"\r{self._done} of {self._total}, about {left / 60:.1f} min left ")
        if self._done == self._total:
            self._out.write("\n")
        self._out.flush()
