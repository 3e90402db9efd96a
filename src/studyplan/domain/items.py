"""Turn the entries of a walk into the items of a plan."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import numpy as np

from studyplan.domain.explain import reasons
from studyplan.domain.foresee import Foresight
from studyplan.domain.memory_batch import Floats
from studyplan.domain.plan import ItemKind, PlanItem, Reason, ReviewKind, kind_of_review
from studyplan.domain.problem import Problem
from studyplan.domain.walk import Entry


def make_items(
    problem: Problem, entries: Sequence[Entry], seen: Foresight, prices: Mapping[int, float], at_horizon: Floats
) -> tuple[PlanItem, ...]:
    """Return the entries as plan items, each with its part, its kind of review and its reason.

    `at_horizon` is what is expected of each reading at its horizon by the whole plan.
    """
    whole = {i: problem.candidates[i].minutes_left for i in {entry.which for entry in entries}}
    minutes = np.array([e.minutes if e.review else whole[e.which] for e in entries], dtype=float)
    why = reasons(problem, seen, minutes, prices, at_horizon)
    days = {day: problem.today + timedelta(days=day) for day in {entry.day for entry in entries}}
    reads = iter(_parts(problem, entries, set(seen.index[seen.learned].tolist())))
    items = []
    for entry, reason in zip(entries, why, strict=True):
        reading_id, on = problem.candidates[entry.which].reading_id, days[entry.day]
        if entry.review:
            items.append(
                PlanItem(
                    reading_id=reading_id,
                    on=on,
                    kind=ItemKind.REVIEW,
                    minutes=entry.minutes,
                    reason=reason,
                    review_kind=_review_kind(problem, entry.which, reason),
                )
            )
            continue
        part, parts = next(reads)
        kind = ItemKind.FIRST if parts == 1 else ItemKind.PART
        items.append(
            PlanItem(
                reading_id=reading_id, on=on, kind=kind, minutes=entry.minutes, reason=reason, part=part, parts=parts
            )
        )
    return tuple(items)


def _parts(problem: Problem, entries: Sequence[Entry], ended: set[int]) -> list[tuple[int, int]]:
    """Return which part of how many each first-reading entry is, those before today included.

    A reading that the plan does not end has one more part beyond it.
    """
    indices = [entry.which for entry in entries if not entry.review]
    before = {index: problem.candidates[index].parts_read for index in indices}
    met = dict(before)
    numbered = []
    for index in indices:
        met[index] += 1
        numbered.append((index, met[index]))
    return [(part, met[index] + (index not in ended)) for index, part in numbered]


def _review_kind(problem: Problem, index: int, reason: Reason) -> ReviewKind:
    """Return the kind that the learner has been told of, else the one that the recall calls for."""
    published = problem.candidates[index].published
    return (published and published.review_kind) or kind_of_review(reason.recall_now)
