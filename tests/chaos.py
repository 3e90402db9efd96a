"""Digests under kills: start the roles, end them with -9 while they work, and count what the mail server took."""

import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import exc, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

import crowd
import desk
import postgres
import provision
from fleet import START_SECONDS, Fleet, fleet, kill, wait_until
from studyplan.cli.migrations import upgrade
from studyplan.settings import Settings, load
from studyplan.store.database import READ_ONLY, make_engine
from studyplan.store.rows import DeliveryRow


@dataclass(frozen=True, kw_only=True)
class Report:
    """What came of it. `copies` are mails that arrived again; each must carry the Message-ID of the first."""

    wanted: int
    kills: int
    sent: int
    arrived: int
    copies: int
    message_ids: int
    seconds: float
    seconds_after_last_kill: float

    def is_right(self) -> bool:
        """Say whether none was lost and there is at most one copy a kill, all with the first one's Message-ID."""
        none_lost = self.sent == self.arrived == self.message_ids == self.wanted
        return none_lost and self.copies <= self.kills

    def __str__(self) -> str:
        return (
            f"{self.wanted:,d} digests, {self.kills} kills: {self.wanted - self.arrived} lost, {self.copies} copies, "
            f"{self.message_ids - self.arrived} with another Message-ID; {self.seconds:.0f} s in all, "
            f"{self.seconds_after_last_kill:.1f} s after the last kill"
        )


def make_due(database_url: str, folder: Path, count: int) -> Settings:
    """Lay the tables and add learners whose weekly digest fell due a minute ago."""
    now = datetime.now(UTC)
    settings = load(_env_file=None, data_dir=folder, database_url=database_url, secret_key="s" * 40)
    engine = make_engine(settings.database)
    upgrade(engine)
    engine.dispose()
    due_at = (now - timedelta(minutes=1)).replace(second=0, microsecond=0)
    wish = {"digest_weekday": due_at.weekday(), "digest_minute": due_at.hour * 60 + due_at.minute, "zone": "UTC"}
    with desk.opened(settings, lambda: now) as opened:
        learner_id = opened.add_learner(zone="UTC")
        with opened.context.writing() as session:
            crowd.add_copies(session, learner_id, count, next_digest_at=due_at, **wish)
    return settings


def restart_postgres(url: str) -> None:
    """Stop the server without a word to anybody, and start it again."""
    folder = make_url(url).query["host"]
    assert isinstance(folder, str)
    pg_ctl = provision.need("initdb").parent / "pg_ctl"
    data, log = f"--pgdata={folder}/data", f"--log={folder}/log"
    postgres._run(pg_ctl, data, log, "--mode=immediate", "-w", "restart")


def harass(
    folder: Path, settings: Settings, roles: tuple[str, ...], *, wanted: int, kills: int, restart: str = ""
) -> Report:
    """Run the roles on a database with due digests and kill one after the other; `restart` names a PostgreSQL."""
    chance = random.Random(1)
    with fleet(folder / "fleet", settings.database, STUDYPLAN_SECRET_KEY="s" * 40) as ships:
        runner = "procrastinate" if "worker" in roles else "local"
        ships.settings |= {"STUDYPLAN_SMTP_URL": f"smtp://127.0.0.1:{ships.start_sink()}", "STUDYPLAN_RUNNER": runner}
        began = time.monotonic()
        running = [ships.start(role, STUDYPLAN_LISTEN="127.0.0.1:0") for role in roles]
        for number in range(kills):
            _wait_for_mails(ships, wanted * (number + 1) // (kills + 2))
            time.sleep(chance.random() / 20)
            victim = chance.randrange(len(roles))
            kill(running[victim])
            running[victim] = ships.start(roles[victim], STUDYPLAN_LISTEN="127.0.0.1:0")
            if restart and number == kills // 2:
                restart_postgres(restart)
        last_kill = time.monotonic()
        wait_until(lambda: count_sent(settings) >= wanted, START_SECONDS)
        mails = ships.mails()
    return Report(
        wanted=wanted,
        kills=kills,
        sent=count_sent(settings),
        arrived=len({recipient for _, recipient in mails}),
        copies=mails.total() - len(mails),
        message_ids=len(mails),
        seconds=time.monotonic() - began,
        seconds_after_last_kill=time.monotonic() - last_kill,
    )


def _wait_for_mails(ships: Fleet, count: int) -> None:
    wait_until(lambda: ships.mails().total() >= count, START_SECONDS)


def count_sent(settings: Settings) -> int:
    """Return how many digests are sent, by their rows."""
    engine = make_engine(settings.database)
    try:
        with Session(engine.execution_options(**READ_ONLY)) as session:
            return session.scalar(select(func.count()).where(DeliveryRow.state == "sent")) or 0
    except exc.OperationalError:  # while PostgreSQL restarts
        return 0
    finally:
        engine.dispose()
