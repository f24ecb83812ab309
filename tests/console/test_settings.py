"""The settings and storages in the browser: what is changed on their pages."""

from collections.abc import Callable

from playwright.sync_api import Dialog, Page, expect
from tests.console.appliance import Appliance
from tests.console.browser import PHONE
from tests.console.fields import field, press

Axe = Callable[..., None]


def test_f15_f145_settings_are_saved_locked_and_told(proved_page: Page, console: Appliance) -> None:
    page = proved_page
    page.goto("/settings/organisation")
    name = field(page, "Name of the organisation")
    name.fill("Hollenberg GmbH")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_text("Saved.").first).to_be_visible()
    assert console.get("/organisation")["name"] == "Hollenberg GmbH"
    page.goto("/settings/connections")
    expect(field(page, "App key")).to_be_disabled()
    expect(page.get_by_text("Set in the environment.")).to_be_visible()
    page.get_by_role("link", name="Hollenberg Instruments").click()
    press(page, "Check now")
    expect(page.get_by_text("Read, and restore into Dropbox")).to_be_visible()
    page.goto("/settings/limits")
    field(page, "Jobs at the same time").fill("3")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_text("Counts after the next start of Dropally.").first).to_be_visible()
    with console.service.operator() as operator:  # as it was, for the other tests
        operator.patch("/api/v1/organisation", json={"name": "Hollenberg"})
        changes = {"changes": {"limits.jobs_at_once": None}}
        operator.patch("/api/v1/settings", json=changes, headers={"If-Match": "*"})


def test_f153_save_stays_in_view_and_changes_are_not_left_unasked(page: Page) -> None:
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    page.goto("/settings/defaults")
    hour = field(page, "At")
    hour.fill("04:00")
    save = page.get_by_role("button", name="Save")
    for place in (0, 400):
        page.evaluate("top => window.scrollTo(0, top)", place)
        expect(save).to_be_in_viewport(ratio=1)
    expect(page.get_by_text("1 change", exact=True)).to_be_visible()
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.once("dialog", stay)
    page.get_by_role("link", name="Limits").click()
    expect(page.get_by_role("heading", level=1, name="Defaults")).to_be_visible()
    assert asked == ["Leave this page? What you changed is not saved."]
    press(page, "Discard")
    expect(hour).not_to_have_value("04:00")
    page.get_by_role("link", name="Limits").click()
    expect(page.get_by_role("heading", level=1, name="Limits")).to_be_visible()


def test_the_rules_for_people_are_saved(proved_page: Page, console: Appliance) -> None:
    page = proved_page
    page.goto("/settings/security")
    field(page, "Shortest password (characters)").fill("14")
    press(page, "Save")
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert console.get("/security")["policy"]["password_min"] == 14
    with console.service.operator() as operator:
        changes = {"changes": {"password_min": 12}}
        operator.patch("/api/v1/security", json=changes, headers={"If-Match": "*"})


def test_f17_a_second_storage_is_added_in_the_console(
    proved_page: Page, console: Appliance, axe: Axe
) -> None:
    page = proved_page
    page.goto("/storage")
    press(page, "Add a storage")
    field(page, "Short name").fill("second")
    field(page, "Folder").fill(str(console.service.data.parent / "second"))
    field(page, "Where is that?").fill("Branch office, Lyon (FR)")
    axe(page)
    press(page, "Test and add")
    expect(page.get_by_role("heading", level=1, name="Branch office, Lyon (FR)")).to_be_visible()
    press(page, "Make the key")
    page.get_by_label("I have kept it in a safe place").check()
    expect(page.get_by_role("button", name="Confirm", exact=True)).to_be_visible()
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("The storage can be used")).to_be_visible()
    axe(page)
    with console.service.operator() as operator:
        assert operator.delete("/api/v1/storages/second").is_success
