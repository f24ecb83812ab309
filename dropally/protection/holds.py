"""Holds: restore points that must stay, whatever retention and deletions say."""

import sqlite3
from datetime import datetime

import msgspec

from dropally.auth import audit
from dropally.auth.actors import EVERYTHING, Actor, Place
from dropally.auth.errors import FieldsError, StateError
from dropally.auth.guard import require
from dropally.auth.permissions import allowed, reach_of
from dropally.auth.verbs import Verb
from dropally.catalog import connections as team_rows
from dropally.catalog import holds as rows
from dropally.catalog import tasks
from dropally.catalog.holds import HoldRow
from dropally.common.errors import NotFoundError
from dropally.common.ids import new_id
from dropally.protection.context import ProtectionContext
from dropally.protection.task_views import living

_LONGEST_REASON = 500
_LONGEST_OWNER = 200


class HoldWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A hold to set.

    `owner`: who answers for it and says when it may end, in plain words; without, who sets it.
    Without `start` and `end` it is on all restore points; without `until`, for as long as nobody
    releases it.
    """

    task_id: str
    reason: str
    owner: str = ""
    start: datetime | None = None
    end: datetime | None = None
    until: datetime | None = None


class HoldView(msgspec.Struct, frozen=True, kw_only=True):
    """A hold as people see it. `task_name` is empty for a task that is gone."""

    id: str
    task_id: str
    task_name: str
    storage_id: str
    reason: str
    set_by: str
    owner: str
    created: datetime
    start: datetime | None
    end: datetime | None
    until: datetime | None
    is_in_force: bool


def list_holds(ctx: ProtectionContext, actor: Actor) -> list[HoldView]:
    """Every hold that the actor may know of, the newest first.

    Raises ForbiddenError for who may look at no task at all.
    """
    if any(reach.is_empty for reach in reach_of(actor, Verb.TASK_READ)):
        require(ctx.auth, actor, Verb.TASK_READ)
    with ctx.read() as connection:
        found = [
            row
            for row in rows.all_holds(connection)
            if allowed(actor, Verb.TASK_READ, Place(row.task_id)).is_allowed
        ]
        names = {row.task_id: _task_name(connection, row.task_id) for row in found}
    return [_view(row, names[row.task_id], ctx.now()) for row in found]


def set_hold(ctx: ProtectionContext, actor: Actor, wish: HoldWish) -> HoldView:
    """Keep restore points of a task's team. Raises ForbiddenError, NotFoundError, FieldsError."""
    require(ctx.auth, actor, Verb.HOLD_SET, Place(wish.task_id))
    now = ctx.now()
    _check(wish, now)
    with ctx.write() as connection:
        task = living(connection, wish.task_id)
        team = team_rows.connection_by_id(connection, task.connection_id)
        row = HoldRow(
            id=new_id("hld_"),
            task_id=task.id,
            team_id=team.team_id if team else "",
            storage_id=task.storage_id,
            reason=wish.reason.strip(),
            set_by=actor.label,
            owner=wish.owner.strip() or actor.label,
            created=now,
            start=wish.start,
            end=wish.end,
            until=wish.until,
        )
        rows.insert_hold(connection, row)
        audit.record(
            connection,
            now,
            actor,
            audit.Activity.SETTINGS_CHANGED,
            f"A hold was set on the restore points of {task.name}: {row.reason}",
            service="dropbox",
            task=task.name,
            target=row.id,
            details={
                "owner": row.owner,
                "start": _shown(wish.start),
                "end": _shown(wish.end),
                "until": _shown(wish.until),
            },
        )
    return _view(row, task.name, now)


def release_hold(ctx: ProtectionContext, actor: Actor, hold_id: str) -> None:
    """Let retention decide again. Raises ForbiddenError, NotFoundError."""
    with ctx.read() as connection:
        row = rows.hold_by_id(connection, hold_id)
    require(ctx.auth, actor, Verb.HOLD_RELEASE, Place(row.task_id) if row else EVERYTHING)
    if row is None:
        raise NotFoundError(f"there is no hold {hold_id}")
    with ctx.write() as connection:
        rows.delete_hold(connection, hold_id)
        audit.record(
            connection,
            ctx.now(),
            actor,
            audit.Activity.SETTINGS_CHANGED,
            f"A hold was released: {row.reason}",
            service="dropbox",
            target=row.id,
            details={"reason": row.reason, "owner": row.owner, "set_by": row.set_by},
        )


def _check(wish: HoldWish, now: datetime) -> None:
    problems: list[tuple[str, str]] = []
    if not 1 <= len(wish.reason.strip()) <= _LONGEST_REASON:
        problems.append(("reason", f"say why, in up to {_LONGEST_REASON} characters"))
    if len(wish.owner.strip()) > _LONGEST_OWNER:
        problems.append(("owner", f"say who answers for it, in up to {_LONGEST_OWNER} characters"))
    for name in ("start", "end", "until"):
        moment: datetime | None = getattr(wish, name)
        if moment is not None and moment.tzinfo is None:
            problems.append((name, "needs a zone, as in 2026-12-01T08:00:00Z"))
    if not problems:
        if wish.start is not None and wish.end is not None and wish.start > wish.end:
            problems.append(("end", "is before the start"))
        if wish.until is not None and wish.until <= now:
            problems.append(("until", "is over already"))
    if problems:
        raise FieldsError(problems)


def refuse_if_held(ctx: ProtectionContext, task_id: str) -> None:
    """Raise StateError `held` for a task whose backups must stay."""
    now = ctx.now()
    with ctx.read() as connection:
        for row in rows.all_holds(connection):
            if row.task_id == task_id and (row.until is None or row.until > now):
                raise StateError(
                    "held",
                    f"a hold keeps these backups: {row.reason}",
                    hint="release the hold first",
                )


def _task_name(connection: sqlite3.Connection, task_id: str) -> str:
    task = tasks.task_by_id(connection, task_id)
    return task.name if task else ""


def _view(row: HoldRow, task_name: str, now: datetime) -> HoldView:
    return HoldView(
        id=row.id,
        task_id=row.task_id,
        task_name=task_name,
        storage_id=row.storage_id,
        reason=row.reason,
        set_by=row.set_by,
        owner=row.owner,
        created=row.created,
        start=row.start,
        end=row.end,
        until=row.until,
        is_in_force=row.until is None or row.until > now,
    )


def _shown(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""
