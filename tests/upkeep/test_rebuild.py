"""A storage's catalog is made again from its repository, and nobody waits for it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from dropally.auth.errors import ForbiddenError
from dropally.auth.verbs import Role
from dropally.catalog.database_file import DatabaseFile
from dropally.catalog.faults import DatabaseDamagedError, OutOfStepError
from dropally.catalog.history import FILE_NAME
from dropally.jobs.context import JobContext
from dropally.jobs.record import record_repository
from dropally.jobs.storage_definition import StorageDefinition
from dropally.upkeep.rebuild import (
    RebuildKind,
    rebuild_when_needed,
    request_missing,
    request_rebuild,
)
from tests.jobs.appliance import open_appliance
from tests.upkeep.appliance import Upkeep, opened


@pytest.fixture(scope="module")
def backed_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose repository holds three restore points of a small team."""
    root = tmp_path_factory.mktemp("backed-up")
    with open_appliance(root) as appliance:
        appliance.put("/Reports/June.txt", "June")
        appliance.backup()
        appliance.put("/Reports/July.txt", "July")
        appliance.backup()
        appliance.edit({"op": "delete", "path": "/Reports/June.txt"})
        appliance.backup()
    return root


@pytest.fixture
def upkeep(tmp_path: Path, backed_up: Path) -> Iterator[Upkeep]:
    shutil.copytree(backed_up, tmp_path / "all")
    root = tmp_path / "all"
    main = StorageDefinition("main", "local", str(root / "repository"))
    with opened(root, [main]) as made:
        yield made


def record(upkeep: Upkeep) -> None:
    storages = upkeep.ctx.storages
    with storages.repository("main") as repository, repository.reader() as reader:
        (group,) = repository.point_chain.owners()
        with storages.recording("main") as catalog:
            record_repository(JobContext(), repository, reader, group, catalog)


def content(catalog: DatabaseFile) -> dict[str, list[tuple[object, ...]]]:
    with catalog.read() as connection:
        tables = ("source", "snapshot", "item", "point", "point_snapshot", "mount")
        present = {
            row[0]
            for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        }
        return {
            table: sorted(connection.execute(f"SELECT * FROM {table}").fetchall(), key=repr)
            for table in tables
            if table in present
        }


def test_a_rebuilt_catalog_equals_the_recorded_one(upkeep: Upkeep) -> None:
    record(upkeep)
    before = content(upkeep.ctx.storages.catalog("main"))
    assert len(before["snapshot"]) == 3
    row = upkeep.finish(request_rebuild(upkeep.ctx, upkeep.admin, "main"))
    assert row.status == "succeeded", row.error
    after = upkeep.ctx.storages.catalog("main")
    assert content(after) == before
    assert after.path == upkeep.ctx.storages.catalog_folder("main") / FILE_NAME
    left = sorted(path.name for path in (upkeep.ctx.data_folder / "catalog").iterdir())
    assert left == ["main"]


def test_the_old_catalog_is_read_while_the_new_one_grows(upkeep: Upkeep) -> None:
    record(upkeep)
    old = upkeep.ctx.storages.catalog("main")
    with old.read() as connection:
        count = connection.execute("SELECT count(*) FROM snapshot").fetchone()
        upkeep.finish(request_rebuild(upkeep.ctx, upkeep.admin, "main"))
        assert upkeep.ctx.storages.catalog("main") is not old
        assert connection.execute("SELECT count(*) FROM snapshot").fetchone() == count


def test_a_damaged_catalog_is_rebuilt_by_itself(upkeep: Upkeep) -> None:
    rebuild_when_needed(upkeep.ctx)
    folder = upkeep.ctx.storages.catalog_folder("main")
    folder.mkdir(parents=True)
    (folder / FILE_NAME).write_bytes(b"this is no database at all" * 400)
    with pytest.raises(DatabaseDamagedError):
        upkeep.ctx.storages.catalog("main")
    finish_rebuild(upkeep)
    assert len(content(upkeep.ctx.storages.catalog("main"))["snapshot"]) == 3


def test_a_catalog_out_of_step_is_rebuilt_by_itself(upkeep: Upkeep) -> None:
    rebuild_when_needed(upkeep.ctx)
    record(upkeep)
    with pytest.raises(OutOfStepError), upkeep.ctx.storages.recording("main"):
        raise OutOfStepError("the repository lacks a snapshot")
    finish_rebuild(upkeep)
    assert len(content(upkeep.ctx.storages.catalog("main"))["snapshot"]) == 3


def finish_rebuild(upkeep: Upkeep) -> None:
    # The same key: while it runs the request gives the job that was asked for by itself.
    row = upkeep.finish(request_rebuild(upkeep.ctx, upkeep.admin, "main"))
    assert row.status == "succeeded", row.error


def test_a_missing_catalog_is_asked_for_once_there_are_points(upkeep: Upkeep) -> None:
    (row,) = request_missing(upkeep.ctx)
    assert upkeep.finish(row).status == "succeeded"
    assert request_missing(upkeep.ctx) == []
    assert len(content(upkeep.ctx.storages.catalog("main"))["snapshot"]) == 3


def test_an_empty_catalog_is_as_good_as_none(upkeep: Upkeep) -> None:
    assert content(upkeep.ctx.storages.catalog("main"))["snapshot"] == []
    (row,) = request_missing(upkeep.ctx)
    assert upkeep.finish(row).status == "succeeded"
    assert len(content(upkeep.ctx.storages.catalog("main"))["snapshot"]) == 3


def test_an_interrupted_rebuild_goes_on(upkeep: Upkeep) -> None:
    kind = RebuildKind(upkeep.ctx)
    assert kind.is_resumable
    storages = upkeep.ctx.storages
    building = storages.catalog_folder("main").with_name("main.rebuilding")
    record(upkeep)
    whole = content(storages.catalog("main"))
    # As a run leaves it that was killed between the two steps of the exchange.
    storages.swap_catalog("main", lambda folder: rename(folder, building))
    row = upkeep.finish(request_rebuild(upkeep.ctx, upkeep.admin, "main"))
    assert row.status == "succeeded"
    assert content(storages.catalog("main")) == whole


def rename(folder: Path, building: Path) -> None:
    folder.rename(building)


def test_snapshots_that_cannot_be_read_are_named_and_the_rest_is_there(upkeep: Upkeep) -> None:
    repository = Path(upkeep.ctx.storages.definition("main").location)
    newest = sorted(path for path in (repository / "snapshots").rglob("*") if path.is_file())[-1]
    newest.chmod(0o600)
    newest.write_bytes(newest.read_bytes()[:-1] + b"?")
    row = upkeep.finish(request_rebuild(upkeep.ctx, upkeep.admin, "main"))
    assert row.status == "partially_succeeded"
    assert row.problems == 1
    assert len(content(upkeep.ctx.storages.catalog("main"))["snapshot"]) == 2


def test_who_may_not_manage_storages_asks_in_vain(upkeep: Upkeep) -> None:
    viewer = upkeep.people.add(upkeep.admin, "vi@example.com", Role.VIEWER)
    with pytest.raises(ForbiddenError):
        request_rebuild(upkeep.ctx, viewer, "main")
