"""Runs of tasks against a simulated team."""

from pathlib import Path

import msgspec
from dropally.catalog import job_details
from dropally.catalog.points import entity_spans
from dropally.jobs.backup import team
from dropally.jobs.runner import initiator_of
from dropally.protection import acting, runs
from dropally.protection.acting import Selection
from dropally.protection.backup import release_all
from dropally.store import Repository
from tests.protection.appliance import Protected, protected
from tests.protection.test_discovery import activate, add_member


def test_f66_nothing_is_listed_or_fetched_before_activation(sample: Protected) -> None:
    task = sample.task()
    assert set(sample.statuses(task.id).values()) == {"Not Active"}
    assert sample.content_calls() == 0


def test_a_run_makes_one_point_and_every_entity_active(sample: Protected) -> None:
    task = sample.task(activate="all")
    assert set(sample.statuses(task.id).values()) == {"Scheduled"}
    job = sample.back_up(task.id)
    assert job.status in ("succeeded", "partially_succeeded"), (job.error, job.hint)
    assert set(sample.statuses(task.id).values()) == {"Active"}
    summary = msgspec.json.decode(job.summary)
    assert summary["files"] > 0
    with sample.ctx.storages.catalog("main").read() as catalog:
        spans = entity_spans(catalog, task.connection.team_id)
    backed_up = {span.entity.namespace for span in spans}
    assert backed_up >= {row.namespace for row in sample.rows(task.id)}
    point = msgspec.json.decode(job.result)["point"]
    assert {row.last_point for row in sample.rows(task.id)} == {point}


def test_f66_a_run_touches_what_is_active_only(place: Protected) -> None:
    bea = add_member(place, "Bea")
    place.put("/secret.txt", "not to be fetched", member=bea)
    place.put("/a.txt", "a")
    task = place.task()
    activate(place, task.id, "Ada Admin")
    place.control.reset_metrics()
    place.back_up(task.id)
    assert place.calls("files/download") == 1
    row = place.row(task.id, "Bea New")
    assert (row.status, row.first_backup) == ("Not Active", None)
    with place.ctx.storages.repository("main") as repository:
        assert _sources(repository, task.connection.team_id) == {
            place.row(task.id, "Ada Admin").namespace
        }


def _sources(repository: Repository, team_id: str) -> set[str]:
    point = repository.latest_point(team_id)
    assert point is not None
    return {source for source, _ in repository.point_snapshots(point)}


def test_backup_now_of_one_member_leaves_the_others(place: Protected) -> None:
    bea = add_member(place, "Bea")
    task = place.task(activate="all")
    place.back_up(task.id)
    first = place.row(task.id, "Ada Admin").last_backup
    place.pass_time(hours=1)
    place.fresh_admin()
    place.put("/new.txt", "new", member=bea)
    place.control.reset_metrics()
    place.back_up(task.id, *place.ids(task.id, "Bea New"))
    assert place.calls("team/members/list:2") + place.calls("team/members/list_v2") == 0
    bea_row = place.row(task.id, "Bea New")
    assert bea_row.files == 1
    assert bea_row.last_backup > first
    assert place.row(task.id, "Ada Admin").last_backup == first


def test_a_quiet_run_fetches_nothing_and_adds_a_point(place: Protected) -> None:
    place.put("/a.txt", "a")
    task = place.task(activate="all")
    place.back_up(task.id)
    place.control.reset_metrics()
    job = place.back_up(task.id)
    assert place.calls("files/download") == 0
    assert place.calls("files/list_folder") == 0  # only what is new since the cursor is asked for
    summary = msgspec.json.decode(job.summary)
    assert (summary["changed_namespaces"], summary["fetched_files"], summary["files"]) == (0, 0, 1)


def test_what_cannot_be_read_is_told_by_cause_and_the_run_goes_on(place: Protected) -> None:
    bea = add_member(place, "Bea")
    place.put("/good.txt", "good", member=bea)
    place.put("/blocked.txt", "blocked")
    task = place.task(activate="all")
    ada = place.row(task.id, "Ada Admin").namespace
    place.control.set_faults(
        {"action": "restricted_content", "route": "files/download", "namespace": ada}
    )
    job = place.back_up(task.id)
    assert job.status == "partially_succeeded"
    assert job.problems == 1
    with place.ctx.read() as connection:
        cause, item, hint = connection.execute(
            "SELECT cause, item, hint FROM job_problem JOIN job_cause USING (job, cause)"
        ).fetchone()
    assert (cause, item) == ("restricted_content", "Ada Admin:/blocked.txt")
    assert "Dropbox blocks" in hint
    assert place.row(task.id, "Ada Admin").problems == 1
    assert place.row(task.id, "Bea New").problems == 0


def test_a_namespace_that_cannot_be_listed_keeps_its_last_snapshot(place: Protected) -> None:
    bea = add_member(place, "Bea")
    place.put("/good.txt", "good", member=bea)
    task = place.task(activate="all")
    place.back_up(task.id)
    before = place.row(task.id, "Bea New")
    place.pass_time(hours=1)
    place.fresh_admin()
    place.control.set_faults(
        {
            "action": "api_error",
            "route": "files/list_folder/continue",
            "identity": bea,
            "args": {"error": {".tag": "path", "path": {".tag": "malformed_path"}}},
        }
    )
    job = place.back_up(task.id)
    assert job.status == "partially_succeeded"
    after = place.row(task.id, "Bea New")
    assert (after.status, after.last_backup, after.files) == ("Active", before.last_backup, 1)
    assert after.last_try > before.last_try
    assert after.last_error
    place.control.clear_faults()
    place.back_up(task.id)
    assert place.row(task.id, "Bea New").last_error == ""


