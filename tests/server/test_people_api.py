"""People by API: setup, signing in, one's own account, users, invitations, tokens, rules, audit."""

import json
from dataclasses import replace
from typing import Any

import httpx
import pyotp
import pytest
from dropally.auth import sessions, setup
from dropally.auth.verbs import Role
from dropally.server.application import build_application
from dropally.server.csrf import HEADER as CSRF_HEADER
from tests.auth.appliance import ADMIN, OTHER_PASSWORD, PASSWORD
from tests.server.appliance import Served

FORM = {
    "name": "Ann Smith",
    "email": ADMIN,
    "password": PASSWORD,
    "password_again": PASSWORD,
    "organisation": "Example Ltd",
    "time_zone": "Europe/Berlin",
}
EVERYWHERE = {"everywhere": True}


@pytest.fixture
def handing_over(appliance: Served) -> Served:
    """Without mail: links are handed to the administrator."""
    ctx = replace(appliance.people.ctx, finds_mail=lambda: False)
    appliance.people.ctx = ctx
    parts = replace(appliance.parts, auth=ctx)
    return Served(
        parts, appliance.people, build_application(parts), appliance.ending, appliance.admin
    )


def _signed_in(found: Served, answer: httpx.Response) -> httpx.Client:
    """A browser that keeps the cookie and the token of an answer."""
    client = found.stranger()
    cookie = answer.headers["set-cookie"].partition(";")[0]
    client.headers["Cookie"] = cookie
    body = answer.json()
    client.headers[CSRF_HEADER] = body.get("session", body)["csrf_token"]
    return client


def _sign_in(found: Served, email: str, password: str, code: str = "") -> httpx.Response:
    body = {"email": email, "password": password, "code": code}
    return found.stranger().post("/api/v1/session", json=body)


def test_f13_setup_works_once_and_wants_the_printed_code(appliance: Served) -> None:
    code = setup.prepare_code(appliance.people.ctx)
    stranger = appliance.stranger()
    assert stranger.get("/api/v1/setup").json() == {"is_open": True, "offers_sign_up": True}
    wrong = stranger.post("/api/v1/setup", json={"code": "AAAA-AAAA-AAAA", **FORM})
    assert (wrong.status_code, wrong.json()["code"]) == (403, "wrong_setup_code")
    done = stranger.post("/api/v1/setup", json={"code": code, **FORM})
    assert done.status_code == 201
    again = stranger.post("/api/v1/setup", json={"code": code, **FORM})
    assert (again.status_code, again.json()["code"]) == (409, "setup_done")
    assert stranger.get("/api/v1/setup").json() == {"is_open": False, "offers_sign_up": False}
    me = _signed_in(appliance, done).get("/api/v1/me").json()
    assert me["user"]["role"] == "administrator"
    assert me["organisation"] == "Example Ltd"


def test_f14_errors_come_by_field_in_the_order_of_the_form(appliance: Served) -> None:
    code = setup.prepare_code(appliance.people.ctx)
    empty = dict.fromkeys(FORM, "")
    answer = appliance.stranger().post("/api/v1/setup", json={"code": code, **empty})
    assert answer.status_code == 422
    fields = [entry["field"] for entry in answer.json()["errors"]]
    assert fields == [name for name in FORM if name in fields]
    assert {"name", "email", "password", "organisation"} <= set(fields)


def test_signing_in_and_out(appliance: Served) -> None:
    appliance.admin  # noqa: B018  sets it up
    answer = _sign_in(appliance, ADMIN, PASSWORD)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-dropally=dps_")
    assert "HttpOnly" in cookie
    assert "Secure" in cookie
    assert "SameSite=lax" in cookie
    browser = _signed_in(appliance, answer)
    state = browser.get("/api/v1/session").json()
    assert state["user"]["email"] == ADMIN
    assert state["csrf_token"] == browser.headers[CSRF_HEADER]
    assert browser.delete("/api/v1/session").status_code == 204
    assert browser.get("/api/v1/session").status_code == 401


def test_f21_the_sixth_wrong_try_is_told_to_wait(appliance: Served) -> None:
    appliance.admin  # noqa: B018  sets it up
    codes = [_sign_in(appliance, ADMIN, "wrong").status_code for _ in range(6)]
    assert codes == [401] * 5 + [429]
    locked = _sign_in(appliance, ADMIN, PASSWORD)
    assert locked.status_code == 429
    assert int(locked.headers["retry-after"]) > 0
    rows = appliance.operator().get("/api/v1/audit", params={"activity": "sign_in"}).json()
    assert [row["status"] for row in rows["items"]].count("failed") >= 5


