"""What can go wrong with Dropbox, said once.

DropallyError
├── ItemFailure            one file or folder cannot be had; the run goes on
├── RouteError             Dropbox refused one call with a tag (HTTP 409)
├── CursorResetError       a cursor is of no more use: list anew
├── AnswerLostError        a write may or may not have happened
├── TryLaterError          rate limit, quota, network down
│   ├── NoConnectionError      the network does not lead to Dropbox
│   ├── StillLimitedError      Dropbox goes on asking for a wait
│   ├── TooManyRetriesError    one call failed again and again
│   └── QuotaUsedUpError   the month's uploads through the API are used up
└── DeniedError            whatever an admin has to allow first
    ├── LinkRevokedError       somebody removed the app from the team
    ├── LinkExpiredError       a link that cannot renew itself has ended
    ├── MissingScopeError      the link lacks a permission
    ├── NotATeamError          the link is that of a personal account
    ├── CertificateError       what answers cannot prove to be Dropbox
    └── IdentityRefusedError   this member's name does not open that door; another's may
"""

from typing import Any, ClassVar, Literal

from dropally.common.errors import DeniedError, DropallyError, TryLaterError

FailureReason = Literal[
    "restricted_content",
    "unsupported",
    "vanished",
    "no_permission",
    "too_many_retries",
    "mismatch",
    "export_failed",
    "conflict",
    "bad_name",
    "no_space",
    "refused",
]

_HINTS: dict[FailureReason, str] = {
    "restricted_content": (
        "Dropbox blocks this content (often a copyright claim). Its owner can ask Dropbox to "
        "lift the block; it is tried again with the next run."
    ),
    "unsupported": "Dropbox offers no bytes for this kind of file; nothing can be done here.",
    "vanished": "It was deleted or moved meanwhile; the next run sees where it went.",
    "no_permission": "Give the member or the app access to it, or take it out of the task.",
    "too_many_retries": "It is tried again with the next run.",
    "mismatch": "The bytes that came were not the ones Dropbox promised; it is tried again.",
    "export_failed": "Dropbox could not make the document's export now; it is tried again.",
    "conflict": "Something else is in that place; restore to a new folder, or allow renaming.",
    "bad_name": "Dropbox does not take this name; restore it under another one.",
    "no_space": "Free space in the target account, or restore elsewhere.",
    "refused": "It is tried again with the next run.",
}


def explain_failure(reason: str) -> str:
    """What a failure's reason means to an admin, and what to do; "" for an unknown reason."""
    return {str(known): hint for known, hint in _HINTS.items()}.get(reason, "")


class ItemFailure(DropallyError):  # noqa: N818  it is one item's outcome, not the run's error
    """One item cannot be read or written. `reason` is for programs, `detail` for people."""

    def __init__(
        self, reason: FailureReason, detail: str, hint: str = "", *, retryable: bool = False
    ) -> None:
        super().__init__(detail, hint=hint or _HINTS[reason], retryable=retryable)
        self.reason: FailureReason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild_failure, (self.reason, self.detail, self.hint, self.retryable))


def _rebuild_failure(reason: FailureReason, detail: str, hint: str, retryable: bool) -> ItemFailure:
    return ItemFailure(reason, detail, hint, retryable=retryable)


class RouteError(DropallyError):
    """Dropbox refused one call, with its own words: `tag` such as "path/not_found".

    `error` is the error as Dropbox sent it.
    """

    def __init__(self, route: str, error: Any, user_message: str = "") -> None:
        self.route = route
        self.error = error
        self.user_message = user_message
        self.tag = tag_path(error)
        said = f" ({user_message})" if user_message else ""
        super().__init__(f"Dropbox refused {route}: {self.tag}{said}.")

    def __reduce__(self) -> tuple[object, ...]:
        return (RouteError, (self.route, self.error, self.user_message))


class CursorResetError(DropallyError):
    """The cursor has expired or belongs to somebody who may no longer look: list anew."""


class AnswerLostError(DropallyError):
    """A write was sent and no answer came: it may or may not have happened."""


