"""The same by HTTP: a real application over real backups."""

import csv
import hashlib
import io
import json
import subprocess
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from dropally.auth.verbs import Role
from dropally.dropbox_api import ConnectionSettings
from dropally.jobs.events import EventBus
from dropally.protection.context import ProtectionContext
from dropally.server.application import build_application
from dropally.server.files import disposition, parse_range
from dropally.server.parts import HttpSettings
from tests.jobs.appliance import ADMIN
from tests.recovery.appliance import Recovering, recovering
from tests.recovery.test_exporting import MIB, damage, generated
from tests.server.appliance import BASE_URL, Served, parts_over

API = "/api/v1"


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Recovering]:
    with recovering(tmp_path) as found:
        yield found


@pytest.fixture
def served(team: Recovering) -> Iterator[Served]:
    with ExitStack() as ending:
        yield serve(team, ending)


def serve(team: Recovering, ending: ExitStack) -> Served:
    clock = team.people.clock
    nobody = ConnectionSettings(api_url="http://127.0.0.1:9")
    protection = ProtectionContext(
        team.people.ctx, team.runner, EventBus(clock), team.storages, nobody, clock
    )
    http = HttpSettings(base_url=BASE_URL)
    parts = replace(parts_over(team.people, protection, http), recovery=team.ctx)
    return Served(parts, team.people, build_application(parts), ending, team.admin)


def select(client: httpx.Client, *items: dict[str, str]) -> str:
    made = client.post(f"{API}/selections")
    assert made.status_code == 201, made.text
    selection: str = made.json()["id"]
    path = f"{API}/selections/{selection}/items"
    changed = client.post(path, json={"action": "add", "items": list(items)})
    assert changed.status_code == 200, changed.text
    return selection


def everything(team: Recovering) -> dict[str, str]:
    return {"entity_id": team.id_of(), "point_id": "latest"}


def wait(team: Recovering, answer: httpx.Response) -> str:
    assert answer.status_code == 202, answer.text
    job: str = answer.json()["id"]
    assert answer.headers["Location"] == f"{API}/jobs/{job}"
    team.finish(job)
    return job


def test_browsing_by_api(team: Recovering, served: Served) -> None:
    team.backups.put("/Docs/a.txt", "one")
    first = team.backup()
    team.backups.put("/Docs/a.txt", "two!")
    team.backups.put("/Docs/b.txt", "b")
    second = team.backup()
    client = served.as_admin()
    entity = f"{API}/entities/{team.id_of()}"
    page = client.get(f"{entity}/points", params={"limit": 1}).json()
    assert [point["id"] for point in page["items"]] == [second]
    rest = client.get(f"{entity}/points", params={"cursor": page["next_cursor"]}).json()
    assert [point["id"] for point in rest["items"]] == [first]
    assert client.get(f"{entity}/points", params={"to": "2001-01-01"}).json()["items"] == []
    bad = client.get(f"{entity}/points", params={"from": "soon", "zone": "Mars"})
    assert (bad.status_code, {e["field"] for e in bad.json()["errors"]}) == (422, {"from", "zone"})
    days = client.get(f"{entity}/calendar", params={"zone": "Europe/Berlin"}).json()
    assert sum(day["points"] for day in days) == 2
    assert client.get(f"{entity}/backups").json()["last_point"] == second
    tree = client.get(f"{entity}/points/{first}/tree", params={"path": "/Docs"}).json()
    assert [item["path"] for item in tree["items"]] == ["/docs/a.txt"]
    tree = client.get(
        f"{entity}/points/latest/tree",
        params={"path": "/docs", "sort": "size", "order": "desc", "limit": 1},
    ).json()
    assert [item["size_bytes"] for item in tree["items"]] == [4]
    tree = client.get(
        f"{entity}/points/latest/tree",
        params={"path": "/docs", "sort": "size", "order": "desc", "cursor": tree["next_cursor"]},
    ).json()
    assert [item["name"] for item in tree["items"]] == ["b.txt"]
    found = client.get(f"{entity}/points/{second}/differences", params={"since": first}).json()
    assert [(one["change"], one["shown"]) for one in found["items"]] == [
        ("changed", "/Docs/a.txt"),
        ("added", "/Docs/b.txt"),
    ]
    versions = client.get(f"{entity}/versions", params={"path": "/docs/a.txt"}).json()
    assert [version["last_point"] for version in versions] == [second, first]
    item = client.get(f"{entity}/points/{first}/item", params={"path": "/docs/a.txt"}).json()
    assert (item["size_bytes"], item["kind"]) == (3, "file")
    for path in ("points/nope/tree", f"points/{first}/item?path=/x", "versions?path=/x"):
        assert client.get(f"{entity}/{path}").status_code == 404
    assert client.get(f"{API}/entities/ent_nobody/points").status_code == 404
    assert served.stranger().get(f"{entity}/points").status_code == 401
    assert served.as_role(Role.BACKUP_OPERATOR).get(f"{entity}/points").status_code == 403


