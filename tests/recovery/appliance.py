"""An appliance with backups of a simulated team, for tests of recovery."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec
from dropally.auth.actors import EVERYWHERE, Actor, Reach
from dropally.auth.verbs import Role
from dropally.catalog.connections import insert_connection
from dropally.catalog.entity_discovery import FoundEntity, insert_entities
from dropally.catalog.jobs import JobRow
from dropally.catalog.tasks import insert_task
from dropally.common.ids import new_id
from dropally.jobs.events import EventBus
from dropally.jobs.handles import TeamHandle
from dropally.jobs.record import record_repository
from dropally.jobs.runner import JobRunner
from dropally.jobs.storages import Storages
from dropally.recovery import exporting, housekeeping, restoring, selections
from dropally.recovery.context import RecoveryContext, RecoverySettings
from dropally.recovery.directory import TaskEntities
from dropally.recovery.exporting import ExportRequest
from dropally.recovery.restoring import RestoreRequest
from dropally.recovery.selections import Tick
from dropally.simulator import start_simulator
from tests.auth.appliance import Appliance as People
from tests.auth.appliance import opened
from tests.jobs.appliance import ADMIN, Appliance

BOB = "bob@hollenberg.example"
TASK = "tsk_team"
CONNECTION = "con_team"
STORAGE = "main"


def until(condition: Callable[[], object]) -> None:
    """Wait for something that other threads bring about; a busy machine is no reason to fail."""
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline, "it does not come about"
        time.sleep(0.005)


@dataclass
class OneTeam:
    """The link of the one team there is."""

    appliance: Appliance

    def handle(self, team_id: str) -> TeamHandle:
        assert team_id == self.appliance.app.credentials().team_id
        return self.appliance.app.team_handle()


@dataclass
class Recovering:
    """The opened parts, and short ways to what tests do often."""

    backups: Appliance
    people: People
    ctx: RecoveryContext
    storages: Storages
    runner: JobRunner
    admin: Actor
    _settings: list[RecoverySettings]
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def team_id(self) -> str:
        return self.backups.app.credentials().team_id

    def set(self, **changes: Any) -> None:
        """Change settings of [recovery]."""
        self._settings[0] = replace(self._settings[0], **changes)

    def backup(self) -> str:
        """Back everything up, record it, and know its entities; the restore point's id."""
        point = self.backups.backup().point
        self.record()
        return point

    def record(self) -> None:
        storage = self.storages.default_id
        with (
            self.storages.repository(storage) as repository,
            repository.reader() as reader,
            self.storages.recording(storage) as catalog,
        ):
            record_repository(self.backups.context(), repository, reader, self.team_id, catalog)
        with self.backups.view() as view, self.ctx.auth.write() as connection:
            found = {}
            for entity in view.entities:
                if entity.key not in self.ids:
                    self.ids[entity.key] = new_id("ent_")
                    found[self.ids[entity.key]] = FoundEntity(
                        entity.member_id or entity.namespace,
                        entity.kind,
                        entity.namespace,
                        entity.key,
                        entity.key if entity.member_id else "",
                        entity.key,
                        entity.key,
                        "active",
                    )
            insert_entities(
                connection, TASK, found.items(), activated=frozenset(), now=self.ctx.now()
            )
            connection.execute("UPDATE entity SET first_backup_us = 1")

    def id_of(self, name: str = ADMIN) -> str:
        return self.ids[name]

    def add_bob(self) -> None:
        self.backups.edit({"op": "add_member", "email": BOB, "given_name": "Bob", "surname": "B"})

    def select(self, *ticks: tuple[str, str] | tuple[str, str, str]) -> str:
        """A selection of (entity's name, path) or (name, path, point)."""
        made = selections.create(self.ctx, self.admin).id
        wanted = [
            Tick(
                entity_id=self.ids[name],
                path=path,
                point_id=point[0] if point else "latest",
            )
            for name, path, *point in ticks
        ]
        selections.add(self.ctx, self.admin, made, wanted)
        return made

    def restore(self, selection: str, **wanted: Any) -> JobRow:
        """Restore and wait for the end."""
        request = RestoreRequest(selection_id=selection, **wanted)
        return self.finish(restoring.start(self.ctx, self.admin, request).id)

    def export(self, selection: str, **wanted: Any) -> JobRow:
        """Export and wait for the end."""
        request = ExportRequest(selection_id=selection, **wanted)
        return self.finish(exporting.start(self.ctx, self.admin, request).id)

    def finish(self, job_id: str, status: str = "") -> JobRow:
        """Wait for a job's end (or for another status)."""
        found: list[JobRow] = []

        def is_so() -> bool:
            found[:] = [self.runner.get(job_id)]
            return found[0].is_finished if not status else found[0].status == status

        until(is_so)
        return found[0]

    def restart_runner(self) -> None:
        """Stop the runner as the appliance does, and start another on the same database."""
        self.runner.stop()
        self.runner = JobRunner(
            self.ctx.auth.database, self.ctx.auth.clock, EventBus(self.ctx.auth.clock)
        )
        self.ctx = replace(self.ctx, runner=self.runner)
        housekeeping.register(self.ctx)
        self.runner.start()

    def summary(self, row: JobRow) -> dict[str, Any]:
        found: dict[str, Any] = msgspec.json.decode(row.summary)
        return found

    def home(self, email: str = ADMIN) -> dict[str, str]:
        """What is in somebody's Dropbox now: path -> content hash, "" for folders."""
        return {
            path: content_hash
            for path, (_, content_hash) in self.backups.truth(self.backups.home(email)).items()
        }

    def person(self, role: Role, reach: Reach = EVERYWHERE) -> Actor:
        name = f"{role}.{len(self.people.tokens)}@example.com"
        return self.people.add(self.admin, name, role, reach)

    def audit_lines(self) -> list[str]:
        """What the audit says of looks into backups, oldest first."""
        rows = self.people.audit(self.admin)
        return [row.description for row in reversed(rows) if row.activity == "data_access"]


@contextmanager
def recovering(
    root: Path, team: str = "empty", prepare: Callable[[Appliance], None] | None = None
) -> Iterator[Recovering]:
    """An appliance beside a fresh team; `prepare` fills the team before anything is opened."""
    with ExitStack() as stack:
        simulator = stack.enter_context(start_simulator(team=team, strict=team == "empty"))
        backups = Appliance(simulator, root)
        backups.link()
        people = stack.enter_context(opened(root / "data"))
        storages = backups.app.storages()
        stack.callback(storages.close)
        runner = JobRunner(people.ctx.database, people.ctx.clock, EventBus(people.ctx.clock))
        settings = [RecoverySettings()]
        ctx = RecoveryContext(
            auth=people.ctx,
            runner=runner,
            storages=storages,
            entities=TaskEntities(people.ctx),
            teams=OneTeam(backups),
            settings=lambda: settings[0],
        )
        found = Recovering(backups, people, ctx, storages, runner, people.set_up(), settings)
        with people.ctx.write() as connection:
            now = people.ctx.now()
            insert_connection(
                connection, CONNECTION, team_id=found.team_id, team_name="Team", created=now
            )
            insert_task(
                connection,
                TASK,
                name="The team",
                name_key="the team",
                connection_id=CONNECTION,
                storage_id=storages.default_id,
                settings="{}",
                first_activation="none",
                created=now,
            )
        if prepare is not None:
            prepare(backups)
        housekeeping.register(ctx)
        runner.start()
        stack.callback(lambda: found.runner.stop())  # noqa: PLW0108  tests put another in its place
        yield found
        backups.check_polite()
