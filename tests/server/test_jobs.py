"""Jobs by API: the list with its filters and cards, one job, cancelling, repeating, log, problems."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from dropally.auth.actors import Reach
from dropally.auth.verbs import Role
from dropally.catalog.audit import AuditFilter, select_rows
from dropally.common.errors import DropallyError
from dropally.jobs.runner import (
    URGENT,
    Initiator,
    JobOutcome,
    JobRequest,
    RunningJob,
)
from tests.jobs.runner.work import ANN, Gate, Scripted, Work, until
from tests.server.appliance import Served, rebuilt

SIX_WORDS = {
    "pending": "Pending",
    "in_progress": "In progress",
    "succeeded": "Succeeded",
    "partially_succeeded": "Partially succeeded",
    "failed": "Failed",
    "canceled": "Canceled",
}
BO = Initiator("user", "usr_bo", "Bo Berg")
PLAN = Initiator("scheduler", "scheduler", "Scheduler")
SHELL = Initiator("cli", "cli:root", "root on the host")
PROGRAM = Initiator("token", "usr_bo", "Bo Berg (API token)")


def submit(appliance: Served, kind: str = "restore", **changes: Any) -> str:
    """A job asked for by Ann unless the test says otherwise; its id."""
    fields: dict[str, Any] = {
        "title": f"{kind.capitalize()} of something",
        "params": Work("one"),
        "initiator": ANN,
        "priority": URGENT,
        **changes,
    }
    return appliance.parts.runner.submit(JobRequest(kind, **fields)).id


def run(appliance: Served, *scripts: tuple[str, Callable[[RunningJob], JobOutcome]]) -> None:
    """Start the runner with these kinds of jobs."""
    for name, script in scripts:
        appliance.parts.runner.register(Scripted(script, name))
    appliance.parts.runner.start()


def finished(client: httpx.Client, job_id: str) -> dict[str, Any]:
    until(lambda: client.get(f"/api/v1/jobs/{job_id}").json()["ended_at"])
    found: dict[str, Any] = client.get(f"/api/v1/jobs/{job_id}").json()
    return found


def listed(client: httpx.Client, **query: Any) -> list[str]:
    answer = client.get("/api/v1/jobs", params=query)
    assert answer.status_code == 200, answer.text
    return [job["id"] for job in answer.json()["items"]]


def succeed(_job: RunningJob) -> JobOutcome:
    return JobOutcome("succeeded", {"files": 12, "bytes": 4096})


def stumble(job: RunningJob) -> JobOutcome:
    job.context.note("begun")
    for number in range(3):
        job.problem("not readable", f"/Müller/{number}", "403", hint="ask Dropbox")
    job.problem("too long", "/x")
    job.context.warn("not all went well")
    return JobOutcome("partially_succeeded", {"files": 1})


def fail(_job: RunningJob) -> JobOutcome:
    raise DropallyError("the team said no", hint="ask the team")


# -- the list -----------------------------------------------------------------------------------


def test_f116_the_list_begins_seven_days_ago_and_goes_back_on_request(appliance: Served) -> None:
    old = submit(appliance)
    appliance.clock.advance(timedelta(days=7, hours=1).total_seconds())
    new = submit(appliance)
    client = appliance.program()
    assert listed(client) == [new]
    assert listed(client, window="24h") == [new]
    for window in ("30d", "90d", "all"):
        assert listed(client, window=window) == [new, old]
    assert listed(client, start="2026-03-01T00:00:00Z", end="2026-03-03T00:00:00Z") == [old]


def test_f117_and_f122_kinds_are_chosen(appliance: Served) -> None:
    ids = {kind: submit(appliance, kind) for kind in ("restore", "export", "backup", "verify")}
    client = appliance.as_admin()
    assert set(listed(client, kind="restore,export")) == {ids["restore"], ids["export"]}
    assert listed(client, kind="backup") == [ids["backup"]]
    assert len(listed(client)) == 4


@pytest.mark.parametrize("count", [0, 1, 2, 6])
def test_f118_the_total_of_the_last_seven_days(appliance: Served, count: int) -> None:
    submit(appliance)
    appliance.clock.advance(timedelta(days=7, seconds=1).total_seconds())
    for _ in range(count):
        submit(appliance)
    client = appliance.program()
    assert client.get("/api/v1/jobs/summary").json()["total"] == count
    assert client.get("/api/v1/jobs/summary", params={"window": "30d"}).json()["total"] == count + 1


def test_f119_f120_f124_the_cards_count_what_the_list_shows(appliance: Served) -> None:
    gate = Gate()
    run(appliance, ("good", succeed), ("partial", stumble), ("bad", fail), ("slow", gate.script))
    client = appliance.as_admin()
    for kind in ("good", "good", "partial", "bad"):
        finished(client, submit(appliance, kind))
    running = submit(appliance, "slow", locks=("x",))
    submit(appliance, "slow", locks=("x",))
    until(lambda: client.get(f"/api/v1/jobs/{running}").json()["status"] == "in_progress")
    client.post(f"/api/v1/jobs/{submit(appliance, 'slow', locks=('x',))}/cancel")
    cards = client.get("/api/v1/jobs/summary").json()
    assert cards["total"] == 7
    for status, label in SIX_WORDS.items():
        jobs = client.get("/api/v1/jobs", params={"status": status}).json()["items"]
        assert len(jobs) == cards[status] > 0
        assert {job["status_label"] for job in jobs} == {label}
    gate.open.set()


def test_f121_initiators_are_people_programs_the_plan_and_the_shell(appliance: Served) -> None:
    ids = {one.kind: submit(appliance, initiator=one) for one in (BO, PROGRAM, PLAN, SHELL)}
    own = submit(appliance, initiator=ANN)
    client = appliance.as_admin()
    assert listed(client, initiator="scheduler") == [ids["scheduler"]]
    assert listed(client, initiator="cli,token") == [ids["cli"], ids["token"]]
    assert listed(client, initiator="usr_ann") == [own]
    named = client.get("/api/v1/jobs/summary").json()["initiators"]
    assert {"kind": "scheduler", "id": "scheduler", "name": "Scheduler"} in named
    assert len(named) == 5


def test_f123_every_job_names_its_service(appliance: Served) -> None:
    submit(appliance)
    submit(appliance, "self-backup", service="appliance")
    client = appliance.as_admin()
    assert len(listed(client, service="dropbox")) == 1
    assert {job["service"] for job in client.get("/api/v1/jobs").json()["items"]} == {
        "dropbox",
        "appliance",
    }


def test_f125_a_task_and_then_words_narrow_the_list(appliance: Served) -> None:
    hit = submit(appliance, task_id="tsk_1", item="Jörg Müller, /Reports")
    submit(appliance, task_id="tsk_1", item="somebody else")
    submit(appliance, task_id="tsk_2", item="Müller")
    client = appliance.as_admin()
    assert listed(client, task="tsk_1", q="MULLER") == [hit]
    assert len(listed(client, task="tsk_1")) == 2
    assert listed(client, task="tsk_1", q="nobody") == []


@pytest.mark.parametrize("order", ["latest", "oldest"])
def test_f126_equal_times_keep_their_order_over_pages(appliance: Served, order: str) -> None:
    ids = [submit(appliance) for _ in range(7)]
    client = appliance.as_admin()
    found: list[str] = []
    cursor = ""
    while True:
        query = {"order": order, "limit": "3", "cursor": cursor}
        page = client.get("/api/v1/jobs", params=query).json()
        found += [job["id"] for job in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = page["next_cursor"]
    assert found == (ids if order == "oldest" else ids[::-1])


def test_a_list_that_makes_no_sense_is_refused_in_words(appliance: Served) -> None:
    client = appliance.as_admin()
    late = {"start": "2026-03-05T00:00:00Z", "end": "2026-03-01T00:00:00Z"}
    assert client.get("/api/v1/jobs", params=late).status_code == 422
    assert client.get("/api/v1/jobs", params={"window": "2y"}).status_code == 400
    assert client.get("/api/v1/jobs", params={"cursor": "!"}).status_code == 400
    assert client.get("/api/v1/jobs", params={"start": "2026-03-05T00:00:00"}).status_code == 422


# -- one job --------------------------------------------------------------------------------------


def test_f127_f128_a_job_tells_everything_about_itself(appliance: Served) -> None:
    run(appliance, ("restore", stumble))
    job_id = submit(
        appliance,
        item="ann@example.com",
        task_id="tsk_1",
        task_name="Hollenberg",
        destination="Ann:/Restored",
        entity_ids=("ent_1",),
        point_time=appliance.clock.now() - timedelta(days=3),
    )
    job = finished(appliance.as_admin(), job_id)
    assert (job["kind_label"], job["status"], job["attempt"]) == (
        "Restore",
        "partially_succeeded",
        1,
    )
    assert job["initiator"] == {"kind": "user", "id": "usr_ann", "name": "Ann Smith"}
    assert job["backup_time"] == "2026-02-27T09:00:00Z"
    assert (job["destination"], job["item"], job["task_name"]) == (
        "Ann:/Restored",
        "ann@example.com",
        "Hollenberg",
    )
    assert (job["title"], job["service"]) == ("Restore of something", "dropbox")
    assert (job["total_items"], job["problems"], job["entity_ids"]) == (1, 4, ["ent_1"])
    assert job["causes"] == [
        {"cause": "not readable", "hint": "ask Dropbox", "items": 3},
        {"cause": "too long", "hint": "", "items": 1},
    ]
    assert (job["live"], job["can_cancel"], job["can_retry"]) == (None, False, True)
    assert job["duration_s"] == 0.0


def test_f104_a_running_job_shows_its_progress(appliance: Served) -> None:
    gate = Gate()

    def restore(job: RunningJob) -> JobOutcome:
        phase = job.context.phase("restore", "files")
        phase.expect(10)
        phase.settle()
        phase.add(4)
        job.context.set_pause("Dropbox asks to wait 41 s")
        return gate.script(job)

    run(appliance, ("restore", restore))
    client = appliance.as_admin()
    job_id = submit(appliance)
    until(lambda: gate.inside)
    live = client.get(f"/api/v1/jobs/{job_id}").json()["live"]
    assert live["phases"] == [
        {
            "name": "restore",
            "unit": "files",
            "done": 4,
            "total": 10,
            "is_at_least": False,
            "rate": 0.0,
        }
    ]
    assert (live["pause"], live["is_hung"], live["least_left_s"]) == (
        "Dropbox asks to wait 41 s",
        False,
        None,
    )
    gate.open.set()
    assert finished(client, job_id)["phases"][0]["done"] == 4


def test_f129_and_f142_cancelling_is_answered_done_and_audited(appliance: Served) -> None:
    gate = Gate()
    run(appliance, ("restore", gate.script))
    client = appliance.as_admin()
    job_id = submit(appliance, task_name="Hollenberg")
    until(lambda: gate.inside)
    answer = client.post(f"/api/v1/jobs/{job_id}/cancel")
    assert (answer.status_code, answer.json()["is_cancelling"]) == (202, True)
    assert finished(client, job_id)["status"] == "canceled"
    with appliance.parts.auth.read() as connection:
        row = select_rows(connection, AuditFilter(activity="task_cancelled"), limit=1)[0]
    assert row.description == "Task cancellation request received."
    assert (row.target, row.task, row.actor_name) == (job_id, "Hollenberg", "Ann Smith")
    again = client.post(f"/api/v1/jobs/{job_id}/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "job_finished")


def test_a_job_is_repeated_as_a_new_one(appliance: Served) -> None:
    run(appliance, ("backup", stumble))
    client = appliance.as_admin()
    job_id = submit(appliance, "backup")
    finished(client, job_id)
    answer = client.post(
        f"/api/v1/jobs/{job_id}/retry",
        json={"only_failed": True},
        headers={"Idempotency-Key": "once"},
    )
    again = answer.json()
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/api/v1/jobs/{again['id']}"
    assert (again["retry_of"], again["only_failed"]) == (job_id, True)
    assert again["initiator"]["id"] == appliance.admin.id
    assert finished(client, job_id)["retried_by"] == [again["id"]]
    repeated = client.post(
        f"/api/v1/jobs/{job_id}/retry",
        json={"only_failed": True},
        headers={"Idempotency-Key": "once"},
    )
    assert repeated.json()["id"] == again["id"]
    finished(client, again["id"])


def test_a_retry_is_narrowed_to_a_cause_that_the_job_knows(appliance: Served) -> None:
    run(appliance, ("backup", stumble), ("export", stumble))
    client = appliance.as_admin()
    job_id, whole_id = submit(appliance, "backup"), submit(appliance, "export")
    assert finished(client, job_id)["retries_by_cause"]
    assert not finished(client, whole_id)["retries_by_cause"]
    assert finished(client, job_id)["unnarrowed_causes"] == []
    for which, cause in ((job_id, "never met"), (whole_id, "too long")):
        refused = client.post(f"/api/v1/jobs/{which}/retry", json={"cause": cause})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "cause")
    again = client.post(f"/api/v1/jobs/{job_id}/retry", json={"cause": "too long"}).json()
    assert (again["only_failed"], again["retry_cause"]) == (True, "too long")
    finished(client, again["id"])


def test_an_unfinished_job_is_not_repeated(appliance: Served) -> None:
    job_id = submit(appliance, "backup")
    answer = appliance.as_admin().post(f"/api/v1/jobs/{job_id}/retry", json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "job_unfinished")


def test_the_room_that_does_a_job_says_who_may_repeat_it(appliance: Served) -> None:
    from dropally.auth.actors import Place  # noqa: PLC0415  only here
    from dropally.auth.verbs import Verb  # noqa: PLC0415  only here

    run(appliance, ("restore", succeed))
    job_id = submit(appliance)
    finished(appliance.as_admin(), job_id)
    rule = {"restore": lambda row: [(Verb.RESTORE_TO_OWNER, Place(row.task_id))]}
    ruled = rebuilt(appliance, retry_rights=rule)
    for role, status in ((Role.HELP_DESK, 202), (Role.VIEWER, 403)):
        client = ruled.as_role(role)
        assert client.post(f"/api/v1/jobs/{job_id}/retry", json={}).status_code == status
        assert client.get(f"/api/v1/jobs/{job_id}").json()["can_retry"] == (status == 202)


def test_the_log_is_read_on_from_where_one_was(appliance: Served) -> None:
    run(appliance, ("backup", stumble))
    client = appliance.as_admin()
    job_id = submit(appliance, "backup")
    finished(client, job_id)
    first = client.get(f"/api/v1/jobs/{job_id}/log", params={"limit": 1}).json()
    assert [line["message"] for line in first["items"]] == ["begun"]
    assert (first["last_line"], first["is_complete"]) == (1, False)
    rest = client.get(f"/api/v1/jobs/{job_id}/log", params={"after": 1}).json()
    assert [line["level"] for line in rest["items"]] == ["warning"]
    assert (rest["last_line"], rest["is_complete"]) == (2, True)


def test_problems_are_listed_by_cause(appliance: Served) -> None:
    run(appliance, ("backup", stumble))
    client = appliance.as_admin()
    job_id = submit(appliance, "backup")
    finished(client, job_id)
    path = f"/api/v1/jobs/{job_id}/problems"
    page = client.get(path, params={"cause": "not readable", "limit": 2}).json()
    assert [one["item"] for one in page["items"]] == ["/Müller/0", "/Müller/1"]
    assert page["total"] == 3
    rest = client.get(path, params={"cause": "not readable", "cursor": page["next_cursor"]}).json()
    assert [one["item"] for one in rest["items"]] == ["/Müller/2"]
    assert client.get(path).json()["total"] == 4


# -- who may ---------------------------------------------------------------------------------------


def test_jobs_out_of_reach_are_not_seen_not_counted_and_not_touched(appliance: Served) -> None:
    mine = submit(appliance, task_id="tsk_1", entity_ids=("ent_1", "ent_9"))
    entity = submit(appliance, task_id="tsk_2", entity_ids=("ent_2",))
    both = submit(appliance, task_id="tsk_2", entity_ids=("ent_2", "ent_3"))
    whole = submit(appliance, task_id="tsk_2")
    system = submit(appliance, "self-backup")
    reach = Reach(tasks=frozenset({"tsk_1"}), entities=frozenset({"ent_2"}))
    client = appliance.as_role(Role.RECOVERY_OPERATOR, reach)
    assert set(listed(client)) == {mine, entity}
    assert client.get("/api/v1/jobs/summary").json()["total"] == 2
    for job_id in (both, whole, system):
        for path in ("", "/log", "/problems"):
            assert client.get(f"/api/v1/jobs/{job_id}{path}").status_code == 403
        assert client.post(f"/api/v1/jobs/{job_id}/cancel").status_code == 403
        assert client.post(f"/api/v1/jobs/{job_id}/retry", json={}).status_code == 403
    assert client.post(f"/api/v1/jobs/{mine}/cancel").status_code == 202
    assert client.get("/api/v1/jobs/job_none").status_code == 404


def test_people_see_what_they_asked_for_themselves(appliance: Served) -> None:
    actor = appliance.person(Role.HELP_DESK, Reach(entities=frozenset({"ent_1"})))
    own = submit(appliance, initiator=Initiator("user", actor.id, actor.name), task_id="tsk_7")
    submit(appliance, task_id="tsk_7")
    assert listed(appliance.browser(actor)) == [own]


def test_a_narrow_token_sees_no_more_than_it_was_given(appliance: Served) -> None:
    inside = submit(appliance, task_id="tsk_1")
    submit(appliance, task_id="tsk_2")
    client = appliance.program(reach=Reach(tasks=frozenset({"tsk_1"})))
    assert listed(client) == [inside]


def test_who_may_not_read_jobs_is_told_so(appliance: Served) -> None:
    job_id = submit(appliance)
    client = appliance.as_role(Role.BILLING)
    for path in ("/jobs", "/jobs/summary", f"/jobs/{job_id}", f"/jobs/{job_id}/log"):
        assert client.get(f"/api/v1{path}").status_code == 403
    assert appliance.stranger().get("/api/v1/jobs").status_code == 401
