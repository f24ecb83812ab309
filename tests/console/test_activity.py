"""Activity: what the system did, what people did, and whether somebody changed the record of it."""

import csv
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect
from tests.console.appliance import EMAIL, PASSWORD, Appliance
from tests.console.looks import check_reflow
from tests.console.people import add_person, browser_of, session_of
from tests.console.test_jobs import export_of

COLUMNS = ["Activity", "Date and time", "Service", "Sub service", "Status", "Task name", "Item"]


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
    page: Page, console: Appliance, axe: Callable[..., None], shot: Callable[[Page, str], None]
) -> None:
    email = "vera@example.com"
    rights = {"role": "viewer", "reach": {"everywhere": True}}
    with session_of(console, EMAIL, PASSWORD) as ann:
        invitation = {"name": "Vera", "email": email, "rights": rights}
        assert ann.post("/api/v1/invitations", json=invitation).is_success
    page.goto("/activity/audit")
    table = page.get_by_role("grid", name="Security Audit")
    expect(table.get_by_text("Ann Berger", exact=True).first).to_be_visible()
    expect(page.get_by_text(re.compile(r"The chain holds: \d+ rows"))).to_be_visible()
    axe(page)
    check_reflow(page)
    shot(page, "audit")
    search = page.get_by_role("searchbox", name="Search the audit")
    search.fill("set up for")
    set_up = table.get_by_text(re.compile("The appliance was set up for"))
    expect(set_up).to_be_visible()
    search.fill(f"{email} was invited")
    expect(table.get_by_text(f"{email} was invited as viewer.")).to_be_visible()
    expect(set_up).to_have_count(0)
    table.get_by_role("button", name=re.compile("^Details: User changed")).click()
    dialog = page.get_by_role("dialog")
    for fact in ("Performed by", "IP address", "Browser", "Request", "Hash of this row"):
        expect(dialog.get_by_text(fact, exact=True)).to_be_visible()
    axe(page)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as fetched:
        page.get_by_role("menuitem", name="Export JSON lines").click()
    assert '"description"' in Path(fetched.value.path()).read_text(encoding="utf-8")

    with falsified(console.service.data / "dropally.db"):
        page.get_by_role("button", name="Check again").click()
        expect(page.get_by_role("alert")).to_contain_text("1")
        expect(page.get_by_text(re.compile("The chain holds"))).to_have_count(0)
    page.get_by_role("button", name="Check again").click()
    expect(page.get_by_text(re.compile("The chain holds"))).to_be_visible()


@contextmanager
def falsified(database: Path) -> Iterator[None]:
    """Somebody with access to the file rewrites the first row; in the end it is as it was."""
    with closing(sqlite3.connect(database, timeout=60)) as connection:
        guards = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'"
        ).fetchall()
        [(told,)] = connection.execute("SELECT description FROM audit WHERE seq = 1").fetchall()

    def rewrite(description: str) -> None:
        with closing(sqlite3.connect(database, timeout=60)) as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            for name, _ in guards:
                connection.execute(f"DROP TRIGGER {name}")
            connection.execute("UPDATE audit SET description = ? WHERE seq = 1", [description])
            for _, made in guards:
                connection.execute(made)

    rewrite("nothing at all")
    try:
        yield
    finally:
        rewrite(told)


def test_f132_the_audit_is_not_even_named_to_a_viewer(browser: Browser, console: Appliance) -> None:
    with browser_of(browser, console, add_person(console, "Walter")) as page:
        page.goto("/activity")
        expect(page.get_by_role("tab", name="System Activity")).to_be_visible()
        expect(page.get_by_role("tab", name="Security Audit")).to_have_count(0)
