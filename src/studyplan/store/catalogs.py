"""Catalogs and tracks as values."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from studyplan.domain.catalog import Catalog, Cluster, LearnerId, Mention, Reading, ReadingId, Track, TrackId, TrackRule
from studyplan.domain.errors import NotFound
from studyplan.store.rows import BuildsOnRow, CatalogRow, ClusterRow, EnrollmentRow, EntryRow, TrackRow

CHANGED = "studyplan_catalog_changed"
"""Set in the info of a session that has changed a catalog."""

MOST_REMEMBERED = 16
_remembered: dict[tuple[str, int, str], Catalog] = {}


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredTrack:
    """A track with the catalog that it chooses from."""

    track: Track
    catalog_id: int


def get_catalog(session: Session, catalog_id: int) -> Catalog:
    """Return a catalog with the readings that it lists today, clusters and readings in the catalog's order.

    A catalog changes a few times a year and is read with every page, so that the last ones are remembered by what
    they were loaded from; not in a session that has changed one, because that may be rolled back.
    """
    row = session.get(CatalogRow, catalog_id)
    if row is None:
        raise NotFound("There is no such catalog.")
    if session.info.get(CHANGED):
        return _load(session, row)
    known = (str(session.get_bind().engine.url), catalog_id, row.revision)
    catalog = _remembered.get(known)
    if catalog is None:
        if len(_remembered) >= MOST_REMEMBERED:
            _remembered.clear()
        catalog = _remembered[known] = _load(session, row)
    return catalog


def find_catalog(session: Session, slug: str) -> Catalog | None:
    """Return the catalog of a name, or None."""
    catalog_id = session.scalar(select(CatalogRow.id).where(CatalogRow.slug == slug))
    return None if catalog_id is None else get_catalog(session, catalog_id)


def _load(session: Session, row: CatalogRow) -> Catalog:
    catalog_id = row.id
    clusters = session.scalars(
        select(ClusterRow).where(ClusterRow.catalog_id == catalog_id).order_by(ClusterRow.position)
    )
    entries = session.scalars(
        select(EntryRow).where(EntryRow.catalog_id == catalog_id).order_by(EntryRow.position)
    ).all()
    mentions = session.scalars(select(BuildsOnRow).where(BuildsOnRow.catalog_id == catalog_id))
    return Catalog(
        slug=row.slug,
        title=row.title,
        url=row.url,
        author=row.author,
        shelf=row.shelf,
        clusters=tuple(Cluster(slug=item.slug, title=item.title, summary=item.summary) for item in clusters),
        readings=tuple(_reading(entry) for entry in entries if entry.withdrawn_at is None),
        mentions=tuple(_mention(item) for item in mentions),
        withdrawn=tuple(_reading(entry) for entry in entries if entry.withdrawn_at is not None),
    )


def list_readings(
    session: Session, reading_ids: Iterable[ReadingId], *, learner_id: LearnerId | None = None
) -> dict[ReadingId, Reading]:
    """Return readings by id, in the words of the first catalog that lists it, else of one that has withdrawn it.

    Catalogs that a learner's tracks are of come before others.
    """
    entries = session.scalars(
        select(EntryRow)
        .where(EntryRow.reading_id.in_(list(reading_ids)))
        .order_by(EntryRow.withdrawn_at.is_(None), *_worst_first(learner_id))
    )
    return {ReadingId(entry.reading_id): _reading(entry) for entry in entries}


def list_cluster_titles(
    session: Session, reading_ids: Iterable[ReadingId], *, learner_id: LearnerId | None = None
) -> dict[ReadingId, str]:
    """Return the title of each reading's cluster, in the words of the first catalog that has it."""
    rows = session.execute(
        select(EntryRow.reading_id, ClusterRow.title)
        .join(ClusterRow, (ClusterRow.catalog_id == EntryRow.catalog_id) & (ClusterRow.slug == EntryRow.cluster))
        .where(EntryRow.reading_id.in_(list(reading_ids)))
        .order_by(*_worst_first(learner_id))
    )
    return {ReadingId(reading_id): title for reading_id, title in rows}


def get_reading(session: Session, reading_id: ReadingId, *, learner_id: LearnerId | None = None) -> Reading:
    """Return a reading, or raise NotFound."""
    reading = list_readings(session, [reading_id], learner_id=learner_id).get(reading_id)
    if reading is None:
        raise NotFound("There is no such reading.")
    return reading


def list_tracks(session: Session) -> list[StoredTrack]:
    """Return the tracks that everybody sees, in their order."""
    rows = session.scalars(
        select(TrackRow).where(TrackRow.owner_id.is_(None), TrackRow.withdrawn_at.is_(None)).order_by(TrackRow.position)
    )
    return [_track(row) for row in rows]


def get_track(session: Session, slug: str) -> StoredTrack:
    """Return a track by its slug, or raise NotFound."""
    row = session.scalar(select(TrackRow).where(TrackRow.slug == slug, TrackRow.owner_id.is_(None)))
    if row is None:
        raise NotFound(f"There is no track “{slug}”.")
    return _track(row)


def list_tracks_by_id(session: Session, track_ids: Sequence[TrackId]) -> list[StoredTrack]:
    """Return tracks in the order of the ids, withdrawn ones too."""
    rows = {row.id: row for row in session.scalars(select(TrackRow).where(TrackRow.id.in_(track_ids)))}
    return [_track(rows[track_id]) for track_id in track_ids if track_id in rows]


def _reading(entry: EntryRow) -> Reading:
    return Reading(
        id=ReadingId(entry.reading_id),
        slug=entry.slug,
        title=entry.title,
        url=entry.url,
        cluster=entry.cluster,
        tier=entry.tier,
        minutes=entry.minutes,
        words=entry.words,
        published_on=entry.published_on,
        tags=tuple(entry.tags),
        summary=entry.summary,
        questions=tuple(entry.questions),
    )


def _mention(row: BuildsOnRow) -> Mention:
    return Mention(
        reading=ReadingId(row.reading_id),
        earlier=ReadingId(row.earlier_id),
        strength=row.strength,
        binding=row.binding,
    )


def _track(row: TrackRow) -> StoredTrack:
    rule = TrackRule(
        clusters=tuple(row.rule["clusters"]),
        lowest_tier=row.rule["lowest_tier"],
        include=tuple(row.rule["include"]),
        exclude=tuple(row.rule["exclude"]),
    )
    track = Track(id=TrackId(row.id), slug=row.slug, title=row.title, for_whom=row.for_whom, rule=rule)
    return StoredTrack(track=track, catalog_id=row.catalog_id)


def _worst_first(learner_id: LearnerId | None) -> list[ColumnElement[Any]]:
    """Return the order of entries in which the catalog whose words count most comes last."""
    if learner_id is None:
        return [EntryRow.catalog_id.desc()]
    mine = (
        select(TrackRow.catalog_id)
        .join(EnrollmentRow, EnrollmentRow.track_id == TrackRow.id)
        .where(EnrollmentRow.learner_id == learner_id, EnrollmentRow.ended_at.is_(None))
    )
    return [EntryRow.catalog_id.in_(mine), EntryRow.catalog_id.desc()]
