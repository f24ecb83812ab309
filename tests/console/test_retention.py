"""How long a task keeps its restore points: the forecast, taking back, holds."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect
from tests.console.appliance import Appliance
from tests.console.fields import field, press
from tests.console.looks import check_reflow

Axe = Callable[..., None]
Shot = Callable[[Page, str], None]


def test_f60_a_shorter_retention_is_previewed_drawn_and_taken_back(
    proved_page: Page, console: Appliance, axe: Axe, shot: Shot
) -> None:
    page = proved_page
    page.goto(f"/tasks/{console.task_id}/settings")
    expect(page.get_by_role("heading", name="What this keeps")).to_be_visible()
    page.get_by_label("Retention Period").select_option("gfs")
    field(page, "Days").fill("7")
    field(page, "Months").fill("6")
    expect(page.get_by_text(re.compile(r"\d+ now, 1[0-9] in a year"))).to_be_visible()
    press(page, "As a table")
    table = page.get_by_role("table", name="Restore points over the next year")
    expect(table.get_by_role("row")).to_have_count(15)
    axe(page)
    check_reflow(page)
    shot(page, "task-retention")
    page.get_by_role("button", name="Save", exact=True).click()
    banner = page.get_by_text("can still be taken back")
    expect(banner).to_be_visible()
    axe(page)
    shot(page, "task-retention-shorter")
    press(page, "Back to “Unlimited”")
    expect(page.get_by_label("Retention Period")).to_have_value("unlimited")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(banner).to_have_count(0)
    retention = console.get(f"/tasks/{console.task_id}")["settings"]["retention"]
    assert retention["mode"] == "unlimited"


def test_a_hold_is_set_shown_and_released(
    proved_page: Page, console: Appliance, axe: Axe, shot: Shot
) -> None:
    page = proved_page
    page.goto(f"/tasks/{console.task_id}/settings")
    expect(page.get_by_text("There is no hold.")).to_be_visible()
    press(page, "Set a hold")
    dialog = page.get_by_role("dialog", name="Set a hold")
    field(page, "Reason").fill("Case 17")
    field(page, "Owner").fill("Dr. Weber, Legal")
    field(page, "Holds until").fill("2099-12-31")
    axe(page)
    dialog.get_by_role("button", name="Set a hold").click()
    hold = page.get_by_role("list", name="Holds").get_by_role("listitem").filter(has_text="Case 17")
    expect(hold.get_by_text("All, also those to come")).to_be_visible()
    expect(hold.get_by_text("Dr. Weber, Legal")).to_be_visible()
    axe(page)
    check_reflow(page)
    hold.scroll_into_view_if_needed()
    shot(page, "task-holds")
    hold.get_by_role("button", name="Release the hold: Case 17").click()
    page.get_by_role("dialog").get_by_role("button", name="Release").click()
    expect(page.get_by_text("There is no hold.")).to_be_visible()
    assert console.get("/holds")["items"] == []
