"""Every route of the console opens: with an empty appliance, and with a team."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.console.appliance import Appliance
from tests.console.browser import opened_context
from tests.console.every_page import Traffic, check, go_to, open_all, pages
from tests.console.looks import check_nothing_is_cut, check_reflow, check_width

_NOTHING = {
    "taskId": "tsk_none",
    "entityId": "ent_none",
    "jobId": "job_none",
    "storageId": "none",
    "connectionId": "con_none",
}
_TITLES = {
    "/": "Home",
    "/settings/account": "Your account",
    "/settings/tokens": "API tokens",
    "/settings/organisation": "Organisation",
    "/settings/users": "People",
    "/settings/security": "Security",
    "/settings/mail": "Mail",
    "/settings/connections": "Dropbox teams",
    "/settings/defaults": "Defaults",
    "/settings/limits": "Limits",
    "/settings/appliance": "Appliance",
    "/storage": "Storage",
    "/storage/$storageId": "main",
}
_MOST_ELEMENTS = 5_000  # lists draw only the rows that are seen
_PARTS = 3  # so that two workers can share them


@pytest.mark.parametrize("part", range(_PARTS))
def test_every_page_is_accessible_and_fits_every_width(
    page: Page,
    console: Appliance,
    part: int,
    axe: Callable[[Page], None],
    shot: Callable[[Page, str], None],
) -> None:
    traffic = Traffic(page)
    _open_home(page)
    for route, path in pages(page, _ids(console))[part::_PARTS]:
        go_to(page, path)
        _check_content(page, route)
        if route in _TITLES:
            expect(page.get_by_role("heading", level=1)).to_have_text(_TITLES[route])
        axe(page)
        check_width(page)
        check_reflow(page)
        check_nothing_is_cut(page)
        shot(page, route.strip("/").replace("/", "-").replace("$", "") or "home")
    assert not traffic.refused, "\n".join(traffic.refused)


def test_every_page_opens_by_its_address(page: Page, console: Appliance) -> None:
    traffic = Traffic(page)
    _open_home(page)
    for visit in open_all(page, _ids(console)):
        _check_content(page, visit.route)
    assert not traffic.refused, "\n".join(traffic.refused)


def test_every_page_of_an_empty_appliance_is_accessible(
    browser: Browser, empty_console: Appliance
) -> None:
    empty_console.set_up()
    cookie = empty_console.client.cookies["dropally"]
    with opened_context(browser, empty_console.url, cookie=cookie) as context:
        page = context.new_page()
        traffic = Traffic(page)
        _open_home(page)
        for route, path in pages(page, _NOTHING):
            go_to(page, path)
            _check_content(page, route)
            check(page)
    unexpected = [one for one in traffic.refused if "none" not in one or not one.endswith("404")]
    assert not unexpected, "\n".join(unexpected)


def _ids(console: Appliance) -> dict[str, str]:
    task = console.task_id
    return {
        "taskId": task,
        "entityId": console.get(f"/tasks/{task}/entities", kind="member")["items"][0]["id"],
        "jobId": console.get("/jobs", window="all")["items"][0]["id"],
        "storageId": "main",
        "connectionId": console.get("/connections")["items"][0]["id"],
    }


def _open_home(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def _check_content(page: Page, route: str) -> None:
    assert page.locator("main").inner_text().strip(), route
    assert page.locator("*").count() < _MOST_ELEMENTS, route
