"""Connected Dropbox teams: connect, look, probe, disconnect."""

from collections.abc import Sequence
from html import escape
from typing import Any, Literal

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from dropally.common.errors import DropallyError
from dropally.protection import connections, discovery, linking, probing
from dropally.protection.connections import ConnectionView
from dropally.protection.linking import StartedLink
from dropally.server.given import GivenActor, GivenParts
from dropally.server.idempotency import IdempotencyKey
from dropally.server.paging import Page
from dropally.server.problems import documented, problem_of
from dropally.server.started import StartedJob, started

_TAGS = ["connections"]
_CONNECTED_PAGE = "/connected"
"""Of the console: `web/src/features/setup/routes.ts`."""


class LinkWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to ask Dropbox for. `connection_id`: the team to reconnect; "" for a new one.

    `purpose`: "backup" only reads; "restore" also allows writing. `mode`: "code" shows a code to
    paste; "redirect" needs the appliance to be reached by https.
    """

    purpose: Literal["backup", "restore"] = "backup"
    mode: Literal["code", "redirect"] = "code"
    connection_id: str = ""


class PastedCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The code that Dropbox's page showed, for a link that was begun."""

    link_id: str
    code: str


class RedirectAddress(msgspec.Struct, frozen=True):
    """What to register as redirect URI in the Dropbox app; "" with the reason why there is none."""

    redirect_uri: str
    reason: str = ""


@get(
    "/connections",
    operation_id="list_connections",
    summary="Connected Dropbox teams",
    tags=_TAGS,
    responses=documented(401, 403),
    sync_to_thread=True,
)
def list_connections(parts: GivenParts, actor: GivenActor) -> Page[ConnectionView]:
    """All of them, by name: an appliance has a handful."""
    return Page(items=connections.list_connections(parts.protection, actor))


@get(
    "/connections/{connection_id:str}",
    operation_id="get_connection",
    summary="One connected Dropbox team",
    tags=_TAGS,
    responses=documented(401, 403, 404),
    sync_to_thread=True,
)
def get_connection(
    parts: GivenParts, actor: GivenActor, connection_id: FromPath[str]
) -> ConnectionView:
    """Its state, with the cause if it is disconnected."""
    return connections.get_connection(parts.protection, actor, connection_id)


@get(
    "/connections/redirect-address",
    operation_id="get_redirect_address",
    summary="The redirect URI to register in the Dropbox app",
    tags=_TAGS,
    responses=documented(401, 403),
    sync_to_thread=True,
)
def get_redirect_address(parts: GivenParts, actor: GivenActor) -> RedirectAddress:
    """Where Dropbox would send the browser back to."""
    return RedirectAddress(*linking.shown_redirect_address(parts.protection, actor))


@post(
    "/connections/authorize",
    operation_id="authorize_connection",
    summary="Begin to connect a team",
    tags=_TAGS,
    status_code=201,
    responses=documented(400, 401, 403, 404),
    sync_to_thread=True,
)
def authorize_connection(
    parts: GivenParts, actor: GivenActor, data: JSONBody[LinkWish]
) -> StartedLink:
    """The page of Dropbox to open; a team admin allows Dropally there."""
    return linking.start(
        parts.protection,
        actor,
        purpose=data.purpose,
        connection_id=data.connection_id,
        by_redirect=data.mode == "redirect",
    )


@post(
    "/connections/exchange-code",
    operation_id="exchange_code",
    summary="Finish connecting a team with the pasted code",
    tags=_TAGS,
    status_code=200,
    responses=documented(400, 401, 403, 404, 409, 410, 503),
    sync_to_thread=True,
)
def exchange_code(
    parts: GivenParts, actor: GivenActor, data: JSONBody[PastedCode]
) -> ConnectionView:
    """A mistyped code may be tried again; `different_team` if it is not the team to reconnect."""
    return linking.finish_with_code(parts.protection, actor, data.link_id, data.code)


