"""The outside programs that tests use: find them, and install what is missing before the tests run.

A missing program fails a test where CI=true is set. Elsewhere it skips the test and names the command to install it.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

IN_CI = os.environ.get("CI") == "true"


@dataclass(frozen=True, kw_only=True, slots=True)
class Program:
    """A program by the names it goes under, the folders besides PATH it may lie in, and its Debian package."""

    names: tuple[str, ...]
    package: str
    folders: str = ""

    def find(self) -> Path | None:
        """Return where it is, the newest when there are several in `folders`."""
        found = (shutil.which(name) for name in self.names)
        return next((Path(path) for path in (*found, *self._elsewhere()) if path), None)

    def _elsewhere(self) -> Iterator[str]:
        folders = sorted(Path("/").glob(self.folders), reverse=True) if self.folders else []
        return (str(folder / name) for folder in folders for name in self.names if (folder / name).exists())


PROGRAMS = {
    "chromium": Program(names=("chromium", "chromium-browser", "google-chrome"), package="chromium"),
    "initdb": Program(names=("initdb",), package="postgresql", folders="usr/lib/postgresql/*/bin"),
    "newsboat": Program(names=("newsboat",), package="newsboat"),
    "r2e": Program(names=("r2e",), package="rss2email"),
    "spamassassin": Program(names=("spamassassin",), package="spamassassin"),
    "xmllint": Program(names=("xmllint",), package="libxml2-utils"),
}


def find(name: str) -> Path | None:
    """Return where a program is; for Chromium also the browser that Playwright installed."""
    return PROGRAMS[name].find() or (_chromium_of_playwright() if name == "chromium" else None)


def need(name: str) -> Path:
    """Return where a program is; without it skip the test, or fail it in CI."""
    path = find(name)
    if path is None:
        (pytest.fail if IN_CI else pytest.skip)(f"{name} is missing. {_advice(name)}")
    return path


def install_what_is_missing() -> bool:
    """Install programs that are not there, as far as this machine allows; say whether all are there now."""
    missing = [name for name in PROGRAMS if not find(name)]
    if missing and _apt_may_be_used():
        packages = [PROGRAMS[name].package for name in missing]
        _run("apt-get", "update", "-qq")
        _run("apt-get", "install", "-qq", "--yes", "--no-install-recommends", *packages)
    if not find("chromium"):
        _run(sys.executable, "-m", "playwright", "install", "chromium")
    for name in PROGRAMS:
        print(f"  {name:<14} {find(name) or f'MISSING: tests will be skipped. {_advice(name)}'}")
    return all(find(name) for name in PROGRAMS)


def _chromium_of_playwright() -> Path | None:
    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return path if path.exists() else None


def _apt_may_be_used() -> bool:
    return IN_CI and os.geteuid() == 0 and shutil.which("apt-get") is not None


def _advice(name: str) -> str:
    return f"On Debian or Ubuntu: apt-get install {PROGRAMS[name].package}"


def _run(*command: str) -> None:
    print("  $", " ".join(command), flush=True)
    subprocess.run(command, check=False, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})


if __name__ == "__main__":
    print("Outside programs for the tests:")
    if not install_what_is_missing() and IN_CI:
        sys.exit("A program is missing, and CI=true asks for all of them.")
