"""What polls of feeds cost beside a bare Flask hello and a static file, and how that grows: `make bench-feeds`.

Figures are medians over interleaved rounds; each is set against hello's figure of the same round.
"""

import argparse
import os
import random
import re
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from feed_apps import NOW, empty_app, feed_app, fill, hello_app, settings_in, static_app, token_of
from flask import Flask
from werkzeug.test import create_environ

from studyplan.publish.links import Links
from studyplan.services.feed_polls import FeedPolls
from studyplan.web.feed_door import FeedDoor

LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
TICK = 1 / os.sysconf("SC_CLK_TCK")
CONNECTIONS = 8
POLL_EVERY_SECONDS = 900
SERVERS = {
    "gunicorn gthread": "gunicorn --worker-class gthread --threads 4 --workers 1 --keep-alive 75 --log-level error "
    "--bind 127.0.0.1:{port} feed_apps:{app}()",
    "waitress": "waitress --host=127.0.0.1 --port={port} --threads=8 --call feed_apps:{app}",
}

Round = dict[str, float]
Make = Callable[[], Callable[..., object]]


def main(sizes: list[int], rounds: int) -> None:
    """Measure in one process, under servers, and with more and more learners."""
    with tempfile.TemporaryDirectory() as name:
        folder, made = Path(name), 0
        settings = settings_in(folder)
        os.environ["FEEDS"] = name
        links = Links(site=settings.site, secret=settings.secret)
        for size in sizes:
            began = time.perf_counter()
            fill(settings, made + 1, size)
            made = size
            print(f"\n## {size:,} learners (database made in {time.perf_counter() - began:.0f} s)\n")
            in_process(feed_app(), links, size, rounds)
            if size == sizes[0]:
                under_servers(folder, links, rounds)


def in_process(app: Flask, links: Links, size: int, rounds: int) -> None:
    """Print the CPU of a request below the server."""
    path = f"/feeds/{token_of(links, 1)}/due.rss"
    tag = app.test_client().get(path, headers={"Accept-Encoding": "gzip"}).headers["ETag"]
    known = {"Accept-Encoding": "gzip", "If-None-Match": tag}
    polls = FeedPolls(app.extensions["sqlalchemy"].writing_engine, links)
    doors = iter(lambda: FeedDoor(app.wsgi_app, polls, links, now=lambda: NOW), None)
    strangers = random.Random(1).sample(range(2, size + 1), 200)
    cold = [(f"/feeds/{token_of(links, one)}/due.rss", {}) for one in strangers]
    first = next(doors)
    tags = [_tag_of(first, *one) for one in cold]
    again = [(one, {"If-None-Match": known_tag}) for (one, _), known_tag in zip(cold, tags, strict=True)]
    hello = hello_app()
    cases: dict[str, Callable[[], float]] = {
        "bare Flask hello": lambda: _cpu(hello.wsgi_app, [("/", {})], 300),
        "poll, nothing new (304)": lambda: _cpu(app.wsgi_app, [(path, known)], 300),
        "poll, kept (200, gzip)": lambda: _cpu(app.wsgi_app, [(path, {"Accept-Encoding": "gzip"})], 300),
        "wrong token (404)": lambda: _cpu(app.wsgi_app, [(path + "x", {})], 300),
        "poll of another feed each time, nothing new, nothing kept": lambda: _cpu(next(doors), again, 1),
        "poll of another feed each time, built anew": lambda: _cpu(next(doors), cold[:30], 1),
    }
    table("µs of CPU in the process", [{name: run() * 1e6 for name, run in cases.items()} for _ in range(rounds)])
    print(f"\nMemory of the process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB at most.")


