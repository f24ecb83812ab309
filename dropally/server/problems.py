"""From errors to HTTP answers, in one place: problem documents of RFC 9457."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.openapi.datastructures import ResponseSpec
from litestar.types import ExceptionHandlersMap, Send

from dropally.auth.audit import AuditBrokenError
from dropally.auth.errors import (
    FieldsError,
    ForbiddenError,
    LastAdministratorError,
    LinkEndedError,
    LockedOutError,
    SetupDoneError,
    SignInRefusedError,
    StateError,
)
from dropally.catalog.faults import (
    DatabaseBusyError,
    DatabaseDiskError,
    DatabaseFullError,
    DatabaseReadOnlyError,
)
from dropally.common.errors import (
    CancelledError,
    ConflictError,
    DeniedError,
    DropallyError,
    NotFoundError,
    TryLaterError,
    UsageError,
)
from dropally.recovery.downloads import DownloadEndedError
from dropally.server.exchange import exchange_of
from dropally.server.files import RangeError
from dropally.store import (
    AlreadyExistsError,
    BackendUnavailableError,
    NotARepositoryError,
    ObjectNotFoundError,
    ReadOnlyError,
    StoreError,
    WrongSecretError,
)
from dropally.store import ConflictError as StoreConflictError

CONTENT_TYPE = "application/problem+json"
_TRY_LATER_AFTER_S = 5
_log = structlog.get_logger("dropally.server")

# The first class that fits decides: children stand before their parents.
_STATUS: tuple[tuple[type[Exception], int, str], ...] = (
    (FieldsError, 422, "invalid_fields"),
    (SetupDoneError, 409, "setup_done"),
    (LastAdministratorError, 409, "last_administrator"),
    (StateError, 409, "wrong_state"),
    (ConflictError, 409, "conflict"),
    (UsageError, 400, "bad_request"),
    (DownloadEndedError, 410, "download_ended"),
    (LinkEndedError, 410, "link_ended"),
    (NotFoundError, 404, "not_found"),
    (AuditBrokenError, 409, "audit_broken"),
    (SignInRefusedError, 401, "sign_in_refused"),
    (ForbiddenError, 403, "forbidden"),
    (DeniedError, 403, "denied"),
    (LockedOutError, 429, "too_many_attempts"),
    (DatabaseFullError, 503, "disk_full"),
    (DatabaseReadOnlyError, 503, "disk_read_only"),
    (DatabaseDiskError, 503, "disk_failed"),
    (DatabaseBusyError, 503, "try_later"),
    (TryLaterError, 503, "try_later"),
    (CancelledError, 409, "canceled"),
    (RangeError, 416, "no_such_range"),
    (DropallyError, 500, "failed"),
    (AlreadyExistsError, 409, "already_exists"),
    (NotARepositoryError, 404, "no_repository"),
    (ObjectNotFoundError, 404, "not_found"),
    (WrongSecretError, 403, "wrong_secret"),
    (ReadOnlyError, 403, "read_only"),
    (BackendUnavailableError, 503, "storage_unreachable"),
    (StoreConflictError, 503, "try_later"),
    (StoreError, 500, "storage_failed"),
)

_FRAMEWORK_CODES = {
    400: "bad_request",
    401: "sign_in_refused",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "body_too_slow",
    412: "precondition_failed",
    413: "body_too_large",
    415: "unsupported_media_type",
    422: "unprocessable",
    428: "precondition_required",
    429: "too_many_requests",
}


class FieldProblem(msgspec.Struct, frozen=True):
    """What is wrong with one field or parameter."""

    field: str
    message: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """An error as the API tells it (RFC 9457). `code` is for programs, `hint` is the next step."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    hint: str = ""
    request_id: str = ""
    errors: list[FieldProblem] = []


def new_problem(
    status: int,
    code: str,
    detail: str,
    *,
    hint: str = "",
    request_id: str = "",
    errors: list[FieldProblem] | None = None,
) -> Problem:
    """A problem document; type and title follow from code and status."""
    return Problem(
        type=f"urn:dropally:problem:{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        hint=hint,
        request_id=request_id,
        errors=errors or [],
    )


def problem_of(error: DropallyError | StoreError) -> Problem:
    """The document for an error that people may see."""
    status, code = next(entry[1:] for entry in _STATUS if isinstance(error, entry[0]))
    code = getattr(error, "code", "") or code
    if code == "signed_out":
        status = 401
    fields = error.fields if isinstance(error, FieldsError) else []
    return new_problem(
        status,
        code,
        str(error),
        hint=error.hint,
        errors=[FieldProblem(name, message) for name, message in fields],
    )


