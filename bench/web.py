"""What pages cost against a bare Flask hello under the same server, in one run: `make bench-web`.

Each figure is the median over interleaved rounds: milliseconds of CPU of the server process for one request, what
that is times hello, and the milliseconds that a client waits.
"""

import argparse
import http.client
import os
import re
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from urllib.parse import urlencode

from proof_ratings import DUE, Server, sign_up

from visitor import Browser, token_of

FEED = re.compile(r"(/feeds/[A-Za-z0-9_-]+/due\.rss)")
RATINGS = 3
MINUTES = 240  # a day: enough to rate in each round, and a list longer than most
SETTLE = 0.3
TICK = 1 / os.sysconf("SC_CLK_TCK")
HELLO = """
import sys
import flask, waitress
app = flask.Flask(__name__)
app.get("/")(lambda: "Hello, world!")
host, port = sys.argv[1].rsplit(":", 1)
waitress.serve(app, host=host, port=int(port), threads=24, ident=None, _quiet=True)
"""


@dataclass
class Case:
    """One kind of request: `send` sends one and returns its status; `prepare` comes before each round, unmeasured."""

    name: str
    pid: int
    send: Callable[[], int]
    status: int
    requests: int = 60
    prepare: Callable[[], None] = lambda: None
    cpu: list[float] = field(default_factory=list)
    wait: list[float] = field(default_factory=list)

    def run(self) -> None:
        """Send a round of requests."""
        self.prepare()
        before = cpu_of(self.pid)
        for _ in range(self.requests):
            began = time.perf_counter()
            status = self.send()
            self.wait.append(1000 * (time.perf_counter() - began))
            if status != self.status:
                raise SystemExit(f"{self.name}: answered {status} instead of {self.status}")
        time.sleep(SETTLE)  # what was put off until after the answer counts too
        self.cpu.append((cpu_of(self.pid) - before) / self.requests * 1000)


class Line:
    """A kept-alive connection."""

    def __init__(self, listen: str) -> None:
        self.connection = http.client.HTTPConnection(listen, timeout=30)

    def ask(self, method: str, path: str, headers: dict[str, str], body: str | None = None) -> tuple[int, str, str]:
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        return response.status, response.read().decode(), response.getheader("ETag", "")


def cpu_of(pid: int) -> float:
    """Return the seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * TICK


def hello(folder: Path) -> tuple[str, int, subprocess.Popen[bytes]]:
    """Start a bare Flask under the same server."""
    listen = Server(folder).listen
    process = subprocess.Popen([sys.executable, "-c", HELLO, listen])
    for _ in range(200):
        try:
            Browser(f"http://{listen}").get("/")
        except OSError:
            time.sleep(0.05)
        else:
            break
    return listen, process.pid, process


def requests_of(server: Server, browser: Browser, hello_at: str, hello_pid: int) -> list[Case]:
    """Return the kinds of request, hello first, a rating last."""
    assert server.process is not None
    pid, line, bare = server.process.pid, Line(server.listen), Line(hello_at)
    feed = FEED.search(browser.get("/settings/feeds"))[1]
    cookies = {"Cookie": browser.cookie_header()}
    form = {**cookies, "Content-Type": "application/x-www-form-urlencoded"}
    known: dict[str, str] = {}
    waiting: list[tuple[str, str]] = []
    minutes = cycle(range(5, 125, 5))

    def rate() -> int:
        path, token = waiting.pop()
        body = urlencode({"csrf_token": token, "key": secrets.token_urlsafe(16), "rating": "3"})
        return line.ask("POST", path, form, body)[0]

    def poll() -> None:
        known["If-None-Match"] = line.ask("GET", feed, {})[2]

    def what_if() -> int:
        return line.ask("GET", f"/plan/what-if?more={next(minutes)}&tier=&until=", cookies)[0]

    def look() -> None:
        page = line.ask("GET", "/today", cookies)[1]
        while len(DUE.findall(page)) < RATINGS:
            line.ask("POST", "/today/ahead", form, urlencode({"csrf_token": token_of(page)}))
            page = line.ask("GET", "/today", cookies)[1]
        waiting[:] = [(path, token_of(page)) for path in DUE.findall(page)][:RATINGS]

    return [
        Case("bare Flask hello", hello_pid, lambda: bare.ask("GET", "/", {})[0], 200),
        Case("/today", pid, lambda: line.ask("GET", "/today", cookies)[0], 200),
        Case("/plan", pid, lambda: line.ask("GET", "/plan", cookies)[0], 200),
        Case("/plan, what other minutes bring", pid, what_if, 200),
        Case("feed poll, 200", pid, lambda: line.ask("GET", feed, {})[0], 200),
        Case("feed poll, 304", pid, lambda: line.ask("GET", feed, known)[0], 304, prepare=poll),
        Case("a rating, the whole plan behind it", pid, rate, 303, requests=RATINGS, prepare=look),
    ]


def report(measured: list[Case]) -> None:
    """Print the medians as a table."""
    base = statistics.median(measured[0].cpu)
    print("| request | CPU ms | times hello | waits ms, median | waits ms, p95 |\n|---|---|---|---|---|")
    for case in measured:
        cpu = statistics.median(case.cpu)
        p95 = statistics.quantiles(case.wait, n=20)[-1]
        print(f"| {case.name} | {cpu:.2f} | {cpu / base:.1f} | {statistics.median(case.wait):.1f} | {p95:.1f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        server.start()
        hello_at, hello_pid, bare = hello(Path(folder))
        try:
            browser = Browser(server.site)
            sign_up(browser, minutes=MINUTES)
            measured = requests_of(server, browser, hello_at, hello_pid)
            for _ in range(options.rounds):
                for case in measured:
                    case.run()
        finally:
            bare.kill()
            server.kill()
    report(measured)


if __name__ == "__main__":
    main()
