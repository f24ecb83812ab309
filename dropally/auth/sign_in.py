"""Signing in with address, password and one-time code; proving oneself again later."""

import sqlite3
from collections.abc import Callable

from dropally.auth import accounts, audit, codes, lockout
from dropally.auth.actors import Actor, Client, anonymous
from dropally.auth.addresses import email_key
from dropally.auth.context import AuthContext
from dropally.auth.errors import CodeNeededError, SignInRefusedError
from dropally.auth.lockout import Charge
from dropally.auth.policy import SecurityPolicy, read_policy
from dropally.auth.sessions import NewSession, own_session, rotate, start
from dropally.catalog import people, sessions
from dropally.catalog.moments import to_micros
from dropally.catalog.people import UserChange, UserRow


def sign_in(
    ctx: AuthContext, email: str, password: str, client: Client, *, code: str = ""
) -> NewSession:
    """A new session for the right address, password and, where there is one, second factor.

    Raises CodeNeededError when only the code is missing: the same is asked again with it. Raises
    SignInRefusedError, alike and after the same work for whatever is wrong (F26), and
    LockedOutError (F21).
    """
    policy, user = _look_up(ctx, email)
    charge = lockout.charge(ctx, anonymous(client), email)
    active = user if user is not None and user.state == "active" else None
    is_right = ctx.hasher.verify(active.password_hash if active else None, password)
    if active is None or not is_right:
        _note_failure(ctx, user, client)
        raise _refused()
    actor = accounts.as_actor(active, client, policy, ctx.now())
    outdated = ctx.hasher.is_outdated(active.password_hash or "")
    change: UserChange = {"password_hash": ctx.hasher.hash(password)} if outdated else {}

    def let_in(connection: sqlite3.Connection) -> NewSession:
        now = ctx.now()
        people.update_user(connection, actor.id, {**change, "last_sign_in_us": to_micros(now)})
        sentence = audit.sign_in_sentence("Native", client, is_ok=True)
        audit.record(connection, now, actor, audit.Activity.SIGN_IN, sentence, target=actor.id)
        return start(connection, actor.id, client, policy, now)

    return _second_step(ctx, active, code, charge, actor, let_in)


def prove_again(ctx: AuthContext, actor: Actor, password: str, *, code: str = "") -> NewSession:
    """Enter password and code again, for what needs that; the session's token is rotated.

    Raises like `sign_in`; also when the actor came by something else than a session.
    """
    with ctx.read() as connection:
        user = people.user_by_id(connection, actor.id)
    if user is None or not actor.session_id:
        raise SignInRefusedError("only a session can be confirmed", hint="sign in to the console")
    charge = lockout.charge(ctx, actor, user.email)
    if not ctx.hasher.verify(user.password_hash, password):
        _note_failure(ctx, user, actor.client)
        raise _refused()

    def renew(connection: sqlite3.Connection) -> NewSession:
        now = ctx.now()
        return rotate(connection, own_session(connection, actor), now, proved=now)

    return _second_step(ctx, user, code, charge, actor, renew)


def _second_step(
    ctx: AuthContext,
    seen: UserRow,
    code: str,
    charge: Charge,
    actor: Actor,
    succeed: Callable[[sqlite3.Connection], NewSession],
) -> NewSession:
    """The password was right; what remains is the second factor, where there is one."""
    with ctx.write() as connection:
        user = _still_the_same(connection, seen)
        if user.totp_seed is None or _takes_code(connection, ctx, user, code, actor):
            lockout.forgive(connection, charge)
            return succeed(connection)
        if not code.strip():
            lockout.give_back(connection, charge)
    if not code.strip():
        raise CodeNeededError(
            "a one-time code is needed", hint="enter the six digits of your authenticator app"
        )
    _note_failure(ctx, seen, actor.client)
    raise _refused()


def _look_up(ctx: AuthContext, email: str) -> tuple[SecurityPolicy, UserRow | None]:
    with ctx.read() as connection:
        return (
            read_policy(connection, ctx.pinned),
            people.user_by_email(connection, email_key(email)),
        )


def _still_the_same(connection: sqlite3.Connection, seen: UserRow) -> UserRow:
    """The account inside the transaction. It may have changed while the password was looked at."""
    user = people.user_by_id(connection, seen.id)
    if user is None or user.state != "active" or user.password_hash != seen.password_hash:
        raise _refused()
    return user


def _takes_code(
    connection: sqlite3.Connection, ctx: AuthContext, user: UserRow, code: str, actor: Actor
) -> bool:
    if not code.strip():
        return False
    factor = codes.take_code(connection, ctx.sealer, user, code, ctx.now())
    if factor == "recovery_code":
        left = people.count_recovery_codes(connection, user.id)
        audit.record(
            connection,
            ctx.now(),
            actor,
            audit.Activity.SECOND_FACTOR,
            f"A recovery code was used; {left} are left.",
            target=user.id,
        )
    return factor is not None


def _note_failure(ctx: AuthContext, user: UserRow | None, client: Client) -> None:
    with ctx.write() as connection:
        audit.record(
            connection,
            ctx.now(),
            anonymous(client),
            audit.Activity.SIGN_IN,
            audit.sign_in_sentence("Native", client, is_ok=False),
            status="failed",
            # What was typed is not recorded: it may be a password in the wrong field.
            target=user.id if user else "",
        )


def _refused() -> SignInRefusedError:
    return SignInRefusedError(
        "the e-mail address, the password or the code is wrong",
        hint="try again, or ask for a password reset",
    )


def sign_out(ctx: AuthContext, actor: Actor) -> None:
    """End the actor's session. Signing out twice is no error."""
    with ctx.write() as connection:
        if sessions.delete_session(connection, actor.id, actor.session_id):
            audit.record(
                connection,
                ctx.now(),
                actor,
                audit.Activity.SESSION_ENDED,
                "Signed out.",
                target=actor.session_id,
            )
