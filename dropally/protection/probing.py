"""Whether Dropbox still lets us in: asked daily, also while tasks are paused (F48, F236)."""

import threading

import msgspec

from dropally.auth.actors import Actor
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.catalog import connections as catalog
from dropally.common.errors import DeniedError, DropallyError
from dropally.dropbox_api import IdentityRefusedError, TeamProfile
from dropally.protection import connections
from dropally.protection.connections import Cause, ConnectionView, connection_view
from dropally.protection.context import ProtectionContext
from dropally.protection.mails import tell_of_lost_connection


class _Finding(msgspec.Struct, frozen=True):
    """What a probe found. Neither a profile nor a cause: nobody answered, so nothing is known."""

    profile: TeamProfile | None = None
    cause: Cause = ""
    detail: str = ""


def probe(ctx: ProtectionContext, actor: Actor, connection_id: str) -> ConnectionView:
    """Ask Dropbox whether the link still opens the team, and note the answer.

    A network that is down changes nothing. Raises ForbiddenError, NotFoundError.
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
        before = connections.existing(connection, connection_id)
    stop = stopping or threading.Event()
    finding = _ask(ctx, connection_id, stop) if before.credentials is not None else _Finding()
    now = ctx.now()
    with ctx.write() as connection:
        row = connections.existing(connection, connection_id)
        is_news = False
        # Somebody may have reconnected the team while the old link was asked about.
        if row.credentials is not None and (finding.cause or finding.profile):
            is_news = connections.set_state(
                connection, row, now, cause=finding.cause, detail=finding.detail
            )
        if finding.profile is not None:
            profile = connections.profile_json(finding.profile)
            catalog.update_connection(
                connection, row.id, {"team_name": finding.profile.name, "profile": profile}
            )
        if is_news and finding.cause:
            tell_of_lost_connection(ctx, connection, row, finding.detail)
        view = connection_view(connection, connections.existing(connection, row.id), now)
    if is_news:
        connections.tell_change(ctx, view)
    return view


def _ask(ctx: ProtectionContext, connection_id: str, stopping: threading.Event) -> _Finding:
    try:
        with connections.open_connection(ctx, connection_id, stopping) as team:
            return _Finding(profile=team.describe())
    except DeniedError as error:
        return _Finding(cause="refused", detail=str(error))
    except DropallyError:
        return _Finding()
