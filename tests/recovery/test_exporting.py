"""Downloads at once, prepared downloads with their links, and exports into folders."""

import csv
import hashlib
import io
import os
import threading
import zipfile
from collections.abc import Generator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from dropally.auth.actors import Client
from dropally.auth.errors import FieldsError, ForbiddenError
from dropally.auth.verbs import Role
from dropally.common.errors import DeniedError, NotFoundError, TryLaterError
from dropally.jobs.runner import Initiator
from dropally.recovery import downloads, exporting, housekeeping, selections
from dropally.recovery.context import ZIPS_AT_ONCE
from dropally.recovery.downloads import DownloadEndedError, PartFile
from dropally.recovery.exporting import ExportRequest
from dropally.recovery.selections import Tick
from dropally.recovery.staging import used_bytes
from dropally.recovery.zipping import REPORT_NAME, Zipping
from tests.jobs.appliance import ADMIN
from tests.recovery.appliance import BOB, Recovering, until

MIB = 1 << 20
HOME = Client("198.51.100.7", "curl/8.5.0")


def streamed(appliance: Recovering, selection: str) -> zipfile.ZipFile:
    made = exporting.stream(appliance.ctx, appliance.admin, selection)
    return zipfile.ZipFile(io.BytesIO(b"".join(made.pieces)))


def report(opened: zipfile.ZipFile) -> dict[str, str]:
    """Item -> outcome."""
    text = opened.read(REPORT_NAME).decode("utf-8-sig")
    return {row["Item"]: row["Outcome"] for row in csv.DictReader(io.StringIO(text))}


def token_of(appliance: Recovering) -> str:
    return appliance.people.mailed_token("export_ready", "ann@example.com")


def download_id(appliance: Recovering, job_id: str) -> str:
    found: dict[str, str] = msgspec.json.decode(appliance.runner.get(job_id).result)
    return found["download_id"]


def part(appliance: Recovering, number: int = 1) -> PartFile:
    return downloads.open_part(appliance.ctx, token_of(appliance), number, HOME)


def test_f130_a_zip_file_of_items_across_folders_and_people(appliance: Recovering) -> None:
    appliance.add_bob()
    appliance.backups.put("/Docs/Grüße 🎉.txt", "hello")
    appliance.backups.put("/Docs/Sub/deep.txt", "deep")
    appliance.backups.edit({"op": "mkdir", "path": "/Docs/Empty"})
    appliance.backups.put("/CON.txt", "a device")
    appliance.backups.put("/Docs/link", "x", symlink_target="/elsewhere")
    appliance.backups.put("/large.bin", **generated(12))
    appliance.backups.put("/his.txt", "his", member=BOB)
    appliance.backup()
    made = appliance.select((ADMIN, "/docs"), (ADMIN, "/con.txt"), (ADMIN, "/large.bin"), (BOB, ""))
    with streamed(appliance, made) as opened:
        assert opened.testzip() is None
        assert set(opened.namelist()) == {
            f"{ADMIN}/",
            f"{ADMIN}/Docs/",
            f"{ADMIN}/Docs/Empty/",
            f"{ADMIN}/Docs/Sub/",
            f"{ADMIN}/Docs/Grüße 🎉.txt",
            f"{ADMIN}/Docs/Sub/deep.txt",
            f"{ADMIN}/%43ON.txt",
            f"{ADMIN}/large.bin",
            f"{BOB}/",
            f"{BOB}/his.txt",
            REPORT_NAME,
        }
        assert opened.read(f"{ADMIN}/Docs/Grüße 🎉.txt") == b"hello"
        assert opened.getinfo(f"{ADMIN}/large.bin").file_size == 12 * MIB
        outcomes = report(opened)
        assert outcomes[f"/{ADMIN}/Docs/link"] == "left out"
        assert outcomes[f"/{ADMIN}/CON.txt"] == "in the zip file"
        assert len(outcomes) == 6


def generated(size_mib: int, seed: str = "seed") -> dict[str, Any]:
    return {"text": None, "generated": {"seed": seed, "size": size_mib * MIB}}


