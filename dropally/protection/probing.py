"""Whether Dropbox still lets us in: asked daily, also while tasks are paused (F48, F236)."""

import sqlite3
import threading

import msgspec

from dropally.auth.actors import Actor
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.catalog import connections as catalog
from dropally.catalog.connections import ConnectionRow
from dropally.common.errors import DeniedError, DropallyError
from dropally.dropbox_api import IdentityRefusedError, ProbeResult, probe_team
from dropally.protection import connections
from dropally.protection.connections import (
    Cause,
    ConnectionView,
    StoredProfile,
    connection_view,
    next_step,
    open_credentials,
)
from dropally.protection.context import ProtectionContext
from dropally.protection.mails import tell_of_lost_connection

# Not among these: Dropbox, or the way to it, gave no answer about the link.
_CAUSES: dict[str, Cause] = {
    "revoked": "revoked",
    "expired": "expired",
    "missing_scopes": "missing_scopes",
    "other_team": "different_team",
    "not_a_team": "not_a_team",
    "refused": "refused",
}


def probe(ctx: ProtectionContext, actor: Actor, connection_id: str) -> ConnectionView:
    """Ask Dropbox whether the link still opens the team, and note the answer.

    A network that is down disconnects nobody. Raises ForbiddenError, NotFoundError.
    """
    require(ctx.auth, actor, Verb.CONNECTION_MANAGE)
    return _probe(ctx, connection_id)


def probe_all(
    ctx: ProtectionContext, stopping: threading.Event | None = None
) -> list[ConnectionView]:
    """The daily round over every team that somebody connected; it also keeps the links alive.

    Ends soon after `stopping` is set: a team that was not reached is asked again the next day.
    """
    stop = stopping or threading.Event()
    with ctx.read() as connection:
        teams = [
            row.id for row in catalog.all_connections(connection) if row.credentials is not None
        ]
    return [_probe(ctx, one, stop) for one in teams if not stop.is_set()]


def check_after(ctx: ProtectionContext, connection_id: str, error: DropallyError) -> None:
    """Work on a team failed: find out whether the link is at fault."""
    if isinstance(error, DeniedError) and not isinstance(error, IdentityRefusedError):
        _probe(ctx, connection_id)


def _probe(
    ctx: ProtectionContext, connection_id: str, stopping: threading.Event | None = None
) -> ConnectionView:
    with ctx.read() as connection:
        asked = connections.existing(connection, connection_id)
        if asked.credentials is None:
            return connection_view(connection, asked, ctx.now())
    result = probe_team(
        open_credentials(ctx, asked),
        ctx.settings,
        clock=ctx.clock,
        on_credentials=connections.keeper_of(ctx, connection_id),
        expected_team_id=asked.team_id,
        cancelled=stopping,
    )
    return _note(ctx, asked, result)


def _note(ctx: ProtectionContext, asked: ConnectionRow, result: ProbeResult) -> ConnectionView:
    now, is_news = ctx.now(), False
    with ctx.write() as connection:
        row = connections.existing(connection, asked.id)
        # Somebody may have reconnected the team while the old link was asked about.
        if _is_same_link(ctx, row, asked):
            cause = _CAUSES.get(result.status, "")
            if result.status == "connected" or cause:
                is_news = connections.set_state(
                    connection, row, now, cause=cause, detail=result.message
                )
            trouble = "" if result.is_usable or cause else result.message
            catalog.update_connection(connection, row.id, {"trouble": trouble})
            if result.status == "connected":
                _keep_what_it_told(connection, row, result)
            if is_news and cause:
                tell_of_lost_connection(
                    ctx, connection, row, cause=result.message, hint=next_step(cause), since=now
                )
        view = connection_view(connection, connections.existing(connection, row.id), now)
    if is_news:
        connections.tell_change(ctx, view)
    return view


def _is_same_link(ctx: ProtectionContext, row: ConnectionRow, asked: ConnectionRow) -> bool:
    if row.credentials is None:
        return False
    return open_credentials(ctx, row).refresh_token == open_credentials(ctx, asked).refresh_token


def _keep_what_it_told(
    connection: sqlite3.Connection, row: ConnectionRow, result: ProbeResult
) -> None:
    profile = msgspec.structs.replace(
        msgspec.json.decode(row.profile, type=StoredProfile),
        licensed_users=result.licensed_users,
        upload_limit=result.upload_limit,
    )
    catalog.update_connection(
        connection,
        row.id,
        {"team_name": result.team_name, "profile": msgspec.json.encode(profile).decode()},
    )
