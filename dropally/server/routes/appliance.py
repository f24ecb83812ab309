"""The appliance itself: its name, version and state."""

from datetime import datetime
from typing import Any, Literal

import msgspec
from litestar import Request, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.response import Response

from dropally import __version__
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.catalog import people
from dropally.server.given import GivenActor, GivenParts
from dropally.server.openapi import openapi_document
from dropally.server.parts import Parts
from dropally.server.problems import documented


class ApplianceView(msgspec.Struct, frozen=True, kw_only=True):
    """What the appliance says about itself. `name` is the organisation's, "" before the setup."""

    product: str
    version: str
    name: str
    state: Literal["setup", "ready", "not_ready"]
    time: datetime


@get(
    "/appliance",
    operation_id="get_appliance",
    summary="Name, version and state of the appliance",
    tags=["appliance"],
    responses=documented(401, 403),
    sync_to_thread=True,
)
def get_appliance(parts: GivenParts, actor: GivenActor) -> ApplianceView:
    """Tell who this is. `not_ready`: one of the checks of `/readyz` fails."""
    require(parts.auth, actor, Verb.STATUS_READ)
    with parts.auth.read() as connection:
        organisation = people.organisation(connection)
    return ApplianceView(
        product="Dropally",
        version=__version__,
        name=organisation.name if organisation else "",
        state=_state(parts, is_set_up=organisation is not None),
        time=parts.clock.now(),
    )


def _state(parts: Parts, *, is_set_up: bool) -> Literal["setup", "ready", "not_ready"]:
    if not is_set_up:
        return "setup"
    return "not_ready" if any(parts.readiness().values()) else "ready"


@get(
    "/openapi.json",
    operation_id="get_openapi",
    summary="This description of the API",
    tags=["appliance"],
    opt={"public": True},
    security=[{}],
    responses={
        200: ResponseSpec(
            data_container=dict[str, Any],
            description="The OpenAPI 3.1 document",
            generate_examples=False,
        )
    },
    sync_to_thread=True,
)
def get_openapi(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The OpenAPI 3.1 document."""
    return Response(openapi_document(request.app), media_type="application/json")


handlers = [get_appliance, get_openapi]
