"""A learner's year with a feed in real readers: new entries are the occurrences, none missed and none twice.

python bench/proof_feeds.py --days 365
"""

import argparse
import logging
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy.orm import Session

from feed_stage import make_stage
from feed_year import begin
from kit import Clock
from studyplan.cli.migrations import upgrade
from studyplan.services import accounts
from studyplan.settings import load
from studyplan.store import learners
from studyplan.store.database import make_engine
from studyplan.web.app import create_app

FIRST_ON = date(2026, 9, 1)


def main(days: int, seed: int) -> int:
    """Let the days pass in a folder of their own; print what each reader showed; 1 when anything is amiss."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = load(_env_file=None, data_dir=folder, secret_key="p" * 40)
        engine = make_engine(settings.database)
        upgrade(engine)
        clock = Clock()
        clock.now = datetime.combine(FIRST_ON, datetime.min.time(), UTC) + timedelta(hours=1)
        with Session(engine) as session, session.begin():
            learner_id = accounts.sign_up(session, email="ada@example.org", password_hash="", now=clock.now)
            learners.add_learner(session, learner_id, zone="Europe/Berlin", weekdays=[30] * 7, now=clock.now)
        engine.dispose()
        stage = make_stage(create_app(settings, now=clock), settings, clock, learner_id)
        with begin(stage, folder, seed=seed) as year:
            counted = year.run(FIRST_ON, days)
            repeats = year.repeats()
        print(f"{days} days from {FIRST_ON}: " + ", ".join(f"{count} {what}" for what, count in year.happened.items()))
        print(
            "\n| reader | entries in the feed | shown as new | missed | invented | twice |\n|---|---|---|---|---|---|"
        )
        for one in counted:
            figures = (len(one.expected), len(one.shown), len(one.missed), len(one.invented), len(one.twice))
            print(f"| {one.name} | {' | '.join(map(str, figures))} |")
        print(f"\nOccurrences that no put-off, leaving out or undo explains: {repeats}")
        return int(bool(repeats) or any(one.missed or one.invented or one.twice for one in counted))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    raise SystemExit(main(arguments.days, arguments.seed))
