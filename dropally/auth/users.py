"""What administrators do with console users."""

import sqlite3
from datetime import datetime

import msgspec

from dropally.auth import accounts, audit, lockout
from dropally.auth.accounts import UserView
from dropally.auth.actors import Actor
from dropally.auth.context import AuthContext
from dropally.auth.credentials import tell
from dropally.auth.errors import FieldsError, LastAdministratorError, StateError
from dropally.auth.guard import require
from dropally.auth.invitations import beyond_own_rights, existing, subordinate
from dropally.auth.outbox import Mail
from dropally.auth.permissions import may_give
from dropally.auth.rights import Rights, check_rights
from dropally.auth.setup import name_problem
from dropally.auth.verbs import Role, Verb
from dropally.catalog import people, sessions
from dropally.catalog.moments import from_micros
from dropally.catalog.people import UserChange, UserRow

_LINK_KINDS = ("invitation", "password_reset", "email_change")


class ListedUser(msgspec.Struct, frozen=True, kw_only=True):
    """A console user in the administrators' list."""

    user: UserView
    is_owner: bool
    locked_until: datetime | None


def list_users(ctx: AuthContext, actor: Actor) -> list[ListedUser]:
    """Every console user, the oldest first. Raises ForbiddenError."""
    require(ctx, actor, Verb.USER_READ)
    with ctx.read() as connection:
        found = people.organisation(connection)
        return [
            ListedUser(
                user=accounts.view(row),
                is_owner=found is not None and found.owner_id == row.id,
                locked_until=_locked_until(connection, ctx, row),
            )
            for row in people.all_users(connection)
        ]


def _locked_until(
    connection: sqlite3.Connection, ctx: AuthContext, row: UserRow
) -> datetime | None:
    until_us = lockout.locked_until_us(connection, row.email, ctx.now())
    return from_micros(until_us) if until_us else None


def rename(ctx: AuthContext, actor: Actor, user_id: str, name: str) -> UserView:
    """Give somebody another name. Raises ForbiddenError, NotFoundError, FieldsError."""
    problem = name_problem(name)
    if problem:
        raise FieldsError([("name", problem)])
    require(ctx, actor, Verb.USER_MANAGE)
    with ctx.write() as connection:
        row = subordinate(connection, actor, user_id)
        people.update_user(connection, user_id, {"name": name.strip()})
        return _record(
            connection, ctx, actor, row, f"{row.email} was renamed.", before=row.name,
            after=name.strip(),
        )  # fmt: skip


def change_rights(ctx: AuthContext, actor: Actor, user_id: str, rights: Rights) -> UserView:
    """Change what somebody may do, from their next request on (F150, F151).

    Raises ForbiddenError (also for rights the actor does not have), NotFoundError, FieldsError,
    LastAdministratorError.
    """
    require(ctx, actor, Verb.USER_MANAGE)
    if not may_give(actor, rights.role, rights.reach, rights.granted):
        raise beyond_own_rights()
    check_rights(rights)
    with ctx.write() as connection:
        row = subordinate(connection, actor, user_id)
        before = accounts.view(row)
        change: UserChange = {
            "role": rights.role,
            "reach": accounts.encode_reach(rights.reach),
            "granted": accounts.encode_verbs(rights.granted),
            "denied": accounts.encode_verbs(rights.denied),
        }
        people.update_user(connection, user_id, change)
        _keep_an_administrator(connection)
        return _record(
            connection,
            ctx,
            actor,
            row,
            f"The permissions of {row.email} were changed.",
            activity=audit.Activity.PERMISSIONS_CHANGED,
            before=_rights_of(before),
            after=_rights_of(rights),
        )


def _rights_of(of: UserView | Rights) -> dict[str, object]:
    return {
        "role": str(of.role),
        "reach": {
            "everywhere": of.reach.everywhere,
            "tasks": sorted(of.reach.tasks),
            "entities": sorted(of.reach.entities),
        },
        "granted": sorted(of.granted),
        "denied": sorted(of.denied),
    }


def deactivate(ctx: AuthContext, actor: Actor, user_id: str) -> UserView:
    """Let somebody in no more; their sessions, tokens and links end at once (F157).

    Raises ForbiddenError, NotFoundError, LastAdministratorError, StateError `deactivated`.
    """
    require(ctx, actor, Verb.USER_MANAGE)
    with ctx.write() as connection:
        row = subordinate(connection, actor, user_id)
        if row.state == "deactivated":
            raise StateError("deactivated", f"{row.email} is deactivated already")
        people.update_user(connection, user_id, {"state": "deactivated"})
        _keep_an_administrator(connection)
        _end_everything(connection, ctx, user_id)
        return _record(
            connection,
            ctx,
            actor,
            row,
            f"{row.email} was deactivated.",
            activity=audit.Activity.USER_DEACTIVATED,
        )


