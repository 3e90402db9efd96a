"""A small shelf of readings, and a learner who reads from it, for tests of the services."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import Session

from studyplan.domain.catalog import Catalog, Cluster, LearnerId, Reading, ReadingId, TrackRule
from studyplan.domain.memory import Memory, Rating
from studyplan.domain.occurrences import Occurrence
from studyplan.domain.plan import Plan
from studyplan.domain.study_settings import StudySettings
from studyplan.formats.catalog_file import CatalogEntry, CatalogFile, CatalogLink
from studyplan.formats.track_file import TrackFile
from studyplan.services import accounts, catalogs, changes, due, enrollment, planning, review, standing
from studyplan.services.catalogs import Shipped
from studyplan.services.changes import Change
from studyplan.services.enrollment import StudyWish
from studyplan.services.planning import PlanInputs
from studyplan.services.review import Finished, Finishing
from studyplan.store import catalogs as stored_catalogs
from studyplan.store import learners, occurrences, plans, study
from studyplan.store.rows import CatalogRow

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
"""A Wednesday morning."""
DAILY = (30,) * 7

_keys = count()


@dataclass(frozen=True, kw_only=True)
class Book:
    """A reading of the shelf; its title and address follow from its slug."""

    slug: str
    title: str = ""
    cluster: str = "knots"
    tier: int = 4
    minutes: int = 20
    url: str = ""
    former_urls: tuple[str, ...] = ()
    builds_on: tuple[str, ...] = ()


SHELF = (
    Book(slug="bowline", tier=5, minutes=20),
    Book(slug="clove-hitch", minutes=25),
    Book(slug="splice", cluster="splices", tier=5, minutes=45, builds_on=("bowline",)),
    Book(slug="whipping", cluster="splices", minutes=12),
)


def shipped(*books: Book, slug: str = "ropework", tracks: Sequence[TrackFile] | None = None) -> Shipped:
    """Return a catalog of the given readings; without tracks it has one of all, called 'everything'."""
    books = books or SHELF
    clusters = tuple(Cluster(slug=name, title=name.title()) for name in dict.fromkeys(book.cluster for book in books))
    entries = tuple(_entry(book) for book in books)
    links = tuple(
        CatalogLink(later=book.slug, earlier=earlier, strength=3) for book in books for earlier in book.builds_on
    )
    file = CatalogFile(
        slug=slug, title="Ropework", url="https://ropes.example/", author="", shelf="", clusters=clusters,
        entries=entries, links=links,
    )  # fmt: skip
    tracks = [track("everything", catalog=slug)] if tracks is None else tracks
    return Shipped(file=file, tracks=tuple(tracks), checksum=sha256(repr((file, tracks)).encode()).hexdigest())


def track(slug: str, *clusters: str, catalog: str = "ropework", lowest_tier: int = 1) -> TrackFile:
    """Return a track of some clusters; none named: of all."""
    rule = TrackRule(clusters=clusters, lowest_tier=lowest_tier)
    return TrackFile(catalog=catalog, slug=slug, title=slug.title(), for_whom="For sailors.", rule=rule)


def load(session: Session, *books: Book, now: datetime = NOW, tracks: Sequence[TrackFile] | None = None) -> Catalog:
    """Store the catalog of these readings as it is now."""
    return catalogs.store_shipped(session, shipped(*books, tracks=tracks), now=now)


def sign_up(session: Session, email: str = "ada@example.org", *, now: datetime = NOW) -> LearnerId:
    """Add an account that studies nothing yet."""
    return accounts.sign_up(session, email=email, password_hash="none", now=now)


def begin(
    session: Session,
    *,
    weekdays: tuple[int, ...] = DAILY,
    zone: str = "UTC",
    horizon_on: date | None = date(2027, 2, 1),
    track_slug: str = "everything",
    email: str = "ada@example.org",
    now: datetime = NOW,
) -> LearnerId:
    """Put a new learner on a track."""
    learner_id = sign_up(session, email, now=now)
    wish = StudyWish(track_slug=track_slug, weekdays=weekdays, zone=zone, horizon_on=horizon_on)
    enrollment.start(session, learner_id, wish, now=now)
    return learner_id


def begin_to_read(session: Session) -> LearnerId:
    """Put somebody on the shelf who has read the bowline and a part of the clove hitch."""
    load(session)
    learner_id = begin(session)
    do_today(session, learner_id)
    return learner_id


def leave(session: Session, learner_id: LearnerId, *, now: datetime = NOW) -> None:
    """Leave the only track."""
    (on,) = learners.list_enrollments(session, learner_id)
    changes.apply(session, learner_id, lambda own: own.without_track(on.track_id), "Left", now=now)


def plan_of(session: Session, learner_id: LearnerId) -> Plan:
    """Return the plan that is stored."""
    stored = plans.find_plan(session, learner_id)
    assert stored is not None
    return stored.plan


def inputs_of(session: Session, learner_id: LearnerId, *, now: datetime) -> PlanInputs:
    """Return all that a learner is enrolled for."""
    return planning.get_inputs(session, learners.get_learner(session, learner_id), now=now)


def count_read(session: Session, learner_id: LearnerId, *, now: datetime) -> int:
    """Return how many of all that a learner is enrolled for are read."""
    standings = standing.standings_of(inputs_of(session, learner_id, now=now))
    return sum(one.is_read for one in standings.values())


def todays(session: Session, learner_id: LearnerId, *, now: datetime = NOW) -> list[Occurrence]:
    """Return what today's list asks for."""
    return [item.due.occurrence for item in due.get_today(session, learner_id, now=now).items]


