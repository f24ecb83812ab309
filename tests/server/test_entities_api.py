"""Lists of members and folders over HTTP: every status word, every column, many at once."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from dropally.auth.audit import Activity
from dropally.common.text import format_time
from dropally.protection.status import STATUSES
from tests.protection.test_discovery import add_member
from tests.server.console import API, Console, json_of, opened_console


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    with opened_console(tmp_path) as found:
        yield found


def act(console: Console, task: str, action: str, *names: str, **more: object) -> int:
    ids = console.place.ids(task, *names)
    done = console.post(f"/tasks/{task}/entities/actions", {"action": action, "ids": ids, **more})
    return int(done["changed"])


def names_with(console: Console, task: str, *statuses: str) -> set[str]:
    found = console.get(f"/tasks/{task}/entities", status=list(statuses))
    assert found["total"] == len(found["items"])
    return {one["name"] for one in found["items"]}


def look_again(console: Console) -> None:
    [team] = console.get("/connections")["items"]
    job = json_of(console.browser.post(f"{API}/connections/{team['id']}/discover"), 202)
    assert console.place.finished(job["id"]).status == "succeeded"


def test_f83_each_of_the_words_filters_those_alone(console: Console) -> None:
    for name in ("Bea", "Cy", "Di", "Ed", "Flo", "Gus", "Hal"):
        add_member(console.place, name)
    console.place.put("/a.txt", "a", member="hal@hollenberg.example")
    task = console.task()
    other = console.task(name="Another")
    act(console, other, "activate", "Gus New")
    act(console, task, "activate", "Ada Admin", "Di New", "Ed New", "Flo New")
    console.place.back_up(task)
    act(console, task, "pause", "Di New")
    act(console, task, "delete", "Flo New")
    act(console, task, "activate", "Cy New", "Hal New")
    console.place.edit({"op": "set_status", "member": "ed@hollenberg.example", "status": "removed"})
    look_again(console)
    console.place.control.set_faults(
        {"action": "delay", "route": "files/download", "args": {"seconds": 30}}
    )
    hal = console.place.ids(task, "Hal New")
    job = console.post(f"/tasks/{task}/entities/run", {"ids": hal}, 202)
    console.place.wait_until(lambda: console.place.row(task, "Hal New").status == "In Process")
    wanted = {
        "Active": "Ada Admin",
        "Not Active": "Bea New",
        "Scheduled": "Cy New",
        "Paused": "Di New",
        "Archived": "Ed New",
        "Deleted": "Flo New",
        "Backed-up in another task": "Gus New",
        "In Process": "Hal New",
    }
    assert set(wanted) == set(STATUSES)
    for status, name in wanted.items():
        assert names_with(console, task, status) == {name}, status
    assert names_with(console, task, "Paused", "Archived") == {"Di New", "Ed New"}
    assert names_with(console, task) == set(wanted.values())
    console.post(f"/jobs/{job['id']}/cancel", status=202)
    assert console.place.finished(job["id"]).status == "canceled"


def test_f34_all_some_or_those_that_match_are_activated(console: Console) -> None:
    for name in ("Bea", "Cy"):
        add_member(console.place, name)
    console.place.edit({"op": "add_team_folder", "name": "Plans"})
    task = console.task()
    assert act(console, task, "activate", "Bea New") == 1
    path = f"/tasks/{task}/entities/actions"
    assert console.post(path, {"action": "activate", "kind": ["team folder"]})["changed"] == 1
    assert names_with(console, task, "Scheduled") == {"Bea New", "Plans"}
    assert console.post(path, {"action": "activate"})["changed"] == 2
    assert names_with(console, task, "Scheduled") == {"Ada Admin", "Bea New", "Cy New", "Plans"}


def test_f67_f82_a_row_tells_name_kind_status_dates_size_and_items(console: Console) -> None:
    console.place.put("/Docs/a.txt", "four")
    task = console.task(activate="all")
    first = console.place.ctx.now()
    console.place.back_up(task)
    console.place.pass_time(minutes=5)
    console.place.put("/Docs/b.txt", "sixsix")
    console.place.back_up(task)
    [row] = console.get(f"/tasks/{task}/entities")["items"]
    assert (row["name"], row["kind"], row["status"]) == ("Ada Admin", "member", "Active")
    assert (row["files"], row["folders"], row["bytes"]) == (2, 1, 10)
    assert row["first_backup"] == format_time(first)
    assert row["last_backup"] == format_time(first + timedelta(minutes=5))


def test_f34_members_of_a_group_are_activated(console: Console) -> None:
    bea, cy = (add_member(console.place, name) for name in ("Bea", "Cy"))
    console.place.edit({"op": "add_group", "name": "Büro Süd", "members": [bea]})
    task = console.task()
    path = f"/tasks/{task}"
    [office] = [one for one in console.get(f"{path}/groups")["items"] if one["members"] == 1]
    assert office["name"] == "Büro Süd"
    for group in (office["id"], "büro süd", "Buro Sud"):
        [found] = console.get(f"{path}/entities", group=group)["items"]
        assert found["name"] == "Bea New"
    assert console.get(f"{path}/entities", group="nobody")["items"] == []
    done = console.post(f"{path}/entities/actions", {"action": "activate", "group": ["büro süd"]})
    assert done["changed"] == 1
    assert names_with(console, task, "Scheduled") == {"Bea New"}
    console.place.edit({"op": "set_group_members", "group": "Büro Süd", "members": [cy]})
    look_again(console)
    [found] = console.get(f"{path}/entities", group=office["id"])["items"]
    assert found["name"] == "Cy New"


def test_f81_without_a_finished_backup_there_is_no_date(console: Console) -> None:
    task = console.task(activate="all")
    [row] = console.get(f"/tasks/{task}/entities")["items"]
    assert (row["first_backup"], row["last_backup"]) == (None, None)
    found = console.get(f"/entities/{row['id']}/backups")
    assert (found["first_backup"], found["last_backup"], found["last_point"]) == (None, None, None)


def test_f68_f76_f77_three_hundred_are_listed_and_deleted(console: Console) -> None:
    console.place.edit(
        *(
            {
                "op": "add_member",
                "email": f"many{number}@hollenberg.example",
                "given_name": "Many",
                "surname": f"{number:03}",
            }
            for number in range(300)
        )
    )
    task = console.task()
    path = f"/tasks/{task}/entities"
    assert console.post(f"{path}/actions", {"action": "activate", "q": "many"})["changed"] == 300
    listed = console.get(path, q="many", limit=500)["items"]
    assert len(listed) == 300
    two = [one["id"] for one in listed[:2]]
    done = console.post(f"{path}/actions", {"action": "delete", "ids": two})
    assert sorted(done["changed_ids"]) == sorted(two)
    done = console.post(f"{path}/actions", {"action": "delete", "q": "many"})
    assert (done["changed"], done["skipped_total"]) == (298, 2)
    assert console.get(path, status="Deleted")["total"] == 300
    assert names_with(console, task, "Not Active") == {"Ada Admin"}


def test_f80_every_setting_is_kept_and_shown(console: Console) -> None:
    task = console.task()
    read = console.browser.get(f"{API}/tasks/{task}")
    settings = {
        "index_content": False,
        "auto_activate_members": False,
        "auto_activate_team_folders": False,
        "auto_activate_shared_folders": False,
        "auto_activate_groups": ["Sales"],
        "archived_keep_days": 90,
        "retention": {**read.json()["settings"]["retention"], "mode": "period", "period": "7y"},
    }
    plan = {
        **read.json()["plan"],
        "frequency": "weekly",
        "hour": "22:30",
        "weekday": "wed",
        "zone": "Europe/Berlin",
        "jitter_s": 0,
    }
    body = {"name": "Renamed", "settings": settings, "plan": plan}
    tag = {"If-Match": read.headers["etag"]}
    json_of(console.browser.patch(f"{API}/tasks/{task}", json=body, headers=tag))
    found = console.get(f"/tasks/{task}")
    assert (found["name"], found["settings"], found["plan"]) == ("Renamed", settings, plan)
    assert (found["storage_id"], found["region_label"]) == ("main", "main")
    assert found["connection"]["state"] == "Connected"
    changed = console.get("/audit", activity=Activity.SETTINGS_CHANGED)["items"]
    assert changed[0]["task"] == "Renamed"
