"""Namespaces in which nothing changed cost one call, and nothing on the disk."""

from pathlib import Path

from dropally.catalog.cursors import FILE_NAME, read_cursors
from tests.jobs.appliance import Appliance


def stage_folder(appliance: Appliance) -> Path:
    [folder] = (appliance.root / "data" / "stage").glob("*/*")
    return folder


def test_a_quiet_run_asks_once_and_stages_nothing(appliance: Appliance) -> None:
    appliance.put("/a.txt", "a")
    appliance.backup()
    folder = stage_folder(appliance)
    assert list(folder.glob("*.db*")) == []  # what was staged is in the snapshot
    appliance.control.reset_metrics()
    [outcome] = appliance.backup().outcomes
    assert outcome.status == "unchanged"
    assert outcome.stats["files"] == 1
    assert appliance.calls("files/list_folder") == 0
    assert appliance.calls("files/list_folder/continue") == 1
    assert list(folder.glob("*.db*")) == []


def test_what_came_and_went_is_not_listed_again(appliance: Appliance) -> None:
    appliance.put("/a.txt", "a")
    appliance.backup()
    appliance.put("/b.txt", "b")
    appliance.edit({"op": "delete", "path": "/b.txt"})
    [outcome] = appliance.backup().outcomes
    assert outcome.status == "unchanged"
    home = appliance.home()
    kept = read_cursors(stage_folder(appliance))[home]
    assert (kept.snapshot, kept.cursor) == (outcome.snapshot, outcome.cursor)
    appliance.put("/c.txt", "c")
    [outcome] = appliance.backup().outcomes
    assert outcome.status == "new"
    assert appliance.kept(home) == appliance.truth(home)


def test_without_the_kept_cursors_it_goes_on_from_the_snapshots(appliance: Appliance) -> None:
    appliance.put("/a.txt", "a")
    appliance.backup()
    appliance.backup()
    path = stage_folder(appliance) / FILE_NAME
    for damage in (path.unlink, lambda: path.write_bytes(b"no database" * 500)):
        damage()
        appliance.put("/b.txt", f"b{damage}")
        appliance.backup()
        home = appliance.home()
        assert appliance.kept(home) == appliance.truth(home)
        appliance.backup()


def test_a_cursor_that_dropbox_gave_up_lists_everything(appliance: Appliance) -> None:
    appliance.put("/a.txt", "a")
    appliance.backup()
    appliance.put("/b.txt", "b")
    appliance.control.reset_cursors()
    [outcome] = appliance.backup().outcomes
    assert outcome.status == "new"
    home = appliance.home()
    assert appliance.kept(home) == appliance.truth(home)


def test_what_failed_is_tried_again_though_nothing_changed(appliance: Appliance) -> None:
    appliance.put("/a.txt", "a")
    appliance.control.set_faults({"action": "wrong_bytes", "route": "files/download", "args": {}})
    appliance.backup()
    appliance.control.clear_faults()
    [outcome] = appliance.backup().outcomes
    assert (outcome.status, outcome.problems) == ("new", ())
    assert appliance.stored_bytes(appliance.home(), "/a.txt") == b"a"
