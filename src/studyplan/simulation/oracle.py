"""What could have been reached: schedules improved by annealing with the truth in hand, under the planner's limits.

The same minutes a day and the same links bind. A free oracle may begin any number of readings and finish all of them
at the end, which no plan does to a reader: one is finished on a day when the minutes of the days up to it suffice for
it and for all finished before. A patient oracle begins a reading when the one before is finished. The result is a lower
bound of the optimum.
"""

import math
from collections.abc import Sequence

import numpy as np

from studyplan.simulation.course import Course, Term
from studyplan.simulation.truths import Foreseeable

Entry = tuple[int, ...]
"""The sessions on which a reading is met: the first finishes it, the others are reviews. Empty: it is left out."""

WARM, COLD = 0.3, 0.003
ROUNDING = 1e-6


class Schedule:
    """Entries of all readings, with the minutes that each session has left and the slack of first readings."""

    def __init__(self, course: Course, minutes: Sequence[int], *, is_patient: bool) -> None:
        self._course, self._is_patient = course, is_patient
        self.entries: list[Entry] = [() for _ in course]
        self._room = np.array(minutes, dtype=float)
        self._slack = np.cumsum(self._room)

    def put(self, i: int, entry: Entry) -> None:
        """Replace the entry of one reading."""
        self._book(i, self.entries[i], -1.0)
        self._book(i, entry, 1.0)
        self.entries[i] = entry

    def _book(self, i: int, entry: Entry, sign: float) -> None:
        for k, session in enumerate(entry):
            cost = sign * (self._course[i].review_minutes if k else self._course[i].minutes)
            self._slack[session:] -= cost
            if k:
                self._room[session] -= cost

    def fits(self) -> bool:
        """Say whether no day and no deadline asks for more minutes than there are."""
        fits = self._room.min() > -ROUNDING and self._slack.min() > -ROUNDING
        return bool(fits and (not self._is_patient or self._one_by_one()))

    def _one_by_one(self) -> bool:
        """Say whether each reading has the minutes from the end of the one before it to its own end."""
        until, before, left = [0.0, *np.cumsum(self._room).tolist()], -1, 0.0
        for session, i in sorted((entry[0], i) for i, entry in enumerate(self.entries) if entry):
            over = left + until[session + 1] - until[before + 1] - self._course[i].minutes
            if over < -ROUNDING:
                return False
            before, left = session, min(over, left if session == before else float(self._room[session]))
        return True

    def in_order(self, i: int) -> bool:
        """Say whether reading `i` stands right with what it builds on and with what builds on it."""
        first = self.entries[i][0] if self.entries[i] else math.inf
        earlier = all(self.entries[e] and self.entries[e][0] <= first for e in self._course[i].builds_on)
        return (first == math.inf or earlier) and all(
            not self.entries[j] or self.entries[j][0] >= first
            for j, reading in enumerate(self._course)
            if i in reading.builds_on
        )


class Annealer:
    """Improves a schedule for one learner whose truth can be foreseen."""

    def __init__(
        self, truth: Foreseeable, course: Course, term: Term, rng: np.random.Generator, *, is_patient: bool = False
    ) -> None:
        self._truth, self._course, self._rng, self._is_patient = truth, course, rng, is_patient
        self._horizon = term.horizon
        self._days = [day for day, _ in term.sessions()]
        self._minutes = [minutes for _, minutes in term.sessions()]

    def improve(self, met_on: Sequence[Sequence[int]], steps: int) -> float:
        """Return the greatest weighted recall at the horizon found from a schedule given as days of each reading."""
        session = {day: k for k, day in enumerate(self._days)}
        schedule = Schedule(self._course, self._minutes, is_patient=self._is_patient)
        for i, days in enumerate(met_on):
            schedule.put(i, tuple(session[day] for day in days))
        values = [self._worth(i, entry) for i, entry in enumerate(schedule.entries)]
        best = total = sum(values)
        for step in range(steps):
            heat = WARM * (COLD / WARM) ** (step / steps)
            total += self._try(schedule, values, heat)
            best = max(best, total)
        return best

    def _worth(self, i: int, entry: Entry) -> float:
        if not entry:
            return 0.0
        return self._course[i].weight * self._truth.foresee(i, [self._days[k] for k in entry], self._horizon)

    def _try(self, schedule: Schedule, values: list[float], heat: float) -> float:
        """Make one random change and keep it when it pays or the heat allows. Return what it brought."""
        changes = self._propose(schedule.entries)
        before = {i: schedule.entries[i] for i in changes}
        for i, entry in changes.items():
            schedule.put(i, entry)
        if schedule.fits() and all(schedule.in_order(i) for i in changes if changes[i][:1] != before[i][:1]):
            worth = {i: self._worth(i, entry) for i, entry in changes.items()}
            gain = sum(worth.values()) - sum(values[i] for i in changes)
            if gain >= 0 or self._rng.random() < math.exp(gain / heat):
                for i, value in worth.items():
                    values[i] = value
                return gain
        for i, entry in before.items():
            schedule.put(i, entry)
        return 0.0

    def _propose(self, entries: list[Entry]) -> dict[int, Entry]:
        """Return the new entries of one to three readings."""
        i = int(self._rng.integers(len(entries)))
        changes = {i: self._changed(entries[i])}
        if self._rng.random() < 0.7:
            j = int(self._rng.integers(len(entries)))
            if j != i:
                changes[j] = self._changed(entries[j], giving=self._rng.random() < 0.7)
        return changes

    def _changed(self, entry: Entry, *, giving: bool = False) -> Entry:
        """Move, add or remove one session of an entry; a giving one only loses."""
        chance = self._rng.random()
        if not entry:
            return () if giving else (self._any_session(),)
        k = int(self._rng.integers(len(entry)))
        if giving or chance < 0.15:
            return entry[:k] + entry[k + 1 :] if k or len(entry) == 1 else ()
        moved = self._near(entry[k]) if chance < 0.45 else self._any_session()
        rest = entry if chance > 0.7 else entry[:k] + entry[k + 1 :]
        return tuple(sorted({*rest, moved}))

    def _any_session(self) -> int:
        return int(self._rng.integers(len(self._days)))

    def _near(self, session: int) -> int:
        return min(len(self._days) - 1, max(0, session + int(self._rng.integers(-3, 4))))
