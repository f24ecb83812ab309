"""Signing in, the rail, and what every page has."""

from collections.abc import Callable

from playwright.sync_api import Page, expect
from tests.console.appliance import EMAIL, PASSWORD
from tests.console.looks import check_reflow

PAGES = ["/", "/recovery", "/jobs", "/activity", "/storage", "/settings", "/settings/account"]


def test_f38_signing_in_leads_home(stranger: Page, axe: Callable[..., None]) -> None:
    stranger.goto("/jobs?status=failed")
    expect(stranger.get_by_role("heading", name="Sign in")).to_be_visible()
    axe(stranger)
    stranger.get_by_label("E-mail").fill(EMAIL)
    stranger.get_by_role("textbox", name="Password").fill("not this one")
    stranger.get_by_role("button", name="Sign in").click()
    expect(stranger.get_by_role("alert")).to_be_visible()
    stranger.get_by_role("textbox", name="Password").fill(PASSWORD)
    stranger.get_by_role("button", name="Sign in").click()
    expect(stranger.get_by_role("heading", name="Jobs")).to_be_visible()
    stranger.get_by_role("link", name="Home").click()
    first = stranger.get_by_role("navigation").get_by_role("link").first
    expect(first).to_have_text("Home")
    expect(first).to_have_attribute("aria-current", "page")


def test_every_page_is_accessible_and_reflows(
    page: Page, axe: Callable[..., None], shot: Callable[[Page, str], None]
) -> None:
    for path in PAGES:
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_role("status")).to_have_count(0)  # nothing loads any more
        axe(page)
        check_reflow(page)
        shot(page, path.strip("/").replace("/", "-") or "home")
