"""A private PostgreSQL for the tests: on a Unix socket in a temporary folder, as a user that is not root."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import provision

USER = "studyplan"
SPEED = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses=", "max_connections=200")


@contextmanager
def running(*, durable: bool = False) -> Iterator[str]:
    """Start a server and give the address of its database `postgres`; `durable` keeps fsync, for tests that kill it."""
    binaries = provision.need("initdb").parent
    folder = Path(tempfile.mkdtemp(prefix="studyplan-pg-"))
    try:
        with _owned(folder):
            data = folder / "data"
            _run(binaries / "initdb", f"--pgdata={data}", f"--username={USER}", "--auth=trust", "--no-sync", "-EUTF8")
            settings = "" if durable else " ".join(f"-c {setting}" for setting in SPEED)
            options = f"-k {folder} {settings or '-c listen_addresses='}"
            _run(binaries / "pg_ctl", f"--pgdata={data}", f"--log={folder}/log", f"--options={options}", "-w", "start")
            try:
                yield f"postgresql+psycopg://{USER}@/postgres?host={folder}"
            finally:
                _run(binaries / "pg_ctl", f"--pgdata={data}", "--mode=immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _owned(folder: Path) -> Iterator[None]:
    """Give the folder to the user that runs the server."""
    if name := _other_user():
        shutil.chown(folder, name)
    yield


def _other_user() -> str | None:
    """Return whom to run PostgreSQL as, which refuses root; None for the present user."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in known)


def _run(*command: str | Path) -> None:
    subprocess.run([str(part) for part in command], check=True, user=_other_user(), cwd="/", stdout=subprocess.DEVNULL)
