"""Restores as jobs: targets, modes, rights, dry run, cancel, resume, retry and reports."""

import csv
import io
import time
from functools import partial
from typing import Any

import pytest
from dropally.auth import sessions
from dropally.auth.actors import Place, Reach
from dropally.auth.errors import FieldsError, ForbiddenError
from dropally.auth.verbs import Role, Verb
from dropally.common.errors import NotFoundError
from dropally.jobs.runner import Initiator
from dropally.recovery import live_folders, restoring, results, retrying, selections
from dropally.recovery.restoring import RestoreRequest
from dropally.recovery.selections import Tick
from tests.auth.appliance import OFFICE
from tests.jobs.appliance import ADMIN
from tests.recovery.appliance import BOB, TASK, Recovering, until

MIB = 1 << 20
FINISH = "files/upload_session/finish_batch_v2"


def request(selection: str, **more: Any) -> RestoreRequest:
    return RestoreRequest(selection_id=selection, **more)


def generated(seed: int, size_mib: int) -> dict[str, Any]:
    return {"text": None, "generated": {"seed": f"{seed}", "size": size_mib * MIB}}


def table(appliance: Recovering, job_id: str) -> list[dict[str, str]]:
    text = b"".join(results.restore_report(appliance.ctx, appliance.admin, job_id)).decode()
    return list(csv.DictReader(io.StringIO(text)))


def test_f97_a_new_folder_and_originals_untouched(appliance: Recovering) -> None:
    appliance.backups.put("/Docs/a.txt", "a")
    appliance.backups.put("/Docs/b.txt", "b")
    appliance.backups.put("/Other/a.txt", "another a")
    appliance.backup()
    appliance.backups.put("/Docs/a.txt", "edited")
    before = appliance.home()
    row = appliance.restore(appliance.select((ADMIN, "/docs"), (ADMIN, "/other/a.txt")))
    assert (row.status, row.error) == ("succeeded", "")
    after = appliance.home()
    assert {path: after[path] for path in before} == before
    folder = "/restored by dropally 2026-03-02 09-00"
    assert {path for path in after if path not in before} == {
        folder,
        f"{folder}/docs",
        f"{folder}/docs/a.txt",
        f"{folder}/docs/b.txt",
        f"{folder}/other",
        f"{folder}/other/a.txt",
    }
    assert appliance.summary(row)["files"] == 3
    assert row.destination == f"{ADMIN}:/Restored by Dropally 2026-03-02 09-00"


def test_what_was_left_out_is_not_restored(appliance: Recovering) -> None:
    for name in ("keep", "leave"):
        appliance.backups.put(f"/Docs/{name}/x.txt", name)
    appliance.backup()
    made = appliance.select((ADMIN, ""))
    entity = appliance.id_of()
    selections.remove(
        appliance.ctx,
        appliance.admin,
        made,
        [Tick(entity_id=entity, point_id="latest", path="/docs/leave")],
    )
    row = appliance.restore(made, folder_name="Back")
    assert row.status == "succeeded"
    assert "/back/docs/keep/x.txt" in appliance.home()
    assert not any(path.startswith("/back/docs/leave") for path in appliance.home())


def test_f98_f99_in_place_duplicates_skips_or_replaces(appliance: Recovering) -> None:
    appliance.backups.put("/same.txt", "same")
    appliance.backups.put("/edited.txt", "old")
    appliance.backup()
    old = appliance.home()["/edited.txt"]
    appliance.backups.put("/edited.txt", "new")
    new = appliance.home()["/edited.txt"]
    made = appliance.select((ADMIN, ""))
    row = appliance.restore(made, mode="in-place", conflict="skip")
    assert (appliance.summary(row)["skipped"], appliance.home()["/edited.txt"]) == (1, new)
    row = appliance.restore(made, mode="in-place")
    assert appliance.home()["/edited.txt"] == new
    assert appliance.home()["/edited (2).txt"] == old
    assert (appliance.summary(row)["renamed"], appliance.summary(row)["identical"]) == (
        1,
        1,
    )
    row = appliance.restore(made, mode="in-place", conflict="replace")
    assert appliance.home()["/edited.txt"] == old


