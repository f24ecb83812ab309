"""Erasing where a bucket keeps what is deleted: what waits, and what the certificate says of it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dropally.catalog.erasures import ErasureRow, insert_erasure, note_erased
from dropally.jobs.storage_definition import StorageDefinition
from dropally.store import Repository, create_repository, new_key_file
from dropally.store.backend import Lock, ObjectLock, open_backend
from dropally.store.erase import Choice, erase, find_places
from dropally.store.pack import pack_key
from dropally.store.prune import LockedUntil, PruneOptions, PruneReport, prune
from dropally.upkeep import pruning
from dropally.upkeep.erasing import viewing
from dropally.upkeep.erasing.settling import settle
from tests.store.backend.locked_s3 import serving_locked_s3
from tests.store.erase.world import SOURCE, back_up, scratch_in
from tests.store.samples import SMALL
from tests.upkeep.appliance import Upkeep, local, opened

JANE = "/people/jane.txt"
FILES = {JANE: b"what Jane asks to be forgotten " * 300, "/kept.txt": b"this stays " * 300}
AT_ONCE = PruneOptions(grace=timedelta(0), min_age=timedelta(0), settle=timedelta(0))
ERASURE = "era_1"
LONGER = timedelta(days=40)


@pytest.fixture
def upkeep(tmp_path: Path) -> Iterator[Upkeep]:
    """A backup in a bucket with object lock that Jane's file was erased from: her bytes are left."""
    with serving_locked_s3() as s3:
        place = f"s3://{s3.new_bucket()}/dropbox"
        cloud = StorageDefinition("cloud", "s3", place, s3.options(object_lock="governance 30d"))
        with opened(tmp_path, [cloud, local(tmp_path)]) as made:
            secret = new_key_file(made.ctx.key_file)
            catch_up(made)
            create_repository(
                open_backend(place, cloud.options),
                secrets=[secret],
                options=SMALL,
                clock=made.ctx.now,
            ).close()
            with made.ctx.storages.repository("cloud") as repository:
                back_up(repository, FILES)
                catch_up(made)
                erase_jane(made, repository, tmp_path)
            yield made


def catch_up(upkeep: Upkeep) -> None:
    """The bucket's clock is this machine's, by the second; what is erased now is older than now."""
    late = datetime.now(UTC) - upkeep.clock.now()  # noqa: TID251
    upkeep.clock.advance(late.total_seconds() + 1)


def erase_jane(upkeep: Upkeep, repository: Repository, folder: Path) -> None:
    """What the job does, but for the appliance's own records of her."""
    ctx, scratch = upkeep.ctx, scratch_in(folder)
    row = ErasureRow(
        id=ERASURE,
        state="erasing",
        storage_id="cloud",
        team_id="team",
        namespace=SOURCE,
        task_id="task",
        entity_id="entity",
        entity_name="Jane",
        reason="request 17",
        asked_by="an administrator",
        job_id="job",
        asked=ctx.now(),
    )

    def step(_phase: str, _done: int) -> None:
        """Nobody watches."""

    choice = Choice(paths=frozenset([JANE]))
    places = find_places(repository, SOURCE, choice, scratch=scratch, step=step)
    erase(repository, SOURCE, places, erasure=ERASURE, now=ctx.now(), scratch=scratch, step=step)
    with ctx.auth.write() as connection:
        insert_erasure(connection, row)
        note_erased(connection, ERASURE, '{"kind": "s3"}', ctx.now())


def lock_packs(locks: ObjectLock, until: datetime) -> set[str]:
    """Lock all packs that there are; their keys."""
    versions = list(locks.versions("packs/"))
    for one in versions:
        locks.extend(one.key, one.version, Lock("governance", until))
    return {one.key for one in versions}


def free_twice(repository: Repository, locked_until: LockedUntil) -> PruneReport:
    """Condemn and delete; nobody waits a day here."""
    prune(repository, AT_ONCE, locked_until=locked_until)
    return prune(repository, AT_ONCE, locked_until=locked_until)


def test_f225_an_erasure_stays_open_while_its_packs_are_locked(upkeep: Upkeep) -> None:
    ctx = upkeep.ctx
    with ctx.storages.repository("cloud") as repository, ctx.storages.object_lock("cloud") as locks:
        assert locks is not None
        until = upkeep.clock.now() + LONGER
        lock_packs(locks, until)
        report = free_twice(repository, lambda name: pruning.locked_until(locks, name))
        assert report.locked_packs > 0
        assert report.open_erasures == 1
        assert settle(ctx, "cloud", repository) == []
    assert viewing.get_erasure(ctx, upkeep.admin, ERASURE).state == "open"


def test_f225_the_certificate_names_the_packs_that_the_bucket_keeps(upkeep: Upkeep) -> None:
    """Somebody locked them longer between the look at the lock and the end."""
    ctx = upkeep.ctx
    with ctx.storages.repository("cloud") as repository, ctx.storages.object_lock("cloud") as locks:
        assert locks is not None
        until = upkeep.clock.now() + LONGER
        kept = lock_packs(locks, until)
        assert free_twice(repository, lambda _name: None).done_erasures == [ERASURE]
        assert settle(ctx, "cloud", repository) == [ERASURE]
    view = viewing.get_erasure(ctx, upkeep.admin, ERASURE)
    assert view.state == "complete"
    assert {pack_key(bytes.fromhex(name)) for name in view.removed_packs} <= kept
    assert view.found.locked_versions == len(view.removed_packs) > 0
    assert view.found.locked_until is not None
    assert abs(view.found.locked_until - until) < timedelta(seconds=2)
    text = " ".join(viewing.make_certificate(ctx, upkeep.admin, ERASURE, "text").decode().split())
    assert f"The bucket keeps {len(view.removed_packs)} old versions of these packs until" in text
    assert f"{view.found.locked_until:%Y-%m-%d}" in text
    assert all(name[:16] in text for name in view.removed_packs)


def test_f225_what_is_not_locked_goes_with_all_its_versions(upkeep: Upkeep) -> None:
    ctx = upkeep.ctx
    with ctx.storages.repository("cloud") as repository, ctx.storages.object_lock("cloud") as locks:
        assert locks is not None
        assert free_twice(repository, lambda _name: None).done_erasures == [ERASURE]
        assert settle(ctx, "cloud", repository) == [ERASURE]
        view = viewing.get_erasure(ctx, upkeep.admin, ERASURE)
        left = {one.key for one in locks.versions("packs/")}
    assert view.removed_packs
    assert not left & {pack_key(bytes.fromhex(name)) for name in view.removed_packs}
    assert (view.found.locked_versions, view.found.locked_until) == (0, None)
    text = viewing.make_certificate(ctx, upkeep.admin, ERASURE, "text").decode()
    assert "old versions of these packs" not in " ".join(text.split())
