"""auth/token/revoke: the app gives its access back."""

from dropally.simulator.routing import Call, route


@route("auth/token/revoke")
def revoke(call: Call) -> None:
    """End the grant behind the token of this call, with its refresh token and its siblings."""
    if call.identity.grant is not None:
        call.world.auth.grants.revoke(call.identity.grant)