def test_f95_the_dry_run_equals_the_real_run(appliance: Recovering) -> None:
    for number in range(12):
        appliance.backups.put(f"/Docs/{number}.txt", f"text {number}")
    appliance.backups.put("/Docs/same.txt", "same")
    appliance.backup()
    for number in range(12):
        appliance.backups.edit({"op": "delete", "path": f"/Docs/{number}.txt"})
    before = appliance.home()
    made = appliance.select((ADMIN, "/docs"))
    plan = restoring.plan(appliance.ctx, appliance.admin, request(made, mode="in-place"))
    assert appliance.home() == before
    assert plan.sentence == f"You are about to restore items from the archive of {ADMIN}"
    assert (plan.files, plan.identical, plan.uploads, plan.destination) == (
        13,
        1,
        12,
        "where it was",
    )
    appliance.backups.control.reset_metrics()
    job = restoring.start_planned(appliance.ctx, appliance.admin, plan.plan_id)
    row = appliance.finish(job.id)
    summary = appliance.summary(row)
    assert (summary["files"], summary["identical"]) == (12, 1)
    routes = appliance.backups.control.metrics()["calls_by_route"]
    uploads = sum(n for route, n in routes.items() if route.startswith("files/upload"))
    assert uploads == plan.upload_calls
    other = appliance.person(Role.ADMINISTRATOR)
    with pytest.raises(NotFoundError):
        restoring.start_planned(appliance.ctx, other, plan.plan_id)
    appliance.people.clock.advance(16 * 60)
    with pytest.raises(NotFoundError, match="no plan"):
        restoring.start_planned(appliance.ctx, appliance.admin, plan.plan_id)


def test_f96_other_members_and_team_folders_and_paths(appliance: Recovering) -> None:
    appliance.add_bob()
    appliance.backups.edit({"op": "add_team_folder", "name": "Company"})
    appliance.backups.put("/Docs/a.txt", "a")
    appliance.backup()
    made = appliance.select((ADMIN, "/docs"))
    appliance.restore(made, target_entity_id=appliance.id_of(BOB), folder_name="Back")
    assert "/back/docs/a.txt" in appliance.home(BOB)
    row = appliance.restore(
        made, target_entity_id=appliance.id_of(BOB), target_path="/In/Box", mode="in-place"
    )
    assert "/in/box/docs/a.txt" in appliance.home(BOB)
    assert row.destination == f"{BOB}:/In/Box"
    row = appliance.restore(made, target_entity_id=appliance.id_of("Company"), folder_name="B")
    [company] = [n for n in appliance.backups.control.namespaces() if n["name"] == "Company"]
    assert "/b/docs/a.txt" in appliance.backups.truth(company["namespace_id"])
    appliance.restore(made, target_path="/Sub folder", mode="in-place")
    assert "/sub folder/docs/a.txt" in appliance.home()


def test_f85_who_left_needs_a_target(appliance: Recovering) -> None:
    appliance.add_bob()
    appliance.backups.put("/his.txt", "his", member=BOB)
    appliance.backup()
    appliance.backups.edit({"op": "set_status", "member": BOB, "status": "removed"})
    appliance.backup()
    with appliance.ctx.auth.write() as connection:
        connection.execute(
            "UPDATE entity SET archived_us = 1 WHERE id = ?", (appliance.id_of(BOB),)
        )
    made = appliance.select((BOB, "/his.txt"))
    with pytest.raises(FieldsError, match="has left the team"):
        restoring.start(appliance.ctx, appliance.admin, request(made))
    row = appliance.restore(made, target_entity_id=appliance.id_of(), folder_name="Bob's")
    assert row.status == "succeeded"
    assert "/bob's/his.txt" in appliance.home()
    mine = appliance.select((ADMIN, ""))
    with pytest.raises(FieldsError, match="has left the team"):
        restoring.start(
            appliance.ctx, appliance.admin, request(mine, target_entity_id=appliance.id_of(BOB))
        )


