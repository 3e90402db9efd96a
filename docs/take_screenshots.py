"""Take the pictures in docs/screenshots/: a demo learner's pages on a day that stays the same."""

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import make_server

import provision
from studyplan.cli import demo
from studyplan.settings import Settings, load
from studyplan.web.app import create_app

NOW = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
WEEKS = 12
FOLDER = Path(__file__).parent / "screenshots"
SIGNED_OUT = {"landing": "/", "track": "/tracks/everything"}
SIGNED_IN = {"today": "/today", "plan": "/plan", "progress": "/progress"}
LOOKS = {
    "desktop-light": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"},
    "mobile-dark": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "has_touch": True},
}


@contextmanager
def served(settings: Settings) -> Iterator[str]:
    """Serve the application at the moment of the pictures, and give its address."""
    host, _, port = settings.listen.partition(":")
    server = make_server(host, int(port), create_app(settings, now=lambda: NOW), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield settings.site
    server.shutdown()


def take(browser: Browser, site: str, email: str, password: str) -> None:
    """Take each page in each look, first signed out, then signed in."""
    for look, options in LOOKS.items():
        page = browser.new_page(base_url=site, locale="en-GB", **options)
        for name, path in SIGNED_OUT.items():
            page.goto(path)
            page.screenshot(path=FOLDER / f"{name}-{look}.png")
        page.goto("/sign-in")
        page.get_by_label("address").fill(email)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        for name, path in SIGNED_IN.items():
            page.goto(path)
            page.screenshot(path=FOLDER / f"{name}-{look}.png")
        page.close()


def main() -> None:
    """Make the demo learner, serve, and take the pictures."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        settings = load(_env_file=None, data_dir=folder, database_url="", listen="127.0.0.1:8765")
        email, password = demo.live(settings, WEEKS, now=NOW)
        with served(settings) as site, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=provision.find("chromium"), args=["--no-sandbox"])
            take(browser, site, email, password)


if __name__ == "__main__":
    main()
