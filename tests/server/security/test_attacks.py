"""What people try who want more than they were given."""

import asyncio
import json

import pytest
from dropally.auth import api_tokens
from dropally.auth.actors import Reach
from dropally.auth.verbs import Role
from dropally.server.authentication import cookie_name
from dropally.server.csrf import HEADER as CSRF_HEADER
from tests.auth.appliance import ADMIN, PASSWORD
from tests.server.security.conftest import Target, ask
from tests.server.security.operations import PUBLIC, VERB_OF

ELSEWHERE = Reach(tasks=frozenset({"tsk_another"}))


@pytest.mark.parametrize(
    "role", [Role.BACKUP_OPERATOR, Role.RECOVERY_OPERATOR, Role.AUDITOR], ids=str
)
def test_somebody_limited_to_another_task_reaches_nothing_of_this_one(
    target: Target, role: Role
) -> None:
    """Ids are no secrets: knowing them opens nothing (IDOR)."""
    client = target.served.as_role(role, ELSEWHERE)
    leaked = []
    for method, path, operation in target.operations():
        name = operation["operationId"]
        places = {"{task_id}", "{entity_id}", "{job_id}", "{selection_id}", "{activity_id}"}
        if name in PUBLIC or not any(place in path for place in places):
            continue
        answer = ask(target, client, method, path, name)
        if answer.status_code < 400:
            leaked.append((name, answer.status_code, answer.text[:200]))
    assert not leaked, "\n".join(map(str, leaked))


def test_lists_hold_nothing_from_beyond_ones_reach(target: Target) -> None:
    client = target.served.as_role(Role.RECOVERY_OPERATOR, ELSEWHERE)
    for path in ("/api/v1/tasks", "/api/v1/jobs?window=all", "/api/v1/activity?window=all"):
        assert client.get(path).json()["items"] == [], path
    assert client.get("/api/v1/jobs/summary?window=all").json()["total"] == 0


def test_a_selection_is_its_owners_alone(target: Target) -> None:
    other = target.served.as_role(Role.ADMINISTRATOR)
    selection = target.ids["selection_id"]
    assert other.get(f"/api/v1/selections/{selection}").status_code == 404
    assert other.get(f"/api/v1/selections/{selection}/zip").status_code == 404
    body = {"selection_id": selection}
    assert other.post("/api/v1/restores/plan", json=body).status_code == 404
    assert other.post("/api/v1/exports", json=body).status_code == 404


def test_nobody_gives_rights_they_do_not_have(target: Target) -> None:
    """Not by invitations, not by tokens, not to themselves."""
    operator = target.served.person(Role.BACKUP_OPERATOR)
    browser = target.served.browser(operator)
    rights = {"role": "administrator", "reach": {"everywhere": True}}
    body = {"name": "Eve", "email": "eve@example.com", "rights": rights}
    assert browser.post("/api/v1/invitations", json=body).status_code == 403
    assert browser.patch(f"/api/v1/users/{operator.id}", json={"rights": rights}).status_code == 403
    made = browser.post("/api/v1/tokens", json={"name": "x", "verbs": ["user.manage"]})
    if made.status_code == 201:
        program = target.served.stranger()
        program.headers["Authorization"] = f"Bearer {made.json()['secret']}"
        assert program.post("/api/v1/invitations", json=body).status_code == 403


def test_a_session_that_was_planted_is_worth_nothing_after_signing_in(target: Target) -> None:
    """Fixation: the cookie that came with the request is never the one that is signed in."""
    planted = "dps_" + "A" * 43
    stranger = target.served.stranger()
    stranger.headers["Cookie"] = f"{cookie_name(target.served.parts.http)}={planted}"
    answer = stranger.post("/api/v1/session", json={"email": ADMIN, "password": PASSWORD})
    assert answer.status_code == 200
    assert planted not in answer.headers["set-cookie"]
    assert stranger.get("/api/v1/me").status_code == 401


@pytest.mark.parametrize("token", ["", "wrong", "A" * 43], ids=["none", "wrong", "long"])
def test_changes_without_the_sessions_own_csrf_token_are_refused(
    target: Target, token: str
) -> None:
    browser = target.served.as_admin()
    browser.headers[CSRF_HEADER] = token
    refused = []
    for method, path, operation in target.operations():
        name = operation["operationId"]
        if method == "GET" or name in PUBLIC:
            continue
        answer = ask(target, browser, method, path, name)
        if (answer.status_code, answer.json().get("code")) != (403, "csrf_failed"):
            refused.append((name, answer.status_code))
    assert not refused


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
    ids=["origin", "null", "fetch-site"],
)
def test_another_site_cannot_sign_people_in(target: Target, headers: dict[str, str]) -> None:
    """Login CSRF: a victim would work, and upload, in the attacker's session."""
    body = {"email": ADMIN, "password": PASSWORD}
    answer = target.served.stranger().post("/api/v1/session", json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "cross_site")


