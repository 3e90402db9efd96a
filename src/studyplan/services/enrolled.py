"""What a learner is enrolled for: the readings of all their tracks, in curriculum order."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from sqlalchemy.orm import Session

from studyplan.domain.catalog import Catalog, LearnerId, Reading, ReadingId, TrackId
from studyplan.domain.curriculum import builds_on, put_in_order
from studyplan.store import catalogs, learners, study


@dataclass(frozen=True, kw_only=True, slots=True)
class Enrolled:
    """A reading that a learner is enrolled for, with what binds before it and the date by which it should be known."""

    reading: Reading
    builds_on: frozenset[ReadingId]
    horizon_on: date | None


def list_readings(session: Session, learner_id: LearnerId) -> tuple[Reading, ...]:
    """Return the readings alone."""
    tracks = dict.fromkeys(item.track_id for item in learners.list_enrollments(session, learner_id))
    read = frozenset(study.list_memories(session, learner_id))
    return tuple(item.reading for item in list_enrolled(session, tracks, read))


def list_enrolled(
    session: Session, horizons: Mapping[TrackId, date | None], read: frozenset[ReadingId]
) -> list[Enrolled]:
    """Return the union of tracks: by catalog in curriculum order, with what binds within the union.

    Withdrawn readings belong to it for those who have read them.
    """
    tracks = catalogs.list_tracks_by_id(session, list(horizons))
    listed = {stored.catalog_id: catalogs.get_catalog(session, stored.catalog_id) for stored in tracks}
    wanted_by: dict[ReadingId, date | None] = {}
    for stored in tracks:
        catalog = listed[stored.catalog_id]
        kept = tuple(reading for reading in catalog.withdrawn if reading.id in read)
        for reading in stored.track.choose(catalog.readings + kept):
            wanted_by[reading.id] = _earliest(wanted_by.get(reading.id), horizons[stored.track.id])
    enrolled: dict[ReadingId, Enrolled] = {}
    for catalog in listed.values():
        for reading, links in _in_order(catalog, frozenset(wanted_by)):
            one = Enrolled(reading=reading, builds_on=links, horizon_on=wanted_by[reading.id])
            enrolled.setdefault(reading.id, one)
    return list(enrolled.values())


@lru_cache(maxsize=64)
def _in_order(catalog: Catalog, chosen: frozenset[ReadingId]) -> tuple[tuple[Reading, frozenset[ReadingId]], ...]:
    """Return the chosen readings in curriculum order with what binds among them."""
    readings = [reading for reading in (*catalog.readings, *catalog.withdrawn) if reading.id in chosen]
    links = builds_on(readings, catalog.mentions)
    return tuple((reading, links[reading.id]) for reading in put_in_order(readings, catalog.mentions))


def _earliest(first: date | None, second: date | None) -> date | None:
    return min((day for day in (first, second) if day is not None), default=None)
