"""A day in the life of a track: what the planner would ask of a learner some weeks in. Nothing is stored."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from studyplan.domain.budget import Budget
from studyplan.domain.catalog import Reading
from studyplan.domain.plan import ItemKind, Plan, PlanItem
from studyplan.services.catalogs import TrackView
from studyplan.services.outlook import HALF_A_YEAR, USUAL_WEEKDAYS, plan_afresh

WEEKS_IN = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class SampleDay:
    """One planned day with its readings, and the whole plan that it is of."""

    on: date
    minutes: int
    items: tuple[tuple[PlanItem, Reading], ...]
    plan: Plan
    readings: int


@lru_cache(maxsize=4)
def sample_day(view: TrackView, *, today: date) -> SampleDay:
    """Return the first day, five weeks into a plan begun today, that has both a first reading and reviews.

    It is the same for all who come to the front page.
    """
    made = plan_afresh(view, USUAL_WEEKDAYS, today=today, until=today + HALF_A_YEAR)
    by_id = {reading.id: reading for reading in view.readings}
    budget = Budget(weekdays=USUAL_WEEKDAYS)
    on = _telling_day(made, budget, today)
    items = tuple((item, by_id[item.reading_id]) for item in made.on(on))
    return SampleDay(on=on, minutes=budget.minutes_on(on), items=items, plan=made, readings=len(view.readings))


def _telling_day(made: Plan, budget: Budget, today: date) -> date:
    days = [today + timedelta(weeks=WEEKS_IN, days=offset) for offset in range(60)]
    study_days = [day for day in days if budget.minutes_on(day)]
    both = (day for day in study_days if {item.kind is ItemKind.REVIEW for item in made.on(day)} == {True, False})
    return next(both, study_days[0])
