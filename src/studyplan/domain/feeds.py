"""A learner's private feeds: what one shows of what is due, and in which forms it is read."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NewType

from studyplan.domain.errors import Invalid
from studyplan.domain.occurrences import DueItem
from studyplan.domain.plan import ItemKind

FeedId = NewType("FeedId", str)

OVERLAP = timedelta(days=7)
"""How long an old address goes on working beside a new one."""
LONGEST_NAME = 80
CAPS = range(10, 501)


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
    """What a feed shows. `tracks` are slugs (none: all); `event_per_item` is for the calendar: else one a study day."""

    tracks: tuple[str, ...] = ()
    kinds: Kinds = Kinds.ALL
    lowest_tier: int = 1
    cap: int = 100
    event_per_item: bool = False

    def __post_init__(self) -> None:
        if self.cap not in CAPS:
            raise Invalid(f"A feed shows {CAPS[0]} to {CAPS[-1]} entries, not {self.cap}.", field="cap")

    def takes(self, kind: ItemKind, tier: int) -> bool:
        """Say whether the feed shows this kind of item on a reading of this tier."""
        is_review = kind is ItemKind.REVIEW
        return tier >= self.lowest_tier and (self.kinds is Kinds.ALL or is_review == (self.kinds is Kinds.REVIEWS))

    def choose(self, due: Iterable[DueItem]) -> list[DueItem]:
        """Return the due items that the feed shows, in the order given."""
        return [item for item in due if self.takes(item.occurrence.kind, item.reading.tier)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Feed:
    """A named private feed. `version` counts its addresses; `used_on` is the last day on which it was read."""

    id: FeedId
    name: str
    wish: FeedWish = field(default_factory=FeedWish)
    version: int
    on: bool
    made_at: datetime
    changed_at: datetime
    used_on: date | None
    revoked_at: datetime | None

    def __post_init__(self) -> None:
        if not 1 <= len(self.name) <= LONGEST_NAME:
            raise Invalid(f"Give the feed a name of 1 to {LONGEST_NAME} characters.", field="name")
