"""From an empty machine to the first backup, in the browser; and from a lost one."""

import re
from collections.abc import Callable
from pathlib import Path

import httpx
from dropally.simulator import Simulator
from playwright.sync_api import Browser, Locator, Page, expect
from tests.cli.terminal import allow, shown_code
from tests.console.appliance import (
    APP_KEY,
    EMAIL,
    PASSWORD,
    TEAM_ADMIN,
    Appliance,
    empty_appliance,
    filled_appliance,
)
from tests.console.browser import opened_context
from tests.console.fields import field, press
from tests.console.looks import check_reflow
from tests.console.teams import small_team
from tests.console.waiting import wait_until

_CODE = re.compile(r"^([0-9A-Z]{5}-){7}[0-9A-Z]{5}$")
_GROUP = re.compile(r"Group \d")
_HTTP = re.compile("^http://")
Axe = Callable[..., None]
Shot = Callable[[Page, str], None]


def _step(page: Page, title: str) -> Locator:
    found = page.get_by_role("heading", level=1, name=title)
    expect(found).to_be_visible()
    return found


def _looks(page: Page, name: str, axe: Axe, shot: Shot) -> None:
    axe(page)
    check_reflow(page)
    shot(page, f"setup-{name}")


def test_f11_f13_f14_f17_f23_from_an_empty_machine_to_the_first_backup(
    browser: Browser, tmp_path: Path, axe: Axe, shot: Shot
) -> None:
    with (
        small_team() as simulator,
        empty_appliance(tmp_path, simulator, DROPALLY__DROPBOX__APP_KEY="") as appliance,
        opened_context(browser, appliance.url) as context,
    ):
        page = context.new_page()
        page.goto("/")
        _choose_and_become_administrator(page, appliance, axe, shot)
        _set_address(page, axe, shot)
        _choose_storage(page, tmp_path, axe, shot)
        _keep_the_key(page, axe, shot)
        _enter_app_key(page, axe, shot)
        _connect(page, axe, shot)
        _choose_what_and_when(page, axe, shot)
        _run_first_backup(page, axe, shot)
        page.get_by_role("link", name="Go to Home").click()
        _step(page, "Home")


def _choose_and_become_administrator(
    page: Page, appliance: Appliance, axe: Axe, shot: Shot
) -> None:
    _step(page, "Welcome to Dropally")
    _looks(page, "way", axe, shot)
    page.get_by_role("link", name="Set up a new appliance").click()
    _step(page, "The first administrator")
    field(page, "Setup code").fill(appliance.setup_code())
    field(page, "Your name").fill("Ann Berger")
    field(page, "E-mail").fill(EMAIL)
    field(page, "Password").fill("short")
    field(page, "Password again").fill("another")
    field(page, "Organisation").fill("Hollenberg")
    press(page, "Create and continue")
    expect(page.get_by_text("Is not the same password")).to_be_visible()
    expect(field(page, "Password")).to_have_attribute("aria-invalid", "true")
    _looks(page, "administrator", axe, shot)
    field(page, "Password").fill(PASSWORD)
    field(page, "Password again").fill(PASSWORD)
    press(page, "Create and continue")


def _set_address(page: Page, axe: Axe, shot: Shot) -> None:
    _step(page, "Address")
    expect(page.get_by_text("This page came by plain http")).to_be_visible()
    page.get_by_text("What arrived of this request").click()
    expect(page.get_by_role("cell", name="127.0.0.1").first).to_be_visible()
    _looks(page, "address", axe, shot)
    press(page, "Continue")


def _choose_storage(page: Page, folder: Path, axe: Axe, shot: Shot) -> None:
    _step(page, "Storage")
    field(page, "Folder").fill("/proc/none")
    press(page, "Test connection")
    expect(page.get_by_text("The storage cannot be used")).to_be_visible()
    field(page, "Folder").fill(str(folder / "backups"))
    field(page, "Where is that?").fill("Server room, Berlin (DE)")
    press(page, "Test connection")
    expect(page.get_by_text("The storage can be used")).to_be_visible()
    _looks(page, "storage", axe, shot)
    press(page, "Continue")


def _keep_the_key(page: Page, axe: Axe, shot: Shot) -> None:
    _step(page, "Encryption key")
    press(page, "Make the key")
    code = page.get_by_text(_CODE).first.inner_text()
    with page.expect_download() as started:
        press(page, "Recovery kit (PDF)")
    assert started.value.suggested_filename == "dropally-recovery-kit.pdf"
    assert started.value.path().read_bytes().startswith(b"%PDF")
    field(page, "I have kept it in a safe place").check()
    _looks(page, "key", axe, shot)
    page.reload()  # the code is gone; the step goes on where it was
    fields = page.get_by_label(_GROUP)
    expect(fields).to_have_count(2)
    _type_groups(fields, "0" * 47)
    press(page, "Confirm")
    expect(page.get_by_text("not the recovery code")).to_be_visible()
    _type_groups(fields, code)
    press(page, "Confirm")


