"""Tokens, identities, scopes, and the pages on which an admin links an app."""

from collections.abc import Mapping

from dropally.simulator.auth.identity import Identity
from dropally.simulator.errors import AuthRefused, tagged
from dropally.simulator.routes_table import Route
from dropally.simulator.state.world import World


def identify(headers: Mapping[str, str], route: Route, world: World) -> Identity:
    """Who calls, as whom, and from which root.

    Raises AuthRefused (401), AccessRefused (403), PathRootRefused (422) or BadRequest (400).
    """
    if "noauth" in route.auth:
        return Identity("noauth")
    token = headers.get("authorization", "").removeprefix("Bearer ")
    account = world.personal_tokens.get(token)
    if account is None:
        raise AuthRefused(tagged("invalid_access_token"))
    member = world.members[account]
    return Identity("member", member.home_namespace, member, token)
