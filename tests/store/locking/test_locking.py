"""Locks that follow the restore points, and what brings back what somebody deleted."""

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dropally.store import (
    Backend,
    Repository,
    StoreError,
    create_repository,
    open_repository,
)
from dropally.store.backend import Lock, LockWish, ObjectLock, open_backend, open_object_lock
from dropally.store.index import read_generation
from dropally.store.locking import (
    LEAD,
    MARGIN,
    LockLedger,
    extend_locks,
    lock_report,
    put_back,
)
from dropally.store.prune import PruneOptions, prune
from tests.store.backend.locked_s3 import MAINTENANCE, LockedS3, serving_locked_s3
from tests.store.prune.world import forget
from tests.store.samples import (
    SECRET,
    SMALL,
    Files,
    back_up,
    object_keys,
    read_back,
    reopen,
    sample_files,
)

WISH = LockWish("governance", timedelta(days=30))
FILES = sample_files(3, count=6, largest=6000)
# S3 tells times to the second: what was written within this one is old enough already.
AT_ONCE = timedelta(seconds=-2)
HURRIED = PruneOptions(grace=AT_ONCE, min_age=AT_ONCE, settle=AT_ONCE, small_packs=1000)


def now() -> datetime:
    """The server's clock is this machine's."""
    return datetime.now(UTC)  # noqa: TID251


@pytest.fixture(scope="module")
def s3() -> Iterator[LockedS3]:
    with serving_locked_s3() as made:
        yield made


class Place:
    """A repository in a locked bucket, with its locks."""

    def __init__(self, s3: LockedS3, bucket: str, **more: str) -> None:
        self.bucket = bucket
        options = s3.options(object_lock=str(WISH), **more)
        location = f"s3://{bucket}/dropbox"
        self.backend: Backend = open_backend(location, options, wait=lambda _s: True)
        self.locks: ObjectLock = open_object_lock(location, options, now=now, wait=lambda _s: True)
        self.repository: Repository = create_repository(
            self.backend, secrets=[SECRET], options=SMALL, clock=now
        )
        self.ledger = LockLedger(None, self.repository.config.repository_id)

    def lock_of(self, key: str) -> Lock:
        found = self.locks.lock_of(key)
        assert found is not None, key
        return found

    def locked_until(self, name: bytes) -> datetime | None:
        found = self.locks.lock_of(f"packs/{name.hex()[:2]}/{name.hex()}")
        return found.until if found else None

    def close(self) -> None:
        self.ledger.close()
        self.locks.close()
        self.repository.close()
        self.backend.close()


@pytest.fixture
def place(s3: LockedS3) -> Iterator[Place]:
    made = Place(s3, s3.new_bucket(days=2))
    yield made
    made.close()
    s3.denied = lambda _method, _query, _key: False


def test_old_packs_are_locked_as_long_ahead_as_new_ones(place: Place) -> None:
    back_up(place.repository, FILES)
    writers = [key for key in object_keys(place.backend) if key.startswith("sessions/")]
    first = extend_locks(place.repository, place.locks, place.ledger)
    assert first.objects == first.extended == first.looked_at > 5
    assert first.extended_bytes == first.size_bytes > 0
    assert any("2 days" in problem for problem in first.problems)
    for key in object_keys(place.backend):
        if not key.startswith(("sessions/", "lease", "condemned/", "probe/")):
            left = place.lock_of(key).until - now()
            assert left > WISH.period + MARGIN + LEAD - timedelta(minutes=5), key
    assert writers == []
    again = extend_locks(place.repository, place.locks, place.ledger)
    assert (again.extended, again.looked_at) == (0, 0)
    assert again.calls < 20  # listings, and nothing for each object
    back_up(place.repository, {**FILES, "/day2": b"2" * 3000})
    third = extend_locks(place.repository, place.locks, place.ledger)
    assert 0 < third.extended < first.extended


def test_locks_are_extended_a_week_later_and_only_then(s3: LockedS3, place: Place) -> None:
    back_up(place.repository, FILES)
    done = extend_locks(place.repository, place.locks, place.ledger)
    place.repository.clock = lambda: now() + LEAD - timedelta(days=1)
    early = extend_locks(place.repository, place.locks, place.ledger)
    assert early.extended == 0
    place.repository.clock = lambda: now() + LEAD + timedelta(days=1)
    planned = extend_locks(place.repository, place.locks, place.ledger, dry_run=True)
    assert planned.extended == done.objects
    late = extend_locks(place.repository, place.locks, place.ledger)
    assert (late.extended, late.looked_at) == (done.objects, 0)
    key = object_keys(place.backend, "packs/")[0]
    assert place.lock_of(key).until - now() > WISH.period + MARGIN + LEAD + timedelta(days=7)