@pytest.mark.parametrize("name", ["a/b", "..", "what?", "dot.", "x" * 201, "tab\there"])
def test_a_folder_name_that_dropbox_refuses_is_named(appliance: Recovering, name: str) -> None:
    appliance.backups.put("/a.txt", "a")
    appliance.backup()
    with pytest.raises(FieldsError) as caught:
        restoring.start(
            appliance.ctx,
            appliance.admin,
            request(appliance.select((ADMIN, "")), folder_name=name),
        )
    assert [field for field, _ in caught.value.fields] == ["folder_name"]


def test_f99_the_help_desk_restores_to_the_owner_only_and_replacing_is_for_few(
    appliance: Recovering,
) -> None:
    appliance.add_bob()
    appliance.backups.put("/a.txt", "a")
    appliance.backup()
    desk = appliance.person(Role.HELP_DESK, Reach(tasks=frozenset({TASK})))
    made = selections.create(appliance.ctx, desk).id
    selections.add(
        appliance.ctx, desk, made, [Tick(entity_id=appliance.id_of(), point_id="latest")]
    )
    with pytest.raises(ForbiddenError):
        restoring.start(appliance.ctx, desk, request(made, target_entity_id=appliance.id_of(BOB)))
    with pytest.raises(ForbiddenError):
        restoring.start(appliance.ctx, desk, request(made, mode="in-place", conflict="replace"))
    job = restoring.start(appliance.ctx, desk, request(made))
    assert appliance.finish(job.id).status == "succeeded"
    bobs = appliance.person(
        Role.RECOVERY_OPERATOR, Reach(entities=frozenset({appliance.id_of(BOB)}))
    )
    his = selections.create(appliance.ctx, bobs).id
    selections.add(
        appliance.ctx, bobs, his, [Tick(entity_id=appliance.id_of(BOB), point_id="latest")]
    )
    with pytest.raises(ForbiddenError):
        restoring.start(appliance.ctx, bobs, request(his, target_entity_id=appliance.id_of()))
    appliance.people.clock.advance(11 * 60)
    token = appliance.people.tokens[appliance.admin.session_id]
    later = sessions.authenticate(appliance.ctx.auth, token, OFFICE)
    stale = appliance.select((ADMIN, ""))
    with pytest.raises(ForbiddenError) as caught:
        restoring.start(appliance.ctx, later, request(stale, mode="in-place", conflict="replace"))
    assert caught.value.code == "reauthentication_required"


def hold_back(appliance: Recovering, route: str) -> None:
    """Dropbox answers calls of a route no more until the rules change."""
    rule = {"action": "delay", "route": route, "args": {"seconds": 600}}
    appliance.backups.control.set_faults(rule)


def test_f129_cancel_takes_effect_soon_and_leaves_no_partial_file(appliance: Recovering) -> None:
    appliance.add_bob()
    for number in range(3):
        appliance.backups.put(f"/{number}.bin", **generated(number, 9))
    appliance.backup()
    kept = set(appliance.home().values())
    hold_back(appliance, "files/upload_session/append*")
    job = restoring.start(
        appliance.ctx,
        appliance.admin,
        request(
            appliance.select((ADMIN, "")),
            target_entity_id=appliance.id_of(BOB),
            folder_name="Back",
        ),
    )
    until(lambda: appliance.backups.calls("files/upload_session/append_v2"))
    asked = time.monotonic()
    appliance.runner.cancel(job.id, Initiator("user", "usr_x", "Somebody"))
    row = appliance.finish(job.id)
    assert time.monotonic() - asked < 30  # Dropbox would take ten minutes
    assert row.status == "canceled"
    assert {content for content in appliance.home(BOB).values() if content} <= kept


