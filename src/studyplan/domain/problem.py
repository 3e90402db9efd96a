"""The planner's own view: candidates as arrays, days as numbers from today."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from studyplan.domain.budget import Budget
from studyplan.domain.memory import ParameterSet, Rating, first_memory, get_parameters
from studyplan.domain.memory_batch import Floats, Ints
from studyplan.domain.plan import LEAST_REVIEW_MINUTES, Aim, Candidate, ItemKind
from studyplan.domain.prerequisites import Flags, Prerequisites, find_prerequisites
from studyplan.domain.value import curve_table

ROLLING_DAYS = 182
UNFILLED = 0.6
"""Minutes of a day that nothing fits into, on average over plans of the reading room's catalog."""
LEAST_WEIGHT = 1e-12
"""What counts nothing weighs so much: too little to be read at any price, enough to divide by."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """What does not change while a plan is made. Arrays have one entry a candidate, `minutes` one a day.

    `goals` are the dates of the horizons, None where they roll. A day holds a review of up to `longest_review`: a short
    day shortens it. `cost` is what a review takes on average over the minutes of all days, `cost_by_kind` what a
    prompt, a skim and a reread take. Of what the learner has been told, `published_cost` holds the minutes of reviews
    (else nan), `published_part` those of first readings and parts. `placed` has the days on which the learner put
    something. `fresh[d]` is the value curve of a first reading d days before its horizon. A reading may be read until
    its own horizon or that of what builds on it (`read_until`). Of first readings the `promised` are not given up: they
    have begun (`started`), or the learner put them on a day.
    """

    candidates: Sequence[Candidate]
    goals: Sequence[date | None]
    today: date
    parameters: ParameterSet
    minutes: Floats
    longest_review: Floats
    weight: Floats
    cost: Floats
    cost_by_kind: Floats
    published_cost: Floats
    published_part: Mapping[int, float]
    horizon: Ints
    read_until: Ints
    not_before: Ints
    placed: Mapping[int, int]
    started: Flags
    promised: Flags
    links: Prerequisites
    first_stability: float
    first_difficulty: float
    fresh: Floats

    @property
    def usable(self) -> Floats:
        """Return about how many minutes of each day items will fill."""
        usable: Floats = np.maximum(self.minutes - UNFILLED, 0.0)
        return usable

    @property
    def days(self) -> int:
        """Return how many days the plan has."""
        return len(self.minutes)


@dataclass(kw_only=True, slots=True)
class State:
    """What changes along a plan, as expected. `last` counts days from today; `curve` is each reading's value curve."""

    stability: Floats
    difficulty: Floats
    last: Ints
    read: Flags
    left: Floats
    curve: Floats


def pose(
    candidates: Sequence[Candidate], budget: Budget, *, today: date, aim: Aim, spent_today: float
) -> tuple[Problem, State]:
    """Return the problem and the state that it starts from."""
    horizon_on = aim.horizon_on or today + timedelta(days=ROLLING_DAYS)
    horizon = np.array([_days_to(c, horizon_on, today) for c in candidates], dtype=int)
    days = int(max(horizon, default=0))
    minutes = np.array([budget.minutes_on(today + timedelta(days=day)) for day in range(days)], dtype=float)
    longest_review = np.maximum(minutes, LEAST_REVIEW_MINUTES)
    minutes[:1] = np.maximum(0.0, minutes[:1] - spent_today)
    longest = float(minutes.max(initial=0.0)) or np.inf
    placed = _placed(candidates, minutes, today)
    first = first_memory(Rating.CLEAR, today, aim.version)
    links = find_prerequisites(candidates)
    read_until = _read_until(horizon, links)
    started = np.array([c.memory is None and c.minutes_read > 0 for c in candidates], dtype=bool)
    kinds = [c.usual_review_minutes for c in candidates]
    problem = Problem(
        candidates=candidates,
        goals=[c.horizon_on if c.horizon_on and c.horizon_on > today else aim.horizon_on for c in candidates],
        today=today,
        parameters=get_parameters(aim.version),
        minutes=minutes,
        longest_review=longest_review,
        weight=np.array([max(c.weight, LEAST_WEIGHT) for c in candidates], dtype=float),
        cost=_usual_cost(
            np.minimum(np.array([kind.skim for kind in kinds], dtype=float), longest), minutes, longest_review
        ),
        cost_by_kind=np.minimum(
            np.array([(k.prompt, k.skim, k.reread) for k in kinds], dtype=float).reshape(-1, 3), longest
        ),
        published_cost=np.minimum(np.array([_published_minutes(c) for c in candidates], dtype=float), longest),
        published_part=_published_parts(candidates, float(minutes.max(initial=0.0))),
        horizon=horizon,
        read_until=read_until,
        not_before=np.array([placed.get(i, _days_until(c, today)) for i, c in enumerate(candidates)], dtype=int),
        placed=placed,
        started=started,
        promised=_promised(candidates, started, placed, read_until),
        links=links,
        first_stability=first.stability,
        first_difficulty=first.difficulty,
        fresh=_fresh_curves(days, first.stability, first.difficulty, aim.version),
    )
    return problem, _start(problem)


