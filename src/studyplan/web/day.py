"""What today's page and an occurrence's page show, put into words and figures for the templates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from studyplan.domain import wording
from studyplan.domain.budget import Budget
from studyplan.domain.catalog import LearnerId, ReadingId
from studyplan.domain.learner import Learner
from studyplan.domain.local_time import study_day
from studyplan.domain.memory import Rating
from studyplan.domain.occurrences import ClosedBy, DueItem, OccurrenceId, day_that_holds
from studyplan.domain.packer import LEAST_PART
from studyplan.domain.plan import ItemKind, Plan, PlanItem, RecallForecast
from studyplan.services import due, enrollment, learners, standing
from studyplan.services.due import DoneItem, MovedItem, Today, TodayItem
from studyplan.services.enrollment import EnrolledTrack
from studyplan.web.charts import Spine, look_of, shelf, short_name

A_WEEK = timedelta(days=7)
CLOSED = {
    ClosedBy.RATING: "rated",
    ClosedBy.READ: "read",
    ClosedBy.SNOOZE: "put off",
    ClosedBy.SKIP: "left to the plan",
    ClosedBy.WITHDRAWN: "withdrawn",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownItem:
    """Something due: its words, where each rating leads, and the days to which it can be put off from today."""

    due: DueItem
    cluster: str
    why: str
    next_on: Mapping[Rating, date | None]
    later: tuple[date, ...]
    due_on: date
    today: date

    @property
    def is_unfinished_part(self) -> bool:
        """Say whether more parts follow, so that there is nothing to rate yet."""
        occurrence = self.due.occurrence
        return occurrence.kind is ItemKind.PART and occurrence.part < occurrence.parts

    @property
    def closed_says(self) -> str:
        """What ended it."""
        return CLOSED.get(self.due.occurrence.closed_by or ClosedBy.READ, "done")


@dataclass(frozen=True, kw_only=True, slots=True)
class Ahead:
    """The next day on which something is planned, and what."""

    on: date
    says: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Day:
    """Today's page. `hidden` counts what is also due beyond what is shown of it."""

    on: date
    break_until: date | None
    passed: tuple[EnrolledTrack, ...]
    minutes: float
    minutes_spent: float
    items: tuple[ShownItem, ...]
    also_due: tuple[ShownItem, ...]
    hidden: int
    done: tuple[DoneItem, ...]
    moved: tuple[MovedItem, ...]
    ahead: Ahead | None
    week: tuple[tuple[date, float, int], ...]
    spines: tuple[Spine, ...]
    read: int
    total: int
    finish: str
    left_out: int
    recall: RecallForecast | None
    goal: str

    @property
    def may_grow(self) -> bool:
        """Say whether a plan that is being made may still fill what is left of the day."""
        return not self.items and self.minutes - self.minutes_spent >= LEAST_PART

    @property
    def minutes_ahead(self) -> float:
        """Return the minutes that the list still takes."""
        return sum(shown.due.occurrence.minutes for shown in self.items)


def find_day(session: Session, learner_id: LearnerId, *, now: datetime) -> Day | None:
    """Return today's page; None for somebody who is on no track yet."""
    if not learners.is_learner(session, learner_id):
        return None
    today = due.get_today(session, learner_id, now=now)
    readings, standings = today.inputs.readings, standing.standings_of(today.inputs)
    shown = _show(session, today.items + today.also_due, today.learner, now=now)
    plan = today.plan
    return Day(
        on=today.on,
        break_until=max((it.last_on for it in today.learner.budget.breaks if today.on in it), default=None),
        passed=tuple(it for it in enrollment.list_enrolled(session, learner_id) if it.has_come(today.on)),
        minutes=today.minutes,
        minutes_spent=today.minutes_spent,
        items=shown[: len(today.items)],
        also_due=shown[len(today.items) :],
        hidden=today.hidden,
        done=today.done,
        moved=tuple(due.list_moved(session, today.learner, today.inputs, now=now)),
        ahead=_ahead(plan, today.on) if plan else None,
        week=_week(today),
        spines=shelf(readings, {key: look_of(one) for key, one in standings.items()}),
        read=sum(one.is_read for one in standings.values()),
        total=len(readings),
        finish=wording.finish(plan.finish, today.on) if plan else "",
        left_out=len(plan.left_out) if plan else 0,
        recall=plan.recall if plan else None,
        goal=wording.goal(plan.goal_on, today.on) if plan else "",
    )


def get_item(session: Session, learner_id: LearnerId, occurrence_id: OccurrenceId, *, now: datetime) -> ShownItem:
    """Return one occurrence's page, or raise NotFound."""
    item = due.get_item(session, learner_id, occurrence_id, now=now)
    learner = learners.get_learner(session, learner_id)
    return _show(session, [item], learner, now=now)[0]


def _show(session: Session, items: Sequence[TodayItem], learner: Learner, *, now: datetime) -> tuple[ShownItem, ...]:
    clusters = standing.list_cluster_titles(session, [item.due.occurrence.reading_id for item in items], learner.id)
    return tuple(_shown(item, clusters, learner, now=now) for item in items)


def _shown(item: TodayItem, clusters: Mapping[ReadingId, str], learner: Learner, *, now: datetime) -> ShownItem:
    occurrence, today = item.due.occurrence, learner.today(now)
    wait = f" It can wait: the plan has it on {wording.weekday(item.planned_on)}." if item.planned_on else ""
    return ShownItem(
        due=item.due,
        cluster=short_name(clusters.get(occurrence.reading_id, "")),
        why=wording.why(occurrence, today) + wait,
        next_on=item.next_on or dict.fromkeys(Rating),
        later=_later(learner.budget, occurrence.minutes, today),
        due_on=study_day(occurrence.published_at, learner.zone),
        today=today,
    )


def _later(budget: Budget, minutes: float, today: date) -> tuple[date, ...]:
    """Return the next day that holds so much, and the first one from a week on."""
    days = (day_that_holds(minutes, budget, today + timedelta(days=1)), day_that_holds(minutes, budget, today + A_WEEK))
    return tuple(dict.fromkeys(day for day in days if day is not None))


def _ahead(plan: Plan, today: date) -> Ahead | None:
    on = min((item.on for item in plan.items if item.on > today), default=None)
    return None if on is None else Ahead(on=on, says=_summary(plan.on(on)))


def _summary(items: Sequence[PlanItem]) -> str:
    """Say what a day holds: '1 first reading, 4 reviews, 33 min'."""
    reviews = sum(item.kind is ItemKind.REVIEW for item in items)
    firsts = len(items) - reviews
    parts = [wording.count(firsts, "first reading")] if firsts else []
    parts += [wording.count(reviews, "review")] if reviews else []
    return ", ".join([*parts, wording.duration(sum(item.minutes for item in items))])


def _week(today: Today) -> tuple[tuple[date, float, int], ...]:
    """Return the study days from today to Sunday with their planned and their given minutes."""
    left = sum(item.due.occurrence.minutes for item in today.items)
    days = [today.on + timedelta(days=offset) for offset in range(7 - today.on.weekday())]
    planned = {today.on: today.minutes_spent + left}
    for item in today.plan.items if today.plan else ():
        if item.on > today.on:
            planned[item.on] = planned.get(item.on, 0.0) + item.minutes
    budget = today.learner.budget
    return tuple((day, planned.get(day, 0.0), budget.minutes_on(day)) for day in days if budget.minutes_on(day))
