"""What people install: the wheel works alone, in an empty environment, from any folder."""

import os
import socket
import sqlite3
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parents[1]
RESOURCES = ("migrations", "seed", "templates")
SECONDS_TO_START = 120


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-d", folder], cwd=ROOT, check=True)
    return folder


def test_the_wheel_carries_templates_migrations_seed_and_static_files(dist: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()

    for resource in RESOURCES:
        assert _files(ROOT / resource) <= {name.removeprefix("studyplan/_bundled/") for name in names}
    assert _files(ROOT / "src/studyplan/web/static") <= {name.removeprefix("studyplan/web/") for name in names}


def test_the_sdist_carries_all_that_is_needed_to_build_and_test(dist: Path) -> None:
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    for folder in (*RESOURCES, "src", "tests", "requirements", "docs"):
        assert any(name.startswith(f"{folder}/") for name in names), folder
    assert {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "Makefile"} <= names


def test_the_wheel_alone_serves_pages_and_sends_digests(dist: Path, tmp_path: Path) -> None:
    programs = _install(dist, tmp_path / "environment")
    home = tmp_path / "home"
    home.mkdir()
    variables = {"PATH": os.defpath, "HOME": str(home)}

    for broker in ("psycopg", "procrastinate"):
        command = [programs / "python", "-c", f"import {broker}"]
        assert b"ModuleNotFoundError" in subprocess.run(command, capture_output=True, check=False).stderr
    demo = [programs / "studyplan", "demo", "--weeks", "2"]
    subprocess.run(demo, cwd=home, env=variables, check=True, stdout=subprocess.DEVNULL)
    _let_digests_be_due(home / "var" / "studyplan.db")
    with _served(programs, home, variables) as address:
        assert _status(f"{address}/tracks") == 200
        _wait_until(lambda: list((home / "var" / "outbox").glob("*.eml")))
    (mail,) = (home / "var" / "outbox").glob("*.eml")
    assert "List-Unsubscribe:" in mail.read_text()


def _install(dist: Path, folder: Path) -> Path:
    """Make an environment with the locked requirements and the wheel, and nothing else; return its programs."""
    tools = Path(sys.executable).parent
    variables = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"}
    subprocess.run([ROOT / "requirements/install.sh", "run", folder], env=variables, check=True)
    (wheel,) = dist.glob("*.whl")
    install = [tools / "uv", "pip", "install", "-q", "--offline", "--no-deps", "-p", folder / "bin/python", wheel]
    subprocess.run(install, check=True)
    return folder / "bin"


def _let_digests_be_due(database: Path) -> None:
    """Let everybody have asked for a weekly digest at a minute that has just passed."""
    due = (datetime.now(UTC) - timedelta(minutes=1)).replace(second=0, microsecond=0, tzinfo=None)
    wish = {"digest_kind": "weekly", "digest_weekday": due.weekday(), "digest_minute": due.hour * 60 + due.minute}
    values = {"zone": "UTC", "next_digest_at": due.isoformat(" ", "microseconds"), **wish}
    with closing(sqlite3.connect(database)) as connection, connection:
        columns = ", ".join(f"{name} = :{name}" for name in values)
        connection.execute(f"UPDATE learners SET {columns}", values)


@contextmanager
def _served(programs: Path, home: Path, variables: dict[str, str]) -> Iterator[str]:
    """Serve in a folder and give the address once it answers."""
    listen = f"127.0.0.1:{_free_port()}"
    with (home / "serve.log").open("wb") as log:
        server = subprocess.Popen(
            [programs / "studyplan", "serve"],
            cwd=home,
            env={**variables, "STUDYPLAN_LISTEN": listen},
            stdout=log,
            stderr=log,
        )
    try:
        _wait_until(lambda: server.poll() is not None or _answers(f"http://{listen}/healthz"))
        assert server.poll() is None, (home / "serve.log").read_text()
        yield f"http://{listen}"
    finally:
        server.terminate()
        server.wait()


def _wait_until(condition: Callable[[], object]) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.1)


def _answers(address: str) -> bool:
    try:
        return _status(address) == 200
    except URLError:
        return False


def _status(address: str) -> int:
    with urlopen(address, timeout=10) as response:
        return int(response.status)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _files(folder: Path) -> set[str]:
    return {
        str(path.relative_to(folder.parent))
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
