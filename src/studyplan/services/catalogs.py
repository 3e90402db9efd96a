"""Catalogs and tracks: load what comes with Studyplan, and show what there is."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from sqlalchemy.orm import Session

from studyplan.domain.canonical import canonical_url
from studyplan.domain.catalog import Catalog, Cluster, Reading, ReadingId, Track, TrackId
from studyplan.domain.curriculum import builds_on, helps_to_know, put_in_order
from studyplan.formats import catalog_file, track_file
from studyplan.formats.catalog_file import CatalogFile
from studyplan.formats.track_file import TrackFile
from studyplan.store import catalog_changes, catalogs


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TrackView:
    """A track with its catalog's words: the curriculum, what binds in it and what would help to know before.

    There is one for each state of its catalog, so that what follows from it can be remembered by it.
    """

    track: Track
    catalog: Catalog
    readings: tuple[Reading, ...]
    builds_on: Mapping[ReadingId, frozenset[ReadingId]]
    helps_to_know: Mapping[ReadingId, tuple[Reading, ...]]

    @property
    def minutes(self) -> int:
        """Return the minutes of all first readings."""
        return sum(reading.minutes for reading in self.readings)

    @property
    def clusters(self) -> tuple[Cluster, ...]:
        """Return the clusters that the track reads from, in the catalog's order."""
        used = {reading.cluster for reading in self.readings}
        return tuple(cluster for cluster in self.catalog.clusters if cluster.slug in used)


@dataclass(frozen=True, kw_only=True, slots=True)
class Shipped:
    """A catalog with its tracks as files; the checksum changes when any of them does."""

    file: CatalogFile
    tracks: tuple[TrackFile, ...]
    checksum: str


def read_shipped(folder: Path) -> list[Shipped]:
    """Return the catalogs below a folder: each is a folder with catalog.toml and tracks/*.toml."""
    return [_read_one(file.parent) for file in sorted(folder.glob("*/catalog.toml"))]


def upgrade(session: Session, folder: Path, *, now: datetime) -> list[str]:
    """Load every catalog below `folder` that changed since it was loaded; return the titles of those."""
    changed = [
        shipped
        for shipped in read_shipped(folder)
        if catalog_changes.find_checksum(session, shipped.file.slug) != shipped.checksum
    ]
    for shipped in changed:
        store_shipped(session, shipped, now=now)
    return [shipped.file.title for shipped in changed]


def store_shipped(session: Session, shipped: Shipped, *, now: datetime) -> Catalog:
    """Store a catalog and its tracks, and let the clock plan anew for those who are on them.

    Progress hangs on canonical URLs, so that a reading that was retitled, re-tiered, moved or withdrawn keeps it.
    """
    catalog = _identified(session, shipped.file, now=now)
    catalog_id = catalog_changes.put_catalog(session, catalog, shipped.checksum, now=now)
    for track in shipped.tracks:
        track_file.check_against(catalog, track, f"tracks/{track.slug}.toml")
    catalog_changes.put_tracks(session, catalog_id, [_track(track) for track in shipped.tracks], now=now)
    catalog_changes.ask_to_plan_anew(session, catalog_id, now=now)
    return catalog


def list_tracks(session: Session) -> list[TrackView]:
    """Return the ready-made tracks in their order."""
    stored = catalogs.list_tracks(session)
    loaded = {key: catalogs.get_catalog(session, key) for key in {item.catalog_id for item in stored}}
    return [_view(item.track, loaded[item.catalog_id]) for item in stored]


def get_track(session: Session, slug: str) -> TrackView:
    """Return one track, or raise NotFound."""
    stored = catalogs.get_track(session, slug)
    return _view(stored.track, catalogs.get_catalog(session, stored.catalog_id))


@lru_cache(maxsize=256)
def _view(track: Track, catalog: Catalog) -> TrackView:
    """Put a track's readings in order: once for each state of its catalog, because every page with tracks asks."""
    chosen = track.choose(catalog.readings)
    return TrackView(
        track=track,
        catalog=catalog,
        readings=put_in_order(chosen, catalog.mentions),
        builds_on=builds_on(chosen, catalog.mentions),
        helps_to_know=helps_to_know(chosen, catalog.readings, catalog.mentions),
    )


def _read_one(folder: Path) -> Shipped:
    files = [folder / "catalog.toml", *sorted(folder.glob("tracks/*.toml"))]
    texts = [file.read_text(encoding="utf-8") for file in files]
    tracks = [track_file.read(text, f"tracks/{file.name}") for file, text in zip(files[1:], texts[1:], strict=True)]
    return Shipped(
        file=catalog_file.read(texts[0], f"{folder.name}/catalog.toml"),
        tracks=tuple(sorted(tracks, key=lambda track: (track.order, track.slug))),
        checksum=sha256("\0".join(texts).encode()).hexdigest(),
    )


def _track(file: TrackFile) -> Track:
    return Track(id=TrackId(0), slug=file.slug, title=file.title, for_whom=file.for_whom, rule=file.rule)


def _identified(session: Session, file: CatalogFile, *, now: datetime) -> Catalog:
    """Return the file's catalog with the ids by which learners' progress knows its readings."""
    catalog = catalog_file.numbered(file)
    addresses = [
        (canonical_url(entry.url), [canonical_url(url) for url in entry.former_urls]) for entry in file.entries
    ]
    found = catalog_changes.identify(session, addresses, now=now)
    ids = {reading.id: reading_id for reading, reading_id in zip(catalog.readings, found, strict=True)}
    return replace(
        catalog,
        readings=tuple(replace(reading, id=ids[reading.id]) for reading in catalog.readings),
        mentions=tuple(
            replace(item, reading=ids[item.reading], earlier=ids[item.earlier]) for item in catalog.mentions
        ),
    )
