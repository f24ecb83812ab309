"""From errors to exit codes, in one place."""

import sys

import msgspec

from dropally.common.errors import (
    CancelledError,
    DeniedError,
    DropallyError,
    NotFoundError,
    TryLaterError,
    UsageError,
)
from dropally.store import (
    AlreadyExistsError,
    BackendUnavailableError,
    ConflictError,
    NotARepositoryError,
    ObjectNotFoundError,
    ReadOnlyError,
    StoreError,
    WrongSecretError,
)

OK, FAILED, USAGE, PARTIAL, NOT_FOUND, DENIED, TRY_LATER = 0, 1, 2, 3, 4, 5, 75

_CODES: list[tuple[type[Exception], int]] = [
    (UsageError, USAGE),
    (NotFoundError, NOT_FOUND),
    (DeniedError, DENIED),
    (TryLaterError, TRY_LATER),
    (CancelledError, FAILED),
    (AlreadyExistsError, USAGE),
    (NotARepositoryError, NOT_FOUND),
    (ObjectNotFoundError, NOT_FOUND),
    (WrongSecretError, DENIED),
    (ReadOnlyError, DENIED),
    (BackendUnavailableError, TRY_LATER),
    (ConflictError, TRY_LATER),
]


def exit_code(error: DropallyError | StoreError) -> int:
    """The process's answer for an error."""
    for kind, code in _CODES:
        if isinstance(error, kind):
            return code
    return FAILED


def report_error(error: Exception, *, as_json: bool) -> int | None:
    """Say what went wrong and what to do next; return the exit code.

    None for an error that no admin is meant to see: it is a mistake in this program.
    """
    if not isinstance(error, DropallyError | StoreError):
        return None
    code = exit_code(error)
    if as_json:
        problem = {
            "error": str(error),
            "hint": error.hint,
            "code": getattr(error, "code", ""),
            "exit_code": code,
        }
        sys.stdout.write(msgspec.json.encode(problem).decode() + "\n")
    sys.stderr.write(f"dropally: {error}\n")
    if error.hint:
        sys.stderr.write(f"  next: {error.hint}\n")
    return code
