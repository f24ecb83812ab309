"""Home: the headline, the tasks, and adding one."""

import re
from collections.abc import Callable

from playwright.sync_api import Browser, Page, expect
from tests.cli.terminal import allow, shown_code
from tests.console.appliance import TEAM_ADMIN, Appliance
from tests.console.browser import opened_context
from tests.console.looks import check_reflow


def test_f79_home_tells_what_is_protected_and_finds_tasks(
    page: Page, console: Appliance, axe: Callable[..., None], shot: Callable[[Page, str], None]
) -> None:
    page.goto("/")
    task = console.get(f"/tasks/{console.task_id}")
    card = page.get_by_role("article", name="Whole team")
    expect(card.get_by_text("Connected")).to_be_visible()
    expect(card.get_by_role("img", name=re.compile("The last 30 days"))).to_be_visible()
    safe = task["counts"].get("Active", 0)
    expect(page.get_by_role("heading", name=f"{safe} of ")).to_be_visible()
    axe(page)
    check_reflow(page)
    shot(page, "home")
    page.get_by_role("searchbox").fill("nobody")
    expect(card).to_have_count(0)
    expect(page).to_have_url(re.compile("q=nobody"))
    page.get_by_role("searchbox").fill("who")
    expect(card).to_be_visible()
    card.get_by_role("link", name="Whole team", exact=True).click()
    expect(page).to_have_url(re.compile(rf"/tasks/{console.task_id}"))


def test_f39_f40_f41_f44_f48_f49_f73_f74_f75_a_task_is_added_reconnected_deleted_and_taken_back(
    browser: Browser, own_console: Appliance, axe: Callable[..., None]
) -> None:
    cookie = own_console.client.cookies["dropally"]
    with opened_context(browser, own_console.url, cookie=cookie) as context:
        page = context.new_page()
        page.goto("/")
        _dismiss_the_checklist(page, axe)
        _add_a_task(page, axe)
        _reconnect(page, own_console)
        _delete_and_take_back(page, own_console, axe)


def _dismiss_the_checklist(page: Page, axe: Callable[..., None]) -> None:
    card = page.get_by_role("region", name="Left to do after the set-up")
    expect(card.get_by_text("0 of 6 done")).to_be_visible()
    expect(card.get_by_role("listitem")).to_have_count(6)
    expect(card.get_by_role("link", name="Set up mail")).to_have_attribute("href", "/settings/mail")
    axe(page)
    card.get_by_role("button", name="Dismiss").click()
    expect(card).to_have_count(0)
    page.reload()
    expect(page.get_by_role("article", name="Whole team")).to_be_visible()
    expect(card).to_have_count(0)


def _add_a_task(page: Page, axe: Callable[..., None]) -> None:
    page.get_by_role("link", name="Add Backup Task").click()
    expect(page.get_by_role("heading", name="Activate a new backup")).to_be_visible()
    expect(page.get_by_role("heading", name="Dropbox")).to_have_count(1)  # F40
    axe(page)
    page.get_by_role("button", name="Create task").click()
    expect(page.get_by_label("Backup Name")).to_have_attribute("aria-invalid", "true")  # F41
    page.get_by_label("Backup Name").fill("Second")
    page.get_by_role("radio", name="I choose later").check()
    page.get_by_role("button", name="Create task").click()
    expect(page).to_have_url(re.compile(r"/tasks/tsk_[a-z0-9]+/settings"))  # F44
    expect(page.get_by_label("Backup Frequency")).to_have_value("daily")


def _reconnect(page: Page, appliance: Appliance) -> None:
    appliance.simulator.control.edit({"op": "revoke_tokens"})
    connection = appliance.get("/connections")["items"][0]["id"]
    appliance.client.post(f"/api/v1/connections/{connection}/probe")
    page.goto("/")
    card = page.get_by_role("article", name="Whole team")
    card.get_by_role("button", name="Disconnected").click()
    dialog = page.get_by_role("dialog")
    url = dialog.get_by_role("link", name="Open Dropbox").get_attribute("href") or ""
    dialog.get_by_label("Code of Dropbox").fill(shown_code(allow(url, TEAM_ADMIN)))
    dialog.get_by_role("button", name="Connect").click()
    expect(dialog).to_have_count(0)
    expect(card.get_by_role("button", name="Connected")).to_be_visible()


def _delete_and_take_back(page: Page, appliance: Appliance, axe: Callable[..., None]) -> None:
    preview = appliance.get(f"/tasks/{appliance.task_id}/delete-preview")
    page.get_by_role("button", name="Menu of Whole team").click()
    page.get_by_role("menuitem", name="Delete Backup").click()
    dialog = page.get_by_role("dialog", name="Confirm Delete")
    expect(dialog.get_by_text(f"Restore points: {preview['points']}")).to_be_visible()  # F74
    expect(dialog.get_by_role("button", name="Delete")).to_be_disabled()
    axe(page)
    dialog.get_by_label(re.compile("Type")).fill("Whole team")
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="Trash")).to_be_visible()
    page.get_by_role("button", name="Undo deletion").click()
    expect(page.get_by_role("button", name="Menu of Whole team")).to_be_visible()
