"""Signing in, the rail, and what every page has."""

import re
from collections.abc import Callable

from playwright.sync_api import APIResponse, Browser, Page, Request, Route, expect
from tests.console.appliance import EMAIL, PASSWORD, Appliance
from tests.console.browser import PHONE
from tests.console.fields import field, press, press_keys
from tests.console.people import add_person, browser_of, session_of
from tests.console.waiting import wait_until

_EVENTS = "**/api/v1/events*"
_TASKS = re.compile(r"/api/v1/tasks\?.*trash=false")
_TRASH = re.compile(r"/api/v1/tasks\?.*trash=true")


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
    expect(stranger.get_by_role("heading", name="Jobs", level=1)).to_be_visible()
    stranger.get_by_role("link", name="Home").click()
    first = stranger.get_by_role("navigation").get_by_role("link").first
    expect(first).to_have_text("Home")
    expect(first).to_have_attribute("aria-current", "page")


def test_a_session_that_nobody_uses_is_asked_whether_to_stay(
    page: Page, axe: Callable[..., None]
) -> None:
    asked: set[Request] = set()

    def answered(request: Request) -> None:
        asked.discard(request)

    page.on("request", lambda one: None if "/events" in one.url else asked.add(one))
    page.on("requestfinished", answered)
    page.on("requestfailed", answered)
    page.clock.install()
    page.goto("/jobs")
    expect(page.get_by_role("group", name="Jobs by outcome")).to_contain_text(re.compile(r"\d"))
    while asked:  # an answer that comes later would count as use
        page.wait_for_timeout(50)
    page.clock.fast_forward(29 * 60 * 1000)  # sessions end after half an hour unused
    dialog = page.get_by_role("dialog", name="Are you still there?")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Stay signed in").click()
    expect(dialog).to_have_count(0)


def test_a_session_that_ended_is_renewed_on_the_page_and_nothing_typed_is_lost(
    page: Page, console: Appliance, axe: Callable[..., None]
) -> None:
    page.goto(f"/tasks/{console.task_id}/settings")
    page.get_by_label("Backup Hour").select_option("06:00")
    page.context.clear_cookies()
    press(page, "Save")
    dialog = page.get_by_role("dialog", name="Your session has ended")
    expect(field(page, "E-mail")).to_have_value(EMAIL)
    axe(page)
    field(page, "Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("The settings are saved.")).to_be_visible()  # sent again by itself
    expect(dialog).to_have_count(0)
    assert console.get(f"/tasks/{console.task_id}")["plan"]["hour"] == "06:00"
    page.get_by_label("Backup Hour").select_option("03:00")
    press(page, "Save")
    expect(page.get_by_text("No changes")).to_be_visible()


def test_dialogs_are_accessible_on_phones(page: Page, axe: Callable[..., None]) -> None:
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    page.goto("/jobs")
    expect(page.get_by_role("heading", name="Jobs", level=1)).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    axe(page)


def test_keys_lead_to_the_pages_and_tell_of_themselves(
    page: Page, axe: Callable[..., None]
) -> None:
    page.goto("/")
    home = page.get_by_role("heading", name="Home", level=1)
    expect(home).to_be_visible()
    press_keys(page, "gj")
    expect(page.get_by_role("heading", name="Jobs", level=1)).to_be_visible()
    page.keyboard.press("?")
    help_dialog = page.get_by_role("dialog", name="Keys")
    expect(help_dialog).to_be_visible()
    axe(page)
    page.keyboard.press("Escape")
    expect(help_dialog).to_have_count(0)
    press_keys(page, "gh")
    expect(home).to_be_visible()
    expect(page.get_by_role("searchbox")).to_have_count(1)
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_language_colours_and_text_size_are_remembered(
    browser: Browser, console: Appliance
) -> None:
    email = add_person(console, "Lola")
    with browser_of(browser, console, email) as page, session_of(console, email) as program:
        page.goto("/")
        account = page.get_by_role("button", name="Lola")
        account.click()
        page.get_by_role("menuitem", name="Dark").click()
        account.click()
        page.get_by_role("menuitem", name="Larger").click()
        account.click()
        page.get_by_role("menuitem", name="Deutsch").click()
        wait_until(lambda: program.get("/api/v1/me").json()["language"] == "de")
        page.reload()
        expect(page.get_by_role("heading", name="Start", level=1)).to_be_visible()
        root = page.locator("html")
        expect(root).to_have_attribute("data-mantine-color-scheme", "dark")
        expect(root).to_have_attribute("lang", "de")
        expect(root).to_have_css("font-size", "20px")
    with browser_of(browser, console, email) as elsewhere:  # a browser in English
        elsewhere.goto("/")
        expect(elsewhere.get_by_role("heading", name="Start", level=1)).to_be_visible()
        elsewhere.get_by_role("button", name="Lola").click()
        elsewhere.get_by_role("menuitem", name="English").click()
        expect(elsewhere.get_by_role("heading", name="Home", level=1)).to_be_visible()


def test_a_page_that_is_none_says_so_and_leads_home(page: Page) -> None:
    page.goto("/nowhere/at-all")
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
    page.get_by_role("link", name="Go to Home").click()
    expect(page.get_by_role("heading", name="Home")).to_be_visible()


def test_pages_load_while_the_browser_believes_that_there_is_no_network(page: Page) -> None:
    page.goto("/jobs")
    expect(page.get_by_role("heading", name="Jobs", level=1)).to_be_visible()
    page.evaluate("window.dispatchEvent(new Event('offline'))")  # the way out is lost, not ours
    page.get_by_role("link", name="Home").click()
    expect(page.get_by_role("article", name="Whole team")).to_be_visible()


def test_what_happened_while_the_line_was_lost_is_shown_when_it_is_back(
    browser: Browser, console: Appliance
) -> None:
    refused = ("net::ERR_FAILED",)
    with browser_of(browser, console, EMAIL, PASSWORD, may_log=refused) as page:
        page.clock.install()
        page.route(_EVENTS, lambda route: route.abort())
        with page.expect_event("requestfailed"):
            page.goto("/")
        expect(page.get_by_role("article", name="Whole team")).to_be_visible()
        page.clock.fast_forward(3_500)  # what is back sooner is no news
        expect(page.get_by_text("Connection lost, retrying")).to_be_visible()
        _rename_task(console, "All of them")
        try:
            page.unroute(_EVENTS)
            page.clock.fast_forward(5_000)
            expect(page.get_by_role("article", name="All of them")).to_be_visible()
        finally:
            _rename_task(console, "Whole team")


def test_what_happens_while_a_page_is_asked_for_the_first_time_is_shown(
    page: Page, console: Appliance
) -> None:
    held: list[tuple[Route, APIResponse]] = []
    page.route(_TASKS, lambda route: held.append((route, route.fetch())), times=1)
    with page.expect_response(_EVENTS), page.expect_response(_TRASH):  # the line is open
        page.goto("/")
    wait_until(lambda: bool(page.evaluate("true") and held))  # its messages are heard meanwhile
    try:
        with page.expect_response(_TRASH):  # asked for again: the event has come
            _rename_task(console, "All of them")
        [(route, answer)] = held
        route.fulfill(response=answer)
        expect(page.get_by_role("article", name="All of them")).to_be_visible()
    finally:
        _rename_task(console, "Whole team")


def _rename_task(console: Appliance, name: str) -> None:
    answer = console.client.patch(f"/api/v1/tasks/{console.task_id}", json={"name": name})
    assert answer.is_success, answer.text
