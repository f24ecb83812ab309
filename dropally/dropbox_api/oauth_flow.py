"""The SDK's own OAuth flows, with our session instead of theirs."""

from collections.abc import Mapping
from typing import Any

import requests
from dropbox import oauth

from dropally.common.errors import DeniedError, DropallyError, TryLaterError
from dropally.dropbox_api.answers import PassingTroubleError
from dropally.dropbox_api.attempts import NETWORK_ERRORS, network_trouble
from dropally.dropbox_api.session import DropboxSession

_CSRF_KEY = "state"
_AGAIN = "Open Dropbox's page again; a code works once and only for some minutes."


def begin(
    app_key: str, scopes: frozenset[str], redirect_uri: str, *, keep_granted: bool
) -> tuple[str, str, str]:
    """The address of Dropbox's page, the PKCE verifier, and the state ("" without redirect)."""
    common: dict[str, Any] = {
        "token_access_type": "offline",
        "scope": sorted(scopes),
        "include_granted_scopes": "team" if keep_granted else None,
        "use_pkce": True,
    }
    held: dict[str, str] = {}
    if redirect_uri:
        flow = oauth.DropboxOAuth2Flow(app_key, redirect_uri, held, _CSRF_KEY, **common)
    else:
        flow = oauth.DropboxOAuth2FlowNoRedirect(app_key, **common)
    url = flow.start()
    flow.requests_session.close()
    return url, flow.code_verifier, held.get(_CSRF_KEY, "")


def trade_code(app_key: str, verifier: str, code: str, session: DropboxSession) -> Any:
    """The SDK's result for a pasted code. Raises DeniedError, TryLaterError."""
    flow = oauth.DropboxOAuth2FlowNoRedirect(app_key, use_pkce=True)
    return _finish(flow, verifier, code.strip(), session)


def trade_query(
    app_key: str,
    verifier: str,
    redirect_uri: str,
    state: str,
    query: Mapping[str, str],
    session: DropboxSession,
) -> Any:
    """The SDK's result for the query that a redirect brought. Raises DeniedError, TryLaterError."""
    held = {_CSRF_KEY: state}
    flow = oauth.DropboxOAuth2Flow(app_key, redirect_uri, held, _CSRF_KEY, use_pkce=True)
    return _finish(flow, verifier, query, session)


def _finish(flow: Any, verifier: str, answer: object, session: DropboxSession) -> Any:
    # A flow makes a session of its own, which reads the environment.
    flow.requests_session.close()
    flow.requests_session = session
    flow.code_verifier = verifier
    try:
        return flow.finish(answer)
    except oauth.NotApprovedException as error:
        raise DeniedError("The admin did not allow the link.", hint=_AGAIN) from error
    except (oauth.CsrfException, oauth.BadStateException, oauth.BadRequestException) as error:
        raise DeniedError("The answer does not belong to this link.", hint=_AGAIN) from error
    except oauth.ProviderException as error:
        raise DropallyError(f"Dropbox ended the link: {error}", hint=_AGAIN) from error
    except requests.HTTPError as error:
        raise _code_refused(error) from error
    except (PassingTroubleError, *NETWORK_ERRORS) as error:
        raise TryLaterError(
            f"Dropbox cannot be reached: {network_trouble('linking', error)}.",
            hint="Check the network and the proxy, then start the link again.",
            retryable=True,
        ) from error


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
