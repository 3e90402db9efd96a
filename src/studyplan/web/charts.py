"""The shelf: where each reading stands on it, and how fresh it looks. The template only draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf

from studyplan.domain.catalog import Reading, ReadingId
from studyplan.domain.standing import Standing

CLUSTER_GAP = 0.9
MOST_GAPS = 50
"""All gaps between clusters take at most this share of the shelf."""
SPINE_GAP = 0.28
LEAST_WIDTH = 0.3
LEAST_STEP = 0.1
"""Spines of a look that stand closer than this, a pixel on the widest page, are one: long shelves are drawn coarser."""
LANDMARK = 5
FRESH_FROM, HALF_FROM = 0.75, 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Spine:
    """A reading on a shelf; x and width in percent."""

    x: float
    width: float
    tall: bool
    look: str


def shelf(readings: Sequence[Reading], looks: Mapping[ReadingId, str] | None = None) -> tuple[Spine, ...]:
    """Return readings as spines, each as wide as its minutes, clusters apart; without `looks` all are plain."""
    groups = _by_cluster(readings)
    gap = min(CLUSTER_GAP, MOST_GAPS / max(1, len(groups)))
    scale = (100 - gap * (len(groups) - 1)) / max(1, sum(reading.minutes for reading in readings))
    spines, x = [], 0.0
    for group in groups:
        drawn: dict[tuple[str, bool], float] = {}
        for reading in group:
            width = reading.minutes * scale
            look, tall = "plain" if looks is None else looks.get(reading.id, ""), reading.tier == LANDMARK
            if x - drawn.get((look, tall), -inf) >= LEAST_STEP:
                drawn[look, tall] = x
                wide = round(max(LEAST_WIDTH, width - SPINE_GAP), 2)
                spines.append(Spine(x=round(x, 2), width=wide, tall=tall, look=look))
            x += width
        x += gap
    return tuple(spines)


def _by_cluster(readings: Sequence[Reading]) -> list[list[Reading]]:
    groups: dict[str, list[Reading]] = {}
    for reading in readings:
        groups.setdefault(reading.cluster, []).append(reading)
    return list(groups.values())


def look_of(standing: Standing) -> str:
    """Return the classes by which a reading's mark shows how it stands."""
    if standing.recall is None:
        return "ready" if standing.is_ready else ""
    if standing.recall >= FRESH_FROM:
        return "read"
    return "read half" if standing.recall >= HALF_FROM else "read faint"


def short_name(title: str) -> str:
    """Return a cluster's title without what follows its dash."""
    return title.partition(" — ")[0]
