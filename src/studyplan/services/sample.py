"""A day in the life of a track: what the planner would ask of a learner some weeks in. Nothing is stored."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from studyplan.domain.budget import Budget
from studyplan.domain.catalog import DEFAULT_TIER_WEIGHTS, Reading, ReadingId
from studyplan.domain.plan import Aim, Candidate, ItemKind, Plan, PlanItem
from studyplan.domain.planner import plan
from studyplan.services.catalogs import TrackView

WEEKDAYS = (0, 35, 0, 35, 0, 50, 0)
WEEKS_IN = 5
HALF_A_YEAR = timedelta(days=182)


@dataclass(frozen=True, kw_only=True, slots=True)
class SampleDay:
    """One planned day with its readings, and the whole plan that it is of."""

    on: date
    minutes: int
    items: tuple[tuple[PlanItem, Reading], ...]
    plan: Plan
    readings: int


def sample_day(view: TrackView, *, today: date) -> SampleDay:
    """Return the first day, five weeks into a plan begun today, that has both a first reading and reviews."""
    links = tuple((reading.id, view.builds_on[reading.id]) for reading in view.readings)
    return _sample_day(view.readings, links, today)


@lru_cache(maxsize=4)
def _sample_day(
    readings: tuple[Reading, ...], links: tuple[tuple[ReadingId, frozenset[ReadingId]], ...], today: date
) -> SampleDay:
    """Plan once a day for each state of the catalog: planning takes longer than a page may."""
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
    budget = Budget(weekdays=WEEKDAYS)
    made = plan(candidates, budget, today=today, aim=Aim(horizon_on=today + HALF_A_YEAR))
    by_id = {reading.id: reading for reading in readings}
    on = _telling_day(made, budget, today)
    items = tuple((item, by_id[item.reading_id]) for item in made.on(on))
    return SampleDay(on=on, minutes=budget.minutes_on(on), items=items, plan=made, readings=len(readings))


def _telling_day(made: Plan, budget: Budget, today: date) -> date:
    days = [today + timedelta(weeks=WEEKS_IN, days=offset) for offset in range(60)]
    study_days = [day for day in days if budget.minutes_on(day)]
    both = (day for day in study_days if {item.kind is ItemKind.REVIEW for item in made.on(day)} == {True, False})
    return next(both, study_days[0])
