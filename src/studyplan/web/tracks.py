"""The tracks: all of them as cards, and each with its map and its readings."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from flask import Blueprint, render_template

from studyplan.domain import wording
from studyplan.domain.catalog import Cluster, Reading, ReadingId
from studyplan.domain.standing import Standing
from studyplan.services import catalogs
from studyplan.services import standing as standing_service
from studyplan.services.catalogs import TrackView
from studyplan.services.standing import TrackStanding
from studyplan.web import cluster_map
from studyplan.web.charts import LANDMARK, Spine, look_of, shelf, short_name
from studyplan.web.cluster_map import ClusterLink, ClusterState
from studyplan.web.current import current_now
from studyplan.web.database import current_session
from studyplan.web.sessions import find_current_account

pages = Blueprint("tracks", __name__)

MINUTES_A_WEEK = 120
READING_SHARE = 0.85
"""The planner gives reviews at most the rest while something is unread."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrackCard:
    """A track among others; `read` counts what the learner has read of it, None for who is not on it."""

    slug: str
    title: str
    for_whom: str
    spines: tuple[Spine, ...]
    says: str
    readings: int
    minutes: int
    weeks: int
    read: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A reading in its cluster."""

    reading: Reading
    look: str
    recall: float | None
    builds_on: tuple[Reading, ...]
    helps: tuple[Reading, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """A cluster with its readings in curriculum order."""

    slug: str
    title: str
    summary: str
    builds_on: tuple[str, ...]
    entries: tuple[Entry, ...]
    state: ClusterState
    minutes_left: int


@pages.get("/tracks")
def index() -> str:
    """Show the tracks, first those that the learner is on."""
    cards = list_cards(catalogs.list_tracks(current_session()))
    return render_template("tracks.html", tracks=sorted(cards, key=lambda card: card.read is None))


@pages.get("/tracks/<slug>")
def show(slug: str) -> str:
    """Show one track."""
    view = catalogs.get_track(current_session(), slug)
    standing = _stand([view])[0]
    links = _cluster_links(view)
    groups = _groups(view, standing.standings, links)
    return render_template(
        "track.html",
        view=view,
        standing=standing,
        weeks=weeks_of(view.minutes),
        spines=_spines(view, standing),
        says=_says(view),
        map=cluster_map.draw(view.clusters, links, {group.slug: group.state for group in groups}),
        names=_names(view),
        groups=groups,
    )


def list_cards(views: Sequence[TrackView]) -> list[TrackCard]:
    """Return tracks as cards, with what the learner has read of those that are being studied."""
    return [
        TrackCard(
            slug=view.track.slug,
            title=view.track.title,
            for_whom=view.track.for_whom,
            spines=_spines(view, standing) if standing.is_enrolled else shelf(view.readings),
            says=_says(view),
            readings=len(view.readings),
            minutes=view.minutes,
            weeks=weeks_of(view.minutes),
            read=standing.read if standing.is_enrolled else None,
        )
        for view, standing in zip(views, _stand(views), strict=True)
    ]


def weeks_of(minutes: int) -> int:
    """Return about how many weeks of two hours first readings of so many minutes take, reviews among them."""
    return ceil(minutes / (MINUTES_A_WEEK * READING_SHARE))


def _stand(views: Sequence[TrackView]) -> list[TrackStanding]:
    account = find_current_account()
    learner_id = account.learner_id if account else None
    return standing_service.on_tracks(current_session(), learner_id, views, now=current_now())


def _spines(view: TrackView, standing: TrackStanding) -> tuple[Spine, ...]:
    return shelf(view.readings, {key: look_of(one) for key, one in standing.standings.items()} or None)


def _says(view: TrackView) -> str:
    landmarks = sum(reading.tier == LANDMARK for reading in view.readings)
    return f"{wording.count(len(view.readings), 'reading')} as spines on a shelf; {landmarks} of them tier 5"


def _names(view: TrackView) -> dict[str, str]:
    return {cluster.slug: short_name(cluster.title) for cluster in view.clusters}


def _cluster_links(view: TrackView) -> dict[ClusterLink, int]:
    """Count, for each pair of clusters, the readings of the second that build on one of the first."""
    clusters = {reading.id: reading.cluster for reading in view.readings}
    pairs = (
        (clusters[earlier], clusters[later]) for later, all_earlier in view.builds_on.items() for earlier in all_earlier
    )
    return dict(Counter((first, second) for first, second in pairs if first != second))


def _groups(view: TrackView, standings: Mapping[ReadingId, Standing], links: Mapping[ClusterLink, int]) -> list[Group]:
    names, entries = _names(view), _entries(view, standings)
    return [
        _group(
            cluster, entries[cluster.slug], standings, tuple(names[one] for one, two in links if two == cluster.slug)
        )
        for cluster in view.clusters
    ]


def _entries(view: TrackView, standings: Mapping[ReadingId, Standing]) -> dict[str, list[Entry]]:
    """Return the readings of each cluster, with what each builds on, in curriculum order."""
    place = {reading.id: position for position, reading in enumerate(view.readings)}
    entries: dict[str, list[Entry]] = {}
    for reading in view.readings:
        standing, earlier = standings.get(reading.id), sorted(place[key] for key in view.builds_on[reading.id])
        entry = Entry(
            reading=reading,
            look=look_of(standing) if standing else "",
            recall=standing.recall if standing else None,
            builds_on=tuple(view.readings[position] for position in earlier),
            helps=view.helps_to_know.get(reading.id, ()),
        )
        entries.setdefault(reading.cluster, []).append(entry)
    return entries


def _group(
    cluster: Cluster, entries: Sequence[Entry], standings: Mapping[ReadingId, Standing], builds_on: tuple[str, ...]
) -> Group:
    readings = [entry.reading for entry in entries]
    unread = [reading for reading in readings if reading.id not in standings or not standings[reading.id].is_read]
    is_open = any(standings[reading.id].is_ready for reading in unread if reading.id in standings)
    return Group(
        slug=cluster.slug,
        title=cluster.title,
        summary=cluster.summary,
        builds_on=builds_on,
        entries=tuple(entries),
        state=ClusterState(done=len(readings) - len(unread), total=len(readings), open=is_open),
        minutes_left=sum(reading.minutes for reading in unread),
    )
