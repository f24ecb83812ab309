"""What people change about themselves: name, password, address; and the organisation's account."""

import sqlite3
from typing import Literal, cast

import msgspec

from dropally.auth import accounts, audit, links, lockout
from dropally.auth.accounts import UserView
from dropally.auth.actors import Actor, Client
from dropally.auth.addresses import email_key, email_problem
from dropally.auth.context import AuthContext
from dropally.auth.credentials import (
    check_new_password,
    organisation_name,
    store_password,
    tell,
)
from dropally.auth.errors import FieldsError, StateError
from dropally.auth.guard import require
from dropally.auth.invitations import existing
from dropally.auth.outbox import Mail
from dropally.auth.permissions import settings_sections, verbs_of
from dropally.auth.policy import read_policy
from dropally.auth.sessions import NewSession, own_session, rotate
from dropally.auth.setup import name_problem
from dropally.auth.tokens import SecretText
from dropally.auth.verbs import Verb
from dropally.catalog import people
from dropally.catalog.people import UserRow

Language = Literal["", "en", "de"]
"""Of the console; "": as the browser says."""


class OwnAccount(msgspec.Struct, frozen=True, kw_only=True):
    """What the console shows people about themselves."""

    user: UserView
    organisation: str
    verbs: list[Verb]
    settings_sections: list[str]
    restriction: str
    password_expires_in_days: int | None
    recovery_codes_left: int
    shows_second_factor_hint: bool
    shows_checklist: bool
    language: Language


def look_at(ctx: AuthContext, actor: Actor) -> OwnAccount:
    """The actor's own account. Raises ForbiddenError when nobody is signed in."""
    require(ctx, actor, Verb.SELF_READ)
    with ctx.read() as connection:
        user = existing(connection, actor.id)
        policy = read_policy(connection, ctx.pinned)
        return OwnAccount(
            user=accounts.view(user),
            organisation=organisation_name(connection),
            verbs=sorted(verbs_of(actor)),
            settings_sections=settings_sections(actor),
            restriction=actor.restriction,
            password_expires_in_days=accounts.days_to_warn_of(user, policy, ctx.now()),
            recovery_codes_left=people.count_recovery_codes(connection, user.id),
            shows_second_factor_hint=user.totp_seed is None and not user.refused_hint,
            shows_checklist=not user.refused_checklist,
            language=cast("Language", user.language),
        )


def change_password(
    ctx: AuthContext, actor: Actor, current: str, new: str, again: str
) -> NewSession:
    """Change one's own password; all other sessions end and this one's token is rotated (F161).

    Raises ForbiddenError, FieldsError (a wrong current password is one, and leaves a row in the
    audit), LockedOutError.
    """
    require(ctx, actor, Verb.SELF_PASSWORD)
    with ctx.read() as connection:
        user = existing(connection, actor.id)
        policy = read_policy(connection, ctx.pinned)
        organisation = organisation_name(connection)
    _check_current(ctx, actor, user, current)
    check_new_password(new, again, policy, user, organisation)
    if ctx.hasher.verify(user.password_hash, new):
        raise FieldsError([("new", "is the password you already have")])
    password_hash = ctx.hasher.hash(new)
    now = ctx.now()
    with ctx.write() as connection:
        session = own_session(connection, actor)
        store_password(connection, ctx, user, password_hash, keep_session=session.id)
        audit.record(
            connection, now, actor, audit.Activity.PASSWORD, "The password was changed.",
            target=user.id,
        )  # fmt: skip
        return rotate(connection, session, now, proved=now)


def _check_current(ctx: AuthContext, actor: Actor, user: UserRow, current: str) -> None:
    charge = lockout.charge(ctx, actor, user.email)
    is_right = ctx.hasher.verify(user.password_hash, current)
    with ctx.write() as connection:
        if is_right:
            lockout.forgive(connection, charge)
            return
        audit.record(
            connection,
            ctx.now(),
            actor,
            audit.Activity.PASSWORD,
            "A change of the password was refused: the current one was wrong.",
            status="failed",
            target=user.id,
        )
    raise FieldsError([("current", "is not your password")])


def rename(ctx: AuthContext, actor: Actor, name: str) -> None:
    """Change one's own name. Raises ForbiddenError, FieldsError."""
    require(ctx, actor, Verb.SELF_PROFILE)
    problem = name_problem(name)
    if problem:
        raise FieldsError([("name", problem)])
    with ctx.write() as connection:
        before = existing(connection, actor.id).name
        people.update_user(connection, actor.id, {"name": name.strip()})
        _record_change(connection, ctx, actor, "The name was changed.", before, name.strip())


