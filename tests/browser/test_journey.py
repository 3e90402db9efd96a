"""From the front page to a reading that comes back on its date, with and without JavaScript."""

import re

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import EMAIL, PASSWORD, OpenPage, begin
from browser.server import Site

LONGEST_DAYS = 45


def first_title(page: Page) -> str:
    return page.locator("[data-item] h3 a").first.inner_text()


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_three_pages_lead_from_the_front_page_to_a_reading_that_comes_back(
    site: Site, open_page: OpenPage, scripts: bool
) -> None:
    page = open_page(scripts=scripts)
    page.goto(site.url)
    page.get_by_role("link", name="Start Landmarks").click()
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Your zone").select_option("Europe/Berlin")
    page.get_by_role("button", name="Show today’s readings").click()
    expect(page.get_by_role("heading", name="Today", exact=True)).to_be_visible()
    title = first_title(page)
    clear = page.locator("[data-item]").first.get_by_role("button", name="Clear")
    back_on = clear.locator("small").inner_text()
    if scripts:
        page.keyboard.press("3")
        expect(page.locator("#toast")).to_contain_text(f"Clear. Back around {back_on}.")
    else:
        clear.click()
    expect(page.locator("[data-item]", has_text=title)).to_have_count(0)
    expect(page.locator(".list", has_text=title).get_by_role("button", name="Undo")).to_be_visible()
    page.reload()
    expect(page.locator("[data-item]", has_text=title)).to_have_count(0)
    review = page.locator("[data-item]", has_text=title).get_by_text("Review 1", exact=True)
    for _ in range(LONGEST_DAYS):
        site.clock.pass_days(1)
        site.begin_study_day(EMAIL)
        page.reload()
        if review.count():
            return
        expect(page.locator("[data-item]", has_text=title)).to_have_count(0)
    pytest.fail(f"“{title}” did not come back.")


def test_a_rating_is_taken_back_by_key(site: Site, page: Page) -> None:
    begin(page, site)
    title = first_title(page)
    page.keyboard.press("1")
    expect(page.locator("#toast")).to_contain_text("Forgot.")
    page.keyboard.press("z")
    expect(page.locator("#toast")).to_contain_text("Taken back.")
    expect(page.locator("[data-item]", has_text=title)).to_have_count(1)
    expect(page.get_by_role("heading", name="Done today")).to_have_count(0)


def test_the_focus_goes_on_to_the_reading_that_took_the_place(site: Site, page: Page) -> None:
    begin(page, site)
    second = page.locator("[data-item] h3 a").nth(1).inner_text()
    page.locator("[data-item]").first.get_by_role("button", name="Easy").click()
    expect(page.locator("[data-item]", has_text=second)).to_be_focused()


def test_a_key_rates_nothing_that_is_folded_away(site: Site, page: Page) -> None:
    begin(page, site)
    site.clock.pass_days(1)
    site.begin_study_day(EMAIL)
    page.reload()
    expect(page.get_by_role("heading", name="Also due")).to_be_visible()
    page.keyboard.press("3")
    expect(page.locator("#toast")).to_be_empty()
    expect(page.locator("[data-item].cur")).to_have_count(0)
    page.locator("summary", has_text="reading").click()
    page.keyboard.press("3")
    expect(page.locator("#toast")).not_to_be_empty()


def test_what_is_left_of_the_day_is_filled_and_the_first_is_always_the_first(site: Site, page: Page) -> None:
    begin(page, site)
    first = page.get_by_role("link", name="Open the first")
    for _ in range(2):
        expect(first).to_have_attribute("href", page.locator("[data-item] h3 a").first.get_attribute("href") or "")
        item = page.locator("[data-item]").first
        title = first_title(page)
        item.get_by_text("Not today").click()
        item.get_by_role("button", name="Leave it to the plan").click()
        expect(page.locator("[data-item]", has_text=title)).to_have_count(0)
    expect(page.locator("[data-item]")).not_to_have_count(0)


