"""Which unread readings are worth their minutes: a set that holds all that its members build on."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from studyplan.domain.memory_batch import Floats, Ints
from studyplan.domain.price import (
    HIGHEST,
    LOWEST,
    Outlook,
    best_net,
    minutes_bought,
    recall_bought,
    unread_curves,
)
from studyplan.domain.problem import Flags, Problem, State

HYSTERESIS = {None: 1.0, True: 0.7, False: 1.3}
NEAR = 1.5
PRECISION = 1.03
ROUNDING = 1e-9
MOST_PASSES = 5
"""What is wanted tells when each reading would be read, which tells what is wanted."""
_SURE = 1e6


@dataclass(frozen=True, kw_only=True, slots=True)
class _Market:
    """What competes for the minutes: reviews of what is read, and unread readings with the reviews that they need.

    `curve` and `hysteresis` follow `unread`; what is promised is never given up.
    """

    problem: Problem
    left: Floats
    outlook: Outlook
    unread: Ints
    curve: Floats
    hysteresis: Floats

    def worth(self, price: float) -> dict[int, float]:
        """Return what each unread reading is worth beyond its minutes at a price."""
        weight = self.problem.weight[self.unread]
        net = weight * best_net(self.curve, price * self.problem.cost[self.unread] / weight)
        net = np.where(self.problem.promised[self.unread], _SURE, net - price * self.left * self.hysteresis)
        net[self.problem.not_before[self.unread] >= self.problem.read_until[self.unread]] = -_SURE
        return dict(zip(self.unread.tolist(), net.tolist(), strict=True))

    def minutes(self, price: float) -> dict[int, float]:
        """Return the minutes of each unread reading and of the reviews that are worth the price."""
        cost, weight = self.problem.cost[self.unread], self.problem.weight[self.unread]
        minutes = minutes_bought(self.curve, cost, weight, price) + self.left
        return dict(zip(self.unread.tolist(), minutes.tolist(), strict=True))

    def recall(self, price: float, kept: Flags) -> float:
        """Return the weighted recall that the price leads to when some unread readings are read."""
        cost, weight = self.problem.cost, self.problem.weight
        which, of_kept = self.outlook.which, kept[self.unread]
        unread = self.unread[of_kept]
        read = weight[which] @ recall_bought(self.outlook.merged, cost[which], weight[which], price)
        return float(read + weight[unread] @ recall_bought(self.curve[of_kept], cost[unread], weight[unread], price))

    def room(self, price: float, chosen: Iterable[int]) -> float:
        """Return the minutes that are left over at a price when some unread readings are read."""
        which, minutes = self.outlook.which, self.minutes(price)
        cost, weight = self.problem.cost[which], self.problem.weight[which]
        used = minutes_bought(self.outlook.merged, cost, weight, price).sum()
        return float(self.problem.usable.sum() - used) - sum(minutes[i] for i in chosen)


def choose_wanted(problem: Problem, state: State, outlook: Outlook, guess: float | None) -> tuple[float, Flags]:
    """Return the price of a minute and the readings wanted at it, from the first day on; `guess` is an earlier price.

    The price is found by halving: dear enough that the minutes left pay for the reviews of what is read, the first
    readings of what is wanted and their reviews. A slightly lower price often wants many more readings, too many; the
    best of those fill what the higher price leaves over.
    """
    unread = np.flatnonzero(~state.read)
    before = [problem.candidates[i].wanted_before for i in unread.tolist()]
    kept = ~state.read
    kept[unread] = [wanted is not False for wanted in before]
    hysteresis = np.array([HYSTERESIS[wanted] for wanted in before], dtype=float)
    market = _Market(
        problem=problem,
        left=state.left[unread],
        outlook=outlook,
        unread=unread,
        curve=unread_curves(problem, state, unread, kept, 0),
        hysteresis=hysteresis,
    )
    best, price, wanted = -1.0, HIGHEST, kept
    for _ in range(MOST_PASSES):
        low, guess = _bracket_price(market, guess)
        chosen = _best_set(problem, market.worth(guess))
        chosen = _complete(market, chosen, low, guess) or _anything(market)
        kept = _flags(problem, chosen)
        market = replace(market, curve=unread_curves(problem, state, unread, kept, 0))
        if (recall := market.recall(guess, kept)) > best:
            best, price, wanted = recall, guess, kept
    return price, wanted


def _bracket_price(market: _Market, guess: float | None) -> tuple[float, float]:
    """Return two close prices, by halving: at the higher what is worth it fits into the minutes, at the lower not."""

    def fits(price: float) -> bool:
        return market.room(price, _peel(market.problem, market.worth(price))) >= 0

    low, high = LOWEST, HIGHEST
    if guess and fits(guess * NEAR) and not fits(guess / NEAR):
        low, high = guess / NEAR, guess * NEAR
    while high > low * PRECISION:
        price = float(np.sqrt(low * high))
        low, high = (low, price) if fits(price) else (price, high)
    return low, high


def _complete(market: _Market, chosen: set[int], low: float, high: float) -> set[int]:
    """Return the set with blocks that the lower price would want too, best by worth per minute, while they fit."""
    worth, minutes = market.worth(low), market.minutes(high)
    more = _peel(market.problem, worth) - chosen
    room, earlier = market.room(high, chosen), market.problem.earlier

    def block(index: int) -> list[int]:
        return [i for i in (*earlier[index], index) if i not in chosen]

    def worth_per_minute(index: int) -> float:
        members = block(index)
        return sum(worth[i] for i in members) / max(sum(minutes[i] for i in members), ROUNDING)

    for index in sorted(more, key=lambda index: (-worth_per_minute(index), index)):
        members = block(index)
        needed = sum(minutes[i] for i in members)
        if index not in chosen and needed <= room:
            chosen = chosen | set(members)
            room -= needed
    return chosen


def _anything(market: _Market) -> set[int]:
    """Return what is worth most a minute of all that the minutes hold without reviews, when there are no reviews."""
    if len(market.outlook.which):
        return set()
    worth, left = market.worth(LOWEST), dict(zip(market.unread.tolist(), market.left.tolist(), strict=True))
    blocks = [(*market.problem.earlier[index], index) for index in worth]
    fitting = [block for block in blocks if sum(left[i] for i in block) <= market.problem.minutes.sum()]
    best = max(fitting, key=lambda block: sum(worth[i] for i in block) / sum(left[i] for i in block), default=())
    return set(best)


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
