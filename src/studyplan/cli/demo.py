"""`studyplan demo`: a learner with a believable year, lived day by day through the real services."""

import secrets
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import numpy as np
from sqlalchemy.orm import Session

from studyplan.cli.command import Command, add_moment, moment, transaction
from studyplan.cli.upgrade import upgrade
from studyplan.cli.users import password_hash
from studyplan.domain.catalog import LearnerId, ReadingId
from studyplan.domain.errors import Invalid
from studyplan.domain.plan import ItemKind
from studyplan.publish.links import Links
from studyplan.services import accounts, due, enrollment, feeds, planning, review
from studyplan.services.enrollment import StudyWish
from studyplan.services.learners import mark_as_demo
from studyplan.services.outlook import USUAL_WEEKDAYS
from studyplan.services.review import Finishing
from studyplan.settings import Settings
from studyplan.simulation.learner import noisy_rating
from studyplan.simulation.progress import Progress
from studyplan.simulation.truths import Truth, find_truth
from studyplan.store.database import make_engine

ZONE = "Europe/Berlin"
AHEAD = timedelta(weeks=26)
SEED = 7
MOST_WEEKS = 156
GAP_SECONDS = 0.15
"""After each day others get their turn to write: on SQLite who waits asks again every tenth of a second."""
SKIPPED_SHARE = 0.06
"""A believable learner does not open every study day."""


class _Life:
    """A simulated learner behind the real services: what is due is done, remembered as a truth says, and rated."""

    def __init__(self, truth: type[Truth], begins_on: date) -> None:
        self._truth, self._begins_on = truth, begins_on
        self._dice = np.random.default_rng(SEED)
        self._minds: dict[ReadingId, Truth] = {}

    def stays_away(self) -> bool:
        """Say whether today is one of the days that are not opened."""
        return bool(self._dice.random() < SKIPPED_SHARE)

    def study(self, session: Session, learner_id: LearnerId, *, now: datetime) -> int:
        """Do all of today's items; return how many."""
        today = due.get_today(session, learner_id, now=now)
        for item in today.items:
            finishing = self._finishing(item, (today.on - self._begins_on).days)
            review.finish(session, learner_id, item.due.occurrence.id, finishing, now=now)
        return len(today.items)

    def _finishing(self, item: due.TodayItem, day: int) -> Finishing:
        occurrence = item.due.occurrence
        is_review = occurrence.kind is ItemKind.REVIEW
        mind = self._minds.setdefault(occurrence.reading_id, self._truth(self._dice, 1))
        recall = mind.recall(0, day) if is_review else 0.9
        rating = noisy_rating(recall, *self._dice.random(2).tolist())
        if is_review or occurrence.part == occurrence.parts:
            mind.expose(0, day, rating > 1, is_review)
        minutes = max(1.0, round(occurrence.minutes * float(self._dice.normal(1.05, 0.15))))
        return Finishing(rating=rating, key=secrets.token_hex(16), minutes=minutes)


def live(settings: Settings, weeks: int, *, now: datetime) -> tuple[str, str]:
    """Let a demo learner live through the weeks before now; return address and password."""
    if not 1 <= weeks <= MOST_WEEKS:
        raise Invalid(f"--weeks {weeks} is not a history of 1 to {MOST_WEEKS} weeks.")
    upgrade(settings)
    email, password = f"demo-{now:%Y%m%d%H%M%S}@example.org", secrets.token_urlsafe(12)
    hashed = password_hash(settings, password)
    begins_at = (now - timedelta(weeks=weeks)).replace(hour=17, minute=30)
    wish = StudyWish(
        track_slug="everything", weekdays=USUAL_WEEKDAYS, zone=ZONE, horizon_on=(now + AHEAD).date().replace(day=1)
    )
    links = Links.of(settings)
    with transaction(settings) as session:
        learner_id = accounts.sign_up(session, email=email, password_hash=hashed, is_demo=True, now=begins_at)
        enrollment.start(session, learner_id, wish, now=begins_at)
        mark_as_demo(session, learner_id)
        accounts.mark_confirmed(session, learner_id, now=begins_at)
        feeds.ensure_default_feed(session, learner_id, links, now=begins_at)
    life = _Life(find_truth("actr"), begins_at.date())
    engine = make_engine(settings.database)
    for at in _evenings(begins_at, now=now):
        with Session(engine) as session, session.begin():
            planning.replan(session, learner_id, now=at)
            if not life.stays_away():
                life.study(session, learner_id, now=at)
        time.sleep(GAP_SECONDS)
    with Session(engine) as session, session.begin():
        planning.replan(session, learner_id, now=now)
    engine.dispose()
    return email, password


def _evenings(begins_at: datetime, *, now: datetime) -> Iterator[datetime]:
    """Give the evening of each study day before now, with progress on standard error."""
    days = [begins_at + timedelta(days=ahead) for ahead in range((now - begins_at).days)]
    study_days = [day for day in days if USUAL_WEEKDAYS[day.weekday()]]
    progress = Progress(len(study_days), sys.stderr)
    for day in study_days:
        yield day
        progress.step()


def _configure(parser: ArgumentParser) -> None:
    add_moment(parser)
    parser.add_argument("--weeks", type=int, default=52, help="weeks of history (default: 52)")


def _run(arguments: Namespace, settings: Settings) -> None:
    email, password = live(settings, arguments.weeks, now=moment(arguments))
    print(f"Sign in at {settings.site}/sign-in as {email} with the password {password}")


COMMANDS = (
    Command(
        name="demo",
        summary="Add a learner with months of simulated history, to try everything at once.",
        example="studyplan demo",
        run=_run,
        configure=_configure,
    ),
)
