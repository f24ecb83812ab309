"""Copies of a storage let go of what was erased from it, and say so in the certificate."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from dropally.catalog.jobs import JobRow
from dropally.store import create_repository, new_key_file
from dropally.store.backend import open_backend
from dropally.upkeep.erasing import viewing
from dropally.upkeep.erasing.settling import settle
from dropally.upkeep.proving import asking
from dropally.upkeep.proving.params import MigrateParams, ReplicateParams
from tests.store.erase.world import back_up, plain_objects
from tests.store.samples import SMALL, object_keys
from tests.upkeep.appliance import Upkeep, local, opened
from tests.upkeep.erased import ERASURE, FILES, JANE, catch_up, erase_jane, free_twice


@pytest.fixture
def upkeep(tmp_path: Path) -> Iterator[Upkeep]:
    """Jane's file was erased from `main`, and its bytes have left; two copies are from before."""
    with opened(tmp_path, [local(tmp_path, name) for name in ("main", "copy", "other")]) as made:
        made.replicas = (("main", "copy"),)
        secret = new_key_file(made.ctx.key_file)
        catch_up(made)
        create_repository(
            open_backend(str(tmp_path / "main")),
            secrets=[secret],
            options=SMALL,
            clock=made.ctx.now,
        ).close()
        with made.ctx.storages.repository("main") as repository:
            back_up(repository, FILES)
            for target in ("copy", "other"):
                assert replicated(made, target).status == "succeeded"
            catch_up(made)
            erase_jane(made, repository, "main", tmp_path)
            assert free_twice(repository).done_erasures == [ERASURE]
            assert settle(made.ctx, "main", repository) == [ERASURE]
        yield made


def replicated(upkeep: Upkeep, target: str) -> JobRow:
    """Copied as every night."""
    params = ReplicateParams(storage_id="main", target=target)
    return upkeep.finish(asking.request_replicate(upkeep.ctx, upkeep.admin, params))


def names_jane(upkeep: Upkeep, storage_id: str) -> bool:
    """Whether anything in a repository has her name or her bytes."""
    with upkeep.ctx.storages.repository(storage_id) as repository:
        needles = (JANE.rpartition("/")[2].encode(), FILES[JANE][:60])
        return any(one in plain for _, plain in plain_objects(repository) for one in needles)


def test_f225_the_next_copying_removes_what_was_erased_and_the_certificate_follows(
    upkeep: Upkeep,
) -> None:
    ctx, admin = upkeep.ctx, upkeep.admin
    assert viewing.get_erasure(ctx, admin, ERASURE).found.replicas == ["copy", "other"]
    assert not names_jane(upkeep, "main")
    assert names_jane(upkeep, "copy")
    assert replicated(upkeep, "copy").status == "succeeded"
    assert not names_jane(upkeep, "copy")
    found = viewing.get_erasure(ctx, admin, ERASURE).found
    assert found.replicas == ["other"]
    assert list(found.freed_replicas) == ["copy"]
    text = " ".join(viewing.make_certificate(ctx, admin, ERASURE, "text").decode().split())
    assert "Copies in other hold the items until the first copying" in text
    assert "The copy in copy was freed of them on" in text


def test_f225_a_copy_that_is_newer_than_its_source_keeps_what_it_has(upkeep: Upkeep) -> None:
    """The source was put back to how it was: its copy may be all that there is of the last days."""
    with upkeep.ctx.storages.repository("copy") as repository:
        back_up(repository, FILES)
        before = set(object_keys(repository.backend))
    done = replicated(upkeep, "copy")
    assert done.status == "failed"
    assert "newer restore points" in done.error
    with upkeep.ctx.storages.backend("copy") as backend:
        assert before <= set(object_keys(backend))
    assert "copy" in viewing.get_erasure(upkeep.ctx, upkeep.admin, ERASURE).found.replicas


def test_f225_a_move_to_an_old_copy_does_not_bring_it_back(upkeep: Upkeep) -> None:
    params = MigrateParams(storage_id="main", target="other")
    done = upkeep.finish(asking.request_migrate(upkeep.ctx, upkeep.admin, params))
    assert done.status == "succeeded", done.error
    assert not names_jane(upkeep, "other")
