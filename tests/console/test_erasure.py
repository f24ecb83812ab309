"""What cannot be undone: items erased from all backups, and the appliance out of service."""

import re
from collections.abc import Callable
from urllib.parse import quote

from playwright.sync_api import Page, expect
from tests.console.appliance import Appliance
from tests.console.fields import field, press
from tests.console.looks import check_reflow

Axe = Callable[..., None]
Shot = Callable[[Page, str], None]

ITEM = "/company handbook.pdf"


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
