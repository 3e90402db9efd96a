"""Read a catalog to be brought in: a reading-room page, a catalog file or a track file."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from itertools import chain, count
from pathlib import Path

from sqlalchemy.orm import Session

from studyplan.domain.canonical import title_key
from studyplan.domain.catalog import Catalog, Cluster, Mention, Reading
from studyplan.domain.errors import Invalid
from studyplan.formats import catalog_file, reading_room, track_file
from studyplan.formats.catalog_file import CatalogEntry, CatalogFile
from studyplan.formats.reading_room import ListedCluster, ListedReading, ReadingRoomPage
from studyplan.services.catalogs import Shipped, read_shipped, store_shipped
from studyplan.store import catalogs

FORMATS = ("reading-room", "catalog")
_ENDINGS = {".toml": "catalog", ".txt": "reading-room", "": "reading-room"}
BIGGEST_BYTES = 5_000_000
WHOLE = "For those who want all of it."


@dataclass(frozen=True, kw_only=True, slots=True)
class Import:
    """What a file brings, and what about the file somebody should know."""

    shipped: Shipped
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Brought:
    """A catalog that was brought in: which it replaced, and how many readings are new, other than before, or gone.

    `rearranged` says that clusters, or what builds on what, are other than before.
    """

    catalog: Catalog
    replaced: Catalog | None
    new: int
    changed: int
    withdrawn: tuple[Reading, ...]
    rearranged: bool

    @property
    def changes_another(self) -> bool:
        """Say whether a list of this slug was there and was not the same."""
        changes = self.new + self.changed > 0 or self.rearranged
        return self.needs_consent or (self.replaced is not None and changes)

    @property
    def needs_consent(self) -> bool:
        """Say whether it takes something away: readings, or the name of another list."""
        return self.replaced is not None and (bool(self.withdrawn) or self.replaced.title != self.catalog.title)


def bring_in(session: Session, shipped: Shipped, *, now: datetime) -> Brought:
    """Store a catalog in place of the one of its name, and say what that changes."""
    before = catalogs.find_catalog(session, shipped.file.slug)
    catalog = store_shipped(session, shipped, now=now)
    listed = {reading.id: reading for reading in before.readings} if before else {}
    here = {reading.id for reading in catalog.readings}
    return Brought(
        catalog=catalog,
        replaced=before,
        new=len(here - listed.keys()),
        changed=sum(reading.id in listed and reading != listed[reading.id] for reading in catalog.readings),
        withdrawn=tuple(reading for key, reading in listed.items() if key not in here),
        rearranged=before is not None and _arrangement(before) != _arrangement(catalog),
    )


def _arrangement(catalog: Catalog) -> tuple[tuple[Cluster, ...], frozenset[Mention]]:
    return catalog.clusters, frozenset(catalog.mentions)


def guess_format(name: str) -> str:
    """Return the format that a file's ending stands for; Invalid where it stands for none."""
    form = _ENDINGS.get(Path(name).suffix.lower())
    if form is None:
        raise Invalid(
            f"{name}: its ending does not say what it is. A list is a catalog file, such as climbing.toml; "
            f"--format says what a file with another ending is ({' or '.join(FORMATS)})."
        )
    return form


def read_import(text: str, name: str, form: str, shipped: Path) -> Import:
    """Return the catalog that a file holds; Invalid names the place that is wrong. No database is needed.

    A reading-room page has neither addresses nor minutes: they are found by title in the catalogs in `shipped`.
    """
    if len(text.encode()) > BIGGEST_BYTES:
        raise Invalid(f"{name} is larger than {BIGGEST_BYTES // 1_000_000} MB. Split it.")
    known = read_shipped(shipped)
    if form == "catalog":
        return Import(shipped=_as_shipped(catalog_file.read(text, name), sha256(text.encode()).hexdigest(), known))
    page = reading_room.read(text, {tag for item in known for entry in item.file.entries for tag in entry.tags})
    same = next((item for item in known if title_key(item.file.title) == title_key(page.title)), None)
    if same is None:
        raise Invalid(f"{name} lists {page.title!r}, whose addresses nobody knows here. Import it as a catalog file.")
    merged, unknown = _merge(same, page)
    notices = [f"line {notice.line}: {notice.text}" for notice in page.notices]
    notices += [f"line {item.line}: “{item.title}” has no known address; it was left out." for item in unknown]
    return Import(shipped=merged, notices=tuple(notices))


