"""When the bytes of erased items have left a storage: then the certificate is complete."""

import msgspec

from dropally.auth import actors, audit
from dropally.catalog import erasures
from dropally.catalog.erasures import ErasureRow
from dropally.store import Repository
from dropally.store.snapshot import ErasedItems
from dropally.upkeep.context import UpkeepContext


def settle(ctx: UpkeepContext, storage_id: str, repository: Repository) -> list[str]:
    """Complete the certificates that can be; their ids. To be called after space was freed."""
    with ctx.auth.read() as connection:
        waiting = erasures.open_erasures(connection, storage_id)
    completed = []
    for row in waiting:
        done = repository.erasures.done(row.namespace, row.id)
        if done is not None:
            _complete(ctx, row, done)
            completed.append(row.id)
    return completed


def is_waiting(ctx: UpkeepContext, storage_id: str) -> bool:
    """Whether something erased is in the storage's packs still."""
    with ctx.auth.read() as connection:
        return bool(erasures.open_erasures(connection, storage_id))


def _complete(ctx: UpkeepContext, row: ErasureRow, done: ErasedItems) -> None:
    removed = msgspec.json.encode([name.hex() for name in done.removed_packs]).decode()
    with ctx.auth.write() as connection:
        erasures.note_complete(connection, row.id, removed, done.at)
        audit.record(
            connection,
            ctx.now(),
            actors.scheduler(),
            audit.Activity.BACKUP_DELETED,
            f"The erasure {row.id} is complete: its bytes have left storage {row.storage_id}.",
            service="dropbox",
            target=row.id,
        )
