"""What `bench/feeds.py` measures: feeds of many learners, and beside them a bare Flask hello and a static file."""

import hashlib
import os
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from flask import Flask, send_file
from sqlalchemy import Engine, insert
from sqlalchemy.orm import Session

from studyplan import resources
from studyplan.cli.migrations import upgrade
from studyplan.cli.serve import settle_in
from studyplan.domain.catalog import LearnerId
from studyplan.domain.feeds import FeedId
from studyplan.publish.links import FeedAddress, Links, token_hash
from studyplan.services import catalogs
from studyplan.settings import Settings, load
from studyplan.store.database import make_engine
from studyplan.store.rows import FeedAddressRow, FeedRow, LearnerRow, OccurrenceRow, UserRow
from studyplan.web.app import create_app

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
DUE, AHEAD, MOST_DUE = 5, 10, 34
SHOWS = {"tracks": [], "kinds": "all", "lowest_tier": 1, "event_per_item": False, "event_minute": 420}
REASON = {
    "recall_now": 0.69,
    "horizon_without": 0.22,
    "horizon_with": 0.3,
    "horizon_reviewed": 0.5,
    "value_per_minute": 0.01,
    "price": 0.005,
    "binding": "worth",
}
ROWS_AT_ONCE = 20_000


def settings_in(folder: Path) -> Settings:
    """Return settings with a database in a folder."""
    return load(_env_file=None, data_dir=folder, secret_key="b" * 40)


def feed_app() -> Flask:
    """Return the application on the feeds that `fill` made in `FEEDS`, as `wsgi.py` makes it; time stands still."""
    app = create_app(settings_in(Path(os.environ["FEEDS"])), now=lambda: NOW)
    settle_in()
    return app


def empty_app() -> Callable[..., list[bytes]]:
    """Return an application that says "nothing new" to everybody: what is left is the server's own work."""

    def answer(_environ: object, start_response: Callable[..., object]) -> list[bytes]:
        start_response("304 Not Modified", [("ETag", '"same"')])
        return []

    return answer


def hello_app() -> Flask:
    """Return the smallest Flask application."""
    app = Flask("hello")
    app.add_url_rule("/", view_func=lambda: "Hello, world!")
    return app


def static_app() -> Flask:
    """Return an application that sends the file `due.rss` of the folder `FEEDS`."""
    app, file = Flask("static"), Path(os.environ["FEEDS"]) / "due.rss"
    app.add_url_rule("/", view_func=lambda: send_file(file))
    return app


def token_of(links: Links, learner_id: int) -> str:
    """Return the token of a learner's feed."""
    return links.feed_token(FeedAddress(feed_id=_feed_id(learner_id), version=1))


def fill(settings: Settings, first: int, last: int) -> None:
    """Add learners `first` to `last`, each with a feed; learner 1 has 34 entries in it, the others 5."""
    engine = make_engine(settings.database)
    if upgrade(engine):
        with Session(engine) as session, session.begin():
            catalogs.upgrade(session, resources.path("seed"), now=NOW)
    links = Links(site=settings.site, secret=settings.secret)
    ids = range(first, last + 1)
    _insert(engine, UserRow, ({"id": one, "email": f"{one}@example.org", "password": "", "active": True,
                               "fs_uniquifier": str(one), "created_at": NOW} for one in ids))  # fmt: skip
    _insert(engine, LearnerRow, ({"learner_id": one, "zone": "Europe/Berlin", "weekdays": [30] * 7,
                                  "feed_changed_at": NOW} for one in ids))  # fmt: skip
    _insert(engine, FeedRow, ({"learner_id": one, "id": _feed_id(one), "name": "Reader", "shows": SHOWS, "made_at": NOW,
                               "used_on": NOW.date()} for one in ids))  # fmt: skip
    _insert(engine, FeedAddressRow, ({"token_hash": token_hash(token_of(links, one)), "learner_id": one,
                                      "feed_id": _feed_id(one), "version": 1} for one in ids))  # fmt: skip
    _insert(engine, OccurrenceRow, (row for one in ids for row in _occurrences(LearnerId(one))))
    with engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
    engine.dispose()


def _occurrences(learner_id: LearnerId) -> Iterator[dict[str, object]]:
    due = MOST_DUE if learner_id == 1 else DUE
    for number in range(due + AHEAD):
        at = NOW - timedelta(hours=number) if number < due else NOW + timedelta(days=number - due + 1)
        yield {
            "learner_id": learner_id,
            "id": _uuid(f"{learner_id}/{number}"),
            "reading_id": number + 1,
            "number": 1,
            "kind": "review",
            "form": "skim",
            "minutes": 6.0,
            "reason": REASON,
            "due_at": at,
            "made_at": at,
        }


def _insert(engine: Engine, row: type, values: Iterator[dict[str, object]]) -> None:
    while some := list(islice(values, ROWS_AT_ONCE)):
        with engine.begin() as connection:
            connection.execute(insert(row), some)


def _feed_id(learner_id: int) -> FeedId:
    return FeedId(_uuid(f"feed {learner_id}"))


def _uuid(text: str) -> str:
    return str(uuid.UUID(bytes=hashlib.md5(text.encode()).digest(), version=4))
