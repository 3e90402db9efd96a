"""Which unread readings are worth their minutes: a set that holds all that its members build on."""

import numpy as np

from studyplan.domain.memory_batch import Floats
from studyplan.domain.price import (
    HIGHEST,
    LOWEST,
    Outlook,
    best_net,
    minutes_bought,
    unread_curves,
)
from studyplan.domain.problem import Flags, Ints, Problem, State

HYSTERESIS = {None: 1.0, True: 0.7, False: 1.3}
STEPS = 12
_SURE = 1e6


def choose_wanted(problem: Problem, state: State, outlook: Outlook) -> tuple[float, Flags]:
    """Return the price of a minute and the readings wanted at it, from the first day on.

    The price is found by halving: dear enough that the minutes left pay for the reviews of what is read, the first
    readings of what is wanted and their reviews.
    """
    unread = np.flatnonzero(~state.read)
    kept = ~state.read
    price = 0.0
    for _ in range(2):
        curve = unread_curves(problem, state, unread, kept, 0)
        price = _price_that_fits(problem, state, outlook, unread, curve)
        kept = _wanted_at(problem, unread, _net(problem, state, unread, curve, price))
    return price, kept


def _price_that_fits(problem: Problem, state: State, outlook: Outlook, unread: Ints, curve: Floats) -> float:
    available = problem.minutes.sum()
    merged = outlook.merged
    low, high = LOWEST, HIGHEST
    cost, weight = problem.cost, problem.weight
    for _ in range(STEPS):
        price = float(np.sqrt(low * high))
        chosen = _wanted_at(problem, unread, _net(problem, state, unread, curve, price))[unread]
        used = minutes_bought(merged, cost[outlook.which], weight[outlook.which], price).sum()
        reviews = minutes_bought(curve, cost[unread], weight[unread], price)
        used += ((reviews + state.left[unread]) * chosen).sum()
        low, high = (price, high) if used > available else (low, price)
    return high


def _net(problem: Problem, state: State, unread: Ints, curve: Floats, price: float) -> Floats:
    """Return what each unread reading is worth beyond its minutes at a price. What has begun is never given up."""
    weight = problem.weight[unread]
    factor = np.array([HYSTERESIS[problem.candidates[i].wanted_before] for i in unread.tolist()])
    net = weight * best_net(curve, price * problem.cost[unread] / weight) - price * state.left[unread] * factor
    return np.where(problem.started[unread], _SURE, net)


def _wanted_at(problem: Problem, unread: Ints, net: Floats) -> Flags:
    """Return the closed set of about the greatest sum of net worth: peeled from all, or grown from nothing."""
    worth = dict(zip(unread.tolist(), net.tolist(), strict=True))
    sets = (_mend(problem, worth, _peel(problem, worth)), _mend(problem, worth, set()))
    best = max(sets, key=lambda chosen: sum(worth[i] for i in chosen))
    flags = np.zeros(len(problem.candidates), dtype=bool)
    flags[list(best)] = True
    return flags


def _peel(problem: Problem, worth: dict[int, float]) -> set[int]:
    """Return all readings but those that, with what builds on them, are worth nothing; from the last back."""
    chosen = set(worth)
    for index in reversed(worth):
        gone = [index, *(i for i in problem.later[index] if i in chosen)]
        if sum(worth[i] for i in gone) <= 0:
            chosen.difference_update(gone)
    return chosen


def _mend(problem: Problem, worth: dict[int, float], chosen: set[int]) -> set[int]:
    """Return the set after adding and dropping readings, with what they need or what needs them, while that gains."""
    changed = True
    while changed:
        changed = False
        for index in worth:
            if index in chosen:
                block = {index, *(i for i in problem.later[index] if i in chosen)}
            else:
                block = {index, *(i for i in problem.earlier[index] if i not in chosen)}
            gain = sum(worth[i] for i in block) * (-1 if index in chosen else 1)
            if gain > 1e-12:
                chosen = chosen ^ block
                changed = True
    return chosen
