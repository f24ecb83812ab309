"""Every route of the console opens: with an empty appliance, and with a team."""

from collections.abc import Mapping

from playwright.sync_api import Browser, Page, expect
from tests.console.appliance import Appliance
from tests.console.browser import opened_context
from tests.console.every_page import Traffic, check, open_all

_NOTHING = {
    "taskId": "tsk_none",
    "entityId": "ent_none",
    "jobId": "job_none",
    "storageId": "none",
    "connectionId": "con_none",
}
_MOST_ELEMENTS = 5_000  # lists draw only the rows that are seen


def test_every_page_opens_with_the_sample_team(page: Page, console: Appliance) -> None:
    task = console.task_id
    ids = {
        "taskId": task,
        "entityId": console.get(f"/tasks/{task}/entities", kind="member")["items"][0]["id"],
        "jobId": console.get("/jobs", window="all")["items"][0]["id"],
        "storageId": console.get("/storages")["items"][0]["id"],
        "connectionId": console.get("/connections")["items"][0]["id"],
    }
    traffic = Traffic(page)
    _open_all(page, ids)
    assert not traffic.refused, "\n".join(traffic.refused)


def test_every_page_opens_with_an_empty_appliance(
    browser: Browser, empty_console: Appliance
) -> None:
    empty_console.set_up()
    cookie = empty_console.client.cookies["dropally"]
    with opened_context(browser, empty_console.url, cookie=cookie) as context:
        page = context.new_page()
        traffic = Traffic(page)
        _open_all(page, _NOTHING)
    unexpected = [one for one in traffic.refused if "none" not in one or not one.endswith("404")]
    assert not unexpected, "\n".join(unexpected)


def _open_all(page: Page, ids: Mapping[str, str]) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    for visit in open_all(page, ids):
        assert page.locator("main").inner_text().strip(), visit.route
        assert page.locator("*").count() < _MOST_ELEMENTS, visit.route
        check(page)
