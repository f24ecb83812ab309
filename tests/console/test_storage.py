"""A storage's page: proof, space, copies, moving, keys."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.console.appliance import EMAIL, PASSWORD, TEAM_ADMIN, Appliance
from tests.console.fields import field, press
from tests.console.looks import check_reflow
from tests.console.people import browser_of
from tests.store.backend.locked_s3 import serving_locked_s3

Axe = Callable[..., None]
Shot = Callable[[Page, str], None]


@dataclass
class Vault:
    """A storage beside the one that the other tests use, with the appliance's own backup in it."""

    console: Appliance
    folder: Path
    recovery_code: str

    def add(self, name: str) -> Path:
        """One more storage; its folder."""
        folder = self.folder.with_name(name)
        _ask(self.console, "POST", "/storages", {"id": name, "kind": "local", "path": str(folder)})
        return folder


def damage_a_pack(repository: Path) -> str:
    """Change one bit in the middle of the largest pack; its name."""
    packs = (one for one in (repository / "packs").rglob("*") if one.is_file())
    path = max(packs, key=lambda one: (one.stat().st_size, one.name))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    return path.name


@pytest.fixture
def vault(console: Appliance, tmp_path: Path) -> Iterator[Vault]:
    before = {one["id"] for one in console.get("/storages")["items"]}
    made = Vault(console, tmp_path / "vault", "")
    made.add("vault")
    made.recovery_code = _ask(console, "POST", "/storages/vault/repository")["recovery_code"]
    _ask(console, "POST", "/appliance/self-backups", {"storage_ids": ["vault"]})
    console.finish_all()
    yield made
    console.finish_all()
    for name in {one["id"] for one in console.get("/storages")["items"]} - before:
        _ask(console, "DELETE", f"/storages/{name}")


def _ask(console: Appliance, method: str, path: str, body: object = None) -> Any:
    """As the machine's operator, whom nothing asks for a password."""
    with console.service.operator() as operator:
        answer = operator.request(method, f"/api/v1{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None


def open_tab(page: Page, tab: str, heading: str, storage: str = "vault") -> None:
    page.goto(f"/storage/{storage}?tab={tab}")
    expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    expect(page.get_by_role("main").get_by_role("status", name="Loading")).to_have_count(0)


def check_looks(page: Page, name: str, axe: Axe, shot: Shot) -> None:
    axe(page)
    check_reflow(page)
    shot(page, name)


def test_f187_a_storage_is_copied_verified_healed_and_drilled(
    proved_page: Page, vault: Vault, axe: Axe, shot: Shot
) -> None:
    page = proved_page
    vault.add("copy")
    open_tab(page, "replicas", "Copy to another storage")
    expect(page.get_by_text("There is no replica")).to_be_visible()
    page.get_by_role("combobox", name="To").click()
    page.get_by_role("option", name="copy").click()
    press(page, "Replicate now")
    card = page.get_by_role("listitem").filter(has_text="Last copied")
    expect(card.get_by_text("OK")).to_be_visible()
    press(page, "Replicate by itself")
    expect(card.get_by_text("no time is set for it")).to_be_visible()
    check_looks(page, "storage-replicas", axe, shot)
    card.get_by_role("button", name="No longer by itself").click()
    expect(card.get_by_text("only when somebody asks")).to_be_visible()
    damage_a_pack(vault.folder)
    open_tab(page, "proof", "Is what was backed up still there?")
    press(page, "Verify now")
    expect(page.get_by_text("Part of this storage is damaged")).to_be_visible()
    check_looks(page, "storage-damaged", axe, shot)
    press(page, "Repair")
    expect(page.get_by_text("healed from a replica")).to_be_visible()
    expect(page.get_by_text("Part of this storage is damaged")).to_have_count(0)
    expect(page.get_by_text("100% verified")).to_be_visible()
    press(page, "Drill now")
    expect(page.get_by_text("files restored to nowhere")).to_be_visible()
    axe(page)


def test_f187_damaged_packs_are_listed_with_the_files_that_they_concern(
    browser: Browser, own_console: Appliance, axe: Axe, shot: Shot
) -> None:
    film = {"path": "/Film.bin", "generated": {"seed": "film", "size": 300_000}}
    own_console.simulator.control.edit({"op": "put", "member": TEAM_ADMIN, **film})
    own_console.back_up()
    pack = damage_a_pack(own_console.service.data / "repository")
    with browser_of(browser, own_console, EMAIL, PASSWORD) as page:
        open_tab(page, "proof", "Is what was backed up still there?", storage="main")
        press(page, "Verify now")
        expect(page.get_by_text("Part of this storage is damaged")).to_be_visible()
        objects = page.get_by_role("table", name="Objects").get_by_role("row")
        expect(objects).to_have_count(2)  # the header, and the one
        expect(objects.last).to_contain_text(pack)
        files = page.get_by_role("table", name="Files concerned").get_by_role("row")
        expect(files).to_have_count(2)
        expect(files.last).to_contain_text("/film.bin in the newest backup", ignore_case=True)
        check_looks(page, "storage-damaged-files", axe, shot)


def test_locks_of_a_bucket_are_told_and_extended(
    proved_page: Page, console: Appliance, axe: Axe, shot: Shot
) -> None:
    page = proved_page
    with serving_locked_s3() as s3:
        options = s3.options(object_lock="governance 30d")
        bucket = {"kind": "s3", "bucket": s3.new_bucket(), "options": options}
        _ask(console, "POST", "/storages", {"id": "locked", **bucket})
        try:
            _ask(console, "POST", "/storages/locked/repository")
            open_tab(page, "space", "Object lock", storage="locked")
            heading = page.get_by_role("heading", name="Object lock", exact=True)
            section = page.locator("section").filter(has=heading)
            expect(section.get_by_text("governance 30d")).to_be_visible()
            section.get_by_role("button", name="Extend locks now").click()
            expect(section.get_by_text("First lock ends")).to_be_visible()
            expect(section.get_by_text("Last extended")).to_be_visible()
            check_looks(page, "storage-lock", axe, shot)
            console.finish_all()
            found = _ask(console, "GET", "/storages/locked/lock")
            assert found["last_run"]["extended"] == found["state"]["needed_objects"] > 0
        finally:
            console.finish_all()
            _ask(console, "DELETE", "/storages/locked")


def test_f59_space_is_looked_for_and_freed(
    proved_page: Page, vault: Vault, axe: Axe, shot: Shot
) -> None:
    page = proved_page
    open_tab(page, "space", "Free space")
    press(page, "Look only")
    expect(page.get_by_role("heading", name="What would be freed")).to_be_visible()
    expect(page.get_by_role("table", name="Why")).to_be_visible()
    check_looks(page, "storage-space", axe, shot)
    press(page, "Free space now")
    expect(page.get_by_role("heading", name="What the last run freed")).to_be_visible()


def test_f61_f146_a_storage_moves_and_its_old_place_is_let_go(
    proved_page: Page, vault: Vault, axe: Axe, shot: Shot
) -> None:
    page = proved_page
    place = vault.add("place")
    open_tab(page, "move", "Move to another place")
    page.get_by_role("combobox", name="To the place of").click()
    page.get_by_role("option", name="place").click()
    press(page, "How much would that be?")
    expect(page.get_by_text(re.compile(r"\d+ objects would be copied"))).to_be_visible()
    check_looks(page, "storage-move", axe, shot)
    press(page, "Move")
    dialog = page.get_by_role("dialog", name="Move vault?")
    expect(dialog.get_by_text(str(place))).to_be_visible()
    dialog.get_by_role("button", name="Move").click()
    expect(page.get_by_text(f"This storage lies at {place} now")).to_be_visible()
    axe(page)
    press(page, "Let the old place go")
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_text("This storage lies at")).to_have_count(0)
    assert "place" not in {one["id"] for one in vault.console.get("/storages")["items"]}