def _start(problem: Problem) -> State:
    """Return the state before the first day."""
    memories = [c.memory for c in problem.candidates]
    stability = np.array([m.stability if m else problem.first_stability for m in memories], dtype=float)
    difficulty = np.array([m.difficulty if m else problem.first_difficulty for m in memories], dtype=float)
    last = np.array([(m.last_on - problem.today).days if m else 0 for m in memories], dtype=int)
    return State(
        stability=stability,
        difficulty=difficulty,
        last=last,
        read=np.array([m is not None for m in memories], dtype=bool),
        left=np.array([c.minutes_left for c in problem.candidates], dtype=float),
        curve=curve_table(problem.parameters.version).read(stability, difficulty, problem.horizon - last),
    )


def _fresh_curves(days: int, stability: float, difficulty: float, version: str) -> Floats:
    """Return the curves of a first reading 0 to `days` days before the horizon."""
    spans = np.arange(days + 1, dtype=float)
    fresh = curve_table(version).read(np.full(days + 1, stability), np.full(days + 1, difficulty), spans)
    fresh[0] = 0.0
    return fresh


def _usual_cost(cost: Floats, minutes: Floats, longest_review: Floats) -> Floats:
    """Return what reviews take on average over all minutes, where short days shorten them."""
    if not minutes.any():
        return cost
    lengths, which = np.unique(longest_review, return_inverse=True)
    share = np.bincount(which, weights=minutes) / minutes.sum()
    usual: Floats = np.minimum(cost[:, None], lengths) @ share
    return usual


def _placed(candidates: Sequence[Candidate], minutes: Floats, today: date) -> dict[int, int]:
    """Return the day of what the learner put on one: the first from it on that holds it, or the longest part of it."""
    placed = {}
    for i, candidate in enumerate(candidates):
        if candidate.placed_on is not None:
            first, told = max(0, (candidate.placed_on - today).days), candidate.published
            asked = told.minutes if told and told.kind is not ItemKind.FIRST else candidate.minutes_left
            needed = min(asked, float(minutes[first:].max(initial=0.0)))
            holding = np.flatnonzero((minutes[first:] >= needed) & (minutes[first:] > 0)).tolist()
            placed[i] = first + holding[0] if holding else len(minutes)
    return placed


def _days_until(candidate: Candidate, today: date) -> int:
    return (candidate.not_before_on - today).days if candidate.not_before_on else 0


def _published_minutes(candidate: Candidate) -> float:
    published = candidate.published
    return published.minutes if published and published.kind is ItemKind.REVIEW else float("nan")


def _published_parts(candidates: Sequence[Candidate], longest_day: float) -> dict[int, float]:
    """Return the minutes of the first readings and parts that the learner has been told of, if a day can hold them."""
    told = {}
    for i, candidate in enumerate(candidates):
        if candidate.published and candidate.published.kind is not ItemKind.REVIEW:
            is_whole = candidate.published.kind is ItemKind.FIRST
            told[i] = candidate.minutes_left if is_whole else candidate.published.minutes
    return {i: minutes for i, minutes in told.items() if 0 < minutes <= min(longest_day, candidates[i].minutes_left)}


def _days_to(candidate: Candidate, horizon_on: date, today: date) -> int:
    """Return the days to a candidate's horizon; one that has passed gives way to the plan's."""
    own = candidate.horizon_on
    return max(1, ((own if own and own > today else horizon_on) - today).days)


def _read_until(horizon: Ints, links: Prerequisites) -> Ints:
    """Return the last of each candidate's horizon and of those of all that builds on it."""
    until = horizon.tolist()
    for index in range(len(until) - 1, -1, -1):
        for needed in links.needs[index]:
            until[needed] = max(until[needed], until[index])
    return np.array(until, dtype=int)


def _promised(candidates: Sequence[Candidate], started: Flags, placed: Mapping[int, int], read_until: Ints) -> Flags:
    promised = started.copy()
    for i, day in placed.items():
        promised[i] |= candidates[i].memory is None and day < read_until[i]
    return promised
