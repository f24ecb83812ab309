"""Object lock as a job of the appliance, and what it says of itself."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from dropally.app.figures import collect_figures
from dropally.auth.errors import ForbiddenError
from dropally.auth.verbs import Role
from dropally.common.clock import SystemClock
from dropally.common.errors import UsageError
from dropally.jobs.storage_definition import StorageDefinition
from dropally.store import create_repository, new_key_file
from dropally.store.backend import open_backend
from dropally.upkeep import locking, pruning, storage_list
from dropally.upkeep.locking import LockParams
from dropally.upkeep.storage_trial import try_storage
from tests.store.backend.locked_s3 import LockedS3, serving_locked_s3
from tests.store.samples import SMALL, back_up, object_keys, sample_files
from tests.upkeep.appliance import Upkeep, local, opened

FILES = sample_files(4, count=4, largest=4000)


@pytest.fixture(scope="module")
def s3() -> Iterator[LockedS3]:
    with serving_locked_s3() as made:
        yield made


@pytest.fixture
def upkeep(s3: LockedS3, tmp_path: Path) -> Iterator[Upkeep]:
    """A locked bucket with a backup in it, and a folder."""
    cloud = StorageDefinition(
        "cloud",
        "s3",
        f"s3://{s3.new_bucket()}/dropbox",
        s3.options(object_lock="governance 30d"),
    )
    with opened(tmp_path, [cloud, local(tmp_path)]) as made:
        # The bucket's clock is this machine's.
        made.clock.advance((datetime.now(UTC) - made.clock.now()).total_seconds())  # noqa: TID251
        key = new_key_file(made.ctx.key_file)
        repository = create_repository(
            open_backend(cloud.location, cloud.options),
            secrets=[key],
            options=SMALL,
            clock=made.ctx.now,
        )
        back_up(repository, FILES)
        repository.close()
        yield made


def test_what_backups_need_is_locked_and_the_report_says_so(upkeep: Upkeep) -> None:
    ctx, admin = upkeep.ctx, upkeep.admin
    before = locking.get_lock(ctx, admin, "cloud")
    assert (before.wish, before.last_run) == ("governance 30d", None)
    with ctx.storages.repository("cloud"):
        assert "not extended" in " ".join(storage_list.get_storage(ctx, admin, "cloud").warnings)
    [row] = locking.request_all(ctx)
    done = upkeep.finish(row)
    assert (done.status, done.title) == ("succeeded", "Lock what backups need in storage cloud")
    view = locking.get_lock(ctx, admin, "cloud")
    assert view.last_run is not None
    assert view.last_run.objects == view.last_run.extended > 0
    assert view.report is not None
    assert view.report.short_objects == 0
    assert view.report.oldest is not None
    assert view.report.oldest > ctx.now() + timedelta(days=30)
    assert not any("lock" in one for one in storage_list.get_storage(ctx, admin, "cloud").warnings)
    upkeep.clock.advance(timedelta(days=12).total_seconds())
    view = locking.get_lock(ctx, admin, "cloud")
    assert view.report is not None
    assert view.report.short_objects == view.report.objects
    assert any("days" in one for one in storage_list.get_storage(ctx, admin, "cloud").warnings)
    tried = upkeep.finish(
        locking.request_lock(ctx, admin, LockParams(storage_id="cloud", dry_run=True))
    )
    assert tried.status == "succeeded"
    assert locking.get_lock(ctx, admin, "cloud").last_run == view.last_run
    again = upkeep.finish(
        locking.request_lock(ctx, admin, LockParams(storage_id="cloud", look_again=True))
    )
    assert again.status == "succeeded", again.error


def test_packs_that_somebody_deleted_make_the_job_say_so(upkeep: Upkeep) -> None:
    ctx, admin = upkeep.ctx, upkeep.admin
    assert upkeep.finish(locking.request_all(ctx)[0]).is_finished
    with ctx.storages.backend("cloud") as backend:
        key = object_keys(backend, "packs/")[0]
        backend.delete(key)
    row = upkeep.finish(locking.request_lock(ctx, admin, LockParams(storage_id="cloud")))
    assert row.status == "failed"
    assert "1 packs that backups need were deleted" in row.error
    figures = {one.name: one.value for one in collect_figures(ctx)}
    assert figures["dropally_lock_deleted_packs"] == 1
    assert figures["dropally_lock_short_objects"] == 0
    assert figures["dropally_lock_last_run_timestamp_seconds"] > 0
    last = locking.get_lock(ctx, admin, "cloud").last_run
    assert last is not None
    assert last.hidden == [key]


def test_freeing_space_asks_for_the_lock_of_each_pack_it_would_delete(upkeep: Upkeep) -> None:
    ctx = upkeep.ctx
    assert upkeep.finish(locking.request_all(ctx)[0]).status == "succeeded"
    with ctx.storages.backend("cloud") as backend:
        name = bytes.fromhex(object_keys(backend, "packs/")[0].rpartition("/")[2])
    with ctx.storages.object_lock("cloud") as locks:
        ends = pruning.locked_until(locks, name)
        assert ends is not None
        assert ends > ctx.now() + timedelta(days=30)
        assert pruning.locked_until(locks, bytes(32)) is None
    with ctx.storages.object_lock("main") as none:
        assert none is None
        assert pruning.locked_until(none, name) is None


def test_a_key_that_may_not_delete_is_told_what_freeing_space_needs(
    upkeep: Upkeep, s3: LockedS3
) -> None:
    s3.denied = lambda method, _query, _key: method == "DELETE"
    try:
        row = upkeep.finish(pruning.request_prune(upkeep.ctx, upkeep.admin, "cloud"))
    finally:
        s3.denied = lambda _method, _query, _key: False
    assert row.status == "failed"
    assert "maintenance" in row.hint


def test_only_storages_that_are_to_lock_are_locked(upkeep: Upkeep) -> None:
    ctx, admin = upkeep.ctx, upkeep.admin
    assert locking.get_lock(ctx, admin, "main").wish == ""
    with pytest.raises(UsageError, match="not to lock"):
        locking.request_lock(ctx, admin, LockParams(storage_id="main"))
    viewer = upkeep.people.add(admin, "vi@example.com", Role.VIEWER)
    with pytest.raises(ForbiddenError):
        locking.request_lock(ctx, viewer, LockParams(storage_id="cloud"))


@pytest.mark.parametrize(
    ("bucket", "said"),
    [
        ({"locked": False}, "no object lock"),
        ({"days": 0}, "no default retention"),
        ({"days": 40}, ""),
    ],
)
def test_testing_the_connection_tells_what_the_bucket_lacks(
    s3: LockedS3, bucket: dict[str, Any], said: str
) -> None:
    options = s3.options(object_lock="governance 30d")
    name = s3.new_bucket(**bucket)
    definition = StorageDefinition("cloud", "s3", f"s3://{name}/dropbox", options)
    trial = try_storage(definition, SystemClock(), deadline_s=60.0)
    assert trial.is_ok
    assert len(trial.shortcomings) == bool(said)
    assert said in "".join(trial.shortcomings)
