"""What every request passes: who asks, other sites, repeats, pages, problems."""

import threading
from pathlib import Path

import httpx
import pytest
from dropally.auth import sessions
from dropally.auth.actors import Reach
from dropally.auth.verbs import Role, Verb
from dropally.server.application import build_application
from dropally.server.authentication import cookie_name
from tests.auth.appliance import ADMIN, PASSWORD
from tests.server.appliance import Served
from tests.server.sample_routes import Counter, sample_routes

NUMBERS = "/api/v1/numbers"


@pytest.fixture
def counter(appliance: Served) -> Counter:
    """The appliance serves the sample routes too."""
    found = Counter()
    appliance.app = build_application(appliance.parts, sample_routes(found))
    return found


def _code(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["type"] == f"urn:dropally:problem:{problem['code']}"
    assert problem["request_id"] == answer.headers["X-Request-ID"]
    return answer.status_code, problem["code"]


# -- who asks -----------------------------------------------------------------------------


def test_strangers_are_refused(appliance: Served, counter: Counter) -> None:
    answer = appliance.stranger().get(NUMBERS)
    assert _code(answer) == (401, "sign_in_refused")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_session_a_token_and_the_operator_are_known(appliance: Served, counter: Counter) -> None:
    for client in (appliance.as_admin(), appliance.program(), appliance.operator()):
        assert client.get(NUMBERS).status_code == 200
        assert client.post(NUMBERS, json={"value": 1}).status_code == 202


@pytest.mark.parametrize("sent", ["Basic YTpi", "Bearer", "Bearer  ", "Bearer dpy_wrong", "dpy_x"])
def test_a_bad_authorization_header_is_refused(
    appliance: Served, counter: Counter, sent: str
) -> None:
    client = appliance.as_admin()
    assert client.get(NUMBERS, headers={"Authorization": sent}).status_code == 401


def test_nobody_becomes_the_operator_by_headers(appliance: Served, counter: Counter) -> None:
    tricks = {"X-Dropally-Login": "root", "dropally.local": "true", "X-Forwarded-For": "local"}
    assert appliance.stranger().get(NUMBERS, headers=tricks).status_code == 401


def test_two_cookies_of_one_name_count_as_none(appliance: Served, counter: Counter) -> None:
    client = appliance.as_admin()
    client.headers["Cookie"] += f"; {cookie_name(appliance.parts.http)}=planted"
    assert client.get(NUMBERS).status_code == 401


def test_a_session_ends_after_idling(appliance: Served, counter: Counter) -> None:
    client = appliance.as_admin()
    appliance.clock.advance(31 * 60)
    assert client.get(NUMBERS).status_code == 401


def test_an_ended_session_is_a_stranger_where_strangers_may(
    appliance: Served, counter: Counter
) -> None:
    client = appliance.as_admin()
    assert client.post(f"{NUMBERS}/public", json={"value": 1}).json() == {"kind": "user"}
    sessions.end_own(appliance.people.ctx, appliance.admin, appliance.admin.session_id)
    assert client.post(f"{NUMBERS}/public", json={"value": 1}).json() == {"kind": "anonymous"}


def test_roles_count(appliance: Served, counter: Counter) -> None:
    answer = appliance.as_role(Role.VIEWER).post(NUMBERS, json={"value": 1})
    assert _code(answer) == (403, "role_lacks_permission")
    limited = appliance.as_role(Role.BACKUP_OPERATOR, Reach(tasks=frozenset({"tsk_1"})))
    assert _code(limited.post(NUMBERS, json={"value": 1})) == (403, "outside_reach")
    token = appliance.program(verbs=frozenset({Verb.STATUS_READ}))
    assert _code(token.post(NUMBERS, json={"value": 1})) == (403, "token_lacks_permission")


# -- other sites --------------------------------------------------------------------------


def test_a_change_needs_the_csrf_header(appliance: Served, counter: Counter) -> None:
    client = appliance.as_admin()
    del client.headers["X-CSRF-Token"]
    assert client.get(NUMBERS).status_code == 200
    assert _code(client.post(NUMBERS, json={"value": 1})) == (403, "csrf_failed")
    other = appliance.as_role(Role.ADMINISTRATOR)
    client.headers["X-CSRF-Token"] = other.headers["X-CSRF-Token"]
    assert _code(client.post(NUMBERS, json={"value": 1})) == (403, "csrf_failed")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://backup.example.com.evil.example"},
    ],
    ids=["origin", "null", "fetch-site", "longer"],
)
def test_other_sites_change_nothing(
    appliance: Served, counter: Counter, headers: dict[str, str]
) -> None:
    client = appliance.as_admin()
    assert _code(client.post(NUMBERS, json={"value": 1}, headers=headers)) == (403, "cross_site")
    public = appliance.stranger().post(f"{NUMBERS}/public", json={"value": 1}, headers=headers)
    assert _code(public) == (403, "cross_site")


