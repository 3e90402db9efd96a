"""A browser at a running site. Every page that a test opens is watched: what breaks a rule fails the test."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

import compiled_statements
from browser.server import Clock, Site, make_settings, serve
from provision import need
from studyplan.cli.upgrade import upgrade

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
EMAIL = "ada@example.org"
PASSWORD = "a quiet shelf of books"
RESULTS = Path("test-results")
TELL_OF_VIOLATIONS = (
    "document.addEventListener('securitypolicyviolation',"
    " (event) => console.error('CSP', event.violatedDirective, event.blockedURI))"
)

OpenPage = Callable[..., Page]

compiled_statements.share()


@dataclass
class Watch:
    """What pages did that they must not."""

    faults: list[str] = field(default_factory=list)

    def hear(self, message: ConsoleMessage) -> None:
        """Note errors on the console, but those by which the browser comments an answer of 4xx."""
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(message.text)

    def see(self, request: Request) -> None:
        """Note a request to elsewhere, and one that carries an address or a password in its URL."""
        told = [name for name in ("password", "email", "%40example") if request.method == "GET" and name in request.url]
        if told or not request.url.startswith(("http://127.0.0.1", "data:")):
            self.faults.append(f"{request.method} {request.url}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=need("chromium"), args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the catalogs, to be copied."""
    settings = make_settings(tmp_path_factory.mktemp("loaded"))
    upgrade(settings)
    return settings.data_dir / "studyplan.db"


@pytest.fixture
def site(loaded: Path, tmp_path: Path) -> Iterator[Site]:
    """A fresh site on a Tuesday evening."""
    shutil.copy(loaded, tmp_path)
    with serve(make_settings(tmp_path), Clock()) as running:
        yield running


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Fail the test when a page did what it must not."""
    watching = Watch()
    yield watching
    assert watching.faults == []


@pytest.fixture
def open_page(chromium: Browser, watch: Watch, request: pytest.FixtureRequest) -> Iterator[OpenPage]:
    """Open a page in a browser of its own; keep a picture of each when the test fails."""
    contexts: list[BrowserContext] = []

    def opened(*, width: int = 1280, scheme: str = "light", scripts: bool = True) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            java_script_enabled=scripts,
            timezone_id="Europe/Berlin",
            locale="en-GB",
        )
        if scripts:
            context.add_init_script(TELL_OF_VIOLATIONS)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", watch.hear)
        page.on("pageerror", lambda error: watch.faults.append(str(error)))
        page.on("request", watch.see)
        return page

    yield opened
    if request.session.testsfailed:
        RESULTS.mkdir(exist_ok=True)
        for number, context in enumerate(contexts):
            for page in context.pages:
                page.screenshot(path=RESULTS / f"{request.node.name}-{number}.png", full_page=True)
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """A page on a desktop."""
    return open_page()


def begin(page: Page, site: Site, email: str = EMAIL, tuesday: int = 35) -> None:
    """Sign up for the whole reading room and come to today's list."""
    page.goto(f"{site.url}/start?track=everything")
    page.locator("#d1").fill(str(tuesday))
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Show today’s readings").click()
    page.wait_for_url("**/today")
