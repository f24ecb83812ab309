"""From an HTTP answer that is no success to the one exception that says what to do about it.

Shapes seen: text and JSON bodies for the same status, bodies without `retry_after`, HTML from a
middlebox, statuses outside the reference (404, 460). Whatever is not understood counts as a
passing trouble, never as a fact about a file.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from dropally.common.errors import DeniedError, DropallyError
from dropally.dropbox_api.errors import (
    IdentityRefusedError,
    MissingScopeError,
    NotATeamError,
    QuotaUsedUpError,
    RouteError,
    tag_path,
)

SHORTEST_WAIT_S = 1.0
RECONNECT_HINT = "Run `dropally connect` as a team admin to link the team again."


class WaitToldError(Exception):
    """Dropbox asked to wait `wait_s` seconds (429, or 503 with Retry-After)."""

    def __init__(self, wait_s: float, reason: str) -> None:
        super().__init__(f"told to wait {wait_s:g} s: {reason}")
        self.wait_s = wait_s
        self.reason = reason


class PassingTroubleError(Exception):
    """No answer, or one that says nothing about the call: try again after a pause."""


class UnreachableError(PassingTroubleError):
    """No connection came about: nothing was sent."""


class TokenRefusedError(Exception):
    """The access token is not valid (any more): get a new one, then try again."""

    @property
    def is_expired(self) -> bool:
        """It has had its time; otherwise somebody has taken it away."""
        return str(self) == "expired_access_token"


def raise_for_answer(
    route: str, status: int, headers: Mapping[str, str], body: bytes, now: datetime
) -> None:
    """Return if `status` is a success; else raise what the answer means."""
    if 200 <= status <= 299:
        return
    answer = _json_object(body)
    if status == 429 or (status == 503 and headers.get("retry-after")):
        raise WaitToldError(told_wait_s(headers, answer, now), _limit_reason(answer))
    if status == 400:
        raise _bad_input(route, answer, body)
    if status in {401, 403, 409, 422} and answer is not None and "error" in answer:
        raise _refusal(route, status, answer)
    raise PassingTroubleError(f"{route} answered HTTP {status}")


def told_wait_s(headers: Mapping[str, str], answer: dict[str, Any] | None, now: datetime) -> float:
    """The longest wait any part of the answer asks for, at least a second."""
    waits = [SHORTEST_WAIT_S, _header_wait_s(headers.get("retry-after", ""), now)]
    if answer is not None:
        error = answer.get("error")
        places = (answer, error if isinstance(error, dict) else {})
        waits.extend(_number(place.get("retry_after")) for place in places)
    return max(waits)


def _header_wait_s(value: str, now: datetime) -> float:
    if not value:
        return 0.0
    if seconds := _number(value):
        return seconds
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def _number(value: object) -> float:
    if not isinstance(value, (int, float, str)):
        return 0.0
    try:
        number = float(value)
    except ValueError:
        return 0.0
    # NaN and infinity compare or wait in ways nobody wants.
    return number if 0 <= number < 1e7 else 0.0


def _limit_reason(answer: dict[str, Any] | None) -> str:
    error = (answer or {}).get("error")
    if isinstance(error, dict) and isinstance(error.get("reason"), dict):
        return tag_path(error["reason"])
    return "too_many_requests"


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return answer if isinstance(answer, dict) else None


def _bad_input(route: str, answer: dict[str, Any] | None, body: bytes) -> Exception:
    if answer is not None and answer.get("error") == "invalid_grant":
        return TokenRefusedError("invalid_grant")
    text = body[:500].decode("utf-8", "replace").strip()
    if text.startswith("<"):
        return PassingTroubleError(f"{route} answered HTTP 400 with a page of HTML")
    if route.startswith("team/"):
        return NotATeamError(
            f"The link is not one of a Dropbox Business team: {text}",
            hint="Link with a team admin's account; personal accounts cannot be backed up.",
        )
    return DropallyError(f"Dropbox did not understand the call {route}: {text}")


def _refusal(route: str, status: int, answer: dict[str, Any]) -> Exception:
    error = answer["error"]
    said = answer.get("user_message")
    message = str(said.get("text", "")) if isinstance(said, dict) else ""
    if status == 409:
        return RouteError(route, error, message)
    tag = tag_path(error)
    if status == 401:
        return _auth_refusal(route, tag, error)
    if tag.startswith("invalid_account_type"):
        return _account_type_refusal(route, tag, message)
    words = f" ({message})" if message else ""
    return IdentityRefusedError(f"Dropbox refused {route}: {tag}{words}.")


def _auth_refusal(route: str, tag: str, error: Any) -> Exception:
    if tag in {"expired_access_token", "invalid_access_token"}:
        return TokenRefusedError(tag)
    if tag.startswith("missing_scope"):
        scope = error.get("required_scope", "") if isinstance(error, dict) else ""
        return MissingScopeError(
            f"The link lacks the permission {scope or 'needed'} for {route}.",
            hint="Tick it in the Dropbox app's permissions, then run `dropally connect` again"
            " (with --for restore if you are restoring).",
            scope=scope,
        )
    if tag in {"invalid_select_user", "invalid_select_admin", "user_suspended"}:
        return IdentityRefusedError(f"Dropbox refused {route} in this member's name: {tag}.")
    if tag == "route_access_denied":
        return DeniedError(
            f"The Dropbox app may not call {route}.",
            hint="Use an app of the kind 'scoped access, full Dropbox' with team scopes.",
        )
    return DeniedError(f"Dropbox refused {route}: {tag}.", hint=RECONNECT_HINT)


def _account_type_refusal(route: str, tag: str, message: str) -> Exception:
    if tag.endswith("feature") and "upload" in route:
        words = f" Dropbox says: {message}" if message else ""
        return QuotaUsedUpError(
            f"The team's monthly allowance of uploads through apps is used up.{words}",
            hint="Go on next month, or ask Dropbox for a higher data transport limit.",
        )
    return DeniedError(
        f"The team's Dropbox plan does not allow {route}: {tag}.",
        hint="See the plan's features in the Dropbox admin console.",
    )
