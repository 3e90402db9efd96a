"""A catalog as one TOML file: clusters, their readings, and what each reading builds on.

    slug = "reading-room"                  # title, url; author and shelf if there are any
    counts = { readings = 44, tier_5 = 17, tier_4 = 27 }   # optional, here and per cluster: checked when read

    [[cluster]]                            # slug, title, summary, counts
    [[cluster.reading]]                    # slug, title, url, tier and minutes are needed
    former_urls = []                       # addresses that the reading had before it moved
    published_on = 2018-06-24
    tags = ["attention"]                   # and words, summary, questions
    builds_on = { gan = 1, lm = { strength = 1, binding = true } }   # how often the text links back to it

A link binds by the rule of `domain.curriculum`, unless `binding` says otherwise.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from studyplan.domain.canonical import canonical_url
from studyplan.domain.catalog import TIERS, Catalog, Cluster, Mention, Reading, ReadingId
from studyplan.domain.curriculum import put_in_order
from studyplan.domain.errors import Invalid
from studyplan.formats.toml_table import Table, read_toml, refuse_repeated, shown

MOST_READINGS = 10_000
_STRENGTHS = range(1, 1000)
_READING_KEYS = (
    *("slug", "title", "url", "former_urls", "published_on", "tier", "tags", "minutes", "words"),
    *("summary", "questions", "builds_on"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class CatalogEntry:
    """A reading as a catalog file describes it, known by its slug."""

    slug: str
    title: str
    url: str
    cluster: str
    tier: int
    minutes: int
    words: int = 0
    published_on: date | None = None
    tags: tuple[str, ...] = ()
    summary: str = ""
    questions: tuple[str, ...] = ()
    former_urls: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class CatalogLink:
    """A link from the entry `later` back to the entry `earlier`; `binding` is the file's own word, if it has one."""

    later: str
    earlier: str
    strength: int
    binding: bool | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CatalogFile:
    """A catalog file that has passed all checks."""

    slug: str
    title: str
    url: str
    author: str
    shelf: str
    clusters: tuple[Cluster, ...]
    entries: tuple[CatalogEntry, ...]
    links: tuple[CatalogLink, ...]


def read(text: str, name: str) -> CatalogFile:
    """Return the catalog that the file called `name` holds; Invalid names the first place that is wrong."""
    root = read_toml(text, name)
    root.allow_only("slug", "title", "url", "author", "shelf", "counts", "cluster")
    clusters, entries, links = [], [], []
    for table in root.tables("cluster"):
        cluster = _cluster(table)
        inside = [_entry(reading, cluster.slug) for reading in table.tables("reading")]
        _check_counts(table, inside)
        clusters.append(cluster)
        entries += inside
        links += [link for reading in table.tables("reading") for link in _links(reading)]
    _check_counts(root, entries)
    catalog = CatalogFile(
        slug=root.slug("slug"),
        title=root.text("title", 300),
        url=root.url("url"),
        author=root.text("author", 300, default=""),
        shelf=root.text("shelf", 300, default=""),
        clusters=tuple(clusters),
        entries=tuple(entries),
        links=tuple(links),
    )
    _check_whole(catalog, name)
    return catalog


def numbered(file: CatalogFile) -> Catalog:
    """Return the file's catalog with its readings numbered from 1, for use without a database."""
    ids = {entry.slug: ReadingId(number) for number, entry in enumerate(file.entries, 1)}
    readings = (
        Reading(
            id=ids[entry.slug],
            slug=entry.slug,
            title=entry.title,
            url=entry.url,
            cluster=entry.cluster,
            tier=entry.tier,
            minutes=entry.minutes,
            words=entry.words,
            published_on=entry.published_on,
            tags=entry.tags,
            summary=entry.summary,
            questions=entry.questions,
        )
        for entry in file.entries
    )
    mentions = (
        Mention(reading=ids[link.later], earlier=ids[link.earlier], strength=link.strength, binding=link.binding)
        for link in file.links
    )
    return Catalog(
        slug=file.slug,
        title=file.title,
        url=file.url,
        author=file.author,
        shelf=file.shelf,
        clusters=file.clusters,
        readings=tuple(readings),
        mentions=tuple(mentions),
    )


def _cluster(table: Table) -> Cluster:
    table.allow_only("slug", "title", "summary", "counts", "reading")
    summary = table.text("summary", 2000, default="")
    return Cluster(slug=table.slug("slug"), title=table.text("title", 300), summary=summary)


def _entry(table: Table, cluster: str) -> CatalogEntry:
    table.allow_only(*_READING_KEYS)
    return CatalogEntry(
        slug=table.slug("slug", longest=120),
        title=table.text("title", 500),
        url=table.url("url"),
        cluster=cluster,
        tier=table.whole("tier", TIERS),
        minutes=table.whole("minutes", range(1, 1000)),
        words=table.whole("words", range(1_000_000), default=0),
        published_on=table.day("published_on"),
        tags=table.texts("tags", 80),
        summary=table.text("summary", 2000, default=""),
        questions=table.texts("questions", 500),
        former_urls=table.urls("former_urls"),
    )


def _links(table: Table) -> Iterator[CatalogLink]:
    later = table.slug("slug", longest=120)
    builds_on = table.table("builds_on")
    for earlier, value in builds_on.values.items():
        if isinstance(value, dict):
            own = builds_on.table(earlier)
            own.allow_only("strength", "binding")
            strength, binding = own.whole("strength", _STRENGTHS), own.flag("binding")
        else:
            strength, binding = builds_on.whole(earlier, _STRENGTHS), None
        yield CatalogLink(later=later, earlier=earlier, strength=strength, binding=binding)


def _check_counts(table: Table, entries: Sequence[CatalogEntry]) -> None:
    """Refuse counts that the entries do not bear out."""
    actual = {"readings": len(entries)}
    actual |= {f"tier_{tier}": sum(entry.tier == tier for entry in entries) for tier in TIERS}
    counts = table.table("counts")
    counts.allow_only(*actual)
    for key in counts.values:
        if counts.whole(key, range(MOST_READINGS + 1)) != actual[key]:
            message = (
                f"{counts.place}: {key} is {counts.values[key]}, but there are {actual[key]}. Correct one of the two."
            )
            raise Invalid(message, field=key)


def _check_whole(catalog: CatalogFile, name: str) -> None:
    """Refuse what no single table shows: repeats and circles."""
    count = len(catalog.entries)
    if not 1 <= count <= MOST_READINGS:
        raise Invalid(f"{name} has {count} readings. A catalog has 1 to {MOST_READINGS}.", field="reading")
    urls = [canonical_url(url) for entry in catalog.entries for url in (entry.url, *entry.former_urls)]
    refuse_repeated(name, "slug", [cluster.slug for cluster in catalog.clusters])
    refuse_repeated(name, "slug", [entry.slug for entry in catalog.entries])
    refuse_repeated(name, "address", urls)
    _check_links(catalog, name)
    whole = numbered(catalog)
    try:
        put_in_order(whole.readings, whole.mentions)
    except Invalid as error:
        raise Invalid(f"{name}: {error}", field=error.field) from error


def _check_links(catalog: CatalogFile, name: str) -> None:
    slugs = dict.fromkeys(entry.slug for entry in catalog.entries)
    for link in catalog.links:
        if link.earlier not in slugs:
            near = get_close_matches(link.earlier, slugs, n=1)
            advice = f"Do you mean {shown(near[0])}?" if near else "Add that reading or remove the link."
            message = f"builds_on names {shown(link.earlier)}, which is not there. {advice}"
            raise Invalid(f"{name}, reading {shown(link.later)}: {message}", field="builds_on")