def test_a_lost_list_of_locks_costs_one_look_at_each(place: Place) -> None:
    back_up(place.repository, FILES)
    done = extend_locks(place.repository, place.locks, place.ledger)
    fresh = LockLedger(None, place.repository.config.repository_id)
    again = extend_locks(place.repository, place.locks, fresh)
    assert (again.looked_at, again.extended) == (done.objects, 0)
    look = extend_locks(place.repository, place.locks, fresh, look_again=True)
    assert (look.looked_at, look.extended) == (done.objects, 0)
    fresh.close()


def test_the_list_of_locks_is_kept_and_of_one_repository(tmp_path: Path, place: Place) -> None:
    back_up(place.repository, FILES)
    path = tmp_path / "locks" / "main.db"
    ledger = LockLedger(path, "a")
    done = extend_locks(place.repository, place.locks, ledger)
    ledger.keep("last", b"fact")
    ledger.close()
    again = LockLedger(path, "a")
    assert again.totals().objects == done.objects
    assert again.kept("last") == b"fact"
    again.close()
    other = LockLedger(path, "b")
    assert other.totals().objects == 0
    assert other.kept("last") is None
    other.close()


def test_the_report_names_what_is_locked_too_short(place: Place) -> None:
    back_up(place.repository, FILES)
    extend_locks(place.repository, place.locks, place.ledger, dry_run=True)
    report = lock_report(place.repository, place.ledger, WISH, now())
    assert report.short_objects == report.objects > 0
    assert report.short_bytes == report.size_bytes
    assert set(object_keys(place.backend, "packs/")) <= set(report.short)
    assert report.oldest is not None  # by the bucket's own two days
    assert report.oldest - now() < timedelta(days=3)
    extend_locks(place.repository, place.locks, place.ledger)
    report = lock_report(place.repository, place.ledger, WISH, now())
    assert (report.short_objects, report.short) == (0, ())
    assert report.oldest is not None
    assert report.oldest > now() + WISH.period
    later = lock_report(
        place.repository, place.ledger, WISH, now() + LEAD + MARGIN + timedelta(minutes=1)
    )
    assert later.short_objects == later.objects


def test_prune_leaves_what_is_locked_and_says_until_when(place: Place) -> None:
    first = back_up(place.repository, FILES)
    kept: Files = {"/other": b"x" * 5000}
    second = back_up(place.repository, kept)
    extend_locks(place.repository, place.locks, place.ledger)
    forget(place.repository, first)
    condemned = prune(place.repository, HURRIED, locked_until=place.locked_until)
    assert condemned.condemned_packs > 0
    held = prune(place.repository, HURRIED, locked_until=place.locked_until)
    assert held.freed_packs == 0
    assert held.locked_packs == condemned.condemned_packs
    assert held.locked_until is not None
    assert held.locked_until - now() > WISH.period
    run = extend_locks(place.repository, place.locks, place.ledger)
    report = lock_report(place.repository, place.ledger, WISH, now())
    assert report.waiting_packs == held.locked_packs
    assert report.waiting_bytes == held.locked_bytes
    assert report.waiting_until_last == held.locked_until
    assert run.objects == report.objects
    place.repository.clock = lambda: now() + timedelta(days=400)
    far = extend_locks(place.repository, place.locks, place.ledger)
    assert place.locked_until(bytes.fromhex(_condemned_key(place))) == held.locked_until
    assert far.extended == far.objects  # what is condemned is extended no more
    place.repository.clock = now
    freed = prune(place.repository, HURRIED, locked_until=lambda _name: None)
    assert freed.freed_packs == held.locked_packs
    assert read_back(reopen(place.backend), second) == kept


def _condemned_key(place: Place) -> str:
    found = read_generation(place.backend, place.repository.keyring)
    return found.packs[0].name.hex()


