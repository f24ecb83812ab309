"""API tokens."""

from typing import Annotated

import msgspec
from litestar import Response, delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from dropally.auth import api_tokens
from dropally.auth.actors import EVERYWHERE
from dropally.auth.api_tokens import DEFAULT_DAYS, TokenView
from dropally.auth.verbs import Verb
from dropally.server.given import GivenActor, GivenParts
from dropally.server.paging import Page
from dropally.server.problems import documented
from dropally.server.routes.users import ReachBody


class TokenBody(msgspec.Struct, forbid_unknown_fields=True):
    """What the token is for. Without `verbs` it may all that its owner may, save sensitive things."""

    name: str
    verbs: frozenset[Verb] | None = None
    reach: ReachBody | None = None
    days: Annotated[int, Meta(ge=-(1 << 31), le=1 << 31)] = DEFAULT_DAYS


class NewTokenView(msgspec.Struct, frozen=True):
    """The secret is shown this once."""

    token: TokenView
    secret: str


@get(
    "/tokens",
    operation_id="list_tokens",
    summary="API tokens",
    tags=["tokens"],
    responses=documented(401, 403),
    sync_to_thread=True,
)
def list_tokens(
    parts: GivenParts, actor: GivenActor, everybody: FromQuery[bool] = False
) -> Page[TokenView]:
    """One's own, ended ones too; with `everybody`, all of the organisation's."""
    listed = api_tokens.list_all if everybody else api_tokens.list_own
    return Page(items=listed(parts.auth, actor))


@post(
    "/tokens",
    operation_id="create_token",
    summary="Make an API token for oneself",
    tags=["tokens"],
    status_code=201,
    responses=documented(401, 403, 422),
    sync_to_thread=True,
)
def create_token(
    parts: GivenParts, actor: GivenActor, data: JSONBody[TokenBody]
) -> Response[NewTokenView]:
    """It never has more rights than its owner has at the time of use."""
    made = api_tokens.create(
        parts.auth,
        actor,
        data.name,
        verbs=data.verbs,
        reach=data.reach.as_reach() if data.reach is not None else EVERYWHERE,
        days=data.days,
    )
    shown = NewTokenView(made.view, str(made.secret))
    return Response(shown, status_code=201, headers={"Cache-Control": "no-store"})


@delete(
    "/tokens/{token_id:str}",
    operation_id="revoke_token",
    summary="End an API token at once",
    tags=["tokens"],
    responses=documented(401, 403, 404),
    sync_to_thread=True,
)
def revoke_token(parts: GivenParts, actor: GivenActor, token_id: FromPath[str]) -> None:
    """One's own; with `token.manage`, anybody's."""
    api_tokens.revoke(parts.auth, actor, token_id)


handlers = [list_tokens, create_token, revoke_token]
