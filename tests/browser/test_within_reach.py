"""What can be done is within reach: nothing that floats covers it, and nothing that stays in place keeps it off."""

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import OpenPage, begin
from browser.server import Site

# Whether something lies over the middle of what has the focus.
IS_COVERED = """() => {
  const element = document.activeElement;
  const box = element.getBoundingClientRect();
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return element !== document.body && !(element.contains(top) || top?.contains(element)) && element.textContent.trim();
}"""


def test_a_change_can_be_applied_where_it_is_tried_out(site: Site, page: Page) -> None:
    begin(page, site)
    page.set_viewport_size({"width": 1280, "height": 600})
    page.goto(f"{site.url}/plan")
    page.get_by_label("Minutes a week more or fewer").fill("30")
    page.get_by_label("Know it by").focus()
    apply = page.get_by_role("button", name="Apply this")
    expect(apply).to_be_visible()
    page.mouse.wheel(0, 700)
    expect(apply).to_be_in_viewport()


def test_a_phone_s_plan_leads_to_what_can_be_tried_out(site: Site, open_page: OpenPage) -> None:
    page = open_page(width=360)
    begin(page, site)
    page.goto(f"{site.url}/plan")
    page.get_by_role("link", name="What if?").click()
    expect(page.get_by_label("Minutes a week more or fewer")).to_be_in_viewport()


def test_what_was_just_said_covers_nothing_at_the_page_s_end(site: Site, open_page: OpenPage) -> None:
    page = open_page(width=360)
    begin(page, site)
    page.locator("[data-item]").first.get_by_role("button", name="Hazy").click()
    expect(page.locator("#toast")).to_contain_text("Hazy.")
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_the_focus_never_goes_below_what_floats(site: Site, open_page: OpenPage) -> None:
    page = open_page(width=360)
    begin(page, site)
    page.locator("[data-item]").first.get_by_role("button", name="Hazy").click()
    expect(page.locator("#toast")).to_contain_text("Hazy.")
    page.get_by_role("link", name="Skip to the page").focus()
    covered = []
    for _ in range(25):
        page.keyboard.press("Tab")
        covered.append(page.evaluate(IS_COVERED))
    assert list(filter(None, covered)) == []


@pytest.mark.parametrize("secure", [True, False], ids=["with a clipboard", "without TLS"])
def test_an_address_is_copied_and_that_is_said(site: Site, page: Page, secure: bool) -> None:
    if not secure:
        page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    begin(page, site)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{site.url}/settings/feeds")
    button = page.get_by_role("button", name="Copy the RSS address of What is due")
    for _ in range(2):
        button.click()
        expect(page.locator("#toast")).to_have_text("Copied.")
    expect(button).to_be_visible()
    page.get_by_label("Name", exact=True).press("Control+v")
    expect(page.get_by_label("Name", exact=True)).to_have_value(button.get_attribute("data-copy") or "")
