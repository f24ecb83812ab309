"""After a recovery tasks go on where they were: only what is new is listed and fetched."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dropally.auth.actors import host_operator
from dropally.catalog.history import FILE_NAME
from dropally.jobs.events import EventBus
from dropally.jobs.runner import JobRunner
from dropally.jobs.storages import Storages
from dropally.protection.context import ProtectionContext, ProtectionPolicy
from dropally.store import KeyFile, Secret
from dropally.upkeep.context import UpkeepContext
from dropally.upkeep.kinds import register_kinds
from dropally.upkeep.recovering.finishing import finish
from dropally.upkeep.recovering.source import RecoverySource
from dropally.upkeep.recovering.staging import stage
from dropally.upkeep.self_backup.making import gather, write_into
from dropally.upkeep.stored_storages import all_definitions
from tests.auth.appliance import opened
from tests.protection.appliance import APP_KEY, Protected, protected, start
from tests.upkeep.appliance import local


def upkeep_over(ctx: ProtectionContext, key_file: Path) -> UpkeepContext:
    @contextmanager
    def new_secret() -> Iterator[tuple[Secret, Path | None]]:
        yield KeyFile(key_file), key_file

    return UpkeepContext(
        auth=ctx.auth,
        storages=ctx.storages,
        runner=ctx.runner,
        events=ctx.events,
        data_folder=ctx.auth.data_folder,
        key_file=key_file,
        new_secret=new_secret,
    )


@contextmanager
def recovered(before: Protected, data: Path) -> Iterator[Protected]:
    """The same appliance on another machine, beside the same team."""
    with opened(data) as people:
        people.clock.advance(86400)
        definitions, default_id = all_definitions(people.ctx, [])
        storages = Storages(
            definitions,
            secret=lambda: KeyFile(data / "repository.key"),
            data_dir=data,
            cache_dir=data.parent / "cache",
            clock=people.clock,
            default_id=default_id,
        )
        events = EventBus(people.clock)
        policy = ProtectionPolicy(app_key=APP_KEY, fetchers=4)
        ctx = ProtectionContext(
            auth=people.ctx,
            runner=JobRunner(people.ctx.database, people.clock, events),
            events=events,
            storages=storages,
            settings=before.ctx.settings,
            clock=people.clock,
            policy=lambda: policy,
        )
        register_kinds(upkeep_over(ctx, data / "repository.key"))
        start(ctx)
        try:
            yield Protected(ctx, people, before.simulator, people.sign_in(), policy)
        finally:
            ctx.runner.stop()
            storages.close()


def test_tasks_schedules_and_cursors_come_back(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new" / "data"
    with protected(old) as before:
        before.put("/Reports/June.txt", "June")
        task = before.task("The office", activate="all")
        assert before.back_up(task.id).status == "succeeded"
        work = tmp_path / "work"
        work.mkdir()
        upkeep = upkeep_over(before.ctx, old / "repository.key")
        with before.ctx.storages.repository("main") as repository:
            write_into(repository, "main", gather(upkeep, work, "by hand"))
        before.ctx.runner.stop()
        shutil.rmtree(old / "data" / "catalog")

        source = RecoverySource(local(old), KeyFile(old / "repository.key"))
        stage(source, new, before.people.clock, host_operator("root"))
        finish(new)
        assert before.calls("files/list_folder") > 0
        listed, fetched = before.calls("files/list_folder"), before.calls("files/download")
        before.put("/Reports/July.txt", "July")
        with recovered(before, new) as after:
            after.finish_all()  # the catalog is made again
            assert (new / "catalog" / "main" / FILE_NAME).exists()
            assert after.statuses(task.id) == before.statuses(task.id)
            assert after.back_up(task.id).status == "succeeded"
            assert after.calls("files/download") == fetched + 1
            assert after.calls("files/list_folder") == listed
            with after.ctx.storages.catalog("main").read() as connection:
                names = connection.execute("SELECT DISTINCT name FROM item").fetchall()
            assert {("June.txt",), ("July.txt",)} <= set(names)
