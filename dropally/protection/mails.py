"""Mails that this room causes, to every active administrator."""

import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dropally.auth.outbox import Mail
from dropally.auth.verbs import Role
from dropally.catalog import people
from dropally.catalog.connections import ConnectionRow
from dropally.protection.context import ProtectionContext

if TYPE_CHECKING:
    from dropally.protection.roster_sync import SyncReport

_MOST_NAMES = 50


def tell_of_discovery(
    ctx: ProtectionContext,
    connection: sqlite3.Connection,
    team: ConnectionRow,
    report: "SyncReport",
) -> None:
    """One mail for one look at the team, naming all that came and went (F188)."""
    values = {
        "team": team.team_name,
        "task": report.task.name,
        "added": _listed(report.added),
        "activated": _listed(report.activated),
        "archived": _listed(report.archived),
        "returned": _listed(report.returned),
        "link": _link(ctx, f"/tasks/{report.task.id}"),
    }
    _put(ctx, connection, "entity_discovered", values)


def tell_of_lost_connection(
    ctx: ProtectionContext, connection: sqlite3.Connection, team: ConnectionRow, detail: str
) -> None:
    """Backups of the team have stopped until somebody reconnects it (F48, F236)."""
    values = {
        "team": team.team_name,
        "cause": detail,
        "link": _link(ctx, f"/settings/connections/{team.id}"),
    }
    _put(ctx, connection, "connection_lost", values)


def tell_of_deletion(
    ctx: ProtectionContext,
    connection: sqlite3.Connection,
    *,
    what: str,
    by: str,
    until: str,
    path: str,
) -> None:
    """Something was put into the trash, and until when that can be undone (F75)."""
    values = {"what": what, "by": by, "until": until, "link": _link(ctx, path)}
    _put(ctx, connection, "deletion_notice", values)


def _put(
    ctx: ProtectionContext, connection: sqlite3.Connection, kind: str, values: dict[str, str]
) -> None:
    for user in people.all_users(connection):
        if user.role == Role.ADMINISTRATOR and user.state == "active":
            mail = Mail(kind, user.email, {"name": user.name, **values})
            ctx.auth.outbox.put(connection, mail)


def _listed(names: Sequence[str]) -> str:
    """One name a line, the first of many."""
    more = len(names) - _MOST_NAMES
    lines = [*names[:_MOST_NAMES], f"and {more:,} more"] if more > 0 else list(names)
    return "\n".join(lines)


def _link(ctx: ProtectionContext, path: str) -> str:
    return f"{ctx.auth.base_url}{path}" if ctx.auth.base_url else ""
