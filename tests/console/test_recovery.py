"""Looking into backups, choosing, and bringing back: as an administrator does it in the browser."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from dropally.simulator import start_simulator
from playwright.sync_api import Browser, Locator, Page, expect
from tests.console.appliance import TEAM_ADMIN, Appliance, filled_appliance
from tests.console.browser import opened_context
from tests.console.looks import check_reflow

PLANS = ["first plan", "second plan, which is longer"]
SCANS = 10_000


@dataclass
class Backups:
    """An appliance whose team did things between its backups."""

    appliance: Appliance
    entity_id: str
    points: list[dict[str, Any]]

    @property
    def address(self) -> str:
        return f"/recovery/{self.appliance.task_id}/{self.entity_id}"

    def home(self) -> dict[str, str]:
        """What lies in Ann's Dropbox now: path -> content hash."""
        truth = self.appliance.simulator.control.truth(self.namespace)
        return {one["path_lower"]: one.get("content_hash", "") for one in truth}

    @property
    def namespace(self) -> str:
        return str(self.appliance.get(f"/entities/{self.entity_id}")["namespace"])

    def clear(self) -> None:
        for one in self.appliance.get("/selections"):
            self.appliance.client.delete(f"/api/v1/selections/{one['id']}")


@pytest.fixture(scope="module")
def backups(executable: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backups]:
    with backed_up(tmp_path_factory.mktemp("recovery")) as found:
        yield found


@contextmanager
def backed_up(folder: Path) -> Iterator[Backups]:
    """Three backups of the sample team, with changes between them."""
    (folder / "exports").mkdir()
    more = {"DROPALLY__RECOVERY__EXPORT_FOLDERS": f'["{folder / "exports"}"]'}
    with (
        start_simulator(team="sample") as simulator,
        filled_appliance(folder, simulator, **more) as appliance,
    ):
        edit = simulator.control.edit
        ann = {"member": TEAM_ADMIN}
        edit(
            {"op": "put", **ann, "path": "/Alpha/Plan.txt", "text": PLANS[0]},
            {"op": "put", **ann, "path": "/Alpha/Old/Draft.txt", "text": "draft"},
            {"op": "put", **ann, "path": "/Alpha/Moved.txt", "text": "moved as it is"},
            {"op": "put", **ann, "path": "/Beta/b.txt", "text": "b"},
            *(
                {"op": "put", **ann, "path": f"/Scans/{number:05}.txt", "text": f"{number}"}
                for number in range(SCANS)
            ),
        )
        appliance.back_up()
        edit(
            {"op": "put", **ann, "path": "/Alpha/Plan.txt", "text": PLANS[1]},
            {"op": "delete", **ann, "path": "/Alpha/Old"},
            {"op": "move", **ann, "path": "/Alpha/Moved.txt", "to": "/Alpha/Elsewhere.txt"},
        )
        appliance.back_up()
        found = appliance.get(f"/tasks/{appliance.task_id}/entities", q=TEAM_ADMIN)["items"]
        points = appliance.get(f"/entities/{found[0]['id']}/points")["items"]
        yield Backups(appliance, found[0]["id"], points)


@pytest.fixture
def ann(browser: Browser, backups: Backups) -> Iterator[Page]:
    """The administrator's browser, with an empty basket."""
    backups.clear()
    cookie = backups.appliance.client.cookies["dropally"]
    with opened_context(browser, backups.appliance.url, cookie=cookie) as context:
        yield context.new_page()


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has_text=re.compile(rf"(^|\W){re.escape(name)}"))


def tick(page: Page, name: str) -> Locator:
    return page.get_by_role("checkbox", name=f"Select {name}", exact=True)


def basket(page: Page) -> Locator:
    return page.get_by_role("region", name="Selection")


def test_f89_f90_f91_dates_folders_and_versions(
    ann: Page, backups: Backups, axe: Callable[..., None], shot: Callable[[Page, str], None]
) -> None:
    ann.goto(backups.address)
    tree = ann.get_by_role("tree")
    expect(tree.get_by_role("treeitem", name="Alpha")).to_be_visible()
    axe(ann)
    check_reflow(ann)
    shot(ann, "recovery-entity")

    tree.focus()
    ann.keyboard.press("ArrowDown")
    ann.keyboard.press("a")
    ann.keyboard.press("Home")
    ann.keyboard.type("alp"[:1])
    ann.keyboard.press("Enter")
    expect(ann).to_have_url(re.compile(r"path=%2Falpha"))
    expect(tree.get_by_role("treeitem", selected=True)).to_contain_text("Alpha")
    expect(row(ann, "Old")).to_have_count(0)

    ann.get_by_role("switch", name="Show deleted items").check()
    expect(row(ann, "Old")).to_contain_text("last seen")
    row(ann, "Plan.txt").click()
    drawer = ann.get_by_role("dialog", name="Plan.txt")
    expect(drawer.get_by_label("Text of the file")).to_have_text(PLANS[1])
    expect(drawer).to_contain_text("Content hash of Dropbox")
    axe(ann)
    shot(ann, "recovery-item")
    drawer.get_by_role("tab", name="Versions").click()
    expect(drawer.get_by_role("button", name="Show its folder then")).to_have_count(2)
    axe(ann)
    drawer.get_by_role("button", name="Show its folder then").last.click()
    expect(drawer.get_by_label("Text of the file")).to_have_count(0)
    ann.keyboard.press("Escape")
    expect(ann).to_have_url(re.compile(f"at={backups.points[1]['id']}"))
    expect(row(ann, "Moved.txt")).to_be_visible()

    ann.get_by_role("button", name="One restore point on").click()
    expect(row(ann, "Elsewhere.txt")).to_be_visible()
    ann.get_by_role("button", name="One restore point back").click()
    ann.get_by_role("button", name="One restore point back").click()
    expect(ann.get_by_text("alpha was not here")).to_be_visible()
    ann.get_by_role("button", name="Latest").click()
    expect(row(ann, "Elsewhere.txt")).to_be_visible()

    ann.get_by_role("button", name=re.compile("20\\d\\d,")).click()
    picker = ann.get_by_role("dialog")
    expect(picker.get_by_text(re.compile(r"\d restore points on this day"))).to_be_visible()
    axe(ann)
    picker.get_by_role("button", name=re.compile("changes")).last.click()
    expect(ann.get_by_text("alpha was not here")).to_be_visible()

    ann.get_by_role("tab", name="Restore points").click()
    expect(ann.get_by_role("row")).to_have_count(1 + len(backups.points))
    axe(ann)
    shot(ann, "recovery-points")
    ann.get_by_role("button", name="7 days").click()
    expect(ann.get_by_role("row")).to_have_count(1 + len(backups.points))
    ann.get_by_label("To", exact=True).fill("2020-01-02")
    ann.get_by_label("Data changed from").fill("2020-01-01")
    expect(ann.get_by_text("No backup in this range")).to_be_visible()


