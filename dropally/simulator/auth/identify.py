"""From the headers of a call to the identity it acts as.

The order of the checks is Dropbox's as far as its answers show it: token, kind of token for the
route, scope, select header, path root, and last the team's monthly limit.
"""

from collections.abc import Mapping

from dropally.simulator.auth.grants import AccessToken, Grant
from dropally.simulator.auth.identity import Identity
from dropally.simulator.auth.path_root import with_root
from dropally.simulator.auth.scopes import ACT_AS_SCOPE
from dropally.simulator.auth.token_endpoint import read_basic
from dropally.simulator.errors import AuthRefused, BadRequest, tagged
from dropally.simulator.routes_table import Route
from dropally.simulator.state.model import Member
from dropally.simulator.state.upload_quota import charge
from dropally.simulator.state.world import World

_SELECT_USER = "dropbox-api-select-user"
_SELECT_ADMIN = "dropbox-api-select-admin"

_SELECT_SOMEBODY = (
    "This API function operates on a single Dropbox account, but the OAuth 2 access token you "
    "provided is for an entire Dropbox Business team. Since your API app key has team member file "
    "access permissions, you can operate on a team member's Dropbox by providing the "
    '"Dropbox-API-Select-User" HTTP header or "select_user" URL parameter to specify the exact user'
)
_TEAM_ONLY = (
    "This is a DfB team management function. The OAuth 2 access token you provided is for a "
    "specific Dropbox user account and does not work with this function."
)
#: A team token revokes itself without acting as anybody.
_REVOKE = "auth/token/revoke"


def identify(headers: Mapping[str, str], route: Route, world: World) -> Identity:
    """Who calls, as whom, and from which root.

    Raises AuthRefused (401), AccessRefused (403), PathRootRefused (422) or BadRequest (400).
    """
    if "noauth" in route.auth:
        return Identity("noauth")
    authorization = headers.get("authorization")
    if authorization is None:
        raise _bad(route, 'Must provide HTTP header "Authorization".')
    if authorization.lower().startswith("basic "):
        return _identify_app(authorization, route, world)
    token, grant = _find_token(authorization, route, world)
    if grant.subject.kind == "team":
        identity = _identify_on_team(headers, route, token, grant, world)
        charge(world, route.name)
        return identity
    return _identify_person(headers, route, token, grant, world)


def _bad(route: Route, text: str) -> BadRequest:
    return BadRequest(f'Error in call to API function "{route.name}": {text}')


def _identify_app(authorization: str, route: Route, world: World) -> Identity:
    if "app" not in route.auth:
        raise _bad(route, "App authentication (key and secret) is not accepted here.")
    key, secret = read_basic(authorization) or ("", "")
    app = world.auth.apps.get(key)
    if app is None or not app.secret_matches(secret):
        raise _bad(route, "Invalid app key or app secret.")
    return Identity("app", token=key)


def _find_token(authorization: str, route: Route, world: World) -> tuple[AccessToken, Grant]:
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() != "bearer" or not value.strip():
        raise _bad(route, 'Invalid authorization value in HTTP header "Authorization".')
    found = world.auth.grants.find_access(value.strip())
    if found is None:
        raise AuthRefused(tagged("invalid_access_token"))
    token, grant = found
    if token.expired(world.clock.epoch_s()):
        raise AuthRefused(tagged("expired_access_token"))
    return token, grant


def _require(scope: str, token: AccessToken) -> None:
    if scope and scope not in token.scopes:
        raise AuthRefused(tagged("missing_scope", required_scope=scope))


def _identify_person(
    headers: Mapping[str, str], route: Route, token: AccessToken, grant: Grant, world: World
) -> Identity:
    if "user" not in route.auth:
        text = _TEAM_ONLY if "team" in route.auth else "Needs the app's key."
        raise _bad(route, text)
    if _SELECT_USER in headers or _SELECT_ADMIN in headers:
        raise _bad(route, "Unexpected select header: this access token is not for a team.")
    member = world.outsiders.get(grant.subject.id) or world.members.get(grant.subject.id)
    if member is None or member.status in ("removed", "invited"):
        raise AuthRefused(tagged("invalid_access_token"))
    if member.status == "suspended":
        raise AuthRefused(tagged("user_suspended"))
    _require(route.scope, token)
    identity = Identity("member", "", member, token.value, grant, token.scopes)
    return with_root(headers, route, identity, world)


def _identify_on_team(
    headers: Mapping[str, str], route: Route, token: AccessToken, grant: Grant, world: World
) -> Identity:
    user, admin = headers.get(_SELECT_USER), headers.get(_SELECT_ADMIN)
    if user is not None and admin is not None:
        raise _bad(route, "Select-User and Select-Admin cannot be used together.")
    if "user" not in route.auth:
        if user is not None or admin is not None:
            raise _bad(route, "Unexpected select header: this function works on the team.")
        _require(route.scope, token)
        return Identity("team", token=token.value, grant=grant, scopes=token.scopes)
    if user is None and admin is None:
        if route.name == _REVOKE:
            return Identity("team", token=token.value, grant=grant, scopes=token.scopes)
        raise _bad(route, _SELECT_SOMEBODY)
    _require(route.scope, token)
    _require(ACT_AS_SCOPE, token)
    member = (
        _selected_user(user, world) if user is not None else _selected_admin(admin, route, world)
    )
    identity = Identity(
        "member" if user is not None else "admin",
        "",
        member,
        token.value,
        grant,
        token.scopes,
        whole_team=admin is not None and route.select_admin_mode == "whole_team",
    )
    return with_root(headers, route, identity, world)


def _selected_user(member_id: str, world: World) -> Member:
    member = world.members.get(member_id)
    if member is None or member.status in ("removed", "invited"):
        raise AuthRefused(tagged("invalid_select_user"))
    if member.status == "suspended":
        raise AuthRefused(tagged("user_suspended"))
    return member


def _selected_admin(member_id: str | None, route: Route, world: World) -> Member:
    member = world.members.get(member_id or "")
    if member is None or not member.is_admin or member.status != "active":
        raise AuthRefused(tagged("invalid_select_admin"))
    if not route.select_admin_mode:
        raise _bad(route, "Unexpected select admin header: this function does not support it.")
    return member
