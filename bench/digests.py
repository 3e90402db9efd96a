"""How fast digests are sent beside bare smtplib, and what the clock's tick costs beside a scheduler job per learner."""

import argparse
import json
import os
import smtplib
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from apscheduler.events import EVENT_JOB_EXECUTED
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import update

import crowd
import postgres
from studyplan.cli.migrations import upgrade
from studyplan.cli.serve import settle_in
from studyplan.jobs import ticks
from studyplan.jobs.context import Context, make_context
from studyplan.jobs.sending import send_due
from studyplan.services import clockwork, letters
from studyplan.settings import load
from studyplan.store.rows import DeliveryRow, LearnerRow

NOW = datetime(2026, 11, 30, 7, 0, tzinfo=UTC)
"""A Monday at seven, when weekly digests fall due."""
USUAL = 0.005
"""Seconds that a mail server that stores what it takes is over a mail, at the least."""
JOBS = 300
_contexts: list[Context] = []
"""What `queue_one` works with: a scheduler finds a stored job by its name."""
SINK = Path(crowd.__file__).with_name("smtp_sink.py")


class NoRunner:
    """Takes jobs and forgets them."""

    def submit(self, *_job: object) -> None:
        """Do nothing."""


@contextmanager
def sink(folder: Path, seconds: float = 0) -> Iterator[tuple[str, int]]:
    """Run the bare mail server, so long over each mail, as a process of its own, and give its address and process."""
    command = [sys.executable, str(SINK), str(folder / "mails.log"), str(seconds)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield f"smtp://127.0.0.1:{int(process.stdout.readline())}", process.pid
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def opened(database_url: str, folder: Path, **changed: str) -> Context:
    """Return a context whose clock stands still."""
    settings = load(
        _env_file=None, data_dir=folder, database_url=database_url, secret_key="s" * 40,
        base_url="https://study.example.org", **changed,
    )  # fmt: skip
    return make_context(settings, now=lambda: NOW)


def make_learners(database_url: str, folder: Path, count: int) -> Context:
    """Lay the tables and add learners with a week of a real track, whose digests are due."""
    context = opened(database_url, folder)
    upgrade(context.engine)
    with context.writing() as session:
        learner_id = crowd.add_learner(session, zone="UTC", now=NOW)
        crowd.add_copies(session, learner_id, count, next_digest_at=NOW)
    ticks.queue_digests(context, NoRunner())
    return context


def one_mail(context: Context) -> bytes:
    """Return the bytes of the digest that the others are copies of."""
    with context.reading() as session:
        row = session.query(DeliveryRow).filter_by(kind="weekly").first()
        assert row is not None
        return letters.preview(session, row.learner_id, context.settings, now=NOW).as_bytes(NOW)


def bare_rate(url: str, mail: bytes, count: int) -> float:
    """Return how many mails a second smtplib alone sends over one connection."""
    host, _, port = url.removeprefix("smtp://").partition(":")
    with smtplib.SMTP(host, int(port)) as smtp:
        began = time.perf_counter()
        for _ in range(count):
            smtp.sendmail("study@example.org", "ada@example.org", mail)
        return count / (time.perf_counter() - began)


def own_rate(context: Context, url: str, processes: int, count: int) -> tuple[float, float]:
    """Let processes send what is due; return mails a second from the first's start to the last's end, and their CPU."""
    settings = context.settings
    command = [sys.executable, __file__, "--send", settings.database, str(settings.data_dir), url]
    requeue(context)
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(processes)]
    reports = [json.loads(process.communicate()[0]) for process in running]
    seconds = max(report["ended"] for report in reports) - min(report["began"] for report in reports)
    return float(count / seconds), float(sum(report["cpu"] for report in reports))


def send(database_url: str, folder: Path, url: str) -> None:
    """Send until nothing is due (a child of `own_rate`)."""
    context = opened(database_url, folder, smtp_url=url)
    with context.reading() as session:
        letters.gather(session, (), context.settings, now=NOW)
    settle_in()
    began, used = time.monotonic(), time.process_time()
    send_due(context)
    print(json.dumps({"began": began, "ended": time.monotonic(), "cpu": time.process_time() - used}))
    context.engine.dispose()


def requeue(context: Context) -> None:
    """Let everything be due again."""
    with context.writing() as session:
        session.execute(update(DeliveryRow).values(state="queued", next_at=NOW, attempt=0, ended_at=None))


def cpu_of(pids: Sequence[int]) -> float:
    """Return the CPU seconds of processes and of their children that have ended."""
    fields = [Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split() for pid in pids]
    return sum(int(ticks) for one in fields for ticks in one[11:15]) / os.sysconf("SC_CLK_TCK")


def server_of(database_url: str) -> list[int]:
    """Return the process of the database server, if there is one."""
    folder = database_url.partition("?host=")[2]
    return [int((Path(folder) / "data/postmaster.pid").read_text().split()[0])] if folder else []


