"""Follow given entries through the memories that are expected: what is known before each, and what is left."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from studyplan.domain.memory_batch import Floats, Ints, expected_step, recall_after
from studyplan.domain.prerequisites import Flags, bits_of
from studyplan.domain.price import Memories
from studyplan.domain.problem import LEAST_WEIGHT, Problem, State
from studyplan.domain.walk import LEAST_GAP, Entry

ROUNDING = 1e-6
EARLY = 0.02
"""What having read something from today on is worth beside recalling it at its horizon: it decides between likes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Foresight:
    """Entries with the memories before and after each, the recall on its day, and each reading's at its horizon.

    Before and after an entry that neither reviews nor ends a first reading stands the memory of a first reading now.
    """

    index: Ints
    day: Ints
    review: Flags
    learned: Flags
    before: Memories
    after: Memories
    recall: Floats
    at_horizon: Floats
    value: float

    @property
    def reviews(self) -> Ints:
        """Return how many reviews each reading gets."""
        return np.bincount(self.index[self.review], minlength=len(self.at_horizon))


def foresee(problem: Problem, start: State, entries: Sequence[Entry]) -> Foresight:
    """Return what the entries are expected to lead to."""
    index = np.array([e.which for e in entries], dtype=int)
    day = np.array([e.day for e in entries], dtype=int)
    review = np.array([e.review for e in entries], dtype=bool)
    learned = _learned(start, entries)
    stability, difficulty, last = start.stability.copy(), start.difficulty.copy(), start.last.copy()
    read = start.read.copy()
    before, after = _fresh(problem, day), _fresh(problem, day)
    recall = np.zeros(len(entries))
    for now in _rounds(index, review | learned):
        i, reviewed = index[now], review[now]
        seen = recall_after(stability[i], day[now] - last[i], problem.parameters)
        stronger, harder = expected_step(stability[i], difficulty[i], seen, problem.parameters)
        recall[now] = np.where(reviewed, seen, 0.0)
        before.stability[now], before.difficulty[now], before.last[now] = stability[i], difficulty[i], last[i]
        stability[i] = np.where(reviewed, stronger, problem.first_stability)
        difficulty[i] = np.where(reviewed, harder, problem.first_difficulty)
        last[i], read[i] = day[now], True
        after.stability[now], after.difficulty[now] = stability[i], difficulty[i]
    at_horizon = recall_after(stability, problem.horizon - last, problem.parameters)
    at_horizon *= read & (last <= problem.horizon)
    return Foresight(
        index=index,
        day=day,
        review=review,
        learned=learned,
        before=before,
        after=after,
        recall=recall,
        at_horizon=at_horizon,
        value=float((problem.weight * at_horizon).sum() + EARLY * _earliness(problem, index[learned], day[learned])),
    )


def _fresh(problem: Problem, day: Ints) -> Memories:
    """Return the memories that first readings on these days would leave."""
    count = len(day)
    return Memories(np.full(count, problem.first_stability), np.full(count, problem.first_difficulty), day.copy())


def _earliness(problem: Problem, which: Ints, day: Ints) -> float:
    """Return the weighted shares of the time to their horizons by which readings are read."""
    return float((problem.weight[which] * np.maximum(0.0, 1 - day / problem.horizon[which])).sum())


def _learned(start: State, entries: Sequence[Entry]) -> Flags:
    """Return which entries end a first reading."""
    left = start.left.tolist()
    flags = np.zeros(len(entries), dtype=bool)
    for position, entry in enumerate(entries):
        if not entry.review:
            left[entry.which] -= entry.minutes
            flags[position] = left[entry.which] < ROUNDING
    return flags


def _rounds(index: Ints, counts: Flags) -> list[Ints]:
    """Return positions grouped so that each group has every reading at most once, in the order of its entries."""
    groups: list[list[int]] = []
    met: dict[int, int] = {}
    for position in np.flatnonzero(counts).tolist():
        key = int(index[position])
        nth = met.get(key, 0)
        met[key] = nth + 1
        if nth == len(groups):
            groups.append([])
        groups[nth].append(position)
    return [np.array(group, dtype=int) for group in groups]


def keep_what_fits(problem: Problem, start: State, entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries of an older plan that still hold: within the minutes, in order, not too soon.

    A reading that would be begun by them and not ended holds with none of its parts.
    """
    entries = [entry for entry in entries if entry.day >= 0]
    room = problem.minutes.tolist()
    last, read, left = start.last.tolist(), start.read.tolist(), start.left.tolist()
    promised = problem.promised
    counting = bits_of(problem.weight > LEAST_WEIGHT)  # not what the learner dropped with its tier
    whole = {
        i
        for i in _readings_that_still_end(start, entries)
        if promised[i] or counting & (problem.links.later[i] | 1 << i)
    }
    kept: list[Entry] = []
    for entry in entries:
        i, day = entry.which, entry.day
        if day < max(0, problem.not_before[i]) or day >= problem.days or entry.minutes > room[day] + ROUNDING:
            continue
        if entry.review:
            fits = read[i] and day - last[i] >= LEAST_GAP and day < problem.horizon[i]
        else:
            fits = i in whole and not read[i] and day < problem.read_until[i]
            fits = fits and all(read[needed] for needed in problem.links.needs[i])
        if fits:
            kept.append(entry)
            room[day] -= entry.minutes
            if not entry.review:
                left[i] -= entry.minutes
            if entry.review or left[i] < ROUNDING:
                read[i], last[i] = True, day
    in_vain = {entry.which for entry in kept if not entry.review and not read[entry.which]}
    if in_vain:
        return keep_what_fits(problem, start, [entry for entry in entries if entry.which not in in_vain])
    return kept


def _readings_that_still_end(start: State, entries: Sequence[Entry]) -> set[int]:
    """Return the unread readings whose minutes in the entries are just what is left of them."""
    planned: dict[int, float] = {}
    for entry in entries:
        if not entry.review:
            planned[entry.which] = planned.get(entry.which, 0.0) + entry.minutes
    return {i for i, minutes in planned.items() if not start.read[i] and abs(minutes - start.left[i]) < ROUNDING}
