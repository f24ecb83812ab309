"""Deleting tasks and entities, undoing it, and what is left when the grace has ended."""

import dataclasses
from datetime import timedelta

import pytest
from dropally.auth.errors import FieldsError, ForbiddenError, StateError
from dropally.catalog.purge_marks import purged_until
from dropally.common.errors import NotFoundError
from dropally.protection import acting, housekeeping, runs, task_views, tasks, trash
from dropally.protection.acting import Selection
from dropally.protection.settings import TaskSettings
from dropally.protection.task_views import TaskQuery
from dropally.protection.tasks import TaskForm
from tests.protection.appliance import Protected
from tests.protection.test_discovery import add_member, look


def delete(place: Protected, task_id: str, name: str = "Dropbox") -> None:
    trash.delete(place.ctx, place.fresh_admin(), task_id, name)


def test_f74_the_preview_says_what_is_lost(place: Protected) -> None:
    place.put("/a.txt", "four")
    add_member(place, "Bea")
    task = place.task(activate="all")
    place.back_up(task.id)
    first = place.row(task.id, "Ada Admin").first_backup
    place.pass_time(days=1)
    place.fresh_admin()
    place.put("/b.txt", "eight...")
    place.back_up(task.id)
    found = trash.preview(place.ctx, place.admin, task.id)
    assert (found.entities, found.entities_with_backup, found.points) == (2, 2, 2)
    assert (found.files, found.bytes) == (2, 12)
    assert (found.oldest, found.purge) == (first, place.ctx.now() + timedelta(days=7))


def test_f73_the_name_is_typed_and_the_password_is_fresh(place: Protected) -> None:
    task = place.task()
    with pytest.raises(FieldsError):
        trash.delete(place.ctx, place.admin, task.id, "Another")
    stale = dataclasses.replace(place.admin, is_freshly_proved=False)
    with pytest.raises(ForbiddenError, match="password"):
        trash.delete(place.ctx, stale, task.id, "Dropbox")


def test_f75_a_deleted_task_can_be_taken_back_within_seven_days(place: Protected) -> None:
    task = place.task(activate="all")
    place.back_up(task.id)
    before = place.rows(task.id)
    delete(place, task.id)
    assert task_views.list_tasks(place.ctx, place.admin, TaskQuery()) == []
    [gone] = task_views.list_tasks(place.ctx, place.admin, TaskQuery(in_trash=True))
    assert gone.purge == place.ctx.now() + timedelta(days=7)
    with pytest.raises(StateError) as refused:
        runs.request_backup(place.ctx, place.admin, task.id)
    assert refused.value.code == "task_deleted"
    assert [kind for kind, _, _ in place.people.mails()] == ["deletion_notice"]
    place.pass_time(days=6, hours=23)
    housekeeping.run(place.ctx)
    trash.undelete(place.ctx, place.fresh_admin(), task.id)
    assert place.rows(task.id) == before
    assert place.back_up(task.id).status == "succeeded"


def test_f75_after_seven_days_it_is_gone(place: Protected) -> None:
    task = place.task(activate="all")
    place.back_up(task.id)
    namespace = place.row(task.id, "Ada Admin").namespace
    delete(place, task.id)
    deleted = place.ctx.now()
    place.pass_time(days=7)
    housekeeping.run(place.ctx)
    admin = place.fresh_admin()
    with pytest.raises(NotFoundError):
        task_views.get_task(place.ctx, admin, task.id)
    with place.ctx.read() as connection:
        marks = purged_until(connection, task.connection.team_id, "main")
        left = connection.execute("SELECT count(*) FROM entity").fetchone()[0]
    assert marks == {namespace: deleted}
    assert left == 0


def test_the_name_is_free_again_at_once(place: Protected) -> None:
    task = place.task()
    delete(place, task.id)
    twin = tasks.create(place.ctx, place.admin, TaskForm("Dropbox", task.connection.id))
    with pytest.raises(FieldsError):
        trash.undelete(place.ctx, place.admin, task.id)
    view = trash.undelete(place.ctx, place.admin, task.id, "Dropbox 2")
    assert {view.name, twin.name} == {"Dropbox", "Dropbox 2"}
    place.finish_all()


