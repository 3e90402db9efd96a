"""Say why: the reason of every item, and why a reading is left out."""

from collections.abc import Mapping

import numpy as np

from studyplan.domain.foresee import Foresight
from studyplan.domain.memory_batch import Floats, Ints, recall_after
from studyplan.domain.plan import Binding, LeftOut, Reason, WhyLeftOut
from studyplan.domain.prerequisites import Flags
from studyplan.domain.price import best_net, gain_now, look, unread_curves
from studyplan.domain.problem import LEAST_WEIGHT, Problem, State
from studyplan.domain.value import curve_table


def reasons(
    problem: Problem, seen: Foresight, minutes: Floats, prices: Mapping[int, float], at_horizon: Floats
) -> list[Reason]:
    """Return each entry's reason.

    `minutes`: its own, of a part the whole reading's. `prices` hold from days on. `at_horizon`: what the plan leads to.
    """
    i, days_left = seen.index, problem.horizon[seen.index] - seen.day
    price = prices_on(seen.day, prices)
    table, parameters = curve_table(problem.parameters.version), problem.parameters
    curve = table.read(seen.before.stability, seen.before.difficulty, problem.horizon[i] - seen.before.last)
    outlook = look(problem, i, seen.before, curve, seen.day)
    after = table.read(seen.after.stability, seen.after.difficulty, days_left)
    each = price * problem.cost[i] / problem.weight[i]
    first = problem.weight[i] * best_net(after, each)
    gain = np.where(
        seen.review, gain_now(problem, outlook, np.where(seen.review, minutes, problem.cost[i]), price), first
    )
    elapsed = problem.horizon[i] - seen.before.last
    without = np.where(seen.review, recall_after(seen.before.stability, elapsed, parameters), 0.0).tolist()
    with_it = recall_after(seen.after.stability, days_left, parameters).tolist()
    planned = at_horizon[i].tolist()
    worth = gain / minutes
    binding = _bindings(problem, seen, worth >= price)
    worth = worth.tolist()
    return [
        Reason(
            recall_now=recall,
            horizon_without=without[n],
            horizon_with=with_it[n],
            horizon_reviewed=planned[n],
            value_per_minute=worth[n],
            price=at,
            binding=binding[n],
            horizon_on=problem.goals[i[n]],
        )
        for n, (recall, at) in enumerate(zip(seen.recall.tolist(), price.tolist(), strict=True))
    ]


def prices_on(days: Ints, prices: Mapping[int, float]) -> Floats:
    """Return the price on each day: the one set last."""
    set_on, price = np.array(list(prices) or [0]), np.array(list(prices.values()) or [0.0])
    at: Floats = price[np.maximum(np.searchsorted(set_on, days, side="right") - 1, 0)]
    return at


def _bindings(problem: Problem, seen: Foresight, worthwhile: Flags) -> list[Binding]:
    """Return what puts each entry on its day."""
    binding = np.where(
        seen.review,
        np.where(worthwhile, Binding.WORTH, Binding.SPARE),
        np.where(problem.started[seen.index], Binding.STARTED, Binding.ORDER),
    )
    which, first = np.unique(seen.index, return_index=True)
    binding[first[[index in problem.placed for index in which.tolist()]]] = Binding.PLACED
    return [Binding(name) for name in binding.tolist()]


def left_out(problem: Problem, state: State, planned: Flags, wanted: Flags, price: float) -> tuple[LeftOut, ...]:
    """Return the unread readings of which a plan reads nothing, the least worth first."""
    unread = np.flatnonzero(~state.read)
    each = price * problem.cost[unread] / problem.weight[unread]
    curve = unread_curves(problem, state, unread, planned, 0)
    net = problem.weight[unread] * best_net(curve, each) / np.maximum(state.left[unread], 1e-9)
    worth = dict(zip(unread.tolist(), net.tolist(), strict=True))
    worthwhile = wanted.copy()
    worthwhile[unread[net > price]] = True
    return tuple(
        LeftOut(
            reading_id=problem.candidates[index].reading_id,
            why=_why(problem, planned, wanted, worthwhile, index),
            value_per_minute=worth[index],
        )
        for index in sorted(worth, key=lambda index: worth[index])
        if not planned[index]
    )


def _why(problem: Problem, planned: Flags, wanted: Flags, worthwhile: Flags, index: int) -> WhyLeftOut:
    if problem.weight[index] <= LEAST_WEIGHT and not wanted[index]:
        return WhyLeftOut.WEIGHT
    if worthwhile[index] and not all(planned[needed] for needed in problem.links.needs[index]):
        return WhyLeftOut.BUILDS_ON
    return WhyLeftOut.NO_ROOM if wanted[index] else WhyLeftOut.PRICE
