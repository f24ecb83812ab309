"""Taking the appliance out of service: seven days to think again, then nothing is left."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from dropally.auth.errors import FieldsError, StateError
from dropally.auth.verbs import Role
from dropally.common.clock import SystemClock
from dropally.common.errors import DeniedError
from dropally.jobs.storage_definition import StorageDefinition
from dropally.store.backend import open_backend
from dropally.upkeep import locking, minutely, pruning, repository_keys
from dropally.upkeep.decommission import asking
from dropally.upkeep.decommission.asking import SENTENCE, DecommissionView, refuse_job
from dropally.upkeep.self_backup import requesting
from tests.store.backend.locked_s3 import serving_locked_s3
from tests.upkeep.appliance import Upkeep, local, opened
from tests.upkeep.s3 import BUCKET, CREDENTIALS, s3_server


@contextmanager
def two_storages(folder: Path, second: StorageDefinition) -> Iterator[Upkeep]:
    """An appliance with backups of itself in a folder and in another storage."""
    with opened(folder, [local(folder), second]) as upkeep:
        upkeep.ctx.runner.refuse = refuse_job
        for storage_id in ("main", second.id):
            repository_keys.create(upkeep.ctx, upkeep.admin, storage_id)
        upkeep.finish(requesting.request(upkeep.ctx, upkeep.admin))
        yield upkeep


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Upkeep]:
    with two_storages(tmp_path, local(tmp_path, "second")) as upkeep:
        yield upkeep


@pytest.fixture
def with_bucket(tmp_path: Path) -> Iterator[Upkeep]:
    with s3_server() as endpoint:
        options = {**CREDENTIALS, "endpoint": endpoint}
        bucket = StorageDefinition("bucket", "s3", f"s3://{BUCKET}/out", options)
        with two_storages(tmp_path, bucket) as upkeep:
            yield upkeep


def begin(upkeep: Upkeep) -> DecommissionView:
    return asking.request(upkeep.ctx, upkeep.people.sign_in(), SENTENCE)


def pass_days(upkeep: Upkeep, days: float) -> None:
    upkeep.clock.advance(timedelta(days=days).total_seconds())
    minutely.tick(upkeep.ctx)


def objects_in(upkeep: Upkeep, storage_id: str) -> list[str]:
    definition = upkeep.ctx.storages.definition(storage_id)
    backend = open_backend(definition.location, definition.options)
    try:
        return [stat.key for stat in backend.list("")]
    finally:
        backend.close()


def end(upkeep: Upkeep) -> DecommissionView:
    """Wait for the job that the last tick asked for."""
    with upkeep.ctx.auth.read() as connection:
        job_id = connection.execute(
            "SELECT id FROM job WHERE kind = 'decommission' ORDER BY number DESC"
        ).fetchone()[0]
    upkeep.finish(upkeep.ctx.runner.get(job_id))
    return asking.get_decommission(upkeep.ctx, upkeep.people.sign_in())


def mails(upkeep: Upkeep) -> int:
    return sum(kind == "decommission_notice" for kind, _, _ in upkeep.people.mails())


def test_f147_f149_after_seven_days_keys_and_backups_are_gone(with_bucket: Upkeep) -> None:
    two = with_bucket
    begun = begin(two)
    assert begun.state == "counting"
    assert begun.due == two.ctx.now() + timedelta(days=7)
    assert mails(two) == 1
    for days, sent in ((2.9, 1), (0.2, 2), (2.8, 2), (0.2, 3), (0.8, 3)):
        pass_days(two, days)
        assert mails(two) == sent
    assert objects_in(two, "main")
    assert two.ctx.key_file.exists()
    pass_days(two, 0.2)
    view = end(two)
    assert view.state == "done", view
    assert not two.ctx.key_file.exists()
    assert objects_in(two, "main") == []
    assert objects_in(two, "bucket") == []
    assert [one.storage_id for one in view.report] == ["main", "bucket"]
    for one in view.report:
        assert one.keys_destroyed
        assert one.is_done
        assert one.deleted_objects > 3
        assert one.retained_objects == 0
    with pytest.raises(StateError):
        asking.reactivate(two.ctx, two.people.sign_in())


def test_f149_nothing_runs_meanwhile_and_it_can_be_taken_back(two: Upkeep) -> None:
    begin(two)
    admin = two.people.sign_in()
    with pytest.raises(StateError, match="out of service"):
        pruning.request_prune(two.ctx, admin, "main")
    pass_days(two, 6.9)
    assert asking.reactivate(two.ctx, two.people.sign_in()).state == "none"
    pass_days(two, 10)
    assert objects_in(two, "main")
    row = requesting.request(two.ctx, two.people.sign_in())
    assert two.finish(row).status == "succeeded"


def test_f147_the_sentence_is_wanted_word_by_word(two: Upkeep) -> None:
    with pytest.raises(FieldsError):
        asking.request(two.ctx, two.people.sign_in(), "yes")
    assert asking.get_decommission(two.ctx, two.people.sign_in()).state == "none"


def test_f147_a_second_administrator_approves_where_that_is_wanted(two: Upkeep) -> None:
    two.second_approver = True
    assert begin(two).state == "awaiting_approval"
    pass_days(two, 8)
    assert objects_in(two, "main"), "nothing counts before it is approved"
    with pytest.raises(DeniedError, match="who asked"):
        asking.approve(two.ctx, two.people.sign_in())
    other = two.people.add(two.people.sign_in(), "second@example.com", Role.ADMINISTRATOR)
    view = asking.approve(two.ctx, other)
    assert (view.state, view.due) == ("counting", two.ctx.now() + timedelta(days=7))


def test_f149_a_storage_that_does_not_answer_is_tried_again(two: Upkeep) -> None:
    begin(two)
    folder = two.root / "main"
    folder.rename(two.root / "away")  # as if its disk were not mounted
    pass_days(two, 7.1)
    view = end(two)
    assert view.state == "erasing"
    assert [one.is_done for one in view.report] == [False, True]
    assert not two.ctx.key_file.exists()
    assert "no repository lies in" in view.report[0].trouble
    shutil.rmtree(folder, ignore_errors=True)
    (two.root / "away").rename(folder)
    pass_days(two, 0.05)
    assert end(two).state == "done"
    assert objects_in(two, "main") == []


def test_f149_what_object_lock_retains_is_reported(tmp_path: Path) -> None:
    with serving_locked_s3() as s3:
        options = s3.options(object_lock="governance 30d")
        cloud = StorageDefinition("cloud", "s3", f"s3://{s3.new_bucket()}/out", options)
        with opened(tmp_path, [cloud]) as upkeep:
            # The bucket's clock is this machine's.
            upkeep.clock.advance((SystemClock().now() - upkeep.clock.now()).total_seconds())
            repository_keys.create(upkeep.ctx, upkeep.admin, "cloud")
            upkeep.finish(requesting.request(upkeep.ctx, upkeep.admin))
            [row] = locking.request_all(upkeep.ctx)
            assert upkeep.finish(row).status == "succeeded"
            begin(upkeep)
            pass_days(upkeep, 7.1)
            view = end(upkeep)
            assert view.state == "done", view
            [report] = view.report
            assert report.retained_objects > 0
            assert report.retained_bytes > 0
            assert report.retained_until is not None
            assert report.retained_until > SystemClock().now() + timedelta(days=29)
            assert not upkeep.ctx.key_file.exists()
            with upkeep.ctx.storages.object_lock("cloud") as locks:
                assert locks is not None
                left = [one for one in locks.versions("") if not one.is_marker]
            assert len(left) == report.retained_objects
            assert objects_in(upkeep, "cloud") == [], "what stays is hidden"
