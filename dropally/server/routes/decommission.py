"""Taking the appliance out of service."""

from collections.abc import Sequence

import msgspec
from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody

from dropally.server.given import GivenActor, GivenParts
from dropally.server.problems import documented
from dropally.upkeep.decommission import asking
from dropally.upkeep.decommission.asking import DecommissionView

_TAGS = ["appliance"]


class DecommissionWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`approval`: the sentence of `get_decommission`, as it was ticked."""

    approval: str


@get(
    "/appliance/decommission",
    operation_id="get_decommission",
    summary="Whether the appliance is being taken out of service",
    tags=_TAGS,
    responses=documented(401, 403),
    sync_to_thread=True,
)
def get_decommission(parts: GivenParts, actor: GivenActor) -> DecommissionView:
    """For the banner that everybody sees, and for the page where it is asked for."""
    return asking.get_decommission(parts.upkeep, actor)


@post(
    "/appliance/decommission",
    operation_id="request_decommission",
    summary="Destroy all keys and backups in seven days",
    tags=_TAGS,
    status_code=200,
    responses=documented(400, 401, 403, 409, 422),
    sync_to_thread=True,
)
def request_decommission(
    parts: GivenParts, actor: GivenActor, data: JSONBody[DecommissionWish]
) -> DecommissionView:
    """The countdown begins, or waits for another administrator where the settings want one."""
    return asking.request(parts.upkeep, actor, data.approval)


@post(
    "/appliance/decommission/approve",
    operation_id="approve_decommission",
    summary="Approve it as the second administrator",
    tags=_TAGS,
    status_code=200,
    responses=documented(401, 403, 409),
    sync_to_thread=True,
)
def approve_decommission(parts: GivenParts, actor: GivenActor) -> DecommissionView:
    """Who asked cannot approve."""
    return asking.approve(parts.upkeep, actor)


@post(
    "/appliance/decommission/reactivate",
    operation_id="reactivate_appliance",
    summary="Keep the appliance in service after all",
    tags=_TAGS,
    status_code=200,
    responses=documented(401, 403, 409),
    sync_to_thread=True,
)
def reactivate_appliance(parts: GivenParts, actor: GivenActor) -> DecommissionView:
    """Until the countdown ends; then the keys are destroyed and there is nothing to take back."""
    return asking.reactivate(parts.upkeep, actor)


handlers: Sequence[HTTPRouteHandler] = [
    get_decommission,
    request_decommission,
    approve_decommission,
    reactivate_appliance,
]
