"""A learner: whose minutes, where on earth, and what mails are wanted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from studyplan.domain.budget import Budget
from studyplan.domain.catalog import LearnerId, TrackId
from studyplan.domain.local_time import study_day


@dataclass(frozen=True, kw_only=True, slots=True)
class DigestWish:
    """When the digest is wanted: `kind` weekly, daily or off; weekday from Monday = 0; minute of the local day."""

    kind: str
    weekday: int
    minute: int
    paused_until: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Learner:
    """Somebody who studies. `inputs_version` counts what a plan depends on, `feed_version` what feeds show.

    Nothing is told of days before `joined_at`.
    """

    id: LearnerId
    confirmed: bool
    zone_name: str
    zone: tzinfo
    budget: Budget
    tier_weights: Mapping[int, float]
    inputs_version: int
    feed_version: int
    feed_changed_at: datetime
    digest: DigestWish
    joined_at: datetime
    is_demo: bool

    def today(self, now: datetime) -> date:
        """Return the learner's study day at a moment."""
        return study_day(now, self.zone)


@dataclass(frozen=True, kw_only=True, slots=True)
class Enrollment:
    """A learner on a track, with the date by which it should be known, when there is one."""

    track_id: TrackId
    started_at: datetime
    horizon_on: date | None
