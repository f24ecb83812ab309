"""Whatever happens to a team and to its tasks, in whatever order: nothing is lost or wrong."""

import shutil
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from dropally.auth.actors import Actor, host_operator
from dropally.catalog import connections, entity_runs
from dropally.catalog.appliance import open_appliance_database
from dropally.catalog.entities import EntityRow, entities_of_task
from dropally.catalog.entity_runs import RunResult
from dropally.catalog.purge_marks import purged_until
from dropally.common.errors import DropallyError
from dropally.dropbox_api import (
    ConnectionSettings,
    Mount,
    Namespace,
    Roster,
    TeamFolder,
    TeamMember,
    TeamProfile,
)
from dropally.jobs.events import EventBus
from dropally.jobs.runner import JobRunner
from dropally.jobs.storage_definition import StorageDefinition
from dropally.jobs.storages import Storages
from dropally.protection import acting, housekeeping, pausing, task_views, tasks, trash
from dropally.protection.acting import ACTIONS, Selection
from dropally.protection.context import ProtectionContext
from dropally.protection.roster_sync import sync_team
from dropally.protection.tasks import TaskForm, refresh
from dropally.store import Passphrase
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.auth.appliance import opened

MEMBERS, FOLDERS, TASKS = 3, 4, 2
PROFILE = TeamProfile("dbtid:1", "Team", "2023", {}, None, 5, "m0", "m0@example.com")
STEP = st.tuples(
    st.sampled_from(
        [
            "member",
            "folder",
            "mount",
            "act",
            "act",
            "act",
            "pause",
            "resume",
            "delete",
            "undelete",
            "back up",
            "days",
        ]
    ),
    st.integers(0, 3),
    st.integers(0, 5),
    st.integers(0, 1),
)


@dataclass
class Team:
    """The team as it is in Dropbox."""

    members: set[int] = field(default_factory=lambda: {0, 1})
    folders: set[int] = field(default_factory=lambda: {0})
    mounts: set[tuple[int, int]] = field(default_factory=set)

    def roster(self) -> Roster:
        spaces = [Namespace(f"home{one}", f"M{one}", "member", f"m{one}") for one in self.members]
        spaces += [
            Namespace(f"f{one}", f"F{one}", "shared_folder" if one % 2 else "team_folder")
            for one in self.folders
        ]
        return Roster(
            profile=PROFILE,
            members=tuple(
                TeamMember(
                    f"m{one}",
                    f"a{one}",
                    f"m{one}@example.com",
                    f"M{one}",
                    "active" if one in self.members else "removed",
                    f"home{one}",
                    "",
                    one == 0,
                )
                for one in range(MEMBERS)
            ),
            team_folders=tuple(
                TeamFolder(f"f{one}", f"F{one}", "active") for one in self.folders if not one % 2
            ),
            namespaces=tuple(spaces),
            mounts=tuple(
                Mount(f"m{member}", f"/f{one}", f"/F{one}", f"f{one}")
                for member, one in self.mounts
                if member in self.members and one in self.folders
            ),
            reach={},
        )


