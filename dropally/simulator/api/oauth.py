"""The OAuth pages under /oauth2/, wired to the world."""

from dropally.simulator.auth.authorize import decide_consent, show_consent
from dropally.simulator.auth.state import Login, LoginKind, SignIn
from dropally.simulator.auth.token_endpoint import exchange
from dropally.simulator.auth.web import WebAnswer
from dropally.simulator.routing import HttpRequest, HttpResponse, page
from dropally.simulator.state.model import Member
from dropally.simulator.state.world import World


@page("GET", "/oauth2/authorize")
def authorize(request: HttpRequest) -> HttpResponse:
    """The consent page."""
    world = request.world
    return _response(show_consent(request.query, world.auth, _sign_in(world)))


@page("POST", "/oauth2/authorize")
def decide(request: HttpRequest) -> HttpResponse:
    """Allow or deny."""
    world = request.world
    form = request.body.decode("utf-8", "replace")
    return _response(decide_consent(form, world.auth, _sign_in(world)))


@page("POST", "/oauth2/token")
def token(request: HttpRequest) -> HttpResponse:
    """Codes and refresh tokens in, access tokens out."""
    form = request.body.decode("utf-8", "replace") or request.query
    return _response(exchange(form, request.headers.get("authorization"), request.world.auth))


def _sign_in(world: World) -> SignIn:
    members = [_login(one, "member") for one in world.members.values() if one.status == "active"]
    members.sort(key=lambda login: not login.is_admin)
    outsiders = [_login(one, "personal") for one in world.outsiders.values()]
    return SignIn(world.team.team_id, world.team.name, (*members, *outsiders))


def _login(member: Member, kind: LoginKind) -> Login:
    return Login(
        kind=kind,
        id=member.member_id,
        account_id=member.account_id,
        email=member.email,
        display_name=member.display_name,
        is_admin=kind == "member" and member.is_admin,
    )


def _response(answer: WebAnswer) -> HttpResponse:
    headers = dict(answer.headers)
    content_type = headers.pop("content-type", "text/plain")
    return HttpResponse(answer.status, answer.body, content_type, headers)
