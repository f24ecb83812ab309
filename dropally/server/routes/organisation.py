"""The organisation that runs this appliance."""

import msgspec
from litestar import get, patch
from litestar.params import JSONBody

from dropally.auth import account
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.catalog import people
from dropally.common.errors import NotFoundError
from dropally.server.given import GivenActor, GivenParts
from dropally.server.parts import Parts
from dropally.server.problems import documented


class OrganisationView(msgspec.Struct, frozen=True):
    """Its name and time zone, and the address of the account's owner."""

    name: str
    time_zone: str
    owner_email: str


class OrganisationChange(msgspec.Struct, forbid_unknown_fields=True):
    """Its new name."""

    name: str


def _view(parts: Parts) -> OrganisationView:
    with parts.auth.read() as connection:
        found = people.organisation(connection)
        owner = people.user_by_id(connection, found.owner_id) if found and found.owner_id else None
    if found is None:
        raise NotFoundError("nobody has set this appliance up", hint="run the first-run setup")
    return OrganisationView(found.name, found.time_zone, owner.email if owner else "")


@get(
    "/organisation",
    operation_id="get_organisation",
    summary="The organisation",
    tags=["organisation"],
    responses=documented(401, 403, 404),
    sync_to_thread=True,
)
def get_organisation(parts: GivenParts, actor: GivenActor) -> OrganisationView:
    """Its name is the account's name."""
    require(parts.auth, actor, Verb.STATUS_READ)
    return _view(parts)


@patch(
    "/organisation",
    operation_id="rename_organisation",
    summary="Change the organisation's name",
    tags=["organisation"],
    responses=documented(401, 403, 404, 409, 422),
    sync_to_thread=True,
)
def rename_organisation(
    parts: GivenParts, actor: GivenActor, data: JSONBody[OrganisationChange]
) -> OrganisationView:
    """Used in mails and reports."""
    account.rename_organisation(parts.auth, actor, data.name)
    return _view(parts)


handlers = [get_organisation, rename_organisation]
