"""What there is to read: readings in clusters with tiers, and the tracks chosen from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NewType

ReadingId = NewType("ReadingId", int)
TrackId = NewType("TrackId", int)
LearnerId = NewType("LearnerId", int)

TIERS = range(1, 6)
DEFAULT_TIER_WEIGHTS: Mapping[int, float] = {1: 0.4, 2: 0.6, 3: 0.8, 4: 1.0, 5: 1.5}


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """One thing to read. `minutes` is the time of a first reading; the learner's progress hangs on `url`."""

    id: ReadingId
    slug: str
    title: str
    url: str
    cluster: str
    tier: int
    minutes: int
    words: int = 0
    published_on: date | None = None
    tags: tuple[str, ...] = ()
    summary: str = ""
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Mention:
    """A link from a reading back to an earlier one; `strength` is how often the text links to it."""

    reading: ReadingId
    earlier: ReadingId
    strength: int
    binding: bool | None = None
    """A catalog's own word on whether this link binds; None leaves it to the rule in `curriculum`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cluster:
    """Readings about one subject, in the catalog's order."""

    slug: str
    title: str
    summary: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Catalog:
    """A source's readings with their clusters, tiers and the links between them.

    `withdrawn` are those it lists no more: nobody begins them, who has read one goes on reviewing it.
    """

    slug: str
    title: str
    url: str
    author: str = ""
    shelf: str = ""
    clusters: tuple[Cluster, ...] = ()
    readings: tuple[Reading, ...] = ()
    mentions: tuple[Mention, ...] = ()
    withdrawn: tuple[Reading, ...] = ()

    def __hash__(self) -> int:
        """Return what equal catalogs share without a look at each reading: with every page something is found by it."""
        return hash((self.slug, len(self.readings)))


@dataclass(frozen=True, kw_only=True, slots=True)
class TrackRule:
    """What a track takes from its catalog: clusters (none named: all), a lowest tier, single readings in or out."""

    clusters: tuple[str, ...] = ()
    lowest_tier: int = 1
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def takes(self, reading: Reading) -> bool:
        """Say whether the reading belongs to the track. An exclusion beats an inclusion."""
        if reading.slug in self.exclude:
            return False
        if reading.slug in self.include:
            return True
        return reading.tier >= self.lowest_tier and (not self.clusters or reading.cluster in self.clusters)


@dataclass(frozen=True, kw_only=True, slots=True)
class Track:
    """A named choice from a catalog, with a sentence on whom it is for."""

    id: TrackId
    slug: str
    title: str
    for_whom: str
    rule: TrackRule = field(default_factory=TrackRule)

    def choose(self, readings: Sequence[Reading]) -> tuple[Reading, ...]:
        """Return the track's readings in the order given."""
        return tuple(reading for reading in readings if self.rule.takes(reading))
