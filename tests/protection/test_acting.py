"""What people do with entities, one and many."""

from datetime import timedelta

import pytest
from dropally.auth.actors import Reach, scheduler
from dropally.auth.errors import FieldsError, ForbiddenError, StateError
from dropally.auth.verbs import Role
from dropally.common.errors import NotFoundError
from dropally.protection import acting, pausing, runs, task_views
from dropally.protection.acting import Selection
from dropally.protection.entities import EntityQuery
from tests.protection.appliance import Protected
from tests.protection.test_discovery import activate, add_member, look


def test_f68_f69_all_that_match_are_activated(place: Protected) -> None:
    for name in ("Bea", "Cy", "Di"):
        add_member(place, name)
    place.edit({"op": "add_team_folder", "name": "Plans"})
    task = place.task()
    query = EntityQuery(kinds=("member",), name_part="new")
    report = acting.act(place.ctx, place.admin, task.id, "activate", Selection(query=query))
    assert len(report.changed) == 3
    assert place.statuses(task.id) == {
        "Ada Admin": "Not Active",
        "Bea New": "Scheduled",
        "Cy New": "Scheduled",
        "Di New": "Scheduled",
        "Plans": "Not Active",
    }


def test_what_makes_no_sense_is_skipped_and_told(place: Protected) -> None:
    task = place.task(activate="all")
    everything = Selection()
    report = acting.act(place.ctx, place.admin, task.id, "activate", everything)
    assert report.changed == ()
    assert [one.reason for one in report.skipped] == ["it is active already"]
    report = acting.act(place.ctx, place.admin, task.id, "undelete", everything)
    assert [one.reason for one in report.skipped] == ["it is not in the trash"]


def test_unknown_ids_are_refused(place: Protected) -> None:
    task = place.task()
    with pytest.raises(NotFoundError, match="ent_none"):
        acting.act(place.ctx, place.admin, task.id, "activate", Selection(("ent_none",)))
    with pytest.raises(FieldsError):
        acting.act(place.ctx, place.admin, task.id, "activate", Selection(()))


def test_a_deactivated_entity_keeps_its_backups(place: Protected) -> None:
    task = place.task(activate="all")
    place.back_up(task.id)
    acting.act(place.ctx, place.admin, task.id, "deactivate", Selection())
    row = place.row(task.id, "Ada Admin")
    assert row.status == "Not Active"
    assert row.first_backup is not None
    with pytest.raises(StateError) as refused:
        runs.request_backup(place.ctx, place.admin, task.id)
    assert refused.value.code == "nothing_active"


def test_f72_a_paused_entity_is_left_out_until_its_date(place: Protected) -> None:
    add_member(place, "Bea")
    task = place.task(activate="all")
    until = place.ctx.now() + timedelta(days=3)
    chosen = Selection(tuple(place.ids(task.id, "Bea New")))
    acting.act(place.ctx, place.admin, task.id, "pause", chosen, until=until)
    place.back_up(task.id)
    assert place.statuses(task.id) == {"Ada Admin": "Active", "Bea New": "Paused"}
    place.pass_time(days=2, hours=23)
    assert pausing.resume_due(place.ctx) == 0
    place.pass_time(hours=1)
    assert pausing.resume_due(place.ctx) == 1
    place.fresh_admin()
    place.back_up(task.id)
    assert place.statuses(task.id)["Bea New"] == "Active"


def test_f72_a_paused_task_runs_nothing_until_its_date(place: Protected) -> None:
    task = place.task(activate="all")
    view = pausing.pause(place.ctx, place.admin, task.id, place.ctx.now() + timedelta(hours=5))
    assert (view.state, view.next_run) == ("paused", None)
    assert place.statuses(task.id) == {"Ada Admin": "Paused"}
    for actor in (place.admin, scheduler()):
        with pytest.raises(StateError) as refused:
            runs.request_backup(place.ctx, actor, task.id)
        assert refused.value.code == "task_paused"
    place.pass_time(hours=5)
    assert pausing.resume_due(place.ctx) == 1
    assert place.statuses(task.id) == {"Ada Admin": "Scheduled"}
    with pytest.raises(FieldsError):
        pausing.pause(place.ctx, place.fresh_admin(), task.id, place.ctx.now())


def test_a_folder_is_backed_up_with_the_member_who_mounts_it(sample: Protected) -> None:
    task = sample.task()
    sample_rows = {row.name: row for row in sample.rows(task.id)}
    members = [name for name, row in sample_rows.items() if row.kind == "member"]
    activate(sample, task.id, "Ann Berger")
    covered = [row for row in sample.rows(task.id) if row.covered_by]
    assert covered
    assert {row.status for row in covered} == {"Scheduled"}
    assert {row.covered_by for row in covered} == set(sample.ids(task.id, "Ann Berger"))
    job = sample.back_up(task.id)
    assert job.status in ("succeeded", "partially_succeeded")
    states = sample.statuses(task.id)
    assert all(states[name] == "Not Active" for name in members if name != "Ann Berger")
    assert {states[row.name] for row in covered} == {"Active"}
    ann = sample.row(task.id, "Ann Berger")
    own = sum(row.bytes for row in sample.rows(task.id) if row.covered_by)
    assert ann.bytes > own > 0
    view = task_views.get_task(sample.ctx, sample.admin, task.id)
    assert view.bytes == ann.bytes  # what is mounted counts once


def test_rights_end_at_the_reach(place: Protected) -> None:
    add_member(place, "Bea")
    task = place.task()
    [bea] = place.ids(task.id, "Bea New")
    [ada] = place.ids(task.id, "Ada Admin")
    reach = Reach(entities=frozenset({bea}))
    operator = place.people.add(place.admin, "op@example.com", Role.BACKUP_OPERATOR, reach)
    report = acting.act(place.ctx, operator, task.id, "activate", Selection())
    assert report.changed == (bea,)
    with pytest.raises(ForbiddenError):
        acting.act(place.ctx, operator, task.id, "activate", Selection((bea, ada)))
    with pytest.raises(ForbiddenError):
        acting.act(place.ctx, operator, task.id, "delete", Selection((bea,)))
    assert runs.request_backup(place.ctx, operator, task.id, [bea]).status == "pending"
    with pytest.raises(ForbiddenError):
        runs.request_backup(place.ctx, operator, task.id)
    place.finish_all()


def test_f71_f142_backup_now_is_one_job_and_one_audit_row(place: Protected) -> None:
    task = place.task(activate="all")
    place.hold_back("team/*")
    jobs = {runs.request_backup(place.ctx, place.admin, task.id).id for _ in range(3)}
    one = place.ids(task.id, "Ada Admin")
    jobs.add(runs.request_backup(place.ctx, place.admin, task.id, one).id)
    assert len(jobs) == 1
    place.control.clear_faults()
    place.finish_all()
    said = [
        row.description
        for row in place.people.audit(place.admin)
        if row.activity == "backup_requested"
    ]
    assert said == ["Backup Now was initiated for account Dropbox."]


def test_entities_are_looked_for_again_while_the_task_is_paused(place: Protected) -> None:
    task = place.task()
    pausing.pause(place.ctx, place.admin, task.id)
    add_member(place, "Bea")
    look(place, task.connection.id)
    assert place.statuses(task.id)["Bea New"] == "Paused"
