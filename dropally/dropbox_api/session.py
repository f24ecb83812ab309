"""The HTTP session under the SDK: the SDK asks for a `requests.Session`, this one is leaner.

It posts over our own lines, reads nothing from the environment (which could override certificates
and proxies), and follows no redirects. The answers are `requests.Response` objects.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Protocol
from urllib.parse import urlencode, urlsplit

import requests

from dropally.dropbox_api.http_body import Body
from dropally.dropbox_api.http_line import Head
from dropally.dropbox_api.http_pool import ConnectionPool, address_of
from dropally.dropbox_api.settings import ConnectionSettings, check_settings

_FORM = "application/x-www-form-urlencoded"


class StartRefusedError(Exception):
    """A wait was asked for between the turn and the call: nothing was sent."""


class StartGate(Protocol):
    """Asked once more right before a call is sent."""

    def may_start(self) -> bool:
        """False: do not send."""
        ...


class _CallOfThread(threading.local):
    gate: StartGate | None = None
    cancelled: threading.Event | None = None


class Answer(requests.Response):
    """A response as the SDK reads it, without the parts nobody here uses (cookies, history)."""

    def __init__(self, head: Head, body: Body, url: str, *, stream: bool) -> None:
        # Deliberately not calling super().__init__: it builds a cookie jar for each answer.
        self.raw = self._body = body
        self.status_code = head.status
        self.reason = head.reason
        self.headers = head.headers  # type: ignore[assignment]  # all that is asked is lower case
        self.encoding = "utf-8"
        self.url = url
        self.history = []
        # What requests itself puts here before the body is read.
        self._content = False  # type: ignore[assignment]
        self._content_consumed = False
        if not stream:
            self.read_whole()

    @property
    def held_s(self) -> float:
        """How long a limit of the line held it back so far, which is no fault of the other side."""
        return self._body.held_s

    def read_whole(self) -> bytes:
        """Read the body to its end and hand the connection back."""
        if not self._content_consumed:
            try:
                self._content = self.raw.read()
            finally:
                self.raw.close()
            self._content_consumed = True
        return self._content or b""

    def close(self) -> None:
        """Give up what was not read."""
        self.raw.close()


class DropboxSession(requests.Session):
    """Connections to Dropbox (or to the server named by `api_url`), kept open and shared."""

    def __init__(self, settings: ConnectionSettings) -> None:
        check_settings(settings)
        super().__init__()
        self.trust_env = False
        self._api_address = address_of(settings.api_url) if settings.api_url else None
        self._pool = ConnectionPool(settings)
        self._call = _CallOfThread()

    @contextmanager
    def calling(self, cancelled: threading.Event, gate: StartGate | None = None) -> Iterator[None]:
        """Say for this thread's posts within the block what ends waits and what lets them start.

        `gate` is asked right before a call is sent.
        """
        self._call.cancelled, self._call.gate = cancelled, gate
        try:
            yield
        finally:
            self._call.cancelled = self._call.gate = None

    def post(  # type: ignore[override]  # only what the SDK passes
        self,
        url: str,
        data: bytes | str | Mapping[str, str] | None = None,
        json: None = None,
        *,
        headers: Mapping[str, str] | None = None,
        stream: bool = False,
        timeout: float = 100.0,
    ) -> requests.Response:
        """POST and return the answer; the body stays unread if `stream` and it is a success.

        `timeout`: seconds without a byte moving. Raises OSError for troubles on the way,
        UnreachableError if no connection came about, CancelledError, StartRefusedError.
        """
        sent = dict(headers or {})
        if isinstance(data, Mapping):
            sent["Content-Type"] = _FORM
            data = urlencode(data)
        sent["Accept-Encoding"] = "identity" if stream else "gzip"
        parts = urlsplit(url)
        address = self._api_address or address_of(f"https://{parts.netloc}")
        line = self._pool.take(address)
        end = partial(self._pool.done, address, line)
        try:
            self._ask_gate()
            line.cancelled, line.timeout_s = self._call.cancelled, timeout
            target = f"{parts.path}?{parts.query}" if parts.query else parts.path
            body = data.encode() if isinstance(data, str) else data
            line.request("POST", target, address.host_header, sent, body)
            head = line.read_head()
            answer_body = Body(line, head, end)
        except BaseException as error:
            end(isinstance(error, StartRefusedError))
            raise
        return Answer(head, answer_body, url, stream=stream and head.status < 300)

    def _ask_gate(self) -> None:
        gate = self._call.gate
        if gate is not None and not gate.may_start():
            raise StartRefusedError

    def close(self) -> None:
        """Close every connection."""
        super().close()
        self._pool.close()


def browser_url(url: str, settings: ConnectionSettings) -> str:
    """The address of one of Dropbox's pages, on the server that `api_url` names if any."""
    if not settings.api_url:
        return url
    parts = urlsplit(url)
    return f"{settings.api_url.rstrip('/')}{parts.path}?{parts.query}"