def reactivate(ctx: AuthContext, actor: Actor, user_id: str) -> UserView:
    """Let somebody in again; who had never chosen a password is invited anew.

    Raises ForbiddenError, NotFoundError, StateError `not_deactivated`.
    """
    require(ctx, actor, Verb.USER_MANAGE)
    with ctx.write() as connection:
        row = subordinate(connection, actor, user_id)
        if row.state != "deactivated":
            raise StateError("not_deactivated", f"{row.email} is not deactivated")
        state = "active" if row.password_hash else "invited"
        people.update_user(connection, user_id, {"state": state})
        return _record(connection, ctx, actor, row, f"{row.email} was reactivated.")


def delete(ctx: AuthContext, actor: Actor, user_id: str) -> None:
    """Remove somebody for good; the audit keeps what they did.

    Raises ForbiddenError, NotFoundError, LastAdministratorError, StateError `is_owner`.
    """
    require(ctx, actor, Verb.USER_MANAGE)
    with ctx.write() as connection:
        row = subordinate(connection, actor, user_id)
        found = people.organisation(connection)
        if found is not None and found.owner_id == user_id:
            raise StateError(
                "is_owner",
                f"{row.email} is the owner of the account",
                hint="make another administrator the owner first",
            )
        _record(connection, ctx, actor, row, f"{row.email} was removed.")
        people.delete_user(connection, user_id)
        _keep_an_administrator(connection)


def make_owner(ctx: AuthContext, actor: Actor, user_id: str) -> None:
    """Make another active administrator the owner of the account.

    Raises ForbiddenError, NotFoundError, StateError `not_administrator`.
    """
    require(ctx, actor, Verb.ORGANISATION_MANAGE)
    with ctx.write() as connection:
        row = existing(connection, user_id)
        found = people.organisation(connection)
        if found is None or row.state != "active" or row.role != Role.ADMINISTRATOR:
            raise StateError("not_administrator", f"{row.email} is no active administrator")
        people.update_organisation(connection, name=found.name, owner_id=user_id)
        _record(connection, ctx, actor, row, f"{row.email} became the owner of the account.")


def reset_second_factor(ctx: AuthContext, actor: Actor, user_id: str) -> UserView:
    """Take a lost second factor from somebody; their sessions end and they are told.

    Raises ForbiddenError, NotFoundError, StateError `no_second_factor`.
    """
    require(ctx, actor, Verb.USER_MANAGE)
    with ctx.write() as connection:
        row = subordinate(connection, actor, user_id)
        remove_second_factor(connection, ctx, row)
        sessions.delete_sessions(connection, user_id)
        return _record(
            connection,
            ctx,
            actor,
            row,
            f"The second factor of {row.email} was removed.",
            activity=audit.Activity.SECOND_FACTOR,
        )


def remove_second_factor(connection: sqlite3.Connection, ctx: AuthContext, row: UserRow) -> None:
    """Forget seed and recovery codes, and tell the person. Raises StateError `no_second_factor`."""
    if row.totp_seed is None:
        raise StateError("no_second_factor", f"{row.email} has no second factor")
    people.update_user(
        connection, row.id, {"totp_seed": None, "totp_pending": None, "totp_since_us": None}
    )
    people.replace_recovery_codes(connection, row.id, [])
    tell(
        connection,
        ctx,
        Mail("second_factor_changed", row.email, {"name": row.name, "change": "removed"}),
    )


def unlock(ctx: AuthContext, actor: Actor, user_id: str) -> UserView:
    """Let somebody try again after too many failures. Raises ForbiddenError, NotFoundError."""
    require(ctx, actor, Verb.USER_MANAGE)
    with ctx.write() as connection:
        row = subordinate(connection, actor, user_id)
        lockout.unlock(connection, row.email)
        return _record(connection, ctx, actor, row, f"{row.email} was unlocked.")


def _keep_an_administrator(connection: sqlite3.Connection) -> None:
    if people.count_active(connection, Role.ADMINISTRATOR) == 0:
        raise LastAdministratorError(
            "this is the last active administrator", hint="make somebody else one first"
        )


def _end_everything(connection: sqlite3.Connection, ctx: AuthContext, user_id: str) -> None:
    sessions.delete_sessions(connection, user_id)
    sessions.revoke_tokens(connection, user_id, ctx.now())
    for kind in _LINK_KINDS:
        people.spend_links(connection, user_id, kind, ctx.now())


def _record(
    connection: sqlite3.Connection,
    ctx: AuthContext,
    actor: Actor,
    row: UserRow,
    sentence: str,
    *,
    activity: audit.Activity = audit.Activity.USER_CHANGED,
    **details: object,
) -> UserView:
    audit.record(connection, ctx.now(), actor, activity, sentence, target=row.id, details=details)
    return accounts.view(existing(connection, row.id))
