"""Requests to an S3 bucket that its usual client does not make: signed, repeated, errors translated."""

import ssl
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import urlsplit
from xml.etree import ElementTree

import httpx

from dropally.store.backend.retrying import RetryPolicy
from dropally.store.backend.s3_signing import (
    S3Credentials,
    encode_path,
    encode_query,
    signed_headers,
)
from dropally.store.errors import (
    BackendUnavailableError,
    DamagedError,
    ObjectNotFoundError,
    ReadOnlyError,
    StoreError,
)

CONNECT_TIMEOUT_S = 15.0
ANSWER_TIMEOUT_S = 120.0
_REFUSED = {401, 403}
_MOST_CONNECTIONS = 16
_LONGEST_ANSWER = 16 << 20


class S3Calls:
    """One bucket. Safe for threads. Addresses are of the form host/bucket/key, which all know."""

    def __init__(
        self,
        endpoint: str,
        bucket: str,
        region: str,
        credentials: S3Credentials,
        *,
        location: str,
        now: Callable[[], datetime],
        wait: Callable[[float], bool] | None = None,
        policy: RetryPolicy | None = None,
    ) -> None:
        """`now` is the time in UTC. `wait` sleeps, and says True to whoever is to try no longer."""
        parts = urlsplit(endpoint)
        self.location = location
        self.made = 0
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._host = parts.netloc
        self._root = f"{parts.path.rstrip('/')}/{bucket}"
        self._bucket = bucket
        self._region = region
        self._credentials = credentials
        self._now = now
        self._wait = wait or threading.Event().wait
        self._policy = policy or RetryPolicy(attempts=5)
        self._counting = threading.Lock()
        self._client = httpx.Client(
            # The machine's own certificates, as the bucket's client uses them.
            verify=ssl.create_default_context(),
            timeout=httpx.Timeout(ANSWER_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
            limits=httpx.Limits(max_connections=_MOST_CONNECTIONS),
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def source_of(self, key: str, version: str) -> str:
        """How a copy names what it copies."""
        return f"/{self._bucket}/{encode_path(key)}?{encode_query({'versionId': version})}"

    def ask(
        self,
        method: str,
        key: str,
        query: Mapping[str, str],
        what: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """The answer to a request that S3 fulfilled; `what` is for messages. Tries again."""
        failures = 0
        while True:
            try:
                return self._ask_once(method, key, query, what, body, headers or {})
            except StoreError as error:
                failures += 1
                if not error.retryable or failures >= self._policy.attempts:
                    raise
                if self._wait(self._policy.wait_s(failures, 0.5)):
                    raise

    def _ask_once(
        self,
        method: str,
        key: str,
        query: Mapping[str, str],
        what: str,
        body: bytes,
        headers: Mapping[str, str],
    ) -> httpx.Response:
        path = f"{self._root}/{key}" if key else self._root
        signed = signed_headers(
            method,
            self._host,
            path,
            query,
            headers,
            body,
            credentials=self._credentials,
            region=self._region,
            now=self._now(),
        )
        address = f"{self._origin}{encode_path(path)}?{encode_query(query)}"
        with self._counting:
            self.made += 1
        try:
            answer = self._client.request(method, address, headers=signed, content=body)
        except httpx.HTTPError as error:
            raise BackendUnavailableError(
                f"cannot {what} in {self.location}: {type(error).__name__}",
                hint="Check the endpoint, the region and the network.",
            ) from None
        if answer.is_success:
            return answer
        raise self._error(answer, what)

    def _error(self, answer: httpx.Response, what: str) -> StoreError:
        code = _code_in(answer)
        message = f"cannot {what} in {self.location}: {answer.status_code} {code}".rstrip()
        if answer.status_code in _REFUSED:
            return ReadOnlyError(message, hint="Check the access key and what it may do.")
        if answer.status_code == httpx.codes.NOT_FOUND:
            return ObjectNotFoundError(message, hint="Check that the bucket exists.")
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            return BackendUnavailableError(message, hint="Try again later.")
        return StoreError(message, hint="See docs/object-lock.md for what the bucket must allow.")


def parsed(answer: httpx.Response, what: str) -> ElementTree.Element:
    """The answer's XML, names without their namespace. Raises `DamagedError`."""
    if len(answer.content) > _LONGEST_ANSWER:
        raise DamagedError(f"the answer to {what} is too long")
    try:
        root = ElementTree.fromstring(answer.content)  # noqa: S314 - expat bounds entities since 2.4
    except ElementTree.ParseError as error:
        raise DamagedError(f"the answer to {what} is no XML: {error}") from error
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def _code_in(answer: httpx.Response) -> str:
    """S3's own word for what is wrong."""
    try:
        return parsed(answer, "the request").findtext("Code", "")
    except DamagedError:
        return ""