def test_a_stop_of_the_appliance_and_a_start_finish_the_restore(appliance: Recovering) -> None:
    for number in range(4):
        appliance.backups.put(f"/{number}.bin", **generated(number, 9))
    appliance.add_bob()
    appliance.backup()
    hold_back(appliance, "files/upload_session/finish*")
    made = appliance.select((ADMIN, ""))
    job = restoring.start(
        appliance.ctx, appliance.admin, request(made, target_entity_id=appliance.id_of(BOB))
    )
    until(lambda: any(appliance.home(BOB).values()))  # written, and not yet known to be
    appliance.runner.stop()
    appliance.backups.control.clear_faults()
    appliance.restart_runner()
    row = appliance.finish(job.id)
    assert (row.status, row.attempt) == ("succeeded", 2)
    assert appliance.summary(row)["files"] == 4
    assert len([content for content in appliance.home(BOB).values() if content]) == 4


def test_f101_a_used_up_quota_is_partly_succeeded_and_a_retry_does_the_rest(
    appliance: Recovering,
) -> None:
    appliance.add_bob()
    for number in range(4):
        appliance.backups.put(f"/{number}.bin", **generated(number, 9))
    appliance.backup()
    appliance.backups.control.set_faults(
        {"action": "quota_used_up", "route": "files/upload_session/finish*", "nth": 3}
    )
    row = appliance.restore(
        appliance.select((ADMIN, "")), target_entity_id=appliance.id_of(BOB), folder_name="Back"
    )
    assert row.status == "partially_succeeded"
    assert "retry" in row.hint
    appliance.backups.control.clear_faults()
    appliance.backups.control.reset_metrics()
    again = appliance.runner.retry(row.id, Initiator("user", "u", "U"), only_failed=True)
    row = appliance.finish(again.id)
    assert row.status == "succeeded"
    done = appliance.summary(row)["files"]
    assert 1 <= done < 4
    assert len([content for content in appliance.home(BOB).values() if content]) == 4


def test_a_retry_by_cause_leaves_what_failed_by_another_one(appliance: Recovering) -> None:
    appliance.add_bob()
    appliance.backups.put("/a.bin", **generated(1, 9))
    appliance.backups.put("/link", "x", symlink_target="/elsewhere")
    appliance.backup()
    appliance.backups.control.set_faults(
        {"action": "quota_used_up", "route": "files/upload_session/finish*"}
    )
    row = appliance.restore(
        appliance.select((ADMIN, "")), target_entity_id=appliance.id_of(BOB), folder_name="Back"
    )
    appliance.backups.control.clear_faults()
    by = Initiator("user", "u", "U")
    again = appliance.runner.retry(row.id, by, cause="upload quota used up")
    row = appliance.finish(again.id)
    assert (row.only_failed, row.retry_cause) == (True, "upload quota used up")
    assert (row.status, row.problems) == ("succeeded", 0)  # the link was not tried again
    assert [one["Item"] for one in table(appliance, row.id)] == [f"{ADMIN}:/a.bin"]


def test_each_items_outcome_is_reported_formula_safe(appliance: Recovering) -> None:
    appliance.backups.put("/Docs/=cmd|calc.txt", "evil")
    appliance.backups.put("/Docs/link", "x", symlink_target="/elsewhere")
    appliance.backup()
    row = appliance.restore(appliance.select((ADMIN, "/docs")), mode="in-place")
    assert row.status == "partially_succeeded"
    found = table(appliance, row.id)
    assert [(one["Item"], one["Outcome"]) for one in found] == [
        (f"{ADMIN}:/Docs/=cmd|calc.txt", "there already"),
        (f"{ADMIN}:/Docs/link", "failed"),
    ]
    assert "symbolic links" in found[1]["Detail"]
    auditor = appliance.person(Role.AUDITOR)
    with pytest.raises(ForbiddenError):
        results.restore_report(appliance.ctx, auditor, row.id)