@get(
    "/connections/callback",
    operation_id="finish_redirect",
    summary="Where Dropbox sends the browser back to",
    tags=_TAGS,
    responses=documented(400, 401, 403, 404, 409, 410, 503),
    media_type="text/html",
    opt={"body_type": "text/html"},
    sync_to_thread=True,
)
def finish_redirect(
    parts: GivenParts, actor: GivenActor, request: Request[Any, Any, Any]
) -> Response[str]:
    """Finish a link that was begun in the same browser; `state` ties the two together.

    The page leads on to the console, which tells the tab where the link was begun. Who accepts
    HTML is told of errors by a page, too.
    """
    try:
        view = linking.finish_with_redirect(parts.protection, actor, dict(request.query_params))
    except DropallyError as error:
        if "text/html" not in request.headers.get("accept", ""):
            raise  # a program wants the problem document
        problem = problem_of(error)
        told = [error.message, error.hint, "Close this page and try again where you came from."]
        return _page("Not connected", told, status_code=problem.status)
    told = [f"{view.team_name} is connected. You can close this page."]
    return _page("Connected", told, leads_to=f"{_CONNECTED_PAGE}?connection={view.id}")


def _page(
    title: str, told: Sequence[str], *, status_code: int = 200, leads_to: str = ""
) -> Response[str]:
    """A page for the person whom Dropbox sent back."""
    on = f'<meta http-equiv="refresh" content="0; url={escape(leads_to)}">' if leads_to else ""
    lines = "".join(f"<p>{escape(line)}</p>" for line in told if line)
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8">{on}<title>{title} · Dropally</title>'
        f"<h1>{title}</h1>{lines}"
    )
    return Response(
        page,
        media_type="text/html",
        status_code=status_code,
        headers={"Cache-Control": "no-store"},
    )


@post(
    "/connections/adopt",
    operation_id="adopt_connection",
    summary="Take over the link of the direct commands",
    tags=_TAGS,
    status_code=200,
    responses=documented(401, 403, 404, 503),
    sync_to_thread=True,
)
def adopt_connection(parts: GivenParts, actor: GivenActor) -> ConnectionView:
    """Use the link that `dropally connect` made on this machine."""
    return linking.adopt_link_file(parts.protection, actor)


@post(
    "/connections/{connection_id:str}/probe",
    operation_id="probe_connection",
    summary="Ask Dropbox whether the link still works",
    tags=_TAGS,
    status_code=200,
    responses=documented(401, 403, 404),
    sync_to_thread=True,
)
def probe_connection(
    parts: GivenParts, actor: GivenActor, connection_id: FromPath[str]
) -> ConnectionView:
    """The state after asking; if Dropbox cannot be reached, the state as it was."""
    return probing.probe(parts.protection, actor, connection_id)


@post(
    "/connections/{connection_id:str}/discover",
    operation_id="discover_connection",
    summary="Look for new and gone members and folders",
    tags=_TAGS,
    status_code=202,
    opt={"idempotent": True},
    responses=documented(401, 403, 404, 409),
    sync_to_thread=True,
)
def discover_connection(
    parts: GivenParts,
    actor: GivenActor,
    connection_id: FromPath[str],
    idempotency_key: IdempotencyKey = "",
) -> Response[StartedJob]:
    """Start looking at the team; while a look is under way, that one is returned."""
    return started(discovery.request_discovery(parts.protection, actor, connection_id))


@post(
    "/connections/{connection_id:str}/disconnect",
    operation_id="disconnect_connection",
    summary="Forget the link to a team",
    tags=_TAGS,
    status_code=200,
    responses=documented(401, 403, 404),
    sync_to_thread=True,
)
def disconnect_connection(
    parts: GivenParts, actor: GivenActor, connection_id: FromPath[str]
) -> ConnectionView:
    """Tasks and backups stay; reconnecting goes on with them."""
    return connections.disconnect(parts.protection, actor, connection_id)


@delete(
    "/connections/{connection_id:str}",
    operation_id="delete_connection",
    summary="Remove a team that no task protects",
    tags=_TAGS,
    responses=documented(401, 403, 404, 409),
    sync_to_thread=True,
)
def delete_connection(parts: GivenParts, actor: GivenActor, connection_id: FromPath[str]) -> None:
    """`in_use` while a task needs it, one in the trash included."""
    connections.remove(parts.protection, actor, connection_id)


handlers: Sequence[HTTPRouteHandler] = [
    list_connections,
    get_redirect_address,
    finish_redirect,
    get_connection,
    authorize_connection,
    exchange_code,
    adopt_connection,
    probe_connection,
    discover_connection,
    disconnect_connection,
    delete_connection,
]
