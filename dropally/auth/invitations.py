"""Inviting people, resending, accepting; and people who register themselves."""

import sqlite3
from dataclasses import dataclass, field

from dropally.auth import accounts, audit, links, lockout
from dropally.auth.accounts import UserView
from dropally.auth.actors import NOWHERE, Actor, Client, anonymous
from dropally.auth.addresses import email_key, email_problem
from dropally.auth.context import AuthContext
from dropally.auth.credentials import (
    check_new_password,
    organisation_name,
    store_password,
    tell,
)
from dropally.auth.errors import FieldsError, ForbiddenError, StateError
from dropally.auth.guard import require
from dropally.auth.outbox import Mail
from dropally.auth.permissions import may_give
from dropally.auth.policy import read_policy
from dropally.auth.rights import Rights, check_rights
from dropally.auth.setup import name_problem
from dropally.auth.tokens import SecretText
from dropally.auth.verbs import Role, Verb
from dropally.catalog import people
from dropally.catalog.people import UserRow
from dropally.common.errors import NotFoundError
from dropally.common.ids import new_id


@dataclass(frozen=True)
class InvitationForm:
    """Whom to invite, and what they may do."""

    name: str
    email: str
    rights: Rights


@dataclass(frozen=True)
class Invitation:
    """Who was invited. `link` is "" if it was mailed; else the administrator hands it over."""

    user: UserView
    link: SecretText = field(repr=False)


def invite(ctx: AuthContext, actor: Actor, form: InvitationForm) -> Invitation:
    """Make a console user who can sign in once they have followed their link (F151, F154).

    Raises ForbiddenError (also when they would get more rights than the actor has), FieldsError.
    """
    require(ctx, actor, Verb.USER_MANAGE)
    if not may_give(actor, form.rights.role, form.rights.reach, form.rights.granted):
        raise beyond_own_rights()
    _check(form.name, form.email)
    check_rights(form.rights)
    with ctx.write() as connection:
        if people.user_by_email(connection, email_key(form.email)):
            raise FieldsError([("email", "belongs to a console user already")])
        user = _insert(connection, ctx, form)
        link = _send(connection, ctx, user, inviter=actor.name)
        audit.record(
            connection,
            ctx.now(),
            actor,
            audit.Activity.USER_CHANGED,
            f"{user.email} was invited as {user.role}.",
            target=user.id,
            details={"role": user.role, "reach": user.reach},
        )
    return Invitation(accounts.view(user), link)


def beyond_own_rights() -> ForbiddenError:
    """Nobody gives away, or takes from others, rights they do not have."""
    return ForbiddenError(
        "beyond_own_rights",
        "this concerns rights that you do not have yourself",
        hint="ask an administrator",
    )


def _check(name: str, email: str) -> None:
    found = [("name", name_problem(name)), ("email", email_problem(email))]
    problems = [(field_name, problem) for field_name, problem in found if problem]
    if problems:
        raise FieldsError(problems)


def _insert(connection: sqlite3.Connection, ctx: AuthContext, form: InvitationForm) -> UserRow:
    user_id = new_id("usr_")
    people.insert_user(
        connection,
        user_id,
        email=form.email.strip(),
        email_key=email_key(form.email),
        name=form.name.strip(),
        state="invited",
        role=form.rights.role,
        reach=accounts.encode_reach(form.rights.reach),
        created=ctx.now(),
    )
    people.update_user(
        connection,
        user_id,
        {
            "granted": accounts.encode_verbs(form.rights.granted),
            "denied": accounts.encode_verbs(form.rights.denied),
        },
    )
    return existing(connection, user_id)


def existing(connection: sqlite3.Connection, user_id: str) -> UserRow:
    """The console user with this id. Raises NotFoundError."""
    user = people.user_by_id(connection, user_id)
    if user is None:
        raise NotFoundError("there is no such console user", hint="reload the list of users")
    return user


def subordinate(connection: sqlite3.Connection, actor: Actor, user_id: str) -> UserRow:
    """Somebody who has no right that the actor lacks. Raises ForbiddenError, NotFoundError."""
    row = existing(connection, user_id)
    seen = accounts.view(row)
    if not may_give(actor, seen.role, seen.reach, seen.granted):
        raise beyond_own_rights()
    return row


