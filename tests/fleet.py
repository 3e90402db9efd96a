"""Studyplan as real processes, to be killed: web, clock, worker, serve and a mail server; or served from a thread."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from flask import Flask

from studyplan.cli.server import Server

START_SECONDS = 180
"""How long a process may take to start on a machine that is busy with tests."""
HERE = Path(__file__).resolve().parent


@dataclass
class Fleet:
    """Processes that share a database and a mail server."""

    folder: Path
    settings: dict[str, str]
    running: list[subprocess.Popen[str]] = field(default_factory=list)
    logs: list[IO[str]] = field(default_factory=list)

    @property
    def mail_log(self) -> Path:
        return self.folder / "mails.log"

    def start_sink(self) -> int:
        """Start a mail server of its own process and return its port."""
        sink = self._start([sys.executable, str(HERE / "smtp_sink.py"), str(self.mail_log)], stdout=subprocess.PIPE)
        assert sink.stdout is not None
        return int(sink.stdout.readline())

    def start(self, role: str, **settings: str) -> subprocess.Popen[str]:
        """Start a role."""
        return self._start([sys.executable, "-m", "studyplan", role], **settings)

    def run(self, script: str, *arguments: str) -> subprocess.Popen[str]:
        """Start a script."""
        return self._start([sys.executable, script, *arguments])

    def start_web(self, role: str = "web") -> str:
        """Start a role that serves pages, wait until it does, and return its address."""
        port = free_port()
        site = f"http://127.0.0.1:{port}"
        self.start(role, STUDYPLAN_LISTEN=f"127.0.0.1:{port}")
        wait_until(lambda: answers(f"{site}/healthz"), START_SECONDS)
        return site

    def mails(self) -> Counter[tuple[str, str]]:
        """Return how often the mail server took each Message-ID for each recipient."""
        written = self.mail_log.read_text() if self.mail_log.exists() else ""
        lines, _, _unfinished = written.rpartition("\n")
        return Counter((line.split()[0], line.split()[1]) for line in lines.splitlines())

    def _start(self, command: list[str], *, stdout: int | None = None, **settings: str) -> subprocess.Popen[str]:
        log = (self.folder / f"process-{len(self.running)}.log").open("w")
        self.logs.append(log)
        environment = {**os.environ, "PYTHONPATH": f"{HERE.parent / 'src'}:{HERE}", **self.settings, **settings}
        process = subprocess.Popen(
            command, env=environment, cwd=self.folder, stdout=stdout or log, stderr=log, text=True
        )
        self.running.append(process)
        return process


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Serve an application from a thread of this process; give its address."""
    port, stop = free_port(), threading.Event()
    thread = threading.Thread(target=Server(app, f"127.0.0.1:{port}").serve_until, args=(stop,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        stop.set()
        thread.join()


def kill(process: subprocess.Popen[str]) -> None:
    """End a process at once, as a power cut does."""
    process.send_signal(signal.SIGKILL)
    process.wait()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def wait_until(condition: Callable[[], bool], seconds: float) -> float:
    """Wait for a condition and return how long it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "it did not happen in time"
        time.sleep(0.05)
    return time.monotonic() - began


@contextmanager
def fleet(folder: Path, database_url: str, **settings: str) -> Iterator[Fleet]:
    """Give a fleet, and end all its processes afterwards."""
    folder.mkdir(exist_ok=True)
    ships = Fleet(
        folder=folder,
        settings={"STUDYPLAN_DATABASE_URL": database_url, "STUDYPLAN_DATA_DIR": str(folder), **settings},
    )
    try:
        yield ships
    finally:
        for process in ships.running:
            if process.poll() is None:
                kill(process)
            if process.stdout is not None:
                process.stdout.close()
        for log in ships.logs:
            log.close()
