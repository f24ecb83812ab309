"""What the appliance proves by itself, when its plans are due."""

from contextlib import suppress

from dropally.auth.actors import scheduler
from dropally.catalog.jobs import JobRow
from dropally.common.errors import DropallyError
from dropally.store import StoreError
from dropally.upkeep.context import UpkeepContext
from dropally.upkeep.proving.asking import request_drill, request_replicate, request_verify
from dropally.upkeep.proving.params import DrillParams, ReplicateParams, VerifyParams


def verify_all(ctx: UpkeepContext) -> list[JobRow]:
    """Verify every storage that has a repository, within the time that settings give."""
    settings = ctx.settings()
    return [
        request_verify(
            ctx,
            scheduler(),
            VerifyParams(
                storage_id=storage_id,
                time_s=settings.verify_time_s,
                newer_than_days=settings.verify_all_days,
            ),
        )
        for storage_id in _in_use(ctx)
    ]


def drill_all(ctx: UpkeepContext) -> list[JobRow]:
    """Drill every storage that holds restore points."""
    settings = ctx.settings()
    return [
        request_drill(
            ctx,
            scheduler(),
            DrillParams(
                storage_id=storage_id,
                files=settings.drill_files,
                size_bytes=settings.drill_bytes,
            ),
        )
        for storage_id in _in_use(ctx)
    ]


def replicate_all(ctx: UpkeepContext) -> list[JobRow]:
    """Copy each storage that is to have a replica.

    Raises what is wrong with a pair, once the others are asked for: UsageError, NotFoundError.
    """
    rows: list[JobRow] = []
    wrong: list[DropallyError] = []
    for source, target in ctx.settings().replicas:
        params = ReplicateParams(storage_id=source, target=target)
        try:
            rows.append(request_replicate(ctx, scheduler(), params))
        except DropallyError as error:
            wrong.append(error)
    if wrong:
        raise wrong[0]
    return rows


def _in_use(ctx: UpkeepContext) -> list[str]:
    """Storages whose repository can be opened; of others the health page tells."""
    found = []
    for storage_id in ctx.storages.ids():
        with suppress(StoreError, DropallyError), ctx.storages.repository(storage_id):
            found.append(storage_id)
    return found
