"""A learner's days with a feed in real readers: what was due and what each reader showed as new are counted apart.

Time is passed in. The learner rates, puts off, leaves out and takes back through the links of the feed; titles and
budgets change, zones change, clocks are stopped, the program restarts, the database comes back from a copy, the feed
gets new addresses, and now and then so much is due that the feed cannot hold it.
"""

import random
import shutil
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy import text

from feed_clients import CLIENTS, Client, Shown
from feed_stage import Stage
from fleet import serving
from samples import READING
from studyplan.domain.feeds import FeedId, FeedWish
from studyplan.services import feeds, learners, planning
from studyplan.web.app import create_app

POLLS_AT = (time(6), time(11), time(17), time(22))
CAP = 10
FULL = "polls of more than the feed holds"
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe")
STUDIES_AT = {time(11), time(22)}
AWAY_EVERY, AWAY = 40, range(10, 22)


@dataclass
class Switch:
    """A server's application that can be exchanged, as a restart does."""

    app: Flask

    def __call__(self, environ: dict[str, object], start_response: Callable[..., object]) -> object:
        return self.app.wsgi_app(environ, start_response)  # type: ignore[arg-type]


@dataclass
class Counted:
    """What one reader made of it."""

    name: str
    expected: set[str]
    shown: Sequence[Shown]

    @property
    def missed(self) -> set[str]:
        """What was in the feed and was never shown as new."""
        return self.expected - {entry.id for entry in self.shown}

    @property
    def invented(self) -> set[str]:
        """What was shown as new and was not in the feed."""
        return {entry.id for entry in self.shown} - self.expected

    @property
    def twice(self) -> list[str]:
        """What was shown as new more than once."""
        return [entry_id for entry_id, times in Counter(entry.id for entry in self.shown).items() if times > 1]