def test_f162_to_f165_second_factor_from_enrolment_to_recovery_code(appliance: Served) -> None:
    appliance.admin  # noqa: B018  sets it up
    browser = _signed_in(appliance, _sign_in(appliance, ADMIN, PASSWORD))
    page = browser.post("/api/v1/me/second-factor")
    assert page.headers["Content-Security-Policy"].startswith("default-src 'self';")
    shown = page.json()
    assert shown["qr_svg"].startswith("<?xml") or "<svg" in shown["qr_svg"]
    app = pyotp.parse_uri(shown["uri"])
    assert isinstance(app, pyotp.TOTP)
    code = app.at(appliance.clock.now())
    enabled = browser.post("/api/v1/me/second-factor/confirmation", json={"code": code})
    assert len(enabled.json()["recovery_codes"]) == 10
    assert browser.get("/api/v1/session").status_code == 401, "the session got another cookie"

    without = _sign_in(appliance, ADMIN, PASSWORD)
    assert (without.status_code, without.json()["code"]) == (401, "otp_required")
    replay = _sign_in(appliance, ADMIN, PASSWORD, code)
    assert replay.status_code == 401
    recovery = enabled.json()["recovery_codes"][0]
    assert _sign_in(appliance, ADMIN, PASSWORD, recovery).status_code == 200
    assert _sign_in(appliance, ADMIN, PASSWORD, recovery).status_code == 401


def test_f161_changing_ones_password_ends_the_other_sessions(appliance: Served) -> None:
    appliance.admin  # noqa: B018  sets it up
    first = _signed_in(appliance, _sign_in(appliance, ADMIN, PASSWORD))
    second = _signed_in(appliance, _sign_in(appliance, ADMIN, PASSWORD))
    body = {"current": "wrong", "new": OTHER_PASSWORD, "new_again": OTHER_PASSWORD}
    refused = second.post("/api/v1/me/password", json=body)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "current")
    changed = second.post("/api/v1/me/password", json={**body, "current": PASSWORD})
    assert changed.status_code == 200
    assert first.get("/api/v1/me").status_code == 401
    assert _signed_in(appliance, changed).get("/api/v1/me").status_code == 200


def test_own_sessions_are_listed_and_ended(appliance: Served) -> None:
    appliance.admin  # noqa: B018  sets it up
    first = _signed_in(appliance, _sign_in(appliance, ADMIN, PASSWORD))
    second = _signed_in(appliance, _sign_in(appliance, ADMIN, PASSWORD))
    listed = second.get("/api/v1/me/sessions").json()["items"]
    assert sum(entry["is_current"] for entry in listed) == 1
    ended = second.delete("/api/v1/me/sessions").json()["ended"]
    assert ended == len(listed) - 1
    assert first.get("/api/v1/me").status_code == 401


def _invite(client: httpx.Client, email: str = "bob@example.com", role: str = "viewer") -> Any:
    rights = {"role": role, "reach": EVERYWHERE}
    body = {"name": "Bob", "email": email, "rights": rights}
    answer = client.post("/api/v1/invitations", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_f19_f156_an_invitation_works_once_and_a_new_link_kills_the_old(
    handing_over: Served,
) -> None:
    admin = handing_over.as_admin()
    made = _invite(admin)
    old = made["link"].partition("#")[2]
    resent = admin.post(f"/api/v1/users/{made['user']['id']}/invitation").json()
    new = resent["link"].partition("#")[2]
    stranger = handing_over.stranger()
    choice = {"new": OTHER_PASSWORD, "new_again": OTHER_PASSWORD}
    gone = stranger.post("/api/v1/invitations/acceptance", json={"token": old, **choice})
    assert (gone.status_code, gone.json()["code"]) == (410, "link_ended")
    invited = stranger.post("/api/v1/invitations/look-up", json={"token": new}).json()
    assert invited == {"name": "Bob", "email": "bob@example.com"}
    assert _sign_in(handing_over, "bob@example.com", OTHER_PASSWORD).status_code == 401
    accepted = stranger.post("/api/v1/invitations/acceptance", json={"token": new, **choice})
    assert accepted.status_code == 200
    second = stranger.post("/api/v1/invitations/acceptance", json={"token": new, **choice})
    assert second.status_code == 410
    assert _sign_in(handing_over, "bob@example.com", OTHER_PASSWORD).status_code == 200


def test_f155_an_invitation_ends_after_24_hours(handing_over: Served) -> None:
    token = _invite(handing_over.as_admin())["link"].partition("#")[2]
    handing_over.clock.advance(24 * 3600 + 1)
    body = {"token": token, "new": OTHER_PASSWORD, "new_again": OTHER_PASSWORD}
    answer = handing_over.stranger().post("/api/v1/invitations/acceptance", json=body)
    assert answer.status_code == 410


def test_where_mail_is_sent_no_link_is_handed_out(appliance: Served) -> None:
    assert _invite(appliance.as_admin())["link"] == ""


def test_f26_f27_password_reset_is_neutral_and_its_link_works_for_an_hour(
    handing_over: Served,
) -> None:
    admin = handing_over.as_admin()
    known = handing_over.stranger().post("/api/v1/password-resets", json={"email": ADMIN})
    unknown = handing_over.stranger().post("/api/v1/password-resets", json={"email": "x@y.example"})
    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())
    user_id = admin.get("/api/v1/users").json()["items"][0]["user"]["id"]
    links = [admin.post(f"/api/v1/users/{user_id}/password-reset").json()["link"] for _ in range(2)]
    body = {"new": OTHER_PASSWORD, "new_again": OTHER_PASSWORD}
    path = "/api/v1/password-resets/completion"
    tokens = [link.partition("#")[2] for link in links]
    stranger = handing_over.stranger()
    assert stranger.post(path, json={"token": tokens[0], **body}).status_code == 410
    handing_over.clock.advance(61 * 60)
    assert stranger.post(path, json={"token": tokens[1], **body}).status_code == 410