def bench_sending(database_url: str, folder: Path, count: int, rounds: int) -> None:
    """Compare sending with bare smtplib, in turns, two processes with one, and both with what the processors hold."""
    context = make_learners(database_url, folder, count)
    kind = context.engine.dialect.name
    with sink(folder) as (url, sink_pid):
        mail, servers = one_mail(context), [sink_pid, *server_of(database_url)]
        shares, gains, fills = [], [], []
        for _ in range(rounds):
            bare = bare_rate(url, mail, count)
            one, _ = own_rate(context, url, 1, count)
            before = cpu_of(servers)
            two, cpu = own_rate(context, url, 2, count)
            hold = (os.cpu_count() or 1) * count / (cpu + cpu_of(servers) - before)
            shares.append(one / bare)
            gains.append(two / one)
            fills.append(two / hold)
            print(
                f"{kind}: bare smtplib {bare:6.0f}/s, one process {one:5.0f}/s ({one / bare:.2f}), two {two:5.0f}/s, "
                f"of {hold:5.0f} that the processors hold"
            )
    print(
        f"{kind}, {len(mail):,d} bytes a mail: {statistics.median(shares):.2f} of bare smtplib (goal 0.30), "
        f"two processes {statistics.median(gains):.2f} times one (goal 1.7), "
        f"{statistics.median(fills):.0%} of what the processors hold"
    )
    with sink(folder, USUAL) as (url, _):
        pairs = [[own_rate(context, url, processes, count)[0] for processes in (1, 2)] for _ in range(rounds)]
    print(
        f"{kind}, a server that takes {USUAL * 1000:.0f} ms over a mail: one process "
        f"{statistics.median(one for one, _ in pairs):.0f}/s, two processes "
        f"{statistics.median(two / one for one, two in pairs):.2f} times one (goal 1.7)"
    )
    context.engine.dispose()


def bench_tick(folder: Path, learners: int, due: int) -> None:
    """Time ticks with nobody due and with many due, and APScheduler with a job for each of them."""
    context = opened(f"sqlite:///{folder / 'tick.db'}", folder)
    upgrade(context.engine)
    with context.writing() as session:
        first = crowd.add_learner(session, zone="UTC", now=NOW)
        later = NOW + timedelta(days=3)
        ids = crowd.add_copies(session, first, learners, rows=(LearnerRow,), next_digest_at=later)
        session.execute(update(LearnerRow).where(LearnerRow.learner_id == first).values(next_digest_at=later))
    ticks_idle = [timed(lambda: ticks.queue_digests(context, NoRunner())) for _ in range(200)]
    with context.writing() as session:
        session.execute(update(LearnerRow).where(LearnerRow.learner_id <= ids[due - 1]).values(next_digest_at=NOW))
    busy = timed(lambda: ticks.queue_digests(context, NoRunner()))
    with context.writing() as session:
        more = LearnerRow.learner_id.in_(ids[due : due + JOBS])
        session.execute(update(LearnerRow).where(more).values(next_digest_at=NOW))
    each = per_learner_jobs(context, folder)
    print(
        f"tick at {learners:,d} learners: idle {statistics.median(ticks_idle) * 1000:.2f} ms (goal 1), "
        f"{due:,d} due {busy:.2f} s (goal 0.5), {busy / due * 1e6:.0f} µs a due learner; "
        f"a scheduler job each {each * 1e6:.0f} µs, {each / (busy / due):.0f} times as much (goal 300)"
    )
    context.engine.dispose()


def per_learner_jobs(context: Context, folder: Path) -> float:
    """Return what a due job that queues one digest costs APScheduler, its store on the same kind of database."""
    _contexts.append(context)
    store = SQLAlchemyJobStore(url=f"sqlite:///{folder / 'jobs.db'}")
    scheduler = BackgroundScheduler(jobstores={"default": store}, timezone="UTC")
    scheduler.start(paused=True)
    for number in range(JOBS):
        scheduler.add_job(
            queue_one, "cron", day_of_week=0, hour=7, id=str(number), misfire_grace_time=None, coalesce=True,
            next_run_time=datetime.now(UTC) - timedelta(seconds=1),
        )  # fmt: skip
    done = threading.Semaphore(0)
    scheduler.add_listener(lambda _event: done.release(), EVENT_JOB_EXECUTED)
    began = time.perf_counter()
    scheduler.resume()
    for _ in range(JOBS):
        done.acquire()
    seconds = time.perf_counter() - began
    scheduler.shutdown()
    return seconds / JOBS


def queue_one() -> None:
    """Do for one learner what a tick does for all that are due."""
    with _contexts[-1].writing() as session:
        clockwork.queue_digests(session, 1, now=NOW)


def timed(work: Callable[[], object]) -> float:
    """Return how long a call takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    """Run all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--send", nargs=3, metavar=("DATABASE", "FOLDER", "SMTP"), help=argparse.SUPPRESS)
    parser.add_argument("--mails", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--learners", type=int, default=100_000)
    arguments = parser.parse_args()
    if arguments.send:
        send(arguments.send[0], Path(arguments.send[1]), arguments.send[2])
        return
    with tempfile.TemporaryDirectory() as name, postgres.running() as url:
        bench_sending(url, Path(name), arguments.mails, arguments.rounds)
    with tempfile.TemporaryDirectory() as name:
        bench_sending("", Path(name), arguments.mails, arguments.rounds)
        bench_tick(Path(name), arguments.learners, arguments.learners // 10)


if __name__ == "__main__":
    main()