def test_the_bytes_of_a_file_in_ranges_under_a_safe_name(team: Recovering, served: Served) -> None:
    team.backups.put("/Grüße 🎉.txt", "0123456789")
    team.backups.put("/page.html", "<script>alert(1)</script>")
    team.backup()
    client = served.as_admin()
    path = f"{API}/entities/{team.id_of()}/points/latest/content"
    whole = client.get(path, params={"path": "/grüße 🎉.txt"})
    assert (whole.status_code, whole.content) == (200, b"0123456789")
    assert whole.headers["Content-Length"] == "10"
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert whole.headers["Content-Disposition"].startswith("attachment; ")
    assert whole.headers["Content-Type"] == "application/octet-stream"
    etag = whole.headers["ETag"]

    def ask(**headers: str) -> httpx.Response:
        return client.get(path, params={"path": "/grüße 🎉.txt"}, headers=headers)

    part = ask(Range="bytes=3-5")
    assert (part.status_code, part.content) == (206, b"345")
    assert part.headers["Content-Range"] == "bytes 3-5/10"
    assert ask(Range="bytes=-2").content == b"89"
    assert ask(Range="bytes=8-").content == b"89"
    assert ask(Range="bytes=10-").status_code == 416
    assert (ask(**{"If-None-Match": etag}).status_code, ask(**{"If-None-Match": "*"}).content) == (
        304,
        b"",
    )
    assert ask(**{"If-None-Match": '"other"'}).content == b"0123456789"
    assert ask(Range="bytes=3-5", **{"If-Range": etag}).status_code == 206
    assert ask(Range="bytes=3-5", **{"If-Range": '"other"'}).status_code == 200
    shown = client.get(path, params={"path": "/grüße 🎉.txt", "use": "preview"})
    assert shown.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert shown.headers["Content-Disposition"].startswith("inline; ")
    page = client.get(path, params={"path": "/page.html", "use": "preview"})
    assert page.headers["Content-Type"] == "application/octet-stream"
    assert page.headers["Content-Disposition"].startswith("attachment; ")
    assert "sandbox" in page.headers["Content-Security-Policy"]
    assert client.get(path).status_code == 400
    desk = served.as_role(Role.HELP_DESK)
    assert desk.get(path, params={"path": "/page.html"}).status_code == 403


@pytest.mark.parametrize(
    ("header", "span"),
    [
        ("", None),
        ("bytes=0-0", (0, 1)),
        ("bytes=5-", (5, 5)),
        ("bytes=-3", (7, 3)),
        ("bytes=-30", (0, 10)),
        ("bytes=2-99", (2, 8)),
        ("bytes=5-2", None),
        ("bytes=-", None),
        ("bytes=1-2,4-5", None),
        ("items=1-2", None),
        ("bytes=99999999999999999999-", None),
    ],
)
def test_ranges(header: str, span: tuple[int, int] | None) -> None:
    assert parse_range(header, 10) == span


@pytest.mark.parametrize(
    "name", ['a"b.txt', "a\r\nSet-Cookie: x=1.txt", "a;b.txt", "日本.txt", "a/b\\c.txt", "%41.txt"]
)
def test_no_name_breaks_out_of_its_header(name: str) -> None:
    header = disposition(name)
    assert "\r" not in header
    assert "\n" not in header
    assert header.isascii()
    plain = header.split('filename="')[1].split('"')[0]
    assert not set(plain) & set('"\\/;%')