def test_f5_every_level_from_the_member_to_one_old_version(appliance: Recovering) -> None:
    appliance.backups.put("/Docs/Sub/a.txt", "one")
    first = appliance.backup()
    appliance.backups.put("/Docs/Sub/a.txt", "two")
    appliance.backup()
    for folder, ticks, wanted in (
        ("Everything", [(ADMIN, "")], "/everything/docs/sub/a.txt"),
        ("Folder", [(ADMIN, "/docs/sub")], "/folder/sub/a.txt"),
        ("File", [(ADMIN, "/docs/sub/a.txt")], "/file/a.txt"),
        ("Version", [(ADMIN, "/docs/sub/a.txt", first)], "/version/a.txt"),
    ):
        row = appliance.restore(appliance.select(*ticks), folder_name=folder)
        assert row.status == "succeeded"
        assert wanted in appliance.home()
    home = appliance.home()
    assert home["/version/a.txt"] != home["/file/a.txt"] == home["/docs/sub/a.txt"]


def test_f104_progress_is_seen_while_it_runs(appliance: Recovering) -> None:
    appliance.add_bob()
    for number in range(4):
        appliance.backups.put(f"/{number}.bin", **generated(number, 9))
    appliance.backup()
    hold_back(appliance, FINISH)
    job = restoring.start(
        appliance.ctx,
        appliance.admin,
        request(appliance.select((ADMIN, "")), target_entity_id=appliance.id_of(BOB)),
    )
    for number in range(4):
        until(partial(has_uploaded, appliance, job.id, number))
        hold_back(appliance, FINISH)  # the next one; the one before is answered
    assert appliance.finish(job.id).status == "succeeded"


def has_uploaded(appliance: Recovering, job_id: str, files: int) -> bool:
    """Dropbox keeps its answer to the next file back, and the running job tells of those before."""
    live = appliance.runner.live(job_id)
    told = sum(phase.done for phase in (live.phases if live else ()) if phase.name == "upload")
    return appliance.backups.calls(FINISH) == files + 1 and told == files * 9 * MIB


def test_f96_live_folders_through_mounts(appliance: Recovering) -> None:
    appliance.add_bob()
    appliance.backups.put("/Shared/Deep/x.txt", "x")
    appliance.backups.edit({"op": "share", "path": "/Shared", "members": {BOB: "editor"}})
    appliance.backups.put("/Docs/Sub/a.txt", "a")
    appliance.backups.put("/file.txt", "f")
    appliance.backup()

    def names(path: str) -> list[tuple[str, bool]]:
        found = live_folders.list_live_folders(
            appliance.ctx, appliance.admin, appliance.id_of(), path
        )
        assert found.is_complete
        return [(one.path, one.is_mount) for one in found.folders]

    assert names("") == [("/Docs", False), ("/Shared", True)]
    assert names("/docs") == [("/docs/Sub", False)]
    assert names("/Shared") == [("/Shared/Deep", False)]
    with pytest.raises(NotFoundError):
        names("/nowhere")
    with pytest.raises(FieldsError):
        names("/Docs/../..")
    desk = appliance.person(Role.HELP_DESK)
    with pytest.raises(ForbiddenError):
        live_folders.list_live_folders(appliance.ctx, desk, appliance.id_of(), "")


def test_a_retry_needs_the_rights_of_the_restore(appliance: Recovering) -> None:
    appliance.add_bob()
    appliance.backups.put("/a.txt", "a")
    appliance.backup()
    made = appliance.select((ADMIN, ""))
    rights = retrying.retry_rights(appliance.ctx)
    mine, his = (Place(TASK, appliance.id_of(name)) for name in (ADMIN, BOB))
    row = appliance.restore(made)
    assert rights["restore"](row) == [(Verb.RESTORE_TO_OWNER, mine)]
    row = appliance.restore(
        made, target_entity_id=appliance.id_of(BOB), mode="in-place", conflict="replace"
    )
    assert rights["restore"](row) == [
        (Verb.RESTORE_ELSEWHERE, mine),
        (Verb.RESTORE_ELSEWHERE, his),
        (Verb.RESTORE_REPLACE, his),
    ]
    row = appliance.export(made)
    assert rights["export"](row) == [(Verb.EXPORT, mine), (Verb.CONTENT_DOWNLOAD, mine)]
