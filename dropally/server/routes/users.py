"""Console users, as administrators see them, and inviting people."""

from collections.abc import Callable
from typing import Annotated

import msgspec
from litestar import delete, get, patch, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from dropally.auth import invitations, password_reset, users
from dropally.auth.accounts import UserView
from dropally.auth.actors import Actor, Reach
from dropally.auth.context import AuthContext
from dropally.auth.invitations import InvitationForm
from dropally.auth.rights import Rights
from dropally.auth.users import ListedUser
from dropally.auth.verbs import Role, Verb
from dropally.common.errors import UsageError
from dropally.server.given import GivenActor, GivenParts
from dropally.server.paging import Page
from dropally.server.problems import documented
from dropally.server.routes.me import HandedLink

PlaceId = Annotated[str, Meta(max_length=100)]


class ReachBody(msgspec.Struct, forbid_unknown_fields=True):
    """Where rights count: everywhere, or in these tasks and for these entities."""

    everywhere: bool = False
    tasks: frozenset[PlaceId] = frozenset()
    entities: frozenset[PlaceId] = frozenset()

    def as_reach(self) -> Reach:
        """As permissions are decided with."""
        return Reach(self.everywhere, self.tasks, self.entities)


class RightsBody(msgspec.Struct, forbid_unknown_fields=True):
    """A role, where it counts, and single permissions added and taken away."""

    role: Role
    reach: ReachBody
    granted: frozenset[Verb] = frozenset()
    denied: frozenset[Verb] = frozenset()

    def as_rights(self) -> Rights:
        """As permissions are decided with."""
        return Rights(self.role, self.reach.as_reach(), self.granted, self.denied)


class InvitationBody(msgspec.Struct, forbid_unknown_fields=True):
    """Whom to invite, and what they may do."""

    name: str
    email: str
    rights: RightsBody


class UserChange(msgspec.Struct, forbid_unknown_fields=True):
    """What is to change; what is left out stays."""

    name: str | None = None
    rights: RightsBody | None = None


class InvitationView(msgspec.Struct, frozen=True):
    """Who was invited; `link` is to be handed over where no mail is sent, else ""."""

    user: UserView
    link: str


@get(
    "/users",
    operation_id="list_users",
    summary="All console users",
    tags=["users"],
    responses=documented(401, 403),
    sync_to_thread=True,
)
def list_users(parts: GivenParts, actor: GivenActor) -> Page[ListedUser]:
    """The oldest first."""
    found = users.list_users(parts.auth, actor)
    return Page(items=found, total=len(found))


@post(
    "/invitations",
    operation_id="invite_user",
    summary="Invite somebody",
    tags=["invitations"],
    status_code=201,
    responses=documented(401, 403, 422),
    sync_to_thread=True,
)
def invite(parts: GivenParts, actor: GivenActor, data: JSONBody[InvitationBody]) -> InvitationView:
    """They can sign in once they have followed their link."""
    form = InvitationForm(data.name, data.email, data.rights.as_rights())
    made = invitations.invite(parts.auth, actor, form)
    return InvitationView(made.user, str(made.link))


@post(
    "/users/{user_id:str}/invitation",
    operation_id="resend_invitation",
    summary="Send a new link; the old one ends",
    tags=["invitations"],
    status_code=200,
    responses=documented(401, 403, 404, 409),
    sync_to_thread=True,
)
def resend(parts: GivenParts, actor: GivenActor, user_id: FromPath[str]) -> InvitationView:
    """For somebody who has not accepted yet."""
    made = invitations.resend(parts.auth, actor, user_id)
    return InvitationView(made.user, str(made.link))


@patch(
    "/users/{user_id:str}",
    operation_id="change_user",
    summary="Change somebody's name or rights",
    tags=["users"],
    responses=documented(400, 401, 403, 404, 409, 422),
    sync_to_thread=True,
)
def change_user(
    parts: GivenParts, actor: GivenActor, user_id: FromPath[str], data: JSONBody[UserChange]
) -> UserView:
    """Rights count from their next request on."""
    if data.rights is not None:
        changed = users.change_rights(parts.auth, actor, user_id, data.rights.as_rights())
        if data.name is None:
            return changed
    if data.name is None:
        raise UsageError("nothing to change was sent", hint="send a name, rights, or both")
    return users.rename(parts.auth, actor, user_id, data.name)


@delete(
    "/users/{user_id:str}",
    operation_id="delete_user",
    summary="Remove somebody for good",
    tags=["users"],
    responses=documented(401, 403, 404, 409),
    sync_to_thread=True,
)
def delete_user(parts: GivenParts, actor: GivenActor, user_id: FromPath[str]) -> None:
    """The audit keeps what they did."""
    users.delete(parts.auth, actor, user_id)


@post(
    "/users/{user_id:str}/password-reset",
    operation_id="make_password_reset_link",
    summary="A link with which somebody chooses a new password",
    tags=["users"],
    status_code=200,
    responses=documented(401, 403, 404, 409),
    sync_to_thread=True,
)
def make_reset_link(parts: GivenParts, actor: GivenActor, user_id: FromPath[str]) -> HandedLink:
    """Mailed where there is mail; else handed over by the administrator."""
    return HandedLink(str(password_reset.make_link(parts.auth, actor, user_id)))


@post(
    "/users/{user_id:str}/ownership",
    operation_id="make_owner",
    summary="Make somebody the owner of the account",
    tags=["users"],
    status_code=204,
    responses=documented(401, 403, 404, 409),
    sync_to_thread=True,
)
def make_owner(parts: GivenParts, actor: GivenActor, user_id: FromPath[str]) -> None:
    """Only an active administrator can be it."""
    users.make_owner(parts.auth, actor, user_id)


def _acting(
    path: str, operation: str, summary: str, act: Callable[[AuthContext, Actor, str], UserView]
) -> HTTPRouteHandler:
    """A handler for something that is done to one user and answers with them."""

    @post(
        f"/users/{{user_id:str}}/{path}",
        operation_id=operation,
        summary=summary,
        tags=["users"],
        status_code=200,
        responses=documented(401, 403, 404, 409),
        sync_to_thread=True,
    )
    def handle(parts: GivenParts, actor: GivenActor, user_id: FromPath[str]) -> UserView:
        return act(parts.auth, actor, user_id)

    return handle


handlers = [
    list_users,
    invite,
    resend,
    change_user,
    delete_user,
    make_reset_link,
    make_owner,
    _acting("deactivation", "deactivate_user", "Let somebody in no more", users.deactivate),
    _acting("reactivation", "reactivate_user", "Let somebody in again", users.reactivate),
    _acting("unlocking", "unlock_user", "Let somebody try to sign in again", users.unlock),
    _acting(
        "second-factor-reset",
        "reset_second_factor",
        "Take a lost second factor from somebody",
        users.reset_second_factor,
    ),
]
