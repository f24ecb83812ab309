"""System activity by API: filters against the truth, CSV, the facts behind a row."""

import csv
import io
from datetime import timedelta
from typing import Any

import httpx
import pytest
from dropally.auth.actors import Reach
from dropally.auth.verbs import Role
from dropally.catalog.activity import NewActivity, insert_activity
from dropally.jobs.runner import ItemOutcome, JobOutcome, JobRequest, RunningJob
from tests.jobs.runner.work import ANN, Scripted, Work, until
from tests.server.appliance import Served

ROWS = (
    ("backup", "succeeded", "Hollenberg", "ann@example.com", "Members", "tsk_1", "ent_1"),
    ("backup", "failed", "Hollenberg", "Jörg Müller", "Members", "tsk_1", "ent_2"),
    ("restore", "succeeded", "Hollenberg", "12 items", "Members", "tsk_1", "ent_1"),
    ("export", "succeeded", "Other Ltd", "Marketing", "Team folders", "tsk_2", "ent_3"),
    ("backup", "succeeded", "Other Ltd", "=cmd|' /C calc'!A0", "Team folders", "tsk_2", "ent_3"),
)


@pytest.fixture
def told(appliance: Served) -> Served:
    """Five things were done, one a day."""
    for activity, status, task, item, sub_service, task_id, entity_id in ROWS:
        with appliance.parts.auth.write() as connection:
            new = NewActivity(
                activity,
                status,
                item,
                task_id=task_id,
                task_name=task,
                entity_id=entity_id,
                sub_service=sub_service,
            )
            insert_activity(connection, new, appliance.clock.now())
        appliance.clock.advance(timedelta(days=1).total_seconds())
    return appliance


def items(client: httpx.Client, **query: Any) -> list[str]:
    answer = client.get("/api/v1/activity", params=query)
    assert answer.status_code == 200, answer.text
    return [row["item"] for row in answer.json()["items"]]


def test_f133_f135_a_row_has_the_seven_columns(told: Served) -> None:
    rows = told.program().get("/api/v1/activity").json()["items"]
    assert {row["activity_label"] for row in rows} == {"Backup", "Restore", "Export"}
    assert {row["status_label"] for row in rows} == {"Succeeded", "Failed"}
    row = rows[-1]
    assert row["activity_label"] == "Backup"
    assert row["time"] == "2026-03-02T09:00:00Z"
    assert (row["service"], row["sub_service"]) == ("dropbox", "Members")
    assert (row["status_label"], row["task_name"]) == ("Succeeded", "Hollenberg")
    assert row["item"] == "ann@example.com"


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({"activity": "restore,export"}, [3, 2]),
        ({"status": "failed"}, [1]),
        ({"task_name": "hollen"}, [2, 1, 0]),
        ({"task": "tsk_2"}, [4, 3]),
        ({"item": "muller"}, [1]),
        ({"service": "dropbox"}, [4, 3, 2, 1, 0]),
        ({"service": "appliance"}, []),
        ({"start": "2026-03-03T00:00:00Z", "end": "2026-03-05T00:00:00Z"}, [2, 1]),
        ({"activity": "backup", "status": "succeeded", "task_name": "OTHER"}, [4]),
        ({"window": "24h"}, [4]),
    ],
    ids=str,
)
def test_f134_filters_narrow_alone_and_together(
    told: Served, query: dict[str, str], wanted: list[int]
) -> None:
    assert items(told.program(), **query) == [ROWS[number][3] for number in wanted]


def test_pages_follow_each_other_in_both_orders(told: Served) -> None:
    client = told.program()
    for order in ("latest", "oldest"):
        found: list[str] = []
        query = {"order": order, "limit": "2"}
        while True:
            page = client.get("/api/v1/activity", params=query).json()
            found += [row["item"] for row in page["items"]]
            if page["next_cursor"] is None:
                break
            query["cursor"] = page["next_cursor"]
        assert found == [row[3] for row in (ROWS if order == "oldest" else ROWS[::-1])]


