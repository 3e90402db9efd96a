"""Place first readings and reviews on study days: one pure function of readings, budget, aim and today."""

import hashlib
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from studyplan.domain.budget import Budget
from studyplan.domain.explain import left_out
from studyplan.domain.forecast import expected_recalls, forecast_finish, forecast_recall, forecast_weeks
from studyplan.domain.foresee import Foresight, foresee, keep_what_fits
from studyplan.domain.items import make_items
from studyplan.domain.memory import Memory, Rating, expected_memory, first_memory, review
from studyplan.domain.plan import LEAST_REVIEW_MINUTES, Aim, Candidate, ItemKind, Plan, PlanItem
from studyplan.domain.prerequisites import Flags
from studyplan.domain.price import look_from
from studyplan.domain.problem import LEAST_WEIGHT, Problem, State, pose
from studyplan.domain.value import even_gaps
from studyplan.domain.walk import LEAST_GAP, Entry, Walk, Walker
from studyplan.domain.wanted import choose_wanted

RULES = "planner-6"
"""Part of a plan's inputs, so that changed rules make new plans."""
SWITCH_FROM = 1.002
"""A new plan must be worth so many times the last one to take its place: a plan that is shown should stay."""

ROLLING = Aim()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Draft:
    """Entries that could become the plan, with what they lead to and the prices that they were packed at."""

    entries: Sequence[Entry]
    seen: Foresight
    prices: Mapping[int, float]

    @property
    def minutes(self) -> float:
        """Return the minutes that it uses."""
        return sum(entry.minutes for entry in self.entries)


def plan(  # noqa: PLR0913 all but the first two by name
    candidates: Sequence[Candidate],
    budget: Budget,
    *,
    today: date,
    aim: Aim = ROLLING,
    spent_today: float = 0.0,
    last: Plan | None = None,
    own_change: bool = False,
) -> Plan:
    """Return the plan from today to the horizon. Candidates come in curriculum order.

    The last plan is kept unless a new one is worth noticeably more, or more at all where the learner has changed
    something and waits for what it does; from the same inputs comes the same plan.
    """
    problem, state = pose(candidates, budget, today=today, aim=aim, spent_today=spent_today)
    inputs = _digest(problem, today, aim)
    if last and last.inputs == inputs:
        return last
    guess = last.price if last else None
    price, wanted = choose_wanted(problem, state, look_from(problem, state, 0), guess, _wanted_before(candidates, last))
    draft = _draft(problem, state, _walk(problem, state, wanted, price))
    if last:
        kept = _keep(problem, state, last, draft)
        if _stays(problem, last, kept, draft, own_change=own_change):
            draft = kept if _is_full(kept, draft) else _filled(problem, state, kept, wanted, price)
    at_horizon = expected_recalls(draft.seen.at_horizon, draft.seen.reviews, aim.offset)
    items = make_items(problem, draft.entries, draft.seen, draft.prices, at_horizon)
    planned = np.zeros(len(candidates), dtype=bool)
    planned[draft.seen.index[~draft.seen.review]] = True
    out = left_out(problem, state, planned, wanted, price)
    return Plan(
        made_on=today,
        horizon_on=today + timedelta(days=problem.days),
        rolling=aim.horizon_on is None,
        items=items,
        price=price,
        value=draft.seen.value,
        left_out=out,
        finish=forecast_finish(items, today),
        recall=forecast_recall(draft.seen.at_horizon, draft.seen.reviews, aim.offset),
        weeks=forecast_weeks(problem, items, out),
        version=aim.version,
        inputs=inputs,
    )


def _wanted_before(candidates: Sequence[Candidate], last: Plan | None) -> list[bool | None]:
    """Return for each candidate whether the last plan wanted it, where that says so."""
    if last is None:
        return [c.wanted_before for c in candidates]
    before = dict.fromkeys(last.wanted, True) | dict.fromkeys((out.reading_id for out in last.left_out), False)
    return [before.get(c.reading_id, c.wanted_before) for c in candidates]


def _digest(problem: Problem, today: date, aim: Aim) -> str:
    """Return a fingerprint of all that a plan follows from, but the last plan."""
    facts = [c if c.wanted_before is None else replace(c, wanted_before=None) for c in problem.candidates]
    told = repr((RULES, today, aim, problem.minutes.tolist(), problem.longest_review[:1].tolist(), facts))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _walk(problem: Problem, state: State, wanted: Flags, price: float) -> Walk:
    """Walk to the horizon, and again without what would be begun and not ended by its date."""
    while True:
        walker = Walker(problem, deepcopy(state), wanted, price)
        walk = walker.walk()
        in_vain = (walker.state.left < state.left) & ~walker.state.read & ~problem.started
        if not in_vain.any():
            return walk
        wanted = wanted & ~in_vain


def _draft(problem: Problem, state: State, walk: Walk) -> _Draft:
    return _Draft(entries=walk.entries, seen=foresee(problem, state, walk.entries), prices=walk.prices)


