"""A running appliance for the console's tests: a child process beside the simulated sample team."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from dropally.simulator import Simulator
from tests.app.process import Service, serving
from tests.cli.terminal import allow, shown_code
from tests.console.waiting import wait_until

API = "/api/v1"
APP_KEY = "simdropallyapp1"
TEAM_ADMIN = "ann.berger@hollenberg.example"
EMAIL = "ann@example.com"
PASSWORD = "a long sentence of mine"  # of a test
_UNFINISHED = {"pending", "in_progress"}
_JOB_S = 60.0
# What begins by itself at a time of day would come between whoever runs the tests then.
_BY_NIGHT = ("SELF_BACKUP", "VERIFY", "RESTORE_DRILL", "RETAIN")


@dataclass
class Appliance:
    """A server, the team it is linked with, and an administrator's program beside the browser."""

    service: Service
    simulator: Simulator
    client: httpx.Client = field(repr=False)
    task_id: str = ""
    recovery_code: str = ""

    @property
    def url(self) -> str:
        """Where the console is."""
        return self.service.url

    def get(self, path: str, **query: Any) -> Any:
        """The answer to a GET below `/api/v1`."""
        return _json(self.client.get(API + path, params=query))

    def post(self, path: str, body: object = None) -> Any:
        """The answer to a POST below `/api/v1`."""
        return _json(self.client.post(API + path, json=body))

    def setup_code(self) -> str:
        """What the server printed at its first start."""
        return (self.service.data / "setup-code").read_text().strip()

    def set_up(self) -> None:
        """Make the first administrator, and sign the program in."""
        state = self.post(
            "/setup",
            {
                "code": self.setup_code(),
                "name": "Ann Berger",
                "email": EMAIL,
                "password": PASSWORD,
                "password_again": PASSWORD,
                "organisation": "Hollenberg",
                "time_zone": "Europe/Berlin",
            },
        )
        self.client.headers["X-CSRF-Token"] = state["csrf_token"]

    def make_repository(self) -> None:
        """A repository in the built-in storage."""
        self.recovery_code = self.post("/storages/main/repository", {})["recovery_code"]

    def connect(self, admin: str = TEAM_ADMIN) -> str:
        """Link the simulated team, writing included; the connection's id."""
        link = self.post("/connections/authorize", {"purpose": "restore"})
        code = shown_code(allow(link["url"], admin))
        found = self.post("/connections/exchange-code", {"link_id": link["id"], "code": code})
        return str(found["id"])

    def add_task(self, connection_id: str, name: str = "Whole team") -> str:
        """A task with everything of the team, looked at once; its id."""
        task = self.post(
            "/tasks", {"name": name, "connection_id": connection_id, "activate": "all"}
        )
        self.finish_all()
        return str(task["id"])

    def back_up(self) -> None:
        """Run the task to its end."""
        self.post(f"/tasks/{self.task_id}/run")
        self.finish_all()

    def stop_schedule(self) -> None:
        """Let the task run only when it is told to: its next time is a 29th of February."""
        task = self.get(f"/tasks/{self.task_id}")
        plan = {**task["plan"], "frequency": "cron", "cron": "0 0 29 2 *"}
        tag = {"If-Match": f'"{task["modno"]}"'}
        _json(self.client.patch(f"{API}/tasks/{self.task_id}", json={"plan": plan}, headers=tag))

    def finish_all(self) -> None:
        """Wait until no job waits or runs."""
        wait_until(lambda: not self._has_unfinished(), _JOB_S)

    def _has_unfinished(self) -> bool:
        summary = self.get("/jobs/summary", window="all")
        return any(summary[status] for status in _UNFINISHED)


def _json(answer: httpx.Response) -> Any:
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


@contextmanager
def empty_appliance(folder: Path, simulator: Simulator, **more: str) -> Iterator[Appliance]:
    """A server without set-up, linked with nobody. `more` is its environment; "" leaves one out."""
    environment = {
        # Nobody reads the pipe that it logs to before its end, and a full pipe would stop it.
        "DROPALLY__LOG__LEVEL": "warning",
        "DROPALLY__SERVER__TLS": "off",
        "DROPALLY__DROPBOX__API_URL": simulator.http_url,
        "DROPALLY__DROPBOX__APP_KEY": APP_KEY,
        **{f"DROPALLY__SCHEDULE__{name}": "off" for name in _BY_NIGHT},
        **more,
    }
    given = {name: value for name, value in environment.items() if value}
    with (
        serving(folder / "data", **given) as service,
        httpx.Client(base_url=service.url, timeout=60) as client,
    ):
        yield Appliance(service, simulator, client)


@contextmanager
def filled_appliance(folder: Path, simulator: Simulator, **more: str) -> Iterator[Appliance]:
    """A server with an administrator, a repository, a task, and one backup."""
    with empty_appliance(folder, simulator, **more) as appliance:
        appliance.set_up()
        appliance.make_repository()
        appliance.task_id = appliance.add_task(appliance.connect())
        appliance.back_up()
        yield appliance
