"""Mails that this room causes, to every active administrator."""

import sqlite3
from datetime import datetime
from typing import TYPE_CHECKING

from dropally.catalog.connections import ConnectionRow
from dropally.notify import mails
from dropally.notify.telling import tell_administrators
from dropally.protection.context import ProtectionContext

if TYPE_CHECKING:
    from dropally.protection.roster_sync import SyncReport


def tell_of_discovery(
    ctx: ProtectionContext, connection: sqlite3.Connection, report: "SyncReport"
) -> None:
    """One mail for one look at the team, naming all that came and went (F188)."""
    activated = set(report.activated)
    letter = mails.entity_discovered(
        task=report.task.name,
        activated=[*report.activated, *report.returned],
        waiting=[name for name in report.added if name not in activated],
        archived=report.archived,
        link=_link(ctx, f"/tasks/{report.task.id}"),
    )
    tell_administrators(connection, ctx.auth, letter)


def tell_of_lost_connection(
    ctx: ProtectionContext,
    connection: sqlite3.Connection,
    team: ConnectionRow,
    *,
    cause: str,
    hint: str,
    since: datetime,
) -> None:
    """Backups of the team have stopped until somebody reconnects it (F48, F236)."""
    link = _link(ctx, f"/settings/connections/{team.id}")
    letter = mails.connection_lost(
        team=team.team_name, cause=cause, hint=hint, since=since, link=link
    )
    tell_administrators(connection, ctx.auth, letter)


def tell_of_deletion(
    ctx: ProtectionContext,
    connection: sqlite3.Connection,
    *,
    what: str,
    by: str,
    gone_at: datetime,
    path: str,
) -> None:
    """Something was put into the trash, and until when that can be undone (F75)."""
    letter = mails.deletion_notice(what=what, by=by, gone_at=gone_at, link=_link(ctx, path))
    tell_administrators(connection, ctx.auth, letter)


def _link(ctx: ProtectionContext, path: str) -> str:
    return f"{ctx.auth.base_url}{path}" if ctx.auth.base_url else ""
