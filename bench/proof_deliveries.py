"""Digests are sent once and none is lost: rival clocks without a lock, then kill -9 and a restart of PostgreSQL.

`--small` does a tenth of it.
"""

import sys
import tempfile
import time
from pathlib import Path

import chaos
import postgres
from fleet import fleet, wait_until
from studyplan.jobs import ticks
from studyplan.jobs.context import make_context
from studyplan.jobs.runner_procrastinate import ProcrastinateRunner, install
from studyplan.settings import load

HERE = Path(__file__).resolve().parent
CLOCKS = WORKERS = 4


def tick_without_lock(seconds: float = 3600) -> None:
    """Tick again and again, as a clock would that takes no heed of others."""
    context, runner = make_context(load()), ProcrastinateRunner()
    install(context.engine)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        ticks.queue_digests(context, runner)
        ticks.sweep(context, runner)
        time.sleep(0.2)


def rivals(count: int) -> bool:
    """Let four clocks and four workers share due learners; no mail may arrive twice."""
    with tempfile.TemporaryDirectory() as name, postgres.running() as url:
        folder = Path(name)
        settings = chaos.make_due(url, folder, count)
        with fleet(folder / "fleet", url, STUDYPLAN_SECRET_KEY="s" * 40, STUDYPLAN_RUNNER="procrastinate") as ships:
            ships.settings["STUDYPLAN_SMTP_URL"] = f"smtp://127.0.0.1:{ships.start_sink()}"
            began = time.monotonic()
            for _ in range(CLOCKS):
                ships.run(str(HERE / "proof_deliveries.py"), "tick")
            for _ in range(WORKERS):
                ships.start("worker")
            wait_until(lambda: chaos.count_sent(settings) >= count, 3600)
            mails = ships.mails()
    doubled = mails.total() - len({recipient for _, recipient in mails})
    print(f"{CLOCKS} clocks without a lock, {WORKERS} workers, {count:,d} due: {doubled} doubled, "
          f"{count - len(mails)} lost, {time.monotonic() - began:.0f} s")  # fmt: skip
    return not doubled and len(mails) == count


def killed(count: int, kills: int) -> bool:
    """Kill clock and workers on PostgreSQL, which restarts too; then the one process on SQLite."""
    with tempfile.TemporaryDirectory() as name, postgres.running(durable=True) as url:
        settings = chaos.make_due(url, Path(name), count)
        roles = ("clock", "clock", "worker", "worker")
        apart = chaos.harass(Path(name), settings, roles, wanted=count, kills=kills, restart=url)
    print(f"clock and workers, PostgreSQL restarted: {apart}")
    with tempfile.TemporaryDirectory() as name:
        settings = chaos.make_due("", Path(name), count // 5)
        embedded = chaos.harass(Path(name), settings, ("serve",), wanted=count // 5, kills=max(2, kills // 5))
    print(f"serve on SQLite: {embedded}")
    return apart.is_right() and embedded.is_right()


def main() -> int:
    """Run both and fail when a digest was lost or doubled."""
    if sys.argv[1:] == ["tick"]:
        tick_without_lock()
        return 0
    part = 10 if "--small" in sys.argv else 1
    is_right = [rivals(20_000 // part), killed(10_000 // part, 50 // part)]
    return int(not all(is_right))


if __name__ == "__main__":
    sys.exit(main())
