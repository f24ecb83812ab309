"""Roles and permissions: what there is to give."""

import msgspec
from litestar import get

from dropally.auth.guard import require
from dropally.auth.verbs import FOUR_EYES, SENSITIVE, SUBJECT_OF, VERBS_OF, Role, Subject, Verb
from dropally.server.given import GivenActor, GivenParts
from dropally.server.problems import documented


class RoleView(msgspec.Struct, frozen=True):
    """A role and all that it includes."""

    role: Role
    label: str
    verbs: list[Verb]


class VerbView(msgspec.Struct, frozen=True, kw_only=True):
    """One permission. `needs_password`: the password is asked for again."""

    verb: Verb
    subject: Subject
    needs_password: bool
    can_need_second_person: bool


class Permissions(msgspec.Struct, frozen=True):
    """The whole table."""

    roles: list[RoleView]
    verbs: list[VerbView]


@get(
    "/roles",
    operation_id="list_roles",
    summary="Roles and permissions",
    tags=["users"],
    responses=documented(401, 403),
    sync_to_thread=True,
)
def list_roles(parts: GivenParts, actor: GivenActor) -> Permissions:
    """What roles include, and what each permission is about."""
    require(parts.auth, actor, Verb.SELF_READ)
    roles = [
        RoleView(role, str(role).replace("_", " ").capitalize(), sorted(VERBS_OF[role]))
        for role in Role
    ]
    verbs = [
        VerbView(
            verb=verb,
            subject=SUBJECT_OF[verb],
            needs_password=verb in SENSITIVE,
            can_need_second_person=verb in FOUR_EYES,
        )
        for verb in Verb
    ]
    return Permissions(roles, verbs)


handlers = [list_roles]
