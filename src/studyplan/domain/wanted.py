"""Which unread readings are worth their minutes: a set that holds all that its members build on."""

import numpy as np

from studyplan.domain.memory_batch import Floats, Ints
from studyplan.domain.price import (
    HIGHEST,
    LOWEST,
    Outlook,
    best_net,
    minutes_bought,
    unread_curves,
)
from studyplan.domain.problem import Flags, Problem, State

HYSTERESIS = {None: 1.0, True: 0.7, False: 1.3}
NEAR = 1.5
PRECISION = 1.03
_SURE = 1e6


def choose_wanted(problem: Problem, state: State, outlook: Outlook, guess: float | None) -> tuple[float, Flags]:
    """Return the price of a minute and the readings wanted at it, from the first day on; `guess` is an earlier price.

    The price is found by halving: dear enough that the minutes left pay for the reviews of what is read, the first
    readings of what is wanted and their reviews.
    """
    unread = np.flatnonzero(~state.read)
    before = [problem.candidates[i].wanted_before is not False for i in range(len(problem.candidates))]
    kept = ~state.read & np.array(before, dtype=bool)
    price = guess
    for _ in range(1 if guess else 2):
        curve = unread_curves(problem, state, unread, kept, 0)
        price = _price_that_fits(problem, state, outlook, curve, price)
        net = _net(problem, state, unread, curve, price)
        kept = _flags(problem, _best_set(problem, dict(zip(unread.tolist(), net.tolist(), strict=True))))
    return price or LOWEST, kept


def _price_that_fits(problem: Problem, state: State, outlook: Outlook, curve: Floats, guess: float | None) -> float:
    """Return the least price, by halving, at which what is worth it fits; `curve` is that of the unread."""
    unread = np.flatnonzero(~state.read)
    merged, cost, weight = outlook.merged, problem.cost, problem.weight

    def fits(price: float) -> bool:
        net = _net(problem, state, unread, curve, price)
        chosen = _flags(problem, _peel(problem, dict(zip(unread.tolist(), net.tolist(), strict=True))))[unread]
        used = minutes_bought(merged, cost[outlook.which], weight[outlook.which], price).sum()
        new = minutes_bought(curve, cost[unread], weight[unread], price) + state.left[unread]
        return bool(used + (new * chosen).sum() <= problem.minutes.sum())

    low, high = LOWEST, HIGHEST
    if guess and fits(guess * NEAR) and not fits(guess / NEAR):
        low, high = guess / NEAR, guess * NEAR
    while high > low * PRECISION:
        price = float(np.sqrt(low * high))
        low, high = (low, price) if fits(price) else (price, high)
    return high


def _net(problem: Problem, state: State, unread: Ints, curve: Floats, price: float) -> Floats:
    """Return what each unread reading is worth beyond its minutes at a price. What has begun is never given up."""
    weight = problem.weight[unread]
    factor = np.array([HYSTERESIS[problem.candidates[i].wanted_before] for i in unread.tolist()])
    net = weight * best_net(curve, price * problem.cost[unread] / weight) - price * state.left[unread] * factor
    return np.where(problem.started[unread], _SURE, net)


def _flags(problem: Problem, chosen: set[int]) -> Flags:
    flags = np.zeros(len(problem.candidates), dtype=bool)
    flags[list(chosen)] = True
    return flags


def _best_set(problem: Problem, worth: dict[int, float]) -> set[int]:
    """Return the closed set of about the greatest sum of net worth: peeled from all, or grown from nothing."""
    if all(net > 0 for net in worth.values()):
        return set(worth)
    sets = (_mend(problem, worth, _peel(problem, worth)), _mend(problem, worth, set()))
    return max(sets, key=lambda chosen: sum(worth[i] for i in chosen))


def _peel(problem: Problem, worth: dict[int, float]) -> set[int]:
    """Return all readings but those that, with what builds on them, are worth nothing; from the last back."""
    chosen = set(worth)
    if all(net > 0 for net in worth.values()):
        return chosen
    for index in reversed(worth):
        if index not in chosen:
            continue
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
