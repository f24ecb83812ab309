"""The answers that say no, in the shapes Dropbox gives them.

    ApiError
    ├── BadRequest        400  plain text
    ├── AuthRefused       401  the token, or whom it may act as
    ├── AccessRefused     403  the account or team may not do this
    ├── NoSuchRoute       404  plain text
    ├── RouteError        409  the route's own error union
    ├── PathRootRefused   422  Dropbox-API-Path-Root names something unusable
    └── RateLimited       429  with the wait in header and body

Handlers raise them; `transport.answers` turns them into bytes.
"""

from typing import Any

Json = dict[str, Any]


class ApiError(Exception):
    """Any refusal with an HTTP status."""

    status: int = 500


class BadRequest(ApiError):
    """400: the request itself is malformed. The text goes to the caller as it is."""

    status = 400

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class NoSuchRoute(BadRequest):
    """404: there is no such route."""

    status = 404


class TaggedError(ApiError):
    """A refusal whose body is `{"error_summary", "error"}`."""

    def __init__(self, error: Json, user_message: str = "") -> None:
        self.error = error
        self.summary = summarise(error)
        self.user_message = user_message
        super().__init__(self.summary)


class AuthRefused(TaggedError):
    """401: `AuthRefused(tagged("missing_scope", required_scope="files.content.read"))`."""

    status = 401


class AccessRefused(TaggedError):
    """403: `AccessRefused(tagged("invalid_account_type", "feature"), "Quota used up.")`."""

    status = 403


class RouteError(TaggedError):
    """409: the error union of the route that was called."""

    status = 409

    @classmethod
    def of(cls, *tags: str) -> "RouteError":
        """`RouteError.of("path", "not_found")`."""
        return cls(tagged(*tags))


class PathRootRefused(TaggedError):
    """422: `invalid_root` with a RootInfo, or `no_permission`."""

    status = 422


class RateLimited(TaggedError):
    """429: wait `retry_after_s` and come again."""

    status = 429

    def __init__(self, retry_after_s: int, reason: str = "too_many_requests") -> None:
        self.retry_after_s = retry_after_s
        super().__init__({"reason": {".tag": reason}, "retry_after": retry_after_s})


def tagged(*tags: str, **fields: Any) -> Json:
    """Nested unions in Dropbox's JSON; `fields` belong to the innermost one.

    `tagged("path", "conflict", "file")` is
    `{".tag": "path", "path": {".tag": "conflict", "conflict": {".tag": "file"}}}`.
    """
    innermost: Json = {".tag": tags[-1], **fields}
    for tag in reversed(tags[:-1]):
        innermost = {".tag": tag, tag: innermost}
    return innermost


def summarise(error: Json) -> str:
    """`path/conflict/file`: the tags from the outside in, as in `error_summary`."""
    tags: list[str] = []
    here: Any = error
    while isinstance(here, dict):
        tag = here.get(".tag")
        if tag is not None:
            tags.append(tag)
        here = here.get(tag) if tag in here else here.get("reason")
    return "/".join(tags)
