"""The rules that an organisation sets for its people."""

import msgspec
from litestar import Response, get, patch
from litestar.params import JSONBody

from dropally.auth import security_page
from dropally.auth.guard import require
from dropally.auth.policy import SecurityPolicy, read_policy
from dropally.auth.verbs import Verb
from dropally.server.given import GivenActor, GivenParts
from dropally.server.parts import Parts
from dropally.server.preconditions import IfMatch, etag_of, require_match
from dropally.server.problems import documented


class SecurityState(msgspec.Struct, frozen=True):
    """The rules in force. `locked`: set in dropally.toml or the environment, to be changed there."""

    policy: SecurityPolicy
    locked: list[str]


class PolicyChange(msgspec.Struct, forbid_unknown_fields=True):
    """The settings to change, by name; what is left out stays."""

    changes: dict[str, bool | int]


def _state(parts: Parts) -> SecurityState:
    with parts.auth.read() as connection:
        policy = read_policy(connection, parts.auth.pinned)
    return SecurityState(policy, sorted(parts.auth.pinned))


def _tagged(state: SecurityState) -> Response[SecurityState]:
    return Response(state, headers={"ETag": etag_of(state)})


@get(
    "/security",
    operation_id="get_security_policy",
    summary="The rules for people",
    tags=["security"],
    responses=documented(401, 403),
    sync_to_thread=True,
)
def get_security(parts: GivenParts, actor: GivenActor) -> Response[SecurityState]:
    """Readable to everybody who is signed in: forms tell what a password needs."""
    require(parts.auth, actor, Verb.SELF_READ)
    return _tagged(_state(parts))


@patch(
    "/security",
    operation_id="change_security_policy",
    summary="Change the rules for people",
    tags=["security"],
    responses=documented(401, 403, 409, 412, 422, 428),
    sync_to_thread=True,
)
def change_security(
    parts: GivenParts,
    actor: GivenActor,
    data: JSONBody[PolicyChange],
    if_match: IfMatch = "",
) -> Response[SecurityState]:
    """All or none of the changes. 409 `set_in_file`: locked by the configuration."""
    require(parts.auth, actor, Verb.SECURITY_MANAGE)
    require_match(if_match, etag_of(_state(parts)))
    security_page.change_policy(parts.auth, actor, data.changes)
    return _tagged(_state(parts))


handlers = [get_security, change_security]
