"""What people install: the wheel works alone, in an empty environment, from any folder."""

import os
import socket
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parents[1]
RESOURCES = ("migrations", "seed", "templates")
SECONDS_TO_START = 120

pytestmark = pytest.mark.xdist_group("packaging")


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-d", folder], cwd=ROOT, check=True)
    return folder


@pytest.fixture(scope="module")
def environment(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the locked requirements and the wheel, and nothing else."""
    folder = tmp_path_factory.mktemp("environment") / "venv"
    subprocess.run([ROOT / "requirements/install.sh", "run", folder], check=True)
    (wheel,) = dist.glob("*.whl")
    uv = Path(sys.executable).with_name("uv")
    subprocess.run(
        [uv, "pip", "install", "-q", "--offline", "--no-deps", "-p", folder / "bin/python", wheel], check=True
    )
    return folder / "bin"


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


@pytest.mark.parametrize("module", ["psycopg", "procrastinate"])
def test_a_plain_installation_needs_no_postgresql(environment: Path, module: str) -> None:
    result = subprocess.run([environment / "python", "-c", f"import {module}"], capture_output=True, check=False)

    assert b"ModuleNotFoundError" in result.stderr


def test_the_wheel_serves_from_any_folder_with_an_empty_home(environment: Path, tmp_path: Path) -> None:
    with _served(environment, tmp_path) as address:
        assert _status(f"{address}/tracks") == 200
        assert _status(f"{address}/healthz") == 200
    assert (tmp_path / "home" / "var" / "studyplan.db").exists()


def test_the_wheel_writes_a_digest_without_a_mail_server(environment: Path, tmp_path: Path) -> None:
    variables = {"PATH": os.defpath, "HOME": str(tmp_path)}

    def studyplan(*arguments: str) -> str:
        command = [environment / "studyplan", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, check=True)
        return done.stdout

    studyplan("demo", "--weeks", "2")
    email = studyplan("user", "list").split()[0]
    studyplan("digest", email, "--to-dir", "outbox")

    (mail,) = (tmp_path / "outbox").iterdir()
    assert email in mail.read_text()


@contextmanager
def _served(environment: Path, folder: Path) -> Iterator[str]:
    """Serve in a folder of its own and give the address once it answers."""
    home = folder / "home"
    home.mkdir()
    port = _free_port()
    variables = {"PATH": os.defpath, "HOME": str(home), "STUDYPLAN_LISTEN": f"127.0.0.1:{port}"}
    with (
        (folder / "serve.log").open("wb") as log,
        subprocess.Popen(
            [environment / "studyplan", "serve"], cwd=home, env=variables, stdout=log, stderr=log
        ) as server,
    ):
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(address, server, folder / "serve.log")
            yield address
        finally:
            server.terminate()


def _wait_for(address: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until and server.poll() is None:
        try:
            _status(f"{address}/healthz")
        except URLError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"No answer from {address}:\n{log.read_text()}")


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
