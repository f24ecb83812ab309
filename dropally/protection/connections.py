"""Connected Dropbox teams: what is shown of them, and the credentials inside."""

import sqlite3
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Literal

import msgspec

from dropally.auth import audit
from dropally.auth.actors import Actor
from dropally.auth.errors import StateError
from dropally.auth.guard import require
from dropally.auth.sealing import Sealer
from dropally.auth.verbs import Verb
from dropally.catalog import connections
from dropally.catalog.connections import ConnectionChange, ConnectionRow
from dropally.catalog.moments import to_micros
from dropally.catalog.tasks import has_tasks
from dropally.common.errors import DeniedError, NotFoundError
from dropally.dropbox_api import Credentials, TeamConnection, TeamProfile, missing_scopes
from dropally.jobs.handles import TeamHandle
from dropally.protection.context import ProtectionContext
from dropally.protection.upload_meter import StoredUploadMeter

ConnectionWord = Literal["Connected", "Disconnected"]
Cause = Literal[
    "",
    "refused",
    "revoked",
    "expired",
    "missing_scopes",
    "different_team",
    "not_a_team",
    "by_admin",
]
_STEPS: dict[str, str] = {
    "refused": "reconnect the team: an admin of it allows Dropally again",
    "revoked": "reconnect the team: an admin of it allows Dropally again",
    "expired": "reconnect the team: an admin of it allows Dropally again",
    "missing_scopes": "tick the permissions in the Dropbox app, then reconnect the team",
    "different_team": "reconnect as an admin of the right team",
    "not_a_team": "reconnect as an admin of the team",
    "by_admin": "reconnect the team when it is to be backed up again",
}


class ConnectionView(msgspec.Struct, frozen=True, kw_only=True):
    """A connection as people see it: no secret of it.

    `checked`: when Dropbox last let us in. `trouble`: why the last probe got no answer; the state
    is then as it was. Permissions are not known of a link that was taken over from a file that
    does not name them.
    """

    id: str
    team_id: str
    team_name: str
    layout: str
    licensed_users: int
    upload_limit: int | None
    uploads_this_month: int
    admin_email: str
    scopes: list[str]
    scopes_known: bool
    missing_for_restore: list[str]
    state: ConnectionWord
    cause: str
    detail: str
    hint: str
    since: datetime
    created: datetime
    checked: datetime | None
    trouble: str
    discovered: datetime | None
    discovery_error: str


class StoredProfile(msgspec.Struct, frozen=True):
    """What is kept of a team's profile."""

    layout: str = ""
    licensed_users: int = 0
    upload_limit: int | None = None
    admin_email: str = ""


def profile_json(profile: TeamProfile) -> str:
    """What is kept of a team's profile, as JSON."""
    kept = StoredProfile(
        profile.layout, profile.licensed_users, profile.upload_limit, profile.admin_email
    )
    return msgspec.json.encode(kept).decode()


def list_connections(ctx: ProtectionContext, actor: Actor) -> list[ConnectionView]:
    """Every connected team, by name. Raises ForbiddenError."""
    require(ctx.auth, actor, Verb.STATUS_READ)
    with ctx.read() as connection:
        return [
            connection_view(connection, row, ctx.now())
            for row in connections.all_connections(connection)
        ]


def get_connection(ctx: ProtectionContext, actor: Actor, connection_id: str) -> ConnectionView:
    """One of them. Raises ForbiddenError, NotFoundError."""
    require(ctx.auth, actor, Verb.STATUS_READ)
    with ctx.read() as connection:
        return connection_view(connection, existing(connection, connection_id), ctx.now())


def next_step(cause: str) -> str:
    """What somebody can do about a cause of being disconnected."""
    return _STEPS.get(cause, "")


def connection_view(
    connection: sqlite3.Connection, row: ConnectionRow, now: datetime
) -> ConnectionView:
    """A row as people see it."""
    profile = msgspec.json.decode(row.profile, type=StoredProfile)
    scopes = msgspec.json.decode(row.scopes, type=list[str])
    return ConnectionView(
        id=row.id,
        team_id=row.team_id,
        team_name=row.team_name,
        layout=profile.layout,
        licensed_users=profile.licensed_users,
        upload_limit=profile.upload_limit,
        uploads_this_month=connections.uploads_in(connection, row.team_id, f"{now:%Y-%m}"),
        admin_email=profile.admin_email,
        scopes=scopes,
        scopes_known=bool(scopes),
        missing_for_restore=missing_scopes(scopes, "restore") if scopes else [],
        state="Connected" if row.state == "connected" else "Disconnected",
        cause=row.cause,
        detail=row.detail,
        hint=next_step(row.cause),
        since=row.since,
        created=row.created,
        checked=row.checked,
        trouble=row.trouble,
        discovered=row.discovered,
        discovery_error=row.discovery_error,
    )


def existing(connection: sqlite3.Connection, connection_id: str) -> ConnectionRow:
    """The connection with this id. Raises NotFoundError."""
    row = connections.connection_by_id(connection, connection_id)
    if row is None:
        raise NotFoundError(f"there is no connection {connection_id}")
    return row


# -- credentials ---------------------------------------------------------------------------


def seal_credentials(ctx: ProtectionContext, connection_id: str, credentials: Credentials) -> bytes:
    """As the database keeps them."""
    return ctx.auth.sealer.seal(msgspec.json.encode(credentials), _purpose(connection_id))


def open_credentials(ctx: ProtectionContext, row: ConnectionRow) -> Credentials:
    """The team's credentials. Raises StateError `disconnected`, DeniedError."""
    return unsealed_credentials(ctx.auth.sealer, row)


