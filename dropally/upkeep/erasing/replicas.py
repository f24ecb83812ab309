"""Copies of a storage: they let go of what was erased with the first copying after it is complete.

Everything that the storage does not have any more goes then, also restore points that retention
forgot there: nobody can tell which of them have the erased items still.
"""

import msgspec

from dropally.catalog import erasures
from dropally.catalog.erasures import ErasureRow
from dropally.store import Repository
from dropally.upkeep.context import UpkeepContext
from dropally.upkeep.erasing.facts import ErasureFacts
from dropally.upkeep.proving.results import open_results


def known_replicas(ctx: UpkeepContext, storage_id: str, repository: Repository) -> set[str]:
    """Storages that this one is to be copied to, or was."""
    planned = {to for source, to in ctx.settings().replicas if source == storage_id}
    with open_results(ctx, storage_id, repository) as results:
        return planned | {copy.target for copy in results.replications}


def still_holds(ctx: UpkeepContext, storage_id: str, target: str) -> list[str]:
    """The complete erasures of a storage that its copy in `target` has not followed; their ids."""
    with ctx.auth.read() as connection:
        rows = erasures.complete_erasures(connection, storage_id)
    return [row.id for row in rows if target in _facts(row).replicas]


def note_freed(ctx: UpkeepContext, erasure_ids: list[str], target: str) -> None:
    """A copy has nothing any more that its storage does not have."""
    with ctx.auth.write() as connection:
        for erasure_id in erasure_ids:
            row = erasures.erasure_by_id(connection, erasure_id)
            if row is None:
                continue
            facts = _facts(row)
            freed = msgspec.structs.replace(
                facts,
                replicas=[one for one in facts.replicas if one != target],
                freed_replicas={**facts.freed_replicas, target: ctx.now()},
            )
            erasures.save_facts(connection, erasure_id, msgspec.json.encode(freed).decode())


def _facts(row: ErasureRow) -> ErasureFacts:
    return msgspec.json.decode(row.facts, type=ErasureFacts)
