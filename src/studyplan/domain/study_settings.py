"""What a learner decides about the plan, as one value: changed, tried out, applied, and put back part by part."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from studyplan.domain.budget import Break, Budget, scaled
from studyplan.domain.catalog import DEFAULT_TIER_WEIGHTS, TrackId
from studyplan.domain.errors import Invalid, NotFound
from studyplan.domain.local_time import study_day, zone_of

NO_TRACK = "You are not on this track."
LONGEST_BREAK = timedelta(days=366)
LONGEST_HORIZON = timedelta(days=5 * 366)


@dataclass(frozen=True, kw_only=True, slots=True)
class StudySettings:
    """Minutes, breaks and one-off days; the zone; what a tier counts; the tracks, each with its date or none."""

    budget: Budget
    zone_name: str
    tier_weights: Mapping[int, float]
    horizons: Mapping[TrackId, date | None]

    def with_weekdays(self, weekdays: tuple[int, ...]) -> "StudySettings":
        """Return them with other minutes for Monday to Sunday."""
        return replace(self, budget=replace(self.budget, weekdays=weekdays))

    def with_minutes_more(self, minutes: int) -> "StudySettings":
        """Return them with so many minutes a week more (or fewer), shared out as the days share them now."""
        weekdays = self.budget.weekdays
        days = weekdays if any(weekdays) else (1, 0, 0, 0, 0, 0, 0)
        return self.with_weekdays(scaled(days, max(0, sum(weekdays) + minutes)))

    def with_break(self, pause: Break) -> "StudySettings":
        """Return them with a break, before its time or after.

        It takes the place of one that begins on the same day, and takes in others that it meets.

        Invalid when it ends before it begins or is too long.
        """
        if pause.last_on < pause.first_on:
            raise Invalid("A break ends on the day it begins or later.", field="last_on")
        if pause.last_on - pause.first_on > LONGEST_BREAK:
            raise Invalid("A break lasts a year at most. For longer, leave the track.", field="last_on")
        kept = [item for item in self.budget.breaks if item.first_on != pause.first_on]
        met = [item for item in kept if item.first_on <= pause.last_on and pause.first_on <= item.last_on]
        whole = Break(
            first_on=min(item.first_on for item in (*met, pause)), last_on=max(item.last_on for item in (*met, pause))
        )
        others = [item for item in kept if item not in met]
        breaks = tuple(sorted((*others, whole), key=lambda item: item.first_on))
        one_off = {on: minutes for on, minutes in self.budget.one_off.items() if on not in pause}
        return replace(self, budget=replace(self.budget, breaks=breaks, one_off=one_off))

    def without_break(self, first_on: date) -> "StudySettings":
        """Return them without the break that begins on a day."""
        breaks = tuple(item for item in self.budget.breaks if item.first_on != first_on)
        return replace(self, budget=replace(self.budget, breaks=breaks))

    def with_day(self, on: date, minutes: int) -> "StudySettings":
        """Return them with other minutes on one day."""
        return replace(self, budget=replace(self.budget, one_off={**self.budget.one_off, on: minutes}))

    def with_lowest_tier(self, tier: int) -> "StudySettings":
        """Return them with nothing below a tier counting: what is unread of it is left out."""
        weights = {
            key: 0.0 if key < tier else weight or DEFAULT_TIER_WEIGHTS[key] for key, weight in self.tier_weights.items()
        }
        return replace(self, tier_weights=weights)

    def with_tier_weights(self, weights: Mapping[int, float]) -> "StudySettings":
        """Return them with other weights of the tiers."""
        return replace(self, tier_weights=weights)

    def with_zone(self, zone_name: str) -> "StudySettings":
        """Return them with the days of another zone."""
        return replace(self, zone_name=zone_name)

    def with_horizon(self, horizon_on: date | None, track_id: TrackId | None = None) -> "StudySettings":
        """Return them with another date for one track, or for all; NotFound for a track that is not there."""
        if track_id is not None and track_id not in self.horizons:
            raise NotFound(NO_TRACK)
        horizons = {key: horizon_on if track_id in (None, key) else before for key, before in self.horizons.items()}
        return replace(self, horizons=horizons)

    def with_track(self, track_id: TrackId, horizon_on: date | None) -> "StudySettings":
        """Return them with a track to be on, and its date."""
        return replace(self, horizons={**self.horizons, track_id: horizon_on})

    def without_track(self, track_id: TrackId) -> "StudySettings":
        """Return them without a track; NotFound for one that is not there."""
        if track_id not in self.horizons:
            raise NotFound(NO_TRACK)
        return replace(self, horizons={key: day for key, day in self.horizons.items() if key != track_id})

    def check_horizons(self, former: "StudySettings", *, now: datetime) -> None:
        """Raise Invalid when a date that is new has begun already where the learner lives, or is too far off."""
        today = study_day(now, zone_of(self.zone_name))
        new = [day for key, day in self.horizons.items() if day and day != former.horizons.get(key)]
        if not all(today < day <= today + LONGEST_HORIZON for day in new):
            raise Invalid("Choose a date after today, within five years.", field="horizon_on")


def to_document(settings: StudySettings) -> dict[str, Any]:
    """Return the settings as JSON values."""
    budget = settings.budget
    return {
        "weekdays": list(budget.weekdays),
        "breaks": [[pause.first_on.isoformat(), pause.last_on.isoformat()] for pause in budget.breaks],
        "one_off": {on.isoformat(): minutes for on, minutes in budget.one_off.items()},
        "tier_weights": {str(tier): weight for tier, weight in settings.tier_weights.items()},
        "zone_name": settings.zone_name,
        "horizons": {str(key): day.isoformat() if day else None for key, day in settings.horizons.items()},
    }


def changed_parts(document: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of a document that are different in another."""
    return {name: part for name, part in document.items() if other[name] != part}


def from_document(document: Mapping[str, Any]) -> StudySettings:
    """Return the settings that `to_document` wrote."""
    day = date.fromisoformat
    return StudySettings(
        budget=Budget(
            weekdays=tuple(document["weekdays"]),
            breaks=tuple(Break(first_on=day(first), last_on=day(last)) for first, last in document["breaks"]),
            one_off={day(on): minutes for on, minutes in document["one_off"].items()},
        ),
        zone_name=document["zone_name"],
        tier_weights={int(tier): weight for tier, weight in document["tier_weights"].items()},
        horizons={TrackId(int(key)): day(on) if on else None for key, on in document["horizons"].items()},
    )
