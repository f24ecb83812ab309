"""Connecting a Dropbox team: an admin of it allows Dropally in the browser, once.

Begun here and finished by the code that Dropbox's page shows, or by the browser that comes back.
What must stay secret in between (the PKCE verifier, the state) is sealed in the database.
"""

import hashlib
import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from dropally.auth import audit
from dropally.auth.actors import Actor
from dropally.auth.errors import LinkEndedError, StateError
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.catalog import connections
from dropally.catalog.connections import ConnectionRow, PendingLinkRow
from dropally.common.errors import DeniedError, NotFoundError, UsageError
from dropally.common.ids import new_id
from dropally.dropbox_api import (
    Credentials,
    PendingLink,
    TeamProfile,
    finish_link,
    identify,
    missing_scopes,
    open_team,
    scopes_for,
    start_link,
)
from dropally.protection.connections import (
    ConnectionView,
    connection_view,
    existing,
    profile_json,
    seal_credentials,
    set_state,
    tell_change,
)
from dropally.protection.context import ProtectionContext

CALLBACK_PATH = "/api/v1/connections/callback"
Purpose = Literal["backup", "restore"]
_LINK_FILE = "dropbox.json"
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class StartedLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link that was begun: `url` is the page to open. `redirect_uri` "": a code is pasted."""

    id: str
    url: str
    redirect_uri: str
    scopes: list[str]
    expires: datetime


def start(
    ctx: ProtectionContext,
    actor: Actor,
    *,
    purpose: Purpose = "backup",
    connection_id: str = "",
    by_redirect: bool = False,
) -> StartedLink:
    """Begin to connect a team, or to reconnect one.

    Raises ForbiddenError, NotFoundError; UsageError without an app key, or where Dropbox could
    not send the browser back to this appliance.
    """
    require(ctx.auth, actor, Verb.CONNECTION_MANAGE)
    policy, now = ctx.policy(), ctx.now()
    redirect_uri = redirect_address(ctx) if by_redirect else None
    already: frozenset[str] = frozenset()
    if connection_id:
        with ctx.read() as connection:
            row = existing(connection, connection_id)
        already = frozenset(msgspec.json.decode(row.scopes, type=list[str]))
    pending = start_link(policy.app_key, scopes_for(purpose), ctx.settings, redirect_uri, already)
    link = PendingLinkRow(
        id=(link_id := new_id("lnk_")),
        connection_id=connection_id,
        purpose=purpose,
        content=ctx.auth.sealer.seal(msgspec.json.encode(pending), _purpose_of(link_id)),
        created_by=actor.id,
        expires=now + policy.link_ttl,
    )
    with ctx.write() as connection:
        connections.delete_expired_links(connection, now)
        connections.insert_pending_link(
            connection, link, state_hash=_state_hash(pending.state or link_id), created=now
        )
    return StartedLink(
        id=link.id,
        url=pending.url,
        redirect_uri=pending.redirect_uri,
        scopes=sorted(pending.scopes),
        expires=link.expires,
    )


def redirect_address(ctx: ProtectionContext) -> str:
    """Where Dropbox sends the browser; to be registered in the Dropbox app. Raises UsageError."""
    base = ctx.auth.base_url
    parts = urlsplit(base)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        return base + CALLBACK_PATH
    raise UsageError(
        "Dropbox sends the browser back to https addresses only",
        hint="set [server] base_url to the appliance's https address, or paste the code instead",
    )


def shown_redirect_address(ctx: ProtectionContext, actor: Actor) -> tuple[str, str]:
    """The address, or "" and why there is none. Raises ForbiddenError."""
    require(ctx.auth, actor, Verb.CONNECTION_MANAGE)
    try:
        return redirect_address(ctx), ""
    except UsageError as error:
        return "", f"{error}; {error.hint}"


def finish_with_code(
    ctx: ProtectionContext, actor: Actor, link_id: str, code: str
) -> ConnectionView:
    """Trade the code that Dropbox's page shows. A mistyped code may be tried again.

    Raises ForbiddenError, LinkEndedError; DeniedError for a wrong code, a personal account or
    missing permissions; StateError `different_team`; TryLaterError without network.
    """
    require(ctx.auth, actor, Verb.CONNECTION_MANAGE)
    if not code.strip():
        raise UsageError("no code was given", hint="paste the code that Dropbox's page shows")
    with ctx.read() as connection:
        link = connections.pending_link(connection, link_id)
    return _finish(ctx, actor, link, code)


def finish_with_redirect(
    ctx: ProtectionContext, actor: Actor, query: Mapping[str, str]
) -> ConnectionView:
    """Take what the browser brought back from Dropbox; the same errors."""
    require(ctx.auth, actor, Verb.CONNECTION_MANAGE)
    with ctx.read() as connection:
        link = connections.pending_link_by_state(connection, _state_hash(query.get("state", "")))
    if link is not None and link.created_by != actor.id:
        link = None  # begun in somebody else's browser
    return _finish(ctx, actor, link, query)


def _finish(
    ctx: ProtectionContext,
    actor: Actor,
    link: PendingLinkRow | None,
    answer: str | Mapping[str, str],
) -> ConnectionView:
    if link is None or link.expires <= ctx.now():
        raise LinkEndedError(
            "this link to Dropbox was finished, or has expired", hint="connect the team again"
        )
    opened = ctx.auth.sealer.open(link.content, _purpose_of(link.id))
    pending = msgspec.json.decode(opened, type=PendingLink)
    purpose: Purpose = "restore" if link.purpose == "restore" else "backup"
    credentials = finish_link(pending, answer, ctx.settings, clock=ctx.clock, purpose=purpose)
    return _keep(ctx, actor, credentials, link)


def adopt_link_file(ctx: ProtectionContext, actor: Actor) -> ConnectionView:
    """Take over the link that `dropally connect` made for the direct commands on this machine.

    Raises ForbiddenError; NotFoundError without such a file; DeniedError when Dropbox refuses it.
    """
    require(ctx.auth, actor, Verb.CONNECTION_MANAGE)
    path = ctx.auth.data_folder / _LINK_FILE
    try:
        stored = msgspec.json.decode(path.read_bytes(), type=Credentials)
    except OSError as error:
        raise NotFoundError(
            f"there is no link of the direct commands: {path}: {error.strerror}",
            hint="connect the team here",
        ) from error
    except msgspec.MsgspecError as error:
        raise DeniedError(f"{path} is no link to Dropbox", hint="connect the team anew") from error
    return take_credentials(ctx, actor, stored)


def take_credentials(
    ctx: ProtectionContext, actor: Actor, credentials: Credentials
) -> ConnectionView:
    """Connect a team by credentials that somebody has already. Raises as `finish_with_code`."""
    require(ctx.auth, actor, Verb.CONNECTION_MANAGE)
    checked = identify(credentials, ctx.settings, clock=ctx.clock)
    return _keep(ctx, actor, checked, None)


def _keep(
    ctx: ProtectionContext, actor: Actor, credentials: Credentials, link: PendingLinkRow | None
) -> ConnectionView:
    profile = _describe(ctx, credentials)
    now = ctx.now()
    with ctx.write() as connection:
        if link is not None and link.connection_id:
            row = existing(connection, link.connection_id)
            _refuse_other_team(row, credentials)
        else:
            row = _row_of_team(connection, credentials, now)
        if not _has_better_link(row, credentials):
            connections.update_connection(
                connection,
                row.id,
                {
                    "credentials": seal_credentials(ctx, row.id, credentials),
                    "scopes": msgspec.json.encode(sorted(credentials.scopes)).decode(),
                },
            )
        connections.update_connection(
            connection, row.id, {"team_name": profile.name, "profile": profile_json(profile)}
        )
        set_state(connection, row, now)
        if link is not None:
            connections.delete_pending_link(connection, link.id)
        audit.record(
            connection,
            now,
            actor,
            audit.Activity.SETTINGS_CHANGED,
            f"The Dropbox team {profile.name} was connected.",
            service="dropbox",
            target=row.id,
            details={"team_id": row.team_id, "scopes": sorted(credentials.scopes)},
        )
        view = connection_view(connection, existing(connection, row.id), now)
    tell_change(ctx, view)
    return view


def _describe(ctx: ProtectionContext, credentials: Credentials) -> TeamProfile:
    with open_team(credentials, ctx.settings, clock=ctx.clock) as team:
        return team.describe()


def _refuse_other_team(row: ConnectionRow, credentials: Credentials) -> None:
    if row.team_id != credentials.team_id:
        raise StateError(
            "different_team",
            f"this is the Dropbox team {credentials.team_name}, not {row.team_name}",
            hint=f"sign in to Dropbox as an admin of {row.team_name}, or add a task of its own"
            f" for {credentials.team_name}",
        )


def _row_of_team(
    connection: sqlite3.Connection, credentials: Credentials, now: datetime
) -> ConnectionRow:
    row = connections.connection_of_team(connection, credentials.team_id)
    if row is not None:
        return row
    connection_id = new_id("con_")
    connections.insert_connection(
        connection,
        connection_id,
        team_id=credentials.team_id,
        team_name=credentials.team_name,
        created=now,
    )
    return existing(connection, connection_id)


def _has_better_link(row: ConnectionRow, credentials: Credentials) -> bool:
    """True if the link in use allows all that the new one does, and more (restoring)."""
    held = set(msgspec.json.decode(row.scopes, type=list[str]))
    return (
        row.state == "connected"
        and row.credentials is not None
        and held > credentials.scopes
        and not missing_scopes(held, "restore")
    )


def _state_hash(state: str) -> bytes:
    return hashlib.sha256(state.encode()).digest()


def _purpose_of(link_id: str) -> str:
    return f"pending-link:{link_id}"
