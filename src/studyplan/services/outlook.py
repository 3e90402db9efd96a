"""What a track would lead to with so many minutes, before anybody signs up. Nothing is stored."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from studyplan.domain.budget import Budget, scaled
from studyplan.domain.catalog import DEFAULT_TIER_WEIGHTS
from studyplan.domain.plan import Aim, Candidate, FinishRange, Plan, RecallForecast
from studyplan.domain.planner import plan
from studyplan.services.catalogs import TrackView
from studyplan.services.enrollment import LEAST_MINUTES, first_day_minutes

USUAL_WEEKDAYS = (0, 35, 0, 35, 0, 50, 0)
HALF_A_YEAR = timedelta(days=182)
TWO_YEARS = timedelta(days=731)
"""How far an outlook looks at most: anybody may ask, and each further day is work."""
CURVE_MINUTES = (30, 60, 120, 240)
MORE = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlook:
    """The forecast for a budget up to two years ahead, with half an hour more a week, and for other budgets."""

    minutes: int
    horizon_on: date
    finish: FinishRange
    recall: RecallForecast
    with_more: RecallForecast
    left_out: int
    readings: int
    curve: tuple[tuple[int, RecallForecast], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Figures:
    finish: FinishRange
    recall: RecallForecast
    left_out: int


def look_ahead(view: TrackView, weekdays: tuple[int, ...], horizon_on: date | None, *, today: date) -> Outlook | None:
    """Return the outlook; None when no day has the minutes of a part of a reading."""
    minutes = sum(weekdays)
    if max(weekdays) < LEAST_MINUTES:
        return None
    until = min(horizon_on, today + TWO_YEARS) if horizon_on and horizon_on > today else today + HALF_A_YEAR

    def recall(days: tuple[int, ...]) -> RecallForecast:
        return _figures(view, days, today, until).recall

    made = _figures(view, weekdays, today, until)
    curve = {step: recall(scaled(USUAL_WEEKDAYS, step)) for step in CURVE_MINUTES}  # the same for all who ask today
    return Outlook(
        minutes=minutes,
        horizon_on=until,
        finish=made.finish,
        recall=made.recall,
        with_more=recall(scaled(weekdays, minutes + MORE)),
        left_out=made.left_out,
        readings=len(view.readings),
        curve=tuple(sorted((curve | {minutes: made.recall}).items())),
    )


def plan_afresh(view: TrackView, weekdays: tuple[int, ...], *, today: date, until: date) -> Plan:
    """Return the plan of somebody who begins a track today."""
    candidates = [
        Candidate(
            reading_id=reading.id,
            minutes=float(reading.minutes),
            weight=DEFAULT_TIER_WEIGHTS[reading.tier],
            builds_on=view.builds_on[reading.id],
        )
        for reading in view.readings
    ]
    begins = {} if weekdays[today.weekday()] >= LEAST_MINUTES else {today: first_day_minutes(weekdays)}
    return plan(candidates, Budget(weekdays=weekdays, one_off=begins), today=today, aim=Aim(horizon_on=until))


@lru_cache(maxsize=1024)
def _figures(view: TrackView, weekdays: tuple[int, ...], today: date, until: date) -> _Figures:
    """Return what a plan leads to: the same for all who ask the same, and small beside the plan itself."""
    made = plan_afresh(view, weekdays, today=today, until=until)
    return _Figures(finish=made.finish, recall=made.recall, left_out=len(made.left_out))
