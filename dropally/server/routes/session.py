"""Signing in and out, and what the console has to know about the session."""

from datetime import datetime

import msgspec
from litestar import Response, delete, get, post
from litestar.params import JSONBody

from dropally.auth import sessions, sign_in
from dropally.auth.accounts import UserView
from dropally.auth.accounts import view as view_user
from dropally.auth.errors import SignInRefusedError
from dropally.auth.policy import read_policy
from dropally.auth.sessions import NewSession
from dropally.catalog import people
from dropally.server.authentication import forget_session_cookie, session_cookie
from dropally.server.given import GivenActor, GivenExchange, GivenParts
from dropally.server.parts import Parts
from dropally.server.problems import documented


class Credentials(msgspec.Struct, forbid_unknown_fields=True):
    """What somebody types. `code` is the app's six digits, or a recovery code."""

    email: str
    password: str
    code: str = ""


class Proof(msgspec.Struct, forbid_unknown_fields=True):
    """The password (and code) once more, for what needs that."""

    password: str
    code: str = ""


class SessionState(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signed in. `csrf_token` is sent as X-CSRF-Token with everything that changes something.

    `user` is null at the machine's own door. `expires` is the session's last moment however much it
    is used; null where there is no session. `idle_s`: it ends when it was not used for so long.
    """

    kind: str
    name: str
    user: UserView | None
    csrf_token: str
    expires: datetime | None
    idle_s: int
    is_freshly_proved: bool


def signed_in(parts: Parts, session: NewSession, status_code: int = 200) -> Response[SessionState]:
    """The answer to whoever has just proved who they are: state and cookie."""
    with parts.auth.read() as connection:
        row = people.user_by_id(connection, session.user_id)
        policy = read_policy(connection, parts.auth.pinned)
    if row is None:
        raise SignInRefusedError("the session has ended", hint="sign in again")
    state = SessionState(
        kind="user",
        name=row.name,
        user=view_user(row),
        csrf_token=str(sessions.csrf_token(session.token)),
        expires=session.expires,
        idle_s=policy.session_idle_s,
        is_freshly_proved=True,
    )
    return Response(state, status_code=status_code, cookies=[session_cookie(parts.http, session)])


@get(
    "/session",
    operation_id="get_session",
    summary="Who is signed in, and the token that changes need",
    tags=["session"],
    responses=documented(401),
    sync_to_thread=True,
)
def get_session(parts: GivenParts, actor: GivenActor, exchange: GivenExchange) -> SessionState:
    """Tell who asks. Works while a password has to be changed or a second factor set up, too."""
    with parts.auth.read() as connection:
        row = people.user_by_id(connection, actor.id)
        session = sessions.own_session(connection, actor) if actor.session_id else None
        policy = read_policy(connection, parts.auth.pinned)
    token = exchange.session_token
    return SessionState(
        kind=actor.kind,
        name=actor.name,
        user=view_user(row) if row is not None else None,
        csrf_token=str(sessions.csrf_token(token)) if token else "",
        expires=session.expires if session is not None else None,
        idle_s=policy.session_idle_s if session is not None else 0,
        is_freshly_proved=actor.is_freshly_proved,
    )


@post(
    "/session",
    operation_id="sign_in",
    summary="Sign in",
    tags=["session"],
    status_code=200,
    opt={"public": True},
    security=[{}],
    responses=documented(401, 403, 422, 429),
    sync_to_thread=True,
)
def create_session(
    parts: GivenParts, exchange: GivenExchange, data: JSONBody[Credentials]
) -> Response[SessionState]:
    """Sign in with address, password and, where there is one, second factor.

    401 `otp_required`: the password is right, the same is asked again with a code.
    """
    session = sign_in.sign_in(
        parts.auth, data.email, data.password, exchange.client, code=data.code
    )
    return signed_in(parts, session)


@post(
    "/session/proof",
    operation_id="prove_again",
    summary="Enter the password again",
    tags=["session"],
    status_code=200,
    responses=documented(401, 403, 422, 429),
    sync_to_thread=True,
)
def prove_again(
    parts: GivenParts, actor: GivenActor, data: JSONBody[Proof]
) -> Response[SessionState]:
    """For what needs the password again. The session gets another cookie."""
    return signed_in(parts, sign_in.prove_again(parts.auth, actor, data.password, code=data.code))


@delete(
    "/session",
    operation_id="sign_out",
    summary="Sign out",
    tags=["session"],
    responses=documented(401, 403),
    sync_to_thread=True,
)
def delete_session(parts: GivenParts, actor: GivenActor) -> Response[None]:
    """End the session on the server; the cookie is worth nothing afterwards."""
    sign_in.sign_out(parts.auth, actor)
    response: Response[None] = Response(None, status_code=204)
    forget_session_cookie(parts.http, response)
    return response


handlers = [get_session, create_session, prove_again, delete_session]