def test_f157_who_is_deactivated_is_out_at_once(appliance: Served) -> None:
    person = appliance.person(Role.VIEWER)
    browser, program = appliance.browser(person), appliance.program(person)
    assert browser.get("/api/v1/me").status_code == 200
    assert program.get("/api/v1/roles").status_code == 200
    answer = appliance.as_admin().post(f"/api/v1/users/{person.id}/deactivation")
    assert answer.json()["state"] == "deactivated"
    assert browser.get("/api/v1/me").status_code == 401
    assert program.get("/api/v1/roles").status_code == 401


def test_f152_the_last_administrator_stays(appliance: Served) -> None:
    admin = appliance.as_admin()
    rights = {"role": "viewer", "reach": EVERYWHERE}
    answer = admin.patch(f"/api/v1/users/{appliance.admin.id}", json={"rights": rights})
    assert (answer.status_code, answer.json()["code"]) == (409, "last_administrator")


def test_f151_changed_rights_count_at_once_and_leave_before_and_after(appliance: Served) -> None:
    person = appliance.person(Role.VIEWER)
    browser = appliance.browser(person)
    assert browser.get("/api/v1/audit").status_code == 403
    rights = {"role": "auditor", "reach": EVERYWHERE}
    admin = appliance.as_admin()
    assert admin.patch(f"/api/v1/users/{person.id}", json={"rights": rights}).status_code == 200
    assert browser.get("/api/v1/audit").status_code == 200
    rows = admin.get("/api/v1/audit", params={"activity": "permissions_changed"}).json()["items"]
    assert "viewer" in json.dumps(rows[0]["details"])
    assert "auditor" in json.dumps(rows[0]["details"])


def test_a_token_is_shown_once_and_can_be_narrowed_and_revoked(appliance: Served) -> None:
    admin = appliance.as_admin()
    body = {"name": "monitoring", "verbs": ["status.read"], "days": 30}
    made = admin.post("/api/v1/tokens", json=body)
    assert made.status_code == 201
    secret = made.json()["secret"]
    assert secret not in admin.get("/api/v1/tokens").text
    program = appliance.stranger()
    program.headers["Authorization"] = f"Bearer {secret}"
    assert program.get("/api/v1/organisation").status_code == 200
    assert program.get("/api/v1/users").status_code == 403
    assert admin.delete(f"/api/v1/tokens/{made.json()['token']['id']}").status_code == 204
    assert program.get("/api/v1/organisation").status_code == 401


def test_rules_are_changed_by_whoever_has_seen_them(appliance: Served) -> None:
    admin = appliance.as_admin()
    seen = admin.get("/api/v1/security")
    change = {"changes": {"password_min": 16}}
    assert admin.patch("/api/v1/security", json=change).status_code == 428
    tagged = {"If-Match": seen.headers["etag"]}
    first = admin.patch("/api/v1/security", json=change, headers=tagged)
    assert first.json()["policy"]["password_min"] == 16
    assert admin.patch("/api/v1/security", json=change, headers=tagged).status_code == 412
    tagged = {"If-Match": first.headers["etag"]}
    wrong = admin.patch("/api/v1/security", json={"changes": {"password_mix": 9}}, headers=tagged)
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "password_mix")


def test_f159_without_the_second_factor_that_everybody_needs_only_enrolment_is_left(
    appliance: Served,
) -> None:
    person = appliance.person(Role.AUDITOR)
    browser, admin = appliance.browser(person), appliance.as_admin()
    tag = {"If-Match": admin.get("/api/v1/security").headers["etag"]}
    rule = {"changes": {"enforce_2fa": True}}
    assert admin.patch("/api/v1/security", json=rule, headers=tag).status_code == 200
    refused = browser.get("/api/v1/audit")
    assert (refused.status_code, refused.json()["code"]) == (403, "enrol_required")
    assert browser.get("/api/v1/me").json()["restriction"] == "enrol_required"
    assert browser.post("/api/v1/me/second-factor").status_code == 200


