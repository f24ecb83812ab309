"""The control API over HTTP: every page, and errors that name cause and next step."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from tests.simulator.office import Office


class Remote:
    """The control API of a running simulator."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self._session = requests.Session()
        self._session.trust_env = False

    def call(self, method: str, path: str, body: Any = None) -> requests.Response:
        data = None if body is None else json.dumps(body)
        address = f"{self.office.simulator.http_url}/_sim/{path}"
        return self._session.request(method, address, data=data, timeout=60)

    def get(self, path: str) -> Any:
        answer = self.call("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any = None) -> Any:
        answer = self.call("POST", path, body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def close(self) -> None:
        self._session.close()


@pytest.fixture
def remote(office: Office) -> Iterator[Remote]:
    opened = Remote(office)
    yield opened
    opened.close()


def test_health_names_the_team(remote: Remote) -> None:
    health = remote.get("health")
    assert (health["status"], health["team"], health["members"]) == ("ok", "Acme Works", 5)


def test_edits_truth_and_content(remote: Remote) -> None:
    made = remote.post(
        "edits",
        [
            {"op": "put", "member": "ann@acme.example", "path": "/Docs/a.txt", "text": "hello"},
            {"op": "mkdir", "member": "ann@acme.example", "path": "/Docs/empty"},
            {
                "op": "put",
                "member": "ann@acme.example",
                "path": "/Docs/big.bin",
                "generated": {"seed": "s", "size": 3_000_000},
            },
        ],
    )
    home = remote.office.people.ann.home_namespace
    lines = remote.call("GET", f"truth?namespace={home}").text.splitlines()
    listed = {entry["path_lower"]: entry for entry in map(json.loads, lines)}
    assert set(listed) == {"/docs", "/docs/a.txt", "/docs/empty", "/docs/big.bin"}
    assert listed["/docs/a.txt"] == made[0]
    assert remote.call("GET", f"content/{made[0]['content_hash']}").content == b"hello"
    assert len(remote.call("GET", f"content/{made[2]['content_hash']}").content) == 3_000_000


def test_namespaces_tell_where_they_are_mounted(remote: Remote) -> None:
    spaces = {space["name"]: space for space in remote.get("truth/namespaces")}
    assert spaces["Sales"]["kind"] == "team_folder"
    assert len(spaces["Sales"]["mounted_at"]) == 5


def test_metrics_count_by_route_and_identity(remote: Remote, ann: Any) -> None:
    remote.post("metrics/reset")
    ann.files_list_folder("")
    ann.files_list_folder("")
    metrics = remote.get("metrics")
    member = remote.office.people.ann.member_id
    assert metrics["calls_by_identity"] == {member: {"files/list_folder": 2}}
    assert metrics["answers_by_status"] == {"200": 2}
    assert metrics["bytes_out"] > 100
    assert metrics["running"] == 0


def test_faults_are_set_shown_and_cleared(remote: Remote) -> None:
    remote.post("faults", [{"action": "delay", "route": "check/*", "args": {"seconds": 0}}])
    added = remote.post("faults?add=1", [{"action": "cursor_reset", "count": 2}])
    assert [rule["action"] for rule in added] == ["delay", "cursor_reset"]
    assert remote.get("faults")[1]["fired"] == 0
    assert remote.call("DELETE", "faults").json() == []
    assert remote.get("faults") == []


def test_clock_moves(remote: Remote) -> None:
    assert remote.post("clock", {"set": "2030-01-01T00:00:00Z"})["now"] == "2030-01-01T00:00:00Z"
    remote.post("clock", {"advance_s": 3600})
    assert remote.get("clock")["now"].startswith("2030-01-01T01:00")


def test_knobs_change_one_by_one(remote: Remote) -> None:
    before = remote.get("knobs")
    after = remote.post("knobs", {"page_limit": 3})
    assert after == {**before, "page_limit": 3}


def test_tokens_of_every_kind(remote: Remote) -> None:
    for wish in (
        {},
        {"kind": "member", "member": "ann@acme.example"},
        {"kind": "personal", "member": "new@private.example"},
        {"scopes": ["team_info.read"], "lifetime_s": 60},
    ):
        minted = remote.post("tokens", wish)
        assert minted["access_token"]
        assert minted["refresh_token"]


def test_cursors_reset(remote: Remote) -> None:
    assert remote.post("cursors/reset")["epoch"] == 2


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("edits", [{"op": "explode"}], 400, "explode"),
        ("edits", [{"op": "put", "member": "ann@acme.example", "path": "/a"}], 400, "content"),
        ("edits", [{"op": "put", "member": "no@body", "path": "/a", "text": ""}], 404, "no@body"),
        ("edits", [{"op": "delete", "namespace": "1", "path": "/a"}], 404, "namespace"),
        ("edits", {"op": "delete"}, 400, "array"),
        ("knobs", {"page_size": 3}, 400, "page_size"),
        ("knobs", {"page_limit": "many"}, 400, "page_limit"),
        ("faults", [{"action": "explode"}], 400, "explode"),
        ("clock", {}, 400, "clock"),
        ("tokens", {"scopes": ["everything"]}, 400, "everything"),
        ("tokens", {"kind": "member", "member": "no@body"}, 404, "no@body"),
    ],
)
def test_errors_name_cause_and_next_step(
    remote: Remote, path: str, body: Any, status: int, said: str
) -> None:
    answer = remote.call("POST", path, body)
    assert answer.status_code == status
    assert said in answer.json()["error"]


def test_unknown_places_are_not_found(remote: Remote) -> None:
    assert remote.call("GET", "truth?namespace=7").status_code == 404
    assert remote.call("GET", "content/" + "0" * 64).status_code == 404
    assert remote.call("GET", "nothing").status_code == 404
