"""What the tests of the whole program share: a clock that moves, and the shapes of the fixtures."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from studyplan.domain.catalog import LearnerId

Value = TypeVar("Value")
Run = Callable[..., str]
"""Run a command and return what it printed."""

PASSWORD = "a quiet shelf of books"
WEEK = {"d0": "0", "d1": "40", "d2": "0", "d3": "40", "d4": "0", "d5": "60", "d6": "0"}
SETTINGS = {**WEEK, "zone": "Europe/Berlin", "w5": "1.5", "w4": "1.0"}
AGREED = {"agreed": "1"}
"""What the page of a proposed change adds to its form."""


@dataclass
class Clock:
    """The time that a test lets pass."""

    now: datetime = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        """Let time pass: days, hours, minutes, seconds."""
        self.now += timedelta(**by)


class SignUp(Protocol):
    """Make a learner and sign a browser in."""

    def __call__(self, email: str = ..., *, browser: FlaskClient | None = ...) -> LearnerId: ...


class Submit(Protocol):
    """Send the form at `path` that stands on the page `on`."""

    def __call__(
        self, path: str, *, on: str | None = ..., browser: FlaskClient | None = ..., **fields: str
    ) -> TestResponse: ...


class Look(Protocol):
    """Return what a function reads in a transaction of its own."""

    def __call__(self, read: Callable[[Session], Value]) -> Value: ...