class QuotaUsedUpError(TryLaterError):
    """The team's monthly allowance of uploads through the API is used up."""


class TooManyRetriesError(TryLaterError):
    """One call failed again and again although Dropbox can be reached."""


class NoConnectionError(TryLaterError):
    """The network, the proxy or a firewall keeps Dropbox out of reach."""


class StillLimitedError(TryLaterError):
    """Dropbox asked for a wait again and again."""


class LinkRevokedError(DeniedError):
    """The link was removed, by a team admin or by Dropbox: somebody has to link again."""

    code: ClassVar[str] = "link_revoked"


class LinkExpiredError(DeniedError):
    """The access token has ended, and the link has no way to get another."""

    code: ClassVar[str] = "link_expired"


class MissingScopeError(DeniedError):
    """The link lacks the permission `scope` ("" where Dropbox did not name it)."""

    code: ClassVar[str] = "missing_scopes"

    def __init__(
        self, message: str, *, hint: str = "", retryable: bool = False, scope: str = ""
    ) -> None:
        super().__init__(message, hint=hint, retryable=retryable)
        self.scope = scope

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild_missing_scope, (self.message, self.hint, self.scope))


def _rebuild_missing_scope(message: str, hint: str, scope: str) -> MissingScopeError:
    return MissingScopeError(message, hint=hint, scope=scope)


class NotATeamError(DeniedError):
    """The link belongs to a personal account, not to a team."""

    code: ClassVar[str] = "not_a_team"


class CertificateError(DeniedError):
    """What answered in Dropbox's name has a certificate that is not trusted."""


class IdentityRefusedError(DeniedError):
    """Dropbox does not let this member or admin do that (gone, suspended, no access)."""


def tag_path(error: Any) -> str:
    """The tags of a Dropbox error, outermost first: {"path": {".tag": "x"}} -> "path/x"."""
    tags: list[str] = []
    while isinstance(error, dict):
        tag = error.get(".tag")
        if not isinstance(tag, str):
            break
        tags.append(tag)
        inner = error.get(tag)
        # A struct inside a union lies flat beside its tag: its reason is the next tag.
        error = inner if isinstance(inner, dict) else error.get("reason")
    if isinstance(error, str) and error:
        tags.append(error)
    return "/".join(tags) or "unknown"


_LOOKUP_FAILURES: dict[str, FailureReason] = {
    "not_found": "vanished",
    "not_file": "vanished",
    "not_folder": "vanished",
    "malformed_path": "bad_name",
    "restricted_content": "restricted_content",
    "unsupported_content_type": "unsupported",
    "unsupported_file": "unsupported",
    "locked": "no_permission",
    "non_exportable": "unsupported",
    "invalid_export_format": "unsupported",
    "retry_error": "export_failed",
    "no_permission": "no_permission",
    "invalid_revision": "vanished",
    # the write side
    "conflict": "conflict",
    "disallowed_name": "bad_name",
    "no_write_permission": "no_permission",
    "access_restricted": "no_permission",
    "team_folder": "no_permission",
    "operation_suppressed": "refused",
    "insufficient_space": "no_space",
    "insufficient_quota": "no_space",
    "member_folder_insufficient_space": "no_space",
    "member_folder_insufficient_quota": "no_space",
    "team_folder_insufficient_space": "no_space",
    "team_folder_insufficient_quota": "no_space",
    "content_hash_mismatch": "mismatch",
}
_RETRYABLE: set[FailureReason] = {"export_failed", "too_many_retries", "mismatch"}


def item_failure(error: RouteError, what: str) -> ItemFailure:
    """What a refused call means for the item `what`."""
    for tag in error.tag.split("/"):
        reason = _LOOKUP_FAILURES.get(tag)
        if reason is not None:
            break
    else:
        reason = "refused"
    said = f": {error.user_message}" if error.user_message else ""
    detail = f"{what}: Dropbox answered {error.tag}{said}"
    return ItemFailure(reason, detail, retryable=reason in _RETRYABLE)
