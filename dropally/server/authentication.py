"""Who asks: a session's cookie, an API token, or the operator at this machine's own door."""

import asyncio
import re

from litestar import Response
from litestar.datastructures import Cookie
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from dropally.auth import api_tokens, sessions
from dropally.auth.actors import Actor, anonymous, host_operator
from dropally.auth.context import AuthContext
from dropally.auth.errors import SignInRefusedError
from dropally.auth.sessions import NewSession
from dropally.server.exchange import Exchange, exchange_of, header, header_lines
from dropally.server.parts import HttpSettings

LOGIN_HEADER = "X-Dropally-Login"
"""At the machine's own door: which login the operator has there, for the audit."""
_LOGIN = re.compile(r"[A-Za-z0-9._@$-]{1,64}")
_BEARER = "bearer "


def cookie_name(http: HttpSettings) -> str:
    """`__Host-` cookies are taken over https only, and bound to this very host (RFC 6265bis)."""
    return "__Host-dropally" if http.is_secure else "dropally"


def session_cookie(http: HttpSettings, session: NewSession) -> Cookie:
    """The cookie for a session just made. It ends with the browser; the server ends it earlier."""
    return Cookie(
        key=cookie_name(http),
        value=session.token,
        path="/",
        httponly=True,
        secure=http.is_secure,
        samesite="lax",
    )


def forget_session_cookie(http: HttpSettings, response: Response[None]) -> None:
    """Take the cookie away from the browser."""
    response.set_cookie(
        key=cookie_name(http),
        value="",
        max_age=0,
        path="/",
        httponly=True,
        secure=http.is_secure,
        samesite="lax",
    )


class Authentication(ASGIMiddleware):
    """Finds the actor of each request; refuses strangers wherever a handler is not public.

    A handler with `opt={"public": True}` also gets the actor, where there is one: a cookie that
    is no good any more makes its owner a stranger there.
    """

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Find the actor, then go on."""
        exchange = exchange_of(scope)
        is_public = bool(scope["route_handler"].opt.get("public"))
        exchange.actor = anonymous(exchange.client)
        try:
            await _recognise(scope, exchange)
        except SignInRefusedError:
            if not is_public:
                raise
            exchange.session_token = ""
        if exchange.actor.kind == "anonymous" and not is_public:
            raise SignInRefusedError("nobody is signed in", hint="sign in, or send an API token")
        await next_app(scope, receive, send)


async def _recognise(scope: Scope, exchange: Exchange) -> None:
    auth, secret = exchange.parts.auth, _bearer(scope)
    if secret:
        exchange.api_token = secret
        exchange.actor = await asyncio.to_thread(
            api_tokens.authenticate, auth, secret, exchange.client
        )
    elif exchange.is_local:
        exchange.actor = _operator(scope)
    elif token := _cookie(scope, cookie_name(exchange.parts.http)):
        exchange.session_token = token
        exchange.actor = await asyncio.to_thread(
            sessions.authenticate, auth, token, exchange.client
        )


def still_signed_in(ctx: AuthContext, exchange: Exchange) -> Actor | None:
    """Who it is now, for answers that go on for long; None once session or token have ended."""
    try:
        if exchange.session_token:
            return sessions.authenticate(ctx, exchange.session_token, exchange.client, is_use=False)
        if exchange.api_token:
            return api_tokens.authenticate(ctx, exchange.api_token, exchange.client)
    except SignInRefusedError:
        return None
    return exchange.actor


def _bearer(scope: Scope) -> str:
    sent = header(scope, b"authorization")
    if not sent:
        return ""
    if not sent.lower().startswith(_BEARER) or not sent[len(_BEARER) :].strip():
        raise SignInRefusedError(
            "the Authorization header is not understood", hint="send: Authorization: Bearer dpy_…"
        )
    return sent[len(_BEARER) :].strip()


def _operator(scope: Scope) -> Actor:
    login = header(scope, LOGIN_HEADER.lower().encode())
    return host_operator(login if _LOGIN.fullmatch(login) else "somebody")


def _cookie(scope: Scope, name: str) -> str:
    """The cookie's value; several of one name mean that somebody planted one: none is taken."""
    found = [
        value
        for line in header_lines(scope, b"cookie")
        for key, _, value in (part.strip().partition("=") for part in line.split(";"))
        if key == name
    ]
    return found[0] if len(found) == 1 else ""
