"""Giving a console user another password, whichever way they have earned it."""

import sqlite3

from dropally.auth.context import AuthContext
from dropally.auth.errors import FieldsError
from dropally.auth.outbox import Mail
from dropally.auth.passwords import weakness
from dropally.auth.policy import SecurityPolicy
from dropally.catalog import people, sessions
from dropally.catalog.moments import to_micros
from dropally.catalog.people import UserRow


def check_new_password(
    new: str, again: str, policy: SecurityPolicy, user: UserRow, organisation: str
) -> None:
    """Raise FieldsError unless the password is good enough and was typed twice alike."""
    personal = (user.name, user.email, organisation)
    problems: list[tuple[str, str]] = []
    weak = weakness(new, at_least=policy.password_min, personal=personal)
    if weak:
        problems.append(("new", weak))
    if new != again:
        problems.append(("again", "is not the same password"))
    if problems:
        raise FieldsError(problems)


def organisation_name(connection: sqlite3.Connection) -> str:
    """Whose appliance this is; "" before the setup."""
    found = people.organisation(connection)
    return found.name if found else ""


def store_password(
    connection: sqlite3.Connection,
    ctx: AuthContext,
    user: UserRow,
    password_hash: str,
    *,
    keep_session: str = "",
    is_temporary: bool = False,
    is_first: bool = False,
) -> None:
    """Set it, end all sessions but the one named, make open links useless, and tell them."""
    now = ctx.now()
    people.update_user(
        connection,
        user.id,
        {
            "password_hash": password_hash,
            "password_changed_us": to_micros(now),
            "must_change_password": int(is_temporary),
        },
    )
    sessions.delete_sessions(connection, user.id, keep=keep_session)
    # A link to another address may have been asked for by whoever knew the old password.
    for kind in ("password_reset", "email_change"):
        people.spend_links(connection, user.id, kind, now)
    if not is_first:
        tell(connection, ctx, Mail("password_changed", user.email, {"name": user.name}))


def tell(connection: sqlite3.Connection, ctx: AuthContext, mail: Mail) -> None:
    """Put a mail in, where mails are sent at all."""
    if ctx.sends_mail:
        ctx.outbox.put(connection, mail)
