"""Connections, tasks and entities over HTTP, beside a simulated team."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from dropally.auth.actors import Reach
from dropally.auth.verbs import Role
from dropally.protection import linking
from dropally.simulator.auth.minting import register_default_app
from tests.protection.appliance import DROPBOX_ADMIN, allow, shown_code
from tests.server.console import API, Console, json_of, opened_console


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    with opened_console(tmp_path) as found:
        yield found


def test_f43_a_team_is_connected_by_a_pasted_code(console: Console) -> None:
    begun = console.post("/connections/authorize", {}, 201)
    code = shown_code(allow(begun["url"]))
    made = console.post("/connections/exchange-code", {"link_id": begun["id"], "code": code})
    assert made["state"] == "Connected"
    assert made["team_name"] == "Empty team"
    assert [one["id"] for one in console.get("/connections")["items"]] == [made["id"]]
    again = console.browser.post(
        f"{API}/connections/exchange-code", json={"link_id": begun["id"], "code": code}
    )
    assert json_of(again, 410)["code"] == "link_ended"


def test_f31_f39_f45_a_task_is_made_with_the_defaults(console: Console) -> None:
    task = console.get(f"/tasks/{console.task()}")
    assert task["settings"] == {
        "index_content": True,
        "auto_activate_members": True,
        "auto_activate_team_folders": True,
        "auto_activate_shared_folders": True,
        "auto_activate_groups": [],
        "archived_keep_days": 0,
        "retention": {
            "mode": "unlimited",
            "period": "",
            "keep_last": 0,
            "keep_daily": 0,
            "keep_weekly": 0,
            "keep_monthly": 0,
            "keep_yearly": 0,
        },
    }
    assert task["plan"]["frequency"] == "daily"
    assert task["plan"]["hour"] == "03:00"
    assert task["plan"]["zone"] == "UTC"
    assert task["storage_id"] == "main"
    assert task["counts"] == {"Not Active": 1}


def test_f41_a_name_is_needed_and_unique(console: Console) -> None:
    team = console.place.connect().id
    body = {"name": " ", "connection_id": team}
    assert (
        json_of(console.browser.post(f"{API}/tasks", json=body), 422)["errors"][0]["field"]
        == "name"
    )
    console.post("/tasks", {"name": "Büro", "connection_id": team}, 201)
    twin = console.browser.post(f"{API}/tasks", json={"name": "buro", "connection_id": team})
    assert json_of(twin, 422)["code"] == "invalid_fields"


def test_f66_f69_f71_entities_are_activated_and_backed_up(console: Console) -> None:
    task = console.task()
    nothing = console.browser.post(f"{API}/tasks/{task}/run")
    assert json_of(nothing, 409)["code"] == "nothing_active"
    done = console.post(f"/tasks/{task}/entities/actions", {"action": "activate"})
    assert done["changed"] == 1
    page = console.get(f"/tasks/{task}/entities", status="Scheduled")
    assert page["total"] == 1
    job = console.browser.post(f"{API}/tasks/{task}/run")
    twin = console.browser.post(f"{API}/tasks/{task}/run")
    assert json_of(job, 202)["id"] == json_of(twin, 202)["id"]
    assert job.headers["location"] == f"{API}/jobs/{job.json()['id']}"
    assert console.place.finished(job.json()["id"]).status == "succeeded"
    [row] = console.get(f"/tasks/{task}/entities", status="Active")["items"]
    assert row["email"] == DROPBOX_ADMIN
    assert row["first_backup"] == row["last_backup"]
    assert console.get(f"/entities/{row['id']}") == row
    assert console.get(f"/tasks/{task}/entity-counts")["total"] == 1


def test_lists_come_in_pages_in_any_order(console: Console) -> None:
    for number in range(7):
        person = {
            "email": f"p{number}@hollenberg.example",
            "given_name": "P",
            "surname": f"{number}",
        }
        console.place.edit({"op": "add_member", **person})
    task = console.task()
    for sort in ("name", "size", "last_backup"):
        for order in ("asc", "desc"):
            names: list[str] = []
            cursor = ""
            while True:
                page = console.get(
                    f"/tasks/{task}/entities", sort=sort, order=order, limit=3, cursor=cursor
                )
                names += [one["name"] for one in page["items"]]
                cursor = page["next_cursor"]
                if not cursor:
                    break
            assert len(names) == len(set(names)) == 8
            if sort == "name":
                assert names == sorted(names, reverse=order == "desc")


def test_unknown_words_in_filters_are_named(console: Console) -> None:
    task = console.task()
    answer = console.browser.get(f"{API}/tasks/{task}/entities", params={"status": "Idle"})
    assert "Not Active" in json_of(answer, 422)["errors"][0]["message"]
    assert (
        console.browser.get(f"{API}/tasks/{task}/entities", params={"cursor": "x"}).status_code
        == 400
    )


def test_f56_the_storage_cannot_be_changed(console: Console) -> None:
    task = console.task()
    answer = console.browser.patch(f"{API}/tasks/{task}", json={"storage_id": "second"})
    found = json_of(answer, 409)
    assert found["code"] == "storage_fixed"
    assert "migration" in found["hint"]


def test_f65_settings_are_saved_by_who_saw_the_newest(console: Console) -> None:
    task = console.task()
    read = console.browser.get(f"{API}/tasks/{task}")
    settings = {**read.json()["settings"], "archived_keep_days": 30}
    path = f"{API}/tasks/{task}"
    assert console.browser.patch(path, json={"settings": settings}).status_code == 428
    tag = {"If-Match": read.headers["etag"]}
    saved = console.browser.patch(path, json={"settings": settings}, headers=tag)
    assert json_of(saved)["settings"]["archived_keep_days"] == 30
    late = console.browser.patch(path, json={"settings": settings}, headers=tag)
    assert late.status_code == 412


def test_f73_f74_f75_a_task_is_deleted_and_taken_back(console: Console) -> None:
    task = console.task(activate="all")
    console.place.back_up(task)
    preview = console.get(f"/tasks/{task}/delete-preview")
    assert (preview["entities"], preview["points"]) == (1, 1)
    wrong = console.browser.post(f"{API}/tasks/{task}/delete", json={"name": "another"})
    assert wrong.status_code == 422
    gone = console.post(f"/tasks/{task}/delete", {"name": "Dropbox"})
    assert gone["state"] == "deleted"
    assert console.get("/tasks")["items"] == []
    assert [one["id"] for one in console.get("/tasks", trash=True)["items"]] == [task]
    console.post(f"/tasks/{task}/undelete", {})
    assert [one["id"] for one in console.get("/tasks")["items"]] == [task]


def test_somebody_limited_to_one_member_sees_only_that(console: Console) -> None:
    console.place.edit(
        {"op": "add_member", "email": "x@hollenberg.example", "given_name": "X", "surname": "Y"}
    )
    task = console.task()
    [one] = console.place.ids(task, "X Y")
    reach = Reach(entities=frozenset({one}))
    narrow = console.served.as_role(Role.BACKUP_OPERATOR, reach)
    listed = json_of(narrow.get(f"{API}/tasks/{task}/entities"))
    assert [row["name"] for row in listed["items"]] == ["X Y"]
    assert [row["entities"] for row in json_of(narrow.get(f"{API}/tasks"))["items"]] == [1]
    every = {"action": "activate"}
    done = json_of(narrow.post(f"{API}/tasks/{task}/entities/actions", json=every))
    assert done["changed_ids"] == [one]
    others = console.place.ids(task, "Ada Admin")
    refused = narrow.post(
        f"{API}/tasks/{task}/entities/actions", json={"action": "activate", "ids": others}
    )
    assert json_of(refused, 403)["code"] == "outside_reach"
    assert narrow.post(f"{API}/tasks/{task}/pause", json={}).status_code == 403


def test_f36_a_personal_account_is_refused_with_a_code(console: Console) -> None:
    token = console.place.credentials(kind="personal")
    link = console.place.people.ctx.data_folder / "dropbox.json"
    link.write_bytes(msgspec.json.encode(token))
    found = json_of(console.browser.post(f"{API}/connections/adopt"), 403)
    assert found["code"] == "not_a_team"
    assert "team admin" in found["hint"]


def test_a_connection_is_probed_disconnected_and_removed(console: Console) -> None:
    made = console.place.connect().id
    assert console.post(f"/connections/{made}/probe")["state"] == "Connected"
    assert console.get("/connections/redirect-address")["redirect_uri"].endswith("/callback")
    gone = console.post(f"/connections/{made}/disconnect")
    assert (gone["state"], gone["cause"]) == ("Disconnected", "by_admin")
    assert console.browser.delete(f"{API}/connections/{made}").status_code == 204
    assert console.get("/connections")["items"] == []


def test_the_browser_that_comes_back_finishes_the_link(console: Console) -> None:
    address = linking.redirect_address(console.place.ctx)
    console.place.simulator.run(lambda world: register_default_app(world, redirect_uris=(address,)))
    begun = console.post("/connections/authorize", {"mode": "redirect"}, 201)
    query = parse_qs(urlsplit(allow(begun["url"]).headers["location"]).query)
    answer = console.browser.get(
        f"{API}/connections/callback", params={name: one[0] for name, one in query.items()}
    )
    assert answer.status_code == 200
    assert "Empty team is connected" in answer.text
    [team] = console.get("/connections")["items"]
    assert f"url=/connected?connection={team['id']}" in answer.text  # tells the console's tab
    forged = {"state": "<forged>"}
    told = console.browser.get(f"{API}/connections/callback", params=forged)
    assert (told.status_code, told.headers["content-type"]) == (410, "application/problem+json")
    twice = console.browser.get(
        f"{API}/connections/callback", params=forged, headers={"Accept": "text/html"}
    )
    assert twice.status_code == 410
    assert twice.headers["content-type"].startswith("text/html")
    assert "connect the team again" in twice.text