def _send(
    connection: sqlite3.Connection, ctx: AuthContext, user: UserRow, *, inviter: str
) -> SecretText:
    """Make the link and mail it; returned only where no mails are sent (F19, F156)."""
    policy = read_policy(connection, ctx.pinned)
    link, expires = links.issue(connection, ctx, "invitation", user.id, policy.invite_ttl_s)
    values = {
        "name": user.name,
        "inviter": inviter,
        "organisation": organisation_name(connection),
        "link": str(link),
    }
    tell(connection, ctx, Mail("invitation", user.email, values, expires))
    return SecretText("") if ctx.sends_mail else link


def resend(ctx: AuthContext, actor: Actor, user_id: str) -> Invitation:
    """Send a new link; the old one ends (F156).

    Raises ForbiddenError, NotFoundError, StateError `not_invited`.
    """
    require(ctx, actor, Verb.USER_MANAGE)
    with ctx.write() as connection:
        user = subordinate(connection, actor, user_id)
        if user.state != "invited":
            raise StateError("not_invited", f"{user.email} has confirmed the address already")
        link = _send(connection, ctx, user, inviter=actor.name)
        audit.record(
            connection,
            ctx.now(),
            actor,
            audit.Activity.USER_CHANGED,
            f"The invitation of {user.email} was sent again.",
            target=user.id,
        )
    return Invitation(accounts.view(user), link)


def look_at(ctx: AuthContext, token: str) -> UserView:
    """Whom a link invites, for the page that asks for a password. Raises like `accept`."""
    with ctx.read() as connection:
        link = links.find(connection, ctx, "invitation", token)
        return accounts.view(existing(connection, link.user_id))


def accept(ctx: AuthContext, token: str, new: str, again: str, client: Client) -> UserView:
    """Confirm the address and choose a password; from now on they can sign in.

    Raises NotFoundError, LinkEndedError (F19: the second use; F155: after 24 h), FieldsError.
    """
    with ctx.read() as connection:
        link = links.find(connection, ctx, "invitation", token)
        invited = existing(connection, link.user_id)
        policy = read_policy(connection, ctx.pinned)
        check_new_password(new, again, policy, invited, organisation_name(connection))
    password_hash = ctx.hasher.hash(new)
    now = ctx.now()
    with ctx.write() as connection:
        links.find(connection, ctx, "invitation", token)  # two clicks at once: one of them wins
        invited = existing(connection, invited.id)
        people.spend_links(connection, invited.id, "invitation", now)
        people.update_user(connection, invited.id, {"state": "active"})
        store_password(connection, ctx, invited, password_hash, is_first=True)
        user = existing(connection, invited.id)
        audit.record(
            connection,
            now,
            accounts.as_actor(user, client, policy, now),
            audit.Activity.USER_CHANGED,
            f"{user.email} confirmed the address and chose a password.",
            target=user.id,
        )
    return accounts.view(user)


def register(ctx: AuthContext, name: str, email: str, client: Client) -> None:
    """Somebody wants to have an account. They get a mail; nobody learns who has one already.

    They may see nothing until an administrator gives them a reach. Raises StateError where people
    cannot register, FieldsError, LockedOutError.
    """
    _check(name, email)
    with ctx.read() as connection:
        policy = read_policy(connection, ctx.pinned)
    if not (policy.self_registration and ctx.sends_mail):
        raise StateError(
            "registration_closed",
            "people cannot register themselves here",
            hint="ask an administrator for an invitation",
        )
    lockout.charge(ctx, anonymous(client), email, "register")
    ctx.hasher.verify(None, email)  # hides in its length whether a row is written below
    with ctx.write() as connection:
        is_new = people.user_by_email(connection, email_key(email)) is None
        if is_new:
            user = _insert(
                connection, ctx, InvitationForm(name, email, Rights(Role.VIEWER, NOWHERE))
            )
            _send(connection, ctx, user, inviter="")  # no words of a stranger's choosing
        audit.record(
            connection,
            ctx.now(),
            anonymous(client),
            audit.Activity.USER_CHANGED,
            f"Somebody registered from ip {client.address}.",
            status="succeeded" if is_new else "failed",
        )