def always(settings: StudySettings) -> Change:
    """Return the change that leads to these settings, whatever they were."""
    return lambda _former: settings


def rate(
    session: Session,
    learner_id: LearnerId,
    occurrence: Occurrence,
    rating: Rating | None = Rating.CLEAR,
    *,
    key: str = "",
    now: datetime = NOW,
) -> Finished:
    """Do an occurrence, as one press of a button does."""
    finishing = Finishing(rating=rating, key=key or f"form-{next(_keys):08}")
    return review.finish(session, learner_id, occurrence.id, finishing, now=now)


def do_today(session: Session, learner_id: LearnerId, rating: Rating = Rating.CLEAR, *, now: datetime = NOW) -> int:
    """Plan, and do all of today's list; return how many items that were."""
    planning.replan(session, learner_id, now=now)
    items = todays(session, learner_id, now=now)
    for occurrence in items:
        rate(session, learner_id, occurrence, rating, now=now)
    return len(items)


def open_ones(session: Session, learner_id: LearnerId) -> dict[int, Occurrence]:
    """Return the open occurrences by reading."""
    return {item.reading_id: item for item in occurrences.list_open(session, learner_id)}


def memories(session: Session, learner_id: LearnerId) -> dict[ReadingId, Memory]:
    """Return what is remembered of each reading."""
    return study.list_memories(session, learner_id)


def catalog_id_of(session: Session, slug: str) -> int:
    """Return the id of the catalog of a name."""
    return session.scalars(select(CatalogRow.id).where(CatalogRow.slug == slug)).one()


def current(session: Session, slug: str = "ropework") -> Catalog:
    """Return a catalog as it is stored now."""
    return stored_catalogs.get_catalog(session, catalog_id_of(session, slug))


def by_slug(catalog: Catalog) -> dict[str, Reading]:
    """Return a catalog's readings by their names."""
    return {reading.slug: reading for reading in catalog.readings}


def days_on(days: float, now: datetime = NOW) -> datetime:
    """Return the same time some days later."""
    return now + timedelta(days=days)


def _entry(book: Book) -> CatalogEntry:
    return CatalogEntry(
        slug=book.slug,
        title=book.title or book.slug.replace("-", " ").title(),
        url=book.url or f"https://ropes.example/{book.slug}",
        cluster=book.cluster,
        tier=book.tier,
        minutes=book.minutes,
        former_urls=book.former_urls,
    )
