"""Actions that refuse a call: rate limits in every shape seen, server errors, API errors."""

import json
from typing import Annotated, Any, Literal

import msgspec

from dropally.simulator.errors import (
    AccessRefused,
    AuthRefused,
    PathRootRefused,
    RateLimited,
    RouteError,
    TaggedError,
    tagged,
)
from dropally.simulator.faults.scene import Scene, tell_to_wait
from dropally.simulator.transport.disturbance import Disturbance
from dropally.simulator.transport.replies import Reply, error_reply, json_reply, text_reply

_ERROR_PAGE = "<html><head><title>Error</title></head><body>Something went wrong.</body></html>"


class RateLimit429(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """429 in one of the shapes that clients of Dropbox have met.

    `json`: the wait in body and header; `json_header_only`: a body without `retry_after`;
    `text`: plain text, no header; `text_header`: plain text with the header.
    """

    retry_after: Annotated[int, msgspec.Meta(ge=0)] = 1
    shape: Literal["json", "json_header_only", "text", "text_header"] = "json"
    reason: str = "too_many_requests"

    def disturb(self, scene: Scene, disturbance: Disturbance) -> bool:
        """Refuse, and remember that the caller was told to wait."""
        if self.shape != "text":
            tell_to_wait(scene, disturbance, self.retry_after)
        disturbance.reply = self._reply()
        return True

    def _reply(self) -> Reply:
        if self.shape == "json":
            return error_reply(RateLimited(self.retry_after, self.reason))
        if self.shape == "json_header_only":
            body = {
                "error_summary": f"{self.reason}/...",
                "error": {"reason": {".tag": self.reason}},
            }
            reply = json_reply(json.dumps(body).encode(), 429)
        else:
            reply = text_reply("Too many requests. Please slow down.", 429)
        if self.shape != "text":
            reply.headers["Retry-After"] = str(self.retry_after)
        return reply


class ServerError(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A 5xx with an HTML page, as load balancers send it."""

    status: Annotated[int, msgspec.Meta(ge=400, le=599)] = 503
    retry_after: Annotated[int, msgspec.Meta(ge=0)] | None = None

    def disturb(self, scene: Scene, disturbance: Disturbance) -> bool:
        """Refuse; a Retry-After is a wait like any other."""
        headers = {"Content-Type": "text/html"}
        if self.retry_after is not None:
            headers["Retry-After"] = str(self.retry_after)
            tell_to_wait(scene, disturbance, self.retry_after)
        disturbance.reply = Reply(self.status, headers, _ERROR_PAGE.encode())
        return True


class ApiRefusal(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Any refusal of the API by status and tags, such as 409 `["path", "not_found"]`.

    `error` replaces `tags` where the union carries more than tags.
    """

    status: Literal[401, 403, 409, 422] = 409
    tags: list[str] = []
    error: dict[str, Any] | None = None
    user_message: str = ""

    def __post_init__(self) -> None:
        if not self.tags and self.error is None:
            raise ValueError("api_error needs `tags` or `error`")

    def disturb(self, scene: Scene, disturbance: Disturbance) -> bool:
        """Refuse with the given error."""
        kinds = {401: AuthRefused, 403: AccessRefused, 409: RouteError, 422: PathRootRefused}
        error = self.error if self.error is not None else tagged(*self.tags)
        disturbance.reply = error_reply(kinds[self.status](error, self.user_message))
        return True


class NamedRefusal(msgspec.Struct, forbid_unknown_fields=True):
    """A refusal that has a name of its own and no settings; subclasses say which."""

    def refusal(self, scene: Scene) -> TaggedError:
        """The error to answer."""
        raise NotImplementedError

    def disturb(self, scene: Scene, disturbance: Disturbance) -> bool:
        """Refuse with this action's error."""
        disturbance.reply = error_reply(self.refusal(scene))
        return True


class CursorReset(NamedRefusal):
    """The cursor is no longer good: list anew."""

    def refusal(self, scene: Scene) -> TaggedError:
        """409 reset."""
        return RouteError.of("reset")


class PathNotFound(NamedRefusal):
    """The path, or the cursor's root, is gone."""

    def refusal(self, scene: Scene) -> TaggedError:
        """409 path/not_found."""
        return RouteError.of("path", "not_found")


class RestrictedContent(NamedRefusal):
    """The file may not be handed out."""

    def refusal(self, scene: Scene) -> TaggedError:
        """409 path/restricted_content."""
        return RouteError.of("path", "restricted_content")


class ExportRetry(NamedRefusal):
    """The document cannot be exported at the moment."""

    def refusal(self, scene: Scene) -> TaggedError:
        """409 retry_error."""
        return RouteError.of("retry_error")


class ExpiredToken(NamedRefusal):
    """The access token counts as expired for this call."""

    def refusal(self, scene: Scene) -> TaggedError:
        """401 expired_access_token."""
        return AuthRefused(tagged("expired_access_token"))


class NoPermission(NamedRefusal):
    """The namespace in Dropbox-API-Path-Root may not be used."""

    def refusal(self, scene: Scene) -> TaggedError:
        """422 no_permission."""
        return PathRootRefused(tagged("no_permission"))


class InvalidRoot(NamedRefusal):
    """The root given in Dropbox-API-Path-Root is not the member's root any more."""

    def refusal(self, scene: Scene) -> TaggedError:
        """422 invalid_root with the member's RootInfo."""
        member = scene.call.identity.member
        root = {
            ".tag": "user",
            "root_namespace_id": member.root_namespace if member else "1",
            "home_namespace_id": member.home_namespace if member else "1",
        }
        return PathRootRefused({".tag": "invalid_root", "invalid_root": root})


class QuotaUsedUp(NamedRefusal):
    """The team's data transport calls of this month are used up."""

    def refusal(self, scene: Scene) -> TaggedError:
        """403 invalid_account_type/feature with a message for people."""
        text = "Your team has used up its data transport calls for this month."
        return AccessRefused(tagged("invalid_account_type", "feature"), text)
