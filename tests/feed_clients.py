"""Real feed readers on one feed each, as their users run them. Each tells which entries it has shown, in order."""

import json
import mailbox
import sqlite3
import subprocess
from email.header import decode_header, make_header
from pathlib import Path
from typing import NamedTuple, Protocol

from reader import make_reader

import provision


class Shown(NamedTuple):
    """An entry that a reader has shown as new."""

    id: str
    title: str


class Client(Protocol):
    """A feed reader that is polled by hand."""

    def start_poll(self) -> None:
        """Begin to fetch the feed."""

    def finish_poll(self) -> None:
        """Wait until it is fetched; fail when the reader says that it could not."""

    def move_to(self, url: str) -> None:
        """Follow the feed to another address."""

    def shown(self) -> list[Shown]:
        """Return all that was shown as new so far; what was shown twice is there twice."""

    def close(self) -> None:
        """End the reader."""


class Reader:
    """The Python library `reader`."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url = url
        self._reader = make_reader(str(folder / "reader.db"))
        self._reader.add_feed(url)

    def start_poll(self) -> None:
        self._reader.update_feed(self._url)

    def finish_poll(self) -> None:
        error = self._reader.get_feed(self._url).last_exception
        if error is not None:
            raise RuntimeError(error.value_str)

    def move_to(self, url: str) -> None:
        self._reader.change_feed_url(self._url, url)
        self._url = url

    def shown(self) -> list[Shown]:
        return [Shown(entry.id, entry.title or "") for entry in self._reader.get_entries()]

    def close(self) -> None:
        self._reader.close()


class Newsboat:
    """Newsboat in a folder of its own."""

    def __init__(self, url: str, folder: Path) -> None:
        self._folder = folder / "newsboat"
        self._folder.mkdir()
        (self._folder / "config").touch()
        self._program = str(provision.need("newsboat"))
        self._run: subprocess.Popen[bytes] | None = None
        self.move_to(url)

    def start_poll(self) -> None:
        command = [self._program, "-u", "urls", "-c", "cache.db", "-C", "config", "-x", "reload"]
        self._run = subprocess.Popen(command, cwd=self._folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def finish_poll(self) -> None:
        if self._run is None or self._run.wait(timeout=60) != 0:
            raise RuntimeError("newsboat could not reload")

    def move_to(self, url: str) -> None:
        (self._folder / "urls").write_text(url + "\n")

    def shown(self) -> list[Shown]:
        connection = sqlite3.connect(self._folder / "cache.db")
        rows = connection.execute("SELECT guid, title FROM rss_item ORDER BY id").fetchall()
        connection.close()
        return [Shown(*row) for row in rows]

    def close(self) -> None:
        pass


# rss2email's own program in a loop: what `r2e run` does, without starting Python for each poll.
_LOOP = """
import sys
from rss2email.main import run
for line in sys.stdin:
    run(["-c", "config", "-d", "data.json", *line.split()])
    print("done", flush=True)
"""
_CONFIG = """[DEFAULT]
from = feeds@example.org
to = ada@example.org
email-protocol = maildir
maildir-path = {folder}/mail
maildir-mailbox = INBOX
trust-guid = True
use-8bit = True
verbose = error

[feed.due]
url = {url}
"""


class Rss2email:
    """rss2email, which sends a mail for each entry."""

    def __init__(self, url: str, folder: Path) -> None:
        self._folder = folder / "rss2email"
        for name in ("new", "cur", "tmp"):
            (self._folder / "mail" / "INBOX" / name).mkdir(parents=True)
        (self._folder / "data.json").write_text(json.dumps({"version": 2, "feeds": []}))
        python = provision.need("r2e").read_text().partition("\n")[0].removeprefix("#!").strip()
        self._write_config(url)
        self._errors = (self._folder / "errors").open("wb")
        self._loop = subprocess.Popen(
            [python, "-c", _LOOP],
            cwd=self._folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )

    def start_poll(self) -> None:
        self._tell("run")

    def finish_poll(self) -> None:
        assert self._loop.stdout is not None
        answer = self._loop.stdout.readline()
        errors = (self._folder / "errors").read_text()
        if answer != "done\n" or errors:
            raise RuntimeError(f"rss2email: {errors or 'ended'}")

    def move_to(self, url: str) -> None:
        self._write_config(url)

    def shown(self) -> list[Shown]:
        box = mailbox.Maildir(self._folder / "mail" / "INBOX", create=False)
        mails = sorted(box.values(), key=lambda mail: str(mail["Date"]))
        return [Shown(mail["X-RSS-ID"], str(make_header(decode_header(mail["Subject"])))) for mail in mails]

    def close(self) -> None:
        assert self._loop.stdin is not None
        assert self._loop.stdout is not None
        self._loop.stdin.close()
        self._loop.wait(timeout=30)
        self._loop.stdout.close()
        self._errors.close()

    def _tell(self, command: str) -> None:
        assert self._loop.stdin is not None
        self._loop.stdin.write(command + "\n")
        self._loop.stdin.flush()

    def _write_config(self, url: str) -> None:
        (self._folder / "config").write_text(_CONFIG.format(folder=self._folder, url=url))


CLIENTS: dict[str, type[Reader] | type[Newsboat] | type[Rss2email]] = {
    "reader": Reader,
    "newsboat": Newsboat,
    "rss2email": Rss2email,
}