def damage(appliance: Recovering, marker: int) -> None:
    """Change a byte in the middle of every pack of at least that size."""
    for path in (appliance.backups.root / "repository" / "packs").rglob("*"):
        if path.is_file() and path.stat().st_size >= marker:
            content = bytearray(path.read_bytes())
            content[len(content) // 2] ^= 1
            path.chmod(0o600)
            path.write_bytes(content)


def test_files_of_a_lost_pack_are_listed_and_the_others_are_there(appliance: Recovering) -> None:
    appliance.backups.put("/small.txt", "fine")
    appliance.backup()
    appliance.backups.put("/large.bin", **generated(12))
    appliance.backup()
    for path in (appliance.backups.root / "repository" / "packs").rglob("*"):
        if path.is_file() and path.stat().st_size > 4 * MIB:
            path.unlink()
    with streamed(appliance, appliance.select((ADMIN, ""))) as opened:
        assert opened.read(f"{ADMIN}/small.txt") == b"fine"
        assert report(opened)[f"/{ADMIN}/large.bin"] == "failed"


def test_damaged_files_are_listed_and_cannot_be_unpacked_unnoticed(appliance: Recovering) -> None:
    appliance.backups.put("/small.txt", "fine")
    appliance.backup()
    appliance.backups.put("/large.bin", **generated(12))
    appliance.backup()
    damage(appliance, 4 * MIB)
    with streamed(appliance, appliance.select((ADMIN, ""))) as opened:
        assert opened.read(f"{ADMIN}/small.txt") == b"fine"
        with pytest.raises(zipfile.BadZipFile, match="CRC"):
            opened.read(f"{ADMIN}/large.bin")
        assert report(opened) == {
            f"/{ADMIN}/small.txt": "in the zip file",
            f"/{ADMIN}/large.bin": "failed",
        }
    row = appliance.export(appliance.select((ADMIN, "")))
    assert (row.status, row.problems) == ("partially_succeeded", 1)


def test_f107_f110_a_prepared_download_with_its_mail_and_checksum(appliance: Recovering) -> None:
    appliance.backups.put("/a.txt", "a")
    appliance.backups.put("/b.bin", **generated(3))
    appliance.backup()
    row = appliance.export(appliance.select((ADMIN, "")))
    assert (row.status, row.error) == ("succeeded", "")
    [(_, recipient, values)] = [m for m in appliance.people.mails() if m[0] == "export_ready"]
    assert recipient == "ann@example.com"
    assert values["link"].startswith("https://backup.example.com/download#dpd_")
    landing = downloads.landing(appliance.ctx, token_of(appliance))
    assert landing.expires == appliance.ctx.now() + timedelta(hours=72)
    file = part(appliance)
    content = file.path.read_bytes()
    assert hashlib.sha256(content).hexdigest() == file.sha256 == values["sha256"]
    assert landing.size_bytes == len(content) == int(values["size_bytes"])
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        assert opened.testzip() is None
    part(appliance)
    used = [r for r in appliance.people.audit(appliance.admin) if r.activity == "export_downloaded"]
    assert [(one.address, one.performed_by) for one in used] == [(HOME.address, "system")]


def test_f237_the_latest_is_the_last_good_one(appliance: Recovering) -> None:
    """A run that could not read somebody's home keeps what the run before it had."""
    appliance.add_bob()
    appliance.backups.put("/plan.txt", "the plan", member=BOB)
    appliance.backup()
    appliance.backups.put("/plan.txt", "not to be read", member=BOB)
    home = appliance.backups.home(BOB)
    appliance.backups.control.set_faults({"action": "no_permission", "namespace": home})
    appliance.backup()
    with streamed(appliance, appliance.select((BOB, ""))) as opened:
        assert opened.read(f"{BOB}/plan.txt") == b"the plan"


def test_f108_after_72_hours_and_a_second_it_is_gone(appliance: Recovering) -> None:
    appliance.backups.put("/a.txt", "a")
    appliance.backup()
    appliance.export(appliance.select((ADMIN, "")))
    token, folder = token_of(appliance), appliance.ctx.folder("downloads")
    appliance.people.clock.advance(72 * 3600 - 1)
    part(appliance)
    assert housekeeping.run(appliance.ctx) == 0
    assert used_bytes(folder) > 0
    appliance.people.clock.advance(2)
    with pytest.raises(DownloadEndedError):
        downloads.landing(appliance.ctx, token)
    assert housekeeping.run(appliance.ctx) == 1
    assert used_bytes(folder) == 0
    with pytest.raises(DownloadEndedError):
        part(appliance)


def test_a_new_link_ends_the_old_one_and_deleting_ends_both(appliance: Recovering) -> None:
    appliance.backups.put("/a.txt", "a")
    appliance.backup()
    row = appliance.export(appliance.select((ADMIN, "")))
    first, found = token_of(appliance), download_id(appliance, row.id)
    assert downloads.get_download(appliance.ctx, appliance.admin, found).state == "ready"
    link = downloads.make_link(appliance.ctx, appliance.admin, found)
    with pytest.raises(NotFoundError):
        downloads.landing(appliance.ctx, first)
    assert downloads.landing(appliance.ctx, link.token).title == row.title
    helper = appliance.person(Role.HELP_DESK)
    for act in (downloads.make_link, downloads.delete_download, downloads.get_download):
        with pytest.raises(ForbiddenError):
            act(appliance.ctx, helper, found)
    downloads.delete_download(appliance.ctx, appliance.admin, found)
    with pytest.raises(DownloadEndedError):
        downloads.landing(appliance.ctx, link.token)
    assert used_bytes(appliance.ctx.folder("downloads")) == 0
    for wrong in ("", "dpd_", "dpd_" + "x" * 43, found, link.token[4:]):
        with pytest.raises(NotFoundError):
            downloads.landing(appliance.ctx, wrong)


def test_a_download_in_parts_is_several_whole_zip_files(appliance: Recovering) -> None:
    for number in range(5):
        appliance.backups.put(f"/{number}.bin", **generated(1, f"{number}"))
    appliance.backup()
    row = appliance.export(appliance.select((ADMIN, "")), part_bytes=2 * MIB)
    assert appliance.summary(row)["parts"] == 3
    names: list[str] = []
    for number in (1, 2, 3):
        file = part(appliance, number)
        assert file.name.endswith(f" part {number} of 3.zip")
        with zipfile.ZipFile(file.path) as opened:
            assert opened.testzip() is None
            names += opened.namelist()
    assert len([name for name in names if name.endswith(".bin")]) == 5
    with pytest.raises(NotFoundError):
        part(appliance, 4)


def test_no_room_is_said_before_anything_is_written(appliance: Recovering) -> None:
    appliance.backups.put("/a.bin", **generated(2))
    appliance.backup()
    made = appliance.select((ADMIN, ""))
    appliance.set(export_staging_max_bytes=MIB)
    with pytest.raises(DeniedError, match="may take"):
        exporting.start(appliance.ctx, appliance.admin, ExportRequest(selection_id=made))
    assert b"".join(exporting.stream(appliance.ctx, appliance.admin, made).pieces)


def test_cancelling_leaves_no_file(appliance: Recovering, monkeypatch: pytest.MonkeyPatch) -> None:
    appliance.backups.put("/a.bin", **generated(12))
    appliance.backup()
    made = appliance.select((ADMIN, ""))
    streamed, is_under_way = Zipping._streamed, threading.Event()

    def paused(zipping: Zipping, *file: Any) -> Iterator[Any]:
        for number, piece in enumerate(streamed(zipping, *file)):
            yield piece
            if number == 3:
                is_under_way.set()
                assert zipping._context.cancelled.wait(120)

    monkeypatch.setattr(Zipping, "_streamed", paused)
    job = exporting.start(appliance.ctx, appliance.admin, ExportRequest(selection_id=made))
    folder = appliance.ctx.folder("downloads")
    assert is_under_way.wait(120)
    assert used_bytes(folder) > 0
    appliance.runner.cancel(job.id, Initiator("user", "u", "U"))
    assert appliance.finish(job.id).status == "canceled"
    assert used_bytes(folder) == 0


def test_what_a_killed_process_left_is_deleted_and_the_job_done_again(
    appliance: Recovering,
) -> None:
    appliance.backups.put("/a.txt", "a")
    appliance.backup()
    folder = appliance.ctx.folder("downloads")
    (folder / "dwn_orphan").mkdir()
    (folder / "dwn_orphan" / "1.partial").write_bytes(b"half")
    appliance.restart_runner()
    assert used_bytes(folder) == 0
    row = appliance.export(appliance.select((ADMIN, "")))
    appliance.restart_runner()
    assert used_bytes(folder) == part(appliance).size_bytes
    assert row.status == "succeeded"


def test_f96_an_export_to_a_folder_goes_only_where_it_may(
    appliance: Recovering, tmp_path: Path
) -> None:
    appliance.backups.put("/Docs/a.txt", "a")
    appliance.backup()
    made = appliance.select((ADMIN, "/docs"))
    allowed = tmp_path / "exports"
    allowed.mkdir()
    (allowed / "out").symlink_to("/etc")
    wanted = ExportRequest(selection_id=made, to="folder", folder=str(allowed / "mine"))
    with pytest.raises(DeniedError, match="not allowed"):
        exporting.start(appliance.ctx, appliance.admin, wanted)
    appliance.set(export_folders=(allowed,))
    for folder in (
        "/etc",
        f"{allowed}/../elsewhere",
        f"{allowed}/out/here",
        "relative",
        f"{allowed}x",
        f"{allowed}/a\0b",
        "/" + "x" * 5000,
    ):
        with pytest.raises(FieldsError):
            exporting.start(
                appliance.ctx,
                appliance.admin,
                ExportRequest(selection_id=made, to="folder", folder=folder),
            )
    row = appliance.export(made, to="folder", folder=str(allowed / "mine"))
    assert (row.status, row.destination) == ("succeeded", str(allowed / "mine"))
    assert (allowed / "mine" / "Docs" / "a.txt").read_text() == "a"


def test_only_who_may_export_and_download_can(appliance: Recovering) -> None:
    appliance.backups.put("/a.txt", "a")
    appliance.backup()
    desk = appliance.person(Role.HELP_DESK)
    made = selections.create(appliance.ctx, desk).id
    selections.add(
        appliance.ctx, desk, made, [Tick(entity_id=appliance.id_of(), point_id="latest")]
    )
    with pytest.raises(ForbiddenError):
        exporting.stream(appliance.ctx, desk, made)
    with pytest.raises(ForbiddenError):
        exporting.start(appliance.ctx, desk, ExportRequest(selection_id=made))
    with pytest.raises(NotFoundError):
        exporting.stream(appliance.ctx, appliance.admin, made)


def test_f103_one_mail_at_the_end_of_a_restore(appliance: Recovering) -> None:
    appliance.backups.put("/a.txt", "a")
    appliance.backups.put("/link", "x", symlink_target="/elsewhere")
    appliance.backup()
    row = appliance.restore(appliance.select((ADMIN, "")))

    def mails() -> list[tuple[str, str, dict[str, str]]]:
        return [mail for mail in appliance.people.mails() if mail[0] == "restore_finished"]

    until(mails)
    [(_, recipient, values)] = mails()
    assert recipient == "ann@example.com"
    assert (values["restored"], values["failed"]) == ("1", "1")
    assert values["link"] == f"https://backup.example.com/jobs/{row.id}"
    assert "/link" in values["not_restored"]


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.slow
def test_memory_stays_flat_for_a_large_zip_file(appliance: Recovering) -> None:
    """Half a gibibyte of content that does not repeat, and the process grows by little."""
    for number in range(4):
        appliance.backups.put(f"/{number}.bin", **generated(128, f"{number}"))
    appliance.backup()
    made = appliance.select((ADMIN, ""))
    small = appliance.select((ADMIN, "/0.bin"))
    for _ in exporting.stream(appliance.ctx, appliance.admin, small).pieces:
        pass  # what is loaded once is loaded
    before, peak, total = resident_bytes(), 0, 0
    ended = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not ended.wait(0.01):
            peak = max(peak, resident_bytes())

    watcher = threading.Thread(target=watch)
    watcher.start()
    for piece in exporting.stream(appliance.ctx, appliance.admin, made).pieces:
        total += len(piece)
    ended.set()
    watcher.join()
    assert total > 512 * MIB
    assert peak - before < 96 * MIB


def test_only_so_many_zip_files_are_made_at_once(appliance: Recovering) -> None:
    appliance.backups.put("/a.txt", "a")
    appliance.backup()
    selection = appliance.select((ADMIN, ""))
    begun = []
    for _ in range(ZIPS_AT_ONCE):
        pieces = exporting.stream(appliance.ctx, appliance.admin, selection).pieces
        next(pieces)
        assert isinstance(pieces, Generator)
        begun.append(pieces)
    with pytest.raises(TryLaterError, match="are being sent already"):
        exporting.stream(appliance.ctx, appliance.admin, selection)
    begun.pop().close()
    streamed(appliance, selection)
    for pieces in begun:
        pieces.close()
