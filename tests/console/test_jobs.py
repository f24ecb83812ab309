"""Jobs: cards, filters, one job's page, and a job that is cancelled while somebody looks on."""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect
from tests.console.appliance import TEAM_ADMIN, Appliance
from tests.console.browser import opened_context
from tests.console.looks import check_reflow

FINISHED = {"succeeded", "partially_succeeded", "failed", "canceled"}


def entity_named(console: Appliance, name: str) -> str:
    [found] = console.get(f"/tasks/{console.task_id}/entities", q=name, kind="member")["items"]
    return str(found["id"])


def export_of(console: Appliance, path: str) -> dict[str, Any]:
    """A finished export of something of Ann's."""
    selection = console.post("/selections")["id"]
    item = {"entity_id": entity_named(console, "Ann Berger"), "point_id": "latest", "path": path}
    console.post(f"/selections/{selection}/items", {"action": "add", "items": [item]})
    job = console.post("/exports", {"selection_id": selection})
    console.finish_all()
    ended: dict[str, Any] = console.get(f"/jobs/{job['id']}")
    return ended


def test_f116_to_f126_cards_and_filters_narrow_the_list_and_stand_in_the_address(
    page: Page,
    console: Appliance,
    axe: Callable[..., None],
    shot: Callable[[Page, str], None],
) -> None:
    export_of(console, "/Paper")
    page.goto("/jobs")
    summary = console.get("/jobs/summary", kind="restore,export")
    total = summary["total"]
    words = f"{total} Total {'Job' if total == 1 else 'Jobs'} for last 7 Days"
    expect(page.get_by_text(words, exact=True)).to_be_visible()
    table = page.get_by_role("grid", name="Jobs")
    expect(table.get_by_role("link", name="Export").first).to_be_visible()
    expect(table.get_by_role("link", name="Backup")).to_have_count(0)
    expect(page.get_by_role("button", name="Show as CLI")).to_be_visible()
    initiators = page.get_by_label("Initiator").get_by_role("option")
    expect(initiators.filter(has_text="Ann Berger")).to_have_count(1)
    expect(page.get_by_label("Service")).to_have_count(0)  # there is only Dropbox
    axe(page)
    check_reflow(page)
    shot(page, "jobs")

    kinds = page.get_by_role("group", name="Kind of job")
    kinds.get_by_text("Backup", exact=True).click()
    expect(table.get_by_role("link", name="Backup").first).to_be_visible()
    card = page.get_by_role("group", name="Jobs by outcome").get_by_role("button", name="Failed")
    expect(card).to_have_attribute("aria-pressed", "false")
    card.click()
    expect(page).to_have_url(re.compile("status=failed"))
    page.get_by_label("Time").select_option("90d")
    page.get_by_label("Order").select_option("oldest")
    page.reload()
    expect(card).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_label("Time")).to_have_value("90d")
    expect(page.get_by_label("Order")).to_have_value("oldest")

    expect(page.get_by_role("searchbox", name="Search items")).to_have_count(0)
    page.get_by_label("Task", exact=True).select_option("Whole team")
    page.get_by_role("searchbox", name="Search items").fill("no such item")
    expect(page.get_by_role("heading", name="No jobs match")).to_be_visible()
    page.get_by_role("button", name="Clear filters").first.click()
    expect(page.get_by_text(words, exact=True)).to_be_visible()


def test_f127_f128_f130_f131_a_job_tells_everything_and_hands_out_its_results(
    page: Page,
    console: Appliance,
    axe: Callable[..., None],
    shot: Callable[[Page, str], None],
    tmp_path: Path,
) -> None:
    job = export_of(console, "/Paper")
    page.goto("/jobs")
    page.get_by_role("grid").get_by_role("link", name="Export").first.click()
    expect(page).to_have_url(re.compile(job["id"]))
    expect(page.get_by_role("heading", name="Export", level=1)).to_be_visible()
    details = page.get_by_role("region", name="Details")
    for fact in ("Start date", "Backup date", "Initiator", "Destination", "Total items", "Size"):
        expect(details.get_by_text(fact, exact=True)).to_be_visible()
    expect(details.get_by_text("Ann Berger", exact=True)).to_be_visible()
    axe(page)
    check_reflow(page)
    shot(page, "job")

    page.get_by_role("button", name="Download Results").click()
    page.get_by_role("button", name="Prepare the link").click()
    with page.expect_download() as fetched:
        page.get_by_role("dialog").get_by_role("link").click()
    archive = tmp_path / "results.zip"
    fetched.value.save_as(archive)
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
        assert any("report" in name for name in opened.namelist()), opened.namelist()
    page.keyboard.press("Escape")

    page.get_by_role("link", name="View Log").click()
    expect(page).to_have_url(re.compile(rf"/activity/system\?job={job['id']}"))
    expect(page.get_by_role("grid").get_by_text("Export", exact=True)).to_have_count(1)


def test_f129_a_running_job_shows_how_far_it_is_and_is_cancelled(
    own_console: Appliance, browser: Browser, axe: Callable[..., None]
) -> None:
    control = own_console.simulator.control
    control.edit(
        {"op": "put", "member": TEAM_ADMIN, "path": "/Slow.bin", "text": "slowly " * 100_000}
    )
    control.set_faults(  # so it takes an hour, if nobody cancels it
        {"action": "slow_body", "route": "files/download", "args": {"bytes_per_s": 200}}
    )
    own_console.post(f"/tasks/{own_console.task_id}/run")
    cookie = own_console.client.cookies["dropally"]
    with opened_context(browser, own_console.url, cookie=cookie) as context:
        page = context.new_page()
        page.goto("/jobs?kind=backup&status=in_progress")
        page.get_by_role("grid").get_by_role("link", name="Backup").click()
        progress = page.get_by_role("region", name="Progress")
        expect(progress.get_by_role("rowheader", name="Fetching")).to_be_visible()
        expect(progress.get_by_text("Last sign of life")).to_be_visible()
        expect(page).to_have_title(re.compile(r"^\(1\) Backup"))
        axe(page)
        page.get_by_role("button", name="1 job is running").click()
        expect(page.get_by_role("dialog").get_by_text("Whole team")).to_be_visible()
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Cancel job").click()
        page.get_by_role("dialog").get_by_role("button", name="Cancel job").click()
        expect(page.get_by_role("main").get_by_text("Canceled", exact=True)).to_be_visible()
        expect(page.get_by_text("Canceled by")).to_be_visible()
        expect(page).to_have_title(re.compile("^Backup"))
    audit = own_console.get("/audit", activity="task_cancelled")["items"]
    assert audit[0]["description"] == "Task cancellation request received."
