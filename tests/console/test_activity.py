"""Activity: what the system did, what people did, and whether somebody changed the record of it."""

import csv
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, expect
from tests.console.appliance import API, Appliance
from tests.console.browser import opened_context
from tests.console.looks import check_reflow
from tests.console.test_jobs import export_of

COLUMNS = ["Activity", "Date and time", "Service", "Sub service", "Status", "Task name", "Item"]
EMAIL, PASSWORD = "vera@example.com", "seven herons at the pond"  # of a test


def test_f132_to_f137_the_activity_is_narrowed_explained_and_exported(
    page: Page,
    console: Appliance,
    axe: Callable[..., None],
    shot: Callable[[Page, str], None],
) -> None:
    export_of(console, "/Google")
    page.goto("/activity")
    expect(page).to_have_url(re.compile("/activity/system$"))
    expect(page.get_by_role("tab", name="System Activity")).to_have_attribute(
        "aria-selected", "true"
    )
    table = page.get_by_role("grid", name="System Activity")
    for name in COLUMNS:
        expect(table.get_by_role("columnheader", name=name, exact=True)).to_be_visible()
    expect(table.get_by_text("Export", exact=True).first).to_be_visible()
    axe(page)
    check_reflow(page)
    shot(page, "activity")

    page.get_by_label("Activity", exact=True).select_option("backup")
    page.get_by_role("searchbox", name="Search items").fill("Ann")
    expect(page).to_have_url(re.compile("activity=backup"))
    expect(page).to_have_url(re.compile("item=Ann"))
    expect(table.get_by_text("Export", exact=True)).to_have_count(0)
    page.reload()
    expect(page.get_by_role("searchbox", name="Search items")).to_have_value("Ann")
    with page.expect_download() as fetched:
        page.get_by_role("link", name="Export CSV").click()
    with Path(fetched.value.path()).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["Activity"] for row in rows} == {"Backup"}
    assert all("Ann" in row["Item"] for row in rows)

    table.get_by_role("button", name=re.compile("^Details: Backup, Ann")).first.click()
    dialog = page.get_by_role("dialog")
    for fact in ("Execution time", "Size of the data", "Number of entities"):
        expect(dialog.get_by_text(fact, exact=True)).to_be_visible()
    axe(page)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)

    page.get_by_label("Start date").fill("2026-05-02")
    page.get_by_label("End date").fill("2026-05-01")
    expect(page.get_by_text("Is later than the end date")).to_be_visible()
    page.get_by_label("Start date").fill("2001-01-01")
    page.get_by_label("End date").fill("2001-01-02")
    expect(page.get_by_role("heading", name="No events match")).to_be_visible()
    page.get_by_role("button", name="Clear filters").first.click()
    expect(table.get_by_text("Export", exact=True).first).to_be_visible()


def test_f139_to_f143_the_audit_shows_that_nobody_changed_it_or_where(
    empty_console: Appliance,
    browser: Browser,
    axe: Callable[..., None],
    shot: Callable[[Page, str], None],
) -> None:
    empty_console.set_up()
    rights = {"role": "viewer", "reach": {"everywhere": True, "tasks": [], "entities": []}}
    invited = empty_console.post("/invitations", {"name": "Vera", "email": EMAIL, "rights": rights})
    cookie = empty_console.client.cookies["dropally"]
    with opened_context(browser, empty_console.url, cookie=cookie) as context:
        page = context.new_page()
        page.goto("/activity/audit")
        table = page.get_by_role("grid", name="Security Audit")
        expect(table.get_by_text(re.compile("The appliance was set up for"))).to_be_visible()
        expect(table.get_by_text("Ann Berger", exact=True).first).to_be_visible()
        expect(page.get_by_text(re.compile(r"The chain holds: \d+ rows"))).to_be_visible()
        axe(page)
        check_reflow(page)
        shot(page, "audit")
        page.get_by_role("searchbox", name="Search the audit").fill("invited")
        expect(table.get_by_text(f"{EMAIL} was invited as viewer.")).to_be_visible()
        expect(table.get_by_text(re.compile("set up for"))).to_have_count(0)
        table.get_by_role("button", name=re.compile("^Details: User changed")).click()
        dialog = page.get_by_role("dialog")
        for fact in ("Performed by", "IP address", "Browser", "Request", "Hash of this row"):
            expect(dialog.get_by_text(fact, exact=True)).to_be_visible()
        axe(page)
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Export").click()
        with page.expect_download() as fetched:
            page.get_by_role("menuitem", name="Export JSON lines").click()
        assert '"description"' in Path(fetched.value.path()).read_text(encoding="utf-8")

        falsify(empty_console.service.data / "dropally.db")
        page.get_by_role("button", name="Check again").click()
        expect(page.get_by_role("alert")).to_contain_text("1")
        expect(page.get_by_text(re.compile("The chain holds"))).to_have_count(0)
    who_may_not_read_it(empty_console, browser, invited["link"])


def falsify(database: Path) -> None:
    """Somebody with access to the file rewrites the first row."""
    connection = sqlite3.connect(database)
    guards = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (guard,) in guards:
        connection.execute(f"DROP TRIGGER {guard}")
    connection.execute("UPDATE audit SET description = 'nothing at all' WHERE seq = 1")
    connection.commit()
    connection.close()


def who_may_not_read_it(console: Appliance, browser: Browser, link: str) -> None:
    """F132: the audit is not even named to a viewer."""
    with httpx.Client(base_url=console.url, timeout=60) as client:
        choice = {"new": PASSWORD, "new_again": PASSWORD}
        token = link.partition("#")[2]
        accepted = client.post(f"{API}/invitations/acceptance", json={"token": token, **choice})
        assert accepted.is_success, accepted.text
        signed_in = client.post(f"{API}/session", json={"email": EMAIL, "password": PASSWORD})
        assert signed_in.is_success, signed_in.text
        cookie = client.cookies["dropally"]
    with opened_context(browser, console.url, cookie=cookie) as context:
        page = context.new_page()
        page.goto("/activity")
        expect(page.get_by_role("tab", name="System Activity")).to_be_visible()
        expect(page.get_by_role("tab", name="Security Audit")).to_have_count(0)
