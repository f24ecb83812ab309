"""The protection room beside a simulated team: real databases, a real repository, a real runner."""

import dataclasses
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import requests
from dropally.auth.actors import Actor
from dropally.catalog.entity_lists import EntityFilter, list_entities
from dropally.catalog.jobs import JobRow
from dropally.dropbox_api import ConnectionSettings, Credentials
from dropally.jobs.events import EventBus
from dropally.jobs.runner import JobRunner
from dropally.jobs.storage_definition import StorageDefinition
from dropally.jobs.storages import Storages
from dropally.protection import linking, runs, task_views, tasks
from dropally.protection.backup import BackupKind, release_all
from dropally.protection.connections import ConnectionView
from dropally.protection.context import ProtectionContext, ProtectionPolicy
from dropally.protection.discovery import DiscoverKind
from dropally.protection.task_views import TaskView
from dropally.protection.tasks import TaskForm
from dropally.simulator import Simulator, start_simulator
from dropally.store import create_repository, new_key_file
from dropally.store.backend import LocalBackend
from tests.auth.appliance import Appliance as People
from tests.auth.appliance import opened

APP_KEY = "simdropallyapp1"
DROPBOX_ADMIN = "admin@hollenberg.example"
SAMPLE_ADMIN = "ann.berger@hollenberg.example"
NEVER_S = 600.0
"""An answer kept back so long comes when the rules change; no test waits for it."""
_LONGEST_JOB_S = 120.0


@dataclass
class Protected:
    """The opened parts, and short ways to what tests do often."""

    ctx: ProtectionContext
    people: People
    simulator: Simulator
    admin: Actor
    policy: ProtectionPolicy

    @property
    def control(self) -> Any:
        return self.simulator.control

    def set_policy(self, **changes: Any) -> None:
        self.policy = dataclasses.replace(self.policy, **changes)

    def with_settings(self, settings: ConnectionSettings) -> ProtectionContext:
        """The same room, reaching another Dropbox."""
        return dataclasses.replace(self.ctx, settings=settings)

    # -- time ------------------------------------------------------------------------------

    def pass_time(self, **span: float) -> None:
        self.people.clock.advance(timedelta(**span).total_seconds())

    def fresh_admin(self) -> Actor:
        """The administrator, with a password entered a moment ago."""
        self.admin = self.people.sign_in()
        return self.admin

    # -- Dropbox ---------------------------------------------------------------------------

    def edit(self, *edits: dict[str, Any]) -> list[Any]:
        return list(self.control.edit(*edits))

    def put(self, path: str, text: str = "", **where: Any) -> None:
        place = where or {"member": DROPBOX_ADMIN}
        self.edit({"op": "put", "path": path, "text": text, **place})

    def calls(self, route: str) -> int:
        return int(self.control.metrics()["calls_by_route"].get(route, 0))

    def content_calls(self) -> int:
        """Calls that fetch what somebody has stored, or list it whole.

        One that looks at the top of a suspended member's home, for what is mounted there, is none.
        """
        counted = self.control.metrics()["calls_by_route"]
        return sum(
            int(calls)
            for route, calls in counted.items()
            if route.startswith(("files/list_folder/", "files/download", "files/export"))
        )

    def hold_back(self, route: str, **rule: Any) -> None:
        """Dropbox answers calls of a route no more until `control.clear_faults`."""
        fault = {"action": "delay", "route": route, "args": {"seconds": NEVER_S}, **rule}
        self.control.set_faults(fault)

    def until_called(self, route: str, calls: int = 1) -> None:
        """Until so many calls of a route have come, answered or not."""
        self.wait_until(lambda: self.calls(route) >= calls)

    def credentials(self, **wish: Any) -> Credentials:
        token = self.control.mint_token(**wish)
        return Credentials(
            app_key=token.app_key,
            refresh_token=token.refresh_token,
            access_token=token.access_token,
        )

    # -- the room --------------------------------------------------------------------------

    def connect(self) -> ConnectionView:
        return linking.take_credentials(self.ctx, self.admin, self.credentials())

    def task(self, name: str = "Dropbox", **form: Any) -> TaskView:
        """A task whose team was looked at."""
        team = form.pop("connection_id", "") or self.connect().id
        made = tasks.create(self.ctx, self.admin, TaskForm(name, team, **form))
        self.finish_all()
        return task_views.get_task(self.ctx, self.admin, made.id)

    def back_up(self, task_id: str, *entity_ids: str) -> JobRow:
        job = runs.request_backup(self.ctx, self.admin, task_id, entity_ids)
        return self.finished(job.id)

    def finished(self, job_id: str) -> JobRow:
        deadline = time.monotonic() + _LONGEST_JOB_S
        while not (row := self.ctx.runner.get(job_id)).is_finished:
            assert time.monotonic() < deadline, row
            time.sleep(0.005)
        return row

    def finish_all(self) -> None:
        """Wait until no job is left."""
        deadline = time.monotonic() + _LONGEST_JOB_S
        query = "SELECT count(*) FROM job WHERE status IN ('pending', 'in_progress')"
        while True:
            with self.ctx.read() as connection:
                if connection.execute(query).fetchone()[0] == 0:
                    failed = "SELECT kind, error FROM job WHERE status = 'failed'"
                    assert connection.execute(failed).fetchall() == []
                    return
            assert time.monotonic() < deadline
            time.sleep(0.005)

    def wait_until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _LONGEST_JOB_S
        while not holds():
            assert time.monotonic() < deadline
            time.sleep(0.005)

    def restart(self) -> None:
        """Stop the runner as the appliance's end does, and start another one."""
        self.ctx.runner.stop()
        runner = JobRunner(self.people.ctx.database, self.people.clock, self.ctx.events)
        self.ctx = dataclasses.replace(self.ctx, runner=runner)
        release_all(self.ctx)
        start(self.ctx)

    def statuses(self, task_id: str) -> dict[str, str]:
        """Name -> status."""
        return {row.name: row.status for row in self.rows(task_id)}

    def rows(self, task_id: str) -> list[Any]:
        with self.ctx.read() as connection:
            return list(list_entities(connection, EntityFilter(task_id)))

    def row(self, task_id: str, name: str) -> Any:
        [found] = [row for row in self.rows(task_id) if row.name == name]
        return found

    def ids(self, task_id: str, *names: str) -> list[str]:
        return [self.row(task_id, name).id for name in names]


