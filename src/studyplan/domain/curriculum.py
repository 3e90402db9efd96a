"""The order of first readings: what binds, what is only preferred, and what would help to know."""

from collections.abc import Mapping, Sequence
from datetime import date
from graphlib import CycleError, TopologicalSorter

from studyplan.domain.catalog import Mention, Reading, ReadingId
from studyplan.domain.errors import Invalid

STRENGTH_THAT_BINDS = 2
"""Across clusters one link may be an aside; a text that links twice or more leans on the other."""

Links = Mapping[ReadingId, frozenset[ReadingId]]


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
    preference = _preferences(readings, strict)
    by_id = {reading.id: reading for reading in readings}
    unread = {key: set(earlier) for key, earlier in _earlier(readings, mentions, strict=False).items()}
    mentioned_by = _turned(unread)

    def rank(key: ReadingId) -> tuple[int, bool, int, int, date, int]:
        tier, unlocked, published_on, position = preference[key]
        changes_cluster = bool(order) and by_id[key].cluster != order[-1].cluster
        return (tier, changes_cluster, len(unread[key]), unlocked, published_on, position)

    order: list[Reading] = []
    candidates: set[ReadingId] = set()
    sorter = TopologicalSorter(strict)
    sorter.prepare()
    while sorter.is_active():
        candidates.update(sorter.get_ready())
        chosen = min(candidates, key=rank)
        candidates.remove(chosen)
        sorter.done(chosen)
        order.append(by_id[chosen])
        for later in mentioned_by[chosen]:
            unread[later].remove(chosen)
    return tuple(order)


def helps_to_know(
    track_readings: Sequence[Reading], all_readings: Sequence[Reading], mentions: Sequence[Mention]
) -> Mapping[ReadingId, tuple[Reading, ...]]:
    """Return the readings outside the track that readings in it strictly build on; only for those that have such."""
    strict = builds_on(all_readings, mentions)
    inside = {reading.id for reading in track_readings}
    outside = {
        reading.id: tuple(other for other in all_readings if other.id in strict[reading.id] - inside)
        for reading in track_readings
    }
    return {key: readings for key, readings in outside.items() if readings}


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


def _preferences(readings: Sequence[Reading], strict: Links) -> Mapping[ReadingId, tuple[int, int, date, int]]:
    """Return what stays the same while reading goes on, the best smallest: tier, unlocked, date, position."""
    unlocks: dict[ReadingId, set[ReadingId]] = {key: set() for key in strict}
    for key in reversed(tuple(TopologicalSorter(strict).static_order())):
        for earlier in strict[key]:
            unlocks[earlier] |= unlocks[key] | {key}
    tiers = {reading.id: reading.tier for reading in readings}
    return {
        reading.id: (
            -max(tiers[key] for key in (reading.id, *unlocks[reading.id])),
            -len(unlocks[reading.id]),
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
