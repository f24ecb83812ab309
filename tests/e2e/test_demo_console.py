"""`dropally demo`: from nothing to a restored folder, by the API that the console uses."""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

_REPOSITORY = Path(__file__).parents[2]
_OPENS_WITHIN_S = 500.0
_WAITS_S = 120.0

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@contextmanager
def running_demo(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    log = folder.with_name("demo.log").open("w")
    command = [sys.executable, "-m", "dropally", "demo", "--folder", str(folder), "--port", "0"]
    with (
        log,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, text=True, cwd=_REPOSITORY
        ) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


def wait_for_greeting(process: "subprocess.Popen[str]") -> str:
    """What it prints up to its last line."""
    said: list[str] = []
    deadline = time.monotonic() + _OPENS_WITHIN_S
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line)
        assert time.monotonic() < deadline, said
        if line.startswith("Ctrl-C"):
            return "".join(said)
    raise AssertionError(f"the demo ended: {said}")


class Visitor:
    """Somebody with a browser."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._csrf = ""

    def sign_in(self, folder: Path) -> None:
        who = json.loads((folder / "sign-in.json").read_text())
        answer = self.ask("POST", "/session", who)
        self._csrf = str(answer.get("csrf_token", ""))

    def ask(self, method: str, path: str, body: object = None) -> Any:
        headers = {"X-CSRF-Token": self._csrf} if self._csrf else {}
        answer = self._client.request(method, f"/api/v1{path}", json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def pages(self, path: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("GET", path)["items"]
        return found

    def wait_for(self, job_id: str) -> dict[str, Any]:
        deadline = time.monotonic() + _WAITS_S
        while True:
            job: dict[str, Any] = self.ask("GET", f"/jobs/{job_id}")
            if job["status"] not in {"pending", "in_progress"}:
                return job
            assert time.monotonic() < deadline, job
            time.sleep(0.02)


def test_a_visitor_of_the_demo_restores_the_folder_that_was_deleted(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("d") / "demo"  # short: it holds a socket
    with running_demo(folder) as process:
        greeting = wait_for_greeting(process)
        [address] = re.findall(r"^Open +(\S+)$", greeting, re.MULTILINE)
        with httpx.Client(base_url=address, timeout=_WAITS_S) as client:
            visitor = Visitor(client)
            visitor.sign_in(folder)
            look_back(visitor)
            restore_the_lost_folder(visitor)
        process.send_signal(signal.SIGINT)
        assert process.wait(_WAITS_S) == 0


def look_back(visitor: Visitor) -> None:
    """Three months of backups, nearly all of them good; exports and restores among them."""
    backups = visitor.pages("/jobs?window=all&kind=backup&limit=100")
    assert len(backups) > 30
    assert {job["status"] for job in backups} == {"succeeded", "partially_succeeded", "failed"}
    kinds = {job["kind"] for job in visitor.pages("/jobs?window=30d&kind=restore,export")}
    assert kinds == {"restore", "export"}


def restore_the_lost_folder(visitor: Visitor) -> None:
    [task] = visitor.pages("/tasks")
    [beatrix] = visitor.pages(f"/tasks/{task['id']}/entities?q=beatrix")
    points = visitor.pages(f"/entities/{beatrix['id']}/points?limit=3")
    then = next(
        point["id"]
        for point in points
        if "Customer visits"
        in {
            item["name"]
            for item in visitor.pages(f"/entities/{beatrix['id']}/points/{point['id']}/tree")
        }
    )
    selection = visitor.ask("POST", "/selections")["id"]
    item = {"entity_id": beatrix["id"], "point_id": then, "path": "/Customer visits"}
    visitor.ask("POST", f"/selections/{selection}/items", {"action": "add", "items": [item]})
    job = visitor.ask("POST", "/restores", {"selection_id": selection})
    ended = visitor.wait_for(job["id"])
    assert ended["status"] == "succeeded", ended
    assert ended["summary"]["files"] > 25
