"""Export to a folder: every byte, no climbing out, resumable, nothing overwritten."""

import os
from pathlib import Path

import pytest
from dropally.common.errors import DropallyError, NotFoundError, UsageError
from dropally.dropbox_api import content_hash
from tests.jobs.appliance import ADMIN, Appliance, tree_on_disk


def test_f105_an_export_equals_what_was_backed_up(appliance: Appliance, tmp_path: Path) -> None:
    for number in range(30):
        appliance.put(f"/Docs/Ordner {number % 3}/Ä {number}.txt", f"text {number}")
    appliance.edit({"op": "mkdir", "path": "/Docs/Empty"})
    appliance.put("/Docs/dated.txt", "dated", client_modified="2020-02-02T02:02:02Z")
    appliance.backup()
    result = appliance.export(tmp_path / "out", f"{ADMIN}:/Docs")
    assert (result.files, result.problems, result.renamed) == (31, (), ())
    truth = {
        path.removeprefix("/"): digest
        for path, (kind, digest) in appliance.truth(appliance.home()).items()
        if kind == "file"
    }
    found = {path.lower(): digest for path, digest in tree_on_disk(tmp_path / "out").items()}
    assert found == truth
    assert (tmp_path / "out/Docs/Empty").is_dir()
    assert (tmp_path / "out/Docs/dated.txt").stat().st_mtime == 1580608922


def test_a_single_file_and_a_whole_restore_point(appliance: Appliance, tmp_path: Path) -> None:
    appliance.edit({"op": "add_team_folder", "name": "Sales", "members": {ADMIN: "editor"}})
    appliance.put("/plan.txt", "plan", team_folder="Sales")
    appliance.put("/A/mine.txt", "mine")
    appliance.backup()
    appliance.export(tmp_path / "one", f"{ADMIN}:/A/mine.txt")
    assert (tmp_path / "one/mine.txt").read_text() == "mine"
    appliance.export(tmp_path / "all")
    assert set(tree_on_disk(tmp_path / "all")) == {
        f"Members/{ADMIN}/A/mine.txt",
        "Team folders/Sales/plan.txt",
    }


def test_an_export_goes_on_and_mends_what_was_changed(appliance: Appliance, tmp_path: Path) -> None:
    for number in range(5):
        appliance.put(f"/{number}.txt", f"text {number}")
    appliance.backup()
    target = tmp_path / "out"
    appliance.export(target, f"{ADMIN}:/")
    (target / ADMIN / "0.txt").unlink()
    (target / ".dropally-partial-4194305").write_bytes(b"left by a killed export")
    again = appliance.export(target, f"{ADMIN}:/")
    assert (again.files, again.skipped) == (1, 4)
    assert not list(target.glob(".dropally-partial*"))
    changed = target / ADMIN / "1.txt"
    before = changed.stat()
    changed.write_text("text X")
    os.utime(changed, (before.st_atime, before.st_mtime))
    assert appliance.export(target, f"{ADMIN}:/").skipped == 5
    verified = appliance.export(target, f"{ADMIN}:/", verify=True)
    assert [problem.reason for problem in verified.problems] == [
        f"{changed} exists already and is different"
    ]
    assert changed.read_text() == "text X"


def test_nothing_is_written_through_a_link_out_of_the_target(
    appliance: Appliance, tmp_path: Path
) -> None:
    appliance.put("/Docs/secret.txt", "secret")
    appliance.backup()
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / "out" / ADMIN).mkdir(parents=True)
    (tmp_path / "out" / ADMIN / "Docs").symlink_to(outside)
    result = appliance.export(tmp_path / "out", f"{ADMIN}:/")
    assert list(outside.iterdir()) == []
    assert len(result.problems) == 2


def test_links_and_cloud_documents(appliance: Appliance, tmp_path: Path) -> None:
    options = {
        "export_as": "markdown",
        "export_options": ["markdown", "html"],
        "downloadable": False,
    }
    appliance.put("/Plan.paper", "# Plan", **options)
    appliance.put("/link", "x", symlink_target="../../etc/passwd")
    appliance.backup()
    result = appliance.export(tmp_path / "out", f"{ADMIN}:/")
    assert result.problems == ()
    names = {path.name for path in (tmp_path / "out" / ADMIN).iterdir()}
    assert names == {"Plan.paper.md", "Plan.paper.html", "link"}
    assert str((tmp_path / "out" / ADMIN / "link").readlink()) == "../../etc/passwd"


def test_names_that_a_disk_cannot_take_are_mapped_and_listed(
    appliance: Appliance, tmp_path: Path
) -> None:
    long_name = "\U0001f600" * 100 + ".txt"
    appliance.put(f"/{long_name}", "long")
    appliance.put("/CON.txt", "device")
    appliance.put("/what?.txt", "question")
    appliance.backup()
    result = appliance.export(tmp_path / "out", f"{ADMIN}:/", portable=True)
    assert (result.files, result.problems) == (3, ())
    assert len(result.renamed) == 3
    listed = (tmp_path / "out" / "dropally-renamed.tsv").read_text(encoding="utf-8")
    assert "%43ON.txt" in listed
    found = set(tree_on_disk(tmp_path / "out").values())
    assert content_hash([b"long"]) in found


def test_shared_folders_are_found_inside_a_members_tree(
    appliance: Appliance, tmp_path: Path
) -> None:
    appliance.put("/Work/Shared/together.txt", "together")
    appliance.edit({"op": "share", "path": "/Work/Shared"})
    for listed in (True, False):
        appliance.control.set_knobs(list_mount_points=listed)
        appliance.control.reset_cursors()
        appliance.backup()
        target = tmp_path / f"out {listed}"
        appliance.export(target, f"{ADMIN}:/Work")
        assert (target / "Work/Shared/together.txt").read_text() == "together"


def test_targets_that_cannot_be_are_refused(appliance: Appliance, tmp_path: Path) -> None:
    appliance.put("/a.txt", "a")
    appliance.backup()
    (tmp_path / "file").write_text("a file")
    with pytest.raises(UsageError, match="not a folder"):
        appliance.export(tmp_path / "file", f"{ADMIN}:/")
    with pytest.raises(DropallyError, match="cannot be written"):
        appliance.export(Path("/proc/nothing/here"), f"{ADMIN}:/")
    with pytest.raises(NotFoundError):
        appliance.export(tmp_path / "out", f"{ADMIN}:/b.txt")
