"""One server, one browser, days that pass: from the front page to the feed, the digest and its end."""

import re
from pathlib import Path

import feedparser
import pytest
from playwright.sync_api import Page, expect

from browser.conftest import begin
from browser.server import Site
from desk import Desk, opened
from feed_clients import Reader
from studyplan.publish.outbox import FolderMailer, WrittenMail, list_mails

pytestmark = pytest.mark.without_coverage

LONGEST_DAYS = 45
UNSUBSCRIBE = re.compile(r"^List-Unsubscribe: <(http[^>]+)>", re.MULTILINE)


def of_site(site: Site, url: str) -> str:
    """Return an address of the configured site as this running server has it."""
    return url.replace(site.settings.site, site.url)


def digests(outbox: Path) -> list[WrittenMail]:
    return [mail for mail in list_mails(outbox) if "confirm" not in mail.subject.lower()]


def confirm_address(site: Site, page: Page, outbox: Path) -> None:
    """Follow the link in the first mail; only the button confirms."""
    link = next(url for url in list_mails(outbox)[0].links if "/confirm/" in url)
    page.goto(of_site(site, link))
    page.get_by_role("button", name="Confirm the address").click()


def subscribe(site: Site, page: Page, folder: Path) -> tuple[str, Reader]:
    """Copy the feed's address from its page into a feed reader."""
    page.goto(f"{site.url}/settings/feeds")
    address = of_site(site, page.locator("[data-copy]").first.get_attribute("data-copy") or "")
    return address, Reader(address, folder)


def poll(reader: Reader) -> None:
    reader.start_poll()
    reader.finish_poll()


def live_until_review(site: Site, page: Page, desk: Desk, reader: Reader, title: str) -> None:
    """Let days pass, the clock tick and the reader poll, until the reading is due again."""
    review = page.locator("[data-item]", has_text=title).get_by_text("Review 1", exact=True)
    for _ in range(LONGEST_DAYS):
        site.clock.pass_days(1)
        desk.tick()
        poll(reader)
        page.goto(f"{site.url}/today")
        if review.count():
            return
        expect(page.locator("[data-item]", has_text=title)).to_have_count(0)
    raise AssertionError(f"“{title}” did not come back")


def test_what_is_due_reaches_page_feed_and_digest_once_each(site: Site, page: Page, tmp_path: Path) -> None:
    outbox = site.settings.data_dir / "outbox"
    page.goto(site.url)
    begin(page, site)
    with opened(site.settings, site.clock, FolderMailer(outbox)) as desk:
        desk.tick()
        confirm_address(site, page, outbox)
        address, reader = subscribe(site, page, tmp_path)
        page.goto(f"{site.url}/today")
        title = page.locator("[data-item] h3 a").first.inner_text()
        poll(reader)
        page.keyboard.press("2")
        expect(page.locator("[data-item]", has_text=title)).to_have_count(0)
        assert title not in " ".join(entry.title for entry in feedparser.parse(address).entries)

        live_until_review(site, page, desk, reader, title)
        assert f"Review 1: {title}" in [entry.title for entry in feedparser.parse(address).entries]
        shown = [entry for entry in reader.shown() if title in entry.title]
        assert sorted(entry.title for entry in shown) == [f"Read: {title}", f"Review 1: {title}"]
        assert len({entry.id for entry in shown}) == 2

        while not digests(outbox) or site.clock.moment.weekday() != 0:
            site.clock.pass_days(1)
            desk.tick()
        mail = max(digests(outbox), key=lambda written: written.written_at)
        site.clock.pass_days(1)  # Tuesday, the week's first study day
        desk.tick()
        page.goto(f"{site.url}/today")
        for due in page.locator("[data-item] h3 a").all():
            assert due.inner_text() in mail.text
            assert due.inner_text() in mail.html

        source = next(text for file in outbox.glob("*.eml") if f"Subject: {mail.subject}" in (text := file.read_text()))
        link = UNSUBSCRIBE.search(source)
        assert link is not None
        assert page.request.get(of_site(site, link[1])).ok
        assert page.request.post(of_site(site, link[1]), form={"List-Unsubscribe": "One-Click"}).ok
        before = len(digests(outbox))
        for _ in range(8):
            site.clock.pass_days(1)
            desk.tick()
        assert len(digests(outbox)) == before
        reader.close()
