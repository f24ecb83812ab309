"""When the bytes of erased items have left a storage: then the certificate is complete."""

from collections.abc import Collection

import msgspec

from dropally.auth import actors, audit
from dropally.catalog import erasures
from dropally.catalog.erasures import ErasureRow
from dropally.store import Repository
from dropally.store.locking import remove_for_good
from dropally.store.pack import pack_key
from dropally.store.snapshot import ErasedItems
from dropally.upkeep.context import UpkeepContext
from dropally.upkeep.erasing.facts import ErasureFacts
from dropally.upkeep.erasing.replicas import known_replicas


def settle(ctx: UpkeepContext, storage_id: str, repository: Repository) -> list[str]:
    """Complete the certificates that can be; their ids. To be called after space was freed."""
    with ctx.auth.read() as connection:
        waiting = erasures.open_erasures(connection, storage_id)
    completed = []
    for row in waiting:
        done = repository.erasures.done(row.namespace, row.id)
        if done is not None:
            _complete(ctx, row, done, known_replicas(ctx, storage_id, repository))
            completed.append(row.id)
    return completed


def _without_versions(ctx: UpkeepContext, row: ErasureRow, done: ErasedItems) -> ErasureFacts:
    """In a bucket with locks, what was deleted is only hidden: remove the packs for good."""
    facts = msgspec.json.decode(row.facts, type=ErasureFacts)
    with ctx.storages.object_lock(row.storage_id) as locks:
        for name in done.removed_packs:
            if locks is None:
                break
            left = remove_for_good(locks, pack_key(name))
            until = max((one for one in (facts.locked_until, left.until) if one), default=None)
            facts = msgspec.structs.replace(
                facts, locked_versions=facts.locked_versions + left.versions, locked_until=until
            )
    return facts


def is_waiting(ctx: UpkeepContext, storage_id: str) -> bool:
    """Whether something erased is in the storage's packs still."""
    with ctx.auth.read() as connection:
        return bool(erasures.open_erasures(connection, storage_id))


def _complete(
    ctx: UpkeepContext, row: ErasureRow, done: ErasedItems, replicas: Collection[str]
) -> None:
    facts = _without_versions(ctx, row, done)
    # A copy that was made since the items were looked for has their bytes, too.
    facts = msgspec.structs.replace(facts, replicas=sorted({*facts.replicas, *replicas}))
    removed = msgspec.json.encode([name.hex() for name in done.removed_packs]).decode()
    with ctx.auth.write() as connection:
        erasures.save_facts(connection, row.id, msgspec.json.encode(facts).decode())
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
