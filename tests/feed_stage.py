"""A learner with a feed and a library, set up below the planner, so that a test says exactly what is due when."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from kit import Clock
from samples import READING, occurrence_of
from studyplan.domain.canonical import canonical_url
from studyplan.domain.catalog import Catalog, Cluster, LearnerId, Reading, ReadingId, Track, TrackId
from studyplan.domain.feeds import FeedId, FeedWish
from studyplan.domain.learner import Enrollment
from studyplan.domain.occurrences import ClosedBy, Occurrence
from studyplan.publish.links import Links
from studyplan.services import feeds
from studyplan.settings import Settings
from studyplan.store import catalog_changes, catalogs, learners, occurrences


@dataclass
class Stage:
    """An application with one learner, who has one feed."""

    app: Flask
    settings: Settings
    clock: Clock
    learner_id: LearnerId
    token: str = ""
    reading_ids: list[ReadingId] = field(default_factory=list)
    catalog: Catalog = field(init=False)

    @property
    def links(self) -> Links:
        """The addresses of the site."""
        return Links(site=self.settings.site, secret=self.settings.secret)

    @property
    def client(self) -> FlaskClient:
        """Somebody without cookies."""
        return self.app.test_client()

    @contextmanager
    def change(self) -> Iterator[Session]:
        """Write to the database, as a command does."""
        with Session(self.app.extensions["sqlalchemy"].writing_engine) as session, session.begin():
            yield session

    def add_library(self, readings: Sequence[Reading]) -> None:
        """Add a catalog of readings; their ids are given here."""
        with self.change() as session:
            addresses = [(canonical_url(f"https://example.org/{place}"), ()) for place, _ in enumerate(readings)]
            self.reading_ids = catalog_changes.identify(session, addresses, now=self.clock.now)
            listed = tuple(
                replace(reading, id=reading_id, slug=f"reading-{place}")
                for place, (reading, reading_id) in enumerate(zip(readings, self.reading_ids, strict=True))
            )
            clusters = (Cluster(slug="flows", title="Flows & others"), Cluster(slug="rest", title="The rest"))
            catalog = Catalog(
                slug="shelf", title="A shelf", url="https://example.org", clusters=clusters, readings=listed
            )
            catalog_id = catalog_changes.put_catalog(session, catalog, "", now=self.clock.now)
            self.catalog = catalog
            track = Track(id=TrackId(0), slug="all", title="All of the shelf", for_whom="Everybody.")
            catalog_changes.put_tracks(session, catalog_id, [track], now=self.clock.now)
            enrollment = Enrollment(
                track_id=catalogs.get_track(session, "all").track.id, started_at=self.clock.now, horizon_on=None
            )
            learners.put_enrollment(session, self.learner_id, enrollment)

    def withdraw(self, place: int) -> None:
        """Let the catalog list a reading no more."""
        rest = tuple(reading for reading in self.catalog.readings if reading.id != self.reading_ids[place])
        with self.change() as session:
            catalog_changes.put_catalog(session, replace(self.catalog, readings=rest), "", now=self.clock.now)
            learners.count_feed_change(session, self.learner_id, now=self.clock.now)

    def add_due(self, place: int = 0, due_at: datetime | None = None, **changes: object) -> Occurrence:
        """Let the reading at a place of the library fall due, by default now."""
        occurrence = occurrence_of(self.reading_ids[place], due_at or self.clock.now, **changes)  # type: ignore[arg-type]
        with self.change() as session:
            occurrences.put_occurrences(session, self.learner_id, [occurrence])
            learners.count_feed_change(session, self.learner_id, now=self.clock.now)
        return occurrence

    def add_all_due(self) -> None:
        """Let the whole library fall due now, in one go."""
        made = [occurrence_of(reading_id, self.clock.now) for reading_id in self.reading_ids]
        with self.change() as session:
            occurrences.put_occurrences(session, self.learner_id, made)
            learners.count_feed_change(session, self.learner_id, now=self.clock.now)

    def close(self, occurrence: Occurrence) -> None:
        """End an occurrence."""
        with self.change() as session:
            occurrences.close_occurrences(
                session, self.learner_id, [occurrence.id], ClosedBy.RATING, now=self.clock.now
            )
            learners.count_feed_change(session, self.learner_id, now=self.clock.now)

    def add_feed(self, name: str = "On my phone", wish: FeedWish | None = None) -> FeedId:
        """Make a feed; its token becomes the stage's."""
        with self.change() as session:
            feed = feeds.make_feed(session, self.learner_id, name, wish or FeedWish(), self.links, now=self.clock.now)
        self.token = self.token_of(feed.id)
        return feed.id

    def token_of(self, feed_id: FeedId) -> str:
        """Return the present token of a feed."""
        with self.change() as session:
            shown = feeds.list_feeds(session, self.learner_id, self.links, now=self.clock.now)
        return next(one.token for one in shown if one.feed.id == feed_id and one.token)

    def path(self, form: str = "rss", token: str | None = None) -> str:
        """Return the path of the feed in one form."""
        return f"/feeds/{self.token if token is None else token}/due.{form}"

    def poll(self, form: str = "rss", **headers: str) -> TestResponse:
        """Read the feed with headers such as If_None_Match."""
        return self.client.get(
            self.path(form), headers={key.replace("_", "-"): value for key, value in headers.items()}
        )

    def titles(self) -> list[str]:
        """Return the titles that the feed shows."""
        return [item["title"] for item in self.poll("json").get_json(force=True)["items"]]

    def actions(self) -> list[str]:
        """Return the paths of the entries' signed links."""
        found = re.compile(rf'href="{re.escape(self.settings.site)}(/r/[^"]+)')
        items = self.poll("json").get_json(force=True)["items"]
        return [path for item in items for path in found.findall(item["content_html"])]

    def action(self, place: int = 0) -> str:
        """Return the path of one entry's signed link."""
        return self.actions()[place]


def make_stage(app: Flask, settings: Settings, clock: Clock, learner_id: LearnerId) -> Stage:
    """Give a learner three readings and a feed."""
    stage = Stage(app=app, settings=settings, clock=clock, learner_id=learner_id)
    stage.add_library(
        [replace(READING, title=title, url=f"https://example.org/{title}") for title in ("Flows", "GANs", "VAEs")]
    )
    stage.add_feed()
    return stage
