"""The one family of errors that an admin may see.

    DropallyError
    ├── UsageError          what was asked for makes no sense (bad flag, unknown key, bad date)
    ├── NotFoundError       the named thing does not exist
    ├── DeniedError         refused: wrong passphrase, missing scope, revoked link, read-only
    ├── ConflictError       the thing is not in the state that this needs (any more); carries a code
    ├── TryLaterError       would succeed later: rate limit, quota, another run active
    └── CancelledError      the admin (or shutdown) asked to stop

`store` has its own family (it could leave home); `jobs` and `cli` translate at the boundary.
A message names the cause, a hint names the next step; neither ever holds a secret.
"""


class DropallyError(Exception):
    """Something an admin must know. `str(error)` is the cause; `hint` is the next step."""

    def __init__(self, message: str, *, hint: str = "", retryable: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.retryable = retryable

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions cross process borders (work units run in executors); keywords must survive.
        return (_rebuild, (type(self), self.message, self.hint, self.retryable))


def _rebuild(kind: type[DropallyError], message: str, hint: str, retryable: bool) -> DropallyError:
    return kind(message, hint=hint, retryable=retryable)


class UsageError(DropallyError):
    """What was asked for makes no sense as asked."""


class NotFoundError(DropallyError):
    """The named thing does not exist."""


class DeniedError(DropallyError):
    """Refused: wrong secret, missing permission, revoked link, read-only place."""


class ConflictError(DropallyError):
    """What was asked for does not fit the state things are in; `code` says which state."""

    def __init__(self, code: str, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild_conflict, (self.code, self.message, self.hint))


def _rebuild_conflict(code: str, message: str, hint: str) -> ConflictError:
    return ConflictError(code, message, hint=hint)


class TryLaterError(DropallyError):
    """Would succeed later without anybody changing anything."""


class CancelledError(DropallyError):
    """Somebody asked for a stop; what was done so far is kept.

    Backups, restores and exports all go on where they were, wherever in them the stop was noticed:
    hence one hint for all.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "start it again: it goes on where it was",
        retryable: bool = True,
    ) -> None:
        super().__init__(message, hint=hint, retryable=retryable)
