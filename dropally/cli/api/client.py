"""Asking the API, and what its problems become here."""

import secrets
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import httpx

from dropally.common.errors import (
    DeniedError,
    DropallyError,
    NotFoundError,
    TryLaterError,
    UsageError,
)

API = "/api/v1"
LARGEST_PAGE = 500
_KINDS: dict[int, type[DropallyError]] = {
    400: UsageError,
    401: DeniedError,
    403: DeniedError,
    404: NotFoundError,
    409: UsageError,
    410: NotFoundError,
    412: TryLaterError,
    422: UsageError,
    428: UsageError,
    429: TryLaterError,
    503: TryLaterError,
}
JsonBody = Mapping[str, Any]
# A stream may be silent for as long as a heartbeat takes, with time to spare.
_PATIENT = httpx.Timeout(60.0, connect=10.0)
_AFTER_SENDING = (httpx.ReadError, httpx.ReadTimeout, httpx.RemoteProtocolError)


class LostAnswerError(TryLaterError):
    """The request was sent, and no answer came: nobody knows whether it was done."""


class ApiProblemError(DropallyError):
    """A problem that no other class stands for; `code` is what the API says to programs."""


class ApiClient:
    """An open way to the API. Every method raises DropallyError with the API's cause and hint."""

    def __init__(self, http: httpx.Client, where: str, *, starts_jobs: bool = True) -> None:
        """`where` names the server for people; `starts_jobs`: somebody works off what is queued."""
        self.where = where
        self.starts_jobs = starts_jobs
        self._http = http

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: JsonBody | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The answer as JSON; None for an empty one."""
        answer = self._send(method, path, query=query, body=body, headers=headers)
        return answer.json() if answer.content else None

    def start(self, path: str, body: JsonBody | None) -> Any:
        """Ask for work. Where the answer got lost, it is asked for once more, not started twice."""
        headers = {"Idempotency-Key": secrets.token_urlsafe(16)}
        try:
            return self.ask("POST", path, body=body, headers=headers)
        except LostAnswerError:
            return self.ask("POST", path, body=body, headers=headers)

    def change(self, path: str, body: JsonBody, merges: Sequence[str] = ()) -> Any:
        """PATCH something as it is now: it is read first, with its ETag.

        `merges`: objects in the body that the API replaces whole; fields that are not given stay.
        """
        answer = self._send("GET", path)
        now = answer.json()
        merged = {key: {**now[key], **body[key]} for key in merges if key in body}
        headers = {"If-Match": answer.headers.get("etag", "*")}
        return self.ask("PATCH", path, body={**body, **merged}, headers=headers)

    def pages(
        self, path: str, query: Mapping[str, Any] | None = None, limit: int = 0
    ) -> Iterator[Any]:
        """The rows of a list, page by page; all of them when `limit` is 0."""
        left, cursor = limit, ""
        while True:
            size = min(left, LARGEST_PAGE) if limit else LARGEST_PAGE
            page = self.ask("GET", path, query={**(query or {}), "limit": size, "cursor": cursor})
            yield from page["items"]
            left -= len(page["items"])
            cursor = page["next_cursor"] or ""
            if not cursor or (limit and left <= 0):
                return

    @contextmanager
    def stream(
        self,
        path: str,
        *,
        method: str = "GET",
        query: Mapping[str, Any] | None = None,
        body: JsonBody | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[httpx.Response]:
        """A long answer; read it with `iter_bytes` or `iter_lines`."""
        try:
            with self._http.stream(
                method,
                API + path,
                params=_given(query),
                json=body or None,
                headers=dict(headers or {}),
                timeout=_PATIENT,
            ) as answer:
                if answer.is_error:
                    answer.read()
                    raise problem_of(answer)
                yield answer
        except httpx.TransportError as error:
            raise self._unreachable(error) from error

    def _send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: JsonBody | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        try:
            answer = self._http.request(
                method,
                API + path,
                params=_given(query),
                json=body,
                headers=dict(headers or {}),
            )
        except httpx.TransportError as error:
            raise self._unreachable(error) from error
        if answer.is_error:
            raise problem_of(answer)
        return answer

    def _unreachable(self, error: httpx.TransportError) -> DropallyError:
        if isinstance(error.__cause__, ssl.SSLCertVerificationError) or "CERTIFICATE" in str(error):
            return DeniedError(
                f"{self.where} shows a certificate that is not trusted: {error}",
                hint="name it by --trust: its file, or the SHA-256 that `dropally serve` prints",
            )
        kind = LostAnswerError if isinstance(error, _AFTER_SENDING) else TryLaterError
        return kind(
            f"{self.where} cannot be reached: {str(error) or type(error).__name__}",
            hint="is `dropally serve` running there, and are address and certificate right?",
            retryable=True,
        )


def _given(query: Mapping[str, Any] | None) -> dict[str, Any]:
    """What was given of a query: nothing is asked for by an empty value."""
    return {key: value for key, value in (query or {}).items() if value not in (None, "", [], ())}


def problem_of(answer: httpx.Response) -> DropallyError:
    """The error that a problem document stands for."""
    try:
        problem = answer.json()
        cause, hint, code = problem["detail"], problem.get("hint", ""), problem.get("code", "")
    except (ValueError, KeyError, TypeError):
        cause, hint, code = f"the answer was {answer.status_code} {answer.reason_phrase}", "", ""
    kind = _KINDS.get(answer.status_code, ApiProblemError)
    error = kind(cause, hint=hint)
    error.code = code  # type: ignore[attr-defined]  # told by --json
    return error
