"""The price of a minute: what the least worthwhile of the minutes left must buy."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from studyplan.domain.memory_batch import Floats, Ints, expected_step, recall_after
from studyplan.domain.prerequisites import Flags
from studyplan.domain.problem import Problem, State
from studyplan.domain.value import MOST_REVIEWS, curve_table, gaps

COUNTS = np.arange(MOST_REVIEWS + 1)
_GRID = 1.15 ** np.arange(-6.0, 7.0)
LOWEST, HIGHEST = 1e-7, 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlook:
    """What a review on one day would do to each of some readings.

    `later` are the value curves if the next review is still to come at its even gap (counts whose first gap has passed
    hold -1), `now` the curves after a review on the day, which leaves `stability` and `difficulty`.
    """

    which: Ints
    recall: Floats
    stability: Floats
    difficulty: Floats
    later: Floats
    now: Floats

    @property
    def merged(self) -> Floats:
        """Return the curves with an overdue first review taken as one today."""
        merged = self.later.copy()
        merged[:, 1:] = np.where(merged[:, 1:] < 0, self.now[:, :-1], merged[:, 1:])
        return merged


class Memories(NamedTuple):
    """Stability, difficulty and last day, counted from today, of some readings."""

    stability: Floats
    difficulty: Floats
    last: Ints


def look(problem: Problem, which: Ints, memories: Memories, curve: Floats, day: Ints | int) -> Outlook:
    """Return the outlook of readings, given by index with their memories and value curves, on a day (one for each)."""
    elapsed, span = day - memories.last, problem.horizon[which] - memories.last
    recall = recall_after(memories.stability, elapsed, problem.parameters)
    stability, difficulty = expected_step(memories.stability, memories.difficulty, recall, problem.parameters)
    now = curve_table(problem.parameters.version).read(stability, difficulty, span - elapsed)
    passed = gaps(span.astype(float)) < elapsed[:, None]
    passed[:, 0] = False
    later = np.where(passed, -1.0, curve)
    return Outlook(which=which, recall=recall, stability=stability, difficulty=difficulty, later=later, now=now)


def look_from(problem: Problem, state: State, day: int) -> Outlook:
    """Return the outlook of all that is read by a day and has its horizon still ahead."""
    which = np.flatnonzero(state.read & (problem.horizon > day))
    memories = Memories(state.stability[which], state.difficulty[which], state.last[which])
    return look(problem, which, memories, state.curve[which], day)


def gain_now(problem: Problem, outlook: Outlook, cost: Floats, price: Floats | float) -> Floats:
    """Return what a review now gains, in weighted recall, over the best that is left without it; both at the price."""
    weight = problem.weight[outlook.which]
    each = price * cost / weight
    gain: Floats = weight * (best_net(outlook.now, each) - best_net(outlook.later, each))
    return gain


def best_net(curve: Floats, price_per_review: Floats) -> Floats:
    """Return the greatest recall less the price of its reviews, over k = 0..8 reviews."""
    net: Floats = (curve - price_per_review[:, None] * COUNTS).max(axis=1)
    return net


def minutes_bought(curve: Floats, cost: Floats, weight: Floats, price: float) -> Floats:
    """Return for each reading the minutes of reviews that are worth the price."""
    bought: Floats = cost * _reviews_bought(curve, cost, weight, price)
    return bought


def recall_bought(curve: Floats, cost: Floats, weight: Floats, price: float) -> Floats:
    """Return for each reading the recall after the reviews that are worth the price."""
    recall: Floats = curve[np.arange(len(curve)), _reviews_bought(curve, cost, weight, price)]
    return recall


def _reviews_bought(curve: Floats, cost: Floats, weight: Floats, price: float) -> Ints:
    count: Ints = (curve - (price * cost / weight)[:, None] * COUNTS).argmax(axis=1)
    return count


def unread_curves(problem: Problem, state: State, unread: Ints, kept: Flags, day: int) -> Floats:
    """Return the curves of unread readings, each from the day at which the kept queue before it would be read."""
    rate = max(1e-9, problem.minutes[day:].sum() / max(1, problem.days - day))
    before = np.cumsum(np.where(kept[unread], state.left[unread], 0.0))
    start = np.minimum(day + before / rate, problem.days)
    curve: Floats = problem.fresh[np.maximum(problem.horizon[unread] - start, 0.0).astype(int)]
    return curve


def price_of(problem: Problem, state: State, outlook: Outlook, wanted: Flags, day: int, guess: float) -> float:
    """Return the price at which the reviews and the wanted readings take up the minutes that are left from a day on."""
    unread = np.flatnonzero(wanted & ~state.read & (problem.horizon > day))
    which = np.concatenate((outlook.which, unread))
    curve = np.concatenate((outlook.merged, unread_curves(problem, state, unread, wanted, day)))
    cost = problem.cost[which]
    per_count = (cost / problem.weight[which])[:, None] * COUNTS
    left = problem.usable[day:].sum() - state.left[unread].sum()
    price = min(max(guess, LOWEST), HIGHEST)
    while True:
        prices = price * _GRID
        bought = (curve[None] - prices[:, None, None] * per_count[None]).argmax(axis=2)
        fits = np.flatnonzero(bought @ cost <= left)
        price = float(prices[fits[0]] if len(fits) else prices[-1])
        inside = len(fits) > 0 and fits[0] > 0
        if inside or not LOWEST < price < HIGHEST:
            return price
