"""What a plan leads to: recall at the horizon with its band, the finish range, the weeks."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from studyplan.domain.local_time import monday_of
from studyplan.domain.memory_batch import Floats, Ints
from studyplan.domain.plan import FinishRange, ItemKind, LeftOut, Offset, PlanItem, RecallForecast, Week
from studyplan.domain.problem import LEAST_WEIGHT, Problem

BAND = 1.2816
"""Standard deviations to each side of an 80 % band."""
MODEL_SPREAD = 0.7
"""How far the belief's recall at the horizon is off on the logit scale, for a learner whose offset is known."""
SPREAD_PER_REVIEW = 0.1
"""By how much each review that is still to come adds to the square of that."""
TAKEN_IN = 0.1
"""How fast reviews that are still to come do away with the offset: they move the memories themselves."""
CAUTION = 0.3
"""The expectation stands so many spreads of the offset below its mean: what is unknown must not be promised."""
FULL = 0.95


def forecast_recall(at_horizon: Floats, to_come: Ints, offset: Offset) -> RecallForecast:
    """Return the mean recall of all readings at the horizon.

    `at_horizon` is the belief's, 0 where unread; `to_come` counts the reviews that each reading still gets until then.
    """
    remains = 1 / (1 + TAKEN_IN * to_come)
    middle = _middle(to_come, offset)
    spread = BAND * np.sqrt((offset.spread * remains) ** 2 + MODEL_SPREAD**2 + SPREAD_PER_REVIEW * to_come)
    shifts = (middle, middle - spread, middle + spread)
    means = [float(_shifted(at_horizon, shift).sum() / max(1, len(at_horizon))) for shift in shifts]
    return RecallForecast(expected=means[0], low=means[1], high=means[2])


def expected_recalls(at_horizon: Floats, to_come: Ints, offset: Offset) -> Floats:
    """Return the recall of each reading at the horizon, of which `forecast_recall` expects the mean."""
    return _shifted(at_horizon, _middle(to_come, offset))


def _middle(to_come: Ints, offset: Offset) -> Floats:
    middle: Floats = (offset.mean - CAUTION * offset.spread) / (1 + TAKEN_IN * to_come)
    return middle


def _shifted(recall: Floats, shift: Floats) -> Floats:
    odds = recall / np.maximum(1 - recall, 1e-9) * np.exp(shift)
    moved: Floats = odds / (1 + odds)
    return moved


def forecast_finish(items: Sequence[PlanItem], today: date) -> FinishRange:
    """Return when the last first reading of the plan is done, give or take a tenth of the way there."""
    ends = [item.on for item in items if item.finishes]
    if not ends:
        return FinishRange(early_on=None, expected_on=None, late_on=None)
    expected = max(ends)
    slack = timedelta(days=round(0.1 * (expected - today).days))
    return FinishRange(early_on=expected - slack, expected_on=expected, late_on=expected + slack)


def forecast_weeks(problem: Problem, items: Sequence[PlanItem], out: Sequence[LeftOut]) -> tuple[Week, ...]:
    """Return the weeks of a plan, Monday to Sunday.

    Tight is one that its items fill while readings wait for a later one; all that have minutes are while readings that
    count are left out for want of them. One put off to its horizon or later wants none.
    """
    in_time = (problem.weight > LEAST_WEIGHT) & (problem.not_before < problem.read_until)
    counts = dict(zip((c.reading_id for c in problem.candidates), in_time, strict=True))
    is_short = any(counts[left.reading_id] for left in out)
    there: dict[date, float] = {}
    for day, minutes in enumerate(problem.minutes.tolist()):
        monday = monday_of(problem.today + timedelta(days=day))
        there[monday] = there.get(monday, 0.0) + minutes
    planned = dict.fromkeys(there, 0.0)
    for item in items:
        planned[monday_of(item.on)] += item.minutes
    last_read = max((monday_of(item.on) for item in items if item.kind is not ItemKind.REVIEW), default=problem.today)
    return tuple(
        Week(
            first_on=monday,
            minutes=planned[monday],
            budget=budget,
            tight=budget > 0 and (is_short or (monday < last_read and planned[monday] >= FULL * budget)),
        )
        for monday, budget in there.items()
    )
