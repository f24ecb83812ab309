"""What cannot be undone: items erased from all backups, and the appliance out of service."""

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Browser, Page, expect
from tests.console.appliance import EMAIL, PASSWORD, Appliance, filled_appliance
from tests.console.fields import field, press
from tests.console.looks import check_reflow
from tests.console.people import add_person, browser_of
from tests.console.teams import small_team
from tests.console.waiting import wait_until

Axe = Callable[..., None]
Shot = Callable[[Page, str], None]

ITEM = "/company handbook.pdf"
_MINUTE_IS_OVER = """
UPDATE schedule SET next_due_us = next_due_us - 60000000, try_us = try_us - 60000000
WHERE id = 'system:upkeep' AND try_us > unixepoch() * 1000000
"""


def test_f225_an_item_is_erased_from_its_details_and_certified(
    proved_page: Page, console: Appliance, axe: Axe, shot: Shot
) -> None:
    page = proved_page
    [greta] = console.get(f"/tasks/{console.task_id}/entities", q="greta", kind="member")["items"]
    page.goto(f"/recovery/{console.task_id}/{greta['id']}?item={quote(ITEM)}")
    press(page, "Erase from all backups…")
    expect(page.get_by_text("This would go from all restore points")).to_be_visible()
    axe(page)
    shot(page, "erase")
    erase = page.get_by_role("button", name="Erase for good")
    field(page, "Reason").fill("request 17")
    expect(erase).to_be_disabled()
    page.get_by_label(re.compile(f"Type “{greta['name']}”")).fill(greta["name"])
    erase.click()
    expect(page.get_by_text("It is gone from all restore points.")).to_be_visible()
    page.get_by_role("link", name="Erasures and certificates").click()
    card = page.get_by_role("article", name=re.compile("request 17"))
    expect(card.get_by_text("Open")).to_be_visible()
    axe(page)
    check_reflow(page)
    shot(page, "erasures")
    with page.expect_download() as saved:
        card.get_by_role("link", name="Certificate (PDF)").click()
    assert saved.value.suggested_filename.endswith(".pdf")
    card.get_by_role("button", name="Let it be backed up again").click()
    page.get_by_role("dialog").get_by_role("button", name="Let it be backed up again").click()
    expect(card.get_by_text("Backups pass over it.")).to_have_count(0)


def test_f147_f148_f149_decommission_is_asked_for_twice_and_taken_back_on_any_page(
    proved_page: Page, console: Appliance, axe: Axe, shot: Shot
) -> None:
    page = proved_page
    page.goto("/settings/appliance")
    ask = page.get_by_role("button", name="Decommission", exact=True)
    expect(ask).to_be_disabled()
    page.get_by_label(re.compile("^I approve")).check()
    ask.click()
    dialog = page.get_by_role("dialog", name="Are you sure?")
    expect(dialog.get_by_role("button", name="No")).to_be_focused()
    axe(page)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert console.get("/appliance/decommission")["state"] in {"none", "reactivated"}
    ask.click()
    try:
        dialog.get_by_role("button", name="Yes").click()
        banner = page.get_by_text("All keys and backups will be destroyed")
        expect(banner).to_be_visible()
        page.goto("/storage")
        expect(banner).to_be_visible()
        axe(page)
        check_reflow(page)
        shot(page, "decommission")
        press(page, "Reactivate")
        expect(banner).to_have_count(0)
    finally:
        with console.service.operator() as operator:  # whatever went wrong, for the other tests
            operator.post("/api/v1/appliance/decommission/reactivate")
    assert console.get("/appliance/decommission")["state"] in {"none", "reactivated"}


def test_f147_f149_a_second_administrator_approves_and_in_the_end_the_report_is_shown(
    browser: Browser, tmp_path: Path, axe: Axe, shot: Shot
) -> None:
    more = {"DROPALLY__SAFETY__SECOND_APPROVER": "true"}
    with small_team() as team, filled_appliance(tmp_path, team, **more) as console:
        otto = add_person(console, "Otto", role="administrator")
        with browser_of(browser, console, EMAIL, PASSWORD) as page:
            _ask_for_decommission(page)
            expect(page.get_by_role("button", name="Approve", exact=True)).to_have_count(0)
        with browser_of(browser, console, otto) as page:
            page.goto("/")
            expect(page.get_by_text("Ann Berger asked for it; another")).to_be_visible()
            axe(page)
            check_reflow(page)
            shot(page, "decommission-approval")
            press(page, "Approve")
            expect(page.get_by_text("All keys and backups will be destroyed")).to_be_visible()
            assert console.get("/appliance/decommission")["state"] == "counting"
            _let_the_days_go_by(console)
            expect(page.get_by_text("This appliance is out of service")).to_be_visible()
            page.goto("/settings/appliance")
            report = page.get_by_role("table", name="What was destroyed")
            place = str(console.service.data / "repository")
            storage = report.get_by_role("row").filter(has_text=place)
            expect(storage.get_by_role("cell", name="Destroyed", exact=True)).to_be_visible()
            axe(page)
            check_reflow(page)
            shot(page, "decommission-report")
        files = (one for one in Path(place).rglob("*") if one.is_file())
        assert [one for one in files if not one.name.endswith("~")] == []  # no object's name does


def _ask_for_decommission(page: Page) -> None:
    page.goto("/settings/appliance")
    page.get_by_label(re.compile("^I approve")).check()
    press(page, "Decommission")
    dialog = page.get_by_role("dialog", name="Are you sure?")
    expect(dialog.get_by_text("Another administrator has to approve it.")).to_be_visible()
    dialog.get_by_role("button", name="Yes").click()
    expect(page.get_by_text("Somebody wants all keys and backups destroyed")).to_be_visible()


def _let_the_days_go_by(console: Appliance) -> None:
    """As if the seven days were over, and the minute at which the appliance looks for that."""

    def is_over() -> bool:
        _change(console, _MINUTE_IS_OVER)
        return bool(console.get("/appliance/decommission")["state"] == "done")

    _change(console, "UPDATE decommission SET due_us = started_us")
    wait_until(is_over)


def _change(console: Appliance, statement: str) -> None:
    path = console.service.data / "dropally.db"
    with closing(sqlite3.connect(path, timeout=60)) as database, database:
        database.execute(statement)
