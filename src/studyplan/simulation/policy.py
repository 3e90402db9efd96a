"""What stands between a simulated learner and whatever tells it what to do today."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from studyplan.domain.memory import Rating
from studyplan.domain.plan import FinishRange, RecallForecast
from studyplan.simulation.course import Course, Term


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """One item of a day: a review, a first reading, or a part of one. `i` is the position in the course."""

    i: int
    minutes: float
    review: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """What the learner reports: the rating of a review; of a first reading the minutes, and whether it is read."""

    i: int
    day: int
    minutes: float
    rating: Rating | None = None
    read: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Promise:
    """What a policy showed the learner on a day."""

    day: int
    reviews_before: int
    recall: RecallForecast
    finish: FinishRange
    left_out: frozenset[int]


class Policy(Protocol):
    """Tells the learner what to do, and hears what was done. It never sees the truth."""

    def today(self, day: int, minutes: float) -> Sequence[Task]:
        """Return the day's items in the order to do them."""

    def note(self, done: Done) -> None:
        """Take in one finished item."""

    @property
    def promises(self) -> Sequence[Promise]:
        """Return what was promised so far; nothing when the policy makes no forecast."""


MakePolicy = Callable[[Course, Term], Policy]