def _keep(problem: Problem, state: State, last: Plan, new: _Draft) -> _Draft:
    """Return what still holds of the last plan as a draft."""
    kept = keep_what_fits(problem, state, _entries_of(problem, last))
    return _Draft(entries=kept, seen=foresee(problem, state, kept), prices=new.prices)


def _stays(problem: Problem, last: Plan, kept: _Draft, new: _Draft, *, own_change: bool) -> bool:
    """Say whether what is kept of the last plan stays: the new one is not worth more, noticeably where nobody waits.

    It does not where it no longer ends a reading that has begun, or has elsewhere what the learner put on a day.
    """
    is_settled = _begins(problem, kept) == _begins(problem, new) and not _gives_up(problem, last, kept, new)
    needed = SWITCH_FROM * kept.seen.value if _is_full(kept, new) and not own_change else kept.seen.value
    return is_settled and new.seen.value <= needed


def _is_full(kept: _Draft, new: _Draft) -> bool:
    return kept.minutes > new.minutes - LEAST_REVIEW_MINUTES


def _filled(problem: Problem, state: State, kept: _Draft, wanted: Flags, price: float) -> _Draft:
    """Return what is kept of the last plan with reviews in the minutes that it leaves, where that is worth more."""
    walk = Walker(problem, deepcopy(state), wanted, price, kept.entries).walk()
    filled = _draft(problem, state, walk)
    return max(kept, filled, key=lambda draft: draft.seen.value)


def _entries_of(problem: Problem, last: Plan) -> list[Entry]:
    """Return the last plan as entries, without what was read since."""
    position = {c.reading_id: i for i, c in enumerate(problem.candidates)}
    return [
        Entry(
            which=position[item.reading_id],
            day=(item.on - problem.today).days,
            review=item.kind is ItemKind.REVIEW,
            minutes=item.minutes,
        )
        for item in last.items
        if item.reading_id in position and not _is_done(item, problem.candidates[position[item.reading_id]])
    ]


def _gives_up(problem: Problem, last: Plan, kept: _Draft, new: _Draft) -> bool:
    """Say whether the last plan ended a reading that has begun, as the new one does, and does so no more."""
    ended = [set(draft.seen.index[draft.seen.learned].tolist()) for draft in (new, kept)]
    ends = {item.reading_id for item in last.items if item.finishes}
    return any(problem.started[i] and problem.candidates[i].reading_id in ends for i in ended[0] - ended[1])


def _is_done(item: PlanItem, candidate: Candidate) -> bool:
    """Say whether a part of a plan was read since."""
    return item.kind is not ItemKind.REVIEW and item.part <= candidate.parts_read


def _begins(problem: Problem, draft: _Draft) -> dict[int, int]:
    """Return the first day of what the learner put on a day."""
    return {entry.which: entry.day for entry in reversed(draft.entries) if entry.which in problem.placed}


def next_dates(made: Plan, candidate: Candidate, budget: Budget, on: date) -> dict[Rating, date | None]:
    """Return for each rating given on a study day the study day of the next review; None when none is left in time.

    Where the plan already has a next review, its gap is stretched by the square root of how much more stable the
    rating leaves the memory than was expected; else the gap is the even one that the plan's price pays for. A better
    rating never comes back earlier.
    """
    horizon_on = candidate.horizon_on if candidate.horizon_on and candidate.horizon_on > on else made.horizon_on
    days = max((horizon_on - on).days, 1)
    after = {rating: _after(made, candidate, rating, on) for rating in Rating}
    mine = [item for item in made.items if item.reading_id == candidate.reading_id and item.on > on]
    planned = [item.on for item in mine if item.kind is ItemKind.REVIEW]
    if planned:
        memory = candidate.memory
        expected = (expected_memory(memory, on) if memory else after[Rating.CLEAR]).stability
        gaps = [(planned[0] - on).days * (memory.stability / expected) ** 0.5 for memory in after.values()]
    else:
        review_price = made.price * candidate.usual_review_minutes.skim / max(candidate.weight, LEAST_WEIGHT)
        gaps = even_gaps(list(after.values()), days, review_price)
    dates: dict[Rating, date | None] = {}
    longest = LEAST_GAP
    for rating, gap in zip(Rating, gaps, strict=True):
        longest = max(longest, min(round(gap), days - 1))
        found = budget.next_study_day(on + timedelta(days=longest))
        dates[rating] = found if found and found < horizon_on else None
    return dates


def next_date(made: Plan, candidate: Candidate, rating: Rating, budget: Budget, on: date) -> date | None:
    """Return the study day of the next review after one rating on a study day."""
    return next_dates(made, candidate, budget, on)[rating]


def _after(made: Plan, candidate: Candidate, rating: Rating, on: date) -> Memory:
    if candidate.memory is None:
        return first_memory(rating, on, made.version)
    return review(candidate.memory, rating, on)
