"""`studyplan serve` as a process: what it prints, and how it stops."""

import concurrent.futures
import signal
import socket
import threading
import urllib.request
from pathlib import Path

import pytest
from flask import Flask

from fleet import START_SECONDS, answers, fleet, wait_until
from studyplan.cli.server import serve_until
from studyplan.domain.errors import Invalid


def test_it_says_where_it_is_and_ends_what_has_begun_when_it_is_asked_to_stop(tmp_path: Path) -> None:
    with fleet(tmp_path / "fleet", f"sqlite:///{tmp_path / 'studyplan.db'}") as ships:
        site = ships.start_web("serve")
        wait_until(lambda: "ready" in fetch(f"{site}/readyz"), START_SECONDS)
        said = (ships.folder / "process-0.log").read_text()
        for part in (site, str(tmp_path / "studyplan.db"), "outbox", "/dev/mail"):
            assert part in said
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            asked = [pool.submit(fetch, f"{site}/tracks") for _ in range(20)]
            wait_until(lambda: any(each.done() for each in asked), 60)
            ships.running[0].send_signal(signal.SIGTERM)
            pages = [each.result() for each in asked if each.exception() is None]
        assert ships.running[0].wait(30) == 0
        assert len(pages) >= 1
        assert all("</html>" in page for page in pages), "no answer is cut off"
        assert not answers(f"{site}/healthz")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # waitress leaves a pipe open
def test_a_place_that_is_taken_is_told_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(Invalid, match=f"{listen} cannot be listened on.*STUDYPLAN_LISTEN"):
            serve_until(Flask("any"), listen, threading.Event(), lambda: None)


def fetch(url: str) -> str:
    with urllib.request.urlopen(url, timeout=30) as response:
        body: bytes = response.read()
        return body.decode()
