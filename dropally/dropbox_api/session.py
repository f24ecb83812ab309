"""The HTTP session under the SDK: the SDK asks for a `requests.Session`, this one is leaner.

`requests` spends more time on a small call than the network does, and lets environment variables
override certificates and proxies. This session posts through urllib3 directly, reads nothing from
the environment, and follows no redirects. The answers are `requests.Response` objects.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import local
from typing import Protocol
from urllib.parse import urlencode, urlsplit

import requests
import urllib3

from dropally.dropbox_api.http_pool import open_pools
from dropally.dropbox_api.settings import ConnectionSettings, check_settings

_FORM = "application/x-www-form-urlencoded"


class StartRefusedError(Exception):
    """A wait was asked for between the turn and the call: nothing was sent."""


class StartGate(Protocol):
    """Asked once more right before a call is sent."""

    def may_start(self) -> bool:
        """False: do not send."""
        ...


class Answer(requests.Response):
    """A response as the SDK reads it, without the parts nobody here uses (cookies, history)."""

    def __init__(self, raw: urllib3.BaseHTTPResponse, url: str, *, stream: bool) -> None:
        # Deliberately not calling super().__init__: it builds a cookie jar for each answer.
        self.raw = raw
        self.status_code = raw.status
        self.reason = raw.reason or ""
        self.headers = raw.headers  # type: ignore[assignment]  # case-insensitive as well
        self.encoding = "utf-8"
        self.url = url
        self.history = []
        self._next = None
        # What requests itself puts here before the body is read.
        self._content = False  # type: ignore[assignment]
        self._content_consumed = False
        if not stream:
            self.read_whole()

    def read_whole(self) -> bytes:
        """Read the body to its end and hand the connection back."""
        if not self._content_consumed:
            self._content = self.raw.read()
            self._content_consumed = True
            self.raw.release_conn()
        return self._content or b""


class DropboxSession(requests.Session):
    """Connections to Dropbox (or to the server named by `api_url`), kept open and shared."""

    def __init__(self, settings: ConnectionSettings) -> None:
        check_settings(settings)
        super().__init__()
        self.trust_env = False
        self._api_url = settings.api_url.rstrip("/")
        self._connections = open_pools(settings)
        self._pools: dict[str, urllib3.HTTPConnectionPool] = {}
        self._gate = local()

    @contextmanager
    def gated(self, gate: StartGate) -> Iterator[None]:
        """Within the block this thread's posts ask `gate` right before they are sent."""
        self._gate.gate = gate
        try:
            yield
        finally:
            self._gate.gate = None

    def post(  # type: ignore[override]  # only what the SDK passes
        self,
        url: str,
        data: bytes | str | Mapping[str, str] | None = None,
        json: None = None,
        *,
        headers: Mapping[str, str] | None = None,
        stream: bool = False,
        timeout: urllib3.Timeout | float | None = None,
    ) -> requests.Response:
        """POST and return the answer; the body stays unread if `stream` and it is a success.

        Raises urllib3's exceptions as they are; `gateway` translates them.
        """
        pool, path = self._target(url)
        sent = dict(headers or {})
        if isinstance(data, Mapping):
            sent["Content-Type"] = _FORM
            data = urlencode(data)
        if not stream:
            sent["Accept-Encoding"] = "gzip"
        gate = getattr(self._gate, "gate", None)
        if gate is not None and not gate.may_start():
            raise StartRefusedError
        raw = pool.urlopen(
            "POST",
            path,
            body=data.encode() if isinstance(data, str) else data,
            headers=sent,
            retries=False,
            redirect=False,
            timeout=timeout,
            preload_content=False,
        )
        return Answer(raw, url, stream=stream and raw.status < 300)

    def close(self) -> None:
        """Close every connection."""
        super().close()
        self._connections.clear()
        self._pools.clear()

    def _target(self, url: str) -> tuple[urllib3.HTTPConnectionPool, str]:
        parts = urlsplit(url)
        base = self._api_url or f"https://{parts.netloc}"
        pool = self._pools.get(base)
        if pool is None:
            pool = self._pools.setdefault(base, self._connections.connection_from_url(base))
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        return pool, path


def browser_url(url: str, settings: ConnectionSettings) -> str:
    """The address of one of Dropbox's pages, on the server that `api_url` names if any."""
    if not settings.api_url:
        return url
    parts = urlsplit(url)
    return f"{settings.api_url.rstrip('/')}{parts.path}?{parts.query}"
