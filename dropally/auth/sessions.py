"""Sessions of the console: a random cookie, of which only the hash is stored.

A session ends after some time without use, after a longer time whatever happens, when it is
revoked, and when its person is deactivated. Its token changes with every proof of who it is (a
sign-in always makes a new one; entering the password again rotates it), so that a token somebody
planted or saw before is worth nothing afterwards.
"""

import hashlib
import hmac
import sqlite3
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from dropally.auth import accounts, audit
from dropally.auth.actors import Actor, Client
from dropally.auth.browsers import browser_name
from dropally.auth.context import AuthContext
from dropally.auth.errors import SignInRefusedError
from dropally.auth.guard import require
from dropally.auth.policy import SecurityPolicy, read_policy
from dropally.auth.tokens import SecretText, new_token, token_hash
from dropally.auth.verbs import Verb
from dropally.catalog import people, sessions
from dropally.catalog.sessions import SessionRow
from dropally.common.errors import NotFoundError
from dropally.common.ids import new_id

TOKEN_PREFIX = "dps_"  # noqa: S105  what every session token begins with
FRESH_FOR = timedelta(minutes=10)
_SEEN_EVERY = timedelta(minutes=1)  # `seen` is that inexact; not every request writes
_LONGEST_USER_AGENT = 400


@dataclass(frozen=True)
class NewSession:
    """A session just made or rotated: the token goes into the cookie and nowhere else."""

    token: SecretText = field(repr=False)
    session_id: str
    user_id: str
    expires: datetime


class SessionView(msgspec.Struct, frozen=True, kw_only=True):
    """A session as its owner sees it."""

    id: str
    created: datetime
    seen: datetime
    expires: datetime
    method: str
    address: str
    browser: str
    is_current: bool


def start(
    connection: sqlite3.Connection,
    user_id: str,
    client: Client,
    policy: SecurityPolicy,
    now: datetime,
    *,
    method: str = "Native",
) -> NewSession:
    """A new session for somebody who has just proved who they are."""
    token = new_token(TOKEN_PREFIX)
    row = SessionRow(
        id=new_id("ses_"),
        user_id=user_id,
        created=now,
        seen=now,
        proved=now,
        expires=now + timedelta(seconds=policy.session_max_s),
        method=method,
        address=client.address,
        user_agent=client.user_agent[:_LONGEST_USER_AGENT],
    )
    sessions.delete_ended_sessions(connection, now=now, unseen_since=_unseen_since(policy, now))
    sessions.insert_session(connection, row, token_hash(token))
    return NewSession(token, row.id, user_id, row.expires)


def _unseen_since(policy: SecurityPolicy, now: datetime) -> datetime:
    return now - timedelta(seconds=policy.session_idle_s)


def authenticate(ctx: AuthContext, token: str, client: Client, *, is_use: bool = True) -> Actor:
    """Who sends this session token. Raises SignInRefusedError when it is no good (any more).

    `is_use` False: only look whether it still is; that does not keep an idle session going.
    """
    now = ctx.now()
    with ctx.read() as connection:
        session = sessions.session_by_hash(connection, token_hash(token))
        user = people.user_by_id(connection, session.user_id) if session else None
        policy = read_policy(connection, ctx.pinned)
    if session is None or user is None or user.state != "active" or _is_over(session, policy, now):
        raise SignInRefusedError("the session has ended", hint="sign in again")
    if is_use and now - session.seen >= min(
        _SEEN_EVERY, timedelta(seconds=policy.session_idle_s / 2)
    ):
        with ctx.write() as connection:
            sessions.touch_session(connection, session.id, now)
    return accounts.as_actor(
        user,
        client,
        policy,
        now,
        session_id=session.id,
        is_freshly_proved=now - session.proved < FRESH_FOR,
    )


def _is_over(session: SessionRow, policy: SecurityPolicy, now: datetime) -> bool:
    # The limits may have been tightened since the session began.
    longest = session.created + timedelta(seconds=policy.session_max_s)
    return now >= min(session.expires, longest) or session.seen <= _unseen_since(policy, now)


def rotate(
    connection: sqlite3.Connection, session: SessionRow, now: datetime, *, proved: datetime
) -> NewSession:
    """Give the session another token; the old one is refused from now on."""
    token = new_token(TOKEN_PREFIX)
    sessions.rotate_session(connection, session.id, token_hash(token), seen=now, proved=proved)
    return NewSession(token, session.id, session.user_id, session.expires)


def own_session(connection: sqlite3.Connection, actor: Actor) -> SessionRow:
    """The session that the actor came by. Raises SignInRefusedError if it has just ended."""
    for session in sessions.sessions_of(connection, actor.id):
        if session.id == actor.session_id:
            return session
    raise SignInRefusedError("the session has ended", hint="sign in again")


def list_own(ctx: AuthContext, actor: Actor) -> list[SessionView]:
    """The actor's sessions, the one used last first."""
    require(ctx, actor, Verb.SELF_SESSIONS)
    now = ctx.now()
    with ctx.read() as connection:
        policy = read_policy(connection, ctx.pinned)
        rows = sessions.sessions_of(connection, actor.id)
    return [
        SessionView(
            id=row.id,
            created=row.created,
            seen=row.seen,
            expires=row.expires,
            method=row.method,
            address=row.address,
            browser=browser_name(row.user_agent),
            is_current=row.id == actor.session_id,
        )
        for row in rows
        if not _is_over(row, policy, now)
    ]


def end_own(ctx: AuthContext, actor: Actor, session_id: str) -> None:
    """End one of the actor's sessions; their current one is signing out. Raises NotFoundError."""
    require(ctx, actor, Verb.SELF_SESSIONS)
    what = "Signed out" if session_id == actor.session_id else "Another session was ended"
    with ctx.write() as connection:
        if not sessions.delete_session(connection, actor.id, session_id):
            raise NotFoundError("there is no such session", hint="it may have ended already")
        audit.record(
            connection,
            ctx.now(),
            actor,
            audit.Activity.SESSION_ENDED,
            f"{what}.",
            target=session_id,
        )


def end_own_others(ctx: AuthContext, actor: Actor) -> int:
    """End all of the actor's sessions but the current one; how many."""
    require(ctx, actor, Verb.SELF_SESSIONS)
    with ctx.write() as connection:
        ended = sessions.delete_sessions(connection, actor.id, keep=actor.session_id)
        audit.record(
            connection,
            ctx.now(),
            actor,
            audit.Activity.SESSION_ENDED,
            f"All other sessions were ended ({ended}).",
        )
    return ended


def csrf_token(session_token: str) -> SecretText:
    """What a form sends beside the cookie: derived from it, so that there is nothing to store.

    Another site can make a browser send the cookie, but can neither read nor compute this.
    """
    return SecretText(
        hmac.new(session_token.encode(), b"dropally csrf", hashlib.sha256).hexdigest()
    )


def csrf_matches(session_token: str, sent: str) -> bool:
    """True if `sent` belongs to this session token."""
    return hmac.compare_digest(
        csrf_token(session_token).encode(), sent.encode("utf-8", "surrogatepass")
    )