class World:
    """Two tasks of one team, and what happens to them."""

    def __init__(self, ctx: ProtectionContext, actor: Actor) -> None:
        self.ctx = ctx
        self.actor = actor
        self.team = Team()
        with ctx.write() as connection:
            connections.insert_connection(
                connection, "con_1", team_id="dbtid:1", team_name="Team", created=ctx.now()
            )
        self.tasks = [
            tasks.create(ctx, actor, TaskForm(f"Task {number}", "con_1")).id
            for number in range(TASKS)
        ]
        self.backed_up: set[tuple[str, str]] = set()
        self.look()

    def look(self) -> None:
        sync_team(self.ctx, "con_1", self.team.roster())

    def rows(self, task: str) -> list[EntityRow]:
        with self.ctx.read() as connection:
            return entities_of_task(connection, task)

    def living(self) -> list[str]:
        with self.ctx.read() as connection:
            query = "SELECT id FROM task WHERE deleted_us IS NULL"
            return [row[0] for row in connection.execute(query)]

    def step(self, what: str, first: int, second: int, number: int) -> None:
        task = self.tasks[number]
        self.ctx.clock.wait(_NEVER, 60)  # a minute passes
        match what:
            case "member":
                self.team.members ^= {first % MEMBERS}
            case "folder":
                self.team.folders ^= {first % FOLDERS}
            case "mount":
                self.team.mounts ^= {(first % MEMBERS, second % FOLDERS)}
            case "back up":
                self._back_up(task)
            case "days":
                self.ctx.clock.wait(_NEVER, timedelta(days=second * 2).total_seconds())
                housekeeping.run(self.ctx)
            case _:
                self._decide(what, task, first, second)
        self.look()

    def _decide(self, what: str, task: str, first: int, second: int) -> None:
        try:
            if what == "act":
                rows = sorted(self.rows(task), key=lambda row: row.identity)
                chosen = [row.id for row in rows[first::2]]
                if chosen:
                    action = ACTIONS[second % len(ACTIONS)]
                    acting.act(self.ctx, self.actor, task, action, Selection(tuple(chosen)))
            elif what == "pause":
                pausing.pause(self.ctx, self.actor, task)
            elif what == "resume":
                pausing.resume(self.ctx, self.actor, task)
            elif what == "delete":
                name = task_views.get_task(self.ctx, self.actor, task).name
                trash.delete(self.ctx, self.actor, task, name)
            elif what == "undelete":
                trash.undelete(self.ctx, self.actor, task)
        except DropallyError:
            pass  # it made no sense now, and was refused

    def _back_up(self, task: str) -> None:
        if task not in self.living():
            return
        with self.ctx.write() as connection:
            found = entity_runs.run_targets(connection, task)
            results = [RunResult(one.id, True, 1, 0, 10, 0, "", "") for one in found]
            entity_runs.record_results(connection, results, point="p", now=self.ctx.now())
            entity_runs.refresh_totals(connection, "con_1", task)
            refresh(connection, "con_1")
        self.backed_up |= {(task, one.identity) for one in found}

    # -- what must always hold ----------------------------------------------------------------

    def check(self) -> None:
        present = {f"m{one}" for one in self.team.members} | {
            f"f{one}" for one in self.team.folders
        }
        holders: Counter[str] = Counter()
        with self.ctx.write() as connection:
            assert refresh(connection, "con_1") == 0  # every status is what it should be
            purged = purged_until(connection, "dbtid:1", "main")
        for task in self.living():
            rows = {row.identity: row for row in self.rows(task)}
            assert present <= rows.keys()
            for identity, row in rows.items():
                assert (row.archived is None) == (identity in present)
                assert row.status != "Archived" or row.first_backup or row.is_activated
                assert (row.status == "Deleted") == (row.deleted is not None)
            with self.ctx.read() as connection:
                found = entity_runs.run_targets(connection, task)
            assert {one.identity for one in found} <= present
            by_itself = [one for one in found if rows[one.identity].is_activated]
            holders.update(one.identity for one in by_itself if one.kind != "shared folder")
            for lost in {one for of, one in self.backed_up if of == task} - rows.keys():
                assert f"home{lost[1:]}" in purged or lost in purged
        assert set(holders.values()) <= {1}  # nothing is fetched for two tasks


_NEVER = threading.Event()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("empty")
    open_appliance_database(folder).close()
    return folder


@contextmanager
def a_world(empty: Path) -> Iterator[World]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "data"
        shutil.copytree(empty, folder)
        with opened(folder) as people:
            storages = Storages(
                [StorageDefinition("main", "local", f"{name}/main")],
                secret=lambda: Passphrase("nothing is opened"),
                data_dir=folder,
                cache_dir=folder,
                clock=people.clock,
            )
            events = EventBus(people.clock)
            runner = JobRunner(people.ctx.database, people.clock, events)
            ctx = ProtectionContext(
                people.ctx, runner, events, storages, ConnectionSettings(), people.clock
            )
            yield World(ctx, host_operator("test"))
            storages.close()


@settings(max_examples=25)
@given(steps=st.lists(STEP, min_size=3, max_size=12))
def test_nothing_is_lost_or_wrong(empty: Path, steps: list[tuple[str, int, int, int]]) -> None:
    with a_world(empty) as world:
        for step in steps:
            world.step(*step)
            world.check()
