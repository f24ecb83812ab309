"""Self-backups made anew after an erasure: the older ones hold the database as it was before."""

import shutil
from pathlib import Path

from dropally.catalog import storages
from dropally.store import NotARepositoryError, StoreError
from dropally.store.snapshot import ErasedItems
from dropally.upkeep.context import UpkeepContext
from dropally.upkeep.self_backup.making import Gathered, forget_old, gather, write_into
from dropally.upkeep.self_backup.package import GROUP


def renew(
    ctx: UpkeepContext, work_folder: Path, erasure: str
) -> tuple[int, list[tuple[str, StoreError]]]:
    """Write one into every storage and forget all older ones there, whose space is freed wholly.

    How many went, and the storages in which that could not be done. Raises DatabaseFaultError.
    """
    shutil.rmtree(work_folder, ignore_errors=True)
    work_folder.mkdir(mode=0o700)
    gathered = gather(ctx, work_folder, "after an erasure")
    went, troubles = 0, []
    for storage_id in ctx.storages.ids():
        try:
            went += _renew_in(ctx, storage_id, gathered, erasure)
        except NotARepositoryError:
            continue
        except StoreError as error:
            troubles.append((storage_id, error))
    return went, troubles


def _renew_in(ctx: UpkeepContext, storage_id: str, gathered: Gathered, erasure: str) -> int:
    with ctx.storages.repository(storage_id) as repository:
        if repository.latest_point(GROUP, damage=lambda _error: None) is None:
            return 0
        point = write_into(repository, storage_id, gathered)
        size_bytes = point.about.size_bytes if point.about else 0
        with ctx.auth.write() as connection:
            storages.note_self_backup(
                connection, storage_id, point.id, size_bytes, gathered.audit_seq, ctx.now()
            )
        items = ErasedItems(erasure=erasure, source=GROUP, at=ctx.now())
        repository.erasures.begin(items)
        forgotten = forget_old(repository, keep=1)
        repository.erasures.note_replaced(items)
        return forgotten