def test_a_selection_by_api_and_its_zip_file(team: Recovering, served: Served) -> None:
    team.backups.put("/Docs/a.txt", "a")
    team.backups.put("/Docs/b.txt", "bb")
    team.backup()
    client = served.as_admin()
    selection = select(client, everything(team))
    path = f"{API}/selections/{selection}"
    changed = client.post(
        f"{path}/items",
        json={"action": "remove", "items": [{**everything(team), "path": "/docs/a.txt"}]},
    ).json()
    assert (changed["files"], changed["size_bytes"], changed["items"]) == (1, 2, 1)
    assert client.get(path).json() == changed
    rows = client.get(f"{path}/items").json()["items"]
    assert [(row["path"], row["is_included"]) for row in rows] == [
        ("", True),
        ("/docs/a.txt", False),
    ]
    page = client.get(f"{path}/items", params={"limit": 1}).json()
    rest = client.get(f"{path}/items", params={"cursor": page["next_cursor"]}).json()
    assert [row["path"] for row in rest["items"]] == ["/docs/a.txt"]
    answer = client.get(f"{path}/zip")
    assert answer.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as opened:
        assert opened.testzip() is None
        assert f"{ADMIN}/Docs/b.txt" in opened.namelist()
        assert f"{ADMIN}/Docs/a.txt" not in opened.namelist()
    missing = {"action": "add", "items": [{**everything(team), "path": "/gone"}]}
    assert client.post(f"{path}/items", json=missing).status_code == 404
    assert client.post(f"{path}/items", json={"action": "burn"}).status_code == 422
    assert served.as_role(Role.RECOVERY_OPERATOR).get(path).status_code == 404
    assert client.get(f"{API}/selections").json()[0]["id"] == selection
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404