def headers_of(error: Exception, status: int) -> dict[str, str]:
    """What the answer's headers add: when to come back, how to sign in."""
    if isinstance(error, LockedOutError):
        seconds = str(max(1, error.retry_after_s))
        return {"Retry-After": seconds, "RateLimit-Remaining": "0", "RateLimit-Reset": seconds}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return {"Retry-After": str(_TRY_LATER_AFTER_S)}
    if status == HTTPStatus.UNAUTHORIZED:
        return {"WWW-Authenticate": 'Bearer realm="Dropally"'}
    return {}


def _answer(problem: Problem, headers: Mapping[str, str]) -> Response[Problem]:
    return Response(
        problem,
        status_code=problem.status,
        media_type=CONTENT_TYPE,
        headers={"Cache-Control": "no-store", **headers},
    )


def _told(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    if not isinstance(error, DropallyError | StoreError):
        raise TypeError(f"{type(error).__name__} is not for people")
    problem = msgspec.structs.replace(
        problem_of(error), request_id=exchange_of(request.scope).request_id
    )
    if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.warning("request failed", code=problem.code, error=problem.detail)
    return _answer(problem, headers_of(error, problem.status))


def _refused(request: Request[Any, Any, Any], error: HTTPException) -> Response[Problem]:
    """What the framework refused: no such path or method, a body or parameter that does not fit."""
    status = error.status_code
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _unforeseen(request, error)
    found, code = _fields_of(error), _FRAMEWORK_CODES.get(status, "refused")
    if isinstance(error, ValidationException):
        is_body = any(source == "body" for source, _ in found)
        status = HTTPStatus.UNPROCESSABLE_ENTITY if is_body else HTTPStatus.BAD_REQUEST
        code = "invalid_fields" if is_body else "invalid_parameters"
    errors = [problem for _, problem in found]
    detail = "; ".join(f"{one.field}: {one.message}" for one in errors) or error.detail
    problem = new_problem(
        status, code, detail, request_id=exchange_of(request.scope).request_id, errors=errors
    )
    return _answer(problem, {**(error.headers or {}), **headers_of(error, status)})


def _fields_of(error: HTTPException) -> list[tuple[str, FieldProblem]]:
    if not isinstance(error, ValidationException) or not isinstance(error.extra, list):
        return []
    return [
        (
            str(getattr(entry.get("source"), "value", entry.get("source") or "body")),
            FieldProblem(str(entry.get("key", "")), str(entry.get("message", ""))),
        )
        for entry in error.extra
    ]


def _unforeseen(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """A mistake in this program: the log gets all of it, the client the id to look for."""
    request_id = exchange_of(request.scope).request_id
    _log.error("internal error", exc_info=error)
    problem = new_problem(
        500,
        "internal_error",
        "something went wrong inside Dropally",
        hint=f"look for {request_id} in the log, or send it to support",
        request_id=request_id,
    )
    return _answer(problem, {})


def _too_deep(request: Request[Any, Any, Any], _error: RecursionError) -> Response[Problem]:
    """The decoder gave up on a body of brackets within brackets."""
    problem = new_problem(
        400,
        "body_too_deep",
        "the body is nested too deeply",
        request_id=exchange_of(request.scope).request_id,
    )
    return _answer(problem, {})


def _out_of_range(request: Request[Any, Any, Any], _error: OverflowError) -> Response[Problem]:
    """A number that neither the database nor a date can hold."""
    problem = new_problem(
        400,
        "out_of_range",
        "a number or a date is out of range",
        request_id=exchange_of(request.scope).request_id,
    )
    return _answer(problem, {})


EXCEPTION_HANDLERS: ExceptionHandlersMap = {
    RecursionError: _too_deep,
    OverflowError: _out_of_range,
    DropallyError: _told,
    StoreError: _told,
    HTTPException: _refused,
    Exception: _unforeseen,
}


async def send_problem(send: Send, problem: Problem, headers: Mapping[str, str]) -> None:
    """Answer with a problem from a layer outside of the framework."""
    body = msgspec.json.encode(problem)
    lines = {
        "Content-Type": CONTENT_TYPE,
        "Content-Length": str(len(body)),
        "Cache-Control": "no-store",
        **headers,
    }
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in lines.items()]
    await send({"type": "http.response.start", "status": problem.status, "headers": raw})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def documented(*statuses: int) -> dict[int, Any]:
    """For a handler's `responses`: these statuses answer with a problem."""
    return {
        status: ResponseSpec(
            data_container=Problem,
            description=HTTPStatus(status).phrase,
            media_type=CONTENT_TYPE,
            generate_examples=False,
        )
        for status in statuses
    }
