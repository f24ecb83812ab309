"""A forgotten password: a link by mail, or from an administrator where there is no mail."""

from dropally.auth import accounts, audit, links, lockout
from dropally.auth.actors import Actor, Client, anonymous
from dropally.auth.addresses import email_key
from dropally.auth.context import AuthContext
from dropally.auth.credentials import (
    check_new_password,
    organisation_name,
    store_password,
    tell,
)
from dropally.auth.errors import StateError
from dropally.auth.guard import require
from dropally.auth.invitations import existing, subordinate
from dropally.auth.outbox import Mail
from dropally.auth.policy import read_policy
from dropally.auth.tokens import SecretText
from dropally.auth.verbs import Verb
from dropally.catalog import people


def ask(ctx: AuthContext, email: str, client: Client) -> None:
    """Mail a link to the address if it belongs to somebody who can sign in (F26, F27).

    The answer is the same for every address, and takes as long: one password is hashed for each,
    beside which the few rows written for a known one do not show. Raises LockedOutError, for
    unknown addresses alike.
    """
    lockout.charge(ctx, anonymous(client), email, "reset")
    ctx.hasher.verify(None, email)
    with ctx.write() as connection:
        policy = read_policy(connection, ctx.pinned)
        user = people.user_by_email(connection, email_key(email))
        is_known = user is not None and user.state == "active" and user.password_hash is not None
        if user is not None and is_known:
            link, expires = links.issue(
                connection, ctx, "password_reset", user.id, policy.reset_ttl_s
            )
            values = {"name": user.name, "link": str(link), "address": client.address}
            tell(connection, ctx, Mail("password_reset", user.email, values, expires))
        audit.record(
            connection,
            ctx.now(),
            anonymous(client),
            audit.Activity.PASSWORD,
            f"A password reset was asked for from ip {client.address}.",
            status="succeeded" if is_known else "failed",
            target=user.id if user is not None else "",
        )


def make_link(ctx: AuthContext, actor: Actor, user_id: str) -> SecretText:
    """A reset link for an administrator to hand over; mailed instead ("" then) where there is mail.

    Raises ForbiddenError, NotFoundError, StateError `not_active`.
    """
    require(ctx, actor, Verb.USER_MANAGE)
    with ctx.write() as connection:
        user = subordinate(connection, actor, user_id)
        if user.state != "active":
            raise StateError(
                "not_active", f"{user.email} cannot sign in", hint="reactivate or invite them first"
            )
        policy = read_policy(connection, ctx.pinned)
        link, expires = links.issue(connection, ctx, "password_reset", user.id, policy.reset_ttl_s)
        values = {"name": user.name, "link": str(link), "address": actor.client.address}
        tell(connection, ctx, Mail("password_reset", user.email, values, expires))
        audit.record(
            connection,
            ctx.now(),
            actor,
            audit.Activity.PASSWORD,
            f"A password reset was started for {user.email}.",
            target=user.id,
        )
    return SecretText("") if ctx.sends_mail else link


def complete(ctx: AuthContext, token: str, new: str, again: str, client: Client) -> None:
    """Choose a new password by a link; every session of theirs ends (F28, F29).

    The second factor stays. Raises NotFoundError, LinkEndedError, FieldsError.
    """
    with ctx.read() as connection:
        link = links.find(connection, ctx, "password_reset", token)
        user = existing(connection, link.user_id)
        policy = read_policy(connection, ctx.pinned)
        check_new_password(new, again, policy, user, organisation_name(connection))
    password_hash = ctx.hasher.hash(new)
    now = ctx.now()
    with ctx.write() as connection:
        links.find(connection, ctx, "password_reset", token)
        user = existing(connection, link.user_id)
        if user.state != "active":
            raise StateError(
                "not_active", "the account is deactivated", hint="ask an administrator"
            )
        store_password(connection, ctx, user, password_hash)
        lockout.unlock(connection, user.email)
        audit.record(
            connection,
            now,
            accounts.as_actor(user, client, policy, now),
            audit.Activity.PASSWORD,
            "The password was reset by a mailed link.",
            target=user.id,
        )
