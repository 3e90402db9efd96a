"""A list with the titles that people have: without a place to break them, and in scripts that run the other way."""

import pytest
from playwright.sync_api import Page
from sqlalchemy.orm import Session

from browser.conftest import EMAIL, PASSWORD, OpenPage
from browser.server import Site
from browser.test_pages import FAULTS_OF_LAYOUT
from studyplan import resources
from studyplan.services import catalogs
from studyplan.services.importing import guess_format, read_import
from studyplan.store.database import make_engine

pytestmark = pytest.mark.without_coverage

UNBREAKABLE = "an_address_or_a_name_with_no_place_to_break_it_" * 4
LIST = f"""
slug = "any"
title = "מה שקוראים"
url = "https://any.example/"
[[cluster]]
slug = "long"
title = "{UNBREAKABLE}"
[[cluster.reading]]
slug = "first"
title = "{UNBREAKABLE}"
url = "https://any.example/first"
tier = 5
minutes = 12
tags = ["{UNBREAKABLE[:80]}"]
[[cluster]]
slug = "other"
title = "נושא אחר"
[[cluster.reading]]
slug = "second"
title = "מבוא ללמידה: C++"
url = "https://any.example/second"
tier = 4
minutes = 90
builds_on = {{ first = 2 }}
"""
PLACES = ("/tracks", "/tracks/all-of-any", "/today", "/plan", "/settings", "/settings/digest/preview")
# Where a text ends on the screen, from the left.
ENDS_AT = """(element) => {
  const range = document.createRange();
  range.selectNodeContents(element);
  return range.getBoundingClientRect().right;
}"""


@pytest.fixture
def phone(site: Site, open_page: OpenPage) -> Page:
    """Somebody on that list, at a phone."""
    engine = make_engine(site.settings.database)
    with Session(engine) as session, session.begin():
        found = read_import(LIST, "any.toml", guess_format("any.toml"), resources.path("seed"))
        catalogs.store_shipped(session, found.shipped, now=site.clock.moment)
    engine.dispose()
    page = open_page(width=360)
    page.goto(f"{site.url}/start?track=all-of-any")
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Show today’s readings").click()
    page.wait_for_url("**/today")
    return page


def test_no_title_is_too_long_for_a_phone(site: Site, phone: Page) -> None:
    phone.get_by_role("link", name="About it").first.click()
    faults = [f"the reading: {fault}" for fault in phone.evaluate(FAULTS_OF_LAYOUT)]
    for place in PLACES:
        phone.goto(site.url + place)
        sideways = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        is_mail = place.endswith("preview")
        found = phone.evaluate(sideways) if is_mail else phone.evaluate(FAULTS_OF_LAYOUT)
        faults += [f"{place}: {found}"] if found else []
    assert faults == []


def test_a_title_that_runs_the_other_way_takes_no_figure_with_it(site: Site, phone: Page) -> None:
    phone.set_viewport_size({"width": 1280, "height": 800})
    phone.goto(f"{site.url}/tracks/all-of-any")
    summary = phone.locator("summary", has_text="נושא אחר")
    title, count = summary.locator("b"), summary.locator(".nw").first
    assert title.evaluate(ENDS_AT) <= count.evaluate("(element) => element.getBoundingClientRect().left")
