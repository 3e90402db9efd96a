"""The product itself as a policy: plans with `plan`, remembers with `review`, as a learner's account does."""

from collections.abc import Sequence

from studyplan.domain.calibration import Observation, learn_offset
from studyplan.domain.catalog import ReadingId
from studyplan.domain.memory import Memory, Rating, first_memory, retrievability, review
from studyplan.domain.plan import Aim, Candidate, ItemKind, Plan, ReviewMinutes
from studyplan.domain.planner import plan
from studyplan.simulation.course import Course, Term, date_of
from studyplan.simulation.policy import Done, Promise, Task


class Planned:
    """Plans anew on each study day, from what was rated so far and the plan shown last."""

    def __init__(self, course: Course, term: Term) -> None:
        self._course, self._budget = course, term.budget
        self._horizon_on = term.horizon_on
        self._memories: dict[int, Memory] = {}
        self._minutes_read = [0.0] * len(course)
        self._parts_read = [0] * len(course)
        self._observations: list[Observation] = []
        self._last: Plan | None = None
        self._promises: list[Promise] = []

    @property
    def promises(self) -> Sequence[Promise]:
        """Return what each plan promised."""
        return self._promises

    def today(self, day: int, minutes: float) -> Sequence[Task]:  # noqa: ARG002 - the planner knows its budget
        """Return the items of one day."""
        on = date_of(day)
        candidates = [self._candidate(i) for i in range(len(self._course))]
        aim = Aim(horizon_on=self._horizon_on, offset=learn_offset(self._observations))
        self._last = made = plan(candidates, self._budget, today=on, aim=aim, last=self._last)
        left_out = frozenset(int(left.reading_id) for left in made.left_out)
        self._promises.append(
            Promise(
                day=day,
                reviews_before=len(self._observations),
                recall=made.recall,
                finish=made.finish,
                left_out=left_out,
            )
        )
        return [
            Task(i=int(item.reading_id), minutes=item.minutes, review=item.kind is ItemKind.REVIEW)
            for item in made.on(on)
        ]

    def _candidate(self, i: int) -> Candidate:
        reading = self._course[i]
        usual = reading.review_minutes
        return Candidate(
            reading_id=ReadingId(i),
            minutes=reading.minutes,
            minutes_read=self._minutes_read[i],
            parts_read=self._parts_read[i],
            weight=reading.weight,
            builds_on=frozenset(ReadingId(earlier) for earlier in reading.builds_on),
            memory=self._memories.get(i),
            review_minutes=ReviewMinutes(prompt=usual, skim=usual, reread=usual),
        )

    def note(self, done: Done) -> None:
        """Remember one finished item."""
        on = date_of(done.day)
        if done.rating is not None:
            before = self._memories[done.i]
            recalled = done.rating > Rating.FORGOT
            self._observations.append(Observation(on=on, predicted=retrievability(before, on), recalled=recalled))
            self._memories[done.i] = review(before, done.rating, on)
            return
        self._minutes_read[done.i] += done.minutes
        self._parts_read[done.i] += 1
        if done.read:
            self._memories[done.i] = first_memory(Rating.CLEAR, on)
