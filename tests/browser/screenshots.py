"""Take the pictures of docs/screenshots: `make screenshots`. The learner is simulated and the dates are fixed."""

import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, sync_playwright

from browser.conftest import ARGUMENTS
from browser.server import Clock, Site, make_settings, serve
from provision import find
from studyplan.cli.demo import live

FOLDER = Path("docs/screenshots")
WEEKS = 9
LAYOUTS = {"desktop": (1280, 860, 1.0), "phone": (390, 844, 1.5)}
VISITOR = {"landing": "/", "tracks": "/tracks", "start": "/start?track=everything"}
LEARNER = {
    "today": "/today",
    "plan": "/plan",
    "track": "/tracks/everything",
    "feeds": "/settings/feeds",
    "digest": "/settings/digest/preview",
}


def take(chromium: Path) -> list[Path]:
    """Take every picture anew and return the files."""
    clock = Clock()
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        settings = make_settings(Path(folder))
        email, password = live(settings, WEEKS, now=clock.moment)
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        with serve(settings, clock) as site:
            files = [
                file
                for layout in LAYOUTS
                for scheme in ("light", "dark")
                for file in _album(browser, site, layout, scheme, lambda page: _sign_in(page, site, email, password))
            ]
        browser.close()
    return files


def _album(browser: Browser, site: Site, layout: str, scheme: str, sign_in: Callable[[Page], None]) -> list[Path]:
    width, height, scale = LAYOUTS[layout]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=scale,
        color_scheme=scheme,
        timezone_id="Europe/Berlin",
        locale="en-GB",
    )
    page, files = context.new_page(), []
    for pages, before in ((VISITOR, None), (LEARNER, sign_in)):
        if before:
            before(page)
        for name, path in pages.items():
            page.goto(site.url + path, wait_until="networkidle")
            file = FOLDER / f"{name}-{layout}-{scheme}.png"
            page.screenshot(path=file)
            files.append(file)
    context.close()
    return files


def _sign_in(page: Page, site: Site, email: str, password: str) -> None:
    page.goto(f"{site.url}/sign-in")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(password)
    page.locator("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/today")


if __name__ == "__main__":
    installed = find("chromium")
    if installed is None:
        sys.exit("Chromium is missing; `make test` says how to install it.")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for taken in take(installed):
        print(f"{taken} {taken.stat().st_size // 1024} KB")