def test_the_keys_walk_through_the_list_and_can_be_switched_off(site: Site, page: Page) -> None:
    begin(page, site)
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("[data-item]").nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator("[data-item]").first).to_be_focused()
    page.keyboard.press("?")
    page.get_by_role("button", name="Switch the keys off").click()
    page.wait_for_selector("html[data-keys=off]")
    count = page.locator("[data-item]").count()
    page.keyboard.press("3")
    page.keyboard.press("j")
    expect(page.locator("[data-item]")).to_have_count(count)
    expect(page.locator(".cur")).to_have_count(0)
    page.get_by_role("button", name="Switch keys on").click()
    page.wait_for_selector("html:not([data-keys])")
    page.keyboard.press("j")
    expect(page.locator(".cur")).to_have_count(1)


def test_a_reading_is_put_off_to_the_next_study_day(site: Site, page: Page) -> None:
    begin(page, site)
    title = first_title(page)
    item = page.locator("[data-item]").first
    item.get_by_text("Not today").click()
    item.get_by_role("button", name="Thursday 26 November").click()
    expect(page.locator("#toast")).to_contain_text("Put off to Thursday 26 November.")
    expect(page.locator("[data-item]", has_text=title)).to_have_count(0)


def test_the_day_has_an_end_and_more_can_be_read_ahead(site: Site, page: Page) -> None:
    begin(page, site, tuesday=20)
    expect(page.locator("[data-item]")).to_have_count(1)
    page.keyboard.press("3")
    expect(page.get_by_role("heading", name="Done for today")).to_be_visible()
    page.get_by_role("button", name="Read ahead").click()
    expect(page.locator("[data-item]").first).to_be_visible()


def test_a_wrong_form_keeps_what_was_typed_and_points_at_the_first_fault(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/start?track=landmarks")
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password").fill("too short")
    page.locator("#d1").fill("20")
    page.get_by_role("button", name="Show today’s readings").click()
    expect(page.get_by_label("Password")).to_be_focused()
    expect(page.get_by_label("Password")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("E-mail address")).to_have_value(EMAIL)
    expect(page.locator("#d1")).to_have_value("20")
    expect(page.get_by_label("Track")).to_have_value("landmarks")


def test_the_zone_is_guessed_from_the_browser(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/start")
    expect(page.get_by_label("Your zone")).to_have_value("Europe/Berlin")


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_the_theme_is_chosen_and_kept(site: Site, open_page: OpenPage, scripts: bool) -> None:
    page = open_page(scripts=scripts)
    page.goto(f"{site.url}/tracks")
    page.get_by_role("button", name="Dark").click()
    expect(page).to_have_url(re.compile("/tracks$"))
    page.goto(site.url)
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")


def test_a_second_tab_is_told_when_the_first_was_quicker(site: Site, page: Page) -> None:
    begin(page, site)
    second = page.context.new_page()
    second.goto(f"{site.url}/today")
    item = page.locator("[data-item]").first
    item.get_by_text("Not today").click()
    item.get_by_role("button", name="Leave it to the plan").click()
    expect(page.locator("#toast")).to_contain_text("Left to the plan.")
    second.locator("[data-item]").first.get_by_role("button", name="Clear").click()
    expect(second.locator("#toast")).to_contain_text("That was not saved.")


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_what_was_stored_is_said_on_the_page_that_follows(site: Site, open_page: OpenPage, scripts: bool) -> None:
    page = open_page(scripts=scripts)
    begin(page, site)
    page.goto(f"{site.url}/settings/digest")
    page.get_by_label("Every day").check()
    page.get_by_role("button", name="Store").click()
    expect(page.get_by_role("status").filter(has_text="Stored: a digest every day.")).to_be_visible()
    page.goto(f"{site.url}/settings/digest")
    expect(page.locator("#toast")).to_be_empty()


def test_a_stranger_finds_nothing_at_the_address_of_an_occurrence(site: Site, open_page: OpenPage) -> None:
    mine, theirs = open_page(), open_page()
    begin(mine, site)
    begin(theirs, site, email="bea@example.org")
    address = mine.locator("[data-item] form").first.get_attribute("action")
    assert address is not None
    path = address.removesuffix("/done")
    mine.goto(site.url + path)
    expect(mine.get_by_role("button", name="Clear")).to_be_visible()
    theirs.goto(site.url + path)
    expect(theirs.get_by_role("heading", name="There is nothing at this address")).to_be_visible()
