"""How the appliance is: one list of checks for the console, `/readyz` and `dropally doctor`."""

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from dropally.auth.actors import Actor
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.catalog import storages as storage_rows
from dropally.common.errors import DropallyError
from dropally.dropbox_api.reach import Reach, ask_dropbox
from dropally.upkeep.context import UpkeepContext

State = Literal["ok", "warning", "failed", "unknown"]

LARGEST_SKEW = timedelta(minutes=2)
"""Beyond it buckets refuse requests (S3 allows 15 min) and one-time codes begin to fail."""
_TLS_WARNING = timedelta(days=21)
_SELF_BACKUP_AGE = timedelta(hours=48)


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. `hint` is the next step where it is not ok."""

    name: str
    title: str
    state: State
    detail: str
    hint: str = ""


def check_health(ctx: UpkeepContext, actor: Actor) -> list[Check]:
    """Every check; takes some seconds where something does not answer. Raises ForbiddenError."""
    require(ctx.auth, actor, Verb.STATUS_READ)
    reach = ask_dropbox(ctx.connection_settings)
    return [
        _guarded("database", "Database", lambda: _database(ctx)),
        _guarded("data_folder", "Data folder", lambda: _data_folder(ctx)),
        disk_space(ctx),
        *_storages(ctx),
        *_recovery_codes(ctx),
        _self_backups(ctx),
        outbound(reach),
        clock(ctx, reach),
        _certificate(ctx),
        _jobs(ctx),
    ]


def pre_flight(ctx: UpkeepContext, actor: Actor) -> list[Check]:
    """The five things that somebody needs before the first backup (F11). Raises ForbiddenError."""
    require(ctx.auth, actor, Verb.STATUS_READ)
    reach = ask_dropbox(ctx.connection_settings)
    return [_team_admin(ctx), disk_space(ctx), clock(ctx, reach), outbound(reach), _own_app(ctx)]


def _guarded(name: str, title: str, look: Callable[[], Check]) -> Check:
    try:
        return look()
    except DropallyError as error:
        return Check(name, title, "failed", str(error), error.hint)
    except OSError as error:
        return Check(name, title, "failed", str(error), "check the disk and the folder's owner")


# -- this machine --------------------------------------------------------------------------


def _database(ctx: UpkeepContext) -> Check:
    ctx.auth.database.check()
    with ctx.auth.write():
        pass
    path = ctx.auth.database.path
    size = sum(file.stat().st_size for file in path.parent.glob(f"{path.name}*"))
    return Check("database", "Database", "ok", f"whole and writable, {size >> 10} KiB")


def _data_folder(ctx: UpkeepContext) -> Check:
    found = ctx.data_folder.stat()
    mode = stat.S_IMODE(found.st_mode)
    title = "Data folder"
    if found.st_uid != os.geteuid():
        detail = f"{ctx.data_folder} belongs to another account"
        return Check("data_folder", title, "failed", detail, "give it to the account of Dropally")
    if mode & 0o077:
        detail = f"{ctx.data_folder} can be read by others (mode {mode:04o})"
        return Check("data_folder", title, "warning", detail, f"chmod 0700 {ctx.data_folder}")
    if not os.access(ctx.data_folder, os.W_OK):
        detail = f"{ctx.data_folder} cannot be written"
        return Check("data_folder", title, "failed", detail, "check the mount")
    return Check("data_folder", title, "ok", f"{ctx.data_folder}, for its owner only")


def disk_space(ctx: UpkeepContext) -> Check:
    """Room for the database, listings and catalogs."""
    usage = shutil.disk_usage(ctx.data_folder)
    detail = f"{usage.free >> 30} GiB of {usage.total >> 30} GiB free in {ctx.data_folder}"
    if usage.free < ctx.least_free_bytes:
        hint = "free some space: the database and the catalogs grow with every backup"
        return Check("disk_space", "Disk space", "failed", detail, hint)
    return Check("disk_space", "Disk space", "ok", detail)


def clock(ctx: UpkeepContext, reach: Reach) -> Check:
    """Ours against Dropbox's."""
    if reach.server_time is None:
        return Check("clock", "Clock", "unknown", "nobody was there to compare with")
    skew = abs(reach.server_time - ctx.now())
    detail = f"{skew.total_seconds():.0f} s from Dropbox's clock"
    if skew > LARGEST_SKEW:
        hint = "let the machine's clock be set by NTP (timedatectl set-ntp true)"
        return Check("clock", "Clock", "failed", detail, hint)
    return Check("clock", "Clock", "ok", detail)


def outbound(reach: Reach) -> Check:
    """The way to Dropbox."""
    title = "Connection to Dropbox"
    if reach.is_reachable:
        return Check("outbound", title, "ok", "Dropbox answers over HTTPS")
    hint = "allow outbound HTTPS (443) to *.dropboxapi.com, or set [dropbox] proxy"
    return Check("outbound", title, "failed", f"Dropbox is not reached: {reach.trouble}", hint)