@dataclass
class Year:
    """The days, with what happened and what was in the feed at each poll, by a query of its own."""

    stage: Stage
    feed_id: FeedId
    folder: Path
    chance: random.Random
    acts: Iterator[int] = field(default_factory=count)
    clients: dict[str, Client] = field(default_factory=dict)
    happened: Counter[str] = field(default_factory=Counter)
    expected: set[str] = field(default_factory=set)
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo(ZONES[0]))

    def run(self, first_on: date, days: int) -> list[Counted]:
        """Let the days pass."""
        switch = Switch(self.stage.app)
        with serving(switch) as site:  # type: ignore[arg-type]
            self.clients = {name: make(site + self.stage.path(), self.folder) for name, make in CLIENTS.items()}
            for number in range(days):
                self._pass_day(first_on + timedelta(days=number), number, site)
                switch.app = self.stage.app
            counted = [Counted(name, self.expected, client.shown()) for name, client in self.clients.items()]
            for client in self.clients.values():
                client.close()
        return counted

    def repeats(self) -> int:
        """Count occurrences of the same step of a reading beyond those that a put-off, leaving out or undo explains."""
        with self.stage.change() as session:
            rows = session.execute(text("SELECT reading_id, kind, number, part, closed_by FROM occurrences")).all()
        steps = Counter(row[:4] for row in rows)
        ended = Counter(row[:4] for row in rows if row[4] in {"snooze", "skip", "withdrawn"})
        return sum(max(0, times - 1 - ended[step]) for step, times in steps.items())

    def _pass_day(self, on: date, number: int, site: str) -> None:
        if self.chance.random() < 0.9:
            self._at(on, time(4, 30))
            self._roll_over()
        for poll_at in POLLS_AT:
            self._at(on, poll_at)
            self._poll()
            if poll_at in STUDIES_AT and number % AWAY_EVERY not in AWAY:
                self._study()
        for every, change in self._changes(number, site).items():
            if number % every == every - 1:
                change()

    def _changes(self, number: int, site: str) -> dict[int, Callable[[], None]]:
        return {
            7: self._edit,
            11: lambda: self._replace_budget((60,) if number % AWAY_EVERY in AWAY else (0, 20, 40, 60)),
            13: self._restart,
            19: self._travel,
            17: lambda: self._new_address(site),
            23: self._restore,
        }

    def _at(self, on: date, wall: time) -> None:
        local = datetime.combine(on, wall, self.zone).astimezone(UTC)
        self.stage.clock.now = max(local, self.stage.clock.now + timedelta(minutes=1))

    def _roll_over(self) -> None:
        with self.stage.change() as session:
            planning.replan(session, self.stage.learner_id, now=self.stage.clock.now)

    def _poll(self) -> None:
        self._expect()
        for client in self.clients.values():
            client.start_poll()
        for client in self.clients.values():
            client.finish_poll()
        self.happened["polls"] += 1

    def _expect(self) -> None:
        """Note what the feed has to show now."""
        now = f"{self.stage.clock.now:%Y-%m-%d %H:%M:%S.%f}"
        query = text(
            "SELECT id FROM occurrences WHERE closed_at IS NULL AND due_at <= :now "
            "ORDER BY max(due_at, made_at) DESC, id"
        )
        with self.stage.change() as session:
            due = [str(row) for row in session.scalars(query, {"now": now})]
            learner = learners.get_learner(session, self.stage.learner_id)
        self.expected |= {f"urn:uuid:{occurrence_id}" for occurrence_id in due[:CAP]}
        if len(due) > CAP:
            today = learner.today(self.stage.clock.now)
            self.expected.add(f"urn:uuid:{uuid.uuid5(uuid.UUID(self.feed_id), today.isoformat())}")
            self.happened[FULL] += 1

    def _study(self) -> None:
        """Act on some of what the feed shows, through its links."""
        for path in self.stage.actions():
            if self.chance.random() > 0.6:
                continue
            act = next(self.acts)
            tomorrow = self.stage.clock.now.astimezone(self.zone).date() + timedelta(days=2)
            form = (
                {"until": (tomorrow + timedelta(days=self.chance.randrange(9))).isoformat()}
                if act % 11 == 4
                else {"skip": "1"}
                if act % 23 == 9
                else {"rating": str(self.chance.choice((1, 2, 3, 3, 3, 4))), "read": "1"}
            )
            status = self.stage.client.post(path, data=form).status_code
            assert status == 303, (form, status)
            self.happened[next(iter(form))] += 1
            if "rating" in form and act % 8 == 5:
                assert self.stage.client.post(path, data={"undo": "1"}).status_code == 303
                self.happened["undo"] += 1

    def _edit(self) -> None:
        """Give the readings other titles, as a new version of their catalog does."""
        number = self.happened["edits"] = self.happened["edits"] + 1
        self.stage.add_library(library(number))

    def _replace_budget(self, minutes: tuple[int, ...]) -> None:
        """Draw other minutes for the weekdays: while away enough of them that more falls due than the feed holds."""
        weekdays = [self.chance.choice(minutes) for _ in range(6)]
        with self.stage.change() as session:
            planning.learners.change_learner(session, self.stage.learner_id, weekdays=[30, *weekdays])
            planning.learners.count_inputs_change(session, self.stage.learner_id)
            planning.replan(session, self.stage.learner_id, now=self.stage.clock.now)
        self.happened["budgets"] += 1

    def _travel(self) -> None:
        self.zone = ZoneInfo(ZONES[(ZONES.index(self.zone.key) + 1) % len(ZONES)])
        with self.stage.change() as session:
            learners.change_zone(session, self.stage.learner_id, self.zone.key, now=self.stage.clock.now)
            planning.replan(session, self.stage.learner_id, now=self.stage.clock.now)
        self.happened["zones"] += 1

    def _restart(self) -> None:
        self.stage.app.extensions["sqlalchemy"].writing_engine.dispose()
        self.stage.app = create_app(self.stage.settings, now=self.stage.clock)
        self.happened["restarts"] += 1

    def _restore(self) -> None:
        """Bring the database back from a copy, in another file."""
        with self.stage.change() as session:
            session.execute(text("SELECT 1"))
        file = self.folder / f"restored-{self.happened['restores']}.db"
        self.stage.app.extensions["sqlalchemy"].writing_engine.dispose()
        source = Path(self.stage.settings.database.removeprefix("sqlite:///"))
        shutil.copy(source, file)
        self.stage.settings = self.stage.settings.model_copy(update={"database_url": f"sqlite:///{file}"})
        self.stage.app = create_app(self.stage.settings, now=self.stage.clock)
        self.happened["restores"] += 1

    def _new_address(self, site: str) -> None:
        """Rotate, and let the readers follow; the old address would work for another week."""
        with self.stage.change() as session:
            feeds.rotate(session, self.stage.learner_id, self.feed_id, self.stage.links, now=self.stage.clock.now)
        self._poll()
        self.stage.token = self.stage.token_of(self.feed_id)
        for client in self.clients.values():
            client.move_to(site + self.stage.path())
        self.happened["new addresses"] += 1


def library(edition: int = 0, readings: int = 14) -> list[object]:
    """Return readings of 6 to 45 minutes, titled by edition."""
    titles = (f"Reading {place}" + (f", edition {edition}" if edition else "") for place in range(readings))
    return [replace(READING, title=title, minutes=6 + (17 * place) % 40) for place, title in enumerate(titles)]


@contextmanager
def begin(stage: Stage, folder: Path, *, seed: int) -> Iterator[Year]:
    """Set the stage for some days: a library, a plan and a feed that holds ten entries."""
    stage.add_library(library())
    feed_id = stage.add_feed("Readers", FeedWish(cap=CAP))
    yield Year(stage=stage, feed_id=feed_id, folder=folder, chance=random.Random(seed))
