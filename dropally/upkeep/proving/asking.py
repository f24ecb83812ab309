"""Asking for proofs: who may, and what is put into the queue."""

from dropally.auth.actors import Actor
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.catalog.jobs import JobRow
from dropally.common.errors import UsageError
from dropally.jobs.runner import UPKEEP, JobRequest, initiator_of
from dropally.upkeep.context import UpkeepContext
from dropally.upkeep.proving.params import (
    DrillParams,
    MigrateParams,
    RepairParams,
    ReplicateParams,
    VerifyParams,
)

Params = VerifyParams | RepairParams | DrillParams | ReplicateParams | MigrateParams


def request_verify(ctx: UpkeepContext, actor: Actor, params: VerifyParams) -> JobRow:
    """Have a storage verified. Raises ForbiddenError, NotFoundError, UsageError."""
    require(ctx.auth, actor, Verb.STORAGE_MANAGE)
    for replica in params.replicas:
        _check_other(ctx, params.storage_id, replica)
    title = f"Verify storage {params.storage_id}"
    return _submit(ctx, actor, "verify", title, params)


def request_repair(ctx: UpkeepContext, actor: Actor, params: RepairParams) -> JobRow:
    """Have what was found damaged healed. Raises ForbiddenError, NotFoundError, UsageError."""
    require(ctx.auth, actor, Verb.STORAGE_MANAGE)
    for replica in params.replicas:
        _check_other(ctx, params.storage_id, replica)
    title = f"Repair storage {params.storage_id}"
    return _submit(ctx, actor, "repair", title, params)


def request_drill(ctx: UpkeepContext, actor: Actor, params: DrillParams) -> JobRow:
    """Have sampled files restored to nowhere. Raises ForbiddenError, NotFoundError."""
    title = f"Restore drill of storage {params.storage_id}"
    return _submit(ctx, actor, "drill", title, params)


def request_replicate(ctx: UpkeepContext, actor: Actor, params: ReplicateParams) -> JobRow:
    """Have a storage copied to another. Raises ForbiddenError, NotFoundError, UsageError."""
    require(ctx.auth, actor, Verb.STORAGE_MANAGE)
    _check_target(ctx, params.storage_id, params.target)
    title = f"Replicate storage {params.storage_id} to {params.target}"
    return _submit(ctx, actor, "replicate", title, params, params.target)


def request_migrate(ctx: UpkeepContext, actor: Actor, params: MigrateParams) -> JobRow:
    """Have a storage moved to the place of another, which is empty or its replica.

    One of dropally.toml is copied, and backups wait for the file to name the new place.

    Raises ForbiddenError, NotFoundError, UsageError.
    """
    require(ctx.auth, actor, Verb.STORAGE_MANAGE)
    _check_target(ctx, params.storage_id, params.target)
    is_of_console = [
        ctx.storages.definition(one).origin == "console"
        for one in (params.storage_id, params.target)
    ]
    if is_of_console == [True, False]:
        # Its credentials are dropally.toml's to keep; the console would have to copy them.
        raise UsageError(
            f"storage {params.target!r} stands in dropally.toml, and {params.storage_id!r} does not",
            hint="take it out of the file, add that place with `dropally storage add`, then migrate",
        )
    title = f"Migrate storage {params.storage_id} to the place of {params.target}"
    return _submit(ctx, actor, "migrate", title, params, params.target)


def _check_other(ctx: UpkeepContext, storage_id: str, other: str) -> None:
    ctx.storages.definition(other)
    if other == storage_id:
        raise UsageError(f"storage {storage_id!r} is no replica of itself")


def _check_target(ctx: UpkeepContext, storage_id: str, target: str) -> None:
    """A copy goes where no task writes: two repositories cannot be in one place."""
    _check_other(ctx, storage_id, target)
    if count := ctx.tasks_in(target):
        raise UsageError(
            f"{count} tasks keep their backups in storage {target!r}",
            hint="choose a storage that no task uses",
        )


def _submit(
    ctx: UpkeepContext,
    actor: Actor,
    kind: str,
    title: str,
    params: Params,
    target: str = "",
) -> JobRow:
    require(ctx.auth, actor, Verb.STORAGE_MANAGE)
    storage_id = params.storage_id
    ctx.storages.definition(storage_id)
    dry_run = "-dry" if getattr(params, "dry_run", False) else ""
    return ctx.runner.submit(
        JobRequest(
            kind=kind,
            title=title + (" (what it would do)" if dry_run else ""),
            params=params,
            initiator=initiator_of(actor),
            storage_id=storage_id,
            locks=tuple(f"maintenance:{one}" for one in sorted({storage_id, target} - {""})),
            priority=UPKEEP,
            dedupe=f"{kind}{dry_run}:{storage_id}:{target}",
            service="appliance",
        )
    )
