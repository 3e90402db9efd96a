"""The roles as real processes: two web servers, a clock with another standing by, two workers, one mail server."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

import chaos
import desk
from fleet import START_SECONDS, answers, fleet, kill, wait_until
from studyplan.settings import Settings
from studyplan.store import marks
from studyplan.store.rows import DeliveryRow

LEARNERS = 20


def test_many_processes_send_each_digest_once_and_go_on_when_some_die(settings: Settings, tmp_path: Path) -> None:
    if settings.database.startswith("sqlite"):
        pytest.skip("many processes share PostgreSQL")
    chaos.make_due(settings.database, tmp_path, LEARNERS)
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
        assert len(sent) == LEARNERS
        assert set(ships.mails().values()) == {1}


@pytest.mark.parametrize("roles", [("clock", "worker", "worker"), ("serve",)])
def test_kills_amid_sending_lose_nothing_and_copy_at_most_the_mail_in_flight(
    settings: Settings, tmp_path: Path, roles: tuple[str, ...]
) -> None:
    """The short form of `make proof-deliveries`."""
    if ("serve" in roles) != settings.database.startswith("sqlite"):
        pytest.skip("embedded on SQLite, apart on PostgreSQL")
    chaos.make_due(settings.database, tmp_path, 200)
    report = chaos.harass(tmp_path, settings, roles, wanted=200, kills=3)
    assert report.is_right(), str(report)