def test_f136_the_csv_has_the_filtered_rows_and_no_formula(told: Served) -> None:
    client = told.program()
    answer = client.get("/api/v1/activity/export", params={"activity": "backup", "bom": True})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0][:7] == [
        "Activity",
        "Date and Time",
        "Service",
        "Sub Service",
        "Status",
        "Task Name",
        "Item",
    ]
    assert [row[6] for row in rows[1:]] == ["'=cmd|' /C calc'!A0", "Jörg Müller", "ann@example.com"]
    assert not client.get("/api/v1/activity/export").content.startswith(b"\xef\xbb\xbf")


def test_the_csv_streams_more_rows_than_a_page(appliance: Served) -> None:
    with appliance.parts.auth.write() as connection:
        for number in range(1203):
            new = NewActivity("backup", "succeeded", f"item {number}")
            insert_activity(connection, new, appliance.clock.now())
    answer = appliance.as_admin().get("/api/v1/activity/export")
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert [row[6] for row in rows[1:]] == [f"item {number}" for number in range(1202, -1, -1)]


def test_f131_and_f137_a_job_leaves_rows_with_its_facts(appliance: Served) -> None:
    def back_up(job: RunningJob) -> JobOutcome:
        job.problem("not readable", "/a", hint="ask Dropbox")
        job.add_api_calls(42)
        summary = {
            "entities": 2,
            "files": 10,
            "bytes": 5000,
            "new": 3,
            "changed": 2,
            "deleted": 1,
            "fetched_bytes": 1000,
            "stored_bytes": 400,
        }
        items = (
            ItemOutcome("ann@example.com", "succeeded", "ent_1", "Members"),
            ItemOutcome("Marketing", "failed", "ent_3", "Team folders", "it is locked"),
        )
        return JobOutcome("partially_succeeded", summary, items=items)

    runner = appliance.parts.runner
    runner.register(Scripted(back_up, "backup"))
    runner.start()
    request = JobRequest(
        "backup", "Backup of Hollenberg", Work(), ANN, task_id="tsk_1", task_name="Hollenberg"
    )
    row = runner.submit(request)
    until(lambda: runner.get(row.id).is_finished)
    client = appliance.as_admin()
    told = client.get("/api/v1/activity", params={"job": row.id}).json()["items"]
    assert [(one["item"], one["sub_service"], one["status"]) for one in told] == [
        ("Marketing", "Team folders", "failed"),
        ("ann@example.com", "Members", "succeeded"),
    ]
    info = client.get(f"/api/v1/activity/{told[0]['id']}").json()
    assert (info["execution_s"], info["entities"], info["stored_bytes"]) == (0.0, 2, 400)
    assert (info["new"], info["changed"], info["deleted"]) == (3, 2, 1)
    assert (info["deduplicated"], info["api_calls"]) == (0.6, 42)
    assert info["skipped"] == [{"cause": "not readable", "hint": "ask Dropbox", "items": 1}]
    assert info["message"] == "it is locked"


def test_activity_out_of_reach_is_not_told(told: Served) -> None:
    reach = Reach(tasks=frozenset({"tsk_2"}), entities=frozenset({"ent_1"}))
    client = told.as_role(Role.AUDITOR, reach)
    assert items(client) == [ROWS[number][3] for number in (4, 3, 2, 0)]
    ids = {row["item"]: row["id"] for row in told.program().get("/api/v1/activity").json()["items"]}
    assert client.get(f"/api/v1/activity/{ids['Jörg Müller']}").status_code == 403
    assert client.get(f"/api/v1/activity/{ids['12 items']}").status_code == 200
    text = client.get("/api/v1/activity/export").text
    assert "Müller" not in text
    assert told.as_role(Role.BILLING).get("/api/v1/activity").status_code == 403
    assert client.get("/api/v1/activity/999999").status_code == 404
