"""Everything but the repository is lost; the commands bring it back, and backups go on from there."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from dropally.auth.actors import host_operator
from dropally.common.clock import SystemClock
from dropally.jobs.storage_definition import StorageDefinition
from dropally.store import RecoveryCode
from dropally.upkeep import repository_keys
from dropally.upkeep.recovering.finishing import finish
from dropally.upkeep.recovering.source import RecoverySource, look
from dropally.upkeep.recovering.staging import stage
from dropally.upkeep.self_backup import requesting
from tests.auth.appliance import ADMIN, PASSWORD
from tests.cli.terminal import run_here
from tests.jobs.appliance import open_appliance
from tests.upkeep.appliance import opened
from tests.upkeep.s3 import BUCKET, CREDENTIALS, s3_server

SOON_S = 120.0
_SOURCE = Path(__file__).parents[2]


@dataclass
class Machine:
    """A bare machine: a folder, and commands run in it."""

    root: Path

    @property
    def data(self) -> Path:
        return self.root / "data"

    def environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("DROPALLY")}
        return {
            **kept,
            "PYTHONPATH": str(_SOURCE),
            "DROPALLY__PATHS__DATA": str(self.data),
            "DROPALLY__PATHS__CACHE": str(self.root / "cache"),
            "DROPALLY__SERVER__LISTEN": f"unix:{self.root / 'door.sock'}",
            "DROPALLY__METRICS__ENABLED": "false",
            "DROPALLY__DROPBOX__API_URL": "http://127.0.0.1:9",
        }

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return run_here(*arguments, environment=self.environment(), folder=self.root)

    def spawn(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """In a process of its own."""
        return subprocess.run(
            [sys.executable, "-m", "dropally", *arguments],
            capture_output=True,
            text=True,
            timeout=120,
            cwd=self.root,
            env=self.environment(),
            check=False,
        )

    @contextmanager
    def serving(self) -> Iterator[httpx.Client]:
        """`dropally serve`, and a client at the machine's own door."""
        log = (self.root / "serve.log").open("w")
        process = subprocess.Popen(
            [sys.executable, "-m", "dropally", "serve"],
            stdout=log,
            stderr=log,
            cwd=self.root,
            env=self.environment(),
        )
        door = self.data / "dropally.sock"
        try:
            wait_until(partial(answers, door), (self.root / "serve.log").read_text)
            with httpx.Client(
                transport=httpx.HTTPTransport(uds=str(door)),
                base_url="http://localhost",
                timeout=60,
            ) as client:
                yield client
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)
            log.close()


def answers(door: Path) -> bool:
    """True if somebody listens. (httpx leaves a socket open when nobody does.)"""
    with socket.socket(socket.AF_UNIX) as knocking:
        return knocking.connect_ex(str(door)) == 0


def wait_until(is_true: Any, explain: Any = str) -> None:
    clock, pace = SystemClock(), threading.Event()
    deadline_s = clock.monotonic() + SOON_S
    while not is_true():
        assert clock.monotonic() < deadline_s, explain()
        clock.wait(pace, 0.02)


@pytest.mark.slow
def test_a_bare_machine_becomes_the_appliance_again(tmp_path: Path) -> None:
    old = tmp_path / "old"
    with open_appliance(old) as team:
        team.put("/Reports/June.txt", "June")
        team.backup()
        team.put("/Reports/July.txt", "July")
        team.backup()
    main = StorageDefinition("main", "local", str(old / "repository"))
    with opened(old, [main]) as upkeep:
        code = str(repository_keys.renew_code(upkeep.ctx, upkeep.admin, "main").recovery_code)
        upkeep.finish(requesting.request(upkeep.ctx, upkeep.admin))
    shutil.rmtree(old / "data")
    shutil.rmtree(old / "cache")

    new = Machine(tmp_path / "new")
    new.root.mkdir()
    (new.root / "code").write_text(code + "\n")
    where = ["--from", str(old / "repository"), "--recovery-code-file", "code"]
    listed = new.run("recover", "--list", "--json", *where)
    assert listed.returncode == 0, listed.stderr
    assert [one["appliance"] for one in json.loads(listed.stdout)["items"]] == ["Example Ltd"]
    assert not new.data.exists()
    done = new.spawn("recover", *where)
    assert done.returncode == 0, done.stderr
    assert "Recovered Example Ltd" in done.stdout
    assert f"dropally serve --data {new.data}" in done.stdout
    again = new.run("recover", *where)
    assert again.returncode != 0
    assert "set up" in again.stderr

    with new.serving() as operator:
        storages = operator.get("/api/v1/storages").json()["items"]
        assert [(one["id"], one["location"]) for one in storages] == [
            ("main", str(old / "repository"))
        ]
        signed_in = operator.post("/api/v1/session", json={"email": ADMIN, "password": PASSWORD})
        assert signed_in.status_code in {200, 201}, signed_in.text
        wait_until((new.data / "catalog" / "main" / "catalog.db").exists)
        busy = new.run("recover", *where)
        assert busy.returncode == 75, busy.stderr
        seen = new.run("doctor", "--json")
        states = {one["name"]: one["state"] for one in json.loads(seen.stdout)["items"]}
        assert states["storage:main"] == states["database"] == "ok"
        assert states["outbound"] == "failed"  # nobody answers on port 9
        assert seen.returncode == 1
    looked = new.run("doctor", "--json")
    assert {one["name"] for one in json.loads(looked.stdout)["items"]} == set(states)


