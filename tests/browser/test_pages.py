"""Every page, narrow and wide, light and dark: accessible, within its bounds, nothing from elsewhere."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page

from browser.conftest import ARGUMENTS, begin
from browser.server import Clock, Site, make_settings, serve
from provision import need

pytestmark = pytest.mark.without_coverage

EVERY_RULE = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS_ALONE = ["color-contrast"]
"""All that the dark scheme changes is colours."""
VISITOR = ("/", "/tracks", "/tracks/everything", "/start", "/sign-in", "/reset", "/nothing-here")
LEARNER = (
    "/today",
    "/plan",
    "/tracks",
    "/tracks/everything",
    "/readings/1",
    "/start?track=landmarks",
    "/settings",
    "/settings/feeds",
    "/settings/digest",
    "/account",
)
WIDTHS = (320, 360, 768, 1280)
PHONE_AND_DESKTOP = (360, 1280)

# Pages that scroll sideways, boxes that stick out of their card, texts squeezed into a sliver, and more that is wrong.
FAULTS_OF_LAYOUT = """() => {
  const faults = [];
  const page = document.documentElement;
  if (page.scrollWidth > page.clientWidth) faults.push(`scrolls sideways by ${page.scrollWidth - page.clientWidth}`);
  const name = (element) => `${element.tagName}.${element.className}: ${element.textContent.trim().slice(0, 40)}`;
  for (const card of document.querySelectorAll('.card, .item, .list > li, .note')) {
    const outer = card.getBoundingClientRect();
    for (const inner of card.querySelectorAll('*')) {
      if (inner.closest('.sr, .scroll, svg')) continue;
      const box = inner.getBoundingClientRect();
      const sticksOut = box.width && (box.left < outer.left - 1 || box.right > outer.right + 1);
      if (sticksOut) faults.push('out of its card: ' + name(inner));
    }
  }
  for (const element of document.querySelectorAll('main p, main li, main dt, main dd, main h1, main h2, main h3')) {
    const box = element.getBoundingClientRect();
    if (box.width && box.width < 120 && element.innerText.trim().length > 40) faults.push('a sliver: ' + name(element));
  }
  const levels = [...document.querySelectorAll('h1, h2, h3, h4')].map((heading) => Number(heading.tagName[1]));
  levels.forEach((level, index) => {
    if (level > (levels[index - 1] ?? 0) + 1) faults.push(`a heading skips to h${level}`);
  });
  const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
  ids.filter((id, index) => ids.indexOf(id) !== index).forEach((id) => faults.push(`an id stands twice: ${id}`));
  const skip = document.querySelector('.skip');
  if (skip.getBoundingClientRect().bottom > 0) faults.push('the skip link peeks in');
  if (document.querySelector('[style], script:not([src]), style')) faults.push('inline style or script');
  return faults;
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One site for all pages of this module."""
    folder: Path = tmp_path_factory.mktemp("site")
    with serve(make_settings(folder), Clock()) as running:
        yield running


def visit_all(site: Site, page: Page, email: str) -> Iterator[str]:
    """Open every page, first as a visitor, then as a learner with something done, due and over."""
    for path in VISITOR:
        page.goto(site.url + path)
        yield path
    page.goto(f"{site.url}/start")
    page.get_by_role("button", name="Show today’s readings").click()
    yield "/start with faults"
    begin(page, site, email)
    yield "/today at first"
    occurrence = page.locator("[data-item] form").first.get_attribute("action") or ""
    page.locator("[data-item]").first.get_by_role("button", name="Hazy").click()
    page.locator("#toast form").wait_for()
    page.get_by_text("Not today").first.click()
    yield "/today after a rating"
    page.goto(site.url + occurrence.removesuffix("/done"))
    yield "an occurrence"
    for path in LEARNER:
        page.goto(site.url + path)
        yield path
    page.goto(f"{site.url}/settings")
    page.get_by_label("Monday, minutes", exact=True).fill("45")
    page.get_by_role("button", name="See what it changes").click()
    yield "a change that is not agreed to yet"


def test_no_page_has_a_fault_when_text_is_twice_as_big(site: Site, chromium: Browser) -> None:
    browser = chromium.browser_type.launch(
        executable_path=need("chromium"), args=[*ARGUMENTS, "--blink-settings=defaultFontSize=32"]
    )
    page, faults = browser.new_page(), []
    for place in visit_all(site, page, "bea@example.org"):
        for width in PHONE_AND_DESKTOP:
            page.set_viewport_size({"width": width, "height": 800})
            faults += [f"{place}, {width} wide: {fault}" for fault in page.evaluate(FAULTS_OF_LAYOUT)]
    browser.close()
    assert faults == []


def test_no_page_has_a_fault(site: Site, page: Page) -> None:
    faults = []
    for place in visit_all(site, page, "ada@example.org"):
        page.evaluate(AXE_SCRIPT)
        page.emulate_media(color_scheme="light")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            found = [
                *page.evaluate(FAULTS_OF_LAYOUT),
                *(barriers(page, EVERY_RULE) if width in PHONE_AND_DESKTOP else ()),
            ]
            faults += [f"{place}, {width} wide: {fault}" for fault in found]
        page.emulate_media(color_scheme="dark")
        faults += [f"{place}, dark: {fault}" for fault in barriers(page, COLOURS_ALONE)]
    assert faults == []


def barriers(page: Page, rules: list[str]) -> Iterator[str]:
    """Tell what axe, which the page holds already, finds."""
    options = {"runOnly": rules, "resultTypes": ["violations"]}
    for violation in page.evaluate(f"axe.run({json.dumps(options)})")["violations"]:
        nodes = ", ".join(node["html"][:160] for node in violation["nodes"][:3])
        yield f"{violation['id']} {violation['help']}: {nodes}"


def test_what_is_unread_stays_an_outline_in_forced_colours(site: Site, page: Page) -> None:
    begin(page, site, "eve@example.org")
    page.emulate_media(forced_colors="active")
    spines = page.locator("[aria-label='0 of 44 readings read'] .sp")
    assert set(spines.evaluate_all("all => all.map((spine) => getComputedStyle(spine).fill)")) == {"none"}


def test_a_first_load_is_small(site: Site, page: Page) -> None:
    sizes: dict[str, int] = {}
    page.on("response", lambda response: sizes.update({response.url: len(response.body())}))
    page.goto(site.url, wait_until="networkidle")
    assert len(sizes) <= 5
    assert sum(sizes.values()) < 120_000
