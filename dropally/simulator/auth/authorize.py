"""The consent page at /oauth2/authorize: who may sign in, what is asked, allow or deny."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit, urlunsplit

from dropally.simulator.auth import pages
from dropally.simulator.auth.apps import App
from dropally.simulator.auth.grants import Subject
from dropally.simulator.auth.pkce import Challenge, ChallengeError, read_challenge
from dropally.simulator.auth.scopes import ScopeError, needs_team, settle_request
from dropally.simulator.auth.state import AuthState, Login, SignIn
from dropally.simulator.auth.web import WebAnswer, page_answer, read_form, redirect_answer
from dropally.simulator.state.tables import Table

_ACCESS_TYPES = frozenset({"online", "offline", "legacy"})
_GRANTED_TYPES = frozenset({"user", "team"})


class AuthorizeError(ValueError):
    """The link is wrong; shown on a page, never sent to the redirect URI."""


@dataclass(frozen=True)
class AuthorizeRequest:
    """A valid authorisation link."""

    app: App
    scopes: frozenset[str]
    offline: bool
    redirect_uri: str | None
    state: str | None
    challenge: Challenge | None
    add_granted: bool

    @property
    def for_team(self) -> bool:
        """Whether the whole team is being linked, which only an admin can do."""
        return needs_team(self.scopes)


def read_authorize_request(query: Mapping[str, str], apps: Table[App]) -> AuthorizeRequest:
    """Check an authorisation link. Raises AuthorizeError."""
    app = apps.get(query.get("client_id", ""))
    if app is None:
        raise AuthorizeError("client_id: there is no app with this key")
    if query.get("response_type") != "code":
        raise AuthorizeError("response_type: must be 'code'")
    redirect_uri = query.get("redirect_uri") or None
    if redirect_uri is not None and redirect_uri not in app.redirect_uris:
        raise AuthorizeError("redirect_uri: not registered for this app")
    access_type = query.get("token_access_type", "online")
    if access_type not in _ACCESS_TYPES:
        raise AuthorizeError("token_access_type: must be online or offline")
    granted = query.get("include_granted_scopes")
    if granted is not None and granted not in _GRANTED_TYPES:
        raise AuthorizeError("include_granted_scopes: must be user or team")
    try:
        scopes = settle_request(query.get("scope"), app.scopes)
        challenge = read_challenge(query.get("code_challenge"), query.get("code_challenge_method"))
    except (ScopeError, ChallengeError) as error:
        raise AuthorizeError(str(error)) from error
    return AuthorizeRequest(
        app=app,
        scopes=scopes,
        offline=access_type == "offline",
        redirect_uri=redirect_uri,
        state=query.get("state"),
        challenge=challenge,
        add_granted=granted is not None,
    )


def show_consent(query: str, auth: AuthState, sign_in: SignIn) -> WebAnswer:
    """GET: the page that asks who is signing in and whether to allow the app."""
    try:
        request = read_authorize_request(read_form(query), auth.apps)
    except AuthorizeError as error:
        return page_answer(400, pages.refused_page(str(error)))
    return page_answer(200, _consent_page(query, request, sign_in))


def decide_consent(form: str, auth: AuthState, sign_in: SignIn) -> WebAnswer:
    """POST: what the person chose; hands out the code, or sends the refusal back."""
    fields = read_form(form)
    query = fields.get("request", "")
    try:
        request = read_authorize_request(read_form(query), auth.apps)
    except AuthorizeError as error:
        return page_answer(400, pages.refused_page(str(error)))
    if fields.get("decision") != "allow":
        return _denied(request)
    login = next((one for one in sign_in.logins if one.id == fields.get("login")), None)
    if login is None:
        return page_answer(
            400, _consent_page(query, request, sign_in, problem="Choose who signs in.")
        )
    if request.for_team and not login.is_admin:
        return page_answer(
            403,
            _consent_page(
                query, request, sign_in, problem="Only a team admin can connect this app."
            ),
        )
    return _allowed(auth, request, sign_in, login)


def _consent_page(
    query: str,
    request: AuthorizeRequest,
    sign_in: SignIn,
    *,
    problem: str = "",
) -> str:
    return pages.consent_page(
        query=query,
        app_name=request.app.name,
        scopes=sorted(request.scopes),
        target=f"the team {sign_in.team_name}" if request.for_team else "your account",
        logins=sign_in.logins,
        problem=problem,
    )


def _denied(request: AuthorizeRequest) -> WebAnswer:
    if request.redirect_uri is None:
        return page_answer(200, pages.denied_page(request.app.name))
    reply = {
        "error": "access_denied",
        "error_description": "The user chose not to give the app access to the account.",
    }
    return redirect_answer(_with_query(request.redirect_uri, reply, request.state))


def _allowed(
    auth: AuthState, request: AuthorizeRequest, sign_in: SignIn, login: Login
) -> WebAnswer:
    subject = (
        Subject("team", login.id, sign_in.team_id)
        if request.for_team
        else Subject(login.kind, login.id, login.account_id)
    )
    scopes = request.scopes
    if request.add_granted:
        scopes |= _granted_before(auth, request, subject)
    code = auth.codes.issue(
        request.app.app_key,
        subject,
        scopes,
        offline=request.offline,
        redirect_uri=request.redirect_uri,
        challenge=request.challenge,
    )
    if request.redirect_uri is None:
        return page_answer(200, pages.code_page(request.app.name, code.value))
    return redirect_answer(_with_query(request.redirect_uri, {"code": code.value}, request.state))


def _granted_before(auth: AuthState, request: AuthorizeRequest, subject: Subject) -> frozenset[str]:
    """What this team (whichever admin linked it) or this person gave the app earlier."""
    granted: frozenset[str] = frozenset()
    for grant in auth.grants.grants_of(request.app.app_key, subject.kind):
        if subject.kind == "team" or grant.subject == subject:
            granted |= grant.scopes
    return granted


def _with_query(uri: str, reply: Mapping[str, str], state: str | None) -> str:
    parts = urlsplit(uri)
    added = urlencode({**reply, **({"state": state} if state is not None else {})})
    query = f"{parts.query}&{added}" if parts.query else added
    return urlunsplit(parts._replace(query=query))
