"""The published rules by which other schedulers choose the next date of one item. Days count from the start."""

import math
from typing import ClassVar, Protocol

from studyplan.domain.memory import FSRS6, Memory, Rating, first_memory, review
from studyplan.simulation.course import date_of


class Spacing(Protocol):
    """The state of one item in a scheduler."""

    def start(self, day: int) -> int | None:
        """Return the day of the first review after a first reading; None for never."""

    def rate(self, rating: Rating, day: int) -> int | None:
        """Return the day of the next review; None for never."""


class ReadOnly:
    """No reviews at all."""

    def start(self, day: int) -> int | None:  # noqa: ARG002 - the protocol's form
        """Return the first day of review."""
        return None

    def rate(self, rating: Rating, day: int) -> int | None:  # noqa: ARG002 - the protocol's form
        """Return the next day of review."""
        return None


class Ladder:
    """Reviews 1, 3, 7 and 30 days after the one before, whatever the rating; then no more."""

    RUNGS = (1, 3, 7, 30)

    def __init__(self) -> None:
        self._rung = 0

    def start(self, day: int) -> int | None:
        """Return the first day of review."""
        return day + self.RUNGS[0]

    def rate(self, rating: Rating, day: int) -> int | None:  # noqa: ARG002 - a fixed ladder asks nobody
        """Return the next day of review."""
        self._rung += 1
        return day + self.RUNGS[self._rung] if self._rung < len(self.RUNGS) else None


class Leitner:
    """Boxes with growing intervals; a lapse sends the item back to the first (Leitner 1972).

    Leitner's boxes have sizes, not days. Of the intervals in use these are the strongest here: doubling ones
    (1-2-4-8-16) and five boxes up to 30 days leave more readings unread.
    """

    BOXES = (1, 3, 7, 14, 30, 60)

    def __init__(self) -> None:
        self._box = 0

    def start(self, day: int) -> int | None:
        """Return the first day of review."""
        return day + self.BOXES[0]

    def rate(self, rating: Rating, day: int) -> int | None:
        """Return the next day of review."""
        self._box = 0 if rating is Rating.FORGOT else min(self._box + 1, len(self.BOXES) - 1)
        return day + self.BOXES[self._box]


class Sm2:
    """SM-2 as published by Wozniak (1990); Forgot, Hazy, Clear, Easy are its qualities 1, 3, 4, 5.

    Its repetition of poor items within the same day is left out: a text is not met twice a day.
    """

    QUALITY: ClassVar = {Rating.FORGOT: 1, Rating.HAZY: 3, Rating.CLEAR: 4, Rating.EASY: 5}
    LEAST_EASE = 1.3

    def __init__(self) -> None:
        self.ease = 2.5
        self._repetition, self._interval = 1, 1

    def start(self, day: int) -> int | None:
        """Return the first day of review."""
        return day + 1

    def rate(self, rating: Rating, day: int) -> int | None:
        """Return the next day of review."""
        quality = self.QUALITY[rating]
        if quality < 3:
            self._repetition, self._interval = 1, 1
            return day + 1
        self.ease = max(self.LEAST_EASE, self.ease + 0.1 - (5 - quality) * (0.08 + (5 - quality) * 0.02))
        self._repetition += 1
        self._interval = 6 if self._repetition == 2 else math.ceil(self._interval * self.ease - 1e-9)
        return day + self._interval


class AnkiSm2:
    """Anki's variant of SM-2 with its default options, without fuzz; a first reading graduates to one day."""

    LEAST_EASE, HARD, EASY_BONUS = 1.3, 1.2, 1.3

    def __init__(self) -> None:
        self.ease = 2.5
        self._interval, self._due = 1, 0

    def start(self, day: int) -> int | None:
        """Return the first day of review."""
        return self._schedule(1, day)

    def rate(self, rating: Rating, day: int) -> int | None:
        """Return the next day of review."""
        late = max(0, day - self._due)
        if rating is Rating.FORGOT:
            self.ease = max(self.LEAST_EASE, self.ease - 0.20)
            return self._schedule(1, day)
        hard = max(round(self._interval * self.HARD), self._interval + 1)
        if rating is Rating.HAZY:
            self.ease = max(self.LEAST_EASE, self.ease - 0.15)
            return self._schedule(hard, day)
        good = max(round((self._interval + late / 2) * self.ease), hard + 1)
        if rating is Rating.CLEAR:
            return self._schedule(good, day)
        easy = max(round((self._interval + late) * self.ease * self.EASY_BONUS), good + 1)
        self.ease += 0.15
        return self._schedule(easy, day)

    def _schedule(self, interval: int, day: int) -> int:
        self._interval, self._due = interval, day + interval
        return self._due


class FixedRetention:
    """FSRS-6 with the package's parameters: due when recall falls to the wanted retention."""

    LONGEST_DAYS = 36_500

    def __init__(self, retention: float) -> None:
        decay = FSRS6.weights[20]
        self._intervals_a_stability: float = (retention ** (-1 / decay) - 1) / (0.9 ** (-1 / decay) - 1)
        self._memory: Memory | None = None

    def start(self, day: int) -> int | None:
        """Return the first day of review."""
        self._memory = first_memory(Rating.CLEAR, date_of(day), FSRS6.version)
        return self._due(self._memory, day)

    def rate(self, rating: Rating, day: int) -> int | None:
        """Return the next day of review."""
        if self._memory is None:
            raise AssertionError
        self._memory = review(self._memory, rating, date_of(day))
        return self._due(self._memory, day)

    def _due(self, memory: Memory, day: int) -> int:
        return day + min(self.LONGEST_DAYS, max(1, round(memory.stability * self._intervals_a_stability)))