def test_deleting_a_task_ends_its_run(place: Protected) -> None:
    for number in range(20):
        place.put(f"/{number}.txt", f"{number}")
    task = place.task(activate="all")
    place.hold_back("files/download")
    job = runs.request_backup(place.ctx, place.admin, task.id)
    place.until_called("files/download")
    delete(place, task.id)
    assert place.finished(job.id).status == "canceled"
    assert place.row(task.id, "Ada Admin").job == ""


def test_f76_f78_deleted_entities_come_back_or_go(place: Protected) -> None:
    bea = add_member(place, "Bea")
    task = place.task(activate="all")
    place.back_up(task.id)
    chosen = Selection(tuple(place.ids(task.id, "Ada Admin", "Bea New")))
    report = acting.act(place.ctx, place.fresh_admin(), task.id, "delete", chosen)
    assert len(report.changed) == 2
    assert report.purge == place.ctx.now() + timedelta(days=7)
    assert set(place.statuses(task.id).values()) == {"Deleted"}
    with pytest.raises(StateError):
        runs.request_backup(place.ctx, place.admin, task.id)
    place.pass_time(days=6)
    housekeeping.run(place.ctx)
    back = Selection(tuple(place.ids(task.id, "Ada Admin")))
    acting.act(place.ctx, place.fresh_admin(), task.id, "undelete", back)
    assert place.statuses(task.id) == {"Ada Admin": "Active", "Bea New": "Deleted"}
    place.edit({"op": "set_status", "member": bea, "status": "removed"})
    look(place, task.connection.id)
    place.pass_time(days=1)
    housekeeping.run(place.ctx)
    assert place.statuses(task.id) == {"Ada Admin": "Active"}


def test_f78_what_is_still_in_the_team_starts_anew_after_the_grace(place: Protected) -> None:
    place.put("/a.txt", "a")
    task = place.task(activate="all")
    place.back_up(task.id)
    acting.act(place.ctx, place.fresh_admin(), task.id, "delete", Selection())
    place.pass_time(days=7)
    housekeeping.run(place.ctx)
    row = place.row(task.id, "Ada Admin")
    assert (row.status, row.first_backup, row.files) == ("Not Active", None, 0)
    with place.ctx.read() as connection:
        marks = purged_until(connection, task.connection.team_id, "main")
    assert marks == {row.namespace: place.ctx.now()}


def test_f55_what_left_the_team_is_kept_for_so_many_days(place: Protected) -> None:
    bea = add_member(place, "Bea")
    task = place.task(activate="all", settings=TaskSettings(archived_keep_days=30))
    place.back_up(task.id)
    place.edit({"op": "set_status", "member": bea, "status": "removed"})
    look(place, task.connection.id)
    place.pass_time(days=29, hours=23)
    housekeeping.run(place.ctx)
    assert place.statuses(task.id)["Bea New"] == "Archived"
    place.pass_time(hours=1)
    housekeeping.run(place.ctx)
    assert place.statuses(task.id)["Bea New"] == "Deleted"
    place.pass_time(days=7)
    housekeeping.run(place.ctx)
    assert "Bea New" not in place.statuses(task.id)


def test_f55_without_a_number_it_is_kept_for_ever(place: Protected) -> None:
    bea = add_member(place, "Bea")
    task = place.task(activate="all")
    place.back_up(task.id)
    place.edit({"op": "set_status", "member": bea, "status": "removed"})
    look(place, task.connection.id)
    place.pass_time(days=3650)
    housekeeping.run(place.ctx)
    assert place.statuses(task.id)["Bea New"] == "Archived"


def test_f138_deletions_are_in_the_audit_as_such(place: Protected) -> None:
    task = place.task(activate="all")
    acting.act(place.ctx, place.fresh_admin(), task.id, "delete", Selection())
    delete(place, task.id)
    kinds = [row.activity for row in place.people.audit(place.admin)[:3]]
    assert kinds.count("backup_deleted") == 2
