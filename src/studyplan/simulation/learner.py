"""A simulated learner: opens today, works through its items while minutes last, rates, and comes back."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from studyplan.domain.memory import Rating
from studyplan.simulation.course import Course, Term
from studyplan.simulation.policy import Done, MakePolicy, Policy, Promise, Task
from studyplan.simulation.truths import Truth

ROUNDING = 1e-6


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of one learner under one policy. Recall of what was never read is 0."""

    recall: tuple[float, ...]
    weekly_recall: tuple[float, ...]
    week_minutes: tuple[float, ...]
    met_on: tuple[tuple[int, ...], ...]
    days_over_budget: int
    out_of_order: int
    promises: tuple[Promise, ...]

    @property
    def mean_recall(self) -> float:
        """Return the mean over all readings."""
        return sum(self.recall) / len(self.recall)

    @property
    def read(self) -> int:
        """Return how many readings were read to their end."""
        return sum(map(bool, self.met_on))

    @property
    def last_read_day(self) -> int:
        """Return the day on which the last first reading ended."""
        return max((days[0] for days in self.met_on if days), default=0)


@dataclass(slots=True)
class _Luck:
    """The learner's chances, drawn beforehand, so that every policy meets the same."""

    draws: np.ndarray
    used: dict[int, int] = field(default_factory=dict)

    def rate(self, i: int, recall: float) -> Rating:
        """Return the next rating of a reading."""
        k = self.used.get(i, 0)
        self.used[i] = k + 1
        return noisy_rating(recall, *self.draws[i, k].tolist())


def noisy_rating(recall: float, chance: float, mood: float) -> Rating:
    """Return Forgot with probability 1 - recall, else Hazy, Clear or Easy drawn from recall; draws are uniform."""
    if chance >= recall:
        return Rating.FORGOT
    if mood < 0.30 * (1 - recall) + 0.05:
        return Rating.HAZY
    return Rating.EASY if mood > 1 - 0.35 * recall**2 else Rating.CLEAR


class _Life:
    """The learner's truth and everything that happened to it."""

    def __init__(self, truth: type[Truth], seed: int, course: Course, term: Term) -> None:
        self.course, self.term = course, term
        self.truth = truth(np.random.default_rng((seed, 1)), len(course))
        draws = np.random.default_rng((seed, 2)).random((len(course), 3 * term.weeks, 2))
        self.luck = _Luck(draws)
        self.unread = {i: reading.minutes for i, reading in enumerate(course)}
        self.met_on: list[list[int]] = [[] for _ in course]
        self.week_minutes = [0.0] * term.weeks
        self.out_of_order = 0

    def do(self, task: Task, day: int) -> Done:
        """Do one item: a review is rated, a first reading counts when its last minute is read."""
        self.week_minutes[day // 7] += task.minutes
        if task.review:
            recall = self.truth.recall(task.i, day)
            rating = self.luck.rate(task.i, recall)
            self._meet(task.i, day, recalled=rating > Rating.FORGOT, review=True)
            return Done(i=task.i, day=day, minutes=task.minutes, rating=rating)
        if self.unread[task.i] == self.course[task.i].minutes:
            self.out_of_order += bool(self.course[task.i].builds_on & self.unread.keys())
        self.unread[task.i] -= task.minutes
        read = self.unread[task.i] < ROUNDING
        if read:
            del self.unread[task.i]
            self._meet(task.i, day, recalled=True, review=False)
        return Done(i=task.i, day=day, minutes=task.minutes, read=read)

    def _meet(self, i: int, day: int, *, recalled: bool, review: bool) -> None:
        self.truth.expose(i, day, recalled, review)
        self.met_on[i].append(day)

    def recalls(self, t: float) -> list[float]:
        return [self.truth.recall(i, t) if met else 0.0 for i, met in enumerate(self.met_on)]


def live(truth: type[Truth], seed: int, course: Course, term: Term, make_policy: MakePolicy) -> Outcome:
    """Let one learner live through a term under a policy. The same seed is the same learner."""
    life, policy = _Life(truth, seed, course, term), make_policy(course, term)
    sessions = dict(term.sessions())
    over, weekly = 0, []
    for day in range(term.horizon):
        if day in sessions:
            over += _study(life, policy, day, sessions[day])
        if day % 7 == 6:
            weekly.append(float(np.mean(life.recalls(day + 1))))
    return Outcome(
        recall=tuple(life.recalls(term.horizon)),
        weekly_recall=tuple(weekly),
        week_minutes=tuple(life.week_minutes),
        met_on=tuple(tuple(days) for days in life.met_on),
        days_over_budget=over,
        out_of_order=life.out_of_order,
        promises=tuple(policy.promises),
    )


def _study(life: _Life, policy: Policy, day: int, minutes: float) -> bool:
    """Work through one day's items; what does not fit any more is left. Return whether the day asked too much."""
    tasks: Sequence[Task] = policy.today(day, minutes)
    left = float(minutes)
    for task in tasks:
        if task.minutes <= left + ROUNDING:
            left -= task.minutes
            policy.note(life.do(task, day))
    return sum(task.minutes for task in tasks) > minutes + ROUNDING
