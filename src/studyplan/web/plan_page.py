"""What the plan's page shows, put into words and figures for the template."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from studyplan.domain import wording
from studyplan.domain.budget import Break, Budget
from studyplan.domain.catalog import LearnerId, Reading, ReadingId
from studyplan.domain.local_time import monday_of
from studyplan.domain.plan import ItemKind, Plan, PlanItem, WhyLeftOut
from studyplan.services import calibration, changes, enrollment, learners, ledger, standing
from studyplan.services.enrollment import EnrolledTrack
from studyplan.services.planning import get_settings
from studyplan.web.plan_ledger import ShownLine, show_ledger

WEEK = timedelta(days=7)
PAST_BREAKS = timedelta(days=60)
WHY_LEFT_OUT = {
    WhyLeftOut.PRICE: "other minutes buy more",
    WhyLeftOut.WEIGHT: "you let its tier count nothing",
    WhyLeftOut.BUILDS_ON: "what it builds on is left out",
    WhyLeftOut.NO_ROOM: "no day has room for it",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownItem:
    """A planned item in words."""

    title: str
    reading_id: ReadingId
    is_review: bool
    says: str
    minutes: float
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownDay:
    """A study day of the plan: first readings by name, reviews as a count."""

    on: date
    items: tuple[ShownItem, ...]

    @property
    def firsts(self) -> tuple[ShownItem, ...]:
        """Return the first readings and parts of such."""
        return tuple(item for item in self.items if not item.is_review)

    @property
    def reviews(self) -> tuple[ShownItem, ...]:
        """Return the reviews."""
        return tuple(item for item in self.items if item.is_review)

    @property
    def minutes(self) -> int:
        """Return the minutes that its lines show, added up."""
        return sum(round(item.minutes) for item in self.firsts) + round(sum(item.minutes for item in self.reviews))


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownWeek:
    """One week: minutes done already, planned and given, day by day. Of days that have passed only what was done."""

    first_on: date
    done: int
    budget: int
    tight: bool
    is_break: bool
    bars: tuple[tuple[float, int], ...]
    days: tuple[ShownDay, ...]

    @property
    def minutes(self) -> int:
        """Return the minutes done and planned."""
        return self.done + sum(day.minutes for day in self.days)


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownLeftOut:
    """A reading that the plan leaves out, with what it would take this learner."""

    reading: Reading
    minutes: float
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanPage:
    """The whole page."""

    today: date
    plan: Plan
    goal: str
    says: str
    finish: str
    reviews: int
    total: int
    weeks: tuple[ShownWeek, ...]
    most_minutes: int
    left_out: tuple[ShownLeftOut, ...]
    breaks: tuple[Break, ...]
    ledger: tuple[ShownLine, ...]
    tracks: int
    passed: tuple[EnrolledTrack, ...]

    @property
    def tight_weeks(self) -> int:
        """Return how many weeks are tight."""
        return sum(week.tight for week in self.weeks)


def get_page(session: Session, learner_id: LearnerId, *, now: datetime) -> PlanPage:
    """Return the plan as it is stored, in words."""
    learner = learners.get_learner(session, learner_id)
    shown = changes.get_stored(session, learner_id)
    plan, today = shown.plan, learner.today(now)
    readings = {reading.id: reading for reading in shown.readings}
    enrolled = enrollment.list_enrolled(session, learner_id)
    done = standing.minutes_by_day(session, learner_id, since_on=monday_of(today))
    weeks = tuple(_weeks(plan, learner.budget, readings, done, today))
    return PlanPage(
        today=today,
        plan=plan,
        goal=wording.goal(plan.goal_on, today),
        says=_says(learner.budget, len(weeks), plan, today),
        finish=wording.finish(plan.finish, today),
        reviews=sum(item.kind is ItemKind.REVIEW for item in plan.items if item.on >= today),
        total=len(readings),
        weeks=weeks,
        most_minutes=max((budget for week in weeks for _, budget in week.bars), default=1) or 1,
        left_out=_left_out(session, learner_id, plan, readings),
        breaks=tuple(pause for pause in learner.budget.breaks if pause.last_on >= today - PAST_BREAKS),
        ledger=show_ledger(ledger.list_lines(session, learner_id), learner, get_settings(session, learner), now=now),
        tracks=len(enrolled),
        passed=tuple(item for item in enrolled if item.has_come(today)),
    )


def _left_out(
    session: Session, learner_id: LearnerId, plan: Plan, readings: Mapping[ReadingId, Reading]
) -> tuple[ShownLeftOut, ...]:
    """Return what is left out of those readings that are on the learner's tracks still."""
    if not plan.left_out:
        return ()
    habits = calibration.learn_habits(session, learner_id, tuple(readings.values()))
    return tuple(
        ShownLeftOut(reading=reading, minutes=habits.first_minutes(reading), why=WHY_LEFT_OUT[left.why])
        for left in plan.left_out
        if (reading := readings.get(left.reading_id))
    )


def _says(budget: Budget, weeks: int, plan: Plan, today: date) -> str:
    names = [f"{name}s" for name, has in zip(wording.WEEKDAYS, budget.weekdays, strict=True) if has]
    days = "over all days" if len(names) == 7 else "on " + " and ".join(", ".join(names).rsplit(", ", 1))
    until = "of a plan without an end" if plan.rolling else f"to {wording.day(plan.horizon_on, today)}"
    return f"{wording.count(weeks, 'week')} {until}, {sum(budget.weekdays)} minutes a week {days}."


def _weeks(
    plan: Plan, budget: Budget, readings: Mapping[ReadingId, Reading], done: Mapping[date, float], today: date
) -> list[ShownWeek]:
    by_day: dict[date, list[PlanItem]] = {}
    for item in plan.items:
        if item.on >= today:
            by_day.setdefault(item.on, []).append(item)
    tight = {week.first_on for week in plan.weeks if week.tight}
    monday = monday_of(today)
    weeks = []
    while monday < plan.horizon_on:
        days = [monday + timedelta(days=offset) for offset in range(7)]
        planned = [sum(item.minutes for item in by_day.get(day, ())) for day in days]
        spent = [done.get(day, 0.0) for day in days]
        given = [max(round(done.get(day, 0.0)), budget.minutes_on(day) if day >= today else 0) for day in days]
        is_away = not any(map(budget.minutes_on, days)) and any(day in it for day in days for it in budget.breaks)
        weeks.append(
            ShownWeek(
                first_on=monday,
                done=round(sum(spent)),
                budget=sum(given),
                tight=monday in tight,
                is_break=is_away and not any(spent),
                bars=tuple((ahead + past, most) for ahead, past, most in zip(planned, spent, given, strict=True)),
                days=tuple(
                    ShownDay(on=day, items=tuple(_shown(item, readings, today) for item in by_day[day]))
                    for day in days
                    if day in by_day
                ),
            )
        )
        monday += WEEK
    return weeks


def _shown(item: PlanItem, readings: Mapping[ReadingId, Reading], today: date) -> ShownItem:
    reading = readings.get(item.reading_id)
    part = f"(part {item.part} of {item.parts})" if item.kind is ItemKind.PART else ""
    return ShownItem(
        title=reading.title if reading else "A reading that was withdrawn",
        reading_id=item.reading_id,
        is_review=item.kind is ItemKind.REVIEW,
        says=part,
        minutes=item.minutes,
        why=wording.why(item, today),
    )
