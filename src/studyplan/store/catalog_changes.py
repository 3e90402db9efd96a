"""Write catalogs and tracks. A learner's progress hangs on reading ids, which outlive titles, tiers and addresses."""

import secrets
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from studyplan.domain.catalog import Catalog, ReadingId, Track
from studyplan.store.catalogs import CHANGED
from studyplan.store.merging import merge_readings
from studyplan.store.rows import (
    BuildsOnRow,
    CatalogRow,
    ClusterRow,
    EnrollmentRow,
    EntryRow,
    LearnerRow,
    ReadingRow,
    TrackRow,
)

AT_ONCE = 10_000

Addresses = tuple[str, Sequence[str]]
"""A reading's canonical URL, and those that it had before."""


def identify(session: Session, addresses: Sequence[Addresses], *, now: datetime) -> list[ReadingId]:
    """Return the ids of readings. One that is known by a former address moves to its new one with all progress.

    It keeps its id, unless the new address is known too: then it becomes one with the reading there.
    """
    known = _by_url(session, [url for present, former in addresses for url in (present, *former)])
    for present, former in addresses:
        for moved in (known[url] for url in former if url in known):
            there = known.setdefault(present, moved)
            if there is moved:
                moved.canonical_url = present
            else:
                _merge(session, ReadingId(moved.id), ReadingId(there.id), now=now)
    session.flush()
    if new := [present for present, _ in addresses if present not in known]:
        session.execute(insert(ReadingRow), [{"canonical_url": url} for url in new])
        known |= _by_url(session, new)
    return [ReadingId(known[present].id) for present, _ in addresses]


def find_checksum(session: Session, slug: str) -> str | None:
    """Return the checksum of the files that a catalog was loaded from."""
    return session.scalar(select(CatalogRow.checksum).where(CatalogRow.slug == slug))


def put_catalog(session: Session, catalog: Catalog, checksum: str, *, now: datetime) -> int:
    """Store a catalog as it is now and return its id; readings that it lists no more are withdrawn, not deleted."""
    row = session.scalar(select(CatalogRow).where(CatalogRow.slug == catalog.slug)) or CatalogRow(slug=catalog.slug)
    row.title, row.url, row.author, row.shelf = catalog.title, catalog.url, catalog.author, catalog.shelf
    row.checksum, row.revision = checksum, secrets.token_hex(8)
    session.info[CHANGED] = True
    session.add(row)
    session.flush()
    session.execute(delete(BuildsOnRow).where(BuildsOnRow.catalog_id == row.id))
    session.execute(delete(ClusterRow).where(ClusterRow.catalog_id == row.id))
    for position, cluster in enumerate(catalog.clusters):
        session.add(ClusterRow(catalog_id=row.id, position=position, **asdict(cluster)))
    _put_entries(session, row.id, catalog, now=now)
    links = [
        {
            "catalog_id": row.id,
            "reading_id": mention.reading,
            "earlier_id": mention.earlier,
            "strength": mention.strength,
            "binding": mention.binding,
        }
        for mention in catalog.mentions
    ]
    if links:
        session.execute(insert(BuildsOnRow), links)
    return row.id


def put_tracks(session: Session, catalog_id: int, tracks: Sequence[Track], *, now: datetime) -> None:
    """Store a catalog's ready-made tracks in their order; others are withdrawn and stay with those who are on them."""
    known = {
        row.slug: row
        for row in session.scalars(
            select(TrackRow).where(TrackRow.catalog_id == catalog_id, TrackRow.owner_id.is_(None))
        )
    }
    for position, track in enumerate(tracks):
        row = known.pop(track.slug, None) or TrackRow(catalog_id=catalog_id, slug=track.slug)
        row.title, row.for_whom, row.position = track.title, track.for_whom, position
        row.rule, row.withdrawn_at = asdict(track.rule), None
        session.add(row)
    for row in known.values():
        row.withdrawn_at = row.withdrawn_at or now
    session.flush()


def ask_to_plan_anew(session: Session, catalog_id: int, *, now: datetime) -> None:
    """Let the clock plan again for everybody who is on a track of this catalog."""
    enrolled = (
        select(EnrollmentRow.learner_id)
        .join(TrackRow, TrackRow.id == EnrollmentRow.track_id)
        .where(TrackRow.catalog_id == catalog_id, EnrollmentRow.ended_at.is_(None))
    )
    session.execute(
        update(LearnerRow)
        .where(LearnerRow.learner_id.in_(enrolled))
        .values(
            next_day_at=now,
            inputs_version=LearnerRow.inputs_version + 1,
            feed_version=LearnerRow.feed_version + 1,
            feed_changed_at=now,
        )
    )


def _merge(session: Session, former: ReadingId, present: ReadingId, *, now: datetime) -> None:
    for catalog_id in merge_readings(session, former, present, now=now):
        session.get_one(CatalogRow, catalog_id).revision = secrets.token_hex(8)
        session.info[CHANGED] = True
    listing = select(EntryRow.catalog_id).where(EntryRow.reading_id.in_((former, present))).distinct()
    for catalog_id in session.scalars(listing).all():
        ask_to_plan_anew(session, catalog_id, now=now)


def _by_url(session: Session, urls: Sequence[str]) -> dict[str, ReadingRow]:
    """Return the readings that are known, by address."""
    parts = (urls[start : start + AT_ONCE] for start in range(0, len(urls), AT_ONCE))
    rows = (
        row for part in parts for row in session.scalars(select(ReadingRow).where(ReadingRow.canonical_url.in_(part)))
    )
    return {row.canonical_url: row for row in rows}


def _put_entries(session: Session, catalog_id: int, catalog: Catalog, *, now: datetime) -> None:
    of_catalog = EntryRow.catalog_id == catalog_id
    listed = [reading.id for reading in catalog.readings]
    slugs = {reading.slug for reading in catalog.readings}
    session.execute(delete(EntryRow).where(of_catalog, EntryRow.reading_id.in_(listed)))
    for entry in session.scalars(select(EntryRow).where(of_catalog)):
        entry.withdrawn_at = entry.withdrawn_at or now
        if entry.slug in slugs:
            entry.slug = f"{entry.slug[:90]}-withdrawn-{entry.reading_id}"
    session.flush()
    rows = []
    for position, reading in enumerate(catalog.readings):
        columns = asdict(reading)
        columns |= {"tags": list(reading.tags), "questions": list(reading.questions)}
        rows.append({"catalog_id": catalog_id, "reading_id": columns.pop("id"), "position": position, **columns})
    if rows:
        session.execute(insert(EntryRow), rows)
