"""Restore into the simulated team: modes, conflicts, the cheapest safe way, resume."""

from dataclasses import replace
from typing import Any

import pytest
from dropally.catalog.restore_log import RestoreLog
from dropally.common.errors import CancelledError, NotFoundError, UsageError
from dropally.dropbox_api import QuotaUsedUpError
from dropally.jobs import restore
from dropally.jobs.context import JobContext
from tests.jobs.appliance import ADMIN, Appliance

BOB = "bob@hollenberg.example"
MIB = 1 << 20


def add_bob(appliance: Appliance) -> None:
    appliance.edit({"op": "add_member", "email": BOB, "given_name": "Bob", "surname": "B"})


def generated(seed: str, size: int) -> dict[str, Any]:
    return {"text": None, "generated": {"seed": seed, "size": size}}


def test_f97_a_new_folder_is_made_and_nothing_else_is_touched(appliance: Appliance) -> None:
    for number in range(5):
        appliance.put(f"/Docs/Sub {number % 2}/{number}.txt", f"text {number}")
    appliance.edit({"op": "mkdir", "path": "/Docs/Empty"})
    appliance.backup()
    appliance.put("/Docs/Sub 0/0.txt", "edited since")
    before = appliance.truth(appliance.home())
    result = appliance.restore(f"{ADMIN}:/Docs")
    assert (result.restored, result.failed) == (5, ())
    after = appliance.truth(appliance.home())
    assert {path: after[path] for path in before} == before
    restored = {path: what for path, what in after.items() if path not in before}
    assert "/restored/docs/empty" in restored
    kept = appliance.kept(appliance.home())
    for path, what in kept.items():
        assert restored[f"/restored{path}"] == what
    assert tagged(appliance) == {"/restored": ["restored"]}


def tagged(appliance: Appliance) -> dict[str, list[str]]:
    there = appliance.control.truth(appliance.home())
    return {entry["path_lower"]: entry["tags"] for entry in there if "tags" in entry}


@pytest.mark.parametrize("error", [["too_many_tags"], ["other"]], ids=["full", "other"])
def test_f97_a_tag_that_is_refused_fails_nothing(appliance: Appliance, error: list[str]) -> None:
    appliance.put("/a.txt", "a")
    appliance.backup()
    refusal = {"status": 409, "tags": error}
    appliance.control.set_faults(
        {"action": "api_error", "route": "files/tags/add", "args": refusal}
    )
    result = appliance.restore(f"{ADMIN}:/a.txt")
    assert (result.restored, result.failed) == (1, ())
    assert tagged(appliance) == {}


def test_f33_names_times_and_empty_folders_make_the_round_trip(appliance: Appliance) -> None:
    appliance.edit({"op": "mkdir", "path": "/Leer/Ganz leer"})
    for path in ("/Grüße 🎉/日本語.txt", "/Spaces  in it/a b.txt", "/UPPER/readme.TXT", "/nothing"):
        text = "" if path == "/nothing" else path
        appliance.put(path, text, client_modified="2019-05-05T05:05:05Z")
    appliance.backup()
    appliance.edit({"op": "delete", "path": "/UPPER/readme.TXT"})
    appliance.put("/UPPER/ReadMe.txt", "in other letters", client_modified="2020-01-01T00:00:00Z")
    appliance.backup()

    def shown(top: str) -> set[tuple[str, str, str]]:
        return {
            (
                entry["path_display"].removeprefix(top),
                entry.get("content_hash", ""),
                entry.get("client_modified", ""),
            )
            for entry in appliance.control.truth(appliance.home())
            if entry["path_display"].startswith(f"{top}/")
        }

    before = shown("")
    assert len(before) == 9
    result = appliance.restore(f"{ADMIN}:/")
    assert (result.restored, result.failed) == (4, ())
    assert shown("/Restored") == before


def test_f98_in_place_duplicates_and_never_overwrites(appliance: Appliance) -> None:
    appliance.put("/Docs/same.txt", "same")
    appliance.put("/Docs/edited.txt", "old")
    appliance.put("/Docs/deleted.txt", "deleted")
    appliance.backup()
    appliance.put("/Docs/edited.txt", "new")
    appliance.edit({"op": "delete", "path": "/Docs/deleted.txt"})
    result = appliance.restore(f"{ADMIN}:/Docs", mode="in-place")
    assert (result.restored, result.identical, len(result.renamed)) == (2, 1, 1)
    truth = appliance.truth(appliance.home())
    kept = appliance.kept(appliance.home())
    assert truth["/docs/deleted.txt"] == kept["/docs/deleted.txt"]
    assert truth["/docs/edited (2).txt"] == kept["/docs/edited.txt"]
    assert truth["/docs/edited.txt"] != kept["/docs/edited.txt"]


@pytest.mark.parametrize("conflict", ["skip", "replace"])
def test_f99_skip_and_replace(appliance: Appliance, conflict: Any) -> None:
    appliance.put("/edited.txt", "old")
    appliance.backup()
    appliance.put("/edited.txt", "new")
    result = appliance.restore(f"{ADMIN}:/", mode="in-place", conflict=conflict)
    truth, kept = appliance.truth(appliance.home()), appliance.kept(appliance.home())
    if conflict == "skip":
        assert (result.restored, result.skipped) == (0, 1)
        assert truth["/edited.txt"] != kept["/edited.txt"]
    else:
        assert (result.restored, result.skipped) == (1, 0)
        assert truth == kept


