"""No list of jobs or activity, and no step of the runner, reads its table from end to end."""

import re
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dropally.catalog import activity, job_changes, job_details, job_forgetting, job_lists, jobs
from dropally.catalog.activity import ActivityFilter, ActivityPlace, NewActivity
from dropally.catalog.appliance import open_appliance_database
from dropally.catalog.database_file import DatabaseFile
from dropally.catalog.job_changes import JobEnd
from dropally.catalog.job_lists import JobFilter, JobPlace
from dropally.catalog.jobs import NewJob
from dropally.catalog.reached import Reached

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WHOLE_TABLE = re.compile(
    r"SCAN (job|job_entity|job_line|job_cause|job_problem|activity)\b(?! USING)"
)
SORTED = "USE TEMP B-TREE FOR ORDER BY"


@pytest.fixture
def statements(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[DatabaseFile, set[str]]]:
    """The database, and every statement that is executed on any of its connections."""
    seen: set[str] = set()
    connect = sqlite3.connect

    def connect_traced(*arguments: object, **options: object) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **options)  # type: ignore[call-overload]  # passed on as they are
        connection.set_trace_callback(seen.add)
        return connection

    monkeypatch.setattr(sqlite3, "connect", connect_traced)
    with open_appliance_database(tmp_path) as file:
        seen.clear()
        yield file, seen


def new_job(number: int) -> NewJob:
    return NewJob(
        id=f"job_{number}",
        kind="backup",
        title="Backup",
        priority=50,
        dedupe="d",
        task_id="tsk_1",
        storage_id="main",
        team_id="t",
        locks=("l",),
        service="dropbox",
        sub_service="",
        task_name="Task",
        item="Item",
        destination="",
        point_time=None,
        initiator_kind="user",
        initiator_id="usr_1",
        initiator_name="Ann",
        params="{}",
        retry_of="job_0",
    )


def ask_everything(file: DatabaseFile) -> None:
    reached = (Reached(frozenset({"tsk_1"}), frozenset({"ent_1"})),)
    with file.write() as database:
        connection = database.conn
        for number in range(4):
            jobs.insert_job(connection, new_job(number), ("ent_1",), NOW)
            activity.insert_activity(
                connection, NewActivity("backup", "failed", "x", job_id=f"job_{number}"), NOW
            )
        job_changes.claim(connection, "job_1", NOW)
        job_changes.mark_seen(connection, "job_1", "{}", 0, NOW)
        job_changes.finish(connection, "job_1", JobEnd("failed"), NOW)
        job_changes.mark_announced(connection, ["job_1"])
        job_forgetting.drop_logs(connection, NOW, 9)
        job_forgetting.drop_jobs(connection, NOW, 9)
        activity.give_up_before(connection, NOW - timedelta(days=9))
    with file.read() as connection:
        jobs.job_by_id(connection, "job_1")
        jobs.unfinished_twin(connection, "d")
        jobs.pending_after(connection, 0, 9)
        jobs.in_progress(connection)
        jobs.unannounced(connection, 9)
        jobs.retries_of(connection, "job_0")
        job_changes.cancel_requests(connection)
        job_details.lines_after(connection, 1, 0, 9)
        job_details.problems_after(connection, 1, 0, 9, "x")
        job_lists.backups_since(connection, "tsk_1", NOW)
        for newest in (False, True):
            for task in ("", "tsk_1"):
                wanted = JobFilter(task_id=task, start=NOW, reached=reached, own_id="usr_1")
                after = JobPlace(0, 0)
                job_lists.list_jobs(connection, wanted, limit=9, after=after, oldest_first=newest)
                job_lists.count_jobs(connection, wanted)
                told = ActivityFilter(task_id=task, reached=reached)
                place = ActivityPlace(0, 0)
                activity.list_activity(connection, told, limit=9, after=place, oldest_first=newest)
        activity.list_activity(connection, ActivityFilter(job_id="job_1"), limit=9)


def test_jobs_and_activity_are_read_through_indexes(
    statements: tuple[DatabaseFile, set[str]],
) -> None:
    file, seen = statements
    ask_everything(file)
    asked = [one for one in seen if re.match(r"\s*(SELECT|UPDATE|DELETE)", one)]
    assert len(asked) > 20
    with file.read() as connection:
        for statement in asked:
            plan = [row[3] for row in connection.execute("EXPLAIN QUERY PLAN " + statement)]
            assert not any(WHOLE_TABLE.search(step) for step in plan), (statement, plan)
            assert SORTED not in plan, (statement, plan)
