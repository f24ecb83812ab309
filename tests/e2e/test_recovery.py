"""The way of a lost file through the whole appliance: backed up, deleted, found, brought back."""

from pathlib import Path

import msgspec
from dropally.common.clock import ManualClock
from dropally.recovery import downloads, exporting, points, restoring, selections, trees
from dropally.recovery.exporting import ExportRequest
from dropally.recovery.ranges import parse_range
from dropally.recovery.restoring import RestoreRequest
from dropally.recovery.selections import Tick
from dropally.simulator import start_simulator
from tests.auth.appliance import START
from tests.e2e.whole import create_repository, opened_whole

ADMIN = "admin@hollenberg.example"
ALWAYS = parse_range("", "", "")


def test_f32_a_lost_folder_comes_back(tmp_path: Path) -> None:
    clock = ManualClock(START)
    with (
        start_simulator(team="empty") as simulator,
        opened_whole(tmp_path / "appliance", simulator, clock) as whole,
    ):
        create_repository(whole)
        place, ctx = whole.place, whole.rooms.recovery
        place.put("/Projects/Plan.txt", "the plan")
        place.put("/Projects/Budget.csv", "1,2,3")
        task = place.task("Everybody", activate="all")
        place.back_up(task.id)
        [entity] = place.ids(task.id, next(row.name for row in place.rows(task.id)))
        place.edit({"op": "delete", "path": "/Projects", "member": ADMIN})
        clock.advance(3600)
        place.control.set_clock(clock.now())
        place.back_up(task.id)
        admin = place.fresh_admin()

        newest, before = points.list_points(ctx, admin, entity, ALWAYS).points
        assert (newest.files, before.files, newest.deleted) == (0, 2, 3)
        folder = trees.list_folder(ctx, admin, entity, before.id, "/projects")
        assert [item.name for item in folder.items] == ["Budget.csv", "Plan.txt"]

        basket = selections.create(ctx, admin).id
        tick = Tick(entity_id=entity, point_id=before.id, path="/projects")
        selections.add(ctx, admin, basket, [tick])
        wanted = RestoreRequest(selection_id=basket, mode="in-place")
        plan = restoring.plan(ctx, admin, wanted)
        row = place.finished(restoring.start_planned(ctx, admin, plan.plan_id).id)
        assert (row.status, row.task_name) == ("succeeded", "Everybody")
        back = [n for n in place.control.namespaces() if n["kind"] == "team_member_folder"]
        truth = {entry["path_display"] for entry in place.control.truth(back[0]["namespace_id"])}
        assert truth == {"/Projects", "/Projects/Plan.txt", "/Projects/Budget.csv"}

        job = exporting.start(ctx, admin, ExportRequest(selection_id=basket))
        row = place.finished(job.id)
        made = msgspec.json.decode(row.result, type=dict[str, str])["download_id"]
        link = downloads.make_link(ctx, admin, made)
        assert downloads.landing(ctx, link.token).parts[0].size_bytes > 0