def test_f88_f92_f93_f94_choosing_survives_everything(
    ann: Page, backups: Backups, axe: Callable[..., None], shot: Callable[[Page, str], None]
) -> None:
    ann.goto(backups.address)
    for name in ("Restore", "Download"):
        button = basket(ann).get_by_role("button", name=name)
        expect(button).to_have_attribute("aria-disabled", "true")
        button.focus()
        expect(ann.get_by_role("tooltip")).to_have_text("Select at least one file or folder first")
    tick(ann, "Alpha").click()
    expect(basket(ann)).to_contain_text("1 item")
    row(ann, "Alpha").click()
    expect(tick(ann, "Plan.txt")).to_be_checked()
    tick(ann, "Plan.txt").click()  # left out again
    tick_of_beta = tick(ann, "Beta")
    ann.get_by_role("treeitem", name="All folders").click()
    expect(tick(ann, "Alpha")).to_have_js_property("indeterminate", value=True)
    tick_of_beta.click()
    expect(basket(ann)).to_contain_text("2 items")
    ann.get_by_role("tab", name="Restore points").click()
    expect(basket(ann)).to_contain_text("2 items")
    ann.goto("/jobs")
    ann.goto("/recovery")
    expect(basket(ann)).to_contain_text("2 items")
    basket(ann).get_by_role("button", name="Show").click()
    drawer = ann.get_by_role("dialog", name="Selection")
    expect(drawer).to_contain_text("without /Alpha/Plan.txt")
    axe(ann)
    shot(ann, "recovery-basket")
    drawer.get_by_role("button", name="Deselect /Beta").click()
    expect(drawer).to_contain_text("1 item")
    drawer.get_by_role("button", name="Clear").click()
    ann.get_by_role("dialog", name="Clear the selection?").get_by_role(
        "button", name="Clear"
    ).click()
    expect(basket(ann)).to_contain_text("Nothing is selected yet")

    ann.goto(backups.address)
    ann.get_by_role("button", name="Select everything at this date").click()
    point = backups.appliance.get(f"/entities/{backups.entity_id}/points/latest")
    expect(basket(ann)).to_contain_text(f"{point['files']:,} files")


def test_a_folder_of_ten_thousand_scrolls_and_is_chosen_with_one_key(
    ann: Page, backups: Backups
) -> None:
    ann.goto(f"{backups.address}?path=%2Fscans")
    grid = ann.get_by_role("grid")
    expect(row(ann, "00000.txt")).to_be_visible()
    assert grid.get_by_role("row").count() < 100
    grid.focus()
    for _ in range(60):
        ann.keyboard.press("End")
        if row(ann, "09999.txt").count():
            break
        ann.wait_for_timeout(50)
    expect(row(ann, "09999.txt")).to_be_visible()
    ann.keyboard.press("Control+a")
    expect(basket(ann)).to_contain_text("10,000 files")
    expect(basket(ann)).to_contain_text("1 item")
    ann.get_by_role("searchbox", name="Filter by name").fill("0777")
    expect(row(ann, "07770.txt")).to_be_visible()
    expect(grid).to_have_attribute("aria-rowcount", re.compile("^1[0-9]$|^12$"))
    expect(tick(ann, "07770.txt")).to_be_checked()


# -- short ways ------------------------------------------------------------------------------------


def reach(page: Page, target: Locator) -> None:
    """Press Tab until it has the focus."""
    expect(target).to_be_visible()
    for _ in range(80):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{target} is not reached with Tab")


def select(
    page: Page, backups: Backups, path: str, name: str, *, at: str = "", then: str = "Restore"
) -> None:
    """Tick one item of a folder and go on to what is to be done with it."""
    point = f"&at={at}" if at else ""
    page.goto(f"{backups.address}?path={path.replace('/', '%2F')}{point}")
    tick(page, name).click()
    expect(basket(page)).to_contain_text("1 item")
    basket(page).get_by_role("button", name=then).click()
    expect(page.get_by_role("heading", name=then, level=1)).to_be_visible()


def review(page: Page) -> None:
    page.get_by_role("button", name="Check what would happen").click()
    expect(page.get_by_role("button", name="Start the restore")).to_be_visible()


def plan_row(page: Page, label: str) -> Locator:
    return page.get_by_role("table", name="Review").get_by_role("row", name=label)


def press_away(page: Page) -> None:
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
