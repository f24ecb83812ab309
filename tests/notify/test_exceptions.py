"""F187: a job that failed, a storage that is full or away: one mail to each administrator."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from dropally.auth.actors import Actor
from dropally.catalog.jobs import JobRow
from dropally.jobs.storage_definition import StorageDefinition
from dropally.jobs.storages import Storages
from dropally.notify.exceptions import StorageLookout, tell_failed_job
from dropally.store import create_repository, new_key_file
from dropally.store.backend import open_backend
from tests.auth.appliance import Appliance

ROW = JobRow(**dict.fromkeys(JobRow.__dataclass_fields__, ""))  # type: ignore[arg-type]  # only some are looked at
FAILED = replace(
    ROW, id="job_1", kind="backup", status="failed", title="Backup of Example", error="no space"
)


def subjects(appliance: Appliance) -> list[str]:
    return [f"{kind}: {values.get('cause', '')}" for kind, _, values in appliance.mails()]


@pytest.mark.parametrize(
    ("row", "count"),
    [
        (FAILED, 1),
        (replace(FAILED, status="partially_succeeded"), 0),
        (replace(FAILED, status="canceled"), 0),
        (replace(FAILED, kind="restore"), 0),
    ],
    ids=["failed", "partially", "canceled", "restore"],
)
def test_f187_a_failed_job(appliance: Appliance, admin: Actor, row: JobRow, count: int) -> None:
    tell_failed_job(appliance.ctx, row)
    tell_failed_job(appliance.ctx, row)
    found = appliance.mails()
    assert len(found) == count
    if found:
        assert found[0][2]["link"] == "https://backup.example.com/jobs/job_1"
        assert found[0][2]["cause"] == "no space"


@dataclass
class Watched:
    """A storage with a repository, and somebody who looks at it."""

    people: Appliance
    folder: Path
    storages: Storages
    lookout: StorageLookout

    def later(self, minutes: int) -> list[str]:
        self.people.clock.advance(minutes * 60)
        self.storages.check("main")
        self.lookout.look()
        return subjects(self.people)


@pytest.fixture
def watched(appliance: Appliance, admin: Actor, tmp_path: Path) -> Iterator[Watched]:
    folder, key = tmp_path / "repository", new_key_file(tmp_path / "repository.key")
    definition = StorageDefinition("main", "local", str(folder))
    create_repository(
        open_backend(definition.location, {}),
        secrets=[key],
        cache_dir=tmp_path / "cache",
        clock=appliance.clock.now,
    ).close()
    storages = Storages(
        [definition],
        secret=lambda: key,
        data_dir=tmp_path / "data",
        cache_dir=tmp_path / "cache",
        clock=appliance.clock,
    )
    try:
        yield Watched(
            appliance, folder, storages, StorageLookout(appliance.ctx, storages, lambda _: 1)
        )
    finally:
        storages.close()


def test_f187_a_storage_that_is_away(watched: Watched) -> None:
    assert watched.later(1) == []
    shutil.move(watched.folder, watched.folder.with_name("unplugged"))
    assert watched.later(1) == [], "it may come back"
    [told] = watched.later(15)
    assert told.startswith("storage_trouble: ")
    assert len(watched.later(120)) == 1, "told once"
    shutil.move(watched.folder.with_name("unplugged"), watched.folder)
    watched.later(1)
    shutil.move(watched.folder, watched.folder.with_name("unplugged"))
    watched.later(1)
    assert len(watched.later(15)) == 2


def test_f187_a_storage_that_is_full(watched: Watched) -> None:
    watched.storages.put(replace(watched.storages.definition("main"), min_free_share=1.0))
    [told] = watched.later(1)
    assert "free" in told
    assert len(watched.later(timedelta(days=1) // timedelta(minutes=1))) == 1


def test_a_storage_that_no_task_uses_is_nobodys_trouble(watched: Watched) -> None:
    shutil.rmtree(watched.folder)
    watched.lookout = StorageLookout(watched.people.ctx, watched.storages, lambda _: 0)
    watched.later(1)
    assert watched.later(15) == []