def test_f93_f95_a_restore_by_api_from_plan_to_report(team: Recovering, served: Served) -> None:
    team.backups.put("/Docs/a.txt", "a")
    team.backup()
    client = served.as_admin()
    wish = {"selection_id": select(client, everything(team)), "folder_name": "Back"}
    plan = client.post(f"{API}/restores/plan", json=wish).json()
    assert (plan["files"], plan["uploads"], plan["destination"]) == (1, 1, f"{ADMIN}:/Back")
    assert "/back" not in team.home()
    both = client.post(f"{API}/restores", json={**wish, "plan_id": plan["plan_id"]})
    assert both.status_code == 422
    headers = {"Idempotency-Key": "once"}
    start = {"plan_id": plan["plan_id"]}
    job = wait(team, client.post(f"{API}/restores", json=start, headers=headers))
    again = client.post(f"{API}/restores", json=start, headers=headers)
    assert again.json()["id"] == job
    assert "/back/docs/a.txt" in team.home()
    answer = client.get(f"{API}/restores/{job}/results", params={"bom": True})
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["Item"], row["Outcome"]) for row in rows][-1] == (
        f"{ADMIN}:/Docs/a.txt",
        "restored",
    )
    nothing = client.post(f"{API}/selections").json()["id"]
    empty = client.post(f"{API}/restores", json={"selection_id": nothing})
    assert (empty.status_code, empty.json()["hint"]) == (400, "tick at least one item first")
    wrong = client.post(f"{API}/restores", json={**wish, "target_path": "/a/../b"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "target_path")


def test_f128_a_restore_names_the_date_of_the_backup_it_takes_from(
    team: Recovering, served: Served
) -> None:
    team.backups.put("/Docs/a.txt", "a")
    team.backup()
    client = served.as_admin()
    wish = {"selection_id": select(client, everything(team)), "folder_name": "Dated"}
    job = wait(team, client.post(f"{API}/restores", json=wish))
    [newest] = client.get(
        f"{API}/entities/{everything(team)['entity_id']}/points", params={"limit": 1}
    ).json()["items"]
    assert client.get(f"{API}/jobs/{job}").json()["backup_time"] == newest["time"]


def test_f109_f110_a_download_by_api_and_by_its_link(team: Recovering, served: Served) -> None:
    team.backups.put("/a.bin", **generated(2))
    team.backup()
    client = served.as_admin()
    body = {"selection_id": select(client, everything(team))}
    team.runner.stop()
    waiting = client.post(f"{API}/exports", json=body)
    assert client.get(f"{API}/jobs/{waiting.json()['id']}").json()["result"] == {}
    assert client.get(f"{API}/exports").json()["items"] == []
    team.restart_runner()
    job = wait(team, waiting)
    [row] = client.get(f"{API}/exports").json()["items"]
    assert (row["job_id"], row["state"]) == (job, "ready")
    link = client.post(f"{API}/exports/{row['id']}/link").json()
    assert link["link"].endswith(f"/download#{link['token']}")
    stranger = served.stranger()
    landing = stranger.get(f"{API}/downloads/{link['token']}").json()
    [part] = landing["parts"]
    path = f"{API}/downloads/{link['token']}/parts/1"
    first = stranger.get(path, headers={"Range": f"bytes=0-{MIB - 1}"})
    rest = stranger.get(path, headers={"Range": f"bytes={MIB}-"})
    assert (first.status_code, rest.status_code) == (206, 206)
    assert hashlib.sha256(first.content + rest.content).hexdigest() == part["sha256"]
    assert stranger.get(f"{API}/downloads/dpd_wrong").status_code == 404
    assert stranger.get(f"{API}/exports").status_code == 401
    assert served.as_role(Role.HELP_DESK).get(f"{API}/exports").status_code == 403
    assert served.as_role(Role.BACKUP_OPERATOR).post(f"{API}/selections").status_code == 403
    assert client.delete(f"{API}/exports/{row['id']}").status_code == 204
    over = stranger.get(path)
    assert (over.status_code, over.json()["code"]) == (410, "download_ended")


@contextmanager
def listening(served: Served) -> Iterator[str]:
    """The application on a port of its own, with a real server before it."""
    config = uvicorn.Config(served.app, port=0, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def test_f110_curl_goes_on_with_an_interrupted_download(
    team: Recovering, served: Served, tmp_path: Path
) -> None:
    team.backups.put("/a.bin", **generated(3))
    team.backup()
    client = served.as_admin()
    body = {"selection_id": select(client, everything(team))}
    wait(team, client.post(f"{API}/exports", json=body))
    [row] = client.get(f"{API}/exports").json()["items"]
    token = client.post(f"{API}/exports/{row['id']}/link").json()["token"]
    target = tmp_path / "got.zip"
    with listening(served) as url:
        whole = httpx.get(f"{url}{API}/downloads/{token}/parts/1", timeout=120).content
        target.write_bytes(whole[: len(whole) // 3])
        found = subprocess.run(
            ["curl", "-sS", "-C", "-", "-o", str(target), f"{url}{API}/downloads/{token}/parts/1"],
            capture_output=True,
            check=False,
        )
    assert (found.returncode, found.stderr) == (0, b"")
    assert target.read_bytes() == whole


def test_wrong_bytes_break_the_connection_over_http(team: Recovering, served: Served) -> None:
    team.backups.put("/large.bin", **generated(12))
    team.backup()
    damage(team, 4 * MIB)
    headers = dict(served.as_admin().headers)
    path = f"{API}/entities/{team.id_of()}/points/latest/content?path=/large.bin"
    with (
        listening(served) as url,
        httpx.Client(headers=headers, timeout=120) as client,
        pytest.raises(httpx.RemoteProtocolError),
    ):
        client.get(f"{url}{path}")


def test_every_answer_is_what_the_description_says(served: Served) -> None:
    found: dict[str, Any] = json.loads(served.as_admin().get(f"{API}/openapi.json").content)
    mine = ("/points", "/selections", "/restores", "/exports", "/downloads", "/versions")
    paths = [path for path in found["paths"] if any(word in path for word in mine)]
    assert len(paths) >= 15
    for path in paths:
        for operation in found["paths"][path].values():
            assert operation["operationId"]
            assert operation["summary"]
            assert operation["tags"]
