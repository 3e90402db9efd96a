"""What a plan leads to: recall at the horizon with its band, the finish range, the weeks."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from studyplan.domain.memory_batch import Floats
from studyplan.domain.plan import FinishRange, Offset, PlanItem, RecallForecast, Week
from studyplan.domain.problem import Problem

BAND = 1.2816
"""Standard deviations to each side of an 80 % band."""
MODEL_SPREAD = 0.7
"""How far the belief's recall at the horizon is off on the logit scale, for a learner whose offset is known."""
CAUTION = 0.3
"""The expectation stands so many spreads of the offset below its mean: what is unknown must not be promised."""
FULL = 0.95


def forecast_recall(at_horizon: Floats, offset: Offset) -> RecallForecast:
    """Return the mean recall of all readings at the horizon; `at_horizon` is the belief's, 0 where unread."""
    spread = float(np.hypot(offset.spread, MODEL_SPREAD)) * BAND
    middle = offset.mean - CAUTION * offset.spread
    means = [_mean_recall(at_horizon, middle + shift) for shift in (0.0, -spread, spread)]
    return RecallForecast(expected=means[0], low=means[1], high=means[2])


def _mean_recall(at_horizon: Floats, shift: float) -> float:
    read = at_horizon[at_horizon > 0]
    odds = read / np.maximum(1 - read, 1e-9) * np.exp(shift)
    return float((odds / (1 + odds)).sum() / max(1, len(at_horizon)))


def forecast_finish(items: Sequence[PlanItem], today: date) -> FinishRange:
    """Return when the last first reading of the plan is done, give or take a tenth of the way there."""
    ends = [item.on for item in items if item.finishes]
    if not ends:
        return FinishRange(early_on=None, expected_on=None, late_on=None)
    expected = max(ends)
    slack = timedelta(days=round(0.1 * (expected - today).days))
    return FinishRange(early_on=expected - slack, expected_on=expected, late_on=expected + slack)


def forecast_weeks(problem: Problem, items: Sequence[PlanItem]) -> tuple[Week, ...]:
    """Return the weeks of a plan, Monday to Sunday. Tight is one that what is worth its price fills."""
    there: dict[date, float] = {}
    for day, minutes in enumerate(problem.minutes.tolist()):
        monday = _monday(problem.today + timedelta(days=day))
        there[monday] = there.get(monday, 0.0) + minutes
    planned, worthwhile = dict.fromkeys(there, 0.0), dict.fromkeys(there, 0.0)
    for item in items:
        planned[_monday(item.on)] += item.minutes
        if item.reason.value_per_minute >= item.reason.price:
            worthwhile[_monday(item.on)] += item.minutes
    return tuple(
        Week(first_on=monday, minutes=planned[monday], budget=budget, tight=worthwhile[monday] >= FULL * budget > 0)
        for monday, budget in there.items()
    )


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