def test_replace_leaves_what_is_newer_than_the_plan(appliance: Appliance) -> None:
    appliance.put("/edited.txt", "old")
    appliance.backup()
    appliance.put("/edited.txt", "seen in the plan")
    work = appliance.restore_work(f"{ADMIN}:/", mode="in-place", conflict="replace")
    plan = restore.open_restore(appliance.context(), work)
    appliance.put("/edited.txt", "newer than the plan")
    newer = appliance.truth(appliance.home())["/edited.txt"]
    result = restore.run(appliance.context(), work, plan)
    assert len(result.failed) == 1
    assert appliance.truth(appliance.home())["/edited.txt"] == newer


def test_large_files_come_back_without_upload(appliance: Appliance) -> None:
    appliance.put("/lost.bin", **generated("lost", 3 * MIB))
    appliance.put("/moved.bin", **generated("moved", 3 * MIB))
    appliance.backup()
    appliance.edit(
        {"op": "delete", "path": "/lost.bin"}, {"op": "move", "path": "/moved.bin", "to": "/m.bin"}
    )
    appliance.control.reset_metrics()
    work = appliance.restore_work(f"{ADMIN}:/", mode="in-place")
    plan = restore.open_restore(appliance.context(), work)
    assert (plan.revisions, plan.uploads, plan.upload_calls) == (2, 0, 0)
    result = restore.run(appliance.context(), work, plan)
    assert result.restored == 2
    assert appliance.calls("files/upload") == 0
    result = appliance.restore(f"{ADMIN}:/moved.bin")
    assert result.restored == 1
    assert appliance.calls("files/copy_v2") == 1
    truth, kept = appliance.truth(appliance.home()), appliance.kept(appliance.home())
    assert {path: truth[path] for path in kept} == kept
    assert truth["/restored/moved.bin"] == kept["/moved.bin"]


def test_what_left_dropboxs_history_is_uploaded(appliance: Appliance) -> None:
    appliance.put("/large.bin", **generated("large", 9 * MIB))
    appliance.backup()
    appliance.edit({"op": "delete", "path": "/large.bin"})
    appliance.control.set_faults(
        {
            "action": "api_error",
            "route": "files/restore",
            "args": {"error": {".tag": "invalid_revision"}},
        }
    )
    result = appliance.restore(f"{ADMIN}:/", mode="in-place")
    assert (result.restored, result.failed) == (1, ())
    assert appliance.truth(appliance.home()) == appliance.kept(appliance.home())


def test_f96_to_another_member_with_times_kept(appliance: Appliance) -> None:
    add_bob(appliance)
    appliance.put("/Docs/a.txt", "a", client_modified="2020-02-02T02:02:02Z")
    appliance.backup()
    result = appliance.restore(f"{ADMIN}:/Docs", to=f"{BOB}:/Inbox", mode="in-place")
    assert result.restored == 1
    [entry] = [e for e in appliance.control.truth(appliance.home(BOB)) if e["kind"] == "file"]
    assert entry["path_display"] == "/Inbox/Docs/a.txt"
    assert entry["client_modified"] == "2020-02-02T02:02:02Z"


def test_f85_a_member_who_left_is_restored_to_another(appliance: Appliance) -> None:
    add_bob(appliance)
    appliance.put("/his.txt", "his", member=BOB)
    appliance.backup()
    appliance.edit({"op": "set_status", "member": BOB, "status": "removed"})
    appliance.backup()
    with pytest.raises(NotFoundError) as caught:
        appliance.restore(f"{BOB}:/")
    assert "last seen" in caught.value.hint
    with pytest.raises(UsageError, match="no longer in the team"):
        appliance.restore(f"{BOB}@-1:/")
    result = appliance.restore(f"{BOB}@-1:/his.txt", to=ADMIN)
    assert result.restored == 1
    assert "/restored/his.txt" in appliance.truth(appliance.home())


def test_mounted_folders_go_back_where_they_belong_or_become_plain_copies(
    appliance: Appliance,
) -> None:
    add_bob(appliance)
    appliance.put("/Shared/together.txt", "together")
    appliance.edit({"op": "share", "path": "/Shared", "members": {BOB: "editor"}})
    appliance.put("/own.txt", "own")
    appliance.backup()
    [shared] = [n for n in appliance.control.namespaces() if n["kind"] == "shared_folder"]
    namespace = shared["namespace_id"]
    appliance.edit({"op": "delete", "namespace": namespace, "path": "/together.txt"})
    appliance.restore(f"{ADMIN}:/", mode="in-place")
    assert appliance.truth(namespace) == appliance.kept(namespace)
    result = appliance.restore(f"{ADMIN}:/", to=BOB)
    assert result.restored == 2
    assert "/restored/shared/together.txt" in appliance.truth(appliance.home(BOB))


