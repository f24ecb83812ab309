"""The first-run setup: open until somebody has done it, guarded by the code that was printed."""

import msgspec
from litestar import Response, get, post
from litestar.params import JSONBody

from dropally.auth import setup
from dropally.auth.setup import SetupForm
from dropally.server.given import GivenExchange, GivenParts
from dropally.server.problems import documented
from dropally.server.routes.session import SessionState, signed_in


class SetupState(msgspec.Struct, frozen=True):
    """`is_open`: nobody has set this appliance up. `offers_sign_up`: people may register."""

    is_open: bool
    offers_sign_up: bool


class SetupBody(msgspec.Struct, forbid_unknown_fields=True):
    """The first administrator and the organisation, in the order of the form."""

    code: str
    name: str
    email: str
    password: str
    password_again: str
    organisation: str
    time_zone: str = "UTC"


@get(
    "/setup",
    operation_id="get_setup",
    summary="Is the first-run setup still to be done?",
    tags=["setup"],
    opt={"public": True},
    security=[{}],
    sync_to_thread=True,
)
def get_setup(parts: GivenParts) -> SetupState:
    """Ask this first; sign-up is offered before the setup, or where people may register."""
    return SetupState(setup.is_open(parts.auth), setup.sign_up_is_offered(parts.auth))


@post(
    "/setup",
    operation_id="complete_setup",
    summary="Set the appliance up",
    tags=["setup"],
    status_code=201,
    opt={"public": True},
    security=[{}],
    responses=documented(403, 409, 422, 429),
    sync_to_thread=True,
)
def complete_setup(
    parts: GivenParts, exchange: GivenExchange, data: JSONBody[SetupBody]
) -> Response[SessionState]:
    """Make organisation and first administrator, and sign them in. Works once."""
    form = SetupForm(
        name=data.name,
        email=data.email,
        password=data.password,
        password_again=data.password_again,
        organisation=data.organisation,
        time_zone=data.time_zone,
    )
    return signed_in(parts, setup.complete(parts.auth, data.code, form, exchange.client), 201)


handlers = [get_setup, complete_setup]