def test_our_own_pages_may(appliance: Served, counter: Counter) -> None:
    headers = {"Origin": "https://backup.example.com", "Sec-Fetch-Site": "same-origin"}
    answer = appliance.as_admin().post(NUMBERS, json={"value": 1}, headers=headers)
    assert answer.status_code == 202


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_bodies_that_forms_can_send_are_refused(
    appliance: Served, counter: Counter, kind: str
) -> None:
    answer = appliance.as_admin().post(
        NUMBERS, content=b'{"value":1}', headers={"Content-Type": kind}
    )
    assert _code(answer) == (415, "unsupported_media_type")


# -- repeats ------------------------------------------------------------------------------


def test_a_repeat_gets_the_first_answer(appliance: Served, counter: Counter) -> None:
    client, key = appliance.as_admin(), {"Idempotency-Key": "morning"}
    first = client.post(NUMBERS, json={"value": 7}, headers=key)
    again = client.post(NUMBERS, json={"value": 7}, headers=key)
    assert first.status_code == again.status_code == 202
    assert (first.json(), first.headers["Location"]) == (again.json(), again.headers["Location"])
    assert again.headers["Idempotent-Replayed"] == "true"
    assert first.headers["X-Request-ID"] != again.headers["X-Request-ID"]
    assert counter.started == [7]
    appliance.app = build_application(appliance.parts, sample_routes(counter))  # a restart
    assert appliance.as_admin().post(NUMBERS, json={"value": 7}, headers=key).json() == {"value": 1}


def test_a_key_is_bound_to_its_body_its_actor_and_a_day(
    appliance: Served, counter: Counter
) -> None:
    client, key = appliance.as_admin(), {"Idempotency-Key": "k"}
    client.post(NUMBERS, json={"value": 7}, headers=key)
    assert client.post(NUMBERS, json={"value": 8}, headers=key).status_code == 422
    appliance.as_role(Role.BACKUP_OPERATOR).post(NUMBERS, json={"value": 9}, headers=key)
    assert counter.started == [7, 9]
    appliance.clock.advance(25 * 3600)
    signed_in = appliance.browser(appliance.people.sign_in(ADMIN, PASSWORD))
    assert signed_in.post(NUMBERS, json={"value": 10}, headers=key).status_code == 202


def test_what_failed_may_be_tried_again_with_the_same_key(
    appliance: Served, counter: Counter
) -> None:
    client, key = appliance.as_admin(), {"Idempotency-Key": "k"}
    assert client.post(NUMBERS, json={"value": -1}, headers=key).status_code == 404
    assert client.post(NUMBERS, json={"value": 3}, headers=key).status_code == 202


def test_a_repeat_meanwhile_is_told_to_wait(appliance: Served, counter: Counter) -> None:
    body, key = {"value": 7, "note": "slow"}, {"Idempotency-Key": "k"}
    first, second = appliance.program(), appliance.as_admin()
    second.headers["Authorization"] = first.headers["Authorization"]
    answers: list[int] = []
    asking = threading.Thread(
        target=lambda: answers.append(first.post(NUMBERS, json=body, headers=key).status_code)
    )
    asking.start()
    assert counter.begun.wait(60)
    assert _code(second.post(NUMBERS, json=body, headers=key)) == (409, "still_under_way")
    counter.goes_on.set()
    asking.join()
    assert answers == [202]
    assert second.post(NUMBERS, json=body, headers=key).status_code == 202
    assert counter.started == [7]