def _type_groups(fields: Locator, code: str) -> None:
    groups = code.split("-") if "-" in code else [code[:5]] * 8
    for one in fields.all():
        label = one.evaluate("one => one.labels[0].innerText")
        number = int("".join(letter for letter in label if letter.isdigit()))
        one.fill(groups[number - 1])


def _enter_app_key(page: Page, axe: Axe, shot: Shot) -> None:
    _step(page, "Dropbox app")
    expect(page.get_by_text("team_data.content.read")).to_be_visible()
    field(page, "App key").fill(APP_KEY)
    _looks(page, "app", axe, shot)
    press(page, "Continue")


def _connect(page: Page, axe: Axe, shot: Shot) -> None:
    _step(page, "Connect the team")
    page.get_by_text("Read and restore").click()
    link = page.get_by_role("link", name="Open Dropbox")
    expect(link).to_have_attribute("href", _HTTP)
    field(page, "Code of Dropbox").fill("nonsense")
    press(page, "Connect")
    expect(page.get_by_role("alert")).to_be_visible()
    _looks(page, "connect", axe, shot)
    code = shown_code(allow(str(link.get_attribute("href")), TEAM_ADMIN))
    field(page, "Code of Dropbox").fill(f" {code} ")
    press(page, "Connect")
    expect(page.get_by_text("Empty team is connected")).to_be_visible()
    _looks(page, "connected", axe, shot)
    page.get_by_role("link", name="Continue").click()


def _choose_what_and_when(page: Page, axe: Axe, shot: Shot) -> None:
    _step(page, "What to protect")
    _looks(page, "protect", axe, shot)
    press(page, "Create the task")
    expect(page.get_by_text("All of it is backed up.")).to_be_visible()
    _looks(page, "found", axe, shot)
    page.get_by_role("link", name="Continue").click()
    _step(page, "When, and for how long")
    field(page, "At").fill("04:30")
    expect(page.get_by_text("04:30").first).to_be_visible()
    expect(page.get_by_text("calls to Dropbox a day")).to_be_visible()
    _looks(page, "schedule", axe, shot)
    press(page, "Continue")
    _step(page, "Whom to tell")
    _looks(page, "mail", axe, shot)
    page.get_by_role("link", name="Later").click()


def _run_first_backup(page: Page, axe: Axe, shot: Shot) -> None:
    _step(page, "First backup")
    expect(page.get_by_text("Nobody is told of failures")).to_be_visible()
    flight = page.get_by_role("list", name="What is needed")
    expect(flight.get_by_role("listitem")).to_have_count(5)
    press(page, "Start the first backup now")
    expect(page.get_by_text("The team is backed up")).to_be_visible()
    _looks(page, "start", axe, shot)


def test_a_lost_appliance_comes_back_in_the_browser(
    browser: Browser, tmp_path: Path, axe: Axe, shot: Shot
) -> None:
    with small_team() as team:
        _lose_and_recover(browser, team, tmp_path, axe, shot)


def _lose_and_recover(
    browser: Browser, team: Simulator, tmp_path: Path, axe: Axe, shot: Shot
) -> None:
    with filled_appliance(tmp_path / "lost", team) as lost:
        code, repository = lost.recovery_code, tmp_path / "lost" / "data" / "repository"
        lost.post("/appliance/self-backups", {})
        lost.finish_all()
    with (
        empty_appliance(tmp_path / "new", team) as appliance,
        opened_context(browser, appliance.url, may_log=("net::ERR_",)) as context,
    ):
        page = context.new_page()
        page.goto("/setup")
        page.get_by_role("link", name="Recover an existing appliance").click()
        field(page, "Setup code").fill(appliance.setup_code())
        field(page, "Folder").fill(str(repository))
        page.get_by_role("textbox", name="Recovery code").fill("WRONG-CODE")
        press(page, "Look for self-backups")
        expect(page.get_by_role("alert")).to_be_visible()
        _looks(page, "recover", axe, shot)
        page.get_by_role("textbox", name="Recovery code").fill(code)
        press(page, "Look for self-backups")
        expect(page.get_by_role("radio").first).to_be_checked()
        _looks(page, "self-backups", axe, shot)
        before = appliance.url
        press(page, "Recover")
        expect(page.get_by_role("heading", level=1, name="Recovered")).to_be_visible()
        wait_until(lambda: bool(appliance.service.all_told()) and appliance.url != before, 60)
        page.goto(f"{appliance.url}/setup?way=recover")
        expect(page.get_by_text("Dropally is back")).to_be_visible()
        _looks(page, "recovered", axe, shot)
        page.get_by_role("link", name="Sign in").click()
        expect(page.get_by_role("heading", level=1, name="Sign in")).to_be_visible()
        with httpx.Client(base_url=appliance.url, timeout=60) as client:
            answer = client.post("/api/v1/session", json={"email": EMAIL, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
            [task] = client.get("/api/v1/tasks").json()["items"]
        assert task["name"] == "Whole team"
