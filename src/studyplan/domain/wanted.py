"""Which unread readings are worth their minutes: a set that holds all that its members build on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from studyplan.domain.memory_batch import Floats, Ints
from studyplan.domain.prerequisites import Bits, Flags, bits_of, flags_of, members, total
from studyplan.domain.price import (
    HIGHEST,
    LOWEST,
    Outlook,
    best_net,
    minutes_bought,
    recall_bought,
    unread_curves,
)
from studyplan.domain.problem import Problem, State

HYSTERESIS = {None: 1.0, True: 0.7, False: 1.3}
NEAR = 1.5
PRECISION = 1.03
ROUNDING = 1e-9
LEAST_GAIN = 1e-12
MOST_PASSES = 5
"""What is wanted tells when each reading would be read, which tells what is wanted."""
_SURE = 1e6


@dataclass(frozen=True, kw_only=True, slots=True)
class _Market:
    """What competes for the minutes: reviews of what is read, and unread readings with the reviews that they need.

    `curve` and `hysteresis` follow `unread`; what is promised is never given up. Of `all` that is unread, others build
    on what is `leading`, and what is `alone` is linked with nothing.
    """

    problem: Problem
    left: Floats
    outlook: Outlook
    unread: Ints
    curve: Floats
    hysteresis: Floats
    all: Bits
    leading: Bits
    alone: Bits

    def worth(self, price: float) -> Floats:
        """Return what each unread reading is worth beyond its minutes at a price; one entry a candidate."""
        weight = self.problem.weight[self.unread]
        net = weight * best_net(self.curve, price * self.problem.cost[self.unread] / weight)
        net = np.where(self.problem.promised[self.unread], _SURE, net - price * self.left * self.hysteresis)
        net[self.problem.not_before[self.unread] >= self.problem.read_until[self.unread]] = -_SURE
        return self.spread(net)

    def minutes(self, price: float) -> Floats:
        """Return the minutes of each unread reading and of the reviews worth the price; one entry a candidate."""
        cost, weight = self.problem.cost[self.unread], self.problem.weight[self.unread]
        return self.spread(minutes_bought(self.curve, cost, weight, price) + self.left)

    def recall(self, price: float, kept: Flags) -> float:
        """Return the weighted recall that the price leads to when some unread readings are read."""
        cost, weight = self.problem.cost, self.problem.weight
        which, of_kept = self.outlook.which, kept[self.unread]
        unread = self.unread[of_kept]
        read = weight[which] @ recall_bought(self.outlook.merged, cost[which], weight[which], price)
        return float(read + weight[unread] @ recall_bought(self.curve[of_kept], cost[unread], weight[unread], price))

    def spread(self, of_unread: Floats) -> Floats:
        """Return figures of the unread with one entry a candidate, 0 for the others."""
        spread = np.zeros(len(self.problem.candidates))
        spread[self.unread] = of_unread
        return spread

    def room(self, price: float, chosen: Bits) -> float:
        """Return the minutes that are left over at a price when some unread readings are read."""
        which = self.outlook.which
        cost, weight = self.problem.cost[which], self.problem.weight[which]
        used = minutes_bought(self.outlook.merged, cost, weight, price).sum()
        return float(self.problem.usable.sum() - used) - total(self.minutes(price), chosen)


def choose_wanted(
    problem: Problem, state: State, outlook: Outlook, guess: float | None, wanted_before: Sequence[bool | None]
) -> tuple[float, Flags]:
    """Return the price of a minute and the readings wanted at it, from the first day on.

    An earlier plan had the price `guess` and wanted what `wanted_before` says of the candidates. The price is found by
    halving: dear enough that the minutes left pay for the reviews of what is read, the first readings of what is wanted
    and their reviews. A slightly lower price often wants many more readings, too many; the best of those fill what the
    higher price leaves over.
    """
    unread = np.flatnonzero(~state.read)
    before = [wanted_before[i] for i in unread.tolist()]
    kept = ~state.read
    kept[unread] = [wanted is not False for wanted in before]
    hysteresis = np.array([HYSTERESIS[wanted] for wanted in before], dtype=float)
    leading, following = (bits_of(np.array(side, dtype=bool)) for side in (problem.links.later, problem.links.earlier))
    market = _Market(
        problem=problem,
        left=state.left[unread],
        outlook=outlook,
        unread=unread,
        curve=unread_curves(problem, state, unread, kept, 0),
        hysteresis=hysteresis,
        all=bits_of(~state.read),
        leading=leading,
        alone=bits_of(~state.read) & ~(leading | following),
    )
    best, price, wanted = -1.0, HIGHEST, kept
    for _ in range(MOST_PASSES):
        low, guess = _bracket_price(market, guess)
        chosen = _best_set(market, market.worth(guess))
        chosen = _complete(market, chosen, low, guess) or _anything(market)
        kept = flags_of(chosen, len(problem.candidates))
        market = replace(market, curve=unread_curves(problem, state, unread, kept, 0))
        if (recall := market.recall(guess, kept)) > best:
            best, price, wanted = recall, guess, kept
    return price, wanted


def _bracket_price(market: _Market, guess: float | None) -> tuple[float, float]:
    """Return two close prices, by halving: at the higher what is worth it fits into the minutes, at the lower not."""

    def fits(price: float) -> bool:
        return market.room(price, _peel(market, market.worth(price))) >= 0

    low, high = LOWEST, HIGHEST
    if guess and fits(guess * NEAR) and not fits(guess / NEAR):
        low, high = guess / NEAR, guess * NEAR
    while high > low * PRECISION:
        price = float(np.sqrt(low * high))
        low, high = (low, price) if fits(price) else (price, high)
    return low, high


def _complete(market: _Market, chosen: Bits, low: float, high: float) -> Bits:
    """Return the set with blocks that the lower price would want too, best by worth per minute, while they fit."""
    worth, minutes = market.worth(low), market.minutes(high)
    earlier, room = market.problem.links.earlier, market.room(high, chosen)

    def block(index: int) -> Bits:
        return (earlier[index] | 1 << index) & ~chosen

    def worth_per_minute(index: int) -> float:
        return total(worth, block(index)) / max(total(minutes, block(index)), ROUNDING)

    more = members(_peel(market, worth) & ~chosen)
    for index in sorted(more, key=lambda index: (-worth_per_minute(index), index)):
        needed = total(minutes, block(index))
        if not chosen >> index & 1 and needed <= room:
            chosen |= block(index)
            room -= needed
    return chosen


def _anything(market: _Market) -> Bits:
    """Return what is worth most a minute of all that the minutes hold without reviews, when there are no reviews."""
    if len(market.outlook.which):
        return 0
    worth, left, there = market.worth(LOWEST), market.spread(market.left), market.problem.minutes.sum()
    blocks = (market.problem.links.earlier[index] | 1 << index for index in market.unread.tolist())
    fitting = [block for block in blocks if total(left, block) <= there]
    return max(fitting, key=lambda block: total(worth, block) / total(left, block), default=0)


def _best_set(market: _Market, worth: Floats) -> Bits:
    """Return the closed set of about the greatest sum of net worth: peeled from all, or grown from nothing."""
    if (worth[market.unread] > 0).all():
        return market.all
    sets = (_mend(market, worth, _peel(market, worth)), _mend(market, worth, 0))
    return max(sets, key=lambda chosen: total(worth, chosen))


def _peel(market: _Market, worth: Floats) -> Bits:
    """Return all readings but those that, with what builds on them, are worth nothing; from the last back.

    What nothing builds on speaks for itself. Only where worth and worthless meet is anything added up.
    """
    later = market.problem.links.later
    gains, loses = bits_of(worth > 0), bits_of(worth <= 0)
    chosen = market.all & (gains | market.leading)
    if not chosen & loses:
        return chosen
    for index in reversed(members(market.leading)):
        gone = 1 << index | chosen & later[index]
        if not gone & gains or (gone & loses and total(worth, gone) <= 0):
            chosen &= ~gone
    return chosen


def _mend(market: _Market, worth: Floats, chosen: Bits) -> Bits:
    """Return the set after adding and dropping readings, with what they need or what needs them, while that gains.

    What stands alone is in it where it gains. A block whose members are all where they gain needs no adding up.
    """
    links = market.problem.links
    gains, loses = bits_of(worth > 0), bits_of(worth < 0)
    chosen = (chosen | market.alone & bits_of(worth > LEAST_GAIN)) & ~(market.alone & bits_of(worth < -LEAST_GAIN))
    linked = members(market.all & ~market.alone)
    changed = True
    while changed:
        changed = False
        for index in linked:
            is_in = chosen >> index & 1
            block = 1 << index | (chosen & links.later[index] if is_in else links.earlier[index] & ~chosen)
            if block & (loses if is_in else gains):
                gain = total(worth, block) * (-1 if is_in else 1)
                if gain > LEAST_GAIN:
                    chosen ^= block
                    changed = True
    return chosen