def unsealed_credentials(sealer: Sealer, row: ConnectionRow) -> Credentials:
    """The same where nothing else of the appliance is open."""
    if row.credentials is None:
        raise StateError(
            "disconnected",
            f"the Dropbox team {row.team_name} is disconnected",
            hint=_STEPS.get(row.cause, "reconnect the team"),
        )
    opened = sealer.open(row.credentials, _purpose(row.id))
    try:
        return msgspec.json.decode(opened, type=Credentials)
    except msgspec.MsgspecError as error:
        raise DeniedError(
            f"the stored link to {row.team_name} cannot be read", hint="reconnect the team"
        ) from error


def team_handle(ctx: ProtectionContext, connection_id: str) -> TeamHandle:
    """How work reaches the team. Raises NotFoundError, StateError `disconnected`."""
    with ctx.read() as connection:
        row = existing(connection, connection_id)
    return TeamHandle(open_credentials(ctx, row), ctx.settings)


def handle_of_team(ctx: ProtectionContext, team_id: str) -> TeamHandle:
    """The same by the team's id, for work that uploads here: its calls are counted. Raises NotFoundError, StateError `disconnected`."""
    with ctx.read() as connection:
        row = connections.connection_of_team(connection, team_id)
    if row is None:
        raise NotFoundError(
            f"the Dropbox team {team_id} is not connected", hint="connect the team first"
        )
    return _counting_handle(ctx, row)


def _counting_handle(ctx: ProtectionContext, row: ConnectionRow) -> TeamHandle:
    meter = StoredUploadMeter(ctx, row.team_id)
    return TeamHandle(open_credentials(ctx, row), ctx.settings, meter)


def open_connection(
    ctx: ProtectionContext, connection_id: str, cancelled: threading.Event
) -> TeamConnection:
    """The team, opened; the caller closes it. Renewed tokens are stored.

    Raises NotFoundError, StateError `disconnected`.
    """
    with ctx.read() as connection:
        handle = _counting_handle(ctx, existing(connection, connection_id))
    return handle.open(ctx.clock, cancelled, keeper_of(ctx, connection_id))


def keeper_of(ctx: ProtectionContext, connection_id: str) -> Callable[[Credentials], None]:
    """What to hand to Dropbox's room as `on_credentials`: renewed access tokens are stored.

    A token of a link that was replaced meanwhile is dropped.
    """

    def keep(renewed: Credentials) -> None:
        with ctx.write() as connection:
            row = connections.connection_by_id(connection, connection_id)
            if row is None or row.credentials is None:
                return
            if open_credentials(ctx, row).refresh_token != renewed.refresh_token:
                return
            sealed = seal_credentials(ctx, connection_id, renewed)
            connections.update_connection(connection, connection_id, {"credentials": sealed})

    return keep


def _purpose(connection_id: str) -> str:
    return f"connection:{connection_id}"


# -- connected and disconnected ------------------------------------------------------------


def set_state(
    connection: sqlite3.Connection,
    row: ConnectionRow,
    now: datetime,
    *,
    cause: Cause = "",
    detail: str = "",
) -> bool:
    """Connected without a cause, disconnected with one; True if that is new."""
    state = "disconnected" if cause else "connected"
    change: ConnectionChange = {"state": state, "cause": cause, "detail": detail}
    if state != row.state:
        change["since_us"] = to_micros(now)
    if state == "connected":
        change |= {"checked_us": to_micros(now), "trouble": ""}
    connections.update_connection(connection, row.id, change)
    return state != row.state


def disconnect(ctx: ProtectionContext, actor: Actor, connection_id: str) -> ConnectionView:
    """Forget the link; tasks and backups stay, and a later reconnect goes on with them.

    Raises ForbiddenError, NotFoundError.
    """
    require(ctx.auth, actor, Verb.CONNECTION_MANAGE)
    now = ctx.now()
    with ctx.write() as connection:
        row = existing(connection, connection_id)
        connections.update_connection(connection, row.id, {"credentials": None})
        set_state(connection, row, now, cause="by_admin", detail=f"by {actor.label}")
        audit.record(
            connection,
            now,
            actor,
            audit.Activity.SETTINGS_CHANGED,
            f"The Dropbox team {row.team_name} was disconnected.",
            service="dropbox",
            target=row.id,
        )
        view = connection_view(connection, existing(connection, row.id), now)
    tell_change(ctx, view)
    return view


def remove(ctx: ProtectionContext, actor: Actor, connection_id: str) -> None:
    """Forget a team that no task needs. Raises ForbiddenError, StateError `in_use`."""
    require(ctx.auth, actor, Verb.CONNECTION_MANAGE)
    with ctx.write() as connection:
        row = existing(connection, connection_id)
        if has_tasks(connection, row.id):
            raise StateError(
                "in_use",
                f"tasks protect the Dropbox team {row.team_name}, or wait in the trash",
                hint="delete those tasks first; they are gone when their grace has ended",
            )
        connections.delete_connection(connection, row.id)
        audit.record(
            connection,
            ctx.now(),
            actor,
            audit.Activity.SETTINGS_CHANGED,
            f"The connection to the Dropbox team {row.team_name} was removed.",
            service="dropbox",
            target=row.id,
        )
    ctx.events.publish("connection_changed", {"id": row.id, "removed": True}, needs="status.read")


def tell_change(ctx: ProtectionContext, view: ConnectionView) -> None:
    """Let screens know."""
    ctx.events.publish(
        "connection_changed",
        {"id": view.id, "state": view.state, "cause": view.cause},
        needs="status.read",
    )
