"""What a track would lead to with so many minutes, before anybody signs up. Nothing is stored."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from studyplan.domain.budget import Budget, scaled
from studyplan.domain.catalog import DEFAULT_TIER_WEIGHTS, Reading, ReadingId
from studyplan.domain.plan import Aim, Candidate, FinishRange, Plan, RecallForecast
from studyplan.domain.planner import plan
from studyplan.services.catalogs import TrackView

USUAL_WEEKDAYS = (0, 35, 0, 35, 0, 50, 0)
HALF_A_YEAR = timedelta(days=182)
CURVE_MINUTES = (30, 60, 120, 240)
LEAST_MINUTES_A_WEEK = 20
MORE = 30

Links = tuple[tuple[ReadingId, frozenset[ReadingId]], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlook:
    """The forecast for a budget, with half an hour more a week, and along the curve of other budgets."""

    minutes: int
    horizon_on: date
    finish: FinishRange
    recall: RecallForecast
    with_more: RecallForecast
    left_out: int
    readings: int
    curve: tuple[tuple[int, RecallForecast], ...]


def look_ahead(view: TrackView, weekdays: tuple[int, ...], horizon_on: date | None, *, today: date) -> Outlook | None:
    """Return the outlook; None when there are too few minutes a week to speak of a plan."""
    minutes = sum(weekdays)
    if minutes < LEAST_MINUTES_A_WEEK:
        return None
    until = horizon_on if horizon_on and horizon_on > today else today + HALF_A_YEAR

    def recall(days: tuple[int, ...]) -> RecallForecast:
        return plan_afresh(view, days, today=today, until=until).recall

    made = plan_afresh(view, weekdays, today=today, until=until)
    curve = {step: recall(scaled(USUAL_WEEKDAYS, step)) for step in CURVE_MINUTES}  # the same for all who ask today
    return Outlook(
        minutes=minutes,
        horizon_on=until,
        finish=made.finish,
        recall=made.recall,
        with_more=recall(scaled(weekdays, minutes + MORE)),
        left_out=len(made.left_out),
        readings=len(view.readings),
        curve=tuple(sorted((curve | {minutes: made.recall}).items())),
    )


def plan_afresh(view: TrackView, weekdays: tuple[int, ...], *, today: date, until: date) -> Plan:
    """Return the plan of somebody who begins a track today; the same for all who ask the same."""
    links = tuple((reading.id, view.builds_on[reading.id]) for reading in view.readings)
    return _planned(view.readings, links, weekdays, today, until)


@lru_cache(maxsize=512)
def _planned(readings: tuple[Reading, ...], links: Links, weekdays: tuple[int, ...], today: date, until: date) -> Plan:
    builds_on = dict(links)
    candidates = [
        Candidate(
            reading_id=reading.id,
            minutes=float(reading.minutes),
            weight=DEFAULT_TIER_WEIGHTS[reading.tier],
            builds_on=builds_on[reading.id],
        )
        for reading in readings
    ]
    return plan(candidates, Budget(weekdays=weekdays), today=today, aim=Aim(horizon_on=until))
