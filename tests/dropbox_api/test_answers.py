"""Every shape of refusal becomes the exception that says what to do."""

import json
from datetime import UTC, datetime

import pytest
from dropally.common.errors import DeniedError, DropallyError
from dropally.dropbox_api.answers import (
    PassingTroubleError,
    TokenRefusedError,
    WaitToldError,
    raise_for_answer,
)
from dropally.dropbox_api.errors import IdentityRefusedError, QuotaUsedUpError, RouteError

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
JSON = {"content-type": "application/json"}


def refuse(
    status: int, body: object = b"", headers: dict[str, str] | None = None, route: str = "files/x"
) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    raise_for_answer(route, status, headers or {}, raw, NOW)


def limited(**error: object) -> dict[str, object]:
    reason = {".tag": "too_many_requests"}
    return {"error_summary": "too_many_requests/..", "error": {"reason": reason, **error}}


@pytest.mark.parametrize(
    ("status", "body", "headers", "wait_s"),
    [
        (429, limited(retry_after=7), JSON, 7),
        (429, limited(), {**JSON, "retry-after": "300"}, 300),
        (429, limited(retry_after=1), {**JSON, "retry-after": "300"}, 300),
        (429, limited(retry_after=300), {**JSON, "retry-after": "2"}, 300),
        (429, limited(retry_after=0), JSON, 1),
        (429, limited(), JSON, 1),
        (429, limited(retry_after="soon"), JSON, 1),
        (429, b"too many", {"retry-after": "15"}, 15),
        (429, b"too many", {}, 1),
        (429, b"<html>slow down</html>", {"retry-after": "Sun, 22 Nov 2026 12:00:30 GMT"}, 30),
        (429, b"", {"retry-after": "Sun, 22 Nov 2026 11:00:00 GMT"}, 1),
        (429, b"", {"retry-after": "gibberish"}, 1),
        (429, b"", {"retry-after": "nan"}, 1),
        (429, {"error": "plain"}, JSON, 1),
        (429, {"retry_after": 9, "error": {"reason": {".tag": "new_reason"}}}, JSON, 9),
        (503, b"<html>", {"retry-after": "20"}, 20),
    ],
)
def test_told_to_wait_takes_the_longest_of_header_body_and_a_second(
    status: int, body: object, headers: dict[str, str], wait_s: float
) -> None:
    with pytest.raises(WaitToldError) as caught:
        refuse(status, body, headers)
    assert caught.value.wait_s == wait_s


def test_the_reason_of_a_limit_is_kept() -> None:
    body = {"error": {"reason": {".tag": "too_many_write_operations"}, "retry_after": 1}}
    with pytest.raises(WaitToldError, match="too_many_write_operations"):
        refuse(429, body)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b"<html>oops</html>"),
        (502, b""),
        (503, b"no header, so only a pause of ours"),
        (404, b"<html>"),
        (460, b"??"),
        (409, b"<html>a conflict of some middlebox</html>"),
        (401, b"not json"),
        (400, b"<html>bad request</html>"),
        (302, b""),
    ],
)
def test_what_says_nothing_about_the_call_is_passing_trouble(status: int, body: bytes) -> None:
    with pytest.raises(PassingTroubleError):
        refuse(status, body)


@pytest.mark.parametrize("tag", ["expired_access_token", "invalid_access_token"])
def test_refused_tokens_ask_for_a_new_one(tag: str) -> None:
    with pytest.raises(TokenRefusedError):
        refuse(401, {"error_summary": f"{tag}/...", "error": {".tag": tag}})


def test_a_revoked_refresh_token() -> None:
    with pytest.raises(TokenRefusedError):
        refuse(400, {"error": "invalid_grant", "error_description": "revoked"})


def test_a_missing_scope_is_named_with_the_way_to_get_it() -> None:
    error = {".tag": "missing_scope", "required_scope": "files.content.write"}
    with pytest.raises(DeniedError, match=r"files\.content\.write") as caught:
        refuse(401, {"error": error})
    assert "connect" in caught.value.hint


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, {".tag": "invalid_select_user"}),
        (401, {".tag": "user_suspended"}),
        (401, {".tag": "invalid_select_admin"}),
        (403, {".tag": "no_permission"}),
        (403, {".tag": "team_access_denied"}),
        (422, {".tag": "no_permission"}),
        (422, {".tag": "invalid_root", "invalid_root": {".tag": "user"}}),
    ],
)
def test_one_name_refused_is_not_the_link_refused(status: int, error: object) -> None:
    with pytest.raises(IdentityRefusedError):
        refuse(status, {"error_summary": "x", "error": error})


@pytest.mark.parametrize("tag", ["route_access_denied", "other", "something_new"])
def test_other_auth_errors_deny(tag: str) -> None:
    with pytest.raises(DeniedError):
        refuse(401, {"error": {".tag": tag}})


def test_a_used_up_quota_says_so_with_dropboxs_words() -> None:
    body = {
        "error": {".tag": "invalid_account_type", "invalid_account_type": {".tag": "feature"}},
        "user_message": {"text": "Your team reached its limit.", "locale": "en"},
    }
    with pytest.raises(QuotaUsedUpError, match="Your team reached its limit"):
        refuse(403, body, route="files/upload_session/append_v2")


def test_a_plan_without_the_route_is_no_quota() -> None:
    error = {".tag": "invalid_account_type", "invalid_account_type": {".tag": "endpoint"}}
    with pytest.raises(DeniedError, match="plan does not allow"):
        refuse(403, {"error": error}, route="files/list_folder")


def test_refused_calls_keep_the_tags_and_the_users_words() -> None:
    body = {
        "error_summary": "path/not_found/..",
        "error": {".tag": "path", "path": {".tag": "not_found"}},
        "user_message": {"text": "Not there.", "locale": "en"},
    }
    with pytest.raises(RouteError) as caught:
        refuse(409, body)
    assert caught.value.tag == "path/not_found"
    assert caught.value.user_message == "Not there."


def test_f36_a_personal_token_on_a_team_route_is_denied() -> None:
    text = b'Error in call to API function "team/get_info": This API function operates on a team'
    with pytest.raises(DeniedError, match="Business team") as caught:
        refuse(400, text, route="team/get_info")
    assert "team admin" in caught.value.hint


def test_other_bad_input_is_an_error_with_dropboxs_text() -> None:
    with pytest.raises(DropallyError, match="unknown field"):
        refuse(400, b'Error in call to API function "files/x": unknown field')


def test_success_passes() -> None:
    refuse(200)
    refuse(206)