def check_that_the_own_key_stays(page: Page, axe: Axe) -> None:
    """Beside the recovery code, which cannot be removed here, it is the only one so far."""
    page.get_by_role("button", name=re.compile("^Remove ")).click()
    dialog = page.get_by_role("dialog", name=re.compile("^Remove "))
    dialog.get_by_role("button", name="Remove", exact=True).click()
    refused = dialog.get_by_role("alert")
    expect(refused).to_contain_text("The appliance itself opens the repository by this slot")
    expect(refused).to_contain_text("Choose another slot; new keys for all replace it")
    axe(page)
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    rows = page.get_by_role("table", name="Key slots").get_by_role("row")
    expect(rows).to_have_count(3)  # the header, the code, and the key file that is still there


def test_keys_are_added_removed_printed_again_and_begun_anew(
    proved_page: Page, vault: Vault, axe: Axe, shot: Shot
) -> None:
    page = proved_page
    code = vault.recovery_code
    _ask(vault.console, "POST", "/storages/vault/recovery-code/confirm", {"code": code})
    open_tab(page, "keys", "Key slots")
    slots = page.get_by_role("table", name="Key slots")
    check_that_the_own_key_stays(page, axe)
    press(page, "Add a secret")
    field(page, "Label").fill("In the safe")
    for label in ("Passphrase", "The same once more"):
        page.get_by_role("textbox", name=label).fill("a sentence for the safe")
    axe(page)
    press(page, "Add")
    expect(slots.get_by_role("row").filter(has_text="In the safe")).to_be_visible()
    press(page, "Add a secret")
    page.get_by_role("dialog").get_by_text("Key file", exact=True).click()
    field(page, "Label").fill("Branch office")
    with page.expect_download() as saved:
        press(page, "Make and save the file")
    assert saved.value.suggested_filename.endswith(".key")
    check_looks(page, "storage-keys", axe, shot)
    press(page, "Remove Branch office")
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(slots.get_by_role("row").filter(has_text="Branch office")).to_have_count(0)
    press(page, "Recovery kit again")
    field(page, "Recovery code").fill(code)
    with page.expect_download() as saved:
        press(page, "Save the kit")
    assert saved.value.suggested_filename == "dropally-recovery-kit.pdf"
    press(page, "Begin new keys")
    dialog = page.get_by_role("dialog", name="Begin new keys")
    field(page, "Recovery code").fill(code)
    axe(page)
    dialog.get_by_role("button", name="Begin new keys").click()
    expect(page.get_by_text(re.compile("New keys, number 2"))).to_be_visible()
    expect(slots.get_by_role("row").filter(has_text="In the safe")).to_have_count(0)