def choose_language(ctx: AuthContext, actor: Actor, language: Language) -> None:
    """Have the console speak a language to this person, in every browser. Raises ForbiddenError."""
    require(ctx, actor, Verb.SELF_PROFILE)
    with ctx.write() as connection:
        people.update_user(connection, actor.id, {"language": language})


def refuse_checklist(ctx: AuthContext, actor: Actor) -> None:
    """Show what is left to do after the set-up no more. Raises ForbiddenError."""
    require(ctx, actor, Verb.SELF_PROFILE)
    with ctx.write() as connection:
        people.update_user(connection, actor.id, {"refused_checklist": 1})


def _record_change(
    connection: sqlite3.Connection,
    ctx: AuthContext,
    actor: Actor,
    sentence: str,
    before: str,
    after: str,
) -> None:
    audit.record(
        connection,
        ctx.now(),
        actor,
        audit.Activity.USER_CHANGED,
        sentence,
        target=actor.id,
        details={"before": before, "after": after},
    )


def ask_email_change(ctx: AuthContext, actor: Actor, new_email: str) -> SecretText:
    """Have a new address confirmed by a link sent to it; the old address is told (F145).

    The link is returned only where no mails are sent. Raises ForbiddenError, FieldsError.
    """
    require(ctx, actor, Verb.SELF_SECURITY)
    problem = email_problem(new_email)
    if problem:
        raise FieldsError([("email", problem)])
    with ctx.write() as connection:
        user = existing(connection, actor.id)
        _check_free(connection, new_email, user.id)
        policy = read_policy(connection, ctx.pinned)
        link, expires = links.issue(
            connection, ctx, "email_change", user.id, policy.invite_ttl_s,
            new_email=new_email.strip(),
        )  # fmt: skip
        values = {"name": user.name, "new_email": new_email.strip()}
        tell(connection, ctx, Mail("email_change_notice", user.email, values))
        values = {"name": user.name, "link": str(link)}
        tell(connection, ctx, Mail("email_change", new_email.strip(), values, expires))
        _record_change(
            connection, ctx, actor, "Another e-mail address was asked for.", user.email,
            new_email.strip(),
        )  # fmt: skip
    return SecretText("") if ctx.sends_mail else link


def _check_free(connection: sqlite3.Connection, email: str, user_id: str) -> None:
    holder = people.user_by_email(connection, email_key(email))
    if holder is not None and holder.id != user_id:
        raise FieldsError([("email", "belongs to a console user already")])


def confirm_email(ctx: AuthContext, token: str, client: Client) -> UserView:
    """The link to the new address was followed: it counts from now on.

    Raises NotFoundError, LinkEndedError, FieldsError if somebody has taken the address since,
    StateError.
    """
    now = ctx.now()
    with ctx.write() as connection:
        link = links.find(connection, ctx, "email_change", token)
        user = existing(connection, link.user_id)
        if user.state != "active":
            raise StateError(
                "not_active", "the account is deactivated", hint="ask an administrator"
            )
        _check_free(connection, link.new_email, user.id)
        # A reset link lies in the old mailbox, which may no longer be theirs.
        for kind in ("email_change", "password_reset"):
            people.spend_links(connection, user.id, kind, now)
        people.update_user(
            connection,
            user.id,
            {"email": link.new_email, "email_key": email_key(link.new_email)},
        )
        policy = read_policy(connection, ctx.pinned)
        actor = accounts.as_actor(user, client, policy, now)
        _record_change(
            connection, ctx, actor, "The e-mail address was changed.", user.email, link.new_email
        )
        return accounts.view(existing(connection, user.id))


def rename_organisation(ctx: AuthContext, actor: Actor, name: str) -> None:
    """Change the organisation's name (F145). Raises ForbiddenError, FieldsError, StateError."""
    require(ctx, actor, Verb.ORGANISATION_MANAGE)
    problem = name_problem(name)
    if problem:
        raise FieldsError([("name", problem)])
    with ctx.write() as connection:
        found = people.organisation(connection)
        if found is None:
            raise StateError("not_set_up", "the appliance is not set up yet")
        people.update_organisation(connection, name=name.strip(), owner_id=found.owner_id)
        audit.record(
            connection,
            ctx.now(),
            actor,
            audit.Activity.SETTINGS_CHANGED,
            "The account name was changed.",
            details={"before": found.name, "after": name.strip()},
        )
