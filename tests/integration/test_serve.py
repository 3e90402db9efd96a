"""`studyplan serve` as a process: what it prints, and how it stops."""

import concurrent.futures
import signal
import socket
import sqlite3
import urllib.parse
import urllib.request
from contextlib import closing
from pathlib import Path
from urllib.error import HTTPError

import pytest

from fleet import START_SECONDS, answers, fleet, free_port, wait_until


def test_it_says_where_it_is_and_ends_what_has_begun_when_it_is_asked_to_stop(tmp_path: Path) -> None:
    with fleet(tmp_path / "fleet", f"sqlite:///{tmp_path / 'studyplan.db'}") as ships:
        site = ships.start_web("serve")
        wait_until(lambda: "ready" in fetch(f"{site}/readyz"), START_SECONDS)
        said = (ships.folder / "process-0.log").read_text()
        for part in (site, str(tmp_path / "studyplan.db"), "outbox", "/dev/mail"):
            assert part in said
        assert sending_of(site, 50_000_000).startswith(b"HTTP/1.1 413"), "before it fills the disk"
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            asked = [pool.submit(fetch, f"{site}/tracks") for _ in range(20)]
            wait_until(lambda: any(each.done() for each in asked), 60)
            for _ in range(5):  # a shell and `make` both pass one on
                ships.running[0].send_signal(signal.SIGTERM)
            pages = [each.result() for each in asked if each.exception() is None]
        assert ships.running[0].wait(30) == 0
        assert len(pages) >= 1
        assert all("</html>" in page for page in pages), "no answer is cut off"
        assert not answers(f"{site}/healthz")


def test_a_place_that_is_taken_is_told_with_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, fleet(tmp_path / "fleet", "") as ships:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        assert ships.start("serve", STUDYPLAN_LISTEN=listen).wait(START_SECONDS) == 1
        said = (ships.folder / "process-0.log").read_text()
        assert f"{listen} cannot be listened on" in said
        assert "STUDYPLAN_LISTEN" in said
        assert "Traceback" not in said


def test_what_ends_the_clock_ends_the_process_too(installed: Path, tmp_path: Path) -> None:
    broken = installed / "studyplan.db"
    with closing(sqlite3.connect(broken)) as database:
        (size,) = database.execute("PRAGMA page_size").fetchone()
        (page,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'marks'").fetchone()
    with broken.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(bytes(size))
    with fleet(tmp_path / "fleet", f"sqlite:///{broken}") as ships:
        assert ships.start("serve", STUDYPLAN_LISTEN=f"127.0.0.1:{free_port()}").wait(START_SECONDS) == 1
        assert "malformed" in (ships.folder / "process-0.log").read_text()


def test_all_sockets_of_an_address_answer_and_what_came_through_a_proxy_is_known(tmp_path: Path) -> None:
    with fleet(tmp_path / "fleet", f"sqlite:///{tmp_path / 'studyplan.db'}") as ships:
        port = free_port()
        site = f"http://127.0.0.1:{port}"
        serving = ships.start("serve", STUDYPLAN_LISTEN=f"*:{port}")
        wait_until(lambda: answers(f"{site}/healthz"), START_SECONDS)
        assert "Outbox" in fetch(f"{site}/dev/mail")
        for name in ("X-Forwarded-For", "X-Forwarded-Host", "Forwarded"):
            with pytest.raises(HTTPError, match="404"):
                fetch(f"{site}/dev/mail", {name: "for=203.0.113.9"})
        serving.send_signal(signal.SIGTERM)
        assert serving.wait(30) == 0


def fetch(url: str, headers: dict[str, str] | None = None) -> str:
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers or {}), timeout=30) as response:
        body: bytes = response.read()
        return body.decode()


def sending_of(site: str, size: int) -> bytes:
    """Return what is answered to a body of a size before any of it is sent."""
    where = urllib.parse.urlsplit(site)
    with socket.create_connection((where.hostname, where.port), timeout=10) as line:
        line.sendall(f"POST /sign-in HTTP/1.1\r\nHost: {where.netloc}\r\nContent-Length: {size}\r\n\r\n".encode())
        return line.recv(100)