def test_a_stopped_run_goes_on_at_the_next_start(tmp_path: Path) -> None:
    with protected(tmp_path) as place:
        for number in range(40):
            place.put(f"/{number}.txt", f"content {number}")
        task = place.task(activate="all")
        place.hold_back("files/download")
        job = runs.request_backup(place.ctx, place.admin, task.id)
        place.until_called("files/download")
        assert place.row(task.id, "Ada Admin").status == "In Process"
        place.restart()
        assert place.row(task.id, "Ada Admin").job in ("", job.id)
        place.control.clear_faults()
        row = place.finished(job.id)
        assert (row.status, row.attempt) == ("succeeded", 2)
        assert place.row(task.id, "Ada Admin").files == 40


def test_after_a_crash_nothing_is_left_in_process(place: Protected) -> None:
    task = place.task(activate="all")
    with place.ctx.write() as connection:
        connection.execute("UPDATE entity SET job = 'job_gone', status = 'In Process'")
    release_all(place.ctx)
    assert place.statuses(task.id) == {"Ada Admin": "Scheduled"}


def test_the_direct_command_and_a_run_exclude_each_other(place: Protected) -> None:
    task = place.task(activate="all")
    with place.ctx.storages.repository("main") as repository:
        stage = place.ctx.auth.data_folder / "stage" / repository.config.repository_id
    with team._only_one(stage / task.connection.team_id.replace(":", "_")):
        job = place.back_up(task.id)
    assert job.status == "failed"
    assert "another backup of this team is running" in job.error
    assert place.row(task.id, "Ada Admin").last_error


def test_runs_of_several_tasks_of_a_team_take_turns(place: Protected) -> None:
    add_member(place, "Bea")
    task = place.task(activate="all")
    ids = place.ids(task.id, "Ada Admin", "Bea New")
    jobs = [runs.request_backup(place.ctx, place.admin, task.id, [one]) for one in ids]
    assert len({job.id for job in jobs}) == 2
    assert [place.finished(job.id).status for job in jobs] == ["succeeded"] * 2


def test_an_entity_that_was_deleted_while_it_waited_is_left_out(place: Protected) -> None:
    add_member(place, "Bea")
    task = place.task(activate="all")
    place.hold_back("team/get_info")
    job = runs.request_backup(place.ctx, place.admin, task.id)
    chosen = Selection(tuple(place.ids(task.id, "Bea New")))
    acting.act(place.ctx, place.admin, task.id, "delete", chosen)
    place.control.clear_faults()
    assert place.finished(job.id).status == "succeeded"
    assert place.statuses(task.id) == {"Ada Admin": "Active", "Bea New": "Deleted"}
    assert place.row(task.id, "Bea New").first_backup is None


def _team_with_two_causes(place: Protected) -> str:
    """A task of three people; something of two of them cannot be read, each by a cause of its own."""
    bea, cem = add_member(place, "Bea"), add_member(place, "Cem")
    place.put("/bad.txt", "bad", member=bea)
    place.put("/worse.txt", "worse", member=cem)
    task = place.task(activate="all")
    for name, action in (("Bea", "restricted_content"), ("Cem", "wrong_bytes")):
        home = place.row(task.id, f"{name} New").namespace
        place.control.add_faults({"action": action, "route": "files/download", "namespace": home})
    return task.id


def test_retrying_by_cause_is_about_those_with_such_an_item(place: Protected) -> None:
    task = _team_with_two_causes(place)
    job = place.back_up(task)
    again = place.ctx.runner.retry(job.id, initiator_of(place.admin), cause="restricted_content")
    done = place.finished(again.id)
    assert msgspec.json.decode(done.summary)["entities"] == 1
    assert place.row(task, "Bea New").last_try > place.row(task, "Cem New").last_try


def test_a_retry_by_a_cause_whose_items_are_not_all_known_is_about_all_that_failed(
    place: Protected,
) -> None:
    task = _team_with_two_causes(place)
    job = place.back_up(task)
    with place.ctx.write() as connection:
        assert job_details.partly_kept(connection, job.number) == []
        connection.execute(
            "UPDATE job_cause SET items = items + 1 WHERE job = ? AND cause = ?",
            (job.number, "restricted_content"),
        )
        assert job_details.partly_kept(connection, job.number) == ["restricted_content"]
    again = place.ctx.runner.retry(job.id, initiator_of(place.admin), cause="restricted_content")
    assert msgspec.json.decode(place.finished(again.id).summary)["entities"] == 2


def test_retrying_only_what_failed_leaves_the_rest_alone(place: Protected) -> None:
    bea = add_member(place, "Bea")
    place.put("/good.txt", "good")
    place.put("/bad.txt", "bad", member=bea)
    task = place.task(activate="all")
    home = place.row(task.id, "Bea New").namespace
    place.control.set_faults(
        {"action": "restricted_content", "route": "files/download", "namespace": home}
    )
    job = place.back_up(task.id)
    place.control.clear_faults()
    place.pass_time(days=8)  # what Dropbox refused for good is asked for again after a week
    again = place.ctx.runner.retry(job.id, initiator_of(place.admin), only_failed=True)
    assert place.finished(again.id).status == "succeeded"
    ada, bea_row = place.row(task.id, "Ada Admin"), place.row(task.id, "Bea New")
    assert (bea_row.problems, bea_row.last_backup > ada.last_backup) == (0, True)