def test_cloud_documents_come_back_as_files_and_links_do_not(appliance: Appliance) -> None:
    options = {
        "export_as": "markdown",
        "export_options": ["markdown", "html"],
        "downloadable": False,
    }
    appliance.put("/Plan.paper", "# Plan", **options)
    appliance.put("/link", "x", symlink_target="/elsewhere")
    appliance.backup()
    result = appliance.restore(f"{ADMIN}:/")
    assert result.restored == 2
    assert [failed.source for failed in result.failed] == ["/link"]
    truth = appliance.truth(appliance.home())
    assert {"/restored/plan.paper.md", "/restored/plan.paper.html"} <= set(truth)


def test_f95_the_plan_changes_nothing_and_equals_the_run(appliance: Appliance) -> None:
    for number in range(12):
        appliance.put(f"/Docs/{number}.txt", f"text {number}")
    appliance.backup()
    before = appliance.truth(appliance.home())
    work = appliance.restore_work(f"{ADMIN}:/Docs")
    plan = restore.open_restore(appliance.context(), work)
    assert appliance.truth(appliance.home()) == before
    appliance.control.reset_metrics()
    result = restore.run(appliance.context(), work, plan)
    assert (plan.items, plan.uploads) == (result.restored, 12)
    routes = appliance.control.metrics()["calls_by_route"]
    uploads = sum(n for route, n in routes.items() if route.startswith("files/upload"))
    assert uploads == plan.upload_calls


def test_f101_used_up_quota_stops_and_the_rest_follows_later(appliance: Appliance) -> None:
    add_bob(appliance)
    for number in range(4):
        appliance.put(f"/{number}.bin", **generated(f"{number}", 9 * MIB))
    appliance.backup()
    appliance.control.set_faults(
        {"action": "quota_used_up", "route": "files/upload_session/finish*", "nth": 3}
    )
    work = appliance.restore_work(f"{ADMIN}:/", to=BOB)
    plan = restore.open_restore(appliance.context(), work)
    with pytest.raises(QuotaUsedUpError):
        restore.run(appliance.context(), work, plan)
    appliance.control.clear_faults()
    again = restore.open_restore(appliance.context(), work)
    assert again.is_resumed
    appliance.control.reset_metrics()
    result = restore.run(appliance.context(), work, again)
    assert (result.restored, result.failed) == (4, ())
    assert appliance.calls("files/upload_session/finish_batch_v2") == 2
    files = [p for p, (kind, _) in appliance.truth(appliance.home(BOB)).items() if kind == "file"]
    assert len(files) == 4


def test_a_cancelled_restore_goes_on(appliance: Appliance) -> None:
    for number in range(3):
        appliance.put(f"/{number}.txt", f"{number}")
    appliance.backup()
    work = appliance.restore_work(f"{ADMIN}:/")
    plan = restore.open_restore(appliance.context(), work)
    context = JobContext()
    context.cancelled.set()
    with pytest.raises(CancelledError):
        restore.run(context, work, plan)
    assert restore.open_restore(appliance.context(), work).is_resumed
    result = restore.run(appliance.context(), work, plan)
    assert result.restored == 3


def test_an_interrupted_planning_goes_on_where_it_was(
    appliance: Appliance, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(9):
        appliance.put(f"/Docs/{number}.txt", f"text {number}")
    appliance.backup()
    monkeypatch.setattr("dropally.jobs.restore.plan._LOOKUPS_AT_ONCE", 3)
    work = replace(appliance.restore_work(f"{ADMIN}:/Docs"), log_name="known")
    at_once = restore.open_restore(appliance.context(), replace(work, log_name="at once"))
    told: list[int] = []
    for attempt in range(1, 4):  # each of them ends after one more part

        def stop(steps: int, least: int = 3 * attempt) -> None:
            told.append(steps)
            if steps >= least:
                raise CancelledError("stopped")

        with pytest.raises(CancelledError):
            restore.open_restore(appliance.context(), work, stop)
    plan = restore.open_restore(appliance.context(), work, told.append)
    assert told == [3, 6, 9, 10]
    assert not plan.is_resumed
    assert (plan.items, plan.folders, plan.bytes) == (9, 1, at_once.bytes)
    log, other = RestoreLog(plan.log), RestoreLog(at_once.log)
    try:
        assert list(log.outcomes()) == list(other.outcomes())
    finally:
        log.close()
        other.close()
    result = restore.run(appliance.context(), work, plan)
    assert (result.restored, result.failed) == (9, ())


def test_unknown_names_are_refused_with_the_nearest(appliance: Appliance) -> None:
    appliance.put("/Documents/Report.txt", "x")
    appliance.backup()
    with pytest.raises(NotFoundError) as caught:
        appliance.restore("admn@hollenberg.example:/")
    assert ADMIN in caught.value.hint
    with pytest.raises(NotFoundError) as caught:
        appliance.restore(f"{ADMIN}:/Document/Report.txt")
    assert "Documents" in caught.value.hint
    with pytest.raises(NotFoundError):
        appliance.restore(f"{ADMIN}:/Documents", to="nobody@hollenberg.example")