def _certificate(ctx: UpkeepContext) -> Check:
    expires = ctx.certificate_expires()
    title = "Certificate"
    if expires is None:
        return Check("certificate", title, "ok", "HTTPS ends at a proxy, or is off")
    left = expires - ctx.now()
    detail = f"valid until {expires:%Y-%m-%d}"
    if left <= timedelta(0):
        return Check("certificate", title, "failed", f"expired on {expires:%Y-%m-%d}", "renew it")
    if left < _TLS_WARNING:
        return Check("certificate", title, "warning", detail, "renew it soon")
    return Check("certificate", title, "ok", detail)


def _jobs(ctx: UpkeepContext) -> Check:
    trouble = ctx.runner.trouble()
    if trouble is not None:
        return Check("jobs", "Jobs", "failed", trouble.message, trouble.hint)
    return Check("jobs", "Jobs", "ok", f"{len(ctx.runner.running_ids())} running")


# -- storages ------------------------------------------------------------------------------


def _storages(ctx: UpkeepContext) -> Iterator[Check]:
    for storage_id in ctx.storages.ids():
        name, title = f"storage:{storage_id}", f"Storage {storage_id}"
        health = ctx.storages.check_within(storage_id)
        if not health.is_reachable:
            trouble = health.trouble or "it does not answer"
            hint = f"dropally storage test {storage_id}; dropally storage create-repository {storage_id}"
            hint += " if it is new (or Settings, Storage)"
            yield Check(name, title, "failed", trouble, hint)
            continue
        try:
            ctx.storages.check_room(storage_id)
        except DropallyError as error:
            yield Check(name, title, "failed", str(error), error.hint)
            continue
        share = ctx.storages.free_share(storage_id)
        free = "" if share is None else f", {share:.0%} free"
        yield Check(name, title, "ok", f"{ctx.storages.definition(storage_id).location}{free}")


def _recovery_codes(ctx: UpkeepContext) -> Iterator[Check]:
    for storage_id in ctx.storages.ids():
        if not ctx.storages.health(storage_id).is_reachable:
            continue
        with ctx.auth.read() as connection:
            keys = storage_rows.keys_of(connection, storage_id)
        name, title = f"recovery_code:{storage_id}", f"Recovery code of {storage_id}"
        if keys is not None and keys.confirmed is not None:
            detail = f"kept, says {keys.confirmed_by}"
            yield Check(name, title, "ok", detail)
        else:
            detail = "nobody has confirmed that it is kept"
            hint = f"dropally key confirm {storage_id}, or dropally key renew {storage_id} if it is lost"
            hint += " (or Settings, Storage)"
            yield Check(name, title, "warning", detail, hint)


def _self_backups(ctx: UpkeepContext) -> Check:
    name, title = "self_backup", "Self-backup"
    with ctx.auth.read() as connection:
        rows = storage_rows.self_backups(connection).values()
    newest = max((row.made for row in rows if row.made), default=None)
    troubles = [f"{row.storage_id}: {row.trouble}" for row in rows if row.trouble]
    if newest is None:
        hint = "dropally self backup (or Settings, Appliance): without one a lost machine means"
        hint += " setting up anew"
        return Check(name, title, "warning", "; ".join(troubles) or "none was made yet", hint)
    detail = f"newest of {newest:%Y-%m-%d %H:%M} UTC"
    if troubles:
        return Check(name, title, "failed", f"{detail}; {'; '.join(troubles)}", "test the storage")
    if ctx.now() - newest > _SELF_BACKUP_AGE:
        return Check(name, title, "warning", detail, "see the jobs of kind self-backup")
    return Check(name, title, "ok", detail)


# -- Dropbox -------------------------------------------------------------------------------


def _team_admin(ctx: UpkeepContext) -> Check:
    name, title = "team_admin", "Dropbox team admin"
    found = ctx.connections()
    if not found:
        hint = "have a team admin of Dropbox at hand: only they can approve the connection"
        return Check(name, title, "unknown", "no team is connected yet", hint)
    broken = [one for one in found if not one.is_connected]
    if broken:
        detail = "; ".join(f"{one.name}: {one.trouble}" for one in broken)
        return Check(name, title, "failed", detail, "connect the team again as a team admin")
    return Check(name, title, "ok", ", ".join(one.name for one in found))


def _own_app(ctx: UpkeepContext) -> Check:
    name, title = "dropbox_app", "Own Dropbox app"
    if ctx.app_key() or ctx.connections():
        return Check(name, title, "ok", "an app key is set")
    hint = "create an app at https://www.dropbox.com/developers/apps and enter its key"
    return Check(name, title, "failed", "no app key is set", hint)
