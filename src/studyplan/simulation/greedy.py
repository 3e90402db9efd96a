"""A baseline of our own: whatever buys most recall at the horizon per minute, until the day is full."""

from collections.abc import Sequence

import numpy as np

from studyplan.domain.memory import FSRS6, Memory, Rating, first_memory, review
from studyplan.domain.memory_batch import expected_step, recall_after
from studyplan.simulation.course import Course, Term, date_of
from studyplan.simulation.policy import Done, Promise, Task
from studyplan.simulation.queues import LEAST_PART_MINUTES


class Greedy:
    """Marginal value per minute by FSRS-6 with the package's parameters; reviews and open readings compete."""

    promises: Sequence[Promise] = ()

    def __init__(self, course: Course, term: Term) -> None:
        self._course, self._term = course, term
        self._memories: dict[int, Memory] = {}
        self._unread = {i: reading.minutes for i, reading in enumerate(course)}

    def today(self, day: int, minutes: float) -> Sequence[Task]:
        """Return the items of one day."""
        worth = {**self._worth_of_reviews(day), **self._worth_of_readings(day)}
        tasks = []
        for i in sorted(worth, key=lambda i: -worth[i]):
            review_now = i in self._memories
            wanted = self._course[i].review_minutes if review_now else self._unread[i]
            least = wanted if review_now else min(wanted, LEAST_PART_MINUTES)
            if least <= minutes:
                tasks.append(Task(i=i, minutes=min(wanted, minutes), review=review_now))
                minutes -= tasks[-1].minutes
        return tasks

    def _worth_of_reviews(self, day: int) -> dict[int, float]:
        """Return what a minute of each review adds to the expected recall at the horizon, where it adds any."""
        read = sorted(self._memories)
        stability = np.array([self._memories[i].stability for i in read])
        difficulty = np.array([self._memories[i].difficulty for i in read])
        last = np.array([(self._memories[i].last_on - date_of(0)).days for i in read])
        stronger, _ = expected_step(stability, difficulty, recall_after(stability, day - last, FSRS6), FSRS6)
        horizon = self._term.horizon
        gain = recall_after(stronger, horizon - day, FSRS6) - recall_after(stability, horizon - last, FSRS6)
        worth = {
            i: self._course[i].weight * g / self._course[i].review_minutes
            for i, g in zip(read, gain.tolist(), strict=True)
        }
        return {i: w for i, w in worth.items() if w > 0}

    def _worth_of_readings(self, day: int) -> dict[int, float]:
        """Return what a minute of each open reading adds; a started one counts the minutes still to read."""
        first = first_memory(Rating.CLEAR, date_of(day), FSRS6.version)
        recall = float(recall_after(np.array(first.stability), self._term.horizon - day, FSRS6))
        return {
            i: self._course[i].weight * recall / left
            for i, left in self._unread.items()
            if not self._course[i].builds_on & self._unread.keys()
        }

    def note(self, done: Done) -> None:
        """Remember one finished item."""
        on = date_of(done.day)
        if done.rating is not None:
            self._memories[done.i] = review(self._memories[done.i], done.rating, on)
            return
        self._unread[done.i] -= done.minutes
        if done.read:
            del self._unread[done.i]
            self._memories[done.i] = first_memory(Rating.CLEAR, on, FSRS6.version)