@contextmanager
def protected(root: Path, team: str = "empty", storages: int = 1) -> Iterator[Protected]:
    """An appliance with an administrator and repositories, beside a simulated team."""
    with (
        start_simulator(team=team) as simulator,
        opened(root / "data") as people,
        _storages(root, people, storages) as places,
    ):
        events = EventBus(people.clock)
        runner = JobRunner(people.ctx.database, people.clock, events)
        policy = ProtectionPolicy(app_key=APP_KEY, fetchers=4)
        ctx = ProtectionContext(
            auth=people.ctx,
            runner=runner,
            events=events,
            storages=places,
            settings=ConnectionSettings(api_url=simulator.http_url),
            clock=people.clock,
            policy=lambda: made.policy,
        )
        made = Protected(ctx, people, simulator, people.set_up(), policy)
        start(ctx)
        try:
            yield made
        finally:
            made.ctx.runner.stop()


def start(ctx: ProtectionContext) -> None:
    """Run jobs."""
    ctx.runner.register(BackupKind(ctx))
    ctx.runner.register(DiscoverKind(ctx))
    ctx.runner.start()


@contextmanager
def _storages(root: Path, people: People, count: int) -> Iterator[Storages]:
    key = new_key_file(root / "repository.key")
    names = ["main", "second", "third"][:count]
    for name in names:
        create_repository(LocalBackend(root / name), secrets=[key], clock=people.clock.now).close()
    storages = Storages(
        [StorageDefinition(name, "local", str(root / name)) for name in names],
        secret=lambda: key,
        data_dir=root / "data",
        cache_dir=root / "cache",
        clock=people.clock,
    )
    try:
        yield storages
    finally:
        storages.close()


def allow(url: str, who: str = DROPBOX_ADMIN) -> requests.Response:
    """Open Dropbox's page, sign in and press Allow, as an admin's browser does.

    A redirect is answered, not followed: it leads to the appliance.
    """
    page = requests.get(url, timeout=60)
    assert page.ok, page.text
    [request] = re.findall(r'name="request" value="([^"]*)"', page.text)
    people = re.findall(r'value="([^"]+)"(?: checked)?> [^<]*<small>([^ ]+) ', page.text)
    [login] = [key for key, email in people if email == who][:1]
    return requests.post(
        url.partition("?")[0],
        data={"request": unescape(request), "login": login, "decision": "allow"},
        timeout=60,
        allow_redirects=False,
    )


def shown_code(page: requests.Response) -> str:
    """The code on the page that follows."""
    found = re.search(r'id="auth-code"[^>]*>([^<]+)<', page.text)
    assert found, page.text
    return unescape(found[1])