def test_what_an_intruder_deletes_is_told_and_brought_back(s3: LockedS3, place: Place) -> None:
    snapshot = back_up(place.repository, FILES)
    extend_locks(place.repository, place.locks, place.ledger)
    time.sleep(1.1)  # S3 tells times to the second
    moment = now()
    time.sleep(1.1)
    keys = object_keys(place.backend)
    packs = object_keys(place.backend, "packs/")
    for key in keys:
        place.backend.delete(key)
    with s3.client() as client:
        for key in ("config", packs[0]):  # and garbage in their place
            client.put_object(
                Bucket=place.bucket, Key=f"dropbox/{key}", Body=b"?", ChecksumAlgorithm="SHA256"
            )
        for version in client.list_object_versions(Bucket=place.bucket)["Versions"]:
            if not version["Key"].startswith("dropbox/probe") and version["Key"] != "dropbox/lease":
                with pytest.raises(client.exceptions.ClientError):
                    client.delete_object(
                        Bucket=place.bucket, Key=version["Key"], VersionId=version["VersionId"]
                    )
    run = extend_locks(place.repository, place.locks, place.ledger)
    assert run.hidden == packs[1:]
    with pytest.raises(StoreError):
        reopen(place.backend)
    planned = put_back(place.locks, moment, dry_run=True)
    assert planned.objects == len(keys)
    s3.denied = lambda method, _query, _key: method == "DELETE"
    done = put_back(place.locks, moment)
    assert (done.objects, done.copied) == (planned.objects, planned.objects)
    s3.denied = lambda _method, _query, _key: False
    assert put_back(place.locks, moment).objects == len(keys)  # the copies are newer versions
    assert read_back(reopen(place.backend), snapshot) == FILES


def test_markers_are_simply_removed_where_the_key_may(place: Place) -> None:
    snapshot = back_up(place.repository, FILES)
    time.sleep(1.1)
    moment = now()
    time.sleep(1.1)
    for key in object_keys(place.backend):
        place.backend.delete(key)
    done = put_back(place.locks, moment)
    assert done.objects > 0
    assert done.copied == 0
    assert put_back(place.locks, moment).objects == 0
    assert read_back(reopen(place.backend), snapshot) == FILES


def test_a_bucket_that_cannot_or_may_not_lock_is_named(s3: LockedS3, place: Place) -> None:
    back_up(place.repository, FILES)
    s3.denied = lambda method, query, _key: method == "PUT" and "retention" in query
    run = extend_locks(place.repository, place.locks, place.ledger)
    assert (run.extended, run.refused) == (0, run.objects)
    assert "AccessDenied" in run.why_refused
    s3.denied = lambda _method, query, _key: "object-lock" in query
    assert "unknown" in extend_locks(place.repository, place.locks, place.ledger).problems[0]
    s3.denied = lambda _method, _query, _key: False
    plain = Place(s3, s3.new_bucket(locked=False))
    with pytest.raises(StoreError, match="has no object lock"):
        extend_locks(plain.repository, plain.locks, plain.ledger)
    plain.locks.wish = None
    with pytest.raises(StoreError, match="nothing says how"):
        extend_locks(plain.repository, plain.locks, plain.ledger)
    plain.close()


def test_a_bucket_in_compliance_mode_is_not_asked_for_less(s3: LockedS3) -> None:
    place = Place(s3, s3.new_bucket(days=1, mode="COMPLIANCE"))
    extend_locks(place.repository, place.locks, place.ledger)
    assert place.lock_of("config").mode == "compliance"
    assert place.lock_of("config").until - now() > WISH.period
    place.close()


def test_one_key_writes_and_another_deletes(s3: LockedS3) -> None:
    s3.denied = lambda method, _query, key: method == "DELETE" and key != "maintenance"
    try:
        writer = Place(s3, s3.new_bucket())
        first = back_up(writer.repository, FILES)
        second = back_up(writer.repository, {"/other": b"x" * 5000})
        # Its sessions cannot go; they say that they ended, and hold up nothing.
        assert object_keys(writer.backend, "sessions/")
        with pytest.raises(StoreError, match="delete"):
            prune(writer.repository, HURRIED)
        keeper = open_backend(
            f"s3://{writer.bucket}/dropbox",
            s3.options(object_lock=str(WISH), **MAINTENANCE),
            wait=lambda _s: True,
        )
        with closing(open_repository(keeper, SECRET, clock=now)) as repository:
            forget(repository, first)
            assert prune(repository, HURRIED).condemned_packs > 0
            freed = prune(repository, HURRIED)
            assert freed.freed_packs > 0
            assert freed.blocking_sessions == []
            assert object_keys(keeper, "sessions/") == []
            assert read_back(repository, second) == {"/other": b"x" * 5000}
        keeper.close()
        writer.close()
    finally:
        s3.denied = lambda _method, _query, _key: False
