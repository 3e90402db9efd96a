"""A learner's private feeds: what one shows of what is due, and in which forms it is read."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NewType

from studyplan.domain.catalog import Reading, ReadingId, TrackId
from studyplan.domain.errors import Invalid
from studyplan.domain.local_time import DAY_BORDER
from studyplan.domain.occurrences import DueItem
from studyplan.domain.plan import ItemKind

FeedId = NewType("FeedId", str)

OVERLAP = timedelta(days=7)
"""How long an old address goes on working beside a new one."""
MOST_FEEDS = 20
LONGEST_NAME = 80
CAPS = range(10, 501)
EVENT_MINUTES = range(DAY_BORDER.hour * 60, 24 * 60)
"""The minutes of a day at which a study day's events may begin: those before belong to the day before."""


class Format(StrEnum):
    """The forms that a feed is read in; the value ends its address."""

    RSS = "rss"
    ATOM = "atom"
    JSON = "json"
    ICS = "ics"


class Kinds(StrEnum):
    """Which kinds of occurrence a feed shows."""

    ALL = "all"
    FIRST = "first"
    REVIEWS = "reviews"


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedWish:
    """What a feed shows: of which tracks (none: all), which kinds, from which tier on, how many entries.

    For its calendar: one event for each item instead of one for each study day, and the minute at which events begin.
    """

    tracks: tuple[TrackId, ...] = ()
    kinds: Kinds = Kinds.ALL
    lowest_tier: int = 1
    cap: int = 100
    event_per_item: bool = False
    event_minute: int = 7 * 60

    def __post_init__(self) -> None:
        if self.cap not in CAPS:
            raise Invalid(f"A feed shows {CAPS[0]} to {CAPS[-1]} entries, not {self.cap}.", field="cap")
        if self.event_minute not in EVENT_MINUTES:
            raise Invalid("Events begin between 4:00 and 23:59: a study day ends at 4.", field="event_minute")

    def takes(self, kind: ItemKind, reading: Reading, on_tracks: Collection[ReadingId] | None) -> bool:
        """Say whether the feed shows an item of this kind; `on_tracks` are the readings of its tracks, None for all."""
        if on_tracks is not None and reading.id not in on_tracks:
            return False
        is_review = kind is ItemKind.REVIEW
        return reading.tier >= self.lowest_tier and (
            self.kinds is Kinds.ALL or is_review == (self.kinds is Kinds.REVIEWS)
        )

    def choose(self, due: Iterable[DueItem], on_tracks: Collection[ReadingId] | None) -> list[DueItem]:
        """Return the due items that the feed shows, in the order given."""
        return [item for item in due if self.takes(item.occurrence.kind, item.reading, on_tracks)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Feed:
    """A named private feed. `version` counts its addresses; `used_on` is the last day on which it was read."""

    id: FeedId
    name: str
    wish: FeedWish = field(default_factory=FeedWish)
    version: int = 1
    on: bool = True
    made_at: datetime
    used_on: date | None = None

    def __post_init__(self) -> None:
        if not 1 <= len(self.name) <= LONGEST_NAME:
            raise Invalid(f"Give the feed a name of 1 to {LONGEST_NAME} characters.", field="name")
