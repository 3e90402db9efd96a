"""The roles as real processes: two web servers, a clock with another standing by, two workers, one mail server."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

import crowd
import desk
from fleet import START_SECONDS, answers, fleet, kill, wait_until
from studyplan.domain.catalog import LearnerId
from studyplan.settings import Settings
from studyplan.store import marks
from studyplan.store.rows import DeliveryRow

LEARNERS = 20


def add_due_learners(settings: Settings, count: int) -> list[LearnerId]:
    """Add learners whose weekly digest fell due a minute ago."""
    now = datetime.now(UTC)
    due_at = (now - timedelta(minutes=1)).replace(second=0, microsecond=0)
    wish = {"digest_weekday": due_at.weekday(), "digest_minute": due_at.hour * 60 + due_at.minute, "zone": "UTC"}
    with desk.opened(settings, lambda: now) as opened:
        learner_id = opened.add_learner(zone="UTC")
        with opened.context.writing() as session:
            return crowd.add_copies(session, learner_id, count, next_digest_at=due_at, **wish)


def test_many_processes_send_each_digest_once_and_go_on_when_some_die(settings: Settings, tmp_path: Path) -> None:
    if settings.database.startswith("sqlite"):
        pytest.skip("many processes share PostgreSQL")
    learners = add_due_learners(settings, LEARNERS)
    with fleet(tmp_path / "fleet", settings.database, STUDYPLAN_RUNNER="procrastinate") as ships:
        ships.settings["STUDYPLAN_SMTP_URL"] = f"smtp://127.0.0.1:{ships.start_sink()}"
        first, _second = ships.start("clock"), ships.start("clock")
        workers = [ships.start("worker"), ships.start("worker")]
        sites = [ships.start_web(), ships.start_web()]
        wait_until(lambda: len(ships.mails()) >= LEARNERS, START_SECONDS)
        assert all(answers(f"{site}/readyz") for site in sites)
        with desk.opened(settings, lambda: datetime.now(UTC)) as opened:

            def last_tick() -> datetime:
                with opened.context.reading() as session:
                    return (marks.find_mark(session, "tick sweep") or (datetime.min.replace(tzinfo=UTC), ""))[0]

            kill(first)
            kill(workers[0])
            killed_at = datetime.now(UTC)
            wait_until(lambda: last_tick() > killed_at, 11)
            with opened.context.reading() as session:
                sent = session.scalars(select(DeliveryRow.learner_id).where(DeliveryRow.state == "sent")).all()
        assert set(learners) <= set(sent)
        assert set(ships.mails().values()) == {1}
