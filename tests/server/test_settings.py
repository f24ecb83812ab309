"""Settings and mails by API."""

from typing import Any

import httpx
import pytest
from dropally.auth.outbox import Mail
from dropally.auth.verbs import Role
from tests.notify.mail_room import inbox
from tests.server.appliance import Served


def read(client: httpx.Client) -> tuple[dict[str, dict[str, Any]], str]:
    answer = client.get("/api/v1/settings")
    assert answer.status_code == 200, answer.text
    return {one["key"]: one for one in answer.json()["settings"]}, answer.headers["ETag"]


def change(client: httpx.Client, etag: str, **changes: Any) -> httpx.Response:
    keys = {key.replace("__", "."): value for key, value in changes.items()}
    return client.patch("/api/v1/settings", json={"changes": keys}, headers={"If-Match": etag})


def test_settings_are_read_and_changed_by_whoever_saw_the_newest(appliance: Served) -> None:
    client = appliance.as_admin()
    found, etag = read(client)
    ttl = found["recovery.download_link_ttl"]
    assert (ttl["value"], ttl["origin"], ttl["locked_by"]) == ("72h", "default", "")
    assert found["server.listen"]["locked_by"] == "dropally.toml"
    assert "security.password_min" not in found

    changed = change(client, etag, recovery__download_link_ttl="48h")
    assert changed.status_code == 200, changed.text
    assert changed.headers["ETag"] != etag
    assert appliance.parts.settings.get().recovery.download_link_ttl == 48 * 3600
    assert change(client, etag, recovery__jobs_page_days=3).status_code == 412
    assert change(client, "", recovery__jobs_page_days=3).status_code == 428
    assert change(client, "*", recovery__jobs_page_days=3).status_code == 200


def test_what_cannot_be_taken_is_told_by_key(appliance: Served) -> None:
    client = appliance.as_admin()
    answer = change(client, "*", limits__jobs_at_once=0, limits__memori="1GiB")
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["limits.memori"]
    locked = change(client, "*", server__listen=["0.0.0.0:1"])
    assert (locked.status_code, locked.json()["code"]) == (409, "setting_locked")


def test_a_secret_is_never_answered(appliance: Served) -> None:
    client = appliance.as_admin()
    answer = change(
        client,
        "*",
        notify__smtp__host="mail.example.com",
        notify__smtp__from="dropally@example.com",
        notify__smtp__username="dropally",
        notify__smtp__password="canary",
    )
    assert answer.status_code == 200, answer.text
    found, _ = read(client)
    assert found["notify.smtp.password"]["value"] == "***"
    assert "canary" not in answer.text + client.get("/api/v1/settings").text


def test_everybody_gets_what_the_console_shows(appliance: Served) -> None:
    change(appliance.as_admin(), "*", support__email="help@example.com")
    shown = appliance.as_role(Role.VIEWER).get("/api/v1/settings/console").json()
    assert shown["support"]["email"] == "help@example.com"  # F9
    assert shown["units"] == "iec"
    assert (shown["download_link_seconds"], shown["export_folders"]) == (72 * 3600, [])
    assert appliance.as_role(Role.VIEWER).get("/api/v1/settings").status_code == 403
    assert change(appliance.as_role(Role.VIEWER), "", locale__units="si").status_code == 403
    assert appliance.stranger().get("/api/v1/settings/console").status_code == 401


def test_mail_settings_need_a_fresh_password(appliance: Served) -> None:
    client = appliance.as_admin()
    appliance.clock.advance(11 * 60)
    answer = change(client, "*", notify__smtp__port=25)
    assert (answer.status_code, answer.json()["code"]) == (403, "reauthentication_required")
    assert change(client, "*", recovery__jobs_page_days=3).status_code == 200
    assert "notify.smtp.port" in read(client)[0]


def test_f190_a_test_mail_tells_the_servers_words(appliance: Served) -> None:
    client = appliance.as_admin()
    to = {"recipient": "ann@example.com"}
    missing = client.post("/api/v1/mails/test", json=to)
    assert (missing.status_code, missing.json()["code"]) == (409, "no_mail_server")
    with inbox() as found:
        options = {"notify__smtp__port": found.port, "notify__smtp__security": "none"}
        change(
            client,
            "*",
            notify__smtp__host="127.0.0.1",
            notify__smtp__from="d@example.com",
            **options,
        )
        sent = client.post("/api/v1/mails/test", json=to)
        assert (sent.status_code, sent.json()["answer"]) == (200, "queued as 4711")
        found.answer = lambda _: "554 relay access denied"
        refused = client.post("/api/v1/mails/test", json=to)
        assert refused.status_code == 503
        assert "554 relay access denied" in refused.json()["detail"]
    assert "asked for" in found.texts()[0]
    wrong = client.post("/api/v1/mails/test", json={"recipient": "nobody"})
    assert wrong.status_code == 422


@pytest.mark.parametrize(("role", "status"), [(Role.VIEWER, 403), (Role.BACKUP_OPERATOR, 200)])
def test_who_sees_the_delivery_log(appliance: Served, role: Role, status: int) -> None:
    assert appliance.as_role(role).get("/api/v1/mails").status_code == status


def test_the_delivery_log_comes_in_pages(appliance: Served) -> None:
    with appliance.parts.auth.write() as connection:
        for number in range(5):
            mail = Mail("test", f"m{number}@example.com", {"by": "x"})
            appliance.parts.auth.outbox.put(connection, mail)
    client, seen = appliance.as_admin(), []
    cursor: str | None = ""
    while cursor is not None:
        page = client.get("/api/v1/mails", params={"limit": 2, "cursor": cursor}).json()
        seen += [mail["recipient"] for mail in page["items"]]
        cursor = page["next_cursor"]
    assert seen == [f"m{number}@example.com" for number in (4, 3, 2, 1, 0)]
