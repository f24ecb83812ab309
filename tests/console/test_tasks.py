"""The pages of a task: members and folders, settings, log."""

import re
from collections.abc import Callable
from pathlib import Path

from dropally.simulator import start_simulator
from playwright.sync_api import Browser, Page, expect
from tests.console.appliance import Appliance, empty_appliance
from tests.console.browser import opened_context
from tests.console.looks import check_reflow


def test_f67_f72_f77_members_are_selected_and_acted_on(
    page: Page, console: Appliance, axe: Callable[..., None], shot: Callable[[Page, str], None]
) -> None:
    page.goto(f"/tasks/{console.task_id}")
    grid = page.get_by_role("grid", name="Users and folders")
    expect(grid.get_by_role("row").nth(1)).to_be_visible()
    axe(page)
    check_reflow(page)
    shot(page, "task")
    page.get_by_role("searchbox").fill("greta")
    expect(grid.get_by_role("row")).to_have_count(2)  # the header and her
    expect(page).to_have_url(re.compile("q=greta"))
    grid.focus()
    page.keyboard.press("Space")
    selected = grid.get_by_role("row", selected=True)
    expect(selected).to_have_count(1)
    page.get_by_role("button", name="Action").click()
    page.get_by_role("menuitem", name="Pause").click()
    expect(grid.get_by_text("Paused", exact=True)).to_be_visible()
    expect(selected).to_have_count(0)
    page.get_by_role("checkbox", name="Select Greta Möller").check()
    page.get_by_role("button", name="Action").click()
    page.get_by_role("menuitem", name="Resume").click()
    expect(grid.get_by_text("Active", exact=True)).to_be_visible()
    expect(selected).to_have_count(0)
    page.get_by_role("button", name="Clear filters").click()
    total = console.get(f"/tasks/{console.task_id}/entities", limit=1)["total"]
    expect(grid).to_have_attribute("aria-rowcount", str(total + 1))
    grid.focus()
    page.keyboard.press("Control+a")
    expect(page.get_by_text(f"{total} selected")).to_be_visible()
    page.get_by_role("button", name="Action").click()
    page.get_by_role("menuitem", name="Delete").click()
    names = page.get_by_role("dialog").get_by_role("list").get_by_role("listitem")
    expect(names).to_have_count(total)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_f34_members_of_a_group_are_shown_and_selected(page: Page, console: Appliance) -> None:
    path = f"/tasks/{console.task_id}"
    [group] = [
        one for one in console.get(f"{path}/groups")["items"] if one["name"] == "Engineering"
    ]
    page.goto(path)
    page.get_by_label("Group").select_option(f"Engineering ({group['members']})")
    grid = page.get_by_role("grid", name="Users and folders")
    expect(grid.get_by_role("row")).to_have_count(group["members"] + 1)
    expect(page).to_have_url(re.compile("group=g"))
    grid.focus()
    page.keyboard.press("Control+a")
    expect(page.get_by_text(f"{group['members']} selected")).to_be_visible()


def test_f46_f62_f64_f65_f80_settings_are_seen_previewed_and_saved(
    page: Page, console: Appliance, axe: Callable[..., None], shot: Callable[[Page, str], None]
) -> None:
    page.goto(f"/tasks/{console.task_id}")
    beside_title = page.get_by_role("main").get_by_role("link", name="Settings", exact=True)
    beside_title.click()  # F46
    expect(page).to_have_url(re.compile("/settings$"))
    for label in (
        "Backup Frequency",
        "Backup Hour",
        "Time zone",
        "Automatically activate new users",
        "Automatically activate new team folders",
        "Index all data for Search",
        "Retain auto-archived backups (days)",
        "Retention Period",
    ):
        expect(page.get_by_label(label).first).to_be_visible()
    expect(page.get_by_text("Backup Data Center:")).to_be_visible()
    runs = page.get_by_role("list", name="Next five runs").get_by_role("listitem")
    expect(runs).to_have_count(5)
    axe(page)
    check_reflow(page)
    shot(page, "task-settings")
    before = console.get(f"/tasks/{console.task_id}")["plan"]["frequency"]
    page.get_by_label("Backup Frequency").select_option("weekly")
    expect(page.get_by_text("every Sunday at 03:00")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The settings are saved.")).to_be_visible()
    assert console.get(f"/tasks/{console.task_id}")["plan"]["frequency"] == "weekly"
    page.get_by_label("Backup Hour").select_option("05:00")
    _somebody_else_changes(console, before)  # behind the first change: before, it would be shown
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Somebody changed this task meanwhile")).to_be_visible()
    page.get_by_role("button", name="Load anew").click()
    expect(page.get_by_label("Backup Frequency")).to_have_value(before)
    expect(page.get_by_label("Backup Hour")).to_have_value("03:00")


def _somebody_else_changes(console: Appliance, frequency: str) -> None:
    task = console.get(f"/tasks/{console.task_id}")
    answer = console.client.patch(
        f"/api/v1/tasks/{console.task_id}",
        json={"plan": {**task["plan"], "frequency": frequency}},
        headers={"If-Match": f'"{task["modno"]}"'},
    )
    assert answer.is_success, answer.text


def test_f47_the_pencil_renames_and_escape_leaves_the_name(page: Page, console: Appliance) -> None:
    page.goto(f"/tasks/{console.task_id}/log")
    expect(page.get_by_role("grid", name="Log")).to_be_visible()
    page.get_by_role("button", name="Change the name").click()
    page.get_by_label("Backup Name").fill("Another name")
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Whole team")).to_be_visible()
    page.get_by_role("button", name="Change the name").click()
    page.get_by_label("Backup Name").fill("Everybody")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Everybody")).to_be_visible()
    console.client.patch(f"/api/v1/tasks/{console.task_id}", json={"name": "Whole team"})


def test_f68_f69_all_that_match_are_activated_not_only_those_loaded(
    browser: Browser, tmp_path: Path
) -> None:
    team = "virtual:members=130,files=130,size=1K-1K"  # a list loads the first hundred
    with (
        start_simulator(team=team) as simulator,
        empty_appliance(tmp_path, simulator) as appliance,
    ):
        appliance.set_up()
        appliance.make_repository()
        members = _task_of_nobody(appliance)
        cookie = appliance.client.cookies["dropally"]
        with opened_context(browser, appliance.url, cookie=cookie) as context:
            page = context.new_page()
            page.goto(f"/tasks/{appliance.task_id}")
            grid = page.get_by_role("grid", name="Users and folders")
            expect(grid).to_have_attribute("aria-rowcount", str(members + 1))
            grid.focus()
            page.keyboard.press("Control+a")
            page.get_by_role("button", name=f"Select all {members} that match").click()
            page.get_by_role("button", name="Action").click()
            page.get_by_role("menuitem", name="Activate", exact=True).click()
            expect(page.get_by_text(f"{members} changed.")).to_be_visible()
            expect(grid.get_by_text("Scheduled").first).to_be_visible()
        counts = appliance.get(f"/tasks/{appliance.task_id}")["counts"]
        assert counts == {"Scheduled": members}


def _task_of_nobody(appliance: Appliance) -> int:
    """A task in which nobody is activated; how many members it has."""
    first = appliance.simulator.run(lambda world: next(iter(world.members.values())).email)
    connection = appliance.connect(first)  # an admin
    task = appliance.post("/tasks", {"name": "All", "connection_id": connection})
    appliance.task_id = task["id"]
    appliance.finish_all()
    return int(appliance.get(f"/tasks/{appliance.task_id}/entities", limit=1)["total"])
