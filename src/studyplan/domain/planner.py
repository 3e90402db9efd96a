"""Place first readings and reviews on study days: one pure function of readings, budget, aim and today."""

import hashlib
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from studyplan.domain.budget import Budget
from studyplan.domain.course import Course, Entry, Walker
from studyplan.domain.explain import left_out, reasons
from studyplan.domain.forecast import forecast_finish, forecast_recall, forecast_weeks
from studyplan.domain.foresee import Foresight, foresee, keep_what_fits
from studyplan.domain.memory import Rating, first_memory, review
from studyplan.domain.plan import Aim, Candidate, ItemKind, Plan, PlanItem, kind_of_review
from studyplan.domain.price import look_from
from studyplan.domain.problem import Problem, State, pose
from studyplan.domain.wanted import choose_wanted

RULES = "planner-1"
"""Part of a plan's inputs, so that changed rules make new plans."""
SWITCH_FROM = 1.002
"""A new plan must be worth so many times the last one to take its place: a plan that is shown should stay."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Draft:
    """Entries that could become the plan, with what they lead to and the prices that they were packed at."""

    entries: Sequence[Entry]
    seen: Foresight
    prices: Mapping[int, float]


def plan(
    candidates: Sequence[Candidate],
    budget: Budget,
    *,
    today: date,
    aim: Aim = Aim(),
    spent_today: float = 0.0,
    last: Plan | None = None,
) -> Plan:
    """Return the plan from today to the horizon. Candidates come in curriculum order.

    The last plan is kept unless a new one is worth noticeably more; from the same inputs comes the same plan.
    """
    problem, state = pose(_with_hysteresis(candidates, last), budget, today=today, aim=aim, spent_today=spent_today)
    inputs = _digest(problem, today, aim)
    if last and last.inputs == inputs:
        return last
    price, wanted = choose_wanted(problem, state, look_from(problem, state, 0))
    course = Walker(problem, deepcopy(state), wanted, price).walk()
    draft = _Draft(entries=course.entries, seen=foresee(problem, state, course.entries), prices=course.prices)
    if last:
        draft = _better(draft, _continue(problem, state, last, course))
    items = _items(problem, draft)
    planned = np.isin(np.arange(len(candidates)), draft.seen.index[draft.seen.learned])
    first_price = next(iter(draft.prices.values()), price)
    return Plan(
        made_on=today,
        horizon_on=today + timedelta(days=problem.days),
        rolling=aim.horizon_on is None,
        items=items,
        price=first_price,
        value=draft.seen.value,
        left_out=left_out(problem, state, planned, first_price),
        finish=forecast_finish(items, today),
        recall=forecast_recall(draft.seen.at_horizon, aim.offset),
        weeks=forecast_weeks(problem, items),
        version=aim.version,
        inputs=inputs,
    )


def _with_hysteresis(candidates: Sequence[Candidate], last: Plan | None) -> Sequence[Candidate]:
    """Return the candidates with whether the last plan wanted them, where it says so."""
    if last is None:
        return candidates
    before = dict.fromkeys(last.wanted, True) | dict.fromkeys((out.reading_id for out in last.left_out), False)
    return [replace(c, wanted_before=before.get(c.reading_id, c.wanted_before)) for c in candidates]


def _digest(problem: Problem, today: date, aim: Aim) -> str:
    """Return a fingerprint of all that a plan follows from, but the last plan."""
    facts = [replace(c, wanted_before=None) for c in problem.candidates]
    told = repr((RULES, today, aim, problem.minutes.tolist(), facts))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _continue(problem: Problem, state: State, last: Plan, course: Course) -> _Draft:
    """Return what still holds of the last plan as a draft."""
    position = {c.reading_id: i for i, c in enumerate(problem.candidates)}
    entries = [
        Entry(position[item.reading_id], (item.on - problem.today).days, item.kind is ItemKind.REVIEW, item.minutes)
        for item in last.items
        if item.reading_id in position
    ]
    kept = keep_what_fits(problem, state, entries)
    return _Draft(entries=kept, seen=foresee(problem, state, kept), prices=course.prices)


def _better(new: _Draft, old: _Draft) -> _Draft:
    return new if new.seen.value > SWITCH_FROM * old.seen.value else old


def _items(problem: Problem, draft: _Draft) -> tuple[PlanItem, ...]:
    """Return the entries as plan items, each with its part, its kind of review and its reason."""
    whole = {i: problem.candidates[i].minutes_left for i in {entry.index for entry in draft.entries}}
    minutes = np.array([e.minutes if e.review else whole[e.index] for e in draft.entries], dtype=float)
    why = reasons(problem, draft.seen, minutes, draft.prices)
    parts = _parts(problem, draft.entries)
    met: dict[int, int] = {}
    items = []
    for entry, reason in zip(draft.entries, why, strict=True):
        candidate = problem.candidates[entry.index]
        part = count = 1
        kind = ItemKind.REVIEW
        if not entry.review:
            part = met.get(entry.index, candidate.parts_read) + 1
            met[entry.index], count = part, parts[entry.index]
            kind = ItemKind.FIRST if count == 1 else ItemKind.PART
        items.append(
            PlanItem(
                reading_id=candidate.reading_id,
                on=problem.today + timedelta(days=entry.day),
                kind=kind,
                minutes=entry.minutes,
                reason=reason,
                part=part,
                parts=count,
                review_kind=kind_of_review(reason.recall_now) if entry.review else None,
            )
        )
    return tuple(items)


def _parts(problem: Problem, entries: Sequence[Entry]) -> dict[int, int]:
    """Return in how many parts each first reading is read, those before today included."""
    parts: dict[int, int] = {}
    for entry in entries:
        if not entry.review:
            parts[entry.index] = parts.get(entry.index, problem.candidates[entry.index].parts_read) + 1
    return parts


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