def _as_shipped(file: CatalogFile, checksum: str, known: Sequence[Shipped]) -> Shipped:
    """Return a catalog file with tracks: those shipped with its namesake, else one of all its readings.

    The namesake's checksum keeps the next start from loading the shipped file over it.
    """
    same = next((item for item in known if item.file.slug == file.slug), None)
    if same is not None:
        return replace(same, file=file, tracks=tuple(_usable_tracks(same, file)))
    whole = track_file.TrackFile(catalog=file.slug, slug=f"all-of-{file.slug}"[:80], title=file.title, for_whom=WHOLE)
    return Shipped(file=file, tracks=(whole,), checksum=checksum)


def _merge(same: Shipped, page: ReadingRoomPage) -> tuple[Shipped, list[ListedReading]]:
    """Return the shipped catalog as the page has it now, and the page's readings that it does not know."""
    entries = {title_key(entry.title): entry for entry in same.file.entries}
    clusters = _merge_clusters(same.file.clusters, page.clusters)
    listed = [(item, entries.get(title_key(item.title))) for item in page.readings]
    kept: dict[str, CatalogEntry] = {}
    for item, entry in listed:
        if entry is not None:  # of a reading that is listed twice the first place counts
            kept.setdefault(entry.slug, _as_listed(entry, item, clusters[title_key(item.cluster)].slug))
    file = replace(
        same.file,
        shelf=page.shelf,
        author=page.author,
        clusters=tuple(clusters.values()),
        entries=tuple(kept.values()),
        links=tuple(link for link in same.file.links if {link.later, link.earlier} <= kept.keys()),
    )
    tracks = tuple(_usable_tracks(same, file))
    return replace(same, file=file, tracks=tracks), [item for item, entry in listed if entry is None]


def _merge_clusters(known: Sequence[Cluster], listed: Sequence[ListedCluster]) -> dict[str, Cluster]:
    """Return the clusters that a page lists by the keys of their titles: known ones, or new ones of other slugs."""
    by_title = {title_key(cluster.title): cluster for cluster in known}
    slugs = {cluster.slug for cluster in known}
    clusters: dict[str, Cluster] = {}
    for item in listed:
        key = title_key(item.title)
        if key not in clusters:
            clusters[key] = by_title.get(key) or Cluster(
                slug=_free_slug(item.title, slugs), title=item.title, summary=item.summary
            )
            slugs.add(clusters[key].slug)
    return clusters


def _as_listed(entry: CatalogEntry, item: ListedReading, cluster: str) -> CatalogEntry:
    tags = item.tags or entry.tags
    return replace(entry, title=item.title, cluster=cluster, tier=item.tier, published_on=item.published_on, tags=tags)


def _usable_tracks(same: Shipped, file: CatalogFile) -> Iterator[track_file.TrackFile]:
    """Give the shipped tracks that still choose something from the catalog as the page has it."""
    catalog = catalog_file.numbered(file)
    for track in same.tracks:
        try:
            track_file.check_against(catalog, track, track.slug)
        except Invalid:
            continue
        yield track


def _free_slug(title: str, taken: Collection[str]) -> str:
    words = "".join(character if character.isascii() and character.isalnum() else " " for character in title.lower())
    name = "-".join(words.split())[:75] or "cluster"
    return next(slug for slug in chain([name], (f"{name}-{number}" for number in count(2))) if slug not in taken)
