"""The order of first readings: what binds, what is only preferred, and what would help to know."""

from collections.abc import Mapping, Sequence
from datetime import date
from graphlib import CycleError, TopologicalSorter
from heapq import heappop, heappush

from studyplan.domain.catalog import Mention, Reading, ReadingId
from studyplan.domain.errors import Invalid

STRENGTH_THAT_BINDS = 2
"""Across clusters one link may be an aside; a text that links twice or more leans on the other."""

Links = Mapping[ReadingId, frozenset[ReadingId]]
Preference = tuple[int, int, date, int]
Rank = tuple[int, int, int, date, int]


def builds_on(readings: Sequence[Reading], mentions: Sequence[Mention]) -> Links:
    """Return what each reading strictly builds on, within the given readings; every reading has an entry."""
    return _earlier(readings, mentions, strict=True)


def put_in_order(readings: Sequence[Reading], mentions: Sequence[Mention]) -> tuple[Reading, ...]:
    """Return the curriculum: the readings in the order in which to read them for the first time.

    Nothing comes before what it builds on. Among what is open: the highest tier that it unlocks or has, the cluster
    just read, the fewest mentions still unread, the most that it unlocks, the older, the earlier in the input.
    Invalid when readings build on each other in a circle.
    """
    strict = builds_on(readings, mentions)
    _refuse_circles(readings, strict)
    unread = {key: set(earlier) for key, earlier in _earlier(readings, mentions, strict=False).items()}
    mentioned_by = _turned(unread)
    choice = _Choice(readings, _preferences(readings, strict))
    order: list[Reading] = []
    sorter = TopologicalSorter(strict)
    sorter.prepare()
    while sorter.is_active():
        for key in sorter.get_ready():
            choice.open(key, len(unread[key]))
        chosen = choice.take()
        sorter.done(chosen.id)
        order.append(chosen)
        for later in mentioned_by[chosen.id]:
            unread[later].remove(chosen.id)
            choice.change(later, len(unread[later]))
    return tuple(order)


def helps_to_know(
    track_readings: Sequence[Reading], all_readings: Sequence[Reading], mentions: Sequence[Mention]
) -> Mapping[ReadingId, tuple[Reading, ...]]:
    """Return the readings outside the track that readings in it strictly build on; only for those that have such."""
    strict = builds_on(all_readings, mentions)
    inside = {reading.id for reading in track_readings}
    place = {reading.id: position for position, reading in enumerate(all_readings)}
    outside = {reading.id: strict[reading.id] - inside for reading in track_readings}
    return {
        key: tuple(all_readings[position] for position in sorted(place[other] for other in others))
        for key, others in outside.items()
        if others
    }


class _Choice:
    """What is open to be read: one heap of all, and one of each cluster, because the cluster just read goes on.

    A rank that has changed is put in anew; the one before is passed over once it comes to the top.
    """

    def __init__(self, readings: Sequence[Reading], preferences: Mapping[ReadingId, Preference]) -> None:
        self._readings = readings
        self._preferences = preferences
        self._ranks: dict[ReadingId, Rank] = {}
        self._all: list[Rank] = []
        self._by_cluster: dict[str, list[Rank]] = {reading.cluster: [] for reading in readings}
        self._just_read: list[Rank] = []

    def open(self, key: ReadingId, unread: int) -> None:
        """Let a reading be chosen; `unread` is how many of its mentions are still unread."""
        tier, unlocked, published_on, position = self._preferences[key]
        rank = self._ranks[key] = (tier, unread, unlocked, published_on, position)
        heappush(self._all, rank)
        heappush(self._by_cluster[self._readings[position].cluster], rank)

    def change(self, key: ReadingId, unread: int) -> None:
        """Count a reading's mentions anew, if it is open."""
        if key in self._ranks:
            self.open(key, unread)

    def take(self) -> Reading:
        """Return the best of what is open, and close it."""
        tops = (*self._top(self._just_read), *self._top(self._all))
        best = min(tops, key=lambda rank: rank[0])  # of equal tiers the first: the cluster just read
        chosen = self._readings[best[-1]]
        del self._ranks[chosen.id]
        self._just_read = self._by_cluster[chosen.cluster]
        return chosen

    def _top(self, heap: list[Rank]) -> list[Rank]:
        while heap and self._ranks.get(self._readings[heap[0][-1]].id) != heap[0]:
            heappop(heap)
        return heap[:1]


def _earlier(readings: Sequence[Reading], mentions: Sequence[Mention], *, strict: bool) -> Links:
    """Return the mentions within the readings that bind, or those that are only a preference."""
    clusters = {reading.id: reading.cluster for reading in readings}
    earlier: dict[ReadingId, set[ReadingId]] = {key: set() for key in clusters}
    for mention in mentions:
        if mention.reading in clusters and mention.earlier in clusters:
            same_cluster = clusters[mention.reading] == clusters[mention.earlier]
            if _binds(mention, same_cluster=same_cluster) is strict:
                earlier[mention.reading].add(mention.earlier)
    return {key: frozenset(others) for key, others in earlier.items()}


def _binds(mention: Mention, *, same_cluster: bool) -> bool:
    if mention.binding is not None:
        return mention.binding
    return same_cluster or mention.strength >= STRENGTH_THAT_BINDS


def _refuse_circles(readings: Sequence[Reading], strict: Links) -> None:
    try:
        TopologicalSorter(strict).prepare()
    except CycleError as error:
        slugs = {reading.id: reading.slug for reading in readings}
        circle = ", which builds on ".join(slugs[key] for key in reversed(error.args[1]))
        advice = "Remove one of these links or mark it as not binding."
        raise Invalid(f"Readings build on each other in a circle: {circle}. {advice}", field="builds_on") from error


def _preferences(readings: Sequence[Reading], strict: Links) -> Mapping[ReadingId, Preference]:
    """Return what stays the same while reading goes on, the best smallest: tier, unlocked, date, position.

    What a reading unlocks is a number with one bit for each: ten thousand that build on each other are 12 MB.
    """
    place = {reading.id: position for position, reading in enumerate(readings)}
    unlocks = dict.fromkeys(strict, 0)
    tiers = {reading.id: reading.tier for reading in readings}
    for key in reversed(tuple(TopologicalSorter(strict).static_order())):
        for earlier in strict[key]:
            unlocks[earlier] |= unlocks[key] | 1 << place[key]
            tiers[earlier] = max(tiers[earlier], tiers[key])
    return {
        reading.id: (
            -tiers[reading.id],
            -unlocks[reading.id].bit_count(),
            reading.published_on or date.max,
            position,
        )
        for position, reading in enumerate(readings)
    }


def _turned(links: Mapping[ReadingId, set[ReadingId]]) -> Mapping[ReadingId, list[ReadingId]]:
    turned: dict[ReadingId, list[ReadingId]] = {key: [] for key in links}
    for later, earlier in links.items():
        for key in earlier:
            turned[key].append(later)
    return turned