def under_servers(folder: Path, links: Links, rounds: int) -> None:
    """Print requests a second and CPU under the same servers as hello and a static file."""
    path = f"/feeds/{token_of(links, 1)}/due.rss"
    answer = feed_app().test_client().get(path)
    file = folder / "due.rss"
    file.write_bytes(answer.data)
    known = f"If-None-Match: {answer.headers['ETag']}\r\n"
    asked = {
        "bare Flask hello": (hello_app, "/", ""),
        "an application that does nothing (304)": (empty_app, "/", ""),
        "a static file of the feed's size": (static_app, "/", ""),
        "poll, nothing new (304)": (feed_app, path, known),
        "poll, kept (200)": (feed_app, path, ""),
    }
    for name, command in SERVERS.items():
        with serving(command) as servers:
            speeds, costs = [], []
            for _ in range(rounds):
                measured = {case: servers[app].load(path, more) for case, (app, path, more) in asked.items()}
                speeds.append({case: speed for case, (speed, _) in measured.items()})
                costs.append({case: cost * 1e6 for case, (_, cost) in measured.items()})
            print(f"\n### {name}\n")
            table("requests/s", speeds)
            print()
            table("µs of CPU of the server", costs)
            poll = statistics.median(one["poll, nothing new (304)"] for one in costs)
            server = statistics.median(one["an application that does nothing (304)"] for one in costs)
            whole, own = (100_000 / POLL_EVERY_SECONDS * each / 1e6 for each in (poll, server))
            print(
                f"\n100,000 feeds polled every 15 minutes, nothing new: {whole:.1%} of one CPU, the server's {own:.1%}."
            )


class Running:
    """A server process on a port."""

    def __init__(self, command: str, app: Make) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        words = command.format(port=self.port, app=app.__name__).split(" ")
        path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
        self.process = subprocess.Popen([sys.executable, "-m", *words], env=os.environ | {"PYTHONPATH": path})
        for _ in range(400):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
            except OSError:
                time.sleep(0.05)
            else:
                break

    def load(self, path: str, more: str, seconds: float = 1.5) -> tuple[float, float]:
        """Ask on eight connections for a while; return requests a second and the server's CPU seconds for each."""
        request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{more}\r\n".encode()
        lines = [Line(self.port) for _ in range(CONNECTIONS)]
        cpu, began, count = self.cpu(), time.perf_counter(), 0
        while time.perf_counter() - began < seconds:
            for line in lines:
                line.send(request)
            for line in lines:
                line.receive()
            count += CONNECTIONS
        taken, used = time.perf_counter() - began, self.cpu() - cpu
        for line in lines:
            line.close()
        return count / taken, used / count

    def cpu(self) -> float:
        """Return the CPU seconds of the process and its children."""
        pids = [
            self.process.pid,
            *map(int, Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()),
        ]
        fields = [Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split() for pid in pids]
        return sum(int(one[11]) + int(one[12]) for one in fields) * TICK


@contextmanager
def serving(command: str) -> Iterator[dict[Make, Running]]:
    """Run one server for each application."""
    running = {app: Running(command, app) for app in (hello_app, empty_app, static_app, feed_app)}
    try:
        yield running
    finally:
        for one in running.values():
            one.process.terminate()
            one.process.wait()


class Line:
    """A connection that is kept while the server keeps it (waitress closes it after a 304)."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def send(self, request: bytes) -> None:
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port))
        self._socket.sendall(request)

    def receive(self) -> None:
        assert self._socket is not None
        head = b""
        while b"\r\n\r\n" not in head:
            head += self._socket.recv(65_536)
        head, _, body = head.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        missing = int(length[1]) - len(body) if length else 0
        while missing > 0:
            missing -= len(self._socket.recv(65_536))
        if b"Connection: close" in head:
            self.close()

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def table(unit: str, rounds: list[Round]) -> None:
    """Print the medians, and those of each figure over hello's of the same round."""
    print(f"| | {unit} | times hello |\n|---|---|---|")
    hello = next(iter(rounds[0]))
    for name in rounds[0]:
        ratio = statistics.median(one[name] / one[hello] for one in rounds)
        print(f"| {name} | {statistics.median(one[name] for one in rounds):,.1f} | {ratio:.2f} |")


def _cpu(app: Callable[..., Iterator[bytes]], requests: list[tuple[str, dict[str, str]]], times: int) -> float:
    environs = [create_environ(path, headers=headers) for path, headers in requests]
    began = time.process_time()
    for _ in range(times):
        for environ in environs:
            b"".join(app(dict(environ), lambda _status, _headers: None))
    return (time.process_time() - began) / times / len(environs)


def _tag_of(app: Callable[..., Iterator[bytes]], path: str, headers: dict[str, str]) -> str:
    sent: dict[str, str] = {}
    app(create_environ(path, headers=headers), lambda _status, headers: sent.update(headers))
    return sent["ETag"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learners", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=9)
    arguments = parser.parse_args()
    main(arguments.learners, arguments.rounds)
