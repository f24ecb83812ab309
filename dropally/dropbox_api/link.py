"""Linking a team: a team admin opens a page of Dropbox, allows, and hands a code back.

OAuth 2 with PKCE and no app secret. Without a redirect address the admin copies the code; with one
(a listener on this machine) the browser brings it. Read permissions are asked for at first; those
to write only when somebody restores.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
import requests
from dropbox import oauth

from dropally.common.clock import Clock, SystemClock
from dropally.common.errors import DeniedError, DropallyError, TryLaterError, UsageError
from dropally.dropbox_api.connection import open_team
from dropally.dropbox_api.credentials import Credentials
from dropally.dropbox_api.gateway import NETWORK_ERRORS
from dropally.dropbox_api.scopes import Purpose, missing_scopes
from dropally.dropbox_api.session import DropboxSession, browser_url
from dropally.dropbox_api.settings import ConnectionSettings

_CSRF_KEY = "state"
_AGAIN = "Start again with `dropally connect`; a code works once and only for some minutes."


class PendingLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link that was begun. Holds a secret (`verifier`): keep it on the server's side."""

    url: str
    app_key: str
    verifier: str
    scopes: frozenset[str]
    already: frozenset[str] = frozenset()
    redirect_uri: str = ""
    state: str = ""

    def __repr__(self) -> str:
        return f"PendingLink(app_key={self.app_key!r}, secrets hidden)"

    def __rich_repr__(self) -> list[tuple[str, str]]:
        return [("app_key", self.app_key)]


def start_link(
    app_key: str,
    scopes: frozenset[str],
    settings: ConnectionSettings,
    redirect_uri: str | None = None,
    already: frozenset[str] = frozenset(),
) -> PendingLink:
    """Begin: show `url` to a team admin.

    `already`: scopes granted before, which are kept. Raises UsageError.
    """
    if not app_key:
        raise UsageError(
            "No Dropbox app key is set.",
            hint="Create an app in the Dropbox App Console and set [dropbox] app_key.",
        )
    asked = scopes | already
    common: dict[str, Any] = {
        "token_access_type": "offline",
        "scope": sorted(asked),
        "include_granted_scopes": "team" if already else None,
        "use_pkce": True,
    }
    held: dict[str, str] = {}
    if redirect_uri:
        flow = oauth.DropboxOAuth2Flow(app_key, redirect_uri, held, _CSRF_KEY, **common)
    else:
        flow = oauth.DropboxOAuth2FlowNoRedirect(app_key, **common)
    url = flow.start()
    flow.requests_session.close()
    return PendingLink(
        url=browser_url(url, settings),
        app_key=app_key,
        verifier=flow.code_verifier,
        scopes=asked,
        already=already,
        redirect_uri=redirect_uri or "",
        state=held.get(_CSRF_KEY, ""),
    )


def finish_link(
    pending: PendingLink,
    answer: str | Mapping[str, str],
    settings: ConnectionSettings,
    *,
    clock: Clock | None = None,
    expected_team_id: str = "",
    purpose: Purpose = "backup",
) -> Credentials:
    """Trade the pasted code, or the redirect's query, for the team's credentials.

    Raises DeniedError: not allowed by the admin, a used or wrong code, a personal account,
    another team than `expected_team_id`, scopes missing. Raises TryLaterError: no network.
    """
    clock = clock or SystemClock()
    with DropboxSession(settings) as session:
        result = _trade(pending, answer, session)
    if not str(result.account_id or "").startswith("dbtid:"):
        raise DeniedError(
            "This is a personal Dropbox account, not a Dropbox Business team.",
            hint="Sign in to Dropbox as an admin of the team, then link again.",
        )
    credentials = Credentials(
        app_key=pending.app_key,
        refresh_token=result.refresh_token or "",
        access_token=result.access_token,
        scopes=frozenset((result.scope or "").split()),
        team_id=result.account_id,
    )
    return identify(
        credentials, settings, clock=clock, expected_team_id=expected_team_id, purpose=purpose
    )


def identify(
    credentials: Credentials,
    settings: ConnectionSettings,
    *,
    clock: Clock | None = None,
    expected_team_id: str = "",
    purpose: Purpose = "backup",
) -> Credentials:
    """Check credentials against Dropbox and fill in the team and the admin they belong to.

    Raises DeniedError: not a team's, another team's, scopes missing (when they are known).
    """
    lacking = missing_scopes(credentials.scopes, purpose) if credentials.scopes else []
    if lacking:
        raise DeniedError(
            f"The link lacks permissions: {', '.join(lacking)}.",
            hint="Tick them in the Dropbox app's permissions, then link again.",
        )
    with open_team(credentials, settings, clock=clock or SystemClock()) as connection:
        profile = connection.describe()
        newest = connection.credentials
    if expected_team_id and profile.team_id != expected_team_id:
        raise DeniedError(
            f"This is the team {profile.name!r}, not the one this task protects.",
            hint="Sign in as an admin of the right team, or set up a task of its own.",
        )
    return msgspec.structs.replace(
        newest,
        team_id=profile.team_id,
        team_name=profile.name,
        admin_member_id=profile.admin_member_id,
    )


def _trade(pending: PendingLink, answer: str | Mapping[str, str], session: DropboxSession) -> Any:
    try:
        if isinstance(answer, str):
            flow = oauth.DropboxOAuth2FlowNoRedirect(pending.app_key, use_pkce=True)
            _borrow(flow, pending, session)
            return flow.finish(answer.strip())
        held = {_CSRF_KEY: pending.state}
        flow = oauth.DropboxOAuth2Flow(
            pending.app_key, pending.redirect_uri, held, _CSRF_KEY, use_pkce=True
        )
        _borrow(flow, pending, session)
        return flow.finish(answer)
    except oauth.NotApprovedException as error:
        raise DeniedError("The admin did not allow the link.", hint=_AGAIN) from error
    except (oauth.CsrfException, oauth.BadStateException, oauth.BadRequestException) as error:
        raise DeniedError("The answer does not belong to this link.", hint=_AGAIN) from error
    except oauth.ProviderException as error:
        raise DropallyError(f"Dropbox ended the link: {error}", hint=_AGAIN) from error
    except requests.HTTPError as error:
        raise _code_refused(error) from error
    except NETWORK_ERRORS as error:
        raise TryLaterError(
            f"Dropbox cannot be reached: {type(error).__name__}.",
            hint="Check the network and the proxy, then start the link again.",
            retryable=True,
        ) from error


def _borrow(flow: Any, pending: PendingLink, session: DropboxSession) -> None:
    # A flow makes a session of its own, which reads the environment.
    flow.requests_session.close()
    flow.requests_session = session
    flow.code_verifier = pending.verifier


def _code_refused(error: requests.HTTPError) -> DropallyError:
    status = error.response.status_code
    if status >= 500 or status == 429:
        return TryLaterError(
            f"Dropbox answered HTTP {status}.", hint="Try again in a minute.", retryable=True
        )
    try:
        words = str(error.response.json().get("error_description", ""))
    except (ValueError, AttributeError):
        words = ""
    return DeniedError(f"Dropbox did not take the code. {words}".strip(), hint=_AGAIN)
