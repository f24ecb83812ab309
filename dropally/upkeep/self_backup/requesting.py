"""When a self-backup is made: on request, by plan, and some minutes after important changes."""

from datetime import timedelta

from dropally.auth import actors
from dropally.auth.actors import Actor
from dropally.auth.audit import Activity
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.catalog import audit, storages
from dropally.catalog.jobs import JobRow
from dropally.catalog.moments import from_micros
from dropally.jobs.runner import UPKEEP, JobRequest, initiator_of
from dropally.upkeep.context import UpkeepContext
from dropally.upkeep.self_backup.kind import SelfBackupKind, SelfBackupParams
from dropally.upkeep.self_backup.listing import SelfBackup, list_self_backups

_QUIET = timedelta(minutes=10)
_LONGEST_WAIT = timedelta(hours=1)
_IMPORTANT = frozenset(
    {
        Activity.BACKUP_DELETED,
        Activity.KEY_USED,
        Activity.NOTIFICATIONS,
        Activity.PASSWORD,
        Activity.PERMISSIONS_CHANGED,
        Activity.SECOND_FACTOR,
        Activity.SETTINGS_CHANGED,
        Activity.TOKEN_CHANGED,
        Activity.USER_CHANGED,
        Activity.USER_DEACTIVATED,
    }
)
"""Acts that nobody wants to do again after a loss."""


def request(
    ctx: UpkeepContext,
    actor: Actor,
    *,
    reason: str = "by hand",
    storage_ids: tuple[str, ...] = (),
    copy: str = "",
) -> JobRow:
    """Have a self-backup made. Raises ForbiddenError, NotFoundError for an unknown storage."""
    require(ctx.auth, actor, Verb.APPLIANCE_MANAGE)
    for storage_id in storage_ids:
        ctx.storages.definition(storage_id)
    where = ", ".join(storage_ids)
    return ctx.runner.submit(
        JobRequest(
            kind=SelfBackupKind.name,
            title=f"Self-backup into {where}" if where else "Self-backup",
            params=SelfBackupParams(reason, storage_ids, copy),
            initiator=initiator_of(actor),
            locks=("self-backup",),
            priority=UPKEEP,
            dedupe=f"self-backup:{where}:{copy}",
            service="appliance",
        )
    )


def list_all(ctx: UpkeepContext, actor: Actor, storage_id: str) -> list[SelfBackup]:
    """The self-backups in one storage, the newest first. Raises ForbiddenError, the store's errors."""
    require(ctx.auth, actor, Verb.APPLIANCE_MANAGE)
    with ctx.storages.repository(storage_id) as repository:
        return list_self_backups(repository)


def request_if_changed(ctx: UpkeepContext) -> JobRow | None:
    """Call it every minute: asks for a self-backup once people's changes have come to rest.

    That is 10 minutes after the last one, or an hour after the first. A storage that failed is not
    tried again within the hour.
    """
    now = ctx.now()
    with ctx.auth.read() as connection:
        done = storages.self_backups(connection)
        kept = [row.audit_seq for row in done.values() if row.made]
        changed = audit.span_after(connection, max(kept, default=0), sorted(_IMPORTANT))
    if changed is None:
        return None
    first, last = from_micros(changed[0]), from_micros(changed[1])
    if now - last < _QUIET and now - first < _LONGEST_WAIT:
        return None
    if any(row.trouble and now - row.tried < _LONGEST_WAIT for row in done.values()):
        return None
    return request(ctx, actors.scheduler(), reason="after changes")


def request_for_upgrade(ctx: UpkeepContext) -> list[JobRow]:
    """At the start: put the copies that were made before an upgrade into every storage, once.

    Such a copy lies beside the database as `dropally.before-….db`; with it the version from before
    can be installed again.
    """
    with ctx.auth.read() as connection:
        newest = max(
            (row.made for row in storages.self_backups(connection).values() if row.made),
            default=None,
        )
    copies = sorted(ctx.data_folder.glob("dropally.before-*.db"))
    return [
        request(ctx, actors.scheduler(), reason="before an upgrade", copy=path.name)
        for path in copies
        if newest is None or path.stat().st_mtime > newest.timestamp()
    ]
