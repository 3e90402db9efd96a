"""Place first readings and reviews on study days: one pure function of readings, budget, aim and today."""

from collections.abc import Sequence
from datetime import date, timedelta

from studyplan.domain.budget import Budget
from studyplan.domain.catalog import ReadingId
from studyplan.domain.memory import Rating, first_memory, retrievability, review
from studyplan.domain.plan import (
    Aim, Binding, Candidate, FinishRange, ItemKind, LeftOut, Plan, PlanItem, Reason, RecallForecast, Week, WhyLeftOut,
    kind_of_review,
)

ROLLING_DAYS = 182


def plan(
    candidates: Sequence[Candidate],
    budget: Budget,
    *,
    today: date,
    aim: Aim = Aim(),
    spent_today: float = 0.0,
    last: Plan | None = None,
) -> Plan:
    """Return the plan from today to the horizon. Candidates come in curriculum order."""
    horizon = aim.horizon_on or today + timedelta(days=ROLLING_DAYS)
    memories = {c.reading_id: c.memory for c in candidates if c.memory}
    left = {c.reading_id: c.minutes_left for c in candidates if not c.memory}
    by_id = {c.reading_id: c for c in candidates}
    items: list[PlanItem] = []
    used = reviewed = 0.0
    parts: dict[ReadingId, int] = {}
    for offset in range((horizon - today).days):
        day = today + timedelta(days=offset)
        minutes = budget.minutes_on(day) - (spent_today if offset == 0 else 0)
        due = sorted((retrievability(m, day), i) for i, m in memories.items() if (day - m.last_on).days >= 5)
        for recall, i in due:
            cost = by_id[i].usual_review_minutes.skim
            if recall > 0.75 or cost > minutes or (left and reviewed + cost > 0.3 * (used + minutes)):
                continue
            minutes -= cost; used += cost; reviewed += cost
            memories[i] = review(memories[i], Rating.CLEAR, day)
            items.append(PlanItem(reading_id=i, on=day, kind=ItemKind.REVIEW, minutes=cost, reason=_reason(recall, Binding.WORTH), review_kind=kind_of_review(recall)))
        while minutes >= 6 and left:
            i = next(i for i in left if not by_id[i].builds_on & left.keys())
            part = min(left[i], minutes)
            if left[i] - part < 6 and left[i] > part:
                part = left[i] - 6
            minutes -= part; used += part; left[i] -= part
            parts[i] = parts.get(i, by_id[i].parts_read) + 1
            whole = parts[i] == 1 and left[i] < 1e-9
            items.append(PlanItem(reading_id=i, on=day, kind=ItemKind.FIRST if whole else ItemKind.PART, minutes=part, reason=_reason(0.0, Binding.ORDER), part=parts[i], parts=parts[i] + (left[i] > 1e-9)))
            if left[i] < 1e-9:
                del left[i]
                memories[i] = first_memory(Rating.CLEAR, day, aim.version)
            else:
                break
    expected = sum(retrievability(m, horizon) for m in memories.values()) / max(1, len(candidates))
    firsts = [item.on for item in items if item.kind is not ItemKind.REVIEW]
    finish = max(firsts, default=today) if not left else None
    return Plan(
        made_on=today, horizon_on=horizon, rolling=aim.horizon_on is None, items=tuple(items), price=0.0,
        left_out=tuple(LeftOut(reading_id=i, why=WhyLeftOut.NO_ROOM, value_per_minute=0.0) for i in left),
        finish=FinishRange(early_on=finish, expected_on=finish, late_on=finish),
        recall=RecallForecast(expected=expected, low=max(0.0, expected - 0.15), high=min(1.0, expected + 0.15)),
        weeks=(), version=aim.version, inputs="",
    )


def _reason(recall: float, binding: Binding) -> Reason:
    return Reason(recall_now=recall, horizon_with=0.0, horizon_without=0.0, value_per_minute=0.0, price=0.0, binding=binding)


def next_dates(made: Plan, candidate: Candidate, budget: Budget, on: date) -> dict[Rating, date | None]:
    """Return for each rating given on a study day the next study day of a review."""
    dates = {}
    for rating in Rating:
        memory = review(candidate.memory, rating, on) if candidate.memory else first_memory(rating, on, made.version)
        dates[rating] = budget.next_study_day(on + timedelta(days=max(5, round(2 * memory.stability))))
    return dates


def next_date(made: Plan, candidate: Candidate, rating: Rating, budget: Budget, on: date) -> date | None:
    """Return the next study day of a review after one rating on a study day."""
    return next_dates(made, candidate, budget, on)[rating]
