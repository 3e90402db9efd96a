"""How other products spend a day: first what is due, the longest due first, then the next reading."""

from collections.abc import Callable, Sequence

from studyplan.simulation.course import Course, Term
from studyplan.simulation.policy import Done, Promise, Task
from studyplan.simulation.spacings import AnkiSm2, FixedRetention, Ladder, Leitner, ReadOnly, Sm2, Spacing

LEAST_PART_MINUTES = 6.0


def next_readings(course: Course, unread: dict[int, float], minutes: float) -> list[Task]:
    """Return first readings in curriculum order that fill the minutes, the last one in part.

    Every policy here may read in parts, as the planner does: else a reading longer than a day would block it.
    """
    tasks = []
    for i in sorted(unread, key=lambda i: (unread[i] == course[i].minutes, i)):
        part = min(unread[i], minutes)
        if part < min(unread[i], LEAST_PART_MINUTES):
            break
        tasks.append(Task(i=i, minutes=part, review=False))
        minutes -= part
    return tasks


class DueQueue:
    """Due reviews before new readings; while readings are unread reviews may be held to a share of the minutes."""

    promises: Sequence[Promise] = ()

    def __init__(self, course: Course, spacing: Callable[[], Spacing], review_share: float = 1.0) -> None:
        self._course, self._review_share = course, review_share
        self._spacings = [spacing() for _ in course]
        self._due: dict[int, int] = {}
        self._unread = {i: reading.minutes for i, reading in enumerate(course)}
        self._spent = self._spent_on_reviews = 0.0

    def today(self, day: int, minutes: float) -> Sequence[Task]:
        """Return the items of one day."""
        tasks: list[Task] = []
        room = minutes
        if self._unread:
            room = min(room, self._review_share * (self._spent + minutes) - self._spent_on_reviews)
        for i in sorted((i for i, due in self._due.items() if due <= day), key=lambda i: (self._due[i], i)):
            cost = self._course[i].review_minutes
            if cost <= room:
                room -= cost
                tasks.append(Task(i=i, minutes=cost, review=True))
        return tasks + next_readings(self._course, self._unread, minutes - sum(task.minutes for task in tasks))

    def note(self, done: Done) -> None:
        """Remember one finished item."""
        self._spent += done.minutes
        if done.rating is not None:
            self._spent_on_reviews += done.minutes
            self._schedule(done.i, self._spacings[done.i].rate(done.rating, done.day))
            return
        self._unread[done.i] -= done.minutes
        if done.read:
            del self._unread[done.i]
            self._schedule(done.i, self._spacings[done.i].start(done.day))

    def _schedule(self, i: int, due: int | None) -> None:
        self._due.pop(i, None)
        if due is not None:
            self._due[i] = due


def _queue(spacing: Callable[[], Spacing], review_share: float = 1.0) -> Callable[[Course, Term], DueQueue]:
    return lambda course, _term: DueQueue(course, spacing, review_share)


def _fsrs(retention: float) -> Callable[[], Spacing]:
    return lambda: FixedRetention(retention)


QUEUES = {
    "read-only": _queue(ReadOnly),
    "ladder": _queue(Ladder),
    "leitner": _queue(Leitner),
    "sm2": _queue(Sm2),
    "anki": _queue(AnkiSm2),
    "fsrs70": _queue(_fsrs(0.7)),
    "fsrs80": _queue(_fsrs(0.8)),
    "fsrs90": _queue(_fsrs(0.9)),
    "quota": _queue(_fsrs(0.9), review_share=0.3),
}
