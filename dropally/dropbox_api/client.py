"""One identity's SDK client: the SDK's wire format with our session, token and errors.

The SDK's own retries are off (it obeys no `Retry-After` header when the body has no figure, and
loops hot on a wait of 0), its token refresh is replaced (it has no lock), and every answer that
is no success becomes one of the exceptions in `answers`.
"""

import json
from typing import Any, cast

import dropbox
import msgspec
import requests

from dropally import __version__
from dropally.common.clock import Clock
from dropally.dropbox_api.answers import PassingTroubleError, raise_for_answer
from dropally.dropbox_api.identity import Identity
from dropally.dropbox_api.routes import Request
from dropally.dropbox_api.session import Answer, DropboxSession

# The SDK wants a token at birth; the real one is set before each call.
_NO_TOKEN_YET = "set before each call"  # noqa: S105  a placeholder, no secret


class IdentityClient(dropbox.Dropbox):
    """The SDK's client in one identity's name; threads may share it."""

    def __init__(self, identity: Identity, session: DropboxSession, clock: Clock) -> None:
        super().__init__(
            oauth2_access_token=_NO_TOKEN_YET,
            max_retries_on_error=0,
            max_retries_on_rate_limit=0,
            user_agent=f"Dropally/{__version__}",
            session=session,
            headers=identity.headers(),
        )
        self._clock = clock

    def send(self, request: Request, token: str) -> tuple[Any, Answer | None]:
        """Make the call once: its decoded result, and the open answer (None unless a download).

        Raises the exceptions of `answers`, RouteError, DeniedError and what urllib3 raises.
        """
        self._oauth2_access_token = token
        route = request.route
        result = self.request_json_string(
            route.host,
            route.path,
            route.style,
            # json escapes what is not ASCII: the argument may travel in a header.
            json.dumps(request.arg, separators=(",", ":")),
            route.auth,
            request.body,
            timeout=request.timeout_s,
            extra_headers=request.headers,
        )
        try:
            return msgspec.json.decode(result.obj_result), result.http_resp
        except msgspec.DecodeError as error:
            raise PassingTroubleError(f"{route.path} answered with broken JSON") from error

    def raise_dropbox_error_for_resp(self, res: requests.Response) -> None:
        """Called by the SDK for every answer."""
        answer = cast("Answer", res)  # what DropboxSession.post returns
        route = res.url.partition("/2/")[2]
        if 200 <= res.status_code <= 299:
            _check_kind(route, answer)
            return
        body = answer.read_whole()
        raise_for_answer(route, res.status_code, res.headers, body, self._clock.now())


def _check_kind(route: str, res: Answer) -> None:
    # A login page of a hotel or proxy is a success for HTTP.
    kind = res.headers.get("content-type")
    if "dropbox-api-result" in res.headers or kind == "application/json":
        return
    res.close()
    raise PassingTroubleError(f"{route} answered with {kind} where Dropbox answers with JSON")
