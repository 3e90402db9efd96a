"""Kill the server in the middle of ratings: every acknowledged one must be there, none twice.

python bench/proof_ratings.py --kills 20
"""

import argparse
import os
import random
import re
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from studyplan.store.database import make_engine
from studyplan.store.rows import OccurrenceRow, ReviewRow
from visitor import Browser, is_gone, token_of

EMAIL, PASSWORD = "killed@example.org", "seven-quiet-otters-reading"
DUE = re.compile(r'action="(/occurrences/[^"]+/done)"')


class Server:
    """`studyplan serve` as its own process, on a port and a folder that outlive it."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.listen = f"127.0.0.1:{free.getsockname()[1]}"
        self.site = f"http://{self.listen}"
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Start it and return the seconds until it answered."""
        began = time.monotonic()
        environment = {**os.environ, "STUDYPLAN_DATA_DIR": str(self.folder), "STUDYPLAN_LISTEN": self.listen}
        with (self.folder / "serve.log").open("ab") as log:
            command = [sys.executable, "-m", "studyplan", "serve"]
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        while True:
            try:
                Browser(self.site).get("/healthz")
            except Exception as error:
                if not is_gone(error) or time.monotonic() - began > 120:
                    raise
                time.sleep(0.05)
            else:
                return time.monotonic() - began

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def sign_up(browser: Browser, minutes: int = 900) -> None:
    fields = {f"d{day}": str(minutes) for day in range(7)}
    fields |= {"track": "everything", "zone": "UTC", "email": EMAIL, "password": PASSWORD}
    if browser.post("/start", fields, token=token_of(browser.get("/start?track=everything"))) != 303:
        raise SystemExit("Signing up failed.")


def rate_until_killed(browser: Browser, acknowledged: list[str], sent: list[str]) -> None:
    """Rate what is due, one after the other; note each key when it goes out, and when it is acknowledged."""
    try:
        while True:
            page = browser.get("/today")
            for path in DUE.findall(page) or [""]:
                if not path:
                    browser.post("/today/ahead", {}, token=token_of(page))
                    break
                key = secrets.token_urlsafe(16)
                sent.append(key)
                browser.post(path, {"key": key, "rating": "3"}, token=token_of(page))
                acknowledged.append(key)
    except Exception as error:
        if not is_gone(error):
            raise


def wait_for(sent: list[str], count: int, seconds: float) -> None:
    """Wait until so many ratings were sent, or for so many seconds."""
    until = time.monotonic() + seconds
    while len(sent) < count and time.monotonic() < until:
        time.sleep(0.001)


def prove(kills: int, seed: int = 1) -> dict[str, float]:
    """Kill the server so many times under ratings and return what was counted."""
    dice = random.Random(seed)
    acknowledged: list[str] = []
    sent: list[str] = []
    starts = []
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        server.start()
        browser = Browser(server.site)
        sign_up(browser)
        for _ in range(kills):
            rating = threading.Thread(target=rate_until_killed, args=(browser, acknowledged, sent))
            rating.start()
            wait_for(sent, len(sent) + dice.randint(1, 6), seconds=10)
            time.sleep(dice.uniform(0, 0.06))  # about as long as a rating takes
            server.kill()
            rating.join()
            starts.append(server.start())
        server.kill()
        engine = make_engine(f"sqlite:///{folder}/studyplan.db")
        with Session(engine) as session:
            stored = Counter(session.scalars(select(ReviewRow.key)))
            reviewed = Counter(session.scalars(select(ReviewRow.occurrence_id)))
            closed = set(
                session.scalars(select(OccurrenceRow.id).where(OccurrenceRow.closed_by.in_(["rating", "read"])))
            )
        engine.dispose()
    return {
        "kills": kills,
        "ratings sent": len(sent),
        "acknowledged": len(acknowledged),
        "acknowledged but lost": sum(key not in stored for key in acknowledged),
        "stored twice": sum(count > 1 for count in [*stored.values(), *reviewed.values()]),
        "half applied": len(closed ^ set(reviewed)),
        "slowest restart, seconds": round(max(starts), 1),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    counted = prove(parser.parse_args().kills)
    print("\n".join(f"| {what} | {figure:g} |" for what, figure in counted.items()))
    sys.exit(bool(counted["acknowledged but lost"] or counted["stored twice"] or counted["half applied"]))
