"""Walk a plan forward: what each day takes, with the memories that are expected by then."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from studyplan.domain.memory_batch import Floats, Ints
from studyplan.domain.packer import fill, next_part
from studyplan.domain.plan import PROMPT_FROM, REREAD_BELOW
from studyplan.domain.prerequisites import Flags, members
from studyplan.domain.price import Outlook, gain_now, look_from, price_of
from studyplan.domain.problem import Problem, State

LEAST_GAP = 5
"""Days between two reviews of one reading: at a price near nothing one would be reviewed for ever."""
URGENT = 1.5
URGENT_SHARE = 0.15
"""While wanted readings are unread: reviews that buy so many times the price, up to this share of all minutes."""
PRICE_DAYS = 7
DAILY_DAYS = 56
"""How long what a review is worth is computed anew on every day; later once a week."""
ROUNDING = 1e-6


class Entry(NamedTuple):
    """One item of a walk: which reading, on which day, for how long."""

    which: int
    day: int
    review: bool
    minutes: float


@dataclass(kw_only=True, slots=True)
class Walk:
    """A plan in the making: its entries in order, and the price on each day that has minutes."""

    entries: list[Entry] = field(default_factory=list)
    prices: dict[int, float] = field(default_factory=dict)


@dataclass(kw_only=True, slots=True)
class _Day:
    """One day while it is packed, by what was seen on it or earlier in its week; arrays follow `outlook.which`.

    `usual` is what reviews take where the day does not shorten them, `cost` what they take on it.
    """

    looked_on: int
    outlook: Outlook
    usual: Floats
    cost: Floats
    gain: Floats
    day: int = 0
    room: float = 0.0


class Walker:
    """Packs one day after the other, from a state on.

    What the learner put on a day takes its minutes first, then what is best. Where entries that fit are `given`, they
    stand, and only reviews are added.
    """

    def __init__(
        self, problem: Problem, state: State, wanted: Flags, price: float, given: Sequence[Entry] = ()
    ) -> None:
        self.problem, self.state, self.wanted, self.price = problem, state, wanted, price
        self.placed = {} if given else {i: day for i, day in problem.placed.items() if wanted[i] or state.read[i]}
        self.taken, self.given = Walk(), dict[int, list[Entry]]()
        for entry in given:
            self.given.setdefault(entry.day, []).append(entry)
        self.seen: _Day | None = None
        self.longest = float(problem.minutes.max(initial=0.0))
        started = problem.started
        unread = [] if given else np.flatnonzero(wanted & ~state.read).tolist()
        self.queue = sorted(unread, key=lambda i: (i not in self.placed, not started[i], i))
        self.told, self.rests_on = dict(problem.published_part), dict[int, int]()
        self.reviewed, self.total = _minutes_so_far(problem)

    def walk(self) -> Walk:
        """Return the entries from the first day to the horizon."""
        for day in np.flatnonzero(self.problem.minutes > 0).tolist():
            self._pack(self._open(day))
        return self.taken

    def _open(self, day: int) -> _Day:
        room = float(self.problem.minutes[day])
        self.total += room
        seen = self.seen
        if seen is None or day < DAILY_DAYS or day - seen.looked_on >= PRICE_DAYS:
            seen = self.seen = self._look(day)
        seen.day, seen.room = day, room
        seen.cost = np.minimum(seen.usual, self.problem.longest_review[day])
        seen.gain[self.problem.horizon[seen.outlook.which] <= day] = -1.0
        return seen

    def _look(self, day: int) -> _Day:
        problem, state = self.problem, self.state
        outlook = look_from(problem, state, day)
        if not self.taken.prices or day - next(reversed(self.taken.prices)) >= PRICE_DAYS:
            self.price = price_of(problem, state, outlook, self.wanted, day, self.price)
            self.taken.prices[day] = self.price
        which = outlook.which
        cost = review_cost(problem, which, outlook.recall)
        gain = gain_now(problem, outlook, cost, self.price)
        gain[(day - state.last[which] < LEAST_GAP) | (problem.not_before[which] > day)] = -1.0
        return _Day(looked_on=day, outlook=outlook, usual=cost, cost=cost, gain=gain)

    def _pack(self, day: _Day) -> None:
        if self.given:
            self._take_given(day)
        self._take_placed(day)
        if self.queue:
            self._review_what_is_urgent(day)
            self._read_on(day)
        if day.room >= day.cost.min(initial=np.inf):
            open_ = np.flatnonzero(day.gain > 0).tolist()
            costs, gains = day.cost[open_].tolist(), day.gain[open_].tolist()
            for j in fill(day.room, costs, gains):
                self._review(day, open_[j])

    def _take_given(self, day: _Day) -> None:
        """Take the day's given entries; what is given to be reviewed on the next days is not reviewed besides."""
        which = day.outlook.which
        for entry in self.given.get(day.day, ()):
            if not entry.review:
                self._read(day, entry.which, entry.minutes)
                continue
            for j in np.flatnonzero(which == entry.which).tolist():
                day.cost[j] = entry.minutes
                self._review(day, j)
        soon = [entry.which for later in range(1, LEAST_GAP) for entry in self.given.get(day.day + later, ())]
        day.gain[np.isin(which, soon)] = -1.0

    def _take_placed(self, day: _Day) -> None:
        for index in [i for i, on in self.placed.items() if on <= day.day]:
            before = day.room
            if self.state.read[index]:
                self._review_if_it_fits(day, index)
                is_there = day.room < before
            else:
                is_there = self._read_placed(day, index)
            if is_there:
                del self.placed[index]

    def _read_placed(self, day: _Day, index: int) -> bool:
        """Read what the learner put on the day, after what it builds on; say whether the day held any of it."""
        for needed in members(self.problem.links.earlier[index]):
            if needed in self.queue and self._may_read(needed, day.day):
                self._read_part(day, needed)
        return self._may_read(index, day.day) and self._read_part(day, index)

    def _review_if_it_fits(self, day: _Day, index: int) -> None:
        for j in np.flatnonzero(day.outlook.which == index).tolist():
            if day.day < self.problem.horizon[index] and day.cost[j] <= day.room + ROUNDING:
                self._review(day, j)

    def _review_what_is_urgent(self, day: _Day) -> None:
        worth = day.gain / day.cost
        for j in np.argsort(-worth, kind="stable").tolist():
            if worth[j] < URGENT * self.price:
                break
            if day.cost[j] <= day.room and self.reviewed + day.cost[j] <= URGENT_SHARE * self.total:
                self._review(day, j)

    def _review(self, day: _Day, j: int) -> None:
        state, outlook = self.state, day.outlook
        index, minutes = int(outlook.which[j]), float(day.cost[j])
        self.taken.entries.append(Entry(which=index, day=day.day, review=True, minutes=minutes))
        state.stability[index], state.difficulty[index] = outlook.stability[j], outlook.difficulty[j]
        state.last[index], state.curve[index] = day.day, outlook.now[j]
        day.gain[j] = -1.0
        day.room -= minutes
        self.reviewed += minutes

    def _read_on(self, day: _Day) -> None:
        """Read what is next in the queue while the day holds it. What was told as more than that waits."""
        while True:
            too_long = {i for i, minutes in self.told.items() if minutes > day.room}
            index = next((i for i in self.queue if i not in too_long and self._may_read(i, day.day)), None)
            if index is None or not self._read_part(day, index):
                return

    def _may_read(self, index: int, day: int) -> bool:
        open_ = self.problem.not_before[index] <= day < self.problem.read_until[index]
        needs = self.problem.links.needs[index]
        return bool(open_ and self.rests_on.get(index) != day and all(self.state.read[needed] for needed in needs))

    def _read_part(self, day: _Day, index: int) -> bool:
        """Read all of it or a part, and say whether the day held any."""
        told = self.told.get(index)
        minutes = next_part(float(self.state.left[index]), day.room, self.longest) if told is None else told
        if not 0 < minutes <= day.room:
            return False
        self._read(day, index, minutes)
        return True

    def _read(self, day: _Day, index: int, minutes: float) -> None:
        problem, state = self.problem, self.state
        self.taken.entries.append(Entry(which=index, day=day.day, review=False, minutes=minutes))
        day.room -= minutes
        state.left[index] -= minutes
        is_read = state.left[index] <= ROUNDING
        if index in self.queue:
            self.queue.remove(index)
            self.queue[:0] = [] if is_read else [index]
        if self.told.pop(index, None) is not None:
            self.rests_on[index] = day.day  # its next part comes on another day, as parts do
        if is_read:
            state.read[index], state.last[index] = True, day.day
            state.curve[index] = problem.fresh[max(0, problem.horizon[index] - day.day)]


def review_cost(problem: Problem, which: Ints, recall: Floats) -> Floats:
    """Return the minutes of a review: as published, else by the kind that the recall calls for."""
    kind = np.where(recall >= PROMPT_FROM, 0, np.where(recall < REREAD_BELOW, 2, 1))
    published = problem.published_cost[which]
    return np.where(np.isnan(published), problem.cost_by_kind[which, kind], published)


def _minutes_so_far(problem: Problem) -> tuple[float, float]:
    """Return about how many minutes went into reviews, and into everything, before today."""
    reviews: Sequence[float] = [c.memory.reviews * c.usual_review_minutes.skim for c in problem.candidates if c.memory]
    readings = sum(c.minutes - c.minutes_left for c in problem.candidates)
    return sum(reviews), sum(reviews) + readings
