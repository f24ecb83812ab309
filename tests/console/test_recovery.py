"""Looking into backups, choosing, and bringing back: as an administrator does it in the browser."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from dropally.common.clock import SystemClock
from playwright.sync_api import Browser, Locator, Page, expect
from tests.console.appliance import TEAM_ADMIN, Appliance, filled_appliance
from tests.console.browser import opened_context
from tests.console.fields import press_keys
from tests.console.looks import check_reflow
from tests.console.teams import FARID, small_team
from tests.console.waiting import wait_until

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

    def selected(self) -> list[tuple[str, str]]:
        """What the newest selection holds: path and restore point."""
        return [
            (one["shown"], one["point_id"])
            for newest in self.appliance.get("/selections")[:1]
            for one in self.appliance.get(f"/selections/{newest['id']}/items")["items"]
        ]

    def clear(self) -> None:
        for one in self.appliance.get("/selections"):
            self.appliance.client.delete(f"/api/v1/selections/{one['id']}")


@pytest.fixture(scope="module")
def backups(executable: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backups]:
    with backed_up(tmp_path_factory.mktemp("recovery")) as found:
        yield found


@contextmanager
def backed_up(folder: Path) -> Iterator[Backups]:
    """Three backups of a small team, with changes between them."""
    (folder / "exports").mkdir()
    more = {"DROPALLY__RECOVERY__EXPORT_FOLDERS": str(folder / "exports")}
    with small_team() as simulator, filled_appliance(folder, simulator, **more) as appliance:
        appliance.stop_schedule()
        edit = simulator.control.edit
        ann = {"member": TEAM_ADMIN}
        edit(
            {"op": "put", **ann, "path": "/Alpha/Plan.txt", "text": PLANS[0]},
            {"op": "put", **ann, "path": "/Alpha/Old/Draft.txt", "text": "draft"},
            {"op": "put", **ann, "path": "/Alpha/Moved.txt", "text": "moved as it is"},
            {"op": "put", **ann, "path": "/Beta/b.txt", "text": "b"},
            *(
                # All the same, so one of them is fetched.
                {"op": "put", **ann, "path": f"/Scans/{number:05}.txt", "text": "scanned"}
                for number in range(SCANS)
            ),
        )
        appliance.back_up()
        edit(
            {"op": "put", **ann, "path": "/Alpha/Plan.txt", "text": PLANS[1]},
            {"op": "delete", **ann, "path": "/Alpha/Old"},
            {"op": "move", **ann, "path": "/Alpha/Moved.txt", "to": "/Alpha/Elsewhere.txt"},
            {"op": "set_status", "member": FARID, "status": "removed"},
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
    with opened_context(browser, backups.appliance.url, cookie=cookie, zone=noon()) as context:
        yield context.new_page()


def noon() -> str:
    """A time zone in which it is about noon, so that all backups are of one day."""
    ahead = 12 - SystemClock().now().hour
    return f"Etc/GMT{-ahead:+d}"  # POSIX: what is ahead of Greenwich has a minus


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has_text=re.compile(re.escape(name)))


def tick(page: Page, name: str) -> Locator:
    return page.get_by_role("checkbox", name=f"Select {name}", exact=True)


def basket(page: Page) -> Locator:
    return page.get_by_role("region", name="Selection")


def test_f81_f82_f83_f86_f87_members_and_folders_are_found_and_opened(
    ann: Page, backups: Backups, axe: Callable[..., None], shot: Callable[[Page, str], None]
) -> None:
    ann.goto("/recovery")
    grid = ann.get_by_role("grid")
    expect(row(ann, "Ann Berger")).to_contain_text(f"{backups.points[0]['files']:,}")
    for header in ("Name", "Status", "First backup", "Last backup", "Files", "Size"):
        expect(grid.get_by_role("columnheader", name=header)).to_be_visible()
    axe(ann)
    check_reflow(ann)
    shot(ann, "recovery")
    status = ann.get_by_label("Status")
    words = ["All", "Active", "In process", "Not active", "Scheduled", "Paused"]
    words += ["Backed up in another task", "Archived"]
    shown = [re.compile(rf"^{word} \(\d+\)$") for word in words]
    expect(status.locator("option")).to_have_text(shown)
    status.select_option("Archived")
    expect(row(ann, "Farid")).to_be_visible()
    expect(row(ann, "Ann Berger")).to_have_count(0)
    status.select_option("Paused")
    expect(ann.get_by_text("Nobody matches")).to_be_visible()
    ann.get_by_role("button", name="Clear filters").click()
    ann.get_by_role("searchbox").fill("eloise")
    expect(grid.get_by_role("row")).to_have_count(2)  # the head, and Éloise
    expect(ann).to_have_url(re.compile(r"q=eloise"))
    ann.reload()
    expect(ann.get_by_role("searchbox")).to_have_value("eloise")
    expect(grid.get_by_role("row")).to_have_count(2)
    grid.focus()
    ann.keyboard.press("Enter")
    expect(ann.get_by_role("heading", level=1)).to_have_text("Éloise Marchand")
    ann.go_back()
    expect(ann.get_by_role("searchbox")).to_have_value("eloise")


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
    ann.keyboard.press("a")
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
    expect(ann).to_have_url(re.compile(f"at={backups.points[1]['id']}"))
    ann.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    expect(row(ann, "Moved.txt")).to_be_visible()

    ann.get_by_role("button", name="One restore point on").click()
    expect(row(ann, "Elsewhere.txt")).to_be_visible()
    ann.get_by_role("button", name="One restore point back").click()
    expect(row(ann, "Moved.txt")).to_be_visible()
    ann.get_by_role("button", name="One restore point back").click()
    expect(ann.get_by_text("alpha was not here")).to_be_visible()
    ann.get_by_role("button", name="Latest").click()
    expect(row(ann, "Elsewhere.txt")).to_be_visible()

    ann.get_by_role("button", name=re.compile("20\\d\\d,")).click()
    picker = ann.get_by_role("dialog")
    expect(picker.get_by_text("3 restore points on this day")).to_be_visible()
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


def test_what_changed_between_two_dates(
    ann: Page, backups: Backups, axe: Callable[..., None], shot: Callable[[Page, str], None]
) -> None:
    ann.goto(backups.address)
    ann.get_by_role("tab", name="What changed").click()
    expect(row(ann, "Elsewhere.txt")).to_contain_text("Moved")
    expect(row(ann, "Elsewhere.txt")).to_contain_text("/Alpha/Moved.txt")
    expect(row(ann, "Plan.txt")).to_contain_text("Changed")
    expect(row(ann, "Draft.txt")).to_contain_text("Deleted")
    axe(ann)
    check_reflow(ann)
    shot(ann, "recovery-changes")
    ann.get_by_text("Deleted (2)").click()
    expect(row(ann, "Plan.txt")).to_have_count(0)
    tick(ann, "Draft.txt").click()
    expect(basket(ann)).to_contain_text("1 item")
    wanted = [("/Alpha/Old/Draft.txt", backups.points[1]["id"])]
    wait_until(lambda: backups.selected() == wanted, 60)


def test_f88_f92_f93_f94_choosing_survives_everything(
    ann: Page, backups: Backups, axe: Callable[..., None], shot: Callable[[Page, str], None]
) -> None:
    ann.goto(backups.address)
    for name in ("Restore", "Download"):
        button = basket(ann).get_by_role("button", name=name)
        expect(button).to_have_attribute("aria-disabled", "true")
        button.focus()
        expect(ann.get_by_role("tooltip")).to_have_text("Select at least one file or folder first")
        button.blur()
        expect(ann.get_by_role("tooltip")).to_have_count(0)
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
    wait_until(lambda: len(backups.selected()) == 3)  # sent: two, and what is left out of one
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
    wait_until(lambda: ends_with(ann, "09999.txt"))
    ann.keyboard.press("Control+a")
    expect(basket(ann)).to_contain_text("10,000 files")
    expect(basket(ann)).to_contain_text("1 item")
    ann.get_by_role("searchbox", name="Filter by name").fill("0777")
    expect(row(ann, "07770.txt")).to_be_visible()
    expect(grid).to_have_attribute("aria-rowcount", "12")  # the head, 00777 and 07770 to 07779
    expect(tick(ann, "07770.txt")).to_be_checked()


def test_f95_f104_a_restore_with_the_keyboard_alone(
    ann: Page, backups: Backups, axe: Callable[..., None], shot: Callable[[Page, str], None]
) -> None:
    press = ann.keyboard.press
    ann.goto("/")
    expect(ann.get_by_role("heading", level=1)).to_be_visible()
    expect(ann.get_by_role("status")).to_have_count(0)  # nothing loads any more
    press_keys(ann, "gr")
    expect(row(ann, "Ann Berger")).to_be_visible()
    reach(ann, ann.get_by_role("grid"))
    press("Enter")
    expect(ann.get_by_role("treeitem", name="Alpha")).to_be_visible()
    reach(ann, ann.get_by_role("grid"))
    press("Space")
    expect(basket(ann)).to_contain_text("1 item")
    reach(ann, basket(ann).get_by_role("button", name="Restore"))
    press("Enter")
    expect(
        ann.get_by_text("You are about to restore items from the archive of Ann Berger.")
    ).to_be_visible()
    axe(ann)
    check_reflow(ann)
    reach(ann, ann.get_by_role("button", name="Check what would happen"))
    press("Enter")
    start = ann.get_by_role("button", name="Start the restore")
    expect(start).to_be_visible()
    axe(ann)
    shot(ann, "recovery-plan")
    reach(ann, start)
    press("Enter")
    expect(ann).to_have_url(re.compile(r"/jobs/job_"))
    backups.appliance.finish_all()
    expect(ann.get_by_text("Succeeded").first).to_be_visible()
    assert [path for path in backups.home() if path.startswith("/restored by dropally")]
    assert backups.home()["/alpha/plan.txt"]


def test_f96_f98_f99_elsewhere_in_place_and_to_a_disk(ann: Page, backups: Backups) -> None:
    select(ann, backups, "/alpha", "Plan.txt", at=backups.points[1]["id"])
    ann.get_by_label("To another member or folder").check()
    expect(ann.get_by_role("button", name="Check what would happen")).to_be_disabled()
    ann.get_by_placeholder("A part of the name or address").fill("bjorn")
    ann.get_by_role("option", name=re.compile("Bjørn")).click()
    ann.get_by_role("textbox", name="Folder in it").fill("/Inbox")
    review(ann)
    expect(ann.get_by_role("table", name="Review")).to_contain_text("/Inbox/Restored by Dropally")
    ann.get_by_role("button", name="Show as CLI").click()
    expect(ann.get_by_text(re.compile(r"dropally restore .*--to bjorn.*:/Inbox"))).to_be_visible()
    press_away(ann)

    ann.get_by_label("To where it came from").check()
    ann.get_by_label("To where things were").check()
    ann.get_by_label("Keep what is there").check()
    review(ann)
    expect(plan_row(ann, "Stay as they are")).to_contain_text("1")
    ann.get_by_label("Keep both").check()
    review(ann)
    expect(plan_row(ann, "Meet something else under their name")).to_contain_text("1")
    before = backups.home()
    ann.get_by_role("button", name="Start the restore").click()
    expect(ann).to_have_url(re.compile(r"/jobs/job_"))
    backups.appliance.finish_all()
    after = backups.home()
    assert after["/alpha/plan.txt"] == before["/alpha/plan.txt"]
    assert "/alpha/plan (1).txt" in after or "/alpha/plan (2).txt" in after

    select(ann, backups, "/alpha", "Elsewhere.txt")
    ann.get_by_label("To a folder of the appliance").check()
    ann.get_by_role("textbox", name="Folder in it").fill("case 7")
    ann.get_by_role("button", name="Start the export").click()
    expect(ann).to_have_url(re.compile(r"/jobs/job_"))
    backups.appliance.finish_all()
    root = backups.appliance.get("/settings/console")["export_folders"][0]
    job = backups.appliance.get("/jobs", kind="export")["items"][0]
    assert (job["status"], job["destination"]) == ("succeeded", f"{root}/case 7")


def test_f85_what_is_of_a_member_who_left_needs_a_target(ann: Page, backups: Backups) -> None:
    ann.goto("/recovery?status=%5B%22Archived%22%5D")
    row(ann, "Farid").click()
    expect(ann.get_by_role("tree")).to_be_visible()
    ann.get_by_role("button", name="Select everything at this date").click()
    basket(ann).get_by_role("button", name="Restore").click()
    expect(ann.get_by_label("To where it came from")).to_be_disabled()
    expect(ann.get_by_text("has left the team")).to_be_visible()


def test_f105_f109_f110_downloads_at_once_and_prepared(
    ann: Page, backups: Backups, axe: Callable[..., None], shot: Callable[[Page, str], None]
) -> None:
    ann.goto("/recovery/downloads")
    select(ann, backups, "/alpha", "Plan.txt", then="Download")
    axe(ann)
    check_reflow(ann)
    with ann.expect_download() as begun:
        ann.get_by_role("link", name="Download the zip file").click()
    names = zipfile.ZipFile(io.BytesIO(begun.value.path().read_bytes())).namelist()
    assert any(name.endswith("Plan.txt") for name in names)

    ann.get_by_label("Prepared, with a link").check()
    expect(ann.get_by_text("72 hours")).to_be_visible()
    ann.get_by_role("button", name="Prepare the download").click()
    expect(ann).to_have_url(re.compile(r"/jobs/job_"))
    backups.appliance.finish_all()
    ann.goto("/recovery/downloads")
    axe(ann)
    check_reflow(ann)
    shot(ann, "recovery-downloads")
    ann.get_by_role("button", name="New link").click()
    ann.get_by_role("button", name="Make a new link").click()
    with ann.context.expect_page() as opened:
        ann.get_by_role("link", name="Open it").click()
    landing = opened.value
    expect(landing.get_by_text("SHA-256")).to_be_visible()
    axe(landing)
    check_reflow(landing)
    with landing.expect_download() as fetched:
        landing.get_by_role("link", name="Download").click()
    assert zipfile.is_zipfile(fetched.value.path())
    ann.keyboard.press("Escape")
    ann.get_by_role("button", name="Delete").click()
    ann.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(ann.get_by_role("button", name="New link")).to_have_count(0)
    landing.reload()
    expect(landing.get_by_role("alert")).to_contain_text("The download was deleted")


# -- short ways ------------------------------------------------------------------------------------


def ends_with(page: Page, name: str) -> bool:
    """Go to the end of what is loaded; more follows by itself until this row is there."""
    page.keyboard.press("End")
    return row(page, name).is_visible()


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