@pytest.mark.slow
def test_the_console_of_a_bare_machine_recovers_and_starts_again_by_itself(
    tmp_path: Path,
) -> None:
    with opened(tmp_path / "old") as upkeep:
        code = str(repository_keys.create(upkeep.ctx, upkeep.admin, "main").recovery_code)
        upkeep.finish(requesting.request(upkeep.ctx, upkeep.admin))
    machine = Machine(tmp_path / "new")
    machine.root.mkdir()
    with machine.serving() as client:
        body = {
            "setup_code": (machine.data / "setup-code").read_text().strip(),
            "storage": {"kind": "local", "path": str(tmp_path / "old" / "main")},
            "recovery_code": code,
        }
        done = client.post("/api/v1/recovery", json=body)
        assert done.status_code == 202, done.text
        wait_until(lambda: name_of(client, machine) == "Example Ltd")
        assert not (machine.data / "setup-code").exists()
        signed_in = client.post("/api/v1/session", json={"email": ADMIN, "password": PASSWORD})
        assert signed_in.status_code in {200, 201}, signed_in.text


def name_of(client: httpx.Client, machine: Machine) -> str:
    if not answers(machine.data / "dropally.sock"):
        return ""
    try:
        return str(client.get("/api/v1/appliance").json()["name"])
    except httpx.HTTPError:
        return ""


def test_the_wrong_code_is_said_and_exits_with_denied(tmp_path: Path) -> None:
    with opened(tmp_path / "old") as upkeep:
        repository_keys.create(upkeep.ctx, upkeep.admin, "main")
    machine = Machine(tmp_path / "new")
    machine.root.mkdir()
    (machine.root / "code").write_text("AAAAA-" * 7 + "AAAAA")
    done = machine.run(
        "recover", "--from", str(tmp_path / "old" / "main"), "--recovery-code-file", "code"
    )
    assert done.returncode == 5
    assert "mistyped" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def s3_endpoint() -> Iterator[str]:
    with s3_server() as endpoint:
        yield endpoint


def test_an_appliance_comes_back_from_a_bucket(tmp_path: Path, s3_endpoint: str) -> None:
    options = {**CREDENTIALS, "endpoint": s3_endpoint}
    cloud = StorageDefinition("cloud", "s3", f"s3://{BUCKET}/dropally", options)
    with opened(tmp_path / "old", [cloud]) as upkeep:
        code = repository_keys.create(upkeep.ctx, upkeep.admin, "cloud").recovery_code
        row = upkeep.finish(requesting.request(upkeep.ctx, upkeep.admin))
        assert row.status == "succeeded", row.error
        clock = upkeep.clock
    shutil.rmtree(tmp_path / "old")
    source = RecoverySource(replace(cloud, id="anything"), RecoveryCode(code))
    assert len(look(source, clock).self_backups) == 1
    data = tmp_path / "new" / "data"
    staged = stage(source, data, clock, host_operator("root"))
    assert staged.storage_id == "cloud"
    assert finish(data)
    with opened(tmp_path / "new", []) as upkeep:
        assert upkeep.ctx.storages.definition("cloud").options == options
        assert upkeep.ctx.storages.check("cloud").is_reachable
        assert upkeep.people.sign_in().name == "Ann Smith"
