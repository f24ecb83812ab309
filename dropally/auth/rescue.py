"""The way back in for whoever has a shell on the machine (F30).

Works on `dropally.db` itself, whether or not the server runs, and asks no lock-out: who can run
this could change the file anyway. It is all in the audit, with the login name of the host.
"""

import sqlite3

from dropally.auth import accounts, api_tokens, audit, lockout, users
from dropally.auth.accounts import UserView
from dropally.auth.actors import Actor, Client
from dropally.auth.addresses import email_key
from dropally.auth.api_tokens import NewToken
from dropally.auth.context import AuthContext
from dropally.auth.credentials import store_password
from dropally.auth.errors import StateError
from dropally.auth.policy import read_policy
from dropally.auth.tokens import SecretText, spoken_code
from dropally.auth.users import ListedUser
from dropally.auth.verbs import Verb
from dropally.catalog import people, sessions
from dropally.catalog.people import UserRow
from dropally.common.errors import NotFoundError

_PASSWORD_GROUPS = 5  # 100 random bits


def list_users(ctx: AuthContext, operator: Actor) -> list[ListedUser]:
    """Every console user, the oldest first."""
    return users.list_users(ctx, operator)


def reset_password(ctx: AuthContext, operator: Actor, email: str) -> SecretText:
    """A temporary password, to be changed at the next sign-in; all of their sessions end.

    Somebody who was invited and never had the mail can sign in with it. Raises NotFoundError,
    StateError `deactivated`.
    """
    password = spoken_code(_PASSWORD_GROUPS)
    password_hash = ctx.hasher.hash(password)
    with ctx.write() as connection:
        row = _named(connection, email)
        if row.state == "deactivated":
            raise StateError(
                "deactivated",
                f"{row.email} is deactivated",
                hint="an administrator can reactivate the account in the console",
            )
        people.update_user(connection, row.id, {"state": "active"})
        store_password(connection, ctx, row, password_hash, is_temporary=True)
        lockout.unlock(connection, row.email)
        _record(
            connection,
            ctx,
            operator,
            row,
            audit.Activity.PASSWORD,
            f"The password of {row.email} was reset on the host.",
        )
    return password


def unlock(ctx: AuthContext, operator: Actor, email: str) -> bool:
    """Let somebody try again; False if they were not held up. Raises NotFoundError."""
    with ctx.write() as connection:
        row = _named(connection, email)
        was_held_up = lockout.unlock(connection, row.email)
        _record(
            connection,
            ctx,
            operator,
            row,
            audit.Activity.USER_CHANGED,
            f"{row.email} was unlocked on the host.",
        )
    return was_held_up


def disable_second_factor(ctx: AuthContext, operator: Actor, email: str) -> UserView:
    """Take a lost second factor away; sessions end. Needs no key file.

    Raises NotFoundError, StateError `no_second_factor`.
    """
    with ctx.write() as connection:
        row = _named(connection, email)
        users.remove_second_factor(connection, ctx, row)
        sessions.delete_sessions(connection, row.id)
        _record(
            connection,
            ctx,
            operator,
            row,
            audit.Activity.SECOND_FACTOR,
            f"The second factor of {row.email} was removed on the host.",
        )
        return accounts.view(row)


def create_token(
    ctx: AuthContext,
    operator: Actor,
    email: str,
    name: str,
    *,
    verbs: frozenset[Verb] | None = None,
    days: int = api_tokens.DEFAULT_DAYS,
) -> NewToken:
    """An API token of somebody's, for programs; with their rights at most.

    Raises NotFoundError, StateError `not_active`, FieldsError.
    """
    with ctx.read() as connection:
        row = _named(connection, email)
        policy = read_policy(connection, ctx.pinned)
    if row.state != "active":
        raise StateError(
            "not_active", f"{row.email} is {row.state}", hint="choose somebody who can sign in"
        )
    owner = accounts.as_actor(row, Client(), policy, ctx.now())
    return api_tokens.create_for(ctx, operator, owner, name, verbs=verbs, days=days)


def _named(connection: sqlite3.Connection, email: str) -> UserRow:
    row = people.user_by_email(connection, email_key(email))
    if row is not None:
        return row
    if not people.has_users(connection):
        raise StateError(
            "not_set_up", "nobody has an account yet", hint="set the appliance up in the browser"
        )
    raise NotFoundError(
        f"no console user has the address {email}", hint="`dropally user list` shows them"
    )


def _record(
    connection: sqlite3.Connection,
    ctx: AuthContext,
    operator: Actor,
    row: UserRow,
    activity: audit.Activity,
    sentence: str,
) -> None:
    audit.record(connection, ctx.now(), operator, activity, sentence, target=row.id)
