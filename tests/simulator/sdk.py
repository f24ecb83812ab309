"""The unmodified Dropbox SDK, pointed at a simulator on loopback."""

from typing import Any
from urllib.parse import urlsplit

import dropbox
import requests
from requests.adapters import HTTPAdapter


class LoopbackAdapter(HTTPAdapter):
    """Sends what is meant for Dropbox's hosts to one plain-HTTP address."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        super().__init__()

    def send(  # type: ignore[override]  # every argument is passed on as it came
        self, request: requests.PreparedRequest, **options: Any
    ) -> requests.Response:
        """Send to the same path and query, but at the loopback address."""
        parts = urlsplit(str(request.url))
        query = f"?{parts.query}" if parts.query else ""
        request.url = f"{self._base_url}{parts.path}{query}"
        return super().send(request, **options)


def loopback_session(base_url: str) -> requests.Session:
    """A session whose https calls all go to the simulator."""
    session = requests.Session()
    session.trust_env = False
    session.mount("https://", LoopbackAdapter(base_url))
    return session


def team_client(session: requests.Session, token: str | None, **options: Any) -> Any:
    """`DropboxTeam` over the session."""
    return dropbox.DropboxTeam(token, session=session, **_eager(options))


def user_client(session: requests.Session, token: str, **options: Any) -> Any:
    """`Dropbox` over the session; `headers` takes select headers and path roots."""
    return dropbox.Dropbox(token, session=session, **_eager(options))


def _eager(options: dict[str, Any]) -> dict[str, Any]:
    """Let refusals through at once: the SDK would wait and repeat."""
    return {"max_retries_on_error": 0, "max_retries_on_rate_limit": 0, **options}