def test_f139_f143_the_audit_is_exported_and_its_chain_is_checked(appliance: Served) -> None:
    admin = appliance.as_admin()
    _invite(admin)
    proof = admin.get("/api/v1/audit/proof").json()
    assert proof["rows"] == proof["last_seq"] - proof["first_seq"] + 1
    exported = admin.get("/api/v1/audit/export", params={"bom": True})
    assert exported.headers["content-type"].startswith("text/csv")
    assert exported.content.startswith(b"\xef\xbb\xbf")
    lines = admin.get("/api/v1/audit/export", params={"form": "jsonl"}).text.splitlines()
    assert json.loads(lines[0])["seq"] == 1
    with appliance.people.ctx.write() as connection:
        connection.execute("DROP TRIGGER audit_row_is_final")
        connection.execute("UPDATE audit SET description = 'nothing' WHERE seq = 1")
    broken = admin.get("/api/v1/audit/proof")
    assert (broken.status_code, broken.json()["code"]) == (409, "audit_broken")
    assert "row 1" in broken.json()["detail"]


def test_f140_filters_of_the_audit(appliance: Served) -> None:
    admin = appliance.as_admin()
    _invite(admin)
    kinds = {entry["activity"] for entry in admin.get("/api/v1/audit/activities").json()}
    assert {"sign_in", "user_deactivated", "settings_changed"} <= kinds
    found = admin.get("/api/v1/audit", params={"q": "bob@example.com"}).json()["items"]
    assert found
    wrong = admin.get(
        "/api/v1/audit", params={"start": "2027-01-01T00:00:00Z", "end": "2026-01-01T00:00:00Z"}
    )
    assert wrong.status_code == 422
    pages = []
    cursor = ""
    while True:
        page = admin.get("/api/v1/audit", params={"limit": 2, "cursor": cursor}).json()
        pages += [row["seq"] for row in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert pages == sorted(pages, reverse=True)
    assert pages[-1] == 1


def test_everybody_sees_their_sections_and_no_more(appliance: Served) -> None:
    viewer = appliance.as_role(Role.VIEWER).get("/api/v1/me").json()
    admin = appliance.as_admin().get("/api/v1/me").json()
    assert admin["settings_sections"][:3] == ["account", "users", "security"]
    assert "users" not in viewer["settings_sections"]
    assert "self.read" in viewer["verbs"]


def test_f145_the_organisation_is_renamed(appliance: Served) -> None:
    admin = appliance.as_admin()
    answer = admin.patch("/api/v1/organisation", json={"name": "Hollenberg"})
    assert answer.json() == {
        "name": "Hollenberg",
        "time_zone": "Europe/Berlin",
        "owner_email": ADMIN,
    }


def test_the_password_is_entered_again_for_what_needs_it(appliance: Served) -> None:
    admin = appliance.as_admin()
    appliance.clock.advance(11 * 60)
    old = admin.headers["Cookie"]
    body = {
        "name": "Bob",
        "email": "b@example.com",
        "rights": {"role": "viewer", "reach": EVERYWHERE},
    }
    refused = admin.post("/api/v1/invitations", json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "reauthentication_required")
    proved = admin.post("/api/v1/session/proof", json={"password": PASSWORD})
    assert proved.status_code == 200
    again = _signed_in(appliance, proved)
    assert again.headers["Cookie"] != old
    assert again.post("/api/v1/invitations", json=body).status_code == 201
    assert admin.get("/api/v1/me").status_code == 401


def test_csrf_tokens_are_those_of_the_session(appliance: Served) -> None:
    admin = appliance.as_admin()
    token = appliance.people.tokens[appliance.admin.session_id]
    assert admin.get("/api/v1/session").json()["csrf_token"] == sessions.csrf_token(token)


def test_language_and_checklist_are_kept_with_the_person(appliance: Served) -> None:
    browser, other = appliance.as_admin(), appliance.as_admin()
    before = other.get("/api/v1/me").json()
    assert (before["language"], before["shows_checklist"]) == ("", True)
    assert browser.patch("/api/v1/me", json={"language": "de"}).json()["language"] == "de"
    assert browser.patch("/api/v1/me", json={"language": "tlh"}).status_code == 422
    assert browser.delete("/api/v1/me/checklist").status_code == 204
    own = other.get("/api/v1/me").json()
    assert (own["language"], own["shows_checklist"]) == ("de", False)
    assert own["user"]["name"] == before["user"]["name"]
