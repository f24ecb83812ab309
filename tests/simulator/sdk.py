"""The unmodified Dropbox SDK, pointed at a simulator through its session."""

from typing import Any
from urllib.parse import urlsplit

import dropbox
import requests
from requests.adapters import HTTPAdapter


class RewriteAdapter(HTTPAdapter):
    """Sends whatever is meant for a Dropbox host to the simulator's plain-HTTP face."""

    def __init__(self, http_url: str) -> None:
        super().__init__(pool_maxsize=32)
        self._http_url = http_url

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> Any:
        url = urlsplit(str(request.url))
        query = f"?{url.query}" if url.query else ""
        request.url = f"{self._http_url}{url.path}{query}"
        return super().send(request, *args, **kwargs)


def session_for(http_url: str) -> requests.Session:
    """A requests session that every SDK object can use; close it."""
    session = requests.Session()
    session.trust_env = False
    session.mount("https://", RewriteAdapter(http_url))
    return session


def client(session: requests.Session, token: str, **headers: str) -> dropbox.Dropbox:
    """An SDK client without the SDK's own retries, so that tests see every answer."""
    return dropbox.Dropbox(
        token,
        session=session,
        headers=headers or None,
        max_retries_on_error=0,
        max_retries_on_rate_limit=0,
    )
