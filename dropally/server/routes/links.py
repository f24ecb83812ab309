"""What strangers do with a link from a mail: reset a password, accept an invitation, confirm an address.

Tokens travel in bodies, never in addresses: those end up in histories and logs.
"""

import msgspec
from litestar import post
from litestar.params import JSONBody

from dropally.auth import account, invitations, password_reset
from dropally.server.given import GivenExchange, GivenParts
from dropally.server.problems import documented


class ResetRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Whose password was forgotten."""

    email: str


class LinkToken(msgspec.Struct, forbid_unknown_fields=True):
    """The last part of a link."""

    token: str


class NewPassword(msgspec.Struct, forbid_unknown_fields=True):
    """A link's token and the password chosen with it."""

    token: str
    new: str
    new_again: str


class Registration(msgspec.Struct, forbid_unknown_fields=True):
    """Somebody who wants an account, where the organisation allows that."""

    name: str
    email: str


class Accepted(msgspec.Struct, frozen=True):
    """The same answer whatever is known about the address."""

    message: str


class Invited(msgspec.Struct, frozen=True):
    """Whom a link is for."""

    name: str
    email: str


@post(
    "/password-resets",
    operation_id="ask_password_reset",
    summary="Ask for a link to choose a new password",
    tags=["session"],
    status_code=202,
    opt={"public": True},
    security=[{}],
    responses=documented(422, 429),
    sync_to_thread=True,
)
def ask_reset(parts: GivenParts, exchange: GivenExchange, data: JSONBody[ResetRequest]) -> Accepted:
    """The answer is the same for every address, known or not."""
    password_reset.ask(parts.auth, data.email, exchange.client)
    return Accepted("If the address belongs to somebody here, a mail is on its way.")


@post(
    "/password-resets/completion",
    operation_id="complete_password_reset",
    summary="Choose a new password by a link",
    tags=["session"],
    status_code=204,
    opt={"public": True},
    security=[{}],
    responses=documented(404, 410, 422),
    sync_to_thread=True,
)
def complete_reset(parts: GivenParts, exchange: GivenExchange, data: JSONBody[NewPassword]) -> None:
    """Every session of that person ends; the second factor stays."""
    password_reset.complete(parts.auth, data.token, data.new, data.new_again, exchange.client)


@post(
    "/invitations/look-up",
    operation_id="look_up_invitation",
    summary="Whom an invitation is for",
    tags=["invitations"],
    status_code=200,
    opt={"public": True},
    security=[{}],
    responses=documented(404, 410, 422),
    sync_to_thread=True,
)
def look_up_invitation(parts: GivenParts, data: JSONBody[LinkToken]) -> Invited:
    """For the page that asks for a password."""
    user = invitations.look_at(parts.auth, data.token)
    return Invited(user.name, user.email)


@post(
    "/invitations/acceptance",
    operation_id="accept_invitation",
    summary="Accept an invitation",
    tags=["invitations"],
    status_code=200,
    opt={"public": True},
    security=[{}],
    responses=documented(404, 410, 422),
    sync_to_thread=True,
)
def accept_invitation(
    parts: GivenParts, exchange: GivenExchange, data: JSONBody[NewPassword]
) -> Invited:
    """Confirm the address and choose a password; a link works once, for 24 hours."""
    user = invitations.accept(parts.auth, data.token, data.new, data.new_again, exchange.client)
    return Invited(user.name, user.email)


@post(
    "/registrations",
    operation_id="register",
    summary="Ask for an account",
    tags=["invitations"],
    status_code=202,
    opt={"public": True},
    security=[{}],
    responses=documented(409, 422, 429),
    sync_to_thread=True,
)
def register(parts: GivenParts, exchange: GivenExchange, data: JSONBody[Registration]) -> Accepted:
    """Only where the organisation lets people register; they see nothing until they are given rights."""
    invitations.register(parts.auth, data.name, data.email, exchange.client)
    return Accepted("A mail is on its way to this address.")


@post(
    "/email-confirmations",
    operation_id="confirm_email",
    summary="Confirm a new e-mail address",
    tags=["me"],
    status_code=200,
    opt={"public": True},
    security=[{}],
    responses=documented(404, 409, 410, 422),
    sync_to_thread=True,
)
def confirm_email(parts: GivenParts, exchange: GivenExchange, data: JSONBody[LinkToken]) -> Invited:
    """The link sent to the new address was followed: it counts from now on."""
    user = account.confirm_email(parts.auth, data.token, exchange.client)
    return Invited(user.name, user.email)


handlers = [
    ask_reset,
    complete_reset,
    look_up_invitation,
    accept_invitation,
    register,
    confirm_email,
]
