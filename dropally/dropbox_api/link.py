"""Linking a team: a team admin opens a page of Dropbox, allows, and hands a code back.

OAuth 2 with PKCE and no app secret. Without a redirect address the admin copies the code; with one
(a listener on this machine) the browser brings it. Read permissions are asked for at first; those
to write only when somebody restores.
"""

from collections.abc import Mapping
from datetime import UTC
from typing import Any

import msgspec

from dropally.common.clock import Clock, SystemClock
from dropally.common.errors import DeniedError, UsageError
from dropally.dropbox_api.connection import open_team
from dropally.dropbox_api.credentials import Credentials
from dropally.dropbox_api.errors import NotATeamError
from dropally.dropbox_api.scopes import Purpose, missing_scopes
from dropally.dropbox_api.session import DropboxSession, browser_url
from dropally.dropbox_api.settings import ConnectionSettings


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
    # Here, because it loads the SDK: commands that never call should start at once.
    from dropally.dropbox_api import oauth_flow  # noqa: PLC0415

    asked = scopes | already
    url, verifier, state = oauth_flow.begin(
        app_key, asked, redirect_uri or "", keep_granted=bool(already)
    )
    return PendingLink(
        url=browser_url(url, settings),
        app_key=app_key,
        verifier=verifier,
        scopes=asked,
        already=already,
        redirect_uri=redirect_uri or "",
        state=state,
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
        raise NotATeamError(
            "This is a personal Dropbox account, not a Dropbox Business team.",
            hint="Sign in to Dropbox as an admin of the team, then link again.",
        )
    credentials = Credentials(
        app_key=pending.app_key,
        refresh_token=result.refresh_token or "",
        access_token=result.access_token,
        expires_at=result.expires_at and result.expires_at.replace(tzinfo=UTC),
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
    from dropally.dropbox_api import oauth_flow  # noqa: PLC0415  loads the SDK

    if isinstance(answer, str):
        return oauth_flow.trade_code(pending.app_key, pending.verifier, answer, session)
    return oauth_flow.trade_query(
        pending.app_key, pending.verifier, pending.redirect_uri, pending.state, answer, session
    )
