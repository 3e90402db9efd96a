"""Catalogs and tracks: load what comes with Studyplan, and show what there is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy.orm import Session

from studyplan.domain.canonical import canonical_url
from studyplan.domain.catalog import Catalog, Cluster, Reading, ReadingId, Track, TrackId
from studyplan.domain.curriculum import builds_on, helps_to_know, put_in_order
from studyplan.formats import catalog_file, track_file
from studyplan.formats.catalog_file import CatalogFile
from studyplan.store import catalog_changes, catalogs


@dataclass(frozen=True, kw_only=True, slots=True)
class TrackView:
    """A track with its catalog's words: the curriculum, what binds in it and what would help to know before."""

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


def upgrade(session: Session, folder: Path, *, now: datetime) -> list[str]:
    """Load every catalog below `folder` that changed since it was loaded; return the titles of those.

    A catalog is a folder with catalog.toml and tracks/*.toml. Progress hangs on canonical URLs, so that a reading
    that was retitled, re-tiered, moved or withdrawn keeps every learner's.
    """
    return [
        title
        for file in sorted(folder.glob("*/catalog.toml"))
        if (title := _upgrade_one(session, file.parent, now=now)) is not None
    ]


def list_tracks(session: Session) -> list[TrackView]:
    """Return the ready-made tracks in their order."""
    stored = catalogs.list_tracks(session)
    loaded = {item.catalog_id: catalogs.get_catalog(session, item.catalog_id) for item in stored}
    return [_view(item.track, loaded[item.catalog_id]) for item in stored]


def get_track(session: Session, slug: str) -> TrackView:
    """Return one track, or raise NotFound."""
    stored = catalogs.get_track(session, slug)
    return _view(stored.track, catalogs.get_catalog(session, stored.catalog_id))


def _view(track: Track, catalog: Catalog) -> TrackView:
    chosen = track.choose(catalog.readings)
    return TrackView(
        track=track,
        catalog=catalog,
        readings=put_in_order(chosen, catalog.mentions),
        builds_on=builds_on(chosen, catalog.mentions),
        helps_to_know=helps_to_know(chosen, catalog.readings, catalog.mentions),
    )


def _upgrade_one(session: Session, folder: Path, *, now: datetime) -> str | None:
    texts = [folder / "catalog.toml", *sorted(folder.glob("tracks/*.toml"))]
    checksum = sha256(b"\0".join(text.read_bytes() for text in texts)).hexdigest()
    file = catalog_file.read(texts[0].read_text(encoding="utf-8"), f"{folder.name}/catalog.toml")
    if catalog_changes.find_checksum(session, file.slug) == checksum:
        return None
    catalog = _identified(session, file)
    tracks = _tracks(texts[1:], catalog)
    catalog_id = catalog_changes.put_catalog(session, catalog, checksum, now=now)
    catalog_changes.put_tracks(session, catalog_id, tracks, now=now)
    catalog_changes.ask_to_plan_anew(session, catalog_id, now=now)
    return file.title


def _tracks(files: Sequence[Path], catalog: Catalog) -> list[Track]:
    """Return the tracks that the files hold, in the order that they ask for."""
    read = [track_file.read(file.read_text(encoding="utf-8"), f"tracks/{file.name}") for file in files]
    for file, track in zip(files, read, strict=True):
        track_file.check_against(catalog, track, f"tracks/{file.name}")
    return [
        Track(id=TrackId(0), slug=track.slug, title=track.title, for_whom=track.for_whom, rule=track.rule)
        for track in sorted(read, key=lambda track: (track.order, track.slug))
    ]


def _identified(session: Session, file: CatalogFile) -> Catalog:
    """Return the file's catalog with the ids by which learners' progress knows its readings."""
    catalog = catalog_file.numbered(file)
    ids = {
        reading.id: catalog_changes.get_or_add_reading_id(
            session, canonical_url(entry.url), [canonical_url(url) for url in entry.former_urls]
        )
        for reading, entry in zip(catalog.readings, file.entries, strict=True)
    }
    return replace(
        catalog,
        readings=tuple(replace(reading, id=ids[reading.id]) for reading in catalog.readings),
        mentions=tuple(
            replace(item, reading=ids[item.reading], earlier=ids[item.earlier]) for item in catalog.mentions
        ),
    )