def test_what_was_interrupted_is_not_done_twice(appliance: Served, counter: Counter) -> None:
    client, key = appliance.as_admin(), {"Idempotency-Key": "k"}
    client.post(NUMBERS, json={"value": 7}, headers=key)
    with appliance.parts.database.write() as database:
        database.conn.execute("UPDATE idempotency SET status = NULL")
    answer = client.post(NUMBERS, json={"value": 7}, headers=key)
    assert _code(answer) == (409, "outcome_unknown")


# -- pages and tags -----------------------------------------------------------------------


def test_a_list_comes_in_pages(appliance: Served, counter: Counter) -> None:
    client, found, cursor = appliance.as_admin(), [], ""
    while True:
        page = client.get(NUMBERS, params={"limit": 3, "cursor": cursor}).json()
        found += [item["value"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == list(range(10))
    assert page["total"] == 10


@pytest.mark.parametrize("limit", ["0", "501", "-1", "x"])
def test_limits_are_between_1_and_500(appliance: Served, counter: Counter, limit: str) -> None:
    answer = appliance.as_admin().get(NUMBERS, params={"limit": limit})
    assert _code(answer) == (400, "invalid_parameters")
    assert answer.json()["errors"][0]["field"] == "limit"


@pytest.mark.parametrize("cursor", ["!", "AAAA", "gqFh", "é", "x" * 3000], ids=range(5))
def test_a_forged_cursor_is_refused(appliance: Served, counter: Counter, cursor: str) -> None:
    answer = appliance.as_admin().get(NUMBERS, params={"cursor": cursor})
    assert answer.status_code in (200, 400)  # AAAA is a number in msgpack


def test_settings_are_changed_by_whoever_saw_the_newest(
    appliance: Served, counter: Counter
) -> None:
    client, path = appliance.as_admin(), f"{NUMBERS}/settings"
    assert _code(client.patch(path, json={"value": 1}))[0] == 428
    stale = client.patch(path, json={"value": 1}, headers={"If-Match": '"0"'})
    assert _code(stale) == (412, "precondition_failed")
    changed = client.patch(path, json={"value": 1}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')


# -- problems -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("not_found", 404, "not_found"),
        ("denied", 403, "denied"),
        ("conflict", 409, "wrong_number"),
        ("later", 503, "try_later"),
        ("storage", 503, "storage_unreachable"),
        ("bug", 500, "internal_error"),
    ],
)
def test_errors_are_problems(
    appliance: Served, counter: Counter, kind: str, status: int, code: str
) -> None:
    answer = appliance.as_admin().get(f"{NUMBERS}/{kind}/error")
    assert _code(answer) == (status, code)
    assert "secret" not in answer.text
    assert ("Retry-After" in answer.headers) == (status == 503)


def test_a_form_is_told_which_field_is_wrong(appliance: Served, counter: Counter) -> None:
    client = appliance.as_admin()
    wrong = client.post(NUMBERS, json={"value": "seven"})
    assert _code(wrong) == (422, "invalid_fields")
    assert wrong.json()["errors"][0]["field"] == "value"
    assert _code(client.post(NUMBERS, json={"valeu": 7}))[0] == 422
    broken = client.post(NUMBERS, content=b"{", headers={"Content-Type": "application/json"})
    assert _code(broken) == (400, "bad_request")


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/nothing", "/api", "/api/v1/openapi"])
def test_unknown_paths_are_problems(appliance: Served, path: str) -> None:
    assert _code(appliance.stranger().get(path)) == (404, "not_found")


def test_unknown_methods_are_problems(appliance: Served, counter: Counter) -> None:
    assert _code(appliance.as_admin().delete(NUMBERS)) == (405, "method_not_allowed")


def test_the_data_folder_is_never_named(appliance: Served, tmp_path: Path) -> None:
    assert str(tmp_path) not in appliance.stranger().get("/readyz").text