def test_a_revoked_token_is_dead_at_once(target: Target) -> None:
    admin = target.served.as_admin()
    made = api_tokens.create(target.place.people.ctx, target.served.fresh_admin(), "stolen")
    program = target.served.stranger()
    program.headers["Authorization"] = f"Bearer {made.secret}"
    assert program.get("/api/v1/tasks").status_code == 200
    assert admin.delete(f"/api/v1/tokens/{made.view.id}").status_code == 204
    assert program.get("/api/v1/tasks").status_code == 401


@pytest.mark.parametrize(
    "sent",
    ["Bearer", "Bearer ", "Basic YTpi", "Bearer dpy_" + "x" * 5000, "Bearer dps_x", "bearer \x7f"],
    ids=["empty", "blank", "basic", "long", "session", "control"],
)
def test_odd_authorization_headers_are_refused_plainly(target: Target, sent: str) -> None:
    answer = target.served.stranger().get("/api/v1/tasks", headers={"Authorization": sent})
    assert answer.status_code == 401
    assert sent[-20:] not in answer.text or len(sent) < 30


def test_forwarded_addresses_of_strangers_do_not_escape_the_lock_out(target: Target) -> None:
    """X-Forwarded-For counts from trusted proxies only: another address with every try helps nobody."""
    body = {"email": "somebody@example.com", "password": "wrong"}
    codes = []
    for number in range(12):
        headers = {"X-Forwarded-For": f"203.0.113.{number}", "Forwarded": f"for=203.0.113.{number}"}
        answer = target.served.stranger("198.51.100.7").post(
            "/api/v1/session", json=body, headers=headers
        )
        codes.append(answer.status_code)
    assert codes[-1] == 429
    assert codes.count(401) <= 5


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/../../etc/passwd",
        "/api/v1/%2e%2e/%2e%2e/etc/passwd",
        "/api/v1/tasks/..%2f..%2fusers",
        "/api/v1/tasks/%00",
        "/api/v1//users",
        "/API/V1/users",
        "/api/v1/users/",
        "/api/v1/users;x=1",
        "/api/v1/tasks/" + "a" * 3000,
    ],
    ids=["dots", "encoded", "slash", "nul", "double", "case", "trailing", "matrix", "long"],
)
def test_odd_paths_open_nothing(target: Target, path: str) -> None:
    answer = target.served.stranger().get(path)
    assert answer.status_code in {400, 401, 404, 405, 414}
    assert "root:" not in answer.text


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 400),
        (b"[]", 422),
        (b"null", 422),
        (b'{"email": 1, "password": []}', 422),
        (b'{"email": "\\ud800", "password": "x"}', 0),
        (b'{"a":' * 2000 + b"1" + b"}" * 2000, 0),
        (b"\xff\xfe", 400),
        (b'{"email": "a", "password": "b", "code": "c", "is_admin": true}', 422),
        (json.dumps({"email": "a" * 200_000, "password": "b"}).encode(), 0),
    ],
    ids=["empty", "cut", "list", "null", "types", "surrogate", "deep", "bytes", "unknown", "long"],
)
def test_malformed_bodies_get_a_clear_refusal(target: Target, body: bytes, status: int) -> None:
    answer = target.served.stranger("192.0.2.77").post(
        "/api/v1/session", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in ({status} if status else {400, 401, 413, 422, 429})
    assert answer.headers["content-type"].startswith("application/problem+json")


def test_a_body_that_is_too_large_is_not_read(target: Target) -> None:
    body = b'{"email": "' + b"a" * (2 << 20) + b'"}'
    answer = target.served.stranger().post(
        "/api/v1/session", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 413


def test_many_wrong_passwords_at_once_are_counted_like_one_after_the_other(target: Target) -> None:
    """Races do not buy more tries."""
    body = {"email": "race@example.com", "password": "wrong"}

    def attempt(number: int) -> int:
        stranger = target.served.stranger(f"198.51.100.{100 + number % 2}")
        return stranger.post("/api/v1/session", json=body).status_code

    async def storm() -> list[int]:
        return await asyncio.gather(*(asyncio.to_thread(attempt, n) for n in range(16)))

    codes = asyncio.run(storm())
    assert codes.count(401) <= 10, "five for each address"
    assert 429 in codes


def test_answers_name_no_secret_and_no_place_on_the_machine(target: Target) -> None:
    """Invariant 6, over everything that an administrator can read."""
    browser = target.served.as_admin()
    ctx = target.place.people.ctx
    with ctx.read() as connection:
        credentials = [row[0] for row in connection.execute("SELECT credentials FROM connection")]
    secrets = {target.place.people.tokens[target.served.admin.session_id], PASSWORD}
    for method, path, operation in target.operations():
        name = operation["operationId"]
        if method != "GET" or name in {"stream_events", "get_session", "download_selection"}:
            continue
        answer = ask(target, browser, method, path, name)
        assert not any(secret in answer.text for secret in secrets), name
        assert not any(bytes(sealed)[:16] in answer.content for sealed in credentials if sealed), (
            name
        )
        assert "Traceback" not in answer.text, name
        assert "refresh_token" not in answer.text, name


def test_the_table_of_operations_is_used(target: Target) -> None:
    assert len(VERB_OF) > 100
    assert target.document["openapi"].startswith("3.1")
